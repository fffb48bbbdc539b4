"""The output of a Responses answer: its items as they grow, and the events that say so.

The vocabulary is that of OpenAI's Responses, for protocols/responses.py. An item is a message, a
thought (its summary) or a call of one of the client's own tools.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from musespark.citing import citations
from musespark.told import Kind

_json = msgspec.json.Encoder().encode


class Form(Struct, frozen=True):
    """How words are written, be they text or thought: the item they make beside its id, its one
    part, and the names and fields of the events that say so."""

    prefix: str  # of the item's id
    item: dict[str, Any]
    within: str  # the item's field that holds its part
    part: dict[str, Any]
    part_event: str
    text_event: str
    index: dict[str, int]
    beside: dict[str, Any] = {}


_FORMS = {
    "message": Form(
        "msg_",
        {"type": "message", "role": "assistant", "status": "in_progress", "content": []},
        "content",
        {"type": "output_text", "text": "", "annotations": []},
        "response.content_part",
        "response.output_text",
        {"content_index": 0},
        {"logprobs": []},
    ),
    "reasoning": Form(
        "rs_",
        {"type": "reasoning", "summary": []},
        "summary",
        {"type": "summary_text", "text": ""},
        "response.reasoning_summary_part",
        "response.reasoning_summary_text",
        {"summary_index": 0},
    ),
}


class Output:
    """The items so far, and what was said of them since `take()`; nothing unless it `streams`.
    `own` is what the ids of the items have in common."""

    def __init__(self, own: str, streams: bool) -> None:
        self.items: list[dict[str, Any]] = []
        self.sources: list[Any] = []  # what marks in the words may cite
        self._own, self._streams = own, streams
        self._number = 0
        self._open: tuple[int, list[str]] | None = None  # the place of a text or thought, its words
        self._calls: dict[str, tuple[int, list[str]]] = {}
        self._out: list[bytes] = []

    @property
    def begun(self) -> bool:
        """Whether anything was said yet."""
        return self._number > 0

    def take(self) -> bytes:
        """What was said since the last time, as server-sent events."""
        out, self._out = b"".join(self._out), []
        return out

    def add(self, kind: Kind, key: str, words: str) -> None:
        """A piece that the client is told; see `told.Piece`."""
        if kind == "text" or kind == "reasoning":
            self._words("message" if kind == "text" else kind, words)
        elif kind == "call":
            self._call(key, words)
        elif kind == "arguments":
            place, pieces = self._calls[key]
            pieces.append(words)
            self.say("response.function_call_arguments.delta", place, delta=words)
        elif kind == "called":
            self._called(key)

    def say(self, type: str, place: int | None = None, **fields: Any) -> None:
        """An event of the stream; one about an item names its place."""
        body: dict[str, Any] = {"type": type, "sequence_number": self._number}
        self._number += 1
        if not self._streams:
            return
        if place is not None:
            body |= {"output_index": place, "item_id": self.items[place]["id"]}
        self._out.append(b"event: %b\ndata: %b\n\n" % (type.encode(), _json(body | fields)))

    def _item(self, prefix: str, fields: dict[str, Any]) -> int:
        """Begin an item; its place."""
        place = len(self.items)
        item = {"id": f"{prefix}{self._own}_{place}"} | fields
        self.items.append(item)
        self.say("response.output_item.added", output_index=place, item=item)
        return place

    def _done(self, place: int, fields: dict[str, Any]) -> None:
        """End an item, with what it holds now."""
        item = self.items[place] | fields
        if "status" in item:
            item["status"] = "completed"
        self.items[place] = item
        self.say("response.output_item.done", output_index=place, item=item)

    def _words(self, type: str, words: str) -> None:
        form = _FORMS[type]
        if self._open is None or self.items[self._open[0]]["type"] != type:
            self.close()
            place = self._item(form.prefix, form.item)
            self.say(f"{form.part_event}.added", place, **form.index, part=form.part)
            self._open = (place, [])
            words = words.lstrip("\n")
        place, pieces = self._open
        pieces.append(words)
        self.say(f"{form.text_event}.delta", place, **form.index, **form.beside, delta=words)

    def close(self) -> None:
        """End the text or thought that is open."""
        if self._open is None:
            return
        (place, pieces), self._open = self._open, None
        item, text = self.items[place], "".join(pieces)
        form = _FORMS[item["type"]]
        part = form.part | form.beside | {"text": text}
        if item["type"] == "message" and self.sources:
            part["annotations"] = citations(text, self.sources)
            for number, each in enumerate(part["annotations"]):
                self.say("response.output_text.annotation.added", place, **form.index,
                         annotation_index=number, annotation=each)  # fmt: skip
        self.say(f"{form.text_event}.done", place, **form.index, **form.beside, text=text)
        self.say(f"{form.part_event}.done", place, **form.index, part=part)
        self._done(place, {form.within: [part]})

    def _call(self, key: str, name: str) -> None:
        self.close()
        item = {"type": "function_call", "status": "in_progress", "call_id": key, "name": name}
        self._calls[key] = (self._item("fc_", item | {"arguments": ""}), [])

    def _called(self, key: str) -> None:
        place, pieces = self._calls[key]
        whole = {"name": self.items[place]["name"], "arguments": "".join(pieces) or "{}"}
        self.say("response.function_call_arguments.done", place, **whole)
        self._done(place, whole)
