"""Read a public web page: its text, for a question about it."""

from __future__ import annotations

import re
import time
from typing import Annotated

from msgspec import Meta

from musespark import consent
from musespark.message import Source
from musespark.problem import Problem
from musespark.readable import Reader
from musespark.tool import Outside
from musespark.turn import Turn

outside = True

MAX_TEXT = 20_000
_KINDS = re.compile(
    r"text/(?:html|plain|markdown|x-markdown|csv|xml)|application/(?:xhtml\+xml|json|xml)"
    r"|application/[a-z0-9.-]+\+(?:json|xml)"
)

_ADDRESS = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
# What a person says who wants one page read: the whole question, with the address cut out, must
# begin with one of `_STARTS` (after `_POLITE` words) and hold no word outside `_REST`. A miss costs
# nothing, for the model may still call the tool; a false hit does.
_POLITE_WORDS = (
    "hi hey hello ok please pls kindly just now can could you would will i want need like to hallo "
    "bitte kannst könntest du können könnten sie mal bonjour stp svp s'il te vous plaît peux tu "
    "pouvez pourrais pourriez hola por favor puedes podrías puede podría"
)
_POLITE = frozenset(_POLITE_WORDS.split())
_STARTS = tuple(
    tuple(phrase.split())
    for phrase in (
        *("read", "open", "fetch", "summarize", "summarise", "sum up", "recap", "tldr", "tl;dr"),
        *("explain", "show", "give me", "get me", "tell me", "summary", "what", "what's"),
        *("lies", "lese", "öffne", "fasse", "fass", "zeig", "zeige", "erkläre", "erklär", "lesen"),
        *("zusammenfassen", "zusammenfassung", "was steht", "was sagt", "worum geht", "wovon"),
        *("lis", "lire", "lisez", "ouvre", "ouvrez", "résume", "résumer", "résumez", "explique"),
        *("résumé", "que dit", "qu'est", "de quoi", "fais un résumé", "lee", "leer", "lea", "abre"),
        *("resume", "resumir", "resumen", "resuma", "resúmeme", "qué dice", "de qué", "léeme"),
    )
)
_REST_WORDS = (
    "me us for the this that to at of on about all what is does do it and main key short brief "
    "page webpage website site article link url text content contents point points summary "
    "overview summarize summarise explain sum up say says saying in a an one two three four five "
    "sentence sentences words bullet bullets briefly english german french spanish please read "
    "mir uns die das den der dem diese diesen dieses dieser diesem seite webseite artikel beitrag "
    "inhalt von auf unter kurz zusammen vor und fasse fass es ihn in stichpunkten sätzen deutsch "
    "bitte geht steht ein eine la le les l'article cette cet ce lien contenu de du sur moi et "
    "résume en français phrases s'il te vous plaît el los esta este esto página enlace artículo "
    "sitio contenido y resume lo que un una uno sobre trata va habla parle dit español frases por "
    "favor c'est"
)
_REST = frozenset(_REST_WORDS.split())
_QUESTION = re.compile(r"[^?？\n]{3,200}[?？]\Z")
# Questions beside an address that ask for something else than what the page says.
_OTHER = re.compile(
    r"(?i)\b(?:post|publish|send|share|tweet|write|draft|reply|shorten|download|blocked|down|"
    r"online|reachable|redirects?|ping|register|domain|link|url|schreib\w*|poste|teile|sende|"
    r"verschick\w*|écris|écrire|envoie|publie|partage|escribe|envía|publica|comparte)\b"
)


async def read_page(
    url: Annotated[
        str, Meta(description="The whole address of a public page, starting with https://")
    ],
    turn: Turn,
) -> Outside:
    """Read a public web page and return its text.

    Use it when the question names an address, or the answer stands on a page whose address is
    known. It cannot log in, search or fill in forms.
    """
    from musespark import public_web  # a client with its sockets, which few questions need

    seconds = max(min(public_web.MAX_SECONDS, turn.budget.seconds_left), 0.1)
    started = time.monotonic()
    async with Reader() as reader:

        async def accepts(kind: str) -> bool:
            if kind and not _KINDS.fullmatch(kind):
                return False
            await reader.start()
            return True

        page = await public_web.fetch(url.strip(), accepts, seconds)
        # A page that took long to come still gets a moment to be read.
        left = max(seconds - (time.monotonic() - started), 2.0)
        found = await reader.read(page.body, page.kind, page.charset, page.url, left)
    text = consent.visible(found.text)
    if not text.strip():
        raise Problem(
            "page_empty",
            "The page has no text to read.",
            why="It may be made of pictures, or put together by scripts that are not run here.",
            next="Give another address, or paste the text.",
            status=422,
        )
    title = " ".join(consent.visible(found.title, 300).split())
    result = Outside(cut(text), Source(1, title or page.url, url=page.url))
    consent.taint(turn, result)
    consent.meet(turn, found.links)
    return result


def cut(text: str, limit: int = MAX_TEXT) -> str:
    """At most `limit` characters, ended at a paragraph where there is one, with a note."""
    if len(text) <= limit:
        return text
    note = f"\n\n[Cut here: {len(text):,} characters in all.]"
    room = limit - len(note)
    for mark in ("\n\n", "\n", ". ", " "):
        end = text.rfind(mark, room * 3 // 4, room)
        if end > 0:
            return text[: end + (1 if mark == ". " else 0)].rstrip() + note
    return text[:room] + note


def recognise(question: str, turn: Turn) -> dict[str, str] | None:
    """The address, when the question is essentially to read, sum up or answer from one page."""
    question = question.strip()
    found = list(_ADDRESS.finditer(question))
    if len(found) != 1 or len(question) > 2_500 or question.count("\n") > 2:
        return None
    url = next(consent.addresses(found[0][0]), "")
    if not url:
        return None
    before, _, after = question.partition(url)
    before, after = before.strip(" \t\n<«\"“'(["), after.lstrip(" \t\n>»\"”').],:;–-")
    if not before and not after.strip("?!. "):
        return {"url": url}
    if _asks_to_read(before, after):
        return {"url": url}
    asked = before if not after.strip("?!. ") else "" if before else after
    if _QUESTION.fullmatch(asked.strip()) and not _OTHER.search(asked):
        return {"url": url}
    return None


def _asks_to_read(before: str, after: str) -> bool:
    """Whether the words around an address only ask to read it."""
    said = f"{before} {after}".lower().replace("’", "'")
    said = re.sub(r"\b(this|the|blog) post\b", "page", said)
    words = [word.strip('¿¡.,:;!?…()"“”') for word in said.split()]
    words = [word for word in words if word and word != "-"]
    while words and words[0].removesuffix("-tu").removesuffix("-vous") in _POLITE:
        words.pop(0)
    for start in _STARTS:
        if tuple(words[: len(start)]) == start:
            rest = words[len(start) :]
            return len(rest) <= 15 and all(word in _REST or word.isdigit() for word in rest)
    return False
