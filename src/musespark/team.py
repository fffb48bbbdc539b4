"""Several agents at once: their events as they come, and when the stragglers are hung up."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping

from msgspec import Struct

from musespark import event as ev
from musespark.assistant import Outcome
from musespark.problem import Problem

GRACE = 0.5  # seconds that a straggler always gets: quick tasks differ by more than their median

# By name: an agent's events, and where what it came to is left.
Works = Mapping[str, tuple[AsyncIterator[ev.Event], Outcome]]


class Job(Struct):
    """One of several agents at work at once."""

    name: str
    outcome: Outcome
    started: float = 0.0
    task: asyncio.Task[None] | None = None
    failed: Problem | None = None
    hung_up: bool = False

    @property
    def done(self) -> bool:
        return self.task is not None and self.task.done()


async def together(
    works: Works,
    jobs: list[Job],
    *,
    quorum: float = 0.75,
    patience: float = 1.5,
    enough: Callable[[list[Job]], bool] | None = None,
) -> AsyncGenerator[ev.Event, None]:
    """Several agents at once, their events as they come.

    Goes on when all have ended, when `enough(jobs)` says so, or when `quorum` of them have ended
    and `patience` times their median time has passed; whoever still works then is hung up, and what
    they wrote is kept. Closing it hangs up on all. The jobs are left in `jobs`.
    """
    waiting: list[ev.Event] = []
    bell = asyncio.Event()
    for name, (events, outcome) in works.items():
        job = Job(name, outcome, time.monotonic())
        job.task = asyncio.create_task(_pump(job, events, waiting, bell))
        jobs.append(job)
    try:
        while True:
            while waiting:
                ready = waiting.copy()
                waiting.clear()
                for event in ready:
                    yield event
            ended = [job for job in jobs if job.done]
            if len(ended) == len(jobs) or (enough is not None and ended and enough(jobs)):
                break
            limit = _patience_left(jobs, ended, quorum, patience)
            if limit is not None and limit <= 0:
                break
            bell.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(limit):
                    await bell.wait()
    finally:
        await _hang_up([job for job in jobs if not job.done])
    for job in jobs:
        if job.task is not None and not job.hung_up and job.task.exception() is not None:
            raise job.task.exception() or RuntimeError(job.name)


async def _pump(
    job: Job, events: AsyncIterator[ev.Event], waiting: list[ev.Event], bell: asyncio.Event
) -> None:
    """One agent's events into `waiting`, the bell rung for each."""
    try:
        async for event in events:
            waiting.append(event)
            bell.set()
    except Problem as problem:
        job.failed, job.outcome.error = problem, problem.text
    finally:
        job.outcome.seconds = time.monotonic() - job.started
        with contextlib.suppress(AttributeError):
            await events.aclose()  # type: ignore[attr-defined]
        bell.set()


async def _hang_up(late: list[Job]) -> None:
    for job in late:
        assert job.task is not None
        job.hung_up = job.outcome.cut = True
        job.task.cancel()
    if late:
        await asyncio.gather(*(job.task for job in late if job.task), return_exceptions=True)


def _patience_left(
    jobs: list[Job], ended: list[Job], quorum: float, patience: float
) -> float | None:
    """Seconds until the stragglers are hung up; None while too few have ended to tell."""
    good = sorted(job.outcome.seconds for job in ended if job.failed is None)
    if not good or len(ended) < quorum * len(jobs):
        return None
    median = good[len(good) // 2]
    allowed = max(patience * median, median + GRACE)
    return min(job.started for job in jobs) + allowed - time.monotonic()
