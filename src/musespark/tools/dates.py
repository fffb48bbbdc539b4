"""Dates: weekdays, days between, dates before and after, weeks, leap years and ages.

The calendar is the Gregorian one, extended backwards. A date like 03/04/2026 is read as the
person's locale writes dates, and the working says how.
"""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from collections.abc import Callable
from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from musespark import language, lexicon
from musespark.day import Day, NoSuchDay, counted, names_of, notes, read_day, shift
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
    "age",
    "length",
]
Unit = Literal["days", "weeks", "months", "years"]


async def dates(
    ask: Annotated[
        Ask,
        Meta(
            description="weekday or date of a day; between two days; until or since a day; "
            "age from a birth date; ISO week; day_of_year; leap year; length of a month"
        ),
    ],
    turn: Turn,
    date: Annotated[
        str,
        Meta(description="ISO date, or words: 'today', 'in 3 weeks', '90 days after 2026-05-01'"),
    ] = "today",
    other: Annotated[str, Meta(description="the second date, for between")] = "",
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
    return Exact(_capital(answer), first.note, first.day.isoformat())


def _between(case: _Case) -> Exact:
    first, today = case.first, case.today
    if case.ask == "between":
        second = _read(case.other, case.speech, today)
        first, second = _same_year(first, second, today.year)
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


def _same_year(first: Day, second: Day, year: int) -> tuple[Day, Day]:
    """Two days of which one has no year, "between 3 February and 19 May 2026", or both: then the
    first is in this year."""
    if not first.dated and second.dated:
        day = _in_year(first.day, second.day.year)
        if day > second.day:
            day = _in_year(first.day, second.day.year - 1)
        return Day(day, first.note), second
    if first.dated and not second.dated:
        day = _in_year(second.day, first.day.year)
        if day < first.day:
            day = _in_year(second.day, first.day.year + 1)
        return first, Day(day, second.note)
    if not first.dated and not second.dated:
        start, day = _in_year(first.day, year), _in_year(second.day, year)
        if day < start:
            day = _in_year(second.day, year + 1)
        return Day(start, first.note), Day(day, second.note)
    return first, second


def _in_year(day: date, year: int) -> date:
    return day.replace(year=year, day=min(day.day, monthrange(year, day.month)[1]))


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
    year = case.today.year + 1
    while not isleap(year):
        year += 1
    return Exact(case.speech.say("next_leap", y=str(year)), "", str(year))


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
    "length": _length,
}


# --- finding a question about dates in ordinary words -----------------------------------------


def recognise(question: str, turn: Turn) -> dict[str, object] | None:
    """The arguments of a question about dates in ordinary words, or None where unsure."""
    text = language.plain(question)
    if text is None:
        return None
    speech = language.speech(text, turn.person.language)
    today = turn.local_now.date()
    lacking: dict[str, object] | None = None
    for words in dict.fromkeys((text.lower(), counted(text.lower(), speech))):
        for form in language.stages(words, speech.code):
            for kind, slots in language.matches(form, speech.code, "days"):
                try:
                    found = _arguments(kind, slots, speech, today, form)
                except NoSuchDay as problem:  # the tool says so, unless the words mean another day
                    lacking = lacking or {"ask": "date", "date": problem.day}
                    continue
                if found is not None:
                    return found
    return lacking


def _arguments(
    row: str, slots: dict[str, str], speech: Speech, today: date, text: str
) -> dict[str, object] | None:
    kind, _, unit = row.partition("|")
    if "u" in slots and kind != "date":
        unit = speech.words.spans.get(slots["u"], "")
        if unit not in ("days", "weeks", "months", "years"):
            return None
    if kind in ("today", "next_leap"):
        return {"ask": "date" if kind == "today" else kind}
    if kind == "leap":
        year = slots["y"]
        first = year.split(" ")[0]
        ahead, back = (lexicon.pieces(f"{way}_year").split("|") for way in ("next", "last"))
        step = (first in ahead) - (first in back)
        return {"ask": kind, "date": year if year.isdigit() else str(today.year + step)}
    if kind == "length":
        return _length_of(slots["d"], speech, today)
    if kind == "left":
        end = speech.words.spans.get(slots["e"])
        if end not in ("months", "years") or unit == end:
            return None
        last = (
            date(today.year, 12, 31)
            if end == "years"
            else (today.replace(day=monthrange(today.year, today.month)[1]))
        )
        return {"ask": "left", "date": last.isoformat(), "unit": unit}
    past = kind in ("since", "age") or (
        kind == "weekday" and bool(language.piece("past").search(text))
    )
    if kind == "between":
        return _two_days(slots, unit, speech, today)
    day = read_day(slots["d"], speech, today, past) if "d" in slots else Day(today)
    if day is None or (day.second is not None and kind != "date"):
        return None
    if (kind == "until" and day.day < today) or (kind in ("since", "age") and day.day > today):
        return None
    if kind == "age" and not day.dated:
        return None
    found: dict[str, object] = {"ask": kind, "date": slots.get("d", "today")}
    if past and not day.dated:
        found["date"] = day.day.isoformat()
    if unit and kind in ("until", "since"):
        found["unit"] = unit
    if kind == "weekday" and _relative_words(slots["d"], speech, today):
        found["ask"] = "date"
    return found


def _relative_words(text: str, speech: Speech, today: date) -> bool:
    """Whether a day is told by its distance: "which day is in 100 days" wants the date too."""
    named = speech.words.days_named.get(text, "")
    if named[:1] in ("+", "-"):
        return True
    return any(k[0] in "+-" for k, _ in language.matches(text, speech.code, "relative"))


def _two_days(
    slots: dict[str, str], unit: str, speech: Speech, today: date
) -> dict[str, object] | None:
    first, second = (_with_month(slots[k], slots["b"], speech) for k in ("a", "b"))
    a, b = (read_day(text, speech, today) for text in (first, second))
    if a is None or b is None or a.second or b.second:
        return None
    found: dict[str, object] = {"ask": "between", "date": first, "other": second}
    if unit:
        found["unit"] = unit
    return found


def _with_month(text: str, other: str, speech: Speech) -> str:
    """ "from 3 to 19 May": the first borrows the month of the second."""
    if not re.fullmatch(r"\d{1,2}\.?", text):
        return text
    months = names_of(speech.code)[0]
    words = [word for word in re.split(r"[ ,]+", other) if word in months or len(word) == 4]
    joined = f" {speech.words.of_month} " if speech.words.of_month else " "
    return joined.join([text, *(w for w in words if w in months or w.isdigit())])


def _length_of(text: str, speech: Speech, today: date) -> dict[str, object] | None:
    """The month or year whose days are to be counted."""
    months = names_of(speech.code)[0]
    if re.fullmatch(r"\d{4}", text) and int(text) >= 1:
        return {"ask": "length", "date": text}
    if text in lexicon.pieces("this_year").split("|"):
        return {"ask": "length", "date": str(today.year)}
    if text in lexicon.pieces("this_month").split("|"):
        return {"ask": "length", "date": today.isoformat()}
    of = lexicon.pieces("in_year")
    found = re.fullmatch(rf"([^\W\d_]{{3,10}})(?: (?:(?:{of}) )?(\d{{4}}))?", text)
    if not found or found[1] not in months:
        return None
    year = int(found[2] or today.year)
    if months[found[1]] == 2 and not found[2]:
        return None  # which February?
    return {"ask": "length", "date": f"{year:04}-{months[found[1]]:02}-01"}
