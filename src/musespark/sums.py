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
from itertools import chain, pairwise

import msgspec
from msgspec import Struct

from musespark import frames, language, lexicon
from musespark.day import names_of
from musespark.language import Speech

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
_FRACTION = re.compile(r"\d/\d{1,2}")
_AMOUNT = ("<n>", "<m>")
_CLOCK = ("hour", "minute")
_KINDS = (
    {"hour", "minute", "day", "week", "month", "quarter", "year"},
    {"mm", "cm", "m", "km", "ft", "mile"}, {"g", "kg", "lb"}, {"ml", "l", "gallon"},
)  # fmt: skip
_MEASURES = frozenset({"mm", "cm", "m", "km", "ft", "mile", "g", "kg", "lb", "ml", "l", "gallon"})
# Written like a sum, but a name: nobody who types these wants a division.
_NAMES = frozenset({"9/11", "24/7", "50/50", "10-4", "20/20", "4/20", "7/11", "7/7", "80/20"})
# How many of the first are in the second, for a rate asked for in another unit
_TIMES = {
    ("day", "week"): 7, ("week", "year"): 52, ("month", "year"): 12, ("quarter", "year"): 4,
}  # fmt: skip


# How many of the first are one of the second, for a price by another unit
_SCALES = {("g", "kg"): 1000, ("ml", "l"): 1000, ("cm", "m"): 100}


class Sum(Struct, frozen=True):
    """An expression, and the ISO code of its money or nothing."""

    expression: str
    currency: str = ""


class Piece(Struct, frozen=True):
    """A piece of the question: its concept, the numbers in it, where it stands, its word, and for
    a number whether it is money and what it counts."""

    concept: str
    values: tuple[str, ...]
    at: int
    end: int
    text: str = ""
    money: bool = False
    unit: str = ""


def read(text: str, speech: Speech, asked: bool) -> Sum | None:
    """The sum that a tidied question (`language.plain`) asks for, or None. `asked` says that it
    reads like a question: a bare "3/4" could be a date, a score or a share."""
    text = text.lower().rstrip("= ")
    if "=" in text:
        return None
    percent = language.piece("percent")
    ones = "|".join(word for word, digit in speech.words.small.items() if digit == "1")
    article = rf"\b(?:{'|'.join(speech.words.one)}) (?=\d)"  # text2num would read "un 6" as 1 6
    text = re.sub(article, "", percent.sub("%", text))
    text = re.sub(rf"\b(?:{ones}) (?=%)", "1", text)
    text = percent.sub("%", language.digits(text, speech.code))
    for word, digit in speech.words.small.items():
        if digit != "1":
            text = re.sub(rf"\b{word}\b", digit, text)
    text = _rewritten(text, speech)
    if re.search(r"\d:\d", text):
        return None  # a time
    found = language.numbers(text, speech.locale)
    if found is None or not any(c.isdigit() for c in found):
        return None
    slotted = _slots(found, speech.code)
    if slotted is None:
        return None
    shown, values, currency = slotted
    reading = frames.read(shown, speech.code, "sums")
    if reading is None:
        return None
    pieces = list(_pieces(reading, values))
    if not _measured(pieces, shown) or _dated(shown, speech.code):
        return None
    expression = None
    bare = not asked and re.fullmatch(r"\d+(?:\.\d+)?[-/]\d+(?:\.\d+)?", found)
    if not bare and not re.search(r"\d[-/]\d+[-/]\d", found):
        expression = _expression(pieces)
    if expression is not None and expression.replace(" ", "") in _NAMES:
        return None
    expression = expression or _framed(pieces, shown)
    return Sum(expression, currency) if expression else None


def idle(text: str, speech: Speech) -> bool:
    """Whether a sentence beside the question has no number and nothing to reckon with in it."""
    said = language.digits(text.lower(), speech.code)
    if re.search(r"[\d%€$£¥]", _rewritten(said, speech)):
        return False
    reading = frames.read(said, speech.code, "sums")
    return reading is not None and frames.always("sums") >= set(reading.concepts)


def _measured(pieces: list[Piece], text: str) -> bool:
    """Whether what is measured can be reckoned with as bare numbers: of each kind in one unit, and
    no spans of time alone, nor "2 h 35", which are for the tool `times`."""
    said: list[tuple[str, bool]] = []
    for one, unit in pairwise(pieces):
        beside = one.concept in _AMOUNT and not text[one.end : unit.at].strip()
        if beside and unit.concept.startswith("unit-"):
            said.append((unit.concept[5:], text[unit.end :].startswith((" <n>", "<n>"))))
    units = {unit for unit, _ in said}
    if any(more for unit, more in said if unit in _CLOCK):
        return False
    if any(len(units & kind) > 1 for kind in _KINDS):
        return False
    spans = len(said) > 1 and units <= set(_CLOCK)
    return not spans or any(piece.concept in ("mean", "median", "pct") for piece in pieces)


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
        rf"|(?P<sign>\*\*|//|(?<![^\W\d])-(?= ?[\d(])|(?<=[\d)])(?<!\.\d)(?<!\.\d\d)!|[+*/^()]|(?<=[\d)] )%(?= [\d(]))"
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
        signs = {piece.concept for piece in pieces[1:] if piece.concept not in _AMOUNT}
        pieces = pieces[1:] if pieces[0].concept == "earn" or signs == {"+"} else pieces
    said: list[str] = []
    for place, piece in enumerate(pieces):
        concept, last = piece.concept, place == len(pieces) - 1
        after = "" if last else pieces[place + 1].concept
        if concept in _AMOUNT or (concept == "<o>" and said and said[-1] == " ^ "):
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
        elif _FRACTION.fullmatch(concept):
            said.append(f"({concept})")
        elif concept in ("double", "triple"):
            said.append("2 * " if concept == "double" else "3 * ")
        elif concept == "dozen":
            many = said and said[-1].isdigit()
            said[-1:] = [f"({said[-1]} * 12)"] if many else [*said[-1:], "12"]
        elif concept in ("pi", "one", "half-dozen"):
            said.append({"pi": "pi", "one": "1", "half-dozen": "6"}[concept])
        elif concept in _VERBS and place and {pieces[place - 1].concept, after} <= {*_AMOUNT}:
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
    dozens = list(_dozens(pieces))
    views = [pieces, dozens] if len(dozens) < len(pieces) or dozens != pieces else [pieces]
    for variant in chain.from_iterable(_variants(_roles(view, text), text) for view in views):
        marks = (frames.Mark(piece.concept, piece.text) for piece in variant)
        for frame in frames.fitting(frames.Reading(tuple(marks)), "sums"):
            said = _filled(frame.means, variant)
            if said is not None and (frame.loose == 0 or not _years(variant)):
                return said
    return None


def _roles(pieces: list[Piece], text: str) -> list[Piece]:
    """The pieces, where numbers stand that count something or are a price for each."""
    found: list[Piece] = []
    concepts = {piece.concept for piece in pieces}
    shared = bool(concepts & {"bill", "split"})
    skip = 0
    for place, piece in enumerate(pieces):
        if skip:
            skip -= 1
            continue
        after = pieces[place + 1 : place + 3]
        beside: list[Piece] = []
        for one in after:
            if text[(beside[-1] if beside else piece).end : one.at].strip():
                break
            beside.append(one)
        word = beside[0].concept if beside else "-"
        if piece.concept in _AMOUNT and (
            word.startswith("per-") or (word == "each" and not shared)
        ):
            del found[len(found) - (bool(found) and found[-1].concept in ("je", "at")) :]
            piece, skip = msgspec.structs.replace(piece, concept="<r>", unit=word[4:]), 1
        elif piece.concept in _AMOUNT and word == "per" and beside[1:] and not beside[1].concept:
            piece, skip = msgspec.structs.replace(piece, concept="<r>", unit=beside[1].text), 2
        elif piece.concept in _AMOUNT and found and found[-1].concept == "je":
            found.pop()
            piece = msgspec.structs.replace(piece, concept="<r>")
        elif piece.concept in _AMOUNT and (each := _each_before(found)):
            del found[-each:]
            unit = pieces[place - each].concept[4:]
            piece = msgspec.structs.replace(piece, concept="<r>", unit=unit)
        elif piece.concept in _AMOUNT and not piece.money and word.startswith("unit-"):
            piece, skip = msgspec.structs.replace(piece, concept="<q>", unit=word[5:]), 1
        elif piece.concept == "<n>" and word == "":
            piece = msgspec.structs.replace(piece, concept="<q>", unit=beside[0].text)
        elif (
            piece.concept in _AMOUNT
            and "<p>" not in concepts
            and found
            and found[-1].concept == "at"
            and any(one.concept == "<q>" for one in found)
        ):
            found.pop()
            piece = msgspec.structs.replace(piece, concept="<r>")
        found.append(piece)
    return _taxed(list(_related(found)), text)


def _each_before(found: list[Piece]) -> int:
    """How many pieces before an amount make it a price for each: "the kilo costs 3"."""
    for many in (1, 2, 3):
        if len(found) >= many and found[-many].concept.startswith("per-"):
            between = {piece.concept for piece in found[len(found) - many + 1 :]}
            before = found[-many - 1].concept if len(found) > many else ""
            return many if between <= {"cost", "at", "of"} and before not in _AMOUNT else 0
    return 0


def _related(pieces: list[Piece]) -> Iterator[Piece]:
    """A count of other things than a rate is for explains nothing; a unit that is asked for beside
    a rate of another one is a factor: <x> to multiply with, <y> to divide by."""
    rates = [piece.unit for piece in pieces if piece.concept == "<r>" and piece.unit]
    counted = [piece.unit for piece in pieces if piece.concept == "<q>"]
    priced = any(piece.concept == "<r>" for piece in pieces)
    last = max((piece.at for piece in pieces if piece.values), default=0)
    ratio = _ratio(pieces)
    for piece in pieces:
        unit = piece.concept.removeprefix("unit-").removeprefix("per-")
        if rates and piece.concept == "<q>" and (rates[0], piece.unit) in _TIMES:
            times = _TIMES[rates[0], piece.unit]  # "23.90 a month, over 2 years"
            many = (f"({piece.values[0]} * {times})",)
            piece = msgspec.structs.replace(piece, values=many, unit=rates[0])
        elif piece.concept == "<q>" and piece.unit in ratio:
            piece = _as(piece, "<num>" if piece.unit == ratio[0] else "<den>")
        elif unit in ratio and unit != piece.concept:
            piece = _as(piece, "ratio")
        elif piece.concept == "<q>" and rates and not _same(piece.unit, rates[0]):
            piece = _as(piece, "<other>")
        elif unit != piece.concept and len(rates) == 1:
            for pair, concept in (((rates[0], unit), "<x>"), ((unit, rates[0]), "<y>")):
                if pair in _TIMES:
                    times = (str(_TIMES[pair]),)
                    piece = msgspec.structs.replace(piece, concept=concept, values=times)
        elif unit != piece.concept and len(counted) == 1 and (counted[0], unit) in _SCALES:
            scale = (str(_SCALES[counted[0], unit]),)  # "750 g cost 4.35, how much per kilo"
            piece = msgspec.structs.replace(piece, concept="<z>", values=scale)
        elif piece.at > last and (piece.concept == "per" or counted == [unit] != [piece.concept]):
            piece = _as(piece, "each")
        elif piece.unit and len(counted) == 2 and not priced and not _same(*counted):
            piece = _as(piece, "<other>")
        elif len(counted) == 1 and not piece.concept and piece.at > last:
            if _same(piece.text, counted[0]) and piece.text != counted[0]:
                piece = _as(piece, "each")  # "8 bottles cost 6, how much is a bottle"
        elif piece.concept in _AMOUNT and _priced(piece, pieces):
            piece = _as(piece, "<r>")
        yield piece


def _priced(amount: Piece, pieces: list[Piece]) -> bool:
    """Whether an amount is the price of one of what is counted after it: "a ticket costs 12, how
    much are 4 tickets"."""
    named = [piece for piece in pieces if not piece.concept and piece.at < amount.at]
    later = [piece for piece in pieces if piece.concept == "<q>" and piece.at > amount.at]
    if any(piece.concept == "<q>" and piece.at < amount.at for piece in pieces):
        return False
    return len(later) == 1 and any(_same(piece.text, later[0].unit) for piece in named)


def _taxed(pieces: list[Piece], text: str) -> list[Piece]:
    """Which of net and gross is asked for ("netq", "grossq") and which is given: what follows an
    amount at once is given, then what stands right before one; the other one is asked for."""
    found = list(pieces)
    spots: list[int] = []
    for place, piece in enumerate(found):
        rest = [one.concept for one in found[place + 1 : place + 3]]
        if piece.concept == "with" and (rest[:1] == ["tax"] or rest == ["<p>", "tax"]):
            found[place] = _as(piece, "gross")
        if found[place].concept in ("net", "netq", "gross", "grossq"):
            spots.append(place)
    if not spots or len({found[place].concept[:3] for place in spots}) > 2:
        return found

    def beside(one: int, other: int) -> bool:
        inside = one >= 0 and other < len(found)
        return inside and not re.search("[,.?!]", text[found[one].end : found[other].at])

    concepts = {piece.concept for piece in found}
    amounts = [place for place, piece in enumerate(found) if piece.concept in _AMOUNT]
    given = [p for p in spots if p - 1 in amounts and beside(p - 1, p)]
    if not given and len(spots) > 1:
        near = [p for p in spots if any(beside(p, a) and a - p in (1, 2, 3) for a in amounts)]
        given = near[-1:]
    elif not given and (not found[spots[0]].concept.endswith("q") or "total" in concepts):
        given = [p for p in spots if p + 1 in amounts and beside(p, p + 1)]
    for place in spots:
        kind = found[place].concept[:3]
        name = "net" if kind == "net" else "gross"
        if len(spots) > 1 and not given:
            return found
        if given and any(found[g].concept[:3] == kind for g in given):
            found[place] = _as(found[place], name)
        else:
            found[place] = _as(found[place], f"{name}q")
    return found


def _ratio(pieces: list[Piece]) -> tuple[str, ...]:
    """The two units where a ratio of two quantities is asked for: "how many km per litre"."""
    bare = [piece for piece in pieces if piece.concept not in frames.always("sums")]
    for one, other in pairwise(bare):
        asked = one.concept.startswith("unit-") and other.concept.startswith("per-")
        units = (one.concept[5:], other.concept[4:])
        if asked and sorted(units) == sorted(p.unit for p in pieces if p.concept == "<q>"):
            return units
    return ()


def _same(one: str, other: str) -> bool:
    """Whether two words could be the singular and plural of one."""
    short, long = sorted((frames.fold(one), frames.fold(other)), key=len)
    return long.startswith(short[: max(3, len(short) - 1)]) and len(long) - len(short) < 3


def _variants(pieces: list[Piece], text: str) -> Iterator[list[Piece]]:
    """The ways to see the numbers: as they are, money as plain numbers, fractions and lists as one,
    prepositions left out, and beside a percentage a count as an amount."""
    seen, soft = set(), frames.always("sums")
    whole = list(_fractions(pieces, text))
    counts = [piece for piece in pieces if piece.concept == "<q>"]
    concepts = {piece.concept for piece in pieces}
    views = [pieces, whole] if len(whole) < len(pieces) else [pieces]
    if len(counts) < 3 and concepts & {"<p>", "pct", "pctthat"}:
        views.append([_as(p, "<n>") if p.concept in ("<q>", "<k>") else p for p in pieces])
    if len(counts) > 1 and {piece.unit for piece in counts} < _MEASURES:
        views.append([_as(p, "<u>") if p.concept == "<q>" else p for p in pieces])
    if concepts & {"askit", "round", "<d>"}:
        views.append(list(_embedded(pieces)))
    for view in views:
        plain = [_as(p, "<n>") if p.concept == "<m>" else p for p in view]
        for way in (view, plain, _uncounted(list(_lists(plain)))):
            for spare in (way, [p for p in way if p.concept not in soft]):
                shape = tuple(piece.concept for piece in spare)
                if shape not in seen:
                    seen.add(shape)
                    yield spare


def _as(piece: Piece, concept: str) -> Piece:
    return msgspec.structs.replace(piece, concept=concept)


def _fractions(pieces: list[Piece], text: str) -> Iterator[Piece]:
    """Typed and spoken fractions as one number each."""
    place = 0
    while place < len(pieces):
        piece, rest = pieces[place], pieces[place + 1 : place + 3]
        place += 1
        shape = [p.concept for p in pieces[place - 1 : place + 4]]
        if shape == ["(", "<n>", "/", "<n>", ")"]:
            place += 4
            both = f"({rest[0].values[0]}/{pieces[place - 2].values[0]})"
            piece = msgspec.structs.replace(
                piece, concept="<n>", values=(both,), end=pieces[place - 1].end
            )
        elif shape[:3] == ["<n>", "/", "<n>"] and "<over>" in text[piece.end : rest[1].at]:
            place += 2
            both = f"({piece.values[0]}/{rest[1].values[0]})"
            piece = msgspec.structs.replace(piece, values=(both,), end=rest[1].end)
        elif _FRACTION.fullmatch(piece.concept) and not (rest and rest[0].concept == "of"):
            piece = msgspec.structs.replace(piece, concept="<n>", values=(f"({piece.concept})",))
        yield piece


def _dozens(pieces: list[Piece]) -> Iterator[Piece]:
    """The pieces with dozens as numbers."""
    held: list[Piece] = []  # a number that may count dozens
    for piece in pieces:
        if piece.concept == "dozen":
            many = f"({held[0].values[0]} * 12)" if held else "12"
            at = held[0].at if held else piece.at
            yield Piece("<n>", (many,), at, piece.end)
            held = []
            continue
        yield from held
        held = [piece] if piece.concept == "<n>" else []
        if not held:
            yield piece
    yield from held


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


def _lists(pieces: list[Piece]) -> Iterator[Piece]:
    """Numbers that stand together as one <l>."""
    run: list[Piece] = []
    held: list[Piece] = []  # an "and" that may join what follows
    for piece in [*pieces, None]:
        if piece is not None and piece.concept in ("<n>", "<q>"):
            run, held = [*run, piece], []
        elif piece is not None and run and piece.concept in ("and", "or"):
            held.append(piece)
        else:
            if len(run) > 2 and run[0].unit and run[0].values == (str(len(run) - 1),):
                yield run.pop(0)  # "my last 5 runs were 5.2, 7.8 …": they were counted
            if len(run) > 1:
                yield Piece(
                    "<l>",
                    tuple(value for one in run for value in one.values),
                    run[0].at,
                    run[-1].end,
                )
            else:
                yield from run
            yield from held
            run, held = [], []
            if piece is not None:
                yield piece


def _years(pieces: list[Piece]) -> bool:
    """Whether a list of numbers could be years."""
    lists = [piece.values for piece in pieces if piece.concept == "<l>"]
    return any(all(re.fullmatch(r"(?:19|20)\d\d", one) for one in values) for values in lists)


def _uncounted(pieces: list[Piece]) -> list[Piece]:
    """The pieces without a number that only says how many are in the list: "my five marks"."""
    many = {str(len(piece.values)) for piece in pieces if piece.concept == "<l>"}
    return [p for p in pieces if p.concept not in ("<q>", "<k>") or p.values[0] not in many]


def _filled(means: str, pieces: list[Piece]) -> str | None:
    """The meaning with its numbers, or None where one of them is missing or cannot be."""
    said: dict[str, str] = {}
    roles: dict[str, list[str]] = {}
    for piece in pieces:
        roles.setdefault(piece.concept.strip("<>"), []).extend(piece.values)
    for role, values in roles.items():
        said[f"{role}s"] = ", ".join(values)
        for place, value in enumerate(values, 1):
            said[role if place == 1 else f"{role}{place}"] = value
    if re.fullmatch("10+", said.get("o", "")):
        said["zeros"] = str(len(said["o"]) - 1)
    amounts = roles.get("n", []) + roles.get("m", [])
    if amounts and all(re.fullmatch(r"[\d.]+", value) for value in amounts):
        ranked = sorted(amounts, key=float, reverse=True)
        most = amounts.index(ranked[0])
        said["max"], said["min"] = ranked[0], ranked[-1]
        said["rest"] = " - ".join(amounts[:most] + amounts[most + 1 :])
        said["total"] = " + ".join(amounts)
    said["urest"] = " - ".join(roles.get("u", [])[1:])
    try:
        return means.format(**said)
    except KeyError:
        return None
