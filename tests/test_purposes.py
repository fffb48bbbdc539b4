"""What a person allows: off until they say yes; a change leaves its activity and its entry."""

from __future__ import annotations

import pytest

from musespark import audit, ledger, purposes
from musespark.activity import Activity
from musespark.people import People
from musespark.problem import Problem
from musespark.settings import Settings
from musespark.store import Store
from musespark.turn import new_id


async def test_a_purpose_is_off_until_its_person_says_yes(settings: Settings) -> None:
    store = await Store.open(settings)
    try:
        ann = new_id("person")
        people = People(store)
        assert (await people.of(ann)).purposes == frozenset()
        assert not any(row["allowed"] for row in await purposes.of(store, ann))
        assert await purposes.change(store, ann, "memory", True, context="Talk")
        assert not await purposes.change(store, ann, "memory", True), "it was so already"
        people.changed(ann)
        assert (await people.of(ann)).purposes == {"memory"}
        assert await purposes.change(store, ann, "memory", False)
        assert [a.type for a in await ledger.tail(store, ann)] == ["Accept", "Reject"]
        entries = await audit.of(store, ann)
        assert [(row["deed"], row["about"], row["detail"]["allowed"]) for row in entries] == [
            ("consent_changed", "memory", False),
            ("consent_changed", "memory", True),
        ]
        assert await audit.of(store, new_id("person")) == []
        with pytest.raises(Problem, match="no purpose called 'spying'"):
            await purposes.change(store, ann, "spying", True)
    finally:
        await store.close()


async def test_a_no_counts_backwards_where_the_person_says_so(settings: Settings) -> None:
    store = await Store.open(settings)
    try:
        ann = new_id("person")
        await purposes.change(store, ann, "memory", True)
        said = Activity(type="Create", object="words", purposes=frozenset({"memory"}))
        await ledger.append(store, ann, said)
        assert await purposes.change(store, ann, "memory", False)
        assert await ledger.tail(store, ann, purpose="memory"), "it counts from now on"
        assert await purposes.change(store, ann, "memory", False, backwards=True)
        assert not await ledger.tail(store, ann, purpose="memory")
        entries = await audit.of(store, ann)
        assert entries[0]["detail"] == {"allowed": False, "backwards": True}
    finally:
        await store.close()


async def test_a_person_is_asked_about_a_purpose_once(settings: Settings) -> None:
    store = await Store.open(settings)
    try:
        ann, bob = new_id("person"), new_id("person")
        assert await purposes.ask(store, ann, "memory", "run_1")
        assert await purposes.ask(store, ann, "memory", "run_1"), "the same run, taken up again"
        assert not await purposes.ask(store, ann, "memory", "run_2")
        assert await purposes.ask(store, ann, "shop", "run_2")
        await purposes.change(store, bob, "memory", False)
        assert not await purposes.ask(store, bob, "memory", "run_3"), "a no is remembered"
        row = next(r for r in await purposes.of(store, ann) if r["purpose"] == "memory")
        assert purposes.state(row) == "undecided"
        assert row["asked"] is not None
        with pytest.raises(Problem, match="no purpose called"):
            await purposes.ask(store, ann, "spying", "run_3")
    finally:
        await store.close()
