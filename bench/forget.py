"""How long it takes to forget a person, and what others feel of it meanwhile.

    python bench/forget.py [--rows 100000] [--others 20000] [--seconds 5] [--rounds 3] [--out FILE]

A server process of its own with its own embedded PostgreSQL. One person has so many activities;
another one asks for their own newest ones, again and again, four at once: for some seconds before,
and while the first one is forgotten over HTTP (DELETE /v1/me), and while what is dead is cleared
away on the disk after it. Medians of the rounds, each with a new person.
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
from pathlib import Path
from typing import Any

import aiohttp
from ingest import activity
from soak import free_port, ready

from musespark import ledger
from musespark.activity import Activity
from musespark.keys import Keys
from musespark.settings import read
from musespark.store import Store

_AT_ONCE = 4


async def fill(store: Store, person: str, count: int) -> None:
    """So many activities of a person, as the ledger keeps them."""
    for first in range(0, count, 5000):
        rows = [activity(n, person) for n in range(first, min(first + 5000, count))]
        await ledger.write(
            store, person,
            [Activity(type="Create", uri=row["id"], object=row["object"]) for row in rows],
        )  # fmt: skip


class Asking:
    """Another person who asks all the time; `times` are milliseconds since it was last emptied."""

    def __init__(self, session: aiohttp.ClientSession, url: str, key: str) -> None:
        self.session, self.url = session, f"{url}/v1/activities?limit=20"
        self.headers = {"authorization": f"Bearer {key}"}
        self.times: list[float] = []

    async def ask(self) -> None:
        while True:
            start = time.perf_counter()
            async with self.session.get(self.url, headers=self.headers) as reply:
                assert reply.status == 200, await reply.text()
                await reply.read()
            self.times.append(1e3 * (time.perf_counter() - start))
            await asyncio.sleep(0.01)

    def p95(self) -> float:
        """Of what was asked since the last time."""
        times, self.times = sorted(self.times), []
        return times[int(len(times) * 0.95)] if times else 0.0


async def one_round(
    store: Store, url: str, given: argparse.Namespace, key: str
) -> dict[str, float]:
    ann = f"ann-{time.time_ns()}"
    _, own = await Keys(store).create(ann, "bench")
    await fill(store, ann, given.rows)
    async with aiohttp.ClientSession() as session:
        asking = Asking(session, url, key)
        tasks = [asyncio.create_task(asking.ask()) for _ in range(_AT_ONCE)]
        await asyncio.sleep(1.0)
        asking.p95()
        await asyncio.sleep(given.seconds)
        before = asking.p95()
        start = time.perf_counter()
        async with session.delete(
            f"{url}/v1/me", json={"confirm": ann}, headers={"authorization": f"Bearer {own}"}
        ) as reply:
            answer = await reply.json()
        took, during = time.perf_counter() - start, asking.p95()
        assert answer["tables"]["activities"] >= given.rows, answer
        await asyncio.sleep(given.seconds)
        after = asking.p95()
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks)
    return {"seconds_to_forget": took, "query_ms_p95_before": before,
            "query_ms_p95_while": during, "query_ms_p95_clearing": after}  # fmt: skip


async def measure(given: argparse.Namespace) -> dict[str, Any]:
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="musespark-forget-") as home:
        store = await Store.open(read({"MUSESPARK_HOME": home}))
        _, key = await Keys(store).create("bob", "bench")
        await fill(store, "bob", given.others)
        port = free_port()
        own = {k: v for k, v in os.environ.items() if not k.startswith("MUSESPARK_")}
        own |= {"MUSESPARK_HOME": home, "MUSESPARK_PORT": str(port)}
        program = (
            "from musespark.api import serve; from musespark.settings import read; serve(read())"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", program], env=own, stderr=subprocess.DEVNULL
        )
        try:
            await ready(f"http://127.0.0.1:{port}")
            for _ in range(given.rounds):
                for name, value in (
                    await one_round(store, f"http://127.0.0.1:{port}", given, key)
                ).items():
                    found.setdefault(name, []).append(value)
        finally:
            process.terminate()
            process.wait(20)
            await store.close()
    return {name: statistics.median(values) for name, values in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--others", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    figures = asyncio.run(measure(given))
    for name, value in figures.items():
        print(f"{name:<26}{value:>10,.2f}")
    if given.out:
        given.out.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
