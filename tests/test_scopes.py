"""Scopes: every route has what it needs, and a key does what it was made for and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from musespark import keys as keys_
from musespark.api import ROUTES
from musespark.caller import Caller
from musespark.person import RIGHTS
from musespark.problem import Problem
from musespark.scopes import NEEDS, SCOPES, Need, check, needed
from musespark.settings import Settings
from served import Served, own_home, served


@pytest.fixture(scope="module")
def locked() -> Iterator[Settings]:
    with own_home() as settings:
        yield settings


@pytest.fixture
async def server(locked: Settings) -> AsyncIterator[Served]:
    async with served(locked) as running:
        yield running


def bearer(key: str, **more: str) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {key}", **more}}


def test_every_route_says_what_it_needs() -> None:
    """A route that nobody described would want a key without bounds; here it is an error."""
    nothing = needed("GET", "/nowhere")
    for method, path, _ in ROUTES:
        assert needed(method, path) is not nothing, f"{method} {path} is not in scopes.NEEDS"


def test_what_is_needed_exists() -> None:
    rights = frozenset.union(*RIGHTS.values())
    for place, need in NEEDS.items():
        assert need.scope == "" or need.scope in SCOPES, place
        assert need.right in rights, place


def test_the_longest_beginning_counts() -> None:
    assert needed("GET", "/v1/tiers") == Need("ask")
    assert needed("HEAD", "/v1/tiers/") == Need("ask")
    assert needed("PUT", "/v1/tiers/fast").right == "manage"
    assert needed("GET", "/v1/tiers/models").right == "manage"
    assert needed("GET", "/v1/me") == Need("")
    assert needed("DELETE", "/v1/me") == Need("me")
    assert needed("GET", "/v1/runsaway") == needed("GET", "/nowhere")
    assert needed("GET", "/v1/me/memory/x/y").scope == "memory"
    for path in ("/v1/me/passkeys", "/v1/me/passkeys/x", "/v1/me/of-tomorrow", "/v1/me//"):
        assert needed("GET", path).scope == ("" if path.endswith("//") else "*"), path


def test_a_key_without_the_scope() -> None:
    shop = Caller("anna", "owner", "key", scopes=frozenset({"ask"}))
    check(shop, "POST", "/v1/chat/completions")
    for method, path in (("PUT", "/v1/tiers/fast"), ("GET", "/v1/me/memory"),
                         ("POST", "/v1/keys"), ("DELETE", "/v1/me"), ("GET", "/v1/people"),
                         ("GET", "/metrics"), ("GET", "/nowhere")):  # fmt: skip
        with pytest.raises(Problem) as caught:
            check(shop, method, path)
        assert (caught.value.status, caught.value.code) == (403, "scope_missing")
        assert "the key has: ask" in caught.value.text
    with pytest.raises(Problem, match="the key has: none"):
        check(Caller("anna", "owner", "key", scopes=frozenset()), "POST", "/agui")


async def test_a_key_does_what_it_was_made_for(server: Served) -> None:
    keys = server.app.state.door.keys
    _, shop = await keys.create("owner", "shop", scopes=frozenset({"ask"}))
    _, whole = await keys.create("owner", "whole")
    body = {"model": "musespark-instant", "messages": [{"role": "user", "content": "Hello"}]}
    status, _ = await server.json("POST", "/v1/chat/completions", json=body, **bearer(shop))
    assert status == 200
    for method, path in (("POST", "/v1/keys"), ("GET", "/v1/health"), ("PUT", "/v1/tiers/fast")):
        status, said = await server.json(method, path, json={"name": "x"}, **bearer(shop))
        assert (status, said["error"]["code"]) == (403, "scope_missing"), path
    assert (await server.json("GET", "/v1/health", **bearer(whole)))[0] == 200
    [known] = [row for row in await keys.of("owner") if row["name"] == "shop"]
    assert known["scopes"] == ["ask"]
    # It signs in no browser: there it would have no bounds.
    status, said = await server.json("POST", "/v1/session", json={"key": shop})
    assert (status, said["error"]["code"]) == (403, "scope_missing")
    # What it sees of the models is what everybody sees.
    assert "file" not in (await server.json("GET", "/v1/tiers", **bearer(shop)))[1]


async def test_a_key_ends_on_its_day(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = server.app.state.door.keys
    _, key = await keys.create("anna", "trial", days=0.5)
    assert (await server.json("GET", "/v1/session", **bearer(key)))[0] == 200
    store = server.engine.store
    assert store is not None
    [row] = await store.rows(
        "anna", "select until - created as lasts from keys where name = 'trial'"
    )
    assert abs(row["lasts"].total_seconds() - 43_200) < 60
    _, over = await keys.create("anna", "over", days=-0.1)
    assert (await server.json("GET", "/v1/session", **bearer(over)))[0] == 401
    # Also one that is remembered still.
    held = next(iter(keys._owners.values()))
    assert held[1].until is not None
    monkeypatch.setattr(keys_, "_lasts", lambda found: found.until is None)
    assert (await server.json("GET", "/v1/session", **bearer(key)))[0] == 401


async def test_roles_over_http(server: Served) -> None:
    door = server.app.state.door
    for role in ("manager", "creator", "member", "guest"):
        await door.people.add("owner", f"a-{role}", role=role)
        _, key = await door.keys.create(f"a-{role}", "x")
        _, said = await server.json("GET", "/v1/session", **bearer(key))
        assert (said["role"], said["manage"]) == (role, False)
        assert said["may"] == sorted(RIGHTS[role])
        status, said = await server.json("GET", "/v1/health", **bearer(key))
        assert status == (200 if role == "manager" else 403)
        _, said = await server.json("GET", "/v1/tiers", **bearer(key))
        assert ("file" in said, said["manage"]) == (role == "manager", False)
        status, said = await server.json("PATCH", "/v1/tools/calculate", json={"on": False},
                                         **bearer(key))  # fmt: skip
        assert (status, said["error"]["code"]) == (403, "not_the_owner")
        await door.people.end("owner", f"a-{role}")
        status, said = await server.json("GET", "/v1/session", **bearer(key))
        assert (status, said["error"]["code"]) == (403, "person_ended")
