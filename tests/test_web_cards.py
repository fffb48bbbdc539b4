"""Cards in Talk: the question about a purpose, what waits for a yes, exactly as it would happen."""

from __future__ import annotations

from typing import Any

import chromium
from acting import ask, until
from chromium import Visit, axe, picture, twice
from musespark.scripted import Reply, call
from musespark.settings import Settings
from obedient import Outbox, steps
from player import player
from served import served

pytestmark = chromium.browsing
LETTER = {"to": "ann@friends.example", "text": "See you\u202e at\u200b <b>seven</b>."}
QUESTION = "What stands on https://pages.example/a then?"


def letters(*more: dict[str, Any]) -> Any:
    """A model that reads a page and then wants to send these letters."""
    calls = [("send_message", each) for each in (LETTER, *more)]
    page = {"url": "https://pages.example/a"}
    return steps(call("read_page", page), Reply(calls=calls), end="They wait for you.")


@twice
async def test_a_call_waits_and_is_done_once(
    settings: Settings, visit: Visit, width: int, theme: str
) -> None:
    outbox = Outbox()
    other = {"to": "bob@friends.example", "text": "Bring the key."}
    async with served(settings, letters(other)) as server:
        outbox.put_into(server.engine)
        page = await visit(server.url + "/", width=width, theme=theme)
        await ask(page, QUESTION, "instant")
        await page.wait_for_selector(".card >> nth=1")
        shown = await page.inner_text(".card >> nth=0")
        assert "ann@friends.example" in shown
        assert "\\u202e" in shown
        assert "<b>seven</b>" in shown
        assert outbox.ran("send_message") == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await axe(page) == []
        await picture(page, f"approvals-{width}-{theme}", whole=True)
        await page.click(".card >> nth=0 >> .button.act")
        await until(page, "document.querySelector('.card').textContent.includes('Done.')")
        assert outbox.ran("send_message") == [LETTER]
        await page.reload()
        await page.wait_for_selector(".card >> nth=1")
        cards = [await each.inner_text() for each in await page.query_selector_all(".card")]
        assert sum("Done." in each for each in cards) == 1
        await page.click(".card .button:has-text('No')")
        await until(page, "document.body.textContent.includes('Not done.')")
        assert outbox.ran("send_message") == [LETTER]
        assert await axe(page) == []


async def test_all_at_once_or_none(settings: Settings, visit: Visit) -> None:
    outbox = Outbox()
    other = {"to": "bob@friends.example", "text": "Bring the key."}
    async with served(settings, letters(other)) as server:
        outbox.put_into(server.engine)
        page = await visit(server.url + "/")
        await ask(page, QUESTION, "instant")
        await page.click(".cards > .buttons .button:has-text('Allow all 2 once')")
        await until(page, "document.querySelectorAll('.card [role=status]').length === 2")
        assert outbox.ran("send_message") == [LETTER, other]
        assert await page.locator(".cards > .buttons").is_hidden()


@twice
async def test_a_purpose_is_asked_for_in_its_place(
    settings: Settings, visit: Visit, width: int, theme: str
) -> None:
    async with served(settings, player()) as server:
        store = server.engine.store
        assert store is not None
        await store.rows("owner", "delete from consents")
        await store.rows("owner", "delete from askings")
        if server.engine.people is not None:
            server.engine.people.changed("owner")
        page = await visit(server.url + "/", width=width, theme=theme)
        await ask(page, "What did I tell you about my flat?", "instant")
        await page.wait_for_selector(".card")
        await page.click(".card summary")
        assert "Without" in await page.inner_text(".card")
        assert await axe(page) == []
        await picture(page, f"consent-{width}-{theme}")
        await page.click(".card .button.act")
        await page.wait_for_selector(".card [role=status]")
        _, found = await server.json("GET", "/v1/me/consents")
        state = {row["purpose"]: row["state"] for row in found["data"]}
        assert state["memory"] == "allowed"
        await page.click(".card a")
        await page.wait_for_selector(".purposes")
