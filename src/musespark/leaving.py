"""Leaving, over HTTP: a person has everything about them forgotten."""

from __future__ import annotations

from fastapi import Request
from msgspec import Struct
from starlette.responses import Response

from musespark import erasure
from musespark.asked import Wrong
from musespark.door import Door, answered, caller, read
from musespark.erasure import Erased


class Confirmation(Struct, forbid_unknown_fields=True):
    """Your own id, so that nothing is forgotten by a slip."""

    confirm: str


async def forget_me(request: Request) -> Response:
    """Forget everything about you: what you said, did, allowed and sent, in every table, file and
    process; keys and sessions end at once. It cannot be undone: {"confirm": your id}."""
    door: Door = request.app.state.door
    asks = caller(request)
    given = await read(request, Confirmation)
    if given.confirm != asks.person:
        raise Wrong(
            "This is not your id, so nothing was forgotten.", "confirm", code="not_confirmed",
            next="Send your own id, as GET /v1/me shows it.",
        )  # fmt: skip
    try:
        done = await erasure.forget(door.engine, asks.person, actor=asks.who, later=True)
    finally:
        door.keys.drop(lambda person: person == asks.person)
    return answered(shown(done), secret=True)


def shown(done: Erased) -> dict[str, object]:
    """What was forgotten, as it is told: numbers alone."""
    return {
        "object": "forgotten", "deleted": True, "rows": sum(done.rows.values()),
        "tables": done.rows, "files": done.files, "workflows": done.workflows,
        "seconds": round(done.seconds, 3),
    }  # fmt: skip
