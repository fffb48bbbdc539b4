"""What is remembered of people: recollections folded from the ledger, kept in pieces, asked here.

A fold that can be thrown away: the ledger is the truth. Whoever deletes or changes an activity
takes the pieces that cover it along in the same transaction (migration 0011); what a process holds
in memory is compared with the ledger before each answer.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import count, pairwise
from typing import TypeVar

import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray

from musespark import ledger
from musespark.embedding import Embedder
from musespark.problem import Problem
from musespark.recollection import Embed, Hit, Kin, Recollection
from musespark.recollection_rows import read, unpack
from musespark.said import Said, said
from musespark.store import Store

_PIECE = 4_096  # rows of a piece
_LOOSE = 256  # rows at the end that are in no piece
_PAGE = 1_000  # activities read at once
_INLINE = 2_000  # rows up to which work is done without a thread
_ROOM = 256 << 20  # bytes of recollections in memory
_CHANGED = 1_000_000  # a step of the generation by which words were changed

T = TypeVar("T")
log = logging.getLogger(__name__)


class _Held(Struct):
    """A person's recollection in this process: every row up to `reached`, without what the ledger
    lost up to the removal `removed`, and without what was withdrawn up to the id `withdrawn`.
    `pieces` are the first and last ids of what is kept."""

    recollection: Recollection
    generation: int | None = None
    reached: int = 0
    removed: int = 0
    withdrawn: int = 0
    pieces: list[tuple[int, int]] = field(default_factory=list)
    asked: int = 0  # the turn at which the ledger was asked last
    looked: tuple[int, ...] = ()  # what `_keep` saw when nothing was to be kept


class _State(Struct):
    """How a person's ledger stands: the generation of the pieces, the last activity, the last
    removal, and up to where nothing may be remembered any more."""

    generation: int | None
    last: int
    removed: int
    withdrawn: int


class Remembered:
    """Recollections of all people; those asked last stay in memory, `room` bytes of them."""

    def __init__(self, store: Store, embed: Embed | None = None, *, room: int = _ROOM) -> None:
        self.store = store
        embedder = Embedder()
        self.embed = embed or embedder.vectors
        self.kin = Kin(embedder) if embed is None else None
        self.tokens = self.kin.tokens if self.kin is not None else None
        self.room = room
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._locks: dict[str, asyncio.Lock] = {}
        self._sizes: dict[str, int] = {}  # bytes of each in memory, and of all
        self._total = 0
        self._did: set[str] = set()
        self._turns = count(1)  # in which order questions came and the ledger was asked

    async def recall(
        self,
        person: str,
        question: str,
        *,
        now: datetime | None = None,
        language: str = "en",
        most: int = 50,
    ) -> list[Hit]:
        """What a person allowed to be remembered that answers a question best, best first. Fresh:
        what was committed to the ledger before the call counts, what was deleted does not."""
        came = next(self._turns)
        lock = self._locks.setdefault(person, asyncio.Lock())
        async with lock:
            try:
                held = await self._fresh(person, came)
                recollection = held.recollection
                return await _work(
                    self._rows("answer", len(recollection)),
                    lambda: recollection.recall(question, now=now, language=language, most=most),
                )
            finally:
                self._weigh(person)
                self._shrink()

    async def follow(self, person: str) -> None:
        """Take in what came since, so that the next question need not wait for it: after an import,
        for instance."""
        came = next(self._turns)
        lock = self._locks.setdefault(person, asyncio.Lock())
        async with lock:
            try:
                await self._fresh(person, came)
            finally:
                self._weigh(person)
                self._shrink()

    async def forget(self, person: str, ids: Iterable[int] | None = None) -> None:
        """Take turns out of the index, all of them where no ids are given: out of memory at once,
        and out of the pieces that hold them. The ledger itself is left as it is, so that what still
        stands there comes back."""
        async with self._locks.setdefault(person, asyncio.Lock()):
            if ids is None:
                self.drop(person)
                await self.store.rows(person, "delete from recollections")
                await self.store.rows(person, "delete from recollecting")
                return
            gone = sorted(set(ids))
            await self.store.rows(
                person,
                """
                with next as (update recollecting set generation = generation + 1
                              returning generation)
                delete from recollections where exists (select from next)
                and exists (select from unnest(%s::bigint[]) id where id between first and last)
                """,
                gone,
            )
            held = self._held.get(person)
            if held is not None:
                await _work(len(held.recollection), lambda: held.recollection.remove(gone))

    @property
    def held(self) -> list[str]:
        """The people whose recollections are in this process."""
        return list(self._held)

    def drop(self, person: str) -> None:
        """Let go of what this process holds of a person."""
        self._held.pop(person, None)
        self._weigh(person)

    def _rows(self, what: str, rows: int) -> int:
        """How much work it is, in rows; the first of a kind reads vectors and names of months."""
        first = what not in self._did
        self._did.add(what)
        return _INLINE + 1 if first else rows

    def _weigh(self, person: str) -> None:
        held = self._held.get(person)
        self._total -= self._sizes.pop(person, 0)
        if held is not None:
            self._sizes[person] = held.recollection.size
            self._total += self._sizes[person]

    def _shrink(self) -> None:
        """Let go of those asked longest ago while there is too much."""
        while self._total > self.room and len(self._held) > 1:
            other, _ = self._held.popitem(last=False)
            self._weigh(other)
            if not self._locks[other].locked():
                del self._locks[other]

    # -- in step with the ledger ------------------------------------------------------------------

    async def _fresh(self, person: str, came: int) -> _Held:
        """The recollection of this moment; of those who came before the ledger was asked, one asks
        for all."""
        held = self._held.get(person)
        if held is not None and held.asked > came:
            self._held.move_to_end(person)
            return held
        asked = next(self._turns)
        state = await self._state(person)
        if held is not None and held.generation != state.generation and not _only_less(held, state):
            held = None
        if held is None:
            held = await self._opened(person, state)
            state.generation = held.generation
        self._held[person] = held
        self._held.move_to_end(person)
        try:
            await self._keep_up(person, held, state)
        except BaseException:  # broken off half-way: nobody knows what it holds
            self._held.pop(person, None)
            raise
        held.asked = asked
        return held

    async def _keep_up(self, person: str, held: _Held, state: _State) -> None:
        """Bring what this process holds to how the ledger stands."""
        if held.removed < state.removed or held.generation != state.generation:
            await self._lose(person, held, state)
        if held.withdrawn != state.withdrawn:
            await self._without(held, held.recollection.columns["id"].all <= state.withdrawn)
            held.withdrawn = state.withdrawn
        if held.reached < state.last:
            await self._follow(person, held)
        await self._keep(person, held)

    async def _state(self, person: str) -> _State:
        [row] = await self.store.system("select * from recollection_state(%s)", person)
        return _State(**row)

    async def _follow(self, person: str, held: _Held) -> None:
        """Read what came since; ids of a ledger are in the order of their commits."""
        while True:
            page = await ledger.tail(
                self.store, person, held.reached, purpose="memory", limit=_PAGE
            )
            await self._take(held, [found for each in page if (found := said(each))])
            if page:
                held.reached = page[-1].id
            if len(page) < _PAGE:
                return

    async def _lose(self, person: str, held: _Held, state: _State) -> None:
        """Take out what the ledger lost."""
        gone: list[int] = []
        while held.removed < state.removed:
            lost = await ledger.removals(self.store, person, held.removed)
            gone += [id for each in lost for id in each.ids]
            held.removed = lost[-1].id if lost else state.removed
        await self._without(held, np.isin(held.recollection.columns["id"].all, gone))
        held.pieces = [(row["first"], row["last"]) for row in await self.store.rows(
            person, "select first, last from recollections order by first")]  # fmt: skip
        held.generation = state.generation

    async def _without(self, held: _Held, gone: NDArray[np.bool_]) -> None:
        if gone.any():
            ids = np.unique(held.recollection.columns["id"].all[gone])
            await _work(len(gone), lambda: held.recollection.remove(ids.tolist()))

    async def _take(self, held: _Held, heard: list[Said]) -> None:
        if heard:

            def take() -> None:
                held.recollection.take(read(heard, self.embed, self.tokens))

            await _work(self._rows("read", len(held.recollection) + 40 * len(heard)), take)

    # -- pieces -----------------------------------------------------------------------------------

    async def _opened(self, person: str, state: _State) -> _Held:
        """A recollection from its pieces, and from the ledger where pieces are missing."""
        generation = state.generation
        if generation is None:
            rows = await self.store.rows(
                person,
                """
                insert into recollecting (person)
                select current_setting('musespark.person') where exists (
                    select from activities where person = current_setting('musespark.person')
                    and 'memory' = any(purposes)) and not is_forgotten()
                on conflict (person) do update set generation = recollecting.generation
                returning generation
                """,
            )
            generation = rows[0]["generation"] if rows else None
        held = _Held(Recollection(self.embed, self.kin), generation, removed=state.removed)
        async with self.store.transaction(person) as connection:
            cursor = await connection.cursor(binary=True).execute(
                "select first, last, body from recollections order by first"
            )
            kept = await cursor.fetchall()
        broken: list[int] = []

        def take() -> list[tuple[int, int]]:
            pieces = []
            for row in kept:
                try:
                    held.recollection.take(unpack(row["body"]))
                    pieces.append((row["first"], row["last"]))
                except Problem as problem:
                    log.warning("%s", problem)
                    broken.append(row["first"])
            return pieces

        held.pieces = await _work(sum(len(row["body"]) for row in kept) // 300, take)
        for first in broken:
            await self.store.rows(person, "delete from recollections where first = %s", first)
        reached = 0
        for first, last in held.pieces:
            if first != reached + 1:
                await self._fill(person, held, reached, first)
            reached = last
        held.reached = reached
        return held

    async def _fill(self, person: str, held: _Held, after: int, before: int) -> None:
        """Read the ledger between two ids, where no piece is left."""
        while True:
            page = await ledger.tail(self.store, person, after, purpose="memory", limit=_PAGE)
            own = [each for each in page if each.id < before]
            await self._take(held, [found for each in own if (found := said(each))])
            if len(own) < _PAGE:
                return
            after = own[-1].id

    async def _keep(self, person: str, held: _Held) -> None:
        """Keep in pieces what is in none yet, once there is enough of it. Written only while the
        generation is the one that the rows were read at."""
        looked = len(held.recollection), len(held.pieces), held.generation or 0
        if held.generation is None or held.looked == looked:
            return
        wanted, stale = self._wanted(held)
        if not wanted:
            held.looked = looked
            return
        recollection = held.recollection

        def pack() -> list[tuple[int, int, bytes]]:
            ids = recollection.columns["id"].all
            return [(first, last, recollection.slice((ids >= first) & (ids <= last)).pack())
                    for first, last in wanted]  # fmt: skip

        packed = await _work(len(recollection), pack)
        async with self.store.transaction(person) as connection:
            cursor = await connection.execute(
                "select 1 from recollecting where person = current_setting('musespark.person') "
                "and generation = %s and not is_forgotten() for update",
                (held.generation,),
            )
            if not await cursor.fetchone():
                return
            await connection.execute("delete from recollections where first = any(%s)", (stale,))
            for first, last, body in packed:
                await connection.execute(
                    """
                    insert into recollections (person, first, last, body)
                    values (current_setting('musespark.person'), %s, %s, %s)
                    on conflict (person, first) do update set last = excluded.last,
                        body = excluded.body where recollections.last <= excluded.last
                    """,
                    (first, last, body),
                )
        kept = {first: last for first, last in held.pieces if first not in set(stale)}
        kept.update((first, last) for first, last, _ in packed)
        held.pieces = sorted(kept.items())

    @staticmethod
    def _wanted(held: _Held) -> tuple[list[tuple[int, int]], list[int]]:
        """The first and last ids of pieces to be written, and the firsts of those they replace.
        Each piece begins where the one before ends, so that a missing one is seen."""
        rows = held.recollection.columns["id"].all
        joined = all(
            last + 1 == first for (_, last), (first, _) in pairwise([(0, 0), *held.pieces])
        )
        end = held.pieces[-1][1] if held.pieces else 0
        if joined and len(np.unique(rows[rows > end])) < _LOOSE:
            return [], []  # as before nearly every answer: not all rows are sorted for it
        ids = np.unique(rows)
        wanted: list[tuple[int, int]] = []
        stale: list[int] = []
        reached = 0
        spans = [*held.pieces, (held.reached + 1, held.reached + 1)]
        for number, (first, last) in enumerate(spans):
            if first > reached + 1:
                at_end = number == len(held.pieces)
                loose = ids[(ids > reached) & (ids < first)]
                if at_end and number and len(loose) >= _LOOSE:
                    start = held.pieces[-1][0]
                    whole = ids[(ids >= start) & (ids < first)]
                    if len(whole) <= _PIECE and start not in stale:
                        stale.append(start)
                        loose, reached = whole, start - 1
                if not at_end or len(loose) >= _LOOSE:
                    for begin in range(0, max(len(loose), 1), _PIECE):
                        chunk = loose[begin : begin + _PIECE]
                        end = first - 1 if begin + _PIECE >= len(loose) else int(chunk[-1])
                        wanted.append((reached + 1, end))
                        reached = end
            reached = max(reached, last)
        return wanted, stale


def _only_less(held: _Held, state: _State) -> bool:
    """Whether words were only taken away since, none changed."""
    if held.generation is None or state.generation is None:
        return False
    return held.generation // _CHANGED == state.generation // _CHANGED


async def _work(size: int, work: Callable[[], T]) -> T:
    """What `work` gives; done in a thread where it is long. Who is cancelled waits for its end,
    so that no other begins beside it."""
    if size <= _INLINE:
        return work()
    doing = asyncio.create_task(asyncio.to_thread(work))
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        await asyncio.wait({doing})
        doing.cancelled() or doing.exception()
        raise
