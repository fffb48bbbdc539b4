"""Asking a recollection: what a question seeks, and the turns that hold it, by words spread over
their neighbours, by who spoke and by when it was said."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from musespark.recollection_days import Asked, asks_many, asks_when, days_asked
from musespark.recollection_index import Index, coarse
from musespark.recollection_rows import ASKS, QUESTION
from musespark.recollection_terms import STOP, language_of, normal, term, words

Array = NDArray[Any]

B = 0.4  # how much the length of a turn counts
IN_CAPTION = 0.7
SATURATION = 0.9
MEANING = 4.0
CANDIDATES = 200  # turns that are ranked by all signs
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
    named, which days, whether it asks for a moment or a number, and its words without names and
    days."""

    groups: list[list[int]]
    words: list[str]
    language: str
    named: list[int]
    days: list[Asked]
    when: bool
    many: bool
    text: str


class Found(Struct):
    """What is known of every turn for one question; arrays over all rows."""

    terms: list[tuple[Array, Array]]  # of each group: rows that hold it, and how much
    weights: list[float]  # how rare each is
    med: Array
    base: Array
    spoken: Array
    dated: Array


def seek(index: Index, question: str, now: datetime | None, language: str) -> Sought:
    """Read a question."""
    original = question[:_LONGEST]
    plain = normal(original)
    code = language_of(words(plain), language)
    when, many = asks_when(plain), asks_many(plain)
    days, rest = days_asked(plain, code, now.date() if now else None)
    named, spoken = _named(index, rest)
    kept = [word for word in words(rest) if word not in spoken]
    groups: dict[str, list[int]] = {}
    asked: dict[str, str] = {}
    for word in kept:
        if word in STOP.get(code, ()):
            continue
        numbers = {term(word, each) for each in {code, *index.languages()}} - {0}
        if numbers and len(groups) < _TERMS_MOST:
            key = str(term(word, code) or word)
            groups.setdefault(key, sorted(numbers))
            asked.setdefault(key, word)
    return Sought(
        list(groups.values()), list(asked.values()), code, named, days, when, many, " ".join(kept)
    )


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


def find(index: Index, sought: Sought, asked: Array) -> Found:
    """Weigh every turn by the words around it, its speaker, its day, and how near in meaning it is
    to `asked`, the vector of the question."""
    columns = {name: column.all for name, column in index.columns.items()}
    count = len(index)
    own, shown, form, moments = _measured(index)
    med = np.zeros(count, np.float32)
    share = np.empty(count, np.float32)
    terms, weights = [], []
    for group in sought.groups:
        rows, value = _weighed(index, group, own, shown)
        weight = math.log(1 + (count - len(rows) + 0.5) / (len(rows) + 0.5))
        terms.append((rows, value))
        weights.append(weight)
        if len(rows):
            spread = spread_out(index, rows, value)
            np.add(spread, SATURATION, out=share)
            np.divide(spread, share, out=share)
            share *= weight * (1 + SATURATION)
            med += share
    # Not `@`, whose threads wait for each other where the processor is busy.
    base = np.einsum("ij,j->i", index.coarse.all, MEANING * coarse(asked[None])[0])
    base += med
    base += form
    spoken = _spoken(sought.named, columns["speaker"])
    if len(sought.named) == 1:
        base += 2 * spoken
    dated = _dated(sought.days, columns["at"])
    if sought.days:
        base += 4 * dated
    if sought.when:
        base += moments
    np.round(base, 3, out=base)  # sums differ in their last digits by where a row lies
    return Found(terms, weights, med, base, spoken, dated)


def _measured(index: Index) -> list[Array]:
    """What is the same for every question: how much less a term counts in each turn for the length
    of its words and of its captions; what its form takes from it, and its moments add."""
    if index.measured[0] != len(index):
        columns = {name: column.all for name, column in index.columns.items()}
        own = 1 - B + B * columns["words"] / max(float(columns["words"].mean()), 1e-9)
        captions = columns["shown"][columns["shown"] > 0]
        shown = 1 - B + B * columns["shown"] / (float(captions.mean()) if len(captions) else 1.0)
        form = -0.6 * ((columns["flags"] & QUESTION) > 0)
        moments = 0.5 * np.minimum(columns["moments"], 2)
        every = [each.astype(np.float32) for each in (own, shown, form, moments)]
        index.measured = (len(index), every)
    return index.measured[1]


def _weighed(index: Index, group: list[int], own: Array, shown: Array) -> tuple[Array, Array]:
    """The rows that hold any of these terms, rising, and how much they do."""
    found = [index.found(number) for number in group]
    found = [each for each in found if len(each[0])]
    if not found:
        return np.zeros(0, np.int32), np.zeros(0, np.float32)
    if len(found) == 1:
        rows, counts = found[0]
        counts = counts.astype(np.float32)
    else:
        every = np.concatenate([each[0] for each in found])
        rows, where = np.unique(every, return_inverse=True)
        counts = np.zeros((len(rows), 2), np.float32)
        np.add.at(counts, where, np.concatenate([each[1] for each in found]))
    return rows, counts[:, 0] / own[rows] + IN_CAPTION * counts[:, 1] / shown[rows]


def spread_out(
    index: Index,
    rows: Array,
    value: Array,
    *,
    on: float = 0.3,
    back: float = 0.25,
    fades: float = 0.7,
    reach: int = 6,
    answers: float = 3.0,
) -> Array:
    """The value of a term at every turn when each turn lends some of its own to those after it
    (`on`) and before it (`back`), less with each step; `answers` times as much to the turn after a
    question."""
    out = np.zeros(len(index), np.float32)
    out[rows] = value
    flags = index.columns["flags"].all
    for links, first in ((index.after.all, on), (index.before.all, back)):
        at, lent, share = rows, value, first
        for step in range(1, reach + 1):
            to = links[at]
            there = to >= 0
            to, lent, source = to[there], lent[there], at[there]
            given = lent * np.float32(share)
            if step == 1 and first == on:
                given = np.where(flags[source] & ASKS, given * np.float32(answers), given)
            out[to] += given
            at, share = to, share * fades
    return out


def _spoken(named: list[int], speaker: Array) -> Array:
    """1 for the turns of the one speaker who is named, 0 for others; where none is named, or
    several are, all get the same."""
    if len(named) != 1:
        return np.full(len(speaker), 0.5, np.float32)
    spoken: Array = (speaker == named[0]).astype(np.float32)
    return spoken


def _dated(days: list[Asked], at: Array) -> Array:
    """How well the day on which a turn was said fits one that the question names."""
    out = np.zeros(len(at), np.float32)
    if not days:
        return out
    number = at // 86400
    unique, where = np.unique(number, return_inverse=True)
    said = [datetime.fromtimestamp(int(day) * 86400, UTC).date() for day in unique]
    for asked in days:
        fits = np.asarray([_fit(asked, day) for day in said], np.float32)
        out = np.maximum(out, fits[where])
    return out


def _fit(asked: Asked, said: date) -> float:
    first, last = asked.first, asked.last
    if asked.grain == "year":
        return 0.15 if first.year == said.year else 0.0
    if asked.grain == "day":
        if not asked.year:
            try:
                first, last = first.replace(year=said.year), last.replace(year=said.year)
            except ValueError:
                return 0.0
        apart = (said - last).days if said > last else min(0, (said - first).days)
        for most, fit in ((0, 1.3), (2, 1.0), (8, 0.7)):
            if 0 <= apart <= most:
                return fit
        if -4 <= apart < 0:
            return 0.5
        return 0.3 if (said.year, said.month) == (first.year, first.month) else 0.0
    if asked.grain == "season":
        return 1.0 if first <= said <= last else 0.35 if 0 < (said - last).days <= 30 else 0.0
    months = (said.year - first.year) * 12 + said.month - first.month
    if not asked.year:
        months = (months + 6) % 12 - 6
    if months == 0:
        return 1.0
    if months == 1:
        return 0.35 if said.day <= 15 else 0.15
    return 0.3 if asked.year and said.month == first.month else 0.0


def likeliest(index: Index, found: Found, most: int) -> Array:
    """The rows with the highest base, best first; of equals the newest."""
    base = found.base
    count = min(most, len(base))
    best = np.argpartition(-base, count - 1)[:count]
    order: Array = best[np.lexsort((-index.columns["id"].all[best], -base[best]))]
    return order
