"""A recollection: an index in memory of what one person said and was told, without any I/O.

It ranks turns for a question by words spread over neighbouring turns, who spoke, when, and meaning;
docs/recall.md says how.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np

from musespark.recollection_ask import CANDIDATES, Hit, find, likeliest, seek
from musespark.recollection_index import Embed, Index
from musespark.recollection_kin import Kin
from musespark.recollection_rank import PARTS, rank
from musespark.recollection_rows import WIDTH

__all__ = ["Embed", "Hit", "Kin", "Recollection"]


class Recollection(Index):
    """Turns in the order in which they came, found by `recall`. Not safe for two threads at once.

    `embed` gives vectors of texts; without it, turns are found by their words alone. `kin` knows
    words of a like meaning.
    """

    def __init__(self, embed: Embed | None = None, kin: Kin | None = None) -> None:
        super().__init__(embed, kin.tokens if kin is not None else None)
        self.kin = kin

    def recall(
        self, question: str, *, now: datetime | None = None, language: str = "en", most: int = 50
    ) -> list[Hit]:
        """The turns that answer a question best, best first, at most `most`. Words such as
        "yesterday" count from `now`; `language` is that of a question that does not show its own.
        """
        if not len(self) or most < 1:
            return []
        self.settle()
        sought = seek(self, question, now, language)
        asked = self.embed([sought.text])[0] if self.embed else np.zeros(WIDTH, np.float32)
        count = max(CANDIDATES, most)
        found = find(self, sought, asked, count)
        rows = likeliest(self, found, count)
        first, rest = rows[:CANDIDATES], rows[CANDIDATES:]
        scores, parts = rank(self, sought, found, first, asked, self.kin)
        columns = [self.columns[name].all for name in ("id", "begin", "end")]
        order = np.lexsort((-columns[0][first], -scores))[:most]
        rest = rest[: most - len(order)]
        chosen = first[order]
        why = [dict(zip(PARTS, each, strict=True)) for each in parts[order].tolist()]
        places = [column[chosen].tolist() for column in columns]
        hits = [
            Hit(id, score, each, begin, end)
            for id, score, each, begin, end in zip(
                places[0], scores[order].tolist(), why, places[1], places[2], strict=True
            )
        ]
        lowest = hits[-1].score
        for row in rest:  # too far down to be looked at closely
            score = lowest - float(found.base[first[-1]] - found.base[row])
            id, begin, end = (int(column[row]) for column in columns)
            hits.append(Hit(id, score, {"words": score}, begin, end))
        return hits
