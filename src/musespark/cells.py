"""Where rows of a table stand in its file: columns by letters, rows in runs, ranges of cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import Struct

Run = tuple[int, int]  # rows next to each other: the first, from 1, and how many


class Sheet(Struct):
    """A table in DuckDB: the `name` it has there, the sheet it comes from, the column of its first
    cell (from 0), the row of its names (from 1; 0 where it has none), and where its rows stand;
    none where it has no cells with letters and numbers. `units` are those of columns of numbers,
    `notes` what is to be said beside its rows."""

    name: str
    sheet: str = ""
    left: int = 0
    head: int = 0
    runs: tuple[Run, ...] = ()
    units: dict[str, str] = {}
    notes: tuple[str, ...] = ()


def letters(column: int) -> str:
    """A column's letters, counted from 0: A, Z, AA."""
    found = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found


def runs_of(rows: Iterable[int]) -> tuple[Run, ...]:
    """Rows in their order as runs of neighbours."""
    found: list[Run] = []
    for row in rows:
        if found and row == sum(found[-1]):
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((row, 1))
    return tuple(found)


def cut(runs: Sequence[Run], first: int, count: int) -> list[Run]:
    """Where `count` rows of a table from its row `first` (from 0) on stand in its file: in runs."""
    found: list[Run] = []
    for top, many in runs:
        start, end = max(first, 0), min(first + count, many)
        if start < end:
            found.append((top + start, end - start))
        first -= many
    return found


def number_of(row: int, runs: Sequence[Run]) -> int:
    """Which row of the table (from 0) stands in a row of the file, or else next below it."""
    before = 0
    for first, count in runs:
        if row < first + count:
            return before + max(row - first, 0)
        before += count
    return before


def span(left: int, right: int, top: int, bottom: int) -> str:
    """A range: columns from 0, rows from 1, both ends within. One cell is no range."""
    first, last = f"{letters(left)}{top}", f"{letters(right)}{bottom}"
    return first if first == last else f"{first}:{last}"
