"""Reads EPUB: a book by chapter, with its title, headings, tables and pictures."""

from __future__ import annotations

from typing import Any

from musespark import leaves, markings, packed, within
from musespark.leaves import Leaf, Volume
from musespark.media import EPUB
from musespark.observation import Seen
from musespark.readable import decode

takes = (EPUB,)
version = 1
readers = ("lxml", "duckdb")

_MOST = 2_000  # chapters
_XML = "{http://www.idpf.org/2007/opf}"


def book(data: bytes, media: str) -> Seen:
    """The chapters of a book in the order of reading. Raises Problem: `locked_document`,
    `unreadable`, `unpacks_too_large`, `no_text`."""
    archive = packed.Archive(data)
    place, tree = _contents(archive)
    locked = archive.names.keys() & _locked(archive)
    finds = within.Finds("lxml")
    chapters: list[Leaf] = []
    names = _order(place, tree)
    for name in names[:_MOST]:
        if name in locked:
            raise packed.locked()
        page = markings.parsed(decode(archive.read(name) or b"", "") or "")
        if page is None:
            continue
        number = len(chapters) + 1
        found = finds.flow(
            markings.blocks(page), f"chapter {number}", number,
            lambda link, name=name: archive.read(packed.beside(name, link)),  # type: ignore[misc]
        )  # fmt: skip
        own = next((block.text for block in found if block.level), "")
        leaf = leaves.joined(found, " ".join(own.split())[:80])
        if leaf.text.strip():
            chapters.append(leaf)
    notes = finds.notes()
    if len(names) > _MOST:
        notes.append(f"Only the first {_MOST:,} of {len(names):,} chapters were read.")
    volume = Volume(chapters, "chapter", _title(tree), notes=notes)
    return leaves.read(volume, media, "book", "lxml", finds.parts, finds.seen)


def _contents(archive: packed.Archive) -> tuple[str, Any]:
    """The file that says what is in the book, and its tree."""
    container = archive.tree("META-INF/container.xml")
    found = (
        container.xpath("//*[local-name()='rootfile']/@full-path") if container is not None else []
    )
    place = next((str(path) for path in found), "")
    tree = archive.tree(place) if place else None
    if tree is None:
        raise packed.broken("it does not say what is in it")
    return place, tree


def _order(place: str, tree: Any) -> list[str]:
    """The files of the chapters, in the order of reading."""
    files = {
        item.get("id"): packed.beside(place, item.get("href") or "")
        for item in tree.iter(f"{_XML}item")
        if "html" in (item.get("media-type") or "")
    }
    order = (files.get(item.get("idref")) for item in tree.iter(f"{_XML}itemref"))
    return [name for name in dict.fromkeys(order) if name]


def _locked(archive: packed.Archive) -> set[str]:
    """The files that are encrypted."""
    tree = archive.tree("META-INF/encryption.xml")
    if tree is None:
        return set()
    return {str(name) for name in tree.xpath("//*[local-name()='CipherReference']/@URI")}


def _title(tree: Any) -> str:
    found = tree.xpath("//*[local-name()='metadata']/*[local-name()='title']")
    return " ".join("".join(found[0].itertext()).split())[:200] if found else ""
