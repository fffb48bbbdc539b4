"""The child dies, the server does not: crashes, hangs, too much memory, and what it may reach."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from pathlib import Path

import pytest

import musespark
from musespark import fence, sandbox
from musespark.problem import Problem
from readers import Word

SMALL = sandbox.Limits(seconds=20.0, memory=1_000_000_000, file=1_000_000, processor=20)


async def run(name: str, data: bytes = b"", limits: sandbox.Limits = SMALL) -> str:
    found = await sandbox.run(f"readers:{name}", (data,), Word, limits=limits, name="x.csv")
    return found.word


async def test_bytes_and_values_go_in_and_a_struct_comes_out() -> None:
    bodies = (b"a" * 3_000_000, b"", b"\n\n")
    found = await sandbox.run("readers:length", bodies, Word, {"word": "ä"})
    assert found.word == "ä [3000000, 0, 2]"
    assert await run("prints") == "quiet"


async def test_a_file_is_read_in_the_child_whole_or_as_a_stream(tmp_path: Path) -> None:
    file = tmp_path / "long"
    file.write_bytes(b"a" * 3_000_000 + b"end.")
    found = await sandbox.run("readers:length", (b"12", file, b"3"), Word, {"word": "of"})
    assert found.word == "of [2, 3000004, 1]"
    found = await sandbox.run("readers:ends", (file, b"some", file), Word, streams=True)
    assert found.word == "end. some end."
    with pytest.raises(FileNotFoundError):
        await sandbox.run("readers:ends", (tmp_path / "none",), Word, streams=True)


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("aborts", "reader_died", "SIGABRT"),
        ("leaves", "reader_died", "exit code 3"),
        ("swells", "reader_memory", "x.csv needs too much memory"),
        ("stumbles", "unreadable", "KeyError: 'row 7'"),
        ("writes", "unreadable", "File too large"),
        ("nothing_of_that_name", "unreadable", "AttributeError"),
    ],
)
async def test_a_reader_that_fails_is_a_problem(name: str, code: str, said: str) -> None:
    with pytest.raises(Problem) as caught:
        await run(name)
    assert caught.value.code == code
    assert said in caught.value.text
    assert "x.csv" in caught.value.what
    assert caught.value.why
    assert caught.value.next


async def test_a_child_that_died_early_does_not_block_who_writes_to_it() -> None:
    with pytest.raises(Problem) as caught:
        await run("aborts", b"x" * 30_000_000)
    assert caught.value.code == "reader_died"


@pytest.mark.parametrize(
    ("name", "limits"),
    [
        ("hangs", sandbox.Limits(seconds=1.0)),
        ("burns", sandbox.Limits(processor=1)),
    ],
)
async def test_a_reader_without_an_end_is_stopped(name: str, limits: sandbox.Limits) -> None:
    with pytest.raises(Problem) as caught:
        await run(name, limits=limits)
    assert caught.value.code == "reader_slow"
    assert caught.value.next


async def test_who_no_longer_waits_leaves_no_child() -> None:
    import psutil

    before = {child.pid for child in psutil.Process().children()}
    task = asyncio.create_task(run("hangs"))
    new: set[int] = set()
    while not new:
        await asyncio.sleep(0.05)
        new = {child.pid for child in psutil.Process().children()} - before
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not any(psutil.pid_exists(pid) for pid in new)


async def test_a_child_knows_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSESPARK_DEEP_KEY", "secret")
    assert "MUSESPARK" not in await run("surroundings")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process give up its network")
async def test_a_child_reaches_no_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1]).encode()
        if await run("calls_home", port) == "reached":
            pytest.skip("this system lets nobody make namespaces")


async def test_many_at_once_take_turns() -> None:
    found = await asyncio.gather(*(run("prints") for _ in range(8)))
    assert found == ["quiet"] * 8


linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has such fences")
landlock = pytest.mark.skipif(not fence.confines(), reason="this system has no Landlock")


@landlock
async def test_a_child_reads_no_files_but_python_and_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "settings.env"
    secret.write_text("MUSESPARK_DEEP_KEY=secret")
    monkeypatch.chdir(tmp_path)  # a server is started where its settings lie
    monkeypatch.syspath_prepend(str(tmp_path))  # as `python -m musespark` does
    home = Path.home() / ".profile"
    paths = [secret, "/etc/passwd", home, "/proc/1/environ", "/proc/self/../1/environ"]
    said = await run("opens", "\n".join(map(str, paths)).encode())
    assert set(said.split()) <= {"PermissionError", "FileNotFoundError"}
    assert said.startswith("PermissionError PermissionError")


@landlock
async def test_a_child_writes_only_in_its_own_folder(tmp_path: Path) -> None:
    there = tmp_path / "there"
    there.write_text("as it was")
    paths = ["own", there, tmp_path / "new", "/dev/null", musespark.__file__]
    said = await run("opens", "\n".join(f"w {path}" for path in paths).encode())
    assert said.split() == ["1", "PermissionError", "PermissionError", "1", "PermissionError"]
    assert there.read_text() == "as it was"
    assert not (tmp_path / "new").exists()


@landlock
async def test_a_child_starts_no_program_and_signals_nobody() -> None:
    assert await run("runs_a_program", sys.executable.encode()) == "PermissionError"
    if fence.confines() >= 6:
        assert await run("kills", str(os.getpid()).encode()) == "PermissionError"


@linux
async def test_a_child_has_no_rights_and_gains_none() -> None:
    assert await run("rights") == "0 1"
