"""Restoring: what an export of our own holds beside the ledger is put back as it was."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from psycopg.errors import UniqueViolation

from musespark.files import Draft, Files
from musespark.importer import Kept
from musespark.message import Part
from musespark.problem import Problem
from musespark.store import Store, as_json

_ROLES = ("system", "user", "assistant", "tool")
LEDGER = "urn:musespark:ledger:"  # before the number of an activity that had no id of its own


class Restoring:
    """What is put back for one person; nothing of anybody else is ever touched, whatever ids an
    export claims."""

    def __init__(self, store: Store, files: Files, person: str) -> None:
        self.store, self.files, self.person = store, files, person
        self._draft: Draft | None = None
        self._open, self._of = contextlib.AsyncExitStack(), ""
        self._ways: dict[str, Callable[[dict[str, Any]], Awaitable[str]]] = {
            "file": self._file, "conversation": self._conversation, "run": self._run,
            "mark": self._mark,
        }  # fmt: skip

    async def keep(self, found: Sequence[Kept]) -> dict[str, int]:
        """Put rows back that are not there; returns how many came of each kind."""
        counts: dict[str, int] = {}
        for one in found:
            if one.kind == "piece":
                await self._piece(one.row)
                continue
            try:
                what = await self._ways[one.kind](one.row)
            except (LookupError, TypeError, ValueError, msgspec.ValidationError):
                what = "not_understood"
            except Problem as problem:
                if problem.status >= 500:
                    raise
                what = "not_understood"
            if what:
                counts[what] = counts.get(what, 0) + 1
        return counts

    async def aclose(self) -> None:
        """Drop a file that has not come whole."""
        await self._open.aclose()
        self._draft = None

    async def _piece(self, row: dict[str, Any]) -> None:
        if self._draft is None or self._of != row["id"]:
            await self.aclose()
            self._of = str(row["id"])
            self._draft = await self._open.enter_async_context(self.files.draft())
        with contextlib.suppress(Problem):  # too large: its size will be wrong
            await self._draft.write(row["data"])

    async def _file(self, row: dict[str, Any]) -> str:
        draft, self._draft = self._draft, None
        try:
            if draft is None or self._of != row["id"]:
                return "files_broken"
            await draft.flush()
            if draft.sha256 != row["sha256"]:
                return "files_broken"
            known = await self.store.rows(
                self.person, "select 1 from files where id = %s", str(row["id"])
            )
            if known:
                return ""
            given = (str(row["name"])[:300], str(row["media"])[:90], str(row["purpose"])[:40])
            try:
                await self.files.add(self.person, draft, *given, id=str(row["id"])[:200])
            except UniqueViolation:  # somebody else's, under that id
                await self.files.add(self.person, draft, *given)
            return "files"
        finally:
            await self._open.aclose()

    async def _conversation(self, row: dict[str, Any]) -> str:
        rows = await self.store.rows(
            self.person,
            """
            insert into conversations (id, person, title, created, updated, pinned)
            values (%s, current_setting('musespark.person'), %s, %s, %s, %s)
            on conflict (id) do nothing returning id
            """,
            str(row["id"])[:200], str(row.get("title") or "")[:200], row["created"],
            row["updated"], row.get("pinned"),
        )  # fmt: skip
        return "conversations" if rows else ""

    async def _run(self, row: dict[str, Any]) -> str:
        """A run with its messages, steps and events, in one transaction: whole or not at all."""
        for message in row["messages"]:
            if message["role"] not in _ROLES:
                raise ValueError("a role that there is not")
            msgspec.convert(message["parts"], list[Part])
        async with self.store.transaction(self.person) as connection:
            cursor = await connection.execute(
                _RUN,
                {"run": as_json(row["run"]), "messages": as_json(row["messages"]),
                 "steps": as_json(row["steps"]), "events": as_json(row["events"]),
                 "files": [str(each["file"]) for each in row["files"]]},
            )  # fmt: skip
            found = await cursor.fetchone()
        return "runs" if found and found["id"] else ""

    async def _mark(self, row: dict[str, Any]) -> str:
        if not await self.store.rows(
            self.person, "select 1 from pg_class where relname = 'memory_marks'"
        ):
            return ""
        ids = [str(row["activity"]), *(str(each) for each in row.get("sources") or ())]
        rows = await self.store.rows(
            self.person,
            """
            with named as (
                select coalesce(uri, %(ledger)s || id) as name, id from activities
                where person = current_setting('musespark.person')
                    and (uri = any(%(ids)s) or uri is null and id = any(%(numbers)s))
            )
            insert into memory_marks (person, activity, pinned, sources)
            select current_setting('musespark.person'), id, %(pinned)s::timestamptz,
                   nullif(array(select id from named where name = any(%(sources)s)), '{}')
            from named where name = %(name)s
            on conflict (person, activity) do nothing returning activity
            """,
            ledger=LEDGER, ids=ids, numbers=numbers(ids), pinned=row.get("pinned"),
            sources=ids[1:], name=ids[0],
        )  # fmt: skip
        return "marks" if rows else ""


def numbers(ids: Sequence[str]) -> list[int]:
    """The numbers of those ids that are only a place in a ledger."""
    tails = [id.removeprefix(LEDGER) for id in ids if id.startswith(LEDGER)]
    return [int(tail) for tail in tails if tail.isdecimal() and len(tail) < 19]


_RUN = """
with given as (
    select (jsonb_populate_record(null::runs, %(run)s::jsonb)).*
), kept as (
    insert into runs (id, person, conversation, executor, state, durable, asked, mode, reason,
                      request, error, usage, started, ended, after, budget, beside)
    select id, current_setting('musespark.person'), conversation, 'import',
           case when state = 'running' then 'interrupted' else state end, false, asked,
           coalesce(mode, ''), coalesce(reason, ''), request, error, coalesce(usage, '{}'),
           started, coalesce(ended, started), after, budget, coalesce(beside, '{}')
    from given
    where exists (select from conversations c where c.id = given.conversation)
    on conflict (id) do nothing returning id, conversation
), spoken as (
    insert into messages (conversation, person, run, role, parts, brief, created)
    select kept.conversation, current_setting('musespark.person'), kept.id, m.role, m.parts,
           m.brief, m.created
    from kept, rows from (jsonb_to_recordset(%(messages)s::jsonb) as (role text, parts jsonb,
        brief jsonb, created timestamptz)) with ordinality m(role, parts, brief, created, n)
    order by n
), taken as (
    insert into steps (run, path, person, kind, name, agent, input, output, usage, error, started,
                       ended)
    select kept.id, s.path, current_setting('musespark.person'), s.kind, s.name,
           coalesce(s.agent, ''), s.input, s.output, coalesce(s.usage, '{}'),
           coalesce(s.error, ''), s.started, s.ended
    from kept, jsonb_populate_recordset(null::steps, %(steps)s::jsonb) s
), told as (
    insert into events (run, first, last, person, body)
    select kept.id, e.first, e.last, current_setting('musespark.person'), e.body
    from kept, jsonb_populate_recordset(null::events, %(events)s::jsonb) e
), attached as (
    insert into file_uses (run, file, person)
    select kept.id, files.id, current_setting('musespark.person')
    from kept, files where files.id = any(%(files)s)
)
select id from kept
"""
