"""Numbers written with a unit ("€ 1.234,50", "12 %", "3 kg"): columns of them become numbers."""

from __future__ import annotations

import re
from typing import Any

from msgspec import Struct

from musespark import sql

_SAMPLE = 400  # cells of a column that are looked at before all of them are
_UNIT = r"[^\W\d_]{1,12}(?:\.|[/²³]\w{0,4})?|[€$£¥₹₩₽%‰]|°[CF]?"
_BEFORE = r"[€$£¥₹₩₽]|EUR|USD|GBP|CHF|JPY"  # anything else before digits is a code: "A 12"
_BLANK = r"[ \u00a0\u2009\u202f]"
_CELL = re.compile(
    rf"\s*([+\-−]?)\s*({_BEFORE})?\s*([+\-−]?\d(?:[\d.,'’]|{_BLANK}(?=\d))*)\s*({_UNIT})?\s*"
)
_MONEY = frozenset(["€", "$", "£", "¥", "₹", "₩", "₽", "EUR", "USD", "GBP", "CHF", "JPY"])
# Of a number: what stands between its thousands, and how its digits are written
_STYLES = {
    "en": (",", r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"),
    "de": (".", r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:,\d+)?"),
    "fr": (" ", rf"\d{{1,3}}(?:{_BLANK}\d{{3}})+(?:,\d+)?|\d+(?:,\d+)?"),
    "ch": ("'", r"\d{1,3}(?:['’]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"),
}
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+|\d{1,3}")
_LEADING = re.compile(r"0\d+")


class Measure(Struct, frozen=True):
    """What a column of text holds: the SQL that makes numbers of it, their type and unit ("" for
    none), and what is to be said where it stays text."""

    value: str = ""
    type: str = ""
    unit: str = ""
    note: str = ""


def measured(db: Any, table: str, columns: list[str]) -> dict[str, Measure]:
    """The columns of text that hold numbers with one unit, or of several."""
    if not columns:
        return {}
    own = ", ".join(map(sql.quoted, columns))
    rows = db.execute(f"SELECT {own} FROM {table} LIMIT {_SAMPLE}").fetchall()  # noqa: S608
    found: dict[str, Measure] = {}
    for number, column in enumerate(columns):
        cells = [row[number] for row in rows if row[number] and row[number].strip()]
        measure, style = _of(column, cells) if cells else (None, "")
        if measure and (not measure.value or _holds(db, table, column, measure, style)):
            found[column] = measure
    return found


def _of(column: str, cells: list[str]) -> tuple[Measure | None, str]:
    if dates := _dates(column, cells):
        return dates, ""
    matches = [_CELL.fullmatch(cell) for cell in cells]
    read = [match for match in matches if match]
    if len(read) < len(cells):
        return None, ""
    units = {(match[2] or match[4] or "").rstrip(".") for match in read}
    if any(match[2] and match[4] for match in read):
        return None, ""
    if len(units) > 1:
        if "" in units or len(units) > 5:
            return None, ""
        said = ", ".join(sorted(units))
        said = f"{sql.shown(column)} stays text: its numbers have several units ({said})."
        return Measure(note=said), ""
    numbers = [match[3].lstrip("+-−").strip() for match in read]
    if any(_LEADING.fullmatch(number) for number in numbers):
        return None, ""  # codes, whose noughts count
    unit = units.pop()
    style = _style(numbers, unit)
    whole = all(re.fullmatch(r"\d+|\d{1,3}(?:\D\d{3})+", number) for number in numbers)
    if not style:
        return None, ""
    type = "BIGINT" if whole else "DOUBLE"
    return Measure(_value(column, style, type), type, unit), style


def _dates(column: str, cells: list[str]) -> Measure | None:
    """Whether they are all days, written as 2024-12-31 or 31.12.2024."""
    own = sql.quoted(column)
    for shape, form in ((r"\d{4}-\d\d-\d\d", "%Y-%m-%d"), (r"\d{1,2}\.\d{1,2}\.\d{4}", "%d.%m.%Y")):
        if all(re.fullmatch(shape, cell.strip()) for cell in cells):
            return Measure(f"try_strptime(trim({own}), '{form}')::DATE", "DATE")
    return None


def _style(numbers: list[str], unit: str) -> str:
    """How they are written, "" where it is not sure."""
    fits = [
        name
        for name, (_, digits) in _STYLES.items()
        if all(re.fullmatch(digits, number) for number in numbers)
    ]
    plain = all(number.isdigit() for number in numbers)
    if not fits or plain:
        return "en" if fits else ""
    signs = {sign for number in numbers for sign in number if not sign.isdigit()}
    if len(signs) == 1 and all(_GROUPED.fullmatch(number) for number in numbers):
        # "1.234" alone: a thousand of money, anything else may be a fraction
        return {",": "en", ".": "de"}[signs.pop()] if unit in _MONEY else ""
    return fits[0]


def _value(column: str, style: str, type: str) -> str:
    """The SQL that makes a number of a cell."""
    own = f"replace({sql.quoted(column)}, '−', '-')"
    digits = f"regexp_replace({own}, '[^0-9.,-]', '', 'g')"  # the unit, and blanks
    digits = f"regexp_replace({digits}, '[.]+$', '')"  # of a unit such as "Std."
    between = _STYLES[style][0]
    if between in ",.":
        digits = f"replace({digits}, '{between}', '')"
    if style in ("de", "fr"):
        digits = f"replace({digits}, ',', '.')"
    return f"TRY_CAST({digits} AS {type})"


def _holds(db: Any, table: str, column: str, measure: Measure, style: str) -> bool:
    """Whether every cell that is not empty is such a number with that unit, or such a day."""
    own, fits = sql.quoted(column), "true"
    if style:
        unit = rf"(?:{re.escape(measure.unit)}\.?)?" if measure.unit else ""
        shape = rf"\s*[+\-−]?\s*{unit}\s*[+\-−]?(?:{_STYLES[style][1]})\s*{unit}\s*"
        shape = re.sub(r"\\u(\w{4})", r"\\x{\1}", shape).replace("'", "''")
        fits = f"regexp_full_match({own}, '{shape}')"
    (wrong,) = db.execute(
        f"SELECT count(*) FROM {table} WHERE trim({own}) <> '' AND "  # noqa: S608
        f"({measure.value} IS NULL OR NOT {fits})"
    ).fetchone()
    return not wrong
