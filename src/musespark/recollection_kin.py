"""Words near in meaning: what a question's word may be called in the turn that answers it.

Static word vectors put "pet" near "dog". The neighbours of a word are sought among the whole words
that WordLlama's tokenizer knows (some 15,000), so that an index needs no vectors of its words.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musespark.embedding import Embedder
from musespark.recollection_terms import STOP, term
from musespark.recollection_tokens import Tokens

Array = NDArray[Any]

FLOOR = 0.35  # a cosine that says nothing yet
_MOST = 40  # neighbours of a word
_FIRST, _LIKELY = 64, 400  # by so many numbers of the vectors, so many are looked at closely
_BLOCK = 128  # rows of a product: BLAS shares a larger one among threads that wait for each other
_SHORTEST = 3
_KEPT = 20_000  # words whose neighbours are kept


class Kin:
    """The neighbours of words by the embedded vectors. Safe to use from several threads."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self.tokens = Tokens(embedder)
        self._lock = threading.Lock()
        self._ready: tuple[list[str], Array] | None = None
        self._first: Array = np.zeros((0, _BLOCK, _FIRST), np.float32)
        self._known: OrderedDict[tuple[str, str], tuple[Array, Array]] = OrderedDict()

    def near(self, words: Sequence[str], language: str) -> list[tuple[Array, Array]]:
        """For each word the numbers of terms near it, itself included, and how near they are:
        above 0, 1 for itself."""
        new = [word for word in dict.fromkeys(words) if (word, language) not in self._known]
        if new:
            names, table = self._table()
            vectors = self._embedder.vectors(new)
            rough = np.matmul(self._first, vectors[:, :_FIRST].T).reshape(-1, len(new))
            for word, own, far in zip(new, vectors, -rough[: len(names)].T, strict=True):
                likely = np.argpartition(far, _LIKELY)[:_LIKELY]
                close = np.einsum("ij,j->i", table.take(likely, 0), own)
                some = np.flatnonzero(close > FLOOR)
                some = some.take(np.argsort(-close.take(some))[:_MOST])
                near = [names[place] for place in likely.take(some).tolist()]
                self._known[word, language] = _numbered(near, close.take(some), word, language)
        found = [self._known[word, language] for word in words]
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return found

    def _table(self) -> tuple[list[str], Array]:
        """The whole words that the tokenizer knows, and their vectors of length one."""
        with self._lock:
            if self._ready is None:
                tokenizer, table = self._embedder.load()
                stop = frozenset().union(*STOP.values())
                places = {
                    name[1:]: place
                    for name, place in tokenizer.get_vocab().items()
                    if name[:1] == "▁" and name[1:].isalpha() and name[1:].islower()
                    and len(name) > _SHORTEST and name[1:] not in stop and place < len(table)
                }  # fmt: skip
                rows = table[list(places.values())].astype(np.float32)
                rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
                first = rows[:, :_FIRST].copy()
                first /= np.maximum(np.linalg.norm(first, axis=1, keepdims=True), 1e-6)
                more = np.zeros((-len(first) % _BLOCK, _FIRST), np.float32)
                self._first = np.concatenate([first, more]).reshape(-1, _BLOCK, _FIRST)
                self._ready = list(places), rows
            return self._ready


def _numbered(names: list[str], close: Array, word: str, language: str) -> tuple[Array, Array]:
    """The terms of a word's neighbours, nearest first, and how near they are; and of itself."""
    found: dict[int, float] = {}
    for name, each in zip(names, close.tolist(), strict=True):
        found.setdefault(term(name, language), min((each - FLOOR) / (1 - FLOOR), 1.0))
    found[term(word, language)] = 1.0
    found.pop(0, None)
    return np.asarray(list(found), np.uint32), np.asarray(list(found.values()), np.float32)
