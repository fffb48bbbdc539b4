"""Files in the web app: given, sent, spoken, refused; and evidence opened where it stands."""

from __future__ import annotations

import asyncio
import base64
import io
import wave
from typing import Any

import aiohttp
import pytest

import chromium
from acting import answered, ask, until
from chromium import Visit, axe, everywhere, picture
from musespark.scripted import Reply, ScriptedModel
from musespark.settings import Settings
from player import player
from served import Served, served

pytestmark = chromium.browsing
FILES = "input[type=file] >> nth=0"
READY = ".composer .attachment[data-state=ready]"


def given(name: str, data: bytes, media: str = "") -> dict[str, Any]:
    return {"name": name, "mimeType": media, "buffer": data}


def shelf(size: tuple[int, int] = (900, 600)) -> bytes:
    """A shelf with a price on it."""
    from PIL import Image, ImageDraw

    made = Image.new("RGB", size, "#d9c9a8")
    draw = ImageDraw.Draw(made)
    for row in range(3):
        top = 60 + row * 190
        draw.rectangle((0, top + 120, size[0], top + 140), fill="#7a5a35")
        for place in range(6):
            colour = ("#8f1d3a", "#1f55c4", "#1f6b3a", "#a34a00", "#5243a8", "#00697a")[place]
            draw.rectangle((40 + place * 145, top, 130 + place * 145, top + 120), fill=colour)
    draw.rectangle((330, 325, 430, 375), fill="white")
    draw.text((350, 335), "4.20", fill="black", font_size=32)
    out = io.BytesIO()
    made.save(out, "PNG")
    return out.getvalue()


def paper(pages: int = 3) -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(420, 594))
    for number in range(1, pages + 1):
        canvas.setFont("Helvetica", 18)
        canvas.drawString(40, 540, f"Terms of delivery, page {number}")
        canvas.setFont("Helvetica", 11)
        for line in range(14):
            canvas.drawString(
                40, 500 - line * 22, f"{line + 1}. The goods are sent within two days."
            )
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def prices(rows: int = 300) -> bytes:
    lines = (f"item {n},{n % 7 + 1},{n * 1.5:.2f}" for n in range(1, rows + 1))
    return ("name,pieces,price\n" + "\n".join(lines) + "\n").encode()


def hum(seconds: int = 2) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(
            b"".join((n * 400 % 9_000).to_bytes(2, "little") for n in range(8_000 * seconds))
        )
    return out.getvalue()


def film(seconds: int = 4) -> bytes:
    av = pytest.importorskip("av")
    import numpy as np

    out = io.BytesIO()
    with av.open(out, "w", format="webm") as file:
        stream = file.add_stream("libvpx", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for n in range(seconds * 10):
            shade = np.full((180, 320, 3), (40 + n * 4, 90, 160), np.uint8)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(shade, format="rgb24")))
        file.mux(stream.encode())
    return out.getvalue()


async def upload(server: Served, name: str, data: bytes) -> str:
    form = aiohttp.FormData()
    form.add_field("purpose", "user_data")
    form.add_field("file", data, filename=name)
    status, made = await server.json("POST", "/v1/files", data=form)
    assert status == 200, made
    return str(made["id"])


@everywhere
async def test_files_are_sent_at_once_and_stand_in_the_question(
    settings: Settings, visit: Visit, width: int, theme: str
) -> None:
    async with served(settings, player()) as server:
        page = await visit(server.url + "/", width=width, theme=theme)
        await page.set_input_files(
            FILES, [given("shelf.png", shelf(), "image/png"), given("prices.csv", prices())]
        )
        await until(page, f"document.querySelectorAll('{READY}').length === 2")
        assert await page.locator(".composer .attachment img").count() == 1
        assert "prices.csv" in await page.inner_text(".composer .attachments")
        assert await axe(page) == []
        await picture(page, f"given-{width}-{theme}")
        await ask(page, "What does it cost?", "instant")
        for _ in range(2):
            await page.wait_for_selector(".exchange .attachment img")
            await page.wait_for_selector(".exchange button.attachment:has-text('prices.csv') small")
            assert await page.locator(".exchange .attachment").count() == 2
            assert await axe(page) == []
            await page.reload()
            await answered(page)
        await picture(page, f"asked-{width}-{theme}")
        await page.click(".exchange .attachment:has-text('prices.csv')")
        await page.wait_for_selector(".evidence td")
        assert await axe(page) == []
        await page.keyboard.press("Escape")
        await until(page, "document.activeElement.textContent.includes('prices.csv')")


async def test_a_question_waits_for_its_files(settings: Settings, visit: Visit) -> None:
    held: list[Any] = []
    async with served(settings, player()) as server:
        page = await visit(server.url + "/")

        async def hold(route: Any) -> None:
            held.append(route)

        await page.route("**/v1/files", hold)
        await page.set_input_files(FILES, [given("prices.csv", prices())])
        await page.wait_for_selector(".composer .attachment[aria-busy=true][data-state=sending]")
        await page.fill("textarea", "What does item 3 cost?")
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".composer[aria-busy=true]")
        assert await page.locator(".exchange").count() == 0
        while not held:
            await asyncio.sleep(0.02)
        await held[0].continue_()
        await answered(page)
        assert await page.locator(".exchange .attachment").count() == 1


async def test_how_far_a_file_is(settings: Settings, visit: Visit) -> None:
    async with served(settings, player()) as server:
        page = await visit(server.url + "/")
        session = await page.context.new_cdp_session(page)
        await session.send("Network.enable")
        slow = {"offline": False, "latency": 5, "downloadThroughput": -1}
        await session.send(
            "Network.emulateNetworkConditions", {**slow, "uploadThroughput": 150_000}
        )
        await page.set_input_files(FILES, [given("long.csv", prices(12_000))])
        part = "Number(document.querySelector('.attachment')?.style.getPropertyValue('--part'))"
        await until(page, f"{part} > 0 && {part} < 1")
        assert "%" in await page.inner_text(".composer .attachment small")
        await picture(page, "on-its-way")
        await page.click("[aria-label='Remove long.csv']")
        await until(page, "document.querySelector('.composer .attachments').hidden")
        _, listed = await server.json("GET", "/v1/files")
        assert "long.csv" not in [each["filename"] for each in listed["data"][:1]]


@everywhere
async def test_what_hinders_a_file_is_said(
    settings: Settings, visit: Visit, width: int, theme: str
) -> None:
    visit.allow("status of", "net::")
    async with served(settings, player()) as server:
        page = await visit(server.url + "/", width=width, theme=theme)

        async def full(route: Any) -> None:
            error = {"message": "The file could not be kept: the disk is full.", "code": "full"}
            await route.fulfill(status=507, json={"error": error})

        await page.route("**/v1/files", full)
        await page.set_input_files(FILES, [given("prices.csv", prices())])
        bad = ".composer .attachment[data-state=bad]"
        await page.wait_for_selector(bad)
        assert "the disk is full" in await page.inner_text(bad)
        await page.unroute("**/v1/files", full)
        await page.click(f"{bad} [aria-label='Try again']")
        await page.wait_for_selector(READY)
        await page.set_input_files(FILES, [given("odd.bin", bytes(range(256)))])
        await page.wait_for_selector(bad)
        assert "cannot be read" in await page.inner_text(bad)
        await page.fill("textarea", "What is this?")
        await page.click(".composer .icon-button.act")
        await page.wait_for_selector(".toast")
        assert await page.locator(".exchange").count() == 0
        assert await axe(page) == []
        await picture(page, f"hindered-{width}-{theme}")
        await page.click(f"{bad} [aria-label='Remove odd.bin']")
        await ask(page, "What is this?", "instant")
        assert await page.locator(".exchange .attachment").count() == 1


async def test_what_was_asked_with_files_is_asked_again(settings: Settings, visit: Visit) -> None:
    async with served(settings, ScriptedModel(lambda request: Reply(text="Seen."))) as server:
        page = await visit(server.url + "/")
        await page.set_input_files(FILES, [given("shelf.png", shelf(), "image/png")])
        await page.wait_for_selector(READY)
        await ask(page, "What is this?", "instant")
        await page.reload()
        await answered(page)
        await page.click(".exchange [aria-label='Edit the question']")
        await page.wait_for_selector(READY)
        await ask(page, "And this?")
        assert await page.locator(".exchange .attachment img").count() == 1
        await until(page, "document.querySelector('.versions') !== null")


@everywhere
async def test_a_voice_note(settings: Settings, visit: Visit, width: int, theme: str) -> None:
    visit.allow("status of")  # where nothing here reads sound
    async with served(settings, player()) as server:
        page = await visit(server.url + "/", width=width, theme=theme, permissions=["microphone"])
        await page.click("[aria-label='Record a voice note']")
        await page.wait_for_selector(".speaking:not([hidden])")
        await until(page, "document.querySelector('.speaking time').textContent === '0:01'")
        assert await axe(page) == []
        await picture(page, f"voice-{width}-{theme}")
        await page.click("[aria-label='End and attach']")
        await page.wait_for_selector(".composer .attachment:has-text('Voice note')")
        await until(page, "document.querySelector('.speaking').hidden")
        await page.wait_for_selector(".composer .attachment[aria-busy=false]")
        _, listed = await server.json("GET", "/v1/files")
        newest = listed["data"][0]
        assert newest["filename"].startswith("Voice note")
        assert newest["bytes"] > 1_000
        await page.click("[aria-label='Record a voice note']")
        await page.wait_for_selector(".speaking:not([hidden])")
        await page.keyboard.press("Escape")
        await until(page, "document.querySelector('.speaking').hidden")
        assert await page.locator(".composer .attachment").count() == 1


async def test_a_voice_note_is_held(settings: Settings, visit: Visit) -> None:
    visit.allow("status of")
    async with served(settings, player()) as server:
        page = await visit(server.url + "/", permissions=["microphone"])
        await page.hover("[aria-label='Record a voice note']")
        await page.mouse.down()
        await until(page, "document.querySelector('.speaking time').textContent === '0:01'")
        await page.mouse.up()
        await page.wait_for_selector(".composer .attachment:has-text('Voice note')")


async def test_a_microphone_that_is_not_allowed(settings: Settings, visit: Visit) -> None:
    async with served(settings, player()) as server:
        page = await visit(server.url + "/")
        await page.click("[aria-label='Record a voice note']")
        await page.wait_for_selector(".toast")
        assert "microphone" in await page.inner_text(".toasts")


async def talk_with_sources(server: Served, page: Any, sources: list[dict[str, Any]]) -> None:
    """A conversation whose answer rests on these sources."""
    await ask(page, "What does it cost?", "instant")

    async def more(route: Any) -> None:
        answer = await route.fetch()
        body = await answer.json()
        for run in body["runs"]:
            run["sources"] = sources
            numbers = [one["id"] for one in sources]
            chips = "".join(f' <a class="cite" href="#" data-source="{n}">{n}</a>' for n in numbers)
            run["answer"]["html"] = f"<p>It costs 4.20.{chips}</p>"
        await route.fulfill(response=answer, json=body)

    await page.route("**/v1/conversations/conv-*?*", more)
    await page.reload()
    await page.wait_for_selector(".sources li")


@everywhere
async def test_evidence_opens_where_it_stands(
    settings: Settings, visit: Visit, width: int, theme: str
) -> None:
    visit.allow("status of 415")  # where nothing here draws a second of a video
    async with served(settings, player()) as server:
        names = {
            "shelf.png": shelf(), "terms.pdf": paper(), "prices.csv": prices(),
            "film.webm": film(), "note.wav": hum(),
        }  # fmt: skip
        ids = {name: await upload(server, name, data) for name, data in names.items()}
        sources: list[dict[str, Any]] = [
            {"id": 1, "title": "shelf.png", "quote": "4.20", "place": "box 366,541,478,625",
             "file": ids["shelf.png"], "box": [366, 541, 478, 625]},
            {"id": 2, "title": "terms.pdf", "quote": "3. The goods are sent within two days.",
             "place": "page 2", "file": ids["terms.pdf"], "page": 2, "box": [80, 215, 600, 245]},
            {"id": 3, "title": "prices.csv", "quote": "price: 225", "place": "C151",
             "file": ids["prices.csv"], "cells": "A151, B151:C151"},
            {"id": 4, "title": "film.webm", "place": "2 s", "file": ids["film.webm"], "second": 2},
            {"id": 5, "title": "note.wav", "quote": "Bring the boxes.", "file": ids["note.wav"],
             "second": 1.5},
            {"id": 6, "title": "A page", "quote": "Four twenty.", "url": "https://shop.test/"},
        ]  # fmt: skip
        page = await visit(server.url + "/", width=width, theme=theme)
        await talk_with_sources(server, page, sources)
        await page.click(".prose .cite >> nth=0")
        shown = {
            1: ".evidence .sight .box", 2: ".evidence .sight .box", 3: ".evidence td.meant",
            4: ".evidence video", 5: ".evidence audio", 6: ".evidence blockquote",
        }  # fmt: skip
        for number, selector in shown.items():
            await page.wait_for_selector(selector, state="attached")
            title = await page.inner_text(".evidence h2")
            assert title == sources[number - 1]["title"]
            if number < 3:
                loaded = "document.querySelector('.sight img').naturalWidth > 0"
                await until(page, loaded)
            if number == 3:
                assert await page.locator("td.meant").all_inner_texts() == [
                    "item 150", "4", "225.0"]  # fmt: skip
                await until(page, SEEN)
            if number > 3:
                assert await page.locator(".evidence [data-part=pages]").is_hidden()
            if number in (4, 5):
                player_ = ".evidence :is(video, audio)"
                await until(page, f"document.querySelector('{player_}').currentTime > 1")
            assert await axe(page) == []
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            await picture(page, f"evidence-{number}-{width}-{theme}")
            if number == 2:
                assert await page.inner_text("[data-part=page]") == "Page 2 of 3"
                await page.click("[aria-label='Page after']")
                await until(
                    page, "document.querySelector('[data-part=page]').innerText === 'Page 3 of 3'"
                )
                await until(page, "document.querySelector('.sight .box') === null")
                assert await page.locator("[aria-label='Page after']").is_disabled()
                await page.keyboard.press("PageUp")
                await page.wait_for_selector(".sight .box", state="attached")
            await page.focus(".evidence [aria-label=Close]")
            await page.keyboard.press("ArrowRight")
        assert await page.inner_text(".evidence h2") == "A page"  # the last stays
        await page.keyboard.press("Escape")
        await until(page, "document.querySelector('.evidence') === null")
        assert await page.evaluate("document.activeElement.classList.contains('cite')")


SEEN = """(() => {
    const box = document.querySelector(".evidence .cells").getBoundingClientRect();
    const cell = document.querySelector(".evidence td.meant").getBoundingClientRect();
    return cell.top >= box.top && cell.bottom <= box.bottom;
})()"""


async def test_evidence_that_is_gone(settings: Settings, visit: Visit) -> None:
    visit.allow("404")
    async with served(settings, player()) as server:
        page = await visit(server.url + "/")
        source = {"id": 1, "title": "gone.png", "quote": "4.20", "file": "file-none"}
        await talk_with_sources(server, page, [source])
        await page.click(".sources .cite")
        await page.wait_for_selector(".evidence .note.bad")
        assert "4.20" in await page.inner_text(".evidence blockquote")
        assert await axe(page) == []


@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1440, "light")])
async def test_a_chart_is_shown_as_a_picture(
    settings: Settings, visit: Visit, width: int, theme: str
) -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 480"><text x="40" y="60"'
        ' font-size="28" fill="#4b5160">Prices</text><rect x="40" y="120" width="400" height="60"'
        ' fill="#1f55c4"/><rect x="40" y="220" width="120" height="60" fill="#1f55c4"/></svg>'
    )
    packed = base64.b64encode(svg.encode()).decode()
    source = {"id": 1, "title": "Prices", "quote": "Bread  4\nMilk   1.2",
              "url": f"data:image/svg+xml;base64,{packed}"}  # fmt: skip
    async with served(settings, player()) as server:
        page = await visit(server.url + "/", width=width, theme=theme)
        await talk_with_sources(server, page, [source])
        shown = page.locator(".sources img.chart")
        assert await shown.evaluate("img => img.decode().then(() => img.naturalWidth)") > 0
        assert "Milk" in str(await shown.get_attribute("alt"))
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await axe(page) == []
        await picture(page, f"chart-{width}-{theme}")


async def test_a_shared_page_shows_the_quote_alone(settings: Settings, visit: Visit) -> None:
    async with served(settings, player()) as server:
        page = await visit(server.url + "/")
        await ask(page, "What does it cost?", "instant")
        conversation = page.url.rsplit("/", 1)[1]
        _, made = await server.json("POST", f"/v1/conversations/{conversation}/share", json={})
        source = {"id": 1, "title": "shelf.png", "quote": "4.20", "box": [1, 2, 3, 4]}

        async def more(route: Any) -> None:
            answer = await route.fetch()
            body = await answer.json()
            body["runs"][0]["sources"] = [source]
            await route.fulfill(response=answer, json=body)

        reader = await visit(server.url + "/offline")
        await reader.route("**/v1/shared/*", more)
        await reader.goto(server.url + made["url"])
        await reader.click(".sources .cite")
        await reader.wait_for_selector(".evidence")
        assert "4.20" in await reader.inner_text(".evidence blockquote")
        assert await reader.locator("[data-part=open]").is_hidden()
        assert await reader.locator(".evidence .sight").count() == 0
        assert await axe(reader) == []
