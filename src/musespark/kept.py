"""What is kept, over HTTP: conversations to list, look into, rename, pin and erase."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from msgspec import Meta, Struct
from starlette.responses import Response

from musespark.asked import Wrong
from musespark.conversations import Conversations
from musespark.door import Door, answered, cancel, known, read
from musespark.guard import PERSON


class ConversationChange(Struct, forbid_unknown_fields=True):
    """What of a conversation is to be another; what is left out stays."""

    title: Annotated[str, Meta(max_length=10_000)] | None = None
    pinned: bool | None = None


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
) -> Response:
    """A conversation with the branch that ends in the run `at` (else in the newest): its last runs,
    oldest first, or those that lead to the run `before`."""
    kept, person = _kept(request)
    found = await kept.branch(person, known(id), at=known(at), before=known(before), limit=limit)
    return answered({"object": "conversation", **found})


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
    await kept.erase(person, id)
    return answered({"id": id, "object": "conversation", "deleted": True})
