"""Runs: what is under way in this process, what was kept of it, and how a client catches up.

A run has a numbered list of events. While it is live they are here, afterwards in the store; a
client that knows the number of its last one gets the rest from either, none lost and none twice.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import msgspec

from musespark import event as ev
from musespark.message import Document, File, Image, Message, Part
from musespark.problem import Problem
from musespark.turn import Budget, Step, Turn, new_id

if TYPE_CHECKING:
    from musespark.store import Row, Store

# The event types that come in long rows of small pieces, and the field that grows.
_DELTAS = (ev.TextDelta, ev.ReasoningDelta, ev.ToolArgs)


_POLL = 0.2  # seconds between looks at a run that another process works on


class Live:
    """A run under way: its events so far, and whoever waits for the next one."""

    __slots__ = ("_waiting", "cancelled", "changes", "done", "durable", "ending", "events",
                 "failed", "person", "run", "started", "status", "task", "turn")  # fmt: skip

    def __init__(self, run: str, person: str) -> None:
        self.run, self.person = run, person
        self.events: list[ev.Event] = []
        self.done = self.cancelled = False
        self.ending = False  # what happens from then on is not kept
        self.durable = False  # whether it outlives this process
        self.failed: Problem | None = None  # before it could be answered
        self.status = 0  # of HTTP, where what failed says one
        self.changes = 0  # of its budget
        self.task: asyncio.Task[None] | None = None
        self.turn: Turn | None = None  # none yet while a run is being taken up
        self.started = time.time()
        self._waiting: deque[asyncio.Future[None]] = deque()

    def publish(self, event: ev.Event) -> None:
        self.events.append(event)
        if self._waiting:
            self._wake()

    def finish(self) -> None:
        self.done = True
        self._wake()

    def _wake(self) -> None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)

    async def follow(self, after: int = 0) -> AsyncIterator[tuple[int, ev.Event]]:
        """Events with a number above `after` as they come, until the run has ended."""
        position = max(after, 0)
        while True:
            while position < len(self.events):
                position += 1
                yield position, self.events[position - 1]
            if self.done:
                return
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            await waiter

    async def wait(self, seen: int) -> None:
        """Until there is an event with a number above `seen`, or the run has ended."""
        while len(self.events) <= seen and not self.done:
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.append(waiter)
            await waiter

    def cancel(self) -> None:
        """Stop the work: every model and tool call of it is hung up. Once is enough: a second time
        would interrupt the keeping of what there is."""
        if self.task is not None and not self.task.done() and not self.cancelled:
            self.cancelled = True
            self.task.cancel()


def pack(events: list[ev.Event]) -> list[Any]:
    """Events for the store: a row of deltas of one message becomes one entry that keeps the pieces,
    so that each keeps its number."""
    packed: list[Any] = []
    last: Any = None
    for event in events:
        if isinstance(event, _DELTAS):
            key = (type(event), _owner(event), event.subagent_run_id)
            if last is not None and last[0] == key:
                last[1]["deltas"].append(event.delta)
                continue
            entry = msgspec.to_builtins(event)
            entry["deltas"] = [entry.pop("delta")]
            last = (key, entry)
            packed.append(entry)
        else:
            last = None
            packed.append(event)
    return packed


def unpack(packed: list[Any]) -> list[ev.Event]:
    """The events again, one for each number."""
    events: list[ev.Event] = []
    for entry in packed:
        deltas = entry.pop("deltas", None)
        for delta in deltas or (None,):
            whole = entry if delta is None else {**entry, "delta": delta}
            events.append(msgspec.convert(whole, ev.Event))
    return events


def _owner(event: ev.TextDelta | ev.ReasoningDelta | ev.ToolArgs) -> str:
    return event.tool_call_id if isinstance(event, ev.ToolArgs) else event.message_id


class Runs:
    """The runs of this process and of its store (None: nothing is kept)."""

    def __init__(self, store: Store | None) -> None:
        self.store = store
        self.executor = new_id("exec")
        self.live: dict[str, Live] = {}

    def open(self, turn: Turn) -> Live:
        """A live run for this turn."""
        live = Live(turn.run, turn.person.id)
        live.turn = turn
        self.live[turn.run] = live
        return live

    def close(self, live: Live) -> None:
        live.finish()
        self.live.pop(live.run, None)

    async def begin(self, turn: Turn, *, durable: bool = False, again: bool = False) -> None:
        """Keep the question before it is answered. An incognito turn keeps nothing. Raises Problem
        `run_exists` when the id is taken; `again` says that it may be by an earlier try."""
        if self.store is None or turn.incognito:
            return
        body: dict[str, Any] = {
            "conversation": turn.conversation,
            "run": turn.run,
            "executor": self.executor,
            "asked": turn.mode,
            "mode": turn.chosen,
            "reason": turn.reason,
            "durable": durable,
            "title": turn.question[:80],
            "budget": limits(turn.budget),
            "messages": [briefly(m) for m in new_of(turn) if m.role != "system"],
        }
        if turn.after is not None:
            body["after"] = turn.after
        if again:
            body["again"] = True
        if durable:
            body["request"] = request_of(turn)
        await self.store.keep("begin", turn.person.id, body)

    async def end(
        self,
        turn: Turn,
        *,
        state: str,
        answer: list[Message],
        steps: list[Step],
        events: list[ev.Event],
        first: int,
        error: Problem | None = None,
        beside: dict[str, Any] | None = None,
    ) -> None:
        """Keep the answer with what is told beside it, and what was not kept yet of the steps and
        events."""
        if self.store is None or turn.incognito:
            return
        body: dict[str, Any] = {
            "conversation": turn.conversation,
            "run": turn.run,
            "state": state,
            "mode": turn.chosen,
            "reason": turn.reason,
            "usage": turn.budget.spent,
            "steps": steps,
        }
        if events:
            body |= {"first": first, "last": first + len(events) - 1, "events": pack(events)}
        if answer:
            body["messages"] = answer
        if beside:
            body["beside"] = beside
        if error is not None:
            body["error"] = {"code": error.code, "message": error.text}
        await self.store.keep("end", turn.person.id, body)

    async def cancel(self, person: str, run: str) -> bool:
        """Cancel a run of this person, here or in another process; False when it has ended."""
        live = self.live.get(run)
        if live is None or live.person != person:
            return await self.cancel_kept(person, run)
        live.cancel()
        return True

    async def follow(
        self, person: str, run: str, after: int = 0
    ) -> AsyncIterator[tuple[int, ev.Event]]:
        """The numbered events of a run after number `after`: live, kept, or as another process
        keeps them, until the run has ended. Raises Problem `unknown_run`."""
        while True:
            live = self.live.get(run)
            if live is not None and live.person == person:
                async for numbered in live.follow(after):
                    yield numbered
                return
            state = (await self.row(person, run))["state"]
            for number, event in await self.events(person, run, after):
                after = number
                yield number, event
            if state != "running":
                return
            await asyncio.sleep(_POLL)

    async def events(self, person: str, run: str, after: int = 0) -> list[tuple[int, ev.Event]]:
        """The kept events of a run with a number above `after`, in order."""
        assert self.store is not None
        rows = await self.store.rows(
            person,
            "select first, body from events where run = %s and last > %s order by first",
            run,
            after,
        )
        found = [pair for row in rows for pair in enumerate(unpack(row["body"]), row["first"])]
        return [(number, event) for number, event in found if number > after]

    async def packed(self, person: str, run: str) -> list[Any]:
        """The kept events of a run as they are packed, in order."""
        assert self.store is not None
        rows = await self.store.rows(
            person, "select body from events where run = %s order by first", run
        )
        return [entry for row in rows for entry in row["body"]]

    async def cancel_kept(self, person: str, run: str) -> bool:
        """Mark a run cancelled that another process works on, which stops within a second."""
        if self.store is None:
            return False
        rows = await self.store.rows(
            person,
            "update runs set state = 'cancelled', ended = now()"
            " where id = %s and state = 'running' returning id",
            run,
        )
        return bool(rows)

    async def rebudget(
        self, person: str, run: str, change: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Keep what a run may use from now on, which the process that works on it notices; returns
        all that it may use, None for a run that has ended or is not kept."""
        if self.store is None:
            return None
        rows = await self.store.rows(
            person,
            """
            update runs set budget = coalesce(budget, '{}') || %s::jsonb || jsonb_build_object(
                'changes', coalesce((budget ->> 'changes')::int, 0) + 1)
            where id = %s and state = 'running' returning budget
            """,
            msgspec.json.encode(change).decode(),
            run,
        )
        return dict(rows[0]["budget"]) if rows else None

    async def row(self, person: str, run: str) -> Row:
        """The run's own row. Raises Problem `unknown_run`."""
        rows = (
            await self.store.rows(person, "select * from runs where id = %s", run)
            if self.store
            else []
        )
        if not rows:
            raise Problem(
                "unknown_run",
                f"There is no run {run!r} of yours.",
                next="GET /v1/runs or `musespark runs` lists them.",
                status=404,
            )
        return rows[0]

    async def recent(self, person: str, limit: int = 50, before: str = "") -> list[Row]:
        """The newest runs of a person, without their steps."""
        if self.store is None:
            return []
        return await self.store.rows(
            person,
            """
            select r.id, r.conversation, r.state, r.asked, r.mode, r.reason, r.usage, r.error,
                   r.started, r.ended, c.title from runs r join conversations c
                   on c.id = r.conversation
            where r.person = current_setting('musespark.person', true) and
                (%s = '' or (r.started, r.id) < (select started, id from runs where id = %s))
            order by r.started desc, r.id desc limit %s
            """,
            before,
            before,
            limit,
        )

    async def whole(self, person: str, run: str) -> Row:
        """A run with every step, its messages (without the bytes of what was attached), cost and
        times."""
        row = await self.row(person, run)
        assert self.store is not None
        row["steps"] = await self.store.rows(
            person, "select * from steps where run = %s order by started, path", run
        )
        row["messages"] = await self.store.rows(
            person,
            "select role, coalesce(brief, parts) as parts, created from messages"
            " where conversation = %s and run = %s order by id",
            row["conversation"],
            run,
        )
        return row

    async def history(self, person: str, conversation: str) -> list[Message]:
        """The messages of a conversation's newest branch, oldest first."""
        if self.store is None:
            return []
        rows = await self.store.rows(
            person,
            "select id from runs where conversation = %s order by started desc, id desc limit 1",
            conversation,
        )
        return await self.chain(person, rows[0]["id"]) if rows else []

    async def chain(self, person: str, run: str) -> list[Message]:
        """What was said up to the end of a run: its branch from the beginning, oldest first."""
        assert self.store is not None
        rows = await self.store.rows(
            person,
            """
            with recursive chain as (
                select id, conversation, after, 0 as back from runs where id = %s
                union all
                select r.id, r.conversation, r.after, back + 1
                from chain join runs r on r.id = chain.after
            )
            select role, parts from chain join messages m
                on m.conversation = chain.conversation and m.run = chain.id
            order by back desc, m.id
            """,
            run,
        )
        return [msgspec.convert(row, Message) for row in rows]


def limits(budget: Budget) -> dict[str, Any]:
    """What a budget allows, as it is kept: money is None where there is no limit to it."""
    money = budget.money if math.isfinite(budget.money) else None
    return {"tokens": budget.tokens, "seconds": budget.seconds, "money": money}


def allowed(kept: dict[str, Any], asked: Request) -> Budget:
    """The budget of a run that is taken up: as it was changed last, else as it was asked for."""
    money = kept.get("money", asked.money)
    return Budget(
        kept.get("tokens", asked.tokens),
        kept.get("seconds", asked.seconds),
        math.inf if money is None or money < 0 else money,
    )


def new_of(turn: Turn) -> list[Message]:
    """The messages of a turn that are not kept yet."""
    if turn.earlier is not None:
        return turn.messages[turn.earlier :]
    new = takewhile(lambda m: m.role != "assistant", reversed(turn.messages))
    return list(new)[::-1]


def briefly(message: Message) -> Any:
    """A message as it is kept. Where something is attached, once more without its bytes, so that a
    conversation can be listed without reading them."""
    if not any(isinstance(part, Image | Document | File) for part in message.parts):
        return message
    brief = [attached(part) or part for part in message.parts]
    return {"role": message.role, "parts": message.parts, "brief": brief}


def attached(part: Part) -> dict[str, Any] | None:
    """What is attached: its kind, name, media type, size in bytes and the kept file that it was
    read from; None for what is said. A picture that lies elsewhere has its address instead."""
    if isinstance(part, File):
        return {"type": "file", "name": part.name, "media": "", "bytes": 0, "file": part.id}
    if isinstance(part, Document):
        kind, media = "document", "text/plain"
        size, more = len(part.text.encode(errors="replace")), {}
    elif isinstance(part, Image):
        head, comma, data = part.url.partition(";base64,")
        whole = comma and head.startswith("data:")
        kind, media = "image", head[5:].lower() if whole else ""
        size = len(data) * 3 // 4 - data[-2:].count("=") if whole else 0
        more = {} if whole else {"url": part.url}
    else:
        return None
    more = {**more, "file": part.file} if part.file else more
    return {"type": kind, "name": part.name, "media": media, "bytes": size, **more}


class Request(msgspec.Struct, kw_only=True):
    """What is kept of a durable turn so that another process can take it up."""

    messages: list[Message]
    mode: str
    insist: bool
    effort: str
    now: Any
    tokens: int
    seconds: float
    money: float
    approved: list[str]
    options: dict[str, Any]
    schema: dict[str, Any] | None
    language: str
    zone: str
    tool_choice: str = "auto"
    purposes: list[str] = []
    memory: bool | None = None


def request_of(turn: Turn) -> Request:
    infinite = turn.budget.money == float("inf")
    return Request(
        messages=turn.messages,
        mode=turn.mode,
        insist=turn.insist,
        effort=turn.effort,
        now=turn.now.isoformat(),
        tokens=turn.budget.tokens,
        seconds=turn.budget.seconds,
        money=-1.0 if infinite else turn.budget.money,
        approved=sorted(turn.approved),
        options=turn.options,
        schema=turn.schema,
        language=turn.person.language,
        zone=turn.person.zone,
        tool_choice=turn.tool_choice,
        purposes=sorted(turn.person.purposes),
        memory=turn.memory,
    )
