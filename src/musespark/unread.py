"""Attachments that nobody has read yet: each is read by its sense before a mode is chosen."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import mimetypes
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from musespark import event as ev
from musespark import timeline
from musespark.looking import look
from musespark.media import decoded, media_of
from musespark.message import Document, File, Image, Message, Part
from musespark.observation import Seen
from musespark.problem import Problem
from musespark.runs import new_of
from musespark.settings import Settings
from musespark.turn import Turn

if TYPE_CHECKING:
    from musespark.files import Files

MOST = 20  # attachments of a message
_FETCHED = 50_000_000  # bytes from an address
_PATIENCE = 30.0  # seconds for an address
_TEXTS = ("text/plain", "text/html")
_ENDINGS = {"image/webp": ".webp", "image/avif": ".avif", "text/csv": ".csv", "audio/ogg": ".ogg"}

Body = bytes | Path


def waiting(turn: Turn) -> bool:
    """Whether anything of a turn was not read yet."""
    return any(isinstance(part, File) for message in turn.messages for part in message.parts)


def kept(turn: Turn) -> set[str]:
    """The ids of the kept files that the new messages of a turn were asked with."""
    parts = [part for message in new_of(turn) for part in message.parts]
    found = {part.file for part in parts if isinstance(part, Image | Document)}
    return (found | {part.id for part in parts if isinstance(part, File)}) - {""}


async def read(
    turn: Turn,
    files: Files | None,
    home: Path | None,
    say: Callable[[ev.Event], None],
    settings: Settings | None = None,
) -> None:
    """Put what their senses read in the place of all unread attachments, several at once and each
    once; `say` gets a step for each. Nothing is kept where `files` and `home` are None. Raises
    Problem, with the file's name, for one of a new message; an old one that is not there any more
    becomes a note."""
    reader = _Reader(turn, files, home, say, settings)
    try:
        async with asyncio.timeout(max(turn.budget.seconds_left, 0)):
            await reader.read()
    except TimeoutError:
        turn.budget.check()
        raise


class _Reader:
    """The reading of one turn's attachments."""

    def __init__(
        self,
        turn: Turn,
        files: Files | None,
        home: Path | None,
        say: Callable[[ev.Event], None],
        settings: Settings | None,
    ) -> None:
        self.turn, self.files, self.home, self.say = turn, files, home, say
        self.settings = settings
        self.seconds = timeline.seconds_in(turn.question)  # of a video that it asks about
        self.new = {id(message) for message in new_of(turn)}
        self.made: dict[tuple[str, str], tuple[Part, ...]] = {}

    async def read(self) -> None:
        """Raises Problem; the attachments are without their bytes then."""
        wanted: dict[tuple[str, str], tuple[File, bool]] = {}
        for message in self.turn.messages:
            own = [part for part in message.parts if isinstance(part, File)]
            if len(own) > MOST:
                raise Problem(
                    "too_many_files", f"There are {len(own)} attachments in one message.",
                    next=f"Send at most {MOST}.", status=413,
                )  # fmt: skip
            for part in own:
                known = wanted.get(_key(part))
                new = id(message) in self.new
                if known is None or (new and not known[1]):
                    wanted[_key(part)] = (known[0] if known else part, new)
        tasks = [
            asyncio.create_task(self._one(part, new, number, len(wanted)))
            for number, (part, new) in enumerate(wanted.values(), 1)
        ]
        try:
            await asyncio.gather(*tasks)
        except BaseException:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._replace(bare=True)
            raise
        self._replace()

    def _replace(self, *, bare: bool = False) -> None:
        """Put what was read into the messages; `bare` keeps only names of what was not."""
        for place, message in enumerate(self.turn.messages):
            if not any(isinstance(part, File) for part in message.parts):
                continue
            parts: list[Part] = []
            for part in message.parts:
                if not isinstance(part, File):
                    parts.append(part)
                elif _key(part) in self.made:
                    parts += self.made[_key(part)]
                elif bare:
                    parts.append(File(part.id, "", part.name))
            self.turn.messages[place] = Message(message.role, tuple(parts), message.id)

    async def _one(self, part: File, new: bool, number: int, of: int) -> None:
        """Read one attachment. Raises Problem for a new one."""
        name = part.name or ("The attachment" if of == 1 else f"Attachment {number}")
        try:
            row = await self._row(part) if part.id else None
            called = part.name or (row["name"] if row else "")
            name = called or name
            step = f"Reading {name if called else name.lower()}"
            self.say(ev.StepStarted(step, timestamp=ev.now_ms()))
            try:
                self.made[_key(part)] = await self._parts(part, row, called, name, new)
            finally:
                self.say(ev.StepFinished(step, timestamp=ev.now_ms()))
        except (Problem, OSError) as error:
            problem = error if isinstance(error, Problem) else _unopened(name, error)
            if new:
                raise problem if name in problem.what else _about(name, problem) from None
            words = f"{name} was attached, but cannot be read any more. {problem.why}".strip()
            self.made[_key(part)] = (Document(words, name, part.id),)

    async def _row(self, part: File) -> dict[str, Any]:
        """The row of a kept file. Raises Problem."""
        if self.files is None:
            raise Problem(
                "unknown_file", f"There is no file {part.id!r} of yours.", status=404,
                next="Nothing is kept here; send the file itself.",
            )  # fmt: skip
        return await self.files.row(self.turn.person.id, part.id)

    async def _parts(
        self, part: File, row: dict[str, Any] | None, called: str, name: str, new: bool
    ) -> tuple[Part, ...]:
        async with self._body(part, row, name) as body:
            name = called or await asyncio.to_thread(_called, body)
            seen = await seen_in(body, name, self.home, self.settings, self.seconds)
            file = part.id
            if not file and new and self.files is not None and not self.turn.incognito:
                with contextlib.suppress(Problem):  # it is answered all the same
                    file = await self.files.keep(self.turn.person.id, body, name, seen.media)
        return tuple(standing(each, file) for each in seen.parts)

    @contextlib.asynccontextmanager
    async def _body(self, part: File, row: dict[str, Any] | None, name: str) -> AsyncIterator[Body]:
        """The bytes of an attachment, wherever they are. Raises Problem."""
        if row is not None and self.files is not None:
            yield self.files.path(row)
        elif part.data[:5].lower() == "data:":
            yield await asyncio.to_thread(_bytes, part.data, name)
        elif part.data:
            async with fetched(part.data, min(_PATIENCE, self.turn.budget.seconds_left)) as path:
                yield path
        else:
            raise Problem(
                "file_gone", f"{name} is not here any more.",
                why="It could not be read when it was sent, so it was not kept.",
                next="Attach it again.", status=404,
            )  # fmt: skip


def _key(part: File) -> tuple[str, str]:
    return part.id, part.data or part.name


def _about(name: str, problem: Problem) -> Problem:
    """The same of a file whose name it does not say."""
    words = f"{name} cannot be read. {problem.what}"
    return Problem(problem.code, words, why=problem.why, next=problem.next, status=problem.status)


def _unopened(name: str, error: OSError) -> Problem:
    return Problem(
        "file_gone", f"{name} could not be opened.", why=f"{error.strerror or error}.",
        next="Attach it again.", status=404,
    )  # fmt: skip


def _bytes(data: str, name: str) -> bytes:
    try:
        return base64.b64decode(data.partition(",")[2], validate=True)
    except binascii.Error:
        raise Problem(
            "broken_attachment", f"{name} is broken.", why="What was sent is no base64.",
            next="Attach it again.",
        ) from None  # fmt: skip


def _called(body: Body) -> str:
    """A name for a file that came without one: "picture.png"."""
    head = body[:200_000] if isinstance(body, bytes) else _head(body)
    media = media_of(head)
    kind = {"image": "picture", "audio": "sound", "video": "video"}.get(media.partition("/")[0])
    ending = _ENDINGS.get(media) or mimetypes.guess_extension(media, strict=False) or ""
    return (kind or "attachment") + ending


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(200_000)


def standing(part: Part, file: str) -> Part:
    """A part with the id of the kept file that it was read from."""
    if not file or not isinstance(part, Image | Document):
        return part
    return msgspec.structs.replace(part, file=file)


async def seen_in(
    body: Body,
    name: str,
    home: Path | None,
    settings: Settings | None = None,
    seconds: Sequence[float] = (),
    *,
    place: bool = False,
) -> Seen:
    """What is read in a file: by the sense for its type, or a text as it is. Raises Problem."""
    try:
        return await look(body, name, home, settings, seconds, place=place)
    except Problem as problem:
        if problem.code not in ("no_sense", "no_table"):
            raise
        found = await asyncio.to_thread(_text, body, json=problem.code == "no_table")
        if found is None:
            raise
        media, text = found
        return Seen(media, "text", (Document(text, name),))


def _text(body: Body, *, json: bool) -> tuple[str, str] | None:
    """The media type and the words of what is a text and no table; None for what is none."""
    data = body if isinstance(body, bytes) else body.read_bytes()
    media = media_of(data)
    text = decoded(data) if json or media in _TEXTS else None
    return None if text is None else (media, text)


async def _everything(kind: str) -> bool:
    return True


@contextlib.asynccontextmanager
async def fetched(url: str, seconds: float, most: int = _FETCHED) -> AsyncIterator[Path]:
    """What lies at a public address, in a file that is gone afterwards. Raises Problem."""
    from musespark import public_web  # aiohttp: not for those who fetch nothing

    number, made = tempfile.mkstemp(prefix="musespark-")
    try:
        with os.fdopen(number, "wb") as file:
            await public_web.fetch(url, _everything, seconds, most=most, into=file.write)
        yield Path(made)
    finally:
        os.unlink(made)
