"""Each sense meets a few hundred changed files; thousands are tried by `python tests/fuzz.py`."""

from __future__ import annotations

import sys

import pytest

import fuzz
import samples
import seeds
from musespark import plugins, sandbox
from musespark.media import media_of

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot fork")
COUNT = 150


@pytest.mark.parametrize("name", plugins.names("senses"))
async def test_whatever_comes_is_read_or_a_problem(name: str) -> None:
    found = await fuzz.tried(name, 0, COUNT)
    assert not found.findings
    assert sum(found.outcomes.values()) == COUNT
    assert found.outcomes.get("read", 0) > COUNT // 20, found.outcomes


def test_the_file_of_a_number_is_always_the_same() -> None:
    given = [seed for seed in seeds.all_of_them() if media_of(seed).startswith("text/")]
    assert [fuzz.made(given, n) for n in range(50)] == [fuzz.made(given, n) for n in range(50)]
    assert len({fuzz.made(given, n) for n in range(50)}) > 40


async def test_a_crash_and_a_hang_are_found() -> None:
    """The harness itself: a reader that dies of some files, and hangs at others."""
    how = {"function": "readers:dies_of_some", "takes": ["text/csv", "text/plain"], "slow": 1.0}
    task = {"how": how, "first": 0, "last": 20}
    found = await sandbox.run("fuzz:trial", (samples.CSV,), fuzz.Found, task)
    assert {finding.what for finding in found.findings} == {"SIGABRT", "slow"}
    assert sum(found.outcomes.values()) == 20
