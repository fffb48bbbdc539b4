"""Warm readers: a process that has imported what reads a kind of file; it forks a child per file.

A module with a function `warm()` has such a process, which called it once: imports, models, what
takes long and is the same for every file. Threads that it starts are not there in the children, so
it starts none that they need. The process reads no file: it gets descriptors, forks, and says how
the child ended. Each file still has a child of its own, fenced in before it reads the first byte.
It ends with its server, or after a minute with nothing to do. Linux only: elsewhere, and where
anything about it fails, each file has a new interpreter.

The process itself is `keep`, which `sandbox.py` calls.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import gc
import importlib
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence

import msgspec
from msgspec import Struct

from musespark import fence

_IDLE = 60  # seconds without a file after which it ends
_UNFIT = 3  # its exit code where `warm` failed
_MOST = 64  # descriptors with one request
_REQUEST = 8_192  # bytes of one
_FEW = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # threads would be lost in a fork
_ENDS = 5.0  # seconds that a killed child may take to be gone

_keepers: dict[str, Keeper | None] = {}  # by module; None for one that cannot be kept warm
_lock = threading.Lock()


class Gone(Exception):
    """The warm process ended, and nothing is known of the child."""


class Request(Struct, frozen=True):
    """What a child is forked for: its folder, and the numbers that its files have there."""

    folder: str
    files: tuple[int, ...] = ()


class Keeper:
    """The server's end of a warm process for `module`."""

    def __init__(self, module: str, env: dict[str, str]) -> None:
        self.module, self.owner = module, os.getpid()
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self.channel.setblocking(False)
            self.process = subprocess.Popen(  # noqa: S603 - our own interpreter
                [sys.executable, "-P", "-W", "ignore", "-m", "musespark.sandbox", module,
                 str(theirs.fileno())],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                cwd="/", env=env | _FEW, start_new_session=True, pass_fds=(theirs.fileno(),),
            )  # fmt: skip

    def end(self) -> None:
        """End the process and its children, and wait until it is gone."""
        self.channel.close()
        try:
            self.process.wait(1)  # it sees that nobody is there any more
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def fork(self, request: Request, descriptors: Sequence[int]) -> None:
        """Have a child forked that gets the descriptors: what it reads, what it writes its answer
        to, what is said of it, and its files. Raises OSError."""
        socket.send_fds(self.channel, [msgspec.json.encode(request)], descriptors)


class Child:
    """A forked child, as asyncio shows a process: `stdin`, `stdout`, `wait` and `kill`."""

    def __init__(self, keeper: Keeper, status: socket.socket) -> None:
        self._keeper, self._status = keeper, status
        self.stdin: asyncio.StreamWriter
        self.stdout: asyncio.StreamReader
        self._out: asyncio.StreamWriter
        self.returncode: int | None = None

    async def connect(self, to: socket.socket, back: socket.socket) -> None:
        _, self.stdin = await asyncio.open_connection(sock=to)
        self.stdout, self._out = await asyncio.open_connection(sock=back, limit=1_000_000)

    async def wait(self) -> int:
        """Its exit code, negative for a signal. Raises Gone."""
        if self.returncode is None:
            try:
                said = await asyncio.get_running_loop().sock_recv(self._status, 16)
            except ConnectionError:
                said = b""
            if not said:
                raise Gone
            self.returncode = int(said)
        return self.returncode

    async def end(self) -> None:
        """Let go of it; where it still lives it is killed, and waited for."""
        try:
            if self.returncode is None:
                self._status.shutdown(socket.SHUT_WR)
                await asyncio.wait_for(self.wait(), _ENDS)
        except Gone:
            pass
        except (OSError, TimeoutError):
            await asyncio.to_thread(_forget, self._keeper)
        finally:
            self._status.close()
            self.stdin.close()
            self._out.close()


async def child(
    module: str, folder: str, files: Sequence[int], surroundings: Callable[[], dict[str, str]]
) -> Child | None:
    """A child of the warm process for `module`, in `folder` and with the descriptors `files` under
    their own numbers. The process is started where there is none. None where it cannot be had."""
    keeper = _keeper(module, surroundings)
    if keeper is None or len(files) > _MOST - 3:
        return None
    pairs = [socket.socketpair() for _ in range(3)]
    try:
        given = [*(theirs.fileno() for _, theirs in pairs), *files]
        keeper.fork(Request(folder, tuple(files)), given)
    except OSError:
        await asyncio.to_thread(_forget, keeper)
        for ours, _ in pairs:
            ours.close()
        return None
    finally:
        for _, theirs in pairs:
            theirs.close()
    (to, _), (back, _), (status, _) = pairs
    status.setblocking(False)
    forked = Child(keeper, status)
    await forked.connect(to, back)
    return forked


def _keeper(module: str, surroundings: Callable[[], dict[str, str]]) -> Keeper | None:
    """The warm process for a module, started where it has none that lives."""
    if sys.platform != "linux" or not hasattr(os, "pidfd_open"):
        return None
    if not callable(getattr(sys.modules.get(module), "warm", None)):
        return None
    with _lock:
        known = _keepers.get(module)
        if known is not None and (known.owner != os.getpid() or known.process.poll() is not None):
            unfit = known.process.returncode == _UNFIT
            known.channel.close()
            del _keepers[module]
            if unfit:
                _keepers[module] = None
        if module not in _keepers:
            try:
                _keepers[module] = Keeper(module, surroundings())
            except OSError:
                return None
        return _keepers[module]


def _forget(keeper: Keeper) -> None:
    """Do without a warm process that does not do its work; the next file starts another."""
    with _lock:
        if _keepers.get(keeper.module) is keeper:
            del _keepers[keeper.module]
    if keeper.owner == os.getpid():
        keeper.end()


# The process itself


def keep(module: str, number: int, work: Callable[[], None]) -> None:
    """Be the warm process for a module: what is asked for comes from the socket `number`, and
    `work` is what a child does, which does not return."""
    channel = socket.socket(fileno=number)
    folder = tempfile.mkdtemp(prefix="musespark-")
    os.environ.update(HOME=folder, TMPDIR=folder)
    os.chdir(folder)
    try:
        try:
            importlib.import_module(module).warm()
        except Exception:
            os._exit(_UNFIT)
        gc.collect()
        gc.freeze()  # what is there is shared with every child
        _Nursery(channel, work).watch()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(0)


class _Nursery:
    """The children that a warm process has, each with the socket on which the server is told."""

    def __init__(self, channel: socket.socket, work: Callable[[], None]) -> None:
        self.channel, self.work, self.own = channel, work, os.getpid()
        self.poll = select.poll()
        self.poll.register(channel, select.POLLIN)
        self.ended: dict[int, tuple[int, socket.socket]] = {}  # by the descriptor of the process
        self.told: dict[int, int] = {}  # by the socket's descriptor, that of the process

    def watch(self) -> None:
        """Fork, kill and report until the server is gone or nothing comes for a while."""
        while ready := self.poll.poll(None if self.ended else _IDLE * 1000):
            for number, _ in ready:
                if number == self.channel.fileno():
                    if not self._asked():
                        return
                elif number in self.ended:
                    self._report(number)
                elif number in self.told:  # the server no longer waits
                    self.poll.unregister(number)
                    signal.pidfd_send_signal(self.told.pop(number), signal.SIGKILL)

    def _asked(self) -> bool:
        """Fork for a request; whether there still is somebody who asks."""
        said, received, _, _ = socket.recv_fds(self.channel, _REQUEST, _MOST)
        if not said:
            for process in self.ended:
                signal.pidfd_send_signal(process, signal.SIGKILL)
            return False
        request = msgspec.json.decode(said, type=Request)
        status = socket.socket(fileno=received[2])
        try:
            pid = os.fork()
        except OSError:
            pid = -1
        if pid == 0:
            _born(self.own, request, received, self.work)
        for number in (*received[:2], *received[3:]):
            os.close(number)
        if pid < 0:
            status.close()
            return True
        process = os.pidfd_open(pid)
        self.ended[process] = (pid, status)
        self.told[status.fileno()] = process
        self.poll.register(process, select.POLLIN)
        self.poll.register(status, select.POLLIN)
        return True

    def _report(self, process: int) -> None:
        pid, status = self.ended.pop(process)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        self.poll.unregister(process)
        os.close(process)
        if self.told.pop(status.fileno(), None) is not None:
            self.poll.unregister(status)
        with contextlib.suppress(OSError):
            status.send(str(code).encode())
        status.close()


def _born(parent: int, request: Request, received: list[int], work: Callable[[], None]) -> None:
    """A child from its first moment: nothing of the other children, then its work."""
    import fcntl  # Windows has none

    try:
        fence.end_with_parent()
        if os.getppid() != parent:
            return
        os.setsid()
        wanted = [0, 1, *request.files]
        above = max(*wanted, *received) + 1
        moved = [fcntl.fcntl(n, fcntl.F_DUPFD, above) for n in (*received[:2], *received[3:])]
        os.closerange(3, above)
        for number, own in zip(moved, wanted, strict=True):
            os.dup2(number, own)
            os.close(number)
        os.environ.update(HOME=request.folder, TMPDIR=request.folder)
        tempfile.tempdir = None
        os.chdir(request.folder)
        work()
    finally:
        os._exit(1)


@atexit.register
def end() -> None:
    """End every warm process."""
    with _lock:
        known = [keeper for keeper in _keepers.values() if keeper is not None]
        _keepers.clear()
    for keeper in known:
        if keeper.owner == os.getpid():
            keeper.end()
