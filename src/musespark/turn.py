"""One request of one person: everything a plugin may touch."""

from __future__ import annotations

import math
import os
import time
import weakref
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from musespark.memo import Memory
from musespark.message import Message, Part, Source, Text, ToolCall, Usage
from musespark.person import Person
from musespark.problem import BudgetSpent
from musespark.tool import Tool

if TYPE_CHECKING:
    from musespark.model import Model

# Texts to vectors: float32 rows of length one, a row a text. Raises Problem.
Embed = Callable[[Sequence[str]], Awaitable[Any]]


def new_id(kind: str) -> str:
    """A fresh opaque id such as `run_0199…`: milliseconds, so that ids are in order, and chance."""
    stamp = time.time_ns() // 1_000_000
    return f"{kind}_{stamp:012x}{os.urandom(10).hex()}"


class Watcher(Protocol):
    """A call at work that a budget tells when it is changed."""

    def used(self) -> Usage:
        """What it has used so far that the budget does not count yet."""

    def changed(self, over: bool) -> None:
        """The budget was changed; with `over` it is used up, and the call has to end."""


class Budget:
    """What a turn may still use: tokens (read and written), seconds, and money.

    A share belongs to its parent: what a sub-agent spends counts for all above it. `by_model` is
    what each model has used, by its name: all budgets of a turn have it in common.
    """

    __slots__ = ("__weakref__", "by_model", "children", "ends", "money", "parent", "part",
                 "seconds", "spent", "started", "tokens", "watching")  # fmt: skip

    def __init__(
        self,
        tokens: int = 200_000,
        seconds: float = 300.0,
        money: float = float("inf"),
        parent: Budget | None = None,
    ) -> None:
        self.tokens, self.seconds, self.money, self.parent = tokens, seconds, money, parent
        self.spent = Usage()
        self.part = 1.0
        self.children: list[weakref.ref[Budget]] = []
        self.by_model: dict[str, Usage] = {} if parent is None else parent.by_model
        self.watching: set[Watcher] = set() if parent is None else parent.watching
        self.started = time.monotonic()
        self.ends = self.started + seconds
        if parent is not None:
            self.ends = min(self.ends, parent.ends)

    def spend(self, usage: Usage, model: str = "") -> None:
        """Count what a call of this model used. Never raises: what was used was used."""
        before = self.by_model.get(model)
        self.by_model[model] = usage if before is None else before + usage
        budget: Budget | None = self
        while budget is not None:
            budget.spent = budget.spent + usage
            budget = budget.parent

    @property
    def tokens_left(self) -> int:
        own = self.tokens - self.spent.total
        return own if self.parent is None else min(own, self.parent.tokens_left)

    @property
    def seconds_left(self) -> float:
        return self.ends - time.monotonic()

    @property
    def money_left(self) -> float:
        own = self.money - self.spent.cost
        return own if self.parent is None else min(own, self.parent.money_left)

    @property
    def used(self) -> float:
        """The largest used share of the three, 0 to 1 and above. Of nothing, all is used."""
        passed = time.monotonic() - self.started
        return max(
            _part(self.spent.total, self.tokens),
            _part(passed, self.seconds),
            _part(self.spent.cost, self.money),
        )

    @property
    def out(self) -> bool:
        """Whether anything has run out."""
        return self.tokens_left <= 0 or self.seconds_left <= 0 or self.money_left <= 0

    def check(self) -> None:
        """Raise BudgetSpent when anything has run out; called before every model and tool call."""
        if self.tokens_left <= 0:
            raise BudgetSpent(f"{self.tokens:,} tokens")
        if self.seconds_left <= 0:
            raise BudgetSpent(f"{self.seconds:g} seconds")
        if self.money_left <= 0:
            raise BudgetSpent(f"{self.money:g} in money")

    def share(self, part: float) -> Budget:
        """A child budget with `part` (0 to 1) of what is left."""
        child = Budget(
            int(self.tokens_left * part),
            max(self.seconds_left * part, 0.0),
            self.money_left * part,
            parent=self,
        )
        child.part = part
        self.children.append(weakref.ref(child))
        return child

    def change(
        self,
        tokens: int | None = None,
        seconds: float | None = None,
        money: float | None = None,
    ) -> None:
        """Raise or cut it while it is used. What is left of its shares grows or shrinks with what
        is left of it, and everybody in `watching` is told."""
        now = time.monotonic()
        before = self._left(now)
        self.tokens = self.tokens if tokens is None else tokens
        self.money = self.money if money is None else money
        if seconds is not None:
            self.ends += seconds - self.seconds
            self.seconds = seconds
        self._pass_on(before, now)
        at_work = tuple(self.watching)
        open_ = sum((watcher.used() for watcher in at_work), Usage())
        tokens_left, money_left = self.tokens_left - open_.total, self.money_left - open_.cost
        for watcher in at_work:
            watcher.changed(tokens_left <= 0 or money_left <= 0 or self.seconds_left <= 0)

    def _left(self, now: float) -> tuple[float, float, float]:
        """What is left of its own: tokens, seconds, money."""
        return self.tokens - self.spent.total, self.ends - now, self.money - self.spent.cost

    def _pass_on(self, before: tuple[float, float, float], now: float) -> None:
        """Change the shares of a budget that had `before` left until it was changed."""
        after = self._left(now)
        for child in [child for ref in self.children if (child := ref()) is not None]:
            had = child._left(now)
            tokens, seconds, money = (
                _scaled(*each, child.part) for each in zip(had, before, after, strict=True)
            )
            child.tokens = child.spent.total + int(tokens)
            child.money = child.spent.cost + money
            ends = min(now + seconds, self.ends)
            child.seconds += ends - child.ends
            child.ends = ends
            child._pass_on(had, now)


def _scaled(left: float, before: float, after: float, part: float) -> float:
    """What is left of a share when what is left of the whole changes: it stays the same part."""
    if not math.isfinite(after):
        return after
    if not math.isfinite(before):
        return after * part
    if left > 0 < before:
        return left * max(after, 0.0) / before
    return left + (after - before) * part


def _part(used: float, allowed: float) -> float:
    return used / allowed if allowed > 0 else 1.0


class Step(Struct):
    """One model or tool call of a run, as it is journalled: where in the run (`path`, unique),
    what went in, what came out, and what it cost. Times are seconds since the epoch."""

    path: str
    kind: str
    name: str
    input: Any = None
    output: Any = None
    usage: Usage = Usage()
    started: float = 0.0
    ended: float = 0.0
    error: str = ""
    agent: str = ""


class Journal(Protocol):
    """Where finished steps go before their results are used: before a model or a tool is called
    with them, or anybody sees them."""

    @property
    def steps(self) -> list[Step]:
        """The finished steps, in the order of their ends."""

    async def anew(self) -> None:
        """Let go of what the finished steps came to: it may not be used any more."""

    def finished(self, path: str) -> Step | None:
        """The step of this path if it finished before (in an earlier life of the run)."""

    async def write(self, step: Step) -> None:
        """Keep a finished step; a durable journal returns once it cannot be lost."""

    def note(self, step: Step) -> None:
        """Keep a finished step without waiting: `sure()` does, before its result is used."""

    async def sure(self) -> None:
        """Wait until no step written so far can be lost. Raises Problem when one cannot be kept."""


class Notes:
    """The journal of a run that lives in one process: steps kept in memory, in order."""

    __slots__ = ("steps",)

    def __init__(self) -> None:
        self.steps: list[Step] = []

    def finished(self, path: str) -> Step | None:
        return None

    async def write(self, step: Step) -> None:
        self.steps.append(step)

    def note(self, step: Step) -> None:
        self.steps.append(step)

    async def sure(self) -> None:
        """Memory loses nothing while the process lives."""

    async def anew(self) -> None:
        """There was no earlier life."""


class Desk(Protocol):
    """Where a person is asked before something is done or kept (see approvals.py)."""

    async def ask(self, turn: Turn, needed: Any) -> dict[str, Any] | None:
        """Put a call before the person (a NeedsApproval of consent.py); None when they allowed it
        in advance, else what they will be shown."""

    async def wonder(self, turn: Turn, purpose: str) -> dict[str, Any] | None:
        """The question about a purpose, if this turn may ask it: once, and never incognito."""


def _now() -> datetime:
    return datetime.now(UTC)


class Turn(Struct, kw_only=True):
    """A question and everything needed to answer it.

    `messages` is the conversation so far, the new question last. `mode` is what was asked for;
    `chosen` and `reason` say what was picked; with `refine` a model may be asked where that leaves
    a `doubt`. `effort` is how hard a model with its own thinking controls should think. `tainted`
    is set once words from outside were read; `approved` names the acting tools that the person
    allows for this turn. `models(tier)` gives the model of a tier;
    `embed` asks the operator's embedding model, None where there is none.
    `schema`, `tool_choice` and `options` (sampling) are a caller's wishes for the model's output.
    `watched` is False when nobody reads along, so that pieces may be joined. An `incognito` turn
    keeps nothing. `after` is the run that this one follows, "" to begin anew, None for the newest
    of the conversation; the first `earlier` messages are kept already (None: those up to the
    newest answer).
    `memory` says whether what is remembered may be used: None as the person allows in general,
    True also incognito, False not in this turn. What was `recalled` of the person and what was
    `quoted` from outside are kept for the gate; `desk()` is where the person is asked;
    `asks` is False where nobody would see a question about a purpose. `mind` is
    the person's memory (memory.Mine), None where nothing is kept, and `memories` what of it this
    turn tells of, `telling` how: used, offered or kept; or that nothing is known.
    The loop leaves `answer`, its `sources` and the caller's own `pending` tool calls here.
    """

    person: Person
    messages: list[Message]
    models: Callable[[str], Model]
    embed: Embed | None = None
    run: str = field(default_factory=lambda: new_id("run"))
    conversation: str = field(default_factory=lambda: new_id("conv"))
    mode: str = "auto"
    insist: bool = False
    refine: bool = False
    doubt: bool = False
    chosen: str = ""
    reason: str = ""
    effort: str = ""
    now: datetime = field(default_factory=_now)
    budget: Budget = field(default_factory=Budget)
    tools: dict[str, Tool] = field(default_factory=dict)
    journal: Journal = field(default_factory=Notes)
    schema: dict[str, Any] | None = None
    tool_choice: str = "auto"
    options: dict[str, Any] = field(default_factory=dict)
    recognised: Any = None
    pending: list[ToolCall] = field(default_factory=list)
    answer: str = ""
    sources: list[Source] = field(default_factory=list)
    incognito: bool = False
    after: str | None = None
    earlier: int | None = None
    watched: bool = True
    tainted: bool = False
    approved: frozenset[str] = frozenset()
    memory: bool | None = None
    recalled: list[str] = field(default_factory=list)
    quoted: list[str] = field(default_factory=list)
    desk: Callable[[], Desk] | None = None
    asks: bool = True
    mind: Any = None
    memories: list[Memory] = field(default_factory=list)
    telling: str = ""

    @property
    def question(self) -> str:
        """The words of the newest message of the person."""
        for message in reversed(self.messages):
            if message.role == "user":
                return message.text
        return ""

    @property
    def attached(self) -> tuple[Part, ...]:
        """What is attached to the newest message, beside its words."""
        last = self.messages[-1]
        return tuple(part for part in last.parts if not isinstance(part, Text))

    @property
    def local_now(self) -> datetime:
        """Now, in the person's time zone."""
        return self.now.astimezone(ZoneInfo(self.person.zone))
