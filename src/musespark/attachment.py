"""Files and piped text that go along with a question."""

from __future__ import annotations

import codecs
import os
import stat
import sys
from pathlib import Path

from musespark.message import Document
from musespark.problem import Problem

LARGEST = 50_000_000  # bytes

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def attach(name: str) -> Document:
    """The text of a file. Raises Problem for one that is absent, too large or not text."""
    path = Path(name).expanduser()
    try:
        if path.is_dir():
            raise Problem(
                "not_text", f"{name} is a folder.", next="Attach the files in it one by one."
            )
        if path.stat().st_size > LARGEST:
            raise _too_large(name)
        data = path.read_bytes()
    except OSError as error:
        raise Problem(
            "no_file",
            f"The file {name} cannot be read.",
            why=f"{error.strerror or error}.",
            next="Check the name and where you are.",
        ) from None
    return Document(decoded(data, name), path.name)


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
    return decoded(data, "What was piped in")


def decoded(data: bytes, name: str) -> str:
    """The bytes as text, in whatever encoding it is. Raises Problem for what is none."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if b"\0" not in data[:100_000]:
        try:
            return data.decode()
        except UnicodeDecodeError:
            pass
        import charset_normalizer

        found = charset_normalizer.from_bytes(data[:200_000]).best()
        if found is not None:
            return data.decode(found.encoding, "replace")
    raise Problem(
        "not_text",
        f"{name} is not a text.",
        why="Only text can be attached so far; pictures, videos and documents such as PDF or "
        "spreadsheets cannot be read yet.",
        next="Save it as plain text, Markdown or CSV and attach that.",
    )


def _too_large(name: str) -> Problem:
    return Problem(
        "too_large",
        f"{name} is too large to attach.",
        why=f"It has more than {LARGEST // 1_000_000} MB.",
        next="Attach the part that the question is about.",
        status=413,
    )
