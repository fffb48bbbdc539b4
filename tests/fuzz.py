"""Changed files for every sense: thousands of them in a fenced child, each a case by its number.

    python tests/fuzz.py [--count 20000] [--sense picture] [--first 0] [--save FOLDER]

The file of a number is always the same. It is made from the seeds of the sense by changes that know
something of files: bits, lengths, chunks with their checksums, members of archives, words of
markup. What must come out is a Seen that keeps the contract, or a Problem; a crash, an error
without words or 10 seconds of work are a finding, which is printed with its number.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib
import io
import os
import random
import re
import select
import signal
import struct
import sys
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

import seeds
from musespark import fence, letters, plugins, sandbox
from musespark.media import decoded, media_of
from musespark.message import Document, Image
from musespark.observation import Seen, Sense

SLOW = 10.0  # seconds for a small file
LARGEST = 400_000  # bytes of a changed file
_BLOCK = 400  # files of a child
_WORDS = (b"\0", b"\xff" * 4, b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"999999999999", b"-1", b"1e999",
          b"NaN", b"<!DOCTYPE a [<!ENTITY b 'b'>]>", b"&b;", b"<a>", b"</a>", b"\xef\xbf\xbe",
          b'"', b"'", b",", b";", b"\r", b"\n\n", b"[", b"{", b"]}", b"\xed\xa0\x80", b"%00",
          b"=1+1", b"endobj", b"stream\n", b"/Length 0", b"0 0 R", b"\xf0\x9f\x92\xa9")  # fmt: skip
Change = Callable[[bytearray, random.Random], None]


class How(Struct, frozen=True):
    """What reads the files: a sense's function, its types, whether it takes a stream; and after how
    many seconds it is too slow."""

    function: str
    takes: tuple[str, ...]
    streams: bool = False
    slow: float = SLOW


class Finding(Struct, frozen=True):
    """What went wrong with the file of a number: a signal, "slow", or the broken word."""

    number: int
    what: str


class Found(Struct):
    """How many files came to what, the longest of them in seconds, and what went wrong."""

    outcomes: dict[str, int]
    slowest: float = 0.0
    slowest_number: int = -1
    findings: list[Finding] = []


# Changes


def made(given: list[bytes], number: int) -> bytes:
    """The file of a number."""
    dice = random.Random(number)
    data = bytearray(dice.choice(given))
    if data[:2] == b"PK" and dice.random() < 0.7:
        data = bytearray(_repacked(bytes(data), dice))
    elif data[:4] == b"\x89PNG" and dice.random() < 0.5:
        data = bytearray(_png(bytes(data), dice))
    else:
        _changed(data, dice, given)
    return bytes(data[:LARGEST])


def _changed(data: bytearray, dice: random.Random, given: list[bytes] | None = None) -> None:
    for _ in range(dice.choice((1, 1, 2, 3, 6, 20))):
        dice.choice(_CHANGES)(data, dice)
    if given and dice.random() < 0.1:  # one file goes on as another
        other = dice.choice(given)
        data[_place(data, dice) :] = other[dice.randrange(len(other) + 1) :]


def _place(data: bytearray, dice: random.Random) -> int:
    """Somewhere in it, more often near the beginning, where the lengths are."""
    end = len(data) if dice.random() < 0.5 else min(len(data), 200)
    return dice.randrange(end + 1)


def _bit(data: bytearray, dice: random.Random) -> None:
    if data:
        at = min(_place(data, dice), len(data) - 1)
        data[at] ^= 1 << dice.randrange(8)


def _bytes(data: bytearray, dice: random.Random) -> None:
    at = _place(data, dice)
    data[at : at + dice.randrange(9)] = dice.randbytes(dice.randrange(9))


def _end(data: bytearray, dice: random.Random) -> None:
    if dice.random() < 0.3:
        del data[_place(data, dice) :]


def _cut(data: bytearray, dice: random.Random) -> None:
    at = _place(data, dice)
    del data[at : at + dice.randrange(1, 200)]


def _again(data: bytearray, dice: random.Random) -> None:
    """A piece many times over."""
    at = _place(data, dice)
    piece = data[at : at + dice.randrange(1, 300)]
    data[at:at] = piece * dice.choice((1, 2, 10, 300))


def _moved(data: bytearray, dice: random.Random) -> None:
    at, to = _place(data, dice), _place(data, dice)
    piece = data[at : at + dice.randrange(1, 100)]
    data[to : to + len(piece)] = piece


def _word(data: bytearray, dice: random.Random) -> None:
    at, word = _place(data, dice), dice.choice(_WORDS) * dice.choice((1, 1, 1, 50))
    data[at : at + (len(word) if dice.random() < 0.5 else 0)] = word


def _length(data: bytearray, dice: random.Random) -> None:
    """A number that may be a length, made too large, too small or negative."""
    code, size = dice.choice(((">H", 2), ("<H", 2), (">I", 4), ("<I", 4), ("<Q", 8)))
    at = _place(data, dice)
    if at + size > len(data):
        return
    (value,) = struct.unpack_from(code, data, at)
    most = (1 << 8 * size) - 1
    new = dice.choice((0, 1, value + 1, value - 1, value * 2, most, most // 2, most // 2 + 1,
                       dice.randrange(most), len(data)))  # fmt: skip
    struct.pack_into(code, data, at, new & most)


def _figure(data: bytearray, dice: random.Random) -> None:
    """A number in figures, made another."""
    found = list(re.finditer(rb"\d+", bytes(data[:50_000])))
    if found:
        one = dice.choice(found)
        data[one.start() : one.end()] = dice.choice(
            (b"0", b"-1", b"65536", b"2147483648", b"99999999999999999999", b"1e308", b"0.0000001")
        )


_CHANGES: tuple[Change, ...] = (
    _bit, _bit, _bytes, _end, _cut, _again, _moved, _word, _length, _length, _figure,
)  # fmt: skip


def _repacked(data: bytes, dice: random.Random) -> bytes:
    """An archive of which a member or two are changed, dropped or doubled; all checksums right."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        members = [(entry, packed.read(entry)) for entry in packed.infolist()]
    chosen = {dice.randrange(len(members)) for _ in range(dice.choice((1, 1, 2)))}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for number, (entry, content) in enumerate(members):
            if number in chosen:
                if dice.random() < 0.1:
                    continue
                changed = bytearray(content)
                _changed(changed, dice)
                content = bytes(changed[:LARGEST])
                if dice.random() < 0.05:
                    packed.writestr(f"{entry.filename}x", content)
            packed.writestr(entry.filename, content, entry.compress_type)
    return out.getvalue()


def _png(data: bytes, dice: random.Random) -> bytes:
    """A PNG of which a chunk is changed, dropped, doubled or moved; all checksums right."""
    chunks, at = [], 8
    while at + 8 <= len(data):
        (size,) = struct.unpack_from(">I", data, at)
        chunks.append((data[at + 4 : at + 8], bytearray(data[at + 8 : at + 8 + size])))
        at += size + 12
    for _ in range(dice.choice((1, 2))):
        one = dice.randrange(len(chunks))
        match dice.randrange(5):
            case 0:
                chunks.insert(dice.randrange(len(chunks)), chunks[one])
            case 1 if len(chunks) > 1:
                del chunks[one]
            case _:
                kind, content = chunks[one]
                with contextlib.suppress(zlib.error):  # changed before
                    if kind == b"IDAT" and dice.random() < 0.7:
                        raw = bytearray(zlib.decompress(bytes(content)))
                        _changed(raw, dice)
                        chunks[one] = (kind, bytearray(zlib.compress(bytes(raw[:LARGEST]))))
                        continue
                _changed(content, dice)
                chunks[one] = (kind, content)
    return data[:8] + b"".join(
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )


# In the child


def trial(*given: bytes, how: dict[str, Any], first: int, last: int) -> Found:
    """Read the files of the numbers from `first` to before `last` in a fork, so that a crash ends
    only that; another goes on behind it."""
    letters.is_installed = lambda: False  # type: ignore[assignment] # it takes a second a picture
    own = msgspec.convert(how, How)
    module = importlib.import_module(own.function.partition(":")[0])
    getattr(module, "warm", lambda: None)()
    media_of("für".encode("latin-1"))  # what it imports is there for every fork
    found, number = Found({}), first
    while number < last:
        number = _block(list(given), own, number, last, found)
    return found


def _block(given: list[bytes], how: How, first: int, last: int, found: Found) -> int:
    """Fork, and take down what is said of each file. Gives the number to go on with."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        code = 1
        try:
            for number in range(first, last):
                os.write(writing, f"{number} \n".encode())
                began = time.monotonic()
                said = outcome(made(given, number), how)
                took = time.monotonic() - began
                os.write(writing, f"{number} {took:.3f} {said}\n".encode())
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    number, begun, lines, slow = first, False, b"", False
    while True:
        if not select.select([reading], [], [], how.slow)[0]:
            slow = True
            os.kill(pid, signal.SIGKILL)
        piece = os.read(reading, 65_536)
        if not piece:
            break
        *whole, lines = (lines + piece).split(b"\n")
        for line in whole:
            words = line.decode().split(" ", 2)
            number, begun = int(words[0]), not words[1]
            if words[1]:
                _note(found, number, float(words[1]), words[2])
    os.close(reading)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if begun:
        if code == -signal.SIGXCPU and number > first:
            return number  # the whole block took long, not this one
        what = "slow" if slow else signal.Signals(-code).name if code < 0 else f"exit {code}"
        _note(found, number, how.slow if slow else 0.0, f"! {what}")
    return number + 1


def _note(found: Found, number: int, took: float, said: str) -> None:
    said, bad = said.removeprefix("! "), said.startswith("! ")
    found.outcomes[said] = found.outcomes.get(said, 0) + 1
    if took > found.slowest:
        found.slowest, found.slowest_number = took, number
    if bad:
        found.findings.append(Finding(number, said))


def outcome(data: bytes, how: How) -> str:
    """What comes of a file: "read", "other" for one of a type that the sense does not take, or the
    code of a Problem; with "! " before it what must not be."""
    try:
        media = media_of(data)
        if media == "text/plain":
            decoded(data)
    except Exception as error:
        return f"! media_of: {type(error).__name__}: {error}".replace("\n", " ")
    if not data or media not in how.takes:
        return "other"
    task = sandbox.Task(how.function, {"media": media}, (), fence.Bounds(0, 0, 0))
    answer = sandbox._work(task, [io.BytesIO(data) if how.streams else data])
    if answer[:1] == b"!":
        failed = msgspec.msgpack.decode(answer[1:], type=sandbox.Failure)
        if not (failed.what and failed.why and failed.next):
            return f"! without words: {failed.code}"
        return failed.code
    try:
        wrong = _breach(msgspec.msgpack.decode(answer[1:], type=Seen))
    except msgspec.DecodeError as error:
        wrong = str(error)
    return f"! {wrong}" if wrong else "read"


def _breach(seen: Seen) -> str:
    """What in a Seen is not as the contract says, "" where all is."""
    if not seen.parts:
        return "no parts"
    for part in seen.parts:
        if isinstance(part, Image) and not part.url.startswith("data:image/"):
            return "a picture that is none"
        if isinstance(part, Document) and len(part.text) > 500_000:
            return f"a text of {len(part.text):,}"
    for one in seen.observations:
        if one.box and not (0 <= one.box[0] <= one.box[2] <= 1000 >= one.box[3] >= one.box[1] >= 0):
            return f"a box {one.box}"
        if not 0 <= one.sure <= 1 or one.page < 0 or (one.second or 0) < 0:
            return f"a place or a number that cannot be: {one.kind}"
        if not one.kind or not isinstance(one.what, str):
            return "an observation of nothing"
    return ""


# Outside


@contextlib.contextmanager
def _forks() -> Iterator[None]:
    """Let the forks of a child read of themselves, as DuckDB does; else only the child may."""
    usual = fence.packages
    fence.packages = lambda: [*usual(), "/proc"]
    try:
        yield
    finally:
        fence.packages = usual


async def tried(name: str, first: int, count: int) -> Found:
    """What comes of `count` changed files for a sense, from the number `first`."""
    sense: Sense = plugins.load("senses", name)
    given = tuple(seed for seed in seeds.all_of_them() if media_of(seed) in sense.takes)
    assert given, f"tests/seeds.py has no file for {name}"
    how = How(sense.function, sense.takes, sense.streams)
    whole = Found({})
    for number in range(first, first + count, _BLOCK):
        task = {"how": msgspec.to_builtins(how), "first": number,
                "last": min(number + _BLOCK, first + count)}  # fmt: skip
        limits = sandbox.Limits(seconds=1_000.0, processor=300)
        with _forks():
            found = await sandbox.run("fuzz:trial", given, Found, task, limits, name=name)
        for said, times in found.outcomes.items():
            whole.outcomes[said] = whole.outcomes.get(said, 0) + times
        if found.slowest > whole.slowest:
            whole.slowest, whole.slowest_number = found.slowest, found.slowest_number
        whole.findings += found.findings
        for finding in found.findings:
            print(f"{name} {finding.number}: {finding.what}", file=sys.stderr, flush=True)
    return whole


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    reader.add_argument("--count", type=int, default=2_000)
    reader.add_argument("--first", type=int, default=0)
    reader.add_argument("--sense", action="append", choices=plugins.names("senses"))
    reader.add_argument("--save", type=Path, help="a folder for the files of what went wrong")
    args = reader.parse_args()
    for name in args.sense or plugins.names("senses"):
        found = asyncio.run(tried(name, args.first, args.count))
        said = ", ".join(f"{code} {n:,}" for code, n in Counter(found.outcomes).most_common())
        print(
            f"{name}: {said}; slowest {found.slowest:.2f} s (number {found.slowest_number})",
            flush=True,
        )
        sense: Sense = plugins.load("senses", name)
        given = [seed for seed in seeds.all_of_them() if media_of(seed) in sense.takes]
        for finding in found.findings if args.save else ():
            args.save.mkdir(parents=True, exist_ok=True)
            (args.save / f"{name}-{finding.number}").write_bytes(made(given, finding.number))


if __name__ == "__main__":
    main()
