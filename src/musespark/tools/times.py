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

from musespark import frames, language, lexicon
from musespark.gist import gist
from musespark.hour import in_words, read_clock, read_span
from musespark.language import Speech
from musespark.moments import WEEK, moments
from musespark.place import Place, city_of, places, read_place
from musespark.problem import Problem
from musespark.timetable import asked
from musespark.tool import Exact
from musespark.turn import Turn

Ask = Literal[
    "now",
    "day",
    "convert",
    "later",
    "earlier",
    "between",
    "until",
    "since",
    "past",
    "offset",
    "sum",
    "less",
    "product",
    "share",
]


async def times(
    ask: Annotated[
        Ask,
        Meta(
            description="now: the time in `place`; day: the day there; convert: `time` in `place` "
            "to `other` place; later/earlier: `span` after/before `time`; between: `time` to "
            "`other`, less `span`; until, since `time`; past: whether `time` is over in `place`; "
            "offset: between `place` and `other`; sum/less: the spans `time` and `span`; product: "
            "`span`, `time` times; share: `span` by `time`"
        ),
    ],
    turn: Turn,
    time: Annotated[
        str, Meta(description="'15:00', '3pm'; '' is now; a span for sum, a weekday for day")
    ] = "",
    place: Annotated[str, Meta(description="a city, country or IANA zone; '' is here")] = "",
    other: Annotated[str, Meta(description="the second place or time")] = "",
    span: Annotated[
        str, Meta(description="'50 minutes', '2 hours 30 minutes'; several are joined by ' + '")
    ] = "",
    there: Annotated[str, Meta(description="the place of a second time")] = "",
    day: Annotated[str, Meta(description="the date, '2026-07-04'; '' is today")] = "",
) -> Exact:
    """Answer a question about the time of day exactly: elsewhere, between zones, spans."""
    speech = language.speech(turn.question, turn.person.language)
    case = _Case(speech, turn.local_now, turn.person.zone, time, place, other, span, there, day)
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
    there: str
    day: str

    def moment(self, text: str, zone: str) -> datetime:
        """A time of today's date in a zone; now if there is none."""
        if not text:
            return self.now
        clock = read_clock(text, self.speech) or read_clock(text, Speech("en", self.speech.locale))
        if clock is None:
            raise _unknown("time", text, "Write it as hours and minutes, such as 15:00.")
        return datetime.combine(self.date(zone), clock.at, ZoneInfo(zone))

    def date(self, zone: str) -> date:
        """The day that is meant, in a zone."""
        try:
            return date.fromisoformat(self.day)
        except ValueError:
            return self.now.astimezone(ZoneInfo(zone)).date()

    def where(self, text: str) -> Place:
        if not text:
            city = city_of(self.zone, self.speech.locale)
            return Place(city, self.zone)
        found = read_place(text, self.speech, self.zone)
        if found is None:
            raise _unknown("place", text, "Name a larger city, or a zone such as Europe/Berlin.")
        return found

    def lengths(self, text: str) -> list[timedelta]:
        """The spans that a text joins by " + ", one at least."""
        found = []
        for part in text.split(" + "):
            english = Speech("en", self.speech.locale)
            length = read_span(part, self.speech) or read_span(part, english)
            if length is None:
                raise _unknown("span of time", part, "Write it as '2 hours 30 minutes'.")
            found.append(length)
        return found

    def length(self, text: str) -> timedelta:
        return sum(self.lengths(text), timedelta())

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
    here = case.where(case.place)
    there = case.where(case.other) if case.other else here
    start = case.moment(case.at, here.zone).astimezone(ZoneInfo(here.zone))
    length = case.length(case.span) if forward else -case.length(case.span)
    end = start + length
    if not case.at or case.other:
        end = (start.astimezone(UTC) + length).astimezone(ZoneInfo(there.zone))
        start = start if case.at else start.astimezone(ZoneInfo(there.zone))
    answer = case.speech.say(
        "later" if forward else "earlier",
        span=in_words(abs(length), case.speech),
        time=case.shown(start),
        time2=case.shown(end),
    )
    if end.date() != start.date():
        if not case.at:
            answer = f"{answer} {_day(case, end.date())}"
        else:
            key = "next_day" if end.date() > start.date() else "previous_day"
            answer = f"{answer.rstrip('.')} ({case.speech.say(key)})."
    lines = [_zone_line(case, here, start), _zone_line(case, there, end)] if case.other else []
    return Exact(_capital(answer), "\n".join(lines), f"{end:%H:%M}")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _later(case: _Case) -> Exact:
    return _step(case, True)


def _earlier(case: _Case) -> Exact:
    return _step(case, False)


def _between(case: _Case) -> Exact:
    if case.place or case.there:
        return _across(case)
    start, end = case.moment(case.at, case.zone), case.moment(case.other, case.zone)
    less = case.lengths(case.span) if case.span else []
    return _gap(case, start.replace(tzinfo=None), end.replace(tzinfo=None), less)


def _across(case: _Case) -> Exact:
    here, there = case.where(case.place), case.where(case.there)
    start, end = case.moment(case.at, here.zone), case.moment(case.other, there.zone)
    length = end.astimezone(UTC) - start.astimezone(UTC)
    lines = [_zone_line(case, here, start), _zone_line(case, there, end)]
    if length <= timedelta():
        end += timedelta(days=1)
        length = end.astimezone(UTC) - start.astimezone(UTC)
        lines.append(case.speech.say("midnight"))
    return _from_to(case, start, end, length, lines)


def _until(case: _Case) -> Exact:
    zone = case.where(case.place).zone
    start = case.now.astimezone(ZoneInfo(zone)).replace(second=0, microsecond=0)
    end = case.moment(case.at, zone)
    if case.day and end > start:
        length = end.astimezone(UTC) - start.astimezone(UTC)
        return _from_to(case, start, end, length, [_day(case, end.date())])
    return _gap(case, start.replace(tzinfo=None), end.replace(tzinfo=None), [])


def _since(case: _Case) -> Exact:
    end = case.now.replace(second=0, microsecond=0, tzinfo=None)
    start = case.moment(case.at, case.zone).replace(tzinfo=None)
    return _gap(case, start, end, [])


def _past(case: _Case) -> Exact:
    """Whether it is later than a time somewhere. Midnight is over until noon, then it is ahead."""
    zone = case.where(case.place).zone
    there, at = case.now.astimezone(ZoneInfo(zone)), case.moment(case.at, zone).time()
    over = there.time() >= at if at != time() else there.hour < 12
    said = _now(case)
    answer = f"{case.speech.say('yes' if over else 'no')}. {said.answer}"
    return Exact(answer, said.working, str(over).lower())


def _gap(case: _Case, start: datetime, end: datetime, less: list[timedelta]) -> Exact:
    lines = []
    if end < start:
        end += timedelta(days=1)
        lines.append(case.speech.say("midnight"))
    length = end - start - sum(less, timedelta())
    if length < timedelta():
        raise _negative()
    if less:
        parts = [in_words(part, case.speech) for part in (end - start, *less)]
        lines.append(" - ".join(parts))
    return _from_to(case, start, end, length, lines)


def _from_to(
    case: _Case, start: datetime, end: datetime, length: timedelta, lines: list[str]
) -> Exact:
    answer = case.speech.say(
        "between",
        time=case.shown(start),
        time2=case.shown(end),
        span=in_words(length, case.speech),
    )
    minutes = int(length.total_seconds()) // 60
    if minutes >= 60:
        shown = language.show_unit(minutes, "duration-minute", case.speech.locale)
        lines = [*lines, f"= {shown}"]
    return Exact(answer, "\n".join(lines), _iso(length))


def _offset(case: _Case) -> Exact:
    here, there = case.where(case.place), case.where(case.other)
    a, b = (case.now.astimezone(ZoneInfo(p.zone)) for p in (here, there))
    gap = (a.utcoffset() or timedelta()) - (b.utcoffset() or timedelta())
    key = "offset_same" if not gap else "offset_ahead" if gap > timedelta() else "offset_behind"
    answer = case.speech.say(
        key, place=here.name, place2=there.name, span=in_words(abs(gap), case.speech)
    )
    lines = [_zone_line(case, here, a), _zone_line(case, there, b)]
    return Exact(answer, "\n".join(lines), _iso(abs(gap)))


def _total(case: _Case, key: str) -> Exact:
    first, rest = case.length(case.at), case.lengths(case.span)
    length = first + sum(rest, timedelta()) * (1 if key == "sum" else -1)
    if length < timedelta():
        raise _negative()
    parts = [in_words(part, case.speech) for part in rest]
    answer = case.speech.say(
        key, a=in_words(first, case.speech), b=" + ".join(parts), span=in_words(length, case.speech)
    )
    return Exact(_capital(answer), "", _iso(length))


def _negative() -> Problem:
    return Problem(
        "negative_span",
        "The second span of time is longer than the first.",
        why="A span cannot be less than nothing.",
        next="Swap the two.",
    )


def _share(case: _Case) -> Exact:
    number = _number(case)
    whole = case.length(case.span)
    length = timedelta(seconds=round(whole.total_seconds() / number))
    shown = f"{in_words(whole, case.speech)} ÷ {number}"
    sign = "=" if length * number == whole else "≈"
    return Exact(f"{shown} {sign} {in_words(length, case.speech)}", "", _iso(length))


def _number(case: _Case) -> int:
    if not re.fullmatch(r"[1-9]\d{0,3}", case.at):
        raise _unknown("number", case.at, "Write a whole number, such as 4.")
    return int(case.at)


def _product(case: _Case) -> Exact:
    number, one = _number(case), case.length(case.span)
    length = one * number
    shown = f"{number} × {in_words(one, case.speech)}"
    return Exact(f"{shown} = {in_words(length, case.speech)}", "", _iso(length))


def _day_there(case: _Case) -> Exact:
    place = case.where(case.place)
    there = case.now.astimezone(ZoneInfo(place.zone))
    weekday = language.show_date(there.date(), case.speech.locale, "EEEE")
    shown = language.show_date(there.date(), case.speech.locale)
    answer = case.speech.say("day_there", place=place.name, weekday=weekday, date=shown)
    line = _zone_line(case, place, there)
    if not case.at:
        return Exact(answer, line, there.date().isoformat())
    if case.at not in WEEK:
        raise _unknown("weekday", case.at, "Write it in English, such as Sunday.")
    same = WEEK[there.weekday()] == case.at
    return Exact(f"{case.speech.say('yes' if same else 'no')}. {answer}", line, str(same).lower())


_ANSWERS: dict[str, Callable[[_Case], Exact]] = {
    "now": _now,
    "day": _day_there,
    "convert": _convert,
    "later": _later,
    "earlier": _earlier,
    "between": _between,
    "until": _until,
    "since": _since,
    "past": _past,
    "offset": _offset,
    "sum": lambda case: _total(case, "sum"),
    "less": lambda case: _total(case, "less"),
    "product": _product,
    "share": _share,
}


def _iso(length: timedelta) -> str:
    """ISO 8601: PT8H25M."""
    seconds = int(length.total_seconds())
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    parts = f"{hours}H" * bool(hours) + f"{minutes}M" * bool(minutes) + f"{rest}S" * bool(rest)
    return f"PT{parts or '0M'}"


# --- finding a question about times in ordinary words -----------------------------------------


def recognise(question: str, turn: Turn) -> dict[str, object] | None:
    """The arguments of a question about times in ordinary words, or None where unsure."""
    found = _recognised(question, turn)
    if found is None and (short := gist(question, lambda part: _idle(part, turn))):
        found = _recognised(short, turn)
    return found


def _idle(part: str, turn: Turn) -> bool:
    """Whether a sentence beside the question has no time, span, place or day in it."""
    speech = language.speech(turn.question, turn.person.language)
    text = part.lower()
    if re.search(r"[\d<]", language.digits(text, speech.code)) or any(places(part, speech)):
        return False
    reading = frames.read(text, speech.code, "times")
    days = {"tomorrow", "yesterday", "there", "long", "now"}
    return reading is not None and days.isdisjoint(reading.concepts)


def _recognised(question: str, turn: Turn) -> dict[str, object] | None:
    if len(question) > language.LONGEST:
        return None
    text = language.plain(_ARROW.sub(", ", question))
    if text is None:
        return None
    if text.lower() in lexicon.pieces("time_alone").split("|") and question.strip()[-1] != "?":
        return None  # one word may mean anything; with a "?" it asks for the time
    speech = language.speech(text, turn.person.language)
    found: list[dict[str, object]] = []
    least = _MOST_DOUBT
    for doubt, said in moments(text, speech):
        if doubt > least:
            break
        one = asked(said, speech, turn.person.zone, turn.local_now)
        if one is not None and one not in found:
            found.append(one)
            least = doubt
    return found[0] if len(found) == 1 else None


_MOST_DOUBT = 4  # the word before a time or a span says that it is none
_ARROW = re.compile(r" ?(?:-{1,2}>|=>|→) ?")  # "8:45 pm Singapore -> Berlin"
