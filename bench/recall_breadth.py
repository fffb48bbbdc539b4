"""Whether recall holds beyond talks of two people in English: the scenes of questions/recall.toml.

    python bench/recall_breadth.py

All scenes lie in one recollection. Share of answering turns in the top 1, 3 and 5
by plain BM25 (no neighbours), by plain vectors, by the first ranking, and by the whole.
"""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from musespark.embedding import Embedder
from musespark.recollection import Kin, Recollection
from musespark.recollection_ask import find, likeliest, seek
from musespark.recollection_rank import features
from musespark.said import Said

TOPS = (1, 3, 5)
WAYS = ("BM25", "vectors", "first", "recall")


def scenes() -> tuple[list[Said], list[tuple[str, str, str, int]]]:
    """What was said, and of each question its scene, its language, its words and its answer."""
    held: list[dict[str, Any]] = tomllib.loads(
        (Path(__file__).parent / "questions" / "recall.toml").read_text()
    )["scene"]
    turns: list[Said] = []
    asked: list[tuple[str, str, str, int]] = []
    for n, scene in enumerate(held):
        first = len(turns)
        for m, line in enumerate(scene["turns"].strip().splitlines()):
            speaker, _, text = line.partition(": ")
            at = datetime(2026, 5, 4, 8, tzinfo=UTC) + timedelta(days=n, minutes=3 * m)
            alone = scene["kind"] == "post"
            context = f"{scene['name']} {m}" if alone else scene["name"]
            turns.append(Said(len(turns) + 1, text, speaker, at, context, kind=scene["kind"]))
        asked += [(scene["name"], scene["language"], text, first + answer)
                  for text, answer in scene["questions"]]  # fmt: skip
    return turns, asked


def main() -> None:
    turns, asked = scenes()
    embedder = Embedder()
    kin = Kin(embedder)
    recollection = Recollection(embedder.vectors, kin)
    recollection.add(turns)
    recollection.settle()
    ids = recollection.columns["id"].all
    every = np.arange(len(recollection))
    sums: dict[tuple[str, str], np.ndarray] = {}
    for scene, language, text, answer in asked:
        sought = seek(recollection, text, None, language)
        vector = embedder.vectors([sought.text])[0]
        found = find(recollection, sought, vector)
        signs = features(recollection, sought, found, every, vector, kin)
        ranked = {
            "BM25": ids[np.lexsort((-ids, -signs["own"]))],
            "vectors": ids[np.lexsort((-ids, -signs["meaning"]))],
            "first": ids[likeliest(recollection, found, len(ids))],
            "recall": np.asarray([hit.id for hit in recollection.recall(text, language=language)]),
        }
        for way, order in ranked.items():
            held = np.asarray([*(answer in order[:top] for top in TOPS), 1], float)
            for name in (scene, "all"):
                sums[name, way] = sums.get((name, way), np.zeros(4)) + held
    print(f"{'top 1/3/5':14}", *(f"{way:>14}" for way in WAYS), " questions")
    for name in dict.fromkeys(name for name, _ in sums):
        shown = [100 * sums[name, way][:3] / sums[name, way][3] for way in WAYS]
        print(f"{name:14}", *(f"{'/'.join(f'{x:.0f}' for x in each):>14}" for each in shown),
              f" {sums[name, 'BM25'][3]:.0f}")  # fmt: skip


if __name__ == "__main__":
    main()
