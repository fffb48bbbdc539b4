"""The document at /openapi.json, made of the routes and of what openapi.py says of each."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from musespark import (
    allowing,
    entry,
    hosting,
    inviting,
    kept,
    leaving,
    manage,
    members,
    memories,
    moving,
    plugins,
    proofs,
    signing,
)
from musespark.openapi import ARCHIVE, FORM, OPERATIONS, SCHEMAS

_TEXT = {"type": "string"}

_MEANING = {
    "201": "It is kept",
    "207": "Some rows could not be kept, and each says why",
    "204": "There is nothing after that number, and there will not be",
    "303": "On to another page",
    "400": "The request cannot be understood",
    "401": "A key is wanted",
    "402": "The budget is used up",
    "403": "Without a key, only this machine may ask",
    "404": "There is no such thing of yours",
    "409": "It is so already, or something stands against it",
    "410": "It was forgotten or deleted",
    "413": "The request is too long",
    "415": "Nothing here reads such a file",
    "416": "There is no such range",
    "422": "The file cannot be read",
    "429": "Too many attempts: wait as long as Retry-After says",
    "500": "Something in the server failed",
    "502": "The model failed",
    "503": "The database or the model is away",
    "504": "The model is silent",
    "507": "The disk is full",
}


def operation(name: str, *, open_: bool) -> dict[str, Any]:
    """What FastAPI is told of a route."""
    request, answers, errors = OPERATIONS[name]
    extra: dict[str, Any] = {} if open_ else {"security": [{"key": []}]}
    if request == "archive":
        extra["requestBody"] = {"required": True, "content": {
            "multipart/form-data": {"schema": ARCHIVE},
            "application/json": {"schema": {"$ref": "#/components/schemas/NewImport"}},
            "application/zip": {"schema": {"type": "string", "format": "binary"}},
        }}  # fmt: skip
    elif request == "multipart":
        form = {"multipart/form-data": {"schema": FORM}}
        extra["requestBody"] = {"required": True, "content": form}
    elif request:
        schema = {"$ref": f"#/components/schemas/{request}"}
        extra["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": schema}},
        }
    content = {
        kind: {"schema": {"$ref": f"#/components/schemas/{schema}"} if schema else _TEXT}
        for kind, schema in answers.items()
    }
    found: dict[int | str, dict[str, Any]] = {
        200: {"description": "The answer", "content": content}
    }
    codes = [*errors.split(), *([] if open_ else ["401", "403", "503"])]
    for code in codes:
        found[int(code)] = {"description": _MEANING[code]}
        if code == "303":
            found[303]["content"] = {"application/json": {"schema": _REDIRECT}}
        elif code != "204":
            found[int(code)]["content"] = content if code < "300" else _error()
    if name == "readyz":
        found[503] = {"description": "It cannot answer now", "content": content}
    return {"operation_id": name, "responses": found, "openapi_extra": extra}


_REDIRECT = {"$ref": "#/components/schemas/Redirect"}


def _error() -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}


@cache
def _schemas() -> dict[str, Any]:
    kinds = [
        plugins.load("protocols", "chat_completions").ChatRequest,
        plugins.load("protocols", "responses").ResponseRequest,
        plugins.load("protocols", "agui").RunAgentInput,
        entry.SignIn,
        signing.UseLink,
        signing.Login,
        signing.Proof,
        signing.Elsewhere,
        proofs.NewPassword,
        proofs.NewPasskey,
        proofs.Rename,
        proofs.Connect,
        inviting.NewLink,
        entry.NewKey,
        manage.Connection,
        manage.Candidate,
        manage.Switch,
        kept.ConversationChange,
        kept.Share,
        kept.BudgetChange,
        allowing.ConsentChange,
        members.NewPerson,
        members.PersonChange,
        members.MeChange,
        hosting.NewHost,
        hosting.HostChange,
        hosting.HostToken,
        allowing.ConsentChanges,
        moving.NewImport,
        leaving.Confirmation,
        allowing.Decision,
        allowing.Decisions,
        memories.MemoryChange,
        memories.MemoriesForgotten,
    ]
    _, found = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    return {**found, **SCHEMAS}


def document(application: FastAPI) -> dict[str, Any]:
    """The whole document; made when it is first asked for."""
    if application.openapi_schema is None:
        made = get_openapi(
            title=application.title, version=application.version, routes=application.routes,
            summary="Ask it anything, over the protocols that others speak already.",
        )  # fmt: skip
        for path in made["paths"].values():
            for each in path.values():
                each["responses"].pop("422", None)  # errors have one shape here, and it is not that
        made["components"] = {
            "schemas": _schemas(),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        }
        application.openapi_schema = made
    return application.openapi_schema
