"""What every route stands on: one server's engine and keys, and how a request becomes a turn."""

from __future__ import annotations

import asyncio
import importlib
import time
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
from fastapi import Request
from starlette.responses import Response

from musespark import erasure, metrics, plugins
from musespark import event as ev
from musespark.accounts import Accounts
from musespark.asked import Asked, Wrong, decode
from musespark.attempts import Attempts
from musespark.caller import Caller
from musespark.challenges import Challenges
from musespark.engine import Engine
from musespark.guard import CALLER
from musespark.hosts import Hosts
from musespark.intake import Intake
from musespark.keys import Keys
from musespark.links import Links
from musespark.message import Message, ToolResult
from musespark.models import serving
from musespark.openid import OpenId
from musespark.passkeys import Passkeys
from musespark.passwords import Passwords
from musespark.people import People
from musespark.phrases import phrase
from musespark.problem import Problem
from musespark.scopes import refused
from musespark.sessions import Sessions
from musespark.settings import Settings
from musespark.store import Row, Store
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
        self.intake = Intake()
        self._hosts: Hosts | None = None
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
    def store(self) -> Store:
        store = self.engine.store
        assert store is not None
        return store

    @property
    def people(self) -> People:
        people = self.engine.people
        assert people is not None
        return people

    @property
    def hosts(self) -> Hosts:
        assert self._hosts is not None
        return self._hosts

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
        self._engine.forgotten.tells(self._keys.drop)
        self._engine.beside(erasure.resume(self._engine))
        self.links = Links(self.store)
        self.attempts, self.challenges = Attempts(self.store), Challenges(self.store)
        self.passwords, self.passkeys = Passwords(self.store), Passkeys(self.store)
        self.accounts = Accounts(self.store)
        found = self.settings.openid.items()
        self.providers = {name: OpenId(name, each) for name, each in found}
        self._hosts = Hosts(self._engine.store)
        self._warm = asyncio.create_task(asyncio.to_thread(_warm))

    async def close(self) -> None:
        await asyncio.wait({self._warm})
        self.passwords.close()
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
    for name in ("webauthn", "jwt"):
        importlib.import_module(name)


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


def caller(request: Request) -> Caller:
    """Who asks."""
    found: Caller = request.scope[CALLER]
    return found


def managing(request: Request, right: str = "manage") -> Door:
    """The door, for a person who may change the server itself, or who has that right. Raises
    Problem 403."""
    if not caller(request).may(right):
        raise refused(right)
    door: Door = request.app.state.door
    return door


_SMALL = 65_536  # bytes: more than any request that is no question


async def read(request: Request, kind: type[T], *, empty: T | None = None) -> T:
    """A small request's body as a value; `empty` is what no body at all means. Raises Problem."""
    body = await body_of(request, _SMALL)
    return empty if empty is not None and not body else decode(body, kind)


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
            next="Upload large files to /v1/files and name them by id, send less at once, or "
            "raise MUSESPARK_REQUEST_BYTES.",
            status=413,
        )
    return b"".join(pieces)


async def turn_of(door: Door, person: str, given: Asked) -> Turn:
    """The request as a turn of this person. Raises Problem."""
    engine, own, wish = door.engine, door.settings, given.wish
    mode = wish.mode or given.mode
    if mode != "auto":
        plugins.load("modes", mode)
    who = await engine.person(person)
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
    conversation, after, earlier = await _placed(engine, person, given)
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
        memory=wish.memory,
        after=after,
        earlier=earlier,
        watched=given.stream,
        approved=frozenset(wish.approve),
    )
    if chosen:
        turn.chosen, turn.reason = chosen, phrase("own_tools", who.language)
    return turn


async def _placed(engine: Engine, person: str, given: Asked) -> tuple[str, str | None, int | None]:
    """Where a request stands: its conversation, the run it follows (see Turn.after) and how many of
    its messages are kept already. Where it names that run, what was said up to there is put before
    the new messages, and results of the caller's tools get the names of their calls."""
    wish = given.wish
    conversation = given.conversation or wish.conversation
    if not given.previous and wish.after is None:
        return conversation, None, None
    history: list[Message] = []
    after = wish.after or ""
    if given.previous or after:
        row = await _followed(engine, person, given)
        if after and conversation not in ("", row["conversation"]):
            raise Wrong(
                f"The run {after[:100]!r} is in another conversation.", "musespark.after",
                next="Send the conversation that it is in, or leave it out.",
            )  # fmt: skip
        after, conversation = row["id"], row["conversation"]
        history = await engine.runs.chain(person, after)
    names = {call.id: call.name for m in [*history, *given.messages] for call in m.calls}
    for place, message in enumerate(given.messages):
        if message.role == "tool":
            parts = tuple(_named(part, names) for part in message.parts)
            given.messages[place] = Message("tool", parts)
    lead = [m for m in given.messages[:1] if m.role == "system"]
    given.messages[:] = [*lead, *history, *given.messages[len(lead) :]]
    return conversation, after, len(lead) + len(history)


async def _followed(engine: Engine, person: str, given: Asked) -> Row:
    """The row of the run that a request follows. Raises Wrong."""
    after = given.wish.after or ""
    if given.previous and given.wish.after is not None:
        raise Wrong(
            "The request names two places to go on from.", "musespark.after",
            next="Send previous_response_id or musespark.after.",
        )  # fmt: skip
    run = after or plugins.load("protocols", "responses").run_id(given.previous)
    try:
        row = await engine.runs.row(person, known(run))
    except Problem as problem:
        if problem.status != 404:
            raise
        if after:
            raise Wrong(
                f"There is no run {after[:100]!r} of yours to go on from.", "musespark.after",
                code="unknown_run", status=404,
                next="It may have been erased, or incognito. Begin anew, or go on from another.",
            ) from None  # fmt: skip
        raise Wrong(
            f"There is no response {given.previous[:100]!r} of yours.", "previous_response_id",
            code="previous_response_not_found",
            next="It may have been sent with store: false. Send the whole conversation instead.",
        ) from None  # fmt: skip
    if after and row["state"] == "running":
        raise Wrong(
            f"The run {after[:100]!r} is still under way.", "musespark.after",
            code="run_under_way", status=409, next="Wait until it has ended, or cancel it.",
        )  # fmt: skip
    return row


def _named(part: Any, names: dict[str, str]) -> Any:
    if not isinstance(part, ToolResult):
        return part
    if part.call not in names:
        raise Wrong(
            f"The output is for the call {part.call[:80]!r}, which nothing before it made.",
            "input", next="Check call_id.",
        )  # fmt: skip
    return msgspec.structs.replace(part, name=names[part.call])


async def cancel(engine: Engine, person: str, run: str) -> str:
    """Stop a run, in whichever process it is; returns its state. Raises Problem 404."""
    live = engine.runs.live.get(run)
    await engine.runs.cancel(person, run)
    if live is None or live.person != person:
        return str((await engine.runs.row(person, run))["state"])
    if live.task is not None:
        await asyncio.wait({live.task}, timeout=2)
    last = live.events[-1] if live.events else None
    if isinstance(last, ev.RunError):
        return "failed"
    outcome = (last.outcome or {}) if isinstance(last, ev.RunFinished) else {"type": "cancelled"}
    return "cancelled" if outcome.get("type") == "cancelled" else "done"


def known(id: str) -> str:
    """An id that can be looked up. Raises Problem 404 for what no id looks like."""
    if not id.isprintable() or len(id) > 200 or not id.isascii():
        raise Problem("unknown_id", "There is nothing with that id.", status=404)
    return id
