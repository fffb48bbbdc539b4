"""What is remembered, over HTTP and in the terminal."""

from __future__ import annotations

from typing import Any

import pytest

from musespark.model import Card
from musespark.scripted import ScriptedModel
from musespark.settings import Settings
from musespark.turn import new_id
from served import Served, served

WEAK = Card(name="scripted", weak=True)


async def told(server: Served, words: str, key: dict[str, Any], **wish: Any) -> dict[str, Any]:
    body = {"model": "musespark", "messages": [{"role": "user", "content": words}]}
    status, said = await server.json(
        "POST", "/v1/chat/completions", json=body | {"musespark": wish}, **key
    )
    assert status == 200, said
    return dict(said)


async def listed(server: Served, key: dict[str, Any], query: str = "") -> list[dict[str, Any]]:
    status, found = await server.json("GET", f"/v1/me/memory{query}", **key)
    assert (status, found["object"]) == (200, "list")
    return list(found["data"])


async def test_remembered_used_changed_and_forgotten(settings: Settings) -> None:
    async with served(settings, ScriptedModel(["I see."], repeat=True, card=WEAK)) as server:
        ann, bob = new_id("person"), new_id("person")
        hers, his = await server.key(ann), await server.key(bob)
        await told(server, "I live in Ulm.", hers)
        assert await listed(server, hers) == [], "memory is off until it is allowed"
        await server.json("PUT", "/v1/me/consents/memory", json={"allowed": True}, **hers)
        first = await told(server, "I live in Bonn and keep bees.", hers)
        second = await told(server, "I moved to Graz.", hers)

        said = await told(server, "Where do I live?", hers)
        assert said["choices"][0]["message"]["content"].startswith("**Graz**")
        used = said["musespark"]["memory"]
        assert [(row["value"], row["how"]) for row in used] == [("Graz", "used"), ("Bonn", "used")]
        assert said["musespark"]["sources"][0]["memory"] == used[0]["id"]
        said = await told(server, "Where do I live?", hers, memory=False)
        assert "memory" not in said["musespark"]
        talk = first["musespark"]["conversation"]
        _, kept = await server.json("GET", f"/v1/conversations/{talk}", **hers)
        assert kept["runs"][0]["memory"] == []

        mine = await listed(server, hers, "?by=me")
        texts = [row["text"] for row in mine]
        assert texts == ["Where do I live?", "I moved to Graz.", "I live in Bonn and keep bees."]
        bees = mine[-1]
        assert bees["source"] == {
            "name": "chat", "conversation": talk, "run": first["musespark"]["run"]
        }  # fmt: skip
        assert (bees["by"], bees["pinned"], bees["true_from"]) == ("you", False, bees["said"][:10])
        found = await listed(server, hers, "?q=bees")
        assert (found[0]["id"], found[0]["score"] > 0, bool(found[0]["why"])) == (
            bees["id"], True, True,
        )  # fmt: skip
        page = await listed(server, hers, "?by=me&limit=1")
        rest = await listed(server, hers, f"?by=me&limit=5&before={page[0]['id']}")
        assert [row["id"] for row in (*page, *rest)] == [row["id"] for row in mine]
        assert await listed(server, hers, "?since=2999-01-01") == []
        assert len(await listed(server, hers, f"?conversation={talk}")) == 1

        path = f"/v1/me/memory/{bees['id']}"
        for method, body in (("GET", None), ("PATCH", {"text": "x"}), ("DELETE", None)):
            status, error = await server.json(method, path, json=body, **his)
            assert (status, error["error"]["code"]) == (404, "unknown_memory")
        status, new = await server.json("PATCH", path, json={"text": "I keep wasps."}, **hers)
        assert (status, new["text"], new["edited"]) == (200, "I keep wasps.", True)
        _, new = await server.json(
            "PATCH", f"/v1/me/memory/{new['id']}", json={"pinned": True}, **hers
        )
        assert new["pinned"] is True
        assert [row["id"] for row in await listed(server, hers, "?pinned=true")] == [new["id"]]
        _, one = await server.json("GET", f"/v1/me/memory/{new['id']}", **hers)
        assert [row["text"] for row in one["earlier"]] == ["I live in Bonn and keep bees."]
        path = f"/v1/me/memory/{new['id']}"
        assert (await server.json("DELETE", f"{path}?earlier=true", **his))[0] == 404
        status, kept = await server.json("DELETE", f"{path}?earlier=true", **hers)
        assert (status, kept["deleted"]) == (200, False)
        _, one = await server.json("GET", path, **hers)
        assert (one["text"], one["earlier"]) == ("I keep wasps.", [])
        status, gone = await server.json("DELETE", f"/v1/me/memory/{new['id']}", **hers)
        assert (status, gone["deleted"]) == (200, True)
        status, _ = await server.json("DELETE", f"/v1/me/memory/{new['id']}", **hers)
        assert status == 404

        talk = second["musespark"]["conversation"]
        status, gone = await server.json(
            "DELETE", "/v1/me/memory", json={"conversation": talk}, **hers
        )
        assert (status, gone["count"]) == (200, 1)
        talk = first["musespark"]["conversation"]
        await server.json("DELETE", f"/v1/conversations/{talk}", **hers)
        assert "bees" not in str(await listed(server, hers))
        _, log = await server.json("GET", "/v1/me/audit", **hers)
        deeds = {row["deed"] for row in log["data"]}
        assert {"memory_used", "memory_edited", "memory_forgotten"} <= deeds
        assert "wasps" not in str(log)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PATCH", "/v1/me/memory/1", {}, 400),
        ("PATCH", "/v1/me/memory/1", {"txt": "x"}, 400),
        ("PATCH", "/v1/me/memory/99999999", {"pinned": True}, 404),
        ("GET", "/v1/me/memory/0", None, 400),
        ("GET", "/v1/me/memory/x", None, 400),
        ("GET", "/v1/me/memory?since=tomorrow", None, 400),
        ("GET", "/v1/me/memory?limit=0", None, 400),
        ("GET", "/v1/me/memory?q=%00", None, 200),
        ("DELETE", "/v1/me/memory", {}, 400),
        ("DELETE", "/v1/me/memory", {"ids": ["x"]}, 400),
        ("DELETE", "/v1/me/memory", {"ids": [1] * 1001}, 400),
        ("DELETE", "/v1/me/memory", {"ids": [10**15]}, 200),
        ("DELETE", "/v1/me/memory", {"since": "soon"}, 400),
    ],
)
async def test_what_cannot_be_done_is_said(
    settings: Settings, method: str, path: str, body: Any, status: int
) -> None:
    async with served(settings) as server:
        key = await server.key(new_id("person"))
        found, said = await server.json(method, path, json=body, **key)
        assert found == status, said
        if status >= 400:
            assert said["error"]["message"]
