"""Short answers: which questions want one, when two are the same, and when the vote is decided.

Agreement among drafts can decide only where the answer is a number, a choice, a name or a yes/no.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from math import comb, exp, lgamma, log

from msgspec import Struct

MARK = "Answer:"
INSTRUCTION = f"End with a line '{MARK} …' that holds the bare answer alone."
MAJORITY = 0.95  # the probability of being the majority at which the leader wins
PRICE = 0.007  # what a further draft has to add to the chance of being right
LEAST = 5  # votes before the price is asked
LIKELY = 0.2  # the chance that a wave settles the vote at which it is large enough

# What is asked for when the answer is short: quantities, dates and names of things.
_THINGS = (
    "number|total|sum|value|price|cost|costs|name|year|date|day|result|probability|chance|odds|"
    "area|volume|perimeter|length|width|height|depth|distance|answer|percent|percentage|fraction|"
    "average|mean|median|difference|ratio|remainder|amount|profit|loss|salary|income|wage|pension|"
    "speed|rate|score|weights?|mass|ages?|count|floor|temperature|time|capital|population|change|"
    "balance|bill|fee|tax|tip|angle|product|quotient|minimum|maximum|most|least"
)
# How questions ask for a number, a choice, a name or yes/no, in the languages shipped.
_WANTS = re.compile(
    r"\bhow (?:many|much|old|long|far|tall|fast|often|big|deep|high|heavy|wide|late)\b|"
    r"\bwh(?:o|ich|en)\b|\bwhat(?:['’]?s| is| are| was| were| will| would| does| did)\b"
    rf"(?: [\w’'-]+){{0,6}}? (?:{_THINGS})\b|\bwhat (?:[\w-]+ )?(?:{_THINGS})\b|"
    r"\b(?:find|compute|calculate|determine|evaluate|solve)\b|\byes or no\b|\btrue or false\b|"
    r"\bwie ?(?:viele?|alt|lange|weit|hoch|oft|groß|schnell|schwer|teuer)\b|\bwelche[rsnm]?\b|"
    r"\bwer\b|\bwann\b|\bberechne\b|\bja oder nein\b|\bcuánt[oa]s?\b|\bcuál(?:es)?\b|"
    r"\bquién(?:es)?\b|\bcuándo\b|\bcalcula\b|\bsí o no\b|\bcombien\b|\bquel(?:le)?s?\b|"
    r"\bqui\b|\bquand\b|\bcalcule[rz]?\b|\boui ou non\b",
    re.IGNORECASE,
)
# Words that ask for more than a short answer wherever a question has them …
_OPEN = re.compile(
    r"\b(?:why|explain|pros and cons|strateg\w+|overview|essay|"
    r"warum|wieso|erklären?|überblick|por qué|explica|pourquoi|expliquer?)\b",
    re.IGNORECASE,
)
# … and verbs that do only where they are an order ("Write …", not "how many does she write").
_ORDER = re.compile(
    r"^(?:(?:please|then|and|also|now|bitte|por favor|puedes|podrías|s'il te plaît|"
    r"(?:can|could|would|will) you|help me(?: to)?|i (?:want|need) (?:you )?to)[ ,]+)*"
    r"(?:explain|prove|describe|discuss|compare|write|draft|plan|design|suggest|recommend|list|"
    r"summari[sz]e|review|argue|erkläre?|beweise?|beschreibe?|vergleiche?|schreibe?|"
    r"plane?|entwirf|empfiehl|explica|demuestra|describe|compara|escribe|planifica|diseña|"
    r"recomienda|explique[rz]?|démontre[rz]?|décri(?:s|vez)|compare[rz]?|rédige[rz]?|"
    r"écri(?:s|vez)|planifie[rz]?|conçois|recommande[rz]?)\b",
    re.IGNORECASE,
)
_COMMAND = re.compile(
    r"^(?:please |bitte )?(?:find|compute|calculate|determine|evaluate|solve|berechne|calcula|"
    r"calcule[rz]?)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(
    r"(?<=[.!?…])(?<!\bMr\.)(?<!\bMs\.)(?<!\bMrs\.)(?<!\bDr\.)(?<!\bSt\.)\s+|\n+"
)
_NUMBER = re.compile(r"[-+]?\d[\d,'\u202f\u00a0 ]*(?:\.\d+)?(?:/\d+)?|[-+]?\.\d+")
_MARKED = re.compile(
    r"(?:^|\n)\W*(?:final\s+)?(?:answer|antwort|respuesta|réponse)\W*[::]\s*\**\s*(.+)",
    re.IGNORECASE,
)
_BOXED = re.compile(r"\\boxed\{([^{}]+)\}")
_HASHES = re.compile(r"####\s*(.+)")


def wants_short(question: str) -> bool:
    """Whether the question asks for a number, a choice, a name or yes/no, and for nothing more.

    Only what asks counts: sentences with a question mark, orders, and the last sentence; a story
    before them may write, plan and list as much as it likes.
    """
    told = [s.strip() for s in _SENTENCE.split(question[-1200:]) if s.strip()]
    asks = [s for s in told if s.endswith("?") or _ORDER.match(s) or _COMMAND.match(s)]
    asks += told[-1:]
    if any(_OPEN.search(s) or _ORDER.match(s) for s in asks):
        return False
    return any(_WANTS.search(s) for s in asks)


def short_answer(text: str, question: str = "") -> str:
    """The short answer of a draft in a normal form, "" when it has none.

    A marked line wins ("Answer: …", `\\boxed{…}`, "#### …"); else a text of a few words is itself
    the answer; else, for a question that wants one, the last number of the last line that has one
    (of the last three).
    """
    for pattern in (_MARKED, _BOXED, _HASHES):
        found = pattern.findall(text)
        if found:
            return normal(found[-1])
    words = text.strip()
    if 0 < len(words) <= 40 and "\n" not in words:
        return normal(words)
    if question and wants_short(question):
        for line in reversed([line for line in words.splitlines() if line.strip()][-3:]):
            numbers = _NUMBER.findall(line)
            if numbers:
                return normal(numbers[-1])
    return ""


def normal(answer: str) -> str:
    """One spelling for answers that mean the same: numbers as exact fractions ("1,080.00 $" and
    "1080 dollars" are "1080", "40%" is "40"), words folded, without their article."""
    text = unicodedata.normalize("NFKC", answer).strip().strip("*_`\"'.,;:!() ").lower()
    numbers = _NUMBER.findall(text)
    if len(numbers) == 1:
        rest = _NUMBER.sub("", text).strip(" $€£%.")
        if len(rest.split()) <= 3:
            try:
                return str(Fraction(plain(numbers[0])))
            except (ValueError, ZeroDivisionError):
                return text
    return re.sub(r"^(?:the|a|an|der|die|das|el|la|le|les|los)\s+", "", text)


def plain(number: str) -> str:
    """A number without the marks between its thousands: a comma is one of them only where three
    digits follow, else it is the decimal comma of many languages."""
    number = re.sub(r"['\u202f\u00a0 ]", "", number).rstrip(",")
    if "." not in number and number.count(",") == 1 and not re.search(r",\d{3}(?!\d)", number):
        return number.replace(",", ".")
    return number.replace(",", "")


def agree(one: str, other: str, question: str = "") -> bool:
    """Whether two drafts give the same short answer."""
    answer = short_answer(one, question)
    return bool(answer) and answer == short_answer(other, question)


class Vote(Struct, frozen=True):
    """Where independent drafts stand: the `leader`, its `votes` of `cast`, and the others."""

    leader: str
    votes: int
    cast: int
    others: tuple[tuple[str, int], ...] = ()

    @property
    def probability(self) -> float:
        """The probability that the leader is the majority against the runner-up: adaptive
        consistency's Beta criterion (arXiv 2305.11860), P(Beta(v1 + 1, v2 + 1) > 1/2)."""
        second = self.others[0][1] if self.others else 0
        return beta_above_half(self.votes + 1, second + 1)


def tally(answers: Sequence[str]) -> Vote:
    """Count the short answers; empty ones do not vote. The first to come wins a tie."""
    counts: dict[str, int] = {}
    for given in answers:
        if given:
            counts[given] = counts.get(given, 0) + 1
    ranked = sorted(counts.items(), key=lambda item: -item[1])
    if not ranked:
        return Vote("", 0, 0)
    return Vote(ranked[0][0], ranked[0][1], sum(counts.values()), tuple(ranked[1:]))


def beta_above_half(a: int, b: int) -> float:
    """P(X > 1/2) for X ~ Beta(a, b) with whole a, b: a binomial tail, exact."""
    n = a + b - 1
    return float(sum(comb(n, k) for k in range(a)) / 2**n)


def settled(vote: Vote, left: int, least: float = MAJORITY, price: float = PRICE) -> bool:
    """Whether `left` more drafts are not worth their cost: the leader is the majority with
    probability `least`, or more drafts could not change who leads, or what they would add to the
    chance of being right is below their `price` (see `outlook`)."""
    if vote.cast == 0:
        return False
    return outlook(_counts(vote), left, least, price)[1]


def next_wave(
    vote: Vote, left: int, most: int, price: float = PRICE, chance: float = LIKELY
) -> int:
    """How many drafts to start at once: the fewest after which the vote is settled with more than
    `chance`, `most` at most. Fewer would make the person wait for round after round; of more,
    some would be hung up when most of them is written and paid for."""
    if vote.cast == 0:
        return min(most, left)
    size = 1
    while size < min(most, left) and _over(_counts(vote), left, size, price) <= chance:
        size += 1
    return min(size, left)


def _counts(vote: Vote) -> tuple[int, ...]:
    return (vote.votes, *(n for _, n in vote.others))


@cache
def _over(counts: tuple[int, ...], left: int, drafts: int, price: float) -> float:
    """The probability that `drafts` more drafts settle the vote."""
    if left == 0 or outlook(counts, left, MAJORITY, price)[1]:
        return 1.0
    if drafts == 0:
        return 0.0
    return sum(p * _over(then, left - 1, drafts - 1, price) for then, p in _next(counts))


@cache
def outlook(
    counts: tuple[int, ...], left: int, least: float = MAJORITY, price: float = PRICE
) -> tuple[float, bool]:
    """What a vote is worth with at most `left` more drafts at `price` each: the expected chance of
    being right, less the price of what is yet to be drafted, under the best rule of stopping; and
    whether that rule stops now.

    Backward induction over the states of a vote (`counts`, falling), of which 16 drafts have 914.
    The belief behind it: a draft is right with a chance that nobody knows beforehand (uniform);
    wrong drafts repeat themselves by a Pitman-Yor process (discount .2, concentration 1), so four
    different answers make a fifth likely, and a wrong answer given twice will come again. Nothing
    in it is known of the model or the question but the votes.
    """
    right, total = _right(counts)
    second = counts[1] if len(counts) > 1 else 0
    sure = right / total
    if left <= 0 or counts[0] - second > left:
        return sure, True
    if beta_above_half(counts[0] + 1, second + 1) >= least:
        return sure, True
    more = -price
    for then, chance in _next(counts):
        more += chance * outlook(then, left - 1, least, price)[0]
    stop = sum(counts) >= LEAST and more <= sure
    return (sure if stop else max(sure, more)), stop


@cache
def _next(counts: tuple[int, ...]) -> tuple[tuple[tuple[int, ...], float], ...]:
    """The states that one more draft can lead to, with their probabilities."""
    total = _right(counts)[1]
    found: dict[tuple[int, ...], float] = {}
    for place, votes in enumerate(counts):
        then = tuple(sorted((*counts[:place], votes + 1, *counts[place + 1 :]), reverse=True))
        found[then] = found.get(then, 0.0) + _right(then)[1] / total
    then = (*counts, 1)
    found[then] = found.get(then, 0.0) + _right(then)[1] / total
    return tuple(found.items())


_DISCOUNT, _CONCENTRATION = 0.2, 1.0


@cache
def _right(counts: tuple[int, ...]) -> tuple[float, float]:
    """Two probabilities of drawing drafts that fall into answers so often: that, and the leader is
    right; and that alone (some answer is right, or none is)."""
    cast = sum(counts)
    wrongs = sum(_repeats(votes) for votes in counts)

    def chance(votes: int, answers: int, repeats: float) -> float:
        wrong = cast - votes
        uniform = lgamma(votes + 1) + lgamma(wrong + 1) - lgamma(cast + 2)
        opened = sum(log(_CONCENTRATION + i * _DISCOUNT) for i in range(1, answers))
        spread = lgamma(_CONCENTRATION + wrong) - lgamma(_CONCENTRATION + 1) if wrong else 0.0
        return exp(uniform + opened - spread + repeats)

    each = [chance(votes, len(counts) - 1, wrongs - _repeats(votes)) for votes in counts]
    return each[0], sum(each) + chance(0, len(counts), wrongs)


@cache
def _repeats(votes: int) -> float:
    return lgamma(votes - _DISCOUNT) - lgamma(1 - _DISCOUNT)
