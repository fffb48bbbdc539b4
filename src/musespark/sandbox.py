"""A child process with limits, in which bytes from outside are read: it dies, the server does not.

The child is a new interpreter in an empty folder, with limits on memory, processor time and the
size of files, and without a network where the system lets it give up its own (Linux with user
namespaces). What it gives back is a msgspec Struct; what it cannot do is a Problem.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import importlib
import io
import os
import signal
import stat
import sys
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import msgspec
from msgspec import Struct

from musespark import fence, warm
from musespark.problem import Problem

T = TypeVar("T")

_AT_ONCE = max(os.cpu_count() or 1, 2)  # children at work at once, whatever is asked
_LARGEST = 256_000_000  # bytes of an answer
_places: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = (
    weakref.WeakKeyDictionary()
)


class Limits(Struct, frozen=True):
    """What a child may use: `memory` of addresses and `file` of one file on disk in bytes,
    `processor` and `seconds` (from its start to its answer) in seconds."""

    memory: int = 3_000_000_000
    processor: int = 60
    seconds: float = 60.0
    file: int = 500_000_000


_USUAL = Limits()


class Task(Struct, frozen=True):
    """What a child is to do: `function`, "module:name", with what is in `given` and the bodies: of
    each its size in what follows, or, below 0, the descriptor of its file, as -1 - descriptor."""

    function: str
    given: dict[str, Any]
    sizes: tuple[int, ...]
    bounds: fence.Bounds
    streams: bool = False


class Failure(Struct, frozen=True):
    """A Problem on its way back."""

    code: str
    what: str
    why: str = ""
    next: str = ""
    status: int = 400


async def run(
    function: str,
    bodies: Sequence[bytes | Path],
    kind: type[T],
    given: Mapping[str, Any] | None = None,
    limits: Limits = _USUAL,
    name: str = "It",
    *,
    streams: bool = False,
) -> T:
    """What `function` ("module:name") gives for the bodies and the JSON-like values in `given`. A
    body is bytes, or a file that is opened here and read there. With `streams` the function gets a
    binary file for each instead of its bytes. `name` is what a Problem calls them: it stands for
    "{name}" in the words of one.

    Raises Problem: the function's own, or `reader_slow`, `reader_memory` or `reader_died` where the
    child came to its end; OSError for a file that cannot be opened. Cancelled, it kills the child.
    """
    loop = asyncio.get_running_loop()
    place = _places.setdefault(loop, asyncio.Semaphore(_AT_ONCE))
    readable = tuple(fence.packages())
    bounds = fence.Bounds(limits.memory, limits.processor, limits.file, readable)
    async with place:
        with contextlib.ExitStack() as opened:
            sizes = tuple(
                len(body)
                if isinstance(body, bytes)
                else -1 - opened.enter_context(_open(body)).fileno()
                for body in bodies
            )
            task = Task(function, dict(given or {}), sizes, bounds, streams)
            sent = tuple(body for body in bodies if isinstance(body, bytes))
            return await _named(task, sent, kind, limits, name)


def _open(path: Path) -> io.FileIO:
    """A file, ready to be handed on. Raises OSError, also for a pipe, which may never end."""
    number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise OSError(errno.EINVAL, "It is no file", str(path))
    return open(number, "rb", buffering=0)


async def _named(
    task: Task, bodies: tuple[bytes, ...], kind: type[T], limits: Limits, name: str
) -> T:
    try:
        return await _answered(task, bodies, kind, limits)
    except Problem as problem:
        what, why = (part.replace("{name}", name) for part in (problem.what, problem.why))
        raise Problem(
            problem.code, what, why=why, next=problem.next, status=problem.status
        ) from None


async def _answered(task: Task, bodies: tuple[bytes, ...], kind: type[T], limits: Limits) -> T:
    with tempfile.TemporaryDirectory(prefix="musespark-", ignore_cleanup_errors=True) as folder:
        code, answer = await _asked(task, bodies, folder, limits.seconds)
    if code or not answer:
        raise _end(code, limits)
    try:
        if answer[:1] != b"!":
            return msgspec.msgpack.decode(answer[1:], type=kind)
        failed = msgspec.msgpack.decode(answer[1:], type=Failure)
    except msgspec.DecodeError:  # whatever took hold of the child may say anything
        raise _end(code, limits) from None
    raise Problem(failed.code, failed.what, why=failed.why, next=failed.next, status=failed.status)


async def _asked(
    task: Task, bodies: tuple[bytes, ...], folder: str, seconds: float
) -> tuple[int, bytes]:
    """The child's exit code and its answer. Raises Problem at its deadline."""
    files = [-1 - size for size in task.sizes if size < 0]
    module = task.function.partition(":")[0]
    try:
        async with asyncio.timeout(seconds):
            forked = await warm.child(module, folder, files, lambda: surroundings(folder))
            if forked is not None:
                try:
                    return await _told(forked, task, bodies)
                except warm.Gone:  # a new interpreter does without
                    pass
                finally:
                    await forked.end()
            return await _told_anew(task, bodies, folder, files)
    except TimeoutError:
        raise Problem(
            "reader_slow",
            "{name} took too long.",
            why=f"The work was stopped after {seconds:g} seconds; it may be very large or broken.",
            next="Try a smaller part of it.",
            status=422,
        ) from None


async def _told_anew(
    task: Task, bodies: tuple[bytes, ...], folder: str, files: Sequence[int]
) -> tuple[int, bytes]:
    """The exit code and the answer of a new interpreter."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-W", "ignore", "-m", "musespark.sandbox",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL, cwd=folder, env=surroundings(folder),
        start_new_session=True, limit=1_000_000, pass_fds=files,
    )  # fmt: skip
    try:
        return await _told(child, task, bodies)
    finally:
        if child.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                child.kill()
            await child.wait()
        assert child.stdin is not None
        child.stdin.close()


async def _told(
    child: asyncio.subprocess.Process | warm.Child, task: Task, bodies: tuple[bytes, ...]
) -> tuple[int, bytes]:
    """The exit code and the answer of a child that is told its task."""
    assert child.stdin is not None
    assert child.stdout is not None
    writing = asyncio.create_task(_send(child.stdin, task, bodies))
    try:
        answer = await _read(child.stdout)
        return await child.wait(), answer
    finally:
        writing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await writing


async def _send(pipe: asyncio.StreamWriter, task: Task, bodies: tuple[bytes, ...]) -> None:
    with contextlib.suppress(ConnectionError):  # a child that died says so by its exit code
        pipe.write(msgspec.json.encode(task) + b"\n")
        for body in bodies:
            pipe.write(body)
            await pipe.drain()
        if pipe.can_write_eof():
            pipe.write_eof()


async def _read(pipe: asyncio.StreamReader) -> bytes:
    whole = bytearray()
    while piece := await pipe.read(1_000_000):
        whole += piece
        if len(whole) > _LARGEST:
            raise Problem(
                "reader_memory", "{name} is too large.",
                why=f"It unpacks to more than {_LARGEST // 1_000_000} MB.",
                next="Try a smaller part of it.", status=422,
            )  # fmt: skip
    return bytes(whole)


def surroundings(folder: str) -> dict[str, str]:
    """The child's environment: none of the server's secrets."""
    kept = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "VIRTUAL_ENV", "LD_LIBRARY_PATH")
    found = {name: os.environ[name] for name in kept if name in os.environ}
    path = os.pathsep.join(os.path.abspath(entry) for entry in sys.path if entry)
    return found | {"HOME": folder, "TMPDIR": folder, "PYTHONPATH": path,
                    "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1",
                    "OMP_NUM_THREADS": "2"}  # fmt: skip


def _end(code: int, limits: Limits) -> Problem:
    """What a child's exit code says. The system kills the one that takes the most memory when all
    of it runs out."""
    named = {number.value: number.name for number in signal.Signals}.get(-code, f"exit code {code}")
    if named == "SIGXCPU":
        return Problem(
            "reader_slow", "{name} took too long.",
            why=f"It was stopped after {limits.processor} seconds of work of the processor.",
            next="Try a smaller part of it.", status=422,
        )  # fmt: skip
    if named == "SIGKILL":
        return Problem(
            "reader_memory", "{name} was given up.",
            why="The system stopped what read it, most likely because memory ran out.",
            next="Try a smaller part of it, or again when less is going on.", status=422,
        )  # fmt: skip
    return Problem(
        "reader_died", "What reads {name} came to a sudden end.",
        why=f"It stumbled over something in it ({named}); nothing else was harmed.",
        next="Save it anew in the program it comes from, and try that.", status=422,
    )  # fmt: skip


# In the child


def _work(task: Task, bodies: Sequence[bytes | BinaryIO]) -> bytes:
    module, _, name = task.function.partition(":")
    try:
        function = getattr(importlib.import_module(module), name)
        return b"." + msgspec.msgpack.encode(function(*bodies, **task.given))
    except Problem as problem:
        failed = Failure(problem.code, problem.what, problem.why, problem.next, problem.status)
    except MemoryError:
        failed = Failure(
            "reader_memory", "{name} needs too much memory.",
            f"More than {task.bounds.memory // 1_000_000:,} MB were asked for.",
            "Try a smaller part of it.", 422,
        )  # fmt: skip
    except RecursionError:
        failed = Failure("unreadable", "{name} cannot be read.", "It is nested too deeply.",
                         "Save it flatter.", 422)  # fmt: skip
    except Exception as error:
        said = " ".join(str(error).split())[:200]
        failed = Failure(
            "unreadable", "{name} cannot be read.",
            f"It is broken or cut off ({type(error).__name__}{': ' if said else ''}{said}).",
            "Save it anew in the program it comes from, and try that.", 422,
        )  # fmt: skip
    return b"!" + msgspec.msgpack.encode(failed)


def _body(size: int, *, streams: bool) -> bytes | BinaryIO:
    """What was sent, or stands in a file; whole, or to be read and sought in."""
    if size >= 0:
        sent = sys.stdin.buffer.read(size)
        return io.BytesIO(sent) if streams else sent
    file = open(-1 - size, "rb")  # noqa: SIM115 - it is open to the end
    file.seek(0)
    return file if streams else file.read()


def main() -> None:
    """The child: one task from standard input, one answer to standard output."""
    task = msgspec.json.decode(sys.stdin.buffer.readline(), type=Task)
    answer, out = b"", os.dup(1)
    os.dup2(2, 1)  # whatever a library prints is not the answer
    fence.end_with_parent()
    files = tuple(f"/proc/self/fd/{-1 - size}" for size in task.sizes if size < 0)
    fence.enclose(os.getcwd(), task.bounds, files)  # DuckDB opens a file by its name once more
    answer = _work(task, [_body(size, streams=task.streams) for size in task.sizes])
    with os.fdopen(out, "wb") as pipe:
        pipe.write(answer)
    os._exit(0)  # threads of libraries are not waited for


if __name__ == "__main__":
    if len(sys.argv) == 3:
        warm.keep(sys.argv[1], int(sys.argv[2]), main)
    main()
