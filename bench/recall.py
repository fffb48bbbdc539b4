"""How long recalling takes with 100,000 remembered turns of one person, and what they weigh.

    python bench/recall.py [--turns 100000] [--others 10000000] [--questions 300] [--out FILE]

fold      from the ledger to an index in memory, with its pieces kept, nothing there before
open      the same from its pieces, as another process does
warm      a question: the ledger is asked for what is new, then the turns are ranked
said      a new turn is appended, then asked for
gone      a turn is deleted, then a question (its pieces are made anew)
small     a question of somebody with 300 turns
others    how long the rows of all others took to write, and their size with indexes
together  sixteen questions at the same moment of sixteen people, one of whom has all those turns:
          from the moment until each is answered; `crowd` the same of that one person alone
processor what a warm question takes of it in our process, which a busy machine changes less
lag       the longest that the event loop stood still during warm questions

The turns are made here: 24 to a talk, words by Zipf's law from WordLlama's vocabulary. The rows of
all others are written by SQL as the tables' owner, past row security and triggers, 100,000 to a
person; they are only there.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import random
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import psycopg

from musespark import ledger, purposes
from musespark.activity import Activity
from musespark.embedding import Embedder
from musespark.recollection import Kin
from musespark.remembered import Remembered
from musespark.settings import read
from musespark.store import Store

BEGAN = datetime(2020, 1, 1, 9, tzinfo=UTC)
A_PERSON, AT_ONCE = 100_000, 1_000_000
PEOPLE = 16


def made(count: int, names: list[str], dice: random.Random) -> list[Activity]:
    """Turns of two people, 24 to a talk, each about three rarer words."""
    weights = [1 / (rank + 20) for rank in range(len(names))]
    said = dice.choices(names, weights, k=count * 12)
    out = []
    for n in range(count):
        words = said[n * 12 : n * 12 + dice.randint(5, 12)]
        text = f"I the {' '.join(words)}{'?' if n % 5 == 0 else '.'}"
        at = BEGAN + timedelta(minutes=30 * 24 * (n // 24) + n % 24)
        thing = {"type": "Note", "content": text, "context": f"c{n // 240}",
                 "attributedTo": ("Ann", "Bob")[n % 2]}  # fmt: skip
        out.append(Activity(type="Create", object=thing, published=at))
    return out


async def crowd(store: Store, count: int) -> None:
    """The rows of everybody else."""
    owner = await psycopg.AsyncConnection.connect(store._server.get_uri(), autocommit=True)
    async with owner:
        await owner.execute("set session_replication_role = replica")
        await owner.execute("set synchronous_commit = off")
        for n in range(0, count, AT_ONCE):
            await owner.execute(
                """
                insert into activities (person, type, published, purposes, body)
                select 'other' || n / %s, 'Create', now(), '{memory}', jsonb_build_object(
                    'actor', 'x', 'object', jsonb_build_object(
                        'type', 'Note', 'content', 'words of somebody else ' || n))
                from generate_series(%s::int, %s::int) n
                """,
                (A_PERSON, n, min(count, n + AT_ONCE) - 1),
            )
            print(f"\r{n + AT_ONCE:,} rows of others", end="", flush=True, file=sys.stderr)
        if count:
            await owner.execute("analyze activities")
            print(file=sys.stderr)


async def at_once(remembered: Remembered, people: list[str], questions: list[str]) -> list[float]:
    """How long each waits when as many people as are named ask at the same moment."""

    async def one(person: str, question: str) -> float:
        start = time.perf_counter()
        await remembered.recall(person, question, now=BEGAN)
        return time.perf_counter() - start

    times: list[float] = []
    for n in range(0, len(questions) - len(people) + 1, len(people)):
        asked = zip(people, questions[n : n + len(people)], strict=True)
        times += await asyncio.gather(*(one(*each) for each in asked))
    return times


def spread(times: list[float]) -> dict[str, float]:
    ordered = np.sort(np.asarray(times)) * 1000
    return {f"p{p}_ms": float(np.percentile(ordered, p)) for p in (50, 95, 99)}


async def timed(remembered: Remembered, person: str, questions: list[str]) -> list[float]:
    times = []
    for question in questions:
        start = time.perf_counter()
        assert await remembered.recall(person, question, now=BEGAN)
        times.append(time.perf_counter() - start)
    return times


async def lag(stop: asyncio.Event) -> float:
    """The longest that the loop kept a sleeper of a millisecond waiting, in ms."""
    worst = 0.0
    while not stop.is_set():
        start = time.perf_counter()
        await asyncio.sleep(0.001)
        worst = max(worst, time.perf_counter() - start - 0.001)
    return worst * 1000


async def measure(args: argparse.Namespace, home: str) -> dict[str, object]:
    dice = random.Random(1)
    store = await Store.open(read({"MUSESPARK_HOME": home}))
    names = Kin(Embedder())._table()[0]
    dice.shuffle(names)
    activities = made(args.turns, names, dice)
    found: dict[str, object] = {"turns": args.turns, "others": args.others}
    start = time.perf_counter()
    await crowd(store, args.others)
    found["others_s"] = time.perf_counter() - start
    [row] = await store.system("select pg_total_relation_size('activities') as size")
    found["others_gb"] = int(row["size"]) / 1e9
    few = [f"small{n}" for n in range(1, PEOPLE)]
    for person, own in (("ann", activities), *((each, activities[:300]) for each in few)):
        await purposes.change(store, person, "memory", True)
        for n in range(0, len(own), 5_000):
            await ledger.append_many(store, person, own[n : n + 5_000])
    questions = []
    for _ in range(args.questions):
        words = dice.choice(activities).object["content"].strip(".?").split()[2:]
        questions.append(f"When did Ann {' '.join(dice.sample(words, min(4, len(words))))}?")
    del own
    activities.clear()  # lest collecting garbage walks through what no server holds
    gc.collect()
    start = time.perf_counter()
    remembered = Remembered(store)
    await remembered.follow("ann")
    found["fold_s"] = time.perf_counter() - start
    start = time.perf_counter()
    remembered = Remembered(store)
    await remembered.follow("ann")
    found["open_s"] = time.perf_counter() - start
    start = time.perf_counter()
    await remembered.recall("ann", questions[0])
    found["first_s"] = time.perf_counter() - start
    await timed(remembered, "ann", questions[:20])
    used = time.process_time()
    found["warm"] = spread(await timed(remembered, "ann", questions))
    found["processor_ms"] = (time.process_time() - used) * 1000 / len(questions)
    stop = asyncio.Event()
    watching = asyncio.create_task(lag(stop))
    await timed(remembered, "ann", questions)
    stop.set()
    found["lag_ms"] = await watching
    found["memory_mb"] = remembered._held["ann"].recollection.size / 1e6
    [row] = await store.rows("ann", "select sum(length(body)) as size from recollections")
    found["pieces_mb"] = int(row["size"]) / 1e6
    times = []
    for n in range(20):
        await ledger.append(store, "ann", made(1, names, random.Random(n))[0])
        times += await timed(remembered, "ann", [questions[n]])
    found["said"] = spread(times)
    times = []
    for n in range(3):
        await store.rows("ann", "delete from activities where id = (select min(id) + %s from "
                         "activities where person = 'ann')", args.turns // 2 + n)  # fmt: skip
        times += await timed(remembered, "ann", [questions[n]])
    found["gone_s"] = max(times)
    await timed(remembered, few[0], questions[:20])
    found["small"] = spread(await timed(remembered, few[0], questions))
    await at_once(remembered, ["ann", *few], questions[:PEOPLE])
    found["together"] = spread(await at_once(remembered, ["ann", *few], questions))
    found["crowd"] = spread(await at_once(remembered, ["ann"] * PEOPLE, questions))
    await store.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--turns", type=int, default=100_000)
    parser.add_argument("--others", type=int, default=10_000_000)
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="recall-") as home:
        found = asyncio.run(measure(args, home))
    print(json.dumps(found, indent=1))
    if args.out:
        args.out.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
