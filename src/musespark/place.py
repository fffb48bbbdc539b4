"""A place said in words, and its zone: cities, countries with one time, abbreviations of zones.

Zones are those of the IANA database. A name that could be two places is not read.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from msgspec import Struct

from musespark import lexicon
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
    return {name: zone for name, zone in found.items() if name not in lexicon.places().two_places}


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
        return Place(city_of(own, speech.locale), own)
    if low in lexicon.places().two_places or not 2 <= len(low) <= 50:
        return None
    zone = _zones().get(low.replace(" ", "_")) if "/" in low else None
    if low in lexicon.places().zone_signs:
        return Place(name.upper(), lexicon.places().zone_signs[low])
    bare = re.sub(rf"^(?:{lexicon.pieces('article')}) ", "", low)
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
    small = lexicon.pieces("particle").split("|")
    first, *rest = name.split(" ")
    return " ".join([first.capitalize(), *(w if w in small else w.capitalize() for w in rest)])


def city_of(zone: str, locale: str) -> str:
    from babel.dates import get_timezone_location

    return str(get_timezone_location(ZoneInfo(zone), locale=locale, return_city=True))
