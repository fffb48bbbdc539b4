"""Draw a chart of a query over attached tables: an SVG that the person sees beside the answer."""

from __future__ import annotations

import base64
import math
from typing import Annotated

from msgspec import Meta, structs

from musespark import sandbox, tables
from musespark.chart import POINTS, Chart, Kind
from musespark.message import Table
from musespark.problem import Problem
from musespark.sql import Rows
from musespark.tool import Outside
from musespark.turn import Turn

_LIMITS = sandbox.Limits(processor=20, seconds=20.0)
_NUMBERS = ("INT", "DOUBLE", "FLOAT", "DECIMAL", "NUMERIC", "NUMBER")


async def draw_chart(
    query: Annotated[
        str,
        Meta(
            description="One SELECT in DuckDB's SQL over the attached tables: first the column of "
            "labels, then columns of numbers; for scatter two columns of numbers, for histogram one"
        ),
    ],
    kind: Annotated[Kind, Meta(description="How it is drawn")],
    title: Annotated[str, Meta(description="What the chart shows, in a few words")],
    turn: Turn,
) -> Outside:
    """Draw a bar, line, scatter or pie chart, or a histogram, of a query over the attached tables.

    Use it where a picture says more than numbers: how something grows, compares or is spread. The
    person sees the chart; you see its numbers.
    """
    known = tables.attached(turn)
    if not known:
        raise Problem("no_table", "No table is attached.", why="A chart is drawn from a table.",
                      next="Answer without this tool, or ask for the table.")  # fmt: skip
    found, used = await tables.ask(known, query.strip(), POINTS + 1)
    labels, names, rows = _numbers(found, kind)
    given = {"kind": kind, "title": title, "labels": labels, "names": names, "rows": rows}
    chart = await sandbox.run("musespark.chart:drawn", (), Chart, given, _LIMITS, name="The chart")
    packed = base64.b64encode(chart.svg.encode()).decode()
    source = tables.source(known, used, query.strip(), found)
    source = structs.replace(
        source, title=title or source.title, quote=chart.text,
        url=f"data:image/svg+xml;base64,{packed}",
    )  # fmt: skip
    return Outside(f"The person sees this chart ({kind}): {title}\n\n{chart.text}", source)


def fits(turn: Turn) -> bool:
    """Whether there is a table to draw."""
    return any(isinstance(part, Table) for message in turn.messages for part in message.parts)


def _numbers(found: Rows, kind: str) -> tuple[list[str], list[str], list[list[float | None]]]:
    """Labels, the names of the columns of numbers, and these. Raises Problem for a query that has
    no numbers."""
    numeric = [
        place for place, name in enumerate(found.types)
        if any(mark in name.upper() for mark in _NUMBERS)
    ]  # fmt: skip
    first = [] if kind in ("scatter", "histogram") else [0]
    chosen = [place for place in numeric if place not in first]
    if not chosen:
        raise Problem(
            "no_chart", "This chart cannot be drawn.",
            why="The query gives no column of numbers" + (" beside its labels." if first else "."),
            next="Select the labels first, then the numbers.", status=422,
        )  # fmt: skip
    labels = [" ".join((row[0] or "–").split()) for row in found.rows]
    rows = [[_number(row[place]) for place in chosen] for row in found.rows]
    return labels, [found.columns[place] for place in chosen], rows


def _number(cell: str | None) -> float | None:
    try:
        number = float(cell) if cell is not None else None
    except ValueError:
        return None
    return number if number is not None and math.isfinite(number) else None
