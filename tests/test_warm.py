"""What is kept warm: it may end at any time, and nobody who asks for a file notices."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from musespark import sandbox, warm
from musespark.problem import Problem
from readers import Word

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks")


async def run(name: str, limits: sandbox.Limits = sandbox._USUAL) -> str:
    return (await sandbox.run(f"readers:{name}", (b"x",), Word, limits=limits)).word


def kept() -> warm.Keeper:
    keeper = warm._keepers["readers"]
    assert keeper is not None
    return keeper


async def test_files_are_read_by_children_of_one_process() -> None:
    await run("prints")
    first = kept()
    await asyncio.gather(*(run("prints") for _ in range(4)))
    assert kept() is first
    assert not psutil.Process(first.process.pid).children()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
async def test_where_it_ended_another_begins(number: int) -> None:
    await run("prints")
    first = kept()
    os.kill(first.process.pid, number)
    if number == signal.SIGKILL:
        assert await run("prints") == "quiet"
        return
    with pytest.raises(Problem) as caught:
        await run("prints", sandbox.Limits(seconds=0.5))
    assert caught.value.code == "reader_slow"
    assert await run("prints") == "quiet"
    assert kept() is not first


async def test_where_it_ends_in_the_middle_the_file_is_read_anew() -> None:
    await run("prints")
    before = kept().process.pid
    reading = asyncio.create_task(run("waits_for_its_parent"))
    while not psutil.Process(before).children():
        await asyncio.sleep(0.01)
    os.kill(before, signal.SIGKILL)
    assert await reading == "read"


async def test_what_cannot_be_kept_warm_is_read_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "from readers import Word\n\ndef warm():\n    1 / 0\n\ndef read(data):\n"
    (tmp_path / "cold_reader.py").write_text(f"{words}    return Word('read')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    __import__("cold_reader")
    for _ in range(3):
        assert (await sandbox.run("cold_reader:read", (b"",), Word)).word == "read"
    assert warm._keepers["cold_reader"] is None


def test_it_ends_when_nothing_comes() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    code = f"warm._IDLE = 0.01; warm.keep('readers', {theirs.fileno()}, print)"
    code = f"from musespark import warm; {code}"
    env = os.environ | {"PYTHONPATH": os.path.dirname(__file__)}
    child = subprocess.Popen([sys.executable, "-c", code], pass_fds=(theirs.fileno(),), env=env)
    assert child.wait(60) == 0
    ours.close()
    theirs.close()


SERVER = """
import asyncio
import readers
from musespark import sandbox
asyncio.run(sandbox.run("readers:hangs", (b"x",), readers.Word))
"""


def test_a_server_that_is_killed_leaves_nothing() -> None:
    env = os.environ | {"PYTHONPATH": os.path.dirname(__file__)}
    server = psutil.Popen([sys.executable, "-c", SERVER], env=env)
    found: list[psutil.Process] = []
    while len(found) < 2:  # what is kept, and its child
        time.sleep(0.05)
        found = server.children(recursive=True)
    server.kill()
    server.wait()
    assert not psutil.wait_procs(found, timeout=30)[1]
