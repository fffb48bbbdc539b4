"""Days said in words, anywhere in a text: 4 July 2026, next Friday, 90 days after Easter.

A date like 03/04/2026 is read as the person's locale writes dates, and a note says how; what is
not wholly understood is not read.

`find` puts a slot wherever it has read something: first the small pieces, numbers <n>, ordinals
<o>, weekdays, months, years and spans; then, by the language's table `relative`, what they make
together, until nothing is left to join: "3 weeks after the first Monday of May" is read as
"<span> after the <o> <weekday> of <month>", as "<span> after the <day>", and as "<day>".
"""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from functools import cache
from typing import Any

from msgspec import Struct

from musespark import almanac, language, lexicon
from musespark.frames import fold
from musespark.language import Speech
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
                found = _try(self.of_year, today.year - step if past else today.year + step)
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


_WHOLE = ("<day>", "<weekday>", "<week>")


def read_day(text: str, speech: Speech, today: date, past: bool = False) -> Day | None:
    """The day that a text means, or None unless all of it is understood. A day without a year is
    the next of its kind, or the last if `past`. Raises NoSuchDay for 30 February."""
    text = re.sub(r" {2,60}", " ", text.lower().strip(" ,."))
    if not text or len(text) > 100:
        return None
    found = find(text, speech, today)
    if re.sub(rf"^(?:(?:{lexicon.pieces('filler')}) ){{1,3}}", "", found.text) not in _WHOLE:
        return None
    day = as_day(found.pieces[0], today, past)
    if day.missing:
        raise NoSuchDay(day.missing)
    return day.nearest(today, past)


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
    return _undated(lambda y: date(y, month, 1), year, today, "first")


# --- the small pieces -------------------------------------------------------------------------


class _At(Struct, frozen=True):
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


_Make = Callable[[_At], "Piece | Day | None"]


def find(text: str, speech: Speech, today: date) -> Found:
    """The text in lower case, without accents and its number words as digits, with a slot for
    every day, month, year, weekday, span and number that it holds. Never raises."""
    found = Found(fold(counted(text.lower().replace("<", " "), speech)))
    for pattern, make in _small(speech.code):
        found = _put(found, pattern, make, "", speech, today)
    for _ in range(24):
        for pattern, how in _joints(speech.code):
            if pattern.search(found.text):
                joined = _put(found, pattern, _JOINTS[how.split(" ")[0]], how, speech, today)
                if joined.text != found.text:
                    found = joined
                    break
        else:
            break
    return found


def _put(
    state: Found, pattern: re.Pattern[str], make: _Make, how: str, speech: Speech, today: date
) -> Found:
    """The text with a slot wherever `make` has a piece for what the pattern found."""
    out: list[str] = []
    pieces: list[Piece] = []
    place = index = 0
    for match in pattern.finditer(state.text):
        start = index + state.text.count("<", place, match.start())
        end = start + match[0].count("<")
        inner = state.pieces[start:end]
        after = state.pieces[end] if end < len(state.pieces) else None
        at = _At(match, inner, after, _filled(match[0], inner), how, speech, today)
        try:
            made = make(at)
        except NoSuchDay as problem:
            made = Day(today, missing=problem.day)
        except (ValueError, OverflowError):
            made = None
        if isinstance(made, Day):
            made = at.piece("day", made)
        pieces += state.pieces[index:start]
        pieces += (made,) if made else inner
        out += (state.text[place : match.start()], f"<{made.kind}>" if made else match[0])
        place, index = match.end(), end
    if not out:
        return state
    return Found("".join((*out, state.text[place:])), (*pieces, *state.pieces[index:]))


def _filled(text: str, pieces: tuple[Piece, ...]) -> str:
    """The text with the words of the pieces in place of its slots."""
    words = iter(pieces)
    return re.sub(r"<\w+>", lambda _: next(words).text, text)


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
def _small(code: str) -> tuple[tuple[re.Pattern[str], _Make], ...]:
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

    def span(at: _At) -> Piece:
        return at.piece("span", ((int(at.match[1]), units[at.match[2]]),))

    def month(at: _At) -> Piece:
        return at.piece("month", (short_months[at.match[1] or at.match[2]], None))

    def weekday(at: _At) -> Piece:
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


def _year(at: _At) -> Piece | None:
    year = int((at.match[1] or "") + (at.match[2] or "") or at.match[3])
    return at.piece("year", year) if year else None


def _number(at: _At) -> Piece:
    return at.piece("n", int(at.said) if at.said.isdigit() and len(at.said) < 5 else None)


def _dated(text: str, year: int, month: int, day: int) -> date:
    """The date. Raises NoSuchDay for 30 February, ValueError for what is no date at all."""
    if 1 <= year <= 9999 and 1 <= month <= 12 and monthrange(year, month)[1] < day <= 31:
        raise NoSuchDay(text)
    return date(year, month, day)


def _iso(at: _At) -> Day:
    year, month, day = map(int, at.said.split("-"))
    return Day(_dated(at.said, year, month, day))


def _numeric(at: _At) -> Day | None:
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
    got = _of_month(at, *((a, b) if month_first else (b, a)), year)
    if not sure and year is None and speech.locale == "en":
        return None  # 03/04: nothing tells which is the month
    if sure:
        return got
    shown = language.show_date(got.day, speech.locale)
    note = speech.say("read_mdy" if month_first else "read_dmy", raw=at.said, date=shown)
    return Day(got.day, note, of_year=got.of_year)


def _of_month(at: _At, month: int, day: int, year: int | None) -> Day:
    return _undated(lambda y: _dated(at.said, y, month, day), year, at.today)


def _undated(
    of_year: Callable[[int], date], year: int | None, today: date, how: str = "given"
) -> Day:
    """The day of that year, or else the next of its kind; 29 February waits for its leap year."""
    if year is not None:
        return Day(of_year(year), how=how)
    if not any(_try(of_year, today.year + step) for step in range(_AHEAD)):
        of_year(today.year)  # raises what is wrong with it
    return Day(today, how=how, of_year=of_year).nearest(today, past=False)


def _try(of_year: Callable[[int], date], year: int) -> date | None:
    try:
        return of_year(year)
    except (NoSuchDay, ValueError):
        return None


def _feast(rule: str, at: _At) -> Piece | Day:
    """today, Christmas, Easter; or another name of a month or weekday."""
    if rule.startswith(("month ", "weekday ")):
        unit, _, number = rule.partition(" ")
        return at.piece(unit, int(number) if unit == "weekday" else (int(number), None))
    if re.fullmatch(r"[+-]\d", rule):
        return Day(at.today + timedelta(days=int(rule)), how="near")
    how = "fixed" if re.fullmatch(r"\d\d-\d\d", rule) else "moving"
    return _undated(lambda y: almanac.feast(rule, y), None, at.today, how)


# --- what they make together ------------------------------------------------------------------


@cache
def _joints(code: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """The rows of `relative`; "~" in them stands for words that say nothing, three at most."""
    filler = rf"(?:(?:{fold(lexicon.pieces('filler'))})(?: |(?<=')))" + "{0,3}"
    return tuple(
        (re.compile(rf"(?<!\w)(?:{fold(row).replace('~', filler)})(?!\w)"), how)
        for row, how in lexicon.languages()[code].relative
    )


def patterns() -> Iterator[re.Pattern[str]]:
    """Every pattern made here, for the test that none of them can run away."""
    for code in lexicon.languages():
        yield from (pattern for pattern, _ in (*_small(code), *_joints(code)))


def _date(at: _At) -> Day:
    """<n> <month>, with or without a year."""
    month, year = at.value("month")
    return _of_month(at, month, at.value("n o") or 0, year)


def _in_year(at: _At) -> Piece | Day | None:
    """<month> <year>, <day> <year>."""
    year = at.value("year")
    if day := at.value("day"):
        within: Day | None = day.within(year)
        return within
    month, known = at.value("month")
    return None if known else at.piece("month", (month, year))


def _step(at: _At) -> Day | None:
    """A span on or back from a day, or from today; without a span a day."""
    base = next((p for p in at.inner if p.kind in ("day", "weekday")), None)
    start = closest(as_day(base, at.today), at.today) if base else Day(at.today, how="near")
    if start.second or start.missing:
        return start if start.missing else None
    if at.how.endswith("near") and start.how not in ("near", "weekday", "given"):
        return None
    sign = 1 if at.how[0] == "+" else -1
    day, note, shown, locale = start.day, start.note, [], at.speech.locale
    for count, unit in at.value("span", ((1, "days"),)):
        before, day = day, almanac.shift(day, unit, sign * count)
        if unit in ("months", "years") and day.day != before.day:
            name = language.show_date(day, locale, "LLLL y")
            note = notes(note, at.speech.say("clamped", date=name))
        times, name = (2, "week") if unit == "fortnights" else (1, unit[:-1])
        shown.append(language.show_unit(times * count, f"duration-{name}", locale))
    step = f" {'+' if sign > 0 else '−'} ".join((language.show_date(start.day, locale), *shown))
    line = f"{step} = {language.show_date(day, locale)}"
    alone = at.value("span", ()) if base is None else ()
    later, ago = (alone, ()) if sign > 0 else ((), alone)
    return Day(day, notes(note, line), "worked" if base else "near", later=later, ago=ago)


def closest(day: Day, today: date) -> Day:
    """A date without a year is the one that is the closest: "30 days after 1 March" in March."""
    last = day.nearest(today, past=True)
    return last if day.how == "given" and today - last.day < day.day - today else day


def _nth_weekday(at: _At) -> Day:
    """The third Monday of May, the last Friday of 2026."""
    n = -1 if at.how == "last_of" else at.value("o n") or 0
    weekday, year = at.value("weekday"), at.value("year")
    if year is not None:
        day = almanac.nth(min(n, 1), weekday, 1 if n > 0 else 12, year)
        return Day(day + timedelta(days=7 * max(0, n - 1)), how="worked")
    month, year = at.value("month")
    return _undated(lambda y: almanac.nth(n, weekday, month, y), year, at.today, "worked")


def _nth_day(at: _At) -> Day | None:
    """The 200th day of 2026, the second day of next month."""
    n, year = at.value("o n") or 0, at.value("year")
    if year is None:
        month, year = at.value("month")
        return _undated(lambda y: _dated(at.said, y, month, n), year, at.today, "worked")
    if not 1 <= n <= 365 + isleap(year):
        return None
    return Day(date(year, 1, 1) + timedelta(days=n - 1), how="worked")


def _edge(at: _At) -> Day:
    """The first or the last day of a month or year."""
    year, start = at.value("year"), at.how == "start"
    this = (at.today.month, at.today.year)
    month, year = (1 if start else 12, year) if year else at.value("month", this)
    of_year = (lambda y: date(y, month, 1)) if start else (lambda y: almanac.month_end(y, month))
    return _undated(of_year, year, at.today, "worked")


def _by_weekday(at: _At) -> Day | None:
    """Next, last, this Friday; `week+1`: that of the next week."""
    weekday, today = at.value("weekday"), at.today
    in_week = today + timedelta(days=weekday - today.weekday())
    coming = in_week if in_week > today else in_week + timedelta(days=7)
    if at.how == "last":
        return Day(in_week - timedelta(days=0 if in_week < today else 7), how="near")
    if at.how.startswith("week"):
        return Day(in_week + timedelta(days=7 * int(at.how[4:])), how="near")
    if at.how == "this":
        return Day(in_week, how="near") if in_week >= today else None
    second = in_week + timedelta(days=7)
    both = at.how == "next" and second != coming
    return Day(coming, how="near", second=second if both else None)


def _from_day(at: _At) -> Day | None:
    """The (second) Monday after a day, the Friday before it."""
    base, weekday, n = at.value("day"), at.value("weekday"), at.value("o", 1)
    if base.missing or base.second or not 1 <= n <= 60:
        return None
    if at.how == "before":
        steps = -((base.day.weekday() - weekday - 1) % 7 + 1) - 7 * (n - 1)
    else:
        steps = (weekday - base.day.weekday() - 1) % 7 + 1 + 7 * (n - 1)
    return Day(base.day + timedelta(days=steps), base.note, "worked")


def _checked(at: _At) -> Day | None:
    """Monday, 6 July 2026: only if it is one. Without a year it is the next that is."""
    day, weekday = at.value("day"), at.value("weekday")
    if day.missing or day.how != "given":
        return None
    if day.of_year is None:
        return day if day.day.weekday() == weekday else None
    near = (_try(day.of_year, at.today.year + step) for step in (0, 1))
    return next((Day(d, day.note) for d in near if d and d.weekday() == weekday), None)


def _friday_13(at: _At) -> Day | None:
    """The next Friday the 13th; without a weekday, the next 13th."""
    n, weekday, day = at.value("o n"), at.value("weekday"), at.today
    if not n or n > 31:
        return None
    while day.day != n or weekday not in (None, day.weekday()):
        day += timedelta(days=1)
    return Day(day, how="near" if weekday is None else "worked")


def _this(at: _At) -> Piece:
    """This, next or last month or year: `year+1`."""
    unit = at.how[:-2]
    day = almanac.shift(at.today.replace(day=1), f"{unit}s", int(at.how[-2:]))
    return at.piece(unit, day.year if unit == "year" else (day.month, day.year))


def _week(at: _At) -> Piece:
    """Week 23 of 2026."""
    year = at.value("year", at.today.isocalendar()[0])
    return at.piece("week", date.fromisocalendar(year, at.value("n o") or 0, 1))


def _in_week(at: _At) -> Day:
    """Monday of week 23."""
    return Day(at.value("week") + timedelta(days=at.value("weekday")), how="worked")


def _borrow(at: _At) -> Day | None:
    """From 3 to 19 May: the first has the month of the second."""
    other = at.after.value if at.after else None
    if not isinstance(other, Day) or other.how != "given" or other.missing:
        return None
    year, n = other.day.year if other.dated else None, at.value("n o") or 0
    return _undated(lambda y: _dated(at.said, y, other.day.month, n), year, at.today, "borrowed")


def _span(at: _At) -> Piece:
    """2 weeks and 3 days; `span 6 months` adds half a year."""
    said = at.how.split(" ")[1:]
    spans = [p.value for p in at.inner] + ([((int(said[0]), said[1]),)] if said else [])
    return at.piece("span", sum(spans, ()))


def _half(at: _At) -> Piece | None:
    """Half a year, 2 years and a half."""
    ((count, unit),) = at.value("span")
    whole = ((count, unit),) if at.how == "and_half" else ()
    if unit != "years" or (not whole and count != 1):
        return None
    return at.piece("span", (*whole, (6, "months")))


def _same(at: _At) -> Piece:
    return at.piece(at.inner[0].kind, at.inner[0].value)


_JOINTS: dict[str, _Make] = {
    **dict.fromkeys(("+", "-", "+near", "-near"), _step),
    **dict.fromkeys(("nth", "last_of"), _nth_weekday),
    **dict.fromkeys(("start", "end"), _edge),
    **dict.fromkeys(("next", "coming", "last", "this"), _by_weekday),
    **dict.fromkeys(("week-1", "week+0", "week+1", "week+2"), _by_weekday),
    **dict.fromkeys(("after", "before"), _from_day),
    **dict.fromkeys((f"{unit}{n:+}" for unit in ("year", "month") for n in (-1, 0, 1)), _this),
    "date": _date,
    "year": _in_year,
    "nth_day": _nth_day,
    "said": _checked,
    "on_the": _friday_13,
    "week": _week,
    "in_week": _in_week,
    "borrow": _borrow,
    "span": _span,
    "half": _half,
    "and_half": _half,
    "same": _same,
}
