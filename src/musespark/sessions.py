"""Sessions: browsers that signed in with a key. A browser holds a random word, the store its hash.

A session ends with its key, by signing out, or after 30 days without use. What a session opened is
remembered for a short while, as for keys; one that is ended in this process ends at once.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from datetime import datetime

from msgspec import Struct

from musespark.keys import REMEMBERED, Keys
from musespark.store import Store
from musespark.turn import new_id

_MOST = 10_000  # sessions remembered at once
_MOST_OPEN = 100  # of one person; the ones used longest ago end first
_SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")


class Session(Struct, frozen=True):
    """A browser that is signed in: whose it is and by which key."""

    id: str
    person: str
    key: str
    created: datetime


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

    async def sign_in(self, key: str) -> str | None:
        """What the browser is to hold from now on; None for a key that opens nothing."""
        found = await self._keys.whose(key)
        if found is None:
            return None
        id, person = found
        word = secrets.token_urlsafe(32)
        async with self._store.transaction(person) as connection:
            await connection.execute(
                "delete from sessions where used < now() - interval '30 days' or id in"
                " (select id from sessions order by used desc, id offset %s)",
                (_MOST_OPEN - 1,),
            )
            await connection.execute(
                "insert into sessions (id, person, key, hash) values (%s, %s, %s, %s)",
                (new_id("session"), person, id, _hash(word)),
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

    async def end(self, word: str) -> bool:
        """Sign out; False when there was no such session."""
        session = await self.of(word)
        if session is None:
            return False
        await self._store.rows(session.person, "delete from sessions where id = %s", session.id)
        self._ended += 1
        return True


def _hash(word: str) -> bytes:
    """A plain hash is enough for 256 random bits, as for keys."""
    return hashlib.sha256(word.encode()).digest()
