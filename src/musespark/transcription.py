"""What is said in a sound, written down with its seconds by any OpenAI-compatible transcriber."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import yarl
from msgspec import Struct

from musespark import sandbox, timeline
from musespark.endpoint import backoff
from musespark.message import Document, Part
from musespark.observation import Observation, Seen
from musespark.problem import Problem
from musespark.refusal import reason
from musespark.settings import TranscriberSettings, veiled
from musespark.sounds import Piece
from musespark.upstream import CONNECT_SECONDS, release, session

_LIMITS = sandbox.Limits(processor=300, seconds=300.0)
_TRIES = 3
_AGAIN = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
_REFUSED = frozenset({400, 415, 422})
_WAYS = ("verbose_json", "json", "text")  # the first has seconds; not every model knows it
_LARGEST = 20_000_000  # bytes of an answer
_LONGEST = 200_000  # characters of all that is said
_ONE = 2_000  # and of one stretch


class Said(Struct, frozen=True):
    """What is said from `start` to `end` seconds; `sure` is 0 to 1 as the model says itself."""

    start: float
    end: float
    text: str
    sure: float = 1.0


def wanted(seen: Seen) -> bool:
    """Whether there is anything in it to be written down."""
    return any(one.kind in ("speech", "sound") and one.second is not None
               for one in seen.observations)  # fmt: skip


async def transcribed(
    data: bytes | Path, media: str, seen: Seen, settings: TranscriberSettings, name: str
) -> tuple[Seen, bool]:
    """What was seen, with what is said in it, and whether all of it was written down: where the
    transcriber fails, the result says so instead."""
    transcriber = Transcriber(settings)
    found: list[Said] = []
    trouble: Problem | None = None
    try:
        given = {"media": media}
        pieces = await sandbox.run(
            "musespark.sounds:pieces", (data,), list[Piece], given, _LIMITS, name, streams=True
        )
        for piece in pieces:
            found += await transcriber.hear(piece)
    except Problem as problem:
        trouble = problem
    finally:
        await transcriber.close()
    return with_words(seen, found, trouble, transcriber.reader), trouble is None


def with_words(seen: Seen, found: Sequence[Said], trouble: Problem | None, reader: str) -> Seen:
    """The observations and the text of it with what is said."""
    more, left = [], _LONGEST
    for one in found:
        words = " ".join(one.text.split())[: min(_ONE, left)]
        if words:
            left -= len(words)
            more.append(
                Observation("said", words, second=round(one.start, 2), until=round(one.end, 2),
                            sure=one.sure, reader=reader)
            )  # fmt: skip
    if left <= 0:
        more.append(Observation("note", "More is said in it than is written down here."))
    if trouble is not None:
        which = "Some of what is said in it" if found else "What is said in it"
        why = " ".join(filter(None, (trouble.what, trouble.why)))
        more.append(Observation("unsaid", f"{which} was not read. {why}", reader=reader))
    elif not more:
        more.append(Observation("unsaid", "The transcriber found no words in it.", reader=reader))
    observations = (*seen.observations, *more)
    parts: list[Part] = []
    for part in seen.parts:
        if type(part) is Document:
            text = timeline.told(observations)
            parts.append(msgspec.structs.replace(part, text=text))
        else:
            parts.append(part)
    return msgspec.structs.replace(seen, parts=tuple(parts), observations=observations)


class Transcriber:
    """A server that speaks `/v1/audio/transcriptions`. `url` is its address up to or with `/v1`."""

    def __init__(self, settings: TranscriberSettings) -> None:
        self.settings, self._key = settings, settings.key.reveal()
        self.reader = settings.name or "transcriber"
        self._way = 0

    async def close(self) -> None:
        await release(self)

    async def hear(self, piece: Piece) -> list[Said]:
        """What is said in a piece, in seconds of the whole. Raises Problem."""
        tries = 0
        while True:
            tries += 1
            try:
                status, body = await self._ask(piece)
            except TimeoutError:
                raise self._failed(
                    f"It did not answer within {self.settings.timeout:g} seconds."
                ) from None
            except (aiohttp.ClientError, OSError) as error:
                if tries >= _TRIES:
                    raise self._failed(f"{reason(error)}.") from None
                status, body = 0, b""
            if status == 200:
                return self._read(body, piece)
            if status in _REFUSED and self._way + 1 < len(_WAYS):
                self._way += 1
                tries = 0
                continue
            if status and (status not in _AGAIN or tries >= _TRIES):
                raise self._failed(_why(status, body))
            await asyncio.sleep(backoff(tries))

    async def _ask(self, piece: Piece) -> tuple[int, bytes]:
        form = aiohttp.FormData()
        form.add_field("file", piece.data, filename="sound.flac", content_type="audio/flac")
        if self.settings.name:
            form.add_field("model", self.settings.name)
        form.add_field("response_format", _WAYS[self._way])
        if self.settings.language:
            form.add_field("language", self.settings.language)
        if self._way == 0:
            form.add_field("timestamp_granularities[]", "segment")
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS)
        async with (
            asyncio.timeout(self.settings.timeout),
            session(self).post(
                self._address(), data=form, headers=headers, timeout=timeout, allow_redirects=False
            ) as response,
        ):
            body = bytearray()
            async for part in response.content.iter_any():
                body += part
                if len(body) > _LARGEST:
                    raise self._failed("Its answer is too long.")
            return response.status, bytes(body)

    def _address(self) -> yarl.URL:
        try:
            found = yarl.URL(self.settings.url.strip())
            if found.scheme not in ("http", "https") or not found.host:
                raise ValueError("no server")
        except ValueError:
            raise self._failed("This is no address of a server.") from None
        path = found.path.rstrip("/").removesuffix("/audio/transcriptions") or "/v1"
        found = found.with_path(f"{path}/audio/transcriptions", keep_query=True)
        return found.with_user(None) if self._key else found  # one proof of who we are

    def _read(self, body: bytes, piece: Piece) -> list[Said]:
        text = body.decode("utf-8", "replace")
        try:
            answer: Any = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeError):
            if self._way < 2 or text.lstrip().startswith("<"):
                raise self._failed(f"Its answer holds no transcript: {text[:200]}") from None
            answer = {"text": text}
        if not isinstance(answer, dict) or not isinstance(answer.get("text", ""), str):
            raise self._failed(f"Its answer holds no transcript: {text[:200]}")
        found = []
        for segment in answer.get("segments") or ():
            one = _segment(segment, piece)
            if one is not None:
                found.append(one)
        whole = str(answer.get("text") or "").strip()
        if not found and whole:
            found = [Said(piece.start, piece.start + piece.seconds, whole)]
        return found

    def _failed(self, why: str) -> Problem:
        if len(self._key) >= 4:
            why = why.replace(self._key, "…")
        return Problem(
            "transcriber_failed",
            f"The transcriber {self.settings.name or 'without a name'} at "
            f"{veiled(self.settings.url)} wrote nothing down.",
            why=veiled(why),
            next="Check MUSESPARK_TRANSCRIBER_URL, its key and its name.",
            status=502,
        )


def _segment(segment: Any, piece: Piece) -> Said | None:
    """One stretch, None for what is none; its seconds stay within the piece."""
    if not isinstance(segment, dict) or not isinstance(segment.get("text"), str):
        return None
    start, end = (_number(segment.get(key)) for key in ("start", "end"))
    start = min(max(start or 0.0, 0.0), piece.seconds)
    end = min(max(end if end is not None else piece.seconds, start), piece.seconds)
    likely = _number(segment.get("avg_logprob"))
    sure = round(math.exp(min(likely, 0.0)), 3) if likely is not None else 1.0
    return Said(piece.start + start, piece.start + end, segment["text"].strip(), sure)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def _why(status: int, body: bytes) -> str:
    """What an answer other than 200 says."""
    said = ""
    try:
        answer = msgspec.json.decode(body)
        error = answer.get("error", answer) if isinstance(answer, dict) else ""
        said = str(error.get("message", "") if isinstance(error, dict) else error)
    except (msgspec.DecodeError, UnicodeError):
        said = body[:200].decode("utf-8", "replace")
    if status in (401, 403):
        return "It did not accept the key."
    said = " ".join(said.split())[:300]
    return f"It answered {status}{': ' if said else ''}{said}."
