"""How the server fares, for its owner and over HTTP: database, memory, room, models."""

from __future__ import annotations

import asyncio
import platform
import shutil
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil
from fastapi import Request
from starlette.responses import Response

from musespark.door import answered, managing
from musespark.engine import Engine
from musespark.guard import KEY
from musespark.problem import Problem


async def health(request: Request) -> Response:
    """How the server fares: what /readyz knows, and versions, sizes, memory and room."""
    door = managing(request, "oversee")
    engine, own = door.engine, door.engine.settings
    ready, size, (free, total) = await asyncio.gather(
        door.ready(), _size(engine), asyncio.to_thread(_room, own.home)
    )
    process = psutil.Process()
    with process.oneshot():
        memory, threads = process.memory_info().rss, process.num_threads()
    problem = engine.current.problem
    return answered({
        "object": "health",
        "status": ready["status"],
        "version": version("musespark"),
        "python": platform.python_version(),
        "started": door.started,
        "uptime": (datetime.now(UTC) - door.started).total_seconds(),
        "database": {"state": ready["database"], "embedded": not own.database_url, "bytes": size},
        "models": ready["models"],
        "memory": memory,
        "threads": threads,
        "open_runs": len(engine.runs.live),
        "home": str(own.home),
        "disk_free": free,
        "disk_total": total,
        "settings": {"file": str(own.file), "problem": problem.text if problem else None},
        "keys": bool(request.scope[KEY]),
    })  # fmt: skip


async def _size(engine: Engine) -> int | None:
    """The bytes of the database, None where it does not say."""
    assert engine.store is not None
    try:
        async with asyncio.timeout(2):
            rows = await engine.store.system("select pg_database_size(current_database()) as size")
    except (Problem, TimeoutError):
        return None
    return int(rows[0]["size"])


def _room(home: Path) -> tuple[int | None, int | None]:
    """The free and all bytes of the disk that holds the home."""
    try:
        found = shutil.disk_usage(home)
    except OSError:
        return None, None
    return found.free, found.total
