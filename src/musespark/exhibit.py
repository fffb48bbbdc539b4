"""Evidence as HTML, as the web app shows it: a picture with its box, a page, cells, a second."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

from markupsafe import Markup
from msgspec import Struct

from musespark.observation import Box

AROUND = 8  # rows that are shown before the cells that are meant, and after
MOST = 200  # rows at once
_NUMBERS = re.compile(r"(?:U?(?:TINY|SMALL|BIG|HUGE)?INT|INTEGER|UINTEGER|DOUBLE|FLOAT|DECIMAL)\b")
_RANGE = re.compile(r"([A-Z]{1,3})(\d{1,9})(?::([A-Z]{1,3})(\d{1,9}))?")


class Range(Struct, frozen=True):
    """Cells: rows as the file numbers them, from 1; columns from 0; both ends within."""

    top: int
    bottom: int
    left: int
    right: int

    def has(self, row: int, column: int) -> bool:
        return self.top <= row <= self.bottom and self.left <= column <= self.right


def ranges(cells: str) -> list[Range]:
    """Cells such as "B2:B120, D7" as ranges."""
    found = (each.groups() for each in _RANGE.finditer(cells.upper()))
    return [
        Range(int(top), int(bottom or top), _column(left), _column(right or left))
        for left, top, right, bottom in found
    ]


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def window(meant: Sequence[Range]) -> tuple[int, int]:
    """The row of the file from which rows are shown, 0 for the first, and how many."""
    if not meant:
        return 0, MOST
    top = max(0, min(each.top for each in meant) - AROUND)
    return top, min(MOST, max(each.bottom for each in meant) - top + 1 + AROUND)


def picture(file: str, name: str, page: int = 0, box: Box | None = None) -> Markup:
    """A picture, or a page as one, with a box drawn over it."""
    source = _address(file, "view", **({"page": page} if page else {}))
    return Markup('<figure class="sight"><img src="{}" alt="{}">{}</figure>').format(
        source, name, _box(box)
    )


def played(file: str, name: str, media: str, second: float | None, box: Box | None) -> Markup:
    """Sound or a video at its second; the picture of that second stands there until it plays."""
    source = _address(file, "content") + (f"#t={second:g}" if second is not None else "")
    if not media.startswith("video/"):
        return Markup(
            '<figure class="sight"><audio src="{}" controls preload="metadata" aria-label="{}">'
            "</audio></figure>"
        ).format(source, name)
    still = Markup("")
    if second is not None:
        still = Markup(' poster="{}"').format(_address(file, "view", second=f"{second:g}"))
    return Markup(
        '<figure class="sight"><video src="{}"{} controls preload="metadata" playsinline'
        ' aria-label="{}"></video>{}</figure>'
    ).format(source, still, name, _box(box))


def table(found: dict[str, Any], meant: Sequence[Range]) -> Markup:
    """Rows as `GET /v1/files/{id}/rows` gives them, under their heads and beside their numbers in
    the file; the cells that are meant are marked."""
    columns = found["columns"]
    numbers = [bool(_NUMBERS.match(each["type"])) for each in columns]
    heads = Markup("").join(
        Markup('<th scope="col"{}><small>{}</small> {}</th>').format(
            Markup(' class="number"') if number else "", each["letters"] or "", each["name"]
        )
        for each, number in zip(columns, numbers, strict=True)
    )
    places = [_column(each["letters"]) if each["letters"] else -1 for each in columns]
    lines = Markup("").join(
        Markup('<tr><th scope="row">{}</th>{}</tr>').format(
            row["number"] or found["start"] + place + 1,
            Markup("").join(
                _cell(value, number, any(each.has(row["number"] or 0, column) for each in meant))
                for value, number, column in zip(row["cells"], numbers, places, strict=True)
            ),
        )
        for place, row in enumerate(found["rows"])
    )
    return Markup(
        '<div class="scroll cells" tabindex="0" role="region" aria-label="{}"><table class="data">'
        "<thead><tr><td></td>{}</tr></thead><tbody>{}</tbody></table></div>"
    ).format(found["sheet"] or found["name"], heads, lines)


def _cell(value: Any, number: bool, meant: bool) -> Markup:
    kinds = ["number"] * number + ["meant"] * meant
    kind = Markup(' class="{}"').format(" ".join(kinds)) if kinds else ""
    return Markup("<td{}>{}</td>").format(kind, "" if value is None else value)


def _box(box: Box | None) -> Markup:
    """A frame in a picture, and a veil over what lies around it."""
    if box is None:
        return Markup("")
    left, top, right, bottom = (min(1000, max(0, each)) for each in box)
    frame = f"M{left} {top}H{right}V{bottom}H{left}z"
    return Markup(
        '<svg viewBox="0 0 1000 1000" preserveAspectRatio="none" aria-hidden="true">'
        '<path class="around" fill-rule="evenodd" d="M0 0H1000V1000H0z{0}"/>'
        '<path class="box" d="{0}"/></svg>'
    ).format(frame)


def _address(file: str, what: str, **asked: Any) -> str:
    query = f"?{urlencode(asked)}" if asked else ""
    return f"/v1/files/{quote(file, safe='')}/{what}{query}"
