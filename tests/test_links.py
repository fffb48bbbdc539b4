"""One-time links: the owner's first, one for another person, races, and what they never do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from musespark import audit
from musespark.commands import welcome
from musespark.settings import Settings
from served import Served, own_home, served
from visitor import Browser


@pytest.fixture(scope="module")
def own() -> Iterator[Settings]:
    """A home of its own, where nobody can sign in yet."""
    with own_home() as settings:
        yield settings


@pytest.fixture
async def server(own: Settings) -> AsyncIterator[Served]:
    async with served(own) as running:
        yield running


async def test_the_owners_link_signs_in_once(server: Served) -> None:
    door = server.app.state.door
    _, word = await door.links.make("owner")
    browser = Browser(server)
    status, said = await browser("POST", "/v1/sign-in/link", {"link": word})
    assert (status, said["person"], said["manage"]) == (200, "owner", True)
    assert (await browser("GET", "/v1/session"))[1]["by"] == "session"
    status, said = await Browser(server)("POST", "/v1/sign-in/link", {"link": word})
    assert (status, said["error"]["code"]) == (401, "used_link")
    assert server.engine.store is not None
    last = (await audit.of(server.engine.store, "owner"))[0]
    assert (last["deed"], last["actor"], last["about"]) == ("signed_in", "owner", "link")


async def test_without_a_credential_the_machine_still_asks_alone(server: Served) -> None:
    status, said = await server.json("GET", "/v1/session")
    assert (status, said["person"], said["by"]) == (200, "owner", "machine")
    far = {"X-Forwarded-For": "203.0.113.9"}
    assert (await server.json("GET", "/v1/session", headers=far))[0] == 403
    # The owner's browser is let in from elsewhere by its link alone.
    _, word = await server.app.state.door.links.make("owner")
    browser = Browser(server, **far)
    assert (await browser("POST", "/v1/sign-in/link", {"link": word}))[0] == 200
    assert (await browser("GET", "/v1/session"))[1]["by"] == "session"
    assert (await browser("DELETE", "/v1/session"))[0] == 200
    assert (await browser("GET", "/v1/session"))[0] == 403


async def test_of_two_at_once_one_gets_in(server: Served) -> None:
    _, word = await server.app.state.door.links.make("owner")
    tried = [Browser(server)("POST", "/v1/sign-in/link", {"link": word}) for _ in range(8)]
    found = sorted(status for status, _ in await asyncio.gather(*tried))
    assert found == [200] + [401] * 7


async def test_another_sites_page_cannot_use_one(server: Served) -> None:
    _, word = await server.app.state.door.links.make("owner")
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        async with server.http.post(
            server.url + "/v1/sign-in/link", json={"link": word}, headers=headers
        ) as response:
            assert response.status == 403
            assert "Set-Cookie" not in response.headers
    assert (await Browser(server)("POST", "/v1/sign-in/link", {"link": word}))[0] == 200


async def test_links_expire_end_and_replace_each_other(server: Served) -> None:
    links = server.app.state.door.links
    _, old = await links.make("anna", minutes=0)
    assert await links.use(old) is None
    _, first = await links.make("anna")
    _, second = await links.make("anna")
    assert await links.use(first) is None
    assert (await links.use(second)).person == "anna"
    id, word = await links.make("anna", by="owner")
    assert [row["id"] for row in await links.made("owner")] == [id]
    assert await links.made("berta") == []
    await links.end(id, "owner")
    assert await links.use(word) is None
    for bad in ("", "x", "ü" * 43, word + "x", "\0" * 43, "'" * 43):
        assert await links.use(bad) is None


async def test_the_links_that_somebody_made_go_with_them(server: Served) -> None:
    links, store = server.app.state.door.links, server.app.state.door.store
    await store.rows("owner", "select add_person('max', 'Max', 'manager', '', '')")
    _, word = await links.make("person_new", by="max", role="guest", name="New")
    await store.rows("max", "delete from people where person = 'max'")
    assert await links.use(word) is None
    assert await links.made("max") == []


async def test_a_link_is_kept_as_a_hash(server: Served) -> None:
    _, word = await server.app.state.door.links.make("owner")
    assert server.engine.store is not None
    rows = await server.engine.store.rows("owner", "select links::text as row from links")
    assert word not in str(rows)


def test_the_server_says_the_link_where_nobody_can_sign_in(own: Settings) -> None:
    lines = "\n".join(welcome(own, "w" * 43))
    assert f"http://localhost:8765/sign-in#{'w' * 43}" in lines
    assert "#" not in "\n".join(welcome(own, ""))
