"""What an importer is and gives: activities, what it left out, and rows of an export of our own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from musespark.activity import Activity

if TYPE_CHECKING:
    from musespark.archive import Archive


ME = "urn:musespark:me"  # stands for the person whose archive it is, where a name would do


class Skipped(Struct, frozen=True):
    """Something that was left out: why, in a few words that many share, and which."""

    why: str
    example: str = ""


class Kept(Struct, frozen=True):
    """What an export of our own holds beside activities: what kind of thing, and its fields."""

    kind: str
    row: dict[str, Any]


Found = Activity | Skipped | Kept


class Importer(Struct, frozen=True):
    """How one system's exports are read: `fits` says whether an archive is one, `read` gives what
    is in it, always in the same order; `label` is what people call the system."""

    name: str
    read: Callable[[Archive], Iterator[Found]]
    fits: Callable[[Archive], bool]
    label: str
    about: str = ""
