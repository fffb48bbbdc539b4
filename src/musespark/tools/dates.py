"""Dates: weekdays, days between, dates before and after, weeks, leap years and ages.

The calendar is the Gregorian one, extended backwards. A date like 03/04/2026 is read as the
person's locale writes dates, and the working says how.
"""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from collections.abc import Callable
from datetime import date, timedelta
from typing import Annotated, Literal

from msgspec import Meta, Struct

from musespark import language
from musespark.almanac import shift
from musespark.datebook import asked_of, idle, same_year
from musespark.day import Day, notes
from musespark.day_finding import read_day
from musespark.gist import gist
from musespark.language import Speech
from musespark.problem import Problem
from musespark.tool import Exact
from musespark.turn import Turn

Ask = Literal[
    "weekday",
    "date",
    "between",
    "since",
    "until",
    "left",
    "week",
    "day_of_year",
    "leap",
    "next_leap",
    "last_leap",
    "age",
    "length",
    "is",
    "count",
]
Unit = Literal["days", "weeks", "months", "years"]


async def dates(
    ask: Annotated[
        Ask,
        Meta(
            description="weekday or date of a day; between two days; until or since a day; "
            "age from a birth date; ISO week; day_of_year; leap year; length of a month; "
            "is: whether a day is the weekday `other`; count: how often it is in a month"
        ),
    ],
    turn: Turn,
    date: Annotated[
        str,
        Meta(description="ISO date, or words: 'today', 'in 3 weeks', '90 days after 2026-05-01'"),
    ] = "today",
    other: Annotated[str, Meta(description="the second date, or a weekday, 1 to 7")] = "",
    unit: Annotated[Unit, Meta(description="what to count in")] = "days",
) -> Exact:
    """Answer a question about dates exactly: weekday, distance, week number, leap year, age."""
    speech = language.speech(turn.question, turn.person.language)
    today = turn.local_now.date()
    year_whole = ask in ("leap", "length") and re.fullmatch(r"\d{4}", date) is not None
    with language.spoken(speech):
        past = ask in ("since", "age")
        first = _read(f"{date}-01-01" if year_whole else date, speech, today, past)
        return _ANSWERS[ask](_Case(ask, first, other, unit, speech, today, year_whole))


class _Case(Struct, frozen=True):
    ask: str
    first: Day
    other: str
    unit: str
    speech: Speech
    today: date
    year_whole: bool

    def shown(self, day: date) -> str:
        return language.show_date(day, self.speech.locale)

    def weekday(self, day: date) -> str:
        return language.show_date(day, self.speech.locale, "EEEE")


def _read(text: str, speech: Speech, today: date, past: bool = False) -> Day:
    found = read_day(text, speech, today, past)
    found = found or read_day(text, Speech("en", speech.locale), today, past)
    if found is None:
        raise Problem(
            "unknown_date",
            f"This is no date that can be read: {text[:60]}",
            why="It is not in the calendar, or it could mean several days.",
            next="Write it as year-month-day, such as 2026-07-04.",
        )
    return found


# --- answers --------------------------------------------------------------------------------


def _weekday(case: _Case) -> Exact:
    day = case.first.day
    key = "weekday_past" if day < case.today else "weekday"
    answer = case.speech.say(key, date=case.shown(day), weekday=case.weekday(day))
    return Exact(_capital(answer), case.first.note, str(day.isoweekday()))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _date(case: _Case) -> Exact:
    first = case.first
    if first.second is not None:
        answer = case.speech.say("either", a=case.shown(first.day), b=case.shown(first.second))
        return Exact(answer, first.note, first.day.isoformat())
    key = "today" if first.day == case.today else "date"
    answer = case.speech.say(key, weekday=case.weekday(first.day), date=case.shown(first.day))
    parts = {"months": str(first.day.month), "years": str(first.day.year)}
    return Exact(_capital(answer), first.note, parts.get(case.unit, first.day.isoformat()))


def _between(case: _Case) -> Exact:
    first, today = case.first, case.today
    if case.ask == "between":
        second = _read(case.other, case.speech, today)
        first, second = same_year(first, second, today.year)
    elif case.ask in ("since", "age"):
        second = Day(today)
    else:
        first, second = Day(today), first
    start, end = first.day, second.day
    if start > end and case.ask in ("since", "age"):
        raise Problem(
            "date_ahead",
            f"{case.shown(start)} is still to come.",
            why=f"Today is {case.shown(today)}.",
            next="Ask how long it is until then, or check the year.",
        )
    early, late = sorted((start, end))
    count, span, rest = _span(early, late, case)
    a, b = case.shown(early), case.shown(late)
    key = {"between": "span", "age": "age"}.get(case.ask, case.ask)
    answer = case.speech.say(key, span=span, a=a, b=b, date=a)
    days = language.show_unit((late - early).days, "duration-day", case.speech.locale)
    working = notes(
        first.note,
        second.note,
        f"{a} – {b}: {days}" if rest or case.ask in ("until", "since", "left", "age") else "",
        case.speech.say("not_counting") if case.ask == "between" and case.unit == "days" else "",
    )
    return Exact(_capital(answer), working, str(count))


def _span(early: date, late: date, case: _Case) -> tuple[int, str, bool]:
    """The whole units between two days, the span in words, and whether days are left over."""
    unit = "years" if case.ask == "age" else case.unit
    days = (late - early).days
    if unit == "weeks":
        count, rest = divmod(days, 7)
    elif unit in ("months", "years"):
        step = 12 if unit == "years" else 1
        months = (late.year - early.year) * 12 + late.month - early.month
        count = months // step
        while shift(early, "months", count * step) > late:
            count -= 1
        rest = (late - shift(early, "months", count * step)).days
    else:
        count, rest = days, 0
    locale = case.speech.locale
    words = [language.show_unit(count, f"duration-{unit[:-1]}", locale)]
    if rest and case.ask != "age":
        words.append(language.show_unit(rest, "duration-day", locale))
    return count, f" {case.speech.say('and')} ".join(words), rest > 0


def _week(case: _Case) -> Exact:
    year, week, _ = case.first.day.isocalendar()
    answer = case.speech.say("week", date=case.shown(case.first.day), n=str(week), y=str(year))
    return Exact(answer, case.first.note, str(week))


def _day_of_year(case: _Case) -> Exact:
    day = case.first.day
    n = day.timetuple().tm_yday
    answer = case.speech.say("day_of_year", date=case.shown(day), n=str(n), y=str(day.year))
    return Exact(answer, case.first.note, str(n))


def _is(case: _Case) -> Exact:
    """Whether a day is that weekday, 1 for Monday, or at the weekend, "67"."""
    said = _weekday(case)
    yes = said.value in case.other
    inside = said.answer
    if not case.speech.words.sayings["weekday"].startswith("{"):
        inside = inside[:1].lower() + inside[1:]
    answer = f"{case.speech.say('yes' if yes else 'no')}, {inside}"
    return Exact(answer, said.working, "true" if yes else "false")


def _count(case: _Case) -> Exact:
    """How often a month or a year has a weekday, 1 for Monday."""
    first = case.first.day.replace(day=1)
    first = first.replace(month=1) if case.unit == "years" else first
    end = shift(first, case.unit, 1)
    steps = range((int(case.other[:1] or 0) - first.isoweekday()) % 7, (end - first).days, 7)
    days = [first + timedelta(days=step) for step in steps]
    name = language.show_date(first, case.speech.locale, "y" if len(days) > 5 else "LLLL y")
    answer = case.speech.say("count", n=str(len(days)), weekday=case.weekday(days[0]), date=name)
    working = ", ".join(map(case.shown, days)) if len(days) < 6 else ""
    return Exact(_capital(answer), working, str(len(days)))


def _leap(case: _Case) -> Exact:
    year = case.first.day.year
    key = ("leap" if isleap(year) else "not_leap") + ("_past" if year < case.today.year else "")
    why = [
        case.speech.say("leap_why_not" if year % n else "leap_why", y=str(year), n=str(n))
        for n in (4, 100, 400)
    ]
    lines = why[: 1 if year % 4 else 2 if year % 100 else 3]
    answer = case.speech.say(key, y=str(year))
    return Exact(answer, "\n".join(lines), "true" if isleap(year) else "false")


def _next_leap(case: _Case) -> Exact:
    step = 1 if case.ask == "next_leap" else -1
    year = case.first.day.year + step
    while not isleap(year):
        year += step
    return Exact(case.speech.say(case.ask, y=str(year)), "", str(year))


def _length(case: _Case) -> Exact:
    day = case.first.day
    if case.year_whole:
        days, name = 366 if isleap(day.year) else 365, str(day.year)
    else:
        days = monthrange(day.year, day.month)[1]
        name = language.show_date(day, case.speech.locale, "LLLL y")
    span = language.show_unit(days, "duration-day", case.speech.locale)
    return Exact(_capital(case.speech.say("length", date=name, span=span)), "", str(days))


_ANSWERS: dict[str, Callable[[_Case], Exact]] = {
    "weekday": _weekday,
    "date": _date,
    "between": _between,
    "since": _between,
    "until": _between,
    "left": _between,
    "age": _between,
    "week": _week,
    "day_of_year": _day_of_year,
    "leap": _leap,
    "next_leap": _next_leap,
    "last_leap": _next_leap,
    "length": _length,
    "is": _is,
    "count": _count,
}


def recognise(question: str, turn: Turn) -> dict[str, object] | None:
    """The arguments of a question about dates in ordinary words, or None where unsure."""
    speech, today = language.speech(question, turn.person.language), turn.local_now.date()
    text = language.plain(question)
    found = asked_of(text, speech, today) if text else None
    if found is None and (short := gist(question, lambda part: idle(part, speech, today))):
        text = language.plain(short)
        found = asked_of(text, speech, today) if text else None
    return found
