"""Words as HTML beside the events: in a stream, for whoever comes back, of a run that is over."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from browserlike import Browser
from musespark import event as ev
from musespark import patches
from musespark.evidence import Source
from musespark.markup import whole
from musespark.model import Request
from musespark.scripted import Reply, ScriptedModel
from musespark.settings import Settings
from musespark.shown import Shown
from musespark.turn import new_id
from served import Served, script, served

ANSWER = """Two kinds of **tides**, see `tide.py`:

- spring tides, at new and full moon
- neap tides, [between](https://tides.example)

```python
def pull(mass, distance):
    return mass / distance**3
```

That is *all* of it."""


def talkative(request: Request) -> Reply:
    reply = script(request)
    if reply.text.startswith("The tide"):
        return Reply(text=ANSWER, reasoning="Let me *see*.")
    return reply


def asked(text: str = "Why are there tides?", **wish: Any) -> dict[str, Any]:
    return {
        "threadId": new_id("c"),
        "runId": new_id("r"),
        "messages": [{"role": "user", "content": text}],
        "forwardedProps": {"musespark": {"mode": "instant", "render": "html", **wish}},
    }


class Page:
    """What a page shows of a run, and the number of the last event that it has."""

    def __init__(self) -> None:
        self.messages: dict[str, Browser] = {}
        self.texts: dict[str, str] = {}
        self.last = 0

    def take(self, number: int, event: dict[str, Any]) -> None:
        if event.get("name") == "musespark.html":
            value = dict(event["value"])
            self.messages.setdefault(value.pop("messageId"), Browser()).apply(value)
            return
        assert number == self.last + 1
        self.last = number
        if event["type"] in ("TEXT_MESSAGE_CONTENT", "REASONING_MESSAGE_CONTENT"):
            id = event["messageId"]
            self.texts[id] = self.texts.get(id, "") + event["delta"]

    def whole(self) -> None:
        """Every message is complete and looks as its whole text does."""
        assert self.texts
        assert set(self.texts) == set(self.messages)
        for id, text in self.texts.items():
            assert self.messages[id].html == whole(text), id
            assert self.messages[id].ended


async def frames(server: Served, path: str, **more: Any) -> list[tuple[int | None, dict[str, Any]]]:
    """All frames with their own numbers, None for those that have none."""
    import msgspec

    method = "POST" if "json" in more else "GET"
    async with server.http.request(method, server.url + path, **more) as response:
        assert response.status == 200, await response.text()
        body = await response.read()
    found = []
    for frame in body.decode().split("\n\n"):
        lines = frame.split("\n")
        data = [line[6:] for line in lines if line.startswith("data: ")]
        number = [int(line[4:]) for line in lines if line.startswith("id: ")]
        if data:
            found.append((number[0] if number else None, msgspec.json.decode(data[0])))
    return found


async def test_the_words_come_as_html_too(settings: Settings) -> None:
    async with served(settings, ScriptedModel(talkative)) as server:
        page = Page()
        for number, event in await frames(server, "/agui", json=asked()):
            page.take(number or 0, event)
        page.whole()
        assert ANSWER in page.texts.values()
        assert "Let me *see*." in page.texts.values()


async def test_nobody_gets_it_who_does_not_ask(settings: Settings) -> None:
    async with served(settings, ScriptedModel(talkative)) as server:
        request = asked(render="")
        for _, event in await frames(server, "/agui", json=request):
            assert event.get("name") != "musespark.html"
        path = f"/v1/runs/{request['runId']}/events"
        for _, event in await frames(server, path):
            assert event.get("name") != "musespark.html"
        status, body = await server.json("POST", "/agui", json=asked(render="pdf"))
        assert (status, body["error"]["param"]) == (400, "musespark.render")
        status, body = await server.json("GET", f"{path}?render=pdf")
        assert (status, body["error"]["param"]) == (400, "render")


async def test_what_is_torn_anywhere_is_whole_after_coming_back(settings: Settings) -> None:
    """A page loses its connection after any frame, and gets the rest from the kept run."""
    async with served(settings, ScriptedModel(talkative)) as server:
        request = asked()
        first = await frames(server, "/agui", json=request)
        path = f"/v1/runs/{request['runId']}/events?render=html"
        for cut in range(1, len(first)):
            page = Page()
            for number, event in first[:cut]:
                page.take(number or 0, event)
            if page.last == max(number or 0 for number, _ in first):
                break
            for number, event in await frames(server, f"{path}&after={page.last}"):
                page.take(number or 0, event)
            page.whole()


async def test_drafts_of_agents_at_once_are_shown_in_their_lanes(settings: Settings) -> None:
    async with served(settings, ScriptedModel(talkative)) as server:
        request = asked("Compare three ways to heat a house, in depth.", mode="contemplating")
        page, lanes = Page(), set()
        for number, event in await frames(server, "/agui", json=request):
            page.take(number or 0, event)
            if event.get("name") == "musespark.html":
                lanes.add(event.get("subagentRunId"))
        page.whole()
        assert len(lanes) > 2
        again = Page()
        path = f"/v1/runs/{request['runId']}/events?render=html"
        for number, event in await frames(server, path):
            again.take(number or 0, event)
        again.whole()
        assert again.texts == page.texts


def told(shown: Shown, *events: ev.Event) -> list[dict[str, Any]]:
    found = [found for event in events for found in shown.take(event)]
    return [event.value for event in [*found, *shown.flush()]]


def test_words_that_come_together_are_shown_together() -> None:
    shown = Shown()
    found = told(
        shown,
        ev.TextStart("m", "assistant"),
        *(ev.TextDelta("m", word) for word in ("many ", "words ", "at ", "once")),
    )
    assert len(found) == 1


def test_sources_belong_to_the_messages_of_their_lane() -> None:
    sources = [Source(id=1, title="t", quote="q")]
    for lane, other in ((None, "s"), ("s", None)):
        shown, page = Shown(), Browser()
        found = told(
            shown,
            ev.TextStart("m", "assistant", lane), ev.TextDelta("m", "so [1]", lane),
            ev.TextEnd("m", lane), ev.TextStart("n", "assistant", other),
            ev.TextDelta("n", "so [1]", other), ev.Custom("musespark.sources", sources, lane),
            ev.TextEnd("n", other),
        )  # fmt: skip
        for value in found:
            if value.pop("messageId") == "m":
                page.apply(value)
            else:
                assert "cite" not in str(value)
        assert page.html == whole("so [1]", sources)


def test_a_message_that_is_discarded_is_forgotten() -> None:
    shown = Shown()
    told(shown, ev.TextStart("m", "assistant"), ev.TextDelta("m", "half"))
    told(shown, ev.Custom("musespark.discarded", {"messageId": "m"}))
    assert told(shown, ev.TextDelta("m", " more"), ev.TextEnd("m")) == []


def test_whoever_comes_back_gets_the_open_message_anew() -> None:
    events: list[ev.Event] = [ev.TextStart("m", "assistant")]
    events += [ev.TextDelta("m", ANSWER[at : at + 5]) for at in range(0, len(ANSWER), 5)]
    events.append(ev.TextEnd("m"))
    for after in range(len(events)):
        early, late, page = Shown(), Shown(), Browser()
        had = told(early, *events[: after + 1])
        had += [event.value for event in late.resume(events[:after])]
        for begin, end in pairwise(range(after, len(events) + 1)):
            had += told(late, *events[begin:end])
        for value in had:
            page.apply({key: each for key, each in value.items() if key != "messageId"})
        assert page.html == whole(ANSWER)


def test_what_was_left_out_is_shown_when_nothing_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patches, "SHARE", 0.0)
    monkeypatch.setattr(patches, "_QUICK", 0.0)
    shown = Shown()
    first = told(shown, ev.TextStart("m", "assistant"), ev.TextDelta("m", "one"))
    assert len(first) == 1
    assert told(shown, ev.TextDelta("m", " two")) == []
    monkeypatch.setattr(patches, "SHARE", 1e9)
    assert [value["tail"] for value in told(shown)] == [" two"]
    assert told(shown) == []
