"""What is remembered, over HTTP: a person lists, searches, changes, pins and forgets it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from fastapi import Path, Query, Request
from msgspec import Meta, Struct
from starlette.responses import Response

from musespark import album
from musespark.asked import Wrong
from musespark.door import Door, answered, read
from musespark.guard import PERSON
from musespark.memo import Memory
from musespark.memory import Listed, Memories
from musespark.wanted import moment

_Id = Annotated[int, Path(ge=1, le=2**62)]
_Words = Annotated[str, Query(max_length=500)]
_Name = Annotated[str, Query(max_length=200)]
_Moment = Annotated[str, Query(max_length=40)]


class MemoryChange(Struct, forbid_unknown_fields=True):
    """What of a memory is to be another: its words, or whether it is pinned."""

    text: Annotated[str, Meta(max_length=100_000)] | None = None
    pinned: bool | None = None


class MemoriesForgotten(Struct, forbid_unknown_fields=True):
    """Which memories are to be forgotten: those with these `ids`; or all of a `source` (chat, or an
    importer), of a `conversation`, or of the time between `since` and `until`, together."""

    ids: Annotated[list[Annotated[int, Meta(ge=1)]], Meta(max_length=1_000)] = []
    source: Annotated[str, Meta(max_length=200)] = ""
    conversation: Annotated[str, Meta(max_length=200)] = ""
    since: Annotated[str, Meta(max_length=40)] = ""
    until: Annotated[str, Meta(max_length=40)] = ""


def _here(request: Request) -> tuple[Door, Memories, str]:
    """The door, its memories, and who asks."""
    door: Door = request.app.state.door
    assert door.engine.memories is not None
    return door, door.engine.memories, request.scope[PERSON]


async def memories(
    request: Request,
    q: _Words = "",
    source: _Name = "",
    conversation: _Name = "",
    since: _Moment = "",
    until: _Moment = "",
    pinned: bool | None = None,
    by: Literal["", "me", "others"] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[int, Query(ge=0, le=2**62)] = 0,
) -> Response:
    """What is remembered of you, the newest first; with `q` what answers it, best first. `before`
    is the id of the last one that you have."""
    door, kept, person = _here(request)
    who = await door.engine.person(person)
    which = Listed(
        wanted=q, source=source, conversation=conversation, pinned=pinned,
        mine=None if not by else by == "me", since=_when(since, who.zone, "since"),
        until=_when(until, who.zone, "until"), before=before, limit=limit,
    )  # fmt: skip
    found, more = await kept.listed(person, which, language=who.language)
    files = await album.of(kept.store, person, [one.id for one in found])
    data = [shown(one) | {"files": album.told(files.get(one.id, {}).values())} for one in found]
    return answered({"object": "list", "data": data, "more": more})


async def memory(request: Request, id: _Id) -> Response:
    """One memory, with its wordings before it was changed."""
    _, kept, person = _here(request)
    one = await kept.one(person, id)
    earlier = await kept.wordings(person, id) if one.edited else []
    files = (await album.of(kept.store, person, [id])).get(id, {})
    return answered(shown(one) | {"earlier": earlier, "files": album.told(files.values())})


async def change_memory(request: Request, id: _Id) -> Response:
    """Change the words of a memory, pin it or take it down. Other words make a new memory, with an
    id of its own, in place of the old one."""
    _, kept, person = _here(request)
    given = await read(request, MemoryChange)
    if given.text is None and given.pinned is None:
        raise Wrong("There is nothing to change.", next="Send text, or pinned, or both.")
    one = await kept.one(person, id)
    if given.text is not None and given.text.strip() != one.text:
        one = await kept.edit(person, id, given.text)
    if given.pinned is not None:
        one = await kept.pin(person, one.id, given.pinned)
    return answered(shown(one))


async def forget_memory(request: Request, id: _Id, earlier: bool = False) -> Response:
    """Forget a memory, for good; with `earlier` only how it was worded before it was changed."""
    _, kept, person = _here(request)
    await kept.one(person, id)
    if earlier:
        await kept.forget_wordings(person, id)
        return answered({"id": id, "object": "memory", "deleted": False})
    await kept.forget(person, [id])
    return answered({"id": id, "object": "memory", "deleted": True})


async def forget_memories(request: Request) -> Response:
    """Forget many memories, for good; says how many there were."""
    door, kept, person = _here(request)
    given = await read(request, MemoriesForgotten)
    who = await door.engine.person(person)
    if given.ids:
        count = len(await kept.forget(person, given.ids))
    elif given.source or given.conversation or given.since or given.until:
        which = Listed(
            source=given.source, conversation=given.conversation,
            since=_when(given.since, who.zone, "since"),
            until=_when(given.until, who.zone, "until"),
        )  # fmt: skip
        count = await kept.forget_where(person, which)
    else:
        raise Wrong(
            "It is not said which memories are to be forgotten.",
            next="Send ids, a source, a conversation, or since and until. To forget everything "
            "about you: DELETE /v1/me.",
        )
    return answered({"object": "memories", "deleted": True, "count": count})


def _when(given: str, zone: str, param: str) -> Any:
    try:
        return moment(given, zone, end=param == "until")
    except ValueError:
        raise Wrong(
            f"The moment {given!r} cannot be read.", param,
            next="Send a day or a moment in ISO 8601, such as 2026-07-04.",
        ) from None  # fmt: skip


def shown(one: Memory) -> dict[str, Any]:
    """A memory as JSON."""
    return {
        "object": "memory", "id": one.id, "text": one.text, "said": one.said,
        "speaker": one.speaker, "by": "you" if one.mine else "others", "title": one.name,
        "source": {
            "name": one.source, "conversation": one.conversation, "run": one.run,
        },
        "true_from": one.true_from or one.said.date(), "true_until": one.true_until,
        "pinned": one.pinned, "edited": one.edited, "generated": one.generated,
        "rests_on": list(one.sources), "score": round(one.score, 4), "why": one.why,
    }  # fmt: skip


def as_json(one: Memory, earlier: list[dict[str, Any]] | None = None) -> str:
    """A memory as a line of JSON, with its `earlier` wordings where they are given."""
    more = {} if earlier is None else {"earlier": earlier}
    return msgspec.json.encode(shown(one) | more).decode()
