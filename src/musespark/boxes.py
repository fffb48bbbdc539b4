"""Boxes in pictures as sources: where a model that sees says something is, or its words stand.

A model that gets a picture is told how to write them. Models that were trained to write them in a
way of their own do so all the same, so the ways whose makers document them are read as well.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence

import msgspec

from musespark.message import Document, Image, Message, Source, Words
from musespark.observation import Box

HOW = (
    "Where you say where something is in a picture, put a mark such as [1] behind it, and end "
    "your answer with a line for each mark: [1]: picture 1, box left,top,right,bottom, what it is. "
    "Count the pictures from 1, and measure from the left upper corner, 0 to 1000 each way."
)
_MOST = 50  # boxes of an answer
_N = r"\s*(-?\d+(?:\.\d+)?)\s*"
_FOUR = rf"{_N},{_N},{_N},{_N}"
_OURS = re.compile(
    rf"(?im)^[\s>*-]*\[(\d{{1,3}})\]\s*:?\s*[^\n]*?\b(?:picture|image|bild|imagen)\s*"
    rf"(\d{{1,2}})[^\n\d]*?\b(?:box|caja|kasten|cadre|boîte)\W*?{_FOUR}"
    r"[\])]?[ \t]*[,;:–-]?[ \t]*([^\n]*)$"
)
# Gemini: "box_2d", [top, left, bottom, right], 0 to 1000. Qwen 2.5 and 3: "bbox_2d", [left, top,
# right, bottom]; in 2.5 pixels, in 3 0 to 1000. Qwen 2: box_start, two corners, 0 to 1000.
# PaliGemma: four <loc>, top first, 0 to 1023.
_JSON = re.compile(rf'"(b?box_2d)"\s*:\s*\[{_FOUR}\]')
_LABEL = re.compile(r'"label"\s*:\s*"([^"\n]{1,200})"')
_QWEN2 = re.compile(
    rf"(?:<\|object_ref_start\|>([^<]{{1,200}})<\|object_ref_end\|>)?"
    rf"<\|box_start\|>\({_N},{_N}\),\({_N},{_N}\)<\|box_end\|>"
)
_LOC = re.compile(r"<loc(\d{4})><loc(\d{4})><loc(\d{4})><loc(\d{4})>\s*([^;<\n]{0,200})")
_PIXELS = re.compile(r"qwen2[._-]?5", re.IGNORECASE)


def pictures(messages: Iterable[Message]) -> list[Image]:
    """The pictures that a model sees, in order."""
    return [part for m in messages for part in m.parts if isinstance(part, Image)]


def sources(
    answer: str, shown: Sequence[Image], model: str = "", taken: Iterable[int] = ()
) -> list[Source]:
    """The boxes in an answer about the pictures `shown`, each a source with the number that the
    answer gives it, or a free one; `model` is the name of the one that wrote it."""
    found: list[Source] = []
    used = set(taken)
    for number, which, values, label in _written(answer, model, shown):
        if not 1 <= which <= len(shown) or len(found) >= _MOST:
            continue
        box = _box(values)
        picture = shown[which - 1]
        if box is None:
            continue
        if not number or number in used:
            number = next(n for n in range(1, 10_000) if n not in used)
        used.add(number)
        where = ",".join(map(str, box))
        found.append(Source(number, picture.name or f"picture {which}", label.strip(" .\"'|*"),
                            place=f"box {where}", file=picture.file, box=box))  # fmt: skip
    return found


def placed(source: Source, documents: Iterable[Document]) -> Source:
    """A passage of what was read in a picture with the box around its lines."""
    for document in documents:
        if not isinstance(document, Words) or document.name != source.title:
            continue
        start = document.text.find(source.quote)
        if start < 0:
            continue
        first = document.text.count("\n", 0, start)
        last = first + source.quote.count("\n")
        there = [box for box in document.boxes[first : last + 1] if box is not None]
        if there:
            box = (min(b[0] for b in there), min(b[1] for b in there),
                   max(b[2] for b in there), max(b[3] for b in there))  # fmt: skip
            return msgspec.structs.replace(source, file=document.file, box=box)
    return source


_Found = tuple[int, int, list[float], str]  # the number it has, the picture, its sides, what it is


def _written(answer: str, model: str, shown: Sequence[Image]) -> list[_Found]:
    found: list[_Found] = []
    for line in _OURS.finditer(answer):
        which = int(line[2])
        values = _scaled([float(line[n]) for n in range(3, 7)], which, shown)
        found.append((int(line[1]), which, values, line[7]))
    if found or len(shown) != 1:  # the others do not say which picture they mean
        return found
    for each in _JSON.finditer(answer):
        values = [float(each[n]) for n in range(2, 6)]
        if each[1] == "box_2d":
            values = [values[1], values[0], values[3], values[2]]
        elif _PIXELS.search(model):
            values = _of_pixels(values, 1, shown)
        around = answer[max(answer.rfind("{", 0, each.start()), 0) : each.end() + 250]
        label = _LABEL.search(around.partition("}")[0])
        found.append((0, 1, _scaled(values, 1, shown), label[1] if label else ""))
    for each in _QWEN2.finditer(answer):
        found.append((0, 1, [float(each[n]) for n in range(2, 6)], each[1] or ""))
    for each in _LOC.finditer(answer):
        top, left, bottom, right = (int(each[n]) / 1.024 for n in range(1, 5))
        found.append((0, 1, [left, top, right, bottom], each[5]))
    return found


def _scaled(values: list[float], which: int, shown: Sequence[Image]) -> list[float]:
    """Sides from 0 to 1000, whatever they were measured in: shares of 1, or pixels where one is
    beyond 1000."""
    if max(values) <= 1 and any(value % 1 for value in values):
        return [value * 1000 for value in values]
    return _of_pixels(values, which, shown) if max(values) > 1000 else values


def _of_pixels(values: list[float], which: int, shown: Sequence[Image]) -> list[float]:
    size = _size(shown[which - 1].url) if which <= len(shown) else None
    if size is None:
        return values
    return [value * 1000 / size[n % 2] for n, value in enumerate(values)]


def _box(values: list[float]) -> Box | None:
    """Sides as a box; None for what is none."""
    left, top, right, bottom = (min(max(round(value), 0), 1000) for value in values)
    if max(values) > 1100 or min(values) < -100 or left >= right or top >= bottom:
        return None
    return left, top, right, bottom


def _size(url: str) -> tuple[int, int] | None:
    """Width and height of a PNG or JPEG in a `data:` URL; None for what is another."""
    head, _, data = url.partition(",")
    if not head.startswith("data:") or not head.endswith(";base64"):
        return None
    try:
        raw = base64.b64decode(data[:88_000])
    except ValueError:
        return None
    if raw.startswith(b"\x89PNG\r\n\x1a\n"):
        wide, tall = int.from_bytes(raw[16:20]), int.from_bytes(raw[20:24])
        return (wide, tall) if wide and tall else None
    place = 2
    while raw.startswith(b"\xff\xd8") and place + 9 < len(raw) and raw[place] == 0xFF:
        if 0xC0 <= raw[place + 1] <= 0xCF and raw[place + 1] not in (0xC4, 0xC8, 0xCC):
            tall, wide = (int.from_bytes(raw[place + n : place + n + 2]) for n in (5, 7))
            return (wide, tall) if wide and tall else None
        place += 2 + int.from_bytes(raw[place + 2 : place + 4])
    return None
