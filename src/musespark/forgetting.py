"""`musespark forget PERSON`: everything about a person, for real."""

from __future__ import annotations

import argparse
import asyncio
import sys
from typing import TYPE_CHECKING

import msgspec

from musespark.problem import Problem
from musespark.settings import Settings
from musespark.terminal import Terminal, clean

if TYPE_CHECKING:
    from musespark.erasure import Erased


def forget(args: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """Forget a person, after asking whether that is meant."""
    if not args.yes:
        _asked(args.person, terminal)
    done = asyncio.run(_forgotten(args, settings, terminal))
    if args.json:
        told = {"object": "forgotten", **msgspec.to_builtins(done)}
        terminal.line(msgspec.json.encode(told).decode())
        return 0
    rows, files = sum(done.rows.values()), done.files
    if not rows and not files:
        terminal.tell(f"There was nothing of {clean(args.person)}.")
    else:
        terminal.tell(
            f"Forgotten: {rows:,} {'row' if rows == 1 else 'rows'} of {len(done.rows)} "
            f"{'table' if len(done.rows) == 1 else 'tables'}, {files:,} "
            f"{'file' if files == 1 else 'files'}, in {done.seconds:.1f} s."
        )
    if done.left:
        terminal.tell(
            "The dead rows of these tables lie on the disk until PostgreSQL clears them away by "
            f"itself: {', '.join(done.left)}.", "dim",
        )  # fmt: skip
    terminal.tell("Backups that you made still have what they had.", "dim")
    return 0


def _asked(person: str, terminal: Terminal) -> None:
    """Have the id typed once more. Raises Problem where it is not."""
    if not sys.stdin.isatty():
        raise Problem(
            "not_confirmed", "Nothing was forgotten.", why="Nobody is here to be asked.",
            next=f"Say it with --yes: musespark forget {clean(person)} --yes",
        )  # fmt: skip
    terminal.tell(
        f"Everything about {clean(person)} will be forgotten: what they said, did, allowed and "
        "sent, their keys and sessions. It cannot be undone."
    )
    try:
        typed = input("Type their id to go on: ")
    except (EOFError, KeyboardInterrupt):
        typed = ""
    if typed.strip() != person:
        raise Problem(
            "not_confirmed", "Nothing was forgotten.",
            why="What you typed is not that id.", next="Run it again if you mean it.",
        )  # fmt: skip


async def _forgotten(args: argparse.Namespace, settings: Settings, terminal: Terminal) -> Erased:
    from musespark import erasure
    from musespark.engine import Engine

    shown: dict[str, int] = {}

    def say(name: str, count: int) -> None:
        if not args.json and count - shown.get(name, 0) >= 10_000:
            shown[name] = count
            terminal.tell(f"{name}: {count:,} rows", "dim")

    engine = await Engine.open(settings)
    try:
        return await erasure.forget(engine, args.person, say=say, thorough=args.thorough)
    finally:
        await engine.close()
