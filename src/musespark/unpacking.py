"""An archive read in a child process with a fence around it: batches of what its importers find.

Who sends an archive may have made it to break what reads it, so it is read where it can harm
nobody: limits on memory and processor time, no network, nothing to read but the archive itself.
What the child finds comes through a pipe, a batch at a time; it waits while nobody takes the next.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import AsyncGenerator, Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from msgspec import Struct

from musespark import fence, plugins
from musespark.activity import Activity
from musespark.archive import Archive, Bounds, damaged, opened
from musespark.enclosed import Enclosed
from musespark.imported import guarded
from musespark.importer import PIECE, Found, Kept, Media, Skipped
from musespark.problem import Problem
from musespark.sandbox import surroundings

_BATCH, _WEIGHT = 500, 4_000_000  # things in a batch, and bytes
_PIECE = 1_000_000  # bytes of a file at once
_LARGEST = 64_000_000  # bytes of a batch on its way
_LIMITS = {"memory": 4_000_000_000, "processor": 4 * 3600, "file": 20_000_000_000}
_SILENCE = 900.0  # seconds that the child may be silent
_EXAMPLES = 3


class Plan(Struct, frozen=True):
    """What to read: the file or folder, what it is `called`, as which `formats` (none: whatever
    fits), how many things to leave out because they are done, who the person is in it, and whether
    its pictures and other files come along: "" not at all, "told" counted and not read, or
    "read"."""

    path: str
    called: str = ""
    formats: tuple[str, ...] = ()
    done: int = 0
    me: str = ""
    zone: str = "UTC"
    media: str = ""


class Head(Struct, frozen=True, tag="head"):
    """What an archive is: its formats, how many bytes there are to read, and a sum over it; how
    many pictures and other files are in it, and their bytes."""

    formats: tuple[str, ...]
    size: int
    mark: str
    media: int = 0
    media_size: int = 0


class Batch(Struct, frozen=True, tag="batch"):
    """The next things, in order. `position` counts all up to its end, but no pieces of a file,
    which begins anew where it was broken off; `read` are the bytes so far. `skipped` is why
    something was left out → how often and the first examples."""

    activities: list[Activity]
    kept: list[Kept]
    skipped: dict[str, tuple[int, list[str]]]
    position: int
    read: int


class Failed(Struct, frozen=True, tag="failed"):
    """A Problem on its way."""

    code: str
    what: str
    why: str
    next: str
    status: int


class End(Struct, frozen=True, tag="end"):
    """Everything was read."""


Frame = Head | Batch | Failed | End


async def read(plan: Plan) -> AsyncGenerator[Head | Batch, None]:
    """First the Head, then every Batch of an archive. Closing it stops the child. Raises Problem:
    what the archive's own is, or that the reader came to its end."""
    with tempfile.TemporaryDirectory(prefix="musespark-", ignore_cleanup_errors=True) as folder:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-W", "ignore", "-m", "musespark.unpacking",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL, cwd=folder, env=surroundings(folder),
            start_new_session=True,
        )  # fmt: skip
        try:
            assert child.stdin is not None
            assert child.stdout is not None
            with contextlib.suppress(ConnectionError):
                child.stdin.write(msgspec.json.encode(plan) + b"\n")
                await child.stdin.drain()
            while True:
                frame = await _frame(child.stdout)
                if isinstance(frame, End):
                    return
                if isinstance(frame, Failed):
                    raise Problem(frame.code, frame.what, why=frame.why, next=frame.next,
                                  status=frame.status)  # fmt: skip
                if frame is None:
                    raise _ended(await child.wait())
                yield frame
        finally:
            assert child.stdin is not None
            child.stdin.close()
            await _stopped(child)


async def _stopped(child: asyncio.subprocess.Process) -> None:
    """Kill the child. What it had written is read to its end: asyncio says that a process ended
    only when its pipes have."""
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            child.kill()
    assert child.stdout is not None
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(5):
            while await child.stdout.read(1_000_000):
                pass
            await child.wait()


async def _frame(pipe: asyncio.StreamReader) -> Frame | None:
    """The next frame, None where the child has ended. What took hold of it may say anything."""
    try:
        async with asyncio.timeout(_SILENCE):
            size = int.from_bytes(await pipe.readexactly(4), "big")
            if size > _LARGEST:
                raise _ended(1)
            frame: Frame = msgspec.msgpack.decode(await pipe.readexactly(size), type=Frame)
            return frame
    except asyncio.IncompleteReadError:
        return None
    except TimeoutError:
        raise Problem(
            "reader_slow", "The archive could not be read in time.", status=422,
            why=f"Nothing more came of it for {_SILENCE / 60:g} minutes.",
            next="Import it in smaller parts.",
        ) from None  # fmt: skip
    except msgspec.DecodeError:
        raise _ended(1) from None


def _ended(code: int) -> Problem:
    return Problem(
        "reader_died", "What reads the archive came to a sudden end.", status=422,
        why="It needed too much memory or time, or stumbled over something broken "
        f"(exit code {code}); nothing else was harmed.",
        next="What was read before is kept. Download the export again, or import it in parts.",
    )  # fmt: skip


# -- in the child ----------------------------------------------------------------------------------


def fitting(archive: Archive, wanted: tuple[str, ...] = ()) -> list[str]:
    """The formats that an archive is in. Raises Problem where it is none that is known."""
    if wanted:
        for name in wanted:
            plugins.load("importers", name)
        return list(wanted)
    found = [name for name in plugins.names("importers")
             if plugins.load("importers", name).fits(archive)]  # fmt: skip
    if "musespark" in found:  # what our own export holds is nobody else's
        return ["musespark"]
    if found:
        return found
    names = [member.name for member in archive.members[:5]]
    labels = [plugins.load("importers", name).label for name in plugins.names("importers")]
    more = f" and {len(archive.members) - 5:,} more" if len(archive.members) > 5 else ""
    raise Problem(
        "unknown_format", f"{archive.name} is no export that musespark knows.",
        why=f"It holds {', '.join(names)}{more}.", status=422,
        next=f"Known are: {', '.join(labels)}, as JSON where there is a choice. If it is one of "
        "these, say which.",
    )  # fmt: skip


def findings(archive: Archive, formats: list[str], media: bool = False) -> Iterator[Found]:
    """All that the importers of the formats find, in order; with `media` each activity is followed
    by the files that are attached to it."""
    for why, example in archive.skipped:
        yield Skipped(why, example)
    enclosed = Enclosed(archive)
    for name in formats:
        importer = plugins.load("importers", name)
        for found in guarded(partial(importer.read, archive), f"The rest of {importer.label}"):
            yield from enclosed.with_media(found, media and name != "musespark")
    if media and formats != ["musespark"]:
        yield from enclosed.unnamed()


def _batches(archive: Archive, formats: list[str], plan: Plan) -> Iterator[bytes]:
    """What is found in batches as they go on their way, after what was done before."""
    batch, done, passed = _Filling(), plan.done, 0
    for position, found in enumerate(findings(archive, formats, bool(plan.media)), 1):
        if position <= plan.done:
            passed += found.member.size if isinstance(found, Media) else 0
            continue
        for one in _expanded(found, plan.media) if isinstance(found, Media) else (found,):
            batch.take(one)
            if batch.weight > _WEIGHT:
                yield batch.whole(done, archive.spent.whole + passed)
                batch = _Filling()
        done = position
        if position % _BATCH == 0:
            yield batch.whole(done, archive.spent.whole + passed)
            batch = _Filling()
    yield batch.whole(done, archive.spent.whole + passed)


def _expanded(found: Media, media: str) -> Iterator[Found]:
    """A file as its pieces and what they are, or why it is left out."""
    if not media:
        yield Skipped("file that was not to come along", found.member.name)
        return
    try:
        if media == "read":
            with found.member.open() as file:
                while piece := file.read(_PIECE):
                    yield Kept(PIECE, {"id": found.kept.row.get("id"), "data": piece})
    except Problem as problem:
        if problem.code not in (damaged("", "").code, "archive_media"):
            raise
        yield Skipped("broken or cut off", f"{problem.what} {problem.why}"[:160])
        return
    yield Kept(found.kept.kind, {**found.kept.row, "size": found.member.size})


class _Filling:
    """A batch while it is filled; `weight` is about how many bytes it has."""

    def __init__(self) -> None:
        self.weight = 0
        self.activities: list[Activity] = []
        self.kept: list[Kept] = []
        self.skipped: dict[str, tuple[int, list[str]]] = {}

    def take(self, found: Found) -> None:
        if isinstance(found, Kept) and found.kind == PIECE:
            self.kept.append(found)
            self.weight += len(found.row["data"])
        else:
            self.weight += self._taken(found)

    def _taken(self, found: Found) -> int:
        if isinstance(found, Skipped):
            times, examples = self.skipped.get(found.why, (0, []))
            more = [found.example] if found.example and len(examples) < _EXAMPLES else []
            self.skipped[found.why] = (times + 1, [*examples, *more])
            return 0
        try:
            size = len(msgspec.msgpack.encode(found))
        except UnicodeEncodeError:  # halves of a surrogate pair
            found = _whole(found)
            size = len(msgspec.msgpack.encode(found))
        except (TypeError, ValueError, OverflowError, RecursionError) as error:
            return self._taken(Skipped("not understood", f"{type(error).__name__}: {error}"[:160]))
        if size > _WEIGHT * 4:
            return self._taken(Skipped("too large", f"{size // 1_000_000} MB"))
        (self.activities if isinstance(found, Activity) else self.kept).append(found)  # type: ignore[arg-type]
        return size

    def whole(self, position: int, read: int) -> bytes:
        batch = Batch(self.activities, self.kept, _sound(self.skipped), position, read)
        return msgspec.msgpack.encode(batch)


def _whole(found: Any) -> Any:
    """The same with every text such that it can be written down."""
    fields = {name: _sound(getattr(found, name)) for name in found.__struct_fields__}
    return type(found)(**fields)


def _sound(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_sound(key): _sound(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_sound(each) for each in value)
    return value


def _write(pipe: BinaryIO, frame: bytes) -> None:
    pipe.write(len(frame).to_bytes(4, "big") + frame)
    pipe.flush()


def _work(plan: Plan, pipe: BinaryIO) -> None:
    with opened(Path(plan.path), plan.called, Bounds(media=plan.media == "read")) as archive:
        archive.me, archive.zone = plan.me, plan.zone
        formats = fitting(archive, plan.formats)
        own = [] if formats == ["musespark"] else Enclosed(archive).media
        media = sum(member.size for member in own)
        size = archive.size - (media if plan.media != "read" else 0)
        head = Head(tuple(formats), size, archive.mark, len(own), media)
        _write(pipe, msgspec.msgpack.encode(head))
        for frame in _batches(archive, formats, plan):
            _write(pipe, frame)
    _write(pipe, msgspec.msgpack.encode(End()))


def main() -> None:
    """The child: a plan from standard input, frames to standard output."""
    plan = msgspec.json.decode(sys.stdin.buffer.readline(), type=Plan)
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no frame
    fence.end_with_parent()
    bounds = fence.Bounds(**_LIMITS, readable=tuple(fence.packages()))
    fence.enclose(os.getcwd(), bounds, (plan.path,))
    try:
        _work(plan, out)
    except Problem as problem:
        failed = Failed(problem.code, problem.what, problem.why, problem.next, problem.status)
        _write(out, msgspec.msgpack.encode(failed))
    except MemoryError:
        failed = Failed("reader_memory", "The archive needs too much memory.", "",
                        "Import it in smaller parts.", 422)  # fmt: skip
        _write(out, msgspec.msgpack.encode(failed))
    except BrokenPipeError:
        pass
    except Exception as error:
        failed = Failed("unreadable", "The archive cannot be read.",
                        f"{type(error).__name__}: {' '.join(str(error).split())[:200]}.",
                        "Download the export again, or import a part of it.", 422)  # fmt: skip
        _write(out, msgspec.msgpack.encode(failed))
    os._exit(0)


if __name__ == "__main__":
    main()
