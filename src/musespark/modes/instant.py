"""Answers at once: one call, tools allowed; over attached text a small model quotes instead."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import msgspec

from musespark import event as ev
from musespark import evidence, plugins
from musespark.assistant import Outcome, notice, work, written
from musespark.message import Document, say
from musespark.phrases import phrase
from musespark.turn import Turn


async def instant(turn: Turn) -> AsyncGenerator[ev.Event, None]:
    """The first token as early as the model gives it."""
    model = turn.models("fast")
    if model.card.notice:
        yield notice("model", model.card.notice)
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


async def quote(turn: Turn, documents: list[Document]) -> AsyncGenerator[ev.Event, None]:
    """An extractive answer: the best passages word for word, their sources, and a short marked
    summary by the small model, which sees those passages alone."""
    language = turn.person.language
    found = evidence.answer(turn.question, documents, language=language)
    if found is None:
        ranked = evidence.rank(turn.question, evidence.passages(documents, language), language)
        best = [(p.text, p.name, p.place) for p, _, _ in ranked[:2]]
        lead = phrase("no_passage", language)
    else:
        best = [(s.quote, s.title, s.place) for s in found.sources]
        lead = phrase("passages", language)
    quotes = "\n\n".join(
        f"> {text}\n\n{name}, {place} [{n}]" for n, (text, name, place) in enumerate(best, 1)
    )
    text = f"{lead}\n\n{quotes}"
    message = f"{turn.run}/answer"
    for event in written(message, text):
        yield event
    turn.answer = text
    if found is None:
        return
    turn.sources = list(found.sources)
    yield ev.Custom("musespark.sources", turn.sources)
    outcome = Outcome()
    agent = msgspec.structs.replace(
        plugins.load("agents", "writer"),
        tier="fast",
        tools=(),
        instructions="Answer the question in one short sentence, from the text alone.",
    )
    ask = say("user", f"{best[0][0]}\n\n{turn.question}")
    yield ev.TextStart(f"{message}/summary", "assistant")
    lead = f"{phrase('summary', language)} "
    yield ev.TextDelta(f"{message}/summary", lead)
    async for event in work(turn, agent, [ask], outcome, max_tokens=60):
        if isinstance(event, ev.TextDelta):
            yield ev.TextDelta(f"{message}/summary", event.delta)
    yield ev.TextEnd(f"{message}/summary")
    turn.answer += f"\n\n{lead}{outcome.text}"
