"""Recall: what a person said before, word for word, with who said it and when."""

from __future__ import annotations

import time
from typing import Annotated

from msgspec import Meta

from musespark import consent, facts, reminding, wishes
from musespark.memo import Memory
from musespark.reminding import say
from musespark.tool import Exact, Outside
from musespark.turn import Turn

_MOST = 8


async def recall(
    about: Annotated[
        str, Meta(max_length=500, description="what it was about; empty for all that is known")
    ],
    turn: Turn,
) -> Exact | Outside:
    """Look up what this person said before, in any conversation, and when: word for word."""
    code = reminding.tongue(turn)
    if (refusal := reminding.refusal(turn, code)) is not None:
        return Exact(refusal)
    if about.strip():
        found, lead = await _about(about, turn), "lead"
    else:
        found, lead = await turn.mind.newest(_MOST), "known"
    if not found:
        return Exact(say("nothing" if about.strip() else "empty", code))
    await reminding.note(turn, found, "", time.time())  # which is asked where the run goes on
    first = len(turn.memories)
    turn.memories, turn.telling = [*turn.memories, *found], "used"
    for outside in (False, True):
        consent.reveal(turn, [m.text for m in found if m.outside is outside], of_others=outside)
    count = await turn.mind.count() if lead == "known" else len(found)
    if turn.chosen != "exact":  # a model asked: it reads them as data, each with its mark
        return Outside("\n".join(reminding.marked(found, turn, first)))
    said = reminding.recital(found, turn, lead=say(lead, code, count=count))
    turn.sources += said.sources
    return Exact(said.text)


async def _about(about: str, turn: Turn) -> list[Memory]:
    """What the person themself said of something, the newest first; what others said of it, where
    they said nothing."""
    slot = facts.asked(turn.question) or facts.meant(about)
    sought = f"{about} {reminding.cues(about, turn.person.language)}"
    found = await turn.mind.recall(sought, slot, now=turn.now, tokens=1500, most=4 * _MOST)
    found = [
        one
        for one in found
        if not wishes.asks(one.text)
        and (one.slot or reminding.holds(about, one, turn.person.language))
    ]
    own = [one for one in found if one.mine] or found
    chosen = sorted(own[:_MOST], key=lambda one: one.said, reverse=True)
    facts_first = [one for one in found if one.slot]
    return facts_first or chosen


def recognise(question: str, turn: Turn) -> dict[str, object] | None:
    """What a question for the memory itself is about, None for any other question."""
    asked = wishes.wish(question)
    if asked is None or asked.kind not in ("told", "all"):
        return None
    return {"about": asked.about}


def fits(turn: Turn) -> bool:
    """Of use where something may be recalled."""
    return reminding.uses(turn)
