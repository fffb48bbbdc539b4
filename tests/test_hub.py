"""Pulling a model file from a small hub that has bad days."""

from __future__ import annotations

import argparse
import asyncio
import collections
import hashlib
import io
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from musespark import hub
from musespark.connection import pulled
from musespark.hub import pull
from musespark.problem import Problem
from musespark.settings import Secret, Settings, read
from musespark.terminal import Terminal

DATA = os.urandom(3_000_000)
SHA = hashlib.sha256(DATA).hexdigest()
TOKEN = "hf_secret_token"


class Hub:
    """A hub and its file store, at two origins. `cut` ends each connection after so many bytes,
    `says` is where the sha256 is named, `ranges` whether a download can go on in the middle."""

    def __init__(self) -> None:
        self.data, self.sha, self.says = DATA, SHA, "header"
        self.cut = 0
        self.ranges = True
        self.status = 200
        self.pause = 0.0
        self.gets: list[str] = []
        self.tokens: list[tuple[str, str | None]] = []
        self.url = self.store = ""

    async def resolve(self, request: web.Request) -> web.StreamResponse:
        self.tokens.append(("hub", request.headers.get("Authorization")))
        if self.status != 200 or request.match_info["file"] != "m.gguf":
            return web.Response(status=404 if self.status == 200 else self.status)
        headers = {"Location": f"{self.store}/blob"}
        if self.says == "header":
            headers |= {"X-Linked-Etag": f'"{self.sha}"', "X-Linked-Size": str(len(self.data))}
        return web.Response(status=302, headers=headers)

    async def blob(self, request: web.Request) -> web.StreamResponse:
        self.tokens.append(("store", request.headers.get("Authorization")))
        self.gets.append(request.headers.get("Range", ""))
        given = request.headers.get("Range") if self.ranges else None
        start = int(given.removeprefix("bytes=").rstrip("-")) if given else 0
        rest = self.data[start:]
        response = web.StreamResponse(status=206 if given else 200)
        response.content_length = len(rest)
        await response.prepare(request)
        send = rest[: self.cut] if self.cut else rest
        for place in range(0, len(send), 100_000):
            await response.write(send[place : place + 100_000])
            await asyncio.sleep(self.pause)
        if len(send) < len(rest):
            assert request.transport is not None
            request.transport.abort()
        return response

    async def raw(self, request: web.Request) -> web.Response:
        if self.says != "pointer":
            return web.Response(status=404)
        words = "version https://git-lfs.github.com/spec/v1\n"
        return web.Response(text=f"{words}oid sha256:{self.sha}\nsize {len(self.data)}\n")

    async def tree(self, request: web.Request) -> web.Response:
        if self.says != "tree":
            return web.Response(status=404)
        lfs = {"oid": self.sha, "size": len(self.data)}
        entry = {"path": "m.gguf", "size": len(self.data), "lfs": lfs}
        return web.json_response([{"path": "README.md"}, entry])


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hub]:
    monkeypatch.setattr(hub, "PAUSE", 0.001)
    made = Hub()
    sites = []
    for routes in (
        [
            web.get("/o/r/resolve/main/{file}", made.resolve),
            web.get("/o/r/raw/main/{file}", made.raw),
            web.get("/api/models/o/r/tree/main", made.tree),
        ],
        [web.get("/blob", made.blob)],
    ):
        app = web.Application()
        app.add_routes(routes)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        sites.append((runner, f"http://127.0.0.1:{runner.addresses[0][1]}"))
    made.url, made.store = sites[0][1], sites[1][1]
    yield made
    for runner, _ in sites:
        await runner.cleanup()


async def failing(server: Hub, folder: Path, file: str = "m.gguf", repo: str = "o/r") -> Problem:
    with pytest.raises(Problem) as raised:
        await pull(repo, file, folder, base_url=server.url, token=Secret(TOKEN))
    assert TOKEN not in raised.value.text
    return raised.value


@pytest.mark.parametrize("says", ["header", "pointer", "tree"])
async def test_a_file_arrives_whole_and_checked(server: Hub, tmp_path: Path, says: str) -> None:
    server.says = says
    told: list[tuple[int, int]] = []
    pulled = await pull(
        "o/r",
        "m.gguf",
        tmp_path / "models",
        base_url=server.url + "/",
        token=Secret(TOKEN),
        progress=lambda done, total: told.append((done, total)),
    )
    assert pulled.path.read_bytes() == DATA
    assert (pulled.size, pulled.sha256) == (len(DATA), SHA)
    assert told[-1] == (len(DATA), len(DATA))
    assert [path.name for path in pulled.path.parent.iterdir()] == ["m.gguf"]
    assert ("hub", f"Bearer {TOKEN}") in server.tokens
    assert collections.Counter(place for place, token in server.tokens if token)["store"] == 0


async def test_what_is_there_is_not_pulled_again(server: Hub, tmp_path: Path) -> None:
    for _ in range(2):
        await pull("o/r", "m.gguf", tmp_path, base_url=server.url)
    assert len(server.gets) == 1
    (tmp_path / "m.gguf").write_bytes(b"x" * len(DATA))
    await pull("o/r", "m.gguf", tmp_path, base_url=server.url)
    assert (tmp_path / "m.gguf").read_bytes() == DATA


async def test_a_broken_connection_goes_on_where_it_stopped(server: Hub, tmp_path: Path) -> None:
    server.cut = 1_200_000
    await pull("o/r", "m.gguf", tmp_path, base_url=server.url)
    assert (tmp_path / "m.gguf").read_bytes() == DATA
    starts = [int(given[6:-1]) if given else 0 for given in server.gets]
    assert starts == sorted(starts)
    assert len(starts) >= 3
    assert starts[1] > 0


async def test_a_cancelled_pull_goes_on_later(server: Hub, tmp_path: Path) -> None:
    server.pause = 0.02
    task = asyncio.ensure_future(pull("o/r", "m.gguf", tmp_path, base_url=server.url))
    await asyncio.sleep(0.4)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (part,) = tmp_path.iterdir()
    assert part.name.endswith(".part")
    had = part.stat().st_size
    assert had > 0
    server.pause = 0.0
    await pull("o/r", "m.gguf", tmp_path, base_url=server.url)
    assert (tmp_path / "m.gguf").read_bytes() == DATA
    assert server.gets[-1] == f"bytes={had}-"


async def test_a_server_without_ranges_starts_again(server: Hub, tmp_path: Path) -> None:
    server.ranges = False
    (tmp_path / f"m.gguf.{SHA[:12]}.part").write_bytes(DATA[:1000])
    await pull("o/r", "m.gguf", tmp_path, base_url=server.url)
    assert (tmp_path / "m.gguf").read_bytes() == DATA


async def test_a_wrong_file_is_thrown_away(server: Hub, tmp_path: Path) -> None:
    server.sha = "0" * 64
    problem = await failing(server, tmp_path)
    assert problem.code == "damaged_download"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("status", "code"),
    [(404, "not_on_hub"), (401, "hub_refused"), (403, "hub_refused"), (503, "hub_unreachable")],
)
async def test_a_refusal_is_said(server: Hub, tmp_path: Path, status: int, code: str) -> None:
    server.status = status
    assert (await failing(server, tmp_path)).code == code


async def test_no_network_is_said(server: Hub, tmp_path: Path) -> None:
    server.url = "http://127.0.0.1:9"
    problem = await failing(server, tmp_path)
    assert problem.code == "hub_unreachable"
    assert "Check the network" in problem.next
    assert problem.why == "Connection refused."


async def test_a_hub_without_an_address_is_said(server: Hub, tmp_path: Path) -> None:
    server.url = "hub.example"
    problem = await failing(server, tmp_path)
    assert problem.code == "hub_unreachable"
    assert "HF_ENDPOINT" in problem.next


async def test_the_command_pulls_from_the_hub_that_is_named(
    server: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    out, err = io.StringIO(), io.StringIO()
    args = argparse.Namespace(repo="o/r", file="m.gguf")
    settings = Settings(home=tmp_path)
    assert await pulled(args, settings, Terminal(out, err)) == 0
    assert "its checksum is right" in err.getvalue()
    kept = read({"MUSESPARK_HOME": str(tmp_path)})
    assert kept.embedded_path == str(tmp_path / "models" / "m.gguf")


async def test_a_hub_that_gives_nothing_more_is_given_up(server: Hub, tmp_path: Path) -> None:
    server.store = "http://127.0.0.1:9"
    assert (await failing(server, tmp_path)).code == "hub_unreachable"


@pytest.mark.parametrize(
    ("repo", "file"),
    [
        ("o", "m.gguf"),
        ("o/r", "../m.gguf"),
        ("o/r", ""),
        ("../r/x", "m.gguf"),
        ("../r", "m.gguf"),
        ("o/..", "m.gguf"),
    ],
)
async def test_a_name_that_is_none_is_said(
    server: Hub, tmp_path: Path, repo: str, file: str
) -> None:
    assert (await failing(server, tmp_path, file, repo)).code == "bad_model_name"


async def test_a_full_disk_is_said(
    server: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def usage(path: Any) -> Any:
        return collections.namedtuple("Usage", "total used free")(10, 9, 1)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    assert (await failing(server, tmp_path)).code == "disk_full"

    def write(*given: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.undo()
    monkeypatch.setattr(hub._Download, "_write", write)
    problem = await failing(server, tmp_path)
    assert problem.code == "disk_full"
    assert problem.status == 507
