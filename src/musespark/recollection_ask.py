"""Asking a recollection: what a question seeks, and the turns that hold it, by words spread over
their neighbours, by who spoke and by when it was said."""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from musespark.recollection_days import Asked, asks_many, asks_when, days_asked, fits
from musespark.recollection_index import REACH, Index, coarse
from musespark.recollection_manner import asks_name
from musespark.recollection_rows import ASKS
from musespark.recollection_terms import STOP, language_of, normal, term, words

Array = NDArray[Any]

B = 0.4  # how much the length of a turn counts
IN_CAPTION = 0.7
SATURATION = 0.9
MEANING = 4.0
CANDIDATES = 200  # turns that are ranked by all signs
_FEW = 2_048  # turns of which all are compared in meaning
_SPARSE = 5  # from one in so many on, it is as quick to compare all
_TERMS_MOST = 40
_LONGEST = 2_000  # characters of a question that are read


class Hit(Struct, frozen=True):
    """A turn that was found: its place in the ledger, the passage of its text, its score, and the
    parts that sum up to it: words, neighbours, meaning, speaker, day, form."""

    id: int
    score: float
    why: dict[str, float]
    begin: int = 0
    end: int = 0


class Sought(Struct):
    """What a question seeks: groups of terms, each the same word in several languages, who is
    named, which days, whether it asks for a moment, a number or a name, and its words without names
    and days."""

    groups: list[list[int]]
    words: list[str]
    language: str
    named: list[int]
    days: list[Asked]
    when: bool
    many: bool
    name: bool
    text: str


class Found(Struct):
    """What is known of the turns for one question. Of each term that a turn holds: the row, the
    place of the term's group, how much it holds; how rare each group is. `base` is over all rows:
    right for `likely` ones, no more than so much for others, which are not among the best. `fits`
    is how well each of the index's days fits those that the question names."""

    rows: Array
    group: Array
    value: Array
    weights: Array
    base: Array
    likely: Array
    fits: Array


def seek(index: Index, question: str, now: datetime | None, language: str) -> Sought:
    """Read a question."""
    original = question[:_LONGEST]
    plain = normal(original)
    code = language_of(words(plain), language)
    when, many, name = asks_when(plain), asks_many(plain), asks_name(plain, code)
    days, rest = days_asked(plain, code, now.date() if now else None)
    named, spoken = _named(index, rest)
    kept = [word for word in words(rest) if word not in spoken]
    groups: dict[str, list[int]] = {}
    asked: dict[str, str] = {}
    stop, codes = STOP.get(code, ()), {code, *index.languages()}
    for word in kept:
        if word in stop:
            continue
        numbers = {term(word, each) for each in codes} - {0}
        if numbers and len(groups) < _TERMS_MOST:
            key = str(term(word, code) or word)
            groups.setdefault(key, sorted(numbers))
            asked.setdefault(key, word)
    return Sought(
        list(groups.values()), list(asked.values()), code, named, days,
        when, many, name, " ".join(kept),
    )  # fmt: skip


def _named(index: Index, text: str) -> tuple[list[int], set[str]]:
    """The speakers whom a question names, and by which words."""
    asked = set(re.findall(r"\w+", text))
    named: list[int] = []
    used: set[str] = set()
    for place, name in index.speakers().items():
        own = [word for word in re.findall(r"\w{2,}", name) if word not in STOP["en"]]
        hit = {word for word in own if word in asked}
        if not hit and own:  # a short form: the beginning of the first name
            hit = {word for word in asked if 3 <= len(word) < len(own[0])
                   and own[0].startswith(word) and word not in STOP["en"]}  # fmt: skip
        if hit:
            named.append(place)
            used |= hit | set(own)
    return named, used


def find(index: Index, sought: Sought, asked: Array, most: int = CANDIDATES) -> Found:
    """Weigh the turns by the words around them, their speaker, their day, and how near in meaning
    they are to `asked`, the vector of the question; the best `most` of them for certain."""
    rows, group, value, weights = _held(index, sought.groups)
    base = _by_words(index, rows, group, value, weights)
    base += index.form.all
    if len(sought.named) == 1:
        base += np.float32(2) * spoken(index, sought)
    fits = _fits(sought.days, index)
    if sought.days:
        base += np.float32(4) * fits.take(index.day.all)
    if sought.when:
        base += np.float32(0.5) * np.minimum(index.columns["moments"].all, 2)
    likely = _by_meaning(index, base, MEANING * coarse(asked[None])[0], most)
    return Found(rows, group, value, weights, base, likely, fits)


def _held(index: Index, groups: list[list[int]]) -> tuple[Array, Array, Array, Array]:
    """The rows that hold a term of each group, one group after the other; the place of the group,
    how much the row holds, and of each group how rare it is."""
    count, every = len(index), [number for group in groups for number in group]
    found = iter(index.found_each(np.asarray(every, np.uint32)))
    terms = [_together([next(found) for _ in group]) for group in groups]
    sizes = np.asarray([len(rows) for rows, _ in terms], np.intp)
    if not sizes.sum():
        none = np.zeros(0, np.intp)
        weights = np.full(len(groups), math.log(1 + (count + 0.5) / 0.5), np.float32)
        return none, none, np.zeros(0, np.float32), weights
    rows = np.concatenate([rows for rows, _ in terms], dtype=np.intp)
    counts = np.concatenate([counts for _, counts in terms], dtype=np.float32)
    mean = max(index.words / count, 1e-9)
    value = counts[:, 0] / (1 - B + B / mean * index.columns["words"].all.take(rows))
    if index.captions:
        mean = index.shown / index.captions
        shown = 1 - B + B / mean * index.columns["shown"].all.take(rows)
        value += IN_CAPTION * counts[:, 1] / shown
    weights = np.log(1 + (count - sizes + 0.5) / (sizes + 0.5)).astype(np.float32)
    return rows, np.repeat(np.arange(len(groups)), sizes), value.astype(np.float32), weights


def _together(found: list[tuple[Array, Array]]) -> tuple[Array, Array]:
    """The rows that hold any of several terms, rising, and how often."""
    some = [each for each in found if len(each[0])]
    if len(some) < 2:
        return (some or found)[0]
    rows, where = np.unique(np.concatenate([rows for rows, _ in some]), return_inverse=True)
    counts = np.concatenate([counts for _, counts in some])
    both = [np.bincount(where, counts[:, n], len(rows)) for n in (0, 1)]
    return rows, np.stack(both, 1)


def _spread(
    on: float = 0.3, back: float = 0.25, fades: float = 0.7, reach: int = 6
) -> NDArray[np.float32]:
    """What a turn lends to those around it: from `reach` before to `reach` after."""
    steps = fades ** np.arange(reach)
    return np.concatenate([back * steps[::-1], [1.0], on * steps]).astype(np.float32)


_LENT = _spread()
_NEAR = slice(REACH - len(_LENT) // 2, REACH + len(_LENT) // 2 + 1)
_ANSWERS = np.float32(3.0)  # how much more a question lends to the turn after it


def _by_words(index: Index, rows: Array, group: Array, value: Array, weights: Array) -> Array:
    """What the words of the question weigh at every turn, when each turn lends some of its own to
    those after it and before it, less with each step."""
    count = len(index)
    if not len(rows):
        return np.zeros(count, np.float32)
    wide = count + 1  # where no turn is, the place behind the last one takes what is lent
    spread = np.full(len(weights) * wide, SATURATION, np.float32)
    to = index.around.all.take(rows, 0)[:, _NEAR] + (group * wide)[:, None]
    lent = value[:, None] * _LENT
    asks = (index.columns["flags"].all.take(rows) & ASKS) > 0
    lent[asks, len(_LENT) // 2 + 1] *= _ANSWERS
    np.add.at(spread, to.ravel(), lent.ravel())
    # x / (x + s) is 1 - s / (x + s), with which one array is enough.
    share, scaled = spread.reshape(-1, wide), weights * np.float32(1 + SATURATION)
    np.divide(scaled[:, None] * np.float32(SATURATION), share, out=share)
    less = np.add.reduce(share, axis=0)[:count]
    base: Array = np.subtract(scaled.sum(), less, out=less)
    return base


def _by_meaning(index: Index, base: Array, asked: Array, most: int) -> Array:
    """Add to `base` how near in meaning each turn is, and tell which rows may be among the best
    `most`: a cosine is at most one, so where words tell some rows from others, few need be looked
    at. Rounded, as sums differ in their last digits by where a row lies."""
    count, most = len(base), min(most, len(base))
    likely, furthest = None, float(np.linalg.norm(asked)) + 0.01
    if count > max(_FEW, 2 * most) and float(base.max()) > furthest:
        first = np.flatnonzero(base >= np.partition(base, count - most)[count - most])
        if len(first) <= 8 * most:  # else many are alike
            reached = base.take(first) + _cosines(index, first, asked)
            least = np.partition(reached, len(first) - most)[len(first) - most]
            likely = np.flatnonzero(base >= least - np.float32(furthest))
    if likely is None or len(likely) > count // _SPARSE:
        base += np.einsum("ij,j->i", index.coarse.all, asked)
        np.round(base, 3, out=base)
        return np.arange(count)
    near = base.take(likely) + _cosines(index, likely, asked)
    base -= np.float32(furthest)
    base[likely] = np.round(near, 3)
    return likely


def _cosines(index: Index, rows: Array, asked: Array) -> Array:
    found: Array = np.einsum("ij,j->i", index.coarse.all.take(rows, 0), asked)
    return found


def spoken(index: Index, sought: Sought, rows: Array | None = None) -> Array:
    """1 for the turns of the one speaker who is named, 0 for others; where none is named, or
    several are, all get the same."""
    speaker = index.columns["speaker"].all
    speaker = speaker if rows is None else speaker.take(rows)
    if len(sought.named) != 1:
        return np.full(len(speaker), 0.5, np.float32)
    own: Array = (speaker == sought.named[0]).astype(np.float32)
    return own


def _fits(days: list[Asked], index: Index) -> Array:
    """How well each day on which something was said fits one that the question names."""
    out = np.zeros(len(index.days), np.float32)
    if days:
        said = np.fromiter(index.days, np.int64, len(index.days))
        for asked in days:
            np.maximum(out, fits(asked, said), out=out)
    return out


def likeliest(index: Index, found: Found, most: int) -> Array:
    """The rows with the highest base, best first; of equals the newest."""
    base = found.base.take(found.likely)
    count = min(most, len(base))
    best = np.argpartition(-base, count - 1)[:count]
    rows = found.likely.take(best)
    order: Array = rows[np.lexsort((-index.columns["id"].all[rows], -base[best]))]
    return order
