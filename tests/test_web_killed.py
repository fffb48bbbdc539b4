"""A server that is killed in the middle of a run and started again: the page goes on by itself."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import chromium
import fake_model
from acting import ask, until
from chromium import Visit

pytestmark = chromium.browsing


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def serving(home: str, port: int, model: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`musespark serve` as a process of its own, from when it answers."""
    more = {
        "MUSESPARK_HOME": home, "MUSESPARK_PORT": str(port),
        "MUSESPARK_DEEP_URL": model, "MUSESPARK_FAST_URL": model,
    }  # fmt: skip
    own = {name: value for name, value in os.environ.items() if not name.startswith("MUSESPARK_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "musespark", "serve", env=own | more,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(600):
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            except OSError:
                await asyncio.sleep(0.1)
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


async def test_the_page_goes_on_after_a_kill(visit: Visit) -> None:
    visit.allow("ERR_", "Failed to load resource", "50[0-9]")
    port = free_port()
    with tempfile.TemporaryDirectory() as home, fake_model.Server() as model:
        model.names = ["played"]
        try:
            async with serving(home, port, model.url) as first:
                page = await visit(f"http://127.0.0.1:{port}/")
                question = "Compare ways to keep a forum friendly, slowly"
                await ask(page, question, "contemplating", wait=False)
                await until(
                    page, "document.querySelector('.exchange a[href^=\"/runs/\"]') !== null"
                )
                await page.fill("textarea", "half a thought")
                await asyncio.sleep(0.5)
                first.kill()
            async with serving(home, port, model.url):
                await page.wait_for_selector(".answer-foot > *", timeout=90_000)
                said = await page.inner_text(".exchange .prose")
                assert said.count("Three ways") == 1
                assert said.count("Most end up with all three") == 1
                assert await page.input_value("textarea") == "half a thought"
                await page.reload()
                await page.wait_for_selector(".answer-foot > *")
                assert await page.inner_text(".exchange .prose") == said
        finally:
            model.shutdown()
