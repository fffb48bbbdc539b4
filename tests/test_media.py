"""The type is found from the bytes: each kind, what only looks like one, and prose that is none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import samples
from musespark.media import ODS, PARQUET, XLSX, decoded, delimiter, media_of


@pytest.mark.parametrize(
    ("data", "media"),
    [
        (samples.picture("JPEG"), "image/jpeg"),
        (samples.picture("PNG"), "image/png"),
        (samples.picture("GIF"), "image/gif"),
        (samples.picture("WEBP"), "image/webp"),
        (samples.picture("BMP"), "image/bmp"),
        (samples.picture("TIFF"), "image/tiff"),
        (b'<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="x"></svg>', "image/svg+xml"),
        (samples.PRICES, XLSX),
        (samples.ODS, ODS),
        (samples.parquet(), PARQUET),
        (samples.zipped({"a.txt": "x"}), "application/zip"),
        (samples.CSV, "text/csv"),
        ("stadt;größe\nKöln;1,5\n".encode("utf-16"), "text/csv"),
        ("stadt;größe\nKöln;1,5\n".encode("latin-1"), "text/csv"),
        (b"a\tb\n1\t2\n", "text/tab-separated-values"),
        (b"a|b|c\n1|2|3\n4|5|6\n", "text/csv"),
        (b"id,comment\n1,good and cheap and quick\n2,not what I had ordered at all\n", "text/csv"),
        (b"id, name\n1, Tom\n2, Anna\n", "text/csv"),
        (b'"a, b","c\nd"\n"e","f"\n"g","h"\n', "text/csv"),
        (b'[{"a": 1}]', "application/json"),
        (b'{"a": 1}', "application/json"),
        (b'{"a": 1}\n{"a": 2}\n', "application/jsonl"),
        (b"<!DOCTYPE html><p>x", "text/html"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "application/pdf"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + bytes(50), "video/mp4"),
        (bytes(range(256)) * 4, "application/octet-stream"),
        (b"\0" * 100, "application/octet-stream"),
    ],
)
def test_each_kind(data: bytes, media: str) -> None:
    assert media_of(data) == media


@pytest.mark.parametrize(
    "text",
    [
        "",
        "one line, two commas, no table",
        "Dear Anna,\nsee you on Monday,\n",
        "Dear Anna,\nthank you, it was good.\nBest, Tom\n",
        "# Title\n\nWords, and more words; and so on.\n\nNew paragraph, at last.\n",
        "| a | b |\n|---|---|\n| 1 | 2 |\n",
        "[link]: somewhere\n",
        "def f(a, b):\n    return a, b\n\n\nprint(f(1, 2))\n",
        "Yes, no\nMaybe, so\n",
        "milk\nbread\nbutter\n",
        "the sea was calm,\nthe wind had gone,\nthe boats came home,\nand so did Tom,\n",
        "let a = 1;\nlet b = 2;\nlet c = 3;\nlet d = 4;\n",
        "\tx := 1\n\ty := 2\n\tz := 3\n",
        "10:00:01,120 INFO server is up and waits\n10:00:02,391 INFO first request came in\n"
        "10:00:03,007 WARN one took more than a second\n",
        "{not json, at all\n",
    ],
)
def test_a_text_is_no_table(text: str) -> None:
    assert media_of(text.encode()) == "text/plain"


def test_the_sign_between_cells() -> None:
    assert delimiter("a;b\n1,5;2\n3;4\n") == ";"
    assert delimiter("a,b\n1;5,2\n3,4\n") == ","
    assert delimiter("a" * 100) == ""


def test_a_header_longer_than_the_sample_is_still_a_table() -> None:
    wide = ",".join(f"column{n}" for n in range(100_000))
    assert media_of(f"{wide}\n{wide}\n".encode()) == "text/csv"


def test_a_letter_cut_by_the_sample_does_no_harm() -> None:
    text = ("ä" * 9 + ",ö\n") * 10_000
    for shift in range(4):
        assert media_of(b"x" * shift + text.encode()) == "text/csv"


def test_text_in_any_encoding() -> None:
    assert decoded("größe".encode("utf-16")) == "größe"
    assert decoded("größe".encode("utf-8-sig")) == "größe"
    assert decoded(b"\0\1\2") is None


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400) | st.text(alphabet='a1,;\t|\n"{}[] ', max_size=200).map(str.encode))
def test_whatever_comes_has_a_type(data: bytes) -> None:
    assert "/" in media_of(data)


@pytest.mark.parametrize(
    "data",
    [
        b"a,b\n" + b"\n" * 60_000 + b"x",  # each took hours once
        b"a,b\n" + b" " * 60_000 + b"x",
        b"a,b\n" + b"\t \r\n" * 15_000 + b"-",
        b"<!---->" * 500 + b"x",
        b"<!-- -->\n<?xml?>" * 200 + b"<sv",
        b"{" + b"} " * 30_000 + b"x\n",
        b'"' * 60_000,
        b"-" * 60_000,
        b"|" * 60_000 + b"\n",
        b"Subject: x\n " * 5_000,
    ],
)
def test_no_bytes_take_long(data: bytes) -> None:
    assert "/" in media_of(data)
