"""Phrases: every sentence in every language shipped, with the same gaps to fill."""

from __future__ import annotations

import string

import pytest

from musespark import phrases
from musespark.phrases import LANGUAGES, phrase


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("key", phrases._PHRASES)
def test_every_phrase_is_there_in_every_language(key: str) -> None:
    versions = phrases._PHRASES[key]
    assert set(versions) == set(LANGUAGES)
    assert len(set(versions.values())) == len(LANGUAGES), "one is not translated"
    for language, words in versions.items():
        assert gaps(words) == gaps(versions["en"]), language
        assert words == words.strip()
        assert phrase(key, language, **dict.fromkeys(gaps(words), "7"))


@pytest.mark.parametrize(
    ("tag", "language"),
    [("de", "de"), ("de-AT", "de"), ("DE", "de"), ("fr-CA", "fr"), ("ja", "en"), ("", "en")],
)
def test_a_language_that_is_not_shipped_is_english(tag: str, language: str) -> None:
    assert phrase("asked_for", tag) == phrases._PHRASES["asked_for"][language]
