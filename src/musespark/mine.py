"""The memory of one person, bound to them: all that a turn may do with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from musespark import audit
from musespark.memo import Memory, note, uris
from musespark.memory import Listed, Memories
from musespark.person import Person
from musespark.wishes import asks

_FEW = 6  # runs back, in which a list that was shown is still the one that is meant


class Mine:
    """The memory of one person, bound to them: all that a turn may do with it."""

    __slots__ = ("memories", "person")

    def __init__(self, memories: Memories, person: Person) -> None:
        self.memories, self.person = memories, person

    @property
    def allowed(self) -> bool:
        """Whether the person allows that it is used."""
        return "memory" in self.person.purposes

    async def recall(
        self,
        question: str,
        slot: str | None = None,
        *,
        now: datetime,
        tokens: int = 600,
        most: int = 12,
    ) -> list[Memory]:
        return await self.memories.recall(
            self.person.id, question, now=now, language=self.person.language, tokens=tokens,
            most=most, slot=slot,
        )  # fmt: skip

    async def these(self, ids: Sequence[int]) -> list[Memory]:
        return await self.memories.these(self.person.id, ids)

    async def newest(self, most: int) -> list[Memory]:
        """What the person said last that is no question, and what they pinned first."""
        pinned = await self.these(await self.memories.pinned(self.person.id))
        found, _ = await self.memories.listed(self.person.id, Listed(mine=True, limit=4 * most))
        own = [one for one in found if not asks(one.text) and not one.pinned]
        return [*pinned, *own][:most]

    async def count(self) -> int:
        return await self.memories.count(self.person.id)

    async def note(self, words: str, run: str, conversation: str, at: datetime) -> list[int]:
        """Remember these words, which the person asked to be remembered. The run itself may not be
        in the store yet, and whoever erases it stops it first: nobody looks for it here."""
        said = note(self.person.id, words, f"{run}:note", conversation, at)
        return await self.memories.keep(self.person.id, [said])

    async def forget(self, ids: Iterable[int]) -> list[int]:
        return await self.memories.forget(self.person.id, ids)

    async def before(
        self, conversation: str, run: str, *, listed: bool = False
    ) -> tuple[str, list[dict[str, Any]]]:
        """The run before this one in a conversation, and which memories it told of; with `listed`
        the newest of the last few that told of any."""
        rows = await self.memories.store.rows(
            self.person.id,
            """
            select id, beside -> 'memory' as memory from runs
            where conversation = %s and id <> %s order by started desc, id desc limit %s
            """,
            conversation,
            run,
            _FEW if listed else 1,
        )
        rows = [row for row in rows if row["memory"]] if listed else rows
        return (rows[0]["id"], rows[0]["memory"] or []) if rows else ("", [])

    async def said_in(self, run: str) -> list[Memory]:
        """What is remembered of one run: the question and the answer."""
        rows = await self.memories.store.rows(
            self.person.id,
            "select id from activities where uri = any(%s) and undone is null"
            " and person = current_setting('musespark.person') order by id",
            uris(run),
        )
        return await self.these([row["id"] for row in rows])

    async def used(self, found: Sequence[Memory], run: str) -> None:
        """Write down that memories were used for an answer."""
        await audit.note(
            self.memories.store, self.person.id, "memory_used", actor=self.person.id, about=run,
            detail={"count": len(found)},
        )  # fmt: skip
