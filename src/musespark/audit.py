"""The audit log: who saw or changed what of a person's, for that person to read."""

from __future__ import annotations

from typing import Any

from musespark.store import Row, Store, as_json


async def note(
    store: Store,
    person: str,
    deed: str,
    *,
    actor: str = "",
    about: str = "",
    detail: dict[str, Any] | None = None,
) -> None:
    """Write down that `actor` (a person's id, "" for the server itself) did something with what is
    `person`'s. `deed` is a snake_case word such as `consent_changed`. Never write their words."""
    await store.rows(
        person,
        "insert into audit (person, actor, deed, about, detail) values (%s, %s, %s, %s, %s::jsonb)",
        person,
        actor,
        deed,
        about,
        as_json(detail or {}),
    )


async def of(
    store: Store,
    person: str,
    limit: int = 50,
    before: int = 0,
    *,
    deed: str = "",
    others: bool = False,
) -> list[Row]:
    """The newest entries, or those before the entry `before`; only those of one `deed`, only what
    `others` (and the server itself) did."""
    return await store.rows(
        person,
        """
        select id, at, actor, deed, about, detail from audit
        where person = current_setting('musespark.person', true)
            and (%(before)s = 0 or id < %(before)s) and (%(deed)s = '' or deed = %(deed)s)
            and (not %(others)s or actor <> person)
        order by id desc limit %(limit)s
        """,
        before=before,
        deed=deed,
        others=others,
        limit=limit,
    )
