"""A second opinion on the mode: asked only in doubt, and no trouble when it fails."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from musespark import event as ev
from musespark.assistant import answer
from musespark.engine import Engine
from musespark.message import Document, say
from musespark.model import Card, Request
from musespark.opinion import SECONDS
from musespark.person import Person
from musespark.problem import Problem
from musespark.router import decide
from musespark.scripted import Reply, ScriptedModel
from musespark.settings import Settings, read
from musespark.turn import Turn, new_id

OPEN = "Is it worth it to learn Latin?"  # the router is not sure about this one
PLAIN = "What is the capital of Peru?"


class Asked(ScriptedModel):
    """Says `opinion` where the mode is asked for, plans where a plan is, else a sentence."""

    def __init__(self, opinion: Any, **more: Any) -> None:
        self.opinion = opinion
        super().__init__(self.reply, **more)

    def reply(self, request: Request) -> Any:
        known = (request.schema or {}).get("properties", {})
        if "mode" in known:
            return self.opinion(request) if callable(self.opinion) else self.opinion
        if "kind" in known:
            tasks = [
                {"agent": "analyst", "objective": f"Side {n}", "output": "a line", "bounds": "none"}
                for n in (1, 2)
            ]
            return {"kind": "breadth", "tasks": tasks}
        return {"fine": True, "steps": [], "problems": []} if known else "It is, for some."

    @property
    def opinions(self) -> list[Request]:
        return [r for r in self.requests if "mode" in (r.schema or {}).get("properties", {})]


def turn_of(model: ScriptedModel, question: str, *documents: Document, **more: Any) -> Turn:
    more = {"refine": True, **more}
    return Turn(
        person=Person(),
        messages=[say("user", question, *documents)],
        models=lambda t: model,
        **more,
    )


async def told(turn: Turn) -> dict[str, Any]:
    events = [event async for event in answer(turn)]
    assert isinstance(events[-1], ev.RunFinished), events[-1]
    [mode] = [e for e in events if isinstance(e, ev.Custom) and e.name == "musespark.mode"]
    return dict(mode.value)


def test_the_question_of_these_tests_is_an_open_one() -> None:
    assert decide(OPEN).mode == "thinking"
    assert decide(OPEN).alternatives[0][1] < 0.5
    assert decide(PLAIN).alternatives[0][1] > 0.9


async def test_a_model_settles_what_the_words_leave_open() -> None:
    model = Asked({"mode": "instant"})
    turn = turn_of(model, OPEN, Document("word " * 5000, "reader.txt"))
    said = await told(turn)
    assert said["mode"] == "instant"
    assert (
        said["reason"] == "The words alone leave it open; scripted was asked and picked this mode."
    )
    [request] = model.opinions
    shown = request.messages[-1].text
    assert OPEN in shown
    assert "reader.txt, 25,000 characters" in shown
    assert "word word" not in shown
    assert turn.journal.steps[0].path == "router/model-1"  # type: ignore[attr-defined]
    assert turn.journal.steps[0].agent == "router"  # type: ignore[attr-defined]
    assert turn.budget.spent.calls == len(model.requests)


@pytest.mark.parametrize(
    ("question", "more"),
    [
        (OPEN, {"refine": False}),
        (OPEN, {"mode": "instant"}),
        (PLAIN, {}),
        (OPEN, {"chosen": "instant", "reason": "Set before."}),
    ],
)
async def test_nobody_is_asked_without_need(question: str, more: dict[str, Any]) -> None:
    model = Asked({"mode": "contemplating"})
    assert (await told(turn_of(model, question, **more)))["mode"] != "contemplating"
    assert model.opinions == []


async def test_a_small_model_is_not_asked() -> None:
    model = Asked({"mode": "contemplating"}, card=Card(name="tiny", weak=True))
    await told(turn_of(model, OPEN))
    assert model.opinions == []


@pytest.mark.parametrize(
    "opinion",
    [
        Problem("model_unreachable", "No model answers at 127.0.0.1:9."),
        Reply(text="I cannot tell", cut=1),
        "hm",
        "instant or thinking",
        {"mode": "pondering"},
    ],
)
async def test_an_opinion_that_is_none_changes_nothing(opinion: Any) -> None:
    said = await told(turn_of(Asked(opinion), OPEN))
    assert said["mode"] == "thinking"
    assert said["reason"].startswith(decide(OPEN).reason)
    assert said["reason"].endswith("scripted was asked, too, and gave no usable answer.")


async def test_an_opinion_has_little_time() -> None:
    model = Asked({"mode": "instant"})
    turn = turn_of(model, OPEN)
    await told(turn)
    [request] = model.opinions
    assert request.deadline is not None
    assert request.deadline <= turn.budget.started + SECONDS + 1


# -- through the engine ---------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _server(server: object) -> None:
    """The database stays up between these tests."""


@contextlib.asynccontextmanager
async def running(settings: Settings, model: ScriptedModel) -> AsyncIterator[Engine]:
    own = read({"MUSESPARK_HOME": str(settings.home), "MUSESPARK_ROUTER_MODEL": "true"})
    engine = await Engine.open(own, models=lambda tier: model)
    try:
        yield engine
    finally:
        await engine.close()


@pytest.mark.parametrize("mode", ["instant", "contemplating"])
async def test_the_setting_asks_and_a_run_is_durable_only_then(
    settings: Settings, mode: str
) -> None:
    model = Asked({"mode": mode})
    person = Person(new_id("p"))
    async with running(settings, model) as engine:
        turn = await engine.turn([say("user", OPEN)], person=person)
        live = await engine.start(turn)
        events = [event async for _, event in live.follow()]
        assert isinstance(events[-1], ev.RunFinished), events[-1]
        row = await engine.runs.whole(person.id, turn.run)
        assert (row["state"], row["asked"], row["mode"]) == ("done", "auto", mode)
        assert row["durable"] is live.durable is (mode == "contemplating")
        assert "was asked and picked" in row["reason"]
        assert row["steps"][0]["path"] == "router/model-1"
        assert row["usage"]["calls"] == len(model.requests)
        assert len(model.opinions) == 1


async def test_a_run_can_be_cancelled_while_the_mode_is_asked_for(settings: Settings) -> None:
    model = Asked(Reply(text="instant", delay=60))
    person = Person(new_id("p"))
    async with running(settings, model) as engine:
        turn = await engine.turn([say("user", OPEN)], person=person)
        live = await engine.start(turn)
        while not model.running:
            await asyncio.sleep(0.01)
        live.cancel()
        events = [event async for _, event in live.follow()]
        assert isinstance(events[-1], ev.RunFinished)
        assert (events[-1].outcome or {})["type"] == "cancelled"
        assert (await engine.runs.row(person.id, turn.run))["state"] == "cancelled"
        assert model.running == 0
        assert model.closed == 1
        assert len(model.requests) == 1
