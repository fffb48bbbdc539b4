"""`musespark memory`: what is remembered of you, to search, change, pin and forget."""

from __future__ import annotations

import argparse
import asyncio
from typing import TYPE_CHECKING

from musespark.problem import Problem
from musespark.settings import Settings
from musespark.terminal import Terminal, clean, count

if TYPE_CHECKING:
    from musespark.engine import Engine
    from musespark.memory import Listed, Memories

_SURE = 20  # memories that are forgotten at once without asking


def memory(args: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """List, search, change, pin or forget memories, or have them summed up."""
    return asyncio.run(_with_engine(args, settings, terminal))


async def _with_engine(args: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musespark.engine import Engine

    engine = await Engine.open(settings)
    try:
        assert engine.memories is not None
        body = {"edit": _edited, "pin": _pinned, "unpin": _pinned, "forget": _forgotten,
                "show": _shown, "summarise": _summarised}  # fmt: skip
        return await body.get(args.what, _listed)(engine, engine.memories, args, terminal)
    finally:
        await engine.close()


async def _listed(
    engine: Engine, kept: Memories, args: argparse.Namespace, terminal: Terminal
) -> int:
    from musespark.commands import when
    from musespark.memories import as_json

    who = await engine.person(args.person)
    which = _which(args, who.zone)
    found, more = await kept.listed(who.id, which, language=who.language)
    if args.json:
        for one in found:
            terminal.line(as_json(one))
        return 0
    if not found:
        terminal.tell("Nothing is remembered." if "memory" in who.purposes else
                      "Nothing is remembered, and memory is off: `musespark consent allow memory` "
                      "allows it.")  # fmt: skip
        return 0
    rows = [("ID", "SAID", "BY", "FROM", "WORDS")]
    for one in found:
        by = "you" if one.mine else one.speaker
        words = " ".join(one.text.split())
        marks = "".join(m for m, on in (("* ", one.pinned), ("(summary) ", one.generated)) if on)
        source = one.source or "-"
        rows.append((str(one.id), when(one.said), clean(by), clean(source), clean(marks + words)))
    terminal.table(rows, cut=True)
    if more:
        terminal.tell(f"There are more: `musespark memory --before {found[-1].id}`.", "dim")
    return 0


def _which(args: argparse.Namespace, zone: str) -> Listed:
    from musespark.memory import Listed
    from musespark.wanted import moment

    try:
        since, until = moment(args.since, zone), moment(args.until, zone, end=True)
    except ValueError:
        raise Problem(
            "usage", "The moment cannot be read.",
            next="Write a day or a moment in ISO 8601, such as 2026-07-04.",
        ) from None  # fmt: skip
    return Listed(
        wanted=" ".join(getattr(args, "words", ())), source=args.source, since=since, until=until,
        pinned=True if getattr(args, "pinned", False) else None,
        before=getattr(args, "before", 0), limit=getattr(args, "limit", 50),
    )  # fmt: skip


async def _shown(
    engine: Engine, kept: Memories, args: argparse.Namespace, terminal: Terminal
) -> int:
    from musespark.commands import when
    from musespark.memories import as_json

    one = await kept.one(args.person, args.id)
    earlier = await kept.wordings(args.person, one.id) if one.edited else []
    if args.json:
        terminal.line(as_json(one, earlier))
        return 0
    terminal.line(clean(one.text))
    by = "you" if one.mine else one.speaker
    told = [f"{by}, {when(one.said)}", one.source, one.conversation]
    since = (one.true_from or one.said.date()).isoformat()
    told.append(f"true from {since}" + (f" until {one.true_until}" if one.true_until else ""))
    terminal.tell(clean(" · ".join(filter(None, told))), "dim")
    for before in earlier:
        terminal.tell(clean(f"Before {when(before['until'])}: {before['text']}"), "dim")
    return 0


async def _edited(
    engine: Engine, kept: Memories, args: argparse.Namespace, terminal: Terminal
) -> int:
    one = await kept.edit(args.person, args.id, " ".join(args.words))
    terminal.tell(f"Changed. It is memory {one.id} from now on.")
    return 0


async def _pinned(
    engine: Engine, kept: Memories, args: argparse.Namespace, terminal: Terminal
) -> int:
    pinned = args.what == "pin"
    for id in args.ids:
        await kept.pin(args.person, id, pinned)
    terminal.tell("Pinned: it comes first wherever it may help." if pinned else "Not pinned.")
    return 0


async def _summarised(
    engine: Engine, kept: Memories, args: argparse.Namespace, terminal: Terminal
) -> int:
    assert engine.summing is not None
    if "memory" not in (await engine.person(args.person)).purposes:
        terminal.tell("Memory is off: `musespark consent allow memory` allows it.", "yellow")
        return 1
    made = await engine.summing.person(args.person)
    terminal.tell(f"New summaries: {made}. They are marked, and can be forgotten alone.")
    return 0


async def _forgotten(
    engine: Engine, kept: Memories, args: argparse.Namespace, terminal: Terminal
) -> int:
    who = await engine.person(args.person)
    which = _which(args, who.zone)
    if args.ids:
        for id in args.ids:
            await kept.one(who.id, id)  # all of them or none
        if args.earlier:
            gone = sum([await kept.forget_wordings(who.id, id) for id in args.ids])
            terminal.tell(f"Forgotten, for good: {count(gone, 'earlier wording')}.")
            return 0
        gone = len(await kept.forget(who.id, args.ids))
    elif which.source or which.since or which.until:
        found, more = await kept.listed(who.id, which)
        many = len(found) > _SURE or more
        if many and not args.yes and not _sure(f"{'More than ' if more else ''}{len(found)}"):
            terminal.tell("Nothing was forgotten.", "yellow")
            return 1
        gone = await kept.forget_where(who.id, which)
    else:
        raise Problem(
            "usage", "It is not said which memories are to be forgotten.",
            next="Name their ids, or --source, --since or --until. `musespark forget` forgets "
            "everything about a person.",
        )  # fmt: skip
    terminal.tell(f"Forgotten, for good: {count(gone, 'memory').replace('memorys', 'memories')}.")
    return 0


def _sure(much: str) -> bool:
    try:
        return input(f"{much} memories will be forgotten for good. Type yes: ").strip() == "yes"
    except EOFError:
        return False
