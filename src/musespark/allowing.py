"""What a person allows, over HTTP: purposes, and the log of who saw or changed what of theirs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request
from msgspec import Meta, Struct
from starlette.responses import Response

from musespark import audit, purposes, wording
from musespark.asked import Wrong
from musespark.door import Door, answered, known, read
from musespark.guard import PERSON
from musespark.store import Row, Store

Language = Annotated[str, Query(max_length=40)]
_Context = Annotated[str, Meta(max_length=200)]


class ConsentChange(Struct, forbid_unknown_fields=True):
    """Whether a purpose is allowed from now on; a withdrawal may count `backwards`, too. `context`
    says where the person was asked, such as a run's id."""

    allowed: bool
    backwards: bool = False
    context: _Context = ""


class ConsentChanges(Struct, forbid_unknown_fields=True):
    """Several purposes at once, by their names."""

    purposes: dict[str, bool]
    backwards: bool = False
    context: _Context = ""


def _here(request: Request) -> tuple[Door, Store, str]:
    """The door, its store, and who asks."""
    door: Door = request.app.state.door
    assert door.engine.store is not None
    return door, door.engine.store, request.scope[PERSON]


async def _language(door: Door, person: str, wished: str) -> str:
    return wished or (await door.engine.person(person)).language


# -- purposes -------------------------------------------------------------------------------------


async def consents(request: Request, language: Language = "") -> Response:
    """Each purpose: whether you allow it, since when, and in words what it changes."""
    door, store, person = _here(request)
    return await _told(door, store, person, language)


async def change_consents(request: Request, language: Language = "") -> Response:
    """Allow or withdraw several purposes: {"purposes": {"memory": true, "ads": false}}."""
    door, store, person = _here(request)
    given = await read(request, ConsentChanges)
    if not given.purposes:
        raise Wrong("There is nothing to change.", "purposes", next="Name at least one purpose.")
    for name in given.purposes:
        purposes.known(name)  # all of them or none
    for name, allowed in given.purposes.items():
        await _change(
            door, store, person, name, ConsentChange(allowed, given.backwards, given.context)
        )
    return await _told(door, store, person, language)


async def change_consent(request: Request, purpose: str, language: Language = "") -> Response:
    """Allow a purpose, or withdraw it: from now on, or with `backwards` for all that was said
    before as well."""
    door, store, person = _here(request)
    given = await read(request, ConsentChange)
    purposes.known(purpose)
    await _change(door, store, person, purpose, given)
    language = await _language(door, person, language)
    row = next(row for row in await purposes.of(store, person) if row["purpose"] == purpose)
    return answered(_consent(row, language))


async def _change(
    door: Door, store: Store, person: str, purpose: str, given: ConsentChange
) -> None:
    if given.backwards and given.allowed:
        raise Wrong(
            "Only a withdrawal can count backwards.", "backwards",
            next="Leave it out: what was said before you allowed it stays out of use.",
        )  # fmt: skip
    await purposes.change(
        store, person, purpose, given.allowed, context=given.context, backwards=given.backwards
    )
    if door.engine.people is not None:
        door.engine.people.changed(person)


async def _told(door: Door, store: Store, person: str, language: str) -> Response:
    language = await _language(door, person, language)
    rows = [_consent(row, language) for row in await purposes.of(store, person)]
    return answered({"object": "list", "data": rows, "more": False})


def _consent(row: Row, language: str) -> dict[str, Any]:
    said = wording.purpose(row["purpose"], language)
    return {
        "object": "consent",
        "purpose": row["purpose"],
        "allowed": row["allowed"],
        "state": purposes.state(row),
        "since": row["since"],
        "asked": row["asked"],
        "used": row["purpose"] in purposes.USED,
        **said,
    }


# -- the audit log --------------------------------------------------------------------------------


async def audit_log(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[int, Query(ge=0, le=2**53)] = 0,
    deed: Annotated[str, Query(max_length=80)] = "",
    others: bool = False,
    language: Language = "",
) -> Response:
    """Who saw or changed what of yours, newest first: all of it, one `deed`, or only what `others`
    did. `before` is the id of the last entry that you have."""
    door, store, person = _here(request)
    language = await _language(door, person, language)
    rows = await audit.of(store, person, limit + 1, before, deed=known(deed), others=others)
    data = [entry(row, person, language) for row in rows[:limit]]
    return answered({"object": "list", "data": data, "more": len(rows) > limit})


def entry(row: Row, person: str, language: str) -> dict[str, Any]:
    """An entry with who did it, as the person sees it, and the deed in words."""
    by = "you" if row["actor"] == person else "other" if row["actor"] else "server"
    said = wording.deed(row["deed"], row["about"], row["detail"], language)
    return {"object": "audit_entry", **row, "by": by, "said": said}
