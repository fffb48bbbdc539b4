"""The ledger: every activity of a person, append-only, each stamped with its purposes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from musespark.activity import PURPOSES, Activity
from musespark.problem import Problem
from musespark.store import Row, Store, as_json, storable

_LOCK = 0x6C656467  # "ledg": the space of the locks by which those who append take turns


async def append(store: Store, person: str, activity: Activity) -> int:
    """Append one; returns its id, or that of the earlier one with the same uri."""
    return (await append_many(store, person, [activity]))[0]


async def append_many(store: Store, person: str, activities: Sequence[Activity]) -> list[int]:
    """Append in order, in one transaction; returns the ids. A uri that is there already keeps its
    first content and gives its first id. Raises Problem for an unknown purpose.

    Two that append the same uris in different orders would wait for each other without end. Writing
    them sorted would do, but a ledger is in the order of what happened; so they take turns, a
    person at a time.
    """
    if not activities:
        return []
    for activity in activities:
        unknown = activity.purposes - PURPOSES
        if unknown:
            raise Problem(
                "unknown_purpose",
                f"There is no purpose called {min(unknown)!r}.",
                next=f"The purposes are: {', '.join(sorted(PURPOSES))}.",
            )
    uris = [storable(activity.uri) if activity.uri else None for activity in activities]
    first: dict[object, tuple[str | None, Activity]] = {}
    for n, (uri, activity) in enumerate(zip(uris, activities, strict=True)):
        first.setdefault(uri or n, (uri, activity))
    rows = [
        {
            "uri": uri,
            "type": activity.type,
            "published": activity.published,
            "purposes": sorted(activity.purposes),
            "body": {
                "actor": activity.actor or person,
                "object": activity.object,
                "target": activity.target,
            },
        }
        for uri, activity in first.values()
    ]
    kept = await store.rows(
        person,
        """
        with me as materialized (
            select person, case when %s then pg_advisory_xact_lock(%s, hashtext(person)) end as turn
            from (select current_setting('musespark.person') as person) as own)
        insert into activities (person, uri, type, published, purposes, body)
        select me.person, uri, type, published,
               array(select jsonb_array_elements_text(purposes)), body
        from me, rows from (jsonb_to_recordset(%s::jsonb) as (uri text, type text,
            published timestamptz, purposes jsonb, body jsonb)) with ordinality
        order by ordinality
        on conflict (person, uri) do update set uri = excluded.uri
        returning id, uri
        """,
        len(first) > 1,
        _LOCK,
        as_json(rows),
    )
    named = {row["uri"]: row["id"] for row in kept if row["uri"]}
    unnamed = iter(sorted(row["id"] for row in kept if not row["uri"]))
    return [named[uri] if uri else next(unnamed) for uri in uris]


async def tail(
    store: Store, person: str, after: int = 0, *, purpose: str = "", limit: int = 1000
) -> list[Activity]:
    """Activities with an id above `after`, oldest first; only those that may be used for `purpose`
    when one is named."""
    rows = await store.rows(
        person,
        """
        select id, uri, type, published, purposes, body from activities
        where id > %s and (%s = '' or %s = any(purposes)) order by id limit %s
        """,
        after,
        purpose,
        purpose,
        limit,
    )
    return [_activity(row) for row in rows]


def _activity(row: Row) -> Activity:
    body: dict[str, Any] = row["body"]
    return Activity(
        type=row["type"],
        object=body.get("object"),
        actor=body.get("actor", ""),
        target=body.get("target"),
        published=row["published"],
        purposes=frozenset(row["purposes"]),
        uri=row["uri"],
        id=row["id"],
    )
