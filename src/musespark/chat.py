"""`musespark ask`: one question, or a conversation at the terminal."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musespark.assent import put
from musespark.display import Display
from musespark.message import Document, Message, say
from musespark.problem import Problem
from musespark.settings import Settings
from musespark.terminal import Terminal

if TYPE_CHECKING:
    from musespark.attachment import Attachment
    from musespark.engine import Engine
    from musespark.runs import Live
    from musespark.tool import Tool
    from musespark.turn import Turn

DONE, FAILED, USAGE, PARTIAL, INTERRUPTED = 0, 1, 2, 3, 130
EXITS = {"done": DONE, "partial": PARTIAL, "cancelled": INTERRUPTED}
_TICK = 0.1  # seconds between two drawings while nothing comes

_HELP = """\
Ask something, or:
  /mode NAME    from now on: auto, instant, thinking or contemplating
  /attach FILE  send this file with the next question
  /new          start a new conversation
  /quit         leave (Ctrl-D does it too)"""


def ask(args: argparse.Namespace, settings: Settings, terminal: Terminal) -> int:
    """Answer the question of the arguments or of a pipe, or talk."""
    from musespark.attachment import Attachment, attach, piped

    words = " ".join(args.question)
    keeping = None if args.incognito or args.no_keep else settings.home
    documents = attach(args.attach, keeping, settings, terminal, words, place=args.place)
    text = "" if "-" in args.attach else piped(wanted=not words)
    if words and text.strip():
        documents.append(Attachment([Document(text, "stdin")]))
    elif text.strip():
        words = text.strip()
    if not words.strip():
        if sys.stdin is not None and sys.stdin.isatty() and not args.json:
            return asyncio_run(lambda runner: _talk(runner, args, settings, terminal, documents))
        raise Problem(
            "empty_message",
            "There is no question.",
            next='Write it behind the command: musespark ask "How many days until Christmas?"',
        )
    return asyncio_run(lambda runner: runner.run(_once(args, settings, terminal, words, documents)))


def asyncio_run(body: Callable[[asyncio.Runner], int]) -> int:
    with asyncio.Runner() as runner:
        return body(runner)


def asking(words: str, documents: list[Attachment]) -> Message:
    """The question with what goes along."""
    return say("user", words, *(part for each in documents for part in each.parts))


async def _keeping(
    engine: Engine, args: argparse.Namespace, words: str, documents: list[Attachment]
) -> Message:
    """The same, its files kept with it, unless nothing is to be."""
    if args.incognito or engine.files is None or not any(each.body for each in documents):
        return asking(words, documents)
    from musespark.attachment import kept

    return say("user", words, *await kept(engine.files, "owner", documents))


async def _once(
    args: argparse.Namespace, settings: Settings, terminal: Terminal, words: str,
    documents: list[Attachment],
) -> int:  # fmt: skip
    message = asking(words, documents)
    opening = Opening(args, settings, terminal)
    with interrupts(opening.interrupt):
        try:
            engine = await opening.engine(message)
        except asyncio.CancelledError:
            terminal.tell("Cancelled before it began.", "yellow")
            return INTERRUPTED
    try:
        conversation = await continued(engine, args)
        message = await _keeping(engine, args, words, documents)
        turn = await turn_of(engine, args, conversation, message, terminal)
        return await answered(engine, turn, terminal, args)
    finally:
        await opening.close(engine)


class Opening:
    """What has to start before a question is answered, as much of it at once as can be."""

    def __init__(self, args: argparse.Namespace, settings: Settings, terminal: Terminal) -> None:
        self.settings, self.terminal = settings, terminal
        again = bool(args.conversation or args.last)
        self.keep = not args.no_keep and (not args.incognito or again)
        self._task: asyncio.Task[Engine] | None = None
        self._models: Any = None

    async def close(self, engine: Engine) -> None:
        await engine.close()
        if self._models is not None:
            await self._models.close()

    def interrupt(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def engine(self, message: Message | None) -> Engine:
        """The engine, with its store open, and the model on its way if the question needs it."""
        self._task = asyncio.ensure_future(self._open(message))
        return await self._task

    async def _open(self, message: Message | None) -> Engine:
        if self.keep:
            first_words(self.settings, self.terminal)
        from musespark.engine import Engine
        from musespark.models import Models

        models = self._models = Models(self.settings)
        opening = asyncio.create_task(Engine.open(self.settings, keep=self.keep, models=models))
        try:
            await asyncio.sleep(0)  # its thread starts the database while this one goes on
            if message is not None and needs_model(self.settings, models, message):
                warm = asyncio.create_task(models.start())
                warm.add_done_callback(lambda done: done.cancelled() or done.exception())
            return await opening
        except BaseException:
            opening.cancel()
            with contextlib.suppress(BaseException):
                await (await opening).close()
            raise


def needs_model(settings: Settings, models: Any, message: Message) -> bool:
    """Whether no exact tool answers this on its own; never asks a model."""
    from musespark import exact, plugins
    from musespark.person import Person
    from musespark.turn import Turn

    person = Person(language=settings.language or "en", zone=settings.zone or "UTC")
    names = [name for name in plugins.names("tools") if name not in settings.off]
    tools = {name: plugins.load("tools", name) for name in names}
    turn = Turn(person=person, messages=[message], models=models, tools=tools)
    return exact.recognised(turn) is None


def first_words(settings: Settings, terminal: Terminal) -> None:
    """Said once, on the very first run."""
    if not settings.database_url and not (settings.home / "postgres").exists():
        terminal.tell(
            f"First run: setting up the embedded PostgreSQL in {settings.home}. "
            "This takes a few seconds, once.",
            "dim",
        )


async def continued(engine: Engine, args: argparse.Namespace) -> str:
    """The conversation to go on with, "" for a new one. Raises Problem for an unknown one."""
    if args.conversation or not args.last:
        if args.conversation and not await engine.runs.history("owner", args.conversation):
            raise Problem(
                "unknown_conversation",
                f"There is no conversation {args.conversation!r} of yours.",
                next="`musespark runs` lists what was asked; leave --conversation out to begin a "
                "new one.",
                status=404,
            )
        return str(args.conversation or "")
    recent = await engine.runs.recent("owner", 1)
    if not recent:
        raise Problem(
            "unknown_conversation",
            "There is no conversation to go on with.",
            next="Leave --continue out to begin one.",
        )
    return str(recent[0]["conversation"])


async def offered(engine: Engine, message: Message, terminal: Terminal) -> dict[str, Tool]:
    """The tools of a turn. An MCP server may be slow or gone: what is waited for is said, and
    nobody is waited for where an exact tool answers."""
    servers = engine.settings.mcp
    if not servers or not needs_model(engine.settings, engine.models, message):
        return await engine.tools(near=True)
    terminal.draw([terminal.style(f"connecting to {', '.join(servers)} (MCP)", "dim")])
    tools = await engine.tools()
    terminal.erase()
    for problem in engine.mcp.problems.values():
        terminal.tell(f"Note: {problem.text}", "yellow", rest="  ")
    return tools


async def turn_of(
    engine: Engine,
    args: argparse.Namespace,
    conversation: str,
    message: Message,
    terminal: Terminal,
) -> Turn:
    """The turn that the arguments describe."""
    from musespark.turn import Budget

    own = engine.settings
    tools = await (engine.tools() if args.approve else offered(engine, message, terminal))
    for name in args.approve:
        if name not in tools:
            from difflib import get_close_matches

            near = get_close_matches(name, tools, 1)
            raise Problem(
                "unknown_tool",
                f"There is no tool called {name!r}.",
                next=(f"Did you mean {near[0]!r}? " if near else "") + "`musespark tools` lists "
                "them.",
            )
    earlier = await engine.runs.history("owner", conversation) if conversation else []
    money = own.budget_money if args.budget_money is None else args.budget_money
    return await engine.turn(
        [*earlier, message],
        conversation=conversation,
        tools=tools,
        budget=Budget(
            args.budget_tokens or own.budget_tokens,
            args.budget_seconds or own.budget_seconds,
            money,
        ),
        mode=args.mode,
        insist=args.insist,
        incognito=args.incognito,
        memory=False if args.no_memory else None,
        approved=frozenset(args.approve),
        asks=args.json or not args.quiet,
    )


async def answered(engine: Engine, turn: Turn, terminal: Terminal, args: argparse.Namespace) -> int:
    """Run the turn and show it. The first Ctrl-C cancels it, the second leaves at once."""
    with interrupts() as stop:
        live = await engine.start(turn)
        watching = asyncio.create_task(_cancelling(live, stop))
        try:
            if args.json:
                return await _as_json(live, terminal)
            display = Display(terminal, waiting_for(engine, turn))
            await shown(live, display)
            display.close(turn.budget.spent)
            watching.cancel()
            if display.asked:
                await put(engine, turn, display, terminal)
            return EXITS.get(display.state, FAILED)
        finally:
            watching.cancel()


def waiting_for(engine: Engine, turn: Turn) -> str:
    if turn.chosen == "exact":
        return ""
    card = engine.models("fast" if turn.chosen == "instant" else "deep").card
    return f"waiting for {card.name or 'the model'} {card.place}".rstrip()


async def shown(live: Live, display: Display, after: int = 0) -> None:
    """Show a run's events until its end; redraw meanwhile."""

    async def tick() -> None:
        while True:
            await asyncio.sleep(_TICK)
            display.tick()

    ticking = asyncio.create_task(tick())
    try:
        async for _, event in live.follow(after):
            display.show(event)
    finally:
        ticking.cancel()


async def _as_json(live: Live, terminal: Terminal) -> int:
    from musespark import event as ev

    last: ev.Event | None = None
    async for _, event in live.follow():
        terminal.out.write(ev.encode(event).decode() + "\n")
        terminal.out.flush()
        last = event
    if isinstance(last, ev.RunError):
        return PARTIAL if last.code == "budget_spent" else FAILED
    cancelled = isinstance(last, ev.RunFinished) and (last.outcome or {}).get("type") == "cancelled"
    return INTERRUPTED if cancelled else DONE


async def _cancelling(live: Live, stop: asyncio.Event) -> None:
    """Cancel the run when the person says so, again until it has noticed."""
    await stop.wait()
    while not live.done:
        live.cancel()
        await asyncio.sleep(0.05)


@contextlib.contextmanager
def interrupts(first: Callable[[], None] | None = None) -> Iterator[asyncio.Event]:
    """Ctrl-C, and a polite kill, set the event (and call `first`) instead of breaking the work
    off; the second one leaves at once."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    pressed = 0

    def tell() -> None:
        stop.set()
        if first is not None:
            first()

    def handle(number: int, frame: object) -> None:
        nonlocal pressed
        pressed += 1
        if pressed > 1:
            os._exit(128 + number)
        loop.call_soon_threadsafe(tell)

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, old in before.items():
            signal.signal(number, old)


# -- a conversation --------------------------------------------------------------------------------


def _talk(
    runner: asyncio.Runner,
    args: argparse.Namespace,
    settings: Settings,
    terminal: Terminal,
    documents: list[Attachment],
) -> int:
    """Question after question, until /quit. Between them nothing runs."""
    opening = Opening(args, settings, terminal)
    engine = runner.run(opening.engine(None))
    try:
        conversation = runner.run(continued(engine, args))
        terminal.tell("musespark. /help lists what else you can type; Ctrl-D leaves.", "dim")
        with history(settings.home / "history", keep=not args.incognito and not args.no_keep):
            while (words := _prompt(terminal)) is not None:
                if words.startswith("/"):
                    conversation, going = _command(
                        words, args, terminal, documents, settings, conversation
                    )
                    if not going:
                        break
                elif words.strip():
                    message = runner.run(_keeping(engine, args, words, documents))
                    documents.clear()
                    try:
                        turn = runner.run(turn_of(engine, args, conversation, message, terminal))
                        runner.run(answered(engine, turn, terminal, args))
                        conversation = turn.conversation
                    except Problem as problem:
                        terminal.problem(problem)
    finally:
        runner.run(opening.close(engine))
    return DONE


def _prompt(terminal: Terminal) -> str | None:
    """A line of the person; None when they leave."""
    try:
        return input("\n> ")
    except EOFError:
        terminal.line()
        return None
    except KeyboardInterrupt:
        terminal.line()
        return ""


def _command(
    words: str,
    args: argparse.Namespace,
    terminal: Terminal,
    documents: list[Attachment],
    settings: Settings,
    conversation: str,
) -> tuple[str, bool]:
    """Do what a line that begins with a slash says: the conversation from now on, and whether to
    go on at all."""
    name, _, rest = words.strip().partition(" ")
    rest = rest.strip()
    if name in ("/quit", "/exit"):
        return conversation, False
    if name == "/new":
        terminal.tell("A new conversation.", "dim")
        return "", True
    if name == "/mode" and rest in ("auto", "instant", "thinking", "contemplating"):
        args.mode = rest
        terminal.tell(f"From now on: {rest}.", "dim")
    elif name == "/attach" and rest:
        from musespark.attachment import attach

        try:
            keeping = None if args.incognito or args.no_keep else settings.home
            documents += attach([rest], keeping, settings, terminal, place=args.place)
            terminal.tell(f"{rest} goes with your next question.", "dim")
        except Problem as problem:
            terminal.problem(problem)
    else:
        for line in _HELP.splitlines():
            terminal.err_line(line)
    return conversation, True


@contextlib.contextmanager
def history(file: Path, *, keep: bool) -> Iterator[None]:
    """Arrow keys and earlier questions, where the system has readline."""
    try:
        import readline
    except ImportError:
        yield
        return
    if keep:
        with contextlib.suppress(OSError):
            readline.read_history_file(file)
    try:
        yield
    finally:
        if keep:
            with contextlib.suppress(OSError):
                file.parent.mkdir(parents=True, exist_ok=True)
                file.touch(mode=0o600)
                readline.set_history_length(1000)
                readline.write_history_file(file)
