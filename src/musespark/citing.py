"""Citations as OpenAI's protocols write them: what the marks [1] in an answer stand for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from musespark.message import Source

_MARK = re.compile(r"\[(\d{1,3})\]")


def citations(text: str, sources: Iterable[Any]) -> list[dict[str, Any]]:
    """The annotations of a text: for each mark of a source with an address a `url_citation`, of one
    in a kept file a `file_citation`. What else is known of a source stands in `musespark`."""
    known = {source.id: source for source in (msgspec.convert(each, Source) for each in
             msgspec.to_builtins(list(sources)))}  # fmt: skip
    found: list[dict[str, Any]] = []
    for mark in _MARK.finditer(text):
        source = known.get(int(mark[1]))
        if source is not None and source.url:
            found.append({"type": "url_citation", "url": source.url, "title": source.title,
                          "start_index": mark.start(), "end_index": mark.end()})  # fmt: skip
        elif source is not None and source.file:
            found.append({"type": "file_citation", "file_id": source.file,
                          "filename": source.title, "index": mark.start()})  # fmt: skip
    return found
