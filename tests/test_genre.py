"""Photo, screenshot, chart, document, drawing: what is plainly one of them is called so."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from musespark.genre import genre
from musespark.observation import Observation


def kind(picture: Image.Image, texts: list[Observation] | None = None, *, camera: bool = False,
         lossy: bool = False) -> str:  # fmt: skip
    found = genre(picture, texts or [], camera=camera, lossy=lossy)
    assert 0.2 <= found.sure <= 0.99
    return found.what


def rows(count: int, *, what: str = "words that go on", wide: int = 800) -> list[Observation]:
    step = 900 // count
    return [Observation("text", what, (100, 50 + n * step, 100 + wide, 50 + n * step + step // 2))
            for n in range(count)]  # fmt: skip


def test_a_photo() -> None:
    numbers = np.random.default_rng(1)
    noise = Image.fromarray(numbers.integers(0, 255, (60, 80, 3), dtype=np.uint8))
    scene = noise.resize((800, 600), Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(3))
    grain = np.asarray(scene, float) + numbers.normal(0, 4, (600, 800, 3))
    assert kind(Image.fromarray(grain.clip(0, 255).astype(np.uint8)), lossy=True) == "photo"


def test_a_document() -> None:
    page = Image.new("RGB", (850, 1100), "white")
    pen = ImageDraw.Draw(page)
    for y in range(80, 1000, 30):
        for x in range(90, 760, 9):
            pen.line((x, y, x + 4, y + 12), fill=(20, 20, 20))
    assert kind(page, rows(30)) == "document"


def test_a_screenshot() -> None:
    screen = Image.new("RGB", (1920, 1080), (245, 246, 250))
    pen = ImageDraw.Draw(screen)
    pen.rectangle((0, 0, 1920, 60), fill=(40, 60, 120))
    pen.rectangle((0, 60, 300, 1080), fill=(225, 228, 235))
    for n in range(5):
        pen.rectangle(
            (340, 100 + n * 180, 1800, 240 + n * 180), fill="white", outline=(150, 150, 160)
        )
    assert kind(screen, rows(8, wide=300)) == "screenshot"


def test_a_chart() -> None:
    chart = Image.new("RGB", (800, 600), "white")
    pen = ImageDraw.Draw(chart)
    pen.line((80, 40, 80, 540, 760, 540), fill="black", width=2)
    for n, tall in enumerate((120, 340, 260, 430, 200)):
        pen.rectangle((120 + n * 120, 540 - tall, 200 + n * 120, 540), fill=(50, 110, 190))
    axis = [
        Observation("text", str(n * 10), (50, 900 - n * 80, 80, 930 - n * 80)) for n in range(8)
    ]
    assert kind(chart, axis) == "chart"


def test_a_drawing() -> None:
    drawing = Image.new("RGB", (400, 400), (250, 220, 60))
    pen = ImageDraw.Draw(drawing)
    pen.ellipse((60, 60, 340, 340), fill=(220, 60, 40))
    pen.ellipse((150, 150, 250, 250), fill=(255, 255, 255))
    assert kind(drawing) == "drawing"
