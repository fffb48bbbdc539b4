"""A drawing in SVG is drawn without its scripts, its links or anything of this machine."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image as Pictures

from musespark.looking import look
from musespark.media import media_of
from musespark.message import Document
from musespark.problem import Problem
from musespark.svg import Drawing, drawn

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
SQUARE = '<rect width="50" height="50" fill="#f00"/>'


def of(inner: str, head: str = ' width="100" height="50"') -> Drawing:
    return drawn(f"{HEAD}{head}>{inner}</svg>".encode(), 400)


def pixel(drawing: Drawing, x: int, y: int) -> tuple[int, ...]:
    found = Pictures.open(io.BytesIO(drawing.png)).convert("RGBA").getpixel((x, y))
    assert isinstance(found, tuple)
    return found


def test_it_is_drawn_at_the_size_a_model_takes() -> None:
    drawing = of(SQUARE)
    assert drawing.size == "100 × 50"
    assert Pictures.open(io.BytesIO(drawing.png)).size == (400, 200)
    assert pixel(drawing, 100, 100) == (255, 0, 0, 255)
    assert pixel(drawing, 300, 100)[3] == 0
    assert not drawing.left_out


def test_its_words_are_read_with_their_boxes() -> None:
    drawing = of(
        '<title>Sales</title><g transform="translate(0 25) scale(2)">'
        '<text x="10" y="5" font-size="4">Total <tspan>23.50</tspan></text></g>'
    )
    title, total = drawing.words
    assert (title.what, title.box) == ("Sales", None)
    assert total.what == "Total 23.50"
    assert total.box is not None
    left, top, right, bottom = total.box
    assert left == 200  # (10 * 2) of 100
    assert right > 500
    assert top < 700 < bottom  # the line stands at (5 * 2 + 25) of 50


@pytest.mark.parametrize(
    "acting",
    [
        "<script>alert(1)</script>",
        '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml">x</body></foreignObject>',
        '<image href="http://127.0.0.1:9/x.png" width="100" height="50"/>',
        '<image xlink:href="file:///etc/passwd" width="100" height="50"/>',
        '<use href="other.svg#a"/>',
        "<style>@import url(http://127.0.0.1:9/x.css);</style>",
        '<rect width="9" height="9" fill="url(http://127.0.0.1:9/x#a)"/>',
        '<rect width="9" height="9" onload="alert(1)"/>',
        '<rect width="9" height="9"><animate attributeName="x" to="9"/></rect>',
    ],
)
def test_what_acts_or_leads_out_is_left_out(acting: str) -> None:
    drawing = of(SQUARE + acting)
    assert drawing.left_out
    assert pixel(drawing, 100, 100) == (255, 0, 0, 255)


def test_a_picture_of_this_machine_is_not_shown(tmp_path: Path) -> None:
    Pictures.new("RGB", (10, 10), "blue").save(tmp_path / "secret.png")
    for link in (f"{tmp_path}/secret.png", f"file://{tmp_path}/secret.png", "secret.png"):
        drawing = of(f'<image href="{link}" width="100" height="50"/>{SQUARE}')
        assert pixel(drawing, 300, 100)[3] == 0
    inside = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk" \
        "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="  # fmt: skip
    assert not of(f'<image href="{inside}" width="100" height="50"/>').left_out


def test_entities_are_not_opened() -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE svg [<!ENTITY l0 "lol">{laughs}]>{HEAD}><text>&l9;</text>{SQUARE}</svg>'
    file = f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>{HEAD}><text>&x;</text></svg>'
    assert not drawn(file.encode(), 100).words
    with pytest.raises(Problem) as caught:
        drawn(bomb.encode(), 100)
    assert caught.value.code == "unreadable"


def test_what_draws_too_much_is_refused() -> None:
    nested = '<g id="a0"><rect width="1" height="1"/></g>' + "".join(
        f'<g id="a{n}">' + f'<use href="#a{n - 1}"/>' * 10 + "</g>" for n in range(1, 9)
    )
    for inner in (nested, "<g>" * 240 + "</g>" * 240, SQUARE * 200_001):
        with pytest.raises(Problem) as caught:
            of(inner)
        assert caught.value.code == "svg_too_much"
    itself = '<g id="a"><use href="#a"/></g>' + SQUARE
    assert pixel(of(itself), 100, 100)[0] == 255


@pytest.mark.parametrize("head", [
    ' width="900000000" height="400000000"', ' viewBox="0 0 1e8 1e8"', ' width="1mm" height="9in"',
    ' width="50%" height="0"', ' width="-4" height="nan"', "", ' width="100000" height="1"',
])  # fmt: skip
def test_whatever_size_it_asks_for_it_is_bounded(head: str) -> None:
    drawing = of(SQUARE, head)
    assert max(Pictures.open(io.BytesIO(drawing.png)).size) <= 400


@pytest.mark.parametrize("data", [b"<svg", b"<html/>", b"", b"<svg xmlns='x'>\xff</svg>"])
def test_what_is_broken_is_said(data: bytes) -> None:
    with pytest.raises(Problem) as caught:
        drawn(data, 100)
    assert caught.value.code == "unreadable"


async def test_it_is_seen_in_the_child() -> None:
    data = (
        f'{HEAD} width="100" height="50"><script>x()</script>{SQUARE}<text y="20">Hi</text></svg>'
    )
    assert media_of(data.encode()) == "image/svg+xml"
    seen = await look(data.encode(), "logo.svg")
    by = {each.kind: each.what for each in seen.observations}
    assert by["size"] == "100 × 50"
    assert by["text"] == "Hi"
    assert by["kind"] == "drawing"
    assert "left out" in by["note"]
    words = seen.parts[1]
    assert isinstance(words, Document)
    assert "Hi" in words.text
