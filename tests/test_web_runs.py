"""Runs: everything that was asked, to filter and to look into."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import chromium
from acting import ask, until
from chromium import Visit, axe, everywhere, picture
from musespark.settings import Settings
from player import player
from served import own_home, served

pytestmark = chromium.browsing


@pytest.fixture
def own() -> Iterator[Settings]:
    """A home of its own, in which nothing was asked yet."""
    with own_home() as settings:
        yield settings


async def test_filters(own: Settings, visit: Visit) -> None:
    async with served(own, player()) as server:
        page = await visit(server.url + "/manage/runs")
        await page.wait_for_selector(".empty")
        await page.goto(server.url + "/")
        await ask(page, "What is 17% of 240?")
        await ask(page, "Why are there two tides a day?", "thinking")
        await page.goto(server.url + "/manage/runs")
        await until(page, "document.querySelectorAll('tbody tr').length === 2")
        row = "getComputedStyle(document.querySelector('tbody tr')).display"
        assert await page.evaluate(row) == "table-row"
        await page.select_option("#mode", "thinking")
        await until(page, "document.querySelectorAll('tbody tr').length === 1")
        assert "mode=thinking" in page.url
        await page.fill("#q", "nothing of the kind")
        await page.wait_for_selector(".empty")
        assert await axe(page) == []
        await page.fill("#q", "tides")
        await page.wait_for_selector("tbody tr")
        await page.click("tbody tr a")
        await page.wait_for_url("**/runs/*")


async def test_there_may_be_more_than_a_page(own: Settings, visit: Visit) -> None:
    async with served(own, player()) as server:
        page = await visit(server.url + "/")
        await ask(page, "What is 17% of 240?")
        assert server.engine.store is not None
        await server.engine.store.rows(
            "owner",
            "insert into runs (id, person, conversation, executor, state, asked, mode, ended)"
            " select 'run_' || n, person, conversation, executor, state, asked, mode, ended"
            " from runs, generate_series(1, 60) n",
        )
        await page.goto(server.url + "/manage/runs")
        await until(page, "document.querySelectorAll('tbody tr').length === 50")
        await page.click("#content button:has-text('more')")
        await until(page, "document.querySelectorAll('tbody tr').length === 61")


@everywhere
async def test_how_it_looks(own: Settings, visit: Visit, width: int, theme: str) -> None:
    async with served(own, player()) as server:
        page = await visit(server.url + "/", width=width, theme=theme)
        await ask(page, "What is 17% of 240, and how many days until Christmas?")
        await page.goto(server.url + "/manage/runs")
        await page.wait_for_selector("tbody tr")
        assert await axe(page) == []
        await picture(page, f"runs-{width}-{theme}")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
