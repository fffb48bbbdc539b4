"""Share of evidence that recall finds on LoCoMo, beside BM25 and plain vectors, in one run.

    python bench/locomo/compare.py [--data ../shared/data/locomo] [--unseen]

The data: https://github.com/snap-research/locomo (non-commercial licence; nothing of it is here).
Of each question the share of its evidence turns among the top 5, 10, 25 and 50, and within 500,
1,000 and 2,000 tokens (WordLlama's, of "speaker: text caption" from the best on, leaving out what
does not fit); the mean over questions. No language model. The shipped weights were fitted on these
very dialogues: with `--unseen` each is asked by weights from the others.
*one store*: all dialogues in one recollection, as talks of one person.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from dialogues import CATEGORIES, Dialogue, Question, load
from fit import EVEN, examples, fit, without
from msgspec import structs

from musespark import recollection_rank
from musespark.embedding import Embedder
from musespark.recollection import Kin, Recollection
from musespark.recollection_ask import seek
from musespark.recollection_rows import WIDTH
from musespark.said import Said

TOPS, TOKENS = (5, 10, 25, 50), (500, 1000, 2000)
Way = Callable[[Recollection, Question, Dialogue], list[int]]

embedder = Embedder()
kin = Kin(embedder)


def bm25(held: Recollection, question: Question, dialogue: Dialogue) -> list[int]:
    """Okapi BM25 (k1 .9, b .4) over stems of text and caption, without names or dates."""
    sought = seek(held, question.text, None, "en")
    sizes = held.columns["words"].all + held.columns["shown"].all
    score = np.zeros(len(held))
    for group in sought.groups:
        for number in group:
            rows, counts = held.found(number)
            x = counts.sum(1) / (0.6 + 0.4 * sizes[rows] / sizes.mean())
            rare = np.log(1 + (len(held) - len(rows) + 0.5) / (len(rows) + 0.5))
            score[rows] += rare * 1.9 * x / (x + 0.9)
    return ordered(held, score)


def vectors(held: Recollection, question: Question, dialogue: Dialogue) -> list[int]:
    """The cosine of WordLlama's vectors."""
    return ordered(held, held.vectors.all @ embedder.vectors([question.text])[0])


def recall(held: Recollection, question: Question, dialogue: Dialogue) -> list[int]:
    """What musespark does."""
    hits = held.recall(question.text, now=dialogue.now, most=200)
    return [hit.id for hit in hits]


def ordered(held: Recollection, score: np.ndarray) -> list[int]:
    ids = held.columns["id"].all
    return [int(id) for id in ids[np.lexsort((-ids, -score))][:200]]


def shares(found: list[int], question: Question, sizes: dict[int, int]) -> list[float]:
    """The share of evidence in each of `TOPS` and `TOKENS`."""
    gold = set(question.gold)
    out = [len(gold & set(found[:top])) / len(gold) for top in TOPS]
    for most in TOKENS:
        left, given = most, set()
        for id in found:
            if sizes[id] <= left:
                left -= sizes[id]
                given.add(id)
        out.append(len(gold & given) / len(gold))
    return out


def tokens(turns: list[Said]) -> dict[int, int]:
    tokenizer, _ = embedder.load()
    texts = [f"{turn.speaker}: {turn.text} {turn.caption}" for turn in turns]
    return {t.id: len(e.ids) for t, e in zip(turns, tokenizer.encode_batch(texts), strict=True)}


def remembered(turns: list[Said]) -> Recollection:
    held = Recollection(embedder.vectors, kin)
    held.add(turns)
    held.settle()
    return held


def report(name: str, asked: dict[str, list[list[float]]]) -> None:
    for kind in ("all", *CATEGORIES.values()):
        mean = 100 * np.mean(asked[kind], 0)
        top, within = mean[: len(TOPS)], mean[len(TOPS) :]
        print(f"{name:14}{kind:13}{'/'.join(f'{x:.1f}' for x in top):24}"
              f"{'/'.join(f'{x:.1f}' for x in within)}", flush=True)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path(
        os.environ.get("MUSESPARK_BENCH_DATA", "../shared/data")) / "locomo")  # fmt: skip
    parser.add_argument("--unseen", action="store_true")
    given = parser.parse_args()
    dialogues = load(given.data)
    learned: dict[str, list[dict[str, float]]] = {}
    if given.unseen:
        names, found = examples(given.data)
        for dialogue in dialogues:
            others = [each for each in found if each["dialogue"] != dialogue.name]
            learned[dialogue.name] = [
                dict(zip(names, map(float, fit(each, even)), strict=True))
                for each, even in zip((others, without(names, others)), EVEN, strict=True)
            ]
    print(f"{'':27}{'top 5/10/25/50':24}within 500/1000/2000 tokens")
    ways: dict[str, Way] = {"BM25": bm25, "vectors": vectors, "musespark": recall}
    results: dict[str, dict[str, list[list[float]]]] = {}
    every: list[Said] = []
    moved: list[tuple[Dialogue, list[Question]]] = []
    for dialogue in dialogues:
        held, sizes = remembered(dialogue.turns), tokens(dialogue.turns)
        if given.unseen:
            recollection_rank.WEIGHTS, recollection_rank.ELSEWHERE = learned[dialogue.name]
        for name, way in ways.items():
            for question in dialogue.questions:
                note(
                    results, name, question, shares(way(held, question, dialogue), question, sizes)
                )
        first = len(every)
        every += [structs.replace(turn, id=turn.id + first) for turn in dialogue.turns]
        moved.append((dialogue, [structs.replace(q, gold=[g + first for g in q.gold])
                                 for q in dialogue.questions]))  # fmt: skip
    held, sizes = remembered(every), tokens(every)
    for dialogue, questions in moved:
        if given.unseen:
            recollection_rank.WEIGHTS, recollection_rank.ELSEWHERE = learned[dialogue.name]
        for name, way in ways.items():
            for question in questions:
                own = shares(way(held, question, dialogue), question, sizes)
                note(results, f"{name} 1", question, own)
    for name, asked in results.items():
        report(name.replace(" 1", ", 1"), asked)


def note(
    results: dict[str, dict[str, list[list[float]]]],
    name: str,
    question: Question,
    own: list[float],
) -> None:
    for kind in ("all", CATEGORIES[question.category]):
        results.setdefault(name, {}).setdefault(kind, []).append(own)


assert embedder.dimensions == WIDTH  # the vectors that the weights were fitted for

if __name__ == "__main__":
    main()
