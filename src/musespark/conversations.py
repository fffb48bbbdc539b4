"""Conversations: trees of runs that a person can list, search, look into, share and erase.

A run follows the one that its question was asked after, so a conversation branches where something
was asked anew. What is shown of it is always one branch: from its beginning to one run.
"""

from __future__ import annotations

from typing import Any

import msgspec

from musespark.memo import uris
from musespark.message import Part
from musespark.problem import Problem
from musespark.runs import attached
from musespark.store import Row, Store
from musespark.wanted import words_of

MOST_TITLE = 200  # characters


class Conversations:
    """The conversations of a store, each person's own."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def listed(
        self, person: str, wanted: str = "", limit: int = 50, before: str = ""
    ) -> tuple[list[Row], bool]:
        """Conversations, the pinned ones first, then the newest, and whether there are more.

        With `wanted` those in which every word of it occurs, small or capital, in the title or in
        a message: at the start of a word there. `before` is the id of the last one that the caller
        has."""
        words = words_of(wanted)
        if words.asked and not words.some:
            return [], False
        rows = await self.store.rows(
            person,
            """
            select c.id, c.title, c.pinned is not null as pinned, c.created, c.updated,
                   (select id from runs r where r.conversation = c.id and r.state = 'running'
                    order by started desc limit 1) as running
            from conversations c
            where c.person = current_setting('musespark.person', true)
              and (%s or c.id in (select conversations_with(%s, %s)))
              and (%s = '' or ((c.pinned is not null), c.updated, c.id) <
                   (select (pinned is not null), updated, id from conversations where id = %s))
            order by (c.pinned is not null) desc, c.updated desc, c.id desc limit %s
            """,
            not words.some,
            words.starts,
            words.inside,
            before,
            before,
            limit + 1,
        )
        return rows[:limit], len(rows) > limit

    async def row(self, person: str, id: str) -> Row:
        """A conversation without its runs. Raises Problem `unknown_conversation`."""
        rows = await self.store.rows(
            person,
            """
            select id, title, pinned is not null as pinned, created, updated,
                   exists (select from shares where conversation = conversations.id) as shared
            from conversations where id = %s
            """,
            id,
        )
        if not rows:
            raise unknown(id)
        return rows[0]

    async def change(
        self, person: str, id: str, *, title: str | None = None, pinned: bool | None = None
    ) -> Row:
        """Give a conversation another title, pin it or take it down. Raises Problem."""
        named = None if title is None else tidy(title)
        if named == "":
            raise Problem(
                "empty_title", "A conversation needs a title.",
                next="Send some words, or leave the title out.",
            )  # fmt: skip
        await self.store.rows(
            person,
            """
            update conversations set title = coalesce(%s, title),
                pinned = case when %s then coalesce(pinned, now()) when %s then null else pinned end
            where id = %s
            """,
            named,
            pinned is True,
            pinned is False,
            id,
        )
        return await self.row(person, id)

    async def branch(
        self, person: str, id: str, *, at: str = "", before: str = "", limit: int = 50
    ) -> Row:
        """A conversation with the branch that ends in the run `at` (the newest where it is empty):
        its last `limit` runs, oldest first, or those that lead to the run `before`. `more` says
        whether there are earlier ones. Raises Problem for an unknown conversation or run."""
        found = await self.row(person, id)
        tree = await self._tree(person, id)
        for run in (at, before):
            if run and run not in tree.after:
                raise Problem(
                    "unknown_run", f"There is no run {run!r} in this conversation.",
                    next="Leave it out to see the newest branch.", status=404,
                )  # fmt: skip
        start = tree.after[before] if before else at or tree.last
        line = tree.line(start, limit + 1)
        shown = line[:limit][::-1]
        found["at"] = at or tree.last
        found["runs"] = await self._runs(person, id, shown)
        for run in found["runs"]:
            run["versions"] = versions = tree.versions(run["id"])
            run["newest"] = {v: tree.newest(v) for v in versions} if len(versions) > 1 else {}
        found["more"] = len(line) > limit
        return found

    async def _tree(self, person: str, id: str) -> Tree:
        rows = await self.store.rows(
            person,
            "select id, after from runs where conversation = %s order by started, id",
            id,
        )
        return Tree([(row["id"], row["after"] or "") for row in rows])

    async def _runs(self, person: str, id: str, runs: list[str]) -> list[Row]:
        """These runs, in this order, with their questions and answers."""
        rows = await self.store.rows(
            person,
            """
            select id, after, state, asked, mode, reason, durable, started, ended, usage, error,
                   beside from runs where id = any(%s)
            """,
            runs,
        )
        said = await self.store.rows(
            person,
            """
            select run, role, coalesce(brief, parts) as parts from messages
            where conversation = %s and run = any(%s) order by id
            """,
            id,
            runs,
        )
        found = {row["id"]: exchange(row) for row in rows}
        for message in said:
            if message["run"] in found:
                take(found[message["run"]], message["role"], message["parts"])
        return [found[run] for run in runs if run in found]

    async def running(self, person: str, id: str) -> list[str]:
        """The runs of a conversation that have not ended, in whichever process."""
        rows = await self.store.rows(
            person, "select id from runs where conversation = %s and state = 'running'", id
        )
        return [row["id"] for row in rows]

    async def erase(self, person: str, id: str) -> list[int]:
        """Erase a conversation: its runs with their steps and events, its messages, its links, and
        what the ledger remembers of it, whose ids it returns, for the memory to forget. Raises
        Problem `unknown_conversation`."""
        rows = await self.store.rows(
            person,
            """
            with remembered as (
                delete from activities where person = current_setting('musespark.person')
                    and uri = any(array(select 'urn:musespark:' || id || said
                        from runs, unnest(array['', ':answer', ':note']) said
                        where conversation = %s))
                returning id
            ), changed as (
                delete from activities where person = current_setting('musespark.person')
                    and type = 'Update' and uri is null and body #>> '{object,context}' = %s
                    and body #>> '{object,generator,name}' = 'chat'
                returning id
            ), erased as (
                delete from conversations where id = %s returning id
            )
            select array(select id from remembered union all select id from changed) as gone
            from erased
            """,
            id,
            id,
            id,
        )
        if not rows:
            raise unknown(id)
        return list(rows[0]["gone"])

    async def erase_run(self, person: str, run: str) -> list[int]:
        """Erase one run with its question, and what the ledger remembers of it, whose ids it
        returns, for the memory to forget. Those that followed it follow the one before it, and so
        does a link that ended in it; a conversation that has no other goes with it."""
        async with self.store.transaction(person) as connection:
            cursor = await connection.execute(
                "delete from runs where id = %s returning conversation, after", (run,)
            )
            row = await cursor.fetchone()
            if row is None:
                return []
            own, before = row["conversation"], row["after"]
            await connection.execute(
                "update runs set after = %s where conversation = %s and after = %s",
                (before, own, run),
            )
            await connection.execute(
                "delete from messages where conversation = %s and run = %s", (own, run)
            )
            await connection.execute(
                "delete from shares where conversation = %s and at = %s and %s::text is null",
                (own, run, before),
            )
            await connection.execute(
                "update shares set at = %s where conversation = %s and at = %s", (before, own, run)
            )
            said = await connection.execute(_UNSAID, {"uris": uris(run)})
            gone = [row["id"] for row in await said.fetchall()]
            await connection.execute(
                "delete from conversations where id = %s"
                " and not exists (select from runs where conversation = %s)",
                (own, own),
            )
            return gone


# What was said in a run, also as it was changed later.
_UNSAID = """
with recursive said as (
    select id from activities
    where uri = any(%(uris)s) and person = current_setting('musespark.person')
    union
    select a.id from said join activities a on (a.body ->> 'formerly')::bigint = said.id
    where a.type = 'Update' and a.person = current_setting('musespark.person')
)
delete from activities where id in (select id from said)
    and person = current_setting('musespark.person') returning id
"""


class Tree:
    """Which run follows which, all of a conversation, in the order in which they began. `after` of
    a run that begins is "", also where the one that it followed is gone."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        known = {id for id, _ in pairs}
        self.after = {id: after if after in known else "" for id, after in pairs}
        self.last = pairs[-1][0] if pairs else ""
        self._next: dict[str, list[str]] = {}
        self._place = {id: n for n, (id, _) in enumerate(pairs)}
        self._newest: dict[str, str] = {}
        for id, after in self.after.items():
            self._next.setdefault(after, []).append(id)

    def line(self, run: str, most: int) -> list[str]:
        """The branch that ends in a run, newest first, `most` runs of it."""
        found: list[str] = []
        while run and len(found) < most:
            found.append(run)
            run = self.after[run]
        return found

    def versions(self, run: str) -> list[str]:
        """All runs that follow what this one follows, oldest first."""
        return self._next[self.after[run]]

    def newest(self, run: str) -> str:
        """The newest of the runs at the ends of the branches through this one."""
        if not self._newest:
            order, waiting = [], list(self._next.get("", ()))
            while waiting:
                order.append(at := waiting.pop())
                waiting += self._next.get(at, ())
            for at in reversed(order):  # what follows a run comes before it here
                ends = [self._newest[each] for each in self._next.get(at, ())]
                self._newest[at] = max(ends, key=self._place.__getitem__, default=at)
        return self._newest[run]


def exchange(row: Row) -> Row:
    """A run as a conversation shows it, before its words are in."""
    beside, ended = row.pop("beside"), row["ended"]
    usage = row["usage"] or {}
    return {
        **row,
        "seconds": (ended - row["started"]).total_seconds() if ended else None,
        "cost": usage.get("cost", 0.0),
        "question": {"text": "", "attachments": []},
        "answer": {"text": ""},
        "sources": beside.get("sources", []),
        "memory": beside.get("memory", []),
        "notices": beside.get("notices", []),
        "confidence": beside.get("confidence"),
        "check": beside.get("check"),
        "approvals": beside.get("approvals", []),
        "consent": beside.get("consent"),
    }


def take(run: Row, role: str, parts: list[dict[str, Any]]) -> None:
    """Put a message of a run where it belongs: to the question or to the answer."""
    side = run["answer" if role == "assistant" else "question"]
    words = [part["text"] for part in parts if part["type"] == "text"]
    if words and role in ("assistant", "user"):
        side["text"] = "\n\n".join([side["text"], *words] if side["text"] else words)
    if role == "user":
        side["attachments"] += [shown(part) for part in parts if part["type"] in _ATTACHED]


_ATTACHED = ("image", "document", "words", "table", "pages", "file")


def shown(part: dict[str, Any]) -> dict[str, Any]:
    """What a conversation says of something attached."""
    if "bytes" not in part:  # kept whole, without its brief form
        part = attached(msgspec.convert(part, Part)) or part
    found = {"kind": part["type"]} | {k: part[k] for k in ("name", "media", "bytes")}
    return found | {k: part[k] for k in ("url", "file") if part.get(k)}


def tidy(title: str) -> str:
    """A title on one line, without control characters, of a length that a list can show."""
    words = "".join(" " if c < " " or "\x7f" <= c <= "\x9f" else c for c in title).split()
    return " ".join(words)[:MOST_TITLE].strip()


def unknown(id: str) -> Problem:
    return Problem(
        "unknown_conversation", f"There is no conversation {id!r} of yours.", status=404,
        next="GET /v1/conversations lists them.",
    )  # fmt: skip
