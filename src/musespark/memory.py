"""Memory: what is remembered of a person, for them to recall, list, edit, pin and forget.

Nothing is rewritten to be remembered: a memory is a row of the ledger that may be used for the
purpose `memory`, word for word. What is recalled is found by `remembered` (the search) and by the
facts that the person said of themself, of which the newest counts and the older ones are kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, LiteralString

from msgspec import Struct, structs

from musespark import audit, facts, ledger
from musespark.activity import Activity
from musespark.known import Known, in_words
from musespark.known import chain as in_order
from musespark.language import speech
from musespark.memo import ANSWERS, RUN, Memory
from musespark.problem import Problem
from musespark.said import said
from musespark.spell import spell
from musespark.store import Row, Store, as_json
from musespark.wishes import fold

if TYPE_CHECKING:
    from musespark.remembered import Remembered

_LOOKED_AT = 40  # hits of which the best are chosen
_LONGEST = 100_000  # characters of one memory
_PER_TOKEN = 3.2


Beside = Callable[[Coroutine[Any, Any, None]], None]


class Listed(Struct, frozen=True, kw_only=True):
    """Which memories: what is empty does not matter. `before` is the id of the last one had."""

    wanted: str = ""
    source: str = ""
    conversation: str = ""
    since: datetime | None = None
    until: datetime | None = None
    pinned: bool | None = None
    mine: bool | None = None
    generated: bool | None = None
    before: int = 0
    limit: int = 50


class Memories:
    """The memories of a store, each person's own."""

    def __init__(self, store: Store, beside: Beside | None = None) -> None:
        """`beside` does something while nobody waits for it."""
        self.store, self.known, self._beside = store, Known(store), beside
        self._following: set[str] = set()

    @cached_property
    def remembered(self) -> Remembered:
        """The search, made when it is first needed: it takes a moment to load."""
        from musespark.remembered import Remembered

        return Remembered(self.store)

    def drop(self, gone: Callable[[str], bool]) -> None:
        """Let go of what this process holds of people who were forgotten."""
        if "remembered" in self.__dict__:
            for person in [own for own in self.remembered.held if gone(own)]:
                self.remembered.drop(person)

    def follow(self, person: str) -> None:
        """Read what is new in the ledger, so that the next question need not wait: after an import,
        for instance. It goes on beside."""
        if self._beside is not None and person not in self._following:
            self._following.add(person)
            self._beside(self._follow(person))

    async def _follow(self, person: str) -> None:
        try:
            await self.known.follow(person)
            await self.remembered.follow(person)
        finally:
            self._following.discard(person)

    # -- recalling --------------------------------------------------------------------------------

    async def recall(
        self,
        person: str,
        question: str,
        *,
        now: datetime,
        language: str = "en",
        tokens: int = 600,
        most: int = 12,
        slot: str | None = None,
    ) -> list[Memory]:
        """What helps with a question, at most `tokens` of it: what is pinned, then the facts of the
        `slot` (where none is given, the one that it asks for), the newest first, then what else was
        said of it, best first."""
        slot = facts.asked(question) if slot is None else slot
        hits, (told, whole), pinned = await asyncio.gather(
            self.remembered.recall(person, question, now=now, language=language, most=_LOOKED_AT),
            self.known.said(person, slot) if slot else _none(),
            self.pinned(person),
        )
        scores = {hit.id: hit for hit in hits}
        if not whole:  # of what is not read for facts yet, at least what a search finds
            self.follow(person)
            more = await self.remembered.recall(
                person, f"{question} {facts.cues(slot)}", now=now, language=language, most=200
            )
            for own in await self._read(person, [*scores, *(hit.id for hit in more)]):
                told += in_words(own.id, own.text, own.said, slot) if own.mine else []
        chain = {row["activity"]: row for row in in_order(told, slot, now)}
        wanted = [*pinned, *(n for n in (*chain, *scores) if n not in pinned)]
        found = {one.id: one for one in await self._read(person, wanted)}
        chosen: list[Memory] = []
        for id in wanted:
            if (one := found.get(id)) is None:
                continue
            if id in chain:
                one = _as_fact(one, chain[id])
            chosen.append(_scored(one, scores.get(id)))
        return [spelled(one) for one in fitting(collapsed(chosen), tokens, most)]

    async def these(self, person: str, ids: Sequence[int]) -> list[Memory]:
        """The memories with these ids, in this order; those that are none are left out."""
        return [spelled(one) for one in await self._read(person, ids)]

    async def _read(self, person: str, ids: Sequence[int]) -> list[Memory]:
        """The same, without the days from which and until which they hold."""
        if not ids:
            return []
        rows = await self.store.rows(
            person,
            f"{_SELECT} and a.id = any(%(ids)s)",
            ids=list(ids),
        )
        found = {row["id"]: one for row in rows if (one := memory_of(row, person)) is not None}
        return [found[id] for id in ids if id in found]

    async def one(self, person: str, id: int) -> Memory:
        """One memory. Raises Problem `unknown_memory`."""
        found = await self.these(person, [id])
        if not found:
            raise unknown(id)
        return found[0]

    async def wordings(self, person: str, id: int) -> list[dict[str, Any]]:
        """The wordings of a memory before the one it has, the newest first, each with `until` when
        it had them."""
        rows = await self.store.rows(
            person,
            """
            with recursive older as (
                select id, body, 0 as back from activities
                where id = %s and person = current_setting('musespark.person')
                union all
                select a.id, a.body, back + 1 from older join activities a
                    on a.id = (older.body ->> 'formerly')::bigint
                where a.person = current_setting('musespark.person') and back < 1000
            )
            select id, body from older order by back
            """,
            id,
        )
        found = []
        for newer, row in pairwise(rows):
            thing = row["body"].get("object") or {}
            until = str((newer["body"].get("object") or {}).get("updated") or "")
            if isinstance(thing.get("content"), str) and until:
                found.append({"text": thing["content"], "until": datetime.fromisoformat(until)})
        return found

    async def listed(
        self, person: str, which: Listed, *, now: datetime | None = None, language: str = "en"
    ) -> tuple[list[Memory], bool]:
        """The memories that are wanted, the newest first (with words that are `wanted`, the best
        first), and whether there are more."""
        ids: list[int] | None = None
        hits: dict[int, Any] = {}
        if which.wanted.strip():
            best = await self.remembered.recall(
                person, which.wanted, now=now or datetime.now(UTC), language=language, most=200
            )
            hits = {hit.id: hit for hit in best}
            ids = list(hits)
            if which.before in ids:
                ids = ids[ids.index(which.before) + 1 :]
        rows = await self.store.rows(
            person,
            f"""{_SELECT}
              and (%(ids)s::bigint[] is null or a.id = any(%(ids)s))
              and (%(before)s = 0 or %(ids)s::bigint[] is not null or a.id < %(before)s)
              and (%(source)s = '' or %(source)s =
                    coalesce(a.body #>> '{{object,generator,name}}', ''))
              and (%(conversation)s = '' or a.body #>> '{{object,context}}' = %(conversation)s)
              and (%(since)s::timestamptz is null or a.published >= %(since)s)
              and (%(until)s::timestamptz is null or a.published < %(until)s)
              and (%(pinned)s::boolean is null or (m.pinned is not null) = %(pinned)s)
              and (%(generated)s::boolean is null or (m.sources is not null) = %(generated)s)
              and (%(mine)s::boolean is null or %(mine)s = (
                    coalesce(a.body #>> '{{object,attributedTo}}', a.person) = a.person
                    and coalesce(nullif(a.body ->> 'actor', ''), a.person) = a.person))
            order by a.id desc limit %(most)s""",
            ids=ids, before=which.before, source=which.source, conversation=which.conversation,
            since=which.since, until=which.until, pinned=which.pinned, mine=which.mine,
            generated=which.generated, most=which.limit + 1 if ids is None else 200,
        )  # fmt: skip
        if ids is not None:
            place = {id: n for n, id in enumerate(ids)}
            rows.sort(key=lambda row: place[row["id"]])
        found = [memory_of(row, person) for row in rows[: which.limit]]
        told = [_scored(spelled(one), hits.get(one.id)) for one in found if one is not None]
        return told, len(rows) > which.limit

    async def count(self, person: str) -> int:
        """How many there are."""
        rows = await self.store.rows(person, _COUNT)
        return int(rows[0]["n"])

    async def pinned(self, person: str) -> list[int]:
        rows = await self.store.rows(
            person,
            """
            select activity from memory_marks where pinned is not null
            and person = current_setting('musespark.person') order by pinned desc limit 20
            """,
        )
        return [row["activity"] for row in rows]

    # -- remembering ------------------------------------------------------------------------------

    async def keep(self, person: str, said: Sequence[Activity], run: str = "") -> list[int]:
        """Remember what was said, once for each uri, if the person allows it at this moment. What
        was said in a run that was erased meanwhile is not. Raises Problem."""
        ids = await ledger.append_many(self.store, person, said)
        gone = await self.store.rows(
            person,
            """
            with run as materialized (select id from runs where id = %(run)s for key share)
            delete from activities where id = any(%(ids)s)
                and person = current_setting('musespark.person')
                and ('memory' <> all(purposes) and undone is null
                     or %(run)s <> '' and not exists (select from run)) returning id
            """,
            run=run,
            ids=ids,
        )
        lost = {row["id"] for row in gone}
        return [id for id in ids if id not in lost]

    async def edit(self, person: str, id: int, text: str, *, actor: str = "") -> Memory:
        """Give a memory other words. It becomes a new row of the ledger, an Update; the old words
        stay in the ledger as they were and are not used any more. Raises Problem."""
        text = text.strip()
        if not text or len(text) > _LONGEST:
            raise Problem(
                "empty_memory" if not text else "memory_too_long",
                "A memory needs words." if not text else "This is too long for a memory.",
                next="Send some words, or forget it with DELETE." if not text
                else f"Send at most {_LONGEST:,} characters.",
            )  # fmt: skip
        rows = await self.store.rows(
            person,
            """
            with turn as materialized (select ledger_turn()), old as (
                select a.* from activities a, turn where a.id = %(id)s
                    and person = current_setting('musespark.person') and 'memory' = any(purposes)
                    and undone is null
            ), made as (
                insert into activities (person, type, published, purposes, object, body)
                select person, 'Update', published, '{memory}', object, body || jsonb_build_object(
                    'object', (body -> 'object') - 'mediaType' - 'contentMap' || %(change)s::jsonb,
                    'formerly', id)
                from old returning id
            ), retired as (
                update activities set purposes = array_remove(purposes, 'memory')
                where id in (select id from old) and person = current_setting('musespark.person')
            ), marked as (
                update memory_marks set activity = (select id from made) where activity = %(id)s
                    and person = current_setting('musespark.person') and exists (select from made)
            ), dropped as (
                delete from facts where activity = %(id)s
                    and person = current_setting('musespark.person')
            ), told as (
                insert into removals (person, ids) select person, array[id] from old
            )
            select id from made
            """,
            id=id,
            change=as_json({"content": text, "updated": datetime.now(UTC).isoformat()}),
        )
        if not rows:
            raise unknown(id)
        await self.remembered.forget(person, [id])
        await audit.note(self.store, person, "memory_edited", actor=actor or person, about=str(id))
        return await self.one(person, rows[0]["id"])

    async def pin(self, person: str, id: int, pinned: bool, *, actor: str = "") -> Memory:
        """Pin a memory, so that it always comes to recall first, or take it down. Raises
        Problem."""
        await self.one(person, id)
        await self.store.rows(
            person,
            """
            insert into memory_marks (person, activity, pinned)
            values (current_setting('musespark.person'), %(id)s, case when %(pin)s then now() end)
            on conflict (person, activity) do update
                set pinned = case when %(pin)s then coalesce(memory_marks.pinned, now()) end
            """,
            id=id,
            pin=pinned,
        )
        await audit.note(
            self.store, person, "memory_edited", actor=actor or person, about=str(id),
            detail={"pinned": pinned},
        )  # fmt: skip
        return await self.one(person, id)

    async def forget(self, person: str, ids: Iterable[int], *, actor: str = "") -> list[int]:
        """Forget memories for good: their words, also as they were before an edit, the facts in
        them, and the summaries that rest on them. Returns the ids of those that were there.

        A row that has a uri stays without any content, so that an import does not bring it back.
        """
        wanted = list(dict.fromkeys(ids))
        gone: list[int] = []
        for start in range(0, len(wanted), 1000):
            rows = await self.store.rows(person, _FORGET, ids=wanted[start : start + 1000])
            gone += [row["id"] for row in rows]
        if gone:
            await self.remembered.forget(person, gone)
            kept = [id for id in wanted if id in set(gone)]
            await audit.note(
                self.store, person, "memory_forgotten", actor=actor or person,
                detail={"count": len(kept)},
            )  # fmt: skip
            return kept
        return []

    async def forget_wordings(self, person: str, id: int, *, actor: str = "") -> int:
        """Forget how a memory was worded before it was changed; the memory itself stays as it is.
        Returns how many wordings there were. Raises Problem."""
        await self.one(person, id)
        rows = await self.store.rows(person, _FORGET_WORDINGS, id=id)
        if rows:
            await audit.note(
                self.store, person, "memory_forgotten", actor=actor or person, about=str(id),
                detail={"wordings": len(rows)},
            )  # fmt: skip
        return len(rows)

    async def forget_where(self, person: str, which: Listed, *, actor: str = "") -> int:
        """Forget all memories of a source, a conversation or a time; returns how many."""
        count = 0
        while True:
            found, _ = await self.listed(person, structs.replace(which, limit=1000))
            gone = await self.forget(person, [one.id for one in found], actor=actor)
            count += len(gone)
            if not gone:
                return count

    async def erased(self, person: str, ids: Sequence[int]) -> None:
        """Rows left the ledger with a run or a conversation: nothing else keeps their words."""
        if ids:
            await self.store.rows(person, _DROP, ids=list(ids))
            await self.remembered.forget(person, list(ids))


def memory_of(row: Row, person: str) -> Memory | None:
    """A row of the ledger as a memory, but for its `spelled` days; None where it holds no
    words."""
    activity = ledger.activity_of(row)
    words = said(structs.replace(activity, type="Create"))
    if words is None or not isinstance(activity.object, dict):
        return None
    thing = activity.object
    generator = thing.get("generator")
    source = generator.get("name") if isinstance(generator, dict) else ""
    run = (activity.uri or "").removeprefix(RUN).partition(":")[0]
    talk = bool(activity.uri and activity.uri.startswith(RUN)) or source == "chat"
    mine = activity.actor in ("", person) and words.speaker in ("", person)
    text = "\n\n".join(filter(None, (words.text, words.caption if not words.text else "")))
    return Memory(
        id=activity.id,
        text=text or words.title,
        said=words.at,
        speaker=words.speaker,
        mine=mine,
        # What a picture or a file shows is nobody's own word, whoever attached it.
        outside=not words.text
        or (not mine and (words.speaker != ANSWERS or bool(thing.get("outside")))),
        name=words.title,
        source=source if isinstance(source, str) else "",
        conversation=words.context if talk else "",
        run=run if talk and activity.uri else "",
        pinned=row["pinned"] is not None,
        edited=activity.type == "Update",
        generated=row["sources"] is not None,
        sources=tuple(row["sources"] or ()),
    )


def spelled(one: Memory) -> Memory:
    """The memory with the days from which and until which it holds, as far as its words tell."""
    first = one.text[:300]
    if one.slot or not any(map(str.isalpha, first)):
        return one
    when = spell(fold(first), speech(first, "en"), one.said.date())
    if when.since is None and when.until is None:
        return one
    return structs.replace(one, true_from=when.since, true_until=when.until)


def _as_fact(one: Memory, row: Row) -> Memory:
    return structs.replace(
        one, slot=row["slot"], value=row["value"], current=row["current"], ahead=row["ahead"],
        true_from=row["since"], true_until=row["until"],
    )  # fmt: skip


def _scored(one: Memory, hit: Any) -> Memory:
    """The memory with what the search said of it."""
    return one if hit is None else structs.replace(one, score=hit.score, why=_why(hit.why))


def _why(terms: Any) -> str:
    if not isinstance(terms, dict):
        return str(terms or "")
    best = sorted(terms.items(), key=lambda term: -abs(term[1]))[:4]
    return ", ".join(f"{name} {value:.2g}" for name, value in best if value)


def collapsed(found: Iterable[Memory]) -> Iterator[Memory]:
    """The memories without those that say what another says as well: of these the first stays."""
    seen: list[tuple[set[str], bool]] = []
    for one in found:
        words = set(fold(one.text[:2000]).split())
        if not any(mine == one.mine and _same(words, other) for other, mine in seen):
            seen.append((words, one.mine))
            yield one


def _same(a: set[str], b: set[str]) -> bool:
    return len(a & b) >= 0.9 * max(len(a | b), 1)


def fitting(found: Iterable[Memory], tokens: int, most: int) -> list[Memory]:
    """The first memories that take at most so many tokens; a long one is left out, unless it is
    the first: then it is cut."""
    chosen: list[Memory] = []
    left = float(tokens)
    for one in found:
        cost = len(one.text) / _PER_TOKEN + 16
        if cost > left:
            if chosen or left < 40:
                continue
            cut = int((left - 16) * _PER_TOKEN)
            one, cost = structs.replace(one, text=one.text[:cut].rstrip() + " […]"), left
        chosen.append(one)
        left -= cost
        if len(chosen) == most:
            break
    return chosen


async def _none() -> tuple[list[Row], bool]:
    return [], True


def unknown(id: int) -> Problem:
    return Problem(
        "unknown_memory", f"There is no memory {id} of yours.", status=404,
        next="GET /v1/me/memory or `musespark memory` lists them.",
    )  # fmt: skip


_SELECT: LiteralString = """
select a.id, a.uri, a.type, a.published, a.purposes, a.undone, a.body, m.pinned, m.sources
from activities a left join memory_marks m on m.person = a.person and m.activity = a.id
where a.person = current_setting('musespark.person') and 'memory' = any(a.purposes)
  and a.undone is null and a.type in ('Create', 'Update')
  and jsonb_typeof(a.body -> 'object') = 'object'
  and (a.body -> 'object' ?| array['content', 'contentMap', 'name', 'attachment'])
  and a.id > coalesce((select upto from withdrawals w where w.purpose = 'memory'
                       and w.person = current_setting('musespark.person')), 0)
"""

_COUNT: LiteralString = f"select count(*) as n from ({_SELECT}) as every"  # noqa: S608

# The rows themselves, as they were before each edit, and the summaries that rest on them.
_FORGET = """
with recursive turn as materialized (select ledger_turn()), wanted as (
    select a.id, (a.body ->> 'formerly')::bigint as formerly from activities a, turn
    where a.person = current_setting('musespark.person') and a.type in ('Create', 'Update')
      and 'memory' = any(a.purposes)
      and (a.id = any(%(ids)s) or a.id in (select activity from memory_marks
           where person = current_setting('musespark.person') and sources && %(ids)s::bigint[]))
    union
    select a.id, (a.body ->> 'formerly')::bigint
    from wanted w join activities a on a.id = w.formerly
    where a.person = current_setting('musespark.person')
), emptied as (
    update activities a set purposes = '{}', undone = a.id, body = jsonb_build_object(
        'actor', a.body -> 'actor', 'object', jsonb_strip_nulls(jsonb_build_object(
            'type', 'Tombstone', 'formerType', a.body #> '{object,type}')))
    where a.id in (select id from wanted) and a.uri is not null
      and a.person = current_setting('musespark.person') returning a.id
), deleted as (
    delete from activities a where a.id in (select id from wanted) and a.uri is null
      and a.person = current_setting('musespark.person') returning a.id
), told as (
    insert into removals (person, ids)
    select current_setting('musespark.person'), array_agg(id) from emptied having count(*) > 0
), unmarked as (
    delete from memory_marks where activity in (select id from wanted)
      and person = current_setting('musespark.person')
), unsaid as (
    delete from facts where activity in (select id from wanted)
      and person = current_setting('musespark.person')
)
select id from wanted
"""

# They are in no index any more; what stays of each is that there was one.
_FORGET_WORDINGS = """
with recursive turn as materialized (select ledger_turn()), older as (
    select (a.body ->> 'formerly')::bigint as id from activities a, turn
    where a.id = %(id)s and a.person = current_setting('musespark.person')
    union
    select (a.body ->> 'formerly')::bigint from older join activities a on a.id = older.id
    where a.person = current_setting('musespark.person')
)
update activities a set undone = a.id, body = jsonb_strip_nulls(jsonb_build_object(
        'actor', a.body -> 'actor', 'formerly', a.body -> 'formerly',
        'object', jsonb_build_object('type', 'Tombstone', 'formerType', a.body #> '{object,type}')))
where a.id in (select id from older) and a.person = current_setting('musespark.person')
    and a.body #>> '{object,type}' is distinct from 'Tombstone' returning a.id
"""

_DROP = """
with unmarked as (
    delete from memory_marks where person = current_setting('musespark.person')
      and (activity = any(%(ids)s) or sources && %(ids)s::bigint[])
    returning activity, sources
), unsummed as (
    delete from activities where person = current_setting('musespark.person')
      and id in (select activity from unmarked where sources is not null)
)
delete from facts where activity = any(%(ids)s) and person = current_setting('musespark.person')
"""
