"""A model call: its words as events while they come, and its whole reply, journalled once."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import msgspec
from msgspec import Struct, field

from musespark import context
from musespark import event as ev
from musespark.agent import Agent
from musespark.message import ToolCall, Usage
from musespark.model import CallDelta, Chunk, ContextTooLong, Request
from musespark.problem import BudgetSpent, Problem
from musespark.turn import Step, Turn

_BYTES = 4  # of a token, where nobody counts them while they come
_UNREAD = ("model_unreachable", "model_refused", "model_overloaded", "no_embedded_model")


class Reply(Struct):
    """One model call's whole reply, as it is journalled."""

    text: str = ""
    reasoning: str = ""
    calls: list[ToolCall] = field(default_factory=list)
    finish: str = ""


class Call:
    """One model call of an agent, journalled under `at`, its place in the run.

    Its words go out as text of `subagent`, or as reasoning when `hidden`. What came is in `reply`,
    also when the call fails or is hung up half-way.
    """

    __slots__ = (
        "_calls", "_message", "_over", "_pieces", "_room", "_said", "_shortened", "_stream",
        "_task", "_thinking", "_thoughts", "_unread", "_usage", "agent", "at", "hidden", "model",
        "reply", "request", "subagent", "turn",
    )  # fmt: skip

    def __init__(
        self,
        turn: Turn,
        agent: Agent,
        request: Request,
        at: str,
        subagent: str | None = None,
        hidden: bool = False,
    ) -> None:
        self.turn, self.agent, self.request, self.at = turn, agent, request, at
        self.subagent, self.hidden = subagent, hidden
        self.model = turn.models(agent.tier)
        self.reply = Reply()
        self._message = message_id(turn, at)
        self._pieces: list[str] = []
        self._thoughts: list[str] = []
        self._calls: dict[int, CallDelta] = {}
        self._said = self._thinking = False
        self._shortened = ""
        self._usage = Usage(calls=1)
        self._stream: AsyncIterator[Chunk] | None = None
        self._task: asyncio.Task[Any] | None = None
        self._over = self._unread = False
        self._room = 0  # bytes that may still come

    async def events(self) -> AsyncGenerator[ev.Event, None]:
        """The call's events as its words come; none when an earlier life of the run finished it.
        Raises Problem."""
        turn, take = self.turn, self._take
        earlier = turn.journal.finished(self.at)
        if earlier is not None:
            self.reply = msgspec.convert(earlier.output, Reply)
            turn.budget.spend(earlier.usage, earlier.name)
            return
        if self.subagent is None:  # agents at once do not wait for each other's steps
            await turn.journal.sure()
        turn.budget.check()
        self._room = turn.budget.tokens_left * _BYTES
        started, error = time.time(), ""
        context_size = self.model.card.context
        self.request.messages, self._shortened = context.fit(
            self.request.messages, context_size, turn
        )
        if self._shortened:
            yield ev.notice("shortened", self._shortened, self.subagent)
        self._task = asyncio.current_task()
        turn.budget.watching.add(self)
        try:
            for chunk in await self._first():
                for event in take(chunk):
                    yield event
            assert self._stream is not None
            async for chunk in self._stream:
                for event in take(chunk):
                    yield event
                if self._over:
                    raise self._spent()
        except Problem as problem:
            error = problem.text
            self._unread = problem.code in _UNREAD
            if turn.budget.seconds_left <= 0:
                raise self._spent() from None
            raise
        except asyncio.CancelledError:
            if not self._over or self._task is None or self._task.uncancel() > 0:
                raise
            spent = self._spent()
            error = spent.text
            raise spent from None
        finally:
            turn.budget.watching.discard(self)
            await self._hang_up()
            self._sum_up()
            if error:
                await turn.journal.write(self._step(f"{self.at}!{started:.3f}", started, error))
        for event in self._ends():
            yield event
        turn.journal.note(self._step(self.at, started))
        if self.reply.calls:
            await turn.journal.sure()

    def used(self) -> Usage:
        """About what the call has used so far."""
        return context.estimate(self.request, "".join((*self._pieces, *self._thoughts)))

    def changed(self, over: bool) -> None:
        """The budget was raised or cut: the call may go on for longer, or has to end."""
        if self._over:
            return
        self.request.deadline = ends = self.turn.budget.ends
        for move in tuple(self.request.moved):
            with contextlib.suppress(RuntimeError):  # it expires at this moment
                move(ends)
        written = size("".join((*self._pieces, *self._thoughts)))
        self._room = self.turn.budget.tokens_left * _BYTES - written
        self._over = over or self.turn.budget.out
        if self._over and self._task is not None and getattr(self._stream, "ag_running", False):
            self._task.cancel()

    def _spent(self) -> BudgetSpent:
        budget = self.turn.budget
        if budget.seconds_left <= 0:
            return BudgetSpent(f"{budget.seconds:.3g} seconds")
        return BudgetSpent(f"{budget.tokens:,} tokens")

    async def _first(self) -> list[Chunk]:
        """The model's first piece. When it turns out to read less than its card says, the messages
        are shortened once more, to what it says it can read."""
        notices: list[Chunk] = []
        while True:
            self._stream = self.model.stream(self.request)
            try:
                return [*notices, await anext(self._stream)]
            except StopAsyncIteration:
                return notices
            except ContextTooLong as problem:
                if notices:
                    raise
                size = problem.context or self.model.card.context // 2
                self.request.messages, shortened = context.fit(
                    self.request.messages, size * 4 // 5, self.turn
                )
                if not shortened:
                    raise
                notices.append(Chunk(notice=shortened))
            await self._hang_up()

    async def _hang_up(self) -> None:
        close = getattr(self._stream, "aclose", None)
        if close is not None:
            await close()

    def _take(self, chunk: Chunk) -> list[ev.Event]:
        """The events that a piece makes."""
        out: list[ev.Event] = []
        if chunk.text:
            self._pieces.append(chunk.text)
            self._room -= size(chunk.text)
            if self.hidden:
                self._think(chunk.text, out)
            else:
                if self._thinking:
                    self._stop_thinking(out)
                if not self._said:
                    self._said = True
                    out.append(ev.TextStart(self._message, "assistant", self.subagent))
                out.append(ev.TextDelta(self._message, chunk.text, self.subagent))
        if chunk.reasoning:
            self._thoughts.append(chunk.reasoning)
            self._room -= size(chunk.reasoning)
            self._think(chunk.reasoning, out)
        for delta in chunk.calls:
            self._tool_delta(delta, out)
            self._room -= size(delta.arguments)
        if self._room < 0:
            self._over = True
        if chunk.finish:
            self.reply.finish = chunk.finish
        if chunk.notice:
            self._shortened = chunk.notice
            out.append(ev.notice("shortened", chunk.notice, self.subagent))
        if chunk.usage is not None:
            self._usage = msgspec.structs.replace(chunk.usage, calls=1)
        return out

    def _think(self, words: str, out: list[ev.Event]) -> None:
        own = f"{self._message}/reasoning"
        if not self._thinking:
            self._thinking = True
            out.append(ev.ReasoningStart(own, self.subagent))
            out.append(ev.ReasoningMessageStart(own, "reasoning", self.subagent))
        out.append(ev.ReasoningDelta(own, words, self.subagent))

    def _stop_thinking(self, out: list[ev.Event]) -> None:
        self._thinking = False
        out.append(ev.ReasoningMessageEnd(f"{self._message}/reasoning", self.subagent))
        out.append(ev.ReasoningEnd(f"{self._message}/reasoning", self.subagent))

    def _tool_delta(self, delta: CallDelta, out: list[ev.Event]) -> None:
        """A piece of a tool call joined to what came before it."""
        before = self._calls.get(delta.index)
        own = before.id if before is not None else delta.id or f"{self.at}.{delta.index}"
        shown = shown_id(self.turn, self.at, own)
        if before is None:
            self._calls[delta.index] = CallDelta(delta.index, own, delta.name, delta.arguments)
            stamp = ev.now_ms()
            out.append(ev.ToolStart(shown, delta.name, self._message, self.subagent, stamp))
        else:
            name, arguments = before.name or delta.name, before.arguments + delta.arguments
            self._calls[delta.index] = CallDelta(delta.index, own, name, arguments)
        if delta.arguments:
            out.append(ev.ToolArgs(shown, delta.arguments, self.subagent))

    def _sum_up(self) -> None:
        """Put what came into the reply, and count what it used."""
        reply = self.reply
        reply.text, reply.reasoning = "".join(self._pieces), "".join(self._thoughts)
        reply.calls = [ToolCall(c.id, c.name, c.arguments or "{}") for c in self._calls.values()]
        if not self._usage.total and not (self._unread and not self._pieces):
            self._usage = context.estimate(self.request, reply.text + reply.reasoning)
        self.turn.budget.spend(self._usage, self.model.card.name)

    def _ends(self) -> list[ev.Event]:
        """What closes the messages and tool calls of a reply that came whole."""
        out: list[ev.Event] = []
        if self._thinking:
            self._stop_thinking(out)
        if self._said:
            if self._shortened and self.subagent is None and self.request.schema is None:
                out.append(ev.TextDelta(self._message, f"\n\n({self._shortened})"))
            out.append(ev.TextEnd(self._message, self.subagent))
        for call in self.reply.calls:
            out.append(ev.ToolEnd(shown_id(self.turn, self.at, call.id), self.subagent))
        return out

    def _step(self, path: str, started: float, error: str = "") -> Step:
        asked = None if error else _asked(self.request)
        return Step(
            path, "model", self.model.card.name, asked, self.reply, self._usage, started,
            time.time(), error, self.agent.name,
        )  # fmt: skip


def size(words: str) -> int:
    """Bytes of a text."""
    return len(words) if words.isascii() else len(words.encode("utf-8", "replace"))


def _asked(request: Request) -> dict[str, Any]:
    """What is worth keeping of a request: the newest words, and what was offered."""
    newest = request.messages[-1]
    kept: dict[str, Any] = {"messages": len(request.messages), "newest": newest.text[:2000]}
    if request.tools:
        kept["tools"] = [tool.name for tool in request.tools]
    if request.schema is not None:
        kept["schema"] = True
    return kept


def message_id(turn: Turn, at: str) -> str:
    """The id of the message that a step writes: the same in every life of the run, unless the step
    was cut off in an earlier one (its journal says so)."""
    again = getattr(turn.journal, "again", None)
    return f"{turn.run}/{at}" + (again(at) if again else "")


def shown_id(turn: Turn, at: str, call: str) -> str:
    """A tool call's id in events. Models count their calls anew in every reply, but a run's ids
    have to differ; the first reply keeps the model's own, for a caller that runs the tool."""
    return call if at == "model-1" else f"{turn.run}/{at}/{call}"
