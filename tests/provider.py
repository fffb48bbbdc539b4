"""An OpenID provider for tests: as the standard says, or wrong in one thing on purpose."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import jwt
from aiohttp import web
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

SECRET = "what-only-we-two-know"
KEY = rsa.generate_private_key(65_537, 2048)


class Provider:
    """One provider. `claims` go over what its token says; `wrong` are words for what it does."""

    def __init__(self) -> None:
        self.url, self.client, self.kid = "", "musespark", "k1"
        self.key: Any = KEY
        self.claims: dict[str, Any] = {}
        self.wrong: set[str] = set()
        self.codes: dict[str, dict[str, str]] = {}
        self.jwks_asked = 0
        self.published: dict[str, Any] = {}

    async def about(self, request: web.Request) -> web.Response:
        return web.json_response(
            {
                "issuer": self.url,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/jwks",
                "id_token_signing_alg_values_supported": ["RS256", "ES256", "HS256", "none"],
                **self.published,
            }
        )

    async def jwks(self, request: web.Request) -> web.Response:
        self.jwks_asked += 1
        public = json.loads(jwt.get_algorithm_by_name("RS256").to_jwk(self.key.public_key()))
        other = ec.generate_private_key(ec.SECP256R1()).public_key()
        noise = json.loads(jwt.get_algorithm_by_name("ES256").to_jwk(other))
        shared = {"kty": "oct", "k": base64.urlsafe_b64encode(b"x" * 32).decode(), "kid": "shared"}
        keys = [{**noise, "kid": "ec"}, shared, {**public, "kid": self.kid, "use": "sig"}]
        return web.json_response({"keys": keys})

    def go(self, address: str) -> str:
        """Somebody signs in where we were sent: the address that they come back to."""
        asked = {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}
        assert asked["response_type"] == "code"
        assert asked["client_id"] == self.client
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        back = {"code": code, "state": asked["state"]}
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    async def token(self, request: web.Request) -> web.Response:
        form = await request.post()
        asked = self.codes.pop(str(form["code"]), None)
        given = request.headers.get("authorization", "")
        name, _, word = base64.b64decode(given.removeprefix("Basic ")).decode().partition(":")
        digest = hashlib.sha256(str(form.get("code_verifier", "")).encode()).digest()
        fine = (
            asked is not None
            and (unquote(name), unquote(word)) == (self.client, SECRET)
            and form["redirect_uri"] == asked["redirect_uri"]
            and base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
        )
        if not fine or asked is None:
            return web.json_response({"error": "invalid_grant"}, status=400)
        if "page" in self.wrong:
            return web.Response(text="<html>not JSON</html>")
        if "huge" in self.wrong:
            return web.Response(body=b'{"id_token": "' + b"x" * 2_000_000)
        if "redirect" in self.wrong:
            raise web.HTTPFound("http://127.0.0.1:1/elsewhere")
        now = int(time.time())
        claims = {"iss": self.url, "sub": "24400320", "aud": self.client, "exp": now + 300,
                  "iat": now, "nonce": asked["nonce"], "name": "Anna", "email": "anna@example.org",
                  **self.claims}  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        return web.json_response({"access_token": "a", "token_type": "Bearer",
                                  "id_token": self.signed(claims)})  # fmt: skip

    def signed(self, claims: dict[str, Any]) -> str:
        if "none" in self.wrong:
            return jwt.encode(claims, None, algorithm="none")
        if "public" in self.wrong:  # the key confusion: our public key as the secret of HS256
            pem = self.key.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            return _hs256(claims, pem, "k1")
        if "secret" in self.wrong:
            return _hs256(claims, SECRET.encode(), "k1")
        if "shared" in self.wrong:
            return _hs256(claims, b"x" * 32, "shared")
        if "stranger" in self.wrong:
            other = rsa.generate_private_key(65_537, 2048)
            return jwt.encode(claims, other, "RS256", headers={"kid": self.kid})
        if "unknown" in self.wrong:
            return jwt.encode(claims, self.key, "RS256", headers={"kid": "k9"})
        if "enclosed" in self.wrong:  # its key comes along with the token
            other = rsa.generate_private_key(65_537, 2048)
            own = json.loads(jwt.get_algorithm_by_name("RS256").to_jwk(other.public_key()))
            head = {"kid": "k9", "jwk": own, "jku": "http://127.0.0.1:1/jwks"}
            return jwt.encode(claims, other, "RS256", headers=head)
        if "cut" in self.wrong:
            return jwt.encode(claims, self.key, "RS256", headers={"kid": self.kid})[:-20]
        return jwt.encode(claims, self.key, "RS256", headers={"kid": self.kid})


def _hs256(claims: dict[str, Any], key: bytes, kid: str) -> str:
    """By hand: the library refuses to sign so."""
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256", "kid": kid}, claims)]
    text = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    mac = hmac.new(key, text, "sha256").digest()
    return (text + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()


@contextlib.asynccontextmanager
async def provider() -> AsyncIterator[Provider]:
    """A provider that runs at a port of its own."""
    found = Provider()
    application = web.Application()
    application.router.add_get("/.well-known/openid-configuration", found.about)
    application.router.add_get("/jwks", found.jwks)
    application.router.add_post("/token", found.token)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    found.url = f"http://{host}:{port}"
    try:
        yield found
    finally:
        await runner.cleanup()
