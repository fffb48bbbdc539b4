"""What remembering and recalling cost a turn: python bench/memory.py [--said 20000] [--turns 100]

off      a turn of a person who allows nothing, with a model that answers at once
on       the same with memory: what is recalled is brought, the question and the answer remembered
recall   `memory.recall` alone, for questions about anything
fact     the same for "Where do I live?", with the facts
read     the ledger is read for facts, nothing there before

Milliseconds, median and 95th percentile. What was said is made here, by words of Zipf's law.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from musespark import ledger, purposes
from musespark.activity import Activity
from musespark.engine import Engine
from musespark.message import say
from musespark.scripted import ScriptedModel
from musespark.settings import read

BEGAN = datetime(2024, 1, 1, 9, tzinfo=UTC)


def made(count: int, dice: random.Random) -> list[Activity]:
    """Things that a person said, each of some of 3,000 words; every thousandth tells where they
    live."""
    syllables = ("ka", "lo", "mi", "ren", "tas", "ul", "ber", "fo", "gin", "da", "sel", "por")
    words = ["".join(dice.choices(syllables, k=dice.randint(2, 4))) for _ in range(3_000)]
    weights = [1 / (rank + 10) for rank in range(len(words))]
    out = []
    for n in range(count):
        text = f"I said {' '.join(dice.choices(words, weights, k=dice.randint(5, 12)))}."
        if n % 1_000 == 7:
            text = f"I moved to {words[n % 900].capitalize()}."
        at = BEGAN + timedelta(minutes=10 * n)
        thing = {"type": "Note", "content": text, "context": f"c{n // 24}"}
        out.append(Activity(type="Create", object=thing, published=at))
    return out


async def timed(times: int, work: Callable[[int], Awaitable[Any]]) -> dict[str, float]:
    """How long it takes, in milliseconds."""
    taken = []
    for n in range(times):
        began = time.perf_counter()
        await work(n)
        taken.append((time.perf_counter() - began) * 1e3)
    taken.sort()
    return {
        "median": round(taken[len(taken) // 2], 2),
        "p95": round(taken[int(len(taken) * 0.95)], 2),
    }


async def measured(args: argparse.Namespace) -> dict[str, Any]:
    dice = random.Random(7)
    found: dict[str, Any] = {"said": args.said, "turns": args.turns}
    model = ScriptedModel(["The tide turns at seven."], repeat=True)
    with tempfile.TemporaryDirectory(prefix="musespark-") as home:
        settings = read({"MUSESPARK_HOME": home})
        engine = await Engine.open(settings, models=lambda tier: model)
        try:
            assert engine.store is not None
            assert engine.memories is not None
            await purposes.change(engine.store, "ann", "memory", True)
            said = made(args.said, dice)
            for start in range(0, len(said), 1_000):
                await ledger.append_many(engine.store, "ann", said[start : start + 1_000])
            began = time.perf_counter()
            await engine.memories.known.follow("ann")
            found["read"] = {"seconds": round(time.perf_counter() - began, 2)}
            await engine.memories.remembered.follow("ann")
            pool = [str(activity.object["content"]) for activity in said]

            async def turn(person: str, n: int) -> None:
                asked = f"What did I do with {' '.join(pool[n].split()[2:5])}"
                who = await engine.person(person)
                made_ = await engine.turn([say("user", asked)], person=who, mode="instant")
                async for _ in engine.follow(made_):
                    pass

            async def recall(question: str) -> None:
                await engine.memories.recall("ann", question, now=datetime.now(UTC))  # type: ignore[union-attr]

            for person, name in (("bob", "off"), ("ann", "on")):
                await turn(person, 0)
                found[name] = await timed(args.turns, lambda n, p=person: turn(p, n))  # type: ignore[misc]
            found["recall"] = await timed(
                args.turns, lambda n: recall(pool[dice.randrange(len(pool))])
            )
            found["fact"] = await timed(args.turns, lambda n: recall("Where do I live?"))
        finally:
            await engine.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--said", type=int, default=20_000, help="things said before")
    parser.add_argument("--turns", type=int, default=100, help="of each kind")
    parser.add_argument("--out", type=Path, help="write JSON here")
    args = parser.parse_args()
    found = asyncio.run(measured(args))
    for name, row in found.items():
        print(f"{name:8} {row}")
    if args.out:
        args.out.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
