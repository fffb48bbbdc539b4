"""Importing: an archive becomes activities, a batch at a time; it can be stopped and taken up.

Where it stands is a row of the table `imports`. Everything has a uri that the same archive always
gives again, so whatever comes twice is there once: a second import, two at once, or the batch that
a killed process had appended but not yet counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from msgspec import Struct, structs, to_builtins

from musespark import audit, ledger, purposes, unpacking
from musespark.activity import PURPOSES, Activity
from musespark.files import Draft, Files
from musespark.importer import ME
from musespark.problem import AWAY, Problem
from musespark.restoring import LEDGER, ROOM, Restoring, numbers
from musespark.store import Row, Store, as_json
from musespark.turn import new_id

FOLDER = "imports"  # in the home: what was uploaded, as long as it is read
_AT_ONCE = 2
_OLD = 600  # seconds after which an upload without a row is nobody's
_WHYS = 200  # different reasons in a report
_FIELDS = ("id", "state", "name", "formats", "counts", "report", "error", "position", "size",
           "read", "created", "updated", "ended")  # fmt: skip


class Options(Struct, frozen=True):
    """How an archive is imported: as which `formats` (none: whatever fits), for which `purposes`
    (None: all that are allowed), what the person is called in it and their time zone; whether its
    pictures, sound, video and documents come along."""

    formats: tuple[str, ...] = ()
    purposes: tuple[str, ...] | None = None
    me: str = ""
    zone: str = "UTC"
    media: bool = True


Progress = Callable[[Row], Awaitable[None] | None]


class Imports:
    """The imports of a store, each person's own. `executor` is this process's, which takes turns
    with others by it; `room` is how many bytes the files that a person imports may have together.
    """

    def __init__(
        self, store: Store, files: Files, home: Path, executor: str, room: int = ROOM
    ) -> None:
        self.store, self.files, self.executor, self.room = store, files, executor, room
        self.folder = home / FOLDER
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._tasks: dict[str, asyncio.Task[Row]] = {}
        self.ended: Callable[[str], None] | None = None  # told whose import has ended

    def draft(self, largest: int) -> Draft:
        """An archive that is about to come."""
        return Draft(self.folder, largest)

    async def allowed(self, person: str, options: Options) -> frozenset[str]:
        """What it will be used for. Raises Problem for a purpose that there is not or that the
        person does not allow, and where they allow nothing and did not say that they know."""
        said = await purposes.of(self.store, person)
        allows = frozenset(row["purpose"] for row in said if row["allowed"])
        if options.purposes is None:
            if allows:
                return allows
            raise Problem(
                "nothing_allowed", "Nothing of it would be remembered or used.",
                why="You allow no purpose yet, and what is imported counts only for what you allow "
                "at that moment.", status=409,
                next="Allow memory first, or import it for no purpose: it is kept for you alone, "
                "to look at and to export.",
            )  # fmt: skip
        wanted = frozenset(options.purposes)
        if unknown := sorted(wanted - PURPOSES):
            raise Problem(
                "unknown_purpose", f"There is no purpose called {unknown[0][:80]!r}.",
                next=f"The purposes are: {', '.join(sorted(PURPOSES))}.",
            )  # fmt: skip
        if missing := sorted(wanted - allows):
            raise Problem(
                "purpose_not_allowed", f"You do not allow {' and '.join(missing)}.", status=409,
                why="What is imported can be used only for what you allow.",
                next=f"Allow {missing[0]}, or import it without.",
            )  # fmt: skip
        return wanted

    async def begin(
        self, person: str, source: Path, name: str, options: Options, *, spool: bool = False
    ) -> Row:
        """A new import, waiting for its turn. Raises Problem where nothing may be kept of it."""
        chosen = await self.allowed(person, options)
        options = structs.replace(options, purposes=tuple(sorted(chosen)))
        id = new_id("import")
        if spool:
            place = self.folder / id
            await asyncio.to_thread(os.replace, source, place)
            source = place
        rows = await self.store.rows(
            person,
            """
            insert into imports (id, person, state, executor, name, source, spool, options)
            values (%s, %s, 'waiting', %s, %s, %s, %s, %s::jsonb) returning *
            """,
            id, person, self.executor, name[:300], _placed(source), spool,
            as_json(to_builtins(options)),
        )  # fmt: skip
        return rows[0]

    async def unfinished(self, person: str, source: Path) -> Row | None:
        """An import of the same file or folder that was broken off; it is this process's now."""
        rows = await self.store.rows(
            person,
            """
            select * from imports where person = current_setting('musespark.person')
                and source = %s and state in ('waiting', 'running') order by created desc limit 1
            """,
            _placed(source),
        )
        if not rows or not await self.store.is_dead(rows[0]["executor"]):
            return None
        return await self._adopt(person, rows[0]["id"], rows[0]["executor"])

    async def _adopt(self, person: str, id: str, before: str) -> Row | None:
        rows = await self.store.rows(
            person,
            "update imports set executor = %s, updated = clock_timestamp() where id = %s"
            " and executor = %s and state in ('waiting', 'running') returning *",
            self.executor, id, before,
        )  # fmt: skip
        return rows[0] if rows else None

    def start(self, person: str, id: str) -> None:
        """Let an import go on beside everything else."""
        if id not in self._tasks:
            task = asyncio.create_task(self.run(person, id))
            self._tasks[id] = task
            task.add_done_callback(lambda done: self._ended(id, done))

    def _ended(self, id: str, task: asyncio.Task[Row]) -> None:
        self._tasks.pop(id, None)
        if not task.cancelled():
            task.exception()  # it is in the row

    async def run(self, person: str, id: str, progress: Progress | None = None) -> Row:
        """Import until the end; returns the row. What goes wrong stands in it and is raised."""
        async with self._places:
            rows = await self.store.rows(
                person,
                "update imports set state = 'running', updated = clock_timestamp() where id = %s"
                " and executor = %s and state in ('waiting', 'running') returning *",
                id, self.executor,
            )  # fmt: skip
            if not rows:
                return await self.row(person, id)
            row, work = rows[0], _Work(self, rows[0], progress)
            try:
                await work.all()
            except Problem as problem:
                if problem.code in AWAY:  # it is taken up again
                    raise
                await self._fail(person, row, problem)
                raise
            except Exception:
                await self._fail(person, row, _ours())
                raise
            finally:
                await self._tidy(person, row)
            return await self.row(person, id)

    async def _fail(self, person: str, row: Row, problem: Problem) -> None:
        error = {"code": problem.code, "message": problem.text}
        with contextlib.suppress(Problem):
            await self.store.rows(
                person,
                "update imports set state = 'failed', error = %s::jsonb, ended = clock_timestamp(),"
                " updated = clock_timestamp() where id = %s and state = 'running'",
                as_json(error), row["id"],
            )  # fmt: skip

    async def _tidy(self, person: str, row: Row) -> None:
        """Remove what was uploaded once nobody reads it any more."""
        if not row["spool"]:
            return
        with contextlib.suppress(Problem):
            rows = await self.store.rows(
                person, "select state from imports where id = %s", row["id"]
            )
            if not rows or rows[0]["state"] not in ("waiting", "running"):
                _remove(row["source"])

    async def listed(
        self, person: str, limit: int = 50, before: str = ""
    ) -> tuple[list[Row], bool]:
        """Imports, the newest first, and whether there are more."""
        rows = await self.store.rows(
            person,
            """
            select * from imports where person = current_setting('musespark.person')
                and (%s = '' or (created, id) < (select created, id from imports where id = %s))
            order by created desc, id desc limit %s
            """,
            before, before, limit + 1,
        )  # fmt: skip
        return rows[:limit], len(rows) > limit

    async def row(self, person: str, id: str) -> Row:
        """An import. Raises Problem `unknown_import`."""
        rows = await self.store.rows(person, "select * from imports where id = %s", id)
        if not rows:
            raise Problem(
                "unknown_import", f"There is no import {id[:100]!r} of yours.", status=404,
                next="GET /v1/me/imports lists them.",
            )  # fmt: skip
        return rows[0]

    async def cancel(self, person: str, id: str) -> Row:
        """Stop an import, in whichever process it is; what it brought stays. Raises Problem."""
        await self.store.rows(
            person,
            "update imports set state = 'cancelled', ended = clock_timestamp(),"
            " updated = clock_timestamp() where id = %s and state in ('waiting', 'running')",
            id,
        )
        row = await self.row(person, id)
        if task := self._tasks.get(id):
            task.cancel()
            await asyncio.wait({task}, timeout=5)
        await self._tidy(person, row)
        return row

    async def recover(self) -> list[str]:
        """Take up what dead processes left, and remove uploads that belong to nothing any more."""
        found = []
        for left in await self.store.system("select * from unfinished_imports()"):
            if left["executor"] == self.executor or not await self.store.is_dead(left["executor"]):
                continue
            if row := await self._adopt(left["person"], left["id"], left["executor"]):
                self.start(row["person"], row["id"])
                found.append(row["id"])
        await self.sweep()
        return found

    async def sweep(self) -> None:
        """Remove uploads without an import that is under way."""
        names = await asyncio.to_thread(self._uploads)
        if names:
            rows = await self.store.system("select known_imports(%s) as id", names)
            known = {row["id"] for row in rows}
            for name in set(names) - known:
                _remove(str(self.folder / name))

    def _uploads(self) -> list[str]:
        if not self.folder.is_dir():
            return []
        old = time.time() - _OLD
        return [each.name for each in self.folder.iterdir() if each.stat().st_mtime < old]

    async def forget(self, person: str) -> None:
        """Stop a person's imports here and remove what they uploaded: they are being forgotten."""
        rows = await self.store.rows(
            person,
            "select id, source, spool from imports"
            " where person = current_setting('musespark.person')",
        )
        for row in rows:
            if task := self._tasks.get(row["id"]):
                task.cancel()
                await asyncio.wait({task}, timeout=5)
            if row["spool"]:
                _remove(row["source"])

    async def close(self) -> None:
        """Stop working; what is under way goes on at the next start."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=5)


class _Work:
    """One import while it is read."""

    def __init__(self, imports: Imports, row: Row, progress: Progress | None) -> None:
        self.store, self.executor = imports.store, imports.executor
        self.ended = imports.ended
        self.row, self.progress = row, progress
        self.person: str = row["person"]
        self.counts: dict[str, int] = dict(row["counts"])
        self.types: dict[str, int] = dict(row["report"].get("types", {}))
        self.skipped: dict[str, dict[str, Any]] = dict(row["report"].get("skipped", {}))
        self.enclosed: dict[str, int] = dict(row["report"].get("media", {}))
        self.purposes = frozenset(row["options"]["purposes"])
        self.restoring = Restoring(imports.store, imports.files, self.person, imports.room)

    async def all(self) -> None:
        row, options = self.row, self.row["options"]
        plan = unpacking.Plan(
            row["source"], row["name"], tuple(options["formats"]), row["position"], options["me"],
            options["zone"], "read" if options.get("media", True) else "",
        )  # fmt: skip
        frames = unpacking.read(plan)
        async with contextlib.aclosing(self.restoring), contextlib.aclosing(frames):
            async for frame in frames:
                if isinstance(frame, unpacking.Head):
                    going = await self._head(frame)
                else:
                    await self._batch(frame)
                    going = await self._note(frame)
                if not going:
                    return
                if self.progress is not None:
                    told = self.progress(self.row)
                    if told is not None:
                        await told
        await self._end()

    async def _head(self, head: unpacking.Head) -> bool:
        """Whether it goes on. Raises Problem for one that was changed since it was broken off."""
        self.enclosed = {"count": head.media, "bytes": head.media_size}
        rows = await self.store.rows(
            self.person,
            """
            update imports set formats = %(formats)s, mark = %(mark)s, size = %(size)s,
                report = %(report)s::jsonb, updated = clock_timestamp()
            where id = %(id)s and state = 'running' and executor = %(executor)s returning *
            """,
            formats=list(head.formats), mark=head.mark, size=head.size, id=self.row["id"],
            report=self._report(), executor=self.executor,
        )  # fmt: skip
        if not rows:
            return False
        if self.row["mark"] not in ("", head.mark):
            raise Problem(
                "archive_changed", "The archive is not the one that was begun.", status=409,
                why="Its files have other names or sizes.", next="Import it again.",
            )  # fmt: skip
        self.row = rows[0]
        return True

    async def _batch(self, batch: unpacking.Batch) -> None:
        made = [self._own(activity) for activity in await self._unknown(batch.activities)]
        for kept in await ledger.write(self.store, self.person, made):
            self._count({"new": "new", "kept": "known"}.get(kept.state, kept.state))
        for activity in batch.activities:
            self.types[activity.type] = self.types.get(activity.type, 0) + 1
        for kind, count in (await self.restoring.keep(batch.kept)).items():
            self._count(kind, count)
        left, self.restoring.left = self.restoring.left, []
        for one in left:
            self._skip(one.why, 1, [one.example])
        for why, (times, examples) in batch.skipped.items():
            self._skip(why, times, examples)

    def _skip(self, why: str, times: int, examples: list[str]) -> None:
        known = why in self.skipped or len(self.skipped) < _WHYS
        entry = self.skipped.setdefault(
            why if known else "other reasons", {"count": 0, "examples": []}
        )
        entry["count"] += times
        entry["examples"] = [*entry["examples"], *examples][:3]
        self._count("skipped", times)

    def _count(self, name: str, by: int = 1) -> None:
        self.counts[name] = self.counts.get(name, 0) + by

    async def _unknown(self, given: list[Activity]) -> list[Activity]:
        """Without those of our own export that have no id but their place in this very ledger."""
        places = numbers([activity.uri or "" for activity in given])
        if not places:
            return given
        rows = await self.store.rows(
            self.person,
            "select id, type, published from activities where id = any(%s) and uri is null"
            " and person = current_setting('musespark.person')",
            places,
        )
        there = {(f"{LEDGER}{row['id']}", row["type"], row["published"]) for row in rows}
        left = [a for a in given if (a.uri, a.type, a.published) not in there]
        if len(left) < len(given):
            self._count("known", len(given) - len(left))
        return left

    def _own(self, activity: Activity) -> Activity:
        """For what it may be used, and who said it: the person, where the archive names nobody."""
        thing = activity.object
        if isinstance(thing, dict) and thing.get("attributedTo") == ME:
            thing = {**thing, "attributedTo": self.person}
        own = activity.type == "Create" and not activity.actor
        if own and isinstance(thing, dict) and self.row["formats"] != ["musespark"]:
            thing = {"attributedTo": self.person, **thing}
        return structs.replace(
            activity, object=thing, purposes=activity.purposes & self.purposes,
        )  # fmt: skip

    async def _note(self, batch: unpacking.Batch) -> bool:
        """Write down how far it is. False where it was cancelled, forgotten or taken over."""
        rows = await self.store.rows(
            self.person,
            """
            update imports set position = %(position)s, read = %(read)s, counts = %(counts)s::jsonb,
                report = %(report)s::jsonb, updated = clock_timestamp()
            where id = %(id)s and state = 'running' and executor = %(executor)s returning *
            """,
            position=batch.position, read=batch.read, counts=as_json(self.counts),
            report=self._report(), id=self.row["id"], executor=self.executor,
        )  # fmt: skip
        if rows:
            self.row = rows[0]
        return bool(rows)

    def _report(self) -> str:
        said = {"types": self.types, "skipped": self.skipped, "media": self.enclosed}
        return as_json(said)

    async def _end(self) -> None:
        rows = await self.store.rows(
            self.person,
            "update imports set state = 'done', ended = clock_timestamp(), read = size,"
            " updated = clock_timestamp() where id = %s and state = 'running' and executor = %s"
            " returning id",
            self.row["id"], self.executor,
        )  # fmt: skip
        if rows:
            detail = {"formats": self.row["formats"], "new": self.counts.get("new", 0),
                      "called": self.row["name"]}  # fmt: skip
            await audit.note(self.store, self.person, "imported", actor=self.person,
                             about=self.row["id"], detail=detail)  # fmt: skip
            if self.ended is not None:
                self.ended(self.person)


def _ours() -> Problem:
    return Problem(
        "internal_error", "The import stumbled over a mistake of ours.", status=500,
        next="What came before is kept. Please report it.",
    )  # fmt: skip


def _placed(source: Path) -> str:
    return os.path.abspath(source)


def _remove(path: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)


def shown(row: Row) -> dict[str, Any]:
    """An import as a client sees it."""
    return {"object": "import", **{name: row[name] for name in _FIELDS},
            "purposes": row["options"]["purposes"],
            "media": row["options"].get("media", True)}  # fmt: skip
