"""What is kept, over HTTP: conversations, what is shared of them, runs and what they used."""

from __future__ import annotations

import asyncio
import base64
import binascii
import urllib.parse
from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import msgspec
from fastapi import Path, Query, Request
from msgspec import Meta, Struct
from starlette.responses import Response

from musespark import markup
from musespark.asked import Wrong
from musespark.conversations import Conversations
from musespark.door import Door, answered, cancel, known, read
from musespark.guard import PERSON
from musespark.inside import looked_into
from musespark.message import Document, File, Image, Part
from musespark.past import Past
from musespark.problem import Problem
from musespark.rebudget import change_limits
from musespark.shares import Shares
from musespark.wanted import Wanted, moment, words_of

UNTIL = 10  # times what the settings allow at the start, a budget may be raised to while it runs
Render = Annotated[str, Query(pattern="^(html)?$")]
_SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif")


class ConversationChange(Struct, forbid_unknown_fields=True):
    """What of a conversation is to be another; what is left out stays."""

    title: Annotated[str, Meta(max_length=10_000)] | None = None
    pinned: bool | None = None


class Share(Struct, forbid_unknown_fields=True):
    """Up to which run a conversation is shared; the newest where it is left out."""

    at: Annotated[str, Meta(max_length=200)] = ""


class BudgetChange(Struct, forbid_unknown_fields=True):
    """What a run may use from now on; what is left out stays."""

    tokens: Annotated[int, Meta(ge=1)] | None = None
    seconds: Annotated[float, Meta(gt=0)] | None = None
    money: Annotated[float, Meta(ge=0)] | None = None


def _kept(request: Request) -> tuple[Conversations, str]:
    """The conversations of the server, and who asks."""
    door: Door = request.app.state.door
    assert door.engine.store is not None
    return Conversations(door.engine.store), request.scope[PERSON]


async def conversations(
    request: Request,
    q: Annotated[str, Query(max_length=500)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Your conversations, the pinned ones first, then the newest; with `q` those in which all its
    words occur. `before` is the id of the last one that you have."""
    kept, person = _kept(request)
    rows, more = await kept.listed(person, q, limit, known(before))
    return answered({"object": "list", "data": rows, "more": more})


async def conversation(
    request: Request,
    id: str,
    at: Annotated[str, Query(max_length=200)] = "",
    before: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    render: Render = "",
) -> Response:
    """A conversation with the branch that ends in the run `at` (else in the newest): its last runs,
    oldest first, or those that lead to the run `before`."""
    kept, person = _kept(request)
    found = await kept.branch(person, known(id), at=known(at), before=known(before), limit=limit)
    if render:
        await _rendered(found["runs"])
    return answered({"object": "conversation", **found})


async def _rendered(runs: list[dict[str, Any]]) -> None:
    """Put the HTML of each answer beside it, and let others have their turn in between."""
    for run in runs:
        await _html(run["answer"], run["sources"])


async def _html(said: dict[str, Any], sources: list[Any]) -> None:
    if said["text"]:
        said["html"] = await markup.aside(said["text"], sources)
        await asyncio.sleep(0)


async def change_conversation(request: Request, id: str) -> Response:
    """Give a conversation another title, pin it, or take it down."""
    kept, person = _kept(request)
    given = await read(request, ConversationChange)
    if given.title is None and given.pinned is None:
        raise Wrong("There is nothing to change.", next="Send a title, or pinned, or both.")
    row = await kept.change(person, known(id), title=given.title, pinned=given.pinned)
    return answered({"object": "conversation", **row})


async def delete_conversation(request: Request, id: str) -> Response:
    """Erase a conversation with everything in it; what is under way there is stopped first."""
    door: Door = request.app.state.door
    kept, person = _kept(request)
    await kept.row(person, known(id))
    here = [
        live.run for live in door.engine.runs.live.values()
        if live.person == person and live.turn is not None and live.turn.conversation == id
    ]  # fmt: skip
    for run in dict.fromkeys([*here, *await kept.running(person, id)]):
        await cancel(door.engine, person, run)
    gone = await kept.erase(person, id)
    assert door.engine.memories is not None
    await door.engine.memories.erased(person, gone)
    assert door.engine.files is not None
    await door.engine.files.sweep()
    return answered({"id": id, "object": "conversation", "deleted": True})


# -- sharing --------------------------------------------------------------------------------------


async def share(request: Request, id: str) -> Response:
    """Make a link to a conversation as it is now, in place of an earlier one. It is told once."""
    kept, person = _kept(request)
    given = await read(request, Share, empty=Share())
    token = await Shares(kept.store).create(person, known(id), known(given.at))
    made = {"object": "share", "conversation": id, "token": token, "url": f"/shared/{token}"}
    return answered(made, secret=True)


async def end_share(request: Request, id: str) -> Response:
    """End the link to a conversation."""
    kept, person = _kept(request)
    await Shares(kept.store).end(person, known(id))
    return answered({"id": id, "object": "share", "deleted": True})


async def shared(request: Request, token: str, render: Render = "") -> Response:
    """What a link shows, to everyone: questions and answers, nothing else."""
    door: Door = request.app.state.door
    assert door.engine.store is not None
    found = await Shares(door.engine.store).read(token)
    if render:
        await _rendered(found["runs"])
    return answered({"object": "shared", **found}, secret=True)


# -- runs -----------------------------------------------------------------------------------------


async def runs(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[str, Query(max_length=200)] = "",
    state: Literal["", "running", "done", "failed", "cancelled", "interrupted"] = "",
    mode: Annotated[str, Query(max_length=40)] = "",
    q: Annotated[str, Query(max_length=500)] = "",
    since: Annotated[str, Query(max_length=40)] = "",
    until: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Your runs, newest first; `before` is the id of the last one that you have. `state`, `mode`,
    `q` (words of the question or the answer), `since` and `until` say which."""
    door: Door = request.app.state.door
    person = request.scope[PERSON]
    zone = (await door.engine.person(person)).zone
    wanted = Wanted(
        state, mode, words_of(q), _moment(since, zone, "since"), _moment(until, zone, "until")
    )
    rows, more = await _past(door).listed(person, wanted, limit, known(before))
    return answered({"object": "list", "data": [timed(row) for row in rows], "more": more})


def timed(row: dict[str, Any]) -> dict[str, Any]:
    """A run with its cost and its seconds."""
    usage = row.get("usage") or {}
    row["cost"] = usage.get("cost", 0.0)
    ended = row["ended"]
    row["seconds"] = (ended - row["started"]).total_seconds() if ended else None
    return {"object": "run", **row}


def _past(door: Door) -> Past:
    assert door.engine.store is not None
    return Past(door.engine.store)


def _moment(given: str, zone: str, name: str) -> datetime | None:
    """A moment as it was sent. Raises Wrong."""
    try:
        return moment(given, zone, end=name == "until")
    except ValueError:
        raise Wrong(
            f"The moment {given[:40]!r} cannot be read.", name,
            next="Send a day or a moment, such as 2026-03-14 or 2026-03-14T09:26:00Z.",
        ) from None  # fmt: skip


async def run(request: Request, id: str, render: Render = "") -> Response:
    """A run with everything inside: steps, lanes, drafts, votes, checks, messages, cost, times."""
    door: Door = request.app.state.door
    row = await looked_into(door.engine.runs, request.scope[PERSON], known(id))
    if render:
        await _rendered([row])
        for lane in row["lanes"]:
            await _html(lane, lane["sources"])
    return answered(row)


async def usage(
    request: Request,
    days: Annotated[int, Query(ge=1, le=366)] = 30,
    zone: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """What your runs of the last days used, by mode and by day of your time zone, or of `zone`."""
    door: Door = request.app.state.door
    person = request.scope[PERSON]
    zone = zone or (await door.engine.person(person)).zone
    try:
        ZoneInfo(zone)
        found = await _past(door).used(person, days, zone)
    except (KeyError, ValueError, OSError):
        raise Wrong(
            f"There is no time zone {zone[:60]!r}.", "zone",
            next="Send an IANA name such as Europe/Berlin.",
        ) from None  # fmt: skip
    return answered({"object": "usage", **found})


async def change_budget(request: Request, id: str) -> Response:
    """Raise or cut what a run may use while it goes on, in whichever process. Below what it has
    used, it ends with the best that it has."""
    door: Door = request.app.state.door
    given = await read(request, BudgetChange)
    if given == BudgetChange():
        raise Wrong("There is nothing to change.", next="Send tokens, seconds or money.")
    own = door.settings
    most = {"tokens": own.budget_tokens * UNTIL, "seconds": own.budget_seconds * UNTIL,
            "money": own.budget_money * UNTIL}  # fmt: skip
    change = {
        name: min(value, most[name])
        for name, value in msgspec.structs.asdict(given).items()
        if value is not None
    }
    budget = await change_limits(door.engine.runs, request.scope[PERSON], known(id), change)
    return answered({"id": id, "object": "budget", **budget})


async def attachment(
    request: Request, id: str, n: Annotated[int, Path(ge=0, le=10_000)]
) -> Response:
    """What was attached to a run's question: the bytes of number `n`, counted from 0."""
    door: Door = request.app.state.door
    found = await _past(door).attachment(request.scope[PERSON], known(id), n)
    if found is None:
        raise Problem(
            "unknown_attachment", f"There is no attachment {n} of such a run of yours.",
            next="GET /v1/runs/{id} says what is attached to its question.", status=404,
        )  # fmt: skip
    part = msgspec.convert(found, Part)
    if isinstance(part, Document):
        return _file(part.text.encode(errors="replace"), "text/plain; charset=utf-8", part.name)
    if isinstance(part, File):
        raise Problem(
            "broken_attachment", f"{part.name or 'This file'} could not be read.", status=404,
            why="It was not kept with the question.", next="Attach it again.",
        )  # fmt: skip
    assert isinstance(part, Image)
    head, comma, data = part.url.partition(";base64,")
    if not comma or not head.startswith("data:"):
        raise Problem(
            "lies_elsewhere", "This picture lies on another server.", status=404,
            next=f"It was given as {part.url[:200]}.",
        )  # fmt: skip
    try:
        raw = base64.b64decode(data, validate=True)
    except binascii.Error:
        raise Problem(
            "broken_attachment", "This picture is broken.", status=404,
            why="What was sent is no base64.", next="Attach it again.",
        ) from None  # fmt: skip
    return _file(raw, head[5:].lower(), part.name)


def _file(raw: bytes, media: str, name: str) -> Response:
    """Bytes that a browser shows only if they are a harmless picture or plain text."""
    inline = media in _SHOWN or media.startswith("text/plain")
    way = "inline" if inline else "attachment"
    named = urllib.parse.quote(name or "attachment", safe="")
    headers = {
        "content-disposition": f"{way}; filename*=UTF-8''{named}",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "private, max-age=3600",
    }
    return Response(
        raw, headers=headers, media_type=media if inline else "application/octet-stream"
    )
