"""Facts that people say of themselves, by slots, and from when until when they hold."""

from __future__ import annotations

from datetime import date

import pytest

from musespark.facts import asked, facts, many, meant, near
from musespark.language import Speech
from musespark.spell import Spell, spell

SAID = date(2023, 5, 10)  # a Wednesday

SAYINGS = {
    "I live in Bonn. My sister's name is Ada, and she likes tea.": [
        ("home", "Bonn"), ("my sister name", "Ada"),
    ],
    "I moved from Bonn to Kiel last Monday!": [("home", "Kiel")],
    "By the way, I've just moved to Graz, because of my job.": [("home", "Graz")],
    "My wife and I live in Oslo.": [],
    "Ich wohne jetzt in Graz.": [("home", "Graz")],
    "Ich bin letzten Monat nach Kiel gezogen.": [("home", "Kiel")],
    "Vivo en Madrid desde 2019": [("home", "Madrid")],
    "J'habite à Lyon depuis lundi dernier": [("home", "Lyon")],
    "I work as a nurse at St. Mary's hospital since 2020": [("work", "St. Mary's hospital")],
    "Ich arbeite seit 2019 bei Bosch": [("work", "Bosch")],
    "Call me Kit please": [("name", "Kit")],
    "Je m'appelle Zoé": [("name", "Zoé")],
    "I'm 34.": [("age", "34")],
    "Tengo 20 años": [("age", "20")],
    "Mein Geburtstag ist am 3. Mai.": [("birthday", "3. Mai")],
    "My sister's birthday is 3 May": [("my sister's birthday", "3 May")],
    "I love sushi and I hate olives": [("likes", "sushi"), ("dislikes", "olives")],
    "I am allergic to peanuts": [("allergy", "peanuts")],
    "Mein Hund heißt Rex": [("my hund name", "Rex")],
    "Mi hermana se llama Ana": [("my hermana name", "Ana")],
    "Mon chat s'appelle Félix": [("my chat name", "Félix")],
    "I live in Bonn and I work as a nurse at the city hospital.": [
        ("home", "Bonn"), ("work", "city hospital"),
    ],
    "I started a new job at a bakery.": [("work", "bakery")],
    "I no longer live in Kiel": [("home", "no longer live in Kiel")],
    "Ich wohne nicht mehr in Kiel": [("home", "nicht mehr in Kiel")],
    "Je n’habite plus à Lyon": [("home", "Je n'habite plus à Lyon")],
    "I'm retired now.": [("work", "retired")],
    "Übrigens bin ich gerade nach Graz gezogen.": [("home", "Graz")],
    "Im Mai ziehen wir nach Wien.": [("home", "Wien")],
    "Ich habe einen neuen Job in einer Bäckerei angefangen.": [("work", "Bäckerei")],
    "Por cierto, me acabo de mudar a Graz.": [("home", "Graz")],
    "He empezado un trabajo nuevo en una panadería.": [("work", "panadería")],
    "Au fait, je viens de déménager à Graz.": [("home", "Graz")],
    "J’ai commencé un nouveau travail dans une boulangerie.": [("work", "boulangerie")],
    "My favorite color is blue": [("likes", "blue"), ("my favourite colour", "blue")],
    "If I lived in Paris I would be happy": [],
    "I don't live in Bonn any more": [],
    "Where do I live? I live in Rome.": [("home", "Rome")],
    "Do I live in Rome?": [],
    "The sea is wide.": [],
    "": [],
}  # fmt: skip


@pytest.mark.parametrize("words", SAYINGS)
def test_what_is_said(words: str) -> None:
    found = [(fact.slot, fact.value) for fact in facts(words, SAID)]
    if words == "My wife and I live in Oslo.":
        assert found[:1] == [("home", "Oslo")]
    else:
        assert found == SAYINGS[words]


QUESTIONS = {
    "Where do I live?": "home", "Wo wohne ich?": "home", "¿Dónde vivo?": "home",
    "Où est-ce que j’habite ?": "home", "where did I live before?": "home",
    "Who do I work for?": "work", "what's my sister's name?": "my sister name",
    "What is my dog called?": "my dog name", "Wie heißt mein Hund?": "my hund name",
    "¿Cómo se llama mi hermana?": "my hermana name", "when is my birthday?": "birthday",
    "Wie heiße ich?": "name", "How old am I?": "age", "what do I like?": "likes",
    "Am I allergic to nuts?": "allergy", "what colour is my car?": "my car",
    "What's my job?": "work", "Was bin ich von Beruf?": "work", "¿A qué me dedico?": "work",
    "What is my favorite color?": "my favourite colour",
    "What is the capital of France?": "", "": "", "my " * 400: "",
}  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_is_asked(question: str) -> None:
    assert asked(question) == QUESTIONS[question]


@pytest.mark.parametrize(
    ("about", "slot"),
    [
        ("my job", "work"), ("my new job", "work"), ("meinen Job", "work"), ("mi trabajo", "work"),
        ("where I live", "home"), ("wo ich wohne", "home"), ("l’endroit où j’habite", "home"),
        ("my allergies", "allergy"), ("my favorite food", "my favourite food"), ("Kiel", ""),
        ("the weather in Kiel", ""), ("", ""), ("my " * 400, ""),
    ],
)  # fmt: skip
def test_what_is_meant(about: str, slot: str) -> None:
    assert meant(about) == slot


def test_a_day_that_is_said_is_no_spell() -> None:
    [fact] = facts("Ich habe am 14. März Geburtstag.", SAID)
    assert (fact.value, fact.spell) == ("14. März", Spell())


def test_likes_stand_beside_each_other() -> None:
    assert many("likes")
    assert not many("home")
    assert near("my sister") == ("my sister", "my sister name")


@pytest.mark.parametrize(
    ("words", "since", "until", "told"),
    [
        ("I have lived in Graz since last Monday", date(2023, 5, 8), None, False),
        ("I stay here until June", None, date(2023, 6, 30), False),
        ("from May 2019 to July 2021", date(2019, 5, 1), date(2021, 7, 31), False),
        ("since 2019 I live in Bonn", date(2019, 1, 1), None, False),
        ("I moved to Graz two weeks ago", date(2023, 4, 26), None, True),
        ("We moved last week", date(2023, 5, 1), None, True),
        ("since last week I live in Graz", date(2023, 5, 1), None, False),
        ("I am moving next month", date(2023, 6, 1), None, True),
        ("my code is 4711", None, None, False),
        ("until 30 February", None, None, False),
        ("I like tea", None, None, False),
    ],
)
def test_when_it_is_true(words: str, since: date | None, until: date | None, told: bool) -> None:
    assert spell(words, Speech("en", "en"), SAID) == Spell(since, until, told)


@pytest.mark.parametrize(
    "text", ["\0", "my " * 30_000, "I live in " * 5_000, "." * 50_000, "I'm 1" * 9_000, "﷽" * 999]
)
def test_hostile_texts_take_no_time(text: str) -> None:
    assert len(facts(text, SAID)) <= 40
    asked(text)
