"""How long a person waits at the terminal, and what the embedded model loses by being wrapped.

    python bench/start.py [--times 9] [--out FILE]

help          wall of `musespark --help`
exact         wall of `musespark ask` with a question that an exact tool answers
first_token   `musespark ask` with a chat question: from starting the process to the first token
speed         tokens a second of EmbeddedModel over those of the same server asked directly,
              interleaved, each answer about 100 tokens
The home is warm: the embedded database was set up before.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import aiohttp

from musespark.embedded import EmbeddedModel
from musespark.message import say
from musespark.model import Request
from musespark.settings import read

COMMAND = [sys.executable, "-m", "musespark"]
CHAT = "Tell me something about the sea."


def wall(arguments: list[str], home: str) -> float:
    """Seconds that a command takes."""
    start = time.perf_counter()
    environment = {**os.environ, "MUSESPARK_HOME": home}
    subprocess.run([*COMMAND, *arguments], env=environment, capture_output=True, check=True)
    return time.perf_counter() - start


def first_token(home: str) -> float:
    """Seconds from starting `musespark ask` to the first piece of its answer."""
    start = time.perf_counter()
    with subprocess.Popen(
        [*COMMAND, "ask", "--json", CHAT],
        env={**os.environ, "MUSESPARK_HOME": home},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if b"TEXT_MESSAGE_CONTENT" in line:
                found = time.perf_counter() - start
                process.stdout.read()
                return found
    raise SystemExit("no token came")


async def direct(model: EmbeddedModel) -> float:
    """Tokens a second of the bare server, streamed, with the wrapped model's own sampling."""
    endpoint = await model.start()
    body = {
        "messages": [
            {
                "role": "system",
                "content": "You are a helpful assistant. Give short, plain answers.",
            },
            {"role": "user", "content": CHAT},
        ],
        "max_tokens": 100,
        "temperature": 0,
        "dry_multiplier": 0.8,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    start, count, first = time.perf_counter(), 0, 0.0
    url = f"{endpoint.tier.url}/chat/completions"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, json=body, headers=endpoint.headers) as reply,
    ):
        async for line in reply.content:
            if b'"content":"' in line:
                first = first or time.perf_counter()
                count += 1
    return (count - 1) / (time.perf_counter() - (first or start))


async def wrapped(model: EmbeddedModel) -> float:
    """Tokens a second of the model as the product runs it."""
    request = Request(messages=[say("user", CHAT)], max_tokens=100)
    count, first = 0, 0.0
    async for chunk in model.stream(request):
        if chunk.text:
            first = first or time.perf_counter()
        if chunk.usage is not None:
            count = chunk.usage.output
    return (count - 1) / (time.perf_counter() - first)


async def speeds(home: str, times: int) -> dict[str, float]:
    model = EmbeddedModel(read({"MUSESPARK_HOME": home}))
    await direct(model)
    await wrapped(model)
    bare, ours = [], []
    for _ in range(times):
        bare.append(await direct(model))
        ours.append(await wrapped(model))
    await model.close()
    ratios = [a / b for a, b in zip(ours, bare, strict=True)]
    return {
        "direct_tokens_per_s": statistics.median(bare),
        "wrapped_tokens_per_s": statistics.median(ours),
        "ratio": statistics.median(ratios),
    }


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    reader.add_argument("--times", type=int, default=9)
    reader.add_argument("--out", type=Path)
    options = reader.parse_args()
    with tempfile.TemporaryDirectory() as home:
        wall(["ask", "What is 2 + 2?"], home)
        rows = {
            "help_s": [wall(["--help"], home) for _ in range(options.times)],
            "exact_s": [wall(["ask", "What is 17% of 240?"], home) for _ in range(options.times)],
            "first_token_s": [first_token(home) for _ in range(options.times)],
        }
        figures = {name: statistics.median(values) for name, values in rows.items()}
        figures |= asyncio.run(speeds(home, options.times))
    for name, value in figures.items():
        print(f"{name:24}{value:10.3f}")
    if options.out:
        options.out.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
