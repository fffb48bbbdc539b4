"""The ledger: every activity of a person, append-only, each stamped with its purposes.

What an activity may be used for is what its person allows when it is appended, as the database
knows it at that moment; its own `purposes` can only narrow that. A purpose that was withdrawn
backwards counts for no earlier row, an activity that was undone for no purpose.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal, LiteralString, cast

from msgspec import Struct

from musespark.activity import PURPOSES, Activity
from musespark.problem import Problem
from musespark.store import Row, Store, as_json, storable

_LONGEST = 500  # characters of an id as it stands in an index; a longer one ends in its hash
_OWN = ("actor", "object", "target")  # of a body, what an Activity has fields for


# What may be used for a purpose at this moment is in the row and in no withdrawal since.
_ROWS: LiteralString = """
    select id, uri, type, published, undone, body, array(select p from unnest(purposes) p
            where not exists (select from withdrawals w where w.person = activities.person
                              and w.purpose = p and w.upto >= activities.id)) as purposes
    from activities
    where person = current_setting('musespark.person') and id > greatest(%(after)s, (
            select upto from withdrawals where purpose = %(purpose)s
            and person = current_setting('musespark.person')))
        and (%(purpose)s = '' or %(purpose)s = any(purposes) and undone is null)
"""
_LISTED: LiteralString = (
    _ROWS
    + """
    and (%(before)s = 0 or id < %(before)s) and (%(type)s = '' or type = %(type)s)
    and (%(since)s::timestamptz is null or published >= %(since)s)
"""
)


class Kept(Struct, frozen=True):
    """Where an activity stands in the ledger. `state` is new, kept (the same came before), conflict
    (its uri has other content, which stays) or gone (its words were erased by a Delete)."""

    id: int
    state: Literal["new", "kept", "conflict", "gone"]


class Removal(Struct, frozen=True):
    """What left the ledger or counts for less: the rows `ids`, or for one `purpose` all up to the
    id `upto`."""

    id: int
    ids: list[int]
    purpose: str
    upto: int


async def append(store: Store, person: str, activity: Activity) -> int:
    """Append one; returns its id, or that of the earlier one with the same uri."""
    return (await append_many(store, person, [activity]))[0]


async def append_many(store: Store, person: str, activities: Sequence[Activity]) -> list[int]:
    """Append in order, in one transaction; returns the ids. A uri that is there already keeps its
    first content and gives its first id. Raises Problem for an unknown purpose, and `forgotten`
    for a person who was forgotten and has allowed nothing since."""
    return [kept.id for kept in await write(store, person, activities)]


async def write(store: Store, person: str, activities: Sequence[Activity]) -> list[Kept]:
    """Append in order, as append_many, and say what became of each."""
    if not activities:
        return []
    first: dict[object, dict[str, Any]] = {}
    rows = [_row(person, activity) for activity in activities]
    for n, row in enumerate(rows):
        first.setdefault(row["uri"] or n, row)
    text = as_json(list(first.values()))
    found = await store.system("select * from append_for(%s, %s::jsonb)", person, text)
    named = {row["uri"]: Kept(row["id"], row["state"]) for row in found if row["uri"]}
    unnamed = iter(sorted(row["id"] for row in found if not row["uri"]))
    kept: list[Kept] = []
    for row in rows:
        if not row["uri"]:
            kept.append(Kept(next(unnamed), "new"))
            continue
        one = named[row["uri"]]
        if first[row["uri"]] is not row:  # once more in this batch
            same = all(row[name] == first[row["uri"]][name] for name in ("type", "body"))
            one = Kept(one.id, "kept" if same else "conflict")
        kept.append(one)
    return kept


def _row(person: str, activity: Activity) -> dict[str, Any]:
    own, done_to = activity.purposes, id_of(activity.object)
    if not own <= PURPOSES:
        raise Problem(
            "unknown_purpose",
            f"There is no purpose called {min(own - PURPOSES)!r}.",
            next=f"The purposes are: {', '.join(sorted(PURPOSES))}.",
        )
    return {
        "uri": key(activity.uri) if activity.uri else None,
        "type": activity.type,
        "published": activity.published,
        "purposes": None if own == PURPOSES else sorted(own),
        "object": key(done_to) if done_to else None,
        "body": {
            **activity.more,
            "actor": activity.actor or person,
            "object": activity.object,
            "target": activity.target,
        },
    }


def key(id: str) -> str:
    """An id as the ledger knows it: long ones are cut, with a hash that tells them apart."""
    id = cast("str", storable(id))
    if len(id) <= _LONGEST:
        return id
    return f"{id[: _LONGEST - 65]}#{hashlib.sha256(id.encode()).hexdigest()}"


def id_of(object: Any) -> str:
    """The id of an object: the object itself where it is one, "" where it has none."""
    if isinstance(object, dict):
        object = object.get("id")
    return object if isinstance(object, str) else ""


async def tail(
    store: Store, person: str, after: int = 0, *, purpose: str = "", limit: int = 1000
) -> list[Activity]:
    """Activities with an id above `after`, oldest first. With a `purpose` only those that may be
    used for it at this moment: stamped with it, not withdrawn since, not undone."""
    rows = await store.rows(
        person,
        _ROWS + " order by id limit %(limit)s",
        after=after, purpose=purpose, limit=limit,
    )  # fmt: skip
    return [activity_of(row) for row in rows]


async def listed(
    store: Store,
    person: str,
    *,
    before: int = 0,
    after: int | None = None,
    limit: int = 100,
    chosen: tuple[str, str, datetime | None] = ("", "", None),
) -> list[Activity]:
    """A person's activities, undone ones too: newest first, those `before` an id, or oldest first,
    those `after` one. `chosen` are a type, a purpose that they may be used for, and a time that
    they were published since; empty ones choose nothing."""
    type, purpose, since = chosen
    rows = await store.rows(
        person,
        _LISTED + (" order by id desc limit %(limit)s" if after is None
                   else " order by id limit %(limit)s"),
        before=before, after=after or 0, type=type, purpose=purpose, since=since, limit=limit,
    )  # fmt: skip
    return [activity_of(row) for row in rows]


def activity_of(row: Row) -> Activity:
    """A row of the table as an activity."""
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
        undone=row["undone"] or 0,
        more={name: value for name, value in body.items() if name not in _OWN},
    )


async def withdraw(store: Store, person: str, purpose: str, *, backwards: bool) -> int:
    """Let a withdrawal count: from this moment on there is nothing to do, for what comes is stamped
    with what is allowed then; `backwards`, no row so far is for that purpose any more, at once and
    in every process. Returns how many rows that took it from.

    First one mark that every reader looks at, then the stamps themselves, some at a time: whoever
    dies between leaves the mark.
    """
    if not backwards:
        return 0
    rows = await store.rows(
        person,
        """
        with turn as materialized (select ledger_turn()), last as (
            select max(id) as id from activities, turn
            where person = current_setting('musespark.person')
        ), marked as (
            insert into withdrawals (person, purpose, upto)
            select current_setting('musespark.person'), %(purpose)s, id from last where id > 0
            on conflict (person, purpose) do update set upto = excluded.upto, at = excluded.at
            returning person, upto
        )
        insert into removals (person, purpose, upto)
        select person, %(purpose)s, upto from marked returning upto
        """,
        purpose=purpose,
    )
    if not rows:
        return 0
    taken, after = 0, 0
    while after < rows[0]["upto"]:
        found = await store.rows(
            person,
            """
            with piece as (
                select id, %(purpose)s = any(purposes) as stamped from activities
                where person = current_setting('musespark.person')
                    and id > %(after)s and id <= %(upto)s order by id limit 5000
            ), done as (
                update activities set purposes = array_remove(purposes, %(purpose)s)
                from piece where activities.id = piece.id and stamped
                    and person = current_setting('musespark.person') returning 1
            )
            select max(id) as last, (select count(*) from done) as taken from piece
            """,
            purpose=purpose,
            after=after,
            upto=rows[0]["upto"],
        )
        taken += found[0]["taken"]
        after = found[0]["last"] or rows[0]["upto"]
    return taken


async def removals(store: Store, person: str, after: int = 0, limit: int = 1000) -> list[Removal]:
    """What left the ledger after the removal with the id `after`, oldest first: a fold that reads
    these before it reads the tail is never ahead of them."""
    rows = await store.rows(
        person,
        "select id, ids, purpose, upto from removals"
        " where person = current_setting('musespark.person') and id > %s order by id limit %s",
        after,
        limit,
    )
    return [Removal(**row) for row in rows]
