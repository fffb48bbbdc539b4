"""What this machine says of itself: the time zone and the language that it is set to."""

from __future__ import annotations

import os
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from musespark.phrases import LANGUAGES


@cache
def zone() -> str:
    """The time zone that this machine is set to; UTC where it says none that is known."""
    import tzlocal

    try:
        return str(ZoneInfo(tzlocal.get_localzone_name() or "UTC"))
    except (ZoneInfoNotFoundError, OSError, ValueError):
        return "UTC"


def language() -> str:
    """The language of this machine's locale, where it is one of those shipped."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        found = os.environ.get(name, "")[:2].lower()
        if found in LANGUAGES:
            return found
    return "en"
