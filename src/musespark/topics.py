"""Topics: by which other words people speak of what they ask for, such as "Volvo" of "my car".

The words of the languages shipped are in topics.toml; they are compared by their stems.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from musespark.recollection_terms import normal, term, words


@cache
def _topics() -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The names of each topic, and all its words."""
    tables = tomllib.loads(Path(__file__).with_name("topics.toml").read_text("utf-8"))
    found = []
    for table in tables.values():
        names = tuple(words(normal(table["names"])))
        found.append((names, (*names, *words(normal(table["words"])))))
    return found


@cache
def _stems(language: str) -> dict[int, frozenset[int]]:
    """The stem of each name of a topic, with the stems of all words that speak of it."""
    found: dict[int, frozenset[int]] = {}
    for names, every in _topics():
        spoken = frozenset(term(word, language) for word in every) - {0}
        for name in names:
            if own := term(name, language):
                found[own] = found.get(own, frozenset()) | spoken
    return found


def called(stem: int, language: str) -> frozenset[int]:
    """The stems by which a text speaks of the word with this stem, itself among them."""
    return _stems(language).get(stem, frozenset()) | {stem}


def cues(text: str, language: str, most: int = 60) -> str:
    """Words by which what is said of a thing can be searched for, where it names a topic."""
    asked = {term(word, language) for word in words(normal(text))} - {0}
    found: list[str] = []
    for names, every in _topics():
        if asked & {term(name, language) for name in names}:
            found += every
    return " ".join(list(dict.fromkeys(found))[:most])
