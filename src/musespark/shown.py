"""What a page is shown of a run's words: their HTML, as `musespark.html` events beside their own.

They have no number and are not kept: whoever comes later gets them made anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from musespark import event as ev
from musespark.patches import Patch, Stream

NAME = "musespark.html"


class Shown:
    """The HTML of one run for one client."""

    def __init__(self) -> None:
        self._open: dict[str, Stream] = {}
        self._lanes: dict[str, str | None] = {}  # of the messages that are open
        self._last: dict[str | None, str] = {}  # the newest message that has ended, by lane
        self._ended: dict[str, Stream] = {}
        self._sources: dict[str | None, Any] = {}
        self._words: dict[str, list[str]] = {}  # that wait
        self._found: list[ev.Custom] = []

    def take(self, event: ev.Event) -> list[ev.Custom]:
        """What has to be shown before this event is told. Words wait, so that those of a message
        that come together are shown together."""
        if isinstance(event, ev.TextDelta | ev.ReasoningDelta):
            self._words.setdefault(event.message_id, []).append(event.delta)
            return []
        self._found = []
        self._other(event)
        return self._found

    def flush(self) -> list[ev.Custom]:
        """What is to be shown of the words that wait."""
        self._found = []
        for message, stream in self._open.items():
            if message in self._words or stream.waits:
                self._tell(message, stream.feed("".join(self._words.pop(message, ()))))
        self._words.clear()
        return self._found

    def resume(self, before: Iterable[ev.Event]) -> list[ev.Custom]:
        """The messages that are open after the events which the client has had: each anew."""
        for event in before:
            self.take(event)
        self._found = []
        for message, stream in self._open.items():
            text = stream.text + "".join(self._words.pop(message, ()))
            again = self._open[message] = Stream(stream.sources)
            self._tell(message, [Patch(fresh=True), *again.feed(text)])
        return self._found

    def _other(self, event: ev.Event) -> None:
        match event:
            case ev.TextStart() | ev.ReasoningMessageStart():
                lane = self._lanes[event.message_id] = event.subagent_run_id
                self._open[event.message_id] = Stream(self._sources.get(lane, ()))
            case ev.TextEnd() | ev.ReasoningMessageEnd():
                self._end(event.message_id)
            case ev.Custom(name="musespark.sources"):
                self._cite(event.subagent_run_id, event.value)
            case ev.Custom(name="musespark.discarded"):
                self._drop(str(event.value["messageId"]))

    def _flush(self, message: str) -> None:
        words = self._words.pop(message, None)
        stream = self._open.get(message)
        if words and stream is not None:
            self._tell(message, stream.feed("".join(words)))

    def _end(self, message: str) -> None:
        self._flush(message)
        stream = self._open.pop(message, None)
        if stream is None:
            return
        self._tell(message, stream.close())
        lane = self._lanes[message]
        old = self._last.get(lane)
        if old is not None:
            self._drop(old)
        self._last[lane], self._ended[message] = message, stream

    def _cite(self, lane: str | None, sources: Any) -> None:
        """Sources came: for the messages of this lane that are written, and the newest that is."""
        self._sources[lane] = sources
        for message, stream in [*self._open.items(), *self._ended.items()]:
            if self._lanes[message] == lane:
                self._flush(message)
                self._tell(message, stream.cite(sources))

    def _drop(self, message: str) -> None:
        for kept in (self._open, self._ended, self._lanes, self._words):
            kept.pop(message, None)

    def _tell(self, message: str, patches: list[Patch]) -> None:
        lane = self._lanes[message]
        for patch in patches:
            value = {"messageId": message, **msgspec.to_builtins(patch)}
            self._found.append(ev.Custom(NAME, value, lane))
