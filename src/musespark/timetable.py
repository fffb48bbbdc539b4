"""What is asked of times, told by the frames of a question's words and its moments.

The frames tell what is asked; here it is seen which time, which place and which day are meant. A
time that could be morning or evening is taken only where it does not matter or the rest decides.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from musespark import frames, language, lexicon
from musespark.hour import Clock, in_words
from musespark.language import Speech
from musespark.moments import WEEK, Moments
from musespark.place import Place, read_place

Arguments = dict[str, object] | None
_MOST_SAID = 40  # words that mean something; a longer story is no question of a tool


def asked(said: Moments, speech: Speech, zone: str, now: datetime) -> Arguments:
    """What is asked of the tool `times`, as its arguments; None where no frame fits."""
    if len(said.clocks) > 2 or len(said.numbers) > 1 or len(said.text) > language.LONGEST:
        return None
    reading = frames.read(said.text, speech.code, "times")
    if reading is None or len(reading.marks) > _MOST_SAID:
        return None
    case = _Question(said, reading, speech, zone, now)
    for frame in frames.fitting(reading, "times"):
        means, _, way = frame.means.partition("_")
        found = _WAYS[means](case, way)
        if found is not None:
            return found
    return None


class _Question(Struct, frozen=True):
    """What was read of a question: its slots and its marks."""

    said: Moments
    reading: frames.Reading
    speech: Speech
    zone: str
    now: datetime

    def has(self, *concepts: str) -> bool:
        return not set(concepts).isdisjoint(self.reading.concepts)

    def order(self, pattern: str) -> bool:
        return re.search(pattern, " ".join(self.reading.concepts)) is not None

    def place(self, name: str) -> Place | None:
        return read_place(name, self.speech, self.zone) if name else Place("", self.zone)

    def here(self, place: Place) -> bool:
        """Whether a place keeps the time of the person's."""
        return self.now.astimezone(ZoneInfo(place.zone)).utcoffset() == self.now.utcoffset()

    def one_zone(self) -> bool:
        """Whether all places that were named keep the time of here."""
        return all(p and self.here(p) for p in map(self.place, self.said.places))

    def day(self) -> str | None:
        """The day that was named: "" is today, None is more than one day."""
        days = [*self.said.weekdays]
        today = self.now.date()
        dates = [today + timedelta(days=(day - today.weekday() - 1) % 7 + 1) for day in days]
        if self.has("tomorrow"):
            dates.append(today + timedelta(days=1))
        if self.has("yesterday"):
            dates.append(today - timedelta(days=1))
        return None if len(dates) > 1 else dates[0].isoformat() if dates else ""


def _hours(clock: Clock) -> str:
    return f"{clock.at:%H:%M}"


def _span(*lengths: timedelta) -> str:
    """Spans as they are written in the arguments: "2 hours 30 minutes + 15 minutes"."""
    english = Speech("en", "en")
    return " + ".join(in_words(length, english).replace(" and ", " ") for length in lengths)


def _ask_now(case: _Question, way: str) -> Arguments:
    if not case.said.places:
        return {"ask": "now"}
    *others, name = case.said.places
    own = [case.place(other) for other in others]  # "I am in Berlin, what time is it there …"
    if not all(place and case.here(place) for place in own):
        return None
    return {"ask": "now", "place": name} if case.place(name) else None


def _ask_day(case: _Question, way: str) -> Arguments:
    (name,) = case.said.places
    if not name or case.place(name) is None:
        return None
    return {"ask": "day", "place": name}


def _ask_weekday(case: _Question, way: str) -> Arguments:
    found = _ask_day(case, way)
    return found and found | {"time": WEEK[case.said.weekdays[0]]}


def _ask_hence(case: _Question, way: str) -> Arguments:
    return _moved(case, "later", "")


def _ask_ago(case: _Question, way: str) -> Arguments:
    return _moved(case, "earlier", "")


def _ask_step(case: _Question, way: str) -> Arguments:
    return _moved(case, way, _hours(case.said.clocks[0]))


def _two_things(case: _Question) -> bool:
    """Whether a span is told in one sentence and the present time asked for in the next: "I left
    25 minutes ago. What time is it?"."""
    told, _, asked = case.said.text.rpartition(". ")
    return "<span>" in told and language.piece("present").search(asked) is not None


def _moved(case: _Question, ask: str, at: str) -> Arguments:
    if not at and _two_things(case):
        return None
    if case.day() is None or any(span >= timedelta(days=2) for span in case.said.spans):
        return None
    found: dict[str, object] = {"ask": ask, "span": _span(*case.said.spans)}
    names = case.said.places
    if at:
        found["time"] = at
    if not names or case.one_zone():
        return found
    if len(names) == 1 and not at:
        return found | {"other": names[0]} if case.place(names[0]) else None
    if len(names) == 2 and case.has("local", "clock") and case.order(_THERE):
        return found | {"place": names[0], "other": names[1]}
    return None


# The place that is left, beside the time, before the one where the local time is asked for.
_THERE = r"(?:<place> (?:\S+ )*<time>|<time> (?:\S+ )*<place>) .*(?:local|clock) (?:\S+ )*<place>"


def _ask_convert(case: _Question, way: str) -> Arguments:
    (clock,), names, day = case.said.clocks, list(case.said.places), case.day()
    if day is None or _bare(clock):
        return None
    if way == "here":
        names.append("")
    elif way == "from" and len(names) == 2:
        names = ["", *filter(None, names)][:2]
    elif way == "from":
        names.insert(0, "")
    elif "" in names and case.order("<time> there"):
        names.sort(reverse=True)  # "they start at 9 am their time": not here
    elif "" in names and case.has("there"):
        names.sort()  # "at 5 pm my time, what time is it there": here comes first
    elif case.order(_TARGET_FIRST):
        names.reverse()
    if any(case.place(name) is None for name in names) or names[0] == names[1]:
        return None
    if any(_shifting(name, case.now) for name in names):
        return None
    found: dict[str, object] = {"ask": "convert", "time": _hours(clock)}
    for name, key in zip(names, ("place", "other"), strict=True):
        if name:
            found[key] = name
    return found | ({"day": day} if day else {})


# The place that is asked for comes before the one whose time is told.
_TARGET_FIRST = (
    r"(?:clock|when|time) (?:local |now |time )*<place> (?!<time> (?:local )?<place> .*clock)"
    r"(?:\S+ )*(?:<time>|<place>)"
)


def _ask_offset(case: _Question, way: str) -> Arguments:
    names = [*case.said.places, ""][:2]
    if names[0] == names[1] or any(case.place(name) is None for name in names):
        return None
    found: dict[str, object] = {"ask": "offset"}
    return found | {k: n for k, n in zip(("place", "other"), names, strict=True) if n}


def _ask_between(case: _Question, way: str) -> Arguments:
    start, end = case.said.clocks
    if way == "away":
        return _ask_across(case, start, end)
    if not case.one_zone():
        return None
    if way == "back":
        start, end = end, start
    pair = _clear(start, end, case.has("work", "bed", "wake"))
    if pair is None:
        return None
    found: dict[str, object] = {"ask": "between", "time": pair[0], "other": pair[1]}
    return found | ({"span": _span(*case.said.spans)} if case.said.spans else {})


def _ask_across(case: _Question, start: Clock, end: Clock) -> Arguments:
    """From a time in one place to a time in another, each beside its place."""
    here, there = case.said.places
    if None in (case.place(here), case.place(there)) or case.said.spans or case.day() != "":
        return None
    written = {start.written, end.written}
    if "bare" in written or ("half" in written and not (start.sure and end.sure)):
        return None
    found: dict[str, object] = {"ask": "between", "time": _hours(start), "other": _hours(end)}
    return found | {key: name for key, name in (("place", here), ("there", there)) if name}


def _clear(start: Clock, end: Clock, short: bool) -> tuple[str, str] | None:
    """Two times that leave no doubt: "22:30" says that "6:15" is in the morning, "11 pm" that it
    is within twelve hours; so does a night's sleep or a day's work."""
    a, b = (clock.at.hour * 60 + clock.at.minute for clock in (start, end))
    half = "half" in (start.written, end.written)
    bare = "bare" in (start.written, end.written)
    if not (start.sure and end.sure) and (half or short):
        gap = (b - a) % 720
        if end.sure:
            a = (b - gap) % 1440
        else:
            b = (a + gap) % 1440
    elif b <= a and not end.sure and (bare or start.written != "full"):
        return None
    return f"{a // 60:02}:{a % 60:02}", f"{b // 60:02}:{b % 60:02}"


def _ask_until(case: _Question, way: str) -> Arguments:
    (clock,), day = case.said.clocks, case.day()
    if day is None or case.said.weekdays or _bare(clock) or len(case.said.places) > 1:
        return None
    at, now = clock.at, case.now.replace(tzinfo=None)
    if not clock.sure and not day and at <= now.time():
        if not (case.has("today") and at.hour < 12):
            return None
        at = at.replace(hour=at.hour + 12)  # of today's two it is the one ahead
    found: dict[str, object] = {"ask": "until", "time": f"{at:%H:%M}"}
    if case.said.places and not case.one_zone():
        found["place"] = case.said.places[0]
    return found | ({"day": day} if day else {})


def _ask_since(case: _Question, way: str) -> Arguments:
    (clock,) = case.said.clocks
    if case.said.places or _bare(clock) or case.day() is None:
        return None
    if clock.at > case.now.time() or case.has("tomorrow"):
        return None
    return {"ask": "since", "time": _hours(clock)}


def _bare(clock: Clock) -> bool:
    return clock.written == "bare"


def _ask_sum(case: _Question, way: str) -> Arguments:
    spans = case.said.spans
    if case.said.numbers and list(case.said.numbers) != [len(spans)]:
        return None  # "three meetings, 45 min, 1 h and 30 min": they were counted
    first, *rest = spans
    if way == "less" and first < sum(rest, timedelta()):
        taken = case.has("difference", "left") or case.order("^(?:(?!<)\\S+ )*minus <span>")
        if not taken or len(rest) > 1:
            return None
        first, rest = rest[0], [first]  # "take 35 minutes from 2 hours"
    return {"ask": way or "sum", "time": _span(first), "span": _span(*rest)}


def _ask_product(case: _Question, way: str) -> Arguments:
    (number,) = case.said.numbers
    if number.denominator != 1 or not 1 <= number <= 1000:
        return None
    return {"ask": "product", "time": str(number), "span": _span(*case.said.spans)}


def _ask_share(case: _Question, way: str) -> Arguments:
    found, (length,) = _ask_product(case, way), case.said.spans
    if found is None or length.total_seconds() % int(case.said.numbers[0]):
        return None
    return found | {"ask": "share"}


_WAYS: dict[str, Callable[[_Question, str], Arguments]] = {
    "now": _ask_now,
    "day": _ask_day,
    "weekday": _ask_weekday,
    "hence": _ask_hence,
    "ago": _ask_ago,
    "step": _ask_step,
    "convert": _ask_convert,
    "offset": _ask_offset,
    "between": _ask_between,
    "until": _ask_until,
    "since": _ask_since,
    "sum": _ask_sum,
    "product": _ask_product,
    "share": _ask_share,
}


def _shifting(name: str, now: datetime) -> bool:
    """EST in summer: the winter time by name, but most people mean the time kept there now."""
    summer = {"est", "pst", "mst", "cet"}
    winter = {"edt", "pdt", "mdt", "cdt", "cest", "mesz", "bst", "eest", "aedt"}
    sign = name.lower()
    if sign not in summer | winter | {"mez", "aest", "eet", "wet"}:
        return False
    there = now.astimezone(ZoneInfo(lexicon.places().zone_signs[sign]))
    return bool(there.dst()) != (sign in winter)
