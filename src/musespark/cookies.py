"""Cookies: the one that a signed-in browser shows, and the one that a challenge is bound to.

Scripts cannot read them. Over https their names begin with `__Host-`, so that no other host, nor
anybody on the way, can have set them; else browsers would share them between a server's ports, and
the port is in the name.
"""

from __future__ import annotations

from fastapi import Request
from starlette.responses import Response

from musespark.guard import cookie_name, read_cookie

_YEAR = 400 * 86_400  # seconds; as long as browsers allow: the server ends a session sooner
_SOON = 600  # seconds that a challenge waits


def secure(request: Request) -> bool:
    """Whether the browser speaks https, also to a proxy that does."""
    origin = request.headers.get("origin", "")
    return request.url.scheme == "https" or origin.startswith("https://")


def set_session(request: Request, made: Response, word: str, *, safe: bool | None = None) -> None:
    """The browser is signed in by this word, and shows it to our own pages' requests alone. `safe`
    says that it speaks https, where the request does not tell."""
    _set(request, made, "", f"{word}; Max-Age={_YEAR}; SameSite=Strict", safe)


def clear_session(request: Request, made: Response) -> None:
    for safe in (False, True):
        _set(request, made, "", "; Max-Age=0; SameSite=Strict", safe)


def set_asked(request: Request, made: Response, word: str) -> None:
    """The browser was asked something. It comes back from another site with the answer, so this
    cookie comes along with what leads here from there, too."""
    _set(request, made, "_asked", f"{word}; Max-Age={_SOON}; SameSite=Lax", None)


def asked(request: Request) -> str:
    """The word of the browser that was asked, "" for one that was not."""
    return read_cookie(request.scope["headers"], "_asked")[:200]


def _set(request: Request, made: Response, which: str, value: str, safe: bool | None) -> None:
    name = cookie_name(request.scope["headers"]) + which
    if secure(request) if safe is None else safe:
        name, value = f"__Host-{name}", f"{value}; Secure"
    made.headers.append("set-cookie", f"{name}={value}; Path=/; HttpOnly")
