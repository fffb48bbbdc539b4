"""Ranking the likeliest turns once more, by many small signs with weights from bench/locomo.

The idea of a linear re-ranker over lexical and dense features is common; the features are described
in docs/recall.md.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from musespark.recollection_ask import SATURATION, Found, Sought
from musespark.recollection_index import Index
from musespark.recollection_kin import Kin
from musespark.recollection_rows import ASKS, CAPTION, NUMBER, QUESTION
from musespark.recollection_weights import WEIGHTS

Array = NDArray[Any]

REACH = 8  # turns to each side that are looked at
_WIDTH = 2 * REACH + 1


# Signs that are given a second time, as how far they are below the highest of those ranked.
_BELOW = ("base", "meaning_spread", "med")


def matrix(signs: dict[str, Array]) -> tuple[list[str], Array]:
    """The names and values of all signs, a row for each turn."""
    below = {f"{name}-": float(signs[name].max()) - signs[name] for name in _BELOW}
    every = {**signs, **below}
    return list(every), np.stack(list(every.values()), 1).astype(np.float32)


def rank(
    index: Index, sought: Sought, found: Found, rows: Array, asked: Array, kin: Kin | None
) -> tuple[Array, Array]:
    """The scores of `rows`, and the parts of each in the order of `PARTS`."""
    names, signs = matrix(features(index, sought, found, rows, asked, kin))
    weighed = signs * np.asarray([WEIGHTS.get(name, 0.0) for name in names], np.float32)
    parts = np.zeros((len(rows), len(PARTS)), np.float32)
    for place, name in enumerate(names):
        parts[:, PARTS.index(_PART.get(name.rstrip("-"), "words"))] += weighed[:, place]
    parts -= parts.mean(0) if len(rows) > 1 else 0
    return parts.sum(1), parts


PARTS = ("words", "neighbours", "meaning", "speaker", "day", "form")
_PART = {
    **dict.fromkeys(("before", "after", "asked", "near", "med", "wide", "sitting", "covers3",
                     "covers7", "soft_wide", "soft_wide_share", "under"), "neighbours"),
    **dict.fromkeys(("soft", "soft_share", "weakest", "meaning", "meaning_before",
                     "meaning_after", "meaning2", "meaning3", "meaning_spread"), "meaning"),
    "spoken": "speaker", "dated": "day", "when": "day", "moments": "day",
    **dict.fromkeys(("ends_asking", "asks", "length", "caption", "many", "number", "place",
                     "left"), "form"),
}  # fmt: skip


def _kernel(on: float, on_fades: float, back: float, back_fades: float, reach: int) -> Array:
    """What the neighbours of a turn, from the eighth before to the eighth after, lend it."""
    weights = np.zeros(_WIDTH, np.float32)
    weights[REACH] = 1
    for step in range(1, reach + 1):
        weights[REACH - step] = on * on_fades ** (step - 1)
        weights[REACH + step] = back * back_fades ** (step - 1)
    return weights


KERNELS = (  # weights, and how much more a question before lends
    (_kernel(0.3, 0.6, 0.2, 0.6, 3), 2.0),
    (_kernel(0.3, 0.7, 0.25, 0.7, 6), 3.0),
    (_kernel(0.5, 0.8, 0.3, 0.8, 8), 1.0),
)


def features(
    index: Index, sought: Sought, found: Found, rows: Array, asked: Array, kin: Kin | None
) -> dict[str, Array]:
    """The signs of each of `rows`. `asked` is the vector of the question."""
    around = _around(index, rows)
    there = around >= 0
    safe = np.where(there, around, 0)
    columns = {name: column.all for name, column in index.columns.items()}
    flags = np.where(there, columns["flags"][safe], 0)
    value = _values(index, found, safe, there)  # term, turn, place around it
    idf = np.asarray(found.weights, np.float32)[:, None]
    out: dict[str, Array] = {}

    def bm25(x: Array) -> Array:
        score: Array = (idf * (1 + SATURATION) * x / (x + SATURATION)).sum(0)
        return score

    own = bm25(value[:, :, REACH])
    before = bm25(value[:, :, REACH - 1])
    asks_before = (flags[:, REACH - 1] & ASKS) > 0
    for name, (weights, answers) in zip(("near", "med", "wide"), KERNELS, strict=True):
        scaled = np.broadcast_to(weights, around.shape).copy()
        scaled[:, REACH - 1] *= np.where(asks_before, answers, 1)
        out[name] = bm25((value * scaled).sum(2))
    out["own"] = own
    out["before"] = before
    out["after"] = bm25(value[:, :, REACH + 1])
    out["asked"] = before * asks_before
    out["sitting"] = _sitting(index, found, rows, idf)
    mass = max(float(idf.sum()), 1e-6)
    held = value > 0
    out["covers"] = (idf * held[:, :, REACH]).sum(0) / mass
    out["covers3"] = (idf * held[:, :, REACH - 1 : REACH + 2].any(2)).sum(0) / mass
    out["covers7"] = (idf * held[:, :, REACH - 3 : REACH + 4].any(2)).sum(0) / mass
    best = (idf * held[:, :, REACH]).max(0) if len(idf) else np.zeros(len(rows), np.float32)
    out["rarest"] = best
    out["pairs"] = _pairs(index, sought, rows)
    out.update(_soft(index, sought, safe, there, idf[:, 0], kin))
    out.update(_dense(index, safe, there, rows, asked))
    now = flags[:, REACH]
    said = columns["moments"][rows]
    out["spoken"] = found.spoken[rows]
    out["dated"] = found.dated[rows]
    out["ends_asking"] = ((now & QUESTION) > 0).astype(np.float32)
    out["asks"] = ((now & ASKS) > 0).astype(np.float32)
    out["length"] = np.log1p(columns["words"][rows])
    out["caption"] = ((now & CAPTION) > 0).astype(np.float32)
    out["when"] = sought.when * np.minimum(said, 2).astype(np.float32)
    out["many"] = sought.many * ((now & NUMBER) > 0).astype(np.float32)
    out["moments"] = np.minimum(said, 3).astype(np.float32)
    out["number"] = ((now & NUMBER) > 0).astype(np.float32)
    out["place"] = np.log1p(there[:, :REACH].sum(1))
    out["left"] = np.log1p(there[:, REACH + 1 :].sum(1))
    base = found.base[rows]
    out["base"] = base
    out["rank"] = np.log1p(np.searchsorted(np.sort(-base), -base))
    _, where = np.unique(index.sitting.all[rows], return_inverse=True)
    most = np.full(where.max() + 1, -np.inf)
    np.maximum.at(most, where, base)
    out["under"] = most[where] - base
    return out


def _around(index: Index, rows: Array) -> Array:
    """The rows around each row in its talk, -1 where there is none; shape (rows, 17)."""
    around = np.full((len(rows), _WIDTH), -1, np.int64)
    around[:, REACH] = rows
    for links, step in ((index.before.all, -1), (index.after.all, 1)):
        at = rows
        for distance in range(1, REACH + 1):
            at = np.where(at >= 0, links[at], -1)
            around[:, REACH + step * distance] = at
    return around


def _values(index: Index, found: Found, safe: Array, there: Array) -> Array:
    """How much each term stands in the turns around each; shape (terms, rows, 17)."""
    value = np.zeros((len(found.terms), *safe.shape), np.float32)
    scratch = np.zeros(len(index), np.float32)
    for number, (rows, held) in enumerate(found.terms):
        scratch[rows] = held
        value[number] = scratch[safe]
        scratch[rows] = 0
    value *= there
    return value


def _sitting(index: Index, found: Found, rows: Array, idf: Array) -> Array:
    """The whole sitting of each row, weighed as one text."""
    sitting = index.sitting.all
    unique, where = np.unique(sitting[rows], return_inverse=True)
    slot = np.full(index.sittings, -1, np.int32)
    slot[unique] = np.arange(len(unique))
    score = np.zeros(len(unique), np.float32)
    for weight, (held_by, value) in zip(idf[:, 0], found.terms, strict=True):
        places = slot[sitting[held_by]]
        x = np.bincount(places[places >= 0], value[places >= 0], len(unique))
        score += weight * 2.2 * x / (x + 4)
    return score[where]


def _pairs(index: Index, sought: Sought, rows: Array) -> Array:
    """How many neighbouring words of the question are neighbours in each row, too."""
    out = np.zeros(len(rows), np.float32)
    numbers = [number for group in sought.groups for number in group]
    places = [place for place, group in enumerate(sought.groups) for _ in group]
    if len(sought.groups) < 2:
        return out
    order = np.argsort(numbers)
    known, place = np.asarray(numbers)[order], np.asarray(places)[order]
    starts = index.starts.all
    sizes = starts[rows + 1] - starts[rows]
    owner = np.repeat(np.arange(len(rows)), sizes)
    at = np.arange(len(owner)) + np.repeat(starts[rows] - np.cumsum(sizes) + sizes, sizes)
    tokens = index.terms.all[at]
    found = np.minimum(np.searchsorted(known, tokens), len(known) - 1)
    which = np.where(known[found] == tokens, place[found], -9)
    both = (which[1:] == which[:-1] + 1) & (which[:-1] >= 0) & (owner[1:] == owner[:-1])
    np.add.at(out, owner[1:][both], 1)
    return out


def _soft(
    index: Index, sought: Sought, safe: Array, there: Array, idf: Array, kin: Kin | None
) -> dict[str, Array]:
    """How much of the question each turn, and it with its neighbours, holds in other words: for
    each word of the question the nearest one, late interaction as in ColBERT (2004.12832)."""
    span = slice(REACH - 2, REACH + 3)
    close, here = safe[:, span], there[:, span]
    unique, where = np.unique(close, return_inverse=True)
    best = np.zeros((len(idf), len(unique)), np.float32)
    starts = index.starts.all
    sizes = starts[unique + 1] - starts[unique]
    owner = np.repeat(np.arange(len(unique)), sizes)
    at = np.arange(len(owner)) + np.repeat(starts[unique] - np.cumsum(sizes) + sizes, sizes)
    tokens = index.terms.all[at]
    near = kin.near(sought.words, sought.language) if kin is not None else []
    for number, (numbers, nearness) in enumerate(near):
        group = np.asarray(sought.groups[number], np.uint32)
        numbers = np.concatenate([numbers, group])
        nearness = np.concatenate([nearness, np.ones(len(group), np.float32)])
        order = np.argsort(numbers, kind="stable")
        numbers, nearness = numbers[order], nearness[order]
        found = np.minimum(np.searchsorted(numbers, tokens), len(numbers) - 1)
        hit = np.flatnonzero(numbers[found] == tokens)
        np.maximum.at(best[number], owner[hit], nearness[found[hit]])
    each = best[:, where.reshape(close.shape)] * here
    own = each[:, :, 2]
    reach = np.maximum.reduce(
        [own, 0.6 * each[:, :, 1], 0.4 * each[:, :, 3], 0.3 * each[:, :, 0], 0.2 * each[:, :, 4]]
    )
    mass = max(float(idf.sum()), 1e-6)
    soft, wider = (idf[:, None] * own).sum(0), (idf[:, None] * reach).sum(0)
    return {
        "soft": soft, "soft_wide": wider,
        "soft_share": soft / mass, "soft_wide_share": wider / mass,
        "weakest": own.min(0) if len(idf) else np.zeros(len(close), np.float32),
    }  # fmt: skip


def _dense(index: Index, safe: Array, there: Array, rows: Array, asked: Array) -> dict[str, Array]:
    """How near in meaning the question is to each turn, and to it with its neighbours."""
    near = slice(REACH - 4, REACH + 5)
    rows_near, there_near = safe[:, near], there[:, near]
    unique, where = np.unique(rows_near, return_inverse=True)
    vectors = index.vectors.all[unique].astype(np.float32) / 127
    each = np.einsum("ij,j->i", vectors, asked)[where].reshape(rows_near.shape) * there_near
    out = {"meaning": each[:, 4], "meaning_before": each[:, 3], "meaning_after": each[:, 5]}
    beside = where.reshape(rows_near.shape)[:, 3:6]
    own = vectors[beside] * there_near[:, 3:6, None]
    for name, span in (("meaning2", slice(0, 2)), ("meaning3", slice(0, 3))):
        total = own[:, span].sum(1)
        out[name] = np.einsum("ij,j->i", total, asked) / np.maximum(
            np.linalg.norm(total, axis=1), 1e-6
        )
    fades = np.asarray([0.3 * 0.6**3, 0.3 * 0.6**2, 0.18, 0.3, 1, 0.15, 0.09, 0.15 * 0.36,
                        0.15 * 0.6**3], np.float32)  # fmt: skip
    out["meaning_spread"] = np.einsum("ij,j->i", each, fades)
    return out
