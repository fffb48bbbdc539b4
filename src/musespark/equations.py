"""Equations written out in a text, worked out again: a check by calculation, without a model."""

from __future__ import annotations

import re
from fractions import Fraction

from musespark.arithmetic import parse, work_out
from musespark.problem import Problem

# "17 x 23 + 9 = 400", "$4.50 * 3 = $13.50", "48 / 2 = 24": a chain of numbers and signs, an equals
# sign, a number. What a letter, a unit or a percent sign stands next to is not an equation of bare
# numbers, and is left alone.
_NUMBER = r"[$€£]?\s?\d{1,15}(?:,\d{3})*(?:\.\d{1,10})?"
_SIGN = r"[-+*/×x·÷−–]"
_EQUATION = re.compile(
    rf"(?<![\w.,%)^*/=-])(?P<left>\(?\s?{_NUMBER}(?:\s?[()]?\s?{_SIGN}\s?[()]?\s?{_NUMBER}){{1,8}}"
    rf"\s?\)?)\s?=\s?(?P<right>-?{_NUMBER})(?P<after>\s?[-+*/×÷%^=(]|\s?x\s?\d|[\d.,]*\d|\w)?"
)
_MOST = 60  # equations of one text that are looked at
_TIDY = str.maketrans({"×": "*", "x": "*", "·": "*", "÷": "/", "−": "-", "–": "-"})


def wrong(text: str) -> list[str]:
    """The equations in `text` that do not hold, as they stand there. A right side that is the left
    one rounded to the digits it shows counts as right."""
    found = []
    for match in list(_EQUATION.finditer(text[:50_000]))[:_MOST]:
        if match["after"]:
            continue
        try:
            value = work_out(parse(_bare(match["left"]))).number
            said = Fraction(_bare(match["right"]).replace(" ", ""))
        except (Problem, ValueError, ZeroDivisionError):
            continue
        shown = _bare(match["right"]).partition(".")[2]
        if abs(value - said) > Fraction(1, 2 * 10 ** len(shown)) and value != said:
            found.append(match[0].strip())
    return found


def _bare(side: str) -> str:
    return re.sub(r"[$€£,]", "", side).translate(_TIDY).strip()
