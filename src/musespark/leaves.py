"""A document in leaves: the text of each page, slide or chapter, its headings, and where it stands.

A sense fills a `Volume` and makes parts and observations of it with `read`; a `Volume` travels
packed inside a part, and `unpacked` opens it again for searching.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence

import msgspec
from msgspec import Struct

from musespark.message import Document, Pages, Part
from musespark.observation import Box, Observation, Seen
from musespark.problem import Problem

PACKED = "application/vnd.musespark.leaves"
MOST = 20_000_000  # characters of a document
SHORT = 12_000  # characters up to which a model reads all of it
_OUTLINE, _BEGINNING = 4_000, 5_000  # characters of a longer one that it reads first
_MOST_SEEN = 1_000  # observations of text
_SHOWN = 300  # characters of one
_UNPACKED = 4 * MOST + 20_000_000  # bytes
_PART = 3_000  # characters of a part of a text without pages

_HEADING = re.compile(r"(?m)^(?:(#{1,6}) +\S|[^\W\d_][^\n]{1,120}\n([=*~^-])\2{2,} *$)")


class Line(Struct, array_like=True, frozen=True):
    """Where a line or paragraph begins in its leaf's text, its box, and its heading's level."""

    start: int
    box: Box | None = None
    level: int = 0


class Block(Struct):
    """A paragraph, a heading of a `level`, a table of `rows`, or a `picture` by its name in the
    file; and its box where it is known."""

    text: str = ""
    level: int = 0
    box: Box | None = None
    rows: list[list[str]] = []
    picture: str = ""


class Leaf(Struct, array_like=True, frozen=True):
    """A page: its text, the lines whose place or rank is known, in order, and its own name."""

    text: str
    lines: tuple[Line, ...] = ()
    name: str = ""

    def box(self, start: int, end: int) -> Box | None:
        """The box around a stretch of the text, None where nothing is known of its place."""
        boxes = []
        for number, line in enumerate(self.lines):
            after = self.lines[number + 1].start if number + 1 < len(self.lines) else 1 << 62
            if line.start < end and after > start and line.box is not None:
                boxes.append(line.box)
        if not boxes:
            return None
        left, top, right, bottom = zip(*boxes, strict=True)
        return min(left), min(top), max(right), max(bottom)


class Entry(Struct, array_like=True, frozen=True):
    """A line of the outline: what it says, how deep it stands (from 1), its leaf (from 1)."""

    title: str
    level: int
    page: int


class Volume(Struct, array_like=True):
    """A document: its leaves, what one is called ("page", "slide", "chapter", "part"), its title,
    its outline, and what was left out."""

    leaves: list[Leaf]
    unit: str = "page"
    title: str = ""
    outline: list[Entry] = []
    notes: list[str] = []


def place(volume: Volume, page: int) -> str:
    """A leaf in words: "page 12", "chapter 3, The Storm"."""
    name = volume.leaves[page - 1].name
    return f"{volume.unit} {page}{f', {name}' if name else ''}"


def cut(text: str, size: int = _PART) -> list[Leaf]:
    """A text without pages in parts of about `size` characters, cut before headings and between
    paragraphs; its Markdown headings are known as such."""
    leaves, begin = [], 0
    while begin < len(text):
        end = _end(text, begin, size)
        stretch = text[begin:end].strip("\n")
        if stretch.strip():
            leaves.append(Leaf(stretch, tuple(_ranked(stretch))))
        begin = end
    return leaves


def _ranked(text: str) -> Iterator[Line]:
    """The headings of a text: behind #, or above a line of = or - or *."""
    for found in _HEADING.finditer(text):
        level = len(found[1]) if found[1] else 2 if found[2][0] in "-~^" else 1
        yield Line(found.start(), None, level)


def parted(leaf: Leaf) -> list[Leaf]:
    """A document without pages that is long, in parts; a short one as it is."""
    return [leaf] if len(leaf.text) <= SHORT else cut(leaf.text)


def _end(text: str, begin: int, size: int) -> int:
    if len(text) - begin <= size * 1.3:
        return len(text)
    for mark in ("\n# ", "\n## ", "\n### ", "\n\n", "\n", ". ", " "):
        found = text.rfind(mark, begin + size // 2, begin + size)
        if found > 0:
            return found + (1 if mark[0] == "\n" and mark != "\n\n" else len(mark))
    return begin + size


def joined(blocks: Iterable[Block], name: str = "") -> Leaf:
    """A leaf of blocks with a blank line between them."""
    whole = ""
    lines: list[Line] = []
    for block in blocks:
        text = block.text.strip("\n")
        text = f"{'#' * block.level} {' '.join(text.split())}" if block.level else text
        if not text.strip("# \n"):
            continue
        if whole:
            listed = text.startswith("- ") and whole[lines[-1].start :].startswith("- ")
            whole += "\n" if listed else "\n\n"
        lines.append(Line(len(whole), block.box, block.level))
        whole += text
    return Leaf(whole, tuple(lines), name)


def headings(leaves: Sequence[Leaf]) -> list[Entry]:
    """The outline that the headings make."""
    return [
        Entry(_first(leaf.text, line.start).strip("# ")[:200], line.level, number)
        for number, leaf in enumerate(leaves, 1)
        for line in leaf.lines
        if line.level
    ]


def _first(text: str, start: int) -> str:
    end = text.find("\n", start)
    return text[start : end if end >= 0 else len(text)]


def bounded(volume: Volume) -> Volume:
    """The volume, cut where it is longer than anything here reads, with a note that says so."""
    left, kept = MOST, 0
    for leaf in volume.leaves:
        left -= len(leaf.text)
        if left < 0:
            break
        kept += 1
    if kept < len(volume.leaves):
        note = f"Only the first {kept:,} of {len(volume.leaves):,} {volume.unit}s were read."
        volume.notes.append(note)
        volume.leaves = volume.leaves[:kept]
    return volume


def read(
    volume: Volume, media: str, sense: str, reader: str,
    beside: Iterable[Part] = (), seen: Iterable[Observation] = (),
) -> Seen:  # fmt: skip
    """What a sense gives for a document: its text as a part, `beside` it the tables and pictures in
    it, and observations with their page and box. Raises Problem: `no_text` where nothing of it
    could be read."""
    volume, seen, beside = bounded(volume), list(seen), tuple(beside)
    written = any(leaf.text.strip() for leaf in volume.leaves)
    if not written and not beside and not volume.notes:
        raise Problem(
            "no_text", "{name} holds no text.", why="Nothing is written in it.",
            next="Check that it was saved whole.", status=422,
        )  # fmt: skip
    volume.outline = volume.outline or headings(volume.leaves)
    found = [Observation("size", size(volume), reader=reader)]
    found += [Observation("note", note, reader=reader) for note in volume.notes]
    found += _lines(volume, reader)
    part = as_part(volume)
    return Seen(media, sense, (part, *beside), (*found, *seen))


def size(volume: Volume) -> str:
    count, length = len(volume.leaves), sum(len(leaf.text) for leaf in volume.leaves)
    many = f"{count:,} {volume.unit}{'' if count == 1 else 's'}, "
    many = "" if volume.unit == "part" and count == 1 else many
    return f"{many}{length:,} characters"


def _lines(volume: Volume, reader: str) -> list[Observation]:
    """Its paragraphs and headings with their places, as many as somebody may want to see."""
    found: list[Observation] = []
    for number, leaf in enumerate(volume.leaves, 1):
        page = number if volume.unit != "part" else 0
        ends = [line.start for line in leaf.lines[1:]] + [len(leaf.text)]
        for line, end in zip(leaf.lines, ends, strict=False):  # a leaf without lines has an end
            what = leaf.text[line.start : end].strip("# \n")
            what = what.partition("\n")[0] if line.level else what
            if not what:
                continue
            if len(found) >= _MOST_SEEN:
                said = f"Only the first {_MOST_SEEN:,} pieces of text are listed."
                return [*found, Observation("note", said, reader=reader)]
            shown = what if len(what) <= _SHOWN else what[: _SHOWN - 1] + "…"
            kind = "heading" if line.level else "text"
            found.append(Observation(kind, shown, line.box, page, reader=reader))
        if not leaf.lines and leaf.text.strip():
            what = " ".join(leaf.text[: _SHOWN + 1].split())
            shown = what if len(leaf.text) <= _SHOWN else what[: _SHOWN - 1] + "…"
            found.append(Observation("page", shown, page=page, reader=reader))
    return found


def as_part(volume: Volume) -> Document:
    """What a model reads first: all of a short document, else its outline and its beginning."""
    plain = volume.unit == "part" and len(volume.leaves) <= 1
    length = sum(len(leaf.text) for leaf in volume.leaves)
    noted = "".join(f"[{note}]\n" for note in volume.notes)
    if plain and length <= SHORT:
        return Document(noted + "".join(leaf.text for leaf in volume.leaves), "")
    if length <= SHORT:
        whole = "\n\n".join(
            leaf.text if volume.unit == "part" else f"[{place(volume, number)}]\n{leaf.text}"
            for number, leaf in enumerate(volume.leaves, 1)
        )
        return Pages(noted + whole, "", data=packed(volume), whole=True)
    lines = [f"A document: {size(volume)}{f', titled {volume.title}' if volume.title else ''}."]
    lines.append(
        "Only its beginning stands here. search_document finds what the rest says, with the "
        f"{volume.unit} it stands on, and gives a {volume.unit} whole."
    )
    lines += volume.notes
    outline = _outline(volume)
    if outline:
        lines += ["", "Outline:", *outline]
    lines += ["", "It begins:", ""]
    begin, room = [], _BEGINNING
    for number, leaf in enumerate(volume.leaves, 1):
        if not leaf.text.strip():
            continue
        begin.append(f"[{place(volume, number)}]\n{leaf.text[:room]}")
        room -= len(leaf.text)
        if room <= 0:
            break
    return Pages("\n".join(lines) + "\n\n".join(begin) + " …", "", data=packed(volume))


def _outline(volume: Volume) -> list[str]:
    """The outline as lines, as deep as there is room for."""
    for deepest in (6, 3, 2, 1):
        entries = [entry for entry in volume.outline if entry.level <= deepest]
        lines = [
            f"{'  ' * (entry.level - 1)}- {entry.title[:120]} ({volume.unit} {entry.page})"
            for entry in entries
        ]
        if sum(map(len, lines)) + len(lines) <= _OUTLINE:
            return lines
    kept: list[str] = []
    room = _OUTLINE
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            return [*kept, f"- and {len(lines) - len(kept):,} more"]
        kept.append(line)
    return kept


def packed(volume: Volume) -> str:
    """A volume as a `data:` URL."""
    made = zlib.compress(msgspec.msgpack.encode(volume), 6)
    return f"data:{PACKED};base64,{base64.b64encode(made).decode()}"


def unpacked(url: str, name: str) -> Volume:
    """The volume in a `data:` URL. Raises Problem: `broken_attachment`."""
    try:
        data = base64.b64decode(url.partition(",")[2], validate=True)
        opening = zlib.decompressobj()
        whole = opening.decompress(data, _UNPACKED)
        if opening.unconsumed_tail or not opening.eof:
            raise ValueError
        return msgspec.msgpack.decode(whole, type=Volume)
    except (ValueError, binascii.Error, zlib.error, msgspec.MsgspecError):
        raise Problem(
            "broken_attachment", f"The document {name} is broken.",
            why="Its pages are not as they were packed.", next="Attach it again.",
        ) from None  # fmt: skip
