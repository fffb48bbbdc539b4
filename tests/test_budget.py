"""A budget that is raised or cut while a run goes on, here and from another process."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from musespark import event as ev
from musespark import keys as keys_
from musespark.endpoint import Endpoint
from musespark.engine import Engine
from musespark.keys import Keys
from musespark.message import Usage, say
from musespark.model import Request
from musespark.problem import Problem
from musespark.rebudget import change_limits
from musespark.runs import Live
from musespark.scripted import Reply, ScriptedModel, call, hang
from musespark.settings import Settings, TierSettings
from musespark.turn import Budget, new_id
from served import Served, served

WAIT = 20  # seconds until a test gives up; nothing is measured
DEEP = "How do the tides shape a harbour town, all in all?"


# -- the value -------------------------------------------------------------------------------------


def test_shares_grow_and_shrink_with_the_whole() -> None:
    whole = Budget(tokens=1000, seconds=100, money=10.0)
    half = whole.share(0.5)
    quarter = half.share(0.5)
    quarter.spend(Usage(input=50, cost=0.5))
    whole.change(tokens=2000)
    assert whole.tokens_left == 1950
    assert half.tokens_left == int(450 * 1950 / 950)
    assert quarter.tokens_left == int(200 * half.tokens_left / 450)
    whole.change(tokens=50)
    assert (whole.tokens_left, half.tokens_left, quarter.tokens_left) == (0, 0, 0)
    assert quarter.out
    whole.change(tokens=1050)
    assert whole.tokens_left == 1000
    assert half.tokens_left == 500, "what was used up is a part again"
    assert (whole.money_left, quarter.money_left) == (9.5, pytest.approx(2.0))
    whole.change(money=0.5)
    assert half.money_left == whole.money_left == 0
    whole.change(money=math.inf)
    assert quarter.money_left == math.inf
    whole.change(money=4.5)
    assert half.money_left == pytest.approx(2.0)


def test_the_end_moves_for_all_who_have_a_part_of_the_time() -> None:
    whole = Budget(seconds=100)
    half = whole.share(0.5)
    hasty = whole.share(1.0)
    hasty.ends = time.monotonic() + 10  # as a step that the answer can do without
    whole.change(seconds=200)
    assert whole.seconds == 200
    assert whole.seconds_left == pytest.approx(200, abs=1)
    assert half.seconds_left == pytest.approx(100, abs=1)
    assert hasty.seconds_left == pytest.approx(20, abs=1)
    whole.change(seconds=50)
    assert half.seconds_left == pytest.approx(25, abs=1)
    assert hasty.seconds_left == pytest.approx(5, abs=1)
    whole.change(seconds=0.000001)
    assert whole.out
    assert half.out
    assert hasty.out


steps = st.lists(
    st.tuples(
        st.sampled_from(["share", "spend", "change"]), st.floats(0, 1), st.integers(1, 10**6)
    ),
    max_size=25,
)


@given(steps)
def test_no_share_has_more_than_its_whole(steps: list[tuple[str, float, int]]) -> None:
    all_ = [Budget(tokens=10_000, seconds=1000, money=5.0)]
    for what, part, number in steps:
        some = all_[number % len(all_)]
        if what == "share":
            all_.append(some.share(part))
        elif what == "spend":
            some.spend(Usage(input=number % 3000, cost=part))
        else:
            all_[0].change(tokens=number, seconds=float(number), money=part * 9)
        for each in all_[1:]:
            assert each.parent is not None
            assert each.tokens_left <= each.parent.tokens_left
            assert each.ends <= each.parent.ends + 1e-6
            assert each.money_left <= each.parent.money_left
            assert not math.isnan(each.money)


# -- a run under way -------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _server(server: object) -> None:
    """The database stays up between these tests."""


async def said(live: Live, kind: type, times: int = 1) -> None:
    """Until so many events of a kind have come."""
    async with asyncio.timeout(WAIT):
        async for _, event in live.follow():
            times -= isinstance(event, kind)
            if not times:
                return


@pytest.mark.parametrize("mode", ["instant", "thinking"])
async def test_a_call_that_writes_past_the_budget_is_hung_up(settings: Settings, mode: str) -> None:
    def reply(request: Request) -> Reply:
        return Reply(text="{}" if request.schema is not None else "tide " * 20_000)

    model = ScriptedModel(reply)
    async with served(settings, model) as server:
        budget = Budget(tokens=2000)
        live = await begun(server, mode, budget=budget)
        async with asyncio.timeout(WAIT):
            events = [event async for _, event in live.follow()]
        assert not model.running
        assert model.closed
        assert isinstance(events[-1], ev.RunError | ev.RunFinished)
        words = "".join(e.delta for e in events if isinstance(e, ev.TextDelta))
        assert 0 < len(words) < 10_000
        assert budget.spent.output < 2600


async def test_a_raised_budget_lets_a_call_write_more(settings: Settings) -> None:
    model = ScriptedModel(["tide " * 3000], pause=0.001)
    async with served(settings, model) as server:
        live = await begun(server, "instant", budget=Budget(tokens=1000))
        await said(live, ev.TextDelta, 3)
        assert live.turn is not None
        live.turn.budget.change(tokens=100_000)
        async with asyncio.timeout(WAIT * 3):
            events = [event async for _, event in live.follow()]
        assert isinstance(events[-1], ev.RunFinished)


async def test_a_model_that_did_not_read_the_question_used_nothing(settings: Settings) -> None:
    model = ScriptedModel([Problem("model_unreachable", "No model answers at h:1.")])
    async with served(settings, model) as server:
        live = await begun(server, "instant")
        [_ async for _ in live.follow()]
        assert live.turn is not None
        assert live.turn.budget.spent.total == 0


async def patch(server: Served, run: str, body: Any, **more: Any) -> tuple[int, Any]:
    return await server.json("PATCH", f"/v1/runs/{run}/budget", json=body, **more)


async def begun(server: Served, mode: str, words: str = DEEP, **wish: Any) -> Live:
    person = await server.engine.person()
    turn = await server.engine.turn([say("user", words)], person=person, mode=mode, **wish)
    live = await server.engine.start(turn)
    await asyncio.sleep(0)
    return live


async def kept(server: Served, run: str) -> None:
    """Until the run is in the store."""
    async with asyncio.timeout(WAIT):
        while (await server.json("GET", f"/v1/runs/{run}"))[0] != 200:
            await asyncio.sleep(0.01)


def budgets(live: Live) -> list[Any]:
    return [
        e.value for e in live.events if isinstance(e, ev.Custom) and e.name == "musespark.budget"
    ]


@pytest.mark.parametrize("mode", ["instant", "thinking", "contemplating"])
@pytest.mark.parametrize("cut", [{"tokens": 1}, {"seconds": 0.001}])
async def test_a_cut_below_what_is_used_ends_the_run_with_what_there_is(
    settings: Settings, mode: str, cut: dict[str, Any]
) -> None:
    def reply(request: Request) -> Reply:
        if request.schema is not None:
            return Reply(text='{"kind": "single", "tasks": [], "steps": []}')
        return hang(3, "the tide comes and goes")

    model = ScriptedModel(reply)
    async with served(settings, model) as server:
        live = await begun(server, mode)
        await said(live, ev.ReasoningDelta if mode == "thinking" else ev.TextDelta, 3)
        await kept(server, live.run)
        status, allowed = await patch(server, live.run, cut)
        assert (status, allowed["object"]) == (200, "budget")
        async with asyncio.timeout(WAIT):
            events = [pair async for pair in live.follow()]
        assert not model.running
        last = events[-1][1]
        _, row = await server.json("GET", f"/v1/runs/{live.run}")
        words = row["messages"][-1]["parts"][0]["text"]
        assert "the tide comes" in words
        if mode == "instant":  # as running out does
            assert isinstance(last, ev.RunError)
            assert (last.code, row["state"]) == ("budget_spent", "failed")
        else:
            assert isinstance(last, ev.RunFinished)
            assert row["state"] == "done"
        assert budgets(live), "everyone who follows is told"
        [(name, value)] = cut.items()
        assert row["budget"][name][1] == value
        again = [pair async for pair in server.engine.runs.follow("owner", live.run)]
        assert [n for n, _ in again] == list(range(1, len(again) + 1))
        assert again == events
        status, refused = await patch(server, live.run, {"tokens": 10})
        assert (status, refused["error"]["code"]) == (409, "run_ended")


async def test_more_time_is_for_the_call_at_work_too(settings: Settings) -> None:
    model = ScriptedModel(["word " * 30], pause=0.15, repeat=True)  # 4.5 seconds
    async with served(settings, model) as server:
        live = await begun(server, "instant", budget=Budget(seconds=3))
        await said(live, ev.TextDelta)
        status, allowed = await patch(server, live.run, {"seconds": 60})
        assert (status, allowed["seconds"]) == (200, 60)
        async with asyncio.timeout(WAIT):
            events = [event async for _, event in live.follow()]
        assert isinstance(events[-1], ev.RunFinished), events[-1]
        assert sum(isinstance(event, ev.TextDelta) for event in events) >= 30


async def test_less_time_is_for_the_call_at_work_too(settings: Settings) -> None:
    model = ScriptedModel(lambda request: hang(2, "so many words"))
    async with served(settings, model) as server:
        live = await begun(server, "instant")
        await said(live, ev.TextDelta, 2)
        used = time.monotonic() - (live.turn.budget.started if live.turn else 0)
        await patch(server, live.run, {"seconds": used + 0.3})
        async with asyncio.timeout(WAIT):
            events = [event async for _, event in live.follow()]
        assert isinstance(events[-1], ev.RunError)
        assert events[-1].code == "budget_spent"


class Endless:
    """A model server that says when it is asked, begins when it is told to, and never stops."""

    def __init__(self) -> None:
        self.asked, self.go = asyncio.Event(), asyncio.Event()
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.set()
        await self.go.wait()
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        piece = msgspec.json.encode({"choices": [{"index": 0, "delta": {"content": "word "}}]})
        while True:
            await response.write(b"data: " + piece + b"\n\n")
            await asyncio.sleep(0.02)


@pytest.fixture
async def endless() -> AsyncIterator[Endless]:
    made = Endless()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", made.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    yield made
    await runner.cleanup()


@pytest.mark.parametrize("begins", ["before", "after"])
async def test_a_model_server_is_held_to_the_new_end(
    settings: Settings, endless: Endless, begins: str
) -> None:
    model = Endpoint(TierSettings(url=endless.url, name="m"), "fast")
    engine = await Engine.open(settings, models=lambda tier: model)
    try:
        budget = Budget(seconds=3)
        question = say("user", "Tell me of the sea, please.")
        live = await engine.start(await engine.turn([question], mode="instant", budget=budget))
        async with asyncio.timeout(WAIT):
            await endless.asked.wait()
        if begins == "before":
            endless.go.set()
            await said(live, ev.TextDelta)
        budget.change(seconds=60)
        await asyncio.sleep(max(budget.started + 3.3 - time.monotonic(), 0))
        endless.go.set()
        await said(live, ev.TextDelta, sum(isinstance(e, ev.TextDelta) for e in live.events) + 5)
        assert not live.done, "the first end is past"
        budget.change(seconds=time.monotonic() - budget.started + 0.3)
        async with asyncio.timeout(WAIT):
            events = [event async for _, event in live.follow()]
        assert isinstance(events[-1], ev.RunError)
        assert events[-1].code == "budget_spent"
    finally:
        await engine.close()
        await model.close()


async def test_a_tool_at_work_is_stopped_as_well(settings: Settings) -> None:
    from musespark.tool import Tool

    started = asyncio.Event()

    async def slow(arguments: dict[str, Any], turn: Any) -> str:
        started.set()
        await asyncio.Event().wait()
        return "never"

    schema = {"type": "object", "properties": {}}
    tool = Tool("dig", "Dig a hole", schema, call=slow)
    model = ScriptedModel([call("dig"), "Done."])
    async with served(settings, model) as server:
        live = await begun(server, "instant", "Dig a hole, please.", tools={"dig": tool})
        async with asyncio.timeout(WAIT):
            await started.wait()
            await patch(server, live.run, {"tokens": 1})
            events = [event async for _, event in live.follow()]
        assert isinstance(events[-1], ev.RunError)
        assert events[-1].code == "budget_spent"


# -- whose, how much, and from where ---------------------------------------------------------------


async def test_what_cannot_be_done_is_said(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys_, "REMEMBERED", 0.0)
    async with served(settings, ScriptedModel(lambda request: hang(1, "so many"))) as server:
        live = await begun(server, "instant")
        await kept(server, live.run)
        for body, code in (
            ({}, 400), ({"tokens": 0}, 400), ({"tokens": -5}, 400), ({"tokens": "x"}, 400),
            ({"seconds": 0}, 400), ({"money": -1}, 400), ({"tokens": 1.5}, 400), ([], 400),
            ({"tokens": None}, 400), ({"hours": 1}, 400),
        ):  # fmt: skip
            status, refused = await patch(server, live.run, body)
            assert status == code, (body, refused)
            assert refused["error"]["message"]
        for run in ("none", "a%00b", "x" * 300):
            status, _ = await patch(server, run, {"tokens": 5})
            assert status == 404
        status, allowed = await patch(server, live.run, {"tokens": 10**400, "seconds": 1e300})
        own = server.engine.settings
        assert allowed["tokens"] == own.budget_tokens * 10, "never more than ten times the setting"
        assert allowed["seconds"] == own.budget_seconds * 10
        assert server.engine.store is not None
        keys = Keys(server.engine.store)
        id, key = await keys.create("berta")
        try:
            more = {"headers": {"Authorization": f"Bearer {key}"}}
            status, refused = await patch(server, live.run, {"tokens": 1}, **more)
            assert (status, refused["error"]["code"]) == (404, "unknown_run")
            assert not live.done
        finally:
            await keys.revoke(id, "berta")
        live.cancel()


async def test_an_incognito_run_can_be_cut_by_who_follows_it(settings: Settings) -> None:
    model = ScriptedModel(lambda request: hang(2, "so many words"))
    async with served(settings, model) as server:
        live = await begun(server, "contemplating", incognito=True)
        await said(live, ev.ReasoningDelta)
        status, allowed = await patch(server, live.run, {"tokens": 7})
        assert (status, allowed["tokens"]) == (200, 7)
        live.cancel()


@pytest.mark.parametrize("mode", ["instant", "contemplating"])
async def test_it_can_be_cut_from_another_process(settings: Settings, mode: str) -> None:
    def reply(request: Request) -> Reply:
        if request.schema is not None:
            return Reply(text='{"kind": "single", "tasks": []}')
        return hang(3, "the tide comes and goes")

    model = ScriptedModel(reply)
    async with served(settings, model) as here, served(settings, model) as there:
        live = await begun(here, mode)
        await said(live, ev.TextDelta, 3)
        await kept(there, live.run)
        status, allowed = await patch(there, live.run, {"tokens": 150_000})
        assert (status, allowed["tokens"], set(allowed)) == (
            200, 150_000, {"id", "object", "tokens", "seconds", "money"}
        )  # fmt: skip
        async with asyncio.timeout(WAIT):
            while not budgets(live):
                await asyncio.sleep(0.05)
        assert budgets(live)[-1]["tokens"][1] == 150_000
        assert not live.done
        _, allowed = await patch(here, live.run, {"seconds": 33.3})
        assert allowed == {"id": live.run, "object": "budget", "tokens": 150_000,
                           "seconds": 33.3, "money": 5.0}  # fmt: skip
        async with asyncio.timeout(WAIT):
            while budgets(live)[-1]["seconds"][1] != 33.3:
                await asyncio.sleep(0.05)
        told = len(budgets(live))
        await asyncio.sleep(2.5)  # two looks of the watcher: nothing new comes of them
        assert len(budgets(live)) == told
        await patch(there, live.run, {"tokens": 1})
        async with asyncio.timeout(WAIT):
            events = [event async for _, event in live.follow()]
        assert isinstance(events[-1], ev.RunError if mode == "instant" else ev.RunFinished)
        again = [event async for _, event in there.engine.runs.follow("owner", live.run)]
        assert again == events
        status, _ = await patch(there, live.run, {"tokens": 5})
        assert status == 409


async def test_a_run_that_is_taken_up_keeps_the_changed_budget(settings: Settings) -> None:
    model = ScriptedModel(lambda request: hang(2, "so many words"))
    run = new_id("run")
    engine = await Engine.open(settings, models=lambda tier: model)
    try:
        turn = await engine.turn([say("user", DEEP)], mode="contemplating", run=run)
        live = await engine.start(turn)
        await change_limits(engine.runs, "owner", run, {"tokens": 1234, "money": 0.5})
        revived = await engine._revive(run, "owner")
        assert revived is not None
        assert (revived.budget.tokens, revived.budget.money) == (1234, 0.5)
        assert revived.budget.seconds == engine.settings.budget_seconds
        live.cancel()
        await asyncio.wait({live.task})  # type: ignore[type-var]
    finally:
        await engine.close()


async def test_whoever_follows_over_http_is_told(settings: Settings) -> None:
    model = ScriptedModel(lambda request: hang(2, "so many words"))
    async with served(settings, model) as server:
        live = await begun(server, "contemplating")
        await said(live, ev.ReasoningDelta)
        async with server.http.get(f"{server.url}/v1/runs/{live.run}/events") as stream:
            await patch(server, live.run, {"tokens": 4321})
            async with asyncio.timeout(WAIT):
                async for line in stream.content:
                    if b"musespark.budget" in line and b"4321" in line:
                        break
        live.cancel()
