"""The living page of the design: every component, without a fault, in every width and theme."""

from __future__ import annotations

import chromium
from acting import until
from chromium import Visit, axe, everywhere, picture
from musespark.settings import Settings
from player import player
from served import served

pytestmark = chromium.browsing


@everywhere
async def test_every_component(settings: Settings, visit: Visit, width: int, theme: str) -> None:
    async with served(settings, player()) as server:
        page = await visit(server.url + "/design", width=width, theme=theme)
        await page.wait_for_selector("#icons li")
        assert await page.locator("#colours li").count() >= 20
        assert await axe(page) == []
        await picture(page, f"design-{width}-{theme}", whole=True)
        await page.click("[data-do=confirm]")
        assert await axe(page) == []
        await page.keyboard.press("Escape")
        await page.click("[data-do=toast]")
        await page.wait_for_selector(".toast")
        assert await axe(page) == []
        await until(page, "document.documentElement.scrollWidth <= innerWidth")


async def test_from_right_to_left(settings: Settings, visit: Visit) -> None:
    async with served(settings, player()) as server:
        page = await visit(server.url + "/design", width=390)
        await page.evaluate("document.documentElement.dir = 'rtl'")
        await page.wait_for_selector("#icons li")
        assert await axe(page) == []
        await until(page, "document.documentElement.scrollWidth <= innerWidth")
        await picture(page, "design-rtl", whole=True)


async def test_in_forced_colours(settings: Settings, visit: Visit) -> None:
    async with served(settings, player()) as server:
        page = await visit(server.url + "/design", forced_colors="active")
        await page.wait_for_selector("#icons li")
        await picture(page, "design-forced", whole=True)
