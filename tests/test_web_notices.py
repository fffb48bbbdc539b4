"""Who looks elsewhere is told when a long answer is there, if they asked for it; nobody else is."""

from __future__ import annotations

from typing import Any

import chromium
from acting import answered, ask, until
from chromium import Visit, axe
from musespark.scripted import ScriptedModel
from musespark.settings import Settings
from served import served

pytestmark = chromium.browsing
# A page that does not know it is looked at, while `away` says so.
AWAY = "window.away = false; Object.defineProperty(document, 'hidden', {get: () => window.away});"
BACK = "window.away = false; document.dispatchEvent(new Event('visibilitychange'));"
SHOWN = """navigator.serviceWorker.ready.then((worker) => worker.getNotifications())
    .then((all) => all.map(({title, body, data}) => ({title, body, data})))"""


def slow() -> ScriptedModel:
    """A model that takes about six seconds."""
    return ScriptedModel(["word " * 30], repeat=True, pause=0.2)


async def told(page: Any) -> bool:
    """Whether the notices could be switched on under Look and language."""
    await page.click("[data-do=settings]")
    await page.click("dialog .switch input")
    assert await axe(page) == []
    await until(page, "localStorage.getItem('tell') !== null")
    on = bool(await page.locator("dialog .switch input").is_checked())
    await page.click("dialog .button.act")
    return on


async def test_a_long_answer_is_told_to_someone_elsewhere(settings: Settings, visit: Visit) -> None:
    async with served(settings, slow()) as server:
        profile = await visit.profile(server.url, permissions=["notifications"])
        page = await profile.new_page()
        await page.add_init_script(AWAY)
        await page.goto(server.url + "/")
        await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        assert await told(page)
        await ask(page, "Tell me a long story", "instant", wait=False)
        await page.evaluate("window.away = true")
        await until(page, "document.title.startsWith('●')")
        found = []
        while not found:
            found = await page.evaluate(SHOWN)
        assert [each["body"] for each in found] == ["Tell me a long story"]
        assert found[0]["title"] == "Your answer is ready"
        assert page.url.endswith(found[0]["data"])
        await page.evaluate(BACK)
        await until(page, "!document.title.startsWith('●')")
        await page.reload()
        await page.click("[data-do=settings]")
        assert await page.locator("dialog .switch input").is_checked()


async def test_nobody_who_looks_on_is_told(settings: Settings, visit: Visit) -> None:
    async with served(settings, slow()) as server:
        profile = await visit.profile(server.url, permissions=["notifications"])
        page = await profile.new_page()
        await page.goto(server.url + "/")
        await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        assert await told(page)
        await ask(page, "Tell me a long story", "instant")
        assert not (await page.title()).startswith("●")
        assert await page.evaluate(SHOWN) == []


async def test_a_browser_that_refuses_is_not_asked_again(settings: Settings, visit: Visit) -> None:
    async with served(settings, slow()) as server:
        page = await visit(server.url + "/")
        session = await page.context.new_cdp_session(page)
        refused = {"permission": {"name": "notifications"}, "setting": "denied"}
        await session.send("Browser.setPermission", refused)
        await page.add_init_script(AWAY)
        await page.reload()
        assert not await told(page)
        assert "does not allow" in await page.inner_text(".toasts")
        await ask(page, "Tell me a long story", "instant", wait=False)
        await page.evaluate("window.away = true")
        await until(page, "document.title.startsWith('●')")  # the tab says so at least
        await answered(page)
