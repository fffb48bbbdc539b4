"""Reads pictures: upright, scaled, bare; kind, size, colours, codes and text in boxes."""

from __future__ import annotations

import base64
import io
import re
from typing import Any

from musespark import genre, letters, still, svg
from musespark.letters import box_of
from musespark.message import Image, Words
from musespark.observation import LEFT_OUT, Box, Observation, Seen
from musespark.problem import Problem

takes = (
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/gif",
    "image/bmp",
    "image/tiff",
    "image/avif",
    "image/heic",
    "image/svg+xml",
)
version = 2
readers = ("pillow", "pillow-heif", "resvg-py", "zxing-cpp", *letters.readers)

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


def warm() -> None:
    """What takes long and is the same for every picture."""
    import PIL.Image
    import PIL.ImageOps
    import zxingcpp  # noqa: F401

    PIL.Image.init()
    letters.warm()


def picture(data: bytes, media: str) -> Seen:
    """The picture as a model may have it, what was read in it in words, and each with its box.
    What says when, where and with what it was taken is an observation "taken", and in no part.
    Raises Problem: `too_many_pixels`, `no_heic_reader`, those of `svg.drawn`."""
    import PIL

    Pictures = _pillow()
    reader, notes, drawing = f"pillow {PIL.__version__}", [], None
    if media == "image/svg+xml":
        drawing = svg.drawn(data, _SHOWN_AT)
        data, media, reader = drawing.png, "image/png", "resvg"
        if drawing.left_out:
            notes.append("It holds scripts, movement or links to elsewhere; these were left out.")
    whole = Pictures.open(io.BytesIO(data), formats=still.formats(media))
    width, height = whole.size
    if width * height > MOST_PIXELS:
        raise Problem(
            "too_many_pixels", "{name} has too many pixels.",
            why=f"It has {width:,} × {height:,}; {MOST_PIXELS // 1_000_000} million are read.",
            next="Save it smaller and attach that.", status=422,
        )  # fmt: skip
    exif = whole.getexif()
    camera = any(tag in exif for tag in _PLACE_AND_DEVICE)
    if camera:
        notes.append(LEFT_OUT)
    if getattr(whole, "is_animated", False) or getattr(whole, "n_frames", 1) > 1:
        notes.append("It holds several pictures; only the first was read.")
    upright, size = _upright(whole)
    flat = upright
    if clear := upright.mode == "RGBA":  # what is transparent is seen on white
        flat = Pictures.new("RGB", upright.size, "white")
        flat.paste(upright, mask=upright.getchannel("A"))
    if drawing is None:
        size, codes, text = f"{size} pixels", _codes(flat), _text(flat)
        text = [each for each in text if not any(_within(each, code) for code in codes)]
    else:
        size, codes, text = drawing.size or "no size of its own", [], list(drawing.words)
    lossy = media in ("image/jpeg", "image/heic", "image/avif", "image/webp")
    kind = genre.genre(flat, [t for t in text if t.kind == "text"], camera=camera, lossy=lossy)
    if drawing is not None and kind.what not in ("chart", "drawing"):
        kind = Observation("kind", "drawing", sure=kind.sure, reader=kind.reader)
    seen = [Observation("size", size, reader=reader), kind]
    seen.append(Observation("colours", _colours(flat), reader=reader))
    if said := _taken(exif):
        seen.append(Observation("taken", said, reader=reader))
    seen += [Observation("note", note, reader=reader) for note in notes]
    seen += codes + text
    shown = upright.copy()
    shown.thumbnail((_SHOWN_AT, _SHOWN_AT), Pictures.Resampling.LANCZOS)
    parts = (Image(_address(shown, clear)), _words(seen))
    return Seen(media if drawing is None else "image/svg+xml", "picture", parts, tuple(seen))


def _pillow() -> Any:
    from PIL import Image as Pictures

    Pictures.MAX_IMAGE_PIXELS = None  # we look ourselves, before anything is decoded
    return Pictures


def _upright(whole: Any) -> tuple[Any, str]:
    """The picture as the camera held it, in RGB or RGBA, scaled to what is read; and the size it
    has in full."""
    from PIL import ImageOps

    wide, tall = whole.size
    whole.draft("RGB", (_READ_AT, _READ_AT))  # a large JPEG is decoded at a part of its size
    turned = whole.getexif().get(0x0112, 1) in (5, 6, 7, 8)
    upright = ImageOps.exif_transpose(whole)
    size = f"{tall:,} × {wide:,}" if turned else f"{wide:,} × {tall:,}"
    clear = "A" in upright.getbands() or "transparency" in upright.info
    if upright.mode.startswith(("I", "F")):
        upright = _eight_bits(upright)
    upright = upright.convert("RGBA" if clear else "RGB")
    upright.thumbnail((_READ_AT, _READ_AT))
    return upright, size


def _eight_bits(deep: Any) -> Any:
    """A picture of 16 bits, or of numbers, in the 8 that are shown."""
    import numpy as np
    from PIL import Image as Pictures

    values = np.nan_to_num(np.asarray(deep, np.float64))
    if deep.mode == "F" and values.size and values.max() <= 1:
        values = values * 255
    elif values.size and (values.max() > 255 or deep.mode.startswith("I;16")):
        values = values / 257 if values.max() <= 65_535 else values * (255 / values.max())
    return Pictures.fromarray(values.clip(0, 255).round().astype(np.uint8))


def _taken(exif: Any) -> str:
    """When, with what and where it was taken, as far as the file says so; "" where it does not."""
    inner, place = exif.get_ifd(0x8769), exif.get_ifd(0x8825)
    parts = []
    when = str(inner.get(0x9003) or (exif.get(0x0132) if exif.get(0x010F) else None) or "")
    if found := re.match(r"(\d{4}):(\d\d):(\d\d) (\d\d:\d\d)", when):
        parts.append(f"on {found[1]}-{found[2]}-{found[3]} at {found[4]}")
    names = [
        " ".join(str(exif.get(tag) or "").split("\0")[0].split())[:60] for tag in (0x010F, 0x0110)
    ]
    if names[1].lower().startswith(names[0].lower()):
        names = names[1:]
    if device := " ".join(filter(None, names)):
        parts.append(f"with {device}")
    try:
        across, down = _degrees(place[4], place[3]), _degrees(place[2], place[1])
    except (KeyError, TypeError, ValueError, ZeroDivisionError, IndexError):
        return " ".join(parts)
    if abs(down) <= 90 and abs(across) <= 180:
        parts.append(f"at {down:.5f}, {across:.5f} (latitude, longitude)")
    return " ".join(parts)


def _degrees(given: Any, side: str) -> float:
    whole, minutes, seconds = (float(each) for each in given[:3])
    made = whole + minutes / 60 + seconds / 3600
    return -made if str(side).strip("\0 ").upper() in ("S", "W") else made


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


def _words(seen: list[Observation]) -> Words:
    """What was read, for a model that cannot see the picture, or sees it scaled down."""
    by = {kind: [each for each in seen if each.kind == kind] for kind in ("text", "code", "note")}
    size, kind, colours = (each.what for each in seen[:3])
    lines: list[tuple[str, Box | None]] = [
        (f"A picture ({kind}) of {size}. Main colours: {colours}.", None)
    ]
    lines += [(each.what, None) for each in by["note"]]
    if by["code"]:
        lines += [("", None), ("Codes in it:", None)]
        lines += [(f"- {' '.join(each.what.split())}", each.box) for each in by["code"]]
    if by["text"]:
        lines += [("", None), ("Text in it:", None)]
        lines += [(each.what, each.box) for each in by["text"]]
    text = "\n".join(line for line, _ in lines)
    text = text if len(text) <= _TEXT else text[: _TEXT - 1] + "…"
    boxes = tuple(box for _, box in lines) if by["code"] or by["text"] else ()
    return Words(text, "", boxes=boxes)
