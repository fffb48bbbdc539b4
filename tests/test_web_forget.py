"""Delete everything: said, typed, done, and gone from the browser, too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import chromium
from acting import ask
from chromium import Visit, axe, picture, twice
from musespark.settings import Settings
from player import player
from served import own_home, served

pytestmark = chromium.browsing


@pytest.fixture
def own() -> Iterator[Settings]:
    """A home of its own: everything of its owner goes."""
    with own_home() as settings:
        yield settings


@twice
async def test_everything_goes(own: Settings, visit: Visit, width: int, theme: str) -> None:
    async with served(own, player()) as server:
        page = await visit(server.url + "/", width=width, theme=theme)
        await ask(page, "What is 17% of 240?")
        other = await page.context.new_page()
        await other.goto(page.url)
        await page.fill("textarea", "not sent yet")
        await page.goto(server.url + "/you/forget")
        await page.wait_for_selector("#go")
        assert await page.is_disabled("#go")
        await page.fill("#phrase", "delete")
        assert await page.is_disabled("#go")
        assert await axe(page) == []
        await picture(page, f"forget-{width}-{theme}", whole=True)
        await page.fill("#phrase", "Delete everything ")
        await page.click("#go")
        await page.wait_for_url("**/farewell")
        assert await axe(page) == []
        await picture(page, f"farewell-{width}-{theme}")
        await other.wait_for_url("**/farewell")
        assert await page.evaluate("localStorage.length") == 0
        _, found = await server.json("GET", "/v1/conversations")
        assert found["data"] == []


async def test_a_refusal_leaves_all_as_it_was(settings: Settings, visit: Visit) -> None:
    visit.allow("status of 500")
    async with served(settings, player()) as server:
        page = await visit(server.url + "/you/forget")

        async def refuse(route: object) -> None:
            error = {"message": "The database is away.", "code": "away", "type": "error"}
            await route.fulfill(status=500, json={"error": error})  # type: ignore[attr-defined]

        await page.route("**/v1/me", refuse)
        await page.fill("#phrase", "delete everything")
        await page.click("#go")
        await page.wait_for_selector("#fault:not(:empty)")
        assert await page.locator("#form").is_visible()
        assert await axe(page) == []
