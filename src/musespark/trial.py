"""What a model can do, found out by trying: for `musespark models test`."""

from __future__ import annotations

import asyncio
import base64
import random
import struct
import time
import zlib
from typing import Any

import msgspec
from msgspec import Struct, field

from musespark.endpoint import Endpoint
from musespark.message import Image, say
from musespark.model import Chunk, Model, Request
from musespark.problem import Problem
from musespark.tool import Tool

_SECONDS = 60.0
COLOURS = {
    "red": b"\xff\0\0", "green": b"\0\x80\0", "blue": b"\0\0\xff",
    "yellow": b"\xff\xff\0", "black": b"\0\0\0", "white": b"\xff\xff\xff",
}  # fmt: skip


class Trial(Struct, kw_only=True):
    """What came of it. `first_token` is in seconds, `speed` in tokens a second; `thinking` says
    whether it showed its thoughts while it answered. None means not tried. `problems` are the
    sentences of everything that went wrong."""

    name: str
    where: str
    reachable: bool = False
    models: list[str] = field(default_factory=list)
    first_token: float | None = None
    speed: float | None = None
    tools: bool | None = None
    json_schema: bool | None = None
    vision: bool | None = None
    thinking: bool | None = None
    problems: list[str] = field(default_factory=list)


async def check(model: Model, *, vision: bool | None = None, seconds: float | None = None) -> Trial:
    """Try the model: the list, a short answer, a tool, a schema, and a picture if `vision` (by
    default if its settings say so). A handful of short calls, ended after so many seconds; raises
    nothing."""
    trial = Trial(name=model.card.name, where=model.card.where)
    try:
        async with asyncio.timeout(seconds):
            await _tried(model, trial, vision)
    except TimeoutError:
        trial.problems.append(f"The trial was ended after {seconds:g} seconds.")
    return trial


async def _tried(model: Model, trial: Trial, vision: bool | None) -> None:
    if isinstance(model, Endpoint):
        try:
            trial.models = await model.models()
        except Problem as problem:
            trial.problems.append(problem.text)
    await _speed(model, trial)
    trial.name = model.card.name
    if not trial.reachable:
        return
    trial.tools = await _tools(model, trial)
    trial.json_schema = await _schema(model, trial)
    if model.card.vision if vision is None else vision:
        trial.vision = await _vision(model, trial)


async def _ask(model: Model, trial: Trial, request: Request) -> list[Chunk]:
    """The chunks of a call, and its problem in the trial."""
    request.deadline = time.monotonic() + _SECONDS
    chunks: list[Chunk] = []
    try:
        async for chunk in model.stream(request):
            chunks.append(chunk)
    except Problem as problem:
        trial.problems.append(problem.text)
    return chunks


async def _speed(model: Model, trial: Trial) -> None:
    request = Request(
        messages=[say("user", "Count from one to twenty in words.")],
        max_tokens=100,
        deadline=time.monotonic() + _SECONDS,
    )
    started, first, last, pieces, tokens = time.perf_counter(), 0.0, 0.0, 0, 0
    thinks = False
    try:
        async for chunk in model.stream(request):
            if chunk.text or chunk.reasoning:
                last = time.perf_counter()
                first = first or last
                pieces += 1
                thinks = thinks or bool(chunk.reasoning)
            if chunk.usage:
                tokens = chunk.usage.output
    except Problem as problem:
        trial.problems.append(problem.text)
    trial.reachable = bool(pieces)
    trial.thinking = thinks if pieces else None
    if first:
        trial.first_token = first - started
    if pieces > 1 and last > first:
        trial.speed = max(tokens or pieces, 2) / (last - first)


async def _tools(model: Model, trial: Trial) -> bool:
    parameters: dict[str, Any] = {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": False,
    }
    request = Request(
        messages=[say("user", "What is the weather in Paris? Use the tool.")],
        tools=[Tool("weather", "The weather of a city now.", parameters)],
        tool_choice="required",
        max_tokens=300,
    )
    calls = [call for chunk in await _ask(model, trial, request) for call in chunk.calls]
    arguments = "".join(call.arguments for call in calls if call.index == 0)
    return any(call.name == "weather" for call in calls) and isinstance(
        _read(arguments).get("city"), str
    )


async def _schema(model: Model, trial: Trial) -> bool:
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {"capital": {"type": "string"}},
        "required": ["capital"],
        "additionalProperties": False,
    }
    messages = [say("user", "What is the capital of France?")]
    chunks = await _ask(model, trial, Request(messages=messages, schema=schema, max_tokens=300))
    return isinstance(_read("".join(chunk.text for chunk in chunks)).get("capital"), str)


async def sees(model: Model, seconds: float = _SECONDS) -> bool:
    """Whether the model sees pictures, where nobody has said that it does; raises nothing."""
    try:
        async with asyncio.timeout(seconds):
            return await _vision(model, Trial(name="", where=""))
    except TimeoutError:
        return False


async def _vision(model: Model, trial: Trial) -> bool:
    name, colour = random.choice(list(COLOURS.items()))  # noqa: S311 - one that nobody can guess
    picture = Image(f"data:image/png;base64,{base64.b64encode(_square(colour)).decode()}", "x.png")
    message = say("user", "Which colour is this picture? Answer with one word.", picture)
    chunks = await _ask(model, trial, Request(messages=[message], max_tokens=300))
    return name in "".join(chunk.text for chunk in chunks).lower()


def _read(text: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeError):
        return {}
    return found if isinstance(found, dict) else {}


def _square(colour: bytes, side: int = 64) -> bytes:
    """A square of one colour (red, green, blue) as a PNG."""

    def part(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    rows = (b"\0" + colour * side) * side
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    pieces = part(b"IHDR", head), part(b"IDAT", zlib.compress(rows)), part(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(pieces)
