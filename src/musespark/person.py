"""Who is asking: identity, role, language, time zone and what they allow."""

from __future__ import annotations

from msgspec import Struct

OWNER = "owner"
ROLES = ("owner", "manager", "creator", "member", "guest")  # from most to least


class Person(Struct, frozen=True):
    """One person. `id` is stable and opaque; `language` is a BCP 47 tag, `zone` an IANA name;
    `role` is one of ROLES; `purposes` are the uses of their data that they allow at this moment
    (see consent in DESIGN)."""

    id: str = OWNER
    name: str = ""
    language: str = "en"
    zone: str = "UTC"
    purposes: frozenset[str] = frozenset()
    role: str = "member"


def manages(id: str) -> bool:
    """Whether a person may change the server itself: its models, tools and other people's keys."""
    return id == OWNER
