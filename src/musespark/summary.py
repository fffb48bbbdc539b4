"""A short summary of a quoted passage: the small model's if it is borne out, or its own words.

A small model asked to sum up "due on the third" may write "due on the first". Its sentence is taken
only when each of its numbers and content words stands in the passage or the question.
"""

from __future__ import annotations

import re

_WORD = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+")
_CLAUSE = re.compile(r"(?<=[;:,.!?])\s+|\s+[–—]\s+")
_STEM = 4  # letters by which two forms of a word are taken for the same
_LONG = 90  # characters; a passage up to here is its own summary


def borne_out(summary: str, passage: str, question: str) -> bool:
    """Whether every number and every word of four letters or more of `summary` stands in the
    passage (or, for words, in the question), whatever its ending."""
    said = _WORD.findall(summary.lower())
    known = set(_WORD.findall(passage.lower()))
    asked = set(_WORD.findall(question.lower()))
    stems = {word[:_STEM] for word in known | asked}
    if not said:
        return False
    for word in said:
        if word[0].isdigit():
            if word not in known:
                return False
        elif len(word) > 3 and word[:_STEM] not in stems:
            return False
    return any(word[0].isdigit() or len(word) > 3 for word in said)


def own_words(passage: str, question: str) -> str:
    """The passage's own shortest telling part: the clause that shares most with the question and
    holds a number, with the clause after it when that is short; the whole when it is short."""
    text = " ".join(passage.split())
    clauses = [clause for clause in _CLAUSE.split(text) if clause]
    if len(text) <= _LONG or len(clauses) < 2:
        return text
    asked = {word[:_STEM] for word in _WORD.findall(question.lower()) if len(word) > 3}

    def worth(clause: str) -> float:
        words = _WORD.findall(clause.lower())
        shared = sum(word[:_STEM] in asked for word in words)
        return shared + 0.9 * any(word[0].isdigit() for word in words) - len(clause) / 400

    best = max(range(len(clauses)), key=lambda n: worth(clauses[n]))
    chosen = clauses[best]
    if best + 1 < len(clauses) and len(chosen) + len(clauses[best + 1]) < _LONG:
        chosen = f"{chosen} {clauses[best + 1]}"
    return chosen.rstrip(",;:")
