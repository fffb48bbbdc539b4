"""The tables attached to a turn: SQL over them in a child process, and their rows as a text."""

from __future__ import annotations

import base64
import binascii
import csv
import io
from collections.abc import Mapping, Sequence

import msgspec

from musespark import sandbox, sql
from musespark.cells import Run, cut, runs_of, span
from musespark.message import Document, Source, Table
from musespark.problem import Problem
from musespark.turn import Turn

_LIMITS = sandbox.Limits(processor=30, seconds=30.0)
_RANGES = 40  # of cells that are told
_SEARCHED = 20_000  # rows of a table that are searched as a text


def attached(turn: Turn) -> dict[str, Table]:
    """The tables of a conversation by name, those that can be queried; of two with one name the
    newer."""
    return {
        part.name: part
        for message in turn.messages
        for part in message.parts
        if isinstance(part, Table) and part.data
    }


def parquet(table: Table) -> bytes:
    """All of a table. Raises Problem for one that is broken."""
    try:
        return base64.b64decode(table.data.partition(",")[2], validate=True)
    except binascii.Error:
        raise Problem(
            "broken_attachment", f"The table {table.name} is broken.",
            why="What was sent is no base64.", next="Attach it again.",
        ) from None  # fmt: skip


async def ask(tables: Mapping[str, Table], query: str, most: int) -> tuple[sql.Rows, list[str]]:
    """At most `most` rows of one SELECT over the tables, and the names of those that it names.
    Raises Problem: see `sql.answer`, and `broken_attachment`."""
    names = sql.spelled(list(tables))
    given = {"names": names, "query": query, "most": most}
    bodies = tuple(map(parquet, tables.values()))
    found = await sandbox.run(
        "musespark.sql:answer", bodies, sql.Rows, given, _LIMITS, name="The query"
    )
    lower = query.lower()
    return found, [own[0] for own in names if any(name.lower() in lower for name in own)]


def source(tables: Mapping[str, Table], used: Sequence[str], query: str, found: sql.Rows) -> Source:
    """What an answer rests on: the query, and the cells of the file where these are known."""
    title, rests = ", ".join(used or tables), found.rests
    if rests is None:
        only = tables[used[0]] if len(used) == 1 else None
        file, sheet = (only.file, only.sheet) if only else ("", "")
        return Source(1, title, place=query, file=file, sheet=sheet)
    table = list(tables.values())[rests.table]
    cells = cells_of(table, rests.columns, rests.rows)
    return Source(1, title, place=query, file=table.file, sheet=table.sheet, cells=cells)


def cells_of(table: Table, columns: Sequence[int], rows: Sequence[Run]) -> str:
    """The ranges of cells in which these rows (from 0, in runs) and columns of a table stand in its
    file, "" where that is not known; the first 40 at most."""
    sides = [(table.left + first, table.left + first + count - 1)
             for first, count in runs_of(columns)]  # fmt: skip
    found: list[str] = []
    for first, count in rows:
        for top, many in cut(table.rows, first, count):
            for left, right in sides:
                if len(found) == _RANGES:
                    return ", ".join(found)
                found.append(span(left, right, top, top + many - 1))
    return ", ".join(found)


async def as_text(document: Document) -> Document:
    """A document as it is; a table of which the profile shows only some rows, with all of them."""
    if not isinstance(document, Table) or not document.data or document.whole:
        return document
    query = f"FROM {sql.quoted(document.name)}"
    found, _ = await ask({document.name: document}, query, _SEARCHED)
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n")
    write.writerow(found.columns)
    write.writerows(["" if cell is None else cell for cell in row] for row in found.rows)
    profile = document.text.partition("\n\nThe first of ")[0]
    return Document(f"{profile}\n\n{out.getvalue()}", document.name, document.file)


def placed(source: Source, table: Table, text: str) -> Source:
    """A passage of a table whose rows are a `text`, with the cells that it stands in, where these
    are known."""
    head, *rows = text.rpartition("\n\n")[2].splitlines() or [""]
    width = len(next(csv.reader([head]), []))
    quoted = [rows.index(line) for line in source.quote.splitlines() if line in rows]
    cells = cells_of(table, range(width), runs_of(quoted)) if quoted and table.rows else ""
    if not cells:
        return source
    return msgspec.structs.replace(source, place=cells, sheet=table.sheet, cells=cells)
