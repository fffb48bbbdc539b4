"""A question about days, and the other questions that its words could be."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from musespark.day import Day, NoSuchDay, Piece, as_day
from musespark.frames import Mark, Reading

UNITS = ("days", "weeks", "months", "years")
ASKED = ("date", "day", "weekday", "week", "yearday")
_COUNTED = (*UNITS, "nights")


class Asked(Struct, frozen=True):
    """A question about days: its marks, what stands in its slots, and when it is asked."""

    marks: tuple[Mark, ...]
    pieces: tuple[Piece, ...]
    today: date

    @property
    def concepts(self) -> tuple[str, ...]:
        return tuple(mark.concept for mark in self.marks)

    @property
    def unit(self) -> str:
        """What is counted: days, weeks, months, years or nights; "" if that was not said."""
        return next((m.text for m in self.marks if m.concept == "<unit>"), "")

    @property
    def counted(self) -> str:
        """The unit as the tool knows it, days if none was said."""
        return self.unit if self.unit in UNITS else "days"

    @property
    def asks(self) -> bool:
        """Whether a question was put in words, as in "what week", "week number"."""
        told = any(m.concept in ASKED and " " in m.text for m in self.marks)
        return told or not {"what", "number"}.isdisjoint(self.concepts)

    def first(self, *kinds: str) -> Piece | None:
        return next((piece for piece in self.pieces if piece.kind in kinds), None)

    def days(self) -> list[Piece]:
        return [piece for piece in self.pieces if piece.kind == "day"]

    def day(self, past: bool = False) -> Day:
        """The day asked about. Raises NoSuchDay if the calendar lacks it."""
        piece = self.first("day")
        day = as_day(piece, self.today) if piece else Day(self.today, how="near")
        if day.missing:
            raise NoSuchDay(day.missing)
        return day.nearest(self.today, past)

    def said(self, past: bool = False) -> str:
        """The day as the tool is to read it: its words, or its date where they do not tell."""
        piece, day = self.first("day"), self.day(past)
        same = piece is not None and piece.value.day == day.day and day.how != "first"
        return piece.text if piece and same else day.day.isoformat()


def readings(reading: Reading, pieces: tuple[Piece, ...], today: date) -> Iterator[Asked]:
    """What the question could be: as it was said; a day without a year in the year that was said
    elsewhere; weekdays, months and years as days; and without what says only "today"."""
    marks = tuple(
        Mark("<unit>", m.concept, m.at) if m.concept in _COUNTED else m for m in reading.marks
    )
    asked = Asked(marks, pieces, today)
    seen = [asked]
    yield asked
    for change in (
        _from_that_day,
        _in_that_year,
        _weekdays_as_days,
        _months_as_days,
        _without_today,
    ):
        changed = change(asked)
        if changed is not None:
            asked = changed
            if asked not in seen:
                seen.append(asked)
                yield asked


def _slots(asked: Asked) -> list[int]:
    """Where the slots are among the marks, in the order of the pieces."""
    at = [i for i, m in enumerate(asked.marks) if m.concept[:1] == "<" and m.concept != "<unit>"]
    return at if len(at) == len(asked.pieces) else []


def _changed(asked: Asked, new: dict[int, Piece | None]) -> Asked | None:
    """The question with other pieces in its slots, or without a slot for None."""
    slots = _slots(asked)
    if not new or not slots:
        return None
    where = {slots[i]: piece for i, piece in new.items()}
    marks = (
        (Mark(f"<{piece.kind}>", mark.text, mark.at) if (piece := where[i]) else None)
        if i in where
        else mark
        for i, mark in enumerate(asked.marks)
    )
    pieces = (new.get(i, piece) for i, piece in enumerate(asked.pieces))
    return Asked(tuple(filter(None, marks)), tuple(filter(None, pieces)), asked.today)


def _from_that_day(asked: Asked) -> Asked | None:
    """ "An invoice of 3 March is due in 30 days": from that day, not from today."""
    spans = [i for i, p in enumerate(asked.pieces) if p.kind == "day" and p.value.later]
    if len(spans) != 1 or len(asked.days()) != 2:
        return None
    piece = asked.pieces[spans[0]]
    return _changed(asked, {spans[0]: Piece("later", piece.text, piece.value.later)})


def _in_that_year(asked: Asked) -> Asked | None:
    years = [i for i, piece in enumerate(asked.pieces) if piece.kind == "year"]
    others = [i for i, piece in enumerate(asked.pieces) if piece.kind in ("day", "month")]
    if len(years) != 1 or len(others) != 1:
        return None
    year, piece = asked.pieces[years[0]].value, asked.pieces[others[0]]
    if piece.kind == "month":
        month, known = piece.value
        new = Piece("month", piece.text, (month, year)) if known is None else None
    else:
        try:
            day: Day | None = piece.value.within(year)
        except (NoSuchDay, ValueError):
            return None
        new = Piece("day", day.day.isoformat(), day) if day else None
    return _changed(asked, {years[0]: None, others[0]: new}) if new else None


def _weekdays_as_days(asked: Asked) -> Asked | None:
    return _as_days(asked, ("weekday",))


def _months_as_days(asked: Asked) -> Asked | None:
    return _as_days(asked, ("month", "year"))


def _as_days(asked: Asked, kinds: tuple[str, ...]) -> Asked | None:
    past = "since" in asked.concepts
    return _changed(
        asked,
        {
            i: Piece("day", piece.text, as_day(piece, asked.today, past))
            for i, piece in enumerate(asked.pieces)
            if piece.kind in kinds
        },
    )


def _without_today(asked: Asked) -> Asked | None:
    days = [i for i, piece in enumerate(asked.pieces) if piece.kind == "day"]
    now = [i for i in days if asked.pieces[i].value == Day(asked.today, how="near")]
    return _changed(asked, dict.fromkeys(now)) if len(days) > len(now) else None
