"""Query attached tables: one read-only SELECT, by DuckDB in a process that reaches nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta, structs

from musespark import sql, tables
from musespark.message import Table
from musespark.problem import Problem
from musespark.tool import Outside
from musespark.turn import Turn

MOST = 100  # rows that are shown
_LONGEST = 10_000  # characters of a query
_TEXT = 20_000  # characters of an answer
_QUOTE = 2_000  # and of them in its source


async def query_table(
    query: Annotated[
        str,
        Meta(
            description="One SELECT in DuckDB's SQL; an attached table is called by its name in "
            'double quotes, such as SELECT city, sum(price) FROM "sales.csv" GROUP BY city'
        ),
    ],
    turn: Turn,
) -> Outside:
    """Run a read-only SQL query over the tables attached to this conversation.

    Use it for every question about an attached table: sums, counts, filters, joins, the largest.
    The answer holds the query and its rows.
    """
    known = tables.attached(turn)
    if not known:
        raise Problem(
            "no_table", "No table is attached.",
            why="Tables are CSV, XLSX, ODS, JSON or Parquet files that came with a message.",
            next="Answer without this tool, or ask for the table.",
        )  # fmt: skip
    query = query.strip()
    if not query or len(query) > _LONGEST:
        why = "It is empty." if not query else f"It has more than {_LONGEST:,} characters."
        raise Problem("not_a_query", "This is no query.", why=why, next="Write one SELECT.")
    found, used = await tables.ask(known, query, MOST)
    rows = written(found)
    # What stands in the cells is data, never orders: the result taints the turn.
    source = tables.source(known, used, query, found)
    return Outside(f"{query}\n\n{rows}", structs.replace(source, quote=rows[:_QUOTE]))


def fits(turn: Turn) -> bool:
    """Whether there is a table to query."""
    return any(isinstance(part, Table) for message in turn.messages for part in message.parts)


def written(found: sql.Rows) -> str:
    """Rows as a table in Markdown, and how many there are."""
    lines = [_row(found.columns), _row(["---"] * len(found.columns))]
    length, count = sum(map(len, lines)), 0
    for row in found.rows:
        line = _row([cell or "" for cell in row])
        length += len(line) + 1
        if length > _TEXT:
            break
        lines.append(line)
        count += 1
    if found.more or count < len(found.rows):
        lines.append(f"\n[Only the first {count:,} rows are shown; there are more.]")
    else:
        lines.append(f"\n[{count:,} row{'' if count == 1 else 's'}]")
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in cells) + " |"
