"""Two people: whatever one fills, nobody else finds or changes, by any table and any route.

The catalogue is walked, and api.ROUTES: a new table or route that nobody described here fails. Anna
fills everything with a word of hers; then others (a member by key and by browser, a guest, a
service that acts for somebody, a person of a host app, a manager and an owner) call every route
with every id of Anna's. No answer, header or error may hold her word, and nothing of hers may be
another than before.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import re
import time
import zipfile
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import quote

import aiohttp
import jwt
import msgspec
import psycopg
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

import samples
from musespark import audit, ledger, purposes
from musespark.activity import Activity
from musespark.api import ROUTES
from musespark.guard import open_to_all
from musespark.known import Known
from musespark.migrating import APP_ROLE
from musespark.model import Request
from musespark.problem import Problem
from musespark.remembered import Remembered
from musespark.scopes import needed
from musespark.scripted import Reply, ScriptedModel
from musespark.settings import Settings
from musespark.store import Store
from served import Served, own_home, script, served

WORD = "zaunkoenig"  # in everything that Anna says
ANNA, BERTA = "anna", "berta"

# Tables without a column `person`, and why nobody's data lies in them.
NOBODYS = {
    "migrations": "which migrations were applied",
    "hosts": "host apps, as the operator registered them",
    "files_gone": "hashes of contents to be removed",
    "forgotten": "hashes of ids that were forgotten",
    "pepper": "a secret of the database that no role can read",
    "attempts": "tries to sign in, by peppered hashes",
}
# Tables with a person that stay empty when Anna fills everything here, and who tests them.
UNFILLED = {
    "passwords": "test_passwords", "passkeys": "test_passkeys", "accounts": "test_openid",
    "challenges": "test_passkeys", "removals": "test_erasure", "withdrawals": "test_ledger",
    "recollections": "test_remembered",
}  # fmt: skip


def ask(**more: Any) -> dict[str, Any]:
    return {"model": "musespark-instant", "messages": [{"role": "user", "content": "Hi"}],
            "musespark": more}  # fmt: skip


# Every route, with the bodies that others try; <table> stands for an id of Anna's there.
TRIED: dict[str, list[Any]] = {
    "GET /v1/models": [],
    "GET /v1/models/{id}": [],
    "POST /v1/chat/completions": [
        ask(conversation="<conversations>"), ask(after="<runs>"),
        ask(conversation="<conversations>", after="<runs>"),
        {"model": "musespark-instant", "messages": [{"role": "user", "content": [
            {"type": "text", "text": "What is in it?"},
            {"type": "file", "file": {"file_id": "<files>"}}]}]},
    ],
    "POST /v1/responses": [
        {"model": "musespark-instant", "input": "Hi", "previous_response_id": "<response>"},
        {"model": "musespark-instant", "input": "Hi", "conversation": "<conversations>"},
        {"model": "musespark-instant", "input": [{"role": "user", "content": [
            {"type": "input_file", "file_id": "<files>"}]}]},
    ],
    "GET /v1/responses/{id}": [],
    "DELETE /v1/responses/{id}": [],
    "POST /v1/responses/{id}/cancel": [],
    "POST /agui": [
        {"threadId": "<conversations>", "runId": "<runs>",
         "messages": [{"id": "1", "role": "user", "content": "Hi"}]},
        {"threadId": "<conversations>", "runId": "<new>",
         "messages": [{"id": "1", "role": "user", "content": "Hi"}]},
    ],
    "GET /v1/runs": [],
    "GET /v1/usage": [],
    "GET /v1/runs/{id}": [],
    "GET /v1/runs/{id}/events": [],
    "POST /v1/runs/{id}/cancel": [],
    "PATCH /v1/runs/{id}/budget": [{"tokens": 5}],
    "GET /v1/runs/{id}/attachments/{n}": [],
    "POST /v1/files": [{"file_id": "<files>"}],
    "GET /v1/files": [],
    "GET /v1/files/{id}": [],
    "DELETE /v1/files/{id}": [],
    "GET /v1/files/{id}/content": [],
    "GET /v1/files/{id}/seen": [],
    "GET /v1/files/{id}/view": [],
    "GET /v1/files/{id}/rows": [],
    "GET /v1/files/{id}/evidence": [],
    "GET /v1/conversations": [],
    "GET /v1/conversations/{id}": [],
    "PATCH /v1/conversations/{id}": [{"title": "Mine", "pinned": True}],
    "DELETE /v1/conversations/{id}": [],
    "POST /v1/conversations/{id}/share": [{}, {"at": "<runs>"}],
    "DELETE /v1/conversations/{id}/share": [],
    "GET /v1/shared/{token}": [],
    "GET /v1/tiers": [],
    "POST /v1/tiers/test": [{"url": "http://localhost:9/v1"}],
    "GET /v1/tiers/models": [],
    "POST /v1/tiers/models": [{"url": "http://localhost:9/v1"}],
    "PUT /v1/tiers/{tier}": [{"url": "http://localhost:9/v1"}],
    "DELETE /v1/tiers/{tier}": [],
    "POST /v1/tiers/{tier}/test": [],
    "GET /v1/tools": [],
    "PATCH /v1/tools/{name}": [{"on": True}],
    "GET /v1/health": [],
    "GET /v1/session": [],
    "POST /v1/session": [{"key": "ms_" + "x" * 43}],
    "DELETE /v1/session": [],
    "POST /v1/sign-in/link": [{"link": "<links>"}],
    "GET /v1/keys": [],
    "POST /v1/keys": [{"name": "x", "person": ANNA}],
    "DELETE /v1/keys/{id}": [],
    "GET /v1/me/consents": [],
    "PATCH /v1/me/consents": [{"purposes": {"ads": True}}],
    "PUT /v1/me/consents/{purpose}": [{"allowed": True}],
    "GET /v1/me/audit": [],
    "GET /v1/people": [],
    "POST /v1/people": [{"id": ANNA, "name": "x"}],
    "GET /v1/people/{id}": [],
    "PATCH /v1/people/{id}": [{"role": "guest"}, {"ended": True}, {"name": "x"}],
    "DELETE /v1/people/{id}": [],
    "GET /v1/me": [],
    "PATCH /v1/me": [{"name": "Somebody"}],
    "DELETE /v1/me": [{"confirm": ANNA}],
    "GET /v1/hosts": [],
    "POST /v1/hosts": [{"name": "x", "issuer": "x", "keys": []}],
    "GET /v1/hosts/{name}": [],
    "PATCH /v1/hosts/{name}": [{"audience": "x"}],
    "DELETE /v1/hosts/{name}": [],
    "POST /v1/hosts/{name}/test": [{"token": "x"}],
    "GET /v1/approvals": [],
    "POST /v1/approvals": [{"ids": ["<approvals>"], "decision": "approve"}],
    "GET /v1/approvals/{id}": [],
    "POST /v1/approvals/{id}": [{"decision": "approve"}, {"decision": "deny"}],
    "GET /v1/allowances": [],
    "DELETE /v1/allowances/{id}": [],
    "GET /v1/sign-in": [],
    "POST /v1/sign-in/password": [{"login": ANNA, "password": "x" * 12}],
    "POST /v1/sign-in/passkey/options": [],
    "POST /v1/sign-in/passkey": [{"credential": {"id": "<passkeys>"}}],
    "POST /v1/sign-in/openid/{provider}": [{"next": "/"}],
    "GET /v1/sign-in/openid/{provider}/callback": [],
    "GET /v1/me/sessions": [],
    "DELETE /v1/me/sessions": [],
    "DELETE /v1/me/sessions/{id}": [],
    "GET /v1/me/password": [],
    "PUT /v1/me/password": [{"login": ANNA, "password": "a long one of mine"}],
    "DELETE /v1/me/password": [],
    "GET /v1/me/passkeys": [],
    "POST /v1/me/passkeys/options": [],
    "POST /v1/me/passkeys": [{"credential": {"id": "<passkeys>"}}],
    "PATCH /v1/me/passkeys/{id}": [{"name": "x"}],
    "DELETE /v1/me/passkeys/{id}": [],
    "GET /v1/me/accounts": [],
    "POST /v1/me/accounts": [{"provider": "x"}],
    "DELETE /v1/me/accounts/{id}": [],
    "GET /v1/links": [],
    "POST /v1/links": [{"person": ANNA}, {"role": "owner"}],
    "DELETE /v1/links/{id}": [],
    "GET /v1/activities": [],
    "POST /v1/activities": [
        {"type": "Like", "actor": ANNA, "object": "urn:x:1"},
        {"type": "Delete", "object": "urn:x:1"}, {"type": "Undo", "object": "<activities>"},
        {"type": "Create", "id": "urn:x:1", "object": {"type": "Note", "content": "Other"}},
    ],
    "GET /v1/me/memory": [],
    "DELETE /v1/me/memory": [{"ids": [1, 2, 3, 4, 5]}, {"source": "chat"}],
    "GET /v1/me/memory/{id}": [],
    "PATCH /v1/me/memory/{id}": [{"text": "Something else"}, {"pinned": True}],
    "DELETE /v1/me/memory/{id}": [],
    "GET /v1/me/export": [],
    "GET /v1/importers": [],
    "POST /v1/me/imports": [{"file": "<files>"}],
    "GET /v1/me/imports": [],
    "GET /v1/me/imports/{id}": [],
    "DELETE /v1/me/imports/{id}": [],
    "GET /healthz": [],
    "GET /readyz": [],
    "GET /metrics": [],
}  # fmt: skip
# Routes by which Anna herself sees nothing by an id: not of hers, or nothing to be seen yet.
BLIND = {"/v1/models/{id}", "/v1/shared/{token}", "/v1/tools/{name}", "/v1/hosts/{name}",
         "/v1/people/{id}", "/v1/sign-in/openid/{provider}/callback"}  # fmt: skip
# Where a manager or an owner may see and change Anna by design; test_members says how far.
THEIRS = ("/v1/people", "/v1/keys", "/v1/links", "/v1/hosts", "/v1/tiers", "/v1/tools")


def test_every_route_is_described() -> None:
    """A new route needs a line in TRIED: what another person would try by it."""
    assert list(TRIED) and {f"{method} {path}" for method, path, _ in ROUTES} == set(TRIED)  # noqa: PT018


# -- tables ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def locked() -> Iterator[Settings]:
    with own_home() as settings:
        yield settings


@pytest.fixture
async def server(locked: Settings) -> AsyncIterator[Served]:
    async with served(locked, ScriptedModel(answering)) as running:
        yield running


def answering(request: Request) -> Reply:
    """The model repeats what it was asked, as models do."""
    reply = script(request)
    said = " ".join(message.text for message in request.messages)
    return Reply(text=f"{reply.text} {WORD}") if WORD in said and not request.schema else reply


def superuser(server: Served, query: str) -> list[Any]:
    """Rows as the one sees them who sees all."""
    assert server.engine.store is not None
    words = re.sub(rf"user='?{APP_ROLE}'?", "user=postgres", server.engine.store.conninfo)
    with psycopg.connect(words) as connection:
        return connection.execute(query).fetchall()  # type: ignore[call-overload,no-any-return]


def tables(server: Served) -> dict[str, bool]:
    """Every table of ours, and whether it has a column `person`."""
    rows = superuser(
        server,
        """
        select c.relname, exists (select from pg_attribute a where a.attrelid = c.oid
            and a.attname = 'person' and not a.attisdropped)
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p', 'm', 'v', 'f') and n.nspname not in
            ('pg_catalog', 'information_schema', 'pg_toast', 'dbos')
        """,
    )
    return dict(rows)


async def test_every_table_with_a_person_is_under_row_security(server: Served) -> None:
    found = tables(server)
    assert {name for name, person in found.items() if not person} == set(NOBODYS)
    secured = {
        name: (row, policies)
        for name, row, policies in superuser(
            server,
            """
            select c.relname, c.relrowsecurity and c.relkind in ('r', 'p'), array(
                select concat(polcmd, ' ', pg_get_expr(polqual, polrelid), ' ',
                    pg_get_expr(polwithcheck, polrelid)) from pg_policy where polrelid = c.oid)
            from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname = 'public'
            """,
        )
    }
    for name, person in found.items():
        if person:
            row, policies = secured[name]
            assert row, f"{name} is not under row security"
            assert policies, f"{name} has no policy"
            for policy in policies:
                assert "musespark.person" in policy, f"{name}: {policy}"
                assert re.search(r"\bperson\b", policy.replace("musespark.person", "")), policy
    # The role that the server works as can pass by none of it.
    [role] = superuser(
        server,
        "select rolsuper, rolbypassrls, rolcreaterole, exists (select from pg_class where relowner"
        f" = pg_roles.oid and relnamespace = 'public'::regnamespace) from pg_roles"
        f" where rolname = '{APP_ROLE}'",
    )
    assert role == (False, False, False, False)
    store = server.engine.store
    assert store is not None
    [me] = await store.system("select current_user as name")
    assert me["name"] == APP_ROLE
    # What no role reads.
    readable = superuser(
        server, f"select relname from pg_class where relkind = 'r' and relnamespace ="
        f" 'public'::regnamespace and has_table_privilege('{APP_ROLE}', oid, 'select')",
    )  # fmt: skip
    assert "pepper" not in {name for (name,) in readable}


async def test_functions_past_row_security_are_closed(server: Served) -> None:
    """Each has a fixed search path, and is for the server's role alone."""
    for name, config, public in superuser(
        server,
        "select proname, coalesce(array_to_string(proconfig, ','), ''),"
        " has_function_privilege('public', oid, 'execute') from pg_proc"
        " where prosecdef and prorettype <> 'trigger'::regtype"
        " and pronamespace = 'public'::regnamespace",
    ):
        assert "search_path" in config, name
        assert not public, f"{name} is for everybody"


# -- filling ---------------------------------------------------------------------------------------


class Client:
    """Somebody who asks: their headers, and what they got."""

    def __init__(self, server: Served, name: str, **headers: str) -> None:
        self.server, self.name, self.headers = server, name, headers

    async def __call__(
        self, method: str, path: str, body: Any = None, data: Any = None
    ) -> tuple[int, str]:
        """The status, and all that came: headers and body as text."""
        more = {"json": body} if body is not None else {"data": data} if data is not None else {}
        async with self.server.http.request(
            method, self.server.url + path, headers=self.headers, **more
        ) as response:
            raw = await response.read()
            if raw[:2] == b"PK":  # an export: what is in it counts
                with zipfile.ZipFile(io.BytesIO(raw)) as made:
                    raw = b"\n".join(made.read(name) for name in made.namelist())
            return response.status, f"{dict(response.headers)}\n{raw.decode('utf-8', 'replace')}"

    async def ok(self, method: str, path: str, body: Any = None, data: Any = None) -> str:
        status, said = await self(method, path, body, data)
        assert status < 300, f"{method} {path}: {said}"
        return said


async def fill(anna: Client) -> None:
    """Anna uses everything that there is."""
    door, store = anna.server.app.state.door, anna.server.engine.store
    assert store is not None
    await anna.ok("PATCH", "/v1/me", {"name": f"Anna {WORD}"})
    await purposes.change(store, ANNA, "memory", True)
    door.people.changed(ANNA)
    table = f"name,price\n{WORD},5\n".encode()
    form = aiohttp.FormData()
    form.add_field("file", table, filename=f"{WORD}.csv")
    form.add_field("purpose", "user_data")
    await anna.ok("POST", "/v1/files", data=form)
    [file] = await store.rows(ANNA, "select id from files")
    form = aiohttp.FormData()
    form.add_field("file", samples.picture("PNG"), filename=f"{WORD}.png")
    await anna.ok("POST", "/v1/files", data=form)
    for mode in ("instant", "contemplating"):
        parts = [{"type": "text", "text": f"What is a {WORD}?"},
                 {"type": "file", "file": {"file_id": file["id"]}}]  # fmt: skip
        body = {"model": f"musespark-{mode}", "messages": [{"role": "user", "content": parts}]}
        await anna.ok("POST", "/v1/chat/completions", body)
    [talk, *_] = await store.rows(ANNA, "select id from conversations")
    await anna.ok("PATCH", f"/v1/conversations/{talk['id']}", {"title": f"About the {WORD}"})
    await anna.ok("POST", f"/v1/conversations/{talk['id']}/share", {})
    await anna.ok("POST", "/v1/keys", {"name": f"of the {WORD}"})
    await door.sessions.start(ANNA, "password", f"Mozilla {WORD}")
    await door.links.make(ANNA)
    await audit.note(store, ANNA, "imported", actor=ANNA, about=WORD)
    note = {"type": "Note", "id": "urn:x:1", "content": f"My favourite bird is the {WORD}.",
            "attributedTo": ANNA, "context": "urn:x"}  # fmt: skip
    await ledger.append(store, ANNA, Activity(type="Create", object=note, uri="urn:x:1"))
    assert await Remembered(store).recall(ANNA, f"What did I say of the {WORD}?")
    await Known(store).follow(ANNA)
    listed = await anna.ok("GET", "/v1/me/memory")
    first = msgspec.json.decode(listed.partition("\n")[2])["data"][0]["id"]
    await anna.ok("PATCH", f"/v1/me/memory/{first}", {"pinned": True})
    talked = f"01.02.24, 10:00 - Anna: I saw a {WORD}\n01.02.24, 10:01 - Bo: Where?\n" * 3
    talked += f"01.02.24, 10:02 - Anna: {WORD}.png (file attached)\n"
    chat = samples.zipped({"chat.txt": talked, f"{WORD}.png": samples.picture("PNG")})
    await anna.ok("POST", "/v1/me/imports?format=whatsapp&name=chat.zip", data=chat)
    while await store.rows(ANNA, "select id from imports where state in ('waiting', 'running')"):
        await asyncio.sleep(0.05)
    await store.rows(
        ANNA,
        """
        with one as (insert into approvals (id, person, run, conversation, tool, origin, arguments,
            digest, code, expires) values ('approval_1', %(who)s, 'r', 'c', 'post', 'x', %(json)s,
            'x', 'acts', now() + interval '1 day')),
        two as (insert into allowances (id, person, tool, digest, site, expires)
            values ('allowance_1', %(who)s, 'post', 'x', %(word)s, now() + interval '1 day'))
        insert into askings (person, purpose, run) values (%(who)s, 'shop', 'r')
        """,
        who=ANNA, word=WORD, json=f'{{"text": "{WORD}"}}',
    )  # fmt: skip


async def rows_of(store: Store, names: list[str], person: str) -> dict[str, list[str]]:
    """All that a person sees of each table."""
    found = {}
    for name in names:
        query = f"select t::text as row from {name} t order by 1"
        found[name] = [row["row"] for row in await store.rows(person, query)]  # type: ignore[arg-type]
    return found


def ids_of(server: Served, names: list[str]) -> dict[str, str]:
    """An id of Anna's in each table: its primary key where that is one column."""
    found = {}
    for name in names:
        keys = superuser(
            server,
            f"select a.attname from pg_index i join pg_attribute a on a.attrelid = i.indrelid and"
            f" a.attnum = any(i.indkey) where i.indrelid = '{name}'::regclass and i.indisprimary",
        )
        column = "id" if ("id",) in keys else keys[0][0]
        rows = superuser(server, f"select {column} from {name} where person = '{ANNA}' limit 1")
        if rows and not isinstance(rows[0][0], bytes | memoryview):
            found[name] = str(rows[0][0])
    found["response"] = "resp_" + found["runs"].removeprefix("run_")
    found["new"] = f"run-{time.time_ns()}"
    found["person"] = ANNA
    for kind, media in (("files", "text/csv"), ("picture", "image/png")):
        [[found[kind]]] = superuser(
            server, f"select id from files where person = '{ANNA}' and media = '{media}' limit 1"
        )
    return found


# -- trying ----------------------------------------------------------------------------------------


async def browsing(server: Served) -> Client:
    """Carl, in a browser that is signed in."""
    word = await server.app.state.door.sessions.start("carl", "password", "Mozilla")
    return Client(
        server, "carl", Cookie=f"musespark_{server.url.rpartition(':')[2]}={word}",
        Origin=server.url, **{"Sec-Fetch-Site": "same-origin"},
    )  # fmt: skip


async def everybody(server: Served) -> dict[str, Client]:
    """Anna, and everybody who is not."""
    door = server.app.state.door
    for name, role in ((ANNA, "member"), (BERTA, "member"), ("gast", "guest"),
                       ("mara", "manager"), ("olga", "owner"), ("carl", "member")):  # fmt: skip
        await door.people.add("owner", name, "", role)
    keys = {name: (await door.keys.create(name, "x"))[1]
            for name in (ANNA, BERTA, "gast", "mara", "olga", "carl", "owner")}  # fmt: skip
    found = {name: Client(server, name, Authorization=f"Bearer {key}")
             for name, key in keys.items()}  # fmt: skip
    found["browser"] = await browsing(server)
    _, service = await door.keys.create("mara", "service", scopes=frozenset({"people", "*"}))
    found["service"] = Client(server, "service", Authorization=f"Bearer {service}",
                              **{"Musespark-Person": BERTA})  # fmt: skip
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    await found["olga"].ok("POST", "/v1/hosts", {"name": "shop", "issuer": "https://shop.example",
                                                 "pem": pem.decode()})  # fmt: skip
    claims = {"iss": "https://shop.example", "aud": "musespark", "sub": ANNA,
              "exp": int(time.time()) + 3000}  # fmt: skip
    token = jwt.encode(claims, private, "ES256")
    found["host"] = Client(server, f"shop:{ANNA}", Authorization=f"Bearer {token}")
    return found


def filled(value: Any, ids: dict[str, str]) -> Any:
    """A body with Anna's ids in the places of <table>."""
    if isinstance(value, str):
        return re.sub(r"<(\w+)>", lambda found: ids.get(found[1], "none"), value)
    if isinstance(value, dict):
        return {name: filled(each, ids) for name, each in value.items()}
    return [filled(each, ids) for each in value] if isinstance(value, list) else value


def paths(path: str, ids: list[str]) -> list[str]:
    """A route's path with each of the ids in the place of its first parameter."""
    if "{" not in path:
        return [path]
    found = (re.sub(r"\{\w+\}", quote(id, safe=""), path, count=1) for id in ids)
    return [re.sub(r"\{\w+\}", "0", each) for each in found]


async def test_nobody_reaches_what_is_annas(server: Served) -> None:
    clients = await everybody(server)
    anna, store = clients.pop(ANNA), server.engine.store
    assert store is not None
    await fill(anna)
    names = sorted(name for name, person in tables(server).items() if person)
    before = await rows_of(store, names, ANNA)
    empty = {name for name, rows in before.items() if not rows}
    assert empty <= set(UNFILLED), "nobody fills them: let Anna do it, or say who tests them"
    assert sum(WORD in row for rows in before.values() for row in rows) > 10
    ids = ids_of(server, names)
    assert {"runs", "conversations", "files", "keys", "sessions", "approvals"} <= set(ids)

    # By every table: nobody else sees or touches a row of hers.
    for person in (BERTA, "mara", "olga", "owner", f"shop:{ANNA}", ""):
        seen = await rows_of(store, names, person)
        assert WORD not in str(seen), person
        await _untouchable(store, names, person)
    for name in names:
        assert await store.system(f"select * from {name}") == []  # type: ignore[arg-type]

    # By every route. What Anna herself sees by an id shows that the id is one.
    sees: dict[str, list[str]] = {}
    for method, path, _ in ROUTES:
        if method == "GET" and "{" in path and path not in BLIND:
            good = [id for id in ids.values()
                    if (await anna(method, paths(path, [id])[0]))[0] < 300]  # fmt: skip
            assert good, f"Anna finds nothing by {path}"
            sees[path] = good
    assert sum([WORD in (await anna("GET", paths(path, good)[0]))[1]
                for path, good in sees.items()]) > 5  # fmt: skip
    before = await rows_of(store, names, ANNA)
    asked = 0
    for method, path, _ in sorted(ROUTES, key=lambda route: route[:2] == ("DELETE", "/v1/session")):
        all_ids = list(ids.values())
        few = sees.get(path) or sees.get(path.rpartition("/")[0]) or all_ids[:3]
        for name, client in clients.items():
            if name in ("mara", "olga", "owner") and (
                path.startswith(THEIRS) or needed(method, path).right in ("manage", "oversee")
            ):
                continue
            tried = TRIED[f"{method} {path}"]
            bodies = [filled(body, ids) for body in tried] if tried else [None]
            for each in paths(path, all_ids if name == BERTA else few[:2]):
                for body in bodies:
                    status, said = await client(method, each, body)
                    asked += 1
                    assert WORD not in said, f"{name}: {method} {each} {body} gave {said}"
                    assert status < 500 or path == "/readyz", f"{method} {each} {body}: {said}"
                    if method == "GET" and path in sees and each in paths(path, sees[path]):
                        assert status >= 400, f"{name} sees {each}: {said}"
    assert asked > 500
    # Searching for her words, and for her.
    clients["browser"] = await browsing(server)
    for name, client in clients.items():
        for path in ("/v1/conversations?q=", "/v1/runs?q="):
            status, said = await client("GET", path + WORD[:6])
            assert status == 200, said
            assert WORD not in said, name
        for path in (f"/v1/keys?person={ANNA}", f"/v1/people?q={ANNA}"):
            status, said = await client("GET", path)
            if name not in ("mara", "olga", "owner"):
                assert status == 403, said
    # A header alone makes nobody Anna.
    for name in (BERTA, "gast", "mara", "olga", "host", "browser"):
        client = clients[name]
        as_her = Client(server, name, **client.headers | {"Musespark-Person": ANNA})
        assert (await as_her("GET", "/v1/runs"))[0] == 403, name

    # And nothing of hers is another than before.
    after = await rows_of(store, names, ANNA)
    for name in names:
        assert after[name] == before[name], name
    assert {id: open_to_all(id) for id in ("/v1/me", "/v1/runs")} == {
        "/v1/me": False, "/v1/runs": False,
    }  # fmt: skip


async def _untouchable(store: Store, names: list[str], person: str) -> None:
    """Nothing of Anna's is deleted or changed for another person, and nothing becomes hers."""
    for name in names:
        for statement in (
            f"delete from {name} where person = '{ANNA}'",
            f"update {name} set person = person where person = '{ANNA}'",
        ):
            with contextlib.suppress(_Refused):
                async with _refusing(store, person) as connection:
                    cursor = await connection.execute(statement)
                    assert cursor.rowcount == 0, f"{person}: {statement}"


class _Refused(Exception):
    """The database did not let it be done."""


@contextlib.asynccontextmanager
async def _refusing(store: Store, person: str) -> AsyncIterator[Any]:
    try:
        async with store.transaction(person) as connection:
            yield connection
    except Problem as problem:
        if problem.code != "not_yours":
            raise
        raise _Refused from None
