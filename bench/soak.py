"""Five minutes of 64 clients at once on a real server: failures, and whether its memory stays flat.

    python bench/soak.py [--seconds 300] [--at-once 64] [--out FILE]

A server process of its own, a stub model of its own, both on the loopback; every client asks over
Chat Completions, half of them streaming, one in sixteen hangs up half-way. Resident memory of the
server (its PostgreSQL not counted) is read every five seconds; the slope is fitted over the second
half of the time.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import numpy as np
import psutil


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def servers(home: str) -> Iterator[tuple[str, int]]:
    """A stub model and a server that uses it: its URL and process id."""
    stub_port, port = free_port(), free_port()
    stub = subprocess.Popen(
        [sys.executable, str(Path(__file__).parent / "stub.py"), "--port", str(stub_port)],
        stdout=subprocess.DEVNULL,
    )
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("MUSESPARK_")},
        "MUSESPARK_HOME": home,
        "MUSESPARK_PORT": str(port),
        "MUSESPARK_FAST_URL": f"http://127.0.0.1:{stub_port}/v1",
        "MUSESPARK_FAST_NAME": "stub-5-2-40",
    }
    server = subprocess.Popen(
        [sys.executable, "-m", "musespark", "serve"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}", server.pid
    finally:
        server.terminate()
        server.wait(20)
        stub.terminate()
        stub.wait(5)


async def ready(url: str) -> None:
    async with aiohttp.ClientSession() as session:
        for _ in range(300):
            with contextlib.suppress(aiohttp.ClientError):
                async with session.get(f"{url}/readyz") as reply:
                    if reply.status == 200:
                        return
            await asyncio.sleep(0.1)
    raise SystemExit("the server did not become ready")


async def client(number: int, url: str, end: float, counts: dict[str, int]) -> None:
    """Ask again and again until `end`."""
    async with aiohttp.ClientSession() as session:
        asked = 0
        while time.monotonic() < end:
            asked += 1
            body = {
                "model": "musespark-instant",
                "messages": [{"role": "user", "content": f"Tell me of boat {number}, {asked}."}],
                "stream": number % 2 == 0,
            }
            try:
                async with session.post(f"{url}/v1/chat/completions", json=body) as reply:
                    if reply.status != 200:
                        counts["failed"] += 1
                        continue
                    if number % 16 == 0 and asked % 4 == 0:
                        await reply.content.readany()
                        counts["hung_up"] += 1
                        continue
                    text = await reply.read()
                    counts["good" if b"sail" in text else "failed"] += 1
            except aiohttp.ClientError:
                counts["failed"] += 1


async def watch(pid: int, end: float) -> list[tuple[float, float]]:
    """Seconds and resident MB of the server process."""
    process, start, seen = psutil.Process(pid), time.monotonic(), []
    while time.monotonic() < end:
        seen.append((time.monotonic() - start, process.memory_info().rss / 2**20))
        await asyncio.sleep(5)
    return seen


async def soak(options: argparse.Namespace) -> dict[str, float]:
    counts = {"good": 0, "failed": 0, "hung_up": 0}
    with tempfile.TemporaryDirectory() as home, servers(home) as (url, pid):
        await ready(url)
        idle = psutil.Process(pid).memory_info().rss / 2**20
        end = time.monotonic() + options.seconds
        memory, *_ = await asyncio.gather(
            watch(pid, end), *(client(n, url, end, counts) for n in range(options.at_once))
        )
    half = [pair for pair in memory if pair[0] > options.seconds / 2]
    slope = float(np.polyfit(*zip(*half, strict=True), 1)[0]) if len(half) > 2 else float("nan")
    return {
        **counts,
        "runs_per_s": counts["good"] / options.seconds,
        "idle_mb": idle,
        "half_mb": half[0][1] if half else float("nan"),
        "end_mb": memory[-1][1],
        "mb_per_minute_in_second_half": slope * 60,
    }


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    reader.add_argument("--seconds", type=int, default=300)
    reader.add_argument("--at-once", type=int, default=64)
    reader.add_argument("--out", type=Path)
    options = reader.parse_args()
    figures = asyncio.run(soak(options))
    for name, value in figures.items():
        print(f"{name:30}{value:12.2f}")
    if options.out:
        options.out.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
