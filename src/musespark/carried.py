"""Importing and exporting in the terminal: `musespark import` and `musespark export`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import msgspec

from musespark import plugins, unpacking
from musespark.engine import Engine
from musespark.exporting import export
from musespark.importing import Options, shown
from musespark.problem import Problem
from musespark.settings import Settings
from musespark.store import Row
from musespark.terminal import Terminal, clean, count, seconds

_BAR = 24  # signs
_DID = {"Create": "said, shown or were told", "Like": "liked", "Dislike": "disliked",
        "Announce": "passed on", "Follow": "followed", "Block": "blocked", "Add": "saved",
        "View": "looked at", "Listen": "listened to", "Question": "asked",
        "Accept": "allowed", "Reject": "withdrew", "Undo": "took back", "Delete": "deleted",
        "Update": "changed"}  # fmt: skip
_OFTEN = 0.1  # seconds between two drawings


def bring(args: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """Import an archive, and say what came of it."""
    return asyncio.run(_bring(args, settings, terminal))


async def _bring(args: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    source = _found(args.file)
    engine = await Engine.open(settings)
    try:
        who = await engine.person(args.person)
        options = Options(tuple(args.format), _purposes(args.purposes), args.me or "",
                          args.zone or who.zone or "UTC", args.media)  # fmt: skip
        if args.dry_run:
            return await _dry(source, options, args.json, terminal)
        return await _import(engine, source, options, args, terminal)
    finally:
        await engine.close()


def _found(name: str) -> Path:
    path = Path(os.path.abspath(os.path.expanduser(name)))
    if not path.exists():
        raise Problem("no_such_file", f"There is no file {name!r}.", next="Check its name.")
    return path


def _purposes(given: str | None) -> tuple[str, ...] | None:
    if given is None:
        return None
    names = given.replace(",", " ").split()
    return () if names == ["none"] else tuple(names)


async def _import(
    engine: Engine, source: Path, options: Options, args: argparse.Namespace, terminal: Terminal
) -> int:
    assert engine.imports is not None
    imports, bar = engine.imports, Bar(terminal, source.name)
    row = await imports.unfinished(args.person, source)
    if row is None:
        try:
            row = await imports.begin(args.person, source, source.name, options)
        except Problem as problem:
            if problem.code != "nothing_allowed":
                raise
            raise Problem(
                problem.code, problem.what, why=problem.why,
                next="`musespark consent allow memory` lets it be remembered; --purposes none "
                "keeps it for you alone, to look at and to export.",
            ) from None  # fmt: skip
    else:
        terminal.tell(f"Going on where it was broken off: {row['position']:,} things are done.")
    try:
        row = await imports.run(args.person, row["id"], bar.shown(options.media))
    except asyncio.CancelledError:
        await imports.cancel(args.person, row["id"])
        terminal.tell("Stopped. What was imported stays; import it again to go on.", "yellow")
        return 130
    finally:
        terminal.erase()
    if args.json:
        terminal.line(msgspec.json.encode(shown(row)).decode())
        return 0
    report(row, terminal, bar.seconds)
    return 0


def send(args: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """Export everything about a person into a zip."""
    return asyncio.run(_send(args, settings, terminal))


async def _send(args: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    began = time.monotonic()
    name = args.out or f"musespark-{args.person}-{time.strftime('%Y-%m-%d')}.zip"
    target = _absent(name)
    engine = await Engine.open(settings)
    part = target.with_name(target.name + ".part")
    try:
        assert engine.store is not None
        size = 0
        pieces = export(engine.store, engine.files, args.person)
        async with contextlib.aclosing(pieces):
            with _writable(part) as file:
                async for piece in pieces:
                    size += await asyncio.to_thread(file.write, piece)
                    words = f"{size / 1e6:,.1f} MB  {seconds(time.monotonic() - began)}"
                    terminal.draw([f"{clean(target.name)}  {words}"])
        await asyncio.to_thread(part.replace, target)
    except OSError as error:
        raise _unwritten(target, error) from None
    finally:
        terminal.erase()
        await asyncio.to_thread(part.unlink, missing_ok=True)
        await engine.close()
    terminal.tell(f"Everything about {args.person} is in {target} ({size / 1e6:,.1f} MB).")
    terminal.tell("Open index.html in it to read; `musespark import` puts it back.", "dim")
    terminal.line(str(target))
    return 0


def _absent(name: str) -> Path:
    path = Path(os.path.abspath(os.path.expanduser(name)))
    if path.exists():
        raise Problem("file_exists", f"There is a file {name!r} already.",
                      next="Choose another name with --out.")  # fmt: skip
    return path


def _writable(path: Path) -> IO[bytes]:
    """A new file that only its owner may read."""
    try:
        return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")
    except OSError as error:
        raise _unwritten(path, error) from None


def _unwritten(path: Path, error: OSError) -> Problem:
    """Why an export could not be written; nothing of it is left then."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return Problem(
        "disk_full" if full else "not_written", f"{path} cannot be written.",
        why="The disk is full; nothing of it was left behind." if full else f"{error.strerror}.",
        next="Free some space, or choose another place with --out.",
    )  # fmt: skip


async def _dry(source: Path, options: Options, as_json: bool, terminal: Terminal) -> int:
    """What would be imported, without keeping any of it."""
    plan = unpacking.Plan(str(source), source.name, options.formats, 0, options.me,
                          options.zone, "told" if options.media else "")  # fmt: skip
    row: dict[str, Any] = {"name": source.name, "state": "dry", "counts": {}, "size": 0, "read": 0,
                           "report": {"types": {}, "skipped": {}}, "position": 0}  # fmt: skip
    bar, found, files, bytes = Bar(terminal, source.name), 0, 0, 0
    frames = unpacking.read(plan)
    async with contextlib.aclosing(frames):
        async for frame in frames:
            if isinstance(frame, unpacking.Head):
                row |= {"formats": list(frame.formats), "size": frame.size}
                continue
            for activity in frame.activities:
                types = row["report"]["types"]
                types[activity.type] = types.get(activity.type, 0) + 1
            for why, (times, examples) in frame.skipped.items():
                entry = row["report"]["skipped"].setdefault(why, {"count": 0, "examples": []})
                entry["count"] += times
                entry["examples"] = [*entry["examples"], *examples][:3]
            found += len(frame.activities)
            files += sum(one.kind in ("media", "file") for one in frame.kept)
            bytes += sum(int(one.row.get("size") or 0) for one in frame.kept)
            counts = {"found": found, "media": files}
            row["report"]["media"] = {"count": files, "bytes": bytes}
            row |= {"position": frame.position, "read": frame.read, "counts": counts}
            bar.show(row)
    terminal.erase()
    if as_json:
        terminal.line(msgspec.json.encode(row).decode())
    else:
        report(row, terminal, bar.seconds)
    return 0


def report(row: Row, terminal: Terminal, took: float) -> None:
    """What an import brought, and what it left out and why."""
    counts, said = row["counts"], row["report"]
    labels = [plugins.load("importers", name).label for name in row["formats"]]
    dry = row["state"] == "dry"
    new = counts.get("found" if dry else "new", 0)
    verb = "would be imported" if dry else "imported" if row["state"] == "done" else row["state"]
    many = count(new, "activity").replace("ys", "ies")
    terminal.line(f"{row['name']} ({', '.join(labels)}): {many} {verb} in {seconds(took)}.")
    _files(row, terminal)
    if known := counts.get("known"):
        terminal.line(f"{known:,} {'was' if known == 1 else 'were'} there already.")
    for name, words in (("conflict", "have the id of something else, which stays"),
                        ("gone", "were deleted by you earlier and stay so")):  # fmt: skip
        if counts.get(name):
            terminal.line(f"{counts[name]:,} {words}.")
    rows = [("WHAT YOU DID", "HOW MANY")]
    types = sorted(said.get("types", {}).items(), key=lambda item: -item[1])
    rows += [(_DID.get(kind, kind), f"{times:,}") for kind, times in types]
    if len(rows) > 1:
        terminal.line()
        terminal.table(rows)
    if said.get("skipped"):
        left = sorted(said["skipped"].items(), key=lambda item: -item[1]["count"])
        terminal.line()
        terminal.table([("LEFT OUT", "HOW MANY", "SUCH AS"), *(
            (clean(why), f"{entry['count']:,}",
             clean(entry["examples"][0]).replace("\n", " ") if entry["examples"] else "")
            for why, entry in left
        )], cut=True)  # fmt: skip
    if "purposes" in (row.get("options") or {}) and "memory" not in row["options"]["purposes"]:
        terminal.tell("Nothing of it is remembered: memory is not allowed or not chosen.", "yellow")


def _files(row: Row, terminal: Terminal) -> None:
    """How many pictures and other files came along."""
    counts, dry = row["counts"], row["state"] == "dry"
    new, there = counts.get("media", 0) + counts.get("files", 0), counts.get("media_known", 0)
    if dry and new:
        size = row["report"]["media"]["bytes"]
        terminal.line(f"{count(new, 'file')} ({_size(size)}) would come along.")
        return
    if new:
        terminal.line(f"{count(new, 'file')} came along.")
    if there:
        verb = "was" if there == 1 else "were"
        terminal.line(f"{count(there, 'file')} {verb} there already.")


def _size(bytes: int) -> str:
    for unit, size in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if bytes >= size:
            return f"{bytes / size:,.1f} {unit}"
    return count(bytes, "byte")


class Bar:
    """How far an import is, drawn over itself."""

    def __init__(self, terminal: Terminal, name: str) -> None:
        self.terminal, self.name = terminal, name
        self.began, self._drawn, self._told = time.monotonic(), 0.0, False

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    def shown(self, media: bool) -> Callable[[Row], None]:
        """What draws it; how much comes along is said first."""

        def show(row: Row) -> None:
            if not self._told:
                self._told = True
                self._tell(row["report"].get("media") or {}, media)
            self.show(row)

        return show

    def _tell(self, found: dict[str, int], media: bool) -> None:
        if not found.get("count"):
            return
        many, size = count(found["count"], "file"), _size(found["bytes"])
        come = "comes" if found["count"] == 1 else "come"
        self.terminal.tell(
            f"With it {come} {many} ({size}): pictures, sound, video, documents. --no-media leaves "
            "them out." if media else f"{many} ({size}) beside the words stay out.", "dim",
        )  # fmt: skip

    def show(self, row: Row) -> None:
        now = time.monotonic()
        if now - self._drawn < _OFTEN:
            return
        self._drawn = now
        share = min(row["read"] / row["size"], 1.0) if row["size"] else 0.0
        full = int(share * _BAR)
        bar = "█" * full + "░" * (_BAR - full)
        words = f"{bar} {share:4.0%}  {row['position']:,} read, {row['counts'].get('new', 0):,} new"
        self.terminal.draw([f"{clean(self.name)}  {words}  {seconds(self.seconds)}"])
