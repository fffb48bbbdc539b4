"""What a person is asked before something is done: one such question, and a yes in advance."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec
from msgspec import Struct

from musespark import consent, wording
from musespark.tool import Tool

SECONDS = 120.0  # that an approved call may take
_LOST = timedelta(seconds=SECONDS * 2)  # a call that runs for longer has lost its process

Scope = Literal["once", "site_today", "tool_conversation"]

encoded = msgspec.json.Encoder(order="deterministic").encode


class Approval(Struct, kw_only=True):
    """A call that waits, or what came of it. `state` is waiting, running, done, failed, denied,
    expired or lost (the process that ran it is gone: nobody knows how far it came)."""

    id: str
    person: str
    run: str
    conversation: str
    tool: str
    origin: str
    site: str
    arguments: str
    digest: str
    code: str
    created: datetime
    expires: datetime
    state: str = "waiting"
    decided: datetime | None = None
    ended: datetime | None = None
    scope: str = ""
    result: dict[str, Any] | None = None

    @property
    def now(self) -> str:
        """The state, with what the passing of time makes of it."""
        moment = datetime.now(UTC)
        if self.state == "waiting" and moment >= self.expires:
            return "expired"
        if self.state == "running" and self.decided and moment - self.decided > _LOST:
            return "lost"
        return self.state

    def told(self, language: str) -> dict[str, Any]:
        """What the person is shown: exactly what would happen, every unseen character spelled
        out, and what they may answer."""
        given: dict[str, Any] = msgspec.json.decode(self.arguments)
        scopes = ["once", *(["site_today"] if self.site else [])]
        return {
            "object": "approval",
            "id": self.id,
            "state": self.now,
            "tool": self.tool,
            "origin": self.origin,
            "site": consent.shown(self.site),
            "wanted": self.code,
            "said": wording.approval(
                self.code, language, tool=self.tool, site=consent.shown(self.site)
            ),
            "arguments": given,
            "shown": [
                {"name": consent.shown(name), "value": consent.shown(_plain(value))}
                for name, value in given.items()
            ],
            "digest": self.digest,
            "scopes": [*scopes, "tool_conversation"],
            "scope": self.scope,
            "run": self.run,
            "conversation": self.conversation,
            "created": self.created,
            "expires": self.expires,
            "decided": self.decided,
            "ended": self.ended,
            "result": self.result,
        }


class Allowance(Struct, kw_only=True):
    """A yes in advance: a tool (as it was described) towards a site, or in a conversation."""

    id: str
    person: str
    tool: str
    digest: str
    site: str = ""
    conversation: str = ""
    created: datetime
    expires: datetime


def _plain(value: object) -> str:
    return value if isinstance(value, str) else encoded(value).decode()


def digest_of(tool: Tool, arguments: dict[str, Any] | None = None) -> str:
    """What ties a yes to a tool as it is described now and, where given, to these arguments."""
    parts = [tool.name, tool.origin, tool.description, tool.parameters, arguments]
    return hashlib.sha256(encoded(parts)).hexdigest()


def site_of(tool: Tool, arguments: dict[str, Any]) -> str:
    """Whom a call would reach: the one host or mail address among its arguments; where none is
    named, the server that the tool is of; "" where there are several."""
    found = consent.sites(arguments)
    if not found:
        return "" if tool.origin == "built in" else tool.origin
    return found.pop() if len(found) == 1 else ""
