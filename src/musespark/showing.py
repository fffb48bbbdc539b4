"""Evidence over HTTP: what is seen of a place in a kept file, as HTML for a page."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import Query, Request
from markupsafe import Markup
from starlette.responses import Response

from musespark import exhibit, pdf, sandbox
from musespark.door import Door, answered, known
from musespark.filing import file_rows
from musespark.guard import PERSON
from musespark.observation import Box
from musespark.problem import Problem

_COUNTED = sandbox.Limits(processor=20, seconds=20.0)


async def file_evidence(
    request: Request,
    id: str,
    page: Annotated[int, Query(ge=0, le=100_000)] = 0,
    box: Annotated[str, Query(pattern=r"^(\d{1,4}(,\d{1,4}){3})?$")] = "",
    sheet: Annotated[str, Query(max_length=300)] = "",
    cells: Annotated[str, Query(max_length=2_000)] = "",
    second: Annotated[float | None, Query(ge=0, le=1_000_000)] = None,
) -> Response:
    """A place in a file to be looked at: a picture or a page with its `box`, the rows around its
    `cells`, sound or video at its `second`; no `html` where it has nothing to be seen."""
    door: Door = request.app.state.door
    assert door.engine.files is not None
    row = await door.engine.files.row(request.scope[PERSON], known(id))
    media, name = row["media"], row["name"]
    frame: Box | None = tuple(map(int, box.split(","))) if box else None  # type: ignore[assignment]
    pages, html = 0, Markup("")
    if media == pdf.PDF:
        path = door.engine.files.path(row)
        pages = await sandbox.run("musespark.views:pages", (path,), int, {}, _COUNTED, name)
        page = min(max(page, 1), pages)
        html = exhibit.picture(id, name, page, frame)
    elif media.startswith("image/"):
        html = exhibit.picture(id, name, 0, frame)
    elif media.startswith(("audio/", "video/")):
        html = exhibit.played(id, name, media, second, frame)
    else:
        html = await _rows(request, id, sheet, cells)
    found: dict[str, Any] = {"object": "evidence", "file": id, "media": media, "html": str(html)}
    return answered({**found, "page": page, "pages": pages})


async def _rows(request: Request, id: str, sheet: str, cells: str) -> Markup:
    """The rows around cells; nothing where the file holds no table."""
    meant = exhibit.ranges(cells)
    top, count = exhibit.window(meant)
    try:
        answer = await file_rows(request, id, sheet, 0, top, count)
    except Problem as problem:
        if problem.code in ("no_table", "no_sense") and not cells:
            return Markup("")
        raise
    return exhibit.table(msgspec.json.decode(bytes(answer.body)), meant)
