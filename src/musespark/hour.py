"""Times of day and spans of time said in words, anywhere in a text: "half past nine", "1 h 25".

A time that could be morning or evening says so. What could be a time and a span as well ("9h20")
is found as both; which of them is meant is for the asker to tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import time, timedelta
from fractions import Fraction
from functools import cache
from typing import Literal

from msgspec import Struct

from musespark import language, lexicon
from musespark.frames import fold
from musespark.language import Speech

# How a time was written: so that it is one of 24 hours, with am or pm, in words or minutes, or as
# no more than a number.
Written = Literal["full", "half", "said", "bare"]


class Clock(Struct, frozen=True):
    """A time of day; `sure` is False for "5:40", which may be morning or evening."""

    at: time
    sure: bool = True
    written: Written = "full"


class Found(Struct, frozen=True):
    """A time or a span, and where it stands in the text."""

    start: int
    end: int
    value: Clock | timedelta


def read_clock(text: str, speech: Speech) -> Clock | None:
    """A time of day, or None unless all of the text is one."""
    text = counted(text.lower().strip(" ,."), speech)
    text = re.sub(rf"^(?:{lexicon.pieces('at')}) ", "", text)
    whole = (found.value for found in clocks(text, speech) if found.end - found.start == len(text))
    return next((value for value in whole if isinstance(value, Clock)), None)


def read_span(text: str, speech: Speech) -> timedelta | None:
    """A span such as "2 hours 30 minutes", "1h30" or "2.5 hours", or None."""
    text = counted(text.lower().strip(" ,."), speech)
    whole = (found.value for found in spans(text, speech) if found.end - found.start == len(text))
    return next((value for value in whole if isinstance(value, timedelta)), None)


def counted(text: str, speech: Speech) -> str:
    """Number words as digits, also those that mean other things where a unit of time follows."""
    units = "|".join(name for name, unit in speech.words.spans.items() if unit in _OF_DAY)
    text = language.digits(text, speech.code)
    for word, digit in speech.words.small.items():
        text = re.sub(rf"\b{word}(?= (?:{units})\b)", digit, text)
    return re.sub(rf"\b(?:{'|'.join(speech.words.one)})(?= (?:{units})\b)", "1", text)


def patterns() -> Iterator[re.Pattern[str]]:
    """Every pattern made from the tables, for the test that none of them can run away."""
    for code in lexicon.languages():
        rows, units = _rows(code), _units(code)
        yield from (pattern for pattern, _ in (*rows.ways, *_span_rows(code)))
        yield from (rows.before, units.piece, units.join, units.bare)


# --- ways to say a time or a span --------------------------------------------------------------

_START, _END = r"(?<![\w.,:/€$£%#])", r"(?![\w%€$£°]|[.,:/]\d)"
_PARTS = ("am", "pm", "noon", "night")  # parts of a day, told before or after a time


def _filled(row: str, table: lexicon.Language) -> str:
    """A row as a pattern: <h> is digits or one of the number words that are no digits yet, and no
    unit follows the digits of <m>."""
    slots = {
        "<h>": rf"(?P<h>\d{{1,2}}|{'|'.join(table.small)})",
        "<mm>": r"(?P<m>[0-5]\d)",
        "<m>": rf"(?P<m>\d{{1,2}})(?! ?(?:{'|'.join(table.spans)})\b)",
    }
    return re.sub("(?<!P)<(?:h|mm?)>", lambda slot: slots[slot[0]], row)


class _Rows(Struct, frozen=True):
    """The ways to say a time in a language with their rules, and a part of the day before one."""

    ways: tuple[tuple[re.Pattern[str], str], ...]
    before: re.Pattern[str]


@cache
def _rows(code: str) -> _Rows:
    table = lexicon.languages()[code]
    part = "|".join(
        rf"(?P<{kind}>{words})"
        for kind in _PARTS
        if (words := "|".join(getattr(table.pieces, kind)))
    )
    at = "|".join(sorted(table.pieces.at, key=len, reverse=True))
    before = rf"(?<!\w)(?:{part}) (?:(?:{at}) )?"
    bare = r"(?P<h>\d{1,2})(?: (?P<m>[0-5]\d))?"  # a time only with a part of the day
    found = [
        *(
            (rf"{_START}(?:{_filled(row, table)})(?:,? ?(?:{part}))?{_END}", rule)
            for row, rule in (*_WRITTEN, *table.clock)
        ),
        (rf"{_START}{bare},? ?(?:{part}){_END}", "{h}:{m}"),
        (rf"{before}{bare}{_END}", "{h}:{m}"),
        (
            rf"{_START}(?:{at}) (?P<h>\d{{1,2}})\.(?P<m>[0-5]\d)(?:,? ?(?:{part}))?{_END}",
            "{h}:{m}",
        ),
    ]
    ways = tuple((re.compile(fold(pattern)), rule) for pattern, rule in found)
    return _Rows(ways, re.compile(fold(before) + "$"))


# Ways to write a time that all languages share.
_WRITTEN = (
    ("<h> ?: ?<mm>", "{h}:{m}"),
    (r"<h>\.<mm>(?= ?(?:uhr|h\b|[ap]\.? ?m\b))", "{h}:{m}"),
)


def clocks(text: str, speech: Speech) -> Iterator[Found]:
    """Every time of day in a text in lower case with its number words as digits; at one place the
    longest, and none inside another."""
    yield from _longest(_all_clocks(fold(text), speech))


def _longest(found: Iterator[Found]) -> Iterator[Found]:
    end = 0
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if one.start >= end:
            yield one
            end = one.end


def _all_clocks(text: str, speech: Speech) -> Iterator[Found]:
    small, rows = speech.words.small, _rows(speech.code)
    for pattern, rule in rows.ways:
        for match in pattern.finditer(text):
            start, said = match.start(), _said(match)
            if not said.keys() & set(_PARTS):
                before = rows.before.search(text, max(0, start - 30), start)
                start, said = (before.start(), said | _said(before)) if before else (start, said)
            part = next((kind for kind in _PARTS if kind in said), "")
            hour, minute = (small.get(said.get(k, ""), said.get(k, "")) for k in "hm")
            clock = _clock(rule, hour, minute or "0", part)
            if clock:
                yield Found(start, match.end(), clock)


def _said(match: re.Match[str]) -> dict[str, str]:
    return {key: value for key, value in match.groupdict().items() if value is not None}


def _clock(rule: str, hour: str, minute: str, part: str) -> Clock | None:
    """ "half past 9" by its rule "{h}+30"."""
    filled = rule.format(h=hour, m=minute)
    found = re.fullmatch(r"(\d{1,2})(?::(\d{1,2}))?((?:[+-]\d{1,2}){0,2})", filled)
    if not found or int(found[1]) > 24 or int(found[2] or 0) > 59:
        return None
    hours = int(found[1])
    if part and hours <= 12 and "{h}" in rule:
        hours = _of_day(hours, part)
    steps = sum(map(int, re.findall(r"[+-]\d{1,2}", found[3])))
    total = (hours % 24 * 60 + int(found[2] or 0) + steps) % 1440
    full = hours > 12 or hours == 0 or found[1] in ("00", "24") or "{h}" not in rule
    full = full or (len(found[1]) == 2 and found[1][0] == "0")
    written: Written = "half" if part and int(found[1]) <= 12 else "full" if full else "said"
    return Clock(time(total // 60, total % 60), sure=bool(part) or full, written=written)


def _of_day(hour: int, part: str) -> int:
    """The hour of 24 that is meant by one of 12 and a part of the day."""
    afternoon = {"am": False, "pm": True, "noon": hour < 5 or hour == 12}.get(part, 5 < hour < 12)
    return hour % 12 + 12 * afternoon


_OF_DAY = ("hours", "minutes", "seconds")
_SIZES = {"weeks": 604_800, "days": 86_400, "hours": 3600, "minutes": 60, "seconds": 1}
_MOST = 3660 * 86_400  # seconds in the longest span


@cache
def _span_rows(code: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """The ways to say a span in this language that are no number with a unit, with their rule."""
    table = lexicon.languages()[code]
    return tuple(
        (re.compile(fold(rf"{_START}(?:{_filled(row, table)}){_END}")), rule)
        for row, rule in table.lengths
    )


class _Units(Struct, frozen=True):
    """How a language writes a number with a unit of time, and what stands between two of them."""

    sizes: dict[str, int]
    piece: re.Pattern[str]
    join: re.Pattern[str]
    bare: re.Pattern[str]


@cache
def _units(code: str) -> _Units:
    table = lexicon.languages()[code]
    sizes = {fold(name): _SIZES.get(unit, 0) for name, unit in table.spans.items()}
    names = "|".join(sorted(sizes, key=len, reverse=True))
    join = rf"(?: ?,? ?(?:{'|'.join(table.pieces.between)}) | ?, ?| |)"
    return _Units(
        sizes,
        re.compile(
            rf"(?P<n>\d{{1,6}}(?:[.,]\d{{1,2}})?)[ -]?(?P<u>{names})(?:(?<!\w{{5}})\.|\b|(?=\d))"
        ),
        re.compile(join),
        re.compile(rf"{join}(?P<n>[0-5]?\d){_END}"),
    )


def spans(text: str, speech: Speech) -> Iterator[Found]:
    """Every span of time in a text in lower case with its number words as digits."""
    yield from _longest(_all_spans(fold(text), speech))


def _all_spans(text: str, speech: Speech) -> Iterator[Found]:
    units = _units(speech.code)
    for number in re.finditer(rf"{_START}\d", text):
        found = _span(text, number.start(), units)
        if found:
            yield found
    for pattern, rule in _span_rows(speech.code):
        for match in pattern.finditer(text):
            said = match.groupdict().get("h") or "0"
            hours, minutes = rule.format(h=speech.words.small.get(said, said)).split(":")
            length = timedelta(hours=int(hours), minutes=int(minutes))
            yield Found(match.start(), match.end(), length)


def _span(text: str, start: int, units: _Units) -> Found | None:
    """A span from its first number on: units get smaller, minutes may stand without theirs."""
    total, last, end = Fraction(0), _MOST, start
    match = units.piece.match(text, start)
    while match and 0 < units.sizes[match["u"]] < last:
        last, end = units.sizes[match["u"]], match.end()
        total += Fraction(match["n"].replace(",", ".")) * last
        between = units.join.match(text, end)
        match = units.piece.match(text, between.end()) if between else None
    bare = units.bare.match(text, end) if last == _SIZES["hours"] else None
    if bare and (bare.start("n") == end or not units.piece.match(text, bare.start("n"))):
        total, end = total + int(bare["n"]) * 60, bare.end()
    if not total or total.denominator != 1 or total >= _MOST:
        return None
    return Found(start, end, timedelta(seconds=int(total)))


def in_words(length: timedelta, speech: Speech) -> str:
    """8 hours and 25 minutes."""
    seconds = int(length.total_seconds())
    amounts = (seconds // 3600, "hour"), (seconds // 60 % 60, "minute"), (seconds % 60, "second")
    parts = [language.show_unit(n, f"duration-{u}", speech.locale) for n, u in amounts if n]
    return f" {speech.say('and')} ".join(parts) or language.show_unit(
        0, "duration-minute", speech.locale
    )
