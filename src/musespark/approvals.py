"""Approvals: calls that wait for their person's yes, done once when it comes, each as it was shown.

An approval is bound to its person and, by a digest, to the tool as it was described and to every
argument: another argument is another approval. A yes may also count in advance: for this tool
towards one site until the day is over, or for this tool in one conversation. Approvals of an
incognito turn live in memory alone.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import structs

from musespark import audit, consent, metrics, purposes, wording
from musespark.approval import SECONDS, Allowance, Approval, Scope, digest_of, encoded, site_of
from musespark.message import Message, ToolCall, ToolResult
from musespark.person import Person, may
from musespark.problem import Problem
from musespark.store import Row, Store, as_json
from musespark.tool import Outside, Tool
from musespark.toolbox import MAX_RESULT, as_text
from musespark.turn import Turn, new_id

WAITS = timedelta(hours=24)  # for a yes, and how long one in a conversation counts
KEPT = timedelta(days=30)  # what was decided, or waited in vain
LARGEST = 50_000  # characters of arguments that a person can be shown
_MOST = 1_000  # approvals in memory
_LOOK = 0.1  # seconds between looks at a call that another request has begun

Make = Callable[..., Awaitable[Turn]]
Tools = Callable[[], Awaitable[dict[str, Tool]]]


class Approvals:
    """The approvals of one process's people: what waits, what was allowed in advance."""

    def __init__(self, store: Store | None, make: Make, tools: Tools) -> None:
        self._store, self._make, self._tools = store, make, tools
        self._passing: OrderedDict[str, Approval] = OrderedDict()
        self._allowed: OrderedDict[str, Allowance] = OrderedDict()
        self._tasks: dict[str, asyncio.Task[Approval]] = {}

    # -- asking -----------------------------------------------------------------------------------

    async def wonder(self, turn: Turn, purpose: str) -> dict[str, Any] | None:
        """The question about a purpose, if this turn may ask it (see turn.Desk)."""
        if self._store is None or turn.incognito or purpose not in purposes.USED:
            return None
        if not turn.asks or not may(turn.person.role, "remember"):
            return None
        if not await purposes.ask(self._store, turn.person.id, purpose, turn.run):
            return None
        return {"purpose": purpose, **wording.purpose(purpose, turn.person.language)}

    async def ask(self, turn: Turn, needed: consent.NeedsApproval) -> dict[str, Any] | None:
        """Put a call before its person, once a run; None when it was allowed in advance. Raises
        Problem for one that nobody could look through."""
        tool, given = needed.tool, needed.arguments
        arguments = encoded(given).decode()
        if len(arguments) > LARGEST:
            raise Problem(
                "too_large_to_approve",
                f"{tool.name} was not run: it needs the person's yes, and its arguments are too "
                "long to be looked through.",
                next=f"Send less at once: at most {LARGEST:,} characters.",
                status=413,
            )
        if await self._in_advance(turn, tool, given):
            return None
        digest = digest_of(tool, given)
        now = datetime.now(UTC)
        approval = Approval(
            id=f"appr_{hashlib.sha256(f'{turn.run} {digest}'.encode()).hexdigest()[:32]}",
            person=turn.person.id, run=turn.run, conversation=turn.conversation, tool=tool.name,
            origin=tool.origin, site=site_of(tool, given), arguments=arguments, digest=digest,
            code=needed.wanted, created=now, expires=now + WAITS,
        )  # fmt: skip
        if self._store is None or turn.incognito:
            approval = self._passing.setdefault(approval.id, approval)
            while len(self._passing) > _MOST:
                self._passing.popitem(last=False)
        else:
            rows = await self._store.rows(
                turn.person.id,
                """
                with stale as (delete from approvals where created < now() - %(kept)s
                    and person = current_setting('musespark.person', true))
                insert into approvals (id, person, run, conversation, tool, origin, site, arguments,
                    digest, code, created, expires)
                values (%(id)s, current_setting('musespark.person'), %(run)s, %(conversation)s,
                    %(tool)s, %(origin)s, %(site)s, %(arguments)s, %(digest)s, %(code)s,
                    %(created)s, %(expires)s)
                on conflict (id) do update set id = excluded.id
                returning *
                """,
                kept=KEPT,
                **{name: getattr(approval, name) for name in _INSERTED},
            )
            approval = _approval(rows[0])
        return approval.told(turn.person.language)

    async def _in_advance(self, turn: Turn, tool: Tool, arguments: dict[str, Any]) -> bool:
        now, person = datetime.now(UTC), turn.person.id
        found = [a for a in self._allowed.values() if a.person == person and a.tool == tool.name]
        if self._store is not None:
            rows = await self._store.rows(
                person,
                """
                select * from allowances where tool = %s and expires > now()
                    and person = current_setting('musespark.person', true)
                """,
                tool.name,
            )
            found += [msgspec.convert(row, Allowance) for row in rows]
        digest, site = digest_of(tool), site_of(tool, arguments)
        return any(
            each.digest == digest and each.expires > now
            and ((each.site != "" and each.site == site)
                 or (each.conversation != "" and each.conversation == turn.conversation))
            for each in found
        )  # fmt: skip

    # -- looking ----------------------------------------------------------------------------------

    async def of(
        self, person: str, *, state: str = "", run: str = "", limit: int = 100
    ) -> list[Approval]:
        """A person's approvals, newest first: those that wait, or all, or those of a run."""
        found = [a for a in self._passing.values() if a.person == person]
        if self._store is not None:
            rows = await self._store.rows(
                person,
                """
                select * from approvals where person = current_setting('musespark.person', true)
                    and (%(run)s = '' or run = %(run)s)
                    and (%(state)s <> 'waiting' or state = 'waiting' and expires > now())
                order by created desc, id limit %(limit)s
                """,
                run=run, state=state, limit=limit,
            )  # fmt: skip
            found += map(_approval, rows)
        found = [a for a in found if (not state or a.now == state) and (not run or a.run == run)]
        return sorted(found, key=lambda a: a.created, reverse=True)[:limit]

    async def one(self, person: str, id: str) -> Approval:
        """One approval. Raises Problem `unknown_approval` (404)."""
        passing = self._passing.get(id)
        if passing is not None and passing.person == person:
            return passing
        rows = self._store and await self._store.rows(
            person,
            "select * from approvals where id = %s"
            " and person = current_setting('musespark.person', true)",
            id,
        )
        if not rows:
            raise Problem(
                "unknown_approval", f"There is no approval {id[:80]!r} of yours.", status=404,
                next="GET /v1/approvals or `musespark approvals` lists what waits for you.",
            )  # fmt: skip
        return _approval(rows[0])

    # -- deciding ---------------------------------------------------------------------------------

    async def deny(self, person: str, id: str) -> Approval:
        """Say no; a later yes to the same call is not possible. Raises Problem when it is too
        late."""
        found = await self.one(person, id)
        if found.now == "denied":
            return found
        claimed = await self._claim(found, "denied", "")
        await self._note(claimed, "denied")
        return claimed

    async def approve(
        self, person: Person, id: str, scope: Scope = "once", digest: str = ""
    ) -> Approval:
        """Say yes: the call is done now, exactly as it was shown, and once, however often and from
        wherever it is said. `digest` is that of what the person saw. Raises Problem."""
        found = await self.one(person.id, id)
        if digest and digest != found.digest:
            raise Problem(
                "approval_changed", "This is not the call that was shown.", status=409,
                next="Look at it again, and say yes to what it shows now.",
            )  # fmt: skip
        if found.now in ("running", "done", "failed"):
            return await self._outcome(found)
        tool = (await self._tools()).get(found.tool)
        given: dict[str, Any] = msgspec.json.decode(found.arguments)
        if tool is None or tool.call is None or digest_of(tool, given) != found.digest:
            raise Problem(
                "tool_changed",
                f"{found.tool} is not what it was when this was put before you.",
                why="It is gone, was switched off, or is described otherwise now.",
                next="Ask again; what would happen is shown anew.",
                status=409,
            )
        if scope == "site_today" and not found.site:
            raise Problem(
                "no_site", "This call has no one site that a yes could count for.", status=400,
                next="Say yes once, or for the tool in this conversation.",
            )  # fmt: skip
        try:
            claimed = await self._claim(found, "running", scope)
        except Problem:
            found = await self.one(person.id, id)
            if found.now not in ("running", "done", "failed"):
                raise
            return await self._outcome(found)  # somebody was quicker
        await self._note(claimed, "approved")
        await self._in_future(person, tool, claimed, scope)
        task = asyncio.create_task(self._do(person, tool, given, claimed))
        self._tasks[id] = task  # whoever hangs up does not stop it half-way
        task.add_done_callback(lambda _: self._tasks.pop(id, None))
        return await asyncio.shield(task)

    async def _claim(self, found: Approval, state: str, scope: str) -> Approval:
        """Take an approval that waits, which only one can. Raises Problem when it waits no more."""
        if found.id in self._passing:
            if found.now == "waiting":
                found.state, found.scope, found.decided = state, scope, datetime.now(UTC)
                return found
        else:
            assert self._store is not None
            rows = await self._store.rows(
                found.person,
                """
                update approvals set state = %s, scope = %s, decided = clock_timestamp()
                where id = %s and state = 'waiting' and expires > clock_timestamp()
                    and person = current_setting('musespark.person', true)
                returning *
                """,
                state, scope, found.id,
            )  # fmt: skip
            if rows:
                return _approval(rows[0])
        now = (await self.one(found.person, found.id)).now
        if now == "expired":
            raise Problem(
                "approval_expired", "This waited for too long.", status=409,
                next="Ask again; what would happen is shown anew.",
            )  # fmt: skip
        raise Problem("approval_decided", f"This was decided already: it is {now}.", status=409)

    async def _outcome(self, found: Approval) -> Approval:
        """What came of a call that another request has begun; waited for."""
        ends = time.monotonic() + SECONDS
        while found.now == "running" and time.monotonic() < ends:
            if (task := self._tasks.get(found.id)) is not None:
                return await asyncio.shield(task)
            await asyncio.sleep(_LOOK)
            found = await self.one(found.person, found.id)
        return found

    async def _do(
        self, person: Person, tool: Tool, arguments: dict[str, Any], found: Approval
    ) -> Approval:
        passing = found.id in self._passing
        turn = await self._make(
            [], person=person, conversation=found.conversation, incognito=passing,
            tools={tool.name: tool}, approved=frozenset({tool.name}),
        )  # fmt: skip
        turn.tainted, failed, outside = True, True, tool.outside
        assert tool.call is not None
        try:
            async with asyncio.timeout(SECONDS):
                raw = await tool.call(arguments, turn)
            content, failed = as_text(raw), False
            outside = outside or isinstance(raw, Outside)
        except TimeoutError:
            content = f"{tool.name} took too long and was stopped; how far it came is not known."
        except Problem as problem:
            content = problem.text
        except Exception as error:  # a plugin's mistake is told, not thrown
            metrics.log_failure(found.run, error)
            content = f"The tool {tool.name} failed: {type(error).__name__}."
        result = {"content": content[:MAX_RESULT], "failed": failed, "outside": outside}
        state = "failed" if failed else "done"
        if passing:
            found.state, found.result, found.ended = state, result, datetime.now(UTC)
            return found
        return await self._ended(found, state, result)

    async def _ended(self, found: Approval, state: str, result: dict[str, Any]) -> Approval:
        """Keep what came of it, and tell the conversation, so that it can go on from there."""
        assert self._store is not None
        call = ToolCall(found.id, found.tool, found.arguments)
        back = ToolResult(
            found.id, found.tool, result["content"], result["failed"], result["outside"]
        )
        said = [Message("assistant", (call,)), Message("tool", (back,))]
        rows = await self._store.rows(
            found.person,
            """
            with ended as (
                update approvals set state = %(state)s, result = %(result)s::jsonb,
                    ended = clock_timestamp()
                where id = %(id)s and person = current_setting('musespark.person', true)
                returning *
            ), told as (
                insert into messages (conversation, person, run, role, parts)
                select r.conversation, r.person, r.id, m ->> 'role', m -> 'parts'
                from runs r, jsonb_array_elements(%(said)s::jsonb) with ordinality as s (m, n)
                where r.id = %(run)s and r.person = current_setting('musespark.person', true)
                order by n
            )
            select * from ended
            """,
            state=state, result=as_json(result), id=found.id, said=as_json(said), run=found.run,
        )  # fmt: skip
        return _approval(rows[0])

    # -- in advance -------------------------------------------------------------------------------

    async def _in_future(self, person: Person, tool: Tool, found: Approval, scope: Scope) -> None:
        if scope == "once":
            return
        now = datetime.now(UTC)
        expires = now + WAITS
        if scope == "site_today":
            local = now.astimezone(ZoneInfo(person.zone or "UTC"))
            morrow = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
            expires = morrow.astimezone(UTC)
        allowance = Allowance(
            id=new_id("allow"), person=person.id, tool=tool.name, digest=digest_of(tool),
            site=found.site if scope == "site_today" else "",
            conversation=found.conversation if scope == "tool_conversation" else "",
            created=now, expires=expires,
        )  # fmt: skip
        if found.id in self._passing:
            self._allowed[allowance.id] = allowance
            while len(self._allowed) > _MOST:
                self._allowed.popitem(last=False)
            return
        assert self._store is not None
        await self._store.rows(
            person.id,
            """
            with stale as (delete from allowances where expires < now()
                and person = current_setting('musespark.person', true))
            insert into allowances (id, person, tool, digest, site, conversation, created, expires)
            values (%(id)s, current_setting('musespark.person'), %(tool)s, %(digest)s, %(site)s,
                %(conversation)s, %(created)s, %(expires)s)
            """,
            **{k: v for k, v in structs.asdict(allowance).items() if k != "person"},
        )

    async def allowances(self, person: str) -> list[Allowance]:
        """What a person allowed in advance and still counts, newest first."""
        now = datetime.now(UTC)
        found = [a for a in self._allowed.values() if a.person == person and a.expires > now]
        if self._store is not None:
            rows = await self._store.rows(
                person,
                "select * from allowances where expires > now()"
                " and person = current_setting('musespark.person', true)",
            )
            found += [msgspec.convert(row, Allowance) for row in rows]
        return sorted(found, key=lambda a: a.created, reverse=True)

    async def end(self, person: str, id: str) -> None:
        """Let an allowance count no more. Raises Problem `unknown_allowance` (404)."""
        passing = self._allowed.get(id)
        if passing is not None and passing.person == person:
            del self._allowed[id]
            return
        rows = self._store and await self._store.rows(
            person,
            "delete from allowances where id = %s"
            " and person = current_setting('musespark.person', true) returning tool",
            id,
        )
        if not rows:
            raise Problem(
                "unknown_allowance", f"There is nothing allowed in advance as {id[:80]!r}.",
                status=404, next="GET /v1/allowances lists what is.",
            )  # fmt: skip
        assert self._store is not None
        await audit.note(self._store, person, "allowance_ended", actor=person,
                         about=rows[0]["tool"])  # fmt: skip

    def drop(self, gone: Callable[[str], bool]) -> None:
        """Let go of what this process holds of those who are gone."""
        for held in (self._passing, self._allowed):
            for id in [id for id, each in held.items() if gone(each.person)]:
                held.pop(id)

    async def _note(self, found: Approval, deed: str) -> None:
        """The entry in the audit log: which tool, not what with."""
        if self._store is not None and found.id not in self._passing:
            detail = {"approval": found.id, "site": found.site} | (
                {"scope": found.scope} if found.scope else {}
            )
            await audit.note(
                self._store, found.person, deed, actor=found.person, about=found.tool,
                detail=detail,
            )  # fmt: skip


_INSERTED = ("id", "run", "conversation", "tool", "origin", "site", "arguments", "digest", "code",
             "created", "expires")  # fmt: skip


def _approval(row: Row) -> Approval:
    return msgspec.convert(row, Approval)
