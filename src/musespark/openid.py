"""Signing in at somebody else's server: OpenID Connect, authorization code flow with PKCE.

What is trusted is what the provider's token endpoint said to us, signed with a key that it
publishes, for us, in answer to this very challenge. A person is who a provider numbers as one:
(issuer, sub), never an e-mail address, which may be another's tomorrow or was never checked.
Sources: OpenID Connect Core 1.0 and Discovery 1.0; RFC 7636 (PKCE), RFC 9207 (iss), RFC 9700.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
import time
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

import aiohttp
import msgspec
from msgspec import Struct

from musespark.problem import Problem
from musespark.settings import OpenIdProvider

# Signed with a private key of the provider's. Never HS256, whose key is known to two, nor none.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
              "EdDSA")  # fmt: skip
_SECONDS = 10.0  # that the provider has for each answer
_MOST = 1_000_000  # bytes of an answer
_REMEMBERED = 3600.0  # seconds that its addresses and keys are
_AGAIN = 60.0  # seconds until its keys are fetched anew for one that is unknown
_LEEWAY = 60  # seconds that its clock may be off


class Account(Struct, frozen=True):
    """Who somebody is at a provider: their number there, and what they are called."""

    issuer: str
    subject: str
    name: str = ""


class OpenId:
    """One provider, and what it published of itself."""

    def __init__(self, name: str, settings: OpenIdProvider) -> None:
        self.name, self.settings = name, settings
        self._about: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, dict[str, Any]] | None = None
        self._fetching = asyncio.Lock()

    async def begin(self, callback: str, state: str) -> tuple[str, dict[str, Any]]:
        """Where to send the browser, and what to remember until it comes back."""
        about = await self._discovered()
        nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        digest = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": callback,
            "scope": self.settings.scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        place = about["authorization_endpoint"]
        url = f"{place}{'&' if urlsplit(place).query else '?'}{urlencode(asked)}"
        return url, {"nonce": nonce, "verifier": verifier, "callback": callback}

    async def finish(self, code: str, issuer: str, begun: dict[str, Any]) -> Account:
        """Who came back with a code. `issuer` is what the answer says of where it comes from, ""
        where it says nothing. Raises Problem."""
        about = await self._discovered()
        if issuer and issuer != about["issuer"]:
            raise self._refused("The answer comes from another server.")
        if not issuer and about.get("authorization_response_iss_parameter_supported") is True:
            raise self._refused("The answer does not say where it comes from.")
        given = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": begun["callback"],
            "code_verifier": begun["verifier"],
        }
        token = await self._token(about, given)
        claims = await self._claims(about, token, begun["nonce"])
        called = claims.get("name") or claims.get("preferred_username") or ""
        return Account(about["issuer"], claims["sub"], str(called)[:200] if called else "")

    async def _token(self, about: dict[str, Any], given: dict[str, str]) -> str:
        """The ID token for a code."""
        secret = self.settings.client_secret.reveal()
        offered = about.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        headers = {}
        if secret and "client_secret_basic" in offered:
            login = ":".join(quote_plus(part) for part in (self.settings.client_id, secret))
            headers["authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"
        else:
            given = {**given, "client_id": self.settings.client_id}
            if secret:
                given["client_secret"] = secret
        status, said = await self._fetch("POST", about["token_endpoint"], headers, given)
        token = said.get("id_token")
        if status != 200 or not isinstance(token, str):
            raise self._refused("It did not accept what the browser brought back.")
        return token

    async def _claims(self, about: dict[str, Any], token: str, nonce: str) -> dict[str, Any]:
        """What an ID token says, once everything about it is right."""
        import jwt

        offered = about.get("id_token_signing_alg_values_supported") or ["RS256"]
        try:
            head = jwt.get_unverified_header(token)
            algorithm = head.get("alg")
            if algorithm not in ALGORITHMS or algorithm not in offered:
                raise self._refused("Its answer is not signed in a way that can be trusted.")
            key = await self._key(about, head.get("kid"), algorithm)
            claims: dict[str, Any] = jwt.decode(
                token, key, algorithms=[algorithm], audience=self.settings.client_id,
                issuer=about["issuer"], leeway=_LEEWAY,
                options={"require": ["exp", "iat", "aud", "iss", "sub"]},
            )  # fmt: skip
        except (jwt.PyJWTError, ValueError, TypeError, KeyError) as error:
            raise self._refused(f"Its answer is not valid ({type(error).__name__}).") from None
        audience, to = claims["aud"], claims.get("azp")
        several = isinstance(audience, list) and len(audience) > 1
        if (several and to is None) or (to is not None and to != self.settings.client_id):
            raise self._refused("Its answer is for somebody else.")
        said = claims.get("nonce")
        if not isinstance(said, str) or not secrets.compare_digest(said.encode(), nonce.encode()):
            raise self._refused("Its answer is not to what was asked.")
        if not claims["sub"] or len(claims["sub"]) > 255:
            raise self._refused("Its answer does not say who it is about.")
        return claims

    async def _key(self, about: dict[str, Any], id: str | None, algorithm: str) -> Any:
        """The provider's key of that id; the keys are fetched anew for one that is unknown, but
        not for each."""
        import jwt

        for anew in (False, True):
            for entry in (await self._jwks(about, anew=anew)).get("keys") or []:
                other = id is not None and entry.get("kid") != id
                if other or entry.get("use", "sig") != "sig" or entry.get("kty") == "oct":
                    continue
                try:
                    return jwt.PyJWK(entry, algorithm=algorithm).key
                except jwt.PyJWTError:
                    continue  # of a kind that this algorithm has no use for
        raise self._refused("It signed its answer with a key that it does not publish.")

    async def _jwks(self, about: dict[str, Any], *, anew: bool) -> dict[str, Any]:
        async with self._fetching:
            age = _REMEMBERED if self._keys is None else time.monotonic() - self._keys[0]
            if self._keys is None or age >= (_AGAIN if anew else _REMEMBERED):
                status, said = await self._fetch("GET", about["jwks_uri"])
                if status != 200 or not isinstance(said.get("keys"), list):
                    raise self._away("It does not publish its keys.")
                self._keys = time.monotonic(), said
            return self._keys[1]

    async def _discovered(self) -> dict[str, Any]:
        """What the provider publishes of itself."""
        async with self._fetching:
            if self._about is None or time.monotonic() - self._about[0] >= _REMEMBERED:
                issuer = self.settings.issuer
                place = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
                status, said = await self._fetch("GET", place)
                wanted = ("authorization_endpoint", "token_endpoint", "jwks_uri")
                if status != 200 or not all(safe(said.get(name)) for name in wanted):
                    raise self._away("It does not say how to sign in there.")
                if said.get("issuer") != issuer:
                    raise self._away("It calls itself otherwise than the settings do.")
                self._about = time.monotonic(), said
            return self._about[1]

    async def _fetch(
        self, method: str, url: str, headers: dict[str, str] | None = None,
        form: dict[str, str] | None = None,
    ) -> tuple[int, dict[str, Any]]:  # fmt: skip
        """A status and the JSON object that came with it. Redirects are not followed: what is sent
        is for this address."""
        if not safe(url):
            raise self._away("Its address is neither https nor on this machine.")
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(_SECONDS)) as http,
                http.request(method, url, allow_redirects=False, data=form,
                             headers={"accept": "application/json", **(headers or {})}) as response,
            ):  # fmt: skip
                body = await response.content.read(_MOST + 1)
                while len(body) <= _MOST and (piece := await response.content.read(_MOST)):
                    body += piece
                if len(body) > _MOST:
                    raise self._away("Its answer is too long.")
                return response.status, msgspec.json.decode(body, type=dict[str, Any])
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise self._away("Its answer is not JSON.") from None
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            raise self._away("It cannot be reached.") from None

    @property
    def _title(self) -> str:
        return self.settings.name or self.name

    def _away(self, why: str) -> Problem:
        return Problem(
            "openid_unreachable", f"{self._title} cannot be asked at this moment.", why=why,
            next="Try again later, or sign in another way.", status=502,
        )  # fmt: skip

    def _refused(self, why: str) -> Problem:
        return Problem(
            "openid_refused", f"The sign-in with {self._title} did not work.", why=why,
            next="Try again from this server's own page.", status=401,
        )  # fmt: skip


def safe(url: Any) -> bool:
    """Whether something is an address that secrets may be sent to: https, or this machine."""
    if not isinstance(url, str):
        return False
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    near = host in ("localhost", "127.0.0.1", "::1")
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and near))
