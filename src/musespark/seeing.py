"""`musespark look`: what each sense reads in a file, and where it stands."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

import msgspec

from musespark.attachment import opened, reading, seen_of
from musespark.observation import Observation, Seen, as_json
from musespark.problem import Problem
from musespark.settings import Settings
from musespark.terminal import Terminal, clean, count


def look(args: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """Look at each file: a table of its observations, or a line of JSON."""
    home = None if args.no_keep else settings.home
    failed = False
    for name in args.files:
        try:
            called, seen = asyncio.run(_looked(name, home, settings, terminal, place=args.place))
        except Problem as problem:
            failed = True
            if args.json:
                error = {"code": problem.code, "message": problem.text}
                terminal.line(msgspec.json.encode({"file": name, "error": error}).decode())
            else:
                terminal.problem(problem)
            continue
        if args.json:
            terminal.line(msgspec.json.encode(as_json(called, seen)).decode())
        else:
            _show(called, seen, terminal)
    return int(failed)


async def _looked(
    name: str, home: Path | None, settings: Settings, terminal: Terminal, *, place: bool
) -> tuple[str, Seen]:
    """What a file is called, and what is read in it. Raises Problem."""
    async with opened(name) as (body, called):
        with reading(terminal, called):
            seen = await seen_of(body, called, home, settings, place=place)
    return "stdin" if name == "-" else name, seen


def _show(name: str, seen: Seen, terminal: Terminal) -> None:
    parts = count(len(seen.parts), "part")
    head = f"{clean(name)}: {seen.media}, read by {seen.sense}; {parts} for a model"
    terminal.line(terminal.style(head, "bold", out=True))
    terminal.table([("KIND", "WHERE", "SURE", "READER", "WHAT"), *map(_row, seen.observations)])


def _row(one: Observation) -> tuple[str, ...]:
    sure = "" if one.kind == "note" else f"{one.sure:.0%}"
    return one.kind, clean(one.where) or "-", sure, one.reader, clean(one.what).replace("\n", " ")
