"""Bad input and bad days over HTTP: a clear message, never a 500, nothing lost."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import io
import os
import signal
import tempfile
from pathlib import Path
from typing import Any

import msgspec
import pytest

from musespark.scripted import Reply, ScriptedModel
from musespark.settings import Settings, read
from served import Served, script, served

CHAT, ASK = "/v1/chat/completions", {"role": "user", "content": "Say it."}
JSON = {"Content-Type": "application/json"}


def good(**more: Any) -> dict[str, Any]:
    return {"model": "musespark-instant", "messages": [ASK], **more}


def error(said: Any) -> dict[str, Any]:
    assert set(said) == {"error"}
    assert set(said["error"]) == {"message", "type", "param", "code"}
    assert said["error"]["message"]
    found: dict[str, Any] = said["error"]
    return found


WRONG: list[tuple[dict[str, Any], int, str, str]] = [
    ({"messages": []}, 400, "messages", "length"),
    ({"messages": [{"role": "user", "content": ""}]}, 400, "messages", "empty"),
    ({"messages": [{"role": "user", "content": " \n\t"}]}, 400, "messages", "empty"),
    ({"messages": [{"role": "user"}]}, 400, "messages", "empty"),
    ({"messages": [{"role": "robot", "content": "x"}]}, 400, "messages[0].role", "robot"),
    ({"messages": "hello"}, 400, "messages", "Expected `array`"),
    ({"messages": [{"role": "user", "content": 5}]}, 400, "messages[0].content", "Expected"),
    ({"model": "musespark-dreaming"}, 404, "model", "musespark-thinking"),
    ({"model": None}, 400, "model", "Expected `str`"),
    ({"temperature": "hot"}, 400, "temperature", "Expected"),
    ({"temperature": 3}, 400, "temperature", "2"),
    ({"max_tokens": 0}, 400, "max_tokens", "1"),
    ({"n": 2}, 400, "n", "One answer"),
    ({"logprobs": True}, 400, "logprobs", "not given"),
    ({"functions": [{}]}, 400, "functions", "tools"),
    ({"modalities": ["audio"]}, 400, "modalities", "text"),
    ({"reasoning_effort": "heroic"}, 400, "reasoning_effort", "heroic"),
    ({"response_format": {"type": "json_schema"}}, 400, "response_format", "schema"),
    ({"tools": [{"type": "custom"}]}, 400, "tools[0]", "custom"),
    ({"tools": [{"function": {"name": "a b"}}]}, 400, "tools[0].function.name", "a b"),
    ({"tools": [{"function": {"name": "a"}}] * 2}, 400, "tools", "same name"),
    ({"tool_choice": "required"}, 400, "tool_choice", "required"),
    ({"tool_choice": {"function": {"name": "x"}}}, 400, "tool_choice", "x"),
    ({"musespark": {"mode": "dreaming"}}, 404, "", "thinking"),
    ({"musespark": {"approve": ["rocket"]}}, 400, "musespark.approve", "rocket"),
    ({"musespark": {"conversation": "a b"}}, 400, "musespark.conversation", "ASCII"),
    ({"musespark": {"surprise": 1}}, 400, "musespark", "surprise"),
    ({"messages": [{"role": "tool", "tool_call_id": "x", "content": "y"}]}, 400,
     "messages[0].tool_call_id", "x"),
    ({"messages": [{"role": "user", "content": [{"type": "hologram"}]}]}, 400,
     "messages[0].content[0].type", "hologram"),
    ({"messages": [{"role": "user", "content": [{"type": "input_audio"}]}]}, 400,
     "messages[0].content[0]", "input_audio"),
    ({"messages": [{"role": "user", "content": [
        {"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}]}]}, 400,
     "messages[0].content[0].image_url", "https"),
    ({"messages": [{"role": "user", "content": [
        {"type": "file", "file": {"file_data": "no base64"}}]}]}, 400,
     "messages[0].content[0].file.file_data", "base64"),
    ({"messages": [{"role": "user", "content": [{"type": "file", "file": {}}]}]}, 400,
     "messages[0].content[0].file", "file_id"),
    ({"messages": [{"role": "user", "content": [{"type": "file", "file": {
        "file_data": base64.b64encode(bytes(range(256))).decode(), "filename": "a.bin"}}]}]}, 415,
     "", "a.bin"),
    ({"messages": [{"role": "user", "content": [
        {"type": "file", "file": {"file_id": "file-none"}}]}]}, 404, "", "file-none"),
]  # fmt: skip


@pytest.fixture
async def server(settings: Settings) -> Any:
    async with served(settings, ScriptedModel(lambda request: "Fine.")) as running:
        yield running


async def test_every_wrong_field_is_named(server: Served) -> None:
    for change, status, param, words in WRONG:
        got, said = await server.json("POST", CHAT, json=good(**change))
        found = error(said)
        assert got == status, (change, said)
        assert (found["param"] or "").startswith(param), (change, said)
        assert words in found["message"], (change, said)
        assert found["type"] == "invalid_request_error"


async def test_bodies_that_are_no_requests(server: Served) -> None:
    surrogate = (
        b'{"model": "musespark-instant", "messages": [{"role": "user", "content": "\\ud800 x"}]}'
    )
    bodies = [b"", b"  ", b"null", b"[]", b'"x"', b"{", b"\xff\xfe", b"not json", b"\x00",
              b'{"model": "\xff"}', b"[" * 200_000, b'{"a":' * 200_000, surrogate,
              b'{"messages": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"]  # fmt: skip
    for path in (CHAT, "/v1/responses", "/agui"):
        for body in bodies:
            status, said = await server.json("POST", path, data=body, headers=JSON)
            assert status == 400, (path, body[:40], said)
            error(said)


async def test_strange_signs_are_answered_and_kept(server: Served) -> None:
    strange = "a\0b \u202e \U0001f600 ﷽ \u200d" + "é" * 2000
    status, said = await server.json(
        "POST", CHAT, json=good(messages=[{"role": "user", "content": strange}])
    )
    assert (status, said["choices"][0]["message"]["content"]) == (200, "Fine.")
    status, whole = await server.json("GET", f"/v1/runs/{said['musespark']['run']}")
    assert status == 200
    assert whole["messages"][0]["parts"][0]["text"] == strange.replace("\0", "\ufffd")


async def test_too_much_is_refused_with_the_limit_and_the_setting(server: Served) -> None:
    huge = good(messages=[{"role": "user", "content": "x" * 10_000_001}])
    for path in (CHAT, "/v1/responses", "/agui"):
        status, said = await server.json("POST", path, data=io.BytesIO(msgspec.json.encode(huge)))
        assert status == 413
        assert "10 MB" in error(said)["message"]
        assert "MUSESPARK_REQUEST_BYTES" in said["error"]["message"]

    async def pieces() -> Any:
        for _ in range(12):
            yield b"x" * 1_000_000

    status, said = await server.json("POST", CHAT, data=pieces())
    assert status == 413
    much = good(messages=[{"role": "user", "content": "What of it? " + "sea " * 2_000_000}])
    status, said = await server.json("POST", CHAT, data=io.BytesIO(msgspec.json.encode(much)))
    assert status in (200, 413), said


async def test_ids_that_are_none(server: Served) -> None:
    for id in ("none", "a%00b", "%f0%9f%98%80", "x" * 300, "..%2f..", "'; drop table runs; --"):
        for method, path in (
            ("GET", "/v1/runs/{}"), ("GET", "/v1/runs/{}/events"), ("POST", "/v1/runs/{}/cancel"),
            ("GET", "/v1/responses/{}"), ("DELETE", "/v1/responses/{}"),
            ("GET", "/v1/conversations/{}"), ("GET", "/v1/models/{}"),
        ):  # fmt: skip
            status, said = await server.json(method, path.format(id))
            assert status == 404, (path, id)
            error(said)
    for query in ("limit=0", "limit=x", "limit=999999"):
        status, said = await server.json("GET", f"/v1/runs?{query}")
        assert (status, error(said)["param"]) == (400, "limit")
    _, answer = await server.json("POST", CHAT, json=good())
    path = f"/v1/runs/{answer['musespark']['run']}/events"
    for last in ("x", "-1", "1e3", "9" * 40, "²"):
        status, said = await server.json("GET", path, headers={"Last-Event-ID": last})
        assert status == 400, last
        error(said)


async def test_routes_that_are_none(server: Served) -> None:
    status, said = await server.json("GET", "/v1/nothing")
    assert (status, error(said)["code"]) == (404, "not_found")
    async with server.http.put(server.url + CHAT) as response:
        assert response.status == 405
        assert response.headers["Allow"] == "POST"
        error(await response.json())


async def test_a_plugin_that_breaks_is_not_the_end(server: Served) -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError("secret words")

    server.engine.turn = broken  # type: ignore[method-assign,assignment]
    status, said = await server.json("POST", CHAT, json=good())
    assert status == 500
    assert error(said)["type"] == "server_error"
    assert "secret" not in said["error"]["message"]


def postmaster(home: str) -> int:
    return int((Path(home) / "postgres" / "postmaster.pid").read_text().splitlines()[0])


async def test_the_database_stops_in_the_middle() -> None:
    """Runs under way still answer and say that they could not be kept; new ones too; everything
    that needs the database says so; when it is back, so is everything."""
    model = ScriptedModel(lambda request: Reply(text="One two three four five six", delay=0.2))
    with tempfile.TemporaryDirectory(prefix="musespark-") as folder:
        settings = read({"MUSESPARK_HOME": folder})
        async with served(settings, model) as server:
            await server.json("GET", "/v1/models")
            asking = asyncio.create_task(server.json("POST", CHAT, json=good()))
            await asyncio.sleep(0.1)
            database = postmaster(folder)
            for child in Path(f"/proc/{database}/task/{database}/children").read_text().split():
                with contextlib.suppress(ProcessLookupError):  # a worker that just ended
                    os.kill(int(child), signal.SIGSTOP)
            os.kill(database, signal.SIGSTOP)
            try:
                status, said = await server.json("GET", "/readyz")
                assert (status, said["status"]) == (503, "not ready")
                assert await server.json("GET", "/healthz") == (200, {"status": "ok"})
            finally:
                os.kill(database, signal.SIGCONT)
                for child in Path(f"/proc/{database}/task/{database}/children").read_text().split():
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(int(child), signal.SIGCONT)
            status, said = await asking
            assert status == 200
            assert said["choices"][0]["message"]["content"].endswith("six")
            run = said["musespark"]["run"]
            async with asyncio.timeout(20):
                while (await server.json("GET", f"/v1/runs/{run}"))[1].get("state") != "done":
                    await asyncio.sleep(0.2)
            assert (await server.json("GET", "/readyz"))[0] == 200


async def test_the_database_crashes() -> None:
    """It is started anew; until then its routes say so, and a question is answered all the same."""
    with tempfile.TemporaryDirectory(prefix="musespark-") as folder:
        settings = read({"MUSESPARK_HOME": folder})
        async with served(settings, ScriptedModel(script)) as server:
            await server.json("GET", "/v1/models")
            os.kill(postmaster(folder), signal.SIGQUIT)
            status, answer = await server.json("POST", CHAT, json=good())
            assert status == 200
            assert answer["choices"][0]["message"]["content"] == "The tide turns at seven."
            states = set()
            async with asyncio.timeout(30):
                while True:
                    path = f"/v1/runs/{answer['musespark']['run']}"
                    status, said = await server.json("GET", path)
                    states.add(status)
                    if status == 200 and said["state"] == "done":
                        break
                    if status == 503:
                        assert error(said)["code"] == "database_unreachable"
                    await asyncio.sleep(0.1)
            assert states <= {200, 404, 503}
