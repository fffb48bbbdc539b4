"""`musespark look`: what each sense reads in a file, and where it stands."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

import msgspec

from musespark.attachment import contents
from musespark.looking import look as looked
from musespark.observation import Observation, Seen, as_json
from musespark.problem import Problem
from musespark.settings import Settings
from musespark.terminal import Terminal, clean, count

LARGEST = 200_000_000  # bytes of a file


def look(args: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """Look at each file: a table of its observations, or a line of JSON."""
    home = None if args.no_keep else settings.home
    failed = False
    for name in args.files:
        try:
            seen = asyncio.run(looked(contents(name, LARGEST), Path(name).name, home))
        except Problem as problem:
            failed = True
            if args.json:
                error = {"code": problem.code, "message": problem.text}
                terminal.line(msgspec.json.encode({"file": name, "error": error}).decode())
            else:
                terminal.problem(problem)
            continue
        if args.json:
            terminal.line(msgspec.json.encode(as_json(name, seen)).decode())
        else:
            _show(name, seen, terminal)
    return int(failed)


def _show(name: str, seen: Seen, terminal: Terminal) -> None:
    parts = count(len(seen.parts), "part")
    head = f"{clean(name)}: {seen.media}, read by {seen.sense}; {parts} for a model"
    terminal.line(terminal.style(head, "bold", out=True))
    terminal.table([("KIND", "WHERE", "SURE", "READER", "WHAT"), *map(_row, seen.observations)])


def _row(one: Observation) -> tuple[str, ...]:
    sure = "" if one.kind == "note" else f"{one.sure:.0%}"
    return one.kind, clean(one.where) or "-", sure, one.reader, clean(one.what).replace("\n", " ")
