"""What the HTTP server adds: to the first token, and in memory, idle and with open conversations.

    python bench/doors.py [--asks 60] [--streams 200] [--out FILE]

A server process of its own with a stub model on the loopback. First token: the time until the first
word over HTTP minus that of `Engine.follow` in this process, asked in turn (median; the database is
the same kind, embedded). Memory is resident memory of the server process, its PostgreSQL not
counted: idle after a first question, then with that many streams open at once.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import psutil
from soak import free_port, ready

from musespark import event as ev
from musespark.engine import Engine
from musespark.message import say
from musespark.settings import read

QUICK, SLOW = "stub-20-0-20", "stub-50-500-60"  # first token ms, pause ms, tokens
QUESTION = "Write me a line about the boats, please."


@contextlib.asynccontextmanager
async def server(home: str, stub: str, model: str) -> AsyncIterator[tuple[str, psutil.Process]]:
    """A running server that asks the stub's `model`: its URL and its process."""
    port = free_port()
    own = {k: v for k, v in os.environ.items() if not k.startswith("MUSESPARK_")}
    own |= environment(home, stub, model) | {"MUSESPARK_PORT": str(port)}
    program = "from musespark.api import serve; from musespark.settings import read; serve(read())"
    process = subprocess.Popen([sys.executable, "-c", program], env=own, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        await ready(url)
        yield url, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(20)


def environment(home: str, stub: str, model: str) -> dict[str, str]:
    return {"MUSESPARK_HOME": home, "MUSESPARK_FAST_URL": f"{stub}/v1",
            "MUSESPARK_FAST_NAME": model}  # fmt: skip


async def over_http(session: aiohttp.ClientSession, url: str) -> float:
    """Milliseconds to the first word of a streamed Chat Completion."""
    body = {"model": "musespark-instant", "stream": True, "tool_choice": "none",
            "messages": [{"role": "user", "content": QUESTION}]}  # fmt: skip
    start, first = time.perf_counter(), 0.0
    async with session.post(f"{url}/v1/chat/completions", json=body) as reply:
        async for piece in reply.content.iter_any():
            if not first and b'"content":"the' in piece:
                first = time.perf_counter() - start
    return first * 1e3


async def direct(engine: Engine) -> float:
    """The same through the engine in this process."""
    start, first = time.perf_counter(), 0.0
    turn = await engine.turn([say("user", QUESTION)], mode="instant", tools={})
    async for event in engine.follow(turn):
        if not first and isinstance(event, ev.TextDelta):
            first = time.perf_counter() - start
    return first * 1e3


async def first_token(stub: str, asks: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as here, tempfile.TemporaryDirectory() as there:
        engine = await Engine.open(read(environment(here, stub, QUICK)))
        async with server(there, stub, QUICK) as (url, _), aiohttp.ClientSession() as session:
            for _ in range(10):
                await direct(engine), await over_http(session, url)
            pairs = [(await direct(engine), await over_http(session, url)) for _ in range(asks)]
        await engine.close()
    through, over = (statistics.median(column) for column in zip(*pairs, strict=True))
    return {"direct_ms": through, "http_ms": over, "added_ms": over - through}


async def memory(stub: str, streams: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as home:
        async with server(home, stub, SLOW) as (url, process):
            fresh = process.memory_info().rss
            pool = aiohttp.TCPConnector(limit=0)
            async with aiohttp.ClientSession(connector=pool) as session:
                async with session.get(f"{url}/v1/models") as reply:
                    await reply.read()
                await opened(session, url, 4)  # what the first question loads counts as idle
                await asyncio.sleep(2)
                idle = process.memory_info().rss
                replies = await opened(session, url, streams, keep=True)
                await asyncio.sleep(3)
                full = process.memory_info().rss
                for reply in replies:
                    reply.close()
    return {"fresh_mb": fresh / 2**20, "idle_mb": idle / 2**20,
            "kb_each": (full - idle) / 1e3 / streams}  # fmt: skip


async def opened(
    session: aiohttp.ClientSession, url: str, count: int, *, keep: bool = False
) -> list[aiohttp.ClientResponse]:
    """So many streams, each past its first word."""

    async def one() -> aiohttp.ClientResponse:
        body = {"model": "musespark-instant", "stream": True, "tool_choice": "none",
                "messages": [{"role": "user", "content": QUESTION}]}  # fmt: skip
        reply = await session.post(f"{url}/v1/chat/completions", json=body)
        await reply.content.readany()
        return reply

    replies = [await one() for _ in range(count)]
    if not keep:
        for reply in replies:
            reply.close()
    return replies


async def measure(options: argparse.Namespace) -> dict[str, float]:
    port = free_port()
    program = [sys.executable, str(Path(__file__).parent / "stub.py"), "--port", str(port)]
    stub = subprocess.Popen(program, stdout=subprocess.DEVNULL)
    try:
        await asyncio.sleep(1)
        url = f"http://127.0.0.1:{port}"
        return {**await first_token(url, options.asks), **await memory(url, options.streams)}
    finally:
        stub.terminate()
        stub.wait(5)


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    reader.add_argument("--asks", type=int, default=60)
    reader.add_argument("--streams", type=int, default=200)
    reader.add_argument("--out", type=Path)
    options = reader.parse_args()
    figures = asyncio.run(measure(options))
    for name, value in figures.items():
        print(f"{name:30}{value:12.2f}")
    if options.out:
        options.out.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
