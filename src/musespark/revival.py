"""Runs that a dead process left behind: closed, or made turns again and taken up.

Who is dead is told by the lock that every process holds while it lives: docs/decisions.md.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from msgspec import structs

from musespark.person import Person
from musespark.runs import Request, Runs, allowed
from musespark.turn import Turn

if TYPE_CHECKING:
    from musespark.durable import Durable
    from musespark.store import Store


async def turn_again(
    runs: Runs,
    make: Callable[..., Awaitable[Turn]],
    who: Callable[[str], Awaitable[Person]],
    run: str,
    person: str,
) -> Turn | None:
    """The turn of a run that another process began, by `make`, for the person as `who` knows them
    now: what they allowed no longer counts where they took it back. None when it has ended
    meanwhile. Raises Problem."""
    row = await runs.row(person, run)
    if row["state"] != "running":
        return None
    kept = msgspec.convert(row["request"], Request)
    now = await who(person)
    turn = await make(
        kept.messages,
        person=structs.replace(
            now,
            language=kept.language,
            zone=kept.zone,
            purposes=now.purposes & frozenset(kept.purposes),
        ),
        conversation=row["conversation"],
        run=run,
        budget=allowed(row["budget"] or {}, kept),
        mode=kept.mode,
        insist=kept.insist,
        effort=kept.effort,
        now=datetime.fromisoformat(kept.now),
        approved=frozenset(kept.approved),
        options=kept.options,
        schema=kept.schema,
        tool_choice=kept.tool_choice,
        memory=kept.memory,
    )
    turn.chosen, turn.reason = row["mode"], row["reason"]
    return turn


async def recover(
    store: Store, runs: Runs, launched: Callable[[], Awaitable[Durable]]
) -> list[str]:
    """Take up the durable runs of dead processes and close their other ones; returns the ids
    of the former. Workflows are `launched` only when there are some."""
    left = await store.system("select * from unfinished_runs()")
    strangers = {row["executor"] for row in left} - {runs.executor}
    if not strangers:
        return []
    dead = {name for name in strangers if await store.is_dead(name)}
    if not dead:
        return []
    lost = [row for row in left if row["executor"] in dead]
    for row in lost:
        kind = "adopt" if row["durable"] else "abandon"
        body = {"run": row["id"], "executor": runs.executor}
        await store.keep(kind, row["person"], body)
    taken = [row for row in lost if row["durable"]]
    if not taken:
        return []
    durable = await launched()
    await durable.recover(dead)
    for row in taken:
        await durable.start(row["id"])
    return [row["id"] for row in taken]
