"""A day as somebody said it, the other things that are said of days, and their names."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from typing import Any

from msgspec import Struct

from musespark.frames import fold
from musespark.problem import Problem

_AHEAD = 9  # years in which a day is looked for: 29 February can be eight years away


class Day(Struct, frozen=True):
    """A day, and what must be said about how it was read.

    `how` it was said: "given" as a date, "borrowed" in part from another, a "fixed" or "moving"
    feast, a "weekday", "near" by its distance from today, "worked" out from others (3 weeks after
    Easter), or the "first" of a month or year. `of_year` finds it in another year, where none was
    given. `second`: "next Friday" said in a week in which two days could be meant. `missing` is
    what was said for a day that the calendar lacks, `later` the span of "in 3 weeks", `ago` that of
    "3 weeks ago".
    """

    day: date
    note: str = ""
    how: str = "given"
    of_year: Callable[[int], date] | None = None
    second: date | None = None
    missing: str = ""
    later: tuple[tuple[int, str], ...] = ()
    ago: tuple[tuple[int, str], ...] = ()

    @property
    def dated(self) -> bool:
        """Whether its year is sure."""
        return self.of_year is None

    def nearest(self, today: date, past: bool) -> Day:
        """The same day in the next year that has it, or in the last if `past`."""
        if self.of_year is not None:
            for step in range(_AHEAD):
                found = if_there(self.of_year, today.year - step if past else today.year + step)
                if found and ((found <= today) if past else (found >= today)):
                    return Day(found, self.note, self.how, self.of_year)
        return self

    def within(self, year: int) -> Day | None:
        """The same day in this year, or None where another year was given."""
        if self.of_year is None or self.missing:
            return None
        return Day(self.of_year(year), "" if self.how == "given" else self.note, self.how)


class Piece(Struct, frozen=True):
    """What a slot stands for: its kind, the words, and what they mean: a Day, (month, year or
    None), the first day of a week, a number, or the counts and units of a span."""

    kind: str
    text: str
    value: Any


class Found(Struct, frozen=True):
    """A text with slots, and what stands in them, in their order."""

    text: str
    pieces: tuple[Piece, ...] = ()


class NoSuchDay(Problem):
    """A day that is understood, and that the calendar lacks; `day` is what was said."""

    def __init__(self, day: str) -> None:
        self.day = day
        named = re.sub(r"[^\W\d_]{3,20}", lambda word: word[0].capitalize(), day)
        super().__init__(
            "no_such_day",
            f"There is no such day: {named}.",
            why="That month has fewer days.",
            next="Check the date.",
        )


def notes(*lines: str) -> str:
    """The lines that say something."""
    return "\n".join(line for line in lines if line)


@cache
def names_of(code: str, width: str = "wide") -> tuple[dict[str, int], dict[str, int]]:
    """The names of months (1 to 12) and weekdays (0 to 6) of a language, from CLDR, without
    accents; the short ones too where `width` is "abbreviated"."""
    from babel import Locale

    locale = Locale.parse(code)
    months: dict[str, int] = {}
    weekdays: dict[str, int] = {}
    for context in ("format", "stand-alone"):
        for size in dict.fromkeys(("wide", width)):
            for table, into in ((locale.months, months), (locale.days, weekdays)):
                for number, name in table[context][size].items():
                    into[fold(str(name).lower().rstrip("."))] = number
    return months, weekdays


def as_day(piece: Piece, today: date, past: bool = False) -> Day:
    """A piece as a day: the coming weekday (the last one if `past`), or the first day of a week, a
    month or a year."""
    value = piece.value
    if piece.kind == "day":
        day: Day = value
        return day
    if piece.kind == "weekday":
        ahead = (value - today.weekday() - 1) % 7 + 1
        back = (today.weekday() - value - 1) % 7 + 1
        return Day(today + timedelta(days=-back if past else ahead), how="weekday")
    if piece.kind == "week":
        return Day(value, how="worked")
    month, year = (1, value) if piece.kind == "year" else value
    return undated(lambda y: date(y, month, 1), year, today, "first")


def undated(
    of_year: Callable[[int], date], year: int | None, today: date, how: str = "given"
) -> Day:
    """The day of that year, or else the next of its kind; 29 February waits for its leap year."""
    if year is not None:
        return Day(of_year(year), how=how)
    if not any(if_there(of_year, today.year + step) for step in range(_AHEAD)):
        of_year(today.year)  # raises what is wrong with it
    return Day(today, how=how, of_year=of_year).nearest(today, past=False)


def if_there(of_year: Callable[[int], date], year: int) -> date | None:
    try:
        return of_year(year)
    except (NoSuchDay, ValueError):
        return None


def closest(day: Day, today: date) -> Day:
    """A date without a year is the one that is the closest: "30 days after 1 March" in March."""
    last = day.nearest(today, past=True)
    return last if day.how == "given" and today - last.day < day.day - today else day
