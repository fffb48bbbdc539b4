"""Passwords: what is kept, what is refused, equal work for nobody, and many at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import argon2
import pytest

from musespark.commonest import commonest
from musespark.passwords import Passwords, as_login
from musespark.problem import Problem
from musespark.settings import Settings
from musespark.store import Store

GOOD = "correct horse battery"
CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Store]:
    opened = await Store.open(settings)
    yield opened
    await opened.close()


@pytest.fixture
async def passwords(store: Store) -> AsyncIterator[Passwords]:
    made = Passwords(store, CHEAP)
    yield made
    made.close()
    for person in ("pw-anna", "pw-berta"):
        await store.rows(person, "delete from passwords where person = %s", person)


async def test_a_password_opens_for_its_login_alone(passwords: Passwords) -> None:
    await passwords.change("pw-anna", "Anna", GOOD)
    assert await passwords.whose("anna", GOOD) == "pw-anna"
    assert await passwords.whose("  ＡＮＮＡ ", GOOD) == "pw-anna"
    for login, password in (("anna", GOOD + "x"), ("anna", ""), ("annaa", GOOD), ("", GOOD),
                            ("pw-anna", GOOD), ("anna\0", GOOD), ("\ud800", GOOD),
                            ("anna", "\ud800"), ("anna", GOOD.upper())):  # fmt: skip
        assert await passwords.whose(login, password) is None
    row = await passwords.of("pw-anna")
    assert row is not None
    assert row["login"] == "anna"
    assert await passwords.forget("pw-anna")
    assert await passwords.whose("anna", GOOD) is None
    assert not await passwords.forget("pw-anna")


async def test_it_is_the_same_from_every_keyboard(passwords: Passwords) -> None:
    await passwords.change("pw-anna", "anna", "schöne Grüße aus Ulm")
    decomposed = "scho\u0308ne Gru\u0308ße aus Ulm"
    assert await passwords.whose("anna", decomposed) == "pw-anna"


async def test_what_is_kept_is_argon2id_as_owasp_has_it(store: Store) -> None:
    passwords = Passwords(store)
    try:
        await passwords.change("pw-anna", "anna", GOOD)
        rows = await store.rows("pw-anna", "select passwords::text as row from passwords")
        assert "$argon2id$v=19$m=19456,t=2,p=1$" in rows[0]["row"]
        assert GOOD not in rows[0]["row"]
    finally:
        await passwords.forget("pw-anna")
        passwords.close()


async def test_one_made_with_less_is_made_anew(passwords: Passwords, store: Store) -> None:
    await passwords.change("pw-anna", "anna", GOOD)
    stronger = Passwords(store, argon2.PasswordHasher(time_cost=2, memory_cost=128, parallelism=1))
    assert await stronger.whose("anna", "wrong" + GOOD) is None
    rows = await store.rows("pw-anna", "select hash from passwords")
    assert "m=64,t=1" in rows[0]["hash"]
    assert await stronger.whose("anna", GOOD) == "pw-anna"
    rows = await store.rows("pw-anna", "select hash from passwords")
    assert "m=128,t=2" in rows[0]["hash"]
    assert await stronger.whose("anna", GOOD) == "pw-anna"
    stronger.close()


@pytest.mark.parametrize(
    "password",
    ["", "short", "1234567", "12345678", "password", "Password123!", "P@ssw0rd1", "qwertyuiop",
     "abababab", "aaaaaaaaaaaa", "anna-berta1", "ANNA-BERTA", "iloveyou2026", "musespark1!",
     "passwordpassword", "98765432", "1q2w3e4r5t", "x" * 1025],
)  # fmt: skip
async def test_weak_ones_are_refused(passwords: Passwords, password: str) -> None:
    with pytest.raises(Problem) as caught:
        await passwords.change("pw-anna", "anna-berta", password)
    assert caught.value.code == "weak_password"
    if len(password) > 8:
        assert password not in caught.value.text
    assert await passwords.of("pw-anna") is None


@pytest.mark.parametrize(
    "password", [GOOD, "tulpen im regen 7", "Zx9!kd03", "日本語のパスワード", "x7" * 512]
)
def test_others_are_not(password: str) -> None:
    assert password == "x7" * 512 or not commonest(password, "anna")


async def test_a_login_belongs_to_one(passwords: Passwords) -> None:
    await passwords.change("pw-anna", "anna", GOOD)
    with pytest.raises(Problem) as caught:
        await passwords.change("pw-berta", "ANNA", GOOD)
    assert (caught.value.code, caught.value.status) == ("login_taken", 409)
    for login in ("", " ", "a b", "a\nb", "x" * 101):
        with pytest.raises(Problem, match="name"):
            await passwords.change("pw-berta", login, GOOD)
    await passwords.change("pw-anna", "anna2", GOOD + "2")
    assert await passwords.whose("anna", GOOD) is None
    assert await passwords.whose("anna2", GOOD + "2") == "pw-anna"


async def test_nobody_costs_as_much_as_somebody(
    passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not measured in time but in what takes it: hashes and questions to the database."""
    await passwords.change("pw-anna", "anna", GOOD)
    await passwords.whose("anna", GOOD)  # the hash that nobody has is made once
    counted: list[str] = []
    verify, system = type(CHEAP).verify, Store.system

    def verifying(self: argon2.PasswordHasher, kept: str, given: str) -> bool:
        counted.append(f"hash {kept.split('$')[3]}")
        return verify(self, kept, given)

    async def asking(self: Store, query: str, *values: object) -> object:
        counted.append(query)
        return await system(self, query, *values)  # type: ignore[arg-type]

    monkeypatch.setattr(type(CHEAP), "verify", verifying)
    monkeypatch.setattr(Store, "system", asking)
    assert await passwords.whose("anna", "wrong") is None
    somebody, counted[:] = list(counted), []
    assert await passwords.whose("nobody-at-all", "wrong") is None
    assert counted == somebody
    assert len(counted) == 2


async def test_twenty_at_once_leave_the_loop_alone(store: Store) -> None:
    passwords = Passwords(store)
    running = most = 0
    opens = passwords._opens

    def counting(kept: str, given: str) -> bool:
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            return opens(kept, given)
        finally:
            running -= 1

    passwords._opens = counting  # type: ignore[method-assign]
    turns = 0

    async def turning() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(turning())
    found = await asyncio.gather(*(passwords.whose(f"nobody{n}", GOOD) for n in range(20)))
    beside.cancel()
    passwords.close()
    assert found == [None] * 20
    assert most <= 2
    assert turns > 100


async def test_too_many_waiting_are_sent_away(
    passwords: Passwords, monkeypatch: pytest.MonkeyPatch
) -> None:
    await passwords.whose("nobody", GOOD)
    monkeypatch.setattr(passwords, "_opens", lambda kept, given: time.sleep(0.05) or False)
    monkeypatch.setattr("musespark.passwords._MOST_WAITING", 3)
    tried = (passwords.whose("nobody", GOOD) for _ in range(12))
    found = await asyncio.gather(*tried, return_exceptions=True)
    away = [each for each in found if isinstance(each, Problem)]
    assert away
    assert {each.status for each in away} == {503}
    assert found.count(None) + len(away) == 12
    assert found.count(None) >= 3


def test_logins_are_compared_in_one_form() -> None:
    assert as_login(" Ａnna ") == as_login("ANNA") == "anna"
    assert as_login("STRASSE") == as_login("straße")
