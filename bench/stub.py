"""A stand-in for an OpenAI-compatible server: fixed delays, counted tokens, a log of every call.

    python bench/stub.py --port 8401 [--exact] [--core 1]

The model's name sets the pace: `stub-50-5-20` sends its first token after 50 ms and 20 tokens 5 ms
apart, so it has ended after 50 + 20 x 5 = 150 ms, streaming or not. The header `x-stub: 50-5-20`
or the query `?stub=50-5-20` do the same for any name, and win over it; without either an answer
has 20 tokens at once. `x-stub-text` gives the answer's words.

A request with tools and no tool result since the last message of role `user` is answered by one
call of its first tool (or the one `tool_choice` names), with arguments that fit its schema; a
request for a JSON schema gets an instance of it, with lists of four.

GET /v1/models lists; GET /stats counts the calls opened, closed and aborted (the caller hung up
before the end) and shows each one's times in seconds of the system's monotonic clock, which other
processes of the machine share (`?since=ID` leaves out older ones); POST /reset forgets them.

It knows nothing of keys, limits or errors of a model: it measures the cost of the caller.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import heapq
import itertools
import json
import os
import re
import signal
import sys
import time
from collections import deque
from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

WORDS = ("the ", "tide ", "turns ", "and ", "seven ", "small ", "boats ", "sail ", "home ", "now ")
CREATED = 1_767_225_600
ID = b"0000000000000000"  # stands in encoded bytes where each call's own number goes
PACE = re.compile(r"(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)-(\d+)")
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
KEPT = 20_000  # calls in the log
MARGIN = 0.0015  # the selector rounds a wait up to whole milliseconds; the rest is spun

STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n"
    b"cache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n"
)
JSON_HEAD = b"HTTP/1.1 %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"

Json = dict[str, Any]


def text(tokens: int) -> str:
    """The words of an answer of so many tokens."""
    return "".join(words(tokens)).rstrip()


@lru_cache(maxsize=64)
def words(tokens: int) -> tuple[str, ...]:
    """The same, a string per token."""
    cut = list(itertools.islice(itertools.cycle(WORDS), tokens))
    return (*cut[:-1], cut[-1].rstrip()) if cut else ()


def split(whole: str, parts: int) -> tuple[str, ...]:
    """`whole` in at most `parts` pieces of nearly the same length."""
    count = max(1, min(parts, len(whole)))
    cuts = [len(whole) * i // count for i in range(count + 1)]
    return tuple(whole[a:b] for a, b in itertools.pairwise(cuts))


def instance(schema: Json, root: Json) -> Any:
    """The plainest value that fits a JSON schema: required fields only, lists of four."""
    if "$ref" in schema:
        found: Any = root
        for name in schema["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        return instance(found, root)
    for key in ("const", "default"):
        if schema.get(key) is not None:
            return schema[key]
    if schema.get("enum"):
        return schema["enum"][0]
    for key in ("anyOf", "oneOf", "allOf"):
        if schema.get(key):
            return instance(schema[key][0], root)
    kind: Any = schema.get("type", "object" if "properties" in schema else "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        fields: Json = schema.get("properties", {})
        names: list[str] = schema.get("required", list(fields))
        return {name: instance(fields.get(name, {}), root) for name in names}
    if kind == "array":
        count = max(min(4, schema.get("maxItems", 4)), schema.get("minItems", 0))
        return [instance(schema.get("items", {}), root) for _ in range(count)]
    if kind in ("integer", "number"):
        return schema.get("minimum", schema.get("maximum", 2))
    return {"boolean": True, "null": None}.get(kind, "tide")


def called(request: Json) -> Json | None:
    """The tool that this request is answered with a call of, or None for an answer in words."""
    tools, choice = request.get("tools"), request.get("tool_choice")
    if not tools or choice == "none":
        return None
    for message in reversed(request.get("messages", ())):
        if message.get("role") == "tool":
            return None
        if message.get("role") == "user":
            break
    functions = [tool["function"] for tool in tools if tool.get("type") == "function"]
    if isinstance(choice, dict):
        wanted = choice.get("function", {}).get("name")
        functions = [each for each in functions if each["name"] == wanted] or functions
    return functions[0] if functions else None


def event(model: str, choices: list[Json], usage: Json | None = None) -> bytes:
    """One chunk of a streamed answer as one SSE event in one HTTP chunk."""
    value: Json = {
        "id": f"chatcmpl-{ID.decode()}",
        "object": "chat.completion.chunk",
        "created": CREATED,
        "model": model,
        "system_fingerprint": "fp_stub",
        "choices": choices,
    }
    if usage is not None:
        value["usage"] = usage
    return framed(b"data: %s\n\n" % json.dumps(value, separators=(",", ":")).encode())


def framed(data: bytes) -> bytes:
    """Bytes as one HTTP chunk."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def delta(model: str, change: Json, finish: str | None = None) -> bytes:
    """A streamed change of the one choice."""
    choice = {"index": 0, "delta": change, "logprobs": None, "finish_reason": finish}
    return event(model, [choice])


def tool_delta(model: str, call: Json) -> bytes:
    """A streamed piece of the one tool call."""
    return delta(model, {"tool_calls": [{"index": 0, **call}]})


class Answer:
    """What one kind of request gets, encoded once: the whole, the pieces of a stream, its end."""

    def __init__(self, model: str, tokens: int, pieces: tuple[str, ...], tool: str | None) -> None:
        whole, finish = "".join(pieces), "tool_calls" if tool else "stop"
        message: Json = {"role": "assistant", "content": None if tool else whole}
        opening: Json = {"role": "assistant", "content": None if tool else ""}
        if tool:
            call = {"id": f"call_{ID.decode()}", "type": "function"}
            message["tool_calls"] = [{**call, "function": {"name": tool, "arguments": whole}}]
            start = tool_delta(model, {**call, "function": {"name": tool, "arguments": ""}})
            rest = [tool_delta(model, {"function": {"arguments": piece}}) for piece in pieces]
            self.pieces = [start, *rest]
        else:
            self.pieces = [delta(model, {"content": piece}) for piece in pieces]
        first = self.pieces[0] if self.pieces else b""
        self.pieces[:1] = [delta(model, opening) + first]
        self.end = delta(model, {}, finish)
        self.model, self.tokens = model, tokens
        self.gapless = b"".join(self.pieces) + self.end
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
        self.body = json.dumps(
            {
                "id": f"chatcmpl-{ID.decode()}",
                "object": "chat.completion",
                "created": CREATED,
                "model": model,
                "system_fingerprint": "fp_stub",
                "choices": [choice],
            },
            separators=(",", ":"),
        ).encode()[:-1]

    def usage(self, prompt: int) -> Json:
        """Tokens in and out; a prompt's are counted at four bytes each."""
        total = prompt + self.tokens
        return {"prompt_tokens": prompt, "completion_tokens": self.tokens, "total_tokens": total}

    def whole(self, prompt: int) -> bytes:
        """The answer without streaming: head and body."""
        usage = b',"usage":%s}' % json.dumps(self.usage(prompt), separators=(",", ":")).encode()
        return JSON_HEAD % (b"200 OK", len(self.body) + len(usage)) + self.body + usage

    def last(self, prompt: int | None) -> bytes:
        """What follows the end of a stream: usage where it was asked for, and the mark."""
        usage = b"" if prompt is None else event(self.model, [], self.usage(prompt))
        return usage + framed(b"data: [DONE]\n\n") + b"0\r\n\r\n"


@lru_cache(maxsize=256)
def encoded(model: str, tokens: int, said: str | None, tool: str | None) -> Answer:
    """The answer for a model's name: `said` in pieces, or `tokens` words; a call of `tool`."""
    pieces = words(tokens) if said is None else split(said, tokens - 1 if tool else tokens)
    return Answer(model, tokens, pieces, tool)


def answer(request: Json, model: str, tokens: int, said: str | None) -> Answer:
    """Choose between a tool call, an instance of a schema, given words and the stub's own."""
    tool = called(request)
    if tool:
        schema = tool.get("parameters") or {}
        return encoded(model, tokens, json.dumps(instance(schema, schema)), tool["name"])
    form = request.get("response_format") or {}
    if said is None and form.get("type") == "json_schema":
        schema = form["json_schema"].get("schema", {})
        said = json.dumps(instance(schema, schema))
    return encoded(model, tokens, said, None)


class Timers:
    """Callbacks at set times; `exact` spins through the last milliseconds before each."""

    def __init__(self, exact: bool) -> None:
        self.loop = asyncio.get_running_loop()
        self.margin = MARGIN if exact else 0.0
        self.heap: list[tuple[float, int, Callable[[], None]]] = []
        self.count = itertools.count()
        self.handle: asyncio.Handle | None = None

    def at(self, due: float, action: Callable[[], None]) -> None:
        """Run `action` at the loop's time `due`."""
        entry = (due, next(self.count), action)
        heapq.heappush(self.heap, entry)
        if self.heap[0] is entry:
            self.arm()

    def arm(self) -> None:
        """Wake for the earliest."""
        if self.handle:
            self.handle.cancel()
        due = self.heap[0][0] - self.margin
        soon = due <= self.loop.time()
        self.handle = self.loop.call_soon(self.tick) if soon else self.loop.call_at(due, self.tick)

    def tick(self) -> None:
        """Run what is due."""
        self.handle = None
        while self.heap and self.heap[0][0] <= self.loop.time():
            heapq.heappop(self.heap)[2]()
        if self.heap:
            self.arm()


class Call:
    """One model call: its place in the log, and the pieces still to be sent."""

    __slots__ = ("connection", "ended", "how", "id", "model", "opened", "sent", "stream", "totals")

    def __init__(self, connection: Connection, id: int, model: str, stream: bool) -> None:
        self.connection: Connection | None = connection
        self.id, self.model, self.stream = id, model, stream
        self.totals = connection.server.totals  # of its time: a reset makes others
        self.totals["opened"] += 1
        self.opened, self.ended, self.how, self.sent = time.monotonic(), 0.0, "open", 0

    def write(self, data: bytes) -> None:
        """Send bytes with this call's own number in them."""
        if self.connection and self.connection.transport:
            self.connection.transport.write(data.replace(ID, b"%016x" % self.id))

    def finish(self, how: str) -> None:
        """Note the end, once."""
        if self.how != "open":
            return
        self.ended, self.how = time.monotonic(), how
        self.totals[how] += 1
        connection, self.connection = self.connection, None
        if connection and how == "closed":
            connection.done()

    def start(self, reply: Answer, prompt: int, usage: bool, ttft: float, gap: float) -> None:
        """Send the answer at its pace (seconds)."""
        timers = self.connection.server.timers if self.connection else None
        if timers is None:
            return
        if not self.stream:
            whole = reply.whole(prompt)
            wait = ttft + gap * reply.tokens
            if wait:
                timers.at(self.opened + wait, lambda: self.end(whole, reply.tokens))
            else:
                self.end(whole, reply.tokens)
            return
        last = reply.last(prompt if usage else None)
        if not ttft and not gap:
            self.end(STREAM_HEAD + reply.gapless + last, reply.tokens)
            return
        self.write(STREAM_HEAD)
        end = reply.end + last
        if not gap:
            timers.at(self.opened + ttft, lambda: self.end(reply.gapless + last, reply.tokens))
            return
        begin = self.opened + ttft

        def piece() -> None:
            if self.how != "open":
                return
            self.write(reply.pieces[self.sent])
            self.sent += 1
            if self.sent < len(reply.pieces):
                timers.at(begin + self.sent * gap, piece)
            else:
                over = begin + reply.tokens * gap
                timers.at(over, lambda: self.end(end, reply.tokens))

        timers.at(begin, piece)

    def end(self, data: bytes, sent: int) -> None:
        """Send the last bytes."""
        if self.how == "open":
            self.write(data)
            self.sent = sent
            self.finish("closed")

    def shown(self) -> Json:
        """The call as /stats shows it."""
        names = ("id", "model", "stream", "opened", "ended", "how", "sent")
        return {name: getattr(self, name) for name in names}


class Server:
    """What the connections share."""

    def __init__(self, exact: bool) -> None:
        self.timers = Timers(exact)
        self.ids = itertools.count(1)
        self.reset()

    def reset(self) -> None:
        """Forget the log; calls still open are no longer counted."""
        self.calls: deque[Call] = deque(maxlen=KEPT)
        self.totals = {"opened": 0, "closed": 0, "aborted": 0}

    def stats(self, since: int) -> Json:
        """Counts, and the calls after a number."""
        calls = [call.shown() for call in self.calls if call.id > since]
        totals = self.totals
        still = totals["opened"] - totals["closed"] - totals["aborted"]
        return {"now": time.monotonic(), **totals, "open": still, "calls": calls}


def dechunked(buffer: bytes, start: int) -> tuple[bytes, int] | None:
    """A chunked body that begins at `start` and where it ends, or None while it is not whole."""
    parts: list[bytes] = []
    while (line := buffer.find(b"\r\n", start)) >= 0:
        size = int(buffer[start:line].split(b";")[0], 16)
        if len(buffer) < line + 2 + size + 2:
            return None
        if not size:
            return b"".join(parts), line + 4
        parts.append(buffer[line + 2 : line + 2 + size])
        start = line + 2 + size + 2
    return None


class Connection(asyncio.Protocol):
    """One kept-alive connection: a request at a time."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.transport: asyncio.Transport | None = None
        self.buffer = b""
        self.call: Call | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        if self.call:
            self.call.finish("aborted")
            self.call = None

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if self.call is None:
            self.read()

    def done(self) -> None:
        """The call has ended: go on to what came meanwhile."""
        self.call = None
        if self.buffer:
            asyncio.get_running_loop().call_soon(self.read)

    def read(self) -> None:
        """Answer the next request if all of it is here."""
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0 or self.call:
            return
        head, start = self.buffer[:end], end + 4
        if CHUNKED.search(head):
            whole = dechunked(self.buffer, start)
            if whole is None:
                return
            body, after = whole
        else:
            found = LENGTH.search(head)
            after = start + (int(found[1]) if found else 0)
            if len(self.buffer) < after:
                return
            body = self.buffer[start:after]
        self.buffer = self.buffer[after:]
        self.route(head, body)

    def reply(self, value: Json, status: str = "200 OK") -> None:
        """Send a JSON value."""
        data = json.dumps(value).encode()
        if self.transport:
            self.transport.write(JSON_HEAD % (status.encode(), len(data)) + data)
        self.done()

    def refuse(self, status: str, message: str) -> None:
        """Send an error in OpenAI's shape."""
        kind = {"message": message, "type": "invalid_request_error", "param": None, "code": None}
        self.reply({"error": kind}, status)

    def route(self, head: bytes, body: bytes) -> None:
        """Find what a request asks for."""
        first, _, rest = head.partition(b"\r\n")
        try:
            method, target, _ = first.decode("latin-1").split(" ", 2)
        except ValueError:
            self.refuse("400 Bad Request", "not an HTTP request")
            return
        url = urlsplit(target)
        where = (method, url.path)
        if where == ("POST", "/v1/chat/completions"):
            self.complete(rest, url.query, body)
        elif where == ("GET", "/v1/models"):
            model = {"id": "stub-0-0-20", "object": "model", "created": CREATED, "owned_by": "stub"}
            self.reply({"object": "list", "data": [model]})
        elif where == ("GET", "/stats"):
            since = parse_qs(url.query).get("since", ["0"])[0]
            self.reply(self.server.stats(int(since)))
        elif where == ("POST", "/reset"):
            self.server.reset()
            self.reply({"ok": True})
        else:
            self.refuse("404 Not Found", f"no {method} {url.path}")

    def complete(self, lines: bytes, query: str, body: bytes) -> None:
        """Answer a chat completion."""
        try:
            request = json.loads(body)
            model = request["model"]
        except (ValueError, KeyError, TypeError):
            self.refuse("400 Bad Request", "the body is not a JSON object with a model")
            return
        pace, said = model, None
        if query:
            pace = parse_qs(query).get("stub", [pace])[0]
        if b"x-stub" in lines.lower():
            pairs = (line.partition(":") for line in lines.decode().split("\r\n"))
            headers = {name.lower(): value.strip() for name, _, value in pairs}
            pace, said = headers.get("x-stub", pace), headers.get("x-stub-text")
        found = PACE.search(pace)
        ttft, gap, tokens = (found[1], found[2], found[3]) if found else ("0", "0", "20")
        server = self.server
        stream = bool(request.get("stream"))
        self.call = call = Call(self, next(server.ids), model, stream)
        server.calls.append(call)
        usage = bool((request.get("stream_options") or {}).get("include_usage"))
        reply = answer(request, model, int(tokens), said)
        call.start(reply, len(body) // 4, usage, float(ttft) / 1000, float(gap) / 1000)


async def serve(port: int, exact: bool) -> None:
    """Serve on loopback until the process is told to end; the first line printed is the URL."""
    server = Server(exact)
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(lambda: Connection(server), "127.0.0.1", port, backlog=1024)
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, ended.set)
    print(f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}", flush=True)
    async with listener:
        await ended.wait()


def main() -> None:
    """Read the command line and serve."""
    reader = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    reader.add_argument("--port", type=int, default=0, help="0 takes a free one")
    reader.add_argument("--exact", action="store_true", help="spin for exact times; needs a core")
    reader.add_argument("--core", type=int, help="run on this core only")
    options = reader.parse_args()
    if options.core is not None and sys.platform == "linux":
        os.sched_setaffinity(0, {options.core})
    asyncio.run(serve(options.port, options.exact))


if __name__ == "__main__":
    main()
