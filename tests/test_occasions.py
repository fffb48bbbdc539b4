"""Occasions: which questions a person is asked about a purpose after, in the languages shipped."""

from __future__ import annotations

import pytest

from musespark import occasions

MEMORY = [
    "Remember that my sister's name is Ida.",
    "please remember my shoe size, it is 43",
    "Don't forget that I hate coriander",
    "What did I tell you about my flat?",
    "When did I ever mention Lisbon?",
    "Did I tell you where I parked?",
    "As I told you, I am vegan.",
    "Do you still remember what I asked yesterday?",
    "What do you know about me?",
    "What's my name?",
    "Merk dir, dass ich montags Training habe.",
    "Merke dir bitte meine Adresse",
    "Was habe ich dir über meine Wohnung erzählt?",
    "Weißt du noch, wie mein Hund heißt?",
    "Was weißt du über mich?",
    "Vergiss nicht, dass ich allergisch bin",
    "Recuerda que vivo en Sevilla.",
    "¿Qué te conté de mi trabajo?",
    "¿Te acuerdas de mi hermana?",
    "¿Qué sabes de mí?",
    "Souviens-toi que j’habite à Lyon.",
    "N’oublie pas que je suis allergique.",
    "Qu'est-ce que je t'ai dit de mon chat ?",
    "Que sais-tu de moi ?",
]
SHOP = [
    "Recommend me a tent for two",
    "Which laptop should I buy?",
    "Any gift ideas for my mother?",
    "Kannst du mir ein gutes Zelt empfehlen?",
    "Was soll ich meiner Mutter schenken?",
    "¿Qué me recomiendas?",
    "Recommande-moi un livre",
]
NOTHING = [
    "How many days until Christmas?",
    "Do you remember the Beatles?",
    "Who remembers the fall of Rome?",
    "What did Caesar tell the senate?",
    "Was hat er dir erzählt?",
    "Write a poem about forgetting.",
    "What should I do when the engine does not start?",
    "¿Qué te parece este texto?",
    "Was macht man gegen Husten?",
    "Summarise the attached letter.",
    "",
    "?",
    "ما هي عاصمة فرنسا؟",
    "x" * 100_000,
    "remember " * 50_000,
]


@pytest.mark.parametrize("question", MEMORY)
def test_what_asks_for_memory(question: str) -> None:
    assert occasions.of(question) == ["memory"]


@pytest.mark.parametrize("question", SHOP)
def test_what_asks_for_something_picked(question: str) -> None:
    assert occasions.of(question) == ["shop", "memory"]


@pytest.mark.parametrize("question", NOTHING, ids=lambda q: q[:20])
def test_what_asks_for_neither(question: str) -> None:
    assert occasions.of(question) == []
