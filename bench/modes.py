"""What the modes bring and cost: accuracy, tokens and time beside self-consistency with 16 samples.

    python bench/modes.py [--data FOLDER] [--seeds 1 2 3] [--levels .2 .3 …] [--spread 1]
                          [--last 100] [--bad] [--jobs 2] [--out FILE]

Every mode runs through `assistant.answer()` on the questions of gsm8k with the simulated model of
`simulated.py` (its docstring says what it assumes), on a virtual clock. Self-consistency is
written here: 16 independent instant samples and their majority. Tokens are those that the model
read and wrote, also in calls that were hung up. `--bad` adds a day on which a fifth of all calls
fall silent and another fifth break off.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from msgspec import Struct, structs
from simulated import Meter, Question, SimulatedModel, Skill, data_folder, questions, run_virtually

from musespark import assistant
from musespark import event as ev
from musespark.message import say
from musespark.person import Person
from musespark.short import INSTRUCTION, normal, short_answer, tally
from musespark.turn import Turn

LEVELS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
SAMPLES = 16
MODES = ("instant", "thinking", "contemplating", "self-consistency")


class Result(Struct):
    """One question in one mode: was it right, was there an answer at all, what did it take."""

    right: bool
    answered: bool
    meter: Meter
    seconds: float
    drafts: int = 0
    waves: int = 0


def read(text: str, question: str) -> str:
    """The answer as a person would read it: the short answer, else the last number there is."""
    found = short_answer(text, question)
    if not found:
        numbers = re.findall(r"\d[\d,]*(?:\.\d+)?", text)
        found = normal(numbers[-1]) if numbers else ""
    return found


async def ask(
    skill: Skill, question: Question, mode: str, key: object, words: str = "", seed: int = 1
) -> Result:
    """One turn in one mode, through the loop that every door uses."""
    model = SimulatedModel(skill, Meter(), key)
    turn = Turn(
        person=Person(),
        messages=[say("user", words or question.text)],
        models=lambda tier: model,
        mode=mode,
        options={} if mode == "contemplating" else {"seed": seed},
        run=f"run_{question.number}",
        watched=False,
    )
    started, last, votes, waves = time.monotonic(), "", 0, 0
    leader = ""
    async for event in assistant.answer(turn):
        if isinstance(event, ev.SubagentStarted):
            votes += 1
        elif isinstance(event, ev.Custom) and event.name == "musespark.vote":
            waves += 1
        elif isinstance(event, ev.Custom) and event.name == "musespark.confidence":
            leader = event.value.get("answer", "")
        elif isinstance(event, ev.RunError):
            last = event.code
    given = leader or read(turn.answer, question.text)
    answered = bool(turn.answer.strip()) and not last
    return Result(
        answered and given == question.gold,
        answered,
        model.meter,
        time.monotonic() - started,
        votes,
        waves,
    )


async def self_consistency(skill: Skill, question: Question, key: object) -> Result:
    """16 instant samples at once, and their majority; the first to come wins a tie."""
    words = f"{question.text}\n\n{INSTRUCTION}"
    given: list[str] = []
    meter, seconds = Meter(), 0.0

    async def one(n: int) -> tuple[str, Meter, float]:
        model = SimulatedModel(skill, Meter(), (key, n))
        turn = Turn(
            person=Person(),
            messages=[say("user", words)],
            models=lambda tier: model,
            mode="instant",
            options={"seed": n, "temperature": 0.8},
            watched=False,
        )
        started = time.monotonic()
        failed = False
        async for event in assistant.answer(turn):
            failed = failed or isinstance(event, ev.RunError)
        text = "" if failed else read(turn.answer, question.text)
        return text, model.meter, time.monotonic() - started

    for text, used, took in await asyncio.gather(*(one(n) for n in range(1, SAMPLES + 1))):
        given.append(text)
        seconds = max(seconds, took)
        for name in meter.__struct_fields__:
            setattr(meter, name, getattr(meter, name) + getattr(used, name))
    vote = tally(given)
    return Result(vote.leader == question.gold, bool(vote.votes), meter, seconds, SAMPLES, 1)


async def series(skill: Skill, asked: list[Question], mode: str) -> list[Result]:
    if mode == "self-consistency":
        return [await self_consistency(skill, q, (mode, q.number)) for q in asked]
    return [await ask(skill, q, mode, (mode, q.number)) for q in asked]


def level(plan: dict[str, Any]) -> dict[str, Any]:
    """All modes at one mean accuracy with one seed; the row of the table they make."""
    only = slice(-plan["last"], None) if plan["last"] else slice(plan["first"])
    asked = questions(data_folder(plan["data"]), plan["mean"], plan["seed"], plan["spread"], only)
    skill = Skill({q.text: q for q in asked}, plan["seed"])
    if plan["bad"]:
        skill = structs.replace(skill, silent=0.2, breaks=0.2)
    row = {"mean": plan["mean"], "seed": plan["seed"], "bad": plan["bad"], "questions": len(asked)}
    for mode in plan["modes"]:
        row[mode] = measured(run_virtually(series(skill, asked, mode)))
    return row


def measured(results: list[Result]) -> dict[str, float]:
    return {
        "accuracy": statistics.mean(r.right for r in results),
        "answered": statistics.mean(r.answered for r in results),
        "tokens": statistics.mean(r.meter.total for r in results),
        "written": statistics.mean(r.meter.output for r in results),
        "calls": statistics.mean(r.meter.calls for r in results),
        "seconds": statistics.median(r.seconds for r in results),
        "slowest": sorted(r.seconds for r in results)[int(len(results) * 0.95)],
        "drafts": statistics.mean(r.drafts for r in results),
        "waves": statistics.mean(r.waves for r in results),
    }


def joined(rows: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """The means over seeds, for each mode."""
    return {
        mode: {k: statistics.mean(row[mode][k] for row in rows) for k in rows[0][mode]}
        for mode in MODES
        if mode in rows[0]
    }


def show(rows: list[dict[str, Any]]) -> None:
    """The table: four lines for each level."""
    print("accuracy in %; tokens read and written; seconds simulated, median and 95 %; * SC-16")
    print("mean  mode              right  tokens    *  written    *  calls drafts waves   seconds")
    for mean in sorted({row["mean"] for row in rows}):
        modes = joined([row for row in rows if row["mean"] == mean])
        whole = modes["self-consistency"]
        for mode, r in modes.items():
            print(
                f" {mean:.2f} {mode:17} {100 * r['accuracy']:5.1f} "
                f"{r['tokens']:7.0f} {r['tokens'] / whole['tokens']:5.2f} "
                f"{r['written']:7.0f} {r['written'] / whole['written']:5.2f} {r['calls']:6.1f} "
                f"{r['drafts']:6.1f} {r['waves']:5.1f} {r['seconds']:6.1f} {r['slowest']:6.1f}"
            )


def show_bad(rows: list[dict[str, Any]]) -> None:
    modes = joined(rows)
    print("a bad day: 20 % of the calls fall silent, 20 % break off (mean accuracy .6)")
    for mode, r in modes.items():
        print(
            f"  {mode:17} answered {100 * r['answered']:5.1f} %  right {100 * r['accuracy']:4.1f} %"
            f"  tokens {r['tokens']:5.0f}  seconds {r['seconds']:5.1f} (95 %: {r['slowest']:.0f})"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--levels", type=float, nargs="+", default=LEVELS)
    parser.add_argument("--spread", type=float, default=1.0)
    parser.add_argument("--first", type=int, default=300, help="only the first so many questions")
    parser.add_argument("--last", type=int, default=0, help="only the last so many questions")
    parser.add_argument("--modes", nargs="+", default=list(MODES))
    parser.add_argument("--bad", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    plan = {k: getattr(given, k) for k in ("data", "spread", "first", "last", "modes")}
    plans = [
        plan | {"mean": mean, "seed": seed, "bad": False}
        for mean in given.levels
        for seed in given.seeds
    ]
    if given.bad:
        plans += [plan | {"mean": 0.6, "seed": seed, "bad": True} for seed in given.seeds]
    started = time.time()
    with ProcessPoolExecutor(given.jobs) as pool:
        rows = list(pool.map(level, plans))
    good = [row for row in rows if not row["bad"]]
    if good and "self-consistency" in given.modes:
        show(good)
    if given.bad:
        show_bad([row for row in rows if row["bad"]])
    print(f"{time.time() - started:.0f} s on the real clock")
    if given.out:
        given.out.write_text(json.dumps({"plan": plan, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
