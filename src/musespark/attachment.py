"""Files and piped text that go along with a question; pictures and tables as a sense reads them."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from pathlib import Path

from musespark.looking import look
from musespark.media import decoded, media_of
from musespark.message import Document, Part
from musespark.problem import Problem
from musespark.settings import Settings
from musespark.timeline import seconds_in

LARGEST = 50_000_000  # bytes
_TEXTS = ("text/plain", "text/html")


def attach(
    name: str, home: Path | None = None, settings: Settings | None = None, question: str = ""
) -> list[Part]:
    """A file as the parts of a message: a text as it is, a picture or a table as its sense reads
    it, which is kept below `home` where that is given; of a video with the frames of the seconds
    that the `question` names. No event loop may be running. Raises Problem for one that is absent,
    too large or of a kind that nothing here reads."""
    data = contents(name)
    called = Path(name).name
    if not data or media_of(data) in _TEXTS:
        return [Document(text_of(data, name), called)]
    try:
        return list(asyncio.run(look(data, called, home, settings, seconds_in(question))).parts)
    except Problem as problem:
        text = decoded(data) if problem.code == "no_table" else None
        if text is None:
            raise
        return [Document(text, called)]  # JSON that is no table is still a text


def contents(name: str, largest: int = LARGEST) -> bytes:
    """The bytes of a file. Raises Problem for one that is absent or has more than `largest`."""
    path = Path(name).expanduser()
    try:
        if path.is_dir():
            raise Problem(
                "not_a_file", f"{name} is a folder.", next="Give the files in it one by one."
            )
        if path.stat().st_size > largest:
            raise _too_large(name, largest)
        with path.open("rb") as file:  # what grows meanwhile, or is no real file, is bounded too
            data = file.read(largest + 1)
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
    data = sys.stdin.buffer.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise _too_large("What was piped in")
    return text_of(data, "What was piped in")


def text_of(data: bytes, name: str) -> str:
    """The bytes as text, in whatever encoding it is. Raises Problem for what is none."""
    text = decoded(data)
    if text is None:
        raise Problem(
            "not_text",
            f"{name} is not a text.",
            why="Only text can be piped in.",
            next="Attach pictures and tables with -a.",
        )
    return text


def _too_large(name: str, largest: int = LARGEST) -> Problem:
    return Problem(
        "too_large",
        f"{name} is too large to attach.",
        why=f"It has more than {largest // 1_000_000} MB.",
        next="Attach the part that the question is about.",
        status=413,
    )
