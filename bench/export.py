"""How long exporting a person takes, and how much memory, by how many activities they have.

    python bench/export.py [--activities 1000000] [--back] [--out FILE]

Prints a table, and JSON with --out. The zip goes to a temporary file and is imported again
by another person (--back), which is the import of as many activities.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import tempfile
import time
from pathlib import Path

import psutil

from musespark import purposes
from musespark.exporting import export
from musespark.files import Files
from musespark.importing import Imports, Options
from musespark.settings import read
from musespark.store import Store

WORDS = "the harbour was quiet before the tide came in and nobody spoke of what had been said"


async def fill(store: Store, person: str, many: int) -> None:
    """Activities over ten years, as a social export has them."""
    for first in range(0, many, 50_000):
        await store.rows(
            person,
            """
            insert into activities (person, uri, type, published, purposes, object, body)
            select %(who)s, 'urn:bench:' || n, case when n %% 5 = 0 then 'Like' else 'Create' end,
                   timestamptz '2016-01-01' + n * interval '5 minutes', '{memory}',
                   'urn:bench:' || n,
                   jsonb_build_object('actor', %(who)s::text, 'object', jsonb_build_object(
                       'type', 'Note', 'id', 'urn:bench:' || n, 'content', n || %(words)s,
                       'context', 'talk ' || n / 100, 'generator', jsonb_build_object('name', 'x')))
            from generate_series(%(first)s::int, %(last)s::int) n
            """,
            who=person, words=f" {WORDS}", first=first,
            last=min(first + 50_000, many) - 1,
        )  # fmt: skip


async def measure(many: int, back: bool) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        settings = read({"MUSESPARK_HOME": f"{folder}/home"})
        store = await Store.open(settings)
        await store.live_as("bench")
        try:
            await fill(store, "ann", many)
            files = Files(store, settings.home, 10**9)
            rss = psutil.Process().memory_info
            before, most, size, began = rss().rss, 0, 0, time.monotonic()
            first = 0.0
            path = Path(folder) / "export.zip"
            with path.open("wb") as file:
                async for piece in export(store, files, "ann"):
                    first = first or time.monotonic() - began
                    size += file.write(piece)
                    most = max(most, rss().rss)
            took, more = time.monotonic() - began, max(most - before, 0) / 1e6
            found = {"activities": many, "seconds": took, "first": first, "zip_mb": size / 1e6,
                     "more_mb": more}  # fmt: skip
            if back:
                await purposes.change(store, "bob", "memory", True)
                imports = Imports(store, files, settings.home, "bench")
                began = time.monotonic()
                row = await imports.begin("bob", path, path.name, Options())
                row = await imports.run("bob", row["id"])
                assert row["counts"]["new"] >= many, row["counts"]
                found["back_seconds"] = time.monotonic() - began
                children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
                found["reader_mb"] = children / 1e3
            return found
        finally:
            await store.close()


def main() -> None:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--activities", type=int, default=1_000_000)
    given.add_argument("--back", action="store_true", help="also import it again")
    given.add_argument("--out", type=Path, help="where to write the figures as JSON")
    args = given.parse_args()
    rows = [asyncio.run(measure(many, args.back))
            for many in sorted({max(args.activities // 10, 1), args.activities})]  # fmt: skip
    print(f"{'activities':>12} {'seconds':>9} {'first byte':>11} {'zip MB':>8} {'more MB':>8} "
          f"{'back s':>8} {'reader MB':>10}")  # fmt: skip
    for row in rows:
        print(f"{row['activities']:>12,.0f} {row['seconds']:>9.1f} {row['first']:>10.3f}s "
              f"{row['zip_mb']:>8.1f} {row['more_mb']:>8.1f} {row.get('back_seconds', 0):>8.1f} "
              f"{row.get('reader_mb', 0):>10.1f}")  # fmt: skip
    if args.out:
        args.out.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()
