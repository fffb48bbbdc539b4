"""Tools that would let something out, and models that want them used: for tests of the gate."""

from __future__ import annotations

import asyncio
from typing import Any

from musespark.engine import Engine
from musespark.message import Source
from musespark.model import Request
from musespark.scripted import Reply, ScriptedModel
from musespark.tool import Outside, Tool

EVIL = "evil.example"


def _schema(*names: str) -> dict[str, Any]:
    return {"type": "object", "properties": {name: {"type": "string"} for name in names}}


class Outbox:
    """Tools as an operator may have them, and what each of them let out: `left` is every call that
    ran, by its tool. What `read_page` and `notes_read` give is `words`."""

    def __init__(self, words: str = "Tulips are in flower.") -> None:
        self.words = words
        self.left: list[tuple[str, dict[str, Any]]] = []
        self.slow = 0.0

    def ran(self, name: str) -> list[dict[str, Any]]:
        return [arguments for tool, arguments in self.left if tool == name]

    def _tool(self, name: str, *arguments: str, says: Any = "done", **kind: Any) -> Tool:
        async def call(given: dict[str, Any], turn: Any) -> object:
            self.left.append((name, given))
            await asyncio.sleep(self.slow)
            return says() if callable(says) else says

        return Tool(name, f"Use {name}.", _schema(*arguments), call, **kind)

    def tools(self) -> dict[str, Tool]:
        def page() -> Outside:
            return Outside(self.words, Source(1, "A page", url="https://pages.example/a"))

        found = [
            self._tool("read_page", "url", says=page, outside=True),
            self._tool("search_web", "query", says=page, outside=True),
            self._tool("notes_read", "name", says=page, outside=True, origin="mcp:notes"),
            self._tool("send_message", "to", "text", acts=True),
            self._tool("publish_post", "text", acts=True),
            self._tool("buy", "item", "price", acts=True, outside=True, origin="mcp:shop"),
            self._tool("add", "a", "b", says="5"),
        ]
        return {tool.name: tool for tool in found}

    def put_into(self, engine: Engine) -> None:
        """Let these be the tools of an engine, in place of its own."""
        engine._tools = self.tools()


def steps(*replies: Reply | str, end: str = "Done.") -> ScriptedModel:
    """A model that gives these replies in turn, and then always the same."""
    return ScriptedModel([*replies, end], repeat=True)


def last_results(request: Request) -> list[str]:
    """What the tools of the last round said."""
    found = []
    for message in reversed(request.messages):
        if message.role != "tool":
            break
        found += [getattr(part, "content", "") for part in message.parts]
    return found[::-1]
