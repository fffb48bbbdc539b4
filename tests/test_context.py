"""What a model is shown of too much: the question and the newest whole, the rest in passages."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musespark import context
from musespark.message import Document, Image, Message, Reasoning, Text, ToolCall, ToolResult, say
from musespark.model import Request
from musespark.person import Person
from musespark.scripted import ScriptedModel
from musespark.turn import Turn


def turn(messages: list[Message], language: str = "en") -> Turn:
    model = ScriptedModel([])
    return Turn(person=Person(language=language), messages=messages, models=lambda tier: model)


def fit(messages: list[Message], size: int, language: str = "en") -> tuple[list[Message], str]:
    return context.fit(messages, size, turn(messages, language))


def total(messages: list[Message]) -> int:
    return sum(map(context.tokens, messages))


def calls(n: int, result: str) -> list[Message]:
    call = ToolCall(f"c{n}", "read_page", '{"url": "https://x.example"}')
    return [
        Message("assistant", (call,)),
        Message("tool", (ToolResult(f"c{n}", "read_page", result),)),
    ]


def whole(messages: list[Message]) -> None:
    """Every result has its call before it, every call its result after it."""
    open_: set[str] = set()
    for message in messages:
        for part in message.parts:
            if isinstance(part, ToolCall):
                open_.add(part.id)
            elif isinstance(part, ToolResult):
                assert part.call in open_
                open_.discard(part.call)
        assert message.parts, "an empty message is refused everywhere"
    assert not open_


def test_what_fits_is_the_same_object() -> None:
    messages = [say("system", "Be kind."), say("user", "Hello")]
    found, said = fit(messages, 2000)
    assert found is messages
    assert said == ""


def talk(n: int) -> list[Message]:
    messages = [say("system", "Be kind.")]
    for number in range(n):
        messages.append(say("user", f"Question {number} about the price of item {number}. " * 4))
        messages.append(say("assistant", f"Item {number} costs {number} pounds. " * 4))
    return messages


def test_a_long_talk_keeps_the_system_and_the_newest() -> None:
    messages = [*talk(100), say("user", "What does item 17 cost?")]
    found, said = fit(messages, 2000)
    assert total(found) <= 1500
    assert found[0] is messages[0]
    assert found[-4:] == messages[-4:]
    digest = found[1].documents[0]
    assert digest.name == "earlier in this conversation"
    assert "Item 17 costs 17 pounds" in digest.text
    dropped = sum(m not in found for m in messages)
    assert f": {dropped}." in said


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "longer than"),
        ("de-AT", "länger"),
        ("es", "más largo"),
        ("fr", "plus long"),
        ("ja", "longer"),
    ],
)
def test_it_is_said_in_the_persons_language(language: str, words: str) -> None:
    _, said = fit([*talk(60), say("user", "And now?")], 1000, language)
    assert words in said


def test_the_question_stays_in_sight_of_many_rounds_of_tools() -> None:
    messages = [say("system", "Be kind."), say("user", "Which page names the quokka?")]
    for n in range(12):
        messages += calls(n, f"Page {n} tells of many animals. " * 30)
    found, said = fit(messages, 2000)
    whole(found)
    assert messages[1] in found
    assert found[-1] == messages[-1]
    assert total(found) <= 1500
    assert said


def test_a_result_longer_than_the_model_reads_keeps_its_call_and_both_ends() -> None:
    result = "The beginning. " + "middle " * 5000 + "The end."
    messages = [say("system", "Be kind."), say("user", "What does it say?"), *calls(1, result)]
    found, said = fit(messages, 2000)
    whole(found)
    assert total(found) <= 1500
    [shown] = [p for p in found[-1].parts if isinstance(p, ToolResult)]
    assert shown.content.startswith("The beginning.")
    assert shown.content.endswith("The end.")
    assert messages[1] in found
    assert ": 1." in said


def test_a_result_without_its_call_is_left_out() -> None:
    orphan = Message("tool", (ToolResult("gone", "x", "words"),))
    found, _ = fit([orphan, *talk(50), say("user", "Well?")], 1000)
    whole(found)


def test_a_long_question_keeps_its_ends_and_what_it_asks_for() -> None:
    filler = "The weather was fine that day. " * 3000
    middle = f"{filler} The quokka weighs 3.4 kg. {filler}"
    messages = [say("user", f"Read this. {middle} What does the quokka weigh?")]
    found, said = fit(messages, 2000)
    text = str(found)
    assert "Read this." in text
    assert "What does the quokka weigh?" in text
    assert "3.4 kg" in text
    assert total(found) <= 1500
    assert said


def test_a_long_attachment_becomes_the_passages_that_matter() -> None:
    filler = "Nothing happened in the market. " * 5000
    words = f"{filler} The secret ingredient is cardamom. {filler}"
    messages = [say("user", "What is the secret ingredient?", Document(words, "recipe.txt"))]
    found, _ = fit(messages, 1500)
    assert "cardamom" in str(found)
    assert found[-1].documents[0].name == "recipe.txt"
    assert found[-1].text == "What is the secret ingredient?"
    assert total(found) <= 1125


def test_ten_megabytes_leave_what_matters() -> None:
    half = "Nothing to see here, move along. " * 150_000
    words = f"{half}The treasure lies under the old oak. {half}"
    found, _ = fit([say("user", "Where lies the treasure?", Document(words, "log"))], 4000)
    assert "old oak" in str(found)
    assert total(found) <= 3000
    found, _ = fit([say("user", "語" * 3_000_000)], 4000)
    assert total(found) <= 3000


def test_a_system_message_alone_or_too_long_is_no_error() -> None:
    for messages in (
        [say("system", "rule " * 20_000)],
        [say("system", "rule " * 20_000), say("user", "Hello")],
        [say("user", "word " * 9000), say("assistant", "word " * 9000)],
    ):
        found, said = fit(messages, 1000)
        assert 0 < total(found) <= 1000
        assert found[-1].parts
        assert said
    assert found[0].role == "user"


part = st.one_of(
    st.builds(Text, st.text(max_size=400)),
    st.builds(Document, st.text(max_size=2000)),
    st.builds(Reasoning, st.text(max_size=300)),
)
plain = st.builds(
    Message,
    st.sampled_from(["user", "assistant", "system"]),
    st.tuples(part) | st.tuples(part, part),
)
tooled = st.builds(calls, st.integers(0, 9), st.text(max_size=3000))


@given(st.lists(plain.map(lambda m: [m]) | tooled, min_size=1, max_size=12), st.integers(256, 2000))
@settings(max_examples=60, deadline=None)
def test_whatever_is_said_the_question_stays_and_no_result_is_an_orphan(
    blocks: list[list[Message]], size: int
) -> None:
    messages = [m for block in blocks for m in block]
    found, said = fit(messages, size)
    whole(found)
    if said:
        asked = [m for m in messages if m.role == "user"]
        assert not asked or any(m.role == "user" for m in found)
    else:
        assert found is messages


def test_estimates_know_scripts_pictures_and_calls() -> None:
    assert 80 <= context.tokens(say("user", "word " * 64)) <= 110
    assert 1000 <= context.tokens(say("user", "漢" * 1000)) <= 1100
    mixed = context.tokens(say("user", "word " * 200 + "漢字" * 5000))
    assert 10_000 <= mixed <= 11_000
    assert context.tokens(Message("user", (Image("data:image/png;base64,AA"),))) >= 800
    assert context.tokens(Message("assistant", (ToolCall("c", "t", "x" * 320),))) >= 100
    assert context.tokens(Message("tool", (ToolResult("c", "t", "x" * 320),))) >= 100


def test_what_a_silent_server_used_is_estimated() -> None:
    used = context.estimate(Request(messages=[say("user", "x" * 320)]), "y" * 64)
    assert (used.input, used.output, used.calls) == (106, 20, 1)
