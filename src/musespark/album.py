"""The album: which kept files belong to which activities, by their number among what is attached.

An import brings them along. They are not in an activity's own words, so that the same archive gives
the same activity whether its pictures came with it or later; whoever shows one adds them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg.errors import UniqueViolation

from musespark.files import IMPORTED, Draft, Files
from musespark.store import Row, Store

Album = dict[int, dict[int, Row]]  # activity → place → file


async def of(store: Store, person: str, ids: Sequence[int]) -> Album:
    """The files of these activities."""
    if not ids:
        return {}
    rows = await store.rows(
        person,
        "select a.activity, a.place, f.id, f.name, f.media, f.bytes from activity_files a"
        " join files f on f.id = a.file where a.activity = any(%s) order by a.activity, a.place",
        list(ids),
    )
    found: Album = {}
    for row in rows:
        found.setdefault(row["activity"], {})[row["place"]] = row
    return found


async def belong(store: Store, person: str, uri: str, place: int, file: str) -> str:
    """Say that a file belongs to an activity: "new", "known" where that place has one already, or
    "" where there is no such activity (any more)."""
    rows = await store.rows(
        person,
        """
        with mine as materialized (
            select id from activities where person = current_setting('musespark.person')
                and uri = %(uri)s and body #>> '{object,type}' is distinct from 'Tombstone'
            for share
        ), made as (
            insert into activity_files (person, activity, place, file)
            select current_setting('musespark.person'), id, %(place)s, %(file)s from mine
            on conflict (activity, place) do nothing returning 1
        )
        select exists (select from made) as made from mine
        """,
        uri=uri, place=place, file=file,
    )  # fmt: skip
    return "" if not rows else "new" if rows[0]["made"] else "known"


async def held(files: Files, person: str, draft: Draft) -> str:
    """The id of the imported file that has these bytes, "" where there is none."""
    await draft.flush()
    rows = await files.store.rows(
        person,
        "select id from files where sha256 = %s and purpose = %s"
        " and person = current_setting('musespark.person')",
        draft.sha256, IMPORTED,
    )  # fmt: skip
    return str(rows[0]["id"]) if rows else ""


async def keep(files: Files, person: str, draft: Draft, name: str, media: str) -> str:
    """Keep a draft as an imported file, whoever else does the same at this moment; its id."""
    try:
        return str((await files.add(person, draft, name, media, IMPORTED))["id"])
    except UniqueViolation:
        return await held(files, person, draft)


async def taken(store: Store, person: str) -> int:
    """How many bytes the imported files of a person have."""
    rows = await store.rows(
        person,
        "select coalesce(sum(bytes), 0)::bigint as bytes from files where purpose = %s"
        " and person = current_setting('musespark.person')",
        IMPORTED,
    )
    return int(rows[0]["bytes"])


def shown(thing: Any, files: dict[int, Row]) -> Any:
    """The object of an activity with its files: each attachment that has one says which, and where
    its bytes are."""
    if not isinstance(thing, dict) or not files:
        return thing
    given = thing.get("attachment")
    attached = given if isinstance(given, list) else [given]
    return {**thing, "attachment": [
        {**each, "file": files[n]["id"], "mediaType": files[n]["media"],
         "url": f"/v1/files/{files[n]['id']}/content"}
        if n in files and isinstance(each, dict) else each
        for n, each in enumerate(attached)
    ]}  # fmt: skip


def told(files: Iterable[Row]) -> list[dict[str, Any]]:
    """Files as a list for a client."""
    return [{"id": row["id"], "name": row["name"], "media": row["media"], "bytes": row["bytes"],
             "url": f"/v1/files/{row['id']}/content"} for row in files]  # fmt: skip
