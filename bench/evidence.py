"""How often the passages quoted from a person's own text hold the answer, and how fast.

    python bench/evidence.py [--split open|held|all|dev|check] [--own] [--show] [--json FILE]
    python bench/evidence.py --long [--json FILE]

right@1 and right@3: all expected strings stand in the first, or in the first three passages.
`--own` measures tests/evidence_cases.json instead (splits dev, check, all); `--show` prints
mistakes, never of held records. `--long` times 10 MB of ordinary text and of shapes that cost most:
seconds of one core from the question to the passages.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path

from musespark import evidence
from musespark.message import Document

HERE = Path(__file__).parent


def records(split: str) -> list[dict]:
    """Records of kind text; an empty contains_all means that no answer is there."""
    lines = (HERE / "questions/everyday.jsonl").read_text("utf-8").splitlines()
    found = [json.loads(line) for line in lines if line.strip()]
    return [
        {
            "question": r["question"],
            "language": r["language"],
            "split": r["split"],
            "documents": [Document(r["attachment"]["text"], r["attachment"]["name"])],
            "contains_all": r["answer"]["contains_all"],
        }
        for r in found
        if r["kind"] == "text" and split in ("all", r["split"])
    ]


def own(split: str) -> list[dict]:
    """Our own cases, tests/evidence_cases.json, in the same form."""
    cases = json.loads((HERE.parent / "tests/evidence_cases.json").read_text("utf-8"))
    return [
        {
            "question": asked["question"],
            "language": text["language"],
            "split": text["split"],
            "documents": [Document(text["text"], text["name"])],
            "contains_all": asked["contains_all"],
        }
        for text in cases
        for asked in text["questions"]
        if split in ("all", text["split"])
    ]


def right(quotes: list[str], wanted: list[str]) -> bool:
    """Whether one of the quotes holds all wanted strings, whatever the case."""
    return any(all(w.lower() in quote.lower() for w in wanted) for quote in quotes)


def measure(cases: list[dict], show: bool) -> dict:
    """Shares and milliseconds over the cases."""
    evidence.answer("warm up?", cases[0]["documents"])
    at = {1: 0, 3: 0}
    silent = silences = invented = 0
    spent = []
    for case in cases:
        began = time.perf_counter()
        got = evidence.answer(case["question"], case["documents"], language=case["language"])
        spent.append((time.perf_counter() - began) * 1000)
        if not case["contains_all"]:
            silences += 1
            silent += got is None
            invented += got is not None
            if got is not None and show and case["split"] != "held":
                print("should be silent:", case["question"], got.sure, got.sources[0].quote)
            continue
        quotes = [source.quote for source in got.sources] if got else []
        for k in at:
            at[k] += right(quotes[:k], case["contains_all"])
        if show and case["split"] != "held" and not right(quotes[:1], case["contains_all"]):
            place = "@3" if right(quotes, case["contains_all"]) else "no"
            print(place, case["question"], case["contains_all"], got.sure if got else None)
            for quote in quotes:
                print("     ", quote[:150])
    answered = len(cases) - silences
    return {
        "answered": answered,
        "right@1": round(at[1] / max(answered, 1), 4),
        "right@3": round(at[3] / max(answered, 1), 4),
        "without an answer": silences,
        "silent there": round(silent / max(silences, 1), 4),
        "median ms": round(statistics.median(spent), 2),
    }


SHAPES = {
    "prose": "The pump costs 640 euros and is paid by the club of the village. ",
    "table": "pump,640,euros\n",
    "list": "- x\n",
    "numbered": "1. x\n2. y\n",
    "stops": "1. ",
    "letters": "a. b. ",
    "short lines": "1.\n",
    "paragraphs": "x\n\n",
}


def long(size: int = 10_000_000) -> dict:
    """Seconds for each shape, repeated to `size` characters, and for as many different words."""
    texts = {name: shape * (size // len(shape)) for name, shape in SHAPES.items()}
    texts["different words"] = " ".join(f"w{n}." for n in range(size // 9))
    found = {}
    for name, text in texts.items():
        began = time.process_time()
        evidence.answer("What does the pump cost?", [Document(text, name)])
        found[name] = round(time.process_time() - began, 1)
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--split", default="open", choices=("open", "held", "all", "dev", "check"))
    parser.add_argument("--own", action="store_true")
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--json", default="")
    parser.add_argument("--long", action="store_true")
    given = parser.parse_args()
    if given.long:
        table = long()
    else:
        table = measure((own if given.own else records)(given.split), given.show)
    for name, value in table.items():
        print(f"{name:20} {value}")
    if given.json:
        Path(given.json).write_text(json.dumps(table, indent=1), "utf-8")


if __name__ == "__main__":
    main()
