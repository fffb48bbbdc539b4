"""A real server at a port of its own, for the tests of the doors over HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import uvicorn
from fastapi import FastAPI
from openai import AsyncOpenAI

from musespark import postgres
from musespark.api import app
from musespark.engine import Engine
from musespark.keys import Keys
from musespark.model import Request
from musespark.scripted import Reply, ScriptedModel
from musespark.server import listen
from musespark.settings import Settings, read

TASKS = [
    {"agent": "researcher", "objective": f"Part {n}", "output": "a line", "bounds": "short"}
    for n in (1, 2, 3)
]


def script(request: Request) -> Reply:
    """A model that plans where a plan is wanted, thinks a little, and answers in five words."""
    asked = request.messages[-1].text
    if request.schema is not None and "kind" in request.schema.get("properties", {}):
        return Reply(text=msgspec.json.encode({"kind": "breadth", "tasks": TASKS}).decode())
    if request.schema is not None:
        return Reply(text='{"fine": true, "problems": [], "steps": []}')
    return Reply(text="The tide turns at seven.", reasoning="Let me see." if asked else "")


class Served:
    """A server under test and the clients that talk to it."""

    def __init__(self, url: str, engine: Engine, http: aiohttp.ClientSession, app: FastAPI) -> None:
        self.url, self.engine, self.http, self.app = url, engine, http, app
        self._keys: list[tuple[str, str]] = []

    async def key(self, person: str) -> dict[str, Any]:
        """What a request of this person is sent with; the key ends with the server, for while one
        exists nobody comes in without."""
        assert self.engine.store is not None
        id, key = await Keys(self.engine.store).create(person, "test")
        self._keys.append((id, person))
        return {"headers": {"Authorization": f"Bearer {key}"}}

    async def end_keys(self) -> None:
        for id, person in self._keys:
            assert self.engine.store is not None
            await Keys(self.engine.store).revoke(id, person)

    def openai(self, key: str = "none") -> AsyncOpenAI:
        return AsyncOpenAI(base_url=f"{self.url}/v1", api_key=key, max_retries=0)

    async def json(self, method: str, path: str, **more: Any) -> tuple[int, Any]:
        async with self.http.request(method, self.url + path, **more) as response:
            return response.status, msgspec.json.decode(await response.read())

    async def events(self, path: str, **more: Any) -> list[tuple[int, dict[str, Any]]]:
        """All server-sent events of an answer, with their numbers."""
        method = "POST" if "json" in more else "GET"
        async with self.http.request(method, self.url + path, **more) as response:
            assert response.status == 200, await response.text()
            return [event async for event in sse(response)]


async def sse(response: aiohttp.ClientResponse) -> AsyncIterator[tuple[int, dict[str, Any]]]:
    number = 0
    async for line in response.content:
        if line.startswith(b"id: "):
            number = int(line[4:])
        elif line.startswith(b"data: {"):
            yield number, msgspec.json.decode(line[6:])


@contextlib.contextmanager
def own_home(**more: str) -> Iterator[Settings]:
    """The settings of a home for one test or file alone; its database runs until the end, however
    often a server comes and goes."""
    with tempfile.TemporaryDirectory(prefix="musespark-") as folder:
        running, _ = postgres.start(Path(folder))
        try:
            yield read({"MUSESPARK_HOME": folder, **more})
        finally:
            postgres.leave(running)


class _Server(uvicorn.Server):
    """Stops at once: uvicorn's own looks every tenth of a second whether it should."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ended = asyncio.Event()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.ended.wait()


@contextlib.asynccontextmanager
async def served(
    settings: Settings,
    model: Any = None,
    *,
    models: Callable[[str], Any] | None = None,
    own: bool = False,
) -> AsyncIterator[Served]:
    """A running server with that model for both tiers, or with its `own`, as its settings say."""
    if models is None and not own:
        model = model or ScriptedModel(script)

        def models(tier: str) -> Any:
            return model

    engine = await Engine.open(settings, models=models, watch=True)
    listening = listen("127.0.0.1", 0)
    application = app(settings, engine=engine, models=models)
    config = uvicorn.Config(
        application, http="h11", ws="none", log_config=None, lifespan="on",
        proxy_headers=False, timeout_graceful_shutdown=2,
    )  # fmt: skip
    server = _Server(config)
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign,assignment]
    task = asyncio.create_task(server.serve(sockets=[listening]))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    while not server.started:
        await asyncio.sleep(0.005)
    try:
        async with aiohttp.ClientSession() as http:
            made = Served(url, engine, http, application)
            try:
                yield made
            finally:
                await made.end_keys()
    finally:
        server.should_exit = True
        server.ended.set()
        await task
        listening.close()
        await engine.close()
