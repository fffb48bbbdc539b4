"""What is enclosed in an archive beside its words: pictures, sound, video and documents.

A message names them by a path, a name or an address, and each system in a way of its own; they are
found by how the path ends. What several files could be is left out rather than guessed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from msgspec import structs

from musespark.activity import Activity
from musespark.archive import Archive, Member
from musespark.importer import Found, Kept, Media, Skipped

FILE = "file"  # in an attachment: the member that an importer knows it to be
KINDS = {
    "Image": ("jpg", "jpeg", "png", "gif", "webp", "heic", "heif", "avif", "bmp", "tif", "tiff"),
    "Video": ("mp4", "mov", "m4v", "webm", "3gp", "avi", "mkv", "srt"),
    "Audio": ("mp3", "m4a", "aac", "ogg", "opus", "oga", "wav", "flac", "amr", "caf"),
    "Document": ("pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt", "ods", "odp", "rtf",
                 "epub", "vcf", "ics", "md", "pages", "numbers", "key", "dat"),
}  # fmt: skip
_ENDS = {end: kind for kind, ends in KINDS.items() for end in ends}
_BARE = ("Link", "Place", "Note", "Mention", "Hashtag")  # attached, and no file


def kind_of(name: str) -> str:
    """Image, Video, Audio or Document, by how a name ends."""
    return _ENDS.get(name.rpartition(".")[2].lower(), "Document")


class Enclosed:
    """The files of an archive that could be attached to what somebody said."""

    def __init__(self, archive: Archive) -> None:
        self._named: dict[str, list[Member]] = defaultdict(list)
        self._members = {member.name: member for member in archive.members}
        self._used: set[str] = set()
        for member in archive.members:
            self._named[member.short.lower()].append(member)

    @property
    def media(self) -> list[Member]:
        """Those that are pictures, sound, video or documents by their names."""
        return [m for m in self._members.values() if m.short.rpartition(".")[2].lower() in _ENDS]

    def find(self, attachment: dict[str, Any]) -> Member | None:
        """The file that an attachment is, None where it is none or is not there."""
        if (given := attachment.get(FILE)) is not None:
            return self._members.get(str(given))
        for name in (attachment.get("name"), attachment.get("url"), attachment.get("href")):
            if isinstance(name, str) and name and (found := self._ending(name)) is not None:
                return found
        return None

    def _ending(self, name: str) -> Member | None:
        """The one whose path ends most like `name`; of an address on the web three parts of it
        have to be the same, of a path two, where there are as many."""
        where = urlsplit(name) if name.startswith(("http://", "https://")) else None
        path = unquote(where.path) if where else name.replace("\\", "/")
        parts = [part for part in path.lower().split("/") if part not in ("", ".", "..")]
        if not parts:
            return None
        least, best, most = 3 if where else min(len(parts), 2), [], 0
        for member in self._named.get(parts[-1], ()):
            own = member.name.lower().split("/")
            same = 0
            while same < min(len(own), len(parts)) and own[-1 - same] == parts[-1 - same]:
                same += 1
            if same < min(least, len(own)) or (where and same < least):
                continue
            if same > most:
                best, most = [member], same
            elif same == most:
                best.append(member)
        return best[0] if len(best) == 1 else None

    def with_media(self, found: Found, wanted: bool) -> Iterator[Found]:
        """An activity, then each file of it: what the archive has and what it has not."""
        if not isinstance(found, Activity) or not isinstance(found.object, dict):
            yield found
            return
        given = found.object.get("attachment")
        if not isinstance(given, list):
            yield found
            return
        bare = [{k: v for k, v in one.items() if k != FILE} if isinstance(one, dict) else one
                for one in given]  # fmt: skip
        yield structs.replace(found, object={**found.object, "attachment": bare})
        if not wanted or not found.uri:
            return
        for place, one in enumerate(given):
            if not isinstance(one, dict) or one.get("type") in _BARE:
                continue
            name = str(one.get(FILE) or one.get("name") or one.get("url") or "")
            member = self.find(one)
            if member is None:
                yield Skipped("file that the archive names and does not hold", name[:160])
                continue
            self._used.add(member.name)
            row = {"id": f"{found.uri} {place}", "activity": found.uri, "place": place,
                   "name": _titled(member, one)}  # fmt: skip
            yield Media(member, Kept("media", row))

    def unnamed(self) -> Iterator[Skipped]:
        """What nothing in the archive named."""
        for member in self.media:
            if member.name not in self._used:
                yield Skipped("file that nothing in the archive names", member.name[-160:])


def _titled(member: Member, attachment: dict[str, Any]) -> str:
    """What a file is called: as it was by whoever sent it, where its system says that."""
    name = str(attachment.get("name") or "")
    own = FILE in attachment and "." in name and "/" not in name
    return re.sub(r"[\x00-\x1f\x7f]", "", name if own else member.short)[-200:] or "file"
