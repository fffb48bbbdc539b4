"""Looking: bytes read by the sense for their type, in a child process, and kept so that the same
bytes are read once, whatever they are called."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shutil
import tempfile
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Sequence
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec

from musespark import plugins, recording, sandbox, transcription
from musespark.films import Frame
from musespark.media import media_of
from musespark.message import Document, Image, Part, Words
from musespark.observation import LEFT_OUT, Observation, Seen, Sense
from musespark.problem import Problem
from musespark.settings import Settings, TranscriberSettings

FOLDER = "seen"  # in the home
LIMITS = sandbox.Limits()  # of one sense
_ON_DISK = 500_000_000  # bytes kept there; what was not read for longest goes first
_IN_MEMORY = 50_000_000  # bytes
_HEAD = 200_000  # bytes of a file that say what it is
_LIST = 4_000_000  # and at the end of an archive, what is in it
_MOST_DIGESTS = 2_000
_SETTLED = 2_000_000_000  # nanoseconds
_TIDIED = 20  # writes between two looks at how much is kept

_memory: OrderedDict[str, bytes] = OrderedDict()
_digests: OrderedDict[tuple[int, ...], Any] = OrderedDict()
_reading: weakref.WeakValueDictionary[tuple[int, str], asyncio.Lock] = weakref.WeakValueDictionary()
_lock = threading.Lock()  # files are read and written in threads
_writes = 0


async def look(
    data: bytes | Path,
    name: str,
    home: Path | None = None,
    settings: Settings | None = None,
    seconds: Sequence[float] = (),
    *,
    place: bool = False,
) -> Seen:
    """What the sense for these bytes, or the bytes of this file, reads; its parts are called
    `name`. It is kept in memory, and below `home` where that is given. The `settings` say how much
    is read and who writes down what is said; of a video the frames of these `seconds` come along.
    Where, when and with what a picture was taken is said only with `place`. Raises Problem for
    what nothing here can read, OSError for a file that cannot be opened."""
    media = await asyncio.to_thread(media_in, data)
    sense = sense_of(media, name, empty=not media)
    key = await asyncio.to_thread(_key, data, media, sense)
    lock = _reading.setdefault((id(asyncio.get_running_loop()), key), asyncio.Lock())
    async with lock:
        seen = await _seen(key, home)
        if seen is None:
            limits = LIMITS
            if sense.seconds > limits.seconds:
                # Decoding video keeps two cores at work.
                longer = {"seconds": sense.seconds, "processor": int(2 * sense.seconds)}
                limits = msgspec.structs.replace(limits, **longer)
            given = {"media": media}
            if settings is not None:
                given |= {each: getattr(settings, each) for each in sense.settings}
            seen = await sandbox.run(
                sense.function, (data,), Seen, given, limits, name, streams=sense.streams
            )
            await _put(key, home, seen, data)
        if settings is not None and settings.transcriber.url and transcription.wanted(seen):
            seen = await _with_words(data, media, seen, settings.transcriber, name, (key, home))
        if seconds and seen.sense == "video":
            seen = await _with_frames(data, media, seen, seconds, name)
    seen = _told(seen) if place else _untold(seen)
    return msgspec.structs.replace(seen, parts=tuple(named(part, name) for part in seen.parts))


async def _with_words(
    data: bytes | Path,
    media: str,
    seen: Seen,
    settings: TranscriberSettings,
    name: str,
    place: tuple[str, Path | None],
) -> Seen:
    """With what is said in it: kept under a key of its own, for another transcriber reads anew."""
    who = (place[0], settings.url, settings.name, settings.language)
    made_of = hashlib.sha256("\0".join(who).encode()).hexdigest()
    key = f"{place[0].partition('-')[0]}-{made_of[:32]}"
    known = await _seen(key, place[1])
    if known is not None:
        return known
    made, whole = await transcription.transcribed(data, media, seen, settings, name)
    if whole:
        await _put(key, place[1], made, data)
    return made


async def _with_frames(
    data: bytes | Path, media: str, seen: Seen, seconds: Sequence[float], name: str
) -> Seen:
    """With the exact frames of these seconds, as far as there are any; what fails is a note."""
    length = max((one.until or 0.0 for one in seen.observations if one.kind == "shot"), default=0)
    inside = sorted({second for second in seconds if 0 <= second <= length})
    if not inside:
        return seen
    try:
        found = await sandbox.run(
            "musespark.films:frames_at", (data,), list[Frame], {"media": media, "wanted": inside},
            LIMITS, name, streams=True,
        )  # fmt: skip
    except Problem as problem:
        note = Observation("note", f"The frames asked for cannot be shown: {problem.what}")
        return msgspec.structs.replace(seen, observations=(*seen.observations, note))
    return recording.with_frames(seen, found)


async def _seen(key: str, home: Path | None) -> Seen | None:
    return await asyncio.to_thread(_kept, key, _file(key, home))


async def _put(key: str, home: Path | None, seen: Seen, data: bytes | Path) -> None:
    await asyncio.to_thread(_keep, key, _file(key, home), seen, data)


def _file(key: str, home: Path | None) -> Path | None:
    return home / FOLDER / key[:2] / key if home is not None else None


def _untold(seen: Seen) -> Seen:
    """Without where, when and with what it was taken: the parts never have it by themselves."""
    if all(each.kind != "taken" for each in seen.observations):
        return seen
    kept = tuple(each for each in seen.observations if each.kind != "taken")
    return msgspec.structs.replace(seen, observations=kept)


def _told(seen: Seen) -> Seen:
    """With it, in words for a model too, in place of the note that it was left out."""
    taken = [each.what for each in seen.observations if each.kind == "taken"]
    if not taken:
        return seen
    said, parts = f"Taken {taken[0]}.", list(seen.parts)
    for number, part in enumerate(parts):
        if isinstance(part, Words):
            text = part.text.replace(LEFT_OUT, said) if LEFT_OUT in part.text else (
                f"{part.text}\n{said}")  # fmt: skip
            parts[number] = msgspec.structs.replace(part, text=text)
            break
    kept = tuple(each for each in seen.observations if each.what != LEFT_OUT)
    return msgspec.structs.replace(seen, parts=tuple(parts), observations=kept)


def media_in(data: bytes | Path) -> str:
    """The media type of bytes or of a file; "" where there are none."""
    if isinstance(data, Path):
        with data.open("rb") as file:
            head = file.read(_HEAD)
            data = head
            if head.startswith(b"PK"):  # what is in an archive stands at its end
                file.seek(max(file.seek(0, os.SEEK_END) - _LIST, len(head)))
                data += file.read(_LIST)
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
        next="Pictures, tables, texts, sound and video can be read; save it as one of these.",
    )  # fmt: skip


def named(part: Part, name: str) -> Part:
    """A part under the name of its file; a part of a part keeps its own name behind it."""
    if not isinstance(part, Image | Document):
        return part
    whole = f"{name}/{part.name}" if part.name else name
    return msgspec.structs.replace(part, name=whole)


def _key(data: bytes | Path, media: str, sense: Sense) -> str:
    """A name for what is read in these bytes, by this sense, with these versions of its readers. It
    begins with the sum of the content, so that what was read in a content can be forgotten."""
    made = _digest(data) if isinstance(data, Path) else hashlib.sha256(data)
    content = made.hexdigest()
    parts = (media, sense.name, sense.function, str(sense.version), *map(_installed, sense.readers))
    made.update("\0".join(("", *parts)).encode())
    return f"{content}-{made.hexdigest()[:32]}"


def _digest(path: Path) -> Any:
    """The SHA-256 of a file, which is remembered while nothing about the file changes. One that was
    written just now is not: it may be written again within the same tick of the clock."""
    with path.open("rb") as file:
        now = os.fstat(file.fileno())
        known = (now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns, now.st_ctime_ns)
        with _lock:
            made = _digests.get(known)
        if made is None:
            made = hashlib.file_digest(file, "sha256")
            if time.time_ns() - max(now.st_mtime_ns, now.st_ctime_ns) > _SETTLED:
                with _lock:
                    _digests[known] = made
                    while len(_digests) > _MOST_DIGESTS:
                        _digests.popitem(last=False)
    return made.copy()


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


def _keep(key: str, file: Path | None, seen: Seen, data: bytes | Path) -> None:
    """Keep what was read. A disk that is full or cannot be written only means reading it again. Of
    a file that was erased while it was being read nothing is kept: whoever erases takes its bytes
    away first, and then what was read in them."""
    _write(key, file, seen)
    if isinstance(data, Path) and not data.exists():
        with _lock:
            _memory.pop(key, None)
        if file is not None:
            file.unlink(missing_ok=True)


def _write(key: str, file: Path | None, seen: Seen) -> None:
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


def forget_all(home: Path | None = None) -> None:
    """Forget everything that was ever read: in memory, and below `home` where that is given."""
    with _lock:
        _memory.clear()
        _digests.clear()
    if home is not None:
        shutil.rmtree(home / FOLDER, ignore_errors=True)


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
