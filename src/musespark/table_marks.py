"""The marks of a question about a table: its words as columns, values, numbers, days and cues."""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from msgspec import Struct

from musespark.frames import fold
from musespark.message import Column, Table

_WORD = re.compile(r"[-−]?\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’-][^\W\d_]+)*|\S")
_PHRASE = 6  # words of a value or a cue
_MONTHS = (
    "january enero janvier januar", "february febrero fevrier februar", "march marzo mars marz",
    "april abril avril", "may mayo mai", "june junio juin juni", "july julio juillet juli",
    "august agosto aout", "september septiembre septembre", "october octubre octobre oktober",
    "november noviembre novembre", "december diciembre decembre dezember",
)  # fmt: skip
_MONTH = {word: number for number, words in enumerate(_MONTHS, 1) for word in words.split()}
_DAYS = (  # a pattern, and whether it is one day: else it is a month
    (r"(?P<y>\d{4}) ?-(?P<m>\d{1,2}) ?-(?P<d>\d{1,2})(?!\w)", True),
    (
        r"(?P<d>\d{1,2}) (?:\. )?(?:st |nd |rd |th )?(?:of |de )?(?P<n>[a-z]+) "
        r"(?:de )?(?P<y>\d{4})(?!\w)",
        True,
    ),
    (r"(?P<n>[a-z]+) (?P<d>\d{1,2})(?: st| nd| rd| th)? ?,? (?P<y>\d{4})(?!\w)", True),
    (r"(?P<n>[a-z]+) (?:de |of )?(?P<y>\d{4})(?!\w)", False),
)
_ONES = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "ten": 10,
         "zwei": 2, "drei": 3, "fünf": 5, "tres": 3, "trois": 3, "cinco": 5, "cinq": 5}  # fmt: skip


class Mark(Struct):
    """A piece of the question: its `kind` is "column", "value", "number", "days", a cue, or "" for
    what nobody knows. A value has the `column` it stands in; days are from the first to before the
    last. `used` once it is explained."""

    kind: str
    text: str
    column: Column | None = None
    value: str = ""
    number: float = 0.0
    first: datetime.date = datetime.date.min
    last: datetime.date = datetime.date.min
    used: bool = False


@cache
def _cues() -> dict[tuple[str, ...], str]:
    raw = tomllib.loads(Path(__file__).with_name("table_words.toml").read_text("utf-8"))
    return {
        tuple(fold(word) for word in _WORD.findall(phrase.lower())): kind
        for kind, phrases in raw.items()
        for phrase in phrases
    }


def marks_of(question: str, table: Table) -> list[Mark] | None:
    """The marks of a question; None where a word means two things, or says that it is no question
    of this kind. Fillers are left out."""
    words = _WORD.findall(question)
    plain = [fold(word.lower()) for word in words]
    names = _names(table)
    found: list[Mark] = []
    place = 0
    while place < len(words):
        read = _day(plain, place) or _year(plain, place)
        if read is None:
            read = _known(words, plain, place, names)
        if read is None or read[0].kind == "never":
            return None
        mark, long = read
        if mark.kind != "filler":
            found.append(mark)
        place += long
    return found


class _Names(Struct):
    """What the words of a table may mean: the words in lower case -> a column, or values with
    their columns; `rows` are the names of the table itself."""

    columns: dict[tuple[str, ...], Column]
    values: dict[tuple[str, ...], list[tuple[Column, str]]]
    rows: set[tuple[str, ...]]


def _names(table: Table) -> _Names:
    names = _Names({}, {}, set())
    for column in table.columns:
        for form in _forms(column.name.replace("_", " ")):
            names.columns.setdefault(form, column)
        for value in column.values:
            for form in _forms(value):
                pairs = names.values.setdefault(form, [])
                if (column, value) not in pairs:
                    pairs.append((column, value))
    stem = re.split(r"[/\\]", table.name)[-1]
    names.rows = set(_forms(re.sub(r"\.\w{1,8}\Z", "", stem).replace("_", " ")))
    return names


def _forms(name: str) -> Iterable[tuple[str, ...]]:
    """A name in lower case, and with its last word as one and as many."""
    words = tuple(fold(word) for word in _WORD.findall(name.lower()))
    if not words:
        return
    yield words
    last = words[-1]
    if not last.isalpha() or len(last) < 3:
        return
    others = {f"{last}s", f"{last}es"}
    if last.endswith("y"):
        others.add(f"{last[:-1]}ies")
    if last.endswith("f"):
        others.add(f"{last[:-1]}ves")
    if last.endswith("ies"):
        others.add(f"{last[:-3]}y")
    elif last.endswith("s") and not last.endswith("ss"):
        others.add(last[:-1])
    for other in sorted(others):
        yield (*words[:-1], other)


def _known(
    words: list[str], plain: list[str], place: int, names: _Names
) -> tuple[Mark, int] | None:
    """The longest thing that begins here: a value, a column, the table itself, a cue, a number."""
    for long in range(min(_PHRASE, len(words) - place), 0, -1):
        key = tuple(plain[place : place + long])
        text = " ".join(words[place : place + long])
        cue = _cues().get(key, "")
        values = [
            (column, value) for column, value in names.values.get(key, ())
            # "us" is no country and "a" no grade
            if (not cue and len(value) > 2) or value == text
        ]  # fmt: skip
        column = names.columns.get(key)
        exact = column is not None and column.name.lower() == text.lower()
        if key in names.rows and not values and not exact:
            return Mark("rows", text, column), long
        if column is not None and not values and cue in ("", "filler"):
            return Mark("column", text, column), long
        if values and column is None and not cue:
            if len(values) > 1:
                return None
            return Mark("value", text, values[0][0], values[0][1]), long
        if values and cue and cue != "filler":
            return None
        if column is not None and (values or cue):
            return None  # a column that is called like a value or a cue
        if cue:
            return Mark(cue, text), long
    return _number(plain[place], words[place])


def _number(plain: str, word: str) -> tuple[Mark, int] | None:
    if plain in _ONES:
        return Mark("number", word, number=float(_ONES[plain])), 1
    if re.fullmatch(r"[-−]?(?:\d+(?:\.\d+)?|\d{1,3}(?:,\d{3})+(?:\.\d+)?)", plain):
        bare = plain.replace("−", "-")
        if re.fullmatch(r"-?\d{1,3}\.\d{3}", bare):
            return None  # a thousand or a fraction
        return Mark("number", word, number=float(bare.replace(",", ""))), 1
    if re.fullmatch(r"[^\w\s]", plain):
        if plain in "€$£%°":
            return Mark("unit", word), 1
        return (Mark("filler", word), 1) if plain in "?.,!:;\"'()" else None
    return Mark("word", word), 1


def _year(plain: list[str], place: int) -> tuple[Mark, int] | None:
    """ "in 2024": after any other word it may be a number like others."""
    two = plain[place : place + 2]
    if (
        len(two) < 2
        or two[0] not in ("in", "im", "en")
        or not re.fullmatch(r"1[89]\d\d|2[01]\d\d", two[1])
    ):
        return None
    year = int(two[1])
    first, last = datetime.date(year, 1, 1), datetime.date(year + 1, 1, 1)
    return Mark("days", two[1], first=first, last=last), 2


def _day(plain: list[str], place: int) -> tuple[Mark, int] | None:
    """Days that begin here: "2024-02-14", "14 February 2024", "February 14, 2024", "March 2024"."""
    rest = plain[place : place + 6]
    text = " ".join(rest)
    for pattern, whole in _DAYS:
        found = re.match(pattern, text)
        if not found:
            continue
        given = found.groupdict()
        month = _MONTH.get(given["n"], 0) if given.get("n") else int(given["m"])
        try:
            first = datetime.date(int(given["y"]), month, int(given["d"]) if whole else 1)
        except ValueError:
            continue
        last = first + datetime.timedelta(1) if whole else (
            datetime.date(first.year + first.month // 12, first.month % 12 + 1, 1)
        )  # fmt: skip
        long = len(found[0].split())
        return Mark("days", found[0], first=first, last=last), long
    return None
