"""Health: what is there, how much of it is used, and what is missing."""

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
        page = await visit(server.url + "/manage", width=width, theme=theme)
        await page.wait_for_selector(".health-line")
        assert "ready" in (await page.inner_text(".health-line")).lower()
        assert await axe(page) == []
        await picture(page, f"health-{width}-{theme}")


async def test_a_server_that_cannot_be_reached(settings: Settings, visit: Visit) -> None:
    visit.allow("ERR_|Failed to load|net::")
    async with served(settings, player()) as server:
        page = await visit(server.url + "/manage")
        await page.wait_for_selector(".health-line")
        await page.route("**/v1/health", lambda route: route.abort())
        await page.wait_for_selector(".note.bad", timeout=20_000)
        assert "cannot be reached" in await page.inner_text(".note.bad")
        assert await axe(page) == []
        await picture(page, "health-gone")
