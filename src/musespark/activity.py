"""An activity: who did what to what, when, and for which purposes it may be used.

The words are ActivityStreams 2.0 (https://www.w3.org/TR/activitystreams-core/).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from msgspec import Struct, field

PURPOSES = frozenset({"memory", "feed", "shop", "ads", "improve"})


class Activity(Struct, kw_only=True, frozen=True, omit_defaults=True):
    """`type` is a verb (Create, Like, Question …), `object` what it was done to. `uri` makes it
    idempotent. Before it is appended `purposes` are those that it may be used for at most, of all
    that its person allows; afterwards those that it may be used for. `id` is its place in the
    ledger, 0 before; `undone` that of the activity that took it back; `more` what else it says."""

    type: str
    object: Any = None
    actor: str = ""
    target: Any = None
    published: datetime = field(default_factory=lambda: datetime.now(UTC))
    purposes: frozenset[str] = PURPOSES
    uri: str | None = None
    id: int = 0
    undone: int = 0
    more: dict[str, Any] = field(default_factory=dict)
