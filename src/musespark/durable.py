"""Durable runs: a contemplating run is a DBOS workflow, and a killed process's runs go on.

DBOS starts and recovers the workflow; each model and tool call is a step of our own journal, keyed
by its place in the run (see docs/decisions.md for why). The workflow's input is two ids: nothing a
person said leaves their own tables.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

from dbos import DBOS, DBOSConfig, SetWorkflowID

from musespark.runs import Runs
from musespark.store import Store

Execute = Callable[[str, str], Awaitable[None]]

_current: Durable | None = None


@DBOS.workflow(name="contemplate")
async def contemplate(run: str, person: str) -> None:
    """The workflow: find the run's work in this process and do it."""
    if _current is not None:
        await _current.execute(run, person)


class Durable:
    """This process's place among those that run workflows on one database."""

    def __init__(self, store: Store, runs: Runs, execute: Execute) -> None:
        self.store, self.runs, self.execute = store, runs, execute
        self._alive: Any = None
        self._taken: list[Any] = []

    async def launch(self) -> None:
        """Join in: hold the lock that says this process lives, and start DBOS."""
        global _current
        self._alive = await self.store.hold(lock_number(self.runs.executor))
        for name in ("dbos", "dbos.queue", "alembic"):
            logging.getLogger(name).setLevel(logging.ERROR)
        config: DBOSConfig = {
            "name": "musespark",
            "system_database_url": self.store.url,
            "executor_id": self.runs.executor,
            "application_version": "1",
            "sys_db_pool_size": 4,
            "log_level": "ERROR",
            "console_log_level": "ERROR",
        }
        DBOS(config=config)
        _current = self
        DBOS.launch()

    async def start(self, run: str, person: str) -> None:
        """Start a run's workflow; one that was started already is left as it is."""
        with SetWorkflowID(run):
            handle = await DBOS.start_workflow_async(contemplate, run, person)
        task = asyncio.ensure_future(handle.get_result())
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def is_dead(self, executor: str) -> bool:
        """Whether that process is gone: its lock is free, and is ours from now on."""
        connection = await self.store.hold(lock_number(executor))
        if connection is None:
            return False
        self._taken.append(connection)
        return True

    async def recover(self, executors: set[str]) -> None:
        """Take up the runs of processes that are dead."""
        await asyncio.to_thread(DBOS._recover_pending_workflows, sorted(executors))

    async def close(self) -> None:
        global _current
        _current = None
        await asyncio.to_thread(DBOS.destroy, workflow_completion_timeout_sec=0)
        for connection in (self._alive, *self._taken):
            if connection is not None:
                with contextlib.suppress(Exception):
                    await connection.close()


def lock_number(executor: str) -> int:
    """The advisory lock that a living process holds."""
    return zlib.crc32(executor.encode()) | (1 << 40)
