"""What is remembered: in step with the ledger, each person's own, gone when it is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from musespark import ledger
from musespark.activity import Activity
from musespark.remembered import Remembered
from musespark.settings import Settings
from musespark.store import Store
from musespark.turn import new_id

BEGAN = datetime(2026, 3, 1, 9, tzinfo=UTC)


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """Vectors without a model: each text its own direction."""
    out = np.zeros((len(texts), 256), np.float32)
    for row, text in enumerate(texts):
        out[row, sum(text.encode()) % 256] = 1
    return out


@pytest.fixture
async def store(settings: Settings, server: object) -> AsyncIterator[Store]:
    opened = await Store.open(settings)
    yield opened
    await opened.close()


def note(text: str, n: int = 0, purposes: str = "memory") -> Activity:
    return Activity(
        type="Create",
        object={"type": "Note", "content": text, "attributedTo": "ann", "context": "c"},
        published=BEGAN + timedelta(minutes=n),
        purposes=frozenset(purposes.split()),
    )


async def ids(remembered: Remembered, person: str, question: str, most: int = 3) -> list[int]:
    return [hit.id for hit in await remembered.recall(person, question, most=most)]


async def pieces(store: Store, person: str) -> list[tuple[int, int]]:
    rows = await store.rows(person, "select first, last from recollections order by first")
    return [(row["first"], row["last"]) for row in rows]


async def test_what_was_said_is_found_by_its_person_alone(store: Store) -> None:
    ann, bob = new_id("p"), new_id("p")
    remembered = Remembered(store, embed)
    first = await ledger.append(store, ann, note("My rowing boat lies in Kiel"))
    await ledger.append(store, ann, note("The weather was fine", 1))
    other = await ledger.append(store, bob, note("My boat is a submarine"))
    assert (await ids(remembered, ann, "where is the boat?"))[0] == first
    assert await ids(remembered, bob, "where is the boat?") == [other]
    assert await ids(remembered, new_id("p"), "where is the boat?") == []


async def test_only_what_may_be_remembered_is(store: Store) -> None:
    ann = new_id("p")
    remembered = Remembered(store, embed)
    await ledger.append(store, ann, note("a boat", purposes="feed"))
    assert await ids(remembered, ann, "boat") == []
    new = await ledger.append(store, ann, note("a second boat", purposes="memory feed"))
    assert await ids(remembered, ann, "boat") == [new]


async def test_a_turn_that_comes_later_is_found_at_once(store: Store) -> None:
    ann = new_id("p")
    remembered = Remembered(store, embed)
    for n in range(5):
        new = await ledger.append(store, ann, note(f"number{n} of the boats", n))
        assert (await ids(remembered, ann, f"number{n}"))[0] == new


async def test_pieces_are_kept_and_another_process_goes_on_from_them(store: Store) -> None:
    ann = new_id("p")
    await ledger.append_many(store, ann, [note(f"boat word{n}", n) for n in range(700)])
    one = Remembered(store, embed)
    found = await one.recall(ann, "word123", most=5)
    assert len(await pieces(store, ann)) == 1
    more = await ledger.append_many(store, ann, [note(f"late word{n}", n) for n in range(700, 720)])
    two = Remembered(store, embed)
    assert (await ids(two, ann, "word719"))[0] == more[-1]
    again = await two.recall(ann, "word123", most=5)
    assert again[0].id == found[0].id
    await ledger.append_many(store, ann, [note(f"last word{n}", n) for n in range(720, 1100)])
    await one.recall(ann, "word1")
    await two.recall(ann, "word1")
    [(first, last)] = await pieces(store, ann)
    assert first == 1
    assert last >= more[-1]
    three = Remembered(store, embed)
    fresh = [(h.id, round(h.score, 3)) for h in await three.recall(ann, "late word707", most=9)]
    grown = [(h.id, round(h.score, 3)) for h in await one.recall(ann, "late word707", most=9)]
    assert fresh == grown


async def test_what_is_deleted_is_gone_from_memory_and_pieces(store: Store) -> None:
    ann = new_id("p")
    own = await ledger.append_many(store, ann, [note(f"boat word{n}", n) for n in range(600)])
    one, two = Remembered(store, embed), Remembered(store, embed)
    for each in (one, two):
        assert (await ids(each, ann, "word300"))[0] == own[300]
    assert await pieces(store, ann)
    await store.rows(ann, "delete from activities where id = %s", own[300])
    assert await pieces(store, ann) == [], "in the same transaction"
    for each in (one, two, Remembered(store, embed)):
        assert own[300] not in await ids(each, ann, "word300", 600)
        assert (await ids(each, ann, "word301"))[0] == own[301]
    assert await pieces(store, ann)


async def test_a_purpose_withdrawn_backwards_takes_it_out(store: Store) -> None:
    ann = new_id("p")
    own = await ledger.append_many(store, ann, [note(f"boat word{n}", n) for n in range(300)])
    remembered = Remembered(store, embed)
    assert await ids(remembered, ann, "word5")
    await store.rows(ann, "update activities set purposes = '{}' where id > %s", own[9])
    assert set(await ids(remembered, ann, "boat", 999)) == set(own[:10])


async def test_words_that_were_changed_are_read_anew(store: Store) -> None:
    ann = new_id("p")
    own = await ledger.append_many(store, ann, [note(f"boat word{n}", n) for n in range(300)])
    remembered = Remembered(store, embed)
    await remembered.recall(ann, "boat")
    await store.rows(
        ann,
        "update activities set body = jsonb_set(body, '{object,content}', '\"a zeppelin\"') "
        "where id = %s",
        own[7],
    )
    assert (await ids(remembered, ann, "zeppelin"))[0] == own[7]


async def test_to_forget_takes_it_out_at_once(store: Store) -> None:
    ann = new_id("p")
    own = await ledger.append_many(store, ann, [note(f"boat word{n}", n) for n in range(300)])
    remembered = Remembered(store, embed)
    await remembered.recall(ann, "boat")
    await store.rows(ann, "delete from activities where id = any(%s)", own[:100])
    await remembered.forget(ann, own[:100])
    assert set(await ids(remembered, ann, "boat", 999)) == set(own[100:])
    await store.rows(ann, "delete from activities")
    await remembered.forget(ann)
    assert await ids(remembered, ann, "boat") == []
    for table in ("recollections", "recollecting"):
        assert not await store.rows(ann, f"select 1 from {table}")  # type: ignore[arg-type]


async def test_many_questions_at_once(store: Store) -> None:
    ann = new_id("p")
    own = await ledger.append_many(store, ann, [note(f"boat word{n}", n) for n in range(900)])
    one, two = Remembered(store, embed), Remembered(store, embed)
    found = await asyncio.gather(
        *(ids(each, ann, f"word{n}") for n in range(0, 900, 90) for each in (one, two))
    )
    assert [each[0] for each in found] == [own[n] for n in range(0, 900, 90) for _ in "12"]


async def test_a_row_that_is_committed_late_is_not_missed(store: Store) -> None:
    ann = new_id("p")
    remembered = Remembered(store, embed)
    await ledger.append(store, ann, note("the first boat"))
    await remembered.recall(ann, "boat")
    async with store.transaction(ann) as connection:
        cursor = await connection.execute(
            "insert into activities (person, type, purposes, body) values (%s, 'Create', "
            '\'{memory}\', \'{"object": {"type": "Note", "content": "a slow boat"}}\') '
            "returning id",
            (ann,),
        )
        row = await cursor.fetchone()
        assert row is not None
        for n in range(3):
            quick = await ledger.append(store, ann, note(f"a quick boat {n}", n))
            assert quick > row["id"]
            found = await ids(remembered, ann, "boat", 9)
            assert quick in found
            assert row["id"] not in found
    assert row["id"] in await ids(remembered, ann, "slow boat", 9)


async def test_a_broken_piece_is_made_anew(store: Store) -> None:
    ann = new_id("p")
    own = await ledger.append_many(store, ann, [note(f"boat word{n}", n) for n in range(600)])
    await Remembered(store, embed).recall(ann, "boat")
    await store.rows(ann, "update recollections set body = 'nonsense'")
    remembered = Remembered(store, embed)
    assert (await ids(remembered, ann, "word44"))[0] == own[44]


async def test_little_room_holds_few_people(store: Store) -> None:
    remembered = Remembered(store, embed, room=1)
    people = [new_id("p") for _ in range(3)]
    for person in people:
        await ledger.append(store, person, note(f"boat of {person}"))
        assert await ids(remembered, person, "boat")
    assert len(remembered._held) == 1
    for person in people:
        assert await ids(remembered, person, "boat")
