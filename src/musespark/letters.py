"""The letters in a picture: lines of text with their boxes, in the order they are read in."""

from __future__ import annotations

import math
import statistics
import time
from itertools import pairwise
from typing import Any

from msgspec import Struct

from musespark import ocr
from musespark.observation import Box, Observation

readers = ocr.MODELS  # for the senses that use it: their `readers`
MISSING = "No text reader is installed, so text in it was not read: musespark[ocr] has one."

_LEAST_SURE = 0.6
_SIDES = 960, 1_600  # pixels of the longer side at which lines are looked for
_LEAST, _UPSCALED = 736, 2.5  # pixels of the shorter side, as far as it may be enlarged
_LOW = 14  # pixels of a line, when looked for, below which it is looked for again
_DARK = 130  # of 255: what lies between the darkest and the lightest is spread out below it


class _Word(Struct, frozen=True):
    """A line as found, its place measured along the way it is read: from `left` to `right`, about
    `middle` down, `tall`."""

    text: str
    sure: float
    box: Box
    left: float
    right: float
    middle: float
    tall: float


def is_installed() -> bool:
    """Whether a text reader is there; without one `lines` gives nothing."""
    return ocr.is_installed()


def lines(picture: Any, seconds: float = 35.0) -> list[Observation]:
    """The lines of text in a picture of Pillow (upright), each with its box, in reading order; []
    where no reader is installed. What stands beside each other in a row of a table or a receipt is
    one line. To be called in a sandbox only: it takes seconds and memory. The first call loads the
    reader, the next ones in the same child do not. What is not read after so many `seconds` is left
    out, and a note says so."""
    if not is_installed():
        return []
    import numpy as np

    flat = picture if picture.mode == "RGB" else picture.convert("RGB")
    pixels = _lit(np.ascontiguousarray(np.asarray(flat)[:, :, ::-1]))
    looked = _looked(pixels, time.monotonic() + seconds)
    unread = sum(line.sure < 0 for line in looked)
    found = [line for line in looked if line.text.strip() and line.sure >= _LEAST_SURE]
    read = [_joined(row) for row in _rows(_laid(found, flat.size))] if found else []
    if unread > len(looked) // 20:
        said = f"Of {len(looked):,} pieces of text {unread:,} were not read: it took too long."
        read.append(Observation("note", said))
    return read


def box_of(points: Any, size: tuple[int, int]) -> Box:
    """The box around points in pixels, 0 to 1000 each way."""
    across = [min(max(round(1000 * float(x) / size[0]), 0), 1000) for x, _ in points]
    down = [min(max(round(1000 * float(y) / size[1]), 0), 1000) for _, y in points]
    return min(across), min(down), max(across), max(down)


def _lit(pixels: Any) -> Any:
    """Pixels of a picture in low light made as light as others."""
    import numpy as np

    few = pixels[:: max(pixels.shape[0] // 300, 1), :: max(pixels.shape[1] // 300, 1)]
    low, high = (float(value) for value in np.percentile(few, (0.5, 99.5)))
    if high - low >= _DARK or high - low < 12:
        return pixels
    spread = (pixels.astype(np.float32) - low) * (235 / (high - low)) + 10
    return spread.clip(0, 255).astype(np.uint8)


def _looked(pixels: Any, until: float) -> list[ocr.Line]:
    """The lines, looked for at one size, and at a larger one where they turn out to be small."""
    height, width = pixels.shape[:2]
    long, short = max(height, width), min(height, width)
    side = min(max(long, min(_LEAST / short, _UPSCALED) * long), _SIDES[0])
    found = ocr.read(pixels, round(side), until)
    more = min(max(long, side), _SIDES[1])
    if found and more > side * 1.2:
        tall = statistics.median(_tall(line) for line in found) * side / long
        if tall < _LOW:
            found = ocr.read(pixels, round(more), until)
    return found


def _tall(line: ocr.Line) -> float:
    a, b, c, _ = line.corners
    return float(min(math.dist(a, b), math.dist(b, c)))


def _laid(found: list[ocr.Line], size: tuple[int, int]) -> list[_Word]:
    """The lines laid out as most of them are read, however the picture was held."""
    votes: dict[int, int] = {}
    for line in found:
        votes[line.turn] = votes.get(line.turn, 0) + len(line.text)
    turn = max(votes, key=votes.__getitem__)
    slants = [(_slant(line), len(line.text)) for line in found if line.turn == turn]
    slants.sort()
    left, slant = sum(weight for _, weight in slants) / 2, 0.0  # the weighted median of them
    while left > 0:
        slant, weight = slants.pop()
        left -= weight
    angle = math.radians(turn) - slant  # back to level
    cos, sin = math.cos(angle), math.sin(angle)
    words = []
    for line in found:
        points = [(float(x), float(y)) for x, y in line.corners]
        laid = [(x * cos - y * sin, x * sin + y * cos) for x, y in points]
        across, down = [x for x, _ in laid], [y for _, y in laid]
        words.append(_Word(
            line.text.strip(), line.sure, box_of(points, size), min(across), max(across),
            sum(down) / 4, max(_tall(line), 1.0) if turn == line.turn else max(down) - min(down),
        ))  # fmt: skip
    return words


def _slant(line: ocr.Line) -> float:
    """How far a line runs downhill, in radians, measured along its longer side."""
    a, b, c, _ = line.corners
    if line.turn in (0, 180):
        return math.atan2(float(b[1] - a[1]), float(b[0] - a[0]))
    return math.atan2(-float(c[0] - b[0]), float(c[1] - b[1]))


def _rows(words: list[_Word]) -> list[list[_Word]]:
    """Rows in reading order, each from the left: columns of text one after the other, but what
    belongs to a line, such as its price, stays beside it."""
    rows: list[list[_Word]] = []
    for word in sorted(words, key=lambda each: each.middle):
        for row in reversed(rows[-4:]):
            near = min(row, key=lambda each: abs(each.middle - word.middle))
            apart = min(near.tall, word.tall) * 0.5
            if abs(near.middle - word.middle) < apart and not _over(row, word):
                row.append(word)
                break
        else:
            rows.append([word])
    for row in rows:
        row.sort(key=lambda each: each.left)
    return _by_columns(rows)


def _over(row: list[_Word], word: _Word) -> bool:
    """Whether it stands above or below one of the row rather than beside it."""
    return any(
        min(each.right, word.right) - max(each.left, word.left)
        > 0.3 * min(each.right - each.left, word.right - word.left)
        for each in row
    )


def _by_columns(rows: list[list[_Word]]) -> list[list[_Word]]:
    """Rows that go on side by side, cut where a gap runs through two or more of them with running
    text on both sides."""
    made: list[list[_Word]] = []
    block: list[list[_Word]] = []
    gap = (0.0, 0.0)
    for row in [*rows, []]:
        new = _gap(row)
        both = (max(gap[0], new[0]), min(gap[1], new[1])) if block and new else new
        fits = not block or (both[1] - both[0] > 0) or _one_side(row, gap)
        if block and not (row and fits and (new[1] > new[0] or _one_side(row, gap))):
            made += _cut(block, gap)
            block, gap = [], (0.0, 0.0)
            both = new
        if not row:
            break
        if new[1] > new[0]:
            gap = both if block else new
            block.append(row)
        elif block:
            block.append(row)
        else:
            made.append(row)
    return made


def _gap(row: list[_Word]) -> tuple[float, float]:
    """The widest gap between running text in a row; (0, 0) for none."""
    best = (0.0, 0.0)
    for left, right in pairwise(row):
        wide = right.left - left.right
        if wide > 1.2 * max(left.tall, right.tall) and _runs(left) and _runs(right) \
                and wide > best[1] - best[0]:  # fmt: skip
            best = (left.right, right.left)
    return best


def _runs(word: _Word) -> bool:
    """Whether it is running text: more than a word, and no number."""
    letters = sum(sign.isalpha() for sign in word.text)
    return letters > 0.5 * len(word.text) and (word.right - word.left) > 5 * word.tall


def _one_side(row: list[_Word], gap: tuple[float, float]) -> bool:
    middle = (gap[0] + gap[1]) / 2
    return (
        gap[1] > gap[0]
        and bool(row)
        and (all(each.right <= middle for each in row) or all(each.left >= middle for each in row))
    )


def _cut(block: list[list[_Word]], gap: tuple[float, float]) -> list[list[_Word]]:
    """A block of rows as its left column and then its right one; as it is where it has only one
    row with both."""
    middle = (gap[0] + gap[1]) / 2
    left = [[each for each in row if each.left < middle] for row in block]
    right = [[each for each in row if each.left >= middle] for row in block]
    if sum(1 for one, other in zip(left, right, strict=True) if one and other) < 2:
        return block
    return [row for row in (*left, *right) if row]


def _joined(row: list[_Word]) -> Observation:
    """A row as one observation."""
    boxes = [each.box for each in row]
    box = (min(b[0] for b in boxes), min(b[1] for b in boxes),
           max(b[2] for b in boxes), max(b[3] for b in boxes))  # fmt: skip
    long = sum(len(each.text) for each in row)
    sure = sum(each.sure * len(each.text) for each in row) / long
    return Observation("text", " ".join(each.text for each in row), box, sure=round(sure, 3),
                       reader="rapidocr")  # fmt: skip
