"""The child dies, the server does not: crashes, hangs, too much memory, and what it may reach."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
import tempfile
from pathlib import Path

import pytest

import musespark
from musespark import fence, sandbox, warm
from musespark.problem import Problem
from readers import Word


@pytest.fixture(params=["anew", "forked"], autouse=True)
def how(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """In a new interpreter, and forked from one that is kept warm: all of it holds for both."""
    if request.param == "anew":
        monkeypatch.setattr(warm, "_keeper", lambda *given: None)
    elif sys.platform != "linux":
        pytest.skip("only Linux forks")
    return str(request.param)


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
        ("lies", "reader_died", "sudden end"),
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

    await run("prints")  # what is kept warm is there before
    me = psutil.Process()
    before = {child.pid for child in me.children(recursive=True)}
    task = asyncio.create_task(run("hangs"))
    new: set[int] = set()
    while not new:
        await asyncio.sleep(0.05)
        new = {child.pid for child in me.children(recursive=True)} - before
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


async def test_a_file_that_is_deleted_meanwhile_is_read_to_its_end(tmp_path: Path) -> None:
    file = tmp_path / "long"
    file.write_bytes(b"a" * 3_000_000 + b"end.")
    given = ("readers:waits_until_gone", (file,), Word)
    reading = asyncio.create_task(sandbox.run(*given, streams=True))
    await asyncio.sleep(0)  # it is open now
    file.unlink()
    assert (await reading).word == "end."


@pytest.mark.parametrize("name", ["waits_until_short", "maps_what_shrinks"])
async def test_a_file_that_shrinks_meanwhile_harms_nobody(name: str, tmp_path: Path) -> None:
    file = tmp_path / "long"
    file.write_bytes(b"a" * 3_000_000)
    reading = asyncio.create_task(sandbox.run(f"readers:{name}", (file,), Word, streams=True))
    while not list(Path(tempfile.gettempdir()).glob(f"musespark-*/ready-{file.stat().st_ino}")):
        await asyncio.sleep(0.01)
    os.truncate(file, 10)
    if name == "waits_until_short":
        assert 10 <= int((await reading).word) < 3_000_000
        return
    with pytest.raises(Problem) as caught:
        await reading
    assert caught.value.code == "reader_died"
    assert "SIGBUS" in caught.value.why


async def test_only_a_file_is_read(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none", tmp_path / "pipe"):
        if path.name == "pipe":
            os.mkfifo(path)  # nobody will ever write to it
        with pytest.raises(OSError, match=r"directory|no file"):
            await sandbox.run("readers:ends", (path,), Word, streams=True)


@linux
async def test_nothing_stays_open_behind_a_child(tmp_path: Path) -> None:
    file = tmp_path / "long"
    file.write_bytes(b"a" * 3_000_000)

    async def each(name: str) -> None:
        limits = sandbox.Limits(seconds=1.0 if name == "hangs" else 20.0)
        with contextlib.suppress(Problem):
            await sandbox.run(f"readers:{name}", (file,), Word, limits=limits)

    async def all_of_them() -> int:
        await asyncio.gather(*map(each, ("aborts", "hangs", "stumbles", "remembers")))
        stopped = asyncio.create_task(each("hangs"))
        await asyncio.sleep(0.3)
        stopped.cancel()
        await asyncio.gather(stopped, return_exceptions=True)
        return len(os.listdir("/proc/self/fd"))

    before = await all_of_them()
    assert await all_of_them() == before


@linux
async def test_a_child_has_its_own_folder_and_descriptors_only(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"1")

    async def count() -> str:
        given = ("readers:descriptors", (file, b"2", file), Word)
        return (await sandbox.run(*given, streams=True)).word

    # Standard input, output and error, where the answer goes, and its two files.
    assert await asyncio.gather(*(count() for _ in range(6))) == ["6"] * 6
    said = (await run("place", b"x")).split(" ", 3)
    assert said[0] == said[1] == said[2]
    assert said[3] == "['own']"
    assert not Path(said[0]).exists()


async def test_one_file_leaves_nothing_to_the_next() -> None:
    assert [await run("remembers") for _ in range(3)] == ["0"] * 3


@linux
async def test_a_file_can_be_opened_once_more_by_its_number(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("all of it")
    given = ("readers:opens_by_name", (tmp_path / "x",), Word)
    assert (await sandbox.run(*given, streams=True)).word == "all of it"
