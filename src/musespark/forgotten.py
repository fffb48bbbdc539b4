"""Who was forgotten, as one process notices it: what it remembers of them goes within two seconds.

Whatever a process keeps of people beside the database (a cache, an index in memory) is told here
how to drop it. Only hashes of ids are read: a process recognises those whom it knows.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from musespark.store import Store

Gone = Callable[[str], bool]
_BACK = 60.0  # seconds; a transaction that says so may take that long to be seen


class Forgotten:
    """The forgotten of a store, and what this process has to drop of them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._drops: list[Callable[[Gone], None]] = []
        self._told: dict[tuple[bytes, datetime], float] = {}
        self._looked = time.monotonic()

    def tells(self, drop: Callable[[Gone], None]) -> None:
        """Have `drop(gone)` called when people were forgotten; `gone(person)` says whether that one
        is among them."""
        self._drops.append(drop)

    async def look(self) -> None:
        """Drop what is remembered of those who were forgotten since the last look. Raises Problem
        where the database is away."""
        now = time.monotonic()
        rows = await self._store.system(
            "select hash, told from forgotten_since(%s)", now - self._looked + _BACK
        )
        self._looked = now
        self._told = {said: at for said, at in self._told.items() if now - at < 3 * _BACK}
        new = {(bytes(row["hash"]), row["told"]) for row in rows} - self._told.keys()
        self._told |= dict.fromkeys(new, now)
        self._drop({hash for hash, _ in new})

    def now(self, person: str) -> None:
        """Drop what this process remembers of a person, at once."""
        self._drop({digest(person)})

    def _drop(self, hashes: set[bytes]) -> None:
        if hashes:
            for drop in self._drops:
                drop(lambda person: digest(person) in hashes)


def digest(person: str) -> bytes:
    """What stays of the id of a person who was forgotten."""
    return hashlib.sha256(person.encode()).digest()
