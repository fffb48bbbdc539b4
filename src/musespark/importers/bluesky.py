"""Bluesky: the repository of an account as a CAR file: posts, likes, reposts, follows, blocks.

Every block is checked against its hash. A record says when it was made; where it does not, its key
does. What a post quotes, embeds and answers is kept as addresses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from musespark.activity import Activity
from musespark.archive import Archive, damaged, stamp
from musespark.imported import Words, did, said
from musespark.importer import Found, Skipped
from musespark.problem import Problem
from musespark.repository import Record, Repository, dated, is_repository

label = "Bluesky"


def fits(archive: Archive) -> bool:
    return any(is_repository(member) for member in archive.find("*.car")[:5])


def bluesky(archive: Archive) -> Iterator[Found]:
    """What the account posted, passed on and liked, whom it follows and blocks, and its profile."""
    # the pictures of a repository lie beside it, named after their hashes
    blobs = {each.short.partition(".")[0]: each.name for each in archive.members}
    for member in archive.find("*.car"):
        try:
            with member.seekable() as file:
                yield from _records(Repository(file, member.name), blobs)
        except Problem as problem:
            if problem.code != damaged("", "").code:
                raise
            yield Skipped("broken or cut off", f"{problem.what} {problem.why}"[:160])


def _records(found: Repository, blobs: dict[str, str]) -> Iterator[Found]:
    others: Counter[str] = Counter()
    for record in found.records():
        make = _MADE.get(record.collection)
        if make is None:
            others[record.collection] += 1
            yield Skipped(f"record of the kind {record.collection}"[:80], record.key)
            continue
        try:
            made = make(record, f"at://{found.did}/{record.collection}/{record.key}")
            for one in _attached(made):
                if (file := blobs.get(str(one.get("name")))) is not None:
                    one["file"] = file
            yield made
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            yield Skipped("not understood", f"{record.collection}/{record.key}: {error}"[:160])
    if found.cut or found.missing:
        where = f"{found.missing} pieces are missing"
        yield Skipped("broken or cut off", where)


def _attached(found: Found) -> list[dict[str, Any]]:
    thing = found.object if isinstance(found, Activity) else None
    return thing.get("attachment") or [] if isinstance(thing, dict) else []


def _post(record: Record, where: str) -> Found:
    value = record.value
    reply = value.get("reply") or {}
    root = str((reply.get("root") or {}).get("uri") or "")
    langs = value.get("langs") or []
    return said(
        label,
        Words(
            text=str(value.get("text") or ""), at=_at(record), id=where, context=root or where,
            reply=str((reply.get("parent") or {}).get("uri") or ""),
            attached=tuple(_embedded(value.get("embed") or {})),
            more={"tag": _links(value)} | ({"language": str(langs[0])} if langs else {}),
        ),
    )  # fmt: skip


def _links(value: dict[str, Any]) -> list[dict[str, Any]]:
    """The links, mentions and tags in a text: its facets, each over a range of UTF-8 bytes."""
    found, text = [], str(value.get("text") or "").encode()
    for facet in value.get("facets") or []:
        place = facet.get("index") or {}
        shown = text[place.get("byteStart", 0) : place.get("byteEnd", 0)].decode(errors="replace")
        for feature in facet.get("features") or []:
            if feature.get("uri"):
                found.append({"type": "Link", "href": str(feature["uri"]), "name": shown})
            elif feature.get("did"):
                found.append({"type": "Mention", "href": str(feature["did"]), "name": shown})
            elif feature.get("tag"):
                found.append({"type": "Hashtag", "name": f"#{feature['tag']}"})
    return found


def _embedded(embed: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for image in embed.get("images") or []:
        yield {"type": "Image", "name": _ref(image.get("image")), "summary": image.get("alt", "")}
    if embed.get("video"):
        told = embed.get("alt", "")
        yield {"type": "Video", "name": _ref(embed["video"]), "summary": told}
    if external := embed.get("external"):
        yield {"type": "Link", "href": str(external.get("uri")), "name": external.get("title", ""),
               "summary": external.get("description", "")}  # fmt: skip
    quoted = embed.get("record") or {}
    uri = quoted.get("uri") or (quoted.get("record") or {}).get("uri")
    if uri:
        yield {"type": "Note", "id": str(uri)}
    if isinstance(embed.get("media"), dict):
        yield from _embedded(embed["media"])


def _ref(blob: Any) -> str:
    import libipld

    ref = (blob or {}).get("ref")
    return libipld.encode_cid(ref) if isinstance(ref, bytes) else str(ref or "")


def _at(record: Record) -> Any:
    """What the record says, unless it is no date; a key of the time is the better word then."""
    return stamp(record.value.get("createdAt")) or dated(record.key)


def _subject(record: Record) -> str:
    subject = record.value["subject"]
    return str(subject["uri"] if isinstance(subject, dict) else subject)


def _like(record: Record, where: str) -> Found:
    return did(label, "Like", {"type": "Note", "id": _subject(record)}, _at(record), where)


def _repost(record: Record, where: str) -> Found:
    return did(label, "Announce", {"type": "Note", "id": _subject(record)}, _at(record), where)


def _follow(record: Record, where: str) -> Found:
    return did(label, "Follow", {"type": "Person", "id": _subject(record)}, _at(record), where)


def _block(record: Record, where: str) -> Found:
    return did(label, "Block", {"type": "Person", "id": _subject(record)}, _at(record), where)


def _profile(record: Record, where: str) -> Found:
    parts = [str(record.value.get(key) or "") for key in ("displayName", "description")]
    text = "\n\n".join(part for part in parts if part)
    at = _at(record)
    if at is None:
        return Skipped("profile without a date", where)
    return said(label, Words(text=text, at=at, id=where, title="Profile"))


_MADE = {
    "app.bsky.feed.post": _post,
    "app.bsky.feed.like": _like,
    "app.bsky.feed.repost": _repost,
    "app.bsky.graph.follow": _follow,
    "app.bsky.graph.block": _block,
    "app.bsky.actor.profile": _profile,
}
