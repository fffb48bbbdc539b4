"""Searching attached texts: their passages with the pages they stand on, kept between questions.

A long document is cut once: its passages are kept by its content, so that the next question over it
only has to weigh them (`evidence.py`).
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Sequence

from msgspec import Struct, structs

from musespark import evidence, leaves
from musespark.leaves import Volume
from musespark.message import Document, Pages
from musespark.passage import Passage, passages
from musespark.problem import Problem
from musespark.turn import Turn

_AT_ONCE = 50_000  # characters that are searched without a thread
_ALL = 3_000_000  # characters of a document of which every passage is weighed
_LIKELY = 1_500_000  # and of a longer one: the leaves that hold most of the question's words
_KEPT = 12_000_000  # characters of documents whose passages are kept

_CONTENTS = re.compile(r"(?:…|\.{4,}|(?:\. ){4,}) ?(?:\d+|[ivxlc]+)$")  # a line of the contents

_kept: OrderedDict[tuple[str, str], Cut] = OrderedDict()
_lock = threading.Lock()  # searched in threads


class Cut(Struct):
    """A document cut into the passages of each leaf; of a very long one they are not kept."""

    volume: Volume
    size: int
    cut: list[list[Passage]] | None
    folded: list[str]

    def likely(self, question: str) -> list[int]:
        """The leaves, from 0, that hold most of the question's words, in their order."""
        words = set(re.findall(r"\w{3,}", question[-1000:].lower()))
        sought = sorted(words, key=len, reverse=True)[:40]
        stems = [word[: max(4, len(word) - 2)] for word in sought]
        held = [sum(stem in text for stem in stems) for text in self.folded]
        room = _LIKELY
        chosen: list[int] = []
        for number in sorted(range(len(held)), key=lambda each: -held[each]):
            room -= len(self.folded[number])
            if room < 0 and chosen:
                break
            chosen.append(number)
        return sorted(chosen)


def opened(document: Pages, language: str = "en") -> Cut:
    """A document with its pages, cut. Raises Problem: `broken_attachment`."""
    data = document.data.encode("ascii", "replace")
    key = (hashlib.blake2b(data, digest_size=16).hexdigest(), language[:2])
    with _lock:
        found = _kept.get(key)
        if found is not None:
            _kept.move_to_end(key)
            return found
    volume = leaves.unpacked(document.data, document.name)
    size = sum(len(leaf.text) for leaf in volume.leaves)
    if size <= _ALL:
        made = Cut(volume, size, _cut(volume, range(len(volume.leaves)), language), [])
    else:
        made = Cut(volume, size, None, [leaf.text.lower() for leaf in volume.leaves])
    with _lock:
        _kept[key] = made
        while len(_kept) > 1 and sum(one.size for one in _kept.values()) > _KEPT:
            _kept.popitem(last=False)
    return made


def _cut(volume: Volume, which: Sequence[int], language: str) -> list[list[Passage]]:
    """The passages of some leaves, each with its page and place; one before the first heading of
    its leaf leans on the last heading before it."""
    texts = [Document(volume.leaves[number].text, "") for number in which]
    found: list[list[Passage]] = [[] for _ in which]
    heading = ""
    for one in passages(texts, language):
        if _CONTENTS.search(one.text):
            continue
        number = which[one.document]
        if one.heading:
            heading = one.text.strip("#*= \t:")
        leaf, place = volume.leaves[number], leaves.place(volume, number + 1)
        if volume.unit == "part" and heading:
            place = f"{place}, {heading[:80]}"
        found[one.document].append(
            structs.replace(
                one,
                place=place,
                context=one.context or heading,
                page=number + 1,
                box=leaf.box(one.start, one.start + len(one.text)),
            )
        )
    return found


def passages_of(
    documents: Sequence[Document], question: str, language: str = "en", page: int = 0
) -> list[Passage]:
    """The passages of all documents, those of a long one with their page; with `page` only those
    that stand on it."""
    found: list[Passage] = []
    number = block = 0
    for document in documents:
        if isinstance(document, Pages) and document.data:
            groups = _likely(opened(document, language), question, language, page)
        else:
            groups = [passages([document], language)]
        for group in groups:
            highest = 0
            for one in group:
                highest = max(highest, one.block)
                found.append(
                    structs.replace(
                        one, document=number, name=document.name, file=document.file,
                        block=block + one.block,
                    )
                )  # fmt: skip
            number, block = number + 1, block + highest
    return found


def _likely(cut: Cut, question: str, language: str, page: int) -> list[list[Passage]]:
    if cut.cut is not None:
        return cut.cut[page - 1 : page] if page else cut.cut
    return _cut(cut.volume, [page - 1] if page else cut.likely(question), language)


async def weighed(
    question: str, documents: Sequence[Document], language: str = "en", page: int = 0
) -> evidence.Weighing | None:
    """The passages of the documents, weighed by their words; None where there are none. A long
    text takes a moment, which other people's turns must not feel, so it goes to a thread."""

    def weigh() -> evidence.Weighing | None:
        found = passages_of(documents, question, language, page)
        return evidence.weigh(question, found, language)

    if sum(len(d.data) if isinstance(d, Pages) else len(d.text) for d in documents) < _AT_ONCE:
        return weigh()
    return await asyncio.to_thread(weigh)


def attached(turn: Turn) -> dict[str, Pages]:
    """The documents with pages of a conversation by name; of two with one name the newer."""
    found: dict[str, Pages] = {}
    for message in turn.messages:
        for part in message.parts:
            if isinstance(part, Pages) and part.data:
                found[part.name] = part
    return found


def called(known: dict[str, Pages], name: str) -> Pages:
    """The document that somebody calls `name`. Raises Problem: `no_document`."""
    folded = name.strip().lower()
    for fits in (str.__eq__, str.__contains__):
        chosen = [one for own, one in known.items() if fits(own.lower(), folded)]
        if len(chosen) == 1:
            return chosen[0]
    raise Problem(
        "no_document", f"No document is called {name!r}.",
        why=f"There are: {', '.join(known)}.", next="Call it by one of these names.",
    )  # fmt: skip
