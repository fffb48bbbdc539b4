"""Everything goes out and comes back: an export that is imported again gives the same export."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import re
import tempfile
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from musespark import audit, carried, cli, erasure, exporting, ledger, purposes
from musespark.activity import Activity
from musespark.exporting import export
from musespark.files import Files
from musespark.importing import Imports, Options
from musespark.keys import Keys
from musespark.person import Person
from musespark.problem import Problem
from musespark.settings import Settings
from musespark.store import Store
from musespark.terminal import Terminal
from musespark.turn import new_id
from served import Served, served

_DAY = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Served]:
    async with served(settings) as server:
        yield server


async def exported(store: Store, files: Files | None, person: str) -> bytes:
    return b"".join([piece async for piece in export(store, files, person)])


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as found:
        assert found.testzip() is None
        return {name: found.read(name) for name in found.namelist()}


def compared(data: bytes) -> dict[str, Any]:
    """What an export says, without what is new in each: dates of files, the log, the manifest."""
    found: dict[str, Any] = {}
    for name, body in members(data).items():
        if name == "activities.json":
            items = msgspec.json.decode(body)["orderedItems"]
            found[name] = {item["id"]: item for item in items if item["type"] != "Accept"}
        elif name in ("conversations.jsonl", "marks.jsonl", "runs.jsonl", "files.jsonl"):
            rows = [msgspec.json.decode(line) for line in body.splitlines()]
            for row in rows:
                row.pop("created", None) if name == "files.jsonl" else None
                row.get("run", {}).pop("durable", None)
            found[name] = sorted(rows, key=lambda row: str(row))
        elif name.startswith("files/"):
            found[name] = hashlib.sha256(body).hexdigest()
    return found


async def filled(server: Served, person: str) -> None:
    """A person with everything: activities of all kinds, a talk with a file, a pinned word."""
    engine = server.engine
    assert engine.store is not None
    assert engine.files is not None
    await purposes.change(engine.store, person, "memory", True)
    await purposes.change(engine.store, person, "feed", True)
    many = [
        Activity(type="Create", uri=f"urn:x:{person}:{n}", published=_DAY + timedelta(days=n),
                 object={"type": "Note", "id": f"urn:x:{person}:{n}", "content": f"Word {n} <b>&",
                         "attributedTo": person if n % 2 else "Åke", "context": "talk"})
        for n in range(40)
    ]  # fmt: skip
    many += [
        Activity(type="Like", uri=f"urn:x:{person}:like", object={"id": "https://example.org/1"},
                 purposes=frozenset({"feed"})),
        Activity(type="View", object="https://example.org/2", target={"type": "Note"}),
        Activity(type="Create", uri=f"urn:x:{person}:html", object={
            "type": "Note", "content": "<p>Hi<script>alert(1)</script></p>", "mediaType":
            "text/html", "attachment": [{"type": "Image", "name": "a.png"}]}),
        Activity(type="Undo", uri=f"urn:x:{person}:undo", object=f"urn:x:{person}:like"),
    ]  # fmt: skip
    ids = await ledger.append_many(engine.store, person, many)
    if await engine.store.rows(person, "select 1 from pg_class where relname = 'memory_marks'"):
        await engine.store.rows(
            person,
            "insert into memory_marks (person, activity, pinned) values (%s, %s, now())",
            person, ids[3],
        )  # fmt: skip
    from musespark.message import say

    turn = await engine.turn([say("user", "When is high tide?")], person=Person(person),
                             mode="instant")  # fmt: skip
    live = await engine.start(turn)
    assert live.task is not None
    await live.task
    file = await engine.files.keep(person, b"bytes of a file" * 1_000, "a/b: c.txt", "text/plain",
                                   "user_data")  # fmt: skip
    await engine.store.rows(
        person, "insert into file_uses (run, file, person) values (%s, %s, %s)",
        turn.run, file, person,
    )  # fmt: skip


async def imported(server: Served, person: str, path: Path) -> dict[str, int]:
    imports = server.engine.imports
    assert isinstance(imports, Imports)
    row = await imports.begin(person, path, "export.zip", Options())
    row = await imports.run(person, row["id"])
    assert (row["state"], row["formats"]) == ("done", ["musespark"])
    counts: dict[str, int] = row["counts"]
    return counts


async def test_out_forgotten_and_back(server: Served, tmp_path: Path) -> None:
    engine, person, path = server.engine, new_id("zoe"), tmp_path / "export.zip"
    assert engine.store is not None
    await filled(server, person)
    before = await exported(engine.store, engine.files, person)
    path.write_bytes(before)
    once_more = await imported(server, person, path)  # nothing comes twice
    assert once_more.get("new", 0) == once_more.get("runs", 0) == 0
    await erasure.forget(engine, person)
    assert await ledger.tail(engine.store, person) == []
    for purpose in ("memory", "feed"):
        await purposes.change(engine.store, person, purpose, True)
    counts = await imported(server, person, path)
    assert (counts["runs"], counts["conversations"], counts["files"]) == (1, 1, 1)
    after = await exported(engine.store, engine.files, person)
    old, new = compared(before), compared(after)
    assert old.keys() == new.keys()
    for name in old:
        assert old[name] == new[name], name
    assert {"activities.json", "runs.jsonl", "conversations.jsonl", "files.jsonl"} <= old.keys()


async def test_it_comes_back_for_what_is_allowed_then(server: Served, tmp_path: Path) -> None:
    engine, person, path = server.engine, new_id("zoe"), tmp_path / "export.zip"
    assert engine.store is not None
    await filled(server, person)
    path.write_bytes(await exported(engine.store, engine.files, person))
    other = new_id("eva")
    await purposes.change(engine.store, other, "feed", True)
    await imported(server, other, path)
    found = await ledger.tail(engine.store, other)
    assert {p for a in found for p in a.purposes} == {"feed"}
    words = [a for a in found if a.type == "Create" and a.object["content"].startswith("Word")]
    assert {a.object["attributedTo"] for a in words} == {other, "Åke"}
    # conversations and files of the other person stay theirs
    rows = await engine.store.rows(other, "select id from runs")
    assert rows == []


async def test_pages_and_manifest(server: Served) -> None:
    engine, person = server.engine, new_id("zoe")
    assert engine.store is not None
    await filled(server, person)
    found = members(await exported(engine.store, engine.files, person))
    manifest = msgspec.json.decode(found["manifest.json"])
    assert (manifest["format"], manifest["version"], manifest["person"]) == ("musespark", 1, person)
    for entry in manifest["members"]:
        assert hashlib.sha256(found[entry["name"]]).hexdigest() == entry["sha256"]
    assert {e["name"] for e in manifest["members"]} == found.keys() - {"manifest.json"}
    index = found["index.html"].decode()
    for target in re.findall(r'href="([^"]+)"', index):
        assert target in found
    month = found["months/2024-05.html"].decode()
    assert "Word 0 &lt;b&gt;&amp;" in month
    assert 'lang="en"' in month
    for name, page in found.items():
        if name.endswith(".html"):
            assert b"<script" not in page
            assert b"alert(1)" not in page
    assert "talks/1.html" in found
    collection = msgspec.json.decode(found["activities.json"])
    assert collection["type"] == "OrderedCollection"
    rows = [msgspec.json.decode(line) for line in found["rows/consents.jsonl"].splitlines()]
    assert {row["purpose"] for row in rows if row["allowed"]} == {"memory", "feed"}


async def test_secrets_are_left_out(server: Served) -> None:
    engine, person = server.engine, new_id("zoe")
    assert engine.store is not None
    _, key = await Keys(engine.store).create(person, "my key")
    found = members(await exported(engine.store, engine.files, person))
    whole = b"".join(found.values())
    assert b"my key" in whole
    assert key.encode() not in whole
    assert hashlib.sha256(key.encode()).hexdigest().encode() not in whole
    assert b'"hash"' not in whole


async def test_over_http(server: Served) -> None:
    assert server.engine.store is not None
    person = new_id("zoe")
    _, key = await Keys(server.engine.store).create(person, "a key")
    headers = {"authorization": f"Bearer {key}"}
    async with server.http.get(f"{server.url}/v1/me/export", headers=headers) as response:
        assert response.status == 200
        assert response.headers["content-type"] == "application/zip"
        assert "attachment" in response.headers["content-disposition"]
        found = members(await response.read())
    assert "index.html" in found


async def test_whoever_hangs_up_ends_it(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, person = server.engine, new_id("zoe")
    assert engine.store is not None
    await purposes.change(engine.store, person, "memory", True)
    _, key = await Keys(engine.store).create(person, "a key")
    monkeypatch.setattr(exporting, "_ACTIVITIES", 2)  # a page, of 2 MB that no packing makes less
    await ledger.append_many(engine.store, person, [
        Activity(type="Create", object={"type": "Note", "content": os.urandom(500_000).hex()})
        for _ in range(20)
    ])  # fmt: skip
    folder = Path(tempfile.mkdtemp())
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    headers = {"authorization": f"Bearer {key}"}
    response = await server.http.get(f"{server.url}/v1/me/export", headers=headers)
    assert await response.content.read(1_000)
    assert list(folder.iterdir())
    response.close()
    for _ in range(200):
        if not list(folder.iterdir()):
            break
        await asyncio.sleep(0.05)
    assert not list(folder.iterdir())
    deeds = await audit.of(engine.store, person)
    assert "exported" not in {deed["deed"] for deed in deeds}
    one, two = await asyncio.gather(*(exported(engine.store, engine.files, person)
                                      for _ in range(2)))  # fmt: skip
    assert compared(one) == compared(two)
    folder.rmdir()


async def test_an_export_that_lies_touches_nobody_else(server: Served, tmp_path: Path) -> None:
    engine, owner, thief = server.engine, new_id("zoe"), new_id("thief")
    assert engine.store is not None
    await filled(server, owner)
    run = (await engine.store.rows(owner, "select id, conversation from runs"))[0]
    about = {"format": "musespark", "version": 1, "person": owner}
    lie = {"run": {"id": "run_lie", "conversation": run["conversation"], "state": "done",
                   "asked": "auto", "started": "2024-01-01T00:00:00Z"},
           "messages": [], "steps": [], "events": [], "files": []}  # fmt: skip
    path = tmp_path / "lie.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("manifest.json", msgspec.json.encode(about))
        made.writestr("activities.json", b'{"orderedItems": [{"id": 1}, {"published": "x"}]}')
        made.writestr("runs.jsonl", b"\n".join([
            msgspec.json.encode(lie), msgspec.json.encode({"run": {}}), b"nonsense", b"[1]",
            msgspec.json.encode({**lie, "messages": [{"role": "user", "parts": [{"type": "x"}]}]}),
        ]))  # fmt: skip
        made.writestr(
            "files.jsonl",
            msgspec.json.encode(
                {"id": "file-x", "name": "x", "member": "../../etc/passwd", "sha256": "0"}
            ),
        )
    await purposes.change(engine.store, thief, "memory", True)
    counts = await imported(server, thief, path)
    assert counts["not_understood"] == 2
    assert "runs" not in counts
    rows = await engine.store.rows(owner, "select id from runs")
    assert [row["id"] for row in rows] == [run["id"]]
    assert await engine.store.rows(thief, "select id from runs") == []


async def test_a_full_disk_leaves_nothing(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = Path("/dev/full")
    if settings.database_url or not full.exists():
        pytest.skip("needs a device that is always full")
    monkeypatch.setattr(carried, "_writable", lambda path: full.open("wb"))
    args = cli.parser().parse_args(["export", "--out", str(tmp_path / "out.zip")])
    with pytest.raises(Problem) as caught:
        await carried._send(args, settings, Terminal())
    assert caught.value.code == "disk_full"
    assert list(tmp_path.iterdir()) == []
