"""The pieces of words in a turn, by which a question is compared with it word by word in meaning.

A turn keeps the numbers of its pieces in WordLlama's vocabulary: lower case, each once, rising,
without small words. Rare words, which no list of whole words knows, are compared by their pieces.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from musespark.embedding import Embedder
from musespark.recollection_terms import STOP

Array = NDArray[Any]

_NUMBERS = 128  # of a piece's vector
_ASKED = 32  # pieces of a question that are read
_BLOCK = 64  # rows of a product: BLAS shares a larger one among threads that wait for each other
_LONGEST = 20_000  # characters of one text that are read
_AT_ONCE = 512


class _Known(Struct):
    """Of each piece: its lower-case twin, whether it is kept, its vector at 127 instead of 1."""

    lower: Array
    kept: Array
    vectors: Array


class Tokens:
    """Reads texts into pieces, and compares pieces. Safe to use from several threads."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._lock = threading.Lock()
        self._ready: _Known | None = None

    def read(self, texts: Sequence[str]) -> list[Array]:
        """The pieces of each text: distinct, rising."""
        tokenizer, _ = self._embedder.load()
        known = self._known()
        found: list[Array] = []
        for first in range(0, len(texts), _AT_ONCE):
            chunk = [text[:_LONGEST] for text in texts[first : first + _AT_ONCE]]
            if len(chunk) <= 8:  # without waking the threads of a batch
                encoded = [tokenizer.encode(text, add_special_tokens=False) for text in chunk]
            else:
                encoded = tokenizer.encode_batch_fast(chunk, add_special_tokens=False)
            lists = [each.ids for each in encoded]
            own = np.repeat(np.arange(len(lists)), [len(ids) for ids in lists])
            flat = np.asarray([number for ids in lists for number in ids], np.int64)
            pieces = known.lower[np.minimum(flat, len(known.lower) - 1)]
            some = known.kept[pieces]
            keys = np.unique((own[some] << 16) | pieces[some])
            cuts = np.searchsorted(keys, np.arange(1, len(lists)) << 16)
            found += np.split((keys & 0xFFFF).astype(np.uint16), cuts)
        return found

    def asked(self, words: Sequence[str], weights: Array) -> tuple[Array, Array]:
        """The pieces of a question's words, and how much each counts: as much as its word."""
        pieces = self.read(words) if words else []
        if not pieces:
            return np.zeros(0, np.uint16), np.zeros(0, np.float32)
        counts = np.repeat(np.asarray(weights, np.float32), [len(each) for each in pieces])
        return np.concatenate(pieces)[:_ASKED], counts[:_ASKED]

    def near(self, pieces: Array, asked: Array) -> Array:
        """The cosine of each piece and each one asked; shape (pieces, asked)."""
        vectors = self._known().vectors
        sought = vectors.take(asked, 0).astype(np.float32) / np.float32(127 * 127)
        rows = np.zeros((len(pieces) + -len(pieces) % _BLOCK, _NUMBERS), np.float32)
        rows[: len(pieces)] = vectors.take(pieces, 0)
        product = np.matmul(rows.reshape(-1, _BLOCK, _NUMBERS), sought.T)
        near: Array = product.reshape(-1, len(asked))[: len(pieces)]
        return near

    def _known(self) -> _Known:
        with self._lock:
            if self._ready is None:
                tokenizer, table = self._embedder.load()
                size = min(len(table), 1 << 16)
                names = {
                    name: number for name, number in tokenizer.get_vocab().items() if number < size
                }
                stop = frozenset().union(*STOP.values())
                lower, kept = np.arange(size), np.zeros(size, bool)
                for name, number in names.items():
                    lower[number] = names.get(name.lower(), number)
                    plain = name.lstrip("▁").lower()
                    kept[number] = plain not in stop and any(map(str.isalnum, plain))
                rows = table[:size, :_NUMBERS].astype(np.float32)
                rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
                self._ready = _Known(lower, kept, np.round(rows * 127).astype(np.int8))
            return self._ready
