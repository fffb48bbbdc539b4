"""The tables attached to a turn: SQL over them in a child process, and their rows as a text."""

from __future__ import annotations

import base64
import binascii
import csv
import io
from collections.abc import Mapping

from musespark import sandbox, sql
from musespark.message import Document, Table
from musespark.problem import Problem
from musespark.turn import Turn

_LIMITS = sandbox.Limits(processor=30, seconds=30.0)
_SEARCHED = 20_000  # rows of a table that are searched as a text


def attached(turn: Turn) -> dict[str, bytes]:
    """The tables of a conversation by name, as Parquet; of two with one name the newer. Raises
    Problem for one that is broken."""
    found: dict[str, bytes] = {}
    for message in turn.messages:
        for part in message.parts:
            if isinstance(part, Table) and part.data:
                found[part.name] = parquet(part)
    return found


def parquet(table: Table) -> bytes:
    """All of a table. Raises Problem for one that is broken."""
    try:
        return base64.b64decode(table.data.partition(",")[2], validate=True)
    except binascii.Error:
        raise Problem(
            "broken_attachment", f"The table {table.name} is broken.",
            why="What was sent is no base64.", next="Attach it again.",
        ) from None  # fmt: skip


async def ask(tables: Mapping[str, bytes], query: str, most: int) -> tuple[sql.Rows, list[str]]:
    """At most `most` rows of one SELECT over the tables, and the names of those that it names.
    Raises Problem: see `sql.answer`."""
    names = sql.spelled(list(tables))
    given = {"names": names, "query": query, "most": most}
    found = await sandbox.run(
        "musespark.sql:answer", tuple(tables.values()), sql.Rows, given, _LIMITS, name="The query"
    )
    lower = query.lower()
    return found, [own[0] for own in names if any(name.lower() in lower for name in own)]


async def as_text(document: Document) -> Document:
    """A document as it is; a table of which the profile shows only some rows, with all of them."""
    if not isinstance(document, Table) or not document.data or document.whole:
        return document
    query = f"FROM {sql.quoted(document.name)}"
    found, _ = await ask({document.name: parquet(document)}, query, _SEARCHED)
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\n")
    write.writerow(found.columns)
    write.writerows(["" if cell is None else cell for cell in row] for row in found.rows)
    profile = document.text.partition("\n\nThe first of ")[0]
    return Document(f"{profile}\n\n{out.getvalue()}", document.name)
