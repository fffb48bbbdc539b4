"""PDF files, opened by pypdfium2 in a child process: words with their places, a page drawn."""

from __future__ import annotations

import ctypes
import re
from typing import Any

from msgspec import Struct

from musespark.observation import Box
from musespark.problem import Problem

PDF = "application/pdf"
DRAWN_AT = 2_000  # pixels of the longer side of a page that is drawn
_SHARPEST = 4.0  # pixels to a point: a stamp is not blown up to a poster


def opened(data: bytes) -> Any:
    """The document. Raises Problem: `locked_document` for one that asks for a password,
    `unreadable` for one that is broken."""
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise Problem(
                "locked_document", "{name} is locked with a password.",
                why="It is encrypted, and nothing in it can be read without the password.",
                next="Open it with the password, save or print it as a PDF without one, "
                "and attach that.", status=422,
            ) from None  # fmt: skip
        raise Problem(
            "unreadable", "{name} cannot be read.", why="It is no whole PDF: broken or cut off.",
            next="Save it anew in the program it comes from, and try that.", status=422,
        ) from None  # fmt: skip


def drawn(page: Any, longest: int = DRAWN_AT) -> Any:
    """A page as a picture of Pillow with at most `longest` pixels on its longer side."""
    width, height = page.get_size()
    scale = min(longest / max(width, height, 1.0), _SHARPEST)
    return page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")


class Word(Struct):
    """A word: what it says, and where it begins and ends from left to right, in points."""

    text: str
    left: float
    right: float


class Row(Struct):
    """A line of a page: its words, its upper and lower edge and the line it stands on (`base`) in
    points from the top of the page, the size of its letters, whether they are bold, and whether its
    last word goes on in the next."""

    words: list[Word]
    top: float
    bottom: float
    size: float
    base: float = 0.0
    bold: bool = False
    hyphen: bool = False
    fixed: bool = False  # all its letters are as wide as each other, as in a listing

    @property
    def left(self) -> float:
        return self.words[0].left

    @property
    def right(self) -> float:
        return max(word.right for word in self.words)

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


class Picture(Struct):
    """A picture on a page: its number among the page's objects, its box, its share of the page."""

    number: int
    box: Box
    share: float


class Sheet:
    """A page: its size in points and the way from a place in the file to one as it is seen."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.width, self.height = page.get_size()
        self._left, self._low, self._right, self._high = page.get_bbox()
        self._turned = page.get_rotation()

    def seen(self, left: float, low: float, right: float, high: float) -> tuple[float, ...]:
        """A box as (left, top, right, bottom) from the left upper corner of the upright page."""
        if self._turned == 90:
            box = low - self._low, left - self._left, high - self._low, right - self._left
        elif self._turned == 180:
            box = self._right - right, low - self._low, self._right - left, high - self._low
        elif self._turned == 270:
            box = self._high - high, self._right - right, self._high - low, self._right - left
        else:
            box = left - self._left, self._high - high, right - self._left, self._high - low
        return box

    def box(self, left: float, top: float, right: float, bottom: float) -> Box:
        """A box of points as thousandths of the page."""
        across, down = 1000 / max(self.width, 1), 1000 / max(self.height, 1)
        found = (left * across, top * down, right * across, bottom * down)
        a, b, c, d = (min(max(round(each), 0), 1000) for each in found)
        return a, b, c, d

    def rows(self) -> list[Row]:
        """The lines of its text layer, in the order of the file."""
        raw, text_page = _raw(), self.page.get_textpage()
        text = _letters(raw, text_page)
        found: list[Row] = []
        for line in _LINES.finditer(text):
            row = self._row(raw, text_page.raw, line[1], line.start(), bool(line[2]))
            if row is None:
                continue
            if found and _beside(found[-1], row):
                _join(found[-1], row)
            else:
                found.append(row)
        text_page.close()
        return found

    def _row(self, raw: Any, text_page: Any, line: str, start: int, hyphen: bool) -> Row | None:
        words: list[Word] = []
        begins: list[int] = []
        top, bottom = 1e9, -1e9
        for piece in _WORDS.finditer(line):
            begin, end = start + piece.start(), start + piece.end() - 1
            one, other = _char(raw, text_page, begin), _char(raw, text_page, end)
            if one is None or other is None:
                continue
            ahead, behind = self.seen(*one), self.seen(*other)
            said = _clean(piece.group())
            if said:
                begins.append(begin)
                left, right = min(ahead[0], behind[0]), max(ahead[2], behind[2])
                words.append(Word(said, left, right))
                top, bottom = min(top, ahead[1], behind[1]), max(bottom, ahead[3], behind[3])
        if not words:
            return None
        # A line of text may begin with a word in another font, and end with one.
        size, bold, fixed = _style(raw, text_page, begins[0])
        tall, strong, wide = _style(raw, text_page, begins[len(begins) // 2])
        size, bold, fixed = max(size, tall), bold and strong, fixed and wide
        x, y = _origin(raw, text_page, begins[0])
        base = self.seen(x, y, x, y)[1]
        return Row(words, top, bottom, size or bottom - top, base, bold, hyphen, fixed)

    def pictures(self) -> list[Picture]:
        """The pictures on it, the first hundred of them."""
        raw = _raw()
        found = []
        area = max(self.width * self.height, 1.0)
        for number in range(min(raw.FPDFPage_CountObjects(self.page.raw), _MOST_OBJECTS)):
            thing = raw.FPDFPage_GetObject(self.page.raw, number)
            if raw.FPDFPageObj_GetType(thing) != raw.FPDF_PAGEOBJ_IMAGE:
                continue
            edges = [ctypes.c_float() for _ in range(4)]
            if not raw.FPDFPageObj_GetBounds(thing, *edges):
                continue
            left, top, right, bottom = self.seen(*(edge.value for edge in edges))
            left, top = max(left, 0), max(top, 0)
            wide, tall = min(right, self.width) - left, min(bottom, self.height) - top
            if wide > 0 and tall > 0:
                box = self.box(left, top, left + wide, top + tall)
                found.append(Picture(number, box, wide * tall / area))
            if len(found) >= 100:
                break
        return found


def _beside(row: Row, following: Row) -> bool:
    """Whether what follows stands to the right on the same line: PDFium begins anew where letters
    are of other heights, as in the cells of a table."""
    shared = min(row.bottom, following.bottom) - max(row.top, following.top)
    least = min(row.bottom - row.top, following.bottom - following.top)
    return shared > 0.5 * least and following.left >= row.right - 0.1 * row.size


def _join(row: Row, following: Row) -> None:
    row.words += following.words
    row.top, row.bottom = min(row.top, following.top), max(row.bottom, following.bottom)
    row.size, row.hyphen = max(row.size, following.size), following.hyphen
    row.bold, row.fixed = row.bold and following.bold, row.fixed and following.fixed


_WORDS = re.compile(r"[^\s\x00\x02\ufffe]+")
# A line, and the sign that PDFium puts for a hyphen that only ends it.
_LINES = re.compile(r"([^\r\n\x02\ufffe]+)([\x02\ufffe]?)")
_MOST_OBJECTS = 5_000  # of a page that are looked through for pictures


def _raw() -> Any:
    import pypdfium2.raw

    return pypdfium2.raw


def _letters(raw: Any, text_page: Any) -> str:
    """The text with one sign for each of PDFium's characters, so that places agree."""
    count = text_page.count_chars()
    text: str = text_page.get_text_range() if count else ""
    if len(text) == count:
        return text
    signs = (raw.FPDFText_GetUnicode(text_page.raw, number) for number in range(count))
    return "".join(chr(sign) if 0 < sign < 0x110000 else "\0" for sign in signs)


def _clean(text: str) -> str:
    """Without halves of signs, and with ligatures as the letters they are."""
    if text.isascii():
        return text
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    return whole.translate(_LIGATURES)


_LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "\xa0": " ", "\xad": ""}
)
_EDGES = tuple(ctypes.c_double() for _ in range(4))
_LOOSE: list[Any] = []


def _char(raw: Any, text_page: Any, number: int) -> tuple[float, float, float, float] | None:
    """Left, low, right, high of a character."""
    left, right, low, high = _EDGES
    if not raw.FPDFText_GetCharBox(text_page, number, left, right, low, high):
        return None
    return left.value, low.value, right.value, high.value


def _origin(raw: Any, text_page: Any, number: int) -> tuple[float, float]:
    """Where a character stands on its line."""
    across, up = _EDGES[:2]
    raw.FPDFText_GetCharOrigin(text_page, number, across, up)
    return across.value, up.value


def _style(raw: Any, text_page: Any, number: int) -> tuple[float, bool, bool]:
    """How tall the letters of a character's font stand there, whether they are bold, and whether
    all are as wide as each other."""
    if not _LOOSE:
        _LOOSE.append(raw.FS_RECTF())
    loose = _LOOSE[0]
    size = 0.0
    if raw.FPDFText_GetLooseCharBox(text_page, number, loose):
        size = abs(loose.top - loose.bottom)
    said = ctypes.create_string_buffer(100)
    flags = ctypes.c_int()
    raw.FPDFText_GetFontInfo(text_page, number, said, 100, flags)
    name = said.value.lower()
    fixed = bool(flags.value & 1) or any(mark in name for mark in _FIXED)
    return size, b"bold" in name or b"black" in name, fixed


_FIXED = (b"mono", b"courier", b"consol", b"typewriter", b"cmtt")
