"""Activities over HTTP: a person's own, posted one by one, in batches or as a stream, and listed.

What cannot be kept is said for each row; the others are kept. A stream is read in pieces: whatever
its length, one piece of it is in memory, and it waits while the database is busy.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from fastapi import Query, Request
from msgspec import Struct, field
from starlette.responses import Response

from musespark import album, ledger, posted
from musespark.activity import PURPOSES, Activity
from musespark.asked import Wrong
from musespark.door import Door, answered, body_of, caller
from musespark.intake import Intake
from musespark.posted import LARGEST
from musespark.problem import Problem
from musespark.store import Row, Store
from musespark.things import NAMESPACE, Unfit, moment

MOST = 10_000  # activities in one body; a stream of lines has as many as it likes
_ROWS, _BYTES = 1_000, 1_000_000  # of one transaction
_TOLD = 1_000  # rows that are told of one by one; of more there are counts
_NDJSON = ("application/x-ndjson", "application/ndjson", "application/jsonl",
           "application/x-jsonlines")  # fmt: skip
_OWN = "urn:musespark:person:"
_SAID = {
    "conflict": ("There is another activity with this id.", "The first one stays. Use a new id."),
    "gone": ("This activity was deleted.", "What is deleted does not come back."),
}


class Outcome(Struct):
    """What became of the rows of a request."""

    received: int = 0
    kept: int = 0
    repeated: int = 0
    failed: int = 0
    ids: list[str | None] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)

    def fail(self, index: int, problem: Problem, id: str | None = None) -> None:
        self.failed += 1
        if len(self.errors) < _TOLD:
            param = getattr(problem, "param", "") or None
            told = {"index": index, "code": problem.code, "message": problem.text, "param": param}
            self.errors.append(told | ({"id": id} if id else {}))

    def told(self) -> dict[str, Any]:
        left = self.failed - len(self.errors)
        return {
            "object": "activities", "received": self.received, "kept": self.kept,
            "repeated": self.repeated, "failed": self.failed, "ids": self.ids,
            "errors": sorted(self.errors, key=lambda each: each["index"]), "more_errors": left,
        }  # fmt: skip


class Taking:
    """Rows of one request on their way into the ledger of one person."""

    def __init__(self, store: Store, person: str) -> None:
        self.store, self.person = store, person
        self.outcome = Outcome()
        self._own: dict[str, bool] = {"": True, person: True, f"{_OWN}{person}": True}

    async def take(self, rows: Iterable[bytes | msgspec.Raw | Unfit]) -> None:
        """Read and append some rows, in one transaction."""
        first, good = self.outcome.received, []
        now = datetime.now(UTC)
        for index, raw in enumerate(rows, first):
            self.outcome.received += 1
            try:
                if isinstance(raw, Unfit):
                    raise raw
                good.append((index, posted.activity(raw, self.person, now)))
            except Unfit as unfit:
                self.outcome.fail(index, unfit)
        good = await self._by_themselves(good)
        kept = await ledger.write(self.store, self.person, [each for _, each in good])
        ids: dict[int, str] = {}
        for (index, each), one in zip(good, kept, strict=True):
            if one.state in _SAID:
                what, next = _SAID[one.state]
                code = "conflict" if one.state == "conflict" else "deleted"
                self.outcome.fail(index, Unfit(code, what, "id", next=next), each.uri)
                continue
            self.outcome.kept += one.state == "new"
            self.outcome.repeated += one.state == "kept"
            ids[index] = each.uri or name_of(one.id)
        if self.outcome.received <= _TOLD:
            self.outcome.ids += [ids.get(n) for n in range(first, self.outcome.received)]
        else:
            self.outcome.ids = []

    async def _by_themselves(self, rows: list[tuple[int, Activity]]) -> list[tuple[int, Activity]]:
        """Those whose actor is no other person of this server."""
        unknown = {each.actor for _, each in rows} - self._own.keys()
        if unknown:
            asked = [actor.removeprefix(_OWN) for actor in unknown]
            found = await self.store.system("select * from which_people(%s) as id", asked)
            others = {row["id"] for row in found} - {self.person}
            for actor in unknown:
                self._own[actor] = not actor.startswith(_OWN) and actor not in others
        good = []
        for index, each in rows:
            if self._own[each.actor]:
                good.append((index, each))
                continue
            who = Unfit("not_your_actor", "You can post only what you did yourself.", "actor",
                        next="Leave the actor out: it is you.")  # fmt: skip
            self.outcome.fail(index, who, each.uri)
        if len(self._own) > 10_000:
            self._own = {"": True, self.person: True, f"{_OWN}{self.person}": True}
        return good


# -- posting --------------------------------------------------------------------------------------


def _taking(request: Request) -> tuple[Door, Taking]:
    door: Door = request.app.state.door
    assert door.engine.store is not None
    return door, Taking(door.engine.store, caller(request).person)


async def post_activities(request: Request) -> Response:
    """Keep what you did: an activity of ActivityStreams 2.0, an array of them, a collection or a
    page of one, or lines of JSON. What comes again under its id is kept once. Of several rows each
    that cannot be kept is told by its index, and the others are kept."""
    door, taking = _taking(request)
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media in _NDJSON:
        return await _streamed(request, door.intake, taking)
    limit = door.settings.request_bytes
    size = int(request.headers.get("content-length") or limit)
    async with door.intake.place(min(size, limit)):
        body = await body_of(request, limit)
        rows, alone = posted.activities(body, MOST)
        for n in range(0, len(rows), _ROWS):
            await taking.take(rows[n : n + _ROWS])
            await asyncio.sleep(0)
    outcome = taking.outcome
    if not alone:
        return answered(outcome.told(), 207 if outcome.failed else 200)
    if outcome.errors:
        error = outcome.errors[0]
        raise Wrong(
            error["message"], error["param"] or "", code=error["code"],
            status={"conflict": 409, "deleted": 410, "not_your_actor": 403}.get(error["code"], 400),
        )  # fmt: skip
    state = "kept" if outcome.kept else "repeated"
    return answered({"object": "activity", "id": outcome.ids[0], "state": state},
                    201 if outcome.kept else 200)  # fmt: skip


async def _streamed(request: Request, intake: Intake, taking: Taking) -> Response:
    """Keep a stream of lines, a piece at a time. What hinders it half-way is told with how far it
    came: all before that is kept, and nothing after it."""
    outcome = taking.outcome
    problem: Problem | None = None
    try:
        async with intake.place(2 * _BYTES):
            async for rows in _pieces(request.stream()):
                await taking.take(rows)
    except Problem as hindrance:
        if hindrance.status < 500 and hindrance.code != "forgotten":
            raise
        problem = hindrance
    if problem is None:
        return answered(outcome.told(), 207 if outcome.failed else 200)
    seen = outcome.kept + outcome.repeated + outcome.failed
    error = {"message": problem.text, "type": "server_error", "param": None, "code": problem.code}
    headers = {"retry-after": "2"} if problem.status in (429, 503) else {}
    return answered({**outcome.told(), "received": seen, "error": error}, problem.status, headers)


async def _pieces(stream: AsyncIterator[bytes]) -> AsyncIterator[list[bytes | Unfit]]:
    """The lines of a stream, so many at once as go into one transaction. A line that is too long is
    passed over without being held."""
    rows: list[bytes | Unfit] = []
    rest, size, long = b"", 0, False
    async for chunk in stream:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if long:
                rows.append(_long())
                long = False
            elif line := line.strip():
                rows.append(line)
                size += len(line)
            if len(rows) >= _ROWS or size >= _BYTES:
                yield rows
                rows, size = [], 0
        if len(rest) > LARGEST:
            rest, long = b"", True
        elif long:
            rest = b""
    if long or (rest := rest.strip()):
        rows.append(_long() if long else rest)
    if rows:
        yield rows


def _long() -> Unfit:
    return Unfit("activity_too_large", f"The activity is larger than {LARGEST // 10**6} MB.",
                 next="Send pictures and files to /v1/files, and their address here.")  # fmt: skip


# -- listing --------------------------------------------------------------------------------------


def name_of(id: int) -> str:
    """The address of an activity that came without one."""
    return f"urn:musespark:activity:{id}"


def shown(each: Activity, files: dict[int, Row] | None = None) -> dict[str, Any]:
    """An activity as ActivityStreams writes it, with its place in the ledger and what it may be
    used for; its attachments with the `files` that an import brought."""
    told: dict[str, Any] = {
        "id": each.uri or name_of(each.id), "type": each.type, "actor": each.actor,
        "published": each.published, **each.more,
    }  # fmt: skip
    for name in ("object", "target"):
        if (value := getattr(each, name)) is not None:
            told[name] = album.shown(value, files or {}) if name == "object" else value
    told |= {"number": each.id, "purposes": sorted(each.purposes)}
    return told | ({"undone": each.undone} if each.undone else {})


async def list_activities(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    before: Annotated[int, Query(ge=0, le=2**62)] = 0,
    after: Annotated[int | None, Query(ge=0, le=2**62)] = None,
    type: Annotated[str, Query(max_length=200)] = "",
    purpose: Annotated[str, Query(max_length=40)] = "",
    since: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """Your activities, newest first, those before a number; or those after one, oldest first. Of
    one `type`, for one `purpose`, published `since` a time."""
    _, taking = _taking(request)
    if purpose and purpose not in PURPOSES:
        raise Wrong(f"There is no purpose called {purpose!r}.", "purpose", code="unknown_purpose",
                    next=f"The purposes are: {', '.join(sorted(PURPOSES))}.")  # fmt: skip
    try:
        when = moment(since, "since")
    except Unfit as unfit:
        raise Wrong(unfit.what, "since", code=unfit.code, next=unfit.next) from None
    found = await ledger.listed(
        taking.store, taking.person, before=before, after=after, limit=limit + 1,
        chosen=(type.replace("\0", ""), purpose, when),
    )  # fmt: skip
    more, found = len(found) > limit, found[:limit]
    files = await album.of(taking.store, taking.person, [each.id for each in found])
    rows = [shown(each, files.get(each.id)) for each in found]
    if "application/activity+json" not in request.headers.get("accept", ""):
        return answered({"object": "list", "data": rows, "more": more})
    page: dict[str, Any] = {"@context": NAMESPACE, "type": "OrderedCollectionPage",
                            "partOf": str(request.url.path), "orderedItems": rows}  # fmt: skip
    if more:
        way = "before" if after is None else "after"
        page["next"] = str(request.url.include_query_params(**{way: rows[-1]["number"]}))
    return answered(page)
