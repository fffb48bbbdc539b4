"""Host apps: who may vouch for people of their own, and whether a token of theirs is good.

An app registers an issuer, an audience and public keys. Its people then come with a JWT (RFC 7519)
that it signed: `sub` is who they are. Their ids here begin with the app's name and a colon, so that
no app signs as another one's person or as ours. What a token itself says about how it is to be
verified counts for nothing (RFC 8725): the algorithms and keys are those that were registered.

Where an app has an address for its keys, they are fetched from there, and again at most once a
minute when a token names one that is not known.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
import zoneinfo
from base64 import b32encode
from collections import OrderedDict
from typing import Any

import jwt
from msgspec import Struct

from musespark import audit, metrics, public_keys, public_web
from musespark.problem import Problem
from musespark.public_keys import PublicKey
from musespark.store import Row, Store, as_json

REMEMBERED = 5.0  # seconds that what another process registered may be unknown here
REFRESH = 60.0  # seconds between two looks at an app's address for keys
FRESH = 3600.0  # seconds that keys from an address are good without another look
LEEWAY = 30.0  # seconds that two clocks may differ
LONGEST = 86_400.0  # seconds that a token may last
BYTES = 8192  # of a token
SCOPES = frozenset({"ask", "activities", "memory", "me"})  # what its people come in with
_SEEN = 60.0  # seconds for which a person need not be looked for again
_MOST = 10_000  # people remembered at once
_SHAPE = re.compile(r"[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{2,}\.[A-Za-z0-9_-]*")
_PLAIN = re.compile(r"[A-Za-z0-9._@+=-][A-Za-z0-9._@+=:|-]{0,119}")
NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


class Host(Struct, frozen=True):
    """An app as it was registered. `role` is what its people are here."""

    name: str
    issuer: str
    audience: str
    algorithms: frozenset[str]
    keys: tuple[PublicKey, ...]
    jwks_url: str
    role: str


class Vouched(Struct, frozen=True):
    """A token that is good: which app says so, the person's id here, and its claims."""

    host: str
    person: str
    claims: dict[str, Any]


class _Fetched(Struct):
    """The keys at an app's address, and when they were looked at."""

    url: str
    keys: tuple[PublicKey, ...] = ()
    at: float = float("-inf")  # when they came
    tried: float = float("-inf")  # when they were last asked for
    work: asyncio.Task[None] | None = None
    problem: str = ""


class Hosts:
    """The host apps of this database, as one process sees them."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._live: tuple[float, dict[str, Host]] | None = None  # by issuer
        self._fetched: dict[str, _Fetched] = {}
        self._fetching: dict[str, asyncio.Lock] = {}
        self._seen: OrderedDict[str, float] = OrderedDict()

    # -- tokens --------------------------------------------------------------------------------

    async def vouched(self, token: str) -> Vouched:
        """Whom a token speaks for. Raises Problem 401 `invalid_token`."""
        if len(token) > BYTES:
            raise _refused(f"It is longer than {BYTES:,} characters.")
        try:
            header = jwt.get_unverified_header(token)
            issuer = jwt.decode(token, options={"verify_signature": False}).get("iss")
        except (jwt.PyJWTError, ValueError, RecursionError):
            raise _refused("It cannot be read.") from None
        live = await self._hosts()
        host = live.get(issuer) if isinstance(issuer, str) else None
        if host is None:
            raise _refused("No app that is registered here is its issuer.")
        algorithm, kid = header.get("alg"), header.get("kid", "")
        if not isinstance(algorithm, str) or algorithm not in host.algorithms:
            raise _refused(f"It has to be signed by {', '.join(sorted(host.algorithms))}.")
        if not isinstance(kid, str) or len(kid) > 200 or header.keys() & {"crit", "b64", "zip"}:
            raise _refused("Its header asks for what is not done here.")
        claims = await self._verified(host, token, algorithm, kid)
        who = claims["sub"].strip()
        if not who or len(who) > 1000:
            raise _refused("Its `sub` names nobody.")
        return Vouched(host.name, person_id(host.name, claims["sub"]), claims)

    async def _verified(self, host: Host, token: str, algorithm: str, kid: str) -> dict[str, Any]:
        """The claims of a token that one of the app's keys signed, for us, and for now. Raises
        Problem."""
        claims = None
        for key in await self._keys(host, algorithm, kid):
            try:
                claims = jwt.decode(
                    token, key.key, algorithms=[algorithm], audience=host.audience,
                    issuer=host.issuer, leeway=LEEWAY,
                    options={"require": ["exp", "sub", "iss", "aud"]},
                )  # fmt: skip
                break
            except jwt.InvalidSignatureError:
                continue
            except jwt.PyJWTError as error:
                raise _refused(_why(error)) from None
            except (TypeError, ValueError, OverflowError, RecursionError):
                raise _refused("Its claims cannot be read.") from None
        if claims is None:
            raise _refused("None of the app's keys made its signature.")
        if float(claims["exp"]) > time.time() + LONGEST + LEEWAY:
            raise _refused("It lasts longer than a day.")
        return dict(claims)

    async def _keys(self, host: Host, algorithm: str, kid: str) -> list[PublicKey]:
        """The app's keys that may have signed it: of its name, or all where it has none."""
        found: list[PublicKey] = []
        for again in (False, True):
            fetched = await self._at(host, again) if host.jwks_url else ()
            known = [key for key in (*host.keys, *fetched) if algorithm in key.algorithms]
            found = [key for key in known if key.kid in (kid, "")] if kid else known
            if found or not host.jwks_url:
                break
        return found

    async def _at(self, host: Host, again: bool) -> tuple[PublicKey, ...]:
        """The keys at the app's address; looked at `again` where one was missing, but not more
        often than once a minute. Where it does not answer, the ones before are good for a day."""
        held = self._fetched.get(host.name)
        if held is None or held.url != host.jwks_url:
            held = self._fetched[host.name] = _Fetched(host.jwks_url)
        now = time.monotonic()
        if (again or now - held.at >= FRESH) and now - held.tried >= REFRESH:
            held.tried = now
            held.work = asyncio.create_task(self._fetch(host.name, held))
        if held.work is not None and (again or now - held.at >= LONGEST):
            await asyncio.wait({held.work})  # all who wait get what one fetched
        return held.keys if now - held.at < LONGEST else ()

    async def _fetch(self, name: str, held: _Fetched) -> None:
        try:
            held.keys = public_keys.keyring(await fetched(held.url))
            held.at, held.problem = time.monotonic(), ""
        except Problem as problem:
            held.problem = problem.text
            metrics.log.warning("the keys of the host app %s: %s", name, problem.code)

    async def arrived(self, vouched: Vouched) -> None:
        """Give a person whom an app vouches for a row, the first time that they come."""
        now = time.monotonic()
        if now - self._seen.get(vouched.person, float("-inf")) < _SEEN:
            return
        name, language, zone = (
            value if isinstance(value := vouched.claims.get(claim), str) else ""
            for claim in ("name", "locale", "zoneinfo")
        )
        await self._store.rows(
            vouched.person, "select host_person(%s, %s, %s, %s, %s)", vouched.host,
            vouched.person, " ".join(name.split())[:200], *spoken(language, zone),
        )  # fmt: skip
        self._seen[vouched.person] = now
        self._seen.move_to_end(vouched.person)
        while len(self._seen) > _MOST:
            self._seen.popitem(last=False)

    # -- the apps ------------------------------------------------------------------------------

    async def _hosts(self) -> dict[str, Host]:
        now = time.monotonic()
        if self._live is not None and now - self._live[0] < REMEMBERED:
            return self._live[1]
        rows = await self._store.system("select * from hosts where ended is null")
        live = {row["issuer"]: _host(row) for row in rows}
        self._live = now, live
        return live

    async def registered(self) -> list[Row]:
        """Every app that was registered, the ended ones too, by name."""
        rows = await self._store.system("select * from hosts order by name")
        return [self._told(row) for row in rows]

    async def one(self, name: str) -> Row:
        """One app. Raises Problem `unknown_host`."""
        rows = await self._store.system("select * from hosts where name = %s", name)
        if not rows:
            raise Problem(
                "unknown_host", f"There is no host app {name[:80]!r}.", status=404,
                next="`musespark hosts` lists them.",
            )  # fmt: skip
        return self._told(rows[0])

    def _told(self, row: Row) -> Row:
        held = self._fetched.get(row["name"])
        problem = held.problem if held is not None and held.url == row["jwks_url"] else ""
        return {"object": "host", **row, "problem": problem or None}

    async def register(self, asks: str, name: str, what: dict[str, Any]) -> Row:
        """Register an app, or anew one that has ended: `issuer`, `audience`, `algorithms`, `keys`,
        `jwks_url`, `role`. Raises Problem."""
        self._live = None
        if not NAME.fullmatch(name):
            raise Problem(
                "bad_name", "A host app's name cannot be used.",
                next="Use 1 to 40 small letters, digits and hyphens, a letter first.",
            )  # fmt: skip
        await self._check(name, what)
        rows = await self._store.rows(
            asks,
            """
            insert into hosts as before (name, issuer, audience, algorithms, keys, jwks_url, role)
            values (%(name)s, %(issuer)s, %(audience)s, %(algorithms)s, %(keys)s::jsonb,
                    %(jwks_url)s, %(role)s)
            on conflict (name) do update set issuer = excluded.issuer,
                audience = excluded.audience, algorithms = excluded.algorithms,
                keys = excluded.keys, jwks_url = excluded.jwks_url, role = excluded.role,
                changed = clock_timestamp(), ended = null
                where before.ended is not null
            returning name
            """,
            **what | {"name": name, "keys": as_json(what["keys"])},
        )
        self._live = None
        if not rows:
            raise Problem(
                "host_exists", f"There is a host app {name!r} already.", status=409,
                next="Change it, or choose another name.",
            )  # fmt: skip
        await audit.note(self._store, asks, "host_registered", actor=asks, about=name)
        return await self.one(name)

    async def change(self, asks: str, name: str, what: dict[str, Any]) -> Row:
        """Change what an app was registered with, such as its keys; what is left out stays. Raises
        Problem."""
        before = await self.one(name)
        fields = ("issuer", "audience", "algorithms", "keys", "jwks_url", "role")
        what = {field: before[field] for field in fields} | what
        await self._check(name, what)
        self._live = None
        await self._store.rows(
            asks,
            """
            update hosts set issuer = %(issuer)s, audience = %(audience)s,
                algorithms = %(algorithms)s, keys = %(keys)s::jsonb, jwks_url = %(jwks_url)s,
                role = %(role)s, changed = clock_timestamp() where name = %(name)s
            """,
            **what | {"name": name, "keys": as_json(what["keys"])},
        )
        self._live = None
        self._fetched.pop(name, None)
        await audit.note(self._store, asks, "host_changed", actor=asks, about=name)
        return await self.one(name)

    async def end(self, asks: str, name: str) -> Row:
        """Take no token of this app any more. Its people and what is theirs stay."""
        await self.one(name)
        await self._store.rows(
            asks,
            "update hosts set ended = coalesce(ended, now()) where name = %s",
            name,
        )
        self._live = None
        await audit.note(self._store, asks, "host_ended", actor=asks, about=name)
        return await self.one(name)

    async def _check(self, name: str, what: dict[str, Any]) -> None:
        """Raise Problem for what cannot be registered."""
        if not what["keys"] and not what["jwks_url"]:
            raise Problem(
                "no_public_keys", "The app has no public keys.",
                next="Send `keys` (a JWK set), `pem`, or `jwks_url` where they are found.",
            )  # fmt: skip
        strange = sorted(set(what["algorithms"]) - set(public_keys.ALGORITHMS))
        if strange or not what["algorithms"]:
            named = repr(strange[0][:20]) if strange else "nothing"
            raise Problem(
                "bad_algorithm", f"Tokens cannot be signed by {named}.",
                why="Only signatures that the app alone can make are taken." if strange else "",
                next=f"There are: {', '.join(public_keys.ALGORITHMS)}.",
            )  # fmt: skip
        keys = public_keys.keyring(what["keys"])
        if any(not key.algorithms & set(what["algorithms"]) for key in keys):
            raise Problem(
                "bad_algorithm", "One of the keys fits none of the algorithms.",
                next="Leave `algorithms` out to allow those that the keys are for.",
            )  # fmt: skip
        if what["jwks_url"]:
            await fetched(what["jwks_url"])
        rows = await self._store.system(
            "select name from hosts where issuer = %s and name <> %s and ended is null",
            what["issuer"],
            name,
        )
        if rows:
            raise Problem(
                "issuer_taken", f"That issuer is the app {rows[0]['name']!r} already.", status=409,
                next="Each app has an issuer of its own.",
            )  # fmt: skip


def spoken(language: str, zone: str) -> tuple[str, str]:
    """A language tag and a time zone as somebody else names them; "" for what is none."""
    language = language.replace("_", "-")
    if not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", language):
        language = ""
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        zone = ""
    return language, zone


def person_id(host: str, sub: str) -> str:
    """The id here of an app's person: the app's name, a colon, and the app's own id for them, or a
    hash of it where it has signs that an id cannot have. Two never become one."""
    if _PLAIN.fullmatch(sub):
        return f"{host}:{sub}"
    digest = hashlib.sha256(sub.encode("utf-8", "surrogatepass")).digest()
    return f"{host}:~{b32encode(digest).decode().rstrip('=').lower()}"


def looks_like_token(word: str) -> bool:
    """Whether a word after `Bearer` is a JWT and no key of ours."""
    return word.startswith("ey") and _SHAPE.fullmatch(word) is not None


async def fetched(url: str) -> list[dict[str, str]]:
    """The keys at an address, by https and without being sent on. Raises Problem."""
    if not url.startswith("https://"):
        raise Problem(
            "bad_address", "The address of the keys has to begin with https://.",
            next="Send the keys themselves as `keys` or `pem` where it has none.",
        )  # fmt: skip

    async def any_kind(kind: str) -> bool:
        return True  # what it is, its words tell: they have to be a JWK set

    found = await public_web.fetch(url, any_kind, most=public_keys.BYTES)
    if found.url != str(public_web.checked(url)):
        raise Problem(
            "bad_address", "The address of the keys leads to another one.",
            why="Whoever can bend it on its way could put other keys there.",
            next="Register the address where they are.",
        )  # fmt: skip
    return public_keys.read(found.body)


def _host(row: Row) -> Host:
    return Host(
        row["name"], row["issuer"], row["audience"], frozenset(row["algorithms"]),
        public_keys.keyring(row["keys"]), row["jwks_url"], row["role"],
    )  # fmt: skip


def _why(error: jwt.PyJWTError) -> str:
    """What is wrong with a token, without a word of it."""
    kinds: list[tuple[type[Exception], str]] = [
        (jwt.ExpiredSignatureError, "It has expired."),
        (jwt.ImmatureSignatureError, "It is not good yet."),
        (jwt.InvalidAudienceError, "It is for another audience."),
        (jwt.InvalidIssuerError, "It is of another issuer."),
    ]
    if isinstance(error, jwt.MissingRequiredClaimError):
        return f"It has no `{error.claim}`."
    return next((words for kind, words in kinds if isinstance(error, kind)), "It cannot be read.")


def _refused(why: str) -> Problem:
    return Problem(
        "invalid_token", "This token does not open the server.", why=why, status=401,
        next="Let the app sign a new one; docs/people.md says what it has to be.",
    )  # fmt: skip
