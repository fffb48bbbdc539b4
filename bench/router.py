"""How well the router chooses, what it saves, and how fast it is; and the fit of its weights.

    python bench/router.py [--split open|held|all|own|train|dev] [--show] [--json FILE]
    python bench/router.py --train        fit on all but the held questions, write the weights

Fitting first says how well questions are met that it did not see: the dev split, then each author's
questions and each language left out in turn. Every question is fitted as it stands and in copies
with a fifth of its known words taken away, for people type words that no table knows.

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
FILES = {"own": "router_own", "train": "router_more", "dev": "router_more"}
L2 = 0.002
UNKNOWN = 0.2  # share of the known words that a copy of a question loses
COPIES = 4
GROUPED = 0.5  # a cue of a group counts this much beside its group, so that the group learns more
COST = {"instant": 1, "thinking": 6, "contemplating": 20}


def records(split: str) -> list[dict]:
    """Labelled questions: id, language, mode, question, also_fine, follows, attached (words)."""
    name = FILES.get(split, "router")
    lines = (HERE / f"questions/{name}.jsonl").read_text("utf-8").splitlines()
    found = [json.loads(line) for line in lines if line.strip()]
    return [r for r in found if split in ("all", r["split"])]


def given(record: dict) -> tuple:
    """The arguments of `router.features` for a record."""
    documents = ["word " * count for count in record.get("attached", ())]
    return record["question"], documents, record.get("follows", False)


def fit(rows: np.ndarray, labels: np.ndarray, l2: float = L2) -> np.ndarray:
    """Multinomial logistic regression by Newton's method, its steps halved while they do not help.

    rows (n, f) with a last column of ones, which is not punished; labels (n, 3) one-hot or soft.
    Returns (f, 3).
    """
    n, f = rows.shape
    punish = np.full((f, 1), l2)
    punish[-1] = 1e-6

    def chances(table: np.ndarray) -> np.ndarray:
        raised = np.exp(rows @ table - (rows @ table).max(1, keepdims=True))
        return raised / raised.sum(1, keepdims=True)

    def loss(table: np.ndarray) -> float:
        likely = (labels * np.log(chances(table) + 1e-12)).sum() / n
        return float((punish * table**2).sum() / 2 - likely)

    table = np.zeros((f, 3))
    for _ in range(25):
        now, chance = loss(table), chances(table)
        slope = rows.T @ (chance - labels) / n + punish * table
        bend = np.diag(np.tile(punish[:, 0], 3) + 1e-9)
        for i in range(3):
            for j in range(3):
                share = chance[:, i] * ((i == j) - chance[:, j]) / n
                bend[i * f : i * f + f, j * f : j * f + f] += rows.T @ (rows * share[:, None])
        step = np.linalg.solve(bend, slope.T.ravel()).reshape(3, f).T
        while loss(table - step) > now and np.abs(step).max() > 1e-5:
            step /= 2
        table = table - step
        if now - loss(table) < 1e-9:
            break
    return table


def seen_in(found: list[dict], copies: int) -> list[list[dict[str, float]]]:
    """The features of the questions as they stand, then of copies that lost some known words."""
    whole = router._cues
    seen = [[router.features(*given(r)) for r in found]]
    for copy in range(copies):
        chance = np.random.default_rng(copy)

        def thinned(text: str, chance: np.random.Generator = chance) -> dict[str, int]:
            kept = {c: int(chance.binomial(n, 1 - UNKNOWN)) for c, n in whole(text).items()}
            return {cue: count for cue, count in kept.items() if count}

        router._cues = thinned
        try:
            seen.append([router.features(*given(r)) for r in found])
        finally:
            router._cues = whole
    return seen


def matrix(found: list[dict]) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
    """Names of the features, rows (copies, n, f), soft labels (n, 3), and a scale for each."""
    seen = seen_in(found, COPIES)
    names = [*sorted({name for row in seen[0] for name in row}), "bias"]
    at = {name: i for i, name in enumerate(names)}
    rows = np.zeros((len(seen), len(found), len(names)))
    rows[:, :, -1] = 1
    labels = np.zeros((len(found), 3))
    for copy, table in enumerate(seen):
        for i, row in enumerate(table):
            for name, value in row.items():
                if name in at:
                    rows[copy, i, at[name]] = value
    for i, record in enumerate(found):
        fine = record.get("also_fine", [])
        labels[i, router.MODES.index(record["mode"])] = 0.75 if fine else 1.0
        for mode in fine:
            labels[i, router.MODES.index(mode)] += 0.25 / len(fine)
    grouped = {cue for cues, _ in router._GROUPS.values() for cue in cues}
    scale = np.array([GROUPED if name in grouped else 1.0 for name in names])
    return names, rows * scale, labels, scale


def fit_some(rows: np.ndarray, labels: np.ndarray, some: np.ndarray) -> np.ndarray:
    """The table fitted on some of the questions, with their copies."""
    return fit(np.vstack(list(rows[:, some])), np.tile(labels[some], (len(rows), 1)))


def train() -> None:
    """Fit on every question but the held ones and write the table into the router's file."""
    sources = ("open", "own", "train", "dev")
    parts = {source: records(source) for source in sources}
    found = [record for source in sources for record in parts[source]]
    source = np.array([name for name in sources for _ in parts[name]])
    language = np.array([record["language"] for record in found])
    names, rows, labels, scale = matrix(found)

    def left_out(what: str, train_on: np.ndarray, out: np.ndarray) -> None:
        table = fit_some(rows, labels, train_on)
        modes = [router.MODES[i] for i in (rows[0][out] @ table).argmax(1)]
        there = [found[i] for i in np.where(out)[0]]
        strict = sum(mode == r["mode"] for mode, r in zip(modes, there, strict=True))
        too_wide = sum(
            mode == "contemplating" and mode not in (r["mode"], *r.get("also_fine", ()))
            for mode, r in zip(modes, there, strict=True)
        )
        print(f"{what:24} {strict / len(there):.3f} of {len(there)}, too wide {too_wide}")

    more = (source == "train") | (source == "dev")
    left_out("dev", source != "dev", source == "dev")
    left_out("open, own left out", more, ~more)
    left_out("train, dev left out", ~more, more)
    for name in sorted(set(language)):
        left_out(f"{name} left out", language != name, language == name)
    table = fit_some(rows, labels, source != "") * scale[:, None]
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
    print(f"{len(found)} questions, {len(names)} features: written to {path.name}")


def measure(found: list[dict], show: bool) -> dict:
    """Accuracy, confusion, cost and time over the records."""
    confusion: collections.Counter = collections.Counter()
    languages: dict[str, list[bool]] = collections.defaultdict(list)
    strict = fine = 0
    spent, cost, lost = [], 0, 0
    for record in found:
        question, documents, follows = given(record)
        times = []
        for _ in range(3):  # the best of three, for others may be at work on this machine
            began = time.perf_counter()
            choice = router.decide(question, documents, follows, record["language"])
            times.append((time.perf_counter() - began) * 1000)
        spent.append(min(times))
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
    parser.add_argument("--split", default="open", choices=("open", "held", "all", *FILES))
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
