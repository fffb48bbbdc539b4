"""Passages: a text cut into sentences, list items, table rows and headings, each an exact part."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from msgspec import Struct

from musespark.message import Document

# The words and patterns of the languages shipped, for cutting here and for weighing in evidence.py.
TABLES: dict[str, Any] = tomllib.loads(Path(__file__).with_name("evidence.toml").read_text("utf-8"))
PLACES: dict[str, list[str]] = TABLES["places"]


def pattern(text: str) -> str:
    """A pattern of the tables with the patterns that it names put in."""
    for name, inner in TABLES["patterns"].items():
        text = text.replace(f"<{name}>", inner)
    return text.replace("\n", "")


class Passage(Struct, frozen=True):
    """A sentence, list item, table row or heading: `text` is an exact part of its document.

    `context` holds the words it leans on (heading, label, a table's first row); `block` numbers the
    paragraph it stands in, over all documents; `start` is its place in the document's text. In a
    document with pages it stands on a `page`, in a `box` if that is known; `file` is the kept file.
    """

    document: int
    name: str
    text: str
    place: str
    start: int
    block: int
    context: str = ""
    heading: bool = False
    page: int = 0
    box: tuple[int, int, int, int] | None = None
    file: str = ""


_BULLET = re.compile(r"\s*(?:[-*•–+]|\d{1,3}[.)]|[a-z]\))\s+")
_CHAT = re.compile(r"\[?[^\]\n]{0,24}?\d{1,2}[:.]\d\d[^\]\n]{0,8}\]?[\s-]+[^\s:][^:\n]{0,30}:\s")
_LABEL = re.compile(
    r"\s*(?:(?:\d{1,2}(?:\.\d+)*[.)]?|[-*•])\s+)?"
    r"(?:[^\W\d][^\s.:!?]*(?:\s[^\s.:!?]+){0,2}\.|[^\W\d][^\s.:!?]*(?:\s[^\s.:!?]+){0,5}:)(?=\s)"
)
_SHORTEST, _LONGEST = 8, 700  # characters of one passage
_LOOKED_AT = 1000  # lines of a block that say whether it is a list
_STOPS = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s)|[。！？]+[」』”]?")
_STOP, _WORD = re.compile(r"[.!?…。！？]"), re.compile(r"[^\W_]")
_SHORT: frozenset[str] = frozenset(TABLES["shortened"]["words"].split())
_LOWER_OR_MONTH = re.compile(rf"\s+(?:[a-zß-ÿ]|(?:{pattern('<month>')})\b)")


def passages(documents: Sequence[Document], language: str = "en") -> list[Passage]:
    """The documents cut into sentences, list items, table rows and headings, in order."""
    line_word, paragraph_word = PLACES.get(language[:2], PLACES["en"])
    found: list[Passage] = []
    block = 0
    for number, document in enumerate(documents):
        heading, paragraph = "", 0
        for first, lines in _blocks(document.text):
            block, paragraph = block + 1, paragraph + 1
            table = _is_table(lines)
            if not table and _is_heading(lines[0][1], len(lines) == 1):
                start, line = lines.pop(0)
                text = line.strip()
                place = line_word.format(first)
                start += len(line) - len(line.lstrip())
                found.append(
                    Passage(
                        number,
                        document.name,
                        text,
                        place,
                        start,
                        block,
                        heading=True,
                        file=document.file,
                    )
                )
                heading, first = text.strip("#*= \t:"), first + 1
                if not lines:
                    continue
                table = _is_table(lines)
            rows = lines if table or _is_list(lines) else []
            label, before, line_before, place = "", "", -1, paragraph_word.format(paragraph)
            for start, end, at in _pieces(document.text, first, lines, rows, table):
                text = document.text[start:end]
                if rows and at != line_before:
                    place = line_word.format(at)
                    if not table:
                        label = before = ""  # a list item's label is its own
                if before and not label:
                    label = before if table else _label(before)
                context = f"{heading} {label}".strip() if label else heading
                top = table and not label and not any(letter.isdigit() for letter in text)
                found.append(
                    Passage(
                        number,
                        document.name,
                        text,
                        place,
                        start,
                        block,
                        context,
                        top,
                        file=document.file,
                    )
                )
                before, line_before = text, at
    return found


def _label(text: str) -> str:
    found = _LABEL.match(text)
    return found.group().strip() if found else ""


def _blocks(text: str) -> Iterator[tuple[int, list[tuple[int, str]]]]:
    """Runs of lines between empty ones: the number of the first line, then (start, line) pairs."""
    lines: list[tuple[int, str]] = []
    at = begin = 0
    number = 0
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        if line.strip():
            if not lines:
                begin = number
            lines.append((at, line.rstrip()))
        elif lines:
            yield begin, lines
            lines = []
        at += len(line)
    if lines:
        yield begin, lines


def _is_table(lines: list[tuple[int, str]]) -> bool:
    if len(lines) < 2:
        return False
    for mark, least in (("|", 2), ("\t", 1), (";", 2), (",", 2)):
        if lines[0][1].count(mark) < least:
            continue
        counts = [line.count(mark) for _, line in lines]
        if min(counts) >= least and (mark in "|\t" or (len(lines) > 2 and len(set(counts)) == 1)):
            return True
    return False


def _is_heading(line: str, alone: bool) -> bool:
    text = line.strip()
    words = text.split()
    if text.startswith("#"):
        return True
    if _BULLET.match(text) and not re.match(r"\d{1,2}[.)]\s+\S+(?:\s\S+){0,4}$", text):
        return False
    if text.endswith("?") and len(words) <= 16:
        return not _CHAT.match(text)
    return (
        len(words) <= 9
        and text[-1:] not in ".!,;"
        and not _CHAT.match(text)
        and (alone or (not re.search(r"\d.*\d|: \S", text)))
    )


def _is_list(lines: list[tuple[int, str]]) -> bool:
    """Whether each line stands for itself, instead of being prose wrapped at a width."""
    if len(lines) < 2:
        return bool(lines) and bool(_BULLET.match(lines[0][1]) or _CHAT.match(lines[0][1]))
    width = max(len(line) for _, line in lines)
    for (_, line), (_, following) in pairwise(lines[:_LOOKED_AT]):
        if _BULLET.match(following) or _CHAT.match(following):
            return True
        if len(line) + 1 + len(following.split(None, 1)[0]) <= width * 0.9:
            return True
    return width > 120


def _pieces(
    text: str,
    first: int,
    lines: list[tuple[int, str]],
    rows: list[tuple[int, str]],
    table: bool,
) -> Iterator[tuple[int, int, int]]:
    """Start, end and line number of each passage of a block."""
    if not lines:
        return
    if not rows:
        for start, end in _sentences(text, lines[0][0], lines[-1][0] + len(lines[-1][1])):
            yield start, end, first
        return
    for number, (start, line) in enumerate(rows, first):
        end = start + len(line)
        short = len(line) < _SHORTEST or (len(line) <= _LONGEST and not _STOP.search(line))
        if table or _is_chat(line) or (short and _WORD.search(line)):
            yield end - len(line.lstrip()), end, number
        elif not short:
            for begin, cut in _sentences(text, start, end):
                yield begin, cut, number


def _is_chat(line: str) -> bool:
    """Whether somebody says something at a time: "10:30 Ann: I am late"."""
    return _SHORTEST < len(line) <= 300 and _CHAT.match(line) is not None


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Start and end of each sentence; what goes on without a stop is cut at a space."""
    begin = start
    label = _LABEL.match(text, start, end)
    kept = label.end() if label else start
    for stop in _STOPS.finditer(text, start, end):
        cut = stop.end()
        if text[stop.start()] == "." and (
            cut <= kept or _shortened(text, begin, cut) or _LOWER_OR_MONTH.match(text, cut)
        ):
            continue
        if cut - begin >= _SHORTEST:
            yield from _cut(text, begin, cut)
            begin = cut
    yield from _cut(text, begin, end)


def _shortened(text: str, begin: int, cut: int) -> bool:
    """Whether what ends at `cut` is an abbreviation or a number such as "28.", no sentence. This
    stands at every stop of a text, and a pattern would take ten times as long."""
    end = cut - 1
    if text[end] != ".":
        return False
    last = end - 1 if text[end - 1 : end] == "°" else end
    first, least = last, max(begin, cut - 8)
    while first > least and (text[first - 1].isalnum() or text[first - 1] == "_"):
        first -= 1
    word = text[first:end]
    if word.isdecimal():
        return len(word) < 3 and (first == 0 or (first > least and text[first - 1].isspace()))
    if word.lower() not in _SHORT:
        return False
    return first == 0 or not (text[first - 1].isalnum() or text[first - 1] == "_")


def _cut(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The stretch without the white space around it, in parts of at most `_LONGEST` characters."""
    found = []
    while start < end:
        middle = end
        if end - start > _LONGEST:
            space = text.rfind(" ", start + 1, start + _LONGEST)
            middle = space if space > start else start + _LONGEST
        stretch = text[start:middle]
        if _WORD.search(stretch):
            left = len(stretch) - len(stretch.lstrip())
            found.append((start + left, start + len(stretch.rstrip())))
        start = middle
    return found
