"""The words of the languages shipped, read from languages/*.toml: a file there is a language.

Tables of rows (`clock`, `lengths`, `relative`) hold pairs: a pattern and what it means. Every
repeat in them is bounded; a pattern over several lines is one, its line breaks do not count.
Tables of names stand the other way round in the files: what is meant, then its names.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

_HERE = Path(__file__).parent
_NAMED = ("small", "ordinals", "money", "spans", "days_named", "units", "places")
_SENTENCES = (
    "rewrites",
    "clock",
    "lengths",
    "relative",
)

Rows = tuple[tuple[str, str], ...]


class Pieces(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pieces of patterns that count in every language at once, for people mix them.

    `filler` words in a date say nothing; `article` and `particle` stand in names of places,
    `place_at` before one. `at` stands before a time and `lasting` before a span, `range` between
    two times, `between` between hours and minutes; `am`, `pm`, `noon` and `night` tell the part of
    the day, `present` asks for the time that it is now. Without a number, a question about times
    has one of the `time_words`; `time_alone` asks for the time only with a question mark.
    """

    percent: tuple[str, ...] = ()
    filler: tuple[str, ...] = ()
    at: tuple[str, ...] = ()
    article: tuple[str, ...] = ()
    particle: tuple[str, ...] = ()
    time_alone: tuple[str, ...] = ()
    time_words: tuple[str, ...] = ()
    am: tuple[str, ...] = ()
    pm: tuple[str, ...] = ()
    noon: tuple[str, ...] = ()
    night: tuple[str, ...] = ()
    lasting: tuple[str, ...] = ()
    range: tuple[str, ...] = ()
    place_at: tuple[str, ...] = ()
    between: tuple[str, ...] = ()
    present: tuple[str, ...] = ()


class Language(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that the exact tools know of one language.

    `telling` are words that give the language away, `openings` those with which a question begins;
    `scales` are number words with their zeros; `rewrites` turn words of a sum into other words, in
    order; `ordinals` are those that are no number words, `small` the number words that also mean
    other things; `spans` name units of time, `days_named` days, `places` places beside those that
    CLDR has. `pieces` are patterns that count in every language. `problems` say what has no
    answer, by a Problem's code; English needs none. The flags: spaces group digits; what looks
    like a group ("1.250") could be a decimal too.
    """

    telling: frozenset[str]
    openings: tuple[str, ...]
    one: tuple[str, ...]
    here: frozenset[str]
    spaced: bool = False
    doubtful_groups: bool = False
    rewrites: Rows = ()
    clock: Rows
    lengths: Rows
    relative: Rows
    scales: dict[str, int]
    small: dict[str, str]
    ordinals: dict[str, str]
    money: dict[str, str]
    spans: dict[str, str]
    days_named: dict[str, str]
    units: dict[str, str]
    places: dict[str, str]
    pieces: Pieces
    sayings: dict[str, str]
    problems: dict[str, str] = {}


class Units(Struct, frozen=True):
    """What units are in every language. `sizes`: unit -> (dimension, size in the base unit as an
    exact fraction, offset of its zero); `regional`: unit -> (in the US and where nothing tells,
    elsewhere); `symbols` write the units without a CLDR id, `signs` are read as units;
    `next`: unit -> the smaller one that a bare number after it has ("5 foot 9"), and below what;
    `counterparts`: system -> unit -> the one of that system."""

    sizes: dict[str, tuple[str, str, str]]
    regional: dict[str, tuple[str, str]]
    symbols: dict[str, str]
    signs: dict[str, str]
    ambiguous_signs: frozenset[str]
    next: dict[str, tuple[str, int]]
    counterparts: dict[str, dict[str, str]]


class Places(Struct, frozen=True):
    """Names of places in every language: `cities` and `zone_signs` with their zones, `countries`
    (their codes) with the zone that most keep, names with which `two_places` could be meant, and
    `ordinary` words that are names as well."""

    cities: dict[str, str]
    zone_signs: dict[str, str]
    countries: dict[str, str]
    two_places: frozenset[str]
    ordinary: frozenset[str]


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((_HERE / name).read_text("utf-8"))


def _text(code: str) -> str:
    return (_HERE / "languages" / f"{code}.toml").read_text("utf-8")


def _by_name(table: dict[str, list[str]]) -> dict[str, str]:
    return {name: meant for meant, names in table.items() for name in names}


def _joined(row: str) -> str:
    return "".join(map(str.strip, row.splitlines())) if "\n" in row else row


_CONCEPTS = "\n[concepts."  # where they begin: last in each file


def _language(code: str) -> Language:
    raw = tomllib.loads(_text(code).partition(_CONCEPTS)[0])
    raw["telling"] = raw["telling"].split()
    raw["scales"] = {word: int(zeros) for word, zeros in _by_name(raw["scales"]).items()}
    for table in _NAMED:
        raw[table] = _by_name(raw[table])
    for table in _SENTENCES:
        raw[table] = [(_joined(row), result) for row, result in raw.get(table, ())]
    return msgspec.convert(raw, Language)


@cache
def concepts(code: str) -> dict[str, dict[str, tuple[str, ...]]]:
    """The cues of `frames` in a language: by table, what is meant and the words for it. Read when
    they are needed: they are more than the rest, and most questions are in one language."""
    _, begin, rest = _text(code).partition(_CONCEPTS)
    raw = tomllib.loads(begin + rest).get("concepts", {})
    return msgspec.convert(raw, dict[str, dict[str, tuple[str, ...]]])


@cache
def languages() -> dict[str, Language]:
    """The languages shipped by their code, English first."""
    codes = (file.stem for file in (_HERE / "languages").glob("*.toml"))
    return {code: _language(code) for code in sorted(codes, key=lambda c: (c != "en", c))}


@cache
def pieces(kind: str) -> str:
    """The pieces of patterns of one kind of all languages, as alternatives: "was|were|war|fue"."""
    found = [piece for table in languages().values() for piece in getattr(table.pieces, kind)]
    return "|".join(dict.fromkeys(found))


@cache
def units() -> Units:
    """The units of every language, from units.toml."""
    raw = _read("units.toml")
    raw["sizes"] = {
        unit: (dimension, *((size, "0") if isinstance(size, str) else size))
        for dimension, sizes in raw["sizes"].items()
        for unit, size in sizes.items()
    }
    raw["signs"] = _by_name(raw["signs"])
    return msgspec.convert(raw, Units)


@cache
def places() -> Places:
    """The places of every language, from places.toml."""
    raw = _read("places.toml")
    raw["cities"], raw["zone_signs"] = _by_name(raw["cities"]), _by_name(raw["zone_signs"])
    return msgspec.convert(raw, Places)
