"""The small pieces of what is said of days: dates, months, weekdays, years, spans, feasts."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from functools import cache
from typing import Any

from msgspec import Struct

from musespark import almanac, language, lexicon
from musespark.day import Day, NoSuchDay, Piece, names_of, undated
from musespark.frames import fold
from musespark.language import Speech


class At(Struct, frozen=True):
    """A place where a pattern fits: the match, the pieces in it, the one after it, the words."""

    match: re.Match[str]
    inner: tuple[Piece, ...]
    after: Piece | None
    said: str
    how: str
    speech: Speech
    today: date

    def value(self, kinds: str, default: Any = None) -> Any:
        """What the first piece of these kinds means."""
        return next((p.value for p in self.inner if p.kind in kinds.split()), default)

    def piece(self, kind: str, value: Any) -> Piece:
        return Piece(kind, self.said, value)


Make = Callable[[At], "Piece | Day | None"]


def counted(text: str, speech: Speech) -> str:
    """Number words as digits: "a week" and "eine Woche" count 1."""
    small, one = _count_words(speech.code)
    words = speech.words.small
    text = small.sub(lambda m: f"{words[m[1]]} ", language.digits(text, speech.code))
    return one.sub(lambda m: "" if m[0][-1] != " " else "1 ", text)


@cache
def _count_words(code: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    words = lexicon.languages()[code]
    units, one = _alternatives(words.spans), "|".join(words.one)
    return (
        re.compile(rf"\b({_alternatives(words.small)}) (?=(?:{units})\b)"),
        re.compile(rf"\b(?:{one}) (?=(?:{units})\b)"),
    )


def _alternatives(names: Iterable[str]) -> str:
    """Names as a pattern, the long ones first, with or without their apostrophes and hyphens."""
    longest = sorted(map(re.escape, names), key=len, reverse=True)
    return "|".join(longest).replace("'", "'?").replace(r"\-", r"[ -]?")


def _bare(name: str) -> str:
    return re.sub(r"[' -]", "", name)


def _words(names: Iterable[str], after: str = r"(?!\w)") -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)({_alternatives(names)}){after}")


@cache
def small_pieces(code: str) -> tuple[tuple[re.Pattern[str], Make], ...]:
    """The patterns of the small pieces of a language, in the order in which they are put."""
    words = lexicon.languages()[code]
    months, weekdays = names_of(code)
    short_months, short_weekdays = names_of(code, "abbreviated")
    feasts = {_bare(fold(name)): rule for name, rule in words.days_named.items()}
    units = {fold(name): unit for name, unit in words.spans.items() if unit in almanac.STEPS}
    units |= dict.fromkeys(map(fold, lexicon.concepts(code)["days"]["nights"]), "days")
    ordinals = {fold(name): int(n) for name, n in words.ordinals.items()}
    start, end = r"(?<![\w.,:/-])", r"(?![\d/-]|[.,:]\d)"
    nth = r"(?:st|nd|rd|th|er|re|eme|e|°|ª|º|\.(?= ))"

    def span(at: At) -> Piece:
        return at.piece("span", ((int(at.match[1]), units[at.match[2]]),))

    def month(at: At) -> Piece:
        return at.piece("month", (short_months[at.match[1] or at.match[2]], None))

    def weekday(at: At) -> Piece:
        return at.piece("weekday", short_weekdays[at.match[1]])

    return (
        (re.compile(rf"{start}\d{{4}}-\d{{1,2}}-\d{{1,2}}{end}"), _iso),
        (
            re.compile(
                rf"{start}(\d{{1,2}})(?:([./-])(\d{{1,2}})\2(\d{{4}}|\d{{2}})"
                rf"|([./])(\d{{1,2}})\.?)(?!\w){end}"
            ),
            _numeric,
        ),
        (_words(map(fold, words.days_named)), lambda at: _feast(feasts[_bare(at.match[1])], at)),
        (re.compile(rf"{start}(\d{{1,6}}) ({_alternatives(units)})(?!\w)"), span),
        (_words(weekdays, r"(?:s|e|en)?(?!\w)"), weekday),
        (_words(short_weekdays, r"(?=(?:\.,?|,)? \d)"), weekday),
        (_words(months), month),
        (_words(short_months, r"(?!\w)\.?(?= ?\d)"), month),
        (re.compile(rf"(?<=[\dthsrndeo.] )({_alternatives(short_months)})(?!\w)\.?"), month),
        (re.compile(rf"{start}(?:(1[5-9]|20) (\d\d)|(\d{{4}})){end}(?![\w%]| ?[%°€$£])"), _year),
        (re.compile(rf"{start}(\d{{1,3}}){nth}(?!\w)"), lambda at: at.piece("o", int(at.match[1]))),
        (_words(ordinals), lambda at: at.piece("o", ordinals[at.match[1]])),
        (re.compile(r"\d{1,40}(?:[.,:/-]\d{1,40}){0,12}"), _number),
    )


def _year(at: At) -> Piece | None:
    year = int((at.match[1] or "") + (at.match[2] or "") or at.match[3])
    return at.piece("year", year) if year else None


def _number(at: At) -> Piece:
    return at.piece("n", int(at.said) if at.said.isdigit() and len(at.said) < 5 else None)


def dated(text: str, year: int, month: int, day: int) -> date:
    """The date. Raises NoSuchDay for 30 February, ValueError for what is no date at all."""
    if 1 <= year <= 9999 and 1 <= month <= 12 and monthrange(year, month)[1] < day <= 31:
        raise NoSuchDay(text)
    return date(year, month, day)


def _iso(at: At) -> Day:
    year, month, day = map(int, at.said.split("-"))
    return Day(dated(at.said, year, month, day))


def _numeric(at: At) -> Day | None:
    """03/04/2026, 3.10.1990, 24.12."""
    found, speech = at.match, at.speech
    mark, a, b = found[2] or found[5], int(found[1]), int(found[3] or found[6])
    month_first = speech.locale in ("en", "en_US", "en_PH", "es_US", "es_PR") and mark != "."
    sure = a > 12 or b > 12 or mark == "." or a == b
    if a > 12 and b <= 12:
        month_first = False
    elif b > 12:
        month_first = True
    year = int(found[4]) if found[4] else None
    if found[4] and len(found[4]) == 2:
        sure = False
        year = int(found[4]) + (2000 if int(found[4]) < (at.today.year % 100) + 20 else 1900)
    got = of_month(at, *((a, b) if month_first else (b, a)), year)
    if not sure and year is None and speech.locale == "en":
        return None  # 03/04: nothing tells which is the month
    if sure:
        return got
    shown = language.show_date(got.day, speech.locale)
    note = speech.say("read_mdy" if month_first else "read_dmy", raw=at.said, date=shown)
    return Day(got.day, note, of_year=got.of_year)


def of_month(at: At, month: int, day: int, year: int | None) -> Day:
    return undated(lambda y: dated(at.said, y, month, day), year, at.today)


def _feast(rule: str, at: At) -> Piece | Day:
    """today, Christmas, Easter; or another name of a month or weekday."""
    if rule.startswith(("month ", "weekday ")):
        unit, _, number = rule.partition(" ")
        return at.piece(unit, int(number) if unit == "weekday" else (int(number), None))
    if re.fullmatch(r"[+-]\d", rule):
        return Day(at.today + timedelta(days=int(rule)), how="near")
    how = "fixed" if re.fullmatch(r"\d\d-\d\d", rule) else "moving"
    return undated(lambda y: almanac.feast(rule, y), None, at.today, how)
