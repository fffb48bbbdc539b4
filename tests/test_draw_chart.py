"""Charts: drawn from a query, safe to show, readable in light and dark and without eyes."""

from __future__ import annotations

import base64
from typing import Any
from xml.etree import ElementTree

import pytest

import samples
from musespark import plugins, sandbox
from musespark.agent import Agent
from musespark.chart import Chart, as_text, figure
from musespark.looking import look
from musespark.message import Source, say
from musespark.person import Person
from musespark.problem import Problem
from musespark.scripted import ScriptedModel
from musespark.tool import Outside
from musespark.toolbox import offer
from musespark.turn import Turn

EVIL = "</text><script>alert(1)</script><a href='javascript:x'>"


async def turn_with(*parts: Any) -> Turn:
    tool = plugins.load("tools", "draw_chart")
    return Turn(person=Person(), messages=[say("user", "Draw it", *parts)],
                models=lambda tier: ScriptedModel([]), tools={"draw_chart": tool})  # fmt: skip


async def draw(query: str, kind: str, title: str = "Sales") -> Outside:
    turn = await turn_with(*(await look(samples.CSV, "sales.csv")).parts)
    given = {"query": query, "kind": kind, "title": title}
    found = await turn.tools["draw_chart"].call(given, turn)  # type: ignore[misc]
    assert isinstance(found, Outside)
    return found


def svg_of(source: Source | None) -> str:
    assert source is not None
    head, _, data = source.url.partition(",")
    assert head == "data:image/svg+xml;base64"
    return base64.b64decode(data).decode()


async def test_a_chart_of_a_query_with_its_cells() -> None:
    query = "SELECT city, sum(price) AS total FROM sales GROUP BY 1 ORDER BY 1"
    found = await draw(query, "bar", "Sales by city")
    svg = svg_of(found.source)
    assert svg.startswith("<svg")
    assert "<title>Sales by city</title>" in svg
    assert "prefers-color-scheme:dark" in svg
    assert found.source is not None
    assert (found.source.title, found.source.place) == ("Sales by city", query)
    assert found.source.cells == "A2:B4"
    assert found.source.quote.splitlines()[0].endswith("█ 30")
    assert "The person sees this chart" in found.text


@pytest.mark.parametrize("kind", ["bar", "line", "scatter", "pie", "histogram"])
async def test_nothing_in_a_chart_runs_or_leads_away(kind: str) -> None:
    rows: list[list[Any]] = [[n, n * 2] for n in range(30 if kind != "pie" else 5)]
    rows = rows if kind in ("bar", "line", "scatter") else [[a] for a, _ in rows]
    names = [EVIL, "b"][: len(rows[0])]
    labels = [f"{EVIL}{n}" for n in range(len(rows))]
    given = {"kind": kind, "title": EVIL, "labels": labels, "names": names, "rows": rows}
    # In a child, as always: pygal hooks itself into how Python imports.
    svg = (await sandbox.run("musespark.chart:drawn", (), Chart, given)).svg
    root = ElementTree.fromstring(svg)
    for node in root.iter():
        assert node.tag.partition("}")[2] not in ("script", "a", "image", "use", "foreignObject")
        assert not [name for name in node.attrib if name.startswith("on") or "href" in name]
    assert "url(http" not in svg
    assert "@import" not in svg
    assert root.get("role") == "img"


@pytest.mark.parametrize(
    ("query", "kind", "why"),
    [
        ("SELECT city FROM sales", "bar", "no column of numbers"),
        ("SELECT range, range FROM range(100)", "bar", "up to 60"),
        ("SELECT range, -range FROM range(5)", "pie", "below nought"),
        ("SELECT price FROM sales", "scatter", "two columns"),
        ("SELECT city, price FROM sales WHERE price < 0", "line", "no numbers"),
        ("SELECT NULL::INT AS x FROM sales", "histogram", "no numbers"),
    ],
)
async def test_what_cannot_be_drawn_is_said(query: str, kind: str, why: str) -> None:
    with pytest.raises(Problem) as caught:
        await draw(query, kind)
    assert caught.value.code == "no_chart"
    assert why in caught.value.why
    assert caught.value.next


async def test_it_is_offered_only_where_there_is_a_table() -> None:
    agent: Agent = plugins.load("agents", "assistant")
    turn = await turn_with()
    assert "draw_chart" not in offer(turn, agent)
    turn = await turn_with(*(await look(samples.CSV, "sales.csv")).parts)
    assert "draw_chart" in offer(turn, agent)


def test_bars_of_signs() -> None:
    assert as_text(["a", "bc"], [4, None]) == "a   ██████████████████████████████ 4\nbc  –"
    assert as_text([], []) == ""
    assert [figure(n) for n in (0.5, 1234.5, 1234567.8, "x")] == [
        "0.5",
        "1,234.5",
        "1,234,568",
        "x",
    ]
