"""People over HTTP: yourself, and for owners and managers everybody who is here."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import Query, Request
from msgspec import UNSET, Meta, Struct, UnsetType
from starlette.responses import Response

from musespark.asked import Wrong
from musespark.door import Door, answered, caller, known, managing, read
from musespark.hosts import spoken
from musespark.person import RIGHTS
from musespark.store import Row
from musespark.turn import new_id

_Name = Annotated[str, Meta(max_length=200)]
_Role = Annotated[str, Meta(max_length=40)]
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


class MeChange(Struct, forbid_unknown_fields=True):
    """What of you is to be another; what is left out stays, "" is what the server has."""

    name: _Name | UnsetType = UNSET
    language: _Role | UnsetType = UNSET
    zone: Annotated[str, Meta(max_length=100)] | UnsetType = UNSET


class NewPerson(Struct, forbid_unknown_fields=True):
    """Somebody new. Without `id` they get one."""

    id: Annotated[str, Meta(max_length=200)] = ""
    name: _Name = ""
    role: _Role = "member"
    language: _Role = ""
    zone: Annotated[str, Meta(max_length=100)] = ""


class PersonChange(Struct, forbid_unknown_fields=True):
    """What of somebody is to be another; what is left out stays. With `ended` they come in no
    more, or again."""

    name: _Name | UnsetType = UNSET
    role: _Role | UnsetType = UNSET
    ended: bool | UnsetType = UNSET


# -- yourself -------------------------------------------------------------------------------------


async def me(request: Request) -> Response:
    """Who you are here: name, role and what it lets you do, language and zone, what you allow."""
    door: Door = request.app.state.door
    who = caller(request)
    person = await door.engine.person(who.person)
    said = await door.people.of(who.person)
    body: dict[str, Any] = {
        "object": "person",
        "id": person.id,
        "name": person.name,
        "role": who.role,
        "may": sorted(RIGHTS[who.role]),
        "language": person.language,
        "zone": person.zone,
        "said": {"language": said.language, "zone": said.zone},
        "purposes": sorted(person.purposes),
        "by": who.by,
        "host": who.host or None,
        "scopes": sorted(who.scopes),
        "actor": who.actor or None,
    }
    return answered(body, secret=True)


async def change_me(request: Request) -> Response:
    """Say your name, language or time zone."""
    door: Door = request.app.state.door
    given = await read(request, MeChange)
    what = {
        name: value
        for name in MeChange.__struct_fields__
        if not isinstance(value := getattr(given, name), UnsetType)
    }
    if not what:
        raise Wrong("There is nothing to change.", "name",
                    next="Send a name, a language or a zone.")  # fmt: skip
    if "name" in what:
        what["name"] = _named(what["name"])
    _spoken(what.get("language", ""), what.get("zone", ""))
    await door.people.say(caller(request).person, what)
    return await me(request)


# -- everybody ------------------------------------------------------------------------------------


async def people(
    request: Request,
    q: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    after: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Everybody who is here, in the order of their ids; with `q` those with that in their name or
    id. `after` is the id of the last one that you have. For owners and managers."""
    door = managing(request, "oversee")
    rows = await door.people.seen(_asks(request), words=q, after=known(after), most=limit + 1)
    return answered({
        "object": "list", "data": [_told(row) for row in rows[:limit]],
        "more": len(rows) > limit,
    }, secret=True)  # fmt: skip


async def create_person(request: Request) -> Response:
    """Take somebody in. They need a way to come in, too: a link, a key, or an app that vouches."""
    door = managing(request, "oversee")
    given = await read(request, NewPerson)
    id = given.id or new_id("person")
    _spoken(given.language, given.zone)
    await door.people.add(
        _asks(request), id, _named(given.name), given.role, language=given.language,
        zone=given.zone,
    )  # fmt: skip
    [row] = await door.people.seen(_asks(request), one=id)
    return answered(_told(row), secret=True)


async def person(request: Request, id: str) -> Response:
    """One of them. They find in their log that you looked."""
    door = managing(request, "oversee")
    return answered(_told(await door.people.look(_asks(request), known(id))), secret=True)


async def change_person(request: Request, id: str) -> Response:
    """Give somebody another name or role, or let them in no more (`ended`). Managers do that to
    people below them; the owner stays."""
    door = managing(request, "oversee")
    given, id = await read(request, PersonChange), known(id)
    name = None if isinstance(given.name, UnsetType) else _named(given.name)
    role = None if isinstance(given.role, UnsetType) else given.role
    if name is None and role is None and isinstance(given.ended, UnsetType):
        raise Wrong("There is nothing to change.", "role",
                    next="Send a name, a role or `ended`.")  # fmt: skip
    if name is not None or role is not None:
        row = await door.people.change(_asks(request), id, name=name, role=role)
    if not isinstance(given.ended, UnsetType):
        row = await door.people.end(_asks(request), id, given.ended)
        door.keys.forget()
    return answered(_told(row), secret=True)


async def end_person(request: Request, id: str) -> Response:
    """Let somebody in no more: their keys and sessions end at once. What is theirs stays, for them
    to have back or to erase."""
    door = managing(request, "oversee")
    await door.people.end(_asks(request), known(id))
    door.keys.forget()
    return answered({"id": id, "object": "person", "deleted": True}, secret=True)


def _asks(request: Request) -> str:
    return caller(request).person


def _told(row: Row) -> dict[str, Any]:
    host, colon, _ = str(row["person"]).partition(":")
    return {
        "object": "person",
        "id": row["person"],
        "name": row["name"],
        "role": row["role"],
        "language": row["language"],
        "zone": row["zone"],
        "host": host if colon else None,
        "created": row["created"],
        "ended": row["ended"],
    }


def _named(name: str) -> str:
    """A name as it is kept: without what nobody sees, which could make two look like one."""
    return " ".join(_UNSEEN.sub(" ", name).split())


def _spoken(language: str, zone: str) -> None:
    """Raise Wrong for a language or a zone that is none."""
    found = spoken(language, zone)
    if language and not found[0]:
        raise Wrong(f"The language {language[:40]!r} is none.", "language",
                    next="Send a tag such as de or pt-BR.")  # fmt: skip
    if zone and not found[1]:
        raise Wrong(f"There is no time zone {zone[:60]!r}.", "zone",
                    next="Send an IANA name such as Europe/Berlin.")  # fmt: skip
