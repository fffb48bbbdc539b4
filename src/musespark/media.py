"""The media type of bytes, found from the bytes and never from a name. Nothing is unpacked."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from io import StringIO

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
PARQUET = "application/vnd.apache.parquet"
GZIP = "application/gzip"
UNKNOWN = "application/octet-stream"

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_STARTS = (  # (where, bytes, type): those that are told apart by one mark alone
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftypavif", "image/avif"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (0, b"PAR1", PARQUET),
    (0, b"\x1f\x8b\x08", GZIP),
    (0, b"%PDF-", "application/pdf"),
    (30, b"mimetype" + ODS.encode(), ODS),
)
_SAMPLE = 64_000  # bytes of a text that say whether it is a table
_LINES = 60
_LONGEST_CELL = 200  # characters; what has longer ones in its first lines is prose
_RUNS_ON = 2.5  # blanks in a cell, on average
_ENDS = {",": ", ", ";": "; "}  # how prose goes on after the same sign
_RULE = re.compile(r"(?m)^\s*\|?\s*:?-{2,}:?\s*\|")  # below the first row of a table in Markdown
_HIGH, _HIGHS, _FEW = re.compile(rb"[\x80-\xff]"), re.compile(rb"[\x80-\xff]{2}"), 20
_SVG = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*|<!doctype svg[^>]*>\s*)*<svg[\s>]",
    re.DOTALL | re.IGNORECASE,
)


def media_of(data: bytes) -> str:
    """The media type of `data`: "text/plain" for a text that is nothing further, and
    "application/octet-stream" for what nobody knows."""
    for place, mark, media in _STARTS:
        if data.startswith(mark, place):
            return media
    if data.startswith(b"BM") and len(data) > 26 and data[14] in (12, 40, 108, 124):
        return "image/bmp"
    if data.startswith(b"PK\x03\x04"):
        return _packed(data)
    if _SVG.match(data[:4_000]):
        return "image/svg+xml"
    text = _beginning(data)
    if text is None:
        return _guessed(data)
    return _written(text, len(data) > _SAMPLE)


def _packed(data: bytes) -> str:
    """What a zip holds, by the names that stand in it."""
    for mark, media in (
        (b"xl/workbook", XLSX),
        (b"word/document", XLSX.replace("spreadsheetml.sheet", "wordprocessingml.document")),
        (b"ppt/presentation", XLSX.replace("spreadsheetml.sheet", "presentationml.presentation")),
    ):
        if mark in data:
            return media
    return "application/zip"


def _guessed(data: bytes) -> str:
    import puremagic

    try:
        found = puremagic.magic_string(data[:4_096])
    except (puremagic.PureError, ValueError):
        return UNKNOWN
    return next((one.mime_type for one in found if "/" in one.mime_type), UNKNOWN)


def _beginning(data: bytes) -> str | None:
    """The beginning as text, None for what is none; a letter may be cut at the end."""
    part = data[:_SAMPLE]
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return codecs.getincrementaldecoder(encoding)("replace").decode(part)
    if b"\0" in part or part.startswith((b"%PDF-", b"\x1f\x8b")):
        return None
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(part)
    except UnicodeDecodeError:
        found = _encoding(part)
        return None if found is None else part.decode(found, "replace")


def decoded(data: bytes) -> str | None:
    """The bytes as text, in whatever encoding it is; None for what is no text."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if b"\0" not in data[:100_000]:
        try:
            return data.decode()
        except UnicodeDecodeError:
            found = _encoding(data[:200_000])
            return None if found is None else data.decode(found, "replace")
    return None


def encoding_of(start: bytes) -> str:
    """The encoding of a text by its beginning, which may be cut inside a letter."""
    for mark, encoding in _BOMS:
        if start.startswith(mark):
            return encoding
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        said = start.decode("utf-8", "replace")
        letters = sum(letter > "\x7f" for letter in said)
        if letters > 4 * said.count("\ufffd"):
            return "utf-8"  # with a few letters of another among them
        return _encoding(start[:200_000]) or "cp1252"
    return "utf-8"


def _encoding(data: bytes) -> str | None:
    """The likeliest encoding of what is no UTF-8; None where it is no text."""
    import charset_normalizer

    found = charset_normalizer.from_bytes(data).best()
    if found is None:
        return None
    high = len(_HIGH.findall(data))
    # A few letters with accents, each alone among others: too little for statistics, which take
    # "ür" for Chinese. Several next to each other are another script.
    if high <= _FEW and not _HIGHS.search(data):
        return "cp1252"
    return found.encoding


def _written(text: str, cut: bool) -> str:
    start = text.lstrip()
    if start.startswith(("{", "[")):
        first, _, rest = start.partition("\n")
        second = rest.lstrip()
        if re.match(r"\{.*\}\s*\Z", first) and (second.startswith("{") or not second):
            return "application/jsonl" if second else "application/json"
        if re.match(r'\{\s*["}]|\[\s*[\[{"\d\-tfn\]]', start):
            return "application/json"
    if start[:100].lower().startswith(("<!doctype html", "<html")):
        return "text/html"
    found = delimiter(text, cut=cut)
    return {"": "text/plain", "\t": "text/tab-separated-values"}.get(found, "text/csv")


def delimiter(text: str, *, cut: bool = False) -> str:
    """The sign between the cells of a table written as text; "" where it is no table. With `cut`
    the last line may be half of one."""
    sample = text[:_SAMPLE]
    cut = cut or len(text) > _SAMPLE
    if (not cut and "\n" not in sample.strip()) or _RULE.search(sample):
        return ""
    best, most = "", 0.0
    for sign in ("\t", ";", ",", "|"):
        worth = _worth(sample, sign, cut)
        if worth > most:
            best, most = sign, worth
    return best


def _worth(sample: str, sign: str, cut: bool) -> float:
    """How much the lines look like rows with this sign between the cells, 0 for not at all."""
    if sign not in sample:
        return 0.0
    rows: list[list[str]] = []
    try:
        for row in csv.reader(StringIO(sample, newline=""), delimiter=sign):
            if row:
                rows.append(row)
            if len(rows) > _LINES:
                break
    except csv.Error:
        if not rows:
            return 0.0
    if cut or len(rows) > _LINES:
        rows = rows[:-1] if len(rows) > 1 else rows
    if len(rows) == 1 and cut:
        return float(len(rows[0])) if len(rows[0]) > 50 else 0.0  # a row as long as the sample
    width, same = Counter(map(len, rows)).most_common(1)[0]
    if width < 2 or len(rows) < 2 or same < 0.9 * len(rows):
        return 0.0
    cells = [cell for row in rows for cell in row]
    if sum(len(cell) > _LONGEST_CELL for cell in cells) > len(rows) // 2:
        return 0.0
    spaced = sample.count(_ENDS[sign]) if sign in _ENDS else 0
    headed = len(rows) > 2 and all(cell.strip().isidentifier() for cell in rows[0])
    if spaced * 2 > sample.count(sign) and (width < 3 or len(rows) < 4) and not headed:
        return 0.0  # "Dear Anna, / best, Tom" has two cells in each line as well
    if width == 2 and _is_prose([row for row in rows if len(row) == 2], sign):
        return 0.0
    return same / len(rows) + width / 1000


def _is_prose(rows: list[list[str]], sign: str) -> bool:
    """Whether lines with one sign each are no rows: the sign ends them (code, verse) or begins them
    (code that is moved in), or what stands behind it runs on as sentences do, below no header."""
    behind = rows[1:] or rows
    if all(not row[1].strip() for row in behind):
        return True
    if 2 * sum(not row[0].strip() for row in behind) >= len(behind):
        return True
    if sign not in _ENDS or all(cell.isidentifier() for cell in rows[0]):
        return False
    spaces = sum(row[1].count(" ") for row in behind) / len(behind)
    return spaces >= _RUNS_ON or (
        len(rows) < 3 and any(" " in cell for row in rows for cell in row)
    )
