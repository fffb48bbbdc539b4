"""Tables of every kind are read with types and places; what is broken or a bomb is refused."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import samples
from musespark import plugins
from musespark.cells import letters
from musespark.media import ODS, media_of
from musespark.message import Table
from musespark.observation import Seen
from musespark.problem import Problem
from musespark.senses import table as sense
from musespark.senses.table import table
from readers import mutated, outcomes_of


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(data: bytes | str) -> Seen:
    data = data.encode() if isinstance(data, str) else data
    return table(io.BytesIO(data), media_of(data))


def rows(part: Any, tmp_path: Path) -> list[tuple[Any, ...]]:
    """What `query_table` would find in a part."""
    assert isinstance(part, Table)
    file = tmp_path / "part.parquet"
    file.write_bytes(base64.b64decode(part.data.partition(",")[2]))
    return duckdb.sql(f"FROM read_parquet('{file}')").fetchall()


def types(seen: Seen) -> list[str]:
    return [o.what.split(":")[0] for o in seen.observations if o.kind == "column"]


def test_a_csv_with_its_types_and_places(tmp_path: Path) -> None:
    seen = read(samples.CSV)
    assert types(seen) == ["city VARCHAR", "price DOUBLE", "sold DATE"]
    [part] = seen.parts
    assert isinstance(part, Table)
    assert part.whole
    assert "3 rows, 3 columns" in part.text
    assert "Bremen,30.0,2024-02-03" in part.text
    assert [row[1] for row in rows(part, tmp_path)] == [12.5, 30.0, 7.25]
    places = {o.what.split(" ")[0]: o.cells for o in seen.observations}
    assert places == {"3": "A1:C4", "city": "A2:A4", "price": "B2:B4", "sold": "C2:C4"}
    assert "1 empty" in seen.observations[-1].what
    assert all(o.reader.startswith("duckdb") for o in seen.observations)


@pytest.mark.parametrize(
    ("text", "encoding", "found"),
    [
        ("name;preis\nTür;1.234,50\nStuhl;12,00\n", "latin-1", [("Tür", 1234.5), ("Stuhl", 12.0)]),
        ("a\tb\n1\tx\n2\ty\n", "utf-16", [(1, "x"), (2, "y")]),
        ("a|b|c\n1|2|3\n4|5|6\n", "utf-8-sig", [(1, 2, 3), (4, 5, 6)]),
        ('a,b\n"x, y","two\nlines"\n"z",""\n', "utf-8", [("x, y", "two\nlines"), ("z", None)]),
        ("1,2\n3,4\n5,6\n", "utf-8", [(1, 2), (3, 4), (5, 6)]),
        ("name,town\nAnna,Kiel\nTom,Bonn\n", "utf-8", [("Anna", "Kiel"), ("Tom", "Bonn")]),
    ],
)
def test_any_delimiter_and_encoding(
    text: str, encoding: str, found: list[Any], tmp_path: Path
) -> None:
    assert rows(read(text.encode(encoding)).parts[0], tmp_path) == found


def test_a_table_without_names_begins_in_its_first_line() -> None:
    cells = [o.cells for o in read("1,2\n3,4\n5,6\n").observations]
    assert cells == ["A1:B3", "A1:A3", "B1:B3"]


def test_a_type_that_changes_far_down_is_found(tmp_path: Path) -> None:
    text = "n,v\n" + "".join(f"{n},{n}\n" for n in range(50_000)) + "50000,none\n"
    seen = read(text)
    assert types(seen) == ["n BIGINT", "v VARCHAR"]
    assert len(rows(seen.parts[0], tmp_path)) == 50_001
    assert isinstance(seen.parts[0], Table)
    assert not seen.parts[0].whole
    assert len(seen.parts[0].text) < 15_000


def test_broken_rows_are_said(tmp_path: Path) -> None:
    text = "a,b\n" + "1,2\n" * 40 + "1,2,3,4\n" + "5,6\n" * 20
    seen = read(text)
    notes = " ".join(o.what for o in seen.observations if o.kind == "note")
    assert "left as text" in notes
    assert len(rows(seen.parts[0], tmp_path)) >= 60


def test_cells_like_formulas_are_words(tmp_path: Path) -> None:
    seen = read("name,sum\nx,=1+1\ny,\"=cmd|' /C calc'!A0\"\nz,@SUM(A1)\n")
    assert rows(seen.parts[0], tmp_path)[0] == ("x", "=1+1")
    assert any("not computed" in o.what for o in seen.observations)


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ('[{"a": 1, "b": "x"}, {"a": 2}]', [(1, "x"), (2, None)]),
        ('{"a": 1.5}\n{"a": 2}\n', [(1.5,), (2.0,)]),
        (samples.parquet(), [(1, "x")]),
    ],
)
def test_json_and_parquet(data: bytes | str, found: list[Any], tmp_path: Path) -> None:
    seen = read(data)
    assert rows(seen.parts[0], tmp_path) == found
    assert not any(o.cells for o in seen.observations)


def test_a_workbook_with_two_sheets_and_a_formula(tmp_path: Path) -> None:
    seen = read(samples.PRICES)
    assert [part.name for part in seen.parts] == ["Prices", "Stock"]  # type: ignore[union-attr]
    assert rows(seen.parts[0], tmp_path) == [("desk", 120.0), ("lamp", 15.5)]
    assert rows(seen.parts[1], tmp_path) == [("lamp", 4)]
    price = next(o for o in seen.observations if o.what.startswith("price"))
    assert (price.sheet, price.cells) == ("Prices", "C3:C4")
    assert price.where == "Prices C3:C4"
    assert any("1 cells hold formulas" in o.what for o in seen.observations)


def test_a_sheet_of_opendocument(tmp_path: Path) -> None:
    seen = read(samples.ODS)
    assert seen.media == ODS
    assert rows(seen.parts[0], tmp_path) == [("Kiel", 9)]


def test_a_sheet_without_names_has_letters(tmp_path: Path) -> None:
    one = f'<row r="1">{samples.number("A1", 1)}{samples.number("B1", 2.5)}</row>'
    seen = read(samples.xlsx({"S": one}))
    assert types(seen) == ["A BIGINT", "B DOUBLE"]
    assert [letters(n) for n in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


@pytest.mark.parametrize("wide", [100_000, 1_000_000])
def test_too_many_columns_are_refused(wide: int) -> None:
    text = ",".join(f"c{n}" for n in range(wide))
    with pytest.raises(Problem) as caught:
        read(f"{text}\n{text}\n")
    assert caught.value.code == "too_many_columns"


def test_an_empty_workbook_holds_no_table() -> None:
    with pytest.raises(Problem) as caught:
        read(samples.xlsx({"S": ""}))
    assert caught.value.code == "no_table"


def test_a_bomb_of_a_workbook_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sense, "_UNPACKED", 5_000_000)
    bomb = samples.xlsx({"S": f"<row>{' ' * 20_000_000}</row>"})
    assert len(bomb) < 50_000
    with pytest.raises(Problem) as caught:
        read(bomb)
    assert caught.value.code == "unpacks_too_large"
    # One that lies about its size is read no further than it says, and is broken.
    lie = bytearray(bomb)
    for place in _sizes(bomb):
        lie[place : place + 4] = (100).to_bytes(4, "little")
    with pytest.raises((Problem, zipfile.BadZipFile)):
        read(bytes(lie))


def _sizes(packed: bytes) -> Iterator[int]:
    """Where the sizes of what is packed stand in the directory."""
    place = packed.find(b"PK\x01\x02")
    while place >= 0:
        yield place + 24
        place = packed.find(b"PK\x01\x02", place + 4)


def test_a_cell_at_the_far_end_is_refused() -> None:
    far = f'<row r="1">{samples.number("A1", 1)}</row>'
    far += f'<row r="1048576">{samples.number("XFD1048576", 1)}</row>'
    with pytest.raises(Problem) as caught:
        read(samples.xlsx({"S": far}))
    assert caught.value.code in ("unpacks_too_large", "too_many_columns")


def test_json_that_is_no_list_of_objects_is_no_table() -> None:
    for text in ('{"a": 1}', "[1, 2]", "[[1], [2]]"):
        with pytest.raises(Problem) as caught:
            table(io.BytesIO(text.encode()), "application/json")
        assert caught.value.code == "no_table"


def test_the_profile_of_a_wide_table_is_bounded() -> None:
    wide = json.dumps([{f"column number {n}": "x" * 500 for n in range(1_500)}])
    [part] = read(wide).parts
    assert isinstance(part, Table)
    assert len(part.text) < 13_000


SEEDS = (samples.CSV, samples.PRICES, samples.ODS, samples.parquet(), b'[{"a": 1}, {"a": "x"}]',
         b'{"a": [1, {"b": 2}]}\n{"a": null}\n')  # fmt: skip


@settings(max_examples=8, deadline=None, derandomize=True)
@given(st.lists(mutated(SEEDS), min_size=40, max_size=40))
def test_whatever_comes_is_read_or_a_problem(files: list[bytes]) -> None:
    takes = plugins.load("senses", "table").takes
    known = [data for data in files if media_of(data) in takes]
    outcomes = asyncio.run(outcomes_of("musespark.senses.table:table", known))
    assert set(outcomes) <= {"read", "unreadable", "no_table", "too_many_columns",
                             "unpacks_too_large"}  # fmt: skip
