"""The calendar worked out: Easter and other feasts, the nth weekday of a month, days months away.

The calendar is the Gregorian one, extended backwards.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta

STEPS = ("days", "weeks", "fortnights", "months", "years")


def shift(day: date, unit: str, count: int) -> date:
    """The day `count` days, weeks, months or years on; a day that the month lacks becomes its
    last. Raises OverflowError or ValueError outside the years 1 to 9999."""
    if unit in ("days", "weeks", "fortnights"):
        return day + timedelta(days=count * {"days": 1, "weeks": 7, "fortnights": 14}[unit])
    month = day.month - 1 + count * (12 if unit == "years" else 1)
    year, month = day.year + month // 12, month % 12 + 1
    if not 1 <= year <= 9999:
        raise ValueError("outside the calendar")
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def month_end(year: int, month: int) -> date:
    """The last day of a month."""
    return date(year, month, monthrange(year, month)[1])


def easter(year: int) -> date:
    """Easter Sunday (Gregorian; the anonymous algorithm of Nature, 1876)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e, f = b // 4, b % 4, (b + 8) // 25
    g = (b - f + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def nth(n: int, weekday: int, month: int, year: int) -> date:
    """The nth such weekday (0 is Monday) of a month, the last of them for -1. Raises ValueError
    if the month has not so many."""
    if n < 0:
        end = month_end(year, month)
        return end - timedelta(days=(end.weekday() - weekday) % 7)
    first = date(year, month, 1)
    day = first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))
    if day.month != month:
        raise ValueError("no such weekday in this month")
    return day


_FEAST = re.compile(r"(easter|\d\d-\d\d|nth -?\d \d \d{1,2})(?: back (\d))?([+-]\d{1,2})?")


def feast(rule: str, year: int) -> date:
    """The day of a feast by its rule: "12-25", "easter-2", "nth 4 3 11+1" (the day after the
    fourth Thursday of November), "12-24 back 6" (the Sunday on or before 24 December)."""
    found = _FEAST.fullmatch(rule)
    if not found:
        raise ValueError("no such rule")
    if found[1] == "easter":
        day = easter(year)
    elif found[1].startswith("nth"):
        n, weekday, month = map(int, found[1].split()[1:])
        day = nth(n, weekday, month, year)
    else:
        day = date(year, int(rule[:2]), int(rule[3:5]))
    if found[2]:
        day -= timedelta(days=(day.weekday() - int(found[2])) % 7)
    return day + timedelta(days=int(found[3] or 0))
