"""What streams out of a turn: AG-UI 1.0 events as cheap values.

Names and fields are the protocol's own, so `encode(event)` is what any AG-UI client reads; a test
holds every class against the protocol package's models. What the protocol has no event for (the
chosen mode, sources, votes, notices) is a `Custom` event named `musespark.*`.
"""

from __future__ import annotations

import time
from typing import Any, Literal

import msgspec
from msgspec import Struct

PROTOCOL_VERSION = "1.0"


class Base(Struct, tag_field="type", rename="camel", omit_defaults=True, frozen=True):
    """The common shape: a `type` tag on the wire, camelCase names, absent fields left out."""


class RunStarted(Base, tag="RUN_STARTED", frozen=True):
    thread_id: str
    run_id: str
    protocol_version: str = ""
    timestamp: int | None = None


class TokenUsage(Struct, rename="camel", omit_defaults=True, frozen=True):
    """Tokens of one model, in the protocol's accounting."""

    model: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    total_tokens: int = 0
    reasoning_tokens: int = 0
    cached_input_tokens: int = 0


class RunFinished(Base, tag="RUN_FINISHED", frozen=True):
    """`outcome` is `{"type": "success"}` or `{"type": "cancelled"}`."""

    thread_id: str
    run_id: str
    result: Any = None
    outcome: dict[str, Any] | None = None
    usage: list[TokenUsage] = []
    timestamp: int | None = None


class RunError(Base, tag="RUN_ERROR", frozen=True):
    message: str
    code: str = ""
    usage: list[TokenUsage] = []
    timestamp: int | None = None


class StepStarted(Base, tag="STEP_STARTED", frozen=True):
    step_name: str
    subagent_run_id: str | None = None
    timestamp: int | None = None


class StepFinished(Base, tag="STEP_FINISHED", frozen=True):
    step_name: str
    subagent_run_id: str | None = None
    timestamp: int | None = None


class TextStart(Base, tag="TEXT_MESSAGE_START", frozen=True):
    message_id: str
    role: Literal["assistant", ""] = ""
    subagent_run_id: str | None = None


class TextDelta(Base, tag="TEXT_MESSAGE_CONTENT", frozen=True):
    message_id: str
    delta: str
    subagent_run_id: str | None = None


class TextEnd(Base, tag="TEXT_MESSAGE_END", frozen=True):
    message_id: str
    subagent_run_id: str | None = None


class ReasoningStart(Base, tag="REASONING_START", frozen=True):
    message_id: str
    subagent_run_id: str | None = None


class ReasoningMessageStart(Base, tag="REASONING_MESSAGE_START", frozen=True):
    message_id: str
    role: str
    subagent_run_id: str | None = None


class ReasoningDelta(Base, tag="REASONING_MESSAGE_CONTENT", frozen=True):
    message_id: str
    delta: str
    subagent_run_id: str | None = None


class ReasoningMessageEnd(Base, tag="REASONING_MESSAGE_END", frozen=True):
    message_id: str
    subagent_run_id: str | None = None


class ReasoningEnd(Base, tag="REASONING_END", frozen=True):
    message_id: str
    subagent_run_id: str | None = None


class ToolStart(Base, tag="TOOL_CALL_START", frozen=True):
    tool_call_id: str
    tool_call_name: str
    parent_message_id: str | None = None
    subagent_run_id: str | None = None
    timestamp: int | None = None


class ToolArgs(Base, tag="TOOL_CALL_ARGS", frozen=True):
    tool_call_id: str
    delta: str
    subagent_run_id: str | None = None


class ToolEnd(Base, tag="TOOL_CALL_END", frozen=True):
    tool_call_id: str
    subagent_run_id: str | None = None


class ToolDone(Base, tag="TOOL_CALL_RESULT", frozen=True):
    message_id: str
    tool_call_id: str
    content: str
    role: str = ""
    subagent_run_id: str | None = None
    timestamp: int | None = None


class SubagentStarted(Base, tag="SUBAGENT_STARTED", frozen=True):
    subagent_run_id: str
    name: str
    description: str = ""
    parent_subagent_run_id: str | None = None
    timestamp: int | None = None


class SubagentFinished(Base, tag="SUBAGENT_FINISHED", frozen=True):
    """`outcome` is `{"type": "success"}` or absent: one that was hung up ends by SubagentError."""

    subagent_run_id: str
    result: Any = None
    outcome: dict[str, Any] | None = None
    timestamp: int | None = None


class SubagentError(Base, tag="SUBAGENT_ERROR", frozen=True):
    subagent_run_id: str
    message: str
    code: str = ""
    timestamp: int | None = None


class Custom(Base, tag="CUSTOM", frozen=True):
    """Ours: `musespark.mode`, `.notice`, `.sources`, `.vote`, `.budget`, `.discarded`,
    `.workspace`, `.confidence`, `.approval`, `.consent`; their values are described in
    docs/events.md."""

    name: str
    value: Any
    subagent_run_id: str | None = None
    timestamp: int | None = None


Event = (
    RunStarted
    | RunFinished
    | RunError
    | StepStarted
    | StepFinished
    | TextStart
    | TextDelta
    | TextEnd
    | ReasoningStart
    | ReasoningMessageStart
    | ReasoningDelta
    | ReasoningMessageEnd
    | ReasoningEnd
    | ToolStart
    | ToolArgs
    | ToolEnd
    | ToolDone
    | SubagentStarted
    | SubagentFinished
    | SubagentError
    | Custom
)

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Event)
encode = _encoder.encode
decode = _decoder.decode


def now_ms() -> int:
    """Milliseconds since the epoch, as the protocol's timestamps are."""
    return time.time_ns() // 1_000_000


def notice(code: str, text: str, subagent: str | None = None) -> Custom:
    """Something the person should know, beside the answer."""
    return Custom("musespark.notice", {"code": code, "text": text}, subagent)


def written(message: str, text: str, subagent: str | None = None) -> list[Event]:
    """A whole text that is there at once, as events."""
    return [
        TextStart(message, "assistant", subagent),
        TextDelta(message, text, subagent),
        TextEnd(message, subagent),
    ]
