"""Approvals: shown as they are, bound to every argument, done once, and gone after a while."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from musespark import audit
from musespark.approval import digest_of, site_of
from musespark.approvals import LARGEST, Approvals
from musespark.engine import Engine
from musespark.message import say
from musespark.problem import Problem
from musespark.scripted import Reply, call
from musespark.settings import Settings
from musespark.tool import Tool
from musespark.turn import new_id
from obedient import Outbox, steps
from served import Served, served

LETTER = {"to": "ann@friends.example", "text": "See you at seven."}
PAGE = {"url": "https://pages.example/a"}


def model(*calls: tuple[str, Any]) -> Any:
    """Reads a page, then calls these all at once, then ends."""
    return steps(call("read_page", PAGE), Reply(calls=list(calls)), end="It waits for you.")


async def ask(server: Served, own: dict[str, Any], **wish: Any) -> dict[str, Any]:
    """Ask something whose answer reads a page; the answer's `musespark` object."""
    body = {
        "model": "musespark-instant",
        "messages": [{"role": "user", "content": "What stands on https://pages.example/a then?"}],
        "musespark": wish,
    }
    status, said = await server.json("POST", "/v1/chat/completions", json=body, **own)
    assert status == 200, said
    return dict(said["musespark"])


async def test_what_waits_is_shown_exactly_and_done_once(settings: Settings) -> None:
    outbox = Outbox()
    given = {**LETTER, "text": "See you\u202e at\u200b seven.\n"}
    async with served(settings, model(("send_message", given))) as server:
        outbox.put_into(server.engine)
        ann, bob = new_id("person"), new_id("person")
        hers, his = await server.key(ann), await server.key(bob)
        told = await ask(server, hers)
        assert outbox.ran("send_message") == []
        (waiting,) = told["approvals"]
        assert waiting["state"] == "waiting"
        assert waiting["arguments"] == given
        shown = {each["name"]: each["value"] for each in waiting["shown"]}
        assert shown == {"to": LETTER["to"], "text": "See you\\u202e at\\u200b seven.\\u000a"}
        assert waiting["site"] == "ann@friends.example"
        assert waiting["scopes"] == ["once", "site_today", "tool_conversation"]

        path = f"/v1/approvals/{waiting['id']}"
        _, listed = await server.json("GET", "/v1/approvals?language=de", **hers)
        assert [each["id"] for each in listed["data"]] == [waiting["id"]]
        assert "würde außerhalb dieses Servers handeln" in listed["data"][0]["said"]
        assert (await server.json("GET", path, **his))[0] == 404
        assert (await server.json("POST", path, json={"decision": "approve"}, **his))[0] == 404
        assert outbox.ran("send_message") == []

        wrong = {"decision": "approve", "digest": "0" * 64}
        status, said = await server.json("POST", path, json=wrong, **hers)
        assert (status, said["error"]["code"]) == (409, "approval_changed")
        yes = {"decision": "approve", "digest": waiting["digest"]}
        outbox.slow = 0.05
        answers = await asyncio.gather(
            *(server.json("POST", path, json=yes, **hers) for _ in range(5))
        )
        assert outbox.ran("send_message") == [given], "five yeses, one letter"
        for status, said in answers:
            assert (status, said["state"]) == (200, "done")
            assert said["result"] == {"content": "done", "failed": False, "outside": False}
        status, said = await server.json("POST", path, json={"decision": "deny"}, **hers)
        assert (status, said["error"]["code"]) == (409, "approval_decided")
        _, listed = await server.json("GET", "/v1/approvals", **hers)
        assert listed["data"] == []
        _, listed = await server.json("GET", f"/v1/approvals?state=all&run={told['run']}", **hers)
        assert [each["state"] for each in listed["data"]] == ["done"]
        store = server.engine.store
        assert store is not None
        entries = await audit.of(store, ann, deed="approved")
        assert [row["about"] for row in entries] == ["send_message"]
        assert "seven" not in str(entries), "the log holds no words"


async def test_the_run_tells_of_it_and_the_conversation_goes_on_from_it(settings: Settings) -> None:
    outbox = Outbox()
    asked = model(("send_message", LETTER), ("search_web", {"query": "https://x.example/?q=1"}))
    async with served(settings, asked) as server:
        outbox.put_into(server.engine)
        own = await server.key(new_id("person"))
        told = await ask(server, own)
        _, run = await server.json("GET", f"/v1/conversations/{told['conversation']}", **own)
        kept = run["runs"][0]["approvals"]
        assert {each["wanted"] for each in kept} == {"acts", "composed"}
        frames = await server.events(f"/v1/runs/{told['run']}/events", **own)
        named = [e["value"]["id"] for _, e in frames if e.get("name") == "musespark.approval"]
        assert named == [each["id"] for each in kept]

        both = {"ids": [each["id"] for each in kept], "decision": "approve"}
        _, said = await server.json("POST", "/v1/approvals", json=both, **own)
        assert [each["state"] for each in said["data"]] == ["done", "done"]
        body = {
            "input": "Go on.",
            "model": "musespark-instant",
            "musespark": {"after": told["run"]},
        }
        assert (await server.json("POST", "/v1/responses", json=body, **own))[0] == 200
        before = asked.requests[-1].messages
        results = [part for message in before for part in message.parts if hasattr(part, "content")]
        assert [part.name for part in results] == ["send_message", "search_web"]
        assert results[0].content == "done"
        assert re.search(r"<<<outside [0-9a-f]{16}>>>\n(?:.*\n)*Tulips", results[1].content)
        calls = [c.name for message in before for c in message.calls]
        assert calls == ["send_message", "search_web"]


async def test_an_erased_conversation_takes_what_waited_with_it(settings: Settings) -> None:
    outbox = Outbox()
    async with served(settings, model(("send_message", LETTER))) as server:
        outbox.put_into(server.engine)
        ann = new_id("person")
        own = await server.key(ann)
        told = await ask(server, own)
        path = f"/v1/approvals/{told['approvals'][0]['id']}"
        assert (await server.json("GET", path, **own))[0] == 200
        gone = f"/v1/conversations/{told['conversation']}"
        assert (await server.json("DELETE", gone, **own))[0] == 200
        assert (await server.json("GET", path, **own))[0] == 404
        assert (await server.json("POST", path, json={"decision": "approve"}, **own))[0] == 404
        assert outbox.ran("send_message") == []


async def test_a_no_is_a_no(settings: Settings) -> None:
    outbox = Outbox()
    async with served(settings, model(("send_message", LETTER))) as server:
        outbox.put_into(server.engine)
        own = await server.key(new_id("person"))
        (waiting,) = (await ask(server, own))["approvals"]
        path = f"/v1/approvals/{waiting['id']}"
        for _ in range(2):
            status, said = await server.json("POST", path, json={"decision": "deny"}, **own)
            assert (status, said["state"]) == (200, "denied")
        status, said = await server.json("POST", path, json={"decision": "approve"}, **own)
        assert (status, said["error"]["code"]) == (409, "approval_decided")
        assert outbox.ran("send_message") == []


async def test_a_yes_in_advance_counts_where_it_was_given_and_nowhere_else(
    settings: Settings,
) -> None:
    outbox = Outbox()
    other = {**LETTER, "to": "bob@friends.example"}
    replies = model(("send_message", LETTER))
    async with served(settings, replies) as server:
        outbox.put_into(server.engine)
        own = await server.key(new_id("person"))

        async def letters(given: dict[str, Any], **wish: Any) -> int:
            """How many more letters leave when the model wants to write this one."""
            replies._replies = model(("send_message", given))._replies
            replies._next = 0
            before = len(outbox.ran("send_message"))
            await ask(server, own, **wish)
            return len(outbox.ran("send_message")) - before

        (waiting,) = (await ask(server, own))["approvals"]
        yes = {"decision": "approve", "scope": "site_today"}
        await server.json("POST", f"/v1/approvals/{waiting['id']}", json=yes, **own)
        assert await letters({**LETTER, "text": "Other words."}) == 1, "the same site, today"
        assert await letters(other) == 0, "another site"
        assert await letters({**LETTER, "cc": "bob@friends.example"}) == 0, "two sites"

        replies._next = 0
        told = await ask(server, own, conversation="conv_" + new_id("c"))
        _, said = await server.json("GET", f"/v1/approvals?run={told['run']}", **own)
        yes = {"decision": "approve", "scope": "tool_conversation"}
        await server.json("POST", f"/v1/approvals/{said['data'][0]['id']}", json=yes, **own)
        assert await letters(other, conversation=told["conversation"]) == 1
        assert await letters(other) == 0, "another conversation"

        _, listed = await server.json("GET", "/v1/allowances", **own)
        assert [bool(each["site"]) for each in listed["data"]] == [False, True]
        for each in listed["data"]:
            assert (await server.json("DELETE", f"/v1/allowances/{each['id']}", **own))[0] == 200
            assert (await server.json("DELETE", f"/v1/allowances/{each['id']}", **own))[0] == 404
        assert await letters(LETTER) == 0, "it counts no more"


async def test_a_tool_that_is_described_otherwise_is_another(settings: Settings) -> None:
    outbox = Outbox()
    async with served(settings, model(("send_message", LETTER))) as server:
        outbox.put_into(server.engine)
        own = await server.key(new_id("person"))
        (waiting,) = (await ask(server, own))["approvals"]
        assert server.engine._tools is not None
        tool = server.engine._tools.pop("send_message")
        path = f"/v1/approvals/{waiting['id']}"
        changed = Tool(tool.name, "Send to everybody.", tool.parameters, tool.call, acts=True)
        for now in (None, changed):
            if now is not None:
                server.engine._tools["send_message"] = now
            status, said = await server.json("POST", path, json={"decision": "approve"}, **own)
            assert (status, said["error"]["code"]) == (409, "tool_changed")
        assert outbox.ran("send_message") == []
        server.engine._tools["send_message"] = tool
        _, said = await server.json("POST", path, json={"decision": "approve"}, **own)
        assert said["state"] == "done", "it still waited"


async def test_an_incognito_turn_asks_in_memory_alone(settings: Settings) -> None:
    outbox = Outbox()
    async with served(settings, model(("send_message", LETTER))) as server:
        outbox.put_into(server.engine)
        ann = new_id("person")
        own = await server.key(ann)
        (waiting,) = (await ask(server, own, incognito=True))["approvals"]
        store = server.engine.store
        assert store is not None
        yes = {"decision": "approve", "scope": "site_today"}
        status, said = await server.json("POST", f"/v1/approvals/{waiting['id']}", json=yes, **own)
        assert (status, said["state"]) == (200, "done")
        assert outbox.ran("send_message") == [LETTER]
        for table in ("approvals", "allowances", "audit", "messages", "activities"):
            rows = await store.rows(ann, f"select * from {table}")  # type: ignore[arg-type]
            assert rows == [], table
        assert len((await server.json("GET", "/v1/allowances", **own))[1]["data"]) == 1
        server.engine.forgotten.now(ann)
        assert (await server.json("GET", "/v1/allowances", **own))[1]["data"] == []


async def waiting_in(engine: Engine, outbox: Outbox, **given: Any) -> tuple[Any, Approvals]:
    outbox.put_into(engine)
    person = await engine.person(new_id("person"))
    turn = await engine.turn([say("user", "Read it")], person=person, mode="instant", **given)
    events = [event async for event in engine.follow(turn)]
    (found,) = [e.value for e in events if getattr(e, "name", "") == "musespark.approval"]
    return {**found, "person": person}, engine.approvals


async def test_what_waited_too_long_or_lost_its_process_is_not_done(settings: Settings) -> None:
    outbox = Outbox()
    models = [model(("send_message", LETTER)) for _ in range(2)]
    engine = await Engine.open(settings, models=lambda tier: models[0])
    try:
        assert engine.store is not None
        late, desk = await waiting_in(engine, outbox)
        person = late["person"]
        past = datetime.now(UTC) - timedelta(hours=1)
        await engine.store.rows(person.id, "update approvals set expires = %s", past)
        assert (await desk.one(person.id, late["id"])).now == "expired"
        with pytest.raises(Problem, match="waited for too long"):
            await desk.approve(person, late["id"])
        assert await desk.of(person.id, state="waiting") == []

        models[:] = models[1:]
        lost, desk = await waiting_in(engine, outbox)
        person = lost["person"]
        await engine.store.rows(
            person.id, "update approvals set state = 'running', decided = %s", past
        )
        assert (await desk.one(person.id, lost["id"])).now == "lost"
        with pytest.raises(Problem, match="it is lost"):
            await desk.approve(person, lost["id"])
        assert outbox.ran("send_message") == []
    finally:
        await engine.close()


async def test_two_processes_do_it_once(settings: Settings) -> None:
    outbox = Outbox()
    outbox.slow = 0.2
    replies = model(("send_message", LETTER))
    one = await Engine.open(settings, models=lambda tier: replies)
    two = await Engine.open(settings, models=lambda tier: replies)
    try:
        outbox.put_into(two)
        found, desk = await waiting_in(one, outbox)
        done = await asyncio.gather(
            desk.approve(found["person"], found["id"]),
            two.approvals.approve(found["person"], found["id"]),
        )
        assert [each.state for each in done] == ["done", "done"]
        assert outbox.ran("send_message") == [LETTER]
    finally:
        await one.close()
        await two.close()


async def test_a_failure_is_told_and_not_tried_again(settings: Settings) -> None:
    outbox = Outbox()
    replies = model(("send_message", LETTER))
    engine = await Engine.open(settings, keep=False, models=lambda tier: replies)
    try:
        found, desk = await waiting_in(engine, outbox)
        assert engine._tools is not None

        async def broken(given: dict[str, Any], turn: Any) -> object:
            outbox.left.append(("send_message", given))
            raise RuntimeError("secret")

        tool = engine._tools["send_message"]
        engine._tools["send_message"] = Tool(
            tool.name, tool.description, tool.parameters, broken, acts=True
        )
        for _ in range(2):
            done = await desk.approve(found["person"], found["id"])
            assert done.state == "failed"
            assert done.result is not None
            assert "RuntimeError" in done.result["content"]
            assert "secret" not in done.result["content"]
        assert len(outbox.ran("send_message")) == 1
    finally:
        await engine.close()


async def test_what_nobody_could_look_through_is_refused(settings: Settings) -> None:
    outbox = Outbox()
    replies = model(("send_message", {**LETTER, "text": "x" * LARGEST}))
    engine = await Engine.open(settings, keep=False, models=lambda tier: replies)
    try:
        outbox.put_into(engine)
        turn = await engine.turn([say("user", "Read it")], mode="instant")
        events = [event async for event in engine.follow(turn)]
        assert not [e for e in events if getattr(e, "name", "") == "musespark.approval"]
        assert "too long to be looked through" in str(events)
        assert outbox.ran("send_message") == []
    finally:
        await engine.close()


def test_the_site_is_the_one_that_would_be_reached() -> None:
    plain = Tool("send", "Send.", {})
    shop = Tool("buy", "Buy.", {}, origin="mcp:shop")
    assert site_of(plain, {"url": "https://A.example:8443/x?y"}) == "a.example"
    assert site_of(plain, {"to": "Ann@B.example", "text": "hello there"}) == "Ann@b.example"
    assert site_of(plain, {"a": "https://a.example", "b": ["see https://b.example"]}) == ""
    assert site_of(plain, {"text": "no address"}) == ""
    assert site_of(shop, {"item": "book"}) == "mcp:shop"
    assert site_of(plain, {"url": "https://раypal.com/login"}).startswith("xn--")
    assert site_of(plain, {"url": "https://[::bad/"}) == "https://[::bad/"
    assert site_of(plain, {"url": "https://user:pw@evil.example/a@good.example"}) == "evil.example"


def test_every_letter_counts() -> None:
    tool = Tool("send", "Send.", {})
    same = digest_of(tool, {"a": 1, "b": [1, 2]})
    assert digest_of(tool, {"b": [1, 2], "a": 1}) == same
    for other in ({"a": 1, "b": [2, 1]}, {"a": "1", "b": [1, 2]}, {"a": 1, "b": [1, 2], "c": None}):
        assert digest_of(tool, other) != same
    assert digest_of(Tool("send", "Send!", {}), {"a": 1, "b": [1, 2]}) != same
    assert digest_of(Tool("send", "Send.", {}, origin="mcp:x"), {"a": 1, "b": [1, 2]}) != same
