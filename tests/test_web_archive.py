"""Import and export: an archive dropped, watched, and what was left out of it."""

from __future__ import annotations

import io
import json
import zipfile

import chromium
from acting import until
from chromium import Visit, axe, picture, twice
from musespark.settings import Settings
from player import player
from served import served

pytestmark = chromium.browsing
CHAT = """[12.03.24, 18:01:22] Lena: Are you coming on Friday?
[12.03.24, 18:02:10] Ada: Yes, with the blue tent.
[12.03.24, 18:03:00] Lena: \u200eimage omitted
"""


@twice
async def test_an_archive_comes_in_and_says_what_it_left_out(
    settings: Settings, visit: Visit, width: int, theme: str
) -> None:
    async with served(settings, player()) as server:
        await server.json("PUT", "/v1/me/consents/memory", json={"allowed": False})
        page = await visit(server.url + "/you/archive", width=width, theme=theme)
        await page.wait_for_selector("#for .note.warn")
        assert await axe(page) == []
        await server.json("PUT", "/v1/me/consents/memory", json={"allowed": True})
        await page.reload()
        await page.wait_for_selector("#for input:checked")
        assert await axe(page) == []
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("_chat.txt", CHAT)
        name = f"WhatsApp Chat - Lena {width}.zip"
        body = packed.getvalue()
        given = {"name": name, "mimeType": "application/zip", "buffer": body}
        await page.set_input_files("#file", given)
        await page.wait_for_selector(".imports .badge.good")
        assert name in await page.inner_text(".imports li >> nth=0")
        await page.click(".imports li:first-child summary")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await axe(page) == []
        await picture(page, f"archive-{width}-{theme}", whole=True)
        _, found = await server.json("GET", "/v1/me/imports?limit=1")
        assert (
            found["data"][0]["counts"].get("new", 0) + found["data"][0]["counts"].get("known", 0)
            >= 2
        ), found
        async with page.expect_download() as loading:
            await page.click("a[download]")
        assert (await (await loading.value).path()).read_bytes()[:2] == b"PK"
        await page.reload()
        await page.wait_for_selector(".imports li")
        assert name in await page.inner_text(".imports li >> nth=0")


async def test_what_is_no_archive_says_so(settings: Settings, visit: Visit) -> None:
    async with served(settings, player()) as server:
        await server.json("PUT", "/v1/me/consents/memory", json={"allowed": True})
        page = await visit(server.url + "/you/archive")
        await page.wait_for_selector("#for input")
        noise = {"name": "noise.bin", "mimeType": "application/octet-stream",
                 "buffer": json.dumps({"a": 1}).encode() + b"\0" * 500}  # fmt: skip
        await page.set_input_files("#file", noise)
        await until(page, "!!document.querySelector('.imports .note.bad, .toast')")
        assert await axe(page) == []
