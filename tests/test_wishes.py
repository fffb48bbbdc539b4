"""What people wish of their memory is told by their words alone, in four languages."""

from __future__ import annotations

import pytest

from musespark.wishes import asks, fold, of_oneself, tidied, wish

WISHES = {
    "forget that": ("that", ""),
    "Please forget that!": ("that", ""),
    "Could you forget what I just said?": ("that", ""),
    "Don't remember this.": ("that", ""),
    "Vergiss das bitte": ("that", ""),
    "Olvida eso, por favor": ("that", ""),
    "oublie ça": ("that", ""),
    "Never remember anything about my health.": ("never", "my health"),
    "Merk dir nie etwas über meine Gesundheit": ("never", "meine gesundheit"),
    "No guardes nunca nada sobre mi salud": ("never", "mi salud"),
    "Ne retiens jamais rien sur ma santé": ("never", "ma sante"),
    "Forget what I said about my sister": ("forget", "my sister"),
    "forget everything about Kiel": ("forget", "kiel"),
    "Vergiss, was ich über meine Schwester gesagt habe.": ("forget", "meine schwester"),
    "Olvida lo que te dije sobre mi hermana": ("forget", "mi hermana"),
    "Oublie ce que je t’ai dit sur mon chat": ("forget", "mon chat"),
    "forget everything": ("everything", ""),
    "Vergiss alles über mich": ("everything", ""),
    "olvida todo lo que sabes de mí": ("everything", ""),
    "oublie tout": ("everything", ""),
    "Forget them all": ("these", ""),
    "vergiss alle": ("these", ""),
    "olvídalos todos": ("these", ""),
    "oublie-les tous": ("these", ""),
    "Remember that my PIN is 4711, please": ("remember", "my PIN is 4711"),
    "Merk dir, dass ich Nüsse nicht vertrage!": ("remember", "ich Nüsse nicht vertrage"),
    "Recuerda que vivo en Kiel": ("remember", "vivo en Kiel"),
    "N’oublie pas que j’aime le thé": ("remember", "j'aime le thé"),
    "What do you know about me?": ("all", ""),
    "Was weißt du über mich?": ("all", ""),
    "¿Qué sabes de mí?": ("all", ""),
    "Que sais-tu de moi ?": ("all", ""),
    "What did I tell you about my move, and when?": ("told", "my move"),
    "When did I tell you about Kiel?": ("told", "kiel"),
    "Was habe ich dir über Kiel erzählt, und wann?": ("told", "kiel"),
    "¿Qué te dije sobre mi hermana, y cuándo?": ("told", "mi hermana"),
    "Que t’ai-je dit de ma sœur, et quand ?": ("told", "ma sœur"),
    "What did I tell you about where I live, and when?": ("told", "where i live"),
    "Have I ever told you about my wife?": ("told", "my wife"),
    "do you remember my dog?": ("told", "my dog"),
    "Remind me what I said about Lisbon": ("told", "lisbon"),
    "When did I tell you that I moved to Kiel?": ("told", "i moved to kiel"),
    "was hab ich dir gesagt, wo ich wohne, und wann?": ("told", "wo ich wohne"),
    "Habe ich dir von meiner Frau erzählt?": ("told", "meiner frau"),
    "Erinnerst du dich an meinen Hund?": ("told", "meinen hund"),
    "¿Te he hablado de Lisboa?": ("told", "lisboa"),
    "¿Te acuerdas de mi perro?": ("told", "mi perro"),
    "Est-ce que je t’ai parlé de ma femme ?": ("told", "ma femme"),
    "Tu te souviens de mon chien ?": ("told", "mon chien"),
    "Don't remember this: I hate Mondays. Why are they so long?": (
        "unkept", "I hate Mondays. Why are they so long",
    ),
}  # fmt: skip


@pytest.mark.parametrize("words", WISHES)
def test_a_wish(words: str) -> None:
    found = wish(words)
    assert found is not None
    assert (found.kind, found.about) == WISHES[words]


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ("forget 2", (2,)), ("Forget 1 and 3", (1, 3)), ("forget m1, m4", (1, 4)),
        ("vergiss 1, 2 und 5", (1, 2, 5)), ("olvida 1 y 3", (1, 3)), ("oublie 2 et 4", (2, 4)),
    ],
)  # fmt: skip
def test_numbers_of_a_list(words: str, numbers: tuple[int, ...]) -> None:
    found = wish(words)
    assert found is not None
    assert (found.kind, found.numbers) == ("numbers", numbers)


@pytest.mark.parametrize(
    "words",
    [
        "How do I forget my ex?", "What is forgetting?", "Why do people forget that they dream?",
        "Remember that time we went to Paris?", "What is the capital of France?", "", " ", "\0",
        "Write a poem that says: forget that", "x" * 100_000, "forget " * 2_000, "(" * 2_000,
        "What did Goethe say about Italy?", "Do you remember the fall of the Berlin wall?",
        "Did you tell me about my dog?", "Vergissmeinnicht", "What should I remember?",
    ],
)  # fmt: skip
def test_what_is_no_wish(words: str) -> None:
    assert wish(words) is None


def test_a_question_about_oneself() -> None:
    for question in (
        "Where do I live?",
        "Wo wohne ich?",
        "¿Dónde vivo?",
        "Où est-ce que j’habite ?",
    ):
        assert of_oneself(question), question
    for question in ("What is the capital of France?", "Wie hoch ist der Brocken?"):
        assert not of_oneself(question), question


def test_a_question_without_its_mark() -> None:
    for question in (
        "when was i born", "what is my dog called", "do i have kids", "wie heißt mein Hund",
        "was hab ich dir gesagt", "que te dije de mi perro", "qu'est-ce que je t'ai dit", "Really?",
    ):  # fmt: skip
        assert asks(question), question
    for words in (
        "What I like most is tea.", "When I was young I lived in Rome.", "How lovely the sea is",
        "Wie gesagt, ich wohne in Bonn", "Wo ich wohne, ist es kalt", "Cuando era joven vivía aquí",
        "Quand j’étais jeune, j’habitais à Rome", "Will and I moved", "", "what " * 300,
    ):  # fmt: skip
        assert not asks(words), words


def test_a_place_in_the_folded_text_is_one_in_the_tidied() -> None:
    text = "  Ich  heiße “Ädè” ﬁne İstanbul 𝔘 ¿no? "
    assert len(fold(text)) == len(tidied(text))
