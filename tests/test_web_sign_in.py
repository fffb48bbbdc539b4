"""Signing in: a key for a cookie, a wrong key, and back to where one was going."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

import chromium
from acting import until
from chromium import Visit, axe, everywhere, picture
from musespark.settings import OpenIdProvider, Settings
from player import player
from served import Served, own_home, served

pytestmark = chromium.browsing


@pytest.fixture
def own() -> Iterator[Settings]:
    """A home of its own: the first key shuts everybody else out."""
    with own_home() as settings:
        yield settings


async def test_a_key_lets_in_and_out(own: Settings, visit: Visit) -> None:
    visit.allow("401")
    async with served(own, player()) as server:
        _, made = await server.json("POST", "/v1/keys", json={"name": "test"})
        page = await visit(server.url + "/manage/keys")
        await page.wait_for_url("**/sign-in?next=*")
        assert await axe(page) == []
        await page.fill("#key", "ms_wrong")
        await page.keyboard.press("Enter")
        await until(page, "document.querySelector('#fault').textContent !== ''")
        assert await axe(page) == []
        await picture(page, "sign-in-wrong")
        await page.fill("#key", made["key"])
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/manage/keys")
        await page.wait_for_selector(".rows li")
        assert made["key"] not in await page.content()
        assert made["key"] not in str(await page.evaluate("document.cookie"))
        await page.click("[data-do=settings]")
        await page.click("dialog button:has-text('Sign out')")
        await page.wait_for_url("**/sign-in")


async def test_it_leads_to_no_other_site(own: Settings, visit: Visit) -> None:
    visit.allow("401")
    visit.allow("404")  # there is no such page here
    async with served(own, player()) as server:
        _, made = await server.json("POST", "/v1/keys", json={"name": "test"})
        for next_ in ("//127.0.0.2/", "https://127.0.0.2/", "javascript:alert(1)", "/\\127.0.0.2",
                      "/.//127.0.0.2/"):  # fmt: skip
            page = await visit(f"{server.url}/sign-in?next={next_}")
            await page.fill("#key", made["key"])
            await page.keyboard.press("Enter")
            await page.wait_for_url(lambda url: "sign-in" not in url)
            assert page.url.startswith(server.url)


async def device(page: Any) -> Any:
    """The page's browser gets a device that makes passkeys and is unlocked at once."""
    session = await page.context.new_cdp_session(page)
    await session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
               "hasUserVerification": True, "isUserVerified": True,
               "automaticPresenceSimulation": True}  # fmt: skip
    found = await session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, found["authenticatorId"]


async def linked(server: Served, visit: Visit, **more: Any) -> Any:
    """A page that the owner's link opened, by the server's name."""
    _, word = await server.app.state.door.links.make("owner")
    url = server.url.replace("127.0.0.1", "localhost")
    page = await visit(f"{url}/sign-in#{word}", **more)
    await page.wait_for_selector("#keep")
    return page


async def test_a_link_then_a_passkey(own: Settings, visit: Visit) -> None:
    """The first start: the link, a passkey made and used, by Chromium's own authenticator."""
    visit.allow("401")
    async with served(own, player()) as server:
        page = await linked(server, visit)
        assert "#" not in page.url
        assert await axe(page) == []
        session, authenticator = await device(page)
        await page.click("button:has-text('Make a passkey')")
        await page.wait_for_url(lambda url: "sign-in" not in url)
        kept = await session.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})
        assert [each["rpId"] for each in kept["credentials"]] == ["localhost"]
        await page.evaluate("fetch('/v1/session', {method: 'DELETE'})")
        await page.goto(server.url.replace("127.0.0.1", "localhost") + "/sign-in?next=/manage/keys")
        await page.click("button:has-text('Sign in with a passkey')")
        await page.wait_for_url(lambda url: "sign-in" not in url)
        said = await page.evaluate("fetch('/v1/session').then((each) => each.json())")
        assert (said["person"], said["by"]) == ("owner", "session")
        # A device without one says so, in the page's own words.
        await page.evaluate("fetch('/v1/session', {method: 'DELETE'})")
        await session.send("WebAuthn.clearCredentials", {"authenticatorId": authenticator})
        await page.goto(server.url.replace("127.0.0.1", "localhost") + "/sign-in")
        await page.click("button:has-text('Sign in with a passkey')")
        await until(page, "document.querySelector('#fault').textContent.includes('No passkey')")


async def test_a_link_then_a_password(own: Settings, visit: Visit) -> None:
    visit.allow("401", "400")
    async with served(own, player()) as server:
        page = await linked(server, visit)
        assert await page.input_value("#called") == "owner"
        await page.fill("#chosen", "password1")
        await page.keyboard.press("Enter")
        await until(page, "document.querySelector('#fault').textContent !== ''")
        await page.fill("#chosen", "correct horse battery")
        await page.keyboard.press("Enter")
        await page.wait_for_url(lambda url: "sign-in" not in url)
        await page.evaluate("fetch('/v1/session', {method: 'DELETE'})")
        await page.goto(server.url.replace("127.0.0.1", "localhost") + "/sign-in")
        await page.fill("#name", "Owner")
        await page.fill("#password", "wrong horse battery")
        await page.keyboard.press("Enter")
        await until(page, "document.querySelector('#fault').textContent !== ''")
        assert await axe(page) == []
        await page.fill("#password", "correct horse battery")
        await page.keyboard.press("Enter")
        await page.wait_for_url(lambda url: "sign-in" not in url)
        assert "correct horse" not in await page.content()


async def test_a_used_link_says_so(own: Settings, visit: Visit) -> None:
    visit.allow("401")
    async with served(own, player()) as server:
        page = await visit(f"{server.url}/sign-in#{'x' * 43}")
        await until(page, "document.querySelector('#fault').textContent.includes('used')")
        assert "x" * 43 not in page.url


@everywhere
async def test_how_it_looks(own: Settings, visit: Visit, width: int, theme: str) -> None:
    """All ways at once, and what comes after a link."""
    visit.allow("401")
    provider = OpenIdProvider(issuer="https://login.example", client_id="m", name="Example")
    own = msgspec.structs.replace(own, openid={"work": provider})
    async with served(own, player()) as server:
        page = await linked(server, visit, width=width, theme=theme)
        await until(page, "!document.querySelector('#keep').hidden")
        assert await axe(page) == []
        await picture(page, f"sign-in-link-{width}-{theme}")
        await device(page)  # not before: the end of axe's session would take it away
        await page.click("button:has-text('Make a passkey')")
        await page.wait_for_url(lambda url: "sign-in" not in url)
        door = server.app.state.door
        await door.passwords.change("owner", "owner", "correct horse battery")
        await door.keys.create("owner", "laptop")
        await page.evaluate("fetch('/v1/session', {method: 'DELETE'})")
        await page.goto(server.url.replace("127.0.0.1", "localhost") + "/sign-in")
        await page.wait_for_selector("#login")
        assert await axe(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await picture(page, f"sign-in-{width}-{theme}")
