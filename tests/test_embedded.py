"""The model that comes along: the real one, started once for the file."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from musespark import crutches, embedded
from musespark.crutches import Sentences, greeting, quantities
from musespark.embedded import EmbeddedModel
from musespark.message import Document, Message, ToolCall, ToolResult, say
from musespark.model import Chunk, Request
from musespark.problem import Problem
from musespark.settings import Settings
from musespark.tool import Tool

CALCULATE = Tool(
    "calculate",
    "Exact arithmetic.",
    {
        "type": "object",
        "properties": {"expression": {"type": "string"}},
        "required": ["expression"],
    },
)
WEATHER = Tool(
    "weather",
    "The weather forecast of a city.",
    {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
        "required": ["city", "days"],
        "additionalProperties": False,
    },
)


@pytest.fixture
async def model() -> AsyncIterator[EmbeddedModel]:
    made = EmbeddedModel(Settings())
    yield made
    await made.close()


async def read(model: EmbeddedModel, *messages: Message, **more: Any) -> list[Chunk]:
    return [chunk async for chunk in model.stream(Request(messages=list(messages), **more))]


def text(chunks: list[Chunk]) -> str:
    return "".join(chunk.text for chunk in chunks)


async def test_answers_a_question_and_says_what_it_is(model: EmbeddedModel) -> None:
    chunks = await read(model, say("user", "What is the capital of France?"))
    assert "Paris" in text(chunks)
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.output > 2
    assert model.card.weak
    assert model.card.context == 2048
    assert "cannot reason" in model.card.notice
    assert "musespark models connect" in model.card.notice


async def test_many_at_once_each_get_their_own_answer(model: EmbeddedModel) -> None:
    asked = ["What is the capital of France?", "What is the capital of Australia?"] * 3
    answers = await asyncio.gather(
        *(read(model, say("user", question), max_tokens=12) for question in asked)
    )
    for question, chunks in zip(asked, answers, strict=True):
        assert ("Paris" if "France" in question else "Canberra") in text(chunks)


async def test_a_schema_is_kept(model: EmbeddedModel) -> None:
    schema = {
        "type": "object",
        "properties": {"capital": {"type": "string"}, "large": {"type": "boolean"}},
        "required": ["capital", "large"],
    }
    found = json.loads(text(await read(model, say("user", "Capital of France?"), schema=schema)))
    assert isinstance(found["capital"], str)
    assert isinstance(found["large"], bool)


async def called(chunks: list[Chunk]) -> tuple[str, dict[str, Any]]:
    deltas = [delta for chunk in chunks for delta in chunk.calls]
    assert [chunk.finish for chunk in chunks if chunk.finish] == ["tool_calls"]
    return deltas[0].name, json.loads("".join(delta.arguments for delta in deltas))


async def test_a_sum_in_words_becomes_a_call_of_calculate(model: EmbeddedModel) -> None:
    question = "A shirt costs 25 dollars. How much do 4 shirts cost?"
    name, arguments = await called(await read(model, say("user", question), tools=[CALCULATE]))
    assert name == "calculate"
    assert sorted(arguments["expression"].split()) == ["*", "25", "4"]
    after = [
        say("user", question),
        Message("assistant", (ToolCall("1", "calculate", '{"expression":"25 * 4"}'),)),
        Message("tool", (ToolResult("1", "calculate", "100"),)),
    ]
    chunks = await read(model, *after, tools=[CALCULATE], max_tokens=30)
    assert text(chunks)
    assert not any(chunk.calls for chunk in chunks)


async def test_a_required_or_named_tool_gets_arguments_that_fit(model: EmbeddedModel) -> None:
    question = say("user", "What will the weather be in Paris for 3 days?")
    for choice in ("required", "weather"):
        name, arguments = await called(
            await read(model, question, tools=[CALCULATE, WEATHER], tool_choice=choice)
        )
        assert name == "weather"
        assert isinstance(arguments["city"], str)
        assert isinstance(arguments["days"], int)
    other = say("user", "Xyzzy")
    name, _ = await called(
        await read(model, other, tools=[CALCULATE, WEATHER], tool_choice="required")
    )
    assert name in ("calculate", "weather")


async def test_what_does_not_fit_is_left_out_and_said() -> None:
    model = EmbeddedModel(Settings(embedded_context=512))
    old = [say(role, f"We spoke of bread number {n}. " * 20) for n in range(6) for role in ROLES]
    last = say("user", "What did we speak of?")
    chunks = await read(model, say("system", "Be brief."), *old, last, max_tokens=8)
    assert "older messages left out" in chunks[0].notice
    fitted, _ = await model._fit([say("system", "Be brief."), *old, last], 900)
    assert (fitted[0].text, fitted[-1]) == ("Be brief.", last)
    assert 2 < len(fitted) < 14
    assert await model.count(fitted) <= 900
    await model.close()


ROLES: tuple[Any, ...] = ("user", "assistant")


async def test_ten_megabytes_are_cut_to_fit(model: EmbeddedModel) -> None:
    large = Document("The bakery opened in 1990. It sells bread. " * 250_000, "b.txt")
    fitted, notice = await model._fit([say("user", "When did it open?", large)], 600)
    assert await model.count(fitted) <= 600
    assert fitted[0].text == "When did it open?"
    assert "cut off" in notice
    fitted, _ = await model._fit([say("user", "word " * 5000 + "why?")], 600)
    assert fitted[0].text.endswith("why?")
    assert await model.count(fitted) <= 600


async def test_an_answer_stopped_by_length_ends_with_a_sentence(model: EmbeddedModel) -> None:
    question = say("user", "Write a long story about a dog.")
    chunks = await read(model, question, max_tokens=100)
    assert [chunk.finish for chunk in chunks if chunk.finish] == ["length"]
    assert text(chunks).rstrip()[-1] in ".!?…\"”'"


async def test_closing_stops_the_work_at_once(model: EmbeddedModel) -> None:
    stream = model.stream(Request(messages=[say("user", "Tell me a story.")], max_tokens=900))
    async for chunk in stream:
        if chunk.text:
            break
    await stream.aclose()  # type: ignore[attr-defined]
    busy = True
    for _ in range(30):
        await asyncio.sleep(0.1)
        assert embedded._running
        running = next(iter(embedded._running.values()))
        metrics = json.loads(await slots(running))
        busy = any(slot["is_processing"] for slot in metrics)
        if not busy:
            break
    assert not busy


async def slots(running: Any, key: str = "") -> str:
    async with (
        aiohttp.ClientSession() as session,
        session.get(
            f"{running.url}/slots",
            headers={"Authorization": f"Bearer {key or running.key.reveal()}"},
        ) as response,
    ):
        return await response.text() if response.status == 200 else str(response.status)


async def test_nobody_else_may_use_it(model: EmbeddedModel) -> None:
    await model.start()
    running = next(iter(embedded._running.values()))
    assert running.url.startswith("http://127.0.0.1:")
    assert await slots(running, "guess") == "401"


async def test_it_is_started_once_for_the_process() -> None:
    models = [EmbeddedModel(Settings(), tier) for tier in ("fast", "deep", "fast")]
    endpoints = await asyncio.gather(*(model.start() for model in models))
    assert len({endpoint._way for endpoint in endpoints}) == 1
    for model in models:
        await model.close()


async def test_a_file_that_is_no_model_is_said(tmp_path: Path, capfd: Any) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + b"\0" * 100)
    for path in (broken, tmp_path / "absent.gguf"):
        with pytest.raises(Problem) as raised:
            await EmbeddedModel(Settings(embedded_path=str(path))).start()
        assert raised.value.code == "no_embedded_model"
        assert path.name in raised.value.what
    assert capfd.readouterr() == ("", "")


def test_a_cold_process_is_quiet_and_quick_and_ends_cleanly() -> None:
    program = """
import asyncio
from musespark.embedded import EmbeddedModel
from musespark.message import say
from musespark.model import Request
from musespark.settings import Settings

async def main():
    model = EmbeddedModel(Settings())
    async for chunk in model.stream(Request(messages=[say("user", "Why is the sky blue?")])):
        if chunk.text:
            break
    await model.close()
asyncio.run(main())
"""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, timeout=60
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, b"", b"")


# What it leans on


@pytest.mark.parametrize(
    ("words", "reply"),
    [
        ("Hi!", "Hello!"),
        ("hello there", "Hello!"),
        ("Hi! How are you today?", "Hello!"),
        ("Thanks a lot!", "You're welcome!"),
        ("Guten Morgen", "Hallo!"),
        ("Vielen Dank!", "Gern"),
        ("¡Hola! ¿Qué tal?", "¡Hola!"),
        ("muchas gracias", "¡De nada!"),
        ("Bonjour", "Bonjour"),
        ("Merci beaucoup !", "Je vous"),
        ("Hi, what is the capital of France?", ""),
        ("Thanks, but why?", ""),
        ("Good", ""),
        ("", ""),
    ],
)
def test_a_bare_greeting_has_its_reply(words: str, reply: str) -> None:
    found = greeting([say("user", words)])
    assert found.startswith(reply)
    assert bool(found) == bool(reply)


def test_a_greeting_with_an_attachment_is_a_question() -> None:
    assert greeting([say("user", "Hello", Document("text"))]) == ""
    assert greeting([]) == ""


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("Sam has twelve cookies and eats five.", ["12", "5"]),
        ("1,250 people pay 3.50 each", ["1250", "3.50"]),
        ("one of the 3 B2B firms", ["3"]),
        ("nothing", []),
    ],
)
def test_the_numbers_of_a_question(question: str, numbers: list[str]) -> None:
    assert quantities(question) == numbers


def test_only_subtraction_answers_what_is_left() -> None:
    assert '" * "' not in crutches.grammar(["12", "5"], "He eats 5 of 12. How many are left?")
    assert '" * "' in crutches.grammar(["12", "5"], "How much do 5 at 12 each cost?")
    assert '"100"' in crutches.grammar(["20", "60"], "What is 20% of 60?")


def test_sentences_hold_back_only_near_the_limit() -> None:
    held = Sentences(100)
    said = "".join(held.take(" word") for _ in range(52))
    assert said.count("word") == 52
    assert held.take(" One.") == ""
    assert held.take(" Two") == " One."
    assert held.end("length") == ""
    assert Sentences(0).take("a") == "a"
    held = Sentences(100)
    for _ in range(99):
        held.take(" word")
    assert held.end("length").endswith("…")
    held = Sentences(100)
    for _ in range(60):
        held.take("x")
    assert held.end("stop") == "x" * 8
