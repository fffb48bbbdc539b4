"""Reads pictures: upright, scaled, without metadata; size, colours, codes and text in boxes."""

from __future__ import annotations

import base64
import io
from typing import Any

from musespark import letters
from musespark.letters import box_of
from musespark.message import Document, Image
from musespark.observation import Observation, Seen
from musespark.problem import Problem

takes = (
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/gif",
    "image/bmp",
    "image/tiff",
    "image/avif",
    "image/svg+xml",
)
version = 1
readers = ("pillow", "zxing-cpp", *letters.readers)

MOST_PIXELS = 100_000_000  # of a picture that is decoded at all
_READ_AT = 3_000  # pixels of the longer side at which text and codes are read
_SHOWN_AT = 1_568  # and at which a model gets it: larger ones are scaled down by most
_PALETTE = 256  # a picture of fewer colours is a drawing, and stays sharp as PNG
_TEXT = 10_000  # characters
_PLACE_AND_DEVICE = (0x8825, 0x010F, 0x0110)  # Exif: GPS, maker, model
_COLOURS = {
    "black": (15, 15, 15), "white": (245, 245, 245), "grey": (128, 128, 128),
    "red": (200, 30, 30), "orange": (240, 140, 30), "yellow": (245, 220, 60),
    "green": (50, 150, 60), "turquoise": (60, 190, 190), "blue": (40, 80, 200),
    "light blue": (150, 195, 240), "purple": (130, 60, 170), "pink": (240, 150, 180),
    "brown": (120, 75, 40), "beige": (225, 205, 170), "dark blue": (20, 30, 80),
    "dark green": (20, 70, 40), "light grey": (200, 200, 200), "dark grey": (65, 65, 65),
}  # fmt: skip


def picture(data: bytes, media: str) -> Seen:
    """The picture as a model may have it, what was read in it in words, and each with its box.
    Raises Problem: `svg_refused`, `too_many_pixels`."""
    if media == "image/svg+xml":
        raise Problem(
            "svg_refused", "{name} is a drawing in SVG, which is not opened yet.",
            why="Such a file can hold scripts and links to elsewhere.",
            next="Export it as PNG and attach that.", status=415,
        )  # fmt: skip
    import PIL
    from PIL import Image as Pictures
    from PIL import ImageOps

    Pictures.MAX_IMAGE_PIXELS = None  # we look ourselves, before anything is decoded
    whole = Pictures.open(io.BytesIO(data), formats=(media.removeprefix("image/").upper(),))
    width, height = whole.size
    if width * height > MOST_PIXELS:
        raise Problem(
            "too_many_pixels", "{name} has too many pixels.",
            why=f"It has {width:,} × {height:,}; {MOST_PIXELS // 1_000_000} million are read.",
            next="Save it smaller and attach that.", status=422,
        )  # fmt: skip
    reader = f"pillow {PIL.__version__}"
    notes = []
    exif = whole.getexif()
    if any(tag in exif for tag in _PLACE_AND_DEVICE):
        notes.append("It says where or with what it was taken; that was left out.")
    if getattr(whole, "is_animated", False) or getattr(whole, "n_frames", 1) > 1:
        notes.append("It holds several pictures; only the first was read.")
    whole.draft("RGB", (_READ_AT, _READ_AT))  # a large JPEG is decoded at a part of its size
    upright = ImageOps.exif_transpose(whole)
    turned = exif.get(0x0112, 1) in (5, 6, 7, 8)
    size = f"{height:,} × {width:,}" if turned else f"{width:,} × {height:,}"
    clear = "A" in upright.getbands() or "transparency" in upright.info
    upright = upright.convert("RGBA" if clear else "RGB")
    upright.thumbnail((_READ_AT, _READ_AT))
    flat = upright
    if clear:  # what is transparent is seen on white
        flat = Pictures.new("RGB", upright.size, "white")
        flat.paste(upright, mask=upright.getchannel("A"))
    seen = [Observation("size", f"{size} pixels", reader=reader)]
    seen.append(Observation("colours", _colours(flat), reader=reader))
    seen += [Observation("note", note, reader=reader) for note in notes]
    codes = _codes(flat)
    seen += codes
    seen += [each for each in _text(flat) if not any(_within(each, code) for code in codes)]
    shown = upright.copy()
    shown.thumbnail((_SHOWN_AT, _SHOWN_AT), Pictures.Resampling.LANCZOS)
    parts = (Image(_address(shown, clear)), Document(_words(seen), ""))
    return Seen(media, "picture", parts, tuple(seen))


def _address(shown: Any, clear: bool) -> str:
    """The picture as a `data:` URL, made anew from its pixels: nothing of its file beside them."""
    out, drawn = io.BytesIO(), clear or shown.getcolors(_PALETTE) is not None
    bare = shown.copy()
    bare.info.clear()
    if drawn:
        bare.save(out, "PNG", optimize=True)
    else:
        bare.save(out, "JPEG", quality=88)
    media = "image/png" if drawn else "image/jpeg"
    return f"data:{media};base64,{base64.b64encode(out.getvalue()).decode()}"


def _colours(flat: Any) -> str:
    """The main colours with their shares of the picture, the largest first."""
    small = flat.resize((64, 64))
    shares: dict[str, int] = {}
    for count, pixel in small.getcolors(64 * 64):
        name = min(_COLOURS, key=lambda each: _apart(_COLOURS[each], pixel))
        shares[name] = shares.get(name, 0) + count
    ordered = sorted(shares.items(), key=lambda each: -each[1])
    main = [(name, count / 4096) for name, count in ordered[:5] if count >= 4096 * 0.04]
    return ", ".join(f"{name} {share:.0%}" for name, share in main or [(ordered[0][0], 1.0)])


def _apart(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    """How different two colours look: the "redmean" weighting of Thiadmer Riemersma."""
    red = (one[0] + other[0]) / 2
    r, g, b = (float(a - c) ** 2 for a, c in zip(one, other, strict=True))
    return (2 + red / 256) * r + 4 * g + (2 + (255 - red) / 256) * b


def _within(one: Observation, other: Observation) -> bool:
    """Whether the middle of one box lies in the other: the squares of a code are no letters."""
    if one.box is None or other.box is None:
        return False
    x, y = (one.box[0] + one.box[2]) / 2, (one.box[1] + one.box[3]) / 2
    left, top, right, bottom = other.box
    return left <= x <= right and top <= y <= bottom


def _codes(flat: Any) -> list[Observation]:
    """Barcodes and QR codes with their content."""
    import zxingcpp

    found = []
    for code in zxingcpp.read_barcodes(flat):
        at = code.position
        corners = [(p.x, p.y) for p in (at.top_left, at.top_right, at.bottom_right, at.bottom_left)]
        kind = str(code.format).removeprefix("BarcodeFormat.")
        found.append(
            Observation(
                "code", f"{kind}: {code.text}", box_of(corners, flat.size), reader="zxing-cpp"
            )
        )
    return found


def _text(flat: Any) -> list[Observation]:
    """The lines of text with their boxes, where a reader is installed."""
    return letters.lines(flat) if letters.is_installed() else [Observation("note", letters.MISSING)]


def _words(seen: list[Observation]) -> str:
    """What was read, for a model that cannot see the picture, or sees it scaled down."""
    by = {kind: [each for each in seen if each.kind == kind] for kind in ("text", "code", "note")}
    lines = [f"A picture of {seen[0].what}. Main colours: {seen[1].what}."]
    lines += [each.what for each in by["note"]]
    if by["code"]:
        lines += ["", "Codes in it:", *(f"- {each.what}" for each in by["code"])]
    if by["text"]:
        lines += ["", "Text in it:", *(each.what for each in by["text"])]
    text = "\n".join(lines)
    return text if len(text) <= _TEXT else text[: _TEXT - 1] + "…"
