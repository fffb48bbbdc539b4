"""Fetching from the public web: no private address by any redirect, DNS answer or spelling.

What is checked is what is connected: every socket is made by `_socket`, which sees the numeric
address the moment before it is used, so neither a second DNS answer nor a strange spelling of an
address gets by. Cookies, credentials and the environment's proxies are never used. Size is counted
after decompression. This file does not know what a page says.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
import unicodedata
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from msgspec import Struct
from yarl import URL

from musespark import __version__
from musespark.problem import Problem

MAX_BYTES = 2_000_000
MAX_SECONDS = 10.0
MAX_REDIRECTS = 5
MAX_ADDRESS = 2_048
# The web's own ports and their two common doubles. Everything else on a public host (mail,
# databases, consoles) is not a page, and some of it obeys what is written to it.
PORTS = frozenset({80, 443, 8080, 8443})

# Address ranges that are not the public internet, from IANA's two special-purpose registries, with
# those that lead back into IPv4 (6to4, Teredo, relays) and one cloud's metadata server that sits
# on a public number. Written out: what `ipaddress` calls global differs between Python's releases.
_NOT_PUBLIC_4 = tuple(
    ipaddress.IPv4Network(net)
    for net in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24"),
        *("192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        "168.63.129.16/32",
    )
)
_PUBLIC_6 = ipaddress.IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(
    ipaddress.IPv6Network(net)
    for net in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)
# Names that mean this machine or this network wherever they are asked.
_NOT_PUBLIC_NAMES = (
    *("localhost", "local", "localdomain", "internal", "intranet", "private", "corp", "home"),
    *("lan", "home.arpa", "onion", "arpa"),
)
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)\Z")
# Blanks, quotes, controls and backslashes: readers disagree about what an address with them means.
_ODD = re.compile(r"[\x00-\x20\x7f-\xa0\\<>\"`{}|^\u2028\u2029\u3000\ufeff]")
_SPLIT = re.compile(r"(?i)(https?)://([^/?#]*)")


async def _ask_dns(host: str, port: int, family: int) -> list[tuple[int, str]]:
    """(family, numeric address) of a name, from the system's resolver."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
    return [(kind, str(where[0])) for kind, _, _, _, where in found]


class Rules(Struct, frozen=True):
    """Where a fetch may go. `also` holds (address, port) pairs that are let through though they are
    not public; no setting, request or model reaches it: the tests put their own server there."""

    ports: frozenset[int] = PORTS
    also: frozenset[tuple[str, int]] = frozenset()
    lookup: Callable[[str, int, int], Awaitable[list[tuple[int, str]]]] = _ask_dns


rules = Rules()


class Fetched(Struct, frozen=True):
    """What came back: the bytes after decompression, and where they were found at last."""

    url: str
    kind: str
    charset: str
    body: bytes


class Wanted(Struct, frozen=True):
    """How large what is fetched may be in bytes, and who takes its pieces."""

    most: int
    into: Callable[[bytes], object] | None = None


_PAGES = (
    "text/html, application/xhtml+xml, text/plain, text/markdown;q=0.9, "
    "application/json;q=0.8, application/xml;q=0.8"
)
_ANYTHING = "*/*"


def public(address: str) -> bool:
    """Whether a numeric address is one of the public internet."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv4Address):
        return found.is_global and not any(found in net for net in _NOT_PUBLIC_4)
    if found.scope_id is not None or found not in _PUBLIC_6 or not found.is_global:
        return False
    # ISATAP hides an IPv4 address in the lower half.
    isatap = (int(found) >> 32) & 0xFFFFFFFF in (0x00005EFE, 0x02005EFE)
    return not isatap and not any(found in net for net in _NOT_PUBLIC_6)


def _open(address: str, port: int) -> bool:
    return (port in rules.ports and public(address)) or (address, port) in rules.also


def _refused(url: str, why: str, next: str = "Give the address of a public page.") -> Problem:
    shown = re.sub(r"[^\x21-\x7e]", "?", url)[:200]
    return Problem("address_refused", f"{shown} was not opened.", why=why, next=next, status=403)


def checked(text: str) -> URL:
    """The address, when it is one this server may open as far as its spelling tells. Raises Problem
    `address_refused`. Where its name leads is checked when the socket is made."""
    if len(text) > MAX_ADDRESS:
        raise _refused(text, f"The address is longer than {MAX_ADDRESS:,} characters.")
    found = _SPLIT.match(text)
    if found is None or _ODD.search(text):
        raise _refused(
            text,
            "It is not a plain http or https address.",
            "Give the whole address, starting with https:// and without blanks.",
        )
    if "@" in found[2] or "%" in found[2]:
        raise _refused(text, "A name, a password or a coded character stands before its host.")
    try:
        url = URL(text)
        host, port = url.raw_host, url.port
    except ValueError:
        raise _refused(text, "It cannot be read as an address.") from None
    if not host or port is None or url.user is not None or url.password is not None:
        raise _refused(text, "It names no host.")
    ascii_host = unicodedata.normalize("NFKC", host).lower().rstrip(".")
    if ascii_host != host.lower():
        try:
            url = url.with_host(ascii_host)
        except ValueError:
            raise _refused(text, "Its host cannot be read.") from None
    _check_host(text, ascii_host, port)
    if port not in rules.ports and not any(port == also for _, also in rules.also):
        allowed = ", ".join(str(each) for each in sorted(rules.ports))
        raise _refused(text, f"Port {port} is not one of the web's ({allowed}).")
    return url


def _check_host(text: str, host: str, port: int) -> None:
    if ":" in host or re.fullmatch(r"[0-9]+(?:\.[0-9]+){3}", host):
        try:
            ipaddress.ip_address(host)
        except ValueError:
            raise _refused(text, "Its number is not written the usual way.") from None
        if not _open(host, port):
            raise _refused(text, "It leads to a private or special address.")
        return
    if _NUMBER.match(host.rpartition(".")[2]):
        raise _refused(text, "Its number is not written the usual way.")
    if len(host) > 253 or not all(1 <= len(label) <= 63 for label in host.split(".")):
        raise _refused(text, "Its host cannot be read.")
    if "." not in host or any(
        host == name or host.endswith(f".{name}") for name in _NOT_PUBLIC_NAMES
    ):
        raise _refused(text, "Its name belongs to this machine or its own network.")


class _PublicResolver(AbstractResolver):
    """Names to addresses, leaving out all that are not public."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await rules.lookup(host, port, family)
        kept = [each for each in found if _open(each[1], port)]
        if found and not kept:
            raise _refused(host, "Its name leads to a private or special address.")
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=kind,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, address in kept
        ]

    async def close(self) -> None:
        return None


def _socket(info: Any) -> socket.socket:
    """The one place where sockets are made: checks the very address that is connected next."""
    family, kind, proto, _, where = info
    if not _open(str(where[0]), int(where[1])):
        raise _refused(str(where[0]), "It is a private or special address.")
    made = socket.socket(family, kind, proto)
    made.setblocking(False)
    return made


@asynccontextmanager
async def _session(accept: str) -> AsyncIterator[aiohttp.ClientSession]:
    """A session of its own for one fetch: nothing is kept, shared or taken from the environment."""
    connector = aiohttp.TCPConnector(
        resolver=_PublicResolver(),
        use_dns_cache=False,
        force_close=True,
        socket_factory=_socket,
    )
    async with aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        headers={
            "User-Agent": f"musespark/{__version__}",
            "Accept": accept,
            "Accept-Encoding": "gzip, deflate",
        },
    ) as session:
        yield session


async def fetch(
    url: str,
    accepts: Callable[[str], Awaitable[bool]],
    seconds: float = MAX_SECONDS,
    *,
    most: int = MAX_BYTES,
    into: Callable[[bytes], object] | None = None,
) -> Fetched:
    """The body behind a public address, after at most five redirects, each checked like the first.
    A file may have `most` bytes, and goes piece by piece `into` where that is given.

    `await accepts(kind)` says whether a media type is wanted; an empty one means that the server
    named none. Raises Problem: `address_refused`, `page_unreachable`, `page_slow`,
    `page_too_large`, `page_refused`, `page_moved`, `page_kind`.
    """
    seconds = seconds if into is not None else min(seconds, MAX_SECONDS)
    wanted = Wanted(most, into)
    current = checked(url)
    try:
        async with asyncio.timeout(seconds), _session(_ANYTHING if into else _PAGES) as session:
            for _ in range(MAX_REDIRECTS + 1):
                async with session.get(current, allow_redirects=False) as response:
                    if response.status in (301, 302, 303, 307, 308):
                        current = _next(current, response)
                        continue
                    return await _read(current, response, accepts, wanted)
    except TimeoutError:
        raise Problem(
            "page_slow",
            f"{_name(current)} did not send its page within {seconds:.0f} seconds.",
            next="Try again later, or paste the text.",
            status=504,
        ) from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise _unreachable(current, error) from None
    raise Problem(
        "page_moved",
        f"{_name(checked(url))} sends its reader on more than {MAX_REDIRECTS} times.",
        next="Open the page yourself and give the address where it ends.",
        status=502,
    )


def _name(url: URL) -> str:
    return str(url.raw_host)


def _next(current: URL, response: aiohttp.ClientResponse) -> URL:
    where = response.headers.get("Location", "").strip()
    if not where:
        raise Problem(
            "page_moved", f"{_name(current)} says the page has moved, not where to.", status=502
        )
    # Servers write letters as they are in this header; everything else odd is refused.
    where = where.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace(" ", "%20")
    if len(where) > MAX_ADDRESS or _ODD.search(where):
        raise _refused(where, "The page sends its reader to an address that is not plain.")
    if _SPLIT.match(where):
        return checked(where)
    try:
        joined = current.join(URL(where))
    except ValueError:
        raise _refused(where, "The page sends its reader to what is no address.") from None
    if joined.user is not None:
        raise _refused(where, "A name or a password stands before its host.")
    return checked(str(joined))


def _unreachable(url: URL, error: Exception) -> Problem:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        why = "Its name is not known."
    elif isinstance(error, aiohttp.ClientSSLError | aiohttp.ClientConnectorCertificateError):
        why = "Its certificate is not valid."
    elif isinstance(error, aiohttp.ClientConnectorError):
        why = "It does not answer there."
    else:
        why = f"It broke off or answered wrongly ({type(error).__name__})."
    return Problem(
        "page_unreachable",
        f"{_name(url)} could not be read.",
        why=why,
        next="Check the address, or try again later.",
        status=502,
    )


async def _read(
    url: URL,
    response: aiohttp.ClientResponse,
    accepts: Callable[[str], Awaitable[bool]],
    wanted: Wanted,
) -> Fetched:
    if response.status != 200:
        raise _status(url, response.status)
    kind, charset = _kind(response.headers.get("Content-Type", ""))
    if not await accepts(kind):
        shown = re.sub(r"[^a-z0-9.+/-]", "", kind)[:80]
        raise Problem(
            "page_kind",
            f"{_name(url)} sent {shown or 'something'}, not a page that can be read as text.",
            next="Give a page of text, or attach the file.",
            status=415,
        )
    length = response.headers.get("Content-Length", "")
    if length.isascii() and length.isdigit() and len(length) < 20 and int(length) > wanted.most:
        raise _too_large(url, wanted.most)
    body = await _body(url, response, wanted)
    return Fetched(str(url), kind, charset, body)


def _kind(header: str) -> tuple[str, str]:
    """Media type and charset of a Content-Type header."""
    kind = header.partition(";")[0].strip().lower()
    found = re.search(r"(?i);\s*charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{1,40})", header)
    return kind, found[1].lower() if found else ""


def _status(url: URL, status: int) -> Problem:
    why = {
        401: "It asks for a login.",
        402: "It asks for payment.",
        403: "It does not let programs in.",
        404: "There is no such page.",
        410: "The page is gone.",
        429: "It has had too many requests.",
        451: "The page is blocked for legal reasons.",
    }.get(status, "The site has a fault." if status >= 500 else "There is nothing to read.")
    return Problem(
        "page_refused",
        f"{_name(url)} answered with status {status}.",
        why=why,
        next="Try another address, or paste the text.",
        status=502,
    )


def _too_large(url: URL, most: int) -> Problem:
    return Problem(
        "page_too_large",
        f"What lies at {_name(url)} is larger than {most // 1_000_000} MB.",
        next="Give a smaller page, or paste the part that matters.",
        status=413,
    )


async def _body(url: URL, response: aiohttp.ClientResponse, wanted: Wanted) -> bytes:
    """The body, unpacked piece by piece, never more than the limit in memory."""
    most = wanted.most
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise Problem(
            "page_kind",
            f"{_name(url)} packed its page in a way that was not asked for.",
            status=502,
        )
    unpack: Any = None
    out, raw, size = bytearray(), 0, 0
    async for piece in response.content.iter_chunked(65_536):
        raw += len(piece)
        if encoding not in ("", "identity"):
            if unpack is None:
                unpack = _unpacker(encoding, piece)
            try:
                piece = unpack.decompress(piece, most + 1 - size)
            except zlib.error:
                why = f"{_name(url)} sent a page that is packed wrongly."
                raise Problem("page_unreachable", why, status=502) from None
        size += len(piece)
        if size > most or raw > most:
            raise _too_large(url, most)
        if wanted.into is None:
            out += piece
        else:
            wanted.into(piece)
    return bytes(out)


def _unpacker(encoding: str, first: bytes) -> Any:
    """gzip, or either of the two things that servers call deflate."""
    if encoding != "deflate":
        return zlib.decompressobj(16 + zlib.MAX_WBITS)
    zlib_head = len(first) > 1 and first[0] & 0x0F == 8 and (first[0] << 8 | first[1]) % 31 == 0
    return zlib.decompressobj(zlib.MAX_WBITS if zlib_head else -zlib.MAX_WBITS)
