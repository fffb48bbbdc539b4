"""The one loop: `answer(turn)` yields the events of an answer; modes and agents work inside it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from typing import Any

from msgspec import Struct, field

from musespark import boxes, consent, exact, occasions, opinion, plugins, reminding, router
from musespark import event as ev
from musespark.agent import Agent
from musespark.message import (
    Image,
    Message,
    Part,
    Reasoning,
    Source,
    Text,
    ToolCall,
    Usage,
)
from musespark.model import Request
from musespark.phrases import phrase
from musespark.problem import Problem
from musespark.reply import Call, Reply, shown_id
from musespark.tool import Outside, Tool
from musespark.toolbox import Used, offer, run_tools, shown
from musespark.turn import Turn

MAX_ROUNDS = 12  # model calls of one agent before it has to answer without tools
MAX_MISTAKES = 3  # wrong tool names, arguments or JSON before the same


class Outcome(Struct):
    """What an agent's work came to. `pending` are calls of tools that the caller runs itself;
    `cut` says that it was hung up before its end, and `text` is what it had written."""

    text: str = ""
    reasoning: str = ""
    pending: list[ToolCall] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    finish: str = ""
    cut: bool = False
    tainted: bool = False
    error: str = ""
    seconds: float = 0.0
    usage: Usage = Usage()


async def answer(turn: Turn) -> AsyncGenerator[ev.Event, None]:
    """Answer a turn: the only way any door gets an answer.

    Yields AG-UI events, first RunStarted, last RunFinished or RunError; a Problem becomes the
    latter, with what was written before it kept. Closing the generator stops all work upstream.
    """
    yield ev.RunStarted(turn.conversation, turn.run, ev.PROTOCOL_VERSION, ev.now_ms())
    try:
        if not turn.question.strip() and not (turn.messages and turn.attached):
            raise Problem(
                "empty_message",
                "The message is empty.",
                next="Write a question, or attach something and say what you want of it.",
            )
        consent.look_back(turn)
        choose(turn)
        if turn.doubt:
            await refine(turn)
        yield ev.Custom(
            "musespark.mode",
            {"mode": turn.chosen, "asked": turn.mode, "reason": turn.reason},
        )
        if said := unseen(turn):
            yield ev.notice("unseen", said)
        for event in await reminding.remind(turn):
            yield event
        known = len(turn.memories)
        mode: plugins.Mode = (
            exact.exactly if turn.chosen == "exact" else plugins.load("modes", turn.chosen)
        )
        async for event in mode(turn):
            yield event
        if len(turn.memories) > known:
            for event in reminding.told(turn, turn.telling):
                yield event
        async for event in _wonder(turn):
            yield event
    except Problem as problem:
        yield ev.RunError(problem.text, problem.code, usage_of(turn), ev.now_ms())
        return
    pending = [call.id for call in turn.pending]
    yield ev.RunFinished(
        turn.conversation,
        turn.run,
        outcome={"type": "success"} | ({"pendingToolCallIds": pending} if pending else {}),
        usage=usage_of(turn),
        timestamp=ev.now_ms(),
    )


async def _wonder(turn: Turn) -> AsyncGenerator[ev.Event, None]:
    """Ask the person about a purpose, where this question would be better with it; once."""
    wanted = [] if turn.desk is None else occasions.of(turn.question)
    for purpose in wanted:
        if turn.desk is None or purpose in turn.person.purposes:
            continue
        with contextlib.suppress(Problem):  # it takes nothing from the answer
            asked = await turn.desk().wonder(turn, purpose)
            if asked is not None:
                yield ev.Custom("musespark.consent", asked)
                return


def unseen(turn: Turn) -> str:
    """What has to be said of pictures that the model at work cannot see; "" where there are none,
    and where the answer itself says it: the extractive one does."""
    names = [part.name or "?" for part in turn.attached if isinstance(part, Image)]
    card = turn.models("fast" if turn.chosen == "instant" else "deep").card if names else None
    quoted = card and card.weak and turn.chosen == "instant" and turn.messages[-1].documents
    if card is None or card.vision or quoted:
        return ""
    key = "unseen" if turn.messages[-1].documents else "not_shown"
    return phrase(key, turn.person.language, names=", ".join(names))


def choose(turn: Turn) -> None:
    """Pick the mode of a turn, once: what was asked for, an exact tool where the words allow, or
    what the router says, which leaves a `doubt` where a model is to be asked. Never calls one
    itself. Raises Problem for an unknown mode."""
    if turn.chosen:
        return
    if turn.mode not in ("auto", *plugins.names("modes")):
        plugins.load("modes", turn.mode)
    language = turn.person.language
    turn.recognised = exact.recognised(turn)
    if turn.recognised is not None:
        names = dict.fromkeys(tool.name for tool, _ in turn.recognised)
        turn.chosen, turn.reason = "exact", phrase("exact", language, tool=", ".join(names))
    elif turn.mode != "auto":
        turn.chosen, turn.reason = turn.mode, phrase("asked_for", language)
    else:
        choice = router.choose(turn)
        turn.chosen, turn.reason = choice.mode, choice.reason
        turn.doubt = opinion.wanted(turn, choice)
    _hold_back(turn)


async def refine(turn: Turn) -> None:
    """Have a model settle the mode of a turn in doubt, before its first event."""
    await opinion.refine(turn)
    _hold_back(turn)


def _hold_back(turn: Turn) -> None:
    """No contemplating for a model too weak for it, unless the person insists."""
    weak = turn.chosen == "contemplating" and turn.models("deep").card.weak
    if weak and not turn.insist:
        turn.chosen, turn.reason = "thinking", phrase("too_weak", turn.person.language)


async def work(
    turn: Turn,
    agent: Agent,
    messages: list[Message],
    outcome: Outcome,
    *,
    path: str = "",
    subagent: str | None = None,
    hidden: bool = False,
    tools: dict[str, Tool] | None = None,
    **wishes: Any,
) -> AsyncGenerator[ev.Event, None]:
    """One agent at work: call the model, run the tools it asks for, again until it answers.

    `path` is where in the run it stands: steps are journalled under it, and steps that finished in
    an earlier life of the run are not repeated. Words go out as text of `subagent`, or as reasoning
    when `hidden`. `wishes` are further fields of the model's Request (schema, max_tokens, …).
    What it came to is left in `outcome`, also when it is closed half-way. Raises Problem.
    """
    offered = offer(turn, agent) if tools is None else tools
    card = turn.models(agent.tier).card
    seen = boxes.pictures(messages) if card.vision and wishes.get("schema") is None else []
    instructions = f"{agent.instructions} {boxes.HOW}" if seen else agent.instructions
    talk = [Message("system", (Text(instructions),)), *reminding.beside(turn, messages)]
    mistakes = 0
    for round_ in range(1, MAX_ROUNDS + 1):
        last = round_ == MAX_ROUNDS or mistakes >= MAX_MISTAKES
        request = Request(
            messages=talk,
            tools=[] if last else list(offered.values()),
            deadline=turn.budget.ends,
            joined=not turn.watched,
            effort=turn.effort,  # type: ignore[arg-type]
            **wishes,
        )
        call = Call(turn, agent, request, f"{path}model-{round_}", subagent, hidden)
        try:
            async for event in call.events():
                yield event
        finally:  # what was written before a failure or a hang-up is kept
            reply = call.reply
            outcome.text, outcome.reasoning = reply.text or outcome.text, reply.reasoning
            outcome.finish = reply.finish
        outcome.pending = [call for call in reply.calls if _theirs(call, offered)]
        if outcome.pending or not reply.calls:
            if seen:
                numbers = [source.id for source in outcome.sources]
                outcome.sources += boxes.sources(outcome.text, seen, card.name, numbers)
            return
        used = await run_tools(turn, reply.calls, offered, f"{path}tool-{round_}", agent.name)
        for result, raw in used:
            if isinstance(raw, Outside) and raw.source is not None:
                outcome.sources += (raw.source, *raw.more)
            own = shown_id(turn, call.at, result.call)
            yield ev.ToolDone(f"{own}/result", own, result.content, "tool", subagent, ev.now_ms())
            if isinstance(raw, consent.NeedsApproval) and raw.waiting is not None:
                yield ev.Custom("musespark.approval", raw.waiting)
        talk += exchanged(reply, used)
        outcome.tainted = turn.tainted
        mistakes = mistakes + 1 if all(result.failed for result, _ in used) else 0


def _theirs(call: ToolCall, offered: dict[str, Tool]) -> bool:
    """Whether the caller runs the tool itself."""
    return call.name in offered and offered[call.name].call is None


def exchanged(reply: Reply, used: list[Used]) -> list[Message]:
    """A reply that called tools and their results, as the model reads them in the next round."""
    parts: list[Part] = [Reasoning(reply.reasoning)] if reply.reasoning else []
    parts += [Text(reply.text)] if reply.text else []
    said = Message("assistant", (*parts, *reply.calls))
    return [said, *(Message("tool", (shown(result),)) for result, _ in used)]


def usage_of(turn: Turn) -> list[ev.TokenUsage]:
    """What each model of the turn has used, in the order in which they were first called."""
    return [
        ev.TokenUsage(name, used.input, used.output, used.total, used.reasoning, used.cached)
        for name, used in turn.budget.by_model.items()
    ]
