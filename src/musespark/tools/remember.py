"""Remember: what a person asks to be remembered goes to their memory, word for word."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from musespark import reminding
from musespark.reminding import say
from musespark.tool import Exact
from musespark.turn import Turn
from musespark.wishes import wish


async def remember(
    words: Annotated[str, Meta(min_length=1, max_length=2000, description="what to remember")],
    turn: Turn,
) -> Exact:
    """Remember something for this person, in their own words, because they asked for it."""
    code = reminding.tongue(turn)
    if (refusal := reminding.refusal(turn, code)) is not None:
        return Exact(refusal)
    words = words.strip()
    ids = await turn.mind.note(words, turn.run, turn.conversation, turn.now)
    turn.memories, turn.telling = await turn.mind.these(ids), "kept"
    if not turn.memories:  # it was withdrawn a moment ago
        return Exact(say("off", code))
    return Exact(say("noted", code, words=words))


def recognise(question: str, turn: Turn) -> dict[str, object] | None:
    """The words of "remember that …", None for anything else."""
    asked = wish(question)
    return {"words": asked.about} if asked is not None and asked.kind == "remember" else None


def fits(turn: Turn) -> bool:
    """A model is not offered it: what is said is remembered anyway."""
    return False
