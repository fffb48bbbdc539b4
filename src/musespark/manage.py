"""The server's own matters over HTTP: which models answer, which tools may be used.

Connecting reaches whatever address it is given, private ones too: that is for the owner alone.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Coroutine
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Annotated, Any, Literal, TypeVar, cast

import msgspec
from fastapi import Query, Request
from msgspec import Meta, Struct
from starlette.responses import Response

from musespark import connecting, plugins
from musespark.asked import Wrong
from musespark.consent import visible
from musespark.door import Door, answered, caller, managing, read
from musespark.endpoint import Endpoint
from musespark.following import connected
from musespark.guard import Receive
from musespark.model import Model
from musespark.models import serving
from musespark.problem import Problem
from musespark.settings import McpServer, Secret, Settings, TierSettings, veiled
from musespark.tool import Tool
from musespark.trial import Trial, check, sees

T = TypeVar("T")

TRIAL_SECONDS = 90.0
_TOOLS_SECONDS = 5.0
_MOST_NAMES = 500  # of a server's models
_KEY = re.compile(r"[!-~]{0,4000}")


class Candidate(Struct, forbid_unknown_fields=True):
    """A model server. Without `key` the one that is kept is used, where the server is the same; ""
    is none. `vision`, `tools` and `json_schema` are found out where they are not said."""

    url: Annotated[str, Meta(min_length=1, max_length=2000)]
    key: str | None = None
    name: Annotated[str, Meta(max_length=200)] = ""
    context: Annotated[int, Meta(ge=256, le=1_000_000_000)] = 32_768
    thinking: Literal["", "reasoning_effort", "chat_template_kwargs", "thinking_budget"] = ""
    reasoning_back: bool = False
    price_input: Annotated[float, Meta(ge=0)] = 0.0
    price_output: Annotated[float, Meta(ge=0)] = 0.0
    vision: bool | None = None
    tools: bool | None = None
    json_schema: bool | None = None
    weak: bool = False
    timeout: Annotated[float, Meta(gt=0, le=86_400)] = 120.0


class Switch(Struct, forbid_unknown_fields=True):
    """Whether a tool may be used."""

    on: bool


class Connection(Candidate, forbid_unknown_fields=True):
    """A model server to use from now on; tried first unless `test` is false."""

    test: bool = True


# -- models ---------------------------------------------------------------------------------------


async def tiers(request: Request) -> Response:
    """The two tiers: which model answers where, what it can do, costs and cannot."""
    door: Door = request.app.state.door
    who = caller(request)
    body = await _tiers(door, who.oversees)
    return answered({**body, "manage": who.manages})


async def connect_tier(request: Request, tier: str) -> Response:
    """Use a model server for a tier, or for both, from the next turn on. It is tried first, and
    kept in settings.toml."""
    door, which = managing(request), _which(tier, "both")
    given = await read(request, Connection)
    before = door.engine.settings
    wanted = _wanted(before, given, which)
    now = getattr(before, "fast" if which == "both" else which)
    others = [name for name in TierSettings.__struct_fields__ if name not in ("url", "key", "name")]
    changed = frozenset(
        name for name in others
        if getattr(wanted, name) not in (getattr(now, name), getattr(TierSettings(), name))
    )  # fmt: skip
    connecting.changeable(which, changed)
    trial = None
    if not given.test:
        await _endpoint(wanted).close()
    else:
        wanted, trial = await _while_there(request, _found(wanted, given))
    await door.engine.change(lambda now: connecting.kept(which, wanted))
    if trial is not None:
        for each in connecting.TIERS if which == "both" else (which,):
            _remember(door, each, trial)
    return answered({**await _tiers(door, True), "trial": trial and _told(trial)}, secret=True)


async def disconnect_tier(request: Request, tier: str) -> Response:
    """Forget the model of a tier, or of both, and its key. The other tier's serves then, or the
    embedded model."""
    door, which = managing(request), _which(tier, "both")
    connecting.changeable(which)
    await door.engine.change(lambda now: connecting.forgotten(which))
    return answered({**await _tiers(door, True), "trial": None})


async def test_tier(request: Request, tier: str) -> Response:
    """Try the model of a tier: a handful of short calls."""
    door, which = managing(request), _which(tier)
    trial = await _while_there(request, _tried(door.engine.models(which)))
    _remember(door, which, trial)
    return answered(_told(trial))


async def test_model(request: Request) -> Response:
    """Try a model server that is not connected yet; nothing is kept."""
    door = managing(request)
    given = await read(request, Candidate)
    wanted = _wanted(door.engine.settings, given, "both")
    _, trial = await _while_there(request, _found(wanted, given, must=False))
    return answered(_told(trial))


async def list_models(
    request: Request, url: Annotated[str, Query(min_length=1, max_length=2000)]
) -> Response:
    """The models that a server lists, connected or not."""
    return await _listed(request, Candidate(url=url))


async def list_models_by_key(request: Request) -> Response:
    """The same with a key, which has no place in an address."""
    return await _listed(request, await read(request, Candidate))


async def _listed(request: Request, given: Candidate) -> Response:
    door = managing(request)
    wanted = _wanted(door.engine.settings, given, "both")
    endpoint = _endpoint(wanted)
    try:
        names = await _while_there(request, endpoint.models())
    finally:
        await endpoint.close()
    data = [visible(name, 200) for name in names[:_MOST_NAMES]]
    return answered({"object": "list", "where": endpoint.where, "data": data})


async def _tiers(door: Door, all: bool) -> dict[str, Any]:
    """Both tiers, with all that there is to say or what everybody may know."""
    engine = door.engine
    reached = await door.reach() if all else {}
    found = []
    for tier in connecting.TIERS:
        origin, own = serving(engine.settings, tier)
        card = msgspec.to_builtins(engine.models(tier).card)
        one: dict[str, Any] = {
            "object": "tier",
            "tier": tier,
            "from": origin,
            "name": card["name"],
            "card": card,
            "price_input": own.price_input,
            "price_output": own.price_output,
            "since": engine.current.since[tier],
        }
        if all:
            one |= {
                "url": veiled(own.url),
                "key_set": bool(own.key),
                **{name: getattr(own, name) for name in _SHOWN},
                "fixed": bool(connecting.decided(tier)),
                "fixed_by": sorted(connecting.fixed(tier).values()),
                "reached": reached[tier],
                "trial": door.trials.get(_place(door, tier)),
            }
        else:
            del card["where"]
        found.append(one)
    body: dict[str, Any] = {"object": "list", "manage": all, "data": found}
    if all:
        body["file"] = str(engine.settings.file)
        problem = engine.current.problem
        body["problem"] = problem.text if problem else None
    return body


_SHOWN = ("context", "thinking", "reasoning_back", "vision", "tools", "json_schema", "weak",
          "timeout")  # fmt: skip


def _which(tier: str, *more: str) -> str:
    if tier not in (*connecting.TIERS, *more):
        raise Problem(
            "unknown_tier", f"There is no tier {tier[:80]!r}.", status=404,
            next=f"There are: {', '.join((*connecting.TIERS, *more))}.",
        )  # fmt: skip
    return tier


def _wanted(settings: Settings, given: Candidate, which: str) -> TierSettings:
    """The settings that are asked for. Raises Wrong."""
    if given.key is not None and not _KEY.fullmatch(given.key):
        raise Wrong("The key cannot be used.", "key",
                    why="It has blanks or signs that no key has.")  # fmt: skip
    tiers = [getattr(settings, tier) for tier in connecting.TIERS if which in (tier, "both")]
    url = connecting.address(given.url)
    for tier in tiers:
        if tier.url and url == veiled(tier.url):
            url = tier.url
    if connecting.HIDDEN in url:
        raise Wrong(
            "A part of the address is hidden.", "url",
            next="Send the whole address, with what stands in the place of the dots.",
        )  # fmt: skip
    here = connecting.origin(url)
    if not here or re.search(r"\s", url):
        raise Wrong("The address of the model is none.", "url",
                    next="Send one such as http://localhost:8000/v1.")  # fmt: skip
    kept = [tier.key for tier in tiers if tier.key and connecting.origin(tier.url) == here]
    key = Secret(given.key) if given.key is not None else kept[0] if kept else Secret()
    fields = {name: getattr(given, name) for name in Candidate.__struct_fields__}
    truths = {"vision": False, "tools": True, "json_schema": True}
    fields |= {name: value for name, value in truths.items() if fields[name] is None}
    return TierSettings(**{**fields, "url": url, "key": key})


def _endpoint(tier: TierSettings) -> Endpoint:
    """The server of these settings. Raises Wrong for an address that is none."""
    try:
        return Endpoint(tier)
    except Problem as problem:
        raise Wrong(problem.what, "url", next=problem.next) from None


async def _found(
    wanted: TierSettings, given: Candidate, *, must: bool = True
) -> tuple[TierSettings, Trial]:
    """The model that is meant, tried, with what it can and cannot do. With `must` it has to answer.
    Raises Problem."""
    endpoint = _endpoint(wanted)
    try:
        names = await endpoint.models() if must or not given.name else []
    except Problem as problem:
        if must:
            raise
        return wanted, Trial(name=given.name, where=endpoint.where, problems=[problem.text])
    finally:
        await endpoint.close()
    name = connecting.chosen(given.name, names, "Send its `name`.")
    wanted = msgspec.structs.replace(wanted, name=name)
    endpoint = Endpoint(wanted)
    try:
        trial = await _tried(endpoint, pictures=given.vision is not False)
    finally:
        await endpoint.close()
    if doubt := connecting.doubt(name, names):
        trial.problems.insert(0, doubt)
    if must and not trial.reachable:
        raise Problem(
            "model_unreachable", "It was not connected: it does not answer.",
            why=" ".join(visible(problem, 500) for problem in dict.fromkeys(trial.problems)),
            next="Mend that, or send `test: false` to connect it all the same.", status=502,
        )  # fmt: skip
    tried = connecting.found_out(wanted, trial)
    said = {name: getattr(given, name) for name in ("vision", "tools", "json_schema")}
    said["vision"] = bool(trial.vision) if said["vision"] is None else said["vision"]
    said = {name: value for name, value in said.items() if value is not None}
    return msgspec.structs.replace(tried, **said), trial


async def _tried(model: Model, *, pictures: bool = True) -> Trial:
    """A trial of the model. With `pictures`, those too where its settings do not say that it sees
    them; that it does not is no problem then."""
    trial = await check(model, seconds=TRIAL_SECONDS)
    if trial.vision is None and trial.reachable and pictures and isinstance(model, Endpoint):
        seeing = Endpoint(msgspec.structs.replace(model.tier, vision=True, name=trial.name))
        try:
            trial.vision = await sees(seeing)
        finally:
            await seeing.close()
    return trial


def _told(trial: Trial) -> dict[str, Any]:
    """A trial as an answer: another server's words in bounds, and without what is not seen."""
    return {
        "object": "trial",
        "at": datetime.now(UTC),
        "name": visible(trial.name, 200),
        "where": trial.where,
        "reachable": trial.reachable,
        "models": [visible(name, 200) for name in trial.models[:_MOST_NAMES]],
        "first_token": trial.first_token,
        "speed": trial.speed,
        "tools": trial.tools,
        "json_schema": trial.json_schema,
        "thinking": trial.thinking,
        "vision": trial.vision,
        "problems": [visible(problem, 1000) for problem in dict.fromkeys(trial.problems)],
    }


def _remember(door: Door, tier: str, trial: Trial) -> None:
    """Keep the newest trial of the model that serves a tier, as long as the server runs."""
    if len(door.trials) > 100:
        door.trials.clear()
    told = _told(trial)
    del told["models"]
    door.trials[_place(door, tier)] = told


def _place(door: Door, tier: str) -> tuple[str, str]:
    card = door.engine.models(tier).card
    return card.where, card.name


async def _while_there(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Do it as long as the client waits for it. Raises Problem when it has hung up."""
    async with connected(cast(Receive, request.receive), lambda: None):
        return await work
    raise Problem("hung_up", "The client hung up; nothing was changed.", status=400)


# -- tools ----------------------------------------------------------------------------------------


async def tools(request: Request) -> Response:
    """Every tool, built in and of MCP servers, what it may do, and whether it is on."""
    door: Door = request.app.state.door
    who = caller(request)
    body = await _tools(door, who.oversees)
    return answered({**body, "manage": who.manages})


async def switch_tool(request: Request, name: str) -> Response:
    """Switch a tool off or on, for every turn from now on. It is kept in settings.toml."""
    door = managing(request)
    on = (await read(request, Switch)).on
    if "MUSESPARK_TOOLS_OFF" in os.environ:
        raise connecting.fixed_problem(["MUSESPARK_TOOLS_OFF"])
    engine = door.engine
    listed = await _tools(door, all=True)
    names = [tool["name"] for tool in listed["data"]]
    if name not in names and name not in engine.settings.off:
        near = get_close_matches(name, names, 1)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise Problem(
            "unknown_tool", f"There is no tool called {name[:80]!r}.", status=404,
            next=f"{hint}GET /v1/tools lists them; those of a server that is away cannot be seen.",
        )  # fmt: skip

    def switched(kept: object) -> str | None:
        off = Settings(tools_off=str(kept or "")).off
        return ", ".join(sorted(off - {name} if on else off | {name})) or None

    await engine.change(lambda now: {"tools_off": switched})
    listed = await _tools(door, all=True)
    return answered(next(
        (tool for tool in listed["data"] if tool["name"] == name),
        {"object": "tool", "name": name, "on": name not in engine.settings.off},
    ))  # fmt: skip


async def _tools(door: Door, all: bool) -> dict[str, Any]:
    """The tools, and for those who may know it the MCP servers and why one is not there."""
    engine = door.engine
    asking = asyncio.ensure_future(engine.all_tools())
    await asyncio.wait({asking}, timeout=_TOOLS_SECONDS)  # a server may take its time to connect
    if asking.done():
        found = list(asking.result().values())
    else:
        asking.add_done_callback(lambda done: done.cancelled() or done.exception())
        found = [plugins.load("tools", name) for name in plugins.names("tools")]
    off = engine.settings.off
    data = [
        {
            "object": "tool",
            "name": tool.name,
            "description": tool.description,
            "parameters": tool.parameters,
            "origin": tool.origin.removeprefix("mcp:").replace("built in", "built-in"),
            "built_in": not tool.origin.startswith("mcp:"),
            "outside": tool.outside,
            "acts": tool.acts,
            "on": tool.name not in off,
        }
        for tool in found
    ]
    body: dict[str, Any] = {"object": "list", "manage": all, "data": data}
    if all:
        body["fixed"] = "MUSESPARK_TOOLS_OFF" in os.environ
        body["missing"] = sorted(off - {tool.name for tool in found})
        body["servers"] = [
            _server(name, server, found, engine.mcp.problems if asking.done() else None)
            for name, server in sorted(engine.settings.mcp.items())
        ]
    return body


def _server(
    name: str, server: McpServer, found: list[Tool], problems: dict[str, Problem] | None
) -> dict[str, Any]:
    """An MCP server, without its keys, arguments and environment. `problems` is None while it is
    not known yet whether it answers."""
    own = {place: problem for place, problem in (problems or {}).items()
           if place == name or place.startswith(f"{name}.")}  # fmt: skip
    names = [tool.name for tool in found if tool.origin == f"mcp:{name}"]
    away = name in own and own[name].code != "mcp_missing"
    state = "connecting" if problems is None else "unreachable" if away else "connected"
    secrets = [server.key.reveal(), *(value.reveal() for value in server.env.values()),
               *server.args, server.url]  # fmt: skip
    return {
        "name": name,
        "kind": "http" if server.url else "program",
        "where": connecting.origin(server.url) or server.command.rpartition("/")[2],
        "trusted": server.trusted,
        "allow": list(server.allow),
        "state": state,
        "connected": state == "connected",
        "problem": _without(" ".join(each.text for each in own.values()), secrets) or None,
        "tools": names,
    }


def _without(words: str, secrets: list[str]) -> str:
    """Another program's words, which may repeat what it was started with, without that."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= 4:
            words = words.replace(secret, connecting.HIDDEN)
    return visible(words, 1500)
