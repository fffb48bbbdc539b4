"""The command `link`: a one-time link for the owner, for a lost password, or for somebody new."""

from __future__ import annotations

import argparse
import asyncio

from musespark import links
from musespark.problem import Problem
from musespark.settings import Settings
from musespark.terminal import Terminal


def link(args: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """Make a link and show it, this once."""
    return asyncio.run(_link(args, settings, terminal))


async def _link(args: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musespark.commands import nearby
    from musespark.store import Store
    from musespark.turn import new_id

    base = (args.at or nearby(settings)).rstrip("/")
    if not base.startswith(("http://", "https://")):
        raise Problem("usage", f"{base!r} is no address.", next="It begins with https://.")
    invited = args.role is not None
    person = args.person or (new_id("person") if invited else "owner")
    minutes = args.hours * 60 if args.hours else links.INVITED if invited else links.MINUTES
    store = await Store.open(settings, size=2)
    try:
        _, word = await links.Links(store).make(
            person, role=args.role, name=args.name, minutes=minutes
        )
    finally:
        await store.close()
    whose = f"a new {args.role}" if invited else f"the person {person!r}"
    span = f"{minutes // 60} hours" if minutes >= 120 else f"{minutes} minutes"
    terminal.tell(f"Signs in {whose}, once, within {span}:")
    terminal.line(links.address(base, word))
    return 0
