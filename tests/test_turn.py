"""A turn and its budget: what is left, for whom, and which words are the question."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest

from musespark.message import Document, Message, Text, Usage, say
from musespark.person import Person
from musespark.problem import BudgetSpent
from musespark.scripted import ScriptedModel
from musespark.turn import Budget, Notes, Step, Turn, new_id


def turn(*messages: Message, **more: object) -> Turn:
    model = ScriptedModel([])
    return Turn(
        person=Person(zone="Asia/Tokyo"), messages=list(messages), models=lambda t: model, **more
    )  # type: ignore[arg-type]


def test_ids_are_fresh_and_in_order_of_time() -> None:
    ids = [new_id("run") for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert all(re.fullmatch(r"run_[0-9a-f]{32}", id) for id in ids)
    stamps = [id[4:16] for id in ids]
    assert stamps == sorted(stamps)


def test_what_a_share_spends_counts_for_all_above() -> None:
    whole = Budget(tokens=1000, seconds=100, money=2.0)
    half = whole.share(0.5)
    quarter = half.share(0.5)
    assert (half.tokens, quarter.tokens) == (500, 250)
    assert (half.money, quarter.money) == (1.0, 0.5)
    quarter.spend(Usage(input=100, output=50, cost=0.3, calls=1))
    assert (quarter.tokens_left, half.tokens_left, whole.tokens_left) == (100, 350, 850)
    assert whole.spent.calls == 1
    half.spend(Usage(input=300))
    assert quarter.tokens_left == 50, "no more than its parent has"
    assert whole.share(1.0).ends <= whole.ends
    assert half.money_left == pytest.approx(0.7)


def test_what_has_run_out_is_said() -> None:
    for budget, words in (
        (Budget(tokens=1000), "1,000 tokens"),
        (Budget(seconds=0), "0 seconds"),
        (Budget(money=0.5), "0.5 in money"),
    ):
        budget.spend(Usage(input=600, output=400, cost=0.5))
        with pytest.raises(BudgetSpent, match=words) as caught:
            budget.check()
        assert caught.value.code == "budget_spent"
        assert "larger budget" in caught.value.text
        assert budget.used >= 1
    Budget().check()
    assert Budget().used == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("nothing", [{"tokens": 0}, {"seconds": 0.0}, {"money": 0.0}])
def test_a_budget_of_nothing_is_spent(nothing: dict[str, Any]) -> None:
    for budget in (Budget(**nothing), Budget(**nothing).share(0.5)):
        assert budget.used >= 1
        with pytest.raises(BudgetSpent):
            budget.check()


def test_a_part_of_what_is_overspent_is_nothing() -> None:
    spent = Budget(tokens=10, seconds=0)
    spent.spend(Usage(input=50))
    child = spent.share(0.5)
    assert child.tokens_left < 0
    assert child.seconds == 0
    with pytest.raises(BudgetSpent):
        child.check()


def test_the_question_is_the_persons_newest_words() -> None:
    made = turn(say("user", "First"), say("assistant", "Yes"), say("user", "Second", Document("x")))
    assert made.question == "Second"
    assert made.attached == (Document("x"),)
    tooled = turn(say("user", "First"), Message("assistant", (Text("I look"),)))
    assert tooled.question == "First"
    assert turn(say("system", "Be kind")).question == ""


def test_now_is_in_the_persons_zone() -> None:
    made = turn(say("user", "x"), now=datetime(2026, 1, 1, 20, 0, tzinfo=UTC))
    assert made.local_now.isoformat() == "2026-01-02T05:00:00+09:00"


async def test_notes_keep_steps_in_order_and_finish_none() -> None:
    notes = Notes()
    for n in range(3):
        await notes.write(Step(f"model-{n}", "model", "x"))
    assert [step.path for step in notes.steps] == ["model-0", "model-1", "model-2"]
    assert notes.finished("model-0") is None


def test_two_turns_share_nothing() -> None:
    one, two = turn(say("user", "x")), turn(say("user", "x"))
    assert one.run != two.run
    assert one.budget is not two.budget
    assert one.journal is not two.journal
    one.options["a"] = 1
    assert two.options == {}
