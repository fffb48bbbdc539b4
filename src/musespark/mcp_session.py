"""One MCP server's lasting session: opened, held, listed anew, lost and opened again.

A task of its own opens and closes it, as the protocol library wants it; calls come from any task.
A server that failed rests for a while; what it says is bounded. This file makes no tools of it:
`mcp_client.py` does.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

from musespark import __version__, consent
from musespark.problem import Problem
from musespark.settings import McpServer

CONNECT_SECONDS, CALL_SECONDS, CLOSE_SECONDS = 15.0, 60.0, 8.0
# A server that failed is left alone for a while, so that it does not slow every turn.
REST_SECONDS = 30.0
# Not every server can say that its tools changed, so they are listed anew now and then.
LIST_SECONDS = 60.0
MAX_TOOLS, MAX_PAGES = 128, 20
MAX_ERROR, MAX_STDERR = 1_000, 4_000


class ServerProblem(Problem):
    """A problem that quotes another server: its words are data, and taint the turn."""

    def __init__(
        self, code: str, what: str, *, why: str = "", next: str = "", outside: bool = True
    ) -> None:
        self.outside = outside
        super().__init__(code, what, why=why, next=next, status=502)


class _Stderr:
    """The last words of a child process, read as they come so that it never blocks on them."""

    def __init__(self) -> None:
        self._read, write = os.pipe()
        os.set_blocking(self._read, False)
        self.file = os.fdopen(write, "w")
        self._kept = b""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._read, self._more)

    def _more(self) -> None:
        try:
            piece = os.read(self._read, 65_536)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        self._kept = (self._kept + piece)[-MAX_STDERR:]
        if not piece:
            self._loop.remove_reader(self._read)

    @property
    def last(self) -> str:
        """The end of what was said, in one line."""
        return " ".join(consent.visible(self._kept.decode("utf-8", "replace")).split())[-300:]

    def close(self) -> None:
        self._more()
        self._loop.remove_reader(self._read)
        with contextlib.suppress(OSError):
            self.file.close()
        os.close(self._read)


@contextlib.asynccontextmanager
async def _transport(name: str, server: McpServer, said: list[str]) -> AsyncIterator[Any]:
    """The library's transport to one server. What a child said last on stderr goes into `said`."""
    mcp: Any = importlib.import_module("mcp")
    if server.url:
        http: Any = importlib.import_module("httpx2")
        streams: Any = importlib.import_module("mcp.client.streamable_http")
        headers = {"User-Agent": f"musespark/{__version__}"}
        if server.key:
            headers["Authorization"] = f"Bearer {server.key.reveal()}"
        timeout = http.Timeout(CONNECT_SECONDS, read=CALL_SECONDS)
        # No proxies and no .netrc from the environment: the operator named this address.
        async with http.AsyncClient(headers=headers, timeout=timeout, trust_env=False) as client:
            yield streams.streamable_http_client(server.url, http_client=client)
        return
    if not server.command:
        raise Problem(
            "bad_settings",
            f"The MCP server {name} has neither a url nor a command.",
            next=f"Add one of them under [mcp.{name}] in settings.toml.",
        )
    # The library hands on only HOME, PATH and the like; what else a server needs stands in `env`.
    parameters = mcp.StdioServerParameters(
        command=server.command,
        args=list(server.args),
        env={name: value.reveal() for name, value in server.env.items()},
    )
    if sys.platform == "win32":
        yield mcp.stdio_client(parameters, errlog=subprocess.DEVNULL)
        return
    stderr = _Stderr()
    try:
        yield mcp.stdio_client(parameters, errlog=stderr.file)
    finally:
        stderr.close()
        said[:] = [stderr.last]


class Session:
    """One server: the task that holds its session, its tools, and what went wrong last."""

    def __init__(self, name: str, server: McpServer) -> None:
        self.name, self.server = name, server
        self.problem: Problem | None = None
        self.listed: list[Any] = []
        self._client: Any = None
        self._task: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._stop = asyncio.Event()
        self._lock = asyncio.Lock()
        self._failed_at = float("-inf")
        self._listed_at = 0.0
        self._stale = False

    async def connect(self, *, again: bool = False) -> Any:
        """The live session, opened when there is none. Raises Problem; a server that failed a
        moment ago is not asked again unless `again`."""
        async with self._lock:
            if self._client is not None and await self._fresh(self._client):
                return self._client
            if self.problem and not again and time.monotonic() - self._failed_at < REST_SECONDS:
                raise self.problem.with_traceback(None)
            self._end()
            self._stop = asyncio.Event()
            ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            ready.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._task = asyncio.create_task(self._live(self._stop, ready))
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    await asyncio.shield(ready)
            except TimeoutError:
                self._end(stuck=True)
                self.fail(f"It did not answer within {CONNECT_SECONDS:.0f} seconds.")
            except Problem as problem:
                self.problem, self._failed_at = problem, time.monotonic()
            else:
                self.problem = None
                return self._client
            assert self.problem is not None
            raise self.problem

    async def _fresh(self, client: Any) -> bool:
        """Whether the session lives. Its tools are listed anew when they changed or are old."""
        if _closed(client):
            return False
        if self._stale or time.monotonic() - self._listed_at >= LIST_SECONDS:
            self._stale = False
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    await self._list(client)
            except Exception:
                # It cannot say what it offers now: start it anew, which reports what is wrong.
                return False
        return True

    def fail(self, why: str, last: str = "") -> Problem:
        if last:
            why += f" Its last words were: {last}"
        self._failed_at = time.monotonic()
        self.problem = ServerProblem(
            "mcp_unreachable",
            f"The MCP server {self.name} could not be reached.",
            why=why,
            next=f"Check [mcp.{self.name}] in settings.toml and that the server runs.",
            outside=bool(last) and not self.server.trusted,
        )
        return self.problem

    async def _live(self, stop: asyncio.Event, ready: asyncio.Future[None]) -> None:
        """Opens the session, holds it until `stop`, closes it: all in this one task."""
        said: list[str] = []
        try:
            # The library takes more than a second to load; the loop goes on meanwhile.
            mcp: Any = await asyncio.to_thread(importlib.import_module, "mcp")
            async with _transport(self.name, self.server, said) as transport:
                info = mcp.Implementation(name="musespark", version=__version__)
                async with mcp.Client(
                    transport,
                    client_info=info,
                    read_timeout_seconds=CALL_SECONDS,
                    message_handler=self._heard,
                    cache=None,
                ) as client:
                    await self._list(client)
                    if self._stop is stop:
                        self._client = client
                    if not ready.done():
                        ready.set_result(None)
                    await stop.wait()
        except Problem as problem:
            if not ready.done():
                ready.set_exception(problem)
        except Exception as error:
            # Whatever a foreign server does to the library ends here, as its own problem.
            if not ready.done():
                ready.set_exception(self.fail(reason(error), said[0] if said else ""))
        finally:
            if self._stop is stop:
                self._client = None
            if not ready.done():
                ready.set_exception(self.fail("It was closed."))

    async def _heard(self, message: object) -> None:
        if type(message).__name__ == "ToolListChangedNotification":
            self._stale = True

    async def _list(self, client: Any) -> None:
        found: list[Any] = []
        cursor: str | None = None
        for _ in range(MAX_PAGES):
            page = await client.list_tools(cursor=cursor)
            found += page.tools
            cursor = page.next_cursor
            if not cursor or len(found) >= MAX_TOOLS:
                break
        self.listed, self._listed_at = found[:MAX_TOOLS], time.monotonic()

    async def call(self, name: str, arguments: dict[str, Any], seconds: float, safe: bool) -> Any:
        """The library's result of a call. A call lost with its connection is made once more if
        `safe` (it only reads); one that may have acted is not."""
        for attempt in (1, 2):
            client = await self.connect(again=attempt == 1)
            try:
                async with asyncio.timeout(seconds):
                    return await client.call_tool(name, arguments)
            except TimeoutError:
                raise Problem(
                    "mcp_slow",
                    f"{name} of the MCP server {self.name} did not answer in {seconds:.0f} s.",
                    next="Go on without it, or call it with less to do.",
                    status=504,
                ) from None
            except Exception as error:
                if not _lost(client, error):
                    raise self._failed(name, error) from None
                await self._drop(client)
                if attempt == 2 or not safe:
                    raise Problem(
                        "mcp_lost",
                        f"The MCP server {self.name} broke off during {name}.",
                        why="" if safe else "It may or may not have done what was asked.",
                        next="Try again." if safe else "Check there before trying again.",
                        status=502,
                    ) from None
        raise AssertionError("unreachable")

    def _failed(self, name: str, error: Exception) -> Problem:
        return ServerProblem(
            "mcp_failed",
            f"{name} of the MCP server {self.name} failed.",
            why=reason(error),
            next="Change the arguments, or go on without it.",
            outside=not self.server.trusted,
        )

    async def _drop(self, client: Any) -> None:
        """Give up a session that broke."""
        async with self._lock:
            if self._client is client:
                self._end()

    def _end(self, *, stuck: bool = False) -> None:
        """Tell the session's task to close; it takes its time while the next one may begin."""
        task, self._task = self._task, None
        self._stop.set()
        self._client = None
        if task is not None:
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
            if stuck:
                task.cancel()

    async def close(self) -> None:
        async with self._lock:
            self._end()
            ending = set(self._ending)
        for patience in (CLOSE_SECONDS, CLOSE_SECONDS):
            if ending:
                _, ending = await asyncio.wait(ending, timeout=patience)
            for task in ending:
                task.cancel()


def _closed(client: Any) -> bool:
    """Whether the session has ended though nobody asked. The library keeps this to itself; where
    it moves the flag, a dead session is noticed by the next call that fails."""
    dispatcher = getattr(getattr(client, "session", None), "_dispatcher", None)
    return getattr(dispatcher, "_closed", False) is True


def _lost(client: Any, error: Exception) -> bool:
    """Whether a call failed because its connection is gone."""
    return (
        _closed(client)
        or type(error).__name__ in ("ClosedResourceError", "BrokenResourceError")
        or str(error) in ("Connection closed", "Session terminated")
    )


def reason(error: BaseException) -> str:
    """A foreign error in one bounded line, without addresses (they may hold keys)."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    words = " ".join(consent.visible(str(error), MAX_ERROR).split())
    words = re.sub(r"https?://\S+", "its address", words)
    return f"{words or type(error).__name__}."
