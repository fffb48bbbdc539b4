"""What a door is asked for, whatever protocol it was said in: the values a Turn is made from.

Every protocol file reads its request into `Asked`. Its requests are plain structs, decoded once;
what is wrong with them is said with the field it is in.
"""

from __future__ import annotations

import base64
import binascii
import re
import urllib.parse
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta, Struct, field

from musespark.message import Document, File, Message, Part, Text, ToolCall, ToolResult
from musespark.problem import Problem
from musespark.tool import Tool

T = TypeVar("T")

PREFIX = "musespark-"
_PLACE = re.compile(r" - at `\$\.?(.*)`$")
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_ID = re.compile(r"[!-~]{1,200}")
_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_LAST = re.compile(r"https?://[^/?#]*(?:/[^?#]*/|/)?([^/?#]*)")  # the last name of an address
_LONGEST_NAME = 200  # characters
_MAX_TOOLS = 128
# Sampling fields that Chat Completions servers know beside the ones that have a place of their own.
SAMPLING = (
    "top_p",
    "top_k",
    "min_p",
    "typical_p",
    "frequency_penalty",
    "presence_penalty",
    "repetition_penalty",
    "repeat_penalty",
    "logit_bias",
)
_EFFORT = {"minimal": "low", "xhigh": "high", "max": "high"}


class Wrong(Problem):
    """A request that cannot be understood or done; `param` is the field that is wrong."""

    def __init__(
        self, what: str, param: str = "", *, code: str = "invalid_request", why: str = "",
        next: str = "", status: int = 400,
    ) -> None:  # fmt: skip
        super().__init__(code, what, why=why, next=next, status=status)
        self.param = param


class Limits(Struct, forbid_unknown_fields=True):
    """The most that this request may use; never more than the operator allows."""

    tokens: Annotated[int, Meta(ge=1)] | None = None
    seconds: Annotated[float, Meta(gt=0)] | None = None
    money: Annotated[float, Meta(gt=0)] | None = None


class Wish(Struct, forbid_unknown_fields=True):
    """The `musespark` object of a request: what other servers have no field for. With `after` (the
    id of a run, or "" to begin anew) the messages are only the new ones; with `keep` the run goes
    on when the client hangs up. With `memory` false nothing is recalled for this turn, and nothing
    of it is remembered; with true, something is recalled also incognito."""

    mode: str = ""
    insist: bool = False
    approve: list[str] = []
    incognito: bool = False
    memory: bool | None = None
    conversation: str = ""
    after: str | None = None
    keep: bool = False
    render: str = ""
    zone: str = ""
    language: str = ""
    budget: Limits = field(default_factory=Limits)


class Asked(Struct, kw_only=True):
    """One request. `tools` is None where the caller brought none of their own; `beside` says that
    theirs stand beside this server's instead of replacing them."""

    messages: list[Message]
    model: str = ""
    mode: str = "auto"
    run: str = ""
    conversation: str = ""
    tools: dict[str, Tool] | None = None
    beside: bool = False
    tool_choice: str = "auto"
    schema: dict[str, Any] | None = None
    effort: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    wish: Wish = field(default_factory=Wish)
    stream: bool = False
    usage: bool = False
    background: bool = False
    previous: str = ""
    echo: dict[str, Any] = field(default_factory=dict)


class CalledFunction(Struct):
    """What a message says of a call that a model made; `arguments` is JSON in a text."""

    name: str
    arguments: str = "{}"


class CallMade(Struct):
    id: str
    function: CalledFunction
    type: str = "function"


def decode(body: bytes, kind: type[T]) -> T:
    """The request in `body`. Raises Wrong, naming the field and what it should be."""
    if not body.strip():
        raise Wrong("The request has no body.", next="Send a JSON object.")
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        said = str(error)
        found = _PLACE.search(said)
        place = found[1] if found else ""
        what = f"The field {place!r} cannot be used." if place else "The request cannot be used."
        raise Wrong(what, place, why=f"{_PLACE.sub('', said)}.", next=_API) from None
    except RecursionError:
        raise Wrong("The JSON is nested too deeply.", next="Send it flatter.") from None
    except (msgspec.DecodeError, UnicodeError) as error:
        why = str(error).partition(": ")[0] if isinstance(error, UnicodeError) else str(error)
        raise Wrong(
            "The request is not valid JSON in UTF-8.", why=f"{why.rstrip('.')}.",
            next="Check the body; its content type is application/json.",
        ) from None  # fmt: skip


_API = "GET /openapi.json describes every field."


def wish(given: Wish | None) -> Wish:
    """The wishes, checked. Raises Wrong."""
    given = given or Wish()
    if given.conversation:
        identifier(given.conversation, "musespark.conversation")
    if given.after:
        identifier(given.after, "musespark.after")
    if given.render not in ("", "html"):
        raise Wrong(
            f"The answer cannot be rendered as {given.render[:40]!r}.", "musespark.render",
            next='Send "html", or leave it out.',
        )  # fmt: skip
    if given.language and not _TAG.fullmatch(given.language):
        raise Wrong(
            f"The language {given.language[:40]!r} is none.", "musespark.language",
            next="Send a tag such as en, de or pt-BR.",
        )  # fmt: skip
    if given.zone:
        try:
            ZoneInfo(given.zone)
        except (KeyError, ValueError, OSError):  # a folder of the database is an OSError
            raise Wrong(
                f"There is no time zone {given.zone[:60]!r}.", "musespark.zone",
                next="Send an IANA name such as Europe/Berlin.",
            ) from None  # fmt: skip
    return given


def identifier(given: str, param: str) -> str:
    """An id that a caller chose: printable ASCII, 200 characters at most. Raises Wrong."""
    if not _ID.fullmatch(given):
        raise Wrong(
            f"The id in {param!r} cannot be used.", param,
            next="Use 1 to 200 letters, digits and signs of ASCII, without blanks.",
        )  # fmt: skip
    return given


def mode_of(model: str, modes: tuple[str, ...]) -> str:
    """The mode that a model's name asks for. Raises Wrong (404), naming the known ones."""
    name = model.removeprefix(PREFIX)
    if model == "musespark":
        return "auto"
    if model.startswith(PREFIX) and name in modes:
        return name
    known = ", ".join(PREFIX + mode for mode in modes)
    raise Wrong(
        f"There is no model {model[:100]!r}.", "model", code="model_not_found", status=404,
        next=f"There are: {known}.",
    )  # fmt: skip


def effort(given: str | None, param: str) -> str:
    """How hard to think, in our four words. Raises Wrong."""
    found = _EFFORT.get(given or "", given or "")
    if found not in ("", "none", "low", "medium", "high"):
        raise Wrong(
            f"The effort {found[:40]!r} is unknown.", param, next="Send none, low, medium or high."
        )
    return found


def tool(name: str, description: str, parameters: Any, param: str) -> Tool:
    """A tool of the caller, which the caller runs. Raises Wrong."""
    if not _NAME.fullmatch(name):
        raise Wrong(
            f"The tool's name {name[:80]!r} cannot be used.", f"{param}.name",
            next="Use 1 to 64 letters, digits, underscores, dots and hyphens.",
        )  # fmt: skip
    if parameters is None:
        parameters = {"type": "object", "properties": {}}
    if not isinstance(parameters, dict):
        raise Wrong("A tool's parameters are a JSON schema of an object.", f"{param}.parameters")
    return Tool(name, description, parameters, origin="caller")


def tools(given: list[Tool], param: str = "tools") -> dict[str, Tool] | None:
    """The caller's tools by name, None for none. Raises Wrong for one that comes twice."""
    if len(given) > _MAX_TOOLS:
        raise Wrong(f"There are {len(given)} tools.", param, next=f"Send at most {_MAX_TOOLS}.")
    found = {each.name: each for each in given}
    if len(found) < len(given):
        raise Wrong("Two tools have the same name.", param, next="Give each its own.")
    return found or None


def chosen(
    choice: Any, tools: dict[str, Tool] | None, param: str = "tool_choice"
) -> tuple[dict[str, Tool] | None, str]:
    """The tools to offer, and which of them as a word or a name: Chat Completions and Responses
    nest it differently. The choice "none" without tools means this server's neither. Raises Wrong.
    """
    if choice is None or choice == "auto":
        return tools, "auto"
    if choice == "none":
        return (tools, "none") if tools else ({}, "auto")
    if choice == "required" and tools:
        return tools, "required"
    name: Any = ""
    if isinstance(choice, dict):
        inner = choice.get("function")
        name = inner.get("name") if isinstance(inner, dict) else choice.get("name")
    if tools and isinstance(name, str) and name in tools:
        return tools, name
    known = ", ".join(tools) if tools else "none, for the request brings no tools"
    raise Wrong(
        f"The choice of a tool {str(name or choice)[:80]!r} cannot be followed.", param,
        next=f'Send "auto", "none", "required" or one of the tools. There are: {known}.',
    )  # fmt: skip


def schema(kind: str, given: Any, param: str) -> dict[str, Any] | None:
    """What the answer has to be: None for text. Raises Wrong."""
    if kind == "text":
        return None
    if kind == "json_object":
        return {"type": "object"}
    if kind == "json_schema" and isinstance(given, dict):
        return given
    raise Wrong(
        f"The format {kind[:40]!r} cannot be given.", param,
        next="Send text, json_object, or json_schema with a schema.",
    )  # fmt: skip


def parts(
    content: str | Sequence[T] | None, place: str, read: Callable[[T, str], Part | None]
) -> list[Part]:
    """A message's content in our parts: words, or what `read` makes of each part and its place."""
    if isinstance(content, str):
        return [Text(content)] if content else []
    made = [read(part, f"{place}[{number}]") for number, part in enumerate(content or ())]
    return [part for part in made if part is not None]


def words(parts: Iterable[Part]) -> str:
    """The words of a tool's result, whatever parts they came in."""
    return "\n".join(part.text for part in parts if isinstance(part, Text | Document))


def calls(made: Iterable[CallMade] | None) -> list[ToolCall]:
    return [ToolCall(c.id, c.function.name, c.function.arguments or "{}") for c in made or ()]


def picture(url: str, param: str) -> File:
    """A picture by its address. Raises Wrong."""
    if url.startswith(("https://", "http://")):
        return address(url, "", param)
    if re.match(r"data:image/[\w.+-]+;base64,", url, re.IGNORECASE):
        return file(url, "", param)
    raise Wrong(
        "The picture's address cannot be used.", param,
        next="Send an https address, or data:image/png;base64, and the picture.",
    )  # fmt: skip


def address(url: str, name: str, param: str) -> File:
    """A file on the public web. Raises Wrong; whether it can be had is seen when it is read."""
    if not url.startswith(("https://", "http://")):
        raise Wrong(
            "The file's address cannot be used.", param, next="Send an http or https address.",
        )  # fmt: skip
    return File(data=url, name=named(name) or named(urllib.parse.unquote(_LAST.findall(url)[0])))


def file(data: str, name: str, param: str) -> File:
    """A file sent along: a `data:` URL, or base64 alone. Raises Wrong for what is neither."""
    head, comma, rest = data.partition(",") if data[:5].lower() == "data:" else ("", "", data)
    try:
        if comma and not head.lower().endswith(";base64"):
            raw = urllib.parse.unquote_to_bytes(rest)
            rest = base64.b64encode(raw).decode()
        else:
            raw = base64.b64decode(rest, validate=True)
    except (binascii.Error, ValueError):
        raise Wrong(
            f"The file {named(name) or 'that was sent'} is no base64.", param,
            code="unsupported_file",
            next="Send its bytes in base64, upload it to /v1/files, or send its address.",
        ) from None  # fmt: skip
    if not raw:
        raise Wrong(
            f"The file {named(name) or 'that was sent'} is empty.", param, code="empty_file",
            next="Check that it was read whole.",
        )  # fmt: skip
    return File(data=f"data:application/octet-stream;base64,{rest}", name=named(name))


def kept(id: str, name: str, param: str) -> File:
    """A file that was uploaded before, by its id. Raises Wrong."""
    return File(id=identifier(id, param), name=named(name))


def sound(data: str, form: str, param: str) -> File:
    """Sound sent along. Raises Wrong."""
    ending = re.sub(r"\W", "", form)[:8]
    return file(data, f"sound.{ending}" if ending else "", param)


def named(given: str) -> str:
    """A file's name that can be shown and written: without folders and control characters."""
    last = re.split(r"[/\\]", given)[-1]
    return "".join(c for c in last if c.isprintable()).strip()[-_LONGEST_NAME:]


def result(call: str, content: str, before: list[Message], param: str) -> ToolResult:
    """What the caller's own tool gave back. Raises Wrong when nothing asked for it."""
    for message in reversed(before):
        for made in message.calls:
            if made.id == call:
                return ToolResult(call, made.name, content)
    raise Wrong(
        f"The result is for the call {call[:80]!r}, which no message before it made.", param,
        next="Send the assistant's message with that call as well.",
    )  # fmt: skip


def sampling(
    fields: Any, max_tokens: int | None, stop: str | list[str] | None, tools: bool
) -> dict[str, Any]:
    """The sampling fields of a request as fields of a model's Request. Whether calls may be made
    in parallel is passed on only with `tools`: servers refuse it without."""
    found: dict[str, Any] = {}
    if max_tokens is not None:
        found["max_tokens"] = max_tokens
    if stop:
        found["stop"] = [stop] if isinstance(stop, str) else stop
    for name in ("temperature", "seed"):
        value = getattr(fields, name, None)
        if value is not None:
            found[name] = value
    further = {name: getattr(fields, name, None) for name in SAMPLING}
    if tools:
        further["parallel_tool_calls"] = getattr(fields, "parallel_tool_calls", None)
    further = {name: value for name, value in further.items() if value is not None}
    if further:
        found["options"] = further
    return found


def check(messages: list[Message], param: str = "messages") -> None:
    """Raise Wrong unless there is something to answer."""
    last = messages[-1] if messages else None
    if last is not None and last.role in ("user", "tool"):
        if any(not _blank(part) for part in last.parts):
            return
    elif any(m.role == "user" and any(not _blank(p) for p in m.parts) for m in messages):
        return
    raise Wrong(
        "The message is empty.", param, code="empty_message",
        next="Write a question, or attach something and say what you want of it.",
    )  # fmt: skip


def _blank(part: Part) -> bool:
    text = getattr(part, "text", None)
    return text is not None and not text.strip()
