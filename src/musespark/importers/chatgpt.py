"""ChatGPT: `conversations.json` (or `conversations-000.json` …), custom instructions, memories.

A conversation is a tree (`mapping`); what the person saw last is the branch from `current_node` to
its root. Other branches, hidden messages and what a model thought are counted as left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from musespark.archive import Archive, stamp
from musespark.imported import Words, address, each, said
from musespark.importer import Found, Skipped
from musespark.streamed import top

label = "ChatGPT"
_FILES = ("conversations.json", "conversations-*.json")
_SPOKEN = ("text", "multimodal_text")


def fits(archive: Archive) -> bool:
    return any(b'"mapping"' in top(member) for member in archive.find(*_FILES)[:3])


def chatgpt(archive: Archive) -> Iterator[Found]:
    """What was asked and answered, in the order of each conversation."""
    for member in archive.find(*_FILES):
        yield from each(member, _conversation)
    for member in archive.find("memories.json"):
        yield from each(member, _memory, "memories")
    for member in archive.find("custom_instructions.json", "user_settings.json"):
        yield from each(member, _instructions)


def _conversation(found: dict[str, Any]) -> Iterator[Found]:
    id = str(found.get("conversation_id") or found["id"])
    tree: dict[str, dict[str, Any]] = found.get("mapping") or {}
    title, began = str(found.get("title") or ""), stamp(found.get("create_time"))
    line: list[dict[str, Any]] = []
    node, seen = found.get("current_node") or _leaf(tree), set()
    while node in tree and node not in seen:
        seen.add(node)
        line.append(tree[node])
        node = tree[node].get("parent")
    others = sum(1 for key, node in tree.items() if key not in seen and _spoken(node))
    before = ""
    for one in reversed(line):
        message = one.get("message")
        if not message:
            continue
        made = _message(message, id, title, before)
        if isinstance(made, Words):
            made = Words(**{**_fields(made), "at": made.at or began})
            before = made.id
            yield said(label, made)
        elif made is not None:
            yield made
    for _ in range(others):
        yield Skipped("another branch of a conversation", title or id)


def _leaf(tree: dict[str, dict[str, Any]]) -> str:
    """The newest message, where the export does not say which was seen last."""
    times = ((((n.get("message") or {}).get("create_time")) or 0, key) for key, n in tree.items())
    return max(times, default=(0, ""))[1]


def _spoken(node: dict[str, Any]) -> bool:
    message = node.get("message") or {}
    role = (message.get("author") or {}).get("role")
    return role in ("user", "assistant") and bool(_text(message.get("content") or {})[0].strip())


def _message(
    message: dict[str, Any], conversation: str, title: str, before: str
) -> Words | Skipped | None:
    role = (message.get("author") or {}).get("role")
    content, about = message.get("content") or {}, message.get("metadata") or {}
    kind = content.get("content_type")
    if kind == "user_editable_context":
        text = "\n\n".join(
            str(content[k]) for k in ("user_profile", "user_instructions") if content.get(k)
        )
        return None if not text else Words(
            text=text, at=stamp(message.get("create_time")), id=address("chatgpt", "about", text),
            title="Custom instructions",
        )  # fmt: skip
    if role not in ("user", "assistant") or about.get("is_visually_hidden_from_conversation"):
        return None
    if kind in ("thoughts", "reasoning_recap"):
        return Skipped("what a model thought", title)
    if message.get("recipient") not in (None, "all"):
        return Skipped("call of a tool", title)
    text, attached = _text(content)
    if kind not in _SPOKEN and not text.strip():
        return Skipped(f"message of the kind {kind}", title)
    if not text.strip() and not attached:
        return None
    return Words(
        text=text, at=stamp(message.get("create_time")),
        id=address("chatgpt", message.get("id") or (conversation, text)),
        by="ChatGPT" if role == "assistant" else "",
        context=address("chatgpt", conversation), title=title, reply=before,
        attached=tuple(attached), more=_model(about),
    )  # fmt: skip


def _model(about: dict[str, Any]) -> dict[str, Any]:
    return {"model": str(about["model_slug"])} if about.get("model_slug") else {}


def _text(content: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """The words of a message and what was attached to it."""
    words, attached = [], []
    for part in content.get("parts") or []:
        if isinstance(part, str):
            words.append(part)
        elif isinstance(part, dict) and part.get("content_type") == "audio_transcription":
            words.append(str(part.get("text") or ""))
        elif isinstance(part, dict):
            kind = "Image" if "image" in str(part.get("content_type")) else "Document"
            attached.append({"type": kind, "name": str(part.get("asset_pointer") or "")[:300]})
    if not words and isinstance(content.get("text"), str):
        words.append(content["text"])
    return "\n\n".join(word for word in words if word), attached


def _fields(words: Words) -> dict[str, Any]:
    return {name: getattr(words, name) for name in words.__struct_fields__}


def _memory(found: dict[str, Any]) -> Iterator[Found]:
    text = str(found.get("content") or found.get("memory") or "")
    at = stamp(found.get("created_at") or found.get("created_timestamp") or found.get("updated_at"))
    id = address("chatgpt", "memory", found.get("id") or text)
    yield said(label, Words(text=text, at=at, id=id, title="Memory", by="ChatGPT"))


def _instructions(found: dict[str, Any]) -> Iterator[Found]:
    texts = [
        str(found[key])
        for key in ("about_user_message", "about_user", "user_profile", "about_model_message",
                    "response_preferences", "user_instructions")
        if found.get(key)
    ]  # fmt: skip
    if texts:
        text = "\n\n".join(texts)
        at = stamp(found.get("updated_at") or found.get("created_at"))
        id = address("chatgpt", "about", text)
        yield said(label, Words(text=text, at=at, id=id, title="Custom instructions"))
