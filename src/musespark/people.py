"""People: who each is, their role, and what they allow at this moment.

What is known of a person is remembered for a moment, so that a turn costs no query; a change that
this process makes counts at once (`changed`), one of another process within REMEMBERED. Reading the
ledger for a purpose asks the database itself, so that a withdrawal counts from that moment.
"""

from __future__ import annotations

import time
from collections import OrderedDict

from musespark.person import OWNER, Person
from musespark.store import Store

REMEMBERED = 2.0  # seconds
_MOST = 10_000  # people remembered at once


class People:
    """The people of this database, as one process sees them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: OrderedDict[str, tuple[float, Person]] = OrderedDict()

    async def of(self, id: str) -> Person:
        """A person as they are known; one without a row is a member who allows nothing."""
        now = time.monotonic()
        known = self._known.get(id)
        if known is not None and now - known[0] < REMEMBERED:
            return known[1]
        rows = await self._store.rows(
            id,
            """
            select p.name, p.language, p.zone, p.role, array(
                select purpose from consents where allowed) as purposes
            from (select 1) as one left join people p
                on p.person = current_setting('musespark.person', true)
            """,
        )
        row = rows[0]
        role = "owner" if id == OWNER else row["role"] or "member"
        person = Person(
            id, row["name"] or "", row["language"] or "", row["zone"] or "",
            frozenset(row["purposes"]), role,
        )  # fmt: skip
        self._known[id] = now, person
        self._known.move_to_end(id)
        while len(self._known) > _MOST:
            self._known.popitem(last=False)
        return person

    def changed(self, id: str) -> None:
        """What is known of a person may be another now."""
        self._known.pop(id, None)
