"""The scripted model says what it was told to."""

from __future__ import annotations

import asyncio
import doctest
import time

import pytest

from musespark import scripted
from musespark.message import say
from musespark.model import Request
from musespark.problem import Problem
from musespark.scripted import Reply, ScriptedModel, call, hang

ASK = Request(messages=[say("user", "What is two and two?")])


async def test_says_its_replies_in_order_and_keeps_the_requests() -> None:
    model = ScriptedModel(["Four, I think.", {"answer": 4}, Reply(text="Four", reasoning="2 + 2")])
    first = [chunk async for chunk in model.stream(ASK)]
    assert [chunk.text for chunk in first if chunk.text] == ["Four,", " I", " think."]
    assert first[-2].finish == "stop"
    assert first[-1].usage is not None
    assert first[-1].usage.output == 4
    assert "".join([chunk.text async for chunk in model.stream(ASK)]) == '{"answer":4}'
    third = [chunk async for chunk in model.stream(ASK)]
    assert "".join(chunk.reasoning for chunk in third) == "2 + 2"
    assert model.requests == [ASK] * 3
    with pytest.raises(AssertionError, match="no reply 4"):
        await anext(model.stream(ASK))


async def test_calls_tools_in_pieces() -> None:
    model = ScriptedModel([call("calculate", {"expression": "2 + 2"})])
    chunks = [chunk async for chunk in model.stream(ASK)]
    deltas = [delta for chunk in chunks for delta in chunk.calls]
    assert deltas[0].name == "calculate"
    assert deltas[0].id
    assert "".join(delta.arguments for delta in deltas) == '{"expression":"2 + 2"}'
    assert chunks[-2].finish == "tool_calls"


async def test_a_function_may_answer_many_at_once() -> None:
    async def script(request: Request) -> str:
        return request.messages[-1].text.upper()

    model = ScriptedModel(script, pause=0.001)

    async def ask(words: str) -> str:
        request = Request(messages=[say("user", words)])
        return "".join([chunk.text async for chunk in model.stream(request)])

    words = [f"a {n}" for n in range(20)]
    assert await asyncio.gather(*map(ask, words)) == [word.upper() for word in words]
    assert model.most == 20
    assert (model.running, model.closed) == (0, 0)


async def test_breaks_off_hangs_and_raises() -> None:
    problem = Problem("model_overloaded", "Busy.", status=503)
    model = ScriptedModel([problem, Reply(text="one two three", cut=2), hang(1, "one two")])
    with pytest.raises(Problem, match="Busy"):
        await anext(model.stream(ASK))
    got: list[str] = []

    async def read(request: Request) -> None:
        async for chunk in model.stream(request):
            got.append(chunk.text)

    with pytest.raises(Problem) as raised:
        await read(ASK)
    assert (got, raised.value.code) == (["one", " two"], "model_cut_off")
    late = Request(messages=ASK.messages, deadline=time.monotonic() + 0.05)
    with pytest.raises(Problem) as raised:
        await read(late)
    assert (got[2:], raised.value.code) == (["one"], "model_silent")


async def test_counts_those_that_were_closed_early() -> None:
    model = ScriptedModel([Reply(text="one two", hang=1)], repeat=True)
    for _ in range(2):
        stream = model.stream(ASK)
        assert (await anext(stream)).text == "one"
        assert model.running == 1
        await stream.aclose()
    assert (model.running, model.closed) == (0, 2)


def test_its_example_runs() -> None:
    assert doctest.testmod(scripted).failed == 0
