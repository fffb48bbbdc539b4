"""Reads texts: plain ones in any encoding and Markdown, long ones in parts with their headings."""

from __future__ import annotations

from musespark import leaves
from musespark.leaves import Leaf, Volume
from musespark.media import decoded, media_of
from musespark.observation import Seen
from musespark.problem import Problem

takes = ("text/plain", "text/markdown", "application/rtf")
version = 1
readers = ("striprtf",)


def text(data: bytes, media: str) -> Seen:
    """A text as it is; one that is long with its outline. Raises Problem: `no_text`."""
    said = decoded(data)
    if said is None or not media_of(data).startswith(("text/", "application/")):
        raise Problem(
            "no_text", "{name} holds no text.", why="Its bytes are in no encoding of letters.",
            next="Save it as UTF-8.", status=422,
        )  # fmt: skip
    said = said.removeprefix("\ufeff")
    if media == "application/rtf":
        from striprtf.striprtf import rtf_to_text

        said = rtf_to_text(said, errors="ignore")  # type: ignore[no-untyped-call]
    said = said.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    parts = leaves.cut(said) if len(said) > leaves.SHORT else [Leaf(said)]
    return leaves.read(Volume(parts, "part"), media, "text", "")
