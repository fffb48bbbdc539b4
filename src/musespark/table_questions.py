"""Plain questions about one table as SQL, without a model: every word is explained, or it is left.

What the marks of a question ask for is put together in one way or not at all: a wrong answer is
worse than none, and the answer shows its query.
"""

from __future__ import annotations

import copy
import datetime
import re
from collections.abc import Sequence

from msgspec import Struct, field

from musespark.message import Column, Table
from musespark.sql import quoted
from musespark.table_marks import Mark, marks_of

_LONGEST = 300  # characters of a question
_TABLES = 20
_NUMBER = re.compile(r"TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|FLOAT|DOUBLE|DECIMAL|U\w+INT")
_AGGREGATES = {"sum": "sum", "mean": "avg", "median": "median", "max": "max", "min": "min"}
_SIGNS = {"gt": ">", "lt": "<", "ge": ">=", "le": "<=", "eq": "="}
_ASKS = ("many", "what", "which", "who", "show", *_AGGREGATES)


class _Asked(Struct):
    """What has been understood so far: the conditions, what is grouped by, and what is left."""

    table: Table
    marks: list[Mark]
    where: list[str] = field(default_factory=list)
    by: Column | None = None
    one: bool = False  # whether the conditions name one row

    def left(self, kind: str) -> list[Mark]:
        return [mark for mark in self.marks if mark.kind == kind and not mark.used]

    def take(self, kind: str) -> Mark | None:
        """The only mark of a kind that is left, used from now on."""
        found = self.left(kind)
        if len(found) != 1:
            return None
        found[0].used = True
        return found[0]

    @property
    def done(self) -> bool:
        return all(
            mark.used or mark.kind in ("and", "table", "what", "show") for mark in self.marks
        )


def query_of(question: str, tables: Sequence[Table]) -> str | None:
    """The SQL that answers a question about one table; None where that is not sure: also where two
    of the tables could be meant."""
    if len(question) > _LONGEST or len(tables) > _TABLES:
        return None
    found = [query for table in tables if (query := _query(question, table))]
    return found[0] if len(found) == 1 else None


def _query(question: str, table: Table) -> str | None:
    if not table.columns:
        return None
    marks = marks_of(question, table)
    if not marks or any(mark.kind == "word" for mark in marks):
        return None
    if not any(mark.kind in (*_ASKS, "rows", "column") for mark in marks):
        return None
    asked = _Asked(table, marks)
    if not (_values(asked) and _flags(asked) and _numbers(asked) and _days(asked)):
        return None
    _units(asked)
    if not _grouped(asked):
        return None
    for way in (_counted, _extreme, _aggregated, _listed):
        tried = copy.deepcopy(asked)  # what one way takes is there for the next
        select = way(tried)
        if select:
            return select if tried.done else None
    return None


def _number(column: Column | None) -> bool:
    return column is not None and _NUMBER.match(column.type) is not None


def _text(column: Column | None) -> bool:
    return column is not None and column.type == "VARCHAR"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _figure(number: float) -> str:
    return str(int(number)) if number.is_integer() else repr(number)


# The conditions


def _values(asked: _Asked) -> bool:
    """Values that stand in the table: one of a column, or several with an "or" between them."""
    groups: dict[str, list[Mark]] = {}
    for mark in asked.left("value"):
        assert mark.column is not None
        groups.setdefault(mark.column.name, []).append(mark)
    ors = asked.left("or")
    for name, marks in groups.items():
        own = quoted(name)
        if len(marks) > 1:
            if len(ors) != 1 or len(marks) != 2 or len(groups) > 1:
                return False
            ors[0].used = True
            asked.where.append(f"{own} IN ({', '.join(_literal(mark.value) for mark in marks)})")
        else:
            asked.where.append(f"{own} = {_literal(marks[0].value)}")
            asked.one = asked.one or bool(marks[0].column and marks[0].column.unique)
        for mark in marks:
            mark.used = True
            _beside(asked, mark)
    return not asked.left("or")


def _beside(asked: _Asked, mark: Mark) -> None:
    """The name of a value's own column next to it explains nothing more: "the Harbour station"."""
    place = asked.marks.index(mark)
    for near in (place - 1, place + 1):
        if 0 <= near < len(asked.marks):
            other = asked.marks[near]
            if other.kind == "column" and other.column == mark.column:
                asks = near and asked.marks[near - 1].kind in ("by", "which", "distinct", "many")
                other.used = other.used or not asks


def _flags(asked: _Asked) -> bool:
    """Columns of yes and no: "paid", "not paid", "unpaid" where nothing else is asked of them."""
    for place, mark in enumerate(asked.marks):
        if mark.kind != "column" or mark.column is None or mark.column.type != "BOOLEAN":
            continue
        before = asked.marks[place - 1] if place else None
        if before and before.kind == "by":
            continue
        mark.used = True
        own = quoted(mark.column.name)
        if before and before.kind == "not" and not before.used:
            before.used = True
            own = f"NOT {own}"
        asked.where.append(own)
    return not asked.left("not")


def _numbers(asked: _Asked) -> bool:
    """Numbers with the column of numbers before them: "price over 100", "a stock of 0"."""
    marks = asked.marks
    for place, mark in enumerate(marks):
        if mark.kind != "number" or mark.used:
            continue
        back = place - 1
        sign = marks[back] if back >= 0 and marks[back].kind in _SIGNS else None
        if marks[back].kind == "between" and place + 2 < len(marks):
            ends = marks[place + 2]
            if marks[place + 1].kind != "and" or ends.kind != "number":
                return False
            column = marks[back - 1]
            if back < 1 or column.kind != "column" or not _number(column.column):
                return False
            for one in (marks[back], mark, ends, column):
                one.used = True
            assert column.column is not None
            asked.where.append(
                f"{quoted(column.column.name)} BETWEEN {_figure(mark.number)} "
                f"AND {_figure(ends.number)}"
            )
            continue
        back -= 1 if sign else 0
        column = marks[back] if back >= 0 else None  # type: ignore[assignment]
        if column is None or column.kind != "column" or not _number(column.column):
            continue
        assert column.column is not None
        if back and marks[back - 1].kind in (*_AGGREGATES, "most", "fewest", "by"):
            return False
        for one in (mark, column, *([sign] if sign else [])):
            one.used = True
        how = _SIGNS[sign.kind] if sign else "="
        asked.where.append(f"{quoted(column.column.name)} {how} {_figure(mark.number)}")
        asked.one = asked.one or (how == "=" and column.column.unique)
    return True


def _days(asked: _Asked) -> bool:
    """Days, and years as numbers, in the one column of days, or the one named before them."""
    columns = [c for c in asked.table.columns if c.type == "DATE" or c.type.startswith("TIMESTAMP")]
    spans = asked.left("days")
    for mark in asked.left("number"):
        if mark.number.is_integer() and 1800 <= mark.number <= 2200 and len(mark.text) == 4:
            year = int(mark.number)
            mark.first, mark.last = datetime.date(year, 1, 1), datetime.date(year + 1, 1, 1)
            spans.append(mark)
    if not spans:
        return True
    named = [m for m in asked.left("column") if m.column in columns]
    if len(spans) != 1 or len(named) > 1 or (not named and len(columns) != 1):
        return False
    span, column = spans[0], named[0].column if named else columns[0]
    assert column is not None
    span.used = True
    for mark in named:
        mark.used = True
    own, before, after = quoted(column.name), asked.take("before"), asked.take("after")
    if before and after:
        return False
    if before:
        asked.where.append(f"{own} < DATE '{span.first}'")
    elif after:
        # "since 2024" begins with it, "after 2024" behind it
        first = span.first if after.text.lower() in ("since", "seit") else span.last
        asked.where.append(f"{own} >= DATE '{first}'")
    else:
        asked.where.append(f"{own} >= DATE '{span.first}' AND {own} < DATE '{span.last}'")
    return True


def _units(asked: _Asked) -> None:
    """A unit that is written behind a number, where a column is of that unit."""
    units = {column.unit for column in asked.table.columns if column.unit}
    for mark in asked.left("unit"):
        mark.used = mark.text in units


# What is asked for


def _from(asked: _Asked) -> str:
    where = f" WHERE {' AND '.join(asked.where)}" if asked.where else ""
    return f"FROM {quoted(asked.table.name)}{where}"


def _grouped(asked: _Asked) -> bool:
    """ "by city": what is grouped by."""
    by = asked.left("by")
    if not by:
        return True
    place = asked.marks.index(by[0]) + 1
    if len(by) > 1 or place >= len(asked.marks):
        return False
    mark = asked.marks[place]
    if mark.kind != "column" or mark.used or mark.column is None:
        return False
    if any(one.kind == "top" for one in asked.marks):
        return _number(mark.column)  # "the top 3 cities by quantity"
    if any(one.kind in ("which", "who", "most", "fewest") for one in asked.marks):
        return False
    by[0].used = mark.used = True
    asked.by = mark.column
    return not _number(mark.column)


def _select(asked: _Asked, value: str) -> str:
    if asked.by is None:
        return f"SELECT {value} {_from(asked)}"
    own = quoted(asked.by.name)
    return f"SELECT {own}, {value} {_from(asked)} GROUP BY {own} ORDER BY {own}"


def _rows(asked: _Asked) -> bool:
    """Whether rows are meant: by the table's name, or by a column that names each of them."""
    named = asked.left("rows")
    columns = [mark for mark in asked.left("column") if _each(asked, mark)]
    if len(named) + len(columns) != 1:
        return False
    (named or columns)[0].used = True
    return True


def _counted(asked: _Asked) -> str | None:
    """How many rows, or how many different values."""
    distinct = asked.left("distinct")
    if distinct:
        column = asked.take("column")
        if len(distinct) > 1 or column is None or column.column is None:
            return None
        if not asked.left("many"):
            return None
        for mark in (*distinct, *asked.left("many")):
            mark.used = True
        return _select(asked, f"count(DISTINCT {quoted(column.column.name)})")
    many = asked.left("many")
    if len(many) != 1 or any(asked.left(kind) for kind in _AGGREGATES):
        return None
    place = asked.marks.index(many[0]) + 1
    if place >= len(asked.marks):
        return None
    many[0].used = True
    what = asked.marks[place]
    if _rows(asked) or (what.kind == "value" and what.used) or what.used:
        return _select(asked, "count(*)")
    if what.kind == "column" and _text(what.column) and not asked.where and asked.by is None:
        assert what.column is not None
        what.used = True
        return _select(asked, f"count(DISTINCT {quoted(what.column.name)})")
    return None


def _aggregated(asked: _Asked) -> str | None:
    """The sum, the mean, the most, the least of a column of numbers."""
    asks = [mark for kind in _AGGREGATES for mark in asked.left(kind)]
    if len(asks) != 1 or asked.left("which") or asked.left("who"):
        return None
    numbers = [mark for mark in asked.left("column") if _number(mark.column)]
    if len(numbers) != 1 or asked.left("top") or asked.left("number"):
        return None
    asks[0].used = numbers[0].used = True
    for mark in asked.left("rows"):
        mark.used = True  # "the average discount of orders"
    assert numbers[0].column is not None
    own = quoted(numbers[0].column.name)
    return _select(asked, f"{_AGGREGATES[asks[0].kind]}({own})")


def _extreme(asked: _Asked) -> str | None:
    """Which row, or which group, has the most or the least; or the first few of them."""
    ends = [mark for kind in ("max", "min", "most", "fewest") for mark in asked.left(kind)]
    asks = [mark for kind in ("which", "who", "top") for mark in asked.left(kind)]
    few = asked.left("number")
    if asked.by is not None or len(ends) > 1 or len(few) > 1:
        return None
    if not asks and not (few and ends):
        return None
    shown = _named(asked, ends)
    if shown is None or not (ends or asked.left("top")):
        return None
    order = "ASC" if ends and ends[0].kind in ("min", "fewest") else "DESC"
    for by in asked.left("by"):
        by.used = True  # "the top 3 cities by quantity"
    value = _value(asked, shown, ends)
    if value is None:
        return None
    for mark in (*ends, *asks, *few):
        mark.used = True
    own, grouped = quoted(shown.name), "(" in value
    group = f" GROUP BY {own}" if grouped else ""
    if few:
        many = few[0].number
        if not many.is_integer() or not 1 <= many <= 100:
            return None
        return (
            f"SELECT {own}, {value} {_from(asked)}{group} "
            f"ORDER BY {value} {order} NULLS LAST LIMIT {int(many)}"
        )
    rank = f"rank() OVER (ORDER BY {value} {order} NULLS LAST)"
    return f"SELECT {own}, {value} {_from(asked)}{group} QUALIFY {rank} = 1"


def _named(asked: _Asked, ends: list[Mark]) -> Column | None:
    """The column whose value is asked for: the first one that is no number, or for "who" the one
    that names each row."""
    if asked.left("who"):
        names = [c for c in asked.table.columns if c.unique and _text(c)]
        return names[0] if len(names) == 1 else None
    columns = [mark for mark in asked.left("column") if not _number(mark.column)]
    if len(columns) != 1:
        return None
    columns[0].used = True
    return columns[0].column


def _value(asked: _Asked, shown: Column, ends: list[Mark]) -> str | None:
    """What the rows or groups are put in order by."""
    numbers = [mark for mark in asked.left("column") if _number(mark.column)]
    if not numbers:
        # "the most orders": how many rows
        if ends and ends[0].kind in ("most", "fewest") and asked.take("rows"):
            return None if shown.unique else "count(*)"
        return None
    if len(numbers) > 1 or asked.left("rows"):
        return None
    numbers[0].used = True
    assert numbers[0].column is not None
    own = quoted(numbers[0].column.name)
    how = [mark for kind in ("sum", "mean", "median") for mark in asked.left(kind)]
    if len(how) > 1:
        return None
    if how:
        how[0].used = True
        return None if shown.unique else f"{_AGGREGATES[how[0].kind]}({own})"
    if shown.unique or (ends and ends[0].kind in ("max", "min")):
        return own
    return f"sum({own})"


def _listed(asked: _Asked) -> str | None:
    """The rows that fit, the different values of a column, or one value of one row."""
    if asked.by is not None or any(asked.left(kind) for kind in (*_AGGREGATES, "number", "days")):
        return None
    whats = [mark for kind in ("which", "who", "what") for mark in asked.left(kind)]
    if len(whats) > 1:
        return None
    for mark in whats:
        mark.used = True
    if whats and whats[0].kind == "who":
        names = [column for column in asked.table.columns if column.unique and _text(column)]
        sure = asked.where and len(names) == 1
        return f"SELECT {quoted(names[0].name)} {_from(asked)}" if sure else None
    columns = asked.left("column")
    if asked.where and (asked.left("rows") or (len(columns) == 1 and _each(asked, columns[0]))):
        if not whats and not asked.left("show") and len(asked.marks) < 3:
            return None
        for mark in (*asked.left("rows"), *columns):
            mark.used = True
        return f"SELECT * {_from(asked)}"
    if len(columns) != 1 or columns[0].column is None:
        return None
    own = quoted(columns[0].column.name)
    if asked.where and (asked.one or (len(asked.where) > 1 and _exact_day(asked))):
        columns[0].used = True
        return f"SELECT {own} {_from(asked)}"
    if not asked.where and whats and whats[0].kind == "which" and _text(columns[0].column):
        columns[0].used = True
        return f"SELECT DISTINCT {own} {_from(asked)} ORDER BY {own}"
    return None


def _each(asked: _Asked, mark: Mark) -> bool:
    """Whether a column names each row: a name, or the number in the first column."""
    column = mark.column
    if column is None or not column.unique:
        return False
    return _text(column) or column == asked.table.columns[0]


def _exact_day(asked: _Asked) -> bool:
    return any(mark.kind == "days" and (mark.last - mark.first).days == 1 for mark in asked.marks)
