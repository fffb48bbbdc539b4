"""Scopes: what a key may be used for, and which scope and right each route needs.

A route is found by the longest beginning of its path that stands here. What stands nowhere wants a
key without bounds, so that a forgotten line opens nothing.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from musespark.caller import Caller
from musespark.person import may
from musespark.problem import Problem

# What each scope is for, in words.
SCOPES = {
    "ask": "ask, and see and erase runs, conversations and files",
    "activities": "write and read activities",
    "memory": "see and change what is remembered and what is allowed, import and export",
    "me": "change one's own name, language and zone, and erase everything of one's own",
    "people": "see and change people, and act for them",
    "manage": "see and change models, tools and host apps, and how the server fares",
    "*": "everything that the key's person may do, but act for others",
}


class Need(Struct, frozen=True):
    """What a route needs: a scope of the key ("" none, `*` a key without bounds), and a right of
    the person's role."""

    scope: str = "*"
    right: str = "talk"


# The beginning of a path, with a method before it where it is for that alone. One that ends in / is
# for what stands below it and not for itself.
NEEDS: dict[str, Need] = {
    "/v1/models": Need(""),
    "/v1/chat/completions": Need("ask"),
    "/v1/responses": Need("ask"),
    "/agui": Need("ask"),
    "/v1/runs": Need("ask"),
    "/v1/usage": Need("ask"),
    "/v1/files": Need("ask"),
    "/v1/conversations": Need("ask"),
    "/v1/shared": Need(""),
    "/v1/approvals": Need("ask"),
    "/v1/allowances": Need("ask"),
    "/v1/activities": Need("activities", "remember"),
    "GET /v1/tiers": Need("ask"),
    "/v1/tiers/models": Need("manage", "manage"),
    "/v1/tiers": Need("manage", "manage"),
    "GET /v1/tools": Need("ask"),
    "/v1/tools": Need("manage", "manage"),
    "/v1/importers": Need(""),
    "/v1/health": Need("manage", "oversee"),
    "/v1/session": Need(""),
    "/v1/sign-in": Need("*"),
    "/v1/keys": Need("*"),
    "/v1/links": Need("*"),
    "/v1/hosts": Need("manage", "manage"),
    "/v1/people": Need("people", "oversee"),
    "GET /v1/me": Need(""),
    "/v1/me": Need("me"),
    "/v1/me/": Need("*"),
    "GET /v1/me/consents": Need("memory"),
    "/v1/me/consents": Need("memory", "remember"),
    "/v1/me/audit": Need("memory"),
    "/v1/me/memory": Need("memory", "remember"),
    "/v1/me/imports": Need("memory", "remember"),
    "/v1/me/export": Need("memory"),
    "/healthz": Need(""),
    "/readyz": Need(""),
    "/metrics": Need("manage"),
    "/openapi.json": Need(""),
}
_NOTHING = Need()


def known(given: Iterable[str], role: str) -> frozenset[str]:
    """The scopes that a key of somebody with this role is to have. Raises Problem."""
    wanted = frozenset(given)
    for name in sorted(wanted):
        if name not in SCOPES:
            raise Problem(
                "unknown_scope", f"There is no scope {name[:40]!r}.",
                next=f"There are: {', '.join(SCOPES)}.",
            )  # fmt: skip
    if "people" in wanted and not may(role, "oversee"):
        raise Problem(
            "scope_too_high", "Only a key of an owner or a manager acts for others.", status=403,
            next="Leave the scope `people` out, or make the key for a manager.",
        )  # fmt: skip
    return wanted


def needed(method: str, path: str) -> Need:
    """What a route needs; a path may be a request's or a route's."""
    if method == "HEAD":
        method = "GET"
    place, below = path.rstrip("/"), False
    while place:
        found = NEEDS.get(f"{place}/") if below else None
        found = found or NEEDS.get(f"{method} {place}") or NEEDS.get(place)
        if found is not None:
            return found
        place, below = place.rpartition("/")[0], True
    return _NOTHING


def check(caller: Caller, method: str, path: str) -> None:
    """Raise Problem 403 where a caller may not do that: what is missing is the scope of the key, or
    a right of their role. It says nothing about what is there."""
    need = needed(method, path)
    if not caller.reaches(need.scope):
        wanted = "a key without bounds" if need.scope == "*" else f"the scope `{need.scope}`"
        raise Problem(
            "scope_missing", "This key is not for that.", status=403,
            why=f"It wants {wanted}; the key has: {', '.join(sorted(caller.scopes)) or 'none'}.",
            next="`musespark keys create NAME --scope …` makes another key.",
        )  # fmt: skip
    if not caller.may(need.right):
        raise refused(need.right)


def refused(right: str) -> Problem:
    """What somebody is told whose role does not let them."""
    code, what, next = {
        "manage": ("not_the_owner", "Only the owner of this server may do that.",
                   "Use a key of the owner: `musespark keys create NAME` makes one."),
        "oversee": ("not_a_manager", "Only an owner or a manager of this server may do that.",
                    "Ask one of them, or use a key of theirs."),
        "publish": ("not_a_creator", "Only creators may publish.",
                    "A manager of this server can make you one."),
        "remember": ("not_for_guests", "That is not for guests: nothing is remembered of them.",
                     "A manager of this server can make you a member."),
    }.get(right, ("not_allowed", "Your role does not let you do that.",
                  "Ask a manager of this server."))  # fmt: skip
    return Problem(code, what, next=next, status=403)
