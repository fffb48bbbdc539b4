"""What could be asked of days: weekdays, distances, ages, weeks, and days before and after."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import permutations

from musespark import day
from musespark.almanac import month_end, shift
from musespark.language import Speech
from musespark.reading import TOKEN, Reading, Readings, marks, order

_UNITS = ("days", "weeks", "months", "years")
_MOST = 9  # pieces
_ASKED = {"date", "day", "weekday", "week", "yearday", "leap", "left", "month", "year"}
_STEPS = (("after", "later"), ("before", "earlier"))
Own = tuple[str, ...]


def day_readings(found: day.Found, speech: Speech, today: date) -> Readings:
    """Everything that could be asked of the days, months and spans that were found in a text."""
    said, cues = marks(found.text, speech.code, "days")
    spots = [slot.start() for slot in re.finditer(r"<\w+>", found.text)]
    if len(found.pieces) > _MOST or len(spots) != len(found.pieces):
        return [], cues
    concepts = frozenset(mark.concept for mark in said)
    return list(_Asked(found, spots, concepts, today).readings()), cues


class _Asked:
    """What could be asked of the pieces of a text, with the concepts of its words."""

    def __init__(
        self, found: day.Found, spots: list[int], concepts: frozenset[str], today: date
    ) -> None:
        self.text, self.pieces, self.spots, self.today = found.text, found.pieces, spots, today
        self.counted = concepts & {*_UNITS, "nights"}
        self.asks = bool(self.pieces or concepts & _ASKED)

    def readings(self) -> Iterator[Reading]:
        dated = list(dates(self.pieces, self.today))
        for at, how, one in dated:
            ahead = "ahead" if one > self.today else "behind" if one < self.today else "today"
            yield from self._of_day(at, (how, ahead), one)
            for other in range(len(self.pieces)):
                if other != at:
                    yield from self._with(at, other, (how, ahead), one.isoformat())
        for (at, how, one), (other, how2, two) in permutations(dated, 2):
            if at != other and one <= two:
                days = {"date": one.isoformat(), "other": two.isoformat()}
                for unit in _UNITS:
                    cues = (how, how2, unit)
                    yield self._one("between", (at, other), *cues, ask="between", unit=unit, **days)
        for at, piece in enumerate(self.pieces):
            if piece.kind == "span":
                for word, means in (("after", "hence"), ("before", "ago")):
                    said = f"{_span(piece.value)} {word} today"
                    yield self._one(means, (at,), ask="date", date=said)
                    yield self._one(f"{means}-weekday", (at,), ask="weekday", date=said)
            elif piece.kind in ("month", "year"):
                yield from self._of_months(at, piece)
        if self.asks:
            yield from self._of_today()

    def _of_day(self, at: int, cues: Own, one: date) -> Iterator[Reading]:
        """What could be asked of one day."""
        said = one.isoformat()
        for ask in ("weekday", "date", "week", "day_of_year"):
            yield self._one(ask, (at,), *cues, ask=ask, date=said)
        yield self._one("weekend", (at,), *cues, ask="is", date=said, other="67")
        if one != self.today:
            ask = "until" if one > self.today else "since"
            for unit in _UNITS:
                yield self._one(ask, (at,), *cues, unit, ask=ask, date=said, unit=unit)
        if one <= self.today:
            yield self._one("age", (at,), *cues, ask="age", date=said)

    def _with(self, at: int, other: int, cues: Own, said: str) -> Iterator[Reading]:
        """What could be asked of a day together with another piece: a weekday, a span, a number."""
        both, piece = (at, other), self.pieces[other]
        if piece.kind == "weekday":
            which = str(piece.value + 1)
            yield self._one("is-weekday", both, *cues, ask="is", date=said, other=which)
        elif piece.kind == "span":
            for word, means in _STEPS:
                when = f"{_span(piece.value)} {word} {said}"
                yield self._one(means, both, *cues, ask="date", date=when)
                yield self._one(f"{means}-weekday", both, *cues, ask="weekday", date=when)
        elif piece.kind == "day" and (piece.value.later or piece.value.ago):
            word = "after" if piece.value.later else "before"
            when = f"{_span(piece.value.later or piece.value.ago)} {word} {said}"
            yield self._one(f"from-{word}", both, *cues, ask="date", date=when)
            yield self._one(f"from-{word}-weekday", both, *cues, ask="weekday", date=when)
        elif piece.kind == "n" and piece.value:
            for word, means in (("after", "turns"), ("before", "years-before")):
                when = f"{piece.value} years {word} {said}"
                yield self._one(means, both, *cues, ask="date", date=when)

    def _of_months(self, at: int, piece: day.Piece) -> Iterator[Reading]:
        """What could be asked of a month or a year."""
        month, year = (1, piece.value) if piece.kind == "year" else piece.value
        years = (self.today.year, self.today.year + 1) if year is None else (year,)
        if not 1 < years[0] <= years[-1] < 9990:  # what follows it would be outside the calendar
            return
        if piece.kind == "year":
            yield self._one("leap", (at,), ask="leap", date=f"{year:04}")
            yield self._one("year-length", (at,), ask="length", date=f"{year:04}")
            yield self._one("next-leap", (at,), ask="next_leap", date=f"{year:04}-01-01")
        unit = f"{piece.kind}s"
        for which in years:
            when = "this" if which == self.today.year else "next"
            first = date(which, month, 1)
            end = shift(first, unit, 1) - timedelta(days=1)
            if piece.kind == "month":
                yield self._one("month-length", (at,), when, ask="length", date=first.isoformat())
            for counted in _UNITS[:3] if end > self.today else ():
                yield self._one(f"left-{unit}", (at,), when, ask="left", date=end.isoformat(),
                                unit=counted)  # fmt: skip
            for other, weekday in enumerate(self.pieces):
                if weekday.kind == "weekday":
                    days = {"date": first.isoformat(), "other": str(weekday.value + 1)}
                    yield self._one(f"count-{unit}", (at, other), when, ask="count", unit=unit,
                                    **days)  # fmt: skip

    def _of_today(self) -> Iterator[Reading]:
        for means, ask in (
            ("week-now", "week"), ("day-now", "day_of_year"), ("next-leap-now", "next_leap"),
            ("last-leap-now", "last_leap"), ("date-now", "date"), ("weekday-now", "weekday"),
        ):  # fmt: skip
            yield self._one(means, (), ask=ask, date="today")
        year = date(self.today.year, 12, 31).isoformat()
        month = month_end(self.today.year, self.today.month).isoformat()
        yield self._one("left-year", (), ask="left", date=year, unit="days")
        yield self._one("left-year-weeks", (), ask="left", date=year, unit="weeks")
        yield self._one("left-month", (), ask="left", date=month, unit="days")

    def _one(self, means: str, places: tuple[int, ...], *more: str, **own: str) -> Reading:
        """A reading that uses these pieces, with the words around them as its cues."""
        cues = [*more, "o" + order(places)]
        for n, at in enumerate(places):
            before = TOKEN.findall(self.text[: self.spots[at]])[-1:]
            after = TOKEN.findall(self.text[self.spots[at] :].partition(">")[2])[:1]
            cues += [f"{n}={self.pieces[at].kind}", *(f"{n}<{word}" for word in before)]
            cues += [f"{n}>{word}" for word in after]
            value = self.pieces[at].value
            if isinstance(value, day.Day):
                cues += [f"{n}h{value.how}", f"{n}{'y' if value.dated else 'n'}"]
        rest = [piece.kind for at, piece in enumerate(self.pieces) if at not in places]
        cues += [f"l{kind}" for kind in rest] + [f"left{min(len(rest), 4)}"]
        if "unit" in own:
            nights = own["unit"] == "days" and "nights" in self.counted
            said = "nights" if nights else own["unit"]
            free = "free" if not self.counted else "other"
            cues.append(f"unit {'said' if said in self.counted else free}")
        return Reading("dates", own, means, tuple(cues))


def _span(spans: Iterable[tuple[int, str]]) -> str:
    return " and ".join(f"{count} {each}" for count, each in spans)


def dates(pieces: tuple[day.Piece, ...], today: date) -> Iterator[tuple[int, str, date]]:
    """The days that the pieces could be: a date without a year the next and the last."""
    years = [p.value for p in pieces if p.kind == "year"]
    for at, piece in enumerate(pieces):
        if piece.kind not in ("day", "weekday", "month", "week"):
            continue
        try:
            one = day.as_day(piece, today)
            if one.missing or one.second:
                continue
            seen: set[date] = set()
            for how, each in (
                ("next", one.nearest(today, past=False)), ("last", one.nearest(today, past=True)),
                *((("of-year", within),) if len(years) == 1 and (within := one.within(years[0]))
                  else ()),
                *((("past", day.as_day(piece, today, True)),) if piece.kind == "weekday" else ()),
            ):  # fmt: skip
                if each.day not in seen:
                    seen.add(each.day)
                    yield at, how if len(seen) > 1 or not one.dated else "sure", each.day
        except (ValueError, OverflowError, day.NoSuchDay):
            continue
