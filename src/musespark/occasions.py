"""Occasions: questions that would be answered better with a purpose; found by their words alone."""

from __future__ import annotations

import re

_EDGE = 400  # characters of a question that are looked at: its beginning

# What a person says who wants something kept, or looked up in what they said before.
_MEMORY = re.compile(
    r"""
    \b(?:
      # English
      (?:please\ )?remember\ (?:that|this|my|me|i\b|we\b|for\ (?:next|later))
      | (?:do\ not|don't|never)\ forget\ (?:that|my|i\b)
      | (?:what|when|where|who|which|how)\b[^.?!]{0,60}\b(?:did|have)\ i\ (?:ever\ )?
        (?:tell|told|say|said|mention|mentioned|ask|asked)\b
      | did\ i\ (?:ever\ )?(?:tell|mention)
      | (?:as|like)\ i\ (?:told|said\ to)\ you
      | do\ you\ (?:still\ )?(?:remember|recall)\ (?:me|my|i\b|what|when|our|that\ i)
      | (?:what\ do\ you|do\ you)\ (?:still\ )?know\ (?:about\ me|who\ i\ am|my\ name)
      | what(?:'s|\ is)\ my\ (?:name|birthday|favou?rite)\b
      | last\ time\ (?:i|we)\ (?:talked|spoke|asked)
      # German
      | merke?\ dir\b | denke?\ daran,?\ dass | vergiss\ nicht,?\ dass
      | (?:was|wann|wo|wer|welche\w*|wie)\b[^.?!]{0,60}\bhabe?\ ich\ (?:dir|euch|ihnen)\b
      | habe?\ ich\ dir\b[^.?!]{0,60}\b(?:gesagt|erzählt)
      | wie\ ich\ (?:dir|schon)\ (?:sagte|gesagt|erzählt)
      | weißt\ du\ noch | erinnerst\ du\ dich | was\ weißt\ du\ (?:noch\ )?über\ mich
      | wie\ heiße\ ich | wann\ habe\ ich\ geburtstag
      # Spanish
      | (?:recuerda|acuérdate\ de)\ que | no\ (?:te\ )?olvides\ (?:de\ )?que
      | (?:qué|cuándo|dónde|quién|cómo)\b[^.?!]{0,40}\bte\ (?:dije|conté|he\ (?:dicho|contado))
      | te\ (?:dije|conté)\ (?:alguna\ vez|que)\b
      | te\ acuerdas\ de | qué\ sabes\ de\ mí | cómo\ me\ llamo
      # French
      | (?:souviens-toi|rappelle-toi|retiens|souvenez-vous|retenez)\b
      | n'oublie[zs]?\ pas\ que
      | (?:qu'est-ce\ que|que|quand|où)\b[^.?!]{0,40}\b(?:t'ai-je|je\ t'ai|vous\ ai-je|je\ vous\ ai)
        \ (?:dit|raconté|parlé)
      | (?:tu\ te\ souviens|te\ souviens-tu|vous\ souvenez-vous)
      | (?:que\ sais-tu|qu'est-ce\ que\ tu\ sais)\ (?:de|sur)\ moi | comment\ je\ m'appelle
    )
    """,
    re.VERBOSE,
)

# What a person says who wants something picked for them.
_SHOP = re.compile(
    r"""
    \b(?:
      # English
      (?:recommend|suggest)\ (?:me\ )?(?:a|an|some|the\ best|something|one)\b
      | (?:what|which)\b[^.?!]{0,60}\b(?:should|shall|could)\ i\ (?:buy|get|order|wear|give)\b
      | (?:gift|present)\ (?:idea|ideas|for)\b | what\ would\ (?:suit|fit)\ me
      # German
      | empfiehl\w*\ (?:mir|uns) | (?:kannst|könntest)\ du\ mir\b[^.?!]{0,60}\bempfehlen
      | was\ (?:soll|kann)\ ich\b[^.?!]{0,60}\b(?:kaufen|schenken|anziehen|bestellen)
      | geschenk(?:idee|ideen)?\ für | was\ würde\ (?:mir|zu\ mir)\ (?:passen|gefallen)
      # Spanish
      | recomiéndame | (?:qué|cuál)\ me\ recomiendas | (?:puedes|podrías)\ recomendarme
      | qué\ (?:debería|puedo)\ (?:comprar|regalar|pedir) | (?:ideas\ de\ )?regalos?\ para
      # French
      | recommande(?:-moi|z-moi) | que\ me\ (?:conseilles|recommandes|conseillez)-?(?:tu|vous)
      | conseille(?:-moi|z-moi) | que\ (?:dois-je|devrais-je|puis-je)\ (?:acheter|offrir)
      | (?:idées?\ de\ )?cadeaux?\ pour
    )
    """,
    re.VERBOSE,
)


# One of these stands in whatever the above may find; most questions hold none, and cost no more.
_HINTS = (
    "rememb", "forget", " i ", "recall", "about me", "who i am", "my ", "last time", "merk", "denk",
    "vergiss", " ich", "wie ", "weißt", "erinner", "recuerda", "acuérd", "olvid", " te ", "te ",
    "sabes", "llamo", "-toi", "retien", "retenez", "souvenez", "oubli", "t'ai", "vous ai", "sais",
    "m'appelle", "souv", "recommend", "suggest", "gift", "present", "suit", "fit me", "empf",
    "geschenk", "würde", "recom", "puedo", "debería", "regalo", "conseil", "que ", "cadeau",
)  # fmt: skip


def of(question: str) -> list[str]:
    """The purposes with which this question would be answered better, the nearest first; mostly
    none. Only the words count; what is attached says nothing of what its person wants."""
    words = question[:_EDGE].lower().replace("’", "'")
    if not any(hint in words for hint in _HINTS):
        return []
    found = ["memory"] if _MEMORY.search(words) else []
    return [*found, "shop", *(["memory"] if not found else [])] if _SHOP.search(words) else found
