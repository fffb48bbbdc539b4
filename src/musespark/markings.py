"""HTML as a reader sees it: headings, paragraphs, lists, tables; scripts and what is hidden go."""

from __future__ import annotations

import importlib
from typing import Any

from musespark import html_tables
from musespark.leaves import Block
from musespark.readable import without_hidden

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SKIPPED = ("head", "title", "meta", "link", "base")
_WORDS = """
address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer
form h1 h2 h3 h4 h5 h6 header hr html li main nav ol p pre section summary ul td th tr table tbody
thead tfoot caption
"""
_BLOCKS = frozenset(_WORDS.split())
_DEEPEST = 400  # elements within each other


def parsed(text: str) -> Any:
    """The tree of a page with nothing in it that is not seen; None for what is no page."""
    html: Any = importlib.import_module("lxml.html")
    etree: Any = importlib.import_module("lxml.etree")

    parser = html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=False
    )
    try:
        tree = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (ValueError, SyntaxError, etree.LxmlError):
        return None
    without_hidden(tree)
    return tree


def title_of(tree: Any) -> str:
    """What a page calls itself."""
    for path in ("//head//title", "//title"):
        for node in tree.xpath(path):
            if words := " ".join("".join(node.itertext()).split()):
                return words[:200]
    return ""


def blocks(tree: Any) -> list[Block]:
    """The blocks of a page, in order."""
    found: list[Block] = []
    line: list[str] = []

    def end(level: int = 0, lead: str = "") -> None:
        lines = (" ".join(each.split()) for each in "".join(line).split("\0"))
        text = "\n".join(each for each in lines if each)
        line.clear()
        if text:
            found.append(Block(f"{lead}{text}", level))

    _walk(tree, found, line, end, 0)
    end()
    return found


def _walk(node: Any, found: list[Block], line: list[str], end: Any, depth: int) -> None:
    tag = node.tag
    if not isinstance(tag, str) or tag in _SKIPPED or depth > _DEEPEST:
        return
    if tag == "br":
        line.append("\0")
        return
    if tag == "img":
        found.append(Block(picture=node.get("src") or "?"))
        return
    if tag == "table" and node.find(".//table") is None:
        for grid in html_tables.of_tree(node):
            end()
            rows = [grid.header, *grid.rows] if any(grid.header) else grid.rows
            line.append(grid.caption)
            end()
            found.append(Block(rows=[list(row) for row in rows]))
            return
    if tag == "pre":
        end()
        line.append("\0".join("".join(node.itertext()).splitlines()))
        end()
        return
    block = tag in _BLOCKS
    if block:
        end()
    line.append(node.text or "")
    for child in node:
        _walk(child, found, line, end, depth + 1)
        line.append(child.tail or "")
    if block:
        end(_HEADINGS.get(tag, 0), "- " if tag == "li" else "")
