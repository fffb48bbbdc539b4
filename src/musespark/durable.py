"""Durable runs: a contemplating run is a DBOS workflow, and a killed process's runs go on.

DBOS starts and recovers the workflow; each model and tool call is a step of our own journal, keyed
by its place in the run (see docs/decisions.md for why). The workflow's input is the run's id:
nothing that a person said or is leaves their own tables. DBOS works in threads and an event loop of
its own, so that neither its start nor its writes hold up a run.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor

from dbos import DBOS, DBOSConfig, SetWorkflowID, _dbos

from musespark.journal import patiently
from musespark.runs import Runs
from musespark.store import Store

Execute = Callable[[str, str], Awaitable[None]]

_current: Durable | None = None


@DBOS.workflow(name="contemplate")
async def contemplate(run: str, person: str = "") -> None:
    """The workflow: hand the run to the engine of this process and wait for its end. Whose run it
    is stands in the run alone, which may be erased; `person` is what older ones were given."""
    if _current is not None:
        await asyncio.wrap_future(_current.hand_over(run))


class Durable:
    """This process's place among those that run workflows on one database."""

    def __init__(self, store: Store, runs: Runs, execute: Execute) -> None:
        self.store, self.runs, self.execute = store, runs, execute
        self._loop = asyncio.get_running_loop()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="musespark-durable")

    async def launch(self) -> None:
        """Start DBOS as this process's executor. One that comes up half is taken down again, lest
        the next takes it for whole."""
        try:
            await self._loop.run_in_executor(self._pool, self._launch)
        except BaseException:
            await self.close()
            raise

    def _launch(self) -> None:
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

    def hand_over(self, run: str) -> Future[None]:
        """The run's work on the engine's event loop, as a future for another thread."""

        async def work() -> None:
            rows = await patiently(
                lambda: self.store.system("select run_owner(%s) as person", run), self.store
            )
            if rows[0]["person"] is not None:  # else it was erased
                await self.execute(run, rows[0]["person"])

        return asyncio.run_coroutine_threadsafe(work(), self._loop)

    async def start(self, run: str) -> None:
        """Start a workflow for a run's life in this process. A run that was shut down in good order
        has an ended workflow behind it and goes on in a new one, hence the executor in its id."""

        def begin() -> None:
            with SetWorkflowID(f"{run}.{self.runs.executor}"):
                DBOS.start_workflow(contemplate, run)

        await self._loop.run_in_executor(self._pool, begin)

    async def recover(self, executors: set[str]) -> None:
        """Take up the workflows of processes that are dead."""
        await self._loop.run_in_executor(
            self._pool, DBOS._recover_pending_workflows, sorted(executors)
        )

    async def close(self) -> None:
        """Leave: ended workflows get two seconds to be written down as such."""
        global _current
        # A run that is left for the next start ends its workflow half-way, which DBOS reports.
        logging.getLogger("dbos").setLevel(logging.CRITICAL)
        _give_up_retrying()
        await self._loop.run_in_executor(
            self._pool, lambda: DBOS.destroy(workflow_completion_timeout_sec=2)
        )
        _current = None
        self._pool.shutdown(wait=False)


def _give_up_retrying() -> None:
    """DBOS tries for ever to reach a database that is gone, in threads that no process can end
    without; leaving, it shall take the error for an answer."""
    found = getattr(_dbos._dbos_global_instance, "_sys_db_field", None)
    if found is not None:
        found._retry_connection_errors = False
