"""Host apps: whose token is good, and every known way to make a bad one pass."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from musespark import hosts as hosts_
from musespark import public_keys, public_web
from musespark.hosts import person_id
from musespark.problem import Problem
from musespark.public_web import Fetched
from musespark.settings import Settings
from served import Served, own_home, served

ISSUER = "https://shop.example"
RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
OTHER = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()


def pem(key: Any) -> str:
    public = key.public_key()
    return public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ).decode()  # type: ignore[no-any-return]


def jwk(key: Any, kid: str = "") -> dict[str, str]:
    [found] = public_keys.from_pem(pem(key), kid)
    return found


def claims(**more: Any) -> dict[str, Any]:
    now = int(time.time())
    made = {"iss": ISSUER, "aud": "musespark", "sub": "17", "iat": now, "exp": now + 300, **more}
    return {name: value for name, value in made.items() if value is not None}


def token(key: Any = EC, algorithm: str = "ES256", headers: Any = None, **more: Any) -> str:
    return jwt.encode(claims(**more), key, algorithm, headers)


def coded(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def bearer(word: str, **more: str) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {word}", **more}}


@pytest.fixture(scope="module")
def locked() -> Iterator[Settings]:
    with own_home() as settings:
        yield settings


@pytest.fixture
async def server(locked: Settings) -> AsyncIterator[Served]:
    """A server with an owner's key and the app `shop`, whose keys are an RSA and an EC one."""
    async with served(locked) as running:
        keys = running.app.state.door.keys
        running.key = (await keys.create("owner", "x"))[1]  # type: ignore[attr-defined]
        body = {"name": "shop", "issuer": ISSUER, "keys": {"keys": [jwk(EC, "a"), jwk(RSA, "b")]}}
        status, said = await owner(running, "POST", "/v1/hosts", body)
        assert status == 200, said
        yield running
        assert running.engine.store is not None
        await running.engine.store.rows("owner", "delete from hosts")
        await running.engine.store.rows("owner", "delete from keys")


async def owner(server: Served, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    more = {} if body is None else {"json": body}
    return await server.json(method, path, **more, **bearer(server.key))  # type: ignore[attr-defined]


async def me(server: Served, word: str) -> tuple[int, Any]:
    return await server.json("GET", "/v1/me", **bearer(word))


async def why(server: Served, word: str) -> str:
    """Why a token is none."""
    status, said = await me(server, word)
    assert (status, said["error"]["code"]) == (401, "invalid_token"), said
    assert word[-30:] not in said["error"]["message"], "an error repeats no token"
    return str(said["error"]["message"])


async def test_a_person_of_an_app_comes_in(server: Served) -> None:
    word = token(name="Anna  Berg", locale="de_DE", zoneinfo="Europe/Berlin", headers={"kid": "a"})
    status, said = await me(server, word)
    assert status == 200, said
    assert (said["id"], said["name"], said["role"]) == ("shop:17", "Anna Berg", "member")
    assert (said["language"], said["zone"]) == ("de-DE", "Europe/Berlin")
    assert (said["by"], said["host"]) == ("host", "shop")
    body = {"model": "musespark-instant", "messages": [{"role": "user", "content": "Hello"}]}
    status, answer = await server.json("POST", "/v1/chat/completions", json=body, **bearer(word))
    assert status == 200, answer
    # The same person by the other key, and by a token without a kid.
    for other in (token(RSA, "PS256", {"kid": "b"}), token(RSA, "RS512"), token()):
        _, said = await server.json("GET", "/v1/runs", **bearer(other))
        assert len(said["data"]) == 1
    # Another one sees nothing of it.
    assert (await server.json("GET", "/v1/runs", **bearer(token(sub="18"))))[1]["data"] == []
    # What outlives the token is not for them: no key of their own.
    status, said = await server.json("POST", "/v1/keys", json={"name": "x"}, **bearer(word))
    assert (status, said["error"]["code"]) == (403, "scope_missing")
    _, said = await owner(server, "GET", "/v1/people?q=anna")
    assert [(row["id"], row["host"]) for row in said["data"]] == [("shop:17", "shop")]


async def test_what_is_wrong_with_the_claims(server: Served) -> None:
    now = int(time.time())
    for word, expected in (
        (token(aud="another"), "another audience"),
        (token(aud=None), "no `aud`"),
        (token(aud=["another", 5]), "another audience"),
        (token(iss="https://else.example"), "No app that is registered"),
        (token(iss=None), "No app"),
        (token(exp=now - 60), "expired"),
        (token(exp=None), "no `exp`"),
        (token(exp=now + 200_000), "longer than a day"),
        (token(exp="soon"), "cannot be read"),
        (token(nbf=now + 600), "not good yet"),
        (token(iat=now + 600), "not good yet"),
        (token(sub=None), "no `sub`"),
        (token(sub=""), "names nobody"),
        (token(sub="  "), "names nobody"),
        (token(sub=17), "cannot be read"),
        (token(sub="x" * 1001), "names nobody"),
        (token(OTHER), "None of the app's keys"),
        (token(headers={"kid": "z"}), "None of the app's keys"),
        (token(RSA, "RS256", {"kid": "a"}), "None of the app's keys"),
    ):
        assert expected in await why(server, word), expected
    for spelled in (token(aud=["musespark", "more"]), token(exp=now - 10), token(exp=now + 86_000)):
        assert (await me(server, spelled))[0] == 200


async def test_signatures_that_are_none(server: Served) -> None:
    good = token(headers={"kid": "a"})
    head, body, signature = good.split(".")
    for algorithm in ("none", "None", "NONE", "nOnE", "", None, 5, ["ES256"], "HS256", "ES256K"):
        header = coded({"typ": "JWT", "alg": algorithm, "kid": "a"})
        for signed in ("", signature):
            reason = await why(server, f"{header}.{body}.{signed}")
            assert "signed by" in reason or "cannot be read" in reason
    # Key confusion: the public key, which everybody knows, used as a shared secret.
    for secret in (pem(RSA), pem(EC), pem(RSA).strip(), json.dumps(jwk(RSA, "b"))):
        for kid in ("a", "b", None):
            header = coded({"alg": "HS256", "typ": "JWT", **({"kid": kid} if kid else {})})
            made = hmac.new(secret.encode(), f"{header}.{body}".encode(), hashlib.sha256)
            assert "signed by" in await why(server, f"{header}.{body}.{coded(made.digest())}")
    # Another body under the same signature, and a signature of noughts (CVE-2022-21449).
    forged = coded(claims(sub="owner"))
    assert "None of the app's keys" in await why(server, f"{head}.{forged}.{signature}")
    assert "None of the app's keys" in await why(server, f"{head}.{body}.{coded(bytes(64))}")
    assert "None of the app's keys" in await why(server, f"{head}.{body}.")
    for broken in (f"{head}.{body}", f"{head}.{body}.{signature}.x", f"{head}..{signature}",
                   f"{good}=", good[5:], "ey.ey.ey", "ey" + "A" * 50):  # fmt: skip
        status, said = await me(server, broken)
        assert status == 401, broken
        assert said["error"]["code"] in ("invalid_key", "invalid_token")
    huge = token(note="x" * 9000)
    status, said = await me(server, huge)
    assert (status, said["error"]["code"]) == (401, "invalid_token")
    deep = coded(b'{"iss":' + b"[" * 2000 + b"]" * 2000 + b"}")
    assert "cannot be read" in await why(server, f"{head}.{deep}.{signature}")
    for claim in (b"[1]", b"5", b'"x"', b"{", b"\xff", b'{"iss":"\\ud800"}'):
        await why(server, f"{head}.{coded(claim)}.{signature}")
    infinite = f'{{"iss":"{ISSUER}","aud":"musespark","sub":"17","exp":Infinity}}'.encode()
    made_up = f"{head}.{coded(infinite)}"
    der = EC.sign(
        made_up.encode(), ec.ECDSA(__import__("cryptography").hazmat.primitives.hashes.SHA256())
    )
    raw = jwt.utils.der_to_raw_signature(der, ec.SECP256R1())
    assert "cannot be read" in await why(server, f"{made_up}.{coded(raw)}")


async def test_keys_that_a_token_brings_count_for_nothing(
    server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing_is_fetched(*given: Any, **more: Any) -> Any:
        raise AssertionError(given)

    monkeypatch.setattr(public_web, "fetch", nothing_is_fetched)
    own = {k: v for k, v in jwk(OTHER, "a").items() if k != "kid"}
    for header in (
        {"jwk": own}, {"jku": "https://evil.example/keys"}, {"x5u": "https://evil.example/c"},
        {"x5c": ["MIIB"]}, {"kid": "a", "jwk": own}, {"kid": "../../dev/null"},
        {"kid": "' or 1=1 --"}, {"kid": "a" * 300},
    ):  # fmt: skip
        reason = await why(server, token(OTHER, headers=header))
        assert "None of the app's keys" in reason or "not done here" in reason
        if "kid" not in header or header == {"kid": "a", "jwk": own}:
            assert (await me(server, token(EC, headers=header)))[0] == 200, "they are not looked at"
    reason = await why(server, token(EC, headers={"crit": ["b64"], "b64": True}))
    assert "not done here" in reason or "cannot be read" in reason


async def test_no_app_signs_as_another_ones_person_or_as_ours(server: Served) -> None:
    body = {"name": "club", "issuer": "https://club.example", "pem": pem(OTHER)}
    assert (await owner(server, "POST", "/v1/hosts", body))[0] == 200
    # Both have a person 17, and keys of the same name.
    await owner(server, "PATCH", "/v1/hosts/club", {"keys": [jwk(OTHER, "a")]})
    ours = token(OTHER, iss="https://club.example", headers={"kid": "a"})
    assert (await me(server, ours))[1]["id"] == "club:17"
    assert (await me(server, token(headers={"kid": "a"})))[1]["id"] == "shop:17"
    assert "None of the app's keys" in await why(server, token(OTHER, headers={"kid": "a"}))
    assert "None of the app's keys" in await why(
        server, token(EC, iss="https://club.example", headers={"kid": "a"})
    )
    for sub in ("owner", "shop:17", ":17", "../owner", "owner\0", "", "club:17", "~x", "A" * 500):
        status, said = await me(server, token(OTHER, iss="https://club.example", sub=sub))
        if sub:
            assert status == 200
            assert said["id"].startswith("club:"), sub
            assert said["role"] == "member"
    status, said = await owner(server, "POST", "/v1/hosts", body | {"name": "rob"})
    assert (status, said["error"]["code"]) == (409, "issuer_taken")
    assert (await owner(server, "POST", "/v1/hosts", body))[0] == 409


def test_two_people_never_become_one() -> None:
    subs = ["17", "17 ", " 17", "é", "e\u0301", "~17", "A", "a", "a/b", "a%2Fb", "x" * 120,
            "x" * 121, "a:b", "\ud800", "\0", "auth0|17"]  # fmt: skip
    ids = [person_id(host, sub) for host in ("a", "a-b", "b") for sub in subs]
    assert len(set(ids)) == len(ids)
    for id in ids:
        assert id.isascii() and id.isprintable() and " " not in id and "/" not in id  # noqa: PT018
        assert len(id) <= 200
    # The place of the name is known by the first colon, which no name has.
    assert person_id("a", "b:c").partition(":")[0] == "a"


async def test_an_app_that_ended_lets_nobody_in(server: Served) -> None:
    word = token()
    assert (await me(server, word))[0] == 200
    assert (await owner(server, "DELETE", "/v1/hosts/shop"))[0] == 200
    assert "No app that is registered" in await why(server, word)
    _, said = await owner(server, "GET", "/v1/hosts")
    assert said["data"][0]["ended"]
    # Registered anew under its name with another key, the old tokens stay worthless.
    body = {"name": "shop", "issuer": ISSUER, "pem": pem(ED), "role": "guest"}
    status, said = await owner(server, "POST", "/v1/hosts", body)
    assert (status, said["algorithms"]) == (200, ["EdDSA"])
    assert "signed by EdDSA" in await why(server, word)
    status, said = await me(server, token(ED, "EdDSA", sub="new"))
    assert (status, said["role"], said["purposes"]) == (200, "guest", [])
    status, said = await server.json(
        "PUT", "/v1/me/consents/memory", json={"allowed": True},
        **bearer(token(ED, "EdDSA", sub="new")),
    )  # fmt: skip
    assert (status, said["error"]["code"]) == (403, "not_for_guests")


async def test_a_person_who_ended_does_not_come_back_by_the_app(server: Served) -> None:
    word = token(sub="gone")
    assert (await me(server, word))[0] == 200
    assert (await owner(server, "DELETE", "/v1/people/shop:gone"))[0] == 200
    status, said = await me(server, word)
    assert (status, said["error"]["code"]) == (403, "person_ended")


async def test_keys_at_an_address(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fetched once, again for an unknown kid, but not more often than once a minute, and once for
    all who wait; what was there before stays good while the address does not answer."""
    there: list[Any] = [{"keys": [jwk(EC, "one")]}]
    asked: list[str] = []

    async def fetch(url: str, *given: Any, **more: Any) -> Fetched:
        asked.append(url)
        await asyncio.sleep(0.01)
        if there[0] is None:
            raise Problem("page_unreachable", "It is away.", status=502)
        return Fetched(url, "application/json", "", json.dumps(there[0]).encode())

    monkeypatch.setattr(public_web, "fetch", fetch)
    url = "https://keys.example/jwks.json"
    body = {"name": "far", "issuer": "https://far.example", "jwks_url": url}
    status, said = await owner(server, "POST", "/v1/hosts", body)
    assert status == 200, said
    assert said["algorithms"] == ["ES256", "RS256"]
    assert asked == [url], "tried when it is registered"

    def word(key: Any, kid: str, sub: str = "1") -> str:
        return token(key, iss="https://far.example", sub=sub, headers={"kid": kid})

    found = await asyncio.gather(*(me(server, word(EC, "one", str(n))) for n in range(8)))
    assert [status for status, _ in found] == [200] * 8
    assert len(asked) == 2
    there[0] = {"keys": [jwk(EC, "one"), jwk(OTHER, "two")]}
    assert "None of the app's keys" in await why(server, word(OTHER, "two")), "within the minute"
    assert len(asked) == 2
    monkeypatch.setattr(hosts_, "REFRESH", 0.0)
    assert (await me(server, word(OTHER, "two")))[0] == 200
    assert len(asked) == 3
    assert (await me(server, word(OTHER, "two")))[0] == 200
    assert len(asked) == 3, "it is known now"
    there[0] = None
    await why(server, word(OTHER, "three"))
    assert (await me(server, word(EC, "one")))[0] == 200
    _, said = await owner(server, "GET", "/v1/hosts/far")
    assert said["problem"] == "It is away."
    # A key that the app took away is no longer good once the address was looked at again.
    there[0] = {"keys": [jwk(OTHER, "two")]}
    await why(server, word(OTHER, "three"))
    assert "None of the app's keys" in await why(server, word(EC, "one"))


async def test_the_address_of_the_keys_is_a_public_one(server: Served) -> None:
    body = {"name": "far", "issuer": "https://far.example"}
    for url in ("http://keys.example/jwks", "https://127.0.0.1/jwks", "https://localhost/jwks",
                "https://10.0.0.1/jwks", "https://[::1]/jwks", "file:///etc/passwd",
                "https://user:word@keys.example/", "https://169.254.169.254/latest",
                "https://keys.example:5432/"):  # fmt: skip
        status, said = await owner(server, "POST", "/v1/hosts", body | {"jwks_url": url})
        assert status in (400, 403), url
        assert said["error"]["code"] in ("bad_address", "address_refused")


async def test_an_address_that_leads_elsewhere(
    server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fetch(url: str, *given: Any, **more: Any) -> Fetched:
        return Fetched("https://evil.example/", "application/json", "",
                       json.dumps({"keys": [jwk(EC)]}).encode())  # fmt: skip

    monkeypatch.setattr(public_web, "fetch", fetch)
    body = {"name": "far", "issuer": "https://far.example", "jwks_url": "https://keys.example/"}
    status, said = await owner(server, "POST", "/v1/hosts", body)
    assert (status, said["error"]["code"]) == (400, "bad_address")


def private(key: Any) -> str:
    return key.private_bytes(  # type: ignore[no-any-return]
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


SMALL = rsa.generate_private_key(65537, 1024)
BAD: list[tuple[dict[str, Any], str]] = [
    ({}, "no_public_keys"),
    ({"keys": []}, "no_public_keys"),
    ({"keys": {}}, "no_public_keys"),
    ({"keys": {"keys": []}}, "bad_public_key"),
    ({"keys": {"keys": 5}}, "bad_public_key"),
    ({"keys": [5]}, "bad_public_key"),
    ({"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}, "bad_public_key"),
    ({"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}]}, "bad_public_key"),
    ({"keys": [{"kty": "RSA", "n": 5, "e": "AQAB"}]}, "bad_public_key"),
    ({"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}]}, "bad_public_key"),
    ({"keys": [{"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"}]}, "bad_public_key"),
    ({"keys": [jwk(EC) | {"use": "enc"}]}, "bad_public_key"),
    ({"keys": [jwk(EC) | {"alg": "HS256"}]}, "bad_public_key"),
    ({"keys": [jwk(EC) | {"d": "AA"}]}, "private_key"),
    ({"keys": [jwk(EC)] * 51}, "bad_public_key"),
    ({"pem": private(EC)}, "private_key"),
    ({"pem": pem(SMALL)}, "bad_public_key"),
    ({"pem": "ssh-rsa AAAA"}, "bad_public_key"),
    ({"pem": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"}, "bad_public_key"),
    ({"pem": pem(EC), "algorithms": ["HS256"]}, "bad_algorithm"),
    ({"pem": pem(EC), "algorithms": ["none"]}, "bad_algorithm"),
    ({"pem": pem(EC), "algorithms": []}, "bad_algorithm"),
    ({"pem": pem(EC), "algorithms": ["RS256"]}, "bad_algorithm"),
    ({"pem": pem(EC), "role": "manager"}, "bad_request"),
    ({"pem": pem(EC), "name": "Two Words"}, "bad_name"),
    ({"pem": pem(EC), "name": "a:b"}, "bad_name"),
    ({"pem": pem(EC), "issuer": ""}, "bad_request"),
    ({"pem": pem(EC), "nothing": 1}, "bad_request"),
]


async def test_what_cannot_be_registered(server: Served) -> None:
    for body, code in BAD:
        given = {"name": "bad", "issuer": "https://bad.example", **body}
        status, said = await owner(server, "POST", "/v1/hosts", given)
        assert status == 400, body
        assert said["error"]["code"] == code or code == "bad_request", (body, said)
    _, said = await owner(server, "GET", "/v1/hosts")
    assert [row["name"] for row in said["data"]] == ["shop"]
    kept = json.dumps(said)
    assert '"d"' not in kept
    status, said = await owner(server, "PATCH", "/v1/hosts/none", {"pem": pem(EC)})
    assert (status, said["error"]["code"]) == (404, "unknown_host")


async def test_a_token_can_be_tried(server: Served) -> None:
    status, said = await owner(server, "POST", "/v1/hosts/shop/test", {"token": token(sub="try")})
    assert (status, said["good"], said["person"]) == (200, True, "shop:try")
    status, said = await owner(server, "POST", "/v1/hosts/shop/test", {"token": token(aud="x")})
    assert (status, said["good"]) == (200, False)
    assert "another audience" in said["problem"]
    _, said = await owner(server, "GET", "/v1/people?q=shop:try")
    assert said["data"] == [], "nobody came in by that"
    assert (await server.json("GET", "/v1/hosts", **bearer(token())))[0] == 403


async def test_without_a_key_no_app_is_registered(server: Served) -> None:
    """Else who registers it from this machine would lock themselves out."""
    store, keys = server.engine.store, server.app.state.door.keys
    assert store is not None
    await store.rows("owner", "delete from hosts")
    await store.rows("owner", "delete from keys")
    keys.forget()
    body = {"name": "shop", "issuer": ISSUER, "pem": pem(EC)}
    status, said = await server.json("POST", "/v1/hosts", json=body)
    assert (status, said["error"]["code"]) == (409, "no_keys")


async def test_a_token_never_asks_as_the_owner(server: Served) -> None:
    """Where nobody can sign in this machine's programs ask as the owner: not one that comes with a
    token or for a person, though the app is gone, or is not known in this process yet."""
    store, keys = server.engine.store, server.app.state.door.keys
    assert store is not None
    await store.rows("owner", "delete from hosts")
    await store.rows("owner", "delete from keys")
    keys.forget()
    server.app.state.door.hosts._live = None
    assert (await server.json("GET", "/v1/me"))[1]["id"] == "owner"
    assert (await me(server, token()))[0] == 401
    act = {"Musespark-Person": "anna"}
    assert (await server.json("GET", "/v1/me", headers=act))[0] == 403
    for word in ("none", "ms_" + "x" * 43):
        assert (await server.json("GET", "/v1/me", **bearer(word, **act)))[0] == 401
