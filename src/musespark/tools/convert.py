"""Units: lengths, weights, volumes, kitchen measures, temperatures, data, speeds and more.

Every unit is an exact fraction of its base unit (a table in units.toml, checked against pint in the
tests), so a mile is 1.609344 km and not nearly so. No currencies: rates need the network.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated

import msgspec
from msgspec import Meta

from musespark import frames, language, lexicon, unit
from musespark.frames import Mark, Reading
from musespark.gist import gist
from musespark.language import Speech
from musespark.problem import Problem
from musespark.quantity import Found, Quantity, Thing, Wanted, added, alone, find, read
from musespark.tool import Exact
from musespark.turn import Turn
from musespark.unit import Part, Parts, Units

_SIGNS = {">": "more", "<": "less", "=": "same"}


async def convert(
    quantity: Annotated[
        str, Meta(description="Number and unit, e.g. '26.2 miles', '6 ft 2 in', '350 °F'")
    ],
    to: Annotated[
        str,
        Meta(
            description="The unit wanted, e.g. 'km', or 'ft and in'; or a quantity that is "
            "contained so often ('250 ml'), or after >, < or = to compare with ('> 180 cm')"
        ),
    ],
    turn: Turn,
) -> Exact:
    """Convert a quantity to another unit exactly. Knows no currencies."""
    speech = language.speech(turn.question, turn.person.language)
    sign = to[:1] if to[:1] in _SIGNS else ""
    other = to.removeprefix(sign)
    given, wanted = _alone(quantity, speech), _alone(other, speech)
    if not isinstance(given, Quantity) or not wanted or (sign and isinstance(wanted, Wanted)):
        what = other if isinstance(given, Quantity) else quantity
        raise Problem(
            "unknown_unit",
            f"This is no quantity with a known unit: {what[:60]}",
            why="The unit is not in the table, or the number cannot be read.",
            next="Give a number and a unit by its usual name or sign, such as '5 km'.",
        )
    with language.spoken(speech):
        if isinstance(wanted, Quantity):
            for a, b in _comparisons(given, wanted):
                return _comparison(a, b, sign, speech) if sign else _parts(a, b, speech)
        else:
            for parts, units in _meanings(given, wanted, speech) or _same(given, wanted):
                return _answer(parts, units, speech)
    raise Problem(
        "units_do_not_fit",
        f"{quantity[:60]} cannot be converted to {to[:40]}.",
        why="They measure different things.",
        next="Ask for a unit of the same kind.",
    )


def _alone(text: str, speech: Speech) -> Quantity | Wanted | None:
    english = Speech("en", speech.locale)
    return alone(text, speech) or alone(text, english)


def _meanings(given: Quantity, wanted: Wanted, speech: Speech) -> list[tuple[Parts, Units]]:
    """Each way in which a quantity can be in the unit wanted, and is not yet."""
    found: dict[tuple[Parts, Units], None] = {}
    for parts in given.readings:
        units = wanted.readings or _counterparts(parts, wanted.whose, speech)
        for each in units:
            kinds = {unit.dimension(u) for u in (*each, *(part.unit for part in parts))}
            if len(kinds) == 1 and (len(parts) > 1 or parts[0].unit != each[0]):
                found[parts, each] = None
    return list(found)


def _counterparts(parts: Parts, whose: str, speech: Speech) -> tuple[Units, ...]:
    """The unit that people of another system would say this in."""
    name = "metric" if whose == "metric" else "imperial"
    found = lexicon.units().counterparts[name].get(parts[0].unit)
    return ((unit.local(found, speech, "" if whose == "metric" else whose),),) if found else ()


def _same(given: Quantity, wanted: Wanted) -> list[tuple[Parts, Units]]:
    return [(p, u) for p in given.readings for u in wanted.readings if p[0].unit == u[0]]


def _comparisons(one: Quantity, other: Quantity) -> list[tuple[Parts, Parts]]:
    """Each way in which two quantities can be of one kind."""
    return [
        (a, b)
        for a in one.readings
        for b in other.readings
        if unit.dimension(a[0].unit) == unit.dimension(b[0].unit)
    ]


def _answer(parts: Parts, units: Units, speech: Speech) -> Exact:
    base = sum((unit.to_base(part) for part in parts), Fraction(0))
    if unit.dimension(units[0]) == "temperature" and base < 0:
        raise Problem(
            "below_absolute_zero",
            "There is no such temperature.",
            why="It lies below absolute zero, 0 K or −273.15 °C.",
            next="Check the number and its unit.",
        )
    left = _said(parts, speech)
    numbers = _split(base, units)
    right = " ".join(unit.shown(n, u, speech) for n, u in zip(numbers, units, strict=True))
    exact = all(language.decimals(n)[1] for n in numbers) and "angle-radian" not in (
        *units,
        *(p.unit for p in parts),
    )
    value = unit.from_base(base, units[0])
    return Exact(
        answer=f"{left} {'=' if exact else '≈'} {right}",
        working=_working(parts, units, value, exact, speech),
        value=_iso(base)
        if unit.dimension(units[0]) == "time" and units[1:]
        else language.bare(value),
    )


def _iso(seconds: Fraction) -> str:
    """A span of time in hours and minutes, ISO 8601: PT16H40M."""
    minutes = seconds // 60
    parts = Fraction(minutes // 60), Fraction(minutes % 60), seconds % 60
    said = "".join(f"{language.bare(n)}{u}" for n, u in zip(parts, "HMS", strict=True) if n)
    return f"PT{said or '0M'}"


def _split(base: Fraction, units: Units) -> list[Fraction]:
    """The amount in each of the units, whole numbers but for the last: 5 ft 10.87 in."""
    if len(units) == 1:
        return [unit.from_base(base, units[0])]
    numbers, rest = [], base
    for big in units[:-1]:
        whole = Fraction(int(rest / unit.size(big)))
        numbers.append(whole)
        rest -= whole * unit.size(big)
    return [*numbers, rest / unit.size(units[-1])]


def _working(parts: Parts, units: Units, value: Fraction, exact: bool, speech: Speech) -> str:
    one, target = parts[0].unit, units[0]
    lines = []
    if unit.dimension(one) == "temperature":
        lines.append(_degrees(parts[0], target, value, speech))
    elif unit.inverse(one) != unit.inverse(target):
        factor = unit.from_base(unit.to_base(Part(Fraction(1), one)), target)
        n = language.show(parts[0].number, speech.locale)
        lines.append(f"{language.show(factor, speech.locale)} ÷ {n}")
    elif one != target or len(parts) > 1:
        for part in parts:
            if part.unit != target:
                lines.append(_relation(part.unit, target, speech))
    for used in dict.fromkeys([*(p.unit for p in parts), *units]):
        system = unit.system(used)
        if system:
            base = unit.shown(unit.size(used) * 1000, "volume-milliliter", speech)
            name = unit.name(used, speech)
            if unit.dimension(used) == "volume":
                name = f"1 {name} = {base}"
            lines.append(speech.say(system, unit=name))
    if not exact:
        lines.append(speech.say("inexact"))
    return "\n".join(line for line in lines if line)


def _relation(one: str, other: str, speech: Speech) -> str:
    """ "1 hour = 60 minutes": the exact direction of the two where there is one."""
    size = unit.size(one) / unit.size(other)
    if not language.decimals(size)[1] and language.decimals(1 / size)[1]:
        one, other, size = other, one, 1 / size
    sign = "=" if language.decimals(size)[1] else "≈"
    return f"{unit.shown(Fraction(1), one, speech)} {sign} {unit.shown(size, other, speech)}"


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


def _comparison(left: Parts, right: Parts, sign: str, speech: Speech) -> Exact:
    one, other = (sum(map(unit.to_base, parts), Fraction(0)) for parts in (left, right))
    holds = ">" if one > other else "<" if one < other else "="
    said = [_said(each, speech) for each in (left, right)]
    target = (right[0].unit,)
    return Exact(
        answer=f"{said[0]} {holds} {said[1]}",
        working=_answer(left, target, speech).answer if left[0].unit != target[0] else "",
        value="true" if sign == holds else "false",
    )


def _parts(whole: Parts, part: Parts, speech: Speech) -> Exact:
    """How often one quantity is contained in another: "2 liters = 8 × 250 milliliters"."""
    base = sum(map(unit.to_base, part), Fraction(0))
    if base == 0:
        raise Problem(
            "division_by_zero",
            "Nothing is contained a number of times.",
            why="It would divide by zero.",
            next="Give a quantity above zero.",
        )
    times = sum(map(unit.to_base, whole), Fraction(0)) / base
    near, exact = language.decimals(times)
    count = language.show(near, speech.locale)
    return Exact(
        answer=f"{_said(whole, speech)} {'=' if exact else '≈'} {count} × {_said(part, speech)}",
        working=_relation(whole[0].unit, part[0].unit, speech)
        if whole[0].unit != part[0].unit
        else "",
        value=language.bare(times),
    )


def _said(parts: Parts, speech: Speech) -> str:
    """The parts in words, with a plus where they are no one quantity: "1 meter 20 centimeters"."""
    text = ""
    for before, part in zip((None, *parts), parts, strict=False):
        if before:
            text += " " if unit.follows(before.unit, part.unit) else " + "
        text += unit.shown(part.number, part.unit, speech)
    return text


# --- finding a conversion in ordinary words ---------------------------------------------------


def recognise(question: str, turn: Turn) -> dict[str, object] | None:
    """The arguments of a conversion said in ordinary words, or None where anything is left over."""
    found = _recognised(question, turn)
    if found is None and (short := gist(question, lambda part: _idle(part, turn))):
        found = _recognised(short, turn)
    return found


def _idle(part: str, turn: Turn) -> bool:
    """Whether a sentence beside the question has no number and no unit in it."""
    speech = language.speech(turn.question, turn.person.language)
    found = read(language.digits(part, speech.code), speech)
    return found is not None and all(thing is None for _, thing in found)


def _recognised(question: str, turn: Turn) -> dict[str, object] | None:
    text = language.plain(_ARROW.sub(" → ", question[: language.LONGEST + 1]).replace("; ", ", "))
    if text is None:
        return None
    speech = language.speech(text, turn.person.language)
    found = find(text, speech)
    return _asked(found, speech) if found else None


_ARROW = re.compile(r" ?(?:-{1,2}>|=>|>|⇒|= ?\?(?= ?[^\W\d]))")  # "5 km = ? miles"


def _asked(found: Found, speech: Speech) -> dict[str, object] | None:
    """The arguments, by the first frame that fits."""
    found = _distinct(_single(_numbered(found)))
    given = [thing for _, thing in found if isinstance(thing, Quantity)]
    wanted = [thing for _, thing in found if isinstance(thing, Wanted)]
    if len(given) > 1 and len(wanted) == 1:
        given = _sum(given)
    if len(given) == 2 and not wanted:
        kinds = {unit.dimension(parts[0].unit) for parts, _ in _comparisons(*given)}
    elif len(given) == len(wanted) == 1:
        meant = _meanings(given[0], wanted[0], speech)
        kinds = {unit.dimension(parts[0].unit) for parts, _ in meant} if len(meant) == 1 else set()
    else:
        return None
    if len(kinds) != 1:
        return None
    several = sum(isinstance(thing, Quantity) for _, thing in found) > 1
    marks = Reading(tuple(_slot(mark, thing, kinds, several) for mark, thing in found))
    for frame in frames.fitting(marks, "units"):
        if frame.means == "compare":
            sign = next(sign for sign, name in _SIGNS.items() if name in marks.concepts)
            return {"quantity": given[0].said, "to": f"{sign} {given[1].said}"}
        if frame.means == "contained":
            return {"quantity": given[1].said, "to": given[0].said} if _whole(*given) else None
        if not (marks.unknown and _filled(given[0], wanted[0], meant[0])):
            to = wanted[0].said if wanted[0].readings else unit.sign(meant[0][1][0])
            return {"quantity": given[0].said, "to": to}
    return None


def _sum(given: list[Quantity]) -> list[Quantity]:
    total: Quantity | None = given[0]
    for one in given[1:]:
        total = added(total, one) if total else None
    return [total] if total else []


def _whole(part: Quantity, whole: Quantity) -> bool:
    """Whether one is contained in the other a whole number of times: what is left over is cut off
    or not, and a question does not say which."""
    sums = [sum(map(unit.to_base, q.readings[0]), Fraction(0)) for q in (whole, part)]
    return sums[1] > 0 and (sums[0] / sums[1]).denominator == 1


def _numbered(found: Found) -> Found:
    """With "kg to lb 72", where the number stands apart, as "72 kg to lb"."""
    numbers = [i for i, (_, thing) in enumerate(found) if isinstance(thing, Fraction)]
    units = [i for i, (_, thing) in enumerate(found) if isinstance(thing, Wanted)]
    if len(numbers) != 1 or len(units) != 2 or len(numbers) + len(units) != len(_things(found)):
        return found
    first, second = units
    if "into" not in [mark.concept for mark, _ in found[first:second]]:
        return found
    number, (mark, one) = found[numbers[0]][1], found[first]
    assert isinstance(number, Fraction)
    assert isinstance(one, Wanted)
    changed = [*found[:first], (mark, one.times(number)), *found[first + 1 :]]
    return changed[: numbers[0]] + changed[numbers[0] + 1 :]


def _things(found: Found) -> list[object]:
    return [thing for _, thing in found if thing is not None]


def _single(found: Found) -> Found:
    """With "a mile" as one mile where no number is said, else as a unit: "2 litres a day"."""
    given = [thing for _, thing in found if isinstance(thing, Quantity)]
    if any(thing.sure for thing in given) and len(given) != 2:
        return [(mark, _bare(thing)) for mark, thing in found]
    units = [i for i, (_, thing) in enumerate(found) if isinstance(thing, Wanted)]
    if given or len(units) != 2:
        return found
    for i, other in (units, units[::-1]):  # "how many metres has the mile", "feet per mile"
        thing = found[other][1]
        before = found[i - 1][0].concept if i else ""
        if isinstance(thing, Wanted) and (before == "many" or _per(found[i:other])):
            one = thing.times(Fraction(1), sure=False)
            return [*found[:other], (found[other][0], one), *found[other + 1 :]]
    return found


def _per(between: Found) -> bool:
    return [mark.concept for mark, _ in between[1:]] == ["per"]


def _bare(thing: Thing | None) -> Thing | None:
    return thing.unit if isinstance(thing, Quantity) and not thing.sure else thing


def _distinct(found: Found) -> Found:
    """What was said twice once, no unit that a quantity has already if another is wanted, and no
    unit that has nothing to do with it ("the right drill bit"), but for those of time: "5 km a day"
    says more than 5 km."""
    given = [thing for _, thing in found if isinstance(thing, Quantity)]
    wanted = [thing for _, thing in found if isinstance(thing, Wanted)]
    kinds = {unit.dimension(parts[0].unit) for one in given for parts in one.readings}
    own = {(parts[0].unit,) for one in given for parts in one.readings if len(parts) == 1}
    new = [one for one in wanted if not set(one.readings) <= own]
    kept: Found = []
    for mark, thing in found:
        before = [other for _, other in kept]
        if isinstance(thing, Quantity) and any(
            isinstance(other, Quantity) and other.readings == thing.readings for other in before
        ):
            continue
        if isinstance(thing, Wanted) and thing.readings:
            others = [other for other in wanted if other is not thing]
            if thing in before or any(
                set(o.readings) < set(thing.readings) for o in others if o.readings
            ):
                continue
            if new and thing not in new:
                continue
            its = {unit.dimension(units[0]) for units in thing.readings}
            if its.isdisjoint({*kinds, "time", "calendar"}):
                mark, thing = Mark("", mark.text, mark.at), None
        kept.append((mark, thing))
    return kept


def _slot(mark: Mark, thing: object, kinds: set[str], both: bool) -> Mark:
    """The slot of a quantity tells frames of what kind it is: spans of time are in many questions
    that ask for something else, and "a mile" says less than "5 miles"."""
    if not isinstance(thing, Quantity):
        return mark
    if both:
        return msgspec.structs.replace(mark, concept="<either>")
    slot = "span" if kinds & {"time", "calendar"} else "quantity"
    return msgspec.structs.replace(mark, concept=f"<{slot}>" if thing.sure else f"<one_{slot}>")


def _filled(given: Quantity, wanted: Wanted, meant: tuple[Parts, Units]) -> bool:
    """Whether ounces are weighed or poured depends on what is in the cup: "8 oz flour in cups"."""
    parts, units = meant
    sides = (given.readings, units[0]), (wanted.readings, parts[0].unit)
    for readings, other in sides:
        units_ = (r[0].unit if isinstance(r[0], Part) else r[0] for r in readings)
        kinds = {unit.dimension(one) for one in units_}
        if len(kinds) > 1 and unit.dimension(other) == "volume" and unit.system(other):
            return True
    return False
