"""A place said in words, and its zone: cities, countries with one time, abbreviations of zones.

Zones are those of the IANA database. A name that could be two places is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from msgspec import Struct

from musespark import lexicon
from musespark.frames import fold
from musespark.language import Speech


class Place(Struct, frozen=True):
    """A place as it was named, and its zone."""

    name: str
    zone: str


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
    found.update(lexicon.places().cities)
    found.update(lexicon.languages()[code].places)
    found = {name: zone for name, zone in found.items() if name not in lexicon.places().two_places}
    found.pop("wake", None)  # an island without people, and what an alarm does
    found |= {"au " + name[3:]: zone for name, zone in found.items() if name.startswith("le ")}
    return {_even(name): zone for name, zone in found.items()} | found


def _even(name: str) -> str:
    """A name without accents and hyphens, as people type it."""
    return fold(name).replace("-", " ")


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
    return found | lexicon.places().countries


@cache
def _states(code: str) -> dict[str, frozenset[str]]:
    """The name of every country in a language -> its zones, for "Perth, Australia"."""
    from babel import Locale
    from babel.core import get_global

    names = Locale.parse(code).territories
    zones = get_global("territory_zones").items()
    return {_even(names[t].lower()): frozenset(z) for t, z in zones if t in names and t.isalpha()}


def read_place(text: str, speech: Speech, own: str) -> Place | None:
    """The zone of a city, a country or an abbreviation; None for none, or for several."""
    name = re.sub(r" {2,50}", " ", text.strip(" ,."))
    low = name.lower()
    if low in speech.words.here:
        return Place(city_of(own, speech.locale), own)
    if low in lexicon.places().two_places or not 2 <= len(low) <= 50:
        return None
    zone = _zones().get(low.replace(" ", "_")) if "/" in low else None
    if low in lexicon.places().zone_signs:
        return Place(name.upper(), lexicon.places().zone_signs[low])
    bare = re.sub(rf"^(?:{lexicon.pieces('article')}) ", "", low)
    for code in dict.fromkeys((speech.code, "en")):
        known = _places(code)
        zone = zone or known.get(low) or known.get(bare) or known.get(_even(low))
    if zone is None and "," in low:
        city, _, country = low.partition(",")
        inner = read_place(city, speech, own)
        outer = read_place(country, speech, own)
        return inner if inner and outer and inner.zone == outer.zone else None
    return Place(_title(name), zone) if zone else None


class Spot(Struct, frozen=True):
    """A place and where it stands in a text: "" as its name is here, None for what could be two
    places."""

    start: int
    end: int
    name: str | None


_LONGEST_NAME = 5  # words
_WORD = re.compile(r"[^\W\d_]+\.?")
_BESIDE_TIME = re.compile(r"(?:\d|[ap]\.?m\.?|uhr|noon|midnight|mittag|midi|minuit) ?$")


def places(text: str, speech: Speech) -> Iterator[Spot]:
    """Every place in a text, the longest name at each word. An abbreviation counts in capitals or
    after a time; a name that is an ordinary word, where the words around it say so."""
    even, words = _even(text.lower()), list(_WORD.finditer(text))
    if len(even) != len(text):
        return
    place = 0
    while place < len(words):
        for last in range(min(place + _LONGEST_NAME, len(words)) - 1, place - 1, -1):
            start, end = words[place].start(), words[last].end()
            found = _spot(text, even, start, end, speech)
            if found:
                country = _country(even, words[last + 1 :], found, speech)
                end = words[last + country].end() if country else found.end
                yield Spot(found.start, end, found.name)
                place = last + country
                break
        place += 1


def _country(even: str, words: list[re.Match[str]], spot: Spot, speech: Speech) -> int:
    """How many words after a city name the country that it lies in: "Perth, Australia"."""
    zone = _places(speech.code).get(even[spot.start : spot.end])
    if not words or zone is None or not re.fullmatch(",? ", even[spot.end : words[0].start()]):
        return 0
    for count in range(min(3, len(words)), 0, -1):
        name = even[words[0].start() : words[count - 1].end()]
        if zone in _states(speech.code).get(name, ()) or zone in _states("en").get(name, ()):
            return count
    return 0


def _spot(text: str, even: str, start: int, end: int, speech: Speech) -> Spot | None:
    name, after = even[start:end], _AFTER.match(even, end)
    if name in _here(speech.code):
        return Spot(start, end, "")
    if not _known(name, speech.code):
        if name[-1] == "." and _known(name[:-1], speech.code):
            name, end = name[:-1], end - 1
        elif name.endswith("er") and after and _known(name[:-2], speech.code):
            name = name[:-2]  # "Londoner Zeit"
        else:
            return None
    if name in _doubtful():
        return Spot(start, end, None)
    at = lexicon.pieces("place_at")
    if name in _ordinary() or len(name) < 3 or name in lexicon.places().zone_signs:
        beside = _BESIDE_TIME.search(even[max(0, start - 12) : start])
        sign = name in lexicon.places().zone_signs or len(name) < 3
        capitals = text[start:end].isupper() and not text.isupper()
        telling = name in speech.words.telling and not capitals
        before = re.search(rf"(?<!\w)(?:{at}) (?:the |la )?$", even[max(0, start - 16) : start])
        if telling or not (before or beside or after or (sign and capitals)):
            return None
    said = text[start : start + len(name)]
    return Spot(start, end, f"Le {said[3:]}" if name.startswith("au ") else said)


_AFTER = re.compile(r" (?:time|zeit|uhrzeit|ortszeit)\b")


@cache
def _here(code: str) -> frozenset[str]:
    return frozenset(map(_even, lexicon.languages()[code].here))


@cache
def _doubtful() -> frozenset[str]:
    return frozenset(map(_even, lexicon.places().two_places))


@cache
def _ordinary() -> frozenset[str]:
    return frozenset(map(_even, lexicon.places().ordinary))


def _known(name: str, code: str) -> bool:
    return (
        name in _places(code)
        or name in _places("en")
        or name in lexicon.places().zone_signs
        or name in _doubtful()
    )


def _title(name: str) -> str:
    if name != name.lower():
        return name
    small = lexicon.pieces("particle").split("|")
    first, *rest = name.split(" ")
    return " ".join([first.capitalize(), *(w if w in small else w.capitalize() for w in rest)])


def city_of(zone: str, locale: str) -> str:
    from babel.dates import get_timezone_location

    return str(get_timezone_location(ZoneInfo(zone), locale=locale, return_city=True))
