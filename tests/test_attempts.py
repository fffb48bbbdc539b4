"""Attempts: longer waits for who tries too often, and none for good for who is right."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest

from musespark.attempts import Attempt, Attempts, TooMany, address_of
from musespark.settings import Settings
from musespark.store import APP_ROLE, Store

ME, SOMEWHERE = "203.0.113.7", "198.51.100.{}"


@pytest.fixture
async def store(settings: Settings) -> AsyncIterator[Store]:
    opened = await Store.open(settings)
    yield opened
    await opened.close()


@pytest.fixture
async def attempts(store: Store) -> Attempts:
    await _all(store, "delete from attempts")
    return Attempts(store)


async def _all(store: Store, query: str) -> list[Any]:
    """As the owner of the tables: nobody else may look."""
    owner = store.conninfo.replace(f"user={APP_ROLE}", "user=postgres")
    async with await psycopg.AsyncConnection.connect(owner, autocommit=True) as found:
        cursor = await found.execute(query)  # type: ignore[arg-type]
        return await cursor.fetchall() if cursor.description else []


async def wait_of(attempts: Attempts, login: str, address: str) -> int:
    """Guess once: how many seconds one has to wait, 0 for none."""
    try:
        await attempts.guess(login, address)
    except TooMany as problem:
        return problem.wait
    return 0


async def passed(store: Store, seconds: float) -> None:
    """Some time has gone by, for the database."""
    await _all(
        store,
        f"update attempts set last = last - interval '{seconds} s',"
        f" until = until - interval '{seconds} s', good = good - interval '{seconds} s'",
    )


async def test_waits_double_and_end(attempts: Attempts, store: Store) -> None:
    for _ in range(5):
        assert await wait_of(attempts, "anna", ME) == 0
    waits = []
    for _ in range(14):
        waits.append(await wait_of(attempts, "anna", ME))
        await passed(store, waits[-1])
        assert await wait_of(attempts, "anna", ME) == 0
    assert waits[:4] == [1, 2, 4, 8]
    assert max(waits) == 900
    assert await wait_of(attempts, "berta", SOMEWHERE.format(1)) == 0, "others do not wait"
    await passed(store, 86_401)
    for _ in range(5):
        assert await wait_of(attempts, "anna", ME) == 0


async def test_a_try_that_waits_does_not_count(attempts: Attempts, store: Store) -> None:
    for _ in range(5):
        await attempts.guess("anna", ME)
    for _ in range(10):
        assert await wait_of(attempts, "anna", ME) == 1
    await passed(store, 1)
    assert await wait_of(attempts, "anna", ME) == 0
    assert await wait_of(attempts, "anna", ME) == 2


async def test_the_right_one_clears(attempts: Attempts, store: Store) -> None:
    for _ in range(3):
        for _ in range(4):
            await attempts.guess("anna", ME)
        await attempts.right(await attempts.guess("anna", ME))
    assert await wait_of(attempts, "anna", ME) == 0


async def test_one_address_with_many_names_waits(attempts: Attempts) -> None:
    for number in range(20):
        assert await wait_of(attempts, f"name{number}", ME) == 0
    assert await wait_of(attempts, "another", ME) > 0
    assert await wait_of(attempts, "another", SOMEWHERE.format(2)) == 0


async def test_strangers_everywhere_do_not_shut_a_person_out(
    attempts: Attempts, store: Store
) -> None:
    await attempts.right(await attempts.guess("anna", ME))
    for number in range(60):
        await wait_of(attempts, "anna", SOMEWHERE.format(number))
        await passed(store, 1)
    for number in range(100, 108):
        await wait_of(attempts, "anna", SOMEWHERE.format(number))
    stranger = await wait_of(attempts, "anna", SOMEWHERE.format(200))
    assert 0 < stranger <= 30
    assert await wait_of(attempts, "anna", ME) == 0, "where she signed in lately she may"


async def test_many_at_once_gain_nothing(attempts: Attempts) -> None:
    found = await asyncio.gather(*(wait_of(attempts, "anna", ME) for _ in range(30)))
    assert found.count(0) == 5


async def test_the_first_wait_is_told_once(attempts: Attempts, store: Store) -> None:
    bursts = []
    for _ in range(7):
        found: Attempt = await attempts.guess("anna", ME)
        bursts.append(found.burst)
        await passed(store, 30)
    assert bursts == [False] * 4 + [True] + [False] * 2


async def test_a_row_tells_neither_names_nor_addresses(attempts: Attempts, store: Store) -> None:
    await attempts.guess("anna-of-all-people", ME)
    rows = str(await _all(store, "select attempts::text from attempts"))
    for word in ("anna", ME, ME.encode().hex()):
        assert word not in rows
    from hashlib import sha256

    assert sha256(f"address {ME}".encode()).hexdigest() not in rows, "without the pepper"
    for table in ("attempts", "pepper"):
        with pytest.raises(Exception, match="nothing with that id"):
            await store.system(f"select * from {table}")  # type: ignore[arg-type]


async def test_two_processes_count_together(attempts: Attempts, settings: Settings) -> None:
    other = await Store.open(settings, size=2)
    try:
        for each in (attempts, Attempts(other)) * 3:
            await wait_of(each, "anna", ME)
        assert await wait_of(Attempts(other), "anna", ME) == 1
    finally:
        await other.close()


def scope(client: str, *forwarded: str) -> dict[str, Any]:
    headers = [(b"x-forwarded-for", value.encode("latin-1")) for value in forwarded]
    return {"client": (client, 1), "headers": headers}


@pytest.mark.parametrize(
    ("client", "forwarded", "proxies", "found"),
    [
        ("203.0.113.7", [], "", "203.0.113.7"),
        ("203.0.113.7", ["1.2.3.4"], "", "203.0.113.7"),
        ("203.0.113.7", ["1.2.3.4"], "10.0.0.0/8", "203.0.113.7"),
        ("10.0.0.1", ["1.2.3.4"], "10.0.0.0/8", "1.2.3.4"),
        ("10.0.0.1", ["6.6.6.6, 1.2.3.4"], "10.0.0.0/8", "1.2.3.4"),
        ("10.0.0.1", ["6.6.6.6", "1.2.3.4, 10.9.9.9"], "10.0.0.0/8 ::1", "1.2.3.4"),
        ("10.0.0.1", [], "10.0.0.0/8", "?"),
        ("10.0.0.1", ["so what"], "10.0.0.0/8", "?"),
        ("10.0.0.1", ["ü"], "10.0.0.0/8", "?"),
        ("2001:db8:1:2:3:4:5:6", [], "", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1%eth0", [], "", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", [], "", "203.0.113.7"),
    ],
)
def test_where_a_request_comes_from(
    client: str, forwarded: list[str], proxies: str, found: str
) -> None:
    assert address_of(scope(client, *forwarded), proxies) == found
    assert address_of({"client": None, "headers": []}) == "?"
