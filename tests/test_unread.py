"""Attachments through every door: read by their senses before a mode is chosen."""

from __future__ import annotations

import base64
from typing import Any

from musespark.message import Document, Image, Table
from musespark.scripted import ScriptedModel
from musespark.settings import Settings
from samples import PRICES, picture
from served import Served, served


def data(raw: bytes, media: str = "application/octet-stream") -> str:
    return f"data:{media};base64,{base64.b64encode(raw).decode()}"


SHELF, LIST = picture(), PRICES


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
