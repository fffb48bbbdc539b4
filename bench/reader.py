"""The reader of everyday questions: learn its weights, and how well it does on what it never saw.

    python bench/reader.py [--folds N] [--write] [--questions FILE …]

Each question has only its answer. Every reading (readings.py) whose exact answer is that one counts
as right; where there is none, and in a trap, "none" is. Learned by AdaGrad on the marginal
likelihood, with half of the cues left out at random each time (dropout), the weights of the second
half of the rounds averaged. Processor time for 5,000 questions: two minutes to read, one to learn.

--folds N  asks each of N parts of the questions with weights learned from the others: alone, and
           after the frames, for several least chances
--write    learns from all and writes src/musespark/reader.npz
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from everyday import Record, asked_at, message_of, no_model, person_of, right, through_tools
from msgspec import Struct

from musespark import plugins, reader, readings
from musespark.arithmetic import parse, work_out
from musespark.language import bare
from musespark.problem import Problem
from musespark.turn import Turn

HERE = Path(__file__).parent / "questions"
FILES = [HERE / "everyday.jsonl", HERE / "phrasings.jsonl", HERE / "readings.jsonl"]
LEAST = (0.5, 0.6, 0.7, 0.8, 0.9)  # chances
SPARED = 0.5  # of the cues, each time


class Example(Struct):
    """A question, its cues, which of its readings are right, and what the frames said."""

    record: Record
    cues: reader.Cues | None
    right: Any
    frames: str


def value(tool: str, arguments: dict[str, Any], turn: Turn) -> str:
    """The bare value of an exact answer; "" where there is none."""
    try:
        if tool == "calculate":
            sides = re.split("([<>=])", arguments["expression"])
            numbers = [work_out(parse(side)).number for side in sides[::2]]
            if len(numbers) == 1:
                return bare(numbers[0])
            a, b = numbers
            return str({"<": a < b, ">": a > b, "=": a == b}[sides[1]]).lower()
        found: Any = asyncio.run(plugins.load("tools", tool).call(arguments, turn))
        return str(found.value)
    except Problem:
        return ""


def example(record: Record) -> Example:
    person = person_of(record)
    turn = Turn(person=person, messages=[message_of(record)], models=no_model, now=asked_at(record))
    frames = asyncio.run(through_tools(record)).verdict
    found = readings.read(record["question"], person.language, turn.local_now.date())
    if found is None:
        return Example(record, None, None, frames)
    marks = np.zeros(len(found.readings) + 1, bool)
    if record["kind"] != "trap":
        known: dict[str, bool] = {}
        for n, one in enumerate(found.readings):
            key = f"{one.tool}{one.arguments}"
            if key not in known:
                known[key] = right(value(one.tool, one.arguments, turn), record["answer"])
            marks[n] = known[key]
    marks[-1] = not marks.any()
    return Example(record, reader.hashed(found), marks, frames)


def learn(
    examples: list[Example], *, rounds: int = 16, rate: float = 0.3, decay: float = 3e-3
) -> Any:
    """Weights from examples; with half of the cues there as they were, so they count half."""
    rng = np.random.default_rng(1)
    weights = np.zeros(1 << reader.BITS, np.float32)
    history, total, kept = np.ones_like(weights), np.zeros_like(weights), 0
    usable = [one for one in examples if one.cues is not None]
    for turn in range(rounds):
        for n in rng.permutation(len(usable)):
            ids, slope = _slope(usable[n], weights, rng)
            slope += decay * weights[ids]
            history[ids] += slope * slope
            weights[ids] -= rate * slope / np.sqrt(history[ids])
        if turn >= rounds // 2:
            total += weights
            kept += 1
    return total / kept * (1 - SPARED)


def _slope(example: Example, weights: Any, rng: Any) -> tuple[Any, Any]:
    """The gradient of the negative log-likelihood: the cues it touches, and their slopes."""
    cues = example.cues
    assert cues is not None
    there = rng.random(cues.shared.shape[1]) >= SPARED
    there[0] = True
    shared, by_tool = cues.shared[:, there], cues.by_tool[:, there]
    own = (rng.random(len(cues.own)) >= SPARED).astype(np.float32)
    own[cues.starts] = 1
    scores = weights[shared].sum(1)[cues.rows] + weights[by_tool].sum(1)[cues.tools]
    chance = reader.chances(scores + np.add.reduceat(weights[cues.own] * own, cues.starts))
    among = chance * example.right
    wrong = (chance - among / max(among.sum(), 1e-12)).astype(np.float32)
    sizes = np.diff(cues.starts, append=len(cues.own))
    ids = np.concatenate((shared.ravel(), by_tool.ravel(), cues.own))
    slopes = np.concatenate((
        np.repeat(np.bincount(cues.rows, wrong, len(shared)), shared.shape[1]),
        np.repeat(np.bincount(cues.tools, wrong, len(by_tool)), by_tool.shape[1]),
        np.repeat(wrong, sizes) * own,
    ))  # fmt: skip
    some = np.abs(slopes) > 1e-4
    unique, place = np.unique(ids[some], return_inverse=True)
    return unique, np.bincount(place, slopes[some]).astype(np.float32)


def verdict(example: Example, weights: Any, least: float) -> str:
    """right, wrong or none; for a trap, right is that nothing is answered."""
    trap = example.record["kind"] == "trap"
    if example.cues is None:
        return "right" if trap else "none"
    chance = reader.chances(reader.scores(example.cues, weights))
    best = int(chance.argmax())
    long = len(example.record["question"]) > reader.LONGEST
    if best == len(chance) - 1 or chance[best] < least or long:
        return "right" if trap else "none"
    return "right" if example.right[best] and not trap else "wrong"


def after_frames(example: Example, own: str) -> str:
    """What comes of a question if the frames are asked first."""
    trap = example.record["kind"] == "trap"
    silent = example.frames == ("right" if trap else "none")
    return own if silent else example.frames


def table(rows: list[tuple[Example, Any]]) -> Iterator[str]:
    yield " least            questions  right  wrong  traps  wrong"
    for first in (False, True):
        for least in LEAST:
            told = {True: [""], False: [""]}  # by whether it is a trap
            for one, weights in rows:
                own = verdict(one, weights, least)
                told[one.record["kind"] == "trap"].append(after_frames(one, own) if first else own)
            shares = [
                f"{told[trap].count(said) / max(len(told[trap]) - 1, 1):6.1%}"
                for trap, said in ((False, "right"), (False, "wrong"), (True, "wrong"))
            ]
            asked, traps = len(told[False]) - 1, len(told[True]) - 1
            yield (
                f"{least:6} {'after them' if first else 'alone':10} {asked:9} {shares[0]} "
                f"{shares[1]} {traps:6} {shares[2]}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--folds", type=int, default=0)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--questions", type=Path, nargs="*", default=FILES)
    parser.add_argument("--ask", type=Path, help="questions to ask with the weights of reader.npz")
    options = parser.parse_args()
    if options.ask:
        with multiprocessing.Pool(2) as pool:
            asked = pool.map(example, list(_records([options.ask], held=True)), chunksize=20)
        print("\n".join(table([(one, reader.weights()) for one in asked])))
        return
    with multiprocessing.Pool(2) as pool:
        records = [*_records(options.questions), *_beyond()]
        examples = pool.map(example, records, chunksize=20)
    found = [one for one in examples if one.record["kind"] != "trap"]
    within = sum(one.cues is not None and not one.right[-1] for one in found)
    print(f"{len(examples)} questions; a right reading among all: {within} of {len(found)}")
    if options.folds:
        parts = np.random.default_rng(0).integers(0, options.folds, len(examples))
        rows = []
        for fold in range(options.folds):
            weights = learn(
                [one for one, part in zip(examples, parts, strict=True) if part != fold]
            )
            rows += [
                (one, weights) for one, part in zip(examples, parts, strict=True) if part == fold
            ]
        print("\n".join(table(rows)))
    if options.write:
        size = reader.keep(learn(examples), reader._FILE)
        print(f"{size} weights, {reader._FILE.stat().st_size // 1024} kB")


def _beyond() -> Iterator[Record]:
    """Questions for the router that need more than one step or have many answers: traps here."""
    for name in ("router", "router_more", "router_own"):
        for line in (HERE / f"{name}.jsonl").read_text("utf-8").splitlines():
            found = json.loads(line)
            if found["mode"] != "instant" and found.get("split") != "held":
                same = {"kind": "trap", "now": "2026-03-14T09:26:00", "zone": "Europe/Berlin"}
                yield {**same, "id": found["id"], "language": found["language"],
                       "question": found["question"], "answer": {"none": True}}  # fmt: skip


def _records(files: list[Path], *, held: bool = False) -> Iterator[Record]:
    for file in files:
        for line in file.read_text("utf-8").splitlines():
            record: Record = json.loads(line)
            if record["kind"] != "text" and (held or record.get("split") != "held"):
                yield record


if __name__ == "__main__":
    main()
