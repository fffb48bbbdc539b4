"""Incognito in Talk: nothing stays, on this device or on the server, and it shows."""

from __future__ import annotations

from typing import Any

import chromium
from acting import ask, until, words
from chromium import Visit, axe, picture, twice
from musespark.model import Request
from musespark.scripted import Reply, ScriptedModel
from musespark.settings import Settings
from player import player
from served import Served, served

pytestmark = chromium.browsing


async def echo(request: Request) -> Reply:
    """What the person said up to now, and whether a file came with it."""
    said = [m for m in request.messages if m.role == "user"]
    files = sum(len(m.parts) > 1 for m in said)
    return Reply(text=f"{' / '.join(m.text for m in said)} ({files} with a file)")


async def kept(server: Served) -> dict[str, int]:
    """How many rows of a person there are, table by table."""
    store = server.engine.store
    assert store is not None
    names = ("runs", "conversations", "files", "activities", "audit", "events", "messages")
    found = {}
    for row in await store.rows("owner", "select tablename from pg_tables"):
        if row["tablename"] in names:
            count = f"select count(*) as n from {row['tablename']}"
            found[row["tablename"]] = (await store.rows("owner", count))[0]["n"]  # type: ignore[arg-type]
    return found


async def stored(page: Any) -> str:
    return str(await page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})"))


async def test_nothing_of_it_is_kept(settings: Settings, visit: Visit) -> None:
    async with served(settings, ScriptedModel(echo)) as server:
        page = await visit(server.url + "/")
        await page.fill("textarea", "written before")
        before = await kept(server)
        assert "written before" in await stored(page)
        await page.click("[data-part='incognito']")
        assert "written before" not in await stored(page)
        assert await page.input_value("textarea") == "written before"
        note = {"name": "note.txt", "mimeType": "text/plain", "buffer": b"the code is 4711"}
        await page.set_input_files("input[type=file] >> nth=0", note)
        await page.wait_for_selector(".attachment[data-state='ready']")
        await ask(page, "first secret", "instant")
        await ask(page, "second secret")
        assert "first secret / second secret" in await words(page)
        assert "with a file" in await words(page)
        assert page.url == server.url + "/"
        assert "secret" not in await stored(page)
        assert await kept(server) == before
        assert await page.locator("#share").is_hidden()
        await page.reload()
        await page.wait_for_selector("#welcome:not([hidden])")
        assert await page.locator("[data-part='incognito'][aria-pressed='false']").count() == 1


@twice
async def test_it_shows_and_is_left_on_purpose(
    settings: Settings, visit: Visit, width: int, theme: str
) -> None:
    async with served(settings, player()) as server:
        page = await visit(server.url + "/", width=width, theme=theme)
        await ask(page, "What is 17% of 240?")
        await page.click("[data-part='incognito']")
        await page.wait_for_selector("#welcome:not([hidden])")
        await page.wait_for_selector(".composer.hidden [data-part='hiddenNote']")
        assert await axe(page) == []
        await ask(page, "What is 20% of 240?")
        assert await axe(page) == []
        await picture(page, f"incognito-{width}-{theme}")
        await page.click("[data-part='incognito']")
        await page.click("dialog .button:not(.bad)")
        assert "48" in await words(page)
        await page.click("[data-part='incognito']")
        await page.click("dialog .button.bad")
        await page.wait_for_selector("#welcome:not([hidden])")
        await until(page, "!document.querySelector('.composer.hidden')")
        await ask(page, "What is 30% of 240?")
        assert "/c/" in page.url
