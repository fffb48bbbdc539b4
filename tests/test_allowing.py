"""What a person allows and who saw it, over HTTP and in words."""

from __future__ import annotations

import string
from typing import Any

import pytest

from musespark import audit, purposes, wording
from musespark.activity import PURPOSES
from musespark.phrases import LANGUAGES
from musespark.settings import Settings
from musespark.turn import new_id
from served import served


async def test_purposes_are_told_allowed_and_withdrawn(settings: Settings) -> None:
    async with served(settings) as server:
        ann, bob = new_id("person"), new_id("person")
        hers, his = await server.key(ann), await server.key(bob)
        _, told = await server.json("GET", "/v1/me/consents?language=de", **hers)
        assert [row["purpose"] for row in told["data"]] == sorted(PURPOSES)
        assert {row["state"] for row in told["data"]} == {"undecided"}
        memory = next(row for row in told["data"] if row["purpose"] == "memory")
        assert memory["title"] == "Gedächtnis"
        assert memory["used"] is True

        status, said = await server.json(
            "PUT", "/v1/me/consents/memory", json={"allowed": True, "context": "run_1"}, **hers
        )
        assert (status, said["state"], said["allowed"]) == (200, "allowed", True)
        assert (await server.engine.person(ann)).purposes == {"memory"}, "at once"
        _, told = await server.json(
            "PATCH", "/v1/me/consents", json={"purposes": {"memory": False, "feed": True}}, **hers
        )
        states = {row["purpose"]: row["state"] for row in told["data"]}
        assert (states["memory"], states["feed"], states["ads"]) == (
            "refused",
            "allowed",
            "undecided",
        )
        _, told = await server.json("GET", "/v1/me/consents", **his)
        assert {row["state"] for row in told["data"]} == {"undecided"}, "another person's is theirs"


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/v1/me/consents/spying", {"allowed": True}, 404, "unknown_purpose"),
        ("/v1/me/consents/memory", {"allowed": "yes"}, 400, "invalid_request"),
        ("/v1/me/consents/memory", {}, 400, "invalid_request"),
        ("/v1/me/consents/memory", {"allowed": True, "backwards": True}, 400, "invalid_request"),
        ("/v1/me/consents/memory", {"allowed": True, "context": "x" * 300}, 400, "invalid_request"),
        ("/v1/me/consents", {"purposes": {}}, 400, "invalid_request"),
        ("/v1/me/consents", {"purposes": {"feed": True, "nope": True}}, 404, "unknown_purpose"),
    ],
)
async def test_what_cannot_be_said_changes_nothing(
    settings: Settings, path: str, body: Any, status: int, code: str
) -> None:
    async with served(settings) as server:
        own = await server.key(new_id("person"))
        method = "PATCH" if path.endswith("consents") else "PUT"
        got, said = await server.json(method, path, json=body, **own)
        assert (got, said["error"]["code"]) == (status, code)
        _, told = await server.json("GET", "/v1/me/consents", **own)
        assert {row["state"] for row in told["data"]} == {"undecided"}


async def test_the_audit_log_is_read_in_pages_by_its_person_alone(settings: Settings) -> None:
    async with served(settings) as server:
        ann, boss = new_id("person"), new_id("person")
        hers, his = await server.key(ann), await server.key(boss)
        store = server.engine.store
        assert store is not None
        for n in range(4):
            await audit.note(store, ann, "memory_used", about=f"run_{n}")
        await audit.note(store, ann, "looked_at", actor=boss, about="runs")
        await purposes.change(store, ann, "memory", True)
        _, first = await server.json("GET", "/v1/me/audit?limit=2&language=en", **hers)
        assert [row["said"] for row in first["data"]] == [
            "Allowed: Memory",
            "Somebody else looked at: runs",
        ]
        assert [row["by"] for row in first["data"]] == ["you", "other"]
        assert first["more"] is True
        last = first["data"][-1]["id"]
        _, rest = await server.json("GET", f"/v1/me/audit?before={last}", **hers)
        assert [row["about"] for row in rest["data"]] == ["run_3", "run_2", "run_1", "run_0"]
        assert rest["more"] is False
        _, used = await server.json("GET", "/v1/me/audit?deed=memory_used&limit=1", **hers)
        assert (len(used["data"]), used["more"]) == (1, True)
        _, seen = await server.json("GET", "/v1/me/audit?others=true&deed=looked_at", **hers)
        assert [row["actor"] for row in seen["data"]] == [boss]
        _, none = await server.json("GET", "/v1/me/audit", **his)
        assert none["data"] == []


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("name", wording.PURPOSES)
def test_every_purpose_is_said_in_every_language(name: str) -> None:
    versions = wording.PURPOSES[name]
    assert set(versions) == set(LANGUAGES)
    for field in ("title", "changes", "without", "with", "question"):
        words = [versions[language][field] for language in LANGUAGES]
        assert all(words)
        assert field == "title" or len(set(words)) == len(words), field
        assert field != "question" or all(said.endswith("?") for said in words)


def test_all_purposes_have_words() -> None:
    assert set(wording.PURPOSES) == PURPOSES


@pytest.mark.parametrize("name", wording.DEEDS)
def test_every_deed_is_said_in_every_language(name: str) -> None:
    versions = wording.DEEDS[name]
    assert set(versions) == set(LANGUAGES)
    assert len(set(versions.values())) == len(LANGUAGES)
    assert all(gaps(words) == gaps(versions["en"]) for words in versions.values())


def test_a_deed_that_nobody_described_is_said_by_its_word() -> None:
    assert wording.deed("told_a_joke", "", {}, "de") == "Told a joke"
    assert wording.deed("told_a_joke", "{x}", {}, "de") == "Told a joke: {x}"
    assert wording.deed("imported", "{about}{x}", {}, "en") == "Imported: {about}{x}"
    assert wording.deed("imported", "", {}, "en") == "Imported"
    back = {"allowed": False, "backwards": True}
    assert "von Anfang an" in wording.deed("consent_changed", "ads", back, "de")
