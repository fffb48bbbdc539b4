"""Looking: read once, by content; kept in memory and below the home; named as the file is."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

import samples
from musespark import looking, plugins, sandbox
from musespark.looking import look
from musespark.message import Table
from musespark.observation import Sense
from musespark.problem import Problem


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every child that was started, with nothing in memory before."""
    looking._memory.clear()
    real, found = sandbox.run, []

    async def counted(function: str, *rest: Any, **more: Any) -> Any:
        found.append(function)
        return await real(function, *rest, **more)

    monkeypatch.setattr(sandbox, "run", counted)
    return found


async def test_the_same_bytes_are_read_once_under_every_name(
    runs: list[str], tmp_path: Path
) -> None:
    first, same = await asyncio.gather(
        look(samples.CSV, "a.csv", tmp_path), look(samples.CSV, "b.txt", tmp_path)
    )
    assert [first.parts[0].name, same.parts[0].name] == ["a.csv", "b.txt"]  # type: ignore[union-attr]
    assert first.observations == same.observations
    looking._memory.clear()  # as after a restart
    assert await look(samples.CSV, "a.csv", tmp_path) == first
    assert len(runs) == 1
    [file] = (tmp_path / "seen").glob("*/*")
    assert file.stat().st_mode & 0o77 == 0
    looking._memory.clear()
    file.write_bytes(b"\xc1broken")
    assert await look(samples.CSV, "a.csv", tmp_path) == first
    assert len(runs) == 2


async def test_a_file_is_what_its_bytes_are(runs: list[str], tmp_path: Path) -> None:
    file = tmp_path / "in.bin"
    for data in (samples.CSV, samples.parquet()):
        file.write_bytes(data)
        assert await look(file, "a") == await look(data, "a")
    assert len(runs) == 2
    file.write_bytes(b"")
    with pytest.raises(Problem, match="empty"):
        await look(file, "a")


async def test_nothing_is_written_without_a_home(runs: list[str], tmp_path: Path) -> None:
    await look(samples.CSV, "a.csv")
    await look(samples.CSV, "a.csv")
    assert len(runs) == 1
    assert not list(tmp_path.iterdir())


async def test_a_home_that_cannot_be_written_only_costs_reading_anew(
    runs: list[str], tmp_path: Path
) -> None:
    (tmp_path / "seen").write_text("a file where the folder should be")
    assert (await look(samples.CSV, "a.csv", tmp_path)).parts


async def test_a_new_version_of_a_reader_reads_anew(
    runs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    await look(samples.CSV, "a.csv")
    monkeypatch.setattr(looking, "_installed", lambda package: "99.0")
    await look(samples.CSV, "a.csv")
    assert len(runs) == 2


def test_what_was_not_read_for_longest_goes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    monkeypatch.setattr(looking, "_ON_DISK", 25)
    monkeypatch.setattr(looking, "_TIDIED", 1)
    monkeypatch.setattr(looking, "_writes", 0)
    for age, name in enumerate(("new", "old", "older")):
        file = tmp_path / "ab" / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(bytes(10))
        os.utime(file, (1_000 - age, 1_000 - age))
    monkeypatch.setattr(looking, "_TIDIED", 2)
    looking._tidy(tmp_path)
    assert sorted(file.name for file in tmp_path.glob("*/*")) == ["new", "old"]


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (b"", "empty_file", "x.png is empty"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "unreadable", "x.png"),
        (b"\x7fELF\x02\x01\x01\0" * 8, "no_sense", "application/"),
        (bytes(range(256)) * 4, "no_sense", "of no type that is known"),
        (samples.picture()[:60], "unreadable", "x.png"),
        (samples.PRICES[:-100], "unreadable", "x.png"),
        (b'<svg xmlns="x"><script>1</script></svg>', "unreadable", "x.png"),
        (b'{"a": {"b": 1}}', "no_table", "x.png holds no table"),
    ],
)
async def test_what_cannot_be_read_is_said(data: bytes, code: str, said: str) -> None:
    with pytest.raises(Problem) as caught:
        await look(data, "x.png")
    assert caught.value.code == code
    assert said in caught.value.text
    assert caught.value.next


async def test_the_name_does_not_decide() -> None:
    seen = await look(samples.CSV, "holiday.jpg")
    assert seen.media == "text/csv"
    assert isinstance(seen.parts[0], Table)


@pytest.mark.parametrize("reader", ["aborts", "hangs"])
async def test_a_sense_that_crashes_or_hangs_is_a_problem(
    reader: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Sense("broken", f"readers:{reader}", ("text/csv",))
    monkeypatch.setattr(plugins, "names", lambda kind: ("broken",))
    monkeypatch.setattr(plugins, "load", lambda kind, name: broken)
    monkeypatch.setattr(looking, "LIMITS", sandbox.Limits(seconds=1.0))
    with pytest.raises(Problem) as caught:
        await look(samples.CSV, "a.csv")
    assert caught.value.code in ("reader_died", "reader_slow")
    assert "a.csv" in caught.value.what


async def test_a_file_that_did_not_change_is_not_read_through_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hashlib

    monkeypatch.setattr(looking, "_SETTLED", -1)  # it was written long ago
    real, count = hashlib.file_digest, 0

    def counted(*given: Any) -> Any:
        nonlocal count
        count += 1
        return real(*given)

    monkeypatch.setattr(looking.hashlib, "file_digest", counted)
    file = tmp_path / "a.csv"
    file.write_bytes(samples.CSV)
    first = await look(file, "a.csv")
    assert await look(file, "a.csv") == first == await look(samples.CSV, "a.csv")
    assert count == 1
    file.write_bytes(samples.CSV + b"Bonn,1,2024-01-09\n")
    assert await look(file, "a.csv") != first
    assert count == 2
    monkeypatch.setattr(looking, "_SETTLED", 3_600_000_000_000)
    looking._digests.clear()
    for _ in range(2):
        await look(file, "a.csv")
    assert count == 4
