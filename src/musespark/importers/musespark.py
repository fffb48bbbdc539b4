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
from musespark.importer import ME, Found, Kept, Media, Skipped
from musespark.problem import Problem
from musespark.streamed import lines, top, whole

label = "musespark"
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
    places: dict[str, dict[str, Any]] = {}
    yield from _files(archive, places)
    for member in archive.find("activities.json"):
        yield from each(member, lambda value: _activity(value, person, places), "orderedItems")
    for kind in ("conversations", "runs", "marks"):
        for member in archive.find(f"{kind}.jsonl"):
            yield from _rows(member, kind.removesuffix("s"))
    for member in archive.find("rows/*.jsonl"):
        yield Skipped("what is said or made anew", member.short.removesuffix(".jsonl"))


def _files(archive: Archive, places: dict[str, dict[str, Any]]) -> Iterator[Found]:
    """The kept files; `places` learns which member each is."""
    inside = {member.name: member for member in archive.members}
    for lead in archive.find("files.jsonl"):
        root = lead.name.removesuffix("files.jsonl")
        for found in _rows(lead, "file"):
            if not isinstance(found, Kept):
                yield found
                continue
            place = str(found.row.get("member"))
            places[place] = {"file": found.row.get("id"), "sha256": found.row.get("sha256")}
            member = inside.get(root + place)
            if member is None:
                yield Skipped("file without its bytes", str(found.row.get("name")))
                continue
            yield Media(member, found)


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


def _activity(
    value: dict[str, Any], person: str, places: dict[str, dict[str, Any]]
) -> Iterator[Found]:
    published = stamp(value["published"])
    if published is None:
        yield Skipped("without a date", str(value.get("id")))
        return
    thing, actor = value.get("object"), str(value.get("actor") or "")
    if isinstance(thing, dict) and thing.get("attributedTo") == person:
        thing = {**thing, "attributedTo": ME}
    thing, belongs = _bare(thing, places)
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
    for place, file in belongs.items():
        yield Kept("belongs", {"activity": str(value["id"]), "place": place, **file})


def _bare(thing: Any, places: dict[str, dict[str, Any]]) -> tuple[Any, dict[int, dict[str, Any]]]:
    """The object as it was said, and the files that the export says belong to it."""
    given = thing.get("attachment") if isinstance(thing, dict) else None
    if not isinstance(given, list):
        return thing, {}
    belongs, bare = {}, []
    for place, one in enumerate(given):
        file = one.get("file") if isinstance(one, dict) else None
        if isinstance(file, str) and file in places:
            belongs[place] = places[file]
            one = {name: value for name, value in one.items() if name != "file"}
        bare.append(one)
    return {**thing, "attachment": bare}, belongs
