"""Meta's "Download your information": what Facebook, Instagram and Meta AI write alike.

Its JSON holds UTF-8 whose bytes were each escaped as a Latin-1 character (`caf\\u00c3\\u00a9`), so
every text is repaired. Labels are in the person's language; what they mean is told by their shape.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import partial
from typing import Any

from musespark.archive import Archive, Member, stamp
from musespark.enclosed import kind_of
from musespark.imported import Same, Words, address, did, guarded, said
from musespark.importer import Found, Skipped
from musespark.problem import Problem
from musespark.streamed import whole

_MEDIA = {"photos": "Image", "videos": "Video", "audio_files": "Audio", "gifs": "Image",
          "files": "Document", "media": "Document"}  # fmt: skip
FACEBOOK, INSTAGRAM = "profile_information.json", "personal_information.json"
_THREADS = ("inbox", "archived_threads", "message_requests", "filtered_threads", "e2ee_cutover")


def repaired(value: Any) -> Any:
    """The same with every text in it as it was written."""
    if isinstance(value, str):
        if value.isascii():
            return value
        try:
            return value.encode("latin-1").decode("utf-8")
        except UnicodeError:
            return value
    if isinstance(value, list):
        return [repaired(each) for each in value]
    if isinstance(value, dict):
        return {repaired(key): repaired(each) for key, each in value.items()}
    return value


def texts(value: Any, *keys: str) -> Iterator[Any]:
    """Every value under one of the keys, however deep, in the order of the file."""
    if isinstance(value, list):
        for each in value:
            yield from texts(each, *keys)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key in keys:
                yield each
            if isinstance(each, dict | list):
                yield from texts(each, *keys)


def attachments(value: Any) -> tuple[dict[str, Any], ...]:
    """The media, links and places that a post names."""
    found: list[dict[str, Any]] = []
    for media in texts(value, "media"):
        for one in media if isinstance(media, list) else [media]:
            if isinstance(one, dict) and one.get("uri"):
                found.append(_file(one, kind_of(str(one["uri"]))))
    for link in texts(value, "external_context"):
        if isinstance(link, dict) and link.get("url"):
            found.append({"type": "Link", "href": link["url"], "name": str(link.get("name", ""))})
    for place in texts(value, "place"):
        if isinstance(place, dict) and place.get("name"):
            found.append({"type": "Place", "name": str(place["name"])})
    return tuple(found)


def _file(one: dict[str, Any], kind: str) -> dict[str, Any]:
    told = str(one.get("description") or one.get("title") or "")
    return {"type": kind, "name": str(one["uri"])} | ({"summary": told} if told else {})


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


class Labels:
    """What stands in an entry of either of the two shapes that Meta uses: `label_values`, or maps
    and lists of strings. Labels are in small letters; several of one name are all kept."""

    def __init__(self, entry: Any) -> None:
        entry = entry if isinstance(entry, dict) else {}
        self.values: list[tuple[str, str]] = []
        self.links: list[str] = []
        self.at = stamp(entry.get("timestamp") or entry.get("creation_timestamp"))
        self.title = str(entry.get("title") or "")
        self._take(entry.get("label_values"))
        named = entry.get("string_map_data")
        for label, each in named.items() if isinstance(named, dict) else ():
            self._one({"label": label, **(each if isinstance(each, dict) else {})})
        for each in _list(entry.get("string_list_data")):
            if isinstance(each, dict):
                self._one({"label": "", **each})

    def _take(self, entries: Any) -> None:
        for each in _list(entries):
            if isinstance(each, dict):
                self._one(each)
                self._take([e for key in ("dict", "vec") for e in _list(each.get(key))])

    def _one(self, each: dict[str, Any]) -> None:
        value, label = each.get("value"), str(each.get("label") or each.get("title") or "").lower()
        if isinstance(value, str) and value:
            self.values.append((label, value))
        if isinstance(each.get("href"), str) and each["href"]:
            self.links.append(each["href"])
        self.at = stamp(each.get("timestamp_value") or each.get("timestamp")) or self.at

    def of(self, *labels: str) -> str:
        """The value of the first label that there is."""
        for label in labels:
            for name, value in self.values:
                if name == label:
                    return value
        return ""


def owner(archive: Archive, *names: str) -> str:
    """What the person is called in the download, where one of these files says so."""
    if archive.me:
        return archive.me
    for member in archive.find(*names or (FACEBOOK, INSTAGRAM)):
        found = _read(member)
        for name in texts(found, "full_name"):
            if isinstance(name, str) and name:
                return name
        for entry in texts(found, "profile_user"):
            one = Labels(entry[0] if _list(entry) else {})
            return one.of("name") or one.of("username") or (one.values or [("", "")])[0][1]
    return ""


def _read(member: Member) -> Any:
    try:
        return repaired(whole(member))
    except Problem as problem:
        if problem.code == "archive_bomb":
            raise
        return None


def threads(archive: Archive, origin: str, folder: str, me: str) -> Iterator[Found]:
    """The messages of every conversation below `folder`, oldest first; `me` is the person's name.
    A conversation lies in `message_1.json` (the newest), `message_2.json` and so on."""
    files = archive.find(*(f"{kind}/*/message_*.json" for kind in _THREADS))
    grouped: dict[str, list[Member]] = defaultdict(list)
    for member in files:
        if not folder or folder in member.name or "your_" not in member.name:
            grouped[member.name.rpartition("/")[0]].append(member)
    me = me or _everywhere([members[0] for members in grouped.values()])
    for place, members in grouped.items():
        same, named = Same(), place.rpartition("/")[2]
        context = address(origin, "thread", named)
        for member in reversed(members):  # the first file is the newest
            found = _read(member)
            if not isinstance(found, dict) or not isinstance(found.get("messages"), list):
                yield Skipped("broken or cut off", member.name)
                continue
            title = str(found.get("title") or found.get("threadName") or "")
            own = me or (_people(found) or [""])[-1]
            for message in reversed(found["messages"]):
                at = (context, title, own, named)
                made = partial(_message, message, origin, at, same)
                yield from guarded(made, member.name)


def _everywhere(members: list[Member]) -> str:
    """Who takes part in every conversation: the person, where there are several."""
    seen: Counter[str] = Counter()
    for member in members[:200]:
        found = _read(member)
        seen.update(set(_people(found)))
    count = min(len(members), 200)
    always = [name for name, times in seen.items() if times == count and count > 1]
    return always[0] if len(always) == 1 else ""


def _people(found: Any) -> list[str]:
    """Who takes part in a conversation."""
    return [_name(p) for p in _list(found.get("participants"))] if isinstance(found, dict) else []


def _name(one: Any) -> str:
    return str(one.get("name") or "") if isinstance(one, dict) else str(one)


def _message(
    message: dict[str, Any], origin: str, place: tuple[str, str, str, str], same: Same
) -> Iterator[Found]:
    context, title, own, named = place
    who = str(message.get("sender_name") or message.get("senderName") or "")
    at = stamp(message.get("timestamp_ms") or message.get("timestamp"))
    text = str(message.get("content") or message.get("text") or "")
    if message.get("is_unsent") or message.get("isUnsent"):
        yield Skipped("message that was taken back", title)
        return
    if "call_duration" in message:
        yield Skipped("call", title)
        return
    share = message.get("share")
    if isinstance(share, dict):
        parts = [text, str(share.get("share_text") or ""), str(share.get("link") or "")]
        text = "\n".join(dict.fromkeys(part for part in parts if part))
    attached = [
        _file(one, kind)
        for key, kind in _MEDIA.items()
        for one in message.get(key) or []
        if isinstance(one, dict) and one.get("uri")
    ]
    if isinstance(message.get("sticker"), dict) and message["sticker"].get("uri"):
        attached.append(_file(message["sticker"], "Image"))
    stamped = message.get("timestamp_ms") or message.get("timestamp")
    number = same.number(who, stamped, text)
    id = address(origin, "message", named, stamped, who, text[:2000], number)
    by = "" if who == own else who or "somebody"
    yield said(origin, Words(text=text, at=at, id=id, by=by, context=context, title=title,
                             attached=tuple(attached)))  # fmt: skip
    for reaction in message.get("reactions") or []:
        if isinstance(reaction, dict) and str(reaction.get("actor")) == own:
            mark = str(reaction.get("reaction") or "")
            thing = {"type": "Note", "id": id, "content": mark}
            yield did(origin, "Like", thing, at, address(origin, "reaction", id, mark))
