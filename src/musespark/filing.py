"""Files over HTTP: upload, list, fetch and delete them, and see what is in them."""

from __future__ import annotations

import asyncio
import contextlib
import re
import urllib.parse
from pathlib import Path
from typing import Annotated, Literal

from fastapi import Query, Request
from starlette.responses import FileResponse, Response

from musespark import cells, sandbox, sql, tables
from musespark.asked import Wrong
from musespark.door import Door, answered, known
from musespark.files import Files, shown
from musespark.guard import PERSON
from musespark.looking import media_in
from musespark.media import UNKNOWN
from musespark.message import Table
from musespark.multipart import received
from musespark.observation import as_json
from musespark.problem import Problem
from musespark.store import Row
from musespark.unread import seen_in
from musespark.views import Picture

# What a browser may show; everything else is saved. HTML and SVG, which can hold scripts, are not
# among it, nor is anything under another name than its bytes say.
_SHOWN = re.compile(
    r"image/(?:png|jpeg|gif|webp|avif|bmp)|(?:audio|video)/[\w.+-]+|application/pdf"
)
_VIEWED = sandbox.Limits(processor=30, seconds=30.0)
_PURPOSE = re.compile(r"[a-z][a-z_-]{0,39}")
_RANGE = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))")


def _kept(request: Request) -> tuple[Files, str]:
    """The files of the server, and who asks."""
    door: Door = request.app.state.door
    assert door.engine.files is not None
    return door.engine.files, request.scope[PERSON]


async def upload_file(request: Request) -> Response:
    """Keep a file: a form with `file` and `purpose`. Reading it begins at once, so that what is in
    it is known when it is asked about."""
    door: Door = request.app.state.door
    files, person = _kept(request)
    async with files.draft() as draft:
        form = await received(request, draft)
        purpose = form.fields.get("purpose") or "user_data"
        if not _PURPOSE.fullmatch(purpose):
            raise Wrong(
                f"The purpose {purpose[:40]!r} cannot be used.", "purpose",
                next="Send user_data, or attached for what goes with its conversation.",
            )  # fmt: skip
        await draft.flush()
        media = await asyncio.to_thread(media_in, draft.path)
        name = form.name or "file"
        row = await files.add(person, draft, name, media or UNKNOWN, purpose)
    path = files.path(row)
    door.engine.beside(_ahead(path, name, door.settings.home))
    door.engine.beside(files.sweep())
    return answered(shown(row))


async def _ahead(path: Path, name: str, home: Path) -> None:
    """Read a file before it is asked about; what hinders it is said then."""
    with contextlib.suppress(Problem, OSError):
        await seen_in(path, name, home)


async def list_files(
    request: Request,
    purpose: Annotated[str, Query(max_length=40)] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    after: Annotated[str, Query(max_length=200)] = "",
    order: Literal["asc", "desc"] = "desc",
) -> Response:
    """Your files, newest first; `after` is the id of the last one that you have."""
    files, person = _kept(request)
    rows, more = await files.listed(
        person, purpose=known(purpose), limit=limit, after=known(after), newest=order == "desc"
    )
    data = [shown(row) for row in rows]
    ends = {"first_id": data[0]["id"], "last_id": data[-1]["id"]} if data else {}
    return answered({"object": "list", "data": data, "has_more": more, "more": more, **ends})


async def file(request: Request, id: str) -> Response:
    """What is known of a file, without its bytes."""
    files, person = _kept(request)
    return answered(shown(await files.row(person, known(id))))


async def delete_file(request: Request, id: str) -> Response:
    """Delete a file. What was read in it stays with the questions that it was attached to."""
    files, person = _kept(request)
    await files.delete(person, known(id))
    return answered({"id": id, "object": "file", "deleted": True})


async def file_content(request: Request, id: str) -> Response:
    """The bytes of a file, whole or the range that is asked for."""
    files, person = _kept(request)
    row = await files.row(person, known(id))
    path = files.path(row)
    _one_range(request, row["bytes"])
    media, inline = row["media"], bool(_SHOWN.fullmatch(row["media"]))
    if media.startswith("text/") and media != "text/html":
        media, inline = "text/plain; charset=utf-8", True
    way = "inline" if inline else "attachment"
    name = urllib.parse.quote(row["name"], safe="")
    headers = {
        "content-disposition": f"{way}; filename*=UTF-8''{name}",
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "private, max-age=3600",
        "etag": f'"{row["sha256"]}"',
    }
    return FileResponse(path, 200, headers, media if inline else UNKNOWN)


def _one_range(request: Request, size: int) -> None:
    """Forget a range that is none, and several ones: the whole is a right answer too. Raises
    Problem for one behind the end."""
    given = request.headers.get("range")
    if given is None:
        return
    found = _RANGE.fullmatch(given.strip())
    start = int(found[1] or 0) if found else 0
    wrong = found and (start >= size or (found[2] and int(found[2]) < start) or found[3] == "0")
    if wrong:
        raise Problem(
            "no_such_range", "The file has no such range.", why=f"It has {size:,} bytes.",
            next="Ask for less.", status=416,
        )  # fmt: skip
    if found is None:
        headers = request.scope["headers"]
        request.scope["headers"] = [each for each in headers if each[0] != b"range"]


# -- what is in them ------------------------------------------------------------------------------


async def _opened(request: Request, id: str) -> tuple[Row, Path, Path]:
    """A file's row, its bytes, and the home. Raises Problem."""
    door: Door = request.app.state.door
    files, person = _kept(request)
    row = await files.row(person, known(id))
    return row, files.path(row), door.settings.home


async def file_seen(request: Request, id: str) -> Response:
    """What its sense reads in a file, and where it stands; waits until it is read."""
    row, path, home = await _opened(request, id)
    return answered(as_json(row["name"], await seen_in(path, row["name"], home)))


async def file_view(
    request: Request,
    id: str,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    second: Annotated[float, Query(ge=0, le=1_000_000)] = 0.0,
) -> Response:
    """A page, a picture or what is seen at a second, as PNG or JPEG."""
    row, path, _ = await _opened(request, id)
    given = {"media": row["media"], "page": page, "second": second}
    found = await sandbox.run("musespark.views:view", (path,), Picture, given, _VIEWED, row["name"])
    headers = {
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; sandbox",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "private, max-age=3600",
    }
    return Response(found.data, headers=headers, media_type=found.media)


async def file_rows(
    request: Request,
    id: str,
    sheet: Annotated[str, Query(max_length=300)] = "",
    start: Annotated[int, Query(ge=0, le=2**31)] = 0,
    row: Annotated[int, Query(ge=0, le=2**31)] = 0,
    count: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """A window of a table: `count` rows from the number `start` (from 0), or from the `row` of the
    file (from 1), with the letters of columns and the numbers of rows where it has them."""
    kept, path, home = await _opened(request, id)
    seen = await seen_in(path, kept["name"], home)
    found = [part for part in seen.parts if isinstance(part, Table) and part.data]
    part = next((each for each in found if sheet in (each.sheet, each.name, "")), None)
    if part is None:
        raise Problem(
            "no_table",
            f"{kept['name']} has no table {sheet[:100]!r}." if sheet and found
            else f"{kept['name']} holds no table.", status=404,
            next=f"There are: {', '.join(each.sheet or each.name for each in found)}."
            if found else "GET /v1/files/{id}/seen says what is in it.",
        )  # fmt: skip
    start = cells.number_of(row, part.rows) if row else start
    query = f"FROM {sql.quoted(part.name)} LIMIT {count + 1} OFFSET {start}"
    rows, _ = await tables.ask({part.name: part}, query, count)
    placed = bool(part.rows)
    numbers = [
        number
        for top, many in cells.cut(part.rows, start, len(rows.rows))
        for number in range(top, top + many)
    ]
    return answered(
        {
            "object": "rows",
            "file": kept["id"],
            "name": part.name,
            "sheet": part.sheet,
            "sheets": [each.sheet or each.name for each in found],
            "total": sum(many for _, many in part.rows) if placed else None,
            "start": start,
            "more": rows.more,
            "columns": [
                {"name": name, "type": type,
                 "letters": cells.letters(part.left + place) if placed else None}
                for place, (name, type) in enumerate(zip(rows.columns, rows.types, strict=True))
            ],
            "rows": [
                {"number": numbers[place] if place < len(numbers) else None, "cells": values}
                for place, values in enumerate(rows.rows)
            ],
        }
    )  # fmt: skip
