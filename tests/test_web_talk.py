"""Talk, as a person uses it: in a real browser, against a real server with a scripted model."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path

import pytest

import chromium
from acting import answered, ask, until, words
from chromium import Visit, axe, everywhere, picture, slowed
from musespark.model import Card, Request
from musespark.scripted import Reply, ScriptedModel
from musespark.settings import Settings
from player import FRIENDLY, player
from served import served

pytestmark = chromium.browsing
NASTY = '<img src=x onerror="alert(1)"><script>alert(2)</script>"\'&lt;'


@everywhere
async def test_the_first_visit(settings: Settings, visit: Visit, width: int, theme: str) -> None:
    async with served(settings, player()) as server:
        page = await visit(server.url + "/", width=width, theme=theme)
        assert await page.locator("#examples button").count() == 3
        await until(page, "document.querySelector('#who').textContent.includes('30B')")
        assert await axe(page) == []
        await picture(page, f"first-visit-{width}-{theme}")


@everywhere
async def test_an_answer(settings: Settings, visit: Visit, width: int, theme: str) -> None:
    async with served(settings, player()) as server:
        page = await visit(server.url + "/", width=width, theme=theme)
        await ask(page, "Why are there two tides a day?", "thinking")
        assert "two high tides a day" in await words(page)
        assert await page.locator(".prose math").count() >= 1
        assert await page.locator(".prose pre code").count() == 1
        await page.click(".steps > summary")
        await page.wait_for_selector(".steps li >> nth=1")
        assert await axe(page) == []
        await picture(page, f"answer-{width}-{theme}", whole=True)
        before = await words(page)
        await page.reload()
        await answered(page)
        assert await words(page) == before
        assert await axe(page) == []


async def test_the_mode_says_why_and_can_be_changed_before_and_after(
    settings: Settings, visit: Visit
) -> None:
    async with served(settings, player()) as server:
        page = await visit(server.url + "/")
        await ask(page, "What is 17% of 240?")
        how = await page.inner_text(".exchange .how")
        assert "Exact" in how
        assert len(how) > len("Exact")
        assert "40.8" in await words(page)
        await ask(page, FRIENDLY, "instant")
        assert "Instant" in await page.inner_text(".exchange:last-child .how")
        await page.click(".exchange:last-child .how .button")
        await page.click(".menu button:has(use[href$='#thinking'])")
        await page.wait_for_selector(".exchange:last-child .versions")
        assert "Thinking" in await page.inner_text(".exchange:last-child .how")
        assert "2 of 2" in await page.inner_text(".exchange:last-child .versions")


async def test_edit_and_run_again_keeps_both_branches(settings: Settings, visit: Visit) -> None:
    async def echo(request: Request) -> Reply:
        said = [m.text for m in request.messages if m.role == "user"]
        return Reply(text=" / ".join(said))

    async with served(settings, ScriptedModel(echo)) as server:
        page = await visit(server.url + "/")
        for question in ("one", "two", "three"):
            await ask(page, question, "instant")
        assert await words(page) == "one / two / three"
        await page.hover(".exchange:nth-child(2)")
        await page.click(".exchange:nth-child(2) [aria-label='Edit the question']")
        assert await page.input_value("textarea") == "two"
        await ask(page, "zwei")
        assert await page.locator(".exchange").count() == 2
        assert await words(page) == "one / zwei"
        await page.click("[aria-label='Version before']")
        await page.wait_for_selector(".exchange:nth-child(3)")
        assert await words(page) == "one / two / three"
        await page.click("[aria-label='Version after']")
        await until(page, "document.querySelectorAll('.exchange').length === 2")
        assert await words(page) == "one / zwei"


async def test_stopping_keeps_what_was_written(settings: Settings, visit: Visit) -> None:
    async with served(settings, player(0.05)) as server:
        page = await visit(server.url + "/")
        await ask(page, "Why are there two tides a day?", "instant", wait=False)
        await until(page, "document.querySelector('.prose').innerText.length > 40")
        await page.click("[aria-label='Stop']")
        await answered(page)
        assert "Stopped" in await page.inner_text(".exchange")
        assert len(await words(page)) > 40
        model = server.engine.models("fast")
        assert model.running == 0  # type: ignore[attr-defined]


async def test_a_page_that_is_loaded_again_goes_on_where_it_was(
    settings: Settings, visit: Visit
) -> None:
    text = " ".join(f"word{n}" for n in range(200))
    async with served(settings, ScriptedModel([text], repeat=True, pause=0.01)) as server:
        page = await visit(server.url + "/")
        await ask(page, "Count", "instant", wait=False)
        await until(page, "document.querySelector('.prose').innerText.includes('word20 ')")
        await page.reload()
        await answered(page)
        assert await words(page) == text


async def test_two_tabs_show_the_same(settings: Settings, visit: Visit) -> None:
    async with served(settings, player()) as server:
        profile = await visit.profile(server.url)
        one, two = await profile.new_page(), await profile.new_page()
        await one.goto(server.url + "/")
        await ask(one, "What is 2 + 2?")
        await two.goto(one.url)
        await answered(two)
        await ask(one, "What is 3 + 3?")
        await two.wait_for_selector(".exchange:nth-child(2) .answer-foot > *")
        assert "6" in await words(two)
        assert await two.locator(".side-item").count() >= 1


@pytest.mark.parametrize("width", [390, 1440])
async def test_back_and_forward(settings: Settings, visit: Visit, width: int) -> None:
    async with served(settings, player()) as server:
        page = await visit(server.url + "/", width=width)
        await ask(page, "What is 2 + 2?")
        first = page.url
        await page.evaluate("document.querySelector('[data-do=new]').click()")
        await page.wait_for_selector("#welcome:not([hidden])")
        await page.go_back()
        await answered(page)
        assert page.url == first
        await page.go_forward()
        await page.wait_for_selector("#welcome:not([hidden])")


async def test_nothing_that_is_written_can_run(settings: Settings, visit: Visit) -> None:
    async def nasty(request: Request) -> Reply:
        code = f"```html\n{NASTY}\n```"
        return Reply(text=f"{NASTY}\n\n[x](javascript:alert(3)) ![y](http://127.0.0.1:9/z.png)\n\n"
                     f"{code}\n\n<svg onload=alert(4)>", reasoning=NASTY)  # fmt: skip

    async with served(settings, ScriptedModel(nasty)) as server:
        page = await visit(server.url + "/")
        page.on("dialog", lambda dialog: visit.problems.append(dialog.message))
        await page.set_input_files("input[type=file] >> nth=0", {
            "name": f"{NASTY}.txt", "mimeType": "text/plain", "buffer": NASTY.encode(),
        })  # fmt: skip
        await page.wait_for_selector(".composer .attachment[aria-busy=false]")
        await ask(page, NASTY, "instant")
        assert await page.inner_text(".exchange .question") == NASTY
        assert "alert(2)" in await words(page)
        assert (
            await page.locator(
                ".exchange script, .exchange [onerror], .exchange svg[onload]"
            ).count()
            == 0
        )
        assert await page.locator(".exchange a[href^='javascript']").count() == 0
        await page.reload()
        await answered(page)
        assert NASTY[:20] in await page.inner_text("#title")
        await page.keyboard.press("Control+k")
        await page.wait_for_selector(".palette li")
        assert await page.locator(".side-item, .palette").locator("script, img").count() == 0


async def test_what_is_typed_is_kept(settings: Settings, visit: Visit) -> None:
    async with served(settings, player()) as server:
        visit.allow("ERR_|Failed to load resource|net::")
        page = await visit(server.url + "/")
        await page.fill("textarea", "half a thou")
        await page.reload()
        assert await page.input_value("textarea") == "half a thou"
        await page.context.set_offline(True)
        await page.fill("textarea", "What is 2 + 2?")
        await page.click(".composer .icon-button.act")
        await page.wait_for_selector(".exchange .note.bad", timeout=60_000)
        assert await page.input_value("textarea") == "What is 2 + 2?"
        await page.context.set_offline(False)
        await page.click(".exchange .note.bad .button")
        await answered(page)
        assert "4" in await words(page)


async def test_pictures_and_texts_can_be_attached(settings: Settings, visit: Visit) -> None:
    seen: list[Request] = []

    async def look(request: Request) -> Reply:
        seen.append(request)
        return Reply(text="A red square.")

    card = Card(name="sees", where="here", vision=True)
    async with served(settings, ScriptedModel(look, card=card)) as server:
        page = await visit(server.url + "/")
        made = await page.evaluate(
            """() => {
                const canvas = document.createElement("canvas");
                [canvas.width, canvas.height] = [3000, 40];
                canvas.getContext("2d").fillRect(0, 0, 3000, 40);
                return canvas.toDataURL("image/png").split(",")[1];
            }"""
        )
        await page.set_input_files("input[type=file] >> nth=0", [
            {"name": "red.png", "mimeType": "image/png", "buffer": base64.b64decode(made)},
        ])  # fmt: skip
        await page.wait_for_selector(".composer .attachment[data-state=ready]")
        await ask(page, "What is this?", "instant")
        assert await page.locator(".exchange .attachment img").count() == 1
        assert any(
            getattr(part, "url", "").startswith("data:image/")
            for part in seen[-1].messages[-1].parts
        )
        await page.reload()
        await answered(page)
        shown = page.locator(".exchange .attachment img")
        await shown.wait_for()
        assert await shown.evaluate("img => img.decode().then(() => img.naturalWidth)") == 2000


async def test_paste_and_drop(settings: Settings, visit: Visit) -> None:
    async with served(settings, player()) as server:
        page = await visit(server.url + "/")
        for kind in ("paste", "drop"):
            await page.evaluate(
                """kind => {
                    const given = new DataTransfer();
                    const words = ["The shop opens at nine."];
                    given.items.add(new File(words, kind + ".txt", {type: "text/plain"}));
                    const more = {bubbles: true, cancelable: true};
                    const event = kind === "paste"
                        ? new ClipboardEvent("paste", {clipboardData: given, ...more})
                        : new DragEvent("drop", {dataTransfer: given, ...more});
                    document.querySelector("textarea").dispatchEvent(event);
                }""",
                kind,
            )
            await page.wait_for_selector(f".composer .attachment:has-text('{kind}.txt')")
        await page.click("[aria-label='Remove drop.txt']")
        assert await page.locator(".composer .attachment").count() == 1


async def test_files_are_dragged_in_and_pictures_pasted(
    settings: Settings, visit: Visit, tmp_path: Path
) -> None:
    """As the browser itself does it: its own drag, and its own clipboard."""
    file = tmp_path / "hours.md"
    file.write_text("The shop opens at nine.", "utf-8")
    async with served(settings, player()) as server:
        allowed = ["clipboard-read", "clipboard-write"]
        page = await visit(server.url + "/", permissions=allowed)
        session = await page.context.new_cdp_session(page)
        dragged = {"items": [], "files": [str(file)], "dragOperationsMask": 1}
        at = {"x": 700, "y": 300, "data": dragged}
        for kind in ("dragEnter", "dragOver"):
            await session.send("Input.dispatchDragEvent", {"type": kind, **at})
        await page.wait_for_selector(".composer.over")
        await picture(page, "dragged-over")
        await session.send("Input.dispatchDragEvent", {"type": "drop", **at})
        await page.wait_for_selector(".composer:not(.over) .attachment:has-text('hours.md')")
        await page.evaluate(
            """async () => {
                const canvas = new OffscreenCanvas(40, 30);
                canvas.getContext("2d").fillRect(0, 0, 40, 30);
                const type = "image/png";
                const made = await canvas.convertToBlob({type});
                await navigator.clipboard.write([new ClipboardItem({[type]: made})]);
            }"""
        )
        await page.focus("textarea")
        await page.keyboard.press("Control+v")
        await page.wait_for_selector(".composer .attachment img")
        ready = "document.querySelectorAll('.attachment[data-state=ready]').length"
        await until(page, f"{ready} === 2")
        assert await axe(page) == []
        await picture(page, "attached")


async def test_a_phone_takes_a_picture(settings: Settings, visit: Visit, tmp_path: Path) -> None:
    async with served(settings, player()) as server:
        page = await visit(server.url + "/", width=390)
        made = await page.evaluate(
            """() => {
                const canvas = document.createElement("canvas");
                return canvas.toDataURL("image/jpeg").split(",")[1];
            }"""
        )
        async with page.expect_file_chooser() as opened:
            await page.click("[aria-label='Take a picture']")
        chooser = await opened.value
        assert await chooser.element.get_attribute("capture") == "environment"
        await chooser.set_files(
            {"name": "shot.jpg", "mimeType": "image/jpeg", "buffer": base64.b64decode(made)}
        )
        await page.wait_for_selector(".composer .attachment img")


async def test_everything_has_a_key(settings: Settings, visit: Visit) -> None:
    async with served(settings, player()) as server:
        page = await visit(server.url + "/")
        await page.keyboard.type("What is 6 * 7?")  # the cursor stands in the box
        await page.keyboard.press("Enter")
        await answered(page)
        await page.keyboard.press("Control+Shift+o")
        await page.wait_for_selector("#welcome:not([hidden])")
        await page.keyboard.press("Control+k")
        await page.keyboard.type("6 * 7")
        await page.wait_for_selector(".palette li:has-text('6 * 7')")
        assert await axe(page) == []
        await page.keyboard.press("Enter")
        await answered(page)
        assert "42" in await words(page)
        await page.keyboard.press("Control+k")
        await page.keyboard.press("Escape")
        assert await page.locator("dialog").count() == 0
        await page.focus(".composer .pill")
        await page.keyboard.press("Enter")
        assert await axe(page) == []
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        assert "Instant" in await page.inner_text(".composer .pill")
        assert await page.evaluate("document.activeElement.className") == "pill"


async def test_conversations_are_pinned_renamed_and_deleted(
    settings: Settings, visit: Visit
) -> None:
    async with served(settings, player()) as server:
        page = await visit(server.url + "/")
        await ask(page, "What is 11 + 11?")
        row = page.locator(".side-item:has(a[aria-current=page])")
        await row.hover()
        await row.locator("button").click()
        await picture(page, "conversation-menu")
        await page.click(".menu button:has-text('Pin')")
        await page.wait_for_selector("h2:has-text('Pinned')")
        await row.locator("button").click()
        await page.click(".menu button:has-text('Rename')")
        assert await axe(page) == []
        await page.fill("#rename", "Elevens")
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".side-item:has-text('Elevens')")
        assert await page.inner_text("#title") == "Elevens"
        await page.click("#more")
        await page.click(".menu button:has-text('Delete')")
        assert await axe(page) == []
        await page.click("dialog .button.bad")
        await page.wait_for_selector("#welcome:not([hidden])")
        assert await page.locator(".side-item:has-text('Elevens')").count() == 0


async def test_a_conversation_that_is_not_there(settings: Settings, visit: Visit) -> None:
    visit.allow("404")
    async with served(settings, player()) as server:
        page = await visit(server.url + "/c/nothing-here")
        await page.wait_for_selector(".note.bad")
        assert await axe(page) == []
        await picture(page, "conversation-missing")
        await page.click(".empty a.button")
        await page.wait_for_selector("#welcome:not([hidden])")


async def test_ten_thousand_tokens_without_a_line_break(settings: Settings, visit: Visit) -> None:
    text = " ".join(f"w{n}" for n in range(10_000))
    async with served(settings, ScriptedModel([text], repeat=True)) as server:
        page = await visit(server.url + "/")
        await ask(page, "Go on", "instant", wait=False)
        await page.wait_for_selector(".exchange .answer-foot > *", timeout=90_000)
        assert await words(page) == text
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_giant_question(settings: Settings, visit: Visit) -> None:
    async with served(settings, player()) as server:
        page = await visit(server.url + "/", width=390)
        await page.evaluate("document.querySelector('textarea').value = 'long '.repeat(60000)")
        await page.type("textarea", "?")
        await page.click(".composer .icon-button.act")
        await page.wait_for_selector(".exchange .answer-foot > *", timeout=90_000)
        assert await page.locator(".question.long").count() == 1
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_slow_phone(settings: Settings, visit: Visit) -> None:
    async with served(settings, player()) as server:
        page = await visit(server.url + "/", width=390)
        await slowed(page, cpu=6, network="3g")
        await page.reload()
        await ask(page, "What is 2 + 2?")
        assert "4" in await words(page)


async def test_a_clock_far_off(settings: Settings, visit: Visit) -> None:
    async with served(settings, player()) as server:
        context = await visit.profile(server.url)
        page = await context.new_page()
        await page.add_init_script("{ const now = Date.now; Date.now = () => now() - 4e11; }")
        await page.goto(server.url + "/")
        await ask(page, "Why are there two tides a day?", "thinking")
        assert "tides" in await words(page)
        assert "-" not in await page.inner_text(".answer-foot .spent")


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
async def test_other_languages(settings: Settings, visit: Visit, direction: str) -> None:
    async with served(settings, player()) as server:
        page = await visit(server.url + "/", language="de-DE")
        if direction == "rtl":
            await page.evaluate("document.documentElement.dir = 'rtl'")
        await ask(page, "Wie viel sind 17 % von 240?")
        assert "40,8" in await words(page)
        assert "Exakt" in await page.inner_text(".exchange .how")
        assert await axe(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await picture(page, f"german-{direction}")


async def test_the_look_is_remembered(settings: Settings, visit: Visit) -> None:
    async with served(settings, player()) as server:
        page = await visit(server.url + "/")
        await page.click("[data-do=settings]")
        assert await axe(page) == []
        await picture(page, "look")
        await page.click(".choices button:has-text('Dark')")
        await page.reload()
        assert await page.get_attribute("html", "data-theme") == "dark"
        await page.click("[data-do=settings]")
        await page.select_option("#look-language", "de")
        await page.wait_for_selector("html[lang=de]")


async def test_a_server_that_is_gone_and_comes_back(
    settings: Settings, visit: Visit, tmp_path: Path
) -> None:
    """The server stops in the middle of an answer: what was typed and written stays on screen."""
    visit.allow("ERR_|Failed to load resource|net::")
    async with served(settings, player(0.03)) as server:
        page = await visit(server.url + "/")
        await ask(page, "Why are there two tides a day?", "instant", wait=False)
        await until(page, "document.querySelector('.prose').innerText.length > 60")
        await page.fill("textarea", "and then?")
        await page.context.set_offline(True)
        await page.wait_for_timeout(300)
        await page.context.set_offline(False)
        await answered(page)
        assert "less than half the strength" in await words(page)
        assert (await words(page)).count("two high tides a day") == 1
        assert await page.input_value("textarea") == "and then?"


async def test_the_shell_opens_without_a_net(settings: Settings, visit: Visit) -> None:
    visit.allow("ERR_|Failed to load resource|net::")
    async with served(settings, player()) as server:
        page = await visit(server.url + "/")
        await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        await until(page, "caches.keys().then(keys => keys.length > 0)")
        await asyncio.sleep(0.5)
        await page.context.set_offline(True)
        await page.reload()
        await page.wait_for_selector("textarea")
        await page.fill("textarea", "kept without a net")
        await picture(page, "offline-talk")
        await page.goto(server.url + "/manage/models")
        assert "offline" in (await page.inner_text("h1")).lower()
        await picture(page, "offline")
        await page.context.set_offline(False)
        await page.wait_for_selector(".tier")  # it opens by itself
        await page.goto(server.url + "/")
        assert await page.input_value("textarea") == "kept without a net"
