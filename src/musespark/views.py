"""Views: a place in a file as a picture, so that evidence can be seen: a page of a PDF, a picture,
a moment of a video.

`view` runs in a child process (`sandbox.py`); `viewed` calls it there.
"""

from __future__ import annotations

import io
from typing import Any

from msgspec import Struct

from musespark import films, pdf, sandbox, sounds, still, svg
from musespark.media import media_of
from musespark.problem import Problem

MOST_PIXELS = 100_000_000  # of a picture that is decoded at all
_LIMITS = sandbox.Limits(processor=20, seconds=20.0)
_PALETTE = 256  # a picture of fewer colours is a drawing, and stays sharp as PNG


def warm() -> None:
    """What takes long and is the same for every file (`warm.py`)."""
    import PIL.Image
    import PIL.ImageOps
    import pypdfium2  # noqa: F401

    PIL.Image.init()


class Picture(Struct, frozen=True):
    """A picture ready to be shown: its bytes, their type, and its size in pixels."""

    data: bytes
    media: str
    width: int
    height: int


async def viewed(data: bytes, name: str, page: int = 1, second: float = 0.0) -> Picture:
    """What stands in a file on a `page` (from 1) or at a `second`, as a picture. Raises Problem:
    `no_view` for what cannot be shown so, `no_page` for a page that it has not, `no_picture` for
    a sound."""
    given = {"media": media_of(data), "page": page, "second": second}
    return await sandbox.run("musespark.views:view", (data,), Picture, given, _LIMITS, name)


def view(data: bytes, media: str, page: int = 1, second: float = 0.0) -> Picture:
    """The picture itself, in the child. Raises Problem as `viewed` says."""
    if media == pdf.PDF:
        return _page(data, page)
    if media.startswith("image/"):
        return _picture(data, media)
    if media in sounds.FORMATS:
        return _frame(data, media, second)
    raise Problem(
        "no_view", "{name} cannot be shown as a picture.", why=f"It is {media}.",
        next="Pages of a PDF, pictures and video can be; look at its text instead.", status=415,
    )  # fmt: skip


def pages(data: bytes) -> int:
    """How many pages a PDF has, in the child."""
    return len(pdf.opened(data))


def _page(data: bytes, page: int) -> Picture:
    document = pdf.opened(data)
    if not 1 <= page <= len(document):
        raise Problem(
            "no_page", f"{{name}} has no page {page:,}.", why=f"It has {len(document):,}.",
            next=f"Ask for one from 1 to {len(document):,}.", status=404,
        )  # fmt: skip
    return _made(pdf.drawn(document[page - 1]))


def _frame(data: bytes, media: str, second: float) -> Picture:
    from PIL import Image as Pictures

    found = films.frame_at(io.BytesIO(data), media, second, pdf.DRAWN_AT)
    return Picture(found.picture, "image/jpeg", *Pictures.open(io.BytesIO(found.picture)).size)


def _picture(data: bytes, media: str) -> Picture:
    from PIL import Image as Pictures
    from PIL import ImageOps

    Pictures.MAX_IMAGE_PIXELS = None  # we look ourselves, before anything is decoded
    if media == "image/svg+xml":
        data, media = svg.drawn(data, pdf.DRAWN_AT).png, "image/png"
    whole = Pictures.open(io.BytesIO(data), formats=still.formats(media))
    if whole.size[0] * whole.size[1] > MOST_PIXELS:
        raise Problem(
            "too_many_pixels", "{name} has too many pixels.",
            why=f"It has {whole.size[0]:,} × {whole.size[1]:,}; "
            f"{MOST_PIXELS // 1_000_000} million are read.",
            next="Save it smaller and attach that.", status=422,
        )  # fmt: skip
    whole.draft("RGB", (pdf.DRAWN_AT, pdf.DRAWN_AT))
    upright = ImageOps.exif_transpose(whole).convert("RGBA")
    upright.thumbnail((pdf.DRAWN_AT, pdf.DRAWN_AT))
    flat = Pictures.new("RGB", upright.size, "white")
    flat.paste(upright, mask=upright.getchannel("A"))
    return _made(flat)


def _made(shown: Any) -> Picture:
    """Made anew from the pixels: nothing else of the file is in it."""
    out = io.BytesIO()
    drawing = shown.getcolors(_PALETTE) is not None
    if drawing:
        shown.save(out, "PNG")
    else:
        shown.save(out, "JPEG", quality=88)
    media = "image/png" if drawing else "image/jpeg"
    return Picture(out.getvalue(), media, *shown.size)
