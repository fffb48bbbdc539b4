"""Reads tables: CSV and the like in any encoding, XLSX, ODS, JSON, JSONL and Parquet, by DuckDB."""

from __future__ import annotations

import base64
import csv
import datetime
import io
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from musespark import sql
from musespark.media import ODS, PARQUET, XLSX, decoded, delimiter
from musespark.message import Table
from musespark.observation import Observation, Seen
from musespark.problem import Problem

takes = (
    "text/csv",
    "text/tab-separated-values",
    "application/json",
    "application/jsonl",
    XLSX,
    ODS,
    PARQUET,
)
version = 1
readers = ("duckdb", "python-calamine")

MOST_COLUMNS = 2_000
_MOST_CELLS = 20_000_000  # of a sheet, from its first to its last cell
_UNPACKED = 500_000_000  # bytes of a spreadsheet
_MOST_DATA = 60_000_000  # bytes of a table that goes along with a question
_COUNTED = 100_000  # rows up to which different values are counted exactly
_DETAILED = 200  # columns whose values are looked at
_TEXT = 12_000  # characters of a profile; half of them at most for rows
_ALL_ROWS = 5_000  # characters of rows up to which all are shown
_FIRST = 10  # rows shown of a longer table
_NESTED = re.compile(r"STRUCT|MAP|UNION|\[|BLOB|JSON|VARIANT")
_PLACE = re.compile(rb' r="([A-Z]{1,3})(\d{1,7})"')
_NAMELESS = re.compile(r"column0+")  # what DuckDB calls the first column without a name
_NUMBER = re.compile(r"TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|FLOAT|DOUBLE|DECIMAL|UINT|U\w+INT")


class Sheet(Struct):
    """A table in DuckDB: the `name` it has there, the sheet it comes from, where its first cell
    stands (counted from 0), whether its first row holds the names, whether cells have letters and
    numbers at all, and what to say of it beside its rows."""

    name: str
    sheet: str = ""
    top: int = 0
    left: int = 0
    headed: bool = True
    celled: bool = True
    notes: tuple[str, ...] = ()


def table(data: bytes, media: str) -> Seen:
    """Each table in the bytes: its profile and all of it as Parquet, with the range of cells of
    each column. Raises Problem: `no_table` for JSON that is none, `too_many_columns`,
    `unpacks_too_large`."""
    db = sql.opened()
    if media in (XLSX, ODS):
        sheets = _workbook(db, data)
    elif media == PARQUET:
        Path("in.parquet").write_bytes(data)
        db.execute("CREATE TABLE t0 AS FROM read_parquet('in.parquet')")
        sheets = [Sheet("t0", celled=False)]
    elif media.startswith("application/json"):
        sheets = [_json(db, data, media)]
    else:
        sheets = [_text(db, data)]
    parts, observations = [], []
    for sheet in sheets:
        text, whole, seen = _profile(db, sheet)
        name = sheet.sheet if len(sheets) > 1 else ""
        packed = data if media == PARQUET else _packed(db, sheet)
        if len(packed) > _MOST_DATA:
            seen.append(Observation("note", "Too large to be queried: only the profile is kept."))
            packed = b""
        url = f"data:{PARQUET};base64,{base64.b64encode(packed).decode()}" if packed else ""
        parts.append(Table(text, name, data=url, whole=whole))
        observations += seen
    return Seen(media, "table", tuple(parts), tuple(observations))


def _packed(db: Any, sheet: Sheet) -> bytes:
    db.execute(f"COPY {sheet.name} TO 'out.parquet' (FORMAT parquet, COMPRESSION zstd)")
    return Path("out.parquet").read_bytes()


def _none(why: str) -> Problem:
    return Problem("no_table", "{name} holds no table.", why=why,
                   next="Give a list of objects, or a sheet with rows.", status=422)  # fmt: skip


# Texts


def _text(db: Any, data: bytes) -> Sheet:
    text = decoded(data)
    sign = delimiter(text or "")
    if text is None or not sign:
        raise _none("Its lines are no rows with the same number of cells.")
    text = text.removeprefix("\ufeff")
    first = next(csv.reader(io.StringIO(text[: text.find("\n") + 1]), delimiter=sign), [""])
    _bounded(len(first))
    Path("in.csv").write_text(text, "utf-8", newline="")
    begin = text[:100_000]
    formulas = re.search(r'(?m)(?:^|[\t;,|])"?[=@]\w', text[:1_000_000])
    del text  # a long one takes much memory, and DuckDB needs it
    given: dict[str, Any] = {"delim": sign, "max_line_size": 20_000_000, "quote": '"'}
    if sign == ";" and len(re.findall(r";\d[\d.]*,\d", begin)) > len(
        re.findall(r";\d+\.\d", begin)
    ):
        given["decimal_separator"] = ","
        if re.search(r";\d{1,3}(?:\.\d{3})+[,;\n]", begin):
            given["thousands"] = "."
    # First as it should be; where types change on the way, all of it is looked at before; where
    # rows are broken, they are left out and counted.
    import duckdb

    ways: tuple[dict[str, Any], ...] = (
        {},
        {"sample_size": -1},
        {"all_varchar": True, "strict_mode": False, "null_padding": True, "parallel": False,
         "store_rejects": True},
    )  # fmt: skip
    for number, way in enumerate(ways):
        options = ", ".join(f"{name} = {_literal(value)}" for name, value in (given | way).items())
        try:
            db.execute(f"CREATE OR REPLACE TABLE t0 AS FROM read_csv('in.csv', {options})")
            break
        except duckdb.Error:
            if number == len(ways) - 1:
                raise
    notes = []
    if number == len(ways) - 1:
        broken = db.execute("SELECT count(DISTINCT line) FROM reject_errors").fetchone()[0]
        notes.append("Types were left as text: rows do not fit one another.")
        if broken:
            notes.append(f"{broken:,} broken lines were left out.")
    if formulas:
        notes.append("Some cells begin like formulas; they were read as text and not computed.")
    name = str(db.execute("DESCRIBE t0").fetchone()[0])
    return Sheet("t0", headed=not _NAMELESS.fullmatch(name) or name == first[0], notes=tuple(notes))


def _literal(value: object) -> str:
    if isinstance(value, bool | int):
        return str(value).lower()
    return "'" + str(value).replace("'", "''") + "'"


def _json(db: Any, data: bytes, media: str) -> Sheet:
    text = decoded(data)
    if text is None:
        raise _none("It is no text.")
    lines = media == "application/jsonl"
    if not re.match(r"\s*\{" if lines else r"\s*\[\s*\{", text):
        raise _none("It is JSON, but no list of objects.")
    Path("in.json").write_text(text, "utf-8")
    way = "newline_delimited" if lines else "array"
    db.execute(
        f"CREATE TABLE t0 AS FROM read_json('in.json', format = '{way}', "
        "maximum_object_size = 50000000, sample_size = -1)"
    )
    return Sheet("t0", celled=False)


def _bounded(columns: int) -> None:
    if columns > MOST_COLUMNS:
        raise Problem(
            "too_many_columns", "{name} has too many columns.",
            why=f"It has {columns:,}; up to {MOST_COLUMNS:,} are read.",
            next="Save the columns that the question is about, or turn it on its side.",
            status=422,
        )  # fmt: skip


# Spreadsheets


def _workbook(db: Any, data: bytes) -> list[Sheet]:
    import python_calamine

    formulas = _unpacked(data)
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    found: list[Sheet] = []
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name)
        if sheet.end is None:
            continue
        height, width = sheet.end[0] + 1, sheet.end[1] + 1
        _bounded(width)
        if height * width > _MOST_CELLS:
            raise _too_large(f"The sheet {name} has {height:,} rows and {width:,} columns.")
        rows = sheet.to_python(skip_empty_area=False)
        made = _filled(db, f"t{len(found)}", name, rows)
        if made is not None:
            found.append(made)
    if not found:
        raise _none("Its sheets are empty.")
    if formulas:
        said = f"{formulas:,} cells hold formulas; the results stored with them were read."
        found[0].notes = (*found[0].notes, said)
    return found


def _unpacked(data: bytes) -> int:
    """How many cells hold formulas. Raises Problem where it unpacks to too much, which its own
    word is not taken for, or has cells so far apart that all between them would fill the memory."""
    left, formulas = _UNPACKED, 0
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        if sum(entry.file_size for entry in packed.infolist()) > _UNPACKED:
            raise _too_large(f"It unpacks to more than {_UNPACKED // 1_000_000} MB.")
        for entry in packed.infolist():
            sheet, far = entry.filename.endswith(".xml"), (0, 0)
            with packed.open(entry) as stream:
                before = b""
                while piece := stream.read(1_000_000):
                    left -= len(piece)
                    if left < 0:
                        raise _too_large(f"It unpacks to more than {_UNPACKED // 1_000_000} MB.")
                    if sheet:
                        here = before + piece
                        formulas += sum(map(here.count, (b"<f>", b"<f ", b"table:formula=")))
                        far = _farthest(here, far)
                        before = piece[-2:]  # shorter than any of the marks
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
        for letter in column:
            number = number * 26 + letter - 64
        across = max(across, number)
    return across, down


def _too_large(why: str) -> Problem:
    return Problem(
        "unpacks_too_large", "{name} is too large inside.", why=why,
        next="Save the sheet that the question is about as CSV.", status=422,
    )  # fmt: skip


def _filled(db: Any, name: str, sheet: str, rows: list[list[Any]]) -> Sheet | None:
    """A table of DuckDB with the rows of a sheet, None where they are all empty."""
    filled = [n for n, row in enumerate(rows) if any(cell not in ("", None) for cell in row)]
    if not filled:
        return None
    top, rows = filled[0], rows[filled[0] : filled[-1] + 1]
    used = [n for n in range(len(rows[0])) if any(row[n] not in ("", None) for row in rows)]
    left = used[0]
    rows = [row[left : used[-1] + 1] for row in rows]
    headed = len(rows) > 1 and all(isinstance(cell, str) for cell in rows[0])
    names = _names(rows[0] if headed else [""] * len(rows[0]), left)
    body = rows[1:] if headed else rows
    types = [_type([row[n] for row in body]) for n in range(len(names))]
    with Path("in.csv").open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file)
        write.writerow(names)
        write.writerows([_cell(cell, types[n]) for n, cell in enumerate(row)] for row in body)
    columns = ", ".join(f"{_literal(n)}: '{t}'" for n, t in zip(names, types, strict=True))
    db.execute(
        f"CREATE TABLE {name} AS FROM read_csv('in.csv', header = true, delim = ',', quote = '\"', "
        f"escape = '\"', auto_detect = false, max_line_size = 20000000, parallel = false, "
        f"columns = {{{columns}}})"
    )
    return Sheet(name, sheet, top, left, headed)


def _names(first: Sequence[object], left: int) -> list[str]:
    """Names of columns, each once: those of the first row, letters where it has none."""
    found: list[str] = []
    taken: set[str] = set()
    for number, cell in enumerate(first):
        plain = " ".join(str(cell).split())[:100] or letters(left + number)
        name, again = plain, 1
        while name.lower() in taken:
            again += 1
            name = f"{plain}_{again}"
        taken.add(name.lower())
        found.append(name)
    return found


def letters(column: int) -> str:
    """A column's letters, counted from 0: A, Z, AA."""
    found = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found


def _type(cells: list[Any]) -> str:
    """The type that holds every cell of a column."""
    kinds = {type(cell) for cell in cells if cell not in ("", None)}
    if kinds == {bool}:
        return "BOOLEAN"
    if kinds and kinds <= {int, float}:
        whole = all(float(c).is_integer() and abs(c) < 2**53 for c in cells if c not in ("", None))
        return "BIGINT" if whole else "DOUBLE"
    if kinds == {datetime.date}:
        return "DATE"
    if kinds and kinds <= {datetime.date, datetime.datetime}:
        return "TIMESTAMP"
    return "TIME" if kinds == {datetime.time} else "VARCHAR"


def _cell(cell: Any, type: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    if isinstance(cell, datetime.datetime | datetime.date | datetime.time):
        return cell.isoformat()
    return str(cell)


# The profile


def _profile(db: Any, sheet: Sheet) -> tuple[str, bool, list[Observation]]:
    """A table in words, of bounded length, whether every row is in it, and what was observed."""
    import duckdb

    described = db.execute(f"DESCRIBE {sheet.name}").fetchall()
    columns = [(str(row[0]), str(row[1])) for row in described]
    _bounded(len(columns))
    (rows,) = db.execute(f"SELECT count(*) FROM {sheet.name}").fetchone()  # noqa: S608
    reader = f"duckdb {duckdb.__version__}"
    first = sheet.top + sheet.headed + 1
    last, end = first + rows - 1, letters(sheet.left + max(len(columns) - 1, 0))
    size = f"{rows:,} rows, {len(columns):,} columns"
    cells = f"{letters(sheet.left)}{sheet.top + 1}:{end}{max(last, sheet.top + 1)}"
    cells = cells if sheet.celled else ""
    seen = [Observation("rows", size, sheet=sheet.sheet, cells=cells, reader=reader)]
    seen += [Observation("note", note, sheet=sheet.sheet, reader=reader) for note in sheet.notes]
    lines = [f"A table: {size}. All of it can be read by SQL with query_table.", *sheet.notes, ""]
    lines.append("Columns:")
    facts = _facts(db, sheet.name, columns, rows <= _COUNTED)
    for number, ((name, type), fact) in enumerate(zip(columns, facts, strict=False)):
        place = letters(sheet.left + number)
        said = f"{sql.shown(name)} {type[:80]}{fact}"
        where = f"{place}{first}:{place}{last}" if rows else f"{place}{sheet.top + 1}"
        where = where if sheet.celled else ""
        seen.append(Observation("column", said, sheet=sheet.sheet, cells=where, reader=reader))
        lines.append(f"- {said}")
    if len(columns) > len(facts):
        lines.append(f"- and {len(columns) - len(facts):,} more")
    text = _cut("\n".join(lines), _TEXT // 2)
    shown, whole = _shown(db, sheet.name, rows, columns)
    return f"{text}\n\n{shown}", whole, seen


def _facts(db: Any, name: str, columns: list[tuple[str, str]], counted: bool) -> list[str]:
    """What stands in each of the first columns: from least to most, how many different (`counted`,
    or about), how many empty."""
    how_many = "count(DISTINCT {})" if counted else "approx_count_distinct({})"
    asked: list[str] = []
    for column, type in columns[:_DETAILED]:
        own = sql.quoted(column)
        plain = not _NESTED.search(type)
        asked += [f"count({own})", how_many.format(own) if plain else "NULL"]
        asked += [f"{f}({own})::VARCHAR" if plain else "NULL" for f in ("min", "max")]
        asked.append(f"avg({own})::DOUBLE" if _NUMBER.match(type) and plain else "NULL")
    found = db.execute(f"SELECT count(*), {', '.join(asked)} FROM {name}").fetchone()  # noqa: S608
    about = "" if counted else "about "
    total, values, facts = found[0], found[1:], []
    for number in range(len(columns[:_DETAILED])):
        count, different, least, most, mean = values[number * 5 : number * 5 + 5]
        said = []
        if least is not None:
            short = [cell if len(cell) <= 40 else cell[:39] + "…" for cell in (least, most)]
            said.append(short[0] if short[0] == short[1] else f"{short[0]} to {short[1]}")
        said += [f"mean {mean:.6g}"] if mean is not None else []
        said += [f"{about}{different:,} different"] if different and least != most else []
        said += [f"{total - count:,} empty"] if total > count else []
        facts.append(f": {', '.join(said)}" if said else "")
    return facts


def _shown(db: Any, name: str, rows: int, columns: list[tuple[str, str]]) -> tuple[str, bool]:
    """The rows of a short table, the first ones of a longer one, as CSV; and whether it is all."""
    few = [column for column, _ in columns[:50]]
    asked = ", ".join(map(sql.quoted, few))
    found = db.execute(f"SELECT {asked} FROM {name} LIMIT 1000").fetchall()  # noqa: S608
    written = [_line(few), *(_line([sql.shown(cell) or "" for cell in row]) for row in found)]
    whole = "".join(written)
    if len(found) == rows and len(few) == len(columns) and len(whole) <= _ALL_ROWS:
        return f"All rows:\n\n{whole}", True
    kept = _cut("".join(written[: _FIRST + 1]), _TEXT // 2)
    some = f" (the first {len(few)} columns)" if len(few) < len(columns) else ""
    return f"The first of {rows:,} rows{some}:\n\n{kept}", False


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(" ".join(cell.split()) for cell in cells)
    return out.getvalue()


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: text.rfind("\n", 0, most) + 1] + "…"
