"""Contemplates: many agents at once, their work distilled, refined, checked and weighed.

Parallel-Distill-Refine (arXiv 2510.01123). A question with breadth is planned into tasks, an agent
each; one hard question gets independent drafts in waves, stopped by adaptive consistency
(2305.11860) and by what more drafts are worth (`short.outlook`). No debate between agents: voting
gives most of its gain (2508.17536).
"""

from __future__ import annotations

import math
import random
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Literal

import msgspec
from msgspec import Struct

from musespark import event as ev
from musespark import plugins
from musespark.agent import Agent
from musespark.assistant import Outcome, work
from musespark.draft import (
    Draft,
    closed,
    gathered,
    lane,
    mute,
    nothing_came,
    patience,
    renumbered,
    spent,
    within,
)
from musespark.message import Source, say
from musespark.phrases import phrase
from musespark.problem import BudgetSpent, Problem
from musespark.short import (
    INSTRUCTION,
    Vote,
    next_wave,
    settled,
    tally,
    wants_short,
)
from musespark.turn import Budget, Turn

MAX_TASKS = 8
WAVE = 4
MAX_DRAFTS = 16
REFINEMENTS = 2
KEPT_FOR_THE_END = 0.3  # of the budget
WORKSPACE_TOKENS = 1500

_PLAN = {
    "type": "object",
    "properties": {
        "kind": {
            "enum": ["breadth", "single", "serial"],
            "description": "breadth: independent parts that can be worked on at once; "
            "single: one hard question; serial: each step needs the one before.",
        },
        "tasks": {
            "type": "array",
            "maxItems": MAX_TASKS,
            "description": "For breadth: the independent parts.",
            "items": {
                "type": "object",
                "properties": {
                    "agent": {"enum": ["researcher", "analyst", "critic", "writer"]},
                    "objective": {"type": "string"},
                    "output": {"type": "string", "description": "The form of the result."},
                    "bounds": {"type": "string", "description": "What not to do."},
                },
                "required": ["agent", "objective", "output", "bounds"],
                "additionalProperties": False,
            },
        },
    },
    "required": ["kind", "tasks"],
    "additionalProperties": False,
}


class Task(Struct):
    """A bounded piece of work for one agent."""

    objective: str
    agent: str = "researcher"
    output: str = ""
    bounds: str = ""


class Plan(Struct):
    kind: Literal["breadth", "single", "serial"] = "single"
    tasks: list[Task] = []


async def contemplating(turn: Turn) -> AsyncGenerator[ev.Event, None]:
    """Plan or vote, distil, refine, check. Running out of budget gives the best draft so far."""
    turn.effort = turn.effort or "high"
    explore = turn.budget.share(1 - KEPT_FOR_THE_END)
    short = turn.schema is None and wants_short(turn.question)
    plan = Plan()
    if not short:
        outcome = Outcome()
        async for event in planned(within(turn, explore.share(0.25)), outcome):
            yield event
        plan = read_plan(outcome.text)
    if plan.kind == "serial":
        yield ev.notice("serial", phrase("serial", turn.person.language))
        async for event in plugins.load("modes", "thinking")(turn):
            yield event
    elif plan.kind == "breadth" and len(plan.tasks) > 1:
        async for event in broad(turn, explore, plan.tasks):
            yield event
    else:
        async for event in deep(turn, explore, short):
            yield event


async def planned(turn: Turn, outcome: Outcome) -> AsyncGenerator[ev.Event, None]:
    """One call that says which kind of question this is, and its tasks. Without a usable plan,
    whatever the reason, the question counts as a single one."""
    analyst: Agent = plugins.load("agents", "analyst")
    words = f"{turn.question}\n\nHow should several agents work on this at once? Answer as JSON."
    messages = [*turn.messages[:-1], say("user", words, *turn.attached)]
    yield ev.StepStarted("plan", timestamp=ev.now_ms())
    try:
        planning = work(
            turn, analyst, messages, outcome, path="plan/", hidden=True, tools={}, schema=_PLAN
        )
        async for event in closed(planning):
            yield event
    except Problem as problem:
        yield ev.notice(problem.code, problem.text)
    yield ev.StepFinished("plan", timestamp=ev.now_ms())


def read_plan(text: str) -> Plan:
    """The plan in a model's reply; a single question where there is none."""
    start, end = text.find("{"), text.rfind("}")
    try:
        plan = msgspec.json.decode(text[start : end + 1], type=Plan, strict=False)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return Plan()
    known = plugins.names("agents")
    tasks = [t for t in plan.tasks if t.objective.strip()][:MAX_TASKS]
    for task in tasks:
        task.agent = task.agent if task.agent in known else "researcher"
    return Plan(plan.kind, tasks)


# -- breadth: an agent a task, then the writer ---------------------------------------------------


async def broad(turn: Turn, explore: Budget, tasks: list[Task]) -> AsyncGenerator[ev.Event, None]:
    """An agent for each task at once, then one answer written from all reports, its citations
    resolved."""
    works: dict[str, tuple[AsyncIterator[ev.Event], Outcome]] = {}
    for number, task in enumerate(tasks, 1):
        name = f"task-{number}"
        outcome = Outcome()
        own = within(turn, explore.share(min(1.0, 1.5 / len(tasks))))
        works[name] = (assigned(own, name, task, outcome), outcome)
    drafts: list[Draft] = []
    async for event in gathered(turn, "reports", works, drafts):
        yield event
    reports: list[str] = []
    sources: list[Source] = []
    for task, draft in zip(tasks, drafts, strict=False):
        if draft.text.strip():
            state = " (cut off before its end)" if draft.cut else ""
            text = renumbered(draft, len(sources))
            sources += draft.sources
            reports.append(f"## {task.objective}{state}\n{text}")
    turn.sources = [msgspec.structs.replace(s, id=n) for n, s in enumerate(sources, 1)]
    material = "\n\n".join(reports)
    asks = f"Question: {turn.question}\n\nReports of the agents:\n\n{material}\n\nWrite the answer."
    async for event in concluded(turn, asks, drafts, material):
        yield event
    late = [d.name for d in drafts if not d.whole]
    yield ev.Custom(
        "musespark.confidence",
        {"agents": len(drafts), "whole": len(drafts) - len(late), "unfinished": late},
    )
    if late:
        text = "\n\n" + phrase("cut_agents", turn.person.language, names=", ".join(late))
        for event in ev.written(f"{turn.run}/unfinished", text):
            yield event
        turn.answer += text


async def assigned(
    turn: Turn, name: str, task: Task, outcome: Outcome
) -> AsyncGenerator[ev.Event, None]:
    """One agent on one task, as a lane of its own."""
    agent: Agent = plugins.load("agents", task.agent)
    words = f"Task: {task.objective}\nForm of the result: {task.output}\nBounds: {task.bounds}"
    asks = say("user", f"The question behind it: {turn.question}\n\n{words}", *turn.attached)
    async for event in lane(turn, name, agent, [asks], outcome, task.objective):
        yield event


# -- one hard question: drafts, a vote or a workspace, refinements -------------------------------


async def deep(turn: Turn, explore: Budget, short: bool) -> AsyncGenerator[ev.Event, None]:
    """Independent drafts in waves. Short answers are decided by their vote, however close: more
    thinking about the same drafts costs more than it brings. Open ones are distilled and refined.
    """
    drafts: list[Draft] = []
    most = MAX_DRAFTS if short else WAVE
    number = 0
    while len(drafts) < most and not spent(explore):
        vote = tally([d.short for d in drafts if d.whole])
        left = most - len(drafts)
        if drafts and ((short and settled(vote, left)) or mute(drafts)):
            break
        number += 1
        first, size = len(drafts) + 1, next_wave(vote, left, WAVE)
        limit = patience(drafts)
        works = {
            f"draft-{n:02}": draft_of(turn, explore, n, limit) for n in range(first, first + size)
        }
        came: list[Draft] = []
        answers = [d.short for d in drafts if d.whole] if short else None
        async for event in gathered(turn, f"wave-{number}", works, came, answers, left):
            yield event
        drafts += came
        if short:
            yield vote_event(tally([d.short for d in drafts if d.whole]))
    whole = [d for d in drafts if d.whole]
    vote = tally([d.short for d in whole])
    if not any(d.text.strip() for d in drafts):
        raise nothing_came(drafts)
    if short and vote.votes:
        async for event in decided(turn, vote, whole, drafts):
            yield event
    else:
        async for event in refined(turn, drafts, short):
            yield event


def draft_of(
    turn: Turn, explore: Budget, number: int, limit: float = math.inf
) -> tuple[AsyncIterator[ev.Event], Outcome]:
    """An independent draft: the question alone, by the best single model, with its own seed."""
    outcome = Outcome()
    own = within(turn, explore.share(1 / WAVE))
    own.budget.ends = min(own.budget.ends, time.monotonic() + limit)
    own.options = {"temperature": 0.8, "seed": number, **turn.options}
    agent: Agent = plugins.load("agents", "analyst")
    words = turn.messages[-1].text + (f"\n\n{INSTRUCTION}" if wants_short(turn.question) else "")
    messages = [*turn.messages[:-1], say("user", words, *turn.attached)]
    name = f"draft-{number:02}"
    return lane(own, name, agent, messages, outcome, f"Independent draft {number}"), outcome


def vote_event(vote: Vote) -> ev.Custom:
    return ev.Custom(
        "musespark.vote",
        {
            "leader": vote.leader,
            "votes": vote.votes,
            "cast": vote.cast,
            "others": [{"answer": answer, "votes": n} for answer, n in vote.others],
            "probability": round(vote.probability, 4),
        },
    )


async def decided(
    turn: Turn, vote: Vote, whole: list[Draft], drafts: list[Draft]
) -> AsyncGenerator[ev.Event, None]:
    """The drafts agree: the leader's shortest draft is the answer, with how sure it is and who
    disagreed."""
    best = min((d for d in whole if d.short == vote.leader), key=lambda d: len(d.text))
    language = turn.person.language
    said = phrase("agreed", language, votes=vote.votes, drafts=vote.cast)
    if vote.others:
        others = ", ".join(f"{answer} ({n})" for answer, n in vote.others[:5])
        said += " " + phrase("dissent", language, others=others)
    turn.sources = best.sources
    turn.answer = f"{best.text.strip()}\n\n{said}"
    for event in ev.written(f"{turn.run}/answer", turn.answer):
        yield event
    yield ev.Custom(
        "musespark.confidence",
        {
            "answer": vote.leader,
            "probability": round(vote.probability, 4),
            "votes": vote.votes,
            "cast": vote.cast,
            "chosen": best.name,
            "dissent": [d.name for d in whole if d.short != vote.leader],
            "unfinished": [d.name for d in drafts if not d.whole],
        },
    )


async def refined(turn: Turn, drafts: list[Draft], short: bool) -> AsyncGenerator[ev.Event, None]:
    """Distil all drafts into a workspace, refine from it, compare, and give the better one."""
    shuffled = [d for d in drafts if d.text.strip()]
    random.Random(turn.run).shuffle(shuffled)  # noqa: S311  shuffled so that order has no say
    listed = "\n\n".join(f"Draft:\n{d.text}" for d in shuffled)
    space = Outcome()
    writer: Agent = plugins.load("agents", "writer")
    distil = (
        f"Question: {turn.question}\n\n{listed}\n\nDistil these drafts into notes of at most "
        f"{WORKSPACE_TOKENS} tokens, headed Agreed, Disputed, Facts, Open. Name no draft."
    )
    better: list[Draft] = []
    yield ev.StepStarted("distil", timestamp=ev.now_ms())
    own = within(turn, turn.budget.share(0.5))
    distilling = work(
        own, writer, [say("user", distil)], space, path="distil/", hidden=True, tools={},
        max_tokens=WORKSPACE_TOKENS,
    )  # fmt: skip
    try:
        async for event in closed(distilling):
            yield event
    except BudgetSpent as problem:
        yield ev.notice(problem.code, phrase("budget_best", turn.person.language))
    except Problem as problem:
        yield ev.notice(problem.code, problem.text)
    yield ev.StepFinished("distil", timestamp=ev.now_ms())
    if space.text.strip():
        yield ev.Custom("musespark.workspace", {"text": space.text})
        works = {f"refined-{n}": refinement(turn, n, space.text) for n in range(1, REFINEMENTS + 1)}
        async for event in gathered(turn, "refinements", works, better):
            yield event
    async for event in compared(turn, drafts, better, space.text, short):
        yield event


def refinement(turn: Turn, number: int, workspace: str) -> tuple[AsyncIterator[ev.Event], Outcome]:
    """One refinement, from the question and the workspace alone."""
    outcome = Outcome()
    own = within(turn, turn.budget.share(0.4))
    own.options = {"temperature": 0.4, "seed": 100 + number, **turn.options}
    end = f"\n\n{INSTRUCTION}" if wants_short(turn.question) else ""
    words = f"{turn.question}\n\nNotes from earlier drafts:\n{workspace}\n\nAnswer, better.{end}"
    messages = [*turn.messages[:-1], say("user", words, *turn.attached)]
    agent: Agent = plugins.load("agents", "analyst")
    return lane(own, f"refined-{number}", agent, messages, outcome, f"Refinement {number}"), outcome


async def compared(
    turn: Turn, drafts: list[Draft], better: list[Draft], workspace: str, short: bool
) -> AsyncGenerator[ev.Event, None]:
    """Verify and answer. Short answers: all votes together. Open ones: the writer joins the two
    best, whose citations are then resolved. Without budget: the best draft so far."""
    whole = [d for d in (*better, *drafts) if d.whole]
    fallback = max(drafts, key=lambda d: len(d.text))
    if short:
        vote = tally([d.short for d in whole])
        if vote.votes:
            async for event in decided(turn, vote, whole, drafts):
                yield event
            return
    candidates = [d for d in better if d.whole] or whole[:2] or [fallback]
    if len(candidates) == 1 or turn.schema is not None:
        turn.answer = candidates[0].text
        turn.sources = candidates[0].sources
        for event in ev.written(f"{turn.run}/answer", turn.answer):
            yield event
    else:
        listed = "\n\n".join(f"Candidate {n}:\n{d.text}" for n, d in enumerate(candidates[:2], 1))
        asks = (
            f"Question: {turn.question}\n\nNotes:\n{workspace}\n\n{listed}\n\nCompare the two, "
            "take the better one, mend what the other does better, and write the answer. Where "
            "the notes say that drafts disagreed, say so."
        )
        async for event in concluded(turn, asks, candidates, listed):
            yield event
    late = [d.name for d in (*drafts, *better) if not d.whole]
    yield ev.Custom(
        "musespark.confidence",
        {"drafts": len(drafts), "refined": len(better), "unfinished": late},
    )


async def concluded(
    turn: Turn, asks: str, drafts: list[Draft], material: str
) -> AsyncGenerator[ev.Event, None]:
    """The writer streams the answer. When the budget or the model fails here, the best that there
    is becomes the answer: work is never lost to an error at the end."""
    writer: Agent = plugins.load("agents", "writer")
    outcome = Outcome()
    try:
        writing = work(
            turn, writer, [say("user", asks, *turn.attached)], outcome, path="answer/", tools={},
            schema=turn.schema,
        )  # fmt: skip
        async for event in closed(writing):
            yield event
    except Problem as problem:
        yield ev.notice(problem.code, problem.text)
    turn.answer = outcome.text
    if not outcome.finish and not outcome.text.strip():
        best = max((d.text for d in drafts if d.text.strip()), key=len, default=material)
        turn.answer = f"{phrase('budget_best', turn.person.language)}\n\n{best}"
        for event in ev.written(f"{turn.run}/best", turn.answer):
            yield event
    if turn.sources:
        yield ev.Custom("musespark.sources", turn.sources)
    cited = {int(n) for n in re.findall(r"\[(\d{1,3})\]", turn.answer)}
    loose = sorted(cited - {source.id for source in turn.sources}) if turn.sources else []
    if loose:
        numbers = ", ".join(f"[{n}]" for n in loose)
        yield ev.notice("unresolved", phrase("unresolved", turn.person.language, numbers=numbers))
