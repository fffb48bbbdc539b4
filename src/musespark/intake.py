"""What is on its way into the ledger: never more than fits, so that a slow database makes people
wait or come back, and the memory of the server does not grow."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator

from musespark.problem import Problem

ROOM = 64_000_000  # bytes of activities that wait to be committed, all requests together
_PATIENCE = 5.0  # seconds that a request waits for room before it is sent away


class Intake:
    """Room for bytes that wait. Whoever finds none waits in line for a moment, and is then told to
    come back: nothing of theirs was taken."""

    def __init__(self, room: int = ROOM, patience: float = _PATIENCE) -> None:
        self.room, self.patience = room, patience
        self.taken = 0
        self._line: deque[tuple[int, asyncio.Future[None]]] = deque()

    @contextlib.asynccontextmanager
    async def place(self, size: int) -> AsyncIterator[None]:
        """Hold room for so many bytes. Raises Problem 503 where there is none in time."""
        size = min(size, self.room)
        if self._line or self.taken + size > self.room:
            await self._wait(size)
        else:
            self.taken += size
        try:
            yield
        finally:
            self.taken -= size
            self._next()

    async def _wait(self, size: int) -> None:
        ready = asyncio.get_running_loop().create_future()
        self._line.append((size, ready))
        given = False
        try:
            async with asyncio.timeout(self.patience):
                await ready
            given = True
        except TimeoutError:
            raise busy() from None
        finally:
            if not given:
                if ready.done() and not ready.cancelled():  # it came, and nobody is there any more
                    self.taken -= size
                with contextlib.suppress(ValueError):
                    self._line.remove((size, ready))
                self._next()

    def _next(self) -> None:
        while self._line and self.taken + self._line[0][0] <= self.room:
            size, ready = self._line.popleft()
            if not ready.done():
                self.taken += size
                ready.set_result(None)


def busy() -> Problem:
    return Problem(
        "busy", "More comes in than the database can keep at the moment.", status=503,
        why="Nothing of this request was kept.",
        next="Send it again in a moment; the header Retry-After says when.",
    )  # fmt: skip
