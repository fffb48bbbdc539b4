"""Attempts to sign in: who tries too often waits, longer each time, nobody for ever.

A try counts for its account from one address, for its address, and for its account from anywhere;
the last with short waits only, and not at an address where that account was signed in to lately: so
strangers cannot keep a person out. The database counts, so that all processes know, and keeps
neither names nor addresses, only what it alone can make of them (migration 0008).
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import MutableMapping
from typing import Any

from msgspec import Struct

from musespark.problem import Problem
from musespark.store import Store, as_json

_ACCOUNT_HERE = {"free": 5, "longest": 900}  # tries before the first wait; the longest, in seconds
_HERE = {"free": 20, "longest": 900}
_ACCOUNT = {"free": 50, "longest": 30}
_ASKED = {"free": 100, "longest": 30}  # for what guesses nothing, but costs the database a row
_FORWARDED = b"x-forwarded-for"


class TooMany(Problem):
    """Somebody has to wait; `wait` says how many seconds."""

    def __init__(self, wait: float) -> None:
        self.wait = max(1, math.ceil(wait))
        span = f"{self.wait} seconds" if self.wait > 1 else "a second"
        super().__init__(
            "too_many_attempts",
            "Too many attempts to sign in.",
            next=f"Wait {span}, then try again; a passkey, a key or a link still works.",
            status=429,
        )


class Attempt(Struct, frozen=True):
    """A try that counts until it was right; `burst` where it brought the first wait."""

    tries: list[dict[str, Any]]
    burst: bool = False


class Attempts:
    """The attempts to sign in at this database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def guess(self, login: str, address: str) -> Attempt:
        """Somebody at `address` is about to guess the password of `login`, whether there is one or
        not. Raises TooMany before anything is looked at."""
        here = f"password {address} {login}"
        return await self._count(
            {"what": here, "clear": True, "known": "", **_ACCOUNT_HERE},
            {"what": f"address {address}", "clear": False, "known": "", **_HERE},
            {"what": f"account {login}", "clear": False, "known": here, **_ACCOUNT},
        )

    async def ask(self, address: str) -> Attempt:
        """Somebody at `address` wants to be asked for a passkey or sent to another server. Raises
        TooMany."""
        what = f"asked {address}"
        return await self._count({"what": what, "clear": False, "known": "", **_ASKED})

    async def right(self, attempt: Attempt) -> None:
        """It was the right one: it does not count."""
        await self._store.system("select succeeded(%s::jsonb)", as_json(attempt.tries))

    async def _count(self, *tries: dict[str, Any]) -> Attempt:
        rows = await self._store.system("select * from attempt(%s::jsonb)", as_json(tries))
        if rows[0]["wait"] > 0:
            raise TooMany(rows[0]["wait"])
        return Attempt(list(tries), rows[0]["burst"])


def address_of(scope: MutableMapping[str, Any], proxies: str = "") -> str:
    """Where a request comes from, as one who can be told apart: an IPv4 address, the first half of
    an IPv6 one, which is what a household gets. Behind one of the `proxies` (addresses or networks,
    with blanks between them) it is the last one that they did not add themselves."""
    client = scope.get("client")
    found = _parsed(client[0] if client else "")
    trusted = [ipaddress.ip_network(each, strict=False) for each in proxies.split()]
    hops = b",".join(value for name, value in scope["headers"] if name == _FORWARDED).split(b",")
    while found is not None and hops and any(found in network for network in trusted):
        found = _parsed(hops.pop().decode("latin-1").strip()) or None
    if found is None:
        return "?"
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text.partition("%")[0].removeprefix("[").partition("]")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found
