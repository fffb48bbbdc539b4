"""A tool: a typed async function made ready for a model, or one of somebody else's.

The schema comes from the function's signature and docstring. A parameter annotated with `Turn` is
filled in by the loop and never shown to the model.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from musespark.message import Source
from musespark.problem import Problem


class Outside(Struct, frozen=True):
    """A tool's result whose words came from outside: data, never orders. It taints the turn. It
    may rest on `more` sources than one."""

    text: str
    source: Source | None = None
    more: tuple[Source, ...] = ()


class Exact(Struct, frozen=True, omit_defaults=True):
    """A result that is exactly right: the `answer` in the person's language, the `working` that
    shows how, and the bare `value` (a number, an ISO date, time or duration) for programs."""

    answer: str
    working: str = ""
    value: str = ""


class Tool(Struct, frozen=True):
    """What a model may call.

    `parameters` is a JSON schema. `call(arguments, turn)` takes the decoded, validated arguments;
    it is None for a tool that the caller of the API runs itself. `outside` marks results that taint
    the turn, `acts` marks a tool that changes, sends or buys something beyond this server.
    `recognise(question, turn)` finds the arguments in ordinary words without a model, or None.
    `fits(turn)` says whether it is of use in a turn at all; without it, it always is.
    """

    name: str
    description: str
    parameters: dict[str, Any]
    call: Callable[[dict[str, Any], Any], Awaitable[object]] | None = None
    outside: bool = False
    acts: bool = False
    origin: str = "built in"
    recognise: Callable[[str, Any], dict[str, Any] | None] | None = None
    fits: Callable[[Any], bool] | None = None


class BadArguments(Problem):
    """The arguments of a tool call do not fit its schema; the text says what to change."""

    def __init__(self, tool: str, why: str) -> None:
        super().__init__(
            "bad_arguments",
            f"The arguments for {tool} do not fit.",
            why=why,
            next="Call it again with arguments that fit its schema.",
        )


def from_function(
    function: Callable[..., Awaitable[object]],
    *,
    outside: bool = False,
    acts: bool = False,
    origin: str = "built in",
    recognise: Callable[[str, Any], dict[str, Any] | None] | None = None,
    fits: Callable[[Any], bool] | None = None,
) -> Tool:
    """A Tool from a typed async function. Raises TypeError for one without types or docstring."""
    name = function.__name__
    doc = inspect.getdoc(function)
    if not doc:
        raise TypeError(f"the tool {name} has no docstring; a model reads it as its description")
    hints = typing.get_type_hints(function, include_extras=True)
    hints.pop("return", None)
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    wants_turn = None
    for parameter in inspect.signature(function).parameters.values():
        hint = hints.get(parameter.name)
        if hint is None:
            raise TypeError(f"the parameter {parameter.name} of the tool {name} has no type")
        if getattr(hint, "__name__", "") == "Turn":
            wants_turn = parameter.name
        elif parameter.default is inspect.Parameter.empty:
            fields.append((parameter.name, hint))
        else:
            fields.append((parameter.name, hint, parameter.default))
    arguments = msgspec.defstruct(name, fields, forbid_unknown_fields=True, kw_only=True)

    async def call(given: dict[str, Any], turn: Any) -> object:
        try:
            checked = msgspec.convert(given, arguments, strict=False)
        except msgspec.ValidationError as error:
            raise BadArguments(name, str(error)) from None
        values = {field[0]: getattr(checked, field[0]) for field in fields}
        if wants_turn is not None:
            values[wants_turn] = turn
        return await function(**values)

    schema = _flat(msgspec.json.schema(arguments))
    return Tool(name, doc, schema, call, outside, acts, origin, recognise, fits)


def _flat(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema with its `$ref`s resolved: small models and grammars read it better."""
    definitions: Mapping[str, Any] = schema.pop("$defs", {})

    def resolve(node: Any) -> Any:
        if isinstance(node, dict):
            if "$ref" in node:
                return resolve(definitions[node["$ref"].rsplit("/", 1)[1]])
            return {k: resolve(v) for k, v in node.items() if k != "title"}
        if isinstance(node, list):
            return [resolve(item) for item in node]
        return node

    flat: dict[str, Any] = resolve(schema)
    return flat
