"""Signing in by password, own sessions, invitations over HTTP, and who tries to get in anyway."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import argon2
import pytest

from musespark import audit
from musespark.api import ROUTES
from musespark.passwords import Passwords
from musespark.settings import Settings
from musespark.signing import own_page
from served import Served, own_home, served
from visitor import Browser

GOOD = "correct horse battery"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"  # noqa: E501
CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
TABLES = ("passwords", "passkeys", "accounts", "sessions", "links", "keys")


@pytest.fixture(scope="module")
def own() -> Iterator[Settings]:
    """A home of its own: once somebody can sign in, everybody has to."""
    with own_home(MUSESPARK_PROXIES="127.0.0.1") as settings:
        yield settings


@pytest.fixture
async def server(own: Settings) -> AsyncIterator[Served]:
    async with served(own) as running:
        door = running.app.state.door
        door.passwords.close()
        door.passwords = Passwords(door.store, CHEAP)
        yield running
        for person in ("anna", "berta", "owner"):
            for table in TABLES:
                await door.store.rows(person, f"delete from {table} where person = %s", person)


_last = 0


def somewhere() -> str:
    """An address that nobody has used yet: attempts are counted by it."""
    global _last
    _last += 1
    return f"198.51.{_last // 250}.{_last % 250 + 1}"


def browser(server: Served, **headers: str) -> Browser:
    return Browser(server, **{"X-Forwarded-For": somewhere(), "User-Agent": FIREFOX} | headers)


async def known(server: Served, person: str = "anna", login: str = "") -> None:
    """A person with a password."""
    await server.app.state.door.passwords.change(person, login or person, GOOD)
    server.app.state.door.keys.changed()


async def signed(server: Served, person: str = "anna", **headers: str) -> Browser:
    """A browser of that person."""
    found = browser(server, **headers)
    status, said = await found("POST", "/v1/sign-in/password", {"login": person, "password": GOOD})
    assert status == 200, said
    return found


async def aged(server: Served, person: str, age: timedelta) -> None:
    """The person signed in so long ago."""
    door = server.app.state.door
    await door.store.rows(person, "update sessions set proven = proven - %s", age)
    door.sessions._known.clear()


async def deeds(server: Served, person: str) -> list[str]:
    return [row["deed"] for row in await audit.of(server.app.state.door.store, person, 5)]


async def test_a_password_signs_in(server: Served) -> None:
    await known(server, "anna", "Anna@Home")
    anna = browser(server)
    assert (await anna("GET", "/v1/session"))[0] == 401
    body = {"login": "anna@home", "password": GOOD}
    status, said = await anna("POST", "/v1/sign-in/password", body)
    assert (status, said) == (200, {"object": "session", "person": "anna", "manage": False})
    for part in ("HttpOnly", "SameSite=Strict", "Path=/"):
        assert part in anna.set
    assert anna.response.headers["cache-control"] == "no-store"
    status, said = await anna("GET", "/v1/session")
    assert (said["person"], said["by"]) == ("anna", "session")
    assert (await deeds(server, "anna"))[0] == "signed_in"
    # Over https, also behind a proxy, the cookie is one that no other host can have set.
    safe = browser(server, Origin=server.url.replace("http:", "https:"))
    await safe("POST", "/v1/sign-in/password", body)
    assert safe.set.startswith("__Host-musespark")
    assert "; Secure" in safe.set


async def test_nobody_learns_who_is_here(server: Served) -> None:
    """The same status, words and headers for a wrong password and for nobody, and as long as one
    tries again and again; how much work it is, test_passwords counts."""
    await known(server)
    for address in (somewhere(), somewhere()):
        told = []
        for login in ("anna", "zeno"):
            found = []
            for _ in range(7):
                visitor = Browser(server, **{"X-Forwarded-For": address})
                body = {"login": login, "password": "wrong words here"}
                status, said = await visitor("POST", "/v1/sign-in/password", body)
                headers = {k: v for k, v in visitor.response.headers.items() if k != "Date"}
                found.append((status, said, headers))
            told.append(found)
        assert told[0] == told[1]
        assert [status for status, _, _ in told[0]] == [401] * 5 + [429] * 2
        assert int(told[0][-1][2]["Retry-After"]) >= 1


async def test_guessing_waits_and_is_told_to_the_person(server: Served) -> None:
    await known(server)
    thief = browser(server)
    for _ in range(5):
        status, _ = await thief(
            "POST", "/v1/sign-in/password", {"login": "anna", "password": "guess and guess"}
        )
        assert status == 401
    # Even the right one waits now; from elsewhere it does not.
    body = {"login": "anna", "password": GOOD}
    status, said = await thief("POST", "/v1/sign-in/password", body)
    assert (status, said["error"]["code"]) == (429, "too_many_attempts")
    assert "Retry-After" in thief.response.headers
    assert "Set-Cookie" not in thief.response.headers
    await signed(server)
    await asyncio.gather(*server.engine._late)
    assert sorted((await deeds(server, "anna"))[:2]) == ["sign_in_failed", "signed_in"]
    assert GOOD not in str(await audit.of(server.app.state.door.store, "anna"))


async def test_a_planted_cookie_is_never_adopted(server: Served) -> None:
    await known(server)
    await known(server, "berta")
    thief = await signed(server, "berta")
    port = server.url.rpartition(":")[2]
    for planted in (thief.word, "A" * 43, "", "x; y"):
        victim = browser(server)
        victim.cookies[f"musespark_{port}"] = planted
        await victim("POST", "/v1/sign-in/password", {"login": "anna", "password": GOOD})
        assert victim.word != planted
        assert (await victim("GET", "/v1/session"))[1]["person"] == "anna"
        assert (await thief("GET", "/v1/session"))[0] == 401, "the one before has ended"


async def test_what_changes_what_signs_in_changes_the_cookie(server: Served) -> None:
    await known(server)
    anna, other = await signed(server), await signed(server)
    before = anna.word
    body = {"password": "another good passphrase"}
    status, said = await anna("PUT", "/v1/me/password", body)
    assert (status, said["set"], said["login"], said["ended"]) == (200, True, "anna", 1)
    assert anna.word != before
    assert (await anna("GET", "/v1/session"))[0] == 200
    assert (await other("GET", "/v1/session"))[0] == 401
    port = server.url.rpartition(":")[2]
    anna.cookies[f"musespark_{port}"] = before
    assert (await anna("GET", "/v1/session"))[0] == 401
    status, _ = await browser(server)(
        "POST", "/v1/sign-in/password", {"login": "anna", "password": GOOD}
    )
    assert status == 401
    assert "password_changed" in await deeds(server, "anna")


async def test_who_signed_in_a_while_ago_proves_it_again(server: Served) -> None:
    await known(server)
    anna = await signed(server)
    await aged(server, "anna", timedelta(minutes=16))
    new = {"password": "another good passphrase"}
    named = server.url.removeprefix("http://").replace("127.0.0.1", "localhost")
    for method, path, body in (
        ("PUT", "/v1/me/password", new),
        ("DELETE", "/v1/me/password", None),
        ("POST", "/v1/me/accounts", {"provider": "x"}),
        ("DELETE", "/v1/me/accounts/x", None),
        ("DELETE", "/v1/me/passkeys/x", None),
        ("POST", "/v1/me/passkeys", {"credential": {}}),
    ):
        status, said = await anna(method, path, body, Host=named)
        assert (status, said["error"]["code"]) == (403, "prove_again"), path
    status, said = await anna("PUT", "/v1/me/password", {**new, "before": "wrong"})
    assert (status, said["error"]["code"]) == (401, "wrong_password")
    assert (await anna("PUT", "/v1/me/password", {**new, "before": GOOD}))[0] == 200
    assert (await anna("GET", "/v1/me/password"))[1]["set"] is True


async def test_the_first_password_closes_the_server_and_signs_in(server: Served) -> None:
    owner = Browser(server)
    assert (await owner("GET", "/v1/session"))[1]["by"] == "machine"
    assert (await server.json("GET", "/v1/sign-in"))[1] == {
        "object": "sign_in", "key": False, "password": False, "passkey": False, "providers": [],
    }  # fmt: skip
    status, said = await owner("PUT", "/v1/me/password", {"password": GOOD})
    assert (status, said["login"]) == (200, "owner")
    assert (await owner("GET", "/v1/session"))[1]["by"] == "session"
    assert (await server.json("GET", "/v1/session"))[0] == 401
    assert (await server.json("GET", "/v1/sign-in"))[1]["password"] is True
    status, said = await owner("DELETE", "/v1/me/password")
    assert (status, said["deleted"]) == (200, True)
    assert (await server.json("GET", "/v1/session"))[1]["by"] == "machine"


async def test_sessions_are_seen_and_ended(server: Served) -> None:
    await known(server)
    await known(server, "berta")
    anna, phone = await signed(server), await signed(server, **{"User-Agent": IPHONE})
    berta = await signed(server, "berta")
    _, said = await anna("GET", "/v1/me/sessions")
    assert {(row["browser"], row["current"], row["way"]) for row in said["data"]} == {
        ("Firefox on Linux", True, "password"), ("Safari on iPhone", False, "password"),
    }  # fmt: skip
    for word in (anna.word, phone.word):
        assert word not in str(said)
    other = next(row["id"] for row in said["data"] if not row["current"])
    assert (await berta("DELETE", f"/v1/me/sessions/{other}"))[0] == 404
    assert (await phone("GET", "/v1/session"))[0] == 200
    assert (await anna("DELETE", f"/v1/me/sessions/{other}"))[0] == 200
    assert (await phone("GET", "/v1/session"))[0] == 401
    assert (await anna("DELETE", f"/v1/me/sessions/{other}"))[0] == 404
    await signed(server)
    await signed(server)
    status, said = await anna("DELETE", "/v1/me/sessions")
    assert (status, said["ended"]) == (200, 2)
    assert len((await anna("GET", "/v1/me/sessions"))[1]["data"]) == 1
    assert (await berta("GET", "/v1/session"))[0] == 200
    assert (await deeds(server, "anna"))[0] == "session_ended"


async def test_no_other_sites_page_may_do_any_of_it(server: Served) -> None:
    """Every route that signs in or changes what does, as a page of another site would send it."""
    await known(server)
    anna = await signed(server)
    paths = [
        (method, path.replace("{id}", "x").replace("{provider}", "x"))
        for method, path, _ in ROUTES
        if method != "GET" and path.startswith(("/v1/sign-in", "/v1/me/", "/v1/links"))
    ]
    assert len(paths) > 15
    for method, path in paths:
        for headers in (
            {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"},
            {"Sec-Fetch-Site": "same-site", "Origin": server.url + "0"},
            {"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
            {"Sec-Fetch-Site": "", "Origin": "null"},
        ):
            status, said = await anna(method, path, {}, **headers)
            assert (status, said["error"]["code"]) == (403, "not_our_page"), (method, path, headers)
            assert "Set-Cookie" not in anna.response.headers
    assert (await anna("GET", "/v1/session"))[0] == 200


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"login": 1}', b'{"login": "", "password": ""}', b'{"login": "a"}',
     b'{"login": "a", "password": "b", "c": 1}',
     b'{"password": "x", "login": "' + b"x" * 300 + b'"}',
     b'{"login": "a", "password": "' + b"x" * 5000 + b'"}', b"\xff\xfe", b"x" * 70_000],
)  # fmt: skip
async def test_broken_requests_are_no_attempt(server: Served, body: bytes) -> None:
    async with server.http.post(server.url + "/v1/sign-in/password", data=body) as response:
        assert response.status in (400, 413)
        assert "Set-Cookie" not in response.headers


async def test_hostile_words_do_nothing(server: Served) -> None:
    await known(server)
    for login in ("anna\0", "' or 1=1 --", "\u202eanna", "anna" + "\u0301" * 90, "😀" * 40):
        status, _ = await browser(server)(
            "POST", "/v1/sign-in/password", {"login": login, "password": GOOD}
        )
        assert status == 401, login


async def test_an_invitation_makes_a_person(server: Served) -> None:
    await known(server, "owner")
    owner = await signed(server, "owner")
    new = {"role": "creator", "name": "  Berta   Beispiel "}
    status, made = await owner("POST", "/v1/links", new)
    assert (status, made["role"], made["name"]) == (200, "creator", "Berta Beispiel")
    base, _, word = made["url"].partition("/sign-in#")
    assert base == server.url
    _, listed = await owner("GET", "/v1/links")
    assert [row["id"] for row in listed["data"]] == [made["id"]]
    assert word not in str(listed)
    berta = browser(server)
    status, said = await berta("POST", "/v1/sign-in/link", {"link": word})
    assert (status, said["person"], said["manage"]) == (200, made["person"], False)
    _, said = await berta("GET", "/v1/session")
    assert said["role"] == "creator"
    body = {"password": GOOD, "login": "Berta"}
    assert (await berta("PUT", "/v1/me/password", body))[1]["login"] == "berta"
    assert (await signed(server, "berta")).cookies
    assert (await owner("GET", "/v1/links"))[1]["data"] == []
    await server.app.state.door.passwords.forget(made["person"])


async def test_who_may_invite_whom(server: Served) -> None:
    for person in ("owner", "anna"):
        await known(server, person)
    owner, anna = await signed(server, "owner"), await signed(server)
    status, said = await anna("POST", "/v1/links", {"role": "guest"})
    assert (status, said["error"]["code"]) == (403, "not_a_manager")
    _, made = await owner("POST", "/v1/links", {"role": "manager", "name": "Max"})
    max_ = browser(server)
    await max_("POST", "/v1/sign-in/link", {"link": made["url"].partition("#")[2]})
    for role, status in (("owner", 400), ("manager", 403), ("creator", 200), ("guest", 200)):
        assert (await max_("POST", "/v1/links", {"role": role}))[0] == status, role
    # A link for who is here lets one in as them: for the owner alone.
    assert (await max_("POST", "/v1/links", {"person": "anna"}))[0] == 403
    assert (await max_("POST", "/v1/links", {"person": "owner"}))[0] == 403
    status, made = await owner("POST", "/v1/links", {"person": "anna"})
    assert (status, made["minutes"]) == (200, 15)
    assert (await deeds(server, "anna"))[0] == "link_created"
    assert (await max_("DELETE", f"/v1/links/{made['id']}"))[0] == 404
    assert (await owner("DELETE", f"/v1/links/{made['id']}"))[0] == 200
    used = {"link": made["url"].partition("#")[2]}
    assert (await browser(server)("POST", "/v1/sign-in/link", used))[0] == 401
    for body in ({}, {"person": "anna", "role": "guest"}, {"role": "king"}, {"hours": 5},
                 {"role": "guest", "hours": 0}):  # fmt: skip
        assert (await owner("POST", "/v1/links", body))[0] == 400, body
    # What a manager made is worth nothing once they are no manager any more.
    _, made = await max_("POST", "/v1/links", {"role": "member"})
    who = (await max_("GET", "/v1/session"))[1]["person"]
    store = server.app.state.door.store
    await store.rows("owner", "select change_person(%s, null, 'member')", who)
    used = {"link": made["url"].partition("#")[2]}
    assert (await browser(server)("POST", "/v1/sign-in/link", used))[0] == 401


async def test_who_has_ended_does_not_come_in(server: Served) -> None:
    door = server.app.state.door
    await door.store.rows("owner", "select add_person('carla', 'Carla', 'member', '', '')")
    await known(server, "carla")
    carla = await signed(server, "carla")
    await door.store.rows("owner", "select end_person('carla', true)")
    door.people.changed("carla")
    assert (await carla("GET", "/v1/session"))[0] in (401, 403)
    status, said = await browser(server)(
        "POST", "/v1/sign-in/password", {"login": "carla", "password": GOOD}
    )
    assert (status, said["error"]["code"]) == (403, "person_ended")
    await server.app.state.door.passwords.forget("carla")


@pytest.mark.parametrize(
    ("path", "found"),
    [("/", "/"), ("/manage/keys?a=b&c=%20d#e", "/manage/keys?a=b&c=%20d#e"), ("/c/ü", "/c/%C3%BC"),
     ("", "/"), ("//evil.example", "/"), ("https://evil.example", "/"), ("/\\evil.example", "/"),
     ("\\\\evil.example", "/"), ("javascript:alert(1)", "/"), ("/\r\nSet-Cookie: a=b", "/"),
     ("/\t/evil.example", "/"), (" //evil.example", "/"), ("evil.example", "/"),
     ("http:/evil.example", "/"), ("/[", "/%5B"), ("//[", "/")],
)  # fmt: skip
def test_it_leads_to_no_other_site(path: str, found: str) -> None:
    assert own_page(path) == found
