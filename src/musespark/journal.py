"""The journal of a durable run: steps and events committed before they are used or shown.

A run that was cut off is taken up again from here: finished steps are not repeated, and whoever
followed it sees each event once, under the number it always had.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from musespark import event as ev
from musespark.problem import AWAY, Problem
from musespark.runs import Live, Runs, pack
from musespark.turn import Step, new_id

if TYPE_CHECKING:
    from musespark.store import Store

T = TypeVar("T")

_TEXTS = (ev.TextStart, ev.ReasoningStart)
_BREATH = 0.04  # seconds between commits of events alone; a finished step waits for none
_LONGEST_BREATH = 0.2  # seconds, when many runs are under way at once
_PATIENCE = 60.0  # seconds that what is to be kept waits for its database to come back

_STARTS: dict[type, type] = {
    ev.TextStart: ev.TextEnd,
    ev.ReasoningStart: ev.ReasoningEnd,
    ev.ReasoningMessageStart: ev.ReasoningMessageEnd,
    ev.ToolStart: ev.ToolEnd,
}


class Journal:
    """Steps and events of one durable run, in the store. One commit is under way at a time, so
    that numbers come in order; whatever arrives meanwhile goes into the next one."""

    def __init__(self, runs: Runs, live: Live) -> None:
        self.runs, self.live = runs, live
        self.kept = 0
        self._steps: dict[str, Step] = {}
        self._seen: set[object] = set()
        self._pieces = ""  # the newest message whose pieces are never said again
        self._torn: set[str] = set()
        self._new_steps: list[tuple[Step, asyncio.Future[None]]] = []
        self._last: asyncio.Future[None] | None = None  # of the newest step
        self._new_events: list[ev.Event] = []
        self._shown = 0  # how many of them are shown already
        self._flushing: asyncio.Task[None] | None = None
        self._urgent = asyncio.Event()
        self._ending = False
        self._flushed = 0.0
        self.failed: Problem | None = None

    @property
    def steps(self) -> list[Step]:
        """The finished steps, in the order of their ends."""
        return list(self._steps.values())

    def open(self) -> None:
        """Commit what the run has shown before it was known to be durable."""
        for event in self.live.events:
            self.emit(event)
        self._shown = len(self._new_events)

    async def load(self) -> None:
        """What an earlier life of the run has left; messages that it tore off are closed and
        marked as discarded, for they are written anew."""
        store = self.runs.store
        assert store is not None
        rows = await store.rows(
            self.live.person, "select * from steps where run = %s", self.live.run
        )
        for row in rows:
            row.pop("run"), row.pop("person")
            self._steps[row["path"]] = msgspec.convert(row, Step)
        events = [e for _, e in await self.runs.events(self.live.person, self.live.run)]
        self.kept = len(events)
        open_: dict[tuple[type, str], ev.Event] = {}
        for event in events:
            self.live.publish(event)
            self._seen.add(identity(event))
            end = _STARTS.get(type(event))
            if end is not None:
                open_[end, _id(event)] = event
            open_.pop((type(event), _id(event)), None)
            if isinstance(event, ev.Custom) and event.name == "musespark.discarded":
                self._torn.add(event.value["messageId"].removesuffix("/reasoning"))
        for (end, torn), start in reversed(open_.items()):
            lane = getattr(start, "subagent_run_id", None)
            self.emit(end(torn, subagent_run_id=lane))
            if end in (ev.TextEnd, ev.ReasoningEnd):
                message = torn.removesuffix("/reasoning")
                self._torn.add(message)
                self.emit(ev.Custom("musespark.discarded", {"messageId": torn}, lane))

    def finished(self, path: str) -> Step | None:
        return self._steps.get(path)

    async def anew(self) -> None:
        """Let go of what the finished steps came to: something that went into them may not be used
        any more. They stay as what was done and what it cost, without their words; the messages
        they made are marked as discarded, and written anew."""
        store = self.runs.store
        assert store is not None
        await self.sure()
        await store.rows(
            self.live.person,
            "update steps set path = %s || path, input = null, output = null where run = %s",
            f"{new_id('past')}/", self.live.run,
        )  # fmt: skip
        self._steps.clear()
        for event in [*self.live.events]:
            message = _id(event).removesuffix("/reasoning")
            if type(event) in _TEXTS and _written(message) and message not in self._torn:
                self._torn.add(message)
                lane = getattr(event, "subagent_run_id", None)
                self.emit(ev.Custom("musespark.discarded", {"messageId": _id(event)}, lane))

    def again(self, at: str) -> str:
        """What makes the id of a message new when its first writing was torn off."""
        suffix = ""
        while f"{self.live.run}/{at}{suffix}" in self._torn:
            suffix = f"~{int(suffix[1:] or 1) + 1}" if suffix else "~2"
        return suffix

    async def write(self, step: Step) -> None:
        """Commit a finished step, with all events before it."""
        self.note(step)
        await self.sure()

    def note(self, step: Step) -> None:
        """Commit a finished step soon; whoever uses its result waits for `sure()` first. What
        needs no answer at once goes into one commit with what comes next."""
        self._last = asyncio.get_running_loop().create_future()
        self._new_steps.append((step, self._last))
        self._urgent.set()
        self._kick()

    async def sure(self) -> None:
        """Wait until every step so far is committed. Raises Problem when one cannot be."""
        if self._last is not None:
            await asyncio.shield(self._last)

    def emit(self, event: ev.Event) -> None:
        """Number and commit an event, then show it; one that an earlier life showed is dropped."""
        # Nearly all events are pieces of a few texts: what one piece of a text says of the others
        # is remembered, for here every run pays for every piece of every agent.
        if type(event) is ev.TextDelta and event.message_id == self._pieces:
            mark = None
        elif (mark := identity(event)) is None and type(event) is ev.TextDelta:
            self._pieces = event.message_id
        if mark is not None:
            if mark in self._seen:
                return
            self._seen.add(mark)
        self._new_events.append(event)
        self._kick()

    async def settle(self) -> None:
        """Wait until everything is committed and shown."""
        self._ending = True
        self._urgent.set()
        while self._flushing is not None and not self._flushing.done():
            await asyncio.shield(self._flushing)

    def leave(self) -> None:
        """Wait for nothing any more; what is not committed is lost, and nobody has seen it."""
        if self._flushing is not None:
            self._flushing.cancel()

    def take(self) -> list[ev.Event]:
        """The events that are not committed yet; the caller commits them with the run's end."""
        taken, self._new_events = self._new_events, []
        return taken

    def _kick(self) -> None:
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush())

    async def _flush(self) -> None:
        while self._new_steps or self._new_events:
            breath = min(_BREATH * max(1.0, len(self.runs.live) / 4), _LONGEST_BREATH)
            pause = self._flushed + breath - time.monotonic()
            if pause > 0 and not self._new_steps and not self._ending:
                self._urgent.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._urgent.wait()
            self._flushed = time.monotonic()
            steps, self._new_steps = self._new_steps, []
            events, self._new_events = self._new_events, []
            try:
                await self._commit([step for step, _ in steps], events)
            except Exception as error:
                problem = error if isinstance(error, Problem) else _unkept(error)
                self.failed = problem
                steps += self._new_steps  # nobody would answer those that came meanwhile
                self._new_steps = []
                for _, done in steps:
                    if not done.done():
                        done.set_exception(problem)
                        done.exception()
                return
            for event in events:
                if self._shown:
                    self._shown -= 1
                else:
                    self.live.publish(event)
            for step, done in steps:
                self._steps[step.path] = step
                if not done.done():
                    done.set_result(None)

    async def _commit(self, steps: list[Step], events: list[ev.Event]) -> None:
        store = self.runs.store
        assert store is not None
        body: dict[str, Any] = {"run": self.live.run}
        if steps:
            body["steps"] = steps
        if events:
            first = self.kept + 1
            body |= {"first": first, "last": self.kept + len(events), "events": pack(events)}
        if steps or events:
            # However long the database is away: the run goes on as soon as it is back.
            await patiently(lambda: store.keep("journal", self.live.person, body), store)
        self.kept += len(events)


def _unkept(error: Exception) -> Problem:
    """The database refuses a record: waiting does not help, and the run must not wait for ever."""
    return Problem(
        "not_kept",
        "A step of this run could not be kept.",
        why=f"The database answered {type(error).__name__}.",
        next="Ask again; if it comes back, the log of the database has the details.",
        status=500,
    )


async def patiently(
    attempt: Callable[[], Awaitable[T]], store: Store | None = None, patience: float = _PATIENCE
) -> T:
    """What `attempt()` gives, tried again until it works, with growing pauses, while the database
    is away; at most `patience` seconds, of which those do not count in which the `store` does not
    answer at all. Keeping a record twice does no harm: its key decides."""
    clock = asyncio.get_running_loop().time
    since, pause = clock() if store is None else None, 0.1
    while True:
        try:
            return await attempt()
        except Problem as problem:
            if problem.code not in AWAY:
                raise
            if store is not None and (problem.code == "disk_full" or not await _answers(store)):
                since = None
            elif since is None:
                since = clock()
            elif clock() - since >= patience:
                raise
        await asyncio.sleep(min(pause, patience))
        pause = min(pause * 2, 5.0)


async def _answers(store: Store) -> bool:
    try:
        await store.system("select 1")
    except Problem:
        return False
    return True


def identity(event: ev.Event) -> object:
    """What makes an event the same in every life of its run; None for pieces of a text, which are
    never said again once their step has finished."""
    if isinstance(event, ev.Custom):
        return (event.name, event.subagent_run_id, msgspec.json.encode(event.value))
    if isinstance(event, ev.TextDelta) and not _written(event.message_id):
        return (ev.TextDelta, event.message_id, event.delta)
    if isinstance(event, ev.TextDelta | ev.ReasoningDelta | ev.ToolArgs):
        return None
    if isinstance(event, ev.RunStarted | ev.RunFinished | ev.RunError):
        return type(event)
    return (type(event), _id(event), getattr(event, "step_name", None))


def _written(message: str) -> bool:
    """Whether a model wrote this message."""
    return message.rpartition("/")[2].startswith("model-")


def _id(event: ev.Event) -> str:
    for field in ("message_id", "tool_call_id", "subagent_run_id"):
        found = getattr(event, field, None)
        if found:
            return str(found)
    return ""
