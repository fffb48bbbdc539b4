"""`musespark consent`, `approvals` and `audit`: what you allow, and who saw or changed what."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import msgspec

from musespark.settings import Settings
from musespark.terminal import Terminal, clean

if TYPE_CHECKING:
    from musespark.engine import Engine

_STATES = {"allowed": "allowed", "refused": "not allowed", "undecided": "never said"}
Body = Callable[["Engine", argparse.Namespace, Terminal], Awaitable[int]]


def consent(args: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """List, allow or withdraw purposes."""
    body = _listed if args.what in (None, "list") else _changed
    return asyncio.run(_with_engine(body, args, settings, terminal))


def audit_log(args: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """Show the audit log."""
    return asyncio.run(_with_engine(_logged, args, settings, terminal))


def approvals(args: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """List, approve or deny what waits."""
    body = _waiting if args.what in (None, "list") else _decided
    return asyncio.run(_with_engine(body, args, settings, terminal))


async def _with_engine(
    body: Body, args: argparse.Namespace, settings: Settings, terminal: Terminal
) -> int:
    from musespark.engine import Engine

    engine = await Engine.open(settings)
    try:
        return await body(engine, args, terminal)
    finally:
        await engine.close()


async def _listed(engine: Engine, args: argparse.Namespace, terminal: Terminal) -> int:
    from musespark import purposes, wording
    from musespark.commands import when

    assert engine.store is not None
    language = (await engine.person(args.person)).language
    rows = [("PURPOSE", "STATE", "SINCE", "WHAT IT CHANGES")]
    for row in await purposes.of(engine.store, args.person):
        said = wording.purpose(row["purpose"], language)
        if args.json:
            told: dict[str, Any] = {**row, "state": purposes.state(row), **said}
            terminal.line(msgspec.json.encode(told).decode())
            continue
        unused = "" if row["purpose"] in purposes.USED else " (Nothing here uses it yet.)"
        rows.append((row["purpose"], _STATES[purposes.state(row)], when(row["since"]),
                     said["changes"] + unused))  # fmt: skip
    if not args.json:
        terminal.table(rows)
        terminal.tell("`musespark consent allow PURPOSE` and `withdraw PURPOSE` change it.", "dim")
    return 0


async def _changed(engine: Engine, args: argparse.Namespace, terminal: Terminal) -> int:
    from musespark import purposes, wording

    assert engine.store is not None
    language = (await engine.person(args.person)).language
    allowed = args.what == "allow"
    backwards = not allowed and args.backwards
    for name in args.purposes:
        purposes.known(name)
    for name in args.purposes:
        changed = await purposes.change(
            engine.store, args.person, name, allowed, context="terminal", backwards=backwards
        )
        said = wording.purpose(name, language)
        words = said["changes"] if allowed else said["without"]
        state = "allowed" if allowed else "not allowed"
        terminal.tell(f"{name}: {state}{'' if changed else ' already'}. {words}")
    if not allowed and not backwards:
        terminal.tell("It counts from now on; --backwards also for what was said before.", "dim")
    return 0


async def _waiting(engine: Engine, args: argparse.Namespace, terminal: Terminal) -> int:
    from musespark.assent import lines

    language = (await engine.person(args.person)).language
    found = await engine.approvals.of(args.person, state="waiting")
    for each in found:
        told = each.told(language)
        if args.json:
            terminal.line(msgspec.json.encode(told).decode())
            continue
        terminal.line(terminal.style(each.id, "bold", out=True))
        for line in lines(told)[1:] or ["  (no arguments)"]:
            terminal.line(line)
        terminal.line(f"  {clean(told['said'])}")
    if not found and not args.json:
        terminal.tell("Nothing waits for you.")
    return 0


async def _decided(engine: Engine, args: argparse.Namespace, terminal: Terminal) -> int:
    from musespark.assent import show

    person = await engine.person(args.person)
    for given in args.ids:
        waiting = await engine.approvals.of(args.person, state="waiting")
        near = [each.id for each in waiting if given in each.id]
        id = near[0] if len(near) == 1 else given
        if args.what == "deny":
            await engine.approvals.deny(args.person, id)
            terminal.tell(f"{id}: denied.")
        else:
            show(await engine.approvals.approve(person, id, args.scope), terminal)
    return 0


async def _logged(engine: Engine, args: argparse.Namespace, terminal: Terminal) -> int:
    from musespark import audit, wording
    from musespark.commands import when

    assert engine.store is not None
    language = (await engine.person(args.person)).language
    found = await audit.of(
        engine.store, args.person, args.limit, deed=args.deed, others=args.others
    )
    if args.json:
        for row in found:
            terminal.line(msgspec.json.encode(row).decode())
        return 0
    if not found:
        terminal.tell("There is no entry.")
        return 0
    rows = [("WHEN", "BY", "WHAT")]
    for row in found:
        by = "you" if row["actor"] == args.person else row["actor"] or "the server"
        said = wording.deed(row["deed"], row["about"], row["detail"], language)
        rows.append((when(row["at"]), clean(by), clean(said)))
    terminal.table(rows)
    return 0
