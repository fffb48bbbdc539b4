"""Times: the time somewhere, between zones, before, after and between two times.

Zones are those of the IANA database with summer time as it is on that day; the machine's own zone
plays no part. A place that could be two, or a time that could be morning or evening, is not read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from functools import cache
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from msgspec import Meta, Struct

from musespark import language, lexicon
from musespark.language import Speech
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
    return _ANSWERS[ask](case)


class Place(Struct, frozen=True):
    """A place as it was named, and its zone."""

    name: str
    zone: str


class Clock(Struct, frozen=True):
    """A time of day; `sure` is False for "5:40", which may be morning or evening."""

    at: time
    sure: bool = True


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
            city = _city(self.zone, self.speech.locale)
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


# --- reading times, spans and places ----------------------------------------------------------


def read_clock(text: str, speech: Speech) -> Clock | None:
    """A time of day, or None unless all of the text is one."""
    text = text.lower().strip(" ,.")
    text = re.sub(r"^(?:at|um|at about|à|a las|a la|las|ist|o'clock) ", "", text)
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
    text = language.numbers(_counted(text.lower().strip(" ,."), speech), speech.locale) or ""
    found = re.fullmatch(r"(\d{1,3}) ?h ?(\d{1,2})(?: ?m(?:in)?)?", text)
    if found and int(found[2]) < 60:
        return timedelta(hours=int(found[1]), minutes=int(found[2]))
    total, place = timedelta(), 0
    piece = re.compile(r"(\d{1,6}(?:\.\d{1,4})?) ?([^\W\d_]{1,9})\.?(?:,? (?:and|und|y|et) |,? |$)")
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


def _counted(text: str, speech: Speech) -> str:
    """Number words as digits; "an hour", "half an hour", "an hour and a half" as spans."""
    words, spans = speech.words, "|".join(speech.words.spans)
    one = "|".join(words.one)
    half = r"half an|half a|(?:eine[rn]? )?halben?|(?:una )?media|(?:une )?demi[e-]?-?"
    mark = language.decimal_mark(speech.locale)
    more = rf"\b(?:{one}|1) ({spans}) (?:and a half|y media|et demie?)\b"
    text = re.sub(more, rf"1{mark}5 \1", text)
    text = re.sub(rf"\b(\d{{1,2}}|two|three) and a half ({spans})\b", rf"\1{mark}5 \2", text)
    text = text.replace(f"two{mark}5", f"2{mark}5").replace(f"three{mark}5", f"3{mark}5")
    text = re.sub(r"\b(?:eineinhalb|anderthalb) ", f"1{mark}5 ", text)
    text = re.sub(rf"\b(?:{half}) ?(?=(?:hour|stunde|hora|heure)s?\b)", f"0{mark}5 ", text)
    quarter = (
        r"a quarter of an hour|(?:eine )?viertelstunde|(?:un )?cuarto de hora|(?:un )?quart d'heure"
    )
    text = re.sub(rf"\b(?:{quarter})\b", "15 min", text)
    text = language.digits(text, speech.code)
    for word, digit in words.small.items():
        text = re.sub(rf"\b{word} (?=(?:{spans})\b)", f"{digit} ", text)
    text = re.sub(rf"\b(?:{one}) (?=(?:{spans})\b)", "1 ", text)
    return text


@cache
def _places(code: str) -> dict[str, str]:
    """name -> zone in one language: IANA's and CLDR's cities, countries with one time, our own."""
    from babel import Locale

    found: dict[str, str] = {}
    zones: Any = Locale.parse(code)._data["time_zones"]
    known = _zones()
    for zone in known.values():
        city = zone.rsplit("/", 1)[-1].replace("_", " ").lower()
        if "/" in zone and not zone.startswith(("Etc/", "US/", "SystemV/", "posix/", "right/")):
            found.setdefault(city, zone)
    for zone in zones:
        city = zones[zone].get("city")
        if city and zone.lower() in known:
            found[str(city).lower()] = zone
    for territory, zone in _countries().items():
        name = Locale.parse(code).territories.get(territory)
        if name:
            found.setdefault(name.lower(), zone)
    found.update(lexicon.CITIES)
    found.update(lexicon.LANGUAGES[code].places)
    return {name: zone for name, zone in found.items() if name not in lexicon.TWO_PLACES}


@cache
def _zones() -> dict[str, str]:
    return {zone.lower(): zone for zone in available_timezones()}


@cache
def _countries() -> dict[str, str]:
    """territory -> zone, where all zones of the country keep the same time all year."""
    from babel.core import get_global

    years = [datetime(2026, month, 15, 12, tzinfo=UTC) for month in (1, 7)]
    found = {}
    for territory, zones in get_global("territory_zones").items():
        if len(territory) != 2 or not territory.isalpha():
            continue
        here = [zone for zone in zones if zone.lower() in _zones() and "/" in zone]
        clocks = {tuple(m.astimezone(ZoneInfo(z)).utcoffset() for m in years) for z in here}
        if len(clocks) == 1:
            found[territory] = here[0]
    return found


def read_place(text: str, speech: Speech, own: str) -> Place | None:
    """The zone of a city, a country or an abbreviation; None for none, or for several."""
    name = re.sub(r" {2,50}", " ", text.strip(" ,."))
    low = name.lower()
    if low in speech.words.here:
        return Place(_city(own, speech.locale), own)
    if low in lexicon.TWO_PLACES or not 2 <= len(low) <= 50:
        return None
    zone = _zones().get(low.replace(" ", "_")) if "/" in low else None
    if low in lexicon.ZONE_SIGNS:
        return Place(name.upper(), lexicon.ZONE_SIGNS[low])
    bare = re.sub(r"^(?:the|la|el|le|les|den|der|die) ", "", low)
    for code in dict.fromkeys((speech.code, "en")):
        zone = zone or _places(code).get(low) or _places(code).get(bare)
    if zone is None and "," in low:
        city, _, country = low.partition(",")
        inner = read_place(city, speech, own)
        outer = read_place(country, speech, own)
        return inner if inner and outer and inner.zone == outer.zone else None
    return Place(_title(name), zone) if zone else None


def _title(name: str) -> str:
    if name != name.lower():
        return name
    small = {"de", "la", "del", "of", "the", "am", "du"}
    first, *rest = name.split(" ")
    return " ".join([first.capitalize(), *(w if w in small else w.capitalize() for w in rest)])


def _city(zone: str, locale: str) -> str:
    from babel.dates import get_timezone_location

    return str(get_timezone_location(ZoneInfo(zone), locale=locale, return_city=True))


# --- finding a question about times in ordinary words -----------------------------------------


def recognise(question: str, turn: Turn) -> dict[str, object] | None:
    """The arguments of a question about times in ordinary words, or None where unsure."""
    text = language.plain(question)
    if text is None:
        return None
    speech = language.speech(text, turn.person.language)
    own = turn.person.zone
    asked = question.strip().endswith("?") or language.framed(text, speech.code)
    for words in dict.fromkeys((text, _counted(text.lower(), speech))):
        for form in language.stages(words, speech.code):
            for ask, slots in language.matches(form.lower(), speech.code, "hours"):
                if ask == "now" and not slots and form.lower() in _BARE and not asked:
                    continue
                found = _arguments(ask, _cased(slots, form), speech, own, turn.local_now)
                if found is not None:
                    return found
    return None


# One word alone may mean anything; with a question mark or a frame it asks for the time.
_BARE = frozenset({"time", "uhrzeit", "die uhrzeit", "quelle heure", "wie spät", "heure"})


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
    return clock.sure or bool(re.search(r"\d[:h.]\d\d|uhr|heure|\dh", text.lower()))


def _shifting(slots: dict[str, str], now: datetime) -> bool:
    """EST in summer: the winter time by name, but most people mean the time kept there now."""
    summer = {"est", "pst", "mst", "cet", "gmt-"}
    winter = {"edt", "pdt", "mdt", "cdt", "cest", "mesz", "bst", "eest", "aedt"}
    for slot in ("p", "q"):
        sign = slots.get(slot, "").lower()
        if sign in summer | winter | {"mez", "aest", "eet", "wet"}:
            there = now.astimezone(ZoneInfo(lexicon.ZONE_SIGNS[sign]))
            if bool(there.dst()) != (sign in winter):
                return True
    return False
