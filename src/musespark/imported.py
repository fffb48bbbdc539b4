"""Activities of one shape, whatever they are imported from, and values read one by one."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from msgspec import Struct

from musespark.activity import Activity
from musespark.archive import Member, damaged
from musespark.importer import Found, Skipped
from musespark.problem import Problem
from musespark.streamed import items

_WORDS = 200_000  # characters of one text; what is longer is cut
UNREAD = (LookupError, TypeError, ValueError, AttributeError, RecursionError, OverflowError)
_SHORT = 160  # characters of an example


class Words(Struct, frozen=True, kw_only=True):
    """Something that somebody said. `by` is their name, "" for the person whose archive it is; `id`
    makes it found again; `context` is the conversation, `attached` names media."""

    text: str
    at: datetime | None
    id: str
    by: str = ""
    context: str = ""
    title: str = ""
    reply: str = ""
    attached: tuple[dict[str, Any], ...] = ()
    html: bool = False
    type: str = "Note"
    more: dict[str, Any] = {}


def said(origin: str, words: Words) -> Found:
    """The Create of what was said, or why it was left out."""
    text = words.text.strip()
    if not text and not words.attached:
        return Skipped("empty", words.id)
    if (wrong := _when(words.at)) is not None:
        return Skipped(wrong, text[:80] or words.id)
    assert words.at is not None
    thing: dict[str, Any] = {"type": words.type, "id": words.id, "content": text[:_WORDS]}
    thing |= {"mediaType": "text/html"} if words.html else {}
    thing |= {"attributedTo": words.by} if words.by else {}
    thing |= {"context": words.context} if words.context else {}
    thing |= {"name": words.title[:500]} if words.title else {}
    thing |= {"inReplyTo": words.reply} if words.reply else {}
    thing |= {"attachment": list(words.attached[:50])} if words.attached else {}
    thing |= {"published": words.at.isoformat(), "generator": {"name": origin}, **words.more}
    return Activity(
        type="Create", object=thing, actor=words.by, published=words.at, uri=words.id
    )  # fmt: skip


def did(
    origin: str, type: str, thing: dict[str, Any], at: datetime | None, id: str,
    target: dict[str, Any] | None = None,
) -> Found:  # fmt: skip
    """What else the person did: Like, Announce, Follow, Block, Add (to what they saved)."""
    if (wrong := _when(at)) is not None:
        return Skipped(wrong, id)
    assert at is not None
    thing = {**thing, "generator": {"name": origin}}
    return Activity(type=type, object=thing, target=target, published=at, uri=id)


def _when(at: datetime | None) -> str | None:
    if at is None:
        return "without a date"
    if at > datetime.now(UTC) + timedelta(days=1):
        return "dated in the future"
    return "dated before 1990" if at.year < 1990 else None


def address(origin: str, *parts: object) -> str:
    """The id of something that has none of its own that all the world knows: the same parts give
    the same id, however often and wherever it is imported."""
    plain = ":".join(str(part) for part in parts)
    safe = len(plain) <= 160 and plain.isascii() and plain.isprintable() and " " not in plain
    if not safe:
        plain = hashlib.sha256(repr(parts).encode(errors="surrogatepass")).hexdigest()[:32]
    return f"urn:import:{origin}:{plain}"


def link(origin: str, id: object) -> str:
    """An id that is an address on the web or of a repository, or else one of ours made of it."""
    text = str(id)
    fine = text.startswith(("https://", "http://", "at://")) and len(text) <= 1_000
    return text if fine and text.isprintable() else address(origin, text)


class Same:
    """Tells apart what is equal in all that an export says of it: the second gets a number."""

    def __init__(self) -> None:
        self._seen: Counter[object] = Counter()

    def number(self, *parts: object) -> int:
        """How many equal ones came before."""
        try:
            key = hash(parts)
        except TypeError:  # an export that has lists where words should be
            key = hash(repr(parts))
        self._seen[key] += 1
        return self._seen[key] - 1


def guarded(make: Callable[[], Iterable[Found]], where: str) -> Iterator[Found]:
    """What `make` finds, until it meets something that it cannot read."""
    try:
        yield from make()
    except UNREAD as error:
        missing = isinstance(error, KeyError) and error.args
        why = f"it has no {error.args[0]!r}" if missing else "a value of another kind than usual"
        yield Skipped("not understood", f"{where}: {why}"[:_SHORT])


def each(
    member: Member, make: Callable[[Any], Iterable[Found]], key: str = "", *, script: bool = False
) -> Iterator[Found]:
    """What `make` finds in each value of a JSON file. One that it cannot read is left out, and so
    is the rest of a file that breaks off; a file past its bounds ends the whole."""
    number = 0
    try:
        for number, value in enumerate(items(member, key, script=script), 1):
            yield from guarded(partial(make, value), f"{member.name}, entry {number}")
    except Problem as problem:
        if problem.code != damaged("", "").code:
            raise
        yield Skipped("broken or cut off", f"{problem.what} {problem.why}"[:_SHORT])
