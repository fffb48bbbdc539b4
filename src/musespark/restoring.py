"""Restoring: what an export of our own holds beside the ledger is put back as it was."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from psycopg.errors import UniqueViolation

from musespark import album
from musespark.files import IMPORTED, Draft, Files
from musespark.importer import PIECE, Kept, Skipped
from musespark.looking import media_in
from musespark.media import UNKNOWN
from musespark.message import Part
from musespark.problem import Problem
from musespark.store import Store, as_json

_ROLES = ("system", "user", "assistant", "tool")
ROOM = 20_000_000_000  # bytes
_COUNTED = 100  # files after which what a person has is counted anew
_FULL = "file beyond what your imports may hold (MUSESPARK_IMPORTED_BYTES)"
_UNKEPT = {
    "file_too_large": "file that is too large (MUSESPARK_FILE_BYTES)",
    "disk_full": "file for which the disk has no room",
    "not_kept": "file that could not be kept",
}
LEDGER = "urn:musespark:ledger:"  # before the number of an activity that had no id of its own


class Restoring:
    """What is put back for one person; nothing of anybody else is ever touched, whatever ids an
    export claims. `room` is how many bytes imported files of theirs may have together. What is
    left out is said in `left`, for whoever takes it from there."""

    def __init__(self, store: Store, files: Files, person: str, room: int = ROOM) -> None:
        self.store, self.files, self.person, self.room = store, files, person, room
        self.left: list[Skipped] = []
        self._draft: Draft | None = None
        self._refused: Problem | None = None
        self._open, self._of = contextlib.AsyncExitStack(), ""
        self._taken, self._counted = 0, 0  # bytes of the person's, as of so many files ago
        self._ways: dict[str, Callable[[dict[str, Any]], Awaitable[str]]] = {
            "file": self._file, "media": self._media, "belongs": self._belongs,
            "conversation": self._conversation, "run": self._run, "mark": self._mark,
        }  # fmt: skip

    async def keep(self, found: Sequence[Kept]) -> dict[str, int]:
        """Put rows back that are not there; returns how many came of each kind."""
        counts: dict[str, int] = {}
        for one in found:
            if one.kind == PIECE:
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

    # -- files ------------------------------------------------------------------------------------

    async def _piece(self, row: dict[str, Any]) -> None:
        if self._of != row["id"]:
            await self.aclose()
            self._of, self._refused = str(row["id"]), None
        try:
            if self._refused is None:
                if self._draft is None:
                    self._draft = await self._open.enter_async_context(self.files.draft())
                await self._draft.write(row["data"])
        except Problem as problem:  # too large, or the disk is full: the rest of it is passed over
            if problem.code not in _UNKEPT:
                raise
            self._refused = problem
            await self.aclose()

    async def _whole(self, row: dict[str, Any]) -> Draft | None:
        """The file that has just come, where it could be taken; else it is said why not."""
        if self._of != row["id"]:  # none of its bytes came: it has none
            await self._piece({"id": row["id"], "data": b""})
        draft, refused = self._draft, self._refused
        self._draft, self._refused, self._of = None, None, ""
        if refused is None and draft is not None:
            try:
                await draft.flush()
                return draft
            except Problem as problem:
                if problem.code not in _UNKEPT:
                    raise
                refused = problem
        why = _UNKEPT[refused.code] if refused else _UNKEPT["not_kept"]
        self.left.append(Skipped(why, str(row["name"])[:160]))
        return None

    async def _file(self, row: dict[str, Any]) -> str:
        """A file of an export of our own, under the id that it had."""
        try:
            if (draft := await self._whole(row)) is None:
                return ""
            if draft.sha256 != row["sha256"]:
                return "files_broken"
            known = await self.store.rows(
                self.person, "select 1 from files where id = %s", str(row["id"])
            )
            purpose = str(row["purpose"])[:40]
            if known:
                return ""
            if purpose == IMPORTED and await album.held(self.files, self.person, draft):
                return ""
            given = (str(row["name"])[:300], str(row["media"])[:90], purpose)
            try:
                await self.files.add(self.person, draft, *given, id=str(row["id"])[:200])
            except UniqueViolation:  # somebody else's, under that id
                if purpose == IMPORTED:
                    await album.keep(self.files, self.person, draft, *given[:2])
                else:
                    await self.files.add(self.person, draft, *given)
            return "files"
        finally:
            await self._open.aclose()

    async def _media(self, row: dict[str, Any]) -> str:
        """A picture or another file of somebody else's export, as what is attached to what was
        said. Equal ones are kept once."""
        name = str(row["name"])
        try:
            if (draft := await self._whole(row)) is None:
                return ""
            file, new = await album.held(self.files, self.person, draft), False
            if not file:
                if not await self._fits(draft.size):
                    self.left.append(Skipped(_FULL, name[:160]))
                    return ""
                media = await asyncio.to_thread(media_in, draft.path) or UNKNOWN
                file, new = await album.keep(self.files, self.person, draft, name, media), True
            uri, place = str(row["activity"]), int(row["place"])
            state = await album.belong(self.store, self.person, uri, place, file)
            if not state:
                self.left.append(Skipped("file of what is not kept", name[:160]))
                if new:
                    await self.files.delete(self.person, file)
                return ""
            return "media" if state == "new" else "media_known"
        finally:
            await self._open.aclose()

    async def _fits(self, size: int) -> bool:
        """Whether so many bytes more are within what the person may have."""
        if self._counted % _COUNTED == 0:
            self._taken = await album.taken(self.store, self.person)
        self._counted += 1
        self._taken += size
        if self._taken > self.room:
            self._taken -= size
            return False
        return True

    async def _belongs(self, row: dict[str, Any]) -> str:
        """What an export of our own says of a file that belongs to an activity. Where the file got
        another id here, it is known by its bytes."""
        rows = await self.store.rows(
            self.person,
            "select id from files where person = current_setting('musespark.person')"
            " and (id = %s or sha256 = %s and purpose = %s) order by id <> %s limit 1",
            str(row["file"]), str(row.get("sha256")), IMPORTED, str(row["file"]),
        )  # fmt: skip
        if not rows:
            return ""
        uri, place = str(row["activity"]), int(row["place"])
        state = await album.belong(self.store, self.person, uri, place, rows[0]["id"])
        return "belongs" if state == "new" else ""

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
