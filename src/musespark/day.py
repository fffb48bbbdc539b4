"""A day said in words: 4 July 2026, next Friday, 90 days after Easter, the third Monday of May.

The calendar is the Gregorian one, extended backwards. A date like 03/04/2026 is read as the
person's locale writes dates, and a note says how; what is not wholly understood is not read.
"""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from datetime import date, timedelta
from functools import cache

from msgspec import Struct

from musespark import language, lexicon
from musespark.language import Speech
from musespark.problem import Problem


class Day(Struct, frozen=True):
    """A day, what must be said about how it was read, and whether its year was given."""

    day: date
    note: str = ""
    dated: bool = True
    second: date | None = None  # "next Friday" said in a week in which two days could be meant


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
def names_of(code: str) -> tuple[dict[str, int], dict[str, int]]:
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
    the next of its kind, or the last if `past`. Raises NoSuchDay for 30 February."""
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
    except NoSuchDay:
        raise
    except (ValueError, OverflowError):
        return None


def _dated(text: str, year: int, month: int, day: int) -> date:
    """The date. Raises NoSuchDay for 30 February, ValueError for what is no date at all."""
    if 1 <= year <= 9999 and 1 <= month <= 12 and monthrange(year, month)[1] < day <= 31:
        raise NoSuchDay(text)
    return date(year, month, day)


def _iso(text: str) -> Day | None:
    found = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text)
    return Day(_dated(text, *(int(g) for g in found.groups()))) if found else None


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
        got = _yearless(text, month, day, today, past)
    else:
        year = int(found[4])
        if len(found[4]) == 2:
            sure = False
            year += 2000 if year < (today.year % 100) + 20 else 1900
        got = Day(_dated(text, year, month, day))
    if got is None or sure:
        return got
    key = "read_mdy" if month_first else "read_dmy"
    shown = language.show_date(got.day, speech.locale)
    return Day(got.day, speech.say(key, raw=text, date=shown), got.dated)


def _yearless(text: str, month: int, day: int, today: date, past: bool) -> Day | None:
    """The next (or last) such day of the year; 29 February waits for its leap year."""
    years = range(today.year, today.year - 9, -1) if past else range(today.year, today.year + 9)
    for year in years:
        if (month, day) == (2, 29) and not isleap(year):
            continue
        found = _dated(text, year, month, day)
        if (found <= today) if past else (found >= today):
            return Day(found, dated=False)
    return None


def _worded(text: str, speech: Speech, today: date, past: bool) -> Day | None:
    """4 July 2026, July 4th, 3. Oktober 1990, 3 de octubre de 1990, 1er mai, Sat 4 July."""
    months, weekdays = names_of(speech.code)
    text = re.sub(r"\b(\d{1,2})(?:st|nd|rd|th|er|º|°|\.)(?=\W|$)", r"\1", text)
    words = re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)?|\d+", text)
    if re.sub(r"[^\W_]+|[ ,.'-]", "", text):
        return None
    said = None
    fillers = lexicon.pieces("filler").split("|")
    words = [word for word in words if word not in fillers]
    if words and words[0] in weekdays and len(words) > 2:
        said = weekdays[words.pop(0)]
    first = lexicon.pieces("first").split("|")
    words = ["1" if word in first else word for word in words]
    if not 2 <= len(words) <= 3:
        return None
    named = [i for i, word in enumerate(words) if word in months]
    if len(named) != 1 or named[0] > 1 or (named[0] == 0 and not speech.words.month_first):
        return None
    month = months[words.pop(named[0])]
    if not all(word.isdigit() for word in words) or len(words[0]) > 2:
        return None
    if len(words) == 2:
        if len(words[1]) != 4:
            return None
        found: Day | None = Day(_dated(text, int(words[1]), month, int(words[0])))
    else:
        found = _yearless(text, month, int(words[0]), today, past)
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
    of = lexicon.pieces("in_year")
    with_year = re.fullmatch(rf"(.{{3,40}}?)(?:,? (?:(?:{of}) )?(\d{{4}}))", text)
    if with_year and with_year[1] in names:
        text, year = with_year[1], int(with_year[2])
    rule = names.get(text)
    if rule is None:
        this = re.fullmatch(rf"(.{{3,40}}?) (?:{lexicon.pieces('this_year')})", text)
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
    weekdays = names_of(speech.code)[1]
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
    text = counted(text, speech)
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


def counted(text: str, speech: Speech) -> str:
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
        note = notes(note, speech.say("clamped", date=name))
    sign = "+" if count > 0 else "−"
    span = (
        language.show_unit(abs(count), f"duration-{_singular(unit)}", speech.locale)
        if (unit != "fortnights")
        else language.show_unit(2 * abs(count), "duration-week", speech.locale)
    )
    step = f"{language.show_date(base.day, speech.locale)} {sign} {span}"
    return Day(day, notes(note, f"{step} = {language.show_date(day, speech.locale)}"))


def _singular(unit: str) -> str:
    return unit[:-1]


def _monthly(kind: str, slots: dict[str, str], speech: Speech, today: date) -> Day | None:
    months, weekdays = names_of(speech.code)
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
