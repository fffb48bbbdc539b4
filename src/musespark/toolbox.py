"""The tools of a turn at work: which ones an agent is offered, and each call, journalled."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from typing import Any

import msgspec

from musespark import consent
from musespark.agent import Agent
from musespark.message import Source, ToolCall, ToolResult, Usage
from musespark.problem import BudgetSpent, Problem
from musespark.tool import BadArguments, Exact, Outside, Tool
from musespark.turn import Budget, Step, Turn

MAX_RESULT = 24_000  # characters of a tool's result that a model is shown

_arguments = msgspec.json.Decoder()

# What a call came to: the result as it is journalled, and what the tool itself gave or raised.
Used = tuple[ToolResult, object]


def offer(turn: Turn, agent: Agent) -> dict[str, Tool]:
    """The tools of the turn that this agent may use, and that are of use in it."""
    names = turn.tools if agent.tools == ("*",) else agent.tools
    found = {name: turn.tools[name] for name in names if name in turn.tools}
    return {name: tool for name, tool in found.items() if tool.fits is None or tool.fits(turn)}


async def run_tools(
    turn: Turn, calls: Sequence[ToolCall], offered: dict[str, Tool], path: str, agent: str
) -> list[Used]:
    """All calls of one reply at once, their results in the order of the calls; see `run_tool`."""
    jobs = [
        run_tool(turn, call, offered, path=f"{path}.{number}/", agent=agent)
        for number, call in enumerate(calls, 1)
    ]
    return await asyncio.gather(*jobs)


async def run_tool(
    turn: Turn, call: ToolCall, offered: dict[str, Tool], *, path: str, agent: str = ""
) -> Used:
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
        raw = await _called(turn, call, tool, offered)
        content, failed = as_text(raw), False
        outside = outside or isinstance(raw, Outside)
    except BudgetSpent:
        raise
    except TimeoutError:
        content = f"The tool {call.name} took too long and was stopped."
    except (consent.NeedsApproval, BadArguments) as problem:
        # What the model made up itself was not met outside: else it could call again with it.
        raw, content, outside = problem, problem.text, False
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


async def _called(
    turn: Turn, call: ToolCall, tool: Tool | None, offered: dict[str, Tool]
) -> object:
    """What the tool gives. Raises Problem for what the model can mend, and whatever it raises."""
    if tool is None or tool.call is None:
        raise Problem(
            "unknown_tool",
            f"There is no tool called {call.name!r}.",
            next=f"There are: {', '.join(offered) or 'none'}.",
        )
    try:
        arguments: Any = _arguments.decode(call.arguments or "{}")
    except msgspec.DecodeError as error:
        raise BadArguments(call.name, f"They are not valid JSON: {error}.") from None
    if not isinstance(arguments, dict):
        raise BadArguments(call.name, "They have to be a JSON object.")
    await consent.pass_gate(turn, tool, arguments)
    async with asyncio.timeout(max(turn.budget.seconds_left, 0.001)) as clock:
        at_work = _AtWork(turn.budget, clock)
        turn.budget.watching.add(at_work)
        try:
            return await tool.call(arguments, turn)
        finally:
            turn.budget.watching.discard(at_work)


class _AtWork:
    """A tool at work: its time is the budget's, also when that is changed."""

    def __init__(self, budget: Budget, clock: asyncio.Timeout) -> None:
        self.budget, self.clock = budget, clock

    def used(self) -> Usage:
        return Usage()

    def changed(self, over: bool) -> None:
        now = asyncio.get_running_loop().time()
        left = 0.0 if over or self.budget.out else self.budget.seconds_left
        with contextlib.suppress(RuntimeError):  # it expires at this moment
            self.clock.reschedule(now + left)


def as_text(raw: object) -> str:
    """A tool's result as the text a model reads."""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, Outside):
        return raw.text
    if isinstance(raw, Exact):
        return f"{raw.answer}\n{raw.working}" if raw.working else raw.answer
    return msgspec.json.encode(raw).decode()


def shown(result: ToolResult) -> ToolResult:
    """The result as a model sees it: words from outside are fenced as data."""
    if not result.outside:
        return result
    fenced = consent.fence(result.content, Source(0, result.name))
    return msgspec.structs.replace(result, content=fenced)
