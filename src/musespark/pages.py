"""The web app's pages and files: shells filled with words alone; what they show they ask the API.

A page is `web/<name>.html` and `web/<name>.js`. Nothing is built and nothing comes from elsewhere;
scripts and styles leave without what only people read (lean.py, lean_names.py). The policy below
forbids inline code, other hosts, and markup that scripts made themselves.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from fastapi import FastAPI, Request
from markupsafe import Markup
from starlette.responses import Response

from musespark import lean, lean_names

WEB = Path(__file__).with_name("web")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "media-src 'self' blob:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types musespark"
)
_HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(self), microphone=(self), geolocation=()",
    "cache-control": "no-cache",
    "vary": "accept-language, cookie",
}
_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".json": "application/json",
}
_YEAR = "public, max-age=31536000, immutable"
_IMPORT = re.compile(r"""\b(?:import|from)\s*['"]\./([\w-]+\.js)['"]""")
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})

# Where each page stands: path, its template and module, and the part of the app it belongs to.
PAGES: list[tuple[str, str, str]] = [
    ("/", "talk", "talk"),
    ("/c/{id}", "talk", "talk"),
    ("/runs/{id}", "run", "talk"),
    ("/manage", "health", "manage"),
    ("/manage/models", "models", "manage"),
    ("/manage/tools", "tools", "manage"),
    ("/manage/runs", "runs", "manage"),
    ("/manage/usage", "usage", "manage"),
    ("/manage/people", "people", "manage"),
    ("/manage/hosts", "hosts", "manage"),
    ("/manage/keys", "keys", "manage"),
    ("/you", "memory", "you"),
    ("/you/allow", "allow", "you"),
    ("/you/looked", "looked", "you"),
    ("/you/archive", "archive", "you"),
    ("/you/access", "access", "you"),
    ("/you/keys", "keys", "you"),
    ("/you/forget", "forget", "you"),
    ("/shared/{token}", "shared", "alone"),
    ("/sign-in", "sign_in", "alone"),
    ("/farewell", "farewell", "alone"),
    ("/offline", "offline", "alone"),
    ("/design", "design", "manage"),
]
# The pages of a part that stand at its side, and the right that one needs to be of use.
PARTS = {
    part: [(path, name) for path, name, own in PAGES if own == part and name != "design"]
    for part in ("you", "manage")
}
RIGHTS = {"health": "oversee", "people": "oversee", "hosts": "manage"}


@cache
def languages() -> dict[str, dict[str, Any]]:
    """The words of every language of the web app by its code, English first. A word that a language
    lacks is an error of the tests; here it is shown in English."""
    files = sorted(WEB.glob("words/*.toml"), key=lambda file: (file.stem != "en", file.stem))
    found = {file.stem: tomllib.loads(file.read_text("utf-8")) for file in files}
    return {code: _over(found["en"], words) for code, words in found.items()}


def _over(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _over(value, own.get(key, {})) if isinstance(value, dict) else own.get(key, value)
        for key, value in base.items()
    }


@cache
def files() -> dict[str, bytes]:
    """Every static file by its name, as it is served."""
    kept = {file.name: file for file in sorted(WEB.iterdir()) if file.suffix in _KINDS}
    scripts = {
        name: lean.script(file.read_text("utf-8"))
        for name, file in kept.items()
        if file.suffix == ".js"
    }
    styles = {
        name: lean.style(file.read_text("utf-8"))
        for name, file in kept.items()
        if file.suffix == ".css"
    }
    made = lean_names.shortened(scripts) | styles
    return {
        name: made[name].encode() if name in made else file.read_bytes()
        for name, file in kept.items()
    }


@cache
def build() -> str:
    """A name for the present state of all files; addresses of static files carry it."""
    digest = hashlib.sha256()
    for file in (Path(lean.__file__), Path(lean_names.__file__), *sorted(WEB.rglob("*"))):
        if file.is_file():
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


@cache
def modules(name: str) -> tuple[str, ...]:
    """A page's module and all that it imports, so that the browser fetches them at once."""
    found: list[str] = []
    waiting = [f"{name}.js"]
    while waiting:
        module = waiting.pop(0)
        if module in found or module not in files():
            continue
        found.append(module)
        waiting += _IMPORT.findall(files()[module].decode())
    return tuple(found)


@cache
def _templates() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(WEB), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.globals |= {"icon": icon, "names": names, "coded": coded}
    return made


def icon(name: str, kind: str = "icon") -> Markup:
    """One of our line icons, for templates; scripts make the same with `icon()` of parts.js."""
    sprite = f"/static/{build()}/icons.svg#{name}"
    return Markup('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>').format(kind, sprite)


def coded(words: str) -> Markup:
    """Words in which what stands between backticks is code."""
    code = Markup("<code>{}</code>")
    parts = [code.format(each) if at % 2 else each for at, each in enumerate(words.split("`"))]
    return Markup("").join(parts)


def names(file: str, pattern: str) -> list[str]:
    """What a pattern finds in a static file, each once: tokens and icons, for the design page."""
    return list(dict.fromkeys(re.findall(pattern, (WEB / file).read_text("utf-8"))))


@cache
def page(name: str, part: str, code: str, theme: str) -> bytes:
    """A page in one language and theme ("" follows the device)."""
    words = languages()[code]
    words_here = {**words["app"], **words.get(name, {})}
    made = (
        _templates()
        .get_template(f"{name}.html")
        .render(
            t=words_here,
            all=words,
            page=name,
            part=part,
            parts=PARTS,
            rights=RIGHTS,
            code=code,
            codes={each: table["app"]["language"] for each, table in languages().items()},
            direction="rtl" if code in RIGHT_TO_LEFT else "ltr",
            theme=theme,
            static=f"/static/{build()}",
            modules=modules(name),
            # "<" as \u003c: the words stand inside a script element, which nothing in them may end
            words=json.dumps(words_here, ensure_ascii=False).replace("<", "\\u003c"),
        )
    )
    return made.encode()


def language_of(request: Request) -> str:
    """The language that was chosen in the app, or the first that the browser asks for."""
    chosen = request.cookies.get("language", "")
    if chosen in languages():
        return chosen
    wishes = re.findall(r"([a-zA-Z]{2,3})(?:-[\w-]+)?(?:\s*;\s*q=([\d.]+))?", _accepted(request))
    ranked = sorted(wishes, key=lambda wish: -float(wish[1] or 1) if _number(wish[1]) else 1)
    return next((code.lower() for code, _ in ranked if code.lower() in languages()), "en")


def _accepted(request: Request) -> str:
    return request.headers.get("accept-language", "")[:200]


def _number(text: str) -> bool:
    return re.fullmatch(r"\d?(\.\d{1,3})?", text) is not None


def install(app: FastAPI) -> None:
    """Put the pages and their files into the application."""
    for path, name, part in PAGES:
        app.add_api_route(
            path, _shown(name, part), methods=["GET", "HEAD"], include_in_schema=False
        )
    for path, endpoint in (
        ("/static/{build}/{name}", _static),
        ("/manifest.webmanifest", _manifest),
        ("/sw.js", _worker),
        ("/favicon.ico", _icon),
    ):
        app.add_api_route(path, endpoint, methods=["GET", "HEAD"], include_in_schema=False)


def _shown(name: str, part: str) -> Callable[..., Any]:
    async def shown(request: Request) -> Response:
        theme = request.cookies.get("theme", "")
        theme = theme if theme in ("light", "dark") else ""
        body = page(name, part, language_of(request), theme)
        return Response(body, headers=_HEADERS, media_type="text/html; charset=utf-8")

    return shown


@cache
def _packed(name: str) -> bytes:
    return gzip.compress(files()[name], 9, mtime=0)


async def _static(request: Request, build: str, name: str) -> Response:
    if name == "files.json":
        return Response(json.dumps(sorted(files())), media_type="application/json",
                        headers={"cache-control": _YEAR})  # fmt: skip
    if name not in files():
        return Response("There is no such file.", 404, media_type="text/plain")
    headers = {"cache-control": _YEAR, "x-content-type-options": "nosniff"}
    body = files()[name]
    if "gzip" in request.headers.get("accept-encoding", "") and len(body) > 1000:
        body = _packed(name)
        headers |= {"content-encoding": "gzip", "vary": "accept-encoding"}
    return Response(body, headers=headers, media_type=_KINDS[Path(name).suffix])


async def _manifest(request: Request) -> Response:
    words = languages()[language_of(request)]["app"]
    static = f"/static/{build()}"
    made = {
        "name": "musespark",
        "short_name": "musespark",
        "description": words["tagline"],
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#fcfcfa",
        "theme_color": "#fcfcfa",
        "icons": [
            {"src": f"{static}/icon.svg", "sizes": "any", "type": "image/svg+xml"},
            {"src": f"{static}/icon-512.png", "sizes": "512x512", "type": "image/png"},
            {"src": f"{static}/icon-512.png", "sizes": "512x512", "type": "image/png",
             "purpose": "maskable"},
        ],
    }  # fmt: skip
    return Response(json.dumps(made), media_type="application/manifest+json",
                    headers={"cache-control": "no-cache"})  # fmt: skip


async def _worker(request: Request) -> Response:
    """The service worker, at the root so that it may serve every page."""
    body = files()["worker.js"].replace(b"{build}", build().encode())
    return Response(body, media_type=_KINDS[".js"], headers={"cache-control": "no-cache"})


async def _icon(request: Request) -> Response:
    return Response(files()["icon.svg"], media_type=_KINDS[".svg"],
                    headers={"cache-control": "public, max-age=86400"})  # fmt: skip
