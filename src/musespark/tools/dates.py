"""Dates: weekdays, days between, dates before and after, weeks, leap years and ages.

The calendar is the Gregorian one, extended backwards. A date like 03/04/2026 is read as the
person's locale writes dates, and the working says how.
"""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from typing import Annotated, Literal

from msgspec import Meta, Struct

from musespark import language
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
    if ask in ("leap", "length") and re.fullmatch(r"\d{4}", date):
        date = f"{date}-01-01|year"
    past = ask in ("since", "age")
    year_whole = date.endswith("|year")
    first = _read(date.removesuffix("|year"), speech, today, past)
    return _ANSWERS[ask](_Case(ask, first, other, unit, speech, today, year_whole))


class Day(Struct, frozen=True):
    """A day, what must be said about how it was read, and whether its year was given."""

    day: date
    note: str = ""
    dated: bool = True
    second: date | None = None  # "next Friday" said in a week in which two days could be meant


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


def _notes(*lines: str) -> str:
    return "\n".join(line for line in lines if line)


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
    working = _notes(
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


# --- reading a day ---------------------------------------------------------------------------


@cache
def _names(code: str) -> tuple[dict[str, int], dict[str, int]]:
    """The names of months (1 to 12) and weekdays (0 to 6) of a language, from CLDR, also short."""
    from babel import Locale

    locale = Locale.parse(code)
    months: dict[str, int] = {}
    weekdays: dict[str, int] = {}
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for table, into in ((locale.months, months), (locale.days, weekdays)):
                for number, name in table[context][width].items():
                    into[str(name).lower().rstrip(".")] = number
    if code == "en":
        months |= {"sept": 9}
    return months, weekdays


def shift(day: date, unit: str, count: int) -> date:
    """The day `count` days, weeks, months or years on; a day that the month lacks becomes its
    last. Raises OverflowError or ValueError outside the years 1 to 9999."""
    if unit in ("days", "weeks", "fortnights"):
        return day + timedelta(days=count * {"days": 1, "weeks": 7, "fortnights": 14}[unit])
    month = day.month - 1 + count * (12 if unit == "years" else 1)
    year, month = day.year + month // 12, month % 12 + 1
    if not 1 <= year <= 9999:
        raise ValueError("outside the calendar")
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def read_day(
    text: str, speech: Speech, today: date, past: bool = False, deep: int = 0
) -> Day | None:
    """The day that a text means, or None unless all of it is understood. A day without a year is
    the next of its kind, or the last if `past`."""
    text = re.sub(r" {2,60}", " ", text.lower().strip(" ,."))
    if not text or len(text) > 80 or deep > 2:
        return None
    try:
        return (
            _iso(text)
            or _numeric(text, speech, today, past)
            or _worded(text, speech, today, past)
            or _named(text, speech, today, past)
            or _by_weekday(text, speech, today, past)
            or _relative(text, speech, today, deep)
        )
    except (ValueError, OverflowError):
        return None


def _iso(text: str) -> Day | None:
    found = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text)
    return Day(date(*(int(g) for g in found.groups()))) if found else None


def _numeric(text: str, speech: Speech, today: date, past: bool) -> Day | None:
    """03/04/2026, 3.10.1990, 24.12."""
    found = re.fullmatch(r"(\d{1,2})([./-])(\d{1,2})(?:\2(\d{4}|\d{2})?)?", text)
    if not found or (found[4] is None and found[2] == "-"):
        return None
    a, b = int(found[1]), int(found[3])
    month_first = speech.locale in ("en", "en_US", "en_PH", "es_US", "es_PR") and found[2] != "."
    sure = a > 12 or b > 12 or found[2] == "." or a == b
    if a > 12 and b <= 12:
        month_first = False
    elif b > 12:
        month_first = True
    month, day = (a, b) if month_first else (b, a)
    if found[4] is None:
        got = _yearless(month, day, today, past)
    else:
        year = int(found[4])
        if len(found[4]) == 2:
            sure = False
            year += 2000 if year < (today.year % 100) + 20 else 1900
        got = Day(date(year, month, day))
    if got is None or sure:
        return got
    key = "read_mdy" if month_first else "read_dmy"
    shown = language.show_date(got.day, speech.locale)
    return Day(got.day, speech.say(key, raw=text, date=shown), got.dated)


def _yearless(month: int, day: int, today: date, past: bool) -> Day | None:
    """The next (or last) such day of the year; 29 February waits for its leap year."""
    years = range(today.year, today.year - 9, -1) if past else range(today.year, today.year + 9)
    for year in years:
        try:
            found = date(year, month, day)
        except ValueError:
            if day > 29 or month != 2:
                return None
            continue
        if (found <= today) if past else (found >= today):
            return Day(found, dated=False)
    return None


def _worded(text: str, speech: Speech, today: date, past: bool) -> Day | None:
    """4 July 2026, July 4th, 3. Oktober 1990, 3 de octubre de 1990, 1er mai, Sat 4 July."""
    months, weekdays = _names(speech.code)
    text = re.sub(r"\b(\d{1,2})(?:st|nd|rd|th|er|º|°|\.)(?=\W|$)", r"\1", text)
    words = re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)?|\d+", text)
    if re.sub(r"[^\W_]+|[ ,.'-]", "", text):
        return None
    said = None
    fillers = {"the", "of", "der", "den", "dem", "am", "el", "de", "del", "le", "on", "in", "du"}
    words = [word for word in words if word not in fillers]
    if words and words[0] in weekdays and len(words) > 2:
        said = weekdays[words.pop(0)]
    first = {"first", "primero", "ersten", "erster", "premier"}
    words = ["1" if word in first else word for word in words]
    if not 2 <= len(words) <= 3:
        return None
    named = [i for i, word in enumerate(words) if word in months]
    if len(named) != 1 or named[0] > 1 or (named[0] == 0 and speech.code != "en"):
        return None
    month = months[words.pop(named[0])]
    if not all(word.isdigit() for word in words) or len(words[0]) > 2:
        return None
    if len(words) == 2:
        if len(words[1]) != 4:
            return None
        found: Day | None = Day(date(int(words[1]), month, int(words[0])))
    else:
        found = _yearless(month, int(words[0]), today, past)
    if found and said is not None and found.day.weekday() != said:
        return None  # "Monday, 4 July 2026" is a Saturday: which of the two is meant?
    return found


def easter(year: int) -> date:
    """Easter Sunday (Gregorian; the anonymous algorithm of Nature, 1876)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e, f = b // 4, b % 4, (b + 8) // 25
    g = (b - f + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def _feast(rule: str, year: int) -> date:
    if rule.startswith("easter"):
        return easter(year) + timedelta(days=int(rule.removeprefix("easter") or 0))
    if rule == "thanksgiving":
        return _nth(3, 4, 11, year)
    return date(year, int(rule[:2]), int(rule[3:]))


def _named(text: str, speech: Speech, today: date, past: bool) -> Day | None:
    """today, Christmas, Easter 2027, the end of the month."""
    names = speech.words.days_named
    year = None
    with_year = re.fullmatch(r"(.{3,40}?)(?:,? (?:in |of |de |en |del )?(\d{4}))", text)
    if with_year and with_year[1] in names:
        text, year = with_year[1], int(with_year[2])
    rule = names.get(text)
    if rule is None:
        this = re.fullmatch(r"(.{3,40}?) (?:this year|dieses jahr|este año|cette année)", text)
        rule, year = (names.get(this[1]), today.year) if this else (None, None)
    if rule is None:
        return None
    if rule[0] in "+-":
        return Day(today + timedelta(days=int(rule))) if year is None else None
    if rule == "year-end":
        return Day(date(year or today.year, 12, 31))
    if rule == "month-end":
        return Day(today.replace(day=monthrange(today.year, today.month)[1]))
    if rule.startswith("next-"):
        unit = rule.removeprefix("next-") + "s"
        start = shift(today, unit, 1)
        return Day(start.replace(day=1, month=1 if unit == "years" else start.month))
    if year is not None:
        return Day(_feast(rule, year))
    day = _feast(rule, today.year)
    if past and day > today:
        day = _feast(rule, today.year - 1)
    elif not past and day < today:
        day = _feast(rule, today.year + 1)
    return Day(day, dated=False)


def _by_weekday(text: str, speech: Speech, today: date, past: bool) -> Day | None:
    """Friday, next Friday, last Friday."""
    weekdays = _names(speech.code)[1]
    for frame, kind in speech.words.weekday_frames:
        names = "|".join(sorted(weekdays, key=len, reverse=True))
        found = re.fullmatch(frame.replace("{}", f"({names})"), text)
        if not found:
            continue
        ahead = (weekdays[found[1]] - today.weekday() - 1) % 7 + 1
        coming, monday = today + timedelta(days=ahead), today - timedelta(days=today.weekday())
        if kind == "last":
            return Day(today - timedelta(days=(today.weekday() - weekdays[found[1]] - 1) % 7 + 1))
        if kind == "this":
            day = monday + timedelta(days=weekdays[found[1]])
            return Day(day) if day >= today else None
        if kind == "next":
            following = monday + timedelta(days=7 + weekdays[found[1]])
            return Day(coming, second=following if following != coming else None)
        if past:
            return None
        return Day(coming)
    return None


def _nth(weekday: int, n: int, month: int, year: int) -> date:
    first = date(year, month, 1)
    day = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))
    if day.month != month:
        raise ValueError("no such weekday in this month")
    return day


def _relative(text: str, speech: Speech, today: date, deep: int) -> Day | None:
    """in 3 weeks, 90 days after 4 July 2026, the third Monday of May."""
    text = _counted(text, speech)
    for word, digit in speech.words.ordinals.items():
        text = re.sub(rf"^((?:the |der |am |el |le )?){word} ", rf"\g<1>{digit} ", text)
    for kind, slots in language.matches(text, speech.code, "relative"):
        if kind in ("nth", "last"):
            found = _monthly(kind, slots, speech, today)
        else:
            found = _stepped(kind, slots, speech, today, deep)
        if found:
            return found
    return None


def _counted(text: str, speech: Speech) -> str:
    """Number words as digits: "a week" and "eine Woche" count 1."""
    text = language.digits(text, speech.code)
    words = speech.words
    for word, digit in words.small.items():
        text = re.sub(rf"\b{word} (?=(?:{'|'.join(words.spans)})\b)", f"{digit} ", text)
    return re.sub(rf"\b(?:{'|'.join(words.one)}) (?=(?:{'|'.join(words.spans)})\b)", "1 ", text)


def _stepped(
    kind: str, slots: dict[str, str], speech: Speech, today: date, deep: int
) -> Day | None:
    unit = speech.words.spans.get(slots["u"])
    if unit not in ("days", "weeks", "fortnights", "months", "years"):
        return None
    if not slots["n"].isdigit() or len(slots["n"]) > 6:
        return None
    base: Day | None = Day(today)
    if "d" in slots:
        base = read_day(slots["d"], speech, today, deep=deep + 1)
    if base is None or base.second is not None:
        return None
    count = int(slots["n"]) * (1 if kind[0] == "+" else -1)
    day = shift(base.day, unit, count)
    note = base.note
    if unit in ("months", "years") and day.day != base.day.day:
        name = language.show_date(day, speech.locale, "LLLL y")
        note = _notes(note, speech.say("clamped", date=name))
    sign = "+" if count > 0 else "−"
    span = (
        language.show_unit(abs(count), f"duration-{_singular(unit)}", speech.locale)
        if (unit != "fortnights")
        else language.show_unit(2 * abs(count), "duration-week", speech.locale)
    )
    step = f"{language.show_date(base.day, speech.locale)} {sign} {span}"
    return Day(day, _notes(note, f"{step} = {language.show_date(day, speech.locale)}"))


def _singular(unit: str) -> str:
    return unit[:-1]


def _monthly(kind: str, slots: dict[str, str], speech: Speech, today: date) -> Day | None:
    months, weekdays = _names(speech.code)
    weekday, month = weekdays.get(slots["w"]), months.get(slots["m"])
    if weekday is None or month is None:
        return None
    year = int(slots["y"]) if "y" in slots else today.year

    def of(year: int) -> date:
        if kind == "nth":
            return _nth(weekday, int(slots["o"]), month, year)
        end = date(year, month, monthrange(year, month)[1])
        return end - timedelta(days=(end.weekday() - weekday) % 7)

    day = of(year)
    if "y" not in slots and day < today:
        day = of(year + 1)
    return Day(day, dated="y" in slots)


# --- finding a question about dates in ordinary words -----------------------------------------

_PAST = re.compile(r"\b(?:was|were|did|fell|fiel|war|waren|fue|era|cayó|était|tombait)\b")


def recognise(question: str, turn: Turn) -> dict[str, object] | None:
    """The arguments of a question about dates in ordinary words, or None where unsure."""
    text = language.plain(question)
    if text is None:
        return None
    speech = language.speech(text, turn.person.language)
    today = turn.local_now.date()
    for words in dict.fromkeys((text.lower(), _counted(text.lower(), speech))):
        for form in language.stages(words, speech.code):
            for kind, slots in language.matches(form, speech.code, "days"):
                found = _arguments(kind, slots, speech, today, form)
                if found is not None:
                    return found
    return None


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
        words = {"next": 1, "nächstes": 1, "last": -1, "letztes": -1}
        step = words.get(year.split(" ")[0], 0)
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
    past = kind in ("since", "age") or (kind == "weekday" and bool(_PAST.search(text)))
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
    months = _names(speech.code)[0]
    words = [word for word in re.split(r"[ ,]+", other) if word in months or len(word) == 4]
    joined = " de " if speech.code == "es" else " "
    return joined.join([text, *(w for w in words if w in months or w.isdigit())])


def _length_of(text: str, speech: Speech, today: date) -> dict[str, object] | None:
    """The month or year whose days are to be counted."""
    months = _names(speech.code)[0]
    if re.fullmatch(r"\d{4}", text) and int(text) >= 1:
        return {"ask": "length", "date": text}
    this = {"this year", "dieses jahr", "este año", "cette année"}
    if text in this:
        return {"ask": "length", "date": str(today.year)}
    this_month = {"this month", "dieser monat", "este mes", "ce mois", "ce mois-ci"}
    if text in this_month:
        return {"ask": "length", "date": today.isoformat()}
    found = re.fullmatch(r"([^\W\d_]{3,10})(?: (?:of |in |de |del |en )?(\d{4}))?", text)
    if not found or found[1] not in months:
        return None
    year = int(found[2] or today.year)
    if months[found[1]] == 2 and not found[2]:
        return None  # which February?
    return {"ask": "length", "date": f"{year:04}-{months[found[1]]:02}-01"}
