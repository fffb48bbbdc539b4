"""Units: lengths, weights, volumes, kitchen measures, temperatures, data, speeds and more.

Every unit is an exact fraction of its base unit (a table in units.toml, checked against pint in the
tests), so a mile is 1.609344 km and not nearly so. No currencies: rates need the network.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache
from typing import Annotated

from msgspec import Meta, Struct

from musespark import language, lexicon
from musespark.language import Speech
from musespark.problem import Problem
from musespark.tool import Exact
from musespark.turn import Turn


async def convert(
    quantity: Annotated[
        str, Meta(description="Number and unit, e.g. '26.2 miles', '6 ft 2 in', '350 °F'")
    ],
    to: Annotated[str, Meta(description="The unit wanted, e.g. 'km', or 'ft and in'")],
    turn: Turn,
) -> Exact:
    """Convert a quantity to another unit exactly. Knows no currencies."""
    speech = language.speech(turn.question, turn.person.language)
    given = _quantities(quantity, speech) or _quantities(quantity, _english(speech))
    wanted = _targets(to, speech) or _targets(to, _english(speech))
    if not given or not wanted:
        what = to if given else quantity
        raise Problem(
            "unknown_unit",
            f"This is no quantity with a known unit: {what[:60]}",
            why="The unit is not in the table, or the number cannot be read.",
            next="Give a number and a unit by its usual name or sign, such as '5 km'.",
        )
    for parts in given:
        for units in wanted:
            if _fits(parts, units):
                with language.spoken(speech):
                    return _answer(parts, units, speech)
    raise Problem(
        "units_do_not_fit",
        f"{quantity[:60]} cannot be converted to {to[:40]}.",
        why="They measure different things.",
        next="Ask for a unit of the same kind.",
    )


class Part(Struct, frozen=True):
    """A number of a unit; a quantity has one part or several ("6 ft 2 in")."""

    number: Fraction
    unit: str


Parts = tuple[Part, ...]
Units = tuple[str, ...]


def _english(speech: Speech) -> Speech:
    return Speech("en", speech.locale)


def _dimension(unit: str) -> str:
    return lexicon.units().sizes[unit][0]


def _size(unit: str) -> Fraction:
    size = lexicon.units().sizes[unit][1].removeprefix("inverse ")
    above, _, below = size.partition("/")
    return Fraction(above) / Fraction(below or "1")


def _zero(unit: str) -> Fraction:
    return Fraction(lexicon.units().sizes[unit][2])


def _inverse(unit: str) -> bool:
    return lexicon.units().sizes[unit][1].startswith("inverse")


def _to_base(part: Part) -> Fraction:
    if _inverse(part.unit):
        if part.number == 0:
            raise Problem(
                "division_by_zero",
                "No consumption at all has no value in this unit.",
                why="It would divide by zero.",
                next="Give a number above zero.",
            )
        return _size(part.unit) / part.number
    return part.number * _size(part.unit) + _zero(part.unit)


def _from_base(base: Fraction, unit: str) -> Fraction:
    if _inverse(unit):
        return _to_base(Part(base, unit))
    return (base - _zero(unit)) / _size(unit)


def _fits(parts: Parts, units: Units) -> bool:
    kinds = {_dimension(p.unit) for p in parts} | {_dimension(u) for u in units}
    return len(kinds) == 1


def _answer(parts: Parts, units: Units, speech: Speech) -> Exact:
    base = sum((_to_base(part) for part in parts), Fraction(0))
    if _dimension(units[0]) == "temperature" and base < 0:
        raise Problem(
            "below_absolute_zero",
            "There is no such temperature.",
            why="It lies below absolute zero, 0 K or −273.15 °C.",
            next="Check the number and its unit.",
        )
    left = " ".join(_shown(part.number, part.unit, speech) for part in parts)
    numbers = _split(base, units)
    right = " ".join(_shown(n, u, speech) for n, u in zip(numbers, units, strict=True))
    exact = all(language.decimals(n)[1] for n in numbers) and "angle-radian" not in (
        *units,
        *(p.unit for p in parts),
    )
    value = _from_base(base, units[0])
    return Exact(
        answer=f"{left} {'=' if exact else '≈'} {right}",
        working=_working(parts, units, value, exact, speech),
        value=language.bare(value),
    )


def _split(base: Fraction, units: Units) -> list[Fraction]:
    """The amount in each of the units, whole numbers but for the last: 5 ft 10.87 in."""
    if len(units) == 1:
        return [_from_base(base, units[0])]
    numbers, rest = [], base
    for unit in units[:-1]:
        whole = Fraction(int(rest / _size(unit)))
        numbers.append(whole)
        rest -= whole * _size(unit)
    return [*numbers, rest / _size(units[-1])]


def _working(parts: Parts, units: Units, value: Fraction, exact: bool, speech: Speech) -> str:
    one, target = parts[0].unit, units[0]
    lines = []
    if _dimension(one) == "temperature":
        lines.append(_degrees(parts[0], target, value, speech))
    elif _inverse(one) != _inverse(target):
        factor = _from_base(_to_base(Part(Fraction(1), one)), target)
        n = language.show(parts[0].number, speech.locale)
        lines.append(f"{language.show(factor, speech.locale)} ÷ {n}")
    elif one != target or len(parts) > 1:
        for part in parts:
            if part.unit != target:
                lines.append(_relation(part.unit, target, speech))
    for unit in dict.fromkeys([*(p.unit for p in parts), *units]):
        system = _system(unit)
        if system:
            base = _shown(_size(unit) * 1000, "volume-milliliter", speech)
            name = _name(unit, speech)
            if _dimension(unit) == "volume":
                name = f"1 {name} = {base}"
            lines.append(speech.say(system, unit=name))
    if not exact:
        lines.append(speech.say("inexact"))
    return "\n".join(line for line in lines if line)


def _relation(one: str, other: str, speech: Speech) -> str:
    """ "1 hour = 60 minutes": the exact direction of the two where there is one."""
    size = _size(one) / _size(other)
    if not language.decimals(size)[1] and language.decimals(1 / size)[1]:
        one, other, size = other, one, 1 / size
    sign = "=" if language.decimals(size)[1] else "≈"
    return f"{_shown(Fraction(1), one, speech)} {sign} {_shown(size, other, speech)}"


def _degrees(part: Part, target: str, value: Fraction, speech: Speech) -> str:
    n, result = language.show(part.number, speech.locale), language.show(value, speech.locale)
    pair = (part.unit.rsplit("-", 1)[1][0], target.rsplit("-", 1)[1][0])
    n = f"({n})" if part.number < 0 else n
    low = language.show(Fraction("273.15"), speech.locale)
    formula = {
        ("f", "c"): f"({n} − 32) × 5 ÷ 9",
        ("c", "f"): f"{n} × 9 ÷ 5 + 32",
        ("c", "k"): f"{n} + {low}",
        ("k", "c"): f"{n} − {low}",
        ("f", "k"): f"({n} − 32) × 5 ÷ 9 + {low}",
        ("k", "f"): f"({n} − {low}) × 9 ÷ 5 + 32",
    }.get(pair, "")
    sign = "=" if language.decimals(value)[1] else "≈"
    return f"{formula} {sign} {result}" if formula else ""


def _system(unit: str) -> str:
    """Whose measure a unit is, where several countries have one of that name."""
    for american, other in lexicon.units().regional.values():
        if unit == american:
            return "us"
        if unit == other:
            return "metric" if unit.endswith("metric") else "imperial"
    return ""


def _shown(number: Fraction, unit: str, speech: Speech) -> str:
    near, _ = language.decimals(number, limit=9)
    if unit in lexicon.units().symbols:
        return f"{language.show(near, speech.locale)} {lexicon.units().symbols[unit]}"
    return language.show_unit(near, unit, speech.locale)


def _name(unit: str, speech: Speech) -> str:
    if unit in lexicon.units().symbols:
        return lexicon.units().symbols[unit]
    return language.show_unit(1, unit, speech.locale).removeprefix("1 ")


# --- finding a conversion in ordinary words ---------------------------------------------------


@cache
def _vocabulary(code: str) -> dict[str, tuple[str, ...]]:
    """name -> the units it may stand for: CLDR's names of a language, then our own. An "!" after a
    unit says that the name fixes its country."""
    from babel import Locale

    patterns = Locale.parse(code)._data["unit_patterns"]
    found: dict[str, tuple[str, ...]] = {}
    for unit in lexicon.units().sizes:
        if unit not in patterns:
            continue
        for form in dict(patterns[unit].get("long", {})).values():
            name = str(form).replace("{0}", "").replace("\u00a0", " ").strip().lower()
            if name and "{" not in name:
                found[name] = (unit,)
    own = {k: tuple(v.split("|")) for k, v in lexicon.languages()[code].units.items()}
    found.update(own)
    return {name: units for name, units in found.items() if units != ("",)}


@cache
def _small_signs() -> dict[str, str]:
    """Signs in lower case, those of them that mean one thing only."""
    found: dict[str, str] = {}
    clash = set()
    for sign, unit in lexicon.units().signs.items():
        low = sign.lower()
        if found.setdefault(low, unit) != unit and low not in lexicon.units().signs:
            clash.add(low)
    return {low: unit for low, unit in found.items() if len(low) > 1 and low not in clash}


def _units(name: str, speech: Speech) -> tuple[str, ...]:
    """The units that a name or a sign may stand for where the person is; () if none."""
    name = name.strip(" .")
    if not 0 < len(name) <= 40 or name in lexicon.units().ambiguous_signs:
        return ()
    low = re.sub(r"^° ?([cfk])$", r"°\1", name.lower())
    known = _vocabulary(speech.code).get(low)
    if name in lexicon.units().signs and not (known and len(known) > 1):
        known = (lexicon.units().signs[name],)
    elif known is None:
        sign = _small_signs().get(low)
        known = (sign,) if sign else ()
    return tuple(_regional(unit, speech) for unit in known)


def _regional(unit: str, speech: Speech) -> str:
    if unit.endswith("!") or unit not in lexicon.units().regional:
        return unit.rstrip("!")
    region = speech.locale.partition("_")[2]
    american = speech.code != "en" or region not in ("GB", "IE", "AU", "NZ", "IN", "ZA")
    return lexicon.units().regional[unit][0 if american else 1]


_PIECE = re.compile(r"(-?\d{1,40}(?:\.\d{1,40})?(?:/\d{1,40})?) ?([^\d]{1,40})(?=-?\d|$)", re.I)


def _quantities(text: str, speech: Speech) -> list[Parts]:
    """All readings of "26.2 miles", "6 ft 2 in", "5'11": one for each meaning of its units."""
    text = text.strip(" ,.")
    whole = re.fullmatch(r"(-?\d+(?:\.\d+)?(?:/[1-9]\d*)?) ?(\D.{0,40})", text)
    if whole:
        units = _units(whole[2], speech)
        if units:
            return [(Part(Fraction(whole[1]), unit),) for unit in units]
    inches = re.fullmatch(
        r"(\d{1,2}) ?(?:'|ft|feet|foot) ?(\d{1,2}(?:\.\d+)?) ?(?:\"|in|inch|inches)?", text
    )
    if inches:
        parts = (Fraction(inches[1]), "length-foot"), (Fraction(inches[2]), "length-inch")
        return [tuple(Part(*p) for p in parts)] if parts[1][0] < 12 else []
    pieces: list[tuple[str, tuple[str, ...]]] = []
    place = 0
    for found in _PIECE.finditer(text):
        if found.start() != place or len(pieces) == 3:
            return []
        place = found.end() + (text[found.end() : found.end() + 1] == " ")
        name = found[2].strip()
        for join in speech.words.joins:
            name = name.removesuffix(join if join == "," else f" {join}").strip()
        pieces.append((found[1], _units(name, speech)))
    if place != len(text) or len(pieces) < 2:
        return []
    return _compound(pieces)


def _compound(pieces: list[tuple[str, tuple[str, ...]]]) -> list[Parts]:
    """The parts of "12 stone 4 pounds": one dimension, ever smaller units."""
    readings: list[Parts] = [()]
    for number, units in pieces:
        readings = [
            (*before, Part(Fraction(number), unit))
            for before in readings
            for unit in units
            if not before or _follows(before[-1].unit, unit)
        ]
    allowed = ("length", "mass", "time", "volume", "angle", "calendar")
    return [
        reading
        for reading in readings
        if _dimension(reading[0].unit) in allowed and all(part.number >= 0 for part in reading)
    ]


def _follows(big: str, small: str) -> bool:
    return _dimension(big) == _dimension(small) and _size(big) > _size(small)


def _targets(text: str, speech: Speech) -> list[Units]:
    """All readings of "km" or "feet and inches"."""
    single = _units(text, speech)
    if single:
        return [(unit,) for unit in single]
    for join in speech.words.joins:
        big, found, small = text.partition(f" {join} ")
        if found:
            pairs = [(a, b) for a in _units(big, speech) for b in _units(small, speech)]
            return [pair for pair in pairs if _follows(*pair)]
    return []


def recognise(question: str, turn: Turn) -> dict[str, object] | None:
    """The arguments of a conversion said in ordinary words, or None where anything is left over."""
    text = language.plain(question)
    if text is None:
        return None
    speech = language.speech(text, turn.person.language)
    text = re.sub(r"(\d)\"(?= |$)", r"\1 in", text)
    text = _count_one(language.numbers(language.digits(text, speech.code), speech.locale), speech)
    if not any(c.isdigit() for c in text):
        return None
    found: set[tuple[str, str]] = set()
    for form in language.stages(text, speech.code):
        form = _without_lead(form)
        found = _asked(form, speech) or _stated(form, speech)
        if found:
            break
    if len(found) != 1:
        return None
    quantity, to = found.pop()
    return {"quantity": quantity, "to": to}


_MIXED = re.compile(r"\b(\d{1,4}) (\d)/([1-9])(?= ?[^\W\d])")
# "3 cups of flour": what fills a measure does not change its size
_FILLED = re.compile(
    r"\b(cups?|tablespoons?|teaspoons?|tbsp|tsp|pints?|gallons?) of [a-z]{3,12}\b", re.I
)


def _without_lead(text: str) -> str:
    text = re.sub(rf"^(?:{lexicon.pieces('lead')}) ", "", text, flags=re.I)
    text = _FILLED.sub(r"\1", text)
    return re.sub(rf",? (?:{lexicon.pieces('trail')})$", "", text, flags=re.I)


def _count_one(text: str | None, speech: Speech) -> str:
    """ "how many feet in a mile": the article before the last words counts as 1."""
    text = text or ""
    text = _MIXED.sub(lambda m: str(int(m[1]) + Fraction(int(m[2]), int(m[3]))), text)
    text = re.sub(rf"\b(?:{lexicon.pieces('half')}) ?(?=[^\W\d]{{2}})", "0.5 ", text, flags=re.I)
    words = speech.words
    for small, digit in words.small.items():
        if small not in words.one:
            text = re.sub(rf"\b{small} (?=[^\W\d])", f"{digit} ", text, flags=re.I)
    articles = "|".join(words.one)
    if not any(c.isdigit() for c in text.replace("100 km", "")):
        text = re.sub(rf"\b(?:{articles}) (?=[^\d]{{2,40}}$)", "1 ", text, count=1, flags=re.I)
        text = re.sub(rf"^(?:{articles}) ", "1 ", text, flags=re.I)
    return text


def _pairs(quantity: str, to: str, speech: Speech) -> set[tuple[str, str]]:
    """(quantity, unit) if both can be read and their kinds fit in exactly one way."""
    readings = {
        (parts, units)
        for parts in _quantities(quantity, speech)
        for units in _targets(to, speech)
        if _fits(parts, units) and (len(parts) > 1 or parts[0].unit != units[0])
    }
    return {(quantity.strip(), to.strip())} if len(readings) == 1 else set()


def _stated(text: str, speech: Speech) -> set[tuple[str, str]]:
    """Readings of "5 km to miles"."""
    found: set[tuple[str, str]] = set()
    low = text.lower()
    for link in speech.words.into:
        link = link if link[0] in ",." else f" {link}"
        place = low.find(f"{link} ")
        while place != -1:
            found |= _pairs(text[:place], text[place + len(link) + 1 :], speech)
            place = low.find(f"{link} ", place + 1)
    return found


def _asked(text: str, speech: Speech) -> set[tuple[str, str]]:
    """Readings of "how many km in 5 miles" and "5 miles is how many km"."""
    low = text.lower()
    words = speech.words
    for many in words.many:
        opening = many if many[-1] == "'" else f"{many} "
        if not low.startswith(opening):
            continue
        rest = text[len(opening) :]
        for inside in sorted(words.inside, key=len, reverse=True):
            place = rest.lower().find(f" {inside} ")
            if place != -1:
                found = _pairs(rest[place + len(inside) + 2 :], rest[:place], speech)
                if found:
                    return found
    return set()
