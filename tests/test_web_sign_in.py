"""Signing in: a key for a cookie, a wrong key, and back to where one was going."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import chromium
from acting import until
from chromium import Visit, axe, everywhere, picture
from musespark.settings import Settings, read
from player import player
from served import served

pytestmark = chromium.browsing


@pytest.fixture
def own() -> Iterator[Settings]:
    """A home of its own: the first key shuts everybody else out."""
    with tempfile.TemporaryDirectory() as folder:
        yield read({"MUSESPARK_HOME": str(Path(folder))})


async def test_a_key_lets_in_and_out(own: Settings, visit: Visit) -> None:
    visit.allow("401")
    async with served(own, player()) as server:
        _, made = await server.json("POST", "/v1/keys", json={"name": "test"})
        page = await visit(server.url + "/manage/keys")
        await page.wait_for_url("**/sign-in?next=*")
        assert await axe(page) == []
        await page.fill("#key", "ms_wrong")
        await page.keyboard.press("Enter")
        await until(page, "document.querySelector('#fault').textContent !== ''")
        assert await axe(page) == []
        await picture(page, "sign-in-wrong")
        await page.fill("#key", made["key"])
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/manage/keys")
        await page.wait_for_selector(".rows li")
        assert made["key"] not in await page.content()
        assert made["key"] not in str(await page.evaluate("document.cookie"))
        await page.click("[data-do=settings]")
        await page.click("dialog button:has-text('Sign out')")
        await page.wait_for_url("**/sign-in")


async def test_it_leads_to_no_other_site(own: Settings, visit: Visit) -> None:
    visit.allow("401")
    async with served(own, player()) as server:
        _, made = await server.json("POST", "/v1/keys", json={"name": "test"})
        for next_ in ("//127.0.0.2/", "https://127.0.0.2/", "javascript:alert(1)", "/\\127.0.0.2",
                      "/.//127.0.0.2/"):  # fmt: skip
            page = await visit(f"{server.url}/sign-in?next={next_}")
            await page.fill("#key", made["key"])
            await page.keyboard.press("Enter")
            await page.wait_for_url(lambda url: "sign-in" not in url)
            assert page.url.startswith(server.url)


@everywhere
async def test_how_it_looks(own: Settings, visit: Visit, width: int, theme: str) -> None:
    visit.allow("401")
    async with served(own, player()) as server:
        await server.json("POST", "/v1/keys", json={"name": "test"})
        page = await visit(server.url + "/sign-in", width=width, theme=theme)
        await page.wait_for_selector("#key")
        assert await axe(page) == []
        await picture(page, f"sign-in-{width}-{theme}")
