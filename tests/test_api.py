"""The routes: models, runs to look into, follow, resume and cancel, health, what they say."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import schemathesis
from hypothesis import HealthCheck, given
from hypothesis import settings as limits
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from fake_model import Server
from musespark.api import ROUTES, serve
from musespark.connecting import origin
from musespark.problem import Problem
from musespark.scripted import ScriptedModel, hang
from musespark.server import listen
from musespark.settings import Settings, read
from served import script, served, sse

CHAT = "/v1/chat/completions"


def ask(mode: str = "instant", **more: Any) -> dict[str, Any]:
    said = [{"role": "user", "content": "Compare three harbours for me."}]
    return {"model": f"musespark-{mode}", "messages": said, **more}


async def test_the_models_are_the_modes(settings: Settings) -> None:
    async with served(settings) as server, server.openai() as client:
        ids = [model.id async for model in await client.models.list()]
        assert ids == [f"musespark-{m}" for m in ("auto", "contemplating", "instant", "thinking")]
        assert (await client.models.retrieve("musespark-auto")).owned_by == "musespark"
        status, said = await server.json("GET", "/v1/models/gpt-5")
        assert (status, said["error"]["code"]) == (404, "model_not_found")


async def test_a_run_shows_every_step_draft_cost_and_time(settings: Settings) -> None:
    async with served(settings) as server:
        _, answer = await server.json("POST", CHAT, json=ask("contemplating"))
        run = answer["musespark"]["run"]
        status, whole = await server.json("GET", f"/v1/runs/{run}")
        assert status == 200
        assert whole["state"] == "done"
        assert whole["mode"] == "contemplating"
        kinds = [step["kind"] for step in whole["steps"]]
        assert kinds.count("model") == 5
        drafts = next(step for step in whole["steps"] if step["kind"] == "gather")["output"]
        assert [d["text"] for d in drafts] == ["The tide turns at seven."] * 3
        assert all(step["seconds"] >= 0 for step in whole["steps"])
        assert whole["usage"]["calls"] == 5
        assert whole["seconds"] > 0
        assert whole["cost"] == 0
        assert [m["role"] for m in whole["messages"]] == ["user", "assistant"]
        assert not {"person", "executor", "request"} & set(whole)
        _, listed = await server.json("GET", "/v1/runs?limit=1")
        assert listed["data"][0]["id"] == run
        _, older = await server.json("GET", f"/v1/runs?before={run}")
        assert run not in [each["id"] for each in older["data"]]
        _, talks = await server.json("GET", "/v1/conversations?limit=5")
        assert talks["data"][0]["title"] == "Compare three harbours for me."


async def test_a_client_resumes_without_a_lost_or_doubled_event(settings: Settings) -> None:
    async with served(settings, ScriptedModel(script, pause=0.005)) as server:
        asking = asyncio.create_task(server.json("POST", CHAT, json=ask("contemplating")))
        while not server.engine.runs.live:
            await asyncio.sleep(0.01)
        [run] = server.engine.runs.live
        path = f"/v1/runs/{run}/events"
        seen: list[tuple[int, dict[str, Any]]] = []
        while not seen or seen[-1][1]["type"] != "RUN_FINISHED":
            headers = {"Last-Event-ID": str(seen[-1][0])} if seen else {}
            async with server.http.get(server.url + path, headers=headers) as response:
                some = 0
                async for event in sse(response):
                    seen.append(event)
                    some += 1
                    if some == 7:
                        break
        assert [number for number, _ in seen] == list(range(1, len(seen) + 1))
        await asking
        assert await server.events(path) == seen
        assert await server.events(f"{path}?after=5") == seen[5:]


async def test_cancelling_takes_less_than_a_second(settings: Settings) -> None:
    model = ScriptedModel(lambda request: hang(1, "so many words to say"))
    async with served(settings, model) as server:
        for mode in ("instant", "thinking", "contemplating"):
            asking = asyncio.create_task(server.json("POST", CHAT, json=ask(mode)))
            while not model.running:
                await asyncio.sleep(0.01)
            [run] = server.engine.runs.live
            status, said = await server.json("POST", f"/v1/runs/{run}/cancel")
            assert (status, said["state"]) == (200, "cancelled")
            assert not model.running
            assert (await asking)[0] == 200
            assert (await server.json("GET", f"/v1/runs/{run}"))[1]["state"] == "cancelled"
            assert (await server.json("POST", f"/v1/runs/{run}/cancel"))[1]["state"] == "cancelled"


async def test_health_and_counters(settings: Settings) -> None:
    async with served(settings) as server:
        assert await server.json("GET", "/healthz") == (200, {"status": "ok"})
        status, said = await server.json("GET", "/readyz")
        assert (status, said["database"]) == (200, "ready")
        await server.json("POST", CHAT, json=ask())
        async with server.http.get(f"{server.url}/metrics") as response:
            text = await response.text()
        assert 'musespark_runs_total{mode="instant",state="done"}' in text


async def test_a_model_that_is_not_there_is_not_ready(home: Path) -> None:
    settings = read({"MUSESPARK_HOME": str(home), "MUSESPARK_FAST_URL": "http://127.0.0.1:9/v1"})
    from musespark.models import Models

    models = Models(settings)
    async with served(settings, models=models) as server:
        server.app.state.door.models = None
        status, said = await server.json("GET", "/readyz")
        assert status == 503
        assert said["models"]["fast"] == "nothing listens at 127.0.0.1:9"
        status, said = await server.json("POST", CHAT, json=ask())
        assert status == 502
        assert said["error"]["code"] == "model_unreachable"
    await models.close()


# -- the description holds -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def described() -> Iterator[Any]:
    """A server in a process of its own, and what it says of itself."""
    with tempfile.TemporaryDirectory(prefix="musespark-") as folder, running(folder) as url:
        yield schemathesis.openapi.from_url(f"{url}/openapi.json")


@contextlib.contextmanager
def running(home: str) -> Iterator[str]:
    import subprocess
    import urllib.request

    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    program = (
        "from musespark.api import serve\nfrom musespark.settings import read\n"
        "from musespark.scripted import ScriptedModel\nfrom served import script\n"
        "model = ScriptedModel(script)\n"
        "serve(read(), models=lambda tier: model)\n"
    )
    env = {**os.environ, "MUSESPARK_HOME": home, "MUSESPARK_PORT": str(port)}
    env["PYTHONPATH"] = str(Path(__file__).parent)
    process = subprocess.Popen([sys.executable, "-c", program], env=env, stderr=subprocess.PIPE)
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(200):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{url}/healthz").close()
                break
            time.sleep(0.1)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=15)
        assert process.returncode == 0


CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    unsupported_method,
)


def test_no_input_breaks_it_and_answers_are_as_described(described: Any) -> None:
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) == len(ROUTES)
    # The first password or key closes the server to those without one: they are made last.
    last = [("put", "/v1/me/password"), ("post", "/v1/keys")]
    operations.sort(key=lambda each: last.index((each.method, each.path)) + 1
                    if (each.method, each.path) in last else 0)  # fmt: skip
    model = Server(pause=0)
    for operation in operations:

        @given(case=operation.as_strategy())
        @limits(max_examples=20, deadline=None, derandomize=True,
                suppress_health_check=list(HealthCheck))  # fmt: skip
        def holds(case: Any) -> None:
            url = case.body.get("url") if isinstance(case.body, dict) else None
            if "/v1/tiers" in case.path and isinstance(url, str) and origin(url):
                case.body["url"] = model.url  # no test asks a server elsewhere
            url = (case.query or {}).get("url")
            if "/v1/tiers" in case.path and isinstance(url, str) and origin(url):
                case.query["url"] = model.url
            case.call_and_validate(checks=CHECKS)

        holds()
    model.shutdown()
    model.server_close()


# -- start and stop --------------------------------------------------------------------------------


def test_small_answers_do_not_wait_for_acknowledgements() -> None:
    with listen("127.0.0.1", 0) as listening:
        assert listening.proto == socket.IPPROTO_TCP, "asyncio sets TCP_NODELAY only then"


async def test_the_examples_run(settings: Settings) -> None:
    folder = Path(__file__).parents[1] / "examples"
    async with served(settings, ScriptedModel(script, pause=0.01)) as server:
        for name, words in (
            ("chat.py", "40.8"), ("follow.py", "RUN_FINISHED"), ("files.py", "turns at seven"),
            ("files.sh", '"deleted":true'),
        ):  # fmt: skip
            if name == "files.sh" and shutil.which("curl") is None:
                continue
            with_ = "sh" if name.endswith(".sh") else sys.executable
            process = await asyncio.create_subprocess_exec(
                with_, str(folder / name), server.url, stdout=asyncio.subprocess.PIPE
            )
            said, _ = await process.communicate()
            assert process.returncode == 0
            assert words in said.decode(), name


def test_a_taken_port_is_said(home: Path) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        settings = read({"MUSESPARK_HOME": str(home), "MUSESPARK_PORT": str(port)})
        with pytest.raises(Problem, match=f"cannot listen at 127.0.0.1:{port}") as caught:
            serve(settings)
    assert caught.value.code == "port_taken"
    assert "MUSESPARK_PORT" in caught.value.text


async def test_it_stops_within_seconds_ends_streams_and_durable_runs_survive(
    tmp_path: Path,
) -> None:
    with tempfile.TemporaryDirectory(prefix="musespark-") as folder:
        with listen("127.0.0.1", 0) as free:
            port = free.getsockname()[1]
        program = (
            "from musespark.api import serve\nfrom musespark.settings import read\n"
            "from musespark.scripted import ScriptedModel\nfrom served import script\n"
            "model = ScriptedModel(script, pause=0.3)\n"
            "serve(read(), models=lambda tier: model)\n"
        )
        env = {**os.environ, "MUSESPARK_HOME": folder, "MUSESPARK_PORT": str(port)}
        env["PYTHONPATH"] = str(Path(__file__).parent)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, env=env, stderr=asyncio.subprocess.PIPE
        )
        url = f"http://127.0.0.1:{port}"
        async with aiohttp.ClientSession() as http:
            for _ in range(200):
                with contextlib.suppress(aiohttp.ClientError):
                    await (await http.get(f"{url}/healthz")).read()
                    break
                await asyncio.sleep(0.1)
            short = await http.post(url + CHAT, json=ask(stream=True))
            long = await http.post(
                f"{url}/agui",
                json={"threadId": "t", "runId": "their-run", "forwardedProps": {
                    "musespark": {"mode": "contemplating"}},
                    "messages": [{"id": "1", "role": "user", "content": "Compare harbours."}]},
            )  # fmt: skip
            await short.content.readline()
            for _ in range(12):
                await long.content.readline()
            process.send_signal(signal.SIGTERM)
            said, followed = (await short.read()).decode(), (await long.read()).decode()
            _, errors = await process.communicate()
        assert process.returncode == 0, errors
        assert b"Traceback" not in errors, errors.decode()
        assert b"answers programs on this machine alone" in errors
        assert said.endswith("data: [DONE]\n\n")
        assert "server_stopping" in followed.rstrip().splitlines()[-1]
        settings = read({"MUSESPARK_HOME": folder})
        async with served(settings) as server:
            events = await server.events("/v1/runs/their-run/events")
            assert events[-1][1]["type"] == "RUN_FINISHED"
            assert [number for number, _ in events] == list(range(1, len(events) + 1))
