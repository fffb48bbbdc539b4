"""A drawing in SVG, drawn safely: no script runs in it, and nothing outside it is opened.

It is taken apart by lxml without entities, documents elsewhere or a network; what could act or lead
out of it is left out; what is left is drawn by resvg, which knows neither scripts nor addresses.
"""

from __future__ import annotations

import importlib
import math
import re
from typing import Any

from msgspec import Struct

from musespark.observation import Box, Observation
from musespark.problem import Problem

_MOST = 200_000  # elements, with those that are drawn again by <use>
_DEEP = 200  # elements in one another
_TEXTS = 2_000
_ACTING = {
    "script", "foreignObject", "iframe", "audio", "video", "handler", "listener", "set",
    "animate", "animateMotion", "animateTransform", "animateColor", "discard",
}  # fmt: skip
_INSIDE = re.compile(r"\s*data:image/(?:png|jpe?g|gif|webp)[;,]", re.IGNORECASE)
_OUTSIDE = re.compile(r"@import|url\(\s*['\"]?\s*(?!#|['\"])(?!data:image/(?:png|jpe?g|gif|webp))",
                      re.IGNORECASE)  # fmt: skip
_UNITS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96.0,
          "em": 16.0, "ex": 8.0}  # fmt: skip
_LENGTH = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*([a-z]*)\s*\Z", re.IGNORECASE)
_CHANGE = re.compile(r"(matrix|translate|scale|rotate|skewX|skewY)\s*\(([^)]*)\)")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.IGNORECASE)
_WIDE = 0.55  # of its height: a letter, on average

_Matrix = tuple[float, float, float, float, float, float]


class Drawing(Struct, frozen=True):
    """What was drawn: a PNG, the size that the file asks for ("" for none), its words as
    observations, and whether something was left out that acts or leads elsewhere."""

    png: bytes
    size: str
    words: tuple[Observation, ...]
    left_out: bool


def drawn(data: bytes, longest: int) -> Drawing:
    """The drawing, with its longer side at `longest` pixels. Raises Problem: `unreadable`,
    `svg_too_much`."""
    import resvg_py

    root = _opened(data)
    left_out = _cleaned(root)
    _bounded(root)
    frame = _frame(root)
    given: dict[str, Any] = {"width": longest}
    for each in ("width", "height"):
        root.attrib.pop(each, None)  # what it asks for may be of any size
    if frame is not None:
        given = {"width" if frame[2] >= frame[3] else "height": longest}
        root.set("viewBox", " ".join(f"{each:g}" for each in frame))
    etree: Any = importlib.import_module("lxml.etree")
    try:
        png = resvg_py.svg_to_bytes(svg_string=etree.tostring(root, encoding="unicode"), **given)
    except ValueError as error:
        raise _broken(str(error)) from None
    return Drawing(png, _asked(frame), tuple(_words(root, frame)), left_out)


def _broken(why: str) -> Problem:
    said = " ".join(why.split())[:200]
    return Problem("unreadable", "{name} cannot be drawn.", why=f"It is broken: {said}.",
                   next="Export it as PNG and attach that.", status=422)  # fmt: skip


def _opened(data: bytes) -> Any:
    etree: Any = importlib.import_module("lxml.etree")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False,
                             huge_tree=False, remove_comments=True, remove_pis=True)  # fmt: skip
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _broken(str(error)) from None
    if _name(root) != "svg":
        raise _broken("its first element is no svg")
    bare = etree.Element(root.tag, root.attrib, nsmap=root.nsmap)  # without what declares entities
    bare.text = root.text
    bare.extend(root)
    return bare


def _name(element: Any) -> str:
    """The name of an element without its namespace, "" for what is none."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _cleaned(root: Any) -> bool:
    """Take out what acts or leads out; whether there was any."""
    found = False
    for element in list(root.iter()):
        name = _name(element)
        if element is not root and (not name or name in _ACTING):
            found = True
            parent = element.getparent()
            if parent is not None:
                parent.remove(element)
            continue
        for key, value in list(element.attrib.items()):
            local = key.rpartition("}")[2]
            leads = local in ("href", "src") and not value.strip().startswith("#")
            if leads and name == "image" and _INSIDE.match(value):
                continue
            if leads or local.lower().startswith("on") or local == "base" or _OUTSIDE.search(value):
                found = found or name != "a"  # a link that nobody follows
                del element.attrib[key]
        if name == "style" and element.text and _OUTSIDE.search(element.text):
            found, element.text = True, ""
    return found


def _bounded(root: Any) -> None:
    """Raises Problem where it has too many elements, or `use` makes too many of them."""
    known = {element.get("id"): element for element in root.iter() if element.get("id")}
    counts: dict[Any, int] = {}

    def count(element: Any, deep: int) -> int:
        if deep > _DEEP:
            raise _too_much()
        if element in counts:
            if counts[element] < 0:
                return 0  # it draws itself: resvg leaves that out
            return counts[element]
        counts[element] = -1
        made = 1 + sum(count(each, deep + 1) for each in element)
        if _name(element) == "use":
            for key, value in element.attrib.items():
                meant = known.get(value.strip()[1:]) if key.rpartition("}")[2] == "href" else None
                made += count(meant, deep + 1) if meant is not None else 0
        if made > _MOST:
            raise _too_much()
        counts[element] = made
        return made

    count(root, 0)


def _too_much() -> Problem:
    return Problem(
        "svg_too_much", "{name} draws too much.",
        why=f"It has more than {_MOST:,} elements, or {_DEEP} in one another.",
        next="Export it as PNG and attach that.", status=422,
    )  # fmt: skip


def _length(value: str | None) -> float | None:
    found = _LENGTH.match(value or "")
    if found is None or found[2].lower() not in _UNITS:
        return None
    made = float(found[1]) * _UNITS[found[2].lower()]
    return made if 0 < made < 1e9 else None


def _frame(root: Any) -> tuple[float, float, float, float] | None:
    """The part of its plane that it shows: left, top, width, height; None where it does not say."""
    numbers = [float(each) for each in _NUMBER.findall(root.get("viewBox") or "")]
    if len(numbers) == 4 and 0 < numbers[2] < 1e9 and 0 < numbers[3] < 1e9:
        return numbers[0], numbers[1], numbers[2], numbers[3]
    wide, tall = _length(root.get("width")), _length(root.get("height"))
    return (0.0, 0.0, wide, tall) if wide and tall else None


def _asked(frame: tuple[float, float, float, float] | None) -> str:
    return "" if frame is None else f"{frame[2]:,.0f} × {frame[3]:,.0f}"


def _words(root: Any, frame: tuple[float, float, float, float] | None) -> list[Observation]:
    """Its texts, word for word, each with about the box where it stands."""
    found: list[Observation] = []
    for element in root.iter():
        if _name(element) not in ("text", "title", "desc") or len(found) >= _TEXTS:
            continue
        said = " ".join("".join(element.itertext()).split())
        if not said:
            continue
        box = _text_box(element, said, frame) if _name(element) == "text" else None
        found.append(Observation("text", said, box, reader="svg"))
    return sorted(found, key=lambda each: (each.box[1], each.box[0]) if each.box else (-1, -1))


def _text_box(
    element: Any, said: str, frame: tuple[float, float, float, float] | None
) -> Box | None:
    """About where a text stands; None where that cannot be told."""
    if frame is None:
        return None
    inner = [element, *(each for each in element if _name(each) == "tspan")]
    x, y = (next((v for each in inner for v in _NUMBER.findall(each.get(k) or "")[:1]), "0")
            for k in "xy")  # fmt: skip
    size = _length(_inherited(element, "font-size")) or 16.0
    wide = _WIDE * size * len(said)
    anchor = {"middle": 0.5, "end": 1.0}.get(_inherited(element, "text-anchor") or "", 0.0)
    left, top = float(x) - anchor * wide, float(y) - size
    corners = [
        (left, top),
        (left + wide, top),
        (left + wide, top + 1.2 * size),
        (left, top + 1.2 * size),
    ]
    change = _to_root(element)
    placed = [_applied(change, corner) for corner in corners]
    across = [min(max(round(1000 * (px - frame[0]) / frame[2]), 0), 1000) for px, _ in placed]
    down = [min(max(round(1000 * (py - frame[1]) / frame[3]), 0), 1000) for _, py in placed]
    box = (min(across), min(down), max(across), max(down))
    return box if box[0] < box[2] and box[1] < box[3] else None


def _inherited(element: Any, name: str) -> str | None:
    """A property as it is set on the element or the nearest one around it."""
    while element is not None:
        found = re.search(rf"(?:^|;)\s*{name}\s*:\s*([^;]+)", element.get("style") or "")
        value = found[1].strip() if found else element.get(name)
        if value:
            return str(value)
        element = element.getparent()
    return None


def _to_root(element: Any) -> _Matrix:
    """The change of places from an element to the whole drawing."""
    made: _Matrix = (1, 0, 0, 1, 0, 0)
    while element is not None:
        for kind, given in reversed(_CHANGE.findall(element.get("transform") or "")):
            made = _times(_matrix(kind, [float(each) for each in _NUMBER.findall(given)]), made)
        element = element.getparent()
    return made


def _matrix(kind: str, n: list[float]) -> _Matrix:
    if kind == "matrix" and len(n) == 6:
        return n[0], n[1], n[2], n[3], n[4], n[5]
    if kind == "translate" and n:
        return 1, 0, 0, 1, n[0], n[1] if len(n) > 1 else 0
    if kind == "scale" and n:
        return n[0], 0, 0, n[1] if len(n) > 1 else n[0], 0, 0
    if kind == "rotate" and n:
        cos, sin = math.cos(math.radians(n[0])), math.sin(math.radians(n[0]))
        x, y = (n[1], n[2]) if len(n) > 2 else (0.0, 0.0)
        return cos, sin, -sin, cos, x - cos * x + sin * y, y - sin * x - cos * y
    return 1, 0, 0, 1, 0, 0


def _times(one: _Matrix, other: _Matrix) -> _Matrix:
    a, b, c, d, e, f = one
    g, h, i, j, k, m = other
    return (a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j,
            a * k + c * m + e, b * k + d * m + f)  # fmt: skip


def _applied(matrix: _Matrix, point: tuple[float, float]) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    x, y = point
    return a * x + c * y + e, b * x + d * y + f
