"""musespark: `answer()` through its own endpoint client, alone, stored, and durable."""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

sys.path.pop(0)  # the names in this folder hide the packages that they measure
sys.path.append(str(Path(__file__).parents[1]))

from loop import QUESTION, Figures, Peer, main

from musespark import event as ev
from musespark.assistant import answer
from musespark.endpoint import Endpoint
from musespark.engine import Engine
from musespark.message import say
from musespark.person import Person
from musespark.settings import Settings, TierSettings
from musespark.tool import Tool, from_function
from musespark.turn import Budget, Turn

PERSON = Person()


async def look_up(word: str) -> str:
    """Look a word up."""
    return f"{word}: twice a day"


class Musespark(Peer):
    """The loop on one endpoint; the store is opened only for the cases that keep something."""

    package = "musespark"

    def __init__(self, url: str, model: str) -> None:
        super().__init__(url, model)
        tier = TierSettings(url=f"{url}/v1", name=model)
        self.endpoints = {name: Endpoint(tier, name) for name in ("fast", "deep")}
        self.tools: dict[str, Tool] = {"look_up": from_function(look_up)}
        self.engine: Engine | None = None
        self.folder = tempfile.TemporaryDirectory()
        self.figures = {
            "durable_fanout": lambda: self.durable(1),
            "durable_fanout16": lambda: self.durable(16),
            "cancel": self.cancel,
            "ttft": self.ttft,
        }

    def new(self, mode: str = "instant", **more: Any) -> Turn:
        return Turn(
            person=PERSON,
            messages=[say("user", QUESTION)],
            models=self.endpoints.__getitem__,
            mode=mode,
            budget=Budget(10_000_000, 600),
            **more,
        )

    async def turn(self, question: str) -> str:
        turn = self.new(watched=False)
        async for _ in answer(turn):
            pass
        return turn.answer

    async def stream(self, question: str) -> AsyncIterator[str]:
        async for event in answer(self.new()):
            if type(event) is ev.TextDelta:
                yield event.delta

    async def fanout(self, question: str) -> str:
        turn = self.new("contemplating", tools=self.tools)
        async for _ in answer(turn):
            pass
        return turn.answer

    async def open(self) -> Engine:
        if self.engine is None:
            settings = Settings(home=Path(self.folder.name) / "home")
            models = self.endpoints.__getitem__
            self.engine = await Engine.open(settings, models=models)
        return self.engine

    async def stored(self, question: str, thread: str) -> str:
        engine = await self.open()
        turn = self.new(watched=False)
        async for _ in engine.follow(turn):
            pass
        return turn.answer

    async def durable(self, at_once: int) -> Figures:
        """Fan-outs as durable workflows, every step journalled in PostgreSQL."""
        engine = await self.open()

        async def run(_: str) -> str:
            turn = self.new("contemplating", tools=self.tools)
            async for _event in engine.follow(turn):
                pass
            return turn.answer

        from loop import stretch

        return {"ratio": await stretch(run, at_once, 5)}

    async def cancel(self) -> Figures:
        """Milliseconds from the cancellation in the middle of a fan-out to the last hang-up, and
        the model calls that were started after it (there must be none)."""
        late: list[float] = []
        after = 0
        for _ in range(8):
            urllib.request.urlopen(
                urllib.request.Request(f"{self.url}/reset", data=b"", method="POST")
            ).close()
            task = asyncio.create_task(self.fanout(QUESTION))
            await asyncio.sleep(0.15 + 0.09)
            asked = time.monotonic()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await asyncio.sleep(0.3)
            import json

            with urllib.request.urlopen(f"{self.url}/stats") as reply:
                calls = json.load(reply)["calls"]
            aborted = [call["ended"] for call in calls if call["how"] == "aborted"]
            after += sum(call["opened"] > asked for call in calls)
            late.append(1000 * (max(aborted) - asked) if len(aborted) == 4 else float("inf"))
        return {"hung_up_ms": statistics.median(late), "started_after": after}

    async def ttft(self) -> Figures:
        """Milliseconds that `answer()` adds to the endpoint's own first token."""
        from musespark.model import Request

        direct, through = [], []
        for _ in range(40):
            start = time.perf_counter()
            request = Request(messages=[say("user", QUESTION)])
            stream = self.endpoints["fast"].stream(request)
            async for chunk in stream:
                if chunk.text:
                    direct.append(time.perf_counter() - start)
                    break
            await stream.aclose()
            start = time.perf_counter()
            events = answer(self.new())
            async for event in events:
                if type(event) is ev.TextDelta:
                    through.append(time.perf_counter() - start)
                    break
            await events.aclose()
        return {"added_ms": 1000 * (statistics.median(through) - statistics.median(direct))}

    async def close(self) -> None:
        if self.engine is not None:
            await self.engine.close()
        for endpoint in self.endpoints.values():
            await endpoint.close()
        self.folder.cleanup()


if __name__ == "__main__":
    os.environ.pop("XDG_RUNTIME_DIR", None)
    main(Musespark)
