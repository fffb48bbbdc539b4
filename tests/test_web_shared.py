"""A shared conversation: readable without a key, frozen, and gone when sharing ends."""

from __future__ import annotations

import chromium
from acting import ask, until, words
from chromium import Visit, axe, everywhere, picture
from musespark.settings import Settings
from player import player
from served import served

pytestmark = chromium.browsing


@everywhere
async def test_share_read_and_end(settings: Settings, visit: Visit, width: int, theme: str) -> None:
    visit.allow("404")
    async with served(settings, player()) as server:
        page = await visit(server.url + "/", width=width, theme=theme)
        await ask(page, "Why are there two tides a day?", "instant")
        await page.click("#share")
        assert await axe(page) == []
        await page.click("dialog .button.act")
        link = page.locator("dialog input")
        await link.wait_for()
        await picture(page, f"share-{width}-{theme}")
        url = await link.input_value()
        await page.keyboard.press("Escape")
        await ask(page, "What is 2 + 2?")

        reader = await visit(url, width=width, theme=theme)
        await reader.wait_for_selector(".exchange")
        assert await reader.locator(".exchange").count() == 1
        assert "two high tides a day" in await words(reader)
        assert await reader.locator(".answer-foot a, .question-row .icon-button").count() == 0
        assert await axe(reader) == []
        await picture(reader, f"shared-{width}-{theme}")

        await page.click("#share")
        await page.click("dialog .button.bad")
        await until(page, "document.querySelector('dialog .button.act') !== null")
        await reader.reload()
        await reader.wait_for_selector(".note.bad")
