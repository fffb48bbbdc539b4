"""Evidence: the passages of attached or recalled text that answer a question, word for word.

No model is called. A question's words are weighed by BM25 with a context kernel: a heading, a
label, a table's first row or a question lends its words to the lines below it. Then come static
vectors and the kind of answer that is wanted (a date, a price, a name). The idea of the kernel and
the weights' order of size are from our own experiments on recalled conversations.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from musespark.embedding import Embedder
from musespark.message import Document, Source
from musespark.passage import TABLES, Passage, passages, pattern
from musespark.problem import Problem
from musespark.turn import Embed

Floats = NDArray[np.float32]
_embedded = Embedder()

STOP: dict[str, str] = TABLES["stop"]


@cache
def _asks() -> dict[str, re.Pattern[str]]:
    """Kind of answer -> how a question asks for it."""
    kinds = TABLES["kinds"].items()
    return {kind: re.compile(pattern(both["asks"]), re.IGNORECASE) for kind, both in kinds}


@cache
def _gives(kind: str) -> re.Pattern[str]:
    """How a passage gives an answer of the kind; compiled when first asked for."""
    if kind == "person":
        return _NAME
    return re.compile(pattern(TABLES["kinds"][kind]["gives"]), re.IGNORECASE)


_CAPITAL = r"[A-ZÀ-ÖØ-Þ][\w'’-]*[a-zß-ÿ]"
_NAME = re.compile(
    r"\b(?:Mr|Mrs|Ms|Dr|Prof|Sr|Sra|Mme|M)\.\s[A-ZÀ-Þ]|"
    r"\b(?:Herrn?|Frau|Monsieur|Madame|Señora?|Don|Doña)\s[A-ZÀ-Þ]|"
    rf"\b{_CAPITAL} {_CAPITAL}\b|[,a-zß-ÿ] {_CAPITAL}\b|^\S.{{0,24}}?{_CAPITAL}: "
)


class Evidence(Struct, frozen=True):
    """What was found: the best passages first, how `sure` (0 to 1) and why, in words."""

    sources: tuple[Source, ...]
    sure: float
    why: str


_TOKEN = re.compile(r"[぀-ヿ一-鿿가-힣]|[^\W぀-ヿ一-鿿가-힣]+|\0")
_LEANS = re.compile(  # a passage that begins like this speaks of what was named before
    r"(?:it|they|he|she|this|that|these|those|er|es|sie|diese[rs]?|das|dies|ello|ellos|este|esta|esto|"
    r"il|elle|ils|elles|celui|celle|ce|cela|se|on)\b",
    re.IGNORECASE,
)
_LEAST = 0.3  # less sure than this, and nothing is quoted
_SOFT = 0.4  # two words whose vectors are this near may stand for each other
_RERANKED = 200  # passages whose vectors are compared, best first by their words
_SOFT_WORDS = 3000  # a larger vocabulary is matched by spelling only
_WEIGHTS = {
    "words": 1.0,
    "covered": 2.0,
    "vector": 5.0,
    "kind": 1.8,
    "question": -1.5,
    "heading": -2.0,
}


@cache
def _stop(language: str) -> frozenset[str]:
    return frozenset(_fold(word) for word in _TOKEN.findall(STOP[language]))


@cache
def _groups() -> dict[str, frozenset[str]]:
    """Stem -> the stems that may stand for it."""
    table: dict[str, set[str]] = {}
    for line in TABLES["alike"]["groups"].splitlines():
        stems = {_stem(_fold(word), language) for word in line.split() for language in STOP}
        for stem in stems:
            table.setdefault(stem, set()).update(stems)
    return {stem: frozenset(others) for stem, others in table.items()}


@cache
def _endings(language: str) -> tuple[str, ...]:
    return tuple(
        sorted({_fold(s) for s in TABLES["suffixes"][language].split()}, key=len, reverse=True)
    )


def _fold(word: str) -> str:
    """Lower case without accents."""
    word = word.lower()
    if word.isascii():
        return word
    plain = unicodedata.normalize("NFKD", word.replace("ß", "ss"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _stem(word: str, language: str) -> str:
    """The word without its longest ending that leaves at least three letters."""
    if len(word) < 4 or not word.isalpha():
        return word
    for ending in _endings(language):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > 4 and word[-1] == word[-2] else word


def guess_language(question: str, other: str = "en") -> str:
    """The language among those with a stop list whose small words the question uses most."""
    words = {_fold(word) for word in _TOKEN.findall(question.lower())}
    counts = {language: len(words & _stop(language)) for language in STOP}
    best = max(counts, key=lambda language: (counts[language], language == other[:2]))
    return best if counts[best] else (other[:2] if other[:2] in STOP else "en")


def _terms(question: str, language: str) -> list[str]:
    """The folded words of the question that carry meaning; all of them when none does."""
    words = list(dict.fromkeys(_fold(word) for word in _TOKEN.findall(question.lower())))
    stop = _stop(language)
    return [word for word in words if word not in stop and word != "\0"][:40] or words[:10]


def _alike(word: str, stem: str, term: str, term_stem: str) -> float:
    """How far a word of the text may stand for a word of the question, by spelling, 0 to 1."""
    if stem == term_stem or word == term:
        return 1.0
    short, long = sorted((word, term), key=len)
    if len(short) >= 4 and short.isalpha():
        shared = 0
        for a, b in zip(short, long, strict=False):
            if a != b:
                break
            shared += 1
        if shared >= max(4, len(short) - 2) and len(long) - shared <= 4:
            return 0.8
        if len(short) >= 5 and len(long) >= 8 and (long.startswith(short) or long.endswith(short)):
            return 0.6  # parts of a compound
        if shared >= 6 and len(term_stem) >= 6:
            return 0.5
    return 0.0


def _matches(
    terms: list[str], words: set[str], language: str
) -> dict[str, list[tuple[int, float]]]:
    """Word of the text -> the terms it stands for and how far."""
    stems = [_stem(term, language) for term in terms]
    groups = [_groups().get(stem, frozenset()) for stem in stems]
    found: dict[str, list[tuple[int, float]]] = {}
    spelled = sorted(words)
    folded = [_fold(word) for word in spelled]
    starts = {word[:2] for word in (*terms, *(stem for group in groups for stem in group))}
    ends = {term[-4:] for term in terms}
    for word, plain in zip(spelled, folded, strict=True):
        if plain[:2] not in starts and plain[-4:] not in ends:
            continue
        stem = _stem(plain, language)
        for number, term in enumerate(terms):
            if plain[:2] == term[:2] or plain[-4:] == term[-4:] or stem in groups[number]:
                how = _alike(plain, stem, term, stems[number])
                if how < 0.6 and stem in groups[number]:
                    how = 0.6
                if how:
                    found.setdefault(word, []).append((number, how))
    if len(words) <= _SOFT_WORDS:
        stop = _stop(language)
        rows = [row for row, plain in enumerate(folded) if plain not in stop and plain.isalpha()]
        near = _embedded.vectors([spelled[row] for row in rows] + terms)
        likeness = near[: len(rows)] @ near[len(rows) :].T
        for i, number in np.argwhere(likeness > _SOFT):
            word, how = spelled[rows[i]], 0.9 * float(likeness[i, number])
            known = dict(found.get(word, []))
            if how > known.get(int(number), 0.0):
                known[int(number)] = how
                found[word] = list(known.items())
    return found


def _counts(texts: list[str], terms: list[str], language: str) -> tuple[Floats, Floats]:
    """How often each text holds each term, shape (texts, terms), and each length in words."""
    words = _TOKEN.findall("\0".join(text.replace("\0", " ") for text in texts).lower())
    matches = _matches(terms, set(words) - {"\0"}, language)
    ends = np.asarray([i for i, word in enumerate(words) if word == "\0"], np.int64)
    counts = np.zeros((len(texts), len(terms)), np.float32)
    hits = [(i, word) for i, word in enumerate(words) if word in matches]
    places = np.searchsorted(ends, [i for i, _ in hits])
    for place, (_, word) in zip(places, hits, strict=True):
        for number, how in matches[word]:
            counts[place, number] += how
    lengths = np.diff(np.concatenate(([-1], ends, [len(words)]))) - 1
    return counts, lengths.astype(np.float32)


def _spread(own: Floats, lent: Floats, found: Sequence[Passage]) -> Floats:
    """Each passage's counts with what its context and its neighbours in the block lend it."""
    block = np.asarray([p.block for p in found])
    asks = np.asarray([p.text.rstrip().endswith("?") for p in found])
    leans = np.asarray([bool(_LEANS.match(p.text)) for p in found])
    spread = own + lent
    for step in (1, 2, 3):
        same = (block[step:] == block[:-step])[:, None]
        near = step == 1
        back = np.where((asks[:-step] | leans[step:]) & near, 0.9, 0.3 * 0.6 ** (step - 1))[:, None]
        spread[step:] += same * back * own[:-step]
        spread[:-step] += same * 0.15 * 0.6 ** (step - 1) * own[step:]
    return np.asarray(spread, np.float32)


def _lexical(
    question: str, found: Sequence[Passage], language: str
) -> tuple[list[str], Floats, Floats]:
    """Terms, BM25 with the context kernel, and the share of the question's weight each covers."""
    terms = _terms(question, language)
    contexts = list(dict.fromkeys(p.context for p in found))
    row = {context: number for number, context in enumerate(contexts)}
    counts, lengths = _counts([p.text for p in found] + contexts, terms, language)
    n = len(found)
    own, lent = counts[:n], np.minimum(counts[n:], 1.0)[[row[p.context] for p in found]]
    average = max(float(lengths[:n].mean()), 1.0)
    own = own / (0.6 + 0.4 * lengths[:n, None] / average)
    holding = (own > 0).sum(axis=0)
    idf = np.log(1 + (n - holding + 0.5) / (holding + 0.5)).astype(np.float32) + 0.3
    x = _spread(np.asarray(own, np.float32), np.asarray(0.5 * lent, np.float32), found)
    words = (idf * 1.9 * x / (x + 0.9)).sum(axis=1)
    covered = (idf * np.minimum(np.maximum(counts[:n], np.minimum(x, 0.7)), 1.0)).sum(axis=1)
    return terms, words, covered / max(float(idf.sum()), 1e-6)


class Weighing:
    """What each passage is worth to a question: by its words first, then by vectors as well.

    `texts` are those whose vectors are wanted; `settle` takes them in that order, and what is
    `ranked` or quoted as `evidence` is known from then on.
    """

    def __init__(self, question: str, found: Sequence[Passage], language: str) -> None:
        self.found, question = found, _ends(question)
        own = guess_language(question, language)
        self._terms, words, self._covered = _lexical(question, found, own)
        self._score = _WEIGHTS["words"] * words + _WEIGHTS["covered"] * self._covered
        self._best = np.argsort(-self._score, kind="stable")[:_RERANKED]
        self._kinds = kinds_of(question)
        self._fits = np.zeros(len(found), np.bool_)
        self._near = np.zeros(len(found), np.float32)
        near = [found[i] for i in self._best]
        self._alone = [passage.text for passage in near]
        self._within = [f"{passage.context} {passage.text}".strip() for passage in near]
        self._question = question
        self.texts = list(dict.fromkeys([*self._alone, *self._within, question]))

    def settle(self, vectors: Floats, *, centred: bool = False) -> None:
        """Take the vectors of `texts`, rows of length one. With `centred` only how much nearer a
        passage is than the average one counts: the vectors of most models all point one way (Mu
        and Viswanath, arXiv 1702.01417), and the weights here were set with others."""
        row = {text: number for number, text in enumerate(self.texts)}
        towards = vectors @ vectors[row[self._question]]
        alone = towards[[row[text] for text in self._alone]]
        within = towards[[row[text] for text in self._within]]
        near = 0.5 * alone + 0.5 * within
        self._near[self._best] = near - near.mean() if centred else near
        rest = np.ones(len(self.found), np.bool_)
        rest[self._best] = False
        score = self._score
        score[rest] -= 100.0
        for i in self._best:
            passage = self.found[i]
            self._fits[i] = any(_gives(kind).search(passage.text) for kind in self._kinds)
            score[i] += _WEIGHTS["vector"] * self._near[i] + _WEIGHTS["kind"] * bool(self._fits[i])
            score[i] += _WEIGHTS["question"] * passage.text.rstrip().endswith("?")
            score[i] += _WEIGHTS["heading"] * passage.heading
        self._best = np.argsort(-score, kind="stable")

    def ranked(self) -> list[tuple[Passage, float, str]]:
        """The best passages, those whose vectors were compared: (passage, score, why)."""
        return [
            (self.found[i], round(float(self._score[i]), 3), self._why(int(i)))
            for i in self._best[:_RERANKED]
        ]

    def evidence(self, limit: int = 3) -> Evidence | None:
        """The passages that answer the question; None when nothing there does."""
        first, sure = int(self._best[0]), self._sure()
        if sure < _LEAST or limit < 1:
            return None
        least = 0.5 * self._score[first]
        chosen = [int(i) for i in self._best[:limit] if self._score[i] >= least]
        sources = tuple(
            Source(number, passage.name, passage.text, place=passage.place, file=passage.file)
            for number, passage in enumerate([self.found[i] for i in chosen], 1)
        )
        return Evidence(sources, round(sure, 3), self._why(first))

    def _why(self, i: int) -> str:
        parts = [f"{self._covered[i]:.0%} of the question's words", f"nearness {self._near[i]:.2f}"]
        if self._fits[i]:
            kinds = ", ".join(self._kinds)
            parts.append(f"holds the kind of answer asked for ({kinds})")
        return "; ".join(parts)

    def _sure(self) -> float:
        """The chance, 0 to 1, that the best passage answers: from the share of the question's words
        it covers, how far it is ahead of the next one, and its kind. Fitted on our own cases."""
        first = int(self._best[0])
        covered = float(self._covered[first])
        if covered < 0.02 and not (self._fits[first] and self._near[first] > 0.1):
            return 0.0
        ahead = 2.0
        if len(self._best) > 1:
            ahead = float(self._score[first] - self._score[self._best[1]])
        z = -1.7 + 1.8 * covered + 1.1 * min(covered, 0.3) + 0.9 * min(ahead, 4.0)
        return 1 / (1 + math.exp(-z - 0.2 * bool(self._fits[first])))


def weigh(question: str, found: Sequence[Passage], language: str = "en") -> Weighing | None:
    """The passages weighed by their words; None where there is nothing to weigh or to ask."""
    return Weighing(question, found, language) if found and question.strip() else None


async def settle(weighing: Weighing, embed: Embed | None = None) -> Problem | None:
    """Settle with the vectors of a model that `embed` asks; with the embedded ones where there is
    none, or where it fails: the Problem is for the person to see."""
    problem = None
    if embed is not None:
        try:
            weighing.settle(await embed(weighing.texts), centred=True)
            return None
        except Problem as failure:
            problem = failure
    weighing.settle(await _embedded.embed(weighing.texts))
    return problem


def rank(
    question: str, found: Sequence[Passage], language: str = "en"
) -> list[tuple[Passage, float, str]]:
    """The passages by how well they answer the question: (passage, score, why), best first.

    `why` names the real terms of the score. Only the first 200 by their words are compared closely.
    """
    weighing = weigh(question, found, language)
    if weighing is None:
        return []
    weighing.settle(_embedded.vectors(weighing.texts))
    return weighing.ranked()


def answer(
    question: str, documents: Iterable[Document], limit: int = 3, language: str = "en"
) -> Evidence | None:
    """The passages that answer the question, word for word; None when nothing there does."""
    weighing = weigh(question, passages(list(documents), language), language)
    if weighing is None:
        return None
    weighing.settle(_embedded.vectors(weighing.texts))
    return weighing.evidence(limit)


def kinds_of(question: str) -> list[str]:
    """What kinds of answer the question asks for: the kinds of evidence.toml."""
    asked = question.strip().lower()
    kinds = [kind for kind, ask in _asks().items() if ask.search(asked)]
    return kinds[:-1] if kinds[-2:] == ["duration", "count"] else kinds


def _ends(question: str) -> str:
    """A question with much pasted into it: what stands first and last."""
    return question if len(question) <= 2000 else f"{question[:1000]}\n{question[-1000:]}"
