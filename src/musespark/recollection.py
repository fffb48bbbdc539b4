"""A recollection: an index in memory of what one person said and was told, without any I/O.

It ranks turns for a question by words spread over neighbouring turns, who spoke, when, and meaning;
docs/recall.md says how.
"""

from __future__ import annotations

from datetime import datetime

from musespark.recollection_ask import Hit, ask
from musespark.recollection_index import Embed, Index

__all__ = ["Embed", "Hit", "Recollection"]


class Recollection(Index):
    """Turns in the order in which they came, found by `recall`. Not safe for two threads at once.

    `embed` gives vectors of texts; without it, turns are found by their words alone.
    """

    def recall(
        self, question: str, *, now: datetime | None = None, language: str = "en", most: int = 50
    ) -> list[Hit]:
        """The turns that answer a question best, best first, at most `most`."""
        if not len(self):
            return []
        self.settle()
        return ask(self, question, now, language, most)
