"""Exact arithmetic: reads an expression and works it out, step by step, in fractions.

What no fraction can hold (a root, pi) is worked out to 50 digits and said to be inexact. No text is
ever run as code: a small parser reads it. Knows no language and writes nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction

from msgspec import Struct

from musespark.problem import Problem

LONGEST = 400  # characters of an expression
BITS = 14_000  # about 4,000 digits: the largest number that is worked out
DIGITS = 50  # kept for numbers that no fraction can hold
PI = Fraction("3.14159265358979323846264338327950288419716939937510582097494")
E = Fraction("2.71828182845904523536028747135266249775724709369995957496697")


class Node(Struct, frozen=True):
    """A part of an expression: `kind` is "num", "call", "%", "!", "neg" or an operator."""

    kind: str
    args: tuple[Node, ...] = ()
    number: Fraction = Fraction(0)
    name: str = ""


class Value(Struct, frozen=True):
    """A number, whether it is exact, and whether it is a percentage."""

    number: Fraction
    exact: bool = True
    percent: bool = False


_PIECE = re.compile(r"\s*(?:(\d+(?:\.\d+)?|\.\d+)|([a-z]+)|(\*\*|//|[-+*/^%!(),π]))")
_LEFT = {"+": 10, "-": 10, "*": 20, "/": 20, "//": 20, "mod": 20, "of": 20, "^": 30}


def parse(expression: str) -> Node:
    """The tree of an expression. Raises Problem for anything that is not arithmetic."""
    if len(expression) > LONGEST:
        raise _bad(expression[:40] + "…", f"It is longer than {LONGEST} characters.")
    text, place, tokens = expression.lower().replace("π", " pi "), 0, []
    while text[place:].strip():
        found = _PIECE.match(text, place)
        if not found:
            raise _bad(expression, f"{text[place:].strip()[0]!r} is no part of a sum.")
        piece = found[1] or found[2] or found[3]
        spaced = text[found.start() : found.end()] != piece
        tokens.append("%%" if piece == "%" and spaced else "^" if piece == "**" else piece)
        place = found.end()
    if not tokens or tokens.count("(") > 50:
        raise _bad(expression, "There is nothing to work out." if not tokens else "Too deep.")
    reader = _Reader(tokens, expression)
    node = reader.read(0)
    if reader.peek():
        raise _bad(expression, f"{reader.peek()!r} is out of place.")
    return node


class _Reader:
    """Reads tokens by precedence (Pratt, "Top down operator precedence", 1973)."""

    def __init__(self, tokens: list[str], text: str) -> None:
        self.tokens, self.text, self.at, self.deep = tokens, text, 0, 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        piece = self.peek()
        if not piece or (expected and piece != expected):
            raise _bad(self.text, f"Something is missing{f' before {piece!r}' if piece else ''}.")
        self.at += 1
        return piece

    def starts(self, piece: str) -> bool:
        return bool(piece) and (piece[0].isdigit() or piece[0] == "." or piece == "(")

    def read(self, power: int) -> Node:
        self.deep += 1
        if self.deep > 120:
            raise _bad(self.text, "It is nested too deeply.")
        left = self.first()
        while piece := self.peek():
            after = self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else ""
            if piece in ("%", "%%", "!"):
                self.take()
                if piece != "!" and (self.starts(after) or after in _FUNCTIONS):
                    if piece == "%":
                        raise _bad(self.text, "After a percentage an operator is missing.")
                    if power >= 20:
                        self.at -= 1
                        break
                    left = Node("mod", (left, self.read(20)))
                else:
                    left = Node("!" if piece == "!" else "%", (left,))
            elif piece in _LEFT:
                if _LEFT[piece] <= power and not (piece == "^" and power == 30):
                    break
                self.take()
                left = Node(piece, (left, self.read(29 if piece == "^" else _LEFT[piece])))
            elif piece in ("(", "pi", "e") and "/" not in self.tokens and left.kind != "%":
                if power >= 20:
                    break
                left = Node("*", (left, self.read(20)))
            else:
                break
        self.deep -= 1
        return left

    def first(self) -> Node:
        piece = self.take()
        if piece[0].isdigit() or piece[0] == ".":
            return Node("num", number=Fraction(piece))
        if piece == "-":
            return Node("neg", (self.read(25),))
        if piece == "+":
            return self.read(25)
        if piece == "(":
            inner = self.read(0)
            self.take(")")
            return Node("group", (inner,))
        if piece in ("pi", "e"):
            return Node("const", name=piece)
        if piece not in _FUNCTIONS:
            raise _bad(self.text, f"{piece!r} is not known.")
        self.take("(")
        args = [self.read(0)]
        while self.peek() == ",":
            self.take()
            args.append(self.read(0))
        self.take(")")
        least, most = _FUNCTIONS[piece][0]
        if not least <= len(args) <= most:
            raise _bad(self.text, f"{piece} takes {least} to {most} numbers.")
        return Node("call", tuple(args), name=piece)


def _bad(expression: str, why: str) -> Problem:
    return Problem(
        "bad_expression",
        f"This cannot be worked out: {expression[:80]}",
        why=why,
        next="Write it with numbers, + - * / ^ % and parentheses.",
    )


def _too_large() -> Problem:
    return Problem(
        "too_large",
        "The result is too large to write out.",
        why="It has more than about 4,000 digits.",
        next="Ask for a smaller power or factorial.",
    )


def _checked(number: Fraction) -> Fraction:
    if max(number.numerator.bit_length(), number.denominator.bit_length()) > BITS:
        raise _too_large()
    return number


def _decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)


def _inexact(number: Fraction, function: Callable[[Decimal], Decimal]) -> Value:
    with localcontext() as context:
        context.prec = DIGITS
        return Value(Fraction(function(_decimal(number))), exact=False)


def _whole_root(number: int, degree: int) -> int | None:
    """The exact root of a whole number, or None (Newton's method on integers)."""
    if number < 2:
        return number
    guess = 1 << -(-number.bit_length() // degree)
    while True:
        better = ((degree - 1) * guess + number // guess ** (degree - 1)) // degree
        if better >= guess:
            return guess if guess**degree == number else None
        guess = better


def _root(value: Value, degree: Fraction) -> Value:
    number = value.number
    if degree.denominator != 1 or not 1 <= degree <= 1000:
        raise _bad(f"root({number}, {degree})", "The degree of a root is a whole number from 1.")
    n = int(degree)
    if number < 0 and n % 2 == 0:
        raise Problem(
            "no_real_result",
            f"There is no real {'square root' if n == 2 else 'root'} of a negative number.",
            why="The square of a real number is never negative.",
            next="Check the sign.",
        )
    sign, number = (-1 if number < 0 else 1), abs(number)
    above, below = _whole_root(number.numerator, n), _whole_root(number.denominator, n)
    if above is not None and below is not None:
        return Value(Fraction(sign * above, below), value.exact)
    if n == 2:
        return _inexact(number, lambda d: d.sqrt())
    near = _inexact(number, lambda d: (d.ln() / n).exp())
    return Value(sign * near.number, exact=False)


def _power(base: Value, exponent: Value) -> Value:
    b, x = base.number, exponent.number
    if b == 0 and x < 0:
        raise _division()
    exact = base.exact and exponent.exact
    if x.denominator == 1:
        size = max(b.numerator.bit_length(), b.denominator.bit_length())
        if abs(b) != 1 and abs(x) * max(size - 1, 1) > BITS:
            if not base.exact and abs(x) <= 10_000:
                return _inexact(b, lambda d: d ** int(x))
            raise _too_large()
        return Value(_checked(b ** int(x)), exact)
    if x.denominator <= 100 and exact:
        return _root(_power(base, Value(Fraction(x.numerator))), Fraction(x.denominator))
    if b <= 0 or abs(x) > 10_000 or not Fraction(1, 10**9) < b < 10**9:
        raise _bad(f"{b}^{x}", "This power has no real value that can be written out.")
    return _inexact(b, lambda d: (d.ln() * _decimal(x)).exp())


def _factorial(n: Fraction) -> Fraction:
    if n.denominator != 1 or n < 0:
        raise _bad(f"{n}!", "A factorial needs a whole number from 0.")
    if n > 1400:
        raise _too_large()
    return Fraction(math.factorial(int(n)))


def _division() -> Problem:
    return Problem(
        "division_by_zero",
        "Dividing by zero has no result.",
        why="No number times zero gives anything but zero.",
        next="Check the divisor.",
    )


def _divide(a: Fraction, b: Fraction) -> Fraction:
    if b == 0:
        raise _division()
    return a / b


def _whole(numbers: list[Fraction]) -> list[int]:
    if any(n.denominator != 1 for n in numbers):
        raise _bad(", ".join(map(str, numbers)), "This needs whole numbers.")
    return [int(n) for n in numbers]


def _median(numbers: list[Fraction]) -> Fraction:
    ranked, middle = sorted(numbers), len(numbers) // 2
    return ranked[middle] if len(ranked) % 2 else (ranked[middle - 1] + ranked[middle]) / 2


def _round(numbers: list[Fraction]) -> Fraction:
    places = numbers[1] if len(numbers) > 1 else Fraction(0)
    if places.denominator != 1 or not -30 <= places <= 30:
        raise _bad(f"round to {places}", "The number of places is a whole number up to 30.")
    scale = Fraction(10) ** int(places)
    scaled = abs(numbers[0]) * scale
    near = math.floor(scaled + Fraction(1, 2))
    return (near if numbers[0] >= 0 else -near) / scale


def _factor(numbers: list[Fraction]) -> Fraction:
    """The smallest prime factor of a whole number from 2, by trial division."""
    (number,) = _whole(numbers)
    if number < 2:
        raise _bad(f"factor({number})", "Prime numbers and their factors begin with 2.")
    if number > 10**12:
        raise _too_large()
    found = (n for n in range(2, math.isqrt(number) + 1) if number % n == 0)
    return Fraction(next(found, number))


Numbers = list[Fraction]
# name -> ((least, most numbers), what it does); None is worked out in _call
_FUNCTIONS: dict[str, tuple[tuple[int, int], Callable[[Numbers], Fraction] | None]] = {
    "sqrt": ((1, 1), None),
    "cbrt": ((1, 1), None),
    "root": ((2, 2), None),
    "ln": ((1, 1), None),
    "log": ((2, 2), None),
    "abs": ((1, 1), lambda n: abs(n[0])),
    "floor": ((1, 1), lambda n: Fraction(math.floor(n[0]))),
    "ceil": ((1, 1), lambda n: Fraction(math.ceil(n[0]))),
    "round": ((1, 2), _round),
    "sum": ((1, 200), lambda n: sum(n, Fraction(0))),
    "product": ((1, 200), lambda n: _checked(math.prod(n, start=Fraction(1)))),
    "mean": ((1, 200), lambda n: sum(n, Fraction(0)) / len(n)),
    "median": ((1, 200), _median),
    "min": ((1, 200), min),
    "max": ((1, 200), max),
    "bigger": ((2, 200), max),
    "smaller": ((2, 200), min),
    "factor": ((1, 1), _factor),
    "gcd": ((2, 50), lambda n: Fraction(math.gcd(*_whole(n)))),
    "lcm": ((2, 50), lambda n: _checked(Fraction(math.lcm(*_whole(n))))),
    "share": ((2, 2), lambda n: _divide(n[0], n[1]) * 100),
    "change": ((2, 2), lambda n: _divide(n[1] - n[0], n[0]) * 100),
}


def _call(name: str, args: list[Value]) -> Value:
    numbers = [arg.number for arg in args]
    exact = all(arg.exact for arg in args)
    function = _FUNCTIONS[name][1]
    if function is not None:
        return Value(_checked(function(numbers)), exact, name in ("share", "change"))
    if name in ("sqrt", "cbrt", "root"):
        degree = numbers[1] if name == "root" else Fraction(2 if name == "sqrt" else 3)
        return _root(args[0], degree)
    if min(numbers) <= 0 or (name == "log" and numbers[1] == 1):
        raise _bad(f"{name} of {numbers[0]}", "A logarithm needs positive numbers.")
    if name == "ln":
        return _inexact(numbers[0], lambda d: d.ln())
    near = _inexact(numbers[0], lambda d: d.ln() / _decimal(numbers[1]).ln())
    whole = round(near.number)
    if abs(whole) < 5000 and exact and numbers[1] ** whole == numbers[0]:
        return Value(Fraction(whole))
    return near


Note = Callable[[Node, list[Value], Value], None]


def work_out(node: Node, note: Note | None = None) -> Value:
    """The value of an expression. `note` is told of each operation, inner ones first: the node, the
    values it works on and its result. Raises Problem where there is no real result."""
    if node.kind == "num":
        return Value(_checked(node.number))
    if node.kind == "const":
        return Value(PI if node.name == "pi" else E, exact=False)
    args = [work_out(arg, note) for arg in node.args]
    a = args[0]
    if node.kind == "group":
        return a
    if node.kind == "neg":
        return Value(-a.number, a.exact, a.percent)
    if node.kind == "%":
        return Value(a.number, a.exact, percent=True)
    if node.kind == "call":
        result = _call(node.name, args)
    elif node.kind == "!":
        result = Value(_factorial(a.number))
    elif node.kind == "^":
        result = _power(a, args[1])
    else:
        result = _operate(node.kind, a, args[1])
    result = Value(_checked(result.number), result.exact, result.percent)
    if note is not None:
        note(node, args, result)
    return result


def _operate(kind: str, a: Value, b: Value) -> Value:
    """The result of an operator. `200 + 15%` adds 15% of 200; in every other place a percentage
    is a hundredth."""
    x, y, exact = a.number, b.number, a.exact and b.exact
    if kind in "+-" and b.percent and not a.percent:
        y = x * y / 100
    if kind in "+-":
        return Value(x + y if kind == "+" else x - y, exact, a.percent)
    x, y = (v.number / 100 if v.percent else v.number for v in (a, b))
    if kind in ("*", "of"):
        return Value(x * y, exact)
    if kind == "/":
        return Value(_divide(x, y), exact)
    whole = math.floor(_divide(x, y))
    return Value(Fraction(whole) if kind == "//" else x - y * whole, exact)
