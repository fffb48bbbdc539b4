"""An HTTP answer that follows a run: as a stream or whole, and hung up when the client hangs up.

One loop serves every protocol. Events that are there together leave in one write; a stream that is
silent for a while says so in a comment, so that nothing on the way closes it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any, Protocol

import msgspec
from starlette.responses import Response

from musespark import event as ev
from musespark.guard import STATUS, Receive, Send, answer, error_body
from musespark.runs import Live
from musespark.told import Told

FIRST = 1.0  # seconds until the headers leave though nothing is said yet
SILENCE = 15.0  # seconds between comments in a stream that is silent
COMMENT = b": still here\n\n"
_STREAM = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
]

Numbered = list[tuple[int, ev.Event]]


class Writer(Protocol):
    """A protocol's side: bytes for events, and the whole answer at the end."""

    told: Told

    def feed(self, numbered: Numbered) -> bytes: ...

    def whole(self) -> bytes: ...


class Following(Response):
    """Follows `live` for one client. `keep` says that the run goes on without them, `lasting` that
    it does where it is durable."""

    def __init__(
        self, live: Live, writer: Writer, *, stream: bool, keep: bool, lasting: bool, header: str,
        errors: bool,
    ) -> None:  # fmt: skip
        self.live, self.writer = live, writer
        self.stream, self.keep, self.errors = stream, keep, errors
        self.lasting = lasting
        self.own = [(b"x-musespark-run", header.encode())]
        self.status_code = 200
        self.background = None
        self._begun = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async with connected(receive, self._hang_up):
            await (self._stream(send) if self.stream else self._whole(send))

    def _hang_up(self) -> None:
        if not self.keep and not (self.lasting and self.live.durable):
            self.live.cancel()

    async def _stream(self, send: Send) -> None:
        async for batch in batches(self.live, 0):
            data = self.writer.feed(batch) or (b"" if batch else COMMENT)
            error = self.writer.told.error
            if error is not None and self.errors:
                await self._failed(send, data, error)
                return
            if data:
                await self._begin(send)
                await send({"type": "http.response.body", "body": data, "more_body": True})
        await self._begin(send)
        last = b"" if self.writer.told.ended else self._broken_off()
        await send({"type": "http.response.body", "body": last})

    def _broken_off(self) -> bytes:
        """A durable run outlives this server: the stream ends before it, and says so."""
        text = f"The server stops. The run {self.live.run} goes on when it starts again: follow it."
        error = ev.RunError(text, "server_stopping")
        if not self.errors:
            return b"data: " + ev.encode(error) + b"\n\n"
        return self._error_event(error)

    async def _begin(self, send: Send) -> None:
        if not self._begun:
            self._begun = True
            headers = [*_STREAM, *self.own]
            await send({"type": "http.response.start", "status": 200, "headers": headers})

    async def _failed(self, send: Send, data: bytes, error: ev.RunError) -> None:
        """An error before the first word has its own status; later it is the stream's last event"""
        if not self._begun and not data:
            await refuse(send, error, self.live.status)
            return
        await self._begin(send)
        await send({"type": "http.response.body", "body": data + self._error_event(error)})

    def _error_event(self, error: ev.RunError) -> bytes:
        failed = getattr(self.writer, "failed", None)
        if failed is not None:
            return bytes(failed(error))
        status = self.live.status or STATUS.get(error.code, 500)
        return (
            b"data: " + msgspec.json.encode(error_body(status, error.message, error.code)) + b"\n\n"
        )

    async def _whole(self, send: Send) -> None:
        async for batch in batches(self.live, 0):
            self.writer.feed(batch)
        told = self.writer.told
        if told.error is not None:
            await refuse(send, told.error, self.live.status)
            return
        if not told.ended:
            await refuse(send, ev.RunError("The server stops.", "server_stopping"))
            return
        body = self.writer.whole()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            *self.own,
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@contextlib.asynccontextmanager
async def connected(receive: Receive, hang_up: Callable[[], None]) -> AsyncGenerator[None]:
    """What is done for a client as long as it is there: when it hangs up, `hang_up()` is called and
    the inside is cancelled."""
    ours = asyncio.current_task()
    assert ours is not None
    gone = False

    async def listen() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    def leave(done: asyncio.Task[None]) -> None:
        nonlocal gone
        if not done.cancelled():
            gone = True
            hang_up()
            ours.cancel()

    listening = asyncio.create_task(listen())
    listening.add_done_callback(leave)
    try:
        yield
    except asyncio.CancelledError:
        if not gone:
            raise
        ours.uncancel()
    finally:
        listening.remove_done_callback(leave)
        listening.cancel()


async def refuse(send: Send, error: ev.RunError, status: int = 0) -> None:
    """The end of a run in an error, as an answer with a status: its own where it has one."""
    status = status or (503 if error.code == "server_stopping" else STATUS.get(error.code, 500))
    await answer(send, status, error_body(status, error.message, error.code))


async def batches(live: Live, after: int) -> AsyncIterator[Numbered]:
    """The events of a live run above number `after`, those that are ready together in one list;
    an empty list when there was none for a while."""
    position, patience = after, FIRST
    while True:
        ready = live.events[position:]
        if ready:
            yield list(enumerate(ready, position + 1))
            position += len(ready)
        elif live.done:
            return
        else:
            try:
                async with asyncio.timeout(patience):
                    await live.wait(position)
            except TimeoutError:
                patience = SILENCE
                yield []


class Events(Response):
    """A stream of server-sent events that are made elsewhere; closed when the client hangs up."""

    def __init__(self, source: AsyncGenerator[bytes]) -> None:
        self.source = source
        self.status_code = 200
        self.background = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async with connected(receive, lambda: None), contextlib.aclosing(self.source) as source:
            await send({"type": "http.response.start", "status": 200, "headers": _STREAM})
            async for data in source:
                await send({"type": "http.response.body", "body": data, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
