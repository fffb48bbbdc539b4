"""A browser for tests: Debian's Chromium by Playwright, a fresh profile for every visit.

A test of pages says `pytestmark = chromium.browsing` and takes the fixture `visit`. What a page
must never do fails the test: an error on its console, a request to anybody but its server, anything
that its policy forbids. Pictures go to the folder that MUSESPARK_TEST_PICTURES names, if it does.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import psycopg.sql
import pytest
import pytest_asyncio

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
CHROMIUM = next((found for name in NAMES if (found := shutil.which(name))), None)
browsing = [
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium"),
    pytest.mark.flaky(reruns=1),  # a browser on a busy machine; the letter R tells of it
]
WIDTHS = {390: 844, 768: 1024, 1440: 900}  # a phone, a tablet, a desk: each with its height
THEMES = ("light", "dark")
everywhere = pytest.mark.parametrize(
    ("width", "theme"), [(width, theme) for width in WIDTHS for theme in THEMES]
)
# A phone by day and a desk by night: enough for a page made of parts that are tested everywhere.
twice = pytest.mark.parametrize(("width", "theme"), [(390, "light"), (1440, "dark")])
_ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-gpu",
    "--disable-sync",
    "--no-first-run",
    "--use-fake-device-for-media-stream",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
]
# The browser's own "Slow 3G" and "Fast 3G": milliseconds there and back, bytes a second.
NETWORKS = {"slow-3g": (2000, 50_000), "3g": (563, 180_000)}


_GONE = ("CONNECTION_REFUSED", "CONNECTION_RESET", "EMPTY_RESPONSE", "when fetching the script")


class Visit:
    """Opens pages, each in a profile of its own, and remembers what they did wrong."""

    def __init__(self, browser: Any) -> None:
        self.browser = browser
        self.problems: list[str] = []
        self._allowed: list[str] = []
        self._contexts: list[Any] = []

    async def __call__(
        self,
        url: str,
        *,
        width: int = 1440,
        theme: str = "light",
        language: str = "en-GB",
        still: bool = True,
        touch: bool | None = None,
        wait: str = "load",
        **more: Any,
    ) -> Any:
        """A page at `url`, as Playwright's Page. `still` asks for reduced motion; `more` goes to
        `new_context`."""
        context = await self.profile(
            url, width=width, theme=theme, language=language, still=still, touch=touch, **more
        )
        page = await context.new_page()
        await page.goto(url, wait_until=wait)
        return page

    async def profile(
        self, url: str, *, width: int = 1440, theme: str = "light", language: str = "en-GB",
        still: bool = True, touch: bool | None = None, **more: Any,
    ) -> Any:  # fmt: skip
        """A fresh profile whose pages may talk to the server of `url` alone: for several tabs."""
        touch = width < 1024 if touch is None else touch
        context = await self.browser.new_context(
            viewport={"width": width, "height": WIDTHS.get(width, 900)},
            color_scheme=theme, locale=language, has_touch=touch, is_mobile=width < 600,
            reduced_motion="reduce" if still else "no-preference", **more,
        )  # fmt: skip
        context.set_default_timeout(30_000)
        self._contexts.append(context)
        own = urlsplit(url).netloc

        def requested(request: Any) -> None:
            parts = urlsplit(request.url)
            if parts.scheme not in ("data", "blob") and parts.netloc != own:
                self.problems.append(f"a request to {request.url}")

        def said(message: Any) -> None:
            # A server that is gone is the test's own doing: pages ask it to their last moment.
            gone = any(each in message.text for each in _GONE)
            if message.type in ("error", "warning") and not gone:
                self.problems.append(f"the console says: {message.text}")

        context.on("request", requested)
        context.on("console", said)
        context.on("weberror", lambda error: self.problems.append(f"an error: {error.error}"))
        return context

    def allow(self, *patterns: str) -> None:
        """Problems that are meant to be there, as regular expressions: "status of 401"."""
        self._allowed += patterns

    def left(self) -> list[str]:
        """The problems that nobody allowed."""
        return [
            problem
            for problem in self.problems
            if not any(re.search(pattern, problem) for pattern in self._allowed)
        ]

    async def close(self) -> None:
        for context in self._contexts:
            await context.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Any]:
    """One browser for each test process, started by the first test that needs it."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=_ARGUMENTS, chromium_sandbox=os.geteuid() != 0
        )
        yield running
        await running.close()


_WAYS_IN = ("keys", "hosts", "passwords", "passkeys", "accounts")


def unlock(url: str) -> None:
    """Take away all by which somebody could come in, so that this machine alone may."""
    with psycopg.connect(url, autocommit=True) as connection:
        for table in _WAYS_IN:
            if connection.execute("select to_regclass(%s)", (table,)).fetchone() != (None,):
                connection.execute(
                    psycopg.sql.SQL("delete from {}").format(psycopg.sql.Identifier(table))
                )


@pytest.fixture
def keyless(home: Path) -> None:
    """No key of an earlier test shuts the pages that share the home with it."""
    from musespark import postgres

    running, url = postgres.start(home)
    unlock(url)
    postgres.leave(running)


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Any, keyless: None) -> AsyncIterator[Visit]:
    """`page = await visit(server.url + "/")`; at the end nothing may have gone wrong."""
    visiting = Visit(browser)
    yield visiting
    await visiting.close()
    if left := visiting.left():
        pytest.fail("\n".join(left), pytrace=False)


async def axe(page: Any, *, without: str = "") -> list[str]:
    """What axe finds wrong with a page, all of WCAG 2.2 AA and its best practice: a line each.
    `without` is a selector of what is left out. It works beside the page, whatever its policy."""
    session = await page.context.new_cdp_session(page)
    try:
        tree = await session.send("Page.getFrameTree")
        world = await session.send(
            "Page.createIsolatedWorld",
            {"frameId": tree["frameTree"]["frame"]["id"], "worldName": "axe"},
        )
        context = {"contextId": world["executionContextId"]}
        await _evaluate(session, _axe() + ";0", context)
        scope = {"include": [["html"]], "exclude": [[without]] if without else []}
        wanted = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
        call = f"axe.run({json.dumps(scope)}, {json.dumps(wanted)}).then(r => r.violations)"
        found = await _evaluate(session, call, context)
    finally:
        await session.detach()
    return list(_lines(found))


async def _evaluate(session: Any, expression: str, context: dict[str, Any]) -> Any:
    answer = await session.send(
        "Runtime.evaluate",
        {"expression": expression, "awaitPromise": True, "returnByValue": True, **context},
    )
    assert "exceptionDetails" not in answer, answer["exceptionDetails"]
    return answer["result"].get("value")


def _axe() -> str:
    return files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


def _lines(violations: list[dict[str, Any]]) -> Iterator[str]:
    for rule in violations:
        for node in rule["nodes"]:
            why = " ".join((node.get("failureSummary") or "").split())
            yield f"{rule['id']}: {node['html'][:160]} ({why[:240]})"


async def slowed(page: Any, *, cpu: float = 1, network: str = "") -> None:
    """Make the page's machine `cpu` times slower, and its network one of NETWORKS."""
    session = await page.context.new_cdp_session(page)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": cpu})
    if network:
        latency, rate = NETWORKS[network]
        await session.send("Network.enable")
        conditions = {"offline": False, "latency": latency}
        conditions |= {"downloadThroughput": rate, "uploadThroughput": rate}
        await session.send("Network.emulateNetworkConditions", conditions)


async def picture(page: Any, name: str, *, whole: bool = False) -> None:
    """Keep what the page looks like as `<name>.png`, in the folder MUSESPARK_TEST_PICTURES."""
    folder = os.environ.get("MUSESPARK_TEST_PICTURES", "")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=whole)
