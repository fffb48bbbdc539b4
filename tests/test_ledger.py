"""The ledger: appended in order, once for each uri, seen by its person alone, for its purposes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from musespark import ledger
from musespark import purposes as purposes_of
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


async def allow(store: Store, person: str, *purposes: str) -> None:
    for purpose in purposes:
        await purposes_of.change(store, person, purpose, True)


async def told(store: Store, person: str, **more: Any) -> list[Activity]:
    """What is in the ledger but for what the person allowed."""
    found = await ledger.tail(store, person, **more)
    return [activity for activity in found if activity.type not in ("Accept", "Reject")]


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
    await allow(store, person, "shop", "feed")
    id = await ledger.append(store, person, activity)
    assert await told(store, person) == [msgspec.structs.replace(activity, id=id)]


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
    await allow(store, person, *PURPOSES)
    for purposes in ((), ("memory",), ("memory", "feed"), ("ads",)):
        await ledger.append(store, person, note("+".join(purposes), purposes=frozenset(purposes)))

    async def for_(purpose: str) -> list[str]:
        found = await ledger.tail(store, person, purpose=purpose)
        return [a.object["content"] for a in found]

    assert await for_("memory") == ["memory", "memory+feed"]
    assert await for_("feed") == ["memory+feed"]
    assert await for_("improve") == []
    assert len(await told(store, person)) == 4


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
    await allow(store, person, "memory")
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


async def test_the_stamp_is_what_the_database_allows_at_that_moment(store: Store) -> None:
    person = new_id("p")
    await ledger.append(store, person, note("before"))
    await allow(store, person, "memory", "feed")
    await ledger.append(store, person, note("all"))
    await ledger.append(store, person, note("less", purposes=frozenset({"feed", "ads"})))
    await ledger.append(store, person, note("none", purposes=frozenset()))
    await purposes_of.change(store, person, "memory", False)
    await ledger.append(store, person, note("after"))
    stamps = {a.object["content"]: set(a.purposes) for a in await told(store, person)}
    assert stamps == {
        "before": set(), "all": {"memory", "feed"}, "less": {"feed"}, "none": set(),
        "after": {"feed"},
    }  # fmt: skip


async def test_a_purpose_withdrawn_at_the_same_moment_is_before_or_after(store: Store) -> None:
    person = new_id("p")
    await allow(store, person, "memory")

    async def appending() -> None:
        for n in range(40):
            await ledger.append(store, person, note(str(n)))

    async def wavering() -> None:
        for n in range(20):
            await purposes_of.change(store, person, "memory", bool(n % 2))

    await asyncio.gather(appending(), wavering(), appending())
    allowed = True
    for activity in (await ledger.tail(store, person))[1:]:  # the first allowed it
        if activity.type in ("Accept", "Reject"):
            allowed = activity.type == "Accept"
        else:
            assert activity.purposes == (frozenset({"memory"}) if allowed else frozenset())


async def test_a_withdrawal_backwards_counts_for_all_before_it(store: Store) -> None:
    person = new_id("p")
    await allow(store, person, "memory", "feed")
    await ledger.append_many(store, person, [note(str(n)) for n in range(7)])
    await purposes_of.change(store, person, "memory", False)
    assert await ledger.withdraw(store, person, "memory", backwards=False) == 0
    assert len(await ledger.tail(store, person, purpose="memory")) >= 7
    assert await ledger.withdraw(store, person, "memory", backwards=True) >= 7
    assert await ledger.tail(store, person, purpose="memory") == []
    assert len(await told(store, person, purpose="feed")) == 7
    assert all("memory" not in a.purposes for a in await ledger.tail(store, person))
    await allow(store, person, "memory")
    await ledger.append(store, person, note("new"))
    assert [a.object["content"] for a in await told(store, person, purpose="memory")] == ["new"]
    [removal] = await ledger.removals(store, person)
    assert removal.purpose == "memory"
    assert removal.upto < (await told(store, person))[-1].id
    assert await ledger.removals(store, person, removal.id) == []
    assert await ledger.withdraw(store, new_id("nobody"), "memory", backwards=True) == 0


async def test_a_mark_counts_before_the_stamps_are_taken(store: Store) -> None:
    person = new_id("p")
    await allow(store, person, "memory")
    id = await ledger.append(store, person, note("x"))
    await store.rows(
        person,
        "insert into withdrawals values (current_setting('musespark.person'), 'memory', %s)", id,
    )  # fmt: skip
    assert await ledger.tail(store, person, purpose="memory") == []
    assert (await told(store, person))[0].purposes == frozenset()


async def test_what_is_undone_counts_for_no_purpose(store: Store) -> None:
    person = new_id("p")
    await allow(store, person, "feed")
    like = Activity(type="Like", object="https://x.example/1", uri="u:like")
    other = Activity(type="Like", object={"id": "https://x.example/2", "type": "Note"})
    follow = Activity(type="Follow", object="https://x.example/bob")
    ids = await ledger.append_many(store, person, [like, other, follow])
    await ledger.append(store, person, Activity(type="Undo", object="u:like"))
    inner = {"type": "Like", "object": "https://x.example/2"}
    await ledger.append(store, person, Activity(type="Undo", object=inner))
    kept = {a.id for a in await told(store, person, purpose="feed")}
    assert kept & set(ids) == {ids[2]}
    assert [a.id for a in await told(store, person) if a.undone] == ids[:2]
    assert [r.ids for r in await ledger.removals(store, person)] == [[ids[0]], [ids[1]]]


async def test_what_is_undone_before_it_came(store: Store) -> None:
    person = new_id("p")
    await allow(store, person, "feed")
    await ledger.append(store, person, Activity(type="Undo", object="u:late", uri="u:undo"))
    await ledger.append(store, person, Activity(type="Like", object="o", uri="u:late"))
    await ledger.append(store, new_id("q"), Activity(type="Undo", object="u:other"))
    await ledger.append(store, person, Activity(type="Like", object="o", uri="u:other"))
    kept = [a.uri for a in await told(store, person, purpose="feed")]
    assert kept == ["u:undo", "u:other"], "nobody undoes what is another person's"


async def test_a_delete_erases_the_words_and_leaves_a_tombstone(store: Store) -> None:
    person, other = new_id("p"), new_id("q")
    said = {"type": "Note", "id": "https://x.example/n", "content": "Secret words"}
    edited = {**said, "content": "Secret words, edited"}
    rows = [
        Activity(type="Create", object=said, uri="u:1", more={"summary": "Secret too"}),
        Activity(type="Update", object=edited, uri="u:2"),
        Activity(type="Like", object="https://x.example/n", uri="u:3"),
    ]
    await ledger.append_many(store, other, rows)
    await ledger.append_many(store, person, rows)
    gone = {"type": "Tombstone", "id": "https://x.example/n"}
    await ledger.append(store, person, Activity(type="Delete", object=gone, uri="u:4"))
    found = {a.uri: a for a in await told(store, person)}
    for uri in ("u:1", "u:2"):
        assert found[uri].object == {**gone, "formerType": "Note"}
        assert not found[uri].more
    assert found["u:3"].object == "https://x.example/n"
    assert "Secret" not in str(await ledger.tail(store, person))
    assert "Secret words, edited" in str(await ledger.tail(store, other))
    [again] = await ledger.write(store, person, [rows[0]])
    assert again.state == "gone"
    late = Activity(type="Create", object=said, uri="u:5")
    await ledger.append(store, person, late)
    assert "Secret" not in str(await ledger.tail(store, person)), "it comes after its deletion"


async def test_what_became_of_each(store: Store) -> None:
    person = new_id("p")
    one, other = note("a", uri="u:1"), note("b", uri="u:1")
    assert [k.state for k in await ledger.write(store, person, [one, one, other, note("c")])] == [
        "new", "kept", "conflict", "new",
    ]  # fmt: skip
    assert [k.state for k in await ledger.write(store, person, [other, one])] == [
        "conflict", "conflict",
    ]  # fmt: skip


async def test_long_ids_are_told_apart(store: Store) -> None:
    person = new_id("p")
    long = "https://x.example/" + "é" * 5000
    ids = await ledger.append_many(
        store, person, [note("a", uri=long + "1"), note("b", uri=long + "2")]
    )
    assert ids[0] != ids[1]
    assert await ledger.append(store, person, note("a", uri=long + "2")) == ids[1]
