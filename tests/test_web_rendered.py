"""Patches in a real browser under the pages' policy: the end is the whole, and nothing runs."""

from __future__ import annotations

import contextlib
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web

import chromium
from acting import until
from chromium import Visit, axe
from musespark import patches
from musespark.markup import whole
from musespark.pages import POLICY
from musespark.patches import Patch, Stream
from test_markup import HOSTILE
from test_patches import PIECES

pytestmark = chromium.browsing

WEB = Path(patches.__file__).with_name("web")
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>t</title>
<meta name="viewport" content="width=device-width">
<script type="module" src="/page.js"></script><main><div id="place"></div></main></html>"""
SCRIPT = """
import { Rendered } from "/rendered.js";
window.ran = 0;
window.begin = () => {
  document.getElementById("place").replaceChildren();
  window.message = new Rendered(document.getElementById("place"));
};
window.take = (values) => { for (const value of values) window.message.apply(value); };
window.shown = () => document.getElementById("place").innerHTML;
window.looks = (html) => {
  const other = document.createElement("div");
  new Rendered(other).apply({ whole: html });
  return other.innerHTML;
};
window.moved = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.moved += entry.value;
}).observe({ type: "layout-shift", buffered: true });
window.ready = true;
begin();
"""
TEXT = """# Tides

Two kinds of **tides**, see `tide.py` and [this](https://tides.example/a?b=c&d): *spring* <b>.

- spring tides, at new moon
- neap tides,
  - nested, with $x^2$
- last

1. one

2. two & three

| a | b |
|---|--:|
| 1 | 2 |
| 3 | 4 |

```python
def pull(mass, distance):
    return mass / distance**3  # & so on
```

$$\\frac{a}{b}$$

> quoted
> text

The end [1]."""


@contextlib.asynccontextmanager
async def page_of_the_test() -> AsyncIterator[str]:
    async def page(request: web.Request) -> web.Response:
        headers = {"content-security-policy": POLICY}
        return web.Response(text=PAGE, content_type="text/html", headers=headers)

    async def script(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        text = SCRIPT if name == "page.js" else (WEB / name).read_text()
        return web.Response(text=text, content_type="text/javascript")

    async def icon(request: web.Request) -> web.Response:
        return web.Response(status=204)

    application = web.Application()
    application.router.add_get("/", page)
    application.router.add_get("/favicon.ico", icon)
    application.router.add_get("/{name}", script)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


def values(found: list[Patch]) -> list[dict[str, Any]]:
    return [msgspec.to_builtins(patch) for patch in found]


def streamed(text: str, size: int, sources: tuple[int, ...] = (1,)) -> list[list[dict[str, Any]]]:
    """The patches of a text that comes in pieces of that many letters."""
    stream = Stream(sources)
    found = [values(stream.feed(text[at : at + size])) for at in range(0, len(text), size)]
    return [*found, values(stream.close())]


@pytest.fixture(autouse=True)
def every_update(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patches, "SHARE", 1e9)


async def at(visit: Visit, url: str) -> Any:
    page = await visit(url)
    await until(page, "window.ready === true")
    return page


async def test_whatever_the_pieces_a_page_ends_with_the_whole(visit: Visit) -> None:
    async with page_of_the_test() as url:
        page = await at(visit, url)
        looks = await page.evaluate("html => looks(html)", whole(TEXT, [1]))
        for size in (1, 2, 3, 7, 20, 100, 10_000):
            await page.evaluate("begin()")
            for batch in streamed(TEXT, size):
                await page.evaluate("values => take(values)", batch)
            assert await page.evaluate("shown()") == looks, size
        assert await page.evaluate("document.querySelectorAll('[data-tail]').length") == 0
        math = "document.querySelector('math mfrac').namespaceURI"
        assert await page.evaluate(math) == "http://www.w3.org/1998/Math/MathML"
        assert await page.evaluate("getComputedStyle(document.querySelector('td')).display") == (
            "table-cell"
        )


async def test_nothing_that_anybody_writes_runs(visit: Visit) -> None:
    """Hostile words, streamed and whole: no script, no request, nothing that the policy refuses."""
    async with page_of_the_test() as url:
        page = await at(visit, url)
        for text in HOSTILE:
            hostile = text.replace("alert(1)", "window.ran=1").replace("onerror=1", "onerror=ran=1")
            for size in (1, 9):
                await page.evaluate("begin()")
                batches = [value for batch in streamed(hostile, size) for value in batch]
                await page.evaluate("values => take(values)", batches)
            looks = await page.evaluate("html => looks(html)", whole(hostile, [1]))
            assert await page.evaluate("shown()") == looks
        found = (
            "document.querySelectorAll('#place :is(script, img, iframe, svg, style, form)').length"
        )
        assert await page.evaluate(found) == 0
        await page.wait_for_timeout(50)
        assert await page.evaluate("window.ran") == 0


async def test_a_real_browser_ends_with_the_whole_of_anything(visit: Visit) -> None:
    """Texts made at random of all that Markdown knows and of hostile pieces."""
    chance = random.Random(7)
    async with page_of_the_test() as url:
        page = await at(visit, url)
        for _ in range(150):
            pieces = [chance.choice(PIECES) for _ in range(chance.randrange(1, 30))]
            pieces.insert(chance.randrange(len(pieces)), chance.choice(HOSTILE))
            text = "".join(pieces)
            batches = streamed(text, chance.randrange(1, 12))
            values = [value for batch in batches for value in batch]
            shown, looks = await page.evaluate(
                "([values, html]) => { begin(); take(values); return [shown(), looks(html)]; }",
                [values, whole(text, [1])],
            )
            assert shown == looks, text
        found = "document.querySelectorAll('#place :is(script, img, iframe, svg, style)').length"
        assert await page.evaluate(found) == 0


@pytest.mark.parametrize("width", [390, 1440])
async def test_axe_finds_nothing_wrong_with_an_answer(visit: Visit, width: int) -> None:
    async with page_of_the_test() as url:
        page = await visit(url, width=width)
        await until(page, "window.ready === true")
        wide = "wide" * 400 + "\n\n```\n" + "wide " * 200 + "\n```\n\n![a](https://b.c)"
        text = f"{TEXT}\n\n{wide}"
        batches = streamed(text, 50)
        await page.evaluate("values => take(values)", [v for batch in batches for v in batch])
        found = await axe(page)
        # The page of this test has no headings of its own for these to stand below.
        assert [
            line for line in found if not line.startswith(("page-has-heading", "heading-"))
        ] == []


async def test_a_selection_stays_while_the_answer_grows(visit: Visit) -> None:
    async with page_of_the_test() as url:
        page = await at(visit, url)
        batches = streamed("A first paragraph.\n\nThen *more* " + "and more words " * 40, 5)
        begun = batches[:6]
        for batch in begun:
            await page.evaluate("values => take(values)", batch)
        select = "getSelection().selectAllChildren(document.querySelector('#place p'))"
        await page.evaluate(select)
        for batch in batches[6:]:
            await page.evaluate("values => take(values)", batch)
        assert await page.evaluate("getSelection().toString()") == "A first paragraph."


async def test_words_before_the_mark_stay_selected_in_the_block_that_grows(visit: Visit) -> None:
    async with page_of_the_test() as url:
        page = await at(visit, url)
        batches = streamed("Some words that **come** and " + "more and more of them " * 20, 7)
        for batch in batches[:8]:
            await page.evaluate("values => take(values)", batch)
        await page.evaluate(
            """() => {
              const strong = document.querySelector('#place strong');
              getSelection().selectAllChildren(strong);
            }"""
        )
        for batch in batches[8:]:
            await page.evaluate("values => take(values)", batch)
        assert await page.evaluate("getSelection().toString()") == "come"


async def test_nothing_jumps_while_it_streams(visit: Visit) -> None:
    async with page_of_the_test() as url:
        page = await at(visit, url)
        for batch in streamed(TEXT * 3, 12):
            await page.evaluate("values => take(values)", batch)
            await page.evaluate("new Promise(requestAnimationFrame)")
        assert await page.evaluate("window.moved") <= 0.02


async def test_a_message_that_comes_anew_keeps_the_blocks_that_are_the_same(visit: Visit) -> None:
    async with page_of_the_test() as url:
        page = await at(visit, url)
        text = "One *a*.\n\n- b\n- c\n\nTwo three four"
        first = streamed(text, 3)[:-1]
        for batch in first:
            await page.evaluate("values => take(values)", batch)
        await page.evaluate("window.before = [...document.getElementById('place').children]")
        stream = Stream((1,))
        again = [{"fresh": True}, *values(stream.feed(text[: text.index(" four")]))]
        await page.evaluate("values => take(values)", again)
        await page.evaluate("values => take(values)", values(stream.feed(" five")))
        await page.evaluate("values => take(values)", values(stream.close()))
        same = "[...document.getElementById('place').children].map((e, n) => e === before[n])"
        assert await page.evaluate(same) == [True, True, False]
        looks = await page.evaluate(
            "html => looks(html)", whole("One *a*.\n\n- b\n- c\n\nTwo three five")
        )
        assert await page.evaluate("shown()") == looks
        short = [{"fresh": True}, *values(Stream().feed("One *a*.\n\n"))]
        await page.evaluate("values => take(values)", short)
        assert await page.evaluate("document.getElementById('place').children.length") == 1


async def test_thousands_of_small_updates_leave_few_nodes(visit: Visit) -> None:
    async with page_of_the_test() as url:
        page = await at(visit, url)
        text = "word " * 2000
        values = [value for batch in streamed(text, 4) for value in batch]
        await page.evaluate("values => take(values)", values)
        assert await page.evaluate("document.querySelector('#place p').childNodes.length") < 5
        assert await page.evaluate("message.element.textContent") == text.strip()
