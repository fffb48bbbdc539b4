"""Passkeys over HTTP: made, used, and everything that a device or somebody with it may try."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from authenticator import UP, UV, Device, b64, plain
from musespark import audit
from musespark.passkeys import place_of
from musespark.problem import Problem
from musespark.settings import Settings
from served import Served, own_home, served
from visitor import Browser


@pytest.fixture(scope="module")
def own() -> Iterator[Settings]:
    with own_home() as settings:
        yield settings


@pytest.fixture
async def server(own: Settings) -> AsyncIterator[Served]:
    async with served(own) as running:
        running.url = running.url.replace("127.0.0.1", "localhost")  # passkeys want a name
        yield running
        store = running.app.state.door.store
        for person in ("anna", "berta", "owner"):
            for table in ("passkeys", "sessions", "links"):
                await store.rows(person, f"delete from {table} where person = %s", person)


async def signed(server: Served, person: str = "anna") -> Browser:
    """A browser of that person, signed in by a link."""
    _, word = await server.app.state.door.links.make(person)
    found = Browser(server)
    assert (await found("POST", "/v1/sign-in/link", {"link": word}))[0] == 200
    return found


async def added(server: Served, browser: Browser, **more: Any) -> Device:
    """A device whose passkey is kept."""
    device = Device(server.url, **more)
    _, asked = await browser("POST", "/v1/me/passkeys/options")
    made = device.make(asked["options"])
    status, said = await browser("POST", "/v1/me/passkeys", {"credential": made, "name": "Phone"})
    assert status == 200, said
    return device


async def options(browser: Browser) -> dict[str, Any]:
    status, said = await browser("POST", "/v1/sign-in/passkey/options")
    assert status == 200
    found: dict[str, Any] = said["options"]
    return found


async def enters(browser: Browser, credential: Any) -> tuple[int, str]:
    """Sign in with what a device said: the status, and who one is or what was wrong."""
    status, said = await browser("POST", "/v1/sign-in/passkey", {"credential": credential})
    return status, said["person"] if status == 200 else said["error"]["code"]


async def test_a_passkey_is_made_and_signs_in(server: Served) -> None:
    anna = await signed(server)
    before = anna.word
    _, asked = await anna("POST", "/v1/me/passkeys/options")
    wanted = asked["options"]
    assert wanted["rp"] == {"id": "localhost", "name": "musespark"}
    assert wanted["authenticatorSelection"]["userVerification"] == "required"
    assert wanted["authenticatorSelection"]["residentKey"] == "required"
    assert plain(wanted["user"]["id"]) != b"anna"
    device = Device(server.url)
    body = {"credential": device.make(wanted), "name": " My   phone "}
    status, said = await anna("POST", "/v1/me/passkeys", body)
    assert (status, said["name"], said["host"]) == (200, "My phone", "localhost")
    assert next(m.value for m in anna.cookies.values() if m.value != before)
    port = server.url.rpartition(":")[2]
    assert anna.cookies[f"musespark_{port}"].value != before
    assert (await server.json("GET", "/v1/sign-in"))[1]["passkey"] is True
    assert (await server.json("GET", "/v1/session"))[0] == 401, "everybody has to sign in now"
    phone = Browser(server)
    assert await enters(phone, device.use(await options(phone))) == (200, "anna")
    assert (await phone("GET", "/v1/session"))[1]["by"] == "session"
    _, listed = await anna("GET", "/v1/me/passkeys")
    assert [(row["name"], bool(row["used"])) for row in listed["data"]] == [("My phone", True)]
    assert "key" not in "".join(listed["data"][0])
    deeds = [row["deed"] for row in await audit.of(server.app.state.door.store, "anna", 3)]
    assert "passkey_added" in deeds
    assert "signed_in" in deeds


async def test_an_answer_is_used_once(server: Served) -> None:
    device = await added(server, await signed(server))
    phone = Browser(server)
    answer = device.use(await options(phone))
    held = copy.deepcopy(phone.cookies)
    assert (await enters(phone, answer))[0] == 200
    phone.cookies = held
    assert await enters(phone, answer) == (401, "passkey_unknown")
    # Eight at once: one gets in.
    answer = device.use(await options(phone))
    found = await asyncio.gather(*(enters(copy.copy(phone), answer) for _ in range(8)))
    assert sorted(status for status, _ in found) == [200] + [401] * 7


async def test_an_answer_counts_in_the_browser_that_was_asked(server: Served) -> None:
    device = await added(server, await signed(server))
    asked, other = Browser(server), Browser(server)
    answer = device.use(await options(asked))
    assert await enters(other, answer) == (401, "passkey_unknown")
    await options(other)
    assert await enters(other, answer) == (401, "passkey_unknown")
    assert (await enters(asked, answer))[0] == 200


@pytest.mark.parametrize(
    "wrong",
    [{"origin": "https://evil.example"}, {"origin": "http://localhost:1"}, {"origin": ""},
     {"host": "evil.example"}, {"host": "localhost.evil.example"}, {"flags": UP}, {"flags": UV},
     {"flags": 0}, {"challenge": b64(b"x" * 32)}, {"challenge": ""}, {"challenge": 7},
     {"type": "webauthn.create"}, {"type": "payment.get"}],
    ids=str,
)  # fmt: skip
async def test_what_is_wrong_opens_nothing(server: Served, wrong: dict[str, Any]) -> None:
    anna = await signed(server)
    device = await added(server, anna)
    phone = Browser(server)
    assert await enters(phone, device.use(await options(phone), **wrong)) == (
        401, "passkey_unknown",
    )  # fmt: skip
    kind = {"webauthn.create": "webauthn.get"}.get(wrong.get("type", ""), wrong.get("type"))
    wrong = wrong | ({"type": kind} if kind else {})
    _, asked = await anna("POST", "/v1/me/passkeys/options")
    body = {"credential": Device(server.url).make(asked["options"], **wrong)}
    status, said = await anna("POST", "/v1/me/passkeys", body)
    assert (status, said["error"]["code"]) == (400, "passkey_refused")


async def test_another_key_opens_nothing(server: Served) -> None:
    device = await added(server, await signed(server))
    thief = Device(server.url)
    thief.id, thief.handle, thief.count = device.id, device.handle, 50
    phone = Browser(server)
    assert (await enters(phone, thief.use(await options(phone))))[0] == 401
    assert (await enters(phone, Device(server.url).use(await options(phone))))[0] == 401
    device.handle = b"somebody else"
    assert (await enters(phone, device.use(await options(phone))))[0] == 401


async def test_a_copied_device_is_noticed(server: Served) -> None:
    device = await added(server, await signed(server))
    phone = Browser(server)
    assert (await enters(phone, device.use(await options(phone))))[0] == 200
    device.count -= 1
    assert (await enters(phone, device.use(await options(phone))))[0] == 401
    assert (await enters(phone, device.use(await options(phone))))[0] == 200
    # One that does not count, as those that are synced, signs in again and again.
    synced = await added(server, await signed(server, "berta"), counts=False)
    for _ in range(3):
        assert await enters(phone, synced.use(await options(phone))) == (200, "berta")


async def test_a_passkey_is_one_persons(server: Served) -> None:
    anna, berta = await signed(server), await signed(server, "berta")
    device = await added(server, anna)
    row = (await anna("GET", "/v1/me/passkeys"))[1]["data"][0]
    assert (await berta("GET", "/v1/me/passkeys"))[1]["data"] == []
    for method, body in (("PATCH", {"name": "mine"}), ("DELETE", None)):
        assert (await berta(method, f"/v1/me/passkeys/{row['id']}", body))[0] == 404
    # The same passkey for another person is refused, and so is what another one was asked for.
    _, asked = await berta("POST", "/v1/me/passkeys/options")
    status, said = await berta(
        "POST", "/v1/me/passkeys", {"credential": device.make(asked["options"])}
    )
    assert (status, said["error"]["code"]) == (409, "passkey_known")
    _, asked = await anna("POST", "/v1/me/passkeys/options")
    for name, held in anna.cookies.items():
        if name.endswith("_asked"):
            berta.cookies[name] = held.value
    made = Device(server.url).make(asked["options"])
    status, said = await berta("POST", "/v1/me/passkeys", {"credential": made})
    assert (status, said["error"]["code"]) == (400, "passkey_refused")


async def test_several_are_named_and_removed(server: Served) -> None:
    anna = await signed(server)
    first, _ = await added(server, anna), await added(server, anna)
    _, asked = await anna("POST", "/v1/me/passkeys/options")
    assert len(asked["options"]["excludeCredentials"]) == 2, "a device makes no second one"
    rows = (await anna("GET", "/v1/me/passkeys"))[1]["data"]
    status, said = await anna("PATCH", f"/v1/me/passkeys/{rows[1]['id']}", {"name": "Old  phone"})
    assert (status, said["name"]) == (200, "Old phone")
    assert (await anna("PATCH", f"/v1/me/passkeys/{rows[1]['id']}", {"name": "  "}))[0] == 400
    assert (await anna("DELETE", f"/v1/me/passkeys/{rows[1]['id']}"))[0] == 200
    assert len((await anna("GET", "/v1/me/passkeys"))[1]["data"]) == 1
    phone = Browser(server)
    assert (await enters(phone, first.use(await options(phone))))[0] == 401


@pytest.mark.parametrize(
    "credential",
    [{}, {"rawId": 1}, {"rawId": "ü"}, {"rawId": "AA", "response": None},
     {"rawId": "AA", "response": {"clientDataJSON": "e30"}},
     {"rawId": "AA", "response": {"clientDataJSON": "W10"}},
     {"rawId": "AA", "response": {"clientDataJSON": b64(b'{"challenge": "' + b"x" * 999 + b'"}')}},
     {"rawId": "A" * 9000, "response": {"clientDataJSON": b64(b"\xff" * 99)}}],
)  # fmt: skip
async def test_broken_answers_are_refused(server: Served, credential: Any) -> None:
    phone = Browser(server)
    await options(phone)
    assert await enters(phone, credential) == (401, "passkey_unknown")
    anna = await signed(server)
    await anna("POST", "/v1/me/passkeys/options")
    status, _ = await anna("POST", "/v1/me/passkeys", {"credential": credential})
    assert status == 400


async def test_hostile_attestations_are_refused(server: Served) -> None:
    """Bytes that parsers break on, each in answer to the right challenge."""
    anna = await signed(server)
    for bad in (b"", b"\xff" * 64, b"\x9f" * 3000, b"\xa3cfmtctpmgattStmt\xa0hauthData@",
                b"\xa3cfmtfpackedgattStmt\xa2calg&csig@hauthDataX\x25" + bytes(37)):  # fmt: skip
        _, asked = await anna("POST", "/v1/me/passkeys/options")
        made = Device(server.url).make(asked["options"])
        made["response"]["attestationObject"] = b64(bad)
        status, said = await anna("POST", "/v1/me/passkeys", {"credential": made})
        assert (status, said["error"]["code"]) == (400, "passkey_refused"), bad


async def test_what_is_asked_says_nothing_of_anybody(server: Served) -> None:
    phone = Browser(server)
    before = await options(phone)
    await added(server, await signed(server))
    after = await options(phone)
    assert before.pop("challenge") != after.pop("challenge")
    assert before == after
    assert after.get("allowCredentials", []) == []


async def test_by_number_there_are_none(server: Served) -> None:
    there = server.url.replace("localhost", "127.0.0.1")
    async with server.http.post(there + "/v1/sign-in/passkey/options") as response:
        assert response.status == 400
        assert "passkeys_want_a_name" in await response.text()


@pytest.mark.parametrize(
    ("host", "name", "origins"),
    [("localhost:8765", "localhost", ["https://localhost:8765", "http://localhost:8765"]),
     ("Spark.Example", "spark.example", ["https://spark.example"]),
     ("a.localhost", "a.localhost", ["https://a.localhost", "http://a.localhost"]),
     ("spark.example:8443", "spark.example", ["https://spark.example:8443"])],
)  # fmt: skip
def test_places(host: str, name: str, origins: list[str]) -> None:
    assert (place_of(host).host, place_of(host).origins) == (name, origins)


@pytest.mark.parametrize("host", ["", "127.0.0.1", "127.0.0.1:80", "[::1]:80", "[::1]", "::1", "ü",
                                  "x" * 300])  # fmt: skip
def test_no_places(host: str) -> None:
    with pytest.raises(Problem, match="Passkeys cannot be used"):
        place_of(host)
