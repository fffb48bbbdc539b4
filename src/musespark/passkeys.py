"""Passkeys (WebAuthn): a device proves that it holds a key, and that its owner unlocked it.

The device names the key itself, so nothing is asked of the server that depends on who somebody is.
A passkey holds for the host that it was made at and for no other; the browser signs where it is.
"""

from __future__ import annotations

import base64
import ipaddress
import secrets
from typing import Any

import msgspec
from msgspec import Struct

from musespark.problem import Problem
from musespark.store import Row, Store
from musespark.turn import new_id

MOST = 50  # of one person
_WAYS = {"usb", "nfc", "ble", "internal", "cable", "hybrid", "smart-card"}


class Place(Struct, frozen=True):
    """Where a browser says that it is: the host's name, and the origins that name it."""

    host: str
    origins: list[str]


def place_of(host: str) -> Place:
    """The place that a Host header names. Raises Problem where passkeys cannot be used: browsers
    want a name, and https but for localhost."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    name = name.lower().rstrip(".")
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        if name and len(name) < 254 and name.isascii() and ":" not in name:
            near = name == "localhost" or name.endswith(".localhost")
            origins = [f"{kind}://{host.lower()}" for kind in ("https", *(["http"] * near))]
            return Place(name, origins)
    raise Problem(
        "passkeys_want_a_name", "Passkeys cannot be used at this address.",
        why="Browsers want the name of a server, not its number.",
        next="Open it by its name; on this machine http://localhost with the same port.",
    )  # fmt: skip


def asked(credential: dict[str, Any]) -> str:
    """The challenge that a device says it answers; "" where it says none. Nothing is checked."""
    try:
        data = _bytes(credential["response"]["clientDataJSON"])
        return msgspec.json.decode(data, type=dict[str, Any])["challenge"][:200]  # type: ignore[no-any-return]
    except Exception:  # hostile bytes break the parsers in ways of their own
        return ""


class Passkeys:
    """The passkeys of this database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, person: str) -> list[Row]:
        """The passkeys of a person, newest first: never the keys."""
        return await self._store.rows(
            person,
            "select id, name, host, synced, created, used from passkeys where person = %s"
            " order by id desc",
            person,
        )

    async def wanted(
        self, person: str, names: tuple[str, str], place: Place, challenge: str
    ) -> Any:
        """What a browser hands to a device to make a passkey: JSON of the WebAuthn API. `names` are
        what the device shows: the name that they sign in with, and what they are called."""
        from webauthn import generate_registration_options, options_to_json
        from webauthn.helpers import structs

        known = await self._store.rows(
            person,
            "select handle, credential, transports from passkeys where person = %s and host = %s",
            person, place.host,
        )  # fmt: skip
        if len(known) >= MOST:
            raise Problem("too_many_passkeys", f"You have {MOST} passkeys here already.",
                          next="Remove one first.", status=409)  # fmt: skip
        options = generate_registration_options(
            rp_id=place.host, rp_name="musespark", user_name=names[0] or names[1],
            user_display_name=names[1] or names[0], challenge=_bytes(challenge),
            user_id=bytes(known[0]["handle"]) if known else secrets.token_bytes(32),
            authenticator_selection=structs.AuthenticatorSelectionCriteria(
                resident_key=structs.ResidentKeyRequirement.REQUIRED,
                user_verification=structs.UserVerificationRequirement.REQUIRED),
            exclude_credentials=[
                structs.PublicKeyCredentialDescriptor(id=bytes(row["credential"]), transports=[
                    structs.AuthenticatorTransport(each) for each in row["transports"]])
                for row in known],
        )  # fmt: skip
        return msgspec.json.decode(options_to_json(options))

    async def add(
        self, person: str, credential: dict[str, Any], place: Place, challenge: str, *,
        handle: str, name: str,
    ) -> Row:  # fmt: skip
        """Keep the passkey that a device has made. Raises Problem."""
        from webauthn import verify_registration_response

        try:
            made = verify_registration_response(
                credential=credential, expected_challenge=_bytes(challenge),
                expected_rp_id=place.host, expected_origin=place.origins,
                require_user_verification=True,
            )  # fmt: skip
            said = credential["response"].get("transports") or []
            transports = sorted(_WAYS & {str(each) for each in said})
        except Exception:  # hostile bytes break the parsers in ways of their own
            raise refused() from None
        rows = await self._store.rows(
            person,
            "insert into passkeys (id, person, host, handle, credential, public_key, count,"
            " transports, synced, name) values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
            " on conflict do nothing returning id, name, host, synced, created, used",
            new_id("passkey"), person, place.host, _bytes(handle), made.credential_id,
            made.credential_public_key, made.sign_count, transports, made.credential_backed_up,
            name,
        )  # fmt: skip
        if not rows:
            raise Problem("passkey_known", "This passkey is here already.", status=409)
        return rows[0]

    async def whose(self, credential: dict[str, Any], place: Place, challenge: str) -> str | None:
        """The person whose device answered a challenge; None where it did not, for any reason."""
        from webauthn import verify_authentication_response

        try:
            held = _bytes(credential["rawId"])
        except Exception:  # hostile bytes break the parsers in ways of their own
            return None
        rows = await self._store.system("select * from passkey_owner(%s)", held)
        if not rows or rows[0]["host"] != place.host:
            return None
        row = rows[0]
        try:
            proved = verify_authentication_response(
                credential=credential, expected_challenge=_bytes(challenge),
                expected_rp_id=place.host, expected_origin=place.origins,
                credential_public_key=bytes(row["public_key"]),
                credential_current_sign_count=row["count"], require_user_verification=True,
            )  # fmt: skip
            handle = credential["response"].get("userHandle")
            if handle and _bytes(handle) != bytes(row["handle"]):
                return None
        except Exception:  # hostile bytes break the parsers in ways of their own
            return None
        # A copied device counts on its own: of two answers with the same count, one is taken.
        fresh = await self._store.rows(
            row["person"],
            "update passkeys set used = now(), count = %s, synced = %s"
            " where id = %s and (count < %s or count = 0 and %s = 0) returning id",
            proved.new_sign_count, proved.credential_backed_up, row["id"],
            proved.new_sign_count, proved.new_sign_count,
        )  # fmt: skip
        return str(row["person"]) if fresh else None

    async def rename(self, person: str, id: str, name: str) -> Row:
        """Another name for a passkey. Raises Problem."""
        rows = await self._store.rows(
            person,
            "update passkeys set name = %s where id = %s and person = %s"
            " returning id, name, host, synced, created, used",
            name, id, person,
        )  # fmt: skip
        return _found(rows, id)

    async def remove(self, person: str, id: str) -> Row:
        """A passkey opens nothing any more. Raises Problem."""
        rows = await self._store.rows(
            person, "delete from passkeys where id = %s and person = %s returning id, name",
            id, person,
        )  # fmt: skip
        return _found(rows, id)


def options(place: Place, challenge: str) -> Any:
    """What a browser hands to its devices to sign somebody in: the same for everybody."""
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers.structs import UserVerificationRequirement

    made = generate_authentication_options(
        rp_id=place.host,
        challenge=_bytes(challenge),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return msgspec.json.decode(options_to_json(made))


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(f"{text}===")


def _found(rows: list[Row], id: str) -> Row:
    if not rows:
        raise Problem("unknown_passkey", f"There is no passkey {id[:100]!r} of yours.", status=404)
    return rows[0]


def refused() -> Problem:
    return Problem(
        "passkey_refused", "This passkey could not be kept.",
        why="What the device sent does not answer what it was asked here.", next="Try again.",
    )  # fmt: skip
