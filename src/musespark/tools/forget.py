"""Forget: one memory at once and for good; of several the person is shown which, and asked."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from musespark import facts, reminding, wishes
from musespark.memo import ANSWERS, Memory
from musespark.reminding import say
from musespark.tool import Exact
from musespark.turn import Turn

Which = Literal["that", "forget", "these", "numbers", "everything", "never"]
_MOST = 20


async def forget(
    which: Annotated[
        Which,
        Meta(
            description="that: what was said last; forget: what was said about something; these "
            "or numbers: of the list that was shown; everything; never: what is not to be kept"
        ),
    ],
    turn: Turn,
    about: Annotated[str, Meta(max_length=500, description="what it was about")] = "",
    numbers: Annotated[
        tuple[int, ...], Meta(description="the numbers in the list", max_length=50)
    ] = (),
) -> Exact:
    """Forget what was said, for good, because the person asked for it. This cannot be undone."""
    code = reminding.tongue(turn)
    if turn.mind is None:
        return Exact(say("unkept", code))
    if which in ("everything", "never"):
        return Exact(say(which, code))
    if which == "forget":
        found, sure = await _about(about, turn)
        return await _offer(found, turn, code, sure=sure)
    listed = which in ("these", "numbers")
    run, told = await turn.mind.before(turn.conversation, turn.run, listed=listed)
    if listed:
        ids = _chosen(told, which, numbers)
        if not ids:
            return Exact(say("no_list", code))
        return await _gone(await turn.mind.these(ids), turn, code)
    shown = [row["id"] for row in told if row.get("how") in ("offered", "used", "kept")]
    found = await turn.mind.these(shown) if shown else await turn.mind.said_in(run)
    own = [one for one in found if one.mine] or found
    if not shown and own:  # the exchange itself: with the question goes the answer to it
        return await _gone(found, turn, code, shown=own)
    return await _offer(found, turn, code)


async def _about(about: str, turn: Turn) -> tuple[list[Memory], bool]:
    """What is remembered of something, but for the questions and for our own answers, where there
    is anything else; and whether all of it says so with these very words."""
    own = turn.person.language
    sought = f"{about} {reminding.cues(about, own)}"
    found = await turn.mind.recall(
        sought, facts.meant(about), now=turn.now, tokens=4000, most=3 * _MOST
    )
    found = [one for one in found if one.slot or reminding.holds(about, one, own)]
    said = [one for one in found if one.speaker != ANSWERS and not wishes.asks(one.text)]
    chosen = sorted((said or found)[:_MOST], key=lambda one: one.said, reverse=True)
    return chosen, all(reminding.holds(about, one, own, literally=True) for one in chosen)


def _chosen(told: list[dict[str, Any]], which: str, numbers: tuple[int, ...]) -> list[int]:
    """The ids of a list that was shown, those of its numbers alone where some were named."""
    rows = [row for row in told if row.get("how") in ("offered", "used")]
    if which == "these":
        return [row["id"] for row in rows if row.get("how") == "offered"]
    return [row["id"] for n, row in enumerate(rows, 1) if n in numbers]


async def _offer(found: list[Memory], turn: Turn, code: str, *, sure: bool = True) -> Exact:
    """Forget the one that was found; of several, or where it is not `sure`, show which."""
    if not found:
        return Exact(say("nothing", code))
    if len(found) == 1 and sure:
        return await _gone(found, turn, code)
    turn.memories, turn.telling = found, "offered"
    zone = turn.person.zone
    lines = [
        f"{n}. {reminding.signed(one, code, zone)}: “{reminding.short(one)}”"
        for n, one in enumerate(found, 1)
    ]
    return Exact("\n".join([say("which", code, count=len(found)), "", *lines]))


async def _gone(
    found: list[Memory], turn: Turn, code: str, shown: list[Memory] | None = None
) -> Exact:
    """Forget these for good, and say what is gone."""
    if not found:
        return Exact(say("nothing", code))
    await turn.mind.forget([one.id for one in found])
    shown = shown or found
    if len(shown) == 1:
        one = shown[0]
        day = reminding.day_of(reminding.local(one.said, turn.person.zone).date(), code)
        key = "forgotten_own" if one.mine else "forgotten_one"
        text = say(key, code, date=day, words=reminding.short(one, 80), who=one.speaker)
    else:
        text = say("forgotten_many", code, count=len(shown))
    talks = any(one.conversation for one in shown)
    return Exact(f"{text} {say('still_said', code)}" if talks else text)


def recognise(question: str, turn: Turn) -> dict[str, object] | None:
    """What is to be forgotten, None where nothing is."""
    asked = wishes.wish(question)
    if asked is None or asked.kind not in (
        "that",
        "forget",
        "these",
        "numbers",
        "everything",
        "never",
    ):
        return None
    return {"which": asked.kind, "about": asked.about, "numbers": list(asked.numbers)}


def fits(turn: Turn) -> bool:
    """A model is not offered it: the person's own words alone make anything be forgotten."""
    return False
