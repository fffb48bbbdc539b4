"""People and roles: who may change whom, in words and in the database itself."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator

import pytest

from musespark import audit, purposes
from musespark.people import People
from musespark.person import RIGHTS, ROLES, below, may
from musespark.problem import Problem
from musespark.settings import Settings
from musespark.store import Store


@pytest.fixture
async def store(settings: Settings, server: object) -> AsyncIterator[Store]:
    opened = await Store.open(settings, size=2)
    yield opened
    await opened.close()


@pytest.fixture
async def people(store: Store) -> People:
    """One of each role, made by the owner."""
    made = People(store)
    for role in ROLES:
        if not await made.seen("owner", words=f"p-{role}"):
            await made.add("owner", f"p-{role}", role.title(), role)
        else:
            await made.change("owner", f"p-{role}", role=role)
            await made.end("owner", f"p-{role}", False)
    return made


def test_each_role_may_what_the_one_below_may() -> None:
    for upper, lower in itertools.pairwise(ROLES):
        assert RIGHTS[upper] >= RIGHTS[lower]
        assert below(lower, upper)
        assert not below(upper, lower)
    assert may("guest", "talk")
    assert not may("guest", "remember")
    assert not may("manager", "manage")
    assert not may("nobody", "talk")


async def test_who_may_change_whom(people: People) -> None:
    """Owners everybody but the owner; managers those below them, to roles below theirs."""
    for asks in ("owner", *(f"p-{role}" for role in ROLES)):
        own = (await people.of(asks)).role
        for role in ROLES:
            for wanted in ROLES:
                allowed = own == "owner" or (
                    own == "manager" and below(role, own) and below(wanted, own)
                )
                if asks == f"p-{role}" and own == "owner":
                    continue  # would lower itself
                if not allowed:
                    with pytest.raises(Problem) as caught:
                        await people.change(asks, f"p-{role}", role=wanted)
                    seen = may(own, "oversee")
                    assert caught.value.code == ("role_too_high" if seen else "unknown_person")
                    continue
                row = await people.change(asks, f"p-{role}", role=wanted)
                assert row["role"] == wanted
                await people.change("owner", f"p-{role}", role=role)
    for role in ROLES:
        people.changed(f"p-{role}")
        assert (await people.of(f"p-{role}")).role == role


async def test_the_database_keeps_roles_by_itself(people: People, store: Store) -> None:
    """Whatever the code asks: nobody raises themselves, and who may not sees nobody."""
    for statement in (
        "update people set role = 'owner'",
        "update people set ended = null",
        "insert into people (person, role) values ('p-member', 'owner')",
        "select change_person('p-member', null, 'owner')",
        "select add_person('p-new', '', 'member', '', '')",
        "select end_person('p-guest', true)",
        "select change_person('owner', 'x', null)",
    ):
        with pytest.raises(Problem) as caught:
            await store.rows("p-member", statement)  # type: ignore[arg-type]
        assert caught.value.code == "not_yours", statement
    for statement in ("select change_person('p-owner', null, 'guest')",
                      "select change_person('p-member', null, 'manager')",
                      "select add_person('p-new', '', 'owner', '', '')",
                      "select end_person('owner', true)",
                      "select end_person('p-manager', true)"):  # fmt: skip
        with pytest.raises(Problem):
            await store.rows("p-manager", statement)  # type: ignore[arg-type]
    for asks in ("p-creator", "p-member", "p-guest", "nobody", ""):
        assert await people.seen(asks) == []
    assert (await people.of("p-member")).role == "member"


async def test_the_owner_stays(people: People) -> None:
    for asks in ("owner", "p-owner"):
        with pytest.raises(Problem, match="stays its owner"):
            await people.change(asks, "owner", role="guest")
        with pytest.raises(Problem, match="stays its owner"):
            await people.end(asks, "owner")
    assert (await people.of("owner")).role == "owner"


async def test_one_who_ended_may_nothing_in_the_database_either(
    people: People, store: Store
) -> None:
    await people.end("owner", "p-manager")
    assert (await people.of("p-manager")).ended
    assert await people.seen("p-manager") == []
    with pytest.raises(Problem):
        await store.rows("p-manager", "select end_person('p-guest', true)")
    await people.end("owner", "p-manager", False)
    assert await people.seen("p-manager")
    deeds = [row["deed"] for row in await audit.of(store, "p-manager", 2)]
    assert deeds == ["person_let_in", "person_ended"]


async def test_each_sees_what_others_did_with_theirs(people: People, store: Store) -> None:
    await people.look("p-manager", "p-guest")
    await people.change("p-manager", "p-guest", role="member")
    rows = await audit.of(store, "p-guest", 2)
    assert [(row["deed"], row["actor"]) for row in rows] == [
        ("role_changed", "p-manager"), ("looked_at", "p-manager"),
    ]  # fmt: skip
    assert rows[0]["detail"] == {"before": "guest", "now": "member"}


@pytest.mark.parametrize("id", ["", "two words", "shop:anna", "é", "x" * 101, "a/b", "a\0"])
async def test_bad_ids(people: People, id: str) -> None:
    with pytest.raises(Problem) as caught:
        await people.add("owner", id)
    assert caught.value.code == "bad_person"


async def test_guests_allow_nothing(people: People, store: Store) -> None:
    await purposes.change(store, "p-member", "memory", True)
    people.changed("p-member")
    assert (await people.of("p-member")).purposes == {"memory"}
    await people.change("owner", "p-member", role="guest")
    assert (await people.of("p-member")).purposes == frozenset()
    await people.change("owner", "p-member", role="member")
    assert (await people.of("p-member")).purposes == frozenset(), "not by itself"
