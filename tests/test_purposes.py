"""What a person allows: off until they say yes; a change leaves its activity and its entry."""

from __future__ import annotations

import pytest

from musespark import audit, ledger, purposes
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
