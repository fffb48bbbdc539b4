"""SQL over attached tables: a DuckDB that holds them, reaches nothing else and changes nothing.

Everything here but `spelled` runs in a child process (`sandbox.py`), whose folder it writes to.
"""

from __future__ import annotations

import contextlib
import datetime
import math
import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from musespark.problem import Problem
from musespark.rests import Rests, rests, view

MEMORY = "1GB"  # what DuckDB may use of the child's memory
THREADS = 2
ROWS = 200  # of an answer
_CELL = 300  # characters of a cell that are shown


class Rows(Struct, frozen=True):
    """What a query gave: names and types of the columns, cells as text (None for NULL), and whether
    there were `more` rows than these; what they rest on, where that is plain."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    more: bool = False
    rests: Rests | None = None


def spelled(names: Sequence[str]) -> list[tuple[str, ...]]:
    """How each table may be called in SQL: its own name in double quotes, and, where no other has
    it, a short one without: "Sales 2024.csv" is also sales_2024."""
    shorts = [_short(name) for name in names]
    return [
        (name, short) if shorts.count(short) == 1 and short not in names else (name,)
        for name, short in zip(names, shorts, strict=True)
    ]


def _short(name: str) -> str:
    stem = re.sub(r"\.\w{1,8}(?=/|\Z)", "", name)
    short = re.sub(r"\W+", "_", stem.lower()).strip("_") or "attached"
    return f"t_{short}" if short[0].isdigit() else short


def quoted(name: str) -> str:
    """A name as an identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def opened() -> Any:
    """A DuckDB in memory, in a child process, that fetches no extensions."""
    import duckdb

    return duckdb.connect(
        ":memory:",
        config={
            "memory_limit": MEMORY,
            "threads": THREADS,
            "temp_directory": "spill",
            "max_temp_directory_size": "2GB",
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": True,
        },
    )


def answer(*bodies: bytes, names: list[list[str]], query: str, most: int = ROWS) -> Rows:
    """The rows of one SELECT over tables given as Parquet, each under its names, and the rows of
    the tables that they rest on, where that is plain.

    Raises Problem: `not_a_query` for anything but one SELECT, `wrong_query` for one that DuckDB
    refuses, with its words.
    """
    import duckdb

    db = opened()
    views, columns = _entered(db, bodies, names)
    # From here on only what a person or a model wrote is run.
    db.execute("SET enable_external_access = false")
    db.execute("SET lock_configuration = true")
    known = "There are: " + ", ".join(quoted(own[0]) for own in names) + "."
    try:
        statements = db.extract_statements(query)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            raise Problem(
                "not_a_query", "Only one SELECT can be run.",
                why="Tables are read here and never changed.", next=f"Write one SELECT. {known}",
            )  # fmt: skip
        found = db.execute(statements[0])
        described = found.description or ()
        rows = found.fetchmany(most + 1)
    except duckdb.OutOfMemoryException:
        raise Problem(
            "reader_memory", "The query needs too much memory.", why=f"It may use {MEMORY}.",
            next="Filter or group before joining or sorting.", status=422,
        ) from None  # fmt: skip
    except duckdb.Error as error:
        said = str(error).strip()[:600]
        raise Problem(
            "wrong_query", "The query cannot be run.", why=f"DuckDB says: {said}",
            next=f"Change it and try again. {known}",
        ) from None  # fmt: skip
    evidence = None
    with contextlib.suppress(duckdb.Error, KeyError, ValueError):  # the answer stands without it
        evidence = rests(db, query, views, columns)
    return Rows(
        tuple(column[0] for column in described),
        tuple(str(column[1]) for column in described),
        tuple(tuple(map(shown, row)) for row in rows[:most]),
        len(rows) > most,
        evidence,
    )


def _entered(
    db: Any, bodies: Sequence[bytes], names: list[list[str]]
) -> tuple[dict[str, int], list[list[str]]]:
    """Make the tables known under their names. They stay the files that they are: only what a
    query needs is read. Gives each name's table, and the columns of each table."""
    import duckdb

    views: dict[str, int] = {}
    columns: list[list[str]] = []
    files = [str(Path(f"{secrets.token_hex(8)}.parquet").resolve()) for _ in bodies]
    for number, (body, own, file) in enumerate(zip(bodies, names, files, strict=True)):
        Path(file).write_bytes(body)
        path, counted = _literal(file), quoted(view(number))
        with contextlib.suppress(duckdb.BinderException):  # it has a column of that name itself
            db.execute(
                f"CREATE VIEW {counted} AS FROM read_parquet({path}, file_row_number = true)"
            )
        for name in own:
            db.execute(f"CREATE VIEW {quoted(name)} AS FROM read_parquet({path})")
            views[name.lower()] = number
        described = db.execute(f"DESCRIBE {quoted(own[0])}").fetchall()
        columns.append([str(row[0]) for row in described])
    db.execute(f"SET allowed_paths = [{', '.join(map(_literal, files))}]")
    return views, columns


def shown(value: object) -> str | None:
    """A cell as text."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.datetime):
        text = value.isoformat(" ")
    elif isinstance(value, bytes):
        text = f"{value[:40].hex()} ({len(value):,} bytes)"
    elif isinstance(value, float) and math.isfinite(value):
        text = repr(float(f"{value:.15g}"))  # 0.1 + 0.2 is .3 to a person
    else:
        text = str(value)
    return text if len(text) <= _CELL else text[: _CELL - 1] + "…"
