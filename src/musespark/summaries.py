"""The summaries of talks that a person has, and the talks that have none yet."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

from msgspec import Struct

from musespark.activity import Activity
from musespark.memo import ANSWERS, Memory
from musespark.memory import Memories

_LEAST = 4  # things that a person said in a talk worth summing up
_MOST = 60  # of them in one summary
_TALKS = 10  # at once


class Talk(Struct, frozen=True):
    """What a person said in one conversation and nobody has summed up."""

    context: str
    said: list[Memory]


class Summaries:
    """The summaries among the memories of a store."""

    def __init__(self, memories: Memories) -> None:
        self.memories = memories

    async def talks(self, person: str) -> list[Talk]:
        """The talks with enough in them that no summary rests on, those of last first."""
        rows = await self.memories.store.rows(
            person,
            """
            with newest as (
                select id, body #>> '{object,context}' as context from activities
                where person = current_setting('musespark.person')
                  and 'memory' = any(purposes) and undone is null and type in ('Create', 'Update')
                  and coalesce(body #>> '{object,attributedTo}', person) = person
                  and coalesce(nullif(body ->> 'actor', ''), person) = person
                order by id desc limit 5000
            ), summed as (
                select distinct unnest(sources) as id from memory_marks
                where person = current_setting('musespark.person') and sources is not null
            )
            select context, array_agg(id order by id) as ids from newest
            where context is not null
              and not exists (select from summed where summed.id = newest.id)
            group by context having count(*) >= %s order by max(id) desc limit %s
            """,
            _LEAST,
            _TALKS,
        )
        found = []
        for row in rows:
            said = await self.memories.these(person, row["ids"][-_MOST:])
            said = [one for one in said if one.mine and not one.generated]
            if len(said) >= _LEAST:
                found.append(Talk(row["context"], said))
        return found

    async def keep(self, person: str, talk: Talk, words: str) -> bool:
        """Keep a summary of a talk, marked as generated and with its sources; False where one of
        those was forgotten meanwhile."""
        ids = [one.id for one in talk.said]
        name = hashlib.sha256(repr(ids).encode()).hexdigest()[:24]
        thing = {
            "type": "Note", "content": words, "attributedTo": ANSWERS, "context": talk.context,
            "generator": {"name": "summary"}, "published": datetime.now(UTC).isoformat(),
        }  # fmt: skip
        activity = Activity(
            type="Create", object=thing, actor=person, purposes=frozenset({"memory"}),
            uri=f"urn:musespark:summary:{name}",
        )  # fmt: skip
        kept = await self.memories.keep(person, [activity])
        if not kept:
            return False
        await self.memories.store.rows(
            person,
            """
            insert into memory_marks (person, activity, sources)
            values (current_setting('musespark.person'), %s, %s)
            on conflict (person, activity) do update set sources = excluded.sources
            """,
            kept[0],
            ids,
        )
        if len(await self.memories.these(person, ids)) < len(ids):
            await self.memories.forget(person, kept)
            return False
        return True
