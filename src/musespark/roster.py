"""`musespark people`, `me` and `hosts`: who is here, who you are, which apps vouch for people."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from musespark.problem import Problem
from musespark.settings import Settings
from musespark.terminal import Terminal, clean

if TYPE_CHECKING:
    from musespark.store import Row, Store

OWNER = "owner"  # who may use the terminal of this machine
Body = Callable[["Store", argparse.Namespace, Terminal], Awaitable[int]]


def people(args: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """List, add and change people."""
    bodies: dict[str | None, Body] = {
        None: _listed, "list": _listed, "add": _added, "role": _role, "end": _ended, "back": _ended,
    }  # fmt: skip
    return asyncio.run(_with_store(bodies[args.what], args, settings, terminal))


def me(args: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """Say who you are, or change your name, language or zone."""
    return asyncio.run(_with_engine(args, settings, terminal))


def hosts(args: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """List, register, try and end host apps."""
    bodies: dict[str | None, Body] = {
        None: _hosts, "list": _hosts, "add": _registered, "test": _tried, "end": _host_ended,
    }  # fmt: skip
    return asyncio.run(_with_store(bodies[args.what], args, settings, terminal))


async def _with_store(
    body: Body, args: argparse.Namespace, settings: Settings, terminal: Terminal
) -> int:
    from musespark.store import Store

    store = await Store.open(settings, size=2)
    try:
        return await body(store, args, terminal)
    finally:
        await store.close()


# -- people ----------------------------------------------------------------------------------------


async def _listed(store: Store, args: argparse.Namespace, terminal: Terminal) -> int:
    from musespark.people import People

    known, after = People(store), ""
    rows: list[tuple[str, ...]] = [("ID", "NAME", "ROLE", "SINCE", "STATE")]
    while page := await known.seen(OWNER, words=args.search, after=after, most=500):
        after = page[-1]["person"]
        for row in page:
            if args.json:
                terminal.line(msgspec.json.encode(row).decode())
                continue
            rows.append((clean(row["person"]), clean(row["name"]), row["role"],
                         f"{row['created'].astimezone():%Y-%m-%d}",
                         "ended" if row["ended"] else ""))  # fmt: skip
    if not args.json:
        terminal.table(rows)
    return 0


async def _added(store: Store, args: argparse.Namespace, terminal: Terminal) -> int:
    from musespark.people import People

    await People(store).add(OWNER, args.id, args.name, args.role)
    terminal.tell(f"{args.id} is here as a {args.role}.")
    terminal.tell(f"Let them in: musespark link --person {args.id}, or musespark keys create NAME "
                  f"--person {args.id}", "dim")  # fmt: skip
    return 0


async def _role(store: Store, args: argparse.Namespace, terminal: Terminal) -> int:
    from musespark.people import People

    row = await People(store).change(OWNER, args.id, role=args.role)
    terminal.tell(f"{row['person']} is a {row['role']} now. A running server notices in 2 seconds.")
    return 0


async def _ended(store: Store, args: argparse.Namespace, terminal: Terminal) -> int:
    from musespark.people import People

    gone = args.what == "end"
    await People(store).end(OWNER, args.id, gone)
    if gone:
        terminal.tell(f"{args.id} comes in no more: keys and sessions have ended. What is theirs "
                      "stays.")  # fmt: skip
    else:
        terminal.tell(f"{args.id} may come in again. Their keys stay ended: make new ones.")
    return 0


# -- yourself --------------------------------------------------------------------------------------


async def _with_engine(args: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musespark.engine import Engine
    from musespark.hosts import spoken
    from musespark.person import RIGHTS

    engine = await Engine.open(settings)
    try:
        assert engine.people is not None
        wanted = {"name": args.name, "language": args.language, "zone": args.zone}
        what = {name: value for name, value in wanted.items() if value is not None}
        if what:
            found = spoken(args.language or "", args.zone or "")
            for name, given, known in (("language", args.language, found[0]),
                                       ("time zone", args.zone, found[1])):  # fmt: skip
                if given and not known:
                    raise Problem("usage", f"There is no {name} {given[:60]!r}.",
                                  next="Say it as de or Europe/Berlin.")  # fmt: skip
            await engine.people.say(args.person, what)
        who = await engine.person(args.person)
    finally:
        await engine.close()
    told = {
        "id": who.id, "name": who.name, "role": who.role, "may": sorted(RIGHTS[who.role]),
        "language": who.language, "zone": who.zone, "allows": sorted(who.purposes),
    }  # fmt: skip
    if args.json:
        terminal.line(msgspec.json.encode(told).decode())
        return 0
    for name, value in told.items():
        words = ", ".join(value) if isinstance(value, list) else str(value)
        terminal.line(f"{name:9} {clean(words) or '-'}")
    return 0


# -- host apps -------------------------------------------------------------------------------------


async def _hosts(store: Store, args: argparse.Namespace, terminal: Terminal) -> int:
    from musespark.hosts import Hosts

    found = await Hosts(store).registered()
    if args.json:
        for row in found:
            terminal.line(msgspec.json.encode(row).decode())
        return 0
    if not found:
        terminal.tell("No app vouches for people. `musespark hosts add NAME` registers one.")
        return 0
    rows = [("NAME", "ISSUER", "AUDIENCE", "KEYS", "PEOPLE ARE", "STATE")]
    for row in found:
        keys = row["jwks_url"] or f"{len(row['keys'])} here"
        rows.append((row["name"], clean(row["issuer"]), clean(row["audience"]), clean(keys),
                     f"{row['role']}s", "ended" if row["ended"] else ""))  # fmt: skip
    terminal.table(rows)
    return 0


async def _registered(store: Store, args: argparse.Namespace, terminal: Terminal) -> int:
    from musespark import public_keys
    from musespark.hosts import Hosts

    keys: list[dict[str, str]] = []
    for name in args.keys:
        text = sys.stdin.read() if name == "-" else _read(name)
        keys += public_keys.from_pem(text) if "-----BEGIN" in text else public_keys.read(
            text.encode())  # fmt: skip
    row: Row = await Hosts(store).register(OWNER, args.name, {
        "issuer": args.issuer, "audience": args.audience, "keys": keys,
        "jwks_url": args.jwks_url, "role": args.role, "algorithms": public_keys.fitting(keys),
    })  # fmt: skip
    terminal.tell(f"The app {row['name']!r} vouches for its people, who are {row['role']}s here.")
    terminal.tell(f"Its tokens: iss {row['issuer']}, aud {row['audience']}, signed by "
                  f"{', '.join(row['algorithms'])}.", "dim")  # fmt: skip
    terminal.tell("From now on everybody says who they are, on this machine too: `musespark link` "
                  "signs you in.", "dim")  # fmt: skip
    return 0


def _read(name: str) -> str:
    try:
        return Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Problem("usage", f"{name} cannot be read.", why=f"{error}.",
                      next="Name a PEM or JWKS file.") from None  # fmt: skip


async def _tried(store: Store, args: argparse.Namespace, terminal: Terminal) -> int:
    from musespark.hosts import Hosts

    word = sys.stdin.read() if args.token == "-" else args.token  # noqa: S105
    vouched = await Hosts(store).vouched(word.strip())
    told: dict[str, Any] = {"host": vouched.host, "person": vouched.person}
    terminal.line(msgspec.json.encode(told | {"claims": vouched.claims}).decode())
    return 0


async def _host_ended(store: Store, args: argparse.Namespace, terminal: Terminal) -> int:
    from musespark.hosts import Hosts

    await Hosts(store).end(OWNER, args.name)
    terminal.tell(f"No token of {args.name!r} opens this server any more. Its people's data stay.")
    return 0
