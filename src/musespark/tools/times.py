"""Times: the time somewhere, between zones, before, after and between two times.

Zones are those of the IANA database with summer time as it is on that day; the machine's own zone
plays no part. A place that could be two, or a time that could be morning or evening, is not read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from musespark import language, lexicon
from musespark.hour import Clock, counted, read_clock, read_span
from musespark.language import Speech
from musespark.place import Place, city_of, read_place
from musespark.problem import Problem
from musespark.tool import Exact
from musespark.turn import Turn

Ask = Literal["now", "convert", "later", "earlier", "between", "until", "offset", "sum", "less"]


async def times(
    ask: Annotated[
        Ask,
        Meta(
            description="now: the time in `place`; convert: `time` in `place` to `other` place; "
            "later/earlier: `span` after/before `time`; between: `time` to `other`; "
            "until `time`; offset: between `place` and `other`; sum/less: `time` and `span`"
        ),
    ],
    turn: Turn,
    time: Annotated[str, Meta(description="'15:00', '3pm'; '' is now; a span for sum")] = "",
    place: Annotated[str, Meta(description="a city, country or IANA zone; '' is here")] = "",
    other: Annotated[str, Meta(description="the second place or time")] = "",
    span: Annotated[str, Meta(description="such as '50 minutes', '2 hours 30 minutes'")] = "",
) -> Exact:
    """Answer a question about the time of day exactly: elsewhere, between zones, spans."""
    speech = language.speech(turn.question, turn.person.language)
    case = _Case(speech, turn.local_now, turn.person.zone, time, place, other, span)
    with language.spoken(speech):
        return _ANSWERS[ask](case)


class _Case(Struct, frozen=True):
    speech: Speech
    now: datetime
    zone: str
    at: str
    place: str
    other: str
    span: str

    def moment(self, text: str, zone: str) -> datetime:
        """A time of today's date in a zone; now if there is none."""
        if not text:
            return self.now
        clock = read_clock(text, self.speech) or read_clock(text, Speech("en", self.speech.locale))
        if clock is None:
            raise _unknown("time", text, "Write it as hours and minutes, such as 15:00.")
        today = self.now.astimezone(ZoneInfo(zone)).date()
        return datetime.combine(today, clock.at, ZoneInfo(zone))

    def where(self, text: str) -> Place:
        if not text:
            city = city_of(self.zone, self.speech.locale)
            return Place(city, self.zone)
        found = read_place(text, self.speech, self.zone)
        if found is None:
            raise _unknown("place", text, "Name a larger city, or a zone such as Europe/Berlin.")
        return found

    def length(self, text: str) -> timedelta:
        found = read_span(text, self.speech) or read_span(text, Speech("en", self.speech.locale))
        if found is None:
            raise _unknown("span of time", text, "Write it as '2 hours 30 minutes'.")
        return found

    def shown(self, moment: datetime | time) -> str:
        return language.show_time(moment, self.speech.locale)


def _unknown(kind: str, text: str, next: str) -> Problem:
    return Problem(
        "unknown_" + kind.split(" ")[0],
        f"This is no {kind} that can be read: {text[:60]}",
        why="It is not known, or it could mean several.",
        next=next,
    )


# --- answers --------------------------------------------------------------------------------


def _now(case: _Case) -> Exact:
    place = case.where(case.place)
    there = case.now.astimezone(ZoneInfo(place.zone))
    if not case.place:
        return Exact(case.speech.say("now_here", time=case.shown(there)), "", f"{there:%H:%M}")
    answer = case.speech.say("now", time=case.shown(there), place=place.name)
    if there.date() != case.now.date():
        answer = f"{answer} {_day(case, there.date())}"
    return Exact(answer, _zone_line(case, place, there), f"{there:%H:%M}")


def _day(case: _Case, day: date) -> str:
    return case.speech.say(
        "other_day",
        weekday=language.show_date(day, case.speech.locale, "EEEE"),
        date=language.show_date(day, case.speech.locale),
    )


def _zone_line(case: _Case, place: Place, moment: datetime) -> str:
    offset = moment.strftime("%z")
    return case.speech.say(
        "zone", place=place.name, zone=place.zone, offset=f"{offset[:3]}:{offset[3:5]}"
    )


def _convert(case: _Case) -> Exact:
    here, there = case.where(case.place), case.where(case.other)
    start = case.moment(case.at, here.zone)
    if not _exists(start):
        raise Problem(
            "no_such_time",
            f"There is no {case.shown(start)} on that day in {here.name}.",
            why="The clocks are put forward over it.",
            next="Ask for a time an hour later or earlier.",
        )
    end = start.astimezone(ZoneInfo(there.zone))
    answer = case.speech.say(
        "convert",
        time=case.shown(start),
        place=here.name,
        time2=case.shown(end),
        place2=there.name,
    )
    if end.date() != start.date():
        key = "next_day" if end.date() > start.date() else "previous_day"
        answer = f"{answer.rstrip('.')} ({case.speech.say(key)})."
    day = language.show_date(start.date(), case.speech.locale)
    lines = [day, _zone_line(case, here, start), _zone_line(case, there, end)]
    return Exact(answer, "\n".join(lines), f"{end:%H:%M}")


def _exists(moment: datetime) -> bool:
    back = moment.astimezone(UTC).astimezone(moment.tzinfo)
    return (back.hour, back.minute) == (moment.hour, moment.minute)


def _step(case: _Case, forward: bool) -> Exact:
    start = case.moment(case.at, case.zone)
    length = case.length(case.span)
    moved = (start.astimezone(UTC) + (length if forward else -length)) if not case.at else None
    end = moved.astimezone(start.tzinfo) if moved else start + (length if forward else -length)
    answer = case.speech.say(
        "later" if forward else "earlier",
        span=_words(length, case.speech),
        time=case.shown(start),
        time2=case.shown(end),
    )
    if end.date() != start.date():
        if not case.at:
            answer = f"{answer} {_day(case, end.date())}"
        else:
            key = "next_day" if forward else "previous_day"
            answer = f"{answer.rstrip('.')} ({case.speech.say(key)})."
    return Exact(_capital(answer), "", f"{end:%H:%M}")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _later(case: _Case) -> Exact:
    return _step(case, True)


def _earlier(case: _Case) -> Exact:
    return _step(case, False)


def _between(case: _Case) -> Exact:
    start, end = case.moment(case.at, case.zone), case.moment(case.other, case.zone)
    return _gap(case, start.replace(tzinfo=None), end.replace(tzinfo=None))


def _until(case: _Case) -> Exact:
    start = case.now.replace(second=0, microsecond=0)
    end = case.moment(case.at, case.zone)
    return _gap(case, start.replace(tzinfo=None), end.replace(tzinfo=None))


def _gap(case: _Case, start: datetime, end: datetime) -> Exact:
    working = ""
    if end < start:
        end += timedelta(days=1)
        working = case.speech.say("midnight")
    length = end - start
    answer = case.speech.say(
        "between",
        time=case.shown(start.time()),
        time2=case.shown(end.time()),
        span=_words(length, case.speech),
    )
    minutes = language.show_unit(length.seconds // 60, "duration-minute", case.speech.locale)
    lines = [line for line in (working, f"= {minutes}" if length.seconds >= 3600 else "") if line]
    return Exact(answer, "\n".join(lines), _iso(length))


def _offset(case: _Case) -> Exact:
    here, there = case.where(case.place), case.where(case.other)
    a, b = (case.now.astimezone(ZoneInfo(p.zone)) for p in (here, there))
    gap = (a.utcoffset() or timedelta()) - (b.utcoffset() or timedelta())
    key = "offset_same" if not gap else "offset_ahead" if gap > timedelta() else "offset_behind"
    answer = case.speech.say(
        key, place=here.name, place2=there.name, span=_words(abs(gap), case.speech)
    )
    lines = [_zone_line(case, here, a), _zone_line(case, there, b)]
    return Exact(answer, "\n".join(lines), _iso(abs(gap)))


def _total(case: _Case, key: str) -> Exact:
    first, second = case.length(case.at), case.length(case.span)
    length = first + second if key == "sum" else first - second
    if length < timedelta():
        raise Problem(
            "negative_span",
            "The second span of time is longer than the first.",
            why="A span cannot be less than nothing.",
            next="Swap the two.",
        )
    words = [_words(part, case.speech) for part in (first, second, length)]
    answer = case.speech.say(key, a=words[0], b=words[1], span=words[2])
    return Exact(_capital(answer), "", _iso(length))


_ANSWERS: dict[str, Callable[[_Case], Exact]] = {
    "now": _now,
    "convert": _convert,
    "later": _later,
    "earlier": _earlier,
    "between": _between,
    "until": _until,
    "offset": _offset,
    "sum": lambda case: _total(case, "sum"),
    "less": lambda case: _total(case, "less"),
}


def _iso(length: timedelta) -> str:
    """ISO 8601: PT8H25M."""
    seconds = int(length.total_seconds())
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    parts = f"{hours}H" * bool(hours) + f"{minutes}M" * bool(minutes) + f"{rest}S" * bool(rest)
    return f"PT{parts or '0M'}"


def _words(length: timedelta, speech: Speech) -> str:
    """8 hours and 25 minutes."""
    seconds = int(length.total_seconds())
    amounts = (seconds // 3600, "hour"), (seconds // 60 % 60, "minute"), (seconds % 60, "second")
    parts = [language.show_unit(n, f"duration-{u}", speech.locale) for n, u in amounts if n]
    return f" {speech.say('and')} ".join(parts) or language.show_unit(
        0, "duration-minute", speech.locale
    )


# --- finding a question about times in ordinary words -----------------------------------------


def recognise(question: str, turn: Turn) -> dict[str, object] | None:
    """The arguments of a question about times in ordinary words, or None where unsure."""
    text = language.plain(question)
    if text is None:
        return None
    speech = language.speech(text, turn.person.language)
    own = turn.person.zone
    alone = lexicon.pieces("time_alone").split("|")
    asked = question.strip().endswith("?") or language.framed(text, speech.code)
    for words in dict.fromkeys((text, counted(text.lower(), speech))):
        for form in language.stages(words, speech.code):
            for ask, slots in language.matches(form.lower(), speech.code, "hours"):
                if ask == "now" and not slots and not asked and form.lower() in alone:
                    continue  # one word may mean anything; with a "?" it asks for the time
                found = _arguments(ask, _cased(slots, form), speech, own, turn.local_now)
                if found is not None:
                    return found
    return None


def _cased(slots: dict[str, str], form: str) -> dict[str, str]:
    """The slots as the person wrote them, capitals included."""
    low = form.lower()
    if len(low) != len(form):
        return slots
    found = {}
    for key, value in slots.items():
        place = low.find(value)
        found[key] = form[place : place + len(value)] if place >= 0 else value
    return found


def _arguments(
    ask: str, slots: dict[str, str], speech: Speech, own: str, now: datetime
) -> dict[str, object] | None:
    slots = slots | {k: slots[o] for k, o in (("t", "x"), ("p", "y")) if o in slots}
    found: dict[str, object] = {"ask": ask}
    for slot, name in (("p", "place"), ("q", "other")):
        if slot in slots:
            if read_place(slots[slot], speech, own) is None:
                return None
            found[name] = "" if slots[slot].lower() in speech.words.here else slots[slot]
    if _shifting(slots, now):
        return None
    clocks = {k: read_clock(slots[k], speech) for k in ("t", "a", "b") if k in slots}
    if any(clock is None for clock in clocks.values()):
        return None
    for slot, name in (("t", "time"), ("a", "time"), ("b", "other")):
        if slot in clocks:
            found[name] = slots[slot]
    if ask == "between":
        a, b = clocks["a"], clocks["b"]
        if a is None or b is None or not _clear(slots, a, b):
            return None  # "from 9 to 5": in the evening?
    if ask == "until":
        clock = clocks["t"]
        if clock is None or (not clock.sure and clock.at <= now.time()):
            return None
    spans = {k: read_span(slots[k], speech) for k in ("s", "r") if k in slots}
    if any(span is None for span in spans.values()):
        return None
    if "s" in spans:
        found["span"] = slots["s"]
        if ask in ("later", "earlier") and (spans["s"] or timedelta()) >= timedelta(days=2):
            return None
    if "r" in spans:
        found["time"] = slots["r"]
    return found


def _clear(slots: dict[str, str], start: Clock, end: Clock) -> bool:
    """Whether two times leave no doubt: "22:30" says that "6:15" is in the morning."""
    if not (_definite(slots["a"], start) and _definite(slots["b"], end)):
        return False
    full = re.match(r"\D{0,12}(?:1[3-9]|2[0-3]|0\d)(?!\d)", slots["a"]) is not None
    return end.sure or full or end.at > start.at


def _definite(text: str, clock: Clock) -> bool:
    """A time is told with minutes, or in a way that leaves no other half of the day."""
    return clock.sure or bool(re.search(rf"\d[:h.]\d\d|{lexicon.pieces('hour')}|\dh", text.lower()))


def _shifting(slots: dict[str, str], now: datetime) -> bool:
    """EST in summer: the winter time by name, but most people mean the time kept there now."""
    summer = {"est", "pst", "mst", "cet", "gmt-"}
    winter = {"edt", "pdt", "mdt", "cdt", "cest", "mesz", "bst", "eest", "aedt"}
    for slot in ("p", "q"):
        sign = slots.get(slot, "").lower()
        if sign in summer | winter | {"mez", "aest", "eet", "wet"}:
            there = now.astimezone(ZoneInfo(lexicon.places().zone_signs[sign]))
            if bool(there.dst()) != (sign in winter):
                return True
    return False
