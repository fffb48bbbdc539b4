"""What is kept, over HTTP: sharing, attachments, filters, use by day, and a budget that changes."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from musespark.message import Document, Image, say
from musespark.model import Request
from musespark.scripted import Reply, ScriptedModel
from musespark.settings import Settings
from musespark.turn import Budget, new_id
from served import Served, script, served

PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"\0" * 20).decode()


async def asked(server: Served, words: Any, **wish: Any) -> tuple[str, str]:
    """Ask over AG-UI; the conversation and the run."""
    thread, run = wish.pop("thread", new_id("conv")), new_id("run")
    body = {
        "threadId": thread, "runId": run, "state": {}, "tools": [], "context": [],
        "messages": [{"id": "m", "role": "user", "content": words}],
        "forwardedProps": {"musespark": wish},
    }  # fmt: skip
    await server.events("/agui", json=body)
    return thread, run


async def test_a_link_shows_the_branch_and_nothing_else(settings: Settings) -> None:
    async with served(settings) as server:
        thread, run = await asked(server, "What of **the tide**?", mode="instant")
        path = f"/v1/conversations/{thread}"
        _, made = await server.json("POST", f"{path}/share", json={})
        await asked(server, "Later", mode="instant", thread=thread, after=run)
        status, shown = await server.json("GET", f"/v1{made['url']}?render=html")
        assert status == 200
        assert [each["question"]["text"] for each in shown["runs"]] == ["What of **the tide**?"]
        assert "<p" in shown["runs"][0]["answer"]["html"]
        for secret in (run, thread, "owner", "cost", "usage"):
            assert secret not in str(shown)
        assert (await server.json("GET", path))[1]["shared"] is True
        _, again = await server.json("POST", f"{path}/share", json={"at": run})
        assert (await server.json("GET", f"/v1{made['url']}"))[0] == 404
        assert (await server.json("GET", f"/v1{again['url']}"))[0] == 200
        assert (await server.json("DELETE", f"{path}/share"))[0] == 200
        for link in (again["url"], "/shared/x", "/shared/" + "A" * 32, "/shared/..%2f"):
            assert (await server.json("GET", f"/v1{link}"))[0] == 404


async def test_what_cannot_be_shared(settings: Settings) -> None:
    async with served(settings) as server:
        thread, _ = await asked(server, "One", mode="instant")
        for path, body, status in (
            ("/v1/conversations/none/share", {}, 404),
            (f"/v1/conversations/{thread}/share", {"at": "none"}, 404),
            (f"/v1/conversations/{thread}/share", {"by": "me"}, 400),
        ):
            assert (await server.json("POST", path, json=body))[0] == status


async def test_attachments_come_back_and_never_run(settings: Settings) -> None:
    async with served(settings) as server:
        page = "<script>alert(1)</script>"
        drawn = base64.b64encode(page.encode()).decode()
        content = say(
            "user", "What is it?", Image(f"data:image/png;base64,{PICTURE}"),
            Image(f"data:image/svg+xml;base64,{drawn}"), Document(page, 'a"\n.html'),
        )  # fmt: skip
        turn = await server.engine.turn([content], mode="instant")
        live = await server.engine.start(turn)
        assert live.task is not None
        await live.task
        run = turn.run
        kinds = []
        for n in range(3):
            async with server.http.get(f"{server.url}/v1/runs/{run}/attachments/{n}") as answer:
                assert answer.status == 200
                assert answer.headers["x-content-type-options"] == "nosniff"
                assert "sandbox" in answer.headers["content-security-policy"]
                kinds.append(answer.headers["content-type"])
                way = answer.headers["content-disposition"]
                assert way.startswith("attachment" if n == 1 else "inline")
        assert kinds == ["image/png", "application/octet-stream", "text/plain; charset=utf-8"]
        for n, status in (("3", 404), ("-1", 400), ("99999999999", 400), ("x", 400)):
            assert (await server.json("GET", f"/v1/runs/{run}/attachments/{n}"))[0] == status


async def test_runs_are_filtered_and_added_up(settings: Settings) -> None:
    async with served(settings) as server:
        word = new_id("word").replace("_", "").replace("-", "")
        _, one = await asked(server, f"The harbour {word}", mode="instant")
        _, two = await asked(server, f"The tide {word}", mode="thinking")
        ids = lambda found: [run["id"] for run in found["data"]]  # noqa: E731
        _, found = await server.json("GET", f"/v1/runs?q={word}")
        assert ids(found) == [two, one]
        assert found["data"][1]["question"] == f"The harbour {word}"
        for query, wanted in (
            ("mode=thinking", [two]), ("state=failed", []), (f"before={two}", [one]),
            ("since=2000-01-01", [two, one]), ("until=2000-01-01T00:00:00Z", []),
        ):  # fmt: skip
            assert ids((await server.json("GET", f"/v1/runs?q={word}&{query}"))[1]) == wanted, query
        for query in ("since=yesterday", "state=odd", "limit=0"):
            assert (await server.json("GET", f"/v1/runs?{query}"))[0] in (400, 422), query
        _, used = await server.json("GET", "/v1/usage?days=1")
        modes = {row["mode"]: row for row in used["days"]}
        assert modes["instant"]["runs"] >= 1
        assert modes["thinking"]["tokens"]["input"] > 0


async def test_a_budget_is_cut_and_raised_while_it_runs(settings: Settings) -> None:
    async def slow(request: Request) -> Reply:
        made = script(request)
        if request.schema is None:
            made.text = "word " * 4000
        return made

    async with served(settings, ScriptedModel(slow, pause=0.005)) as server:
        run = new_id("run")
        body = {
            "threadId": new_id("conv"), "runId": run, "state": {}, "tools": [], "context": [],
            "messages": [{"id": "m", "role": "user", "content": "Compare three harbours"}],
            "forwardedProps": {"musespark": {"mode": "contemplating"}},
        }  # fmt: skip
        seen = []
        async with server.http.post(f"{server.url}/agui", json=body) as answer:
            async for line in answer.content:
                seen.append(line)
                if b"SUBAGENT_STARTED" in line and len(seen) < 1000:
                    status, now = await server.json(
                        "PATCH", f"/v1/runs/{run}/budget", json={"tokens": 300_000}
                    )
                    assert (status, now["tokens"]) == (200, 300_000)
                    await server.json("PATCH", f"/v1/runs/{run}/budget", json={"tokens": 1})
                    seen += [b""] * 1000
        told = b"".join(seen)
        assert b'"musespark.budget"' in told
        assert b"RUN_FINISHED" in told
        assert server.engine.models("deep").running == 0  # type: ignore[attr-defined]
        for change, status in (({"tokens": 5}, 409), ({}, 400), ({"tokens": 0}, 400)):
            got = await server.json("PATCH", f"/v1/runs/{run}/budget", json=change)
            assert got[0] == status, change


def test_shares_of_a_budget_change_with_it() -> None:
    whole = Budget(1000, 100, 10)
    part = whole.share(0.5)
    below = part.share(0.5)
    whole.change(tokens=2000, seconds=200)
    assert (part.tokens, below.tokens) == (1000, 500)
    assert part.seconds == pytest.approx(100, rel=0.01)
    assert below.ends <= part.ends <= whole.ends
    whole.change(tokens=1, money=0.1)
    assert (part.tokens, below.tokens) == (0, 0)
    assert below.money < 0.1
