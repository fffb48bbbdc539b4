"""A time of day or a span of time said in words: "half past nine", "2 hours 30 minutes".

A time that could be morning or evening says so; what is not wholly understood is not read.
"""

from __future__ import annotations

import re
from datetime import time, timedelta
from fractions import Fraction

from msgspec import Struct

from musespark import language, lexicon
from musespark.language import Speech


class Clock(Struct, frozen=True):
    """A time of day; `sure` is False for "5:40", which may be morning or evening."""

    at: time
    sure: bool = True


def read_clock(text: str, speech: Speech) -> Clock | None:
    """A time of day, or None unless all of the text is one."""
    text = text.lower().strip(" ,.")
    text = re.sub(rf"^(?:{lexicon.pieces('at')}) ", "", text)
    text = re.sub(r" ?o'clock$", ":00", text) if re.match(r"\d{1,2} ?o'clock$", text) else text
    found = re.fullmatch(r"(\d{1,2})(?:[:.h](\d{2}))?(?: ?uhr| ?h)? ?([ap])\.? ?m\.?", text)
    if found:
        hour, minute = int(found[1]), int(found[2] or 0)
        if not 1 <= hour <= 12 or minute > 59:
            return None
        return Clock(time(hour % 12 + (12 if found[3] == "p" else 0), minute))
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", text) or re.fullmatch(r"(\d{1,2})h(\d{2})?", text)
    if found:
        return _clock(int(found[1]), int(found[2] or 0), len(found[1]) == 2 and found[1][0] == "0")
    for result, slots in language.matches(text, speech.code, "clock"):
        clock = _spoken(result, slots)
        if clock:
            return clock
    return None


def _clock(hour: int, minute: int, padded: bool = False) -> Clock | None:
    if hour > 23 or minute > 59:
        return None
    return Clock(time(hour, minute), sure=hour > 12 or hour == 0 or padded)


def _spoken(rule: str, slots: dict[str, str]) -> Clock | None:
    """ "half past 9" by its rule "{h}+30"."""
    filled = rule.format(**{"h": slots.get("h") or slots.get("g", ""), "m": slots.get("m", "")})
    found = re.fullmatch(r"(\d{1,2})(?::(\d{1,2})|([+-]\d\d))?([ap]m)?", filled)
    if not found:
        return None
    hour = int(found[1])
    if hour > 24:
        return None
    minutes = hour % 24 * 60 + int(found[2] or 0) + int(found[3] or 0)
    if found[4]:
        if not 1 <= hour <= 12:
            return None
        minutes = hour % 12 * 60 + (720 if found[4] == "pm" else 0) + int(found[3] or found[2] or 0)
    fixed = rule in ("12:00", "00:00") or bool(found[4])
    clock = _clock(minutes // 60 % 24, minutes % 60)
    return Clock(clock.at, clock.sure or fixed) if clock else None


def read_span(text: str, speech: Speech) -> timedelta | None:
    """A span such as "2 hours 30 minutes", "1h30", "1:45" or "2.5 hours", or None."""
    text = language.numbers(counted(text.lower().strip(" ,."), speech), speech.locale) or ""
    found = re.fullmatch(r"(\d{1,3}) ?h ?(\d{1,2})(?: ?m(?:in)?)?", text)
    if found and int(found[2]) < 60:
        return timedelta(hours=int(found[1]), minutes=int(found[2]))
    total, place = timedelta(), 0
    joins = lexicon.pieces("between")
    piece = re.compile(
        rf"(\d{{1,6}}(?:\.\d{{1,4}})?) ?([^\W\d_]{{1,9}})\.?(?:,? (?:{joins}) |,? |$)"
    )
    sizes = {"hours": 3600, "minutes": 60, "seconds": 1, "days": 86_400, "weeks": 604_800}
    last = float("inf")
    while place < len(text):
        part = piece.match(text, place)
        unit = sizes.get(speech.words.spans.get(part[2], "")) if part else None
        if part is None or unit is None or unit >= last:
            return None
        seconds = Fraction(part[1]) * unit
        if seconds.denominator != 1:
            return None
        total += timedelta(seconds=int(seconds))
        last, place = unit, part.end()
    return total if total and total < timedelta(days=3660) else None


def counted(text: str, speech: Speech) -> str:
    """Number words as digits; "an hour", "half an hour", "an hour and a half" as spans."""
    words, spans = speech.words, "|".join(speech.words.spans)
    one, small, mark = "|".join(words.one), words.small, language.decimal_mark(speech.locale)
    hour = "|".join(name for name, unit in words.spans.items() if unit == "hours")
    half, halves, quarter, more = (
        lexicon.pieces(kind)
        for kind in ("and_a_half", "half_hour", "quarter_hour", "one_and_a_half")
    )
    text = re.sub(rf"\b(?:{one}|1) ({spans}) (?:{half})\b", rf"1{mark}5 \1", text)
    text = re.sub(
        rf"\b(\d{{1,2}}|{'|'.join(small)}) (?:{half}) ({spans})\b",
        lambda m: f"{small.get(m[1], m[1])}{mark}5 {m[2]}",
        text,
    )
    text = re.sub(rf"\b(?:{more}) ", f"1{mark}5 ", text)
    text = re.sub(rf"\b(?:{halves}) ?(?=(?:{hour})\b)", f"0{mark}5 ", text)
    text = re.sub(rf"\b(?:{quarter})\b", "15 min", text)
    text = language.digits(text, speech.code)
    for word, digit in small.items():
        text = re.sub(rf"\b{word} (?=(?:{spans})\b)", f"{digit} ", text)
    return re.sub(rf"\b(?:{one}) (?=(?:{spans})\b)", "1 ", text)
