"""Links over HTTP: invitations for who is new, and a way back for who is here already."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Request
from msgspec import Meta, Struct
from starlette.responses import Response

from musespark import audit, cookies, links
from musespark.door import Door, answered, caller, known, read
from musespark.person import below
from musespark.problem import Problem
from musespark.scopes import refused
from musespark.turn import new_id


class NewLink(Struct, forbid_unknown_fields=True):
    """A link to be made: for a `person` who is here, or with a `role` and a `name` for one who is
    new. It can be used for `hours`: 168 for who is new, else a quarter of an hour."""

    person: Annotated[str, Meta(max_length=200)] = ""
    role: Literal["", "manager", "creator", "member", "guest"] = ""
    name: Annotated[str, Meta(max_length=200)] = ""
    hours: Annotated[int, Meta(ge=1, le=24 * 90)] | None = None


async def make_link(request: Request) -> Response:
    """Make a link that signs a browser in, once; it is shown this once. An owner or a manager
    invites people below themselves; a link for who is here already is the owner's to make."""
    door: Door = request.app.state.door
    given, who = await read(request, NewLink), caller(request)
    name = " ".join(given.name.split())
    if bool(given.person) == bool(given.role):
        raise Problem("bad_link", "It is not clear whom the link is for.",
                      next="Send `person` for who is here, or `role` for who is new.")  # fmt: skip
    person = given.person or new_id("person")
    if given.role:
        if not who.may("oversee") or not below(given.role, who.role):
            raise refused("manage" if who.may("oversee") else "oversee")
        minutes = links.INVITED
    else:
        if not who.may("manage"):
            raise refused("manage")
        rows = await door.store.system("select role_of(%s) as role", person)
        if not person.isascii() or not person.isprintable() or not rows[0]["role"]:
            raise Problem("unknown_person", f"There is nobody with the id {person[:100]!r}.",
                          status=404)  # fmt: skip
        minutes = links.MINUTES
    if given.hours:
        minutes = given.hours * 60
    id, word = await door.links.make(
        person, by=who.person, role=given.role or None, name=name, minutes=minutes
    )
    scheme = "https" if cookies.secure(request) else "http"
    base = f"{scheme}://{request.headers.get('host', '')}"
    await audit.note(door.store, person, "link_created", actor=who.who, about=id)
    body = {"id": id, "object": "link", "person": person, "role": given.role, "name": name,
            "minutes": minutes, "url": links.address(base, word)}  # fmt: skip
    return answered(body, secret=True)


async def my_links(request: Request) -> Response:
    """The links that you made and nobody used yet, newest first."""
    door: Door = request.app.state.door
    rows = await door.links.made(caller(request).person)
    found = [{"object": "link", **row, "role": row["role"] or ""} for row in rows]
    return answered({"object": "list", "data": found}, secret=True)


async def end_link(request: Request, id: str) -> Response:
    """End a link before it is used."""
    door: Door = request.app.state.door
    await door.links.end(known(id), caller(request).person)
    return answered({"id": id, "object": "link", "deleted": True}, secret=True)
