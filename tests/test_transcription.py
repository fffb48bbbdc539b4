"""A transcriber writes down what is said, with its seconds; where it fails, that is said."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

import filmed
from musespark import looking, transcription
from musespark.looking import look
from musespark.message import Document
from musespark.observation import Observation, Seen
from musespark.settings import Secret, Settings, TranscriberSettings

VOICE = filmed.sound(filmed.voice(3, 16_000))
SEGMENTS = {
    "text": "Good morning. Two coffees, please.",
    "segments": [
        {"start": 0.0, "end": 1.2, "text": " Good morning.", "avg_logprob": -0.1},
        {"start": 1.2, "end": 99.0, "text": " Two coffees,\n please."},
        {"start": "x", "end": None, "text": 7},
    ],
}


class Scribe:
    """A transcriber that answers as it is told, and what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.answers: list[web.Response] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.Response:
        form: dict[str, Any] = {"key": request.headers.get("Authorization", "")}
        async for part in await request.multipart():
            assert isinstance(part, aiohttp.BodyPartReader)
            form[str(part.name)] = await part.read() if part.filename else await part.text()
        self.asked.append(form)
        return self.answers.pop(0) if self.answers else web.json_response(SEGMENTS)


@pytest.fixture
async def scribe(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scribe]:
    looking._memory.clear()
    monkeypatch.setattr(transcription, "backoff", lambda tries: 0.0)
    made = Scribe()
    app = web.Application(client_max_size=30_000_000)
    app.router.add_post("/v1/audio/transcriptions", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    yield made
    await runner.cleanup()


def settings(url: str, **more: Any) -> Settings:
    own: dict[str, Any] = {"url": url, "name": "whisper", "key": Secret("very-secret")}
    return Settings(transcriber=TranscriberSettings(**own | more))


def of(seen: Seen, kind: str) -> list[Observation]:
    return [one for one in seen.observations if one.kind == kind]


def words(seen: Seen) -> str:
    [part] = [part for part in seen.parts if isinstance(part, Document)]
    return part.text


async def test_what_is_said_comes_with_its_seconds(scribe: Scribe, tmp_path: Path) -> None:
    own = settings(scribe.url, language="en")
    seen = await look(VOICE, "note.wav", tmp_path, own)
    first, second = of(seen, "said")
    assert (first.what, first.second, first.until) == ("Good morning.", 0.0, 1.2)
    assert (first.sure, first.reader) == (0.905, "whisper")
    assert (second.what, second.until) == ("Two coffees, please.", 3.0)
    assert "0:00–0:01 said: Good morning." in words(seen)
    assert "no transcriber" not in words(seen)
    [asked] = scribe.asked
    assert asked["file"].startswith(b"fLaC")
    assert (asked["model"], asked["language"]) == ("whisper", "en")
    assert asked["response_format"] == "verbose_json"
    assert asked["key"] == "Bearer very-secret"
    # The same bytes are not sent again, after a restart neither; to another transcriber they are.
    looking._memory.clear()
    assert await look(VOICE, "note.wav", tmp_path, own) == seen
    assert len(scribe.asked) == 1
    await look(VOICE, "note.wav", tmp_path, settings(scribe.url, name="other"))
    assert len(scribe.asked) == 2
    assert "no transcriber" in words(await look(VOICE, "note.wav", tmp_path))


async def test_models_that_know_no_seconds_are_asked_otherwise(scribe: Scribe) -> None:
    refused = json.dumps({"error": {"message": "response_format verbose_json is not supported"}})
    scribe.answers = [
        web.Response(status=400, text=refused), web.Response(status=400, text=refused),
        web.Response(text="Just words.\n"),
    ]  # fmt: skip
    seen = await look(VOICE, "note.wav", None, settings(scribe.url))
    assert [form["response_format"] for form in scribe.asked] == ["verbose_json", "json", "text"]
    [said] = of(seen, "said")
    assert (said.what, said.second, said.until) == ("Just words.", 0.0, 3.0)


async def test_it_is_asked_again_when_it_is_busy(scribe: Scribe) -> None:
    scribe.answers = [web.Response(status=503), web.Response(status=429)]
    assert len(of(await look(VOICE, "note.wav", None, settings(scribe.url)), "said")) == 2
    assert len(scribe.asked) == 3


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda: web.Response(status=401, text="very-secret is no key"), "did not accept the key"),
        (lambda: web.Response(status=404, text="no such model very-secret"), "no such model …"),
        (lambda: web.Response(text="<html>Hello</html>"), "holds no transcript"),
        (lambda: web.json_response([1, 2]), "holds no transcript"),
        (lambda: web.json_response({"text": ""}), "found no words"),
    ],
)
async def test_its_failure_is_said_and_not_kept(
    scribe: Scribe, answer: Callable[[], web.Response], why: str
) -> None:
    scribe.answers = [answer()]
    seen = await look(VOICE, "note.wav", None, settings(scribe.url))
    [unsaid] = of(seen, "unsaid")
    assert why in unsaid.what
    assert unsaid.what in words(seen)
    assert "very-secret" not in str(seen)
    if "no words" not in why:
        assert of(await look(VOICE, "note.wav", None, settings(scribe.url)), "said")


async def test_where_nobody_answers_it_says_so() -> None:
    looking._memory.clear()
    for url in ("http://127.0.0.1:9/v1", "not an address"):
        seen = await look(VOICE, "note.wav", None, settings(url))
        [unsaid] = of(seen, "unsaid")
        assert unsaid.what.startswith("What is said in it was not read.")


async def test_silence_is_sent_nowhere(scribe: Scribe) -> None:
    seen = await look(filmed.sound(filmed.silence(2, 16_000)), "a.wav", None, settings(scribe.url))
    assert not scribe.asked
    assert not of(seen, "said")


async def test_the_sound_of_a_video_joins_its_timeline(scribe: Scribe) -> None:
    data = filmed.video([(1, 1.0), (2, 2.0)], wave=filmed.voice(3, 16_000))
    seen = await look(data, "clip.mp4", None, settings(scribe.url))
    lines = words(seen).splitlines()
    shot = next(n for n, line in enumerate(lines) if "shot 2" in line)
    assert "Good morning" in lines[shot - 1]
    assert "Two coffees" in lines[shot + 1]
