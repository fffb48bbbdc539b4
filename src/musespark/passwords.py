"""Passwords: kept as Argon2id hashes, and checked at the same cost where there is none.

Parameters as OWASP's Password Storage Cheat Sheet has them (19 MiB, two passes, one lane); a hash
made with others is made anew at the next sign-in. Two are checked at a time, in threads of their
own, so that many at once take neither the memory nor the loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import argon2
import psycopg

from musespark.commonest import commonest
from musespark.problem import Problem
from musespark.store import Row, Store

T = TypeVar("T")
SHORTEST, LONGEST = 8, 1024
_AT_ONCE = 2
_MOST_WAITING = 64
_HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


class Passwords:
    """The passwords of this database."""

    def __init__(self, store: Store, hasher: argon2.PasswordHasher = _HASHER) -> None:
        self._store, self._hasher = store, hasher
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="password")
        self._waiting = 0
        self._nobodys: str | None = None  # a hash that nothing opens

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def whose(self, login: str, password: str) -> str | None:
        """The person whom a login and a password sign in; None where they do not, whatever the
        reason: the work is the same."""
        name, given = as_login(login), _normal(password)
        if self._nobodys is None:
            self._nobodys = await self._work(self._hasher.hash, "nobody's")
        rows = await self._store.system("select * from password_of(%s)", name)
        kept = str(rows[0]["hash"]) if rows else self._nobodys
        right = await self._work(self._opens, kept, given)
        if not rows or not right:
            return None
        person = str(rows[0]["person"])
        if self._hasher.check_needs_rehash(kept):
            anew = await self._work(self._hasher.hash, given)
            await self._store.rows(
                person, "update passwords set hash = %s where person = %s and hash = %s",
                anew, person, kept,
            )  # fmt: skip
        return person

    async def of(self, person: str) -> Row | None:
        """The login of a person and since when they have their password; None without one."""
        rows = await self._store.rows(
            person, "select login, changed from passwords where person = %s", person
        )
        return rows[0] if rows else None

    async def change(self, person: str, login: str, password: str) -> None:
        """Give a person a password, and the name that they sign in with. Raises Problem."""
        name, given = as_login(login), _normal(password)
        if not name or len(name) > 100 or not name.isprintable() or " " in name:
            raise Problem(
                "bad_login", "This name cannot be signed in with.",
                next="Use up to 100 letters, digits and signs, without blanks.",
            )  # fmt: skip
        _accept(given, name)
        hashed = await self._work(self._hasher.hash, given)
        try:
            await self._store.rows(
                person,
                "insert into passwords (person, login, hash) values (%s, %s, %s)"
                " on conflict (person) do update set login = excluded.login, hash = excluded.hash,"
                " changed = now()",
                person, name, hashed,
            )  # fmt: skip
        except psycopg.errors.UniqueViolation:
            raise Problem(
                "login_taken", "Somebody else signs in with this name.", status=409,
                next="Choose another one.",
            ) from None  # fmt: skip

    async def forget(self, person: str) -> bool:
        """Take a person's password away; False where there was none."""
        rows = await self._store.rows(
            person, "delete from passwords where person = %s returning person", person
        )
        return bool(rows)

    def _opens(self, kept: str, given: str) -> bool:
        with contextlib.suppress(
            argon2.exceptions.VerificationError, argon2.exceptions.InvalidHash
        ):
            return self._hasher.verify(kept, given)
        return False

    async def _work(self, work: Callable[..., T], *given: str) -> T:
        """Do what is slow on purpose, in its turn. Raises Problem where too many wait already."""
        if self._waiting >= _MOST_WAITING:
            raise Problem(
                "too_many_at_once", "Too many people sign in at this moment.", status=503,
                next="Try again in a few seconds.",
            )  # fmt: skip
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work, *given)
        finally:
            self._waiting -= 1


def as_login(text: str) -> str:
    """A name as it is compared: "Anna", "ANNA" and "ａｎｎａ" are one."""
    return _normal(text).strip().casefold()


def _normal(text: str) -> str:
    """Text as every keyboard would have sent it; what no keyboard sends becomes a question mark."""
    return unicodedata.normalize("NFKC", text.encode(errors="replace").decode())


def _accept(password: str, login: str) -> None:
    """Raise Problem for a password that is too short, too long, or one of the commonest."""
    why = next = ""
    if len(password) < SHORTEST:
        why, next = f"It has less than {SHORTEST} signs.", "Three or four words make a good one."
    elif len(password) > LONGEST:
        why, next = f"It has more than {LONGEST} signs.", "Choose a shorter one."
    elif commonest(password, login):
        why, next = (
            "It is one of those that are tried first.",
            "Three or four words make a good one.",
        )
    if why:
        raise Problem("weak_password", "This password cannot be used.", why=why, next=next)
