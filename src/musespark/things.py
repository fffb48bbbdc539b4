"""Things as ActivityStreams writes them: objects or ids, words in languages, moments, names."""

from __future__ import annotations

import contextlib
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from musespark.problem import Problem

NAMESPACE = "https://www.w3.org/ns/activitystreams"
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
DROPPED = ("signature", "proof")  # of the bytes that came, which nobody keeps
_LONGEST_ID = 2_000  # characters
_ONE = ("attributedTo", "inReplyTo", "context", "conversation", "generator")  # ids, here
_PREFIXES = ("as:", f"{NAMESPACE}#", f"http{NAMESPACE.removeprefix('https')}#")
_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?"
    r"\s?([Zz]|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)
_MARKUP = re.compile(r"<[A-Za-z/!][^<>]*>|&(?:#\d+|#x[0-9A-Fa-f]+|[A-Za-z]+);")


class Unfit(Problem):
    """An activity that cannot be kept; `param` is the place in it that is wrong."""

    def __init__(self, code: str, what: str, param: str = "", *, next: str = "") -> None:
        super().__init__(code, what, next=next)
        self.param = param


def many(value: Any) -> list[Any]:
    """One or several as several."""
    return value if isinstance(value, list) else [] if value is None else [value]


def short(name: str) -> str:
    """A term of ActivityStreams without its prefix; `@id` and `@type` under their usual names."""
    if name in ("@id", "@type"):
        return name[1:]
    for prefix in _PREFIXES:
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return name


def thing(value: Any, place: str) -> Any:
    """A thing as it is kept: its id, or itself with plain words; several stay several. `place` is
    where it stands. Raises Unfit."""
    if value is None:
        return None
    if isinstance(value, str):
        return id_in(value, place, loose=True)
    if isinstance(value, list):
        things = [thing(each, f"{place}[{n}]") for n, each in enumerate(value)]
        return things[0] if len(things) == 1 else things
    if not isinstance(value, dict):
        raise Unfit("bad_object", f"The {place} is neither an id nor an object.", place)
    made = {name: each for name, each in value.items() if name not in (*DROPPED, "@context")}
    if id := id_in(made.pop("id", None), f"{place}.id", loose=True):
        made = {"id": id, **made}
    if "type" in made:
        types = [short(each) for each in many(made["type"]) if isinstance(each, str)]
        if not types:
            raise Unfit("bad_type", "A type is a word.", f"{place}.type")
        made["type"] = types[0] if len(types) == 1 else types
    for name in ("content", "name", "summary"):
        if name in made or f"{name}Map" in made:
            _worded(made, name, place)
    if "mediaType" not in made and _MARKUP.search(made.get("content") or ""):
        made["mediaType"] = "text/html"
    for name in _ONE:
        if name in made and not isinstance(made[name], str):
            made[name] = one(made[name]) or made[name]
    if "context" not in made and isinstance(made.get("conversation"), str):
        made["context"] = made["conversation"]
    moment(made.get("published"), f"{place}.published")
    if "object" in made:
        made["object"] = thing(made["object"], f"{place}.object")
    return made


def _worded(made: dict[str, Any], name: str, place: str) -> None:
    """Put the words of a language map where words are looked for; the map stays."""
    said, map = made.get(name), made.get(f"{name}Map")
    if isinstance(said, dict) and said and all(isinstance(v, str) for v in said.values()):
        map = made[f"{name}Map"] = said  # some write the map itself there
        said = None
    if map is not None and not (
        isinstance(map, dict) and all(isinstance(each, str) for each in map.values())
    ):
        raise Unfit("bad_words", "A map of languages has words alone.", f"{place}.{name}Map")
    if isinstance(said, list):
        said = "\n".join(each for each in said if isinstance(each, str))
    if said is None and map:
        said = map.get("en") or next(iter(map.values()))
    if said is not None and not isinstance(said, str):
        raise Unfit("bad_words", f"The {name} is no text.", f"{place}.{name}")
    made.pop(name, None)
    if said is not None:
        made[name] = said


def one(value: Any) -> str:
    """One id out of a thing, its id or several: of several a person before a group."""
    found = []
    for each in many(value):
        id = each.get("id") if isinstance(each, dict) else each
        kind = each.get("type") if isinstance(each, dict) else "Person"
        if isinstance(id, str) and id:
            found.append((kind != "Person", id))
        elif isinstance(each, dict) and isinstance(each.get("name"), str):
            found.append((True, each["name"]))
    return min(found, key=lambda pair: pair[0])[1] if found else ""


def id_in(value: Any, place: str, *, loose: bool = False) -> str:
    """An id: an address, or with `loose` any name; "" for what has none. Raises Unfit."""
    if value is None or value == "":
        return ""
    if not isinstance(value, str):
        raise Unfit("bad_id", "An id is an address in a text.", place)
    if value.startswith("_:"):  # a node without a name of its own
        return ""
    if len(value) > _LONGEST_ID:
        raise Unfit("bad_id", f"The id is longer than {_LONGEST_ID:,} characters.", place)
    if not (loose or URI.fullmatch(value)):
        raise Unfit("bad_id", f"{value[:80]!r} is no address.", place,
                    next="An id is like https://social.example/1, or like urn:uuid:…")  # fmt: skip
    return value


def moment(value: Any, place: str) -> datetime | None:
    """A date and time of RFC 3339 or xsd:dateTime, also without seconds, zone (UTC then) or time.
    Raises Unfit."""
    if value is None or value == "":
        return None
    if isinstance(value, str) and value[-1:] == "Z" and value[10:11] == "T" and value.isascii():
        with contextlib.suppress(ValueError):  # nearly all are like this
            return datetime.fromisoformat(value)
    found = _MOMENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise _no_moment(value, place)
    year, month, day, hour, minute, second, part, zone = found.groups()
    leap = second == "60"  # a second that clocks here do not have
    try:
        made = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0),
            59 if leap else int(second or 0), int((part or "")[:6].ljust(6, "0")), tzinfo=UTC,
        ) + timedelta(seconds=leap)  # fmt: skip
        if zone and zone not in "Zz":
            hours, minutes = int(zone[1:3]), int(zone[-2:])
            if hours > 23 or minutes > 59:
                raise _no_moment(value, place)
            made -= timedelta(hours=hours, minutes=minutes) * (-1 if zone[0] == "-" else 1)
    except (ValueError, OverflowError):
        raise _no_moment(value, place) from None
    return made


def _no_moment(value: Any, place: str) -> Unfit:
    said = value[:80] if isinstance(value, str) else type(value).__name__
    return Unfit("bad_time", f"{said!r} is no date and time.", place,
                 next="Write it like 2026-03-04T05:06:07Z.")  # fmt: skip
