"""The server around the application: its socket, its signals, and how it stops.

At SIGINT or SIGTERM open answers are ended properly within seconds; durable runs go on at the next
start.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
from collections.abc import Generator
from typing import Any

import uvicorn

from musespark.engine import Engine
from musespark.problem import Problem

GRACE = 3  # seconds that open answers have to end when the server stops


async def answering(application: Any, listening: socket.socket, engine: Engine) -> None:
    """Answer at that socket until a signal comes."""
    config = uvicorn.Config(
        application, http="h11", ws="none", lifespan="on", log_config=None, access_log=False,
        server_header=False, proxy_headers=False, timeout_graceful_shutdown=GRACE,
    )  # fmt: skip
    await _server(config, engine).serve(sockets=[listening])


# What to do where an address cannot be listened at, by the system's reason; 0 for any other.
_ELSEWHERE = {
    errno.EADDRINUSE: "Stop what listens there, or choose another port: "
    "`musespark serve --port N`, or MUSESPARK_PORT.",
    errno.EACCES: "Ports below 1024 are not for everybody here; choose a higher one: "
    "`musespark serve --port N`, or MUSESPARK_PORT.",
    0: "Choose an address of this machine, such as 127.0.0.1 (for it alone) or 0.0.0.0 (for "
    "others, too): `musespark serve --host ADDRESS`, or MUSESPARK_HOST.",
}


def listen(host: str, port: int) -> socket.socket:
    """A socket at that address. Raises Problem."""
    listening = None
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # With its protocol named: asyncio sets TCP_NODELAY only then, and each answer would wait
        # 40 ms for the client's acknowledgement without it.
        listening = socket.socket(family, kind, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.bind(address)
        listening.listen(2048)
        return listening
    except OSError as error:
        if listening is not None:
            listening.close()
        raise Problem(
            "port_taken",
            f"The server cannot listen at {host}:{port}.",
            why=f"{error.strerror or error}.",
            next=_ELSEWHERE.get(error.errno or 0, _ELSEWHERE[0]),
            status=500,
        ) from None


def _server(config: Any, engine: Engine) -> Any:
    """Uvicorn's server, which ends open answers before it waits for them, and returns at a signal
    instead of raising it again."""

    class Server(uvicorn.Server):
        @contextlib.contextmanager
        def capture_signals(self) -> Generator[None]:
            loop = asyncio.get_running_loop()
            signals = (signal.SIGINT, signal.SIGTERM)
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                for each in signals:
                    loop.add_signal_handler(each, self.handle_exit, each, None)
            yield
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
                for each in signals:
                    loop.remove_signal_handler(each)

        async def shutdown(self, sockets: Any = None) -> None:
            engine.closing = True
            for live in list(engine.runs.live.values()):
                live.cancel()
            await super().shutdown(sockets)

    return Server(config)
