"""Reads e-mail: who wrote when to whom, the text, and what is attached, one level deep."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from typing import Any

from musespark import leaves, markings, within
from musespark.leaves import Block, Volume
from musespark.media import media_of
from musespark.observation import Observation, Seen
from musespark.problem import Problem

takes = ("message/rfc822",)
version = 1
readers = ("lxml",)

_HEADS = ("From", "To", "Cc", "Date", "Subject")
_MOST = 20  # attached files that are read
_LISTED = 200


def mail(data: bytes, media: str) -> Seen:
    """A letter and the files that came with it; one attached to a letter is only listed. Raises
    Problem: `no_text`."""
    letter: Any = email.message_from_bytes(data, policy=email.policy.default)
    if not any(letter.get(name) for name in _HEADS):
        raise Problem(
            "no_text", "{name} is no letter.", why="It does not say who wrote it, or when.",
            next="Save it whole, as EML.", status=422,
        )  # fmt: skip
    finds = within.Finds("email")
    heads = [f"{name}: {said}" for name in _HEADS if (said := _head(letter, name))]
    blocks = [Block("\n".join(heads))] if heads else []
    blocks += finds.flow(_body(letter), "")
    listed: list[str] = []
    for part in _attached(letter)[:_LISTED]:
        name, body = _file(part)
        found = media_of(body) if body else ""
        read = False
        if body and found not in takes and len(listed) < _MOST:
            read = finds.file(body, found, name)
        said = f"{name}: {found or 'empty'}, {len(body):,} bytes{'' if read else ', not read'}"
        listed.append(f"- {said}")
        finds.seen.append(Observation("attachment", said, reader="email"))
    if listed:
        blocks.append(Block("\n".join(["Attached:", *listed])))
    parts = leaves.parted(leaves.joined(blocks))
    volume = Volume(parts, "part", _head(letter, "Subject"), notes=finds.notes())
    return leaves.read(volume, media, "mail", "email", finds.parts, finds.seen)


def _head(letter: Any, name: str) -> str:
    try:
        return " ".join(str(letter.get(name) or "").split())[:1_000]
    except (ValueError, LookupError, TypeError, AttributeError):  # a broken head of a broken letter
        return ""


def _body(letter: Any) -> list[Block]:
    """The text of the letter: the plain one, else what is seen of the HTML."""
    for kind in ("plain", "html"):
        part = letter.get_body(preferencelist=(kind,)) if isinstance(letter, EmailMessage) else None
        text = _text(part) if part is not None else ""
        if not text.strip():
            continue
        if kind == "plain":
            return [Block(text)]
        tree = markings.parsed(text)
        if tree is not None:
            return markings.blocks(tree)
    return []


def _text(part: Any) -> str:
    try:
        return str(part.get_content())
    except (LookupError, ValueError, TypeError, AttributeError):
        data = part.get_payload(decode=True)
        return data.decode("utf-8", "replace") if isinstance(data, bytes) else ""


def _attached(letter: Any) -> list[Any]:
    """The parts that are not the text, in order."""
    try:
        return list(letter.iter_attachments())
    except (AttributeError, TypeError, ValueError, KeyError):
        return []


def _file(part: Any) -> tuple[str, bytes]:
    """The name and the bytes of an attached file."""
    try:
        name = str(part.get_filename() or "")
    except (ValueError, LookupError, TypeError, AttributeError):
        name = ""
    name = " ".join(name.replace("/", " ").split())[:120] or "attachment"
    if part.get_content_maintype() == "message":
        inner = part.get_payload()
        inner = inner[0] if isinstance(inner, list) and inner else inner
        return name, inner.as_bytes() if isinstance(inner, EmailMessage) else b""
    data = part.get_payload(decode=True)
    return name, data if isinstance(data, bytes) else b""
