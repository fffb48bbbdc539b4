"""Imports: kept once, stopped, taken up, for what is allowed, and over HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from musespark import audit, erasure, ledger, purposes
from musespark.files import Files
from musespark.importing import Imports, Options
from musespark.keys import Keys
from musespark.problem import Problem
from musespark.settings import Settings
from musespark.store import Row, Store
from musespark.turn import new_id
from served import served
from test_importers import conversation, zipped


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Store]:
    store = await Store.open(settings, size=4)
    await store.live_as(EXECUTOR)
    yield store
    await store.close()


EXECUTOR = "test-imports"


@pytest.fixture
def imports(store: Store, settings: Settings) -> Imports:
    return Imports(store, Files(store, settings.home, 10_000_000), settings.home, EXECUTOR)


async def someone(store: Store, *allowed: str) -> str:
    person = new_id("ann")
    for purpose in allowed:
        await purposes.change(store, person, purpose, True)
    return person


def chats(tmp_path: Path, many: int, name: str = "chat.zip") -> Path:
    talks = [conversation(id=f"c{n}", conversation_id=f"c{n}") for n in range(many)]
    for talk in talks:
        for node in talk["mapping"].values():
            if node["message"]:
                node["message"] = {**node["message"], "id": f"{talk['id']}-{node['id']}"}
    return zipped(tmp_path / name, {"conversations.json": talks})


async def imported(imports: Imports, person: str, path: Path, **more: Any) -> Row:
    row = await imports.begin(person, path, path.name, Options(**more))
    return await imports.run(person, row["id"])


async def words(store: Store, person: str) -> list[ledger.Activity]:
    return [a for a in await ledger.tail(store, person, limit=10_000) if a.type == "Create"]


async def test_an_archive_becomes_activities_once(
    store: Store, imports: Imports, tmp_path: Path
) -> None:
    person = await someone(store, "memory", "feed")
    row = await imported(imports, person, chats(tmp_path, 3))
    assert (row["state"], row["formats"]) == ("done", ["chatgpt"])
    found = await words(store, person)
    assert (
        row["counts"]["new"] == len(found) == 3 * 3 + 1
    )  # one of them says the same of the person
    assert row["report"]["skipped"]["what a model thought"]["count"] == 3
    assert row["report"]["skipped"]["what a model thought"]["examples"] == ["Tides"] * 3
    mine = [a for a in found if a.actor == person]
    assert {a.object["attributedTo"] for a in mine} == {person}
    assert {a.object["attributedTo"] for a in found if a not in mine} == {"ChatGPT"}
    assert {a.purposes for a in found} == {frozenset({"memory", "feed"})}
    again = await imported(imports, person, chats(tmp_path, 4, "newer.zip"), purposes=("memory",))
    assert again["counts"]["new"] == 3
    newest = (await words(store, person))[-1]
    assert newest.purposes == frozenset({"memory"})
    deeds = await audit.of(store, person)
    assert [d["deed"] for d in deeds if d["deed"] == "imported"] == ["imported"] * 2


async def test_two_at_once_do_no_harm(store: Store, imports: Imports, tmp_path: Path) -> None:
    person = await someone(store, "memory")
    path = chats(tmp_path, 40)
    rows = await asyncio.gather(*(imported(imports, person, path) for _ in range(2)))
    assert [row["state"] for row in rows] == ["done", "done"]
    found = await words(store, person)
    assert len(found) == len({a.uri for a in found}) == 40 * 3 + 1
    assert sum(row["counts"].get("new", 0) for row in rows) == len(found)


async def test_only_for_what_is_allowed(store: Store, imports: Imports, tmp_path: Path) -> None:
    path, person = chats(tmp_path, 1), await someone(store)
    for options, code in (
        (Options(), "nothing_allowed"),
        (Options(purposes=("memory",)), "purpose_not_allowed"),
        (Options(purposes=("world",)), "unknown_purpose"),
    ):
        with pytest.raises(Problem) as caught:
            await imports.begin(person, path, "a", options)
        assert caught.value.code == code
        assert caught.value.next
    row = await imported(imports, person, path, purposes=())
    assert row["counts"]["new"] == 4
    await purposes.change(store, person, "memory", True)
    assert {a.purposes for a in await words(store, person)} == {frozenset()}


async def test_what_goes_wrong_stands_in_the_row(
    store: Store, imports: Imports, tmp_path: Path
) -> None:
    person = await someone(store, "memory")
    path = zipped(tmp_path / "a.zip", {"letter.docx": b"x"})
    row = await imports.begin(person, path, path.name, Options())
    with pytest.raises(Problem, match="no export"):
        await imports.run(person, row["id"])
    row = await imports.row(person, row["id"])
    assert (row["state"], row["error"]["code"]) == ("failed", "unknown_format")
    with pytest.raises(Problem, match="no import"):
        await imports.row(await someone(store), row["id"])


async def test_a_repository_that_nests_without_end_harms_nobody(
    store: Store, imports: Imports, tmp_path: Path
) -> None:
    person = await someone(store, "memory")
    path = zipped(tmp_path / "a.zip", {"conversations.json":
                  b'[{"mapping": {}, "id": "1", "x": ' + b"[" * 3_000_000})  # fmt: skip
    with pytest.raises(Problem) as caught:
        await imported(imports, person, path)
    assert caught.value.code in ("reader_died", "archive_damaged", "reader_memory", "unreadable")


async def test_an_import_is_stopped(store: Store, imports: Imports, tmp_path: Path) -> None:
    person = await someone(store, "memory")
    row = await imports.begin(person, chats(tmp_path, 400), "a.zip", Options())
    seen: list[int] = []

    async def stop(so_far: Row) -> None:
        seen.append(so_far["position"])
        if so_far["position"]:
            await imports.cancel(person, so_far["id"])

    row = await imports.run(person, row["id"], stop)
    assert row["state"] == "cancelled"
    assert row["position"] == seen[-1] < 400 * 3
    assert len(await words(store, person)) < 400 * 3


async def test_whoever_is_forgotten_stays_forgotten(settings: Settings, tmp_path: Path) -> None:
    async with served(settings) as server:
        engine = server.engine
        store, imports = engine.store, engine.imports
        assert store is not None
        assert imports is not None
        person = await someone(store, "memory")
        row = await imports.begin(person, chats(tmp_path, 400), "a.zip", Options())

        async def forget(so_far: Row) -> None:
            if so_far["position"]:
                await erasure.forget(engine, person)

        with pytest.raises(Problem) as caught:
            await imports.run(person, row["id"], forget)
        assert caught.value.code == "forgotten"
        assert await ledger.tail(store, person) == []
        assert await imports.listed(person) == ([], False)


_CHILD = """
import asyncio, sys
from pathlib import Path
from musespark.files import Files
from musespark.importing import Imports, Options
from musespark.settings import read
from musespark.store import Store
async def main(home, person, path):
    settings = read({"MUSESPARK_HOME": home})
    store = await Store.open(settings, size=2)
    await store.live_as("a-child")
    imports = Imports(store, Files(store, settings.home, 10**7), settings.home, "a-child")
    row = await imports.begin(person, Path(path), "chat.zip", Options())
    def told(row):
        if row["position"] >= 500:
            print(row["position"], flush=True)
            while True: pass
    await imports.run(person, row["id"], told)
asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_killed_process_leaves_what_another_goes_on_with(
    store: Store, imports: Imports, settings: Settings, tmp_path: Path
) -> None:
    if settings.database_url:
        pytest.skip("the child would use the embedded database")
    person, path = await someone(store, "memory"), chats(tmp_path, 400)
    child = await asyncio.to_thread(
        subprocess.Popen,
        [sys.executable, "-c", _CHILD, str(settings.home), person, str(path)],
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    position = int(await asyncio.to_thread(child.stdout.readline))
    os.kill(child.pid, signal.SIGKILL)
    await asyncio.to_thread(child.wait)
    child.stdout.close()
    for _ in range(100):
        row = await imports.unfinished(person, path)
        if row is not None:
            break
        await asyncio.sleep(0.1)
    assert row is not None
    assert row["position"] == position
    done = await imports.run(person, row["id"])
    assert done["state"] == "done"
    found = await words(store, person)
    assert len(found) == len({a.uri for a in found}) == 400 * 3 + 1


# -- over HTTP ------------------------------------------------------------------------------------


async def test_over_http(settings: Settings, tmp_path: Path) -> None:
    path = chats(tmp_path, 2)
    async with served(settings) as server:
        store, person = server.engine.store, new_id("ann")
        assert store is not None
        await known_by_key(server, person)
        status, body = await server.json("GET", "/v1/importers")
        assert {"chatgpt", "x", "whatsapp"} <= {one["name"] for one in body["data"]}
        status, body = await server.json("POST", "/v1/me/imports", data=path.read_bytes())
        assert (status, body["error"]["code"]) == (409, "nothing_allowed")
        await purposes.change(store, person, "memory", True)
        status, body = await server.json("POST", "/v1/me/imports?name=chat.zip",
                                         data=path.read_bytes())  # fmt: skip
        assert (status, body["name"]) == (200, "chat.zip")
        done = await ended(server, body["id"])
        assert (done["state"], done["counts"]["new"]) == ("done", 7)
        form = aiohttp.FormData({"purposes": "memory", "format": "chatgpt"})
        form.add_field("file", path.read_bytes(), filename="again.zip")
        status, body = await server.json("POST", "/v1/me/imports", data=form)
        again = await ended(server, body["id"])
        assert (again["name"], again["counts"]["known"]) == ("again.zip", 8)
        status, body = await server.json("GET", "/v1/me/imports?limit=1")
        assert (len(body["data"]), body["more"]) == (1, True)
        status, body = await server.json("DELETE", f"/v1/me/imports/{again['id']}")
        assert (status, body["state"]) == (200, "done")
        assert not [f for f in (settings.home / "imports").iterdir() if again["id"] in f.name]


async def test_bad_requests(settings: Settings) -> None:
    async with served(settings) as server:
        assert server.engine.store is not None
        person = new_id("ann")
        await known_by_key(server, person)
        await purposes.change(server.engine.store, person, "memory", True)
        for path, more, code in (
            ("", {"data": b""}, "empty_file"),
            ("?format=myspace", {"data": b"x"}, "unknown_importer"),
            ("?purposes=world", {"data": b"x"}, "unknown_purpose"),
            ("", {"json": {"file": "file-none"}}, "unknown_file"),
            ("", {"json": {}}, "bad_request"),
        ):
            status, body = await server.json("POST", f"/v1/me/imports{path}", **more)
            assert status in (400, 404), body
            assert body["error"]["code"] in (code, "invalid_request"), body
        status, body = await server.json("POST", "/v1/me/imports", data=b"no archive")
        failed = await ended(server, body["id"])
        assert (failed["state"], failed["error"]["code"]) == ("failed", "unknown_format")
        assert (await server.json("GET", "/v1/me/imports/none"))[0] == 404


async def known_by_key(server: Any, person: str) -> None:
    """From now on the client is that person."""
    _, key = await Keys(server.engine.store).create(person, "a key")
    server.http.headers["authorization"] = f"Bearer {key}"


async def ended(server: Any, id: str) -> dict[str, Any]:
    for _ in range(600):
        _, body = await server.json("GET", f"/v1/me/imports/{id}")
        if body["state"] not in ("waiting", "running"):
            found: dict[str, Any] = body
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(json.dumps(body))
