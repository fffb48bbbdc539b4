"""The index of a recollection: rows, their neighbours in a talk, and which rows hold a term.

It holds numbers alone: no text, but checksums of words and the set of their pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musespark.recollection_lists import Lists
from musespark.recollection_rows import COLUMNS, LANGUAGES, QUESTION, WIDTH, Grown, Rows, read
from musespark.recollection_terms import normal
from musespark.recollection_tokens import Tokens
from musespark.said import Said

Array = NDArray[Any]
Embed = Callable[[Sequence[str]], NDArray[np.float32]]

_APART = 6 * 3600  # seconds of silence after which a talk begins anew
REACH = 8  # turns to each side that are known of each
COARSE = 64  # numbers of a vector by which all turns are looked through


def coarse(vectors: Array) -> Array:
    """The first numbers of vectors, of length one: WordLlama is trained so that they alone tell
    nearly as much (Matryoshka, 2205.13147)."""
    rows = vectors[:, :COARSE].astype(np.float32)
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    return rows


class Index:
    """Turns in the order in which they came, found by their terms. Not for two threads at once.

    `embed` gives vectors of texts; without it, turns are found by their words alone. `tokens` reads
    the pieces of words.
    """

    def __init__(self, embed: Embed | None = None, tokens: Tokens | None = None) -> None:
        self.embed, self.tokens = embed, tokens
        self._clear()

    def _clear(self) -> None:
        self.names: dict[str, int] = {}
        self._written = 0  # bytes of the names
        self.columns = {name: Grown(kind) for name, kind in COLUMNS.items()}
        self.terms, self.starts = Grown(np.uint32), Grown(np.int64)
        self.starts.extend(np.zeros(1, np.int64))
        self.pieces, self.cuts = Grown(np.uint16), Grown(np.int64)  # of words, and of each row's
        self.cuts.extend(np.zeros(1, np.int64))
        self.vectors = Grown(np.int8, (WIDTH,))
        self.coarse = Grown(np.float32, (COARSE,))  # their first numbers, of length one
        # In the same sitting, of each row: the eighth before it … itself … the eighth after it, -1
        # where there is none. The number of the sitting.
        self.around, self.sitting = Grown(np.int32, (2 * REACH + 1,)), Grown(np.int32)
        self.sittings = 0
        self._ends: dict[int, int] = {}  # the last row of each context
        self._linked = True
        self.form = Grown(np.float32)  # what the form of each row takes from it
        self.day, self.days = Grown(np.int32), dict[int, int]()  # of each row: its place in `days`
        self.lists = Lists()
        # How many terms all rows hold; how many in captions, and how many rows have some.
        self.words, self.shown, self.captions = 0, 0, 0
        self._speakers: dict[int, str] = {}
        self._spoken = np.zeros(len(LANGUAGES), np.int64)

    def __len__(self) -> int:
        return self.columns["id"].count

    @property
    def size(self) -> int:
        """Bytes in memory, about."""
        grown = [*self.columns.values(), self.terms, self.starts, self.pieces, self.cuts,
                 self.vectors, self.coarse, self.around, self.sitting, self.form,
                 self.day]  # fmt: skip
        return sum(g._room.nbytes for g in grown) + self.lists.size + self._written + 4096

    def add(self, heard: Sequence[Said]) -> None:
        """Take in what was said. An id that is there already is left as it is."""
        known = self.ids()
        seen: set[int] = set()
        new = [s for s in heard if s.id not in known and not (s.id in seen or seen.add(s.id))]  # type: ignore[func-returns-value]
        if new:
            self.take(read(new, self.embed, self.tokens))

    def ids(self) -> set[int]:
        return set(self.columns["id"].all.tolist())

    def take(self, rows: Rows) -> None:
        """Take in rows that were read, or packed, before."""
        if not len(rows):
            return
        first = len(self)
        known = len(self.names)
        places = np.asarray([self.names.setdefault(name, len(self.names)) for name in rows.names],
                            np.int32)  # fmt: skip
        self._written += sum(len(name) + 120 for name, place in zip(rows.names, places, strict=True)
                             if place >= known)  # fmt: skip
        for name, column in self.columns.items():
            values = rows.columns[name]
            column.extend(places[values] if name in ("context", "speaker") else values)
        self.starts.extend(rows.offsets()[1:] + self.starts.all[-1])
        self.terms.extend(rows.terms)
        self.cuts.extend(np.cumsum(rows.columns["tokens"], dtype=np.int64) + self.cuts.all[-1])
        self.pieces.extend(rows.tokens)
        vectors = rows.vectors if len(rows.vectors) else np.zeros((len(rows), WIDTH), np.int8)
        self.vectors.extend(vectors)
        self.coarse.extend(coarse(vectors))
        self._count(first)
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
            self.pieces.all,
            self.vectors.all,
            list(self.names),
        )
        return everything.where(chosen)

    def _count(self, first: int) -> None:
        """Count what the rows from `first` on hold, and who spoke them when."""
        new = {name: column.all[first:] for name, column in self.columns.items()}
        self.words += int(new["words"].sum())
        self.shown += int(new["shown"].sum())
        self.captions += int(np.count_nonzero(new["shown"]))
        self.form.extend(np.where(new["flags"] & QUESTION, np.float32(-0.6), np.float32(0)))
        self._spoken += np.bincount(new["language"], minlength=len(LANGUAGES))
        others = set(new["speaker"].tolist()) - self._speakers.keys()
        if others:
            names = list(self.names)
            self._speakers.update((place, normal(names[place])) for place in sorted(others))
        days, where = np.unique(new["at"] // 86400, return_inverse=True)
        places = [self.days.setdefault(day, len(self.days)) for day in days.tolist()]
        self.day.extend(np.asarray(places, np.int32)[where])

    def speakers(self) -> dict[int, str]:
        """Who ever spoke: the place of each name, and the name in `normal` form."""
        return self._speakers

    def languages(self) -> list[str]:
        """The languages of at least one turn in fifty."""
        return [LANGUAGES[n] for n in np.flatnonzero(self._spoken * 50 >= len(self)).tolist()]

    def _link(self, first: int) -> None:
        """Find the neighbours of the rows from `first` on; those of all are found by `settle` where
        there are many."""
        count = len(self) - first
        self.around.extend(np.full((count, 2 * REACH + 1), -1, np.int32))
        self.sitting.extend(np.full(count, -1, np.int32))
        self._linked = self._linked and count <= 64 and first > 0
        if self._linked:
            context, at = self.columns["context"].all, self.columns["at"].all
            late = {int(context[row]) for row in range(first, len(self))
                    if not self._append(row, int(context[row]), at)}  # fmt: skip
            if late:  # some came out of order
                self._join(np.flatnonzero(np.isin(context, list(late))))

    def _append(self, row: int, context: int, at: Array) -> bool:
        """Link one row as the last of its talk; False if it is not."""
        last = self._ends.get(context, -1)
        ids = self.columns["id"].all
        if last >= 0 and (at[row], ids[row]) < (at[last], ids[last]):
            return False
        self._ends[context] = row
        around = self.around.all
        around[row, REACH] = row
        if last >= 0 and at[row] - at[last] < _APART:
            around[row, :REACH] = around[last, 1 : REACH + 1]
            for step, other in enumerate(around[row, REACH - 1 :: -1].tolist(), 1):
                if other >= 0:
                    around[other, REACH + step] = row
            self.sitting.all[row] = self.sitting.all[last]
        else:
            self.sitting.all[row] = self.sittings
            self.sittings += 1
        return True

    def _join(self, rows: Array) -> None:
        """Find the neighbours among rows which are all of their talks."""
        own = {name: self.columns[name].all.take(rows) for name in ("context", "at", "id", "begin")}
        order = np.lexsort((own["begin"], own["id"], own["at"], own["context"]))
        context, at = own["context"].take(order), own["at"].take(order)
        order = rows.take(order)
        new = np.ones(len(order), bool)
        new[1:] = (np.diff(context) != 0) | (np.diff(at) >= _APART)
        number = np.cumsum(new) - 1
        around = self.around.all
        around[rows] = -1
        around[rows, REACH] = rows
        for step in range(1, REACH + 1):
            joined = np.flatnonzero(number[step:] == number[:-step])
            earlier, later = order[joined], order[joined + step]
            around[later, REACH - step] = earlier
            around[earlier, REACH + step] = later
        old = np.unique(self.sitting.all[rows])
        old = old[old >= 0]
        more = max(0, int(new.sum()) - len(old))
        places = np.append(old, np.arange(self.sittings, self.sittings + more))
        self.sitting.all[order] = places[number]
        self.sittings += more
        ends = np.flatnonzero(np.append(np.diff(context) != 0, True))
        self._ends.update(zip(context[ends].tolist(), order[ends].tolist(), strict=True))

    def settle(self) -> None:
        """Link the rows that are not yet, and make the inverted index anew for what came."""
        if not self._linked:
            self._join(np.arange(len(self)))
            self._linked = True
        self.lists.settle(self.terms.all, self.starts.all, self.columns["words"].all)

    def found_each(self, numbers: Array) -> list[tuple[Array, Array]]:
        """For each of some terms the rows that hold it, rising, and how often: in the text and in
        the captions."""
        return self.lists.found(numbers, self.terms.all, self.starts.all, self.columns["words"].all)

    def found(self, number: int) -> tuple[Array, Array]:
        """The same of one term."""
        return self.found_each(np.asarray([number], np.uint32))[0]
