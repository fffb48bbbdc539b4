"""AG-UI 1.0: its RunAgentInput as a turn; our events are its events already.

It knows nothing of HTTP or of how a run is followed.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from musespark import asked, plugins
from musespark import event as ev
from musespark.asked import Asked, CallMade, Wish, Wrong
from musespark.message import Message, Part, Reasoning, Text
from musespark.shown import Shown
from musespark.told import Told
from musespark.turn import Turn


class Camel(Struct, rename="camel"):
    """Names as the protocol writes them."""


class DataSource(Camel, tag="data"):
    value: str
    mime_type: str = ""


class UrlSource(Camel, tag="url"):
    value: str
    mime_type: str | None = None


class FileSource(Camel, tag="file"):
    value: str
    provider: str | None = None


Source = DataSource | UrlSource | FileSource


class TextPart(Camel, tag="text"):
    text: str


class ImagePart(Camel, tag="image"):
    source: Source
    id: str | None = None
    metadata: Any = None


class DocumentPart(Camel, tag="document"):
    source: Source
    id: str | None = None
    metadata: Any = None


class AudioPart(Camel, tag="audio"):
    source: Source
    id: str | None = None
    metadata: Any = None


class VideoPart(Camel, tag="video"):
    source: Source
    id: str | None = None
    metadata: Any = None


class BinaryPart(Camel, tag="binary"):
    mime_type: str
    id: str | None = None
    url: str | None = None
    data: str | None = None
    filename: str | None = None


InputPart = TextPart | ImagePart | DocumentPart | AudioPart | VideoPart | BinaryPart
Content = str | list[InputPart] | None


class System(Camel, tag_field="role", tag="system"):
    content: Content = None


class Developer(Camel, tag_field="role", tag="developer"):
    content: Content = None


class Person(Camel, tag_field="role", tag="user"):
    content: Content = None


class Assistant(Camel, tag_field="role", tag="assistant"):
    content: Content = None
    tool_calls: list[CallMade] | None = None


class Result(Camel, tag_field="role", tag="tool"):
    tool_call_id: str
    content: Content = None
    error: str | None = None


class Thought(Camel, tag_field="role", tag="reasoning"):
    content: str = ""


class Activity(Camel, tag_field="role", tag="activity"):
    content: Any = None


InputMessage = System | Developer | Person | Assistant | Result | Thought | Activity


class ClientTool(Camel):
    name: str
    description: str = ""
    parameters: dict[str, Any] | None = None


class Context(Camel):
    description: str
    value: str


class Forwarded(Struct):
    """`forwardedProps`: ours is the one object `musespark`; the rest belongs to others."""

    musespark: Wish | None = None


class RunAgentInput(Camel):
    """`POST /agui`."""

    thread_id: str
    run_id: str
    messages: list[InputMessage]
    tools: list[ClientTool] | None = None
    context: list[Context] | None = None
    forwarded_props: Any = None
    state: Any = None
    protocol_version: str | None = None
    parent_run_id: str | None = None


def read(body: bytes) -> Asked:
    """The request in `body`. Raises Wrong."""
    given = asked.decode(body, RunAgentInput)
    messages = read_messages(given.messages)
    asked.check(messages)
    if given.context:
        lines = "\n".join(f"{each.description}: {each.value}" for each in given.context)
        messages.insert(0, Message("system", (Text(f"What the application says:\n{lines}"),)))
    wish = asked.wish(_wish(given.forwarded_props))
    if wish.mode:
        plugins.names("modes")
    tools = [
        asked.tool(each.name, each.description, each.parameters, f"tools[{number}]")
        for number, each in enumerate(given.tools or ())
    ]
    return Asked(
        messages=messages,
        run=asked.identifier(given.run_id, "runId"),
        conversation=asked.identifier(given.thread_id, "threadId"),
        tools=asked.tools(tools),
        beside=True,
        wish=wish,
        stream=True,
    )


def _wish(given: Any) -> Wish | None:
    if not isinstance(given, dict) or given.get("musespark") is None:
        return None
    try:
        return msgspec.convert(given["musespark"], Wish)
    except msgspec.ValidationError as error:
        raise Wrong(
            "The wishes for musespark cannot be used.", "forwardedProps.musespark",
            why=f"{error}.",
        ) from None  # fmt: skip


def read_messages(given: list[InputMessage]) -> list[Message]:
    """The conversation in our shape. Raises Wrong."""
    messages: list[Message] = []
    for number, message in enumerate(given):
        place = f"messages[{number}]"
        if isinstance(message, Activity):
            continue  # progress that was shown, no part of what was said
        if isinstance(message, Thought):
            if message.content:
                messages.append(Message("assistant", (Reasoning(message.content),)))
            continue
        parts = asked.parts(message.content, f"{place}.content", _part)
        if isinstance(message, System | Developer):
            if parts:
                messages.append(Message("system", tuple(parts)))
        elif isinstance(message, Person):
            messages.append(Message("user", tuple(parts)))
        elif isinstance(message, Assistant):
            parts += asked.calls(message.tool_calls)
            if messages and messages[-1].role == "assistant":
                last = messages[-1].parts
                if all(isinstance(part, Reasoning) for part in last):
                    messages.pop()
                    parts = [*last, *parts]
            if parts:
                messages.append(Message("assistant", tuple(parts)))
        else:
            said, where = message.error or asked.words(parts), f"{place}.toolCallId"
            found = asked.result(message.tool_call_id, said, messages, where)
            messages.append(Message("tool", (msgspec.structs.replace(
                found, failed=message.error is not None),)))  # fmt: skip
    return messages


def _part(part: InputPart, place: str) -> Part | None:
    if isinstance(part, TextPart):
        return Text(part.text) if part.text else None
    if isinstance(part, BinaryPart):
        name = part.filename or ""
        if part.data is not None:
            return asked.file(part.data, name, f"{place}.data")
        if part.url is not None:
            return _from(part.url, name, f"{place}.url")
        if part.id is not None:
            return asked.kept(part.id, name, f"{place}.id")
        raise Wrong("The attachment is empty.", place, next="Send its data, url or id.")
    metadata = part.metadata if isinstance(part.metadata, dict) else {}
    name = str(metadata.get("filename") or metadata.get("name") or part.id or "")
    source, value = part.source, f"{place}.source.value"
    if isinstance(source, UrlSource):
        return _from(source.value, name, value)
    if isinstance(source, FileSource):
        return asked.kept(source.value, name, value)
    return asked.file(source.value, name, value)


def _from(url: str, name: str, place: str) -> Part:
    """A file by its address, which may hold the file itself."""
    read = asked.file if url[:5].lower() == "data:" else asked.address
    return read(url, name, place)


class Answer:
    """The events of one run, as they are; each carries its number for whoever resumes."""

    def __init__(self, turn: Turn, given: Asked) -> None:
        self.told = Told(turn)
        self.given = given
        self.shown = Shown() if given.wish.render else None

    def feed(self, numbered: list[tuple[int, ev.Event]]) -> bytes:
        """The events as server-sent events."""
        last = numbered[-1][1] if numbered else None
        if isinstance(last, ev.RunError | ev.RunFinished):
            self.told.take(last)
        return frames(numbered, self.shown)

    def whole(self) -> bytes:
        """Nothing: this protocol streams."""
        return b""


def frames(numbered: list[tuple[int, ev.Event]], shown: Shown | None = None) -> bytes:
    """Server-sent events, the number of each event as its id. What words look like stands before
    them: whoever has the number of an event has what belongs to it."""
    pieces: list[bytes] = []
    for number, event in numbered:
        if shown is not None:
            pieces += unnumbered(shown.take(event))
        pieces.append(b"id: %d\ndata: %b\n\n" % (number, ev.encode(event)))
    if shown is not None:
        pieces[-1:-1] = unnumbered(shown.flush())
    return b"".join(pieces)


def unnumbered(events: list[ev.Custom]) -> list[bytes]:
    """Server-sent events that are not kept."""
    return [b"data: %b\n\n" % ev.encode(event) for event in events]
