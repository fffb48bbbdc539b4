"""Mastodon's archive: outbox.json, likes.json, bookmarks.json, actor.json, and lists as CSV.

The outbox is ActivityStreams already: objects keep their ids, dates, replies and media. Likes and
bookmarks are bare addresses without a date; they get the archive's.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from musespark.archive import Archive, Member, stamp
from musespark.imported import Words, address, did, each, link, said
from musespark.importer import Found, Skipped
from musespark.problem import Problem
from musespark.streamed import lines, top, whole

label = "Mastodon"
_KEPT = ("summary", "sensitive", "tag", "to", "cc", "contentMap", "updated")
_PEOPLE = {"following_accounts.csv": "Follow", "blocked_accounts.csv": "Block"}


def fits(archive: Archive) -> bool:
    boxes = archive.find("outbox.json")
    if any(b"orderedItems" in top(member, 1_000_000) for member in boxes):
        return True
    return any(b"Account address" in top(member, 200) for member in archive.find(*_PEOPLE))


def mastodon(archive: Archive) -> Iterator[Found]:
    """What the person posted and boosted, liked and saved, and whom they follow."""
    me = _me(archive)
    for member in archive.find("outbox.json"):
        yield from each(member, lambda value: _posted(value, me), "orderedItems")
    for member in archive.find("likes.json"):
        yield from each(member, lambda value: _liked(value, archive), "orderedItems")
    for member in archive.find("bookmarks.json"):
        yield from each(member, lambda value: _saved(value, archive), "orderedItems")
    for name, verb in _PEOPLE.items():
        for member in archive.find(name):
            yield from _people(member, verb, archive)


def _me(archive: Archive) -> str:
    for member in archive.find("actor.json"):
        try:
            return str(whole(member).get("id") or "")
        except (Problem, AttributeError):
            return ""
    return ""


def _posted(found: dict[str, Any], me: str) -> Iterator[Found]:
    thing, verb = found.get("object"), str(found.get("type"))
    at, id = stamp(found.get("published")), link(label, found.get("id"))
    if verb == "Announce" and isinstance(thing, str):
        yield did(label, "Announce", {"type": "Note", "id": thing}, at, id)
        return
    if verb != "Create" or not isinstance(thing, dict):
        yield Skipped(f"activity of the type {verb}", id)
        return
    by = str(thing.get("attributedTo") or found.get("actor") or "")
    context = str(thing.get("conversation") or thing.get("context") or "")
    yield said(
        label,
        Words(
            text=str(thing.get("content") or ""), at=stamp(thing.get("published")) or at,
            id=link(label, thing.get("id") or id), by="" if not me or by == me else by,
            context=context, reply=str(thing.get("inReplyTo") or ""), html=True,
            attached=tuple(a for a in thing.get("attachment") or [] if isinstance(a, dict)),
            type=str(thing.get("type") or "Note"), more=_more(thing),
        ),
    )  # fmt: skip


def _more(thing: dict[str, Any]) -> dict[str, Any]:
    return {key: thing[key] for key in _KEPT if thing.get(key)}


def _liked(found: Any, archive: Archive) -> Iterator[Found]:
    where = found if isinstance(found, str) else str(found["id"])
    yield did(label, "Like", {"type": "Note", "id": where}, archive.at,
              address(label, "like", where))  # fmt: skip


def _saved(found: Any, archive: Archive) -> Iterator[Found]:
    where = found if isinstance(found, str) else str(found["id"])
    target = {"type": "Collection", "name": "bookmarks"}
    yield did(label, "Add", {"type": "Note", "id": where}, archive.at,
              address(label, "bookmark", where), target)  # fmt: skip


def _people(member: Member, verb: str, archive: Archive) -> Iterator[Found]:
    for number, line in enumerate(lines(member, 100_000)):
        text = line.decode("utf-8-sig", errors="replace")
        try:
            row = next(csv.reader(io.StringIO(text, newline="")), [])
        except csv.Error:
            yield Skipped("not understood", f"{member.name}, line {number + 1}")
            continue
        name = row[0].strip() if row else ""
        if not name or (number == 0 and "@" not in name):
            continue
        thing = {"type": "Person", "name": name, "id": f"acct:{name}"}
        yield did(label, verb, thing, archive.at, address(label, verb.lower(), name))
