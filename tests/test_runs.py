"""Runs: their events by number, packed and unpacked, followed by many, and found again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musespark import event as ev
from musespark.engine import Engine
from musespark.message import say
from musespark.problem import Problem
from musespark.runs import Live, Runs, pack, unpack
from musespark.scripted import ScriptedModel
from musespark.settings import Settings
from musespark.turn import new_id

lane = st.sampled_from([None, "agent-1", "agent-2"])
message = st.sampled_from(["m1", "m2"])
words = st.text(max_size=6)
some_event = st.one_of(
    st.builds(ev.TextDelta, message, words, lane),
    st.builds(ev.ReasoningDelta, message, words, lane),
    st.builds(ev.ToolArgs, message, words, lane),
    st.builds(ev.TextStart, message, st.just("assistant"), lane),
    st.builds(ev.StepStarted, words, lane, st.none() | st.integers(0, 9)),
    st.builds(ev.Custom, st.just("musespark.notice"), st.dictionaries(words, words), lane),
)


@given(st.lists(some_event, max_size=60), st.integers(1, 7))
def test_packing_keeps_every_event_its_place(events: list[ev.Event], pieces: int) -> None:
    kept = msgspec.json.decode(msgspec.json.encode(pack(events)))
    assert unpack(kept) == events
    together: list[ev.Event] = []
    for start in range(0, len(events), pieces):  # in as many commits as it likes
        together += unpack(msgspec.json.decode(msgspec.json.encode(pack(events[start:][:pieces]))))
    assert together == events


def test_a_long_answer_packs_into_one_entry() -> None:
    events: list[ev.Event] = [ev.TextDelta("m", f"{n} ") for n in range(1000)]
    assert len(pack(events)) == 1
    assert len(pack([*events, ev.TextDelta("m", "x", "agent"), ev.TextDelta("m", "y")])) == 3


def test_nothing_packs_to_nothing() -> None:
    assert pack([]) == unpack([]) == []


# -- following ----------------------------------------------------------------------------------


async def collect(live: Live, after: int = 0) -> list[tuple[int, ev.Event]]:
    return [numbered async for numbered in live.follow(after)]


async def test_everyone_who_follows_gets_everything() -> None:
    live = Live("r", "p")
    early = [asyncio.create_task(collect(live)) for _ in range(5)]
    await asyncio.sleep(0)
    for n in range(10):
        live.publish(ev.TextDelta("m", str(n)))
        if n % 3 == 0:
            await asyncio.sleep(0)
    late = asyncio.create_task(collect(live, 7))
    beyond = asyncio.create_task(collect(live, 11))
    await asyncio.sleep(0)
    live.publish(ev.TextDelta("m", "10"))
    live.publish(ev.TextDelta("m", "11"))
    live.finish()
    expected = [(n + 1, ev.TextDelta("m", str(n))) for n in range(12)]
    for task in early:
        assert await task == expected
    assert await late == expected[7:]
    assert await beyond == expected[11:]
    assert await collect(live) == expected
    assert await collect(live, 12) == await collect(live, 99) == []
    assert await collect(live, -5) == expected


async def test_a_follower_that_goes_leaves_the_others() -> None:
    live = Live("r", "p")
    goes, stays = asyncio.create_task(collect(live)), asyncio.create_task(collect(live))
    await asyncio.sleep(0)
    goes.cancel()
    await asyncio.wait({goes})
    live.publish(ev.TextDelta("m", "x"))
    live.finish()
    assert len(await stays) == 1


async def test_wait_ends_with_news_or_with_the_run() -> None:
    live = Live("r", "p")
    waiting = asyncio.create_task(live.wait(1))
    live.publish(ev.TextDelta("m", "x"))
    await asyncio.sleep(0)
    assert not waiting.done()
    live.finish()
    await waiting


async def test_cancelling_twice_does_not_interrupt_the_end() -> None:
    live = Live("r", "p")
    ends: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0.01)
            ends.append("kept")

    live.task = asyncio.create_task(work())
    await asyncio.sleep(0)
    live.cancel()
    await asyncio.sleep(0)
    live.cancel()
    await live.task
    live.cancel()
    assert ends == ["kept"]


# -- kept ---------------------------------------------------------------------------------------


@pytest.fixture
async def engine(settings: Settings, server: object) -> AsyncIterator[Engine]:
    model = ScriptedModel(["A few words of an answer."], repeat=True)
    opened = await Engine.open(settings, models=lambda tier: model)
    yield opened
    await opened.close()


async def ask(engine: Engine, **more: Any) -> tuple[str, list[ev.Event]]:
    person = await engine.person(new_id("person"))
    turn = await engine.turn(
        [say("user", "Tell me of the sea")], person=person, mode="instant", **more
    )
    return f"{person.id} {turn.run}", [event async for event in engine.follow(turn)]


async def test_a_run_that_has_ended_is_followed_from_the_store(engine: Engine) -> None:
    ids, seen = await ask(engine)
    person, run = ids.split()
    assert run not in engine.runs.live
    kept = [pair async for pair in engine.runs.follow(person, run)]
    assert kept == list(enumerate(seen, 1))
    for after in (1, len(seen) // 2, len(seen) - 1, len(seen), len(seen) + 5):
        rest = [pair async for pair in engine.runs.follow(person, run, after)]
        assert rest == kept[after:]


async def test_an_unknown_run_and_another_persons_are_the_same(engine: Engine) -> None:
    ids, _ = await ask(engine)
    person, run = ids.split()
    said = []
    for who, what in ((person, "run_none"), ("stranger", run), ("stranger", "run_none")):
        for attempt in (engine.runs.row, engine.runs.whole):
            with pytest.raises(Problem) as caught:
                await attempt(who, what)
            said.append(
                (caught.value.code, caught.value.status, caught.value.what.replace(what, ""))
            )
        with pytest.raises(Problem):
            async for _ in engine.runs.follow(who, what):
                pass
        assert await engine.runs.cancel(who, what) is False
    assert len(set(said)) == 1
    assert (await engine.runs.row(person, run))["state"] == "done"


async def test_a_live_run_is_its_persons_alone(settings: Settings, server: object) -> None:
    model = ScriptedModel(["word " * 100], pause=0.02)
    engine = await Engine.open(settings, models=lambda tier: model)
    try:
        turn = await engine.turn([say("user", "Tell me of the sea")], mode="instant")
        live = await engine.start(turn)
        with pytest.raises(Problem):
            async for _ in engine.runs.follow("stranger", turn.run):
                pass
        assert await engine.runs.cancel("stranger", turn.run) is False
        assert not live.done
        assert await engine.runs.cancel("owner", turn.run) is True
        events = [event async for _, event in engine.runs.follow("owner", turn.run)]
        assert isinstance(events[-1], ev.RunFinished)
        assert events[-1].outcome == {"type": "cancelled"}
    finally:
        await engine.close()


async def test_lists_and_histories_are_a_persons_own(engine: Engine) -> None:
    ids, _ = await ask(engine, conversation=(conversation := new_id("conv")))
    person, run = ids.split()
    [row] = await engine.runs.recent(person)
    assert (row["id"], row["state"], row["title"]) == (run, "done", "Tell me of the sea")
    assert await engine.runs.recent(person, before=run) == []
    history = await engine.runs.history(person, conversation)
    assert [(m.role, m.text) for m in history] == [
        ("user", "Tell me of the sea"),
        ("assistant", "A few words of an answer."),
    ]
    assert await engine.runs.history("stranger", conversation) == []
    assert await engine.runs.recent("stranger") == []


async def test_without_a_store_there_is_nothing_to_find() -> None:
    runs = Runs(None)
    assert await runs.recent("p") == []
    assert await runs.history("p", "c") == []
    assert await runs.cancel("p", "r") is False
    with pytest.raises(Problem, match="no run"):
        await runs.row("p", "r")
