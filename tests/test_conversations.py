"""Conversations over HTTP: trees of runs to go on from, look into, search, rename and erase."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any
from unittest.mock import ANY

import pytest

from musespark import keys as keys_
from musespark.conversations import Tree, tidy
from musespark.keys import Keys
from musespark.message import Image
from musespark.model import Request
from musespark.runs import attached
from musespark.scripted import Reply, ScriptedModel, hang
from musespark.settings import Settings
from musespark.turn import new_id
from samples import picture
from served import Served, script, served

CHAT = "/v1/chat/completions"
WRONG = "invalid_request"
PIXEL = base64.b64encode(picture()).decode()


def echo(request: Request) -> Reply:
    """Says which messages it was shown."""
    said = [f"{m.role[0]}:{m.text}" for m in request.messages if m.role != "system"]
    return Reply(text=" | ".join(said))


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[Served]:
    async with served(settings, ScriptedModel(echo)) as running:
        yield running


async def say(server: Served, words: Any, who: Any = None, **wish: Any) -> dict[str, Any]:
    """Ask one thing; what the answer says of itself, and its words."""
    body = {"model": "musespark-instant", "messages": [{"role": "user", "content": words}],
            "musespark": wish}  # fmt: skip
    status, said = await server.json("POST", CHAT, json=body, **(who or {}))
    assert status == 200, said
    return {**said["musespark"], "text": said["choices"][0]["message"]["content"]}


async def look(server: Served, conversation: str, query: str = "") -> dict[str, Any]:
    status, said = await server.json("GET", f"/v1/conversations/{conversation}?{query}")
    assert status == 200, said
    return dict(said)


def person(key: str) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {key}"}}


# -- the tree --------------------------------------------------------------------------------------


async def test_a_question_follows_the_run_that_it_names(server: Served) -> None:
    first = await say(server, "One", after="", conversation=(talk := new_id("conv")))
    second = await say(server, "Two", after=first["run"])
    assert second["conversation"] == talk
    assert second["text"] == "u:One | a:u:One | u:Two"
    third = await say(server, "Three", after=second["run"], conversation=talk)
    assert third["text"].endswith("| u:Three")
    again = await say(server, "Two, otherwise", after=first["run"])
    assert again["text"] == "u:One | a:u:One | u:Two, otherwise"
    anew = await say(server, "Other one", after="", conversation=talk)
    assert anew["text"] == "u:Other one"

    newest = await look(server, talk)
    assert newest["at"] == anew["run"]
    [only] = newest["runs"]
    assert only["versions"] == [first["run"], anew["run"]]
    assert only["newest"] == {first["run"]: again["run"], anew["run"]: anew["run"]}
    branch = await look(server, talk, f"at={third['run']}")
    ids = [run["id"] for run in branch["runs"]]
    assert ids == [first["run"], second["run"], third["run"]]
    assert [run["after"] for run in branch["runs"]] == [None, first["run"], second["run"]]
    assert branch["runs"][1]["versions"] == [second["run"], again["run"]]
    assert branch["runs"][1]["newest"] == {second["run"]: third["run"], again["run"]: again["run"]}
    assert branch["runs"][2]["versions"] == [third["run"]]
    assert branch["runs"][2]["newest"] == {}
    assert (branch["more"], newest["more"]) == (False, False)


async def test_without_after_it_is_as_before_and_follows_the_newest(server: Served) -> None:
    talk = new_id("conv")
    first = await say(server, "One", conversation=talk)
    second = await say(server, "Two", conversation=talk)
    assert second["text"] == "u:Two", "the messages are the client's"
    branch = await look(server, talk)
    assert [(r["id"], r["after"]) for r in branch["runs"]] == [
        (first["run"], None), (second["run"], first["run"])
    ]  # fmt: skip


async def test_two_responses_to_one_are_branches(server: Served) -> None:
    async with server.openai() as client:
        made = [await client.responses.create(model="musespark-instant", input="One")]
        for words in ("Two", "Zwei"):
            more = {"model": "musespark-instant", "previous_response_id": made[0].id}
            made.append(await client.responses.create(input=words, **more))
        last = await client.responses.create(
            model="musespark-instant", input="Three", previous_response_id=made[1].id
        )
    assert made[2].output_text == "u:One | a:u:One | u:Zwei"
    assert "Zwei" not in last.output_text
    assert last.output_text.endswith("| u:Two | a:u:One | a:u:One | u:Two | u:Three")
    runs = ["run_" + each.id.removeprefix("resp_") for each in (*made, last)]
    _, row = await server.json("GET", f"/v1/runs/{runs[0]}")
    branch = await look(server, row["conversation"])
    assert [run["id"] for run in branch["runs"]] == [runs[0], runs[1], runs[3]]
    assert branch["runs"][1]["versions"] == [runs[1], runs[2]]


async def test_a_failed_question_is_not_kept_twice(settings: Settings) -> None:
    answers = iter([Reply(text="One two three", cut=2), "Fine."])
    async with served(settings, ScriptedModel(lambda r: next(answers))) as server:
        talk = new_id("conv")
        body = {"model": "musespark-instant", "messages": [{"role": "user", "content": "One"}],
                "musespark": {"conversation": talk}}  # fmt: skip
        status, _ = await server.json("POST", CHAT, json=body)
        assert status == 502
        failed = (await look(server, talk))["runs"][0]
        assert (failed["state"], failed["error"]["code"]) == ("failed", "model_cut_off")
        await say(server, "Two", after=failed["id"])
        runs = (await look(server, talk))["runs"]
        assert [run["question"]["text"] for run in runs] == ["One", "Two"]
        assert runs[1]["answer"]["text"] == "Fine."


async def test_agui_goes_on_from_a_run_too(server: Served) -> None:
    thread = new_id("thread")

    def body(run: str, words: str, **wish: Any) -> dict[str, Any]:
        return {"threadId": thread, "runId": run, "forwardedProps": {"musespark": wish},
                "messages": [{"id": "1", "role": "user", "content": words}]}  # fmt: skip

    one, two = new_id("run"), new_id("run")
    await server.events("/agui", json=body(one, "One", mode="instant", after=""))
    events = await server.events("/agui", json=body(two, "Two", mode="instant", after=one))
    words = "".join(e["delta"] for _, e in events if e["type"] == "TEXT_MESSAGE_CONTENT")
    assert words == "u:One | a:u:One | u:Two"
    other = {**body(new_id("run"), "x", after=one), "threadId": new_id("thread")}
    status, said = await server.json("POST", "/agui", json=other)
    assert (status, said["error"]["param"]) == (400, "musespark.after")
    status, said = await server.json("POST", "/agui", json=body(new_id("run"), "x", after="none"))
    assert (status, said["error"]["code"]) == (404, "unknown_run")


async def test_a_run_under_way_cannot_be_followed_by_another(settings: Settings) -> None:
    async with served(settings, ScriptedModel(lambda r: hang(2, "so many words"))) as server:
        talk = new_id("conv")
        body = {"model": "musespark-contemplating", "input": "Compare harbours.",
                "background": True, "musespark": {"conversation": talk}}  # fmt: skip
        _, begun = await server.json("POST", "/v1/responses", json=body)
        run = begun["musespark"]["run"]
        shown = (await look(server, talk))["runs"][0]
        assert (shown["state"], shown["answer"], shown["seconds"]) == (
            "running",
            {"text": ""},
            None,
        )
        _, listed = await server.json("GET", "/v1/conversations?limit=1")
        assert (listed["data"][0]["id"], listed["data"][0]["running"]) == (talk, run)
        ask = {"model": "musespark-instant", "messages": [{"role": "user", "content": "And?"}],
               "musespark": {"after": run}}  # fmt: skip
        status, said = await server.json("POST", CHAT, json=ask)
        assert (status, said["error"]["code"]) == (409, "run_under_way")
        await server.json("POST", f"/v1/runs/{run}/cancel")
        ask["musespark"] = {"after": run, "incognito": True}
        async with server.http.post(server.url + CHAT, json={**ask, "stream": True}) as response:
            assert response.status == 200
        _, listed = await server.json("GET", "/v1/conversations?limit=1")
        assert listed["data"][0]["running"] is None


async def test_a_long_branch_comes_in_pages(server: Served) -> None:
    talk, runs = new_id("conv"), [""]
    for n in range(7):
        runs.append((await say(server, f"Question {n}", after=runs[-1], conversation=talk))["run"])
    runs = runs[1:]
    page = await look(server, talk, "limit=3")
    assert ([r["id"] for r in page["runs"]], page["more"]) == (runs[4:], True)
    page = await look(server, talk, f"limit=3&before={runs[4]}")
    assert ([r["id"] for r in page["runs"]], page["more"]) == (runs[1:4], True)
    page = await look(server, talk, f"limit=3&before={runs[1]}&at={runs[6]}")
    assert ([r["id"] for r in page["runs"]], page["more"], page["at"]) == (
        runs[:1], False, runs[6]
    )  # fmt: skip
    page = await look(server, talk, f"before={runs[0]}")
    assert (page["runs"], page["more"]) == ([], False)
    assert [r["question"]["text"] for r in (await look(server, talk, f"at={runs[1]}"))["runs"]] == [
        "Question 0", "Question 1"
    ]  # fmt: skip
    for query in ("at=none", "before=none", f"at={talk}"):
        status, said = await server.json("GET", f"/v1/conversations/{talk}?{query}")
        assert (status, said["error"]["code"]) == (404, "unknown_run")


def test_a_tree_knows_its_branches() -> None:
    #  a ─ b ─ d        e begins anew; what f followed is gone
    #   └─ c ─ g
    tree = Tree([("a", ""), ("b", "a"), ("c", "a"), ("d", "b"), ("e", ""), ("f", "lost"),
                 ("g", "c")])  # fmt: skip
    assert tree.last == "g"
    assert tree.line("d", 9) == ["d", "b", "a"]
    assert tree.line("d", 2) == ["d", "b"]
    assert tree.line("", 2) == []
    assert tree.versions("c") == ["b", "c"]
    assert tree.versions("f") == ["a", "e", "f"]
    assert [tree.newest(run) for run in "abcdefg"] == ["g", "d", "g", "d", "e", "f", "g"]
    assert Tree([]).last == ""
    deep = Tree([("0", ""), *((str(n), str(n - 1)) for n in range(1, 20_000))])
    assert deep.newest("0") == "19999"


# -- what a run shows ------------------------------------------------------------------------------


async def test_what_is_attached_is_named_but_not_sent_along(server: Served) -> None:
    words = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}},
        {"type": "document", "text": "Große Worte", "name": "brief.txt"},
    ]
    asked = await say(server, words)
    [run] = (await look(server, asked["conversation"]))["runs"]
    assert run["question"] == {
        "text": "What is this?",
        "attachments": [
            {"kind": "image", "name": "picture.png", "media": "image/png", "bytes": ANY,
             "file": ANY},
            {"kind": "document", "name": "picture.png", "media": "text/plain", "bytes": ANY,
             "file": ANY},
            {"kind": "document", "name": "brief.txt", "media": "text/plain", "bytes": 12},
        ],
    }  # fmt: skip
    old = Image("https://example.org/far.png")
    assert attached(old) == {"type": "image", "name": "", "media": "", "bytes": 0, "url": old.url}
    assert server.engine.store is not None
    await server.engine.store.rows("owner", "update messages set brief = null where run = %s",
                                   asked["run"])  # fmt: skip
    assert (await look(server, asked["conversation"]))["runs"] == [run], "as older ones are kept"


async def test_a_run_shows_how_it_was_answered(server: Served) -> None:
    asked = await say(server, [{"type": "text", "text": "When does the tide turn?"},
                               {"type": "document", "name": "tides.txt",
                                "text": "The tide turns at seven in the evening."}])  # fmt: skip
    [run] = (await look(server, asked["conversation"]))["runs"]
    assert (run["mode"], run["asked"], run["state"]) == ("instant", "instant", "done")
    assert run["reason"]
    assert run["answer"]["text"] == asked["text"]
    assert run["usage"]["calls"] == 1
    assert run["seconds"] >= 0
    assert (run["cost"], run["error"], run["durable"]) == (0, None, False)
    assert run["sources"] == asked.get("sources", [])
    assert run["notices"] == asked.get("notices", [])


async def test_sources_notices_and_confidence_are_told_again(settings: Settings) -> None:
    async with served(settings, ScriptedModel(script)) as server:
        ask = {"model": "musespark-contemplating",
               "messages": [{"role": "user", "content": "Compare three harbours."}]}  # fmt: skip
        _, said = await server.json("POST", CHAT, json=ask)
        [run] = (await look(server, said["musespark"]["conversation"]))["runs"]
        for name in ("confidence", "check"):
            assert run[name] == said["musespark"].get(name), name
        for name in ("sources", "notices"):
            assert run[name] == said["musespark"].get(name, []), name
        assert run["durable"] is True


# -- the list --------------------------------------------------------------------------------------


async def listed(server: Served, query: str, who: Any = None) -> list[str]:
    status, said = await server.json("GET", f"/v1/conversations?{query}", **(who or {}))
    assert status == 200, said
    return [each["id"] for each in said["data"]]


async def test_pinned_ones_come_first_and_pages_fit_together(server: Served) -> None:
    talks = [(await say(server, f"Talk {n}"))["conversation"] for n in range(5)]
    for talk in (talks[0], talks[2]):
        status, said = await server.json("PATCH", f"/v1/conversations/{talk}",
                                         json={"pinned": True})  # fmt: skip
        assert (status, said["pinned"]) == (200, True)
    await say(server, "More", conversation=talks[0])
    wanted = [talks[0], talks[2], talks[4], talks[3], talks[1]]
    assert (await listed(server, "limit=5")) == wanted
    _, first = await server.json("GET", "/v1/conversations?limit=2")
    assert ([each["id"] for each in first["data"]], first["more"]) == (wanted[:2], True)
    assert await listed(server, f"limit=3&before={wanted[1]}") == wanted[2:]
    assert await listed(server, f"limit=1&before={wanted[0]}") == [wanted[1]]
    assert await listed(server, "before=none") == []
    for talk in (talks[0], talks[2]):
        await server.json("PATCH", f"/v1/conversations/{talk}", json={"pinned": False})
    assert (await listed(server, "limit=2")) == [talks[0], talks[4]]


async def test_every_word_of_a_search_has_to_occur(server: Served) -> None:
    mark = new_id("mark").replace("_", "")
    one = (await say(server, f"Der Ärger mit dem Leuchtturm {mark}"))["conversation"]
    two = (await say(server, f"{mark} harbours, e.g. state-of-the-art (Kiel/Lübeck)"))[
        "conversation"
    ]
    kanji = (await say(server, f"{mark} 灯台の光は遠くまで届く"))["conversation"]
    await say(server, "Wie hoch ist er?", conversation=one)
    await server.json("PATCH", f"/v1/conversations/{two}", json={"title": "Sea lights"})
    for wanted, found in (
        (mark, {one, two, kanji}), (mark[:-3].upper(), {one, two, kanji}),
        (f"ärger {mark}", {one}), (f"ÄRGER {mark}", {one}), (f"{mark} leucht", {one}),
        (f"{mark} hoch", {one}), (f"{mark} och ist", set()), (f"{mark} turm", {one}),
            (f"{mark} euchtturm d", {one}), (f"{mark} art kiel", {two}),
        (f"{mark} lübeck state", {two}), (f"{mark} e.g.", {one, two}), (f"{mark} (kiel", {two}),
        (f"{mark} lights", {two}), (f"{mark} igh", {two}), (f"{mark} 遠く", {kanji}),
        (f"{mark} の光", {kanji}), (f"{mark} nothing", set()), (f"{mark} %", {one, two, kanji}),
        (f"{mark} !", set()), (f"{mark} ' or 1=1 --", set()), (f"{mark}:* & x", set()),
    ):  # fmt: skip
        _, said = await server.json("GET", "/v1/conversations", params={"q": wanted})
        assert {each["id"] for each in said["data"]} == found, wanted
    _, said = await server.json("GET", "/v1/conversations", params={"q": mark, "limit": "1"})
    assert (len(said["data"]), said["more"]) == (1, True)
    _, said = await server.json("GET", "/v1/conversations", params={"q": "/ . %"})
    assert said["data"] == []


@pytest.mark.parametrize(
    "words",
    ["x" * 300_000, "é" * 120_000, " ".join(str(n) for n in range(60_000)), "\0\x01 a\u202eb",
     "word" + "\n" * 5000, "a" * 3000 + " b", "!" * 10_000, "\U0001f600" * 2000],
    ids=["one word", "wide", "many", "control", "lines", "too long a word", "signs", "faces"],
)  # fmt: skip
async def test_whatever_was_said_can_be_kept_and_searched(server: Served, words: str) -> None:
    document = {"type": "document", "text": "attached", "name": "a.txt"}
    asked = await say(server, [{"type": "text", "text": words}, document])
    _, whole = await server.json("GET", f"/v1/runs/{asked['run']}")
    assert whole["state"] == "done"
    assert asked["conversation"] in await listed(server, "limit=200")
    status, _ = await server.json("GET", "/v1/conversations", params={"q": words[:400]})
    assert status == 200


async def test_a_title_can_be_another(server: Served) -> None:
    talk = (await say(server, "What is\nthe sea?"))["conversation"]
    path = f"/v1/conversations/{talk}"
    status, said = await server.json("PATCH", path, json={"title": " <b>Sea</b>\0\n\x07 👩‍👩‍👧 "})
    assert (status, said["title"]) == (200, "<b>Sea</b> 👩‍👩‍👧")
    assert (await look(server, talk))["title"] == "<b>Sea</b> 👩‍👩‍👧"
    _, said = await server.json("PATCH", path, json={"title": "x" * 9000})
    assert said["title"] == "x" * 200
    for body, code in (
        ({"title": " \n\x00"}, "empty_title"), ({}, WRONG), ({"title": 5}, WRONG), ([], WRONG),
        ({"pinned": "yes"}, WRONG), ({"titel": "x"}, WRONG), ({"title": "x" * 20_000}, WRONG),
    ):  # fmt: skip
        status, said = await server.json("PATCH", path, json=body)
        assert (status, said["error"]["code"]) == (400, code), body
    status, said = await server.json("PATCH", path, data=b"x" * 100_000)
    assert (status, said["error"]["code"]) == (413, "request_too_large")
    for method in ("GET", "DELETE"):
        status, said = await server.json(method, "/v1/conversations/none")
        assert (status, said["error"]["code"]) == (404, "unknown_conversation")
    status, _ = await server.json("PATCH", "/v1/conversations/none", json={"pinned": True})
    assert status == 404
    assert tidy("a\u0085b\tc") == "a b c"


# -- erasing ---------------------------------------------------------------------------------------


async def left(server: Served, *words: str) -> dict[str, int]:
    """How many rows of each table speak of these."""
    store = server.engine.store
    assert store is not None
    tables = ("conversations", "runs", "messages", "steps", "events", "shares", "activities")
    found = {}
    for table in tables:
        rows = await store.rows("owner", f"select t::text as said from {table} t")  # type: ignore[arg-type]
        found[table] = sum(any(word in row["said"] for word in words) for row in rows)
    return {table: n for table, n in found.items() if n}


async def test_a_conversation_is_erased_with_everything_in_it(server: Served) -> None:
    mark = new_id("mark")
    asked = await say(server, f"Tell me of {mark}")
    await say(server, "More", after=asked["run"])
    other = await say(server, "Something else")
    store = server.engine.store
    assert store is not None
    await store.rows("owner", "insert into activities (person, uri, type, body) values"
                     " ('owner', %s, 'Create', '{}')", f"urn:musespark:{asked['run']}")  # fmt: skip
    assert set(await left(server, asked["conversation"], asked["run"], mark)) == {
        "conversations", "runs", "messages", "steps", "events", "activities"
    }  # fmt: skip
    status, said = await server.json("DELETE", f"/v1/conversations/{asked['conversation']}")
    assert (status, said["deleted"]) == (200, True)
    assert await left(server, asked["conversation"], asked["run"], mark) == {}
    assert (await look(server, other["conversation"]))["runs"]
    for method in ("GET", "DELETE"):
        path = f"/v1/conversations/{asked['conversation']}"
        assert (await server.json(method, path))[0] == 404


@pytest.mark.parametrize("mode", ["instant", "contemplating"])
async def test_what_is_under_way_is_stopped_before_it_is_erased(
    settings: Settings, mode: str
) -> None:
    model = ScriptedModel(lambda request: hang(2, "so many words to say"))
    async with served(settings, model) as server:
        talk = new_id("conv")
        body = {"model": f"musespark-{mode}", "stream": True,
                "messages": [{"role": "user", "content": "Compare harbours."}],
                "musespark": {"conversation": talk, "keep": True}}  # fmt: skip
        async with server.http.post(server.url + CHAT, json=body) as response:
            await response.content.readline()
            while (await server.json("GET", f"/v1/conversations/{talk}"))[0] != 200:
                await asyncio.sleep(0.01)
            [run] = server.engine.runs.live
            status, _ = await server.json("DELETE", f"/v1/conversations/{talk}")
            assert status == 200
            said = (await response.read()).decode()
            assert "not_kept" not in said
        assert not model.running
        assert not server.engine.runs.live
        assert await left(server, talk, run) == {}


async def erased(server: Served, run: str) -> bool:
    path = f"/v1/responses/resp_{run.removeprefix('run_')}"
    return (await server.json("DELETE", path))[0] == 200


async def test_erasing_a_response_keeps_what_followed_it(server: Served) -> None:
    one = await say(server, "One", after="", conversation=(talk := new_id("conv")))
    two = await say(server, "Two", after=one["run"])
    three = await say(server, "Three", after=two["run"])
    assert await erased(server, two["run"])
    runs = (await look(server, talk))["runs"]
    assert [(r["id"], r["after"]) for r in runs] == [
        (one["run"], None), (three["run"], one["run"])
    ]  # fmt: skip
    four = await say(server, "Four", after=three["run"])
    assert "u:Two |" not in four["text"].split("a:")[0]
    for run in (one, three, four):
        assert await erased(server, run["run"])
    assert await left(server, talk) == {}, "nobody is left in it"


# -- going on --------------------------------------------------------------------------------------


async def test_a_run_goes_on_without_its_client_where_that_is_wished(settings: Settings) -> None:
    model = ScriptedModel(["One two three four"], repeat=True, pause=0.1)
    async with served(settings, model) as server:
        for wish, state in (({"keep": True}, "done"), ({}, "cancelled"),
                            ({"keep": True, "incognito": True}, "")):  # fmt: skip
            talk = new_id("conv")
            body = {"model": "musespark-instant", "stream": True,
                    "messages": [{"role": "user", "content": "Say it."}],
                    "musespark": {"conversation": talk, **wish}}  # fmt: skip
            async with server.http.post(server.url + CHAT, json=body) as response:
                run = response.headers["x-musespark-run"]
                await response.content.readline()
            async with asyncio.timeout(20):
                while run in server.engine.runs.live:
                    await asyncio.sleep(0.01)
            status, row = await server.json("GET", f"/v1/runs/{run}")
            assert (row.get("state", ""), status) == (state, 200 if state else 404), wish
            if state == "done":
                assert (await look(server, talk))["runs"][0]["answer"]["text"].endswith("four")


# -- whose -----------------------------------------------------------------------------------------


async def test_conversations_are_a_persons_own(
    server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys_, "REMEMBERED", 0.0)
    assert server.engine.store is not None
    keys = Keys(server.engine.store)
    made = {name: await keys.create(name) for name in ("anna", "berta")}
    anna, berta = (person(made[name][1]) for name in ("anna", "berta"))
    try:
        mark = new_id("mark").replace("_", "")
        asked = await say(server, f"Of {mark}", anna)
        path = f"/v1/conversations/{asked['conversation']}"
        assert await listed(server, f"q={mark}", anna) == [asked["conversation"]]
        assert await listed(server, f"q={mark}", berta) == []
        assert await listed(server, "", berta) == []
        assert await listed(server, f"before={asked['conversation']}", berta) == []
        for method, more in (("GET", {}), ("DELETE", {}), ("PATCH", {"json": {"title": "Mine"}})):
            status, said = await server.json(method, path, **more, **berta)
            assert (status, said["error"]["code"]) == (404, "unknown_conversation"), method
        body = {"model": "musespark-instant", "messages": [{"role": "user", "content": "And?"}],
                "musespark": {"after": asked["run"]}}  # fmt: skip
        status, said = await server.json("POST", CHAT, json=body, **berta)
        assert (status, said["error"]["code"]) == (404, "unknown_run")
        status, said = await server.json("GET", path, **anna)
        assert (status, said["title"]) == (200, f"Of {mark}")
    finally:
        for name, (id, _) in made.items():
            await keys.revoke(id, name)
