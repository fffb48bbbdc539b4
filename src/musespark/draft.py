"""What several agents at once leave behind: each works as a lane, and what it wrote is a draft."""

from __future__ import annotations

import math
import re
import statistics
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any, ClassVar

import msgspec
from msgspec import Struct

from musespark import equations
from musespark import event as ev
from musespark.agent import Agent
from musespark.assistant import Outcome, work
from musespark.message import Message, Source
from musespark.problem import BudgetSpent, Problem
from musespark.short import settled, short_answer, tally
from musespark.team import GRACE, Job, Works, together
from musespark.tool import Tool
from musespark.toolbox import offer
from musespark.turn import Budget, Step, Turn

PATIENCE = 2.5  # times the median of the others that a draft may take when its vote counts


class Draft(Struct):
    """What one agent left: its text, its short answer if it has one, how it ended, how long it
    took, and the equations in it that do not hold. A draft with such has no vote."""

    name: str
    text: str
    short: str = ""
    cut: bool = False
    error: str = ""
    sources: list[Source] = []
    tainted: bool = False
    seconds: float = 0.0
    wrong: list[str] = []

    @property
    def whole(self) -> bool:
        return not self.cut and not self.error and bool(self.text.strip())


class Unclosed:
    """The texts, thoughts and tool calls that have begun and not ended: whoever cuts work off
    closes them, so that a client is not left waiting."""

    _ENDS = (
        (ev.TextStart, ev.TextEnd),
        (ev.ReasoningStart, ev.ReasoningEnd),
        (ev.ReasoningMessageStart, ev.ReasoningMessageEnd),
        (ev.ToolStart, ev.ToolEnd),
    )

    _BEGINS: ClassVar[dict[type, type]] = dict(_ENDS)
    _CLOSES = frozenset(_BEGINS.values())

    def __init__(self) -> None:
        self._open: dict[tuple[type, str], str | None] = {}

    def see(self, event: Any) -> None:
        """Take note of an event that went out. Nearly all are pieces, which are none of both."""
        kind = type(event)
        if kind in self._BEGINS:
            self._open[self._BEGINS[kind], _own(event)] = event.subagent_run_id
        elif kind in self._CLOSES:
            self._open.pop((kind, _own(event)), None)

    def ends(self, subagent: str | None = None) -> list[ev.Event]:
        """The ends that are missing, those of one sub-agent when it is named, newest first."""
        late = [key for key, own in self._open.items() if subagent is None or own == subagent]
        return [end(own, subagent_run_id=self._open.pop((end, own))) for end, own in late[::-1]]


def _own(event: Any) -> str:
    """The id of the message or tool call that begins or ends."""
    found: str = event.tool_call_id if hasattr(event, "tool_call_id") else event.message_id
    return found


async def closed(events: AsyncIterator[ev.Event]) -> AsyncGenerator[ev.Event, None]:
    """The events of some work; when it raises a Problem, what it had begun is ended first."""
    unclosed = Unclosed()
    try:
        async for event in events:
            unclosed.see(event)
            yield event
    except Problem:
        for end in unclosed.ends():
            yield end
        raise


async def lane(
    turn: Turn,
    name: str,
    agent: Agent,
    messages: list[Message],
    outcome: Outcome,
    description: str,
) -> AsyncGenerator[ev.Event, None]:
    """A sub-agent: the same loop with a context and a budget of its own, shown as a lane."""
    own = f"{turn.run}/{name}"
    yield ev.SubagentStarted(own, agent.name, description, timestamp=ev.now_ms())
    try:
        working = work(
            turn, agent, messages, outcome, path=f"{name}/", subagent=own,
            tools=runnable(turn, agent), **turn.options,
        )  # fmt: skip
        async for event in closed(working):
            yield event
    except Problem as problem:
        outcome.error = problem.text
        outcome.cut = isinstance(problem, BudgetSpent)
        yield ev.SubagentError(own, problem.text, problem.code, timestamp=ev.now_ms())
        return
    finally:
        outcome.tainted = outcome.tainted or turn.tainted
    yield ev.SubagentFinished(
        own, result=short_answer(outcome.text, turn.question) or None,
        outcome={"type": "success"}, timestamp=ev.now_ms(),
    )  # fmt: skip


def runnable(turn: Turn, agent: Agent) -> dict[str, Tool]:
    """The tools of an agent that run here: nobody answers a call of the caller's own tools while
    several agents are at work."""
    return {name: tool for name, tool in offer(turn, agent).items() if tool.call is not None}


async def gathered(
    turn: Turn,
    name: str,
    works: Works,
    drafts: list[Draft],
    vote: list[str] | None = None,
    left: int = 0,
) -> AsyncGenerator[ev.Event, None]:
    """Run agents together and keep what each left. How it ended depends on time, so it is
    journalled: an interrupted run takes the same drafts up again. With `vote` (the answers so far)
    it stops as soon as the vote is settled."""
    kept = turn.journal.finished(name)
    if kept is not None:
        drafts += msgspec.convert(kept.output, list[Draft])
        turn.tainted = turn.tainted or any(d.tainted for d in drafts)
        for events, _ in works.values():
            await events.aclose()  # type: ignore[attr-defined]
        return
    await turn.journal.sure()  # of what the agents are told
    jobs: list[Job] = []
    started = ev.now_ms() / 1000
    unclosed = Unclosed()
    wait, enough = 1.5, None
    if vote is not None:
        wait, enough = PATIENCE, _settles(vote, left, turn.question)
    async for event in together(works, jobs, patience=wait, enough=enough):
        unclosed.see(event)
        yield event
    for job in jobs:
        own = f"{turn.run}/{job.name}"
        drafts.append(draft := left_by(job, turn.question))
        if draft.wrong:
            yield ev.Custom("musespark.check", {"draft": job.name, "wrong": draft.wrong}, own)
        if job.hung_up:
            for end in unclosed.ends(own):
                yield end
            text = "Hung up: the others had finished."
            yield ev.SubagentError(own, text, "hung_up", timestamp=ev.now_ms())
    turn.tainted = turn.tainted or any(d.tainted for d in drafts)
    yield budget_event(turn.budget)
    step = Step(name, "gather", name, None, drafts, started=started, ended=ev.now_ms() / 1000)
    turn.journal.note(step)


def _settles(vote: list[str], left: int, question: str) -> Callable[[list[Job]], bool]:
    """Whether the drafts that have ended settle the vote, given the answers so far and how many
    drafts are left; it is counted anew only when another one has ended."""
    seen, decided = 0, False

    def enough(jobs: list[Job]) -> bool:
        nonlocal seen, decided
        ended = [job.outcome for job in jobs if job.done]
        if len(ended) != seen:
            whole = [o.text for o in ended if not o.error and not equations.wrong(o.text)]
            answers = [short_answer(text, question) for text in whole]
            seen = len(ended)
            decided = settled(tally([*vote, *answers]), left - seen)
        return decided

    return enough


def left_by(job: Job, question: str) -> Draft:
    """The draft that an agent left."""
    it = job.outcome
    wrong = equations.wrong(it.text)
    short = "" if it.cut or it.error or wrong else short_answer(it.text, question)
    return Draft(
        job.name, it.text, short, it.cut, it.error, it.sources, it.tainted, it.seconds, wrong
    )


def spent(budget: Budget) -> bool:
    return budget.out


def budget_event(budget: Budget) -> ev.Custom:
    """What is used of the budget: tokens, seconds and money, each with its limit."""
    used = {"tokens": [budget.spent.total, budget.tokens]}
    seconds = [round(budget.seconds - budget.seconds_left, 1), budget.seconds]
    money = [round(budget.spent.cost, 6), budget.money if math.isfinite(budget.money) else None]
    return ev.Custom("musespark.budget", used | {"seconds": seconds, "money": money})


def mute(drafts: list[Draft]) -> bool:
    """Whether the last four drafts have come in without a word: the model is gone."""
    return len(drafts) >= 4 and not any(d.text.strip() for d in drafts[-4:])


def patience(drafts: list[Draft]) -> float:
    """Seconds that a draft of a later wave may take: a wave of one or two has no quorum that could
    show that it hangs, the drafts before it do."""
    took = [d.seconds for d in drafts if d.whole]
    return max(PATIENCE * (median := statistics.median(took)), median + GRACE) if took else math.inf


def within(turn: Turn, budget: Budget) -> Turn:
    """The same turn with a share of its budget and a context of its own."""
    own: Turn = msgspec.structs.replace(turn, budget=budget, options=dict(turn.options))
    return own


def renumbered(draft: Draft, offset: int) -> str:
    """A report whose citations count on from the reports before it."""
    if not draft.sources or not offset:
        return draft.text
    return re.sub(r"\[(\d{1,3})\]", lambda m: f"[{int(m[1]) + offset}]", draft.text)


def nothing_came(drafts: list[Draft]) -> Problem:
    """Every agent failed: the first reason is the one to show."""
    reasons = [d.error for d in drafts if d.error]
    return Problem(
        "no_draft",
        f"None of the {len(drafts)} agents could answer.",
        why=reasons[0] if reasons else "They were all cut off before they wrote anything.",
        next="Check the model with `musespark models test`, or ask again with a larger budget.",
        status=502,
    )
