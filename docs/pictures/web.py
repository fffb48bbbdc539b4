"""Draws web.png, web-dark.png, inside.png and you.png: the web app, its model a played one.

    uv run --group dev python docs/pictures/web.py [--serve PORT]

With --serve it only plays, at that port, to look at the app with.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import uvicorn

from musespark.api import app
from musespark.engine import Engine
from musespark.server import listen
from musespark.settings import read

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1] / "tests"))
from player import FRIENDLY, player  # noqa: E402


@contextlib.asynccontextmanager
async def playing(port: int, pause: float) -> AsyncIterator[str]:
    """A server with that model, in a home of its own."""
    with tempfile.TemporaryDirectory() as home:
        settings = read({"MUSESPARK_HOME": home, "MUSESPARK_PORT": str(port)})
        model = player(pause)
        engine = await Engine.open(settings, models=lambda tier: model, watch=True)
        listening = listen("127.0.0.1", port)
        config = uvicorn.Config(app(settings, engine=engine), log_config=None, access_log=False)
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running
            await engine.close()


async def asked(page: Any, question: str, mode: str, wait: bool = True) -> None:
    """Ask in the app, as a person does."""
    await page.click(".pill")
    await page.click(f".menu button:has(use[href$='#{mode}'])")
    await page.fill("textarea", question)
    await page.keyboard.press("Enter")
    if wait:
        await page.wait_for_selector(".exchange:last-child .answer-foot button", timeout=60_000)


async def draw() -> None:
    """The pictures."""
    from playwright.async_api import async_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    async with playing(0, 0.06) as url, async_playwright() as play_:
        browser = await play_.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--headless=new", *flags]
        )
        page = await browser.new_page(viewport={"width": 1280, "height": 860}, color_scheme="light")
        await page.goto(url)
        await asked(page, "How many km are 26.2 miles?", "auto")
        await page.click("[data-do=new]")
        await asked(page, "What is 17% of 240, and how many days until Christmas?", "auto")
        await page.click("[data-do=new]")
        await asked(page, "Why are there two tides a day?", "thinking")
        await page.wait_for_timeout(300)
        await page.screenshot(path=HERE / "web.png")
        await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        await page.screenshot(path=HERE / "web-dark.png")
        await page.emulate_media(color_scheme="light")
        await page.click("[data-do=new]")
        await asked(page, FRIENDLY, "contemplating", wait=False)
        await page.click(".exchange a[href^='/runs/']")
        await page.wait_for_selector("button.lane >> nth=3", timeout=60_000)
        await page.wait_for_timeout(1100)
        await page.screenshot(path=HERE / "inside.png")
        await page.goto(url + "/you/allow")
        await page.click(".purposes .switch >> nth=0")
        await page.wait_for_selector(".purposes figure:last-child.present")
        await page.wait_for_timeout(6000)  # until the toast has gone
        await page.screenshot(path=HERE / "you.png")
        await browser.close()


async def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--serve", type=int, metavar="PORT")
    options = parser.parse_args()
    if options.serve:
        async with playing(options.serve, 0.03) as url:
            sys.stdout.write(f"{url}\n")
            sys.stdout.flush()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
    else:
        await draw()


if __name__ == "__main__":
    asyncio.run(main())
