"""The days that a question or a turn speaks of: "5 May, 2023", "in May", "last summer"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Array = NDArray[Any]

_DE = {
    "en": "en_GB", "de": "de", "es": "es", "fr": "fr", "it": "it", "pt": "pt", "nl": "nl",
}  # fmt: skip

# Words near a moment, without those that Babel knows (months and days of the week).
_NEAR = {
    "en": """yesterday today tomorrow tonight last next ago week weekend month year years day
        morning spring summer autumn fall winter recently just since soon later""",
    "de": """gestern vorgestern heute morgen übermorgen letzte letzten letztes letzter nächste
        nächsten nächstes vor woche wochen wochenende monat monate jahr jahre jahren tag
        tage frühling sommer herbst winter kürzlich seit bald später""",
    "es": """ayer anteayer hoy mañana anoche pasado pasada próximo próxima hace semana semanas
        mes meses año años día días primavera verano otoño invierno recientemente desde pronto""",
    "fr": """hier avant-hier aujourd demain dernier dernière prochain prochaine semaine semaines
        mois an ans année années jour jours printemps été automne hiver récemment depuis bientôt""",
    "it": """ieri oggi domani stasera scorso scorsa prossimo prossima fa settimana settimane mese
        mesi anno anni giorno giorni primavera estate autunno inverno recentemente""",
    "pt": """ontem hoje amanhã passado passada próximo próxima semana semanas mês meses ano anos
        dia dias primavera verão outono inverno recentemente desde""",
    "nl": """gisteren vandaag morgen vorige vorig volgende geleden week weken maand maanden jaar dag
        dagen lente zomer herfst winter onlangs sinds""",
}  # fmt: skip
_WHEN = {
    "en": r"(?:when|how long|since when|(?:what|which|in which|in what|on what|on which) "
    r"(?:month|year|date|day|week|season|time))\b",
    "de": r"(?:wann|seit wann|wie lange|(?:in |an )?welche[mnrs]? "
    r"(?:monat|jahr|tag|datum|woche|jahreszeit))\b",
    "es": r"(?:cu[aá]ndo|desde cu[aá]ndo|cu[aá]nto tiempo|(?:en |a )?qu[eé] "
    r"(?:mes|año|fecha|d[ií]a|semana|estaci[oó]n))\b",
    "fr": r"(?:quand|depuis quand|combien de temps|(?:en |à )?quel(?:le)? "
    r"(?:mois|ann[eé]e|date|jour|semaine|saison))\b",
    "it": r"(?:quando|da quando|da quanto|(?:in )?(?:che|quale) (?:mese|anno|data|giorno))\b",
    "pt": r"(?:quando|desde quando|h[aá] quanto|(?:em )?que (?:m[eê]s|ano|data|dia))\b",
    "nl": r"(?:wanneer|sinds wanneer|hoe lang|welke? (?:maand|jaar|datum|dag|week))\b",
}
_OPEN = re.compile(rf"^\W*(?:{'|'.join(_WHEN.values())})|いつ|什么时候|何时|几月|何月|何年|何日")
_MANY = re.compile(
    r"\bhow (?:many|much|old|often)\b|\bwie (?:viele?|alt|oft)\b|\bwieviele?\b|\bcu[aá]nt[oa]s?\b|"
    r"\bcombien\b|\bquel âge\b|\bquant[oaie]\b|\bhoe(?:veel| oud| vaak)\b|いくつ|いくら|何人"
    r"|几|多少"
)


class Asked(Struct, frozen=True):
    """The days from `first` to `last` that a question names; `sure` is false where the year, or all
    but the year, is only likely. `grain` is day, month, season or year."""

    first: date
    last: date
    grain: str
    year: bool = True


@cache
def _months(code: str) -> dict[str, int]:
    """Month names of a language, lower case, longest forms and the short ones of three letters."""
    from babel import Locale

    found: dict[str, int] = {}
    for width in ("wide", "abbreviated"):
        for form in ("format", "stand-alone"):
            for number, name in Locale.parse(_DE[code]).months[form][width].items():
                found.setdefault(name.lower().rstrip("."), number)
    return {name: number for name, number in found.items() if len(name) >= 3 and name.isalpha()}


@cache
def near(code: str) -> frozenset[str]:
    """Words of a language that place something in time."""
    if code not in _NEAR:
        return frozenset()
    from babel import Locale

    days = Locale.parse(_DE[code]).days["format"]["wide"].values()
    long = {name for name in _months(code) if len(name) > 3} | {name.lower() for name in days}
    return frozenset({*_NEAR[code].split(), *long} - {"may", "mars", "mai"} | {"may"})


def moments_in(found: list[str], code: str) -> int:
    """How many of these words place something in time."""
    known = near(code)
    return sum(word in known or (len(word) == 4 and word.isdigit() and word[:2] in ("19", "20"))
               for word in found)  # fmt: skip


def asks_when(question: str) -> bool:
    """Whether a question in `normal` form asks for a moment."""
    return bool(_OPEN.search(question))


def asks_many(question: str) -> bool:
    """Whether a question in `normal` form asks for a number."""
    return bool(_MANY.search(question))


@cache
def _patterns(code: str) -> list[tuple[str, re.Pattern[str]]]:
    names = sorted(_months(code), key=len, reverse=True)
    month = f"(?P<month>{'|'.join(names)})\\.?"
    day = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th|\.|º|er)?"
    year = r"(?P<year>(?:19|20)\d\d)"
    of = r"\s*(?:of |de |del |di |d')?\s*"
    lead = (
        r"(?:in|during|by|early|late|mid|before|after|since|until|around|end of|beginning of|this|"
        r"last|im|anfang|ende|mitte|seit|bis|en|de|a|durante|desde|au mois de|vers|dans|nel|di|"
        r"em|van|begin|eind)"
    )
    return [
        ("iso", re.compile(r"\b(?P<year>(?:19|20)\d\d)-(?P<number>\d\d)-(?P<day>\d\d)\b")),
        ("cjk", re.compile(r"(?:(?P<year>(?:19|20)\d\d)年)?(?P<number>1?\d)月"
                           r"(?:(?P<day>[1-3]?\d)日)?")),
        ("day", re.compile(rf"\b(?:the )?{day}{of}{month}(?:,?{of}{year})?\b")),
        ("day", re.compile(rf"\b{month} (?:the )?{day}(?!\d)(?:,? {year})?\b")),
        ("month", re.compile(rf"\b{month},?{of}{year}\b")),
        ("month", re.compile(rf"\b{lead}[ -]+{month}(?!\w)")),
        ("year", re.compile(rf"\b{year}\b")),
    ]  # fmt: skip


_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}
_COUNT = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
          "a few": 3, "a couple of": 2}  # fmt: skip
_BACK = re.compile(
    r"\b(?P<number>\d{1,3}|a few|a couple of|an?|one|two|three|four|five|six) "
    r"(?P<unit>day|week|month|year)s? ago\b"
)
_LAST = re.compile(r"\b(?P<which>last|this|next) (?P<unit>week|weekend|month|year|spring|summer|"
                   r"autumn|fall|winter)\b")  # fmt: skip
_NAMED = {"today": 0, "tonight": 0, "yesterday": 1, "the day before yesterday": 2,
          "heute": 0, "gestern": 1, "vorgestern": 2, "hoy": 0, "ayer": 1, "anteayer": 2,
          "hier": 1, "avant-hier": 2, "oggi": 0, "ieri": 1, "hoje": 0, "ontem": 1,
          "gisteren": 1, "vandaag": 0, "昨日": 1, "今日": 0, "昨天": 1, "今天": 0}  # fmt: skip


def days_asked(question: str, code: str, now: date | None) -> tuple[list[Asked], str]:
    """The days that a question in `normal` form names, and its words without them. Words such as
    "yesterday" count from `now`, where it is given."""
    found: list[Asked] = []
    for pattern in _patterns(code if code in _DE else "en"):
        kind, expression = pattern
        for match in expression.finditer(question):
            asked = _read(kind, match, code, now)
            if asked is not None:
                found.append(asked)
                start, end = match.span()
                question = question[:start] + " " * (end - start) + question[end:]
    if now is not None:
        for asked, (start, end) in _relative(question, now):
            found.append(asked)
            question = question[:start] + " " * (end - start) + question[end:]
    return found, question


def _read(kind: str, match: re.Match[str], code: str, now: date | None) -> Asked | None:
    given = match.groupdict()
    year = int(given["year"]) if given.get("year") else None
    if kind == "year":
        assert year is not None
        return Asked(date(year, 1, 1), date(year, 12, 31), "year")
    name = given.get("month")
    month = _months(code if code in _DE else "en")[name] if name else int(given["number"])
    if not 1 <= month <= 12:
        return None
    day = int(given["day"]) if given.get("day") else None
    at = year or (now.year if now else 2000)
    try:
        if day is not None:
            return Asked(date(at, month, day), date(at, month, day), "day", year is not None)
    except ValueError:
        pass
    return Asked(date(at, month, 1), _end(at, month), "month", year is not None)


def _relative(question: str, now: date) -> Iterator[tuple[Asked, tuple[int, int]]]:
    for match in _BACK.finditer(question):
        count = _COUNT.get(match["number"]) or int(match["number"])
        if match["unit"] in ("day", "week"):
            slack = 0 if match["unit"] == "day" else 3
            middle = now - timedelta(days=count * (1 if match["unit"] == "day" else 7))
            yield Asked(middle - timedelta(slack), middle + timedelta(slack), "day"), match.span()
        elif match["unit"] == "month":
            at = now.year * 12 + now.month - 1 - count
            yield _month(at // 12, at % 12 + 1), match.span()
        else:
            year = now.year - count
            yield Asked(date(year, 1, 1), date(year, 12, 31), "year"), match.span()
    for match in _LAST.finditer(question):
        step = {"last": -1, "this": 0, "next": 1}[match["which"]]
        yield _calendar(match["unit"], step, now), match.span()
    for match in re.finditer("|".join(sorted(_NAMED, key=len, reverse=True)), question):
        day = now - timedelta(days=_NAMED[match[0]])
        yield Asked(day, day, "day"), match.span()


def _calendar(unit: str, step: int, now: date) -> Asked:
    """This, the last or the next week, month, year or season."""
    if unit in ("week", "weekend"):
        first = now - timedelta(days=now.weekday()) + timedelta(weeks=step)
        first += timedelta(days=5 if unit == "weekend" else 0)
        return Asked(first, first + timedelta(days=1 if unit == "weekend" else 6), "day")
    if unit == "month":
        at = now.year * 12 + now.month - 1 + step
        return _month(at // 12, at % 12 + 1)
    if unit == "year":
        return Asked(date(now.year + step, 1, 1), date(now.year + step, 12, 31), "year")
    start = date(now.year, _SEASONS[unit], 1)
    if step < 0 and start + timedelta(days=60) > now:
        start = start.replace(year=now.year - 1)
    elif step > 0 and start <= now:
        start = start.replace(year=now.year + 1)
    elif step == 0 and unit == "winter" and now.month < 3:
        start = start.replace(year=now.year - 1)
    return Asked(start, start + timedelta(days=91), "season")


def _month(year: int, month: int) -> Asked:
    return Asked(date(year, month, 1), _end(year, month), "month")


def _end(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def fits(asked: Asked, said: Array) -> Array:
    """How well days, counted from 1970, fit the days that a question names: 0 to 1.3."""
    day = said.astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    year = month.astype("datetime64[Y]")
    first, last = np.datetime64(asked.first, "D"), np.datetime64(asked.last, "D")
    if asked.grain == "year":
        return np.where(year == first.astype("datetime64[Y]"), 0.15, 0.0)
    if asked.grain == "day":
        return _fits_day(asked, day, month, year)
    if asked.grain == "season":
        after = (day - last).astype(np.int64)
        return np.select([(first <= day) & (after <= 0), (after > 0) & (after <= 30)], [1.0, 0.35])
    wanted = first.astype("datetime64[M]")
    months = (month - wanted).astype(np.int64)
    again = (months % 12 == 0) & asked.year
    if not asked.year:
        months = (months + 6) % 12 - 6
    soon = np.where((day - month).astype(np.int64) < 15, 0.35, 0.15)
    return np.select([months == 0, months == 1, again], [1.0, soon, 0.3])


def _fits_day(asked: Asked, day: Array, month: Array, year: Array) -> Array:
    first, last = (_in_year(each, asked, year) for each in (asked.first, asked.last))
    early = np.minimum(0, (day - first).astype(np.int64))
    apart = np.where(day > last, (day - last).astype(np.int64), early)
    same = month == first.astype("datetime64[M]")
    found = np.select(
        [apart < -4, apart < 0, apart <= 0, apart <= 2, apart <= 8],
        [same * 0.3, 0.5, 1.3, 1.0, 0.7], same * 0.3,
    )  # fmt: skip
    return np.where(np.isnat(first) | np.isnat(last), 0.0, found)


def _in_year(wanted: date, asked: Asked, year: Array) -> Array:
    """A day in each of some years, where the year was not named; no time where it has none such."""
    if asked.year:
        return np.full(len(year), np.datetime64(wanted, "D"))
    month = year.astype("datetime64[M]") + (wanted.month - 1)
    day = month.astype("datetime64[D]") + (wanted.day - 1)
    return np.where(day.astype("datetime64[M]") == month, day, np.datetime64("NaT"))
