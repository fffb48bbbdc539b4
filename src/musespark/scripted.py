"""A model that says what it was told to: for tests of everything that talks to one."""

from __future__ import annotations

import asyncio
import inspect
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct, field

from musespark.message import Reasoning, Text, ToolCall, ToolResult, Usage
from musespark.model import CallDelta, Card, Chunk, Request
from musespark.problem import Problem


class Reply(Struct, kw_only=True):
    """One answer: words, thinking, tool calls as (name, arguments), in this order.

    `delay` is in seconds before the first chunk. After `cut` chunks the stream breaks off, after
    `hang` chunks it says nothing more until it is closed. `usage` replaces the counted tokens.
    """

    text: str = ""
    reasoning: str = ""
    calls: list[tuple[str, Any]] = field(default_factory=list)
    delay: float = 0.0
    cut: int | None = None
    hang: int | None = None
    finish: str = ""
    notice: str = ""
    usage: Usage | None = None


Given = Reply | str | Mapping[str, Any] | list[Any] | Problem
Script = Callable[[Request], Given | Awaitable[Given]]


def call(name: str, arguments: Any = None, **further: Any) -> Reply:
    """A reply that calls one tool; `arguments` is a mapping, or text just as a model wrote it."""
    return Reply(calls=[(name, {} if arguments is None else arguments)], **further)


def hang(after: int = 0, text: str = "") -> Reply:
    """A reply that stops answering after so many chunks and stays on the line."""
    return Reply(text=text, hang=after)


class ScriptedModel:
    """Answers from a list of replies, in order, or by a function of the request.

    A reply is text, a mapping or list (answered as JSON), a Reply, or a Problem to raise. Past the
    end of the list the last reply is repeated if `repeat`, else it is an error of the test. The
    model keeps the `requests` it got, and counts what is `running`, the `most` at once and those
    that were `closed` before their end.

    >>> import asyncio
    >>> from musespark.message import say
    >>> model = ScriptedModel(["Hello there.", call("calculate", {"expression": "2 + 2"})])
    >>> async def ask():
    ...     request = Request(messages=[say("user", "Hi")])
    ...     return "".join([chunk.text async for chunk in model.stream(request)])
    >>> asyncio.run(ask())
    'Hello there.'
    >>> model.requests[0].messages[0].text
    'Hi'
    """

    def __init__(
        self,
        replies: Iterable[Given] | Script,
        *,
        card: Card | None = None,
        pause: float = 0.0,
        repeat: bool = False,
    ) -> None:
        self.card = card or Card(name="scripted", where="this process")
        self.requests: list[Request] = []
        self.running = self.most = self.closed = 0
        self._script = replies if callable(replies) else None
        self._replies = [] if callable(replies) else list(replies)
        self._next, self._pause, self._repeat = 0, pause, repeat

    async def close(self) -> None:
        """Nothing to let go."""

    async def stream(self, request: Request) -> AsyncIterator[Chunk]:
        """The next reply in chunks of a word each."""
        self.requests.append(request)
        given = await self._reply(request)
        self.running += 1
        self.most = max(self.most, self.running)
        ended = False
        try:
            if isinstance(given, Problem):
                ended = True
                raise given
            reply = given
            await self._wait(reply.delay, request)
            for place, chunk in enumerate(_chunks(reply, request)):
                if reply.cut == place:
                    ended = True
                    raise Problem(
                        "model_cut_off",
                        "The model scripted stopped in the middle.",
                        next="What came until then is kept. Ask again.",
                        status=502,
                    )
                if reply.hang == place:
                    await self._wait(float("inf"), request)
                if self._pause:
                    await self._wait(self._pause, request)
                yield chunk
            ended = True
        finally:
            self.running -= 1
            self.closed += not ended

    async def _reply(self, request: Request) -> Reply | Problem:
        given: Any
        if self._script is not None:
            given = self._script(request)
            if inspect.isawaitable(given):
                given = await given
        else:
            place, self._next = self._next, self._next + 1
            if self._repeat:
                place = min(place, len(self._replies) - 1)
            if place >= len(self._replies):
                asked = request.messages[-1].text if request.messages else ""
                raise AssertionError(f"the script has no reply {place + 1}, asked: {asked[:200]!r}")
            given = self._replies[place]
        if isinstance(given, Reply | Problem):
            return given
        if isinstance(given, str):
            return Reply(text=given)
        return Reply(text=msgspec.json.encode(given).decode())

    async def _wait(self, seconds: float, request: Request) -> None:
        """Sleep; past the request's deadline, what a client of a silent model raises."""
        if not seconds:
            return
        try:
            async with asyncio.timeout_at(request.deadline) as clock:
                request.moved.add(clock.reschedule)
                try:
                    await (
                        asyncio.Event().wait() if math.isinf(seconds) else asyncio.sleep(seconds)
                    )
                finally:
                    request.moved.discard(clock.reschedule)
        except TimeoutError:
            raise Problem("model_silent", "The model scripted fell silent.", status=504) from None


def _words(text: str) -> list[str]:
    """The text in pieces of a word with the space before it, as models write tokens."""
    pieces = [" " + piece for piece in text.split(" ")]
    pieces[0] = pieces[0][1:]
    return [piece for piece in pieces if piece]


def _tokens(text: str) -> int:
    return -(-len(text) // 4)


def _chunks(reply: Reply, request: Request) -> Iterable[Chunk]:
    if reply.notice:
        yield Chunk(notice=reply.notice)
    for piece in _words(reply.reasoning):
        yield Chunk(reasoning=piece)
    for piece in _words(reply.text):
        yield Chunk(text=piece)
    written = _tokens(reply.text) + _tokens(reply.reasoning)
    for index, (name, arguments) in enumerate(reply.calls):
        if not isinstance(arguments, str):
            arguments = msgspec.json.encode(arguments).decode()
        written += _tokens(arguments) + 4
        id = f"call_{len(request.messages)}_{index}"
        half = len(arguments) // 2
        yield Chunk(calls=(CallDelta(index, id, name, arguments[:half]),))
        yield Chunk(calls=(CallDelta(index, arguments=arguments[half:]),))
    finish = reply.finish or ("tool_calls" if reply.calls else "stop")
    read = sum(_size(part) for message in request.messages for part in message.parts)
    usage = reply.usage or Usage(read, written, _tokens(reply.reasoning), 0, 0.0, 1)
    yield Chunk(finish=finish)
    yield Chunk(usage=usage)


def _size(part: object) -> int:
    if isinstance(part, Text | Reasoning):
        return _tokens(part.text) + 1
    if isinstance(part, ToolCall):
        return _tokens(part.arguments) + 4
    if isinstance(part, ToolResult):
        return _tokens(part.content) + 1
    return _tokens(getattr(part, "text", "")) + 4
