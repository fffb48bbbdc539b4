"""Durable runs: a contemplating run is a DBOS workflow, and a killed process's runs go on.

DBOS starts and recovers the workflow; each model and tool call is a step of our own journal, keyed
by its place in the run (see docs/decisions.md for why). The workflow's input is two ids: nothing a
person said leaves their own tables.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
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
        self._ending: set[asyncio.Future[Any]] = set()

    async def launch(self) -> None:
        """Start DBOS as this process's executor."""
        global _current
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
        """Start a workflow for a run's life in this process. A run that was shut down in good order
        has an ended workflow behind it and goes on in a new one, hence the executor in its id."""
        with SetWorkflowID(f"{run}.{self.runs.executor}"):
            handle = await DBOS.start_workflow_async(contemplate, run, person)
        task = asyncio.ensure_future(handle.get_result())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def recover(self, executors: set[str]) -> None:
        """Take up the runs of processes that are dead."""
        await asyncio.to_thread(DBOS._recover_pending_workflows, sorted(executors))

    async def close(self) -> None:
        global _current
        if self._ending:  # their ends are written down before the connections go
            await asyncio.wait(self._ending, timeout=3)
        _current = None
        # DBOS has made its own thread pool this loop's default one, and shuts it down with itself.
        loop, pool = asyncio.get_running_loop(), ThreadPoolExecutor(thread_name_prefix="musespark")
        await loop.run_in_executor(pool, lambda: DBOS.destroy(workflow_completion_timeout_sec=0))
        loop.set_default_executor(pool)
