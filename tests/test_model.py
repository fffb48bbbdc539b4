"""The client for models, against servers that behave and servers that do not."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musespark import endpoint as endpoint_module
from musespark import sse, wire
from musespark.embedded import EmbeddedModel
from musespark.endpoint import Endpoint
from musespark.message import (
    Document,
    Image,
    Message,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
    Usage,
    say,
)
from musespark.model import Chunk, ContextTooLong, Request
from musespark.models import Models
from musespark.problem import Problem
from musespark.settings import Secret, Settings, TierSettings
from musespark.tool import Tool
from musespark.trial import check

KEY = "sk-very-secret-4711"


class Asked:
    """A request as the server got it."""

    def __init__(self, line: str, headers: dict[str, str], body: Any) -> None:
        self.method, self.path, _ = line.split(" ", 2)
        self.headers, self.body = headers, body


Script = Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]


class Upstream:
    """A server on a bare socket, so that it can misbehave at any byte."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[Asked] = []
        self.connections = 0
        self.hung_up = asyncio.Event()
        self.hung_up_at = 0.0
        self.url = ""

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                line, *rest = head.decode().strip().split("\r\n")
                headers = {k.lower(): v for k, v in (item.split(": ", 1) for item in rest)}
                size = int(headers.get("content-length", 0))
                raw = await reader.readexactly(size)
                asked = Asked(line, headers, json.loads(raw) if raw else None)
                self.asked.append(asked)
                running = asyncio.ensure_future(self.script(asked, writer))
                watch = asyncio.ensure_future(self.watch(reader))
                await asyncio.wait({running, watch}, return_when=asyncio.FIRST_COMPLETED)
                if watch.done():
                    running.cancel()
                    break
                watch.cancel()
                await asyncio.gather(watch, return_exceptions=True)
                await running
                if writer.is_closing():
                    break
        except asyncio.IncompleteReadError:
            pass
        except ConnectionError:
            self.gone()
        finally:
            writer.close()

    def gone(self) -> None:
        self.hung_up_at = time.monotonic()
        self.hung_up.set()

    async def watch(self, reader: asyncio.StreamReader) -> None:
        while not reader.at_eof() and reader.exception() is None:
            await asyncio.sleep(0.001)
        self.gone()


@asynccontextmanager
async def upstream(script: Script) -> AsyncIterator[Upstream]:
    made = Upstream(script)
    server = await asyncio.start_server(made.handle, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield made
    finally:
        server.close()


@asynccontextmanager
async def client(made: Upstream, **tier: Any) -> AsyncIterator[Endpoint]:
    tier = {"url": made.url, "name": "m", "key": Secret(KEY)} | tier
    found = Endpoint(TierSettings(**tier))
    try:
        yield found
    finally:
        await found.close()


async def start(writer: asyncio.StreamWriter, status: str = "200 OK", **headers: str) -> None:
    lines = {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    writer.write(f"HTTP/1.1 {status}\r\n{text}\r\n".encode())
    await writer.drain()


async def send(writer: asyncio.StreamWriter, data: bytes) -> None:
    if data:
        writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        await writer.drain()


async def finish(writer: asyncio.StreamWriter) -> None:
    writer.write(b"0\r\n\r\n")
    await writer.drain()


def event(delta: Any = None, finish: Any = None, **more: Any) -> bytes:
    choice = {"index": 0, "delta": delta or {}, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice], **more}).encode() + b"\n\n"


WORDS = event({"role": "assistant", "content": None}) + event({"content": "Hel"})
END = event({"content": "lo"}) + event(None, "stop") + b"data: [DONE]\n\n"
USED = {
    "prompt_tokens": 1000,
    "completion_tokens": 100,
    "prompt_tokens_details": {"cached_tokens": 64},
    "completion_tokens_details": {"reasoning_tokens": 7},
}


def answering(data: bytes) -> Script:
    async def script(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await start(writer)
        await send(writer, data)
        await finish(writer)

    return script


def refusing(status: str, body: Any, **headers: str) -> Script:
    async def script(asked: Asked, writer: asyncio.StreamWriter) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        await start(writer, status, Content_Type="application/json", **headers)
        await send(writer, raw)
        await finish(writer)

    return script


def then(*scripts: Script) -> Script:
    """One script for each request; the last for all further ones."""
    turn = itertools.count()

    async def script(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await scripts[min(next(turn), len(scripts) - 1)](asked, writer)

    return script


async def hanging(asked: Asked, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def stalling(asked: Asked, writer: asyncio.StreamWriter) -> None:
    await start(writer)
    await send(writer, WORDS)
    await asyncio.sleep(60)


def ask(words: str = "Hi", **more: Any) -> Request:
    return Request(messages=[say("user", words)], **more)


async def read(model: Endpoint, request: Request | None = None) -> list[Chunk]:
    return [chunk async for chunk in model.stream(request or ask())]


def text(chunks: list[Chunk]) -> str:
    return "".join(chunk.text for chunk in chunks)


async def failing(model: Endpoint, request: Request | None = None) -> tuple[str, Problem]:
    """What came before the problem, and the problem."""
    got: list[Chunk] = []

    async def run() -> None:
        async for chunk in model.stream(request or ask()):
            got.append(chunk)

    with pytest.raises(Problem) as raised:
        await run()
    problem = raised.value
    assert KEY not in f"{problem.text} {problem!r} {problem.__cause__!r}"
    return text(got), problem


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Any:
    monkeypatch.setattr(endpoint_module, "backoff", lambda tries: 0.001)
    with caplog.at_level(logging.DEBUG):
        yield
    assert KEY not in caplog.text


# What comes back


async def test_an_answer_comes_in_pieces_with_its_usage_once() -> None:
    data = event({"reasoning_content": "Hm."}) + WORDS + END.replace(b"data: [DONE]\n\n", b"")
    data += b": ping\n\n" + event(None, None, usage=USED) + b"data: [DONE]\n\n"
    async with (
        upstream(answering(data)) as made,
        client(made, price_input=2.0, price_output=10.0) as model,
    ):
        chunks = await read(model)
    assert text(chunks) == "Hello"
    assert "".join(chunk.reasoning for chunk in chunks) == "Hm."
    assert [chunk.finish for chunk in chunks if chunk.finish] == ["stop"]
    assert [c.usage for c in chunks if c.usage] == [Usage(1000, 100, 7, 64, 0.003, 1)]


CALL = {"index": 0, "id": "a", "function": {"name": "f", "arguments": '{"x":1}'}}
SHAPES: dict[str, tuple[bytes, str, list[tuple[int, str, str]]]] = {
    "usage null": (event({"content": "a"}, usage=None) + event(None, "stop"), "a", []),
    "content as parts": (event({"content": [{"type": "text", "text": "ab"}]}, "stop"), "ab", []),
    "no index": (
        b'data: {"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}\n\n',
        "a",
        [],
    ),
    "odd types": (
        b'data: {"choices":[{"index":"0","delta":{"content":5},"finish_reason":"stop"}],'
        b'"usage":[]}\n\n',
        "5",
        [],
    ),
    "message in an event": (
        b'data: {"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}\n\n',
        "a",
        [],
    ),
    "plain JSON": (
        b'{"choices":[{"message":{"content":"a b"},"finish_reason":"stop"}],"usage":{}}',
        "a b",
        [],
    ),
    "pretty JSON": (
        b'{\n "choices": [\n  {"message": {"content": "a"},\n "finish_reason": "stop"}\n]\n}\n',
        "a",
        [],
    ),
    "no DONE": (event({"content": "a"}, "stop"), "a", []),
    "no finish": (event({"content": "a"}) + b"data: [DONE]\n\n", "a", []),
    "no blank lines": (
        (event({"content": "a"}) + event({"content": "b"}, "stop")).replace(b"\n\n", b"\n"),
        "ab",
        [],
    ),
    "no last newline": (event({"content": "a"}, "stop").rstrip(), "a", []),
    "no space, CRLF": (
        event({"content": "a"}, "stop").replace(b"data: ", b"data:").replace(b"\n", b"\r\n"),
        "a",
        [],
    ),
    "several data lines": (
        b'event: x\nid: 1\ndata: {"choices":\ndata: [{"delta":{"content":"a"},\n'
        b'data: "finish_reason":"stop"}]}\n\n',
        "a",
        [],
    ),
    "whole call": (event({"tool_calls": [CALL]}, "tool_calls"), "", [(0, "f", '{"x":1}')]),
    "call in pieces": (
        event({"tool_calls": [{**CALL, "function": {"name": "f", "arguments": ""}}]})
        + event({"tool_calls": [{"index": 0, "function": {"arguments": '{"x"'}}]})
        + event({"tool_calls": [{"index": 0, "function": {"arguments": ":1}"}}]}, "tool_calls"),
        "",
        [(0, "f", '{"x":1}')],
    ),
    "call without index or id": (
        event({"tool_calls": [{"function": {"name": "f", "arguments": '{"x"'}}]})
        + event({"tool_calls": [{"function": {"arguments": ":1}"}}]})
        + event({"tool_calls": [{"function": {"name": "g"}}]}, "tool_calls"),
        "",
        [(0, "f", '{"x":1}'), (1, "g", "")],
    ),
    "every call at index 0": (
        event({"tool_calls": [CALL]})
        + event({"tool_calls": [{**CALL, "id": "b", "function": {"name": "g"}}]}, "tool_calls"),
        "",
        [(0, "f", '{"x":1}'), (1, "g", "")],
    ),
    "arguments as an object": (
        event({"tool_calls": [{"index": 0, "function": {"name": "f", "arguments": {"x": 1}}}]})
        + event(None, "tool_calls"),
        "",
        [(0, "f", '{"x":1}')],
    ),
    "call null": (event({"content": "a", "tool_calls": None}, "stop"), "a", []),
}


@pytest.mark.parametrize("name", SHAPES)
async def test_any_shape_that_servers_send_is_read(name: str) -> None:
    data, words, calls = SHAPES[name]
    async with upstream(answering(data)) as made, client(made) as model:
        chunks = await read(model)
    assert text(chunks) == words
    deltas = [delta for chunk in chunks for delta in chunk.calls]
    found: dict[int, list[str]] = {}
    for delta in deltas:
        entry = found.setdefault(delta.index, [delta.name, ""])
        entry[1] += delta.arguments
        assert bool(delta.id) == bool(delta.name)
    assert [(index, *entry) for index, entry in found.items()] == calls
    assert [chunk.finish for chunk in chunks if chunk.finish] == ["tool_calls" if calls else "stop"]
    assert sum(chunk.usage is not None for chunk in chunks) == 1


STREAM = (
    ": hello\r\n\r\n"
    'data: {"choices":[{"delta":{"content":"Grüße, 世界\\n"}}]}\n\n'
    'data:{"choices":[{"delta":{"content":"b"}}]}\r\n\r\n'
    'data: {"choices":\rdata: [{"delta":{"content":"c"}}]}\r\r'
    "event: x\ndata: [DONE]\n\n"
).encode()


def payloads(pieces: list[bytes]) -> list[bytes]:
    events = sse.Events()
    return [found for piece in pieces for found in events.feed(piece)] + events.end()


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_events_may_be_split_at_any_byte(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(STREAM)]
    pieces = [STREAM[a:b] for a, b in itertools.pairwise(places)]
    found = payloads(pieces)
    assert found == payloads([STREAM])
    assert found == payloads([bytes([byte]) for byte in STREAM])
    assert found[-1] == sse.DONE
    words = [wire.decode(item).choices[0].delta.content for item in found[:-1]]  # type: ignore[index,union-attr]
    assert words == ["Grüße, 世界\n", "b", "c"]


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_fail_in_an_unknown_way(data: bytes) -> None:
    for payload in payloads([data, b"data: ", data]):
        with contextlib.suppress(msgspec.DecodeError, UnicodeError):
            wire.decode(payload)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "choices",
                    "delta",
                    "message",
                    "content",
                    "tool_calls",
                    "function",
                    "name",
                    "arguments",
                    "index",
                    "id",
                    "usage",
                    "prompt_tokens",
                    "finish_reason",
                    "reasoning",
                    "error",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@given(json_values)
def test_any_json_is_read_as_something(value: Any) -> None:
    answer = wire.Answer(TierSettings(), 10)
    answer.take([json.dumps(value).encode()])
    assert answer.broken is None or isinstance(answer.broken, wire.Failed)
    assert answer.last().usage is not None


# What is sent


async def test_the_request_says_it_all() -> None:
    tool = Tool("f", "Does it.", {"type": "object", "properties": {}})
    request = ask(
        tools=[tool],
        tool_choice="f",
        schema={"type": "object", "properties": {}, "additionalProperties": False},
        max_tokens=9,
        temperature=0.5,
        seed=3,
        stop=["x"],
        options={"top_p": 0.9},
    )
    async with upstream(answering(WORDS + END)) as made, client(made) as model:
        await read(model, request)
    body = made.asked[0].body
    assert made.asked[0].path == "/v1/chat/completions"
    assert made.asked[0].headers["authorization"] == f"Bearer {KEY}"
    assert body["stream"] is True
    assert body["stream_options"] == {"include_usage": True}
    assert body["tool_choice"] == {"type": "function", "function": {"name": "f"}}
    assert body["response_format"]["json_schema"]["strict"] is True
    kept = {
        key: body[key] for key in ("model", "max_tokens", "temperature", "seed", "stop", "top_p")
    }
    assert list(kept.values()) == ["m", 9, 0.5, 3, ["x"], 0.9]


@pytest.mark.parametrize(
    ("control", "effort", "field", "value"),
    [
        ("reasoning_effort", "high", "reasoning_effort", "high"),
        ("chat_template_kwargs", "none", "chat_template_kwargs", {"enable_thinking": False}),
        ("chat_template_kwargs", "low", "chat_template_kwargs", {"enable_thinking": True}),
        ("thinking_budget", "medium", "max_thinking_tokens", 4096),
    ],
)
def test_effort_reaches_the_control_a_model_has(
    control: Any, effort: Any, field: str, value: Any
) -> None:
    with_control = Endpoint(TierSettings(url="http://h", name="m", thinking=control))
    assert with_control._body(ask(effort=effort))[field] == value
    assert field not in with_control._body(ask())
    assert field not in Endpoint(TierSettings(url="http://h", name="m"))._body(ask(effort=effort))


def test_messages_keep_their_parts() -> None:
    given_messages = [
        say("system", "Be brief."),
        Message(
            "user",
            (
                Text("Look:"),
                Image("data:image/png;base64,AA", "a.png"),
                Document("x </document> y", 'n"1'),
            ),
        ),
        Message(
            "assistant",
            (Reasoning("Hm."), ToolCall("1", "f", '{"a":1}'), ToolCall("2", "g", "{broken")),
        ),
        Message("tool", (ToolResult("1", "f", "4"), ToolResult("2", "g", "no", failed=True))),
    ]
    out = wire.messages(given_messages, vision=True, reasoning_back=True)
    assert out[0] == {"role": "system", "content": "Be brief."}
    kinds = [part["type"] for part in out[1]["content"]]
    assert kinds == ["text", "image_url", "text"]
    block = out[1]["content"][2]["text"]
    assert block == '<document name="n 1">\nx ‹/document> y\n</document>'
    assert out[2]["reasoning_content"] == "Hm."
    assert out[2]["tool_calls"][0]["function"] == {"name": "f", "arguments": '{"a":1}'}
    assert json.loads(out[2]["tool_calls"][1]["function"]["arguments"]) == {"unreadable": "{broken"}
    assert [entry["tool_call_id"] for entry in out[3:]] == ["1", "2"]
    blind = wire.messages(given_messages)
    assert "A picture named a.png" in blind[1]["content"]
    assert "reasoning_content" not in blind[2]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://h:8000", "h:8000 /v1/chat/completions"),
        ("http://h:8000/", "h:8000 /v1/chat/completions"),
        ("https://h/v1", "h:443 /v1/chat/completions"),
        ("https://h/api/v3/", "h:443 /api/v3/chat/completions"),
        ("https://h/v1/chat/completions", "h:443 /v1/chat/completions"),
    ],
)
def test_an_address_may_be_given_in_full_or_not(url: str, expected: str) -> None:
    way = Endpoint(TierSettings(url=url))._way
    path = way.head.decode().split(" ")[1]
    assert f"{way.host}:{way.port} {path}" == expected
    assert way.secure is url.startswith("https")


@pytest.mark.parametrize("url", ["h:8000", "ftp://h", "http://", "/v1", "http://[", "http://h:x"])
def test_what_is_no_address_is_said(url: str) -> None:
    with pytest.raises(Problem) as raised:
        Endpoint(TierSettings(url=url))
    assert raised.value.code == "model_unreachable"


@pytest.mark.parametrize(
    ("words", "field", "now"),
    [
        ("Unrecognized request argument: stream_options", "stream_options", None),
        ("Use 'max_completion_tokens' instead of 'max_tokens'", "max_completion_tokens", 5),
        ("temperature does not support 0.5 with this model", "temperature", None),
        (
            "response_format json_schema is not supported",
            "response_format",
            {"type": "json_object"},
        ),
    ],
)
async def test_a_field_the_server_refuses_is_left_out_from_then_on(
    words: str, field: str, now: Any
) -> None:
    script = then(
        refusing("400 Bad Request", {"error": {"message": words}}), answering(WORDS + END)
    )
    request = ask(max_tokens=5, temperature=0.5, schema={"type": "object"})
    async with upstream(script) as made, client(made) as model:
        assert text(await read(model, request)) == "Hello"
        await read(model, request)
    assert [asked.body.get(field) for asked in made.asked[1:]] == [now, now]


async def test_the_first_listed_model_serves_where_none_is_named() -> None:
    async def script(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.path.endswith("/models"):
            await refusing("200 OK", {"data": [{"id": "llama"}, {"id": "other"}]})(asked, writer)
        else:
            await answering(WORDS + END)(asked, writer)

    async with upstream(script) as made, client(made, name="") as model:
        await read(model)
        assert model.card.name == "llama"
    assert made.asked[-1].body["model"] == "llama"


# Bad days


async def test_a_passing_failure_is_retried() -> None:
    async def hang_up(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.close()

    busy = refusing("503 Service Unavailable", b"busy")
    script = then(hang_up, busy, refusing("500 Oops", {}), answering(WORDS + END))
    async with upstream(script) as made, client(made) as model:
        assert text(await read(model)) == "Hello"
    assert len(made.asked) == 4


@pytest.mark.parametrize(
    ("status", "body", "code", "tries"),
    [
        ("429 Slow", {"error": {"message": "slow down"}}, "model_overloaded", 4),
        ("503 Busy", b"", "model_overloaded", 4),
        ("500 Oops", {"detail": "boom"}, "model_refused", 4),
        ("429 Slow", {"error": {"code": "insufficient_quota"}}, "model_refused", 1),
        ("401 No", {"error": {"message": f"Incorrect API key: {KEY}"}}, "model_refused", 1),
        ("404 No", {"error": "model 'm' not found"}, "model_refused", 1),
        ("400 No", {"object": "error", "message": "bad"}, "model_refused", 1),
        ("422 No", {"detail": [{"loc": ["body"], "msg": "bad"}]}, "model_refused", 1),
        ("302 Moved", b"", "model_refused", 1),
        ("502 Bad", b"<html><h1>Bad gateway</h1></html>", "model_overloaded", 4),
    ],
)
async def test_a_refusal_is_said(status: str, body: Any, code: str, tries: int) -> None:
    async with upstream(refusing(status, body)) as made, client(made) as model:
        got, problem = await failing(model)
    assert (got, problem.code, len(made.asked)) == ("", code, tries)
    assert problem.what
    assert problem.next
    assert "<" not in problem.text
    assert problem.why.endswith((".", "…"))


@pytest.mark.parametrize(
    ("status", "body", "context", "needed"),
    [
        (
            "400 Bad",
            {
                "error": {
                    "code": "context_length_exceeded",
                    "message": "This model's maximum context length is 8192 tokens. However, your "
                    "messages resulted in 9000 tokens.",
                }
            },
            8192,
            9000,
        ),
        (
            "400 Bad",
            {
                "object": "error",
                "message": "This model's maximum context length is 4096 tokens. However, you "
                "requested 5000 tokens (4000 in the messages, 1000 in the completion).",
            },
            4096,
            5000,
        ),
        (
            "400 Bad",
            {
                "error": {
                    "code": 400,
                    "message": "request (9031 tokens) exceeds the available context size "
                    "(2048 tokens), try increasing it",
                    "type": "exceed_context_size_error",
                    "n_prompt_tokens": 9031,
                    "n_ctx": 2048,
                }
            },
            2048,
            9031,
        ),
        ("413 Large", {"error": "prompt is too long"}, 0, 0),
    ],
)
async def test_a_context_that_is_too_long_is_known(
    status: str, body: Any, context: int, needed: int
) -> None:
    async with upstream(refusing(status, body)) as made, client(made) as model:
        _, problem = await failing(model)
    assert isinstance(problem, ContextTooLong)
    assert (problem.code, problem.context, problem.needed) == ("context_too_long", context, needed)
    assert len(made.asked) == 1


@pytest.mark.parametrize("kind", ["seconds", "date", "milliseconds"])
async def test_retry_after_is_obeyed(kind: str) -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    headers = {
        "seconds": {"Retry_After": "0.3"},
        "date": {"Retry_After": soon},
        "milliseconds": {"retry_after_ms": "300"},
    }[kind]
    script = then(refusing("429 Slow", {}, **headers), answering(WORDS + END))
    async with upstream(script) as made, client(made) as model:
        started = time.monotonic()
        assert text(await read(model)) == "Hello"
        assert time.monotonic() - started >= 0.29


async def test_nobody_waits_past_the_deadline_or_for_an_hour() -> None:
    async with (
        upstream(refusing("429 Slow", {}, Retry_After="3600")) as made,
        client(made) as model,
    ):
        _, problem = await failing(model)
        assert (problem.code, len(made.asked)) == ("model_overloaded", 1)
    async with upstream(refusing("429 Slow", {}, Retry_After="5")) as made, client(made) as model:
        _, problem = await failing(model, ask(deadline=time.monotonic() + 1))
        assert problem.code == "model_overloaded"


async def test_no_model_at_the_address() -> None:
    server = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    model = Endpoint(TierSettings(url=f"http://u:{KEY}@127.0.0.1:{port}/v1", key=Secret(KEY)))
    try:
        _, problem = await failing(model)
    finally:
        await model.close()
    assert (problem.code, problem.status) == ("model_unreachable", 502)
    assert problem.why == "Connection refused."


async def test_a_name_without_an_address_is_said() -> None:
    model = Endpoint(TierSettings(url="http://nowhere.invalid/v1", name="m"))
    try:
        _, problem = await failing(model)
    finally:
        await model.close()
    assert problem.code == "model_unreachable"
    assert problem.why == "Its name is known to no name server."


async def test_a_server_that_comes_up_while_its_models_are_listed_is_waited_for() -> None:
    async def script(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.path.endswith("/models"):
            await refusing("200 OK", {"data": [{"id": "llama"}]})(asked, writer)
        else:
            await answering(WORDS + END)(asked, writer)

    async def hang_up(asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with upstream(then(hang_up, script)) as made, client(made, name="") as model:
        assert text(await read(model)) == "Hello"
    assert model.card.name == "llama"


@pytest.mark.parametrize("login", ["u:{}@", "{}@"])
@pytest.mark.parametrize("query", ["", "?api-key={}"])
async def test_a_login_in_the_address_proves_who_we_are_and_shows_nowhere(
    login: str, query: str
) -> None:
    quoting = {"error": {"message": f"no {KEY} here, see http://u:{KEY}@h/v1?k={KEY}"}}
    async with upstream(then(refusing("401 No", quoting), abort_at_once)) as made:
        url = made.url.replace("//", f"//{login.format(KEY)}") + query.format(KEY)
        async with client(made, url=url, key=Secret()) as model:
            for _ in range(2):
                await failing(model)
            assert KEY not in f"{model.where} {model.card} {model.tier}"
    assert made.asked[0].headers["authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    "url", ["http://u:{}/@h", "u:{}@h:8000", "ftp://u:{}@h", "http://u:{}@h:x"]
)
def test_a_wrong_address_is_said_without_its_login(url: str) -> None:
    with pytest.raises(Problem) as raised:
        Endpoint(TierSettings(url=url.format(KEY)))
    assert raised.value.code == "model_unreachable"
    assert KEY not in f"{raised.value.text} {raised.value!r}"


async def test_a_model_that_hangs_is_hung_up_on() -> None:
    for script, said in ((hanging, ""), (stalling, "Hel")):
        async with upstream(script) as made, client(made, timeout=0.1) as model:
            got, problem = await failing(model)
            assert (got, problem.code, len(made.asked)) == (said, "model_silent", 1)
            await asyncio.wait_for(made.hung_up.wait(), 1)
        async with upstream(script) as made, client(made) as model:
            got, problem = await failing(model, ask(deadline=time.monotonic() + 0.1))
            assert (got, problem.code) == (said, "model_silent")
            await asyncio.wait_for(made.hung_up.wait(), 1)


async def abort_at_once(asked: Asked, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def abort(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def stop_short(writer: asyncio.StreamWriter) -> None:
    await finish(writer)


@pytest.mark.parametrize("ending", [abort, stop_short])
async def test_a_stream_cut_off_keeps_what_came(ending: Any) -> None:
    async def script(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await start(writer)
        await send(writer, WORDS)
        await asyncio.sleep(0.02)
        await ending(writer)

    async with upstream(script) as made, client(made) as model:
        got, problem = await failing(model)
    assert (got, problem.code, len(made.asked)) == ("Hel", "model_cut_off", 1)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (WORDS + b"data: {broken\n\n" + END, "model_cut_off"),
        (WORDS + b'data: {"error": {"message": "out of memory"}}\n\n', "model_refused"),
        (WORDS + b'error: {"message": "slot is gone"}\n\n', "model_refused"),
    ],
)
async def test_a_stream_that_breaks_keeps_what_came(data: bytes, code: str) -> None:
    async with upstream(answering(data)) as made, client(made) as model:
        got, problem = await failing(model)
    assert (got, problem.code, len(made.asked)) == ("Hel", code, 1)


async def test_an_error_in_place_of_the_first_event_is_retried() -> None:
    busy = answering(b'data: {"error": {"message": "busy", "code": 503}}\n\n')
    async with upstream(then(busy, answering(WORDS + END))) as made, client(made) as model:
        assert text(await read(model)) == "Hello"
    too_long = b'data: {"error": {"code": "context_length_exceeded", "message": "too long"}}\n\n'
    async with upstream(answering(too_long)) as made, client(made) as model:
        _, problem = await failing(model)
    assert problem.code == "context_too_long"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<!doctype html><title>Welcome</title>", "model_refused"),
        (b"", "model_cut_off"),
        (b"hello\n\n", "model_cut_off"),
        (b"data: {broken\n\n", "model_cut_off"),
        (b'{"error": {"message": "no"}}', "model_refused"),
        (b"{broken", "model_cut_off"),
    ],
)
async def test_what_is_no_answer_is_said(data: bytes, code: str) -> None:
    async with upstream(answering(data)) as made, client(made) as model:
        got, problem = await failing(model)
    assert (got, problem.code) == ("", code)


async def test_a_huge_line_or_an_endless_stream_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "LONGEST_LINE", 2**20)

    async def huge(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await start(writer)
        await send(writer, WORDS)
        while True:
            await send(writer, b"x" * 65_536)

    async def endless(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await start(writer)
        while True:
            await send(writer, event({"content": "a"}) * 100)

    async with upstream(huge) as made, client(made) as model:
        got, problem = await failing(model)
        assert (got, problem.code) == ("Hel", "model_cut_off")
        await asyncio.wait_for(made.hung_up.wait(), 1)
    async with upstream(endless) as made, client(made, context=1000) as model:
        got, problem = await failing(model)
        assert (len(got), problem.code) == (14_000, "model_cut_off")
        await asyncio.wait_for(made.hung_up.wait(), 1)


# Hanging up, keeping connections


@pytest.mark.parametrize("script", [hanging, stalling])
async def test_cancelling_hangs_up_at_once(script: Script) -> None:
    async with upstream(script) as made, client(made) as model:
        task = asyncio.ensure_future(read(model))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(made.hung_up.wait(), 1)


async def test_closing_the_stream_hangs_up_at_once() -> None:
    async with upstream(stalling) as made, client(made) as model:
        stream = model.stream(ask())
        assert (await anext(stream)).text == "Hel"
        await stream.aclose()  # type: ignore[attr-defined]
        await asyncio.wait_for(made.hung_up.wait(), 1)


async def test_connections_are_kept_and_shared() -> None:
    async def slow_end(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await start(writer)
        await send(writer, WORDS + END)
        await asyncio.sleep(0.01)
        await finish(writer)

    for script in (answering(WORDS + END), slow_end):
        async with upstream(script) as made, client(made) as model, client(made) as other:
            for _ in range(3):
                await read(model)
                await read(other)
            assert made.connections == 1


async def test_many_at_once_have_no_limit() -> None:
    async def slow(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.2)
        await answering(WORDS + END)(asked, writer)

    async with upstream(slow) as made, client(made) as model:
        await asyncio.gather(*(read(model) for _ in range(150)))
        assert made.connections == 150


def test_each_event_loop_has_its_own_connections() -> None:
    kept = Endpoint(TierSettings(url="http://127.0.0.1:9", name="m"))

    async def once(close: bool) -> None:
        async with upstream(answering(WORDS + END)) as made:
            kept._way = Endpoint(TierSettings(url=made.url))._way
            assert text(await read(kept)) == "Hello"
            if close:
                await kept.close()

    for close in (True, True):
        asyncio.run(once(close))


# Which model


def test_one_configured_model_serves_both_tiers() -> None:
    one = TierSettings(url="http://one/v1", name="one")
    two = TierSettings(url="http://two/v1", name="two")
    assert Models(Settings(fast=one))("deep").card.name == "one"
    assert Models(Settings(deep=two))("fast").card.name == "two"
    both = Models(Settings(fast=one, deep=two))
    assert (both("fast").card.name, both("deep").card.name) == ("one", "two")
    assert both("deep").card.tier == "deep"
    assert both("fast") is both("fast")
    assert isinstance(Models(Settings())("deep"), EmbeddedModel)
    with pytest.raises(Problem, match="tier 'huge'"):
        both("huge")


async def test_a_model_is_tried_out(monkeypatch: pytest.MonkeyPatch) -> None:
    async def script(asked: Asked, writer: asyncio.StreamWriter) -> None:
        if asked.path.endswith("/models"):
            await refusing("200 OK", {"data": [{"id": "m"}]})(asked, writer)
            return
        await start(writer)
        if asked.body.get("tools"):
            function = {"name": "weather", "arguments": '{"city":"Paris"}'}
            await send(
                writer, event({"tool_calls": [{"index": 0, "id": "1", "function": function}]})
            )
        elif "response_format" in asked.body:
            await send(writer, event({"content": "Paris is the capital."}))
        elif isinstance(asked.body["messages"][0]["content"], list):
            await send(writer, event({"content": "Red."}))
        else:
            for _ in range(10):
                await send(writer, event({"content": "one "}))
                await asyncio.sleep(0.005)
        await send(writer, event(None, "stop") + b"data: [DONE]\n\n")
        await finish(writer)

    monkeypatch.setattr("musespark.trial.COLOURS", {"red": b"\xff\0\0"})
    async with upstream(script) as made, client(made, vision=True) as model:
        trial = await check(model)
    assert (trial.reachable, trial.models, trial.problems) == (True, ["m"], [])
    assert (trial.tools, trial.json_schema, trial.vision) == (True, False, True)
    assert trial.thinking is False
    assert trial.first_token is not None
    assert trial.speed is not None
    assert 50 < trial.speed < 1000
    async with upstream(refusing("401 No", {})) as made, client(made) as model:
        trial = await check(model)
    assert not trial.reachable
    assert "key" in trial.problems[0]
