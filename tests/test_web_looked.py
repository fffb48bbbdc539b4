"""Who looked: the log of who saw or changed what of yours, day by day."""

from __future__ import annotations

import chromium
from acting import until
from chromium import Visit, axe, picture, twice
from musespark import audit
from musespark.settings import Settings
from player import player
from served import served

pytestmark = chromium.browsing
NASTY = '<img src=x onerror="alert(1)">'


@twice
async def test_the_log_can_be_read_and_filtered(
    settings: Settings, visit: Visit, width: int, theme: str
) -> None:
    async with served(settings, player()) as server:
        store = server.engine.store
        assert store is not None
        for n in range(60):
            await audit.note(store, "owner", "key_created", actor="owner", about=f"key {n}")
        await audit.note(store, "owner", "looked_at", actor=f"ada {NASTY}", about="person")
        await audit.note(store, "owner", "something_new", about=NASTY)
        page = await visit(server.url + "/you/looked", width=width, theme=theme)
        await page.wait_for_selector(".days li")
        assert await page.locator(".days li").count() == 50
        assert NASTY in await page.inner_text(".days li >> nth=0")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await axe(page) == []
        await picture(page, f"looked-{width}-{theme}")
        await page.click("#content > .button")
        await until(page, "document.querySelectorAll('.days li').length > 60")
        await page.select_option("#others", "true")
        await until(page, "document.querySelectorAll('.days li').length < 50")
        assert "ada" in await page.inner_text(".days")
        assert "others=true" in page.url
        await page.select_option("#deed", "exported")
        await page.wait_for_selector(".empty")
        assert await axe(page) == []
        await page.reload()
        await page.wait_for_selector(".empty")
        assert await page.input_value("#deed") == "exported"
