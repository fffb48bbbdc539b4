"""What a short text says about itself: its language, its numbers, and how to write them back.

Everything here is deterministic and fast; it knows no tool and touches nothing outside. The words
of each language are in languages/*.toml, read by `lexicon`: a new language is one more file there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
from functools import cache
from typing import Any

from msgspec import Struct

from musespark import lexicon
from musespark.problem import Problem

LONGEST = 400  # characters; an exact question is short, and the bound keeps matching fast

_FOLD = str.maketrans(
    {"’": "'", "‘": "'", "′": "'", "“": '"', "”": '"', "″": '"', "«": '"', "»": '"', "„": '"'}
    | {"×": "*", "∙": "*", "·": "*", "÷": "/", "−": "-", "–": "-", "—": "-", "⁄": "/"}
    | {"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\t": " ", "º": "°", "¿": " ", "¡": " "}
    | {"²": "^2", "³": "^3", "％": "%", "＋": "+", "…": "..."}
)
_PICTURES = re.compile("[\u2190-\u21ff]?[\u2600-\u27bf\U0001f000-\U0001faff][\ufe0e\ufe0f\u200d]*")
_HALVES = {"½": "5", "¼": "25", "¾": "75"}
# What no exact question contains: code, addresses, mark-up, more than one line.
_FOREIGN = re.compile(
    r"[{}\[\];\\`<>|~_#&\n\r]|=>|==|://|www\.|@|\b(?:def|return|import|const|select|0x[0-9a-f]{1,8})\b"
)
_NUMBER = re.compile(r"(?<![\w.,'])\d{1,40}(?:[.,]\d{1,40}|'\d{3}(?!\d)){0,12}(?!\d)")
_SPACED = re.compile(r"(?<![\d.,] )(?<![\w.,])\d{1,3}(?: \d{3}){1,6}(?![\d.]| \d)")


class Speech(Struct, frozen=True):
    """The language of a question: `code` names its file of words, `locale` is for Babel."""

    code: str
    locale: str

    @property
    def words(self) -> lexicon.Language:
        return lexicon.languages()[self.code]

    def say(self, key: str, **slots: str) -> str:
        """One of the ready sentences of this language."""
        return self.words.sayings[key].format(**slots)


@cache
def _known(tag: str) -> str:
    """The nearest locale that Babel knows, `en` if none."""
    from babel import Locale, UnknownLocaleError

    parts = tag.replace("_", "-").split("-")
    for end in range(len(parts), 0, -1):
        try:
            return str(Locale.parse("-".join(parts[:end]), sep="-"))
        except (UnknownLocaleError, ValueError, TypeError):
            continue
    return "en"


@contextmanager
def spoken(speech: Speech) -> Iterator[None]:
    """A Problem met inside is said in the language of the question, where it has words for it."""
    try:
        yield
    except Problem as problem:
        words = speech.words.problems.get(problem.code)
        if words is None:
            raise
        raise Problem(problem.code, words, status=problem.status) from None


def speech(text: str, fallback: str) -> Speech:
    """The language of `text`, or of the tag `fallback` where its words do not tell."""
    locale = _known(fallback[:35] or "en")
    own = locale.split("_")[0]
    tokens = re.findall(r"[^\W\d_]+", text[:LONGEST].lower())
    scores = {
        code: sum(token in table.telling for token in tokens)
        for code, table in lexicon.languages().items()
    }
    best = max(scores.values())
    if best == 0 or scores.get(own) == best:
        return Speech(own if own in scores else "en", locale)
    code = next(code for code, score in scores.items() if score == best)
    return Speech(code, code)


def plain(question: str) -> str | None:
    """The question tidied for matching (quotes, dashes, spaces; case kept), or None for what
    cannot be one short exact question: long, several lines, code, addresses, two questions."""
    if not 0 < len(question) <= LONGEST:
        return None
    text = _PICTURES.sub(" ", question).strip().translate(_FOLD)
    text = re.sub(r"(\d?) ?([½¼¾])", lambda m: f"{m[1] or 0}.{_HALVES[m[2]]}", text)
    text = re.sub(r" {2,400}", " ", text).strip()
    text = re.sub(r" ?;(?= \S)", ",", text)  # between two halves of a question, or numbers
    text = _asked_once(text)
    if not text or "?" in text or _FOREIGN.search(text):
        return None
    return text


_LAST = re.compile(r"[ ?.!]{0,6}\?$")
_INSIDE = re.compile(r"[?.!]{0,5}\?(?=[ ,.!]+[^\W_])[ ,.!]*")


def _asked_once(text: str) -> str:
    """The text without its question mark; one after which no more is asked is a full stop: "When
    do I arrive? I leave at 9:10", "What is 2 + 2? Thanks!"."""
    asked = _LAST.search(text) is not None
    text = _LAST.sub("", text).rstrip(" ?.:,")
    inside = list(_INSIDE.finditer(text))
    if len(inside) == 1:
        end = inside[0].end()
        if not asked or re.fullmatch(r"[^\W\d]+(?: [^\W\d]+)?", text[end:]):
            return f"{text[: inside[0].start()].rstrip()}. {text[end:]}"
    return text


@cache
def _openings(code: str) -> re.Pattern[str]:
    words = sorted(lexicon.languages()[code].openings, key=len, reverse=True)
    return re.compile(rf"^(?:{'|'.join(words)})(?![\w%'])[ ,:]{{0,3}}", re.I)


def framed(text: str, code: str) -> bool:
    """Whether the text opens like a question or an order in this language."""
    return _openings(code).search(text) is not None


@cache
def piece(kind: str) -> re.Pattern[str]:
    """The words of one kind of all languages, as a pattern of whole words."""
    return re.compile(rf"\b(?:{lexicon.pieces(kind)})\b")


def digits(text: str, code: str) -> str:
    """Number words as digits: "twenty-three" becomes 23, "2 million" becomes 2000000."""
    from text_to_num import alpha2digit

    for word, zeros in lexicon.languages()[code].scales.items():
        if word in text:
            text = re.sub(rf"(?<![\d.,])(\d{{1,6}}) {word}\b", rf"\g<1>{'0' * zeros}", text)
            text = re.sub(
                rf"(?<![\d.,])(\d{{1,6}})[.,](\d{{1,{min(zeros, 2)}}}) {word}\b",
                lambda m, zeros=zeros: m[1].lstrip("0") + m[2].ljust(zeros, "0"),  # type: ignore[misc]
                text,
            )
    try:
        return str(alpha2digit(text, code))
    except (ValueError, KeyError, OverflowError):
        return text


def decimal_mark(locale: str) -> str:
    """ "," or ".": what stands before the decimals in this locale."""
    from babel import Locale

    symbols: Any = Locale.parse(locale).number_symbols
    return str(symbols["latn"]["decimal"] if "latn" in symbols else symbols["decimal"])


def numbers(text: str, locale: str) -> str | None:
    """The text with every number in the one form 1234.5, read as this locale writes numbers, or
    None when a number could mean two things ("1.250" in French)."""
    mark = decimal_mark(locale)
    own = lexicon.languages().get(locale.split("_")[0])
    if mark == "," or (own is not None and own.spaced):
        text = _SPACED.sub(lambda m: m[0].replace(" ", ""), text)
    unsure = own is not None and own.doubtful_groups
    doubtful = False

    def one(found: re.Match[str]) -> str:
        nonlocal doubtful
        read = _number(found[0], mark, unsure)
        doubtful = doubtful or read is None
        return read or found[0]

    text = _NUMBER.sub(one, text)
    return None if doubtful else text


def _number(token: str, mark: str, unsure: bool) -> str | None:
    token = token.replace("'", "") if re.fullmatch(r"\d{1,3}(?:'\d{3}){1,9}", token) else token
    if "'" in token:
        return None
    kinds = {c for c in token if c in ".,"}
    if not kinds:
        return None if len(token) > 1 and token[0] == "0" else token
    if len(kinds) == 2:
        last = max(kinds, key=token.rfind)
        whole, _, rest = token.rpartition(last)
        other = "." if last == "," else ","
        return whole.replace(other, "") + "." + rest if _grouped(whole, other) else None
    (sep,) = kinds
    if token.count(sep) > 1:
        if _grouped(token, sep):
            return token.replace(sep, "")
        return token.replace(",", ", ") if sep == "," and mark == "." else None
    whole, _, rest = token.partition(sep)
    if len(whole) > 1 and whole[0] == "0":
        return None
    if sep != mark and _grouped(token, sep):
        return None if unsure else whole + rest
    return f"{whole}.{rest}"


def _grouped(token: str, sep: str) -> bool:
    first, *groups = token.split(sep)
    return 1 <= len(first) <= 3 and first != "0" and all(len(g) == 3 for g in groups)


def terminating(number: Fraction) -> bool:
    """Whether a decimal writes this number exactly."""
    rest = number.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def rounded(number: Fraction, places: int) -> Decimal:
    """The nearest decimal with `places` places, halves away from zero."""
    with localcontext() as context:
        context.prec = 5000
        exact = Decimal(number.numerator) / Decimal(number.denominator)
        return exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def decimals(number: Fraction, limit: int = 12, significant: int = 7) -> tuple[Decimal, bool]:
    """A decimal for reading and whether it is exact: all places when they end within `limit`,
    else rounded to about `significant` digits."""
    if terminating(number):
        for places in range(limit + 1):
            near = rounded(number, places)
            if Fraction(near) == number:
                return near, True
    size = abs(number)
    whole = len(str(int(size))) if size >= 1 else 0
    places = max(2, significant - whole) if whole else significant
    while not whole and size and size < Fraction(1, 10 ** (places - significant + 1)):
        places += 1
        if places > 60:
            break
    near = rounded(number, places)
    return near, Fraction(near) == number


def bare(number: Fraction) -> str:
    """A number for programs: 12 digits after the point at most, no exponent."""
    near = decimals(number, limit=30, significant=15)[0]
    text = f"{near:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def show(number: Decimal | Fraction | int, locale: str, places: int = 60) -> str:
    """A number as this locale writes it."""
    from babel.numbers import format_decimal

    if isinstance(number, Fraction):
        number = decimals(number)[0]
    with localcontext() as context:
        context.prec = 5000
        pattern = "#,##0." + "#" * places
        return str(format_decimal(number, format=pattern, locale=locale))


def show_money(number: Decimal, currency: str, locale: str) -> str:
    """An amount of money, with as many places as it has and two at least."""
    from babel.numbers import format_currency

    return str(
        format_currency(number, currency, locale=locale, currency_digits=True)
        if number == number.quantize(Decimal("0.01"))
        else format_currency(
            number,
            currency,
            format="¤#,##0.00##########" if locale[:2] == "en" else "#,##0.00########## ¤",
            locale=locale,
            currency_digits=False,
        )
    )


def show_date(day: date, locale: str, style: str = "long") -> str:
    """A date in words, or with a CLDR pattern such as "EEEE" for its weekday."""
    from babel.dates import format_date

    return str(format_date(day, style, locale=locale))


def show_time(moment: time | datetime, locale: str) -> str:
    """A time of day, hours and minutes, as this locale writes it."""
    from babel.dates import format_time

    return str(format_time(moment, "short", locale=locale)).replace("\u202f", " ")


def show_unit(number: Decimal | Fraction | int, unit: str, locale: str) -> str:
    """A number with its CLDR unit in the right plural: "105 days"."""
    from babel.units import format_unit

    value = decimals(number)[0] if isinstance(number, Fraction) else number
    with localcontext() as context:
        context.prec = 5000
        pattern = "#,##0." + "#" * 60
        text = format_unit(value, unit, length="long", format=pattern, locale=locale)
    return str(text).replace("\u00a0", " ")


def patterns() -> Iterator[re.Pattern[str]]:
    """Every pattern made from the tables, for the test that none of them can run away."""
    for code in lexicon.languages():
        yield _openings(code)


_ORDINAL = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th|er|re|e|º|ª|°|\.(?= ))")


def ordinals(text: str) -> str:
    """Ordinals as bare numbers: "4th", "1er", "3. " become 4, 1, 3."""
    return _ORDINAL.sub(r"\1", text)
