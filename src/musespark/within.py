"""What is found within a file: a picture or a table in it, handed to its own sense, in the same
child process."""

from __future__ import annotations

import csv
import importlib
import io
import time
from collections.abc import Sequence

import msgspec

from musespark import plugins
from musespark.message import Document, Image, Part, Table
from musespark.observation import Observation, Seen, Sense
from musespark.problem import Problem

SECONDS = 30.0  # of the processor; what is found later is counted and not read
MOST_TABLES, MOST_PICTURES = 40, 6  # that are handed on


def late() -> bool:
    """Whether so much work was done that what is found now is only counted."""
    return time.process_time() > SECONDS


def read(data: bytes, media: str) -> Seen | None:
    """What the sense for `media` reads in the bytes; None where there is none, or it cannot."""
    for name in plugins.names("senses"):
        sense: Sense = plugins.load("senses", name)
        if media in sense.takes:
            module, _, function = sense.function.partition(":")
            try:
                given = io.BytesIO(data) if sense.streams else data
                seen: Seen = getattr(importlib.import_module(module), function)(given, media)
            except Problem:
                return None
            except (ValueError, OSError, RuntimeError, ArithmeticError, LookupError, TypeError):
                return None  # a broken picture in a document leaves the document
            return seen
    return None


def table(rows: Sequence[Sequence[str]], name: str) -> Table | None:
    """Rows of text, the first with the columns' names, as a table that can be queried."""
    out = io.StringIO()
    write = csv.writer(out, delimiter="\t", lineterminator="\n")
    write.writerows([" ".join(cell.split()) for cell in row] for row in rows)
    seen = read(out.getvalue().encode(), "text/tab-separated-values")
    for part in seen.parts if seen is not None else ():
        if isinstance(part, Table):
            return msgspec.structs.replace(part, name=name)
    return None


def placed(seen: Seen, name: str, page: int) -> tuple[list[Part], list[Observation]]:
    """Parts and observations of what stands on a page, under a name of their own."""
    parts: list[Part] = [
        msgspec.structs.replace(part, name=f"{name}/{part.name}" if part.name else name)
        for part in seen.parts
        if isinstance(part, Image | Document)
    ]
    found = [msgspec.structs.replace(one, page=page, box=None) for one in seen.observations]
    return parts, found


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """Rows as a table in Markdown, the first one its head."""
    lines = [
        "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in row) + " |"
        for row in rows
    ]
    lines.insert(1, "|" + " --- |" * len(rows[0]))
    return "\n".join(lines)
