"""How a run ends: its last event, its state, and what it said until then, beside its answer too."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from musespark import event as ev
from musespark.assistant import usage_of
from musespark.problem import Problem
from musespark.turn import Turn


def said(events: Iterable[ev.Event]) -> str:
    """The words of a run that did not end well: what the person has read is kept for them."""
    messages: dict[str, list[str]] = {}
    for event in events:
        if isinstance(event, ev.TextDelta) and event.subagent_run_id is None:
            messages.setdefault(event.message_id, []).append(event.delta)
        elif isinstance(event, ev.Custom) and event.name == "musespark.discarded":
            messages.pop(event.value["messageId"], None)
    return "\n\n".join("".join(pieces) for pieces in messages.values())


_BESIDE = ("sources", "memory", "confidence", "check", "consent")  # of each the last counts
_EACH = {"notice": "notices", "approval": "approvals"}


def told(events: Iterable[ev.Event]) -> dict[str, Any]:
    """What a run told beside its answer, so that a conversation can be shown without its events."""
    found: dict[str, Any] = {}
    for event in events:
        if type(event) is ev.Custom and event.subagent_run_id is None:
            name = event.name.removeprefix("musespark.")
            if name in _EACH:
                found.setdefault(_EACH[name], []).append(event.value)
            elif name in _BESIDE:
                found[name] = event.value
    return found


def cancelled(turn: Turn) -> ev.RunFinished:
    return ev.RunFinished(
        turn.conversation,
        turn.run,
        outcome={"type": "cancelled"},
        usage=usage_of(turn),
        timestamp=ev.now_ms(),
    )


def failed(error: Exception) -> ev.RunError:
    if isinstance(error, Problem):
        return ev.RunError(error.text, error.code, timestamp=ev.now_ms())
    text = f"Something in the server failed ({type(error).__name__}). The log has the details."
    return ev.RunError(text, "internal_error", timestamp=ev.now_ms())


def ended(last: ev.Event) -> tuple[str, Problem | None]:
    """The state a run ends in, and the error that goes with it."""
    if isinstance(last, ev.RunError):
        return "failed", Problem(last.code, last.message)
    if isinstance(last, ev.RunFinished) and (last.outcome or {}).get("type") == "cancelled":
        return "cancelled", None
    return "done", None
