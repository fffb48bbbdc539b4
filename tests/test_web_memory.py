"""What is remembered: searched, changed, pinned, forgotten; an answer that says what it used."""

from __future__ import annotations

from datetime import UTC, datetime

import chromium
from acting import ask, until
from chromium import Visit, axe, picture, twice
from musespark import ledger
from musespark.activity import Activity
from musespark.settings import Settings
from musespark.turn import new_id
from player import player
from served import Served, served

pytestmark = chromium.browsing
NASTY = '<img src=x onerror="alert(1)">'


async def remembers(server: Served, *words: str, source: str = "chat") -> None:
    """The owner allows memory and said these words."""
    store = server.engine.store
    assert store is not None
    await store.rows("owner", "delete from activities")
    await server.json("PUT", "/v1/me/consents/memory", json={"allowed": True})
    said = [
        Activity(
            type="Create", uri=f"urn:test:{new_id('said')}", published=datetime.now(UTC),
            purposes=frozenset({"memory"}),
            object={"type": "Note", "content": each, "attributedTo": "owner",
                    "context": "conv-1", "generator": {"name": source}},
        )
        for each in words
    ]  # fmt: skip
    await ledger.append_many(store, "owner", said)


@twice
async def test_memories_are_searched_changed_and_forgotten(
    settings: Settings, visit: Visit, width: int, theme: str
) -> None:
    async with served(settings, player()) as server:
        await remembers(server, f"I moved to Graz in May {NASTY}.", "Lena is allergic to peanuts.",
                        *(f"Number {n} of many things." for n in range(60)))  # fmt: skip
        page = await visit(server.url + "/you", width=width, theme=theme)
        await page.wait_for_selector(".memory")
        assert await page.locator(".memory").count() == 50
        await page.click("#content > .button")
        await until(page, "document.querySelectorAll('.memory').length === 62")
        await page.fill("#q", "What is Lena allergic to?")
        await until(page, "document.querySelector('.memory')?.textContent.includes('Lena')")
        await page.fill("#q", "")
        await until(page, "document.querySelectorAll('.memory').length === 50")
        await page.fill("#q", "moved to Graz")
        await until(page, "document.querySelector('.memory')?.textContent.includes('Graz')")
        assert NASTY in await page.inner_text(".memory >> nth=0")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await axe(page) == []
        await picture(page, f"memory-{width}-{theme}")
        first = ".memory >> nth=0"
        await page.click(f"{first} >> .icon-button")
        await page.click(".menu button >> nth=0")
        await page.wait_for_selector(f"{first} >> .with-icon")
        await page.click(f"{first} >> .icon-button")
        await page.click(".menu button >> nth=1")
        await page.fill(".memory textarea", "I moved to Kiel in June.")
        assert await axe(page) == []
        await page.click(".memory .button.act")
        await until(page, "document.querySelector('.memory')?.textContent.includes('Kiel')")
        await page.click(f"{first} >> .linked")
        await page.wait_for_selector("dialog .memory >> nth=1")
        assert "Graz" in await page.inner_text("dialog .memory >> nth=1")
        assert NASTY in await page.inner_text("dialog .memory >> nth=1")
        assert await axe(page) == []
        await picture(page, f"wordings-{width}-{theme}")
        await page.keyboard.press("Escape")
        await page.click(f"{first} >> .icon-button")
        await page.click(".menu .bad")
        assert await axe(page) == []
        await page.click("dialog .button.bad")
        await until(page, "!document.querySelector('#content').textContent.includes('Kiel')")
        _, found = await server.json("GET", "/v1/me/memory?q=Graz&limit=200")
        assert "Graz" not in str(found)


async def test_several_at_once_and_all_of_a_source(settings: Settings, visit: Visit) -> None:
    async with served(settings, player()) as server:
        await remembers(server, "One thing.", "Another thing.", "A third thing.", source="whatsapp")
        page = await visit(server.url + "/you")
        await page.check(".memory input >> nth=0")
        await page.check(".memory input >> nth=1")
        assert await axe(page) == []
        await page.click("#chosen .button.bad")
        await page.click("dialog .button.bad")
        await until(page, "document.querySelectorAll('.memory').length === 1")
        assert await page.locator("#chosen").is_hidden()
        await page.click(".memory a")
        await page.wait_for_url("**/you?source=whatsapp")
        await page.click("#content > .buttons .button.bad")
        await page.click("dialog .button.bad")
        await page.wait_for_selector(".empty")
        _, found = await server.json("GET", "/v1/me/memory")
        assert found["data"] == []


async def test_without_a_yes_it_says_why_there_is_nothing(settings: Settings, visit: Visit) -> None:
    async with served(settings, player()) as server:
        await remembers(server)
        await server.json("PUT", "/v1/me/consents/memory", json={"allowed": False})
        page = await visit(server.url + "/you")
        await page.wait_for_selector(".empty")
        assert await axe(page) == []
        await page.click("#content .button")
        await page.wait_for_url("**/you/allow")


@twice
async def test_an_answer_says_which_memories_it_used(
    settings: Settings, visit: Visit, width: int, theme: str
) -> None:
    async with served(settings, player()) as server:
        await remembers(server, "My flat in Graz has a blue door.")
        page = await visit(server.url + "/", width=width, theme=theme)
        await ask(page, "What did I tell you about my flat?", "instant")
        await page.click(".cards .pill")
        await page.wait_for_selector("dialog .memory")
        assert "blue door" in await page.inner_text("dialog .memory")
        assert await axe(page) == []
        await picture(page, f"used-{width}-{theme}")
        await page.keyboard.press("Escape")
        run = await page.get_attribute(".exchange", "data-run")
        await ask(page, "My aunt paints bridges.", "instant")
        await page.goto(page.url + f"#{run}")
        await until(page, f"document.activeElement.dataset.run === '{run}'")
        await page.reload()
        await page.click(".cards .pill >> nth=0")
        await page.click("dialog .memory .icon-button")
        await page.click("dialog .menu .bad")
        await page.click("dialog >> nth=1 >> .button.bad")
        await until(page, "!document.querySelector('dialog')")
        _, found = await server.json("GET", "/v1/me/memory")
        assert "blue door" not in str(found)
