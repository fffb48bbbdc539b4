"""Past runs over HTTP: filters, what they used by day and mode, and what was attached."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musespark import keys as keys_
from musespark.keys import Keys
from musespark.message import Document, File, Image, Part, Usage
from musespark.message import say as words
from musespark.model import Request
from musespark.scripted import Reply, ScriptedModel
from musespark.settings import Settings
from musespark.turn import new_id
from musespark.wanted import Words, moment, words_of
from served import Served, served

CHAT = "/v1/chat/completions"
PIXEL = b"\x89PNG\r\n\x1a\n" + b"x" * 90


def reply(request: Request) -> Reply:
    words = request.messages[-1].text
    if "fail" in words:
        return Reply(text="One two three", cut=2)
    usage = Usage(input=100, output=20, cost=0.25, calls=1)
    return Reply(text="The lighthouse keeps its light.", usage=usage)


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Served]:
    async with served(settings, ScriptedModel(reply)) as running:
        yield running


async def say(
    server: Served, words: Any, mode: str = "instant", who: Any = None, **wish: Any
) -> str:
    body = {"model": f"musespark-{mode}", "stream": True, "musespark": wish,
            "messages": [{"role": "user", "content": words}]}  # fmt: skip
    async with server.http.post(server.url + CHAT, json=body, **(who or {})) as response:
        await response.read()
        return response.headers["x-musespark-run"]


async def listed(server: Served, who: Any = None, **query: str) -> list[str]:
    status, said = await server.json("GET", "/v1/runs", params=query, **(who or {}))
    assert status == 200, said
    return [run["id"] for run in said["data"]]


# -- which -----------------------------------------------------------------------------------------


async def test_runs_can_be_looked_for(server: Served) -> None:
    mark = new_id("mark").replace("_", "")
    one = await say(server, f"Where is {mark}?")
    two = await say(server, f"Why does {mark} fail?")
    three = await say(server, f"{mark} 灯台の光")
    found = [three, two, one]
    assert await listed(server, q=mark) == found
    assert await listed(server, q=mark, state="failed") == [two]
    assert await listed(server, q=mark, state="done") == [three, one]
    assert await listed(server, q=mark, state="done", mode="instant") == [three, one]
    assert await listed(server, q=mark, mode="thinking") == []
    assert await listed(server, q=f"{mark} LIGHTHOUSE where") == [one]
    assert await listed(server, q=f"{mark} lighth") == [three, one]
    assert await listed(server, q=f"{mark} house") == [], "at the start of a word"
    assert await listed(server, q=f"{mark} の光") == [three]
    assert await listed(server, q=f"{mark} !") == []
    assert await listed(server, q="/.%") == []
    assert await listed(server, q=mark, before=two) == [one]
    _, page = await server.json("GET", "/v1/runs", params={"q": mark, "limit": "2"})
    assert ([run["id"] for run in page["data"]], page["more"]) == ([three, two], True)
    assert page["data"][0]["question"] == f"{mark} 灯台の光"
    today = datetime.now(ZoneInfo((await server.engine.person()).zone)).date()
    assert await listed(server, q=mark, since=str(today), until=str(today)) == found
    assert await listed(server, q=mark, until=str(today - timedelta(1))) == []
    assert await listed(server, q=mark, since=str(today + timedelta(1))) == []
    past = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    assert await listed(server, q=mark, since=past) == found
    assert await listed(server, q=mark, until=past) == []


async def test_filters_that_are_none(server: Served) -> None:
    await say(server, "Anything")
    for query in ({"state": "asleep"}, {"since": "yesterday"}, {"until": "2026-13-01"},
                  {"since": "2026-02-30"}, {"limit": "0"}, {"q": "x" * 501}, {"mode": "x" * 41},
                  {"since": "9" * 50}):  # fmt: skip
        status, said = await server.json("GET", "/v1/runs", params=query)
        assert (status, bool(said["error"]["message"])) == (400, True), query
    for query in ({"since": "0001-01-01"}, {"until": "9999-12-31"}, {"mode": "' or 1=1"},
                  {"since": "9999-12-31T23:59:59-12:00"}, {"until": "0001-01-01T00:00:00+14:00"},
                  {"q": "\0 a"}, {"q": "a:* | !b & (c"}, {"mode": "\0"}, {"before": "none"},
                  {"q": " ".join("abcdefghijklmnopqrstuvwxyz")}):  # fmt: skip
        status, said = await server.json("GET", "/v1/runs", params=query)
        assert status == 200, (query, said)


@given(st.text(max_size=40), st.sampled_from(["UTC", "Europe/Berlin", "Pacific/Kiritimati"]))
def test_a_moment_is_one_or_wrong(given: str, zone: str) -> None:
    try:
        found = moment(given, zone)
    except ValueError:
        return
    assert found is None or found.tzinfo is UTC


@given(st.datetimes(), st.sampled_from(["UTC", "America/New_York", "Pacific/Kiritimati"]))
def test_every_day_has_an_end(at: datetime, zone: str) -> None:
    begin, end = moment(str(at.date()), zone), moment(str(at.date()), zone, end=True)
    assert begin is not None
    assert end is not None
    assert begin <= end
    assert moment(at.isoformat(), zone) is not None


def test_words_are_cut_as_the_index_cuts_them() -> None:
    assert words_of("") == Words()
    assert not words_of(" ").asked
    assert words_of("Sea  SEA a/b") == Words(["sea", "a", "b"], [], True)
    assert words_of("x 灯台 ! ไทย") == Words(["x"], ["灯台", "!", "ไทย"], True)
    assert words_of("/.%").asked
    assert not words_of("/.%").some
    assert len(words_of(" ".join(map(str, range(99)))).starts) == 16


# -- what they used --------------------------------------------------------------------------------


async def test_days_and_modes_add_up(settings: Settings) -> None:
    async with served(settings, ScriptedModel(reply)) as server:
        store = server.engine.store
        assert store is not None
        _, before = await server.json("GET", "/v1/usage?zone=UTC&days=9")
        runs = [await say(server, f"Question {n}") for n in range(4)]
        for run, back in zip(runs, (0, 0, 3, 30), strict=True):
            await store.rows("owner", "update runs set started = started - make_interval(days =>"
                             " %s), ended = ended - make_interval(days => %s) where id = %s",
                             back, back, run)  # fmt: skip
        status, found = await server.json("GET", "/v1/usage?zone=UTC&days=9")
        today = datetime.now(UTC).date()
        assert (status, found["zone"], found["today"]) == (200, "UTC", str(today))

        def of(usage: Any, day: Any) -> tuple[int, int, int, float]:
            rows = [r for r in usage["days"] if (r["day"], r["mode"]) == (str(day), "instant")]
            tokens = [row["tokens"] for row in rows]
            return (sum(row["runs"] for row in rows), sum(t["input"] for t in tokens),
                    sum(t["output"] for t in tokens), sum(row["cost"] for row in rows))  # fmt: skip

        for day, times in ((today, 2), (today - timedelta(3), 1)):
            earlier, now = of(before, day), of(found, day)
            grown = [b - a for a, b in zip(earlier, now, strict=True)]
            assert grown == [times, 100 * times, 20 * times, pytest.approx(0.25 * times)]
        assert str(today - timedelta(30)) not in {row["day"] for row in found["days"]}
        assert [row["day"] for row in found["days"]] == sorted(row["day"] for row in found["days"])
        assert all(row["seconds"] >= 0 for row in found["days"])


async def test_a_day_is_one_of_the_persons_zone(server: Served) -> None:
    run = await say(server, "Late in the evening")
    store = server.engine.store
    assert store is not None
    midday = datetime.now(UTC).replace(hour=12, minute=0, second=0) - timedelta(days=200)
    await store.rows("owner", "update runs set started = %s where id = %s", midday, run)
    west, east = "Pacific/Pago_Pago", "Pacific/Kiritimati"  # 25 hours apart
    days = {}
    for zone in (west, east):
        _, found = await server.json("GET", "/v1/usage", params={"zone": zone, "days": "366"})
        days[zone] = {row["day"]: row["runs"] for row in found["days"]}
        assert found["today"] == str(datetime.now(ZoneInfo(zone)).date())
    assert days[west][str(midday.date())] == 1
    assert days[east][str(midday.date() + timedelta(1))] == 1
    wrong = ("Mars/Olympus", "../etc", "\0", "x" * 101, "Europe")
    for query in (*({"zone": zone} for zone in wrong), *({"days": n} for n in ("0", "367", "x"))):
        status, said = await server.json("GET", "/v1/usage", params=query)
        assert (status, bool(said["error"]["message"])) == (400, True), query


# -- what was attached -----------------------------------------------------------------------------


async def attached(server: Served, *parts: Part) -> str:
    """A run whose question was kept with these parts."""
    turn = await server.engine.turn([words("user", "What is this?", *parts)], mode="instant")
    live = await server.engine.start(turn)
    assert live.task is not None
    await live.task
    return turn.run


def picture(kind: str, raw: bytes) -> Image:
    return Image(f"data:image/{kind};base64,{base64.b64encode(raw).decode()}")


async def test_what_was_attached_comes_back_and_cannot_harm(server: Served) -> None:
    evil = "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"
    run = await attached(
        server,
        picture("png", PIXEL),
        Document("<script>alert(1)</script> Größe", 'a"b\r\n/ü.html'),
        picture("svg+xml", evil.encode()),
        picture("PNG", PIXEL),
    )
    _, whole = await server.json("GET", f"/v1/runs/{run}")
    names = [(each["kind"], each["media"]) for each in whole["question"]["attachments"]]
    assert names == [("image", "image/png"), ("document", "text/plain"),
                     ("image", "image/svg+xml"), ("image", "image/png")]  # fmt: skip
    assert base64.b64encode(PIXEL).decode() not in str(whole), "their bytes are fetched alone"
    expected = [
        ("image/png", "inline", PIXEL),
        ("text/plain; charset=utf-8", "inline", "<script>alert(1)</script> Größe".encode()),
        ("application/octet-stream", "attachment", evil.encode()),
        ("image/png", "inline", PIXEL),
    ]
    for n, (media, way, raw) in enumerate(expected):
        async with server.http.get(f"{server.url}/v1/runs/{run}/attachments/{n}") as got:
            assert got.status == 200
            assert got.headers["content-type"] == media
            assert got.headers["content-disposition"].startswith(f"{way}; filename*=UTF-8''")
            assert got.headers["x-content-type-options"] == "nosniff"
            assert got.headers["content-security-policy"] == "default-src 'none'; sandbox"
            assert got.headers["cross-origin-resource-policy"] == "same-origin"
            assert await got.read() == raw
    async with server.http.get(f"{server.url}/v1/runs/{run}/attachments/1") as got:
        assert got.headers["content-disposition"].endswith("a%22b%0D%0A%2F%C3%BC.html")


async def test_attachments_that_are_none(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    far, broken = Image("https://example.org/far.png"), Image("data:image/png;base64,!!!")
    run = await attached(server, far, broken, File("", "", "torn.pdf"))
    for path, status, code in (
        (f"{run}/attachments/0", 404, "lies_elsewhere"),
        (f"{run}/attachments/1", 404, "broken_attachment"),
        (f"{run}/attachments/2", 404, "broken_attachment"),
        (f"{run}/attachments/3", 404, "unknown_attachment"),
        (f"{run}/attachments/-1", 400, "bad_parameter"),
        (f"{run}/attachments/x", 400, "bad_parameter"),
        (f"{run}/attachments/{'9' * 30}", 400, "bad_parameter"),
        ("none/attachments/0", 404, "unknown_attachment"),
        ("a%00b/attachments/0", 404, "unknown_id"),
    ):
        got, said = await server.json("GET", f"/v1/runs/{path}")
        assert (got, said["error"]["code"]) == (status, code), path
    monkeypatch.setattr(keys_, "REMEMBERED", 0.0)
    own = await attached(server, picture("png", PIXEL))
    assert server.engine.store is not None
    keys = Keys(server.engine.store)
    id, key = await keys.create("a-past-berta")
    berta = {"headers": {"Authorization": f"Bearer {key}"}}
    try:
        for path in (f"/v1/runs/{own}/attachments/0", f"/v1/runs/{own}"):
            assert (await server.json("GET", path, **berta))[0] == 404
        assert await listed(server, berta) == []
        _, used = await server.json("GET", "/v1/usage", **berta)
        assert used["days"] == []
    finally:
        await keys.revoke(id, "a-past-berta")
