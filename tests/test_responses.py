"""The Responses API, as the official client sees it."""

from __future__ import annotations

import asyncio
import base64

import openai
import pytest

from musespark.problem import Problem
from musespark.scripted import Reply, ScriptedModel, call, hang
from musespark.settings import Settings
from samples import picture
from served import script, served

WEATHER = {
    "type": "function",
    "name": "weather",
    "description": "The weather in a town",
    "parameters": {"type": "object", "properties": {"town": {"type": "string"}}},
}


@pytest.mark.parametrize("mode", ["auto", "instant", "thinking", "contemplating"])
async def test_every_model_streams_in_the_official_shape(settings: Settings, mode: str) -> None:
    async with served(settings) as server, server.openai() as client:
        async with client.responses.stream(
            model=f"musespark-{mode}", input="Write me a line about the sea, please."
        ) as stream:
            events = [event async for event in stream]
            final = await stream.get_final_response()
        types = [event.type for event in events]
        assert types[:2] == ["response.created", "response.in_progress"]
        assert types[-1] == "response.completed"
        assert [e.sequence_number for e in events] == list(range(len(events)))
        assert types.count("response.output_item.added") == types.count("response.output_item.done")
        assert "response.reasoning_summary_text.delta" in types
        said = "".join(e.delta for e in events if e.type == "response.output_text.delta")
        assert final.output_text == said
        assert "The tide turns at seven." in said
        assert final.usage.total_tokens > 0
        kept = await client.responses.retrieve(final.id)
        assert kept.status == "completed"
        assert "The tide turns at seven." in kept.output_text


PIXELS = "data:image/png;base64," + base64.b64encode(picture()).decode()


async def test_a_conversation_goes_on_from_the_store(settings: Settings) -> None:
    model = ScriptedModel(["Two.", "Four.", "Six."])
    async with served(settings, model) as server, server.openai() as client:
        first = await client.responses.create(
            model="musespark-instant", instructions="Count.", input="Start, please."
        )
        second = await client.responses.create(
            model="musespark-instant", input="And now?", previous_response_id=first.id
        )
        assert second.output_text == "Four."
        await client.responses.create(
            model="musespark-instant", input="Once more", previous_response_id=second.id
        )
        roles = [(m.role, m.text) for m in model.requests[-1].messages[1:]]
        assert roles == [("user", "Start, please."), ("assistant", "Two."), ("user", "And now?"),
                         ("assistant", "Four."), ("user", "Once more")]  # fmt: skip
        assert model.requests[0].messages[1].text == "Count."
        with pytest.raises(openai.BadRequestError, match="There is no response"):
            await client.responses.create(
                model="musespark-instant", input="x", previous_response_id="resp_none"
            )


async def test_tools_of_the_caller_over_three_requests(settings: Settings) -> None:
    model = ScriptedModel([call("weather", {"town": "Kiel"}), "Rain.", "Take a coat."])
    async with served(settings, model) as server, server.openai() as client:
        async with client.responses.stream(
            model="musespark-auto", input="Is it dry in Kiel?", tools=[WEATHER]
        ) as stream:
            types = [event.type async for event in stream]
            first = await stream.get_final_response()
        assert "response.function_call_arguments.delta" in types
        made = first.output[-1]
        assert (made.type, made.name, made.arguments) == (
            "function_call", "weather", '{"town":"Kiel"}',
        )  # fmt: skip
        output = {"type": "function_call_output", "call_id": made.call_id, "output": "9 degrees"}
        second = await client.responses.create(
            model="musespark-auto", previous_response_id=first.id, input=[output], tools=[WEATHER]
        )
        assert second.output_text == "Rain."
        third = await client.responses.create(
            model="musespark-instant", previous_response_id=second.id, input="What to wear?"
        )
        assert third.output_text == "Take a coat."
        roles = [m.role for m in model.requests[-1].messages[1:]]
        assert roles == ["user", "assistant", "tool", "assistant", "user"]
        assert (await client.responses.retrieve(first.id)).output[0].type == "function_call"


async def test_in_the_background_until_it_is_done_or_cancelled(settings: Settings) -> None:
    async with served(settings, ScriptedModel(script, pause=0.01)) as server:
        client = server.openai()
        begun = await client.responses.create(
            model="musespark-contemplating", input="Compare three harbours.", background=True
        )
        assert begun.status == "in_progress"
        async with asyncio.timeout(10):
            while (await client.responses.retrieve(begun.id)).status == "in_progress":
                await asyncio.sleep(0.05)
        done = await client.responses.retrieve(begun.id)
        assert done.status == "completed"
        assert "The tide turns at seven." in done.output_text
        await client.responses.delete(begun.id)
        with pytest.raises(openai.NotFoundError):
            await client.responses.retrieve(begun.id)
        await client.close()
    async with served(settings, ScriptedModel(lambda request: hang(0))) as server:
        client = server.openai()
        begun = await client.responses.create(
            model="musespark-contemplating", input="Compare three harbours.", background=True
        )
        async with asyncio.timeout(1):
            stopped = await client.responses.cancel(begun.id)
        assert stopped.status == "cancelled"
        await client.close()


async def test_store_false_keeps_nothing_and_a_cut_is_incomplete(settings: Settings) -> None:
    model = ScriptedModel([Reply(text="Once upon", finish="length"), "{}"])
    async with served(settings, model) as server, server.openai() as client:
        got = await client.responses.create(
            model="musespark-instant", input="Tell me.", store=False, max_output_tokens=2
        )
        assert (got.status, got.incomplete_details.reason) == ("incomplete", "max_output_tokens")
        with pytest.raises(openai.NotFoundError):
            await client.responses.retrieve(got.id)
        schema = {"type": "object", "properties": {}}
        await client.responses.create(
            model="musespark-instant", input=[{"role": "user", "content": [
                {"type": "input_text", "text": "As JSON"},
                {"type": "input_image", "image_url": PIXELS}]}],
            text={"format": {"type": "json_schema", "name": "a", "schema": schema}},
            reasoning={"effort": "high"},
        )  # fmt: skip
        assert model.requests[1].schema == schema
        assert model.requests[1].effort == "high"


async def test_an_error_in_the_middle_is_an_event(settings: Settings) -> None:
    late = Reply(text="One two three", cut=2)
    model = ScriptedModel([late, Problem("model_refused", "No.", status=502)])
    async with served(settings, model) as server, server.openai() as client:
        stream = await client.responses.create(model="musespark-instant", input="Go.", stream=True)
        events = [event async for event in stream]
        assert events[-1].type == "response.failed"
        assert "stopped in the middle" in events[-1].response.error.message
        with pytest.raises(openai.InternalServerError, match=r"No\."):
            await client.responses.create(model="musespark-instant", input="Go.", stream=True)


async def test_what_is_wrong_is_said(settings: Settings) -> None:
    async with served(settings) as server, server.openai() as client:
        for fields in (
            {"input": ""},
            {"input": [{"role": "nobody", "content": "x"}]},
            {"input": [{"type": "computer_call"}]},
            {"input": "x", "tools": [{"type": "web_search"}]},
            {"input": "x", "tool_choice": "required"},
            {"input": "x", "background": True, "store": False},
            {"input": [{"type": "function_call_output", "call_id": "no", "output": "x"}]},
            {"input": "x", "text": {"format": {"type": "xml"}}},
            {"input": "x", "temperature": 9},
        ):
            with pytest.raises(openai.BadRequestError) as caught:
                await client.responses.create(model="musespark-instant", **fields)
            assert caught.value.body["message"], fields
