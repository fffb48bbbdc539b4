"""The tables of a database: its migrations, each applied once, and the role the app works as."""

from __future__ import annotations

import contextlib
from importlib import resources
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

APP_ROLE = "musespark_app"
_MIGRATION_LOCK = 0x6D757365  # "muse"; held while migrations run, so that two starts take turns


async def migrate(owner: str, app: str) -> None:
    """Apply the numbered migrations that this database has not seen, one process at a time."""
    async with await psycopg.AsyncConnection.connect(owner, autocommit=True) as connection:
        await connection.execute("select pg_advisory_lock(%s)", (_MIGRATION_LOCK,))
        await _prepare(connection, str(conninfo_to_dict(app).get("user") or ""))
        cursor = await connection.execute("select number from migrations")
        seen = {row[0] for row in await cursor.fetchall()}
        for file in sorted(
            (f for f in resources.files("musespark.migrations").iterdir() if f.name[:4].isdigit()),
            key=lambda f: f.name,
        ):
            number = int(file.name[:4])
            if number in seen:
                continue
            async with connection.transaction():
                await connection.execute(file.read_text("utf-8"))
                await connection.execute(
                    "insert into migrations (number, name) values (%s, %s)", (number, file.name)
                )


async def _prepare(connection: psycopg.AsyncConnection[Any], user: str) -> None:
    """What stands before the first migration: the app's role, its schemas, the list itself. `user`
    is who will connect, and has to be allowed to act as that role."""
    cursor = await connection.execute(
        "select 1 from information_schema.tables where table_name = 'migrations'"
        " and table_schema = current_schema()"
    )
    if await cursor.fetchone():
        return
    role = sql.Identifier(APP_ROLE)
    local = connection.info.host[:1] == "/"
    cursor = await connection.execute("select 1 from pg_roles where rolname = %s", (APP_ROLE,))
    if not await cursor.fetchone():
        with contextlib.suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
            await connection.execute(
                sql.SQL("create role {} nosuperuser nobypassrls {}").format(
                    role, sql.SQL("login" if local else "nologin")
                )
            )
    for member in {connection.info.user, user} - {"", APP_ROLE}:
        with contextlib.suppress(psycopg.Error):  # it may be one already, or be a superuser
            await connection.execute(sql.SQL("grant {} to {}").format(role, sql.Identifier(member)))
    await connection.execute("create schema if not exists dbos")
    await connection.execute(sql.SQL("grant all on schema dbos to {}").format(role))
    await connection.execute(sql.SQL("grant usage on schema public to {}").format(role))
    await connection.execute(
        "create table migrations (number int primary key, name text not null,"
        " applied timestamptz not null default now())"
    )
