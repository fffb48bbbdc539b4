"""Times in ordinary words: what is found is right, and nothing else is found."""

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

tool = plugins.load("tools", "times")
OTHERS = {
    name: plugins.load("tools", name)
    for name in ("calculate", "convert", "dates", "times")
    if name != "times"
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
    ("en", "What time is it?", "09:26"),
    ("en", "what time is it in New York", "04:26"),
    ("en", "What time is it in Kathmandu?", "14:11"),
    ("en", "when it's 3pm in London, what time is it in Tokyo?", "00:00"),
    ("en", "what time is it in tokyo when it's 9am in london", "18:00"),
    ("en", "how long from 22:30 to 6:15", "PT7H45M"),
    ("en", "how long from 9am to 5pm", "PT8H"),
    ("en", "what time will it be in 3 hours", "12:26"),
    ("en", "what's 2 hours before 11am", "09:00"),
    ("en", "90 minutes after 14:45", "16:15"),
    ("en", "time difference between Tokyo and Berlin", "PT8H"),
    ("en", "how many hours ahead is Tokyo", "PT8H"),
    ("en", "2 hours 30 minutes plus 1 hour 45 minutes", "PT4H15M"),
    ("en", "how long until 17:30", "PT8H4M"),
    ("en", "what time was it 20 minutes ago", "09:06"),
    ("en", "half an hour after 9:45", "10:15"),
    ("en", "What time is it in India?", "13:56"),
    ("en", "what time is it in San Francisco", "01:26"),
    ("en", "convert 15:00 UTC to New York", "11:00"),
    ("de", "Wie spät ist es?", "09:26"),
    ("de", "Wie viel Uhr ist es in Tokio?", "17:26"),
    ("de", "Wie lange ist es von 9:15 bis 17:40 Uhr?", "PT8H25M"),
    ("de", "Wie spät ist es in 50 Minuten?", "10:16"),
    ("de", "15 Uhr in New York in Berlin", "20:00"),
    ("de", "Wenn es in London 15 Uhr ist, wie spät ist es in Tokio?", "00:00"),
    ("de", "45 Minuten nach 10:20", "11:05"),
    ("de", "Wie lange noch bis 18 Uhr?", "PT8H34M"),
    ("de", "Wie groß ist der Zeitunterschied zwischen Berlin und Tokio", "PT8H"),
    ("es", "¿Qué hora es en Nueva York?", "04:26"),
    ("es", "¿Qué hora será dentro de 45 minutos?", "10:11"),
    ("es", "¿Cuánto tiempo hay de las 9:15 a las 17:40?", "PT8H25M"),
    ("es", "Si en Madrid son las 15:00, ¿qué hora es en Tokio?", "23:00"),
    ("es", "diferencia horaria entre Madrid y Lima", "PT6H"),
    ("es", "qué hora es", "09:26"),
    ("fr", "Quelle heure est-il à Tokyo ?", "17:26"),
    ("fr", "Quelle heure est-il ?", "09:26"),
    ("fr", "Combien de temps de 9h15 à 17h40 ?", "PT8H25M"),
    ("fr", "s'il est 15h à Paris, quelle heure est-il à New York ?", "10:00"),
    ("fr", "45 minutes après 10h20", "11:05"),
    ("fr", "décalage horaire entre Paris et Tokyo", "PT8H"),
    ("en", "what time will it be in 90 minutes?", "10:56"),
    ("en", "what's the time in Sydney", "19:26"),
    ("en", "If it's 9am in London what time is it in Los Angeles?", "02:00"),
    ("en", "what's 6pm London time in New York?", "14:00"),
    ("en", "what time is 18:00 in Tokyo in Berlin", "10:00"),
    ("en", "how many hours and minutes between 8:45 and 17:10", "PT8H25M"),
    ("en", "my train leaves at 14:35 and takes 2 hours 50 minutes, when do I arrive?", "17:25"),
    ("en", "I sleep from 23:15 to 6:45, how long is that?", "PT7H30M"),
    ("en", "what time is 2 and a half hours after 10:45", "13:15"),
    ("en", "what's 35 minutes before 9:10?", "08:35"),
    ("en", "how many minutes from 8:50 to 10:15", "PT1H25M"),
    ("en", "What's the time difference between London and New York", "PT4H"),
    ("en", "how far ahead is Tokyo of London", "PT9H"),
    ("en", "what time was it 3 hours ago", "06:26"),
    ("en", "a quarter of an hour after half past nine", "09:45"),
    ("en", "how long is it until midnight", "PT14H34M"),
    ("en", "What's the current time in Cairo?", "10:26"),
    ("en", "20:15 minus 45 minutes", "19:30"),
    ("en", "10:30 + 2 hours", "12:30"),
    ("de", "Wie viel Uhr ist es jetzt in Sydney?", "19:26"),
    ("de", "Wie viele Stunden sind es von 22:30 bis 6:15 Uhr?", "PT7H45M"),
    ("de", "Wie spät war es vor 3 Stunden?", "06:26"),
    ("de", "Wie viel Uhr ist es in 90 Minuten?", "10:56"),
    ("de", "Wie lange dauert es von 8:45 Uhr bis 17:10 Uhr?", "PT8H25M"),
    ("de", "9 Uhr in London ist wie spät in Berlin", "10:00"),
    ("de", "Wenn es in New York 15 Uhr ist, wie spät ist es dann in Berlin?", "20:00"),
    ("es", "¿Cuántas horas hay entre las 8:45 y las 17:10?", "PT8H25M"),
    ("es", "¿Qué hora era hace 3 horas?", "06:26"),
    ("es", "Si son las 3 de la tarde en Madrid, ¿qué hora es en Nueva York?", "10:00"),
    ("es", "¿Qué hora es en Sídney?", "19:26"),
    ("es", "¿Cuánto falta para las 18:00?", "PT8H34M"),
    ("fr", "Quelle heure était-il il y a 3 heures ?", "06:26"),
    ("fr", "Combien de temps y a-t-il entre 8h45 et 17h10 ?", "PT8H25M"),
    ("fr", "Quelle heure est-il à Sydney en ce moment ?", "19:26"),
    ("fr", "quelle heure est-il à Londres quand il est 15h à Paris", "14:00"),
    ("fr", "combien de minutes entre 8h50 et 10h15", "PT1H25M"),
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
        ({"ask": "now"}, "09:26"),
        ({"ask": "now", "place": "Asia/Tokyo"}, "17:26"),
        ({"ask": "convert", "time": "15:00", "place": "New York", "other": "Berlin"}, "20:00"),
        ({"ask": "convert", "time": "3pm", "place": "Tokyo"}, "07:00"),
        ({"ask": "later", "time": "23:30", "span": "45 minutes"}, "00:15"),
        ({"ask": "between", "time": "22:30", "other": "06:15"}, "PT7H45M"),
        ({"ask": "sum", "time": "2h30", "span": "1h45"}, "PT4H15M"),
        ({"ask": "less", "time": "2h30", "span": "1h45"}, "PT45M"),
        ({"ask": "offset", "place": "Tokyo", "other": "London"}, "PT9H"),
    ],
)
async def test_called_by_a_model(arguments: dict[str, str], value: str) -> None:
    for language in ("en", "es"):
        result = await tool.call(arguments, asked("x", language))
        assert isinstance(result, Exact)
        assert result.value == value


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"ask": "now", "place": "Atlantis"}, "unknown_place"),
        ({"ask": "now", "place": "Australia"}, "unknown_place"),
        ({"ask": "later", "time": "25:00", "span": "1 hour"}, "unknown_time"),
        ({"ask": "later", "time": "12:00", "span": "a while"}, "unknown_span"),
        ({"ask": "less", "time": "1 hour", "span": "2 hours"}, "negative_span"),
    ],
)
async def test_what_cannot_be_read(arguments: dict[str, str], code: str) -> None:
    with pytest.raises(Problem) as caught:
        await tool.call(arguments, asked("x"))
    assert caught.value.code == code
    assert caught.value.next


async def test_a_time_that_the_clocks_skip_does_not_exist() -> None:
    turn = asked("x", zone="Europe/Berlin")
    turn.now = datetime(2026, 3, 29, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    with pytest.raises(Problem) as caught:
        await tool.call({"ask": "convert", "time": "02:30", "other": "Tokyo"}, turn)
    assert caught.value.code == "no_such_time"


async def test_hours_from_now_pass_through_the_change_of_clocks() -> None:
    turn = asked("what time will it be in 3 hours")
    turn.now = datetime(2026, 3, 29, 1, tzinfo=ZoneInfo("Europe/Berlin"))
    arguments = tool.recognise(turn.question, turn)
    assert arguments is not None
    result = await tool.call(arguments, turn)
    assert isinstance(result, Exact)
    assert result.value == "05:00"


async def test_here_is_the_persons_zone() -> None:
    assert (await answer("What time is it?", zone="Asia/Tokyo")).value == "17:26"


async def test_another_day_is_said() -> None:
    assert "(Friday, March 13, 2026)" in (await answer("what time is it in Honolulu")).answer
    assert "next day" in (await answer("what's 3 hours after 22:30")).answer
