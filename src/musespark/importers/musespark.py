"""An export of musespark's own: everything that it holds of a person, put back as it was.

Activities keep their ids, dates and purposes, as far as the person allows them now; conversations,
files and what was pinned come back beside them. Consents, keys and sessions do not: who moves in
says anew what they allow.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from musespark.activity import PURPOSES, Activity
from musespark.archive import Archive, Member, stamp
from musespark.imported import each
from musespark.importer import ME, Found, Kept, Skipped
from musespark.problem import Problem
from musespark.streamed import lines, top, whole

label = "musespark"
_PIECE = 1_000_000
_KNOWN = ("id", "type", "actor", "object", "target", "published", "purposes", "@context")


def fits(archive: Archive) -> bool:
    return any(b'"musespark"' in top(member, 2_000) for member in archive.find("manifest.json"))


def musespark(archive: Archive) -> Iterator[Found]:
    """What the export holds, in the order in which it can be put back."""
    manifest = whole(archive.find("manifest.json")[0])
    if manifest.get("version") != 1:
        raise Problem(
            "unknown_version", "This export is of a newer musespark.", status=422,
            why=f"Its version is {manifest.get('version')!r}; this one reads 1.",
            next="Update musespark, then import it.",
        )  # fmt: skip
    person = str(manifest.get("person") or "")
    yield from _files(archive)
    for member in archive.find("activities.json"):
        yield from each(member, lambda value: _activity(value, person), "orderedItems")
    for kind in ("conversations", "runs", "marks"):
        for member in archive.find(f"{kind}.jsonl"):
            yield from _rows(member, kind.removesuffix("s"))
    for member in archive.find("rows/*.jsonl"):
        yield Skipped("what is said or made anew", member.short.removesuffix(".jsonl"))


def _files(archive: Archive) -> Iterator[Found]:
    inside = {member.name: member for member in archive.members}
    for lead in archive.find("files.jsonl"):
        root = lead.name.removesuffix("files.jsonl")
        for found in _rows(lead, "file"):
            if not isinstance(found, Kept):
                yield found
                continue
            member = inside.get(root + str(found.row.get("member")))
            if member is None:
                yield Skipped("file without its bytes", str(found.row.get("name")))
                continue
            with member.open() as file:
                while piece := file.read(_PIECE):
                    yield Kept("piece", {"id": found.row.get("id"), "data": piece})
            yield found


def _rows(member: Member, kind: str) -> Iterator[Found]:
    for number, line in enumerate(lines(member)):
        try:
            row = msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError):
            row = None
        if isinstance(row, dict):
            yield Kept(kind, row)
        else:
            yield Skipped("broken or cut off", f"{member.name}, line {number + 1}")


def _activity(value: dict[str, Any], person: str) -> Iterator[Found]:
    published = stamp(value["published"])
    if published is None:
        yield Skipped("without a date", str(value.get("id")))
        return
    thing, actor = value.get("object"), str(value.get("actor") or "")
    if isinstance(thing, dict) and thing.get("attributedTo") == person:
        thing = {**thing, "attributedTo": ME}
    yield Activity(
        type=str(value["type"]),
        object=thing,
        target=value.get("target"),
        actor="" if actor == person else actor,
        published=published,
        purposes=frozenset(value.get("purposes") or ()) & PURPOSES,
        uri=str(value["id"]),
        more={name: each for name, each in value.items() if name not in _KNOWN},
    )
