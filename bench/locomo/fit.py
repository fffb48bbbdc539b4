"""Fit the weights of recollection_weights.py on LoCoMo, and tell how they do on dialogues unseen.

    python bench/locomo/fit.py [--data ../shared/data/locomo] [--write]

The data: https://github.com/snap-research/locomo (non-commercial licence; nothing of it is here).
A logistic regression over the signs of recollection_rank.py: of each question the 200 likeliest
turns, n of evidence weighing 20 / √n each, so that a question of several counts for more, every
other turn 1, an L2 penalty. A second table, for what is no English talk of two people, is fitted
without the signs that only hold there (*plain*), its evidence weighing 20 in all. *Unseen* is each
dialogue by weights from the others; these are the figures to quote. `--write` fits on all
dialogues and writes the tables.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from dialogues import CATEGORIES, load

from musespark.embedding import Embedder
from musespark.recollection import Recollection
from musespark.recollection_ask import CANDIDATES, find, likeliest, seek
from musespark.recollection_kin import Kin
from musespark.recollection_rank import OF_TWO, features, matrix

PENALTY = 10.0
EVEN = (0.5, 1.0)  # of the two tables: n turns of evidence weigh 20 / n ** this each
TABLE = Path(__file__).parents[2] / "src" / "musespark" / "recollection_weights.py"
TOPS = (5, 10, 25, 50)


def examples(folder: Path) -> tuple[list[str], list[dict[str, Any]]]:
    """The names of the signs; for each question its dialogue, signs and evidence."""
    embedder = Embedder()
    kin, names, found = Kin(embedder), [], []
    for dialogue in load(folder):
        recollection = Recollection(embedder.vectors, kin)
        recollection.add(dialogue.turns)
        recollection.settle()
        ids = recollection.columns["id"].all
        for question in dialogue.questions:
            sought = seek(recollection, question.text, dialogue.now, "en")
            asked = embedder.vectors([sought.text])[0]
            known = find(recollection, sought, asked)
            rows = likeliest(recollection, known, CANDIDATES)
            names, signs = matrix(features(recollection, sought, known, rows, asked, kin))
            found.append({
                "dialogue": dialogue.name, "category": question.category, "signs": signs,
                "gold": np.isin(ids[rows], question.gold), "all": len(question.gold),
                "ids": ids[rows],
            })  # fmt: skip
    return names, found


def fit(found: list[dict[str, Any]], even: float) -> np.ndarray:
    """Weights of the signs by Newton's method; n turns of evidence weigh 20 / n ** `even` each."""
    signs = np.concatenate([each["signs"] for each in found]).astype(np.float64)
    spread = signs.std(0)
    scale = np.where(spread > 1e-6, spread, np.inf)
    scaled = np.c_[(signs - signs.mean(0)) / scale, np.ones(len(signs))]
    gold = np.concatenate([each["gold"] for each in found])
    counts = np.concatenate(
        [np.where(each["gold"], 20 / max(each["gold"].sum(), 1) ** even, 1.0) for each in found]
    )
    weights = np.zeros(scaled.shape[1])
    penalty = np.full(len(weights), PENALTY)
    penalty[-1] = 1e-6
    for _ in range(8):
        chance = 1 / (1 + np.exp(-np.clip(scaled @ weights, -30, 30)))
        slope = scaled.T @ (counts * (chance - gold)) + penalty * weights
        bend = counts * chance * (1 - chance)
        curve = (scaled * bend[:, None]).T @ scaled + np.diag(penalty)
        weights -= np.linalg.solve(curve, slope)
    return weights[:-1] / scale


def without(names: list[str], found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same questions, with nought for the signs of talks of two people."""
    kept = np.asarray([name not in OF_TWO for name in names], np.float32)
    return [{**each, "signs": each["signs"] * kept} for each in found]


def shares(found: list[dict[str, Any]], scores: list[np.ndarray]) -> dict[str, np.ndarray]:
    """The share of evidence in the top 5, 10, 25 and 50: the mean over questions, in per cent."""
    sums: dict[str, np.ndarray] = {}
    for each, score in zip(found, scores, strict=True):
        gold = each["gold"][np.lexsort((-each["ids"], -score))]
        for kind in ("all", CATEGORIES[each["category"]]):
            held = np.array([*(gold[:top].sum() / each["all"] for top in TOPS), 1])
            sums[kind] = sums.get(kind, 0) + held
    return {kind: 100 * total[:4] / total[4] for kind, total in sums.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(
        os.environ.get("MUSESPARK_BENCH_DATA", "../shared/data")) / "locomo")  # fmt: skip
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    names, found = examples(given.data)
    print("share of evidence turns in the top 5/10/25/50, mean over questions")
    tables = []
    for kind_of, even, own in (("", EVEN[0], found), ("plain ", EVEN[1], without(names, found))):
        unseen: list[np.ndarray] = [np.zeros(0)] * len(own)
        for left_out in sorted({each["dialogue"] for each in own}):
            weights = fit([each for each in own if each["dialogue"] != left_out], even)
            for n, each in enumerate(own):
                if each["dialogue"] == left_out:
                    unseen[n] = each["signs"] @ weights
        weights = fit(own, even)
        tables.append(weights)
        for title, scores in (("unseen", unseen), ("seen", [e["signs"] @ weights for e in own])):
            for kind, held in shares(own, scores).items():
                shown = "/".join(f"{each:.1f}" for each in held)
                print(f"{kind_of + title:14}{kind:12} {shown}", flush=True)
    if given.write:
        TABLE.write_text(table(names, *tables))


def table(names: list[str], weights: np.ndarray, plain: np.ndarray) -> str:
    def of(title: str, values: np.ndarray) -> list[str]:
        held = [f'    "{name}": {weight:.4g},' for name, weight in zip(names, values, strict=True)
                if weight]  # fmt: skip
        return [f"{title} = {{", *held, "}"]

    lines = [
        '"""The weights of the signs by which turns are ranked; written by bench/locomo/fit.py."""',
        "", "from __future__ import annotations", "",
        *of("WEIGHTS", weights), "",
        "# For what is no English talk of two people.", *of("ELSEWHERE", plain), "",
    ]  # fmt: skip
    return "\n".join(lines)


if __name__ == "__main__":
    main()
