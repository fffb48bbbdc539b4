"""HTTP: one flat list of routes, thin. What they say is in protocols/, who may ask in guard.py.

`app(settings)` is the application, `serve(settings)` runs it until it is told to stop.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from importlib.metadata import version
from types import ModuleType
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, FastAPI, Query, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import BaseRoute

from musespark import (
    activities,
    allowing,
    entry,
    filing,
    health,
    hosting,
    inviting,
    kept,
    leaving,
    manage,
    members,
    memories,
    metrics,
    moving,
    pages,
    plugins,
    proofs,
    server,
    showing,
    signing,
    specification,
)
from musespark import event as ev
from musespark.asked import PREFIX, Asked, Wrong
from musespark.conversations import Conversations
from musespark.door import Door, body_of, cancel, known, turn_of
from musespark.engine import Engine
from musespark.following import COMMENT, SILENCE, Events, Following, batches
from musespark.guard import ALONE, PERSON, Guard, error_body, open_to_all
from musespark.keys import Keys
from musespark.links import Links
from musespark.person import OWNER
from musespark.settings import Settings
from musespark.shown import Shown

_json = msgspec.json.Encoder(decimal_format="number").encode
_LOOK = 0.3  # seconds between looks at a run that another process works on
_GRACE = 3  # seconds that open answers have to end when the server stops


# -- asking ---------------------------------------------------------------------------------------


async def chat_completions(request: Request) -> Response:
    """Answer a conversation, as OpenAI's Chat Completions do."""
    return await _ask(request, "chat_completions")


async def responses(request: Request) -> Response:
    """Answer an input, as OpenAI's Responses do."""
    return await _ask(request, "responses")


async def agui(request: Request) -> Response:
    """Run an agent: AG-UI 1.0 events as server-sent events."""
    return await _ask(request, "agui")


async def _ask(request: Request, protocol: str) -> Response:
    door: Door = request.app.state.door
    module: ModuleType = plugins.load("protocols", protocol)
    given: Asked = module.read(await body_of(request, door.settings.request_bytes))
    turn = await turn_of(door, request.scope[PERSON], given)
    if given.background and not given.stream:
        await door.engine.start(turn)
        return _answer(module.Answer(turn, given).body("in_progress"), turn.run)
    live = await door.engine.start(turn)
    goes_on = given.wish.keep and not turn.incognito
    return Following(
        live,
        module.Answer(turn, given),
        stream=given.stream,
        keep=given.background or goes_on,
        lasting=protocol == "agui",
        header=turn.run,
        errors=protocol != "agui",
    )


# -- responses that are kept ----------------------------------------------------------------------


async def response(request: Request, id: str) -> Response:
    """A response that was kept, or how far it is."""
    door: Door = request.app.state.door
    module = plugins.load("protocols", "responses")
    row = await door.engine.runs.whole(request.scope[PERSON], known(module.run_id(id)))
    return _answer(module.kept(row))


async def cancel_response(request: Request, id: str) -> Response:
    """Stop a response; its work is hung up."""
    door: Door = request.app.state.door
    module = plugins.load("protocols", "responses")
    run = known(module.run_id(id))
    await cancel(door.engine, request.scope[PERSON], run)
    return _answer(module.kept(await door.engine.runs.whole(request.scope[PERSON], run)))


async def delete_response(request: Request, id: str) -> Response:
    """Erase a response with its question, its steps and its events."""
    door: Door = request.app.state.door
    run, person = (
        known(plugins.load("protocols", "responses").run_id(id)),
        request.scope[PERSON],
    )
    await cancel(door.engine, person, run)
    assert door.engine.store is not None
    gone = await Conversations(door.engine.store).erase_run(person, run)
    assert door.engine.memories is not None
    await door.engine.memories.erased(person, gone)
    assert door.engine.files is not None
    await door.engine.files.sweep()
    return _answer({"id": id, "object": "response", "deleted": True})


# -- runs -----------------------------------------------------------------------------------------


async def run_events(
    request: Request,
    id: str,
    after: Annotated[int, Query(ge=0, le=2**53)] = 0,
    render: Annotated[str, Query(pattern="^(html)?$")] = "",
) -> Response:
    """The events of a run, live or kept, after the number `after` or `Last-Event-ID`; with
    `render=html` also what its words look like."""
    door: Door = request.app.state.door
    person, id = request.scope[PERSON], known(id)
    last = request.headers.get("last-event-id", "")
    if last:
        if not last.isascii() or not last.isdigit() or len(last) > 15:
            raise Wrong("Last-Event-ID is no event's number.", "Last-Event-ID")
        after = int(last)
    live = door.engine.runs.live.get(id)
    if live is None or live.person != person:
        row = await door.engine.runs.row(person, id)
        if row["state"] != "running" and after:
            assert door.engine.store is not None
            found = await door.engine.store.rows(
                person, "select coalesce(max(last), 0) as last from events where run = %s", id
            )
            if after >= found[0]["last"]:
                return Response(status_code=204)  # tells an EventSource to stop asking
    return Events(_frames(door.engine, person, id, after, Shown() if render else None))


async def _frames(
    engine: Engine, person: str, run: str, after: int, shown: Shown | None
) -> AsyncGenerator[bytes]:
    """Server-sent events of a run: live, or kept until it has ended in whichever process."""
    agui = plugins.load("protocols", "agui")
    live = engine.runs.live.get(run)
    if live is not None and live.person != person:
        live = None
    if shown is not None and after:
        before = live.events[:after] if live else await _until(engine, person, run, after)
        yield b"".join(agui.unnumbered(shown.resume(before)))
    if live is not None:
        async for batch in batches(live, after):
            yield agui.frames(batch, shown) or COMMENT
        return
    position, spoken, last = after, time.monotonic(), None
    while True:
        row = await engine.runs.row(person, run)  # first, so that an ended run's events are whole
        batch = await engine.runs.events(person, run, position)
        if batch:
            position, last = batch[-1]
            spoken = time.monotonic()
            yield agui.frames(batch, shown)
        if row["state"] != "running":
            break
        if time.monotonic() - spoken > SILENCE:
            spoken = time.monotonic()
            yield COMMENT
        await asyncio.sleep(_LOOK)
    if row["error"] and not isinstance(last, ev.RunFinished | ev.RunError):
        error = ev.RunError(row["error"]["message"], row["error"]["code"])
        yield b"data: " + ev.encode(error) + b"\n\n"


async def _until(engine: Engine, person: str, run: str, last: int) -> list[ev.Event]:
    """The kept events of a run up to number `last`."""
    found = await engine.runs.events(person, run)
    return [event for number, event in found if number <= last]


async def cancel_run(request: Request, id: str) -> Response:
    """Stop a run: its agents and model calls are hung up."""
    door: Door = request.app.state.door
    state = await cancel(door.engine, request.scope[PERSON], known(id))
    return _answer({"id": id, "object": "run", "state": state})


# -- models, health -------------------------------------------------------------------------------


def _model(mode: str) -> dict[str, Any]:
    return {"id": PREFIX + mode, "object": "model", "created": 1_767_225_600,
            "owned_by": "musespark"}  # fmt: skip


async def models(request: Request) -> Response:
    """The models: one for each mode, and one that picks the mode."""
    names = ("auto", *plugins.names("modes"))
    return _answer({"object": "list", "data": [_model(mode) for mode in names]})


async def model(request: Request, id: str) -> Response:
    """One model."""
    names = ("auto", *plugins.names("modes"))
    mode = id.removeprefix(PREFIX)
    if mode not in names or not id.startswith(PREFIX):
        raise Wrong(
            f"There is no model {id[:100]!r}.", "model", code="model_not_found", status=404,
            next=f"There are: {', '.join(PREFIX + name for name in names)}.",
        )  # fmt: skip
    return _answer(_model(mode))


async def healthz(request: Request) -> Response:
    """Whether the server runs."""
    return _answer({"status": "ok"})


async def readyz(request: Request) -> Response:
    """Whether it can answer: the database, and something that listens where the models are."""
    door: Door = request.app.state.door
    body = await door.ready()
    return _answer(body, status=200 if body["status"] == "ready" else 503)


async def prometheus(request: Request) -> Response:
    """Counters in Prometheus' text format."""
    return Response(metrics.exposition(), media_type="text/plain; version=0.0.4")


ROUTES: list[tuple[str, str, Callable[..., Any]]] = [
    ("GET", "/v1/models", models),
    ("GET", "/v1/models/{id}", model),
    ("POST", "/v1/chat/completions", chat_completions),
    ("POST", "/v1/responses", responses),
    ("GET", "/v1/responses/{id}", response),
    ("DELETE", "/v1/responses/{id}", delete_response),
    ("POST", "/v1/responses/{id}/cancel", cancel_response),
    ("POST", "/agui", agui),
    ("GET", "/v1/runs", kept.runs),
    ("GET", "/v1/usage", kept.usage),
    ("GET", "/v1/runs/{id}", kept.run),
    ("GET", "/v1/runs/{id}/events", run_events),
    ("POST", "/v1/runs/{id}/cancel", cancel_run),
    ("PATCH", "/v1/runs/{id}/budget", kept.change_budget),
    ("GET", "/v1/runs/{id}/attachments/{n}", kept.attachment),
    ("POST", "/v1/files", filing.upload_file),
    ("GET", "/v1/files", filing.list_files),
    ("GET", "/v1/files/{id}", filing.file),
    ("DELETE", "/v1/files/{id}", filing.delete_file),
    ("GET", "/v1/files/{id}/content", filing.file_content),
    ("GET", "/v1/files/{id}/seen", filing.file_seen),
    ("GET", "/v1/files/{id}/view", filing.file_view),
    ("GET", "/v1/files/{id}/rows", filing.file_rows),
    ("GET", "/v1/files/{id}/evidence", showing.file_evidence),
    ("GET", "/v1/conversations", kept.conversations),
    ("GET", "/v1/conversations/{id}", kept.conversation),
    ("PATCH", "/v1/conversations/{id}", kept.change_conversation),
    ("DELETE", "/v1/conversations/{id}", kept.delete_conversation),
    ("POST", "/v1/conversations/{id}/share", kept.share),
    ("DELETE", "/v1/conversations/{id}/share", kept.end_share),
    ("GET", "/v1/shared/{token}", kept.shared),
    ("GET", "/v1/tiers", manage.tiers),
    ("POST", "/v1/tiers/test", manage.test_model),
    ("GET", "/v1/tiers/models", manage.list_models),
    ("POST", "/v1/tiers/models", manage.list_models_by_key),
    ("PUT", "/v1/tiers/{tier}", manage.connect_tier),
    ("DELETE", "/v1/tiers/{tier}", manage.disconnect_tier),
    ("POST", "/v1/tiers/{tier}/test", manage.test_tier),
    ("GET", "/v1/tools", manage.tools),
    ("PATCH", "/v1/tools/{name}", manage.switch_tool),
    ("GET", "/v1/health", health.health),
    ("GET", "/v1/session", entry.session),
    ("POST", "/v1/session", entry.sign_in),
    ("DELETE", "/v1/session", entry.sign_out),
    ("GET", "/v1/sign-in", signing.ways_in),
    ("POST", "/v1/sign-in/link", signing.use_link),
    ("POST", "/v1/sign-in/password", signing.use_password),
    ("POST", "/v1/sign-in/passkey/options", signing.ask_passkey),
    ("POST", "/v1/sign-in/passkey", signing.use_passkey),
    ("POST", "/v1/sign-in/openid/{provider}", signing.go_elsewhere),
    ("GET", "/v1/sign-in/openid/{provider}/callback", signing.come_back),
    ("GET", "/v1/me/sessions", proofs.my_sessions),
    ("DELETE", "/v1/me/sessions", proofs.end_other_sessions),
    ("DELETE", "/v1/me/sessions/{id}", proofs.end_session),
    ("GET", "/v1/me/password", proofs.my_password),
    ("PUT", "/v1/me/password", proofs.set_password),
    ("DELETE", "/v1/me/password", proofs.delete_password),
    ("GET", "/v1/me/passkeys", proofs.my_passkeys),
    ("POST", "/v1/me/passkeys/options", proofs.want_passkey),
    ("POST", "/v1/me/passkeys", proofs.add_passkey),
    ("PATCH", "/v1/me/passkeys/{id}", proofs.rename_passkey),
    ("DELETE", "/v1/me/passkeys/{id}", proofs.remove_passkey),
    ("GET", "/v1/me/accounts", proofs.my_accounts),
    ("POST", "/v1/me/accounts", proofs.connect_account),
    ("DELETE", "/v1/me/accounts/{id}", proofs.remove_account),
    ("POST", "/v1/links", inviting.make_link),
    ("GET", "/v1/links", inviting.my_links),
    ("DELETE", "/v1/links/{id}", inviting.end_link),
    ("GET", "/v1/keys", entry.keys),
    ("POST", "/v1/keys", entry.create_key),
    ("DELETE", "/v1/keys/{id}", entry.revoke_key),
    ("GET", "/v1/activities", activities.list_activities),
    ("POST", "/v1/activities", activities.post_activities),
    ("GET", "/v1/me/consents", allowing.consents),
    ("PATCH", "/v1/me/consents", allowing.change_consents),
    ("PUT", "/v1/me/consents/{purpose}", allowing.change_consent),
    ("GET", "/v1/me/audit", allowing.audit_log),
    ("GET", "/v1/me/export", moving.export_all),
    ("GET", "/v1/me/memory", memories.memories),
    ("DELETE", "/v1/me/memory", memories.forget_memories),
    ("GET", "/v1/me/memory/{id}", memories.memory),
    ("PATCH", "/v1/me/memory/{id}", memories.change_memory),
    ("DELETE", "/v1/me/memory/{id}", memories.forget_memory),
    ("GET", "/v1/importers", moving.importers),
    ("POST", "/v1/me/imports", moving.create_import),
    ("GET", "/v1/me/imports", moving.list_imports),
    ("GET", "/v1/me/imports/{id}", moving.one_import),
    ("DELETE", "/v1/me/imports/{id}", moving.cancel_import),
    ("GET", "/v1/people", members.people),
    ("POST", "/v1/people", members.create_person),
    ("GET", "/v1/people/{id}", members.person),
    ("PATCH", "/v1/people/{id}", members.change_person),
    ("DELETE", "/v1/people/{id}", members.end_person),
    ("GET", "/v1/me", members.me),
    ("PATCH", "/v1/me", members.change_me),
    ("GET", "/v1/hosts", hosting.hosts),
    ("POST", "/v1/hosts", hosting.create_host),
    ("GET", "/v1/hosts/{name}", hosting.host),
    ("PATCH", "/v1/hosts/{name}", hosting.change_host),
    ("DELETE", "/v1/hosts/{name}", hosting.end_host),
    ("POST", "/v1/hosts/{name}/test", hosting.test_host),
    ("DELETE", "/v1/me", leaving.forget_me),
    ("GET", "/v1/approvals", allowing.approvals),
    ("POST", "/v1/approvals", allowing.decide_approvals),
    ("GET", "/v1/approvals/{id}", allowing.approval),
    ("POST", "/v1/approvals/{id}", allowing.decide_approval),
    ("GET", "/v1/allowances", allowing.allowances),
    ("DELETE", "/v1/allowances/{id}", allowing.end_allowance),
    ("GET", "/healthz", healthz),
    ("GET", "/readyz", readyz),
    ("GET", "/metrics", prometheus),
]


def _answer(body: Any, run: str = "", status: int = 200) -> Response:
    headers = {"x-musespark-run": run} if run else None
    return Response(_json(body), status, headers, "application/json")


# -- the application ------------------------------------------------------------------------------


@functools.cache
def _routes() -> list[BaseRoute]:
    """All routes, made once for each process: reading their signatures is most of what making an
    application costs, and nothing in them belongs to one."""
    made = APIRouter()
    for method, path, endpoint in ROUTES:
        made.add_api_route(
            path, endpoint, methods=[method], response_class=Response,
            **specification.operation(endpoint.__name__, open_=open_to_all(path)),
        )  # fmt: skip
    return made.routes


def app(settings: Settings, *, models: Any = None, engine: Engine | None = None) -> FastAPI:
    """The application. It opens an engine at its start unless it is given one."""
    door = Door(settings, engine, models)

    @contextlib.asynccontextmanager
    async def lifespan(application: FastAPI) -> AsyncIterator[None]:
        await door.open()
        try:
            yield
        finally:
            await door.close()

    made = FastAPI(
        title="musespark", version=version("musespark"), lifespan=lifespan,
        docs_url=None, redoc_url=None,  # they load from other servers
    )  # fmt: skip
    made.state.door = door
    made.router.routes += _routes()
    pages.install(made)
    made.add_middleware(
        Guard,
        keys=lambda: door.keys,
        sessions=lambda: door.sessions,
        people=lambda: door.people,
        hosts=lambda: door.hosts,
    )
    made.add_exception_handler(HTTPException, _no_route)
    made.add_exception_handler(RequestValidationError, _bad_parameter)
    made.openapi = lambda: specification.document(made)  # type: ignore[method-assign]
    return made


async def _no_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    text = f"{request.method} {request.url.path} is not here. GET /openapi.json lists every route."
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "bad_request")
    body = _json(error_body(error.status_code, text, code))
    headers = dict(error.headers or {})
    return Response(body, error.status_code, headers, "application/json")


async def _bad_parameter(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    name = str(first["loc"][-1])
    text = f"The parameter {name!r} cannot be used. {first['msg']}."
    return Response(_json(error_body(400, text, "bad_parameter", name)), 400, None,
                    "application/json")  # fmt: skip


# -- the server -----------------------------------------------------------------------------------


def serve(
    settings: Settings,
    *,
    models: Any = None,
    say: Callable[[str], Any] | None = None,
    ready: Callable[[str], Any] | None = None,
) -> None:
    """Answer until SIGINT or SIGTERM. Raises Problem when the port or the database cannot be had.

    `say` gets a line for the person who starts it, when there is one; else it goes to stderr.
    `ready` is called once it listens and the database is open, with the word of a link that signs
    the owner in; "" where somebody can sign in already.
    """
    asyncio.run(serving(settings, models=models, say=say, ready=ready))


async def serving(
    settings: Settings,
    *,
    models: Any = None,
    say: Callable[[str], Any] | None = None,
    ready: Callable[[str], Any] | None = None,
) -> None:
    """The same inside a running loop."""
    say = say or (lambda line: sys.stderr.write(line + "\n"))
    listening = server.listen(settings.host, settings.port)
    try:
        engine = await Engine.open(settings, models=models, watch=True)
        try:
            assert engine.store is not None
            keyed = await Keys(engine.store).exist()
            if ready is not None:
                ready("" if keyed else (await Links(engine.store).make(OWNER))[1])
            if not keyed:
                say(ALONE)
            application = app(settings, models=models, engine=engine)
            await server.answering(application, listening, engine)
        finally:
            await engine.close()
    finally:
        listening.close()
