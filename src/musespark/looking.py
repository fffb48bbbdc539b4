"""Looking: bytes read by the sense for their type, in a child process, and kept so that the same
bytes are read once, whatever they are called."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import tempfile
import threading
import weakref
from collections import OrderedDict
from functools import cache
from importlib import metadata
from pathlib import Path

import msgspec

from musespark import plugins, sandbox
from musespark.media import media_of
from musespark.message import Document, Image, Part
from musespark.observation import Seen, Sense
from musespark.problem import Problem

FOLDER = "seen"  # in the home
LIMITS = sandbox.Limits()  # of one sense
_ON_DISK = 500_000_000  # bytes kept there; what was not read for longest goes first
_IN_MEMORY = 50_000_000  # bytes
_HEAD = 200_000  # bytes of a file that say what it is
_ARCHIVE = 500_000_000  # and of an archive
_TIDIED = 20  # writes between two looks at how much is kept

_memory: OrderedDict[str, bytes] = OrderedDict()
_reading: weakref.WeakValueDictionary[tuple[int, str], asyncio.Lock] = weakref.WeakValueDictionary()
_lock = threading.Lock()  # files are read and written in threads
_writes = 0


async def look(data: bytes | Path, name: str, home: Path | None = None) -> Seen:
    """What the sense for these bytes, or the bytes of this file, reads; its parts are called
    `name`. It is kept in memory, and below `home` where that is given. Raises Problem for what
    nothing here can read, OSError for a file that cannot be opened."""
    media = await asyncio.to_thread(media_in, data)
    sense = sense_of(media, name, empty=not media)
    key = await asyncio.to_thread(_key, data, media, sense)
    lock = _reading.setdefault((id(asyncio.get_running_loop()), key), asyncio.Lock())
    async with lock:
        file = home / FOLDER / key[:2] / key if home is not None else None
        seen = await asyncio.to_thread(_kept, key, file)
        if seen is None:
            given = {"media": media}
            seen = await sandbox.run(
                sense.function, (data,), Seen, given, LIMITS, name, streams=sense.streams
            )
            await asyncio.to_thread(_keep, key, file, seen)
    return msgspec.structs.replace(seen, parts=tuple(named(part, name) for part in seen.parts))


def media_in(data: bytes | Path) -> str:
    """The media type of bytes or of a file; "" where there are none."""
    if isinstance(data, Path):
        with data.open("rb") as file:
            head = file.read(_HEAD)
            # What is in an archive stands at its end.
            data = head + file.read(_ARCHIVE) if head.startswith(b"PK") else head
    return media_of(data) if data else ""


def sense_of(media: str, name: str, *, empty: bool = False) -> Sense:
    """The sense that takes a media type. Raises Problem where there is none."""
    if empty:
        raise Problem(
            "empty_file", f"{name} is empty.", why="It has no bytes.",
            next="Check that it was saved or sent whole.",
        )  # fmt: skip
    for known in plugins.names("senses"):
        sense: Sense = plugins.load("senses", known)
        if media in sense.takes:
            return sense
    why = f"By its bytes it is {media}, which nothing here reads."
    if media == "application/octet-stream":
        why = "Its bytes are of no type that is known here."
    raise Problem(
        "no_sense", f"{name} cannot be read.", why=why, status=415,
        next="Pictures, tables and texts can be read; save it as one of these.",
    )  # fmt: skip


def named(part: Part, name: str) -> Part:
    """A part under the name of its file; a part of a part keeps its own name behind it."""
    if not isinstance(part, Image | Document):
        return part
    whole = f"{name}/{part.name}" if part.name else name
    return msgspec.structs.replace(part, name=whole)


def _key(data: bytes | Path, media: str, sense: Sense) -> str:
    """A name for what is read in these bytes, by this sense, with these versions of its readers."""
    if isinstance(data, Path):
        with data.open("rb") as file:
            made = hashlib.file_digest(file, "sha256")
    else:
        made = hashlib.sha256(data)
    parts = (media, sense.name, sense.function, str(sense.version), *map(_installed, sense.readers))
    made.update("\0".join(("", *parts)).encode())
    return made.hexdigest()


@cache
def _installed(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "none"


def _kept(key: str, file: Path | None) -> Seen | None:
    """What was read before. A file that is broken counts as none."""
    with _lock:
        found = _memory.get(key)
        if found is not None:
            _memory.move_to_end(key)
    if found is None and file is not None:
        with contextlib.suppress(OSError):
            found = file.read_bytes()
            os.utime(file)
    if found is None:
        return None
    with contextlib.suppress(msgspec.DecodeError):
        seen = msgspec.msgpack.decode(found, type=Seen)
        _remember(key, found)
        return seen
    return None


def _remember(key: str, packed: bytes) -> None:
    if len(packed) > _IN_MEMORY // 4:
        return
    with _lock:
        _memory[key] = packed
        while sum(map(len, _memory.values())) > _IN_MEMORY:
            _memory.popitem(last=False)


def _keep(key: str, file: Path | None, seen: Seen) -> None:
    """Keep what was read. A disk that is full or cannot be written only means reading it again."""
    packed = msgspec.msgpack.encode(seen)
    _remember(key, packed)
    if file is None:
        return
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        number, made = tempfile.mkstemp(dir=file.parent, prefix=".")  # mode 0600
        with os.fdopen(number, "wb") as out:
            out.write(packed)
        os.replace(made, file)
        _tidy(file.parents[1])


def _tidy(folder: Path) -> None:
    """Now and then, drop what was not read for longest until the rest fits."""
    global _writes
    _writes += 1
    if _writes % _TIDIED != 1:
        return
    files = [(found.stat(), found) for found in folder.glob("*/*")]
    left = sum(stat.st_size for stat, _ in files)
    for stat, found in sorted(files, key=lambda each: each[0].st_mtime):
        if left <= _ON_DISK:
            break
        found.unlink(missing_ok=True)
        left -= stat.st_size
