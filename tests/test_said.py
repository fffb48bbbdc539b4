"""What was said, as activities of many makers hold it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from musespark.activity import Activity
from musespark.said import Said, said

AT = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)


def heard(thing: Any, type: str = "Create") -> Said | None:
    return said(Activity(type=type, object=thing, actor="ann", published=AT, id=7))


def test_a_note_of_a_talk() -> None:
    found = heard(
        {
            "type": "Note", "content": "Hello\nthere", "attributedTo": "bob", "context": "c1",
            "published": "2023-05-08T13:56:00Z",
        }
    )  # fmt: skip
    assert found == Said(
        7, "Hello\nthere", "bob", datetime(2023, 5, 8, 13, 56, tzinfo=UTC), "c1", kind="talk"
    )


def test_a_post_of_a_real_server() -> None:
    found = heard(
        {
            "id": "https://social.example/ann/1",
            "type": "Note",
            "content": "<p>Fish &amp; chips<br>in <b>Kiel</b></p><script>bad()</script>",
            "mediaType": "text/html",
            "attributedTo": [{"type": "Person", "id": "https://social.example/ann"}],
            "attachment": [{"type": "Image", "name": "a red boat", "url": "https://x.example"}],
            "published": "2023-05-08",
        }
    )
    assert found is not None
    assert found.text == "Fish & chips\nin Kiel"
    assert found.speaker == "https://social.example/ann"
    assert found.caption == "a red boat"
    assert (found.kind, found.context) == ("post", "https://social.example/ann/1")


def test_an_answer_to_a_post_is_of_its_thread() -> None:
    found = heard({"type": "Note", "content": "yes", "inReplyTo": "https://social.example/1"})
    assert found is not None
    assert (found.context, found.kind, found.speaker) == ("https://social.example/1", "talk", "ann")


def test_an_article_has_its_title() -> None:
    found = heard({"type": "Article", "name": "On boats", "content": "They float."})
    assert found is not None
    assert (found.title, found.kind) == ("On boats", "document")


@pytest.mark.parametrize(
    "thing",
    [
        None, "https://social.example/1", [], 5, {}, {"type": "Note"},
        {"type": "Note", "content": 5},
        {"type": "Note", "content": ["x"]}, {"type": "Product", "content": "a boat"},
        {"type": "Note", "content": "<p> </p>", "mediaType": "text/html"},
        {"type": "Note", "content": "\0"}, {"type": ["Tombstone"], "content": "gone"},
        {"type": "Note", "content": None, "attachment": "x", "context": {}, "attributedTo": []},
    ],
)  # fmt: skip
def test_what_holds_no_words_is_nothing(thing: Any) -> None:
    assert heard(thing) is None


def test_only_what_was_made_counts() -> None:
    assert heard({"type": "Note", "content": "x"}, "Like") is None


@pytest.mark.parametrize("published", ["never", "", 5, None, "2023-99-99", {"a": 1}])
def test_a_moment_that_cannot_be_read_is_that_of_the_activity(published: Any) -> None:
    found = heard({"type": "Note", "content": "x", "published": published})
    assert found is not None
    assert found.at == AT


@pytest.mark.parametrize(
    "text", ["<" * 300_000, "<a " * 100_000, "<script>" * 100_000, "&" * 500_000]
)
def test_broken_html_takes_no_time(text: str) -> None:
    heard({"type": "Note", "content": text, "mediaType": "text/html"})


def test_what_nobody_sees_is_left_out() -> None:
    text = "a<!-- b --><STYLE>c</STYLE>d<script>if (1 < 2) e</script >f<!-- g"
    found = heard({"type": "Note", "content": text, "mediaType": "text/html"})
    assert found is not None
    assert found.text == "adf"
