"""The roles of the numbers of a sum, told by the words around them.

<q> of something ("6 books"), <r> a price for each ("2.75 each", "14.50 an hour"), and of two prices
which is before tax and which after it; fractions, dozens and lists are one number each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

import msgspec
from msgspec import Struct

from musespark import frames

AMOUNT = ("<n>", "<m>")
FRACTION = re.compile(r"\d/\d{1,2}")
MEASURES = frozenset({"mm", "cm", "m", "km", "ft", "mile", "g", "kg", "lb", "ml", "l", "gallon"})
_CLOCK = ("hour", "minute")
_KINDS = (
    {"hour", "minute", "day", "week", "month", "quarter", "year"},
    {"mm", "cm", "m", "km", "ft", "mile"}, {"g", "kg", "lb"}, {"ml", "l", "gallon"},
)  # fmt: skip
# How many of the first are in the second, for a rate asked for in another unit
_TIMES = {
    ("day", "week"): 7, ("week", "year"): 52, ("month", "year"): 12, ("quarter", "year"): 4,
}  # fmt: skip
# How many of the first are one of the second, for a price by another unit
_SCALES = {("g", "kg"): 1000, ("ml", "l"): 1000, ("cm", "m"): 100}


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


def measured(pieces: list[Piece], text: str) -> bool:
    """Whether what is measured can be reckoned with as bare numbers: of each kind in one unit, and
    no spans of time alone, nor "2 h 35", which are for the tool `times`."""
    said: list[tuple[str, bool]] = []
    for one, unit in pairwise(pieces):
        beside = one.concept in AMOUNT and not text[one.end : unit.at].strip()
        if beside and unit.concept.startswith("unit-"):
            said.append((unit.concept[5:], text[unit.end :].startswith((" <n>", "<n>"))))
    units = {unit for unit, _ in said}
    if any(more for unit, more in said if unit in _CLOCK):
        return False
    if any(len(units & kind) > 1 for kind in _KINDS):
        return False
    spans = len(said) > 1 and units <= set(_CLOCK)
    return not spans or any(piece.concept in ("mean", "median", "pct") for piece in pieces)


def roles(pieces: list[Piece], text: str) -> list[Piece]:
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
        if piece.concept in AMOUNT and (word.startswith("per-") or (word == "each" and not shared)):
            del found[len(found) - (bool(found) and found[-1].concept in ("je", "at")) :]
            piece, skip = msgspec.structs.replace(piece, concept="<r>", unit=word[4:]), 1
        elif piece.concept in AMOUNT and word == "per" and beside[1:] and not beside[1].concept:
            piece, skip = msgspec.structs.replace(piece, concept="<r>", unit=beside[1].text), 2
        elif piece.concept in AMOUNT and found and found[-1].concept == "je":
            found.pop()
            piece = msgspec.structs.replace(piece, concept="<r>")
        elif piece.concept in AMOUNT and (each := _each_before(found)):
            del found[-each:]
            unit = pieces[place - each].concept[4:]
            piece = msgspec.structs.replace(piece, concept="<r>", unit=unit)
        elif piece.concept in AMOUNT and not piece.money and word.startswith("unit-"):
            piece, skip = msgspec.structs.replace(piece, concept="<q>", unit=word[5:]), 1
        elif piece.concept == "<n>" and word == "":
            piece = msgspec.structs.replace(piece, concept="<q>", unit=beside[0].text)
        elif (
            piece.concept in AMOUNT
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
            return many if between <= {"cost", "at", "of"} and before not in AMOUNT else 0
    return 0


def _related(pieces: list[Piece]) -> Iterator[Piece]:
    """A count of other things than a rate is for explains nothing; a unit that is asked for beside
    a rate of another one is a factor: <x> to multiply with, <y> to divide by."""
    rates = [piece.unit for piece in pieces if piece.concept == "<r>" and piece.unit]
    counted = [piece.unit for piece in pieces if piece.concept == "<q>"]
    amounts = [piece for piece in pieces if piece.concept in (*AMOUNT, "<q>")]
    if len(amounts) > 3 and amounts[0].values == (str(len(amounts) - 1),):
        counted = counted[1:]  # "my last 5 runs were 5.2, 7.8 …": they were counted
    priced = any(piece.concept == "<r>" for piece in pieces)
    last = max((piece.at for piece in pieces if piece.values), default=0)
    ratio = _ratio(pieces)
    for piece in pieces:
        unit = piece.concept.removeprefix("unit-").removeprefix("per-")
        if rates and piece.concept == "<q>" and (rates[0], piece.unit) in _TIMES:
            # "23.90 a month, over 2 years"
            many = (f"({piece.values[0]} * {_TIMES[rates[0], piece.unit]})",)
            piece = msgspec.structs.replace(piece, values=many, unit=rates[0])
        elif piece.concept == "<q>" and piece.unit in ratio:
            piece = as_(piece, "<num>" if piece.unit == ratio[0] else "<den>")
        elif unit in ratio and unit != piece.concept:
            piece = as_(piece, "ratio")
        elif piece.concept == "<q>" and rates and not _same(piece.unit, rates[0]):
            piece = as_(piece, "<other>")
        elif unit != piece.concept and len(rates) == 1:
            for pair, concept in (((rates[0], unit), "<x>"), ((unit, rates[0]), "<y>")):
                if pair in _TIMES:
                    times = (str(_TIMES[pair]),)
                    piece = msgspec.structs.replace(piece, concept=concept, values=times)
        elif unit != piece.concept and len(counted) == 1 and (counted[0], unit) in _SCALES:
            scale = (str(_SCALES[counted[0], unit]),)  # "750 g cost 4.35, how much per kilo"
            piece = msgspec.structs.replace(piece, concept="<z>", values=scale)
        elif piece.at > last and (piece.concept == "per" or counted == [unit] != [piece.concept]):
            piece = as_(piece, "each")
        elif piece.unit and len(counted) == 2 and not priced and not _same(*counted):
            piece = as_(piece, "<other>")
        elif len(counted) == 1 and not piece.concept and piece.at > last:
            if _same(piece.text, counted[0]) and piece.text != counted[0]:
                piece = as_(piece, "each")  # "8 bottles cost 6, how much is a bottle"
        elif piece.concept in AMOUNT and _priced(piece, pieces):
            piece = as_(piece, "<r>")
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
            found[place] = as_(piece, "gross")
        if found[place].concept in ("net", "netq", "gross", "grossq"):
            spots.append(place)
    if not spots or len({found[place].concept[:3] for place in spots}) > 2:
        return found

    def beside(one: int, other: int) -> bool:
        inside = one >= 0 and other < len(found)
        return inside and not re.search("[,.?!]", text[found[one].end : found[other].at])

    concepts = {piece.concept for piece in found}
    amounts = [place for place, piece in enumerate(found) if piece.concept in AMOUNT]
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
            found[place] = as_(found[place], name)
        else:
            found[place] = as_(found[place], f"{name}q")
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


def as_(piece: Piece, concept: str) -> Piece:
    return msgspec.structs.replace(piece, concept=concept)


def fractions(pieces: list[Piece], text: str) -> Iterator[Piece]:
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
        elif FRACTION.fullmatch(piece.concept) and not (rest and rest[0].concept == "of"):
            piece = msgspec.structs.replace(piece, concept="<n>", values=(f"({piece.concept})",))
        yield piece


def dozens(pieces: list[Piece]) -> Iterator[Piece]:
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


def lists(pieces: list[Piece]) -> Iterator[Piece]:
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


def years(pieces: list[Piece]) -> bool:
    """Whether a list of numbers could be years."""
    lists = [piece.values for piece in pieces if piece.concept == "<l>"]
    return any(all(re.fullmatch(r"(?:19|20)\d\d", one) for one in values) for values in lists)


def uncounted(pieces: list[Piece]) -> list[Piece]:
    """The pieces without a number that only says how many are in the list: "my five marks"."""
    many = {str(len(piece.values)) for piece in pieces if piece.concept == "<l>"}
    return [p for p in pieces if p.concept not in ("<q>", "<k>") or p.values[0] not in many]
