"""The gist of a question: without the sentences that only tell why it is asked.

"I don't want to wake my aunt. What time is it in Lima?" Which sentences say nothing for a tool,
the tool itself knows.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_ASKS = (
    r"(?:how|what|when|which|is|are|does|do|wie|was|wann|welche[rsnm]?|wieviel|cu[aá]nt[oa]s?|"
    r"qu[eé]|cu[aá]ndo|cu[aá]l|combien|quel(?:le)?s?|quand|[aà] quelle|a qué)"
)
_BREAK = re.compile(
    rf"(?<=[.!?…])\s+(?=[^\W\d_]|[¿¡])|(?<=[^\W\d_])\s?:\s+"
    rf"|,\s+(?=(?:(?:so|and|und|y|et|also) )?{_ASKS}\b)"
    rf"|,?\s+[-–—]\s+(?={_ASKS}\b)",
    re.IGNORECASE,
)
_QUESTION = re.compile(rf"^¿|\?$|^(?:(?:so|and|und|y|et|also) )?{_ASKS}\b", re.IGNORECASE)
_MOST = 6  # parts


def gist(question: str, idle: Callable[[str], bool]) -> str | None:
    """The question without the parts that ask nothing and of which `idle` says that they hold
    nothing to work with; None if there are none, or nothing else."""
    parts = [part.strip() for part in _BREAK.split(question.strip())]
    if not 1 < len(parts) <= _MOST:
        return None
    asking = [_QUESTION.search(part) is not None for part in parts]
    if not any(asking):
        return None
    kept = [
        part for part, asks in zip(parts, asking, strict=True) if asks or not idle(part.rstrip("."))
    ]
    return " ".join(kept) if len(kept) < len(parts) else None
