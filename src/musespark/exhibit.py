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
_CELLS = re.compile(r"([A-Z]{1,3})(\d{1,9})(?::([A-Z]{1,3})(\d{1,9}))?")


class Cells(Struct, frozen=True):
    """A range of cells: rows as they are numbered in the sheet, from 1; columns from 0."""

    top: int
    bottom: int
    left: int
    right: int

    def has(self, row: int, column: int) -> bool:
        return self.top <= row <= self.bottom and self.left <= column <= self.right


def cells_of(name: str) -> Cells | None:
    """ "B2:B120" as a range; None for what is none."""
    found = _CELLS.fullmatch(name.strip().upper())
    if found is None:
        return None
    left, top, right, bottom = found.groups()
    return Cells(int(top), int(bottom or top), _column(left), _column(right or left))


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def window(cells: Cells | None) -> tuple[int, int]:
    """The first row that is shown, from 0 below the heads, and how many."""
    if cells is None:
        return 0, MOST
    start = max(0, cells.top - 2 - AROUND)
    return start, min(MOST, cells.bottom - cells.top + 1 + 2 * AROUND)


def picture(file: str, name: str, page: int = 0, box: Box | None = None) -> Markup:
    """A picture, or a page as one, with a box drawn over it."""
    source = _address(file, "view", page=page) if page else _address(file, "view")
    return Markup('<figure class="sight"><img src="{}" alt="{}">{}</figure>').format(
        source, name, _box(box)
    )


def played(file: str, name: str, media: str, second: float | None, box: Box | None) -> Markup:
    """Sound or a video at its second; the picture of that second stands there until it plays."""
    kind = "video" if media.startswith("video/") else "audio"
    source = _address(file, "content") + (f"#t={second:g}" if second is not None else "")
    still = Markup("")
    if kind == "video" and second is not None:
        still = Markup(' poster="{}"').format(_address(file, "view", second=f"{second:g}"))
    return Markup(
        '<figure class="sight"><{0} src="{1}"{2} controls preload="metadata" playsinline'
        ' aria-label="{3}"></{0}>{4}</figure>'
    ).format(Markup(kind), source, still, name, _box(box if kind == "video" else None))


def table(
    name: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], start: int,
    cells: Cells | None,
) -> Markup:  # fmt: skip
    """Rows of a table from `start` on, under their heads and beside their numbers in the sheet;
    the cells that are meant are marked."""
    heads = Markup("").join(Markup('<th scope="col">{}</th>').format(each) for each in columns)
    lines = Markup("").join(
        Markup('<tr><th scope="row">{}</th>{}</tr>').format(
            number, Markup("").join(_cell(row, place, number, cells) for place in range(len(row)))
        )
        for number, row in enumerate(rows, start + 2)
    )
    return Markup(
        '<div class="scroll cells" tabindex="0" role="region" aria-label="{}"><table class="data">'
        "<thead><tr><td></td>{}</tr></thead><tbody>{}</tbody></table></div>"
    ).format(name, heads, lines)


def _cell(row: Sequence[Any], place: int, number: int, cells: Cells | None) -> Markup:
    value = row[place]
    kinds = ["number"] * (isinstance(value, int | float) and not isinstance(value, bool))
    kinds += ["meant"] * (cells is not None and cells.has(number, place))
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
