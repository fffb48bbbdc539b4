"""The one loop: `answer(turn)` yields the events of an answer; modes and agents work inside it."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

import msgspec
from msgspec import Struct, field

from musespark import consent, context, plugins, router
from musespark import event as ev
from musespark.agent import Agent
from musespark.message import Message, Part, Reasoning, Source, Text, ToolCall, ToolResult, Usage
from musespark.model import CallDelta, Card, Chunk, ContextTooLong, Model, Request
from musespark.phrases import phrase
from musespark.problem import BudgetSpent, Problem
from musespark.tool import BadArguments, Exact, Outside, Tool
from musespark.turn import Step, Turn

MAX_ROUNDS = 12  # model calls of one agent before it has to answer without tools
MAX_MISTAKES = 3  # wrong tool names, arguments or JSON before the same
GRACE = 0.5  # seconds that a straggler always gets: quick tasks differ by more than their median
MAX_RESULT = 24_000  # characters of a tool's result that a model is shown

_arguments = msgspec.json.Decoder()


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


class Reply(Struct):
    """One model call's whole reply, as it is journalled."""

    text: str = ""
    reasoning: str = ""
    calls: list[ToolCall] = field(default_factory=list)
    finish: str = ""


async def answer(turn: Turn) -> AsyncGenerator[ev.Event, None]:
    """Answer a turn: the only way any door gets an answer.

    Yields AG-UI events, first RunStarted, last RunFinished or RunError; a Problem becomes the
    latter, with what was written before it kept. Closing the generator stops all work upstream.
    """
    yield ev.RunStarted(turn.conversation, turn.run, ev.PROTOCOL_VERSION, now_ms())
    try:
        if not turn.question.strip() and not (turn.messages and turn.attached):
            raise Problem(
                "empty_message",
                "The message is empty.",
                next="Write a question, or attach something and say what you want of it.",
            )
        if any(message.documents for message in turn.messages):
            turn.tainted = True
        choose(turn)
        yield ev.Custom(
            "musespark.mode",
            {"mode": turn.chosen, "asked": turn.mode, "reason": turn.reason},
        )
        mode: plugins.Mode = (
            exactly if turn.chosen == "exact" else plugins.load("modes", turn.chosen)
        )
        async for event in mode(turn):
            yield event
    except Problem as problem:
        yield ev.RunError(problem.text, problem.code, usage_of(turn), now_ms())
        return
    pending = [call.id for call in turn.pending]
    yield ev.RunFinished(
        turn.conversation,
        turn.run,
        outcome={"type": "success"} | ({"pendingToolCallIds": pending} if pending else {}),
        usage=usage_of(turn),
        timestamp=now_ms(),
    )


def choose(turn: Turn) -> None:
    """Pick the mode of a turn, once: what was asked for, an exact tool where the words allow, or
    what the router says. Never calls a model. Raises Problem for an unknown mode."""
    if turn.chosen:
        return
    if turn.mode not in ("auto", *plugins.names("modes")):
        plugins.load("modes", turn.mode)
    language = turn.person.language
    turn.recognised = exact_calls(turn)
    if turn.recognised is not None:
        names = dict.fromkeys(tool.name for tool, _ in turn.recognised)
        turn.chosen, turn.reason = "exact", phrase("exact", language, tool=", ".join(names))
    elif turn.mode != "auto":
        turn.chosen, turn.reason = turn.mode, phrase("asked_for", language)
    else:
        choice = router.choose(turn)
        turn.chosen, turn.reason = choice.mode, choice.reason
    weak = turn.chosen == "contemplating" and turn.models("deep").card.weak
    if weak and not turn.insist:
        turn.chosen, turn.reason = "thinking", phrase("too_weak", language)


def exact_calls(turn: Turn) -> list[tuple[Tool, dict[str, Any]]] | None:
    """The exact tools that the question's words ask for, with their arguments, or None: nothing is
    attached, no other form of answer is wished for, and tools are sure that they are meant, one
    for the whole or one for each of up to three questions in it."""
    question, last = turn.question, turn.messages[-1]
    if len(question) > 400 or turn.schema is not None or len(last.parts) != 1:
        return None
    whole = _recognised(question, turn)
    if whole is not None:
        return [whole]
    parts = [part.strip() for part in _PARTS.split(question) if part and part.strip()]
    if not 2 <= len(parts) <= 3:
        return None
    found = [_recognised(part, turn) for part in parts]
    return [call for call in found if call is not None] if all(found) else None


# Where one question ends and the next begins: after a question mark or a semicolon, or at an "and"
# before a question word.
_PARTS = re.compile(
    r"(?<=[?;])\s+(?:(?:and|und|y|e|et)\s+)?|,?\s+(?:and|und|y|et)\s+(?=(?:how|what|when|which|"
    r"wie|was|wann|welche[rsn]?|cuánt[oa]s?|qué|cuándo|cuál|combien|quel(?:le)?s?|quand)\b)",
    re.IGNORECASE,
)


def _recognised(question: str, turn: Turn) -> tuple[Tool, dict[str, Any]] | None:
    for tool in turn.tools.values():
        if tool.recognise is not None and not tool.outside:
            arguments = tool.recognise(question, turn)
            if arguments is not None:
                return tool, arguments
    return None


async def exactly(turn: Turn) -> AsyncGenerator[ev.Event, None]:
    """Not a mode of its own but what comes before them: exact tools answer, no model is asked.
    A Problem, such as a division by zero, is an answer too; when a tool fails in another way, the
    instant mode takes over."""
    words: list[str] = []
    for number, (tool, arguments) in enumerate(turn.recognised, 1):
        own = f"{turn.run}/exact-{number}"
        call = ToolCall(own, tool.name, msgspec.json.encode(arguments).decode())
        yield ev.ToolStart(own, call.name, timestamp=now_ms())
        yield ev.ToolArgs(own, call.arguments)
        yield ev.ToolEnd(own)
        result, raw = await run_tool(turn, call, {tool.name: tool}, path=f"exact-{number}/")
        yield ev.ToolDone(f"{own}/result", own, result.content, "tool", timestamp=now_ms())
        if isinstance(raw, Problem) and not isinstance(raw, BadArguments):
            words.append(raw.text)  # such as a division by zero: that is the answer
            continue
        if not isinstance(raw, Exact):
            turn.chosen = "instant"
            async for event in plugins.load("modes", "instant")(turn):
                yield event
            return
        words.append(raw.answer if not raw.working else f"{raw.answer}\n\n{raw.working}")
    turn.answer = "\n\n".join(words)
    for event in written(f"{turn.run}/answer", turn.answer):
        yield event


def written(message: str, text: str, subagent: str | None = None) -> list[ev.Event]:
    """A whole text that is there at once, as events."""
    return [
        ev.TextStart(message, "assistant", subagent),
        ev.TextDelta(message, text, subagent),
        ev.TextEnd(message, subagent),
    ]


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
    model = turn.models(agent.tier)
    offered = offer(turn, agent) if tools is None else tools
    talk = [Message("system", (Text(agent.instructions),)), *messages]
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
        reply = Reply()
        at = f"{path}model-{round_}"
        try:
            async for event in call_model(turn, agent, model, request, reply, at, subagent, hidden):
                yield event
        finally:  # what was written before a failure or a hang-up is kept
            outcome.text, outcome.reasoning = reply.text or outcome.text, reply.reasoning
            outcome.finish = reply.finish
        theirs = [c for c in reply.calls if c.name in offered and offered[c.name].call is None]
        if theirs:
            outcome.pending = theirs
            return
        if not reply.calls:
            return
        parts: list[Part] = [Reasoning(reply.reasoning)] if reply.reasoning else []
        parts += [Text(reply.text)] if reply.text else []
        talk.append(Message("assistant", (*parts, *reply.calls)))
        jobs = [
            run_tool(turn, c, offered, path=f"{path}tool-{round_}.{n}/", agent=agent.name)
            for n, c in enumerate(reply.calls, 1)
        ]
        results = await asyncio.gather(*jobs)
        for call, (result, raw) in zip(reply.calls, results, strict=True):
            if isinstance(raw, Outside) and raw.source is not None:
                outcome.sources.append(raw.source)
            shown_as = shown_id(turn, at, call.id)
            yield ev.ToolDone(
                f"{shown_as}/result", shown_as, result.content, "tool", subagent, now_ms()
            )
            talk.append(Message("tool", (shown(result),)))
        outcome.tainted = turn.tainted
        mistakes = mistakes + 1 if all(r.failed for r, _ in results) else 0


async def call_model(
    turn: Turn,
    agent: Agent,
    model: Any,
    request: Request,
    reply: Reply,
    at: str,
    subagent: str | None,
    hidden: bool,
) -> AsyncGenerator[ev.Event, None]:
    """One journalled model call: its words as events while they come, all of it in `reply`."""
    earlier = turn.journal.finished(at)
    if earlier is not None:
        kept = msgspec.convert(earlier.output, Reply)
        reply.text, reply.reasoning = kept.text, kept.reasoning
        reply.calls, reply.finish = kept.calls, kept.finish
        turn.budget.spend(earlier.usage)
        return
    turn.budget.check()
    card: Card = model.card
    request.messages, shortened = context.fit(request.messages, card.context, turn)
    if shortened:
        yield notice("shortened", shortened, subagent)
    message = message_id(turn, at)
    pieces, thoughts = [], []
    calls: dict[int, CallDelta] = {}
    usage = Usage(calls=1)
    started = time.time()
    error = ""
    speaking = thinking = False
    stream = _stream(turn, model, request)
    try:
        async for chunk in stream:
            if chunk.text:
                if thinking and not hidden:
                    thinking = False
                    yield ev.ReasoningMessageEnd(f"{message}/reasoning", subagent)
                    yield ev.ReasoningEnd(f"{message}/reasoning", subagent)
                pieces.append(chunk.text)
                if hidden:
                    if not thinking:
                        thinking = True
                        yield ev.ReasoningStart(f"{message}/reasoning", subagent)
                        yield ev.ReasoningMessageStart(
                            f"{message}/reasoning", "reasoning", subagent
                        )
                    yield ev.ReasoningDelta(f"{message}/reasoning", chunk.text, subagent)
                else:
                    if not speaking:
                        speaking = True
                        yield ev.TextStart(message, "assistant", subagent)
                    yield ev.TextDelta(message, chunk.text, subagent)
            if chunk.reasoning:
                thoughts.append(chunk.reasoning)
                if not thinking:
                    thinking = True
                    yield ev.ReasoningStart(f"{message}/reasoning", subagent)
                    yield ev.ReasoningMessageStart(f"{message}/reasoning", "reasoning", subagent)
                yield ev.ReasoningDelta(f"{message}/reasoning", chunk.reasoning, subagent)
            for delta in chunk.calls:
                for event in _tool_delta(turn, at, calls, delta, message, subagent):
                    yield event
            if chunk.finish:
                reply.finish = chunk.finish
            if chunk.notice:
                shortened = chunk.notice
                yield notice("shortened", chunk.notice, subagent)
            if chunk.usage is not None:
                usage = msgspec.structs.replace(chunk.usage, calls=1)
    except Problem as problem:
        error = problem.text
        if turn.budget.seconds_left <= 0:
            raise BudgetSpent(f"{turn.budget.seconds:.3g} seconds") from None
        raise
    finally:
        await stream.aclose()
        reply.text, reply.reasoning = "".join(pieces), "".join(thoughts)
        reply.calls = [
            ToolCall(call.id, call.name, call.arguments or "{}") for call in calls.values()
        ]
        if not usage.total:
            usage = context.estimate(request, reply.text + reply.reasoning)
        turn.budget.spend(usage)
        if error:
            await turn.journal.write(
                Step(f"{at}!{started:.3f}", "model", card.name, None, reply, usage, started,
                     time.time(), error, agent.name)
            )  # fmt: skip
    if thinking:
        yield ev.ReasoningMessageEnd(f"{message}/reasoning", subagent)
        yield ev.ReasoningEnd(f"{message}/reasoning", subagent)
    if speaking:
        if shortened and subagent is None and request.schema is None:
            yield ev.TextDelta(message, f"\n\n({shortened})")
        yield ev.TextEnd(message, subagent)
    for call in calls.values():
        yield ev.ToolEnd(shown_id(turn, at, call.id), subagent)
    await turn.journal.write(
        Step(at, "model", card.name, _asked(request), reply, usage, started, time.time(), "",
             agent.name)
    )  # fmt: skip


async def _stream(turn: Turn, model: Model, request: Request) -> AsyncGenerator[Chunk, None]:
    """The model's pieces. When it turns out to read less than its card says, the messages are
    shortened once more, to what it says it can read."""
    said = False
    for again in (True, False):
        stream = model.stream(request)
        try:
            async for chunk in stream:
                said = True
                yield chunk
            return
        except ContextTooLong as problem:
            size = problem.context or model.card.context // 2
            if said or not again:
                raise
            request.messages, shortened = context.fit(request.messages, size * 4 // 5, turn)
            if not shortened:
                raise
            yield Chunk(notice=shortened)
        finally:
            close = getattr(stream, "aclose", None)
            if close is not None:
                await close()


def _asked(request: Request) -> dict[str, Any]:
    """What is worth keeping of a request: the newest words, and what was offered."""
    newest = request.messages[-1]
    kept: dict[str, Any] = {"messages": len(request.messages), "newest": newest.text[:2000]}
    if request.tools:
        kept["tools"] = [tool.name for tool in request.tools]
    if request.schema is not None:
        kept["schema"] = True
    return kept


def _tool_delta(
    turn: Turn,
    at: str,
    calls: dict[int, CallDelta],
    delta: CallDelta,
    message: str,
    subagent: str | None,
) -> list[ev.Event]:
    """A piece of a tool call joined to what came before it."""
    before = calls.get(delta.index)
    if before is None:
        own = delta.id or f"{at}.{delta.index}"
        calls[delta.index] = CallDelta(delta.index, own, delta.name, delta.arguments)
        shown = shown_id(turn, at, own)
        found: list[ev.Event] = [ev.ToolStart(shown, delta.name, message, subagent, now_ms())]
        if delta.arguments:
            found.append(ev.ToolArgs(shown, delta.arguments, subagent))
        return found
    calls[delta.index] = CallDelta(
        delta.index, before.id, before.name or delta.name, before.arguments + delta.arguments
    )
    shown = shown_id(turn, at, before.id)
    return [ev.ToolArgs(shown, delta.arguments, subagent)] if delta.arguments else []


def shown_id(turn: Turn, at: str, call: str) -> str:
    """A tool call's id in events. Models count their calls anew in every reply, but a run's ids
    have to differ; the first reply keeps the model's own, for a caller that runs the tool."""
    return call if at == "model-1" else f"{turn.run}/{at}/{call}"


async def run_tool(
    turn: Turn, call: ToolCall, offered: dict[str, Tool], *, path: str, agent: str = ""
) -> tuple[ToolResult, object]:
    """One journalled tool call. A wrong name, wrong arguments, broken JSON, a refusal or a failure
    become a result that the model can act on, never an exception."""
    at = f"{path}{call.name}"
    earlier = turn.journal.finished(at)
    if earlier is not None:
        result = msgspec.convert(earlier.output, ToolResult)
        consent.taint(turn, result)
        return result, Outside(result.content) if result.outside else None
    started = time.time()
    raw: object = None
    failed = True
    tool = offered.get(call.name)
    outside = tool is not None and tool.outside
    try:
        turn.budget.check()
        if tool is None or tool.call is None:
            raise Problem(
                "unknown_tool",
                f"There is no tool called {call.name!r}.",
                next=f"There are: {', '.join(offered) or 'none'}.",
            )
        try:
            arguments = _arguments.decode(call.arguments or "{}")
        except msgspec.DecodeError as error:
            raise BadArguments(call.name, f"They are not valid JSON: {error}.") from None
        if not isinstance(arguments, dict):
            raise BadArguments(call.name, "They have to be a JSON object.")
        consent.gate(turn, tool, arguments)
        async with asyncio.timeout(max(turn.budget.seconds_left, 0.001)):
            raw = await tool.call(arguments, turn)
        content, failed = as_text(raw), False
        outside = outside or isinstance(raw, Outside)
    except BudgetSpent:
        raise
    except TimeoutError:
        content = f"The tool {call.name} took too long and was stopped."
    except Problem as problem:
        raw, content = problem, problem.text
        outside = outside or getattr(problem, "outside", False)
    except Exception as error:  # a plugin's mistake ends the call, not the turn
        content = f"The tool {call.name} failed: {type(error).__name__}."
    if len(content) > MAX_RESULT:
        content = content[:MAX_RESULT] + "\n[cut here: the result was longer]"
    result = ToolResult(call.id, call.name, content, failed, outside)
    consent.taint(turn, raw if isinstance(raw, Outside) else result)
    step = Step(at, "tool", call.name, call.arguments, result, Usage(), started, time.time(),
                content if failed else "", agent)  # fmt: skip
    await turn.journal.write(step)
    return result, raw


def shown(result: ToolResult) -> ToolResult:
    """The result as a model sees it: words from outside are fenced as data."""
    if not result.outside:
        return result
    fenced = consent.fence(result.content, Source(0, result.name))
    return msgspec.structs.replace(result, content=fenced)


def as_text(raw: object) -> str:
    """A tool's result as the text a model reads."""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, Outside):
        return raw.text
    if isinstance(raw, Exact):
        return f"{raw.answer}\n{raw.working}" if raw.working else raw.answer
    return msgspec.json.encode(raw).decode()


def offer(turn: Turn, agent: Agent) -> dict[str, Tool]:
    """The tools of the turn that this agent may use."""
    if not turn.tools or agent.tools == ("*",):
        return turn.tools
    return {name: turn.tools[name] for name in agent.tools if name in turn.tools}


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
    works: dict[str, tuple[AsyncIterator[ev.Event], Outcome]],
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

    async def pump(job: Job, events: AsyncIterator[ev.Event]) -> None:
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

    for name, (events, outcome) in works.items():
        job = Job(name, outcome, time.monotonic())
        job.task = asyncio.create_task(pump(job, events))
        jobs.append(job)
    try:
        while True:
            ready, waiting = waiting, []
            for event in ready:
                yield event
            if waiting:
                continue
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
        late = [job for job in jobs if not job.done]
        for job in late:
            assert job.task is not None
            job.hung_up = job.outcome.cut = True
            job.task.cancel()
        if late:
            await asyncio.gather(*(job.task for job in late if job.task), return_exceptions=True)
    for job in jobs:
        if job.task is not None and not job.hung_up and job.task.exception() is not None:
            raise job.task.exception() or RuntimeError(job.name)


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


def notice(code: str, text: str, subagent: str | None = None) -> ev.Custom:
    """Something the person should know, beside the answer."""
    return ev.Custom("musespark.notice", {"code": code, "text": text}, subagent)


def message_id(turn: Turn, at: str) -> str:
    """The id of the message that a step writes: the same in every life of the run, unless the step
    was cut off in an earlier one (its journal says so)."""
    again = getattr(turn.journal, "again", None)
    return f"{turn.run}/{at}" + (again(at) if again else "")


def usage_of(turn: Turn) -> list[ev.TokenUsage]:
    spent = turn.budget.spent
    if not spent.calls:
        return []
    return [
        ev.TokenUsage(
            turn.models("fast").card.name if turn.chosen == "instant" else
            turn.models("deep").card.name,
            spent.input, spent.output, spent.total, spent.reasoning, spent.cached,
        )
    ]  # fmt: skip


def now_ms() -> int:
    """Milliseconds since the epoch, as AG-UI's timestamps are."""
    return time.time_ns() // 1_000_000
