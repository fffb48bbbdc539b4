"""Exporting: everything about a person in one zip, written while it is read from the database.

What is in it: `activities.json` (an ActivityStreams OrderedCollection), conversations and runs,
files with their bytes, what was pinned, a file of rows for every other table of theirs, pages to
read, and at the end a manifest with a sum over each. Secrets are left out: hashes, keys, tokens.
Never more than a page of rows is in memory; see docs/import.md for the layout.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import tempfile
import zipfile
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any, LiteralString

import msgspec
from msgspec import UNSET, Struct, structs
from psycopg import sql

from musespark import album, audit
from musespark.activity import Activity
from musespark.exported import Pages
from musespark.files import Files
from musespark.ledger import activity_of
from musespark.problem import Problem
from musespark.store import Row, Store

VERSION = 1  # of the layout
FORMAT = "musespark"
_PAGE = 1_000  # rows at once
_ACTIVITIES = 2_000
_RUNS = 20
_PIECE = 1_000_000  # bytes of a file at once
_CHUNK = 64_000  # bytes on their way at once, at least
_LEVEL = 4  # of compression: twice as fast as the usual 6, and 3 % larger
_APART = {"activities", "conversations", "runs", "messages", "steps", "events", "files",
          "file_uses", "memory_marks", "activity_files"}  # fmt: skip
_MADE = {"recollections", "recollecting", "facts", "facts_reach", "removals", "challenges"}
_SECRET = {"hash", "code", "digest", "source", "executor", "handle", "credential"}
_PACKED = {
    "jpg",
    "jpeg",
    "png",
    "gif",
    "webp",
    "heic",
    "heif",
    "avif",
    "mp4",
    "mov",
    "m4v",
    "webm",
    "3gp",
    "mp3",
    "m4a",
    "aac",
    "ogg",
    "opus",
    "oga",
    "flac",
    "zip",
    "gz",
    "docx",
    "xlsx",
    "pptx",
    "odt",
    "ods",
    "epub",
}  # by their names: packed as well as they can be
_NAME = "".join(chr(n) for n in range(32)) + '<>:"/\\|?*'


async def export(store: Store, files: Files | None, person: str) -> AsyncGenerator[bytes]:
    """The zip, in pieces, as fast as they are taken. Raises Problem where the database is away."""
    with tempfile.TemporaryDirectory(prefix="musespark-", ignore_cleanup_errors=True) as folder:
        making = _Export(store, files, person, Path(folder))
        async with contextlib.aclosing(making.all()) as pieces:
            async for piece in pieces:
                yield piece
    detail = {"activities": making.counts.get("activities.json", 0)}
    await audit.note(store, person, "exported", actor=person, detail=detail)


class _Body(Struct):
    """What of an activity's body is looked at."""

    actor: Any = None
    object: msgspec.Raw = msgspec.Raw(b"null")
    id: Any = UNSET
    type: Any = UNSET
    published: Any = UNSET
    purposes: Any = UNSET


class _Sink:
    """Where the zip is written to: it only holds what nobody has taken yet."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.waiting = 0  # bytes

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        self.waiting += len(data)
        return len(data)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        data, self._pieces, self.waiting = b"".join(self._pieces), [], 0
        return data


class _Export:
    """One export while it is made. `counts` says how many things a member holds."""

    def __init__(self, store: Store, files: Files | None, person: str, folder: Path) -> None:
        self.store, self.files, self.person = store, files, person
        self.sink, self.made = _Sink(), datetime.now(UTC)
        self.zip = zipfile.ZipFile(self.sink, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL)  # type: ignore[call-overload]
        self.counts: dict[str, int] = {}
        self.sums: dict[str, str] = {}
        self.pages = Pages(folder, person, self.made)

    async def all(self) -> AsyncGenerator[bytes]:
        for part in (self._activities(), self._marks(), self._talks(), self._files(), self._rows(),
                     self._read(), self._manifest()):  # fmt: skip
            async with contextlib.aclosing(part):
                async for name, data in part:
                    await asyncio.to_thread(self._write, name, data)
                    if self.sink.waiting >= _CHUNK:
                        yield self.sink.take()
        await asyncio.to_thread(self._close)
        yield self.sink.take()

    # -- the zip ----------------------------------------------------------------------------------

    _open: IO[bytes] | None = None
    _named = ""

    def _write(self, name: str, data: bytes) -> None:
        """Add to the member `name`; another name ends the one before."""
        if name != self._named:
            self._end()
            about = zipfile.ZipInfo(name, self.made.timetuple()[:6])
            packed = name.rpartition(".")[2].lower() in _PACKED
            about.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            about.external_attr = 0o600 << 16
            self._open, self._named = self.zip.open(about, "w", force_zip64=True), name
            self._sum = hashlib.sha256()
        assert self._open is not None
        self._open.write(data)
        self._sum.update(data)

    def _end(self) -> None:
        if self._open is not None:
            self._open.close()
            self.sums[self._named] = self._sum.hexdigest()
            self._open = None

    def _close(self) -> None:
        self._end()
        self.zip.close()

    def _count(self, name: str, by: int) -> None:
        self.counts[name] = self.counts.get(name, 0) + by

    # -- what is in it ----------------------------------------------------------------------------

    async def _activities(self) -> AsyncGenerator[tuple[str, bytes]]:
        name, after, lead = "activities.json", 0, b""
        head = {"@context": "https://www.w3.org/ns/activitystreams", "type": "OrderedCollection",
                "attributedTo": self.person, "orderedItems": []}  # fmt: skip
        yield name, msgspec.json.encode(head)[:-2] + b"\n"
        waiting = asyncio.create_task(self._page(after))
        try:
            while rows := await waiting:
                after = rows[-1]["id"]
                waiting = asyncio.create_task(self._page(after))  # read while these are written
                files = await album.of(self.store, self.person, [row["id"] for row in rows])
                yield name, await asyncio.to_thread(self._encoded, rows, lead, files)
                lead = b",\n"
        finally:
            waiting.cancel()  # whoever hangs up ends what the database does for them
            await asyncio.gather(waiting, return_exceptions=True)
        yield name, b"\n]}"

    async def _page(self, after: int) -> list[Row]:
        return await self.store.rows(
            self.person,
            """
            select id, uri, type, purposes, body::text as body, replace(to_char(
                published at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), '.000000Z', 'Z')
                as published from activities
            where person = current_setting('musespark.person') and id > %s
            order by id limit %s
            """,
            after, _ACTIVITIES,
        )  # fmt: skip

    def _encoded(self, rows: list[Row], lead: bytes, files: album.Album) -> bytes:
        self._count("activities.json", len(rows))
        return lead + b",\n".join([self._line(row, files.get(row["id"])) for row in rows])

    def _line(self, row: Row, files: dict[int, Row] | None) -> bytes:
        """An activity as JSON. What it says is taken over as the database has it."""
        body = msgspec.json.decode(row["body"], type=_Body)
        self.pages.take(row, body.actor, body.object)
        own = body.id is UNSET and body.type is UNSET and body.published is UNSET
        if files or not own or body.purposes is not UNSET:
            at, said = datetime.fromisoformat(row["published"]), msgspec.json.decode(row["body"])
            whole = activity_of({**row, "published": at, "undone": 0, "body": said})
            return msgspec.json.encode(as_linked(_with_files(whole, files)))
        head = {
            "id": row["uri"] or f"urn:musespark:ledger:{row['id']}",
            "type": row["type"],
            "published": row["published"],
            "purposes": sorted(row["purposes"]),
        }
        if body.actor is None:
            head["actor"] = ""
        rest: str = row["body"]
        lead = msgspec.json.encode(head)
        return lead if rest == "{}" else lead[:-1] + b"," + rest[1:].encode()

    async def _marks(self) -> AsyncGenerator[tuple[str, bytes]]:
        """What was pinned, and what a summary rests on, by the ids of activities."""
        if not await self.store.rows(
            self.person, "select 1 from pg_class where relname = 'memory_marks'"
        ):
            return
        rows = await self.store.rows(
            self.person,
            """
            select coalesce(a.uri, 'urn:musespark:ledger:' || a.id) as activity, m.pinned,
                   array(select coalesce(s.uri, 'urn:musespark:ledger:' || s.id) from activities s
                         where s.id = any(m.sources)) as sources
            from memory_marks m join activities a on a.id = m.activity
            """,
        )
        if rows:
            yield self._lines("marks.jsonl", rows)

    def _lines(self, name: str, rows: list[Row]) -> tuple[str, bytes]:
        self._count(name, len(rows))
        return name, b"".join(msgspec.json.encode(row) + b"\n" for row in rows)

    async def _talks(self) -> AsyncGenerator[tuple[str, bytes]]:
        async for rows in self._paged("conversations"):
            yield self._lines("conversations.jsonl", rows)
        async for rows in self._paged("runs", _RUNS):
            whole = []
            for row in rows:
                one: Row = {"run": row}
                for table, query in _OF_RUN.items():
                    one[table] = await self.store.rows(self.person, query, row["id"])
                whole.append(one)
                self.pages.talk(one)
            yield self._lines("runs.jsonl", whole)

    async def _files(self) -> AsyncGenerator[tuple[str, bytes]]:
        async for rows in self._paged("files"):
            kept = []
            for row in rows:
                name = place_of(row)
                if (path := self._bytes(row)) is None:
                    kept.append(row)
                    continue
                kept.append({**row, "member": name})
                with path.open("rb") as file:
                    while True:
                        piece = await asyncio.to_thread(file.read, _PIECE)
                        yield name, piece
                        if not piece:
                            break
            yield self._lines("files.jsonl", kept)

    def _bytes(self, row: Row) -> Path | None:
        try:
            return None if self.files is None else self.files.path(row)
        except Problem:  # they lie on another machine
            return None

    async def _rows(self) -> AsyncGenerator[tuple[str, bytes]]:
        """A file of rows for every table of the person that has none of its own above."""
        tables = await self.store.rows(self.person, "select name from person_tables()")
        for table in sorted({row["name"] for row in tables} - _APART - _MADE):
            async for rows in self._paged(table):
                yield self._lines(f"rows/{table}.jsonl", rows)

    async def _paged(self, table: str, size: int = _PAGE) -> AsyncIterator[list[Row]]:
        """The rows of a table of the person, without what is secret, in pages."""
        columns = await self.store.rows(
            self.person,
            """
            select attname as name, a.attnum = any(coalesce(k.conkey, '{}')) as key
            from pg_attribute a left join pg_constraint k on k.conrelid = a.attrelid
                and k.contype = 'p'
            where a.attrelid = %s::regclass and attnum > 0 and not attisdropped
            order by array_position(k.conkey, a.attnum), attnum
            """,
            table,
        )
        shown = await self._shown(table)
        keys = [row["name"] for row in columns if row["key"]] or [columns[0]["name"]]
        after: list[Any] = []
        names = sql.SQL(", ").join(map(sql.Identifier, keys))
        lines = sql.SQL("select {} as _keys, {} from {} where person = {}{} order by {} limit {}")
        while True:
            more: sql.Composable = sql.SQL("")
            if after:
                marks = sql.SQL(", ").join(map(sql.Literal, after))
                more = sql.SQL(" and ({}) > ({})").format(names, marks)
            query = lines.format(
                sql.SQL("array[{}]").format(sql.SQL(", ").join(
                    sql.SQL("{}::text").format(sql.Identifier(key)) for key in keys)),
                sql.SQL(", ").join(map(sql.Identifier, shown)), sql.Identifier(table),
                sql.Literal(self.person), more, names, sql.Literal(size),
            )  # fmt: skip
            async with self.store.transaction(self.person) as connection:
                rows = await (await connection.execute(query)).fetchall()
            if not rows:
                return
            after = rows[-1]["_keys"]
            yield [{k: v for k, v in row.items() if k not in ("_keys", "person")} for row in rows]
            if len(rows) < size:
                return

    async def _shown(self, table: str) -> list[str]:
        rows = await self.store.rows(
            self.person,
            "select attname as name from pg_attribute where attrelid = %s::regclass and attnum > 0"
            " and not attisdropped and atttypid <> 'bytea'::regtype order by attnum",
            table,
        )
        return [row["name"] for row in rows if row["name"] not in _SECRET]

    async def _read(self) -> AsyncGenerator[tuple[str, bytes]]:
        consents = await self.store.rows(self.person, "select purpose, allowed from consents")
        pages: Iterator[tuple[str, bytes]] = self.pages.all(self.counts, consents)
        while some := await asyncio.to_thread(_some, pages):
            for name, data in some.items():
                yield name, data

    async def _manifest(self) -> AsyncGenerator[tuple[str, bytes]]:
        await asyncio.to_thread(self._end)
        about = {
            "format": FORMAT, "version": VERSION, "by": f"musespark {version('musespark')}",
            "person": self.person, "made": self.made.isoformat(),
            "members": [{"name": name, "sha256": sum} | (
                {"count": self.counts[name]} if name in self.counts else {})
                for name, sum in self.sums.items()],
        }  # fmt: skip
        yield "manifest.json", msgspec.json.format(msgspec.json.encode(about))


def _some(pages: Iterator[tuple[str, bytes]]) -> dict[str, bytes]:
    """The next pieces of pages, about as much as is worth a thread's while."""
    found: dict[str, bytearray] = {}
    size = 0
    for name, data in pages:
        found.setdefault(name, bytearray()).extend(data)
        size += len(data)
        if size > _PIECE:
            break
    return {name: bytes(data) for name, data in found.items()}


_SAFE = {ord(sign): "_" for sign in _NAME}
_OF_RUN: dict[str, LiteralString] = {
    "messages": "select role, parts, brief, created from messages where run = %s order by id",
    "steps": "select path, kind, name, agent, input, output, usage, error, started, ended"
    " from steps where run = %s order by path",
    "events": "select first, last, body from events where run = %s order by first",
    "files": "select file from file_uses where run = %s order by file",
}


def place_of(file: Row) -> str:
    """Where the bytes of a kept file are in the zip."""
    name = file["name"].translate(_SAFE).strip(". ") or "file"
    if len(name) > 120:  # with its end, by which others know what it is
        name = name[:100] + name[-20:]
    return f"files/{file['id']}/{name}"


def _with_files(activity: Activity, files: dict[int, Row] | None) -> Activity:
    """The same, where each attachment that was brought along says where its file is in the zip."""
    thing = activity.object
    if not files or not isinstance(thing, dict) or not isinstance(thing.get("attachment"), list):
        return activity
    attached = [{**one, "file": place_of(files[n])} if n in files and isinstance(one, dict) else one
                for n, one in enumerate(thing["attachment"])]  # fmt: skip
    return structs.replace(activity, object={**thing, "attachment": attached})


def as_linked(activity: Activity) -> dict[str, Any]:
    """An activity as ActivityStreams 2.0 has it; `purposes` are ours."""
    found = {
        **activity.more,
        "id": activity.uri or f"urn:musespark:ledger:{activity.id}",
        "type": activity.type,
        "actor": activity.actor,
        "published": activity.published,
        "purposes": sorted(activity.purposes),
    }
    if activity.object is not None:
        found["object"] = activity.object
    if activity.target is not None:
        found["target"] = activity.target
    return found
