"""Shared conversations: frozen, read by everyone who has the link, and by nobody without."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from musespark import keys as keys_
from musespark.conversations import Conversations
from musespark.keys import Keys
from musespark.model import Request
from musespark.scripted import Reply, ScriptedModel, hang
from musespark.settings import Settings
from musespark.turn import new_id
from served import Served, served

CHAT = "/v1/chat/completions"
EVIL = "<script>alert(1)</script> **bold** [x](javascript:alert(1)) ![y](https://e.org/p.png)"


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Served]:
    model = ScriptedModel(lambda request: f"You said: {request.messages[-1].text}")
    async with served(settings, model) as running:
        yield running


async def say(server: Served, words: Any, who: Any = None, **wish: Any) -> dict[str, Any]:
    body = {"model": "musespark-instant", "messages": [{"role": "user", "content": words}],
            "musespark": wish}  # fmt: skip
    status, said = await server.json("POST", CHAT, json=body, **(who or {}))
    assert status == 200, said
    return dict(said["musespark"])


async def share(server: Served, talk: str, body: Any = None, **more: Any) -> tuple[int, Any]:
    path = f"/v1/conversations/{talk}/share"
    return await server.json("POST", path, **({"json": body} if body is not None else {}), **more)


async def test_a_link_shows_the_branch_as_it_was(server: Served) -> None:
    talk = new_id("conv")
    one = await say(server, "One", after="", conversation=talk)
    two = await say(server, [{"type": "text", "text": "Two"},
                             {"type": "document", "name": "secret.txt", "text": "Secret words"}],
                    after=one["run"])  # fmt: skip
    status, made = await share(server, talk)
    assert status == 200
    assert made["url"] == f"/shared/{made['token']}"
    assert len(made["token"]) >= 22, "128 bits and more"
    await say(server, "Three", after=two["run"])
    await say(server, "Other two", after=one["run"])
    status, found = await server.json("GET", f"/v1/shared/{made['token']}")
    assert (status, found["title"], found["more"]) == (200, "One", False)
    assert [run["question"] for run in found["runs"]] == [{"text": "One"}, {"text": "Two"}]
    assert set(found) == {"object", "title", "runs", "more"}
    for run in found["runs"]:
        assert set(run) == {"mode", "state", "question", "answer", "sources"}
        assert set(run["answer"]) == {"text"}
    for secret in (talk, one["run"], two["run"], "owner", "Three", "Other", "cost", "secret.txt"):
        assert secret not in str(found), secret
    _, shown = await server.json("GET", f"/v1/conversations/{talk}")
    assert shown["shared"] is True
    assert (await server.json("DELETE", f"/v1/conversations/{talk}/share"))[0] == 200
    status, refused = await server.json("GET", f"/v1/shared/{made['token']}")
    assert (status, refused["error"]["code"]) == (404, "unknown_share")
    _, shown = await server.json("GET", f"/v1/conversations/{talk}")
    assert shown["shared"] is False


async def test_files_are_not_named(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    branch = Conversations.branch

    async def with_source(*given: Any, **more: Any) -> Any:
        found = await branch(*given, **more)
        found["runs"][0]["sources"] = [
            {"id": 1, "title": "prices.csv", "quote": "4.20", "file": "file-kept", "cells": "B2"}
        ]
        return found

    monkeypatch.setattr(Conversations, "branch", with_source)
    await say(server, "One", after="", conversation=(talk := new_id("conv")))
    _, made = await share(server, talk)
    _, found = await server.json("GET", f"/v1/shared/{made['token']}")
    assert found["runs"][0]["sources"] == [
        {"id": 1, "title": "prices.csv", "quote": "4.20", "cells": "B2"}
    ]


async def test_it_can_end_earlier_and_a_new_link_ends_the_old(server: Served) -> None:
    one = await say(server, "One", after="", conversation=(talk := new_id("conv")))
    await say(server, "Two", after=one["run"])
    _, first = await share(server, talk, {"at": one["run"]})
    _, found = await server.json("GET", f"/v1/shared/{first['token']}")
    assert len(found["runs"]) == 1
    _, second = await share(server, talk, {})
    assert first["token"] != second["token"]
    assert (await server.json("GET", f"/v1/shared/{first['token']}"))[0] == 404
    assert (await server.json("GET", f"/v1/shared/{second['token']}"))[0] == 200
    for body, status, code in (
        ({"at": "none"}, 404, "unknown_run"), ({"at": talk}, 404, "unknown_run"),
        ({"at": 5}, 400, "invalid_request"), ({"until": 5}, 400, "invalid_request"),
        ([], 400, "invalid_request"),
    ):  # fmt: skip
        got, refused = await share(server, talk, body)
        assert (got, refused["error"]["code"]) == (status, code), body
    assert (await server.json("GET", f"/v1/shared/{second['token']}"))[0] == 200
    for method in ("POST", "DELETE"):
        status, refused = await server.json(method, "/v1/conversations/none/share")
        assert (status, refused["error"]["code"]) == (404, "unknown_conversation")


async def test_what_is_erased_is_shared_no_more(server: Served) -> None:
    one = await say(server, "One", after="", conversation=(talk := new_id("conv")))
    two = await say(server, "Two", after=one["run"])
    _, made = await share(server, talk)
    path = f"/v1/shared/{made['token']}"
    await server.json("DELETE", f"/v1/responses/resp_{two['run'].removeprefix('run_')}")
    _, found = await server.json("GET", path)
    assert [run["question"]["text"] for run in found["runs"]] == ["One"]
    await server.json("DELETE", f"/v1/conversations/{talk}")
    assert (await server.json("GET", path))[0] == 404
    assert server.engine.store is not None
    rows = await server.engine.store.rows("owner", "select * from shares where conversation = %s",
                                          talk)  # fmt: skip
    assert rows == []


async def test_only_a_hash_of_the_link_is_kept(server: Served) -> None:
    asked = await say(server, "One")
    _, made = await share(server, asked["conversation"])
    assert server.engine.store is not None
    [row] = await server.engine.store.rows(
        "owner", "select t::text as said from shares t where conversation = %s",
        asked["conversation"],
    )  # fmt: skip
    assert made["token"] not in row["said"]


async def test_links_that_are_none(server: Served) -> None:
    asked = await say(server, "One")
    _, made = await share(server, asked["conversation"])
    token = made["token"]
    for wrong in (token[:-1], token + "A", token[:-1] + ("A" if token[-1] != "A" else "B"),
                  "x", "a%00b", "%F0%9F%98%80", "x" * 3000, "..%2f..", "' or 1=1 --",
                  token.swapcase()):  # fmt: skip
        status, refused = await server.json("GET", f"/v1/shared/{wrong}")
        assert status == 404, wrong
        assert refused["error"]["message"]
    for render in ("text", "HTML", "html%00"):
        assert (await server.json("GET", f"/v1/shared/{token}?render={render}"))[0] == 400


async def test_an_answer_under_way_is_not_shared(settings: Settings) -> None:
    async with served(settings, ScriptedModel(lambda request: hang(2, "so many words"))) as server:
        talk = new_id("conv")
        body = {"model": "musespark-contemplating", "input": "Compare harbours.",
                "background": True, "musespark": {"conversation": talk}}  # fmt: skip
        _, begun = await server.json("POST", "/v1/responses", json=body)
        status, refused = await share(server, talk)
        assert (status, refused["error"]["code"]) == (409, "run_under_way")
        await server.json("POST", f"/v1/runs/{begun['musespark']['run']}/cancel")
        assert (await share(server, talk))[0] == 200


async def test_what_was_said_is_shown_without_harm(settings: Settings) -> None:
    def echo(request: Request) -> Reply:
        return Reply(text=request.messages[-1].text)

    async with served(settings, ScriptedModel(echo)) as server:
        asked = await say(server, EVIL)
        path = f"/v1/conversations/{asked['conversation']}"
        await server.json("PATCH", path, json={"title": EVIL})
        _, made = await share(server, asked["conversation"])
        _, found = await server.json("GET", f"/v1/shared/{made['token']}?render=html")
        [run] = found["runs"]
        assert run["answer"]["text"] == EVIL
        html = run["answer"]["html"]
        assert "<strong>bold</strong>" in html
        assert not re.search(r"<script|<img|href=.javascript", html)
        assert (found["title"], run["question"]["text"]) == (EVIL, EVIL), "as words, never as HTML"
        _, whole = await server.json("GET", f"{path}?render=html")
        assert whole["runs"][0]["answer"]["html"] == html
        _, run_ = await server.json("GET", f"/v1/runs/{asked['run']}?render=html")
        assert run_["answer"]["html"] == html


async def test_everyone_may_read_and_only_the_owner_may_share(
    server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys_, "REMEMBERED", 0.0)
    assert server.engine.store is not None
    keys = Keys(server.engine.store)
    made = {name: await keys.create(name) for name in ("anna", "berta")}
    anna, berta = ({"headers": {"Authorization": f"Bearer {made[n][1]}"}} for n in made)
    try:
        asked = await say(server, "Of the sea", anna)
        talk = asked["conversation"]
        for who, status in ((berta, 404), ({}, 401)):
            assert (await share(server, talk, {}, **who))[0] == status
            path = f"/v1/conversations/{talk}/share"
            assert (await server.json("DELETE", path, **who))[0] == status
        status, link = await share(server, talk, {}, **anna)
        assert status == 200
        far = {"headers": {"X-Forwarded-For": "203.0.113.9", "Sec-Fetch-Site": "cross-site"}}
        for who in ({}, berta, far):
            async with server.http.get(f"{server.url}/v1/shared/{link['token']}", **who) as got:
                assert got.status == 200
                assert got.headers["cache-control"] == "no-store"
        assert (await server.json("DELETE", f"/v1/conversations/{talk}/share", **berta))[0] == 404
        assert (await server.json("GET", f"/v1/shared/{link['token']}"))[0] == 200
    finally:
        for name, (id, _) in made.items():
            await keys.revoke(id, name)


async def test_many_may_share_at_once(server: Served) -> None:
    asked = await say(server, "One")
    made = await asyncio.gather(*(share(server, asked["conversation"]) for _ in range(8)))
    assert {status for status, _ in made} == {200}
    reads = [(await server.json("GET", f"/v1/shared/{m['token']}"))[0] for _, m in made]
    assert 200 in reads
