"""Who may come in: keys, or this machine alone; and one shape for every error.

Without a key the server answers only what comes from this machine, was addressed to it by a name of
its own (a page elsewhere may point its own name at 127.0.0.1), and was not sent by another site's
page in a browser. A browser that signed in shows a cookie instead of the key; what it does with it
has to come from one of our own pages. The pages themselves hold nothing and are open.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from msgspec import structs

from musespark import metrics, scopes
from musespark.caller import Caller
from musespark.hosts import SCOPES as HOST_SCOPES
from musespark.hosts import Hosts, looks_like_token
from musespark.keys import Keys
from musespark.people import People
from musespark.person import OWNER
from musespark.problem import Problem
from musespark.sessions import Session, Sessions

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# What everybody may see: exactly these, and what stands under those. All the rest wants a key.
OPEN = ("/healthz", "/readyz", "/", "/you", "/manage", "/sign-in", "/farewell", "/offline",
        "/design", "/sw.js", "/manifest.webmanifest", "/favicon.ico")  # fmt: skip
OPEN_UNDER = ("/static/", "/c/", "/runs/", "/you/", "/manage/", "/shared/", "/v1/shared/")
SIGNING = "/v1/session"
SIGN_IN = "/v1/sign-in"  # and all under it: for those who are not in yet
CALLER = "musespark.caller"  # the Caller, whose parts the next three are
PERSON = "musespark.person"
KEY = "musespark.key"  # the id of the key that the request came with, if any
SESSION = "musespark.session"  # the Session that it came with, if any
COOKIE = "musespark"
ACT_FOR = b"musespark-person"  # the header with the person for whom a service key acts
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
    "database_conflict": 503,
    "no_embedded_model": 503,
    "model_unreachable": 502,
    "model_refused": 502,
    "model_cut_off": 502,
    "no_draft": 502,
    "model_silent": 504,
    "disk_full": 507,
}


def open_to_all(path: str) -> bool:
    """Whether a path wants no key."""
    return path in OPEN or (path.startswith(OPEN_UNDER) and "/../" not in f"{path}/")


def error_body(status: int, message: str, code: str, param: str | None = None) -> dict[str, Any]:
    """An error as OpenAI's clients read it."""
    kind = _TYPES.get(status, "invalid_request_error" if status < 500 else "server_error")
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def problem_body(problem: Problem) -> dict[str, Any]:
    param = getattr(problem, "param", "") or None
    return error_body(problem.status, problem.text, problem.code, param)


class Guard:
    """Around the whole application. Puts the Caller into the scope."""

    def __init__(
        self,
        app: App,
        keys: Callable[[], Keys],
        sessions: Callable[[], Sessions],
        people: Callable[[], People],
        hosts: Callable[[], Hosts],
    ) -> None:
        self.app, self.keys, self.sessions = app, keys, sessions
        self.people, self.hosts = people, hosts

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
            if not open_to_all(scope["path"]):
                caller = await self._known(await self._caller(scope))
                scope[CALLER], scope[PERSON], scope[KEY] = caller, caller.person, caller.key
                if caller.person:
                    scopes.check(caller, scope["method"], scope["path"])
            await self.app(scope, receive, sending)
        except Problem as problem:
            if begun:
                raise
            wait = getattr(problem, "wait", 2)
            await answer(send, problem.status, problem_body(problem), wait)
        except Exception as error:  # whatever it is, the client gets an answer and the log a place
            metrics.log_failure(scope["path"], error)
            if not begun:
                text = f"Something in the server failed ({type(error).__name__}). See its log."
                await answer(send, 500, error_body(500, text, "internal_error"))

    async def _known(self, caller: Caller) -> Caller:
        """The caller with the role that they have now. Raises Problem 403 for one who has ended."""
        if caller.person in ("", OWNER):
            return structs.replace(caller, role=OWNER if caller.person else "guest")
        person = await self.people().of(caller.person)
        if person.ended:
            raise _ended()
        return structs.replace(caller, role=person.role)

    async def _caller(self, scope: Scope) -> Caller:
        """Who asks, without their role; nobody for one who is about to sign in or out. Raises
        Problem 401 or 403."""
        headers: dict[bytes, bytes] = dict(scope["headers"])
        keys, scope[SESSION] = self.keys(), None
        if ACT_FOR in headers and not headers.get(b"authorization", b"").strip():
            raise _acts_for_none()
        path, reads = scope["path"], scope["method"] in ("GET", "HEAD")
        if path == SIGN_IN or path.startswith(f"{SIGN_IN}/"):
            if not reads:
                _from_own_page(scope, headers, sure=False)
            return Caller()
        word = word_of(scope["headers"])
        given = headers.get(b"authorization", b"").decode("latin-1")
        if not await keys.exist():
            # Who means to ask as somebody else never asks as the owner, on this machine either.
            if ACT_FOR in headers or looks_like_token(given.partition(" ")[2].strip()):
                return await self._bearer(given, headers)
            session = await self.sessions().of(word) if word else None  # by the owner's link
            if session is None:
                _only_from_here(scope)
                return Caller(OWNER, by="machine")
            _from_own_page(scope, headers, sure=not reads)
            return _opened(scope, session)
        if scope["path"] == SIGNING and scope["method"] in ("POST", "DELETE"):
            _from_own_page(scope, headers, sure=False)
            return Caller()
        if given:
            return await self._bearer(given, headers)
        if not word:
            raise _unknown("This server wants a key.")
        _from_own_page(scope, headers, sure=not reads)
        session = await self.sessions().of(word)
        if session is None:
            raise _unknown("You are signed out.", "signed_out")
        return _opened(scope, session)

    async def _bearer(self, given: str, headers: dict[bytes, bytes]) -> Caller:
        """Who comes with a key, or with a token of a host app. Raises Problem."""
        scheme, _, word = given.partition(" ")
        word = word.strip()
        if scheme.lower() == "bearer" and looks_like_token(word):
            vouched = await self.hosts().vouched(word)
            await self.hosts().arrived(vouched)
            if ACT_FOR in headers:
                raise _acts_for_none()
            return Caller(vouched.person, by="host", host=vouched.host, scopes=HOST_SCOPES)
        found = await self.keys().opened(word) if scheme.lower() == "bearer" else None
        if found is None:
            raise _unknown("This key does not open the server.")
        caller = Caller(found.person, by="key", key=found.id, scopes=found.scopes)
        if ACT_FOR in headers:
            return await self._acting(caller, headers[ACT_FOR].decode("latin-1").strip())
        return caller

    async def _acting(self, caller: Caller, whose: str) -> Caller:
        """A service key that acts for another person: with what their role may and the key is for,
        but never with what would let it in as them later. Raises Problem."""
        if "people" not in caller.scopes:
            raise _acts_for_none()
        if (await self.people().of(caller.person)).ended:
            raise _ended()
        await self.people().act_for(caller.person, whose, caller.key)
        scopes = HOST_SCOPES if "*" in caller.scopes else HOST_SCOPES & caller.scopes
        return structs.replace(caller, person=whose, scopes=scopes, actor=caller.person)


def _opened(scope: Scope, session: Session) -> Caller:
    """The caller whose browser holds a session."""
    scope[SESSION] = session
    return Caller(session.person, by="session", key=session.key, session=session.id)


def _acts_for_none() -> Problem:
    return Problem(
        "scope_missing", "Only a service key acts for others.", status=403,
        why="The header Musespark-Person wants a key with the scope `people`.",
        next="`musespark keys create NAME --scope people --scope ask` makes one.",
    )  # fmt: skip


def _ended() -> Problem:
    return Problem(
        "person_ended", "You cannot come in here any more.", status=403,
        next="Ask a manager of this server to let you in again.",
    )  # fmt: skip


def _unknown(what: str, code: str = "invalid_key") -> Problem:
    return Problem(
        code, what, status=401,
        next="Send the header `Authorization: Bearer ms_…`, or sign in with the key at /sign-in; "
        "`musespark keys` lists and makes them.",
    )  # fmt: skip


def cookie_name(headers: list[tuple[bytes, bytes]]) -> str:
    """The name of our cookie: browsers share cookies between the ports of one host, and two servers
    there would sign each other out."""
    host = next((value for name, value in headers if name == b"host"), b"").decode("latin-1")
    port = re.search(r":(\d{1,5})$", host)
    return f"{COOKIE}_{port[1]}" if port else COOKIE


def word_of(headers: list[tuple[bytes, bytes]]) -> str:
    """What a browser holds of its session."""
    return read_cookie(headers, "")


def read_cookie(headers: list[tuple[bytes, bytes]], which: str) -> str:
    """A cookie of ours: the one that no other host can have set, if any."""
    found: dict[str, str] = {}
    for name, value in headers:
        if name == b"cookie":
            for piece in value.decode("latin-1").split(";"):
                key, _, word = piece.partition("=")
                found[key.strip()] = word.strip()
    name_ = cookie_name(headers) + which
    return found.get(f"__Host-{name_}") or found.get(name_, "")


def _from_own_page(scope: Scope, headers: dict[bytes, bytes], *, sure: bool) -> None:
    """Raise Problem 403 for what another site's page may have sent with our cookie. Browsers say
    where a request comes from, and a page cannot change it; `sure` asks that it was said."""
    site, origin = headers.get(b"sec-fetch-site"), headers.get(b"origin")
    if site is not None:
        own = site == b"same-origin" or (site == b"none" and not sure)
    elif origin is not None:
        own = origin.partition(b"://")[2] == headers.get(b"host", b"")
    else:
        own = not sure
    if not own:
        raise Problem(
            "not_our_page", "Not allowed.", status=403,
            why="It was not sent by a page of this server."
            if site or origin else "It does not say which page sent it.",
            next="Use the web app, or send a key as `Authorization: Bearer ms_…`.",
        )  # fmt: skip


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


async def answer(send: Send, status: int, body: dict[str, Any], wait: int = 2) -> None:
    """Send one JSON answer; `wait` is after how many seconds one may try again, where one may."""
    content = msgspec.json.encode(body)
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
    ]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if status in (429, 503):
        headers.append((b"retry-after", str(wait).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
