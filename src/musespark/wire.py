"""What travels to and from a Chat Completions server: its JSON in and out.

Knows nothing about connections, retries or which model it is; every field a server may leave out,
null or send in another shape is optional here.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from musespark import loose
from musespark.failure import Failure, failure
from musespark.message import (
    Document,
    File,
    Image,
    Message,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
    Usage,
)
from musespark.model import CallDelta, Chunk, join
from musespark.plain import disarmed
from musespark.settings import TierSettings
from musespark.sse import DONE
from musespark.tool import Tool


class Function(Struct, gc=False):
    name: str | None = None
    arguments: str | None = None


class Call(Struct, gc=False):
    index: int | None = None
    id: str | None = None
    function: Function | None = None


class Delta(Struct, gc=False):
    content: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    refusal: str | None = None
    tool_calls: list[Call] | None = None


class Choice(Struct, gc=False):
    index: int | None = None
    delta: Delta | None = None
    message: Delta | None = None
    finish_reason: str | None = None


class InputDetails(Struct, gc=False):
    cached_tokens: int | None = None


class OutputDetails(Struct, gc=False):
    reasoning_tokens: int | None = None


class Tokens(Struct, gc=False):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: InputDetails | None = None
    completion_tokens_details: OutputDetails | None = None
    prompt_cache_hit_tokens: int | None = None
    cost: float | None = None


class Event(Struct, gc=False):
    """One event, or a whole answer of a server that does not stream."""

    choices: list[Choice] | None = None
    usage: Tokens | None = None
    error: Any = None


_decoder = msgspec.json.Decoder(Event)
_decoder_of_many = msgspec.json.Decoder(list[Event])


def decode(payload: bytes) -> Event:
    """The event in `payload`. Raises msgspec.DecodeError when it is no JSON at all."""
    try:
        return _decoder.decode(payload)
    except msgspec.ValidationError:
        return _lenient(msgspec.json.decode(payload))
    except UnicodeDecodeError:
        return decode(payload.decode("utf-8", "replace").encode())
    except msgspec.DecodeError:
        if b"\n" not in payload.strip():
            raise
        whole = payload.replace(b"\n", b" ")  # a value split inside a string over two data lines
        return _decoder.decode(whole)


def _together(payloads: list[bytes]) -> Sequence[Event | bytes]:
    """Several events decoded at once, for a third of the time; the payloads where one is odd."""
    done = payloads[-1] == DONE
    try:
        several = b",".join(payloads[:-1] if done else payloads)
        found: list[Event | bytes] = [*_decoder_of_many.decode(b"[%s]" % several)]
    except (msgspec.DecodeError, UnicodeError):
        return payloads
    return [*found, DONE] if done else found


def _function(value: Any) -> Function:
    arguments = loose.fields(value).get("arguments")
    if arguments is not None and not isinstance(arguments, str):
        arguments = msgspec.json.encode(arguments).decode()
    return Function(loose.words(loose.fields(value).get("name")), arguments)


def _delta(value: Any) -> Delta | None:
    if not isinstance(value, dict):
        return None
    calls = [
        Call(
            loose.count(call.get("index")),
            loose.words(call.get("id")),
            _function(call.get("function")),
        )
        for call in map(loose.fields, loose.items(value.get("tool_calls")))
    ]
    return Delta(
        loose.words(value.get("content")),
        loose.words(value.get("reasoning_content")),
        loose.words(value.get("reasoning")),
        loose.words(value.get("refusal")),
        calls or None,
    )


def _lenient(value: Any) -> Event:
    """The same event from JSON whose types are not the expected ones."""
    given = loose.fields(value)
    choices = [
        Choice(
            loose.count(choice.get("index")),
            _delta(choice.get("delta")),
            _delta(choice.get("message")),
            loose.words(choice.get("finish_reason")),
        )
        for choice in map(loose.fields, loose.items(given.get("choices")))
    ]
    tokens = given.get("usage")
    usage = None
    if isinstance(tokens, dict):
        cost = tokens.get("cost")
        usage = Tokens(
            loose.count(tokens.get("prompt_tokens")),
            loose.count(tokens.get("completion_tokens")),
            InputDetails(
                loose.count(loose.fields(tokens.get("prompt_tokens_details")).get("cached_tokens"))
            ),
            OutputDetails(
                loose.count(
                    loose.fields(tokens.get("completion_tokens_details")).get("reasoning_tokens")
                )
            ),
            loose.count(tokens.get("prompt_cache_hit_tokens")),
            float(cost) if isinstance(cost, int | float) else None,
        )
    return Event(choices, usage, given.get("error"))


# What goes out


def document(part: Document) -> str:
    """An attached text as a block that its own words cannot close, and in which they speak for
    nobody else."""
    name = re.sub(r'["<>\s]+', " ", disarmed(part.name)).strip() or "attachment"
    text = re.sub(r"<(/?document)", r"‹\1", disarmed(part.text), flags=re.IGNORECASE)
    return f'<document name="{name}">\n{text}\n</document>'


def _content(message: Message, vision: bool) -> str | list[dict[str, Any]]:
    """The words, documents and pictures of a message; a plain string where there is no picture."""
    parts: list[dict[str, Any]] = []
    words: list[str] = []
    for part in message.parts:
        if isinstance(part, Text):
            words.append(part.text)
        elif isinstance(part, Document):
            words.append(document(part))
        elif isinstance(part, File):
            words.append(_unseen("file", part.name, "read"))
        elif isinstance(part, Image):
            if not vision:
                words.append(_unseen("picture", part.name, "shown"))
                continue
            if words:
                parts.append({"type": "text", "text": "\n".join(words)})
                words = []
            parts.append({"type": "image_url", "image_url": {"url": part.url}})
    if not parts:
        return words[0] if len(words) == 1 else "\n".join(words)
    if words:
        parts.append({"type": "text", "text": "\n".join(words)})
    return parts


def _unseen(kind: str, name: str, done: str) -> str:
    return f"[A {kind}{f' named {name}' if name else ''}, not {done}.]"


def _whole(arguments: str) -> str:
    """Arguments a server can parse: several fail on a broken piece that the model wrote."""
    try:
        msgspec.json.decode(arguments)
    except (msgspec.DecodeError, UnicodeError):
        return msgspec.json.encode({"unreadable": arguments}).decode()
    return arguments


def messages(
    given: Iterable[Message], *, vision: bool = False, reasoning_back: bool = False
) -> list[dict[str, Any]]:
    """Our messages as Chat Completions messages."""
    out: list[dict[str, Any]] = []
    for message in given:
        results = [part for part in message.parts if isinstance(part, ToolResult)]
        out += [
            {"role": "tool", "tool_call_id": part.call, "content": part.content} for part in results
        ]
        if results and len(results) == len(message.parts):
            continue
        entry: dict[str, Any] = {"role": message.role, "content": _content(message, vision)}
        if message.role == "assistant":
            calls = [part for part in message.parts if isinstance(part, ToolCall)]
            if calls:
                entry["tool_calls"] = [
                    {
                        "id": call.id,
                        "type": "function",
                        "function": {"name": call.name, "arguments": _whole(call.arguments)},
                    }
                    for call in calls
                ]
            if reasoning_back:
                thoughts = [part.text for part in message.parts if isinstance(part, Reasoning)]
                if thoughts:
                    entry["reasoning_content"] = "\n".join(thoughts)
        out.append(entry)
    return out


def tools(given: Sequence[Tool]) -> list[dict[str, Any]]:
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.parameters,
            },
        }
        for tool in given
    ]


def strict(schema: Any) -> bool:
    """Whether every object in the schema is closed and needs all of its fields, which is what
    OpenAI's `strict` asks for."""
    if isinstance(schema, list):
        return all(strict(item) for item in schema)
    if not isinstance(schema, dict):
        return True
    if "properties" in schema or schema.get("type") == "object":
        properties = schema.get("properties")
        if not isinstance(properties, dict) or schema.get("additionalProperties") is not False:
            return False
        if set(schema.get("required", ())) != set(properties):
            return False
        return all(strict(item) for item in properties.values())
    return all(strict(item) for item in schema.values())


def response_format(schema: dict[str, Any]) -> dict[str, Any]:
    shape = {"name": "answer", "strict": strict(schema), "schema": schema}
    return {"type": "json_schema", "json_schema": shape}


# The answer


class Failed(Exception):
    """The server reports a failure inside the stream."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


class Endless(Exception):
    """The stream goes on far past what the model can hold."""


class Answer:
    """One answer as it comes in: wire events to chunks, with what must be remembered between."""

    __slots__ = (
        "_calls", "_events", "_most", "_size", "_tier", "_usage", "broken", "done", "finish",
    )  # fmt: skip

    def __init__(self, tier: TierSettings, size: int) -> None:
        self._tier = tier
        self._size = [size, 0]
        self._usage: Tokens | None = None
        self._calls: list[tuple[int | None, str]] = []
        self._events = 0
        # A stream that goes on after several times the model's context will not end by itself.
        self._most = 4 * tier.context + 10_000
        self.done = False
        self.finish = ""
        self.broken: Exception | None = None

    def take(self, payloads: list[bytes], *, joined: bool = False) -> list[Chunk]:
        """The chunks of the events that came together, as one where they may be `joined`. `done`
        says that the last one was among them; what comes after something `broken` (no JSON, a
        failure that the server reports, an endless stream) is not read."""
        found: list[Chunk] = []
        for each in _together(payloads) if len(payloads) > 2 else payloads:
            if each == DONE:
                self.done = True
                break
            try:
                chunk = self._chunk(each if isinstance(each, Event) else decode(each))
            except (msgspec.DecodeError, UnicodeError, Failed, Endless) as error:
                self.broken = error
                break
            if chunk is not None:
                found.append(chunk)
        return [join(found)] if joined and len(found) > 1 else found

    def _chunk(self, event: Event) -> Chunk | None:
        """The chunk of an event, if it says anything. Raises Failed for an error in the stream,
        Endless."""
        self._events += 1
        if self._events > self._most:
            raise Endless
        if event.error is not None:
            raise Failed(failure({"error": event.error}))
        if event.usage is not None:
            self._usage = event.usage
        if not event.choices:
            return None
        choice = event.choices[0]
        delta = choice.delta or choice.message
        finish = choice.finish_reason or ""
        if choice.index or self.finish:
            return None
        self.finish = finish
        if delta is None:
            return Chunk(finish=finish) if finish else None
        text = delta.content or delta.refusal or ""
        reasoning = delta.reasoning_content or delta.reasoning or ""
        calls = self._called(delta.tool_calls) if delta.tool_calls else ()
        if not (text or reasoning or calls or finish):
            return None
        self._size[1] += len(text) + len(reasoning)
        return Chunk(text, reasoning, calls, finish)

    def _called(self, calls: list[Call]) -> tuple[CallDelta, ...]:
        """Pieces of tool calls by our own count: some servers leave the index out, or give every
        call the same one."""
        out, known = [], self._calls
        for call in calls:
            function = call.function or Function()
            name, id = function.name or "", call.id or ""
            place = len(known) - 1
            if call.index is not None:
                same = [i for i, (index, _) in enumerate(known) if index == call.index]
                place = same[-1] if same else -1
            other = bool(id and place >= 0 and known[place][1] != id and name)
            if place < 0 or other or (call.index is None and name):
                id = id or f"call_{uuid.uuid4().hex[:24]}"
                known.append((call.index, id))
                place = len(known) - 1
            else:
                id = name = ""  # said before
            arguments = function.arguments or ""
            self._size[1] += len(arguments)
            out.append(CallDelta(place, id, name, arguments))
        return tuple(out)

    def last(self) -> Chunk:
        """The closing chunk: what the call used, by the server's count or else four bytes a token,
        and how it ended where the server did not say."""
        finish = "" if self.finish else ("tool_calls" if self._calls else "stop")
        given, tier = self._usage or Tokens(), self._tier
        read = self._size[0] // 4 if given.prompt_tokens is None else given.prompt_tokens
        written = given.completion_tokens
        if written is None:
            written = -(-self._size[1] // 4)
        inner, outer = given.prompt_tokens_details, given.completion_tokens_details
        cost = (read * tier.price_input + written * tier.price_output) / 1e6
        usage = Usage(
            read,
            written,
            (outer.reasoning_tokens or 0) if outer else 0,
            ((inner.cached_tokens or 0) if inner else 0) or given.prompt_cache_hit_tokens or 0,
            cost or given.cost or 0.0,
            1,
        )
        return Chunk(finish=finish, usage=usage)
