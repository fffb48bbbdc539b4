"""What an operator can watch: Prometheus counters, and OpenTelemetry spans on request.

Nothing is sent anywhere unless an endpoint is set. Spans carry names and numbers in the terms of
the GenAI conventions, never what a person said.
"""

from __future__ import annotations

import logging
import time
import traceback
from typing import Any

from musespark.turn import Step, Turn

log = logging.getLogger("musespark")

_RUNS: Any = None
_SECONDS: Any = None
_TOKENS: Any = None
_COST: Any = None
_tracer: Any = None


def start(endpoint: str = "") -> None:
    """Make the counters, and the tracer when there is an endpoint. Called once by the server."""
    global _RUNS, _SECONDS, _TOKENS, _COST, _tracer
    from prometheus_client import Counter, Histogram

    if _RUNS is None:
        _RUNS = Counter("musespark_runs", "Runs by mode and how they ended", ["mode", "state"])
        _SECONDS = Histogram(
            "musespark_run_seconds",
            "Time from question to end, in seconds",
            ["mode"],
            buckets=(0.01, 0.05, 0.1, 0.3, 1, 3, 10, 30, 100, 300),
        )
        _TOKENS = Counter("musespark_tokens", "Tokens by mode and direction", ["mode", "direction"])
        _COST = Counter("musespark_cost", "Money spent on models, in the tiers' currency", ["mode"])
    if endpoint and _tracer is None:
        _tracer = _otel(endpoint)


def _otel(endpoint: str) -> Any:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ModuleNotFoundError:
        log.warning("MUSESPARK_OTEL_ENDPOINT is set; install musespark[otel] to send spans")
        return None
    provider = TracerProvider(resource=Resource({"service.name": "musespark"}))
    address = endpoint.rstrip("/")
    if not address.endswith("/v1/traces"):
        address += "/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=address)))
    return provider.get_tracer("musespark")


def exposition() -> bytes:
    """All counters in Prometheus' text format."""
    from prometheus_client import generate_latest

    return generate_latest()


def count(turn: Turn, state: str) -> None:
    """Count an ended run, and send its spans where a tracer is set."""
    if _RUNS is not None:
        mode, spent = turn.chosen or "none", turn.budget.spent
        _RUNS.labels(mode, state).inc()
        _SECONDS.labels(mode).observe(time.monotonic() - turn.budget.started)
        _TOKENS.labels(mode, "input").inc(spent.input)
        _TOKENS.labels(mode, "output").inc(spent.output)
        _COST.labels(mode).inc(spent.cost)
    if _tracer is not None:
        _spans(turn, state, getattr(turn.journal, "steps", []))


def _spans(turn: Turn, state: str, steps: list[Step]) -> None:
    now = time.time_ns()
    began = now - int((time.monotonic() - turn.budget.started) * 1e9)
    from opentelemetry.trace import set_span_in_context

    root = _tracer.start_span(
        "invoke_agent musespark",
        start_time=began,
        attributes={
            "gen_ai.operation.name": "invoke_agent",
            "gen_ai.provider.name": "musespark",
            "gen_ai.agent.name": turn.chosen,
            "gen_ai.conversation.id": turn.conversation,
            "gen_ai.usage.input_tokens": turn.budget.spent.input,
            "gen_ai.usage.output_tokens": turn.budget.spent.output,
            "musespark.run": turn.run,
            "musespark.state": state,
        },
    )
    inside = set_span_in_context(root)
    for step in steps:
        _span(step, inside)
    root.end(end_time=now)


def _span(step: Step, inside: Any) -> None:
    calls_model = step.kind == "model"
    attributes: dict[str, Any] = {"musespark.step": step.path}
    if calls_model:
        attributes |= {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": step.name,
            "gen_ai.usage.input_tokens": step.usage.input,
            "gen_ai.usage.output_tokens": step.usage.output,
        }
    else:
        attributes |= {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": step.name}
    if step.error:
        attributes["error.type"] = "error"
    name = f"{'chat' if calls_model else 'execute_tool'} {step.name}"
    span = _tracer.start_span(
        name, context=inside, start_time=int(step.started * 1e9), attributes=attributes
    )
    span.end(end_time=int(step.ended * 1e9))


def log_failure(run: str, error: BaseException) -> None:
    """A failure that is nobody's wish: its type and place go to the log, never its content."""
    place = "".join(traceback.format_tb(error.__traceback__))
    log.error("run %s failed: %s\n%s", run, type(error).__name__, place)
