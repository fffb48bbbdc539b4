"""Readings: each exact question that a text could be, for `reader` to tell which one is meant.

All exact tools read a text at once: their numbers, quantities, days, times and places are put into
everything that could be asked of them ("17 − 5", "17 is what percent of 5", "5 km in miles", "days
until 3 May"). The cues are words, pairs of words, the concepts of the lexicon, what stands around
each number, of what kind it is, and what is left over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cache

from msgspec import Struct

from musespark import language, lexicon, unit
from musespark.datebook import hinted
from musespark.day_finding import find
from musespark.day_readings import dates, day_readings
from musespark.frames import fold
from musespark.language import Speech
from musespark.reading import TOKEN, Reading
from musespark.sum_readings import sum_readings
from musespark.time_readings import time_readings
from musespark.unit_readings import unit_readings

MOST = 900  # readings of one text; one with more to choose from is a story


class Question(Struct, frozen=True):
    """What a text could ask, and the cues that all of its readings share."""

    readings: list[Reading]
    cues: list[str]


def read(question: str, fallback: str, today: date) -> Question | None:
    """All readings of a question by a person whose language is `fallback`; None where there is
    nothing to work with. A few milliseconds."""
    if len(question) > language.LONGEST:
        return None
    text = language.plain(_BREAKS.sub(". ", _ARROWS.sub(" → ", question.replace("@", " at "))))
    if text is None:
        return None
    speech = language.speech(text, fallback)
    low = fold(language.digits(text.lower(), speech.code))
    if not _worth(low, speech):
        return None
    shared = dict.fromkeys(_words(low))
    found: list[Reading] = []
    days = find(text, speech, today)
    named = {one for _, how, one in dates(days.pieces, today) if how in ("sure", "next")}
    for some, cues in (
        sum_readings(text, speech),
        unit_readings(text, speech),
        day_readings(days, speech, today),
        time_readings(text, speech, named - {today}),
    ):
        found += some
        shared.update(dict.fromkeys(cues))
    if not found or len(found) > MOST:
        return None
    return Question(found, list(shared))


_BREAKS = re.compile(r"[?!;]+(?=\s*[^\W_])|\s*[\n\r]+\s*")  # after them, something else is said
_ARROWS = re.compile(r" ?(?:-{1,2}>|=>|>|⇒|= ?\?) ?")


_DIGIT = re.compile(r"\d")


def _worth(low: str, speech: Speech) -> bool:
    """Whether a text has a number, a day, a word about the time, or two words for units."""
    if _DIGIT.search(low) or hinted(low, speech) or _times().search(low):
        return True
    return len(unit.firsts(speech.code) & {word for word in TOKEN.findall(low) if word[1:]}) > 1


@cache
def _times() -> re.Pattern[str]:
    return re.compile(fold(lexicon.pieces("time_words")))


def _words(low: str) -> Iterator[str]:
    """Words, the beginnings and ends of long ones, and pairs; every number is "#"."""
    words = ["#" if word[0].isdigit() else word for word in TOKEN.findall(low)]
    for word in words:
        yield word
        if len(word) > 5:
            yield f"{word[:4]}-"
            yield f"-{word[-4:]}"
    yield from (f"{a} {b}" for a, b in zip(["^", *words], [*words, "$"], strict=True))
    yield from (f"{a} {b} {c}" for a, b, c in zip(words, words[1:], words[2:], strict=False))
    yield f"#{min(words.count('#'), 6)}"
    yield f"~{min(len(words) // 4, 8)}"
