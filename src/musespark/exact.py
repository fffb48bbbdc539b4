"""What exact tools answer by themselves, before a mode is chosen and without a model."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from typing import Any

import msgspec

from musespark import event as ev
from musespark import plugins
from musespark.message import Table, Text, ToolCall
from musespark.problem import Problem
from musespark.tool import BadArguments, Exact, Outside, Tool
from musespark.toolbox import run_tool
from musespark.turn import Turn
from musespark.wishes import wish

Recognised = tuple[Tool, dict[str, Any]]

MAX_LENGTH = 400  # characters of a question that may be one for an exact tool
MAX_PARTS = 3
MEMORY_TOOLS = {
    "that": "forget", "forget": "forget", "these": "forget", "numbers": "forget",
    "everything": "forget", "never": "forget", "remember": "remember", "told": "recall",
    "all": "recall",
}  # fmt: skip


def recognised(turn: Turn) -> list[Recognised] | None:
    """The exact tools that the question's words ask for, with their arguments, or None: nothing but
    tables is attached, no other form of answer is wished for, and it is sure which tool is meant,
    for the whole or for each of up to three questions in it. Frames that explain every word come
    first; where none fits, the reading that is by far the likeliest."""
    question, last = turn.question, turn.messages[-1]
    if turn.schema is None and len(last.parts) == 1 and (own := _of_memory(question, turn)):
        return own
    if len(question) > MAX_LENGTH or turn.schema is not None:
        return None
    if len(last.parts) != 1:  # with a table only what can be asked of tables
        told = all(isinstance(part, Text | Table) for part in last.parts)
        tool = turn.tools.get("query_table") if told else None
        arguments = tool.recognise(question, turn) if tool and tool.recognise else None
        return [(tool, arguments)] if tool and arguments else None
    if not any(tool.recognise for tool in turn.tools.values()):
        return None
    sure = _sure(question, turn)
    if len(sure) == 1:
        return sure
    parts = [part.strip() for part in _PARTS.split(question) if part and part.strip()]
    if 2 <= len(parts) <= MAX_PARTS:
        found = [_sure(part, turn) for part in parts]
        if all(found) or sum(part.endswith("?") for part in parts) > 1:
            calls = [one or _likely(part, turn) for one, part in zip(found, parts, strict=True)]
            return [call[0] for call in calls] if all(len(call) == 1 for call in calls) else None
    return None if sure else _likely(question, turn) or None  # two are sure: it means two things


def _of_memory(question: str, turn: Turn) -> list[Recognised]:
    """What the person wishes of their memory; that explains every word of the question."""
    asked = wish(question)
    tool = turn.tools.get(MEMORY_TOOLS.get(asked.kind, "")) if asked else None
    arguments = tool.recognise(question, turn) if tool and tool.recognise else None
    return [(tool, arguments)] if tool and arguments else []


def _sure(question: str, turn: Turn) -> list[Recognised]:
    """The tools whose frames explain every word."""
    found: list[Recognised] = []
    for tool in turn.tools.values():
        if tool.recognise is not None and not tool.outside:
            arguments = tool.recognise(question, turn)
            if arguments is not None:
                found.append((tool, arguments))
    return found


def _likely(question: str, turn: Turn) -> list[Recognised]:
    """The tool that the likeliest reading means, if that is likely enough."""
    from musespark.reader import meant  # numpy: only where no frame fits

    found = meant(question, turn.person.language, turn.local_now.date())
    tool = turn.tools.get(found.tool) if found else None
    if found is None or tool is None or tool.recognise is None or tool.outside:
        return []
    return [(tool, found.arguments)]


# Where one question ends and the next begins: after a question mark or a semicolon, or at an "and"
# before a question word.
_PARTS = re.compile(
    r"(?<=[?;])\s+(?:(?:and|und|y|e|et)\s+)?|,?\s+(?:and|und|y|et)\s+(?=(?:how|what|when|which|"
    r"wie|was|wann|welche[rsn]?|cuánt[oa]s?|qué|cuándo|cuál|combien|quel(?:le)?s?|quand)\b)",
    re.IGNORECASE,
)


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
        if isinstance(raw, Outside) and raw.answer:
            words.append(raw.answer)
            turn.sources += [raw.source] if raw.source else []
            continue
        if not isinstance(raw, Exact) and tool.name in MEMORY_TOOLS.values():
            words.append(result.content)  # nobody else can say what is remembered
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
    if turn.sources:
        yield ev.Custom("musespark.sources", turn.sources)
