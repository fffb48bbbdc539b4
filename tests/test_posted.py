"""What is posted as an activity: what real servers send is read, what cannot be is said."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from musespark import posted
from musespark.activity import PURPOSES, Activity
from musespark.problem import Problem
from musespark.store import as_json
from musespark.things import Unfit, moment

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
AS = "https://www.w3.org/ns/activitystreams"
MASTODON = [
    AS, "https://w3id.org/security/v1",
    {"ostatus": "http://ostatus.org#", "atomUri": "ostatus:atomUri", "toot": "http://joinmastodon.org/ns#",
     "conversation": "ostatus:conversation", "sensitive": "as:sensitive", "Emoji": "toot:Emoji"},
]  # fmt: skip


def read(value: Any) -> Activity:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return posted.activity(raw, "ann", NOW)


def unfit(value: Any) -> Unfit:
    with pytest.raises(Unfit) as caught:
        read(value)
    assert caught.value.text
    return caught.value


def test_a_mastodon_post() -> None:
    note = {
        "id": "https://m.example/users/ann/statuses/1", "type": "Note", "summary": None,
        "inReplyTo": None, "published": "2026-03-04T05:00:00Z",
        "attributedTo": "https://m.example/users/ann", "sensitive": False,
        "conversation": "tag:m.example,2026:objectId=1:objectType=Conversation",
        "content": "<p>Hello <b>there</b></p>", "contentMap": {"en": "<p>Hello <b>there</b></p>"},
        "attachment": [{"type": "Document", "mediaType": "image/png", "url": "https://m.example/1"}],
        "to": [f"{AS}#Public"], "replies": {"type": "Collection", "items": []},
    }  # fmt: skip
    made = read({
        "@context": MASTODON, "id": "https://m.example/users/ann/statuses/1/activity",
        "type": "Create", "actor": "https://m.example/users/ann", "object": note,
        "published": "2026-03-04T05:00:00Z", "to": [f"{AS}#Public"], "cc": [],
        "signature": {"type": "RsaSignature2017", "signatureValue": "x"},
    })  # fmt: skip
    assert (made.type, made.actor) == ("Create", "https://m.example/users/ann")
    assert made.uri == "https://m.example/users/ann/statuses/1/activity"
    assert made.published == datetime(2026, 3, 4, 5, tzinfo=UTC)
    assert made.purposes == PURPOSES
    assert made.object["mediaType"] == "text/html"
    assert made.object["context"] == note["conversation"]
    assert "summary" not in made.object
    assert made.object["attachment"] == note["attachment"]
    assert made.more == {"to": [f"{AS}#Public"], "cc": []}


@pytest.mark.parametrize(
    ("given", "type_", "object_"),
    [
        ({"type": "Like", "object": "https://x/1"}, "Like", "https://x/1"),
        ({"type": "as:Like", "as:object": {"@id": "https://x/1"}}, "Like", {"id": "https://x/1"}),
        ({"@type": f"{AS}#Like", f"{AS}#object": "https://x/1"}, "Like", "https://x/1"),
        ({"type": ["Like", "litepub:EmojiReact"], "object": "https://x/1"}, "Like", "https://x/1"),
        ({"type": "Announce", "object": ["https://x/1"]}, "Announce", "https://x/1"),
        ({"type": "Flag", "object": ["https://x/1", "https://x/2"]}, "Flag",
         ["https://x/1", "https://x/2"]),
        ({"type": "Travel", "target": {"type": "Place", "name": "Rome"}}, "Travel", None),
        ({"type": "ex:Wear", "object": "https://x/1"}, "ex:Wear", "https://x/1"),
        ({"type": "https://schema.org/WatchAction", "object": "https://x/1"},
         "https://schema.org/WatchAction", "https://x/1"),
        ({"@context": [AS, {"schema": "https://schema.org/"}], "type": "schema:WatchAction"},
         "https://schema.org/WatchAction", None),
        ({"@context": [AS, "https://litepub.example/v1"], "type": "EmojiReact", "content": "🔥",
          "object": "https://x/1"}, "EmojiReact", "https://x/1"),
        ({"type": "Undo", "object": {"type": "Follow", "object": "https://x/bob"}}, "Undo",
         {"type": "Follow", "object": "https://x/bob"}),
        ({"type": "Delete", "object": {"id": "https://x/1", "type": "Tombstone"}}, "Delete",
         {"id": "https://x/1", "type": "Tombstone"}),
        ({"type": "Question", "actor": "ann", "name": "Tea?", "oneOf": []}, "Question", None),
    ],
)  # fmt: skip
def test_ways_to_say_it(given: Any, type_: str, object_: Any) -> None:
    made = read(given)
    assert (made.type, made.object) == (type_, object_)
    assert made.actor == "ann"


def test_a_bare_object_is_created() -> None:
    page = {
        "@context": ["https://join-lemmy.org/context.json", AS], "type": "Page",
        "id": "https://lemmy.example/post/1", "attributedTo": "https://lemmy.example/u/ann",
        "name": "A title", "published": "2026-03-01T10:00:00.123456+00:00",
    }  # fmt: skip
    made = read(page)
    assert (made.type, made.uri) == ("Create", "https://lemmy.example/post/1#create")
    assert made.actor == "https://lemmy.example/u/ann"
    assert made.published == datetime(2026, 3, 1, 10, 0, 0, 123456, tzinfo=UTC)
    poll = {"type": "Question", "id": "https://m/1", "attributedTo": "https://m/ann", "oneOf": []}
    assert read(poll).object["type"] == "Question"


def test_variants_of_who_and_what() -> None:
    video = {
        "type": "Video", "id": "https://tube.example/1", "name": "Boats",
        "attributedTo": [{"type": "Group", "id": "https://tube/c"}, {"type": "Person", "id": "https://tube/a"}],
        "nameMap": {"de": "Boote"}, "contentMap": {"fr": "Des bateaux", "en": "Boats & sea"},
        "inReplyTo": {"id": "https://x/0", "type": "Note"},
    }  # fmt: skip
    made = read({"type": "Create", "actor": {"type": "Person", "id": "https://tube/a"},
                 "object": video})  # fmt: skip
    assert made.actor == "https://tube/a"
    assert made.object["attributedTo"] == "https://tube/a"
    assert made.object["content"] == "Boats & sea"
    assert "mediaType" not in made.object
    assert made.object["inReplyTo"] == "https://x/0"
    several = read(
        {"type": "Like", "actor": ["https://a", {"id": "https://b"}], "object": "https://x"}
    )
    assert (several.actor, several.more["actors"]) == ("https://a", ["https://a", "https://b"])
    narrow = read({"type": "Like", "object": "https://x", "purposes": ["feed"]})
    assert narrow.purposes == {"feed"}
    assert read({"type": "Like", "object": "https://x", "purposes": []}).purposes == frozenset()


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2026-03-04T05:06:07Z", "2026-03-04T05:06:07+00:00"),
        ("2026-03-04t05:06:07z", "2026-03-04T05:06:07+00:00"),
        ("2026-03-04 05:06:07.5+01:00", "2026-03-04T04:06:07.500000+00:00"),
        ("2026-03-04T05:06:07.123456789-0230", "2026-03-04T07:36:07.123456+00:00"),
        ("2026-03-04T05:06Z", "2026-03-04T05:06:00+00:00"),
        ("2026-03-04", "2026-03-04T00:00:00+00:00"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00+00:00"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00+00:00"),
    ],
)
def test_moments(said: str, meant: str) -> None:
    found = moment(said, "published")
    assert found is not None
    assert found.isoformat() == meant


@pytest.mark.parametrize("said", [
    "yesterday", "2026-13-01", "2026-02-30T00:00:00Z", "2026-03-04T25:00:00Z", 5, [], {},
    "2026-03-04T05:06:07+25:00", "0001-01-01T00:00:00+05:00", "２０２６-03-04", "2026-03-04T",
])  # fmt: skip
def test_what_is_no_moment(said: Any) -> None:
    found = unfit({"type": "Like", "object": "https://x", "published": said})
    assert (found.code, found.param) == ("bad_time", "published")


@pytest.mark.parametrize(
    ("given", "code", "param"),
    [
        (b"{", "not_json", ""),
        (b'{"type":"Like","object":NaN}', "not_json", ""),
        (b'{"type":"Like","object":{"n":Infinity}}', "not_json", ""),
        (b'{"type":"Like","object":{"n":1e999}}', "not_json", ""),
        (b'{"type":"Like","object":"\\ud800"}', "not_json", ""),
        (b'{"type":"Like","object":"\xff"}', "not_json", ""),
        (b'{"type":"Like","object":{"n":' + b"9" * 40 + b"}}", "bad_number", ""),
        (b'{"type":"Like","object":"a\\u0000b"}', "bad_text", ""),
        (b'{"type":"Like","type":"Create","object":"https://x"}', "twice_named", "type"),
        (b'{"type":"Like","object":{"a":1,"\\u0061":2}}', "twice_named", "a"),
        (b'{"type":"Like","as:type":"Create","object":"https://x"}', "twice_named", "type"),
        (b"[" * 100 + b"]" * 100, "not_an_activity", ""),
        (b'{"type":"Like","object":' + b'{"a":' * 100 + b"1" + b"}" * 101, "too_deep", ""),
        (b'{"type":"Like","object":' + b"[" * 5000 + b"]" * 5000 + b"}", "too_deep", ""),
        (b"5", "not_an_activity", ""),
        ("https://x/1", "only_an_address", ""),
        ({}, "missing_type", "type"),
        ({"type": []}, "missing_type", "type"),
        ({"type": 5}, "bad_type", "type"),
        ({"type": "Li ke", "object": "https://x"}, "bad_type", "type"),
        ({"type": "Lkie", "object": "https://x"}, "unknown_type", "type"),
        ({"@context": AS, "type": "Lkie", "object": "https://x"}, "unknown_type", "type"),
        ({"type": "Person", "id": "https://x"}, "not_an_activity", "type"),
        ({"type": "OrderedCollection", "items": []}, "not_an_activity", "type"),
        ({"type": "Like"}, "missing_object", "object"),
        ({"type": "Like", "object": []}, "missing_object", "object"),
        ({"type": "Like", "object": 5}, "bad_object", "object"),
        ({"type": "Like", "object": [{"id": 5}]}, "bad_id", "object[0].id"),
        ({"type": "Like", "object": "https://x", "id": "here"}, "bad_id", "id"),
        ({"type": "Like", "object": "https://x", "id": 5}, "bad_id", "id"),
        ({"type": "Like", "object": "https://x/" + "y" * 2000}, "bad_id", "object"),
        ({"type": "Like", "object": "https://x", "actor": {}}, "bad_actor", "actor"),
        ({"type": "Create", "object": {"content": 5}}, "bad_words", "object.content"),
        ({"type": "Create", "object": {"contentMap": {"en": 5}}}, "bad_words", "object.contentMap"),
        ({"type": "Create", "object": {"type": 5}}, "bad_type", "object.type"),
        ({"type": "Like", "object": "x", "purposes": ["spy"]}, "unknown_purpose", "purposes"),
        ({"type": "Like", "object": "https://x", "purposes": [5]}, "unknown_purpose", "purposes"),
        ({"@context": 5, "type": "Like", "object": "https://x"}, "bad_context", "@context"),
        ({"type": "Like", "object": "https://x", "published": "2026-03-04T05:12:00Z"},
         "from_the_future", "published"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept(given: Any, code: str, param: str) -> None:
    found = unfit(given)
    assert (found.code, found.param) == (code, param)
    if code == "unknown_type":
        assert "Did you mean Like?" in found.text


def test_sizes() -> None:
    words = "w" * 990_000
    assert len(read({"type": "Create", "object": {"content": words}}).object["content"]) == 990_000
    assert unfit({"type": "Create", "object": {"content": "w" * 10_000_000}}).code == (
        "activity_too_large"
    )
    assert read({"type": "Like", "object": "https://x", "published": "2026-03-04T05:10:00Z"})


@pytest.mark.parametrize(
    ("body", "count", "alone"),
    [
        (b'{"type":"Like"}', 1, True),
        (b'[{"type":"Like"},{"type":"Like"}]', 2, False),
        (b" [] ", 0, False),
        (b'{"type":"OrderedCollectionPage","orderedItems":[{"a":1},"https://x"]}', 2, False),
        (b'{"@type":"as:Collection","as:items":{"type":"Like"}}', 1, False),
        (b'{"@context":"x","@graph":[{"type":"Like"}]}', 1, False),
    ],
)
def test_one_or_many(body: bytes, count: int, alone: bool) -> None:
    rows, single = posted.activities(body, 10)
    assert (len(rows), single) == (count, alone)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "not_json"), (b"{", "not_json"), (b"5", "not_an_activity"),
        (b'[{"a":tru}]', "not_json"), (b'{"type":"OrderedCollection","first":"x"}', "no_items"),
        (b"[" + b"{}," * 10 + b"{}]", "too_many_activities"), (b"\xff\xfe", "not_json"),
        (b"[" * 100_000, "not_json"),
    ],
)  # fmt: skip
def test_bodies_that_are_none(body: bytes, code: str) -> None:
    with pytest.raises(Problem) as caught:
        posted.activities(body, 10)
    assert caught.value.code == code


_text = st.text(max_size=8) | st.sampled_from(
    ["type", "Like", "as:Like", "object", "@id", "id", "https://x/1", "actor", "published",
     "Create", "2026-03-04T05:06:07Z", "@context", "Note", "content", "contentMap", "items",
     "@graph", AS]
)  # fmt: skip
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_text, inner, max_size=6),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None)
@given(_values | st.fixed_dictionaries({"type": st.just("Create"), "object": _values}))
@example({"type": "Create", "object": {"id": "", "type": "Note", "contentMap": {}}})
def test_anything_is_read_or_refused(value: Any) -> None:
    raw = json.dumps(value).encode()
    try:
        made = posted.activity(raw, "ann", NOW)
    except Unfit as unfit:
        said = unfit.text
    else:
        said = made.type
        assert msgspec.json.decode(as_json(made.object)) == made.object
    assert said


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60) | _text.map(lambda text: text.encode(errors="replace")))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    for read_ in (lambda: posted.activity(raw, "ann", NOW), lambda: posted.activities(raw, 5)):
        with contextlib.suppress(Problem):
            read_()
