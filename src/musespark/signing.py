"""Signing in over HTTP for those who are not in: by link, password, passkey, account elsewhere."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from fastapi import Query, Request
from msgspec import Meta, Struct
from starlette.responses import Response

from musespark import audit, cookies, passkeys
from musespark.attempts import Attempt, address_of
from musespark.challenges import new_word
from musespark.door import Door, answered, read
from musespark.entry import signed_in
from musespark.openid import OpenId
from musespark.passwords import as_login
from musespark.problem import Problem

Text = Annotated[str, Meta(min_length=1, max_length=200)]


class UseLink(Struct, forbid_unknown_fields=True):
    """A browser signs in with what stands after # in a link."""

    link: Text


class Login(Struct, forbid_unknown_fields=True):
    """A browser signs in with a name and a password."""

    login: Text
    password: Annotated[str, Meta(min_length=1, max_length=4096)]


class Proof(Struct, forbid_unknown_fields=True):
    """A device answers: what navigator.credentials.get() gave, as JSON."""

    credential: dict[str, Any]


class Elsewhere(Struct, forbid_unknown_fields=True):
    """A browser wants to sign in at a provider, and then to go on to a page of ours."""

    next: Annotated[str, Meta(max_length=2000)] = "/"


async def ways_in(request: Request) -> Response:
    """How one can sign in here: only what is set up. It says nothing of anybody."""
    door: Door = request.app.state.door
    try:
        host = passkeys.place_of(request.headers.get("host", "")).host
    except Problem:
        host = ""
    rows = await door.store.system("select * from ways_in(%s)", host)
    providers = [{"id": name, "name": provider.settings.name or name}
                 for name, provider in door.providers.items()]  # fmt: skip
    return answered({"object": "sign_in", **rows[0], "providers": providers}, secret=True)


async def use_link(request: Request) -> Response:
    """Sign a browser in with a link, which then is used up."""
    door: Door = request.app.state.door
    given = await read(request, UseLink)
    link = await door.links.use(given.link)
    if link is None:
        raise Problem(
            "used_link", "This link does not sign in.", status=401,
            why="It was used before, has expired, or is not whole.",
            next="Ask for a new one; who runs the server: `musespark link`.",
        )  # fmt: skip
    door.people.changed(link.person)
    return await signed_in(request, link.person, "link")


async def use_password(request: Request) -> Response:
    """Sign a browser in with a name and a password. A wrong one, and a name that nobody has, get
    the same answer for the same work; who tries too often waits."""
    door: Door = request.app.state.door
    given = await read(request, Login)
    login = as_login(given.login)
    attempt = await door.attempts.guess(login, _address(request))
    person = await door.passwords.whose(login, given.password)
    if person is None:
        await _burst(door, login, attempt)
        raise Problem(
            "wrong_password", "The name or the password is not right.", status=401,
            next="Who lost the password asks for a link; who runs the server: `musespark link`.",
        )  # fmt: skip
    await door.attempts.right(attempt)
    return await signed_in(request, person, "password")


async def _burst(door: Door, login: str, attempt: Attempt) -> None:
    """A person reads in their log that somebody tries their password again and again. The database
    is asked whether there is one or not."""
    rows = await door.store.system("select person from password_of(%s)", login)
    if rows and attempt.burst:
        # Beside the answer, which takes as long as where there is nobody.
        note = audit.note(door.store, rows[0]["person"], "sign_in_failed", about="password")
        door.engine.beside(note)


async def ask_passkey(request: Request) -> Response:
    """What a browser asks its devices, to sign somebody in: the same for everybody."""
    door: Door = request.app.state.door
    place = passkeys.place_of(request.headers.get("host", ""))
    await door.attempts.ask(_address(request))
    word = new_word()
    browser = await door.challenges.ask("passkey", word)
    made = answered({"object": "passkey_options", "options": passkeys.options(place, word)},
                    secret=True)  # fmt: skip
    cookies.set_asked(request, made, browser)
    return made


async def use_passkey(request: Request) -> Response:
    """Sign a browser in with what a device answered, to what this browser was asked."""
    door: Door = request.app.state.door
    given = await read(request, Proof)
    place = passkeys.place_of(request.headers.get("host", ""))
    word = passkeys.asked(given.credential)
    taken = await door.challenges.take("passkey", word, cookies.asked(request))
    person = taken and await door.passkeys.whose(given.credential, place, word)
    if not person:
        raise Problem(
            "passkey_unknown", "This passkey does not sign in.", status=401,
            why="It was removed here, or the answer came too late.",
            next="Try again, or sign in another way.",
        )  # fmt: skip
    return await signed_in(request, person, "passkey")


# -- at a provider --------------------------------------------------------------------------------


async def go_elsewhere(request: Request, provider: str) -> Response:
    """Where to send the browser to sign in at a provider."""
    given = await read(request, Elsewhere, empty=Elsewhere())
    await request.app.state.door.attempts.ask(_address(request))
    return await sent(request, provider, given.next)


async def sent(request: Request, provider: str, next: str, person: str = "") -> Response:
    """The address at a provider, and a cookie that binds what comes back to this browser. With a
    `person`, what comes back is connected to them."""
    door: Door = request.app.state.door
    there = _provider(door, provider)
    scheme = "https" if cookies.secure(request) else "http"
    host = request.headers.get("host", "")
    callback = f"{scheme}://{host}/v1/sign-in/openid/{provider}/callback"
    word = new_word()
    url, begun = await there.begin(callback, word)
    body = {**begun, "next": own_page(next)}
    browser = await door.challenges.ask(f"openid {provider}", word, body, person)
    made = answered({"object": "redirect", "url": url}, secret=True)
    cookies.set_asked(request, made, browser)
    return made


async def come_back(
    request: Request,
    provider: str,
    code: Annotated[str, Query(max_length=4000)] = "",
    state: Annotated[str, Query(max_length=200)] = "",
    iss: Annotated[str, Query(max_length=1000)] = "",
) -> Response:
    """A browser comes back from a provider: sign it in and lead it on; or say on the page to sign
    in why not."""
    door: Door = request.app.state.door
    next = "/"
    try:
        there = _provider(door, provider)
        taken = await door.challenges.take(f"openid {provider}", state, cookies.asked(request))
        if taken is None or not code:
            raise Problem("openid_refused", "Nobody here asked for that.", status=401)
        person, begun = taken
        next = begun["next"]
        account = await there.finish(code, iss, begun)
        if person:
            await door.accounts.connect(person, account, provider)
            door.keys.changed()
            await audit.note(door.store, person, "account_connected", actor=person, about=provider)
        else:
            person = await door.accounts.whose(account, provider, there.settings.role)
            door.keys.changed()
            door.people.changed(person)
            made = await signed_in(request, person, "openid",
                                   safe=begun["callback"].startswith("https:"))  # fmt: skip
            back = _on_to(next)
            back.headers.append("set-cookie", made.headers["set-cookie"])
            return back
    except Problem as problem:
        next = f"/sign-in?fault={problem.code}&next={quote(next, safe='')}"
    return _on_to(next)


def _on_to(page: str) -> Response:
    """On to another page of ours."""
    return answered({"object": "redirect", "url": page}, 303, {"location": page}, secret=True)


def _provider(door: Door, name: str) -> OpenId:
    if name not in door.providers:
        raise Problem("unknown_provider", f"Nobody signs in with {name[:60]!r} here.", status=404)
    return door.providers[name]


def own_page(path: str) -> str:
    """A path of this server's; "/" for what could lead anywhere else."""
    fine = path.startswith("/") and path.isprintable() and "\\" not in path
    try:
        parts = urlsplit(path)
    except ValueError:
        return "/"
    return quote(path, safe="/?&=#%:@!$'()*+,;~-._") if fine and not parts.netloc else "/"


def _address(request: Request) -> str:
    door: Door = request.app.state.door
    return address_of(request.scope, door.settings.proxies)
