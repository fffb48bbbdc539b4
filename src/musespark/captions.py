"""What the terminal says of an event, in one line of words."""

from __future__ import annotations

import json
import re
from typing import Any

from musespark.terminal import cells, clean, count, seconds


def newest(words: str, room: int) -> str:
    """The end of the words, in at most `room` columns."""
    if cells(words) <= room:
        return words
    words = words[-max(room - 1, 1) :]
    while cells(words) > room - 1:
        words = words[1:]
    return "…" + words


def said(kind: str, value: Any) -> str:
    """A Custom event in words; "" for one that is not for people."""
    if kind == "vote":
        others = ", ".join(f"{o['answer']} ({o['votes']})" for o in value["others"])
        words = f"vote: {value['leader']} leads with {value['votes']} of {value['cast']}"
        words += f" ({value['probability']:.0%} sure)"
        return f"{words}; others: {others}" if others else words
    if kind == "confidence":
        return confidence(value)
    if kind == "workspace":
        return f"workspace: the drafts distilled into {count(len(value['text'].split()), 'word')}"
    if kind == "discarded":
        return "taken up again: a text that was cut off is written anew"
    if kind == "check":
        if value.get("problems"):
            return f"check: {len(value['problems'])} found to mend: {'; '.join(value['problems'])}"
        if not value["agreed"]:
            return "check: worked out again, and no two tries agree; the first stands"
        changed = " and the first try was wrong" if value.get("changed") else ""
        return f"check: passed{changed}"
    if kind == "budget":
        return used(value)
    return ""


def used(value: dict[str, Any]) -> str:
    """What a run has used of what it may: pairs of tokens, seconds and money."""
    tokens, allowed = value["tokens"]
    parts = [f"{tokens:,.0f} of {count(allowed, 'token')}"]
    spent, allowed = value["seconds"]
    parts.append(f"{seconds(spent)} of {seconds(allowed)}")
    money, allowed = value["money"]
    if money:
        parts.append(
            f"{money:.4f}".rstrip("0") + (f" of {allowed:g}" if allowed else "") + " money"
        )
    return f"used so far: {', '.join(parts)}"


def confidence(value: dict[str, Any]) -> str:
    """How sure a contemplated answer is, and who did not finish or did not agree."""
    parts = []
    if "probability" in value:
        agree = f"{value['votes']} of {value['cast']} drafts agree"
        parts.append(f"{value['probability']:.0%}, {agree}")
        if value.get("dissent"):
            parts.append(f"against it: {', '.join(value['dissent'])}")
    elif "agents" in value:
        parts.append(f"{value['whole']} of {count(value['agents'], 'agent')} finished")
    elif "drafts" in value:
        refined = count(value["refined"], "refinement")
        parts.append(f"from {count(value['drafts'], 'draft')} and {refined}")
    if value.get("unfinished"):
        parts.append(f"unfinished: {', '.join(value['unfinished'])}")
    return f"confidence: {'; '.join(parts)}" if parts else ""


def outline(words: str) -> str:
    """What a folded text was about: the gist of JSON, or its first words."""
    text = words.strip()
    if text.startswith("{"):
        try:
            value = json.loads(text)
        except ValueError:
            return ""
        found: list[str] = []
        for each in value.values():
            if isinstance(each, list):
                items = [i.get("objective", "") if isinstance(i, dict) else str(i) for i in each]
                found += [item for item in items if item]
        return "; ".join(found)
    return text[:200]


_STRING = re.compile(r'"((?:[^"\\]|\\.)*)(?:"\s*(:?)|$)')


def told(words: str) -> str:
    """What a text says while it is written: of JSON the phrases in it, without its signs."""
    if not words.lstrip().startswith(("{", "[")):
        return words
    found = [text for text, key in _STRING.findall(words) if not key and " " in text]
    return "; ".join(found).replace('\\"', '"').replace("\\n", " ")


def opening(text: str) -> str:
    """The first line, with a sign that there are more."""
    first, _, rest = text.strip().partition("\n")
    return flat(first) + (" …" if rest.strip() else "")


def flat(text: str) -> str:
    """On one line."""
    return " ".join(clean(text).split())


def sentences(text: str) -> list[str]:
    """A paragraph as what happened and the rest of it."""
    first, dot, rest = text.partition(". ")
    return [first + "." if dot else first, rest]
