"""Thinks first: the question in steps, each with tools, and a check before the answer is given."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from typing import Any

import msgspec
from msgspec import Struct

from musespark import context, equations, plugins
from musespark import event as ev
from musespark.agent import Agent
from musespark.assistant import Outcome, work
from musespark.draft import closed
from musespark.message import Message, Source, Text, say
from musespark.problem import Problem
from musespark.short import INSTRUCTION, agree, short_answer, wants_short
from musespark.tool import Tool
from musespark.turn import Turn

MAX_STEPS = 6
NOTES_BUDGET = 1500  # tokens of notes that the next step reads; beyond it they are compressed

_PLAN = {
    "type": "object",
    "properties": {
        "steps": {
            "type": "array",
            "items": {"type": "string"},
            "maxItems": MAX_STEPS,
            "description": "What has to be found out, in order; empty when one look is enough.",
        }
    },
    "required": ["steps"],
    "additionalProperties": False,
}
_CHECK = {
    "type": "object",
    "properties": {
        "fine": {"type": "boolean"},
        "problems": {"type": "array", "items": {"type": "string"}, "maxItems": 5},
    },
    "required": ["fine", "problems"],
    "additionalProperties": False,
}


class Plan(Struct):
    steps: list[str] = []


class Check(Struct):
    fine: bool = True
    problems: list[str] = []


async def thinking(turn: Turn) -> AsyncGenerator[ev.Event, None]:
    """Plan, steps, notes, draft, check, answer; the person sees each of them.

    A question with a short answer (a number, a choice, a name) is checked by working it out again
    independently, and a third time when the two differ; an open one by a critic. A model too weak
    to plan gets what helps it instead: exact tools and quoted evidence.
    """
    if turn.models("deep").card.weak:
        async for event in plugins.load("modes", "instant")(turn):
            yield event
        return
    turn.effort = turn.effort or "medium"
    analyst: Agent = plugins.load("agents", "analyst")
    analyst = msgspec.structs.replace(analyst, tools=("*",))
    notes: list[str] = []
    sources: list[Source] = []
    plan = Outcome()
    ask = say("user", f"{turn.question}\n\nWhich steps does this need? Answer as JSON.")
    async for event in tried(turn, "plan", analyst, [*turn.messages[:-1], ask], plan, _PLAN):
        yield event
    for number, task in enumerate(parsed(plan.text, Plan).steps[:MAX_STEPS], 1):
        async for event in one_step(turn, analyst, number, task, notes, sources):
            yield event
    draft = Outcome()
    async for event in drafted(turn, analyst, notes, draft):
        yield event
    if draft.pending:
        turn.pending = draft.pending
        return
    sources += draft.sources
    async for event in checked(turn, analyst, notes, draft):
        yield event
    turn.answer, turn.sources = draft.text, number_sources(sources)
    for event in ev.written(f"{turn.run}/answer", turn.answer):
        yield event
    if turn.sources:
        yield ev.Custom("musespark.sources", turn.sources)


async def step(
    turn: Turn,
    name: str,
    agent: Agent,
    messages: list[Message],
    outcome: Outcome,
    schema: dict[str, Any] | None = None,
) -> AsyncGenerator[ev.Event, None]:
    """One named step, its words as reasoning."""
    yield ev.StepStarted(name, timestamp=ev.now_ms())
    tools: dict[str, Tool] | None = {} if schema is not None else None
    drafting = name in ("draft", "draft-again")
    wishes = turn.options if drafting else {}
    own = turn.schema if drafting else schema
    async for event in work(
        turn, agent, messages, outcome, path=f"{name}/", hidden=True, tools=tools, schema=own,
        **wishes,
    ):  # fmt: skip
        yield event
    yield ev.StepFinished(name, timestamp=ev.now_ms())


async def tried(
    turn: Turn,
    name: str,
    agent: Agent,
    messages: list[Message],
    outcome: Outcome,
    schema: dict[str, Any] | None = None,
) -> AsyncGenerator[ev.Event, None]:
    """A step that the answer can do without: half of the time left at most, and when it fails the
    person is told and the work goes on with what it wrote."""
    own = msgspec.structs.replace(turn, budget=turn.budget.share(1.0))
    own.budget.ends = time.monotonic() + own.budget.seconds / 2
    try:
        async for event in closed(step(own, name, agent, messages, outcome, schema)):
            yield event
    except Problem as problem:
        outcome.error = problem.text
        yield ev.notice(problem.code, problem.text)
        yield ev.StepFinished(name, timestamp=ev.now_ms())
    turn.tainted = turn.tainted or own.tainted


async def drafted(
    turn: Turn, analyst: Agent, notes: list[str], draft: Outcome
) -> AsyncGenerator[ev.Event, None]:
    """The draft, and once more when the model fails at it; what it wrote until the second failure
    is the answer rather than nothing. Raises Problem when it wrote nothing."""
    messages = with_notes(turn, notes)
    async for event in tried(turn, "draft", analyst, messages, draft):
        yield event
    if not draft.error:
        return
    first, draft.text = draft.text, ""
    try:
        async for event in closed(step(turn, "draft-again", analyst, messages, draft)):
            yield event
    except Problem as problem:
        draft.text = max(draft.text, first, key=len)
        if not draft.text.strip():
            raise
        yield ev.notice(problem.code, problem.text)


async def one_step(
    turn: Turn, agent: Agent, number: int, task: str, notes: list[str], sources: list[Source]
) -> AsyncGenerator[ev.Event, None]:
    """A step of the plan: its finding joins the notes, which are compressed when they grow."""
    found = Outcome()
    ask = f"{joined(notes)}Question: {turn.question}\n\nDo only this step now: {task}"
    yield ev.Custom("musespark.task", {"step": f"step-{number}", "task": task})
    messages = [*turn.messages[:-1], say("user", ask, *turn.messages[-1].documents)]
    async for event in tried(turn, f"step-{number}", agent, messages, found):
        yield event
    if not found.text.strip():
        return
    notes.append(f"{task}: {found.text}")
    sources += found.sources
    if context.tokens(say("user", joined(notes))) > NOTES_BUDGET:
        short = Outcome()
        ask = f"{joined(notes)}Compress these notes to at most 600 words. Keep numbers and [n]."
        async for event in tried(turn, f"notes-{number}", agent, [say("user", ask)], short):
            yield event
        notes[:] = [short.text or joined(notes)[-NOTES_BUDGET:]]


async def checked(
    turn: Turn, analyst: Agent, notes: list[str], draft: Outcome
) -> AsyncGenerator[ev.Event, None]:
    """Check the draft in place: a second, independent try or a critic. A check that fails or that
    the budget does not allow leaves the draft as it is, and the person is told."""
    if turn.schema is None and comparable(draft.text, turn.question):
        async for event in again(turn, analyst, draft):
            yield event
    elif turn.schema is None:
        async for event in criticised(turn, analyst, notes, draft):
            yield event


def comparable(text: str, question: str) -> bool:
    """Whether a second try could be held against this one: a short answer was wanted, or the
    answer is a number. A few words to an open question are no short answer."""
    short = short_answer(text, question)
    return bool(short) and (wants_short(question) or any(c.isdigit() for c in short))


async def again(turn: Turn, analyst: Agent, draft: Outcome) -> AsyncGenerator[ev.Event, None]:
    """Work it out again, without the notes, until two tries agree, three at most; where no two
    do, the first stands. A try whose own equations do not hold counts for nothing."""
    wrong = equations.wrong(draft.text)
    if wrong:
        yield ev.Custom("musespark.check", {"agreed": False, "wrong": wrong})
    tries = [] if wrong else [draft]
    first = draft.text
    for number in (1, 2):
        other = Outcome()
        name = f"check-{number}"
        async for event in tried(turn, name, analyst, with_notes(turn, []), other):
            yield event
        for earlier in tries if not other.error and not equations.wrong(other.text) else []:
            if agree(earlier.text, other.text, turn.question):
                draft.text = earlier.text
                agreed = draft.text == first and number == 1
                yield ev.Custom("musespark.check", {"agreed": True, "changed": not agreed})
                return
        if not other.error and not equations.wrong(other.text):
            tries.append(other)
    draft.text = tries[0].text if tries else first
    yield ev.Custom("musespark.check", {"agreed": False, "changed": draft.text != first})


async def criticised(
    turn: Turn, analyst: Agent, notes: list[str], draft: Outcome
) -> AsyncGenerator[ev.Event, None]:
    """A critic looks for problems; where it finds some, the draft is written once more."""
    critic = plugins.load("agents", "critic")
    verdict = Outcome()
    ask = f"{joined(notes)}Question: {turn.question}\n\nAnswer: {draft.text}\n\nVerdict as JSON."
    async for event in tried(turn, "check", critic, [say("user", ask)], verdict, _CHECK):
        yield event
    if verdict.error:
        yield ev.Custom("musespark.check", {"agreed": False, "problems": []})
        return
    check = parsed(verdict.text, Check)
    wrong = equations.wrong(draft.text)  # checked by calculation, whatever the critic says
    check.problems += [f"This does not hold: {equation}" for equation in wrong]
    check.fine = check.fine and not wrong
    yield ev.Custom(
        "musespark.check", {"agreed": check.fine or not check.problems, "problems": check.problems}
    )
    if check.fine or not check.problems:
        return
    better = Outcome()
    problems = "\n".join(f"- {problem}" for problem in check.problems)
    extra = f"A first answer was:\n{draft.text}\n\nIts problems:\n{problems}\n\nAnswer again."
    messages = [*with_notes(turn, notes), say("user", extra)]
    async for event in tried(turn, "revision", analyst, messages, better):
        yield event
    if not better.error:
        draft.text = better.text or draft.text


def with_notes(turn: Turn, notes: list[str]) -> list[Message]:
    """The conversation, with the notes before its last question, and how to end a short answer."""
    last = turn.messages[-1]
    short = turn.schema is None and last.role == "user" and wants_short(turn.question)
    if not notes and not short:
        return turn.messages
    words = f"{joined(notes)}{last.text}" + (f"\n\n{INSTRUCTION}" if short else "")
    return [*turn.messages[:-1], Message(last.role, (Text(words), *turn.attached))]


def joined(notes: list[str]) -> str:
    return "Notes so far:\n" + "\n".join(f"- {note}" for note in notes) + "\n\n" if notes else ""


def parsed(text: str, kind: type[Any]) -> Any:
    """The JSON in `text` as `kind`; its defaults when there is none that fits."""
    start, end = text.find("{"), text.rfind("}")
    try:
        return msgspec.json.decode(text[start : end + 1], type=kind, strict=False)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return kind()


def number_sources(sources: list[Source]) -> list[Source]:
    """The sources numbered from 1, each address and each passage once."""
    seen = {source.url or (source.title, source.place, source.quote): source for source in sources}
    return [msgspec.structs.replace(source, id=n) for n, source in enumerate(seen.values(), 1)]
