"""A pooler in front of PostgreSQL: by session it may stand there, by transaction it is refused."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from musespark.pooler import mixed_up, refuse_pooling
from musespark.problem import Problem
from musespark.settings import Secret, Settings
from musespark.store import Store
from outside import PASSWORD, Outside


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    made = Outside(tmp_path_factory.mktemp("outside") / "data")
    yield made
    made.stop()


class Alternating:
    """Two connections as one: what a client has whose statements go now here, now there."""

    def __init__(self, *behind: psycopg.AsyncConnection[Any]) -> None:
        self.behind, self.turn = behind, 0

    async def execute(self, *words: Any) -> Any:
        self.turn += 1
        return await self.behind[self.turn % len(self.behind)].execute(*words)


async def test_connections_that_are_handed_on_are_noticed(outside: Outside) -> None:
    url = outside.database("mixed")
    async with (
        await psycopg.AsyncConnection.connect(url, autocommit=True) as one,
        await psycopg.AsyncConnection.connect(url, autocommit=True) as other,
    ):
        assert not await mixed_up(one, other)
        assert await mixed_up(one, one)
        third: Any = Alternating(one, other)
        assert await mixed_up(third, other)
    await refuse_pooling(url)


@pytest.mark.skipif(shutil.which("pgbouncer") is None, reason="PgBouncer is not installed")
@pytest.mark.parametrize("mode", ["session", "transaction"])
async def test_pgbouncer(outside: Outside, tmp_path: Path, mode: str) -> None:
    address = outside.database(f"behind_{mode}")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "users").write_text(f'"boss" "{PASSWORD}"\n')
    (tmp_path / "ini").write_text(
        f"[databases]\n* = host=127.0.0.1 port={outside.port}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = plain\nauth_file = {tmp_path / 'users'}\npool_mode = {mode}\n"
    )
    for path in (tmp_path, *tmp_path.iterdir()):
        path.chmod(0o755)
    who = ["-u", "nobody"] if os.geteuid() == 0 else []
    process = subprocess.Popen(
        ["pgbouncer", "-q", *who, str(tmp_path / "ini")], stderr=subprocess.DEVNULL
    )
    try:
        settings = Settings(database_url=Secret(address.replace(f":{outside.port}/", f":{port}/")))
        while process.poll() is None:
            with socket.socket() as knock:
                if knock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.02)
        for _ in range(2):  # one that was here before leaves nothing behind
            if mode == "transaction":
                with pytest.raises(Problem) as caught:
                    await Store.open(settings)
                assert caught.value.code == "database_pooler"
                assert "pool_mode = session" in caught.value.next
                continue
            store = await Store.open(settings)
            [row] = await store.system("select current_user as name")
            assert row == {"name": "musespark_app"}
            await store.close()
    finally:
        process.terminate()
        process.wait()
