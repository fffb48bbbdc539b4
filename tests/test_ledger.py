"""The ledger: appended in order, once for each uri, seen by its person alone, for its purposes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import msgspec
import pytest

from musespark import ledger
from musespark.activity import PURPOSES, Activity
from musespark.problem import Problem
from musespark.settings import Settings
from musespark.store import Store
from musespark.turn import new_id


@pytest.fixture
async def store(settings: Settings, server: object) -> AsyncIterator[Store]:
    opened = await Store.open(settings)
    yield opened
    await opened.close()


def note(text: str, **more: object) -> Activity:
    return Activity(type="Create", object={"type": "Note", "content": text}, **more)  # type: ignore[arg-type]


async def test_what_is_appended_comes_back_as_it_was(store: Store) -> None:
    person = new_id("p")
    activity = Activity(
        type="Like",
        object={"type": "Product", "id": "https://shop.example/1", "tags": ["a", "b"], "n": 1.5},
        actor="https://social.example/ann",
        target="https://social.example/lists/1",
        published=datetime(2026, 3, 4, 5, 6, 7, 890_000, tzinfo=UTC),
        purposes=frozenset({"shop", "feed"}),
        uri="https://social.example/likes/1",
    )
    id = await ledger.append(store, person, activity)
    assert await ledger.tail(store, person) == [msgspec.structs.replace(activity, id=id)]


async def test_an_activity_without_actor_is_the_persons_own(store: Store) -> None:
    person = new_id("p")
    await ledger.append(store, person, note("x"))
    [found] = await ledger.tail(store, person)
    assert found.actor == person
    assert found.purposes == frozenset()


async def test_the_same_uris_in_another_order_at_the_same_time(store: Store) -> None:
    uris = [f"u:{n}" for n in range(500)]
    for _ in range(5):
        person = new_id("p")
        orders = (uris, uris[::-1], uris[250:] + uris[:250])
        ids = await asyncio.gather(
            *(ledger.append_many(store, person, [note(u, uri=u) for u in own]) for own in orders)
        )
        by_uri = [dict(zip(own, each, strict=True)) for own, each in zip(orders, ids, strict=True)]
        assert by_uri[0] == by_uri[1] == by_uri[2]
        kept = await ledger.tail(store, person, limit=1000)
        assert [a.uri for a in kept] in [list(own) for own in orders], "in the order of one"


async def test_ids_are_in_the_order_given(store: Store) -> None:
    person = new_id("p")
    activities = [note(str(n), uri=f"u:{n}" if n % 3 else None) for n in range(100)]
    ids = await ledger.append_many(store, person, activities)
    assert ids == sorted(set(ids))
    assert [a.object["content"] for a in await ledger.tail(store, person)] == [
        str(n) for n in range(100)
    ]
    assert await ledger.append_many(store, person, []) == []


async def test_tail_goes_on_from_an_id(store: Store) -> None:
    person = new_id("p")
    ids = await ledger.append_many(store, person, [note(str(n)) for n in range(25)])
    seen: list[int] = []
    after = 0
    while batch := await ledger.tail(store, person, after, limit=10):
        assert len(batch) <= 10
        seen += [activity.id for activity in batch]
        after = seen[-1]
    assert seen == ids


async def test_a_uri_is_kept_once(store: Store) -> None:
    person = new_id("p")
    first = await ledger.append(store, person, note("first", uri="u:1"))
    again = await ledger.append(store, person, note("second", uri="u:1"))
    assert again == first
    batch = [note("a", uri="u:2"), note("b"), note("c", uri="u:2"), note("d"), note("e", uri="u:1")]
    ids = await ledger.append_many(store, person, batch)
    assert ids[0] == ids[2]
    assert ids[4] == first
    assert len(set(ids)) == 4
    words = [a.object["content"] for a in await ledger.tail(store, person)]
    assert words == ["first", "a", "b", "d"], "the first content stays"


async def test_an_empty_uri_is_none(store: Store) -> None:
    person = new_id("p")
    ids = await ledger.append_many(store, person, [note("a", uri=""), note("b", uri="")])
    assert len(set(ids)) == 2
    assert len(await ledger.tail(store, person)) == 2


async def test_the_same_uri_of_two_people_are_two(store: Store) -> None:
    ann, bob = new_id("ann"), new_id("bob")
    ids = [await ledger.append(store, who, note(who, uri="u:1")) for who in (ann, bob)]
    assert len(set(ids)) == 2
    for who, id in zip((ann, bob), ids, strict=True):
        [found] = await ledger.tail(store, who)
        assert (found.id, found.object["content"]) == (id, who)
    assert await ledger.tail(store, new_id("nobody")) == []


async def test_appending_the_same_at_once_keeps_one(store: Store) -> None:
    person = new_id("p")
    uris = [f"u:{n}" for n in range(20)]
    results = await asyncio.gather(
        *(ledger.append_many(store, person, [note(u, uri=u) for u in uris]) for _ in range(6))
    )
    assert all(ids == results[0] for ids in results)
    assert len(await ledger.tail(store, person)) == 20


async def test_only_what_may_be_used_for_a_purpose(store: Store) -> None:
    person = new_id("p")
    for purposes in ((), ("memory",), ("memory", "feed"), ("ads",)):
        await ledger.append(store, person, note("+".join(purposes), purposes=frozenset(purposes)))

    async def for_(purpose: str) -> list[str]:
        found = await ledger.tail(store, person, purpose=purpose)
        return [a.object["content"] for a in found]

    assert await for_("memory") == ["memory", "memory+feed"]
    assert await for_("feed") == ["memory+feed"]
    assert await for_("improve") == []
    assert len(await for_("")) == 4


async def test_an_unknown_purpose_keeps_nothing(store: Store) -> None:
    person = new_id("p")
    batch = [note("fine"), note("not", purposes=frozenset({"memory", "marketing"}))]
    with pytest.raises(Problem) as caught:
        await ledger.append_many(store, person, batch)
    assert caught.value.code == "unknown_purpose"
    assert "'marketing'" in caught.value.text
    assert all(purpose in caught.value.text for purpose in PURPOSES)
    assert await ledger.tail(store, person) == []


async def test_ten_thousand_at_once(store: Store) -> None:
    person = new_id("p")
    activities = [
        note("words " * 20, uri=f"u:{n}", purposes=frozenset({"memory"})) for n in range(10_000)
    ]
    ids = await ledger.append_many(store, person, activities)
    assert ids == sorted(set(ids))
    found = await ledger.tail(store, person, purpose="memory", limit=20_000)
    assert [activity.id for activity in found] == ids


async def test_words_that_postgresql_cannot_hold(store: Store) -> None:
    person = new_id("p")
    await ledger.append(store, person, note("a\0b\ud800c", uri="u:\0"))
    [found] = await ledger.tail(store, person)
    assert found.object["content"] == "a\ufffdb\ufffdc"
    assert await ledger.append(store, person, note("again", uri="u:\0")) == found.id
