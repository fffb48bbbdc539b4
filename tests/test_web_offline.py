"""The page for when there is no net; Talk itself opens without one (test_web_talk)."""

from __future__ import annotations

import chromium
from chromium import Visit, axe, everywhere, picture
from musespark.settings import Settings
from player import player
from served import served

pytestmark = chromium.browsing


@everywhere
async def test_how_it_looks(settings: Settings, visit: Visit, width: int, theme: str) -> None:
    async with served(settings, player()) as server:
        page = await visit(server.url + "/offline", width=width, theme=theme)
        assert await axe(page) == []
        await picture(page, f"offline-{width}-{theme}")
        await page.click("#again")
        await page.wait_for_selector("h1")
