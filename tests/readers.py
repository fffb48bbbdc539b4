"""Readers that misbehave, and what makes readers misbehave: both run in child processes."""

from __future__ import annotations

import importlib
import io
import os
import socket
import time
from pathlib import Path
from typing import BinaryIO

import msgspec
from hypothesis import strategies as st
from msgspec import Struct

from musespark import fence, sandbox
from musespark.media import media_of
from musespark.observation import Seen


class Word(Struct, frozen=True):
    word: str


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
