"""The tables in the cells of one sheet: titles and notes beside them, several in one sheet, names
in two rows, cells that were merged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from musespark.cells import runs_of
from musespark.sheets import filled, named

Merged = Sequence[tuple[tuple[int, int], tuple[int, int]]]  # from (row, column) to, both within
_MOST = 20  # tables of one sheet


class Block(Struct):
    """A table in a sheet: its names, its rows, its first column (from 0), the row of its names
    (from 1; 0 without), where its rows stand, and the words above and below it."""

    names: list[str]
    body: list[list[Any]]
    left: int
    head: int
    runs: tuple[tuple[int, int], ...]
    notes: tuple[str, ...] = ()


def blocks(rows: list[list[Any]], merged: Merged = ()) -> list[Block]:
    """The tables in a sheet's rows, each row as long as the others and the first that of row 1. A
    merged cell's value counts for all of its rows. Empty rows within a table are left out."""
    spread(rows, merged)
    groups = _parted(rows)
    found: list[Block] = []
    words: list[str] = []
    for top, end in groups:
        group = list(range(top, end))
        while len(group) > 1 and _title(rows, group):
            words += _said(rows[group.pop(0)])
        if len(group) == 1 and len(groups) > 1 and _count(rows[group[0]]) < 2:
            words += _said(rows[group[0]])
            continue
        kept = [number for number in group if any(map(filled, rows[number]))]
        for left, right in _sides(rows, kept):
            block = _block(rows, kept, left, right, merged)
            if block is not None and len(found) < _MOST:
                above = [f"Beside it stands: {said}" for said in words[:5]]
                block.notes, words = tuple(above), []
                found.append(block)
    if found and words:
        found[-1].notes += tuple(f"Beside it stands: {said}" for said in words[:5])
    return found


def spread(rows: list[list[Any]], merged: Merged) -> None:
    """Write the value of merged cells into each row of theirs, in their first column: what is
    merged downwards holds for every row beside it."""
    for (top, left), (bottom, _) in merged[:10_000]:
        if bottom < len(rows) and left < len(rows[0]):
            for row in range(top + 1, bottom + 1):
                rows[row][left] = rows[top][left]


def _parted(rows: list[list[Any]]) -> list[tuple[int, int]]:
    """Where tables begin and end: at empty rows behind which something else begins."""
    runs: list[tuple[int, int]] = []
    for number, row in enumerate(rows):
        if not any(map(filled, row)):
            continue
        if runs and runs[-1][1] == number:
            runs[-1] = (runs[-1][0], number + 1)
        else:
            runs.append((number, number + 1))
    found: list[tuple[int, int]] = []
    for run in runs:
        if found and _goes_on(rows, found[-1], run):
            found[-1] = (found[-1][0], run[1])
        else:
            found.append(run)
    return found


def _goes_on(rows: list[list[Any]], before: tuple[int, int], run: tuple[int, int]) -> bool:
    """Whether rows behind an empty row belong to the table before it."""
    above = _width(rows, before)
    if run[1] - run[0] == 1 and _count(rows[run[0]]) < 2 <= len(above):
        return False  # a note below
    if (
        max((_count(row) for row in rows[before[0] : before[1]]), default=0)
        < 2
        <= len(_width(rows, run))
    ):
        return False  # a title above
    if not _width(rows, run) <= above:
        return False
    return not _headed([rows[number] for number in range(*run)], sure=True)


def _width(rows: list[list[Any]], part: tuple[int, int]) -> set[int]:
    return {n for row in rows[part[0] : part[1]] for n, cell in enumerate(row) if filled(cell)}


def _headed(body: list[list[Any]], *, sure: bool = False) -> bool:
    """Whether the first row holds names: words alone, or with years beside them. `sure` asks for
    a column of numbers or days below one of the words."""
    if len(body) < 2:
        return False
    first = body[0]
    years = [cell for cell in first if _year(cell)]
    rest = [cell for cell in first if not _year(cell)]
    if not all(isinstance(cell, str) for cell in rest) or not any(map(filled, rest)):
        return False
    if years and (len(set(years)) < len(years) or len(years) < 2):
        return False
    if not sure:
        return True
    if _count(first) < 2:
        return False
    for number, cell in enumerate(first):
        below = [row[number] for row in body[1:] if filled(row[number])]
        if filled(cell) and below and not any(isinstance(one, str) for one in below):
            return True
    return False


def _year(cell: object) -> bool:
    return (
        isinstance(cell, int | float)
        and not isinstance(cell, bool)
        and 1900 <= cell <= 2100
        and float(cell).is_integer()
    )


def _count(row: Sequence[object]) -> int:
    return sum(map(filled, row))


def _title(rows: list[list[Any]], group: list[int]) -> bool:
    """Whether the first row is one of words above the names: one cell, and names in the next."""
    first, rest = rows[group[0]], [rows[number] for number in group[1:]]
    if _count(first) != 1 or not isinstance(next(filter(filled, first)), str):
        return False
    return max(map(_count, rest)) > 1 and (_count(rest[0]) > 1 or _count(rest[0]) == 0)


def _said(row: Sequence[object]) -> list[str]:
    said = " ".join(" ".join(str(cell).split()) for cell in row if filled(cell))
    return [said if len(said) <= 200 else said[:199] + "…"]


def _sides(rows: list[list[Any]], group: list[int]) -> list[tuple[int, int]]:
    """Tables side by side: parted by an empty column, both with names of their own, and of
    different lengths; what is as long as the other is one table with a column left free."""
    used = sorted({n for number in group for n, cell in enumerate(rows[number]) if filled(cell)})
    if not used:
        return []
    parts = [[used[0], used[0]]]
    for column in used[1:]:
        if column == parts[-1][1] + 1:
            parts[-1][1] = column
        else:
            parts.append([column, column])
    whole = [(used[0], used[-1])]
    if len(parts) < 2:
        return whole
    lengths = []
    for left, right in parts:
        cells = [rows[number][left : right + 1] for number in group]
        lengths.append([n for n, row in enumerate(cells) if any(map(filled, row))][-1])
        if right == left or not _headed(cells, sure=True):
            return whole
    return [(a, b) for a, b in parts] if len(set(lengths)) > 1 else whole


def _block(
    rows: list[list[Any]], group: list[int], left: int, right: int, merged: Merged
) -> Block | None:
    cells = {number: rows[number][left : right + 1] for number in group}
    group = [number for number in group if any(map(filled, cells[number]))]
    if not group:
        return None
    body = [cells[number] for number in group]
    head, first, skip = 0, [""] * (right - left + 1), 0
    if _headed(body):
        head, first, skip = group[0] + 1, [_name(cell) for cell in body[0]], 1
        above = _across(merged, group[0], left, right, first)
        if above and len(body) > 2 and _headed(body[1:]):
            second = [_name(cell) for cell in body[1]]
            first = [
                " ".join(dict.fromkeys(filter(None, pair)))
                for pair in zip(above, second, strict=True)
            ]
            head, skip = group[1] + 1, 2
    if skip == len(body):
        return None
    runs = runs_of(number + 1 for number in group[skip:])
    return Block(named(first, left), body[skip:], left, head, runs)


def _name(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell) if filled(cell) else ""


def _across(merged: Merged, row: int, left: int, right: int, first: list[str]) -> list[str]:
    """The names of a row whose cells were merged over several columns, each in all of them;
    nothing where none was, or one over all."""
    found = list(first)
    some = False
    for (top, start), (bottom, end) in merged:
        if (
            top == row
            and bottom == row
            and left <= start < end <= right
            and end - start < right - left
        ):
            some = True
            found[start - left : end - left + 1] = [first[start - left]] * (end - start + 1)
    return found if some else []
