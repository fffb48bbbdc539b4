"""Kept files: a row of a person in the store, and bytes in the home that equal contents share."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import os
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, LiteralString

from musespark.media import UNKNOWN
from musespark.problem import Problem
from musespark.store import Row, Store
from musespark.turn import new_id

FOLDER = "files"  # in the home
SEEN = "seen"  # what was read in them (see looking)
ATTACHED = "attached"  # the purpose of what goes when the last run goes that it was attached to
IMPORTED = "imported"  # that of what goes with the last activity that it belongs to (see album)
_PIECE = 1_000_000  # bytes written at once
_STALE = 3_600.0  # seconds in which nothing was written to a draft: nobody writes it any more
_NEWEST: LiteralString = """
    select * from files where (%(purpose)s = '' or purpose = %(purpose)s)
        and (%(after)s = '' or (created, id) < (select created, id from files where id = %(after)s))
    order by created desc, id desc limit %(limit)s
"""
_OLDEST: LiteralString = """
    select * from files where (%(purpose)s = '' or purpose = %(purpose)s)
        and (%(after)s = '' or (created, id) > (select created, id from files where id = %(after)s))
    order by created, id limit %(limit)s
"""


class Draft:
    """The bytes of a file while they come: counted, hashed and on disk, never whole in memory. As
    long as it is not kept, it is gone when it is left."""

    def __init__(self, folder: Path, largest: int) -> None:
        self.folder, self.largest = folder, largest
        self.size = 0
        self._sum = hashlib.sha256()
        self._waiting = bytearray()
        self._number, self._made = -1, ""

    async def __aenter__(self) -> Draft:
        await asyncio.to_thread(self._open)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._close()
        with contextlib.suppress(OSError):
            os.unlink(self._made)

    def _open(self) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._number, self._made = tempfile.mkstemp(dir=self.folder, prefix=".")  # mode 0600
        except OSError as error:
            raise _unkept(error) from None

    def _close(self) -> None:
        if self._number >= 0:
            os.close(self._number)
            self._number = -1

    async def write(self, piece: bytes) -> None:
        """Take the next bytes. Raises Problem for too many, or when the disk is full."""
        self.size += len(piece)
        if self.size > self.largest:
            raise too_large(self.largest)
        self._waiting += piece
        if len(self._waiting) >= _PIECE:
            await self.flush()

    async def flush(self) -> None:
        """Bring to disk what was taken so far."""
        await asyncio.to_thread(self._write)

    def _write(self) -> None:
        data = bytes(self._waiting)
        self._waiting.clear()
        self._sum.update(data)
        try:
            while data:
                data = data[os.write(self._number, data) :]
        except OSError as error:
            raise _unkept(error) from None

    @property
    def path(self) -> Path:
        return Path(self._made)

    @property
    def sha256(self) -> str:
        return self._sum.hexdigest()


class Files:
    """The kept files of a store, each person's own, with their bytes below `home`."""

    def __init__(self, store: Store, home: Path, largest: int) -> None:
        self.store, self.folder, self.largest = store, home / FOLDER, largest

    def draft(self) -> Draft:
        """A file that is about to come."""
        return Draft(self.folder, self.largest)

    def path(self, row: Row) -> Path:
        """Where the bytes of a file are. Raises Problem where they are not here."""
        path = self._place(row["sha256"])
        if not path.is_file():
            raise Problem(
                "file_elsewhere", f"The bytes of {row['name']} are not on this machine.",
                why="They were deleted by hand, or another server with a home of its own has them.",
                next="Upload it again. Servers of one database need one folder of files.",
                status=404,
            )  # fmt: skip
        return path

    def _place(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256

    async def keep(
        self, person: str, body: bytes | Path, name: str, media: str, purpose: str = ATTACHED
    ) -> str:
        """Keep bytes, or a copy of a file, and return the id. What is attached again is kept once.
        Raises Problem."""
        async with self.draft() as draft:
            if isinstance(body, bytes):
                await draft.write(body)
            else:
                with body.open("rb") as file:
                    while piece := await asyncio.to_thread(file.read, _PIECE):
                        await draft.write(piece)
            return str((await self.add(person, draft, name, media, purpose))["id"])

    async def add(
        self, person: str, draft: Draft, name: str, media: str, purpose: str, *, id: str = ""
    ) -> Row:
        """Keep a draft that has come whole, under that `id` where it had one before. Raises
        Problem; nothing is left then."""
        await draft.flush()
        sha, size = draft.sha256, draft.size
        async with self.store.transaction(person) as connection:
            await connection.execute("select hold_file(%s)", (sha,))
            if purpose == ATTACHED:
                cursor = await connection.execute(
                    "update files set created = now() where sha256 = %s and purpose = %s"
                    " and name = %s and media = %s returning *",
                    (sha, purpose, name, media),
                )
                if (row := await cursor.fetchone()) and self._place(sha).is_file():
                    return row
            await asyncio.to_thread(self._move, draft, sha)
            cursor = await connection.execute(
                "insert into files (id, person, name, media, bytes, sha256, purpose)"
                " values (%s, %s, %s, %s, %s, %s, %s) returning *",
                (
                    id or new_id("file").replace("_", "-", 1),
                    person,
                    name,
                    media,
                    size,
                    sha,
                    purpose,
                ),
            )
            row = await cursor.fetchone()
            assert row is not None
            return row

    def _move(self, draft: Draft, sha: str) -> None:
        place = self._place(sha)
        try:
            if place.is_file() and place.stat().st_size == draft.size:
                return
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.replace(draft.path, place)
        except OSError as error:
            raise _unkept(error) from None

    async def listed(
        self, person: str, *, purpose: str = "", limit: int = 100, after: str = "",
        newest: bool = True,
    ) -> tuple[list[Row], bool]:  # fmt: skip
        """The files of a person, and whether there are more; `after` is the last that one has."""
        rows = await self.store.rows(
            person,
            _NEWEST if newest else _OLDEST,
            purpose=purpose,
            after=after,
            limit=limit + 1,
        )
        return rows[:limit], len(rows) > limit

    async def row(self, person: str, id: str) -> Row:
        """A file's row. Raises Problem `unknown_file`."""
        rows = await self.store.rows(person, "select * from files where id = %s", id)
        if not rows:
            raise Problem(
                "unknown_file", f"There is no file {id[:100]!r} of yours.", status=404,
                next="GET /v1/files lists them; POST /v1/files uploads one.",
            )  # fmt: skip
        return rows[0]

    async def delete(self, person: str, id: str) -> None:
        """Delete a file; its bytes go with the last that has the same. Raises Problem."""
        rows = await self.store.rows(person, "delete from files where id = %s returning id", id)
        if not rows:
            await self.row(person, id)
        await self.sweep()

    async def used(self, person: str, run: str, ids: set[str]) -> None:
        """Say that these files are attached to a run's question."""
        await self.store.rows(
            person,
            "insert into file_uses (run, file, person) select %s, id, %s from files"
            " where id = any(%s) on conflict do nothing",
            run,
            person,
            sorted(ids),
        )

    async def sweep(self) -> list[str]:
        """Remove the bytes that no file has any more, and what was read in them; returns the sums
        of up to a thousand contents that went."""
        await asyncio.to_thread(self._tidy)
        swept = []
        gone = await self.store.system("select sha256 from gone_files()")
        for row in gone:
            async with self.store.transaction("") as connection:
                cursor = await connection.execute(
                    "select forget_file(%s) as unused", (row["sha256"],)
                )
                found = await cursor.fetchone()
                if found and found["unused"]:
                    swept.append(row["sha256"])
                    await asyncio.to_thread(self._remove, row["sha256"])
        return swept

    def _tidy(self) -> None:
        """Remove drafts that a killed process left."""
        with contextlib.suppress(OSError):
            for path in self.folder.glob(".*"):
                with contextlib.suppress(OSError):
                    if path.is_file() and path.stat().st_mtime < time.time() - _STALE:
                        path.unlink()

    def _remove(self, sha256: str) -> None:
        with contextlib.suppress(OSError):  # first: who is still reading it looks for it in the end
            self._place(sha256).unlink()
        for path in (self.folder.parent / SEEN / sha256[:2]).glob(f"{sha256}-*"):
            with contextlib.suppress(OSError):
                path.unlink()


def too_large(largest: int, name: str = "The file") -> Problem:
    return Problem(
        "file_too_large", f"{name} is too large.", status=413,
        why=f"It has more than {largest / 1e6:g} MB.",
        next="Send the part that matters, or raise MUSESPARK_FILE_BYTES.",
    )  # fmt: skip


def _unkept(error: OSError) -> Problem:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return Problem(
            "disk_full", "The file could not be kept: the disk is full.", status=507,
            why="Nothing of it was left behind.", next="Free some space, then send it again.",
        )  # fmt: skip
    return Problem(
        "not_kept", "The file could not be kept.", status=500,
        why=f"{error.strerror or error}.", next="Look at the folder files in MUSESPARK_HOME.",
    )  # fmt: skip


def shown(row: Row) -> dict[str, Any]:
    """A file as OpenAI's Files say it, with its media type."""
    return {
        "id": row["id"],
        "object": "file",
        "bytes": row["bytes"],
        "created_at": int(row["created"].timestamp()),
        "filename": row["name"],
        "purpose": row["purpose"],
        "status": "processed",
        "media": row["media"] or UNKNOWN,
    }
