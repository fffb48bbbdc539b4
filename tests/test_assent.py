"""The terminal asks: what may be done, what may be kept; and a person's y, n and silence count."""

from __future__ import annotations

import io
from typing import Any

import pytest

from musespark import assent, purposes
from musespark.display import Display
from musespark.engine import Engine
from musespark.message import say
from musespark.scripted import Reply, call
from musespark.settings import Settings
from musespark.terminal import Terminal
from musespark.turn import new_id
from obedient import Outbox, steps

LETTER = {"to": "ann@friends.example", "text": "See you\u202e at seven."}
OTHER = {"to": "bob@friends.example", "text": "Hello."}


class Tty(io.StringIO):
    """A stream that a person looks at."""

    encoding = "utf-8"  # type: ignore[assignment]

    def isatty(self) -> bool:
        return True


async def asked(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    *calls: dict[str, str],
    tty: bool = True,
) -> tuple[Outbox, str]:
    """What is done and said when a person types that after an answer that wants these letters."""
    outbox = Outbox()
    replies = steps(
        call("read_page", {"url": "https://pages.example/a"}),
        Reply(calls=[("send_message", each) for each in calls]),
    )
    engine = await Engine.open(settings, keep=False, models=lambda tier: replies)
    try:
        outbox.put_into(engine)
        monkeypatch.setattr("sys.stdin", Tty(typed))
        monkeypatch.setenv("TERM", "xterm")
        err = Tty() if tty else io.StringIO()
        terminal = Terminal(out=io.StringIO(), err=err)
        display = Display(terminal)
        turn = await engine.turn([say("user", "Write to them")], mode="instant")
        async for event in engine.follow(turn):
            display.show(event)
        await assent.put(engine, turn, display, terminal)
        return outbox, err.getvalue()
    finally:
        await engine.close()


async def test_one_call_is_shown_and_done_after_a_yes(settings: Settings, monkeypatch: Any) -> None:
    outbox, said = await asked(settings, monkeypatch, "y\n", LETTER)
    assert outbox.ran("send_message") == [LETTER]
    assert "text: See you\\u202e at seven." in said
    assert "to: ann@friends.example" in said
    assert "send_message: done. done" in said


@pytest.mark.parametrize(("typed", "state"), [("n\n", "no"), ("\n", "waits"), ("", "waits")])
async def test_a_no_and_silence_do_nothing(
    settings: Settings, monkeypatch: Any, typed: str, state: str
) -> None:
    outbox, said = await asked(settings, monkeypatch, typed, LETTER)
    assert outbox.ran("send_message") == []
    assert ("It waits for a day" in said) == (state == "waits")


@pytest.mark.parametrize(
    ("typed", "sent"),
    [("a\n", [LETTER, OTHER]), ("2\n", [OTHER]), ("n\n", []), ("7\n", []), ("what?\n", [])],
)
async def test_several_are_answered_at_once(
    settings: Settings, monkeypatch: Any, typed: str, sent: list[Any]
) -> None:
    outbox, said = await asked(settings, monkeypatch, typed, LETTER, OTHER)
    assert outbox.ran("send_message") == sent
    assert "1. Waiting for you" in said


async def test_without_a_terminal_it_says_how_to_answer(
    settings: Settings, monkeypatch: Any
) -> None:
    outbox, said = await asked(settings, monkeypatch, "y\n", LETTER, tty=False)
    assert outbox.ran("send_message") == []
    assert "musespark approvals approve appr_" in said


@pytest.mark.parametrize(
    ("typed", "state"), [("y\n", "allowed"), ("nein\n", "refused"), ("\n", "undecided")]
)
async def test_a_purpose_is_asked_about_once_and_the_answer_counts(
    settings: Settings, monkeypatch: Any, typed: str, state: str
) -> None:
    replies = steps("Noted.")
    engine = await Engine.open(settings, models=lambda tier: replies)
    try:
        assert engine.store is not None
        person = await engine.person(new_id("person"))
        heard = []
        silent = await engine.turn(
            [say("user", "Remember that my bike is blue.")], person=person, mode="instant",
            asks=False,
        )  # fmt: skip
        events = [event async for event in engine.follow(silent)]
        assert "musespark.consent" not in str(events), "nobody would see it, so it is not asked"
        for _ in range(2):
            monkeypatch.setattr("sys.stdin", Tty(typed))
            monkeypatch.setenv("TERM", "xterm")
            terminal = Terminal(out=io.StringIO(), err=Tty())
            display = Display(terminal)
            turn = await engine.turn(
                [say("user", "Remember that my bike is blue.")], person=person, mode="instant"
            )
            async for event in engine.follow(turn):
                display.show(event)
            heard.append(len(display.asked))
            await assent.put(engine, turn, display, terminal)
        assert heard == [1, 0]
        rows = await purposes.of(engine.store, person.id)
        assert {purposes.state(row) for row in rows if row["purpose"] == "memory"} == {state}
    finally:
        await engine.close()
