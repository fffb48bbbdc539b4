"""Attachments through every door: read by their senses before a mode is chosen."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import openai
import pytest
from aiohttp import web

from fake_model import Server as Model
from musespark import public_web, unread
from musespark.message import Document, Image, Table
from musespark.scripted import ScriptedModel
from musespark.settings import Settings, read
from musespark.turn import new_id
from samples import PRICES, picture
from served import Served, script, served


def data(raw: bytes, media: str = "application/octet-stream") -> str:
    return f"data:{media};base64,{base64.b64encode(raw).decode()}"


SHELF, LIST = picture(), PRICES


def agui(content: list[dict[str, Any]], mode: str = "instant", thread: str = "") -> dict[str, Any]:
    return {
        "threadId": thread or new_id("thread"),
        "runId": new_id("run"),
        "messages": [{"id": "1", "role": "user", "content": content}],
        "forwardedProps": {"musespark": {"mode": mode, "insist": True}},
    }


async def upload(server: Served, raw: bytes, name: str) -> Any:
    form = aiohttp.FormData()
    form.add_field("file", raw, filename=name)
    status, said = await server.json("POST", "/v1/files", data=form)
    assert status == 200
    return said


async def chat(server: Served, *parts: dict[str, Any], **more: Any) -> Any:
    said = [{"type": "text", "text": "Which of these is cheapest?"}, *parts]
    async with server.openai() as client:
        return await client.chat.completions.create(
            model="musespark-instant", messages=[{"role": "user", "content": said}], **more
        )


async def test_a_picture_and_a_price_list_in_chat_completions(settings: Settings) -> None:
    model = ScriptedModel(["The lamp."])
    async with served(settings, model) as server:
        got = await chat(
            server,
            {"type": "image_url", "image_url": {"url": data(SHELF, "image/png"), "detail": "low"}},
            {"type": "file", "file": {"file_data": data(LIST), "filename": "prices.xlsx"}},
        )
        parts = model.requests[0].messages[-1].parts
        assert [type(part) for part in parts if isinstance(part, Image | Table)] == [
            Image, Table, Table]  # fmt: skip
        (image,) = [part for part in parts if isinstance(part, Image)]
        assert image.url.startswith("data:image/")
        assert image.name == "picture.png"
        assert [p.name for p in parts if isinstance(p, Table)] == [
            "prices.xlsx/Prices", "prices.xlsx/Stock"]  # fmt: skip
        files = {part.file for part in parts if isinstance(part, Image | Document)}
        assert len(files) == 2
        assert all(id.startswith("file-") for id in files)
        kept = await server.engine.runs.history(
            "owner", got.model_extra["musespark"]["conversation"]
        )
        assert kept[0].parts == parts


async def test_the_same_in_responses_and_over_ag_ui(settings: Settings) -> None:
    model = ScriptedModel(lambda request: "The lamp.")
    async with served(settings, model) as server:
        shelf = (await upload(server, SHELF, "shelf.png"))["id"]
        async with server.openai() as client:
            await client.responses.create(
                model="musespark-instant",
                input=[{"role": "user", "content": [
                    {"type": "input_text", "text": "Which of these is cheapest?"},
                    {"type": "input_image", "file_id": shelf, "detail": "auto"},
                    {"type": "input_file", "file_data": data(LIST), "filename": "prices.xlsx"},
                ]}],
            )  # fmt: skip
        both = [
            {"type": "text", "text": "Which of these is cheapest?"},
            {"type": "image", "source": {"type": "file", "value": shelf}},
            {"type": "document", "metadata": {"filename": "prices.xlsx"}, "source": {
                "type": "data", "value": data(LIST).partition(",")[2], "mimeType": "x/y"}},
        ]  # fmt: skip
        binary = [
            {"type": "text", "text": "Which of these is cheapest?"},
            {"type": "binary", "mimeType": "image/png", "id": shelf},
            {"type": "binary", "mimeType": "a/b", "filename": "prices.xlsx", "url": data(LIST)},
        ]
        for content in (both, binary):
            events = await server.events("/agui", json=agui(content))
            kinds = [event["type"] for _, event in events]
            assert kinds[0] == "RUN_STARTED"
            assert kinds.count("RUN_STARTED") == 1
            steps = {event["stepName"] for _, event in events if event["type"] == "STEP_STARTED"}
            assert steps == {"Reading shelf.png", "Reading prices.xlsx"}
            assert kinds[-1] == "RUN_FINISHED"
            assert [number for number, _ in events] == list(range(1, len(events) + 1))
            kept = await server.events(f"/v1/runs/{events[0][1]['runId']}/events")
            assert kept == events
        asked = [request.messages[-1].parts for request in model.requests]
        names = [[(type(part), part.name) for part in parts[1:]] for parts in asked]
        assert names[1:] == names[:-1], "each door says the same"
        assert names[0][0] == (Image, "shelf.png")
        assert (Table, "prices.xlsx/Prices") in names[0]


async def test_a_model_that_sees_gets_what_the_protocol_says(home: Path) -> None:
    with Model() as stub:
        settings = read({"MUSESPARK_HOME": str(home), "MUSESPARK_FAST_URL": stub.url,
                         "MUSESPARK_FAST_VISION": "true"})  # fmt: skip
        async with served(settings, own=True) as server:
            await chat(
                server,
                {"type": "image_url", "image_url": {"url": data(SHELF, "image/png")}},
                {"type": "file", "file": {"file_data": data(LIST), "filename": "prices.xlsx"}},
                {"type": "file", "file": {"file_data": data(b"Plain."), "filename": "a.txt"}},
            )
        content = stub.bodies[-1]["messages"][-1]["content"]
        stub.shutdown()
    assert [part["type"] for part in content] == ["text", "image_url", "text"]
    assert content[1].keys() == {"type", "image_url"}
    head, _, pixels = content[1]["image_url"]["url"].partition(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(pixels, validate=True).startswith(b"\x89PNG")
    for words in ("picture.png", "prices.xlsx/Prices", "prices.xlsx/Stock", "a.txt", "Plain."):
        assert words in content[2]["text"]


async def test_what_cannot_be_read_is_named_in_every_door(settings: Settings) -> None:
    odd = {"type": "file", "file": {"file_data": data(bytes(range(256))), "filename": "odd.bin"}}
    fine = {"type": "image_url", "image_url": {"url": data(SHELF, "image/png")}}
    model = ScriptedModel(lambda request: "Fine.")
    async with served(settings, model) as server:
        for more in ({}, {"stream": True}):
            with pytest.raises(openai.APIStatusError, match=r"odd\.bin") as caught:
                async for _ in await chat(server, fine, odd, **more):
                    pass
            assert (caught.value.status_code, caught.value.body["code"]) == (415, "no_sense")
        events = await server.events("/agui", json=agui([
            {"type": "document", "metadata": {"filename": "odd.bin"}, "source": {
                "type": "data", "value": data(bytes(range(256))).partition(",")[2]}}]))  # fmt: skip
        last = events[-1][1]
        assert (last["type"], last["code"]) == ("RUN_ERROR", "no_sense")
        assert "odd.bin" in last["message"]
        run = events[0][1]
        _, whole = await server.json("GET", f"/v1/runs/{run['runId']}")
        assert (whole["state"], whole["error"]["code"]) == ("failed", "no_sense")
        assert [each["name"] for each in whole["question"]["attachments"]] == ["odd.bin"]
        again = agui([{"type": "text", "text": "And without it?"}], thread=run["threadId"])
        again["forwardedProps"]["musespark"]["after"] = run["runId"]
        assert (await server.events("/agui", json=again))[-1][1]["type"] == "RUN_FINISHED"
        assert "cannot be read any more" in str(model.requests[-1].messages)
        many = [fine] * 21
        with pytest.raises(openai.APIStatusError, match="at most 20"):
            await chat(server, *many)


@pytest.fixture
async def site(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """A web server that counts as public, with one picture."""

    async def answer(request: web.Request) -> web.Response:
        if request.path != "/shelf.png":
            raise web.HTTPNotFound
        return web.Response(body=SHELF, content_type="text/html")

    application = web.Application()
    application.router.add_route("*", "/{rest:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    also = frozenset({("127.0.0.1", port)})
    monkeypatch.setattr(public_web, "rules", public_web.Rules(also=also))
    yield f"http://127.0.0.1:{port}"
    await runner.cleanup()


async def test_addresses_are_fetched_here_and_only_public_ones(
    settings: Settings, site: str
) -> None:
    model = ScriptedModel(lambda request: "Seen.")
    async with served(settings, model) as server:
        await chat(server, {"type": "image_url", "image_url": {"url": f"{site}/shelf.png"}})
        [image] = [p for p in model.requests[-1].messages[-1].parts if isinstance(p, Image)]
        assert (image.name, image.url[:11]) == ("shelf.png", "data:image/")
        for url, status in (("http://127.0.0.1:1/a.png", 403), ("http://10.0.0.1/a.png", 403),
                            (f"{site}/gone.png", 502)):  # fmt: skip
            with pytest.raises(openai.APIStatusError) as caught:
                await chat(server, {"type": "image_url", "image_url": {"url": url}})
            assert caught.value.status_code == status
            assert "a.png" in str(caught.value) or "gone.png" in str(caught.value)


async def test_a_durable_run_reads_once_and_shows_each_event_once(settings: Settings) -> None:
    async with served(settings, ScriptedModel(script)) as server:
        content = [
            {"type": "text", "text": "Compare three harbours for me."},
            {"type": "image", "source": {"type": "data", "value": data(SHELF).partition(",")[2]}},
        ]
        events = await server.events("/agui", json=agui(content, mode="contemplating"))
        kinds = [event["type"] for _, event in events]
        assert (kinds.count("RUN_STARTED"), kinds[-1]) == (1, "RUN_FINISHED")
        assert [number for number, _ in events] == list(range(1, len(events) + 1))
        run = events[0][1]["runId"]
        assert await server.events(f"/v1/runs/{run}/events") == events
        _, whole = await server.json("GET", f"/v1/runs/{run}")
        assert whole["durable"]
        assert whole["question"]["attachments"][0]["file"].startswith("file-")


async def test_cancelling_stops_the_reading(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def slowly(*given: Any) -> Any:
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    monkeypatch.setattr(unread, "seen_in", slowly)
    async with served(settings) as server:
        asking = asyncio.create_task(server.events("/agui", json=agui([
            {"type": "image", "source": {"type": "data", "value": data(SHELF).partition(",")[2]}},
        ])))  # fmt: skip
        await begun.wait()
        [run] = server.engine.runs.live
        status, said = await server.json("POST", f"/v1/runs/{run}/cancel")
        assert (status, said["state"]) == (200, "cancelled")
        await ended.wait()
        assert (await asking)[-1][1]["outcome"] == {"type": "cancelled"}
        body = agui([{"type": "text", "text": "Hm?"}, {"type": "image", "source": {
            "type": "data", "value": data(SHELF).partition(",")[2]}}])  # fmt: skip
        body["forwardedProps"]["musespark"]["budget"] = {"seconds": 0.2}
        last = (await server.events("/agui", json=body))[-1][1]
        assert (last["type"], last["code"]) == ("RUN_ERROR", "budget_spent")


async def test_asking_anew_needs_no_upload(settings: Settings) -> None:
    model = ScriptedModel(lambda request: "Seen.")
    async with served(settings, model) as server:
        first = await chat(
            server, {"type": "image_url", "image_url": {"url": data(SHELF, "image/png")}}
        )
        ours = first.model_extra["musespark"]
        async with server.openai() as client:
            await client.chat.completions.create(
                model="musespark-instant", messages=[{"role": "user", "content": "And now?"}],
                extra_body={"musespark": {"after": ours["run"]}},
            )  # fmt: skip
        parts = [part for message in model.requests[-1].messages for part in message.parts]
        assert [part.name for part in parts if isinstance(part, Image)] == ["picture.png"]


async def test_an_answer_cites_the_file_it_rests_on(home: Path) -> None:
    settings = read({"MUSESPARK_HOME": str(home)})
    async with served(settings, own=True) as server, server.openai() as client:
        file = await upload(server, LIST, "prices.xlsx")
        content = [
            {"type": "input_text", "text": "What is the price of the lamp?"},
            {"type": "input_file", "file_id": file["id"]},
        ]
        made = await client.responses.create(
            model="musespark-instant", input=[{"role": "user", "content": content}]
        )
        [part] = made.output[-1].content
        first = part.annotations[0]
        assert (first.type, first.file_id) == ("file_citation", file["id"])
        assert part.text[first.index :].startswith("[1]")
        source = made.model_extra["musespark"]["sources"][0]
        assert (source["file"], source["sheet"]) == (file["id"], "Prices")
        assert source["cells"] == "B4:C4"
        kept = await client.responses.retrieve(made.id)
        assert kept.output[-1].content[0].annotations[0] == first
        stream = await client.responses.create(
            model="musespark-instant", input=[{"role": "user", "content": content}], stream=True
        )
        kinds = [event.type async for event in stream]
        assert "response.output_text.annotation.added" in kinds
        content = [
            {"type": "text", "text": "What is the price of the lamp?"},
            {"type": "file", "file": {"file_id": file["id"]}},
        ]
        said = await client.chat.completions.create(
            model="musespark-instant", messages=[{"role": "user", "content": content}]
        )
        assert said.choices[0].message.annotations == []
        assert said.model_extra["musespark"]["sources"][0]["file"] == file["id"]
