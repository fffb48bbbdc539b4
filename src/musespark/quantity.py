"""A quantity said in words: 5 km, 6 ft 2 in, half a pound, an hour and a half; and units alone.

`read` finds them anywhere in a text and leaves the marks of `frames` for all other words. How a
quantity is put together is the same in every language; the words for it are concepts: a number as
a concept's name ("1/2") is its value, `one` an article, `and`, `of`, `minus`, and whose measure is
meant: `us`, `imperial`, `metric`.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache
from itertools import product

from msgspec import Struct

from musespark import frames, language, lexicon, unit
from musespark.frames import Mark, Reading
from musespark.language import Speech
from musespark.unit import Part, Parts, Units


class Quantity(Struct, frozen=True):
    """A quantity as it can be read, one way for each meaning of its units, and as it was said;
    `sure` is False where its number is only an article: "a mile"."""

    readings: tuple[Parts, ...]
    said: str
    sure: bool = True

    @property
    def unit(self) -> Wanted:
        """The unit of "a mile" alone."""
        units = tuple((parts[0].unit,) for parts in self.readings)
        return Wanted(units, self.said.partition(" ")[2])


class Wanted(Struct, frozen=True):
    """A unit that stands alone, or two as in "feet and inches", and as it was said. `metric`,
    `imperial` or `us` as `whose` alone: the unit of that system."""

    readings: tuple[Units, ...]
    said: str
    whose: str = ""

    def times(self, number: Fraction, sure: bool = True) -> Quantity:
        """So many of this unit."""
        readings = tuple((Part(number, units[0]),) for units in self.readings)
        return Quantity(readings, f"{_written(number)} {self.said}", sure)


Thing = Quantity | Wanted | Fraction
Found = list[tuple[Mark, Thing | None]]


class _Piece(Struct):
    """A mark while the quantities are put together; `sort` is one letter of `_GRAMMAR`."""

    sort: str
    mark: Mark
    number: Fraction = Fraction(0)
    units: tuple[str, ...] = ()
    thing: Thing | None = None
    whose: Mark | None = None


_TOKEN = re.compile(
    r"(?<![\w.])-?\d+:\d\d(?![\d:])|(?:(?<![\w)])-)?\d+(?:\.\d+)?(?:/[1-9]\d?(?!\d))?|[dl]'(?=\w)"
    r"|[^\W\d_]+(?:'[^\W\d_]{1,30}){0,3}(?:[23](?!\d))?|[^\s]"
)
_ORDINAL = re.compile(r"(?:st|nd|rd|th|er|e|[ºª]|[ᵒᵃ]ˢ?)\b", re.I)
_GAPS = ",~"  # punctuation, and words that say nothing: what stands on both sides is not one thing
_VALUE = re.compile(r"\d+(?:\.\d+|/\d+)?")
_SYSTEMS = ("us", "imperial", "metric")
_SORTS = {"one": "a", "and": "&", "of": "o", "minus": "m", "plus": "+", "<n>": "n", "<u>": "u"}
# A letter is a piece: number, unit, part of a whole (half), article, and, of, minus, system.
_GRAMMAR = re.compile(
    r"(?P<minus>m?)(?:(?P<amount>a?n(?:&?[an]?h)?|a&[an]?h|a?h)o?a?(?P<before>s*u)"
    r"|(?P<unit>a?s*u(?=&[an]?h)|as*u))(?P<after>s?)"
    r"(?P<more>&[an]?h(?!o?a?s?u))?"
)


def find(text: str, speech: Speech) -> Found | None:
    """`read` for a text as a person wrote it: with number words, and numbers as they are written
    where the person is. None where no word could be a unit."""
    if unit.firsts(speech.code).isdisjoint(map(str.lower, unit.words(frames.fold(text)))):
        return None
    small = speech.words.small
    text = _WORD.sub(lambda m: _digit(m[0], small), language.digits(text, speech.code))
    plain = language.numbers(text, speech.locale)
    return read(plain, speech) if plain else None


_WORD = re.compile(r"[^\W\d_]+")


def _digit(word: str, small: dict[str, str]) -> str:
    """A number word that is nothing else: "one" may be an article."""
    number = small.get(word.lower(), "1")
    return word if number == "1" else number


def read(text: str, speech: Speech) -> Found | None:
    """The marks of a text whose numbers are in the one form 1234.5, with the quantity, unit or
    number that each stands for; None where nothing can be, or a word says that no tool is meant."""
    slotted = _slots(text, speech)
    if slotted is None:
        return None
    text, numbers, units = slotted
    marks = frames.read(text, speech.code, "units")
    if marks is None:
        return None
    pieces = _trailing(_compounds(_quantities(_pieces(text, marks, numbers, units), speech)))
    pieces = [piece for piece in pieces if piece.sort not in _GAPS]
    return [(piece.mark, piece.thing) for piece in _wanted(pieces, speech)]


def alone(text: str, speech: Speech) -> Quantity | Wanted | None:
    """The one quantity or unit that the text is, or None."""
    found = read(text, speech)
    thing = found[0][1] if found and len(found) == 1 else None
    return thing if isinstance(thing, Quantity | Wanted) else None


def _slots(
    text: str, speech: Speech
) -> tuple[str, list[Fraction], list[tuple[str, tuple[str, ...]]]] | None:
    """The text in lower case with <n> for numbers and <u> for units, and both in their order."""
    tokens = [t for t in _TOKEN.finditer(text) if not _silent(t, text)]
    numbers: list[Fraction] = []
    units: list[tuple[str, tuple[str, ...]]] = []
    out, done, i = [], 0, 0
    while i < len(tokens):
        token = tokens[i]
        size, meant = _unit_at(tokens, i, speech)
        part = 0 if size else _share_in(token[0], speech)
        if part:
            size, meant = 1, unit.named([token[0][part:]], speech.code) or ()
        if size:
            end = tokens[i + size - 1].end()
            out += [text[done : token.start() + part], " <u> "]
            units.append((text[token.start() + part : end], meant))
            done = end
        elif token[0].lstrip("-")[:1].isdecimal() and not _ORDINAL.match(text, token.end()):
            number = _number(token[0])
            if number is None:
                return None
            mixed = tokens[i + 1][0] if i + 1 < len(tokens) else ""
            if "/" in mixed and "/" not in token[0] and re.fullmatch(r"\d/\d\d?", mixed):
                number, size = number + Fraction(mixed), 2
            out += [text[done : token.start()], " <n> "]
            numbers.append(number)
            done = tokens[i + max(size, 1) - 1].end()
        i += max(size, 1)
    rest = re.sub(" {2,9}", " ", "".join((*out, text[done:]))).strip()
    if re.search(r"[*/^%$€£]|<n> {1,3}[-:.,/]{1,3} ?<n>|\d", _ORDINALS.sub("", rest)):
        return None
    return rest.lower(), numbers, units


_ORDINALS = re.compile(r"\b[1-9](?:st|nd|rd|th|er|e|[ºª]|[ᵒᵃ]ˢ?)\b", re.I)


def _silent(token: re.Match[str], text: str) -> bool:
    """Whether a full stop or a hyphen only holds words together: "sq. ft", "demi-heure"."""
    before = text[token.start() - 1 : token.start()]
    return token[0] in ".-" and (before.isalpha() or (before.isdecimal() and token[0] == "-"))


def _number(token: str) -> Fraction | None:
    whole, _, minutes = token.partition(":")
    if minutes:
        return Fraction(whole) + Fraction(int(minutes), 60) if int(minutes) < 60 else None
    return Fraction(token)


def _unit_at(
    tokens: list[re.Match[str]], i: int, speech: Speech, ahead: bool = True
) -> tuple[int, tuple[str, ...]]:
    """How many tokens from this one on name a unit, 0 if none do, and the units. Looks `ahead` for
    what comes after."""
    low = frames.fold(tokens[i][0].lower())
    if low not in unit.firsts(speech.code):
        return 0, ()
    if len(tokens[i][0]) == 1 and _inner(tokens[i]):
        return 0, ()
    after_number = i > 0 and tokens[i - 1][0][-1].isdecimal()
    share = _share(speech.code).fullmatch(low)
    near = range(i + 1, min(i + 5, len(tokens)))
    if ahead and share and any(_unit_at(tokens, j, speech, ahead=False)[0] for j in near):
        return 0, ()  # "a quarter of an hour" is no quarter of a year
    for size in range(min(unit.LONGEST, len(tokens) - i), 0, -1):
        said = [t[0] for t in tokens[i : i + size]]
        meant = unit.named(said, speech.code)
        if meant is None or not meant:
            continue
        if size == 1 and not said[0][0].isalpha() and not after_number:
            continue  # an apostrophe is a foot only after a number
        if size == 1 and low in _cues(speech.code) and not _sign_here(tokens, i, speech):
            continue
        return size, meant
    return 0, ()


def _inner(token: re.Match[str]) -> bool:
    """Whether a letter only stands inside a word: "y a-t-il"."""
    return token.string[max(token.start() - 1, 0) : token.start()] == "-"


@cache
def _cues(code: str) -> frozenset[str]:
    """The signs that are words too in this language: "in", Spanish "mi"."""
    return frozenset(
        low
        for low in (sign.lower() for sign in unit.signs() if sign.isalpha())
        if (marks := frames.read(low, code, "units")) is None or not marks.unknown
    )


def _share_in(word: str, speech: Speech) -> int:
    """Where the unit begins in "Viertelstunde", 0 if it is no such word."""
    begin = _share(speech.code).match(frames.fold(word.lower()))
    rest = word[begin.end() :] if begin else ""
    return begin.end() if begin and len(rest) > 3 and unit.named([rest], speech.code) else 0


@cache
def _share(code: str) -> re.Pattern[str]:
    """The words of a language for parts of a whole."""
    table = lexicon.concepts(code)["units"]
    words = [word for name, row in table.items() if _VALUE.fullmatch(name) for word in row]
    return re.compile(frames.fold("|".join(words)))


def _sign_here(tokens: list[re.Match[str]], i: int, speech: Speech) -> bool:
    """Whether a sign that is a word too is a unit: after a number, and no unit comes next."""
    if i == 0 or not tokens[i - 1][0][-1].isdecimal():
        return False
    return i + 1 == len(tokens) or _unit_at(tokens, i + 1, speech)[0] == 0


def _pieces(
    text: str,
    marks: Reading,
    numbers: list[Fraction],
    units: list[tuple[str, tuple[str, ...]]],
) -> list[_Piece]:
    left, names = iter(numbers), iter(units)
    pieces: list[_Piece] = []
    done = 0
    for mark in marks.marks:
        gap = text[done : mark.at].strip(" -()'\"")
        if gap:
            pieces.append(_Piece("~" if gap.strip(".,:;!") else ",", Mark(gap, gap, done)))
        done = mark.at + len(mark.text)
        piece = _Piece(_SORTS.get(mark.concept, "."), mark)
        if piece.sort == "n":
            piece.thing = piece.number = next(left)
        elif piece.sort == "u":
            said, piece.units = next(names)
            piece.mark = Mark("<u>", said, mark.at)
        elif mark.concept in _SYSTEMS:
            piece.sort = "s"
        elif _VALUE.fullmatch(mark.concept):
            piece.sort, piece.number = "h", Fraction(mark.concept)
        pieces.append(piece)
    return _described(pieces)


def _described(pieces: list[_Piece]) -> list[_Piece]:
    """The system of what is told of ("my American recipe") goes to units that say none."""
    systems = [i for i, piece in enumerate(pieces) if piece.sort == "s"]
    lone = [i for i in systems if _doubtful(pieces, i)]
    near = {i: [p for p in pieces[max(i - 1, 0) : i + 2] if p.sort == "u"] for i in systems}
    idle = [i for i, units in near.items() if units and not any(map(_has_systems, units))]
    marks = [pieces[i].mark for i in (*lone, *idle)]
    for i in lone:
        pieces[i] = _Piece(".", Mark("", pieces[i].mark.text, pieces[i].mark.at))
    if len({mark.concept for mark in marks}) == 1:
        for piece in pieces:
            piece.whose = marks[0] if _has_systems(piece) else None
    return pieces


def _has_systems(piece: _Piece) -> bool:
    """Whether several systems have a unit of this name."""
    regional = lexicon.units().regional
    either = {*regional, *(one for pair in regional.values() for one in pair)}
    return any(one.rstrip("!") in either for one in piece.units)


def _shape(pieces: list[_Piece]) -> str:
    return "".join(piece.sort for piece in pieces)


def _meant(pieces: list[_Piece], speech: Speech) -> tuple[str, tuple[str, ...]]:
    """What a unit and the words about whose it is say together: the words, and the units."""
    one = next(p for p in pieces if p.sort == "u")
    whose = next((p.mark for p in pieces if p.sort == "s"), one.whose)
    said = f"{whose.text} {one.mark.text}" if whose else one.mark.text
    concept = whose.concept if whose else ""
    return said, tuple(dict.fromkeys(unit.local(u, speech, concept) for u in one.units))


def _amount(pieces: list[_Piece]) -> Fraction:
    """ "two and a half" is 2.5, "three quarters" and "a half of" are less than one."""
    shape = _shape(pieces)
    numbers = [p.number for p in pieces if p.sort in "nh"]
    if shape.startswith("a&"):  # "one and a half"
        numbers.insert(0, Fraction(1))
    if len(numbers) == 3:
        return numbers[0] + numbers[1] * numbers[2]
    if len(numbers) == 2:
        return sum(numbers, Fraction(0)) if "&" in shape else numbers[0] * numbers[1]
    return numbers[0]


def _quantities(pieces: list[_Piece], speech: Speech) -> list[_Piece]:
    """The pieces with each number of a unit as one piece, Q."""
    out: list[_Piece] = []
    done = 0
    for found in _GRAMMAR.finditer(_shape(pieces)):
        start, end = found.span()
        here = pieces[start:end]
        amount = pieces[slice(*found.span("amount"))] if found["amount"] else []
        number = _amount(amount) if amount else Fraction(1)
        if number >= 1 and "na" in found[0]:
            continue  # "9.99 a month" is a rate
        if found["more"]:
            number += _amount(pieces[slice(*found.span("more"))])
        first = found.start("before") if found["amount"] else found.start("unit")
        said, units = _meant(pieces[first : found.end("after")], speech)
        number = -number if found["minus"] else number
        readings = tuple((Part(number, one),) for one in units)
        thing = Quantity(readings, f"{_written(number)} {said}", _sure(found))
        out += pieces[done:start]
        out.append(_piece(thing, here[0]))
        done = end
    return [*out, *pieces[done:]]


def _sure(found: re.Match[str]) -> bool:
    return bool(found["amount"] or found["more"])


def _written(number: Fraction) -> str:
    """A number that `read` reads back."""
    size = abs(number)
    text = str(size.limit_denominator(10**40))
    if "/" in text and 10**12 % size.denominator == 0:
        text = f"{size.numerator * 10**12 // size.denominator:013d}"
        text = f"{text[:-12]}.{text[-12:].rstrip('0')}"
    elif size > 1 and "/" in text:
        text = f"{int(size)} {size - int(size)}"
    return f"-{text}" if number < 0 else text


_SEVERAL = ("length", "mass", "time", "volume", "angle", "calendar")


def added(one: Quantity, other: Quantity) -> Quantity | None:
    """The sum of two quantities of one kind, if the kind has sums."""
    readings = tuple(
        (*a, *b)
        for a, b in product(one.readings, other.readings)
        if unit.dimension(a[0].unit) == unit.dimension(b[0].unit)
        and unit.dimension(a[0].unit) in _SEVERAL
    )
    return Quantity(readings, f"{one.said} + {other.said}") if readings else None


def _joined(one: Quantity, other: Quantity) -> Quantity | None:
    """Two quantities as one: ever smaller units of one kind."""
    readings = tuple(
        (*a, *b)
        for a, b in product(one.readings, other.readings)
        if unit.dimension(a[0].unit) in _SEVERAL
        and unit.follows(a[-1].unit, b[0].unit)
        and all(part.number >= 0 for part in (*a, *b))
    )
    if not readings or len(readings[0]) > 3:
        return None
    return Quantity(readings, f"{one.said} {other.said}")


def _compounds(pieces: list[_Piece]) -> list[_Piece]:
    out: list[_Piece] = []
    for piece in pieces:
        gap = 0
        while gap < len(out) and (out[-1 - gap].sort in "&+" or out[-1 - gap].mark.text in ",."):
            gap += 1
        before = out[-1 - gap] if len(out) > gap else None
        if before and isinstance(piece.thing, Quantity) and isinstance(before.thing, Quantity):
            plus = "+" in _shape(out[len(out) - gap :])
            both = (added if plus else _joined)(before.thing, piece.thing)
            if both and before.thing.sure and piece.thing.sure:
                out[-1 - gap :] = [_piece(both, before)]
                continue
        out.append(piece)
    return out


def _trailing(pieces: list[_Piece]) -> list[_Piece]:
    """With "5 foot 9" as five feet and nine inches: a last number has the next smaller unit."""
    out: list[_Piece] = []
    for i, piece in enumerate(pieces):
        before = out[-1].thing if out else None
        after = pieces[i + 1] if i + 1 < len(pieces) else None
        if piece.sort == "n" and isinstance(before, Quantity) and (not after or after.mark.concept):
            big = before.readings[0][-1].unit
            small, most = lexicon.units().next.get(big, ("", 0))
            if len(before.readings[0]) == 1 and small and 0 <= piece.number < most:
                said = f"{_written(piece.number)} {unit.sign(small)}"
                both = _joined(before, Quantity(((Part(piece.number, small),),), said))
                if both:
                    out[-1] = _piece(both, out[-1])
                    continue
        out.append(piece)
    return out


def _wanted(pieces: list[_Piece], speech: Speech) -> list[_Piece]:
    """The pieces with each unit that stands alone as one piece, W; "feet and inches" is one."""
    for i, piece in enumerate(pieces):
        if piece.sort in "us" and _doubtful(pieces, i):
            pieces[i] = _Piece(".", Mark("", piece.mark.text, piece.mark.at))
    out: list[_Piece] = []
    done = 0
    for found in re.finditer(r"s?us?|s", _shape(pieces)):
        here = pieces[found.start() : found.end()]
        if "u" in found[0]:
            said, units = _meant(here, speech)
            thing = Wanted(tuple((one,) for one in units), said)
        else:
            thing = Wanted((), here[0].mark.text, here[0].mark.concept)
        out += pieces[done : found.start()]
        out.append(_piece(thing, here[0]))
        done = found.end()
    out += pieces[done:]
    for i in range(len(out) - 1, 1, -1):
        if i >= len(out):
            continue
        big, small = out[i - 2].thing, out[i].thing
        if out[i - 1].sort == "&" and isinstance(big, Wanted) and isinstance(small, Wanted):
            pairs = product(big.readings, small.readings)
            readings = tuple((*a, *b) for a, b in pairs if unit.follows(a[-1], b[0]))
            if readings:
                out[i - 2 : i + 1] = [
                    _piece(Wanted(readings, f"{big.said} & {small.said}"), out[i - 2])
                ]
    return out


def _piece(thing: Quantity | Wanted, first: _Piece) -> _Piece:
    sort, slot = ("Q", "<quantity>") if isinstance(thing, Quantity) else ("W", "<unit>")
    return _Piece(sort, Mark(slot, thing.said, first.mark.at), thing=thing)


_NEAR = {"into", "in", "many"}  # beside these a letter alone is a unit: "to C", "in m"


def _doubtful(pieces: list[_Piece], i: int) -> bool:
    """Whether the unit here is only a letter that could be anything ("s", "m"), or the system only
    describes something ("my American oven")."""
    before = [p for p in pieces[:i] if p.sort not in _GAPS][-1:]
    after = [p for p in pieces[i + 1 :] if p.sort not in _GAPS][:1]
    near = [p.mark.concept for p in (*before, *after)]
    if len(pieces) == 1:
        return False
    if pieces[i].sort == "s":
        return (
            _NEAR.isdisjoint(p.mark.concept for p in before)
            and "equals" not in near
            and "u" not in _shape(pieces[max(i - 1, 0) : i + 2])
        )
    return len(pieces[i].mark.text) == 1 and _NEAR.isdisjoint(near)
