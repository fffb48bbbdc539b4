"""What could be asked of numbers: sums, shares, prices, comparisons, each as an expression.

The tables name what an expression means; x, y, z and w are numbers, p is a percentage.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, permutations

from msgspec import Struct

from musespark import frames, sums
from musespark.frames import fold
from musespark.language import Speech
from musespark.reading import TOKEN, Reading, Readings, marks, order


class _Number(Struct, frozen=True):
    """A number of a sum: as it is written in an expression, its kind (n, m money or decimals, p
    percent, o ordinal), its value, and the words and concepts around it."""

    said: str
    kind: str
    value: float
    around: tuple[str, ...]


# What may be asked of one, two, three and four numbers; p stands for a percentage. Where both
# orders say the same, the pairs of `_EITHER` are read once.
_ONE = {
    "sqrt": "sqrt({x})", "square": "{x}^2", "cube": "{x}^3", "half": "{x} / 2", "third": "{x} / 3",
    "quarter": "{x} / 4", "twice": "{x} * 2", "thrice": "{x} * 3", "dozens": "{x} * 12",
    "per-dozen": "{x} / 12", "weeks": "{x} * 7", "per-week": "{x} / 7", "year-of-weeks": "{x} * 52",
    "per-year": "{x} / 52", "year-of-days": "{x} * 365", "per-day": "{x} / 365",
    "circle": "pi * {x}^2", "circle-d": "pi * ({x} / 2)^2", "round-d": "pi * {x}",
    "round-r": "2 * pi * {x}", "four": "{x} * 4", "five": "{x} * 5", "per-five": "{x} / 5",
    "tenth": "{x} / 10", "square-of": "{x} * {x}", "month-of-days": "{x} * 30",
    "rest": "100 - {x}", "cbrt": "cbrt({x})", "factorial": "{x}!",
    "hundredfold": "{x} * 100", "per-hundred": "{x} / 100", "thousandth": "{x} / 1000",
}  # fmt: skip
_ONE_P = {"rest-p": "100 - {p}"}
_TWO = {
    "minus": "{x} - {y}", "over": "{x} / {y}", "share": "share({x}, {y})",
    "less-by": "share(({x} - {y}), {x})", "more-by": "share(({x} - {y}), {y})",
    "rest-of": "{x} mod {y}", "packs": "{x} // {y}", "above": "{x} > {y}", "below": "{x} < {y}",
    "year-of": "({x} - {y}) * 12", "power": "{x}^{y}", "root": "root({x}, {y})",
    "part-of-both": "share({x}, ({x} + {y}))", "divides": "{x} mod {y} = 0",
    "round": "round({x}, {y})", "after-share": "{x} - {x} * {y}", "missing-share": "1 - {x} / {y}",
    "packs-up": "ceil({x} / {y})", "square-minus": "{x}^2 - {y}", "square-plus": "{x}^2 + {y}",
    "squares-minus": "{x}^2 - {y}^2", "per-thousand": "{x} / {y} * 1000",
    "per-100": "{x} / {y} * 100", "twice-minus": "{x} * 2 - {y}", "minus-twice": "{x} - 2 * {y}",
    "plus-twice": "{x} + 2 * {y}", "thrice-minus": "{x} * 3 - {y}",
    "divided-year": "{x} / 12 / {y}", "times-less-one": "{x} * ({y} - 1)",
}  # fmt: skip
_EITHER = {
    "plus": "{x} + {y}", "times": "{x} * {y}", "mean": "mean({x}, {y})",
    "around": "2 * ({x} + {y})", "times-year": "{x} * {y} * 12", "times-weeks": "{x} * {y} * 52",
    "times-week": "{x} * {y} * 7", "same": "{x} = {y}", "bigger": "bigger({x}, {y})",
    "smaller": "smaller({x}, {y})", "gcd": "gcd({x}, {y})", "lcm": "lcm({x}, {y})",
    "hypotenuse": "sqrt({x}^2 + {y}^2)", "squares-plus": "{x}^2 + {y}^2",
    "dozens-times": "{x} * 12 * {y}", "times-days": "{x} * {y} * 365",
    "both-per": "{x} * {y} / 100", "times-thousandth": "{x} * {y} / 1000",
    "product-half": "{x} * {y} / 2", "sum-half": "({x} + {y}) / 2",
}  # fmt: skip
_TWO_P = {
    "p-of": "{p}% of {x}", "p-more": "{x} + {p}%", "p-less": "{x} - {p}%",
    "before-less": "{x} / (100% - {p}%)", "before-more": "{x} / (100% + {p}%)",
    "within-more": "{x} - {x} / (100% + {p}%)", "whole": "{x} / {p}%",
    "p-of-year": "{p}% of ({x} * 12)", "p-rest": "(100% - {p}%) of {x}",
}  # fmt: skip
_THREE = {
    "times-over": "{x} * {y} / {z}", "minus-times": "{x} - {y} * {z}",
    "times-minus": "{x} * {y} - {z}", "plus-times": "{x} + {y} * {z}",
    "sum-over": "({x} + {y}) / {z}", "sum-times": "({x} + {y}) * {z}",
    "less-over": "({x} - {y}) / {z}", "less-times": "({x} - {y}) * {z}",
    "minus-both": "{x} - {y} - {z}", "plus-minus": "{x} + {y} - {z}",
    "cheaper": "{x} / {y} < {z}", "dearer": "{x} / {y} > {z}", "enough": "{x} * {y} < {z}",
    "above-times": "{x} * {y} > {z}", "per-over": "{x} / {y} * {z}", "over-both": "{x} / {y} / {z}",
}  # fmt: skip
_THREE_P = {
    "p-more-over": "({x} + {p}%) / {y}", "times-more": "{x} * {y} + {p}%",
    "times-less": "{x} * {y} - {p}%", "p-of-times": "{p}% of ({x} * {y})",
    "p-of-over": "{p}% of {x} / {y}", "p-of-minus": "{p}% of ({x} - {y})",
    "less-p": "{x} - {y} - {p}%", "sum-more": "({x} + {y}) + {p}%",
    "sum-less": "({x} + {y}) - {p}%", "p-of-sum": "{p}% of ({x} + {y})",
    "interest": "{p}% of {x} * {y} / 12", "p-less-times": "({x} - {p}%) * {y}",
}  # fmt: skip
_FOUR = {
    "two-products": "{x} * {y} + {z} * {w}", "less-products": "{x} * {y} - {z} * {w}",
    "cheaper-each": "{x} / {y} < {z} / {w}", "dearer-each": "{x} / {y} > {z} / {w}",
}  # fmt: skip
_ALL = ("sum", "mean", "median", "product", "max", "min", "bigger", "smaller")
_MOST, _FEW = 12, 5  # numbers of which anything is asked; of which only some may be meant
# What something means, its expression, and the numbers in it
_Asked = tuple[str, str, tuple[_Number, ...]]


def sum_readings(text: str, speech: Speech) -> Readings:
    """Everything that could be asked of the numbers of a text."""
    slotted = sums.slotted(re.sub(r"\b\d{1,2}:\d\d\b", "_", text.lower()), speech)
    if slotted is None:
        return [], []
    shown, values, currency = slotted
    shown, values = _fractions(shown, values)
    found, cues = marks(shown, speech.code, "sums")
    numbers = list(_numbers(shown, values, found))
    if not 0 < len(numbers) <= _MOST:
        return [], cues
    made = []
    for means, expression, own in (*_of_all(numbers), *_of_few(numbers)):
        arguments = {"expression": expression}
        if currency and means not in _PLAIN:
            arguments["currency"] = currency
        made.append(Reading("calculate", arguments, means, tuple(_around(own, numbers))))
    return made, cues


def _of_all(numbers: list[_Number]) -> Iterator[_Asked]:
    """What could be asked of all numbers, or of all amounts of money."""
    amounts = [number for number in numbers if number.kind != "p"]
    money = [number for number in amounts if number.kind == "m"]
    for name in _ALL:
        for some, kind in ((amounts, "all"), (money, "money")):
            if len(some) > 2 and (kind == "all" or len(some) < len(amounts)):
                said = ", ".join(number.said for number in some)
                yield f"{name}-{kind}", f"{name}({said})", tuple(some)


def _of_few(numbers: list[_Number]) -> Iterator[_Asked]:
    """What could be asked of some of a few numbers, as expressions."""
    amounts = [number for number in numbers if number.kind != "p"]
    shares = [number for number in numbers if number.kind == "p"]
    if len(amounts) > _FEW or len(shares) > 2:
        return
    for means, way, own in _ways(amounts, shares):
        names = dict(zip("xyzw", (n.said for n in own if n.kind != "p"), strict=False))
        names["p"] = next((n.said for n in own if n.kind == "p"), "")
        yield means, way.format(**names), own


def _ways(amounts: list[_Number], shares: list[_Number]) -> Iterator[_Asked]:
    """What may be asked of some numbers: the fewer there are, the more of it."""
    many = len(amounts)
    for p in shares:
        yield from ((means, way, (p,)) for means, way in _ONE_P.items())
    for x in amounts if many < 4 else ():
        yield from ((means, way, (x,)) for means, way in _ONE.items())
        if "/" in x.said:
            yield "fraction", "{x}", (x,)
            yield "fraction-share", f"share{x.said.replace('/', ', ')}", (x,)
    for x, y in permutations(amounts, 2) if many < 5 else ():
        yield from ((means, way, (x, y)) for means, way in _TWO.items())
        for p in shares if many < 4 else ():
            yield from ((means, way, (x, y, p)) for means, way in _THREE_P.items())
    for x, y in combinations(amounts, 2) if many < 5 else ():
        yield from ((means, way, (x, y)) for means, way in _EITHER.items())
    for x in amounts:
        for p in shares:
            yield from ((means, way, (x, p)) for means, way in _TWO_P.items())
    for own in permutations(amounts, 3) if many == 3 else combinations(amounts, 3):
        yield from ((means, way, own) for means, way in _THREE.items())
    if many == 4:
        a, b, c, d = amounts
        for four in ((a, b, c, d), (c, d, a, b), (b, a, d, c), (d, c, b, a)):
            yield from ((means, way, four) for means, way in _FOUR.items())


# What is no money, whatever its numbers are
_PLAIN = frozenset({
    "share", "less-by", "more-by", "rest-of", "packs", "packs-up", "above", "below", "divides",
    "part-of-both", "same", "round", "rest-p", "fraction-share", "factorial", "cheaper", "dearer",
    "enough", "above-times", "cheaper-each", "dearer-each", "sqrt", "square", "cube", "power",
    "root",
})  # fmt: skip


def _fractions(shown: str, values: list[sums.Value]) -> tuple[str, list[sums.Value]]:
    """Typed and spoken fractions as one number each."""
    pattern = re.compile(r"(?:<open> )?<n> +<over> +<n>(?: <close>)?")
    out, kept, done, place = "", [], 0, 0
    for found in pattern.finditer(shown):
        before = len(re.findall(r"<[nmpo]>", shown[done : found.start()]))
        kept += values[place : place + before]
        place += before
        kept.append((f"({values[place][0]}/{values[place + 1][0]})", False))
        place += 2
        out += shown[done : found.start()] + "<n>"
        done = found.end()
    return out + shown[done:], [*kept, *values[place:]]


def _numbers(shown: str, values: list[sums.Value], marks: list[frames.Mark]) -> Iterator[_Number]:
    """The numbers with what stands around them."""
    spots = [*re.finditer(r"<([nmpo])>", shown)]
    for spot, (said, money) in zip(spots, values, strict=True):
        before = TOKEN.findall(fold(shown[: spot.start()]))[-2:]
        after = TOKEN.findall(fold(shown[spot.end() :]))[:2]
        at = spot.start()
        here = next((i for i, m in enumerate(marks) if m.at <= at < m.at + len(m.text)), -1)
        concepts = []
        if here >= 0:
            left = marks[here - 1].concept if here else "^"
            right = marks[here + 1].concept if here + 1 < len(marks) else "$"
            concepts = [f"c<{left}", f"c={marks[here].concept}", f"c>{right}"]
            further = [m.concept for m in marks[:here] if m.concept][-1:]
            later = [m.concept for m in marks[here + 1 :] if m.concept][:1]
            concepts += [f"C<{c}" for c in further] + [f"C>{c}" for c in later]
        kind = "m" if money else spot[1]
        around = (
            f"k{kind}{'f' if '/' in said else 'd' if '.' in said else ''}",
            *(f"<{word}" for word in before[-1:]), *(f">{word}" for word in after[:1]),
            "<".join(("", *before)), ">".join(("", *after)), *concepts,
        )  # fmt: skip
        yield _Number(said, "p" if kind == "p" else kind, _value(said), around)


def _value(said: str) -> float:
    try:
        return float(Fraction(said.strip("()")))
    except (ValueError, ZeroDivisionError, OverflowError):
        return 0.0


def _around(own: tuple[_Number, ...], numbers: list[_Number]) -> Iterator[str]:
    """The cues of the numbers that a reading takes, and of those that it leaves."""
    if len(own) <= 4:
        for place, number in enumerate(own):
            yield from (f"{place}{cue}" for cue in number.around)
        yield "o" + order([numbers.index(n) for n in own])
        yield "v" + order([n.value for n in own])
        if len(own) > 1 and own[1].value and own[0].value % own[1].value == 0:
            yield "whole"
        yield "kinds " + "".join(n.kind for n in own)
    rest = [number for number in numbers if number not in own]
    yield f"left{min(len(rest), 4)}"
    for number in rest:
        yield from (f"l{cue}" for cue in number.around)
