"""What comes in over HTTP and is durable: activities a second in batches, and how long one takes.

    python bench/ingest.py [--rows 20000] [--batch 500] [--at-once 4] [--singles 500] [--rounds 3]
                           [--readers 16] [--out FILE]

A server process of its own with its own embedded PostgreSQL, keyless on the loopback; this process
posts. The limit, in the same round: PostgreSQL's own COPY of the same rows into a table with the
same columns and indexes, in as many transactions, from this process. Single ones are timed alone,
and while so many readers search the person's memory, each again as soon as it was answered.
Medians of the rounds.
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
from typing import Any

import aiohttp
import msgspec
import psycopg
from soak import free_port, ready

WORDS = ("the tide turns at seven and the boats come home before the rain " * 4)[:240]
_STARTING = 200  # single ones that are not counted
CONTEXT = "https://www.w3.org/ns/activitystreams"


def activity(n: int, name: str) -> dict[str, Any]:
    """One as a server such as Mastodon sends it: some 800 bytes."""
    note = f"https://social.example/users/ann/statuses/{name}-{n}"
    return {
        "@context": CONTEXT, "id": f"{note}/activity", "type": "Create",
        "actor": "https://social.example/users/ann", "published": "2026-03-04T05:06:07Z",
        "to": [f"{CONTEXT}#Public"], "cc": ["https://social.example/users/ann/followers"],
        "object": {
            "id": note, "type": "Note", "attributedTo": "https://social.example/users/ann",
            "published": "2026-03-04T05:06:07Z", "content": f"<p>{WORDS} {n}</p>",
            "contentMap": {"en": f"<p>{WORDS[:60]} {n}</p>"}, "tag": [], "attachment": [],
        },
    }  # fmt: skip


async def post(session: aiohttp.ClientSession, url: str, body: bytes) -> float:
    """Seconds until the answer that it is kept."""
    start = time.perf_counter()
    headers = {"content-type": "application/activity+json"}
    async with session.post(f"{url}/v1/activities", data=body, headers=headers) as reply:
        answer = msgspec.json.decode(await reply.read())
        assert reply.status in (200, 201), answer
        assert answer.get("failed", 0) == 0, answer
    return time.perf_counter() - start


async def batches(url: str, given: argparse.Namespace, name: str) -> float:
    """Activities a second, so many batches at once."""
    rows = [activity(n, name) for n in range(given.rows)]
    bodies = [
        msgspec.json.encode(rows[n : n + given.batch]) for n in range(0, given.rows, given.batch)
    ]
    waiting = iter(bodies)
    async with aiohttp.ClientSession() as session:

        async def work() -> None:
            for body in waiting:
                await post(session, url, body)

        start = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(given.at_once)))
        return given.rows / (time.perf_counter() - start)


async def singles(
    url: str, given: argparse.Namespace, name: str, starting: int = _STARTING
) -> list[float]:
    """Milliseconds of one alone, one after the other, sorted; without the first ones, in which the
    server that has just started still imports its tools beside."""
    count = starting + given.singles
    bodies = [msgspec.json.encode(activity(n, f"{name}-one")) for n in range(count)]
    async with aiohttp.ClientSession() as session:
        times = [1e3 * await post(session, url, body) for body in bodies]
    return sorted(times[starting:])


async def singles_among_readers(url: str, given: argparse.Namespace, name: str) -> list[float]:
    """The same, while others recall."""

    async def read(session: aiohttp.ClientSession, words: str) -> None:
        while True:
            async with session.get(f"{url}/v1/me/memory", params={"q": words}) as reply:
                assert reply.status == 200, await reply.text()
                await reply.read()

    async with aiohttp.ClientSession() as session:
        asked = ("tide seven", "boats home", "before the rain", "when does the tide turn")
        readers = [
            asyncio.create_task(read(session, asked[n % len(asked)])) for n in range(given.readers)
        ]
        try:
            return await singles(url, given, f"{name}-among", starting=0)
        finally:
            for reader in readers:
                reader.cancel()
            ended = await asyncio.gather(*readers, return_exceptions=True)
            for error in ended:
                assert isinstance(error, asyncio.CancelledError), error


def copied(conninfo: str, given: argparse.Namespace, name: str) -> float:
    """Rows a second by COPY, into a table like the ledger's, a transaction for each batch."""
    rows = [activity(n, f"{name}-copy") for n in range(given.rows)]
    lines = [
        (row["id"], row["type"], row["published"], "{}", row["object"]["id"],
         json.dumps({key: row[key] for key in ("actor", "to", "cc", "object")}))
        for row in rows
    ]  # fmt: skip
    with psycopg.connect(conninfo, autocommit=True) as connection:
        connection.execute("drop table if exists copied")
        connection.execute("create table copied (like activities including all)")
        start = time.perf_counter()
        for n in range(0, given.rows, given.batch):
            with (
                connection.cursor() as cursor,
                cursor.copy(
                    "copy copied (person, uri, type, published, purposes, object, body) from stdin"
                ) as copy,
            ):
                for line in lines[n : n + given.batch]:
                    copy.write_row(("owner", *line))
        took = time.perf_counter() - start
        connection.execute("drop table copied")
    return given.rows / took


async def measure(given: argparse.Namespace) -> dict[str, Any]:
    """All figures, each the median of the rounds."""
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="musespark-ingest-") as home:
        port = free_port()
        own = {k: v for k, v in os.environ.items() if not k.startswith("MUSESPARK_")}
        own |= {"MUSESPARK_HOME": home, "MUSESPARK_PORT": str(port)}
        program = (
            "from musespark.api import serve; from musespark.settings import read; serve(read())"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", program], env=own, stderr=subprocess.DEVNULL
        )
        url = f"http://127.0.0.1:{port}"
        try:
            await ready(url)
            conninfo = f"host={home}/postgres user=postgres dbname=postgres"
            with psycopg.connect(conninfo, autocommit=True) as connection:
                for purpose in ("memory", "feed"):
                    connection.execute(
                        "insert into consents values ('owner', %s, true)", (purpose,)
                    )
            for n in range(given.rounds):
                one = await singles(url, given, str(n))
                among = await singles_among_readers(url, given, str(n))
                figures = {
                    "activities_per_second": await batches(url, given, str(n)),
                    "copy_rows_per_second": await asyncio.to_thread(
                        copied, conninfo, given, str(n)
                    ),
                    "single_ms_p50": one[len(one) // 2],
                    "single_ms_p99": one[int(len(one) * 0.99)],
                    "among_readers_ms_p50": among[len(among) // 2],
                    "among_readers_ms_p99": among[int(len(among) * 0.99)],
                }
                for key, value in figures.items():
                    found.setdefault(key, []).append(value)
        finally:
            process.terminate()
            process.wait(20)
    medians = {key: statistics.median(values) for key, values in found.items()}
    medians["share_of_copy"] = medians["activities_per_second"] / medians["copy_rows_per_second"]
    return medians


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--batch", type=int, default=500)
    parser.add_argument("--at-once", type=int, default=4)
    parser.add_argument("--singles", type=int, default=500)
    parser.add_argument("--readers", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    figures = asyncio.run(measure(given))
    for name, value in figures.items():
        print(f"{name:<26}{value:>12,.2f}")
    if given.out:
        given.out.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
