"""A sum said in words: its numbers and their roles, and the expression that is asked for.

Numbers become slots: <n>, <m> where it is money or has decimals, <p> for a percentage, <o> for an
ordinal. Words that are signs make an expression as they stand; else their concepts may fit a frame
of frames.toml. There a number has a role by the words around it: <q> of something ("6 books"), <r>
a price for each ("2.75 each", "14.50 an hour"), <k> how many share. A frame's meaning names them:
"{q} * {r}"; the second of a role is {n2}, all of them {ns}; {max} is the largest <n>, {rest} the
others with minus between.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import chain

from msgspec import Struct

from musespark import frames, language, lexicon, roles
from musespark.day import names_of
from musespark.language import Speech
from musespark.roles import Piece

_MONEY = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY"}
_TYPED = {
    "+": "plus", "-": "minus", "*": "times", "/": "over", "//": "floor", "^": "power",
    "**": "power", "!": "factorial", "(": "open", ")": "close", "%": "mod",
}  # fmt: skip
_SPOKEN = {f"<{word}>": "^" if sign == "**" else sign for sign, word in _TYPED.items()}
_SPOKEN["<mod>"] = "mod"
_SIGNS = frozenset({*_TYPED, "mod", "^2", "^3"})
_EXPRESSION = frozenset({*_SIGNS, "<n>", "<m>", "<o>", "sqrt", "cbrt", "double", "triple"})
_OPENS = ("earn", "add", "sum", "total")  # "do 8 x 7", "add 3 + 4 + 5"
_VERBS = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}
# Written like a sum, but a name: nobody who types these wants a division.
_NAMES = frozenset({"9/11", "24/7", "50/50", "10-4", "20/20", "4/20", "7/11", "7/7", "80/20"})


class Sum(Struct, frozen=True):
    """An expression, and the ISO code of its money or nothing."""

    expression: str
    currency: str = ""


def read(text: str, speech: Speech, asked: bool) -> Sum | None:
    """The sum that a tidied question (`language.plain`) asks for, or None. `asked` says that it
    reads like a question: a bare "3/4" could be a date, a score or a share."""
    text = text.lower().rstrip("= ")
    if "=" in text or re.search(r"\d:\d", text):
        return None  # an equation, or a time
    found = counted(text, speech)
    slotted = _slots(found, speech.code) if found else None
    if found is None or slotted is None:
        return None
    shown, values, currency = slotted
    reading = frames.read(shown, speech.code, "sums")
    if reading is None:
        return None
    pieces = list(_pieces(reading, values))
    if not roles.measured(pieces, shown) or _dated(shown, speech.code):
        return None
    expression = None
    bare = not asked and re.fullmatch(r"\d+(?:\.\d+)?[-/]\d+(?:\.\d+)?", found)
    if not bare and not re.search(r"\d[-/]\d+[-/]\d", found):
        expression = _expression(pieces)
    if expression is not None and expression.replace(" ", "") in _NAMES:
        return None
    expression = expression or _framed(pieces, shown)
    return Sum(expression, currency) if expression else None


def counted(text: str, speech: Speech) -> str | None:
    """A text in lower case with its numbers, also those in words, in the one form 1234.5; None
    without a number, or where one could mean two things."""
    percent = language.piece("percent")
    ones = "|".join(word for word, digit in speech.words.small.items() if digit == "1")
    article = rf"\b(?:{'|'.join(speech.words.one)}) (?=\d)"  # text2num would read "un 6" as 1 6
    text = re.sub(article, "", percent.sub("%", text))
    text = re.sub(rf"\b(?:{ones}) (?=%)", "1", text)
    text = percent.sub("%", language.digits(text, speech.code))
    for word, digit in speech.words.small.items():
        if digit != "1":
            text = re.sub(rf"\b{word}\b", digit, text)
    found = language.numbers(_rewritten(text, speech), speech.locale)
    return found if found and any(map(str.isdigit, found)) else None


def slotted(text: str, speech: Speech) -> tuple[str, list[Value], str] | None:
    """A text in lower case with slots for its numbers, the numbers, and their currency; None where
    there are none, or in two currencies."""
    found = counted(text, speech)
    return _slots(found, speech.code) if found else None


def idle(text: str, speech: Speech) -> bool:
    """Whether a sentence beside the question has no number and nothing to reckon with in it."""
    said = language.digits(text.lower(), speech.code)
    if re.search(r"[\d%€$£¥]", _rewritten(said, speech)):
        return False
    reading = frames.read(said, speech.code, "sums")
    return reading is not None and frames.always("sums") >= set(reading.concepts)


def _dated(text: str, code: str) -> bool:
    """Whether a number stands beside the name of a month."""
    return re.search(rf"<[no]>\.? (?:(?:of|de|d') ?)?(?:{_months(code)})(?!\w)", text) is not None


@cache
def _months(code: str) -> str:
    return "|".join(map(re.escape, names_of(code)[0]))


def _rewritten(text: str, speech: Speech) -> str:
    for pattern, words in speech.words.rewrites:
        text = re.sub(pattern, words, text)
    return text


# --- numbers and typed signs become slots -----------------------------------------------------

Value = tuple[str, bool]  # a number, and whether it is money


@cache
def _tokens(code: str) -> re.Pattern[str]:
    names = sorted(lexicon.languages()[code].money, key=len, reverse=True)
    number = r"\d{1,40}(?:\.\d{1,40})?"
    return re.compile(
        rf"(?P<before>[€$£¥]) ?(?P<amount>{number})(?!\w)"
        rf"|(?<![\w.])(?P<number>{number})(?:(?P<percent> ?%(?! ?[\d(<])|%(?= ))"
        rf"|[ -]?(?P<after>[€$£¥]|(?:{'|'.join(map(re.escape, names))})(?!\w| of ))"
        rf"|(?P<nth>(?:st|nd|rd|th|e|ème|ieme|ª|º|te)(?!\w)|\.? (?=wurzel))|(?!\w))"
        rf"|(?P<sign>\*\*|//|(?<![^\W\d])-(?= ?[\d(])"
        rf"|(?<=[\d)])(?<!\.\d)(?<!\.\d\d)!|[+*/^()]|(?<=[\d)] )%(?= [\d(]))"
    )


def _slots(text: str, code: str) -> tuple[str, list[Value], str] | None:
    """The text with slots, the numbers, and their currency; None with two currencies."""
    text = re.sub(r"(?<=[\d)]) ?[x×·] ?(?=[\d(])", " * ", text)
    words = lexicon.languages()[code].money
    values: list[Value] = []
    seen: set[str] = set()

    def put(found: re.Match[str]) -> str:
        if found["sign"]:
            return f" <{_TYPED[found['sign']]}> "
        number = found["amount"] or found["number"]
        money = found["before"] or found["after"]
        if money:
            seen.add(_MONEY.get(money) or words[money])
        values.append((number, bool(money)))
        kind = "p" if found["percent"] else "o" if found["nth"] else "m"
        return f" <{'n' if kind == 'm' and not money and number.isdigit() else kind}> "

    text = re.sub(r" {2,400}", " ", _tokens(code).sub(put, text)).strip()
    return None if len(seen) > 1 else (text, values, next(iter(seen), ""))


def _pieces(reading: frames.Reading, values: list[Value]) -> Iterator[Piece]:
    """The marks with their numbers, in the order of the text."""
    left = iter(values)
    for mark in reading.marks:
        own = [next(left) for _ in re.findall(r"<[nmpo]>", mark.text)]
        money = any(money for _, money in own)
        numbers = tuple(number for number, _ in own)
        concept = _SPOKEN.get(mark.concept, mark.concept)
        yield Piece(concept, numbers, mark.at, mark.at + len(mark.text), mark.text, money)


# --- an expression as it stands ---------------------------------------------------------------


def _expression(pieces: list[Piece]) -> str | None:
    """The pieces as an expression where they are all numbers and signs."""
    pieces = [piece for piece in pieces if piece.concept != "askit"]
    if len(pieces) > 3 and pieces[0].concept in _OPENS:
        signs = {piece.concept for piece in pieces[1:] if piece.concept not in roles.AMOUNT}
        pieces = pieces[1:] if pieces[0].concept == "earn" or signs == {"+"} else pieces
    said: list[str] = []
    for place, piece in enumerate(pieces):
        concept, last = piece.concept, place == len(pieces) - 1
        after = "" if last else pieces[place + 1].concept
        if concept in roles.AMOUNT or (concept == "<o>" and said and said[-1] == " ^ "):
            said.append(piece.values[0])
        elif concept == "<p>":
            said.append(f"{piece.values[0]}%")
        elif concept in ("sqrt", "cbrt"):
            shape = [one.concept for one in pieces[place + 1 :]]
            if after != "(" and (shape[-1:] == [] or shape[:-1] not in ([], ["-"])):
                return None  # is "root of 16 plus 9" the root of 25?
            said.append(concept if after == "(" else f"{concept}(")
        elif concept == "!" and last and len(pieces) > 2:
            return None  # is it a factorial or an exclamation?
        elif concept in _SIGNS:
            said.append(f" {concept} ")
        elif concept == "of":
            said.append(" of ")
        elif roles.FRACTION.fullmatch(concept):
            said.append(f"({concept})")
        elif concept in ("double", "triple"):
            said.append("2 * " if concept == "double" else "3 * ")
        elif concept == "dozen":
            many = said and said[-1].isdigit()
            said[-1:] = [f"({said[-1]} * 12)"] if many else [*said[-1:], "12"]
        elif concept in ("pi", "one", "half-dozen"):
            said.append({"pi": "pi", "one": "1", "half-dozen": "6"}[concept])
        elif concept in _VERBS and place and {pieces[place - 1].concept, after} <= {*roles.AMOUNT}:
            said.append(f" {_VERBS[concept]} ")
        else:
            return None
    text = "".join(
        f" {one}" if one[0].isalnum() and said[place - 1][-1:].isalnum() else one
        for place, one in enumerate(said)
    )
    text = re.sub(
        r"\b(sqrt|cbrt)\( ?(-?) ?([\d.]+)$", r"\1(\2\3)", re.sub(r" +", " ", text).strip()
    )
    return text if re.search(r"\D", text) else None


# --- frames -----------------------------------------------------------------------------------


def _framed(pieces: list[Piece], text: str) -> str | None:
    """The meaning of the first frame that fits, its numbers filled in."""
    if sum(not piece.concept for piece in pieces) > max(f.loose for f in frames.frames("sums")):
        return None
    dozens = list(roles.dozens(pieces))
    views = [pieces, dozens] if len(dozens) < len(pieces) or dozens != pieces else [pieces]
    for variant in chain.from_iterable(_variants(roles.roles(view, text), text) for view in views):
        marks = (frames.Mark(piece.concept, piece.text) for piece in variant)
        for frame in frames.fitting(frames.Reading(tuple(marks)), "sums"):
            said = _filled(frame.means, variant)
            if said is not None and (frame.loose == 0 or not roles.years(variant)):
                return said
    return None


def _variants(pieces: list[Piece], text: str) -> Iterator[list[Piece]]:
    """The ways to see the numbers: as they are, money as plain numbers, fractions and lists as one,
    prepositions left out, and beside a percentage a count as an amount."""
    seen, soft = set(), frames.always("sums")
    whole = list(roles.fractions(pieces, text))
    counts = [piece for piece in pieces if piece.concept == "<q>"]
    concepts = {piece.concept for piece in pieces}
    views = [pieces, whole] if len(whole) < len(pieces) else [pieces]
    if len(counts) < 3 and concepts & {"<p>", "pct", "pctthat"}:
        views.append([roles.as_(p, "<n>") if p.concept in ("<q>", "<k>") else p for p in pieces])
    if len(counts) > 1 and {piece.unit for piece in counts} < roles.MEASURES:
        views.append([roles.as_(p, "<u>") if p.concept == "<q>" else p for p in pieces])
    if concepts & {"askit", "round", "<d>"}:
        views.append(list(_embedded(pieces)))
    for view in views:
        plain = [roles.as_(p, "<n>") if p.concept == "<m>" else p for p in view]
        for way in (view, plain, roles.uncounted(list(roles.lists(plain)))):
            for spare in (way, [p for p in way if p.concept not in soft]):
                shape = tuple(piece.concept for piece in spare)
                if shape not in seen:
                    seen.add(shape)
                    yield spare


def _embedded(pieces: list[Piece]) -> Iterator[Piece]:
    """The one expression among other words as <e>."""
    inside = [place for place, p in enumerate(pieces) if p.concept in _EXPRESSION]
    first, last = (inside[0], inside[-1] + 1) if inside else (0, 0)
    said = _expression(pieces[first:last]) if len(inside) == last - first else None
    if said is not None and re.search(r"[\d)] (?:[-+*/^]|mod) |rt\(", said):
        yield from pieces[:first]
        rounds = any(piece.concept in ("round", "<d>") for piece in pieces)
        ends = pieces[first].at, pieces[last - 1].end
        yield Piece("<n>", (f"({said})",), *ends) if rounds else Piece("<e>", (said,), *ends)
        yield from pieces[last:]


def _filled(means: str, pieces: list[Piece]) -> str | None:
    """The meaning with its numbers, or None where one of them is missing or cannot be."""
    said: dict[str, str] = {}
    by_role: dict[str, list[str]] = {}
    for piece in pieces:
        by_role.setdefault(piece.concept.strip("<>"), []).extend(piece.values)
    for role, values in by_role.items():
        said[f"{role}s"] = ", ".join(values)
        for place, value in enumerate(values, 1):
            said[role if place == 1 else f"{role}{place}"] = value
    if re.fullmatch("10+", said.get("o", "")):
        said["zeros"] = str(len(said["o"]) - 1)
    amounts = by_role.get("n", []) + by_role.get("m", [])
    if amounts and all(re.fullmatch(r"[\d.]+", value) for value in amounts):
        ranked = sorted(amounts, key=float, reverse=True)
        most = amounts.index(ranked[0])
        said["max"], said["min"] = ranked[0], ranked[-1]
        said["rest"] = " - ".join(amounts[:most] + amounts[most + 1 :])
        said["total"] = " + ".join(amounts)
    said["urest"] = " - ".join(by_role.get("u", [])[1:])
    try:
        return means.format(**said)
    except KeyError:
        return None
