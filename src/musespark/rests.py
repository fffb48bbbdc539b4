"""Which rows and columns of a table the answer of a query rests on, told from the query's own tree.

It runs in the child process of the query (`sql.py`). Only what is plain is told: one SELECT over
one table, without subqueries; for everything else it stays silent.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

MOST = 40  # runs of rows that are told
ROW = "file_row_number"  # the column in which DuckDB counts the rows of a Parquet file


class Rests(Struct, frozen=True):
    """The number of the table that was asked, its columns by their numbers, and its rows in runs:
    the first (from 0), and how many. The first 40 runs at most."""

    table: int
    columns: tuple[int, ...]
    rows: tuple[tuple[int, int], ...]


def rests(db: Any, query: str, views: dict[str, int], columns: list[list[str]]) -> Rests | None:
    """What the answer of a query rests on. `views` are the names of tables in lower case with the
    table's number; the rows of the table `n` are counted in the view `⟨n⟩`, and `columns[n]` are
    its columns. None where that is not plain."""
    (told,) = db.execute("SELECT json_serialize_sql(?::VARCHAR)", [query]).fetchone()
    tree = json.loads(told)
    if tree.get("error") or len(tree.get("statements", ())) != 1:
        return None
    node = tree["statements"][0]["node"]
    number = _asked(node, views)
    if number is None:
        return None
    aggregates = {
        str(row[0])
        for row in db.execute(
            "SELECT DISTINCT function_name FROM duckdb_functions() "
            "WHERE function_type = 'aggregate'"
        ).fetchall()
    }
    used = _columns(node, columns[number])
    found = db.execute(_query(db, tree, node, number, aggregates)).fetchall()
    rows = tuple((int(first), int(count)) for first, count in found)
    return Rests(number, used, rows) if used and rows else None


def view(number: int) -> str:
    """The view in which the rows of a table are counted."""
    return f"⟨{number}⟩"


def _asked(node: dict[str, Any], views: dict[str, int]) -> int | None:
    """The number of the one table that is asked."""
    source = node.get("from_table") or {}
    if node.get("type") != "SELECT_NODE" or source.get("type") != "BASE_TABLE":
        return None
    if node["cte_map"]["map"] or node.get("sample") or source.get("sample"):
        return None
    if source.get("column_name_alias") or source.get("schema_name"):
        return None
    if any(part.get("class") in ("SUBQUERY", "LAMBDA") for part in _parts(node)):
        return None
    return views.get(str(source["table_name"]).lower())


def _parts(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for part in node.values():
            yield from _parts(part)
    elif isinstance(node, list):
        for part in node:
            yield from _parts(part)


def _columns(node: dict[str, Any], known: list[str]) -> tuple[int, ...]:
    """The columns that are named; all of them where none is, or a star stands for all."""
    places = {name.lower(): place for place, name in enumerate(known)}
    found: set[int] = set()
    for part in _parts(node):
        if part.get("class") == "STAR":
            return tuple(range(len(known)))
        if part.get("class") == "COLUMN_REF":
            place = places.get(str(part["column_names"][-1]).lower())
            if place is not None:
                found.add(place)
    return tuple(sorted(found)) if found else tuple(range(len(known)))


def _query(
    db: Any, tree: dict[str, Any], node: dict[str, Any], number: int, aggregates: set[str]
) -> str:
    """A query for the runs of rows. A row of the answer is a row of the table unless rows are
    grouped or made one; then all that passed the WHERE count."""
    grouped = bool(node["group_expressions"] or node["group_sets"] or node.get("having"))
    grouped = grouped or node["aggregate_handling"] != "STANDARD_HANDLING"
    for part in _parts(node["select_list"]):
        grouped = grouped or (
            part.get("class") == "FUNCTION" and part["function_name"] in aggregates
        )
    made = copy.deepcopy(tree)
    own = made["statements"][0]["node"]
    # Qualified columns ("sales.price") go on meaning the same table.
    own["from_table"]["alias"] = node["from_table"]["alias"] or node["from_table"]["table_name"]
    own["from_table"]["table_name"] = view(number)
    own["from_table"]["qualified_name"] = {"path": [view(number)]}
    row = {"class": "COLUMN_REF", "type": "COLUMN_REF", "alias": ROW, "query_location": 0,
           "query_location_length": 0, "column_names": [ROW]}  # fmt: skip
    kinds = {modifier["type"] for modifier in node["modifiers"]}
    if grouped or "DISTINCT_MODIFIER" in kinds:
        own["select_list"], own["modifiers"] = [row], []
        own["group_expressions"], own["group_sets"] = [], []
        own["having"] = own["qualify"] = None
        own["aggregate_handling"] = "STANDARD_HANDLING"
    else:
        own["select_list"] = [*own["select_list"], row]
    (text,) = db.execute("SELECT json_deserialize_sql(?::JSON)", [json.dumps(made)]).fetchone()
    return (
        f"SELECT min(r), count(*) FROM (SELECT r, r - row_number() OVER (ORDER BY r) AS g FROM "  # noqa: S608
        f"(SELECT {ROW} AS r FROM ({text}) AS asked)) GROUP BY g ORDER BY 1 LIMIT {MOST}"
    )
