"""Dates in ordinary words: what is found is right, and nothing else is found."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musespark import lexicon, plugins
from musespark.message import say
from musespark.person import Person
from musespark.problem import Problem
from musespark.tool import Exact
from musespark.turn import Turn

tool = plugins.load("tools", "dates")
OTHERS = {
    name: plugins.load("tools", name)
    for name in ("calculate", "convert", "dates", "times")
    if name != "dates"
}


def asked(question: str, language: str = "en", zone: str = "Europe/Berlin") -> Turn:
    """A question asked on Saturday, 14 March 2026, at 9:26: New York has summer time, Berlin
    has not."""
    return Turn(
        person=Person(language=language, zone=zone),
        messages=[say("user", question)],
        models=lambda tier: pytest.fail(f"no model is needed, and {tier} was asked for"),
        now=datetime(2026, 3, 14, 9, 26, tzinfo=ZoneInfo("Europe/Berlin")),
    )


async def answer(question: str, language: str = "en", zone: str = "Europe/Berlin") -> Exact:
    turn = asked(question, language, zone)
    arguments = tool.recognise(question, turn)
    assert arguments is not None, "not recognised"
    result = await tool.call(arguments, turn)
    assert isinstance(result, Exact)
    return result


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


@pytest.mark.parametrize(("language", "question", "value"), CASES)
async def test_found_and_right(language: str, question: str, value: str) -> None:
    result = await answer(question, language)
    assert result.value == value
    assert result.answer
    turn = asked(question, language)
    assert not [name for name, other in OTHERS.items() if other.recognise(question, turn)]


WORDS = sorted(
    {word for table in lexicon.languages().values() for word in table.telling | set(table.spans)}
    | set("0123456789+-*/%^!().,:'?€$°") | set(lexicon.units().signs)
)  # fmt: skip
LANGUAGES = st.sampled_from(["en", "de", "es", "fr", "en-GB", "it", "xx", ""])


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.text(max_size=10_000),
        st.lists(st.sampled_from(WORDS), max_size=120).map(" ".join),
        st.lists(st.sampled_from(WORDS), max_size=60).map("".join),
    ),
    LANGUAGES,
)
def test_any_text_is_read_or_left(text: str, language: str) -> None:
    """Whatever is typed, recognising neither raises nor gives anything but arguments."""
    found = tool.recognise(text, asked(text, language))
    assert found is None or isinstance(found, dict)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join), LANGUAGES)
async def test_what_is_found_is_answered(text: str, language: str) -> None:
    """What is recognised gets an answer, or a problem said in words; never another error."""
    turn = asked(text, language)
    found = tool.recognise(text, turn)
    if found is not None:
        try:
            result = await tool.call(found, turn)
        except Problem as problem:
            result = Exact(problem.text)
        assert isinstance(result, Exact)
        assert result.answer


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
