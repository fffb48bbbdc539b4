"""Purposes: what a person allows their data to be used for. Each is off until they say yes.

A change is one transaction: the state, the activity in the ledger that says so (Accept or Reject),
and the entry in the audit log.
"""

from __future__ import annotations

from musespark import ledger
from musespark.activity import PURPOSES
from musespark.problem import Problem
from musespark.store import Row, Store, as_json

USED = frozenset({"memory"})  # by something that is there today; the others wait for theirs


def state(row: Row) -> str:
    """`undecided`, `allowed` or `refused`, of a row of `of`."""
    return "undecided" if row["since"] is None else "allowed" if row["allowed"] else "refused"


def known(purpose: str) -> str:
    """The purpose itself. Raises Problem `unknown_purpose` (404)."""
    if purpose not in PURPOSES:
        raise Problem(
            "unknown_purpose",
            f"There is no purpose called {purpose[:80]!r}.",
            next=f"The purposes are: {', '.join(sorted(PURPOSES))}.",
            status=404,
        )
    return purpose


async def of(store: Store, person: str) -> list[Row]:
    """Every purpose with whether it is `allowed`, `since` when (None: never said), and `asked` when
    the person was asked in an answer (None: never)."""
    rows = await store.rows(
        person,
        """
        select purpose, coalesce(allowed, false) as allowed, since, asked
        from (select purpose, allowed, since from consents
              where person = current_setting('musespark.person', true)) as said
            full join (select purpose, at as asked from askings
              where person = current_setting('musespark.person', true)) as heard using (purpose)
        """,
    )
    said = {row["purpose"]: row for row in rows}
    return [
        said.get(name, {"purpose": name, "allowed": False, "since": None, "asked": None})
        for name in sorted(PURPOSES)
    ]


async def ask(store: Store, person: str, purpose: str, run: str) -> bool:
    """Whether this run may ask the person about a purpose: only where they never said anything and
    no other run has asked. It counts as asked from now on."""
    rows = await store.rows(
        person,
        """
        insert into askings as before (person, purpose, run)
        select current_setting('musespark.person'), %(purpose)s, %(run)s
        where not exists (select 1 from consents where purpose = %(purpose)s
            and person = current_setting('musespark.person', true))
        on conflict (person, purpose) do update set run = excluded.run
            where before.run = excluded.run
        returning purpose
        """,
        purpose=known(purpose),
        run=run,
    )
    return bool(rows)


async def change(
    store: Store,
    person: str,
    purpose: str,
    allowed: bool,
    *,
    actor: str = "",
    context: str = "",
    backwards: bool = False,
) -> bool:
    """Allow a purpose or withdraw it, from this moment on, or for all that was said before as well
    (`backwards`); False where it was so already. `context` says where the person was asked. Raises
    Problem `unknown_purpose`."""
    detail = {"allowed": allowed} | ({"context": context} if context else {})
    backwards = backwards and not allowed
    rows = await store.rows(
        person,
        """
        with changed as (
            insert into consents as before (person, purpose, allowed)
            values (current_setting('musespark.person'), %(purpose)s, %(allowed)s)
            on conflict (person, purpose) do update
                set allowed = excluded.allowed, since = clock_timestamp()
                where before.allowed is distinct from excluded.allowed or %(backwards)s
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
        purpose=known(purpose),
        allowed=allowed,
        backwards=backwards,
        actor=actor or person,
        body=as_json(
            {"actor": person, "object": {"type": "Purpose", "name": purpose}, "context": context}
        ),
        detail=as_json(detail | ({"backwards": True} if backwards else {})),
    )
    if backwards:  # also where it was withdrawn before: that may have been cut off half-way
        await ledger.withdraw(store, person, purpose, backwards=True)
    return bool(rows)
