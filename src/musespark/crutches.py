"""What a very small model leans on: replies to greetings, sentence ends, a calculator's grammar."""

from __future__ import annotations

import re
from collections.abc import Sequence

from text_to_num import alpha2digit

from musespark.message import Message

# What is said to a bare greeting, thanks or goodbye: the model itself only echoes them.
_REPLIES = {
    "Hello! What can I do for you?": (
        "hi|hello|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|day)|"
        "(?:(?:hi|hello|hey)[ ,!.]*)?how are you(?: (?:today|doing))?|what'?s up"
    ),
    "You're welcome!": (
        "thanks?|thank you|thx|cheers|many thanks|thanks a lot|thank you (?:so|very) much"
    ),
    "Goodbye! Come back any time.": "bye|bye bye|goodbye|see you(?: later)?|good night",
    "Hallo! Was kann ich für dich tun?": (
        "hallo|moin|servus|grüß dich|guten (?:tag|morgen|abend)|"
        "(?:(?:hi|hallo|hey)[ ,!.]*)?wie geht(?: e|')?s(?: dir)?(?: heute)?"
    ),
    "Gern geschehen!": "danke|danke (?:schön|sehr|dir)|vielen dank|dankeschön|besten dank",
    "Bis bald!": "tschüss?|auf wiedersehen|bis (?:bald|später|dann)|gute nacht",
    "¡Hola! ¿En qué puedo ayudarte?": (
        "hola|buenos días|buenas(?: (?:tardes|noches))?|(?:hola[ ,!.]*)?¿?(?:qué tal|cómo estás)"
    ),
    "¡De nada!": "gracias|muchas gracias|mil gracias",
    "¡Hasta pronto!": "adiós|chao|hasta (?:luego|pronto|mañana)",
    "Bonjour ! Que puis-je faire pour vous ?": (
        "bonjour|salut|coucou|bonsoir|(?:(?:bonjour|salut)[ ,!.]*)?(?:comment )?ça va(?: bien)?"
    ),
    "Je vous en prie !": "merci|merci (?:beaucoup|bien)",
    "À bientôt !": "au revoir|à (?:bientôt|plus|demain)|bonne nuit",
}
_GREETINGS = [
    (
        re.compile(rf"\W*(?:{words})(?: (?:there|all|everyone|zusammen|a todos|à tous))?\W*", re.I),
        said,
    )
    for said, words in _REPLIES.items()
]


def greeting(messages: Sequence[Message]) -> str:
    """The reply to a last message that only greets, thanks or says goodbye; else nothing."""
    last = messages[-1] if messages else None
    if last is None or last.role != "user" or len(last.parts) != 1 or len(last.text) > 60:
        return ""
    for pattern, said in _GREETINGS:
        if pattern.fullmatch(last.text):
            return said
    return ""


_SENTENCE = re.compile(r"[.!?。！？…][\"'”’)\]]*(?=\s|$)|\n")


class Sentences:
    """Lets text through, but near the `limit` of tokens only by the sentence, so that an answer
    which stops by length ends with one. A limit of 0 lets everything through at once.

    The last 48 tokens are held to sentence ends; a sentence longer than that ends in an ellipsis.
    """

    def __init__(self, limit: int) -> None:
        self._free = max(limit - 48, limit // 2) if limit else -1
        self._held = ""
        self._clean = False

    def take(self, text: str) -> str:
        """What may be said after this piece of about a token."""
        if self._free < 0:
            return text
        if self._free > 0:
            self._free -= 1
            return text
        self._held += text
        ends = [found.end() for found in _SENTENCE.finditer(self._held[:-1])]
        if not ends:
            return ""
        said, self._held = self._held[: ends[-1]], self._held[ends[-1] :]
        self._clean = True
        return said

    def end(self, finish: str) -> str:
        """What is said at the end: all that is held, or nothing of a sentence cut by length."""
        held, self._held = self._held, ""
        if finish != "length" or self._free < 0:
            return held
        ends = [found.end() for found in _SENTENCE.finditer(held)]
        if ends:
            return held[: ends[-1]]
        return "" if self._clean else f"{held.rstrip()} …"


_AMOUNT = re.compile(
    r"how (?:many|much|far|long|old)|\b(?:total|left|remain|altogether|each|per|cost|sum|average|"
    r"difference|price|share|product)|wie ?viele?|insgesamt|übrig|kosten|cuánt[oa]s?|"
    r"en total|quedan|combien|au total|reste",
    re.IGNORECASE,
)


def asks_amount(question: str) -> bool:
    """Whether the words ask for an amount: two years in a question are no sum."""
    return _AMOUNT.search(question) is not None


def quantities(question: str) -> list[str]:
    """The numbers of a question, in digits and in English words, in order, each once."""
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", question)
    text = alpha2digit(text, "en")
    return list(dict.fromkeys(re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?![\w]*[a-z]\d)", text)))


# Ten one-step questions with their calculations; the order of numbers is that of the question.
EXAMPLES = "".join(
    f"Question: {question}\nCalculation: {calculation}\n\n"
    for question, calculation in (
        ("What is 12 * 4 + 5?", "12 * 4 + 5"),
        ("What is the sum of 18 and 27?", "18 + 27"),
        ("What is 300 - 45?", "300 - 45"),
        ("Tom has 14 apples and gives away 6. How many are left?", "14 - 6"),
        ("What is 20% of 60?", "20 * 60 / 100"),
        ("What is 7 times 8?", "7 * 8"),
        ("What is 96 divided by 4?", "96 / 4"),
        ("What is 6 squared?", "6 * 6"),
        ("A pen costs 3 dollars. How much do 9 pens cost?", "3 * 9"),
        ("What is half of 50?", "50 / 2"),
    )
)


def grammar(numbers: Sequence[str], question: str = "") -> str:
    """GBNF of a calculation with these numbers, as many terms as there are numbers to use.

    2 and 100 are allowed where the words speak of halves or percents, and only taking away where
    they ask what is left. It starts with the space that the prompt must not end with.
    """
    also = ["2"] if _HALF.search(question) else []
    also += ["100"] if _PERCENT.search(question) else []
    allowed = list(dict.fromkeys([*numbers, *also]))
    taken = _TAKEN.search(question) and not _EACH.search(question)
    operators = '" - "' if taken else '" + " | " - " | " * " | " / "'
    quoted = " | ".join(f'"{number}"' for number in allowed)
    terms = "num op num" if len(allowed) == 2 else "t op t | num op num op num"
    return (
        f'root ::= " " ({terms}) "\\n"\n'
        't ::= num | "(" num op num ")"\n'
        f"num ::= {quoted}\n"
        f"op ::= {operators}\n"
    )


_HALF = re.compile(r"\b(half|halve|twice|double|squared|pairs?|doppelt|mitad|doble|moitié)", re.I)
_TAKEN = re.compile(
    r"\b(left|remain\w*|gives? away|gave away|eats?|ate|loses?|lost|spends?|spent|difference)\b",
    re.IGNORECASE,
)
_EACH = re.compile(r"\b(each|every|per|times|half|twice|more|buys?|gets?|finds?)\b|%", re.I)
_PERCENT = re.compile(r"%|percent|prozent|por ciento|pour ?cent", re.I)


def stems(text: str) -> set[str]:
    """The words of a text, roughly without their endings."""
    return {word[:5] for word in re.findall(r"[^\W_]{3,}", text.lower())}
