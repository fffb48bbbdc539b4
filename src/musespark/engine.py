"""The running system that every door shares: it makes turns, runs them, keeps them, takes them up.

`Engine.start(turn)` gives a live run to follow; the answer itself comes from `assistant.answer`.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import structs

from musespark import (
    assistant,
    consent,
    ending,
    looking,
    machine,
    metrics,
    plugins,
    revival,
    unread,
)
from musespark import event as ev
from musespark.current import Changes, Current
from musespark.journal import Journal, patiently
from musespark.keeping import Keeping
from musespark.mcp_client import McpServers
from musespark.message import Message
from musespark.model import Model
from musespark.person import OWNER, Person
from musespark.problem import Problem
from musespark.rebudget import rebudget
from musespark.revival import turn_again
from musespark.runs import Live, Runs
from musespark.settings import Settings
from musespark.tool import Tool
from musespark.turn import Budget, Notes, Turn, new_id

if TYPE_CHECKING:
    from musespark.approvals import Approvals
    from musespark.durable import Durable
    from musespark.embedding import Vectors
    from musespark.files import Files
    from musespark.forgotten import Forgotten
    from musespark.importing import Imports
    from musespark.memory import Memories
    from musespark.mine import Mine
    from musespark.people import People
    from musespark.store import Store
    from musespark.summing import Summing

Choose = Callable[[str], Model]

_WATCH = 1.0  # seconds between looks at which runs were cancelled or left behind elsewhere
_LEAVING = 12.0  # seconds that runs get to keep what there is when everything stops
_GRACE = 5  # looks without taking anything up after the database was away: others come back too


class Engine:
    """One process's models, tools, store and runs. Models that are given stay the giver's."""

    def __init__(
        self, settings: Settings, store: Store | None, models: Choose | None = None
    ) -> None:
        self.store, self._given = store, models
        self.current = Current(settings)
        self.runs = Runs(store)
        self.mcp = McpServers(settings.mcp)
        self._embeds = False  # whether the shared connections are ours to let go
        self.closing = False
        self._durable: Durable | None = None
        self._launching = asyncio.Lock()
        self._watcher: asyncio.Task[None] | None = None
        self._late: set[asyncio.Task[object]] = set()
        self._tools: dict[str, Tool] | None = None
        self.files = None if store is None else _files(store, settings)
        self.people = None if store is None else _people(store)
        self.memories = None if store is None else _memories(store, self.beside)
        self.imports = None if store is None else self._imports(store, settings)
        self.summing = None if self.memories is None else self._summing(self.memories)
        self.keeping = Keeping(self.runs, self.beside, self.files, self.memories, self.summing)
        if self.imports is not None and self.memories is not None:
            self.imports.ended = self.memories.follow
        if store is not None:
            self.forgotten = _forgotten(store)
            self.forgotten.tells(self._leave)
            self.forgotten.tells(consent.drop)
            if self.people is not None:
                self.forgotten.tells(self.people.drop)
            if self.memories is not None:
                self.forgotten.tells(self.memories.drop)
        self._approvals: Approvals | None = None

    @classmethod
    async def open(
        cls,
        settings: Settings,
        *,
        keep: bool = True,
        models: Choose | None = None,
        watch: bool = False,
    ) -> Engine:
        """Start the store (unless nothing is to be kept), and look each second for runs that were
        cancelled elsewhere. With `watch`, also take up the runs that dead processes left behind,
        now and from then on."""
        store = None
        if keep:
            from musespark.store import Store  # psycopg: not for those who keep nothing

            store = await Store.open(settings)
        engine = cls(settings, store, models)
        if store is not None:
            try:
                await store.live_as(engine.runs.executor)
                if watch:
                    await engine.recover()
            except BaseException:
                await engine.close()
                raise
            engine._watcher = asyncio.create_task(engine._watch(take_up=watch))
        return engine

    async def close(self) -> None:
        """Stop everything. Durable runs stay as they are and go on at the next start."""
        self.closing = True
        with contextlib.suppress(TimeoutError):  # DBOS half-way up is not well stopped
            async with asyncio.timeout(5), self._launching:
                pass
        if self.summing is not None:
            self.summing.stop()
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.wait({self._watcher})
        lives = list(self.runs.live.values())
        for live in lives:
            live.cancel()
        tasks = {live.task for live in lives if live.task is not None}
        if tasks:
            _, waiting = await asyncio.wait(tasks, timeout=_LEAVING)
            for task in waiting:  # for a database that is away
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if self.imports is not None:
            await self.imports.close()
        if self._late:
            await asyncio.wait(self._late, timeout=3)
            for late in self._late:
                late.cancel()
        if self._late:
            await asyncio.wait(self._late, timeout=3)
        if self._durable is not None:
            await self._durable.close()
        await self.mcp.close()
        await self.current.close()
        if self._embeds:
            from musespark.upstream import release

            await release(self)
        if self.store is not None:
            await self.store.close()

    @property
    def settings(self) -> Settings:
        """The settings as they are now."""
        return self.current.settings

    @property
    def models(self) -> Choose:
        """The models that a turn begun now uses, to its end."""
        return self._given or self.current.models

    async def change(self, changes: Callable[[Settings], Changes]) -> None:
        """Change settings.toml, and work by it from the next turn on; see Current.change."""
        await self.current.change(changes)
        self._retire()

    def _retire(self) -> None:
        tasks = [live.task for live in self.runs.live.values() if live.task is not None]
        self.beside(self.current.retire(tasks))

    async def tools(self, *, near: bool = False) -> dict[str, Tool]:
        """The tools that a turn begun now may use: all that are not switched off. The `near` ones
        are built in, and nobody has to be waited for."""
        off = self.settings.off
        found = await self.all_tools(near=near)
        return {name: tool for name, tool in found.items() if name not in off}

    async def all_tools(self, *, near: bool = False) -> dict[str, Tool]:
        """The built-in tools and those of the MCP servers that answer."""
        if self._tools is None:
            self._tools = {name: plugins.load("tools", name) for name in plugins.names("tools")}
        if near or not self.settings.mcp:
            return self._tools
        return {**self._tools, **{tool.name: tool for tool in await self.mcp.tools()}}

    async def person(self, id: str = "") -> Person:
        """A person as they are known, in the operator's language and zone, or else this machine's,
        where they have said none."""
        own, id = self.settings, id or OWNER
        role = OWNER if id == OWNER else "member"
        known = (
            Person(id, "", "", "", role=role) if self.people is None else await self.people.of(id)
        )
        return structs.replace(
            known,
            language=known.language or own.language or machine.language(),
            zone=known.zone or own.zone or machine.zone(),
        )

    @property
    def approvals(self) -> Approvals:
        """Where people are asked before something is done."""
        if self._approvals is None:
            self._approvals = _desk(self)
            if self.store is not None:
                self.forgotten.tells(self._approvals.drop)
        return self._approvals

    async def turn(
        self,
        messages: Iterable[Message],
        *,
        person: Person | None = None,
        conversation: str = "",
        run: str = "",
        tools: dict[str, Tool] | None = None,
        budget: Budget | None = None,
        **fields: Any,
    ) -> Turn:
        """A turn of a person with this engine's models, tools and budget."""
        own = self.settings
        person = person or await self.person()
        return Turn(
            person=person,
            mind=None if self.memories is None else self._mine(self.memories, person),
            messages=list(messages),
            models=self.models,
            embed=self._embed if own.embedding.url else None,
            refine=own.router_model,
            conversation=conversation or new_id("conv"),
            run=run or new_id("run"),
            tools=await self.tools() if tools is None else tools,
            budget=budget or Budget(own.budget_tokens, own.budget_seconds, own.budget_money),
            desk=lambda: self.approvals,
            **fields,
        )

    @staticmethod
    def _mine(memories: Memories, person: Person) -> Mine:
        from musespark.mine import Mine  # psycopg: not for those who keep nothing

        return Mine(memories, person)

    def _summing(self, memories: Memories) -> Summing:
        from musespark.summaries import Summaries  # not for those who keep nothing
        from musespark.summing import Summing

        return Summing(Summaries(memories), self.turn, self.person, lambda: self.settings)

    async def _embed(self, texts: Sequence[str]) -> Vectors:
        """The vectors of the operator's embedding model, as the settings name it now."""
        from musespark.embedding import RemoteEmbedder  # numpy: not for those who need none
        from musespark.upstream import session

        own, self._embeds = self.settings.embedding, True
        embedder = RemoteEmbedder(
            own.url, own.name, own.key.reveal(), seconds=own.timeout, session=session(self)
        )
        return await embedder.embed(texts)

    async def start(self, turn: Turn) -> Live:
        """Start answering; the run goes on in the background until it ends or is cancelled."""
        if turn.run in self.runs.live:
            raise Problem(
                "run_exists", f"The run {turn.run!r} is under way already.", status=409,
                next="Follow it, or send another run id.",
            )  # fmt: skip
        live = self.runs.open(turn)
        try:
            unseen = unread.waiting(turn)
            with contextlib.suppress(Problem):  # the loop says it, as an event
                if turn.question.strip() and not unseen:
                    assistant.choose(turn)
            if not turn.doubt and not unseen:
                await self._enter(turn, live)
        except BaseException:
            self.runs.close(live)
            raise
        way = self._durably if live.durable else self._answer
        way = self._read if unseen else self._refined if turn.doubt else way
        live.task = asyncio.create_task(way(turn, live))
        await asyncio.sleep(0)  # a task that is cancelled before it began would close nothing
        return live

    async def follow(self, turn: Turn) -> AsyncGenerator[ev.Event, None]:
        """Start a turn and yield its events. Closing this hangs up: the work stops upstream, unless
        the run is durable, which can be followed again or cancelled by its id."""
        live = await self.start(turn)
        try:
            async for _, event in live.follow():
                yield event
        finally:
            if not live.done and not live.durable:
                live.cancel()

    async def _enter(self, turn: Turn, live: Live) -> None:
        """Keep a run as durable before it begins, where its mode is. Raises Problem."""
        if turn.chosen != "contemplating" or self.store is None or turn.incognito:
            return
        live.durable = True
        try:
            await self.runs.begin(turn, durable=True)
        except Problem:
            live.durable = False
            raise
        await self.keeping.attach(turn)
        self.beside(self._enlist(turn))

    async def _read(self, turn: Turn, live: Live) -> None:
        """The run of a turn with attachments that nobody has read yet: that comes first, for the
        mode depends on what is in them. What cannot be read ends the run."""
        live.publish(ev.RunStarted(turn.conversation, turn.run, ev.PROTOCOL_VERSION, ev.now_ms()))
        try:
            home = None if turn.incognito or self.store is None else self.settings.home
            await unread.read(turn, self.files, home, live.publish, self.settings)
            if turn.question.strip():
                assistant.choose(turn)
            if not turn.doubt:
                await self._enter(turn, live)
        except asyncio.CancelledError:  # below, the run ends as cancelled
            live.cancelled = True
        except Problem as problem:
            live.failed, live.status = problem, problem.status
        except Exception as error:
            metrics.log_failure(turn.run, error)
            live.failed = Problem("internal_error", ending.failed(error).message, status=500)
        if turn.doubt and not live.cancelled and live.failed is None:
            await self._refined(turn, live)
        else:
            await (self._durably if live.durable else self._answer)(turn, live)

    async def _refined(self, turn: Turn, live: Live) -> None:
        """The run of a turn in doubt: a model is asked for its mode first, and only then it is
        known whether the run is durable."""
        try:
            await assistant.refine(turn)
            await self._enter(turn, live)
        except asyncio.CancelledError:  # below, the run ends as cancelled
            live.cancelled = True
        except Exception as error:  # it is answered all the same, and says what was not kept
            metrics.log_failure(turn.run, error)
        await (self._durably if live.durable else self._answer)(turn, live)

    async def _answer(self, turn: Turn, live: Live) -> None:
        """An ordinary run: it lives in this process; the question is kept while it is answered."""
        begun = asyncio.create_task(self.keeping.begin(turn))
        last: ev.Event | None = None
        try:
            if live.cancelled:
                raise asyncio.CancelledError
            if live.failed is not None:
                raise live.failed
            async with contextlib.aclosing(assistant.answer(turn)) as events:
                async for event in events:
                    if isinstance(event, ev.RunFinished | ev.RunError):
                        last = event
                    elif not (live.events and isinstance(event, ev.RunStarted)):
                        live.publish(event)
        except asyncio.CancelledError:
            last = ending.cancelled(turn)
        except Exception as error:  # whatever it is, the person is told and the run is closed
            if error is not live.failed:
                metrics.log_failure(turn.run, error)
            last = ending.failed(error)
        try:
            assert isinstance(turn.journal, Notes)
            await self.keeping.end(turn, live, last, turn.journal.steps, live.events, 1, begun)
        finally:
            self.runs.close(live)

    def beside(self, work: Coroutine[Any, Any, object]) -> None:
        """Do something beside the runs; closing the engine waits for it a little."""
        task = asyncio.create_task(work)
        self._late.add(task)
        task.add_done_callback(self._late.discard)
        task.add_done_callback(_report)

    # -- durable runs -----------------------------------------------------------------------------

    async def durable(self) -> Durable:
        """DBOS, started when the first run needs it: it takes a second or two and 50 MB."""
        async with self._launching:
            if self._durable is None:
                # A second of imports, which the runs under way must not feel.
                module = await asyncio.to_thread(importlib.import_module, "musespark.durable")
                assert self.store is not None
                durable: Durable = module.Durable(self.store, self.runs, self._execute)
                await durable.launch()
                self._durable = durable
        return self._durable

    async def _enlist(self, turn: Turn) -> None:
        """Make a run that has begun a workflow. The run does not wait for it: its own row says that
        it is durable, and a process that finds it left behind starts the workflow then."""
        if not self.closing:
            await (await self.durable()).start(turn.run)

    async def _execute(self, run: str, person: str) -> None:
        """The body of the workflow: the run that is under way here, or one left behind."""
        live = self.runs.live.get(run)
        if live is None:
            turn = await patiently(lambda: self._revive(run, person), self.store)
            live = self.runs.live.get(run)  # somebody else may have been quicker
            if live is None and turn is not None:
                live = self.runs.open(turn)
                live.durable = True
                live.task = asyncio.create_task(self._durably(turn, live, again=True))
        if live is not None and live.task is not None:
            await asyncio.wait({live.task})

    async def _durably(self, turn: Turn, live: Live, *, again: bool = False) -> None:
        """A durable run; `again` when an earlier life of it has left something. A database that is
        away holds it up, however long, and takes nothing from it but time."""
        journal = Journal(self.runs, live)
        journal.open()
        last: ev.Event | None = None
        try:
            if again:
                await patiently(journal.load, self.store)
            before, turn.journal = turn.journal, journal
            self.keeping.begun.add(turn.run)
            if live.cancelled:
                raise asyncio.CancelledError
            for step in before.steps if isinstance(before, Notes) else ():
                await journal.write(step)
            async with contextlib.aclosing(assistant.answer(turn)) as events:
                async for event in events:
                    if isinstance(event, ev.RunFinished | ev.RunError):
                        last = event
                    else:
                        journal.emit(event)
        except asyncio.CancelledError:
            if self.closing:
                return
            last = ending.cancelled(turn)
        except Exception as error:
            metrics.log_failure(live.run, error)
            last = ending.failed(error)
        finally:
            try:
                if last is not None:
                    try:
                        await journal.settle()
                    except asyncio.CancelledError:  # too late: there is nothing left to hang up
                        if self.closing:
                            raise
                        await journal.settle()
                    rest = journal.take()
                    if journal.failed is not None:  # what is left is what the database refused
                        last, rest = ending.failed(journal.failed), []
                    await self.keeping.end(turn, live, last, [], rest, journal.kept + 1)
            finally:
                journal.leave()
                self.keeping.begun.discard(live.run)
                self.runs.close(live)

    async def _revive(self, run: str, person: str) -> Turn | None:
        if self.closing:
            return None
        return await turn_again(self.runs, self.turn, self.person, run, person)

    def _imports(self, store: Store, settings: Settings) -> Imports:
        from musespark.importing import Imports  # not for those who keep nothing

        assert self.files is not None
        room = settings.imported_bytes
        return Imports(store, self.files, settings.home, self.runs.executor, room)

    async def recover(self) -> list[str]:
        """Take up what dead processes left behind; see revival.recover."""
        assert self.store is not None
        if self.imports is not None:
            await self.imports.recover()
        return await revival.recover(self.store, self.runs, self.durable)

    def _leave(self, gone: Callable[[str], bool]) -> None:
        """People were forgotten: their runs here end, and what was read in files is read anew."""
        for live in list(self.runs.live.values()):
            if gone(live.person):
                live.cancel()
        looking.forget_all()

    async def _watch(self, *, take_up: bool) -> None:
        """Notice runs that were cancelled through another process or left behind by a dead one."""
        assert self.store is not None
        grace = 0
        while not self.closing:  # asyncio.wait_for, deep in there, may swallow a cancellation
            await asyncio.sleep(_WATCH)
            if self.summing is not None:
                self.summing.tick(bool(self.runs.live))
            if await self.current.renew():
                self._retire()
            with contextlib.suppress(Problem):
                grace = max(grace - 1, 0)
                if await self.store.live_as(self.runs.executor):
                    grace = _GRACE
                begun = set(self.keeping.begun)
                rows = await self.store.system("select * from unfinished_runs()")
                running = {row["id"] for row in rows}
                for row in rows:
                    live = self.runs.live.get(row["id"])
                    if live is not None and (row["budget"] or {}).get("changes"):
                        rebudget(live, row["budget"])
                for run in begun - running:
                    if run in self.keeping.begun and run in self.runs.live:
                        self.runs.live[run].cancel()
                others = any(row["executor"] != self.runs.executor for row in rows)
                if take_up and others and not grace:
                    await self.recover()
                await self.forgotten.look()


def _files(store: Store, settings: Settings) -> Files:
    from musespark.files import Files  # psycopg: not for those who keep nothing

    return Files(store, settings.home, settings.file_bytes)


def _memories(store: Store, beside: Any) -> Memories:
    from musespark.memory import Memories

    return Memories(store, beside)


def _desk(engine: Engine) -> Approvals:
    from musespark.approvals import Approvals  # only for those who are asked

    return Approvals(engine.store, engine.turn, engine.tools)


def _people(store: Store) -> People:
    from musespark.people import People

    return People(store)


def _forgotten(store: Store) -> Forgotten:
    from musespark.forgotten import Forgotten

    return Forgotten(store)


def _report(task: asyncio.Task[Any]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        metrics.log_failure("in the background", error)
