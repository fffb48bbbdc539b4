"""The times, spans and places of a question, with slots in their place.

"1h50" may be a time or a span; every way to read such a text is given, the likeliest first.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from datetime import time, timedelta
from fractions import Fraction
from functools import cache

from msgspec import Struct

from musespark import lexicon
from musespark.hour import Clock, Found, clocks, counted, spans
from musespark.language import Speech
from musespark.place import Spot, places


class Moments(Struct, frozen=True):
    """A text with the slots <time>, <span>, <place>, <n> and <weekday>, and what they hold, each
    kind in its order. A place is named as it was written, "" for here; Monday is 0."""

    text: str
    clocks: tuple[Clock, ...] = ()
    spans: tuple[timedelta, ...] = ()
    places: tuple[str, ...] = ()
    numbers: tuple[Fraction, ...] = ()
    weekdays: tuple[int, ...] = ()


WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MEASURED = re.compile("[%€$£°]")
_MOST_DOUBTFUL = 3  # of them are read both ways
_MOST_PIECES, _MOST_PLACES = 8, 3  # more are no question


def moments(text: str, speech: Speech) -> Iterator[tuple[int, Moments]]:
    """The ways to read a text with how doubtful each is, the likeliest first; none where there is
    nothing to read, or a name means two places."""
    if _MEASURED.search(text):
        return
    low = text.lower() if len(text.lower()) == len(text) else text
    spots = list(places(text, speech))
    if any(spot.name is None for spot in spots):
        return
    spots = _merged(low, spots)
    for spot in reversed(spots):
        low = f"{low[: spot.start]}<place>{low[spot.end :]}"
    low = counted(low, speech)
    if not re.search(rf"\d|{lexicon.pieces('time_words')}", low):
        return
    names = tuple(spot.name or "" for spot in spots)
    pieces = _pieces(low, speech)
    if len(pieces) > _MOST_PIECES or len(names) > _MOST_PLACES:
        return
    either = [at for at, (clock, span) in enumerate(pieces) if clock and span][:_MOST_DOUBTFUL]
    ways = []
    for choice in itertools.product((0, 1), repeat=len(either)):
        chosen = dict(zip(either, choice, strict=True))
        found = [
            pair[chosen[at]] if at in chosen else pair[0] or pair[1]
            for at, pair in enumerate(pieces)
        ]
        read = [one for one in found if one]
        doubt = sum(_doubt(low, one, speech) for at, one in enumerate(read) if at in chosen)
        ways.append((doubt, read))
    for doubt, read in sorted(ways, key=lambda way: way[0]):
        yield doubt, _slotted(low, read, names, speech)


def _merged(text: str, spots: list[Spot]) -> list[Spot]:
    """The places, "here in Berlin" as one."""
    kept: list[Spot] = []
    for spot in spots:
        between = text[kept[-1].end : spot.start] if kept else None
        if between is not None and kept[-1].name == "" and spot.name and _IN.fullmatch(between):
            kept[-1] = Spot(kept[-1].start, spot.end, spot.name)
        else:
            kept.append(spot)
    return kept


_IN = re.compile(r",? (?:in |en |à |a |au )?")


def _pieces(text: str, speech: Speech) -> list[tuple[Found | None, Found | None]]:
    """Every time and span of a text in their order, as (time, span); the longest counts."""
    found = sorted(
        (*clocks(text, speech), *spans(text, speech)),
        key=lambda one: (one.start - one.end, one.start),
    )
    kept: dict[tuple[int, int], tuple[Found | None, Found | None]] = {}
    for one in found:
        place = one.start, one.end
        if place not in kept and any(s < one.end and one.start < e for s, e in kept):
            continue
        clock, span = kept.get(place, (None, None))
        kept[place] = (one, span) if isinstance(one.value, Clock) else (clock, one)
    return [kept[place] for place in sorted(kept)]


def _doubt(text: str, one: Found, speech: Speech) -> int:
    """How unlikely a reading is, told by the word before it and by the hour."""
    before = text[max(0, one.start - 24) : one.start]
    at, lasting = (
        re.search(rf"(?<!\w)(?:{'|'.join(words)}) ?$", before) is not None
        for words in (speech.words.pieces.at, speech.words.pieces.lasting)
    )
    if isinstance(one.value, Clock):
        return 5 * lasting + (0 if at else 2 * (one.value.at.hour < 6))
    hours = one.value // timedelta(hours=1)
    return 5 * at + (0 if lasting else (hours > 5) + (hours > 12))


def _slotted(text: str, found: list[Found], names: tuple[str, ...], speech: Speech) -> Moments:
    tomorrow, held, lengths = _tomorrow(speech.code), list[Clock](), list[timedelta]()
    out, end = "", 0
    for one in found:
        out += text[end : one.start]
        end = one.end
        if isinstance(one.value, Clock):
            held.append(one.value)
            day = tomorrow.search(text, one.start, one.end)
            out += f" <time> {day[0] if day else ''} "
        else:
            lengths.append(one.value)
            out += " <span> "
    out = re.sub(" {2,9}", " ", out + text[end:])
    out = _ranged(out, held) if held else out
    numbers = tuple(Fraction(n[0].replace(",", ".")) for n in _NUMBER.finditer(out))
    out = _NUMBER.sub("<n>", out)
    days = _weekdays(speech.locale)
    weekdays = tuple(days[word[0]] for word in _WORD.finditer(out) if word[0] in days)
    if weekdays:
        out = _WORD.sub(lambda word: "<weekday>" if word[0] in days else word[0], out)
    return Moments(out, tuple(held), tuple(lengths), names, numbers, weekdays)


_NUMBER = re.compile(r"(?<![\w.,])\d{1,9}(?:[.,]\d{1,9})?(?![\w]|[.,]\d)")
_WORD = re.compile(r"[^\W\d_]+")


def _ranged(text: str, held: list[Clock]) -> str:
    """ "from 8 to <time>": the number is a time as well, if no more than a number."""
    to = lexicon.pieces("range")
    before = re.search(rf"(?<![\w.,:])(?P<n>\d{{1,2}}) ?(?=(?:{to}) ?<time>)", text)
    after = re.search(rf"<time> +(?:{to}) ?(?P<n>\d{{1,2}})(?! ?[\w.,:%€$£]| <)", text)
    number = before or after
    if number is None or int(number["n"]) > 24:
        return text
    start, end = number.span("n")
    hour = int(number["n"])
    bare = Clock(time(hour % 24), sure=hour > 12 or hour == 0, written="bare")
    held.insert(text[:start].count("<time>"), bare)
    return f"{text[:start]}<time>{text[end:]}"


@cache
def _tomorrow(code: str) -> re.Pattern[str]:
    """The words for tomorrow inside a time: "7 tomorrow morning"."""
    names = lexicon.languages()[code].days_named
    words = [name for name, day in names.items() if day == "+1"]
    return re.compile(rf"(?<!la )\b(?:{'|'.join(words)})\b")


@cache
def _weekdays(locale: str) -> dict[str, int]:
    """The names of the days of the week, Monday is 0."""
    from babel import Locale

    names = Locale.parse(locale).days["format"]["wide"]
    return {str(name).lower(): number for number, name in names.items()}
