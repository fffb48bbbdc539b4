"""100 questions with one exact answer over tables of 100 to 1,000,000 rows: how they are answered.

    python bench/table_questions.py [--rows 1000000] [--out FILE]

sql       the SQL that a model would write, through the tool `query_table` as the product runs it;
          the answer is held against one worked out in Python
found     the same questions without a model: right, left to a model (silent), or wrong
others    50 further ways to ask, written before anything read them; ten of them are to be left
          alone, and an answer to one counts as wrong
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from questions.tables import OTHERS, QUESTIONS, made

from musespark import plugins
from musespark.looking import look
from musespark.message import Part, Table, say
from musespark.person import Person
from musespark.scripted import ScriptedModel
from musespark.turn import Turn


def turn_of(question: str, parts: list[Part]) -> Turn:
    tool = plugins.load("tools", "query_table")
    return Turn(person=Person(), messages=[say("user", question, *parts)],
                models=lambda tier: ScriptedModel([]), tools={"query_table": tool})  # fmt: skip


async def rows_of(query: str, turn: Turn) -> list[tuple[Any, ...]]:
    """The rows that the tool finds, as values; read out of what a model is shown."""
    tool = turn.tools["query_table"]
    assert tool.call is not None
    said = (await tool.call({"query": query}, turn)).text  # type: ignore[attr-defined]
    table = said[len(query) :].strip().splitlines()
    lines = [line for line in table[2:] if line.startswith("| ")]
    return [tuple(map(_value, line[2:-2].split(" | "))) for line in lines]


def _value(cell: str) -> Any:
    try:
        return float(cell)
    except ValueError:
        return cell


def same(found: list[tuple[Any, ...]], wanted: Any) -> bool:
    """Whether rows are the answer, in any order where it is a set of groups."""
    rows = wanted if isinstance(wanted, list) else [(wanted,)]
    want = [tuple(map(_plain, row)) for row in rows]
    if len(found) != len(want):
        return False
    pairs = zip(sorted(found, key=str), sorted(want, key=str), strict=True)
    return all(_near(a, b) for one, other in pairs for a, b in zip(one, other, strict=True))


def _plain(value: Any) -> Any:
    if isinstance(value, bool | datetime.date):
        return str(value).lower()
    return float(value) if isinstance(value, int | float) else value


def _near(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= 1e-9 * max(1.0, abs(other))
    return bool(one == other)


async def measured(rows: int) -> dict[str, Any]:
    known, files = made(rows)
    parts: dict[str, list[Part]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            file = Path(folder) / name
            file.write_bytes(data)
            parts[name] = list((await look(file, name)).parts)
    figures: dict[str, Any] = {"questions": len(QUESTIONS)}
    took, wrong = [], []
    for each in QUESTIONS:
        turn = turn_of(each.text, [part for name in each.files for part in parts[name]])
        start = time.perf_counter()
        found = await rows_of(each.sql, turn)
        took.append(time.perf_counter() - start)
        if not same(found, each.answer(known)):
            wrong.append({"question": each.text, "found": found[:5]})
    figures["sql"] = {"right": len(QUESTIONS) - len(wrong), "wrong": wrong,
                      "median_s": statistics.median(took), "slowest_s": max(took)}  # fmt: skip
    figures["found"] = await _found([(q.text, q.files, q.sql, q.plain) for q in QUESTIONS], parts)
    others = [(text, (name,), sql, True) for text, name, sql in OTHERS]
    figures["others"] = await _found(others, parts)
    return figures


async def _found(
    asked: list[tuple[str, tuple[str, ...], str, bool]], parts: dict[str, list[Part]]
) -> dict[str, Any]:
    """What is made of questions without a model: the rows of its query against those of ours."""
    from musespark import table_questions

    right, silent, wrong, took = 0, [], [], []
    for text, names, query, _ in asked:
        own = [part for name in names for part in parts[name]]
        turn = turn_of(text, own)
        start = time.perf_counter()
        attached = {p.name: p for p in own if isinstance(p, Table)}
        made_ = table_questions.query_of(text, list(attached.values()))
        took.append(time.perf_counter() - start)
        if made_ is None:
            if query:
                silent.append(text)
            else:
                right += 1  # rightly left alone
            continue
        ours = sorted(await rows_of(query, turn), key=str) if query else None
        theirs = sorted(await rows_of(made_, turn), key=str)
        if ours is not None and _answers(theirs, ours):
            right += 1
        else:
            wrong.append({"question": text, "query": made_})
    return {"right": right, "silent": silent, "wrong": wrong,
            "median_ms": 1000 * statistics.median(took)}  # fmt: skip


def _answers(theirs: list[tuple[Any, ...]], ours: list[tuple[Any, ...]]) -> bool:
    """Whether rows hold the wanted ones; they may show what they are ordered by, too."""
    if len(theirs) != len(ours):
        return False
    wide = len(ours[0]) if ours else 0
    return all(
        all(any(_near(a, b) for a in one) for b in other[:wide])
        for one, other in zip(theirs, ours, strict=True)
    )


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    reader.add_argument("--rows", type=int, default=1_000_000)
    reader.add_argument("--out", type=Path)
    options = reader.parse_args()
    figures = asyncio.run(measured(options.rows))
    ways = figures["sql"]
    print(f"sql       {ways['right']} of {figures['questions']} right, median "
          f"{ways['median_s']:.2f} s, slowest {ways['slowest_s']:.2f} s")  # fmt: skip
    for name in ("found", "others"):
        one = figures[name]
        print(f"{name:9} {one['right']} right, {len(one['silent'])} silent, {len(one['wrong'])} "
              f"wrong, {one['median_ms']:.2f} ms to read one")  # fmt: skip
    for name in ("sql", "found", "others"):
        for each in figures[name]["wrong"]:
            print(f"  {name}: {each}")
    if options.out:
        options.out.write_text(json.dumps(figures, indent=1, default=str))


if __name__ == "__main__":
    main()
