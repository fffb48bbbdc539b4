"""The terms of a text, by which it is found: stems without stop words, pairs of signs for CJK."""

from __future__ import annotations

import re
import threading
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

_STEMMED = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "es": "spanish", "et": "estonian", "eu": "basque", "fi": "finnish",
    "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian",
    "id": "indonesian", "it": "italian", "lt": "lithuanian", "ne": "nepali", "nl": "dutch",
    "nb": "norwegian", "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian",
    "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip

# What says nothing of a topic, and at the same time gives a language away.
_STOP = {
    "en": """a an the and or but if of at by for with about to from in on as is am are was were be
        been being do does did doing have has had having i me my we our you your he him his she her
        it its they them their this that these those what which who whom when where why how would
        could should might will can may s t d ll re ve m so than too very just not no nor""",
    "de": """aber als also am an auch auf aus bei bin bis bist da damit dann das dass dein deine dem
        den der des dich die dir doch du ein eine einem einen einer er es euch für habe haben hast
        hat hatte hatten ich ihm ihn ihr im in ist ja kann mein meine meinem meinen meiner mich mir
        mit nach nicht noch nur ob oder schon sein seine sich sie sind so um und uns unser von vom
        vor war waren warst was weil welche welcher welches wem wen wenn wer wie wieder wir wird
        wo wurde zu zum zur über""",
    "es": """a al algo como con cual cuando cuándo cuál de del desde dónde donde durante el él ella
        ellos en entre era es esa ese eso esta está este esto estoy fue fui ha había han has hasta
        hay he la las le les lo los me mi mis muy más no nos o para pero por porque que qué quien
        quién se ser si sin sobre son su sus también te ti tu tus tú un una uno unos y ya yo""",
    "fr": """a ai as au aux avec avait c ce cela ces cet cette d dans de des du elle elles en es est
        et eu il ils j je l la le les leur lui m ma mais me mes moi mon n ne nos notre nous on ont
        ou où par pas pour qu quand que quel quelle qui quoi s sa se ses si son sont sur suis t ta
        te tes toi ton tu un une vos votre vous y était été être""",
    "it": """a ad al alla anche che chi ci come con cosa cui da dal dalla de dei del della di dove e
        è era ero essere gli ha hai hanno ho i il in io l la le lei li lo loro lui ma mi mia mio ne
        nel nella no noi non o per perché più quale quando quello questo qui se sei si sono su sua
        suo ti tra tu tuo un una uno voi""",
    "pt": """a ao aos as com como da das de dela dele do dos e ela ele eles em era essa esse esta
        este eu foi há isso isto já lhe mais mas me meu minha muito na nas no nos não o onde os ou
        para pela pelo por qual quando que quem se seu sua são também te tem um uma você é""",
    "nl": """aan al als bij dan dat de den der deze die dit doch door een en er geen had heb heeft
        het hij hoe ik in is je jij kan maar me met mij mijn naar niet nog nu of om ons onze ook op
        over te toen tot uit van voor waar wanneer was wat we welke werd wie wij ze zich zijn zo""",
}  # fmt: skip
STOP = {code: frozenset(words.split()) for code, words in _STOP.items()}

_FORMS = """go: went gone goes going; buy: bought; see: saw seen; take: took taken; make: made;
    get: got gotten; give: gave given; meet: met; read: reading; write: wrote written; run: ran;
    win: won; teach: taught; think: thought; feel: felt; begin: began begun; eat: ate eaten;
    drive: drove driven; fly: flew flown; speak: spoke spoken; sell: sold; find: found;
    lose: lost; leave: left; keep: kept; tell: told; say: said; hear: heard; know: knew known;
    become: became; grow: grew grown; come: came; sing: sang sung; swim: swam; draw: drew drawn;
    build: built; hold: held; spend: spent; send: sent; pay: paid; child: children kid kids;
    man: men; woman: women; person: people; mother: mom mum; father: dad; break: broke broken;
    choose: chose chosen; fall: fell fallen; wear: wore worn; catch: caught; bring: brought;
    hike: hiking; photo: picture pictures photos pic; travel: trip trips traveled travels"""
_IRREGULAR = {
    form: line.partition(":")[0].strip()
    for line in _FORMS.split(";")
    for form in line.partition(":")[2].split()
}

_TIGHT = "\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"[{_TIGHT}々〆ー]+|[^\W_{_TIGHT}々〆ー]+")
_CLOSE = re.compile(f"[{_TIGHT}]")
_KANA = re.compile("[\u3041-\u309f]+")
_LONGEST_WORD = 60
_SCRIPTS = (("ru", "[а-яё]"), ("el", "[α-ω]"), ("ar", "[\u0627-\u064a]"), ("hi", "[\u0904-\u0939]"),
            ("ta", "[\u0b85-\u0bb9]"), ("hy", "[ա-ֆ]"))  # fmt: skip
_SCRIPT = [(code, re.compile(pattern)) for code, pattern in _SCRIPTS]

_stemmers = threading.local()


def normal(text: str) -> str:
    """Lower case, one form of each sign, straight apostrophes."""
    text = unicodedata.normalize("NFKC", text) if not text.isascii() else text
    return text.lower().replace("’", "'").replace("‘", "'").replace("ʼ", "'")


def words(text: str) -> list[str]:
    """The words of a text in `normal` form, in their order; where a script does not part its words,
    each two neighbouring signs are one."""
    text = text.replace("'s ", " ").replace("n't", " not")
    if text.isascii():
        return re.findall(r"[a-z0-9]{1,60}", text)
    found: list[str] = []
    for word in _WORD.findall(text):
        if _CLOSE.match(word):
            found += _pairs(word)
        else:
            found.append(word[:_LONGEST_WORD])
    return found


def _pairs(run: str) -> Iterable[str]:
    return [run] if len(run) < 3 else [run[i : i + 2] for i in range(len(run) - 1)]


def language_of(found: Sequence[str], likely: str = "en") -> str:
    """The language whose small words these are; `likely` where they do not tell."""
    counts: Counter[str] = Counter()
    for word in found[:300]:
        for code in _gives_away(word):
            counts[code] += 1
    if not counts:
        return _by_script(found) or likely
    best = max(counts.values())
    if counts[likely] >= best or (best == 1 and not counts[likely] and len(found) > 4):
        return likely
    return max(sorted(counts), key=lambda code: counts[code])


@lru_cache(100_000)
def _gives_away(word: str) -> tuple[str, ...]:
    return tuple(code for code, stop in STOP.items() if word in stop)


def _by_script(found: Sequence[str]) -> str:
    head = " ".join(found[:20])
    return next((code for code, pattern in _SCRIPT if pattern.search(head)), "")


@lru_cache(300_000)
def term(word: str, language: str) -> int:
    """The number of a word's stem in its language, 0 for a stop word; 32 bits of a checksum, so
    that an index holds no words. Two stems may share a number, which harms no more than a word of
    two meanings."""
    stop = STOP.get(language, frozenset())
    if word in stop or (_KANA.fullmatch(word) and len(word) < 3):
        return 0
    if language == "en":
        word = _IRREGULAR.get(word, word)
    stemmer = _stemmer(language)
    if stemmer is not None and not word.isdigit():
        word = stemmer.stemWord(word)
    if not word.isascii():
        word = "".join(
            sign for sign in unicodedata.normalize("NFD", word) if not unicodedata.combining(sign)
        )
    return zlib.crc32(word.encode(errors="replace")) or 1


def terms(text: str, language: str) -> list[int]:
    """The numbers of a text's stems in their order, without stop words."""
    return [number for word in words(normal(text)) if (number := term(word, language))]


def _stemmer(language: str) -> Any:
    """The stemmer of a language, one for each thread; None where there is none."""
    name = _STEMMED.get(language)
    if name is None:
        return None
    own: dict[str, Any] = _stemmers.__dict__
    if name not in own:
        import Stemmer

        try:
            own[name] = Stemmer.Stemmer(name, 0)
        except KeyError:
            own[name] = None
    return own[name]
