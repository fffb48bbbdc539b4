"""Short answers: who wants one, when two are the same, and when a vote is decided."""

from __future__ import annotations

import pytest

from musespark import short
from musespark.short import Vote, agree, next_wave, normal, outlook, settled, short_answer, tally


@pytest.mark.parametrize(
    "question",
    [
        "How many eggs does she sell?",
        "She plans to write 3 letters and list 4 books. How many things is that?",
        "Mrs. Cruz has 3 hens, and Mr. Tan has 5. How many more has he than Mrs. Cruz's sister?",
        "What's the total price of both?",
        "What percentage of the students chose jazz?",
        "What will her annual pension be?",
        "Calculate the sum of 3 and 4.",
        "Tell me how many legs a spider has.",
        "Who wrote Faust?",
        "Is the sea salty? Answer yes or no.",
        "Wie viele Beine hat eine Spinne?",
        "¿Cuántas patas tiene una araña?",
        "Combien de pattes a une araignée ?",
    ],
)
def test_questions_that_want_a_short_answer(question: str) -> None:
    assert short.wants_short(question)


@pytest.mark.parametrize(
    "question",
    [
        "Explain how many planets there are and why.",
        "Write a poem about how old the sea is.",
        "How many pages does she write? Also explain it.",
        "List the planets.",
        "What is love?",
        "Please compare the two plans.",
        "Could you write down when it happened, as a story?",
        "Schreibe einen Brief. Wie viele Wörter?",
        "",
    ],
)
def test_questions_that_want_more(question: str) -> None:
    assert not short.wants_short(question)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("We add.\nAnswer: 18", "18"),
        ("We add.\n**Answer:** $1,080.00", "1080"),
        ("Final answer: 18\nNo, wrong.\nAnswer: 19", "19"),
        ("so \\boxed{42}", "42"),
        ("…\n#### 7", "7"),
        ("Antwort: 3,5", "7/2"),
        ("The Moon.", "moon"),
        ("yes", "yes"),
        ("First 3, then 4, which is a long way of saying it.\nSo she has 12 eggs.", "12"),
        ("First 3, then 4, which is a long way of saying it.\nSo 12 eggs.\nHope it helps!", "12"),
        ("A long text without any number, which goes on and on and on and on.", ""),
        ("", ""),
    ],
)
def test_the_short_answer_of_a_draft(text: str, answer: str) -> None:
    assert short_answer(text, "How many eggs has she?") == answer


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1,080", "1080.00"),
        ("$18", "18 dollars"),
        ("40%", "40 percent"),
        ("1/2", "0.5"),
        ("3,5", "3.5"),
        ("12 000", "12000"),
        ("The Moon", "moon."),
        ("**7**", "7"),
    ],
)
def test_spellings_that_mean_the_same(one: str, other: str) -> None:
    assert normal(one) == normal(other)
    assert agree(f"Answer: {one}", f"Answer: {other}")


def test_different_answers_differ() -> None:
    assert normal("18") != normal("-18")
    assert normal("1/3") != normal("0.3")
    assert not agree("no number in here, only a long and winding text of words", "Answer: 3")


def test_a_vote_counts_and_the_first_wins_a_tie() -> None:
    vote = tally(["3", "", "5", "5", "3", "4"])
    assert vote == Vote("3", 2, 5, (("5", 2), ("4", 1)))
    assert tally(["", ""]) == Vote("", 0, 0)
    assert vote.probability == pytest.approx(0.5)
    assert tally(["3"] * 4).probability == pytest.approx(1 - 1 / 32)


def test_the_vote_is_settled_by_a_majority_of_95_percent() -> None:
    assert settled(tally(["3"] * 4), 12, price=0)
    assert not settled(tally(["3"] * 3), 13, price=0)
    assert not settled(tally(["3"] * 5 + ["4"]), 10, price=0)
    assert settled(tally(["3"] * 6 + ["4"]), 9, price=0)
    assert not settled(tally([]), 16)


def test_the_vote_is_settled_when_nothing_can_change() -> None:
    tied = tally(["3", "4"] * 8)
    assert settled(tied, 0)
    assert settled(tally(["3"] * 7 + ["4", "5", "6", "7"]), 1, price=0)
    assert not settled(tally(["3", "4"] * 7), 2, price=0)


def test_a_price_ends_a_hopeless_vote_before_sixteen_and_not_before_five() -> None:
    apart = [str(n) for n in range(16)]
    ends = next(n for n in range(1, 17) if settled(tally(apart[:n]), 16 - n))
    assert 5 < ends <= 16
    free = next(n for n in range(1, 17) if settled(tally(apart[:n]), 16 - n, price=0))
    assert free == 16
    assert settled(tally(apart[:5]), 11, price=0.5)
    assert not settled(tally(apart[:4]), 12, price=0.5)
    assert not settled(tally(["3", "3", "3", "4"]), 12)
    assert settled(tally(["3", "3", "3", "3", "4"]), 11)


def test_the_outlook_is_a_chance_and_never_worse_than_stopping() -> None:
    for counts in [(1,), (2, 2), (3, 1), (5, 4, 1), (1, 1, 1, 1), (8, 7)]:
        now, _ = outlook(counts, 0)
        later, _ = outlook(counts, 16 - sum(counts), price=0)
        assert 0 < now <= later + 1e-12 <= 1 + 1e-12


def test_beliefs_add_up() -> None:
    for counts in [(1,), (3, 1), (2, 2, 1), (1, 1, 1, 1, 1)]:
        assert sum(p for _, p in short._next(counts)) == pytest.approx(1)
        assert short._right(counts)[0] < short._right(counts)[1]
    assert outlook((4, 1), 0)[0] > outlook((3, 2), 0)[0] > outlook((2, 2, 1), 0)[0]


def test_waves_are_as_large_as_needed_and_no_larger() -> None:
    assert next_wave(tally([]), 16, 4) == 4
    assert next_wave(tally([]), 3, 4) == 3
    assert next_wave(tally(["1", "2", "3", "4"]), 12, 4) >= 2
    assert next_wave(tally(["3"] * 3), 13, 4) == 1
    for votes in (["1", "2"], ["1", "1", "2", "2"], ["1", "2", "3", "4", "5"]):
        assert 1 <= next_wave(tally(votes), 16 - len(votes), 4) <= 4
        assert next_wave(tally(votes), 1, 4) == 1
