"""Lines of text come in the order in which they are read, however the picture was held."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from PIL import Image

from musespark import letters, ocr

Placed = tuple[str, int, int, int]  # text, left, top, width; 20 tall


def found(monkeypatch: pytest.MonkeyPatch, lines: list[Placed], turn: int = 0, slant: float = 0.0,
          size: tuple[int, int] = (1_000, 800)) -> list[str]:  # fmt: skip
    """What is read where these lines stand in a picture that is turned by `turn` clockwise."""
    made: list[ocr.Line] = []
    for text, left, top, wide in lines:
        corners = [(left, top), (left + wide, top), (left + wide, top + 20), (left, top + 20)]
        turned: Any = [_turned(x, y, turn, slant, size) for x, y in corners]
        quad = ocr._ordered(np.array(turned, np.float32))
        made.append(ocr.Line(quad, text, 0.9, (360 - turn) % 360))
    monkeypatch.setattr(letters, "is_installed", lambda: True)
    monkeypatch.setattr(ocr, "read", lambda pixels, side, until: made)
    whole = size if turn in (0, 180) else size[::-1]
    return [each.what for each in letters.lines(Image.new("RGB", whole, "white"))]


def _turned(x: float, y: float, turn: int, slant: float, size: tuple[int, int]) -> Any:
    cos, sin = math.cos(math.radians(slant)), math.sin(math.radians(slant))
    x, y = x * cos - y * sin, x * sin + y * cos
    return {
        0: (x, y),
        90: (size[1] - y, x),
        180: (size[0] - x, size[1] - y),
        270: (y, size[0] - x),
    }[turn]


RECEIPT: list[Placed] = [
    ("7.50", 500, 202, 60), ("CORNER STORE", 200, 100, 250), ("Milk", 60, 150, 80),
    ("1.20", 500, 148, 60), ("Brown bread", 60, 200, 200), ("Thank you", 220, 260, 160),
]  # fmt: skip


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_price_stays_on_its_line(monkeypatch: pytest.MonkeyPatch, turn: int) -> None:
    assert found(monkeypatch, RECEIPT, turn) == [
        "CORNER STORE", "Milk 1.20", "Brown bread 7.50", "Thank you",
    ]  # fmt: skip


def test_a_tilted_one_too(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(monkeypatch, RECEIPT, slant=6)[1] == "Milk 1.20"


def test_columns_are_read_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[Placed] = [("A heading over both", 200, 40, 500)]
    for n, (left, right) in enumerate((("one two three", "seven eight nine"),
                                       ("four five six", "ten eleven twelve"))):  # fmt: skip
        lines += [(left, 60, 120 + 40 * n, 300), (right, 520, 121 + 40 * n, 320)]
    assert found(monkeypatch, lines) == [
        "A heading over both", "one two three", "four five six", "seven eight nine",
        "ten eleven twelve",
    ]  # fmt: skip


def test_what_is_unsure_is_left_out_and_what_took_too_long_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quad = np.array([[0, 0], [90, 0], [90, 20], [0, 20]], np.float32)
    made = [ocr.Line(quad, "sure", 0.9, 0), ocr.Line(quad + 50, "not", 0.3, 0),
            ocr.Line(quad + 100, "", -1.0, 0)]  # fmt: skip
    monkeypatch.setattr(letters, "is_installed", lambda: True)
    monkeypatch.setattr(ocr, "read", lambda pixels, side, until: made)
    text, note = letters.lines(Image.new("RGB", (400, 400)))
    assert (text.what, text.kind, note.kind) == ("sure", "text", "note")
    assert "1 were not read" in note.what


def test_dark_pictures_are_made_light_and_others_left_as_they_are() -> None:
    dark = np.zeros((60, 60, 3), np.uint8)
    dark[20:40] = 50
    assert letters._lit(dark).max() > 200
    plain = np.zeros((60, 60, 3), np.uint8)
    plain[20:40] = 250
    assert letters._lit(plain) is plain
    empty = np.full((60, 60, 3), 40, np.uint8)
    assert letters._lit(empty) is empty
