"""What the terminal asks a person after an answer: may this be kept, may that be done."""

from __future__ import annotations

import re
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

from musespark.problem import Problem
from musespark.terminal import Terminal, clean

if TYPE_CHECKING:
    from musespark.approval import Approval, Scope
    from musespark.display import Display
    from musespark.engine import Engine
    from musespark.turn import Turn

YES = frozenset({"y", "yes", "j", "ja", "s", "sí", "si", "o", "oui"})
NO = frozenset({"n", "no", "nein", "non"})
_SCOPES: dict[str, tuple[Scope, str]] = {
    "y": ("once", "yes, this once"),
    "d": ("site_today", "and whatever else it does there today"),
    "c": ("tool_conversation", "and whatever else it does in this conversation"),
}


def asks(terminal: Terminal) -> bool:
    """Whether there is a person to ask: both ends are a terminal."""
    return terminal.err_live and not terminal.quiet and sys.stdin is not None and sys.stdin.isatty()


async def put(engine: Engine, turn: Turn, display: Display, terminal: Terminal) -> None:
    """Ask what an answer left to be asked; where nobody can answer, say how to."""
    if not asks(terminal):
        tell(display, terminal)
        return
    waiting = [value for kind, value in display.asked if kind == "approval"]
    if waiting:
        await _approve(engine, turn, waiting, terminal)
    for kind, value in display.asked:
        if kind == "consent" and engine.store is not None:
            await _allow(engine, turn, value, terminal)


def tell(display: Display, terminal: Terminal) -> None:
    """Say what waits, and how it is answered."""
    for kind, value in display.asked:
        if kind == "consent":
            purpose = value["purpose"]
            terminal.tell(f"{value['question']} (musespark consent allow {purpose}, or withdraw)")
        else:
            for line in lines(value):
                terminal.tell(line)
            terminal.tell(f"musespark approvals approve {value['id']}", "dim", first="  ")


def lines(value: dict[str, Any]) -> list[str]:
    """Exactly what would happen, a line for each argument."""
    found = [f"Waiting for you: {value['said']}"]
    found += [f"  {each['name']}: {each['value']}" for each in value["shown"]]
    return [clean(line) for line in found]


async def _allow(engine: Engine, turn: Turn, value: dict[str, Any], terminal: Terminal) -> None:
    from musespark import purposes

    terminal.tell(value["changes"], "dim")
    answer = _answer(terminal, f"{value['question']} [y/n] ")
    if answer not in YES | NO or engine.store is None:
        terminal.tell("Left as it is: not allowed. It is not asked again.", "dim")
        return
    await purposes.change(
        engine.store, turn.person.id, value["purpose"], answer in YES, context=turn.run
    )
    if engine.people is not None:
        engine.people.changed(turn.person.id)
    done = "Allowed, from now on." if answer in YES else "Not allowed."
    terminal.tell(f"{done} `musespark consent` shows and changes it.", "dim")


async def _approve(
    engine: Engine, turn: Turn, waiting: list[dict[str, Any]], terminal: Terminal
) -> None:
    for number, value in enumerate(waiting, 1):
        first, *rest = lines(value)
        terminal.tell(f"{number}. {first}" if len(waiting) > 1 else first, "bold")
        for line in rest:
            terminal.tell(line)
    chosen, scope = _one(waiting, terminal) if len(waiting) == 1 else _some(waiting, terminal)
    if chosen is None:
        terminal.tell("It waits for a day: `musespark approvals`.", "dim")
        return
    for value in waiting:
        try:
            if value["id"] in chosen:
                done = await engine.approvals.approve(
                    turn.person, value["id"], scope, value["digest"]
                )
                show(done, terminal)
            else:
                await engine.approvals.deny(turn.person.id, value["id"])
        except Problem as problem:
            terminal.problem(problem)


def _one(waiting: list[dict[str, Any]], terminal: Terminal) -> tuple[set[str] | None, Scope]:
    """The call, if the person says yes, and how far; None where they decide nothing."""
    offered = {key: each for key, each in _SCOPES.items() if each[0] in waiting[0]["scopes"]}
    for key, (_, words) in offered.items():
        terminal.tell(f"{key}  {words}", "dim", first="  ")
    answer = _answer(terminal, f"Do it? [{'/'.join(offered)}/n] ")
    answer = "y" if answer in YES else answer
    if answer in NO:
        return set(), "once"
    return ({waiting[0]["id"]}, offered[answer][0]) if answer in offered else (None, "once")


def _some(waiting: list[dict[str, Any]], terminal: Terminal) -> tuple[set[str] | None, Scope]:
    """Those of several that the person says yes to; the others are denied."""
    answer = _answer(terminal, "Do which? [a: all, n: none, or their numbers] ")
    if answer in ("a", "all"):
        return {value["id"] for value in waiting}, "once"
    numbers = {int(each) for each in re.findall(r"\d{1,3}", answer)}
    chosen = {value["id"] for n, value in enumerate(waiting, 1) if n in numbers}
    return (chosen if chosen or answer in NO | {"none"} else None), "once"


def show(done: Approval, terminal: Terminal) -> None:
    """What came of an approved call."""
    content = (done.result or {}).get("content", "")
    style = "" if done.now == "done" else "yellow"
    terminal.tell(clean(f"{done.tool}: {done.now}. {content}".strip()), *filter(None, [style]))


def _answer(terminal: Terminal, question: str) -> str:
    """A line of the person, in small letters; "" where they leave with Ctrl-C or Ctrl-D."""
    terminal.erase()
    terminal.err.write(clean(question))
    terminal.err.flush()
    main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, signal.default_int_handler) if main else None
    try:
        return sys.stdin.readline().strip().casefold()
    except KeyboardInterrupt:
        terminal.err_line("")
        return ""
    finally:
        if main:
            signal.signal(signal.SIGINT, before)
