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
