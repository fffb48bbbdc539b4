"""How a turn is said: how much of "I" and of "you" is in it, and how many names.

Who says "I" tells of themselves, who says "you" of the other; a name in the middle of a sentence is
what "who" and "where" ask for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

_FIRST = {
    "en": "i me my we our us",
    "de": "ich mich mir mein meine meinen meinem meiner wir uns unser unsere",
    "es": "yo me mi mis nos nosotros nosotras nuestro nuestra",
    "fr": "je j me m moi mon ma mes nous notre nos",
    "it": "io mi me mio mia miei mie noi ci nostro nostra",
    "pt": "eu me meu minha meus minhas nós nos nosso nossa",
    "nl": "ik me mij mijn wij we ons onze",
}
_SECOND = {
    "en": "you your",
    "de": "du dich dir dein deine deinen deinem deiner ihr euch euer",
    "es": "tú te ti tu tus usted ustedes vosotros",
    "fr": "tu te t toi ton ta tes vous votre vos",
    "it": "tu ti te tuo tua tuoi tue voi vi vostro vostra",
    "pt": "você vocês tu te teu tua seu sua",
    "nl": "jij je jou jouw jullie u uw",
}
_I = {code: frozenset(words.split()) for code, words in _FIRST.items()}
_YOU = {code: frozenset(words.split()) for code, words in _SECOND.items()}
_NAME = re.compile(r"(?<=[a-zß-ÿ,] )[A-ZÀ-Þ][a-zß-ÿ]+")
_CALLED = {
    "en": r"^\W*(?:(?:in|from|to|with) )?(?:who|whose|whom|where)\b"
    r"|^\W*(?:in )?which (?:city|country|state|place)\b"
    r"|\b(?:book|movie|film|song|band|game|title|called|name)s?\b",
    "de": r"^\W*(?:wer|wen|wem|wo|wohin|woher)\b|\b(?:heißt|hieß|heißen|namens)\b",
    "es": r"^\W*(?:qui[eé]n|qui[eé]nes|a?d[oó]nde)\b|\b(?:llama|llamaba|llaman|nombre)\b",
    "fr": r"^\W*(?:(?:avec|chez) )?(?:qui|où)\b|\b(?:appelle|appelait|appellent|nom)\b",
    "it": r"^\W*(?:chi|dove)\b|\b(?:chiama|chiamava|chiamano|nome)\b",
    "pt": r"^\W*(?:quem|onde)\b|\b(?:chama|chamava|chamam|nome)\b",
    "nl": r"^\W*(?:wie|waar)\b|\b(?:heet|heten|heette|naam)\b",
}
_CALLS = {code: re.compile(pattern) for code, pattern in _CALLED.items()}
_MOST = 3  # of each that are counted
_BITS = 2


def manner(text: str, words: Sequence[str], code: str) -> int:
    """Up to three of each, two bits each: words for "I", words for "you", names. `words` are those
    of the text. Where every noun begins with a capital, no names are told."""
    i, you = _I.get(code, frozenset()), _YOU.get(code, frozenset())
    counts = (
        sum(word in i for word in words),
        sum(word in you for word in words),
        0 if code == "de" else len(_NAME.findall(text)),
    )
    return sum(min(count, _MOST) << _BITS * place for place, count in enumerate(counts))


def parted(manners: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """What `manner` put together, of many turns."""
    i, you, names = (manners >> _BITS * place & _MOST for place in range(3))
    return i, you, names


def asks_name(question: str, code: str) -> bool:
    """Whether a question in `normal` form asks for a person, a place or a title."""
    pattern = _CALLS.get(code)
    return pattern is not None and bool(pattern.search(question))
