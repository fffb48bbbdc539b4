"""What a browser does with the patches of a message, in a few lines: for tests without one."""

from __future__ import annotations

import html
from html.parser import HTMLParser
from typing import Any

import msgspec

EMPTY = ("hr", "br")
_escape = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\xa0": "&nbsp;"})


class Node:
    """An element: its tag, its attributes, what is in it."""

    def __init__(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tag, self.attributes = tag, dict(attributes)
        self.inside: list[Node | str] = []
        self.kept = 0

    @property
    def html(self) -> str:
        inside = "".join(
            each.translate(_escape) if isinstance(each, str) else each.html for each in self.inside
        )
        said = "".join(
            f' {name}="{html.escape(value or "", quote=False).replace(chr(34), "&quot;")}"'
            for name, value in self.attributes.items()
            if name != "data-tail"
        )
        return f"<{self.tag}{said}>" + ("" if self.tag in EMPTY else f"{inside}</{self.tag}>")

    def marks(self) -> list[Node]:
        """The elements with a mark, outermost first."""
        own = [self] if "data-tail" in self.attributes else []
        return own + [m for each in self.inside if isinstance(each, Node) for m in each.marks()]


class Parser(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.root = Node("", [])
        self.stack = [self.root]
        self.feed(text)
        self.close()
        assert self.stack == [self.root], f"unbalanced: {text!r}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, attrs)
        self.stack[-1].inside.append(node)
        if tag not in EMPTY:
            self.stack.append(node)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self.stack[-1].inside.append(data)


def parsed(text: str) -> list[Node | str]:
    return Parser(text).root.inside


def settle(node: Node | str) -> None:
    """Put the marks of what has come at the ends of their elements."""
    for mark in node.marks() if isinstance(node, Node) else ():
        mark.kept = len(mark.inside)


class Browser:
    """The blocks of one message, changed by its patches."""

    def __init__(self) -> None:
        self.blocks: list[Node] = []
        self.ended = False
        self.sent = 0

    def apply(self, patch: Any) -> None:
        value = msgspec.to_builtins(patch)
        self.sent += len(msgspec.json.encode(value))
        if value.get("fresh"):
            self.blocks = []
        if "whole" in value:
            self.blocks = [node for node in parsed(value["whole"]) if isinstance(node, Node)]
        if value.get("end"):
            self.ended = True
            assert value["blocks"] == len(self.blocks)
        if "block" not in value:
            return
        at = value["block"]
        if value.get("drop"):
            del self.blocks[at:]
            return
        number = value.get("at", 0)
        if "open" in value:
            assert at <= len(self.blocks)
            (node,) = parsed(value["open"])
            assert isinstance(node, Node)
            self.blocks[at : at + 1] = [node]
            settle(node)
            if not node.marks():
                return
        mark = self.blocks[at].marks()[number]
        del mark.inside[mark.kept :]
        mark.inside += parsed(value.get("keep", ""))
        mark.kept = len(mark.inside)
        mark.inside += parsed(value.get("tail", ""))
        for each in mark.inside[mark.kept :]:
            settle(each)
        if "inner" in value:
            self.blocks[at].marks()[number + 1].inside += parsed(value["inner"])

    @property
    def html(self) -> str:
        return "".join(block.html for block in self.blocks)
