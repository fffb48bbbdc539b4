"""What is remembered: in step with the ledger, each person's own, gone when it is gone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from musespark import ledger, purposes
from musespark.activity import Activity
from musespark.remembered import Remembered
from musespark.settings import Settings
from musespark.store import Store
from musespark.turn import new_id

BEGAN = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
async def store(settings: Settings, server: object) -> AsyncIterator[Store]:
    opened = await Store.open(settings)
    yield opened
    await opened.close()


async def somebody(store: Store) -> str:
    """A new person who allows memory."""
    person = new_id("p")
    await purposes.change(store, person, "memory", True)
    return person


def note(text: str, n: int = 0, only: str = "memory") -> Activity:
    return Activity(
        type="Create",
        object={"type": "Note", "content": text, "attributedTo": "ann", "context": "c"},
        published=BEGAN + timedelta(minutes=n),
        purposes=frozenset(only.split()),
    )


async def ids(remembered: Remembered, person: str, question: str, most: int = 3) -> list[int]:
    return [hit.id for hit in await remembered.recall(person, question, most=most)]


async def pieces(store: Store, person: str) -> list[tuple[int, int]]:
    rows = await store.rows(person, "select first, last from recollections order by first")
    return [(row["first"], row["last"]) for row in rows]


async def test_what_was_said_is_found_by_its_person_alone(store: Store) -> None:
    ann, bob = await somebody(store), await somebody(store)
    remembered = Remembered(store)
    first = await ledger.append(store, ann, note("My rowing boat lies in Kiel"))
    await ledger.append(store, ann, note("The weather was fine", 1))
    other = await ledger.append(store, bob, note("My boat is a submarine"))
    assert (await ids(remembered, ann, "where is the boat?"))[0] == first
    assert await ids(remembered, bob, "where is the boat?") == [other]
    assert await ids(remembered, new_id("p"), "where is the boat?") == []


async def test_only_what_may_be_remembered_is(store: Store) -> None:
    ann = await somebody(store)
    remembered = Remembered(store)
    await ledger.append(store, ann, note("a boat", only="feed"))
    assert await ids(remembered, ann, "boat") == []
    new = await ledger.append(store, ann, note("a second boat", only="memory feed"))
    assert await ids(remembered, ann, "boat") == [new]


async def test_a_turn_that_comes_later_is_found_at_once(store: Store) -> None:
    ann = await somebody(store)
    remembered = Remembered(store)
    for n in range(5):
        new = await ledger.append(store, ann, note(f"number{n} of the boats", n))
        assert (await ids(remembered, ann, f"number{n}"))[0] == new


async def test_pieces_are_kept_and_another_process_goes_on_from_them(store: Store) -> None:
    ann = await somebody(store)
    await ledger.append_many(store, ann, [note(f"boat word{n}", n) for n in range(700)])
    one = Remembered(store)
    found = await one.recall(ann, "word123", most=5)
    assert len(await pieces(store, ann)) == 1
    more = await ledger.append_many(store, ann, [note(f"late word{n}", n) for n in range(700, 720)])
    two = Remembered(store)
    assert (await ids(two, ann, "word719"))[0] == more[-1]
    again = await two.recall(ann, "word123", most=5)
    assert again[0].id == found[0].id
    await ledger.append_many(store, ann, [note(f"last word{n}", n) for n in range(720, 1100)])
    await one.recall(ann, "word1")
    await two.recall(ann, "word1")
    [(first, last)] = await pieces(store, ann)
    assert first == 1
    assert last >= more[-1]
    three = Remembered(store)
    fresh = [(h.id, round(h.score, 3)) for h in await three.recall(ann, "late word707", most=9)]
    grown = [(h.id, round(h.score, 3)) for h in await one.recall(ann, "late word707", most=9)]
    assert fresh == grown


async def test_what_is_deleted_is_gone_from_memory_and_pieces(store: Store) -> None:
    ann = await somebody(store)
    own = await ledger.append_many(store, ann, [note(f"boat word{n}", n) for n in range(600)])
    one, two = Remembered(store), Remembered(store)
    for each in (one, two):
        assert (await ids(each, ann, "word300"))[0] == own[300]
    assert await pieces(store, ann)
    await store.rows(ann, "delete from activities where id = %s", own[300])
    assert await pieces(store, ann) == [], "in the same transaction"
    for each in (one, two, Remembered(store)):
        assert own[300] not in await ids(each, ann, "word300", 600)
        assert (await ids(each, ann, "word301"))[0] == own[301]
    assert await pieces(store, ann)


async def test_a_purpose_withdrawn_backwards_takes_it_out(store: Store) -> None:
    ann = await somebody(store)
    await ledger.append_many(store, ann, [note(f"boat word{n}", n) for n in range(300)])
    one, two = Remembered(store), Remembered(store)
    for each in (one, two):
        assert await ids(each, ann, "word5")
    assert await pieces(store, ann)
    await ledger.withdraw(store, ann, "memory", backwards=True)
    assert await pieces(store, ann) == []
    new = await ledger.append(store, ann, note("one more boat", 400))
    for each in (one, two, Remembered(store)):
        assert await ids(each, ann, "boat", 999) == [new]


async def test_a_mark_of_a_withdrawal_alone_takes_it_out(store: Store) -> None:
    ann = await somebody(store)
    own = await ledger.append_many(store, ann, [note(f"boat word{n}", n) for n in range(300)])
    one = Remembered(store)
    assert await ids(one, ann, "word5")
    await store.rows(
        ann,
        "insert into withdrawals (person, purpose, upto) values (%s, 'memory', %s)",
        ann,
        own[9],
    )
    for each in (one, Remembered(store)):
        assert set(await ids(each, ann, "boat", 999)) == set(own[10:])


async def test_what_was_undone_is_not_remembered(store: Store) -> None:
    ann = await somebody(store)
    said = [
        Activity(
            type="Create", uri=f"u:{n}", published=BEGAN + timedelta(minutes=n),
            object={"type": "Note", "id": f"o:{n}", "content": f"boat word{n}", "context": "c"},
            purposes=frozenset({"memory"}),
        )
        for n in range(300)
    ]  # fmt: skip
    own = await ledger.append_many(store, ann, said)
    one = Remembered(store)
    assert await ids(one, ann, "word5")
    assert await pieces(store, ann)
    await ledger.append(store, ann, Activity(type="Undo", object="u:5"))
    await ledger.append(store, ann, Activity(type="Delete", object="o:6"))
    for each in (one, Remembered(store)):
        assert set(await ids(each, ann, "boat", 999)) == {*own} - {own[5], own[6]}


async def test_words_that_were_changed_are_read_anew(store: Store) -> None:
    ann = await somebody(store)
    own = await ledger.append_many(store, ann, [note(f"boat word{n}", n) for n in range(300)])
    remembered = Remembered(store)
    await remembered.recall(ann, "boat")
    await store.rows(
        ann,
        "update activities set body = jsonb_set(body, '{object,content}', '\"a zeppelin\"') "
        "where id = %s",
        own[7],
    )
    assert (await ids(remembered, ann, "zeppelin"))[0] == own[7]


async def test_to_forget_takes_it_out_at_once(store: Store) -> None:
    ann = await somebody(store)
    own = await ledger.append_many(store, ann, [note(f"boat word{n}", n) for n in range(300)])
    remembered = Remembered(store)
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
    ann = await somebody(store)
    own = await ledger.append_many(store, ann, [note(f"boat word{n}", n) for n in range(900)])
    one, two = Remembered(store), Remembered(store)
    found = await asyncio.gather(
        *(ids(each, ann, f"word{n}") for n in range(0, 900, 90) for each in (one, two))
    )
    assert [each[0] for each in found] == [own[n] for n in range(0, 900, 90) for _ in "12"]


async def test_a_piece_is_not_written_after_its_words_are_gone(store: Store) -> None:
    ann = await somebody(store)
    own = await ledger.append_many(store, ann, [note(f"boat word{n}", n) for n in range(300)])
    late = Remembered(store)
    state = await late._state(ann)
    held = await late._opened(ann, state)
    await late._follow(ann, held)
    await store.rows(ann, "delete from activities where id = %s", own[7])
    await late._keep(ann, held)
    assert await pieces(store, ann) == []


async def test_a_broken_piece_is_made_anew(store: Store) -> None:
    ann = await somebody(store)
    own = await ledger.append_many(store, ann, [note(f"boat word{n}", n) for n in range(600)])
    await Remembered(store).recall(ann, "boat")
    await store.rows(ann, "update recollections set body = 'nonsense'")
    remembered = Remembered(store)
    assert (await ids(remembered, ann, "word44"))[0] == own[44]


async def test_of_many_who_ask_at_once_one_looks_into_the_ledger_for_all(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await somebody(store)
    await ledger.append(store, ann, note("a first boat"))
    remembered = Remembered(store)
    looks = 0
    state = remembered._state

    async def counted(person: str) -> object:
        nonlocal looks
        looks += 1
        return await state(person)

    monkeypatch.setattr(remembered, "_state", counted)
    found = await asyncio.gather(*(ids(remembered, ann, "boat") for _ in range(16)))
    assert len(found) == 16
    assert all(found)
    assert looks == 2  # of the first one, and of those who came while it looked

    async def says(n: int) -> bool:
        new = await ledger.append(store, ann, note(f"boat number{n}", n))
        return (await ids(remembered, ann, f"number{n}"))[0] == new

    assert all(await asyncio.gather(*(says(n) for n in range(12))))


async def test_who_is_cancelled_leaves_nothing_running_and_nothing_twice(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("musespark.remembered._INLINE", 0)
    ann = await somebody(store)
    remembered, going, go_on = Remembered(store), threading.Event(), threading.Event()
    own = await ledger.append(store, ann, note("a boat"))
    await remembered.recall(ann, "boat")
    new = await ledger.append(store, ann, note("a second boat", 1))
    embed = remembered.embed

    def slow(texts: Sequence[str]) -> NDArray[np.float32]:
        going.set()
        assert go_on.wait(60)
        return embed(texts)

    monkeypatch.setattr(remembered, "embed", slow)
    asking = asyncio.create_task(remembered.recall(ann, "boat"))
    await asyncio.to_thread(going.wait, 60)
    asking.cancel()
    _, still = await asyncio.wait({asking}, timeout=0.01)
    assert still
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert sorted(await ids(remembered, ann, "boat")) == [own, new]


async def test_little_room_holds_few_people(store: Store) -> None:
    remembered = Remembered(store, room=1)
    people = [await somebody(store) for _ in range(3)]
    for person in people:
        await ledger.append(store, person, note(f"boat of {person}"))
        assert await ids(remembered, person, "boat")
    assert len(remembered.held) == 1
    assert remembered._total == remembered._held[people[-1]].recollection.size
    for person in people:
        assert await ids(remembered, person, "boat")
