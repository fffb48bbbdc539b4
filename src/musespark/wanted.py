"""What a person looks for in what is kept: words, cut as the index cuts them, and which runs."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

MOST_WORDS = 16  # of a search; the rest is left out

# The signs that migration 0002 takes for spaces, so that both sides cut words alike.
_SIGNS = str.maketrans(dict.fromkeys("./-_@:+&=?%~#'’\0", " "))
# Words that have to be looked for anywhere: scripts that write no spaces, and signs alone.
_ANYWHERE = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]|^[\\W_]+$"
)
_EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
_LATEST = datetime(9999, 12, 30, tzinfo=UTC)


class Words(Struct, frozen=True):
    """The words of a search: those that have to stand at the start of a word, which the index
    knows, and those `inside` one, which it cannot. `asked` says whether there is a search."""

    starts: list[str] = []
    inside: list[str] = []
    asked: bool = False

    @property
    def some(self) -> bool:
        return bool(self.starts or self.inside)


def words_of(wanted: str) -> Words:
    """The words to search for."""
    words = dict.fromkeys(wanted.lower().translate(_SIGNS).split()[:MOST_WORDS])
    inside = [word for word in words if _ANYWHERE.search(word)]
    starts = [word for word in words if word not in inside]
    return Words(starts, inside, bool(wanted.strip()))


class Wanted(Struct, frozen=True):
    """Which runs: what is empty does not matter. `words` have to occur in the question or in the
    answer; `since` is the first moment of a start that counts, `until` the first that does not."""

    state: str = ""
    mode: str = ""
    words: Words = Words()
    since: datetime | None = None
    until: datetime | None = None


def moment(given: str, zone: str, *, end: bool = False) -> datetime | None:
    """A moment as it was written: a day, or a day and a time, by that zone where it names none.
    With `end` it is what comes after: a day counts to its end. Raises ValueError."""
    if not given:
        return None
    try:
        found = datetime.combine(date.fromisoformat(given), time())
        found += timedelta(days=end)
    except ValueError:
        found = datetime.fromisoformat(given)
    except OverflowError:
        return _LATEST
    try:
        found = (found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except OverflowError:
        return _EARLIEST if found.year < 5000 else _LATEST
    return min(max(found, _EARLIEST), _LATEST)
