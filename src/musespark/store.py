"""PostgreSQL, embedded or any other: a transaction is one person's, and many commit together."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Any, LiteralString, TypeVar, cast
from urllib.parse import quote, urlencode

import msgspec
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from musespark import postgres
from musespark.migrating import APP_ROLE, migrate
from musespark.pooler import refuse_pooling
from musespark.problem import AWAY, Problem
from musespark.settings import Settings

CONNECT_SECONDS = 10
_RUN_EXISTS = "MS409"  # the SQLSTATE that keep() raises for a run id that is taken
_FORGOTTEN = "MS410"  # the SQLSTATE that append_activities() raises for a person who is forgotten
_BATCH = 64
_TRIES = 4  # of a transaction that another one stood in the way of
_CROSSED = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)

Row = dict[str, Any]
T = TypeVar("T")


class Store:
    """The one way to the database. Every statement runs for a person, whose rows alone it sees."""

    def __init__(self, conninfo: str, *, server: Any = None, size: int = 8) -> None:
        self.conninfo = _with_patience(conninfo)
        self._server = server
        self._pool = AsyncConnectionPool(
            self.conninfo,
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
        self._mending: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """The same database as a URL, for SQLAlchemy."""
        parts = conninfo_to_dict(self.conninfo)
        user = quote(str(parts.pop("user", "") or ""), safe="")
        password = quote(str(parts.pop("password", "") or ""), safe="")
        name = quote(str(parts.pop("dbname", "postgres")), safe="")
        host, port = str(parts.pop("host", "") or ""), str(parts.pop("port", "") or "")
        if host.startswith("/") or "," in host:  # a socket or several servers: no place in a URL
            parts["host"], host = host, ""
            if port:
                parts["port"], port = port, ""
        login = f"{user}:{password}@" if password else f"{user}@" if user else ""
        place = f"[{host}]" if ":" in host else host
        place += f":{port}" if port else ""
        return f"postgresql://{login}{place}/{name}?{urlencode(parts, quote_via=quote)}"

    @classmethod
    async def open(cls, settings: Settings, *, size: int = 8) -> Store:
        """Start or reach the server, migrate it, and connect as the role without bypass."""
        server = None
        if settings.database_url:
            app = settings.database_url.reveal()
            owner = settings.database_owner_url.reveal() or app
        else:
            server, owner = await asyncio.to_thread(postgres.start, settings.home)
            app = make_conninfo(owner, user=APP_ROLE)
        store = None
        try:
            for conninfo in {app, owner} if server is None else ():
                await refuse_pooling(_with_patience(conninfo))
            await migrate(_with_patience(owner), app)
            store = cls(app, server=server, size=size)
            if server is None:  # what hinders a connection is said by one; a pool says nothing
                async with await psycopg.AsyncConnection.connect(
                    store.conninfo, row_factory=dict_row
                ) as connection:
                    await _become_app(connection)
            await store._pool.open(wait=True, timeout=CONNECT_SECONDS)
        except BaseException as error:
            if store is not None:
                await store._pool.close()
            if server is not None:
                await asyncio.to_thread(postgres.leave, server)
            if isinstance(error, psycopg.Error | PoolTimeout):
                raise _unreachable(error, owner, app) from None
            raise
        return store

    async def close(self) -> None:
        if self._mending is not None:
            self._mending.cancel()
            await asyncio.wait({self._mending})
        if self._locks is not None:
            await self._locks.close()
        await self._pool.close()
        if self._server is not None:
            await asyncio.to_thread(postgres.leave, self._server)

    @contextlib.asynccontextmanager
    async def transaction(self, person: str) -> AsyncIterator[psycopg.AsyncConnection[Row]]:
        """A transaction that sees and writes the rows of `person` alone."""
        with self._problems():
            async with self._pool.connection() as connection, connection.transaction():
                await connection.execute(
                    "select set_config('musespark.person', %s, true)", (storable(person),)
                )
                yield cast("psycopg.AsyncConnection[Row]", connection)

    async def rows(
        self, person: str, query: LiteralString, *values: object, **named: object
    ) -> list[Row]:
        """All rows of one statement, run for `person`; its values in order, or by their names."""
        given = storable(named) if named else [storable(value) for value in values]

        async def run() -> list[Row]:
            async with self.transaction(person) as connection:
                cursor = await connection.execute(query, given)
                return await cursor.fetchall() if cursor.description else []

        return await _again(run)

    async def system(self, query: LiteralString, *values: object) -> list[Row]:
        """All rows of a statement that no person asks: it sees no person's rows, only what the
        narrow functions of the migrations give out."""
        given = [storable(value) for value in values]

        async def run() -> list[Row]:
            with self._problems():
                async with self._pool.connection() as connection:
                    cursor = await connection.execute(query, given)
                    rows = await cursor.fetchall() if cursor.description else []
                    return cast("list[Row]", rows)

        return await _again(run)

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
            away = isinstance(error, Problem) and error.code in AWAY
            if len(batch) > 1 and not away:
                for item in batch:
                    await self._commit([item])
                return
            for _, done in batch:
                if not done.done():
                    done.set_exception(error)
            return
        for _, done in batch:
            if not done.done():
                done.set_result(None)

    async def live_as(self, executor: str) -> bool:
        """Hold the lock that says that this process lives, until it closes or dies. Called again
        and again, it takes the lock anew where the database was away, and says so by True. An
        embedded server that has died is started again."""
        if self._locks is not None and not self._locks.closed:
            with contextlib.suppress(psycopg.Error):
                await self._locks.execute("select 1")
                return False
        if self._server is not None:
            await asyncio.to_thread(postgres.rouse, self._server)
        await self._hold(executor)
        return True

    async def is_dead(self, executor: str) -> bool:
        """Whether no living process holds that executor's lock; it is this process's from then
        on, so that one process alone takes up what the dead one left."""
        return await self._hold(executor)

    async def _hold(self, executor: str) -> bool:
        number = zlib.crc32(executor.encode()) | (1 << 40)
        with self._problems():
            if self._locks is None or self._locks.closed:
                self._locks = await psycopg.AsyncConnection.connect(self.conninfo, autocommit=True)
            cursor = await self._locks.execute("select pg_try_advisory_lock(%s)", (number,))
            row = await cursor.fetchone()
            return bool(row and row[0])

    @contextlib.contextmanager
    def _problems(self) -> Iterator[None]:
        """What the database says, in a person's words."""
        try:
            yield
        except (psycopg.OperationalError, PoolTimeout) as error:
            if isinstance(error, _CROSSED):
                raise _crossed() from None
            self._mend()
            raise _unreachable(error, self.conninfo) from None
        except psycopg.errors.ReadOnlySqlTransaction:
            raise Problem(
                "database_unreachable",
                "The database takes nothing new.",
                why="It is a copy that is only read, or was set so.",
                next="Name the server that takes writes, or wait until this one does.",
                status=503,
            ) from None
        except psycopg.errors.InsufficientPrivilege:
            raise Problem(
                "not_yours",
                "There is nothing with that id for you.",
                next="Check the id, or start a new conversation.",
                status=404,
            ) from None
        except psycopg.Error as error:
            if error.sqlstate == _FORGOTTEN:
                raise _forgotten() from None
            if error.sqlstate != _RUN_EXISTS:
                raise
            raise Problem(
                "run_exists",
                "There is a run with that id already.",
                next="Send another run id.",
                status=409,
            ) from None

    def _mend(self) -> None:
        """After one connection broke, look at the idle ones, lest each costs a person an error."""
        if (self._mending is None or self._mending.done()) and not self._pool.closed:
            self._mending = asyncio.create_task(self._pool.check())
            self._mending.add_done_callback(lambda task: task.cancelled() or task.exception())


def as_json(value: object) -> str:
    """JSON that jsonb takes: NUL and halves of a surrogate pair, which it cannot hold, become the
    replacement character."""
    try:
        encoded = msgspec.json.encode(value)
    except UnicodeEncodeError:
        encoded = msgspec.json.encode(storable(msgspec.to_builtins(value)))
    if b"\\u0000" in encoded:
        encoded = msgspec.json.encode(storable(msgspec.json.decode(encoded)))
    return encoded.decode()


def storable(value: Any) -> Any:
    """The value with every text in it such that PostgreSQL can hold it."""
    if isinstance(value, str):
        return value if value.isascii() and "\0" not in value else _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {storable(k): storable(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    return value


_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def _with_patience(conninfo: str) -> str:
    """The same with a limit to how long connecting may take, where none is given."""
    if "connect_timeout" in conninfo_to_dict(conninfo):
        return conninfo
    return make_conninfo(conninfo, connect_timeout=CONNECT_SECONDS)


async def _become_app(connection: psycopg.AsyncConnection[Any]) -> None:
    """Work as the role that row security holds for, whoever connected: a superuser or the tables'
    owner would see every person's rows."""
    cursor = await connection.execute("select current_user as name")
    row = await cursor.fetchone()
    if row and row["name"] != APP_ROLE:
        await connection.execute(sql.SQL("set role {}").format(sql.Identifier(APP_ROLE)))


async def _again(work: Callable[[], Awaitable[T]]) -> T:
    """What a whole transaction gives, begun anew where another one stood in its way."""
    for _ in range(_TRIES - 1):
        try:
            return await work()
        except Problem as problem:
            if problem.code != "database_conflict":
                raise
        await asyncio.sleep(random.uniform(0, 0.1))  # noqa: S311
    return await work()


def _forgotten() -> Problem:
    return Problem(
        "forgotten",
        "This person was forgotten, so nothing new is remembered.",
        why="They asked for it, and have allowed nothing since.",
        next="They can allow a purpose again, or use another account.",
        status=410,
    )


def _crossed() -> Problem:
    return Problem(
        "database_conflict",
        "Two pieces of work waited for each other in the database, so it broke one of them off.",
        why="Both wanted to change the same rows at the same moment; nothing of this one was kept.",
        next="Try again.",
        status=503,
    )


def _unreachable(error: Exception, *conninfos: str) -> Problem:
    reason = str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else ""
    if isinstance(error, psycopg.errors.DiskFull) or "No space left" in str(error):
        return Problem(
            "disk_full",
            "The database has no space left.",
            why="The disk that holds it is full.",
            next="Free some space; what was kept before is safe.",
            status=507,
        )
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return Problem(
            "database_role",
            "The database does not let this server set itself up.",
            why=f"It says: {_clean(reason, conninfos)}.",
            next=f"As its administrator run once: create role {APP_ROLE} nologin; "
            f"grant {APP_ROLE} to the role of MUSESPARK_DATABASE_URL.",
            status=503,
        )
    if type(error) is psycopg.ProgrammingError:  # libpq could not read it, and quotes it
        return Problem(
            "database_unreachable",
            "The address of the database cannot be read.",
            next="MUSESPARK_DATABASE_URL is like postgresql://name:password@host:5432/database; "
            "write signs such as @ : / # ? % of the password as %40 %3A %2F %23 %3F %25.",
            status=503,
        )
    return Problem(
        "database_unreachable",
        "The database does not answer.",
        why=f"{_clean(reason, conninfos) or 'No reason given'}.",
        next="Check that PostgreSQL runs and that MUSESPARK_DATABASE_URL is right, then try again.",
        status=503,
    )


def _clean(words: str, conninfos: Sequence[str]) -> str:
    """The words without a password or a piece of one: an unescaped @ makes some of it the host."""
    for conninfo in conninfos:
        login = re.search(r"//[^:/@]*:(.*)@", conninfo)
        pieces = re.split(r"[@:/?#%\s]", login[1]) if login else []
        with contextlib.suppress(psycopg.ProgrammingError):
            pieces.append(str(conninfo_to_dict(conninfo).get("password") or ""))
        for piece in sorted(pieces, key=len, reverse=True):
            if len(piece) > 1:
                words = words.replace(piece, "…")
    return words


# How many stores of this process use each embedded server: it stops with the last one.
