"""Chat Completions, as the official client sees them."""

from __future__ import annotations

import asyncio
import base64

import openai
import pytest

from musespark.message import Document, Usage
from musespark.model import Request
from musespark.scripted import Reply, ScriptedModel, call, hang
from musespark.settings import Settings
from served import script, served

ASK = [{"role": "user", "content": "Write me a line about the sea, please."}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather in a town",
        "parameters": {"type": "object", "properties": {"town": {"type": "string"}}},
    },
}


@pytest.mark.parametrize("mode", ["auto", "instant", "thinking", "contemplating"])
async def test_every_model_streams_and_answers(settings: Settings, mode: str) -> None:
    async with served(settings) as server, server.openai() as client:
        model = f"musespark-{mode}"
        stream = await client.chat.completions.create(
            model=model, messages=ASK, stream=True, stream_options={"include_usage": True}
        )
        chunks = [chunk async for chunk in stream]
        text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
        assert "The tide turns at seven." in text
        assert chunks[0].choices[0].delta.role == "assistant"
        assert chunks[-2].choices[0].finish_reason == "stop"
        ours = chunks[-2].model_extra["musespark"]
        assert ours["run"].startswith("run_")
        assert ours["mode"] in ("instant", "thinking", "contemplating")
        assert ours["reason"]
        assert chunks[-1].choices == []
        assert chunks[-1].usage.total_tokens > 0
        assert {c.id for c in chunks} == {chunks[0].id}
        whole = await client.chat.completions.create(model=model, messages=ASK)
        assert "The tide turns at seven." in whole.choices[0].message.content
        assert whole.usage.prompt_tokens > 0
        assert whole.model == model
        row = await server.engine.runs.whole("owner", whole.model_extra["musespark"]["run"])
        assert row["state"] == "done"


async def test_reasoning_is_its_own_field_and_the_header_names_the_run(settings: Settings) -> None:
    async with served(settings) as server, server.openai() as client:
        raw = await client.chat.completions.with_raw_response.create(
            model="musespark-instant", messages=ASK
        )
        whole = raw.parse()
        assert whole.choices[0].message.model_extra["reasoning_content"] == "Let me see."
        assert raw.headers["x-musespark-run"] == whole.model_extra["musespark"]["run"]


async def test_an_unknown_model_is_a_404_that_names_the_known_ones(settings: Settings) -> None:
    async with served(settings) as server, server.openai() as client:
        with pytest.raises(openai.NotFoundError, match="musespark-thinking") as caught:
            await client.chat.completions.create(model="gpt-5", messages=ASK)
        assert caught.value.code == "model_not_found"
        assert caught.value.param == "model"


async def test_own_tools_go_out_and_their_results_come_back(settings: Settings) -> None:
    model = ScriptedModel([call("weather", {"town": "Kiel"}), "Rain in Kiel."])
    async with served(settings, model) as server, server.openai() as client:
        talk = [{"role": "user", "content": "Is it dry in Kiel?"}]
        stream = await client.chat.completions.create(
            model="musespark-auto", messages=talk, tools=[WEATHER], stream=True
        )
        name = arguments = id = ""
        async for chunk in stream:
            for made in chunk.choices[0].delta.tool_calls or ():
                id = made.id or id
                name += made.function.name or ""
                arguments += made.function.arguments or ""
            finish = chunk.choices[0].finish_reason
        assert (name, arguments, finish) == ("weather", '{"town":"Kiel"}', "tool_calls")
        made = {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}
        talk += [
            {"role": "assistant", "content": None, "tool_calls": [made]},
            {"role": "tool", "tool_call_id": id, "content": "rain, 9 degrees"},
        ]
        whole = await client.chat.completions.create(
            model="musespark-auto", messages=talk, tools=[WEATHER], tool_choice="auto"
        )
        assert whole.choices[0].message.content == "Rain in Kiel."
        assert whole.choices[0].message.tool_calls is None
        last = model.requests[-1].messages[-1].parts[0]
        assert (last.name, last.content) == ("weather", "rain, 9 degrees")
        assert [tool.name for tool in model.requests[-1].tools] == ["weather"]


async def test_tool_choice_and_several_calls(settings: Settings) -> None:
    model = ScriptedModel([Reply(calls=[("weather", {"town": t}) for t in ("Kiel", "Bonn")])])
    async with served(settings, model) as server, server.openai() as client:
        whole = await client.chat.completions.create(
            model="musespark-instant", messages=ASK, tools=[WEATHER],
            tool_choice={"type": "function", "function": {"name": "weather"}},
            parallel_tool_calls=True,
        )  # fmt: skip
        calls = whole.choices[0].message.tool_calls
        assert [c.function.arguments for c in calls] == ['{"town":"Kiel"}', '{"town":"Bonn"}']
        assert whole.choices[0].finish_reason == "tool_calls"
        assert model.requests[0].tool_choice == "weather"
        assert model.requests[0].options == {"parallel_tool_calls": True}


async def test_sampling_reaches_the_model(settings: Settings) -> None:
    model = ScriptedModel(["Yes."])
    async with served(settings, model) as server, server.openai() as client:
        await client.chat.completions.create(
            model="musespark-instant", messages=ASK, temperature=0.3, top_p=0.9, seed=7,
            max_completion_tokens=50, stop=["END"], reasoning_effort="low", presence_penalty=0.1,
            user="somebody", response_format={"type": "json_schema", "json_schema": {
                "name": "a", "schema": {"type": "object", "properties": {"a": {}}}}},
        )  # fmt: skip
    given = model.requests[0]
    assert (given.temperature, given.seed, given.max_tokens, given.stop) == (0.3, 7, 50, ["END"])
    assert given.options == {"top_p": 0.9, "presence_penalty": 0.1}
    assert given.effort == "low"
    assert given.schema == {"type": "object", "properties": {"a": {}}}


async def test_a_cut_answer_says_length_and_usage_is_the_models(settings: Settings) -> None:
    reply = Reply(text="Once upon", finish="length", usage=Usage(11, 2, 1, 4, 0.5, 1))
    async with served(settings, ScriptedModel([reply])) as server, server.openai() as client:
        whole = await client.chat.completions.create(model="musespark-instant", messages=ASK)
    assert whole.choices[0].finish_reason == "length"
    assert (whole.usage.prompt_tokens, whole.usage.completion_tokens) == (11, 2)
    assert whole.usage.prompt_tokens_details.cached_tokens == 4
    assert whole.usage.completion_tokens_details.reasoning_tokens == 1
    assert whole.model_extra["musespark"]["cost"] == 0.5


async def test_texts_go_along_as_they_are(settings: Settings) -> None:
    model = ScriptedModel(["Seen."])
    text = "data:text/plain;base64," + base64.b64encode(b"The tide turns.").decode()
    parts = [
        {"type": "text", "text": "What is in these?"},
        {"type": "file", "file": {"file_data": text, "filename": "tide.txt"}},
        {"type": "document", "text": "The sea is blue.", "name": "sea.txt"},
    ]
    async with served(settings, model) as server, server.openai() as client:
        await client.chat.completions.create(
            model="musespark-instant", messages=[{"role": "user", "content": parts}]
        )
    got = [part for part in model.requests[0].messages[-1].parts if isinstance(part, Document)]
    assert [(part.name, part.text) for part in got] == [
        ("tide.txt", "The tide turns."), ("sea.txt", "The sea is blue.")]  # fmt: skip


async def test_wishes_for_musespark(settings: Settings) -> None:
    model = ScriptedModel(script)
    async with served(settings, model) as server, server.openai() as client:
        wish = {"mode": "thinking", "incognito": True, "conversation": "conv_mine",
                "zone": "Asia/Tokyo", "language": "de", "budget": {"tokens": 5000}}  # fmt: skip
        whole = await client.chat.completions.create(
            model="musespark-auto", messages=ASK, extra_body={"musespark": wish}
        )
        ours = whole.model_extra["musespark"]
        assert (ours["mode"], ours["conversation"]) == ("thinking", "conv_mine")
        assert "gewählt" in ours["reason"]
        assert (await server.json("GET", f"/v1/runs/{ours['run']}"))[0] == 404
        for wrong in ({"mode": "dreaming"}, {"zone": "Mars/Base"}, {"approve": ["nothing"]},
                      {"budget": {"tokens": 0}}, {"budget": {"money": 0}}, {"wat": 1}):  # fmt: skip
            with pytest.raises(openai.APIStatusError) as caught:
                await client.chat.completions.create(
                    model="musespark-auto", messages=ASK, extra_body={"musespark": wrong}
                )
            assert caught.value.status_code in (400, 404)
        spent = await client.chat.completions.create(
            model="musespark-thinking", messages=ASK,
            extra_body={"musespark": {"budget": {"seconds": 30}}},
        )  # fmt: skip
        assert spent.choices[0].message.content


async def test_a_client_that_hangs_up_stops_the_work_upstream(settings: Settings) -> None:
    for mode in ("instant", "contemplating"):
        model = ScriptedModel(lambda request: hang(2, "so many words to say here"))
        async with served(settings, model) as server, server.openai() as client:
            stream = await client.chat.completions.create(
                model=f"musespark-{mode}", messages=ASK, stream=True,
                extra_body={"musespark": {"insist": True}},
            )  # fmt: skip
            while not model.running:
                await asyncio.sleep(0.01)
            [run] = server.engine.runs.live
            await stream.close()
            async with asyncio.timeout(1):
                while model.running or run in server.engine.runs.live:
                    await asyncio.sleep(0.01)
            assert model.closed
            assert (await server.engine.runs.row("owner", run))["state"] == "cancelled"


async def test_an_answer_that_is_not_streamed_hangs_up_as_well(settings: Settings) -> None:
    model = ScriptedModel([hang(2, "so many words to say here")])
    async with served(settings, model) as server, server.openai() as client:
        asking = asyncio.create_task(
            client.chat.completions.create(model="musespark-instant", messages=ASK)
        )
        while not model.running:
            await asyncio.sleep(0.01)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        async with asyncio.timeout(1):
            while model.running:
                await asyncio.sleep(0.01)


async def test_a_model_that_fails_has_a_status_before_the_first_word(settings: Settings) -> None:
    from musespark.problem import Problem

    away = Problem("model_unreachable", "No model answers.", next="Start it.", status=502)
    model = ScriptedModel([away, away, Reply(text="One two three four", cut=2)])
    async with served(settings, model) as server, server.openai() as client:
        for stream in (False, True):
            with pytest.raises(openai.InternalServerError, match="No model answers") as caught:
                await client.chat.completions.create(
                    model="musespark-instant", messages=ASK, stream=stream
                )
            assert caught.value.status_code == 502
            assert caught.value.code == "model_unreachable"
        got = await client.chat.completions.create(
            model="musespark-instant", messages=ASK, stream=True
        )
        words = ""
        with pytest.raises(openai.APIError, match="stopped in the middle"):  # noqa: PT012
            async for chunk in got:
                words += chunk.choices[0].delta.content or ""
        assert words == "One two"


async def test_the_small_model_inside_answers_through_the_official_client(
    settings: Settings,
) -> None:
    from musespark.models import Models

    models = Models(settings)
    try:
        async with served(settings, models=models) as server, server.openai() as client:
            stream = await client.chat.completions.create(
                model="musespark-instant", messages=[{"role": "user", "content": "Say hello."}],
                max_tokens=12, stream=True, stream_options={"include_usage": True},
            )  # fmt: skip
            chunks = [chunk async for chunk in stream]
            exact = await client.chat.completions.create(
                model="musespark-auto", messages=[{"role": "user", "content": "What is 17 * 23?"}]
            )
    finally:
        await models.close()
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices).strip()
    assert 0 < chunks[-1].usage.completion_tokens <= 12
    assert "391" in exact.choices[0].message.content
    assert exact.model_extra["musespark"]["mode"] == "exact"


async def test_a_question_to_a_function_of_the_request(settings: Settings) -> None:
    seen: list[Request] = []

    def answer(request: Request) -> Reply:
        seen.append(request)
        return Reply(text="Fine.")

    async with served(settings, ScriptedModel(answer)) as server, server.openai() as client:
        await client.chat.completions.create(
            model="musespark-instant",
            messages=[
                {"role": "developer", "content": "Be brief."},
                {"role": "system", "content": [{"type": "text", "text": "Be kind."}]},
                {"role": "user", "content": "One"},
                {"role": "assistant", "content": "Two", "reasoning_content": "hm"},
                {"role": "user", "content": "Three"},
            ],
        )
    roles = [m.role for m in seen[0].messages]
    assert roles == ["system", "system", "system", "user", "assistant", "user"]
