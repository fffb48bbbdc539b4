"""Accounts elsewhere: who a person is at a provider where they may sign in."""

from __future__ import annotations

from musespark.openid import Account
from musespark.problem import Problem
from musespark.store import Row, Store
from musespark.turn import new_id


class Accounts:
    """The accounts that people of this database have connected."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, person: str) -> list[Row]:
        """The accounts of a person, newest first."""
        return await self._store.rows(
            person,
            "select id, provider, issuer, name, created, used from accounts where person = %s"
            " order by id desc",
            person,
        )

    async def whose(self, account: Account, provider: str, role: str) -> str:
        """The person whose account this is. One who is not here yet joins with `role`; where that
        is empty, Problem is raised."""
        rows = await self._store.system(
            "select * from account_owner(%s, %s)", account.issuer, account.subject
        )
        if not rows and role:
            rows = await self._store.system(
                "select join_by_account(%s, %s, %s, %s, %s, %s) as person",
                new_id("person"), new_id("account"), account.issuer, account.subject,
                [provider, account.name], role,
            )  # fmt: skip
        if not rows:
            raise Problem(
                "not_invited", "Nobody here has connected this account.", status=403,
                next="Sign in another way and connect it, or ask for an invitation.",
            )  # fmt: skip
        return str(rows[0]["person"])

    async def connect(self, person: str, account: Account, provider: str) -> None:
        """From now on this account signs in this person. Raises Problem where it is another's."""
        made = await self._store.rows(
            person,
            "insert into accounts (id, person, issuer, subject, provider, name)"
            " values (%s, %s, %s, %s, %s, %s) on conflict do nothing returning id",
            new_id("account"), person, account.issuer, account.subject, provider, account.name,
        )  # fmt: skip
        own = made or await self._store.rows(
            person,
            "select id from accounts where issuer = %s and subject = %s and person = %s",
            account.issuer, account.subject, person,
        )  # fmt: skip
        if not own:
            raise Problem(
                "account_taken",
                "Somebody else has connected this account.",
                status=409,
            )

    async def remove(self, person: str, id: str) -> Row:
        """An account signs in nobody any more. Raises Problem."""
        rows = await self._store.rows(
            person,
            "delete from accounts where id = %s and person = %s returning id, provider", id, person,
        )  # fmt: skip
        if not rows:
            raise Problem("unknown_account", f"There is no account {id[:100]!r} of yours.",
                          status=404)  # fmt: skip
        return rows[0]
