"""What exact tools answer by themselves, before a mode is chosen and without a model."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from typing import Any

import msgspec

from musespark import event as ev
from musespark import plugins
from musespark.message import ToolCall
from musespark.problem import Problem
from musespark.tool import BadArguments, Exact, Tool
from musespark.toolbox import run_tool
from musespark.turn import Turn

Recognised = tuple[Tool, dict[str, Any]]

MAX_LENGTH = 400  # characters of a question that may be one for an exact tool
MAX_PARTS = 3


def recognised(turn: Turn) -> list[Recognised] | None:
    """The exact tools that the question's words ask for, with their arguments, or None: nothing is
    attached, no other form of answer is wished for, and tools are sure that they are meant, one
    for the whole or one for each of up to three questions in it."""
    question, last = turn.question, turn.messages[-1]
    if len(question) > MAX_LENGTH or turn.schema is not None or len(last.parts) != 1:
        return None
    whole = _tool_for(question, turn)
    if whole is not None:
        return [whole]
    parts = [part.strip() for part in _PARTS.split(question) if part and part.strip()]
    if not 2 <= len(parts) <= MAX_PARTS:
        return None
    found = [_tool_for(part, turn) for part in parts]
    return [call for call in found if call is not None] if all(found) else None


# Where one question ends and the next begins: after a question mark or a semicolon, or at an "and"
# before a question word.
_PARTS = re.compile(
    r"(?<=[?;])\s+(?:(?:and|und|y|e|et)\s+)?|,?\s+(?:and|und|y|et)\s+(?=(?:how|what|when|which|"
    r"wie|was|wann|welche[rsn]?|cuánt[oa]s?|qué|cuándo|cuál|combien|quel(?:le)?s?|quand)\b)",
    re.IGNORECASE,
)


def _tool_for(question: str, turn: Turn) -> Recognised | None:
    """The one tool that is sure; where two are, the question could mean two things: nobody's."""
    found: list[Recognised] = []
    for tool in turn.tools.values():
        if tool.recognise is not None and not tool.outside:
            arguments = tool.recognise(question, turn)
            if arguments is not None:
                found.append((tool, arguments))
    return found[0] if len(found) == 1 else None


async def exactly(turn: Turn) -> AsyncGenerator[ev.Event, None]:
    """Not a mode of its own but what comes before them: exact tools answer, no model is asked.
    A Problem, such as a division by zero, is an answer too; when a tool fails in another way, the
    instant mode takes over."""
    words: list[str] = []
    for number, (tool, arguments) in enumerate(turn.recognised, 1):
        own = f"{turn.run}/exact-{number}"
        call = ToolCall(own, tool.name, msgspec.json.encode(arguments).decode())
        yield ev.ToolStart(own, call.name, timestamp=ev.now_ms())
        yield ev.ToolArgs(own, call.arguments)
        yield ev.ToolEnd(own)
        result, raw = await run_tool(turn, call, {tool.name: tool}, path=f"exact-{number}/")
        yield ev.ToolDone(f"{own}/result", own, result.content, "tool", timestamp=ev.now_ms())
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
    for event in ev.written(f"{turn.run}/answer", turn.answer):
        yield event
