"""ChatGPT: `conversations.json` (or `conversations-000.json` …), custom instructions, memories.

A conversation is a tree (`mapping`); what the person saw last is the branch from `current_node` to
its root. Other branches, hidden messages and what a model thought are counted as left out. Pictures
and files are found by the id that their names begin with; `conversation_asset_file_names.json` says
what they were called.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct, structs

from musespark.activity import PURPOSES, Activity
from musespark.archive import Archive, stamp
from musespark.enclosed import kind_of
from musespark.imported import Words, address, each, said
from musespark.importer import Found, Skipped
from musespark.problem import Problem
from musespark.streamed import top, whole

label = "ChatGPT"
_FILES = ("conversations.json", "conversations-*.json")
_SPOKEN = ("text", "multimodal_text")
_ID = re.compile(r"file[-_][A-Za-z0-9]{6,}")
# What a model puts around names, sources and the like, in letters that nothing else uses.
_MARKED = re.compile("\ue200(?P<kind>[^\ue200-\ue202]*)(?:\ue202(?P<more>[^\ue201]*))?\ue201")


class _Files(Struct, frozen=True):
    """The files of an export: id → the member, and what it was called."""

    members: dict[str, str]
    names: dict[str, str]

    def of(self, pointer: object, name: str = "", kind: str = "") -> dict[str, Any]:
        """What a message says of a file."""
        id = _id(pointer)
        name = name or self.names.get(id, "") or str(pointer)[:300]
        there = {"file": self.members[id]} if id in self.members else {}
        return {"type": kind or kind_of(name), "name": name, **there}


def fits(archive: Archive) -> bool:
    return any(b'"mapping"' in top(member) for member in archive.find(*_FILES)[:3])


def chatgpt(archive: Archive) -> Iterator[Found]:
    """What was asked and answered, in the order of each conversation."""
    files = _files(archive)
    for member in archive.find(*_FILES):
        yield from each(member, lambda found: _conversations(found, files))
    for member in archive.find("memories.json"):
        yield from each(member, _memory, "memories")
    for member in archive.find("custom_instructions.json", "user_settings.json"):
        yield from each(member, _instructions)


def _id(pointer: object) -> str:
    """`file-AbC…` of `file-service://file-AbC…`, `sediment://file_00…` or a name."""
    found = _ID.search(str(pointer).rpartition("//")[2])
    return found[0] if found else ""


def _files(archive: Archive) -> _Files:
    members = {found[0]: member.name for member in reversed(archive.members)
               if (found := _ID.match(member.short))}  # fmt: skip
    names: dict[str, str] = {}
    for member in archive.find("conversation_asset_file_names*.json"):
        with contextlib.suppress(Problem, AttributeError):
            for file, name in whole(member).items():
                if (id := _id(file)) and isinstance(name, str):
                    names[id] = name.rpartition("/")[2]
    return _Files(members, names)


def _conversations(found: dict[str, Any], files: _Files) -> Iterator[Found]:
    """One, or all of an object that holds them; what was not to be remembered is not."""
    inner = found.get("conversations")
    for one in inner if isinstance(inner, list) else [found]:
        forget = bool(one.get("is_do_not_remember"))
        for made in _conversation(one, files):
            own = forget and isinstance(made, Activity)
            yield structs.replace(made, purposes=PURPOSES - {"memory"}) if own else made


def _conversation(found: dict[str, Any], files: _Files) -> Iterator[Found]:
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
        made = _message(message, (id, title, before), files)
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
    return role in ("user", "assistant") and bool(_words(message))


def _words(message: dict[str, Any]) -> str:
    return _text(message.get("content") or {}, _Files({}, {}), {})[0].strip()


def _message(
    message: dict[str, Any], place: tuple[str, str, str], files: _Files
) -> Words | Skipped | None:
    conversation, title, before = place
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
    drawn = role == "tool" and kind == "multimodal_text"  # a picture that was made
    if about.get("is_visually_hidden_from_conversation"):
        return None
    if role not in ("user", "assistant") and not drawn:
        return None
    if kind in ("thoughts", "reasoning_recap"):
        return Skipped("what a model thought", title)
    if message.get("recipient") not in (None, "all") and not drawn:
        return Skipped("call of a tool", title)
    given = {id: str(one.get("name") or "") for one in about.get("attachments") or []
             if (id := _id(one.get("id")))}  # fmt: skip
    text, shown = _text(content, files, given)
    if drawn:  # its words are for the model
        text, shown = "", {id: one for id, one in shown.items() if one["type"] == "Image"}
    attached = [*shown.values(), *(files.of(id, given[id]) for id in given if id not in shown)]
    if kind not in _SPOKEN and not text.strip():
        return Skipped(f"message of the kind {kind}", title)
    if not text.strip() and not attached:
        return None
    return Words(
        text=text, at=stamp(message.get("create_time")),
        id=address("chatgpt", message.get("id") or (conversation, text)),
        by="" if role == "user" else "ChatGPT",
        context=address("chatgpt", conversation), title=title, reply=before,
        attached=tuple(attached), more=_model(about),
    )  # fmt: skip


def _model(about: dict[str, Any]) -> dict[str, Any]:
    return {"model": str(about["model_slug"])} if about.get("model_slug") else {}


def _text(
    content: dict[str, Any], files: _Files, given: dict[str, str]
) -> tuple[str, dict[str, dict[str, Any]]]:
    """The words of a message and what it shows, by its id."""
    words, attached = [], {}
    for part in content.get("parts") or []:
        if isinstance(part, str):
            words.append(part)
        elif isinstance(part, dict) and part.get("content_type") == "audio_transcription":
            words.append(str(part.get("text") or ""))
        elif isinstance(part, dict):
            inner = part.get("audio_asset_pointer")
            pointer = str(part.get("asset_pointer") or (inner or {}).get("asset_pointer") or "")
            what = str(part.get("content_type"))
            kind = "Image" if "image" in what else "Audio" if "audio" in what else ""
            id = _id(pointer) or pointer
            if id or not inner:
                attached[id] = files.of(pointer, given.get(id, ""), kind)
    if not words and isinstance(content.get("text"), str):
        words.append(content["text"])
    return "\n\n".join(_MARKED.sub(_shown, word) for word in words if word), attached


def _shown(found: re.Match[str]) -> str:
    """The words in what a model marked: the name of a thing, the text of a link."""
    more = found["more"] or ""
    if found["kind"] == "entity":
        with contextlib.suppress(msgspec.DecodeError, IndexError, TypeError):
            return str(msgspec.json.decode(more)[1])
    return more.partition("\ue202")[0] if found["kind"] == "url" else ""


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
