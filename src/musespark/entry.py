"""Signing in and keys over HTTP: who a browser is, and a person's own keys."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request
from msgspec import Meta, Struct, field
from starlette.responses import Response

from musespark import audit, cookies, scopes, sessions
from musespark.asked import Wrong
from musespark.door import Door, answered, caller, known, read
from musespark.guard import KEY, PERSON, SESSION, word_of
from musespark.person import RIGHTS, may
from musespark.problem import Problem


class SignIn(Struct, forbid_unknown_fields=True):
    """A browser signs in: the key, which it need not keep."""

    key: Annotated[str, Meta(min_length=1, max_length=200)]


class NewKey(Struct, forbid_unknown_fields=True):
    """A key to be made: what it is for and, where the owner asks, whose it is; what it may be used
    for (see scopes.SCOPES), and after how many days it ends."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    person: Annotated[str, Meta(max_length=200)] = ""
    scopes: Annotated[list[str], Meta(min_length=1, max_length=20)] = field(
        default_factory=lambda: ["*"]
    )
    days: Annotated[float, Meta(gt=0, le=36_500)] | None = None


async def session(request: Request) -> Response:
    """Who is asking, how they came in, and what they may do."""
    door: Door = request.app.state.door
    person, key, own = (request.scope[name] for name in (PERSON, KEY, SESSION))
    who = await door.engine.person(person)
    body: dict[str, Any] = {
        "object": "session",
        "person": person,
        "by": caller(request).by,
        "role": who.role,
        "may": sorted(RIGHTS[who.role]),
        "manage": caller(request).manages,
        "keys": caller(request).by != "machine",
        "key": None,
        "since": own.created if own else None,
        "language": who.language,
        "zone": who.zone,
    }
    if key:
        rows = await door.keys.of(person)
        body["key"] = next(
            ({"id": row["id"], "name": row["name"], "hint": row["hint"]}
             for row in rows if row["id"] == key),
            None,
        )  # fmt: skip
    return answered(body, secret=True)


async def sign_in(request: Request) -> Response:
    """Sign a browser in with a key. It gets a cookie that scripts cannot read and that is not the
    key; signing out or revoking the key ends it."""
    door: Door = request.app.state.door
    given = await read(request, SignIn)
    if not await door.keys.exist():
        raise Problem(
            "no_keys", "There is nothing to sign in with: no key exists yet.", status=409,
            next="This machine may ask without one; `musespark keys create NAME` makes one.",
        )  # fmt: skip
    word = await door.sessions.sign_in(given.key.strip(), request.headers.get("user-agent", ""))
    if word is None:
        raise Problem(
            "invalid_key", "This key does not open the server.", status=401,
            next="Check that it is whole and was not revoked; `musespark keys` lists them.",
        )  # fmt: skip
    signed = await door.sessions.of(word)
    return await signed_in(request, signed.person if signed else "", "key", word=word)


async def signed_in(
    request: Request, person: str, way: str, *, word: str = "", safe: bool | None = None
) -> Response:
    """What tells a browser that it is signed in from now on: always with a new word; what it held
    before, whoever gave it that, ends. Without a `word` a session is started; `safe` says that it
    speaks https, where the request does not tell."""
    door: Door = request.app.state.door
    who = await door.engine.person(person)
    if who.ended:
        raise Problem("person_ended", "You cannot come in here any more.", status=403,
                      next="Ask a manager of this server to let you in again.")  # fmt: skip
    before = word_of(request.scope["headers"])
    if before:
        await door.sessions.end(before)
    word = word or await door.sessions.start(person, way, request.headers.get("user-agent", ""))
    browser = sessions.browser(request.headers.get("user-agent", ""))
    await audit.note(door.store, person, "signed_in", actor=person, about=way,
                     detail={"browser": browser})  # fmt: skip
    manage = may(who.role, "manage")
    made = answered({"object": "session", "person": person, "manage": manage}, secret=True)
    cookies.set_session(request, made, word, safe=safe)
    return made


async def sign_out(request: Request) -> Response:
    """Sign this browser out. Nothing is wrong when it was not signed in."""
    door: Door = request.app.state.door
    word = word_of(request.scope["headers"])
    ended = await door.sessions.end(word) if word else None
    if ended:
        await audit.note(door.store, ended.person, "signed_out", actor=ended.person)
    made = answered({"object": "session", "deleted": True}, secret=True)
    cookies.clear_session(request, made)
    return made


# -- keys -----------------------------------------------------------------------------------------


async def keys(request: Request, person: Annotated[str, Query(max_length=200)] = "") -> Response:
    """Your keys, newest first, without their secrets; the owner may look at another person's."""
    door: Door = request.app.state.door
    whose = _whose(request, person)
    rows = await door.keys.of(whose)
    found = [
        {"object": "key", **row, "person": whose, "current": row["id"] == request.scope[KEY]}
        for row in rows
    ]
    return answered({"object": "list", "data": found}, secret=True)


async def create_key(request: Request) -> Response:
    """Make a key. It is shown this once. The very first one closes the server to everyone without
    a key, so the browser that made it is signed in with it."""
    door: Door = request.app.state.door
    given = await read(request, NewKey)
    name = " ".join(given.name.split())
    if not name:
        raise Wrong("The key has no name.", "name", next="Say what it is for.")
    whose, who = _whose(request, given.person), caller(request)
    bounds = scopes.known(given.scopes, (await door.engine.person(whose)).role)
    id, key = await door.keys.create(whose, name, scopes=bounds, days=given.days)
    assert door.engine.store is not None
    await audit.note(door.engine.store, whose, "key_created", actor=who.who, about=id,
                     detail={"scopes": sorted(bounds), "called": name})  # fmt: skip
    body = {"id": id, "object": "key", "name": name, "person": whose, "key": key,
            "hint": key[-4:], "scopes": sorted(bounds), "signed_in": False}  # fmt: skip
    browser = "origin" in request.headers or "sec-fetch-site" in request.headers
    word = ""
    if who.by == "machine" and browser and whose == who.person and "*" in bounds:
        word = await door.sessions.sign_in(key) or ""
        body["signed_in"] = bool(word)
    made = answered(body, secret=True)
    if word:
        cookies.set_session(request, made, word)
    return made


async def revoke_key(
    request: Request, id: str, person: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """End a key, and the browsers that signed in with it. Without any valid key left the server
    answers its own machine alone."""
    door: Door = request.app.state.door
    whose = _whose(request, person)
    await door.keys.revoke(known(id), whose)
    assert door.engine.store is not None
    rows = await door.keys.of(whose)
    called = next((row["name"] for row in rows if row["id"] == id), "")
    await audit.note(door.engine.store, whose, "key_revoked", actor=caller(request).who, about=id,
                     detail={"called": called})  # fmt: skip
    left = sum(1 for row in rows if row["revoked"] is None)
    return answered({"id": id, "object": "key", "deleted": True, "left": left}, secret=True)


def _whose(request: Request, person: str) -> str:
    """The person whose keys are meant: oneself, or for the owner anybody. Raises Problem 403."""
    own = str(request.scope[PERSON])
    if person in ("", own):
        return own
    if not caller(request).manages:
        raise Problem(
            "not_the_owner", "Only the owner of this server sees other people's keys.", status=403,
            next="Leave `person` out to see your own.",
        )  # fmt: skip
    return person
