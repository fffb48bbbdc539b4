"""Questions about days: what is asked, of which days, told by the frames of their words.

Each meaning of the frames `days` has a function here that makes the arguments of the tool from the
days, months, years and spans that were said, or leaves the question where they could mean two
things.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache

from musespark import frames, lexicon
from musespark.almanac import shift
from musespark.day import Day, NoSuchDay, closest, names_of
from musespark.day_asked import ASKED, UNITS, Asked, readings
from musespark.day_finding import find
from musespark.frames import Reading
from musespark.language import Speech

_WEEKEND, _WORKDAYS = "67", "12345"
_A_DAY = ((1, "days"),)  # "was für ein Tag"
_HINTS = ("nights", "date", "weekday", "leap", "week", "yearday", "days")


def asked_of(text: str, speech: Speech, today: date) -> dict[str, object] | None:
    """What the tool `dates` is asked by a text, as its arguments, or None where unsure. A day that
    the calendar lacks is asked for as it was said: the tool says that there is none."""
    if not hinted(frames.fold(text.lower()), speech) and not re.search(r"\d[./-]\d", text):
        return None
    found = find(text, speech, today)
    reading = frames.read(found.text, speech.code, "days")
    if reading is None:
        return None
    lacking: dict[str, object] | None = None
    for asked in readings(reading, found.pieces, today):
        for frame in frames.fitting(Reading(asked.marks), "days"):
            try:
                arguments = _MEANT[frame.means](asked)
            except NoSuchDay as problem:  # unless the words mean another day
                lacking = lacking or {"ask": "date", "date": problem.day}
                continue
            if arguments is not None:
                return arguments
    return lacking


def idle(text: str, speech: Speech, today: date) -> bool:
    """Whether a sentence beside the question has no day and no number in it."""
    found = find(text, speech, today)
    return not found.pieces and frames.read(found.text, speech.code, "days") is not None


def hinted(text: str, speech: Speech) -> bool:
    """Whether a text in lower case without accents has a word that questions about days have."""
    return not _hints(speech.code).isdisjoint(re.findall(r"[^\W\d_]+", text))


@cache
def _hints(code: str) -> frozenset[str]:
    """Words of which a question about days has one at least."""
    words = lexicon.languages()[code]
    months, weekdays = names_of(code, "abbreviated")
    cues = [cue for kind in _HINTS for cue in lexicon.concepts(code)["days"][kind]]
    cues += [re.sub(r"\w\?", "", cue) for cue in cues]
    others = [*lexicon.concepts(code)["days"]["filler"], *lexicon.concepts(code)["days"]["what"]]
    others += lexicon.concepts(code).get("all", {}).get("filler", ())
    others = [word for word in others if " " not in word]
    names = _words_of(*months, *weekdays, *words.days_named, *cues) - _words_of(*others)
    return names | _words_of(*(n for n, unit in words.spans.items() if unit in UNITS))


def _words_of(*names: str) -> frozenset[str]:
    """The words of names and patterns, without accents, the very short ones left out."""
    found = (re.findall(r"[^\W\d_]+", frames.fold(name)) for name in names)
    return frozenset(word for words in found for word in words if len(word) > 2 or word == "kw")


def _weekday_of(asked: Asked) -> dict[str, object] | None:
    """A weekday; for "what day is in 100 days" or "when is Easter" the date."""
    past = "past" in asked.concepts
    day = asked.day(past)
    exact, span = "weekday" in asked.concepts, asked.first("span")
    if day.how == "first" or (day.second and exact) or (span and span.value != _A_DAY):
        return None
    if _elsewhere(asked, day):
        return None
    if exact or day.how in ("given", "fixed"):
        return {"ask": "weekday", "date": asked.said(past)}
    return {"ask": "date", "date": asked.said(past)}


def _elsewhere(asked: Asked, day: Day) -> bool:
    """Whether "what day is it tomorrow" has a word in it that could name a place, or a person."""
    cues = [i for i, mark in enumerate(asked.marks) if mark.concept in ASKED]
    return day.how == "near" and "" in asked.concepts[min(cues, default=0) :]


def _date_of(asked: Asked) -> dict[str, object] | None:
    past = "past" in asked.concepts
    span = asked.first("span")
    day = asked.day(past)
    if day.how in ("given", "first") or (span and span.value != _A_DAY) or _elsewhere(asked, day):
        return None
    return {"ask": "date", "date": asked.said(past)}


def _bare(asked: Asked) -> dict[str, object] | None:
    """A day alone, if it is one to be worked out: "90 days after 1 May", "Easter 2027"."""
    day = asked.day()
    today = "what" in asked.concepts and day.day == asked.today and day.how == "near"
    if not today and day.how != "worked" and not (day.how == "moving" and day.dated):
        return None
    return {"ask": "date", "date": asked.said()}


def _part(asked: Asked) -> dict[str, object] | None:
    """Which month or year it is."""
    day, unit = asked.day(), "months" if "month" in asked.concepts else "years"
    if day.how not in ("near", "worked"):
        return None
    return {"ask": "date", "date": asked.said() if asked.days() else "today", "unit": unit}


def _today(asked: Asked) -> dict[str, object] | None:
    if not asked.asks:
        return None
    return {"ask": "weekday" if "weekday" in asked.concepts else "date", "date": "today"}


def _leap_of(asked: Asked) -> dict[str, object] | None:
    year, span, day = asked.first("year"), asked.first("span"), asked.first("day")
    if day and (day.value.dated or (day.value.day.month, day.value.day.day) != (2, 29)):
        return None  # "has 2028 a 29 February?"
    if year is None or (span and span.value != ((1, "years"),)):  # "une année bissextile"
        return None
    return {"ask": "leap", "date": f"{year.value:04}"}


def _next_leap_year(asked: Asked) -> dict[str, object] | None:
    year, back = asked.first("year"), "last" in asked.concepts
    if year is None:
        return {"ask": "last_leap" if back else "next_leap", "date": "today"}
    return None if back else {"ask": "next_leap", "date": f"{year.value:04}-01-01"}


def _is_it(asked: Asked) -> dict[str, object] | None:
    weekday, past = asked.first("weekday"), "past" in asked.concepts
    if asked.day(past).second or asked.day(past).how == "first":
        return None
    other = str(weekday.value + 1) if weekday else _WEEKEND
    other = _WORKDAYS if "workday" in asked.concepts else other
    return {"ask": "is", "date": asked.said(past), "other": other}


def _until(asked: Asked) -> dict[str, object] | None:
    day = asked.day()
    if day.second or day.day < asked.today:
        return None
    return {"ask": "until", "date": asked.said(), "unit": asked.counted}


def _since(asked: Asked) -> dict[str, object] | None:
    day = asked.day(past=True)
    if day.second or day.day > asked.today or (day.how == "first" and asked.unit not in UNITS[2:]):
        return None
    return {"ask": "since", "date": asked.said(past=True), "unit": asked.counted}


def _between_days(asked: Asked) -> dict[str, object] | None:
    first, second = asked.days()
    event = {"stay", ""} & set(asked.concepts) and "between" not in asked.concepts
    if event and asked.unit in ("", "days"):
        return None  # a holiday from 3 to 9 May: are both days counted?
    for piece in (first, second):
        if piece.value.missing:
            raise NoSuchDay(piece.value.missing)
        if piece.value.second or (piece.value.how == "first" and asked.unit not in UNITS[2:]):
            return None
    a, b = same_year(first.value, second.value, asked.today.year)
    words = (first.text, second.text)
    if {first.value.how, second.value.how} & {"first", "borrowed"}:
        words = (a.day.isoformat(), b.day.isoformat())
    return {"ask": "between", "date": words[0], "other": words[1], "unit": asked.counted}


def _age_of(asked: Asked) -> dict[str, object] | None:
    days = [piece for piece in asked.days() if piece.value != Day(asked.today, how="near")]
    if not days or any(not piece.value.dated or piece.value.missing for piece in days):
        return None
    unit = asked.unit or "years"
    if len(days) == 2:
        born, then = sorted(days, key=lambda piece: piece.value.day)
        if born.value.how == "first":
            return None
        end = then.value.day
        when = then.text if then.value.how != "first" else end.replace(month=12, day=31).isoformat()
        if then.value.how == "first" and "year" not in then.kind and end.month != 1:
            return None
        return {"ask": "between", "date": born.text, "other": when, "unit": unit}
    if days[0].value.day > asked.today or days[0].value.how == "first":
        return None
    ask = "age" if unit == "years" else "since"
    return {"ask": ask, "date": days[0].text, "unit": unit}


def _gone(asked: Asked) -> dict[str, object] | None:
    """How much of this month or year is over."""
    found = _month_of(asked)
    if found is None or not found[0] <= asked.today < shift(*found, 1):
        return None
    return {"ask": "since", "date": found[0].isoformat(), "unit": asked.counted}


def _distance(asked: Asked) -> dict[str, object] | None:
    """ "My flight is on 3 May, how many days is that": until then, or since then."""
    ahead = asked.day().day > asked.today
    return _until(asked) if ahead else _since(asked)


def _birthday(asked: Asked) -> dict[str, object] | None:
    """How long until a birthday; of a date of birth, how long ago it is."""
    return _age_of(asked) if asked.unit and asked.day().dated else _until(asked)


def _turning(asked: Asked) -> dict[str, object] | None:
    """The day on which somebody turns 40, or is 10,000 days old."""
    day, number, span = asked.day(), asked.first("n"), asked.first("span", "later")
    years = number.value if number else span.value[0][0] if span else None
    if years is None or not day.dated or day.how == "first" or not 0 < years < 100_000:
        return None
    words = _span_words(span.value) if span else f"{years} years"
    ask = "weekday" if "weekday" in asked.concepts else "date"
    return {"ask": ask, "date": f"{words} after {day.day.isoformat()}"}


def _span_words(spans: tuple[tuple[int, str], ...]) -> str:
    return " and ".join(f"{count} {unit}" for count, unit in spans)


def _staying(asked: Asked) -> dict[str, object] | None:
    """From a day on for a span: when is it over?"""
    day, span = asked.day(), asked.first("span", "later")
    if day.second or day.how not in ("given", "fixed", "near", "weekday") or span is None:
        return None
    words, day = _span_words(span.value), closest(day, asked.today)
    ask = "weekday" if "weekday" in asked.concepts else "date"
    return {"ask": ask, "date": f"{words} after {day.day.isoformat()}"}


def _week_of(asked: Asked) -> dict[str, object] | None:
    day = asked.day("past" in asked.concepts)
    alone = asked.first("day") is None
    if day.second or day.how == "first":
        return None
    if alone and (not asked.asks or "" in asked.concepts):
        return None
    return {"ask": "week", "date": "today" if alone else asked.said("past" in asked.concepts)}


def _day_number(asked: Asked) -> dict[str, object] | None:
    day = asked.day("past" in asked.concepts)
    alone = asked.first("day") is None
    if day.second or day.how == "first" or (alone and "" in asked.concepts):
        return None
    return {"ask": "day_of_year", "date": "today" if alone else asked.said()}


def _monday_of(asked: Asked) -> dict[str, object] | None:
    week = asked.first("week")
    if week is None:
        return None
    day = week.value + timedelta(days=6 if "ends" in asked.concepts else 0)
    return {"ask": "date", "date": day.isoformat()}


def _month_of(asked: Asked) -> tuple[date, str] | None:
    """The first day of the month or year asked about, and which of them it is."""
    piece = asked.first("month", "year")
    if piece is None:
        return None
    if piece.kind == "year":
        return date(piece.value, 1, 1), "years"
    month, year = piece.value
    return date(year or asked.today.year, month, 1), "months"


def _length_of(asked: Asked) -> dict[str, object] | None:
    found, piece = _month_of(asked), asked.first("month")
    if found is None or asked.unit not in ("", "days"):
        return None
    if piece and piece.value[0] == 2 and piece.value[1] is None:
        return None  # which February?
    day, unit = found
    return {"ask": "length", "date": f"{day.year:04}" if unit == "years" else day.isoformat()}


def _left_in(asked: Asked) -> dict[str, object] | None:
    found = _month_of(asked)
    if found is None or asked.day().day != asked.today:
        return None
    start, unit = found
    end = shift(start, unit, 1) - timedelta(days=1)
    if not start <= asked.today <= end or asked.unit in UNITS[UNITS.index(unit) :]:
        return None
    return {"ask": "left", "date": end.isoformat(), "unit": asked.counted}


def _how_often(asked: Asked) -> dict[str, object] | None:
    found, weekday = _month_of(asked), asked.first("weekday")
    if found is None or weekday is None:
        return None
    other = str(weekday.value + 1)
    return {"ask": "count", "date": found[0].isoformat(), "other": other, "unit": found[1]}


def same_year(first: Day, second: Day, year: int) -> tuple[Day, Day]:
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


_MEANT: dict[str, Callable[[Asked], dict[str, object] | None]] = {
    "leap": _leap_of,
    "next_leap": _next_leap_year,
    "is": _is_it,
    "birthday": _birthday,
    "gone": _gone,
    "distance": _distance,
    "turn": _turning,
    "age": _age_of,
    "stay": _staying,
    "yearday": _day_number,
    "week": _week_of,
    "monday": _monday_of,
    "weekday": _weekday_of,
    "date": _date_of,
    "bare": _bare,
    "part": _part,
    "today": _today,
    "count": _how_often,
    "left": _left_in,
    "length": _length_of,
    "until": _until,
    "since": _since,
    "between": _between_days,
}
