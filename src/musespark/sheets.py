"""Rows of cells, wherever they stood (a sheet, a page, a document), as tables of DuckDB and parts.

It runs in a child process (`sandbox.py`), whose folder it writes to.
"""

from __future__ import annotations

import base64
import csv
import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from musespark import sql
from musespark.cells import Sheet, letters
from musespark.measures import Measure, measured
from musespark.media import PARQUET
from musespark.message import Table
from musespark.observation import Observation
from musespark.problem import Problem
from musespark.profile import bounded, profile

MOST_DATA = 60_000_000  # bytes of a table that goes along with a question
_MOST_RUNS = 500  # of rows next to each other whose places are kept

Rows = Sequence[Sequence[Any]]


def as_table(
    name: str, header: Sequence[object], rows: Rows, *, sheet: str = ""
) -> tuple[Table, tuple[Observation, ...]]:
    """A table that stood in a page or a document, as a part and what was observed in it. `name` is
    that of the part, "" for the file's own; without a `header` columns are called by letters.
    Cells may be words: numbers with or without a unit, and days, are found in them. Raises Problem:
    `no_table` where all rows are empty, `too_many_columns`."""
    db = sql.opened()
    width = max([len(header), *map(len, rows)], default=0)
    bounded(width)
    body = [[*row, *[""] * (width - len(row))] for row in rows if any(map(filled, row))]
    if not body:
        raise none("It has no rows.")
    made = entered(db, "t0", named(header or [""] * width, 0, width), body)
    made.sheet = sheet
    part, seen = as_part(db, made, name)
    return part, tuple(seen)


def as_part(
    db: Any, sheet: Sheet, name: str = "", packed: bytes | None = None
) -> tuple[Table, list[Observation]]:
    """The part that goes along with a question, and what was observed. `packed` is the table as
    Parquet, where that is there already."""
    text, whole, seen = profile(db, sheet)
    packed = _packed(db, sheet) if packed is None else packed
    if len(packed) > MOST_DATA:
        seen.append(Observation("note", "Too large to be queried: only the profile is kept."))
        packed = b""
    url = f"data:{PARQUET};base64,{base64.b64encode(packed).decode()}" if packed else ""
    runs = sheet.runs if len(sheet.runs) <= _MOST_RUNS else ()
    return Table(
        text, name, data=url, whole=whole, sheet=sheet.sheet, left=sheet.left, rows=runs
    ), seen


def _packed(db: Any, sheet: Sheet) -> bytes:
    db.execute(f"COPY {sheet.name} TO 'out.parquet' (FORMAT parquet, COMPRESSION zstd)")
    return Path("out.parquet").read_bytes()


def entered(db: Any, name: str, names: list[str], body: Rows) -> Sheet:
    """A new table of DuckDB with these rows, each as long as `names`; its types found."""
    types = [type_of([row[n] for row in body]) for n in range(len(names))]
    with Path("in.csv").open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file)
        write.writerow(names)
        # A line of one empty cell would be no line at all.
        write.writerows(
            [_cell(cell, types[n]) for n, cell in enumerate(row)] if len(row) > 1
            else [_cell(row[0], types[0]) or None] for row in body
        )  # fmt: skip
    columns = ", ".join(f"{literal(n)}: '{t}'" for n, t in zip(names, types, strict=True))
    db.execute(
        f"CREATE TABLE {name} AS FROM read_csv('in.csv', header = true, delim = ',', quote = '\"', "
        f"escape = '\"', auto_detect = false, max_line_size = 20000000, parallel = false, "
        f"columns = {{{columns}}})"
    )
    made = Sheet(name)
    texts = [column for column, type in zip(names, types, strict=True) if type == "VARCHAR"]
    for column, measure in measured(db, name, texts).items():
        learn(made, column, measure)
        if measure.value:
            own = sql.quoted(column)
            db.execute(f"ALTER TABLE {name} ALTER {own} TYPE {measure.type} USING {measure.value}")
    return made


def learn(sheet: Sheet, column: str, measure: Measure) -> None:
    """Keep what was found of a column."""
    if measure.unit:
        sheet.units[column] = measure.unit
    if measure.note:
        sheet.notes = (*sheet.notes, measure.note)


def named(first: Sequence[object], left: int, width: int = 0) -> list[str]:
    """Names of columns, each once: those of the first row, letters where it has none."""
    found: list[str] = []
    taken: set[str] = set()
    for number, cell in enumerate([*first, *[""] * (width - len(first))]):
        plain = " ".join(str(cell).split())[:100] or letters(left + number)
        name, again = plain, 1
        while name.lower() in taken:
            again += 1
            name = f"{plain}_{again}"
        taken.add(name.lower())
        found.append(name)
    return found


def filled(cell: object) -> bool:
    """Whether anything stands in a cell."""
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))


def type_of(cells: Sequence[Any]) -> str:
    """The type that holds every cell of a column."""
    kinds = {type(cell) for cell in cells if cell not in ("", None)}
    if kinds == {bool}:
        return "BOOLEAN"
    if kinds and kinds <= {int, float}:
        whole = all(float(c).is_integer() and abs(c) < 2**53 for c in cells if c not in ("", None))
        return "BIGINT" if whole else "DOUBLE"
    if kinds == {datetime.date}:
        return "DATE"
    if kinds and kinds <= {datetime.date, datetime.datetime}:
        return "TIMESTAMP"
    return "TIME" if kinds == {datetime.time} else "VARCHAR"


def _cell(cell: Any, type: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    if isinstance(cell, datetime.datetime | datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell)


def literal(value: object) -> str:
    """A value as SQL writes it."""
    if isinstance(value, bool | int):
        return str(value).lower()
    return "'" + str(value).replace("'", "''") + "'"


def none(why: str) -> Problem:
    """That there is no table."""
    return Problem("no_table", "{name} holds no table.", why=why,
                   next="Give a list of objects, or a sheet with rows.", status=422)  # fmt: skip
