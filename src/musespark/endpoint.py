"""Any OpenAI-compatible server: one streamed call, its retries, its time limits and its errors."""

from __future__ import annotations

import asyncio
import os
import random
import re
import time
from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import aiohttp
import msgspec
import yarl

from musespark import sse, wire
from musespark.model import Card, Chunk, ContextTooLong, Request, join
from musespark.problem import Problem
from musespark.settings import TierSettings, veiled


class _Again(Exception):
    """A try that may be repeated: what to raise if it may not, how long the server says to wait,
    and whether it hung up, as on a kept-alive connection that it had closed meanwhile."""

    def __init__(self, problem: Problem, wait: float | None = None, hung_up: bool = False) -> None:
        super().__init__(problem.code)
        self.problem, self.wait, self.hung_up = problem, wait, hung_up


# One session for each event loop, shared by every endpoint of the process and closed by the last.
_sessions: WeakKeyDictionary[
    asyncio.AbstractEventLoop, tuple[aiohttp.ClientSession, set[object]]
] = WeakKeyDictionary()


def session(owner: object) -> aiohttp.ClientSession:
    """The shared connections of this event loop; they close when the last `owner` let go."""
    loop = asyncio.get_running_loop()
    found = _sessions.get(loop)
    if found is None or found[0].closed:
        made = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60, ttl_dns_cache=300),
            cookie_jar=aiohttp.DummyCookieJar(),
            read_bufsize=2**18,
        )
        found = _sessions[loop] = (made, set())
    found[1].add(owner)
    return found[0]


async def release(owner: object) -> None:
    """`owner` needs the connections of this event loop no longer."""
    found = _sessions.get(asyncio.get_running_loop())
    if found is not None and owner in found[1]:
        found[1].discard(owner)
        if not found[1]:
            del _sessions[asyncio.get_running_loop()]
            await found[0].close()


TRIES = 4
CONNECT_SECONDS = 10.0
# Longer than this and a person would rather hear of it than wait for the server's own time.
PATIENCE = 60.0
_RETRIED = frozenset({408, 409, 425, 429, 500, 502, 503, 504})
# `none` is not in every server's list: on a refusal it becomes `low`, then the field goes.
_BUDGETS = {"none": 0, "low": 1024, "medium": 4096, "high": 16_384}
_MOST_JSON = 32 * 2**20


def backoff(tries: int) -> float:
    """Seconds before the next try: exponential with full jitter, from "Exponential Backoff And
    Jitter", AWS Architecture Blog, 2015."""
    return random.uniform(0, min(8.0, 0.5 * 2 ** (tries - 1)))  # noqa: S311


class _Opened(NamedTuple):
    response: aiohttp.ClientResponse
    events: sse.Events
    payloads: list[bytes]
    size: int


class _Late:
    """Calls something at the deadline of a request, also when that is moved."""

    def __init__(self, request: Request, act: Callable[[], object]) -> None:
        self._act, self._moved = act, request.moved
        self._timer: asyncio.TimerHandle | None = None
        if request.deadline is not None:
            self._set(request.deadline)
            self._moved.add(self._set)

    def _set(self, at: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(at, self._act)

    def cancel(self) -> None:
        self._moved.discard(self._set)
        if self._timer is not None:
            self._timer.cancel()


class Endpoint:
    """Any server that speaks `/v1/chat/completions`, always streaming upstream.

    Effort, where the tier names a control: `reasoning_effort` is passed on;
    `chat_template_kwargs.enable_thinking` is false for none and true for the others;
    `max_thinking_tokens` is 0, 1,024, 4,096 or 16,384.
    A field that the server refuses by name is left out or replaced from then on.
    """

    def __init__(self, tier: TierSettings, name: str = "fast") -> None:
        self.tier = tier
        self._key = tier.key.reveal()
        self._secrets = [self._key]
        try:
            base = _base(tier.url)
            login = base.raw_password or base.raw_user or "", base.password or base.user or ""
            self._secrets += [*login, *base.query.values()]
            self._base = base.with_user(None) if self._key else base  # one proof of who we are
        except ValueError:
            raise Problem(
                "model_unreachable",
                "The address of the model is none.",
                why=f"It is {self._clean(tier.url)!r}.",
                next="Give one such as http://localhost:8000/v1.",
                status=502,
            ) from None
        self._url = self._base / "chat/completions"
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
        headers = {"Content-Type": "application/json", "Accept": "text/event-stream"}
        headers["Accept-Encoding"] = "identity"
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        self.headers = headers
        self._timeout = aiohttp.ClientTimeout(
            total=None, sock_connect=CONNECT_SECONDS, sock_read=tier.timeout
        )
        self._quirks: set[str] = set()

    async def close(self) -> None:
        await release(self)

    async def stream(self, request: Request) -> AsyncIterator[Chunk]:
        """The answer in pieces; see Model.stream. What was yielded before a Problem stays."""
        opened = await self._open(request)
        response, events, payloads = opened.response, opened.events, opened.payloads
        answer = wire.Answer(self.tier, opened.size)
        late = _Late(request, response.close)
        over, trouble = False, None
        try:
            read = response.content.readany
            while True:
                together: list[Chunk] = []
                for payload in payloads:
                    if payload == sse.DONE:
                        answer.done = over = True
                        break
                    try:
                        chunk = answer.chunk(payload)
                    except (msgspec.DecodeError, UnicodeError, wire.Failed, wire.Endless) as error:
                        raise self._cut(error, None) from None
                    if chunk is None:
                        continue
                    if request.joined:
                        together.append(chunk)
                    else:
                        yield chunk
                if together:
                    yield join(together)
                if over:
                    break
                try:
                    data = await read()
                    payloads = events.feed(data) if data else events.end()
                    over = not data
                except (aiohttp.ClientError, OSError, sse.TooLong) as error:
                    payloads, over, trouble = [], True, error
            if not (answer.done or answer.finish):
                raise self._cut(trouble, request.deadline) from trouble
            yield answer.last()
            if not response.content.at_eof() and trouble is None:
                await _drain(response)
        finally:
            late.cancel()
            # Hands the connection back after the end of the answer, hangs up before it.
            if response.content.at_eof():
                response.release()
            else:
                response.close()

    async def _open(self, request: Request) -> _Opened:
        """A connection on which the first event has arrived; retried until then."""
        loop = asyncio.get_running_loop()
        tries = 0
        while True:
            tries += 1
            try:
                async with asyncio.timeout_at(request.deadline) as clock:
                    request.moved.add(clock.reschedule)
                    try:
                        return await self._try(request)
                    finally:
                        request.moved.discard(clock.reschedule)
            except TimeoutError as error:
                raise self._cut(error, request.deadline) from None
            except _Again as again:
                pause = backoff(tries) if again.wait is None else again.wait
                if again.hung_up and tries == 1:
                    pause = 0.0
                deadline = request.deadline
                out_of_time = deadline is not None and loop.time() + pause >= deadline
                if tries >= TRIES or pause > PATIENCE or out_of_time:
                    raise again.problem from None
            await asyncio.sleep(pause)

    async def _try(self, request: Request) -> _Opened:
        if not self.card.name:
            await self._name()
        body = msgspec.json.encode(self._body(request))
        try:
            response = await session(self).post(
                self._url,
                data=body,
                headers=self.headers,
                timeout=self._timeout,
                allow_redirects=False,
            )
        except aiohttp.ClientSSLError as error:
            raise self.unreachable(str(error)) from None
        except aiohttp.SocketTimeoutError as error:
            raise self._cut(error, None) from None
        except (aiohttp.ClientError, OSError) as error:
            # A kept-alive connection that the server had closed fails so, and at once.
            hung_up = isinstance(
                error, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError
            ) and not isinstance(error, aiohttp.ClientConnectorError)
            why = "It hung up without an answer" if hung_up else reason(error)
            raise _Again(self.unreachable(why), hung_up=hung_up) from None
        try:
            if response.status != 200:
                raise await self._refusal(response, request)
            return await self._first(response, len(body))
        except BaseException:
            response.close()
            raise

    async def _first(self, response: aiohttp.ClientResponse, size: int) -> _Opened:
        """Read until there is an event, and find out whether it is one at all."""
        events, seen = sse.Events(), b""
        while True:
            try:
                data = await response.content.readany()
            except (aiohttp.SocketTimeoutError, TimeoutError) as error:
                raise self._cut(error, None) from None
            except (aiohttp.ClientError, OSError) as error:
                raise _Again(self._cut(error, None)) from None
            if len(seen) < 16:
                seen += data[:64]
            start = seen.lstrip(b"\xef\xbb\xbf \r\n\t")[:1]
            if start == b"{":
                return _Opened(response, events, [await self._plain(response, data)], size)
            if start == b"<":
                raise self._problem(
                    "model_refused",
                    f"What answers at {self.where} is a web page, not a model.",
                    next="Check the address; most servers want /v1 at its end.",
                )
            try:
                payloads = events.feed(data) if data else events.end()
            except sse.TooLong as error:
                raise self._cut(error, None) from None
            if not payloads and not data:
                raise _Again(self._cut(None, None))
            if payloads:
                if b'"error"' in payloads[0]:
                    self._in_stream(payloads[0])
                return _Opened(response, events, payloads, size)

    def _in_stream(self, payload: bytes) -> None:
        """Raise for an error that came instead of the first event, so that it may be retried."""
        try:
            error = wire.decode(payload).error
        except (msgspec.DecodeError, UnicodeError):
            return
        if error is not None:
            found = wire.failure({"error": error})
            code = re.search(r"\b[45]\d\d\b", found.code)
            problem = self._failed(int(code[0]) if code else 500, found)
            raise _Again(problem) if code and int(code[0]) in _RETRIED else problem

    async def _plain(self, response: aiohttp.ClientResponse, data: bytes) -> bytes:
        """The whole answer of a server that does not stream."""
        parts, size = [data], len(data)
        try:
            while data := await response.content.readany():
                parts.append(data)
                size += len(data)
                if size > _MOST_JSON:
                    raise self._cut(sse.TooLong(), None)
        except (aiohttp.ClientError, OSError) as error:
            raise self._cut(error, None) from None
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

    async def _refusal(
        self, response: aiohttp.ClientResponse, request: Request
    ) -> Problem | _Again:
        """What an answer other than 200 means."""
        status = response.status
        try:
            async with asyncio.timeout(10):
                body = await response.content.read(65_536)
        except (aiohttp.ClientError, OSError, TimeoutError):
            body = b""
        found = wire.failure(body)
        problem = self._failed(status, found)
        if status in (400, 422) and self._adapt(found.message, request):
            return _Again(problem, 0.0)
        if status in _RETRIED and "insufficient_quota" not in found.code:
            return _Again(problem, wire.retry_after(response.headers))
        return problem

    def _failed(self, status: int, found: wire.Failure) -> Problem:
        """The Problem of an error status and body."""
        why = f"It says: {_sentence(found.message)}" if found.message else f"It answered {status}."
        if status in (400, 413, 422, 500) and found.too_long:
            return ContextTooLong(self.where, found.context, found.needed)
        if "insufficient_quota" in found.code or status == 402:
            what, next = "will not go on without credit", "Check the plan and billing there."
        elif status in (401, 403):
            what, next = "did not accept the key", "Set the key of this model again."
        elif status in (404, 405, 501):
            what, next = "was not found", "Check the address and the name; try `musespark models`."
        elif 300 <= status < 400:
            what, next = "has moved", "Set the new address; a redirect is not followed."
        elif status in _RETRIED and status != 500:
            what, next = f"is overloaded (it answered {status})", "Try again in a moment."
            return self._problem("model_overloaded", self._say(what), why, next, 503)
        elif status >= 500:
            what, next = "failed", "Look at its log; try again."
        else:
            what, next = "did not accept the request", "Check the settings of this model."
        return self._problem("model_refused", self._say(what), why, next)

    def _say(self, what: str) -> str:
        return f"The model {self.card.name or 'without a name'} at {self.where} {what}."

    def unreachable(self, why: str) -> Problem:
        return self._problem(
            "model_unreachable",
            f"No model answers at {self.where}.",
            f"{why.rstrip('.')}.",
            "Start it, or check the address with `musespark models`.",
        )

    def _cut(self, error: BaseException | None, deadline: float | None) -> Problem:
        """The Problem of an answer that stopped."""
        if deadline is not None and time.monotonic() >= deadline - 0.001:
            words = "The time for this answer ran out before the model had finished."
            next = "Allow more time, or ask for a shorter answer."
            return self._problem("model_silent", words, next=next, status=504)
        if isinstance(error, TimeoutError):
            words = f"Not a word came for {self.tier.timeout:g} seconds."
            next = "Check whether it hangs, or allow it more time."
            return self._problem("model_silent", self._say("fell silent"), words, next, 504)
        if isinstance(error, wire.Failed):
            return self._failed(500, error.failure)
        if isinstance(error, wire.Endless):
            next = "What came until then is kept. Set a limit to the answer."
            return self._problem("model_cut_off", self._say("does not stop"), next=next)
        why = "The connection ended before the answer did."
        if isinstance(error, sse.TooLong):
            why = "It sent a line longer than any answer."
        elif isinstance(error, (msgspec.DecodeError, UnicodeError)):
            why = "It sent something that is not JSON."
        next = "What came until then is kept. Ask again."
        return self._problem("model_cut_off", self._say("stopped in the middle"), why, next)

    def _problem(
        self, code: str, what: str, why: str = "", next: str = "", status: int = 502
    ) -> Problem:
        clean = self._clean
        return Problem(code, clean(what), why=clean(why), next=clean(next), status=status)

    def _clean(self, words: str) -> str:
        """The words without the key, or a password or a query in an address."""
        for secret in self._secrets:
            if len(secret) >= 4:
                words = words.replace(secret, "…")
        return veiled(words)

    async def _name(self) -> None:
        """Take the first model of the server's list where the settings name none."""
        try:
            names = await self.models()
        except Problem as problem:
            raise _Again(problem) if problem.code == "model_unreachable" else problem from None
        self.card = msgspec.structs.replace(self.card, name=names[0] if names else "default")

    async def models(self) -> list[str]:
        """The names that the server lists; empty where it has no list. Raises Problem when nobody
        answers or the key is wrong."""
        try:
            async with session(self).get(
                self._base / "models",
                headers=self.headers | {"Accept": "application/json"},
                timeout=aiohttp.ClientTimeout(total=CONNECT_SECONDS),
                allow_redirects=False,
            ) as response:
                body = await response.content.read(_MOST_JSON)
        except (aiohttp.ClientError, OSError) as error:
            raise self.unreachable(reason(error)) from None
        if response.status in (401, 403):
            raise self._failed(response.status, wire.failure(body))
        try:
            listed = msgspec.json.decode(body)["data"]
            return [str(item["id"]) for item in listed]
        except (msgspec.DecodeError, UnicodeError, KeyError, TypeError):
            return []


def _sentence(words: str) -> str:
    """A server's words with an end, for a sentence follows."""
    words = words.strip()
    return words if words.endswith((".", "!", "?", "…")) else f"{words}."


def reason(error: object) -> str:
    """Why nobody could be reached, as the system says it."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "Its name is known to no name server"
    if isinstance(error, aiohttp.ClientConnectorError) and error.os_error.errno:
        return os.strerror(error.os_error.errno)
    if isinstance(error, TimeoutError):
        return "It did not answer in time"
    return str(error) or type(error).__name__


def _base(url: str) -> yarl.URL:
    """The address up to and with `/v1`, from whatever of it was given. Raises ValueError."""
    found = yarl.URL(url.strip())
    if found.scheme not in ("http", "https") or not found.host:
        raise ValueError(url)
    (found.raw_host or "").encode("idna")  # names that DNS cannot have, before they are asked for
    path = found.path.rstrip("/").removesuffix("/chat/completions")
    return found.with_path(path or "/v1", keep_query=True)


async def _drain(response: aiohttp.ClientResponse) -> None:
    """Read past the end of an answer, so that its connection can be used again."""
    try:
        async with asyncio.timeout(0.25):
            while await response.content.readany():
                pass
    except (aiohttp.ClientError, OSError, TimeoutError):
        pass
