"""Tools of other MCP servers, made musespark tools, over one lasting session each.

A server that fails is reported in `problems` and asked again later. Its words are bounded, and
unless the settings call it trusted, they taint the turn. This file does not know what a mode is.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Awaitable, Mapping
from typing import Any
from urllib.parse import urlsplit

from musespark import consent, mcp_session, plugins
from musespark.mcp_session import MAX_ERROR, ServerProblem, Session, reason
from musespark.message import Source
from musespark.problem import Problem
from musespark.settings import McpServer
from musespark.tool import Outside, Tool
from musespark.turn import Turn

MAX_DESCRIPTION, MAX_SCHEMA, MAX_FIELD = 1_000, 16_000, 300
MAX_RESULT = 20_000


class McpServers:
    """All MCP servers of the settings, as tools: `tools()` gives what can be called now.

    `problems` says, by server (or `server.tool`), what could not be used and why.
    """

    def __init__(self, servers: Mapping[str, McpServer]) -> None:
        self.problems: dict[str, Problem] = {}
        self._sessions = {name: Session(name, server) for name, server in sorted(servers.items())}
        self._opening: asyncio.Task[list[Any]] | None = None

    async def open(self) -> None:
        """Start connecting to all servers at once, without waiting for any."""
        if self._sessions and self._opening is None:
            sessions = self._sessions.values()
            self._opening = asyncio.create_task(
                _settled([session.connect() for session in sessions])
            )

    async def tools(self) -> list[Tool]:
        """The tools of every server that answers, their names made unique. Never raises; a server
        that does not answer costs the wait for it once, and then rests."""
        sessions = list(self._sessions.values())
        outcomes = await _settled([session.connect() for session in sessions])
        self.problems.clear()
        taken = set(plugins.names("tools"))
        found: list[Tool] = []
        for session, outcome in zip(sessions, outcomes, strict=True):
            if isinstance(outcome, Problem):
                self.problems[session.name] = outcome
            elif isinstance(outcome, BaseException):
                self.problems[session.name] = session.fail(reason(outcome))
            else:
                found += self._of(session, taken)
        return found

    def _of(self, session: Session, taken: set[str]) -> list[Tool]:
        tools, seen = [], set()
        for listed in session.listed:
            if listed.name in seen or (
                session.server.allow and listed.name not in session.server.allow
            ):
                continue
            seen.add(listed.name)
            schema = _schema(listed.input_schema)
            if schema is None:
                self.problems[f"{session.name}.{consent.visible(listed.name, 64)}"] = Problem(
                    "mcp_schema",
                    f"A tool of the MCP server {session.name} was left out.",
                    why="What it says of its arguments is too long or no JSON schema.",
                )
                continue
            name = _unique(f"{session.name}_{listed.name}", taken)
            taken.add(name)
            tools.append(_tool(session, listed, name, schema))
        missing = set(session.server.allow) - seen
        if missing:
            self.problems[session.name] = Problem(
                "mcp_missing",
                f"The MCP server {session.name} has no tool {', '.join(sorted(missing))}.",
                next=f"Mend `allow` under [mcp.{session.name}] in settings.toml.",
            )
        return tools

    async def close(self) -> None:
        """End every session; child processes are stopped."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait({self._opening})
            self._opening = None
        await _settled([session.close() for session in self._sessions.values()])


async def _settled(waiting: list[Awaitable[Any]]) -> list[Any]:
    return list(await asyncio.gather(*waiting, return_exceptions=True))


def _tool(session: Session, listed: Any, name: str, schema: dict[str, Any]) -> Tool:
    reads = bool(listed.annotations is not None and listed.annotations.read_only_hint)
    trusted = session.server.trusted
    title = f"{session.name}: {' '.join(consent.visible(listed.name, 100).split())}"

    async def call(arguments: dict[str, Any], turn: Turn) -> object:
        seconds = max(min(mcp_session.CALL_SECONDS, turn.budget.seconds_left), 0.1)
        try:
            result = await session.call(listed.name, arguments, seconds, reads)
        except ServerProblem as problem:
            consent.taint(turn, problem)
            raise
        text = consent.visible(_text(result))
        if result.is_error:
            failure = ServerProblem(
                "tool_failed",
                f"{name} could not do it.",
                why=f"It said: {consent.visible(text, MAX_ERROR)}" if text else "",
                next="Change the arguments, or go on without it.",
                outside=not trusted,
            )
            consent.taint(turn, failure)
            raise failure
        text = _cut(text or "(It is done; there is nothing to show.)")
        if trusted:
            return text
        found = Outside(text, Source(1, title, url=_public(session.server.url)))
        consent.taint(turn, found)
        return found

    words = consent.visible(listed.description or listed.title or listed.name, MAX_DESCRIPTION)
    return Tool(
        name,
        words,
        schema,
        call,
        outside=not trusted,
        acts=not reads,
        origin=f"mcp:{session.name}",
    )


def _public(url: str) -> str:
    """The address without a login and a query, which are nobody else's business."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _unique(name: str, taken: set[str]) -> str:
    """A name of at most 64 plain characters that nothing else has."""
    plain = re.sub(r"[^a-zA-Z0-9_-]", "_", name)
    if len(plain) > 64:
        plain = f"{plain[:55]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    unique, number = plain, 2
    while unique in taken:
        unique, number = f"{plain[:60]}_{number}", number + 1
    return unique


def _schema(given: Any) -> dict[str, Any] | None:
    """The schema with its words bounded; None if it is none, or too long for a model."""

    def bounded(node: Any, depth: int = 0) -> Any:
        if depth > 30:
            raise ValueError("too deep")
        if isinstance(node, dict):
            return {
                key: consent.visible(value, MAX_FIELD)
                if key in ("description", "title") and isinstance(value, str)
                else bounded(value, depth + 1)
                for key, value in node.items()
            }
        return [bounded(each, depth + 1) for each in node] if isinstance(node, list) else node

    try:
        schema = bounded(given)
        if not isinstance(schema, dict) or len(json.dumps(schema)) > MAX_SCHEMA:
            return None
    except (ValueError, TypeError, RecursionError):
        return None
    return {"type": "object", "properties": {}, **schema}


def _text(result: Any) -> str:
    """A result in words: texts as they are, pictures and files described, links named."""
    pieces = [_piece(part) for part in result.content]
    if result.structured_content is not None:
        shown = json.dumps(result.structured_content, ensure_ascii=False, default=str)
        if not any(_says(part, result.structured_content) for part in result.content):
            pieces.append(shown)
    return "\n\n".join(piece for piece in pieces if piece)


def _says(part: Any, structured: Any) -> bool:
    """Whether a text part is the structured content over again, as the protocol asks."""
    if part.type != "text" or len(part.text) > MAX_RESULT:
        return False
    if isinstance(structured, dict) and list(structured) == ["result"]:
        structured = structured["result"]
        if str(structured) == part.text:
            return True
    try:
        return bool(json.loads(part.text) == structured)
    except (ValueError, RecursionError):
        return False


def _piece(part: Any) -> str:
    if part.type == "text":
        return str(part.text)
    if part.type in ("image", "audio"):
        return f"[{part.type}, {part.mime_type}, {len(part.data) * 3 // 4:,} bytes]"
    if part.type == "resource_link":
        about = f": {part.description}" if part.description else ""
        return f"[link to {part.name}{about}: {part.uri}]"
    held = part.resource
    if hasattr(held, "text"):
        return f"[{held.uri}]\n{held.text}"
    kind = held.mime_type or "of no known kind"
    return f"[file {held.uri}, {kind}, {len(held.blob) * 3 // 4:,} bytes]"


def _cut(text: str) -> str:
    if len(text) <= MAX_RESULT:
        return text
    note = f"\n\n[Cut here: {len(text):,} characters in all.]"
    return text[: MAX_RESULT - len(note)] + note
