"""What a person allows, over HTTP: purposes, approvals, and the log of who saw or changed what."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Query, Request
from msgspec import Meta, Struct, structs
from starlette.responses import Response

from musespark import audit, purposes, wording
from musespark.approval import Approval, Scope
from musespark.asked import Wrong
from musespark.door import Door, answered, known, read
from musespark.guard import PERSON, problem_body
from musespark.problem import Problem
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


class Decision(Struct, forbid_unknown_fields=True):
    """A person's yes or no to one call. A yes may also count in advance: `site_today` for this tool
    towards this site, `tool_conversation` for this tool in this conversation. `digest` is that of
    what they saw."""

    decision: Literal["approve", "deny"]
    scope: Scope = "once"
    digest: Annotated[str, Meta(max_length=64)] = ""


class Decisions(Struct, forbid_unknown_fields=True):
    """The same answer to several calls at once."""

    ids: Annotated[list[str], Meta(min_length=1, max_length=50)]
    decision: Literal["approve", "deny"]
    scope: Scope = "once"


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


# -- approvals ------------------------------------------------------------------------------------


async def approvals(
    request: Request,
    state: Annotated[str, Query(pattern="^(|waiting|all)$")] = "waiting",
    run: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
    language: Language = "",
) -> Response:
    """The calls that wait for your yes, newest first, each exactly as it would happen; with
    `state=all` those that were decided, too."""
    door, _, person = _here(request)
    language = await _language(door, person, language)
    waiting = "" if state == "all" else "waiting"
    found = await door.engine.approvals.of(person, state=waiting, run=known(run), limit=limit)
    data = [each.told(language) for each in found]
    return answered({"object": "list", "data": data, "more": False}, secret=True)


async def approval(request: Request, id: str, language: Language = "") -> Response:
    """One call that waits, or what came of it."""
    door, _, person = _here(request)
    found = await door.engine.approvals.one(person, known(id))
    return answered(found.told(await _language(door, person, language)), secret=True)


async def decide_approval(request: Request, id: str, language: Language = "") -> Response:
    """Approve or deny a call. A yes does exactly that call, once, however often it is said; the
    answer has its result."""
    door, _, person = _here(request)
    given = await read(request, Decision)
    found = await _decide(door, person, known(id), given)
    return answered(found.told(await _language(door, person, language)), secret=True)


async def decide_approvals(request: Request, language: Language = "") -> Response:
    """The same for several calls, in their order; each is answered for itself."""
    door, _, person = _here(request)
    given = await read(request, Decisions)
    language = await _language(door, person, language)
    decision = Decision(given.decision, given.scope)
    ids = list(dict.fromkeys(known(id) for id in given.ids))
    data: list[dict[str, Any]] = []
    for id in ids:  # in the order given: a letter may rest on the one before
        try:
            data.append((await _decide(door, person, id, decision)).told(language))
        except Problem as problem:
            data.append({"object": "approval", "id": id, **problem_body(problem)})
    return answered({"object": "list", "data": data, "more": False}, secret=True)


async def _decide(door: Door, person: str, id: str, given: Decision) -> Approval:
    desk = door.engine.approvals
    if given.decision == "deny":
        return await desk.deny(person, id)
    return await desk.approve(await door.engine.person(person), id, given.scope, given.digest)


async def allowances(request: Request) -> Response:
    """What you allowed in advance and still counts: a tool towards a site, or in a conversation."""
    door, _, person = _here(request)
    rows = [
        {"object": "allowance"} | {k: v for k, v in structs.asdict(each).items() if k in _TOLD}
        for each in await door.engine.approvals.allowances(person)
    ]
    return answered({"object": "list", "data": rows, "more": False}, secret=True)


_TOLD = ("id", "tool", "site", "conversation", "created", "expires")


async def end_allowance(request: Request, id: str) -> Response:
    """Let something that you allowed in advance count no more."""
    door, _, person = _here(request)
    await door.engine.approvals.end(person, known(id))
    return answered({"id": id, "object": "allowance", "deleted": True})


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
