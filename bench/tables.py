"""How long it takes to read a table of 1,000,000 rows (107 MB of CSV), to query it, and to read a
small one again; and what memory the child that reads takes.

    python bench/tables.py [--times 5] [--rows 1000000] [--out FILE]

profile   from the file to the profile and the table as Parquet, nothing kept before
query     one query with a group and an order over it, from Parquet
filter    one with a filter on text and a date
again     a small file that was read before, kept on disk; and in memory
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Awaitable
from pathlib import Path

from musespark import looking, tables, warm
from musespark.looking import look
from musespark.message import Table

SMALL = b"city,price\nKiel,12.5\nBonn,30\n"
GROUPED = "SELECT city, sum(price) AS total FROM big GROUP BY city ORDER BY total DESC LIMIT 3"
FILTERED = "SELECT count(*) FROM big WHERE \"when\" < DATE '2024-02-01' AND note LIKE '%7 in %'"


def made(rows: int) -> bytes:
    """A CSV with numbers, times, names, flags and quoted words."""
    dice = random.Random(1)
    lines = ["id,when,city,price,count,flag,note\n"]
    for n in range(rows):
        lines.append(
            f"{n},2024-{n % 12 + 1:02d}-{n % 28 + 1:02d} 10:{n % 60:02d}:00,City{n % 500},"
            f"{dice.random() * 1000:.2f},{n % 97},{'true' if n % 3 else 'false'},"
            f'"some words, number {n % 1000} in quotes and more of them here"\n'
        )
    return "".join(lines).encode()


async def timed(work: Awaitable[object]) -> float:
    """Seconds that it takes."""
    start = time.perf_counter()
    await work
    return time.perf_counter() - start


async def measured(rows: int, times: int) -> dict[str, float]:
    found = dict[str, list[float]]()
    with tempfile.TemporaryDirectory() as folder:
        home, file = Path(folder), Path(folder) / "big.csv"
        size = file.write_bytes(made(rows))
        # What is kept warm is the parent of its children, whose sizes are not told then.
        kept, warm._keeper = warm._keeper, lambda *given: None
        await look(file, "big.csv")
        warm._keeper = kept
        most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        await look(SMALL, "small.csv", home)
        for _ in range(times):
            looking._memory.clear()
            found.setdefault("profile_s", []).append(await timed(look(file, "big.csv")))
            [part] = (await look(file, "big.csv")).parts
            assert isinstance(part, Table)
            big = {"big.csv": part}
            for name, query in (("query_s", GROUPED), ("filter_s", FILTERED)):
                took = await timed(tables.ask(big, query, 10))
                found.setdefault(name, []).append(took)
            looking._memory.clear()
            for name in ("again_disk_s", "again_memory_s"):
                took = await timed(look(SMALL, "small.csv", home))
                found.setdefault(name, []).append(took)
    figures = {name: statistics.median(values) for name, values in found.items()}
    sizes = {"csv_mb": size / 1e6, "parquet_mb": len(part.data) * 0.75 / 1e6}
    return figures | sizes | {"child_mb": most}


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    reader.add_argument("--times", type=int, default=5)
    reader.add_argument("--rows", type=int, default=1_000_000)
    reader.add_argument("--out", type=Path)
    options = reader.parse_args()
    figures = asyncio.run(measured(options.rows, options.times))
    for name, value in figures.items():
        print(f"{name:20}{value:12.4f}")
    if options.out:
        options.out.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
