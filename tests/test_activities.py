"""Activities over HTTP: kept once, each row that cannot be said so, however they are sent."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from musespark import activities, ledger, purposes
from musespark.activities import Taking, _pieces
from musespark.engine import Engine
from musespark.intake import Intake
from musespark.posted import LARGEST
from musespark.problem import Problem
from musespark.settings import Settings
from musespark.store import Store
from musespark.turn import new_id
from served import Served, served

AS = "https://www.w3.org/ns/activitystreams"


@pytest.fixture
async def here(settings: Settings, server: object) -> AsyncIterator[Served]:
    async with served(settings) as running:
        yield running


class Client:
    """One person's way in, with a key that ends with the test."""

    def __init__(self, here: Served, person: str, key: str) -> None:
        self.here, self.person = here, person
        self.headers = {"authorization": f"Bearer {key}"}
        assert here.engine.store is not None
        self.store: Store = here.engine.store

    async def post(self, body: Any, media: str = "application/json") -> tuple[int, Any]:
        if not hasattr(body, "__aiter__"):
            body = io.BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
        headers = {**self.headers, "content-type": media}
        return await self.here.json("POST", "/v1/activities", data=body, headers=headers)

    async def get(self, query: str = "", **more: str) -> tuple[int, Any]:
        headers = {**self.headers, **more}
        return await self.here.json("GET", f"/v1/activities{query}", headers=headers)


@pytest.fixture
async def two(here: Served) -> AsyncIterator[tuple[Client, Client]]:
    keys, made, clients = here.app.state.door.keys, [], []
    for name in ("ann", "bob"):
        person = new_id(name)
        id, key = await keys.create(person, name)
        made.append((id, person))
        clients.append(Client(here, person, key))
    yield clients[0], clients[1]
    for id, person in made:
        await keys.revoke(id, person)


def like(n: object, **more: Any) -> dict[str, Any]:
    return {"@context": AS, "type": "Like", "id": f"https://x.example/likes/{n}",
            "object": f"https://x.example/{n}", **more}  # fmt: skip


async def test_one_is_kept_once(two: tuple[Client, Client]) -> None:
    ann, bob = two
    await purposes.change(ann.store, ann.person, "feed", True)
    assert await ann.post(like(1)) == (
        201, {"object": "activity", "id": "https://x.example/likes/1", "state": "kept"},
    )  # fmt: skip
    status, body = await ann.post(like(1))
    assert (status, body["state"]) == (200, "repeated")
    status, body = await ann.post({**like(1), "object": "https://x.example/else"})
    assert (status, body["error"]["code"], body["error"]["param"]) == (409, "conflict", "id")
    status, body = await ann.get("?type=Like")
    assert [a["object"] for a in body["data"]] == ["https://x.example/1"]
    assert body["data"][0]["purposes"] == ["feed"]
    assert (await bob.get())[1]["data"] == []
    status, body = await ann.post({"type": "Like"})
    assert (status, body["error"]["code"], body["error"]["param"]) == (
        400, "missing_object", "object",
    )  # fmt: skip


async def test_each_row_that_cannot_be_kept_says_why(two: tuple[Client, Client]) -> None:
    ann, bob = two
    rows = [
        like(1), {"type": "Lkie", "object": "x"}, like(2), like(1), "https://x.example/3",
        like(2, object="https://x.example/else"), like(4, actor=bob.person),
        like(5, actor=f"urn:musespark:person:{bob.person}"), like(6, actor=ann.person),
        like(7, actor="https://elsewhere.example/ann"), {"type": "View", "object": "https://x/8"},
    ]  # fmt: skip
    status, body = await ann.post(rows)
    assert status == 207
    assert (body["received"], body["kept"], body["repeated"], body["failed"]) == (11, 5, 1, 5)
    assert [(e["index"], e["code"], e["param"]) for e in body["errors"]] == [
        (1, "unknown_type", "type"), (4, "only_an_address", None), (5, "conflict", "id"),
        (6, "not_your_actor", "actor"), (7, "not_your_actor", "actor"),
    ]  # fmt: skip
    assert [id is None for id in body["ids"]] == [n in (1, 4, 5, 6, 7) for n in range(11)]
    assert body["ids"][10].startswith("urn:musespark:activity:")
    assert (await bob.get())[1]["data"] == []
    status, again = await ann.post(rows[:1])
    assert (status, again["repeated"]) == (200, 1)


async def test_a_collection_and_a_stream_of_lines(two: tuple[Client, Client]) -> None:
    ann, _ = two
    page = {"@context": AS, "type": "OrderedCollectionPage", "partOf": "https://x/outbox",
            "orderedItems": [like(n) for n in range(5)]}  # fmt: skip
    status, body = await ann.post(page, "application/activity+json")
    assert (status, body["kept"]) == (200, 5)

    async def lines() -> AsyncIterator[bytes]:
        for n in range(2500):
            yield json.dumps(like(n)).encode()[:40]
            yield json.dumps(like(n)).encode()[40:] + b"\r\n"
        yield b"\n{broken}\n" + b'{"type":"Like","object":"' + b"x" * (LARGEST + 10) + b'"}\n'
        yield json.dumps(like("last")).encode()

    status, body = await ann.post(lines(), "application/x-ndjson")
    assert status == 207
    assert (body["received"], body["kept"], body["repeated"]) == (2503, 2496, 5)
    assert [(e["index"], e["code"]) for e in body["errors"]] == [
        (2500, "not_json"), (2501, "activity_too_large"),
    ]  # fmt: skip
    assert body["ids"] == [], "of many there are counts"


async def test_bodies_that_are_none(two: tuple[Client, Client]) -> None:
    ann, _ = two
    for body, code in ((b"", "not_json"), (b"5", "not_an_activity"), (b"[{]", "not_json")):
        status, told = await ann.post(body)
        assert (status, told["error"]["code"]) == (400, code)
    status, told = await ann.post([like(n) for n in range(activities.MOST + 1)])
    assert (status, told["error"]["code"]) == (413, "too_many_activities")
    status, told = await ann.post(b"[" + b" " * 11_000_000 + b"]")
    assert (status, told["error"]["code"]) == (413, "request_too_large")
    assert (await ann.get())[1]["data"] == []
    assert await ann.post([]) == (200, {
        "object": "activities", "received": 0, "kept": 0, "repeated": 0, "failed": 0, "ids": [],
        "errors": [], "more_errors": 0,
    })  # fmt: skip


async def test_the_same_batch_twice_at_once_is_kept_once(two: tuple[Client, Client]) -> None:
    ann, _ = two
    rows = [like(n) for n in range(300)]
    answers = await asyncio.gather(*(ann.post(rows) for _ in range(4)), ann.post(rows[::-1]))
    assert [status for status, _ in answers] == [200] * 5
    assert sorted(body["kept"] for _, body in answers) == [0, 0, 0, 0, 300]
    assert len(await ledger.tail(ann.store, ann.person, limit=1000)) == 300


async def test_pages_of_ones_own(two: tuple[Client, Client]) -> None:
    ann, _ = two
    await purposes.change(ann.store, ann.person, "feed", True)
    past = datetime(2020, 1, 1, tzinfo=UTC)
    await ann.post([like(n, published=(past + timedelta(days=n)).isoformat()) for n in range(25)])
    seen: list[str] = []
    query = "?limit=10&type=Like"
    while True:
        _, page = await ann.get(query)
        seen += [a["id"].rpartition("/")[2] for a in page["data"]]
        if not page["more"]:
            break
        query = f"?limit=10&type=Like&before={page['data'][-1]['number']}"
    assert seen == [str(n) for n in range(24, -1, -1)]
    _, page = await ann.get("?after=0&limit=2&purpose=feed")
    assert [a["id"] for a in page["data"]] == [like(n)["id"] for n in (0, 1)]
    _, page = await ann.get("?since=2020-01-20&type=Like")
    assert len(page["data"]) == 6
    _, page = await ann.get("?limit=2", accept="application/activity+json")
    assert page["type"] == "OrderedCollectionPage"
    assert "before=" in page["next"]
    for bad, param in (
        ("?purpose=spy", "purpose"),
        ("?since=soon", "since"),
        ("?limit=0", "limit"),
    ):
        status, body = await ann.get(bad)
        assert (status, body["error"]["param"]) == (400, param)


async def test_undone_and_deleted_over_http(two: tuple[Client, Client]) -> None:
    ann, _ = two
    note = {"type": "Note", "id": "https://x/n", "content": "Secret"}
    create = {"type": "Create", "id": "https://x/c", "object": note}
    await ann.post([like(1), create])
    await ann.post({"type": "Undo", "object": {**like(1), "type": "Like"}})
    await ann.post({"type": "Delete", "object": "https://x/n"})
    _, page = await ann.get()
    found = {a["id"]: a for a in page["data"]}
    assert found["https://x.example/likes/1"]["undone"]
    assert found["https://x/c"]["object"] == {"type": "Tombstone", "id": "https://x/n",
                                              "formerType": "Note"}  # fmt: skip
    status, body = await ann.post(create)
    assert (status, body["error"]["code"]) == (410, "deleted")


async def test_a_database_that_is_slow_makes_people_wait_and_keeps_memory(
    two: tuple[Client, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, _ = two
    door = ann.here.app.state.door
    door.intake = intake = Intake(room=100_000, patience=0.05)
    go, real = asyncio.Event(), ledger.write
    most = 0

    async def slow(*given: Any) -> Any:
        nonlocal most
        most = max(most, intake.taken)
        await go.wait()
        return await real(*given)

    monkeypatch.setattr(ledger, "write", slow)
    batches = [[like(f"{b}-{n}", summary="w" * 700) for n in range(50)] for b in range(8)]
    tasks = [asyncio.create_task(ann.post(batch)) for batch in batches]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    while len(done) < 6:
        more, _ = await asyncio.wait(set(tasks) - done, return_when=asyncio.FIRST_COMPLETED)
        done |= more
    for task in done:
        status, body = task.result()
        assert (status, body["error"]["code"]) == (503, "busy")
    go.set()
    kept = [await task for task in tasks if task not in done]
    assert [body["kept"] for _, body in kept] == [50, 50]
    assert most <= intake.room
    assert intake.taken == 0
    again = [await ann.post(batch) for batch in batches]
    assert sum(body["kept"] for _, body in again) == 300, "nothing was half kept"
    assert len(await ledger.tail(ann.store, ann.person, limit=1000)) == 400


async def test_who_waits_for_room_in_vain_takes_none() -> None:
    intake = Intake(room=10, patience=0.02)
    async with intake.place(8):
        waiting = [asyncio.create_task(_through(intake, size)) for size in (4, 1, 20)]
        await asyncio.sleep(0)
        waiting[1].cancel()
        results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [getattr(result, "code", type(result).__name__) for result in results] == [
        "busy", "CancelledError", "busy",
    ]  # fmt: skip
    assert intake.taken == 0
    intake.patience = 5.0
    async with intake.place(8):
        waiting = [asyncio.create_task(_through(intake, size)) for size in (4, 20)]
        await asyncio.sleep(0)
    assert await asyncio.gather(*waiting) == [True, True]
    assert intake.taken == 0


async def _through(intake: Intake, size: int) -> bool:
    async with intake.place(size):
        return True


async def test_a_stream_that_breaks_off_tells_how_far_it_came(
    two: tuple[Client, Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, _ = two
    real, calls = ledger.write, 0

    async def failing(*given: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise Problem("database_unreachable", "The database does not answer.", status=503)
        return await real(*given)

    monkeypatch.setattr(ledger, "write", failing)
    body = b"\n".join(json.dumps(like(n)).encode() for n in range(2500))
    status, told = await ann.post(body, "application/x-ndjson")
    assert (status, told["error"]["code"]) == (503, "database_unreachable")
    assert (told["received"], told["kept"]) == (2000, 2000)
    status, told = await ann.post(body, "application/x-ndjson")
    assert (status, told["kept"], told["repeated"]) == (200, 500, 2000)


async def test_a_long_stream_is_read_in_pieces() -> None:
    held: list[int] = []

    def chunks() -> Iterator[bytes]:
        line = json.dumps(like(1)).encode() + b"\n"
        for _ in range(300):
            yield line * 100
        for _ in range(50):  # a line without an end
            yield b"x" * 100_000
        yield b"\n" + line

    async def stream() -> AsyncIterator[bytes]:
        for chunk in chunks():
            yield chunk

    rows = 0
    async for piece in _pieces(stream()):
        rows += len(piece)
        held.append(sum(len(row) for row in piece if isinstance(row, bytes)))
    assert rows == 30_002
    assert max(held) <= 1_100_000


async def test_one_who_left_half_way_leaves_whole_rows(here: Served) -> None:
    person = new_id("ann")
    assert here.engine.store is not None
    taking = Taking(here.engine.store, person)
    task = asyncio.create_task(taking.take([json.dumps(like(n)).encode() for n in range(500)]))
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert len(await ledger.tail(here.engine.store, person, limit=1000)) in (0, 500)


async def test_what_was_forgotten_cannot_be_posted(two: tuple[Client, Client]) -> None:
    from musespark import erasure

    ann, _ = two
    engine: Engine = ann.here.engine
    await ann.post(like(1))
    await erasure.forget(engine, ann.person)
    keys = ann.here.app.state.door.keys
    id, key = await keys.create(ann.person, "back")
    ann.headers = {"authorization": f"Bearer {key}"}
    try:
        for media in ("application/json", "application/x-ndjson"):
            status, body = await ann.post(like(2), media)
            assert (status, body["error"]["code"]) == (410, "forgotten")
    finally:
        await keys.revoke(id, ann.person)
        keys.revoke = _nothing


async def _nothing(*given: Any) -> None:
    pass
