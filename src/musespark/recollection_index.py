"""The index of a recollection: rows, their neighbours in a talk, and which rows hold a term.

It holds numbers alone: no text, checksums instead of words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musespark.recollection_rows import COLUMNS, LANGUAGES, WIDTH, Grown, Rows, read
from musespark.recollection_terms import normal
from musespark.said import Said

Array = NDArray[Any]
Embed = Callable[[Sequence[str]], NDArray[np.float32]]

_APART = 6 * 3600  # seconds of silence after which a talk begins anew
COARSE = 64  # numbers of a vector by which all turns are looked through
_FRESH = 2_048  # rows that are searched without an inverted index


def coarse(vectors: Array) -> Array:
    """The first numbers of vectors, of length one: WordLlama is trained so that they alone tell
    nearly as much (Matryoshka, 2205.13147)."""
    rows = vectors[:, :COARSE].astype(np.float32)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    return rows


class Index:
    """Turns in the order in which they came, found by their terms. Not for two threads at once.

    `embed` gives vectors of texts; without it, turns are found by their words alone.
    """

    def __init__(self, embed: Embed | None = None) -> None:
        self.embed = embed
        self._clear()

    def _clear(self) -> None:
        self.names: dict[str, int] = {}
        self.columns = {name: Grown(kind) for name, kind in COLUMNS.items()}
        self.terms, self.starts = Grown(np.uint32), Grown(np.int64)
        self.starts.extend(np.zeros(1, np.int64))
        self.vectors = Grown(np.int8, (WIDTH,))
        self.coarse = Grown(np.float32, (COARSE,))  # their first numbers, of length one
        # The neighbours in the same talk, -1 where there is none; the number of the sitting.
        self.before, self.after, self.sitting = (Grown(np.int32) for _ in range(3))
        self.sittings = 0
        self._ends: dict[int, int] = {}  # the last row of each context
        self.measured: tuple[int, list[Array]] = (-1, [])
        self._heard: tuple[int, dict[int, str], list[str]] = (-1, {}, [])
        # The inverted index of the first `indexed` rows: terms, where their rows begin, the rows.
        self.indexed = 0
        self.known: Array = np.zeros(0, np.uint32)
        self.lists: Array = np.zeros(1, np.int64)
        self.rows: Array = np.zeros(0, np.int32)
        self.counts: Array = np.zeros((0, 2), np.uint8)  # in the text, in the captions

    def __len__(self) -> int:
        return self.columns["id"].count

    @property
    def size(self) -> int:
        """Bytes in memory, about."""
        grown = [*self.columns.values(), self.terms, self.starts, self.vectors, self.coarse,
                 self.before, self.after, self.sitting]  # fmt: skip
        arrays = [self.known, self.lists, self.rows, self.counts, *self.measured[1]]
        names = sum(len(name) + 120 for name in self.names)
        return sum(g._room.nbytes for g in grown) + sum(a.nbytes for a in arrays) + names + 4096

    def add(self, heard: Sequence[Said]) -> None:
        """Take in what was said. An id that is there already is left as it is."""
        known = self.ids()
        seen: set[int] = set()
        new = [s for s in heard if s.id not in known and not (s.id in seen or seen.add(s.id))]  # type: ignore[func-returns-value]
        if new:
            self.take(read(new, self.embed))

    def ids(self) -> set[int]:
        return set(self.columns["id"].all.tolist())

    def take(self, rows: Rows) -> None:
        """Take in rows that were read, or packed, before."""
        if not len(rows):
            return
        first = len(self)
        places = np.asarray([self.names.setdefault(name, len(self.names)) for name in rows.names],
                            np.int32)  # fmt: skip
        for name, column in self.columns.items():
            values = rows.columns[name]
            column.extend(places[values] if name in ("context", "speaker") else values)
        self.starts.extend(rows.offsets()[1:] + self.starts.all[-1])
        self.terms.extend(rows.terms)
        vectors = rows.vectors if len(rows.vectors) else np.zeros((len(rows), WIDTH), np.int8)
        self.vectors.extend(vectors)
        self.coarse.extend(coarse(vectors))
        self._link(first)

    def remove(self, ids: Iterable[int]) -> None:
        """Forget turns, and everything that was known of them."""
        gone = np.fromiter(ids, np.int64)
        keep = ~np.isin(self.columns["id"].all, gone)
        if keep.all():
            return
        kept = self.slice(keep)
        self._clear()
        self.take(kept)

    def slice(self, chosen: Array) -> Rows:
        """The rows for which `chosen` is true, to be packed."""
        everything = Rows(
            {name: column.all for name, column in self.columns.items()},
            self.terms.all,
            self.vectors.all,
            list(self.names),
        )
        return everything.where(chosen)

    def speakers(self) -> dict[int, str]:
        """Who ever spoke: the place of each name, and the name in `normal` form."""
        if self._heard[0] != len(self):
            places = np.unique(self.columns["speaker"].all).tolist()
            spoken = np.bincount(self.columns["language"].all, minlength=len(LANGUAGES))
            used = [LANGUAGES[n] for n in np.flatnonzero(spoken * 50 >= len(self))]
            names = list(self.names)
            speakers = {place: normal(names[place]) for place in places}
            self._heard = (len(self), speakers, used)
        return self._heard[1]

    def languages(self) -> list[str]:
        """The languages of at least one turn in fifty."""
        self.speakers()
        return self._heard[2]

    def _link(self, first: int) -> None:
        """Find the neighbours of the rows from `first` on; of all, where some came out of order."""
        context, at = self.columns["context"].all, self.columns["at"].all
        count = len(self) - first
        fresh = np.full(count, -1, np.int32)
        for links in (self.before, self.after, self.sitting):
            links.extend(fresh)
        if count <= 64 and first:
            for row in range(first, len(self)):
                if not self._append(row, int(context[row]), at):
                    break
            else:
                return
        self._link_all()

    def _append(self, row: int, context: int, at: Array) -> bool:
        """Link one row as the last of its talk; False if it is not."""
        last = self._ends.get(context, -1)
        ids = self.columns["id"].all
        if last >= 0 and (at[row], ids[row]) < (at[last], ids[last]):
            return False
        self._ends[context] = row
        if last >= 0 and at[row] - at[last] < _APART:
            self.before.all[row], self.after.all[last] = last, row
            self.sitting.all[row] = self.sitting.all[last]
        else:
            self.sitting.all[row] = self.sittings
            self.sittings += 1
        return True

    def _link_all(self) -> None:
        context, at = self.columns["context"].all, self.columns["at"].all
        order = np.lexsort((self.columns["begin"].all, self.columns["id"].all, at, context))
        new = np.ones(len(order), bool)
        new[1:] = (np.diff(context[order]) != 0) | (np.diff(at[order]) >= _APART)
        before, after = np.full(len(order), -1, np.int32), np.full(len(order), -1, np.int32)
        joined = np.flatnonzero(~new)
        before[order[joined]] = order[joined - 1]
        after[order[joined - 1]] = order[joined]
        sitting = np.empty(len(order), np.int32)
        sitting[order] = np.cumsum(new) - 1
        self.before.all[:], self.after.all[:], self.sitting.all[:] = before, after, sitting
        self.sittings = int(new.sum())
        ends = np.flatnonzero(np.append(np.diff(context[order]) != 0, True))
        self._ends = dict(zip(context[order[ends]].tolist(), order[ends].tolist(), strict=True))

    def settle(self) -> None:
        """Make the inverted index anew once many rows have come."""
        if len(self) - self.indexed <= max(_FRESH, self.indexed // 16) and self.indexed:
            return
        words, shown = self.columns["words"].all, self.columns["shown"].all
        sizes = words + shown
        row = np.repeat(np.arange(len(self), dtype=np.uint64), sizes)
        place = np.arange(len(row)) - np.repeat(self.starts.all[:-1], sizes)
        in_caption = (place >= np.repeat(words, sizes)).astype(np.uint64)
        key = (
            (self.terms.all.astype(np.uint64) << np.uint64(32)) | (row << np.uint64(1)) | in_caption
        )
        unique, counts = np.unique(key, return_counts=True)
        both = unique >> np.uint64(1)
        first = np.append(True, both[1:] != both[:-1]) if len(both) else np.zeros(0, bool)
        entry = np.cumsum(first) - 1
        table = np.zeros((int(first.sum()), 2), np.uint8)
        table[entry, (unique & np.uint64(1)).astype(np.intp)] = np.minimum(counts, 255)
        entries = both[first]
        numbers = (entries >> np.uint64(31)).astype(np.uint32)
        begins = (
            np.flatnonzero(np.diff(numbers, prepend=numbers[:1] + 1)) if len(numbers) else row[:0]
        )
        self.known = numbers[begins]
        self.lists = np.append(begins, len(numbers)).astype(np.int64)
        self.rows = (entries & np.uint64(0x7FFFFFFF)).astype(np.int32)
        self.counts, self.indexed = table, len(self)

    def found(self, number: int) -> tuple[Array, Array]:
        """The rows that hold a term, rising, and how often: in the text and in the captions."""
        place = int(np.searchsorted(self.known, number))
        rows, counts = self.rows[:0], self.counts[:0]
        if place < len(self.known) and self.known[place] == number:
            begin, end = self.lists[place], self.lists[place + 1]
            rows, counts = self.rows[begin:end], self.counts[begin:end]
        start = self.starts.all[self.indexed]
        places = np.flatnonzero(self.terms.all[start:] == number) + start
        if len(places):
            row = np.searchsorted(self.starts.all, places, side="right") - 1
            own = places - self.starts.all[row] < self.columns["words"].all[row]
            unique, where = np.unique(row, return_inverse=True)
            more = np.zeros((len(unique), 2), np.int64)
            np.add.at(more, (where, (~own).astype(np.intp)), 1)
            rows = np.concatenate([rows, unique.astype(np.int32)])
            counts = np.concatenate([counts, np.minimum(more, 255).astype(np.uint8)])
        return rows, counts
