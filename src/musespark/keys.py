"""Keys: who may use the server from elsewhere. Only a hash of each is kept.

A key is `ms_` and 32 random bytes; it belongs to a person and is shown once. What a key opened is
remembered for a short while, so that a request costs no query; a revoked key works that long. A key
may have bounds: scopes (see scopes.py), and a day on which it ends.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from musespark.caller import EVERYTHING
from musespark.problem import Problem
from musespark.store import Row, Store
from musespark.turn import new_id

PREFIX = "ms_"
REMEMBERED = 30.0  # seconds
_MOST = 10_000  # keys remembered at once
_SHAPE = re.compile(r"ms_[A-Za-z0-9_-]{43}")
_PERSON = re.compile(r"[!-~]{1,200}")


class Opened(Struct, frozen=True):
    """What a key opens: its id, whose it is, what it may be used for, and when it ends."""

    id: str
    person: str
    scopes: frozenset[str] = EVERYTHING
    until: datetime | None = None


class Keys:
    """The keys of this database, as one process sees them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._owners: dict[bytes, tuple[float, Opened]] = {}
        self.changes = 0  # how often a key was revoked here
        self._any: tuple[float, bool] | None = None

    async def create(
        self,
        person: str = "owner",
        name: str = "",
        *,
        scopes: frozenset[str] = EVERYTHING,
        days: float | None = None,
    ) -> tuple[str, str]:
        """A new key of `person`: its id, and the key itself, which is never shown again. It ends
        after so many days, where they are given."""
        if not _PERSON.fullmatch(person):
            raise Problem(
                "bad_person", "A person's id cannot be used.",
                next="Use 1 to 200 letters, digits and signs of ASCII, without blanks.",
            )  # fmt: skip
        key = PREFIX + secrets.token_urlsafe(32)
        id = new_id("key")
        await self._store.rows(
            person,
            "with known as (insert into people (person) values (%(whose)s) on conflict do nothing)"
            " insert into keys (id, person, name, hash, hint, scopes, until)"
            " values (%(id)s, %(whose)s, %(name)s, %(hash)s, %(hint)s, %(scopes)s, %(until)s)",
            id=id,
            whose=person,
            name=name.replace("\0", "")[:200],
            hash=_hash(key),
            hint=key[-4:],
            scopes=sorted(scopes),
            until=None if days is None else datetime.now(UTC) + timedelta(days=days),
        )
        self._any = None
        return id, key

    async def of(self, person: str = "owner") -> list[Row]:
        """The keys of a person, newest first: never their secrets, but their last four signs."""
        return await self._store.rows(
            person,
            "select id, name, hint, scopes, created, used, until, revoked,"
            " (select count(*) from sessions where sessions.key = keys.id"
            " and sessions.used > now() - interval '30 days' and revoked is null) as sessions"
            " from keys order by id desc",
        )

    async def revoke(self, id: str, person: str = "owner") -> None:
        """End a key. Raises Problem when the person has no such key."""
        rows = await self._store.rows(
            person,
            "update keys set revoked = coalesce(revoked, now()) where id = %s returning hash",
            id.replace("\0", ""),
        )
        if not rows:
            raise Problem(
                "unknown_key", f"There is no key {id!r} of yours.", status=404,
                next="`musespark keys` lists them.",
            )  # fmt: skip
        self._owners.pop(bytes(rows[0]["hash"]), None)
        self.changes += 1
        self._any = None

    async def exist(self) -> bool:
        """Whether anybody can sign in: with a key, a password, a passkey or an account elsewhere.
        Else the server answers this machine alone."""
        now = time.monotonic()
        if self._any is not None and now - self._any[0] < REMEMBERED:
            return self._any[1]
        try:
            rows = await self._store.system("select any_key() or any_credential() as there")
        except Problem:
            if self._any is None:
                raise
            return self._any[1]  # the database is away; nothing there can have changed meanwhile
        self._any = (now, bool(rows[0]["there"]))
        return self._any[1]

    def changed(self) -> None:
        """Somebody may have got, or lost, what they sign in with."""
        self._any = None

    def forget(self) -> None:
        """Look everything up anew: keys may have ended by another way than `revoke`."""
        self._owners.clear()
        self.changes += 1
        self._any = None

    async def owner(self, key: str) -> str | None:
        """The person whose key this is; None for one that is unknown or revoked."""
        found = await self.opened(key)
        return None if found is None else found.person

    async def whose(self, key: str) -> tuple[str, str] | None:
        """The id of this key and the person it belongs to; None for one that opens nothing. Raises
        Problem for a key with bounds: it is for programs, and opens no browser."""
        found = await self.opened(key)
        if found is not None and "*" not in found.scopes:
            raise Problem(
                "scope_missing", "This key is for programs: one cannot sign in with it.",
                why=f"It was made for: {', '.join(sorted(found.scopes)) or 'nothing'}.",
                next="Use a key without bounds: `musespark keys create NAME`.", status=403,
            )  # fmt: skip
        return None if found is None else (found.id, found.person)

    async def opened(self, key: str) -> Opened | None:
        """What this key opens; None for one that is unknown, revoked or at its end.

        The key is looked up by its hash, so how long that takes says nothing about its signs.
        """
        if not _SHAPE.fullmatch(key):
            return None
        hashed = _hash(key)
        now = time.monotonic()
        known = self._owners.get(hashed)
        if known is not None and now - known[0] < REMEMBERED:
            return known[1] if _lasts(known[1]) else None
        changes = self.changes
        rows = await self._store.system("select * from key_owner(%s)", hashed)
        if not rows:
            self._owners.pop(hashed, None)
            return None
        if len(self._owners) >= _MOST:
            self._owners.clear()
        row = rows[0]
        found = Opened(row["id"], row["person"], frozenset(row["scopes"]), row["until"])
        if changes == self.changes:  # else it may have been revoked while we asked
            self._owners[hashed] = (now, found)
        return found

    def drop(self, gone: Callable[[str], bool]) -> None:
        """Remember no key of people who are `gone`."""
        self._owners = {key: own for key, own in self._owners.items() if not gone(own[1].person)}
        self._any = None
        self.changes += 1


def _lasts(key: Opened) -> bool:
    return key.until is None or key.until > datetime.now(UTC)


def _hash(key: str) -> bytes:
    """A plain hash is enough for 256 random bits: there is nothing to guess."""
    return hashlib.sha256(key.encode()).digest()
