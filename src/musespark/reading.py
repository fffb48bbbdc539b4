"""A reading: one exact question that a text could be, and the cues that speak for or against it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from msgspec import Struct

from musespark import frames

TOKEN = re.compile(r"\d[\d.,:]*|[^\W\d_]+|[%€$£°+*/=@-]")


class Reading(Struct, frozen=True):
    """One thing that could be asked: the tool with its arguments, what it `means` apart from its
    numbers, and the cues that belong to it alone."""

    tool: str
    arguments: dict[str, Any]
    means: str
    cues: tuple[str, ...] = ()


# The readings of a text by one tool, and the cues that all readings of the text share.
Readings = tuple[list[Reading], list[str]]


def marks(text: str, code: str, table: str) -> tuple[list[frames.Mark], list[str]]:
    """The marks of a text with slots, and their concepts as cues, alone and in pairs."""
    found = frames.read(text, code, table)
    if found is None:
        return [], [f"{table}:never"]
    said = [mark.concept for mark in found.marks if mark.concept]
    near = [mark.concept or "_" for mark in found.marks]
    cues = [f"{table}:{concept}" for concept in said]
    cues += [f"{table}:{a} {b}" for a, b in pairwise(said)]
    cues += [f"{table}:{a}_{b}" for a, b in zip(["^", *near], [*near, "$"], strict=True)]
    return list(found.marks), cues


def order(values: Sequence[Any]) -> str:
    """The ranks of values as digits: "201" for 9, 2, 5."""
    ranked = sorted(values)
    return "".join(str(ranked.index(value)) for value in values)
