"""What a sense reads in bytes: parts for a model, and observations with their place."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from musespark.message import Document, Image, Pages, Part, Table, placed

Box = tuple[int, int, int, int]  # left, top, right, bottom; 0 to 1000 from the left upper corner

LEFT_OUT = "It says where or with what it was taken; that was left out."  # a note


class Observation(Struct, frozen=True, omit_defaults=True):
    """One thing that was read, and where it stands.

    `kind` says what `what` is: "size", "kind" (of picture), "colours", "text", "code", "rows",
    "column", "taken", or "note" for what could not be read. The place is a `box` in a picture
    upright, a `page` from 1, a `sheet` with its `cells` ("B2:B120"), or a `second` and
    the second `until` which it lasts, whichever there is; none means the whole.
    `sure` is 0 to 1 as the `reader` itself says; a reader that does not say is sure.
    """

    kind: str
    what: str
    box: Box | None = None
    page: int = 0
    sheet: str = ""
    cells: str = ""
    second: float | None = None
    until: float | None = None
    sure: float = 1.0
    reader: str = ""

    @property
    def where(self) -> str:
        """The place in words, "" for the whole."""
        return placed(self.page, self.box, self.sheet, self.cells, self.second, self.until)


class Seen(Struct, frozen=True):
    """What a sense made of bytes of the type `media`. The parts have no names: the same bytes come
    under many, and are read once."""

    media: str
    sense: str
    parts: tuple[Part, ...] = ()
    observations: tuple[Observation, ...] = ()


class Sense(Struct, frozen=True):
    """A way to read bytes: `function` is "module:name" of `name(data: bytes, media: str) -> Seen`,
    which runs in a process of its own and raises Problem for what it cannot read. One that
    `streams` gets a binary file to read and seek in, instead of all bytes at once.

    It may take `seconds`; the `settings` it names are given to it by their names.

    `takes` are the media types it reads. What was read is kept until the sense's `version` or one
    of the packages in `readers` changes.
    """

    name: str
    function: str
    takes: tuple[str, ...]
    version: int = 1
    readers: tuple[str, ...] = ()
    about: str = ""
    streams: bool = False
    seconds: float = 60.0
    settings: tuple[str, ...] = ()


def as_json(name: str, seen: Seen) -> dict[str, Any]:
    """What was read, for programs: the bytes of the parts are left out."""
    return {
        "file": name,
        "media": seen.media,
        "sense": seen.sense,
        "parts": [brief(part) for part in seen.parts],
        "observations": seen.observations,
    }


def brief(part: Part) -> dict[str, Any]:
    """A part without its bytes."""
    if isinstance(part, Image):
        media = part.url.partition(";")[0].removeprefix("data:")
        return {"type": "image", "name": part.name, "media": media, "characters": len(part.url)}
    if isinstance(part, Pages):
        data = len(part.data)
        return {"type": "pages", "name": part.name, "text": part.text, "characters": data}
    if isinstance(part, Table):
        data = len(part.data)
        return {"type": "table", "name": part.name, "text": part.text, "characters": data}
    assert isinstance(part, Document)
    return {"type": "document", "name": part.name, "text": part.text}
