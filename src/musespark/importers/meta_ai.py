"""Meta AI: `ai_conversations.json` of a Facebook, Instagram or Meta AI download.

It comes in the two shapes of those downloads, `label_values` and threads of messages. Labels are in
the person's language, so who spoke is told by the words for a prompt and by turns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from musespark.archive import Archive, stamp
from musespark.download import owner, repaired
from musespark.imported import Same, Words, address, each, said
from musespark.importer import Found

label = "Meta AI"
_FILES = ("ai_conversations.json", "ai_conversations_*.json", "meta_ai_conversations*.json",
          "ai_conversations/*/message_*.json")  # fmt: skip
_ANSWERS = re.compile(
    r"meta ai|assistant|response|answer|antwort|r[ée]ponse|respuesta|risposta|bot"
)
_MACHINE = re.compile(r"(?i)meta|\b(?:ai|ki|ia|llama)\b|人工智能|인공지능")
_ASKS = re.compile(r"prompt|question|user|frage|pregunta|domanda|you\b|human|request|input")


def fits(archive: Archive) -> bool:
    return bool(archive.find(*_FILES))


def meta_ai(archive: Archive) -> Iterator[Found]:
    """What was asked of Meta AI and what it answered."""
    me, same = owner(archive), Same()
    for member in archive.find(*_FILES):
        yield from each(member, lambda value: _conversation(repaired(value), me, same))


def _conversation(found: dict[str, Any], me: str, same: Same) -> Iterator[Found]:
    title, began = str(found.get("title") or ""), stamp(found.get("timestamp"))
    id = str(found.get("fbid") or found.get("thread_path") or found.get("id") or "")
    if isinstance(found.get("conversations"), list):
        for inner in found["conversations"]:
            yield from _conversation(inner, me, same)
        return
    messages = found.get("messages")
    if isinstance(messages, list):
        spoken = [_told(each, me) for each in messages if isinstance(each, dict)]
        if "sender_name" in str(messages[:1]):  # newest first, as in every thread of Meta
            spoken.reverse()
    else:
        values = found.get("label_values") or []
        spoken = list(_labelled(values, began)) or _unlabelled(list(_leaves(values, began)), me)
        title = title or _title(found.get("label_values") or [])
    id = id or f"{began}{title}{spoken[:1]}"
    context, before = address("meta_ai", id), ""
    for own, text, at in spoken:
        number = same.number(id, text, at)
        made = Words(text=text, at=at or began, by="" if own else label, title=title,
                     id=address("meta_ai", id, at and at.isoformat(), text[:2000], number),
                     context=context, reply=before)  # fmt: skip
        before = made.id
        yield said(label, made)


def _told(message: dict[str, Any], me: str) -> tuple[bool, str, datetime | None]:
    """Whether the person said it, the words, and when; of a message of any shape."""
    keys = ("sender_name", "sender", "role", "author", "from")
    who = str(next((message[key] for key in keys if message.get(key)), ""))
    text = str(next((message[k] for k in ("content", "text", "message") if message.get(k)), ""))
    at = next((stamp(message[k]) for k in ("timestamp_ms", "timestamp", "created_at", "time")
               if message.get(k)), None)  # fmt: skip
    own = who == me if me and who in (me, label) else not _ANSWERS.search(who.lower())
    return own, text, at


def _labelled(
    entries: list[Any], began: datetime | None
) -> Iterator[tuple[bool, str, datetime | None]]:
    """What was said, of the shape `label_values`: a prompt and its response stand in one `dict`, or
    each message in one, with a time."""
    for entry in entries:
        if not isinstance(entry, dict):
            continue
        inner = [each for each in entry.get("dict") or [] if isinstance(each, dict)]
        if any(each.get("dict") for each in inner):
            for each in inner:
                yield from _labelled([each], began)
            continue
        at = next((stamp(each["timestamp_value"]) for each in inner
                   if each.get("timestamp_value")), began)  # fmt: skip
        who = ""
        for each in inner:
            name, value = str(each.get("label") or "").lower(), each.get("value")
            if not isinstance(value, str) or not value:
                continue
            if _ASKS.search(name):
                yield True, value, at
            elif _ANSWERS.search(name):
                yield False, value, at
            elif len(value) < 60 and any(w in name for w in ("sender", "author", "from")):
                who = value
            elif any(w in name for w in ("message", "text", "content")):
                yield not _ANSWERS.search(who.lower()), value, at


def _leaves(
    entries: list[Any], began: datetime | None
) -> Iterator[tuple[dict[str, str], datetime | None]]:
    """The innermost entries: their texts by label, and when."""
    for entry in entries:
        inner = [each for each in entry.get("dict") or [] if isinstance(each, dict)] if isinstance(
            entry, dict) else []  # fmt: skip
        if any(each.get("dict") for each in inner):
            yield from _leaves(inner, began)
        elif inner:
            at = next(
                (stamp(e["timestamp_value"]) for e in inner if e.get("timestamp_value")), began
            )
            yield {str(e.get("label") or ""): e["value"] for e in inner
                   if isinstance(e.get("value"), str) and e["value"]}, at  # fmt: skip


def _unlabelled(
    leaves: list[tuple[dict[str, str], datetime | None]], me: str
) -> list[tuple[bool, str, datetime | None]]:
    """What was said, where the labels are in a language that nobody here foresaw: the one with few
    and short values says who, the longest says what. Whoever is no assistant is the person."""
    columns: dict[str, list[str]] = {}
    for values, _ in leaves:
        for name, value in values.items():
            columns.setdefault(name, []).append(value)
    if not columns:
        return []
    text = max(columns, key=lambda name: sum(map(len, columns[name])))
    who = next((name for name, values in columns.items() if name != text
                and len(set(values)) <= 2 and max(map(len, values)) < 60), "")  # fmt: skip
    people = list(dict.fromkeys(columns.get(who, [])))
    person = me if me in people else next((p for p in people if not _MACHINE.search(p)), "")
    return [(not who or values.get(who) == person, values[text], at)
            for values, at in leaves if text in values]  # fmt: skip


def _title(entries: list[Any]) -> str:
    named = ("title", "name", "conversation name", "thread title")
    return next((str(e["value"]) for e in entries
                 if isinstance(e, dict) and str(e.get("label")).lower() in named
                 and e.get("value")), "")  # fmt: skip
