"""Past runs: which there were, what they used, and what was attached to their questions."""

from __future__ import annotations

from typing import Any

import psycopg

from musespark.store import Row, Store
from musespark.wanted import Wanted


class Past:
    """The runs of a store, each person's own."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def listed(
        self, person: str, wanted: Wanted, limit: int = 50, before: str = ""
    ) -> tuple[list[Row], bool]:
        """The newest runs that are wanted, with the beginning of their question, and whether there
        are more. `before` is the id of the last one that the caller has."""
        words = wanted.words
        if words.asked and not words.some:
            return [], False
        rows = await self._store.rows(
            person,
            """
            select r.id, r.conversation, r.after, r.state, r.asked, r.mode, r.reason, r.durable,
                   r.usage, r.error, r.started, r.ended, c.title, (
                       select left(string_agg(said #>> '{}', ' '), 300) from messages m,
                           jsonb_path_query(coalesce(m.brief, m.parts),
                               '$[*] ? (@.type == "text").text') said
                       where m.conversation = r.conversation and m.run = r.id and m.role = 'user'
                   ) as question
            from runs r join conversations c on c.id = r.conversation
            where (%(before)s = '' or (r.started, r.id)
                       < (select started, id from runs where id = %(before)s))
              and (%(state)s = '' or r.state = %(state)s)
              and (%(mode)s = '' or r.mode = %(mode)s)
              and (%(since)s::timestamptz is null or r.started >= %(since)s)
              and (%(until)s::timestamptz is null or r.started < %(until)s)
              and (not %(some)s or r.conversation in (
                      select conversations_with(%(starts)s::text[], %(inside)s::text[]))
                  and not exists (
                      select from unnest(%(starts)s::text[]) word where not exists (
                          select from messages m
                          where m.conversation = r.conversation and m.run = r.id
                            and to_tsvector('simple', words_of(coalesce(m.brief, m.parts))) @@ (
                                nullif(plainto_tsquery('simple', word)::text, '') || ':*')::tsquery
                  ))
                  and not exists (
                      select from unnest(%(inside)s::text[]) word where not exists (
                          select from messages m
                          where m.conversation = r.conversation and m.run = r.id
                            and position(word in words_of(coalesce(m.brief, m.parts))) > 0)))
            order by r.started desc, r.id desc limit %(limit)s
            """,
            before=before,
            state=wanted.state,
            mode=wanted.mode,
            since=wanted.since,
            until=wanted.until,
            some=words.some,
            starts=words.starts,
            inside=words.inside,
            limit=limit + 1,
        )
        return rows[:limit], len(rows) > limit

    async def used(self, person: str, days: int, zone: str) -> dict[str, Any]:
        """What the runs of the last days used, a row for each day of that time zone and mode,
        oldest first; and which day it is there. Raises ValueError for an unknown zone."""
        try:
            rows = await self._used(person, days, zone)
        except psycopg.errors.InvalidParameterValue:
            raise ValueError(zone) from None
        today = rows[0]["today"]
        for row in rows:
            del row["today"]
        return {"zone": zone, "today": today, "days": [row for row in rows if row["day"]]}

    async def _used(self, person: str, days: int, zone: str) -> list[Row]:
        return await self._store.rows(
            person,
            """
            with span as (select date_trunc('day', now() at time zone %(zone)s) as today)
            select to_char(today, 'YYYY-MM-DD') as today,
                   to_char(started at time zone %(zone)s, 'YYYY-MM-DD') as day, mode,
                   count(id) as runs,
                   jsonb_build_object(
                       'input', coalesce(sum((usage ->> 'input')::bigint), 0),
                       'output', coalesce(sum((usage ->> 'output')::bigint), 0)) as tokens,
                   coalesce(sum((usage ->> 'cost')::double precision), 0) as cost,
                   coalesce(sum(extract(epoch from ended - started)), 0)::double precision
                       as seconds
            from span left join runs
                on started >= (today - make_interval(days => %(days)s - 1)) at time zone %(zone)s
            group by 1, 2, 3 order by 2, 3
            """,
            zone=zone,
            days=days,
        )

    async def attachment(self, person: str, run: str, number: int) -> Row | None:
        """What was attached to a run's question, as it was sent; None where there is no such."""
        rows = await self._store.rows(
            person,
            """
            select part from (
                select part, row_number() over (order by m.id, place) - 1 as number
                from runs r join messages m on m.conversation = r.conversation and m.run = r.id,
                    jsonb_array_elements(m.parts) with ordinality p(part, place)
                where r.id = %(run)s and m.role = 'user'
                  and part ->> 'type' in ('image', 'document', 'table', 'pages', 'file')
            ) attached where number = %(number)s
            """,
            run=run,
            number=number,
        )
        return rows[0]["part"] if rows else None
