"""Ranking the likeliest turns once more, by many small signs with weights from bench/locomo.

The idea of a linear re-ranker over lexical and dense features is common; the features are described
in docs/recall.md.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from musespark.recollection_ask import SATURATION, Found, Sought, spoken
from musespark.recollection_index import REACH, Index
from musespark.recollection_kin import Kin
from musespark.recollection_lists import among
from musespark.recollection_manner import parted
from musespark.recollection_rows import ASKS, CAPTION, NUMBER, QUESTION, WIDTH
from musespark.recollection_weights import ELSEWHERE, WEIGHTS

Array = NDArray[Any]

_WIDTH = 2 * REACH + 1

_LIKELIEST = 3  # turns by which the kind of talk is told

# Signs that are given a second time, as how far they are below the highest of those ranked.
_BELOW = ("base", "meaning_spread", "med")


def matrix(signs: dict[str, Array]) -> tuple[list[str], Array]:
    """The names and values of all signs, a row for each turn."""
    below = {f"{name}-": float(signs[name].max()) - signs[name] for name in _BELOW}
    every = {**signs, **below}
    out = np.empty((len(every), len(signs["base"])), np.float32)
    for row, values in zip(out, every.values(), strict=True):
        row[:] = values
    return list(every), out.T


def rank(
    index: Index, sought: Sought, found: Found, rows: Array, asked: Array, kin: Kin | None
) -> tuple[Array, Array]:
    """The scores of `rows`, and the parts of each in the order of `PARTS`."""
    names, signs = matrix(features(index, sought, found, rows, asked, kin))
    known = WEIGHTS if of_two(index, sought, rows) else ELSEWHERE
    weights = np.zeros((len(names), len(PARTS)), np.float32)
    for own, name in zip(weights, names, strict=True):
        own[_PLACE.get(name.rstrip("-"), 0)] = known.get(name, 0.0)
    parts: Array = signs @ weights
    parts -= parts.mean(0) if len(rows) > 1 else 0
    return parts.sum(1), parts


def of_two(index: Index, sought: Sought, rows: Array) -> bool:
    """Whether an English question is sought mostly in talks of two people: what tells there of
    whom a turn speaks misleads in a group, a post, a document or another language."""
    if sought.language != "en":
        return False
    around = index.around.all.take(rows[:_LIKELIEST], 0)
    speaker = index.columns["speaker"].all.take(np.where(around >= 0, around, around[:, [REACH]]))
    least, most = speaker.min(1, keepdims=True), speaker.max(1, keepdims=True)
    two = ((speaker == least) | (speaker == most)).all(1) & (least != most)[:, 0]
    return bool(2 * np.count_nonzero(two) > len(two))


PARTS = ("words", "neighbours", "meaning", "speaker", "day", "form")
_PART = {
    **dict.fromkeys(("before", "after", "asked", "near", "med", "wide", "sitting", "covers3",
                     "covers7", "soft_wide", "soft_wide_share", "under",
                     "piece_wide", "answers"), "neighbours"),
    **dict.fromkeys(("soft", "soft_share", "weakest", "meaning", "meaning_before",
                     "meaning_after", "meaning2", "meaning3", "meaning_spread",
                     "piece", "piece_least", "piece_close", "piece_square"), "meaning"),
    **dict.fromkeys(("spoken", "of_self", "of_other", "to_other"), "speaker"),
    "dated": "day", "when": "day", "moments": "day",
    **dict.fromkeys(("ends_asking", "asks", "length", "caption", "many", "number", "place",
                     "left", "names", "named"), "form"),
}  # fmt: skip


_PLACE = {name: PARTS.index(part) for name, part in _PART.items()}


# Signs that hold in English talks of two people only.
OF_TWO = frozenset({"of_self", "of_other", "to_other", "answers", "names", "named"})


def _kernel(on: float, on_fades: float, back: float, back_fades: float, reach: int) -> Array:
    """What the neighbours of a turn, from the eighth before to the eighth after, lend it."""
    weights = np.zeros(_WIDTH, np.float32)
    weights[REACH] = 1
    for step in range(1, reach + 1):
        weights[REACH - step] = on * on_fades ** (step - 1)
        weights[REACH + step] = back * back_fades ** (step - 1)
    return weights


def _window(*steps: int) -> Array:
    weights = np.zeros(_WIDTH, np.float32)
    weights[[REACH + step for step in steps]] = 1
    return weights


# Signs of the words as sums over the turns around one: what each lends, and how much more a
# question before lends.
_SUMS = (
    ("near", _kernel(0.3, 0.6, 0.2, 0.6, 3), 2.0),
    ("med", _kernel(0.3, 0.7, 0.25, 0.7, 6), 3.0),
    ("wide", _kernel(0.5, 0.8, 0.3, 0.8, 8), 1.0),
    ("own", _window(0), 1.0),
    ("before", _window(-1), 1.0),
    ("after", _window(1), 1.0),
)
_COVERS = (("covers", _window(0)), ("covers3", _window(*range(-1, 2))),
           ("covers7", _window(*range(-3, 4))))  # fmt: skip
_LENT = np.stack([weights for _, weights, _ in _SUMS] + [weights for _, weights in _COVERS], 1)
_MORE = np.asarray([weights[REACH - 1] * (more - 1) for _, weights, more in _SUMS], np.float32)


_READ = ("flags", "moments", "words", "manner")


def features(
    index: Index, sought: Sought, found: Found, rows: Array, asked: Array, kin: Kin | None
) -> dict[str, Array]:
    """The signs of each of `rows`. `asked` is the vector of the question."""
    around = index.around.all.take(rows, 0)
    there = around >= 0
    safe = np.where(there, around, 0)
    columns = {name: index.columns[name].all.take(rows) for name in _READ}
    asks = (index.columns["flags"].all.take(safe[:, REACH - 1]) & ASKS > 0) & there[:, REACH - 1]
    base = found.base.take(rows)
    slot, sat = _same(index, rows)
    out = _words(index, found, around, asks)
    out["sitting"] = _sitting(index, found, slot, len(rows))[sat]
    out.update(_soft(index, sought, safe, there, found.weights, kin))
    out.update(_dense(index, safe, there, asked))
    out.update(_pieces(index, sought, safe, there, found.weights, kin))
    now, said = columns["flags"], columns["moments"]
    out["spoken"] = spoken(index, sought, rows)
    out.update(_manner(sought, columns["manner"], out["spoken"], asks))
    out["dated"] = found.fits.take(index.day.all.take(rows))
    out["ends_asking"] = (now & QUESTION) > 0
    out["asks"] = (now & ASKS) > 0
    out["length"] = np.log1p(columns["words"])
    out["caption"] = (now & CAPTION) > 0
    out["when"] = sought.when * np.minimum(said, 2)
    out["number"] = (now & NUMBER) > 0
    out["many"] = sought.many * out["number"]
    out["moments"] = np.minimum(said, 3)
    out["place"] = np.log1p(there[:, :REACH].sum(1))
    out["left"] = np.log1p(there[:, REACH + 1 :].sum(1))
    out["base"] = base
    out["rank"] = np.log1p(np.searchsorted(np.sort(-base), -base))
    most = np.full(len(rows), -np.inf, np.float32)
    np.maximum.at(most, sat, base)
    out["under"] = most[sat] - base
    return out


def _words(index: Index, found: Found, around: Array, asks: Array) -> dict[str, Array]:
    """The signs of the question's words in each turn and around it. `asks` tells which turns follow
    a question."""
    wide = len(index) + 1  # the last place is of the turns that are not there
    held = np.zeros(len(found.weights) * wide, np.float32)
    held[found.rows + found.group * wide] = found.value
    value = held.reshape(-1, wide).take(around, 1)  # term, turn, place around it
    lent = value @ _LENT
    sums, covers = lent[:, :, : len(_SUMS)], lent[:, :, len(_SUMS) :] > 0
    sums[:, asks] += value[:, asks, REACH - 1, None] * _MORE
    sums /= sums + np.float32(SATURATION)
    score = np.einsum("t,trs->sr", found.weights * np.float32(1 + SATURATION), sums)
    out = dict(zip((name for name, _, _ in _SUMS), score, strict=True))
    out["asked"] = out["before"] * asks
    mass = max(float(found.weights.sum()), 1e-6)
    rare = covers * found.weights[:, None, None]
    out.update(zip((name for name, _ in _COVERS), rare.sum(0).T / mass, strict=True))
    out["rarest"] = rare[:, :, 0].max(0, initial=0)
    return out


def _same(index: Index, rows: Array) -> tuple[Array, Array]:
    """For each sitting the place in `rows` of one that is of it, -1 where none is; and for each of
    `rows` the place of the one that stands for its sitting."""
    sitting = index.sitting.all.take(rows)
    slot = np.full(index.sittings, -1, np.int32)
    slot[sitting] = np.arange(len(rows), dtype=np.int32)
    return slot, slot.take(sitting)


def _sitting(index: Index, found: Found, slot: Array, count: int) -> Array:
    """The sittings that have a slot, each weighed as one text."""
    places = slot.take(index.sitting.all.take(found.rows))
    own = np.flatnonzero(places >= 0)
    cells = places.take(own) + found.group.take(own) * count
    x = np.bincount(cells, found.value.take(own), len(found.weights) * count).reshape(-1, count)
    score: Array = np.einsum("t,ts->s", found.weights * 2.2, x / (x + 4))
    return score


def _distinct(index: Index, rows: Array) -> tuple[Array, Array]:
    """The different rows among some, and the place of each among those."""
    flat = rows.ravel()
    numbers = np.arange(len(flat))
    last = np.empty(len(index), np.int32)  # of each row where it stands last
    last[flat] = numbers
    which = last.take(flat)
    own = which == numbers
    return flat[own], (np.cumsum(own) - 1).take(which).reshape(rows.shape)


def _tokens(index: Index, rows: Array) -> tuple[Array, Array]:
    """The terms of some rows one after another, and where those of each begin."""
    starts = index.starts.all
    first = starts.take(rows)
    sizes = starts.take(rows + 1) - first
    begins = np.cumsum(sizes) - sizes
    at = np.arange(int(sizes.sum())) + np.repeat(first - begins, sizes)
    return index.terms.all.take(at), begins


def _soft(
    index: Index, sought: Sought, safe: Array, there: Array, idf: Array, kin: Kin | None
) -> dict[str, Array]:
    """How much of the question each turn, and it with its neighbours, holds in other words: for
    each word of the question the nearest one, late interaction as in ColBERT (2004.12832). And how
    many neighbouring words of the question are neighbours in each turn, too."""
    span = slice(REACH - 2, REACH + 3)
    unique, where = _distinct(index, safe[:, span].T)
    wanted, nearness, group = _wanted(sought, kin)
    tokens, begins = _tokens(index, unique)
    places, which = among(wanted, tokens)
    owner = begins.searchsorted(places, side="right") - 1
    best = np.zeros((len(idf), len(unique)), np.float32)
    pairs = np.zeros(len(unique), np.int64)
    if len(places):
        new = np.flatnonzero(np.append(True, owner[1:] != owner[:-1]))
        best[:, owner[new]] = np.maximum.reduceat(nearness.take(which, 1), new, axis=1)
        held = group.take(which)
        both = (held[1:] == held[:-1] + 1) & (held[:-1] >= 0)
        both &= (places[1:] == places[:-1] + 1) & (owner[1:] == owner[:-1])
        pairs = np.bincount(owner[1:][both], minlength=len(unique))
    each = best.take(where, 1) * there[:, span].T
    own, reach = each[:, 2], (each * _REACHED).max(1)
    mass = max(float(idf.sum()), 1e-6)
    soft, wider = np.einsum("t,tr->r", idf, own), np.einsum("t,tr->r", idf, reach)
    return {
        "pairs": pairs.take(where[2]), "soft": soft, "soft_wide": wider,
        "soft_share": soft / mass, "soft_wide_share": wider / mass,
        "weakest": own.min(0) if len(idf) else np.zeros(len(safe), np.float32),
    }  # fmt: skip


_REACHED = np.asarray([0.3, 0.6, 1.0, 0.4, 0.2], np.float32)[:, None]


def _wanted(sought: Sought, kin: Kin | None) -> tuple[Array, Array, Array]:
    """The terms that a question seeks, and those near them in meaning, rising; how near each is to
    each word of the question; and of which word each is a form, -9 for none."""
    forms = [np.asarray(group, np.uint32) for group in sought.groups]
    near = kin.near(sought.words, sought.language) if kin is not None and forms else []
    every = [*forms, *(numbers for numbers, _ in near)]
    wanted, where = np.unique(
        np.concatenate(every) if every else np.zeros(0, np.uint32), return_inverse=True
    )
    nearness = np.zeros((len(forms), len(wanted)), np.float32)
    own = np.repeat(np.arange(len(forms)), [len(form) for form in forms])
    if near:
        words = np.repeat(np.arange(len(near)), [len(numbers) for numbers, _ in near])
        nearness[own, where[: len(own)]] = 1
        nearness[words, where[len(own) :]] = np.concatenate([each for _, each in near])
    group = np.full(len(wanted), -9)
    group[where[: len(own)][::-1]] = own[::-1]
    return wanted, nearness, group


def _manner(sought: Sought, manners: Array, own: Array, asks: Array) -> dict[str, Array]:
    """Of whom a turn speaks where one speaker is named: that one says "I", another one "you". And
    how many names are in it. `own` tells who is the one; `asks` which turns follow a question."""
    i, you, names = parted(manners)
    own, other = (len(sought.named) == 1) * np.stack([own, 1 - own])
    return {
        "of_self": own * i, "of_other": other * i, "to_other": other * you, "answers": own * asks,
        "names": names, "named": names * sought.name,
    }  # fmt: skip


def _pieces(
    index: Index, sought: Sought, safe: Array, there: Array, idf: Array, kin: Kin | None
) -> dict[str, Array]:
    """The same as `_soft` by the pieces of words, which rare words have, too."""
    span = slice(REACH - 1, REACH + 2)
    asked, weights = kin.tokens.asked(sought.words, idf) if kin is not None else (idf[:0], idf)
    if kin is None or not len(asked):
        return dict.fromkeys(_OF_PIECES, np.zeros(len(safe), np.float32))
    unique, where = _distinct(index, safe[:, span])
    first = index.cuts.all.take(unique)
    sizes = index.cuts.all.take(unique + 1) - first
    begins = np.cumsum(sizes) - sizes
    held = index.pieces.all.take(np.arange(int(sizes.sum())) + np.repeat(first - begins, sizes))
    best = np.zeros((len(unique), len(asked)), np.float32)
    some = np.flatnonzero(sizes)
    if len(some):
        there_is = np.zeros(1 << 16, bool)
        there_is[held] = True
        different = np.flatnonzero(there_is)
        slot = np.empty(1 << 16, np.intp)
        slot[different] = np.arange(len(different))
        near = kin.tokens.near(different, asked)
        best[some] = np.maximum.reduceat(near.take(slot.take(held), 0), begins.take(some))
    np.maximum(best, 0, out=best)
    each = best.take(where, 0) * there[:, span, None]
    own = each[:, 1]
    wide = np.maximum(own, np.maximum(each[:, 0] * 0.6, each[:, 2] * 0.4))
    share = weights / max(float(weights.sum()), 1e-6)
    values = (own @ share, wide @ share, own.min(1), np.maximum(own - 0.3, 0) @ share,
              own * own @ share)  # fmt: skip
    return dict(zip(_OF_PIECES, values, strict=True))


_OF_PIECES = ("piece", "piece_wide", "piece_least", "piece_close", "piece_square")
_FADES = np.asarray([0.3 * 0.6**3, 0.3 * 0.6**2, 0.18, 0.3, 1, 0.15, 0.09, 0.15 * 0.36,
                     0.15 * 0.6**3], np.float32)  # fmt: skip


def _dense(index: Index, safe: Array, there: Array, asked: Array) -> dict[str, Array]:
    """How near in meaning the question is to each turn, and to it with its neighbours."""
    near = slice(REACH - 4, REACH + 5)
    unique, where = _distinct(index, safe[:, near])
    where[~there[:, near]] = len(unique)
    vectors = np.empty((len(unique) + 1, WIDTH), np.float32)
    vectors[:-1] = index.vectors.all.take(unique, 0)
    vectors[-1] = 0
    each = np.einsum("ij,j->i", vectors, asked / np.float32(127)).take(where)
    out = {"meaning": each[:, 4], "meaning_before": each[:, 3], "meaning_after": each[:, 5]}
    total = vectors.take(where[:, 4], 0)
    close = each[:, 4]
    for name, place in (("meaning2", 3), ("meaning3", 5)):
        total += vectors.take(where[:, place], 0)
        close = close + each[:, place]
        length = np.sqrt(np.einsum("ij,ij->i", total, total)) / 127
        out[name] = close / np.maximum(length, np.float32(1e-6))
    out["meaning_spread"] = np.einsum("ij,j->i", each, _FADES)
    return out
