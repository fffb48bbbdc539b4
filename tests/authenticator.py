"""A device that makes and uses passkeys, in software: as the standard says, or wrong on purpose."""

from __future__ import annotations

import hashlib
import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

UP, UV, AT = 1, 4, 64  # flags: somebody is there, was verified, and a new key is enclosed


def b64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def plain(text: str) -> bytes:
    return urlsafe_b64decode(text + "===")


class Device:
    """Holds one key. `origin` is where its browser says that it is; `counts` whether it counts."""

    def __init__(self, origin: str, *, counts: bool = True) -> None:
        self.origin, self.counts = origin, counts
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id, self.count, self.handle = os.urandom(32), 0, b""

    def make(self, options: dict[str, Any], **wrong: Any) -> dict[str, Any]:
        """What navigator.credentials.create() gives for these options, as JSON."""
        self.handle = plain(options["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        cose = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        enclosed = bytes(16) + len(self.id).to_bytes(2) + self.id + cbor2.dumps(cose)
        host = wrong.get("host", options["rp"]["id"])
        data = self._data(host, AT | wrong.get("flags", UP | UV)) + enclosed
        attested = {"fmt": "none", "attStmt": {}, "authData": data}
        said = self._said("webauthn.create", options["challenge"], **wrong)
        response = {"clientDataJSON": b64(said), "attestationObject": b64(cbor2.dumps(attested)),
                    "transports": ["internal", "hybrid", "made-up"]}  # fmt: skip
        return {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key",
                "response": response, "clientExtensionResults": {}}  # fmt: skip

    def use(self, options: dict[str, Any], **wrong: Any) -> dict[str, Any]:
        """What navigator.credentials.get() gives for these options, as JSON."""
        self.count += self.counts
        said = self._said("webauthn.get", options["challenge"], **wrong)
        host = wrong.get("host", options["rpId"])
        data = self._data(host, wrong.get("flags", UP | UV))
        signed = self.key.sign(data + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        response = {"clientDataJSON": b64(said), "authenticatorData": b64(data),
                    "signature": b64(signed), "userHandle": b64(self.handle)}  # fmt: skip
        return {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key",
                "response": response, "clientExtensionResults": {}}  # fmt: skip

    def _data(self, host: str, flags: int) -> bytes:
        return hashlib.sha256(host.encode()).digest() + bytes([flags]) + self.count.to_bytes(4)

    def _said(self, kind: str, asked: str, **wrong: Any) -> bytes:
        said = {"type": wrong.get("type", kind), "challenge": wrong.get("challenge", asked),
                "origin": wrong.get("origin", self.origin), "crossOrigin": False}  # fmt: skip
        return json.dumps(said).encode()
