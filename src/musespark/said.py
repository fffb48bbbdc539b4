"""What was said once and may be remembered: its words, who said them, when, and in which talk."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from musespark.activity import Activity

_TALK, _POST, _DOCUMENT = "talk", "post", "document"
_KINDS = {"Article": _DOCUMENT, "Document": _DOCUMENT, "Page": _DOCUMENT}
_SPOKEN = {"Note", "Question", "Audio", "Video", "Image", "ChatMessage", *_KINDS}
_BREAK = re.compile(r"<\s*(?:br|/p|/div|/li|/h[1-6]|/tr|/blockquote|hr)\b[^<>]*>", re.IGNORECASE)
_UNSEEN = re.compile(r"<(script|style|template)\b|<!--", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z!][^<>]*>")
_LONGEST = 4_000_000  # characters of one text that are read


class Said(Struct, frozen=True):
    """One turn of a talk, one post or one document. `id` is its place in the ledger, `context` its
    conversation or thread, `caption` what its pictures show, `title` the name of a document; `kind`
    is talk, post or document."""

    id: int
    text: str
    speaker: str
    at: datetime
    context: str = ""
    caption: str = ""
    title: str = ""
    kind: str = _TALK


def said(activity: Activity) -> Said | None:
    """The words that an activity holds; None when it holds none to remember."""
    thing = activity.object
    if activity.type not in ("Create", "Update") or not isinstance(thing, dict):
        return None
    if _word(thing.get("type") or "Note") not in _SPOKEN:
        return None
    text = plain(_text(thing.get("content")), _word(thing.get("mediaType")))
    title = plain(_text(thing.get("name")), "")
    caption = ". ".join(filter(None, map(_caption, _many(thing.get("attachment")))))
    if not (text or caption or title):
        return None
    context = _name(thing.get("context")) or _name(thing.get("inReplyTo"))
    kind = _KINDS.get(_word(thing.get("type")), _TALK if context else _POST)
    return Said(
        id=activity.id,
        text=text,
        speaker=_name(thing.get("attributedTo")) or activity.actor,
        at=_moment(thing.get("published")) or activity.published,
        context=context or _name(thing.get("id")),
        caption=caption,
        title=title,
        kind=kind,
    )


def plain(text: str, media: str = "") -> str:
    """The words of a text; of HTML what a person would read."""
    text = text[:_LONGEST]
    if media.partition(";")[0].strip().lower() in ("text/html", "application/xhtml+xml"):
        text = _TAG.sub("", _BREAK.sub("\n", _shown(text)))
        text = html.unescape(text)
    return text.replace("\0", " ").strip()


def _shown(text: str) -> str:
    """HTML without scripts, styles and comments; one that does not end takes the rest along."""
    kept, at, low = [], 0, text.lower()
    while found := _UNSEEN.search(text, at):
        kept.append(text[at : found.start()])
        end = low.find(f"</{found[1].lower()}" if found[1] else "-->", found.end())
        if end < 0:
            return "".join(kept)
        at = end + (0 if found[1] else 3)
    return "".join([*kept, text[at:]])


def _text(value: Any) -> str:
    """A text, or the first of a map by language."""
    if isinstance(value, dict):
        value = next((each for each in value.values() if isinstance(each, str)), "")
    return value if isinstance(value, str) else ""


def _word(value: Any) -> str:
    """A word such as a type; the first of several."""
    if isinstance(value, list):
        value = value[0] if value else ""
    return value if isinstance(value, str) else ""


def _name(value: Any) -> str:
    """How a thing or a person is called: its name or its id."""
    if isinstance(value, list):
        value = value[0] if value else ""
    if isinstance(value, dict):
        value = value.get("name") or value.get("id") or ""
    return value if isinstance(value, str) else ""


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _caption(value: Any) -> str:
    """What an attachment shows, as its maker described it."""
    if not isinstance(value, dict):
        return ""
    return plain(_text(value.get("summary")) or _text(value.get("name")), "")


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        found = value
    elif isinstance(value, str):
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            return None
    else:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
