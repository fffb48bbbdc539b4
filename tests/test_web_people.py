"""People: who is here, with which role; and two of them in two browsers, of whom one tries
everything to reach what is the other's."""

from __future__ import annotations

import asyncio
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

import chromium
from acting import ask, until
from chromium import Visit, axe, picture, twice
from musespark import pages
from musespark.settings import Settings
from player import player
from served import Served, own_home, served

pytestmark = chromium.browsing
SECRET = "my locker opens with 731946"


@pytest.fixture
def own() -> Iterator[Settings]:
    """A home of its own: the first key shuts everybody else out."""
    with own_home() as settings:
        yield settings


async def come_in(visit: Visit, server: Served, person: str, path: str, **more: Any) -> Any:
    """A browser of its own, signed in as a person, at a page."""
    own = await server.key(person)
    page = await visit(f"{server.url}/sign-in?next={path}", **more)
    await page.fill("#key", own["headers"]["Authorization"].removeprefix("Bearer "))
    await page.keyboard.press("Enter")
    await page.wait_for_url("**" + path)
    return page


async def keeps(server: Served) -> dict[str, Any]:
    """What Ada has beside her talks: a memory, a file, an import, each with her secret in it."""
    ada = await server.key("ada")
    await server.json("PUT", "/v1/me/consents/memory", json={"allowed": True}, **ada)
    note = {"type": "Create", "id": "urn:ada:1", "object": {"type": "Note", "content": SECRET}}
    await server.json("POST", "/v1/activities", json=note, **ada)
    form = aiohttp.FormData({"purpose": "user_data"})
    form.add_field("file", SECRET.encode(), filename="locker.txt", content_type="text/plain")
    _, file = await server.json("POST", "/v1/files", data=form, **ada)
    form = aiohttp.FormData({"purposes": "memory", "format": "whatsapp"})
    form.add_field("file", f"12/05/2024, 10:11 - Ada: {SECRET}".encode(), filename="chat.txt")
    _, moving = await server.json("POST", "/v1/me/imports", data=form, **ada)
    while moving["state"] in ("waiting", "running"):
        await asyncio.sleep(0.05)
        _, moving = await server.json("GET", f"/v1/me/imports/{moving['id']}", **ada)
    assert moving["counts"]["new"] == 1, moving
    _, found = await server.json("GET", "/v1/me/memory", **ada)
    assert len(found["data"]) == 2
    return {"memory": found["data"][0]["id"], "file": file["id"], "moving": moving["id"],
            "source": "whatsapp"}  # fmt: skip


async def nothing_else(server: Served, known: dict[str, Any]) -> None:
    """Eve's own key opens what is Eve's; Ada's things are all there afterwards."""
    eve, ada = await server.key("eve"), await server.key("ada")
    for path in ("memory?q=locker", f"memory?before={known['memory']}", "imports", "audit"):
        status, said = await server.json("GET", f"/v1/me/{path}", **eve)
        assert (status, "731946" in str(said)) == (200, False), path
    async with server.http.get(f"{server.url}/v1/me/export", **eve) as answer:
        with zipfile.ZipFile(io.BytesIO(await answer.read())) as archive:
            assert not any(b"731946" in archive.read(name) for name in archive.namelist())
    await server.json("DELETE", "/v1/me/memory", json={"ids": [known["memory"]]}, **eve)
    _, found = await server.json("GET", "/v1/me/memory", **ada)
    assert sum("731946" in each["text"] for each in found["data"]) >= 2
    status, _ = await server.json("GET", f"/v1/files/{known['file']}", **ada)
    assert status == 200


@twice
async def test_roles_change_and_somebody_is_let_in_no_more(
    own: Settings, visit: Visit, width: int, theme: str
) -> None:
    visit.allow("status of 401")  # before one signs in
    async with served(own, player()) as server:
        owner = await server.key("owner")
        for id, name, role in (
            ("ada", "Ada <i>", "member"), ("ben", "Ben", "guest"), ("cleo", "", "manager"),
        ):  # fmt: skip
            given = {"id": id, "name": name, "role": role}
            status, said = await server.json("POST", "/v1/people", json=given, **owner)
            assert status == 200, said
        page = await come_in(visit, server, "owner", "/manage/people", width=width, theme=theme)
        await page.wait_for_selector(".rows li >> nth=3")
        assert "Ada <i>" in await page.inner_text(".rows")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await axe(page) == []
        await picture(page, f"people-{width}-{theme}", whole=True)
        row = ".rows li:has-text('Ada')"
        await page.click(f"{row} .icon-button")
        assert await axe(page) == []
        await page.click(".menu button:has-text('Creator')")
        await until(page, "document.querySelector('.rows').textContent.includes('Creator')")
        await page.click(f"{row} .icon-button")
        await page.click(".menu .bad")
        await page.click("dialog .button.bad")
        await until(page, "document.querySelector('.rows').textContent.includes('Not let in')")
        _, found = await server.json("GET", "/v1/people/ada", **owner)
        assert found["role"] == "creator"
        assert found["ended"]
        await page.fill("#q", "nobody at all")
        await page.wait_for_selector(".empty")
        await page.fill("#q", "ben")
        await until(page, "document.querySelectorAll('.rows li').length === 1")


async def test_one_reaches_nothing_of_the_other(own: Settings, visit: Visit) -> None:
    visit.allow("status of 40[0134]")
    async with served(own, player()) as server:
        owner = await server.key("owner")
        for id in ("ada", "eve"):
            await server.json("POST", "/v1/people", json={"id": id, "role": "member"}, **owner)
        known = await keeps(server)
        hers = await come_in(visit, server, "ada", "/")
        await ask(hers, SECRET)
        conversation = hers.url.rpartition("/")[2]
        run = await hers.evaluate("document.querySelector('.exchange').dataset.run")
        page = await come_in(visit, server, "eve", "/")
        await page.wait_for_selector("#conversations .quiet")
        paths = {re.sub(r"\{id\}", each, path) for path, _, _ in pages.PAGES
                 for each in (conversation, run) if "{token}" not in path}  # fmt: skip
        for path in sorted(paths - {"/sign-in", "/offline", "/farewell"}):
            await page.goto(server.url + path)
            await page.wait_for_load_state("networkidle")
            assert "731946" not in await page.content(), path
        await page.goto(server.url + "/")
        await page.wait_for_selector("[data-may='oversee']", state="hidden")
        await page.keyboard.press("Control+k")
        await page.fill(".palette input", "locker")
        await page.wait_for_selector(".palette [role=option], .palette .head")
        assert "731946" not in await page.inner_text(".palette")
        assert "locker opens" not in await page.inner_text(".palette")
        await page.goto(server.url + "/manage/people")
        await page.wait_for_selector(".note.bad")
        assert await axe(page) == []
        for path in ("/you", "/you/archive", "/you/looked", f"/you?source={known['source']}"):
            await page.goto(server.url + path)
            await page.wait_for_load_state("networkidle")
            assert "731946" not in await page.content(), path
        tries = """async ([conversation, run, { memory, file, moving }]) => {
            const found = [];
            for (const [method, path, body] of [
                ["GET", `/v1/me/memory/${memory}`], ["DELETE", `/v1/me/memory/${memory}`],
                ["PATCH", `/v1/me/memory/${memory}`, { text: "mine" }],
                ["GET", `/v1/me/imports/${moving}`],
                ["DELETE", `/v1/me/imports/${moving}`], ["POST", "/v1/me/imports", { file }],
                ["GET", `/v1/files/${file}`], ["DELETE", `/v1/files/${file}`],
                ["GET", `/v1/files/${file}/content`], ["GET", `/v1/files/${file}/seen`],
                ["GET", `/v1/files/${file}/view`], ["GET", `/v1/files/${file}/rows`],
                ["GET", `/v1/files/${file}/evidence`],
                ["GET", "/v1/me/export"], ["GET", "/v1/me/memory"], ["GET", "/v1/me/audit"],
                ["DELETE", "/v1/me/memory", { source: "whatsapp" }],
                ["PUT", "/v1/me/consents/memory", { allowed: false }],
                ["GET", `/v1/conversations/${conversation}`], ["GET", `/v1/runs/${run}`],
                ["GET", `/v1/runs/${run}/events`], ["POST", `/v1/runs/${run}/cancel`, {}],
                ["PATCH", `/v1/conversations/${conversation}`, { title: "mine" }],
                ["POST", `/v1/conversations/${conversation}/share`, {}],
                ["DELETE", `/v1/conversations/${conversation}`],
                ["DELETE", "/v1/me", { confirm: "ada" }],
                ["GET", "/v1/people/ada"], ["PATCH", "/v1/people/eve", { role: "owner" }],
                ["GET", "/v1/keys?person=ada"], ["GET", "/v1/activities?person=ada"],
            ]) {
                const headers = { "content-type": "application/json", "musespark-person": "ada" };
                const sent = body && JSON.stringify(body);
                const answer = await fetch(path, { method, headers, body: sent });
                found.push([method, path, answer.status, await answer.text()]);
            }
            return found;
        }"""
        for method, path, status, said in await page.evaluate(tries, [conversation, run, known]):
            assert status >= 400, (method, path, said)
            assert "731946" not in said, (method, path)
        await nothing_else(server, known)
        await hers.reload()
        await hers.wait_for_selector(".exchange .answer-foot > *")
        assert SECRET in await hers.inner_text(".exchange")
