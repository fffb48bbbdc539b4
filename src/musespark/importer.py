"""What an importer is and gives: activities, what it left out, and rows of an export of our own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from musespark.activity import Activity

if TYPE_CHECKING:
    from musespark.archive import Archive, Member


PIECE = "piece"  # the kind of the next bytes of a file
ME = "urn:musespark:me"  # stands for the person whose archive it is, where a name would do


class Skipped(Struct, frozen=True):
    """Something that was left out: why, in a few words that many share, and which."""

    why: str
    example: str = ""


class Kept(Struct, frozen=True):
    """What an export of our own holds beside activities: what kind of thing, and its fields."""

    kind: str
    row: dict[str, Any]


class Media(Struct, frozen=True):
    """A file in the archive itself: its bytes are read when its turn comes, and `kept` after them
    says what they are. Its row has an `id` that no other file has meanwhile."""

    member: Member
    kept: Kept


Found = Activity | Skipped | Kept | Media


class Importer(Struct, frozen=True):
    """How one system's exports are read: `fits` says whether an archive is one, `read` gives what
    is in it, always in the same order; `label` is what people call the system."""

    name: str
    read: Callable[[Archive], Iterator[Found]]
    fits: Callable[[Archive], bool]
    label: str
    about: str = ""
