"""Signing in at a provider: the whole way, and every turn on it that somebody else could take."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from musespark.openid import OpenId, safe
from musespark.problem import Problem
from musespark.settings import OpenIdProvider, Secret, Settings, read
from provider import SECRET, Provider, provider
from served import Served, own_home, served
from visitor import Browser


class Two:
    """A server with two providers: `open` lets people in whom nobody knows, `shut` does not."""

    def __init__(self, server: Served, open_: Provider, shut: Provider) -> None:
        self.server, self.open, self.shut = server, open_, shut

    async def start(self, browser: Browser, name: str = "open", **body: Any) -> str:
        status, said = await browser("POST", f"/v1/sign-in/openid/{name}", body)
        assert status == 200, said
        url: str = said["url"]
        return url

    async def back(self, browser: Browser, address: str) -> str:
        """Come back from the provider: where that leads."""
        path = address.removeprefix(self.server.url)
        assert path != address
        # What a browser sends on its way back from another site: no Strict cookie.
        kept = {k: v for k, v in browser.cookies.items() if k.endswith("_asked")}
        strict = {k: v for k, v in browser.cookies.items() if k not in kept}
        browser.cookies.clear()
        browser.cookies.update(kept)
        headers = {"Sec-Fetch-Site": "cross-site", "Origin": ""}
        where = await browser.led("GET", path, **headers)
        for name, morsel in strict.items():
            browser.cookies.setdefault(name, morsel)
        return where

    async def whole(self, browser: Browser, name: str = "open", **body: Any) -> str:
        there: Provider = getattr(self, name)
        return await self.back(browser, there.go(await self.start(browser, name, **body)))


@pytest.fixture(scope="module")
def folder() -> Any:
    with own_home() as settings:
        yield settings.home


@pytest.fixture
async def two(folder: Path) -> AsyncIterator[Two]:
    async with provider() as open_, provider() as shut:
        settings: Settings = msgspec.structs.replace(
            read({"MUSESPARK_HOME": str(folder)}),
            openid={
                name: OpenIdProvider(
                    issuer=each.url, client_id="musespark", client_secret=Secret(SECRET),
                    name=name.title(), role="member" if name == "open" else "",
                )
                for name, each in (("open", open_), ("shut", shut))
            },
        )  # fmt: skip
        async with served(settings) as server:
            yield Two(server, open_, shut)
            store = server.app.state.door.store
            rows = await store.rows("owner", "select person from people_seen('', '', '', 1000)")
            for person in {row["person"] for row in rows}:
                for table in ("accounts", "sessions", "links"):
                    await store.rows(person, f"delete from {table} where person = %s", person)


async def who(browser: Browser) -> str:
    status, said = await browser("GET", "/v1/session")
    return said["person"] if status == 200 and said["by"] == "session" else ""


async def test_somebody_new_comes_in_and_comes_again(two: Two) -> None:
    anna = Browser(two.server)
    assert await two.whole(anna, next="/manage/keys?a=b") == "/manage/keys?a=b"
    person = await who(anna)
    assert person.startswith("person_"), "not their number there, nor their name or address"
    assert (await anna("GET", "/v1/session"))[1]["role"] == "member"
    again = Browser(two.server)
    assert await two.whole(again) == "/"
    assert await who(again) == person
    _, listed = await again("GET", "/v1/me/accounts")
    assert [(row["provider"], row["name"]) for row in listed["data"]] == [("open", "Anna")]
    assert {each["id"] for each in listed["providers"]} == {"open", "shut"}
    assert [each["name"] for each in (await two.server.json("GET", "/v1/sign-in"))[1]["providers"]
            ] == ["Open", "Shut"]  # fmt: skip


async def test_who_nobody_knows_stays_out(two: Two) -> None:
    browser = Browser(two.server)
    assert (await two.whole(browser, "shut")).startswith("/sign-in?fault=not_invited")
    assert await who(browser) == ""
    # Nor by the address of somebody who is here: only what the provider numbers counts.
    assert await two.whole(Browser(two.server)) == "/"
    assert (await two.whole(browser, "shut")).startswith("/sign-in?fault=not_invited")


async def test_an_account_is_connected_and_removed(two: Two) -> None:
    door = two.server.app.state.door
    anna = Browser(two.server)
    _, word = await door.links.make("anna")
    await anna("POST", "/v1/sign-in/link", {"link": word})
    status, said = await anna("POST", "/v1/me/accounts", {"provider": "shut", "next": "/me"})
    assert status == 200
    assert await two.back(anna, two.shut.go(said["url"])) == "/me"
    later = Browser(two.server)
    assert await two.whole(later, "shut") == "/"
    assert await who(later) == "anna"
    # Another person cannot take it.
    _, word = await door.links.make("berta")
    berta = Browser(two.server)
    await berta("POST", "/v1/sign-in/link", {"link": word})
    _, said = await berta("POST", "/v1/me/accounts", {"provider": "shut"})
    led = await two.back(berta, two.shut.go(said["url"]))
    assert led.startswith("/sign-in?fault=account_taken")
    row = (await anna("GET", "/v1/me/accounts"))[1]["data"][0]
    assert (await berta("DELETE", f"/v1/me/accounts/{row['id']}"))[0] == 404
    assert (await anna("DELETE", f"/v1/me/accounts/{row['id']}"))[0] == 200
    assert (await two.whole(Browser(two.server), "shut")).startswith("/sign-in?fault=not_invited")


async def test_what_comes_back_counts_once_and_in_one_browser(two: Two) -> None:
    anna, thief = Browser(two.server), Browser(two.server)
    address = two.open.go(await two.start(anna))
    fault = "/sign-in?fault=openid_refused"
    # In a browser that did not ask, and in one that asked something else.
    assert (await two.back(thief, address)).startswith(fault)
    await two.start(thief)
    assert (await two.back(thief, address)).startswith(fault)
    assert await two.back(anna, address) == "/"
    assert (await two.back(anna, address)).startswith(fault), "the same again"
    # A thief's own answer put under the victim's hands signs nobody in as the thief.
    bait = two.open.go(await two.start(thief))
    victim = Browser(two.server)
    assert (await two.back(victim, bait)).startswith(fault)
    assert await who(victim) == ""


async def test_a_state_that_is_another_ones(two: Two) -> None:
    anna = Browser(two.server)
    address = two.open.go(await two.start(anna))
    base, _, query = address.partition("?")
    code = parse_qs(query)["code"][0]
    for state in ("", "x", "A" * 43, "ü", "x" * 199):
        path = f"{base}?code={code}&state={state}"
        assert (await two.back(anna, path)).startswith("/sign-in?fault=openid_refused")
    assert (await two.back(anna, base)).startswith("/sign-in?fault=openid_refused")
    assert (await two.back(anna, f"{base}?error=access_denied")).startswith("/sign-in?fault=")


async def test_a_code_is_used_once(two: Two) -> None:
    """The provider refuses a code that it has seen, though the state is a fresh one."""
    anna, other = Browser(two.server), Browser(two.server)
    address = two.open.go(await two.start(anna))
    assert await two.back(anna, address) == "/"
    code = parse_qs(urlsplit(address).query)["code"][0]
    fresh = two.open.go(await two.start(other))
    own = parse_qs(urlsplit(fresh).query)["code"][0]
    assert (await two.back(other, fresh.replace(own, code))).startswith("/sign-in?fault=")
    assert await who(other) == ""


async def test_two_providers_are_not_mixed_up(two: Two) -> None:
    """What was asked of one is not taken from the other, by its callback or by its `iss`."""
    anna = Browser(two.server)
    address = two.open.go(await two.start(anna))
    mixed = address.replace("/openid/open/", "/openid/shut/")
    assert (await two.back(anna, mixed)).startswith("/sign-in?fault=openid_refused")
    assert (
        await two.back(anna, address + f"&iss={two.shut.url}")
        == "/sign-in?fault=openid_refused&next=%2F"
    )
    address = two.open.go(await two.start(anna))
    assert await two.back(anna, address + f"&iss={two.open.url}") == "/"
    two.server.app.state.door.providers["open"]._about[1][
        "authorization_response_iss_parameter_supported"
    ] = True
    assert (await two.whole(anna)).startswith("/sign-in?fault=openid_refused")


@pytest.mark.parametrize(
    "wrong",
    ["none", "public", "secret", "shared", "stranger", "unknown", "enclosed", "cut", "page",
     "huge", "redirect"],
)  # fmt: skip
async def test_tokens_that_are_not_the_providers(two: Two, wrong: str) -> None:
    two.open.wrong.add(wrong)
    browser = Browser(two.server)
    assert (await two.whole(browser)).startswith("/sign-in?fault=openid_")
    assert await who(browser) == ""


@pytest.mark.parametrize(
    "claims",
    [{"iss": "https://evil.example"}, {"aud": "another"}, {"aud": []}, {"aud": None},
     {"aud": ["musespark", "another"]}, {"aud": ["musespark", "another"], "azp": "another"},
     {"azp": "another"}, {"exp": 1}, {"exp": None}, {"exp": "soon"}, {"iat": None},
     {"iat": 99_999_999_999}, {"nbf": 99_999_999_999}, {"nonce": None}, {"nonce": "another"},
     {"nonce": 7}, {"sub": None}, {"sub": ""}, {"sub": 7}, {"sub": "x" * 300}],
    ids=str,
)  # fmt: skip
async def test_tokens_that_say_something_else(two: Two, claims: dict[str, Any]) -> None:
    two.open.claims = claims
    browser = Browser(two.server)
    assert (await two.whole(browser)).startswith("/sign-in?fault=openid_refused")
    assert await who(browser) == ""


async def test_a_new_key_is_fetched_once_in_a_while(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await two.whole(Browser(two.server)) == "/"
    two.open.key, two.open.kid = rsa.generate_private_key(65_537, 2048), "k2"
    for _ in range(3):
        assert (await two.whole(Browser(two.server))).startswith("/sign-in?fault=")
    assert two.open.jwks_asked == 1
    monkeypatch.setattr("musespark.openid._AGAIN", 0.0)
    assert await two.whole(Browser(two.server)) == "/"
    assert two.open.jwks_asked == 2


async def test_a_provider_that_cannot_be_asked(two: Two) -> None:
    door = two.server.app.state.door
    two.open.published = {"issuer": "https://somebody.example"}
    status, said = await Browser(two.server)("POST", "/v1/sign-in/openid/open", {})
    assert (status, said["error"]["code"]) == (502, "openid_unreachable")
    two.open.published = {"token_endpoint": "http://far.example/token"}
    assert (await Browser(two.server)("POST", "/v1/sign-in/openid/open", {}))[0] == 502
    door.providers["open"].settings = msgspec.structs.replace(
        door.providers["open"].settings, issuer="http://127.0.0.1:1"
    )
    assert (await Browser(two.server)("POST", "/v1/sign-in/openid/open", {}))[0] == 502
    assert (await Browser(two.server)("POST", "/v1/sign-in/openid/nobody", {}))[0] == 404


async def test_it_leads_to_no_other_site(two: Two) -> None:
    for next_ in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:x"):
        assert await two.whole(Browser(two.server), next=next_) == "/"


def test_secrets_go_over_https_alone() -> None:
    assert safe("https://login.example/a")
    assert safe("http://localhost:9/a")
    for url in ("http://login.example", "ftp://localhost", "https://", "", None, 7, "https://["):
        assert not safe(url)


def test_providers_come_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(
        '[openid.work]\nissuer = "https://login.example"\nclient_id = "m"\n'
        f'client_secret = "{SECRET}"\nrole = "guest"\n'
    )
    found = read({"MUSESPARK_HOME": str(tmp_path)})
    assert found.openid["work"].client_secret.reveal() == SECRET
    assert SECRET not in repr(found)
    for bad in ('[openid."a/b"]\nissuer = "x"\nclient_id = "m"', "[openid.x]\nissuer = 'x'",
                "[openid.x]\nissuer = 'x'\nclient_id = 'm'\nrole = 'owner'", 'proxies = "here"',
                "[openid.x]\nissuer = 'x'\nclient_id = 'm'\nsecret = 'owner'"):  # fmt: skip
        (tmp_path / "settings.toml").write_text(bad + "\n")
        with pytest.raises(Exception, match=r"setting|table"):
            read({"MUSESPARK_HOME": str(tmp_path)})


@pytest.fixture
async def independent() -> AsyncIterator[str]:
    """The address of a provider that others wrote, in a process of its own; it insists on a nonce,
    and knows Alice."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    alice = {"sub": "alice@example.com", "name": "Alice Ånström", "email": "alice@example.com"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(Path(__file__).with_name("independent.py")), "--port", str(port),
        "--require-nonce", "true", "--user-claims", json.dumps(alice),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    url = f"http://localhost:{port}"
    try:
        async with asyncio.timeout(60), aiohttp.ClientSession() as http:
            while True:
                with contextlib.suppress(aiohttp.ClientError):
                    async with http.get(f"{url}/.well-known/openid-configuration") as answer:
                        assert answer.status == 200
                        break
                assert process.returncode is None
                await asyncio.sleep(0.05)
        yield url
    finally:
        process.kill()
        await process.wait()


async def test_a_provider_that_others_wrote(folder: Path, independent: str) -> None:
    settings: Settings = msgspec.structs.replace(
        read({"MUSESPARK_HOME": str(folder)}),
        openid={
            "open": OpenIdProvider(
                issuer=independent, client_id="musespark", client_secret=Secret("any & all"),
                role="member",
            )
        },
    )  # fmt: skip

    async def allow(address: str, subject: str) -> str:
        """Somebody signs in there, as on its page: the address that they come back to."""
        async with (
            aiohttp.ClientSession() as http,
            http.post(address, data={"sub": subject}, allow_redirects=False) as answer,
        ):
            assert answer.status == 302, await answer.text()
            return answer.headers["Location"]

    async with served(settings) as server:
        here = Two(server, Provider(), Provider())
        anna = Browser(server)
        begun = await here.start(anna, next="/me")
        back = await allow(begun, "alice@example.com")
        assert await here.back(anna, back) == "/me"
        person = await who(anna)
        assert person.startswith("person_")
        _, listed = await anna("GET", "/v1/me/accounts")
        assert [row["name"] for row in listed["data"]] == ["Alice Ånström"]
        again = Browser(server)
        assert await here.back(again, await allow(await here.start(again), "alice@example.com"))
        assert await who(again) == person
        other = Browser(server)
        await here.back(other, await allow(await here.start(other), "bob@example.com"))
        assert await who(other) not in ("", person)

        # Its code counts once, and it holds us to the secret that only this sign-in has (PKCE).
        assert (await here.back(Browser(server), back)).startswith("/sign-in?fault=")
        openid = OpenId("open", settings.openid["open"])
        url, remembered = await openid.begin("http://127.0.0.1:1/back", "state")
        code = parse_qs(urlsplit(await allow(url, "alice@example.com")).query)["code"][0]
        with pytest.raises(Problem) as caught:
            await openid.finish(code, "", {**remembered, "verifier": "x" * 64})
        assert caught.value.code == "openid_refused"
        url, remembered = await openid.begin("http://127.0.0.1:1/back", "state")
        code = parse_qs(urlsplit(await allow(url, "alice@example.com")).query)["code"][0]
        found = await openid.finish(code, "", remembered)
        assert (found.issuer, found.subject) == (independent, "alice@example.com")
        rows = await server.app.state.door.store.rows(
            person, "delete from accounts where person = %s returning id", person
        )
        assert len(rows) == 1
