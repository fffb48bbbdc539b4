"""Sessions and sign-in: where somebody is signed in, and by what; an invitation used."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import chromium
from acting import until
from chromium import Visit, axe, picture, twice
from musespark.settings import Settings
from player import player
from served import own_home, served
from test_web_people import come_in

pytestmark = chromium.browsing
AGENT = {"user_agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1"}


@pytest.fixture
def own() -> Iterator[Settings]:
    """A home of its own: the first key shuts everybody else out."""
    with own_home() as settings:
        yield settings


@twice
async def test_sessions_and_a_password(own: Settings, visit: Visit, width: int, theme: str) -> None:
    visit.allow("status of 401")
    async with served(own, player()) as server:
        other = await come_in(visit, server, "owner", "/you/access", **AGENT)
        page = await come_in(visit, server, "owner", "/you/access", width=width, theme=theme)
        await page.wait_for_selector("#sessions li >> nth=1")
        assert await page.locator("#sessions .badge.good").count() == 1
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await axe(page) == []
        await picture(page, f"access-{width}-{theme}", whole=True)
        await page.click("#password .button")
        await page.fill("#password[type=password]", "four blue whales sing")
        assert await axe(page) == []
        await picture(page, f"password-{width}-{theme}")
        await page.click("dialog .button.act")
        await page.wait_for_selector("#password .rows li")
        await until(page, "document.querySelectorAll('#sessions li').length === 1")
        await other.reload()
        await other.wait_for_url("**/sign-in?*")
