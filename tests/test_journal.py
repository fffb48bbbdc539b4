"""The journal: kept before it is shown, nothing shown twice, and patient with a database."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from musespark import assistant
from musespark import engine as engine_module
from musespark import event as ev
from musespark.engine import Engine
from musespark.journal import Journal, identity, patiently
from musespark.message import say
from musespark.person import Person
from musespark.problem import Problem
from musespark.runs import Live, Runs
from musespark.scripted import Reply, ScriptedModel, call
from musespark.settings import Secret, Settings
from musespark.store import Store
from musespark.tool import from_function
from musespark.turn import Notes, Step, Turn, new_id
from outside import Outside


@pytest.fixture
async def runs(settings: Settings, server: object) -> AsyncIterator[Runs]:
    store = await Store.open(settings)
    made = Runs(store)
    yield made
    await cleared(store, made.executor)
    await store.close()


async def cleared(store: Store, executor: str) -> None:
    """Nobody shall take up what these tests leave behind."""
    with contextlib.suppress(Problem):
        for row in await store.system("select * from unfinished_runs()"):
            if row["executor"] == executor:
                await store.rows(row["person"], "delete from runs where id = %s", row["id"])


async def begun(runs: Runs) -> Live:
    """A durable run that has begun."""
    person = Person(new_id("p"))
    turn = Turn(person=person, messages=[say("user", "Why?")], models=lambda tier: None)  # type: ignore[arg-type,return-value]
    await runs.begin(turn, durable=True)
    return Live(turn.run, person.id)


def step(path: str) -> Step:
    return Step(path, "model", "scripted", {"asked": 1}, {"text": "said"}, started=1.0, ended=2.0)


async def test_what_is_written_is_there_before_it_is_used(runs: Runs) -> None:
    live = await begun(runs)
    journal = Journal(runs, live)
    journal.emit(ev.StepStarted("plan"))
    await journal.write(step("model-1"))
    # Another process sees it at this moment, whatever becomes of this one.
    other = Journal(Runs(runs.store), Live(live.run, live.person))
    await other.load()
    found = other.finished("model-1")
    assert found is not None
    assert found.output == {"text": "said"}
    assert other.live.events == live.events == [ev.StepStarted("plan")]
    assert other.finished("model-2") is None
    assert [s.path for s in journal.steps] == ["model-1"]


async def test_events_are_shown_once_they_are_kept(runs: Runs, monkeypatch: Any) -> None:
    live = await begun(runs)
    journal = Journal(runs, live)
    assert runs.store is not None
    keep, gate = runs.store.keep, asyncio.Event()

    async def later(*given: Any) -> None:
        await gate.wait()
        await keep(*given)

    monkeypatch.setattr(runs.store, "keep", later)
    for n in range(5):
        journal.emit(ev.StepStarted(str(n)))
    await asyncio.sleep(0.01)
    assert live.events == []
    gate.set()
    await journal.settle()
    assert len(live.events) == 5
    assert [n for n, _ in await runs.events(live.person, live.run)] == [1, 2, 3, 4, 5]


async def test_a_second_life_says_nothing_twice(runs: Runs) -> None:
    live = await begun(runs)
    first = Journal(runs, live)
    said = [
        ev.RunStarted("c", live.run),
        ev.Custom("musespark.mode", {"mode": "contemplating"}),
        ev.SubagentStarted("a-1", "writer"),
        ev.TextStart("m-1", "assistant", "a-1"),
        ev.TextDelta("m-1", "whole", "a-1"),
        ev.TextEnd("m-1", "a-1"),
        ev.StepFinished("plan"),
    ]
    for event in said:
        first.emit(event)
    await first.settle()
    second = Journal(runs, Live(live.run, live.person))
    await second.load()
    for event in said:
        if not isinstance(event, ev.TextDelta):
            second.emit(event)  # as the same code says it again
    fresh = ev.SubagentFinished("a-1")
    second.emit(fresh)
    await second.settle()
    assert second.live.events == [*said, fresh]
    kept = await runs.events(live.person, live.run)
    assert kept == list(enumerate([*said, fresh], 1))


async def test_a_torn_message_is_closed_discarded_and_written_anew(runs: Runs) -> None:
    live = await begun(runs)
    first = Journal(runs, live)
    torn = f"{live.run}/model-1"
    for event in (
        ev.TextStart(torn, "assistant", "a-1"),
        ev.TextDelta(torn, "half of a sen", "a-1"),
        ev.ToolStart("t-1", "calculate"),
    ):
        first.emit(event)
    await first.settle()
    for life, suffix in ((2, "~2"), (3, "~3")):
        journal = Journal(runs, Live(live.run, live.person))
        await journal.load()
        await journal.settle()
        assert journal.again("model-1") == suffix
        assert journal.again("model-2") == ""
        events = journal.live.events
        assert ev.TextEnd(torn, "a-1") in events
        assert ev.Custom("musespark.discarded", {"messageId": torn}, "a-1") in events
        assert events.count(ev.ToolEnd("t-1")) == 1
        if life == 2:
            journal.emit(ev.TextStart(f"{torn}~2", "assistant", "a-1"))
            await journal.settle()
    assert [n for n, _ in await runs.events(live.person, live.run)] == list(
        range(1, len(events) + 1)
    )


async def test_a_record_that_is_refused_ends_the_run_and_waits_for_nothing(runs: Runs) -> None:
    live = await begun(runs)
    assert runs.store is not None
    await runs.store.rows(live.person, "delete from conversations")  # all of it, by the person
    journal = Journal(runs, live)
    with pytest.raises(Problem) as caught:
        async with asyncio.timeout(20):
            await journal.write(step("model-1"))
    assert caught.value.code == "not_kept"
    assert journal.failed is caught.value


async def test_patience_has_an_end_and_is_for_what_may_pass(monkeypatch: Any) -> None:
    tries = 0

    async def attempt() -> None:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise Problem("database_unreachable", "Away.")

    await patiently(attempt)
    assert tries == 3
    tries = -100
    with pytest.raises(Problem, match="Away"):
        await patiently(attempt, patience=0.15)

    async def refused() -> None:
        nonlocal tries
        tries += 1
        raise Problem("not_yours", "No.")

    tries = 0
    with pytest.raises(Problem, match="No"):
        await patiently(refused)
    assert tries == 1


def test_what_makes_two_events_the_same() -> None:
    assert identity(ev.TextDelta("r/model-1", "x")) is None
    assert identity(ev.TextDelta("r/answer", "x")) == identity(ev.TextDelta("r/answer", "x"))
    assert identity(ev.RunStarted("a", "b", timestamp=1)) == identity(ev.RunStarted("a", "b"))
    assert identity(ev.TextEnd("m")) == identity(ev.TextEnd("m", "a"))
    assert identity(ev.TextEnd("m")) != identity(ev.TextEnd("n"))
    assert identity(ev.StepStarted("a")) != identity(ev.StepStarted("b"))
    one, two = ev.Custom("musespark.vote", {"n": 1}), ev.Custom("musespark.vote", {"n": 2})
    assert identity(one) != identity(two)


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that no other session of the tests shuts for the user that PostgreSQL runs as."""
    with tempfile.TemporaryDirectory(prefix="musespark-", ignore_cleanup_errors=True) as made:
        yield Path(made)


async def test_a_run_waits_for_its_database_and_ends_well(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is not durable has no patience here: the outage is longer than it would wait.
    monkeypatch.setattr(patiently, "__defaults__", (None, 0.0))
    outside = Outside(folder / "data")
    url = outside.database("app")
    model = ScriptedModel(
        lambda request: Reply(text="It has 7 of them. Answer: 7", delay=0.3), pause=0.05
    )
    settings = Settings(database_url=Secret(url), home=tmp_path)
    engine = await Engine.open(settings, models=lambda tier: model)
    assert engine.store is not None
    keep, failed = engine.store.keep, asyncio.Event()

    async def watched(*record: Any) -> None:
        try:
            await keep(*record)
        except Problem:
            failed.set()
            raise

    monkeypatch.setattr(engine.store, "keep", watched)
    try:
        turn = await engine.turn(
            [say("user", "How many harbours has the island?")], mode="contemplating"
        )
        live = await engine.start(turn)
        async for _, event in live.follow():
            if isinstance(event, ev.TextDelta | ev.ReasoningDelta):
                break
        await asyncio.to_thread(outside.stop)
        assert not live.done
        await asyncio.wait_for(failed.wait(), 30)  # what was under way has been shown by now
        seen = len(live.events)
        await asyncio.sleep(0.5)
        assert not live.done, "it waits"
        assert len(live.events) == seen, "nothing is shown that is not kept"
        await asyncio.to_thread(outside.start)
        async with asyncio.timeout(50):
            events = [pair async for pair in live.follow()]
        assert isinstance(events[-1][1], ev.RunFinished), events[-1][1]
        assert "7" in turn.answer

        async def kept() -> bool:
            try:
                return bool((await engine.runs.row("owner", turn.run))["state"] == "done")
            except Problem:
                return False

        async with asyncio.timeout(20):
            while not await kept():
                await asyncio.sleep(0.1)
        again = [pair async for pair in engine.runs.follow("owner", turn.run)]
        assert again == events
    finally:
        await engine.close()
        outside.stop()


@pytest.mark.parametrize("cancelled", [False, True])
async def test_an_engine_stops_although_a_run_waits_for_the_database(
    settings: Settings, server: object, monkeypatch: pytest.MonkeyPatch, cancelled: bool
) -> None:
    monkeypatch.setattr(engine_module, "_LEAVING", 0.2)
    model = ScriptedModel(["It has 7 of them. Answer: 7"], repeat=True, pause=0.05)
    engine = await Engine.open(settings, models=lambda tier: model)
    turn = await engine.turn(
        [say("user", "How many harbours has the island?")], mode="contemplating"
    )
    live = await engine.start(turn)
    async for _, event in live.follow():
        if isinstance(event, ev.TextDelta):
            break

    async def gone(*given: Any) -> None:
        raise Problem("database_unreachable", "Away.")

    monkeypatch.setattr(engine.store, "keep", gone)
    await asyncio.sleep(0.5)  # words have come that cannot be kept
    if cancelled:
        live.cancel()
        await asyncio.sleep(0.1)
    waits = not live.done, model.running
    async with asyncio.timeout(10):
        await engine.close()
    assert waits[0], "the end is shown when it is kept"
    assert live.done
    assert model.running == 0
    assert waits[1] == 0 or not cancelled
    store = await Store.open(settings)
    await cleared(store, engine.runs.executor)
    await store.close()
    waiting = [task for task in asyncio.all_tasks() if "Journal" in repr(task.get_coro())]
    assert not waiting


async def test_a_run_whose_record_is_refused_ends(
    settings: Settings, server: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ScriptedModel(["It has 7 of them. Answer: 7"], repeat=True, pause=0.02)
    engine = await Engine.open(settings, models=lambda tier: model)
    try:
        turn = await engine.turn(
            [say("user", "How many harbours has the island?")], mode="contemplating"
        )
        assert engine.store is not None
        keep = engine.store.keep

        async def refuse(kind: str, person: str, body: Any) -> None:
            if kind == "journal" and body.get("steps"):
                raise ValueError("no such thing")
            await keep(kind, person, body)

        monkeypatch.setattr(engine.store, "keep", refuse)
        async with asyncio.timeout(20):
            events = [event async for event in engine.follow(turn)]
        assert isinstance(events[-1], ev.RunError)
        assert events[-1].code == "not_kept"
        row = await engine.runs.row("owner", turn.run)
        assert (row["state"], row["error"]["code"]) == ("failed", "not_kept")
        again = [event async for _, event in engine.runs.follow("owner", turn.run)]
        assert again == events
    finally:
        await engine.close()


async def test_a_noted_step_goes_into_one_commit_with_what_comes_next(
    runs: Runs, monkeypatch: Any
) -> None:
    live = await begun(runs)
    journal = Journal(runs, live)
    assert runs.store is not None
    keep, kept = runs.store.keep, []

    async def watched(kind: str, person: str, body: Any) -> None:
        await keep(kind, person, body)
        kept.append([found.path for found in body.get("steps", ())])

    monkeypatch.setattr(runs.store, "keep", watched)
    journal.note(step("task-1/model-1"))
    journal.note(step("reports"))
    journal.emit(ev.StepFinished("reports"))
    assert kept == []
    assert journal.steps == []
    await journal.sure()
    assert kept == [["task-1/model-1", "reports"]]
    assert [s.path for s in journal.steps] == ["task-1/model-1", "reports"]
    assert live.events == [ev.StepFinished("reports")]
    await journal.sure()  # there is nothing to wait for
    assert len(kept) == 1


class Slow(Notes):
    """A journal whose commits take until the gate opens."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    async def sure(self) -> None:
        await self.gate.wait()


async def test_no_model_is_called_and_no_tool_used_before_the_journal_is_sure() -> None:
    used: list[str] = []

    async def look(page: int = 1) -> str:
        """Look something up."""
        used.append(f"page {page}")
        return "seven"

    journal, look_up = Slow(), from_function(look)
    model = ScriptedModel([call("look", {"page": 2}), "It says seven."], pause=0.01)
    turn = Turn(
        person=Person(), messages=[say("user", "What does page 2 say?")],
        models=lambda tier: model, mode="instant", tools={"look": look_up}, journal=journal,
    )  # fmt: skip
    told = asyncio.create_task(_all(assistant.answer(turn)))
    await asyncio.sleep(0.02)
    assert (len(model.requests), used) == (0, [])
    journal.gate.set()
    while not model.requests:
        await asyncio.sleep(0)
    journal.gate.clear()
    await asyncio.sleep(0.05)
    assert (len(model.requests), used) == (1, []), "the reply is written and not yet safe"
    journal.gate.set()
    await told
    assert (len(model.requests), used) == (2, ["page 2"])
    assert turn.answer == "It says seven."


async def _all(events: AsyncIterator[ev.Event]) -> list[ev.Event]:
    return [event async for event in events]


async def test_cancelling_does_not_take_an_end_that_waits_for_the_database(
    settings: Settings, server: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ScriptedModel(["It has 7 of them. Answer: 7"], repeat=True)
    engine = await Engine.open(settings, models=lambda tier: model)
    assert engine.store is not None
    keep, gate = engine.store.keep, asyncio.Event()

    async def later(*given: Any) -> None:
        if given[0] == "journal":
            await gate.wait()
        await keep(*given)

    try:
        monkeypatch.setattr(engine.store, "keep", later)
        turn = await engine.turn(
            [say("user", "How many harbours has the island?")], mode="contemplating"
        )
        live = await engine.start(turn)
        async with asyncio.timeout(20):
            while not turn.answer:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        live.cancel()
        await asyncio.sleep(0.05)
        assert not live.done
        gate.set()
        async with asyncio.timeout(20):
            events = [event async for _, event in live.follow()]
        assert isinstance(events[-1], ev.RunFinished)
        assert (await engine.runs.row("owner", turn.run))["state"] == "done"
    finally:
        await engine.close()
