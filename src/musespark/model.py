"""Talking to models: what is asked, what streams back, the contract, and which model serves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Literal, Protocol

from msgspec import Struct, field

from musespark.message import Message, Usage
from musespark.problem import Problem
from musespark.tool import Tool

Effort = Literal["", "none", "low", "medium", "high"]


def placed(where: str) -> str:
    """`at gpu:8000`, `in this process`; "" where it is not said."""
    return f"{'in' if where == 'this process' else 'at'} {where}" if where else ""


class Card(Struct, frozen=True, kw_only=True):
    """What a model is and can do. `notice` is said to the person when they meet its limits;
    `weak` means: too small to write or reason, so quote evidence and use exact tools."""

    name: str
    tier: str = "fast"
    where: str = ""
    context: int = 32_768
    weak: bool = False
    tools: bool = True
    json_schema: bool = True
    vision: bool = False
    thinking: str = ""
    notice: str = ""

    @property
    def place(self) -> str:
        """Where it answers, in words; see `placed`."""
        return placed(self.where)


class Request(Struct, kw_only=True):
    """One call. `schema` asks for JSON output that fits it; `effort` sets a model's own thinking
    where it has a control; `tool_choice` is auto, none, required or a tool's name; `deadline` is an
    instant of `time.monotonic()`, and a client that waits for it puts into `moved` what has to be
    called when it becomes another; `options` are further sampling fields of Chat Completions,
    passed through. `joined` allows pieces that arrived together to come as one."""

    messages: list[Message]
    tools: list[Tool] = field(default_factory=list)
    tool_choice: str = "auto"
    schema: dict[str, Any] | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    seed: int | None = None
    stop: list[str] | None = None
    effort: Effort = ""
    deadline: float | None = None
    moved: set[Callable[[float], object]] = field(default_factory=set)
    joined: bool = False
    options: dict[str, Any] = field(default_factory=dict)


class CallDelta(Struct, frozen=True):
    """A piece of a tool call: `index` says of which; id and name come once, arguments in pieces."""

    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""


class Chunk(Struct, frozen=True):
    """A piece of an answer. `usage` and `finish` come once, with the last ones; `notice` is said to
    the person, such as what had to be left out for the question to fit."""

    text: str = ""
    reasoning: str = ""
    calls: tuple[CallDelta, ...] = ()
    finish: str = ""
    usage: Usage | None = None
    notice: str = ""


def join(chunks: Sequence[Chunk]) -> Chunk:
    """Pieces that arrived together, as one."""
    if len(chunks) == 1:
        return chunks[0]
    usage = [chunk.usage for chunk in chunks if chunk.usage is not None]
    return Chunk(
        "".join([chunk.text for chunk in chunks]),
        "".join([chunk.reasoning for chunk in chunks]),
        tuple([call for chunk in chunks for call in chunk.calls]),
        "".join([chunk.finish for chunk in chunks]),
        usage[-1] if usage else None,
    )


class Model(Protocol):
    """Anything that answers. Closing the iterator stops the work upstream."""

    card: Card

    def stream(self, request: Request) -> AsyncIterator[Chunk]:
        """The answer in pieces. Raises Problem: `model_unreachable`, `model_refused`,
        `model_overloaded`, `model_cut_off`, `model_silent`, `context_too_long`."""
        ...

    async def close(self) -> None: ...


class ContextTooLong(Problem):
    """The messages do not fit: `context` and `needed` are tokens, 0 where the server names none."""

    def __init__(self, where: str, context: int, needed: int) -> None:
        sizes = f"They take {needed:,} tokens. " if needed else ""
        sizes += f"The model takes {context:,}." if context else ""
        super().__init__(
            "context_too_long",
            f"The conversation is longer than the model at {where} can read.",
            why=sizes.strip(),
            next="Shorten the question or the attachments, or start a new conversation.",
            status=413,
        )
        self.context, self.needed = context, needed
