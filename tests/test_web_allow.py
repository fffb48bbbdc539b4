"""What you allow: each purpose switched on, and off again from now on or backwards."""

from __future__ import annotations

import chromium
from acting import until
from chromium import Visit, axe, picture, twice
from musespark.settings import Settings
from player import player
from served import Served, served

pytestmark = chromium.browsing
MEMORY = "[data-purpose='memory']"


async def state(server: Served) -> str:
    _, found = await server.json("GET", "/v1/me/consents")
    return str(next(row["state"] for row in found["data"] if row["purpose"] == "memory"))


@twice
async def test_a_purpose_is_shown_without_and_with_it(
    settings: Settings, visit: Visit, width: int, theme: str
) -> None:
    async with served(settings, player()) as server:
        await server.json("PUT", "/v1/me/consents/memory", json={"allowed": False})
        page = await visit(server.url + "/you/allow", width=width, theme=theme)
        await page.wait_for_selector(MEMORY)
        assert await page.locator(".purposes > li").count() == 5
        assert await page.locator(".purposes figure").count() == 10
        assert "Memory" in await page.inner_text(".purposes > li:first-child")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await axe(page) == []
        await picture(page, f"allow-{width}-{theme}", whole=True)
        await page.focus(f"{MEMORY} input")
        await page.keyboard.press("Space")
        await page.wait_for_selector(f"{MEMORY} figure:last-child.present")
        assert await state(server) == "allowed"
        focused = f'document.activeElement === document.querySelector("{MEMORY} input")'
        await until(page, focused)
        await page.keyboard.press("Space")
        await page.wait_for_selector("dialog")
        assert await axe(page) == []
        await picture(page, f"withdraw-{width}-{theme}")
        await page.click("dialog .button:not(.act)")
        await until(page, f'document.querySelector("{MEMORY} input").checked')
        assert await state(server) == "allowed"
        await page.click(f"{MEMORY} .switch")
        await page.click("dialog .choice >> nth=1")
        await page.click("dialog .button.act")
        await page.wait_for_selector(f"{MEMORY} figure:first-child.present")
        assert await state(server) == "refused"
        _, log = await server.json("GET", "/v1/me/audit?deed=consent_changed&limit=1")
        assert log["data"][0]["detail"]["backwards"] is True


async def test_what_was_refused_by_the_server_is_as_it_was(
    settings: Settings, visit: Visit
) -> None:
    visit.allow("status of 503")
    async with served(settings, player()) as server:
        await server.json("PUT", "/v1/me/consents/memory", json={"allowed": False})
        page = await visit(server.url + "/you/allow")

        async def refuse(route: object) -> None:
            error = {"message": "The database is away.", "code": "away", "type": "error"}
            await route.fulfill(status=503, json={"error": error})  # type: ignore[attr-defined]

        await page.route("**/v1/me/consents/memory*", refuse)
        await page.click(f"{MEMORY} .switch")
        await page.wait_for_selector(".toast")
        assert not await page.is_checked(f"{MEMORY} input")
        assert await page.is_enabled(f"{MEMORY} input")
