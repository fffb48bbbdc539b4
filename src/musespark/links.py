"""Links that sign in once: the owner's first, one for who forgot the password, invitations.

A link is a page's address and, after `#`, a random word: browsers send that part to nobody, so no
log, no proxy and no other site sees it. The store keeps its hash, and deletes that when it is used.
"""

from __future__ import annotations

import hashlib
import re
import secrets

from msgspec import Struct

from musespark.problem import Problem
from musespark.store import Row, Store
from musespark.turn import new_id

MINUTES = 15  # that a link for who is here already can be used
INVITED = 7 * 24 * 60  # minutes for who is invited
_SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")


class Link(Struct, frozen=True):
    """What a link was made for: who it signs in and, where it invites them, as whom."""

    id: str
    person: str
    made_by: str
    role: str | None
    name: str


class Links:
    """The one-time links of this database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def make(
        self, person: str, *, by: str = "", role: str | None = None, name: str = "",
        minutes: int = MINUTES,
    ) -> tuple[str, str]:  # fmt: skip
        """A new link that signs in `person`: its id, and its word, which is never shown again.
        With a `role` it invites somebody who is not here yet. One for who is here ends the ones
        that `by` made for them before."""
        id, word = new_id("link"), secrets.token_urlsafe(32)
        async with self._store.transaction(person) as connection:
            await connection.execute(
                "delete from links where person = %s and (expires < now() or made_by = %s)",
                (person, by),
            )
            await connection.execute(
                "insert into links (id, person, made_by, hash, role, name, expires)"
                " values (%s, %s, %s, %s, %s, %s, now() + %s * interval '1 minute')",
                (id, person, by, _hash(word), role, name, minutes),
            )
        return id, word

    async def use(self, word: str) -> Link | None:
        """What a link was for; None for one that is unknown, used or expired. Of two at once who
        use it, one gets it."""
        if not _SHAPE.fullmatch(word):
            return None
        rows = await self._store.system("select * from use_link(%s)", _hash(word))
        return Link(**rows[0]) if rows else None

    async def made(self, by: str) -> list[Row]:
        """The links that somebody made and nobody used yet, newest first: never their words."""
        return await self._store.rows(
            by,
            "select id, person, role, name, created, expires from links"
            " where made_by = %s and expires > now() order by id desc",
            by,
        )

    async def end(self, id: str, by: str) -> None:
        """End a link before it is used. Raises Problem when `by` made no such one."""
        rows = await self._store.rows(
            by, "delete from links where id = %s and made_by = %s returning id", id, by
        )
        if not rows:
            raise Problem(
                "unknown_link", "There is no such link of yours.", status=404,
                why="It was used, has expired, or somebody else made it.",
            )  # fmt: skip


def address(base: str, word: str) -> str:
    """A link as it is sent to a person."""
    return f"{base}/sign-in#{word}"


def _hash(word: str) -> bytes:
    return hashlib.sha256(word.encode()).digest()
