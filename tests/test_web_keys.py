"""Keys: make one, see it once, revoke it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import chromium
from chromium import Visit, axe, everywhere, picture
from musespark.settings import Settings
from player import player
from served import own_home, served

pytestmark = chromium.browsing


@pytest.fixture
def own() -> Iterator[Settings]:
    """A home of its own: the first key shuts everybody else out."""
    with own_home() as settings:
        yield settings


@everywhere
async def test_make_and_revoke(own: Settings, visit: Visit, width: int, theme: str) -> None:
    async with served(own, player()) as server:
        page = await visit(server.url + "/manage/keys", width=width, theme=theme)
        await page.wait_for_selector(".empty")
        await page.click("#doings .button")
        await page.fill("#name", 'phone <b>"')
        assert await axe(page) == []
        await page.click("dialog .button.act")
        shown = page.locator("dialog input[readonly]")
        await shown.wait_for()
        key = await shown.input_value()
        assert key.startswith("ms_")
        assert await axe(page) == []
        await picture(page, f"key-made-{width}-{theme}")
        await page.click("dialog .button.act")
        await page.wait_for_selector(".rows li")
        assert 'phone <b>"' in await page.inner_text(".rows")
        assert key not in await page.content()
        assert await axe(page) == []
        await picture(page, f"keys-{width}-{theme}")
        await page.click(".rows .button")
        await page.click("dialog .button.bad")
        await page.wait_for_selector(".rows .badge")


async def test_a_key_with_bounds_and_an_end(own: Settings, visit: Visit) -> None:
    async with served(own, player()) as server:
        page = await visit(server.url + "/you/keys", width=390)
        await page.wait_for_selector(".empty")
        await page.click("#doings .button")
        await page.wait_for_selector("[data-part=first]")
        assert await page.is_hidden("[data-part=bounded]"), "the first would shut its maker out"
        await page.click("dialog .button.act")
        await page.locator("dialog input[readonly]").wait_for()
        await page.click("dialog .button.act")
        await page.wait_for_selector(".rows li")
        await page.click("#doings .button")
        await page.fill("#name", "widget")
        make = page.locator("dialog .button.act")
        await page.click("[name=bounds][value='']")
        assert await make.is_disabled(), "a key for nothing"
        await page.check("[value=ask]")
        await page.check("[value=activities]")
        await page.select_option("#days", "30")
        assert await axe(page) == []
        await picture(page, "key-bounds-390-light")
        await make.click()
        shown = page.locator("dialog input[readonly]")
        await shown.wait_for()
        key = {"Authorization": f"Bearer {await shown.input_value()}"}
        assert (await server.json("GET", "/v1/keys", headers=key))[0] == 403
        assert (await server.json("GET", "/v1/conversations", headers=key))[0] == 200
        await page.click("dialog .button.act")
        await page.wait_for_selector(".rows li:nth-child(2)")
        said = await page.inner_text(".rows li:first-child")
        assert "May: Write and read activities · Ask" in said
        assert "ends" in said
        assert await axe(page) == []
        await picture(page, "key-bounds-made-390-light")
