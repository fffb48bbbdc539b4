"""Facts that a person says of themself: where they live, what their dog is called, what they like.

A fact stands in a slot; a later one of the same slot is the newer truth, and the older one was true
before. The patterns of the languages shipped are in memory.toml; no model is asked.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from datetime import date
from functools import cache

from msgspec import Struct

from musespark.day import names_of
from musespark.language import Speech
from musespark.spell import Spell, spell
from musespark.wishes import fold, joined, tables, tidied

VERSION = 2  # of how patterns are used here; the patterns themselves count, too
LONGEST = 20_000  # characters of a text that are looked at
_MOST = 40  # facts of one text

_AFTER = (  # words that a value ends before
    "and but because since until till so now which who where when while for with as from after "
    "before anymore too again please last next yesterday today tomorrow currently nowadays "
    "und aber weil seit bis denn jetzt wo wenn mit als ab bitte gestern heute morgen derzeit "
    "y pero porque desde hasta ahora donde con cuando ayer hoy et mais parce depuis maintenant ou "
    "avec car quand hier"
)
_SHORTENED = r"(?<!\b\d)(?<!\b\d\d)(?<!\bst)(?<!\bdr)"  # a full stop after them ends nothing
_END = (
    rf"(?= ?(?:{_SHORTENED}\.(?=\s|$)|\.$|[,;:!?()\n]|$)| (?:{'|'.join(_AFTER.split())}|any more|"
    r"these days|at the moment|nicht mehr|ya no|jusqu\S{0,3}|letzt\w{0,2}|aujourd'hui|ne plus)\b)"
)
_DOTTED = r"(?<=\b\d)\.(?= \w)|(?<=\b\d\d)\.(?= \w)|(?<=\bst)\.|(?<=\bdr)\.|\.(?=\w)"
_VALUE = rf"(?! )(?:[^.,;:!?()\n]|{_DOTTED}){{1,60}}?{_END}"
_NAME = rf"[^\W\d][\w'-]{{0,30}}(?: [^\W\d_][\w'-]{{0,30}}){{0,3}}?{_END}"
_STOP = re.compile(
    r"(?<!\b\d)(?<!\b\d\d)(?<!\b[Ss]t)(?<!\b[DMdm]r)(?<!\bMrs)(?<!\bProf)(?<!\bNr)(?<!\bNo)\.+(?=\s|$)|[!?]+(?=\s|$)|\n+"
)
_ARTICLE = re.compile(
    r"^(?:(?:the|a|an|der|die|das|den|dem|ein|eine|einen|einem|einer|el|la|los|las|un|una|le|les|une)"
    r" |l')"
)
_NAMED = re.compile(r"\b(?:called|named|heißt|heisst|heißen|heissen|se llaman?|s'appelle(?:nt)?)\b")
_NAME_OF = re.compile(
    r"(?:'s|s')? (?:name|nombre|nom)$|^(?:name|nombre|nom) (?:of|von|de|du)(?: my| mi| mon| ma)? "
)
_NO_THING = re.compile(  # "my point is", "my god is": no slot of a person
    r"^(?:point|question|guess|bad|god|goodness|idea|problem|advice|opinion|plan|only|turn|frage|meinung|"
    r"idee|pregunta|opinion|idee|avis)\b|\b(?:that|which|who|it|das|que|qui)\b"
)


class Fact(Struct, frozen=True):
    """What is said of a slot: its `value` in the person's own letters, the sentence it stands in,
    and the spell in which it is true."""

    slot: str
    value: str
    sentence: str
    spell: Spell = Spell()

    @property
    def many(self) -> bool:
        """Whether facts of this slot stand beside each other, none in place of another."""
        return self.slot in _many()


@cache
def _many() -> frozenset[str]:
    return frozenset(slot for slot, table in tables()["facts"].items() if table.get("many"))


def many(slot: str) -> bool:
    """Whether facts of a slot stand beside each other."""
    return slot in _many()


def _pattern(text: str) -> re.Pattern[str]:
    """A pattern of the tables; of a group that it has several times each has a name of its own."""
    text = joined(text).replace("{value}", _VALUE).replace("{name}", _NAME)
    for group in ("value", "thing"):
        pieces = text.split(f"(?P<{group}>")
        text = pieces[0] + "".join(f"(?P<{group}{n}>{p}" for n, p in enumerate(pieces[1:]))
    return re.compile(text)


@cache
def _says(code: str) -> list[tuple[str, re.Pattern[str]]]:
    found = [(slot, _pattern(table["says"][code])) for slot, table in tables()["facts"].items()]
    return [*found, ("", _pattern(tables()["owned"]["says"][code]))]


@cache
def _asks(code: str) -> list[tuple[str, re.Pattern[str]]]:
    found = [(slot, _pattern(table["asks"][code])) for slot, table in tables()["facts"].items()]
    return [*found, ("", _pattern(tables()["owned"]["asks"][code]))]


@cache
def _dated(code: str) -> re.Pattern[str]:
    """A month or a year at the end of a value, which says when: "Graz in June 2024"."""
    months = "|".join(map(re.escape, names_of(code)[0]))
    month = rf"(?:{months})(?: (?:de |del )?\d{{4}})?|\d{{4}}"
    return re.compile(rf"(?: (?:in|im|en|on|am|le|el)(?: the| dem)? (?:{month}))?$")


@cache
def _first_person(code: str) -> re.Pattern[str]:
    return re.compile(joined(tables()["oneself"][code]))


@cache
def _unsaid(code: str) -> re.Pattern[str]:
    return re.compile(joined(tables()["unsaid"][code]))


def facts(text: str, said: date) -> list[Fact]:
    """What a person says of themself in a text of theirs, said on that day."""
    found: list[Fact] = []
    text = text[:LONGEST]
    whole = fold(text)
    for code in tables()["oneself"]:
        if _first_person(code).search(whole):
            found += _in_language(text, code, said)
    kept = {(fact.slot, fact.sentence): fact for fact in reversed(found[:_MOST])}
    return list(kept.values())[::-1]


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text, each on one line."""
    begin = 0
    for stop in _STOP.finditer(text):
        yield tidied(text[begin : stop.end()])
        begin = stop.end()
    yield tidied(text[begin:])


def _in_language(text: str, code: str, said: date) -> Iterator[Fact]:
    speech = Speech(code, code)
    for sentence in sentences(text):
        if not sentence or sentence.endswith("?"):
            continue
        folded = fold(sentence)
        if not _first_person(code).search(folded):
            continue
        named = False  # then the same words are no "my X is Y"
        for slot, pattern in _says(code):
            match = None if named and not slot else pattern.search(folded)
            if match is None or _denied(folded, match, code, slot):
                continue
            groups = {k: v for k, v in match.groupdict().items() if v is not None}
            name = next((k for k in groups if k.startswith("value")), "")
            if not name:
                continue
            start, end = match.span(name)
            end -= len(_dated(code).search(folded[start:end])[0])  # type: ignore[index]
            value = _ARTICLE.sub("", sentence[start:end].strip(" '\""))
            own = slot or _thing(groups, match[0])
            if not value or not own:
                continue
            around = f"{folded[:start]}…{folded[end:]}"  # a day that is the value itself: no spell
            yield Fact(own, value, sentence, spell(around, speech, said))
            named = named or slot in ("home", "work", "birthday", "name")


def _denied(folded: str, match: re.Match[str], code: str, slot: str) -> bool:
    """Whether the words before a match take back what it says."""
    before = folded[
        max(0, match.start() - 40) : match.end() if slot != "dislikes" else match.start()
    ]
    return slot not in _many() and _unsaid(code).search(before) is not None


def _thing(groups: dict[str, str], words: str) -> str:
    """The slot of "my X is Y", "" where X is no thing of a person."""
    thing = next((v for k, v in groups.items() if k.startswith("thing")), "").strip()
    return _own_slot(thing, words)


def _own_slot(thing: str, words: str) -> str:
    if not thing or _NO_THING.search(thing) or len(thing.split()) > 5:
        return ""
    named = _NAMED.search(words) is not None or _NAME_OF.search(thing) is not None
    thing = _NAME_OF.sub("", thing).strip()
    thing = re.sub(
        r"^(?:new|old|current|former|neue\w?|alte\w?|nuev[oa]|nouvel\w*|nouveau) ", "", thing
    )
    thing = thing.replace("favorite", "favourite").replace("color", "colour")
    return f"my {thing}{' name' if named else ''}" if thing else ""


@cache
def version() -> int:
    """A number of the patterns by which facts are found: it is another one where they are."""
    own = tables()
    by = [own[key] for key in ("oneself", "owned", "spells", "unsaid")]
    says = {slot: (table["says"], table.get("many")) for slot, table in own["facts"].items()}
    return zlib.crc32(repr((VERSION, by, says)).encode())


@cache
def _named() -> list[tuple[str, re.Pattern[str]]]:
    return [
        (slot, re.compile(joined(table["named"])))
        for slot, table in tables()["facts"].items()
        if "named" in table
    ]


def meant(about: str) -> str:
    """The slot of which something is asked: "my job", "where I live", "my sister's name"; "" for
    none."""
    folded = fold(about[:300]).strip(" .!?")
    for slot, pattern in _named():
        if pattern.fullmatch(folded):
            return slot
    if slot := asked(about):
        return slot
    own = re.fullmatch(r"(?:my|mein\w{0,2}|mis?|mon|ma|mes) (.{2,60})", folded)
    return _own_slot(own[1], folded) if own else ""


def asked(question: str) -> str:
    """The slot that a question asks for, "" for none."""
    folded = fold(question[:500]).strip(" .!?")
    for code in tables()["oneself"]:
        if not _first_person(code).search(folded):
            continue
        for slot, pattern in _asks(code):
            match = pattern.search(folded)
            if match is None:
                continue
            if slot:
                return slot
            groups = {k: v for k, v in match.groupdict().items() if v is not None}
            thing = next((v for k, v in groups.items() if k.startswith("thing")), "").strip()
            words = folded + (" named" if re.match(r"(?:who|wer|quien|qui)\b", folded) else "")
            if own := _own_slot(thing, folded if _NAMED.search(folded) else words):
                called = f"my {thing}"
                return next((s for s, named in _named() if named.fullmatch(called)), own)
    return ""


def cues(slot: str) -> str:
    """Words by which what was said of a slot can be searched for."""
    return str(tables()["facts"].get(slot, {}).get("cues", ""))


def near(slot: str) -> tuple[str, ...]:
    """The slots that answer a question for this one: a name too, where the thing was asked for."""
    if slot.startswith("my "):
        return (slot, slot.removesuffix(" name") if slot.endswith(" name") else f"{slot} name")
    return (slot,)
