"""Any OpenAI-compatible server: one streamed call, its retries, its time limits and its errors."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
import ssl
import time
from collections.abc import AsyncIterator, Coroutine
from typing import Any, NamedTuple, TypeVar

import aiohttp
import msgspec
import yarl

from musespark import sse, upstream, wire
from musespark.failure import failure, retry_after
from musespark.line import HungUp, Line
from musespark.model import Card, Chunk, Request
from musespark.problem import Problem
from musespark.refusal import RETRIED, Refusals, clean, reason
from musespark.settings import TierSettings

T = TypeVar("T")


class _Again(Exception):
    """A try that may be repeated: what to raise if it may not, how long the server says to wait,
    and whether it hung up, as on a kept-alive connection that it had closed meanwhile."""

    def __init__(self, problem: Problem, wait: float | None = None, hung_up: bool = False) -> None:
        super().__init__(problem.code)
        self.problem, self.wait, self.hung_up = problem, wait, hung_up


TRIES = 4
# Longer than this and a person would rather hear of it than wait for the server's own time.
PATIENCE = 60.0
# `none` is not in every server's list: on a refusal it becomes `low`, then the field goes.
_BUDGETS = {"none": 0, "low": 1024, "medium": 4096, "high": 16_384}
_MOST_JSON = 32 * 2**20


def backoff(tries: int) -> float:
    """Seconds before the next try: exponential with full jitter, from "Exponential Backoff And
    Jitter", AWS Architecture Blog, 2015."""
    return random.uniform(0, min(8.0, 0.5 * 2 ** (tries - 1)))  # noqa: S311


class _Opened(NamedTuple):
    line: Line
    events: sse.Events
    payloads: list[bytes]
    size: int


class Endpoint:
    """Any server that speaks `/v1/chat/completions`, always streaming upstream.

    Effort, where the tier names a control: `reasoning_effort` is passed on;
    `chat_template_kwargs.enable_thinking` is false for none and true for the others;
    `max_thinking_tokens` is 0, 1,024, 4,096 or 16,384.
    A field that the server refuses by name is left out or replaced from then on.
    """

    def __init__(self, tier: TierSettings, name: str = "fast") -> None:
        self.tier = tier
        key = tier.key.reveal()
        secrets = [key]
        try:
            base = _base(tier.url)
            login = base.raw_password or base.raw_user or "", base.password or base.user or ""
            secrets += [*login, *base.query.values()]
            self._base = base.with_user(None) if key else base  # one proof of who we are
        except ValueError:
            raise Problem(
                "model_unreachable",
                "The address of the model is none.",
                why=f"It is {clean(tier.url, secrets)!r}.",
                next="Give one such as http://localhost:8000/v1.",
                status=502,
            ) from None
        self.where = f"{self._base.host}:{self._base.port}"
        self.card = Card(
            name=tier.name,
            tier=name,
            where=self.where,
            context=tier.context,
            weak=tier.weak,
            tools=tier.tools,
            json_schema=tier.json_schema,
            vision=tier.vision,
            thinking=tier.thinking,
        )
        self._refusals = Refusals(self.where, tier, secrets)
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
        headers["Accept-Encoding"] = "identity"
        if key:
            headers["Authorization"] = f"Bearer {key}"
        self.headers = headers
        self._way = upstream.way(self._base / "chat/completions", headers)
        self._quirks: set[str] = set()

    async def close(self) -> None:
        await upstream.release(self)

    def unreachable(self, why: str) -> Problem:
        """The Problem of a server that nobody answers at."""
        return self._refusals.unreachable(why)

    async def stream(self, request: Request) -> AsyncIterator[Chunk]:
        """The answer in pieces; see Model.stream. What was yielded before a Problem stays."""
        line, events, payloads, size = await self._open(request)
        answer = wire.Answer(self.tier, size)
        over, trouble = False, None
        try:
            while True:
                for chunk in answer.take(payloads, joined=request.joined):
                    yield chunk
                if answer.broken is not None:
                    raise self._refusals.cut(answer.broken) from None
                if over or answer.done:
                    break
                try:
                    data = await line.read()
                    payloads = events.feed(data) if data else events.end()
                    over = not data
                except (OSError, sse.TooLong) as error:
                    payloads, over, trouble = [], True, error
            if not (answer.done or answer.finish):
                raise self._refusals.cut(trouble, request.deadline) from trouble
            yield answer.last()
            if not line.ended and trouble is None:
                await _drain(line)
        finally:
            self._leave(line, request)

    def _leave(self, line: Line, request: Request) -> None:
        """Hand the connection back after the end of the answer, hang up before it."""
        request.moved.discard(line.until)
        if line.ended:
            upstream.shared(self).done(self._way, line)
        else:
            line.hang_up()

    async def _open(self, request: Request) -> _Opened:
        """A connection on which the first event has arrived; retried until then."""
        tries = 0
        while True:
            tries += 1
            try:
                return await self._try(request)
            except _Again as again:
                pause = backoff(tries) if again.wait is None else again.wait
                if again.hung_up and tries == 1:
                    pause = 0.0
                deadline = request.deadline
                out_of_time = deadline is not None and time.monotonic() + pause >= deadline
                if tries >= TRIES or pause > PATIENCE or out_of_time:
                    raise again.problem from None
            await asyncio.sleep(pause)

    async def _try(self, request: Request) -> _Opened:
        if not self.card.name:
            await self._in_time(request, self._name())
        body = msgspec.json.encode(self._body(request))
        line = upstream.shared(self).kept(self._way) or await self._connect(request)
        request.moved.add(line.until)
        try:
            await line.post(
                b"%s%d\r\n\r\n" % (self._way.head, len(body)), body,
                self.tier.timeout, request.deadline,
            )  # fmt: skip
            if line.status != 200:
                raise await self._refusal(line, request)
            return await self._first(line, len(body), request)
        except HungUp:  # a kept connection that the server had closed fails so, and at once
            self._leave(line, request)
            problem = self.unreachable("It hung up without an answer")
            raise _Again(problem, hung_up=True) from None
        except TimeoutError as error:
            self._leave(line, request)
            raise self._refusals.cut(error, request.deadline) from None
        except OSError as error:
            self._leave(line, request)
            raise _Again(self._refusals.cut(error)) from None
        except BaseException:
            self._leave(line, request)
            raise

    async def _connect(self, request: Request) -> Line:
        try:
            return await self._in_time(request, upstream.shared(self).opened(self._way))
        except ssl.SSLError as error:
            raise self.unreachable(reason(error)) from None
        except OSError as error:
            raise _Again(self.unreachable(reason(error))) from None

    async def _in_time(self, request: Request, work: Coroutine[Any, Any, T]) -> T:
        """Do it before the deadline of the request, also when that is moved. Raises Problem."""
        try:
            async with asyncio.timeout_at(request.deadline) as clock:
                request.moved.add(clock.reschedule)
                try:
                    return await work
                finally:
                    request.moved.discard(clock.reschedule)
        except TimeoutError as error:
            if not clock.expired():
                raise
            raise self._refusals.cut(error, request.deadline) from None

    async def _first(self, line: Line, size: int, request: Request) -> _Opened:
        """Read until there is an event, and find out whether it is one at all."""
        events, seen = sse.Events(), b""
        while True:
            data = await line.read()
            if len(seen) < 16:
                seen += data[:64]
            start = seen.lstrip(b"\xef\xbb\xbf \r\n\t")[:1]
            if start == b"{":
                return _Opened(line, events, [await self._plain(line, data)], size)
            if start == b"<":
                raise self._refusals.problem(
                    "model_refused",
                    f"What answers at {self.where} is a web page, not a model.",
                    next="Check the address; most servers want /v1 at its end.",
                )
            try:
                payloads = events.feed(data) if data else events.end()
            except sse.TooLong as error:
                raise self._refusals.cut(error) from None
            if not payloads and not data:
                raise _Again(self._refusals.cut(None))
            if payloads:
                if b'"error"' in payloads[0]:
                    self._in_stream(payloads[0])
                return _Opened(line, events, payloads, size)

    def _in_stream(self, payload: bytes) -> None:
        """Raise for an error that came instead of the first event, so that it may be retried."""
        try:
            error = wire.decode(payload).error
        except (msgspec.DecodeError, UnicodeError):
            return
        if error is not None:
            found = failure({"error": error})
            code = re.search(r"\b[45]\d\d\b", found.code)
            problem = self._refusals.failed(int(code[0]) if code else 500, found)
            raise _Again(problem) if code and int(code[0]) in RETRIED else problem

    async def _plain(self, line: Line, data: bytes) -> bytes:
        """The whole answer of a server that does not stream."""
        parts, size = [data], len(data)
        try:
            while data := await line.read():
                parts.append(data)
                size += len(data)
                if size > _MOST_JSON:
                    raise sse.TooLong
        except (OSError, sse.TooLong) as error:
            raise self._refusals.cut(error) from None
        return b"".join(parts).strip()

    def _body(self, request: Request) -> dict[str, Any]:
        """The request in the words of Chat Completions, less what this server has refused."""
        card, quirks = self.card, self._quirks
        messages = wire.messages(
            request.messages, vision=card.vision, reasoning_back=self.tier.reasoning_back
        )
        body: dict[str, Any] = {"model": card.name, "messages": messages, "stream": True}
        body["stream_options"] = {"include_usage": True}
        if request.tools and card.tools:
            body["tools"] = wire.tools(request.tools)
            if request.tool_choice in ("none", "required"):
                body["tool_choice"] = request.tool_choice
            elif request.tool_choice != "auto":
                named = {"type": "function", "function": {"name": request.tool_choice}}
                body["tool_choice"] = named
        if request.schema is not None:
            if card.json_schema and "response_format" not in quirks:
                body["response_format"] = wire.response_format(request.schema)
            else:
                if "json_object" not in quirks:
                    body["response_format"] = {"type": "json_object"}
                shape = msgspec.json.encode(request.schema).decode()
                words = f"Answer with JSON only, fitting this JSON schema: {shape}"
                messages.append({"role": "user", "content": words})
        if request.max_tokens is not None:
            new = "max_tokens" in quirks
            body["max_completion_tokens" if new else "max_tokens"] = request.max_tokens
        for name in ("temperature", "seed", "stop"):
            if (value := getattr(request, name)) is not None:
                body[name] = value
        if request.effort and card.thinking:
            body |= self._thinking(request.effort)
        body |= request.options
        for name in quirks - {"max_tokens", "response_format", "json_object", "reasoning_effort"}:
            body.pop(name, None)
        return body

    def _thinking(self, effort: str) -> dict[str, Any]:
        if self.card.thinking == "reasoning_effort":
            if effort == "none" and "reasoning_effort" in self._quirks:
                effort = "low"
            return {"reasoning_effort": effort}
        if self.card.thinking == "chat_template_kwargs":
            return {"chat_template_kwargs": {"enable_thinking": effort != "none"}}
        return {"max_thinking_tokens": _BUDGETS[effort]}

    def _adapt(self, words: str, request: Request) -> bool:
        """Whether the refusal names a field that can be left out; remembered from now on."""
        body, quirks = self._body(request), self._quirks
        candidates = {
            "max_completion_tokens": "max_tokens" in body,
            "json_object": "json_object" in str(body.get("response_format")),
            "response_format": "json_schema" in str(body.get("response_format")),
            "reasoning_effort": body.get("reasoning_effort") == "none",
            "stream_options": "stream_options" in body,
            "temperature": "temperature" in body,
            "seed": "seed" in body,
        }
        for name, sent in candidates.items():
            if sent and name in words:
                name = "max_tokens" if name == "max_completion_tokens" else name
                if name not in quirks:
                    quirks.add(name)
                    return True
        return False

    async def _refusal(self, line: Line, request: Request) -> Problem | _Again:
        """What an answer other than 200 means."""
        body = b""
        with contextlib.suppress(OSError):
            async with asyncio.timeout(10):
                while len(body) < 65_536 and (data := await line.read()):
                    body += data
        found = failure(body)
        problem = self._refusals.failed(line.status, found)
        if line.status in (400, 422) and self._adapt(found.message, request):
            return _Again(problem, 0.0)
        if line.status in RETRIED and "insufficient_quota" not in found.code:
            return _Again(problem, retry_after(line.headers))
        return problem

    async def _name(self) -> None:
        """Take the first model of the server's list where the settings name none."""
        try:
            names = await self.models()
        except Problem as problem:
            raise _Again(problem) if problem.code == "model_unreachable" else problem from None
        self.card = msgspec.structs.replace(self.card, name=names[0] if names else "default")
        self._refusals.name = self.card.name

    async def models(self) -> list[str]:
        """The names that the server lists; empty where it has no list. Raises Problem when nobody
        answers or the key is wrong."""
        try:
            async with upstream.session(self).get(
                self._base / "models",
                headers=self.headers | {"Accept": "application/json"},
                timeout=aiohttp.ClientTimeout(total=upstream.CONNECT_SECONDS),
                allow_redirects=False,
            ) as response:
                body = await response.content.read(_MOST_JSON)
        except (aiohttp.ClientError, OSError) as error:
            raise self.unreachable(reason(error)) from None
        if response.status in (401, 403):
            raise self._refusals.failed(response.status, failure(body))
        try:
            listed = msgspec.json.decode(body)["data"]
            return [str(item["id"]) for item in listed]
        except (msgspec.DecodeError, UnicodeError, KeyError, TypeError):
            return []


def _base(url: str) -> yarl.URL:
    """The address up to and with `/v1`, from whatever of it was given. Raises ValueError."""
    found = yarl.URL(url.strip())
    if found.scheme not in ("http", "https") or not found.host:
        raise ValueError(url)
    (found.raw_host or "").encode("idna")  # names that DNS cannot have, before they are asked for
    path = found.path.rstrip("/").removesuffix("/chat/completions")
    return found.with_path(path or "/v1", keep_query=True)


async def _drain(line: Line) -> None:
    """Read past the end of an answer, so that its connection can be used again."""
    with contextlib.suppress(OSError):
        async with asyncio.timeout(0.25):
            while await line.read():
                pass
