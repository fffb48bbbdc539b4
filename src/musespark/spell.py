"""Spells: from when until when what somebody said is true, by the time expressions in their words.

"Since last Monday" is counted from the day on which it was said. Without such words it is true from
when it was said on.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from functools import cache

from msgspec import Struct

from musespark.almanac import shift
from musespark.day import Found, Piece, as_day
from musespark.day_finding import find
from musespark.language import Speech
from musespark.problem import Problem
from musespark.wishes import joined, tables

_LONGEST = 400  # characters that are looked at


class Spell(Struct, frozen=True):
    """From the day `since` to the day `until`, both counted; None where that side is open or was
    not said. `told` of what happened then ("I moved in May"), not of what has been so since."""

    since: date | None = None
    until: date | None = None
    told: bool = False


@cache
def _bounds() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """How what begins and what ends stands before its slot."""
    spells = tables()["spells"]
    slot = r"<(day|weekday|week|month|year|span)>"
    return (
        re.compile(rf"\b(?:{joined(spells['since'])})(?: the| dem| der| den| le| la| el)? {slot}"),
        re.compile(
            rf"\b(?:{joined(spells['until'])}|to|a|au|al|zum)(?: the| dem| le| la| el)? {slot}"
        ),
    )


@cache
def _last_week() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{tables()['spells']['last_week']})\b")


@cache
def _since() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{joined(tables()['spells']['since'])})(?: the| der| la)? *$")


def spell(sentence: str, speech: Speech, said: date) -> Spell:
    """The spell of which a sentence speaks that was said on that day."""
    try:
        found = find(sentence[:_LONGEST], speech, said)
    except Problem:  # a day that the calendar lacks
        return Spell()
    if not found.pieces:
        week = _last_week().search(found.text)
        back = said - timedelta(days=said.weekday() + 7)
        return (
            Spell(back, told=not _since().search(found.text[: week.start()])) if week else Spell()
        )
    since, until = (_bound(found, pattern) for pattern in _bounds())
    if since is None and until is None:
        begin = _of_past(found, said)
        return Spell(begin, told=begin is not None)
    begin = _edge(since, said, end=False) if since else None
    finish = _edge(until, said, end=True) if until else None
    return Spell(begin, None if begin and finish and finish < begin else finish)


def _bound(found: Found, pattern: re.Pattern[str]) -> Piece | None:
    match = pattern.search(found.text)
    if match is None:
        return None
    return found.pieces[found.text[: match.start(1)].count("<") - 1]


def _of_past(found: Found, said: date) -> date | None:
    """The one day, month or year that a sentence names: what is told of it began then, or will, "I
    moved two weeks ago"."""
    named = [piece for piece in found.pieces if piece.kind in ("day", "week", "month", "year")]
    if len(named) != 1 or (named[0].kind == "year" and named[0].value > said.year + 10):
        return None
    return _edge(named[0], said, end=False)


def _edge(piece: Piece, said: date, *, end: bool) -> date | None:
    """The first day of what a piece names, or the last."""
    try:
        if piece.kind == "span":
            day = said
            for count, unit in piece.value:
                day = shift(day, unit, count if end else -count)
            return day
        found = as_day(piece, said, not end)
        if found.missing:
            return None
        day = found.nearest(said, not end).day
        if not end:
            return day
        if piece.kind == "month":
            return day.replace(day=monthrange(day.year, day.month)[1])
        if piece.kind == "year":
            return day.replace(month=12, day=31)
        return day + timedelta(days=6) if piece.kind == "week" else day
    except (Problem, ValueError, OverflowError, TypeError):
        return None
