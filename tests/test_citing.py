"""Citations as OpenAI's protocols write them."""

from __future__ import annotations

from musespark.citing import citations
from musespark.message import Source


def test_marks_become_annotations() -> None:
    sources = [
        Source(1, "Harbours", url="https://example.org/"),
        Source(2, "prices.xlsx", file="file-1", cells="B3"),
        Source(3, "somewhere"),
    ]
    text = "It opens at six [1], costs 15.5 [2], is old [3] and new [4]. [1]"
    found = citations(text, sources)
    assert [each["type"] for each in found] == ["url_citation", "file_citation", "url_citation"]
    assert text[found[0]["start_index"] : found[0]["end_index"]] == "[1]"
    assert found[1] == {"type": "file_citation", "file_id": "file-1", "filename": "prices.xlsx",
                        "index": text.index("[2]")}  # fmt: skip
    assert citations(text, [{"id": 3, "title": "x"}]) == []
