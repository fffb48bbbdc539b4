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
from musespark import letters
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


def test_a_drawing_with_scripts_is_refused() -> None:
    with pytest.raises(Problem) as caught:
        read(b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
    assert caught.value.code == "svg_refused"
    assert "PNG" in caught.value.next


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
