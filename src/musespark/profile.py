"""The profile of a table: what a model reads first of it, of bounded length, with its places.

It runs in a child process, over a table in DuckDB.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from typing import Any

from musespark import sql
from musespark.cells import Sheet, span
from musespark.message import Column
from musespark.observation import Observation
from musespark.problem import Problem

MOST_COLUMNS = 2_000

_COUNTED = 100_000  # rows up to which different values are counted exactly
_DETAILED = 200  # columns whose values are looked at
_TEXT = 12_000  # characters of a profile; half of them at most for rows
_ALL_ROWS = 5_000  # characters of rows up to which all are shown
_TEXTS = 30  # columns of text whose different values are kept
_VALUES, _LONG = 1_000, 60  # such values of a column, and characters of one
_LETTERS = 30_000  # characters of all of them
_FIRST = 10  # rows shown of a longer table
_NESTED = re.compile(r"STRUCT|MAP|UNION|\[|BLOB|JSON|VARIANT")
_NUMBER = re.compile(r"TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|FLOAT|DOUBLE|DECIMAL|UINT|U\w+INT")


def profile(db: Any, sheet: Sheet) -> tuple[str, bool, list[Observation]]:
    """A table in words, of bounded length, whether every row is in it, and what was observed."""
    import duckdb

    described = db.execute(f"DESCRIBE {sheet.name}").fetchall()
    columns = [(str(row[0]), str(row[1])) for row in described]
    bounded(len(columns))
    (rows,) = db.execute(f"SELECT count(*) FROM {sheet.name}").fetchone()  # noqa: S608
    reader = f"duckdb {duckdb.__version__}"
    size = f"{many(rows, 'row')}, {many(len(columns), 'column')}"
    top, last = (sheet.runs[0][0], sum(sheet.runs[-1]) - 1) if sheet.runs else (sheet.head,) * 2
    left, right = sheet.left, sheet.left + max(len(columns) - 1, 0)
    cells = span(left, right, sheet.head or top, last) if top else ""
    seen = [Observation("rows", size, sheet=sheet.sheet, cells=cells, reader=reader)]
    seen += [Observation("note", note, sheet=sheet.sheet, reader=reader) for note in sheet.notes]
    lines = [f"A table: {size}. All of it can be read by SQL with query_table.", *sheet.notes, ""]
    lines.append("Columns:")
    facts = _facts(db, sheet.name, columns, rows <= _COUNTED)
    for number, ((name, type), fact) in enumerate(zip(columns, facts, strict=False)):
        unit = f" in {sheet.units[name]}" if name in sheet.units else ""
        said = f"{sql.shown(name)} {type[:80]}{unit}{fact}"
        where = span(left + number, left + number, top, last) if top else ""
        seen.append(Observation("column", said, sheet=sheet.sheet, cells=where, reader=reader))
        lines.append(f"- {said}")
    if len(columns) > len(facts):
        lines.append(f"- and {len(columns) - len(facts):,} more")
    text = _cut("\n".join(lines), _TEXT // 2)
    shown, whole = _shown(db, sheet.name, rows, columns)
    return f"{text}\n\n{shown}", whole, seen


def columns_of(db: Any, sheet: Sheet) -> tuple[Column, ...]:
    """What is known of the first columns: for questions that are read without a model."""
    described = db.execute(f"DESCRIBE {sheet.name}").fetchall()[:_DETAILED]
    texts = [str(row[0]) for row in described if row[1] == "VARCHAR"][:_TEXTS]
    asked = [f"approx_count_distinct({sql.quoted(name)})" for name in texts]
    found = db.execute(f"SELECT count(*) {''.join(f', {a}' for a in asked)} FROM {sheet.name}")  # noqa: S608
    rows, *about = found.fetchone()
    values: dict[str, tuple[str, ...]] = {}
    left = _LETTERS
    for name, many in zip(texts, about, strict=True):
        if many <= 2 * _VALUES:
            own = sql.quoted(name)
            cells = db.execute(
                f"SELECT DISTINCT {own} FROM {sheet.name} WHERE {own} IS NOT NULL "  # noqa: S608
                f"ORDER BY 1 LIMIT {_VALUES + 1}"
            ).fetchall()
            long = [len(cell[0]) for cell in cells]
            if len(cells) <= _VALUES and max(long, default=0) <= _LONG and sum(long) <= left:
                values[name] = tuple(cell[0] for cell in cells)
                left -= sum(long)
    unique = (
        _unique(db, sheet.name, [str(row[0]) for row in described]) if rows <= _COUNTED else set()
    )
    return tuple(
        Column(name, type[:80], sheet.units.get(name, ""), values.get(name, ()), name in unique)
        for name, type, *_ in described
    )


def _unique(db: Any, table: str, names: list[str]) -> set[str]:
    """The columns of which no cell is empty or stands twice."""
    asked = ", ".join(f"count(DISTINCT {sql.quoted(name)}) = count(*)" for name in names)
    found = db.execute(f"SELECT {asked} FROM {table}").fetchone()  # noqa: S608
    return {name for name, each in zip(names, found, strict=True) if each}


def _facts(db: Any, name: str, columns: list[tuple[str, str]], counted: bool) -> list[str]:
    """What stands in each of the first columns: from least to most, how many different (`counted`,
    or about), how many empty."""
    how_many = "count(DISTINCT {})" if counted else "approx_count_distinct({})"
    asked: list[str] = []
    for column, type in columns[:_DETAILED]:
        own = sql.quoted(column)
        plain = not _NESTED.search(type)
        asked += [f"count({own})", how_many.format(own) if plain else "NULL"]
        asked += [f"{f}({own})::VARCHAR" if plain else "NULL" for f in ("min", "max")]
        asked.append(f"avg({own})::DOUBLE" if _NUMBER.match(type) and plain else "NULL")
    found = db.execute(f"SELECT count(*), {', '.join(asked)} FROM {name}").fetchone()  # noqa: S608
    about = "" if counted else "about "
    total, values, facts = found[0], found[1:], []
    for number in range(len(columns[:_DETAILED])):
        count, different, least, most, mean = values[number * 5 : number * 5 + 5]
        said = []
        if least is not None:
            short = [cell if len(cell) <= 40 else cell[:39] + "…" for cell in (least, most)]
            said.append(short[0] if short[0] == short[1] else f"{short[0]} to {short[1]}")
        said += [f"mean {mean:.6g}"] if mean is not None else []
        said += [f"{about}{different:,} different"] if different and least != most else []
        said += [f"{total - count:,} empty"] if total > count else []
        facts.append(f": {', '.join(said)}" if said else "")
    return facts


def _shown(db: Any, name: str, rows: int, columns: list[tuple[str, str]]) -> tuple[str, bool]:
    """The rows of a short table, the first ones of a longer one, as CSV; and whether it is all."""
    few = [column for column, _ in columns[:50]]
    asked = ", ".join(map(sql.quoted, few))
    found = db.execute(f"SELECT {asked} FROM {name} LIMIT 1000").fetchall()  # noqa: S608
    written = [_line(few), *(_line([sql.shown(cell) or "" for cell in row]) for row in found)]
    whole = "".join(written)
    if len(found) == rows and len(few) == len(columns) and len(whole) <= _ALL_ROWS:
        return f"All rows:\n\n{whole}", True
    kept = _cut("".join(written[: _FIRST + 1]), _TEXT // 2)
    some = f" (the first {len(few)} columns)" if len(few) < len(columns) else ""
    return f"The first of {rows:,} rows{some}:\n\n{kept}", False


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(" ".join(cell.split()) for cell in cells)
    return out.getvalue()


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: text.rfind("\n", 0, most) + 1] + "…"


def bounded(columns: int) -> None:
    """Raise Problem for a table that is too wide."""
    if columns > MOST_COLUMNS:
        raise Problem(
            "too_many_columns", "{name} has too many columns.",
            why=f"It has {columns:,}; up to {MOST_COLUMNS:,} are read.",
            next="Save the columns that the question is about, or turn it on its side.",
            status=422,
        )  # fmt: skip


def many(number: int, noun: str) -> str:
    """A number and what it counts: "1 row", "2 rows"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
