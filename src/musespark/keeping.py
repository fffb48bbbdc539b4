"""What of a run is kept: its question while it is answered, its end, and what was said in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from musespark import consent, ending, heard, metrics, unread
from musespark import event as ev
from musespark.journal import patiently
from musespark.message import Message, Text
from musespark.phrases import phrase
from musespark.problem import Problem
from musespark.runs import Live, Runs
from musespark.turn import Step, Turn

if TYPE_CHECKING:
    from musespark.files import Files
    from musespark.memory import Memories
    from musespark.summing import Summing

Beside = Callable[[Coroutine[Any, Any, object]], None]


class Keeping:
    """How the runs of one process are kept, and remembered where their person allows that."""

    def __init__(
        self,
        runs: Runs,
        beside: Beside,
        files: Files | None = None,
        memories: Memories | None = None,
        summing: Summing | None = None,
    ) -> None:
        self._runs, self._store, self._beside = runs, runs.store, beside
        self._files, self._memories, self._summing = files, memories, summing
        self.begun: set[str] = set()  # runs with a row in the store that says "running"

    async def begin(self, turn: Turn) -> None:
        """Keep the question of a run that lives in this process."""
        await self._runs.begin(turn)
        if self._store is not None and not turn.incognito:
            self.begun.add(turn.run)
            await self.attach(turn)

    async def attach(self, turn: Turn) -> None:
        """Say which kept files the question of a run was asked with."""
        if self._files is not None and (ids := unread.kept(turn)):
            await self._files.used(turn.person.id, turn.run, ids)

    async def end(
        self,
        turn: Turn,
        live: Live,
        last: ev.Event | None,
        steps: list[Step],
        events: list[ev.Event],
        first: int,
        begun: asyncio.Task[None] | None = None,
    ) -> None:
        """Keep the end of a run, then show it. A database that is away does not take the answer
        from the person: they are told, and keeping it is tried for a minute, or as long as it takes
        when the run is durable and would be taken up again at the next start."""
        live.ending = True
        closing = last if last is not None else ending.failed(RuntimeError("no end"))
        state, error = ending.ended(closing)
        kept = [*events]
        if not turn.answer and state != "done":
            turn.answer = ending.said([*live.events, *(events if begun is None else ())])
        consent.look_forth(turn)
        words = (Text(turn.answer, turn.tainted),) if turn.answer else ()
        answer = [Message("assistant", (*words, *turn.pending))] if words or turn.pending else []
        beside = ending.told(live.events if begun is not None else [*live.events, *events])
        metrics.count(turn, state)

        async def keep() -> None:
            if begun is not None and (begun.cancelled() or begun.exception() is not None):
                await self._runs.begin(turn, again=True)
            await self._remember(turn, state)
            await self._runs.end(
                turn, state=state, answer=answer, steps=steps,
                events=[*kept, closing], first=first, error=error, beside=beside,
            )  # fmt: skip

        try:
            if begun is not None:
                await begun  # what hindered it would hinder the rest, and may take seconds to say
            self.begun.discard(turn.run)
            await keep()
        except Exception as hindrance:  # whatever it is, the person gets what there is
            problem = hindrance if isinstance(hindrance, Problem) else ending.failed(hindrance)
            why = problem.text if isinstance(problem, Problem) else problem.message
            said_so = phrase("not_kept", turn.person.language, why=why)
            notice = ev.notice("not_kept", said_so)
            kept.append(notice)
            beside.setdefault("notices", []).append(notice.value)
            live.publish(notice)
            self._beside(patiently(keep, self._store if live.durable else None))
        finally:
            self.begun.discard(turn.run)
            live.publish(closing)

    async def _remember(self, turn: Turn, state: str) -> None:
        """What was said goes to the person's memory, where they allow that, once for each run."""
        if self._memories is None or turn.incognito:
            return
        if turn.memories and turn.telling == "used":
            self._beside(turn.mind.used(turn.memories, turn.run))
        if heard.listens(turn) and (said := heard.heard(turn, state)):
            await self._memories.keep(turn.person.id, said, turn.run)
            if self._summing is not None:
                self._summing.talked(turn.person.id)
