"""The reader: everyday questions that no frame explains, told by their likeliest reading."""

from __future__ import annotations

import contextlib
from datetime import date
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import exact
from musespark import plugins, reader, readings
from musespark.exact import recognised
from musespark.problem import Problem
from musespark.reading import order

TOOLS = {name: plugins.load("tools", name) for name in exact.NAMES}
TODAY = date(2026, 3, 14)

# (language, question, tool, value): none of them is explained by a frame
MEANT = [
    ("en", "we drove 412 miles yesterday then another 178 today, all told?", "calculate", "590"),
    ("en", "tot these up for me: 12.99, 4.50, 7.25 and 0.89", "calculate", "25.63"),
    ("en", "patio's going to be 9 rows of 14 slabs, how many slabs is that altogether",
     "calculate", "126"),
    ("de", "auf meine Miete von 1.250 Euro kommen 3,5 % drauf, wie hoch ist die dann",
     "calculate", "1293.75"),
    ("es", "he sacado un 6, un 7,5 y un 9, qué media me queda", "calculate", "7.5"),
    ("fr", "8,4 km courus lundi plus 11,75 km jeudi, total ?", "calculate", "20.15"),
    ("en", "baby weighed in at 7 pounds 11 ounces, German midwife wants it in kilos", "convert",
     None),
    ("en", "timber comes in 2.4 metre lengths whats that in feet", "convert", None),
    ("en", "26 January 1950 was which day of the week, daughter is asking for her project",
     "dates", "4"),
    ("fr", "combien de jours nous séparent du 1er mai", "dates", "48"),
    ("en", "what time is it over in Mumbai right now, want to ring papa", "times", "13:56"),
    ("en", "Kids' film starts 18:20 and runs 104 minutes so we're out at what time", "times",
     "20:04"),
    ("en", "Is it already past noon in Sydney?", "times", "true"),
    ("de", "Mein Sohn ist grad in Bangkok, wie spät ist es dort jetzt?", "times", "15:26"),
]  # fmt: skip

LEFT = [
    ("en", "How much would a 2019 Golf with 80,000 km on it be worth these days?"),
    ("en", "remind me in 3 days to water Karin's plants"),
    ("en", "Write a story about 3 cats and 2 dogs who meet at 5 pm"),
    ("en", "How many teaspoons of sugar in a 330 ml coke?"),
    ("de", "Wie viel Gramm sind anderthalb Pfund?"),
    ("de", "Stell den Wecker auf 6:30 und erinnere mich an den Müll"),
    ("es", "¿Cuánto mide la torre Eiffel en metros?"),
    ("fr", "Traduis « j'ai 2 chats et 3 chiens » en anglais"),
    ("en", "Explain how 15% inflation over 3 years changes what 100 euros buy"),
]


@pytest.mark.parametrize(("language", "question", "name", "value"), MEANT)
async def test_the_likeliest_reading_is_answered(
    language: str, question: str, name: str, value: str | None
) -> None:
    turn = msgspec.structs.replace(exact.asked(question, language), tools=TOOLS)
    calls = recognised(turn)
    assert calls is not None
    ((tool, arguments),) = calls
    assert tool.name == name
    assert tool.call is not None
    result = await tool.call(arguments, turn)
    assert value is None or result.value == value  # type: ignore[attr-defined]


@pytest.mark.parametrize(("language", "question"), LEFT)
def test_what_no_tool_is_meant_for_is_left(language: str, question: str) -> None:
    assert recognised(msgspec.structs.replace(exact.asked(question, language), tools=TOOLS)) is None


async def test_two_questions_need_two_answers() -> None:
    both = "What's 15% of 80? And who won the cup in 1998?"
    assert recognised(msgspec.structs.replace(exact.asked(both), tools=TOOLS)) is None


def test_a_tool_that_is_switched_off_is_not_meant() -> None:
    question, others = MEANT[0][1], {"dates": TOOLS["dates"]}
    assert recognised(msgspec.structs.replace(exact.asked(question), tools=others)) is None


@given(st.one_of(exact.ANY_TEXT, exact.WORDY), exact.LANGUAGES)
@settings(max_examples=150, deadline=None)
def test_any_text_can_be_read(text: str, language: str) -> None:
    found = readings.read(text, language, TODAY)
    if found is not None:
        assert 0 < len(found.readings) <= readings.MOST
        cues = reader.hashed(found)
        chance = reader.chances(reader.scores(cues, reader.weights()))
        assert len(chance) == len(found.readings) + 1
        assert abs(float(chance.sum()) - 1) < 1e-5
    reader.meant(text, language, TODAY)


@pytest.mark.parametrize("year", ["1", "99", "9999", "0000", "2026"])
def test_years_at_the_edge_of_the_calendar(year: str) -> None:
    for text in (f"is {year} a leap year", f"days until 31 december {year}", f"3 may {year}"):
        readings.read(text, "en", TODAY)
        readings.read(text, "en", date(9999, 12, 31))
        readings.read("how many days are left in december", "en", date(9999, 12, 1))


async def test_every_reading_is_a_call_that_its_tool_takes() -> None:
    for question in (one[1] for one in MEANT[::3]):
        turn = exact.asked(question)
        found = readings.read(question, "en", TODAY)
        assert found is not None
        for one in found.readings[:120]:
            tool = TOOLS[one.tool]
            assert set(one.arguments) <= set(tool.parameters["properties"])
            assert tool.call is not None
            with contextlib.suppress(Problem):  # a division by zero is an answer too
                await tool.call(one.arguments, turn)


def test_a_story_is_not_read() -> None:
    story = "I have 3 apples and 4 pears. " * 12
    assert reader.meant(story, "en", TODAY) is None
    assert reader.meant(" ".join(map(str, range(60))), "en", TODAY) is None


def test_what_has_no_number_and_no_day_costs_nothing() -> None:
    assert readings.read("Write me a line about the boats, please.", "en", TODAY) is None


def test_weights_are_kept_and_read_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dense = np.zeros(1 << reader.BITS, np.float32)
    dense[[3, 70_000, (1 << reader.BITS) - 1]] = [0.5, -1.25, 9.0]
    file = tmp_path / "weights.npz"
    assert reader.keep(dense, file) == 3
    monkeypatch.setattr(reader, "_FILE", file)
    reader.weights.cache_clear()
    try:
        read = reader.weights()
        assert read[3] == 0.5
        assert read[70_000] == -1.25
        assert read[-1] == pytest.approx(127 / 64)  # the largest that is kept
    finally:
        reader.weights.cache_clear()


def test_order_tells_ranks() -> None:
    assert order([9, 2, 5]) == "201"
    assert order([]) == ""
    assert order([4, 4, 1]) == "110"
