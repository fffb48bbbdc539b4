"""Which rows of a recollection hold a term: an inverted index in runs of rows.

New rows become a run of their own, together with those before it that are no longer than twice as
much; so a hundred thousand rows are not sorted anew for each few that come.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Array = NDArray[Any]

FRESH = 2_048  # rows that are searched without a run
_LOW = np.uint32(0xFFFF)


class Run(Struct):
    """The rows from `first` to before `end`: the terms they hold, rising, where the rows of each
    begin, the rows, and how often each holds it: in the text and in the captions."""

    first: int
    end: int
    known: Array
    begins: Array
    rows: Array
    counts: Array

    @property
    def size(self) -> int:
        return sum(each.nbytes for each in (self.known, self.begins, self.rows, self.counts))


def among(wanted: Array, tokens: Array) -> tuple[Array, Array]:
    """Where tokens are one of `wanted`, which rise, and which one. Most are none: they are told by
    their lower half before they are looked up."""
    likely = np.zeros(1 << 16, bool)
    likely[wanted & _LOW] = True
    places = np.flatnonzero(likely.take(tokens & _LOW))
    some = tokens.take(places)
    which = np.minimum(wanted.searchsorted(some), max(len(wanted) - 1, 0))
    hit = np.flatnonzero(wanted.take(which) == some) if len(wanted) else places[:0]
    return places.take(hit), which.take(hit)


class Lists:
    """The runs of a recollection, in the order of their rows."""

    def __init__(self) -> None:
        self.runs: list[Run] = []

    @property
    def end(self) -> int:
        """The first row that is in no run."""
        return self.runs[-1].end if self.runs else 0

    @property
    def size(self) -> int:
        return sum(run.size for run in self.runs)

    def settle(self, terms: Array, starts: Array, words: Array) -> None:
        """Make a run of the rows that are in none, once there are many."""
        count = len(words)
        first = self.end
        if count - first <= FRESH and (self.runs or not count):
            return
        while self.runs and self.runs[-1].end - self.runs[-1].first <= 2 * (count - first):
            first = self.runs.pop().first
        self.runs.append(_run(first, terms, starts, words))

    def found(
        self, numbers: Array, terms: Array, starts: Array, words: Array
    ) -> list[tuple[Array, Array]]:
        """For each of some terms the rows that hold it, rising, and how often: in the text and in
        the captions."""
        parts: list[list[tuple[Array, Array]]] = [[] for _ in numbers]
        for run in self.runs:
            if not len(run.known):
                continue
            places = np.minimum(run.known.searchsorted(numbers), len(run.known) - 1)
            known = (run.known.take(places) == numbers).tolist()
            begins, ends = run.begins.take(places).tolist(), run.begins.take(places + 1).tolist()
            for part, there, begin, end in zip(parts, known, begins, ends, strict=True):
                if there:
                    part.append((run.rows[begin:end], run.counts[begin:end]))
        if self.end < len(words):
            self._fresh(parts, numbers, terms, starts, words)
        none = np.zeros(0, np.int32), np.zeros((0, 2), np.uint8)
        return [
            part[0] if len(part) == 1
            else (np.concatenate([rows for rows, _ in part]), np.concatenate([c for _, c in part]))
            if part else none
            for part in parts
        ]  # fmt: skip

    def _fresh(
        self,
        parts: list[list[tuple[Array, Array]]],
        numbers: Array,
        terms: Array,
        starts: Array,
        words: Array,
    ) -> None:
        """Add what the rows hold that are in no run."""
        start = starts[self.end]
        wanted = np.unique(numbers)
        places, which = among(wanted, terms[start:])
        if not len(places):
            return
        places += start
        row = starts.searchsorted(places, side="right") - 1
        shown = places - starts.take(row) >= words.take(row)
        for part, number in zip(parts, wanted.searchsorted(numbers).tolist(), strict=True):
            own = np.flatnonzero(which == number)
            if len(own):
                rows, where = np.unique(row.take(own), return_inverse=True)
                counts = np.bincount(2 * where + shown.take(own), minlength=2 * len(rows))
                held = np.minimum(counts.reshape(-1, 2), 255).astype(np.uint8)
                part.append((rows.astype(np.int32), held))


def _run(first: int, terms: Array, starts: Array, words: Array) -> Run:
    """A run of the rows from `first` to the last."""
    end = len(words)
    words = words[first:]
    sizes = np.diff(starts[first : end + 1])
    row = np.repeat(np.arange(first, end, dtype=np.uint64), sizes)
    place = np.arange(len(row)) - np.repeat(starts[first:end] - starts[first], sizes)
    in_caption = (place >= np.repeat(words, sizes)).astype(np.uint64)
    own = terms[starts[first] : starts[end]].astype(np.uint64)
    key = (own << np.uint64(32)) | (row << np.uint64(1)) | in_caption
    unique, counts = np.unique(key, return_counts=True)
    both = unique >> np.uint64(1)
    new = np.append(True, both[1:] != both[:-1]) if len(both) else np.zeros(0, bool)
    entry = np.cumsum(new) - 1
    table = np.zeros((int(new.sum()), 2), np.uint8)
    table[entry, (unique & np.uint64(1)).astype(np.intp)] = np.minimum(counts, 255)
    entries = both[new]
    numbers = (entries >> np.uint64(31)).astype(np.uint32)
    begins = np.flatnonzero(np.append(True, np.diff(numbers) != 0))[: len(numbers)]
    return Run(
        first, end, numbers[begins], np.append(begins, len(numbers)).astype(np.int64),
        (entries & np.uint64(0x7FFFFFFF)).astype(np.int32), table,
    )  # fmt: skip
