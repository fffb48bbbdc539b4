"""The reader: which reading of a question is meant, told by a log-linear model over their cues.

The chance of a reading is proportional to the exponential of the sum of its cues' weights; that no
exact tool is meant is a reading too. The weights are learned from questions and their answers
alone: every reading whose exact answer is the right one counts as right (learning a semantic parser
from denotations: Liang, Jordan and Klein, "Learning Dependency-Based Compositional Semantics",
2011; Berant et al., "Semantic Parsing on Freebase from Question-Answer Pairs", 2013). Cues are
hashed (Weinberger et al., 2009). `bench/reader.py` learns the weights and writes reader.npz.
"""

from __future__ import annotations

import zlib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from msgspec import Struct

from musespark import readings
from musespark.reading import Reading
from musespark.readings import Question

BITS = 22  # of a hashed cue
SURE = 0.7  # the least chance of a reading that is answered
LONGEST = 240  # characters of a question that is read; longer ones are stories
_MASK = np.uint32((1 << BITS) - 1)
_FILE = Path(__file__).with_name("reader.npz")
_NONE = Reading("none", {}, "none")

Ids = Any  # an array of cues, numbers below 2^BITS


class Cues(Struct):
    """The hashed cues of a question's readings, that of none of them last. `shared` has a row for
    each thing that could be meant and `by_tool` one for each tool; `rows` and `tools` say which are
    a reading's. `own` holds what each reading has for itself, one after the other from `starts`."""

    shared: Ids
    by_tool: Ids
    rows: Ids
    tools: Ids
    own: Ids
    starts: Ids


def meant(question: str, fallback: str, today: date) -> Reading | None:
    """The reading of a question that is meant, if one is likely enough; `fallback` is the language
    of the person. Some milliseconds."""
    if len(question) > LONGEST:
        return None
    found = readings.read(question, fallback, today)
    if found is None:
        return None
    chance = chances(scores(hashed(found), weights()))
    best = int(chance.argmax())
    return found.readings[best] if best < len(found.readings) and chance[best] >= SURE else None


@cache
def weights() -> Any:
    """The weights as they were learned: an array of 2^BITS."""
    with np.load(_FILE) as kept:
        dense = np.zeros(1 << BITS, np.float32)
        dense[np.cumsum(kept["gaps"], dtype=np.int64)] = kept["weights"] * kept["step"]
    return dense


def keep(dense: Any, file: Path, *, step: float = 1 / 64) -> int:
    """Write weights so that `weights` reads them, in steps of `step`; returns how many there are
    besides zeros."""
    scaled = np.clip(np.round(dense / step), -127, 127).astype(np.int8)
    ids = np.flatnonzero(scaled)
    gaps = np.diff(ids, prepend=0).astype(np.uint32)
    np.savez_compressed(file, gaps=gaps, weights=scaled[ids], step=np.float32(step))
    return len(ids)


def scores(cues: Cues, weights: Any) -> Any:
    """The sum of each reading's weights."""
    shared, by_tool = weights[cues.shared].sum(1), weights[cues.by_tool].sum(1)
    return shared[cues.rows] + by_tool[cues.tools] + np.add.reduceat(weights[cues.own], cues.starts)


def chances(scores: Any) -> Any:
    """The chance of each reading; they add up to 1."""
    high = np.exp(scores - scores.max())
    return high / high.sum()


def hashed(question: Question) -> Cues:
    """The cues of each reading as numbers below 2^BITS: each cue together with what the reading
    means, and once more with its tool alone."""
    every = [*question.readings, _NONE]
    means = {name: n for n, name in enumerate(dict.fromkeys(one.means for one in every))}
    tools = {name: n for n, name in enumerate(dict.fromkeys(one.tool for one in every))}
    rows = np.array([means[one.means] for one in every])
    used = np.array([tools[one.tool] for one in every])
    sizes = np.array([1 + len(one.cues) for one in every])
    text = _codes(["", *question.cues])
    own = _codes([cue for one in every for cue in ("|", *one.cues)])
    by_means, by_tool = _codes(list(means)), _codes([f"tool {name}" for name in tools])
    pairs = (_mixed(own, np.repeat(by_means[rows], sizes)),
             _mixed(own, np.repeat(by_tool[used], sizes)))  # fmt: skip
    return Cues(
        _mixed(text[None, :], by_means[:, None]),
        _mixed(text[None, :], by_tool[:, None]),
        rows,
        used,
        np.stack(pairs, 1).ravel(),
        2 * (np.cumsum(sizes) - sizes),
    )


def _codes(cues: list[str]) -> Ids:
    return np.array([zlib.crc32(cue.encode()) for cue in cues], np.uint32)


def _mixed(cues: Ids, others: Ids) -> Ids:
    """One number for a pair of them, spread evenly (the finish of MurmurHash3)."""
    with np.errstate(over="ignore"):
        both = cues * np.uint32(0x85EBCA6B) ^ others * np.uint32(0x9E3779B1)
        both ^= both >> np.uint32(15)
        both *= np.uint32(0xC2B2AE35)
        both ^= both >> np.uint32(13)
    return both & _MASK
