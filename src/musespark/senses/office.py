"""Reads DOCX, PPTX and ODT: headings, text by page or slide, tables, pictures, footnotes, notes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from musespark import leaves, packed, within
from musespark.leaves import Block, Leaf, Volume
from musespark.media import DOC, DOCX, LOCKED, ODT, OLE, PPT, PPTX
from musespark.observation import Box, Seen
from musespark.packed import Archive
from musespark.problem import Problem

takes = (DOCX, PPTX, ODT, DOC, PPT, OLE, LOCKED)
version = 1
readers = ("lxml", "duckdb")

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_CHOICE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_T = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_DEEPEST = 60  # elements within each other
_MOST_CELLS = 200_000
_PAGE = Block(picture="\f")  # where a page ends


def office(data: bytes, media: str) -> Seen:
    """The text of a document or the slides of a presentation. Raises Problem: `old_format`,
    `locked_document`, `unreadable`, `unpacks_too_large`, `no_text`."""
    if media == LOCKED:
        raise packed.locked()
    if media in (DOC, PPT, OLE):
        raise _old(media)
    archive = Archive(data)
    finds = within.Finds("lxml")
    if media == PPTX:
        volume = Volume(_slides(archive, finds), "slide", _title(archive))
    else:
        blocks = _writing(archive) if media == ODT else _document(archive)
        volume = _paged(blocks, finds, archive, "" if media == ODT else "word/document.xml")
        volume.title = _title(archive)
    volume.notes += finds.notes()
    return leaves.read(volume, media, "office", "lxml", finds.parts, finds.seen)


def _old(media: str) -> Problem:
    kind = {DOC: "a Word document", PPT: "a PowerPoint presentation"}.get(media, "a file")
    return Problem(
        "old_format", "{name} is in an old format that is not read.",
        why=f"It is {kind} in the format from before 2007.", status=415,
        next="Open it and save it as DOCX, PPTX or PDF, and attach that.",
    )  # fmt: skip


def _title(archive: Archive) -> str:
    for name in ("docProps/core.xml", "meta.xml"):
        tree = archive.tree(name)
        found = tree.xpath("//*[local-name()='title']") if tree is not None else []
        if found and found[0].text:
            return " ".join(found[0].text.split())[:200]
    return ""


def _links(archive: Archive, name: str) -> dict[str, str]:
    """The links of a file in the archive: their ids, and the files that they lead to."""
    folder, _, file = name.rpartition("/")
    tree = archive.tree(f"{folder}/_rels/{file}.rels")
    if tree is None:
        return {}
    return {
        one.get("Id") or "": packed.beside(name, one.get("Target") or "")
        for one in tree
        if isinstance(one.tag, str) and one.get("TargetMode") != "External"
    }


def _fetch(archive: Archive, name: str) -> Callable[[str], bytes | None]:
    """How a picture is found by the id of its link, or by its own name."""
    links = _links(archive, name) if name else {}
    return lambda own: archive.read(links.get(own, own)) if links.get(own, own) else None


def _paged(blocks: list[Block], finds: within.Finds, archive: Archive, name: str) -> Volume:
    """Blocks as pages, where the file says how they were laid out, else as one text in parts."""
    pages: list[list[Block]] = [[]]
    for block in blocks:
        if block is _PAGE:
            if any(one.text or one.rows for one in pages[-1]):
                pages.append([])
        else:
            pages[-1].append(block)
    fetch, paged = _fetch(archive, name), len(pages) > 1
    found: list[Leaf] = []
    for number, page in enumerate(pages, 1):
        place = f"page {number}" if paged else ""
        found.append(leaves.joined(finds.flow(page, place, number if paged else 0, fetch)))
    while len(found) > 1 and not found[-1].text:
        found.pop()
    return Volume(found, "page") if paged else Volume(leaves.parted(found[0]), "part")


# DOCX


def _document(archive: Archive) -> list[Block]:
    tree = archive.tree("word/document.xml")
    body = tree.find(f"{_W}body") if tree is not None else None
    if body is None:
        raise packed.broken("it holds no document")
    ranks = _ranks(archive)
    blocks: list[Block] = []
    _take(body, blocks, ranks, 0)
    notes = [
        text
        for kind in ("footnote", "endnote")
        for text in _footnotes(archive.tree(f"word/{kind}s.xml"), kind, ranks)
    ]
    return blocks + ([Block("Notes:\n" + "\n".join(notes))] if notes else [])


def _take(parent: Any, blocks: list[Block], ranks: dict[str, int], depth: int) -> None:
    if depth > _DEEPEST:
        return
    for node in parent:
        if node.tag == f"{_W}p":
            _paragraph(node, blocks, ranks)
        elif node.tag == f"{_W}tbl":
            rows = _rows(node, ranks)
            if len(rows) > 1 and len(rows[0]) > 1:
                blocks.append(Block(rows=rows))
            else:  # one cell around other things lays them out
                blocks += [Block(cell) for row in rows for cell in row if cell]
        elif isinstance(node.tag, str) and node.tag not in (_CHOICE, f"{_W}del"):
            _take(node, blocks, ranks, depth + 1)


def _ranks(archive: Archive) -> dict[str, int]:
    """The level of heading that each style stands for."""
    tree = archive.tree("word/styles.xml")
    ranks: dict[str, int] = {}
    for style in tree.iter(f"{_W}style") if tree is not None else ():
        own, name = style.get(f"{_W}styleId") or "", style.find(f"{_W}name")
        said = (name.get(f"{_W}val") or "").lower() if name is not None else ""
        outline = style.find(f"{_W}pPr/{_W}outlineLvl")
        level = outline.get(f"{_W}val") if outline is not None else None
        if said == "title":
            ranks[own] = 1
        elif said.startswith("heading ") and said[8:].isdecimal():
            ranks[own] = min(int(said[8:]), 6)
        elif level is not None and level.isdecimal() and int(level) < 9:
            ranks[own] = min(int(level) + 1, 6)
    return ranks


def _paragraph(node: Any, blocks: list[Block], ranks: dict[str, int]) -> None:
    """A paragraph, cut where a page ended when it was last laid out."""
    style = node.find(f"{_W}pPr/{_W}pStyle")
    own = style.get(f"{_W}val") or "" if style is not None else ""
    level = ranks.get(own, 0)
    lead = "- " if node.find(f"{_W}pPr/{_W}numPr") is not None and not level else ""
    text: list[str] = []

    def end() -> None:
        said = "".join(text)
        if said.strip():
            blocks.append(Block(f"{lead}{said.strip()}", level))
        text.clear()

    if node.find(f"{_W}pPr/{_W}pageBreakBefore") is not None:
        blocks.append(_PAGE)
    for what in _runs(node, 0):
        if what == "\f":
            end()
            blocks.append(_PAGE)
        elif what.startswith("\0"):
            end()
            blocks.append(Block(picture=what[1:]))
        else:
            text.append(what)
    end()


def _runs(node: Any, depth: int) -> Iterator[str]:
    """The words of a paragraph; "\\f" where a page ends, "\\0" and a link for a picture."""
    if depth > _DEEPEST:
        return
    for child in node:
        tag = child.tag
        if tag == f"{_W}t":
            yield (child.text or "").replace("\0", "").replace("\f", " ")
        elif tag in (f"{_W}tab", f"{_W}cr"):
            yield "\t" if tag == f"{_W}tab" else "\n"
        elif tag == f"{_W}br":
            yield "\f" if child.get(f"{_W}type") == "page" else "\n"
        elif tag == f"{_W}lastRenderedPageBreak":
            yield "\f"
        elif tag == f"{_A}blip":
            yield f"\0{child.get(f'{_R}embed') or ''}"
        elif tag in (f"{_W}footnoteReference", f"{_W}endnoteReference"):
            yield f"[{child.get(f'{_W}id') or '?'}]"
        elif isinstance(tag, str) and tag not in (f"{_W}del", f"{_W}pPr", f"{_W}rPr", _CHOICE):
            yield from _runs(child, depth + 1)


def _footnotes(tree: Any, kind: str, ranks: dict[str, int]) -> Iterator[str]:
    for note in tree if tree is not None else ():
        if note.tag == f"{_W}{kind}" and note.get(f"{_W}type") is None:
            words = "".join(what for what in _runs(note, 0) if what[:1] not in ("\0", "\f"))
            if words.strip():
                yield f"[{note.get(f'{_W}id') or '?'}] {' '.join(words.split())}"


def _rows(table: Any, ranks: dict[str, int]) -> list[list[str]]:
    rows: list[list[str]] = []
    cells = 0
    for row in table.iter(f"{_W}tr"):
        said: list[str] = []
        for cell in row.iter(f"{_W}tc"):
            inner = [
                "".join(what for what in _runs(one, 0) if what[:1] not in ("\0", "\f"))
                for one in cell.iter(f"{_W}p")
            ]
            said.append(" ".join(" ".join(inner).split()))
            across = cell.find(f"{_W}tcPr/{_W}gridSpan")
            wide = across.get(f"{_W}val") or "1" if across is not None else "1"
            said += [""] * (min(int(wide), 50) - 1 if wide.isdecimal() else 0)
        if any(said):
            rows.append(said)
            cells += len(said)
        if cells > _MOST_CELLS:
            break
    width = min(max(map(len, rows), default=0), 200)
    return [(row + [""] * (width - len(row)))[:width] for row in rows]


# PPTX


def _slides(archive: Archive, finds: within.Finds) -> list[Leaf]:
    show = archive.tree("ppt/presentation.xml")
    if show is None:
        raise packed.broken("it holds no presentation")
    links = _links(archive, "ppt/presentation.xml")
    size = show.find(f"{_P}sldSz")
    wide, tall = (_number(size.get(name)) if size is not None else 0 for name in ("cx", "cy"))
    found: list[Leaf] = []
    for entry in show.iter(f"{_P}sldId"):
        name = links.get(entry.get(f"{_R}id") or "", "")
        tree = archive.tree(name) if name else None
        if tree is None:
            continue
        number = len(found) + 1
        blocks: list[Block] = []
        _shapes(tree, blocks, (wide, tall), 0)
        notes = next((n for n in _links(archive, name).values() if "/notesSlide" in n), "")
        spoken: list[Block] = []
        aside = archive.tree(notes) if notes else None
        if aside is not None:
            _shapes(aside, spoken, (0, 0), 0)
        words = "\n".join(one.text for one in spoken if not one.text.strip().isdecimal())
        blocks += [Block(f"Notes: {words}")] if words.strip() else []
        flow = finds.flow(blocks, f"slide {number}", number, _fetch(archive, name))
        own = next((one.text for one in flow if one.level), "")
        found.append(leaves.joined(flow, " ".join(own.split())[:80]))
    return found


def _number(said: str | None) -> int:
    return int(said) if said is not None and said.lstrip("-").isdecimal() and len(said) < 13 else 0


def _shapes(parent: Any, blocks: list[Block], size: tuple[int, int], depth: int) -> None:
    if depth > _DEEPEST:
        return
    for node in parent:
        if node.tag == f"{_P}sp":
            box = _box(node, f"{_P}spPr/{_A}xfrm", size)
            kind = node.find(f"{_P}nvSpPr/{_P}nvPr/{_P}ph")
            what = kind.get("type") if kind is not None else ""
            text = _said(node.find(f"{_P}txBody"))
            if text and what not in ("sldNum", "dt", "ftr", "sldImg"):
                blocks.append(Block(text, 1 if what in ("title", "ctrTitle") else 0, box))
        elif node.tag == f"{_P}pic":
            blip = node.find(f"{_P}blipFill/{_A}blip")
            link = blip.get(f"{_R}embed") if blip is not None else None
            if link:
                blocks.append(Block(box=_box(node, f"{_P}spPr/{_A}xfrm", size), picture=link))
        elif node.tag == f"{_P}graphicFrame":
            rows = [
                [_said(cell.find(f"{_A}txBody")) for cell in row.iter(f"{_A}tc")]
                for row in node.iter(f"{_A}tr")
            ]
            width = max(map(len, rows), default=0)
            rows = [row + [""] * (width - len(row)) for row in rows]
            box = _box(node, f"{_P}xfrm", size)
            if len(rows) > 1 and width > 1:
                blocks.append(Block(rows=rows, box=box))
        elif isinstance(node.tag, str) and node.tag != _CHOICE:
            _shapes(node, blocks, size, depth + 1)


def _said(body: Any) -> str:
    """The paragraphs of a shape."""
    lines = []
    for paragraph in body.iter(f"{_A}p") if body is not None else ():
        words = ""
        for node in paragraph.iter(f"{_A}t", f"{_A}br"):
            words += (node.text or "") if node.tag == f"{_A}t" else "\n"
        if words.strip():
            lines.append(words.strip())
    return "\n".join(lines)


def _box(node: Any, path: str, size: tuple[int, int]) -> Box | None:
    """Where a shape stands on its slide."""
    place = node.find(path)
    start, span = (place.find(f"{_A}{n}") if place is not None else None for n in ("off", "ext"))
    if start is None or span is None or not all(size):
        return None
    left, top = _number(start.get("x")), _number(start.get("y"))
    edges = (left, top, left + _number(span.get("cx")), top + _number(span.get("cy")))
    a, b, c, d = (
        min(max(round(1000 * edge / size[n % 2]), 0), 1000) for n, edge in enumerate(edges)
    )
    return a, b, c, d


# ODT


def _writing(archive: Archive) -> list[Block]:
    tree = archive.tree("content.xml")
    found = (
        tree.xpath("//*[local-name()='body']/*[local-name()='text']") if tree is not None else []
    )
    if not found:
        raise packed.broken("it holds no document")
    blocks: list[Block] = []
    _written(found[0], blocks, "", 0)
    return blocks


def _written(parent: Any, blocks: list[Block], lead: str, depth: int) -> None:
    if depth > _DEEPEST:
        return
    for node in parent:
        tag = node.tag
        if tag in (f"{_T}h", f"{_T}p"):
            level = node.get(f"{_T}outline-level") or "1"
            rank = (min(int(level), 6) if level.isdecimal() else 1) if tag == f"{_T}h" else 0
            text: list[str] = []
            for what in _spans(node, 0):
                if what[:1] in ("\0", "\f"):
                    if "".join(text).strip():
                        blocks.append(Block(lead + "".join(text).strip(), rank))
                    text.clear()
                    blocks.append(_PAGE if what == "\f" else Block(picture=what[1:]))
                else:
                    text.append(what)
            if "".join(text).strip():
                blocks.append(Block(lead + "".join(text).strip(), rank))
        elif tag == f"{_T}soft-page-break":
            blocks.append(_PAGE)
        elif tag == f"{_TABLE}table":
            rows = [
                [
                    " ".join("".join(cell.itertext()).split())
                    for cell in row.iter(f"{_TABLE}table-cell")
                ]
                for row in node.iter(f"{_TABLE}table-row")
            ]
            rows = [row for row in rows if any(row)]
            width = max(map(len, rows), default=0)
            if len(rows) > 1 and 1 < width <= 200:
                blocks.append(Block(rows=[row + [""] * (width - len(row)) for row in rows]))
        elif isinstance(tag, str) and not tag.endswith("}tracked-changes"):
            _written(node, blocks, "- " if tag == f"{_T}list-item" else lead, depth + 1)


def _spans(node: Any, depth: int) -> Iterator[str]:
    yield node.text or ""
    for child in node:
        if child.tag == f"{_T}s":
            yield " "
        elif child.tag in (f"{_T}tab", f"{_T}line-break"):
            yield "\t" if child.tag == f"{_T}tab" else "\n"
        elif child.tag == f"{_T}soft-page-break":
            yield "\f"
        elif isinstance(child.tag, str) and child.tag.endswith("}image"):
            yield f"\0{packed.beside('content.xml', child.get(_LINK) or '')}"
        elif isinstance(child.tag, str) and depth < _DEEPEST:
            yield from _spans(child, depth + 1)
        yield child.tail or ""
