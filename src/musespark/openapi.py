"""What /openapi.json says of each route: its request, its answers in short, and its errors."""

from __future__ import annotations

from typing import Any

_TEXT = {"type": "string"}
_NUMBER = {"type": "number"}
_TRUTH = {"type": "boolean"}
_WHOLE = {"type": "integer"}
_ANY: dict[str, Any] = {}


def _object(required: str = "", **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": required.split(), "properties": properties}


def _list(item: str) -> dict[str, Any]:
    of = {"type": "array", "items": {"$ref": f"#/components/schemas/{item}"}}
    return _object("object data", object={"const": "list"}, data=of)


def _page(item: str) -> dict[str, Any]:
    """A list that says whether there is more of it."""
    found = _list(item)
    return found | _object("object data more", **found["properties"], more=_TRUTH)


_MAYBE_NUMBER = {"type": ["number", "null"]}
_ROLE = {"enum": ["owner", "manager", "creator", "member", "guest"]}
_STATE = {"enum": ["running", "done", "failed", "cancelled", "interrupted"]}
_RUN = {"id": _TEXT, "object": {"const": "run"}, "conversation": _TEXT, "state": _STATE,
        "asked": _TEXT, "mode": _TEXT, "reason": _TEXT, "title": _TEXT, "cost": _NUMBER,
        "seconds": _MAYBE_NUMBER, "started": _TEXT, "ended": {"type": ["string", "null"]},
        "usage": {"type": "object"}, "error": {"type": ["object", "null"]}}  # fmt: skip
_ARRAY = {"type": "array", "items": {"type": "object"}}
_TEXTS = {"type": "array", "items": _TEXT}
_MAYBE = {"type": ["boolean", "null"]}
_MAYBE_TEXT = {"type": ["string", "null"]}
_MAYBE_OBJECT = {"type": ["object", "null"]}
_TALK = {"id": _TEXT, "title": _TEXT, "pinned": _TRUTH, "created": _TEXT, "updated": _TEXT}
_FILE = {
    "id": _TEXT,
    "object": {"const": "file"},
    "bytes": _WHOLE,
    "created_at": _WHOLE,
    "filename": _TEXT,
    "purpose": _TEXT,
    "status": {"const": "processed"},
    "media": _TEXT,
}

SCHEMAS: dict[str, dict[str, Any]] = {
    "Error": _object(
        "error",
        error=_object(
            "message type param code", message=_TEXT, type=_TEXT,
            param={"type": ["string", "null"]}, code=_TEXT,
        ),
    ),
    "Model": _object(
        "id object created owned_by", id=_TEXT, object={"const": "model"},
        created={"type": "integer"}, owned_by=_TEXT,
    ),
    "Models": _list("Model"),
    "ChatCompletion": _object(
        "id object created model choices usage musespark", id=_TEXT,
        object={"const": "chat.completion"}, created={"type": "integer"}, model=_TEXT,
        choices=_ARRAY, usage={"type": "object"}, musespark={"type": "object"},
    ),
    "Response": _object(
        "id object created_at status output", id=_TEXT, object={"const": "response"},
        status={"enum": ["in_progress", "completed", "failed", "cancelled", "incomplete"]},
        created_at={"type": "integer"}, output=_ARRAY, musespark={"type": "object"},
    ),
    "Deleted": _object("id object deleted", id=_TEXT, object=_TEXT, deleted={"type": "boolean"}),
    "Run": _object("id object state conversation cost seconds", **_RUN),
    "WholeRun": _object(
        "id object state conversation cost seconds steps messages question answer lanes phases "
        "tasks votes workspace sources notices budget",
        **_RUN, after=_MAYBE_TEXT, durable=_TRUTH, steps=_ARRAY, messages=_ARRAY, lanes=_ARRAY,
        phases=_ARRAY, tasks=_ARRAY, votes=_ARRAY, workspace=_TEXT, sources=_ARRAY,
        notices=_ARRAY, confidence=_MAYBE_OBJECT, check=_MAYBE_OBJECT, budget=_MAYBE_OBJECT,
        question=_object("text attachments", text=_TEXT, attachments=_ARRAY),
        answer=_object("text", text=_TEXT, html=_TEXT),
    ),
    "Runs": _page("Run"),
    "Cancelled": _object("id object state", id=_TEXT, object={"const": "run"}, state=_STATE),
    "ConversationShort": _object("id title pinned created updated running", **_TALK,
                                 running=_MAYBE_TEXT),
    "Conversations": _page("ConversationShort"),
    "Conversation": _object("id object title pinned shared created updated", **_TALK,
                            object={"const": "conversation"}, shared=_TRUTH),
    "WholeConversation": _object(
        "id object title pinned shared created updated at runs more", **_TALK, shared=_TRUTH,
        object={"const": "conversation"}, at=_TEXT, more=_TRUTH,
        runs={"type": "array", "items": {"$ref": "#/components/schemas/Exchange"}},
    ),
    "Exchange": _object(
        "id after versions newest state asked mode reason durable started ended seconds cost "
        "usage error question answer sources notices",
        after=_MAYBE_TEXT, versions={"type": "array", "items": _TEXT}, durable=_TRUTH,
        newest={"type": "object", "additionalProperties": _TEXT}, sources=_ARRAY, notices=_ARRAY,
        question=_object("text attachments", text=_TEXT, attachments=_ARRAY),
        answer=_object("text", text=_TEXT, html=_TEXT), confidence=_MAYBE_OBJECT,
        check=_MAYBE_OBJECT, approvals=_ARRAY, consent=_MAYBE_OBJECT,
        **{k: v for k, v in _RUN.items() if k not in ("object", "conversation", "title")},
    ),
    "Used": _object("object zone today days", object={"const": "usage"}, zone=_TEXT, today=_TEXT,
                    days=_ARRAY),
    "Allowed": _object(
        "id object tokens seconds money", id=_TEXT, object={"const": "budget"}, tokens=_WHOLE,
        seconds=_NUMBER, money=_MAYBE_NUMBER,
    ),
    "Shared": _object(
        "object conversation token url", object={"const": "share"}, conversation=_TEXT,
        token=_TEXT, url=_TEXT,
    ),
    "SharedConversation": _object(
        "object title runs more", object={"const": "shared"}, title=_TEXT, runs=_ARRAY, more=_TRUTH,
    ),
    "Tiers": _object(
        "object manage data", object={"const": "list"}, manage=_TRUTH, data=_ARRAY, file=_TEXT,
        problem={"type": ["string", "null"]}, trial={"type": ["object", "null"]},
    ),
    "Trial": _object(
        "object at name where reachable models first_token speed tools json_schema thinking vision "
        "problems",
        object={"const": "trial"}, at=_TEXT, name=_TEXT, where=_TEXT, reachable=_TRUTH,
        models=_TEXTS, first_token=_MAYBE_NUMBER, speed=_MAYBE_NUMBER, tools=_MAYBE,
        json_schema=_MAYBE, thinking=_MAYBE, vision=_MAYBE, problems=_TEXTS,
    ),
    "ModelNames": _object("object where data", object={"const": "list"}, where=_TEXT,
                          data=_TEXTS),
    "Tools": _object(
        "object manage data", object={"const": "list"}, manage=_TRUTH, data=_ARRAY, fixed=_TRUTH,
        missing=_TEXTS, servers=_ARRAY,
    ),
    "Tool": _object("object name on", object={"const": "tool"}, name=_TEXT, on=_TRUTH),
    "Fares": _object(
        "object status version started uptime database models memory open_runs home disk_free",
        object={"const": "health"}, status={"enum": ["ready", "not ready"]}, version=_TEXT,
        python=_TEXT, started=_TEXT, uptime=_NUMBER, database={"type": "object"},
        models={"type": "object"}, memory=_WHOLE, threads=_WHOLE, open_runs=_WHOLE, home=_TEXT,
        disk_free=_MAYBE_NUMBER, disk_total=_MAYBE_NUMBER, settings={"type": "object"},
        keys=_TRUTH,
    ),
    "Session": _object(
        "object person by role may manage keys key", object={"const": "session"}, person=_TEXT,
        by={"enum": ["session", "key", "machine", "host"]}, role=_TEXT, may=_TEXTS,
        manage=_TRUTH, keys=_TRUTH,
        key={"type": ["object", "null"]}, since={"type": ["string", "null"]}, language=_TEXT,
        zone=_TEXT,
    ),
    "SignedIn": _object("object person manage", object={"const": "session"}, person=_TEXT,
                        manage=_TRUTH),
    "SignedOut": _object("object deleted", object={"const": "session"}, deleted=_TRUTH),
    "Key": _object(
        "id object name hint scopes person created used until revoked sessions current", id=_TEXT,
        scopes=_TEXTS, until=_MAYBE_TEXT,
        object={"const": "key"}, name=_TEXT, hint=_TEXT, person=_TEXT, created=_TEXT,
        used={"type": ["string", "null"]}, revoked={"type": ["string", "null"]},
        sessions={"type": "integer"}, current=_TRUTH,
    ),
    "Keys": _list("Key"),
    "KeyOnce": _object(
        "id object name person key hint scopes signed_in", id=_TEXT, object={"const": "key"},
        name=_TEXT, scopes=_TEXTS,
        person=_TEXT, key=_TEXT, hint=_TEXT, signed_in=_TRUTH,
    ),
    "KeyEnded": _object("id object deleted left", id=_TEXT, object={"const": "key"},
                        deleted=_TRUTH, left={"type": "integer"}),
    "File": _object("id object bytes created_at filename purpose status media", **_FILE),
    "Files": _page("File") | {"required": ["object", "data", "more", "has_more"]},
    "Seen": _object(
        "file media sense parts observations", file=_TEXT, media=_TEXT, sense=_TEXT, parts=_ARRAY,
        observations=_ARRAY,
    ),
    "Rows": _object(
        "object file name sheet sheets total start more columns rows", object={"const": "rows"},
        file=_TEXT, name=_TEXT, sheet=_TEXT, sheets=_TEXTS, total={"type": ["integer", "null"]},
        start=_WHOLE, more=_TRUTH, columns=_ARRAY, rows=_ARRAY,
    ),
    "Evidence": _object(
        "object file media html page pages", object={"const": "evidence"}, file=_TEXT, media=_TEXT,
        html=_TEXT, page=_WHOLE, pages=_WHOLE,
    ),
    "Consent": _object(
        "object purpose allowed state since asked used title changes without with question",
        object={"const": "consent"}, purpose=_TEXT, allowed=_TRUTH, since=_MAYBE_TEXT,
        state={"enum": ["undecided", "allowed", "refused"]}, asked=_MAYBE_TEXT, used=_TRUTH,
        title=_TEXT, changes=_TEXT, without=_TEXT, question=_TEXT, **{"with": _TEXT},
    ),
    "Consents": _page("Consent"),
    "AuditEntry": _object(
        "object id at actor by deed about detail said", object={"const": "audit_entry"},
        id=_WHOLE, at=_TEXT, actor=_TEXT, by={"enum": ["you", "other", "server"]}, deed=_TEXT,
        about=_TEXT, detail={"type": "object"}, said=_TEXT,
    ),
    "AuditLog": _page("AuditEntry"),
    "Posted": {
        "description": "An activity of ActivityStreams 2.0, an array or a collection of them; or "
        "lines of JSON as application/x-ndjson.",
        "anyOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}}],
    },
    "Taken": {
        "anyOf": [
            _object("object id state", object={"const": "activity"}, id=_TEXT,
                    state={"enum": ["kept", "repeated"]}),
            _object(
                "object received kept repeated failed ids errors", object={"const": "activities"},
                received=_WHOLE, kept=_WHOLE, repeated=_WHOLE, failed=_WHOLE,
                ids={"type": "array", "items": _MAYBE_TEXT}, errors=_ARRAY, more_errors=_WHOLE,
            ),
        ]
    },
    "Activity": _object(
        "id type actor published number purposes", id=_TEXT, type=_TEXT, actor=_TEXT,
        published=_TEXT, number=_WHOLE, purposes=_TEXTS,
    ),
    "Activities": _page("Activity"),
    "Memory": _object(
        "object id text said speaker by source true_from true_until pinned edited generated",
        object={"const": "memory"}, id=_WHOLE, text=_TEXT, said=_TEXT, speaker=_TEXT,
        by={"enum": ["you", "others"]}, title=_TEXT, source=_object(
            "name conversation run", name=_TEXT, conversation=_TEXT, run=_TEXT),
        true_from=_TEXT, true_until=_MAYBE_TEXT, pinned=_TRUTH, edited=_TRUTH, generated=_TRUTH,
        rests_on={"type": "array", "items": _WHOLE}, score={"type": "number"}, why=_TEXT,
        earlier=_ARRAY, files=_ARRAY,
    ),
    "Memories": _page("Memory"),
    "MemoryForgotten": _object(
        "id object deleted", id=_WHOLE, object={"const": "memory"}, deleted=_TRUTH,
    ),
    "ManyForgotten": _object(
        "object deleted count", object={"const": "memories"}, deleted=_TRUTH, count=_WHOLE,
    ),
    "Importer": _object(
        "name object label about", name=_TEXT, object={"const": "importer"}, label=_TEXT,
        about=_TEXT,
    ),
    "Importers": _page("Importer"),
    "Import": _object(
        "id object state name formats purposes counts report", id=_TEXT,
        object={"const": "import"}, name=_TEXT, formats=_TEXTS, purposes=_TEXTS,
        state={"enum": ["waiting", "running", "done", "failed", "cancelled"]},
        counts={"type": "object", "additionalProperties": _WHOLE}, report={"type": "object"},
        error=_MAYBE_OBJECT, position=_WHOLE, size=_WHOLE, read=_WHOLE, created=_TEXT,
        updated=_TEXT, ended=_MAYBE_TEXT, media=_TRUTH,
    ),
    "Imports": _page("Import"),
    "WaysIn": _object(
        "object key password passkey providers", object={"const": "sign_in"}, key=_TRUTH,
        password=_TRUTH, passkey=_TRUTH, providers=_ARRAY,
    ),
    "PasskeyOptions": _object("object options", object={"const": "passkey_options"},
                              options={"type": "object"}),
    "Redirect": _object("object url", object={"const": "redirect"}, url=_TEXT),
    "OwnSession": _object(
        "id object browser way key created used current", id=_TEXT, object={"const": "session"},
        browser=_TEXT, way={"enum": ["key", "link", "password", "passkey", "openid"]}, key=_TEXT,
        created=_TEXT, used=_TEXT, current=_TRUTH,
    ),
    "OwnSessions": _list("OwnSession"),
    "SessionsEnded": _object("object deleted ended", object={"const": "sessions"},
                             deleted=_TRUTH, ended=_WHOLE),
    "Password": _object(
        "object set", object={"const": "password"}, set=_TRUTH, login=_TEXT, changed=_MAYBE_TEXT,
        ended=_WHOLE, deleted=_TRUTH,
    ),
    "Passkey": _object(
        "id object name host synced created used", id=_TEXT, object={"const": "passkey"},
        name=_TEXT, host=_TEXT, synced=_TRUTH, created=_TEXT, used=_MAYBE_TEXT,
    ),
    "Passkeys": _list("Passkey"),
    "Account": _object(
        "id object provider issuer name created used", id=_TEXT, object={"const": "account"},
        provider=_TEXT, issuer=_TEXT, name=_TEXT, created=_TEXT, used=_MAYBE_TEXT,
    ),
    "Accounts": _list("Account"),
    "Link": _object(
        "id object person role name created expires", id=_TEXT, object={"const": "link"},
        person=_TEXT, role=_TEXT, name=_TEXT, created=_TEXT, expires=_TEXT,
    ),
    "Links": _list("Link"),
    "LinkOnce": _object(
        "id object person role name minutes url", id=_TEXT, object={"const": "link"},
        person=_TEXT, role=_TEXT, name=_TEXT, minutes=_WHOLE, url=_TEXT,
    ),
    "Person": _object(
        "object id name role language zone host created ended", object={"const": "person"},
        id=_TEXT, name=_TEXT, role=_ROLE, language=_TEXT, zone=_TEXT, host=_MAYBE_TEXT,
        created=_TEXT, ended=_MAYBE_TEXT,
    ),
    "People": _page("Person"),
    "Me": _object(
        "object id name role may language zone said purposes by host scopes actor",
        object={"const": "person"}, id=_TEXT, name=_TEXT, role=_ROLE, may=_TEXTS, language=_TEXT,
        zone=_TEXT, said={"type": "object"}, purposes=_TEXTS, host=_MAYBE_TEXT, scopes=_TEXTS,
        by={"enum": ["session", "key", "machine", "host"]}, actor=_MAYBE_TEXT,
    ),
    "Host": _object(
        "object name issuer audience algorithms keys jwks_url role created changed ended problem",
        object={"const": "host"}, name=_TEXT, issuer=_TEXT, audience=_TEXT, algorithms=_TEXTS,
        keys=_ARRAY, jwks_url=_TEXT, role=_ROLE, created=_TEXT, changed=_TEXT, ended=_MAYBE_TEXT,
        problem=_MAYBE_TEXT,
    ),
    "Hosts": _list("Host"),
    "TriedToken": _object(
        "object good person claims problem", object={"const": "token"}, good=_TRUTH,
        person=_MAYBE_TEXT, claims=_MAYBE_OBJECT, problem=_MAYBE_TEXT,
    ),
    "WasForgotten": _object(
        "object deleted rows tables files workflows seconds", object={"const": "forgotten"},
        deleted=_TRUTH, rows=_WHOLE, tables={"type": "object"}, files=_WHOLE, workflows=_WHOLE,
        seconds=_NUMBER,
    ),
    "Approval": _object(
        "object id", object={"const": "approval"}, id=_TEXT, tool=_TEXT, origin=_TEXT, site=_TEXT,
        state={"enum": ["waiting", "running", "done", "failed", "denied", "expired", "lost"]},
        wanted={"enum": ["acts", "composed", "private"]}, said=_TEXT,
        arguments={"type": "object"}, shown=_ARRAY, digest=_TEXT, scopes=_TEXTS, scope=_TEXT,
        run=_TEXT, conversation=_TEXT, created=_TEXT, expires=_TEXT, decided=_MAYBE_TEXT,
        ended=_MAYBE_TEXT, result=_MAYBE_OBJECT, error={"type": "object"},
    ),
    "ApprovalList": _page("Approval"),
    "Allowance": _object(
        "object id tool site conversation created expires", object={"const": "allowance"}, id=_TEXT,
        tool=_TEXT, site=_TEXT, conversation=_TEXT, created=_TEXT, expires=_TEXT,
    ),
    "Allowances": _page("Allowance"),
    "Health": _object("status", status={"const": "ok"}),
    "Ready": _object(
        "status database models", status={"enum": ["ready", "not ready"]}, database=_TEXT,
        models={"type": "object", "additionalProperties": _TEXT},
    ),
}  # fmt: skip

_STREAM = "text/event-stream"
FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary"},
        "purpose": {"type": "string", "pattern": "^[a-z][a-z_-]{0,39}$"},
    },
}
ARCHIVE = {
    "type": "object",
    "required": ["file"],
    "properties": {"file": {"type": "string", "format": "binary"}}
    | {name: {"type": "string"} for name in ("format", "purposes", "me", "zone", "media")},
}
# route -> the schema of its request, its answers by content type, its errors
OPERATIONS: dict[str, tuple[str, dict[str, str], str]] = {
    "models": ("", {"application/json": "Models"}, ""),
    "model": ("", {"application/json": "Model"}, "404"),
    "chat_completions": (
        "ChatRequest",
        {"application/json": "ChatCompletion", _STREAM: ""},
        "400 402 403 404 413 415 422 500 502 504 507",
    ),
    "responses": (
        "ResponseRequest",
        {"application/json": "Response", _STREAM: ""},
        "400 402 403 404 413 415 422 500 502 504 507",
    ),
    "response": ("", {"application/json": "Response"}, "404"),
    "delete_response": ("", {"application/json": "Deleted"}, "404"),
    "cancel_response": ("", {"application/json": "Response"}, "404"),
    "agui": ("RunAgentInput", {_STREAM: ""}, "400 404 409 413"),
    "runs": ("", {"application/json": "Runs"}, "400 404"),
    "usage": ("", {"application/json": "Used"}, "400"),
    "change_budget": ("BudgetChange", {"application/json": "Allowed"}, "400 404 409 413"),
    "attachment": ("", {"*/*": ""}, "400 404"),
    "share": ("Share", {"application/json": "Shared"}, "400 404 409 413"),
    "end_share": ("", {"application/json": "Deleted"}, "404"),
    "shared": ("", {"application/json": "SharedConversation"}, "400 404 503"),
    "upload_file": ("multipart", {"application/json": "File"}, "400 413 500 507"),
    "list_files": ("", {"application/json": "Files"}, "400 404"),
    "file": ("", {"application/json": "File"}, "404"),
    "delete_file": ("", {"application/json": "Deleted"}, "404"),
    "file_content": ("", {"*/*": ""}, "404 416"),
    "file_view": ("", {"image/*": ""}, "400 404 415 422"),
    "file_rows": ("", {"application/json": "Rows"}, "400 404 413 415 422"),
    "file_evidence": ("", {"application/json": "Evidence"}, "400 404 413 415 422"),
    "file_seen": ("", {"application/json": "Seen"}, "400 404 413 415 422"),
    "run": ("", {"application/json": "WholeRun"}, "400 404"),
    "run_events": ("", {_STREAM: ""}, "204 400 404"),
    "cancel_run": ("", {"application/json": "Cancelled"}, "404"),
    "conversations": ("", {"application/json": "Conversations"}, "400 404"),
    "conversation": ("", {"application/json": "WholeConversation"}, "400 404"),
    "change_conversation": (
        "ConversationChange",
        {"application/json": "Conversation"},
        "400 404 413",
    ),
    "delete_conversation": ("", {"application/json": "Deleted"}, "404"),
    "tiers": ("", {"application/json": "Tiers"}, ""),
    "connect_tier": ("Connection", {"application/json": "Tiers"}, "400 404 409 413 500 502 507"),
    "disconnect_tier": ("", {"application/json": "Tiers"}, "404 409 500 507"),
    "test_tier": ("", {"application/json": "Trial"}, "404"),
    "test_model": ("Candidate", {"application/json": "Trial"}, "400 413 502"),
    "list_models": ("", {"application/json": "ModelNames"}, "400 502"),
    "list_models_by_key": ("Candidate", {"application/json": "ModelNames"}, "400 413 502"),
    "tools": ("", {"application/json": "Tools"}, ""),
    "switch_tool": ("Switch", {"application/json": "Tool"}, "400 404 409 413 500 507"),
    "health": ("", {"application/json": "Fares"}, ""),
    "session": ("", {"application/json": "Session"}, ""),
    "sign_in": ("SignIn", {"application/json": "SignedIn"}, "400 401 409 413"),
    "sign_out": ("", {"application/json": "SignedOut"}, ""),
    "ways_in": ("", {"application/json": "WaysIn"}, ""),
    "use_link": ("UseLink", {"application/json": "SignedIn"}, "400 401 413"),
    "use_password": ("Login", {"application/json": "SignedIn"}, "400 401 413 429"),
    "ask_passkey": ("", {"application/json": "PasskeyOptions"}, "400 429"),
    "use_passkey": ("Proof", {"application/json": "SignedIn"}, "400 401 413"),
    "go_elsewhere": ("Elsewhere", {"application/json": "Redirect"}, "400 404 413 429 502"),
    "come_back": ("", {}, "303 400"),
    "my_sessions": ("", {"application/json": "OwnSessions"}, ""),
    "end_session": ("", {"application/json": "Deleted"}, "404"),
    "end_other_sessions": ("", {"application/json": "SessionsEnded"}, ""),
    "my_password": ("", {"application/json": "Password"}, ""),
    "set_password": ("NewPassword", {"application/json": "Password"}, "400 401 409 413 429"),
    "delete_password": ("", {"application/json": "Password"}, ""),
    "my_passkeys": ("", {"application/json": "Passkeys"}, ""),
    "want_passkey": ("", {"application/json": "PasskeyOptions"}, "400 409"),
    "add_passkey": ("NewPasskey", {"application/json": "Passkey"}, "400 409 413"),
    "rename_passkey": ("Rename", {"application/json": "Passkey"}, "400 404 413"),
    "remove_passkey": ("", {"application/json": "Deleted"}, "404"),
    "my_accounts": ("", {"application/json": "Accounts"}, ""),
    "connect_account": ("Connect", {"application/json": "Redirect"}, "400 404 413 502"),
    "remove_account": ("", {"application/json": "Deleted"}, "404"),
    "make_link": ("NewLink", {"application/json": "LinkOnce"}, "400 404 413"),
    "my_links": ("", {"application/json": "Links"}, ""),
    "end_link": ("", {"application/json": "Deleted"}, "404"),
    "keys": ("", {"application/json": "Keys"}, "400"),
    "create_key": ("NewKey", {"application/json": "KeyOnce"}, "400 413"),
    "revoke_key": ("", {"application/json": "KeyEnded"}, "400 404"),
    "consents": ("", {"application/json": "Consents"}, "400"),
    "change_consents": ("ConsentChanges", {"application/json": "Consents"}, "400 404 413"),
    "change_consent": ("ConsentChange", {"application/json": "Consent"}, "400 404 413"),
    "audit_log": ("", {"application/json": "AuditLog"}, "400 404"),
    "export_all": ("", {"application/zip": ""}, ""),
    "list_activities": ("", {"application/json": "Activities"}, "400"),
    "post_activities": ("Posted", {"application/json": "Taken"}, "201 207 400 409 410 413 507"),
    "memories": ("", {"application/json": "Memories"}, "400 404"),
    "memory": ("", {"application/json": "Memory"}, "400 404"),
    "change_memory": ("MemoryChange", {"application/json": "Memory"}, "400 404 413"),
    "forget_memory": ("", {"application/json": "MemoryForgotten"}, "400 404"),
    "forget_memories": (
        "MemoriesForgotten",
        {"application/json": "ManyForgotten"},
        "400 404 413",
    ),
    "importers": ("", {"application/json": "Importers"}, ""),
    "create_import": ("archive", {"application/json": "Import"}, "400 404 409 413 500 507"),
    "list_imports": ("", {"application/json": "Imports"}, "400 404"),
    "one_import": ("", {"application/json": "Import"}, "404"),
    "cancel_import": ("", {"application/json": "Import"}, "404"),
    "people": ("", {"application/json": "People"}, "400 404"),
    "create_person": ("NewPerson", {"application/json": "Person"}, "400 409 413"),
    "person": ("", {"application/json": "Person"}, "404"),
    "change_person": ("PersonChange", {"application/json": "Person"}, "400 404 409 413"),
    "end_person": ("", {"application/json": "Deleted"}, "404 409"),
    "me": ("", {"application/json": "Me"}, ""),
    "change_me": ("MeChange", {"application/json": "Me"}, "400 413"),
    "hosts": ("", {"application/json": "Hosts"}, ""),
    "create_host": ("NewHost", {"application/json": "Host"}, "400 409 413 415 502 504"),
    "host": ("", {"application/json": "Host"}, "404"),
    "change_host": ("HostChange", {"application/json": "Host"}, "400 404 409 413 415 502 504"),
    "end_host": ("", {"application/json": "Deleted"}, "404"),
    "test_host": ("HostToken", {"application/json": "TriedToken"}, "400 404 413"),
    "forget_me": ("Confirmation", {"application/json": "WasForgotten"}, "400 409 413"),
    "approvals": ("", {"application/json": "ApprovalList"}, "400 404"),
    "approval": ("", {"application/json": "Approval"}, "400 404"),
    "decide_approval": ("Decision", {"application/json": "Approval"}, "400 404 409 413"),
    "decide_approvals": ("Decisions", {"application/json": "ApprovalList"}, "400 404 413"),
    "allowances": ("", {"application/json": "Allowances"}, ""),
    "end_allowance": ("", {"application/json": "Deleted"}, "404"),
    "healthz": ("", {"application/json": "Health"}, ""),
    "readyz": ("", {"application/json": "Ready"}, ""),
    "prometheus": ("", {"text/plain": ""}, ""),
}
