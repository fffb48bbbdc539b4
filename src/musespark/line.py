"""A connection to a model's server: one POST at a time, its answer as it comes.

Written on asyncio and llhttp (`httptools`), for what a general client does for each request and for
each chunk of a streamed answer costs more than the rest of a turn. Knows nothing of addresses,
tries or JSON.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable, Mapping
from typing import Final, cast

import httptools
from multidict import CIMultiDict

KEPT = 60.0  # seconds that a connection stays open while nobody needs it
_MOST_HEAD = 128 * 2**10
_MOST_WAITING = 2**20  # bytes that wait to be read before the server is made to wait
_MOST_INFLATED = 64 * 2**20  # that one piece of a packed answer may become
_NEVER: Final = float("inf")


class HungUp(ConnectionError):
    """The server closed the connection without a word of an answer."""


class CutOff(ConnectionError):
    """The answer ended before its end, or is none in HTTP."""


class Line(asyncio.Protocol):
    """One connection, at work or kept open for the next request.

    What came before a failure can be read before it is raised. A server that says nothing for the
    time that a request allows, or until its deadline, is hung up on: TimeoutError.
    """

    __slots__ = (
        "_busy", "_deadline", "_error", "_head_size", "_headers", "_heard", "_inflate", "_keeps",
        "_left", "_loop", "_parser", "_parts", "_paused", "_silence", "_sized", "_spare", "_timer",
        "_transport", "_unsent", "_waiter", "_waiting", "gone", "headed", "over", "secure",
        "status",
    )  # fmt: skip

    def __init__(self, left: Callable[[Line], object], *, secure: bool = False) -> None:
        self._loop = asyncio.get_running_loop()
        self._left, self.secure = left, secure  # who is told that it closed while it was kept
        self._parser = httptools.HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(
            lenient_headers=True,
            lenient_optional_cr_before_lf=True,
            lenient_spaces_after_chunk_size=True,
        )
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._heard = self._loop.time()
        self._busy = self.gone = False
        self._begin(KEPT, None)

    def _begin(self, silence: float, deadline: float | None) -> None:
        self._silence = silence
        self._deadline = _NEVER if deadline is None else deadline
        self._headers: list[tuple[bytes, bytes]] = []
        self._parts: list[bytes] = []
        self._waiting = self._head_size = self._unsent = self.status = 0
        self._inflate: zlib._Decompress | None = None
        self._error: Exception | None = None
        self.headed = self.over = self._sized = self._spare = self._paused = self._keeps = False

    # -- for who asks ------------------------------------------------------------------------------

    async def post(
        self, head: bytes, body: bytes, silence: float, deadline: float | None = None
    ) -> None:
        """Send a request and return once the head of its answer is there: `status`, `headers`. It
        may say nothing for `silence` seconds and last until `deadline`, an instant of the loop's
        clock. Raises HungUp, CutOff, TimeoutError, OSError."""
        transport = self._transport
        if self.gone or transport is None or transport.is_closing():
            raise HungUp
        self._begin(silence, deadline)
        self._busy, self._heard = True, self._loop.time()
        if len(body) < 65_536:
            transport.write(head + body)
        else:
            transport.writelines((head, body))
        self._arm()
        while not self.headed:
            if self._error is not None:
                raise self._error
            await self._wait()

    async def read(self) -> bytes:
        """What has come of the answer since, b"" at its end. Raises like `post`."""
        while True:
            while not self._parts:
                if self._error is not None:
                    raise self._error
                if self.over:
                    return b""
                await self._wait()
            parts, self._parts, self._waiting = self._parts, [], 0
            if self._paused and self._transport is not None:
                self._paused, self._heard = False, self._loop.time()
                self._transport.resume_reading()
            data = parts[0] if len(parts) == 1 else b"".join(parts)
            if self._inflate is None:
                return data
            if data := self._inflated(data):
                return data

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers of the answer, in any case."""
        return CIMultiDict(
            (name.decode("latin-1"), value.decode("utf-8", "surrogateescape"))
            for name, value in self._headers
        )

    @property
    def ended(self) -> bool:
        """Whether the whole answer has been read."""
        return self.over and not self._parts

    @property
    def reusable(self) -> bool:
        """Whether another request may follow on this connection."""
        transport = self._transport
        return (
            self.over
            and not (self.gone or self._spare or self._parts)
            and self._sized
            and self._error is None
            and transport is not None
            and not transport.is_closing()
            and not transport.get_write_buffer_size()
            and self._keeps
        )

    def rest(self) -> None:
        """Nobody needs the connection for now."""
        self._busy, self._heard, self._headers = False, self._loop.time(), []

    def until(self, deadline: float) -> None:
        """The answer may now last until this instant."""
        self._deadline = deadline
        if self._busy and not self.gone:
            self._arm()

    def hang_up(self) -> None:
        """Close the connection, whatever is under way on it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        transport = self._transport
        if transport is None or self.gone:
            return
        # A farewell of TLS, or what is not sent yet, would keep it open.
        if self.secure or transport.get_write_buffer_size():
            transport.abort()
        else:
            transport.close()

    # -- time --------------------------------------------------------------------------------------

    def _arm(self) -> None:
        """See that the timer goes off no later than it has to. One that goes off too early looks
        again, so that nothing is set anew for each piece, and little for each request."""
        due = min(self._heard + self._silence, self._deadline)
        if self._timer is not None:
            if self._timer.when() <= due:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(due, self._look)

    def _look(self) -> None:
        self._timer, now = None, self._loop.time()
        if self.gone or self._transport is None:
            return
        if not self._busy:
            if now >= self._heard + KEPT:
                self.hang_up()
                return
            self._timer = self._loop.call_at(self._heard + KEPT, self._look)
            return
        unsent = self._transport.get_write_buffer_size()
        if self._paused or unsent != self._unsent:  # it is not the server that is waited for
            self._heard, self._unsent = now, unsent
        if now < min(self._heard + self._silence, self._deadline):
            self._arm()
        elif not self.over:
            self._fail(TimeoutError())

    async def _wait(self) -> None:
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _fail(self, error: Exception) -> None:
        """End what is under way with this error."""
        if self._error is None:
            self._error = error
        self.hang_up()
        self._wake()

    def _inflated(self, data: bytes) -> bytes:
        """Of an answer that was packed although nobody asked for that."""
        assert self._inflate is not None
        try:
            found = self._inflate.decompress(data, _MOST_INFLATED)
        except zlib.error:
            self._fail(CutOff("It is packed in an unknown way"))
            return b""
        if self._inflate.unconsumed_tail:
            self._fail(CutOff("It is too large"))
        return found

    # -- what asyncio calls ------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._heard = self._loop.time()
        if not self._busy:  # words that nobody asked for
            self._spare = True
            self.hang_up()
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            if not self.over:
                self._fail(CutOff(str(error)))
                return
            self._spare = True  # behind the end of the answer
        if not self.headed:
            self._head_size += len(data)
            if self._head_size > _MOST_HEAD:
                self._fail(CutOff("Its head does not end"))
            return
        if self._waiting > _MOST_WAITING and not (self._paused or self.over):
            self._paused = True
            assert self._transport is not None
            self._transport.pause_reading()
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        self.gone = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._busy:
            self._left(self)
        elif not self.over and self._error is None:
            if error is None and self.headed and not self._sized:
                self.over = True  # an answer of which only the end of the connection is the end
            elif self.headed:
                self._error = CutOff(str(error or ""))
            else:
                self._error = HungUp(str(error or ""))
        self._wake()

    # -- what the parser calls ---------------------------------------------------------------------

    def on_message_begin(self) -> None:
        if self.over:
            self._spare = True

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._spare:
            self._headers.append((name, value))

    def on_headers_complete(self) -> None:
        if self._spare:
            return
        status = self._parser.get_status_code()
        if status < 200:  # only an announcement of the answer
            self._headers = []
            return
        self.status, self._sized = status, status in (204, 304)
        for name, value in self._headers:
            match name.lower():
                case b"content-length":
                    self._sized = True
                case b"transfer-encoding":
                    self._sized = value.lower().rstrip().endswith(b"chunked")
                case b"content-encoding" if value.strip().lower() in (b"gzip", b"x-gzip"):
                    self._inflate = zlib.decompressobj(31)
                case b"content-encoding" if value.strip().lower() == b"deflate":
                    self._inflate = zlib.decompressobj()
        self.headed = True

    def on_body(self, data: bytes) -> None:
        if not self._spare:
            self._parts.append(data)
            self._waiting += len(data)

    def on_message_complete(self) -> None:
        if self.headed and not self.over:
            self.over, self._keeps = True, self._parser.should_keep_alive()
