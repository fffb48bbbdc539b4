"""People over HTTP: yourself, everybody, and services that act for people."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from musespark.person import ROLES
from musespark.settings import Settings
from served import Served, own_home, served

ROOT = Path(__file__).parents[1]
ASK = {"model": "musespark-instant", "messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture(scope="module")
def locked() -> Iterator[Settings]:
    with own_home() as settings:
        yield settings


class Here:
    """A server with one person of each role, and a key of each."""

    def __init__(self, server: Served) -> None:
        self.server, self.keys = server, server.app.state.door.keys
        self.held: dict[str, str] = {}

    async def filled(self) -> Here:
        people = self.server.app.state.door.people
        known = {row["person"] for row in await people.seen("owner")}
        for role in ROLES[1:]:
            if role not in known:
                await people.add("owner", role, role.title(), role)
            await people.change("owner", role, role=role)
            await people.end("owner", role, False)
        for role in ROLES:
            self.held[role] = (await self.keys.create(role, "x"))[1]
        return self

    async def __call__(
        self, whose: str, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, Any]:
        more = {} if body is None else {"json": body}
        key = self.held.get(whose, whose)
        return await self.server.json(
            method, path, headers={"Authorization": f"Bearer {key}", **headers}, **more
        )

    async def code(self, *given: Any, **headers: str) -> tuple[int, str]:
        status, said = await self(*given, **headers)
        return status, said.get("error", {}).get("code", "")


@pytest.fixture
async def here(locked: Settings) -> AsyncIterator[Here]:
    async with served(locked) as running:
        yield await Here(running).filled()


async def test_who_you_are(here: Here) -> None:
    status, said = await here("member", "GET", "/v1/me")
    assert status == 200
    assert (said["id"], said["name"], said["role"]) == ("member", "Member", "member")
    assert (said["by"], said["scopes"], said["host"]) == ("key", ["*"], None)
    assert said["may"] == ["remember", "talk"]
    change = {"name": "  Anna\u200b \u202eBerg\n", "language": "de", "zone": "Europe/Berlin"}
    status, said = await here("member", "PATCH", "/v1/me", change)
    assert (status, said["name"]) == (200, "Anna Berg")
    assert said["said"] == {"language": "de", "zone": "Europe/Berlin"}
    status, said = await here("member", "PATCH", "/v1/me", {"language": "", "zone": ""})
    assert said["said"] == {"language": "", "zone": ""}
    assert (said["name"], bool(said["zone"])) == ("Anna Berg", True), "the server's stands in"
    # Somebody who has no row yet can say it, too.
    _, key = await here.keys.create("new-one", "x")
    assert store_of(here) is not None
    await store_of(here).rows("new-one", "delete from people")
    assert (await here(key, "PATCH", "/v1/me", {"name": "New"}))[1]["name"] == "New"


def store_of(here: Here) -> Any:
    return here.server.engine.store


@pytest.mark.parametrize(
    "change",
    [
        {}, {"role": "owner"}, {"id": "owner"}, {"ended": False}, {"purposes": ["ads"]},
        {"language": "not a language"}, {"language": "../x"}, {"zone": "Mars/Base"},
        {"zone": "../../etc/passwd"}, {"zone": "Europe"}, {"name": "x" * 201}, {"name": 5}, [1],
        "x",
    ],
)  # fmt: skip
async def test_bad_changes_of_yourself(here: Here, change: Any) -> None:
    status, said = await here("member", "PATCH", "/v1/me", change)
    assert status == 400, said
    assert (await here("member", "GET", "/v1/me"))[1]["role"] == "member"


async def test_managers_see_everybody_and_others_nobody(here: Here) -> None:
    """The same answer whether there is such a person or not."""
    for role in ROLES:
        status, said = await here(role, "GET", "/v1/people")
        if role in ("owner", "manager"):
            assert status == 200
            assert {row["id"] for row in said["data"]} >= set(ROLES)
            continue
        answers = set()
        for path in ("member", "nobody", "owner", "shop:17", "%00", "x" * 300, "é"):
            for method in ("GET", "PATCH", "DELETE"):
                status, said = await here(role, method, f"/v1/people/{path}", {"role": "owner"})
                answers.add((status, str(said)))
        assert len(answers) == 1
        assert answers.pop()[0] == 403
    status, first = await here("manager", "GET", "/v1/people?limit=2")
    assert (len(first["data"]), first["more"]) == (2, True)
    last = first["data"][-1]["id"]
    _, rest = await here("manager", "GET", f"/v1/people?limit=200&after={last}")
    assert rest["more"] is False
    assert not {row["id"] for row in rest["data"]} & {row["id"] for row in first["data"]}
    _, found = await here("manager", "GET", "/v1/people?q=cReAt")
    assert [row["id"] for row in found["data"]] == ["creator"]
    for q in ("%25", "_", "'", "\\"):
        assert (await here("manager", "GET", "/v1/people", None))[0] == 200
        assert (await here("manager", "GET", f"/v1/people?q={q}"))[1]["data"] == []


async def test_somebody_new(here: Here) -> None:
    status, said = await here("manager", "POST", "/v1/people", {"name": "Berta", "role": "creator"})
    assert (status, said["role"], said["host"]) == (200, "creator", None)
    assert said["id"].startswith("person_")
    status, said = await here("manager", "GET", f"/v1/people/{said['id']}")
    assert said["name"] == "Berta"
    body = {"id": f"two-{id(here)}", "name": "Two"}
    codes = await asyncio.gather(*(here.code("owner", "POST", "/v1/people", body) for _ in "12"))
    assert sorted(codes) == [(200, ""), (409, "person_exists")]
    for bad, code in (
        ({"id": "owner", "role": "guest"}, "owner_stays"), ({"role": "king"}, "unknown_role"),
        ({"id": "shop:1"}, "bad_person"), ({"id": "a b"}, "bad_person"),
        ({"role": "manager"}, "role_too_high"), ({"role": "owner"}, "role_too_high"),
    ):  # fmt: skip
        assert (await here.code("manager", "POST", "/v1/people", bad))[1] == code
    assert (await here.code("manager", "POST", "/v1/people", {"password": "x"}))[0] == 400


async def test_another_role_holds_at_once(here: Here) -> None:
    assert (await here.code("member", "GET", "/v1/people"))[0] == 403
    assert (await here("owner", "PATCH", "/v1/people/member", {"role": "manager"}))[0] == 200
    assert (await here.code("member", "GET", "/v1/people"))[0] == 200
    assert await here.code("member", "PATCH", "/v1/people/manager", {"role": "guest"}) == (
        403, "role_too_high",
    )  # fmt: skip
    assert await here.code("member", "PATCH", "/v1/people/owner", {"role": "guest"}) == (
        409, "owner_stays",
    )  # fmt: skip
    assert await here.code("member", "PATCH", "/v1/people/member", {"role": "owner"}) == (
        403, "role_too_high",
    )  # fmt: skip
    assert (await here("owner", "PATCH", "/v1/people/member", {"role": "member"}))[0] == 200
    assert (await here.code("member", "GET", "/v1/people"))[0] == 403
    _, log = await here("member", "GET", "/v1/me/audit?language=en")
    assert [row["said"] for row in log["data"][:2]] == ["Your role was changed"] * 2


async def test_somebody_who_ended(here: Here) -> None:
    door = here.server.app.state.door
    word = await door.sessions.sign_in(here.held["creator"])
    cookie = f"musespark_{here.server.url.rpartition(':')[2]}={word}"
    seen = {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}
    assert (await here.server.json("GET", "/v1/me", headers=seen))[0] == 200
    assert (await here("manager", "DELETE", "/v1/people/creator"))[0] == 200
    assert (await here.code("creator", "GET", "/v1/me"))[0] in (401, 403)
    assert (await here.server.json("GET", "/v1/me", headers=seen))[0] in (401, 403)
    _, said = await here("manager", "GET", "/v1/people/creator")
    assert said["ended"]
    assert (await here.code("manager", "DELETE", "/v1/people/owner"))[1] == "owner_stays"
    assert (await here.code("manager", "DELETE", "/v1/people/nobody"))[1] == "unknown_person"
    assert (await here("manager", "PATCH", "/v1/people/creator", {"ended": False}))[0] == 200
    assert (await here.code("creator", "GET", "/v1/me"))[0] == 401, "the key stays ended"
    _, key = await here.keys.create("creator", "new")
    assert (await here(key, "GET", "/v1/me"))[0] == 200


# -- services --------------------------------------------------------------------------------------


async def test_a_service_acts_for_a_person(here: Here) -> None:
    body = {"name": "backend", "scopes": ["ask", "people", "me"], "days": 1}
    status, made = await here("manager", "POST", "/v1/keys", body)
    assert (status, made["scopes"]) == (200, ["ask", "me", "people"])
    key, act = made["key"], {"Musespark-Person": "member"}
    _, who = await here(key, "GET", "/v1/me", **act)
    assert (who["id"], who["role"], who["actor"]) == ("member", "member", "manager")
    assert who["scopes"] == ["ask", "me"]
    assert (await here(key, "POST", "/v1/chat/completions", ASK, **act))[0] == 200
    mine = (await here("member", "GET", "/v1/runs"))[1]["data"]
    assert len(mine) == 1
    assert (await here("manager", "GET", "/v1/runs"))[1]["data"] == []
    _, log = await here("member", "GET", "/v1/me/audit?deed=acted_for")
    assert [(row["actor"], row["about"]) for row in log["data"]] == [("manager", made["id"])]
    # What it was not made for it does for nobody, and nothing that would let it in as them.
    for method, path in (("GET", "/v1/me/memory"), ("POST", "/v1/keys"), ("GET", "/v1/keys"),
                         ("GET", "/v1/people"), ("GET", "/v1/health")):  # fmt: skip
        assert await here.code(key, method, path, {"name": "x"}, **act) == (403, "scope_missing")
    for whose, code in (
        ("nobody", "unknown_person"), ("owner", "role_too_high"), ("manager", "role_too_high"),
        ("", "unknown_person"), ("member, owner", "unknown_person"), ("shop:1", "unknown_person"),
    ):  # fmt: skip
        status, said = await here.code(key, "GET", "/v1/me", **{"Musespark-Person": whose})
        assert (status in (403, 404), said) == (True, code), whose


async def test_who_does_not_act_for_others(here: Here) -> None:
    act = {"Musespark-Person": "guest"}
    for role in ROLES:
        assert await here.code(role, "GET", "/v1/me", **act) == (403, "scope_missing"), "no scope"
    for role in ("creator", "member", "guest"):
        body = {"name": "x", "scopes": ["people"]}
        status, code = await here.code(role, "POST", "/v1/keys", body)
        assert (status, code) == (403, "scope_too_high")
    # Somebody who was a manager when the key was made.
    _, key = await here.keys.create("manager", "x", scopes=frozenset({"people", "ask"}))
    assert (await here.code(key, "GET", "/v1/me", **act))[0] == 200
    await here("owner", "PATCH", "/v1/people/manager", {"role": "member"})
    assert await here.code(key, "GET", "/v1/me", **act) == (403, "role_too_high")
    await here("owner", "PATCH", "/v1/people/manager", {"role": "manager"})
    await here.server.app.state.door.people.end("owner", "guest")
    assert (await here.code(key, "GET", "/v1/me", **act))[0] == 403
    # Without a key of a service the header is an error, not nothing.
    port = here.server.url.rpartition(":")[2]
    word = await here.server.app.state.door.sessions.sign_in(here.held["owner"])
    seen = {"Cookie": f"musespark_{port}={word}", "Sec-Fetch-Site": "same-origin", **act}
    status, said = await here.server.json("GET", "/v1/me", headers=seen)
    assert (status, said["error"]["code"]) == (403, "scope_missing")


async def test_keys_with_bounds_over_http(here: Here) -> None:
    for bad in ({"scopes": []}, {"scopes": ["king"]}, {"scopes": "ask"}, {"days": 0},
                {"days": -1}, {"days": 1e9}):  # fmt: skip
        assert (await here.code("member", "POST", "/v1/keys", {"name": "x", **bad}))[0] == 400
    _, made = await here(
        "member", "POST", "/v1/keys", {"name": "few", "scopes": ["ask"], "days": 2}
    )
    _, listed = await here("member", "GET", "/v1/keys")
    few = next(row for row in listed["data"] if row["id"] == made["id"])
    assert few["scopes"] == ["ask"]
    assert few["until"]
    _, log = await here("member", "GET", "/v1/me/audit?deed=key_created")
    assert log["data"][0]["about"] == made["id"]
    assert log["data"][0]["detail"] == {"called": "few", "scopes": ["ask"]}
    # The owner makes one for somebody, who sees it; a manager may not.
    assert await here.code("manager", "POST", "/v1/keys", {"name": "x", "person": "member"}) == (
        403, "not_the_owner",
    )  # fmt: skip
    await here("owner", "POST", "/v1/keys", {"name": "x", "person": "member"})
    _, log = await here("member", "GET", "/v1/me/audit?deed=key_created&others=true")
    assert log["data"][0]["actor"] == "owner"


# -- examples --------------------------------------------------------------------------------------


async def test_the_example_of_a_host_app(here: Here, tmp_path: Path) -> None:
    made = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "private.pem").write_bytes(
        made.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    pem = made.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    body = {"name": "shop", "issuer": "https://shop.example", "pem": pem.decode()}
    status, said = await here("owner", "POST", "/v1/hosts", body)
    assert status == 200, said
    got = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, ROOT / "examples" / "host_app.py", tmp_path / "private.pem",
         "What is 17% of 240?"],
        env={**os.environ, "MUSESPARK_URL": here.server.url}, capture_output=True, text=True,
        timeout=120,
    )  # fmt: skip
    assert "40.8" in got.stdout, got.stderr
    _, said = await here("owner", "GET", "/v1/people?q=shop:17")
    assert [row["name"] for row in said["data"]] == ["Anna"]
