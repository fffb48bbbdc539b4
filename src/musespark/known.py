"""What is known of a person by their own words: a fold over the ledger, facts by their slot.

It can be thrown away: what a person said of themself is read out of the ledger by the patterns of
`facts`, and of each slot the newest counts, the older ones are kept. Where the patterns are others
than those by which it was made, it is made anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime

from musespark import facts, ledger
from musespark.activity import Activity
from musespark.said import said
from musespark.store import Row, Store, as_json
from musespark.wishes import fold

_AT_ONCE = 400  # rows of the ledger that are read while somebody waits
_PIECE = 2_000  # and while nobody does
_FEW = 50  # that need no thread


class Known:
    """The facts of all people, each person's own."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def said(self, person: str, slot: str) -> tuple[list[Row], bool]:
        """What the person said of a slot, and whether all of the ledger is read: the rest of a
        large import is read beside."""
        whole = await self.follow(person, _AT_ONCE)
        rows = await self.store.rows(
            person,
            """
            select activity, slot, value, said, at, since, until from facts
            where person = current_setting('musespark.person') and slot = any(%s)
            order by at desc, said desc, activity desc limit 40
            """,
            list(facts.near(slot)),
        )
        return rows, whole

    async def follow(self, person: str, most: int = 1_000_000) -> bool:
        """Read what is new in the ledger for facts, at most that many rows; whether all is read."""
        read = 0
        while read < most:
            piece = min(_PIECE, most - read)
            rows = await self.store.rows(
                person,
                """
                select coalesce(max(reach), 0) as reach, coalesce(max(removed), 0) as removed,
                    max(version) as version, (select max(id) from activities
                     where person = current_setting('musespark.person')) as last
                from facts_reach where person = current_setting('musespark.person')
                """,
            )
            reach, removed, last = rows[0]["reach"], rows[0]["removed"], rows[0]["last"] or 0
            if rows[0]["version"] not in (None, facts.version()):
                await self.store.rows(person, _ANEW, version=facts.version())
                read += 1
                continue
            gone = await ledger.removals(self.store, person, removed)
            new = []
            if last > reach:
                new = await ledger.tail(self.store, person, reach, purpose="memory", limit=piece)
            if not gone and last <= reach:
                return True
            if len(new) < _FEW:
                found = _facts_of(new, person)
            else:
                found = await asyncio.to_thread(_facts_of, new, person)
            full = len(new) >= piece
            await self.store.rows(
                person, _FOLD, rows=as_json(found),
                reach=new[-1].id if full else last,
                removed=gone[-1].id if gone else removed,
                gone=[id for one in gone for id in one.ids],
                upto=max((one.upto for one in gone if one.purpose == "memory"), default=0),
                version=facts.version(),
            )  # fmt: skip
            read += max(len(new), 1)
            if not full and len(gone) < 1000:
                return True
        return False


def chain(rows: Iterable[Row], slot: str, now: datetime) -> list[Row]:
    """What was said of a slot, each value once, the newest truth first: rows with the `activity`,
    the `value`, the days `since` and `until`, and whether it is `current` or `ahead`."""
    ordered = sorted(rows, key=lambda row: (row["at"], row["said"], row["activity"]), reverse=True)
    if any(row["slot"] == slot for row in ordered):
        ordered = [row for row in ordered if row["slot"] == slot]
    newest: dict[str, Row] = {}
    for row in ordered:  # the same again: the newest time that it was said
        newest.setdefault(fold(row["value"]), row)
    found, today = False, now.date()
    for row in newest.values():
        row["ahead"] = row["at"] > today
        over = row["until"] is not None and row["until"] < today
        row["current"] = not (row["ahead"] or over or found)
        found = found or (row["current"] and not facts.many(row["slot"]))
    return sorted(newest.values(), key=lambda row: not row["current"])


def in_words(id: int, text: str, said: datetime, slot: str) -> list[Row]:
    """What one text says of a slot."""
    found = facts.facts(text, said.date())
    return [_row(id, said, fact) for fact in found if fact.slot in facts.near(slot)]


def _row(id: int, said: datetime, fact: facts.Fact) -> Row:
    when, day = fact.spell, said.date()
    return {
        "activity": id, "slot": fact.slot, "value": fact.value, "said": said,
        "since": when.since, "until": when.until,
        "at": when.since if when.told and when.since else day,
    }  # fmt: skip


def _facts_of(activities: Sequence[Activity], person: str) -> list[Row]:
    """The facts that the person themself said in these, as rows."""
    found: list[Row] = []
    for activity in activities:
        words = said(activity) if activity.type in _WORDED else None
        if words is None or activity.actor not in ("", person):
            continue
        if words.speaker not in ("", person):
            continue
        for fact in facts.facts(words.text, words.at.date()):
            found.append(_row(activity.id, words.at, fact))
    return found


_WORDED = ("Create", "Update")


# Found by other patterns than those of now: the words are read once more.
_ANEW = """
with anew as (
    update facts_reach set reach = 0, version = %(version)s
    where person = current_setting('musespark.person') and version <> %(version)s returning 1
)
delete from facts where person = current_setting('musespark.person') and exists (select from anew)
"""

_FOLD = """
with held as (
    insert into facts_reach (person, reach, removed, version)
    values (current_setting('musespark.person'), %(reach)s, %(removed)s, %(version)s)
    on conflict (person) do update set reach = greatest(facts_reach.reach, excluded.reach),
        removed = greatest(facts_reach.removed, excluded.removed)
        where facts_reach.version = excluded.version
    returning person
), gone as (
    delete from facts where person in (select person from held)
      and (activity = any(%(gone)s) or activity <= %(upto)s)
)
insert into facts (person, activity, slot, value, said, at, since, until)
select held.person, f.* from held, jsonb_to_recordset(%(rows)s::jsonb)
    as f(activity bigint, slot text, value text, said timestamptz, at date, since date, until date)
where exists (select from activities a where a.id = f.activity and a.undone is null
              and 'memory' = any(a.purposes) and a.person = current_setting('musespark.person'))
on conflict do nothing
"""
