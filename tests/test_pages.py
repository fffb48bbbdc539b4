"""The web app's pages and files: whole in every language, strict, small, and open without a key."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from musespark import lean, pages
from musespark.guard import open_to_all
from musespark.settings import Settings
from served import served

NAMES = sorted({name for _, name, _ in pages.PAGES})
SCRIPTS = [name for name in pages.files() if name.endswith(".js")]


def shown(name: str, code: str = "en", theme: str = "") -> str:
    part = next(part for _, each, part in pages.PAGES if each == name)
    return pages.page(name, part, code, theme).decode()


def leaves(table: dict[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{path}{key}.")
        else:
            yield f"{path}{key}", value


def words_of(code: str) -> dict[str, str]:
    import tomllib

    file = pages.WEB / "words" / f"{code}.toml"
    return dict(leaves(tomllib.loads(file.read_text("utf-8"))))


def test_every_language_has_every_word_with_the_same_slots() -> None:
    english = words_of("en")
    assert len(pages.languages()) >= 2
    for code in pages.languages():
        own = words_of(code)
        assert set(own) == set(english), f"{code}: {set(own) ^ set(english)}"
        for key, words in own.items():
            assert words.strip(), (code, key)
            slots = [set(re.findall(r"\{(\w+)\}", each)) for each in (words, english[key])]
            assert slots[0] == slots[1], (code, key)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("code", sorted(pages.languages()))
def test_a_page_has_no_inline_code_and_names_its_language(name: str, code: str) -> None:
    made = shown(name, code)
    assert f'<html lang="{code}"' in made
    assert "&lt;built-in method" not in made, "a word with the name of a method: t['keys']"
    scripts = re.findall(r"<script([^>]*)>", made)
    assert all("src=" in each or 'type="application/json"' in each for each in scripts)
    assert not re.search(r"\son\w+=|\sstyle=|<style|javascript:", made)
    assert "http://" not in made.replace("http://www.w3.org/", "").replace("http://127.0.0.1", "")
    assert "https://" not in made
    for island in re.findall(r'<script type="application/json" id="\w+">(.*?)</script>', made):
        json.loads(island)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_loads_only_what_there_is(name: str) -> None:
    made = shown(name)
    for path in re.findall(rf'(?:href|src)="/static/{pages.build()}/([\w.-]+)', made):
        assert path in pages.files(), path
    assert f"{name}.js" in pages.modules(name)
    sprite = pages.files()["icons.svg"].decode()
    for icon in re.findall(r'icons\.svg#([\w-]+)"', made):
        assert f'id="{icon}"' in sprite, icon


def keys_of(script: str) -> set[str]:
    """The words that a module asks for by a key that stands in it whole."""
    return set(re.findall(r'(?<![\w.])t\("([\w]+)"', script))


@pytest.mark.parametrize("name", NAMES)
def test_the_modules_of_a_page_find_their_words(name: str) -> None:
    table = pages.languages()["en"]
    own = {**table["app"], **table.get(name, {})}
    known = set(own) | {re.sub(r"_(?:one|other)$", "", key) for key in own}
    for module in pages.modules(name):
        missing = keys_of((pages.WEB / module).read_text("utf-8")) - known
        assert not missing, (module, missing)


def test_what_modules_import_is_there() -> None:
    for name in SCRIPTS:
        script = pages.files()[name].decode()
        for path in re.findall(r"""\b(?:from|import)\s*["'](.+?)["']""", script):
            assert path.startswith("./"), (name, path)
            assert path[2:] in pages.files(), (name, path)


def test_no_script_makes_markup_from_words() -> None:
    for name in SCRIPTS:
        script = lean.script((pages.WEB / name).read_text("utf-8"))
        script = script.replace("parsed.innerHTML=serverHtml(html)", "")  # what the server made
        found = re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|"
            r"createContextualFragment|DOMParser|setHTMLUnsafe", script,
        )  # fmt: skip
        assert found is None, (name, found)


def test_the_app_stays_small() -> None:
    """All pages together, as they are served."""
    sizes = {file: len(content) for file, content in pages.files().items()}
    assert sum(size for file, size in sizes.items() if file.endswith(".js")) <= 120_000
    assert sum(size for file, size in sizes.items() if file.endswith(".css")) <= 40_000


def test_every_page_of_a_part_stands_at_its_side() -> None:
    for part, rows in pages.PARTS.items():
        names = {name for _, name, own in pages.PAGES if own == part} - {"design"}
        assert {name for _, name in rows} == names
        side = shown(rows[0][1]).split('<nav class="side"')[1].split("</nav>")[0]
        assert all(f'href="{path}"' in side for path, _ in rows)


def test_words_cannot_end_their_script() -> None:
    made = shown("talk")
    island = re.search(r'id="words">(.*?)</script>', made)
    assert island is not None
    assert "<" not in island[1]


async def test_pages_are_open_and_strict(settings: Settings) -> None:
    async with served(settings) as server:
        for path, name, _ in pages.PAGES:
            assert open_to_all(re.sub(r"\{\w+\}", "any", path)), path
            async with server.http.get(server.url + re.sub(r"\{\w+\}", "any", path)) as answer:
                assert answer.status == 200, path
                assert f'data-page="{name}"' in await answer.text()
                policy = answer.headers["content-security-policy"]
                assert "default-src 'none'" in policy
                assert "require-trusted-types-for 'script'" in policy
                assert "unsafe" not in policy
                assert answer.headers["x-content-type-options"] == "nosniff"
                assert answer.headers["referrer-policy"] == "no-referrer"


async def test_a_page_is_in_the_language_that_is_asked_for(settings: Settings) -> None:
    async with served(settings) as server:

        async def page(**headers: str) -> str:
            given = {name.replace("_", "-"): value for name, value in headers.items()}
            async with server.http.get(server.url + "/", headers=given) as answer:
                return await answer.text()

        for header, cookie, wanted in (
            ("de-AT,de;q=0.9,en;q=0.8", "", "de"),
            ("fr;q=0.9, de;q=0.1", "", "de"),
            ("en;q=0.2, de;q=0.7", "", "de"),
            ("xx", "", "en"),
            ("de;q=x", "", "de"),
            ("de", "language=en", "en"),
            ("de", "language=../../etc/passwd", "de"),
        ):
            made = await page(accept_language=header, cookie=cookie)
            assert f'<html lang="{wanted}"' in made, (header, cookie)
        assert 'data-theme="dark"' in await page(cookie="theme=dark")
        assert "data-theme" not in (await page(cookie="theme=blue")).split("<head>")[0]


async def test_static_files_are_kept_for_good_under_the_name_of_their_state(
    settings: Settings,
) -> None:
    async with served(settings) as server:
        static = f"{server.url}/static/{pages.build()}"
        async with server.http.get(f"{static}/style.css") as answer:
            assert "immutable" in answer.headers["cache-control"]
            assert await answer.read() == pages.files()["style.css"]
        for path in ("frame.html", "..%2fpages.py", "words", "en.toml", "no.js"):
            async with server.http.get(f"{static}/{path}") as missing:
                assert missing.status == 404, path
        _, manifest = await server.json("GET", "/manifest.webmanifest")
        assert manifest["display"] == "standalone"
        for icon in manifest["icons"]:
            async with server.http.get(server.url + icon["src"]) as answer:
                assert answer.status == 200
        async with server.http.get(f"{server.url}/sw.js") as worker:
            said = await worker.text()
            assert pages.build() in said
            assert "{build}" not in said
        _, listed = await server.json("GET", f"/static/{pages.build()}/files.json")
        assert set(listed) == set(pages.files())


def test_a_page_is_a_template_a_module_and_a_test() -> None:
    tests = Path(__file__).parent
    for name in NAMES:
        assert (pages.WEB / f"{name}.html").exists()
        assert (pages.WEB / f"{name}.js").exists()
        assert (tests / f"test_web_{name}.py").exists(), name
