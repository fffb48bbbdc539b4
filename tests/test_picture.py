"""Pictures come out upright, small and without metadata; codes and text with their boxes."""

from __future__ import annotations

import asyncio
import base64
import io
import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pictures

import samples
from musespark import letters, still
from musespark.media import media_of
from musespark.message import Document, Image
from musespark.observation import Observation, Seen
from musespark.problem import Problem
from musespark.senses.picture import picture
from readers import mutated, outcomes_of

KINDS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the reader of text, which takes seconds and need not be installed."""
    monkeypatch.setattr(letters, "is_installed", lambda: False)


def read(data: bytes) -> Seen:
    return picture(data, media_of(data))


def shown(seen: Seen) -> Pictures.Image:
    """The picture as a model gets it."""
    part = seen.parts[0]
    assert isinstance(part, Image)
    return Pictures.open(io.BytesIO(base64.b64decode(part.url.partition(",")[2])))


def of(seen: Seen, kind: str) -> list[Observation]:
    return [o for o in seen.observations if o.kind == kind]


@pytest.mark.usefixtures("unread")
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind(kind: str) -> None:
    seen = read(samples.picture(kind))
    assert [o.what for o in of(seen, "size")] == ["120 × 80 pixels"]
    assert of(seen, "colours")[0].what.startswith("white 7")
    assert "blue 2" in of(seen, "colours")[0].what
    assert shown(seen).size == (120, 80)
    [note] = of(seen, "note")
    assert "No text reader is installed" in note.what
    words = seen.parts[1]
    assert isinstance(words, Document)
    assert "120 × 80" in words.text
    assert "No text reader" in words.text


@pytest.mark.usefixtures("unread")
def test_it_is_turned_upright_and_its_metadata_stay_here() -> None:
    exif = Pictures.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010F] = "SecretCam"
    exif.get_ifd(0x8825)[1] = "N"
    seen = read(samples.picture("JPEG", exif=exif, comment=b"hidden words"))
    assert of(seen, "size")[0].what == "80 × 120 pixels"
    made = shown(seen)
    assert made.size == (80, 120)
    red, _, blue = made.convert("RGB").getpixel((10, 110))  # type: ignore[misc]
    assert blue > red  # the right lower corner is the left lower one now
    part = seen.parts[0]
    assert isinstance(part, Image)
    raw = base64.b64decode(part.url.partition(",")[2])
    assert b"SecretCam" not in raw
    assert b"hidden words" not in raw
    assert not made.getexif()
    assert "left out" in of(seen, "note")[0].what


@pytest.mark.usefixtures("unread")
def test_it_is_scaled_to_what_a_model_takes() -> None:
    seen = read(samples.picture("JPEG", (5_000, 2_500)))
    assert of(seen, "size")[0].what == "5,000 × 2,500 pixels"
    assert max(shown(seen).size) == 1_568


@pytest.mark.usefixtures("unread")
def test_what_is_transparent_stays_so() -> None:
    out = io.BytesIO()
    Pictures.new("RGBA", (40, 40), (255, 0, 0, 0)).save(out, "PNG")
    seen = read(out.getvalue())
    assert shown(seen).mode == "RGBA"
    assert of(seen, "colours")[0].what == "white 100%"


@pytest.mark.usefixtures("unread")
def test_only_the_first_of_several_pictures_is_read() -> None:
    frames = [Pictures.new("RGB", (20, 20), colour) for colour in ("red", "blue", "green")]
    for kind in ("GIF", "WEBP", "TIFF"):
        out = io.BytesIO()
        frames[0].save(out, kind, save_all=True, append_images=frames[1:])
        seen = read(out.getvalue())
        assert any("several pictures" in o.what for o in of(seen, "note")), kind
        assert "red" in of(seen, "colours")[0].what


def bomb(width: int, height: int) -> bytes:
    """A PNG whose head names a size that it does not hold."""

    def piece(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + piece(b"IHDR", head) + piece(b"IDAT", zlib.compress(bytes(1_000)))
        + piece(b"IEND", b"")
    )  # fmt: skip


def test_a_bomb_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(Problem) as caught:
        read(bomb(50_000, 50_000))
    assert caught.value.code == "too_many_pixels"
    assert "50,000 × 50,000" in caught.value.why


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
async def test_what_is_cut_off_is_said(kind: str) -> None:
    data = samples.picture(kind, (400, 300))
    [outcome] = await outcomes_of("musespark.senses.picture:picture", [data[: len(data) // 2]])
    assert outcome == "unreadable"


@pytest.mark.usefixtures("unread")
def test_a_code_is_read_with_its_box() -> None:
    import zxingcpp

    made = zxingcpp.create_barcode("https://example.org/7", zxingcpp.BarcodeFormat.QRCode)
    code = Pictures.fromarray(zxingcpp.write_barcode_to_image(made, scale=5))
    whole = Pictures.new("RGB", (1_000, 500), "white")
    whole.paste(code, (700, 200))
    out = io.BytesIO()
    whole.save(out, "PNG")
    seen = read(out.getvalue())
    [found] = of(seen, "code")
    assert "https://example.org/7" in found.what
    assert found.box is not None
    left, top, right, bottom = found.box
    assert 700 <= left < right <= 700 + code.width
    assert 400 <= top < bottom <= 400 + 2 * code.height
    words = seen.parts[1]
    assert isinstance(words, Document)
    assert "https://example.org/7" in words.text


async def test_text_is_read_with_its_box() -> None:
    pytest.importorskip("rapidocr")
    from PIL import ImageDraw, ImageFont

    from musespark.looking import look

    whole = Pictures.new("RGB", (800, 400), "white")
    font = ImageFont.load_default(40)
    ImageDraw.Draw(whole).text((80, 300), "TOTAL 23.50 EUR", fill="black", font=font)
    out = io.BytesIO()
    whole.save(out, "PNG")
    seen = await look(out.getvalue(), "receipt.png")  # in the child: it has to work without a net
    [found] = of(seen, "text")
    assert found.what.replace(" ", "") == "TOTAL23.50EUR"
    assert found.sure > 0.8
    assert found.box is not None
    assert found.box[0] == pytest.approx(100, abs=15)
    assert found.box[3] == pytest.approx(850, abs=40)


@settings(max_examples=8, deadline=None, derandomize=True)
@given(st.lists(mutated(tuple(map(samples.picture, KINDS))), min_size=40, max_size=40))
def test_whatever_comes_is_read_or_a_problem(files: list[bytes]) -> None:
    known = [data for data in files if media_of(data).startswith("image/")]
    outcomes = asyncio.run(outcomes_of("readers:unread_picture", known))
    assert set(outcomes) <= {"read", "unreadable", "too_many_pixels", "reader_memory"}


def packed(made: Pictures.Image, kind: str, **given: object) -> bytes:
    out = io.BytesIO()
    made.save(out, kind, **given)
    return out.getvalue()


@pytest.mark.usefixtures("unread")
def test_every_depth_and_colour_model_comes_out_right() -> None:
    import numpy as np

    deep = np.full((40, 60), 51_400, np.uint16)  # 200 of 255
    for kind in ("PNG", "TIFF"):
        found = shown(read(packed(Pictures.fromarray(deep), kind))).convert("RGB")
        assert found.getpixel((5, 5)) == (200, 200, 200), kind
    floats = np.full((40, 60), 0.5, np.float32)
    grey = shown(read(packed(Pictures.fromarray(floats), "TIFF"))).convert("L").getpixel((5, 5))
    assert grey == pytest.approx(127, abs=2)
    ink = Pictures.new("CMYK", (60, 40), (0, 255, 255, 0))  # red
    for kind in ("JPEG", "TIFF"):
        assert of(read(packed(ink, kind)), "colours")[0].what == "red 100%", kind
    palette = Pictures.new("P", (60, 40), 1)
    palette.putpalette([0, 0, 0, 240, 140, 30] + [0] * 762)
    for kind in ("PNG", "GIF"):
        assert of(read(packed(palette, kind)), "colours")[0].what == "orange 100%", kind
    holes = read(packed(palette, "PNG", transparency=1))
    assert shown(holes).mode == "RGBA"
    assert of(holes, "colours")[0].what == "white 100%"
    bits = Pictures.new("1", (60, 40), 1)
    for kind in ("PNG", "TIFF", "BMP"):
        assert of(read(packed(bits, kind)), "colours")[0].what == "white 100%", kind
    both = Pictures.new("LA", (60, 40), (0, 128))
    assert of(read(packed(both, "PNG")), "colours")[0].what == "grey 100%"


@pytest.mark.usefixtures("unread")
def test_a_gif_of_10_000_frames_is_one_picture() -> None:
    frame = packed(Pictures.new("P", (8, 8), 3), "GIF")
    start = frame.index(b"\x2c")  # the first picture, after the palette
    data = frame[:start] + frame[start:-1] * 10_000 + b";"
    data = data.replace(b"GIF87a", b"GIF89a", 1)
    seen = read(data)
    assert any("several pictures" in o.what for o in of(seen, "note"))
    assert shown(seen).size == (8, 8)


@pytest.mark.usefixtures("unread")
def test_heic() -> None:
    heif = pytest.importorskip("pillow_heif")
    out = io.BytesIO()
    heif.from_pillow(Pictures.open(io.BytesIO(samples.picture("PNG")))).save(out, quality=90)
    assert media_of(out.getvalue()) == "image/heic"
    seen = read(out.getvalue())
    assert seen.media == "image/heic"
    assert of(seen, "size")[0].what == "120 × 80 pixels"
    assert "blue 2" in of(seen, "colours")[0].what


def test_heic_without_a_reader_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(still, "find_spec", lambda name: None)
    data = b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic" + bytes(60)
    with pytest.raises(Problem) as caught:
        read(data)
    assert caught.value.code == "no_heic_reader"
    assert "musespark[heic]" in caught.value.next


def test_the_brand_says_which_kind_of_still_picture_it_is() -> None:
    for first, more, media in (
        (b"avif", b"mif1miaf", "image/avif"), (b"mif1", b"avifmiaf", "image/avif"),
        (b"avis", b"msf1", "image/avif"), (b"heic", b"mif1", "image/heic"),
        (b"heix", b"", "image/heic"), (b"mif1", b"heic", "image/heic"),
        (b"msf1", b"hevc", "image/heic"),
    ):  # fmt: skip
        size = (16 + len(more)).to_bytes(4)
        assert media_of(size + b"ftyp" + first + bytes(4) + more + bytes(40)) == media


def located() -> bytes:
    exif = Pictures.Exif()
    exif[0x010F], exif[0x0110] = "Fujifilm", "X100V\0"
    exif.get_ifd(0x8769)[0x9003] = "2026:05:04 18:30:00"
    exif.get_ifd(0x8825).update({1: "N", 2: (54.0, 19.0, 30.0), 3: "W", 4: (10.0, 7.0, 12.0)})
    return samples.picture("JPEG", exif=exif)


@pytest.mark.usefixtures("unread")
def test_when_where_and_with_what_it_was_taken() -> None:
    seen = read(located())
    [taken] = of(seen, "taken")
    assert taken.what == (
        "on 2026-05-04 at 18:30 with Fujifilm X100V at 54.32500, -10.12000 (latitude, longitude)"
    )
    assert not any("Fujifilm" in part.text for part in seen.parts if isinstance(part, Document))


async def test_place_and_device_are_said_only_when_asked_for() -> None:
    from musespark.looking import look

    quiet = await look(located(), "a.jpg")
    assert not of(quiet, "taken")
    told = await look(located(), "a.jpg", place=True)
    assert "54.32500" in of(told, "taken")[0].what
    words = [part.text for part in told.parts if isinstance(part, Document)]
    assert "Taken on 2026-05-04 at 18:30 with Fujifilm X100V" in words[0]
    assert "left out" not in words[0]
    assert "54.3" not in str(await look(located(), "a.jpg"))
