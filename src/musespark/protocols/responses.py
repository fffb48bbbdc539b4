"""OpenAI's Responses: its request as a turn, its answer and its stream from our events.

A response is a run under another name: `resp_…` and `run_…` end alike. It knows nothing of HTTP or
of how a run is followed.
"""

from __future__ import annotations

import time
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from musespark import asked, plugins
from musespark import event as ev
from musespark.asked import Asked, Wish, Wrong
from musespark.citing import citations
from musespark.message import Document, Message, Part, Reasoning, Text, ToolCall, ToolResult, Usage
from musespark.output import Output
from musespark.told import Told
from musespark.turn import Turn

_json = msgspec.json.Encoder().encode


class InputText(Struct, tag="input_text"):
    text: str


class OutputText(Struct, tag="output_text"):
    text: str


class PlainText(Struct, tag="text"):
    text: str


class Refusal(Struct, tag="refusal"):
    refusal: str


class InputImage(Struct, tag="input_image"):
    image_url: str | None = None
    file_id: str | None = None
    detail: str | None = None


class InputFile(Struct, tag="input_file"):
    file_data: str | None = None
    filename: str | None = None
    file_id: str | None = None
    file_url: str | None = None


class InputDocument(Struct, tag="document"):
    """Ours: an attached text as it is, without base64."""

    text: str
    name: str = "attachment"


class Audio(Struct):
    data: str
    format: str = ""


class InputAudio(Struct, tag="input_audio"):
    input_audio: Audio


InputPart = (
    InputText
    | OutputText
    | PlainText
    | Refusal
    | InputImage
    | InputFile
    | InputDocument
    | InputAudio
)


class Said(Struct, tag="message"):
    role: str
    content: str | list[InputPart]


class Called(Struct, tag="function_call"):
    call_id: str
    name: str
    arguments: str = "{}"


class CallOutput(Struct, tag="function_call_output"):
    call_id: str
    output: str | list[InputPart]


class Thought(Struct, tag="reasoning"):
    summary: list[dict[str, Any]] = []


class Reference(Struct, tag="item_reference"):
    id: str


Item = Said | Called | CallOutput | Thought | Reference


class Format(Struct):
    type: str = "text"
    schema: dict[str, Any] | None = None
    name: str | None = None


class TextWish(Struct):
    format: Format | None = None


class Effort(Struct):
    effort: str | None = None
    summary: str | None = None


class ResponseTool(Struct):
    type: str
    name: str = ""
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class ResponseRequest(Struct):
    """`POST /v1/responses`. Fields that are not named here are ignored. An item of the input
    without a type is a message."""

    model: str
    input: str | list[dict[str, Any]] = ""
    instructions: str | None = None
    previous_response_id: str | None = None
    stream: bool | None = None
    background: bool | None = None
    store: bool | None = None
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    max_output_tokens: Annotated[int, Meta(ge=1)] | None = None
    reasoning: Effort | None = None
    text: TextWish | None = None
    tools: list[ResponseTool] | None = None
    tool_choice: str | dict[str, Any] | None = None
    parallel_tool_calls: bool | None = None
    metadata: dict[str, Any] | None = None
    musespark: Wish | None = None


def read(body: bytes) -> Asked:
    """The request in `body`. Raises Wrong."""
    given = asked.decode(body, ResponseRequest)
    mode = asked.mode_of(given.model, ("auto", *plugins.names("modes")))
    messages = read_input(given.input, known=bool(given.previous_response_id))
    asked.check(messages, "input")
    if given.instructions:
        messages.insert(0, Message("system", (Text(given.instructions),)))
    tools = asked.tools([_tool(tool, n) for n, tool in enumerate(given.tools or ())])
    tools, choice = asked.chosen(given.tool_choice, tools)
    options = asked.sampling(given, given.max_output_tokens, None, bool(tools))
    form = (given.text.format if given.text else None) or Format()
    wish = asked.wish(given.musespark)
    wish.incognito = wish.incognito or given.store is False
    if given.background and wish.incognito:
        raise Wrong(
            "A response in the background has to be kept, or nobody could read it.", "store",
            next="Leave store out, or background.",
        )  # fmt: skip
    return Asked(
        messages=messages,
        model=given.model,
        mode=mode,
        tools=tools,
        tool_choice=choice,
        schema=asked.schema(form.type, form.schema, "text.format"),
        effort=asked.effort(given.reasoning.effort if given.reasoning else None, "reasoning"),
        options=options,
        wish=wish,
        stream=bool(given.stream),
        background=bool(given.background),
        previous=given.previous_response_id or "",
        echo=_echo(given),
    )


def _echo(given: ResponseRequest) -> dict[str, Any]:
    """What a response repeats of its request."""
    tools = [
        {"type": "function", "name": tool.name, "description": tool.description,
         "parameters": tool.parameters, "strict": bool(tool.strict)}
        for tool in given.tools or ()
    ]  # fmt: skip
    form = (given.text.format if given.text else None) or Format()
    text: dict[str, Any] = {"type": form.type}
    if form.type == "json_schema":
        text |= {"name": form.name or "answer", "schema": form.schema}
    return {
        "model": given.model,
        "instructions": given.instructions,
        "previous_response_id": given.previous_response_id,
        "background": bool(given.background),
        "store": given.store is not False,
        "temperature": given.temperature,
        "top_p": given.top_p,
        "max_output_tokens": given.max_output_tokens,
        "reasoning": {"effort": given.reasoning.effort if given.reasoning else None},
        "text": {"format": text},
        "tools": tools,
        "tool_choice": given.tool_choice or "auto",
        "parallel_tool_calls": given.parallel_tool_calls is not False,
        "metadata": given.metadata or {},
        "truncation": "disabled",
    }


def _tool(given: ResponseTool, number: int) -> Any:
    if given.type != "function":
        raise Wrong(
            f"A tool of the type {given.type[:40]!r} cannot be used.", f"tools[{number}]",
            code="unsupported", next='Send {"type": "function", "name": …, "parameters": …}.',
        )  # fmt: skip
    return asked.tool(given.name, given.description or "", given.parameters, f"tools[{number}]")


def read_input(given: str | list[dict[str, Any]], *, known: bool) -> list[Message]:
    """The input in our shape. With `known` earlier messages, which are in the store, results may be
    for calls of theirs. Raises Wrong."""
    if isinstance(given, str):
        return [Message("user", (Text(given),) if given else ())]
    messages: list[Message] = []
    for number, raw in enumerate(given):
        place = f"input[{number}]"
        try:
            item: Item = msgspec.convert({"type": "message", **raw}, Item)
        except msgspec.ValidationError as error:
            raise Wrong(f"The field {place!r} cannot be used.", place, why=f"{error}.") from None
        if isinstance(item, Said):
            messages.append(_said(item, place))
        elif isinstance(item, Called):
            call = ToolCall(item.call_id, item.name, item.arguments or "{}")
            if messages and messages[-1].role == "assistant":
                messages[-1] = Message("assistant", (*messages[-1].parts, call))
            else:
                messages.append(Message("assistant", (call,)))
        elif isinstance(item, CallOutput):
            words = asked.words(asked.parts(item.output, f"{place}.output", _part))
            result = (
                ToolResult(item.call_id, "", words)
                if known
                else asked.result(item.call_id, words, messages, f"{place}.call_id")
            )
            messages.append(Message("tool", (result,)))
        elif isinstance(item, Reference) and not known:
            raise Wrong(
                "Items cannot be named by their id.", place, code="unsupported",
                next="Send previous_response_id, or the items themselves.",
            )  # fmt: skip
        elif isinstance(item, Thought):
            words = "\n".join(str(part.get("text", "")) for part in item.summary)
            if words.strip():
                messages.append(Message("assistant", (Reasoning(words),)))
    return messages


def _said(item: Said, place: str) -> Message:
    role = {"developer": "system"}.get(item.role, item.role)
    if role not in ("system", "user", "assistant"):
        raise Wrong(
            f"There is no role {item.role[:40]!r}.", f"{place}.role",
            next="Send user, assistant, system or developer.",
        )  # fmt: skip
    parts = asked.parts(item.content, f"{place}.content", _part)
    return Message(role, tuple(parts))  # type: ignore[arg-type]


def _part(part: InputPart, place: str) -> Part | None:
    if isinstance(part, InputText | OutputText | PlainText):
        return Text(part.text) if part.text else None
    if isinstance(part, Refusal):
        return Text(part.refusal) if part.refusal else None
    if isinstance(part, InputDocument):
        return Document(part.text, part.name)
    if isinstance(part, InputAudio):
        return asked.sound(
            part.input_audio.data, part.input_audio.format, f"{place}.input_audio.data"
        )
    name = "" if isinstance(part, InputImage) else part.filename or ""
    if part.file_id:
        return asked.kept(part.file_id, name, f"{place}.file_id")
    if isinstance(part, InputImage):
        if part.image_url is not None:
            return asked.picture(part.image_url, f"{place}.image_url")
    elif part.file_data is not None:
        return asked.file(part.file_data, name, f"{place}.file_data")
    elif part.file_url is not None:
        return asked.address(part.file_url, name, f"{place}.file_url")
    raise Wrong(
        "The part names no file.", place,
        next="Send file_id of POST /v1/files, image_url, file_data or file_url.",
    )  # fmt: skip


# -- the answer ------------------------------------------------------------------------------------


def response_id(run: str) -> str:
    return "resp_" + run.removeprefix("run_")


def run_id(response: str) -> str:
    return "run_" + response.removeprefix("resp_")


class Answer:
    """The answer to one request, from the events of its run."""

    def __init__(self, turn: Turn, given: Asked) -> None:
        self.told = Told(turn)
        self.given = given
        self.id = response_id(turn.run)
        self.conversation = turn.conversation
        self.created = int(time.time())
        self.output = Output(self.id.removeprefix("resp_"), given.stream)

    def feed(self, numbered: list[tuple[int, ev.Event]]) -> bytes:
        """The protocol's events that these events make; b"" for none."""
        output = self.output
        for _, event in numbered:
            piece = self.told.take(event)
            if piece is None or self.told.error is not None:
                continue
            if not output.begun:
                self._begin()
            kind, key, words = piece
            if kind == "end":
                output.sources = self.told.sources
                output.close()
                status = _status(self.told.finish)
                name = "incomplete" if status == "incomplete" else "completed"
                output.say(f"response.{name}", response=self.body(status))
            else:
                output.add(kind, key, words)
        return output.take()

    def whole(self) -> bytes:
        """The response as one JSON object, once the run has ended without an error."""
        return _json(self.body(_status(self.told.finish)))

    def queued(self) -> bytes:
        """The response of a run that has only begun."""
        return _json(self.body("in_progress"))

    def failed(self, error: ev.RunError) -> bytes:
        """The last event of a stream that fails."""
        if not self.output.begun:
            self._begin()
        self.output.say("response.failed", response=self.body("failed", error))
        return self.output.take()

    def _begin(self) -> None:
        for state in ("created", "in_progress"):
            self.output.say(f"response.{state}", response=self.body("in_progress"))

    def body(self, status: str, error: ev.RunError | None = None) -> dict[str, Any]:
        """The response object as it is now."""
        fault = {"code": "server_error", "message": error.message} if error else None
        cut = {"reason": "max_output_tokens"} if status == "incomplete" else None
        done = status not in ("in_progress", "queued")
        return {
            "id": self.id,
            "object": "response",
            "created_at": self.created,
            "status": status,
            "error": fault,
            "incomplete_details": cut,
            "output": list(self.output.items) if done else [],
            "usage": usage_of(self.told.usage) if done else None,
            "user": None,
            **self.given.echo,
            "musespark": self.told.extension(),
        }


def _status(finish: str) -> str:
    if finish == "cancelled":
        return "cancelled"
    return "incomplete" if finish in ("length", "content_filter") else "completed"


def usage_of(spent: Usage) -> dict[str, Any]:
    """What the whole run used, in the protocol's words."""
    return {
        "input_tokens": spent.input,
        "input_tokens_details": {"cached_tokens": spent.cached},
        "output_tokens": spent.output,
        "output_tokens_details": {"reasoning_tokens": spent.reasoning},
        "total_tokens": spent.total,
    }


_STATES = {"running": "in_progress", "done": "completed", "interrupted": "failed"}


def kept(row: dict[str, Any]) -> dict[str, Any]:
    """A response as it is in the store: its run's row, with the messages."""
    items: list[dict[str, Any]] = []
    own = response_id(row["id"])
    for message in row["messages"]:
        if message["role"] != "assistant":
            continue
        for part in message["parts"]:
            tail = f"{own.removeprefix('resp_')}_{len(items)}"
            if part["type"] == "text":
                cited = citations(part["text"], (row.get("beside") or {}).get("sources", ()))
                text = {"type": "output_text", "text": part["text"], "annotations": cited}
                items.append({"id": f"msg_{tail}", "type": "message", "status": "completed",
                              "role": "assistant", "content": [text]})  # fmt: skip
            elif part["type"] == "tool_call":
                items.append({"id": f"fc_{tail}", "type": "function_call", "call_id": part["id"],
                              "status": "completed", "name": part["name"],
                              "arguments": part.get("arguments", "{}")})  # fmt: skip
    fault = row["error"]
    ended = row["state"] != "running"
    usage = msgspec.convert(row["usage"] or {}, Usage)
    return {
        "id": own,
        "object": "response",
        "created_at": int(row["started"].timestamp()),
        "status": _STATES.get(row["state"], row["state"]),
        "error": {"code": "server_error", "message": fault["message"]} if fault else None,
        "incomplete_details": None,
        "model": asked.PREFIX + (row["asked"] or "auto"),
        "instructions": None,
        "output": items,
        "usage": usage_of(usage) if ended else None,
        "metadata": {},
        "parallel_tool_calls": True,
        "temperature": None,
        "top_p": None,
        "tool_choice": "auto",
        "tools": [],
        "musespark": {"run": row["id"], "conversation": row["conversation"], "mode": row["mode"],
                      "asked": row["asked"], "reason": row["reason"],
                      "cost": round(usage.cost, 9)},
    }  # fmt: skip
