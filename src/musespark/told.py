"""What a client is told of a run's events: words, thinking, calls of the client's own tools.

The lanes of sub-agents and the tools of this server stay behind the scenes; whoever wants to see
them follows the run by its id. What Chat Completions and Responses have no field for is collected
for their `musespark` object.
"""

from __future__ import annotations

from typing import Any, Literal

from musespark import event as ev
from musespark.message import Usage
from musespark.turn import Turn

Kind = Literal["text", "reasoning", "call", "arguments", "called", "end"]
Piece = tuple[Kind, str, str]  # kind; the id of a call or ""; words, name or arguments


class Told:
    """Follows the events of one turn. `take` gives what each one says to the client, or None."""

    __slots__ = (
        "_beside",
        "_calls",
        "_gap",
        "_said",
        "_thought",
        "_turn",
        "ended",
        "error",
        "finish",
    )

    def __init__(self, turn: Turn) -> None:
        self._turn = turn
        self.error: ev.RunError | None = None
        self.finish, self.ended = "", False
        self._beside: dict[str, Any] = {}
        self._calls: set[str] = set()
        self._said = self._thought = self._gap = False

    def take(self, event: ev.Event) -> Piece | None:
        """What `event` says to the client."""
        kind = type(event)
        if kind is ev.TextDelta:
            if event.subagent_run_id is not None:  # type: ignore[union-attr]
                return None
            return ("text", "", self._joined(event.delta))  # type: ignore[union-attr]
        if kind is ev.ReasoningDelta:
            if event.subagent_run_id is not None:  # type: ignore[union-attr]
                return None
            return ("reasoning", "", self._joined(event.delta))  # type: ignore[union-attr]
        return self._rare(event)

    def _joined(self, words: str) -> str:
        """The words, a blank line before them where a new message begins."""
        if self._gap:
            self._gap = False
            if not words.startswith("\n"):
                return "\n\n" + words
        return words

    def _rare(self, event: ev.Event) -> Piece | None:
        match event:
            case ev.TextStart(subagent_run_id=None):
                self._gap, self._said = self._said, True
            case ev.ReasoningMessageStart(subagent_run_id=None):
                self._gap, self._thought = self._thought, True
            case ev.ToolStart(subagent_run_id=None) if self._theirs(event.tool_call_name):
                self._calls.add(event.tool_call_id)
                return ("call", event.tool_call_id, event.tool_call_name)
            case ev.ToolArgs() if event.tool_call_id in self._calls:
                return ("arguments", event.tool_call_id, event.delta)
            case ev.ToolEnd() if event.tool_call_id in self._calls:
                return ("called", event.tool_call_id, "")
            case ev.Custom(subagent_run_id=None):
                self._note(event)
            case ev.RunFinished():
                self.ended = True
                self.finish = self._finish(event.outcome or {})
                return ("end", "", self.finish)
            case ev.RunError():
                self.ended, self.error = True, event
                return ("end", "", "error")
        return None

    def _theirs(self, name: str) -> bool:
        tool = self._turn.tools.get(name)
        return tool is not None and tool.call is None

    def _note(self, event: ev.Custom) -> None:
        name = event.name.removeprefix("musespark.")
        if name in ("notice", "approval"):
            self._beside.setdefault(f"{name}s", []).append(event.value)
        elif name in ("mode", "sources", "memory", "confidence", "check", "consent"):
            self._beside[name] = event.value

    def _finish(self, outcome: dict[str, Any]) -> str:
        """stop, length, tool_calls, content_filter or cancelled."""
        if outcome.get("type") == "cancelled":
            return "cancelled"
        if outcome.get("pendingToolCallIds"):
            return "tool_calls"
        steps = getattr(self._turn.journal, "steps", ())
        for step in reversed(steps):
            if step.kind == "model":
                cut = getattr(step.output, "finish", "")
                return cut if cut in ("length", "content_filter") else "stop"
        return "stop"

    @property
    def sources(self) -> list[Any]:
        """What the answer rests on, as far as it was told."""
        return list(self._beside.get("sources", ()))

    @property
    def usage(self) -> Usage:
        return self._turn.budget.spent

    def extension(self) -> dict[str, Any]:
        """The `musespark` object of an answer: which run this was and what is worth knowing."""
        turn = self._turn
        mode = self._beside.get("mode", {})
        found = {
            "run": turn.run,
            "conversation": turn.conversation,
            "mode": turn.chosen or mode.get("mode", ""),
            "asked": turn.mode,
            "reason": turn.reason,
            "cost": round(self.usage.cost, 9),
        }
        return found | {k: v for k, v in self._beside.items() if k != "mode"}
