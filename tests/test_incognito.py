"""An incognito turn writes nothing: no row in any table, no file, not one word anywhere."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from fake_model import Server as ModelServer
from musespark import consent, postgres, purposes
from musespark.message import say
from musespark.model import Request
from musespark.scripted import Reply, ScriptedModel
from musespark.settings import Settings, read
from musespark.turn import new_id
from obedient import Outbox
from samples import CSV, picture
from served import Served, served
from served import script as planning

WORD = "zanzibarkummel"
ASKED = f"Remember that my bank is {WORD}. What did I tell you about {WORD}?"
TEXT = f"The {WORD} stands open on Sundays. It closes at nine."


@pytest.fixture(scope="module")
def own() -> Iterator[Settings]:
    """A home of its own, where nobody else writes meanwhile."""
    with tempfile.TemporaryDirectory(prefix="musespark-") as folder:
        settings = read({"MUSESPARK_HOME": str(Path(folder) / "home")})
        server, _ = postgres.start(settings.home)
        yield settings
        postgres.leave(server)


def script(request: Request) -> Any:
    """A model that wants to send something once it has read, then answers."""
    if request.schema is not None:
        return planning(request)
    if request.tools and not any(message.role == "tool" for message in request.messages):
        return Reply(calls=[("read_page", {"url": "https://a.example"}), ("send_message", LETTER)])
    return Reply(text=f"The {WORD} is a bank.", reasoning=f"Is {WORD} a bank?")


LETTER = {"to": "ann@a.example", "text": WORD}


@pytest.fixture
async def server(own: Settings) -> AsyncIterator[Served]:
    async with served(own, ScriptedModel(script)) as running:
        Outbox(f"A page about {WORD}.").put_into(running.engine)
        yield running


def everything(settings: Settings) -> dict[str, str]:
    """Every table of the database with a digest of its rows, and every other file of the home."""
    found: dict[str, str] = {}
    held, uri = postgres.start(settings.home)
    try:
        with psycopg.connect(uri) as connection:
            tables = connection.execute(
                "select schemaname, tablename from pg_tables"
                " where schemaname not in ('pg_catalog', 'information_schema')"
            ).fetchall()
            for schema, table in tables:
                rows = connection.execute(
                    sql.SQL("select t::text from {}.{} t order by 1").format(
                        sql.Identifier(schema), sql.Identifier(table)
                    )
                ).fetchall()
                found[f"{schema}.{table}"] = hashlib.sha256(repr(rows).encode()).hexdigest()
    finally:
        postgres.leave(held)
    for path in sorted(settings.home.rglob("*")):
        if path.is_file() and settings.home / "postgres" not in path.parents:
            found[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def places(settings: Settings, word: str = WORD) -> list[str]:
    """Every file of the home, PostgreSQL's own and its journal too, in which the word stands."""
    held, uri = postgres.start(settings.home)
    try:
        with psycopg.connect(uri, autocommit=True) as connection:
            connection.execute("checkpoint")
    finally:
        postgres.leave(held)
    found = []
    for path in settings.home.rglob("*"):
        try:
            if path.is_file() and word.encode() in path.read_bytes():
                found.append(str(path))
        except FileNotFoundError:  # PostgreSQL tidies up
            continue
    return found


def attached(protocol: str) -> list[dict[str, Any]]:
    """A text, a table and a picture, as each protocol sends them."""
    files = [
        ("text/plain", "note.txt", TEXT.encode()),
        ("text/csv", "prices.csv", CSV + f"{WORD},1,\n".encode()),
        ("image/png", "photo.png", picture()),
    ]
    urls = [(f"data:{kind};base64,{base64.b64encode(d).decode()}", n) for kind, n, d in files]
    if protocol == "responses":
        return [{"type": "input_file", "file_data": url, "filename": name} for url, name in urls]
    if protocol == "agui":
        return [
            {"type": "document", "metadata": {"filename": name},
             "source": {"type": "data", "value": url.partition(",")[2],
                        "mimeType": url[5:].partition(";")[0]}}
            for url, name in urls
        ]  # fmt: skip
    return [{"type": "file", "file": {"file_data": url, "filename": name}} for url, name in urls]


def body(protocol: str, mode: str, *, files: bool) -> dict[str, Any]:
    """One question in a protocol's own words, incognito."""
    wish = {"incognito": True, "mode": mode, "insist": True}
    if protocol == "responses":
        text: dict[str, Any] = {"type": "input_text", "text": ASKED}
        content = [text, *(attached(protocol) if files else [])]
        return {"model": "musespark-auto", "input": [{"role": "user", "content": content}],
                "store": False, "musespark": wish | {"incognito": mode != "instant"}}  # fmt: skip
    content = [{"type": "text", "text": ASKED}, *(attached(protocol) if files else [])]
    if protocol == "agui":
        return {"threadId": new_id("conv"), "runId": new_id("run"), "state": {}, "tools": [],
                "context": [], "forwardedProps": {"musespark": wish},
                "messages": [{"id": "1", "role": "user", "content": content}]}  # fmt: skip
    return {"model": "musespark-auto", "messages": [{"role": "user", "content": content}],
            "musespark": wish}  # fmt: skip


PATHS = {"chat": "/v1/chat/completions", "responses": "/v1/responses", "agui": "/agui"}


async def test_nothing_is_written_through_any_door_in_any_mode(
    server: Served, own: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    store = server.engine.store
    assert store is not None
    await purposes.change(store, "owner", "memory", True)  # it would be remembered otherwise
    assert server.engine.people is not None
    server.engine.people.changed("owner")
    await server.engine.durable()  # what a durable run would need is there: that is no trace
    before = everything(own)
    for protocol, path in PATHS.items():
        for mode in ("instant", "thinking", "contemplating", "auto"):
            given = body(protocol, mode, files=mode in ("instant", "auto"))
            async with server.http.post(server.url + path, json=given) as response:
                said = await response.text()
                assert response.status == 200, said
            assert "RUN_ERROR" not in said, said
            assert WORD in said, (protocol, mode)
            assert "musespark.consent" not in said, "nothing is asked that would be written down"
    assert everything(own) == before
    assert places(own) == []
    left = [p for p in tmp_path.rglob("*") if p.is_file() and WORD.encode() in p.read_bytes()]
    assert left == []
    _, waiting = await server.json("GET", "/v1/approvals")
    assert waiting["data"], "what waits for a yes waits in memory"
    yes = {"decision": "approve", "scope": "tool_conversation"}
    for each in waiting["data"][:2]:
        _, done = await server.json("POST", f"/v1/approvals/{each['id']}", json=yes)
        assert done["state"] == "done"
    assert everything(own) == before
    assert places(own) == []


@pytest.mark.parametrize("way", ["alone", "exact", "goes on"])
def test_nothing_is_written_at_the_terminal(own: Settings, tmp_path: Path, way: str) -> None:
    note = tmp_path / "note.txt"
    note.write_text(TEXT)
    with ModelServer() as model:
        kept = {k: v for k, v in os.environ.items() if not k.startswith("MUSESPARK_")}
        environ = kept | {"MUSESPARK_HOME": str(own.home), "MUSESPARK_FAST_URL": model.url,
                          "MUSESPARK_DEEP_URL": model.url}  # fmt: skip

        def run(*words: str) -> None:
            got = subprocess.run(
                [sys.executable, "-m", "musespark", "ask", *words], env=environ, text=True,
                capture_output=True, timeout=120, stdin=subprocess.DEVNULL,
            )  # fmt: skip
            assert got.returncode == 0, got.stderr

        if way == "goes on":
            run("-m", "instant", "What is a tide?")
        before = everything(own)
        if way == "exact":
            run("--incognito", "What is 17% of 240?")
        else:
            more = ("--continue",) if way == "goes on" else ("-a", str(note))
            run("--incognito", "-m", "instant", *more, ASKED)
        model.shutdown()
    assert everything(own) == before
    assert places(own) == []


async def test_what_is_remembered_is_not_used_unless_the_turn_asks(server: Served) -> None:
    person = await server.engine.person("owner")
    assert "memory" in person.purposes
    for incognito, memory, allowed in (
        (False, None, True),
        (False, False, False),
        (True, None, False),
        (True, True, True),
        (True, False, False),
    ):
        turn = await server.engine.turn(
            [say("user", "Hi")], person=person, incognito=incognito, memory=memory
        )
        assert consent.may(turn, "memory") == allowed
        assert not consent.may(turn, "shop")
    stranger = await server.engine.person(new_id("person"))
    turn = await server.engine.turn([say("user", "Hi")], person=stranger, memory=True)
    assert not consent.may(turn, "memory"), "a wish is no consent"


async def test_the_same_turn_leaves_its_words_otherwise(server: Served, own: Settings) -> None:
    """The search above finds what there is to find (and comes last, for what it leaves)."""
    word = "quittengelee"
    before = everything(own)
    given = body("chat", "instant", files=False)
    given["messages"][0]["content"] = f"Remember the {word}."
    given["musespark"] = {}
    assert (await server.json("POST", PATHS["chat"], json=given))[0] == 200
    after = everything(own)
    assert {name for name in after if after[name] != before.get(name)} >= {
        "public.runs", "public.messages", "public.activities", "public.steps", "public.events",
    }  # fmt: skip
    assert places(own, word)
