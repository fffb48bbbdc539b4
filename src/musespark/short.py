"""Short answers: which questions want one, what it is in a draft, and when two are the same.

Agreement among drafts can decide only where the answer is a number, a choice, a name or a yes/no.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from fractions import Fraction
from math import comb

from msgspec import Struct

MARK = "Answer:"
INSTRUCTION = f"End with a line '{MARK} …' that holds the bare answer alone."

# How questions ask for a number, a choice, a name or yes/no, in the languages shipped.
_WANTS = re.compile(
    r"\bhow (?:many|much|old|long|far|tall|fast|often)\b|\bwh(?:o|ich|en)\b|\bwhat (?:is|are|was|"
    r"were|will be) the (?:\w+ ){0,4}(?:number|total|sum|value|price|cost|name|year|date|result|"
    r"probability|area|length|answer|percentage|average|difference|ratio|remainder)\b|"
    r"\b(?:find|compute|calculate|determine|evaluate|solve)\b|\byes or no\b|\btrue or false\b|"
    r"\bwie ?(?:viele?|alt|lange|weit|hoch|oft)\b|\bwelche[rsnm]?\b|\bberechne\b|\bja oder nein\b|"
    r"\bcuánt[oa]s?\b|\bcuál(?:es)?\b|\bcalcula\b|\bsí o no\b|\bcombien\b|\bquel(?:le)?s?\b|"
    r"\bcalcule[rz]?\b|\boui ou non\b",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"\b(?:why|explain|prove|describe|discuss|compare|write|draft|plan|design|suggest|recommend|"
    r"list|overview|summari[sz]e|review|argue|pros and cons|strateg\w+|ideas?|report|essay|"
    r"warum|erkläre?|beweise?|beschreibe?|vergleiche?|schreibe?|plane?|entwirf|empfiehl|überblick|"
    r"por qué|explica|demuestra|describe|compara|escribe|planifica|diseña|recomienda|resumen|"
    r"pourquoi|explique[rz]?|démontre[rz]?|décris|décrivez|compare[rz]?|rédige[rz]?|écris|"
    r"écrivez|planifie[rz]?|conçois|recommande[rz]?)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[-+]?\d[\d,'\u202f\u00a0 ]*(?:\.\d+)?(?:/\d+)?|[-+]?\.\d+")
_MARKED = re.compile(
    r"(?:^|\n)\W*(?:final\s+)?(?:answer|antwort|respuesta|réponse)\W*[::]\s*\**\s*(.+)",
    re.IGNORECASE,
)
_BOXED = re.compile(r"\\boxed\{([^{}]+)\}")
_HASHES = re.compile(r"####\s*(.+)")


def wants_short(question: str) -> bool:
    """Whether the question asks for a number, a choice, a name or yes/no."""
    end = question[-600:]
    return bool(_WANTS.search(end)) and not _OPEN.search(end)


def short_answer(text: str, question: str = "") -> str:
    """The short answer of a draft in a normal form, "" when it has none.

    A marked line wins ("Answer: …", `\\boxed{…}`, "#### …"); else a text of a few words is itself
    the answer; else, for a question that wants a number, the last number of the last line.
    """
    for pattern in (_MARKED, _BOXED, _HASHES):
        found = pattern.findall(text)
        if found:
            return normal(found[-1])
    words = text.strip()
    if 0 < len(words) <= 40 and "\n" not in words:
        return normal(words)
    if question and wants_short(question):
        numbers = _NUMBER.findall(words.splitlines()[-1]) if words else []
        if numbers:
            return normal(numbers[-1])
    return ""


def normal(answer: str) -> str:
    """One spelling for answers that mean the same: numbers as exact fractions, words folded."""
    text = unicodedata.normalize("NFKC", answer).strip().strip("*_`\"'.,;:!() ").lower()
    numbers = _NUMBER.findall(text)
    if len(numbers) == 1:
        rest = _NUMBER.sub("", text).strip(" $€£%.")
        if len(rest.split()) <= 3:
            percent = "%" if "%" in text else ""
            try:
                value = Fraction(re.sub(r"[,' ]", "", numbers[0]))
            except (ValueError, ZeroDivisionError):
                return text
            return f"{value}{percent}"
    return re.sub(r"^(?:the|a|an|der|die|das|el|la|le|les|los)\s+", "", text)


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


def settled(vote: Vote, left: int, least: float = 0.95) -> bool:
    """Whether more drafts are worth their cost: no, when the leader is the majority with
    probability `least`, or when `left` more drafts could hardly change who leads."""
    if vote.cast == 0:
        return False
    if vote.probability >= least:
        return True
    second = vote.others[0][1] if vote.others else 0
    return vote.votes - second > left
