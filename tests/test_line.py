"""Connections to models' servers, in the clear and in TLS, against servers that misbehave."""

from __future__ import annotations

import asyncio
import datetime
import gzip
import ipaddress
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import yarl
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from musespark import line as line_module
from musespark import upstream
from musespark.endpoint import Endpoint
from musespark.line import CutOff, HungUp, Line
from musespark.message import say
from musespark.model import Request
from musespark.problem import Problem
from musespark.settings import TierSettings
from musespark.upstream import Shared, Way

OK = b"HTTP/1.1 200 OK\r\n"
Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def sized(body: bytes, *headers: bytes) -> bytes:
    lines = b"".join(line + b"\r\n" for line in headers)
    return OK + lines + b"Content-Length: %d\r\n\r\n" % len(body) + body


def saying(*answers: bytes) -> Script:
    """An answer for each request, then the end."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split()[0]))
            writer.write(answer)
            await writer.drain()

    return script


@asynccontextmanager
async def way_to(script: Script, trust: ssl.SSLContext | None = None) -> AsyncIterator[Way]:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await script(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=trust)
    port = server.sockets[0].getsockname()[1]
    scheme = "http" if trust is None else "https"
    try:
        yield upstream.way(yarl.URL(f"{scheme}://127.0.0.1:{port}/v1"), {})
    finally:
        server.close()


@asynccontextmanager
async def sharing() -> AsyncIterator[Shared]:
    made = Shared()
    try:
        yield made
    finally:
        await made.close()
        await asyncio.sleep(0.01)


async def exchange(
    shared: Shared, way: Way, body: bytes = b"{}", silence: float = 5.0
) -> tuple[bytes, Line]:
    line = shared.kept(way) or await shared.opened(way)
    parts = []
    try:
        await line.post(way.head + b"%d\r\n\r\n" % len(body), body, silence)
        while data := await line.read():
            parts.append(data)
    finally:
        shared.done(way, line)
    return b"".join(parts), line


@pytest.mark.parametrize(
    ("answer", "body", "again"),
    [
        (sized(b"hello"), b"hello", True),
        (sized(b"hello", b"Connection: close"), b"hello", False),
        (b"HTTP/1.0 200 OK\r\n\r\nto the end", b"to the end", False),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + sized(b"hello"), b"hello", True),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n2;x=y\r\nhe\r\n3 \r\nllo\r\n0\r\nA: b\r\n\r\n",
         b"hello", True),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
        (sized(gzip.compress(b"hello" * 9, mtime=0), b"Content-Encoding: gzip"),
         b"hello" * 9, True),
        (sized(zlib.compress(b"hello"), b"content-encoding: deflate"), b"hello", True),
        (sized(b"hello") + b"HTTP/1.1 200 OK\r\n\r\nmore", b"hello", False),
        (sized(b"hello") + b"nonsense", b"hello", False),
    ],
)  # fmt: skip
async def test_answers_in_every_shape_of_http_are_read(
    answer: bytes, body: bytes, again: bool
) -> None:
    async with way_to(saying(*[answer] * (1 + again))) as way, sharing() as shared:
        found, line = await exchange(shared, way)
        assert found == body
        kept = shared.kept(way)
        assert (kept is line) is again
        if kept is not None:
            shared.done(way, kept)
            assert (await exchange(shared, way)) == (body, line)


@pytest.mark.parametrize(
    ("answer", "raised", "before"),
    [
        (b"", HungUp, b""),
        (b"SSH-2.0-OpenSSH_9.2\r\n", CutOff, b""),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", CutOff,
         b""),
        (OK + b"X: " + b"x" * 200_000, CutOff, b""),
        (OK + b"Content-Length: 9\r\n\r\nhello", CutOff, b"hello"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n", CutOff, b"hello"),
        (sized(b"not packed", b"Content-Encoding: gzip"), CutOff, b""),
    ],
)  # fmt: skip
async def test_what_came_before_a_failure_is_read_first(
    answer: bytes, raised: type[Exception], before: bytes
) -> None:
    async with way_to(saying(answer)) as way, sharing() as shared:
        line = await shared.opened(way)
        got = []

        async def everything() -> None:
            await line.post(way.head + b"0\r\n\r\n", b"", 5.0)
            while data := await line.read():
                got.append(data)

        with pytest.raises(raised):
            await everything()
        assert b"".join(got) == before
        assert not line.reusable
        shared.done(way, line)


async def test_a_packed_answer_that_is_far_too_large_is_not_unpacked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(line_module, "_MOST_INFLATED", 10_000)
    answer = sized(gzip.compress(b"x" * 1_000_000), b"Content-Encoding: gzip")
    async with way_to(saying(answer)) as way, sharing() as shared:
        with pytest.raises(CutOff):
            await exchange(shared, way)


async def test_silence_a_moved_deadline_and_time_that_nobody_needs_it() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with way_to(silent) as way, sharing() as shared:
        with pytest.raises(TimeoutError):
            await exchange(shared, way, silence=0.05)
        line = await shared.opened(way)
        asking = asyncio.ensure_future(line.post(way.head + b"0\r\n\r\n", b"", 60.0, None))
        await asyncio.sleep(0)
        line.until(asyncio.get_running_loop().time() + 0.05)
        with pytest.raises(TimeoutError):
            await asking
        shared.done(way, line)


async def test_a_kept_connection_that_closed_or_that_speaks_unasked_is_not_used_again() -> None:
    async def talks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await saying(sized(b"hello"))(reader, writer)
        await asyncio.sleep(0.02)
        writer.write(b"HTTP/1.1 408 Request Timeout\r\n\r\n")

    for script in (talks, saying(sized(b"hello"))):
        async with way_to(script) as way, sharing() as shared:
            found, line = await exchange(shared, way)
            assert found == b"hello"
            for _ in range(100):
                if line.gone:
                    break
                await asyncio.sleep(0.01)
            assert shared.kept(way) is None
            with pytest.raises(HungUp):
                await line.post(way.head + b"0\r\n\r\n", b"", 5.0)


async def test_a_fast_server_waits_for_a_slow_reader_and_a_large_question_arrives() -> None:
    size = 8 * 2**20
    async with (
        way_to(saying(sized(b"x" * size), sized(b"short"))) as way,
        sharing() as shared,
    ):
        line = await shared.opened(way)
        await line.post(way.head + b"0\r\n\r\n", b"", 5.0)
        await asyncio.sleep(0.1)
        assert line._waiting < size
        assert line._paused
        got = 0
        while data := await line.read():
            got += len(data)
        assert got == size
        shared.done(way, line)
        assert await exchange(shared, way, b"y" * size) == (b"short", line)


def test_the_head_of_a_request_takes_no_line_from_outside() -> None:
    way = upstream.way(yarl.URL("http://u:p@[::1]:80/v1?a=b"), {"X": "a\r\nInjected: b"})
    lines = way.head.decode().split("\r\n")
    assert lines[0] == "POST /v1?a=b HTTP/1.1"
    assert "Host: [::1]" in lines
    assert "X: aInjected: b" in lines
    assert "Authorization: Basic dTpw" in lines
    assert (way.host, way.port, way.secure) == ("::1", 80, False)


def certified(folder: Path) -> ssl.SSLContext:
    """What a server at 127.0.0.1 shows, signed by itself; its certificate is in `folder`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    own = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    (folder / "own.pem").write_bytes(own + made.public_bytes(serialization.Encoding.PEM))
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.load_cert_chain(folder / "own.pem")
    return found


async def test_a_server_in_tls_answers_once_its_certificate_is_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = b'data: {"choices": [{"delta": {"content": "Hello"}}]}\n\ndata: [DONE]\n\n'
    script = saying(sized(words), sized(words))
    async with way_to(script, certified(tmp_path)) as way:
        model = Endpoint(TierSettings(url=f"https://127.0.0.1:{way.port}/v1", name="m"))
        request = Request(messages=[say("user", "Hi")])
        try:
            with pytest.raises(Problem) as raised:
                _ = [chunk async for chunk in model.stream(request)]
            assert raised.value.code == "model_unreachable"
            assert "certificate" in raised.value.why
            believed = ssl.create_default_context(cafile=str(tmp_path / "own.pem"))
            monkeypatch.setattr(upstream.shared(model), "_trust", believed)
            for _ in range(2):
                got = [chunk.text async for chunk in model.stream(request)]
                assert "".join(got) == "Hello"
        finally:
            await model.close()
