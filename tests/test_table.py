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
    assert any("Formulas in 1 cell:" in o.what for o in seen.observations)


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


# What tables look like elsewhere


def cells(part: Any) -> tuple[str, int, tuple[tuple[int, int], ...]]:
    return part.sheet, part.left, part.rows


def sheet_of(*rows: list[object], more: str = "") -> bytes:
    """A workbook of one sheet; None leaves a cell out."""
    lines = []
    for y, row in enumerate(rows, 1):
        made = [
            samples.text(f"{letters(x)}{y}", cell) if isinstance(cell, str)
            else samples.number(f"{letters(x)}{y}", cell)  # type: ignore[arg-type]
            for x, cell in enumerate(row) if cell is not None
        ]  # fmt: skip
        lines.append(f'<row r="{y}">{"".join(made)}</row>')
    data = samples.xlsx({"S": "".join(lines)})
    if not more:
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    name = "xl/worksheets/sheet1.xml"
    files[name] = files[name].replace(b"</sheetData>", b"</sheetData>" + more.encode())
    return samples.zipped(files)


def test_several_tables_in_one_sheet(tmp_path: Path) -> None:
    seen = read(
        sheet_of(
            ["Sales of 2024"], [], ["city", "sold"], ["Kiel", 3], ["Bonn", 4], [],
            ["item", "price", "left"], ["desk", 120, 1], ["lamp", 15, 9], [], ["As of May"],
        )
    )  # fmt: skip
    assert [part.name for part in seen.parts] == ["S 1", "S 2"]  # type: ignore[union-attr]
    assert [cells(part) for part in seen.parts] == [("S", 0, ((4, 2),)), ("S", 0, ((8, 2),))]
    assert rows(seen.parts[1], tmp_path) == [("desk", 120, 1), ("lamp", 15, 9)]
    notes = [one.what for one in seen.observations if one.kind == "note"]
    assert notes == ["Beside it stands: Sales of 2024", "Beside it stands: As of May"]


def test_tables_side_by_side(tmp_path: Path) -> None:
    seen = read(
        sheet_of(["a", "n", None, "b", "m"], ["x", 1, None, "y", 2], ["z", 3, None, None, None])
    )
    assert [cells(part) for part in seen.parts] == [("S", 0, ((2, 2),)), ("S", 3, ((2, 1),))]
    # As long as each other, with a column left free between them: one table
    seen = read(sheet_of(["a", "n", None, "b"], ["x", 1, None, 4], ["z", 3, None, 5]))
    assert len(seen.parts) == 1


def test_empty_rows_within_a_table_are_left_out_and_places_kept(tmp_path: Path) -> None:
    seen = read(sheet_of(["a", "n"], ["x", 1], [], ["y", 2], ["z", 3]))
    assert rows(seen.parts[0], tmp_path) == [("x", 1), ("y", 2), ("z", 3)]
    assert cells(seen.parts[0]) == ("S", 0, ((2, 1), (4, 2)))


def test_merged_cells_and_names_in_two_rows(tmp_path: Path) -> None:
    merged = '<mergeCells count="2"><mergeCell ref="B1:C1"/><mergeCell ref="A3:A4"/></mergeCells>'
    seen = read(
        sheet_of(["", "sales", None], ["city", "first", "second"], ["Kiel", 1, 2], [None, 3, 4],
                 more=merged)
    )  # fmt: skip
    assert [one.split(" BIGINT")[0] for one in types(seen)[1:]] == ["sales first", "sales second"]
    assert rows(seen.parts[0], tmp_path) == [("Kiel", 1, 2), ("Kiel", 3, 4)]


def test_years_may_be_names() -> None:
    seen = read(sheet_of(["city", 2023, 2024], ["Kiel", 1, 2], ["Bonn", 3, 4]))
    assert types(seen) == ["city VARCHAR", "2023 BIGINT", "2024 BIGINT"]


@pytest.mark.parametrize(("begin", "day"), [("", "2024-01-02"), ("1904", "2028-01-03")])
def test_days_count_from_1900_or_1904(begin: str, day: str) -> None:
    dated = '<row r="2"><c r="A2" s="1"><v>45293</v></c></row>'
    data = samples.xlsx({"S": f'<row r="1">{samples.text("A1", "day")}</row>{dated}'})
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    files["xl/styles.xml"] = (
        f'<styleSheet xmlns="{samples._SHEET}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/>'
        "</cellXfs></styleSheet>"
    ).encode()
    files["xl/_rels/workbook.xml.rels"] = files["xl/_rels/workbook.xml.rels"].replace(
        b"</Relationships>",
        f'<Relationship Id="rId9" Type="{samples._DOCUMENT}/styles" Target="styles.xml"/>'
        "</Relationships>".encode(),
    )
    if begin:
        files["xl/workbook.xml"] = files["xl/workbook.xml"].replace(
            b"<sheets>", b'<workbookPr date1904="1"/><sheets>'
        )
    told = read(samples.zipped(files)).observations[-1].what
    assert day in told


def test_units_in_a_csv(tmp_path: Path) -> None:
    seen = read("item;price;share;weight\na;€ 1.234,50;12 %;3 kg\nb;€ 2,00;7 %;12 kg\n")
    assert rows(seen.parts[0], tmp_path) == [("a", 1234.5, 12, 3), ("b", 2.0, 7, 12)]
    assert types(seen) == ["item VARCHAR", "price DOUBLE in €", "share BIGINT in %",
                           "weight BIGINT in kg"]  # fmt: skip


def test_noughts_of_codes_and_huge_numbers_are_kept(tmp_path: Path) -> None:
    seen = read("zip,big\n01234,123456789012345678901234567890\n98765,1\n")
    assert rows(seen.parts[0], tmp_path)[0][0] == "01234"
    assert "BIGINT" not in types(seen)[1]


def test_names_that_are_missing_or_twice(tmp_path: Path) -> None:
    seen = read("a,a,\n1,2,3\n4,5,6\n")
    names = [one.split(" ")[0] for one in types(seen)]
    assert len(set(names)) == 3
    assert rows(seen.parts[0], tmp_path) == [(1, 2, 3), (4, 5, 6)]


def test_letters_of_two_encodings(tmp_path: Path) -> None:
    lines = "".join(f"Köln{n},{n}\n" for n in range(20)).encode()
    seen = read(b"name,n\n" + lines + "Müll,9\n".encode("cp1252"))
    assert rows(seen.parts[0], tmp_path)[-1] == ("Müll", 9)
    assert any("another encoding" in one.what for one in seen.observations)


def test_json_within_json(tmp_path: Path) -> None:
    seen = read('[{"a": {"b": [1, 2]}, "c": "x"}, {"a": null, "c": "y"}]')
    assert rows(seen.parts[0], tmp_path)[0][0] == {"b": [1, 2]}


def test_what_is_packed_with_gzip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import gzip

    seen = read(gzip.compress(samples.CSV))
    assert len(rows(seen.parts[0], tmp_path)) == 3
    assert seen.parts[0].rows == ((2, 3),)  # type: ignore[union-attr]
    for inner in (samples.picture(), gzip.compress(samples.CSV), b"Dear Anna, hello."):
        with pytest.raises(Problem) as caught:
            read(gzip.compress(inner))
        assert caught.value.code == "no_table"
    monkeypatch.setattr(sense, "_UNPACKED", 5_000_000)
    with pytest.raises(Problem) as caught:
        read(gzip.compress(b"a,b\n" * 3_000_000))
    assert caught.value.code == "unpacks_too_large"


def test_a_file_is_read_where_it_lies(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(samples.CSV)
    with file.open("rb") as stream:
        seen = table(stream, "text/csv")
    assert len(rows(seen.parts[0], tmp_path)) == 3
