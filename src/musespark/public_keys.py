"""Public keys that others sign with: read from PEM or JWKS, and what each may verify.

Only keys whose owner alone can sign are taken (RSA, elliptic curves, Ed25519): where one secret
both signs and verifies, whoever may check a token could make one. A private key is refused.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from typing import Any

import jwt
import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from msgspec import Struct

from musespark.problem import Problem

MOST = 50  # keys in a set
BYTES = 100_000  # of a set
_RSA = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
_CURVES = {"P-256": ("ES256",), "P-384": ("ES384",), "P-521": ("ES512",), "Ed25519": ("EdDSA",)}
ALGORITHMS = (*_RSA, *(name for names in _CURVES.values() for name in names))
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----.+?-----END \1-----", re.DOTALL)
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
# What is kept of a key: the parts that make it, and what it says of its use.
_KEPT = ("kty", "crv", "n", "e", "x", "y", "kid", "alg", "use")


class PublicKey(Struct, frozen=True):
    """One key: its name in the set, the algorithms that it fits, and itself."""

    kid: str
    algorithms: frozenset[str]
    key: Any


def from_pem(text: str, kid: str = "") -> list[dict[str, str]]:
    """The public keys of a PEM text as JWKs. Raises Problem."""
    found: list[dict[str, str]] = []
    for block in _PEM.finditer(text):
        if "PRIVATE" in block[1]:
            raise _private()
        found.append(_jwk_of(block[0], kid if not found else ""))
    if not found:
        raise _bad("There is no PEM block in it.")
    if len(found) > MOST:
        raise _bad(f"There are more than {MOST} keys in it.")
    return found


def _jwk_of(block: str, kid: str) -> dict[str, str]:
    try:
        key = load_pem_public_key(block.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise _bad("One of its blocks is no public key.") from None
    jwk: dict[str, Any] = {}
    if isinstance(key, RSAPublicKey):
        jwk = RSAAlgorithm.to_jwk(key, as_dict=True)
    elif isinstance(key, EllipticCurvePublicKey):
        with contextlib.suppress(jwt.InvalidKeyError):  # a curve that has no name in a JWK
            jwk = ECAlgorithm.to_jwk(key, as_dict=True)
    elif isinstance(key, Ed25519PublicKey):
        jwk = OKPAlgorithm.to_jwk(key, as_dict=True)
    if not jwk:
        raise _bad("One of its keys is none of RSA, P-256, P-384, P-521 or Ed25519.")
    return public({**jwk, "kid": kid} if kid else jwk)


def from_jwks(body: Any) -> list[dict[str, str]]:
    """The keys of a JWK set that can be used here; what fits nothing is left out, as the standard
    has it. Raises Problem."""
    keys = body.get("keys") if isinstance(body, dict) else body
    if isinstance(body, dict) and "kty" in body:
        keys = [body]
    if not isinstance(keys, list):
        raise _bad('A set is {"keys": […]}.')
    if len(keys) > MOST:
        raise _bad(f"There are more than {MOST} keys in it.")
    found, why = [], "There is no key in it."
    for each in keys:
        try:
            found.append(public(each))
        except Problem as problem:
            if problem.code == "private_key":
                raise
            why = problem.why
    if not found:
        raise _bad(why)
    return found


def public(jwk: Any) -> dict[str, str]:
    """One JWK with the parts that are public and nothing else. Raises Problem."""
    if not isinstance(jwk, dict):
        raise _bad("A key is an object.")
    if jwk.get("kty") == "oct":
        raise _bad("A shared secret is no public key: who can check a token could make one.")
    if _PRIVATE & jwk.keys():
        raise _private()
    kept = {name: jwk[name] for name in _KEPT if name in jwk}
    if not all(isinstance(value, str) and len(value) <= 3000 for value in kept.values()):
        raise _bad("One of its parts is no text.")
    usable(kept)
    return kept


def usable(jwk: dict[str, str]) -> PublicKey:
    """The key itself. Raises Problem for one that nothing here can be verified with."""
    kind, curve = jwk.get("kty"), jwk.get("crv", "")
    names = _RSA if kind == "RSA" else _CURVES.get(curve, ()) if kind in ("EC", "OKP") else ()
    if not names:
        raise _bad(f"Its kind is {str(kind)[:20]!r} {curve[:20]!r}.")
    if said := jwk.get("alg"):
        if said not in names:
            raise _bad(f"It is for {said[:20]!r}, which it does not fit.")
        names = (said,)
    if jwk.get("use", "sig") != "sig":
        raise _bad("It is not for signatures.")
    try:
        key = jwt.PyJWK(dict(jwk), algorithm=names[0]).key
    except Exception:  # whatever the library finds wrong with it
        raise _bad("Its numbers do not make a key.") from None
    if kind == "RSA" and not 2048 <= key.key_size <= 8192:
        raise _bad(f"It has {key.key_size} bits; it needs 2,048 to 8,192.")
    return PublicKey(jwk.get("kid", ""), frozenset(names), key)


def read(body: bytes) -> list[dict[str, str]]:
    """The keys of a set as it comes over the network. Raises Problem."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        raise _bad("It is no JSON.") from None
    return from_jwks(found)


def keyring(jwks: Iterable[dict[str, str]]) -> tuple[PublicKey, ...]:
    """The keys of a set that was checked before."""
    return tuple(usable(jwk) for jwk in jwks)


def fitting(jwks: Iterable[dict[str, str]]) -> list[str]:
    """The algorithms that these keys are for; where there are none, the two most used."""
    return sorted({name for jwk in jwks for name in usable(jwk).algorithms} or {"RS256", "ES256"})


def _bad(why: str) -> Problem:
    return Problem(
        "bad_public_key", "The public keys cannot be used.", why=why,
        next="Send `keys` as a JWK set, or `pem` as -----BEGIN PUBLIC KEY----- …",
    )  # fmt: skip


def _private() -> Problem:
    return Problem(
        "private_key", "That is a private key, and was not kept.",
        why="Whoever has it can sign as your app; this server needs the public one alone.",
        next="Now that it was sent here, make a new pair, and send its public key.",
    )  # fmt: skip
