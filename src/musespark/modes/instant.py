"""Answers at once: one call, tools allowed; over attached text a small model quotes instead."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

import msgspec

from musespark import boxes, evidence, plugins, reminding, searching, tables
from musespark import event as ev
from musespark.assistant import Outcome, work
from musespark.message import Document, Image, Source, Table, say
from musespark.phrases import phrase
from musespark.problem import Problem
from musespark.summary import borne_out, own_words
from musespark.turn import Turn

_ONE_SENTENCE = "Answer from the text, in one short sentence."
_SHOWN_HOW = [
    say("user", "Text: The shop opens at 9 and closes at 18.\nQuestion: When does it close?"),
    say("assistant", "The shop closes at 18."),
    say("user", "Text: A ticket costs 12 euros, children pay half.\nQuestion: What is a ticket?"),
    say("assistant", "A ticket costs 12 euros."),
]


async def instant(turn: Turn) -> AsyncGenerator[ev.Event, None]:
    """The first token as early as the model gives it."""
    model = turn.models("fast")
    if model.card.weak and turn.telling in ("used", "nothing"):
        for event in recited(turn):
            yield event
        return
    if model.card.notice:
        yield ev.notice("model", model.card.notice)
    documents = [d for message in turn.messages for d in message.documents]
    if model.card.weak and documents and turn.schema is None:
        async for event in quote(turn, documents):
            yield event
        return
    agent = plugins.load("agents", "assistant")
    outcome = Outcome()
    try:
        async for event in work(
            turn,
            msgspec.structs.replace(agent, tier="fast"),
            turn.messages,
            outcome,
            schema=turn.schema,
            tool_choice=turn.tool_choice,
            **turn.options,
        ):
            yield event
    finally:
        turn.answer, turn.sources, turn.pending = outcome.text, outcome.sources, outcome.pending
    if outcome.sources:
        yield ev.Custom("musespark.sources", outcome.sources)


def recited(turn: Turn) -> list[ev.Event]:
    """An answer out of the person's memory, word for word."""
    if turn.telling == "nothing":
        turn.answer = reminding.say("nothing", reminding.tongue(turn))
        return ev.written(f"{turn.run}/answer", turn.answer)
    said = reminding.recital(turn.memories, turn)
    turn.answer, turn.sources = said.text, list(said.sources)
    written = ev.written(f"{turn.run}/answer", turn.answer)
    return [*written, ev.Custom("musespark.sources", turn.sources)]


def quotable(
    weighing: evidence.Weighing | None,
) -> tuple[evidence.Evidence | None, list[tuple[str, str, str]]]:
    """The evidence, and the passages to show as (text, name, place): the nearest two, where
    nothing answers the question."""
    found = weighing.evidence() if weighing else None
    if found is not None:
        return found, [(s.quote, s.title, s.place) for s in found.sources]
    ranked = weighing.ranked() if weighing else []
    return None, [(p.text, p.name, p.place) for p, _, _ in ranked[:2]]


def _in_cells(
    sources: Sequence[Source], given: dict[str, Document], texts: Sequence[Document]
) -> tuple[Source, ...]:
    """The sources, those of a table with the cells that they stand in."""
    read = {document.name: document.text for document in texts}
    return tuple(
        tables.placed(source, table, read[source.title])
        if isinstance(table := given.get(source.title), Table)
        else source
        for source in sources
    )


async def quote(turn: Turn, documents: list[Document]) -> AsyncGenerator[ev.Event, None]:
    """An extractive answer: the best passages word for word, their sources, and a short marked
    summary by the small model, which sees those passages alone."""
    language = turn.person.language
    given = {document.name: document for document in documents}
    documents = [await tables.as_text(document) for document in documents]
    weighing = await searching.weighed(turn.question, documents, language)
    problem = await evidence.settle(weighing, turn.embed) if weighing else None
    if problem is not None:
        said = f"{problem.text} {phrase('own_vectors', language)}"
        yield ev.notice(problem.code, said)
    found, best = quotable(weighing)
    if found is not None:
        found = msgspec.structs.replace(found, sources=_in_cells(found.sources, given, documents))
        best = [(s.quote, s.title, s.place) for s in found.sources]
    lead = phrase("passages" if found else "no_passage", language)
    quotes = "\n\n".join(
        f"> {text}\n\n{name}, {place} [{n}]" for n, (text, name, place) in enumerate(best, 1)
    )
    text = f"{lead}\n\n{quotes}"
    pictures = [part.name or "?" for part in turn.attached if isinstance(part, Image)]
    if pictures and not turn.models("fast").card.vision:
        text += f"\n\n{phrase('unseen', language, names=', '.join(pictures))}"
    message = f"{turn.run}/answer"
    for event in ev.written(message, text):
        yield event
    turn.answer = text
    if found is None:
        return
    turn.sources = [boxes.placed(source, documents) for source in found.sources]
    yield ev.Custom("musespark.sources", turn.sources)
    async for event in summed_up(turn, best[0][0]):
        yield event


async def summed_up(turn: Turn, passage: str) -> AsyncGenerator[ev.Event, None]:
    """A short marked summary of the best passage: the small model's, where the passage bears it
    out word for word, else the passage's own words. Its failure takes nothing from the quotes."""
    language, outcome = turn.person.language, Outcome()
    agent = msgspec.structs.replace(
        plugins.load("agents", "writer"), tier="fast", tools=(), instructions=_ONE_SENTENCE
    )
    asks = [*_SHOWN_HOW, say("user", f"Text: {passage}\nQuestion: {turn.question}")]
    try:
        async for event in work(turn, agent, asks, outcome, path="summary/", max_tokens=50):
            if isinstance(event, ev.Custom):
                yield event
    except Problem as problem:
        yield ev.notice(problem.code, problem.text)
    text = outcome.text.strip()
    if borne_out(text, passage, turn.question):
        text = f"{phrase('summary', language)} {text}"
    else:
        text = f"{phrase('in_short', language)} {own_words(passage, turn.question)}"
    for event in ev.written(f"{turn.run}/summary", text):
        yield event
    turn.answer += f"\n\n{text}"
