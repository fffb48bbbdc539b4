"""A recollection: what it finds, that order does not matter, and that nothing breaks it."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from musespark import recollection_ask
from musespark.embedding import Embedder
from musespark.problem import Problem
from musespark.recollection import Kin, Recollection
from musespark.recollection_ask import seek
from musespark.recollection_days import asks_many, asks_when, days_asked
from musespark.recollection_lists import FRESH, Lists
from musespark.recollection_manner import asks_name, manner, parted
from musespark.recollection_rank import of_two
from musespark.recollection_rows import passages, read, unpack
from musespark.recollection_terms import language_of, normal, terms, words
from musespark.said import Said

BEGAN = datetime(2026, 3, 1, 9, tzinfo=UTC)


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """Vectors without a model: a direction for each word, without regard to order."""
    out = np.zeros((len(texts), 256), np.float32)
    for row, text in enumerate(texts):
        for word in words(normal(text)):
            out[row, sum(word.encode()) % 256] += 1
    return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)  # type: ignore[no-any-return]


def talk(*texts: str, context: str = "c", first: int = 1, gap: int = 1) -> list[Said]:
    """Turns of two people by turns, `gap` minutes apart."""
    return [
        Said(first + n, text, ("Ann", "Bob")[n % 2], BEGAN + timedelta(minutes=n * gap), context)
        for n, text in enumerate(texts)
    ]


embedder = Embedder()
kin = Kin(embedder)


def recalled(heard: Sequence[Said], question: str, most: int = 3, **more: object) -> list[int]:
    recollection = Recollection(embedder.vectors, kin)
    recollection.add(heard)
    return [hit.id for hit in recollection.recall(question, most=most, **more)]  # type: ignore[arg-type]


def test_a_turn_is_found_by_its_words() -> None:
    heard = talk("I bought a rowing boat", "How nice", "It rains today", "Yes it does")
    assert recalled(heard, "Who buys boats?")[0] == 1


def test_an_answer_is_found_by_the_question_before_it() -> None:
    heard = talk("The weather!", "Oh yes.", "What is your favourite dish?", "Lasagne, always.",
                 "Anyway.", "Bye.")  # fmt: skip
    assert set(recalled(heard, "favourite dish", most=2)) == {3, 4}


def test_a_new_talk_lends_nothing_to_the_old_one() -> None:
    lent = []
    for context in ("c", "other"):
        found = Recollection(embedder.vectors, kin)
        found.add([*talk("What is your favourite dish?"),
                   *talk("Lasagne, always.", context=context, first=2)])  # fmt: skip
        lent.append({hit.id: hit.why["neighbours"] for hit in found.recall("favourite dish")}[2])
    assert lent[0] > lent[1]


def test_parts_of_the_score_sum_up_to_it() -> None:
    found = Recollection(embedder.vectors, kin)
    found.add(talk(*(f"I like boat number{n} best" for n in range(300))))
    hits = found.recall("Which boat does Ann like best, number7?", most=300)
    assert len({hit.id for hit in hits}) == 300
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    for hit in hits:
        assert hit.score == pytest.approx(sum(hit.why.values()), abs=1e-3)


def test_another_word_of_the_same_meaning_is_found() -> None:
    heard = talk("The weather was fine", "Our dogs ran away", "I read a book", "The train was late",
                 gap=600)  # fmt: skip
    assert recalled(heard, "What happened to the pet?")[0] == 2


def test_who_is_named_counts() -> None:
    heard = talk("I like red boats", "I like red boats", "It rains", "Yes", gap=600)
    assert recalled(heard, "What boats does Bob like?")[0] == 2
    assert recalled(heard, "What boats does Ann like?")[0] == 1


def test_the_day_counts() -> None:
    heard = [Said(n, "we met at the harbour", "Ann", datetime(2023, n, 7, tzinfo=UTC), f"c{n}")
             for n in range(1, 13)]  # fmt: skip
    assert recalled(heard, "Whom did we meet on 7 May 2023?")[0] == 5
    assert recalled(heard, "What happened in September?")[0] == 9
    assert (
        recalled(heard, "Where did we meet yesterday?", now=datetime(2023, 3, 8, tzinfo=UTC))[0]
        == 3
    )


@pytest.mark.parametrize(
    ("question", "language", "first", "last"),
    [
        ("on may 3, 2023", "en", date(2023, 5, 3), date(2023, 5, 3)),
        ("in may", "en", date(2023, 5, 1), date(2023, 5, 31)),
        ("two weeks ago", "en", date(2023, 5, 23), date(2023, 5, 29)),
        ("last summer", "en", date(2022, 6, 1), date(2022, 8, 31)),
        ("am 3. mai", "de", date(2023, 5, 3), date(2023, 5, 3)),
        ("el 5 de mayo de 2022", "es", date(2022, 5, 5), date(2022, 5, 5)),
        ("le 1er mars 2022", "fr", date(2022, 3, 1), date(2022, 3, 1)),
        ("2023年5月7日に", "ja", date(2023, 5, 7), date(2023, 5, 7)),
        ("in 2021", "en", date(2021, 1, 1), date(2021, 12, 31)),
        ("on 2022-12-24", "en", date(2022, 12, 24), date(2022, 12, 24)),
    ],
)
def test_days_of_a_question(question: str, language: str, first: date, last: date) -> None:
    [asked], _ = days_asked(question, language, date(2023, 6, 9))
    assert (asked.first, asked.last) == (first, last)


def test_what_is_no_day() -> None:
    for question in ("may i ask", "march on", "", "99 bottles", "2023-99-99 x", "32 may"):
        days_asked(question, "en", date(2023, 6, 9))
    assert days_asked("may i ask", "en", None)[0] == []


def test_what_a_question_asks_for() -> None:
    assert asks_when("when did ann come?")
    assert asks_when("wann war das?")
    assert not asks_when("what did ann say when she came?")
    assert asks_many("how many children")
    assert asks_many("wie viele kinder")


def test_words_of_many_languages() -> None:
    assert terms("Die Häuser", "de") == terms("das Haus", "de")
    assert terms("los gatos", "es") == terms("gato", "es")
    assert terms("went", "en") == terms("going", "en")
    assert words(normal("It's Ann's 3rd trip: don't")) == ["it", "ann", "3rd", "trip", "do", "not"]
    assert words("東京に行く") == ["東京", "京に", "に行", "行く"]
    assert language_of(words("ich habe gestern etwas gekauft")) == "de"
    assert language_of(words("lasagne"), "fr") == "fr"


def test_a_german_question_finds_german_turns() -> None:
    heard = talk("Ich habe mir gestern ein Ruderboot gekauft", "Schön für dich", "Es regnet hier")
    assert recalled(heard, "Welche Boote, Ruderboote, hat Ann gekauft?", language="de")[0] == 1


def test_a_japanese_question_finds_japanese_turns() -> None:
    heard = talk(
        "昨日、新しい自転車を買いました", "いいですね", "今日は雨です", "そうですか", gap=600
    )
    assert recalled(heard, "自転車はいつ買った？", language="ja")[0] == 1


def test_a_long_text_is_found_by_its_passage() -> None:
    filler = "Nothing of note stands in this sentence about rules. " * 400
    text = filler + "The gate opens at seven with a brass key. " + filler
    recollection = Recollection(embedder.vectors, kin)
    recollection.add([Said(1, text, "Ann", BEGAN, "d", kind="document")])
    best = recollection.recall("When does the gate open, with which key?", most=1)[0]
    assert "brass key" in text[best.begin : best.end]
    assert best.end - best.begin < 1_000


def test_passages_cover_a_text() -> None:
    for text in ("", "short", "x" * 5000, "one two. " * 900, "\n\n".join(["para" * 90] * 20)):
        spans = passages(text)
        assert spans[0][0] == 0
        assert spans[-1][1] == len(text)
        assert all(a[1] == b[0] for a, b in itertools.pairwise(spans))


HOSTILE = [
    "", " ", "\0", "\0" * 100, "?" * 10_000, "a" * 1_000_000, "word " * 200_000, "\ud800 broken",
    "🙂" * 500, "‮evil", "'" * 1000, "%s %d {0}", "\n" * 5000, "Ω≈ç√∫˜µ≤≥÷", "ﷺ" * 2000,
    "1" * 100_000, "的" * 50_000, "a\u0301" * 3000,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_as_turns_and_as_questions(text: str) -> None:
    recollection = Recollection(embed)
    recollection.add([*talk("a boat", "a house"), Said(9, text, text[:50], BEGAN, text[:50])])
    assert recollection.recall("boat")[0].id == 1
    recollection.recall(text)
    assert len(unpack(recollection.slice(np.ones(len(recollection), bool)).pack())) >= 2


def test_times_of_any_year() -> None:
    recollection = Recollection(embed)
    recollection.add(
        [Said(1, "a boat", "Ann", datetime.min.replace(tzinfo=UTC)),
         Said(2, "a house", "Ann", datetime.max.replace(tzinfo=UTC))]
    )  # fmt: skip
    assert recollection.recall("boat in May 2020")[0].id == 1


def test_nothing_finds_nothing() -> None:
    assert Recollection(embed).recall("boat") == []


TURNS = st.lists(
    st.tuples(
        st.text("abc de?", max_size=12), st.sampled_from(["Ann", "Bob", "Cid"]),
        st.sampled_from(["c", "d"]), st.integers(0, 900),
    ),
    min_size=1, max_size=25,
)  # fmt: skip


def made(turns: list[tuple[str, str, str, int]]) -> list[Said]:
    return [
        Said(n + 1, text, who, BEGAN + timedelta(minutes=at), context)
        for n, (text, who, context, at) in enumerate(turns)
    ]


def scores(recollection: Recollection, question: str = "a bc d Bob") -> dict[int, float]:
    return {hit.id: round(hit.score, 3) for hit in recollection.recall(question, most=99)}


@settings(max_examples=40, deadline=None)
@given(TURNS, st.randoms(use_true_random=False), st.data())
def test_the_order_of_adding_and_removing_does_not_matter(
    turns: list[tuple[str, str, str, int]], dice: random.Random, data: st.DataObject
) -> None:
    heard = made(turns)
    gone = data.draw(st.sets(st.integers(1, len(heard))))
    whole = Recollection(embed)
    whole.add([each for each in heard if each.id not in gone])
    mixed = heard[:]
    dice.shuffle(mixed)
    piecewise = Recollection(embed)
    for n, each in enumerate(mixed):
        piecewise.add([each])
        if n % 3 == 0:
            piecewise.recall("a")
        if n % 5 == 0:
            piecewise.remove({each.id} & gone)
    piecewise.add(heard)
    piecewise.remove(gone)
    assert scores(whole) == scores(piecewise)


@settings(max_examples=40, deadline=None)
@given(TURNS)
def test_packed_and_unpacked_it_is_the_same(turns: list[tuple[str, str, str, int]]) -> None:
    rows = read(made(turns), embed)
    again = unpack(rows.pack())
    one, two = Recollection(embed), Recollection(embed)
    one.take(rows)
    two.take(again)
    assert scores(one) == scores(two)
    for cut in (b"", b"x", rows.pack()[:-1], rows.pack()[:40]):
        with pytest.raises(Problem):
            unpack(cut)


def test_what_was_removed_leaves_no_trace() -> None:
    recollection = Recollection(embed)
    recollection.add([*talk("a boat", "a house"), Said(9, "my secret zebra", "Zoe", BEGAN, "zoo")])
    recollection.remove([9])
    assert "Zoe" not in recollection.names
    assert len(recollection) == 2
    [number] = terms("zebra", "en")
    assert number not in recollection.terms.all
    assert b"zoo" not in recollection.slice(np.ones(2, bool)).pack()


def test_looking_at_few_closely_finds_the_same_as_looking_at_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dice = random.Random(4)
    heard = [
        Said(n + 1, f"{dice.choice('abcdefgh')}{dice.randint(0, 30)} word{dice.randint(0, 900)}",
             "Ann", BEGAN + timedelta(hours=n), f"c{n // 9}")
        for n in range(3_000)
    ]  # fmt: skip
    rows = read(heard, embed)
    recollection = Recollection(embed)
    recollection.take(rows)
    asked = [f"{n}{n} word{n} b{n} of Ann" for n in range(20)]
    few = [recollection.recall(question, most=60) for question in asked]
    monkeypatch.setattr(recollection_ask, "_FEW", 10_000)
    assert few == [recollection.recall(question, most=60) for question in asked]


def test_rows_that_come_by_and_by_are_found_by_their_terms() -> None:
    dice = random.Random(5)
    words_of = np.asarray([dice.randint(1, 3) for _ in range(9_000)], np.int32)
    starts = np.append(0, np.cumsum(words_of + 1))
    terms_of = np.asarray([dice.randint(1, 400) for _ in range(int(starts[-1]))], np.uint32)
    lists, numbers = Lists(), np.asarray([7, 399, 401, 7], np.uint32)
    for count in (1, 3_000, 5_100, 5_200, 9_000):
        own = terms_of[: starts[count]], starts[: count + 1], words_of[:count]
        lists.settle(*own)
        assert lists.runs[0].first == 0
        assert lists.runs[-1].end <= count <= lists.end + FRESH
        for number, (rows, counts) in zip(numbers, lists.found(numbers, *own), strict=True):
            places = np.flatnonzero(own[0] == number)
            holds = np.searchsorted(own[1], places, side="right") - 1
            assert rows.tolist() == sorted(set(holds.tolist()))
            assert counts.sum() == len(places)
            shown = places - own[1][holds] >= words_of[holds]
            assert counts[:, 1].sum() == shown.sum()
    assert len(lists.runs) < 4


def test_pieces_of_words_are_distinct_lower_case_and_without_small_words() -> None:
    tokens = kin.tokens
    one, two, none, long = tokens.read(
        ["The kayak, the kayak!", "kayak", "the of ?!", "x" * 100_000]
    )
    assert one.tolist() == two.tolist() == sorted(set(two.tolist()))
    assert len(two)
    assert not len(none)
    assert len(long)
    asked, weights = tokens.asked(["kayak", "boat"], np.asarray([2.0, 1.0]))
    near = tokens.near(asked, asked)
    assert np.allclose(np.diag(near), 1, atol=0.02)
    assert near.shape == (len(asked),) * 2
    assert set(weights.tolist()) == {1.0, 2.0}
    assert tokens.asked([], np.zeros(0))[0].tolist() == []
    assert len(tokens.read(["boat"] * 20)) == 20
    assert tokens.read([]) == []


def test_a_rare_word_is_found_by_a_part_of_it() -> None:
    heard = talk("We ate bread", "I went kayaking", "It rained", "The bus was late")
    assert recalled(heard, "Who owns kayaks?")[0] == 2


def test_how_a_turn_is_said() -> None:
    text = "I think you met Anna in Paris, my friend"
    i, you, names = parted(np.asarray([manner(text, words(normal(text)), "en")]))
    assert (i[0], you[0], names[0]) == (2, 1, 2)
    assert parted(np.asarray([manner("I " * 99, ["i"] * 99, "en")]))[0][0] == 3
    assert manner("Ich sah den Hund", ["ich", "sah", "den", "hund"], "de") == 1
    assert manner("我看见你", ["我看"], "zh") == 0
    assert asks_name("where did ann go?", "en")
    assert asks_name("¿dónde vive?", "es")
    assert not asks_name("why did ann go?", "en")
    assert not asks_name("where", "xx")


def test_a_talk_of_two_is_told_from_a_group_and_another_language() -> None:
    def two(names: Sequence[str], question: str = "Who bought the boat?") -> bool:
        found = Recollection(embedder.vectors, kin)
        found.add([Said(n + 1, f"I bought the boat {n}", names[n % len(names)],
                        BEGAN + timedelta(minutes=n), "c") for n in range(9)])  # fmt: skip
        found.settle()
        sought = seek(found, question, None, "en")
        return of_two(found, sought, np.arange(9))

    assert two(["Ann", "Bob"])
    assert not two(["Ann"])
    assert not two(["Ann", "Bob", "Cid"])
    assert not two(["Ann", "Bob"], "Wer hat das Boot gekauft und wann war das?")
