"""mem0's own retriever on LoCoMo, without a hosted model: run in an environment of its own.

    uv venv /tmp/mem0 && uv pip install --python /tmp/mem0/bin/python mem0ai langchain-core \\
        wordllama tokenizers msgspec qdrant-client platformdirs tzlocal
    PYTHONPATH=src:bench/locomo /tmp/mem0/bin/python bench/locomo/mem0_peer.py DATA

Turns are added word for word (`infer=False`, for its extraction needs a language model), in an
in-process Qdrant, with the vectors that musespark uses; searched with its `search`.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("OPENAI_API_KEY", "unused")
os.environ.setdefault("MEM0_TELEMETRY", "false")

import numpy as np
from dialogues import CATEGORIES, load
from langchain_core.embeddings import Embeddings
from mem0 import Memory

from musespark.embedding import Embedder

embedder = Embedder()


class Vectors(Embeddings):
    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return [list(map(float, row)) for row in embedder.vectors(texts)]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


def main() -> None:
    sums: dict[str, np.ndarray] = {}
    for dialogue in load(Path(sys.argv[1])):
        with tempfile.TemporaryDirectory() as folder:
            memory = Memory.from_config({
                "vector_store": {"provider": "qdrant", "config": {
                    "path": f"{folder}/q", "embedding_model_dims": 256, "on_disk": False}},
                "embedder": {"provider": "langchain", "config": {"model": Vectors()}},
                "history_db_path": f"{folder}/h.db",
            })  # fmt: skip
            for turn in dialogue.turns:
                text = f"{turn.speaker}: {turn.text} {turn.caption}".strip()
                memory.add(text, user_id="ann", infer=False, metadata={"turn": turn.id})
            for question in dialogue.questions:
                hits = memory.search(question.text, filters={"user_id": "ann"}, top_k=50,
                                     threshold=0.0)  # fmt: skip
                found = [hit["metadata"]["turn"] for hit in hits["results"]]
                gold = set(question.gold)
                own = [len(gold & set(found[:top])) / len(gold) for top in (5, 10, 25, 50)]
                for kind in ("all", CATEGORIES[question.category]):
                    sums[kind] = sums.get(kind, 0) + np.array([*own, 1])
        print(dialogue.name, file=sys.stderr)
    for kind, total in sums.items():
        print(f"mem0 {kind:12}", "/".join(f"{100 * x / total[4]:.1f}" for x in total[:4]))


if __name__ == "__main__":
    main()
