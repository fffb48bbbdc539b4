"""Everyday questions: how many the exact tools find and answer, and how fast.

    python bench/everyday.py --split open
    python bench/everyday.py --split open --through ask --out everyday.json

`tools` asks the recognisers and tools alone; `ask` asks the whole product. Questions about an
attached text need the whole product and are left out of `tools`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from musespark import plugins
from musespark.message import Document, say
from musespark.person import Person
from musespark.tool import Exact
from musespark.turn import Turn

TOOLS = ("calculate", "convert", "dates", "times")
QUESTIONS = Path(__file__).parent / "questions" / "everyday.jsonl"


def no_model(tier: str) -> Any:
    raise RuntimeError(f"no model of the tier {tier} is needed here")


def turn_of(record: dict[str, Any]) -> Turn:
    """The turn in which a record's question is asked, at its own moment and place."""
    zone = record["zone"]
    attached = record.get("attachment")
    parts = [Document(attached["text"], attached["name"])] if attached else []
    return Turn(
        person=Person(language=record["language"], zone=zone),
        messages=[say("user", record["question"], *parts)],
        models=no_model,
        now=datetime.fromisoformat(record["now"]).replace(tzinfo=ZoneInfo(zone)),
    )


def duration_minutes(value: str) -> Fraction:
    """PT8H25M in minutes."""
    sizes = {"H": Fraction(60), "M": Fraction(1), "S": Fraction(1, 60)}
    total, number = Fraction(0), ""
    for letter in value.removeprefix("PT"):
        if letter.isdigit() or letter in ".-":
            number += letter
            continue
        total += Fraction(number) * sizes[letter]
        number = ""
    return total


def right(value: str, answer: dict[str, Any]) -> bool:
    """Whether a bare value is the answer expected."""
    try:
        if "number" in answer:
            return abs(Fraction(value) - Fraction(answer["number"])) <= Fraction(
                answer["tolerance"]
            )
        if "weekday" in answer:
            return bool(int(value) - 1 == answer["weekday"])
        if "duration_minutes" in answer:
            return bool(duration_minutes(value) == answer["duration_minutes"])
        if "yes" in answer:
            return value == ("true" if answer["yes"] else "false")
    except (ValueError, KeyError, ZeroDivisionError):
        return False
    return bool(value == answer.get("date", answer.get("time")))


async def through_tools(record: dict[str, Any]) -> tuple[str, str]:
    """(verdict, what was said) of the recognisers and tools alone."""
    turn = turn_of(record)
    found = []
    for name in TOOLS:
        tool = plugins.load("tools", name)
        arguments = tool.recognise(record["question"], turn)
        if arguments is not None:
            found.append((tool, arguments))
    if len(found) != 1:
        return "not recognised", " and ".join(tool.name for tool, _ in found)
    tool, arguments = found[0]
    result = await tool.call(arguments, turn)
    assert isinstance(result, Exact)
    verdict = "right" if right(result.value, record["answer"]) else "wrong"
    return verdict, f"{result.answer} [{result.value}]"


async def through_ask(record: dict[str, Any]) -> tuple[str, str]:
    """(verdict, what was said) of the whole product."""
    try:
        from musespark import assistant  # type: ignore[attr-defined,unused-ignore]
    except ImportError as error:
        raise SystemExit("musespark.assistant is not there yet") from error
    said, value = "", ""
    async for event in assistant.answer(turn_of(record)):
        said += getattr(event, "text", "") or ""
        value = getattr(event, "value", "") or value
    wanted = record["answer"]
    if "contains_all" in wanted:
        fits = all(part.lower() in said.lower() for part in wanted["contains_all"])
    else:
        fits = right(value, wanted)
    return ("right" if fits else "wrong" if value else "not recognised"), said


def table(rows: list[dict[str, Any]]) -> str:
    """Right, wrong, not recognised and the median time by kind and language."""
    lines = [f"{'kind':12} {'language':9} {'right':>6} {'wrong':>6} {'none':>6} {'ms':>7}"]
    groups = [*sorted({(r["kind"], r["language"]) for r in rows}), ("all", "all")]
    for kind, code in groups:
        part = [r for r in rows if kind == "all" or (r["kind"], r["language"]) == (kind, code)]
        count = [sum(r["verdict"] == v for r in part) for v in ("right", "wrong", "not recognised")]
        middle = statistics.median(r["ms"] for r in part)
        lines.append(f"{kind:12} {code:9} {count[0]:6} {count[1]:6} {count[2]:6} {middle:7.2f}")
    return "\n".join(lines)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--split", choices=("open", "held", "all"), default="open")
    parser.add_argument("--through", choices=("tools", "ask"), default="tools")
    parser.add_argument("--out", type=Path)
    parser.add_argument(
        "--misses", action="store_true", help="print what was not right (open only)"
    )
    options = parser.parse_args()
    ask = through_tools if options.through == "tools" else through_ask
    rows = []
    for line in QUESTIONS.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if options.split not in ("all", record["split"]):
            continue
        if record["kind"] == "text" and options.through == "tools":
            continue
        started = time.perf_counter()
        verdict, said = await ask(record)
        spent = (time.perf_counter() - started) * 1000
        rows.append(
            {k: record[k] for k in ("id", "split", "kind", "language")}
            | {"verdict": verdict, "ms": spent}
        )
        if options.misses and verdict != "right" and record["split"] == "open":
            print(record["id"], verdict, "|", record["question"], "|", said)
    print(table(rows))
    if options.out:
        options.out.write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
