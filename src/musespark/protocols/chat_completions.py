"""OpenAI's Chat Completions: its request as a turn, its answer from our events.

`read` takes the request, `Answer` gives the chunks of a stream or the whole. It knows nothing of
HTTP, of keys or of how a run is followed.
"""

from __future__ import annotations

import time
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from musespark import asked, plugins
from musespark import event as ev
from musespark.asked import Asked, CallMade, Wish, Wrong
from musespark.citing import citations
from musespark.message import Document, Message, Part, Reasoning, Text, Usage
from musespark.told import Piece, Told
from musespark.turn import Turn

_json = msgspec.json.Encoder().encode


class Url(Struct):
    url: str
    detail: str | None = None


class File(Struct):
    file_data: str | None = None
    filename: str | None = None
    file_id: str | None = None


class TextPart(Struct, tag="text"):
    text: str


class RefusalPart(Struct, tag="refusal"):
    refusal: str


class ImagePart(Struct, tag="image_url"):
    image_url: Url | str


class FilePart(Struct, tag="file"):
    file: File


class DocumentPart(Struct, tag="document"):
    """Ours: an attached text as it is, without base64."""

    text: str
    name: str = "attachment"


class Audio(Struct):
    data: str
    format: str = ""


class AudioPart(Struct, tag="input_audio"):
    input_audio: Audio


ContentPart = TextPart | RefusalPart | ImagePart | FilePart | DocumentPart | AudioPart
Content = str | list[ContentPart] | None


class System(Struct, tag_field="role", tag="system"):
    content: Content = None


class Developer(Struct, tag_field="role", tag="developer"):
    content: Content = None


class Person(Struct, tag_field="role", tag="user"):
    content: Content = None


class Assistant(Struct, tag_field="role", tag="assistant"):
    content: Content = None
    reasoning_content: str | None = None
    tool_calls: list[CallMade] | None = None


class Result(Struct, tag_field="role", tag="tool"):
    tool_call_id: str
    content: Content = None


ChatMessage = System | Developer | Person | Assistant | Result


class FunctionTool(Struct):
    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class ChatTool(Struct):
    function: FunctionTool | None = None
    type: str = "function"


class JsonSchema(Struct):
    schema: dict[str, Any] | None = None
    name: str | None = None
    strict: bool | None = None


class Format(Struct):
    type: str = "text"
    json_schema: JsonSchema | None = None


class StreamOptions(Struct):
    include_usage: bool | None = None


class ChatRequest(Struct):
    """`POST /v1/chat/completions`. Fields that are not named here are ignored."""

    model: str
    messages: Annotated[list[ChatMessage], Meta(min_length=1)]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    n: int | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    top_k: int | None = None
    min_p: float | None = None
    typical_p: float | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    repetition_penalty: float | None = None
    repeat_penalty: float | None = None
    logit_bias: dict[str, float] | None = None
    max_tokens: Annotated[int, Meta(ge=1)] | None = None
    max_completion_tokens: Annotated[int, Meta(ge=1)] | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    reasoning_effort: str | None = None
    response_format: Format | None = None
    tools: list[ChatTool] | None = None
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    functions: Any = None
    modalities: list[str] | None = None
    logprobs: bool | None = None
    musespark: Wish | None = None


def read(body: bytes) -> Asked:
    """The request in `body`. Raises Wrong."""
    given = asked.decode(body, ChatRequest)
    _refuse(given)
    mode = asked.mode_of(given.model, ("auto", *plugins.names("modes")))
    messages = read_messages(given.messages)
    asked.check(messages)
    tools = asked.tools([_tool(t, n) for n, t in enumerate(given.tools or ())])
    tools, choice = asked.chosen(given.tool_choice, tools)
    most = given.max_completion_tokens or given.max_tokens
    options = asked.sampling(given, most, given.stop, bool(tools))
    form = given.response_format or Format()
    inner = form.json_schema.schema if form.json_schema else None
    return Asked(
        messages=messages,
        model=given.model,
        mode=mode,
        tools=tools,
        tool_choice=choice,
        schema=asked.schema(form.type, inner, "response_format"),
        effort=asked.effort(given.reasoning_effort, "reasoning_effort"),
        options=options,
        wish=asked.wish(given.musespark),
        stream=bool(given.stream),
        usage=bool(given.stream_options and given.stream_options.include_usage),
    )


def _refuse(given: ChatRequest) -> None:
    """What is understood but not done is said, not left out silently."""
    if given.n is not None and given.n != 1:
        raise Wrong(
            "One answer is given to a request.", "n", code="unsupported",
            next="Leave n out; musespark-contemplating weighs many drafts for you.",
        )  # fmt: skip
    if given.functions:
        raise Wrong(
            "The field functions is of an older protocol.", "functions", code="unsupported",
            next="Send tools.",
        )  # fmt: skip
    if given.modalities and given.modalities != ["text"]:
        raise Wrong("Answers are text.", "modalities", code="unsupported", next='Send ["text"].')
    if given.logprobs:
        raise Wrong(
            "Log probabilities are not given: an answer may join several model calls.",
            "logprobs", code="unsupported", next="Leave the field out.",
        )  # fmt: skip


def _tool(given: ChatTool, number: int) -> Any:
    if given.type != "function" or given.function is None:
        raise Wrong(
            f"A tool of the type {given.type[:40]!r} cannot be used.", f"tools[{number}]",
            code="unsupported", next='Send {"type": "function", "function": {…}}.',
        )  # fmt: skip
    it = given.function
    return asked.tool(it.name, it.description or "", it.parameters, f"tools[{number}].function")


def read_messages(given: list[ChatMessage]) -> list[Message]:
    """The conversation in our shape; parts without words are left out. Raises Wrong."""
    messages: list[Message] = []
    for number, message in enumerate(given):
        place = f"messages[{number}]"
        parts = asked.parts(message.content, f"{place}.content", _part)
        if isinstance(message, System | Developer):
            if parts:
                messages.append(Message("system", tuple(parts)))
        elif isinstance(message, Person):
            messages.append(Message("user", tuple(parts)))
        elif isinstance(message, Assistant):
            if message.reasoning_content:
                parts.insert(0, Reasoning(message.reasoning_content))
            parts += asked.calls(message.tool_calls)
            if parts:
                messages.append(Message("assistant", tuple(parts)))
        else:
            where = f"{place}.tool_call_id"
            found = asked.result(message.tool_call_id, asked.words(parts), messages, where)
            messages.append(Message("tool", (found,)))
    return messages


def _part(part: ContentPart, place: str) -> Part | None:
    if isinstance(part, TextPart):
        return Text(part.text) if part.text else None
    if isinstance(part, RefusalPart):
        return Text(part.refusal) if part.refusal else None
    if isinstance(part, DocumentPart):
        return Document(part.text, part.name)
    if isinstance(part, ImagePart):
        url = part.image_url if isinstance(part.image_url, str) else part.image_url.url
        return asked.picture(url, f"{place}.image_url")
    if isinstance(part, AudioPart):
        return asked.sound(
            part.input_audio.data, part.input_audio.format, f"{place}.input_audio.data"
        )
    given = part.file
    if given.file_id:
        return asked.kept(given.file_id, given.filename or "", f"{place}.file.file_id")
    if given.file_data is None:
        raise Wrong(
            "The part names no file.", f"{place}.file",
            next="Send file_id of POST /v1/files, or the file itself in file_data.",
        )  # fmt: skip
    return asked.file(given.file_data, given.filename or "", f"{place}.file.file_data")


class Answer:
    """The answer to one request, from the events of its run."""

    def __init__(self, turn: Turn, given: Asked) -> None:
        self.told = Told(turn)
        self.given = given
        self.id = f"chatcmpl-{turn.run.removeprefix('run_')}"
        self.created = int(time.time())
        self._started = False
        self._text: list[str] = []
        self._thoughts: list[str] = []
        self._calls: dict[str, list[str]] = {}
        self._order: dict[str, int] = {}
        head = {
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": given.model,
        }
        self._head = b"data: " + _json(head)[:-1]
        delta = self._head + b',"choices":[{"index":0,"delta":{"'
        self._before_text = delta + b'content":'
        self._before_thought = delta + b'reasoning_content":'
        self._after = b'},"finish_reason":null}]}\n\n'

    # -- a stream ---------------------------------------------------------------------------------

    def feed(self, numbered: list[tuple[int, ev.Event]]) -> bytes:
        """The chunks that these events make, as server-sent events; b"" for none."""
        out: list[bytes] = []
        take, stream = self.told.take, self.given.stream
        for _, event in numbered:
            piece = take(event)
            if piece is None:
                continue
            if stream:
                self._chunk(piece, out)
            else:
                self._keep(piece)
        return b"".join(out)

    def _chunk(self, piece: Piece, out: list[bytes]) -> None:
        kind, key, words = piece
        if kind == "end" and self.told.error is not None:
            return
        if not self._started:
            self._started = True
            out.append(self._delta({"role": "assistant", "content": ""}))
        if kind == "text":
            out.append(self._before_text + _json(words) + self._after)
        elif kind == "reasoning":
            out.append(self._before_thought + _json(words) + self._after)
        elif kind == "call":
            index = self._order[key] = len(self._order)
            call = {"index": index, "id": key, "type": "function"}
            call["function"] = {"name": words, "arguments": ""}
            out.append(self._delta({"tool_calls": [call]}))
        elif kind == "arguments":
            call = {"index": self._order[key], "function": {"arguments": words}}
            out.append(self._delta({"tool_calls": [call]}))
        elif kind == "end":
            out.append(self._last(words))

    def _delta(self, delta: dict[str, Any]) -> bytes:
        choices = [{"index": 0, "delta": delta, "finish_reason": None}]
        return self._head + b',"choices":' + _json(choices) + b"}\n\n"

    def _last(self, finish: str) -> bytes:
        choices = [{"index": 0, "delta": {}, "finish_reason": _finish(finish)}]
        tail = b',"musespark":' + _json(self.told.extension()) + b"}\n\n"
        last = self._head + b',"choices":' + _json(choices) + tail
        if self.given.usage:
            usage = b',"usage":' + _json(usage_of(self.told.usage)) + b"}\n\n"
            last += self._head + b',"choices":[]' + usage
        return last + b"data: [DONE]\n\n"

    # -- a whole answer ---------------------------------------------------------------------------

    def _keep(self, piece: Piece) -> None:
        kind, key, words = piece
        if kind == "text":
            self._text.append(words)
        elif kind == "reasoning":
            self._thoughts.append(words)
        elif kind == "call":
            self._calls[key] = [words]
        elif kind == "arguments":
            self._calls[key].append(words)

    def whole(self) -> bytes:
        """The answer as one JSON object, once the run has ended without an error."""
        message: dict[str, Any] = {"role": "assistant", "content": "".join(self._text) or None}
        message["refusal"] = None
        message["annotations"] = [
            {"type": "url_citation", "url_citation": {k: v for k, v in each.items() if k != "type"}}
            for each in citations(message["content"] or "", self.told.sources)
            if each["type"] == "url_citation"
        ]
        if self._thoughts:
            message["reasoning_content"] = "".join(self._thoughts)
        if self._calls:
            message["tool_calls"] = [
                {
                    "id": id,
                    "type": "function",
                    "function": {"name": name, "arguments": "".join(arguments) or "{}"},
                }
                for id, (name, *arguments) in self._calls.items()
            ]
        elif message["content"] is None:
            message["content"] = ""
        choice = {"index": 0, "message": message, "logprobs": None}
        choice["finish_reason"] = _finish(self.told.finish)
        return _json(
            {
                "id": self.id,
                "object": "chat.completion",
                "created": self.created,
                "model": self.given.model,
                "choices": [choice],
                "usage": usage_of(self.told.usage),
                "musespark": self.told.extension(),
            }
        )


def _finish(finish: str) -> str:
    return "stop" if finish == "cancelled" else finish


def usage_of(spent: Usage) -> dict[str, Any]:
    """What the whole run used, in the protocol's words."""
    return {
        "prompt_tokens": spent.input,
        "completion_tokens": spent.output,
        "total_tokens": spent.total,
        "prompt_tokens_details": {"cached_tokens": spent.cached},
        "completion_tokens_details": {"reasoning_tokens": spent.reasoning},
    }
