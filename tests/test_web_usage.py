"""Cost and tokens by day and mode, drawn."""

from __future__ import annotations

import chromium
from acting import ask, until
from chromium import Visit, axe, everywhere, picture
from musespark.settings import Settings
from player import player
from served import served

pytestmark = chromium.browsing


@everywhere
async def test_days_and_modes(settings: Settings, visit: Visit, width: int, theme: str) -> None:
    async with served(settings, player()) as server:
        page = await visit(server.url + "/", width=width, theme=theme)
        await ask(page, "Why are there two tides a day?", "thinking")
        await page.goto(server.url + "/manage/usage")
        await page.wait_for_selector(".columns i")
        assert await axe(page) == []
        await picture(page, f"usage-{width}-{theme}")
        await page.click("#doings button:has-text('Cost')")
        await until(page, "document.querySelector('.figures dd').textContent.includes('$')")
        await page.click("#doings button:has-text('7 days')")
        await page.wait_for_selector(".columns")
        await page.click("#content summary")
        assert await page.locator("tbody tr").count() >= 1
        assert await axe(page) == []
