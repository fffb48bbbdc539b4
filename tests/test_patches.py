"""A text's HTML while it streams: whatever the pieces, the end is the whole; nothing of it runs."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from browserlike import Browser
from musespark import markup, patches
from musespark.markup import LONGEST, blocks
from musespark.patches import Patch, Stream
from test_markup import GIANT, HOSTILE, LOOKS, held

PIECES = [
    "a", "word ", "two words", "\n", "\n\n", " ", "  ", "    ", "\t", "\n\n\n", "1", "2", ".",
    ":", "!", "*", "**", "_", "__", "~", "~~", "`", "[", "]", "(", ")", "|", "$", "$$", "\\", "&",
    "<", ">", "-", "+", "#", "{", "}", "'''", '"', "```", "```python\n", "```\n", "~~~\n", "# ",
    "## ", "- ", "* ", "+ ", "1. ", "2) ", "> ", "---\n", "===\n", "| a | b |\n", "|-|-|\n",
    "| 1 | 2 |\n", "\n- ", "\n1. ", "\n> ", "\n```\n", "\n| 3 | 4 |\n", "\n\n    code\n",
    "- item\n", "  - nested\n", "1. one\n", "# head\n", "> quote\n", "text\n", "   ", "*a*",
    "**b** ", "`c` ", "def f():\n", "[1]", "[2]", "[x](https://b.c)", "[x]()", "[ ] ", "[x] ",
    "[^1]", "[^1]: note", "[r]: https://r.s\n", "[r]", "![p](https://p.q)", "$x^2$", "$$\n",
    "\\(", "\\)", "\\[", "\\]", "\\[\n", "\\]\n", "\\*", "&amp;", "<b>",
    "<script>alert(1)</script>", "https://u.v/w", "://", "http", "http://", "é", "日本語",
    "日本語のとても長い文。", "\u202e", "\u200b", "\ue000", "\r\n", "\r", "\x00", "x" * 70,
    "long words " * 12, "<br>", "<sub>", "</sub>", "<sup>2</sup>",
]  # fmt: skip

texts = st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=200)


@pytest.fixture(autouse=True)
def every_update(monkeypatch: pytest.MonkeyPatch) -> None:
    """No update is left out for its cost."""
    monkeypatch.setattr(patches, "SHARE", 1e9)


def streamed(text: str, pieces: list[str], sources: tuple[int, ...] = (1,)) -> Browser:
    """What a browser has at the end, held against the whole on the way."""
    stream, browser = Stream(sources), Browser()
    for piece in pieces:
        for patch in stream.feed(piece):
            harmless(patch)
            browser.apply(patch)
        assert len(browser.blocks) == len(stream.done) + len(stream._shown)
    for patch in stream.close():
        harmless(patch)
        browser.apply(patch)
    assert browser.ended
    assert browser.html == "".join(blocks(text, sources))
    return browser


def harmless(patch: Patch) -> None:
    for html in (patch.open, patch.keep, patch.tail, patch.inner, patch.whole):
        if html:
            assert "<script" not in html
            held(html.replace(" data-tail", ""))


def parts(text: str, cuts: list[int]) -> list[str]:
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    return [text[a:b] for a, b in pairwise(places)]


@settings(deadline=None, max_examples=300)
@given(text=texts, cuts=st.lists(st.integers(0, 10**6), max_size=30))
def test_any_split_ends_as_the_whole(text: str, cuts: list[int]) -> None:
    streamed(text, parts(text, cuts))


@settings(deadline=None, max_examples=150)
@given(text=texts)
def test_sign_by_sign_ends_as_the_whole(text: str) -> None:
    streamed(text, list(text))


@pytest.mark.parametrize("text", [*HOSTILE, *(text for text, _ in LOOKS)])
def test_every_known_text_ends_as_the_whole(text: str) -> None:
    for wrapped in (text, f"- {text}\n- {text}", f"> {text}", f"a {text} b\n\n{text}"):
        streamed(wrapped, list(wrapped))
        streamed(wrapped, parts(wrapped, list(range(0, 10**3, 7))))


@pytest.mark.parametrize("text", GIANT, ids=[repr(text[:12]) for text in GIANT])
def test_the_longest_and_the_deepest_come_back(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patches, "SHARE", 0.2)
    stream, browser = Stream((1,)), Browser()
    for at in range(0, len(text), 997):
        for patch in stream.feed(text[at : at + 997]):
            browser.apply(patch)
    for patch in stream.close():
        browser.apply(patch)
    assert browser.html == "".join(blocks(text, (1,)))


def words(count: int) -> list[str]:
    return [f"word{number} " for number in range(count)]


LONG = {
    "a paragraph without a line break": words(3000),
    "a paragraph in another script": ["これはとても長い段落です、" for _ in range(600)],
    "a word without an end": ["abcdefghij" for _ in range(600)],
    "words with signs": [f"**w{number}** and `c`, " for number in range(600)],
    "a star that is never closed": ["*", *words(600)],
    "a list": [f"- item {number} with words\n" for number in range(400)],
    "a loose list": [f"- item {number}\n\n  more of it\n\n" for number in range(150)],
    "a table": ["|a|b|\n|-|-|\n", *(f"| {number} | two |\n" for number in range(400))],
    "a listing": ["```python\n", *(f"x{number} = f({number})\n" for number in range(400))],
    "a listing in no language": ["~~~\n", *(f"line {number}\n" for number in range(400))],
    "paragraphs": [f"A short one, number {number}.\n\n" for number in range(200)],
}


@pytest.mark.parametrize("name", LONG)
def test_an_update_is_as_small_as_its_news(name: str) -> None:
    """What a browser gets is a few times the text, however long one block of it is."""
    text = "".join(LONG[name])
    pieces = parts(text, list(range(0, len(text), 9)))
    browser = streamed(text, pieces)
    whole = len(browser.html)
    assert browser.sent < 12 * whole + 200 * len(pieces), (browser.sent, whole, len(pieces))


def test_what_is_said_of_a_paragraph_is_said_once() -> None:
    stream = Stream()
    pieces = ["Two kinds", " of **ti", "des** are", " known."]
    assert [patch for piece in pieces for patch in stream.feed(piece)] == [
        Patch(block=0, open='<p dir="auto" data-tail>Two</p>', tail=" kinds"),
        Patch(block=0, tail=" kinds of <strong>ti</strong>"),
        Patch(block=0, keep=" kinds of <strong>tides</strong>", tail=" are"),
        Patch(block=0, keep=" are", tail=" known."),
    ]


def test_nothing_is_shown_that_may_be_taken_back() -> None:
    """A line that has only begun to be a heading, a list, a table or a rule is not shown."""
    for begun in ("#", "##", "-", "- ", "*", "**", "1", "12.", "|", "`", "``", "```", "```py",
                  "$$", "\\[", "> ", "---", "===", "~~", "_"):  # fmt: skip
        stream = Stream()
        assert stream.feed("words\n\n")
        assert stream.feed(begun) == [], begun


def test_what_is_half_written_looks_as_it_soon_will() -> None:
    for written, looks in [
        ("some **bold te", "some <strong>bold te</strong>"),
        ("some *em", "some <em>em</em>"),
        ("some `co de", "some <code>co de</code>"),
        ("some [link te", "some link te"),
        ("some [link](https://a.b/c", "some link"),
        ("some words [1", "some words "),
        ("snake_case and 2 * 3", "snake_case and 2 * 3"),
    ]:
        stream, browser = Stream((1,)), Browser()
        for patch in stream.feed(written):
            browser.apply(patch)
        assert browser.html.removeprefix('<p dir="auto">').removesuffix("</p>") == looks


def test_a_link_that_is_defined_late_is_mended_at_the_end() -> None:
    text = "see [here]\n\nand there\n\n[here]: https://a.b\n"
    stream = Stream()
    for piece in list(text):
        stream.feed(piece)
    mended = [patch for patch in stream.close() if patch.open]
    assert [patch.block for patch in mended] == [0]
    assert 'href="https://a.b"' in (mended[0].open or "")


def test_sources_that_come_late_are_shown_too() -> None:
    text = "first [1]\n\nnone\n\nsecond [2]\n\n"
    for when in range(4):
        stream, browser = Stream(), Browser()
        found = stream.cite([1, 2]) if when == 0 else []
        found += stream.feed(text[:20])
        found += stream.cite([1, 2]) if when == 1 else []
        found += stream.feed(text[20:])
        found += stream.cite([1, 2]) if when == 2 else []
        found += stream.close()
        found += stream.cite([1, 2]) if when == 3 else []
        for patch in found:
            browser.apply(patch)
        assert browser.html == "".join(blocks(text, (1, 2)))


def test_what_is_too_long_is_shown_as_it_is() -> None:
    line = "some *words* <b>\n\n"
    text = line * (LONGEST // len(line) + 500)
    browser = streamed(text, parts(text, list(range(0, len(text), 9973))))
    assert browser.blocks[-1].tag == "pre"


def test_an_update_that_costs_too_much_waits_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patches, "SHARE", 0.0)
    monkeypatch.setattr(patches, "_QUICK", 0.0)
    stream, browser = Stream(), Browser()
    found = [patch for piece in ("one ", "two ", "three") for patch in stream.feed(piece)]
    assert len(found) == 1
    assert stream.waits
    monkeypatch.setattr(patches, "SHARE", 1e9)
    found += stream.feed("")
    assert not stream.waits
    for patch in found + stream.close():
        browser.apply(patch)
    assert browser.html == '<p dir="auto">one two three</p>'


def test_a_text_that_was_streamed_is_kept_for_when_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = Stream()
    stream.feed("kept *once*")
    stream.close()
    monkeypatch.setattr(markup, "blocks", None)
    assert markup.whole("kept *once*") == '<p dir="auto">kept <em>once</em></p>'
