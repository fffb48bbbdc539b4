"""One thing that is remembered of a person, as everybody meets it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from msgspec import Struct

from musespark.activity import Activity

ANSWERS = "musespark"  # who speaks in our own answers
RUN = "urn:musespark:"  # before the id of a run in the uris of what was said in Talk


def uris(run: str) -> list[str]:
    """The uris of everything that is remembered of a run."""
    return [f"{RUN}{run}", f"{RUN}{run}:answer", f"{RUN}{run}:note"]


class Memory(Struct, frozen=True, omit_defaults=True):
    """What was said once, word for word. `id` is its place in the ledger.

    `said` is when; `true_from` and `true_until` are the days from and until which it holds, as far
    as its words tell. `mine`: the person said it themself; else `speaker` did, and `outside` words
    are data from elsewhere. `source` is "chat" or the importer's name; `conversation` and `run` say
    where it was said. `value` is what a fact of the `slot` comes to; it is not `current` where a
    newer one took its place, and is `ahead` where it is yet to come. `generated`: a model summed
    up the memories `sources`.
    """

    id: int
    text: str
    said: datetime
    speaker: str = ""
    mine: bool = True
    outside: bool = False
    name: str = ""
    source: str = ""
    conversation: str = ""
    run: str = ""
    true_from: date | None = None
    true_until: date | None = None
    pinned: bool = False
    edited: bool = False
    generated: bool = False
    sources: tuple[int, ...] = ()
    slot: str = ""
    value: str = ""
    current: bool = True
    ahead: bool = False
    score: float = 0.0
    why: str = ""

    def told(self, number: int, how: str, longest: int = 400) -> dict[str, Any]:
        """What an event tells of it: `how` it came to be told is used, offered or kept."""
        words = self.text if len(self.text) <= longest else self.text[: longest - 1].rstrip() + "…"
        found: dict[str, Any] = {
            "id": self.id, "mark": f"m{number}", "date": self.said.isoformat(), "words": words,
            "speaker": "" if self.mine else self.speaker, "how": how,
        }  # fmt: skip
        for key in ("source", "conversation", "run", "why", "pinned", "generated", "value"):
            if value := getattr(self, key):
                found[key] = value
        if not self.current:
            found["current"] = False
        return found


def note(
    person: str, words: str, run: str, conversation: str, at: datetime, *, speaker: str = "",
    **more: Any,
) -> Activity:  # fmt: skip
    """Something said in Talk, as the ledger keeps it."""
    thing = {
        "type": "Note", "content": words, "attributedTo": speaker or person,
        "context": conversation, "published": at.isoformat(), "generator": {"name": "chat"}, **more,
    }  # fmt: skip
    return Activity(
        type="Create", object=thing, actor=person, published=at, purposes=frozenset({"memory"}),
        uri=f"{RUN}{run}",
    )  # fmt: skip
