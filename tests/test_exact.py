"""Which exact tool answers, whatever stands around the question; none where two could."""

from __future__ import annotations

import msgspec
import pytest

import exact
from exact import asked
from musespark import plugins
from musespark.exact import recognised

TOOLS = {name: plugins.load("tools", name) for name in exact.NAMES}


def found(question: str, language: str = "en") -> list[str] | None:
    """The names of the tools that answer a question."""
    turn = asked(question, language)
    calls = recognised(msgspec.structs.replace(turn, tools=TOOLS))
    return calls and [tool.name for tool, _ in calls]


# (language, question, tool, value)
ONE = [
    ("en", "total of 2 hours 20 minutes, 45 minutes and 1 hour", "times", "PT4H5M"),
    ("fr", "additionne 2 h 35 et 3 h 40", "times", "PT6H15M"),
    ("en", "three films of 95 minutes, 2 h 10 and 88 minutes, what's the sum", "times", None),
    ("es", "qué hora era hace 50 minutos", "times", "08:36"),
    ("fr", "dans 50 minutes il sera quelle heure", "times", "10:16"),
    ("fr", "21h15 moins une heure et demie", "times", "19:45"),
    ("en", "5 hours less 1 hour 20 minutes", "times", "PT3H40M"),
    ("en", "9.99 a month, how much is that per year", "calculate", "119.88"),
    ("de", "9,99 im Monat, wie viel ist das im Jahr", "calculate", "119.88"),
    ("en", "average of 48 minutes, 57 minutes and 51 minutes", "calculate", "52"),
    ("en", "I don't want to wake my aunt. What time is it in Lima?", "times", "03:26"),
    ("de", "Meine Tante geht nicht ans Telefon. Wie spät ist es in Lima?", "times", "03:26"),
    ("es", "No quiero molestar a mi tía. ¿Qué hora es en Lima?", "times", "03:26"),
    ("fr", "Quelle heure est-il à Lima ? Je voudrais appeler ma tante.", "times", "03:26"),
    ("en", "How long is it? From 9:15 to 17:40", "times", "PT8H25M"),
    ("de", "Wie lange ist das? Von 9:15 bis 17:40", "times", "PT8H25M"),
    ("en", "What's 15% of 80? Thanks!", "calculate", "12"),
    ("en", "What's 15% of 80, please?", "calculate", "12"),
    ("en", "What's 15% of 80? please?", "calculate", "12"),
    ("en", "What's 15% of 80??", "calculate", "12"),
    ("en", "What's 15% of 80? 🙏", "calculate", "12"),
    ("de", "Wie viel sind 15 % von 80? Danke!", "calculate", "12"),
    ("fr", "C'est pour le devoir de mon fils : combien font 78 fois 12 ?", "calculate", "936"),
    ("en", "My recipe is American. How many grams are 8 oz?", "convert", None),
    ("en", "I want to send flowers. When is Easter?", "dates", "2026-04-05"),
    ("en", "I'm in Tokyo. What time is it?", "times", "17:26"),
    ("en", "1000 minutes in hours and minutes", "convert", "PT16H40M"),
    ("en", "my bus left 25 minutes ago. At what time was that?", "times", "09:01"),
    ("en", "750 g of nuts cost 4.35, how much is that per kilo", "calculate", "5.8"),
    ("de", "250 g Kaffee zu 3,50, Kilopreis?", "calculate", "14"),
    ("es", "500 g de queso cuestan 7, ¿a cuánto sale el kilo?", "calculate", "14"),
    ("fr", "le prix au kilo d'un fromage vendu 7,20 euros les 320 grammes", "calculate", "22.5"),
    ("en", "my gym is 24.50 a month, what do I pay over three years", "calculate", "882"),
    ("en", "My last three runs were 5.5, 7.5 and 8 km. Average?", "calculate", "7"),
    ("en", "14 kids, 6 balloons each, how many balloons altogether", "calculate", "84"),
    ("en", "Rent was 1,200 a month and now it's 1,260. What percentage raise?", "calculate", "5"),
    (
        "en",
        "My invoice is dated 27 March, payment is due in 30 days. Due date?",
        "dates",
        "2026-04-26",
    ),
    ("de", "Bestellt am 2. März, Rückgabe 14 Tage später, welches Datum?", "dates", "2026-03-16"),
    ("en", "90 minutes from now", "times", "10:56"),
    ("en", "8:45 pm Singapore -> Berlin", "times", "13:45"),
    ("en", "If they start at 9 am their time in Mumbai, what time is that here?", "times", "04:30"),
    ("en", "It strikes midnight tonight in Berlin. What time is it in Toronto?", "times", None),
]

LEFT = [
    ("en", "book a table for 4 on friday 13 march"),
    ("es", "Necesito un regalo de menos de 30 euros para mi suegra, que cumple 65."),
    ("en", "I need a present under $30 for my aunt who is 65"),
    ("de", "Ich suche ein Geschenk unter 30 Euro für meine Tante, sie wird 65"),
    ("fr", "Je cherche un cadeau à moins de 30 euros pour ma tante de 65 ans"),
    ("en", "03/04, what weekday is that"),
    ("en", "I had 2 kg of flour and used 300 g, how much is left"),
    ("en", "I never leave a tip. What's 15% of 80 as a tip, and why?"),
    ("en", "1? 2?"),
    ("en", "I left home 25 minutes ago. What time is it?"),
    ("de", "Ich bin vor 25 Minuten gegangen. Wie spät ist es?"),
    ("en", "I leave in 20 minutes. What time is it?"),
    ("en", "Don't count the first day. How many days from 3 May to 9 May?"),
    ("en", "I ran 5 km in 30 minutes, average?"),
    ("en", "2 hours later"),
]


@pytest.mark.parametrize(("language", "question", "name", "value"), ONE)
async def test_one_tool_is_meant(
    language: str, question: str, name: str, value: str | None
) -> None:
    if value is None:
        assert found(question, language) in (None, [name])
        return
    assert found(question, language) == [name]
    await exact.found_and_right(TOOLS[name], language, question, value)


@pytest.mark.parametrize(("language", "question"), LEFT)
def test_what_is_left_alone(language: str, question: str) -> None:
    assert found(question, language) is None


def test_where_two_tools_are_sure_none_answers() -> None:
    turn = asked("What is 2 + 2?")
    again = {"calculate": TOOLS["calculate"], "again": TOOLS["calculate"]}
    assert recognised(msgspec.structs.replace(turn, tools=TOOLS)) is not None
    assert recognised(msgspec.structs.replace(turn, tools=again)) is None


def test_two_questions_in_one_are_answered_one_by_one() -> None:
    assert found("What is 15% of 80? And what time is it in Lima?") == ["calculate", "times"]
