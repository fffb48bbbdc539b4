"""What a page shows when there is nothing, when it takes long, and when the server says no."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Error

import chromium
from chromium import Visit, axe, everywhere, picture
from musespark.settings import Settings
from player import player
from served import own_home, served

pytestmark = chromium.browsing
# Each page that asks for something, and what it asks for.
PAGES = {
    "/c/some": "**/v1/conversations/some?*",
    "/runs/some": "**/v1/runs/some",
    "/shared/some": "**/v1/shared/some?*",
    "/manage": "**/v1/health",
    "/manage/models": "**/v1/tiers",
    "/manage/tools": "**/v1/tools",
    "/manage/runs": "**/v1/runs?*",
    "/manage/usage": "**/v1/usage?*",
    "/manage/keys": "**/v1/keys?*",
    "/manage/people": "**/v1/people?*",
    "/manage/hosts": "**/v1/hosts",
    "/you": "**/v1/me/memory?*",
    "/you/allow": "**/v1/me/consents?*",
    "/you/looked": "**/v1/me/audit?*",
    "/you/archive": "**/v1/me/imports?*",
    "/you/access": "**/v1/me/sessions",
}
EMPTY = {"/": "#welcome", "/manage/runs": ".empty", "/manage/usage": ".empty",
         "/manage/keys": ".empty", "/manage/tools": "#content > .quiet",
         "/manage/hosts": ".empty", "/you": ".empty", "/you/looked": ".empty",
         "/you/archive": ".empty", "/you/access": "#sessions .quiet"}  # fmt: skip
THOROUGH = {(390, "light"), (1440, "dark")}  # where all states are looked at, not only two


@pytest.fixture
def own() -> Iterator[Settings]:
    """A home of its own, in which nothing was done yet."""
    with own_home() as settings:
        yield settings


def says(status: int, message: str) -> Callable[[Any], Awaitable[None]]:
    async def answer(route: Any) -> None:
        error = {"message": message, "code": "some_code", "type": "error"}
        await route.fulfill(status=status, json={"error": error})

    return answer


async def gone(route: Any) -> None:
    await route.abort()


async def slow(route: Any) -> None:
    """No answer comes until `answered_by` lets go of it."""
    waiting.append(route)


waiting: list[Any] = []  # requests that are not answered
STATES = {
    "loading": (slow, ".wait"),
    "error": (says(500, "The database cannot be reached. Try again in a moment."), ".note.bad"),
    "forbidden": (says(403, "This is for the owner of the server."), ".note.bad"),
    "offline": (gone, ".note.bad"),
}


@asynccontextmanager
async def answered_by(page: Any, address: str, answer: Any) -> AsyncIterator[None]:
    await page.route(address, answer)
    yield
    await page.unroute(address, answer)
    while waiting:
        with contextlib.suppress(Error):  # the page was left, and its request with it
            await waiting.pop().abort()


async def fits(page: Any) -> bool:
    return bool(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@everywhere
async def test_every_page_says_what_is_the_matter(
    settings: Settings, visit: Visit, width: int, theme: str
) -> None:
    visit.allow("status of", "ERR_|Failed to load|net::")
    async with served(settings, player()) as server:
        page = await visit(server.url + "/offline", width=width, theme=theme)
        for path, address in PAGES.items():
            for state, (answer, shown) in STATES.items():
                rare = state in ("forbidden", "offline") or path.startswith("/you")
                if rare and (width, theme) not in THOROUGH:
                    continue
                async with answered_by(page, address, answer):
                    await page.goto(server.url + path)
                    await page.wait_for_selector(f"main {shown}")
                    assert await axe(page) == [], (path, state)
                    assert await fits(page), (path, state)
                    name = path.strip("/").replace("/", "-")
                    await picture(page, f"state-{state}-{name}-{width}-{theme}")


async def test_a_page_that_could_not_be_shown_can_be_tried_again(
    settings: Settings, visit: Visit
) -> None:
    visit.allow("status of", "ERR_|Failed to load|net::")
    async with served(settings, player()) as server:
        page = await visit(server.url + "/offline")
        async with answered_by(page, "**/v1/tiers", gone):
            await page.goto(server.url + "/manage/models")
            await page.wait_for_selector(".note.bad")
        await page.click(".note.bad .button")
        await page.wait_for_selector(".tier")


async def test_what_takes_long_says_so(settings: Settings, visit: Visit) -> None:
    async with served(settings, player()) as server:
        page = await visit(server.url + "/offline")
        async with answered_by(page, "**/v1/tiers", slow):
            await page.goto(server.url + "/manage/models")
            await page.wait_for_selector(".wait")
            told = "getComputedStyle(document.querySelector('.wait'), '::after').visibility"
            assert await page.evaluate(told) == "hidden"
            while await page.evaluate(told) == "hidden":
                await asyncio.sleep(0.1)
            assert await axe(page) == []
            await picture(page, "state-slow")


@everywhere
async def test_nothing_yet(own: Settings, visit: Visit, width: int, theme: str) -> None:
    async with served(own, player()) as server:
        page = await visit(server.url + "/offline", width=width, theme=theme)
        for path, shown in EMPTY.items():
            await page.goto(server.url + path)
            await page.wait_for_selector(shown)
            assert await axe(page) == [], path
            assert await fits(page), path
            name = path.strip("/").replace("/", "-") or "talk"
            await picture(page, f"state-empty-{name}-{width}-{theme}")
