"""AG-UI 1.0, as the protocol package's own models see it."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

from ag_ui.core import Event as AgUiEvent
from ag_ui.core import RunAgentInput
from pydantic import TypeAdapter

from musespark.message import Document, Image, ToolResult
from musespark.scripted import ScriptedModel, call, hang
from musespark.settings import Settings
from musespark.turn import new_id
from samples import picture
from served import script, served, sse

PARSER: TypeAdapter[Any] = TypeAdapter(AgUiEvent)


def ask(text: Any = "Compare three harbours for me.", **more: Any) -> dict[str, Any]:
    """A request, checked by the protocol's own model."""
    body = {
        "threadId": new_id("thread"),
        "runId": new_id("their-run"),
        "state": {},
        "messages": [{"id": "1", "role": "user", "content": text}],
        "tools": [],
        "context": [],
        "forwardedProps": {},
        **more,
    }
    RunAgentInput.model_validate(body)
    return body


def wish(**wishes: Any) -> dict[str, Any]:
    return {"forwardedProps": {"musespark": wishes}}


async def test_a_whole_contemplating_run_is_valid(settings: Settings) -> None:
    async with served(settings) as server:
        body = ask(**wish(mode="contemplating"))
        events = await server.events("/agui", json=body)
        numbers = [number for number, _ in events]
        assert numbers == list(range(1, len(events) + 1))
        parsed = [PARSER.validate_python(event) for _, event in events]
        types = [event.type.value for event in parsed]
        assert types[0] == "RUN_STARTED"
        assert types[-1] == "RUN_FINISHED"
        assert types.count("SUBAGENT_STARTED") == types.count("SUBAGENT_FINISHED") == 3
        assert (parsed[0].thread_id, parsed[0].run_id) == (body["threadId"], body["runId"])
        assert parsed[-1].outcome.type == "success"
        assert parsed[-1].usage[0].total_tokens > 0
        lanes = {event.subagent_run_id for event in parsed if event.type == "TEXT_MESSAGE_START"}
        assert len(lanes) == 4, "three agents and the answer"
        again = await server.events(f"/v1/runs/{body['runId']}/events")
        assert again == events


async def test_client_tools_are_pending_and_their_results_go_on(settings: Settings) -> None:
    model = ScriptedModel([call("choose_colour", {"of": "sail"}), "A red sail."])
    tool = {"name": "choose_colour", "description": "Asks the person", "parameters": {}}
    async with served(settings, model) as server:
        body = ask("Which sail do I get?", tools=[tool])
        events = [event for _, event in await server.events("/agui", json=body)]
        start = next(e for e in events if e["type"] == "TOOL_CALL_START")
        assert start["toolCallName"] == "choose_colour"
        made = start["toolCallId"]
        assert events[-1]["outcome"] == {"type": "success", "pendingToolCallIds": [made]}
        call_ = {"id": made, "type": "function",
                 "function": {"name": "choose_colour", "arguments": '{"of":"sail"}'}}  # fmt: skip
        messages = [
            *body["messages"],
            {"id": "2", "role": "assistant", "toolCalls": [call_]},
            {"id": "3", "role": "tool", "toolCallId": made, "content": "red"},
        ]
        more = {"messages": messages, "tools": [tool], "threadId": body["threadId"]}
        events = [event for _, event in await server.events("/agui", json=ask(**more))]
        text = "".join(e["delta"] for e in events if e["type"] == "TEXT_MESSAGE_CONTENT")
        assert text == "A red sail."
        assert model.requests[-1].messages[-1].parts == (ToolResult(made, "choose_colour", "red"),)
        kept = await server.engine.runs.history("owner", body["threadId"])
        assert [m.role for m in kept] == ["user", "assistant", "tool", "assistant"]


async def test_parts_context_and_reasoning_are_read(settings: Settings) -> None:
    model = ScriptedModel(["Seen."])
    parts = [
        {"type": "text", "text": "What do you see?"},
        {"type": "image", "metadata": {"filename": "sea.png"},
         "source": {"type": "data", "value": base64.b64encode(picture()).decode(),
                    "mimeType": "image/png"}},
        {"type": "document", "metadata": {"filename": "sea.txt"},
         "source": {"type": "data", "value": "VGhlIHNlYQ==", "mimeType": "text/plain"}},
    ]  # fmt: skip
    body = ask(parts, context=[{"description": "page", "value": "Harbour"}],
               **wish(mode="instant"))  # fmt: skip
    body["messages"].insert(0, {"id": "0", "role": "reasoning", "content": "Hm."})
    body["messages"].insert(0, {"id": "a", "role": "activity", "activityType": "x", "content": {}})
    async with served(settings, model) as server:
        events = await server.events("/agui", json=body)
        assert events[-1][1]["type"] == "RUN_FINISHED"
    asked = model.requests[0].messages
    assert "page: Harbour" in asked[1].text
    got = asked[-1].parts
    assert [part.name for part in got if isinstance(part, Image)] == ["sea.png"]
    assert ("sea.txt", "The sea") in [(p.name, p.text) for p in got if isinstance(p, Document)]


async def test_a_run_id_is_used_once(settings: Settings) -> None:
    async with served(settings) as server:
        body = ask(**wish(mode="instant"))
        await server.events("/agui", json=body)
        status, said = await server.json("POST", "/agui", json=body)
        assert status == 409
        assert said["error"]["code"] == "run_exists"


async def test_a_durable_run_goes_on_without_its_client_and_resumes(settings: Settings) -> None:
    async with served(settings, ScriptedModel(script, pause=0.02)) as server:
        body = ask(**wish(mode="contemplating"))
        seen = []
        async with server.http.post(f"{server.url}/agui", json=body) as response:
            async for event in sse(response):
                seen.append(event)
                if len(seen) == 9:
                    break
        assert body["runId"] in server.engine.runs.live
        last = {"Last-Event-ID": str(seen[-1][0])}
        path = f"/v1/runs/{body['runId']}/events"
        rest = await server.events(path, headers=last)
        events = seen + rest
        assert [number for number, _ in events] == list(range(1, len(events) + 1))
        assert events[-1][1]["type"] == "RUN_FINISHED"
        assert await server.events(path) == events
        async with server.http.get(f"{server.url}{path}?after={len(events)}") as response:
            assert response.status == 204


async def test_another_run_is_hung_up_with_its_client(settings: Settings) -> None:
    model = ScriptedModel([hang(1, "so many words")])
    async with served(settings, model) as server:
        async with server.http.post(
            f"{server.url}/agui", json=ask(**wish(mode="instant"))
        ) as response:
            async for _ in sse(response):
                break
            while not model.running:
                await asyncio.sleep(0.01)
        async with asyncio.timeout(1):
            while model.running or server.engine.runs.live:
                await asyncio.sleep(0.01)


async def test_what_is_wrong_is_said(settings: Settings) -> None:
    async with served(settings) as server:
        for change, param in (
            ({"runId": "a b"}, "runId"),
            ({"messages": []}, "messages"),
            ({"messages": [{"id": "1", "role": "user", "content": 7}]}, "messages[0].content"),
            (wish(mode=3), "forwardedProps.musespark"),
            ({"tools": [{"name": "no blanks", "description": ""}]}, "tools[0].name"),
            ({"messages": [{"id": "1", "role": "tool", "toolCallId": "x", "content": ""}]},
             "messages[0].toolCallId"),
        ):  # fmt: skip
            status, said = await server.json("POST", "/agui", json={**ask(), **change})
            assert status == 400
            assert said["error"]["param"].startswith(param), said
