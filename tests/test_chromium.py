"""The browser of the tests notices what a page does wrong."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

import chromium
from chromium import Visit, axe, picture, slowed

pytestmark = chromium.browsing

STRICT = "default-src 'none'; script-src 'self'; require-trusted-types-for 'script'"
FINE = """<!doctype html><html lang=en><meta name=viewport content="width=device-width">
<title>t</title><main><h1>Fine</h1><p>All of it.</p></main>"""


@contextlib.asynccontextmanager
async def page_of(html: str, policy: str = STRICT, script: str = "") -> AsyncIterator[str]:
    """A server that has one page and one script."""

    async def page(request: web.Request) -> web.Response:
        headers = {"content-security-policy": policy}
        return web.Response(text=html, content_type="text/html", headers=headers)

    async def module(request: web.Request) -> web.Response:
        return web.Response(text=script, content_type="text/javascript")

    async def icon(request: web.Request) -> web.Response:
        return web.Response(status=204)

    application = web.Application()
    application.router.add_get("/", page)
    application.router.add_get("/page.js", module)
    application.router.add_get("/favicon.ico", icon)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


@chromium.everywhere
async def test_a_page_is_shown_as_wide_and_as_dark_as_asked(
    visit: Visit, width: int, theme: str
) -> None:
    async with page_of(FINE) as url:
        page = await visit(url, width=width, theme=theme)
        assert await page.evaluate("innerWidth") == width
        dark = await page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        assert dark == (theme == "dark")
        assert await axe(page) == []
        await picture(page, f"fine-{width}-{theme}")


WRONG = [
    ("<script>1</script>", "", "console says: Executing inline script violates"),
    ("<script src=page.js></script>", "nothing()", "an error: .*nothing is not defined"),
    ("<script src=page.js></script>", "console.error('oh')", "console says: oh"),
    ("<img src=https://elsewhere.example/a.png alt=a>", "", "console says: .*violates"),
    ("<script src=page.js></script>", "document.body.innerHTML = 'x'", "TrustedHTML"),
]


@pytest.mark.parametrize(("body", "script", "problem"), WRONG)
async def test_what_a_page_does_wrong_is_noticed(
    visit: Visit, body: str, script: str, problem: str
) -> None:
    async with page_of(FINE + body, script=script) as url:
        await visit(url)
        assert any(re.search(problem, each) for each in visit.left()), visit.left()
        visit.allow(".")


async def test_a_request_to_anybody_else_is_noticed(visit: Visit) -> None:
    body = FINE + "<img src=https://elsewhere.example/a.png alt=a>"
    async with page_of(body, "img-src *") as url:
        await visit(url)
        assert "a request to https://elsewhere.example/a.png" in visit.left()
        visit.allow("elsewhere", "ERR_")


async def test_axe_says_what_is_wrong_whatever_the_policy(visit: Visit) -> None:
    async with page_of(FINE.replace("All", "<input>")) as url:
        page = await visit(url)
        found = await axe(page)
        assert [line.partition(":")[0] for line in found] == ["label"]
        assert await axe(page, without="input") == []


async def test_a_machine_can_be_slowed(visit: Visit) -> None:
    async with page_of(FINE) as url:
        page = await visit(url)
        await slowed(page, cpu=6, network="3g")
        await page.reload()
        assert await page.text_content("h1") == "Fine"
