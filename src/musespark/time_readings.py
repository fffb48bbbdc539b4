"""What could be asked of times: now, elsewhere, before, after, between and until."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import combinations, permutations

from musespark.frames import fold
from musespark.hour import Clock
from musespark.language import Speech
from musespark.moments import Moments, moments
from musespark.reading import TOKEN, Reading, Readings, marks, order

_MOST = 300  # readings
_MOST_DOUBT = 4  # of a way to read times and spans
Slot = tuple[str, int]  # the kind of a slot, and which of its kind


def time_readings(text: str, speech: Speech, days: set[date]) -> Readings:
    """Everything that could be asked of the times, spans and places of a text in which these days
    are named besides today."""
    named = ["", *(one.isoformat() for one in sorted(days)[:2])]
    made: dict[str, Reading] = {}
    cues: list[str] = []
    for doubt, said in moments(text, speech):
        if doubt > _MOST_DOUBT or len(made) > _MOST:
            break
        cues += marks(said.text, speech.code, "times")[1]
        if len(said.clocks) < 4 and len(said.spans) < 4:
            for reading in _Asked(said, doubt, named).readings():
                made.setdefault(repr(reading.arguments), reading)
    return list(made.values()), cues


class _Asked:
    """What could be asked of one way to read the moments of a text."""

    def __init__(self, said: Moments, doubt: int, days: list[str]) -> None:
        self.said, self.doubt, self.days = said, doubt, days
        self.spots = {
            kind: [m.start() for m in re.finditer(f"<{kind}>", said.text)]
            for kind in ("time", "span", "place")
        }
        self.total = len(said.clocks) + len(said.spans) + len(said.places)
        self.named = [(n, name) for n, name in enumerate(said.places) if name][:2]
        self.here: list[Slot] = [("place", n) for n, name in enumerate(said.places) if not name][:1]

    def readings(self) -> Iterator[Reading]:
        yield self._one("now", (), ask="now")
        for n, name in self.named:
            own: tuple[Slot, ...] = (("place", n),)
            yield self._one("now-there", own, ask="now", place=name)
            yield self._one("day-there", own, ask="day", place=name)
            yield self._one("offset-here", own, ask="offset", place=name)
        for (n, a), (m, b) in combinations(self.named, 2):
            yield self._one("offset", (("place", n), ("place", m)), ask="offset", place=a, other=b)
        for n, clock in enumerate(self.said.clocks):
            for way, time in _ways(clock):
                yield from self._at(("time", n), way, time)
        yield from self._spans()
        for (n, one), (m, two) in permutations(enumerate(self.said.clocks), 2):
            yield from self._between((("time", n), ("time", m)), one, two)

    def _at(self, at: Slot, way: str, time: str) -> Iterator[Reading]:
        """What could be asked of one time."""
        yield self._one("until", (at,), way, ask="until", time=time)
        yield self._one("since", (at,), way, ask="since", time=time)
        for n, name in self.named:
            pair = (at, ("place", n), *self.here)
            yield self._one("past-there", pair, way, ask="past", time=time, place=name)
            for day, cues in self._on(way):
                own = {"ask": "convert", "time": time, "day": day}
                yield self._one("from-there", pair, *cues, **own, place=name)
                yield self._one("to-there", pair, *cues, **own, other=name)
            for slot, span in _each(self.said.spans):
                yield self._one("arrive", (at, ("place", n), *slot), way, ask="later", time=time,
                                other=name, span=span)  # fmt: skip
        for (n, a), (m, b) in permutations(self.named, 2):
            both: tuple[Slot, ...] = (at, ("place", n), ("place", m))
            for day, cues in self._on(way):
                yield self._one("between-places", both, *cues, ask="convert", time=time, place=a,
                                other=b, day=day)  # fmt: skip
            for slot, span in _each(self.said.spans):
                yield self._one("arrive-from", (*both, *slot), way, ask="later", time=time,
                                place=a, other=b, span=span)  # fmt: skip
        for slots, span in _lengths(self.said.spans):
            many = f"s{len(slots)}"
            for ask in ("later", "earlier"):
                yield self._one(ask, (at, *slots), way, many, ask=ask, time=time, span=span)

    def _on(self, way: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The days on which a time could be, with their cues."""
        for day in self.days:
            yield day, (way, "day" if day else "today", f"days{len(self.days)}")

    def _spans(self) -> Iterator[Reading]:
        """What could be asked of spans alone, and of how many there are of one."""
        for slots, span in _lengths(self.said.spans):
            many = f"s{len(slots)}"
            yield self._one("hence", slots, many, ask="later", span=span)
            yield self._one("ago", slots, many, ask="earlier", span=span)
            for number in self.said.numbers[:2] if len(slots) == 1 else ():
                if number.denominator == 1 and 0 < number < 1000:
                    for ask in ("product", "share"):
                        yield self._one(ask, slots, ask=ask, time=str(number), span=span)
        if len(self.said.spans) > 1:
            first, *rest = map(_length, self.said.spans)
            own: tuple[Slot, ...] = tuple(("span", n) for n in range(len(self.said.spans)))
            for ask in ("sum", "less"):
                yield self._one(ask, own, ask=ask, time=first, span=" + ".join(rest))

    def _between(self, pair: tuple[Slot, Slot], one: Clock, two: Clock) -> Iterator[Reading]:
        """What could be asked of two times."""
        for way, start in _ways(one):
            for way2, end in _ways(two):
                own = {"ask": "between", "time": start, "other": end}
                yield self._one("between", pair, way, way2, **own)
                for slots, span in _lengths(self.said.spans):
                    yield self._one("between-less", (*pair, *slots), way, way2, **own, span=span)

    def _one(self, means: str, slots: tuple[Slot, ...], *more: str, **own: str) -> Reading:
        """A reading that uses these slots, with the words around them as its cues."""
        text = self.said.text
        cues = [*more, f"doubt{self.doubt}", f"left{min(self.total - len(slots), 4)}",
                f"n{len(self.said.numbers)}"]  # fmt: skip
        if sum(map(len, self.spots.values())) == self.total:
            at = [self.spots[kind][n] for kind, n in slots]
            cues.append(f"o{order(at)}")
            for i, spot in enumerate(at):
                before = TOKEN.findall(fold(text[:spot]))[-2:]
                after = TOKEN.findall(fold(text[spot:].partition(">")[2]))[:1]
                cues += [f"{i}<{w}" for w in before[-1:]] + [f"{i}>{w}" for w in after]
                cues.append("<".join((str(i), *before)))
        every = {(kind, n) for kind, some in self.spots.items() for n in range(len(some))}
        cues += [f"l{kind}" for kind, _ in every - set(slots)]
        return Reading("times", own, means, tuple(cues))


def _ways(clock: Clock) -> list[tuple[str, str]]:
    """A time as it is written, and in the afternoon where it could be."""
    said = f"{clock.at:%H:%M}"
    if clock.sure or not 0 < clock.at.hour < 12:
        return [("sure" if clock.sure else "twelve", said)]
    return [("as-written", said), ("afternoon", f"{clock.at.hour + 12}:{clock.at:%M}")]


def _each(spans: tuple[timedelta, ...]) -> Iterator[tuple[tuple[Slot, ...], str]]:
    """Each span alone."""
    yield from (((("span", n),), _length(span)) for n, span in enumerate(spans))


def _lengths(spans: tuple[timedelta, ...]) -> Iterator[tuple[tuple[Slot, ...], str]]:
    """Each span alone, and all together."""
    yield from _each(spans)
    if len(spans) > 1:
        yield tuple(("span", n) for n in range(len(spans))), " + ".join(map(_length, spans))


def _length(span: timedelta) -> str:
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours = f"{minutes // 60} hours " if minutes >= 60 else ""
    said = f"{hours}{minutes % 60} minutes"
    return f"{said} {seconds} seconds" if seconds else said
