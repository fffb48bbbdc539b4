"""`musespark models`: which models answer; try them, connect others, pull one from a hub."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from typing import TYPE_CHECKING

from musespark import connecting
from musespark.problem import Problem
from musespark.settings import Secret, Settings, TierSettings, write
from musespark.terminal import Terminal, clean, columns, seconds

if TYPE_CHECKING:
    from musespark.endpoint import Endpoint
    from musespark.model import Card
    from musespark.trial import Trial


def models(args: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """List, test, connect, disconnect or pull."""
    if args.what == "test":
        return asyncio.run(tested(args, settings, terminal))
    if args.what == "connect":
        return asyncio.run(connected(args, settings, terminal))
    if args.what == "disconnect":
        return disconnected(args, settings, terminal)
    if args.what == "pull":
        return asyncio.run(pulled(args, settings, terminal))
    return listed(settings, terminal)


def listed(settings: Settings, terminal: Terminal) -> int:
    """Each tier's model: where it is, what it can and cannot do, what it costs."""
    from musespark.models import Models

    made = Models(settings)
    cards = {tier: made(tier).card for tier in ("fast", "deep")}
    rows = [("TIER", "MODEL", "WHERE", "READS", "PRICE IN/OUT", "CAN")]
    for tier, card in cards.items():
        own = settings.fast if tier == "fast" else settings.deep
        name, reads = clean(card.name) or "(its first)", f"{card.context:,} tokens"
        price = f"{own.price_input:g} / {own.price_output:g}"
        rows.append((tier, name, card.where, reads, price, abilities(card)))
    terminal.table(rows)
    for notice in {card.notice for card in cards.values() if card.notice}:
        terminal.tell(notice, "yellow")
    return 0


def abilities(card: Card) -> str:
    """What a model can do, in words."""
    if card.weak:
        return "chat a little; not reason"
    can = ["tools"] if card.tools else []
    can += ["JSON"] if card.json_schema else []
    can += ["pictures"] if card.vision else []
    can += ["thinking"] if card.thinking else []
    return ", ".join(can) or "text only"


async def tested(args: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """Try the models that answer, each once."""
    from musespark.models import Models
    from musespark.trial import check

    made, seen, worst = Models(settings), set(), 0
    try:
        for tier in (args.tier,) if args.tier else ("fast", "deep"):
            model = made(tier)
            if (model.card.where, model.card.name) in seen:
                continue
            seen.add((model.card.where, model.card.name))
            terminal.tell(f"Trying {model.card.name or 'the model'} {model.card.place} ...", "dim")
            trial = await check(model)
            report(trial, terminal)
            worst = max(worst, 0 if trial.reachable else 1)
    finally:
        await made.close()
    return worst


def report(trial: Trial, terminal: Terminal) -> None:
    """What came of a trial."""
    from musespark.model import placed

    style = terminal.style
    terminal.line(style(f"{clean(trial.name)} {placed(trial.where)}", "bold", out=True))
    words = {True: "yes", False: "no", None: "not tried"}
    rows = [("answers", words[trial.reachable])]
    if trial.first_token is not None:
        rows.append(("first token", seconds(trial.first_token)))
    if trial.speed is not None:
        rows.append(("speed", f"{trial.speed:,.0f} tokens a second"))
    if trial.reachable:
        rows += [("calls tools", words[trial.tools]), ("keeps to JSON", words[trial.json_schema])]
        rows += [
            ("sees pictures", words[trial.vision]),
            ("shows its thinking", words[trial.thinking]),
        ]
    for line in columns(rows, 10_000):
        terminal.line(f"  {line}")
    for problem in dict.fromkeys(trial.problems):
        terminal.tell(problem, "yellow", first="  ")


async def connected(args: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """Find the model at an address, try it, and use it from now on."""
    import msgspec

    from musespark.endpoint import Endpoint
    from musespark.trial import check

    tier = TierSettings(
        url=connecting.address(args.url),
        key=Secret(key_of(args, terminal)),
        context=args.context or TierSettings().context,
        thinking=args.thinking or "",
        vision=args.vision,
        price_input=args.price_in or 0.0,
        price_output=args.price_out or 0.0,
    )
    endpoint = Endpoint(tier)
    try:
        names, endpoint = await listing(endpoint, terminal)
        name = connecting.chosen(args.name, names)
        tier = msgspec.structs.replace(endpoint.tier, name=name)
        if doubt := connecting.doubt(name, names):
            terminal.tell(doubt, "yellow")
    finally:
        await endpoint.close()
    endpoint = Endpoint(tier)
    try:
        terminal.tell(f"Trying {clean(tier.name)} at {endpoint.where} ...", "dim")
        trial = await check(endpoint, vision=args.vision or None)
    finally:
        await endpoint.close()
    report(trial, terminal)
    if not trial.reachable:
        raise Problem(
            "model_unreachable",
            "It was not connected: it does not answer.",
            next="Mend what stands above, then connect it again.",
        )
    write(settings, connecting.kept(args.tier, connecting.found_out(tier, trial)))
    which = "fast and deep" if args.tier == "both" else args.tier
    terminal.tell(f"Connected as {which}. It is kept in {settings.file}.", "green")
    warn(args, settings, terminal)
    return 0


def key_of(args: argparse.Namespace, terminal: Terminal) -> str:
    """The key: from the environment, or typed unseen; never from the arguments, which a shell
    writes into its history and other people of the machine can read."""
    if args.key_env:
        if not os.environ.get(args.key_env):
            raise Problem(
                "no_key",
                f"There is no key in {args.key_env}.",
                next=f"Set it first: read -rs {args.key_env}; export {args.key_env}",
            )
        return os.environ[args.key_env].strip()
    return typed() if args.ask_key else ""


def typed() -> str:
    import getpass

    return getpass.getpass("Key (it is not shown): ").strip()


async def listing(endpoint: Endpoint, terminal: Terminal) -> tuple[list[str], Endpoint]:
    """The models of a server; a person who is there is asked for the key that it wants."""
    import msgspec

    from musespark.endpoint import Endpoint

    try:
        return await endpoint.models(), endpoint
    except Problem as problem:
        wants = problem.code == "model_refused" and not endpoint.tier.key
        if not wants or sys.stdin is None or not sys.stdin.isatty():
            raise
        await endpoint.close()
        terminal.tell(f"The server at {endpoint.where} wants a key.")
        tier = msgspec.structs.replace(endpoint.tier, key=Secret(await asyncio.to_thread(typed)))
        again = Endpoint(tier)
        return await again.models(), again


def warn(args: argparse.Namespace, settings: Settings, terminal: Terminal) -> None:
    """The environment wins over the file: say so where it does."""
    over = [name for name in os.environ if name.startswith(("MUSESPARK_FAST_", "MUSESPARK_DEEP_"))]
    if over:
        terminal.tell(f"But the environment wins over it: {', '.join(sorted(over))}.", "yellow")


def disconnected(args: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """Forget a connected model and its key."""
    write(settings, connecting.forgotten(args.tier))
    terminal.tell("Disconnected; its key is forgotten.")
    warn(args, settings, terminal)
    return 0


async def pulled(args: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """Fetch a model file and use it as the embedded model."""
    from musespark.hub import HUB, pull

    began, first = time.monotonic(), -1

    def progress(done: int, total: int) -> None:
        nonlocal first
        first = done if first < 0 else first
        passed = time.monotonic() - began
        speed = (done - first) / passed if passed > 0.5 else 0.0
        left = f", {seconds((total - done) / speed)} left" if speed and total > done else ""
        room = 24
        bar = "#" * (room * done // total) if total else ""
        of = f" of {total / 1e6:,.0f}" if total else ""
        terminal.draw([f"[{bar:<{room}}] {done / 1e6:,.0f}{of} MB, {speed / 1e6:,.1f} MB/s{left}"])

    folder = settings.home / "models"
    folder.mkdir(parents=True, exist_ok=True)
    token = Secret(os.environ.get("HF_TOKEN", ""))
    terminal.tell(f"Fetching {args.file} of {args.repo} ...", "dim")
    hub = os.environ.get("HF_ENDPOINT") or HUB
    got = await pull(args.repo, args.file, folder, base_url=hub, token=token, progress=progress)
    terminal.erase()
    write(settings, {"embedded_path": str(got.path)})
    checked = "its checksum is right" if got.sha256 else "the hub names no checksum to check it by"
    terminal.tell(f"{got.path.name}: {got.size / 1e6:,.0f} MB, {checked}.", "green")
    terminal.tell("It is the embedded model from now on. Try it: musespark models test")
    return 0
