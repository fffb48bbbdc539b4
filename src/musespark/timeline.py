"""A timeline in words: what was observed in a sound or a video, in its order, for a model.

It is made from the observations alone, so that a transcript that comes later joins the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from musespark.observation import Observation
from musespark.sounds import clock

UNHEARD = (
    "What is said in it was not read: no transcriber is connected (MUSESPARK_TRANSCRIBER_URL)."
)
_MOST = 24_000  # characters
_LINE = 600  # of a text in one line
_ROWS = 120  # of stretches that are told

_CLOCK = re.compile(r"(?<![\d:.,])(?:(\d{1,2}):)?(\d{1,3}):([0-5]\d)(?![\d:])")
_UNITS = (
    r"s|sec|secs|seconds?|sekunden?|sek|secondes?|segundos?|"
    r"m|min|mins|minutes?|minuten?|minutos?"
)
_AFTER = re.compile(rf"(?<![\d:.,])(\d{{1,5}}(?:[.,]\d{{1,2}})?)\s?({_UNITS})\b", re.IGNORECASE)
_BEFORE = re.compile(
    r"\b(second|sekunde|seconde|segundo|minute|minuto)\s+(\d{1,5}(?:[.,]\d{1,2})?)\b", re.IGNORECASE
)


def told(seen: Sequence[Observation]) -> str:
    """The observations of a sound or a video in words, bounded in length."""
    video = next((o for o in seen if o.kind == "video"), None)
    sound = next((o for o in seen if o.kind == "sound" and o.second is None), None)
    loud = next((o for o in seen if o.kind == "loudness"), None)
    head = f"A video: {video.what}." if video else f"A sound: {sound.what if sound else ''}."
    lines = [head]
    if video and sound:
        lines.append(f"Its sound: {sound.what}.")
    if loud:
        lines.append(f"Loudness: {loud.what}.")
    said = [o for o in seen if o.kind == "said"]
    lines += [o.what for o in seen if o.kind == "note" and o.second is None]
    if not said and sound and not any(o.kind == "unsaid" for o in seen):
        lines.append(UNHEARD)
    lines += [o.what for o in seen if o.kind == "unsaid"]
    rows = list(_rows(seen, bool(said)))
    if rows:
        lines += ["", "In its order:", *rows]
    text = "\n".join(lines)
    return text if len(text) <= _MOST else text[: text.rfind("\n", 0, _MOST) + 1] + "…"


def _rows(seen: Sequence[Observation], transcribed: bool) -> Iterable[str]:
    """A line for each shot, with what is written in it, and for each stretch of sound."""
    shots = [o for o in seen if o.kind == "shot" and o.second is not None]
    rows: list[tuple[float, int, str]] = []
    for number, shot in enumerate(shots, 1):
        start, end = shot.second or 0.0, shot.until or shot.second or 0.0
        written = [o.what for o in seen if o.kind == "text" and _in(o, start, end)]
        text = f"; written in it: {' / '.join(written)[:_LINE]}" if written else ""
        rows.append((start, 0, f"{span(start, end)} shot {number}: {shot.what}{text}"))
    kinds = ("said",) if transcribed else ("speech", "silence", "sound")
    heard = [o for o in seen if o.kind in kinds and o.second is not None]
    for one in heard[: len(heard) if transcribed else _ROWS]:
        start, end = one.second or 0.0, one.until or one.second or 0.0
        what = f"said: {one.what}" if one.kind == "said" else one.what
        rows.append((start, 1, f"{span(start, end)} {what}"))
    return [row for _, _, row in sorted(rows, key=lambda each: each[:2])]


def _in(one: Observation, start: float, end: float) -> bool:
    return one.second is not None and start <= one.second < max(end, start + 0.001)


def span(start: float, end: float) -> str:
    """From when to when: "0:07–0:12"."""
    return f"{clock(start)}–{clock(end)}" if clock(start) != clock(end) else clock(start)


def seconds_in(words: str) -> tuple[float, ...]:
    """The places in a sound or a video that somebody asks about: of "what happens at 0:12?" the
    second 12. In English, German, French and Spanish; at most 8."""
    found: dict[float, None] = {}
    for hours, minutes, rest in _CLOCK.findall(words):
        found[int(hours or 0) * 3600.0 + int(minutes) * 60.0 + int(rest)] = None
    plain = _CLOCK.sub(" ", words)
    pairs = [(number, unit) for number, unit in _AFTER.findall(plain)]
    pairs += [(number, unit) for unit, number in _BEFORE.findall(plain)]
    for number, unit in pairs:
        value = float(number.replace(",", "."))
        found[value * 60 if unit.lower().startswith("m") else value] = None
    return tuple(found)[:8]
