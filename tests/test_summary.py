"""A summary says nothing that its passage does not."""

from __future__ import annotations

import pytest

from musespark import event as ev
from musespark.assistant import answer
from musespark.message import Document, say
from musespark.model import Card
from musespark.person import Person
from musespark.scripted import ScriptedModel
from musespark.summary import borne_out, own_words
from musespark.turn import Turn

RENT = "The rent is due on the third of each month."


@pytest.mark.parametrize(
    ("summary", "passage", "question", "fine"),
    [
        ("The rent is due on the third.", RENT, "When is rent due?", True),
        ("The rent is due on the first of each month.", RENT, "When is rent due?", False),
        ("A guest costs 8 euros.", "Guests cost 8 euros each.", "What does a guest cost?", True),
        ("A guest costs 9 euros.", "Guests cost 8 euros each.", "What does a guest cost?", False),
        ("Bake it at 200 °C.", "Bake at 180 °C for 35 minutes.", "How hot?", False),
        ("", RENT, "When?", False),
        ("It is.", RENT, "When?", False),
    ],
)
def test_a_summary_is_borne_out_or_not(
    summary: str, passage: str, question: str, fine: bool
) -> None:
    assert borne_out(summary, passage, question) is fine


def test_own_words_are_the_telling_clause() -> None:
    passage = (
        "Members may use the sauna at any time, as the board decided last spring; a guest pays "
        "8 euros per visit, which is collected at the desk by whoever is on duty that day."
    )
    assert own_words(passage, "How much does a guest pay?") == "a guest pays 8 euros per visit"
    assert own_words(RENT, "When?") == RENT


async def ask(model: ScriptedModel) -> tuple[Turn, list[ev.Event]]:
    turn = Turn(
        person=Person(),
        messages=[say("user", "When is the rent due?", Document(RENT, "lease.txt"))],
        models=lambda tier: model,
        mode="instant",
    )
    return turn, [event async for event in answer(turn)]


async def test_a_weak_model_quotes_and_its_wrong_summary_is_not_shown() -> None:
    model = ScriptedModel(["The rent is due on the first."], card=Card(name="tiny", weak=True))
    turn, events = await ask(model)
    assert f"> {RENT}" in turn.answer
    assert "lease.txt" in turn.answer
    assert "first" not in turn.answer
    assert turn.sources[0].quote == RENT
    assert isinstance(events[-1], ev.RunFinished)
    assert turn.tainted


async def test_a_summary_that_is_borne_out_is_marked() -> None:
    model = ScriptedModel(["The rent is due on the third."], card=Card(name="tiny", weak=True))
    turn, _ = await ask(model)
    assert "Summary by the small model, which may be wrong: The rent is due on the third." in (
        turn.answer
    )
