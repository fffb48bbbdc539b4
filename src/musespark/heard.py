"""What of a turn is remembered: the question, the answer to it, and what was attached, in short.

Word for word, and only what somebody said: what a person wishes of their memory is not remembered
itself, nor is an answer that does no more than tell them what they had said before, nor what a
model too weak to write made up.
"""

from __future__ import annotations

from typing import Any

from musespark import consent, reminding, wishes
from musespark.activity import Activity
from musespark.exact import MEMORY_TOOLS
from musespark.memo import ANSWERS, note
from musespark.message import Document, File, Image, Text
from musespark.turn import Turn

_SHORT = 300  # characters of what was read in an attachment
_LONGEST = 100_000  # of a question or an answer
_MOST = 20  # attachments


def listens(turn: Turn) -> bool:
    """Whether what is said in a turn may be remembered: the person allows it, in this turn too."""
    return not turn.incognito and turn.memory is not False and consent.may(turn, "memory")


def heard(turn: Turn, state: str) -> list[Activity]:
    """What of a turn that ended in this `state` goes to the person's memory."""
    question = turn.question.strip()
    asked = wishes.wish(question)
    if asked is not None and (asked.kind in MEMORY_TOOLS or asked.kind == "unkept"):
        return []
    attached = [found for part in turn.attached if (found := _attached(part))][:_MOST]
    if not question and not attached:
        return []
    person, run, talk = turn.person.id, turn.run, turn.conversation
    more: dict[str, Any] = {"attachment": attached} if attached else {}
    said = [note(person, question[:_LONGEST], run, talk, turn.now, **more)]
    answer = turn.answer.strip()
    recited = bool(turn.memories) and all(source.memory for source in turn.sources) and turn.sources
    written = turn.chosen in ("instant", "thinking") and reminding.weak(turn) and not turn.sources
    if state == "done" and answer and not (recited or written or turn.telling == "nothing"):
        outside: dict[str, Any] = {"outside": True} if turn.tainted else {}
        said.append(
            note(
                person, answer[:_LONGEST], f"{run}:answer", talk, turn.now, speaker=ANSWERS,
                inReplyTo=said[0].uri, **outside,
            )
        )  # fmt: skip
    return said


def _attached(part: Any) -> dict[str, Any] | None:
    """The name of something attached, and shortly what was read in it."""
    if isinstance(part, Text):
        return None
    name = getattr(part, "name", "") or "?"
    kind = "Image" if isinstance(part, Image) else "Document"
    found = {"type": kind, "name": name}
    if isinstance(part, Document) and not isinstance(part, File):
        words = " ".join(part.text.split())
        found["summary"] = f"{name}: {words[:_SHORT]}"
    return found
