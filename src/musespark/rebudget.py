"""What a run may use, raised or cut while it goes on."""

from __future__ import annotations

import math
from typing import Any

from musespark.draft import budget_event
from musespark.journal import Journal
from musespark.problem import Problem
from musespark.runs import Live, Runs, limits


async def change_limits(
    runs: Runs, person: str, run: str, change: dict[str, Any]
) -> dict[str, Any]:
    """Raise or cut what a run may use while it goes on, here or in another process, which
    notices within a second; returns what it may use. Raises Problem when it has ended."""
    kept = await runs.rebudget(person, run, change)
    live = runs.live.get(run)
    if live is None or live.person != person or live.turn is None or live.ending:
        if kept is None:
            await runs.row(person, run)
            raise Problem(
                "run_ended", "This run has ended.", status=409,
                next="Ask again with a larger budget.",
            )  # fmt: skip
        return {name: kept.get(name) for name in ("tokens", "seconds", "money")}
    rebudget(live, change if kept is None else kept)
    return limits(live.turn.budget)


def rebudget(live: Live, change: dict[str, Any]) -> None:
    """Let a run under way here go on with another budget. `changes` of a kept one counts how
    often it was changed: an older one says nothing new."""
    number = change.get("changes")
    if live.turn is None or live.ending or (number is not None and number <= live.changes):
        return
    live.changes = live.changes if number is None else number
    budget = live.turn.budget
    wanted = {name: change[name] for name in limits(budget) if name in change}
    if wanted.get("money", 0) is None:
        wanted["money"] = math.inf
    budget.change(**wanted)
    journal = live.turn.journal
    if isinstance(journal, Journal):
        journal.emit(budget_event(budget))
    elif live.task is not None and not live.durable:
        live.publish(budget_event(budget))
