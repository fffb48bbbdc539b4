"""Files, addresses and piped bytes that go along with a question, read by their senses."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import stat
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from musespark.asked import named
from musespark.media import decoded
from musespark.message import Part
from musespark.observation import Seen
from musespark.problem import Problem
from musespark.settings import Settings
from musespark.terminal import clean
from musespark.timeline import seconds_in

if TYPE_CHECKING:
    from musespark.files import Files
    from musespark.terminal import Terminal

LARGEST = 200_000_000  # bytes of a file
PIPED = 50_000_000  # bytes from standard input or from an address
_SECONDS = 60.0  # for an address
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)


class Attachment(Struct):
    """What goes along with a question: its parts, and what they were read from."""

    parts: list[Part]
    name: str = ""
    body: bytes | Path = b""
    media: str = ""


def attach(
    names: Sequence[str],
    home: Path | None,
    settings: Settings,
    terminal: Terminal,
    question: str = "",
    *,
    place: bool = False,
) -> list[Attachment]:
    """Read files, addresses and "-", standard input, several at once. What is read is kept below
    `home` where that is given; of a video the frames of the seconds that the `question` names come
    along, and with `place` where a picture was taken. No event loop may be running. Raises Problem
    for one that is absent, too large or of a kind that nothing here reads."""
    if list(names).count("-") > 1:
        raise Problem("wrong_arguments", "Standard input can be attached once.",
                      next="Give -a - once.")  # fmt: skip
    if not names:
        return []

    async def seen(body: bytes | Path, called: str) -> Seen:
        return await seen_of(body, called, home, settings, seconds_in(question), place=place)

    return asyncio.run(_all(names, seen, terminal))


async def _all(
    names: Sequence[str], read: Callable[[bytes | Path, str], Awaitable[Seen]], terminal: Terminal
) -> list[Attachment]:
    async def one(name: str) -> Attachment:
        async with opened(name) as (body, called):
            with reading(terminal, called):
                seen = await read(body, called)
            if _ADDRESS.match(name) and isinstance(body, Path):
                body = await asyncio.to_thread(body.read_bytes)  # the file is gone in a moment
        return Attachment(list(seen.parts), called, body, seen.media)

    tasks = [asyncio.create_task(one(name)) for name in names]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        terminal.erase()


@contextlib.contextmanager
def reading(terminal: Terminal, name: str) -> Iterator[None]:
    """Says what is read while it is."""
    terminal.draw([terminal.style(f"Reading {clean(name)} …", "dim")])
    try:
        yield
    finally:
        terminal.erase()


async def seen_of(
    body: bytes | Path,
    name: str,
    home: Path | None,
    settings: Settings,
    seconds: Sequence[float] = (),
    *,
    place: bool = False,
) -> Seen:
    """What is read in a file. Raises Problem."""
    from musespark.unread import seen_in

    return await seen_in(body, name, home, settings, seconds, place=place)


@contextlib.asynccontextmanager
async def opened(name: str, largest: int = LARGEST) -> AsyncIterator[tuple[bytes | Path, str]]:
    """The bytes of what was named, or its file, and what it is called. Raises Problem."""
    if name == "-":
        yield await asyncio.to_thread(_standard_input), "stdin"
    elif _ADDRESS.match(name):
        from musespark.asked import address
        from musespark.unread import fetched

        async with fetched(name, _SECONDS, PIPED) as path:
            yield path, address(name, "", "").name or name
    else:
        yield await asyncio.to_thread(contents, name, largest), Path(name).name


def _standard_input() -> bytes:
    if sys.stdin is None or sys.stdin.closed:
        raise Problem("no_input", "There is no standard input.", next="Name a file.")
    data = sys.stdin.buffer.read(PIPED + 1)
    if len(data) > PIPED:
        raise _too_large("What was piped in", PIPED)
    return data


def contents(name: str, largest: int = LARGEST) -> bytes | Path:
    """A file that can be read, or the bytes of what is none on disk, such as a pipe. Raises Problem
    for one that is absent or has more than `largest`."""
    path = Path(name).expanduser()
    try:
        if path.is_dir():
            raise Problem(
                "not_a_file", f"{name} is a folder.", next="Give the files in it one by one."
            )
        found = path.stat()
        if found.st_size > largest:
            raise _too_large(name, largest)
        with path.open("rb") as file:
            if stat.S_ISREG(found.st_mode) and found.st_size:
                return path
            data = file.read(largest + 1)  # a pipe, or a file of the system's that has no size
    except OSError as error:
        raise Problem(
            "no_file",
            f"The file {name} cannot be read.",
            why=f"{error.strerror or error}.",
            next="Check the name and where you are.",
        ) from None
    if len(data) > largest:
        raise _too_large(name, largest)
    return data


async def kept(files: Files | None, person: str, attached: Sequence[Attachment]) -> list[Part]:
    """The parts of what is attached; what they were read from is kept where `files` are, so that
    it can be shown later. What hinders that takes nothing from the answer."""
    from musespark.unread import standing

    parts: list[Part] = []
    for each in attached:
        id = ""
        if files is not None and each.body:
            with contextlib.suppress(Problem, OSError):
                id = await files.keep(person, each.body, named(each.name), each.media)
        parts += [standing(part, id) for part in each.parts]
    return parts


def piped(*, wanted: bool) -> str:
    """What was piped into standard input, "" when nothing was. Unless `wanted` (there is no other
    question), only a pipe or a file is read: a service's stray input must not be waited for."""
    if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        return ""
    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError):
        return ""
    if not (wanted or stat.S_ISFIFO(mode) or stat.S_ISREG(mode)):
        return ""
    data = sys.stdin.buffer.read(PIPED + 1)
    if len(data) > PIPED:
        raise _too_large("What was piped in", PIPED)
    return text_of(data, "What was piped in")


def text_of(data: bytes, name: str) -> str:
    """The bytes as text, in whatever encoding it is. Raises Problem for what is none."""
    text = decoded(data)
    if text is None:
        raise Problem(
            "not_text",
            f"{name} is not a text.",
            why="Only text goes along by itself.",
            next="Attach it with -a -, which reads files of every kind.",
        )
    return text


def _too_large(name: str, largest: int) -> Problem:
    return Problem(
        "too_large",
        f"{name} is too large to attach.",
        why=f"It has more than {largest // 1_000_000} MB.",
        next="Attach the part that the question is about.",
        status=413,
    )
