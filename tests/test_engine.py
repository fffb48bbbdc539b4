"""The engine: runs are kept, cancelled, taken up and ended well, whatever happens beside them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from musespark import event as ev
from musespark import ledger, purposes
from musespark.engine import Engine
from musespark.message import say
from musespark.person import Person
from musespark.problem import Problem
from musespark.scripted import Reply, ScriptedModel, call
from musespark.settings import Settings
from musespark.turn import new_id
from test_store import tables

WAIT = 20  # seconds until a test gives up; nothing is measured


@contextlib.asynccontextmanager
async def running(settings: Settings, model: ScriptedModel, **more: Any) -> AsyncIterator[Engine]:
    engine = await Engine.open(settings, models=lambda tier: model, **more)
    try:
        yield engine
    finally:
        await engine.close()


async def until(holds: Any) -> None:
    async with asyncio.timeout(WAIT):
        while not await holds():
            await asyncio.sleep(0.02)


def slow(words: int = 400) -> ScriptedModel:
    return ScriptedModel(["word " * words], pause=0.02, repeat=True)


async def spoken(live: Any) -> None:
    """Until the first word has come."""
    async for _, event in live.follow():
        if isinstance(event, ev.TextDelta):
            return


@pytest.fixture(autouse=True)
def _server(server: object) -> None:
    """The database stays up between these tests."""


async def test_an_instant_run_is_kept_with_its_steps(settings: Settings) -> None:
    model = ScriptedModel([call("calculate", {"expression": "6 * 7"}), "It is 42."])
    person = Person(new_id("p"))
    async with running(settings, model) as engine:
        turn = await engine.turn(
            [say("user", "Work it out, please")], person=person, mode="instant"
        )
        events = [event async for event in engine.follow(turn)]
        assert isinstance(events[-1], ev.RunFinished)
        row = await engine.runs.whole(person.id, turn.run)
        assert (row["state"], row["mode"], row["asked"], row["durable"]) == (
            "done", "instant", "instant", False
        )  # fmt: skip
        assert [(s["kind"], s["name"]) for s in row["steps"]] == [
            ("model", "scripted"), ("tool", "calculate"), ("model", "scripted")
        ]  # fmt: skip
        assert all(s["person"] == person.id and s["ended"] >= s["started"] for s in row["steps"])
        assert [m["role"] for m in row["messages"]] == ["user", "assistant"]
        assert row["messages"][1]["parts"][-1]["text"].endswith("It is 42.")
        assert row["usage"]["calls"] == 2
        assert row["usage"]["input"] > 0 < row["usage"]["output"]
        assert row["ended"] >= row["started"]
        assert row["error"] is None


async def test_an_incognito_run_leaves_no_row_anywhere(settings: Settings, server: Any) -> None:
    mark = "xylophone-" + new_id("mark")
    model = ScriptedModel([f"About {mark}: no."], repeat=True)
    async with running(settings, model) as engine:
        for mode in ("instant", "contemplating"):
            turn = await engine.turn(
                [say("user", f"What is {mark}?")],
                person=Person(mark, purposes=frozenset({"memory"})),
                mode=mode, incognito=True,
            )  # fmt: skip
            assert [event async for event in engine.follow(turn)]
    with psycopg.connect(server.get_uri()) as connection:
        every = connection.execute(
            "select table_schema, table_name from information_schema.tables"
            " where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog',"
            " 'information_schema')"
        ).fetchall()
        assert len(every) > len(tables(connection))
        for schema, table in every:
            query = sql.SQL("select count(*) from {} t where t::text like %s")
            [found] = connection.execute(
                query.format(sql.Identifier(schema, table)), (f"%{mark}%",)
            ).fetchone() or [0]
            assert found == 0, f"{schema}.{table}"


async def test_memory_is_written_only_for_who_allows_it(settings: Settings) -> None:
    yes, no = Person(new_id("yes"), purposes=frozenset({"memory"})), Person(new_id("no"))
    feed = Person(new_id("feed"), purposes=frozenset({"feed"}))
    async with running(settings, ScriptedModel(["Fine."], repeat=True)) as engine:
        assert engine.store is not None
        for person in (yes, no, feed):
            for purpose in person.purposes:
                await purposes.change(engine.store, person.id, purpose, True)
            turn = await engine.turn([say("user", "I like sailing")], person=person, mode="instant")
            assert [event async for event in engine.follow(turn)]
        asked, told = await ledger.tail(engine.store, yes.id, purpose="memory")
        assert asked.type == told.type == "Create"
        assert asked.object["content"] == "I like sailing"
        assert (told.object["content"], told.object["attributedTo"]) == ("Fine.", "musespark")
        assert await ledger.tail(engine.store, no.id) == []
        assert [a.type for a in await ledger.tail(engine.store, feed.id)] == ["Accept"]


async def test_the_same_run_twice_is_refused(settings: Settings) -> None:
    async with running(settings, slow()) as engine:
        turn = await engine.turn([say("user", "Tell me")], mode="instant")
        live = await engine.start(turn)
        with pytest.raises(Problem) as caught:
            await engine.start(await engine.turn([say("user", "Tell me")], run=turn.run))
        assert (caught.value.code, caught.value.status) == ("run_exists", 409)
        live.cancel()
        [*_, (_, last)] = [pair async for pair in live.follow()]
        # Nor is an ended one overwritten: not by its person, not by another, in no mode.
        kept = await engine.runs.whole("owner", turn.run)
        for person, mode in (("owner", "instant"), ("stranger", "instant")):
            again = await engine.turn(
                [say("user", "Again")], run=turn.run, person=Person(person), mode=mode
            )
            follower = await engine.start(again)
            follower.cancel()
            events = [event async for _, event in follower.follow()]
            [notice] = [e for e in events if isinstance(e, ev.Custom) and "notice" in e.name]
            assert notice.value["code"] == "not_kept"
            assert "a run with that id already" in notice.value["text"]
        for person in ("owner", "stranger"):
            durable = await engine.turn(
                [say("user", "Again")], run=turn.run, person=Person(person), mode="contemplating"
            )
            with pytest.raises(Problem) as caught:
                await engine.start(durable)
            assert caught.value.code == "run_exists"
            assert turn.run not in engine.runs.live
        assert await engine.runs.whole("owner", turn.run) == kept
        assert isinstance(last, ev.RunFinished)


async def test_hanging_up_stops_an_instant_run_and_not_a_durable_one(settings: Settings) -> None:
    for mode, stopped in (("instant", True), ("thinking", True), ("contemplating", False)):
        model = slow(60)
        async with running(settings, model) as engine:
            turn = await engine.turn([say("user", "How deep is the sea?")], mode=mode)
            async with contextlib.aclosing(engine.follow(turn)) as events:
                async for event in events:
                    if isinstance(event, ev.TextDelta | ev.ReasoningDelta):
                        break
            live = engine.runs.live[turn.run]
            assert live.task is not None
            if stopped:
                await asyncio.wait({live.task}, timeout=WAIT)
                assert model.running == 0
                assert model.closed == 1
                row = await engine.runs.whole("owner", turn.run)
                assert row["state"] == "cancelled"
            else:
                await asyncio.sleep(0)
                assert not live.cancelled
                assert await engine.runs.cancel("owner", turn.run)
                await asyncio.wait({live.task}, timeout=WAIT)


async def test_a_run_cancelled_at_once_ends_all_the_same(settings: Settings) -> None:
    async with running(settings, slow()) as engine:
        for mode in ("instant", "contemplating"):
            turn = await engine.turn([say("user", "How deep is the sea?")], mode=mode)
            live = await engine.start(turn)
            live.cancel()
            async with asyncio.timeout(WAIT):
                events = [event async for _, event in live.follow()]
            assert isinstance(events[-1], ev.RunFinished)
            assert events[-1].outcome == {"type": "cancelled"}
            assert (await engine.runs.row("owner", turn.run))["state"] == "cancelled"


async def test_closing_in_the_middle_keeps_what_there_is(settings: Settings) -> None:
    model = slow()
    async with running(settings, model) as engine:
        turn = await engine.turn([say("user", "How deep is the sea?")], mode="instant")
        live = await engine.start(turn)
        await spoken(live)
        live.cancel()  # as a door does that shuts down, before the engine does
    assert live.done
    assert model.running == 0
    async with running(settings, model) as engine:
        row = await engine.runs.whole("owner", turn.run)
        assert row["state"] == "cancelled"
        assert row["messages"][-1]["role"] == "assistant"
        assert row["messages"][-1]["parts"][0]["text"].startswith("word")


@pytest.mark.parametrize("mode", ["instant", "contemplating"])
async def test_a_run_is_cancelled_from_another_process(settings: Settings, mode: str) -> None:
    model = slow(5000)
    async with running(settings, model) as here, running(settings, model) as there:
        turn = await here.turn([say("user", "How deep is the sea?")], mode=mode)
        live = await here.start(turn)
        await until(lambda: _is(there, turn.run, "running"))
        await spoken(live)
        assert await there.runs.cancel("owner", turn.run) is True
        async with asyncio.timeout(WAIT):
            events = [event async for _, event in live.follow()]
        assert isinstance(events[-1], ev.RunFinished)
        assert events[-1].outcome == {"type": "cancelled"}
        assert model.running == 0
        assert await there.runs.cancel("owner", turn.run) is False


async def _is(engine: Engine, run: str, state: str) -> bool:
    try:
        return bool((await engine.runs.row("owner", run))["state"] == state)
    except Problem:
        return False


async def test_two_engines_leave_each_others_live_runs_alone(settings: Settings) -> None:
    model = slow(5000)
    async with (
        running(settings, model, watch=True) as here,
        running(settings, model, watch=True) as there,
    ):
        lives = []
        for mode in ("instant", "contemplating"):
            turn = await here.turn([say("user", "How deep is the sea?")], mode=mode)
            lives.append(await here.start(turn))
            await until(lambda run=turn.run: _is(there, run, "running"))
        for _ in range(3):
            assert await there.recover() == []
            assert await here.recover() == []
        for live in lives:
            assert not live.done
            assert (await there.runs.row("owner", live.run))["executor"] == here.runs.executor
            live.cancel()
            assert [pair async for pair in live.follow()]


BEGIN = """
import asyncio
from musespark.engine import Engine
from musespark.message import say
from musespark.scripted import ScriptedModel
from musespark.settings import read

async def main():
    model = ScriptedModel(["word " * 9000], pause=0.01, repeat=True)
    engine = await Engine.open(read(), models=lambda tier: model)
    turn = await engine.turn([say("user", "How deep is the sea?")], mode="instant")
    live = await engine.start(turn)
    while turn.run not in engine.keeping.begun:
        await asyncio.sleep(0.01)
    print(turn.run, flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_what_a_dead_process_was_answering_is_closed(settings: Settings) -> None:
    environ = {k: v for k, v in os.environ.items() if not k.startswith("MUSESPARK_")}
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", BEGIN], stdout=subprocess.PIPE,
        env=environ | {"MUSESPARK_HOME": str(settings.home)},
    )  # fmt: skip
    assert process.stdout is not None
    run = (await asyncio.to_thread(process.stdout.readline)).decode().strip()
    assert run.startswith("run_")
    async with running(settings, slow()) as engine:
        assert await _is(engine, run, "running")
        process.send_signal(signal.SIGKILL)
        process.communicate()
        await until(lambda: _recovered(engine, run))
        row = await engine.runs.whole("owner", run)
        assert row["error"]["code"] == "interrupted"
        assert row["error"]["message"] == "The server stopped while it was answering. Ask again."
        assert [m["role"] for m in row["messages"]] == ["user"]
        assert engine._durable is None, "nothing to take up, nothing to start"


async def _recovered(engine: Engine, run: str) -> bool:
    await engine.recover()
    return await _is(engine, run, "interrupted")


# -- a store that is away -----------------------------------------------------------------------


def away(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make the store fail as one that is away does; returns what brings it back."""
    store = engine.store
    assert store is not None
    keep = store.keep

    async def gone(*given: Any) -> None:
        raise Problem("database_unreachable", "The database does not answer.", status=503)

    monkeypatch.setattr(store, "keep", gone)
    return lambda: monkeypatch.setattr(store, "keep", keep)


@pytest.mark.parametrize("from_the_start", [True, False])
async def test_an_answer_that_could_not_be_kept_is_given_and_kept_later(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, from_the_start: bool
) -> None:
    model = ScriptedModel([Reply(text="A few words of an answer.", delay=0.1)], pause=0.05)
    person = Person(new_id("p"), language="de", purposes=frozenset({"memory"}))
    async with running(settings, model) as engine:
        assert engine.store is not None
        await purposes.change(engine.store, person.id, "memory", True)
        back = away(engine, monkeypatch) if from_the_start else None
        turn = await engine.turn([say("user", "Tell me")], person=person, mode="instant")
        events: list[ev.Event] = []
        async for event in engine.follow(turn):
            events.append(event)
            if isinstance(event, ev.TextStart) and back is None:
                back = away(engine, monkeypatch)
        assert "".join(e.delta for e in events if isinstance(e, ev.TextDelta)) == (
            "A few words of an answer."
        )
        [notice] = [e for e in events if isinstance(e, ev.Custom) and e.name == "musespark.notice"]
        assert notice.value["code"] == "not_kept"
        assert "Diese Antwort konnte nicht gespeichert werden" in notice.value["text"]
        assert isinstance(events[-1], ev.RunFinished)
        assert back is not None
        back()

        async def kept() -> bool:
            with contextlib.suppress(Problem):
                return bool((await engine.runs.row(person.id, turn.run))["state"] == "done")
            return False

        await until(kept)
        row = await engine.runs.whole(person.id, turn.run)
        assert [m["role"] for m in row["messages"]] == ["user", "assistant"]
        assert len(row["steps"]) == 1
        again = [pair async for pair in engine.runs.follow(person.id, turn.run)]
        assert again == list(enumerate(events, 1)), "the same events under the same numbers"

        async def remembered() -> bool:
            assert engine.store is not None
            return len(await ledger.tail(engine.store, person.id, purpose="memory")) == 2

        await until(remembered)


async def test_a_store_that_refuses_takes_nothing_from_the_person(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(settings, ScriptedModel(["An answer."], repeat=True)) as engine:

        async def broken(*given: Any) -> None:
            raise ValueError(" ".join(("secret", "words")))

        monkeypatch.setattr(engine.store, "keep", broken)
        turn = await engine.turn([say("user", "Tell me")], mode="instant")
        events = [event async for event in engine.follow(turn)]
        assert isinstance(events[-1], ev.RunFinished)
        assert any(isinstance(e, ev.Custom) and e.value.get("code") == "not_kept" for e in events)
    assert "secret words" not in caplog.text


async def test_a_mode_that_fails_is_said_and_kept(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(request: Any) -> str:
        raise ZeroDivisionError(" ".join(("secret", "words")))

    async with running(settings, ScriptedModel(broken)) as engine:
        for mode in ("instant", "thinking"):
            turn = await engine.turn([say("user", "Tell me of the sea")], mode=mode)
            events = [event async for event in engine.follow(turn)]
            last = events[-1]
            assert isinstance(last, ev.RunError)
            assert last.code == "internal_error"
            assert "ZeroDivisionError" in last.message
            row = await engine.runs.row("owner", turn.run)
            assert row["state"] == "failed"
            assert row["error"]["code"] == "internal_error"
    assert "secret words" not in caplog.text


async def test_without_a_store_nothing_is_asked_of_one() -> None:
    engine = await Engine.open(Settings(), keep=False, models=lambda tier: ScriptedModel(["Yes."]))
    try:
        turn = await engine.turn([say("user", "Is it?")], mode="instant")
        events = [event async for event in engine.follow(turn)]
        assert isinstance(events[-1], ev.RunFinished)
    finally:
        await engine.close()
