"""A pooler between us and PostgreSQL: found out, and refused where it pools by transaction."""

from __future__ import annotations

import contextlib
import secrets
from typing import Any

import psycopg

from musespark.problem import Problem

_ROUNDS = 4  # looks at whether two connections stay apart; one may be lucky beside other traffic


async def refuse_pooling(conninfo: str) -> None:
    """Raise Problem where what answers at `conninfo` hands a connection on between transactions.

    A connection's role, on which row security rests, would reach strangers and get lost, and so
    would the lock that says that a process lives. Pooling by session changes neither.
    """
    async with contextlib.AsyncExitStack() as stack:
        first = await stack.enter_async_context(await _connect(conninfo))
        if first.info.backend_pid == (await _asked(first, "select pg_backend_pid()")):
            return  # PostgreSQL itself: a pooler makes these numbers up
        second = await stack.enter_async_context(await _connect(conninfo))
        if await mixed_up(first, second):
            raise Problem(
                "database_pooler",
                "The database is behind a pooler that pools by transaction.",
                why="A role or a lock that this server takes there would be lost, or be another's.",
                next="Let it pool by session (PgBouncer: pool_mode = session), or give the address "
                "of PostgreSQL itself in MUSESPARK_DATABASE_URL and MUSESPARK_DATABASE_OWNER_URL.",
                status=503,
            )


async def mixed_up(
    first: psycopg.AsyncConnection[Any], second: psycopg.AsyncConnection[Any]
) -> bool:
    """Whether what is set for one connection is seen by another, or is gone a statement later."""
    word = secrets.token_hex(8)
    tell = "select set_config('musespark.probe', %s, false)"
    heard = "select current_setting('musespark.probe', true)"
    await _asked(first, tell, word)
    try:
        for _ in range(_ROUNDS):
            if await _asked(second, heard) == word or await _asked(first, heard) != word:
                return True
        return False
    finally:
        await _asked(first, tell, "")


async def _connect(conninfo: str) -> psycopg.AsyncConnection[Any]:
    return await psycopg.AsyncConnection.connect(conninfo, autocommit=True, prepare_threshold=None)


async def _asked(connection: psycopg.AsyncConnection[Any], words: Any, *values: str) -> Any:
    cursor = await connection.execute(words, values)
    row = await cursor.fetchone()
    return row[0] if row else None
