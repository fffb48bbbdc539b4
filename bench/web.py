"""The web app in Chromium: first paint, streaming, memory, a long conversation, sixteen lanes.

    uv run --group dev python bench/web.py [--quick] [--only NAME] [--out FILE]

start     a cold visit: first contentful paint, until a question can be typed, bytes of code
stream    5,000 tokens of Markdown: the longest frame, layout shift, how late a token is seen
memory    50 answers in one page: the heap after the 10th and after the last, garbage collected
long      a conversation of 2,000 messages: until its end can be read
lanes     16 agents at once (5 minutes; with --quick half a minute): the longest frame

Server, model and browser share the two cores. A token's lateness is from the moment at which the
API sent it, and from the one at which the model gave it, to the picture that shows it, on one
clock. Frames are told twice: as a clock on the wall sees them, which a busy machine makes longer,
and as the page's own work, the processor time of its main thread in Chromium's trace. The whole
takes about ten minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import uvicorn

from musespark import event as ev
from musespark.api import app
from musespark.engine import Engine
from musespark.message import say
from musespark.model import Card, Chunk, Request
from musespark.scripted import ScriptedModel
from musespark.server import listen
from musespark.settings import read

ARGUMENTS = ["--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"]
# Frames and shifts, from the moment at which it stands in the page.
WATCH = """() => {
    const seen = {frames: [], shift: 0};
    window.seen = seen;
    let before = performance.now();
    const frame = (now) => { seen.frames.push(now - before); before = now; seen.id = requestAnimationFrame(frame); };
    seen.id = requestAnimationFrame((now) => { before = now; frame(now); });
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) if (!entry.hadRecentInput) seen.shift += entry.value; })
        .observe({type: "layout-shift"});
}"""  # noqa: E501
# When each token that tells its own birth ("1763712000123.4") is on the screen.
LATE = """() => {
    window.late = [];
    let known = 0;
    const look = () => {
        const words = document.querySelector(".exchange:last-child .prose")?.textContent ?? "";
        if (words.length === known) return;
        const fresh = words.slice(Math.max(0, known - 20));
        known = words.length;
        const births = [...fresh.matchAll(/t(\\d{13}\\.\\d)\\b/g)].map(([, birth]) => Number(birth));
        requestAnimationFrame(() => {
            const now = performance.timeOrigin + performance.now();
            if (births.length) window.late.push([births.at(-1), now]);
        });
    };
    new MutationObserver(look).observe(document.querySelector("#exchanges"), {subtree: true, childList: true, characterData: true});
}"""  # noqa: E501


def markdown(tokens: int) -> str:
    """Markdown of about so many tokens: paragraphs, lists, tables, code, formulas."""
    part = (
        "## Part {n}\n\nThe tide comes in **twice a day**, and the harbour keeper writes it down "
        "in a `book` that nobody reads. Some days it is late, and then people say so [1].\n\n"
        "- one boat\n- two boats with *red* sails\n- the ferry\n\n"
        "| hour | height | who saw it |\n|---|---|---|\n| 6:10 | 3.1 m | the keeper |\n"
        "| 12:35 | .4 m | nobody |\n\n```python\ndef tide(hour):\n    return 2 + sin(hour / 2)\n```"
        "\n\nIts height is $h = a \\sin(\\omega t)$ for a day without wind.\n\n"
    )
    words: list[str] = []
    number = 0
    while len(words) < tokens:
        number += 1
        words += part.format(n=number).split(" ")
    return " ".join(words[:tokens])


class Sending:
    """The application, noting when it sends each token that tells its own birth."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.sent = inner, dict[float, float]()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def noting(message: Any) -> None:
            for birth in re.findall(rb"\bt(\d{13}\.\d)\b", message.get("body", b"")):
                self.sent.setdefault(float(birth), time.time() * 1000)
            await send(message)

        await self.inner(scope, receive, noting if scope["type"] == "http" else send)


@contextlib.asynccontextmanager
async def serving(
    model: Any, around: Callable[[Any], Any] = lambda inner: inner
) -> AsyncIterator[tuple[str, Engine]]:
    with tempfile.TemporaryDirectory() as home:
        settings = read({"MUSESPARK_HOME": home, "MUSESPARK_BUDGET_SECONDS": "900",
                         "MUSESPARK_BUDGET_TOKENS": "10000000"})  # fmt: skip
        engine = await Engine.open(settings, models=lambda tier: model, watch=True)
        listening = listen("127.0.0.1", 0)
        application = around(app(settings, engine=engine))
        config = uvicorn.Config(application, log_config=None, access_log=False)
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}", engine
        finally:
            server.should_exit = True
            await running
            await engine.close()


# What the page does in a frame, by the names that the trace gives to it.
DOINGS = {"script": ("FunctionCall", "EvaluateScript"), "style": ("UpdateLayoutTree",),
          "layout": ("Layout",), "painting": ("PrePaint", "Paint", "Layerize")}  # fmt: skip


class Watched:
    """What a page did while it was watched: its frames on the wall, and its own work from the
    trace, in milliseconds of its main thread's processor time."""

    def __init__(self, seen: dict[str, Any], events: list[dict[str, Any]], seconds: float) -> None:
        frames = seen["frames"][5:]
        names = {(each["pid"], each["tid"]): each["args"]["name"] for each in events
                 if each["name"] == "thread_name"}  # fmt: skip
        own = [each for each in events if names.get((each["pid"], each["tid"])) == "CrRendererMain"
               and each.get("ph") == "X" and "tdur" in each]  # fmt: skip
        work: dict[int, list[float]] = {}
        for each in own:
            if each["name"] == "RunTask":
                work.setdefault(each["pid"], []).append(each["tdur"] / 1000)
        page = max(work, key=lambda pid: sum(work[pid]))
        tasks = work[page]
        self.figures = {
            "longest frame on the wall ms": max(frames),
            "frames over 50 ms on the wall": sum(frame > 50 for frame in frames),
            "longest task of the page ms": max(tasks),
            "tasks of the page over 50 ms": sum(task > 50 for task in tasks),
            "the page's work, % of a core": sum(tasks) / seconds / 10,
        }
        for doing, parts in DOINGS.items():
            took = [e["tdur"] for e in own if e["pid"] == page and e["name"] in parts]
            self.figures[f"of it {doing}, %"] = sum(took) / seconds / 1e4


@contextlib.asynccontextmanager
async def watching(browser: Any, page: Any) -> AsyncIterator[list[Watched]]:
    """Watch the page meanwhile; afterwards the list holds what was seen."""
    session = await browser.new_browser_cdp_session()
    events: list[dict[str, Any]] = []
    done = asyncio.Event()
    session.on("Tracing.dataCollected", lambda found: events.extend(found["value"]))
    session.on("Tracing.tracingComplete", lambda _: done.set())
    kept: list[Watched] = []
    await page.evaluate(WATCH)
    categories = ["devtools.timeline", "disabled-by-default-devtools.timeline", "__metadata"]
    config = {"recordMode": "recordAsMuchAsPossible", "includedCategories": categories,
              "excludedCategories": ["*"]}  # fmt: skip
    await session.send("Tracing.start", {"traceConfig": config, "transferMode": "ReportEvents"})
    began = time.perf_counter()
    try:
        yield kept
    finally:
        seconds = time.perf_counter() - began
        seen = await page.evaluate("window.seen")
        await session.send("Tracing.end")
        await done.wait()
        await session.detach()
        kept.append(Watched(seen, events, seconds))


@contextlib.asynccontextmanager
async def browsing() -> AsyncIterator[Any]:
    from playwright.async_api import async_playwright

    async with async_playwright() as play:
        browser = await play.chromium.launch(
            executable_path=shutil.which("chromium"), args=ARGUMENTS,
            chromium_sandbox=os.geteuid() != 0,
        )  # fmt: skip
        try:
            yield browser
        finally:
            await browser.close()


async def asked(page: Any, question: str, seconds: float = 120) -> None:
    await page.fill("textarea", question)
    await page.click(".composer .icon-button.act")
    if seconds:
        await page.wait_for_selector(
            ".exchange:last-child .answer-foot > *", timeout=seconds * 1000
        )


def model(text: str = "It is so.", pause: float = 0.0) -> ScriptedModel:
    card = Card(name="played", where="this process", tools=True, json_schema=True)
    return ScriptedModel([text], card=card, pause=pause, repeat=True)


async def start(browser: Any, quick: bool) -> dict[str, float]:
    paints, ready, sizes = [], [], {}
    async with serving(model()) as (url, _):
        for _ in range(3 if quick else 9):
            context = await browser.new_context(service_workers="block")
            page = await context.new_page()
            began = time.perf_counter()
            await page.goto(url, wait_until="commit")
            await page.wait_for_selector("textarea")
            ready.append((time.perf_counter() - began) * 1000)
            await page.wait_for_load_state("load")
            await asyncio.sleep(0.3)
            found = await page.evaluate(
                """() => ({
                    paint: performance.getEntriesByName("first-contentful-paint")[0].startTime,
                    files: performance.getEntriesByType("resource").map((each) => [each.name, each.decodedBodySize]),
                })"""  # noqa: E501
            )
            paints.append(found["paint"])
            for kind in (".js", ".css"):
                sizes[kind] = sum(size for name, size in found["files"] if name.endswith(kind))
            await context.close()
    return {
        "first contentful paint ms": statistics.median(paints),
        "a question can be typed ms": statistics.median(ready),
        "JavaScript of the page kB": sizes[".js"] / 1000,
        "CSS kB": sizes[".css"] / 1000,
    }


async def stream(browser: Any, quick: bool) -> dict[str, float]:
    tokens = 1000 if quick else 5000
    async with serving(model(markdown(tokens), pause=0.005)) as (url, _):
        page = await browser.new_page(viewport={"width": 1280, "height": 860})
        await page.goto(url)
        await page.wait_for_selector("textarea")
        async with watching(browser, page) as watched:
            began = time.perf_counter()
            await asked(page, "Tell me of the tide", 0)
            await page.wait_for_selector(".exchange .answer-foot > *", timeout=300_000)
            took = time.perf_counter() - began
            shift = await page.evaluate("window.seen.shift")
        await page.close()
    since_sent, since_birth = await lateness(browser)
    return {
        "tokens a second": tokens / took,
        **watched[0].figures,
        "layout shift": shift,
        "token seen after the API sent it ms (median)": statistics.median(since_sent),
        "token seen after the API sent it ms (95 %)": sorted(since_sent)[
            int(len(since_sent) * 0.95)
        ],
        "token seen after the model gave it ms (median)": statistics.median(since_birth),
    }


async def lateness(browser: Any) -> tuple[list[float], list[float]]:
    """Milliseconds to the picture that shows a token, since the API sent it and since its birth."""

    class Clock(ScriptedModel):
        async def stream(self, request: Request) -> AsyncIterator[Any]:
            async for chunk in super().stream(request):
                born = chunk.text.strip() == "NOW"
                yield Chunk(text=f"t{time.time() * 1000:.1f} ") if born else chunk

    played = Clock(["NOW " * 300], card=model().card, pause=0.02, repeat=True)
    noted: list[Sending] = []

    def around(inner: Any) -> Sending:
        noted.append(Sending(inner))
        return noted[0]

    async with serving(played, around) as (url, _):
        page = await browser.new_page(viewport={"width": 1280, "height": 860})
        await page.goto(url)
        await page.wait_for_selector("textarea")
        await page.evaluate(LATE)
        await asked(page, "What time is it?" + " Tell me a story of it")
        late = await page.evaluate("window.late")
        await page.close()
    sent = noted[0].sent
    return (
        [shown - sent[birth] for birth, shown in late if birth in sent],
        [shown - birth for birth, shown in late],
    )


async def memory(browser: Any, quick: bool) -> dict[str, float]:
    answers = 20 if quick else 50
    async with serving(model(markdown(300))) as (url, _):
        page = await browser.new_page(viewport={"width": 1280, "height": 860})
        await page.goto(url)
        session = await page.context.new_cdp_session(page)
        heaps = []
        for number in range(1, answers + 1):
            await asked(page, f"Tell me more, part {number}")
            if number in (10, answers):
                await session.send("HeapProfiler.collectGarbage")
                usage = await session.send("Runtime.getHeapUsage")
                heaps.append(usage["usedSize"] / 1e6)
        await page.close()
    return {"heap after 10 answers MB": heaps[0], f"heap after {answers} MB": heaps[-1]}


async def long(browser: Any, quick: bool) -> dict[str, float]:
    pairs = 1000
    async with serving(model()) as (url, engine):
        after = ""
        for number in range(pairs):
            turn = await engine.turn(
                [say("user", f"Question {number} about the harbour")], conversation="conv-long",
                run=f"run-{number:05}", mode="instant",
            )  # fmt: skip
            turn.after = after
            live = await engine.start(turn)
            await live.task
            after = turn.run
        times = []
        for _ in range(2 if quick else 5):
            page = await browser.new_page(viewport={"width": 1280, "height": 860})
            began = time.perf_counter()
            await page.goto(f"{url}/c/conv-long", wait_until="commit")
            await page.wait_for_selector(f".exchange:has-text('Question {pairs - 1}')")
            times.append((time.perf_counter() - began) * 1000)
            await page.close()
    return {f"{pairs * 2} messages: their end is there after ms": statistics.median(times)}


async def lanes(browser: Any, quick: bool) -> dict[str, float]:
    seconds = 30 if quick else 300
    async with serving(model()) as (url, engine):
        turn = await engine.turn([say("user", "Sixteen at once")], mode="contemplating")
        turn.chosen = "contemplating"
        await engine.runs.begin(turn, durable=True)
        live = engine.runs.open(turn)
        names = [f"{turn.run}/draft-{n:02}" for n in range(1, 17)]
        live.publish(ev.RunStarted(turn.conversation, turn.run, "1.0", ev.now_ms()))
        live.publish(
            ev.Custom("musespark.mode", {"mode": "contemplating", "asked": "", "reason": ""})
        )
        for name in names:
            live.publish(ev.SubagentStarted(name, "analyst", "A draft", timestamp=ev.now_ms()))
            live.publish(ev.TextStart(f"{name}/text", "assistant", name))
        page = await browser.new_page(viewport={"width": 1280, "height": 860})
        await page.goto(f"{url}/runs/{turn.run}")
        await page.wait_for_selector("button.lane >> nth=15")
        async with watching(browser, page) as watched:
            ends = time.monotonic() + seconds
            while time.monotonic() < ends:
                for name in names:
                    live.publish(ev.TextDelta(f"{name}/text", "a word ", name))
                await asyncio.sleep(0.05)
        engine.runs.close(live)
        await page.close()
    return {"seconds watched": seconds, **watched[0].figures}


PARTS = {"start": start, "stream": stream, "memory": memory, "long": long, "lanes": lanes}


async def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=tuple(PARTS))
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    found: dict[str, dict[str, float]] = {}
    async with browsing() as browser:
        for name, part in PARTS.items():
            if options.only in (None, name):
                found[name] = await part(browser, options.quick)
                for words, value in found[name].items():
                    sys.stdout.write(f"{name:8} {words:44} {value:10.3f}\n")
                sys.stdout.flush()
    if options.out:
        options.out.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main())
