"""The open connections to models' servers, shared by every endpoint of an event loop."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from base64 import b64encode
from typing import NamedTuple
from weakref import WeakKeyDictionary

import aiohttp
import yarl

from musespark.line import Line

CONNECT_SECONDS = 10.0
_BREAK = re.compile(r"[\r\n\0]")  # would end a header
_FALL_BACK = 0.25  # seconds until the next address of a name is tried beside (RFC 8305)


class Way(NamedTuple):
    """Where a request goes: to which server, and its head as far as it is always the same."""

    host: str
    port: int
    secure: bool
    head: bytes


def way(url: yarl.URL, headers: dict[str, str]) -> Way:
    """The way to an address. A login in it is sent as a header, where `headers` have none."""
    sent = {"Host": url.host_port_subcomponent or "", "User-Agent": "musespark", **headers}
    if url.raw_user is not None and "Authorization" not in sent:
        login = f"{url.user or ''}:{url.password or ''}".encode()
        sent["Authorization"] = f"Basic {b64encode(login).decode()}"
    lines = [f"POST {url.raw_path_qs} HTTP/1.1"]
    lines += [f"{name}: {_BREAK.sub('', value)}" for name, value in sent.items()]
    head = "\r\n".join([*lines, "Content-Length: "])
    return Way(url.raw_host or "", url.port or 0, url.scheme == "https", head.encode())


class Shared:
    """The connections of one event loop. `owners` are those who may still need them."""

    def __init__(self) -> None:
        self.owners: set[object] = set()
        self._kept: dict[tuple[str, int, bool], list[Line]] = {}
        self._session: aiohttp.ClientSession | None = None
        self._trust: ssl.SSLContext | None = None
        self.closed = False

    @property
    def session(self) -> aiohttp.ClientSession:
        """For all requests but the one that is made for each turn."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=60, ttl_dns_cache=300),
                cookie_jar=aiohttp.DummyCookieJar(),
                read_bufsize=2**18,
            )
        return self._session

    def kept(self, way: Way) -> Line | None:
        """A connection that was kept open for this way, the one that was used last."""
        kept = self._kept.get(way[:3])
        while kept:
            line = kept.pop()
            if line.reusable:
                return line
            line.hang_up()
        return None

    async def opened(self, way: Way) -> Line:
        """A new connection. Raises OSError, among them ssl.SSLError and TimeoutError."""
        loop, trust = asyncio.get_running_loop(), None
        async with asyncio.timeout(CONNECT_SECONDS):
            if way.secure:
                if self._trust is None:
                    self._trust = await asyncio.to_thread(_trust)
                trust = self._trust
            transport, line = await loop.create_connection(
                lambda: Line(self._left, secure=way.secure),
                way.host,
                way.port,
                ssl=trust,
                server_hostname=way.host if way.secure else None,
                happy_eyeballs_delay=_FALL_BACK,
            )
        if (sock := transport.get_extra_info("socket")) is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return line

    def done(self, way: Way, line: Line) -> None:
        """A request has ended: the connection is kept, or closed where it cannot be."""
        if line.reusable and not self.closed:
            line.rest()
            self._kept.setdefault(way[:3], []).append(line)
        else:
            line.hang_up()

    def _left(self, line: Line) -> None:
        for place, kept in list(self._kept.items()):
            if line in kept:
                kept.remove(line)
            if not kept:
                del self._kept[place]

    async def close(self) -> None:
        """Close what is kept; what is at work closes when it has ended."""
        self.closed = True
        for kept in self._kept.values():
            for line in kept:
                line.hang_up()
        self._kept.clear()
        if self._session is not None:
            await self._session.close()
        await asyncio.sleep(0)  # a transport closes a turn of the loop later


def _trust() -> ssl.SSLContext:
    """Whom to believe: the certificates of the system, as for every other request."""
    found = ssl.create_default_context()
    found.set_alpn_protocols(["http/1.1"])
    return found


_shared: WeakKeyDictionary[asyncio.AbstractEventLoop, Shared] = WeakKeyDictionary()


def shared(owner: object) -> Shared:
    """The connections of this event loop; they close when the last `owner` let go."""
    loop = asyncio.get_running_loop()
    found = _shared.get(loop)
    if found is None:
        found = _shared[loop] = Shared()
    found.owners.add(owner)
    return found


def session(owner: object) -> aiohttp.ClientSession:
    """A client for whatever else is asked of a server; see `shared`."""
    return shared(owner).session


async def release(owner: object) -> None:
    """`owner` needs the connections of this event loop no longer."""
    loop = asyncio.get_running_loop()
    found = _shared.get(loop)
    if found is not None and owner in found.owners:
        found.owners.discard(owner)
        if not found.owners:
            del _shared[loop]
            await found.close()
