"""What could be asked of quantities: each in each unit, compared, or contained in another."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import permutations, product
from typing import Any

from musespark import quantity, unit
from musespark.language import Speech
from musespark.quantity import Quantity, Wanted
from musespark.reading import Reading, Readings, order

_MOST = 9  # quantities, units and numbers
_SIGNS = ((">", "above"), ("<", "below"), ("=", "same"))


def unit_readings(text: str, speech: Speech) -> Readings:
    """Everything that could be asked of the quantities and units of a text."""
    found = quantity.find(text, speech)
    things = [(at, thing) for at, (_, thing) in enumerate(found or ()) if thing is not None]
    if found is None or not any(map(_slot, (thing for _, thing in things))) or len(things) > _MOST:
        return [], []
    said = [_slot(thing) or mark.concept or "_" for mark, thing in found]
    cues = [f"units:{one}" for one in said if one != "_"]
    cues += [f"units:{a} {b}" for a, b in zip(["^", *said], [*said, "$"], strict=True)]
    made = []
    for means, one, to, places, *more in _asked(things):
        arguments = {"quantity": one, "to": to}
        own = (*more, *_around(said, things, places))
        made.append(Reading("convert", arguments, means, own))
    return made, cues


def _around(said: list[str], things: list[Any], places: tuple[int, ...]) -> Iterator[str]:
    """What stands around the things that a reading uses, and what it leaves."""
    yield "o" + order(places)
    sure = {at: getattr(thing, "sure", True) for at, thing in things}
    for n, at in enumerate(places):
        yield f"{n}<{said[at - 1] if at else '^'}"
        yield f"{n}>{said[at + 1] if at + 1 < len(said) else '$'}"
        yield f"{n}{'!' if sure[at] else '~'}"
    yield from (f"l{said[at]}" for at in sure if at not in places)
    yield f"left{min(len(things) - len(places), 4)}"
    yield from (f"part{said[at]}" for at in range(len(said)) if said[at][:1].isdigit())


def _asked(things: list[Any]) -> Iterator[tuple[Any, ...]]:
    """What each reading means, its two arguments, where they stand, and cues of its own."""
    given = [(at, thing) for at, thing in things if isinstance(thing, Quantity)]
    wanted = [(at, thing) for at, thing in things if isinstance(thing, Wanted)]
    numbers = [(at, thing) for at, thing in things if isinstance(thing, Fraction)]
    for (i, one), (j, to) in product(given, wanted):
        if kind := _kinds(one, to):
            yield "convert", one.said, to.said or to.whose, (i, j), f"d{kind}", f"u{_unit(to)}"
            for k, number in numbers if len(one.readings[0]) == 1 else ():
                many = one.unit.times(number * one.readings[0][0].number)
                yield "convert-many", many.said, to.said, (i, j, k), f"d{kind}"
    for (i, one), (j, two) in permutations(given, 2):
        if (kind := _kinds(one, two)) and _unit(one) != _unit(two):
            yield "contained", one.said, two.said, (i, j), f"d{kind}"
            for sign, name in _SIGNS:
                yield f"compare-{name}", one.said, f"{sign} {two.said}", (i, j), f"d{kind}"
    for (i, one), (j, to) in permutations(wanted, 2):
        kind = _kinds(one, to)
        if kind and one.readings and to.readings and _unit(one) != _unit(to):
            yield "one-of", one.times(Fraction(1)).said, to.said, (i, j), f"d{kind}"
            for k, number in numbers:
                yield "number-apart", one.times(number).said, to.said, (i, j, k), f"d{kind}"


def _slot(thing: object) -> str:
    return "<q>" if isinstance(thing, Quantity) else "<w>" if isinstance(thing, Wanted) else ""


def _kinds(one: Quantity | Wanted, other: Quantity | Wanted) -> str:
    """What both measure; "" if there is nothing, or if two things could be meant, as with a German
    Pfund, which may have 454 or 500 grams."""
    if isinstance(other, Wanted) and other.whose and not other.readings:
        return "any"
    both = [kind for kind in _measured(one) for also in _measured(other) if kind == also]
    return both[0] if len(both) == 1 else ""


def _measured(thing: Quantity | Wanted) -> list[str]:
    """What each meaning of it measures."""
    firsts = [r[0] for r in thing.readings]
    return [unit.dimension(f if isinstance(f, str) else f.unit) for f in firsts]


def _unit(thing: Quantity | Wanted) -> str:
    if isinstance(thing, Wanted) and not thing.readings:
        return thing.whose
    first = thing.readings[0][0]
    return first if isinstance(first, str) else first.unit
