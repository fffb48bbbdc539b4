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

Array = NDArray[Any]

FLOOR = 0.35  # a cosine that says nothing yet
_MOST = 40  # neighbours of a word
_FIRST, _LIKELY = 64, 400  # by so many numbers of the vectors, so many are looked at closely
_SHORTEST = 3
_KEPT = 20_000  # words whose neighbours are kept


class Kin:
    """The neighbours of words by the embedded vectors. Safe to use from several threads."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._lock = threading.Lock()
        self._ready: tuple[list[str], Array] | None = None
        self._first: Array = np.zeros((0, _FIRST), np.float32)
        self._known: OrderedDict[tuple[str, str], tuple[Array, Array]] = OrderedDict()

    def near(self, words: Sequence[str], language: str) -> list[tuple[Array, Array]]:
        """For each word the numbers of terms near it, itself included, and how near they are:
        above 0, 1 for itself."""
        new = [word for word in dict.fromkeys(words) if (word, language) not in self._known]
        if new:
            names, table = self._table()
            first = self._first
            # Not `@`: BLAS would share the product among threads that wait for each other, ten
            # times as long where the processor is busy.
            for word, own in zip(new, self._embedder.vectors(new), strict=True):
                rough = np.einsum("ij,j->i", first, own[:_FIRST])
                likely = np.argpartition(-rough, _LIKELY)[:_LIKELY]
                close = np.einsum("ij,j->i", table[likely], own)
                some = [names[place] for place in likely]
                self._known[word, language] = self._nearest(some, close, word, language)
        found = [self._known[word, language] for word in words]
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return found

    @staticmethod
    def _nearest(names: list[str], close: Array, word: str, language: str) -> tuple[Array, Array]:
        best = np.argpartition(-close, _MOST)[:_MOST]
        found: dict[int, float] = {}
        for place in best[np.argsort(-close[best])]:
            nearness = (float(close[place]) - FLOOR) / (1 - FLOOR)
            number = term(names[place], language)
            if nearness > 0 and number:
                found.setdefault(number, min(nearness, 1.0))
        found[term(word, language)] = 1.0
        found.pop(0, None)
        return np.asarray(list(found), np.uint32), np.asarray(list(found.values()), np.float32)

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
                first = np.ascontiguousarray(rows[:, :_FIRST])
                first /= np.maximum(np.linalg.norm(first, axis=1, keepdims=True), 1e-6)
                self._first = first
                self._ready = list(places), rows
            return self._ready
