"""Keys: hashed at rest, one person's each; without any, this machine alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from musespark import keys as keys_
from musespark.guard import loopback, names_this_machine
from musespark.keys import Keys
from musespark.problem import Problem
from musespark.scripted import ScriptedModel
from musespark.settings import Settings
from musespark.store import Store
from served import Served, own_home, script, served


@pytest.fixture(scope="module")
def locked() -> Iterator[Settings]:
    """A home of its own: where one key exists, everybody needs one."""
    with own_home() as settings:
        yield settings


@pytest.fixture
async def server(locked: Settings) -> AsyncIterator[Served]:
    async with served(locked, ScriptedModel(script, pause=0.01)) as running:
        yield running
        assert running.engine.store is not None
        for person in ("anna", "berta", "owner"):
            await running.engine.store.rows(person, "delete from keys")


def bearer(key: str) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {key}"}}


ASK = {"model": "musespark-contemplating", "messages": [{"role": "user", "content": "Say it."}]}


async def test_only_a_hash_is_kept(server: Served) -> None:
    store = server.engine.store
    assert store is not None
    keys = Keys(store)
    id, key = await keys.create("anna", "phone")
    assert key.startswith("ms_")
    assert len(key) == 46
    [row] = await store.rows("anna", "select * from keys")
    assert key.encode() not in bytes(row["hash"])
    assert key not in str(row)
    [shown] = await keys.of("anna")
    assert (shown["id"], shown["name"], shown["hint"]) == (id, "phone", key[-4:])
    assert "hash" not in shown
    assert await keys.of("berta") == []
    assert await keys.owner(key) == "anna"
    for other in ("", "ms_", key[:-1], key + "x", key.upper(), "ms_" + "é" * 43):
        assert await keys.owner(other) is None
    with pytest.raises(Problem, match="no key"):
        await keys.revoke(id, "berta")
    await keys.revoke(id, "anna")
    assert await keys.owner(key) is None
    assert await Keys(store).owner(key) is None
    with pytest.raises(Problem):
        await keys.create("two words")


async def test_a_request_costs_no_query_for_its_key(
    server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = server.engine.store
    assert store is not None
    asked: list[str] = []
    system = Store.system

    async def counting(self: Store, query: Any, *values: object) -> Any:
        asked.append(str(query))
        return await system(self, query, *values)

    monkeypatch.setattr(Store, "system", counting)
    keys = Keys(store)
    _, key = await keys.create("anna")
    for _ in range(20):
        assert await keys.exist()
        assert await keys.owner(key) == "anna"
    assert len([q for q in asked if "key" in q]) == 2
    monkeypatch.setattr(keys_, "REMEMBERED", 0.0)
    await keys.owner(key)
    assert len([q for q in asked if "key_owner" in q]) == 2


async def test_with_keys_everybody_needs_one(server: Served) -> None:
    assert (await server.json("GET", "/v1/models"))[0] == 200
    keys = server.engine.store and Keys(server.engine.store)
    assert keys
    _, key = await keys.create("anna")
    door = server.app.state.door
    door.keys._any = None
    for path in ("/v1/models", "/metrics", "/openapi.json", "/v1/runs", "/nowhere"):
        status, said = await server.json("GET", path)
        assert status == 401, path
        assert said["error"]["type"] == "authentication_error"
        assert "Authorization: Bearer" in said["error"]["message"]
    for wrong in ("ms_" + "x" * 43, "sk-123", ""):
        assert (await server.json("GET", "/v1/models", **bearer(wrong)))[0] == 401
    assert (await server.json("GET", "/v1/models", **bearer(key)))[0] == 200
    for path in ("/healthz", "/readyz"):
        assert (await server.json("GET", path))[0] == 200


async def test_two_people_do_not_see_each_others_runs(server: Served) -> None:
    assert server.engine.store is not None
    keys = Keys(server.engine.store)
    anna = bearer((await keys.create("anna"))[1])
    berta = bearer((await keys.create("berta"))[1])
    server.app.state.door.keys._any = None
    asking = asyncio.create_task(server.json("POST", "/v1/chat/completions", json=ASK, **anna))
    while not server.engine.runs.live:
        await asyncio.sleep(0.01)
    [run] = server.engine.runs.live
    routes = [("GET", f"/v1/runs/{run}"), ("GET", f"/v1/runs/{run}/events"),
              ("POST", f"/v1/runs/{run}/cancel"), ("GET", f"/v1/responses/{run}"),
              ("DELETE", f"/v1/responses/{run}"),
              ("POST", f"/v1/responses/{run}/cancel")]  # fmt: skip
    for method, path in routes:
        assert (await server.json(method, path, **berta))[0] == 404, path
    assert (await server.json("GET", "/v1/runs", **berta))[1]["data"] == []
    status, answer = await asking
    assert status == 200, answer
    for method, path in routes:
        assert (await server.json(method, path, **berta))[0] == 404, path
    conversation = answer["musespark"]["conversation"]
    assert (await server.json("GET", f"/v1/conversations/{conversation}", **berta))[0] == 404
    assert (await server.json("GET", f"/v1/conversations/{conversation}", **anna))[0] == 200
    mine = (await server.json("GET", "/v1/runs", **anna))[1]["data"]
    assert [each["id"] for each in mine] == [run]
    body = {"model": "musespark-instant", "input": "x",
            "previous_response_id": "resp_" + run.removeprefix("run_")}  # fmt: skip
    assert (await server.json("POST", "/v1/responses", json=body, **berta))[0] == 400
    # A run id that is taken cannot be used again, whoever took it.
    taken = {"threadId": "t", "runId": run, "messages": [{"id": "1", "role": "user",
             "content": "x"}]}  # fmt: skip
    assert (await server.json("POST", "/agui", json=taken, **berta))[0] == 409


async def test_a_revoked_key_stops_working(server: Served) -> None:
    assert server.engine.store is not None
    keys: Keys = server.app.state.door.keys
    id, key = await keys.create("anna")
    await keys.create("berta")
    assert (await server.json("GET", "/v1/models", **bearer(key)))[0] == 200
    await keys.revoke(id, "anna")
    assert (await server.json("GET", "/v1/models", **bearer(key)))[0] == 401


async def test_without_keys_only_this_machine_may_ask(server: Served) -> None:
    url = server.url.removeprefix("http://")
    port = url.rpartition(":")[2]
    for headers in (
        {"Host": "evil.example"},
        {"Host": f"localhost.evil.example:{port}"},
        {"Host": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": f"http://localhost:{port}"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"X-Forwarded-For": "203.0.113.9"},
        {"Forwarded": "for=203.0.113.9"},
    ):
        status, said = await server.json("GET", "/v1/models", headers=headers)
        assert status == 403, headers
        assert "musespark keys create" in said["error"]["message"]
    for headers in (
        {"Host": f"localhost:{port}"},
        {"Host": "[::1]:1"},
        {"Host": "my.localhost"},
        {"Origin": server.url},
        {"Sec-Fetch-Site": "same-origin"},
    ):
        assert (await server.json("GET", "/v1/models", headers=headers))[0] == 200, headers


def test_what_this_machine_is_called() -> None:
    assert all(map(loopback, ("127.0.0.1", "127.8.0.1", "::1", "::ffff:127.0.0.1")))
    assert not any(map(loopback, ("10.0.0.1", "::", "0.0.0.0", "localhost", "", "::ffff:10.0.0.1")))
    assert names_this_machine("LOCALHOST.")
    for name in ("", "localhost:80:80", "127.0.0.1.evil.example", "[::1", "localhost@evil", "1"):
        assert not names_this_machine(name), name
