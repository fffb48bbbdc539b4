"""Who may come in: keys, or this machine alone; and one shape for every error.

Without a key the server answers only what comes from this machine, was addressed to it by a name of
its own (a page elsewhere may point its own name at 127.0.0.1), and was not sent by another site's
page in a browser.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from musespark import metrics
from musespark.keys import Keys
from musespark.problem import Problem

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

OPEN = ("/healthz", "/readyz")
PERSON = "musespark.person"
ALONE = (
    "No key exists yet, so this server answers programs on this machine alone. "
    "`musespark keys create` makes one."
)
_TYPES = {401: "authentication_error", 402: "insufficient_quota", 403: "permission_error",
          429: "rate_limit_error"}  # fmt: skip
_FORWARDED = (b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-real-ip")
_HOST = re.compile(r"(?:\[([0-9a-fA-F:.]+)\]|([^:\[\]]+))(?::\d{1,5})?")

# The status of a Problem that came as an event: the protocol's event has no place for it.
STATUS = {
    "empty_message": 400,
    "budget_spent": 402,
    "unknown_mode": 404,
    "not_yours": 404,
    "run_exists": 409,
    "context_too_long": 413,
    "model_overloaded": 503,
    "database_unreachable": 503,
    "no_embedded_model": 503,
    "model_unreachable": 502,
    "model_refused": 502,
    "model_cut_off": 502,
    "no_draft": 502,
    "model_silent": 504,
    "disk_full": 507,
}


def error_body(status: int, message: str, code: str, param: str | None = None) -> dict[str, Any]:
    """An error as OpenAI's clients read it."""
    kind = _TYPES.get(status, "invalid_request_error" if status < 500 else "server_error")
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def problem_body(problem: Problem) -> dict[str, Any]:
    param = getattr(problem, "param", "") or None
    return error_body(problem.status, problem.text, problem.code, param)


class Guard:
    """Around the whole application. Puts the id of the person into the scope."""

    def __init__(self, app: App, keys: Callable[[], Keys]) -> None:
        self.app, self.keys = app, keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def sending(message: dict[str, Any]) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            if scope["path"] not in OPEN:
                scope[PERSON] = await self._person(scope)
            await self.app(scope, receive, sending)
        except Problem as problem:
            if begun:
                raise
            await answer(send, problem.status, problem_body(problem))
        except Exception as error:  # whatever it is, the client gets an answer and the log a place
            metrics.log_failure(scope["path"], error)
            if not begun:
                text = f"Something in the server failed ({type(error).__name__}). See its log."
                await answer(send, 500, error_body(500, text, "internal_error"))

    async def _person(self, scope: Scope) -> str:
        """The person who asks. Raises Problem 401 or 403."""
        headers = scope["headers"]
        keys = self.keys()
        if not await keys.exist():
            _only_from_here(scope)
            return "owner"
        given = next((value for name, value in headers if name == b"authorization"), b"")
        scheme, _, key = given.decode("latin-1").partition(" ")
        person = await keys.owner(key.strip()) if scheme.lower() == "bearer" else None
        if person is None:
            raise Problem(
                "invalid_key",
                "This key does not open the server." if given else "This server wants a key.",
                next="Send the header `Authorization: Bearer ms_…`; `musespark keys` lists and "
                "makes them.",
                status=401,
            )
        return person


def _only_from_here(scope: Scope) -> None:
    """Raise Problem 403 unless the request comes from this machine and from no other site."""
    headers: dict[bytes, bytes] = dict(scope["headers"])
    client = scope.get("client")
    why = ""
    if client is None or not loopback(client[0]) or any(name in headers for name in _FORWARDED):
        why = "The request comes from elsewhere."
    else:
        host = headers.get(b"host", b"").decode("latin-1")
        origin = headers.get(b"origin", b"").decode("latin-1")
        site = headers.get(b"sec-fetch-site", b"none")
        if not names_this_machine(host):
            why = f"It was addressed to {host[:100]!r}, which is no name of this machine."
        elif (origin and origin.partition("://")[2] != host) or site not in (
            b"none",
            b"same-origin",
        ):
            why = "It was sent by the page of another site."
    if why:
        raise Problem("only_from_here", "Not allowed.", why=why, next=ALONE, status=403)


def loopback(address: str) -> bool:
    """Whether an address is this machine's own."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback


def names_this_machine(host: str) -> bool:
    """Whether a Host header is localhost or a loopback address."""
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    name = (found[1] or found[2]).lower().rstrip(".")
    return name == "localhost" or name.endswith(".localhost") or loopback(name)


async def answer(send: Send, status: int, body: dict[str, Any]) -> None:
    """Send one JSON answer."""
    content = msgspec.json.encode(body)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
    ]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if status in (429, 503):
        headers.append((b"retry-after", b"2"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
