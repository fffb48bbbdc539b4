"""Reads HTML: what is seen of a page, with its headings and tables; scripts are dropped."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote_to_bytes

from musespark import leaves, markings, within
from musespark.leaves import Volume
from musespark.observation import Seen
from musespark.problem import Problem
from musespark.readable import decode

takes = ("text/html",)
version = 1
readers = ("lxml", "duckdb")


def page(data: bytes, media: str) -> Seen:
    """The text of a page. Nothing that it links to is fetched. Raises Problem: `no_text`."""
    text = decode(data, "") or ""
    tree = markings.parsed(text) if "<" in text else None
    if tree is None:
        raise Problem(
            "no_text", "{name} holds no text.", why="There is nothing on the page.",
            next="Check that it was saved whole.", status=422,
        )  # fmt: skip
    finds = within.Finds("lxml")
    title = markings.title_of(tree)
    leaf = leaves.joined(finds.flow(markings.blocks(tree), "", fetch=inside))
    volume = Volume(leaves.parted(leaf), "part", title, notes=finds.notes())
    return leaves.read(volume, media, "page", "lxml", finds.parts, finds.seen)


def inside(address: str) -> bytes | None:
    """A picture that stands in the page itself, as a `data:` URL."""
    head, comma, body = address.partition(",")
    if not head.startswith("data:image/") or not comma:
        return None
    try:
        plain = unquote_to_bytes(body)
        return base64.b64decode(plain) if head.endswith(";base64") else plain
    except (ValueError, binascii.Error):
        return None
