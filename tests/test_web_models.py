"""Models: what answers, what a trial says, connecting another one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import chromium
import fake_model
from chromium import Visit, axe, everywhere, picture
from musespark.settings import Settings
from player import player
from served import own_home, served

pytestmark = chromium.browsing


@pytest.fixture
def own() -> Iterator[Settings]:
    """A home of its own: what is connected is written into its settings."""
    with own_home() as settings:
        yield settings


@everywhere
async def test_how_it_looks(settings: Settings, visit: Visit, width: int, theme: str) -> None:
    async with served(settings, player()) as server:
        page = await visit(server.url + "/manage/models", width=width, theme=theme)
        await page.wait_for_selector(".tier")
        assert await axe(page) == []
        await picture(page, f"models-{width}-{theme}", whole=True)
        await page.click("#doings .button")
        assert await axe(page) == []
        await picture(page, f"models-connect-{width}-{theme}")


async def test_nothing_listens_there(own: Settings, visit: Visit) -> None:
    visit.allow("50[0-9]", "40[0-9]")
    async with served(own, player()) as server:
        page = await visit(server.url + "/manage/models")
        await page.click("#doings .button")
        await page.fill("[name=url]", "127.0.0.1:9")
        await page.click("dialog .button.act")
        await page.wait_for_selector("dialog .note.bad")
        assert "127.0.0.1:9" in await page.inner_text("dialog .note.bad")
        assert await axe(page) == []
        await picture(page, "models-nothing-there")


async def test_connect_another(own: Settings, visit: Visit) -> None:
    with fake_model.Server() as model:
        model.names = ["harbour-7b"]
        async with served(own, player()) as server:
            page = await visit(server.url + "/manage/models")
            await page.click("#doings .button")
            await page.fill("[name=url]", model.url)
            await page.fill("[name=key]", "sk-not-shown")
            await page.press("[name=key]", "Tab")
            await page.click("dialog .button:text-is('Test')")
            await page.wait_for_selector("dialog .note")
            await picture(page, "models-tested")
            await page.click("dialog .button.act")
            await page.wait_for_selector(".toast")
            await page.reload()
            await page.wait_for_selector(".tier")
            assert "sk-not-shown" not in await page.content()
        model.shutdown()
