"""Tables written as text: CSV and the like with any delimiter and encoding, into Parquet by DuckDB.

It runs in a child process (`sandbox.py`), whose folder it writes to, and holds no more of the text
in memory than DuckDB needs at a time.
"""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
from typing import Any, BinaryIO

from musespark import sql
from musespark.cells import Run, Sheet, runs_of
from musespark.measures import measured
from musespark.media import decoded, delimiter, encoding_of
from musespark.profile import bounded
from musespark.sheets import learn, literal, none

OUT = "out.parquet"  # where the table is
_IN = "in.csv"
_BEGIN = 1_000_000  # bytes that tell the delimiter, the decimal sign and formulas
_PIECE = 4_000_000  # bytes that are decoded at once
_COUNTED = 20_000_000  # bytes up to which empty lines are counted, to tell the rows behind them
_LINE = 20_000_000  # bytes of a line
_FORMULA = re.compile(r'(?m)(?:^|[\t;,|])"?[=@]\w')
_EMPTY_LINES = (b"\n\n", b"\n\r\n")


def read(db: Any, stream: BinaryIO) -> Sheet:
    """The table in a file, as the view `t0` over the file OUT. Raises Problem: `no_table` where
    its lines are no rows, `too_many_columns`."""
    path, begin, note = _prepared(stream)
    sign = delimiter(begin)
    if not sign:
        raise none("Its lines are no rows with the same number of cells.")
    line = begin.partition("\n")[0]
    first = next(csv.reader(io.StringIO(line), delimiter=sign), [""])
    bounded(len(first))
    sheet = Sheet("t0", notes=(note,) if note else ())
    options = _options(begin, sign)
    loose = _copied(db, path, options)
    if loose:
        sheet.notes += ("Types were left as text: rows do not fit one another.",)
        (broken,) = db.execute("SELECT count(DISTINCT line) FROM reject_errors").fetchone()
        if broken:
            sheet.notes += (f"{broken:,} broken lines were left out.",)
    if _FORMULA.search(begin):
        said = "Some cells begin like formulas; they were read as text and not computed."
        sheet.notes += (said,)
    db.execute(f"CREATE VIEW t0 AS FROM read_parquet('{OUT}')")
    sniffed = _sniffed(db, path, options)
    skipped, headed = sniffed or (0, True)
    if skipped:
        above = "; ".join(filter(None, map(str.strip, begin.splitlines()[:skipped])))
        sheet.notes += (f"Above it stands: {above[:200]}",) if above else ()
    (rows,) = db.execute("SELECT count(*) FROM t0").fetchone()
    sheet.head = skipped + 1 if headed else 0
    sheet.runs = _runs(path, sign, skipped + headed, rows) if sniffed else ()
    if not loose:
        _refined(db, sheet)
    return sheet


def _prepared(stream: BinaryIO) -> tuple[str, str, str]:
    """Where the text lies as UTF-8, its beginning, and what is to be said of its letters."""
    stream.seek(0)
    start = stream.read(_BEGIN)
    begin = decoded(start[: start.rfind(b"\n") + 1] or start)
    if begin is None:
        raise none("It is no text.")
    begin, encoding, note = begin.removeprefix("\ufeff"), encoding_of(start), ""
    if encoding in ("utf-8", "utf-8-sig") and _is(stream, "utf-8"):
        path = _path(stream)
        if path:
            return path, begin, ""
    elif encoding == "utf-8":
        note = "Some of its letters are of another encoding; they were read as Windows-1252."
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)("musespark-1252")
    with open(_IN, "w", encoding="utf-8", newline="") as file:
        while piece := stream.read(_PIECE):
            file.write(decoder.decode(piece))
        file.write(decoder.decode(b"", True))
    return _IN, begin, note


def _western(error: UnicodeError) -> tuple[str, int]:
    """Letters that are not of the encoding of the others, as Windows writes them."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return wrong.decode("cp1252", "replace"), error.end


codecs.register_error("musespark-1252", _western)


def _path(stream: BinaryIO) -> str:
    """Where an open file can be opened once more; "" where it cannot: then it is copied."""
    try:
        path = f"/proc/self/fd/{stream.fileno()}"
        with open(path, "rb"):
            return path
    except (OSError, AttributeError):
        return ""


def _is(stream: BinaryIO, encoding: str) -> bool:
    """Whether all of it is of an encoding."""
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while piece := stream.read(_PIECE):
            if not piece.isascii() or decoder.getstate()[0]:
                decoder.decode(piece)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def _options(begin: str, sign: str) -> str:
    """What DuckDB is told of it beyond what it finds itself."""
    given: dict[str, Any] = {"delim": sign, "max_line_size": _LINE, "quote": '"'}
    sample = begin[:100_000]
    if sign == ";" and len(re.findall(r";\d[\d.]*,\d", sample)) > len(
        re.findall(r";\d+\.\d", sample)
    ):
        given["decimal_separator"] = ","
        if re.search(r";\d{1,3}(?:\.\d{3})+[,;\n]", sample):
            given["thousands"] = "."
    return ", ".join(f"{name} = {literal(value)}" for name, value in given.items())


def _copied(db: Any, path: str, options: str) -> bool:
    """Write the table to OUT; whether only as text. First as it should be; where types change on
    the way, all of it is looked at before; where rows are broken, they are left out."""
    import duckdb

    loose = (
        "all_varchar = true, strict_mode = false, null_padding = true, parallel = false, "
        "store_rejects = true"
    )
    for way in ("", "sample_size = -1", loose):
        told = ", ".join(filter(None, (options, way)))
        try:
            db.execute(
                f"COPY (FROM read_csv('{path}', {told})) "
                f"TO '{OUT}' (FORMAT parquet, COMPRESSION zstd)"
            )
            break
        except duckdb.Error:
            if way == loose:
                raise
    return way == loose


def _sniffed(db: Any, path: str, options: str) -> tuple[int, bool] | None:
    """How many lines stand above the table, and whether its first row holds names; None where that
    cannot be told."""
    import duckdb

    plain = options.partition(", decimal_separator")[0]  # which this function does not know
    try:
        skipped, headed = db.execute(  # the options are our own
            f"SELECT SkipRows, HasHeader FROM sniff_csv('{path}', {plain})"  # noqa: S608
        ).fetchone()
    except duckdb.Error:
        return None
    return int(skipped), bool(headed)


def _runs(path: str, sign: str, before: int, rows: int) -> tuple[Run, ...]:
    """Where the rows stand, behind the first `before`; nowhere where that is not sure."""
    with open(path, "rb") as file:
        if file.seek(0, os.SEEK_END) > _COUNTED:
            return ((before + 1, rows),) if not _spaced(file) else ()
    csv.field_size_limit(_LINE)
    with open(path, encoding="utf-8-sig", newline="") as text:
        try:
            records = enumerate(csv.reader(text, delimiter=sign), 1)
            runs = runs_of(number for number, row in records if row and number > before)
        except csv.Error:
            return ()
    return runs if sum(count for _, count in runs) == rows else ()


def _spaced(file: BinaryIO) -> bool:
    """Whether there are empty lines in it, before its end."""
    file.seek(0)
    end = b"\n"
    while piece := file.read(_PIECE):
        here = (end + piece).rstrip() if len(piece) < _PIECE else end + piece
        if any(mark in here for mark in _EMPTY_LINES):
            return True
        end = piece[-2:]
    return False


def _refined(db: Any, sheet: Sheet) -> None:
    """Make numbers of columns of text that hold numbers with a unit."""
    described = db.execute("DESCRIBE t0").fetchall()
    found = measured(db, "t0", [str(row[0]) for row in described if row[1] == "VARCHAR"])
    for column, measure in found.items():
        learn(sheet, column, measure)
    new = [f"{m.value} AS {sql.quoted(column)}" for column, m in found.items() if m.value]
    if new:
        db.execute(
            f"COPY (SELECT * REPLACE ({', '.join(new)}) FROM t0) "  # noqa: S608
            "TO 'refined.parquet' (FORMAT parquet, COMPRESSION zstd)"
        )
        db.execute("DROP VIEW t0")
        os.replace("refined.parquet", OUT)
        db.execute(f"CREATE VIEW t0 AS FROM read_parquet('{OUT}')")
