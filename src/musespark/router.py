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
_ITEM = re.compile(r"[,;:、،，：]|\s(?:and|or|und|oder|y|o|et|ou|e|en|of|と|و)\s|[和与]")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*|[٠-٩]+|[零一二三四五六七八九十百]{2,}")
_MATHS = re.compile(r"[=^√≥≤<>²³∞]|\bsqrt|\b[a-z]\^|\b\d*[xyn]\s*[-+*/]|\bf\(")
_SUM = re.compile(r"[\d\s.,+*/x×÷·%()=?-]+$")
_DENSE = re.compile(r"[぀-ヿ一-鿿]+")
_OTHER_SCRIPT = re.compile(r"[\u0370-\u1fff\u3040-\ufdff]")
_MANY = re.compile(
    r"\b(?:[5-9]|[1-9]\d|five|six|seven|eight|nine|ten|twenty|funf|sechs|sieben|acht|zehn|diez|cinco|dix|dizaine|cinq|dez|dieci|tien)\s"
    r"(?!percent|euros?|km|min|hours?|days?|stunden|tage|horas|dias|heures|jours)[a-z]{4,}"
)


def _read_cues() -> tuple[
    dict[str, str], dict[str, str], list[tuple[str, str]], list[tuple[str, str]]
]:
    """Whole words, starts of words, phrases, and what is searched as it stands, each to its cue."""
    words: dict[str, str] = {}
    starts: dict[str, str] = {}
    phrases: list[tuple[str, str]] = []
    anywhere: list[tuple[str, str]] = []
    for cue, table in CUES.items():
        for entry in table.split("|"):
            text = " ".join(entry.split()).translate(_FOLD)
            if not text.isascii():
                anywhere.append((text.rstrip("*"), cue))
            elif text.endswith("*"):
                starts[text[:-1]] = f"{starts.get(text[:-1], '')} {cue}".strip()
            elif " " in text:
                phrases.append((f" {text} ", cue))
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
    tokens = dict.fromkeys(_WORD.findall(text.translate(_FOLD)))
    seen: dict[str, int] = {}
    for token in tokens:
        found = _WORDS.get(token, "")
        for length in _START_LENGTHS:
            if length > len(token):
                break
            if token[:length] in _STARTS:
                found = f"{found} {_STARTS[token[:length]]}"
        for cue in set(found.split()):
            seen[cue] = seen.get(cue, 0) + 1
    flat = f" {' '.join(_WORD.findall(text.translate(_FOLD)))} "
    for phrase, cue in _PHRASES:
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
    items = [len(part.split()) for part in _ITEM.split(ask.text) if part.strip()]
    listed = sum(1 for size in items if size <= 4)
    numbers = min(len(_NUMBER.findall(ask.text)), 8)
    questions = sum(ask.text.count(mark) for mark in "?？؟")
    sentences = len([s for s in _SPLIT.split(ask.text) if s.strip()])
    found["length"] = math.log1p(min(words, 60)) / 2
    found["tiny"] = float(words <= 4)
    found["short"] = float(words <= 9)
    found["listed"] = math.log2(listed) / 2 if listed > 2 else 0.0
    found["numbers"] = math.log1p(numbers) if numbers > 2 else 0.0
    found["two numbers"] = float(numbers == 2)
    found["one number"] = float(numbers == 1)
    found["asks"] = float(questions > 0)
    found["several asks"] = float(questions > 1 or (questions and sentences > 2) or sentences > 3)
    found["story sum"] = float(numbers > 1 and words > 12)
    found["sum"] = float(numbers > 0 and bool(_SUM.match(ask.text)))
    found["maths"] = float(ask.maths)
    found["code"] = float(ask.code)
    found["quoted"] = float(ask.quoted)
    found["material"] = math.log1p(ask.material) / 4
    found["many"] = float(bool(_MANY.search(ask.text.translate(_FOLD))))
    found["deciding us"] = found.get("decide", 0.0) * float(words > 4 and numbers < 2)
    opening = _cues(" ".join(ask.text.split(None, 3)[:2]))
    found["opens broad"] = float(words > 4 and any(opening.get(c) for c in _OPENERS))
    found["opens wording"] = float(bool(opening.get("wording")))
    found["broad"] = min(sum(found.get(c, 0.0) for c in _BREADTH), 5.0) / 2 * float(words > 5)
    found["serial"] = (
        min(sum(found.get(c, 0.0) for c in _SERIAL), 5.0) / 2 * float(words + ask.material > 5)
    )
    attached = [_size(text[:_EDGE]) * max(1, len(text) // _EDGE) for text in documents]
    found["attached"] = math.log1p(sum(attached)) / 4 if attached else 0.0
    found["several documents"] = float(len(attached) > 2)
    found["follow-up"] = float(follows and words <= 12)
    return {name: value for name, value in found.items() if value}


_BREADTH = ("research", "market", "plan", "compare", "wide", "voices", "sides", "theories", "parts")
_OPENERS = ("research", "market", "plan", "compare", "ideas")
_SERIAL = (
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
)

# Fitted by `python bench/router.py --train`: feature -> weight for each of MODES.
WEIGHTS: dict[str, tuple[float, float, float]] = {
    "asks": (-0.19, 0.59, -0.40),
    "attached": (-0.40, 0.39, 0.01),
    "bias": (1.60, -0.22, -1.39),
    "broad": (-0.74, -0.95, 1.69),
    "chat": (0.69, -0.53, -0.16),
    "closely": (-0.49, 1.37, -0.87),
    "code": (-1.16, 1.39, -0.23),
    "compare": (0.88, -1.27, 0.39),
    "convert": (1.34, -0.50, -0.84),
    "debug": (-1.03, 0.89, 0.14),
    "decide": (-0.85, 0.21, 0.64),
    "deciding us": (-0.80, -0.27, 1.07),
    "explain": (0.02, -0.07, 0.05),
    "follow": (0.13, -0.02, -0.10),
    "follow-up": (-0.45, 0.63, -0.19),
    "hard": (-0.51, 1.61, -1.09),
    "ideas": (-0.23, -0.30, 0.52),
    "length": (-2.10, 0.25, 1.85),
    "listed": (0.97, -1.61, 0.64),
    "logic": (-1.71, 1.62, 0.09),
    "lookup": (1.26, -0.26, -1.00),
    "many": (-0.41, -0.16, 0.56),
    "market": (-0.29, -0.22, 0.51),
    "material": (-0.88, 0.65, 0.23),
    "maths": (-1.23, 0.08, 1.15),
    "numbers": (0.35, 1.95, -2.30),
    "one number": (0.46, 0.99, -1.45),
    "opens broad": (-1.38, 0.36, 1.01),
    "opens wording": (-0.10, 0.27, -0.17),
    "order": (-0.15, 1.29, -1.14),
    "parts": (-0.09, -0.00, 0.10),
    "plan": (0.30, -0.58, 0.28),
    "proof": (-2.49, 1.79, 0.70),
    "quick": (1.46, -0.63, -0.83),
    "quoted": (0.46, -0.03, -0.42),
    "research": (-0.53, -0.06, 0.59),
    "scene": (-0.27, 0.39, -0.11),
    "serial": (-1.00, 2.22, -1.23),
    "several asks": (0.19, -0.44, 0.25),
    "several documents": (-0.16, -0.14, 0.30),
    "short": (2.87, -0.87, -2.00),
    "sides": (-0.64, -0.32, 0.96),
    "solve": (-0.11, -0.01, 0.11),
    "steps": (0.67, 0.22, -0.90),
    "story sum": (0.03, 0.54, -0.57),
    "sum": (0.05, -0.05, -0.00),
    "theories": (-0.56, 0.24, 0.31),
    "tiny": (0.33, 0.08, -0.41),
    "tradeoff": (-0.17, 0.41, -0.23),
    "trouble": (0.83, 0.71, -1.54),
    "two numbers": (0.61, 0.04, -0.65),
    "voices": (-0.83, -0.04, 0.87),
    "wide": (-0.64, 0.62, 0.02),
    "wording": (1.64, -0.48, -1.16),
}

# sentence: the mode it may explain, whatever the weights say (* any); further features it tells of
_TELLS = """short: instant tiny asks | lookup: instant | wording: instant quoted | chat: instant |
convert: instant sum | follow-up: instant follow | attached: instant | quick: instant | hard: * |
proof: thinking maths solve logic | numbers: thinking scene | code: thinking debug trouble |
closely: thinking material | steps: thinking order serial | explain: thinking | tradeoff: thinking |
listed: contemplating parts | compare: contemplating many | plan: contemplating ideas | decide: * |
research: contemplating broad market wide theories | voices: contemplating sides | long: *"""


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
_SENTENCE |= {
    "one number": "convert",
    "two numbers": "convert",
    "story sum": "numbers",
    "several asks": "long",
    "deciding us": "decide",
    "several documents": "compare",
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
        tell = _SENTENCE.get(name, "")
        if value > 0 and tell and _EXPLAINS[tell] in ("*", mode):
            totals[tell] = totals.get(tell, 0.0) + value
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
