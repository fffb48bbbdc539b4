"""What every route stands on: one server's engine and keys, and how a request becomes a turn."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
from fastapi import Request
from starlette.responses import Response

from musespark import metrics, plugins
from musespark.asked import Asked, Wrong, decode
from musespark.engine import Engine
from musespark.guard import PERSON
from musespark.keys import Keys
from musespark.message import Message, ToolResult
from musespark.models import serving
from musespark.person import manages
from musespark.phrases import phrase
from musespark.problem import Problem
from musespark.sessions import Sessions
from musespark.settings import Settings
from musespark.turn import Budget, Turn

T = TypeVar("T")

# How hard the model itself should think where the caller's own tools leave us one call at a time.
_THINKING = {"thinking": "medium", "contemplating": "high"}


class Door:
    """What the routes need: the engine and the keys of one server."""

    def __init__(self, settings: Settings, engine: Engine | None, models: Any) -> None:
        self.settings, self.models, self.given = settings, models, engine
        self._engine = engine
        self.started = datetime.now(UTC)
        self._keys: Keys | None = None
        self._sessions: Sessions | None = None
        self.trials: dict[tuple[str, str], dict[str, Any]] = {}  # by where and which model
        self._reached: tuple[float, dict[str, str], dict[str, str]] = (0.0, {}, {})

    @property
    def engine(self) -> Engine:
        assert self._engine is not None
        return self._engine

    @property
    def keys(self) -> Keys:
        assert self._keys is not None
        return self._keys

    @property
    def sessions(self) -> Sessions:
        assert self._sessions is not None
        return self._sessions

    async def open(self) -> None:
        metrics.start(self.settings.otel_endpoint)
        if self._engine is None:
            self._engine = await Engine.open(self.settings, models=self.models, watch=True)
        assert self._engine.store is not None
        self._keys = Keys(self._engine.store)
        self._sessions = Sessions(self._engine.store, self._keys)
        self._warm = asyncio.create_task(asyncio.to_thread(_warm))

    async def close(self) -> None:
        await asyncio.wait({self._warm})
        if self.given is None:
            await self.engine.close()

    async def reach(self) -> dict[str, str]:
        """Whether something listens where the models are; nothing is asked of them."""
        urls = {tier: serving(self.engine.settings, tier)[1].url for tier in ("fast", "deep")}
        at, before, found = self._reached
        if time.monotonic() - at < 5 and before == urls:
            return found
        found = {
            tier: await _listens(url) if url and self.models is None else "ready"
            for tier, url in urls.items()
        }
        self._reached = (time.monotonic(), urls, found)
        return found

    async def ready(self) -> dict[str, Any]:
        """Whether the server can answer: the database, and something that listens where the models
        are."""
        database = "ready"
        try:
            assert self.engine.store is not None
            async with asyncio.timeout(2):
                await self.engine.store.system("select 1 as one")
        except (Problem, TimeoutError) as error:
            database = getattr(error, "code", "too slow to answer")
        reached = await self.reach()
        fine = database == "ready" and set(reached.values()) == {"ready"}
        return {"status": "ready" if fine else "not ready", "database": database,
                "models": reached}  # fmt: skip


def _warm() -> None:
    """Import beside the first requests what the first question would wait a second for."""
    for kind in ("tools", "modes", "agents"):
        for name in plugins.names(kind):
            plugins.load(kind, name)


async def _listens(url: str) -> str:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        async with asyncio.timeout(1):
            _, writer = await asyncio.open_connection(parts.hostname, port)
        writer.close()
    except (OSError, TimeoutError, UnicodeError):  # the last for names that DNS cannot have
        return f"nothing listens at {parts.hostname}:{port}"
    return "ready"


def answered(
    body: Any, status: int = 200, headers: dict[str, str] | None = None, *, secret: bool = False
) -> Response:
    """A JSON answer; a `secret` one is kept by nobody on the way."""
    headers = dict(headers or {})
    if secret:
        headers["cache-control"] = "no-store"
    return Response(_json(body), status, headers, "application/json")


_json = msgspec.json.Encoder(decimal_format="number").encode


def managing(request: Request) -> Door:
    """The door, for a person who may change the server itself. Raises Problem 403."""
    if not manages(request.scope[PERSON]):
        raise Problem(
            "not_the_owner", "Only the owner of this server may do that.", status=403,
            next="Use a key of the owner: `musespark keys create NAME` makes one.",
        )  # fmt: skip
    door: Door = request.app.state.door
    return door


_SMALL = 65_536  # bytes: more than any request that is no question


async def read(request: Request, kind: type[T]) -> T:
    """A small request's body as a value. Raises Problem."""
    return decode(await body_of(request, _SMALL), kind)


async def body_of(request: Request, limit: int) -> bytes:
    """The whole body. Raises Problem 413 for one that is too long, before it is read."""
    pieces: list[bytes] = []
    size = int(request.headers.get("content-length") or 0)
    if size <= limit:
        size = 0
        async for piece in request.stream():
            size += len(piece)
            if size > limit:
                break
            pieces.append(piece)
    if size > limit:
        raise Problem(
            "request_too_large",
            f"The request is longer than {limit / 1e6:g} MB.",
            next="Send less at once, or raise MUSESPARK_REQUEST_BYTES.",
            status=413,
        )
    return b"".join(pieces)


async def turn_of(door: Door, person: str, given: Asked) -> Turn:
    """The request as a turn of this person. Raises Problem."""
    engine, own, wish = door.engine, door.settings, given.wish
    mode = wish.mode or given.mode
    if mode != "auto":
        plugins.load("modes", mode)
    who = engine.person(person)
    who = msgspec.structs.replace(
        who, language=wish.language or who.language, zone=wish.zone or who.zone
    )
    tools, chosen, effort = given.tools, "", given.effort
    resumed = given.messages[-1].role == "tool"
    if given.beside and tools and not resumed and mode not in ("auto", "instant"):
        tools = None  # many agents at once cannot wait for a client between their steps
    elif tools or resumed:
        chosen, effort = "instant", effort or _THINKING.get(mode, "")
    if tools is None or given.beside:
        tools = {**await engine.tools(), **(tools or {})}
    strange = [name for name in wish.approve if name not in tools]
    if strange:
        raise Wrong(
            f"There is no tool called {strange[0][:80]!r}.", "musespark.approve",
            code="unknown_tool", next=f"There are: {', '.join(tools) or 'none'}.",
        )  # fmt: skip
    if given.run and given.run not in engine.runs.live and engine.store is not None:
        rows = await engine.store.system("select run_owner(%s) as person", given.run)
        if rows[0]["person"] is not None:
            raise Problem(
                "run_exists", f"There is a run {given.run!r} already.", status=409,
                next="Send a run id of its own with every run.",
            )  # fmt: skip
    most = wish.budget
    conversation = given.conversation or wish.conversation
    if given.previous:
        conversation = await _continue(engine, person, given)
    turn = await engine.turn(
        given.messages,
        person=who,
        conversation=conversation,
        run=given.run,
        tools=tools,
        budget=Budget(
            min(most.tokens or own.budget_tokens, own.budget_tokens),
            min(most.seconds or own.budget_seconds, own.budget_seconds),
            own.budget_money if most.money is None else min(most.money, own.budget_money),
        ),
        mode=mode,
        insist=wish.insist,
        effort=effort,
        schema=given.schema,
        tool_choice=given.tool_choice,
        options=given.options,
        incognito=wish.incognito,
        watched=given.stream,
        approved=frozenset(wish.approve),
    )
    if chosen:
        turn.chosen, turn.reason = chosen, phrase("own_tools", who.language)
    return turn


async def _continue(engine: Engine, person: str, given: Asked) -> str:
    """Put what was said up to the previous response before the new messages; returns its
    conversation. Results of the caller's tools get the names of their calls."""
    previous = plugins.load("protocols", "responses").run_id(given.previous)
    try:
        row = await engine.runs.row(person, known(previous))
    except Problem as problem:
        if problem.code != "unknown_run":
            raise
        raise Wrong(
            f"There is no response {given.previous[:100]!r} of yours.", "previous_response_id",
            code="previous_response_not_found",
            next="It may have been sent with store: false. Send the whole conversation instead.",
        ) from None  # fmt: skip
    assert engine.store is not None
    rows = await engine.store.rows(
        person,
        "select role, parts from messages where conversation = %s and id <= "
        "(select max(id) from messages where run = %s) order by id",
        row["conversation"],
        previous,
    )
    history = [msgspec.convert(each, Message) for each in rows]
    names = {call.id: call.name for message in history for call in message.calls}
    names |= {call.id: call.name for message in given.messages for call in message.calls}
    for place, message in enumerate(given.messages):
        if message.role == "tool":
            parts = tuple(_named(part, names) for part in message.parts)
            given.messages[place] = Message("tool", parts)
    lead = [m for m in given.messages[:1] if m.role == "system"]
    given.messages[:] = [*lead, *history, *given.messages[len(lead) :]]
    return str(row["conversation"])


def _named(part: Any, names: dict[str, str]) -> Any:
    if not isinstance(part, ToolResult):
        return part
    if part.call not in names:
        raise Wrong(
            f"The output is for the call {part.call[:80]!r}, which nothing before it made.",
            "input", next="Check call_id.",
        )  # fmt: skip
    return msgspec.structs.replace(part, name=names[part.call])


def known(id: str) -> str:
    """An id that can be looked up. Raises Problem 404 for what no id looks like."""
    if not id.isprintable() or len(id) > 200 or not id.isascii():
        raise Problem("unknown_id", "There is nothing with that id.", status=404)
    return id
