"""Models on bad days, through the whole engine: what is said, what is kept, what is never shown."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from musespark import endpoint
from musespark import event as ev
from musespark.endpoint import Endpoint
from musespark.engine import Engine
from musespark.message import say
from musespark.runs import Runs
from musespark.settings import Secret, Settings, TierSettings
from musespark.turn import Budget

KEY = "sk-hidden-key-0815"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture(autouse=True)
def _server(server: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database stays up, and tries follow each other at once."""
    monkeypatch.setattr(endpoint, "backoff", lambda tries: 0.0)


@contextlib.asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    """A small model server; yields its address."""
    app = web.Application()
    app.router.add_post("/v1/chat/completions", handler)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/v1"  # type: ignore[union-attr]
    finally:
        await runner.cleanup()


class Asked:
    """One turn through the engine: its events, and what the store has of it."""

    def __init__(self) -> None:
        self.events: list[ev.Event] = []
        self.row: dict[str, Any] = {}

    @property
    def last(self) -> ev.Event:
        return self.events[-1]

    @property
    def text(self) -> str:
        return "".join(
            e.delta for e in self.events if isinstance(e, ev.TextDelta) and not e.subagent_run_id
        )

    @property
    def answer(self) -> str:
        return "".join(
            part.get("text", "")
            for message in self.row["messages"]
            if message["role"] == "assistant"
            for part in message["parts"]
        )


async def ask(
    settings: Settings, url: str, *, mode: str = "instant", budget: Budget | None = None,
    words: str = "Tell me of the sea", **tier: Any,
) -> Asked:  # fmt: skip
    model = Endpoint(TierSettings(url=url, key=Secret(KEY), name="stub", **tier))
    engine = await Engine.open(settings, models=lambda name: model)
    asked = Asked()
    try:
        turn = await engine.turn([say("user", words)], mode=mode, budget=budget)
        async with asyncio.timeout(30):
            asked.events = [event async for event in engine.follow(turn)]
        asked.row = await engine.runs.whole("owner", turn.run)
        again = [event async for _, event in Runs(engine.store).follow("owner", turn.run)]
        assert again == asked.events
    finally:
        await engine.close()
        await model.close()
    everything = repr(asked.events) + repr(asked.row)
    assert KEY not in everything
    return asked


async def stream(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    return response


def delta(text: str) -> bytes:
    body = {"choices": [{"index": 0, "delta": {"content": text}}]}
    return b"data: " + json.dumps(body).encode() + b"\n\n"


def failed(asked: Asked, code: str, *words: str) -> None:
    """The run failed with this code, says why and what to do next, and is kept as such."""
    last = asked.last
    assert isinstance(last, ev.RunError)
    assert last.code == code
    for each in words:
        assert each in last.message
    assert last.message.count(".") >= 2, "what, why, next"
    assert asked.row["state"] == "failed"
    assert asked.row["error"] == {"code": code, "message": last.message}
    assert asked.row["messages"][0]["role"] == "user", "the question is not lost"


def refusing(status: int, words: str = "", **headers: str) -> tuple[Handler, list[int]]:
    seen: list[int] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        seen.append(status)
        await request.read()
        return web.json_response(
            {"error": {"message": words or "no"}}, status=status, headers=headers
        )

    return handler, seen


async def test_nobody_is_there(settings: Settings) -> None:
    asked = await ask(settings, "http://127.0.0.1:9/v1")
    failed(asked, "model_unreachable", "No model answers at 127.0.0.1:9", "musespark models")
    assert asked.answer == ""


@pytest.mark.parametrize(
    ("status", "code", "words", "tries"),
    [
        (401, "model_refused", "did not accept the key", 1),
        (404, "model_refused", "was not found", 1),
        (429, "model_overloaded", "Try again in a moment", endpoint.TRIES),
        (500, "model_refused", "failed", endpoint.TRIES),
        (503, "model_overloaded", "overloaded", endpoint.TRIES),
    ],
)
async def test_a_model_that_refuses(
    settings: Settings, status: int, code: str, words: str, tries: int
) -> None:
    handler, seen = refusing(status, f"The key {KEY} is not for this")
    async with serving(handler) as url:
        asked = await ask(settings, url)
    failed(asked, code, words, "It says: The key … is not for this")
    assert len(seen) == tries


async def test_a_server_that_is_busy_for_a_moment_is_waited_for(settings: Settings) -> None:
    calls = 0

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal calls
        calls += 1
        if calls < 3:
            return web.json_response({}, status=429, headers={"Retry-After": "0"})
        response = await stream(request)
        await response.write(delta("Here I am.") + b"data: [DONE]\n\n")
        return response

    async with serving(handler) as url:
        asked = await ask(settings, url)
    assert isinstance(asked.last, ev.RunFinished)
    assert asked.answer == asked.text == "Here I am."


async def test_what_came_before_a_cut_is_kept(settings: Settings) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = await stream(request)
        for word in ("The ", "sea ", "is "):
            await response.write(delta(word))
        assert request.transport is not None
        request.transport.close()
        return response

    async with serving(handler) as url:
        asked = await ask(settings, url)
    failed(asked, "model_cut_off", "stopped in the middle", "What came until then is kept")
    assert asked.text == "The sea is "
    assert asked.answer == "The sea is ", "nothing is lost"
    [step] = asked.row["steps"]
    assert step["error"]
    assert step["output"]["text"] == "The sea is "


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'data: {"choices": [{"delta\n\n', "not JSON"),
        (b"data: \xff\xfe\n\n", "not JSON"),
        (b"", "connection ended"),
    ],
)
async def test_a_stream_that_breaks_after_some_words(
    settings: Settings, body: bytes, words: str
) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = await stream(request)
        await response.write(delta("Half ") + body)
        return response

    async with serving(handler) as url:
        asked = await ask(settings, url)
    failed(asked, "model_cut_off", words)
    assert asked.answer == "Half "


async def test_a_web_page_is_no_model(settings: Settings) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(text="<html>Welcome</html>", content_type="text/html")

    async with serving(handler) as url:
        failed(await ask(settings, url), "model_refused", "web page", "/v1")


async def test_a_model_that_hangs_is_hung_up_on(settings: Settings) -> None:
    gone = asyncio.Event()

    async def handler(request: web.Request) -> web.StreamResponse:
        response = await stream(request)
        await response.write(delta("I think "))
        try:
            while True:
                await asyncio.sleep(0.02)
                if request.transport is None or request.transport.is_closing():
                    break
        finally:
            gone.set()
        return response

    async with serving(handler) as url:
        asked = await ask(settings, url, timeout=0.3)
        failed(asked, "model_silent", "Not a word came for 0.3 seconds", "allow it more time")
        await asyncio.wait_for(gone.wait(), 20)
    assert asked.answer == "I think "
    gone.clear()
    async with serving(handler) as url:
        asked = await ask(settings, url, budget=Budget(seconds=0.4))
        assert isinstance(asked.last, ev.RunError)
        assert asked.last.code in ("model_silent", "budget_spent")
        await asyncio.wait_for(gone.wait(), 20)
    assert asked.answer == "I think "


async def test_an_endless_loop_of_tool_calls_ends(settings: Settings) -> None:
    bodies: list[dict[str, Any]] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        body = await request.json()
        bodies.append(body)
        response = await stream(request)
        if body.get("tools"):
            function = {"name": "calculate", "arguments": '{"expression": "1 + 1"}'}
            call = {"index": 0, "id": f"c{len(bodies)}", "function": function}
            chunk = {"choices": [{"delta": {"tool_calls": [call]}, "finish_reason": "tool_calls"}]}
            await response.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")
        else:
            await response.write(delta("It is 2."))
        await response.write(b"data: [DONE]\n\n")
        return response

    async with serving(handler) as url:
        asked = await ask(settings, url)
    assert isinstance(asked.last, ev.RunFinished)
    assert asked.answer == "It is 2."
    assert len(bodies) <= 12
    assert len(asked.row["steps"]) == 2 * len(bodies) - 1


async def test_a_thinking_run_that_is_cut_keeps_the_question_and_says_why(
    settings: Settings,
) -> None:
    handler, _ = refusing(500, "out of memory")
    async with serving(handler) as url:
        for mode in ("thinking", "contemplating"):
            asked = await ask(settings, url, mode=mode)
            assert isinstance(asked.last, ev.RunError), mode
            assert "out of memory" in asked.last.message, mode
            assert asked.row["state"] == "failed"


async def test_an_empty_message_is_said_so(settings: Settings) -> None:
    asked = await ask(settings, "http://127.0.0.1:9/v1", words=" \n ")
    assert isinstance(asked.last, ev.RunError)
    assert asked.last.code == "empty_message"
    assert "Write a question" in asked.last.message
