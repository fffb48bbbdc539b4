"""Who is asking: identity, role, language, time zone and what they allow."""

from __future__ import annotations

from msgspec import Struct

OWNER = "owner"
ROLES = ("owner", "manager", "creator", "member", "guest")  # from most to least

# What each role may do. `talk`: ask, and see and erase what is theirs. `remember`: have a memory, a
# ledger and purposes. `publish`: send something out into the world. `oversee`: see who is here,
# how the server fares and what it uses, and change the people below. `manage`: change the server
# itself, and come in as others.
_TALK = frozenset({"talk"})
_MEMBER = _TALK | {"remember"}
_CREATOR = _MEMBER | {"publish"}
_MANAGER = _CREATOR | {"oversee"}
RIGHTS: dict[str, frozenset[str]] = {
    "owner": _MANAGER | {"manage"},
    "manager": _MANAGER,
    "creator": _CREATOR,
    "member": _MEMBER,
    "guest": _TALK,
}


class Person(Struct, frozen=True):
    """One person. `id` is stable and opaque; `language` is a BCP 47 tag, `zone` an IANA name;
    `role` is one of ROLES; `purposes` are the uses of their data that they allow at this moment
    (see consent in DESIGN). One who has `ended` comes in no more."""

    id: str = OWNER
    name: str = ""
    language: str = "en"
    zone: str = "UTC"
    purposes: frozenset[str] = frozenset()
    role: str = "member"
    ended: bool = False


def may(role: str, what: str) -> bool:
    """Whether people of a role may do something: one of `talk`, `remember`, `publish`, `oversee`,
    `manage`."""
    return what in RIGHTS.get(role, frozenset())


def below(role: str, other: str) -> bool:
    """Whether a role stands below another one."""
    return ROLES.index(role) > ROLES.index(other)
