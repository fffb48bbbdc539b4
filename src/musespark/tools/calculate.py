"""Exact arithmetic: sums, percentages, roots, averages, with every step shown.

Numbers are fractions, so nothing is lost; what no fraction can hold (a root, pi) is worked out to
50 digits and said to be rounded. No text is ever run as code: a small parser reads the expression.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Annotated

from msgspec import Meta, Struct

from musespark import language
from musespark.language import Speech
from musespark.problem import Problem
from musespark.tool import Exact
from musespark.turn import Turn

BITS = 14_000  # about 4,000 digits: the largest number that is worked out
DIGITS = 50  # kept for numbers that no fraction can hold
PI = Fraction("3.14159265358979323846264338327950288419716939937510582097494")
E = Fraction("2.71828182845904523536028747135266249775724709369995957496697")


async def calculate(
    expression: Annotated[
        str,
        Meta(
            description="Such as '17 * 23 + 9', '15% of 80', '200 + 19%', 'sqrt(2)', "
            "'mean(3, 4, 8)', 'share(12, 80)' (12 is what percent of 80), 'change(80, 100)' "
            "(in percent), 'round(2.345, 2)', 'root(81, 4)', '5!', 'gcd(12, 18)'. Point as "
            "decimal mark, no thousands separators."
        ),
    ],
    turn: Turn,
    currency: Annotated[str, Meta(description="ISO code if the result is money, e.g. EUR")] = "",
) -> Exact:
    """Work out arithmetic exactly. Use it for every sum, percentage, root or average."""
    speech = language.speech(turn.question, turn.person.language)
    node = parse(expression)
    steps: list[str] = []
    result = _work(node, speech, steps)
    currency = currency.upper() if re.fullmatch(r"[A-Za-z]{3}", currency) else ""
    shown = _result(result, speech, currency)
    if node.name in ("bigger", "smaller"):
        both = [(_work(arg, speech, []).number, _write(arg, speech)) for arg in node.args]
        (most, a), (least, b) = sorted(both, reverse=node.name == "bigger")
        sign = "=" if most == least else ">" if node.name == "bigger" else "<"
        answer, steps = f"{a} {sign} {b}".replace(" ÷ ", "/"), steps[:-1]
    else:
        answer = f"{_write(node, speech)} {shown}"
    if not result.exact:
        steps.append(speech.say("inexact"))
    working = "\n".join(steps) if len(steps) > 1 or _explains(node) else ""
    return Exact(answer=answer, working=working, value=language.bare(result.number))


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
_SIGN = {"+": "+", "-": "−", "*": "×", "/": "÷", "//": "÷", "mod": "mod", "^": "^"}


def parse(expression: str) -> Node:
    """The tree of an expression. Raises Problem for anything that is not arithmetic."""
    if len(expression) > language.LONGEST:
        raise _bad(expression[:40] + "…", f"It is longer than {language.LONGEST} characters.")
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
    "bigger": ((2, 2), max),
    "smaller": ((2, 2), min),
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


def _work(node: Node, speech: Speech, steps: list[str]) -> Value:
    """The value of a node; each operation adds its line to `steps`."""
    if node.kind == "num":
        return Value(_checked(node.number))
    if node.kind == "const":
        return Value(PI if node.name == "pi" else E, exact=False)
    if node.kind == "group":
        return _work(node.args[0], speech, steps)
    args = [_work(arg, speech, steps) for arg in node.args]
    a = args[0]
    if node.kind == "neg":
        return Value(-a.number, a.exact, a.percent)
    if node.kind == "%":
        return Value(a.number, a.exact, percent=True)
    exact = all(arg.exact for arg in args)
    shown = [_part(arg, speech) for arg in args]
    if node.kind == "call":
        result = _call(node.name, args)
        line = _call_line(node.name, shown, speech)
    elif node.kind == "!":
        result, line = Value(_factorial(a.number)), f"{shown[0]}!"
    elif node.kind == "^":
        result, line = _power(a, args[1]), f"{shown[0]} ^ {shown[1]}"
    else:
        result, line = _operate(node.kind, a, args[1], exact, shown)
        if node.kind == "mod":
            line = speech.say("remainder", a=shown[0], b=shown[1])
    result = Value(_checked(result.number), result.exact, result.percent)
    steps.append(f"{line} {_equals(result)} {_plain(result.number, speech)}")
    return result


def _operate(kind: str, a: Value, b: Value, exact: bool, shown: list[str]) -> tuple[Value, str]:
    x, y = a.number, b.number
    left, right = shown
    if kind in "+-" and b.percent and not a.percent:
        share = x * y / 100
        line = f"{left} {_SIGN[kind]} {left} × {right} ÷ 100"
        return Value(x + share if kind == "+" else x - share, exact), line
    if kind in "+-":
        return Value(x + y if kind == "+" else x - y, exact, a.percent), (
            f"{left} {_SIGN[kind]} {right}"
        )
    parts = [f"{t} ÷ 100" if v.percent else t for t, v in ((left, a), (right, b))]
    x, y = (v.number / 100 if v.percent else v.number for v in (a, b))
    if kind in ("*", "of"):
        return Value(x * y, exact), f"{parts[0]} × {parts[1]}"
    if kind == "/":
        right = f"({parts[1]})" if b.percent else parts[1]
        return Value(_divide(x, y), exact), f"{parts[0]} ÷ {right}"
    if kind == "//":
        return Value(Fraction(math.floor(_divide(x, y))), exact), f"⌊{left} ÷ {right}⌋"
    return Value(x - y * math.floor(_divide(x, y)), exact), f"{left} mod {right}"


def _call_line(name: str, shown: list[str], speech: Speech) -> str:
    mark = "; " if language.decimal_mark(speech.locale) == "," else ", "
    if name == "share":
        return f"{shown[0]} ÷ {shown[1]} × 100"
    if name == "change":
        return f"({shown[1]} − {shown[0]}) ÷ {shown[0]} × 100"
    if name == "mean":
        return f"({' + '.join(shown)}) ÷ {len(shown)}"
    if name in ("sum", "product"):
        return (" + " if name == "sum" else " × ").join(shown)
    return (
        f"{_name(name, shown, speech)}({mark.join(shown)})"
        if len(name) > 4
        else (_short(name, shown, mark))
    )


def _name(name: str, shown: list[str], speech: Speech) -> str:
    return speech.say(name) if name in ("mean", "median") else name


def _short(name: str, shown: list[str], mark: str) -> str:
    if name in ("sqrt", "cbrt"):
        return f"{'√' if name == 'sqrt' else '∛'}{shown[0]}"
    return f"{name}({mark.join(shown)})"


def _explains(node: Node) -> bool:
    return (
        node.kind in ("of", "mod")
        or node.name in ("share", "change", "mean")
        or (len(node.args) == 2 and node.args[1].kind == "%")
    )


def _equals(result: Value) -> str:
    near = language.decimals(result.number)[1]
    return "=" if result.exact and near else "≈"


def _plain(number: Fraction, speech: Speech) -> str:
    return language.show(number, speech.locale)


def _part(value: Value, speech: Speech) -> str:
    """A number inside a step: one that no decimal writes exactly stays a fraction."""
    number = value.number
    if value.exact and not language.terminating(number) and number.denominator < 10_000:
        return str(number)
    return _plain(number, speech)


def _write(node: Node, speech: Speech) -> str:
    """The expression as a person writes it."""
    if node.kind == "num":
        return _plain(node.number, speech)
    if node.kind == "const":
        return "π" if node.name == "pi" else "e"
    parts = [_write(arg, speech) for arg in node.args]
    if node.kind == "group":
        inner = node.args[0]
        if inner.kind == "/" and all(a.kind == "num" for a in inner.args):
            return "/".join(_write(a, speech) for a in inner.args)
        return f"({parts[0]})"
    if node.kind == "neg":
        return f"−{parts[0]}"
    if node.kind == "%":
        return f"{parts[0]}%" if speech.code == "en" else f"{parts[0]}\u00a0%"
    if node.kind == "!":
        return f"{parts[0]}!"
    if node.kind == "of":
        return speech.say("of", a=parts[0], b=parts[1])
    if node.kind == "call":
        if node.name == "share":
            return speech.say("of", a=parts[0], b=parts[1])
        if node.name == "change":
            return f"{parts[0]} → {parts[1]}"
        mark = "; " if language.decimal_mark(speech.locale) == "," else ", "
        if node.name in ("sum", "product"):
            return (" + " if node.name == "sum" else " × ").join(parts)
        if len(node.name) > 4 or node.name == "mean":
            return f"{_name(node.name, parts, speech)}({mark.join(parts)})"
        return _short(node.name, parts, mark)
    return f"{parts[0]} {_SIGN[node.kind]} {parts[1]}"


def _result(result: Value, speech: Speech, currency: str) -> str:
    """The result with its sign: "= 400", "= 10/3 ≈ 3.333333", "= €47.481 ≈ €47.48"."""
    number = result.number
    near, whole = language.decimals(number)
    if result.percent:
        unit = "%" if speech.code == "en" else "\u00a0%"
        return (
            f"{'=' if whole and result.exact else '≈'} {language.show(near, speech.locale)}{unit}"
        )
    if currency:
        cents = language.rounded(number, 2)
        money = language.show_money(cents, currency, speech.locale)
        if Fraction(cents) == number:
            return f"= {money}"
        if whole and result.exact:
            return f"= {language.show_money(near, currency, speech.locale)} ≈ {money}"
        return f"≈ {money}"
    text = language.show(near, speech.locale)
    if len(text) > 80:
        places = len(str(abs(int(number)))) - 1
        lead = language.rounded(number / Fraction(10) ** places, 6)
        text = f"{language.show(lead, speech.locale)} × 10^{places}"
        whole = False
    if whole and result.exact:
        return f"= {text}"
    if result.exact and 1 < number.denominator < 10_000 and len(str(number)) < 30:
        return f"= {number} ≈ {text}"
    return f"≈ {text}"


# --- finding a sum in ordinary words ---------------------------------------------------------

_MONEY = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY"}
_ITEM = re.compile(r"-?\d+(?:\.\d+)?(?:/\d+(?:\.\d+)?)?")
# Written like a sum, but a name: nobody who types these wants a division.
_NAMES = frozenset({"9/11", "24/7", "50/50", "10-4", "20/20", "4/20", "7/11", "7/7", "80/20"})
_PERCENT = re.compile(r"\b(?:per ?cents?|pct|prozent|por ?ciento|pour ?cents?)\b")


def recognise(question: str, turn: Turn) -> dict[str, object] | None:
    """The arguments of a sum said in ordinary words, or None where anything is left over."""
    text = language.plain(question)
    if text is None:
        return None
    speech = language.speech(text, turn.person.language)
    asked = language.framed(text, speech.code) or text.endswith("=")
    text = text.lower().rstrip("= ")
    text = _PERCENT.sub("%", language.digits(text, speech.code))
    for pattern, words in speech.words.rewrites:
        text = re.sub(pattern, words, text)
    read = language.numbers(text, speech.locale)
    if read is None or not any(c.isdigit() for c in read):
        return None
    read, currency = _take_money(re.sub(r"(?<=\d) %(?! ?[\d(])", "%", read), speech)
    if currency is None:
        return None
    forms = language.stages(read, speech.code)
    expression = next(filter(None, (_sentence(form, speech) for form in forms)), None)
    expression = expression or _formula(forms[-1], speech, asked)
    if expression is None:
        return None
    try:
        node = parse(expression)
    except Problem:
        return None
    if not _is_sum(node) or (currency and not _keeps_money(node)):
        return None
    found: dict[str, object] = {"expression": expression}
    if currency and node.name not in ("share", "change"):
        found["currency"] = currency
    return found


def _take_money(text: str, speech: Speech) -> tuple[str, str | None]:
    """The text without its currency, and which it was: "" for none, None for two of them."""
    words = speech.words.money
    seen: set[str] = set()

    def drop(found: re.Match[str]) -> str:
        seen.add(_MONEY.get(found[1]) or words[found[1]])
        return ""

    text = re.sub(r"([€$£¥]) ?(?=\d)", drop, text)
    names = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    text = re.sub(rf"(?<=\d) ?(€|\$|£|¥|(?:{names})\b)", drop, text)
    return text, None if len(seen) > 1 else next(iter(seen), "")


def _sentence(text: str, speech: Speech) -> str | None:
    """The expression of the one known sentence that fits, or None for none or several."""
    found = set()
    for row, slots in language.matches(text, speech.code, "sums"):
        if "{a}" in row and _lists(row):
            items = _items(slots["a"])
            if items is None:
                continue
            slots["a"] = items
        if "c" in slots and "a" not in slots:
            slots["a"] = slots["c"]
        found.add(row.format(**slots).replace(" von ", " of "))
    return found.pop() if len(found) == 1 else None


def _lists(row: str) -> bool:
    return row.endswith("({a})") and not row.startswith("(")


def _items(text: str) -> str | None:
    items = [i for i in re.split(r",? (?:and|or|und|oder|y|e|o|et|ou) |, ?|; ?", text) if i.strip()]
    if len(items) == 1:
        items = text.split()
    items = [i.strip().replace(" / ", "/") for i in items]
    return ", ".join(items) if len(items) > 1 and all(map(_ITEM.fullmatch, items)) else None


def _formula(text: str, speech: Speech, asked: bool) -> str | None:
    """The text as an expression when its words are all numbers and operators."""
    if text in _NAMES or re.search(r"\d[-/]\d+[-/]\d", text):
        return None
    if not asked and re.fullmatch(r"\d+(?:\.\d+)?[-/]\d+(?:\.\d+)?", text):
        return None  # "3/4", "2-1": a date, a score, a share
    if re.search(r"\d![^=]*$", text) and not re.fullmatch(r"\d+!", text):
        return None  # is it a factorial or an exclamation?
    for pattern, sign in speech.words.operators:
        text = re.sub(pattern, sign, text)
    for word, digit in speech.words.small.items():
        text = re.sub(rf"\b{word}\b", digit, text)
    text = re.sub(r"(?<=[\d)]) ?[x×·] ?(?=[\d(])", " * ", text)
    text = re.sub(r" {2,400}", " ", text)
    text = re.sub(r"\b(sqrt|cbrt) ?(\d+(?:\.\d+)?)$", r"\1(\2)", text.strip())
    text = re.sub(r"(?<=[\d)]) ?: ?(?=[\d(])", " / ", text) if speech.code == "de" else text
    return text if re.fullmatch(r"[\d\s.,+*/^%!()a-zπ-]+", text) else None


def _is_sum(node: Node) -> bool:
    """Whether there is something to work out, and "of" stands after a share."""
    if node.kind == "of" and not _share(node.args[0]):
        return False
    if node.kind in ("neg", "num", "const", "group", "%"):
        return bool(node.args) and node.kind != "%" and any(map(_is_sum, node.args))
    return all(_is_sum(a) for a in node.args if a.kind == "of")


def _share(node: Node) -> bool:
    if node.kind == "%" or (node.kind == "of" and _share(node.args[0])):
        return True
    inner = node.args[0] if node.kind == "group" else node
    return inner.kind == "/" and all(a.kind == "num" for a in inner.args)


def _keeps_money(node: Node) -> bool:
    """Whether the result of a sum about money is money: not for a product of two amounts, which
    cannot be told from here, nor for powers and roots."""
    if node.kind in ("^", "mod", "!") or node.name in ("sqrt", "cbrt", "root", "gcd", "lcm"):
        return False
    return all(_keeps_money(arg) for arg in node.args)
