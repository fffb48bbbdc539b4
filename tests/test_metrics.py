"""What an operator sees: counters and spans with names and numbers, and no word of a person."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import msgspec
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from prometheus_client.parser import text_string_to_metric_families

from musespark import event as ev
from musespark import metrics
from musespark.endpoint import Endpoint
from musespark.engine import Engine
from musespark.message import say
from musespark.model import Model
from musespark.person import Person
from musespark.scripted import Reply, ScriptedModel, call
from musespark.settings import Settings, TierSettings
from musespark.turn import new_id

WORDS = ("quokka", "Rottnest", "marsupial", "41 + 1")


class Collector(HTTPServer):
    """Takes spans as an OpenTelemetry collector does."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, bytes]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def spans(self) -> list[Any]:
        found = []
        for _, body in self.asked:
            for group in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in group.scope_spans:
                    found += scope.spans
        return found


class Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *given: Any) -> None:
        """Say nothing."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.shutdown()
    made.server_close()


def script() -> ScriptedModel:
    return ScriptedModel(
        [
            call("calculate", {"expression": "41 + 1"}),
            Reply(text="The quokka is a marsupial of Rottnest: 42."),
        ]
    )


async def ask(settings: Settings, model: Model, mode: str = "instant") -> list[ev.Event]:
    engine = await Engine.open(settings, models=lambda tier: model)
    try:
        person = Person("ann-of-Rottnest")
        turn = await engine.turn(
            [say("user", "Tell me of the quokka, please")], person=person, mode=mode,
            conversation="conv_of_numbers", run=new_id("run"),
        )  # fmt: skip
        return [event async for event in engine.follow(turn)]
    finally:
        await engine.close()


def value(name: str, **labels: str) -> float:
    for family in text_string_to_metric_families(metrics.exposition().decode()):
        for sample in family.samples:
            if sample.name == name and labels.items() <= sample.labels.items():
                return float(sample.value)
    return 0.0


async def test_runs_are_counted_by_mode_and_end(settings: Settings, server: object) -> None:
    metrics.start()
    metrics.start()  # a second time makes nothing anew
    names = {
        "done": ("musespark_runs_total", {"mode": "instant", "state": "done"}),
        "failed": ("musespark_runs_total", {"mode": "instant", "state": "failed"}),
        "seconds": ("musespark_run_seconds_count", {"mode": "instant"}),
        "read": ("musespark_tokens_total", {"mode": "instant", "direction": "input"}),
        "written": ("musespark_tokens_total", {"mode": "instant", "direction": "output"}),
        "cost": ("musespark_cost_total", {"mode": "instant"}),
    }
    before = {key: value(name, **labels) for key, (name, labels) in names.items()}
    await ask(settings, script())
    await ask(settings, ScriptedModel([Reply(text="The quokka", cut=1)]))
    after = {key: value(name, **labels) - before[key] for key, (name, labels) in names.items()}
    assert (after["done"], after["failed"], after["seconds"]) == (1, 1, 2)
    assert after["read"] > 0 < after["written"]
    assert after["cost"] == 0
    text = metrics.exposition().decode()
    assert not [word for word in (*WORDS, "ann-of", "conv_of", "run_0") if word in text]
    assert {f.name for f in text_string_to_metric_families(text)} >= {
        "musespark_runs", "musespark_run_seconds", "musespark_tokens", "musespark_cost"
    }  # fmt: skip


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No tracer from before, and none left behind."""
    monkeypatch.setattr(metrics, "_tracer", None)
    yield
    if metrics._tracer is not None:
        metrics._tracer.span_processor.shutdown()


def attributes(span: Any) -> dict[str, Any]:
    return {a.key: a.value.string_value or a.value.int_value for a in span.attributes}


async def test_spans_go_out_only_when_an_endpoint_is_set(
    settings: Settings, server: object, collector: Collector, fresh: None
) -> None:
    metrics.start()
    await ask(settings, script())
    assert metrics._tracer is None
    assert collector.asked == []

    metrics.start(f"http://127.0.0.1:{collector.server_port}/")
    await ask(settings, script())
    metrics._tracer.span_processor.force_flush()
    assert {path for path, _ in collector.asked} == {"/v1/traces"}
    spans = {span.name: span for span in collector.spans}
    assert set(spans) == {"invoke_agent musespark", "chat scripted", "execute_tool calculate"}
    root = spans["invoke_agent musespark"]
    found = attributes(root)
    assert found["gen_ai.operation.name"] == "invoke_agent"
    assert found["gen_ai.provider.name"] == "musespark"
    assert found["gen_ai.agent.name"] == "instant"
    assert found["gen_ai.conversation.id"] == "conv_of_numbers"
    assert found["musespark.state"] == "done"
    assert found["gen_ai.usage.input_tokens"] > 0 < found["gen_ai.usage.output_tokens"]
    chat = attributes(spans["chat scripted"])
    assert chat["gen_ai.operation.name"] == "chat"
    assert chat["gen_ai.request.model"] == "scripted"
    assert attributes(spans["execute_tool calculate"])["gen_ai.tool.name"] == "calculate"
    for span in collector.spans:
        assert span.end_time_unix_nano >= span.start_time_unix_nano > 0
        assert span is root or span.name == root.name or span.parent_span_id == root.span_id
    bodies = b"".join(body for _, body in collector.asked)
    assert not [word for word in (*WORDS, "ann-of") if word.encode() in bodies]


async def test_a_password_in_an_address_is_in_no_span_and_no_counter(
    settings: Settings, server: object, collector: Collector, fresh: None
) -> None:
    metrics.start(f"http://127.0.0.1:{collector.server_port}/")
    url = "http://ann:hidden-word-1@127.0.0.1:9/v1"
    settings = msgspec.structs.replace(settings, fast=TierSettings(url=url, name="m"))
    model = Endpoint(settings.fast)
    events = await ask(settings, model)
    await model.close()
    assert isinstance(events[-1], ev.RunError)
    assert events[-1].code == "model_unreachable"
    metrics._tracer.span_processor.force_flush()
    assert {span.name for span in collector.spans} == {"invoke_agent musespark", "chat m"}
    sent = b"".join(body for _, body in collector.asked)
    assert "hidden-word-1" not in f"{sent!r} {metrics.exposition()!r} {events!r}"


async def test_a_durable_run_has_its_steps_among_the_spans(
    settings: Settings, server: object, collector: Collector, fresh: None
) -> None:
    metrics.start(f"http://127.0.0.1:{collector.server_port}/v1/traces")
    model = ScriptedModel(["The quokka weighs 3 kg. Answer: 3"], repeat=True)
    await ask(settings, model, "contemplating")
    metrics._tracer.span_processor.force_flush()
    names = [span.name for span in collector.spans]
    assert names.count("invoke_agent musespark") == 1
    assert "chat scripted" in names
    bodies = b"".join(body for _, body in collector.asked)
    assert not [word for word in (*WORDS, "ann-of") if word.encode() in bodies]


def test_a_failure_is_logged_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ValueError(" ".join(("quokka", "of", "Rottnest")))
    except ValueError as error:
        metrics.log_failure("run_1", error)
    assert "run run_1 failed: ValueError" in caplog.text
    assert "test_metrics.py" in caplog.text
    assert "quokka of Rottnest" not in caplog.text
