"""What is found within a file: a picture, table or file in it, read by its own sense in the same
child process."""

from __future__ import annotations

import importlib
import io
import time
from collections.abc import Callable, Iterable, Sequence

from msgspec import structs

from musespark import plugins
from musespark.leaves import Block
from musespark.media import media_of
from musespark.message import Document, Image, Part, Table
from musespark.observation import Box, Observation, Seen, Sense
from musespark.problem import Problem

SECONDS = 30.0  # of work; what is found later is counted and not read
MOST_TABLES, MOST_PICTURES = 40, 6  # that are handed on
_LEAST = 40_000  # pixels of a picture that is worth it: 200 × 200


_began = time.monotonic()


def late(share: float = 1.0) -> bool:
    """Whether so much work was done, or so much time went by, that what is found now is only
    counted; with a `share` above one, whether it is time to come to an end."""
    return max(time.process_time(), time.monotonic() - _began) > share * SECONDS


def read(data: bytes, media: str) -> Seen | None:
    """What the sense for `media` reads in the bytes; None where there is none, or it cannot."""
    for name in plugins.names("senses"):
        sense: Sense = plugins.load("senses", name)
        if media in sense.takes:
            module, _, function = sense.function.partition(":")
            given = io.BytesIO(data) if sense.streams else data
            try:
                seen: Seen = getattr(importlib.import_module(module), function)(given, media)
            except (Problem, ValueError, OSError, RuntimeError, ArithmeticError, LookupError):
                return None  # a broken picture in a document leaves the document
            except (TypeError, SyntaxError, AttributeError):
                return None
            return seen
    return None


def table(rows: Sequence[Sequence[str]], name: str) -> Table | None:
    """Rows of text, the first with the columns' names, as a table that can be queried."""
    from musespark import sheets  # DuckDB: only where there is a table

    try:
        part, _ = sheets.as_table(name, rows[0], rows[1:])
    except Problem:
        return None
    return part


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """Rows as a table in Markdown, the first one its head."""
    lines = [
        "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in row) + " |"
        for row in rows
    ]
    lines.insert(1, "|" + " --- |" * len(rows[0]))
    return "\n".join(lines)


class Finds:
    """The tables, pictures and files found in a document: as parts beside its text, as
    observations, and counted. What is too much or too late is left unread and said."""

    def __init__(self, reader: str) -> None:
        self.parts: list[Part] = []
        self.seen: list[Observation] = []
        self._reader = reader
        self._tables = self._pictures = self._shown = self._unread = self._left = 0
        self._nth: dict[tuple[str, str], int] = {}

    def table(self, rows: Sequence[Sequence[str]], place: str, page: int = 0,
              box: Box | None = None) -> None:  # fmt: skip
        """A table of at least one row below its head; `place` is that of its page in words."""
        said = f"{len(rows) - 1:,} rows, {len(rows[0]):,} columns"
        self.seen.append(Observation("table", said, box, page, reader=self._reader))
        if len(rows) < 3:
            return  # its text says it all
        made = None
        if self._tables < MOST_TABLES and not late():
            made = table(rows, self._named("table", place))
        if made is None:
            self._left += 1
        else:
            self._tables += 1
            self.parts.append(made)

    def picture(self, data: bytes, media: str, place: str, page: int = 0, box: Box | None = None,
                said: str = "a picture") -> None:  # fmt: skip
        """A picture; small ones are counted alone."""
        self._pictures += 1
        if not _is_large(data, media):
            return
        self.seen.append(Observation("picture", said, box, page, reader=self._reader))
        seen = None
        if self._shown < MOST_PICTURES and not late():
            seen = read(data, media)
        if seen is None:
            self._unread += 1
            return
        self._shown += 1
        self._take(seen, self._named("picture", place))
        self.seen += [
            structs.replace(one, page=page, box=box)
            for one in seen.observations
            if one.kind in ("text", "code")
        ]

    def flow(self, blocks: Iterable[Block], place: str, page: int = 0,
             fetch: Callable[[str], bytes | None] | None = None) -> list[Block]:  # fmt: skip
        """The blocks of a page with tables as text; tables and the pictures that `fetch` gives are
        handed on."""
        found = []
        for block in blocks:
            if block.rows:
                self.table(block.rows, place, page, block.box)
                found.append(Block(markdown(block.rows), box=block.box))
            elif block.picture:
                try:
                    data = fetch(block.picture) if fetch is not None else None
                except Problem:  # a broken picture in a document leaves the document
                    data = None
                if data is None:
                    self.counted()
                else:
                    self.picture(data, media_of(data), place, page, block.box)
            else:
                found.append(block)
        return found

    def counted(self, unread: bool = False) -> None:
        """A picture that is not looked at."""
        self._pictures += 1
        self._unread += unread

    def file(self, data: bytes, media: str, name: str) -> bool:
        """A whole file, as those attached to a letter; whether it could be read."""
        seen = None if late() else read(data, media)
        if seen is not None:
            self._take(seen, name)
        return seen is not None

    def notes(self) -> list[str]:
        """What a model should know of what it does not see."""
        notes = []
        if self._pictures:
            many = f"{self._pictures:,} picture{'' if self._pictures == 1 else 's'} in it"
            notes.append(many + (f", {self._unread:,} large unread." if self._unread else "."))
        if self._left:
            notes.append(f"{self._left:,} of its tables stand in the text and cannot be queried.")
        return notes

    def _take(self, seen: Seen, name: str) -> None:
        for part in seen.parts:
            if isinstance(part, Image | Document):
                whole = f"{name}/{part.name}" if part.name else name
                self.parts.append(structs.replace(part, name=whole))

    def _named(self, kind: str, place: str) -> str:
        nth = self._nth[kind, place] = self._nth.get((kind, place), 0) + 1
        return f"{place}, {kind} {nth}" if place else f"{kind} {nth}"


def _is_large(data: bytes, media: str) -> bool:
    """Whether a picture shows more than an icon or a line does."""
    if not media.startswith("image/") or media == "image/svg+xml":
        return False
    from PIL import Image as Pictures

    try:
        with Pictures.open(io.BytesIO(data)) as opened:
            wide, tall = opened.size
    except (OSError, ValueError, SyntaxError, Pictures.DecompressionBombError):
        return False
    return wide * tall >= _LEAST and min(wide, tall) >= 100
