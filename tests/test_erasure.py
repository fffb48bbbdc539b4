"""Forgetting: after it, no table, no index, no file has a word of the person, and nobody else lost
anything."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import psycopg
import pytest
from psycopg import sql

from musespark import audit, erasure, ledger, looking, postgres, purposes, sandbox
from musespark.activity import Activity
from musespark.engine import Engine
from musespark.message import say
from musespark.model import Request
from musespark.problem import Problem
from musespark.scripted import Reply, ScriptedModel
from musespark.settings import Settings, read
from musespark.turn import new_id
from served import TASKS, Served, script, served

WORD = "zymurgic"  # in everything that is of the one who will be forgotten
OTHER = "quokkaish"  # and of the one who stays


def echo(request: Request) -> Reply:
    """A model that repeats what it was asked, so that the words come back in every answer."""
    reply = script(request)
    if request.schema is None:
        asked = request.messages[-1].text
        return Reply(text=f"About {asked[:200]}", reasoning=f"They said {asked[:100]}")
    if "tasks" in reply.text:
        word = WORD if WORD in str(request.messages) else OTHER
        tasks = [{**task, "objective": f"{word} {task['objective']}"} for task in TASKS]
        return Reply(text=msgspec.json.encode({"kind": "breadth", "tasks": tasks}).decode())
    return reply


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A home of its own: what is cleared away there changes how queries of others are planned."""
    with tempfile.TemporaryDirectory(prefix="musespark-") as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[object]:
    running, _ = postgres.start(home)
    yield running
    postgres.leave(running)


@pytest.fixture
def settings(home: Path) -> Settings:
    return read({"MUSESPARK_HOME": str(home)})


@pytest.fixture
async def engine(settings: Settings, server: object) -> AsyncIterator[Engine]:
    model = ScriptedModel(echo)
    opened = await Engine.open(settings, models=lambda tier: model, watch=True)
    yield opened
    await opened.close()


def owner(engine: Engine) -> psycopg.Connection[Any]:
    return psycopg.connect(erasure._owner(engine), autocommit=True)


def found_in_tables(engine: Engine, *words: str) -> dict[str, int]:
    """How many rows of each table, of every schema, hold one of the words in any column."""
    found = {}
    with owner(engine) as connection:
        names = connection.execute(
            "select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid ="
            " c.relnamespace where c.relkind in ('r', 'm', 'p') and n.nspname not in"
            " ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, name in names:
            said = sql.SQL(" or ").join(
                sql.SQL("lower(t::text) like {}").format(sql.Literal(f"%{shape}%"))
                for word in words for shape in (word.lower(), word.encode().hex())
            )  # fmt: skip
            query = sql.SQL("select count(*) from {}.{} t where {}").format(
                sql.Identifier(schema), sql.Identifier(name), said
            )
            row = connection.execute(query).fetchone()
            if row and row[0]:
                found[f"{schema}.{name}"] = row[0]
    return found


def found_in_files(folder: Path, *words: str) -> list[str]:
    """The files below a folder that hold one of the words, whatever they are."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            body = path.read_bytes().lower()
            for word in words:
                if word.encode() in body or word.encode("utf-16-le") in body:
                    found.append(str(path.relative_to(folder)))
    return found


async def fill(served_: Served, person: str, word: str) -> None:
    """Something of a person through every door that there is, each with the word in it."""
    engine = served_.engine
    assert engine.store is not None
    assert engine.files is not None
    for purpose in ("memory", "feed"):
        await purposes.change(engine.store, person, purpose, True, context=f"{word} page")
    who = await engine.person(person)
    words = f"A file: {word}\n".encode()
    file = await engine.files.keep(person, words, f"{word}.txt", "text/plain")
    await engine.files.keep(person, words * 2, f"k-{word}.txt", "text/plain", "user_data")
    for mode in ("instant", "thinking", "contemplating"):
        turn = await engine.turn(
            [say("user", f"Tell me in {mode} about {word}, please, in three parts.")],
            person=who, mode=mode, insist=True,
        )  # fmt: skip
        assert [event async for event in engine.follow(turn)]
        await engine.files.used(person, turn.run, {file})
    activities = [
        Activity(
            type="Create", uri=f"https://x.example/{word}/{n}",
            object={"type": "Note", "id": f"https://x.example/{word}/{n}/o", "content": word},
        )
        for n in range(50)
    ]  # fmt: skip
    await ledger.append_many(engine.store, person, activities)
    gone = Activity(type="Delete", object=f"https://x.example/{word}/3/o")
    await ledger.append(engine.store, person, gone)
    await ledger.withdraw(engine.store, person, "feed", backwards=True)
    _, key = await served_.app.state.door.keys.create(person, f"{word} key")
    await over_http(served_, {"authorization": f"Bearer {key}"}, word)
    await audit.note(engine.store, person, "looked_at", about=word)
    conversation = turn.conversation
    from musespark.shares import Shares

    await Shares(engine.store).create(person, conversation)
    fill_the_rest(engine, person, word)


def fill_the_rest(engine: Engine, person: str, word: str) -> None:
    """A row of theirs in every table that has none yet: of what is asked, approved, connected."""
    made: dict[str, Any] = {
        "text": f"{word} words", "text[]": [word], "bytea": word.encode(),
        "jsonb": f'{{"of": "{word}"}}', "timestamp with time zone": "2100-01-01",
        "date": "2100-01-01",
    }  # fmt: skip
    with owner(engine) as connection:
        for (name,) in connection.execute(_EMPTY).fetchall():
            if connection.execute(
                sql.SQL("select 1 from {} where person = %s").format(sql.Identifier(name)),
                (person,),
            ).fetchone():
                continue
            values: dict[str, Any] = {}
            for column, kind, other in connection.execute(_COLUMNS, (name,)).fetchall():
                if column == "person":
                    values[column] = person
                elif other:  # a row of another table of theirs
                    query = sql.SQL("select id from {} where person = %s limit 1")
                    row = connection.execute(query.format(sql.Identifier(other)), (person,))
                    values[column] = (row.fetchone() or [None])[0]
                else:
                    values[column] = made.get(kind, sum(word.encode()))
            connection.execute(
                sql.SQL("insert into {} ({}) values ({})").format(
                    sql.Identifier(name), sql.SQL(", ").join(map(sql.Identifier, values)),
                    sql.SQL(", ").join(sql.Placeholder() * len(values)),
                ),
                list(values.values()),
            )  # fmt: skip


_EMPTY = """
    select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and a.attname = 'person'
"""
_COLUMNS = """
    select a.attname, format_type(a.atttypid, null), (
        select f.confrelid::regclass::text from pg_constraint f
        where f.contype = 'f' and f.conrelid = a.attrelid and f.conkey = array[a.attnum])
    from pg_attribute a where a.attrelid = %s::regclass and a.attnum > 0 and not a.attisdropped
        and (a.attname = 'person' or a.attnotnull and not a.atthasdef)
"""


async def over_http(served_: Served, headers: dict[str, str], word: str) -> None:
    """The same through the doors over HTTP: profile, password, sign-in, activities, an import, a
    chat, and what is remembered."""

    async def ask(method: str, path: str, **more: Any) -> Any:
        status, body = await served_.json(method, path, headers=headers, **more)
        assert status < 300, (path, body)
        return body

    await ask("PATCH", "/v1/me", json={"name": f"{word} name"})
    await ask(
        "PUT", "/v1/me/password", json={"login": f"{word}.name", "password": f"{word} phrase 8 5"}
    )
    key = headers["authorization"].partition(" ")[2]
    status, _ = await served_.json("POST", "/v1/session", json={"key": key})
    assert status == 200
    note = {"type": "Note", "content": f"I live in {word} street"}
    await ask("POST", "/v1/activities", json=[{"type": "Create", "object": note}])
    await ask("POST", "/v1/chat/completions", json={
        "model": "musespark-instant",
        "messages": [{"role": "user", "content": f"Where is {word} street?"}],
    })  # fmt: skip
    form = aiohttp.FormData()
    form.add_field("file", f"name,boat\nAnn,{word}\n".encode(), filename=f"{word}.csv")
    await ask("POST", "/v1/files", data=form)  # and what is read in it is kept, too
    seen = served_.engine.settings.home / looking.FOLDER
    async with asyncio.timeout(60):
        while not found_in_files(seen, word):
            await asyncio.sleep(0.05)
    form = aiohttp.FormData()
    chat = f"[04.03.26, 05:06:07] Ann: The {word} boat\n[04.03.26, 05:07:07] Bo: Yes\n"
    form.add_field("file", chat.encode(), filename="_chat.txt", content_type="text/plain")
    made = await ask("POST", "/v1/me/imports", data=form)
    while made["state"] in ("waiting", "running"):
        await asyncio.sleep(0.05)
        made = await ask("GET", f"/v1/me/imports/{made['id']}")
    assert made["state"] == "done", made
    kept = (await ask("GET", "/v1/me/memory"))["data"]
    assert any(word in memory["text"] for memory in kept)
    await ask("PATCH", f"/v1/me/memory/{kept[0]['id']}", json={"text": f"{word} changed"})
    await ask("GET", f"/v1/me/memory?q={word}")


async def test_after_forgetting_there_is_no_word_anywhere(
    settings: Settings, server: object
) -> None:
    ann, bob = f"{WORD}-{new_id('p')[-8:]}", f"{OTHER}-{new_id('p')[-8:]}"
    async with served(settings, ScriptedModel(echo)) as here:
        engine = here.engine
        assert engine.store is not None
        await fill(here, ann, WORD)
        await fill(here, bob, OTHER)
        before = found_in_tables(engine, WORD)
        assert {"public.activities", "public.messages", "public.steps", "public.events"} < set(
            before
        )
        tables = await engine.store.rows(ann, "select name from person_tables()")
        with owner(engine) as connection:
            for table in tables:  # also one of tomorrow
                query = sql.SQL("select count(*) from {} where person = %s")
                row = connection.execute(query.format(sql.Identifier(table["name"])), (ann,))
                assert row.fetchone() != (0,), f"{table['name']} has nothing of hers"
        bobs = found_in_tables(engine, OTHER)
        done = await erasure.forget(engine, ann, actor=ann, thorough=True)
        assert done.left == []
        assert found_in_tables(engine, WORD) == {}
        assert WORD.encode() not in b"".join(looking._memory.values())
        assert found_in_tables(engine, OTHER) == bobs, "who stays keeps everything"
        [row] = await engine.store.system("select count(*) as n from forgotten_since(60)")
        assert row["n"] >= 1
        assert found_in_files(settings.home, WORD) == []
        assert found_in_files(settings.home, OTHER)
        await erasure.forget(engine, bob, thorough=True)  # a key closes the server
        assert found_in_tables(engine, OTHER) == {}
        left = found_in_files(settings.home, OTHER)
        assert left == []


async def some(engine: Engine, person: str, count: int = 3) -> None:
    assert engine.store is not None
    await purposes.change(engine.store, person, "memory", True)
    rows = [Activity(type="Create", object={"content": f"{WORD} {n}"}) for n in range(count)]
    await ledger.append_many(engine.store, person, rows)


async def count(engine: Engine, person: str) -> int:
    """All rows of a person, in every table."""
    assert engine.store is not None
    tables = await engine.store.rows(person, "select name from person_tables()")
    total = 0
    with owner(engine) as connection:
        for table in tables:
            query = sql.SQL("select count(*) from {} where person = %s")
            row = connection.execute(query.format(sql.Identifier(table["name"])), (person,))
            total += (row.fetchone() or (0,))[0]
    return total


async def test_a_run_under_way_is_cancelled_and_leaves_nothing(engine: Engine) -> None:
    ann = new_id("p")
    await some(engine, ann)
    held = asyncio.Event()

    async def slow(request: Request) -> Reply:
        held.set()
        await asyncio.sleep(60)
        return Reply(text="never")

    model = ScriptedModel(slow)
    engine._given = lambda tier: model
    lives = []
    for mode in ("instant", "contemplating"):
        turn = await engine.turn(
            [say("user", f"Write a line about {WORD} boats.")],
            person=await engine.person(ann), mode=mode, insist=True,
        )  # fmt: skip
        held.clear()
        lives.append(await engine.start(turn))
        await held.wait()
    await erasure.forget(engine, ann)
    for live in lives:
        assert live.task is not None
        await asyncio.wait({live.task})
    assert await count(engine, ann) == 0
    assert live.run not in engine.runs.live
    assert WORD not in str(found_in_tables(engine, live.run))


async def test_a_file_that_is_being_read_meanwhile_leaves_nothing(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    person, home = new_id("person"), engine.settings.home
    assert engine.files is not None
    words = f"name,boat\nAnn,{WORD} {person}\n".encode()
    id = await engine.files.keep(person, words, "boats.csv", "text/csv")
    path = engine.files.path(await engine.files.row(person, id))
    read_, forgotten = asyncio.Event(), asyncio.Event()
    run = sandbox.run

    async def slow(*args: Any, **more: Any) -> Any:
        found = await run(*args, **more)
        read_.set()
        await forgotten.wait()
        return found

    monkeypatch.setattr(sandbox, "run", slow)
    reading = asyncio.create_task(looking.look(path, "boats.csv", home, engine.settings))
    await read_.wait()
    await erasure.forget(engine, person)
    forgotten.set()
    assert WORD in str(await reading), "who asked is answered"
    assert WORD.encode() not in b"".join(looking._memory.values())
    assert found_in_files(home / looking.FOLDER, person) == []


async def test_another_process_notices(settings: Settings, engine: Engine) -> None:
    ann, bob = new_id("p"), new_id("p")
    await some(engine, ann)
    model = ScriptedModel(echo)
    other = await Engine.open(settings, models=lambda tier: model)
    try:
        gone: list[bool] = []
        other.forgotten.tells(lambda is_gone: gone.extend((is_gone(ann), is_gone(bob))))
        assert (await other.person(ann)).purposes == {"memory"}
        await erasure.forget(engine, ann)
        while not gone:
            await asyncio.sleep(0.02)
        assert gone == [True, False]
        assert (await other.person(ann)).purposes == frozenset()
        await other.forgotten.look()
        assert gone == [True, False], "once is enough"
    finally:
        await other.close()


async def test_twice_at_once_and_again(engine: Engine) -> None:
    ann = new_id("p")
    await some(engine, ann, 3000)
    both = await asyncio.gather(erasure.forget(engine, ann), erasure.forget(engine, ann))
    assert await count(engine, ann) == 0
    assert sum(done.rows.get("activities", 0) for done in both) == 3001
    assert (await erasure.forget(engine, ann)).rows == {}
    assert (await erasure.forget(engine, new_id("nobody"))).rows == {}


async def test_one_that_was_cut_off_is_gone_on_with(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = new_id("p")
    assert engine.store is not None
    await some(engine, ann, 3000)

    def cut(name: str, number: int) -> None:
        if name == "activities":
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await erasure.forget(engine, ann, say=cut)
    left = await count(engine, ann)
    assert 0 < left < 3000
    with pytest.raises(Problem, match="was forgotten"):
        await ledger.append(engine.store, ann, Activity(type="Like", object="x"))
    await purposes.change(engine.store, ann, "memory", True)
    with pytest.raises(Problem, match="was forgotten"):  # not while it goes on
        await ledger.append(engine.store, ann, Activity(type="Like", object="x"))
    await erasure.resume(engine)
    assert await count(engine, ann) == left + 3, "it may still be going on elsewhere"
    monkeypatch.setattr(erasure, "_LEFT", 0.0)
    await erasure.resume(engine)
    assert await count(engine, ann) == 0


async def test_an_import_under_way_ends_with_an_error(engine: Engine) -> None:
    ann = new_id("p")
    await some(engine, ann)

    async def importing() -> int:
        assert engine.store is not None
        for n in range(1_000_000):
            rows = [Activity(type="Create", object={"content": WORD}, uri=f"u:{n}:{m}")
                    for m in range(50)]  # fmt: skip
            await ledger.append_many(engine.store, ann, rows)
        return 0

    task = asyncio.create_task(importing())
    await asyncio.sleep(0.05)
    await erasure.forget(engine, ann)
    with pytest.raises(Problem) as caught:
        await task
    assert (caught.value.code, caught.value.status) == ("forgotten", 410)
    assert await count(engine, ann) == 0


async def test_nothing_comes_back_unless_it_is_allowed_anew(engine: Engine) -> None:
    ann = new_id("p")
    assert engine.store is not None
    await some(engine, ann)
    await erasure.forget(engine, ann, actor="owner")
    with pytest.raises(Problem, match="allowed nothing since"):
        await ledger.append(engine.store, ann, Activity(type="Like", object="x"))
    await purposes.change(engine.store, ann, "feed", True)
    await ledger.append(engine.store, ann, Activity(type="Like", object="x"))
    found = await ledger.tail(engine.store, ann)
    assert [a.type for a in found] == ["Accept", "Like"]
    [entry, *_] = await audit.of(engine.store, "owner")
    assert (entry["deed"], entry["detail"]["rows"]) == ("forgotten", 6)
    assert ann not in str(entry)


async def test_a_table_of_tomorrow_is_forgotten_too(engine: Engine) -> None:
    ann = new_id("p")
    await some(engine, ann)
    with owner(engine) as connection:
        connection.execute("create table tomorrows (person text not null, words text)")
        try:
            connection.execute("insert into tomorrows values (%s, %s)", (ann, WORD))
            done = await erasure.forget(engine, ann)
            assert done.rows["tomorrows"] == 1
        finally:
            connection.execute("drop table tomorrows")


async def test_over_http_only_with_the_own_id(settings: Settings, server: object) -> None:
    ann = new_id("p")
    async with served(settings, ScriptedModel(echo)) as here:
        keys = here.app.state.door.keys
        _, key = await keys.create(ann, "phone")
        owners, mine = await keys.create("owner", "desk")
        try:
            await some(here.engine, ann)
            headers = {"authorization": f"Bearer {key}"}
            for wrong in ("", "bob", ann.upper()):
                status, body = await here.json(
                    "DELETE", "/v1/me", json={"confirm": wrong}, headers=headers
                )
                assert (status, body["error"]["code"]) == (400, "not_confirmed")
            status, _ = await here.json("DELETE", "/v1/me", headers=headers)
            assert status == 400
            assert await count(here.engine, ann) > 3
            status, body = await here.json(
                "DELETE", "/v1/me", json={"confirm": ann}, headers=headers
            )
            assert (status, body["object"], body["tables"]["activities"]) == (200, "forgotten", 4)
            status, body = await here.json("GET", "/v1/runs", headers=headers)
            assert status == 401, "the key ended at once"
            assert await count(here.engine, ann) == 0
            status, _ = await here.json(
                "GET", "/v1/runs", headers={"authorization": f"Bearer {mine}"}
            )
            assert status == 200
        finally:
            await keys.revoke(owners)


def forgets(settings: Settings, *more: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    own = {"MUSESPARK_HOME": str(settings.home), "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        [sys.executable, "-m", "musespark", "forget", *more], env=own, input=typed,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


async def test_in_the_terminal(settings: Settings, engine: Engine) -> None:
    ann = new_id("p")
    await some(engine, ann)
    asked = await asyncio.to_thread(forgets, settings, ann)
    assert asked.returncode == 1
    assert "--yes" in asked.stderr
    assert await count(engine, ann) > 0
    done = await asyncio.to_thread(forgets, settings, ann, "--yes", "--json")
    assert done.returncode == 0, done.stderr
    assert msgspec.json.decode(done.stdout)["rows"]["activities"] == 4
    assert await count(engine, ann) == 0
    again = await asyncio.to_thread(forgets, settings, ann, "--yes")
    assert f"There was nothing of {ann}." in again.stderr
