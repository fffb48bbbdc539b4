"""Moving in and out over HTTP: import what another system knows of you, export all that is here."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from fastapi import Query, Request
from msgspec import Meta, Struct
from starlette.requests import ClientDisconnect
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from musespark import plugins
from musespark.asked import Wrong, named
from musespark.door import Door, answered, known, read
from musespark.exporting import export
from musespark.files import Draft
from musespark.guard import PERSON
from musespark.importing import Imports, Options, shown
from musespark.multipart import received

_Short = Annotated[str, Meta(max_length=200)]
_Text = Annotated[str, Query(max_length=200)]
_FORM, _JSON = "multipart/form-data", "application/json"


class NewImport(Struct, forbid_unknown_fields=True):
    """An archive that was uploaded as a `file` before. As which `format` (else whatever fits), for
    which `purposes` (else all that are allowed), what you are called in it (`me`), its `zone`;
    whether its pictures and other files come along (`media`)."""

    file: _Short
    format: _Short = ""
    purposes: list[_Short] | None = None
    me: _Short = ""
    zone: _Short = ""
    media: bool = True


class _Closing(StreamingResponse):
    """A stream whose source is closed as soon as nobody takes any more of it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            assert isinstance(self.body_iterator, AsyncGenerator)
            await self.body_iterator.aclose()


def _here(request: Request) -> tuple[Door, Imports, str]:
    """The door, the imports, and who asks."""
    door: Door = request.app.state.door
    assert door.engine.imports is not None
    return door, door.engine.imports, request.scope[PERSON]


async def export_all(request: Request) -> Response:
    """Everything about you in one zip, which can be imported again."""
    door, _, person = _here(request)
    store, files = door.engine.store, door.engine.files
    assert store is not None
    headers = {
        "content-disposition": f'attachment; filename="musespark-{date.today():%Y-%m-%d}.zip"',
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    return _Closing(export(store, files, person), 200, headers, "application/zip")


async def importers(request: Request) -> Response:
    """The systems whose exports can be imported."""
    found = [plugins.load("importers", name) for name in plugins.names("importers")]
    data = [{"object": "importer", "name": one.name, "label": one.label, "about": one.about}
            for one in found]  # fmt: skip
    return answered({"object": "list", "data": data, "more": False})


async def create_import(
    request: Request,
    name: _Text = "",
    format: _Text = "",
    purposes: _Text = "",
    me: _Text = "",
    zone: _Text = "",
    media: bool = True,
) -> Response:
    """Import an archive: a form with `file`, the archive itself as the body, or {"file": id}. It is
    read beside everything else; look at it by its id."""
    _, imports, person = _here(request)
    given = {"format": format, "purposes": purposes, "me": me, "zone": zone,
             "media": "" if media else "false"}  # fmt: skip
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == _JSON:
        row = await _kept(request, given)
    else:
        door, _, _ = _here(request)
        async with imports.draft(door.settings.import_bytes) as draft:
            if kind == _FORM:
                form = await received(request, draft)
                name, given = form.name or name, given | form.fields
            else:
                await _body(request, draft)
            await draft.flush()
            options = await _options(request, given)
            called = named(name) or "archive"
            row = await imports.begin(person, draft.path, called, options, spool=True)
    imports.start(person, row["id"])
    return answered(shown(row))


async def _kept(request: Request, given: dict[str, str]) -> dict[str, Any]:
    """A new import of a file that is kept."""
    door, imports, person = _here(request)
    wish = await read(request, NewImport)
    assert door.engine.files is not None
    row = await door.engine.files.row(person, known(wish.file))
    path: Path = door.engine.files.path(row)
    said = {"format": wish.format, "me": wish.me, "zone": wish.zone,
            "media": "" if wish.media else "false"}  # fmt: skip
    if wish.purposes is not None:
        said["purposes"] = ",".join(wish.purposes) or "none"
    options = await _options(request, given | {k: v for k, v in said.items() if v})
    return await imports.begin(person, path, row["name"], options)


async def _options(request: Request, given: dict[str, str]) -> Options:
    """How it is imported. Raises Problem for a format or a purpose that there is not."""
    door, _, person = _here(request)
    formats = tuple(given.get("format", "").replace(",", " ").split())
    for one in formats:
        plugins.load("importers", one)
    words = given.get("purposes", "").replace(",", " ").split()
    chosen = None if not words else () if words == ["none"] else tuple(words)
    zone = given.get("zone") or (await door.engine.person(person)).zone
    media = given.get("media", "").lower() not in ("false", "0", "no", "off")
    return Options(formats, chosen, given.get("me", "")[:200], zone, media)


async def _body(request: Request, draft: Draft) -> None:
    """Take the body as the archive itself. Raises Problem for one that is empty or cut off."""
    try:
        async for piece in request.stream():
            await draft.write(piece)
    except ClientDisconnect:
        raise Wrong(
            "The archive was cut off on its way.", "body", code="upload_cut_off",
            why="Nothing of it was kept.", next="Send it again.",
        ) from None  # fmt: skip
    if not draft.size:
        raise Wrong(
            "There is no archive in the request.", "body", code="empty_file",
            next="Send a form with the field file, or the archive as the body.",
        )  # fmt: skip


async def list_imports(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Your imports, the newest first; `before` is the id of the last one that you have."""
    _, imports, person = _here(request)
    rows, more = await imports.listed(person, limit, known(before))
    return answered({"object": "list", "data": [shown(row) for row in rows], "more": more})


async def one_import(request: Request, id: str) -> Response:
    """An import: how far it is, what it brought, what was left out and why."""
    _, imports, person = _here(request)
    return answered(shown(await imports.row(person, known(id))))


async def cancel_import(request: Request, id: str) -> Response:
    """Stop an import. What it brought stays."""
    _, imports, person = _here(request)
    return answered(shown(await imports.cancel(person, known(id))))
