"""How well the router chooses, what it saves, and how fast it is; and the fit of its weights.

    python bench/router.py [--split open|held|all|own] [--show] [--json FILE]
    python bench/router.py --train        fit on the open and our own questions, write the weights

Costs are model calls: instant 1, thinking 6, contemplating 20. `--show` never prints held records.
"""

from __future__ import annotations

import argparse
import collections
import json
import re
import statistics
import time
from pathlib import Path

import numpy as np

from musespark import router

HERE = Path(__file__).parent
COST = {"instant": 1, "thinking": 6, "contemplating": 20}


def records(split: str) -> list[dict]:
    """Labelled questions: id, language, mode, question, also_fine, follows, attached (words)."""
    name = "router_own" if split == "own" else "router"
    lines = (HERE / f"questions/{name}.jsonl").read_text("utf-8").splitlines()
    found = [json.loads(line) for line in lines if line.strip()]
    return [r for r in found if split in ("all", r["split"])]


def given(record: dict) -> tuple:
    """The arguments of `router.features` for a record."""
    documents = ["word " * count for count in record.get("attached", ())]
    return record["question"], documents, record.get("follows", False)


def fit(rows: np.ndarray, labels: np.ndarray, weights: np.ndarray, l2: float) -> np.ndarray:
    """Multinomial logistic regression by gradient descent with momentum.

    rows (n, f) with a last column of ones; labels (n, 3) one-hot or soft; weights (n,).
    Returns (f, 3); the column of ones is not punished.
    """
    n, f = rows.shape
    table, speed = np.zeros((f, 3)), np.zeros((f, 3))
    punish = np.full((f, 1), l2)
    punish[-1] = 0
    rate = 1.0 / (0.5 * np.linalg.norm(rows, 2) ** 2 / n + l2)
    for _ in range(4000):
        logits = rows @ (table + 0.9 * speed)
        logits -= logits.max(1, keepdims=True)
        chance = np.exp(logits)
        chance /= chance.sum(1, keepdims=True)
        slope = rows.T @ ((chance - labels) * weights[:, None]) / n + punish * (table + 0.9 * speed)
        speed = 0.9 * speed - 0.5 * rate * slope
        table += speed
    return table


def matrix(found: list[dict]) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
    """Names of the features, rows, soft labels, and a weight for each question."""
    seen = [router.features(*given(r)) for r in found]
    names = [*sorted({name for row in seen for name in row}), "bias"]
    at = {name: i for i, name in enumerate(names)}
    rows = np.zeros((len(found), len(names)))
    rows[:, -1] = 1
    labels = np.zeros((len(found), 3))
    for i, (record, row) in enumerate(zip(found, seen, strict=True)):
        for name, value in row.items():
            rows[i, at[name]] = value
        fine = record.get("also_fine", [])
        labels[i, router.MODES.index(record["mode"])] = 0.75 if fine else 1.0
        for mode in fine:
            labels[i, router.MODES.index(mode)] += 0.25 / len(fine)
    return names, rows, labels, np.ones(len(found))


def cross_validate(found: list[dict], l2: float, folds: int = 10) -> tuple[float, float]:
    """Accuracy, strict and forgiving, over folds of shuffled questions."""
    _, rows, labels, weights = matrix(found)
    order = np.random.default_rng(0).permutation(len(found))
    strict = fine = 0
    for k in range(folds):
        test = order[k::folds]
        train = np.setdiff1d(order, test)
        table = fit(rows[train], labels[train], weights[train], l2)
        for i in test:
            mode = router.MODES[int(np.argmax(rows[i] @ table))]
            strict += mode == found[i]["mode"]
            fine += mode in (found[i]["mode"], *found[i].get("also_fine", ()))
    return strict / len(found), fine / len(found)


def train() -> None:
    """Fit on open and own questions and write the table into the router's file."""
    found = records("open") + records("own")
    names, rows, labels, weights = matrix(found)
    scores = {l2: cross_validate(found, l2) for l2 in (0.0005, 0.001, 0.002, 0.004, 0.008)}
    for l2, (strict, fine) in scores.items():
        print(f"l2 {l2}: 10-fold accuracy {strict:.3f}, forgiving {fine:.3f}")
    l2 = max(scores, key=lambda key: scores[key][1])
    table = fit(rows, labels, weights, l2)
    table -= table.mean(1, keepdims=True)
    lines = [
        f'    "{name}": ({", ".join(f"{value:.2f}" for value in row)}),'
        for name, row in sorted(zip(names, table, strict=True), key=lambda pair: pair[0])
    ]
    path = Path(router.__file__)
    text = path.read_text("utf-8")
    start = text.index("WEIGHTS: dict[str, tuple[float, float, float]] = {\n")
    end = text.index("\n}\n", start)
    head = text[start : text.index("\n", start)]
    path.write_text(text[:start] + head + "\n" + "\n".join(lines) + text[end:], "utf-8")
    print(f"{len(found)} questions, {len(names)} features, l2 {l2}: written to {path.name}")


def measure(found: list[dict], show: bool) -> dict:
    """Accuracy, confusion, cost and time over the records."""
    confusion: collections.Counter = collections.Counter()
    languages: dict[str, list[bool]] = collections.defaultdict(list)
    strict = fine = 0
    spent, cost, lost = [], 0, 0
    for record in found:
        question, documents, follows = given(record)
        began = time.perf_counter()
        choice = router.decide(question, documents, follows, record["language"])
        spent.append((time.perf_counter() - began) * 1000)
        accepted = (record["mode"], *record.get("also_fine", ()))
        strict += choice.mode == record["mode"]
        fine += choice.mode in accepted
        languages[record["language"]].append(choice.mode in accepted)
        confusion[record["mode"], choice.mode] += 1
        cost += COST[choice.mode]
        lost += choice.mode not in accepted and COST[choice.mode] < COST[record["mode"]]
        if show and record["split"] != "held" and choice.mode not in accepted:
            shown = record["question"][:150].replace("\n", " / ")
            print(f"{record['language']} {record['mode']} -> {choice.mode}: {shown}")
            print("     ", choice.reason, list(choice.features.items())[:5])
    n = len(found)
    wide = [r for r in found if r["mode"] == "contemplating"]
    lower = sum(confusion["contemplating", m] for m in ("instant", "thinking"))
    spent.sort()
    return {
        "questions": n,
        "accuracy": round(strict / n, 4),
        "accuracy, also fine": round(fine / n, 4),
        "cost saved": round(1 - cost / (n * COST["contemplating"]), 4),
        "cost saved by the labels": round(
            1 - sum(COST[r["mode"]] for r in found) / (n * COST["contemplating"]), 4
        ),
        "contemplating routed lower": round(lower / max(len(wide), 1), 4),
        "any routed lower than fine": round(lost / n, 4),
        "p50 ms": round(statistics.median(spent), 3),
        "p99 ms": round(spent[int(0.99 * (n - 1))], 3),
        "languages": {k: f"{sum(v)}/{len(v)}" for k, v in sorted(languages.items())},
        "confusion": {f"{a} -> {b}": count for (a, b), count in sorted(confusion.items())},
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--split", default="open", choices=("open", "held", "all", "own"))
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--train", action="store_true")
    parser.add_argument("--json", default="")
    chosen = parser.parse_args()
    if chosen.train:
        train()
        return
    table = measure(records(chosen.split), chosen.show)
    for name, value in table.items():
        if isinstance(value, dict):
            print(name)
            for key, count in value.items():
                print(f"    {re.sub(' -> ', ' chosen as ', key):40} {count}")
        else:
            print(f"{name:28} {value}")
    if chosen.json:
        Path(chosen.json).write_text(json.dumps(table, indent=1), "utf-8")


if __name__ == "__main__":
    main()
