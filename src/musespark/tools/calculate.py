"""Exact arithmetic: sums, percentages, roots, averages, with every step shown.

The numbers are worked out by `arithmetic`, as fractions, so nothing is lost; here they are found in
ordinary words and written in the person's language.
"""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise
from typing import Annotated

from msgspec import Meta

from musespark import language, sums
from musespark.arithmetic import Node, Value, parse, work_out
from musespark.gist import gist
from musespark.language import Speech
from musespark.problem import Problem
from musespark.tool import Exact
from musespark.turn import Turn


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
    if re.search("[<>=]", expression):
        return _compared(expression, speech)
    node = parse(expression)
    steps: list[str] = []

    def note(node: Node, args: list[Value], result: Value) -> None:
        steps.append(_step(node, args, result, speech))

    with language.spoken(speech):
        result = work_out(node, note)
    currency = currency.upper() if re.fullmatch(r"[A-Za-z]{3}", currency) else ""
    shown = _result(result, speech, currency)
    if node.name in ("bigger", "smaller"):
        answer, steps = _ranked(node, speech), steps[:-1]
    else:
        answer = f"{_write(node, speech)} {shown}"
    if not result.exact:
        steps.append(speech.say("inexact"))
    working = "\n".join(steps) if len(steps) > 1 or _explains(node) else ""
    return Exact(answer=answer, working=working, value=language.bare(result.number))


def _ranked(node: Node, speech: Speech) -> str:
    """The numbers in their order: "3/4 > 2/3"."""
    most = node.name == "bigger"
    both = sorted(((work_out(arg).number, arg) for arg in node.args), key=lambda n: n[0])
    ranked = both[::-1] if most else both
    said = _write(ranked[0][1], speech)
    for (number, _), (after, arg) in pairwise(ranked):
        sign = "=" if number == after else ">" if most else "<"
        said += f" {sign} {_write(arg, speech)}"
    return said.replace(" ÷ ", "/")


def _compared(expression: str, speech: Speech) -> Exact:
    """Whether "3/4 > 2/3" or "91 mod 7 = 0" is so."""
    left, sign, right = re.split("([<>=])", expression, maxsplit=1)
    nodes = parse(left), parse(right)
    with language.spoken(speech):
        a, b = (work_out(node).number for node in nodes)
    true = {"<": a < b, ">": a > b, "=": a == b}[sign]
    if sign == "=":
        shown = f"{_write(nodes[0], speech)} = {_plain(a, speech)}"
    else:
        sign = "=" if a == b else ">" if a > b else "<"
        shown = f"{_write(nodes[0], speech)} {sign} {_write(nodes[1], speech)}".replace(" ÷ ", "/")
    said = speech.say("yes" if true else "no")
    return Exact(answer=f"{said}: {shown}", value="true" if true else "false")


# --- writing sums ----------------------------------------------------------------------------

_SIGN = {"+": "+", "-": "−", "*": "×", "/": "÷", "//": "÷", "mod": "mod", "^": "^"}


def _step(node: Node, args: list[Value], result: Value, speech: Speech) -> str:
    """The line of one operation: "640 × 17.5 ÷ 100 = 112"."""
    shown = [_part(arg, speech) for arg in args]
    if node.kind == "call":
        line = _call_line(node.name, shown, speech)
    elif node.kind == "!":
        line = f"{shown[0]}!"
    elif node.kind == "mod":
        line = speech.say("remainder", a=shown[0], b=shown[1])
    else:
        line = _operation(node.kind, args, shown)
    return f"{line} {_equals(result)} {_plain(result.number, speech)}"


def _operation(kind: str, args: list[Value], shown: list[str]) -> str:
    left, right = shown
    if kind in "+-" and args[1].percent and not args[0].percent:
        return f"{left} {_SIGN[kind]} {left} × {right} ÷ 100"
    if kind in ("+", "-", "^"):
        return f"{left} {_SIGN[kind]} {right}"
    if kind == "//":
        return f"⌊{left} ÷ {right}⌋"
    a, b = (f"{t} ÷ 100" if v.percent else t for t, v in zip(shown, args, strict=True))
    if kind == "/":
        return f"{a} ÷ {f'({b})' if args[1].percent else b}"
    return f"{a} × {b}"


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
    return speech.say(name) if name in ("mean", "median", "factor") else name


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
        return speech.say("percent", n=parts[0])
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
        share = speech.say("percent", n=language.show(near, speech.locale))
        return f"{'=' if whole and result.exact else '≈'} {share}"
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


def recognise(question: str, turn: Turn) -> dict[str, object] | None:
    """The arguments of a sum said in ordinary words, or None where anything is left over."""
    found = _recognised(question, turn)
    if found is None and (short := gist(question, lambda part: _idle(part, turn))):
        found = _recognised(short, turn)
    return found


def _idle(part: str, turn: Turn) -> bool:
    return sums.idle(part, language.speech(turn.question, turn.person.language))


def _recognised(question: str, turn: Turn) -> dict[str, object] | None:
    text = language.plain(question)
    if text is None:
        return None
    speech = language.speech(text, turn.person.language)
    asked = language.framed(text, speech.code) or text.endswith("=")
    found = sums.read(text, speech, asked)
    if found is None:
        return None
    try:
        node, *others = map(parse, re.split("[<>=]", found.expression))
    except Problem:
        return None
    if not others and not _is_sum(node):
        return None
    if found.currency and node.name not in ("share", "change") and node.kind != "//":
        if not _keeps_money(node):
            return None
        return {"expression": found.expression, "currency": found.currency}
    return {"expression": found.expression}


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
