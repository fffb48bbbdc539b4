"""Everyday questions: how many are answered right, and how fast.

    python bench/everyday.py [--split open|held|all] [--through tools|exact|ask] [--plain]
                             [--out FILE] [--questions FILE] [--misses]

tools      the frames and exact tools alone; questions about an attached text are left out
exact      the frames, and where none fits the reader: all that is tried before a model is asked
ask        the whole product, nothing kept, with the embedded model; the time is from the question
           to the end of the exact answer, or of the quoted passages (not of the model's summary)
--plain    beside `ask`: the embedded model alone in plain chat, the text in the question; right if
           the answer stands anywhere in what it says, the time is to its end

Right: a number within its tolerance, a date, time or weekday, yes or no; for a text, all expected
strings in the quoted passages; for a trap, that no tool answers. One question of each kind is asked
before, so nothing starts cold.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct

from musespark import exact, language, plugins
from musespark.engine import Engine
from musespark.event import TextDelta, TextEnd, ToolArgs, ToolStart
from musespark.message import Document, Message, say
from musespark.model import Request
from musespark.person import Person
from musespark.problem import Problem
from musespark.settings import Settings
from musespark.tool import Exact, Tool
from musespark.turn import Turn

TOOLS = ("calculate", "convert", "dates", "times")
QUESTIONS = Path(__file__).parent / "questions" / "everyday.jsonl"
VERDICTS = ("right", "wrong", "none")
WARM = ("What is 2 + 2?", "5 km in miles", "What day is today?", "What time is it in Rome?")
NOTE = "The shop opens at nine. Dogs are welcome. The key is under the mat."

Record = dict[str, Any]


class Said(Struct):
    """What came of a question: what was said, whether it is right, and the milliseconds until."""

    verdict: str
    text: str
    ms: float


Ask = Callable[[Record], Awaitable[Said]]


def no_model(tier: str) -> Any:
    raise RuntimeError(f"no model of the tier {tier} is needed here")


def asked_at(record: Record) -> datetime:
    return datetime.fromisoformat(record["now"]).replace(tzinfo=ZoneInfo(record["zone"]))


def person_of(record: Record) -> Person:
    return Person(language=record["language"], zone=record["zone"])


def message_of(record: Record) -> Message:
    attached = record.get("attachment")
    parts = [Document(attached["text"], attached["name"])] if attached else []
    return say("user", record["question"], *parts)


# --- what is right ----------------------------------------------------------------------------


def duration_minutes(value: str) -> Fraction:
    """PT8H25M in minutes."""
    sizes = {"H": Fraction(60), "M": Fraction(1), "S": Fraction(1, 60)}
    amounts = re.findall(r"([\d.-]+)([HMS])", value)
    return sum((Fraction(number) * sizes[unit] for number, unit in amounts), Fraction(0))


def near(value: str, answer: Record) -> bool:
    return abs(Fraction(value) - Fraction(answer["number"])) <= Fraction(answer["tolerance"])


def right(value: str, answer: Record) -> bool:
    """Whether a bare value is the answer expected."""
    try:
        if "number" in answer and value[:1] == "P":  # "how many hours ahead", "how many minutes"
            minutes = duration_minutes(value)
            return any(near(str(each), answer) for each in (minutes, minutes / 60))
        if "number" in answer:
            return near(value, answer)
        if "weekday" in answer:
            return bool(int(value) - 1 == answer["weekday"])
        if "duration_minutes" in answer:
            minutes = duration_minutes(value) if value[:1] == "P" else Fraction(value)
            return bool(minutes == answer["duration_minutes"])
        if "yes" in answer:
            return value == ("true" if answer["yes"] else "false")
    except (ValueError, KeyError, ZeroDivisionError):
        return False
    return bool(value == answer.get("date", answer.get("time")))


def holds(text: str, answer: Record) -> bool:
    """Whether a text holds all that is expected of a passage."""
    return all(part.lower() in text.lower() for part in answer["contains_all"])


def mentions(text: str, record: Record) -> bool:
    """Whether free words hold the answer anywhere: kinder than `right` and `holds`."""
    low, answer, code = text.lower(), record["answer"], record["language"]
    if "contains_all" in answer:  # one of the strings that the question did not bring along
        question = record["question"].lower()
        return any(p.lower() in low for p in answer["contains_all"] if p.lower() not in question)
    if "yes" in answer:
        words = {"en": "yes no", "de": "ja nein", "es": "sí no", "fr": "oui non"}[code].split()
        return re.match(rf"\W*{words[0] if answer['yes'] else words[1]}\b", low) is not None
    if "weekday" in answer:
        day = date(2024, 1, 1) + timedelta(days=answer["weekday"])
        return language.show_date(day, code, "EEEE").lower() in low
    if "date" in answer:
        day = date.fromisoformat(answer["date"])
        month = language.show_date(day, code, "MMMM").lower()
        return answer["date"] in low or (
            month in low and re.search(rf"(?<!\d){day.day}(?!\d)", low) is not None
        )
    if "time" in answer:
        moment = datetime.strptime(answer["time"], "%H:%M")
        ways = (f"{moment:%H:%M}", f"{moment:%H:%M}".lstrip("0"), f"{int(moment.strftime('%I'))}:")
        return ways[0] in low or ways[1] in low or f"{ways[2]}{moment:%M}" in low
    numbers = re.findall(r"\d[\d.,]*", low)
    if "duration_minutes" in answer:
        hours, minutes = divmod(answer["duration_minutes"], 60)
        wanted = {str(n) for n in (hours, minutes) if n}
        return str(answer["duration_minutes"]) in numbers or wanted <= {
            n.strip(".,") for n in numbers
        }
    readings = [n.strip(".,") for n in numbers]
    forms = [n.replace(",", "") for n in readings]
    forms += [n.replace(".", "").replace(",", ".") for n in readings]
    return any(near(form, answer) for form in forms if re.fullmatch(r"\d+(\.\d+)?", form))


# --- ways to ask ------------------------------------------------------------------------------


def turn_of(record: Record, **more: Any) -> Turn:
    """The turn in which a question is asked, without a model."""
    return Turn(
        person=person_of(record), messages=[message_of(record)], models=no_model,
        now=asked_at(record), **more,
    )  # fmt: skip


async def through_tools(record: Record) -> Said:
    """The frames and tools alone."""
    start, turn = time.perf_counter(), turn_of(record)
    tools = [plugins.load("tools", name) for name in TOOLS]
    asked = [(tool, tool.recognise(record["question"], turn)) for tool in tools]
    found = [(tool, arguments) for tool, arguments in asked if arguments is not None]
    return await _said(found, turn, record, start)


async def through_exact(record: Record) -> Said:
    """The frames, the reader and the tools."""
    start = time.perf_counter()
    turn = turn_of(record, tools={name: plugins.load("tools", name) for name in TOOLS})
    return await _said(exact.recognised(turn) or [], turn, record, start)


async def _said(
    found: list[tuple[Tool, dict[str, Any]]], turn: Turn, record: Record, start: float
) -> Said:
    """What comes of the calls that were found: one is made, none or several are no answer."""
    if record["kind"] == "trap" or len(found) != 1:
        tools = " and ".join(f"{tool.name}{arguments}" for tool, arguments in found)
        verdict = "none" if record["kind"] != "trap" else "wrong" if found else "right"
        return Said(verdict, tools, (time.perf_counter() - start) * 1000)
    ((tool, arguments),) = found
    return await _called(tool, arguments, turn, record, start)


async def _called(
    tool: Tool, arguments: dict[str, Any], turn: Turn, record: Record, start: float
) -> Said:
    try:
        assert tool.call is not None
        result = await tool.call(arguments, turn)
    except Problem as problem:  # an answer too, and here none was expected
        return Said("wrong", problem.text, (time.perf_counter() - start) * 1000)
    spent = (time.perf_counter() - start) * 1000
    assert isinstance(result, Exact)
    verdict = "right" if right(result.value, record["answer"]) else "wrong"
    return Said(verdict, f"{result.answer} [{result.value}]", spent)


async def exact_value(calls: list[list[str]], turn: Turn, said: str) -> str:
    """The bare value of the exact answer that was given: the tool's, called again with what the
    run called it with, if the words are those that were said."""
    if len(calls) != 1 or turn.chosen != "exact":
        return ""
    name, arguments = calls[0]
    tool = plugins.load("tools", name)
    result = await tool.call(json.loads(arguments), turn)
    return result.value if isinstance(result, Exact) and result.answer in said else ""


def asker(engine: Engine) -> Ask:
    async def ask(record: Record) -> Said:
        start = time.perf_counter()
        turn = await engine.turn(
            [message_of(record)], person=person_of(record), now=asked_at(record)
        )
        said, spent, calls = "", 0.0, []
        async for event in engine.follow(turn):
            if isinstance(event, ToolStart):
                calls.append([event.tool_call_name, ""])
            elif isinstance(event, ToolArgs):
                calls[-1][1] += event.delta
            elif isinstance(event, TextDelta) and not spent:
                said += event.delta
            elif isinstance(event, TextEnd) and not spent:
                spent = (time.perf_counter() - start) * 1000
        spent = spent or (time.perf_counter() - start) * 1000
        wanted = record["answer"]
        if "contains_all" in wanted:
            quoted = "\n".join(line for line in said.splitlines() if line.startswith(">"))
            verdict = "right" if holds(quoted, wanted) else "wrong"
            return Said(verdict if turn.sources else "none", said, spent)  # else: "nothing found"
        value = await exact_value(calls, turn, said)
        if record.get("kind") == "trap":
            return Said("wrong" if turn.chosen == "exact" else "right", said, spent)
        verdict = "none" if not value else "right" if right(value, wanted) else "wrong"
        return Said(verdict, said, spent)

    return ask


def plain_asker(engine: Engine) -> Ask:
    async def ask(record: Record) -> Said:
        attached = record.get("attachment")
        text = f"{attached['text']}\n\n" if attached else ""
        request = Request(messages=[say("user", text + record["question"])], max_tokens=160)
        start = time.perf_counter()
        said = ""
        try:
            async for chunk in engine.models("fast").stream(request):
                said += chunk.text
        except Problem as problem:
            said = problem.text
            return Said("none", said, (time.perf_counter() - start) * 1000)
        spent = (time.perf_counter() - start) * 1000
        found = mentions(said, record)
        return Said("right" if found else "wrong", said, spent)

    return ask


@asynccontextmanager
async def asking(through: str) -> AsyncIterator[dict[str, Ask]]:
    """The ways to ask, warm."""
    if through != "ask":
        yield {through: through_tools if through == "tools" else through_exact}
        return
    with tempfile.TemporaryDirectory() as home:
        engine = await Engine.open(Settings(home=Path(home)), keep=False)
        try:
            yield {"ask": asker(engine), "plain": plain_asker(engine)}
        finally:
            await engine.close()


def warm_up() -> list[Record]:
    same = {"language": "en", "now": "2026-03-14T09:26:00", "zone": "Europe/Berlin"}
    records: list[Record] = [
        same | {"question": text, "answer": {"number": "0", "tolerance": "0"}} for text in WARM
    ]
    note = {"attachment": {"name": "note.txt", "text": NOTE}, "answer": {"contains_all": ["mat"]}}
    return [*records, same | note | {"question": "Where is the key?"}]


# --- the table --------------------------------------------------------------------------------


def p95(times: list[float]) -> float:
    return sorted(times)[max(0, -(-len(times) * 95 // 100) - 1)]


def table(rows: list[Record]) -> str:
    """Right, wrong, none, and the median and p95 time, by kind and language."""
    title = (
        f"{'kind':12}{'language':10}{'right':>7}{'wrong':>7}{'none':>7}{'p50 ms':>9}{'p95 ms':>9}"
    )
    lines = [title]
    pairs = sorted({(r["kind"], r["language"]) for r in rows})
    kinds = sorted({kind for kind, _ in pairs})
    for kind, code in [*pairs, *((kind, "all") for kind in kinds), ("all", "all")]:
        part = [r for r in rows if kind in (r["kind"], "all") and code in (r["language"], "all")]
        count = [sum(r["verdict"] == verdict for r in part) for verdict in VERDICTS]
        times = [r["ms"] for r in part]
        lines.append(
            f"{kind:12}{code:10}{count[0]:7}{count[1]:7}{count[2]:7}"
            f"{statistics.median(times):9.2f}{p95(times):9.2f}"
        )
    return "\n".join(lines)


def records_of(split: str, through: str, file: Path) -> list[Record]:
    records = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    records = [{"split": "open"} | record for record in records]
    return [
        r
        for r in records
        if split in ("all", r["split"]) and (through == "ask" or r["kind"] != "text")
    ]


async def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--split", choices=("open", "held", "all"), default="open")
    parser.add_argument("--through", choices=("tools", "exact", "ask"), default="exact")
    parser.add_argument("--plain", action="store_true", help="the embedded model alone, beside ask")
    parser.add_argument("--questions", type=Path, default=QUESTIONS, help="another set of them")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--misses", action="store_true", help="print what was not right, if open")
    options = parser.parse_args()
    through = "ask" if options.plain else options.through
    found: dict[str, list[Record]] = {}
    async with asking(through) as ways:
        for way, ask in ways.items():
            if way == "plain" and not options.plain:
                continue
            for record in warm_up() if through == "ask" else ():
                await ask(record)
            rows = found[way] = []
            for record in records_of(options.split, through, options.questions):
                said = await ask(record)
                row = {k: record[k] for k in ("id", "split", "kind", "language")}
                rows.append(row | {"verdict": said.verdict, "ms": round(said.ms, 3)})
                if options.misses and said.verdict != "right" and record["split"] == "open":
                    print(record["id"], said.verdict, "|", record["question"], "|", said.text)
            share = sum(r["verdict"] == "right" for r in rows) / len(rows)
            print(f"{way}: {share:.0%} of {len(rows)} right\n{table(rows)}\n")
    if options.out:
        options.out.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
