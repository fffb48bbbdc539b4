"""Signing in with a browser: cookies that are not keys, other sites' pages, and keys over HTTP."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from chromium import CHROMIUM
from musespark.guard import open_to_all
from musespark.keys import Keys
from musespark.sessions import Sessions
from musespark.settings import Settings
from served import Served, own_home, served
from visitor import Browser


@pytest.fixture(scope="module")
def locked() -> Iterator[Settings]:
    """A home of its own: where one key exists, everybody needs one."""
    with own_home() as settings:
        yield settings


@pytest.fixture
async def server(locked: Settings) -> AsyncIterator[Served]:
    async with served(locked) as running:
        yield running
        assert running.engine.store is not None
        for person in ("anna", "berta", "owner"):
            await running.engine.store.rows(person, "delete from keys")


@pytest.fixture
async def key(server: Served) -> str:
    """The owner's key; from now on everybody needs one."""
    return (await server.app.state.door.keys.create("owner", "laptop"))[1]


async def test_a_browser_signs_in_works_and_signs_out(server: Served, key: str) -> None:
    browser = Browser(server)
    status, said = await browser("GET", "/v1/session")
    assert (status, said["error"]["code"]) == (401, "invalid_key")
    assert "/sign-in" in said["error"]["message"]
    status, said = await browser("POST", "/v1/session", {"key": key})
    assert (status, said) == (200, {"object": "session", "person": "owner", "manage": True})
    port = server.url.rpartition(":")[2]
    assert list(browser.cookies) == [f"musespark_{port}"]
    for part in ("HttpOnly", "SameSite=Strict", "Path=/", "Max-Age="):
        assert part in browser.set
    assert "Secure" not in browser.set
    assert "Domain" not in browser.set
    assert browser.response.headers["cache-control"] == "no-store"
    status, said = await browser("GET", "/v1/session")
    assert (said["person"], said["by"]) == ("owner", "session")
    assert said["manage"] is said["keys"] is True
    assert said["key"]["hint"] == key[-4:]
    assert key not in str(said)
    body = {"model": "musespark-instant", "messages": [{"role": "user", "content": "Hello"}]}
    assert (await browser("POST", "/v1/chat/completions", body))[0] == 200
    held = browser.word
    assert (await browser("DELETE", "/v1/session"))[0] == 200
    assert not browser.cookies
    browser.cookies[f"musespark_{port}"] = held
    status, said = await browser("GET", "/v1/runs")
    assert (status, said["error"]["code"]) == (401, "signed_out")
    assert (await browser("DELETE", "/v1/session"))[0] == 200, "signing out twice is no error"


async def test_the_cookie_is_neither_the_key_nor_kept(server: Served, key: str) -> None:
    browser = Browser(server)
    await browser("POST", "/v1/session", {"key": key})
    assert key not in browser.set
    store = server.engine.store
    assert store is not None
    [row] = await store.rows("owner", "select * from sessions")
    assert browser.word not in str(row)
    assert browser.word.encode() not in bytes(row["hash"])
    assert await store.rows("anna", "select * from sessions") == []
    bearer = {"Authorization": f"Bearer {browser.word}"}
    assert (await server.json("GET", "/v1/runs", headers=bearer))[0] == 401
    bearer = {"Cookie": f"{next(iter(browser.cookies))}={key}"}
    assert (await server.json("GET", "/v1/runs", headers=bearer))[0] == 401


async def test_over_https_the_cookie_is_for_this_host_alone(server: Served, key: str) -> None:
    host = server.url.removeprefix("http://")
    browser = Browser(server, Origin=f"https://{host}")
    await browser("POST", "/v1/session", {"key": key})
    assert "; Secure" in browser.set
    [name] = browser.cookies
    assert name.startswith("__Host-musespark")
    assert (await browser("GET", "/v1/session"))[1]["by"] == "session"
    # One that a neighbour of this host has set does not count beside it.
    browser.cookies[name.removeprefix("__Host-")] = "x" * 43
    assert (await browser("GET", "/v1/session"))[1]["by"] == "session"
    # A proxy may speak to us by another name; the browser still says that the page is ours.
    proxied = {"Origin": "https://chat.example"}
    assert (await browser("POST", "/v1/keys", {"name": "x"}, **proxied))[0] == 200


ELSEWHERE: tuple[dict[str, str], ...] = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "", "Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "", "Origin": "null"},
    {"Sec-Fetch-Site": "", "Origin": ""},
    {"Sec-Fetch-Site": "", "Origin": "http://localhost:1"},
)


@pytest.mark.parametrize("headers", ELSEWHERE, ids=str)
async def test_another_sites_page_does_nothing_with_the_cookie(
    server: Served, key: str, headers: dict[str, str]
) -> None:
    browser = Browser(server)
    await browser("POST", "/v1/session", {"key": key})
    own = browser.headers
    browser.headers = headers
    body = {"model": "musespark-instant", "messages": [{"role": "user", "content": "Hello"}],
            "musespark": {"conversation": "conv_csrf"}}  # fmt: skip
    for method, path, more in (
        ("POST", "/v1/chat/completions", body),
        ("POST", "/v1/keys", {"name": "mine"}),
        ("POST", "/v1/runs/run_1/cancel", None),
        ("DELETE", "/v1/keys/key_1", None),
    ):
        status, said = await browser(method, path, more)
        assert (status, said["error"]["code"]) == (403, "not_our_page"), path
        assert "page" in said["error"]["message"]
    browser.headers = own
    assert len((await browser("GET", "/v1/keys"))[1]["data"]) == 1
    store = server.engine.store
    assert store is not None
    assert await store.rows("owner", "select id from runs where conversation = 'conv_csrf'") == []


async def test_another_sites_page_does_not_read_sign_in_or_out(server: Served, key: str) -> None:
    browser = Browser(server)
    await browser("POST", "/v1/session", {"key": key})
    for headers in ELSEWHERE[:2]:
        assert (await browser("GET", "/v1/runs", **headers))[0] == 403
        assert (await browser("POST", "/v1/session", {"key": key}, **headers))[0] == 403
        assert (await browser("DELETE", "/v1/session", **headers))[0] == 403
    assert (await browser("GET", "/v1/runs"))[0] == 200
    # The address bar and a program that holds the cookie may look.
    assert (await browser("GET", "/v1/runs", Sec_Fetch_Site="none"))[0] == 200
    assert (await browser("GET", "/v1/runs", Sec_Fetch_Site="", Origin=""))[0] == 200
    # A key in the header is proof enough, wherever the page is from.
    bearer = {"Authorization": f"Bearer {key}", "Sec-Fetch-Site": "cross-site"}
    assert (await server.json("GET", "/v1/runs", headers=bearer))[0] == 200
    # And a wrong one is not mended by a good cookie.
    assert (await browser("GET", "/v1/runs", Authorization="Bearer nonsense"))[0] == 401


async def test_a_revoked_key_takes_its_browsers_along(server: Served, key: str) -> None:
    keys: Keys = server.app.state.door.keys
    id, second = await keys.create("owner", "phone")
    browser, other = Browser(server), Browser(server)
    await browser("POST", "/v1/session", {"key": second})
    await other("POST", "/v1/session", {"key": key})
    listed = (await browser("GET", "/v1/keys"))[1]["data"]
    assert [(row["name"], row["sessions"], row["current"]) for row in listed] == [
        ("phone", 1, True), ("laptop", 1, False),
    ]  # fmt: skip
    status, said = await other("DELETE", f"/v1/keys/{id}")
    assert (status, said["left"]) == (200, 1)
    assert (await browser("GET", "/v1/runs"))[0] == 401
    assert (await browser("POST", "/v1/session", {"key": second}))[0] == 401
    assert (await other("GET", "/v1/runs"))[0] == 200
    listed = (await other("GET", "/v1/keys"))[1]["data"]
    assert [(row["name"], row["sessions"], row["revoked"] is None) for row in listed] == [
        ("phone", 0, False), ("laptop", 1, True),
    ]  # fmt: skip


async def test_a_key_revoked_while_its_session_is_looked_up_opens_nothing_later(
    server: Served, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys: Keys = server.app.state.door.keys
    store = server.engine.store
    assert store is not None
    sessions = Sessions(store, keys)
    word = await sessions.sign_in(key)
    assert word is not None
    system, asked, go = store.system, asyncio.Event(), asyncio.Event()

    async def slow(query: Any, *values: object) -> Any:
        rows = await system(query, *values)
        if "session_owner" in str(query):
            asked.set()
            await go.wait()
        return rows

    monkeypatch.setattr(store, "system", slow)
    looking = asyncio.create_task(sessions.of(word))
    await asked.wait()
    [row] = await keys.of()
    await keys.revoke(row["id"])
    go.set()
    await looking
    assert await sessions.of(word) is None


async def test_a_session_ends_after_a_month_unused(server: Served, key: str) -> None:
    browser = Browser(server)
    await browser("POST", "/v1/session", {"key": key})
    store = server.engine.store
    assert store is not None
    await store.rows("owner", "update sessions set used = now() - interval '31 days'")
    server.app.state.door.sessions._known.clear()
    assert (await browser("GET", "/v1/runs"))[0] == 401
    await Browser(server)("POST", "/v1/session", {"key": key})
    assert len(await store.rows("owner", "select id from sessions")) == 1, "the old one is gone"


async def test_signing_in_again_ends_the_session_before(server: Served, key: str) -> None:
    browser = Browser(server)
    await browser("POST", "/v1/session", {"key": key})
    held = browser.word
    await browser("POST", "/v1/session", {"key": key})
    assert browser.word != held
    store = server.engine.store
    assert store is not None
    assert len(await store.rows("owner", "select id from sessions")) == 1


async def test_a_person_keeps_a_hundred_sessions(server: Served, key: str) -> None:
    sessions: Sessions = server.app.state.door.sessions
    words = [await sessions.sign_in(key) for _ in range(104)]
    store = server.engine.store
    assert store is not None
    assert len(await store.rows("owner", "select id from sessions")) == 100
    assert await sessions.of(words[0] or "") is None
    assert await sessions.of(words[-1] or "") is not None


async def test_bad_sign_ins(server: Served, key: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    browser = Browser(server)
    wrong = "ms_" + "w" * 43
    for body, status in (
        ({"key": wrong}, 401),
        ({"key": key[:-1]}, 401),
        ({"key": "ms_\u0000é"}, 401),
        ({"key": ""}, 400),
        ({"key": "x" * 300}, 400),
        ({"key": 7}, 400),
        ({"key": wrong, "person": "anna"}, 400),
        ({}, 400),
        ([wrong], 400),
        ({"key": wrong, "more": "x" * 70_000}, 413),
    ):
        got, said = await browser("POST", "/v1/session", body)
        assert got == status, body
        assert wrong not in str(said)
        assert said["error"]["message"]
    assert not browser.cookies
    name = "musespark_" + server.url.rpartition(":")[2]
    for word in ("", "x", "x" * 43, "../../etc", "a;b=c", '"' * 43):
        browser.cookies[name] = word
        assert (await browser("GET", "/v1/runs"))[0] == 401, word
    assert wrong not in caplog.text
    assert key not in caplog.text


# -- without a key ---------------------------------------------------------------------------------


async def test_without_keys_there_is_nothing_to_sign_in_with(server: Served) -> None:
    browser = Browser(server)
    status, said = await browser("GET", "/v1/session")
    assert status == 200
    assert (said["by"], said["person"]) == ("machine", "owner")
    assert (said["manage"], said["keys"]) == (True, False)
    status, said = await browser("POST", "/v1/session", {"key": "ms_" + "x" * 43})
    assert (status, said["error"]["code"]) == (409, "no_keys")
    evil = {"Origin": "https://evil.example"}
    assert (await browser("POST", "/v1/session", {"key": "x"}, **evil))[0] == 403
    assert (await browser("POST", "/v1/keys", {"name": "x"}, **evil))[0] == 403


async def test_the_first_key_does_not_lock_out_the_browser_that_made_it(server: Served) -> None:
    browser = Browser(server)
    status, made = await browser("POST", "/v1/keys", {"name": "  my\nlaptop "})
    assert status == 200
    assert (made["name"], made["person"], made["signed_in"]) == ("my laptop", "owner", True)
    assert made["key"].startswith("ms_")
    assert made["hint"] == made["key"][-4:]
    assert made["key"] not in browser.set
    assert (await browser("GET", "/v1/session"))[1]["by"] == "session"
    assert (await server.json("GET", "/v1/session"))[0] == 401
    assert made["key"] not in str(await browser("GET", "/v1/keys"))
    # A program that makes one has its key and needs no cookie.
    bearer = {"Authorization": f"Bearer {made['key']}"}
    async with server.http.post(
        f"{server.url}/v1/keys", json={"name": "shop", "person": "anna"}, headers=bearer
    ) as response:
        assert "Set-Cookie" not in response.headers
        assert (await response.json())["person"] == "anna"


# -- keys over HTTP --------------------------------------------------------------------------------


async def test_everyone_sees_their_own_keys_and_the_owner_all(server: Served, key: str) -> None:
    owner, anna = Browser(server), Browser(server)
    await owner("POST", "/v1/session", {"key": key})
    _, made = await owner("POST", "/v1/keys", {"name": "phone", "person": "anna"})
    await anna("POST", "/v1/session", {"key": made["key"]})
    _, said = await anna("GET", "/v1/session")
    assert (said["person"], said["manage"]) == ("anna", False)
    assert [row["id"] for row in (await anna("GET", "/v1/keys"))[1]["data"]] == [made["id"]]
    _, more = await anna("POST", "/v1/keys", {"name": "tablet"})
    assert (more["person"], more["signed_in"]) == ("anna", False)
    for method, path, body in (
        ("GET", "/v1/keys?person=owner", None),
        ("POST", "/v1/keys", {"name": "x", "person": "owner"}),
        ("DELETE", f"/v1/keys/{made['id']}?person=owner", None),
    ):
        status, said = await anna(method, path, body)
        assert (status, said["error"]["code"]) == (403, "not_the_owner"), path
    [own] = (await owner("GET", "/v1/keys"))[1]["data"]
    assert (await anna("DELETE", f"/v1/keys/{own['id']}"))[0] == 404
    theirs = (await owner("GET", "/v1/keys?person=anna"))[1]["data"]
    assert [row["name"] for row in theirs] == ["tablet", "phone"]
    assert (await owner("DELETE", f"/v1/keys/{more['id']}?person=anna"))[1]["left"] == 1
    assert (await anna("GET", "/v1/keys"))[0] == 200
    assert (await owner("DELETE", f"/v1/keys/{made['id']}?person=anna"))[1]["left"] == 0
    assert (await anna("GET", "/v1/keys"))[0] == 401


async def test_bad_keys(server: Served, key: str) -> None:
    browser = Browser(server)
    await browser("POST", "/v1/session", {"key": key})
    for body, status in (
        ({"name": ""}, 400),
        ({"name": " \n"}, 400),
        ({"name": "x" * 201}, 400),
        ({"name": "x", "person": "two words"}, 400),
        ({"name": "x", "person": "ä"}, 400),
        ({"name": "x", "hash": "y"}, 400),
        ({"name": None}, 400),
        ("x", 400),
    ):
        assert (await browser("POST", "/v1/keys", body))[0] == status, body
    name = "<img src=x onerror=alert(1)>\u202egpj.exe\u0000'; drop table keys; --"
    _, made = await browser("POST", "/v1/keys", {"name": name})
    listed = (await browser("GET", "/v1/keys"))[1]["data"]
    assert listed[0]["name"] == name.replace("\0", "")
    assert browser.response.headers["content-type"] == "application/json"
    for id in ("nothing", "key_%00", "%F0%9F%98%80", "x" * 300):
        assert (await browser("DELETE", f"/v1/keys/{id}"))[0] == 404, id
    assert (await browser("DELETE", f"/v1/keys/{made['id']}"))[0] == 200
    assert (await browser("DELETE", f"/v1/keys/{made['id']}"))[0] == 200, "twice is no error"


async def test_two_at_once_make_two_keys(server: Served, key: str) -> None:
    browser = Browser(server)
    await browser("POST", "/v1/session", {"key": key})
    made = await asyncio.gather(*(browser("POST", "/v1/keys", {"name": "same"}) for _ in range(8)))
    assert len({said["key"] for _, said in made}) == 8
    assert len((await browser("GET", "/v1/keys"))[1]["data"]) == 9


def test_what_is_open() -> None:
    for path in ("/", "/c/conv_1", "/runs/run_1", "/manage", "/manage/keys", "/static/x/y.js",
                 "/shared/t", "/v1/shared/t", "/sw.js", "/healthz"):  # fmt: skip
        assert open_to_all(path), path
    for path in ("/v1/session", "/v1/keys", "/v1/runs", "/runs", "/metrics", "/openapi.json",
                 "/agui", "/v1/sharedx", "/static", "/static/../v1/runs", "/manage/..",
                 "/healthz/", "//", "/V1/shared/t", ""):  # fmt: skip
        assert not open_to_all(path), path


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium")
async def test_a_real_browser_keeps_the_cookie_to_our_own_pages(server: Served, key: str) -> None:
    """What the tests above send as headers, sent by Chromium itself: from our page, from another
    server's page on the same machine, and from a page of no server."""
    from playwright.async_api import async_playwright

    async with (
        served(server.engine.settings) as other,
        async_playwright() as playwright,
        await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        ) as browser,
        await browser.new_context() as profile,
    ):
        own, foreign, none = [await profile.new_page() for _ in range(3)]
        await own.goto(f"{server.url}/healthz")
        await foreign.goto(f"{other.url}/healthz")
        body = {"key": key}
        assert await own.evaluate(FETCH, ["POST", f"{server.url}/v1/session", body]) == 200
        assert await own.evaluate("document.cookie") == ""
        assert await own.evaluate(FETCH, ["GET", f"{server.url}/v1/session", None]) == 200
        assert await own.evaluate(FETCH, ["POST", f"{server.url}/v1/keys", {"name": "x"}]) == 200
        for page in (foreign, none):
            for method, path in (("GET", "keys"), ("POST", "keys"), ("DELETE", "session")):
                asked = [method, f"{server.url}/v1/{path}", None]
                assert await page.evaluate(FETCH, asked) == 0
            await page.evaluate(FORM, f"{server.url}/v1/keys")
            await page.wait_for_url("**/v1/keys")
            assert '"code":' in await page.inner_text("body")
        assert await own.evaluate(FETCH, ["GET", f"{server.url}/v1/session", None]) == 200
        keys: Keys = server.app.state.door.keys
        assert [row["name"] for row in await keys.of()] == ["x", "laptop"]


# The status of an answer, 0 where the browser does not let the page see it.
FETCH = """async ([method, url, body]) => {
  const given = {method, credentials: 'include', body: body && JSON.stringify(body)};
  try { return (await fetch(url, given)).status } catch { return 0 }
}"""
FORM = """url => {
  const form = document.createElement('form');
  form.method = 'POST'; form.action = url; form.enctype = 'text/plain';
  const field = document.createElement('input');
  field.name = '{"name": "evil", "x": "'; field.value = '"}';
  form.append(field); document.body.append(form); form.submit();
}"""
