"""What a person signs in with, and where they are signed in, over HTTP: theirs to change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import Request
from msgspec import Meta, Struct
from starlette.responses import Response

from musespark import audit, cookies, passkeys, sessions
from musespark.asked import Wrong
from musespark.attempts import address_of
from musespark.challenges import new_word
from musespark.door import Door, answered, caller, known, read
from musespark.guard import PERSON, SESSION
from musespark.passwords import as_login
from musespark.problem import Problem
from musespark.signing import sent

FRESH = timedelta(minutes=15)  # since somebody signed in, to change what signs in

Name = Annotated[str, Meta(max_length=200)]


class NewPassword(Struct, forbid_unknown_fields=True):
    """A password, the name that one signs in with (as before, or one's id), and the password
    before, where the browser was not signed in just now."""

    password: Annotated[str, Meta(min_length=1, max_length=4096)]
    login: Name = ""
    before: Annotated[str, Meta(max_length=4096)] = ""


class NewPasskey(Struct, forbid_unknown_fields=True):
    """What a device made, as JSON of navigator.credentials.create(), and what to call it."""

    credential: dict[str, Any]
    name: Name = ""


class Rename(Struct, forbid_unknown_fields=True):
    """Another name for a passkey."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]


class Connect(Struct, forbid_unknown_fields=True):
    """A provider, and the page of ours to come back to."""

    provider: Name
    next: Annotated[str, Meta(max_length=2000)] = "/"


# -- sessions -------------------------------------------------------------------------------------


async def my_sessions(request: Request) -> Response:
    """The browsers where you are signed in, used last first."""
    door: Door = request.app.state.door
    own = request.scope[SESSION]
    rows = await door.sessions.all_of(request.scope[PERSON])
    found = [{"object": "session", **row, "current": bool(own and own.id == row["id"])}
             for row in rows]  # fmt: skip
    return answered({"object": "list", "data": found}, secret=True)


async def end_session(request: Request, id: str) -> Response:
    """Sign one of your browsers out, at once in this process and within 30 seconds in others."""
    door: Door = request.app.state.door
    if not await door.sessions.end_one(request.scope[PERSON], known(id)):
        raise Problem("unknown_session", "There is no such session of yours.", status=404,
                      why="It may have ended by itself.")  # fmt: skip
    await _note(request, "session_ended", id)
    return answered({"id": id, "object": "session", "deleted": True}, secret=True)


async def end_other_sessions(request: Request) -> Response:
    """Sign all your browsers out but this one."""
    door: Door = request.app.state.door
    own = request.scope[SESSION]
    ended = await door.sessions.end_others(request.scope[PERSON], own.id if own else "")
    if ended:
        await _note(request, "session_ended", detail={"others": ended})
    return answered({"object": "sessions", "deleted": True, "ended": ended}, secret=True)


# -- password -------------------------------------------------------------------------------------


async def my_password(request: Request) -> Response:
    """Whether you have a password, since when, and the name that you sign in with."""
    door: Door = request.app.state.door
    row = await door.passwords.of(request.scope[PERSON])
    body = {"object": "password", "set": row is not None, "login": row["login"] if row else "",
            "changed": row["changed"] if row else None}  # fmt: skip
    return answered(body, secret=True)


async def set_password(request: Request) -> Response:
    """Set or change your password. Every other browser of yours is signed out, and this one gets
    another cookie."""
    door: Door = request.app.state.door
    given = await read(request, NewPassword)
    person = request.scope[PERSON]
    row = await door.passwords.of(person)
    if row is not None and given.before:
        attempt = await door.attempts.guess(row["login"], _address(request))
        if await door.passwords.whose(row["login"], given.before) != person:
            raise Problem("wrong_password", "The password before is not right.", status=401)
        await door.attempts.right(attempt)
    else:
        _proven(request)
    login = given.login or (row["login"] if row else person)
    await door.passwords.change(person, login, given.password)
    door.keys.changed()
    await _note(request, "password_changed")
    ended = await door.sessions.end_others(person, _own(request))
    body = {"object": "password", "set": True, "login": as_login(login), "ended": ended}
    return await _renewed(request, body, "password")


async def delete_password(request: Request) -> Response:
    """Do without a password."""
    door: Door = request.app.state.door
    _proven(request)
    gone = await door.passwords.forget(request.scope[PERSON])
    door.keys.changed()
    if gone:
        await _note(request, "password_removed")
    return answered({"object": "password", "deleted": gone, "set": False}, secret=True)


# -- passkeys -------------------------------------------------------------------------------------


async def my_passkeys(request: Request) -> Response:
    """Your passkeys, newest first."""
    door: Door = request.app.state.door
    rows = await door.passkeys.of(request.scope[PERSON])
    return answered({"object": "list", "data": [_passkey(row) for row in rows]}, secret=True)


async def want_passkey(request: Request) -> Response:
    """What a browser hands to a device so that it makes a passkey."""
    door: Door = request.app.state.door
    person = request.scope[PERSON]
    place = passkeys.place_of(request.headers.get("host", ""))
    _proven(request)
    row = await door.passwords.of(person)
    who = await door.engine.person(person)
    names = row["login"] if row else person, who.name or person
    word = new_word()
    options = await door.passkeys.wanted(person, names, place, word)
    body = {"handle": options["user"]["id"]}
    browser = await door.challenges.ask("new passkey", word, body, person)
    made = answered({"object": "passkey_options", "options": options}, secret=True)
    cookies.set_asked(request, made, browser)
    return made


async def add_passkey(request: Request) -> Response:
    """Keep a passkey that a device of yours has made."""
    door: Door = request.app.state.door
    given = await read(request, NewPasskey)
    person = request.scope[PERSON]
    place = passkeys.place_of(request.headers.get("host", ""))
    _proven(request)
    word = passkeys.asked(given.credential)
    taken = await door.challenges.take("new passkey", word, cookies.asked(request))
    if taken is None or taken[0] != person:
        raise passkeys.refused()
    name = " ".join(given.name.split()) or sessions.browser(_agent(request)) or "Passkey"
    row = await door.passkeys.add(
        person, given.credential, place, word, handle=taken[1]["handle"], name=name
    )
    door.keys.changed()
    await _note(request, "passkey_added", row["id"])
    return await _renewed(request, _passkey(row), "passkey")


async def rename_passkey(request: Request, id: str) -> Response:
    """Call a passkey something else."""
    door: Door = request.app.state.door
    given = await read(request, Rename)
    name = " ".join(given.name.split())
    if not name:
        raise Wrong("The passkey has no name.", "name", next="Say which device it is.")
    row = await door.passkeys.rename(request.scope[PERSON], known(id), name)
    return answered(_passkey(row), secret=True)


async def remove_passkey(request: Request, id: str) -> Response:
    """A passkey opens nothing any more."""
    door: Door = request.app.state.door
    _proven(request)
    await door.passkeys.remove(request.scope[PERSON], known(id))
    door.keys.changed()
    await _note(request, "passkey_removed", id)
    return answered({"id": id, "object": "passkey", "deleted": True}, secret=True)


# -- accounts elsewhere ---------------------------------------------------------------------------


async def my_accounts(request: Request) -> Response:
    """Your accounts elsewhere that sign you in here, and the providers there are."""
    door: Door = request.app.state.door
    rows = await door.accounts.of(request.scope[PERSON])
    providers = [{"id": name, "name": each.settings.name or name}
                 for name, each in door.providers.items()]  # fmt: skip
    found = [{"object": "account", **row} for row in rows]
    return answered({"object": "list", "data": found, "providers": providers}, secret=True)


async def connect_account(request: Request) -> Response:
    """Where to send the browser to connect an account of yours at a provider."""
    given = await read(request, Connect)
    _proven(request)
    return await sent(request, given.provider, given.next, request.scope[PERSON])


async def remove_account(request: Request, id: str) -> Response:
    """An account elsewhere signs you in no more."""
    door: Door = request.app.state.door
    _proven(request)
    row = await door.accounts.remove(request.scope[PERSON], known(id))
    door.keys.changed()
    await _note(request, "account_removed", row["provider"])
    return answered({"id": id, "object": "account", "deleted": True}, secret=True)


# -- all of them ----------------------------------------------------------------------------------


def _proven(request: Request) -> None:
    """Raise Problem 403 for a browser that was signed in a while ago: whoever sits at it now may
    be somebody else, and what they add would stay."""
    own = request.scope[SESSION]
    if own is not None and datetime.now(UTC) - own.proven > FRESH:
        raise Problem(
            "prove_again", "Show once more that it is you.", status=403,
            why="This changes what signs you in, and you signed in a while ago.",
            next="Sign in again, then do it within 15 minutes.",
        )  # fmt: skip


async def _renewed(request: Request, body: Any, way: str) -> Response:
    """The answer, with another cookie for the browser: what it held before opens nothing. One on
    this machine that needed none until now is signed in, for from now on everybody has to be."""
    door: Door = request.app.state.door
    own, who = request.scope[SESSION], caller(request)
    made = answered(body, secret=True)
    browser = "origin" in request.headers or "sec-fetch-site" in request.headers
    if own is not None:
        word = await door.sessions.renew(own)
    elif who.by == "machine" and browser:
        word = await door.sessions.start(who.person, way, _agent(request))
    else:
        return made
    cookies.set_session(request, made, word)
    return made


async def _note(
    request: Request, deed: str, about: str = "", detail: dict[str, Any] | None = None
) -> None:
    door: Door = request.app.state.door
    await audit.note(
        door.store, request.scope[PERSON], deed, actor=caller(request).who, about=about,
        detail=detail,
    )  # fmt: skip


def _passkey(row: dict[str, Any]) -> dict[str, Any]:
    return {"object": "passkey", **row}


def _own(request: Request) -> str:
    own = request.scope[SESSION]
    return own.id if own else ""


def _agent(request: Request) -> str:
    return request.headers.get("user-agent", "")


def _address(request: Request) -> str:
    door: Door = request.app.state.door
    return address_of(request.scope, door.settings.proxies)
