"""Challenges: what a browser is asked to answer, once, soon, and by that browser alone.

Each is a random word, kept as a hash. The browser gets a second one in a cookie of its own, so that
an answer which somebody else was asked for, or had planted, is none.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from musespark.store import Store, as_json

SECONDS = 600  # that a challenge waits for its answer


class Challenges:
    """The open challenges of this database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def ask(
        self, kind: str, word: str, body: dict[str, Any] | None = None, person: str = ""
    ) -> str:
        """Remember that a browser is asked `word`; gives the word that this browser is to hold.
        `body` is what its answer needs to be understood; `person` is who is signed in, if somebody
        is."""
        browser = new_word()
        await self._store.system(
            "select challenge(%s, %s, %s, %s, %s::jsonb, %s)",
            _hash(word), person, _hash(browser), kind, as_json(body or {}), SECONDS,
        )  # fmt: skip
        return browser

    async def take(self, kind: str, word: str, browser: str) -> tuple[str, dict[str, Any]] | None:
        """The person and the body of a challenge, which then is gone; None for one that is unknown,
        answered, expired, of another kind, or was put to another browser."""
        rows = await self._store.system(
            "select * from take_challenge(%s, %s, %s)", _hash(word), _hash(browser), kind
        )
        return (rows[0]["person"], rows[0]["body"]) if rows else None


def new_word() -> str:
    """32 random bytes in base64url."""
    return secrets.token_urlsafe(32)


def _hash(word: str) -> bytes:
    return hashlib.sha256(word.encode(errors="replace")).digest()
