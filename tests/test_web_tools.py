"""Tools: what each may do, and switching one off for real."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import chromium
from acting import ask, words
from chromium import Visit, axe, everywhere, picture
from musespark.settings import Settings
from player import player
from served import own_home, served

pytestmark = chromium.browsing


@pytest.fixture
def own() -> Iterator[Settings]:
    """A home of its own: what is switched off is written into its settings."""
    with own_home() as settings:
        yield settings


@everywhere
async def test_how_it_looks(settings: Settings, visit: Visit, width: int, theme: str) -> None:
    async with served(settings, player()) as server:
        page = await visit(server.url + "/manage/tools", width=width, theme=theme)
        await page.wait_for_selector(".rows li")
        assert "calculate" in await page.inner_text(".rows")
        await page.click(".tool summary >> nth=0")
        assert await axe(page) == []
        await picture(page, f"tools-{width}-{theme}")


async def test_a_tool_that_is_off_is_not_used(own: Settings, visit: Visit) -> None:
    async with served(own, player()) as server:
        page = await visit(server.url + "/manage/tools")
        row = page.locator(".tool:has(h3:text-is('calculate'))")
        await row.locator("input").click()
        await page.wait_for_selector(".toast")
        await page.reload()
        await row.wait_for()
        assert not await row.locator("input").is_checked()
        await page.goto(server.url + "/")
        await ask(page, "What is 17% of 240?")
        assert "40.8" not in await words(page)
