"""Inside a run: lanes that grow, drafts to open, a budget to change, the same view afterwards."""

from __future__ import annotations

from typing import Any

import chromium
from acting import ask, until
from chromium import Visit, axe, everywhere, picture
from musespark.settings import Settings
from player import FRIENDLY, player
from served import served

pytestmark = chromium.browsing


async def inside(page: Any) -> None:
    """From the conversation into its last run."""
    await page.click(".exchange:last-child a[href^='/runs/']")
    await page.wait_for_selector(".lanes .lane")


@everywhere
async def test_four_agents_at_work(
    settings: Settings, visit: Visit, width: int, theme: str
) -> None:
    async with served(settings, player(0.03)) as server:
        page = await visit(server.url + "/", width=width, theme=theme)
        await ask(page, FRIENDLY, "contemplating", wait=False)
        await inside(page)
        await until(page, "document.querySelectorAll('.lanes button.lane').length === 4")
        await until(page, "document.querySelector('li[data-state=done]') !== null")
        await picture(page, f"inside-{width}-{theme}")
        assert await axe(page) == []
        await page.click(".lanes button.lane >> nth=0")
        await page.wait_for_selector("dialog .prose")
        assert await axe(page) == []
        await picture(page, f"lane-{width}-{theme}")
        await page.keyboard.press("Escape")
        await until(page, "document.querySelector('#stop').hidden")
        assert "Four things" in await page.inner_text("#answer")
        assert await page.locator(".lanes li[data-state=done]").count() == 4
        before = await page.inner_text("#answer")
        await page.reload()
        await until(page, "document.querySelectorAll('li[data-state=done]').length === 4")
        await until(page, "document.querySelector('#answer').innerText.includes('disagreed')")
        assert await page.inner_text("#answer") == before
        assert await axe(page) == []
        await picture(page, f"inside-after-{width}-{theme}", whole=True)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_what_was_used_is_known_while_it_goes_on(settings: Settings, visit: Visit) -> None:
    """As the server counted it, with what was read: not the pieces that came."""
    async with served(settings, player(0.1)) as server:
        page = await visit(server.url + "/")
        await ask(page, FRIENDLY, "contemplating", wait=False)
        await inside(page)
        await until(page, "document.querySelector('li[data-state=done]') !== null")
        _, run = await server.json("GET", f"/v1/runs/{page.url.rsplit('/', 1)[1]}")
        used = next(lane["tokens"] for lane in run["lanes"] if lane["state"] == "done")
        words = f"{used['input'] + used['output']} tokens"
        told = "[...document.querySelectorAll('li[data-state=done] .lane-spent')]"
        await until(page, f"{told}.some((lane) => lane.textContent.startsWith('{words}'))")
        assert await page.locator("#stop").is_visible()
        await page.click("#stop")
        await until(page, "document.querySelector('#stop').hidden")


async def test_a_vote_shows_who_agreed(settings: Settings, visit: Visit) -> None:
    question = (
        "A bat and a ball cost 110 cents. The bat costs 100 cents more than the ball. "
        "How many cents does the ball cost? Answer with the number only."
    )
    async with served(settings, player(0.005)) as server:
        page = await visit(server.url + "/")
        await ask(page, question, "contemplating")
        await inside(page)
        await page.wait_for_selector(".sides li")
        assert "%" in await page.inner_text(".votes")
        assert "Draft" in await page.inner_text(".sides")
        assert await axe(page) == []
        await picture(page, "votes", whole=True)


async def test_the_budget_can_be_cut_while_it_runs(settings: Settings, visit: Visit) -> None:
    async with served(settings, player(0.15)) as server:
        page = await visit(server.url + "/")
        await ask(page, FRIENDLY, "contemplating", wait=False)
        await inside(page)
        await until(page, "!document.querySelector('#spent').hidden")
        await page.click("#spent .button")
        assert await axe(page) == []
        await picture(page, "budget")
        await page.fill("#budget-tokens", "1")
        await page.click("dialog .button.act")
        await until(page, "document.querySelector('#stop').hidden")
        assert (await page.inner_text("#answer")).strip() != "Answer"


async def test_a_run_that_is_not_there(settings: Settings, visit: Visit) -> None:
    visit.allow("404")
    async with served(settings, player()) as server:
        page = await visit(server.url + "/runs/nothing")
        await page.wait_for_selector(".note.bad")
        assert await axe(page) == []


async def test_it_can_be_stopped_from_inside(settings: Settings, visit: Visit) -> None:
    async with served(settings, player(0.1)) as server:
        page = await visit(server.url + "/")
        await ask(page, FRIENDLY, "contemplating", wait=False)
        await inside(page)
        await page.click("#stop")
        await until(page, "document.querySelector('#stop').hidden")
        assert "Stopped" in await page.inner_text("#about")
