"""What reading files costs a server: the first time, again, and twenty at once.

    python bench/senses.py [--rounds 5] [--at-once 20] [--out FILE]

first     a file that was not seen before: before anything is kept warm, and after (median of 9)
query     one SELECT over a small table, before and after
again     the same file again, from memory and from the disk (median and worst of 50)
many      files of every kind at once, others in each round, nothing kept before: failures, seconds,
          and what the server holds after each: memory (MB), descriptors, children, folders
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import io
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import psutil

from musespark import looking, plugins, tables, warm
from musespark.looking import look
from musespark.media import media_of
from musespark.message import Table
from musespark.problem import Problem

sys.path.append(str(Path(__file__).parents[1] / "tests"))
import samples
import seeds

TIMES = 9
AGAIN = 50


def picture(words: str, size: tuple[int, int] = (900, 600)) -> bytes:
    """A receipt of a kind, with lines of text."""
    from PIL import Image, ImageDraw, ImageFont

    page = Image.new("RGB", size, "white")
    font = ImageFont.load_default(28)
    for line in range(8):
        ImageDraw.Draw(page).text((60, 40 + 60 * line), f"{words} {line} 12.50", "black", font)
    out = io.BytesIO()
    page.save(out, "JPEG", quality=90)
    return out.getvalue()


def table(rows: int, first: int = 0) -> bytes:
    lines = "".join(f"{first + n},City {n % 50},{n / 7:.2f}\n" for n in range(rows))
    return f"id,city,price\n{lines}".encode()


KINDS: dict[str, Callable[[int], bytes]] = {  # each number makes another file
    "csv": lambda n: table(100, n),
    "xlsx": lambda n: samples.xlsx({"One": f'<row r="1">{samples.text("A1", "a")}</row>'
                                    f'<row r="2">{samples.number("A2", n)}</row>'}),
    "png": lambda n: samples.picture("PNG", (120 + n % 50, 80)),
    "text in a picture": lambda n: picture(f"Total {n}"),
}  # fmt: skip


async def timed(work: Awaitable[object]) -> float:
    start = time.perf_counter()
    await work
    return time.perf_counter() - start


async def first() -> dict[str, dict[str, float]]:
    """Seconds for a file of each kind: in a new interpreter, and forked from what is warm."""
    found = {}
    kept = warm._keeper
    for kind, made in KINDS.items():
        warm._keeper = lambda *given: None
        anew = [await timed(look(made(n), kind)) for n in range(3)]
        warm._keeper = kept
        begun = await timed(look(made(100), kind))
        forked = [await timed(look(made(200 + n), kind)) for n in range(TIMES)]
        found[kind] = {"new_s": statistics.median(anew), "warming_s": begun,
                       "warm_s": statistics.median(forked)}  # fmt: skip
    [part] = (await look(table(1_000), "a.csv")).parts
    assert isinstance(part, Table)
    warm._keeper = lambda *given: None
    asked = lambda: timed(tables.ask({"a.csv": part}, 'SELECT sum(price) FROM "a.csv"', 9))  # noqa: E731
    anew = [await asked() for _ in range(3)]
    warm._keeper = kept
    begun, forked = await asked(), [await asked() for _ in range(TIMES)]
    found["query"] = {"new_s": statistics.median(anew), "warming_s": begun,
                      "warm_s": statistics.median(forked)}  # fmt: skip
    return found


async def again(home: Path) -> dict[str, dict[str, float]]:
    """Milliseconds for a file that was read before."""
    files = {"small csv": table(3), "csv of 20 MB": table(1_000_000), "picture": picture("Total")}
    found = {}
    for kind, data in files.items():
        path = home / "file"
        path.write_bytes(data)
        await look(path, kind, home)
        took: dict[str, list[float]] = {"memory": [], "disk": []}
        for _ in range(AGAIN):
            took["memory"].append(await timed(look(path, kind, home)))
        for _ in range(AGAIN):
            looking._memory.clear()
            took["disk"].append(await timed(look(path, kind, home)))
        found[kind] = {
            f"{where}_{what}_ms": 1000 * how(values)
            for where, values in took.items()
            for what, how in (("median", statistics.median), ("worst", max))
        }
    return found


def files(count: int, number: int) -> list[bytes]:
    """`count` files of all the kinds that there are senses for, which no other round has."""
    known = {
        media for name in plugins.names("senses") for media in plugins.load("senses", name).takes
    }
    own = [made(1_000 * (number + 1)) for made in KINDS.values()]
    own += [
        seed for seed in seeds.all_of_them()
        if media_of(seed) in known and media_of(seed) != "image/svg+xml"
    ]  # fmt: skip
    random.Random(number).shuffle(own)
    return [own[n % len(own)] for n in range(count)]


def held() -> dict[str, float]:
    """What this process holds now."""
    gc.collect()
    me = psutil.Process()
    kept = {keeper.process.pid for keeper in warm._keepers.values() if keeper is not None}
    children = [child for child in me.children(recursive=True) if child.pid not in kept]
    folders = list(Path(tempfile.gettempdir()).glob("musespark-*"))
    return {"memory_mb": me.memory_info().rss / 1e6, "descriptors": me.num_fds(),
            "children": len(children), "kept_warm": len(kept), "folders": len(folders)}  # fmt: skip


async def many(rounds: int, at_once: int) -> list[dict[str, float]]:
    """A row for each round."""
    found = []
    for number in range(rounds):
        looking._memory.clear()
        given = files(at_once, number)
        start = time.perf_counter()
        done = await asyncio.gather(*(_tried(data) for data in given))
        took = time.perf_counter() - start
        for problem in filter(None, done):
            print(f"round {number + 1}: {problem}", file=sys.stderr)
        found.append({"seconds": took, "failed": sum(map(bool, done)), **held()})
    return found


async def _tried(data: bytes) -> str:
    """ "" for a file that was read, or why it was not."""
    try:
        await look(data, "file")
    except Problem as problem:
        return f"{media_of(data)}: {problem.text}"
    return ""


def shown(title: str, rows: dict[str, dict[str, float]]) -> None:
    print(f"\n{title}")
    names = list(next(iter(rows.values())))
    print(f"{'':20}" + "".join(f"{name:>18}" for name in names))
    for kind, row in rows.items():
        print(f"{kind:20}" + "".join(f"{row[name]:18.3f}" for name in names))


async def measured(rounds: int, at_once: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        figures = {"first": await first(), "again": await again(home)}
    shown("first", figures["first"])
    shown("again", figures["again"])
    rows = await many(rounds, at_once)
    shown(f"{at_once} at once", {f"round {n + 1}": row for n, row in enumerate(rows)})
    return {**figures, "many": rows, "processors": os.cpu_count()}


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    reader.add_argument("--rounds", type=int, default=5)
    reader.add_argument("--at-once", type=int, default=20)
    reader.add_argument("--out", type=Path)
    args = reader.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tempfile.tempdir = folder  # what is left behind there is ours
        figures = asyncio.run(measured(args.rounds, args.at_once))
        warm.end()
        tempfile.tempdir = None
    if args.out:
        args.out.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
