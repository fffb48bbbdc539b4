"""Events: what the AG-UI package's own models read, there and back; each of ours is described."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any, get_args

import ag_ui.core
import msgspec
import pytest
from ag_ui.core import Event as AgUiEvent
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from musespark import event as ev

ROOT = Path(__file__).parents[1]
CLASSES = get_args(ev.Event)
theirs = TypeAdapter(AgUiEvent)

text = st.text(max_size=20)
name = st.text(min_size=1, max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=5,
)
count = st.integers(0, 2**40)
usage = st.builds(ev.TokenUsage, name, count, count, count, count, count)
outcome = st.sampled_from([None, {"type": "success"}, {"type": "cancelled"}])
FIELDS: dict[str, Any] = {
    "role": st.just("assistant"),
    "delta": name,
    "protocol_version": st.sampled_from(["", ev.PROTOCOL_VERSION]),
    "usage": st.lists(usage, max_size=2),
    "outcome": outcome,
    "result": values,
    "value": values.filter(lambda value: value is not None),  # the protocol leaves None out
    "timestamp": st.none() | count,
    "subagent_run_id": st.none() | name,
    "parent_subagent_run_id": st.none() | name,
    "parent_message_id": st.none() | name,
    "code": text,
    "description": text,
}
ROLES = {ev.ReasoningMessageStart: "reasoning", ev.ToolDone: "tool"}


def made(kind: type) -> st.SearchStrategy[Any]:
    fields = {f.name: FIELDS.get(f.name, name) for f in msgspec.structs.fields(kind)}
    if kind.__name__.startswith("Subagent"):
        fields["subagent_run_id"] = name
    if kind is ev.SubagentFinished:  # which the protocol knows no cancelled ones of
        fields["outcome"] = st.sampled_from([None, {"type": "success"}])
    if kind in ROLES:
        fields["role"] = st.just(ROLES[kind])
    return st.builds(kind, **fields)


events = st.one_of(*map(made, CLASSES))


@pytest.mark.parametrize("kind", CLASSES, ids=lambda k: k.__name__)
def test_every_field_is_the_protocols(kind: type) -> None:
    tag = kind.__struct_config__.tag  # type: ignore[attr-defined]
    model = next(
        m for m in vars(ag_ui.core).values()
        if isinstance(m, type) and m.__name__.endswith("Event") and hasattr(m, "model_fields")
        and getattr(getattr(m.model_fields.get("type"), "default", None), "value", "") == tag
    )  # fmt: skip
    known = {f.alias or n for n, f in model.model_fields.items()}
    ours = {f.encode_name for f in msgspec.structs.fields(kind)}
    assert ours <= known, f"{kind.__name__} has fields that the protocol has not"
    needed = {f.alias or n for n, f in model.model_fields.items() if f.is_required()} - {"type"}
    assert needed <= ours


@given(events)
def test_the_protocols_own_models_read_and_write_the_same(event: ev.Event) -> None:
    body = ev.encode(event)
    read = theirs.validate_json(body)
    again = read.model_dump_json(by_alias=True, exclude_none=True).encode()
    back = ev.decode(again)
    assert type(back) is type(event)
    for field in msgspec.structs.fields(type(event)):
        ours, round_trip = getattr(event, field.name), getattr(back, field.name)
        if field.name not in ("value", "result", "outcome"):  # free values: None is left out
            assert (round_trip or field.default) == (ours or field.default), field.name


@given(events)
def test_what_is_encoded_is_decoded(event: ev.Event) -> None:
    assert ev.decode(ev.encode(event)) == event
    assert b"\n" not in ev.encode(event)


def test_absent_fields_are_left_out() -> None:
    assert ev.encode(ev.TextDelta("m", "x")) == (
        b'{"type":"TEXT_MESSAGE_CONTENT","messageId":"m","delta":"x"}'
    )


@pytest.mark.parametrize("body", [b"{}", b'{"type":"NONE"}', b"", b"[]", b'{"type":"RUN_STARTED"}'])
def test_what_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        ev.decode(body)


def custom_names() -> set[str]:
    """The names of our own events, as the source says them."""
    found: set[str] = set()
    for file in (ROOT / "src" / "musespark").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and "Custom" in ast.unparse(node.func) and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.add(first.value)
    return found


def test_our_own_events_are_described() -> None:
    found = custom_names()
    assert "musespark.mode" in found
    assert all(re.fullmatch(r"musespark\.[a-z_]+", each) for each in found)
    page = ROOT / "docs" / "events.md"
    if not page.exists():
        pytest.skip("docs/events.md is not there yet")
    for each in sorted(found):
        assert each in page.read_text(), each
