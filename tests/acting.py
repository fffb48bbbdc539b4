"""What a person does on the web app's pages, for the tests of them."""

from __future__ import annotations

import asyncio
from typing import Any


async def until(page: Any, expression: str, seconds: float = 30) -> None:
    """Wait until an expression is true in the page. (Playwright's own way needs `eval` inside it,
    which our policy forbids.)"""
    for _ in range(int(seconds / 0.02)):
        if await page.evaluate(expression):
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {expression}")


async def ask(page: Any, question: str, mode: str = "", wait: bool = True) -> None:
    """Ask as a person does: pick the mode, type, press Enter; until the answer is whole."""
    if mode:
        await page.click(".composer .pill")
        await page.click(f".menu button:has(use[href$='#{mode}'])")
    await page.fill("textarea", question)
    await page.click(".composer .icon-button.act")
    if wait:
        await answered(page)


async def answered(page: Any) -> None:
    await page.wait_for_selector(".exchange:last-child .answer-foot > *")


async def words(page: Any, which: str = ":last-child") -> str:
    return str(await page.inner_text(f".exchange{which} .prose"))
