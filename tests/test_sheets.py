"""Tables out of pages, documents and odd sheets: their names, types, units and places."""

from __future__ import annotations

from pathlib import Path

import pytest

from musespark import html_tables
from musespark.cells import cut, letters, runs_of, span
from musespark.problem import Problem
from musespark.sheets import as_table


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_words_become_numbers_with_units_and_days() -> None:
    rows = [
        ["Kiel", "€ 1.234,50", "12 %", "02.01.2024", "0012"],
        ["Bonn", "€ 3,00", "7 %", "", "4"],
    ]
    part, seen = as_table("", ["city", "price", "share", "when", "code"], rows)
    assert "price DOUBLE in €: 3.0 to 1234.5" in part.text
    assert "share BIGINT in %: 7 to 12" in part.text
    assert "when DATE: 2024-01-02, 1 empty" in part.text
    assert "code VARCHAR" in part.text  # whose noughts count
    assert part.whole
    assert part.data
    assert not any(one.cells for one in seen)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["1,234.5 kg", "2 kg"], "DOUBLE in kg: 2.0 to 1234.5"),
        (["$1,234", "$56"], "BIGINT in $: 56 to 1234"),
        (["€ 1.234", "€ 2.500"], "BIGINT in €: 1234 to 2500"),
        (["1.234 kg", "2.500 kg"], "VARCHAR"),  # thousands or fractions: nobody knows
        (["-5 °C", "12 °C"], "BIGINT in °C: -5 to 12"),
        (["1 234,5 m", "7 m"], "DOUBLE in m: 7.0 to 1234.5"),
        (["3 kg", "500 g"], "VARCHAR"),
        (["A 12", "A 13"], "VARCHAR"),
        (["name1", "name2"], "VARCHAR"),
        (["007", "008"], "VARCHAR"),
        (["+3", "4"], "BIGINT: 3 to 4"),
        (["99999999999999999999", "1"], "VARCHAR"),
    ],
)
def test_units_and_signs(cells: list[str], said: str) -> None:
    part, _ = as_table("", ["x", "y"], [[cell, "a"] for cell in cells])
    assert f"- x {said}" in part.text


def test_several_units_are_said() -> None:
    part, _ = as_table("", ["x"], [["3 kg"], ["500 g"]])
    assert "x stays text: its numbers have several units (g, kg)." in part.text


def test_ragged_rows_and_names_that_are_missing_or_twice() -> None:
    part, _ = as_table("", ["a", "a", ""], [["1"], ["2", "x", "y", "z"], []])
    assert "2 rows, 4 columns" in part.text
    for name in ("- a BIGINT", "- a_2 VARCHAR", "- C VARCHAR", "- D VARCHAR"):
        assert name in part.text
    with pytest.raises(Problem) as caught:
        as_table("", ["a"], [["", " "]])
    assert caught.value.code == "no_table"


def test_the_tables_of_a_page() -> None:
    page = (
        "<table><tr><td><table><caption>Rain</caption><thead><tr><th>town<th colspan=2>mm</tr>"
        "</thead><tr><td rowspan=2>Kiel<td>9<td>8</tr><tr><td>7<td>6</tr></table></td></tr></table>"
        "<table><tr><td>alone</td></tr></table>"
    )
    [grid] = html_tables.of_html(page)
    assert grid == html_tables.Grid(
        "Rain", ("town", "mm", "mm"), (("Kiel", "9", "8"), ("Kiel", "7", "6"))
    )
    assert html_tables.of_html("") == []
    assert html_tables.of_html("<table><tr><td rowspan=99999999 colspan=1e9>x</table>") == []


def test_the_tables_of_markdown() -> None:
    [grid] = html_tables.of_markdown("x\n\n| a | b |\n|---|:-:|\n| 1 | 2 \\| 3 |\n| 4 |\n\nend")
    assert grid == html_tables.Grid("", ("a", "b"), (("1", "2 | 3"), ("4", "")))
    assert html_tables.of_markdown("a | b\n\n- | -\n") == []


def test_places() -> None:
    assert [letters(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
    runs = runs_of([3, 4, 7])
    assert runs == ((3, 2), (7, 1))
    assert cut(runs, 1, 2) == [(4, 1), (7, 1)]
    assert cut(runs, 0, 9) == [(3, 2), (7, 1)]
    assert (span(1, 1, 2, 9), span(0, 0, 1, 1)) == ("B2:B9", "A1")
