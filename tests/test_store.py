"""The store: who sees a row, what is kept together, which servers it works with, and bad days."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections import namedtuple
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import make_url

from musespark import postgres
from musespark.engine import Engine
from musespark.keys import Keys
from musespark.message import say
from musespark.migrating import APP_ROLE
from musespark.problem import Problem
from musespark.scripted import ScriptedModel
from musespark.settings import Secret, Settings, read
from musespark.store import Store, as_json
from musespark.turn import new_id
from outside import PASSWORD, Outside, alive

OPEN = """
import asyncio, sys
from musespark.settings import read
from musespark.store import Store

async def main():
    store = await Store.open(read())
    rows = await store.system("select current_user as name")
    print(rows[0]["name"], flush=True)
    if len(sys.argv) > 1:
        await asyncio.sleep(60)
    await store.close()

asyncio.run(main())
"""


@pytest.fixture
async def store(settings: Settings, server: object) -> AsyncIterator[Store]:
    opened = await Store.open(settings)
    yield opened
    await opened.close()


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    made = Outside(tmp_path_factory.mktemp("outside") / "data")
    yield made
    made.stop()


def owner(server: Any) -> psycopg.Connection[Any]:
    """A connection that may see everything, to look behind the store's back."""
    return psycopg.connect(server.get_uri(), autocommit=True)


def at(url: str, **more: Any) -> Settings:
    return Settings(database_url=Secret(url), **more)


def begin(run: str, **more: Any) -> dict[str, Any]:
    return {
        "conversation": f"c-{run}", "run": run, "executor": "e", "asked": "auto",
        "messages": [say("user", "Hello")], **more,
    }  # fmt: skip


# -- who sees a row -----------------------------------------------------------------------------


async def test_the_app_has_no_right_to_see_past_row_security(store: Store) -> None:
    [row] = await store.system(
        "select rolname, rolsuper, rolbypassrls, rolcreaterole from pg_roles"
        " where rolname = current_user"
    )
    assert row == {
        "rolname": APP_ROLE, "rolsuper": False, "rolbypassrls": False, "rolcreaterole": False
    }  # fmt: skip
    owned = await store.system(
        "select relname from pg_class where relowner = current_user::regrole"
        " and relnamespace = 'public'::regnamespace"
    )
    assert owned == []


def tables(connection: psycopg.Connection[Any]) -> list[str]:
    """Every table with a person, of today and of tomorrow."""
    return [
        row[0]
        for row in connection.execute(
            "select c.table_name from information_schema.columns c join information_schema.tables t"
            " using (table_schema, table_name) where c.column_name = 'person'"
            " and table_schema = 'public' and table_type = 'BASE TABLE' order by 1"
        )
    ]


def fill(connection: psycopg.Connection[Any], names: list[str], person: str) -> None:
    """A row of this person in every table, made up from the types of its columns."""
    waiting = list(names)
    made = {
        "text": f"{person}-id",
        "jsonb": "{}",
        "bytea": secrets.token_bytes(8),
        "bigint": 1,
        "integer": 1,
        "double precision": 1.0,
        "timestamp with time zone": "2026-01-01",
        "date": "2026-01-01",
        "boolean": False,
    }
    for _ in range(len(names) ** 2):
        if not waiting:
            return
        name = waiting.pop(0)
        columns = connection.execute(
            "select column_name, data_type from information_schema.columns where table_name = %s"
            " and is_nullable = 'NO' and column_default is null and is_identity = 'NO'",
            (name,),
        ).fetchall()
        values: dict[str, Any] = {column: made[kind] for column, kind in columns}
        values["person"] = person
        if "state" in values:
            values["state"] = "running"
        statement = sql.SQL("insert into {} ({}) values ({})").format(
            sql.Identifier(name),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(sql.Placeholder() * len(values)),
        )
        try:
            connection.execute(statement, list(values.values()))
        except psycopg.errors.ForeignKeyViolation:
            waiting.append(name)
    raise AssertionError(f"could not fill {waiting}")


async def test_no_table_leaks_a_row_to_another_person(store: Store, server: Any) -> None:
    ann, bob = new_id("ann"), new_id("bob")
    with owner(server) as connection:
        names = tables(connection)
        assert {"people", "keys", "activities", "messages", "runs", "steps", "events"} <= set(names)
        secured = connection.execute(
            "select relname from pg_class where relrowsecurity and relkind = 'r'"
        ).fetchall()
        assert set(names) <= {row[0] for row in secured}
        fill(connection, names, ann)
        fill(connection, names, bob)

        def count(name: str, person: str) -> int:
            query = sql.SQL("select count(*) from {} where person = %s")
            row = connection.execute(query.format(sql.Identifier(name)), (person,)).fetchone()
            return int(row[0]) if row else 0

        for name in names:
            table = sql.Identifier(name)

            async def ask(person: str, words: str, table: Any = table) -> list[Any]:
                query: Any = sql.SQL(words).format(table)
                return await store.rows(person, query)

            nobody: Any = sql.SQL("select * from {}").format(table)
            assert await store.system(nobody) == [], f"{name} without a person"
            assert await ask("", "select * from {}") == [], f"{name} for an empty person"
            seen = await ask(ann, "select * from {}")
            assert [row["person"] for row in seen] == [ann], f"{name}: select"
            with pytest.raises(Problem, match="nothing with that id"):
                await store.rows(ann, sql.SQL("update {} set person = %s").format(table), bob)  # type: ignore[arg-type]
            may = connection.execute(
                "select has_table_privilege('musespark_app', %s, 'update')", (name,)
            ).fetchone()
            if may and may[0]:  # others are never changed
                touched = await ask(ann, "update {} set person = person returning person")
                assert [row["person"] for row in touched] == [ann], f"{name}: update"
            columns = sql.SQL(", ").join(
                sql.Identifier(c) for c in seen[0] if not (c == "id" and name in _numbered)
            )
            copy: Any = sql.SQL(
                "insert into {} ({}) select {} from (select * from {}) t"
            ).format(
                table, columns,
                sql.SQL(", ").join(
                    sql.Literal(bob) if c == "person" else sql.Identifier(c)
                    for c in seen[0] if not (c == "id" and name in _numbered)
                ),
                table,
            )  # fmt: skip
            with pytest.raises(Problem, match="nothing with that id"):
                await store.rows(ann, copy)
            assert count(name, bob) == 1, f"{name}: insert"
        for name in names:
            await store.rows(ann, sql.SQL("delete from {}").format(sql.Identifier(name)))  # type: ignore[arg-type]
        for name in names:
            assert count(name, ann) == 0, f"{name}: delete left something"
            assert count(name, bob) == 1, f"{name}: delete took another person's row"
        connection.execute("delete from keys where person = %s", (bob,))  # a key closes the server


_numbered = ("activities", "audit", "messages", "removals")  # their ids are given by the database


@pytest.mark.parametrize("table", ["runs", "conversations"])
async def test_what_is_named_by_id_is_not_sought_among_all_of_its_person(
    store: Store, table: Any
) -> None:
    """Row security must not lead the planner past the primary key: one run would read all."""
    # A table with few rows is read whole, whatever its indexes.
    listed = f"explain select id from {table} where person = current_setting('musespark.person')"
    plans = []
    async with store.transaction("ann") as connection:
        await connection.execute("set local enable_seqscan = off")
        for query in (f"explain update {table} set id = id where id = 'x'", listed):
            plans.append(str(await (await connection.execute(query)).fetchall()))
    assert f"{table}_pkey" in plans[0]
    assert f"{table}_person" in plans[1]


async def test_the_words_of_a_message_are_those_of_all_its_texts(store: Store) -> None:
    async def words(*parts: dict[str, str]) -> Any:
        given = as_json(parts)
        return (await store.rows("ann", "select words_of(%s::jsonb) as words", given))[0]["words"]

    said, more = {"type": "text", "text": "Twenty-One\n"}, {"type": "text", "text": "B@c"}
    picture = {"type": "image", "url": "data:,x"}
    assert await words(said) == "twenty one\n"
    assert await words(said, picture, more) == "twenty one\n b c"
    assert await words(picture) is None
    assert await words() is None


async def test_a_connection_forgets_the_person_it_worked_for(
    settings: Settings, server: Any
) -> None:
    store = await Store.open(settings, size=1)
    try:
        person = new_id("p")
        await store.rows(person, "insert into people (person) values (%s)", person)
        assert len(await store.rows(person, "select * from people")) == 1
        assert await store.system("select * from people") == []
        with pytest.raises(psycopg.errors.DivisionByZero):
            await store.rows(person, "select 1 / 0")
        assert await store.system("select * from people") == []
    finally:
        await store.close()


async def test_the_app_cannot_change_what_it_works_in(store: Store) -> None:
    for words in ("create table mine (x int)", "alter table runs disable row level security",
                  "drop table runs", "update migrations set name = ''"):  # fmt: skip
        with pytest.raises(Problem):
            await store.system(words)  # type: ignore[arg-type]


# -- keeping ------------------------------------------------------------------------------------


async def test_many_records_share_few_commits(store: Store, monkeypatch: Any) -> None:
    person, calls = new_id("p"), 0
    commit = store.system

    async def counted(*given: Any) -> Any:
        nonlocal calls
        calls += 1
        return await commit(*given)

    monkeypatch.setattr(store, "system", counted)
    await asyncio.gather(*(store.keep("begin", person, begin(f"{person}-{n}")) for n in range(300)))
    assert calls < 30
    [row] = await store.rows(person, "select count(*) as n from runs")
    assert row["n"] == 300


async def test_one_bad_record_takes_no_neighbour_along(store: Store) -> None:
    person = new_id("p")
    records = [begin(f"{person}-{n}") for n in range(40)]
    records[7] = begin(f"{person}-7", asked=None)
    ends = await asyncio.gather(
        *(store.keep("begin", person, record) for record in records), return_exceptions=True
    )
    assert [n for n, end in enumerate(ends) if end is not None] == [7]
    assert isinstance(ends[7], psycopg.errors.NotNullViolation)
    [row] = await store.rows(person, "select count(*) as n from runs")
    assert row["n"] == 39


async def test_a_database_that_is_away_is_asked_once_for_all(
    store: Store, monkeypatch: Any
) -> None:
    calls = 0

    async def away(*given: Any) -> Any:
        nonlocal calls
        calls += 1
        raise Problem("database_unreachable", "The database does not answer.")

    monkeypatch.setattr(store, "system", away)
    person = new_id("p")
    ends = await asyncio.gather(
        *(store.keep("begin", person, begin(f"{person}-{n}")) for n in range(100)),
        return_exceptions=True,
    )
    assert all(isinstance(end, Problem) for end in ends)
    assert calls <= 4


async def test_who_stops_waiting_does_not_stop_the_keeping(store: Store) -> None:
    person = new_id("p")
    task = asyncio.create_task(store.keep("begin", person, begin(f"{person}-1")))
    await asyncio.sleep(0)
    task.cancel()
    await store.keep("begin", person, begin(f"{person}-2"))
    [row] = await store.rows(person, "select count(*) as n from runs")
    assert row["n"] == 2


async def test_a_run_id_that_is_taken_is_refused(store: Store) -> None:
    ann, bob = new_id("ann"), new_id("bob")
    await store.keep("begin", ann, begin(f"{ann}-1"))
    for person in (ann, bob):
        body = begin(f"{ann}-1", conversation=f"{person}-other")
        with pytest.raises(Problem) as caught:
            await store.keep("begin", person, body)
        assert (caught.value.code, caught.value.status) == ("run_exists", 409)
    await store.keep("begin", ann, begin(f"{ann}-1", again=True))  # the same process, once more
    [row] = await store.rows(ann, "select count(*) as n from messages")
    assert row["n"] == 1
    assert await store.rows(bob, "select * from conversations") == []


async def test_another_persons_conversation_is_refused(store: Store) -> None:
    ann, bob = new_id("ann"), new_id("bob")
    await store.keep("begin", ann, begin(f"{ann}-1"))
    with pytest.raises(Problem) as caught:
        await store.keep("begin", bob, begin(f"{bob}-1", conversation=f"c-{ann}-1"))
    assert (caught.value.code, caught.value.status) == ("not_yours", 404)


@pytest.mark.parametrize(
    "strange", ["a\0b", "half \ud800 a pair", "\udfff\0", "emoji 🦫 and \\u0000"]
)
async def test_text_that_postgresql_cannot_hold_is_kept_as_near_as_it_can(
    store: Store, strange: str
) -> None:
    person = new_id("p")
    await store.keep(
        "begin", person, begin(f"{person}-1", title=strange, messages=[say("user", strange)])
    )
    [row] = await store.rows(person, "select parts from messages")
    expected = "".join("\ufffd" if c == "\0" or 0xD800 <= ord(c) < 0xE000 else c for c in strange)
    assert row["parts"][0]["text"] == expected
    assert await store.rows(person, "select * from runs where id = %s", strange) == []
    assert await store.rows(strange, "select * from runs") == []


strange = st.text(alphabet="\0\ud800\udfffa\\u0")
plain = st.text() | strange | st.none() | st.booleans()


@given(st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_any_value_becomes_json_that_the_store_takes(value: Any) -> None:
    text = as_json(value)
    text.encode()
    assert "\0" not in text
    assert "\\u0000" not in text.replace("\\\\", "")


# -- addresses ----------------------------------------------------------------------------------


def through_sqlalchemy(url: str) -> dict[str, str]:
    _, arguments = PGDialect_psycopg().create_connect_args(make_url(url))
    return {name: str(value) for name, value in arguments.items()}


@pytest.mark.parametrize(
    "conninfo",
    [
        "postgresql://ann:p%40ss%2Fw%3Ard%20%23%25@db.example:5433/social%20app?sslmode=require",
        "postgresql://postgres@/postgres?host=/tmp/a%20folder%2Bmore",
        "postgresql://postgres@/postgres?host=/tmp/socket&port=5555",
        "postgresql://ann@[::1]:5433/db?application_name=a%20b",
        "host=db.example dbname=x user=y options='-c statement_timeout=5000'",
        "host=a.example,b.example port=5432,5433 dbname=x target_session_attrs=read-write",
        "postgresql:///db",
    ],
)
async def test_an_address_survives_the_way_through_sqlalchemy(conninfo: str) -> None:
    store = Store(conninfo)
    expected = conninfo_to_dict(conninfo, connect_timeout=10)
    assert through_sqlalchemy(store.url) == {k: str(v) for k, v in expected.items()}


words = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=1, max_size=12)


@given(words, words, words.filter(lambda w: w[0] != "/"))
def test_any_name_and_password_survive(user: str, password: str, name: str) -> None:
    conninfo = make_conninfo(
        host="db.example", user=user, password=password, dbname=name, connect_timeout=3
    )

    async def url() -> str:
        return Store(conninfo).url

    found = through_sqlalchemy(asyncio.run(url()))
    assert (found["user"], found["password"], found["dbname"]) == (user, password, name)


# -- one home, several processes ----------------------------------------------------------------


def opened(home: Path, *more: str) -> subprocess.Popen[bytes]:
    environ = {k: v for k, v in os.environ.items() if not k.startswith("MUSESPARK_")}
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", OPEN, *more],
        env=environ | {"MUSESPARK_HOME": str(home)},
        stdout=subprocess.PIPE,
    )


async def test_processes_that_start_together_on_a_fresh_home_take_turns(tmp_path: Path) -> None:
    home = tmp_path / "home"
    processes = [opened(home) for _ in range(3)]
    said = [await asyncio.to_thread(process.communicate) for process in processes]
    assert [out.decode().strip() for out, _ in said] == [APP_ROLE] * 3
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert not (home / "postgres" / "postmaster.pid").exists(), "the last one stops the server"

    # A process that is killed is no reason to keep the server running after the next one.
    killed = opened(home, "wait")
    assert killed.stdout is not None
    assert killed.stdout.readline().strip() == APP_ROLE.encode()
    postmaster = int((home / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert alive(postmaster)

    store = await Store.open(read({"MUSESPARK_HOME": str(home)}))
    files = {p.name for p in Path(postgres.__file__).parent.joinpath("migrations").glob("*.sql")}
    with owner(store._server) as connection:
        applied = connection.execute("select name from migrations").fetchall()
    assert sorted(row[0] for row in applied) == sorted(files)

    # Nor is a server that was killed itself: it is started again, and what was kept is there.
    person = new_id("p")
    await store.rows(person, "insert into people (person) values (%s)", person)
    await store.live_as("executor")
    os.kill(postmaster, signal.SIGKILL)
    while alive(postmaster):
        await asyncio.sleep(0.02)
    assert await store.live_as("executor") is True
    assert await store.live_as("executor") is False
    await until_it_answers(store)
    assert len(await store.rows(person, "select * from people")) == 1
    postmaster = int((home / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    await store.close()
    assert not alive(postmaster)

    # And the number of a dead server may be somebody else's by now.
    lines = [str(os.getpid()), str(home / "postgres"), "1", "5432", "/tmp", "", "1 1", "ready"]
    (home / "postgres" / "postmaster.pid").write_text("\n".join(lines))
    store = await Store.open(read({"MUSESPARK_HOME": str(home)}))
    assert len(await store.rows(person, "select * from people")) == 1
    await store.close()


async def until_it_answers(store: Store) -> None:
    """Broken connections of the pool are found out one at a time, or all at the first one."""
    async with asyncio.timeout(20):
        while True:
            try:
                await store.system("select 1")
                return
            except Problem:
                await asyncio.sleep(0.05)


async def test_two_stores_of_one_process_share_the_server(settings: Settings, server: Any) -> None:
    first, second = await Store.open(settings), await Store.open(settings)
    await first.close()
    assert await second.system("select 1 as one") == [{"one": 1}]
    await second.close()


def test_the_dead_and_the_renumbered_are_forgotten(tmp_path: Path) -> None:
    file = tmp_path / ".handle_pids.json"
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as later:
        file.write_text(f"[{gone.pid}, {os.getpid()}]")
        postgres._forget_the_dead(tmp_path)
        assert file.read_text() == f"[{os.getpid()}]"
        file.write_text(f"[{later.pid}]")
        os.utime(file, (time.time() - 3600,) * 2)  # that process began after this was written
        postgres._forget_the_dead(tmp_path)
        assert file.read_text() == "[]"
        file.write_text('[1, "half')
        postgres._forget_the_dead(tmp_path)
        assert file.read_text() == "[]"
        later.communicate(b"\n")


# -- a server of the operator's own -------------------------------------------------------------


async def works(store: Store) -> None:
    """The store does what every part of the product needs of it."""
    [row] = await store.system("select current_user as name")
    assert row["name"] == APP_ROLE
    ann, bob = new_id("ann"), new_id("bob")
    await store.keep("begin", ann, begin(f"{ann}-1"))
    assert len(await store.rows(ann, "select * from messages")) == 1
    assert await store.rows(bob, "select * from messages") == []
    assert await store.system("select * from messages") == []
    left = await store.system("select * from unfinished_runs()")
    assert f"{ann}-1" in [row["id"] for row in left]
    [row] = await store.system("select run_owner(%s) as person", f"{ann}-1")
    assert row["person"] == ann
    keys = Keys(store)
    _, key = await keys.create(ann)
    assert await Keys(store).owner(key) == ann


async def test_an_owner_that_may_make_roles_needs_no_help(outside: Outside) -> None:
    outside.ask(f"create role maker createrole login password '{PASSWORD}'")
    if outside.ask(f"select 1 from pg_roles where rolname = '{APP_ROLE}'"):
        outside.ask(f"grant {APP_ROLE} to maker with admin option")
    store = await Store.open(at(outside.database("maker", "maker")))
    try:
        await works(store)
    finally:
        await store.close()


async def test_an_owner_that_may_not_make_roles_is_told_what_to_do(outside: Outside) -> None:
    outside.ask(f"create role plain login password '{PASSWORD}'")
    url = outside.database("plain", "plain")
    with pytest.raises(Problem) as caught:
        await Store.open(at(url))
    assert caught.value.code == "database_role"
    assert f"create role {APP_ROLE} nologin; grant {APP_ROLE} to" in caught.value.text
    if not outside.ask(f"select 1 from pg_roles where rolname = '{APP_ROLE}'"):
        outside.ask(f"create role {APP_ROLE} nologin")
    outside.ask(f"grant {APP_ROLE} to plain")
    store = await Store.open(at(url))
    try:
        await works(store)
    finally:
        await store.close()


async def test_a_superuser_gives_up_its_rights(outside: Outside) -> None:
    url = outside.database("super duper/db")
    first, second = await asyncio.gather(Store.open(at(url)), Store.open(at(url)))
    try:
        await works(first)
        await works(second)
    finally:
        await first.close()
        await second.close()


async def test_the_server_may_connect_as_another_than_the_owner(outside: Outside) -> None:
    outside.ask(f"create role web login password '{PASSWORD}'")
    owner_url = outside.database("split")
    settings = at(outside.url("web", "split"), database_owner_url=Secret(owner_url))
    store = await Store.open(settings)
    try:
        await works(store)
    finally:
        await store.close()


async def test_a_durable_run_works_on_a_server_of_ones_own(
    outside: Outside, tmp_path: Path
) -> None:
    outside.database("durable")
    for url in (outside.url("boss", "durable"), outside.socket_url("boss", "durable")):
        model = ScriptedModel(["It has 7 days. Answer: 7"], repeat=True)
        engine = await Engine.open(at(url, home=tmp_path), models=lambda tier, m=model: m)
        try:
            question = [say("user", "How many harbours has the island?")]
            turn = await engine.turn(question, mode="contemplating")
            live = await engine.start(turn)
            assert [event async for _, event in live.follow()]
            assert (await engine.runs.row("owner", turn.run))["state"] == "done"
        finally:
            await engine.close()


# -- bad days -----------------------------------------------------------------------------------


def secrets_in(text: str) -> list[str]:
    return [piece for piece in (PASSWORD, "p@ss", "w/rd", "hunter2", "hunter") if piece in text]


async def test_what_hinders_the_connection_is_said_without_the_password(outside: Outside) -> None:
    good = outside.url("boss", "postgres")
    bad = {
        good.replace(str(outside.port), "1"): "refused",
        outside.url("boss", "postgres", "hunter2"): "password authentication failed",
        outside.url("boss", "no such one"): "does not exist",
        good.replace("127.0.0.1", "db.invalid"): "",
        "postgresql://boss:hunter2@ss@127.0.0.1:1/db": "",
        "postgres//boss:hunter2@127.0.0.1/db": "cannot be read",
        "postgresql://boss:hunter2@127.0.0.1:port/db": "",
        "postgresql://boss:hunter2#x@127.0.0.1/db": "",
        "postgresql://boss:hunter%2@127.0.0.1/db": "cannot be read",
    }
    for url, why in bad.items():
        with pytest.raises(Problem) as caught:
            await Store.open(at(url))
        problem = caught.value
        assert (problem.code, problem.status) == ("database_unreachable", 503), url
        assert why in problem.text
        assert "MUSESPARK_DATABASE_URL" in problem.next
        assert not secrets_in(problem.text), problem.text


async def test_the_app_login_that_fails_says_why(outside: Outside) -> None:
    owner_url = outside.database("half")
    settings = at(outside.url("boss", "half", "hunter2"), database_owner_url=Secret(owner_url))

    with pytest.raises(Problem) as caught:
        await Store.open(settings)
    assert "password authentication failed" in caught.value.text
    assert not secrets_in(caught.value.text)


@pytest.mark.parametrize("state", ["40P01", "40001"])
async def test_work_that_another_one_stood_in_the_way_of_is_begun_anew(
    store: Store, server: Any, state: str
) -> None:
    with owner(server) as boss:  # a function that is broken off twice, then works
        boss.execute("create sequence if not exists crossed")
        boss.execute("alter sequence crossed restart")
        boss.execute("grant all on sequence crossed to public")
    crossed = f"""do $$ begin if nextval('crossed') < %d then
        raise exception 'deadlock detected' using errcode = '{state}'; end if; end $$"""
    statement: Any = crossed % 3
    assert await store.rows("ann", statement) == []
    [row] = await store.rows("ann", "select last_value from crossed")
    assert row["last_value"] == 3

    never: Any = crossed % 1000
    with pytest.raises(Problem) as caught:
        await store.rows("ann", never)
    assert (caught.value.code, caught.value.status) == ("database_conflict", 503)
    assert "waited for each other" in caught.value.text
    assert "does not answer" not in caught.value.text


async def test_a_real_deadlock_is_said_as_such(store: Store) -> None:
    locks = ("select pg_advisory_xact_lock(71)", "select pg_advisory_xact_lock(72)")
    ready = asyncio.Barrier(2)

    async def cross(first: Any, second: Any) -> None:
        async with store.transaction("ann") as connection:
            await connection.execute(first)
            await ready.wait()
            await connection.execute(second)

    ways = await asyncio.gather(cross(*locks), cross(*locks[::-1]), return_exceptions=True)
    [lost] = [way for way in ways if way is not None]
    assert isinstance(lost, Problem)
    assert lost.code == "database_conflict"


async def test_a_database_that_is_only_read_is_said_as_such(outside: Outside) -> None:
    url = outside.database("copied")
    store = await Store.open(at(url))
    try:
        outside.ask("alter database copied set default_transaction_read_only = on")
        await store.system("select set_config('default_transaction_read_only', 'on', false)")
        with pytest.raises(Problem) as caught:
            await store.keep("begin", "ann", begin("run-read-only"))
        assert caught.value.code == "database_unreachable"
        assert "takes nothing new" in caught.value.text
    finally:
        await store.close()


async def test_a_full_disk_is_said_as_such(store: Store) -> None:
    with pytest.raises(Problem) as caught:
        await store.system(
            "do $$ begin raise exception 'could not extend file: No space left on device'"
            " using errcode = 'disk_full'; end $$"
        )
    assert (caught.value.code, caught.value.status) == ("disk_full", 507)
    assert "Free some space" in caught.value.text


async def test_a_home_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem) as caught:
        await Store.open(Settings(home=tmp_path / "file" / "home"))
    assert caught.value.code == "no_home"
    assert "MUSESPARK_HOME" in caught.value.next


async def test_a_home_without_space_starts_nothing(tmp_path: Path, monkeypatch: Any) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10, 10, 5_000_000))
    with pytest.raises(Problem) as caught:
        await Store.open(read({"MUSESPARK_HOME": str(tmp_path / "home")}))
    assert caught.value.code == "disk_full"
    assert not (tmp_path / "home" / "postgres").exists()
    assert tmp_path.joinpath("home") / "postgres" not in postgres._users
