"""What a person wishes of their memory, told by their words alone: forget that, remember this.

The patterns of the languages shipped are in memory.toml. A wish has to explain the whole text, so
that no question about forgetting is taken for one.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct

LONGEST = 2400  # characters of a wish

_SIGNS = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "¿": None, "¡": None})


@cache
def tables() -> dict[str, Any]:
    """The words and patterns of all languages, from memory.toml."""
    return tomllib.loads(Path(__file__).with_name("memory.toml").read_text("utf-8"))


class Wish(Struct, frozen=True):
    """What is wished: `that` (forget what was said last), `forget` or `told` what was said `about`
    something, `these` or the `numbers` of a list that was shown, `everything`, `remember` a note,
    `never` to keep anything about something,
    `all` that is known, or what follows is `unkept`."""

    kind: str
    about: str = ""
    numbers: tuple[int, ...] = ()


def tidied(text: str) -> str:
    """The text with its quotes straight and one space between two words."""
    return " ".join(text.translate(_SIGNS).split())


def fold(text: str) -> str:
    """The tidied text in lower case and without accents, a letter for each of its letters, so that
    a place in one is a place in the other."""
    text = tidied(text)
    return text.lower() if text.isascii() else "".join(map(_plain, text))


@cache
def _plain(letter: str) -> str:
    return unicodedata.normalize("NFD", letter.lower())[:1] or letter


def joined(pattern: str) -> str:
    """A pattern of the tables that stands on several lines."""
    return pattern.replace("\n", "")


@cache
def _wishes() -> list[tuple[str, re.Pattern[str]]]:
    """Kind and pattern, in the order of the tables: a kind of all languages, then the next."""
    kinds = list(tables()["wishes"]["en"])
    return [
        (kind, re.compile(joined(tables()["wishes"][code][kind]), re.DOTALL))
        for kind in kinds
        for code in tables()["wishes"]
    ]


@cache
def _around() -> tuple[re.Pattern[str], re.Pattern[str]]:
    around = tables()["around"]
    before, after = joined(around["before"]), joined(around["after"])
    return re.compile(rf"(?:{before}){{1,3}}"), re.compile(rf"(?:{after}){{1,3}}$")


def _bare(text: str) -> str:
    """The folded text without politeness and the signs around it."""
    before, after = _around()
    text = text.strip(" .!?")
    found = before.match(text)
    text = text[found.end() :] if found else text
    return after.sub("", text).strip(" .!?")


# Words that nearly every wish has; a look that spares nearly every question the patterns.
_HINT = re.compile(
    r"forget|delet|erase|remember|memor|keep in mind|note|wipe|clear|yes|off the|what|when|show|"
    r"list|tell|verg|losch|merk|notier|erinner|was|wann|zeig|gedacht|unter uns|ja\b|olvid|borra|"
    r"elimin|recuerd|guard|anota|apunta|ten en|que|cuando|muestr|ensen|entre n|si\b|oubli|effac|"
    r"supprim|retiens|souviens|rappel|garde|quoi|quand|montre|oui|moi|did i|have i|do you|remind|"
    r"hab|weißt|weisst|te he|te habl|te cont|acuerda|t'ai|vous ai|parle"
)


@cache
def _asks() -> re.Pattern[str]:
    every = (joined(each) for each in tables()["asking"].values())
    return re.compile(rf"(?:{'|'.join(every)})\b.*", re.DOTALL)


def asks(text: str) -> bool:
    """Whether a text asks something and says nothing, also without its question mark."""
    text = text.strip()
    if text.endswith(("?", "？")):
        return True
    return len(text) <= 200 and _asks().fullmatch(_bare(fold(text))) is not None


def wish(text: str) -> Wish | None:
    """What a text wishes of the memory, None where it wishes nothing of it."""
    if not 0 < len(text) <= LONGEST:
        return None
    folded = fold(text)
    if not _HINT.search(folded[:60]):
        return None
    asked = text.rstrip().endswith("?")
    bare = _bare(folded)
    for kind, pattern in _wishes():
        found = pattern.fullmatch(bare)
        if found is None or (asked and kind == "remember"):
            continue
        named = {name: value for name, value in found.groupdict().items() if value}
        numbers = tuple(int(n) for n in re.findall(r"\d+", named.pop("numbers", "")))
        about = next(iter(named.values()), "").strip(" ,.:;!?\"'")
        if kind in ("remember", "unkept"):  # in the person's own letters
            at = folded.rfind(about)
            about = tidied(text)[at : at + len(about)]
        return Wish(kind, about, numbers)
    return None


@cache
def _oneself() -> re.Pattern[str]:
    return re.compile("|".join(joined(each) for each in tables()["oneself"].values()))


def of_oneself(question: str) -> bool:
    """Whether a question is about the person themself, or about what was said before."""
    return _oneself().search(fold(question[:2000])) is not None
