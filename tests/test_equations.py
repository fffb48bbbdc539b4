"""Equations in a text are worked out again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musespark.equations import wrong


@pytest.mark.parametrize(
    "text",
    [
        "17 × 23 + 9 = 400",
        "So 48 / 2 = 24, and 48 + 24 = 72.",
        "It costs $4.50 * 3 = $13.50.",
        "1,200 - 450 = 750",
        "10 / 3 = 3.33",
        "(3 + 4) * 2 = 14",
        "x = 3 and y = 4",
        "In 2024 = the year 2024",
        "5% of 80 = 4",
        "3 x 4 = 12 apples",
        "2 km + 3 km = 5 km",
        "version 1.2.3 = 4",
        "2 + 2 = 4 + 0",
        "",
    ],
)
def test_what_holds_is_left_alone(text: str) -> None:
    assert wrong(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("17 × 23 + 9 = 410", ["17 × 23 + 9 = 410"]),
        ("First 3 * 4 = 12. Then 12 + 5 = 18.", ["12 + 5 = 18"]),
        ("$4.50 * 3 = $12.50", ["$4.50 * 3 = $12.50"]),
        ("10 / 3 = 3.4", ["10 / 3 = 3.4"]),
    ],
)
def test_what_does_not_is_found(text: str, found: list[str]) -> None:
    assert wrong(text) == found


@given(st.text(max_size=300) | st.text("0123456789+-*/=(). x", max_size=200))
def test_any_text_is_taken(text: str) -> None:
    for equation in wrong(text):
        assert equation in text
