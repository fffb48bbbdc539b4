"""Inside a run: its lanes, phases, votes and checks, from its events and its steps."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct, field

from musespark.conversations import exchange, take
from musespark.runs import Runs, pack
from musespark.store import Row

_CUT = ("hung_up", "budget_spent")  # codes of agents that were stopped, not of what failed
_LAST = ("workspace", "confidence", "check", "sources", "budget")  # of each the last counts


class Lane(Struct):
    """One of several agents at work: what it was to do, when, what came of it and what it used.
    `state` is running, done, failed or cut; times are seconds since the epoch."""

    id: str
    name: str
    agent: str = ""
    description: str = ""
    started: float | None = None
    ended: float | None = None
    state: str = "running"
    error: str = ""
    text: str = ""
    answer: str = ""
    sources: list[Any] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    notices: list[Any] = field(default_factory=list)
    tokens: dict[str, int] = field(default_factory=lambda: {"input": 0, "output": 0})
    cost: float = 0.0
    calls: int = 0


class Inside(Struct):
    """What a run shows beside its answer. `phases` are its named steps, `tasks` what the steps of a
    plan are about."""

    lanes: list[Lane]
    phases: list[dict[str, Any]]
    tasks: list[Any]
    votes: list[Any]
    notices: list[Any]
    workspace: str
    confidence: Any
    check: Any
    sources: list[Any]
    budget: Any


async def looked_into(runs: Runs, person: str, id: str) -> Row:
    """A run with its question and answer, its messages and steps, and everything inside, also
    while it is under way. Raises Problem `unknown_run`."""
    row = await runs.whole(person, id)
    live = runs.live.get(id)
    if live is not None and live.person == person and live.turn is not None:
        events = msgspec.to_builtins(pack(live.events))
        row["steps"] = msgspec.to_builtins(getattr(live.turn.journal, "steps", []))
        row["usage"] = msgspec.to_builtins(live.turn.budget.spent)
        row["mode"], row["reason"] = live.turn.chosen, live.turn.reason
    else:
        events = await runs.packed(person, id)
    for step in row["steps"]:
        step.pop("person", None), step.pop("run", None)
        step["seconds"] = round(step["ended"] - step["started"], 6)
    limits = row.pop("budget") or {}
    for name in ("person", "executor", "request"):
        row.pop(name, None)
    found = inside(id, events, row["steps"], row["state"] != "running")
    made = {"object": "run", **exchange(row), **msgspec.to_builtins(found)}
    for message in row["messages"]:
        take(made, message["role"], message["parts"])
    made["budget"] = found.budget if limits.get("tokens") is None else _budget(made, limits)
    return made


def _budget(run: Row, limits: dict[str, Any]) -> dict[str, list[Any]]:
    """What a run has used of what it may use, a pair each, as the event says it."""
    usage = run["usage"] or {}
    since = datetime.now(UTC) - run["started"]
    passed = since.total_seconds() if run["seconds"] is None else run["seconds"]
    return {
        "tokens": [usage.get("input", 0) + usage.get("output", 0), limits["tokens"]],
        "seconds": [round(passed, 1), limits["seconds"]],
        "money": [round(run["cost"], 6), limits["money"]],
    }


def inside(run: str, events: Iterable[dict[str, Any]], steps: list[Row], over: bool) -> Inside:
    """What these packed events (see runs.pack) and steps of a run add up to; `over` says that
    nothing more will come."""
    fold = _Fold(run)
    for event in events:
        fold.take(event)
    for lane in fold.lanes.values():
        lane.text = "\n\n".join("".join(pieces) for pieces in fold.texts.get(lane.id, {}).values())
        if over and lane.state == "running":
            lane.state = "cut"
    _count(fold.lanes.values(), steps)
    last = fold.last
    return Inside(
        list(fold.lanes.values()), fold.phases, fold.every["task"], fold.every["vote"],
        fold.every["notice"], (last.get("workspace") or {}).get("text", ""),
        last.get("confidence"), last.get("check"), last.get("sources") or [], last.get("budget"),
    )  # fmt: skip


class _Fold:
    """Takes the events of a run one by one."""

    def __init__(self, run: str) -> None:
        self.run = run
        self.lanes: dict[str, Lane] = {}
        self.texts: dict[str, dict[str, list[str]]] = {}  # of each lane, by message
        self.phases: list[dict[str, Any]] = []
        self.every: dict[str, list[Any]] = {"task": [], "vote": [], "notice": []}
        self.last: dict[str, Any] = {}

    def take(self, event: dict[str, Any]) -> None:
        own = event.get("subagentRunId", "")
        match event["type"]:
            case "TEXT_MESSAGE_CONTENT" if own:
                pieces = self.texts.setdefault(own, {}).setdefault(event["messageId"], [])
                pieces += event["deltas"] if "deltas" in event else [event["delta"]]
            case "SUBAGENT_STARTED":
                self.lanes[own] = Lane(
                    own, own.removeprefix(f"{self.run}/"), event["name"],
                    event.get("description", ""), _seconds(event),
                )  # fmt: skip
            case "SUBAGENT_FINISHED" | "SUBAGENT_ERROR" if own in self.lanes:
                lane = self.lanes[own]
                lane.ended, lane.error = _seconds(event), event.get("message", "")
                cut = event.get("code") in _CUT
                lane.state = "cut" if cut else "failed" if lane.error else "done"
                lane.answer = str(event.get("result") or "")
            case "STEP_STARTED" if not own:
                self.phases.append({"name": event["stepName"], "started": _seconds(event),
                                    "ended": None})  # fmt: skip
            case "STEP_FINISHED" if not own:
                for phase in self.phases:
                    if phase["name"] == event["stepName"] and phase["ended"] is None:
                        phase["ended"] = _seconds(event)
            case "CUSTOM":
                self._custom(event["name"].removeprefix("musespark."), event["value"], own)

    def _custom(self, name: str, value: Any, own: str) -> None:
        if name == "discarded":
            for texts in self.texts.values():
                texts.pop(value["messageId"], None)
        elif own in self.lanes:
            if name == "check":
                self.lanes[own].wrong = value.get("wrong", [])
            elif name == "notice":
                self.lanes[own].notices.append(value)
        elif name in self.every:
            self.every[name].append(value)
        elif name in _LAST:
            self.last[name] = value


def _count(lanes: Iterable[Lane], steps: list[Row]) -> None:
    """What each lane used, from its steps, and the sources of its draft."""
    by_name = {lane.name: lane for lane in lanes}
    for step in steps:
        own = by_name.get(step["path"].partition("/")[0])
        if own is not None:
            usage = step["usage"] or {}
            own.tokens["input"] += usage.get("input", 0)
            own.tokens["output"] += usage.get("output", 0)
            own.cost += usage.get("cost", 0.0)
            own.calls += usage.get("calls", 0)
        elif step["kind"] == "gather":
            for draft in step["output"] or ():
                if draft["name"] in by_name:
                    by_name[draft["name"]].sources = draft.get("sources", [])


def _seconds(event: dict[str, Any]) -> float | None:
    stamp = event.get("timestamp")
    return stamp / 1000 if stamp else None
