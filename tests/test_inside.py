"""Inside a run, over HTTP: enough of it to draw it, while it goes on and afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musespark import event as ev
from musespark.inside import inside
from musespark.model import Request
from musespark.runs import pack
from musespark.scripted import Reply, ScriptedModel, hang
from musespark.settings import Settings
from served import Served, script, served

CHAT = "/v1/chat/completions"


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Served]:
    async with served(settings, ScriptedModel(script)) as running:
        yield running


async def asked(server: Served, words: str, mode: str) -> dict[str, Any]:
    body = {"model": f"musespark-{mode}", "messages": [{"role": "user", "content": words}]}
    status, said = await server.json("POST", CHAT, json=body)
    assert status == 200, said
    return await look(server, said["musespark"]["run"])


async def look(server: Served, run: str) -> dict[str, Any]:
    status, found = await server.json("GET", f"/v1/runs/{run}")
    assert status == 200, found
    return dict(found)


async def test_a_team_is_shown_with_what_each_did_and_used(server: Served) -> None:
    run = await asked(server, "Compare three harbours for me.", "contemplating")
    assert [lane["name"] for lane in run["lanes"]] == ["task-1", "task-2", "task-3"]
    for number, lane in enumerate(run["lanes"], 1):
        assert (lane["id"], lane["agent"]) == (f"{run['id']}/task-{number}", "researcher")
        assert (lane["state"], lane["error"], lane["calls"]) == ("done", "", 1)
        assert lane["description"] == f"Part {number}"
        assert lane["text"] == "The tide turns at seven."
        assert lane["tokens"]["input"] > 0 < lane["tokens"]["output"]
        assert run["started"][:10] <= str(run["ended"])[:10]
        assert lane["started"] <= lane["ended"]
    assert [phase["name"] for phase in run["phases"]] == ["plan"]
    assert run["phases"][0]["started"] <= run["phases"][0]["ended"]
    assert run["question"] == {"text": "Compare three harbours for me.", "attachments": []}
    assert run["answer"]["text"] == "The tide turns at seven."
    used = run["usage"]["input"] + run["usage"]["output"]
    assert run["budget"]["tokens"] == [used, 200_000]
    assert run["budget"]["money"] == [0, 5.0]
    assert run["budget"]["seconds"][1] == 300
    lanes = sum(lane["tokens"]["input"] + lane["tokens"]["output"] for lane in run["lanes"])
    assert 0 < lanes < used, "the plan and the writer used some as well"
    assert run["durable"] is True
    assert all(step["seconds"] >= 0 for step in run["steps"])


async def test_votes_and_dissent_are_shown(settings: Settings) -> None:
    model = ScriptedModel(lambda request: f"Answer: {8 if request.seed == 2 else 7}")
    async with served(settings, model) as server:
        question = "How many moons of that size does it have, in number?"
        run = await asked(server, question, "contemplating")
        assert run["votes"][-1]["leader"] == "7"
        assert run["confidence"]["dissent"] == ["draft-02"]
        answers = {lane["name"]: lane["answer"] for lane in run["lanes"]}
        assert (answers["draft-01"], answers["draft-02"]) == ("7", "8")
        assert run["workspace"] == ""


async def test_the_workspace_and_the_check_are_shown(settings: Settings) -> None:
    def reply(request: Request) -> Reply:
        if request.schema is not None:
            return Reply(text='{"kind": "single", "tasks": [], "fine": true, "problems": []}')
        if "Distil" in request.messages[-1].text:
            return Reply(text="Agreed: the tide turns.")
        return Reply(text="The tide turns twice.")

    async with served(settings, ScriptedModel(reply)) as server:
        run = await asked(server, "Why do the tides turn?", "contemplating")
        assert run["workspace"] == "Agreed: the tide turns."
        names = [lane["name"] for lane in run["lanes"]]
        assert names[-2:] == ["refined-1", "refined-2"]
        assert names[0] == "draft-01"
        thought = await asked(server, "Why do the tides turn, by and large?", "thinking")
        assert thought["check"]["agreed"] is True
        assert {"plan", "draft", "check"} <= {phase["name"] for phase in thought["phases"]}
        assert thought["lanes"] == []


async def test_agents_that_failed_or_were_cut_are_told_apart(settings: Settings) -> None:
    def reply(request: Request) -> Reply:
        if request.schema is not None:
            return script(request)
        words = request.messages[-1].text
        if "Part 1" in words:
            return Reply(text="Half an answer", cut=1)
        return Reply(text="The tide turns at seven.")

    async with served(settings, ScriptedModel(reply)) as server:
        run = await asked(server, "Compare three harbours for me.", "contemplating")
        first, *rest = run["lanes"]
        assert (first["state"], first["text"]) == ("failed", "Half")
        assert "stopped in the middle" in first["error"]
        assert [lane["state"] for lane in rest] == ["done", "done"]


@pytest.mark.parametrize("mode", ["instant", "thinking", "contemplating"])
async def test_a_run_under_way_can_be_looked_into(settings: Settings, mode: str) -> None:
    def reply(request: Request) -> Reply:
        plan = request.schema is not None and "kind" in request.schema.get("properties", {})
        return script(request) if plan else hang(2, "so many words to say")

    async with served(settings, ScriptedModel(reply)) as server:
        body = {"model": f"musespark-{mode}", "input": "Compare three harbours for me.",
                "background": True}  # fmt: skip
        _, begun = await server.json("POST", "/v1/responses", json=body)
        run = begun["musespark"]["run"]
        async with asyncio.timeout(20):
            while True:
                status, found = await server.json("GET", f"/v1/runs/{run}")
                if status == 200 and (mode != "contemplating" or len(found["lanes"]) == 3):
                    break
                await asyncio.sleep(0.02)
        assert (found["state"], found["seconds"], found["answer"]["text"]) == ("running", None, "")
        assert found["mode"] == mode
        assert found["budget"]["tokens"][1] == 200_000
        for lane in found["lanes"]:
            assert (lane["state"], lane["ended"]) == ("running", None)
        if mode == "contemplating":
            assert [step["path"] for step in found["steps"]] == ["plan/model-1"]
            assert found["usage"]["calls"] == 1
        await server.json("POST", f"/v1/runs/{run}/cancel")
        found = await look(server, run)
        assert found["state"] == "cancelled"
        assert {lane["state"] for lane in found["lanes"]} <= {"cut"}


# -- any events at all -----------------------------------------------------------------------------

lane = st.sampled_from([None, "r/a", "r/b"])
word = st.text(max_size=5)
notice = st.just({"code": "x", "text": "y"})
torn = st.fixed_dictionaries({"messageId": word})
some = st.one_of(
    st.builds(ev.SubagentStarted, st.sampled_from(["r/a", "r/b"]), word),
    st.builds(ev.SubagentFinished, st.sampled_from(["r/a", "r/b"])),
    st.builds(ev.SubagentError, st.sampled_from(["r/a", "r/c"]), word, word),
    st.builds(ev.TextDelta, word, word, lane),
    st.builds(ev.StepStarted, word, lane),
    st.builds(ev.StepFinished, word, lane),
    st.builds(ev.Custom, st.just("musespark.notice"), notice, lane),
    st.builds(
        ev.Custom, st.just("musespark.discarded"), st.fixed_dictionaries({"messageId": word})
    ),
)


@given(st.lists(some, max_size=40), st.booleans())
def test_no_order_of_events_breaks_it(events: list[ev.Event], over: bool) -> None:
    packed = msgspec.to_builtins(pack(events))
    found = inside("r", packed, [], over)
    assert [each.id for each in found.lanes] == list(dict.fromkeys(
        e.subagent_run_id for e in events if isinstance(e, ev.SubagentStarted)
    ))  # fmt: skip
    if over:
        assert all(each.state != "running" for each in found.lanes)
