"""Who asks over HTTP: the person, their role, and what they came in with."""

from __future__ import annotations

from msgspec import Struct

from musespark.person import may

EVERYTHING = frozenset({"*"})


class Caller(Struct, frozen=True):
    """One request's person. `by` is how they came in: `machine`, `session`, `key`, `host` (an app
    that vouches for them), or "" while they are about to sign in or out. `scopes` are what a key
    may be used for. `actor` is who acts, where a service key acts for another person."""

    person: str = ""
    role: str = "guest"
    by: str = ""
    key: str = ""
    session: str = ""
    host: str = ""
    scopes: frozenset[str] = EVERYTHING
    actor: str = ""

    @property
    def who(self) -> str:
        """Whose deed it is, for the audit log."""
        return self.actor or self.person

    def may(self, what: str) -> bool:
        """Whether their role lets them do something (see person.RIGHTS)."""
        return bool(self.person) and may(self.role, what)

    def reaches(self, scope: str) -> bool:
        """Whether what they came in with may be used for this: a scope, `*` for what only a key
        without bounds may do, "" for what every key may."""
        return not scope or "*" in self.scopes or scope in self.scopes

    @property
    def oversees(self) -> bool:
        """Whether they may see how the server fares and what it uses."""
        return self.may("oversee") and self.reaches("manage")

    @property
    def manages(self) -> bool:
        """Whether they may change the server itself."""
        return self.may("manage") and self.reaches("manage")
