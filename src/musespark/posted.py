"""What somebody posts, read as an activity: ActivityStreams 2.0 JSON-LD as real servers send it.

JSON-LD may write one thing in many ways. What Mastodon, Pleroma, Lemmy, PeerTube, Pixelfed,
WordPress and others write is read into one: short names for the terms of ActivityStreams, a thing
or its id where several may stand, plain words beside their translations. A bare object is wrapped
in a Create, as ActivityPub says. https://www.w3.org/TR/activitystreams-vocabulary/ has the words.
"""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from musespark.activity import PURPOSES, Activity
from musespark.problem import Problem
from musespark.things import DROPPED, NAMESPACE, URI, Unfit, id_in, many, moment, one, short, thing

LARGEST = 1_000_000  # bytes of one activity
DEEPEST = 40  # things within things
AHEAD = timedelta(minutes=5)  # that a clock may be wrong
_LONGEST_TYPE = 200

VERBS = {
    "Accept", "Add", "Announce", "Arrive", "Block", "Create", "Delete", "Dislike", "Flag", "Follow",
    "Ignore", "Invite", "Join", "Leave", "Like", "Listen", "Move", "Offer", "Question", "Read",
    "Reject", "Remove", "TentativeAccept", "TentativeReject", "Travel", "Undo", "Update", "View",
}  # fmt: skip
_ALONE = {"Arrive", "Travel", "Question"}  # need no object
_THINGS = {
    "Article", "Audio", "ChatMessage", "Document", "Event", "Image", "Note", "Object", "Page",
    "Place", "Profile", "Relationship", "Tombstone", "Video",
}  # fmt: skip
_ACTORS = {"Application", "Group", "Organization", "Person", "Service"}
_COLLECTIONS = {"Collection", "CollectionPage", "OrderedCollection", "OrderedCollectionPage"}
_TERM = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_SPACED = re.compile(rb'"[ \t\r\n]+:')
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)


def activities(body: bytes, most: int) -> tuple[list[bytes | msgspec.Raw], bool]:
    """The activities in a body, each still as JSON, and whether it was one alone: an activity, an
    array, a collection or a page of it. Raises Problem for what is no JSON or more than `most`."""
    try:
        whole = msgspec.json.decode(body, type=msgspec.Raw)
        start = bytes(whole).lstrip()[:1]
        if start == b"[":
            return _few(msgspec.json.decode(body, type=list[msgspec.Raw]), most), False
        if start != b"{":
            raise Unfit(
                "not_an_activity", "The body is neither an activity nor a list of them.",
                next="Send a JSON object, an array, a collection, or lines of JSON.",
            )  # fmt: skip
        head = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unfit("not_json", "The body is not JSON.", next=f"{_reason(error)}.") from None
    items = _items(head)
    return ([body], True) if items is None else (_few(items, most), False)


def _items(head: dict[str, msgspec.Raw]) -> list[bytes | msgspec.Raw] | None:
    """What is in a collection; None for what is none."""
    names = {short(name): raw for name, raw in head.items()}
    if "@graph" in names:
        kind = "@graph"
    else:
        types = msgspec.json.decode(names["type"]) if "type" in names else ""
        if not {short(each) for each in many(types) if isinstance(each, str)} & _COLLECTIONS:
            return None
        kind = "orderedItems" if "orderedItems" in names else "items"
    if kind not in names:
        raise Unfit(
            "no_items", "The collection has no items in it.", kind,
            next="Send its pages, each with its items.",
        )  # fmt: skip
    raw = names[kind]
    if bytes(raw).lstrip()[:1] != b"[":
        return [raw]
    return list(msgspec.json.decode(raw, type=list[msgspec.Raw]))


def _few(items: Any, most: int) -> list[bytes | msgspec.Raw]:
    if len(items) > most:
        raise Problem(
            "too_many_activities", f"These are {len(items):,} activities at once.", status=413,
            why=f"At most {most:,} are taken in one piece.",
            next="Send fewer, or send lines of JSON (application/x-ndjson), however many.",
        )  # fmt: skip
    return list(items)


def activity(raw: bytes | msgspec.Raw, person: str, now: datetime | None = None) -> Activity:
    """One activity out of its JSON, as done by `person` where it does not say by whom. Raises
    Unfit, which says where it is wrong."""
    raw = bytes(raw)
    if len(raw) > LARGEST:
        raise Unfit(
            "activity_too_large", f"The activity is larger than {LARGEST // 10**6} MB.",
            next="Send pictures and files to /v1/files, and their address here.",
        )  # fmt: skip
    whole = _whole(_json(raw), raw)
    now = now or datetime.now(UTC)
    types = _types(whole)
    verb = next((each for each in types if each in VERBS), types[0])
    if verb in _ACTORS or verb in _COLLECTIONS:
        raise Unfit("not_an_activity", f"A {verb} is no activity.", "type",
                    next="Send what was done: Create, Like, Follow and so on.")  # fmt: skip
    if verb in _THINGS or (verb == "Question" and "actor" not in whole and _said(whole)):
        whole = _wrapped({"type": types[0] if len(types) == 1 else types, **whole})
        verb, types = "Create", ["Create"]
    elif verb not in VERBS and not URI.fullmatch(verb) and not _extended(whole):
        near = difflib.get_close_matches(verb, VERBS, 1, 0.6)
        raise Unfit(
            "unknown_type", f"There is no activity called {verb[:80]!r}.", "type",
            next=(f"Did you mean {near[0]}? " if near else "")
            + "A type of your own needs a prefix or an address, or a @context that names it.",
        )  # fmt: skip
    done_to = _object(whole.pop("object", None), verb)
    published = moment(whole.pop("published", None), "published")
    if published is None and isinstance(done_to, dict):
        published = moment(done_to.get("published"), "object.published")
    if published is not None and published > now + AHEAD:
        raise Unfit("from_the_future", "The activity has not happened yet.", "published",
                    next="Check the clock, and the time zone.")  # fmt: skip
    id, actor = id_in(whole.pop("id", None), "id"), _actor(whole.pop("actor", None), whole)
    target = thing(whole.pop("target", None), "target")
    purposes = _purposes(whole.pop("purposes", None))
    return Activity(
        type=verb, object=done_to, actor=actor or person, target=target,
        published=published or now, purposes=purposes, uri=id or None,
        more=_rest(whole, types, verb),
    )  # fmt: skip


# -- JSON -----------------------------------------------------------------------------------------


def _json(raw: bytes) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unfit("not_json", "This is not JSON.", next=f"{_reason(error)}.") from None
    except RecursionError:
        raise _deep() from None


def _reason(error: Exception) -> str:
    text = str(error)
    if isinstance(error, UnicodeDecodeError):
        return "It is not UTF-8"
    if isinstance(error, RecursionError):
        return "Things stand too deep within things"
    if "surrogate" in text or "truncated" in text:
        return f"{text}: half of a surrogate pair, or its end is missing"
    return text


def _whole(value: Any, raw: bytes) -> dict[str, Any]:
    """The value with short names, checked for what JSON lets through and nothing here can hold."""
    if not isinstance(value, dict):
        if isinstance(value, str):
            raise Unfit("only_an_address", "This is only the address of an activity.",
                        next="Send the activity itself: nothing is fetched.")  # fmt: skip
        raise Unfit("not_an_activity", "An activity is a JSON object.")
    if b"\\u0000" in raw:
        _without_nul(value)
    members = [0]
    plain = _plain(value, members, 0)
    # Each member has one colon behind a quote. A text may have more of these, a name that stands
    # twice leaves one without its member; only then it is worth to look closer.
    simply = members[0] == raw.count(b'":') and _SPACED.search(raw) is None
    if not simply and members[0] != _STRING.sub(b"", raw).count(b":"):
        raise _two(_twice(raw))
    assert isinstance(plain, dict)
    return plain


def _plain(value: Any, members: list[int], depth: int) -> Any:
    """A value with short names; `members` counts those of all objects in it."""
    kind = type(value)
    if kind is dict:
        if depth > DEEPEST:
            raise _deep()
        members[0] += len(value)
        made: dict[str, Any] = {}
        for name, inner in value.items():
            kind = type(inner)
            if kind is not str and kind is not bool and inner is not None:
                plain = _plain(inner, members, depth + 1)
                if name == "@context":  # is for the names, which it would not leave as they are
                    made[name] = inner
                    continue
                inner = plain
                if kind is dict and len(inner) == 1 and "@value" in inner:
                    inner = inner["@value"]
            if ":" in name or "@" in name:
                name = short(name)
            if name in made:
                raise _two(name)
            made[name] = inner
        return made
    if kind is list:
        if depth > DEEPEST:
            raise _deep()
        return [_plain(each, members, depth + 1) for each in value]
    if kind is float and not math.isfinite(value):
        raise _number()
    if kind is int and not -(2**63) <= value < 2**63:
        raise _number()
    return value


def _without_nul(value: Any) -> None:
    if isinstance(value, str):
        if "\0" in value:
            raise _nul("A text")
    elif isinstance(value, dict):
        if any("\0" in name for name in value):
            raise _nul("A name")
        for inner in value.values():
            _without_nul(inner)
    elif isinstance(value, list):
        for inner in value:
            _without_nul(inner)


def _nul(what: str) -> Unfit:
    return Unfit("bad_text", f"{what} has a NUL character in it.", next="Leave it out.")


def _deep() -> Unfit:
    return Unfit("too_deep", f"Things stand more than {DEEPEST} deep within things.",
                 next="Name what is further inside by its id.")  # fmt: skip


def _two(name: str) -> Unfit:
    return Unfit("twice_named", "A name stands twice in the same object.", name[:80],
                 next="Which of the two is meant cannot be known.")  # fmt: skip


def _number() -> Unfit:
    return Unfit("bad_number", "A number is too large.", next="Write it as a text.")


def _twice(raw: bytes) -> str:
    found: list[str] = []

    def pairs(given: list[tuple[str, Any]]) -> None:
        names = [name for name, _ in given]
        found.extend(name for name in names if names.count(name) > 1)

    json.loads(raw, object_pairs_hook=pairs)
    return found[0] if found else ""


# -- the parts of an activity ---------------------------------------------------------------------


def _types(whole: dict[str, Any]) -> list[str]:
    given = whole.pop("type", None)
    if given is None or given == []:
        raise Unfit("missing_type", "The activity has no type.", "type",
                    next="Say what was done: Create, Like, Follow and so on.")  # fmt: skip
    types = []
    for each in many(given):
        if not isinstance(each, str) or not each or len(each) > _LONGEST_TYPE:
            raise Unfit("bad_type", "A type is a word, a prefixed word or an address.", "type")
        named = _spelt(short(each), whole.get("@context"))
        if not (_TERM.fullmatch(named) or URI.fullmatch(named)):
            raise Unfit("bad_type", f"{each[:80]!r} is no type.", "type")
        types.append(named)
    return types


def _spelt(name: str, context: Any) -> str:
    """A prefixed name as the address that the context gives its prefix, where it does."""
    prefix, colon, rest = name.partition(":")
    if not colon or rest.startswith("//"):
        return name
    for each in many(context):
        meant = each.get(prefix) if isinstance(each, dict) else None
        meant = meant.get("@id") if isinstance(meant, dict) else meant
        if isinstance(meant, str) and "://" in meant:
            return short(meant + rest)
    return name


def _extended(whole: dict[str, Any]) -> bool:
    """Whether the context names more than ActivityStreams itself."""
    plain = (NAMESPACE, f"{NAMESPACE}#", f"http{NAMESPACE.removeprefix('https')}")
    return any(
        each not in plain if isinstance(each, str) else set(each) - {"@language", "@vocab"}
        for each in many(whole.get("@context"))
        if isinstance(each, str | dict)
    )


def _said(whole: dict[str, Any]) -> bool:
    return bool({"content", "contentMap", "attributedTo", "oneOf", "anyOf"} & whole.keys())


def _wrapped(bare: dict[str, Any]) -> dict[str, Any]:
    """A bare object as what was done to it: it was created."""
    inner = {name: value for name, value in bare.items() if name not in ("@context", "purposes")}
    made: dict[str, Any] = {"object": inner}
    for name in ("@context", "purposes", "published", "to", "cc", "bto", "bcc", "audience"):
        if name in bare:
            made[name] = bare[name]
    if isinstance(id := bare.get("id"), str) and id:
        made["id"] = f"{id}#create"
    if (by := bare.get("attributedTo")) is not None:
        made["actor"] = by
    return made


def _object(value: Any, verb: str) -> Any:
    found = thing(value, "object")
    if found in (None, "", [], {}) and verb not in _ALONE and verb in VERBS:
        raise Unfit("missing_object", f"It is not said what the {verb} was of.", "object",
                    next="Send the object, or its id.")  # fmt: skip
    return found


def _actor(value: Any, whole: dict[str, Any]) -> str:
    if value is None:
        return ""
    actor = one(value)
    if not actor:
        raise Unfit("bad_actor", "The actor has no id.", "actor", next="Leave it out: it is you.")
    if len(many(value)) > 1:
        whole["actors"] = [one(each) for each in many(value)]
    return id_in(actor, "actor", loose=True)


def _purposes(value: Any) -> frozenset[str]:
    if value is None:
        return PURPOSES
    given = {each for each in many(value) if isinstance(each, str)}
    unknown = sorted(given - PURPOSES)
    if unknown or len(given) != len(many(value)):
        raise Unfit(
            "unknown_purpose", f"There is no purpose called {(unknown or ['?'])[0][:80]!r}.",
            "purposes", next=f"The purposes are: {', '.join(sorted(PURPOSES))}.",
        )  # fmt: skip
    return frozenset(given)


def _rest(whole: dict[str, Any], types: list[str], verb: str) -> dict[str, Any]:
    """What else an activity says. The context is kept where a name needs it to be understood."""
    context = whole.pop("@context", None)
    if not (context is None or isinstance(context, str)):
        _checked(context)
    rest = {name: value for name, value in whole.items() if name not in DROPPED}
    others = [each for each in types if each != verb and each not in _THINGS]
    if others:
        rest["types"] = others
    extended = context is not None and _extended({"@context": context})
    if extended and any(":" in name for name in (*_names(rest), *others, verb)):
        rest["@context"] = context
    return rest


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _names(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _names(inner)


def _checked(context: Any) -> None:
    if not all(isinstance(each, str | dict) for each in many(context)):
        raise Unfit("bad_context", "The @context is neither an address nor an object.", "@context")
