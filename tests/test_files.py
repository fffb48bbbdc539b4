"""Kept files: uploaded, listed, fetched in ranges, shared by content, deleted; and bad ones."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from musespark import files as files_
from musespark import keys as keys_
from musespark.files import Files
from musespark.keys import Keys
from musespark.scripted import ScriptedModel
from musespark.settings import Settings, read
from samples import CSV, PRICES, picture
from served import Served, served


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Served]:
    async with served(settings, ScriptedModel(lambda request: "Seen.")) as running:
        yield running


def form(data: bytes, name: str = "a.csv", purpose: str = "user_data") -> aiohttp.FormData:
    made = aiohttp.FormData(quote_fields=False)
    made.add_field("purpose", purpose)
    made.add_field("file", data, filename=name)
    return made


async def upload(server: Served, data: bytes, name: str = "a.csv", **more: Any) -> Any:
    purpose = more.pop("purpose", "user_data")
    status, said = await server.json("POST", "/v1/files", data=form(data, name, purpose), **more)
    assert status == 200, said
    return said


def blobs(settings: Settings) -> set[str]:
    return {path.name for path in (settings.home / "files").rglob("*") if path.is_file()}


async def test_a_file_is_kept_listed_fetched_and_deleted(
    server: Served, settings: Settings
) -> None:
    async with server.openai() as client:
        made = await client.files.create(file=("Sales 2024.csv", CSV), purpose="user_data")
        assert made.id.startswith("file-")
        assert (made.bytes, made.filename, made.purpose) == (
            len(CSV),
            "Sales 2024.csv",
            "user_data",
        )
        assert made.to_dict()["media"] == "text/csv"
        assert (await client.files.retrieve(made.id)).filename == "Sales 2024.csv"
        other = await client.files.create(file=("b.png", picture()), purpose="vision")
        assert [each.id for each in (await client.files.list(limit=1)).data] == [other.id]
        ids = [each.id async for each in client.files.list(limit=1)]
        assert ids[:2] == [other.id, made.id], "page by page"
        assert [e.id async for e in client.files.list(purpose="vision", order="asc")][
            -1
        ] == other.id
        assert (await client.files.content(made.id)).content == CSV
        assert (await client.files.delete(made.id)).deleted
        status, said = await server.json("GET", f"/v1/files/{made.id}")
        assert (status, said["error"]["code"]) == (404, "unknown_file")
        assert (await server.json("DELETE", f"/v1/files/{made.id}"))[0] == 404
        await client.files.delete(other.id)


async def test_equal_contents_share_their_bytes(server: Served, settings: Settings) -> None:
    data = CSV + os.urandom(8).hex().encode()
    before = blobs(settings)
    one, two = await asyncio.gather(upload(server, data), upload(server, data, "two.csv"))
    assert one["id"] != two["id"]
    assert len(blobs(settings) - before) == 1
    await server.json("DELETE", f"/v1/files/{one['id']}")
    async with server.http.get(f"{server.url}/v1/files/{two['id']}/content") as got:
        assert await got.read() == data
    await server.json("DELETE", f"/v1/files/{two['id']}")
    assert blobs(settings) == before


async def test_content_comes_in_ranges_and_cannot_harm(server: Served) -> None:
    image = picture()
    made = await upload(server, image, "a/..\\b/../ü.png")
    assert made["filename"] == "ü.png"
    url = f"{server.url}/v1/files/{made['id']}/content"
    for asked, status, expected in (
        ("", 200, image),
        ("bytes=0-3", 206, image[:4]),
        ("bytes=10-", 206, image[10:]),
        ("bytes=-5", 206, image[-5:]),
        ("bytes=0-3,6-9", 200, image),
        ("lines=1-2", 200, image),
        ("bytes=9999999-", 416, None),
        ("bytes=5-2", 416, None),
    ):
        headers = {"Range": asked} if asked else {}
        async with server.http.get(url, headers=headers) as got:
            assert got.status == status, asked
            body = await got.read()
            assert expected is None or body == expected
            if status == 206:
                assert got.headers["content-range"].endswith(f"/{len(image)}")
            if status == 200:
                assert got.headers["accept-ranges"] == "bytes"
    for data, media, way in (
        (image, "image/png", "inline"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
         "application/octet-stream", "attachment"),
        (b"<!doctype html><script>alert(1)</script>", "application/octet-stream", "attachment"),
        (b"Plain words.", "text/plain; charset=utf-8", "inline"),
        (bytes(range(256)), "application/octet-stream", "attachment"),
    ):  # fmt: skip
        made = await upload(server, data, "x.png")
        async with server.http.get(f"{server.url}/v1/files/{made['id']}/content") as got:
            assert got.headers["content-type"] == media
            assert got.headers["content-disposition"].startswith(f"{way}; ")
            assert got.headers["x-content-type-options"] == "nosniff"
            assert got.headers["content-security-policy"] == "default-src 'none'; sandbox"


async def test_what_is_in_a_file(server: Served) -> None:
    made = await upload(server, PRICES, "prices.xlsx")
    status, seen = await server.json("GET", f"/v1/files/{made['id']}/seen")
    assert (status, seen["sense"], seen["file"]) == (200, "table", "prices.xlsx")
    assert [part["name"] for part in seen["parts"]] == ["prices.xlsx/Prices", "prices.xlsx/Stock"]
    odd = await upload(server, bytes(range(256)), "odd.bin")
    status, said = await server.json("GET", f"/v1/files/{odd['id']}/seen")
    assert (status, said["error"]["code"]) == (415, "no_sense")
    assert "odd.bin" in said["error"]["message"]


async def test_a_window_of_a_table_and_a_view(server: Served) -> None:
    made = await upload(server, PRICES, "prices.xlsx")
    path = f"/v1/files/{made['id']}"
    status, rows = await server.json("GET", f"{path}/rows")
    assert (status, rows["sheet"], rows["sheets"]) == (200, "Prices", ["Prices", "Stock"])
    assert [(each["letters"], each["name"]) for each in rows["columns"]] == [
        ("B", "item"), ("C", "price")]  # fmt: skip
    assert rows["rows"] == [
        {"number": 3, "cells": ["desk", "120.0"]},
        {"number": 4, "cells": ["lamp", "15.5"]},
    ]
    assert (rows["more"], rows["total"]) == (False, 2)
    for query, numbers, more in (
        ("sheet=Stock", [2], False), ("count=1", [3], True), ("start=1", [4], False),
        ("row=4", [4], False), ("row=1&count=1", [3], True), ("row=99", [], False),
    ):  # fmt: skip
        _, rows = await server.json("GET", f"{path}/rows?{query}")
        assert ([row["number"] for row in rows["rows"]], rows["more"]) == (numbers, more), query
    status, said = await server.json("GET", f"{path}/rows?sheet=None")
    assert (status, said["error"]["code"]) == (404, "no_table")
    assert "Stock" in said["error"]["message"]
    assert (await server.json("GET", f"{path}/rows?count=0"))[0] == 400
    status, said = await server.json("GET", f"{path}/view")
    assert (status, said["error"]["code"]) == (415, "no_view")
    shelf = await upload(server, picture(), "shelf.png")
    async with server.http.get(f"{server.url}/v1/files/{shelf['id']}/view?page=1") as got:
        assert (got.status, got.headers["content-type"]) == (200, "image/png")
        assert (await got.read()).startswith(b"\x89PNG")
    status, said = await server.json("GET", f"/v1/files/{shelf['id']}/rows")
    assert (status, said["error"]["code"]) == (404, "no_table")


async def test_files_are_their_persons_own(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await upload(server, CSV)
    monkeypatch.setattr(keys_, "REMEMBERED", 0.0)
    assert server.engine.store is not None
    keys = Keys(server.engine.store)
    id, key = await keys.create("berta")
    berta = {"headers": {"Authorization": f"Bearer {key}"}}
    try:
        for path in ("", "/content", "/seen", "/view", "/rows"):
            status, said = await server.json("GET", f"/v1/files/{made['id']}{path}", **berta)
            assert (status, said["error"]["code"]) == (404, "unknown_file"), path
        assert (await server.json("DELETE", f"/v1/files/{made['id']}", **berta))[0] == 404
        assert (await server.json("GET", "/v1/files", **berta))[1]["data"] == []
        body = {"model": "musespark-instant", "messages": [{"role": "user", "content": [
            {"type": "text", "text": "What is in it?"},
            {"type": "file", "file": {"file_id": made["id"]}}]}]}  # fmt: skip
        status, said = await server.json("POST", "/v1/chat/completions", json=body, **berta)
        assert (status, said["error"]["code"]) == (404, "unknown_file")
        assert (await server.json("POST", "/v1/files", data=form(CSV)))[0] == 401
    finally:
        await keys.revoke(id, "berta")


# -- bad uploads -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (b"", "multipart/form-data; boundary=x", "upload_cut_off"),
        (b"{}", "application/json", "invalid_request"),
        (b"no form", "multipart/form-data; boundary=x", "invalid_request"),
        (b"x", "multipart/form-data", "invalid_request"),
        (b"--x\r\nContent-Disposition: form-data; name=purpose\r\n\r\nuser_data\r\n--x--\r\n",
         "multipart/form-data; boundary=x", "invalid_request"),
        (b"--x\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\n\r\n--x--\r\n",
         "multipart/form-data; boundary=x", "empty_file"),
        (b"--x\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\nhalf of i",
         "multipart/form-data; boundary=x", "upload_cut_off"),
        (b"--x\r\nContent-Disposition: form-data; name=purpose\r\n\r\n" + b"a" * 2000
         + b"\r\n--x--\r\n", "multipart/form-data; boundary=x", "invalid_request"),
        (b"--x\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\nhi\r\n--x\r\n"
         b"Content-Disposition: form-data; name=purpose\r\n\r\nA B\r\n--x--\r\n",
         "multipart/form-data; boundary=x", "invalid_request"),
    ],
)  # fmt: skip
async def test_forms_that_are_none(
    server: Served, settings: Settings, body: bytes, kind: str, code: str
) -> None:
    before = blobs(settings)
    status, said = await server.json("POST", "/v1/files", data=body, headers={"Content-Type": kind})
    assert (status, said["error"]["code"]) == (400, code), said
    assert blobs(settings) == before


async def test_one_that_is_too_large_leaves_nothing(home: Path) -> None:
    settings = read({"MUSESPARK_HOME": str(home), "MUSESPARK_FILE_BYTES": "1000"})
    async with served(settings) as server:
        before = blobs(settings)
        status, said = await server.json("POST", "/v1/files", data=form(b"x" * 2000))
        assert (status, said["error"]["code"]) == (413, "file_too_large")
        assert "MUSESPARK_FILE_BYTES" in said["error"]["message"]
        assert blobs(settings) == before


async def test_a_client_that_leaves_half_way_leaves_nothing(
    server: Served, settings: Settings
) -> None:
    before = blobs(settings)
    host, port = server.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        b"POST /v1/files HTTP/1.1\r\nHost: " + f"{host}:{port}".encode() + b"\r\n"
        b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 5000000\r\n\r\n"
        b"--x\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\n" + b"a" * 2_000_000
    )
    await writer.drain()
    while len(blobs(settings)) == len(before):
        await asyncio.sleep(0.01)
    writer.close()
    while len(blobs(settings)) != len(before):
        await asyncio.sleep(0.01)
    assert reader is not None
    assert (await server.json("GET", "/v1/files"))[0] == 200


async def test_a_full_disk_is_said_and_leaves_nothing(
    server: Served, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = blobs(settings)

    def full(*given: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    for name in ("write", "replace"):
        with monkeypatch.context() as patch:
            patch.setattr(files_.os, name, full)
            data = CSV + os.urandom(8).hex().encode()
            status, said = await server.json("POST", "/v1/files", data=form(data))
        assert (status, said["error"]["code"]) == (507, "disk_full"), name
        assert blobs(settings) == before
    assert (await server.json("GET", "/v1/files"))[0] == 200


async def test_bytes_that_are_gone_are_said(server: Served, settings: Settings) -> None:
    made = await upload(server, CSV + os.urandom(8).hex().encode())
    assert server.engine.files is not None
    row = await server.engine.files.row("owner", made["id"])
    server.engine.files.path(row).unlink()
    for path in ("content", "seen"):
        status, said = await server.json("GET", f"/v1/files/{made['id']}/{path}")
        assert (status, said["error"]["code"]) == (404, "file_elsewhere")


# -- with a conversation ---------------------------------------------------------------------------


async def ask(server: Served, id: str, **wish: Any) -> Any:
    content = [
        {"type": "text", "text": "What is in it?"},
        {"type": "file", "file": {"file_id": id}},
    ]
    said = [{"role": "user", "content": content}]
    body = {"model": "musespark-instant", "musespark": wish, "messages": said}
    status, said = await server.json("POST", "/v1/chat/completions", json=body)
    assert status == 200, said
    return said["musespark"]


async def test_what_is_attached_goes_with_its_last_question(
    server: Served, settings: Settings
) -> None:
    made = await upload(server, CSV + os.urandom(8).hex().encode(), purpose="attached")
    stays = await upload(server, CSV + os.urandom(8).hex().encode())
    first, second = await ask(server, made["id"]), await ask(server, made["id"])
    await ask(server, stays["id"], conversation=first["conversation"])
    await server.json("DELETE", f"/v1/conversations/{first['conversation']}")
    assert (await server.json("GET", f"/v1/files/{made['id']}"))[0] == 200
    before = blobs(settings)
    await server.json("DELETE", f"/v1/conversations/{second['conversation']}")
    assert (await server.json("GET", f"/v1/files/{made['id']}"))[0] == 404
    assert len(blobs(settings)) == len(before) - 1
    assert (await server.json("GET", f"/v1/files/{stays['id']}"))[0] == 200


async def test_what_is_sent_along_is_kept_once_and_not_incognito(
    server: Served, settings: Settings
) -> None:
    import base64

    data = CSV + os.urandom(8).hex().encode()
    part = {"file_data": base64.b64encode(data).decode(), "filename": "sent.csv"}
    body: dict[str, Any] = {"model": "musespark-instant", "messages": [{"role": "user", "content": [
        {"type": "text", "text": "What is in it?"}, {"type": "file", "file": part}]}]}  # fmt: skip
    before = blobs(settings)
    status, _ = await server.json(
        "POST", "/v1/chat/completions", json=body | {"musespark": {"incognito": True}}
    )
    assert status == 200
    assert blobs(settings) == before
    runs = []
    for _ in range(2):
        _, said = await server.json("POST", "/v1/chat/completions", json=body)
        runs.append(said["musespark"])
    assert len(blobs(settings)) == len(before) + 1
    _, whole = await server.json("GET", f"/v1/runs/{runs[0]['run']}")
    file = whole["question"]["attachments"][0]["file"]
    _, found = await server.json("GET", f"/v1/files/{file}")
    assert (found["filename"], found["purpose"]) == ("sent.csv", "attached")
    for run in runs:
        await server.json("DELETE", f"/v1/conversations/{run['conversation']}")
    assert blobs(settings) == before


async def test_what_was_never_asked_about_goes_after_a_day(
    server: Served, settings: Settings
) -> None:
    made = await upload(server, CSV + os.urandom(8).hex().encode(), purpose="attached")
    files = server.engine.files
    assert isinstance(files, Files)
    await files.sweep()
    assert (await server.json("GET", f"/v1/files/{made['id']}"))[0] == 200
    await files.store.rows(
        "owner", "update files set created = now() - interval '2 days' where id = %s", made["id"]
    )
    await files.sweep()
    assert (await server.json("GET", f"/v1/files/{made['id']}"))[0] == 404


async def test_drafts_that_a_killed_process_left_go(server: Served, settings: Settings) -> None:
    files = server.engine.files
    assert files is not None
    files.folder.mkdir(parents=True, exist_ok=True)
    left, new = files.folder / ".left", files.folder / ".new"
    for path in (left, new):
        path.write_bytes(b"half of a file")
    os.utime(left, (1, 1))
    await files.sweep()
    assert (left.exists(), new.exists()) == (False, True)
    new.unlink()
