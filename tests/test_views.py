"""A page of a PDF or a picture can be shown as a picture; what cannot be is said."""

from __future__ import annotations

import io

import pytest

import samples
from musespark.problem import Problem
from musespark.views import view, viewed


def pdf(pages: int = 3) -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(200, 100))
    for number in range(pages):
        canvas.setFillColorRGB(number / pages, 0, 0)
        canvas.rect(0, 0, 100, 100, fill=1, stroke=0)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


async def test_a_page_is_drawn_in_a_child_process() -> None:
    shown = await viewed(pdf(), "paper.pdf", page=2)
    assert (shown.media, shown.width, shown.height) == ("image/png", 800, 400)
    from PIL import Image

    assert Image.open(io.BytesIO(shown.data)).getpixel((10, 10)) == (85, 0, 0)


@pytest.mark.parametrize("page", [0, 4, -1])
async def test_a_page_that_is_not_there(page: int) -> None:
    with pytest.raises(Problem) as problem:
        await viewed(pdf(), "paper.pdf", page=page)
    assert problem.value.code == "no_page"
    assert "paper.pdf" in problem.value.what
    assert "1 to 3" in problem.value.next


def test_a_picture_is_made_anew_and_scaled() -> None:
    shown = view(samples.picture("JPEG", (4_000, 1_000)), "image/jpeg")
    assert (shown.width, shown.height) == (2_000, 500)
    turned = samples.picture("JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0"
                             b"\x06\0\0\0\0\0\0\0")  # fmt: skip
    assert view(turned, "image/jpeg").width == 80


@pytest.mark.parametrize("data", [samples.CSV, b"words alone"])
async def test_what_is_no_picture(data: bytes) -> None:
    with pytest.raises(Problem) as problem:
        await viewed(data, "x")
    assert problem.value.code == "no_view"


async def test_a_broken_pdf() -> None:
    with pytest.raises(Problem) as problem:
        await viewed(b"%PDF-1.7 nothing", "x.pdf")
    assert problem.value.code == "unreadable"


async def test_a_drawing_is_seen_as_a_picture() -> None:
    data = (
        b"<svg xmlns='http://www.w3.org/2000/svg' width='40' height='20'><path d='M0 0h9'/></svg>"
    )
    seen = await viewed(data, "x.svg")
    assert seen.media == "image/png"
    assert seen.width == 2 * seen.height
