"""Search attached documents: passages word for word with their pages, or a page whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from msgspec import Meta

from musespark import evidence, leaves, searching
from musespark.message import Pages, Source
from musespark.passage import Passage
from musespark.problem import Problem
from musespark.tool import Outside
from musespark.turn import Turn

MOST = 8  # paragraphs that are shown
_PARAGRAPH = 1_500  # characters of one
_WORTH = 0.35  # of the best passage's score, for another to be shown
_NEAREST = 3  # passages shown where none answers
_UNSURE = "[Nothing there clearly answers this. What comes nearest:]"
_PAGE = 15_000  # and of a page
_QUOTE = 700


async def search_document(
    query: Annotated[
        str, Meta(description="The question, or words that stand where the answer stands")
    ],
    turn: Turn,
    document: Annotated[str, Meta(description="The name of one document; all without it")] = "",
    page: Annotated[int, Meta(description="A page to read whole, from 1; 0 to search all")] = 0,
) -> Outside:
    """Search the long documents attached to this conversation, or read one page of them.

    Use it for every question about an attached document of which only the beginning is shown. The
    answer holds paragraphs word for word, each with its page: cite the page.
    """
    known = searching.attached(turn)
    if not known:
        raise Problem(
            "no_document", "No document with pages is attached.",
            why="These are PDF, Word, PowerPoint, EPUB and other long texts that came with a "
            "message.", next="Answer without this tool, or ask for the document.",
        )  # fmt: skip
    chosen = [searching.called(known, document)] if document.strip() else list(known.values())
    if page and len(chosen) > 1:
        raise Problem(
            "which_document", "Several documents are attached.",
            why=f"There are: {', '.join(known)}.", next="Say the document beside the page.",
        )  # fmt: skip
    language = turn.person.language
    if page:
        return _page(chosen[0], page, language)
    if not query.strip():
        raise Problem(
            "no_query", "Nothing is searched for.", why="The query is empty.",
            next="Give the question, or a page.",
        )  # fmt: skip
    weighing = await searching.weighed(query[:2_000], chosen, language)
    if weighing is None:
        raise _nothing(chosen)
    await evidence.settle(weighing, turn.embed)
    found = [(passage, score) for passage, score, _ in weighing.ranked() if not passage.heading]
    if not found:
        raise _nothing(chosen)
    if weighing.evidence() is None:
        return _written(weighing.found, [passage for passage, _ in found[:_NEAREST]], _UNSURE)
    best = [passage for passage, score in found if score >= _WORTH * found[0][1]]
    return _written(weighing.found, best)


def fits(turn: Turn) -> bool:
    """Whether there is a document of which a model does not see all."""
    return any(
        isinstance(part, Pages) and not part.whole
        for message in turn.messages
        for part in message.parts
    )


def _nothing(chosen: Sequence[Pages]) -> Problem:
    return Problem(
        "no_passage", "Nothing like this stands in it.",
        why=f"Searched: {', '.join(one.name for one in chosen)}.",
        next="Try other words, or read a page of the outline whole.",
    )  # fmt: skip


def _page(document: Pages, page: int, language: str) -> Outside:
    """A page as it is."""
    volume = searching.opened(document, language).volume
    if not 1 <= page <= len(volume.leaves):
        raise Problem(
            "no_page", f"{document.name} has no {volume.unit} {page:,}.",
            why=f"It has {len(volume.leaves):,}.", next=f"Ask for 1 to {len(volume.leaves):,}.",
        )  # fmt: skip
    place, text = leaves.place(volume, page), volume.leaves[page - 1].text
    if not text.strip():
        text = f"[No text was read on this {volume.unit}.]"
    if len(text) > _PAGE:
        text = f"{text[:_PAGE]}\n[cut here: this {volume.unit} is longer; search for the rest]"
    source = Source(1, document.name, text[:_QUOTE], place=place, file=document.file, page=page)
    return Outside(f"{document.name}, {place}:\n\n{text}", source)


def _written(everything: Sequence[Passage], best: Sequence[Passage], lead: str = "") -> Outside:
    """The paragraphs of the best passages, each once, and a source for each."""
    by_block: dict[int, list[Passage]] = {}
    for one in everything:
        by_block.setdefault(one.block, []).append(one)
    shown = [lead] if lead else []
    sources: list[Source] = []
    seen: set[int] = set()
    for passage in best:
        if passage.block in seen:
            continue
        seen.add(passage.block)
        block = by_block[passage.block]
        below = f" ({passage.context})" if passage.context else ""
        text = _around(block, passage)
        shown.append(f"{passage.name}, {passage.place}{below}:\n{text}")
        sources.append(evidence.source_of(len(sources) + 1, passage))
        if len(sources) >= MOST:
            break
    return Outside("\n\n".join(shown), sources[0], tuple(sources[1:]))


def _around(block: Sequence[Passage], passage: Passage) -> str:
    """The paragraph a passage stands in, or as much of it around the passage as there is room."""
    at = next(n for n, one in enumerate(block) if one.start == passage.start)
    first = last = at
    length = len(passage.text)
    while True:
        before = block[first - 1] if first else None
        after = block[last + 1] if last + 1 < len(block) else None
        if after is not None and length + len(after.text) < _PARAGRAPH:
            last, length = last + 1, length + len(after.text) + 1
        elif before is not None and length + len(before.text) < _PARAGRAPH:
            first, length = first - 1, length + len(before.text) + 1
        else:
            break
    sign = "\n" if any(one.text.startswith("|") for one in block) else " "
    return sign.join(one.text for one in block[first : last + 1])
