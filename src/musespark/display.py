"""A run on the terminal: its events as they come, a lane for each agent at work at once."""

from __future__ import annotations

import json
import time
from typing import Any

from msgspec import Struct, field

from musespark import event as ev
from musespark.captions import flat, newest, opening, outline, said, sentences, told
from musespark.message import Source, Usage
from musespark.prose import writer
from musespark.terminal import WIDEST, Terminal, clean, clip, count, seconds

_BREATH = 0.08  # seconds between two drawings of what goes on now
_LETTERS = 4.0  # characters a token, to show about how much was written before the model says it


class Lane(Struct):
    """One agent: what it does now, how much it wrote, since when, and how it ended."""

    name: str
    task: str
    began: float
    doing: str = "starts"
    written: int = 0
    words: str = ""
    ended: float = 0.0
    state: str = "working"
    result: str = ""


class Call(Struct):
    """A tool call as it comes in."""

    name: str
    lane: str | None = None
    arguments: str = ""
    began: float = 0.0


class Work(Struct):
    """A stretch of work folded into one line: a step, or a model's own thinking."""

    name: str
    began: float
    written: int = 0
    words: str = ""
    task: str = ""
    sub: list[str] = field(default_factory=list)


class Display:
    """Shows the events of one run. `state` is how it ended: done, partial (the budget ran out),
    failed or cancelled."""

    def __init__(self, terminal: Terminal, waiting: str = "") -> None:
        self.terminal, self.waiting = terminal, waiting
        self.began = time.monotonic()
        self.run = self.conversation = self.mode = ""
        self.state = ""
        self.problem = ""
        self.lanes: dict[str, Lane] = {}
        self.calls: dict[str, Call] = {}
        self.steps: list[Work] = []
        self.tasks: dict[str, str] = {}
        self.thought: Work | None = None
        self.sources: list[Source] = []
        self.memories: list[dict[str, Any]] = []  # that the answer used
        self.asked: list[tuple[str, dict[str, Any]]] = []  # what waits for the person
        self.usage: list[ev.TokenUsage] = []
        self._drawn = 0.0
        self._partial = False
        self._place = ""  # where the last line went: "answer", or "about" it
        self.answer = writer(terminal)

    # -- events -----------------------------------------------------------------------------------

    def show(self, event: ev.Event) -> None:
        """One event more."""
        shown = _SHOWN.get(type(event))
        lane = self.lanes.get(getattr(event, "subagent_run_id", None) or "")
        if lane is not None and not isinstance(event, ev.Custom):
            self._in_lane(lane, event)
        elif shown is not None:
            shown(self, event)
        self.tick()

    def tick(self, now: float = 0.0) -> None:
        """Draw what goes on now, unless it was drawn a moment ago."""
        now = now or time.monotonic()
        if now - self._drawn < _BREATH or not self.terminal.err_live:
            return
        self._drawn = now
        lines = self._now(now)
        if lines:
            self.answer.pause()
            self.terminal.draw(lines)

    def _started(self, event: ev.RunStarted) -> None:
        self.run, self.conversation = event.run_id, event.thread_id

    def _text(self, event: ev.TextDelta) -> None:
        self.waiting = ""
        if self._place == "about" and self.terminal.out_live and self.terminal.err_live:
            self.terminal.write("\n")
        self._place = "answer"
        self.answer.feed(event.delta)

    def _text_start(self, event: ev.TextStart) -> None:
        if self.answer.wrote:
            self.answer.pause()
            self.answer.feed("\n")

    def _text_end(self, event: ev.TextEnd) -> None:
        self.answer.pause()

    def _custom(self, event: ev.Custom) -> None:
        value = event.value
        kind = event.name.removeprefix("musespark.")
        if kind == "mode":
            self.mode = value["mode"]
            self._say(f"{value['mode']}: {value['reason']}", "dim")
        elif kind == "sources":
            self.sources = [s if isinstance(s, Source) else Source(**s) for s in value]
        elif kind in ("approval", "consent"):
            self.asked.append((kind, value))
        elif kind == "task":
            self.tasks[value["step"]] = value["task"]
        elif kind == "memory":
            self.memories = [row for row in value if row["how"] == "used"]
        elif kind == "notice":
            self._partial = self._partial or value["code"] == "budget_spent"
            self._say(value["text"], "yellow", first="Note: ", rest="  ")
        else:
            words = said(kind, value)
            if words:
                self._say(words, "dim")

    def _say(self, text: str, *styles: str, first: str = "", rest: str = "") -> None:
        """A line about the run, between the lines of the answer."""
        self._apart()
        self.terminal.tell(text, *styles, first=first, rest=rest)

    def _apart(self) -> None:
        """Before a line about the answer: what was written of it ends, with a blank below it."""
        self.answer.pause()
        if self._place == "answer":
            self.terminal.tell("")
        if not self.terminal.quiet:
            self._place = "about"

    # tools

    def _tool(self, event: ev.ToolStart) -> None:
        self.calls[event.tool_call_id] = Call(event.tool_call_name, began=time.monotonic())

    def _tool_args(self, event: ev.ToolArgs) -> None:
        if event.tool_call_id in self.calls:
            self.calls[event.tool_call_id].arguments += event.delta

    def _tool_done(self, event: ev.ToolDone) -> None:
        call = self.calls.pop(event.tool_call_id, None)
        if call is not None:
            self._say(self._one_line(f"{called(call)} → {opening(event.content)}"), "dim")

    # steps and thinking

    def _step(self, event: ev.StepStarted) -> None:
        task = self.tasks.pop(event.step_name, "")
        self.steps.append(Work(event.step_name, time.monotonic(), task=task))

    def _step_done(self, event: ev.StepFinished) -> None:
        for work in [w for w in self.steps if w.name == event.step_name]:
            self.steps.remove(work)
            self._fold(work)

    def _fold(self, work: Work) -> None:
        """The finished work in one line: what it was, how long it took, what it began with."""
        spent = seconds(time.monotonic() - work.began)
        size = f", about {count(work.written / _LETTERS, 'token')}" if work.written else ""
        what = work.task or outline(work.words)
        name = f"{work.name}: {what}" if what else work.name
        tail = f" ({spent}{size})"
        room = self._running - len(tail)
        self._say(clip(flat(name), room) + tail, "dim")

    def _thinking(self, event: ev.ReasoningStart) -> None:
        if not self.steps:
            self.thought = Work("thinking", time.monotonic())

    def _thinks(self, event: ev.ReasoningDelta) -> None:
        self.waiting = ""
        work = self.steps[-1] if self.steps else self.thought
        if work is not None:
            work.written += len(event.delta)
            if len(work.words) < 4000:
                work.words += event.delta
            else:
                work.words = work.words[:2000] + work.words[-1900:] + event.delta

    def _thought(self, event: ev.ReasoningEnd) -> None:
        if self.thought is not None:
            self._fold(self.thought)
            self.thought = None

    # lanes

    def _lane(self, event: ev.SubagentStarted) -> None:
        self.waiting = ""
        if all(lane.ended for lane in self.lanes.values()):
            self.lanes.clear()
        self.lanes[event.subagent_run_id] = Lane(event.name, event.description, time.monotonic())

    def _in_lane(self, lane: Lane, event: ev.Event) -> None:
        if isinstance(event, ev.TextDelta | ev.ReasoningDelta):
            lane.doing = "writes" if isinstance(event, ev.TextDelta) else "thinks"
            lane.written += len(event.delta)
            lane.words = (lane.words + event.delta)[-300:]
        elif isinstance(event, ev.ToolStart):
            self.calls[event.tool_call_id] = Call(event.tool_call_name)
            lane.doing, lane.words = f"uses {event.tool_call_name}", ""
        elif isinstance(event, ev.ToolArgs):
            self._tool_args(event)
        elif isinstance(event, ev.ToolDone):
            call = self.calls.pop(event.tool_call_id, None)
            if call is not None:
                lane.doing, lane.words = "reads", f"{called(call)} → {opening(event.content)}"
        elif isinstance(event, ev.SubagentFinished):
            self._lane_ends(lane, "done", str(event.result or ""))
        elif isinstance(event, ev.SubagentError):
            cut = event.code in ("hung_up", "budget_spent")
            self._lane_ends(lane, "cut" if cut else "failed", event.message)

    def _lane_ends(self, lane: Lane, state: str, result: str) -> None:
        if lane.ended:
            return
        lane.state, lane.result, lane.ended = state, result, time.monotonic()
        if all(lane.ended for lane in self.lanes.values()):
            self._apart()
            for each in self.lanes.values():
                self._told(each)

    def _told(self, lane: Lane) -> None:
        """The line that stays of a lane."""
        colour = {"done": "green", "failed": "red"}.get(lane.state, "yellow")
        tail = f"{self._spent(lane, lane.ended)}  "
        head = f"  {lane.state:<7}"
        text = f"{lane.name}: {lane.task}"
        if lane.result:
            text += f" → {lane.result}"
        line = clip(flat(text), self._room - len(head) - len(tail))
        head = self.terminal.style(head, colour)
        if not self.terminal.quiet:
            self.terminal.erase()
            self.terminal.err_line(head + self.terminal.style(tail + line, "dim"))

    def _spent(self, lane: Lane, now: float) -> str:
        written = round(lane.written / _LETTERS)
        return f"{seconds(now - lane.began):>8}  {f'~{written:,}':>6} tokens"

    def _now(self, now: float) -> list[str]:
        """What is going on, in lines that are drawn over: the lanes, else the step under way."""
        room, style = self.terminal.width - 1, self.terminal.style
        working = [lane for lane in self.lanes.values() if not lane.ended]
        if working:
            return self._lanes_now(now, room)
        if self.answer.wrote and not self.steps and self.thought is None and not self.calls:
            return []
        for call in self.calls.values():
            return [style(clip(f"{called(call)} …", room), "dim")]
        work = self.steps[-1] if self.steps else self.thought
        if work is not None:
            head = f"{work.name} {seconds(now - work.began)} "
            latest = flat(work.task if not work.words else told(work.words)[-2 * room :])
            return [style(head, "bold") + style(newest(latest, room - len(head)), "dim")]
        if self.waiting and now - self.began > 0.3:
            return [style(clip(f"{self.waiting} {seconds(now - self.began)}", room), "dim")]
        return []

    def _lanes_now(self, now: float, room: int) -> list[str]:
        lanes = list(self.lanes.values())
        most = self.terminal.height - 2
        if len(lanes) > most:
            lanes = [lane for lane in lanes if not lane.ended]
        lines = []
        for lane in lanes[:most]:
            head = f"  {lane.state:<7}"
            tail = self._spent(lane, lane.ended or now)
            title = clip(f"{lane.name}: {lane.task}", max(room // 3, 16))
            free = room - len(head) - len(tail) - 2 - len(title) - 2
            colour = {"done": "green", "failed": "red", "cut": "yellow"}.get(lane.state, "bold")
            text = f"{title}  {lane_now(lane, free)}" if free > 12 else title
            lines.append(
                self.terminal.style(head, colour) + tail + "  " + self.terminal.style(text, "dim")
            )
        if len(lanes) > most:
            lines.append(self.terminal.style(f"  and {len(lanes) - most} more", "dim"))
        return lines

    # the end

    def _finished(self, event: ev.RunFinished) -> None:
        self.usage = event.usage
        cancelled = (event.outcome or {}).get("type") == "cancelled"
        self.state = "cancelled" if cancelled else "partial" if self._partial else "done"

    def _failed(self, event: ev.RunError) -> None:
        self.usage = event.usage
        self.state = "partial" if event.code == "budget_spent" else "failed"
        self.problem = event.message

    def close(self, spent: Usage | None = None) -> None:
        """Everything that comes after the last event: sources, the error, one line of figures."""
        self.answer.end()
        self.terminal.erase()
        for lane in self.lanes.values():
            if not lane.ended:
                self._lane_ends(lane, "cut", "")
        if self.sources and not self.terminal.quiet:
            self._listed()
        if self.memories and not self.terminal.quiet:
            self._recalled()
        if self.problem:
            self.terminal.failure(sentences(self.problem))
        if self.state == "cancelled":
            self._say("Cancelled. What was written until then is kept.", "yellow")
        self._footer(spent)

    def _listed(self) -> None:
        style = self.terminal.style
        self.terminal.line()
        self.terminal.line(style("Sources", "bold", out=True))
        for source in self.sources:
            place = ", ".join(part for part in (source.title, source.where) if part)
            drawn = source.url.startswith("data:")
            address = (
                f"  {source.url}" if source.url not in ("", source.title) and not drawn else ""
            )
            self.terminal.line(clean(f"  [{source.id}] {place}{address}"))
            for line in source.quote.splitlines() if drawn else ():  # a chart, as a terminal can
                self.terminal.line(clean(f"      {line}"))

    def _recalled(self) -> None:
        """The memories that a model read beside the question; those that the answer itself quotes
        stand among the sources."""
        quoted = {source.memory for source in self.sources}
        rows = [row for row in self.memories if row["id"] not in quoted]
        if not rows:
            return
        self.terminal.line()
        self.terminal.line(self.terminal.style("From your memory", "bold", out=True))
        for row in rows:
            who = row["speaker"] or "you"
            words = clip(" ".join(clean(row["words"]).split()), 100)
            self.terminal.line(clean(f"  [{row['mark']}] {who}, {row['date'][:10]}: {words}"))

    def _footer(self, spent: Usage | None) -> None:
        parts = [self.mode] if self.mode else []
        parts += [use.model for use in self.usage if use.model]
        tokens = sum(use.total_tokens for use in self.usage)
        if tokens:
            parts.append(count(tokens, "token"))
        if spent is not None and spent.cost > 0:
            parts.append(f"cost {spent.cost:.4f}".rstrip("0"))
        parts.append(seconds(time.monotonic() - self.began))
        parts.append(self.run)
        self._say(" · ".join(part for part in parts if part), "dim")

    @property
    def _room(self) -> int:
        return self.terminal.width - 1 if self.terminal.err_live else 2_000

    @property
    def _running(self) -> int:
        """Columns of a line of running text, which folds where it is longer."""
        return min(self._room, WIDEST) if self.terminal.err_live else self._room

    def _one_line(self, text: str) -> str:
        return clip(text, self._running)


_SHOWN: dict[type, Any] = {
    ev.RunStarted: Display._started,
    ev.RunFinished: Display._finished,
    ev.RunError: Display._failed,
    ev.TextStart: Display._text_start,
    ev.TextDelta: Display._text,
    ev.TextEnd: Display._text_end,
    ev.ToolStart: Display._tool,
    ev.ToolArgs: Display._tool_args,
    ev.ToolDone: Display._tool_done,
    ev.StepStarted: Display._step,
    ev.StepFinished: Display._step_done,
    ev.ReasoningStart: Display._thinking,
    ev.ReasoningDelta: Display._thinks,
    ev.ReasoningEnd: Display._thought,
    ev.SubagentStarted: Display._lane,
    ev.Custom: Display._custom,
}


def lane_now(lane: Lane, room: int) -> str:
    """What an agent does now, its newest words last; or what came of it."""
    if lane.ended:
        return clip(flat(lane.result), room)
    return f"{lane.doing} {newest(flat(lane.words), room - len(lane.doing) - 1)}"


def called(call: Call) -> str:
    """`calculate(expression="17% of 240")`."""
    try:
        given = json.loads(call.arguments or "{}")
    except ValueError:
        return f"{call.name}({flat(call.arguments)})"
    if not isinstance(given, dict):
        return f"{call.name}({flat(call.arguments)})"
    listed = ", ".join(f"{k}={json.dumps(v, ensure_ascii=False)}" for k, v in given.items())
    return f"{call.name}({flat(listed)})"
