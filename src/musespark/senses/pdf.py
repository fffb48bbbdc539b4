"""Reads PDF: text by page with headings and tables, pages without text by their picture."""

from __future__ import annotations

import io
import re
import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from msgspec import Struct

from musespark import leaves, within
from musespark.leaves import Entry, Leaf, Line, Volume
from musespark.observation import Box, Seen
from musespark.pdf import PDF, Picture, Row, Sheet, drawn, opened

takes = (PDF,)
version = 1
readers = ("pypdfium2", "rapidocr", "onnxruntime", "duckdb")

MOST_PAGES = 5_000
_LARGE = 0.08  # of a page: a picture that is handed on
_FEW = 20  # letters: a page with fewer may be a picture of a page
_SCAN = 0.15  # of a page without text: a picture that may hold its words
_APART = 0.8  # letters' sizes between two words: more may be the space between cells
_FAR = 1.6  # and more is surely none between words
_HEADING = 120  # characters
_OCR_AT = 2_000  # pixels of the longer side of a page whose text is read from its picture
_BULLET = re.compile(r"(?:[-•–▪◦*]|\(?\d{1,3}[.)]|[a-z]\))$")
_ENDS = re.compile(r"[.!?:;…]['\"”’)]*$")
_LEADER = re.compile(r"(?:\. ?){4,}|…{2,}|_{4,}")
_DIGITS = re.compile(r"\d+")


class Block(Struct):
    """A paragraph, heading or table of a page, with its place in thousandths of it."""

    text: str
    box: Box
    size: float = 0.0
    bold: bool = False
    lines: int = 1
    rows: list[list[str]] = []


def pdf(data: bytes, media: str) -> Seen:
    """The text of each page with places, its tables as tables, large pictures as pictures. Raises
    Problem: `locked_document`, `unreadable`, `no_text`."""
    import pypdfium2

    document = opened(data)
    reader = f"pypdfium2 {pypdfium2.PYPDFIUM_INFO}"
    count = len(document)
    notes = []
    if count > MOST_PAGES:
        notes.append(f"Only the first {MOST_PAGES:,} of {count:,} pages were read.")
    finds = within.Finds(reader)
    pages: list[list[Block]] = []
    blank: list[int] = []
    for number in range(1, min(count, MOST_PAGES) + 1):
        if within.late(1.5):
            notes.append(f"Reading took long: only {number - 1:,} of {count:,} pages were read.")
            break
        try:
            page = document[number - 1]
        except pypdfium2.PdfiumError:
            notes.append(f"Page {number:,} is broken and was left out.")
            pages.append([])
            continue
        sheet = Sheet(page)
        rows, pictures = sheet.rows(), sheet.pictures()
        letters = sum(len(row.text) for row in rows)
        scan = letters < _FEW and any(picture.share > _SCAN for picture in pictures)
        read = _scanned(sheet) if scan else []
        if scan and not read and not letters:
            blank.append(number)
        pages.append(read or blocks(rows, sheet))
        if not read:
            _pictures(finds, sheet, pictures, number)
        page.close()
    body = _body(pages)
    _without_running(pages, body)
    volume = Volume(_leaves(pages, body), "page", _title(document), _toc(document))
    for number, found in enumerate(pages, 1):
        for block in found:
            if block.rows:
                finds.table(block.rows, f"page {number}", number, block.box)
    if blank:
        notes.append(
            f"{len(blank):,} of {count:,} pages are pictures without a text layer, and no text was "
            f"read in them ({_numbers(blank)}): that takes musespark[ocr], and time."
        )
    volume.notes = [*notes, *finds.notes()]
    document.close()
    return leaves.read(volume, media, "pdf", reader, finds.parts, finds.seen)


def _scanned(sheet: Sheet) -> list[Block]:
    """A page without words, read from its picture where there is a reader and time."""
    if within.late():
        return []
    out = io.BytesIO()
    drawn(sheet.page, _OCR_AT).save(out, "PNG")
    seen = within.read(out.getvalue(), "image/png")
    read = [one for one in seen.observations if one.kind == "text"] if seen is not None else []
    return [Block(one.what, one.box or (0, 0, 1000, 1000), lines=0) for one in read if one.what]


def _pictures(finds: within.Finds, sheet: Sheet, found: Sequence[Picture], page: int) -> None:
    """Large pictures are handed on, as they are seen on their page; small ones are counted."""
    import pypdfium2

    for picture in found:
        if picture.share < _LARGE:
            finds.counted()
        elif within.late():
            finds.counted(unread=True)
        else:
            said = f"a picture over {picture.share:.0%} of the page"
            try:
                cropped = _cropped(sheet, picture)
            except (pypdfium2.PdfiumError, ValueError, MemoryError):
                finds.counted(unread=True)
                continue
            finds.picture(cropped, "image/png", f"page {page}", page, picture.box, said)


def _numbers(pages: Sequence[int]) -> str:
    """Numbers as ranges: "1-3, 7"."""
    runs: list[list[int]] = []
    for page in pages:
        if runs and runs[-1][1] == page - 1:
            runs[-1][1] = page
        else:
            runs.append([page, page])
    said = [str(a) if a == b else f"{a}-{b}" for a, b in runs[:20]]
    return ", ".join(said) + (", …" if len(runs) > 20 else "")


def _cropped(sheet: Sheet, picture: Picture) -> bytes:
    """A picture as it is seen on its page."""
    whole = drawn(sheet.page)
    left, top, right, bottom = picture.box
    across, down = whole.size[0] / 1000, whole.size[1] / 1000
    out = io.BytesIO()
    edges = (round(left * across), round(top * down), round(right * across), round(bottom * down))
    whole.crop(edges).save(out, "PNG")
    return out.getvalue()


def _title(document: Any) -> str:
    said = document.get_metadata_dict().get("Title", "")
    title = " ".join(str(said).split())[:200]
    return "" if title.lower() in ("untitled", "(anonymous)") else title


def _toc(document: Any) -> list[Entry]:
    """The outline that the file itself has."""
    found = []
    for mark in document.get_toc(max_depth=6):
        destination = mark.get_dest()
        index = destination.get_index() if destination is not None else None
        title = " ".join(mark.get_title().split())[:200]
        if title and index is not None and index < MOST_PAGES:
            found.append(Entry(title, mark.level + 1, index + 1))
        if len(found) >= 2_000:
            break
    return found


# A page in blocks


def blocks(rows: list[Row], sheet: Sheet) -> list[Block]:
    """The lines of a page as paragraphs, headings and tables."""
    found: list[Block] = []
    at = 0
    right = max((row.right for row in rows), default=0.0)
    pitch = _pitches(rows)
    while at < len(rows):
        end, cells = _table(rows, at)
        if cells:
            found.append(_block(rows[at:end], sheet, cells))
            at = end
            continue
        end = at + 1
        while end < len(rows) and _goes_on(rows[end - 1], rows[end], right, pitch(rows[end - 1])):
            if _table(rows, end)[1]:
                break
            end += 1
        found.append(_block(rows[at:end], sheet))
        at = end
    return found


def _pitches(rows: Sequence[Row]) -> Callable[[Row], float]:
    """How far apart the lines of a page mostly stand, by the size of their letters."""
    steps: dict[int, list[float]] = {}
    for row, following in pairwise(rows):
        step = following.base - row.base
        if abs(following.size - row.size) < 0.12 * row.size and 0 < step < 2.2 * row.size:
            steps.setdefault(round(row.size), []).append(step)

    def pitch(row: Row) -> float:
        found = steps.get(round(row.size), ())
        return statistics.median(found) if len(found) > 3 else min((*found, 1.25 * row.size))

    return pitch


def _goes_on(row: Row, following: Row, right: float, pitch: float) -> bool:
    """Whether the next line belongs to the paragraph of this one; `pitch` is how far apart lines
    of this size mostly stand."""
    tall = max(row.size, 1.0)
    step = following.base - row.base
    if not 0 < step <= 1.2 * pitch or step > 2.2 * tall:
        return False
    if abs(following.size - row.size) > 0.12 * tall or following.bold != row.bold:
        return False
    if row.fixed and following.fixed:
        return True
    if _BULLET.match(following.words[0].text) or len(_segments(following, _FAR)) > 1:
        return False
    if _LEADER.search(row.text):
        return False
    short = row.right < right - 0.25 * (right - row.left)
    return not (short and _ENDS.search(row.words[-1].text)) and following.left - row.left < 4 * tall


def _block(rows: Sequence[Row], sheet: Sheet, cells: list[list[str]] | None = None) -> Block:
    left, top = min(row.left for row in rows), min(row.top for row in rows)
    right, bottom = max(row.right for row in rows), max(row.bottom for row in rows)
    box = sheet.box(left, top, right, bottom)
    if cells:
        return Block(within.markdown(cells), box, lines=len(rows), rows=cells)
    text = ""
    for row in rows:
        ends = "" if row.hyphen else "\n" if row.fixed else " "
        text += _LEADER.sub("… ", row.text) + ends
    bold = all(row.bold for row in rows)
    return Block(text.strip(), box, rows[0].size, bold, len(rows))


def _segments(row: Row, apart: float = _APART) -> list[tuple[float, float, str]]:
    """The words of a line in groups with a wide space between them: (left, right, text)."""
    found: list[tuple[float, float, str]] = []
    for word in row.words:
        if found and 0 <= word.left - found[-1][1] <= apart * max(row.size, 1.0):
            left, _, text = found[-1]
            found[-1] = (left, word.right, f"{text} {word.text}")
        else:
            found.append((word.left, word.right, word.text))
    return found


def _table(rows: list[Row], at: int) -> tuple[int, list[list[str]]]:
    """The table that begins at a line: the line after it, and its cells; no cells where there is
    none. Its columns are what no line writes across."""
    run: list[list[tuple[float, float, str]]] = []
    end = at
    while end < len(rows):
        row = rows[end]
        if run and not -0.5 * row.size < row.top - rows[end - 1].bottom < 2.5 * max(row.size, 1.0):
            break
        parts = _segments(row)
        if len(parts) < 2 or row.fixed or _LEADER.search(row.text):
            break
        run.append(sorted(parts))
        end += 1
    if len(run) < 3:
        return at, []
    columns = _columns(run)
    if len(columns) < 2 or (len(columns) == 2 and not _is_pairs(run)):
        return at, []
    cells = []
    for parts in run:
        line = [""] * len(columns)
        for left, _, text in parts:
            number = max(n for n, (begin, _) in enumerate(columns) if begin <= left + 0.1)
            line[number] = f"{line[number]} {text}".strip()
        cells.append(line)
    return end, cells


def _columns(run: Sequence[Sequence[tuple[float, float, str]]]) -> list[tuple[float, float]]:
    spans = sorted((left, right) for parts in run for left, right, _ in parts)
    columns: list[tuple[float, float]] = []
    for left, right in spans:
        if columns and left <= columns[-1][1]:
            columns[-1] = (columns[-1][0], max(columns[-1][1], right))
        else:
            columns.append((left, right))
    return columns


def _is_pairs(run: Sequence[Sequence[tuple[float, float, str]]]) -> bool:
    """Whether two columns are a table and not text in two columns: what stands in the second is
    short or numbers."""
    second = [parts[-1][2] for parts in run]
    numbers = sum(any(sign.isdigit() for sign in text) for text in second)
    return 2 * numbers >= len(second) or sum(map(len, second)) < 20 * len(second)


# The pages together


def _body(pages: Sequence[Sequence[Block]]) -> float:
    """The size of the letters that most of the text is set in."""
    sizes: Counter[int] = Counter()
    for page in pages:
        for block in page:
            sizes[round(block.size * 2)] += len(block.text) if block.size else 0
    return sizes.most_common(1)[0][0] / 2 if sizes else 0.0


def _without_running(pages: list[list[Block]], body: float) -> None:
    """Take out what stands at the top or bottom of most pages: headers, footers, page numbers."""
    counted: Counter[tuple[str, int]] = Counter()
    for page in pages:
        ends = (*page[:2], *page[-2:])
        counted.update({mark for block in ends if (mark := _mark(block, body))})
    least = max(4, len([page for page in pages if page]) // 2)
    running = {mark for mark, many in counted.items() if many >= least}
    if running:
        for page in pages[1:]:
            own = {id(block) for block in (*page[:2], *page[-2:])}
            page[:] = [one for one in page if id(one) not in own or _mark(one, body) not in running]


def _mark(block: Block, body: float) -> tuple[str, int] | None:
    """What a running line says without its numbers, and how high it stands. A heading is none."""
    edge = block.box[3] < 120 or block.box[1] > 880
    if not edge or block.lines > 2 or len(block.text) > 200 or block.size > 1.15 * body:
        return None
    return _DIGITS.sub("0", block.text), block.box[1] // 20


def _leaves(pages: Sequence[Sequence[Block]], body: float) -> list[Leaf]:
    larger = {round(block.size * 2) for page in pages for block in page if _is_heading(block, body)}
    ranks = {size: min(rank, 4) for rank, size in enumerate(sorted(larger, reverse=True), 1)}
    found = []
    for page in pages:
        texts, lines, length = [], [], 0
        for block in page:
            level = ranks[round(block.size * 2)] if _is_heading(block, body) else 0
            text = f"{'#' * level} {block.text}" if level else block.text
            lines.append(Line(length, block.box, level))
            between = "\n\n" if block.lines else "\n"
            texts.append(text + between)
            length += len(text) + len(between)
        found.append(Leaf("".join(texts).rstrip("\n"), tuple(lines)))
    return found


def _is_heading(block: Block, body: float) -> bool:
    """Whether a block is set larger than the text, or in bold on a line of its own."""
    if block.rows or not body or not block.size or len(block.text) > _HEADING or block.lines > 2:
        return False
    if not any(letter.isalpha() for letter in block.text):
        return False
    if block.size > 1.15 * body:
        return True
    return (
        block.bold and block.lines == 1 and block.size > 0.95 * body
        and len(block.text) < 80 and not _ENDS.search(block.text)
    )  # fmt: skip
