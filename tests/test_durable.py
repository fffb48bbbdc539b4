"""A contemplating run outlives its process: killed in the middle, it ends with its answer."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from ag_ui.core import Event as AgUiEvent
from pydantic import TypeAdapter

from musespark import event as ev
from musespark import purposes
from musespark.engine import Engine
from musespark.memo import ANSWERS, note
from musespark.memory import Listed
from musespark.message import say
from musespark.scripted import ScriptedModel
from musespark.settings import Settings, read
from musespark.turn import new_id


async def start(
    home: Path, log: Path, run: str, *more: str, script: str = "interrupted.py"
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name(script)),
        str(home),
        str(log),
        run,
        *more,
        stdout=asyncio.subprocess.PIPE,
        env={k: v for k, v in os.environ.items() if not k.startswith("MUSESPARK_")},
    )


async def numbered(process: asyncio.subprocess.Process) -> dict[int, ev.Event]:
    """All numbered events that a process still prints."""
    assert process.stdout is not None
    seen: dict[int, ev.Event] = {}
    async for line in process.stdout:
        number, _, body = line.partition(b" ")
        if body.startswith(b"{"):
            assert int(number) not in seen, "an event came twice"
            seen[int(number)] = ev.decode(body)
    return seen


async def test_a_killed_run_goes_on_and_repeats_nothing(tmp_path: Path) -> None:
    home, log, run = tmp_path / "home", tmp_path / "calls", new_id("run")
    first = await start(home, log, run)
    assert first.stdout is not None
    before: dict[int, ev.Event] = {}
    while True:  # until agents 1 and 2 have reported, 3 and 4 are at their second call
        line = await asyncio.wait_for(first.stdout.readline(), 60)
        assert line, "the run ended before it could be killed"
        number, _, body = line.partition(b" ")
        event = ev.decode(body)
        before[int(number)] = event
        done = [e for e in before.values() if isinstance(e, ev.SubagentFinished)]
        if len(done) == 2:
            break
    os.kill(first.pid, signal.SIGKILL)
    await first.wait()
    calls_before = log.read_text().splitlines()

    second = await start(home, log, run, "take-up")
    after = await asyncio.wait_for(numbered(second), 60)
    assert await second.wait() == 0

    # Whoever followed before sees the same events under the same numbers, and then the rest.
    for number, event in before.items():
        assert after[number] == event
    assert sorted(after) == list(range(1, len(after) + 1))
    assert isinstance(after[len(after)], ev.RunFinished)
    answer = "".join(
        e.delta for e in after.values() if isinstance(e, ev.TextDelta) and not e.subagent_run_id
    )
    assert answer.strip().startswith("the whole answer")

    # Nothing that had finished was called again: only the two calls that were cut off.
    repeated = [line.split(" ", 1)[1] for line in log.read_text().splitlines()[len(calls_before) :]]
    assert sorted(repeated) == ["second part 3", "second part 4", "writer"]

    # The events are what any AG-UI client reads.
    adapter = TypeAdapter(AgUiEvent)
    for event in after.values():
        adapter.validate_json(ev.encode(event))


async def test_a_killed_run_uses_no_memory_that_was_forgotten_meanwhile(tmp_path: Path) -> None:
    home, log, run = tmp_path / "home", tmp_path / "shown", new_id("run")
    engine = await Engine.open(
        read({"MUSESPARK_HOME": str(home)}), models=lambda tier: ScriptedModel([], repeat=True)
    )
    try:
        first = await two_boats(engine, "owner")
        begun = await start(home, log, run, script="recalling.py")
        assert begun.stdout is not None
        before: dict[int, ev.Event] = {}
        while sum(isinstance(e, ev.SubagentFinished) for e in before.values()) < 2:
            line = await asyncio.wait_for(begun.stdout.readline(), 60)
            assert line, "the run ended before it could be killed"
            number, _, body = line.partition(b" ")
            before[int(number)] = ev.decode(body)
        os.kill(begun.pid, signal.SIGKILL)
        await begun.wait()
        shown = log.read_text().splitlines()
        assert "work Albatross Bittern" in shown

        assert engine.memories is not None
        await engine.memories.forget("owner", [first])
        again = await start(home, log, run, "take-up", script="recalling.py")
        after = await asyncio.wait_for(numbered(again), 60)
        assert await again.wait() == 0
        assert isinstance(after[len(after)], ev.RunFinished)
        assert {n: after[n] for n in before} == before
        later = " ".join(log.read_text().splitlines()[len(shown) :])
        assert ("Albatross" in later, "Bittern" in later) == (False, True)
        discarded = [
            e for e in after.values() if isinstance(e, ev.Custom) and e.name.endswith("discarded")
        ]
        assert len(discarded) >= 3, "what agents had written with it does not count"
        row = await engine.runs.whole("owner", run)
        assert row["state"] == "done"
        assert row["messages"][-1]["parts"][0]["text"].startswith("It is the Bittern.")
        listed, _ = await engine.memories.listed("owner", Listed())
        own = [one.speaker for one in listed if one.run == run]
        assert sorted(own) == [ANSWERS, "owner"], "the question and the answer, once"
        assert engine.store is not None
        steps = await engine.store.rows("owner", "select * from steps where run = %s", run)
        assert not [step for step in steps if "Albatross" in str(step)]
    finally:
        await engine.close()


async def two_boats(engine: Engine, person: str) -> int:
    """Have the names of two boats remembered; the id of the first."""
    assert engine.store is not None
    assert engine.memories is not None
    await purposes.change(engine.store, person, "memory", True)
    said = [
        note(person, f"One of my boats has the name {name}", new_id("run"), "c", datetime.now(UTC))
        for name in ("Albatross", "Bittern")
    ]
    return (await engine.memories.keep(person, said))[0]


async def test_memory_that_was_withdrawn_is_not_used_by_a_run_that_goes_on(
    settings: Settings, server: object
) -> None:
    slow = ScriptedModel(["It is the Albatross. Answer: Albatross"], repeat=True, pause=2.0)
    engine = await Engine.open(settings, models=lambda tier: slow)
    person = new_id("person")
    await two_boats(engine, person)
    turn = await engine.turn(
        [say("user", "What is the name of my boats?")],
        person=await engine.person(person), mode="contemplating",
    )  # fmt: skip
    live = await engine.start(turn)
    async for _, event in live.follow():
        if isinstance(event, ev.TextDelta):
            break
    while not live.durable:
        await asyncio.sleep(0.02)
    await engine.close()
    assert "Bittern" in str(slow.requests)

    quick = ScriptedModel(["It has none. Answer: none"], repeat=True)
    engine = await Engine.open(settings, models=lambda tier: quick)
    try:
        assert engine.store is not None
        await purposes.change(engine.store, person, "memory", False)
        await engine.recover()
        events = [event async for _, event in engine.runs.follow(person, turn.run)]
        assert isinstance(events[-1], ev.RunFinished)
        assert "Bittern" not in str(quick.requests)
        assert quick.requests
        row = await engine.runs.whole(person, turn.run)
        assert "Albatross" not in row["messages"][-1]["parts"][0]["text"]
        assert engine.memories is not None
        assert len((await engine.memories.listed(person, Listed()))[0]) == 2, "and none is new"
    finally:
        await engine.close()


async def test_a_run_shut_down_in_good_order_goes_on_at_the_next_start(tmp_path: Path) -> None:
    settings = read({"MUSESPARK_HOME": str(tmp_path / "home")})
    slow = ScriptedModel(["It has 7 of them. Answer: 7"], repeat=True, pause=0.2)
    engine = await Engine.open(settings, models=lambda tier: slow)
    question = [say("user", "How many harbours has the island?")]
    turn = await engine.turn(question, mode="contemplating")
    live = await engine.start(turn)
    async for _, event in live.follow():
        if isinstance(event, ev.TextDelta):
            break
    await engine.close()
    assert slow.running == 0

    quick = ScriptedModel(["It has 7 of them. Answer: 7"], repeat=True)
    engine = await Engine.open(settings, models=lambda tier: quick, watch=True)
    try:
        events = [event async for _, event in engine.runs.follow("owner", turn.run)]
        assert isinstance(events[-1], ev.RunFinished)
        row = await engine.runs.whole("owner", turn.run)
        assert row["state"] == "done"
        assert "7" in row["messages"][-1]["parts"][0]["text"]
    finally:
        await engine.close()


async def test_cancelling_a_durable_run_hangs_up_and_says_so(settings: Settings) -> None:
    model = ScriptedModel(["word " * 200], repeat=True, pause=0.05)
    engine = await Engine.open(settings, models=lambda tier: model)
    try:
        turn = await engine.turn([say("user", "How many are there?")], mode="contemplating")
        live = await engine.start(turn)
        async for _, event in live.follow():
            if isinstance(event, ev.TextDelta):
                break
        assert await engine.runs.cancel("owner", turn.run)
        async with asyncio.timeout(1):
            events = [event async for _, event in live.follow()]
        last = events[-1]
        assert isinstance(last, ev.RunFinished)
        assert last.outcome == {"type": "cancelled"}
        assert model.running == 0
        calls = len(model.requests)
        await asyncio.sleep(0.2)
        assert len(model.requests) == calls
        assert (await engine.runs.row("owner", turn.run))["state"] == "cancelled"
    finally:
        await engine.close()
