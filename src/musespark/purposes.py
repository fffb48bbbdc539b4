"""Purposes: what a person allows their data to be used for. Each is off until they say yes.

A change is one transaction: the state, the activity in the ledger that says so (Accept or Reject),
and the entry in the audit log.
"""

from __future__ import annotations

from musespark.activity import PURPOSES
from musespark.problem import Problem
from musespark.store import Row, Store, as_json


async def of(store: Store, person: str) -> list[Row]:
    """Every purpose with whether it is `allowed`, and `since` when (None: never said)."""
    rows = await store.rows(person, "select purpose, allowed, since from consents")
    said = {row["purpose"]: row for row in rows}
    return [
        said.get(purpose, {"purpose": purpose, "allowed": False, "since": None})
        for purpose in sorted(PURPOSES)
    ]


async def change(
    store: Store, person: str, purpose: str, allowed: bool, *, actor: str = "", context: str = ""
) -> bool:
    """Allow a purpose or withdraw it, from this moment on; False where it was so already.
    `context` says where the person was asked. Raises Problem `unknown_purpose`."""
    if purpose not in PURPOSES:
        raise Problem(
            "unknown_purpose",
            f"There is no purpose called {purpose[:80]!r}.",
            next=f"The purposes are: {', '.join(sorted(PURPOSES))}.",
        )
    rows = await store.rows(
        person,
        """
        with changed as (
            insert into consents as before (person, purpose, allowed)
            values (current_setting('musespark.person'), %(purpose)s, %(allowed)s)
            on conflict (person, purpose) do update
                set allowed = excluded.allowed, since = clock_timestamp()
                where before.allowed is distinct from excluded.allowed
            returning person
        ), told as (
            insert into activities (person, type, body)
            select person, case when %(allowed)s then 'Accept' else 'Reject' end, %(body)s::jsonb
            from changed
        )
        insert into audit (person, actor, deed, about, detail)
        select person, %(actor)s, 'consent_changed', %(purpose)s, %(detail)s::jsonb from changed
        returning id
        """,
        purpose=purpose,
        allowed=allowed,
        actor=actor or person,
        body=as_json(
            {"actor": person, "object": {"type": "Purpose", "name": purpose}, "context": context}
        ),
        detail=as_json({"allowed": allowed} | ({"context": context} if context else {})),
    )
    return bool(rows)
