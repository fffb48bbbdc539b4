"""Asking one exact tool: what is found, whether it is right, and any text for hypothesis."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import strategies as st

from musespark import lexicon, plugins
from musespark.message import say
from musespark.person import Person
from musespark.problem import Problem
from musespark.tool import Exact
from musespark.turn import Turn

NAMES = ("calculate", "convert", "dates", "times")

_WORDS = sorted(
    {word for table in lexicon.languages().values() for word in table.telling | set(table.spans)}
    | set("0123456789+-*/%^!().,:'?€$°") | set(lexicon.units().signs)
)  # fmt: skip
LANGUAGES = st.sampled_from(["en", "de", "es", "fr", "en-GB", "it", "xx", ""])
WORDY = st.lists(st.sampled_from(_WORDS), max_size=25).map(" ".join)
ANY_TEXT = st.one_of(
    st.text(max_size=10_000),
    st.lists(st.sampled_from(_WORDS), max_size=120).map(" ".join),
    st.lists(st.sampled_from(_WORDS), max_size=60).map("".join),
)


def asked(question: str, language: str = "en", zone: str = "Europe/Berlin") -> Turn:
    """A question asked on Saturday, 14 March 2026, at 9:26: New York has summer time, Berlin
    has not."""
    return Turn(
        person=Person(language=language, zone=zone),
        messages=[say("user", question)],
        models=lambda tier: pytest.fail(f"no model is needed, and {tier} was asked for"),
        now=datetime(2026, 3, 14, 9, 26, tzinfo=ZoneInfo("Europe/Berlin")),
    )


async def answer(
    tool: Any, question: str, language: str = "en", zone: str = "Europe/Berlin"
) -> Exact:
    """The exact answer; the question has to be recognised."""
    turn = asked(question, language, zone)
    arguments = tool.recognise(question, turn)
    assert arguments is not None, "not recognised"
    result = await tool.call(arguments, turn)
    assert isinstance(result, Exact)
    return result


async def found_and_right(tool: Any, language: str, question: str, value: str) -> None:
    """The tool finds this value, and no other tool finds anything."""
    result = await answer(tool, question, language)
    assert result.value == value
    assert result.answer
    turn = asked(question, language)
    others = (plugins.load("tools", name) for name in NAMES if name != tool.name)
    assert not [other.name for other in others if other.recognise(question, turn)]


def read_or_left(tool: Any, text: str, language: str) -> None:
    """Whatever is typed, recognising neither raises nor gives anything but arguments."""
    found = tool.recognise(text, asked(text, language))
    assert found is None or isinstance(found, dict)


async def answered(tool: Any, text: str, language: str) -> None:
    """What is recognised gets an answer, or a problem said in words; never another error."""
    turn = asked(text, language)
    found = tool.recognise(text, turn)
    if found is not None:
        try:
            result = await tool.call(found, turn)
        except Problem as problem:
            result = Exact(problem.text)
        assert isinstance(result, Exact)
        assert result.answer
