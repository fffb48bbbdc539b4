"""Reads tables: CSV and the like in any encoding, XLSX, ODS, JSON, JSONL and Parquet, by DuckDB."""

from __future__ import annotations

import gzip
import re
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

from musespark import delimited, sql
from musespark.blocks import blocks
from musespark.cells import Sheet
from musespark.media import GZIP, ODS, PARQUET, XLSX, decoded, media_of
from musespark.observation import Observation, Seen
from musespark.problem import Problem
from musespark.profile import bounded, many
from musespark.sheets import as_part, entered, none

takes = (
    "text/csv",
    "text/tab-separated-values",
    "application/json",
    "application/jsonl",
    XLSX,
    ODS,
    PARQUET,
    GZIP,
)
version = 2
streams = True
readers = ("duckdb", "python-calamine")

_MOST_CELLS = 20_000_000  # of a sheet, from its first to its last cell
_UNPACKED = 500_000_000  # bytes of a spreadsheet
_PLACE = re.compile(rb"""\sr=["']([A-Za-z]{1,12})(\d{1,20})["']""")


def warm() -> None:
    """What takes long and is the same for every file."""
    import duckdb  # noqa: F401
    import python_calamine  # noqa: F401


def table(data: BinaryIO, media: str) -> Seen:
    """Each table in a file: its profile and all of it as Parquet, with the range of cells of each
    column. Raises Problem: `no_table` for JSON that is none, `too_many_columns`,
    `unpacks_too_large`."""
    if media != GZIP:
        return _seen(data, media, media)
    with open("unpacked", "w+b") as made:
        return _seen(made, _unzipped(data, made), media)


def _seen(data: BinaryIO, kind: str, media: str) -> Seen:
    db = sql.opened()
    packed: bytes | None = None
    if kind in (XLSX, ODS):
        sheets = _workbook(db, data)
    elif kind == PARQUET:
        packed = data.read()
        Path("in.parquet").write_bytes(packed)
        db.execute("CREATE VIEW t0 AS FROM read_parquet('in.parquet')")
        sheets = [Sheet("t0")]
    elif kind.startswith("application/json"):
        sheets = [_json(db, data.read(), kind)]
    else:
        sheets = [delimited.read(db, data)]
        packed = Path(delimited.OUT).read_bytes()
    parts, observations = [], list[Observation]()
    names = _names(sheets)
    for sheet, name in zip(sheets, names, strict=True):
        part, seen = as_part(db, sheet, name if len(sheets) > 1 else "", packed)
        parts.append(part)
        observations += seen
    return Seen(media, "table", tuple(parts), tuple(observations))


def _unzipped(data: BinaryIO, made: BinaryIO) -> str:
    """Unpack what gzip packed, and tell its media type."""
    left = _UNPACKED
    with gzip.GzipFile(fileobj=data) as packed:
        while piece := packed.read(1_000_000):
            left -= len(piece)
            if left < 0:
                raise _too_large(f"It unpacks to more than {_UNPACKED // 1_000_000} MB.")
            made.write(piece)
    made.seek(0)
    kind = media_of(made.read(200_000))
    made.seek(0)
    if kind not in takes or kind in (XLSX, ODS, GZIP):
        raise none(f"What is packed in it is {kind}.")
    return kind


def _names(sheets: list[Sheet]) -> list[str]:
    """The names of the parts: those of their sheets, with a number where one holds several."""
    own = [sheet.sheet for sheet in sheets]
    return [
        name if own.count(name) == 1 else f"{name} {own[: number + 1].count(name)}"
        for number, name in enumerate(own)
    ]


def _json(db: Any, data: bytes, media: str) -> Sheet:
    text = decoded(data)
    if text is None:
        raise none("It is no text.")
    lines = media == "application/jsonl"
    if not re.match(r"\s*\{" if lines else r"\s*\[\s*\{", text):
        raise none("It is JSON, but no list of objects.")
    Path("in.json").write_text(text, "utf-8")
    way = "newline_delimited" if lines else "array"
    db.execute(
        f"CREATE TABLE t0 AS FROM read_json('in.json', format = '{way}', "
        "maximum_object_size = 50000000, sample_size = -1)"
    )
    return Sheet("t0")


# Spreadsheets


def _workbook(db: Any, data: BinaryIO) -> list[Sheet]:
    import python_calamine

    formulas = _unpacked(data)
    data.seek(0)
    book = python_calamine.CalamineWorkbook.from_filelike(data)
    found: list[Sheet] = []
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name)
        if sheet.end is None:
            continue
        height, width = sheet.end[0] + 1, sheet.end[1] + 1
        bounded(width)
        if height * width > _MOST_CELLS:
            raise _too_large(f"The sheet {name} has {height:,} rows and {width:,} columns.")
        rows = sheet.to_python(skip_empty_area=False)
        for block in blocks(rows, sheet.merged_cell_ranges or ()):
            made = entered(db, f"t{len(found)}", block.names, block.body)
            made.sheet, made.left, made.head, made.runs = name, block.left, block.head, block.runs
            made.notes = (*block.notes, *made.notes)
            found.append(made)
    if not found:
        raise none("Its sheets are empty.")
    if formulas:
        said = f"Formulas in {many(formulas, 'cell')}: the results stored with them were read."
        found[0].notes = (*found[0].notes, said)
    return found


def _unpacked(data: BinaryIO) -> int:
    """How many cells hold formulas. Raises Problem where it unpacks to too much, which its own
    word is not taken for, or has cells so far apart that all between them would fill the memory."""
    left, formulas = _UNPACKED, 0
    with zipfile.ZipFile(data) as packed:
        if sum(entry.file_size for entry in packed.infolist()) > _UNPACKED:
            raise _too_large(f"It unpacks to more than {_UNPACKED // 1_000_000} MB.")
        for entry in packed.infolist():
            sheet, far = entry.filename.endswith(".xml"), (0, 0)
            with packed.open(entry) as stream:
                before = tail = b""
                while piece := stream.read(1_000_000):
                    left -= len(piece)
                    if left < 0:
                        raise _too_large(f"It unpacks to more than {_UNPACKED // 1_000_000} MB.")
                    if sheet:
                        here = before + piece
                        formulas += sum(map(here.count, (b"<f>", b"<f ", b"table:formula=")))
                        far = _farthest(tail + piece, far)
                        before, tail = piece[-2:], piece[-40:]  # the former is shorter than a mark
            if far[0] * far[1] > _MOST_CELLS:
                raise _too_large(f"A sheet goes on for {far[1]:,} rows and {far[0]:,} columns.")
    return formulas


def _farthest(xml: bytes, far: tuple[int, int]) -> tuple[int, int]:
    """The last column and the last row that have a cell, with those known before."""
    across, down = far
    seen: set[bytes] = set()
    for column, row in _PLACE.findall(xml):
        down = max(down, int(row))
        seen.add(column)
    for column in seen:
        number = 0
        for letter in column.upper():
            number = number * 26 + letter - 64
        across = max(across, number)
    return across, down


def _too_large(why: str) -> Problem:
    return Problem(
        "unpacks_too_large", "{name} is too large inside.", why=why,
        next="Save the sheet that the question is about as CSV.", status=422,
    )  # fmt: skip
