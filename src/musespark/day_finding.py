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
from calendar import isleap
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

from musespark import almanac, language, lexicon
from musespark.day import Day, Found, NoSuchDay, Piece, as_day, closest, if_there, notes, undated
from musespark.day_pieces import At, Make, counted, dated, of_month, small_pieces
from musespark.frames import fold
from musespark.language import Speech

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


def find(text: str, speech: Speech, today: date) -> Found:
    """The text in lower case, without accents and its number words as digits, with a slot for
    every day, month, year, weekday, span and number that it holds. Never raises."""
    found = Found(fold(counted(text.lower().replace("<", " "), speech)))
    for pattern, make in small_pieces(speech.code):
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
    state: Found, pattern: re.Pattern[str], make: Make, how: str, speech: Speech, today: date
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
        at = At(match, inner, after, _filled(match[0], inner), how, speech, today)
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


def patterns() -> Iterator[re.Pattern[str]]:
    """Every pattern made here, for the test that none of them can run away."""
    for code in lexicon.languages():
        yield from (pattern for pattern, _ in (*small_pieces(code), *_joints(code)))


# --- what the small pieces make together ---------------------------------------------------------


@cache
def _joints(code: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """The rows of `relative`; "~" in them stands for words that say nothing, three at most."""
    filler = rf"(?:(?:{fold(lexicon.pieces('filler'))})(?: |(?<=')))" + "{0,3}"
    return tuple(
        (re.compile(rf"(?<!\w)(?:{fold(row).replace('~', filler)})(?!\w)"), how)
        for row, how in lexicon.languages()[code].relative
    )


def _date(at: At) -> Day:
    """<n> <month>, with or without a year."""
    month, year = at.value("month")
    return of_month(at, month, at.value("n o") or 0, year)


def _in_year(at: At) -> Piece | Day | None:
    """<month> <year>, <day> <year>."""
    year = at.value("year")
    if day := at.value("day"):
        within: Day | None = day.within(year)
        return within
    month, known = at.value("month")
    return None if known else at.piece("month", (month, year))


def _step(at: At) -> Day | None:
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


def _nth_weekday(at: At) -> Day:
    """The third Monday of May, the last Friday of 2026."""
    n = -1 if at.how == "last_of" else at.value("o n") or 0
    weekday, year = at.value("weekday"), at.value("year")
    if year is not None:
        day = almanac.nth(min(n, 1), weekday, 1 if n > 0 else 12, year)
        return Day(day + timedelta(days=7 * max(0, n - 1)), how="worked")
    month, year = at.value("month")
    return undated(lambda y: almanac.nth(n, weekday, month, y), year, at.today, "worked")


def _nth_day(at: At) -> Day | None:
    """The 200th day of 2026, the second day of next month."""
    n, year = at.value("o n") or 0, at.value("year")
    if year is None:
        month, year = at.value("month")
        return undated(lambda y: dated(at.said, y, month, n), year, at.today, "worked")
    if not 1 <= n <= 365 + isleap(year):
        return None
    return Day(date(year, 1, 1) + timedelta(days=n - 1), how="worked")


def _edge(at: At) -> Day:
    """The first or the last day of a month or year."""
    year, start = at.value("year"), at.how == "start"
    this = (at.today.month, at.today.year)
    month, year = (1 if start else 12, year) if year else at.value("month", this)
    of_year = (lambda y: date(y, month, 1)) if start else (lambda y: almanac.month_end(y, month))
    return undated(of_year, year, at.today, "worked")


def _by_weekday(at: At) -> Day | None:
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


def _from_day(at: At) -> Day | None:
    """The (second) Monday after a day, the Friday before it."""
    base, weekday, n = at.value("day"), at.value("weekday"), at.value("o", 1)
    if base.missing or base.second or not 1 <= n <= 60:
        return None
    if at.how == "before":
        steps = -((base.day.weekday() - weekday - 1) % 7 + 1) - 7 * (n - 1)
    else:
        steps = (weekday - base.day.weekday() - 1) % 7 + 1 + 7 * (n - 1)
    return Day(base.day + timedelta(days=steps), base.note, "worked")


def _checked(at: At) -> Day | None:
    """Monday, 6 July 2026: only if it is one. Without a year it is the next that is."""
    day, weekday = at.value("day"), at.value("weekday")
    if day.missing or day.how != "given":
        return None
    if day.of_year is None:
        return day if day.day.weekday() == weekday else None
    near = (if_there(day.of_year, at.today.year + step) for step in (0, 1))
    return next((Day(d, day.note) for d in near if d and d.weekday() == weekday), None)


def _friday_13(at: At) -> Day | None:
    """The next Friday the 13th; without a weekday, the next 13th."""
    n, weekday, day = at.value("o n"), at.value("weekday"), at.today
    if not n or n > 31:
        return None
    while day.day != n or weekday not in (None, day.weekday()):
        day += timedelta(days=1)
    return Day(day, how="near" if weekday is None else "worked")


def _this(at: At) -> Piece:
    """This, next or last month or year: `year+1`."""
    unit = at.how[:-2]
    day = almanac.shift(at.today.replace(day=1), f"{unit}s", int(at.how[-2:]))
    return at.piece(unit, day.year if unit == "year" else (day.month, day.year))


def _week(at: At) -> Piece:
    """Week 23 of 2026."""
    year = at.value("year", at.today.isocalendar()[0])
    return at.piece("week", date.fromisocalendar(year, at.value("n o") or 0, 1))


def _in_week(at: At) -> Day:
    """Monday of week 23."""
    return Day(at.value("week") + timedelta(days=at.value("weekday")), how="worked")


def _borrow(at: At) -> Day | None:
    """From 3 to 19 May: the first has the month of the second."""
    other = at.after.value if at.after else None
    if not isinstance(other, Day) or other.how != "given" or other.missing:
        return None
    year, n = other.day.year if other.dated else None, at.value("n o") or 0
    return undated(lambda y: dated(at.said, y, other.day.month, n), year, at.today, "borrowed")


def _span(at: At) -> Piece:
    """2 weeks and 3 days; `span 6 months` adds half a year."""
    said = at.how.split(" ")[1:]
    spans = [p.value for p in at.inner] + ([((int(said[0]), said[1]),)] if said else [])
    return at.piece("span", sum(spans, ()))


def _half(at: At) -> Piece | None:
    """Half a year, 2 years and a half."""
    ((count, unit),) = at.value("span")
    whole = ((count, unit),) if at.how == "and_half" else ()
    if unit != "years" or (not whole and count != 1):
        return None
    return at.piece("span", (*whole, (6, "months")))


def _same(at: At) -> Piece:
    return at.piece(at.inner[0].kind, at.inner[0].value)


_JOINTS: dict[str, Make] = {
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
