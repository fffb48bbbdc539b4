"""The rows of a recollection: what is known of each turn, in columns of numbers, and packed."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from musespark.problem import Problem
from musespark.recollection_days import moments_in
from musespark.recollection_manner import manner
from musespark.recollection_terms import language_of, normal, term, words
from musespark.recollection_tokens import Tokens
from musespark.said import Said

Array = NDArray[Any]

WIDTH = 256  # numbers of a vector
_FORM = 2  # of a packed piece
_LONG = 1_500  # characters from which a text is cut into passages
_PASSAGE = 900
_ROWS_MOST = 4_000  # passages of one text
_LAST = 253_402_300_799  # the last second of the year 9999

QUESTION, ASKS, NUMBER, CAPTION, TALK = 1, 2, 4, 8, 16  # bits of `flags`

COLUMNS: dict[str, Any] = {
    "id": np.int64,  # of the ledger
    "at": np.int64,  # seconds since 1970
    "begin": np.int32, "end": np.int32,  # the passage of the text, in characters
    "context": np.int32, "speaker": np.int32,  # places in `names`
    "flags": np.uint8, "moments": np.uint8, "language": np.uint8,
    "words": np.int32, "shown": np.int32,  # terms of the text, and of its captions
    "tokens": np.int32, "manner": np.uint8,  # pieces of its words; how it is said
}  # fmt: skip

LANGUAGES = [
    "en", "ar", "ca", "da", "de", "el", "es", "et", "eu", "fi", "fr", "ga", "hi", "hu", "hy", "id",
    "it", "lt", "ne", "nl", "no", "pt", "ro", "ru", "sr", "sv", "ta", "tr", "yi", "zh", "ja", "ko",
]  # fmt: skip
_NUMBER_OF = {code: number for number, code in enumerate(LANGUAGES)}


class Grown:
    """An array that grows at its end without being copied each time."""

    def __init__(self, kind: Any, shape: tuple[int, ...] = ()) -> None:
        self._room: Array = np.zeros((0, *shape), kind)
        self.count = 0

    @property
    def all(self) -> Array:
        return self._room[: self.count]

    def extend(self, more: Array) -> None:
        wanted = self.count + len(more)
        if wanted > len(self._room):
            room = np.zeros((max(wanted, wanted * 5 // 4), *self._room.shape[1:]), self._room.dtype)
            room[: self.count] = self.all
            self._room = room
        self._room[self.count : wanted] = more
        self.count = wanted

    def replace(self, rows: Array) -> None:
        self._room, self.count = rows, len(rows)


class Rows(Struct):
    """Some rows: their columns, the numbers of their terms one row after another, and those of the
    pieces of their words, their vectors (at 127 instead of 1), and the names that `context` and
    `speaker` point to."""

    columns: dict[str, Array]
    terms: Array
    tokens: Array
    vectors: Array
    names: list[str]

    def __len__(self) -> int:
        return len(self.columns["id"])

    def offsets(self) -> Array:
        sizes = self.columns["words"] + self.columns["shown"]
        return np.concatenate(([0], np.cumsum(sizes, dtype=np.int64)))

    def where(self, chosen: Array) -> Rows:
        """Only the rows for which `chosen` is true, and the names that they use."""
        sizes = self.columns["words"] + self.columns["shown"]
        columns = {name: column[chosen] for name, column in self.columns.items()}
        used = np.unique(np.concatenate([columns["context"], columns["speaker"]]))
        for name in ("context", "speaker"):
            columns[name] = np.searchsorted(used, columns[name]).astype(np.int32)
        return Rows(
            columns,
            self.terms[np.repeat(chosen, sizes)],
            self.tokens[np.repeat(chosen, self.columns["tokens"])],
            self.vectors[chosen] if len(self.vectors) else self.vectors,
            [self.names[place] for place in used],
        )

    def pack(self) -> bytes:
        """All of it as bytes."""
        numbers = b"".join(
            np.ascontiguousarray(self.columns[name], kind).tobytes()
            for name, kind in COLUMNS.items()
        )
        return msgspec.msgpack.encode(
            {
                "form": _FORM,
                "rows": len(self),
                "columns": zlib.compress(numbers, 1),
                "terms": zlib.compress(self.terms.astype("<u4").tobytes(), 1),
                "tokens": zlib.compress(self.tokens.astype("<u2").tobytes(), 1),
                "vectors": self.vectors.astype(np.int8).tobytes(),
                "names": self.names,
            }
        )


def unpack(packed: bytes) -> Rows:
    """What `pack` made. Raises Problem when it is something else."""
    try:
        held = msgspec.msgpack.decode(packed)
        if held["form"] != _FORM:
            raise ValueError("another form")
        count, numbers, first = held["rows"], zlib.decompress(held["columns"]), 0
        columns = {}
        for name, kind in COLUMNS.items():
            columns[name] = np.frombuffer(numbers, kind, count, first)
            first += count * np.dtype(kind).itemsize
        terms = np.frombuffer(zlib.decompress(held["terms"]), "<u4").astype(np.uint32)
        tokens = np.frombuffer(zlib.decompress(held["tokens"]), "<u2").astype(np.uint16)
        vectors = np.frombuffer(held["vectors"], np.int8).reshape(-1, WIDTH)
        if len(terms) != int((columns["words"] + columns["shown"]).sum()):
            raise ValueError("terms are missing")
        if len(tokens) != int(columns["tokens"].sum()):
            raise ValueError("pieces of words are missing")
        if len(vectors) not in (0, count):
            raise ValueError("vectors are missing")
        return Rows(columns, terms, tokens, vectors, held["names"])
    except (msgspec.DecodeError, zlib.error, ValueError, KeyError, TypeError) as error:
        raise Problem(
            "broken_recollection",
            "A kept piece of what is remembered cannot be read.",
            why=f"{type(error).__name__}: {error}",
            next="It is made anew from the ledger.",
            status=500,
        ) from None


def read(
    heard: Sequence[Said], embed: Any = None, tokens: Tokens | None = None, language: str = "en"
) -> Rows:
    """The rows of what was said, in the given order. `embed` turns texts into vectors, `tokens`
    into pieces of words."""
    columns: dict[str, list[int]] = {name: [] for name in COLUMNS}
    numbers: list[int] = []
    texts: list[str] = []
    names: dict[str, int] = {}
    likely: dict[str, str] = {}  # the language of a talk so far
    for each in heard:
        context = names.setdefault(_storable(each.context), len(names))
        speaker = names.setdefault(_storable(each.speaker), len(names))
        for begin, end in passages(each.text):
            passage = each.text[begin:end]
            head = f"{each.title}. {passage}" if each.title else passage
            caption = each.caption if begin == 0 else ""
            plain = words(normal(head))
            code = language_of(plain, likely.get(each.context, language))
            likely[each.context] = code
            own = [number for word in plain if (number := term(word, code))]
            shown = [n for word in words(normal(caption)) if (n := term(word, code))]
            last = passage.rstrip("\"')]} \n\t”’»")
            values = (
                each.id, min(int(each.at.timestamp()), _LAST), begin, end, context, speaker,
                QUESTION * last.endswith(("?", "？", "؟"))
                | ASKS * ("?" in passage or "？" in passage)
                | NUMBER * any(word.isdigit() or word in _COUNTS for word in plain)
                | CAPTION * bool(shown)
                | TALK * (each.kind == "talk"),
                min(moments_in(plain, code), 255), _NUMBER_OF.get(code, 0), len(own), len(shown),
                0, manner(head, plain, code),
            )  # fmt: skip
            for name, value in zip(COLUMNS, values, strict=True):
                columns[name].append(value)
            numbers += own
            numbers += shown
            texts.append(f"{head} {caption}" if caption else head)
    vectors = np.zeros((0, WIDTH), np.int8)
    if embed is not None and texts:
        vectors = np.round(embed(texts) * 127).astype(np.int8)
    parts = tokens.read(texts) if tokens is not None else []
    columns["tokens"] = [len(each) for each in parts] or columns["tokens"]
    pieces = np.concatenate(parts) if parts else np.zeros(0, np.uint16)
    arrays = {name: np.asarray(columns[name], kind) for name, kind in COLUMNS.items()}
    return Rows(arrays, np.asarray(numbers, np.uint32), pieces, vectors, list(names))


_COUNT_WORDS = """two three four five six seven eight nine ten eleven twelve dozen hundred thousand
    once twice zwei drei vier fünf sechs sieben acht neun zehn dos tres cuatro cinco seis siete ocho
    nueve diez deux trois quatre cinq sept huit neuf dix"""
_COUNTS = frozenset(_COUNT_WORDS.split())


def _storable(name: str) -> str:
    return name if name.isascii() else name.encode(errors="replace").decode()


def passages(text: str) -> list[tuple[int, int]]:
    """Where the passages of a text begin and end; a short one is one passage. Cut at the ends of
    paragraphs, else of lines, sentences or words."""
    if len(text) <= _LONG:
        return [(0, len(text))]
    cuts: list[tuple[int, int]] = []
    begin = 0
    while begin < len(text) and len(cuts) < _ROWS_MOST:
        end = min(begin + _PASSAGE, len(text))
        if end < len(text):
            for mark in ("\n\n", "\n", ". ", "。", "! ", "? ", "; ", ", ", " "):
                found = text.rfind(mark, begin + _PASSAGE // 3, end)
                if found > 0:
                    end = found + len(mark)
                    break
        cuts.append((begin, end))
        begin = end
    return cuts
