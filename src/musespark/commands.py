"""The commands beside `ask` and `models`: serve, runs, keys, tools, settings."""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import msgspec

from musespark.problem import Problem
from musespark.prose import writer
from musespark.settings import Secret, Settings, veiled
from musespark.terminal import Terminal, clean, count, seconds

if TYPE_CHECKING:
    from musespark.engine import Engine
    from musespark.store import Row, Store

OWNER = "owner"


# -- serve -----------------------------------------------------------------------------------------


def serve(args: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """Start the HTTP server and say how to reach it; runs until Ctrl-C."""
    from musespark import api
    from musespark.chat import first_words

    host, port = args.host or settings.host, args.port or settings.port
    if not 0 < port < 65_536:
        raise Problem("usage", f"There is no port {port}.", next="Choose one from 1 to 65535.")
    settings = msgspec.structs.replace(settings, host=host, port=port)
    logged(settings)
    first_words(settings, terminal)

    def ready(word: str) -> None:
        for line in welcome(settings, word):
            terminal.err_line(line)

    api.serve(settings, say=lambda line: None, ready=ready)
    terminal.tell("Stopped. What was asked and answered is kept.", "dim")
    return 0


def welcome(settings: Settings, word: str) -> list[str]:
    """Where the server is, how to call it, what answers, and where the data lies. `word` is that
    of a link for the owner, where nobody can sign in yet."""
    host = settings.host if settings.host not in ("0.0.0.0", "::") else "127.0.0.1"  # noqa: S104
    url = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
    from musespark import links
    from musespark.models import Models

    link = links.address(nearby(settings), word)
    models = Models(settings)
    cards = {tier: models(tier).card for tier in ("fast", "deep")}
    named = {tier: f"{card.name or 'the first listed'} {card.place}"
             for tier, card in cards.items()}  # fmt: skip
    same = named["fast"] == named["deep"]
    using = named["fast"] if same else f"{named['fast']} (fast), {named['deep']} (deep)"
    data = "your PostgreSQL" if settings.database_url else str(settings.home)
    return [
        f"musespark answers at {url}",
        f"  web app  {url}/  (open it in a browser)",
        f"  models   {using}",
        f"  keys     {'none yet, so only this machine may ask' if word else 'needed'}",
        *([f"  sign in  {link}  (as owner: once, within {links.MINUTES} minutes)"] if word else []),
        f"  data     {data}",
        f"  API      {url}/v1  (OpenAI's protocols; {url}/agui for AG-UI)",
        "  stop it  Ctrl-C",
    ]


def nearby(settings: Settings) -> str:
    """Where a browser on this machine finds the server, by a name: passkeys want one."""
    host = settings.host
    if host in ("0.0.0.0", "::", "127.0.0.1", "::1"):  # noqa: S104
        host = "localhost"
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def logged(settings: Settings) -> None:
    """The server's log goes to standard error."""
    import logging

    logging.basicConfig(
        level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )


# -- runs ------------------------------------------------------------------------------------------


def runs(args: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """List, show, follow or cancel runs."""
    what: dict[str | None, Callable[..., Awaitable[int]]] = {
        None: listed,
        "list": listed,
        "show": shown,
        "follow": followed,
        "cancel": cancelled,
    }
    return asyncio.run(_with_engine(what[args.what], args, settings, terminal))


async def _with_engine(
    body: Callable[..., Awaitable[int]],
    args: argparse.Namespace,
    settings: Settings,
    terminal: Terminal,
) -> int:
    from musespark.engine import Engine

    engine = await Engine.open(settings, watch=args.what == "follow")
    try:
        return await body(engine, args, terminal)
    finally:
        await engine.close()


async def listed(engine: Engine, args: argparse.Namespace, terminal: Terminal) -> int:
    recent = await engine.runs.recent(OWNER, args.limit)
    if args.json:
        for row in recent:
            terminal.line(msgspec.json.encode(row).decode())
        return 0
    if not recent:
        terminal.tell('Nothing was asked yet. Try: musespark ask "What is 17% of 240?"')
        return 0
    rows = [("RUN", "WHEN", "STATE", "MODE", "TOKENS", "QUESTION")]
    for row in recent:
        used = row["usage"].get("input", 0) + row["usage"].get("output", 0)
        rows.append((row["id"], when(row["started"]), row["state"], row["mode"] or "-",
                     f"{used:,}", clean(row["title"]).replace("\n", " ")))  # fmt: skip
    if terminal.out_live and terminal.width < 110:  # the end of an id says which as well
        rows = [(row[0] if not n else row[0][-8:], *row[1:]) for n, row in enumerate(rows)]
    terminal.table(rows, cut=True)
    return 0


async def found(engine: Engine, given: str) -> str:
    """The id of the run that is meant by the whole id or a part of it. Raises Problem."""
    recent = await engine.runs.recent(OWNER, 1000)
    matches = [row["id"] for row in recent if given in row["id"]]
    if given in matches or len(matches) == 1:
        return given if given in matches else str(matches[0])
    if not matches:
        await engine.runs.row(OWNER, given)
        return given
    raise Problem(
        "unknown_run",
        f"{given!r} stands in the ids of {len(matches)} runs.",
        next="Give more of it.",
    )


async def shown(engine: Engine, args: argparse.Namespace, terminal: Terminal) -> int:
    """A run as a tree of its steps."""
    row = await engine.runs.whole(OWNER, await found(engine, args.id))
    if args.json:
        terminal.line(msgspec.json.encode(row).decode())
        return 0
    style = terminal.style
    question, answer = "", ""
    for message in row["messages"]:
        text = "\n".join(part["text"] for part in message["parts"] if part.get("type") == "text")
        if message["role"] == "user":
            question = question or text
        else:
            answer = text
    terminal.line(style(clean(question) or "(no question)", "bold", out=True))
    ended = row["ended"] or datetime.now(row["started"].tzinfo)
    usage = row["usage"]
    facts = [row["state"], row["mode"], count(tokens(usage), "token")]
    facts += [f"cost {usage['cost']:.4f}"] if usage.get("cost") else []
    facts += [seconds((ended - row["started"]).total_seconds()), when(row["started"])]
    terminal.line(" · ".join(fact for fact in facts if fact))
    terminal.line(style(f"{row['id']} in {row['conversation']}", "dim", out=True))
    if row["reason"]:
        terminal.line(style(row["reason"], "dim", out=True))
    if row["error"]:
        terminal.line(style(f"Error: {row['error']['message']}", "red", out=True))
    if row["steps"]:
        terminal.line()
        terminal.table([("STEP", "TIME", "TOKENS", "RESULT"), *tree(row["steps"])], cut=True)
    if answer:
        terminal.line()
        prose = writer(terminal)
        prose.feed(answer.strip())
        prose.end()
    return 0


def tree(steps: list[Row]) -> list[tuple[str, str, str, str]]:
    """The steps, those of an agent below its name: what, how long, how many tokens, what came."""
    groups: dict[str, list[Row]] = {}
    for step in steps:
        head, _, _ = step["path"].rpartition("/")
        groups.setdefault(head.partition("/")[0], []).append(step)
    rows: list[tuple[str, str, str, str]] = []
    for name, members in groups.items():
        own = [step for step in members if step["kind"] != "gather"]
        if name and own:
            agents = {step["agent"] for step in own if step["agent"]}
            spent = sum(tokens(step["usage"]) for step in own)
            took = max(s["ended"] for s in own) - min(s["started"] for s in own)
            label = f"{name} ({', '.join(sorted(agents))})" if agents else name
            rows.append((label, seconds(took), f"{spent:,}" if spent else "", ""))
        for step in members:
            spent = tokens(step["usage"])
            rows.append((f"{'  ' if name else ''}{step['kind']} {step['name']}",
                         seconds(step["ended"] - step["started"]), f"{spent:,}" if spent else "",
                         result(step)))  # fmt: skip
    return rows


def result(step: Row) -> str:
    """What came of a step, in a line."""
    output = step["output"]
    if step["error"]:
        return "failed: " + " ".join(clean(step["error"]).split())
    if step["kind"] == "gather":
        whole = sum(1 for d in output if not d.get("cut") and not d.get("error"))
        return f"{whole} of {count(len(output), 'draft')} finished"
    if not isinstance(output, dict):
        return ""
    text = output.get("content") or output.get("text") or ""
    if not text and output.get("calls"):
        text = "calls " + ", ".join(call["name"] for call in output["calls"])
    return " ".join(clean(text).split())


async def followed(engine: Engine, args: argparse.Namespace, terminal: Terminal) -> int:
    """The events of a run, as `ask` shows them; one that goes on elsewhere is looked at anew."""
    from musespark import event as ev
    from musespark.assent import tell
    from musespark.chat import EXITS, interrupts
    from musespark.display import Display
    from musespark.message import Usage

    run = await found(engine, args.id)
    display, after = Display(terminal, "waiting for the run"), args.after
    with interrupts() as stop:
        while not stop.is_set():
            async for number, event in engine.runs.follow(OWNER, run, after):
                after = number
                if args.json:
                    terminal.line(ev.encode(event).decode())
                else:
                    display.show(event)
                if stop.is_set():
                    break
            row = await engine.runs.row(OWNER, run)
            if row["state"] != "running":
                break
            await asyncio.sleep(0.2)
            display.tick()
    if stop.is_set():
        terminal.tell("No longer followed; the run goes on where it runs.", "dim")
        return 130
    if not display.state:
        display.state = row["state"]
        display.run, display.mode = run, display.mode or row["mode"]
        display.problem = (row["error"] or {}).get("message", "")
    if not args.json:
        began, ended = row["started"], row["ended"] or row["started"]
        display.began = time.monotonic() - (ended - began).total_seconds()
        display.close(msgspec.convert(row["usage"], Usage))
        tell(display, terminal)
    return EXITS.get(display.state, 1) if not args.json else 0


async def cancelled(engine: Engine, args: argparse.Namespace, terminal: Terminal) -> int:
    """Mark a run as cancelled; the process that works on it notices within a second."""
    run = await found(engine, args.id)
    if not await engine.runs.cancel(OWNER, run):
        state = (await engine.runs.row(OWNER, run))["state"]
        terminal.tell(f"Nothing to cancel: the run is {state} already.")
        return 0
    terminal.tell(f"Cancelled {run}.")
    return 0


def tokens(usage: dict[str, Any]) -> int:
    return int(usage.get("input", 0) + usage.get("output", 0))


def when(moment: datetime | None) -> str:
    """A time of today, else a date, in this machine's zone."""
    if moment is None:
        return "-"
    local, now = moment.astimezone(), datetime.now().astimezone()
    return f"{local:%H:%M:%S}" if local.date() == now.date() else f"{local:%Y-%m-%d %H:%M}"


# -- keys ------------------------------------------------------------------------------------------


def keys(args: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """Create, list or revoke keys."""
    return asyncio.run(_keys(args, settings, terminal))


async def _keys(args: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    from musespark import audit, scopes
    from musespark.keys import Keys
    from musespark.people import People
    from musespark.store import Store

    store: Store = await Store.open(settings, size=2)
    try:
        known = Keys(store)
        if args.what == "create":
            role = (await People(store).of(args.person)).role
            bounds = scopes.known(args.scope or ["*"], role)
            id, key = await known.create(args.person, args.name, scopes=bounds, days=args.days)
            await audit.note(store, args.person, "key_created", about=id,
                             detail={"scopes": sorted(bounds), "called": args.name})  # fmt: skip
            terminal.tell(f"The key {args.name!r} ({id}). It is shown only now:")
            terminal.line(key)
            terminal.tell("Send it as `Authorization: Bearer ...`.", "dim")
        elif args.what == "revoke":
            await known.revoke(args.id, args.person)
            await audit.note(store, args.person, "key_revoked", about=args.id)
            terminal.tell("Revoked. A running server notices within 30 seconds.")
        else:
            found = await known.of(args.person)
            if not found:
                terminal.tell("There are no keys: the server answers this machine only.")
                terminal.tell("Make one: musespark keys create NAME", "dim")
                return 0
            rows = [("ID", "NAME", "ENDS IN", "FOR", "MADE", "LAST USED", "STATE")]
            for row in found:
                over = row["until"] is not None and row["until"] < datetime.now(UTC)
                state = "revoked" if row["revoked"] else "over" if over else "valid"
                rows.append((row["id"], clean(row["name"]), row["hint"], " ".join(row["scopes"]),
                             when(row["created"]), when(row["used"]), state))  # fmt: skip
            terminal.table(rows)
    finally:
        await store.close()
    return 0


# -- tools and settings ----------------------------------------------------------------------------


def tools(args: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """List the tools and what each may do."""
    return asyncio.run(_tools(settings, terminal))


async def _tools(settings: Settings, terminal: Terminal) -> int:
    from musespark.engine import Engine

    engine = Engine(settings, None)
    try:
        rows = [("TOOL", "FROM", "MAY", "WHAT IT DOES")]
        off = settings.off
        for tool in (await engine.all_tools()).values():
            may = "read outside" if tool.outside else "compute"
            may = "act (asks first)" if tool.acts else may
            may = "nothing (it is off)" if tool.name in off else may
            what = " ".join(tool.description.split("\n\n")[0].split())
            rows.append((tool.name, tool.origin, may, clean(what)))
        terminal.table(rows)
        for name, problem in engine.mcp.problems.items():
            terminal.tell(f"{name}: {problem.text}", "yellow")
        for name in sorted(off - {row[0] for row in rows}):
            near = get_close_matches(name, [row[0] for row in rows[1:]], 1)
            hint = f" Did you mean {near[0]}?" if near else ""
            words = f"MUSESPARK_TOOLS_OFF names {name}, and there is no such tool.{hint}"
            terminal.tell(words, "yellow")
    finally:
        await engine.close()
    return 0


def settings(args: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """List every setting with its value, where it comes from and what it means."""
    import tomllib

    from musespark.glossary import meaning
    from musespark.settings import names, place

    file = tomllib.loads(settings.file.read_text()) if settings.file.exists() else {}
    wanted = args.filter.upper()
    rows = []
    for name in names():
        if wanted not in name:
            continue
        table, key = place(name)
        owner = getattr(settings, table) if table else settings
        value, filed = getattr(owner, key), key in (file.get(table, {}) if table else file)
        source = "environment" if name in os.environ else "file" if filed else "default"
        rows.append((name, written(value), source, meaning(name)))
    if not rows:
        raise Problem("unknown_setting", f"No setting has {args.filter!r} in its name.",
                      next="`musespark settings` lists them all.")  # fmt: skip
    if (
        terminal.out_live and terminal.width < 130
    ):  # too narrow for four columns: the meaning goes below
        for name, value, source, words in rows:
            terminal.line(terminal.style(name, "bold", out=True) + f" = {value}  ({source})")
            terminal.line(terminal.style(f"  {words}", "dim", out=True))
    else:
        terminal.table([("SETTING", "VALUE", "FROM", "MEANING"), *rows])
    terminal.tell(f"The file is {settings.file}; the environment wins over it.", "dim")
    return 0


def written(value: object) -> str:
    """A value as it is shown: a secret only as set or not, an address without its login."""
    if isinstance(value, Secret):
        return "(set)" if value else "(none)"
    if isinstance(value, bool):
        return "true" if value else "false"
    return veiled(str(value)) if value != "" else '""'
