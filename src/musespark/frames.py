"""Frames: what is asked, told by the meanings of its words in any order, in every language alike.

A tool first puts a slot such as <day> where it has read a day, a number or a quantity. Then every
word is marked with a concept of its language (`[concepts.*]` in languages/*.toml) or is unknown.
A frame (frames.toml) knows no language: it names the concepts it needs and those it may meet.
Nothing that was said may be left unexplained: a cue outside the frame, a slot too many, or more
unknown words than the frame allows, and it does not fit.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from musespark import lexicon

FILLER, NEVER = "filler", "never"  # words that say nothing; words with which no tool is meant
_WORD = re.compile(r"<\w+>|[^\W_]+(?:['.-][^\W_]{1,30}){0,9}|[^\w\s]")


class Mark(Struct, frozen=True):
    """A piece of the question, where it begins, and its concept: a cue's name, a slot's ("<day>"),
    or "" for a word that means nothing here."""

    concept: str
    text: str
    at: int = 0


class Frame(Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that can be asked. `need` and `may` are concepts, a slot as "<day>", several of
    them as "<day><day>"; "a|b" needs one of them. `loose` is how many unknown words it bears,
    `order` a pattern that the concepts have to fit, in the order in which they were said;
    `without` one that they must not fit, where "_" stands for an unknown word."""

    means: str
    need: str
    may: str = ""
    loose: int = 0
    order: str = ""
    without: str = ""


class Reading(Struct, frozen=True):
    """A question as its marks, fillers left out."""

    marks: tuple[Mark, ...]

    @property
    def concepts(self) -> tuple[str, ...]:
        """The concepts in their order, without the unknown words."""
        return tuple(mark.concept for mark in self.marks if mark.concept)

    @property
    def unknown(self) -> tuple[str, ...]:
        """The words that have no concept."""
        return tuple(mark.text for mark in self.marks if not mark.concept)

    @property
    def shape(self) -> str:
        """All concepts in their order, "_" for each unknown word: "many <unit> _ inside <day>"."""
        return " ".join(mark.concept or "_" for mark in self.marks)


@cache
def _raw() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("frames.toml").read_text("utf-8"))


def always(table: str) -> frozenset[str]:
    """The concepts that every frame of a table may meet."""
    return frozenset(_raw().get("may", {}).get(table, "").split())


@cache
def frames(table: str) -> tuple[Frame, ...]:
    """The frames of a table in frames.toml, in their order."""
    more = " ".join(sorted(always(table)))
    found = msgspec.convert(_raw()[table], tuple[Frame, ...])
    return tuple(msgspec.structs.replace(frame, may=f"{frame.may} {more}") for frame in found)


class _Cues(Struct, frozen=True):
    """The cues of a table in one language: by their first word those that are plain words, as
    (words, rank); the others as patterns, by rank. Of two cues of one length that with the lower
    rank counts. `names` are the concepts by rank, those of the table before those of all tables."""

    names: tuple[str, ...]
    plain: dict[str, list[tuple[str, int]]]
    patterns: tuple[tuple[int, re.Pattern[str]], ...]

    def longest(self, text: str, place: int) -> tuple[str, int]:
        """The concept of the longest cue at a place, and its length; "" and 0 if there is none."""
        length, rank = 0, 0
        first = _FIRST.match(text, place)
        here = first[0] if first else text[place]
        if not first or _at_start(text, place):
            for words, its in self.plain.get(here, ()):
                end = place + len(words)
                if len(words) > length and text.startswith(words, place):
                    length, rank = (length, rank) if _in_word(text, end) else (len(words), its)
        for its, pattern in self.patterns:
            found = pattern.match(text, place)
            if found:
                long = found.end() - place
                if long > length or (long == length > 0 and its < rank):
                    length, rank = long, its
        return (self.names[rank], length) if length else ("", 0)


_FIRST = re.compile(r"\w+")


def _at_start(text: str, place: int) -> bool:
    """Whether a word begins here: also after an apostrophe where French has left out a letter
    ("l'addition")."""
    before = text[max(0, place - 4) : place]
    if not before or not (before[-1].isalnum() or before[-1] in "_'"):
        return True
    return before[-1] == "'" and _ELIDED.search(before) is not None


_ELIDED = re.compile(r"\b(?:[cdjlmnst]|qu)'$")


def _in_word(text: str, end: int) -> bool:
    """Whether what ends here would end inside a word."""
    inside = end < len(text) and (text[end].isalnum() or text[end] == "_")
    return inside and (text[end - 1].isalnum() or text[end - 1] == "_")


@cache
def _cues(code: str, table: str) -> _Cues:
    concepts = lexicon.concepts(code)
    found: dict[str, list[str]] = {}
    for rows in (concepts.get(table, {}), concepts.get("all", {})):
        for concept, words in rows.items():
            found.setdefault(concept, []).extend(words)
    plain: dict[str, list[tuple[str, int]]] = {}
    patterns: list[tuple[int, re.Pattern[str]]] = []
    for rank, cues in enumerate(found.values()):
        others: list[str] = []
        for word in map(fold, cues):
            spelt = _spelt(word)
            for one in spelt:
                first = _FIRST.match(one)
                key, row = first[0] if first else one[0], (one, rank)
                if row not in plain.setdefault(key, []):
                    plain[key].append(row)
            others += [] if spelt else [word]
        if others:
            either = "|".join(map(_edged, sorted(others, key=len, reverse=True)))
            patterns.append((rank, re.compile(rf"(?:{either})")))
    for rows_ in plain.values():
        rows_.sort(key=lambda row: (-len(row[0]), row[1]))
    return _Cues(tuple(found), plain, tuple(patterns))


_MOST_SPELT = 64


def _spelt(cue: str) -> list[str]:
    """All that a cue can be, where it is made of words, "(?:a|b)" and "?" alone; else nothing."""
    if not re.search(r"[\\(?\[<{^$|*.]", cue):
        return [cue]
    ways, rest = _ways(cue, 0)
    whole = [way.strip() for way in ways]
    return whole if rest == len(cue) and all(whole) and len(ways) <= _MOST_SPELT else []


def _ways(cue: str, place: int) -> tuple[list[str], int]:
    """What a piece of a cue can be up to its closing bracket or end, and where that is. Where it is
    no such cue, where it stopped."""
    done: list[str] = []
    ways = [""]
    while place < len(cue) and len(ways) <= _MOST_SPELT:
        if cue[place] == ")":
            break
        if cue[place] == "|":
            done, ways, place = done + ways, [""], place + 1
            continue
        if cue.startswith("(?:", place):
            inner, end = _ways(cue, place + 3)
            if end >= len(cue) or cue[end] != ")":
                return [], place
            place = end + 1
        elif cue[place] == "\\" and place + 1 < len(cue) and cue[place + 1] in ".+*'-/^":
            inner, place = [cue[place + 1]], place + 2
        elif cue[place] in "\\([<{^$*.+?":
            return [], place
        else:
            inner, place = [cue[place]], place + 1
        if cue.startswith("?", place):
            inner, place = [*inner, ""], place + 1
        elif cue.startswith(("{", "*", "+"), place):
            return [], place
        ways = [one + other for one in ways for other in inner]
    return done + ways, place


# Accents are often left out; without them a word keeps its length
_PLAIN = {n: unicodedata.normalize("NFD", chr(n))[0] for n in range(0xC0, 0x180)}


def fold(text: str) -> str:
    """The text without its accents, as long as before: "cuántos años" becomes "cuantos anos"."""
    return text.translate(_PLAIN)


def _edged(words: str) -> str:
    """A cue as a pattern of whole words; a slot at its start or end is only looked at. A word may
    begin after an apostrophe where French has left out a letter ("l'addition")."""
    words = re.sub(r"^<(\w+)> ?", r"(?<=<\1>) ?", words)
    words = re.sub(r" ?<(\w+)>$", r"(?= ?<\1>)", words)
    start = r"(?:(?<![\w'])|(?<=\b[cdjlmnst]')|(?<=\bqu'))" if re.match(r"[\w([]", words) else ""
    end = r"(?!\w)" if re.search(r"[\w)\]}?]$", words) else ""
    return f"{start}(?:{words}){end}"


def patterns() -> Iterator[re.Pattern[str]]:
    """Every pattern made from the concepts, for the test that none of them can run away."""
    for code in lexicon.languages():
        for name in lexicon.concepts(code):
            yield from (pattern for _, pattern in _cues(code, name).patterns)


def read(text: str, code: str, table: str) -> Reading | None:
    """The marks of a text in lower case; at each place the longest cue counts. None where one of
    the words says that no tool is meant ("why", "explain")."""
    marks: list[Mark] = []
    bare, cues = fold(text), _cues(code, table)
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        best, length = cues.longest(bare, place)
        if best == NEVER:
            return None
        if not length:
            word = _WORD.match(text, place)
            length = word.end() - place if word else 1
            said = text[place : place + length]
            best = said if said[0] == "<" else "" if any(map(str.isalnum, said)) else FILLER
        if best != FILLER:
            marks.append(Mark(best, text[place : place + length], place))
        place += length
    return Reading(tuple(marks))


def fitting(reading: Reading, table: str) -> Iterator[Frame]:
    """The frames of a table that explain all that was said, in the table's order."""
    said = reading.concepts
    for frame in frames(table):
        if len(reading.unknown) > frame.loose or not _fits(frame, said):
            continue
        if not frame.without or not re.search(frame.without, reading.shape):
            yield frame


def _fits(frame: Frame, said: tuple[str, ...]) -> bool:
    needed, allowed = _compiled(frame)
    if not all(any(said.count(one) >= times for one in choice) for choice, times in needed):
        return False
    if any(said.count(one) > allowed.get(one, 0) for one in set(said)):
        return False
    return not frame.order or re.search(frame.order, " ".join(said)) is not None


_MANY = 99


@cache
def _compiled(frame: Frame) -> tuple[tuple[tuple[tuple[str, ...], int], ...], dict[str, int]]:
    """(choices of concepts with how often each is needed, how often each may be said at most)."""
    needed: list[tuple[tuple[str, ...], int]] = []
    allowed: dict[str, int] = {}
    for words, optional in ((frame.need, False), (frame.may, True)):
        for word in words.split():
            slots = [] if "|" in word else re.findall(r"<\w+>", word)
            names = tuple(dict.fromkeys(slots or word.split("|")))
            times = len(slots) or 1
            for name in names:
                allowed[name] = allowed.get(name, 0) + times if name[0] == "<" else _MANY
            if not optional:
                needed.append((names, times))
    return tuple(needed), allowed
