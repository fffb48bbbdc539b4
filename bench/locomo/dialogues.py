"""LoCoMo's dialogues and questions, as they are published, turned into what was said."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec import Struct

from musespark.said import Said

CATEGORIES = {1: "multi-hop", 2: "temporal", 3: "open", 4: "single-hop", 5: "adversarial"}


class Question(Struct):
    """A question, the ids of the turns that prove its answer, and its category."""

    text: str
    gold: list[int]
    category: int


class Dialogue(Struct):
    name: str
    turns: list[Said]
    questions: list[Question]

    @property
    def now(self) -> datetime:
        return self.turns[-1].at


def load(folder: Path) -> list[Dialogue]:
    """Every dialogue in a folder. A turn's id is its number, from 1; turns of a session are a
    minute apart. Evidence that names no turn is left out, and so is a question without any."""
    return [
        _dialogue(path.stem, json.loads(path.read_text())) for path in sorted(folder.glob("*.json"))
    ]


def _dialogue(name: str, held: dict[str, Any]) -> Dialogue:
    turns: list[Said] = []
    known: dict[str, int] = {}
    for session in sorted(int(m[1]) for key in held if (m := re.fullmatch(r"session_(\d+)", key))):
        begins = datetime.strptime(held[f"session_{session}_date_time"], "%I:%M %p on %d %B, %Y")
        for n, turn in enumerate(held[f"session_{session}"]):
            id = len(turns) + 1
            known[turn["dia_id"]] = id
            at = begins.replace(tzinfo=UTC) + timedelta(minutes=n)
            caption = turn.get("blip_caption") or ""
            turns.append(Said(id, turn["text"], turn["speaker"], at, name, caption))
    questions = []
    for asked in held["qa"]:
        named = re.findall(r"D\d+:\d+", " ".join(asked["evidence"]))
        gold = sorted({known[each] for each in named if each in known})
        if gold:
            questions.append(Question(asked["question"], gold, asked["category"]))
    return Dialogue(name, turns, questions)
