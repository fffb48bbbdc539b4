"""The router: picks instant, thinking or contemplating before any model call, and says why.

Features made by hand (what the ask wishes, how broad it is, whether its steps build on each other)
go into a small logistic regression. Its weights are the table below, fitted by
`python bench/router.py --train`; the reason is told from the features that decided. Deterministic.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from musespark.turn import Turn

MODES = ("instant", "thinking", "contemplating")


class Choice(Struct, frozen=True):
    """The mode, why in the person's language, the chance of each mode, best first, and what each
    feature that was seen added for the mode (in log-odds, against the mean of the others)."""

    mode: str
    reason: str
    alternatives: tuple[tuple[str, float], ...]
    features: dict[str, float]


_WORDS_FILE = Path(__file__).with_suffix(".toml")
_TABLES = tomllib.loads(_WORDS_FILE.read_text("utf-8"))
CUES: dict[str, str] = _TABLES["cues"]
REASONS: dict[str, dict[str, str]] = _TABLES["reasons"]

_EDGE = 2000  # characters looked at from each end of a long text
_STORY = 28  # words from which what leads up to a question without numbers is a story
_ASKED = ("?", "？", "؟")
_LONG = 90  # words from which an ask is a story around a question

_FOLD = str.maketrans("áàâäãåçéèêëíìîïñóòôöõúùûüýÿ’‘", "aaaaaaceeeeiiiinooooouuuuyy''")
_WORD = re.compile(r"[^\W_]+")
_QUOTED = re.compile(
    r"```.*?(?:```|$)|\"[^\"]+\"|“[^“”]+”|„[^„“”\"]+[“”\"]|«[^«»]+»|「[^「」]+」", re.DOTALL
)
_CODE = re.compile(
    r"^[ \t]*(?:def |class |for .*:$|while .*:$|if .*:$|return\b|print\(|import |from \w+ import|"
    r"select\b.*\bfrom\b|function\b|const |let |var |#include|public |\d\d:\d\d:\d\d\s|traceback|"
    r"at \w+\.|[\w.\[\]]+\s*[-+*/]?=[^=]|[\w.]+\(.*\)[;:]?$|[{}]\s*$|<\w+[^>]*>)",
    re.IGNORECASE | re.MULTILINE,
)
_SPLIT = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？；])|\n+")
_ITEM = re.compile(r"[,;:、،，：]|\s(?:and|or|und|oder|y|o|et|ou|e|と|و)\s|[和与]")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*|[٠-٩]+|[零一二三四五六七八九十百]{2,}")
_CHOICE = re.compile(  # a, b or c
    r", [^,;.?!]{1,60},? (?:or|oder|o|ou|of)\s|、[^。]{1,40}か、|还是|\sأم\s|\sया\s"
)
_OR = re.compile(r"\s(?:or|oder|o|ou|versus|vs)\s|还是|それとも|\sأم\s|\sया\s")
_CLOCK = re.compile(r"\b\d{1,2}(?::\d\d|h\d\d|\s?(?:am|pm|uhr|h)\b)")
_MATHS = re.compile(r"[=^√≥≤<>²³∞]|\bsqrt|\b[a-z]\^|\b\d*[xyn]\s*[-+*/]|\bf\(")
_SUM = re.compile(r"[\d\s.,+*/x×÷·%()=?-]+$")
_DENSE = re.compile(r"[぀-ヿ一-鿿]+")
_OTHER_SCRIPT = re.compile(r"[\u0370-\u1fff\u3040-\ufdff]")
_MANY = re.compile(
    r"\b(?:[5-9]|[1-9]\d|five|six|seven|eight|nine|ten|twenty|funf|sechs|sieben|acht|zehn|diez|cinco|dix|dizaine|cinq|dez|dieci|tien)\s"
    r"(?!percent|euros?|km|min|hours?|days?|stunden|tage|horas|dias|heures|jours)[a-z]{4,}"
)


def _read_cues() -> tuple[
    dict[str, str], dict[str, str], dict[str, list[tuple[str, str]]], list[tuple[str, str]]
]:
    """Whole words, starts of words, phrases, and what is searched as it stands, each to its cue."""
    words: dict[str, str] = {}
    starts: dict[str, str] = {}
    phrases: dict[str, list[tuple[str, str]]] = {}  # by their first word
    anywhere: list[tuple[str, str]] = []
    for cue, table in CUES.items():
        for entry in table.split("|"):
            text = " ".join(entry.split()).translate(_FOLD)
            if not text.isascii():
                anywhere.append((text.rstrip("*"), cue))
            elif text.endswith("*"):
                starts[text[:-1]] = f"{starts.get(text[:-1], '')} {cue}".strip()
            elif " " in text:
                phrases.setdefault(text.split()[0], []).append((f" {text} ", cue))
            else:
                words[text] = f"{words.get(text, '')} {cue}".strip()
    return words, starts, phrases, anywhere


_WORDS, _STARTS, _PHRASES, _ANYWHERE = _read_cues()
_START_LENGTHS = sorted({len(start) for start in _STARTS})


class Ask(Struct, frozen=True):
    """What is asked, apart from what is only brought along."""

    text: str
    material: int
    code: bool
    maths: bool
    quoted: bool


def ask_of(question: str) -> Ask:
    """The ask itself: without quotations, code, pasted paragraphs and the story around it.

    Only the first and the last 2,000 characters are read. `material` counts the words set aside.
    """
    if len(question) > 2 * _EDGE:
        question = f"{question[:_EDGE]}\n\n{question[-_EDGE:]}"
    text = question.lower()
    bare = _QUOTED.sub(" ", text)
    quoted = len(bare) < len(text) - 2
    lines = bare.split("\n")
    prose = [line for line in lines if not _CODE.match(line)] if len(lines) > 1 else lines
    code = len(prose) < len(lines) or (bool(_CODE.search(text)) and "(" in text)
    kept = "\n".join(prose).strip()
    blocks = [block for block in re.split(r"\n[ \t\r]*\n", kept) if block.strip()]
    if len(blocks) > 1 and _size(kept) > _LONG:
        ends = sorted((blocks[0], blocks[-1]), key=len)
        kept = (
            ends[0]
            if len(ends[0]) * 2 < len(ends[1]) or _size(ends[1]) > _LONG
            else "\n".join(ends)
        )
    if ":" in kept and _cues(kept.split(":", 1)[0]).get("wording"):
        kept = kept.split(":", 1)[0]
    kept = _question_in(kept)
    kept = kept.strip() or text.strip()[:400]
    maths = bool(_MATHS.search(kept)) and not code
    return Ask(kept, max(_size(text) - _size(kept), 0), code, maths, quoted)


def _question_in(text: str) -> str:
    """The sentences that ask, where a story or other material stands around them."""
    sentences = [sentence for sentence in _SPLIT.split(text) if sentence.strip()]
    if len(sentences) < 2:
        return text
    if _cues(sentences[0]).get("wording") and len(sentences) > 2:
        return sentences[0]
    words, told = _size(text), " ".join(sentences[:-1])
    last = sentences[-1].rstrip()
    if last.endswith(_ASKED) and words > _STORY and len(_NUMBER.findall(told)) < 2:
        asked = [s for s in sentences if s.rstrip().endswith(_ASKED)]
        asked[-1] = asked[-1].rsplit(": ", 1)[-1] if len(asked) == 1 else asked[-1]
        return " ".join(asked)
    if words > _LONG:
        kept = [s for s in sentences[:-2] if s.rstrip().endswith(_ASKED)] + sentences[-2:]
        return " ".join(kept)
    return text


def _size(text: str) -> int:
    """Words; in scripts without spaces two letters count as one."""
    dense = 0 if text.isascii() else sum(map(len, _DENSE.findall(text)))
    return len(text.split()) + dense // 2


def _cues(text: str) -> dict[str, int]:
    """How many different words of the text speak for each cue."""
    tokens = _WORD.findall(text.translate(_FOLD))
    flat = f" {' '.join(tokens)} "
    seen: dict[str, int] = {}
    for token in dict.fromkeys(tokens):
        found = _WORDS.get(token, "")
        for length in _START_LENGTHS:
            if length > len(token):
                break
            if token[:length] in _STARTS:
                found = f"{found} {_STARTS[token[:length]]}"
        for cue in set(found.split()):
            seen[cue] = seen.get(cue, 0) + 1
        for phrase, cue in _PHRASES.get(token, ()):
            if phrase in flat:
                seen[cue] = seen.get(cue, 0) + 1
    if _OTHER_SCRIPT.search(text):
        for piece, cue in _ANYWHERE:
            if piece in text:
                seen[cue] = seen.get(cue, 0) + 1
    return seen


def features(
    question: str, documents: Iterable[str] = (), follows: bool = False
) -> dict[str, float]:
    """The features of a question, all 0 or more; absent ones are left out."""
    ask = ask_of(question)
    found = {cue: {1: 1.0, 2: 1.5}.get(count, 2.0) for cue, count in _cues(ask.text).items()}
    words = _size(ask.text)
    numbers = min(len(_NUMBER.findall(ask.text)), 8)
    found |= _shape(ask, words, numbers)
    found["deciding us"] = found.get("decide", 0.0) * float(words > 4 and numbers < 2)
    opening = _cues(" ".join(ask.text.split(None, 3)[:2]))
    found["opens broad"] = float(words > 4 and any(opening.get(c) for c in _OPENERS))
    found["opens wording"] = float(bool(opening.get("wording")))
    found["opens why"] = float(bool(opening.get("explain")))
    found["opens lookup"] = float(bool(opening.get("lookup") or opening.get("recall")))
    for name, (cues, least) in _GROUPS.items():
        total = min(sum(found.get(cue, 0.0) for cue in cues), 5.0) / 2
        found[name] = total * float(words + (name == "serial") * ask.material > least)
    wide, serial = (any(found.get(cue) for cue in _GROUPS[name][0]) for name in ("broad", "serial"))
    topic = any(found.get(cue) for cue in _TOPICS)
    found["topic"] = float(topic)
    found["topic in numbers"] = float(topic and numbers > 1)
    found["short topic"] = float(words <= 9 and (topic or "choice" in found))
    found["short steps"] = float(words <= 9 and serial)
    found["nothing known"] = float(not (topic or wide or serial) and words > 9)
    found["compare exactly"] = float(
        "compare" in found
        and ("verdict" in found or ask.maths or ask.code or ask.quoted or numbers > 1)
    )
    told = _cues(question[:_EDGE].lower()) if ask.material > 4 and not ask.quoted else {}
    found["told steps"] = float(any(told.get(cue) for cue in ("riddle", "symptom", "logic")))
    found["fixed answer"] = float("verdict" in found and bool(numbers or serial))
    attached = [_size(text[:_EDGE]) * max(1, len(text) // _EDGE) for text in documents]
    found["attached"] = math.log1p(sum(attached)) / 4 if attached else 0.0
    found["several documents"] = float(len(attached) > 2)
    found["follow-up"] = float(follows and words <= 12)
    return {name: value for name, value in found.items() if value}


def _shape(ask: Ask, words: int, numbers: int) -> dict[str, float]:
    """What can be seen of an ask without knowing its words: length, lists, numbers, marks."""
    found: dict[str, float] = {}
    items = [len(part.split()) for part in _ITEM.split(ask.text) if part.strip()]
    listed = sum(1 for size in items if size <= 4)
    questions = sum(ask.text.count(mark) for mark in "?？؟")
    sentences = len([s for s in _SPLIT.split(ask.text) if s.strip()])
    clocks = len(_CLOCK.findall(ask.text))
    found["tiny"] = float(words <= 4)
    found["short"] = float(words <= 9)
    found["middling"] = float(words > 14)
    found["lengthy"] = float(words > 28)
    found["listed"] = math.log2(listed) / 2 if listed > 2 else 0.0
    found["listed without numbers"] = found["listed"] * float(numbers == 0)
    found["choice"] = float(bool(_CHOICE.search(ask.text)))
    found["either or"] = float(bool(_OR.search(ask.text)) and words <= 20)
    found["numbers"] = math.log1p(numbers) if numbers > 2 else 0.0
    found["two numbers"] = float(numbers == 2)
    found["one number"] = float(numbers == 1)
    found["dense numbers"] = min(10 * numbers / (words + 5), 3.0) * float(words > 9 and numbers > 1)
    found["clocks"] = float(clocks > 1)
    found["asks"] = float(questions > 0)
    found["several asks"] = float(questions > 1 or (questions and sentences > 2) or sentences > 3)
    found["story sum"] = float(numbers > 1 and words > 12)
    found["sum"] = float(numbers > 0 and bool(_SUM.match(ask.text)))
    found["maths"] = float(ask.maths)
    found["code"] = float(ask.code)
    found["quoted"] = float(ask.quoted)
    found["material"] = math.log1p(ask.material) / 4
    found["many"] = float(bool(_MANY.search(ask.text.translate(_FOLD))))
    return {name: value for name, value in found.items() if value}


_OPENERS = ("research", "market", "plan", "compare", "ideas", "remedy", "trip")
_TOPICS = (
    "society",
    "life",
    "venture",
    "trip",
    "ideas",
    "remedy",
    "speakers",
    "voices",
    "sides",
    "theories",
)
# group of cues that speak for the same -> the cues, and the words from which it counts
_GROUPS: dict[str, tuple[tuple[str, ...], int]] = {
    "broad": (
        ("research", "market", "plan", "compare", "wide", "voices", "sides", "theories", "parts"),
        5,
    ),
    "breadth": (
        ("aspects", "speakers", "society", "remedy", "life", "venture", "trip", "ideas"),
        4,
    ),
    "serial": (
        (
            "proof",
            "solve",
            "debug",
            "steps",
            "order",
            "logic",
            "closely",
            "trouble",
            "scene",
            "explain",
        ),
        5,
    ),
    "reasoned": (("figures", "riddle", "terms", "symptom", "verdict", "proof", "trouble"), 4),
    "at once": (("jot", "recall", "lookup", "wording", "chat", "convert"), 0),
}

# Fitted by `python bench/router.py --train`: feature -> weight for each of MODES.
WEIGHTS: dict[str, tuple[float, float, float]] = {
    "asks": (-0.09, 0.25, -0.16),
    "aspects": (-0.12, -0.13, 0.25),
    "at once": (1.75, -0.58, -1.17),
    "attached": (-0.24, 0.19, 0.04),
    "bias": (-0.09, 0.11, -0.02),
    "breadth": (-0.63, -0.88, 1.51),
    "broad": (-0.44, -0.52, 0.96),
    "chat": (0.15, -0.11, -0.05),
    "choice": (0.24, -0.79, 0.55),
    "clocks": (-0.12, 0.26, -0.13),
    "closely": (-0.05, 0.10, -0.06),
    "code": (-0.46, 0.58, -0.11),
    "compare": (0.13, -0.07, -0.05),
    "compare exactly": (0.31, 0.20, -0.52),
    "convert": (-0.06, 0.03, 0.03),
    "debug": (-0.06, 0.13, -0.07),
    "decide": (-0.69, 0.08, 0.61),
    "deciding us": (-0.57, 0.06, 0.51),
    "dense numbers": (-0.30, 0.58, -0.28),
    "either or": (0.39, -0.97, 0.58),
    "explain": (-0.02, 0.01, 0.02),
    "figures": (-0.28, 0.23, 0.06),
    "fixed answer": (0.41, -0.24, -0.16),
    "follow": (0.10, 0.07, -0.17),
    "follow-up": (-0.10, 0.26, -0.16),
    "hard": (-0.11, 0.33, -0.21),
    "ideas": (-0.04, -0.04, 0.08),
    "jot": (0.19, -0.07, -0.11),
    "lengthy": (0.52, -0.57, 0.05),
    "life": (-0.06, -0.05, 0.12),
    "listed": (0.26, -0.78, 0.52),
    "listed without numbers": (-0.09, 0.12, -0.04),
    "logic": (-0.15, 0.23, -0.07),
    "lookup": (0.13, 0.12, -0.25),
    "many": (0.02, -0.31, 0.28),
    "market": (-0.08, -0.05, 0.13),
    "material": (-0.54, 0.79, -0.26),
    "maths": (-0.42, 0.28, 0.14),
    "middling": (-0.92, 0.75, 0.17),
    "nothing known": (-0.03, 0.06, -0.03),
    "numbers": (-0.01, 0.88, -0.87),
    "one number": (-0.24, 0.34, -0.11),
    "opens broad": (-0.66, -0.27, 0.93),
    "opens lookup": (0.74, 0.06, -0.80),
    "opens why": (-0.28, 0.37, -0.09),
    "opens wording": (0.29, -0.13, -0.16),
    "order": (-0.03, 0.22, -0.20),
    "parts": (-0.03, 0.07, -0.04),
    "plan": (0.02, -0.08, 0.05),
    "proof": (-0.16, 0.09, 0.07),
    "quick": (0.68, -0.12, -0.56),
    "quoted": (0.27, 0.45, -0.72),
    "reasoned": (-0.47, 1.18, -0.71),
    "recall": (0.28, -0.17, -0.12),
    "remedy": (0.00, -0.03, 0.02),
    "research": (-0.05, -0.11, 0.17),
    "riddle": (-0.09, 0.16, -0.07),
    "scene": (-0.03, 0.14, -0.11),
    "serial": (-0.67, 1.65, -0.98),
    "several asks": (-0.40, 0.25, 0.15),
    "several documents": (-0.11, -0.15, 0.26),
    "short": (1.72, -0.88, -0.83),
    "short steps": (-0.81, 0.88, -0.07),
    "short topic": (-0.86, 0.12, 0.74),
    "sides": (-0.03, -0.07, 0.10),
    "society": (-0.06, -0.07, 0.13),
    "solve": (-0.03, -0.06, 0.10),
    "speakers": (-0.04, -0.08, 0.12),
    "steps": (0.02, 0.05, -0.07),
    "story sum": (-0.10, 0.10, 0.00),
    "sum": (0.15, -0.11, -0.04),
    "symptom": (-0.10, 0.21, -0.11),
    "terms": (-0.11, 0.15, -0.04),
    "theories": (-0.06, 0.10, -0.04),
    "tiny": (0.65, -0.43, -0.22),
    "told steps": (-0.58, 0.50, 0.08),
    "topic": (-0.59, -0.34, 0.93),
    "topic in numbers": (-0.20, 0.40, -0.21),
    "tradeoff": (-0.12, 0.19, -0.07),
    "trip": (-0.00, -0.01, 0.01),
    "trouble": (0.17, -0.07, -0.10),
    "two numbers": (0.07, 0.00, -0.07),
    "venture": (-0.01, -0.03, 0.04),
    "verdict": (0.31, -0.13, -0.18),
    "voices": (0.07, -0.02, -0.05),
    "wide": (-0.19, -0.05, 0.23),
    "wording": (0.19, -0.10, -0.09),
}

# sentence: the mode it may explain, whatever the weights say (* any); further features it tells of
_TELLS = """short: instant tiny asks | lookup: instant recall | wording: instant quoted jot |
chat: instant | convert: instant sum | follow-up: instant follow | attached: instant |
quick: instant | hard: * |
proof: thinking maths solve logic figures riddle | numbers: thinking scene clocks |
code: thinking debug trouble symptom | closely: thinking material terms |
steps: thinking order serial reasoned | explain: thinking | tradeoff: thinking verdict |
listed: contemplating | compare: contemplating many choice |
plan: contemplating trip venture | ideas: contemplating remedy | decide: * life |
research: contemplating parts aspects broad breadth topic market wide theories society |
voices: contemplating sides speakers | long: *"""


def _read_tells() -> tuple[dict[str, str], dict[str, str]]:
    """Feature to sentence, and sentence to the mode it may explain."""
    tells: dict[str, str] = {}
    modes: dict[str, str] = {}
    for part in _TELLS.split("|"):
        sentence, rest = (half.strip() for half in part.split(":"))
        modes[sentence], *others = rest.split()
        tells |= dict.fromkeys((sentence, *others), sentence)
    return tells, modes


_SENTENCE, _EXPLAINS = _read_tells()
# a feature made of cues is told by the sentences of those cues that were seen
_STANDS_FOR = {name: cues for name, (cues, _) in _GROUPS.items()} | {
    "topic": _TOPICS,
    "short topic": _TOPICS,
    "short steps": _GROUPS["serial"][0],
}
_SENTENCE |= {
    "one number": "convert",
    "two numbers": "convert",
    "story sum": "numbers",
    "several asks": "long",
    "deciding us": "decide",
    "several documents": "compare",
    "dense numbers": "numbers",
    "told steps": "steps",
    "short steps": "steps",
    "fixed answer": "tradeoff",
    "compare exactly": "tradeoff",
    "either or": "decide",
    "listed without numbers": "listed",
    "opens why": "explain",
    "opens lookup": "lookup",
    "short topic": "research",
    "middling": "long",
    "lengthy": "long",
    "opens wording": "wording",
    "opens broad": "research",
}


def choose(turn: Turn) -> Choice:
    """The mode that fits the turn's question, in well under a millisecond, without a model."""
    documents = [document.text for document in turn.messages[-1].documents] if turn.messages else []
    follows = any(message.role == "assistant" for message in turn.messages)
    return decide(turn.question, documents, follows, turn.person.language)


def decide(
    question: str, documents: Iterable[str] = (), follows: bool = False, language: str = "en"
) -> Choice:
    """As `choose`, from the bare values."""
    seen = features(question, documents, follows)
    logits = list(WEIGHTS["bias"])
    for name, value in seen.items():
        for i, weight in enumerate(WEIGHTS.get(name, (0.0, 0.0, 0.0))):
            logits[i] += weight * value
    top = max(logits)
    raised = [math.exp(logit - top) for logit in logits]
    chances = [value / sum(raised) for value in raised]
    best = max(range(len(MODES)), key=lambda i: (chances[i], -i))
    added = {}
    for name, value in seen.items():
        weights = WEIGHTS.get(name, (0.0, 0.0, 0.0))
        others = (sum(weights) - weights[best]) / (len(MODES) - 1)
        added[name] = round(value * (weights[best] - others), 3)
    ranked = sorted(zip(MODES, chances, strict=True), key=lambda pair: -pair[1])
    return Choice(
        MODES[best],
        _reason(MODES[best], added, question, language),
        tuple((mode, round(chance, 4)) for mode, chance in ranked),
        dict(sorted(added.items(), key=lambda pair: -pair[1])),
    )


def _reason(mode: str, added: dict[str, float], question: str, language: str) -> str:
    """The one or two sentences that stand for the features which added most for the mode."""
    totals: dict[str, float] = {}
    for name, value in added.items():
        cues = [cue for cue in _STANDS_FOR.get(name, ()) if cue in added] or [name]
        for cue in cues:
            tell = _SENTENCE.get(cue, "")
            if value > 0 and tell and _EXPLAINS[tell] in ("*", mode):
                totals[tell] = totals.get(tell, 0.0) + value / len(cues)
    ranked = sorted(totals, key=lambda tell: -totals[tell]) or ["nothing"]
    told = [
        tell for tell in ranked[:2] if totals.get(tell, 1.0) >= 0.5 * totals.get(ranked[0], 1.0)
    ]
    language = language[:2] if language[:2] in ("en", "de", "es", "fr") else "en"
    parts = [REASONS[tell][language] for tell in told]
    if "listed" in told:
        count = sum(1 for part in _ITEM.split(ask_of(question).text) if 0 < len(part.split()) <= 4)
        parts = [part.format(n=count) for part in parts]
    return ". ".join(parts) + "."
