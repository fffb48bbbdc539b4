"""A contemplating run outlives its process: killed in the middle, it ends with its answer."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from ag_ui.core import Event as AgUiEvent
from pydantic import TypeAdapter

from musespark import event as ev
from musespark.engine import Engine
from musespark.message import say
from musespark.scripted import ScriptedModel
from musespark.settings import Settings, read
from musespark.turn import new_id

SCRIPT = Path(__file__).parent / "interrupted.py"


async def start(home: Path, log: Path, run: str, *more: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        str(SCRIPT),
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
