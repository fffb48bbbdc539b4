"""Readers that misbehave, and what makes readers misbehave: both run in child processes."""

from __future__ import annotations

import importlib
import io
import mmap
import os
import socket
import tempfile
import time
from pathlib import Path
from typing import BinaryIO

import msgspec
from hypothesis import strategies as st
from msgspec import Struct

from musespark import fence, sandbox
from musespark.media import media_of
from musespark.message import Document
from musespark.observation import Seen


class Word(Struct, frozen=True):
    word: str


def warm() -> None:
    """Its readers are forked from a process that is kept (`warm.py`)."""


def length(*bodies: bytes, word: str) -> Word:
    return Word(f"{word} {[len(body) for body in bodies]}")


def ends(*files: BinaryIO) -> Word:
    """The last four bytes of each, without reading what stands before them."""
    found = []
    for file in files:
        file.seek(-4, os.SEEK_END)
        found.append(file.read().decode())
    return Word(" ".join(found))


def aborts(data: bytes, media: str = "") -> Word:
    os.abort()


def leaves(data: bytes) -> Word:
    os._exit(3)


def hangs(data: bytes, media: str = "") -> Word:
    time.sleep(600)
    return Word("")


def burns(data: bytes) -> Word:
    while True:
        pass


def swells(data: bytes) -> Word:
    return Word(str(len(bytearray(20_000_000_000))))


def stumbles(data: bytes) -> Word:
    raise KeyError("row 7")


def prints(data: bytes) -> Word:
    print("hello")
    os.write(1, b"hello")
    return Word("quiet")


def writes(data: bytes) -> Word:
    Path("large").write_bytes(bytes(2_000_000))
    return Word("written")


def calls_home(data: bytes) -> Word:
    """The word "reached" where a server on this machine answers."""
    try:
        socket.create_connection(("127.0.0.1", int(data)), timeout=5).close()
    except OSError:
        return Word("cut off")
    return Word("reached")


def surroundings(data: bytes) -> Word:
    return Word(" ".join(sorted(os.environ)))


@st.composite
def mutated(draw: st.DrawFn, seeds: tuple[bytes, ...]) -> bytes:
    """A small file with some of its bytes changed, cut out or doubled."""
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, max(len(data) - 1, 0)))
        match draw(st.sampled_from(("change", "cut", "double", "end"))):
            case "change":
                data[place : place + 1] = draw(st.binary(min_size=1, max_size=4))
            case "cut":
                del data[place : place + draw(st.integers(1, 30))]
            case "double":
                data[place:place] = data[place : place + draw(st.integers(1, 200))]
            case "end":
                del data[place:]
    return bytes(data)


class Outcomes(Struct, frozen=True):
    found: list[str]


def read_all(*files: bytes, function: str) -> Outcomes:
    """What comes of each file in one child: "read", or the code of a Problem."""
    found = []
    streams = getattr(importlib.import_module(function.partition(":")[0]), "streams", False)
    for data in files:
        task = sandbox.Task(function, {"media": media_of(data)}, (), fence.Bounds(0, 0, 0))
        answer = sandbox._work(task, [io.BytesIO(data) if streams else data])
        if answer[:1] == b".":
            assert msgspec.msgpack.decode(answer[1:], type=Seen).parts
            found.append("read")
        else:
            failed = msgspec.msgpack.decode(answer[1:], type=sandbox.Failure)
            assert failed.what
            assert failed.next
            found.append(failed.code)
    return Outcomes(found)


async def outcomes_of(function: str, files: list[bytes]) -> list[str]:
    given = {"function": function}
    return (await sandbox.run("readers:read_all", tuple(files), Outcomes, given)).found


def unread_picture(data: bytes, media: str) -> Seen:
    """A picture as its sense reads it, without the reader of text, which takes seconds."""
    from musespark import letters
    from musespark.senses import picture

    letters.is_installed = lambda: False  # type: ignore[assignment]
    return picture.picture(data, media)


def opens(data: bytes) -> Word:
    """What comes of opening each path in `data`, a line each: "w " before it means to write."""
    found = []
    for line in data.decode().splitlines():
        mode, path = ("ab", line[2:]) if line.startswith("w ") else ("rb", line)
        try:
            with open(path, mode) as file:
                found.append(str(len(file.read(10)) if mode == "rb" else file.write(b"x")))
        except OSError as error:
            found.append(type(error).__name__)
    return Word(" ".join(found))


def runs_a_program(data: bytes) -> Word:
    import subprocess

    try:
        subprocess.run([data.decode(), "-c", "1"], check=False)
    except OSError as error:
        return Word(type(error).__name__)
    return Word("ran")


def kills(data: bytes) -> Word:
    """What comes of a signal to the process of this number, which asks only whether it may."""
    try:
        os.kill(int(data), 0)
    except OSError as error:
        return Word(type(error).__name__)
    return Word("may")


def rights(data: bytes) -> Word:
    """What Linux says of this process: its capabilities, and whether it may gain any."""
    lines = Path("/proc/self/status").read_text().splitlines()
    pairs = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    return Word(f"{int(pairs['CapEff'], 16)} {pairs['NoNewPrivs']}")


_before: list[bytes] = []


def remembers(data: bytes) -> Word:
    """How many files this process has read before."""
    _before.append(data)
    return Word(str(len(_before) - 1))


def descriptors(*files: BinaryIO | bytes) -> Word:
    """How many descriptors are open; one more is that of the folder that is listed."""
    return Word(str(len(os.listdir("/proc/self/fd")) - 1))


def place(data: bytes) -> Word:
    """The folder of this process, which it may write to, and where it keeps what is temporary."""
    Path("own").write_bytes(data)
    return Word(f"{os.getcwd()} {tempfile.gettempdir()} {os.environ['HOME']} {os.listdir()}")


def waits_until_gone(file: BinaryIO) -> Word:
    """The end of a file that was deleted since it was opened."""
    while os.fstat(file.fileno()).st_nlink:
        time.sleep(0.01)
    return Word(file.read()[-4:].decode())


def _ready(file: BinaryIO) -> None:
    """Say so to the test, which looks into the folders of children."""
    Path(f"ready-{os.fstat(file.fileno()).st_ino}").touch()


def waits_until_short(file: BinaryIO) -> Word:
    """How much there is of a file that was longer when it was opened."""
    first = file.read(10)
    _ready(file)
    while os.fstat(file.fileno()).st_size > 100:
        time.sleep(0.01)
    return Word(str(len(first) + len(file.read())))


def maps_what_shrinks(file: BinaryIO) -> Word:
    """Looks at the end of a file in memory, after it was cut off."""
    whole = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    _ready(file)
    while os.fstat(file.fileno()).st_size > 100:
        time.sleep(0.01)
    return Word(str(whole[-1]))


def waits_for_its_parent(data: bytes) -> Word:
    """Hangs where it was forked; in a new interpreter it reads."""
    from musespark import warm

    if os.environ.get("OMP_NUM_THREADS") == "1":  # what is kept has one thread
        time.sleep(600)
    return Word("read" if warm else "")


def dies_of_some(data: bytes, media: str) -> Seen:
    match sum(data) % 4:
        case 0 | 1:
            os.abort()
        case 2:
            time.sleep(600)
    return Seen(media, "readers", (Document("read", ""),))


def opens_by_name(file: BinaryIO) -> Word:
    """Whether the file can be opened once more, as libraries do that want a name."""
    with open(f"/proc/self/fd/{file.fileno()}", "rb") as again:
        return Word(again.read().decode())


def lies(data: bytes) -> Outcomes:
    """Another value than it was asked for."""
    return Outcomes(["x"])
