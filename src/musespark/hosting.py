"""Host apps over HTTP: apps that vouch for people of their own, and their public keys."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Request
from msgspec import UNSET, Meta, Struct, UnsetType
from starlette.responses import Response

from musespark import public_keys
from musespark.asked import Wrong
from musespark.door import answered, caller, known, managing, read
from musespark.problem import Problem

_Issuer = Annotated[str, Meta(min_length=1, max_length=500)]
_Role = Annotated[str, Meta(pattern="^(creator|member|guest)$")]
_Url = Annotated[str, Meta(max_length=2000)]
_Algorithms = Annotated[list[Annotated[str, Meta(max_length=20)]], Meta(max_length=20)]


class HostChange(Struct, forbid_unknown_fields=True):
    """How an app's tokens are known: `issuer` (`iss`), `audience` (`aud`), public keys as `keys` (a
    JWK set) or `pem`, or the `jwks_url` where they are; the `algorithms` that it signs by (those
    that the keys are for, where they are left out), and the `role` of its people."""

    issuer: _Issuer | UnsetType = UNSET
    audience: _Issuer | UnsetType = UNSET
    keys: dict[str, Any] | list[Any] | UnsetType = UNSET
    pem: Annotated[str, Meta(max_length=100_000)] | UnsetType = UNSET
    jwks_url: _Url | UnsetType = UNSET
    algorithms: _Algorithms | UnsetType = UNSET
    role: _Role | UnsetType = UNSET


class NewHost(HostChange, forbid_unknown_fields=True, kw_only=True):
    """An app to be registered, by a name that its people's ids begin with."""

    name: Annotated[str, Meta(min_length=1, max_length=40)]
    issuer: _Issuer
    audience: _Issuer = "musespark"


class HostToken(Struct, forbid_unknown_fields=True):
    """A token of an app, to be tried."""

    token: Annotated[str, Meta(min_length=1, max_length=20_000)]


async def hosts(request: Request) -> Response:
    """The apps that are registered, those that have ended too."""
    door = managing(request)
    return answered({"object": "list", "data": await door.hosts.registered()}, secret=True)


async def create_host(request: Request) -> Response:
    """Register an app. From then on its people come with tokens that it signs, and whoever else
    comes needs a key or has to sign in."""
    door = managing(request)
    if caller(request).by == "machine":
        raise Problem(
            "no_keys", "Make a key first.", status=409,
            why="As soon as an app is registered everybody has to say who they are, you too.",
            next="`musespark keys create NAME` makes one; then sign in with it.",
        )  # fmt: skip
    given = await read(request, NewHost)
    what: dict[str, Any] = {"keys": [], "jwks_url": "", "role": "member"} | _what(given)
    what.setdefault("algorithms", public_keys.fitting(what["keys"]))
    row = await door.hosts.register(caller(request).person, given.name, what)
    door.keys.forget()
    return answered(row, secret=True)


async def host(request: Request, name: str) -> Response:
    """One app, and what is wrong with the address of its keys, if anything."""
    door = managing(request)
    return answered(await door.hosts.one(known(name)), secret=True)


async def change_host(request: Request, name: str) -> Response:
    """Change how an app's tokens are known: its keys, for one. What is left out stays."""
    door = managing(request)
    what = _what(await read(request, HostChange))
    if not what:
        raise Wrong("There is nothing to change.", "keys", next="Send keys, or an issuer.")
    if "keys" in what and "algorithms" not in what:
        what["algorithms"] = public_keys.fitting(what["keys"])
    return answered(await door.hosts.change(caller(request).person, known(name), what),
                    secret=True)  # fmt: skip


async def end_host(request: Request, name: str) -> Response:
    """Take no token of this app any more, at once. Its people and what is theirs stay."""
    door = managing(request)
    await door.hosts.end(caller(request).person, known(name))
    door.keys.forget()
    return answered({"id": name, "object": "host", "deleted": True}, secret=True)


async def test_host(request: Request, name: str) -> Response:
    """Try a token of an app: whose it is, or why it is none. Nobody comes in by that."""
    door = managing(request)
    await door.hosts.one(known(name))
    given = await read(request, HostToken)
    body: dict[str, Any] = {"object": "token", "good": False, "person": None, "claims": None,
                            "problem": None}  # fmt: skip
    try:
        vouched = await door.hosts.vouched(given.token.strip())
    except Problem as problem:
        return answered({**body, "problem": problem.text}, secret=True)
    if vouched.host != name:
        return answered({**body, "problem": f"It is one of the app {vouched.host!r}."}, secret=True)
    return answered(
        {**body, "good": True, "person": vouched.person, "claims": vouched.claims}, secret=True
    )


def _what(given: HostChange) -> dict[str, Any]:
    """What was sent, with the keys of a PEM text among the others. Raises Problem."""
    sent = {
        name: value
        for name in HostChange.__struct_fields__
        if not isinstance(value := getattr(given, name), UnsetType)
    }
    pem = sent.pop("pem", "")
    keys = public_keys.from_jwks(sent["keys"]) if sent.get("keys") else []
    if pem:
        keys += public_keys.from_pem(pem)
    if keys or "keys" in sent:
        sent["keys"] = keys
    return sent
