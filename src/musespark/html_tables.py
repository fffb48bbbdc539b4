"""The tables in HTML and in Markdown, as rows of words; what spans several cells is in each."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

_MOST = 50  # tables of one page
_ROWS, _WIDE = 20_000, 500
_RULE = re.compile(r"\s*\|?(?:\s*:?-+:?\s*\|)+(?:\s*:?-+:?)?\s*")
_CELLS = re.compile(r"(?<!\\)\|")


class Grid(Struct, frozen=True):
    """A table as words: what stands above it (its caption), its names, and its rows."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def of_html(page: str) -> list[Grid]:
    """The tables of a page that hold data: two rows and two columns at least, and no table within
    one of their cells, as those have that only lay a page out."""
    html: Any = importlib.import_module("lxml.html")
    etree: Any = importlib.import_module("lxml.etree")
    try:
        root = html.document_fromstring(page.encode(), parser=html.HTMLParser(encoding="utf-8"))
    except (etree.ParserError, ValueError):
        return []
    return of_tree(root)


def of_tree(root: Any) -> list[Grid]:
    """The same for a page that lxml has read."""
    found: list[Grid] = []
    for table in root.iter("table"):
        if next(table.iterdescendants("table"), None) is not None:
            continue
        caption = next((_words(child) for child in table if child.tag == "caption"), "")
        rows, heads = _filled(table)
        width = max(map(len, rows), default=0)
        if len(rows) < 2 or width < 2:
            continue
        even = [(*row, *[""] * (width - len(row))) for row in rows]
        header = even[:heads]
        names = tuple(
            " ".join(dict.fromkeys(filter(None, (row[n] for row in header)))) for n in range(width)
        )
        body = tuple(even[heads:])
        if body:
            found.append(Grid(caption, names if heads else (), body))
        if len(found) == _MOST:
            break
    return found


def _filled(table: Any) -> tuple[list[tuple[str, ...]], int]:
    """The rows with what spans cells in each of them, and how many of them hold names."""
    rows: list[tuple[str, ...]] = []
    below: dict[int, tuple[int, str]] = {}  # column -> (rows that it still goes down, words)
    heads = 0
    for line in _lines(table):
        row: list[str] = []
        cells = [cell for cell in line if cell.tag in ("td", "th")]
        for cell in cells:
            _down(row, below)
            words = _words(cell)
            across, down = _span(cell, "colspan"), _span(cell, "rowspan")
            for _ in range(min(across, _WIDE - len(row))):
                if down > 1:
                    below[len(row)] = (down - 1, words)
                row.append(words)
        _down(row, below)
        named = line.getparent().tag == "thead" or all(cell.tag == "th" for cell in cells)
        if cells and named and heads == len(rows):
            heads += 1
        if row:
            rows.append(tuple(row))
        if len(rows) == _ROWS:
            break
    return rows, min(heads, 3)


def _lines(table: Any) -> Iterator[Any]:
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from (line for line in child if line.tag == "tr")


def _down(row: list[str], below: dict[int, tuple[int, str]]) -> None:
    """Write what comes down from the rows above."""
    while (found := below.get(len(row))) is not None:
        left, words = found
        if left > 1:
            below[len(row)] = (left - 1, words)
        else:
            del below[len(row)]
        row.append(words)


def _span(cell: Any, name: str) -> int:
    said = str(cell.get(name) or "1").strip()
    return min(max(int(said), 1), _WIDE) if said.isdecimal() and len(said) < 6 else 1


def _words(cell: Any) -> str:
    return " ".join("".join(cell.itertext()).split())


def of_markdown(text: str) -> list[Grid]:
    """The tables of a text in Markdown: rows between bars, below the first a rule."""
    lines = text.splitlines()
    found: list[Grid] = []
    number = 1
    while number < len(lines) and len(found) < _MOST:
        head = lines[number - 1]
        if "|" in head and len(lines[number]) < 10_000 and _RULE.fullmatch(lines[number]):
            header = _cells(head)
            number += 1
            rows: list[tuple[str, ...]] = []
            while number < len(lines) and "|" in lines[number] and len(rows) < _ROWS:
                row = _cells(lines[number])[: len(header)]
                rows.append((*row, *[""] * (len(header) - len(row))))
                number += 1
            if rows and len(header) > 1:
                found.append(Grid("", tuple(header), tuple(rows)))
        number += 1
    return found


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [" ".join(cell.replace("\\|", "|").split()) for cell in _CELLS.split(inner)]
