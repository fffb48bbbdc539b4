"""A unit: what it measures, its exact size, and the names and signs it goes by in a language."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache

from msgspec import Struct

from musespark import language, lexicon
from musespark.frames import fold
from musespark.language import Speech
from musespark.problem import Problem


class Part(Struct, frozen=True):
    """A number of a unit; a quantity has one part or several ("6 ft 2 in")."""

    number: Fraction
    unit: str


Parts = tuple[Part, ...]
Units = tuple[str, ...]


def dimension(unit: str) -> str:
    """What a unit measures: "length", "mass"."""
    return lexicon.units().sizes[unit][0]


def size(unit: str) -> Fraction:
    """A unit in the base unit of what it measures."""
    above, _, below = lexicon.units().sizes[unit][1].removeprefix("inverse ").partition("/")
    return Fraction(above) / Fraction(below or "1")


def zero(unit: str) -> Fraction:
    """Where the scale of a unit begins, in the base unit: 273.15 for degrees Celsius."""
    return Fraction(lexicon.units().sizes[unit][2])


def inverse(unit: str) -> bool:
    """Whether more of it is less of the base unit, as in litres per 100 km."""
    return lexicon.units().sizes[unit][1].startswith("inverse")


def to_base(part: Part) -> Fraction:
    """A part in the base unit; a Problem for zero of a unit that divides."""
    if inverse(part.unit):
        if part.number == 0:
            raise Problem(
                "division_by_zero",
                "No consumption at all has no value in this unit.",
                why="It would divide by zero.",
                next="Give a number above zero.",
            )
        return size(part.unit) / part.number
    return part.number * size(part.unit) + zero(part.unit)


def from_base(base: Fraction, unit: str) -> Fraction:
    """An amount of the base unit in this one."""
    if inverse(unit):
        return to_base(Part(base, unit))
    return (base - zero(unit)) / size(unit)


def system(unit: str) -> str:
    """Whose measure a unit is ("us", "imperial", "metric"), where several have one of its name."""
    for american, other in lexicon.units().regional.values():
        if unit == american:
            return "us"
        if unit == other:
            return "metric" if unit.endswith("metric") else "imperial"
    return ""


def follows(big: str, small: str) -> bool:
    """Whether one stands after the other in a quantity: "6 ft 2 in", but no metres and yards."""
    times = size(big) / size(small)
    return dimension(big) == dimension(small) and times > 1 and times.denominator == 1


# --- names --------------------------------------------------------------------------------------

_WORD = re.compile(
    r"[dl]'(?=\w)|[^\W\d_]+(?:'[^\W\d_]{1,30}){0,3}(?:[23](?!\d))?|\d+(?:\.\d+)?|[^\s.-]"
)


def words(name: str) -> list[str]:
    """The words and signs that a name is made of: "l/100 km" has four, "sq. ft" two."""
    return _WORD.findall(name)


@cache
def names(code: str) -> dict[str, tuple[str, ...]]:
    """A name in lower case without accents, its words parted by spaces -> the units it may stand
    for: CLDR's names of a language, then our own. () for a name that is left unread."""
    from babel import Locale

    patterns = Locale.parse(code)._data["unit_patterns"]
    found: dict[str, tuple[str, ...]] = {}
    for unit in lexicon.units().sizes:
        for count, form in dict(patterns.get(unit, {}).get("long", {})).items():
            name = (
                ""
                if count == "per"
                else str(form).replace("{0}", "").replace("\u00a0", " ").strip()
            )
            if name and "{" not in name:
                found[_key(name)] = (unit,)
    for name, meant in lexicon.languages()[code].units.items():
        found[_key(name)] = tuple(meant.split("|")) if meant else ()
    return found


def _key(name: str) -> str:
    return " ".join(words(fold(name.lower())))


@cache
def signs() -> dict[str, str]:
    """A sign, its words parted by spaces -> its unit. Where it means one thing only, in lower case
    too."""
    table = lexicon.units().signs
    exact = {" ".join(words(sign)): unit for sign, unit in table.items()}
    small: dict[str, set[str]] = {}
    for sign, unit in exact.items():
        small.setdefault(sign.lower(), set()).add(unit)
    lower = {
        low: next(iter(all_)) for low, all_ in small.items() if len(all_) == 1 and len(low) > 1
    }
    unread = {" ".join(words(sign)): "" for sign in lexicon.units().ambiguous_signs}
    return lower | unread | exact


@cache
def firsts(code: str) -> frozenset[str]:
    """The first words of all names and signs, in lower case: without one of them, no unit."""
    every = (*names(code), *names("en"), *signs())
    return frozenset(name.partition(" ")[0].lower() for name in every)


LONGEST = 6  # words in a name: "litres per 100 km" has four


def named(said: list[str], code: str) -> tuple[str, ...] | None:
    """The units that these words name in a language, or in English; () for a name that is left
    unread, None if they name none."""
    name = " ".join(said)
    low = fold(name.lower())
    own = names(code).get(low)
    if name in signs() and not (own and len(own) > 1):
        return (signs()[name],) if signs()[name] else ()
    if own is not None:
        return own
    if low in signs():
        return (signs()[low],) if signs()[low] else ()
    return names("en").get(low) if len(name) > 3 and code != "en" else None


def local(unit: str, speech: Speech, whose: str = "") -> str:
    """The unit meant where the person is, or the one of this system ("us", "imperial")."""
    bare = unit.rstrip("!")
    regional = lexicon.units().regional
    if whose:
        pair = next((pair for pair in regional.values() if bare in pair), (bare, bare))
        return pair[0 if whose == "us" else 1]
    if unit != bare or bare not in regional:
        return bare
    american, other = regional[bare]
    region = speech.locale.partition("_")[2]
    here = speech.code != "en" or region not in ("GB", "IE", "AU", "NZ", "IN", "ZA")
    return american if here else other


def sign(unit: str) -> str:
    """A sign that is read as this unit."""
    return next(sign for sign, meant in lexicon.units().signs.items() if meant == unit)


def shown(number: Fraction, unit: str, speech: Speech) -> str:
    """A number of a unit in words: "5 feet"."""
    near, _ = language.decimals(number, limit=9)
    if unit in lexicon.units().symbols:
        return f"{language.show(near, speech.locale)} {lexicon.units().symbols[unit]}"
    text = language.show_unit(near, unit, speech.locale)
    if unit in text:  # CLDR has no name for it in this language, we have
        own = [name for name, meant in speech.words.units.items() if meant == unit]
        text = text.replace(unit, own[-1]) if own else text
    return text


def name(unit: str, speech: Speech) -> str:
    """What a unit is called."""
    if unit in lexicon.units().symbols:
        return lexicon.units().symbols[unit]
    return language.show_unit(1, unit, speech.locale).removeprefix("1 ")
