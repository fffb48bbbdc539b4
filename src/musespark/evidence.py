"""Evidence: the passages of attached or recalled text that answer a question, word for word.

No model is called. A question's words are weighed by BM25 with a context kernel: a heading, a
label, a table's first row or a question lends its words to the lines below it. Then come static
vectors and the kind of answer that is wanted (a date, a price, a name). The idea of the kernel and
the weights' order of size are from our own experiments on recalled conversations.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from musespark.embedding import Embedder
from musespark.message import Document, Source

Floats = NDArray[np.float32]
_embedded = Embedder()

# ---------------------------------------------------------------- words, as data

STOP = {
    "en": """a an the and or but if of at by for with about to from in into on as is am are was were
    be been being do does did doing have has had having i me my we our us you your he him his she
    her it its they them their this that these those there here what which who whom whose when
    where why how would could should might will can may must shall s t d ll re ve m so than then
    too very just not no nor any some please tell say says said document text attachment attached
    file according much many long often far does exactly get got one everyone everybody each""",
    "de": """der die das den dem des ein eine einen einem einer eines und oder aber wenn von bei für
    mit über zu zum zur aus in im ins an am auf als ist bin bist sind war waren sein wird werden
    wurde worden hat habe haben hast hatte ich mich mir mein meine meinen meinem wir uns unser
    unsere du dich dir dein deine er ihn ihm sie ihr ihre es man dieser diese dieses diesem diesen
    hier da dort was welche welcher welches welchen welchem wer wem wen wessen wann wo warum
    weshalb wieso wie wohin woher kann können darf dürfen muss müssen soll sollen will wollen
    würde könnte denn so dann auch nur noch nicht kein keine sehr bitte sag mal steht text
    dokument anhang datei laut viel viele lange lang oft weit bis ab seit nach vor um genau jeder
    jede jedes""",
    "es": """el la los las un una unos unas y o u pero si de del al a por para con sobre en como es
    soy son era ser está están estoy estar ha he han hay tiene tengo tienen yo me mi mis nos
    nuestro nuestra tú te tu tus él su sus ello lo le les se este esta esto estos estas ese esa
    eso aquí allí que qué cuál cuáles quién quiénes cuándo dónde adónde porqué cómo cuánto cuánta
    cuántos cuántas puede puedo pueden debo debe hay que no ni muy más ya solo también por favor
    dice dime texto documento archivo adjunto según hasta desde cada uno""",
    "fr": """le la les l un une des du de d et ou mais si à au aux par pour avec sur dans en comme
    est suis es sont était être a ai as ont avait avoir je j me m mon ma mes nous notre nos tu te t
    ton ta tes vous votre vos il elle on ils elles lui leur leurs se s son sa ses ce cet cette ces
    c ça cela y ici là que qu quoi quel quelle quels quelles qui quand où pourquoi comment combien
    peut puis peux pouvez dois doit faut ne n pas plus très aussi n'est-ce est-ce svp dit dis texte
    document fichier pièce jointe selon jusqu jusque depuis chaque""",
}

SUFFIXES = {
    "en": "ations ation ments ment nesses ness ingly edly ings ing ies ied ers er ed es ly s e y",
    "de": "ungen ung heiten heit keiten keit ern en er em es st et e n s t",
    "es": "aciones ación amientos amiento adores ador ados adas ado ada idos idas ido ida ando iendo "
    "aron ieron aban aba amos emos imos ar er ir an en as es os a e o s",
    "fr": "ations ation ements ement ements ments ment euses euse eurs eur ées ée és é ant aient ait "
    "ons ez er ir re ent es e s x",
}

# words that stand for each other when people ask about documents
ALIKE = """cost price fee charge pay amount rate expensive tariff
begin start commence kick opening onset|end finish over until expire expiry close deadline
buy purchase order|phone telephone call number reach contact|boss manager head director chief lead
allow permit may can forbid prohibit ban|open hour hours opening|cancel terminate notice end quit
holiday vacation leave|gift present|chip contribute pay share|kid child children|pet dog cat animal
salary wage pay earn|return refund back money|broken defect fault repair damage|car vehicle park
email mail address write|meet meeting appointment|big large larger|small little|teacher instructor
live reside address|doctor physician|flat apartment|guest visitor|trip excursion journey tour
late delay overdue|discount reduction reduced off|member membership|wifi internet network|bring take
kosten kostet preis gebühr betrag euro zahlen bezahlen teuer|öffnen offen geöffnet öffnungszeiten auf
beginnen beginnt anfangen fängt start los|enden endet ende schluss bis frist|anrufen telefon nummer
kündigen kündigung frist|urlaub ferien frei|haustier tier hund katze|chef leiter leiterin leitung
kaufen bestellen|kaputt defekt schaden reparatur|auto fahrzeug parken parkplatz|mitbringen bringen
zurückgeben rückgabe zurück|erlaubt dürfen verboten gestattet|treffen versammlung sitzung termin
geschenk schenken|arzt ärztin praxis|lehrer lehrerin|verspätung verspätet|rabatt ermäßigung ermäßigt
costar cuesta costo coste precio tarifa cuota vale pagar euros|abrir abre abierto horario horarios
empezar empieza comenzar comienza inicio inicia|terminar termina acaba fin final|llamar teléfono
comprar pedir|mascota perro gato animal|permitido permite prohibido|jefe jefa director directora
devolver devolución reembolso|roto avería daño reparar|coche vehículo aparcar aparcamiento
cancelar anular|vacaciones festivo|regalo regalar|médico doctora doctor|llevar traer
coûter coûte coût prix tarif payer euros montant|ouvrir ouvre ouvert ouverte horaires
commencer commence début débute|finir finit fin termine|appeler téléphone numéro|acheter commander
animal chien chat|permis interdit autorisé|chef directeur directrice responsable|rendre retour
rembourser remboursement|cassé panne dégât réparer|voiture véhicule garer parking stationnement
résilier résiliation préavis annuler|vacances congé|cadeau offrir|médecin docteur|apporter amener"""

_MONTH = (
    r"january|february|march|april|may|june|july|august|september|october|november|december|januar|"
    r"februar|märz|mai|juni|juli|oktober|dezember|enero|febrero|marzo|abril|mayo|junio|julio|agosto|"
    r"septiembre|octubre|noviembre|diciembre|janvier|février|mars|avril|juin|juillet|août|septembre|"
    r"octobre|novembre|décembre"
)
_DAY = (
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)days?|(?:mon|diens|donners|frei|sams|sonn)tags?|"
    r"mittwochs?|lunes|martes|miércoles|jueves|viernes|sábados?|domingos?|lundis?|mardis?|mercredis?|"
    r"jeudis?|vendredis?|samedis?|dimanches?"
)
_SPAN = (
    r"seconds?|minutes?|mins?|hours?|days?|weeks?|months?|years?|sekunden?|minuten?|stunden?|tagen?|"
    r"tage|wochen?|monaten?|monate|jahren?|jahre|segundos?|minutos?|horas?|días?|semanas?|mes|meses|"
    r"años?|secondes?|heures?|jours?|semaines?|mois|ans?|années?"
)
_COUNT = (
    r"\d+|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|ninety|"
    r"zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|zwanzig|dos|tres|cuatro|cinco|seis|"
    r"siete|ocho|nueve|diez|once|doce|quince|veinte|deux|trois|quatre|cinq|sept|huit|neuf|dix|onze|"
    r"douze|quinze|vingt"
)
_MONEY = r"(?:[$€£¥]\s?\d|\d[\d.,\s]*(?:[$€£¥]|euros?|eur|usd|dollars?|pounds?|cents?|chf|francs?|pesos?|p)\b)"
_CLOCK = r"\b\d{1,2}\s?(?:[:.h]\s?\d\d|h|uhr|am|pm|a\.m|p\.m|o'clock|heures)\b|\bnoon\b|\bmidnight\b|\bmittag\b|\bmidi\b|\bminuit\b|\bmediodía\b"

# the kind of answer: how a question asks for it, and how a passage gives it
KINDS: dict[str, tuple[str, str]] = {
    "money": (
        r"how much (?:is|are|does|do|did|was|were|will|would|must|should|money)|\bcosts?\b|\bprice|"
        r"\bfees?\b|what .*\bpay\b|wie ?viel (?:kostet|kosten|muss|zahl|geld|euro|beträgt)|"
        r"kostet|kosten|preis|wie hoch|wie teuer|gebühr|cuánto (?:cuesta|vale|hay que|pago|dinero|se paga|cobra)|"
        r"cuesta|precio|combien (?:coûte|ça|faut|dois|paie|vaut)|coûte|prix|tarif",
        _MONEY + r"|\bfree\b|\bkostenlos|\bgratis|\bgratuit|\bkostenfrei",
    ),
    "duration": (
        r"how long|wie lange|cuánto (?:tiempo|dura|tarda)|combien de (?:temps|jours|mois|semaines)|quelle durée|durée|"
        r"notice period|how many (?:days|hours|weeks|months|minutes|years)",
        rf"\b(?:{_COUNT})(?:[\s-]|\s\w+\s)(?:{_SPAN})\b",
    ),
    "time": (
        r"\bwhen\b|what (?:time|day|date)|which day|how late|until what|by what|deadline|due date|"
        r"\bwann\b|um wie ?viel uhr|wie spät|an welchem tag|welches datum|cuándo|qué (?:hora|día|fecha)|"
        r"\bquand\b|quelle heure|quel jour|quelle date",
        rf"{_CLOCK}|\b(?:{_MONTH}|{_DAY})\b|\b\d{{1,4}}[./-]\d{{1,2}}\b|\b(?:19|20)\d\d\b|"
        r"\b(?:before|after|until|end|vor|nach|bis|ende|antes|después|hasta|avant|après|jusqu)\b",
    ),
    "count": (
        r"how (?:many|much|old|far|big|large|tall|heavy|deep|high)|wie ?viele?|wie (?:alt|groß|weit|hoch|schwer|tief)|"
        r"cuánt[oa]s?|combien|what (?:percentage|share|number)|which number|welche nummer|numéro",
        rf"\b(?:{_COUNT})\b",
    ),
    "person": (
        r"\bwho(?:m|se)?\b|\bwer\b|\bwem\b|\bwen\b|\bquién(?:es)?\b|\bqui\b|which (?:person|teacher|doctor)|name of",
        "",  # a capitalised name, seen before lower-casing
    ),
    "place": (
        r"\bwhere\b|\bwo(?:hin|her)?\b|d[óo]nde|\boù\b|what (?:address|place|room)|which (?:room|place|city|address)|"
        r"welche[rmsn]? (?:raum|ort|adresse|zimmer)|qué (?:lugar|sala|dirección)|quelle (?:salle|adresse|ville)",
        r"\b(?:in|at|on|under|behind|next to|near|opposite|im|am|unter|hinter|neben|bei|auf|beim|en|junto|"
        r"detrás|debajo|frente|cerca|à|au|aux|dans|chez|sous|derrière|près|street|road|room|floor|straße|raum|"
        r"zimmer|calle|plaza|rue|salle|place)\b",
    ),
    "reason": (
        r"\bwhy\b|reason|\bwarum\b|\bwieso\b|\bweshalb\b|grund|por qué|motivo|razón|pourquoi|raison",
        r"\b(?:because|since|due to|so that|as it|therefore|reason|otherwise|weil|denn|da|damit|wegen|deshalb|"
        r"grund|porque|pues|debido|por eso|para que|causa|parce|car|puisque|afin|cause|pour que)\b|;",
    ),
    "permission": (
        r"^(?:can|may|am i allowed|are we allowed|is it (?:ok|allowed)|do i (?:have|need)|must i|is (?:smoking|parking))\b|"
        r"^(?:darf|dürfen|muss|kann|ist es erlaubt)\b|^¿?(?:puedo|se puede|podemos|debo|hay que|está permitido)\b|"
        r"^(?:puis-je|peut-on|est-ce que je (?:peux|dois)|dois-je|ai-je le droit|faut-il)\b|allowed",
        r"\b(?:may|can|cannot|must|allowed|not|never|only|permitted|forbidden|prohibited|consent|need|needs|free|"
        r"darf|dürfen|muss|müssen|erlaubt|verboten|nicht|nur|kein\w*|untersagt|gestattet|puede|pueden|prohib\w+|"
        r"permit\w+|debe\w*|solo|no|peut|peuvent|doit|doivent|interdit\w*|autoris\w+|pas|admis)\b",
    ),
    "contact": (
        r"phone|telephone|\bcall\b|e-?mail|website|reach|contact|telefon|anrufen|erreich|teléfono|llamar|correo|"
        r"téléphone|appeler|courriel|joindre|extension",
        r"\S+@\S+|https?://|www\.|\+?\d[\d\s/().-]{5,}\d|\bext(?:ension)?\b|durchwahl",
    ),
}
_ASKS = {kind: re.compile(ask, re.IGNORECASE) for kind, (ask, _) in KINDS.items()}
_GIVES = {kind: re.compile(give, re.IGNORECASE) for kind, (_, give) in KINDS.items() if give}
_CAPITAL = r"[A-ZÀ-ÖØ-Þ][\w'’-]*[a-zß-ÿ]"
_NAME = re.compile(
    r"\b(?:Mr|Mrs|Ms|Dr|Prof|Sr|Sra|Mme|M)\.\s[A-ZÀ-Þ]|"
    r"\b(?:Herrn?|Frau|Monsieur|Madame|Señora?|Don|Doña)\s[A-ZÀ-Þ]|"
    rf"\b{_CAPITAL} {_CAPITAL}\b|[,;:a-zß-ÿ] {_CAPITAL}\b|^\S.{{0,24}}?{_CAPITAL}: "
)
PLACES = {
    "en": ("line {}", "paragraph {}"),
    "de": ("Zeile {}", "Absatz {}"),
    "es": ("línea {}", "párrafo {}"),
    "fr": ("ligne {}", "paragraphe {}"),
}

# ---------------------------------------------------------------- passages


class Passage(Struct, frozen=True):
    """A sentence, list item, table row or heading: `text` is an exact part of its document.

    `context` holds the words it leans on (heading, label, a table's first row); `block` numbers the
    paragraph it stands in, over all documents; `start` is its place in the document's text.
    """

    document: int
    name: str
    text: str
    place: str
    start: int
    block: int
    context: str = ""
    heading: bool = False


class Evidence(Struct, frozen=True):
    """What was found: the best passages first, how `sure` (0 to 1) and why, in words."""

    sources: tuple[Source, ...]
    sure: float
    why: str


_BULLET = re.compile(r"\s*(?:[-*•–+]|\d{1,3}[.)]|[a-z]\))\s+")
_CHAT = re.compile(r"\[?[^\]\n]{0,24}?\d{1,2}[:.]\d\d[^\]\n]{0,8}\]?[\s-]+[^\s:][^:\n]{0,30}:\s")
_LABEL = re.compile(
    r"\s*(?:(?:\d{1,2}(?:\.\d+)*[.)]?|[-*•])\s+)?"
    r"(?:[^\W\d][^\s.:!?]*(?:\s[^\s.:!?]+){0,2}\.|[^\W\d][^\s.:!?]*(?:\s[^\s.:!?]+){0,5}:)(?=\s)"
)
_STOPS = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s)|[。！？]+[」』”]?")
_SHORT = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|prof|st|no|nr|art|abs|tel|ca|vs|sr|sra|mme|m|z|d|u|e|i|p|a|etc|bzw|usw|approx|"
    r"inkl|str|hr|fr|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|okt|nov|dec|dez|n°|núm|pág|av|ex)|(?:^|\s)\d{1,2})\.$",
    re.IGNORECASE,
)
_LOWER_OR_MONTH = re.compile(rf"\s+(?:[a-zß-ÿ]|(?:{_MONTH})\b)")


def passages(documents: Sequence[Document], language: str = "en") -> list[Passage]:
    """The documents cut into sentences, list items, table rows and headings, in order."""
    line_word, paragraph_word = PLACES.get(language[:2], PLACES["en"])
    found: list[Passage] = []
    block = 0
    for number, document in enumerate(documents):
        heading, paragraph = "", 0
        for first, lines in _blocks(document.text):
            block, paragraph = block + 1, paragraph + 1
            table = _is_table([line for _, line in lines])
            if not table and _is_heading(lines[0][1], len(lines) == 1):
                start, line = lines.pop(0)
                text = line.strip()
                place = line_word.format(first)
                start += len(line) - len(line.lstrip())
                found.append(
                    Passage(number, document.name, text, place, start, block, heading="" != text)
                )
                heading, first = text.strip("#*= \t:"), first + 1
            rows = lines if table or _is_list(lines) else []
            label = ""
            for start, end, at in _pieces(document.text, first, lines, rows, table):
                text = document.text[start:end]
                place = line_word.format(at) if rows else paragraph_word.format(paragraph)
                context = f"{heading} {label}".strip()
                found.append(Passage(number, document.name, text, place, start, block, context))
                if not label:
                    named = _LABEL.match(text)
                    label = lines[0][1].strip() if table else named.group() if named else ""
    return found


def _blocks(text: str) -> Iterator[tuple[int, list[tuple[int, str]]]]:
    """Runs of lines between empty ones: the number of the first line, then (start, line) pairs."""
    lines: list[tuple[int, str]] = []
    at = begin = 0
    number = 0
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        if line.strip():
            if not lines:
                begin = number
            lines.append((at, line.rstrip()))
        elif lines:
            yield begin, lines
            lines = []
        at += len(line)
    if lines:
        yield begin, lines


def _is_table(lines: list[str]) -> bool:
    if len(lines) < 2:
        return False
    for mark, least in (("|", 2), ("\t", 1), (";", 2), (",", 2)):
        counts = [line.count(mark) for line in lines]
        if min(counts) >= least and (mark in "|\t" or (len(lines) > 2 and len(set(counts)) == 1)):
            return True
    return False


def _is_heading(line: str, alone: bool) -> bool:
    text = line.strip()
    words = text.split()
    if text.startswith("#"):
        return True
    if _BULLET.match(text) and not re.match(r"\d{1,2}[.)]\s+\S+(?:\s\S+){0,4}$", text):
        return False
    if text.endswith("?") and len(words) <= 16:
        return not _CHAT.match(text)
    return (
        len(words) <= 9
        and text[-1:] not in ".!,;"
        and not _CHAT.match(text)
        and (alone or (not re.search(r"\d.*\d|: \S", text)))
    )


def _is_list(lines: list[tuple[int, str]]) -> bool:
    """Whether each line stands for itself, instead of being prose wrapped at a width."""
    if len(lines) < 2:
        return bool(lines) and bool(_BULLET.match(lines[0][1]) or _CHAT.match(lines[0][1]))
    width = max(len(line) for _, line in lines)
    for (_, line), (_, following) in zip(lines, lines[1:], strict=False):
        if _BULLET.match(following) or _CHAT.match(following):
            return True
        if len(line) + 1 + len(following.split(None, 1)[0]) <= width * 0.9:
            return True
    return width > 120


def _pieces(
    text: str,
    first: int,
    lines: list[tuple[int, str]],
    rows: list[tuple[int, str]],
    table: bool,
) -> Iterator[tuple[int, int, int]]:
    """Start, end and line number of each passage of a block."""
    if not lines:
        return
    if not rows:
        for start, end in _sentences(text, lines[0][0], lines[-1][0] + len(lines[-1][1])):
            yield start, end, first
        return
    for number, (start, line) in enumerate(rows, first):
        if table or (len(line) <= 300 and _CHAT.match(line)):
            yield start + len(line) - len(line.lstrip()), start + len(line), number
        else:
            for begin, end in _sentences(text, start, start + len(line)):
                yield begin, end, number


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    begin = start
    label = _LABEL.match(text, start, end)
    for stop in _STOPS.finditer(text, start, end):
        cut = stop.end()
        if stop.group()[0] == ".":
            if label and cut <= label.end():
                continue
            if _SHORT.search(text, max(begin, cut - 8), cut) or _LOWER_OR_MONTH.match(text, cut):
                continue
        if cut - begin > 1:
            yield _trimmed(text, begin, cut)
            begin = cut
    if text[begin:end].strip():
        yield _trimmed(text, begin, end)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


# ---------------------------------------------------------------- ranking

_TOKEN = re.compile(r"[぀-ヿ一-鿿가-힣]|[^\W぀-ヿ一-鿿가-힣]+|\0")
_RERANKED = 200  # passages whose vectors are compared, best first by their words
_SOFT_WORDS = 3000  # a larger vocabulary is matched by spelling only
_WEIGHTS = {
    "words": 1.0,
    "covered": 4.0,
    "vector": 5.0,
    "kind": 1.6,
    "question": -1.5,
    "heading": -2.0,
}


@cache
def _stop(language: str) -> frozenset[str]:
    return frozenset(_fold(word) for word in _TOKEN.findall(STOP[language]))


@cache
def _groups() -> dict[str, frozenset[str]]:
    """Stem -> the stems that may stand for it."""
    table: dict[str, set[str]] = {}
    for line in ALIKE.replace("\n", "|").split("|"):
        stems = {_stem(_fold(word), language) for word in line.split() for language in STOP}
        for stem in stems:
            table.setdefault(stem, set()).update(stems)
    return {stem: frozenset(others) for stem, others in table.items()}


@cache
def _endings(language: str) -> tuple[str, ...]:
    return tuple(sorted({_fold(s) for s in SUFFIXES[language].split()}, key=len, reverse=True))


def _fold(word: str) -> str:
    """Lower case without accents."""
    word = word.lower()
    if word.isascii():
        return word
    plain = unicodedata.normalize("NFKD", word.replace("ß", "ss"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _stem(word: str, language: str) -> str:
    """The word without its longest ending that leaves at least three letters."""
    if len(word) < 4 or not word.isalpha():
        return word
    for ending in _endings(language):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > 4 and word[-1] == word[-2] else word


def guess_language(question: str, other: str = "en") -> str:
    """The language among those with a stop list whose small words the question uses most."""
    words = {_fold(word) for word in _TOKEN.findall(question.lower())}
    counts = {language: len(words & _stop(language)) for language in STOP}
    best = max(counts, key=lambda language: (counts[language], language == other[:2]))
    return best if counts[best] else (other[:2] if other[:2] in STOP else "en")


def _terms(question: str, language: str) -> list[str]:
    """The folded words of the question that carry meaning; all of them when none does."""
    words = list(dict.fromkeys(_fold(word) for word in _TOKEN.findall(question.lower())))
    stop = _stop(language)
    return [word for word in words if word not in stop and word != "\0"][:40] or words[:10]


def _alike(word: str, stem: str, term: str, term_stem: str) -> float:
    """How far a word of the text may stand for a word of the question, by spelling, 0 to 1."""
    if stem == term_stem or word == term:
        return 1.0
    short, long = sorted((word, term), key=len)
    if len(short) >= 4 and short.isalpha():
        shared = 0
        for a, b in zip(short, long, strict=False):
            if a != b:
                break
            shared += 1
        if shared >= max(4, len(short) - 2) and len(long) - shared <= 4:
            return 0.8
        if len(short) >= 5 and len(long) >= 8 and (long.startswith(short) or long.endswith(short)):
            return 0.6  # parts of a compound
        if shared >= 6 and len(term_stem) >= 6:
            return 0.5
    return 0.0


def _matches(
    terms: list[str], words: set[str], language: str
) -> dict[str, list[tuple[int, float]]]:
    """Word of the text -> the terms it stands for and how far."""
    stems = [_stem(term, language) for term in terms]
    groups = [_groups().get(stem, frozenset()) for stem in stems]
    found: dict[str, list[tuple[int, float]]] = {}
    spelled = sorted(words)
    folded = [_fold(word) for word in spelled]
    for word, plain in zip(spelled, folded, strict=True):
        stem = _stem(plain, language)
        for number, term in enumerate(terms):
            if plain[:2] == term[:2] or plain[-4:] == term[-4:] or stem in groups[number]:
                how = _alike(plain, stem, term, stems[number])
                if how < 0.6 and stem in groups[number]:
                    how = 0.6
                if how:
                    found.setdefault(word, []).append((number, how))
    if len(words) <= _SOFT_WORDS:
        stop = _stop(language)
        rows = [row for row, plain in enumerate(folded) if plain not in stop and plain.isalpha()]
        near = _embedded.vectors([spelled[row] for row in rows] + terms)
        likeness = near[: len(rows)] @ near[len(rows) :].T
        for i, number in np.argwhere(likeness > 0.45):
            word, how = spelled[rows[i]], 0.9 * float(likeness[i, number])
            known = dict(found.get(word, []))
            if how > known.get(int(number), 0.0):
                known[int(number)] = how
                found[word] = list(known.items())
    return found


def _counts(texts: list[str], terms: list[str], language: str) -> tuple[Floats, Floats]:
    """How often each text holds each term, shape (texts, terms), and the texts' lengths in words."""
    tokens = _TOKEN.findall("\0".join(texts).lower())
    matches = _matches(terms, set(tokens) - {"\0"}, language)
    ends = np.asarray([i for i, token in enumerate(tokens) if token == "\0"], np.int64)
    counts = np.zeros((len(texts), len(terms)), np.float32)
    hits = [(i, token) for i, token in enumerate(tokens) if token in matches]
    places = np.searchsorted(ends, [i for i, _ in hits])
    for place, (_, token) in zip(places, hits, strict=True):
        for number, how in matches[token]:
            counts[place, number] += how
    lengths = np.diff(np.concatenate(([-1], ends, [len(tokens)]))) - 1
    return counts, lengths.astype(np.float32)


def _spread(own: Floats, lent: Floats, found: Sequence[Passage]) -> Floats:
    """Each passage's counts with what its context and its neighbours in the block lend it."""
    block = np.asarray([p.block for p in found])
    asks = np.asarray([p.text.rstrip().endswith("?") for p in found])
    spread = own + lent
    for step in (1, 2, 3):
        same = (block[step:] == block[:-step])[:, None]
        back = np.where(asks[:-step, None] & (step == 1), 0.9, 0.3 * 0.6 ** (step - 1))
        spread[step:] += same * back * own[:-step]
        spread[:-step] += same * 0.15 * 0.6 ** (step - 1) * own[step:]
    return np.asarray(spread, np.float32)


class _Found(Struct):
    """Signals of all passages, aligned with them."""

    terms: list[str]
    kinds: list[str]
    score: Floats
    covered: Floats
    fits: NDArray[np.bool_]
    near: Floats
    best: NDArray[np.int64]


def _lexical(
    question: str, found: Sequence[Passage], language: str
) -> tuple[list[str], Floats, Floats]:
    """Terms, BM25 with the context kernel, and the share of the question's weight each covers."""
    terms = _terms(question, language)
    contexts = list(dict.fromkeys(p.context for p in found))
    row = {context: number for number, context in enumerate(contexts)}
    counts, lengths = _counts([p.text for p in found] + contexts, terms, language)
    n = len(found)
    own, lent = counts[:n], np.minimum(counts[n:], 1.0)[[row[p.context] for p in found]]
    average = max(float(lengths[:n].mean()), 1.0)
    own = own / (0.6 + 0.4 * lengths[:n, None] / average)
    holding = (own > 0).sum(axis=0)
    idf = np.log(1 + (n - holding + 0.5) / (holding + 0.5)).astype(np.float32) + 0.3
    x = _spread(np.asarray(own, np.float32), np.asarray(0.5 * lent, np.float32), found)
    words = (idf * 1.9 * x / (x + 0.9)).sum(axis=1)
    covered = (idf * np.minimum(np.maximum(counts[:n], np.minimum(x, 0.7)), 1.0)).sum(axis=1)
    return terms, words, covered / max(float(idf.sum()), 1e-6)


def kinds_of(question: str) -> list[str]:
    """What kinds of answer the question asks for; see KINDS."""
    asked = question.strip().lower()
    kinds = [kind for kind, ask in _ASKS.items() if ask.search(asked)]
    return kinds[:-1] if kinds[-2:] == ["duration", "count"] else kinds


def _fits(text: str, kind: str) -> bool:
    pattern = _NAME if kind == "person" else _GIVES[kind]
    return bool(pattern.search(text))


def _signals(question: str, found: Sequence[Passage], language: str) -> _Found:
    terms, words, covered = _lexical(question, found, language)
    score = _WEIGHTS["words"] * words + _WEIGHTS["covered"] * covered
    best = np.argsort(-score, kind="stable")[:_RERANKED]
    kinds = kinds_of(question)
    fits, near = np.zeros(len(found), np.bool_), np.zeros(len(found), np.float32)
    texts = [found[i].text for i in best]
    around = [f"{found[i].context} {found[i].text}" for i in best]
    vectors = _embedded.vectors([*texts, *around, question])
    alone, within = vectors[: len(best)] @ vectors[-1], vectors[len(best) : -1] @ vectors[-1]
    near[best] = 0.5 * alone + 0.5 * within
    rest = np.ones(len(found), np.bool_)
    rest[best] = False
    score[rest] -= 100.0
    for i in best:
        passage = found[i]
        fits[i] = any(_fits(passage.text, kind) for kind in kinds)
        score[i] += _WEIGHTS["vector"] * near[i] + _WEIGHTS["kind"] * bool(fits[i])
        score[i] += _WEIGHTS["question"] * passage.text.rstrip().endswith("?")
        score[i] += _WEIGHTS["heading"] * passage.heading
    best = np.argsort(-score, kind="stable")
    return _Found(terms, kinds, score, covered, fits, near, best)


def rank(
    question: str, found: Sequence[Passage], language: str = "en"
) -> list[tuple[Passage, float, str]]:
    """The passages by how well they answer the question: (passage, score, why), best first.

    `why` names the real terms of the score. Only the first 200 by their words are compared closely.
    """
    if not found or not question.strip():
        return []
    signals = _signals(question[:2000], found, guess_language(question[:2000], language))
    return [
        (found[i], round(float(signals.score[i]), 3), _why(signals, int(i)))
        for i in signals.best[:_RERANKED]
    ]


def _why(signals: _Found, i: int) -> str:
    parts = [f"{signals.covered[i]:.0%} of the question's words", f"nearness {signals.near[i]:.2f}"]
    if signals.fits[i]:
        parts.append("holds the kind of answer asked for (" + ", ".join(signals.kinds) + ")")
    return "; ".join(parts)


def answer(
    question: str, documents: Iterable[Document], limit: int = 3, language: str = "en"
) -> Evidence | None:
    """The passages that answer the question, word for word; None when nothing there does."""
    texts = list(documents)
    found = passages(texts, language)
    if not found or not question.strip() or limit < 1:
        return None
    signals = _signals(question[:2000], found, guess_language(question[:2000], language))
    first = int(signals.best[0])
    sure = _sure(signals, first)
    if sure < _LEAST:
        return None
    chosen = [
        int(i) for i in signals.best[:limit] if signals.score[i] >= 0.5 * signals.score[first]
    ]
    sources = tuple(
        Source(number, found[i].name, found[i].text, place=found[i].place)
        for number, i in enumerate(chosen, 1)
    )
    return Evidence(sources, round(sure, 3), _why(signals, first))


_LEAST = 0.3


def _sure(signals: _Found, i: int) -> float:
    """A chance between 0 and 1 that passage `i` answers, from coverage, nearness and kind."""
    z = -3.6 + 4.5 * float(signals.covered[i]) + 3.0 * float(signals.near[i])
    if signals.kinds:
        z += 0.8 if signals.fits[i] else -0.8
    return 1 / (1 + math.exp(-z))
