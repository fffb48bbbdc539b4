"""Dates in ordinary words: what is found is right, and nothing else is found."""

from __future__ import annotations

import itertools
import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings

import exact
from each import each
from exact import asked
from musespark import almanac, lexicon, plugins
from musespark.problem import Problem
from musespark.tool import Exact

tool = plugins.load("tools", "dates")


async def answer(question: str, language: str = "en", zone: str = "Europe/Berlin") -> Exact:
    return await exact.answer(tool, question, language, zone)


# (language, question, the value that must come out)
CASES = [
    ("en", "What day is it today?", "2026-03-14"),
    ("en", "what's the date tomorrow", "2026-03-15"),
    ("en", "What day of the week was 3 March?", "2"),
    ("en", "how many weeks until easter", "3"),
    ("en", "days between 2026-01-01 and 2026-12-31", "364"),
    ("en", "How old am I if I was born on 5 May 1990?", "35"),
    ("en", "what date is 3 months after 31 January 2026", "2026-04-30"),
    ("en", "what date is next friday", "2026-03-20"),
    ("en", "when is the third Monday of May", "2026-05-18"),
    ("en", "How many days in February 2028?", "29"),
    ("en", "what week number is it", "11"),
    ("en", "what day of the week is 03/04/2026", "3"),
    ("en", "how many days are left in the year", "292"),
    ("en", "is 2028 a leap year", "true"),
    ("en", "what date was it 100 days ago", "2025-12-04"),
    ("en", "When is Easter 2027?", "2027-03-28"),
    ("en", "how long until July 4th", "112"),
    ("en", "how many days from 3 to 19 May", "16"),
    ("en", "how many days since 1 January 2020", "2264"),
    ("en", "What day will it be in 100 days?", "2026-06-22"),
    ("en", "what date is two weeks from tomorrow", "2026-03-29"),
    ("en", "a week from today", "2026-03-21"),
    ("en", "what's the date a week from next tuesday", "2026-03-24"),
    ("en", "how many weeks are there between 1 May and 1 August", "13"),
    ("en", "what day is christmas this year", "5"),
    ("de", "Wie viele Tage sind es noch bis Weihnachten?", "286"),
    ("de", "Welches Datum ist in 3 Wochen?", "2026-04-04"),
    ("de", "Ist 2028 ein Schaltjahr?", "true"),
    ("de", "Wie alt bin ich, wenn ich am 5. Mai 1990 geboren bin?", "35"),
    ("de", "Welche Kalenderwoche haben wir?", "11"),
    ("de", "Wie viele Tage liegen zwischen dem 3. Februar und dem 19. Mai 2026?", "105"),
    ("de", "Auf welchen Wochentag fällt der 24.12.2026?", "4"),
    ("de", "welcher Tag ist heute", "2026-03-14"),
    ("de", "Wie viele Tage hat der April?", "30"),
    ("de", "wann ist ostern", "2026-04-05"),
    ("de", "Welches Datum war vor 10 Tagen?", "2026-03-04"),
    ("es", "¿Qué día de la semana fue el 12 de octubre de 1992?", "1"),
    ("es", "¿Cuántos días faltan para Navidad?", "286"),
    ("es", "¿Es 2028 bisiesto?", "true"),
    ("es", "¿Cuántos días hay entre el 3 de febrero y el 19 de mayo de 2026?", "105"),
    ("es", "¿Qué fecha era hace 10 días?", "2026-03-04"),
    ("es", "¿Qué día es hoy?", "2026-03-14"),
    ("es", "¿Cuántos años tengo si nací el 5 de mayo de 1990?", "35"),
    ("fr", "Combien de jours y a-t-il entre le 3 février et le 19 mai 2026 ?", "105"),
    ("fr", "Quel jour sommes-nous ?", "2026-03-14"),
    ("fr", "quelle date sera-t-on dans 3 semaines", "2026-04-04"),
    ("fr", "2028 est-elle une année bissextile ?", "true"),
    ("fr", "combien de jours avant Noël", "286"),
    ("fr", "Quel âge ai-je si je suis né le 5 mai 1990 ?", "35"),
    ("fr", "dans quelle semaine tombe le 14 juillet 2026", "29"),
    ("en", "what weekday was I born on if I was born on 12 August 1988", "5"),
    ("en", "On what day does 1 January 2027 fall?", "5"),
    ("en", "What's the date three weeks from today?", "2026-04-04"),
    ("en", "what date will it be in 6 weeks", "2026-04-25"),
    ("en", "how many days is it until New Year's Eve?", "292"),
    ("en", "how many weeks between 1 March and 24 May 2026", "12"),
    ("en", "What date is 45 days before 1 June 2026", "2026-04-17"),
    ("en", "what was the date 30 days ago", "2026-02-12"),
    ("en", "how many days from today until 1 May", "48"),
    ("en", "Is 2100 a leap year?", "false"),
    ("en", "will 2032 be a leap year", "true"),
    ("en", "what's the day after tomorrow's date", "2026-03-16"),
    ("en", "what day was yesterday", "2026-03-13"),
    ("en", "which week of the year is it", "11"),
    ("en", "what calendar week is 14 September 2026", "38"),
    ("en", "when is Easter this year", "2026-04-05"),
    ("en", "how old is someone born on 3 July 1994?", "31"),
    ("en", "I was born on 3 July 1994, how old am I?", "31"),
    ("en", "how many days has February in 2028", "29"),
    ("en", "How many days does March have", "31"),
    ("en", "how many days until next Friday", "6"),
    ("en", "the last Friday in November 2026", "2026-11-27"),
    ("en", "which date is the second Tuesday of June 2026?", "2026-06-09"),
    ("en", "what day is it tomorrow", "2026-03-15"),
    ("en", "from 3 March to 20 April how many days is that", "48"),
    ("en", "days until Halloween", "231"),
    ("en", "100 days from today", "2026-06-22"),
    ("en", "what's the date a week from now", "2026-03-21"),
    ("en", "two weeks before christmas is what date", "2026-12-11"),
    ("de", "Welcher Tag ist morgen?", "2026-03-15"),
    ("de", "Welcher Wochentag ist der 1. Januar 2027?", "5"),
    ("de", "Was für ein Wochentag ist heute in 100 Tagen?", "1"),
    ("de", "Welches Datum haben wir heute in drei Wochen?", "2026-04-04"),
    ("de", "Welches Datum ist 90 Tage nach dem 1. Mai 2026?", "2026-07-30"),
    ("de", "wie viele Tage sind es bis zum 1. Mai", "48"),
    ("de", "Wie viele Tage noch bis Silvester?", "292"),
    ("de", "War 1900 ein Schaltjahr?", "false"),
    ("de", "In welcher Kalenderwoche liegt der 14. September 2026?", "38"),
    ("de", "wie viele Wochen liegen zwischen 1. März und 24. Mai 2026", "12"),
    ("de", "An welchem Wochentag war der 9. November 1989?", "4"),
    ("es", "¿Qué día de la semana será el 1 de enero de 2027?", "5"),
    ("es", "¿Cuántos días quedan para fin de año?", "292"),
    ("es", "¿Qué día será dentro de 100 días?", "2026-06-22"),
    ("es", "¿Cuántos días han pasado desde el 1 de enero?", "72"),
    ("es", "¿Qué fecha es 30 días después del 1 de mayo de 2026?", "2026-05-31"),
    ("es", "¿Fue 1900 un año bisiesto?", "false"),
    ("es", "¿Qué día de la semana cae el 4 de julio de 2026?", "6"),
    ("fr", "Quel jour de la semaine était le 14 juillet 1989 ?", "5"),
    ("fr", "quelle sera la date dans 45 jours", "2026-04-28"),
    ("fr", "Quel jour serons-nous dans 100 jours ?", "2026-06-22"),
    ("fr", "L'année 1900 était-elle bissextile ?", "false"),
    ("fr", "combien de jours jusqu'à Noël", "286"),
    ("fr", "combien de semaines entre le 1er mars et le 24 mai 2026", "12"),
    ("fr", "quelle est la date 30 jours après le 1er mai 2026", "2026-05-31"),
]


CASES += [
    ("en", "today is what day of the year", "73"),
    ("en", "what number day is it", "73"),
    ("en", "is the 13th of november 2026 a friday", "true"),
    ("en", "Is 31 October a weekday this year?", "false"),
    ("en", "does this month end on a tuesday", "true"),
    ("en", "how many mondays are there in june 2026", "5"),
    ("en", "last day of february 2028 weekday", "2"),
    ("en", "My rent is due in 17 days. What date is that?", "2026-03-31"),
    ("en", "we check in on 3 may for 5 nights when do we check out", "2026-05-08"),
    ("en", "An invoice of 3 March 2026 is due in 30 days, when is it due?", "2026-04-02"),
    ("en", "The warranty lasts 2 years from 15 May 2025; when does it run out?", "2027-05-15"),
    ("en", "our wedding is on 12 september 2026, how many weeks is that from now", "26"),
    ("en", "I quit smoking on 3 february 2026, how many days ago was that", "39"),
    ("en", "i was born 3 may 1988 when will i turn 40", "2028-05-03"),
    ("en", "how old will i be on 1 june 2030 if i was born on 3 may 1988", "42"),
    ("en", "my son was born on 12 november 2024 how many months old is he", "16"),
    ("en", "how many months from march 2026 to november 2027", "20"),
    ("en", "from the 12th to the 19th of august how many nights", "7"),
    ("en", "what day is march third nineteen ninety", "6"),
    ("en", "how many days until the twenty fifth of december", "286"),
    ("en", "when is the next friday the 13th", "2026-11-13"),
    ("en", "when does week 23 start", "2026-06-01"),
    ("en", "monday of week 23 2026", "2026-06-01"),
    ("en", "first monday after 10 may 2026", "2026-05-11"),
    ("en", "what's the date a year and a half from now", "2027-09-14"),
    ("en", "30 days after 1 march", "2026-03-31"),
    ("en", "the 256th day of 2026", "2026-09-13"),
    ("en", "when is the last friday of the month", "2026-03-27"),
    ("es", "último viernes del mes", "2026-03-27"),
    ("fr", "quand est le dernier vendredi de l'année", "2026-12-25"),
    ("en", "what's the first monday of 2027", "2027-01-04"),
    ("en", "is it a leap year", "false"),
    ("en", "next leap year after 2028", "2032"),
    ("en", "when was the last leap year", "2024"),
    ("en", "how many days of 2026 have passed", "72"),
    ("en", "what year is it", "2026"),
    ("en", "days in july", "31"),
    ("en", "how many years between 1969 and 2026", "57"),
    ("de", "Am 3.10. heiraten wir. Wie viele Tage sind es noch bis dahin?", "203"),
    ("de", "was ist heute für ein tag", "2026-03-14"),
    ("de", "welcher Tag des Jahres ist der 3. Mai", "123"),
    ("de", "heute in drei wochen welches datum", "2026-04-04"),
    ("de", "fällt der 1. mai 2026 auf ein wochenende", "false"),
    ("de", "wann ist der 1. advent 2026", "2026-11-29"),
    ("de", "wann ist freitag der 13.", "2026-11-13"),
    ("de", "wann beginnt kw 23", "2026-06-01"),
    ("de", "Die Garantie läuft ab dem 15. Mai 2025 zwei Jahre. Wann endet sie?", "2027-05-15"),
    ("de", "ich bin am 3. mai 1988 geboren, wann werde ich 40", "2028-05-03"),
    ("de", "wie viele nächte sind es vom 12. bis zum 19. august", "7"),
    ("de", "Hat 2032 einen 29. Februar?", "true"),
    ("de", "wie oft muss ich noch schlafen bis weihnachten", "286"),
    ("es", "es viernes el 13 de noviembre de 2026", "true"),
    ("es", "cuantos dias faltan para que acabe el ano", "292"),
    ("es", "factura del 3 de marzo de 2026 a 30 días, cuándo vence", "2026-04-02"),
    ("es", "nací el 3 de mayo de 1988, cuándo cumplo 40 años", "2028-05-03"),
    ("es", "tercer jueves de noviembre", "2026-11-19"),
    ("es", "en qué cae el 12 de octubre", "1"),
    ("es", "qué día del año es hoy", "73"),
    ("es", "cuántos domingos tiene mayo de 2026", "5"),
    ("fr", "le 1er mai 2026 tombe-t-il un week-end", "false"),
    ("fr", "on est le combien", "2026-03-14"),
    ("fr", "Mon passeport expire le 14 août 2027, ça fait combien de mois ?", "17"),
    ("fr", "on arrive le 3 mai et on reste 5 nuits, quand part-on", "2026-05-08"),
    ("fr", "le 3 mai est le combientième jour de l'année", "123"),
    ("fr", "il y a combien de jours était le 3 février", "39"),
    ("fr", "je suis né le 3 mai 1988 quel âge aurai-je le 1er juin 2030", "42"),
]


@each(CASES)
async def test_found_and_right(language: str, question: str, value: str) -> None:
    await exact.found_and_right(tool, language, question, value)


LEFT = [
    # what is asked is no date
    "what happened on 9 november 1989",
    "how old is taylor swift",
    "what is a leap year",
    "when is the next full moon",
    "when is the concert on 4 july",
    "is monday 6 april 2026 a bank holiday",
    "write a poem for 24 december",
    "how old was he on 3 may 1990",
    # days that the calendar does not tell
    "how many days until my birthday",
    "10 working days from today",
    "when is orthodox easter 2026",
    "what day does school start in september 2026",
    "how many days off do i get until christmas",
    "how many days did i work since 3 march",
    # it could mean two things
    "how many days into 2026 are we",
    "my holiday is from 3 to 9 may, how many days is it",
    "turning 30 on 5 may 2027 when was i born",
    "how old is someone born on 3 may",
    # nothing is asked
    "christmas",
    "next friday",
    "see you in 3 weeks",
    "can we meet next friday",
    # another tool's, or a day elsewhere
    "how many days are 3 weeks",
    "what's the date in tokyo tomorrow",
    "wie viele urlaubstage habe ich noch bis weihnachten",
    "was ist am 3. oktober passiert",
    "morgen um 8",
    "wie alt ist angela merkel",
    "cuántos días laborables quedan en marzo",
    "qué pasó el 3 de mayo de 1808",
    "qué tiempo hará mañana",
    "quel temps fera-t-il demain",
    "combien de jours de congés me reste-t-il cette année",
    "que s'est-il passé le 14 juillet 1789",
]


@each(itertools.product(["en", "de", "es", "fr"], LEFT))
def test_what_is_no_question_about_dates_is_left(language: str, question: str) -> None:
    assert tool.recognise(question, asked(question, language)) is None


@settings(max_examples=150, deadline=None)
@given(exact.ANY_TEXT, exact.LANGUAGES)
def test_any_text_is_read_or_left(text: str, language: str) -> None:
    exact.read_or_left(tool, text, language)


@settings(max_examples=150, deadline=None)
@given(exact.WORDY, exact.LANGUAGES)
async def test_what_is_found_is_answered(text: str, language: str) -> None:
    await exact.answered(tool, text, language)


@pytest.mark.parametrize(
    ("rule", "day"),
    [
        ("12-25", "2026-12-25"),
        ("easter", "2026-04-05"),
        ("easter-46", "2026-02-18"),
        ("easter+49", "2026-05-24"),
        ("nth 4 3 11", "2026-11-26"),
        ("nth 4 3 11+1", "2026-11-27"),
        ("nth -1 0 5", "2026-05-25"),
        ("12-24 back 6", "2026-12-20"),
        ("12-24 back 6-21", "2026-11-29"),
    ],
)
def test_feasts_by_their_rules(rule: str, day: str) -> None:
    assert almanac.feast(rule, 2026).isoformat() == day


def test_every_feast_of_every_language_has_a_rule() -> None:
    for table in lexicon.languages().values():
        for rule in table.days_named.values():
            if not re.fullmatch(r"[+-]\d|(month|weekday) \d{1,2}", rule):
                almanac.feast(rule, 2028)


def test_long_text_is_left_at_once() -> None:
    text = "what is 1 + 1 " * 750_000
    assert tool.recognise(text, asked("x")) is None


@pytest.mark.parametrize(
    ("arguments", "value"),
    [
        ({"ask": "weekday", "date": "2026-07-04"}, "6"),
        ({"ask": "date", "date": "90 days after 2026-05-01"}, "2026-07-30"),
        ({"ask": "between", "date": "2024-02-28", "other": "2024-03-01"}, "2"),
        ({"ask": "between", "date": "2023-02-28", "other": "2023-03-01"}, "1"),
        ({"ask": "between", "date": "2026-05-01", "other": "2026-03-14", "unit": "weeks"}, "6"),
        ({"ask": "between", "date": "2024-02-29", "other": "2025-02-28", "unit": "years"}, "1"),
        ({"ask": "age", "date": "1990-03-15"}, "35"),
        ({"ask": "age", "date": "1990-03-14"}, "36"),
        ({"ask": "week", "date": "2027-01-01"}, "53"),
        ({"ask": "day_of_year", "date": "2028-12-31"}, "366"),
        ({"ask": "length", "date": "2028-02-01"}, "29"),
        ({"ask": "length", "date": "2028"}, "366"),
        ({"ask": "leap", "date": "2000"}, "true"),
        ({"ask": "leap", "date": "1900"}, "false"),
        ({"ask": "next_leap"}, "2028"),
        ({"ask": "last_leap"}, "2024"),
        ({"ask": "is", "date": "2026-03-14", "other": "67"}, "true"),
        ({"ask": "count", "date": "2026-05-01", "other": "7", "unit": "months"}, "5"),
        ({"ask": "date", "date": "easter 2024"}, "2024-03-31"),
        ({"ask": "date", "date": "1 month after 2024-01-31"}, "2024-02-29"),
        ({"ask": "date", "date": "today"}, "2026-03-14"),
    ],
)
async def test_called_by_a_model(arguments: dict[str, str], value: str) -> None:
    for language in ("en", "fr"):
        result = await tool.call(arguments, asked("x", language))
        assert isinstance(result, Exact)
        assert result.value == value


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"ask": "weekday", "date": "2026-02-30"}, "no_such_day"),
        ({"ask": "weekday", "date": "sometime"}, "unknown_date"),
        ({"ask": "between", "date": "today", "other": ""}, "unknown_date"),
        ({"ask": "age", "date": "2030-01-01"}, "date_ahead"),
        ({"ask": "date", "date": "999999 years after 2026-01-01"}, "unknown_date"),
        ({"ask": "wibble"}, "bad_arguments"),
    ],
)
async def test_what_is_no_date(arguments: dict[str, str], code: str) -> None:
    with pytest.raises(Problem) as caught:
        await tool.call(arguments, asked("x"))
    assert caught.value.code == code
    assert caught.value.next


async def test_numbers_are_read_as_the_persons_country_writes_them() -> None:
    question = "what day of the week is 03/04/2026"
    assert (await answer(question, "en-US")).value == "3"
    british = await answer(question, "en-GB")
    assert british.value == "5"
    assert "day/month/year" in british.working
    assert "month/day/year" in (await answer(question, "en-US")).working
    assert (await answer("what day of the week is 25/12/2026", "en-US")).working == ""


async def test_today_is_the_persons_own() -> None:
    assert (await answer("what's the date today", zone="Pacific/Honolulu")).value == "2026-03-13"


async def test_next_friday_said_on_a_monday_is_both() -> None:
    turn = asked("what date is next friday")
    turn.now = datetime(2026, 3, 16, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    arguments = tool.recognise(turn.question, turn)
    assert arguments is not None
    result = await tool.call(arguments, turn)
    assert isinstance(result, Exact)
    assert result.answer == (
        "The coming one is March 20, 2026; the one of next week is March 27, 2026."
    )
    question = "how many days until next friday"
    assert tool.recognise(question, turn) is None


@pytest.mark.parametrize(
    "question",
    ["what weekday is Monday, 4 July 2026", "when is 31.31.2026", "what day is 45 May 2026"],
)
def test_days_that_are_no_dates_are_left(question: str) -> None:
    assert tool.recognise(question, asked(question)) is None


@pytest.mark.parametrize(
    ("language", "question", "said"),
    [
        ("en", "what day of the week is 30 February 2026", "There is no such day: 30 February"),
        ("en", "how many days until April 31?", "There is no such day: April 31"),
        ("en", "how many days between 31/06/2026 and 3 July 2026", "There is no such day: 31/06"),
        ("en", "what date is 90 days after 2026-02-29", "There is no such day: 2026-02-29"),
        ("de", "Welcher Wochentag ist der 30. Februar 2026?", "Diesen Tag gibt es nicht"),
        ("es", "¿Qué día de la semana es el 31 de abril de 2026?", "Ese día no existe"),
        ("fr", "Quel jour de la semaine est le 31 avril 2026 ?", "Ce jour n'existe pas"),
    ],
)
async def test_days_that_do_not_exist_are_said_to(language: str, question: str, said: str) -> None:
    turn = asked(question, language)
    found = tool.recognise(question, turn)
    assert found is not None
    assert tool.call is not None
    with pytest.raises(Problem) as problem:
        await tool.call(found, turn)
    assert problem.value.code == "no_such_day"
    assert problem.value.text.startswith(said)
