"""Sessions: browsers that are signed in. A browser holds a random word, the store its hash.

A session ends by signing out, from another browser of the same person, with the key that it was
opened with, or after 30 days without use. What a session opened is remembered for a short while, as
for keys; one that is ended in this process ends at once. Every sign-in makes a new word: what a
browser held before is never taken over.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from datetime import datetime

from msgspec import Struct

from musespark.keys import REMEMBERED, Keys
from musespark.store import Row, Store
from musespark.turn import new_id

_MOST = 10_000  # sessions remembered at once
_MOST_OPEN = 100  # of one person; the ones used longest ago end first
_SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")


class Session(Struct, frozen=True):
    """A browser that is signed in: whose it is, by which key if by one, the `way` they came in
    (key, link, password, passkey or openid), and when they last `proven` that it is them."""

    id: str
    person: str
    key: str
    created: datetime
    way: str
    proven: datetime


class Sessions:
    """The sessions of this database, as one process sees them."""

    def __init__(self, store: Store, keys: Keys) -> None:
        self._store, self._keys = store, keys
        self._known: dict[bytes, tuple[float, Session]] = {}
        self._ended = 0  # how many were ended here
        self._seen = self._changes

    @property
    def _changes(self) -> int:
        return self._keys.changes + self._ended

    async def sign_in(self, key: str, agent: str = "") -> str | None:
        """What the browser is to hold from now on; None for a key that opens nothing."""
        found = await self._keys.whose(key)
        if found is None:
            return None
        id, person = found
        return await self.start(person, "key", agent, key=id)

    async def start(self, person: str, way: str, agent: str = "", *, key: str = "") -> str:
        """What a browser of `person`, who has shown that it is them, is to hold from now on.
        `agent` is what the browser calls itself; with `key` the session ends when that key does."""
        word = secrets.token_urlsafe(32)
        async with self._store.transaction(person) as connection:
            await connection.execute(
                "delete from sessions where person = %s and (used < now() - interval '30 days'"
                " or id in (select id from sessions where person = %s"
                " order by used desc, id offset %s))",
                (person, person, _MOST_OPEN - 1),
            )
            await connection.execute(
                "insert into sessions (id, person, key, hash, way, browser)"
                " values (%s, %s, %s, %s, %s, %s)",
                (new_id("session"), person, key or None, _hash(word), way, browser(agent)),
            )
        return word

    async def of(self, word: str) -> Session | None:
        """The session that a browser holds the word of; None for one that is unknown or ended."""
        if not _SHAPE.fullmatch(word):
            return None
        if self._seen != self._changes:  # a key was revoked: its sessions end with it
            self._known.clear()
            self._seen = self._changes
        hashed, now, changes = _hash(word), time.monotonic(), self._changes
        known = self._known.get(hashed)
        if known is not None and now - known[0] < REMEMBERED:
            return known[1]
        rows = await self._store.system("select * from session_owner(%s)", hashed)
        if not rows:
            self._known.pop(hashed, None)
            return None
        if len(self._known) >= _MOST:
            self._known.clear()
        session = Session(**rows[0])
        if changes == self._changes:  # else it may have ended while we asked
            self._known[hashed] = (now, session)
        return session

    async def renew(self, session: Session) -> str:
        """What the browser of a session is to hold from now on; what it held before opens nothing.
        For a moment when what the session may do, or how it is opened, has changed."""
        word = secrets.token_urlsafe(32)
        await self._store.rows(
            session.person, "update sessions set hash = %s where id = %s and person = %s",
            _hash(word), session.id, session.person,
        )  # fmt: skip
        self._ended += 1
        return word

    async def end(self, word: str) -> Session | None:
        """Sign out; None when there was no such session."""
        session = await self.of(word)
        if session is not None:
            await self.end_one(session.person, session.id)
        return session

    async def end_one(self, person: str, id: str) -> bool:
        """End a session of this person; False when there is no such one."""
        gone = await self._store.rows(
            person, "delete from sessions where id = %s and person = %s returning id", id, person
        )
        self._ended += 1
        return bool(gone)

    async def end_others(self, person: str, but: str = "") -> int:
        """End every session of this person except one; how many."""
        gone = await self._store.rows(
            person, "delete from sessions where person = %s and id <> %s returning id", person, but
        )
        self._ended += 1
        return len(gone)

    async def all_of(self, person: str) -> list[Row]:
        """The open sessions of this person, used last first."""
        return await self._store.rows(
            person,
            "select sessions.id, browser, way, sessions.created, sessions.used,"
            " coalesce(keys.name, '') as key from sessions left join keys on keys.id = key"
            " where sessions.person = %s and sessions.used > now() - interval '30 days'"
            " and revoked is null order by sessions.used desc, sessions.id desc",
            person,
        )


def _hash(word: str) -> bytes:
    """A plain hash is enough for 256 random bits, as for keys."""
    return hashlib.sha256(word.encode()).digest()


# What a browser calls itself, the more particular names first: others' names stand in it, too.
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("SamsungBrowser", "Samsung Internet"),
             ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("Chrome", "Chrome"),
             ("CriOS", "Chrome"), ("Safari", "Safari"))  # fmt: skip
_SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"),
            ("Windows", "Windows"), ("Mac OS X", "macOS"), ("Linux", "Linux"))  # fmt: skip


def browser(agent: str) -> str:
    """A browser as its person knows it, "Firefox on Linux"; "" for a program that is none."""
    name = next((name for sign, name in _BROWSERS if f"{sign}/" in agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in agent), "")
    return f"{name} on {system}" if name and system else name or system
