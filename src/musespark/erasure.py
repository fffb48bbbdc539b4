"""Erasure: forget a person for real, wherever something of theirs is.

Every table with a column `person` is found in the catalogue, so a table of tomorrow is forgotten
like those of today; files, what was read in them, workflows and what processes remember go with the
rows. What stays is one row: a hash of the id, when, and how many rows there were. A forgetting that
was cut off is begun again where it was; twice at once does no harm.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import psycopg
from msgspec import Struct
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from musespark import audit, looking, metrics
from musespark.forgotten import digest
from musespark.migrating import APP_ROLE
from musespark.person import OWNER
from musespark.problem import Problem
from musespark.store import Store, as_json

if TYPE_CHECKING:
    from musespark.engine import Engine

Say = Callable[[str, int], None]

_FIRST = ("consents", "sessions", "keys")  # from then on nobody comes in as them
_SMALLEST, _LARGEST = 50, 20_000  # rows in one transaction
_LONG, _SHORT = 0.12, 0.04  # seconds that one may take, and should at least
_PASSES = 20  # over all tables, until there is nothing
_LEAVING = 3.0  # seconds that runs under way get to hang up
_LEFT = 90.0  # seconds after which a forgetting that nobody goes on with is taken up
_LOOKS = 100  # a tenth of a second each, for transactions to end
_WORDY = 2_000_000_000  # bytes of an index of words that is written anew at once


class Erased(Struct, frozen=True):
    """What was forgotten: rows by table, files, workflows, and the tables whose dead rows could not
    be cleared away at once."""

    rows: dict[str, int]
    files: int
    workflows: int
    left: list[str]
    seconds: float


async def forget(
    engine: Engine,
    person: str,
    *,
    actor: str = "",
    say: Say | None = None,
    thorough: bool = False,
    later: bool = False,
) -> Erased:
    """Forget everything about a person. `say` is told of each table and how many rows went so far.
    `later` clears away what is dead on the disk beside, after this returns; `thorough` also writes
    the tables anew, each of which nobody can use meanwhile. Raises Problem."""
    store, began = engine.store, time.monotonic()
    assert store is not None
    await store.rows(person, "select begin_forgetting()")
    engine.forgotten.now(person)
    await _stop(engine, person)
    rows, flows = await _rows(store, person, say or (lambda name, count: None))
    files = await _files(engine, person)
    engine.forgotten.now(person)
    counts = {"rows": sum(rows.values()), "files": files, "workflows": flows}
    await store.rows(person, "select end_forgetting(%s::jsonb)", as_json(counts))
    if actor and actor != person:
        await audit.note(
            store, actor, "forgotten", actor=actor, about=digest(person).hex()[:12], detail=counts
        )
    left: list[str] = []
    if later:
        engine.beside(_cleared(engine, list(rows)))
    else:
        left = await clear(engine, list(rows), thorough=thorough)
    return Erased(rows, files, flows, left, time.monotonic() - began)


async def resume(engine: Engine) -> None:
    """Go on with every forgetting that was cut off, in whichever process it was begun."""
    assert engine.store is not None
    rows = await engine.store.system("select * from still_forgetting(%s) as whose", _LEFT)
    for row in rows:
        await forget(engine, row["whose"])


async def _stop(engine: Engine, person: str) -> None:
    """Cancel every run of the person. Those in other processes notice within a second, and what
    they still write belongs to no run any more."""
    assert engine.store is not None
    await engine.store.rows(
        person,
        "update runs set state = 'cancelled', ended = clock_timestamp()"
        " where person = current_setting('musespark.person') and state = 'running'",
    )
    if engine.imports is not None:
        await engine.imports.forget(person)
    lives = [live for live in engine.runs.live.values() if live.person == person]
    for live in lives:
        live.cancel()
    tasks = {live.task for live in lives if live.task is not None}
    tasks.discard(asyncio.current_task())
    if tasks:
        await asyncio.wait(tasks, timeout=_LEAVING)


async def _rows(store: Store, person: str, say: Say) -> tuple[dict[str, int], int]:
    """Delete the rows of every table, again and again until a whole pass finds none."""
    tables = await store.rows(person, "select * from person_tables()")
    names = [row["name"] for row in tables if row["indexed"] or not row["follows"]]
    names.sort(key=lambda name: _FIRST.index(name) if name in _FIRST else len(_FIRST))
    counts: dict[str, int] = {}
    flows = 0
    for _ in range(_PASSES):
        flows += await _workflows(store, person)
        found = 0
        for name in names:
            gone = await _table(store, person, name, say, counts.get(name, 0))
            if gone:
                counts[name] = counts.get(name, 0) + gone
            found += gone
        if not found:
            return counts, flows
    raise Problem(
        "still_coming",
        "New data of this person keeps coming, so the forgetting does not end.",
        why="Something goes on writing for them.",
        next="Stop it (an import, a program with one of their keys), and forget them again.",
        status=409,
    )


async def _table(store: Store, person: str, name: str, say: Say, before: int) -> int:
    """Delete one table's rows, as many at once as take about a tenth of a second, with a breath
    between, so that nobody else waits."""
    total, most = 0, 500
    while True:
        began = time.monotonic()
        rows = await store.rows(person, "select forget_rows(%s, %s) as found", name, most)
        took, found = time.monotonic() - began, int(rows[0]["found"])
        total += found
        if found:
            say(name, before + total)
        if found < most:
            return total
        if took > _LONG:
            most = max(most // 2, _SMALLEST)
        elif took < _SHORT:
            most = min(most * 2, _LARGEST)
        await asyncio.sleep(min(took / 4, 0.05))


async def _workflows(store: Store, person: str) -> int:
    """Delete what DBOS keeps of the person's durable runs; its tables are of whoever connects."""
    rows = await store.rows(
        person,
        "select id from runs where person = current_setting('musespark.person') and durable",
    )
    runs = [row["id"] for row in rows]
    if not runs:
        return 0
    count = 0
    async with await psycopg.AsyncConnection.connect(store.conninfo, autocommit=True) as connection:
        cursor = await connection.execute(
            "select table_name, column_name from information_schema.columns where table_schema ="
            " 'dbos' and column_name in ('workflow_uuid', 'destination_uuid')"
            " order by (table_name = 'workflow_status')"
        )
        for table, column in await cursor.fetchall():
            query = sql.SQL("delete from dbos.{} where split_part({}, '.', 1) = any(%s)").format(
                sql.Identifier(table), sql.Identifier(column)
            )
            cursor = await connection.execute(query, (runs,))
            count += cursor.rowcount if table == "workflow_status" else 0
    return count


async def _files(engine: Engine, person: str) -> int:
    """Remove the bytes that no row has any more, and what was read in them."""
    count = 0
    if engine.files is not None:
        while swept := await engine.files.sweep():
            count += len(swept)
        if person == OWNER:  # what was only looked at in the terminal has no row
            await asyncio.to_thread(looking.forget_all, engine.settings.home)
    return count


# -- on the disk ----------------------------------------------------------------------------------


async def _cleared(engine: Engine, names: list[str]) -> None:
    try:
        await clear(engine, names)
    except (psycopg.Error, OSError) as error:
        metrics.log_failure("clearing after a forgetting", error)


async def clear(engine: Engine, names: list[str], *, thorough: bool = False) -> list[str]:
    """Clear dead rows out of these tables and what follows them, and write their indexes of words
    anew, for PostgreSQL keeps a word there that no row has any more. Nobody waits for it, unless
    `thorough` writes whole tables anew. Returns what could not be cleared: only the owner of the
    tables may."""
    assert engine.store is not None
    if not names:
        return []
    try:
        connection = await psycopg.AsyncConnection.connect(_owner(engine), autocommit=True)
    except psycopg.Error:
        return names
    left = []
    async with connection:
        await _nobody_looks(connection)
        for name in ["forgotten", *await _touched(connection, names)]:
            table = sql.Identifier(name)
            way = sql.SQL("vacuum (full) {}" if thorough else "vacuum (truncate false) {}")
            try:
                await connection.execute("set vacuum_cost_delay = 0")
                await connection.execute(way.format(table))
                if not thorough:
                    await _reindex(connection, name)
            except psycopg.Error:
                left.append(name)
        with contextlib.suppress(psycopg.Error):  # a superuser's
            await connection.execute("checkpoint")
            if thorough:
                await _log_anew(connection)
        for message in await _notices(connection, names):
            left.append(message)
    return left


async def _nobody_looks(connection: psycopg.AsyncConnection[Any]) -> None:
    """Wait until no transaction is left that began before this moment: a dead row that it may still
    see would not be cleared away."""
    cursor = await connection.execute("select pg_current_xact_id()::xid")
    now = (await cursor.fetchone() or (None,))[0]
    for _ in range(_LOOKS):
        cursor = await connection.execute(
            "select 1 from pg_stat_activity where pid <> pg_backend_pid() and datname ="
            " current_database() and backend_xmin is not null and age(backend_xmin) >= age(%s::xid)"
            " limit 1",
            (now,),
        )
        if await cursor.fetchone() is None:
            return
        await asyncio.sleep(0.1)


async def _notices(connection: psycopg.AsyncConnection[Any], names: list[str]) -> list[str]:
    """VACUUM only warns about a table that is not ours."""
    cursor = await connection.execute(
        "select relname from pg_class where relname = any(%s) and relkind = 'r'"
        " and relnamespace = current_schema()::regnamespace"
        " and not pg_has_role(relowner, 'usage')",
        (names,),
    )
    return [row[0] for row in await cursor.fetchall()]


async def _touched(connection: psycopg.AsyncConnection[Any], names: list[str]) -> list[str]:
    """The tables and those that follow their rows."""
    cursor = await connection.execute(
        """
        with recursive touched as (
            select oid, relname from pg_class where relname = any(%s) and relkind = 'r'
                and relnamespace = current_schema()::regnamespace
            union
            select c.oid, c.relname from touched t join pg_constraint f on f.confrelid = t.oid
                and f.contype = 'f' and f.confdeltype = 'c' join pg_class c on c.oid = f.conrelid
        )
        select relname from touched order by relname
        """,
        (names,),
    )
    return [row[0] for row in await cursor.fetchall()]


async def _reindex(connection: psycopg.AsyncConnection[Any], name: str) -> None:
    cursor = await connection.execute(
        "select i.indexrelid::regclass::text from pg_index i join pg_class c on c.oid ="
        " i.indexrelid join pg_am m on m.oid = c.relam where i.indrelid = %s::regclass"
        " and m.amname in ('gin', 'gist') and pg_relation_size(c.oid) < %s",
        (name, _WORDY),
    )
    for (index,) in await cursor.fetchall():
        await connection.execute(sql.SQL("reindex index concurrently {}").format(sql.SQL(index)))


async def _log_anew(connection: psycopg.AsyncConnection[Any]) -> None:
    """Let go of the write-ahead log that still has the old rows: the server keeps old pieces of it
    to write over them later."""
    await connection.execute("alter system set wal_recycle = off")
    try:
        await connection.execute("select pg_reload_conf()")
        for _ in range(2):
            await asyncio.sleep(0.2)
            await connection.execute("select pg_switch_wal()")
            await connection.execute("checkpoint")
    finally:
        await connection.execute("alter system reset wal_recycle")
        await connection.execute("select pg_reload_conf()")


def _owner(engine: Engine) -> str:
    """How to reach the database as the owner of the tables."""
    own = engine.settings
    if own.database_url:
        return own.database_owner_url.reveal() or own.database_url.reveal()
    assert engine.store is not None
    known = conninfo_to_dict(engine.store.conninfo)
    if known.get("user") == APP_ROLE:
        return make_conninfo(engine.store.conninfo, user="postgres")
    return engine.store.conninfo
