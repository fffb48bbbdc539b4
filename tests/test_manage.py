"""Managing over HTTP: models, tools and health; secrets that show nowhere, two writers at once."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import tomllib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fake_model import TEXT, Server
from musespark import embedded, manage
from musespark.settings import Settings, read
from served import Served, own_home, served

HIDDEN = "sk-very-hidden-4711"
CHAT = "/v1/chat/completions"
SLOW = 0.001  # seconds between the words of a model that is to be caught in the middle


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A home of its own: these tests write its settings."""
    with own_home() as settings:
        yield settings.home


@pytest.fixture
def home(place: Path) -> Iterator[Path]:  # type: ignore[misc]
    yield place
    (place / "settings.toml").unlink(missing_ok=True)


@pytest.fixture
async def server(home: Path) -> AsyncIterator[Served]:
    async with served(at(home), own=True) as running:
        yield running


@pytest.fixture
def fake() -> Iterator[Callable[..., Server]]:
    """Makes model servers."""
    made: list[Server] = []

    def make(name: str = "fake-1", **more: Any) -> Server:
        made.append(Server(**{"pause": 0, **more}))
        made[-1].names = [name]
        return made[-1]

    yield make
    for each in made:
        each.shutdown()
        each.server_close()


def at(home: Path) -> Settings:
    return read({**os.environ, "MUSESPARK_HOME": str(home)})


def filed(home: Path) -> dict[str, Any]:
    return tomllib.loads((home / "settings.toml").read_text())


def tier(said: dict[str, Any], name: str) -> dict[str, Any]:
    return next(each for each in said["data"] if each["tier"] == name)


async def ask(server: Served, question: str = "Tell me of tides.", mode: str = "instant") -> str:
    body = {"model": f"musespark-{mode}", "messages": [{"role": "user", "content": question}]}
    status, said = await server.json("POST", CHAT, json=body)
    assert status == 200, said
    return str(said["choices"][0]["message"]["content"])


def wrong(said: tuple[int, Any]) -> tuple[int, str]:
    status, body = said
    error = body["error"]
    assert error["message"]
    assert HIDDEN not in str(body)
    return status, error["code"]


# -- models ----------------------------------------------------------------------------------------


async def test_at_first_the_embedded_model_serves_and_says_what_it_is(server: Served) -> None:
    status, said = await server.json("GET", "/v1/tiers")
    assert status == 200
    assert (said["manage"], said["problem"]) == (True, None)
    for name in ("fast", "deep"):
        one = tier(said, name)
        assert (one["from"], one["url"], one["key_set"]) == ("embedded", "", False)
        assert (one["fixed"], one["fixed_by"]) == (False, [])
        assert one["card"]["weak"]
        assert "connect a stronger one" in one["card"]["notice"]
        assert (one["reached"], one["trial"]) == ("ready", None)
        assert one["since"].startswith("20")


async def test_a_model_is_tried_connected_and_used_by_the_next_turn(
    server: Served, home: Path, fake: Callable[..., Server], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    model = fake(key=HIDDEN)
    body = {"url": f"  {model.url.removeprefix('http://')}", "key": HIDDEN, "context": 9000,
            "price_input": 1.5, "price_output": 6}  # fmt: skip
    status, said = await server.json("PUT", "/v1/tiers/both", json=body)
    assert status == 200, said
    trial = said["trial"]
    assert (trial["reachable"], trial["name"], trial["models"]) == (True, "fake-1", ["fake-1"])
    assert trial["first_token"] > 0
    assert trial["speed"] > 0
    assert (trial["tools"], trial["json_schema"], trial["vision"]) == (True, True, False)
    assert trial["thinking"] is False
    assert trial["problems"] == []
    for name in ("fast", "deep"):
        one = tier(said, name)
        assert (one["from"], one["key_set"], one["name"]) == ("fast", True, "fake-1")
        assert (one["context"], one["price_input"], one["price_output"]) == (9000, 1.5, 6)
        assert not one["card"]["weak"]
        assert one["card"]["notice"] == ""
        assert one["trial"]["first_token"] == trial["first_token"]
        assert one["reached"] == "ready"
    assert HIDDEN not in str(said)
    assert filed(home) == {
        "fast": {"url": model.url, "key": HIDDEN, "name": "fake-1", "context": 9000,
                 "price_input": 1.5, "price_output": 6.0}
    }  # fmt: skip
    assert (home / "settings.toml").stat().st_mode & 0o777 == 0o600
    before = model.asked
    assert await ask(server) == TEXT
    assert model.asked == before + 1
    assert at(home).fast == server.engine.settings.fast, "the next start finds the same"
    for path in ("/v1/tiers", "/v1/tools", "/v1/health", "/readyz", "/v1/runs", "/openapi.json"):
        _, said = await server.json("GET", path)
        assert HIDDEN not in str(said), path
    assert HIDDEN not in caplog.text


async def test_a_tier_of_its_own_and_back(
    server: Served, home: Path, fake: Callable[..., Server]
) -> None:
    one, two = fake("fake-a"), fake("fake-b")
    await server.json("PUT", "/v1/tiers/both", json={"url": one.url})
    since = tier((await server.json("GET", "/v1/tiers"))[1], "fast")["since"]
    status, said = await server.json("PUT", "/v1/tiers/deep", json={"url": two.url})
    assert status == 200
    assert (tier(said, "fast")["name"], tier(said, "deep")["name"]) == ("fake-a", "fake-b")
    assert tier(said, "fast")["since"] == since, "nothing changed there"
    assert tier(said, "deep")["since"] > since
    status, said = await server.json("DELETE", "/v1/tiers/fast")
    assert status == 200
    assert (tier(said, "fast")["from"], tier(said, "fast")["name"]) == ("deep", "fake-b")
    status, said = await server.json("DELETE", "/v1/tiers/both")
    assert (status, tier(said, "deep")["from"]) == (200, "embedded")
    assert filed(home) == {}
    assert (await server.json("DELETE", "/v1/tiers/both"))[0] == 200, "twice is no error"


async def test_what_a_model_can_do_is_found_out_or_said(
    server: Served, home: Path, fake: Callable[..., Server]
) -> None:
    model = fake()
    model.sees = True
    _, said = await server.json("PUT", "/v1/tiers/both", json={"url": model.url})
    assert said["trial"]["vision"] is True
    assert tier(said, "fast")["card"]["vision"] is True
    _, said = await server.json(
        "PUT", "/v1/tiers/both", json={"url": model.url, "vision": False, "tools": False}
    )
    assert said["trial"]["vision"] is None
    assert (tier(said, "fast")["vision"], tier(said, "fast")["tools"]) == (False, False)
    asked = model.asked
    _, said = await server.json(
        "PUT", "/v1/tiers/both",
        json={"url": model.url, "test": False, "thinking": "reasoning_effort", "timeout": 5},
    )  # fmt: skip
    assert (said["trial"], model.asked) == (None, asked), "it was not asked anything"
    assert filed(home)["fast"] == {
        "url": model.url, "thinking": "reasoning_effort", "timeout": 5.0
    }  # fmt: skip


async def test_a_model_is_tried_without_connecting_it(
    server: Served, home: Path, fake: Callable[..., Server]
) -> None:
    model = fake(key=HIDDEN)
    model.sees = True
    given = {"url": model.url, "key": HIDDEN}
    status, said = await server.json("POST", "/v1/tiers/test", json=given)
    assert (status, said["reachable"], said["vision"]) == (200, True, True)
    status, said = await server.json("POST", "/v1/tiers/models", json=given)
    assert (status, said["data"]) == (200, ["fake-1"])
    assert wrong(await server.json("GET", "/v1/tiers/models", params={"url": model.url})) == (
        502, "model_refused",
    )  # fmt: skip
    open_ = fake("open")
    status, said = await server.json("GET", "/v1/tiers/models", params={"url": open_.url})
    assert (status, said["data"]) == (200, ["open"])
    for query in ("", "?url=", "?url=file:///etc/passwd", f"?url={'x' * 2001}"):
        assert (await server.json("GET", f"/v1/tiers/models{query}"))[0] == 400, query
    assert not (home / "settings.toml").exists()
    status, said = await server.json("POST", "/v1/tiers/test", json={**given, "key": "wrong"})
    assert (status, said["reachable"]) == (200, False)
    assert "did not accept the key" in said["problems"][0]
    assert wrong(await server.json("POST", "/v1/tiers/models", json={"url": model.url})) == (
        502, "model_refused",
    )  # fmt: skip
    status, said = await server.json("POST", "/v1/tiers/test", json={"url": "http://127.0.0.1:9"})
    assert (status, said["reachable"]) == (200, False)
    assert "No model answers" in said["problems"][0]
    # The one in use.
    await server.json("PUT", "/v1/tiers/both", json={**given, "vision": False})
    status, said = await server.json("POST", "/v1/tiers/deep/test")
    assert (status, said["reachable"], said["vision"]) == (200, True, True)
    assert tier((await server.json("GET", "/v1/tiers"))[1], "deep")["trial"]["vision"] is True
    assert tier((await server.json("GET", "/v1/tiers"))[1], "deep")["card"]["vision"] is False


async def test_what_does_not_answer_is_not_connected(
    server: Served, home: Path, fake: Callable[..., Server]
) -> None:
    good = fake(key=HIDDEN)
    await server.json("PUT", "/v1/tiers/both", json={"url": good.url, "key": HIDDEN})
    before = filed(home)
    several = fake()
    several.names = ["large", "small"]
    for body, status, code in (
        ({"url": "http://127.0.0.1:9/v1"}, 502, "model_unreachable"),
        ({"url": good.url, "key": "wrong"}, 502, "model_refused"),
        ({"url": good.url, "key": ""}, 502, "model_refused"),
        ({"url": several.url}, 400, "which_model"),
        ({"url": server.url, "name": "x"}, 502, "model_unreachable"),
    ):
        assert wrong(await server.json("PUT", "/v1/tiers/both", json=body)) == (status, code), body
        assert filed(home) == before
    _, said = await server.json("PUT", "/v1/tiers/deep", json={"url": several.url})
    assert "They are: large, small." in said["error"]["message"]
    _, said = await server.json("PUT", "/v1/tiers/deep", json={"url": several.url, "name": "smal"})
    assert "Did you mean small?" in said["trial"]["problems"][0]
    assert await ask(server) == TEXT


BAD: tuple[tuple[dict[str, Any], str], ...] = (
    ({}, ""),
    ({"url": ""}, "url"),
    ({"url": " "}, "url"),
    ({"url": "http://"}, "url"),
    ({"url": "http://[::1"}, "url"),
    ({"url": "http://a:99999/v1"}, "url"),
    ({"url": "http://a b/v1"}, "url"),
    ({"url": f"http://anna:{HIDDEN} x@127.0.0.1:9/v1"}, "url"),
    ({"url": "file:///etc/passwd"}, "url"),
    ({"url": "javascript://x/%0aalert(1)"}, "url"),
    ({"url": "gopher://127.0.0.1:6379/_x"}, "url"),
    ({"url": "http://…@127.0.0.1/v1"}, "url"),
    ({"url": "x" * 2001}, "url"),
    ({"url": 7}, "url"),
    ({"url": "http://127.0.0.1:9", "key": "two words"}, "key"),
    ({"url": "http://127.0.0.1:9", "key": "a\r\nHost: evil"}, "key"),
    ({"url": "http://127.0.0.1:9", "key": "ü"}, "key"),
    ({"url": "http://127.0.0.1:9", "key": "x" * 4001}, "key"),
    ({"url": "http://127.0.0.1:9", "context": 1}, "context"),
    ({"url": "http://127.0.0.1:9", "context": 10**30}, "context"),
    ({"url": "http://127.0.0.1:9", "thinking": "hard"}, "thinking"),
    ({"url": "http://127.0.0.1:9", "price_input": -1}, "price_input"),
    ({"url": "http://127.0.0.1:9", "timeout": 0}, "timeout"),
    ({"url": "http://127.0.0.1:9", "home": "/"}, ""),
)


@pytest.mark.parametrize(("body", "field"), BAD, ids=lambda given: str(given)[:60])
async def test_bad_models(server: Served, home: Path, body: dict[str, Any], field: str) -> None:
    for method, path in (
        ("PUT", "/v1/tiers/fast"), ("POST", "/v1/tiers/test"), ("POST", "/v1/tiers/models"),
    ):  # fmt: skip
        status, said = await server.json(method, path, json=body)
        assert status == 400, (path, said)
        assert HIDDEN not in str(said)
        assert said["error"]["param"] == (field or None), path
    assert not (home / "settings.toml").exists()


async def test_addresses_that_no_server_can_have(server: Served) -> None:
    for url in (f"http://{'a' * 300}/v1", "http://a..b/v1", "http://ex%00ample/v1", "http://a b/v1",
                "http://\u202e.test/v1", "http://256.256.256.256/v1"):  # fmt: skip
        status, said = await server.json("PUT", "/v1/tiers/deep", json={"url": url})
        assert status in (400, 502), (url, said)
        assert said["error"]["message"]
    assert (await server.json("GET", "/readyz"))[0] == 200


async def test_no_other_tier(server: Served, fake: Callable[..., Server]) -> None:
    for method, path in (
        ("PUT", "/v1/tiers/slow"), ("DELETE", "/v1/tiers/slow"), ("POST", "/v1/tiers/slow/test"),
        ("POST", "/v1/tiers/both/test"), ("PUT", "/v1/tiers/%00"),
    ):  # fmt: skip
        assert wrong(await server.json(method, path, json={"url": fake().url})) == (
            404, "unknown_tier",
        ), path  # fmt: skip


async def test_a_key_is_sent_to_the_server_that_it_was_given_for_alone(
    server: Served, fake: Callable[..., Server]
) -> None:
    own, other = fake(key=HIDDEN), fake()
    await server.json("PUT", "/v1/tiers/both", json={"url": own.url, "key": HIDDEN})
    # Another setting of it is changed without the key being typed again.
    status, said = await server.json(
        "PUT", "/v1/tiers/both", json={"url": own.url, "context": 4096}
    )
    assert (status, tier(said, "fast")["key_set"], tier(said, "fast")["context"]) == (
        200,
        True,
        4096,
    )
    # A model elsewhere does not get it, connected or only looked at.
    for method, path in (
        ("POST", "/v1/tiers/models"), ("POST", "/v1/tiers/test"), ("PUT", "/v1/tiers/deep"),
        ("PUT", "/v1/tiers/both"),
    ):  # fmt: skip
        status, _ = await server.json(method, path, json={"url": other.url})
        assert status == 200, path
    assert set(other.shown) == {""}
    assert not tier((await server.json("GET", "/v1/tiers"))[1], "fast")["key_set"]


async def test_a_login_in_the_address_is_hidden_and_kept(
    server: Served, home: Path, fake: Callable[..., Server]
) -> None:
    model = fake()
    host = model.url.removeprefix("http://")
    secret = f"http://anna:{HIDDEN}@{host}?api-key={HIDDEN}"
    status, said = await server.json(
        "PUT", "/v1/tiers/both", json={"url": secret, "name": "m", "test": False}
    )
    assert status == 200
    shown = tier(said, "fast")["url"]
    assert shown == f"http://…@{host}?…"
    assert HIDDEN not in str(said)
    assert "anna" not in str(said)
    # Sent back as it was shown, it is the same.
    status, said = await server.json(
        "PUT", "/v1/tiers/both", json={"url": shown, "name": "m", "test": False, "context": 512}
    )
    assert (status, tier(said, "fast")["context"]) == (200, 512)
    assert filed(home)["fast"]["url"] == secret
    status, said = await server.json(
        "PUT", "/v1/tiers/both", json={"url": shown.replace("…@", "…@x"), "test": False}
    )
    assert (status, said["error"]["param"]) == (400, "url")
    # Nor does it show where nothing answers, or something else than a model.
    for host in ("127.0.0.1:9", server.url.removeprefix("http://"), "a..b", "127.0.0.1:99999"):
        body = {"url": f"http://anna:{HIDDEN}@{host}/v1?api-key={HIDDEN}"}
        for method, path in (
            ("PUT", "/v1/tiers/both"), ("POST", "/v1/tiers/test"), ("POST", "/v1/tiers/models"),
        ):  # fmt: skip
            status, said = await server.json(method, path, json=body)
            assert status in (200, 400, 502)
            assert HIDDEN not in str(said), (path, host)


async def test_what_the_environment_fixes_cannot_be_changed_here(
    home: Path, fake: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    model, other = fake(key=HIDDEN), fake()
    monkeypatch.setenv("MUSESPARK_DEEP_URL", model.url)
    monkeypatch.setenv("MUSESPARK_DEEP_KEY", HIDDEN)
    monkeypatch.setenv("MUSESPARK_FAST_CONTEXT", "8000")
    async with served(at(home), own=True) as server:
        _, said = await server.json("GET", "/v1/tiers")
        assert tier(said, "deep")["fixed"]
        assert tier(said, "deep")["fixed_by"] == ["MUSESPARK_DEEP_KEY", "MUSESPARK_DEEP_URL"]
        assert not tier(said, "fast")["fixed"]
        assert tier(said, "fast")["fixed_by"] == ["MUSESPARK_FAST_CONTEXT"]
        asked = other.asked
        for method, path in (
            ("PUT", "/v1/tiers/deep"), ("PUT", "/v1/tiers/both"), ("DELETE", "/v1/tiers/deep"),
            ("DELETE", "/v1/tiers/both"),
        ):  # fmt: skip
            answer = await server.json(method, path, json={"url": other.url})
            assert wrong(answer) == (409, "fixed_by_environment"), path
            assert "MUSESPARK_DEEP_KEY" in answer[1]["error"]["message"]
        assert other.asked == asked
        assert not (home / "settings.toml").exists()
        body = {"url": other.url, "context": 4096}
        answer = await server.json("PUT", "/v1/tiers/fast", json=body)
        assert wrong(answer) == (409, "fixed_by_environment")
        status, said = await server.json("PUT", "/v1/tiers/fast", json={"url": other.url})
        assert status == 200, "the rest can"
        assert (tier(said, "fast")["context"], tier(said, "fast")["url"]) == (8000, other.url)
        assert tier(said, "deep")["url"] == model.url
    assert set(other.shown) == {""}


async def test_a_turn_under_way_keeps_its_model(
    server: Served, fake: Callable[..., Server]
) -> None:
    old, new = fake("old", pause=SLOW), fake("new")
    await server.json("PUT", "/v1/tiers/both", json={"url": old.url})
    for mode in ("instant", "thinking", "contemplating"):
        asking = asyncio.create_task(ask(server, "Compare slowly three harbours.", mode))
        while not old.open:
            await asyncio.sleep(0.005)
        before = new.asked
        status, _ = await server.json("PUT", "/v1/tiers/both", json={"url": new.url, "test": False})
        assert status == 200
        assert await asking
        assert new.asked == before, f"{mode}: the turn went on with the model it began with"
        assert await ask(server) == TEXT
        assert new.asked == before + 1
        await server.json("PUT", "/v1/tiers/both", json={"url": old.url, "test": False})
    # What the turns kept is let go of after them, and what serves now stays open.
    await asyncio.gather(*server.engine._late)
    assert await ask(server) == TEXT


async def test_two_writers_at_once_lose_nothing(
    server: Served, home: Path, fake: Callable[..., Server]
) -> None:
    one, two = fake("fake-a"), fake("fake-b")
    names = ("calculate", "convert", "dates", "times", "read_page")
    answers = await asyncio.gather(
        server.json("PUT", "/v1/tiers/fast", json={"url": one.url}),
        server.json("PUT", "/v1/tiers/deep", json={"url": two.url}),
        *(server.json("PATCH", f"/v1/tools/{name}", json={"on": False}) for name in names),
    )
    assert [status for status, _ in answers] == [200] * 7
    kept = filed(home)
    assert (kept["fast"]["name"], kept["deep"]["name"]) == ("fake-a", "fake-b")
    assert kept["tools_off"] == ", ".join(sorted(names))
    assert server.engine.settings.off == set(names)
    _, said = await server.json("GET", "/v1/tiers")
    assert (tier(said, "fast")["name"], tier(said, "deep")["name"]) == ("fake-a", "fake-b")


async def test_what_another_process_connects_is_used_too(
    server: Served, home: Path, fake: Callable[..., Server]
) -> None:
    model = fake("elsewhere")
    env = {**os.environ, "MUSESPARK_HOME": str(home)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "musespark", "models", "connect", model.url, env=env,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    await process.communicate()
    assert process.returncode == 0
    while tier((await server.json("GET", "/v1/tiers"))[1], "fast")["name"] != "elsewhere":
        await asyncio.sleep(0.05)
    assert await ask(server) == TEXT


async def test_hanging_up_ends_a_trial_and_changes_nothing(
    server: Served, home: Path, fake: Callable[..., Server]
) -> None:
    model = fake(pause=0.2)
    for method, path in (("PUT", "/v1/tiers/both"), ("POST", "/v1/tiers/test")):
        trying = asyncio.create_task(server.json(method, path, json={"url": model.url}))
        while not model.open:
            await asyncio.sleep(0.005)
        trying.cancel()
        while model.open:
            await asyncio.sleep(0.005)
    assert model.hung_up == 2
    assert not (home / "settings.toml").exists()


async def test_a_trial_ends_in_time(
    server: Served, fake: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manage, "TRIAL_SECONDS", 0.3)
    status, said = await server.json("POST", "/v1/tiers/test", json={"url": fake(pause=0.2).url})
    assert (status, said["reachable"]) == (200, False)
    assert "ended after 0.3 seconds" in said["problems"][-1]


async def test_a_server_of_the_wrong_kind_with_strange_names(
    server: Served, fake: Callable[..., Server]
) -> None:
    model = fake()
    script = "<img src=x onerror=alert(1)>"
    model.names = [script, "a\u202eb\u0000c", "x" * 5000, *map(str, range(2000))]
    status, said = await server.json("POST", "/v1/tiers/models", json={"url": model.url})
    assert status == 200
    assert said["data"][:2] == [script, "abc"]
    assert len(said["data"]) == 500
    assert max(map(len, said["data"])) == 200
    status, said = await server.json("PUT", "/v1/tiers/both", json={"url": model.url})
    assert (status, said["error"]["code"]) == (400, "which_model")
    assert len(said["error"]["message"]) < 2000


async def test_a_settings_file_that_is_broken_is_left_alone(
    server: Served, home: Path, fake: Callable[..., Server]
) -> None:
    for broken, code in (
        ("port = = 1\n", "bad_settings"), ("prot = 1\n", "unknown_setting"),
        ("[fast]\ncontext = 1\n", "bad_settings"),
    ):  # fmt: skip
        (home / "settings.toml").write_text(broken)
        for method, path, body in (
            ("PUT", "/v1/tiers/both", {"url": fake().url}),
            ("DELETE", "/v1/tiers/both", None),
            ("PATCH", "/v1/tools/calculate", {"on": False}),
        ):
            assert wrong(await server.json(method, path, json=body)) == (500, code), path
        assert (home / "settings.toml").read_text() == broken
        _, said = await server.json("GET", "/v1/health")
        while not said["settings"]["problem"]:
            await asyncio.sleep(0.05)
            _, said = await server.json("GET", "/v1/health")
        assert "settings" in said["settings"]["problem"]
        (home / "settings.toml").unlink()
    assert (await server.json("PUT", "/v1/tiers/both", json={"url": fake().url}))[0] == 200


async def test_a_home_that_cannot_be_written_is_said(
    server: Served, fake: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*given: Any) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("musespark.current.write", refuse)
    answer = await server.json("PUT", "/v1/tiers/both", json={"url": fake().url})
    assert wrong(answer) == (500, "settings_not_written")
    assert "Read-only file system" in answer[1]["error"]["message"]
    assert tier((await server.json("GET", "/v1/tiers"))[1], "fast")["from"] == "embedded"


async def test_the_embedded_model_makes_room_and_comes_back(
    server: Served, fake: Callable[..., Server]
) -> None:
    await server.engine.models("fast").start()  # type: ignore[attr-defined]
    assert embedded._running
    await server.json("PUT", "/v1/tiers/both", json={"url": fake().url})
    await asyncio.gather(*server.engine._late)
    assert not embedded._running
    assert await ask(server) == TEXT
    await server.json("DELETE", "/v1/tiers/both")
    assert await ask(server, "Write a word about the sea.")
    assert embedded._running


# -- who may ---------------------------------------------------------------------------------------


async def test_only_the_owner_manages(
    server: Served, home: Path, fake: Callable[..., Server]
) -> None:
    model = fake(key=HIDDEN)
    await server.json("PUT", "/v1/tiers/both", json={"url": model.url, "key": HIDDEN})
    keys = server.app.state.door.keys
    _, owners = await keys.create("owner", "x")
    _, annas = await keys.create("anna", "x")
    owner, anna = ({"headers": {"Authorization": f"Bearer {key}"}} for key in (owners, annas))
    asked = model.asked
    try:
        for method, path in (
            ("PUT", "/v1/tiers/fast"), ("DELETE", "/v1/tiers/fast"), ("POST", "/v1/tiers/test"),
            ("POST", "/v1/tiers/fast/test"), ("POST", "/v1/tiers/models"),
            ("GET", f"/v1/tiers/models?url={model.url}"),
            ("PATCH", "/v1/tools/calculate"), ("GET", "/v1/health"),
        ):  # fmt: skip
            answer = await server.json(method, path, json={"url": model.url}, **anna)
            code = "not_a_manager" if path == "/v1/health" else "not_the_owner"
            assert wrong(answer) == (403, code), path
        assert model.asked == asked
        _, said = await server.json("GET", "/v1/tiers", **anna)
        assert said["manage"] is False
        assert set(tier(said, "fast")) == {
            "object", "tier", "from", "name", "card", "price_input", "price_output", "since",
        }  # fmt: skip
        assert model.url.split("/")[2] not in str(said)
        assert str(home) not in str(said)
        _, said = await server.json("GET", "/v1/tools", **anna)
        assert set(said) == {"object", "manage", "data"}
        assert (await server.json("GET", "/v1/health", **owner))[0] == 200
    finally:
        assert server.engine.store is not None
        for person in ("owner", "anna"):
            await server.engine.store.rows(person, "delete from keys")


# -- tools -----------------------------------------------------------------------------------------


async def test_a_tool_that_is_off_is_used_by_no_turn(
    server: Served, home: Path, fake: Callable[..., Server]
) -> None:
    await server.json("PUT", "/v1/tiers/both", json={"url": fake().url})
    _, said = await server.json("GET", "/v1/tools")
    found = {tool["name"]: tool for tool in said["data"]}
    assert all(tool["on"] and tool["built_in"] for tool in found.values())
    assert found["read_page"]["outside"]
    assert not found["calculate"]["acts"]
    assert found["calculate"]["origin"] == "built-in"
    assert "expression" in found["calculate"]["parameters"]["properties"]
    assert (said["servers"], said["missing"], said["fixed"]) == ([], [], False)
    assert "40.8" in await ask(server, "What is 17% of 240?")
    status, tool = await server.json("PATCH", "/v1/tools/calculate", json={"on": False})
    assert (status, tool["name"], tool["on"]) == (200, "calculate", False)
    assert await ask(server, "What is 17% of 240?") == TEXT
    assert filed(home)["tools_off"] == "calculate"
    assert not next(
        tool for tool in (await server.json("GET", "/v1/tools"))[1]["data"]
        if tool["name"] == "calculate"
    )["on"]  # fmt: skip
    assert (await server.json("PATCH", "/v1/tools/calculate", json={"on": True}))[1]["on"]
    assert "40.8" in await ask(server, "What is 17% of 240?")
    assert "tools_off" not in filed(home)


async def test_bad_switches(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("nothing", "%00", "a,b", "calculate%20", "%F0%9F%98%80", "x" * 3000):
        answer = await server.json("PATCH", f"/v1/tools/{name}", json={"on": False})
        assert wrong(answer) == (404, "unknown_tool"), name
    _, said = await server.json("PATCH", "/v1/tools/calcualte", json={"on": False})
    assert "Did you mean calculate?" in said["error"]["message"]
    for body in ({}, {"on": 1}, {"on": "no"}, {"off": True}, [], "x"):
        assert (await server.json("PATCH", "/v1/tools/calculate", json=body))[0] == 400, body
    monkeypatch.setenv("MUSESPARK_TOOLS_OFF", "times")
    answer = await server.json("PATCH", "/v1/tools/calculate", json={"on": False})
    assert wrong(answer) == (409, "fixed_by_environment")


MCP = """
import os, sys
from mcp.server.mcpserver import MCPServer
if "broken" in sys.argv:
    sys.exit("cannot open the drawer with " + os.environ["TOKEN"] + " " + sys.argv[2])
server = MCPServer("desk")

@server.tool(description="<b>Look</b> it up\\u202e")
def look(word: str) -> str:
    return word

server.run("stdio")
"""


async def test_mcp_servers_and_why_one_is_not_there(home: Path, tmp_path: Path) -> None:
    script = tmp_path / "desk.py"
    script.write_text(MCP)
    (home / "settings.toml").write_text(
        f'[mcp.desk]\ncommand = "{sys.executable}"\nargs = ["{script}"]\n'
        f'[mcp.shut]\ncommand = "{sys.executable}"\nargs = ["{script}", "broken", "{HIDDEN}-arg"]\n'
        f'env = {{ TOKEN = "{HIDDEN}" }}\n'
        f'[mcp.away]\nurl = "http://anna:{HIDDEN}@127.0.0.1:9/{HIDDEN}?key={HIDDEN}"\n'
        f'key = "{HIDDEN}"\n'
    )
    async with served(at(home), own=True) as server:
        _, said = await server.json("GET", "/v1/tools")
        while any(each["state"] == "connecting" for each in said["servers"]):
            await asyncio.sleep(0.05)
            _, said = await server.json("GET", "/v1/tools")
        assert HIDDEN not in str(said)
        states = {each["name"]: each for each in said["servers"]}
        desk, shut, away = states["desk"], states["shut"], states["away"]
        assert (desk["state"], desk["kind"]) == ("connected", "program")
        assert (desk["tools"], desk["problem"], desk["connected"]) == (["desk_look"], None, True)
        assert (shut["state"], shut["connected"], shut["tools"]) == ("unreachable", False, [])
        assert "cannot open the drawer" in shut["problem"]
        assert (away["state"], away["kind"], away["where"]) == (
            "unreachable", "http", "http://127.0.0.1:9",
        )  # fmt: skip
        look = next(tool for tool in said["data"] if tool["name"] == "desk_look")
        assert (look["origin"], look["built_in"], look["acts"]) == ("desk", False, True)
        assert look["description"] == "<b>Look</b> it up"
        assert (await server.json("PATCH", "/v1/tools/desk_look", json={"on": False}))[0] == 200
        assert "desk_look" not in await server.engine.tools()
    # Its server is gone: the tool stays off, and can be switched on again.
    text = (home / "settings.toml").read_text()
    (home / "settings.toml").write_text(text[: text.index("[mcp")])
    async with served(at(home), own=True) as server:
        _, said = await server.json("GET", "/v1/tools")
        assert said["missing"] == ["desk_look"]
        status, said = await server.json("PATCH", "/v1/tools/desk_look", json={"on": True})
        assert (status, said) == (200, {"object": "tool", "name": "desk_look", "on": True})
        assert (await server.json("GET", "/v1/tools"))[1]["missing"] == []


async def test_a_slow_mcp_server_does_not_hold_the_list_up(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manage, "_TOOLS_SECONDS", 0.05)
    monkeypatch.setattr("musespark.mcp_session.CONNECT_SECONDS", 0.5)
    (home / "settings.toml").write_text('[mcp.sleepy]\ncommand = "sleep"\nargs = ["60"]\n')
    async with served(at(home), own=True) as server:
        status, said = await server.json("GET", "/v1/tools")
        assert status == 200
        assert [each["state"] for each in said["servers"]] == ["connecting"]
        assert "calculate" in [tool["name"] for tool in said["data"]]


# -- health ----------------------------------------------------------------------------------------


async def test_how_the_server_fares(
    server: Served, home: Path, fake: Callable[..., Server]
) -> None:
    status, said = await server.json("GET", "/v1/health")
    assert status == 200
    assert said["status"] == "ready"
    assert said["version"]
    assert said["uptime"] >= 0
    assert (said["database"]["state"], said["database"]["embedded"]) == ("ready", True)
    assert said["database"]["bytes"] > 1_000_000
    assert said["memory"] > 10_000_000
    assert 0 < said["disk_free"] < said["disk_total"]
    assert said["home"] == str(home)
    assert said["settings"] == {"file": str(home / "settings.toml"), "problem": None}
    assert (said["open_runs"], said["keys"]) == (0, False)
    assert said["models"] == {"fast": "ready", "deep": "ready"}
    gone = {"url": "http://127.0.0.1:9/v1", "test": False}
    await server.json("PUT", "/v1/tiers/deep", json=gone)
    _, said = await server.json("GET", "/v1/health")
    assert said["status"] == "not ready"
    assert said["models"]["deep"] == "nothing listens at 127.0.0.1:9"
    assert (await server.json("GET", "/readyz"))[0] == 503
    model = fake(pause=SLOW)
    await server.json("PUT", "/v1/tiers/both", json={"url": model.url, "test": False})
    asking = asyncio.create_task(ask(server, "Tell me slowly of tides."))
    while not model.open:
        await asyncio.sleep(0.005)
    assert (await server.json("GET", "/v1/health"))[1]["open_runs"] == 1
    await asking


async def test_health_while_the_database_is_away(
    server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    from musespark.problem import Problem
    from musespark.store import Store

    assert (await server.json("GET", "/v1/health"))[0] == 200

    async def gone(*given: Any) -> None:
        raise Problem("database_unreachable", "The database does not answer.", status=503)

    monkeypatch.setattr(Store, "system", gone)
    status, said = await server.json("GET", "/v1/health")
    assert (status, said["status"]) == (200, "not ready")
    assert said["database"] == {"state": "database_unreachable", "embedded": True, "bytes": None}
