"""People: who each is, their role, and what they allow at this moment.

What is known of a person is remembered for a moment, so that a turn costs no query; a change that
this process makes counts at once (`changed`), one of another process within REMEMBERED. Reading the
ledger for a purpose asks the database itself, so that a withdrawal counts from that moment.

Who may change whom is said here in words, and once more in the database (migration 0007), which
takes a role from nobody's own hand.
"""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable

from musespark import audit
from musespark.person import OWNER, ROLES, Person, below, may
from musespark.problem import AWAY, Problem
from musespark.store import Row, Store

REMEMBERED = 2.0  # seconds
ACTED = 3600.0  # seconds between two entries of one key that acts for one person
_MOST = 10_000  # people remembered at once
_ID = re.compile(r"[A-Za-z0-9._@+=~-]{1,100}")


class People:
    """The people of this database, as one process sees them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: OrderedDict[str, tuple[float, Person, bool]] = OrderedDict()
        self._acted: OrderedDict[tuple[str, str], float] = OrderedDict()

    async def of(self, id: str) -> Person:
        """A person as they are known; one without a row is a member who allows nothing, or a guest
        where an app vouches for them. Where the database is away, who was known before is known
        still, and anybody else allows nothing and may least."""
        now = time.monotonic()
        known = self._known.get(id)
        if known is not None and now - known[0] < REMEMBERED:
            return known[1]
        try:
            rows = await self._store.rows(
                id,
                """
                select p.name, p.language, p.zone, p.role, p.ended, array(
                    select purpose from consents where allowed) as purposes
                from (select 1) as one left join people p
                    on p.person = current_setting('musespark.person', true)
                """,
            )
        except Problem as problem:
            if problem.code not in AWAY:
                raise
            role = OWNER if id == OWNER else "guest"
            return Person(id, "", "", "", role=role) if known is None else known[1]
        row = rows[0]
        role = OWNER if id == OWNER else row["role"] or ("guest" if ":" in id else "member")
        purposes = frozenset(row["purposes"]) if may(role, "remember") else frozenset()
        person = Person(
            id, row["name"] or "", row["language"] or "", row["zone"] or "", purposes, role,
            bool(row["ended"]) and id != OWNER,
        )  # fmt: skip
        self._known[id] = now, person, row["role"] is not None
        self._known.move_to_end(id)
        while len(self._known) > _MOST:
            self._known.popitem(last=False)
        return person

    def drop(self, gone: Callable[[str], bool]) -> None:
        """Remember nothing of people who are `gone`."""
        for id in [id for id in self._known if gone(id)]:
            self.changed(id)

    def changed(self, id: str) -> None:
        """What is known of a person may be another now."""
        self._known.pop(id, None)

    async def seen(
        self, asks: str, *, one: str = "", words: str = "", after: str = "", most: int = 50
    ) -> list[Row]:
        """The people in the order of their ids, or `one` of them, for an owner or a manager; for
        others nobody."""
        return await self._store.rows(
            asks, "select * from people_seen(%s, %s, %s, %s)", one, after, words, most
        )

    async def look(self, asks: str, id: str) -> Row:
        """What is known of one person, for an owner or a manager; it is written down for that
        person to see. Raises Problem `unknown_person`."""
        row = await self._one(asks, id)
        if id != asks:
            await audit.note(self._store, id, "looked_at", actor=asks, about="person")
        return row

    async def _one(self, asks: str, id: str) -> Row:
        rows = await self.seen(asks, one=id) if id else []
        if not rows:
            raise _unknown(id)
        return rows[0]

    async def say(self, id: str, what: dict[str, str]) -> None:
        """A person's own `name`, `language` or `zone`, as they say; what is left out stays."""
        await self._store.rows(
            id,
            """
            insert into people as p (person, name, language, zone)
            values (current_setting('musespark.person'), coalesce(%(name)s, ''),
                    coalesce(%(language)s, ''), coalesce(%(zone)s, ''))
            on conflict (person) do update set name = coalesce(%(name)s, p.name),
                language = coalesce(%(language)s, p.language), zone = coalesce(%(zone)s, p.zone)
            """,
            **{"name": None, "language": None, "zone": None} | what,
        )
        self.changed(id)

    async def act_for(self, asks: str, id: str, key: str) -> Person:
        """The person for whom a service key of somebody acts; they find it in their log, once an
        hour. Raises Problem unless they are here and stand below."""
        own, now = await self.of(asks), time.monotonic()
        if not may(own.role, "oversee") or own.ended:
            raise _too_high()
        since = self._acted.get((key, id), float("-inf"))
        person = await self.of(id)
        if not self._known[id][2]:
            raise _unknown(id)
        if not below(person.role, own.role):
            raise _too_high()
        if now - since >= ACTED:
            await audit.note(self._store, id, "acted_for", actor=asks, about=key)
            self._acted[key, id] = now
            while len(self._acted) > _MOST:
                self._acted.popitem(last=False)
        return person

    async def add(
        self, asks: str, id: str, name: str = "", role: str = "member", *, language: str = "",
        zone: str = "",
    ) -> None:  # fmt: skip
        """Take a new person in. Raises Problem."""
        if not _ID.fullmatch(id):
            raise Problem(
                "bad_person", "A person's id cannot be used.",
                next="Use 1 to 100 letters, digits and . _ - @ + = ~ of ASCII. A colon stands only "
                "in the ids of a host app's people, who come by themselves.",
            )  # fmt: skip
        await self._may(asks, id, role)
        rows = await self._store.rows(
            asks, "select add_person(%s, %s, %s, %s, %s) as made", id, name, role, language, zone
        )
        if not rows[0]["made"]:
            raise Problem(
                "person_exists", f"There is a person {id!r} already.", status=409,
                next="Choose another id, or change that person.",
            )  # fmt: skip
        self.changed(id)
        await audit.note(
            self._store, id, "person_added", actor=asks, about="role", detail={"role": role}
        )

    async def change(
        self, asks: str, id: str, *, name: str | None = None, role: str | None = None
    ) -> Row:
        """Another name or role for somebody, who sees it in their log. Raises Problem."""
        before = await self._one(asks, id)
        await self._may(asks, id, role or "guest", before["role"])
        await self._store.rows(asks, "select change_person(%s, %s, %s)", id, name, role)
        self.changed(id)
        for what, was, now in (("name", before["name"], name), ("role", before["role"], role)):
            if now is not None and now != was:
                detail = {"before": was, "now": now} if what == "role" else {}
                await audit.note(
                    self._store, id, f"{what}_changed", actor=asks, about=what, detail=detail
                )
        return await self._one(asks, id)

    async def end(self, asks: str, id: str, gone: bool = True) -> Row:
        """Let somebody in no more, or again. Their keys and sessions end; what is theirs stays.
        Raises Problem."""
        before = await self._one(asks, id)
        await self._may(asks, id, "guest", before["role"])
        await self._store.rows(asks, "select end_person(%s, %s)", id, gone)
        self.changed(id)
        if bool(before["ended"]) != gone:
            deed = "person_ended" if gone else "person_let_in"
            await audit.note(self._store, id, deed, actor=asks)
        return await self._one(asks, id)

    async def _may(self, asks: str, id: str, role: str, before: str = "guest") -> None:
        """Raise Problem unless the one who asks may give somebody that role."""
        if role not in ROLES:
            raise Problem(
                "unknown_role", f"There is no role {role[:80]!r}.",
                next=f"The roles are: {', '.join(ROLES)}.",
            )  # fmt: skip
        if id == OWNER:
            raise Problem(
                "owner_stays", "The owner of this server stays its owner.", status=409,
                next="Make somebody else an owner beside them.",
            )  # fmt: skip
        own = (await self.of(asks)).role
        if own == OWNER or (may(own, "oversee") and below(role, own) and below(before, own)):
            return
        raise _too_high()


def _too_high() -> Problem:
    return Problem(
        "role_too_high", "You can change people below you alone, to roles below yours, and act for "
        "them alone.", status=403, next="Ask an owner of this server.",
    )  # fmt: skip


def _unknown(id: str) -> Problem:
    return Problem(
        "unknown_person", f"There is no person {id[:80]!r}.", status=404,
        next="`musespark people` lists them.",
    )  # fmt: skip
