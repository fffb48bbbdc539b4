"""Archives that are broken, hostile or merely odd."""

from __future__ import annotations

import contextlib
import io
import json
import os
import stat
import struct
import tarfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from musespark import unpacking
from musespark.activity import Activity
from musespark.archive import Archive, Bounds, opened, safe, stamp
from musespark.imported import each
from musespark.importer import Skipped
from musespark.problem import Problem
from musespark.streamed import items, lines, whole


def packed(path: Path, *files: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files:
            made.writestr(name, data)
    return path


def read(path: Path, **more: object) -> None:
    with opened(path, **more) as archive:  # type: ignore[arg-type]
        for member in archive.members:
            member.read()


def problem(path: Path, **more: object) -> Problem:
    with pytest.raises(Problem) as caught:
        read(path, **more)
    assert caught.value.next
    return caught.value


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("a/b.json", "a/b.json"),
        ("./a//b.json", "a/b.json"),
        ("a\\b.json", "a/b.json"),
        ("../b.json", None),
        ("a/../../b", None),
        ("/etc/passwd", None),
        ("\\\\server\\share", None),
        ("C:\\x", None),
        ("a\0b", None),
        ("", None),
        ("x" * 5_000, None),
    ],
)
def test_a_name_that_leads_elsewhere_is_none(name: str, plain: str | None) -> None:
    assert safe(name) == plain


def test_what_is_unsafe_is_left_out_and_told(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("../../evil.json", "[]")
        made.writestr("/abs.json", "[]")
        link = zipfile.ZipInfo("link.json")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(link, "/etc/passwd")
        made.writestr("good.json", "[]")
        made.writestr("__MACOSX/._good.json", "x")
    with opened(path) as archive:
        assert [m.name for m in archive.members] == ["good.json"]
        assert sorted(why for why, _ in archive.skipped) == [
            "link or device", "unsafe name", "unsafe name"
        ]  # fmt: skip


def test_links_in_folders_and_tars_are_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "a.json").write_text("[]")
    os.symlink("/etc/passwd", folder / "b.json")
    os.symlink("/etc", folder / "c")
    path = tmp_path / "a.tar.gz"
    with tarfile.open(path, "w:gz") as made:
        made.add(folder / "a.json", "x/a.json")
        for kind, target in ((tarfile.SYMTYPE, "/etc/passwd"), (tarfile.CHRTYPE, "")):
            info = tarfile.TarInfo("x/b.json")
            info.type, info.linkname = kind, target
            made.addfile(info)
        info = tarfile.TarInfo("../../evil.json")
        made.addfile(info)
    with opened(folder) as archive:
        assert [m.name for m in archive.members] == ["a.json"]
        assert archive.skipped == [("link or device", "b.json")]
    with opened(path) as archive:
        assert [m.name for m in archive.members] == ["x/a.json"]
        assert archive.members[0].read() == b"[]"
        assert len(archive.skipped) == 3
    assert not list(tmp_path.glob("evil*"))


def test_a_bomb_stops(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", ("a.json", bytes(70_000_000)))
    assert problem(path).code == "archive_bomb"
    made = tmp_path / "a.tar.gz"
    with tarfile.open(made, "w:gz") as tar:
        info = tarfile.TarInfo("a.json")
        info.size = 70_000_000
        tar.addfile(info, io.BytesIO(bytes(info.size)))
    assert problem(made).code == "archive_bomb"


def test_a_size_that_lies_stops(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", ("a.json", b"[" + b"1," * 50_000 + b"1]"))
    data = bytearray(path.read_bytes())
    place = data.rfind(b"PK\x01\x02")
    data[place + 24 : place + 28] = struct.pack("<I", 10)  # the size that it claims
    path.write_bytes(bytes(data))
    assert problem(path).code == "archive_damaged"


def test_entries_over_each_other_are_no_archive(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", ("a.json", os.urandom(2_000)))
    data = path.read_bytes()
    place = data.rfind(b"PK\x01\x02")
    end = data.rfind(b"PK\x05\x06")
    entry = data[place:end]
    tail = bytearray(data[end:])
    tail[8:12] = struct.pack("<HH", 40, 40)
    tail[12:16] = struct.pack("<I", len(entry) * 40)
    path.write_bytes(data[:place] + entry * 40 + bytes(tail))
    assert problem(path).code == "archive_bomb"


def test_too_many_files_and_too_much(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", *((f"{n}.json", b"[]") for n in range(12)))
    assert problem(path, bounds=Bounds(members=10)).code == "archive_too_large"
    assert problem(path, bounds=Bounds(member=1)).code == "archive_bomb"


def test_a_password_is_named(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", ("a.json", b"[]"))
    data = bytearray(path.read_bytes())
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(data))
    assert problem(path).code == "archive_locked"


@pytest.mark.parametrize("cut", [1, 30, 90, 99])
def test_a_zip_that_was_cut_off(tmp_path: Path, cut: int) -> None:
    path = packed(tmp_path / "a.zip", ("a.json", os.urandom(5_000)))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * cut // 100])
    assert problem(path).code in ("archive_damaged",)


def test_a_wrong_sum_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("a.json", b'["abcdefghijklmnop"]')
    path.write_bytes(path.read_bytes().replace(b"abcdefgh", b"abcdefgX"))
    assert problem(path).code == "archive_damaged"


def test_places_that_are_none_are_damage(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", ("a.json", b"[1]"))
    data = bytearray(path.read_bytes())
    end = data.rindex(b"PK\x05\x06") + 16  # where the directory begins
    data[end : end + 4] = (int.from_bytes(data[end : end + 4], "little") + 500).to_bytes(
        4, "little"
    )
    path.write_bytes(data)
    assert problem(path).code == "archive_damaged"


def test_a_tar_that_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "a.tar.gz"
    with tarfile.open(path, "w:gz") as made:
        info = tarfile.TarInfo("a.json")
        data = os.urandom(50_000)
        info.size = len(data)
        made.addfile(info, io.BytesIO(data))
    path.write_bytes(path.read_bytes()[:30_000])
    assert problem(path).code == "archive_damaged"


def test_nothing_there(tmp_path: Path) -> None:
    empty = tmp_path / "a.zip"
    empty.write_bytes(b"")
    assert problem(empty).code == "archive_empty"
    assert problem(packed(empty)).code == "archive_empty"
    folder = tmp_path / "folder"
    folder.mkdir()
    assert problem(folder).code == "archive_empty"
    assert problem(tmp_path / "none").code == "no_such_file"


def test_an_archive_in_an_archive(tmp_path: Path) -> None:
    inner = packed(tmp_path / "inner.zip", ("deep/conversations.json", b'[{"mapping": {}}]'))
    outer = packed(tmp_path / "outer.zip", ("export.zip", inner.read_bytes()))
    with opened(outer) as archive:
        assert [m.name for m in archive.members] == ["export.zip/deep/conversations.json"]
        assert unpacking.fitting(archive) == ["chatgpt"]
    folder = tmp_path / "parts"
    folder.mkdir()
    inner.rename(folder / "part-1.zip")
    packed(folder / "part-2.zip", ("user.json", b"{}"))
    with opened(folder) as archive:
        assert len(archive.members) == 2


def test_an_archive_of_two_formats_and_of_none(tmp_path: Path) -> None:
    path = packed(
        tmp_path / "a.zip",
        ("x/data/tweets.js", b"window.YTD.tweets.part0 = []"),
        ("chat/conversations.json", b'[{"mapping": {}}]'),
    )
    with opened(path) as archive:
        assert unpacking.fitting(archive) == ["chatgpt", "x"]
        assert unpacking.fitting(archive, ("x",)) == ["x"]
        with pytest.raises(Problem, match="no importer"):
            unpacking.fitting(archive, ("myspace",))
    path = packed(path, ("letter.docx", b"x"))
    with opened(path) as archive, pytest.raises(Problem) as caught:
        unpacking.fitting(archive)
    assert caught.value.code == "unknown_format"
    assert "letter.docx" in caught.value.why
    assert "ChatGPT" in caught.value.next


# -- JSON -----------------------------------------------------------------------------------------


def member(tmp_path: Path, data: bytes) -> Archive:
    path = tmp_path / "a.json"
    path.write_bytes(data)
    return opened(path)


@pytest.mark.parametrize(
    ("data", "key", "script", "found"),
    [
        (b"[1, 2.5, 3]", "", False, [1, 2.5, 3]),
        (b"\xef\xbb\xbf [1]", "", False, [1]),
        (b'{"a": 1, "list": [{"b": null}]}', "list", False, [{"b": None}]),
        (b'{"a": 1}', "list", False, []),
        (b'{"a": 1}', "", False, [{"a": 1}]),
        (b'window.YTD.like.part0 = [ {"a": "x;"} ];\n', "", True, [{"a": "x;"}]),
        (b"window.YTD.like.part0 = [ ]", "", True, []),
    ],
)
def test_values_one_by_one(
    tmp_path: Path, data: bytes, key: str, script: bool, found: list[object]
) -> None:
    with member(tmp_path, data) as archive:
        assert list(items(archive.members[0], key, script=script)) == found


@pytest.mark.parametrize("data", [b"[1, 2, 3", b"[1, 2, 3]]", b"[1, 2, 3, \xff]", b'[1, 2, 3, "a',
                                  b"[1, 2, 3,, 4]", b"[1,2,3,\x00]"])  # fmt: skip
def test_what_came_before_a_break_is_kept(tmp_path: Path, data: bytes) -> None:
    def make(value: int) -> list[Activity]:
        return [Activity(type="Like", uri=str(value))]

    with member(tmp_path, data) as archive:
        found = list(each(archive.members[0], make))
    assert [a.uri for a in found if isinstance(a, Activity)] == ["1", "2", "3"]
    (left,) = [s for s in found if isinstance(s, Skipped)]
    assert left.why == "broken or cut off"


def test_json_of_any_kind_is_an_error_or_a_value(tmp_path: Path) -> None:
    for data in (b"", b" ", b"nonsense", b"\xff\xfe[\x001\x00", b"{", b'"', b"[" * 5_000,
                 b'{"a":' * 5_000):  # fmt: skip
        (tmp_path / "a.json").write_bytes(data or b" ")
        with opened(tmp_path / "a.json") as archive:
            for reading in (whole, lambda one: list(items(one)), lambda one: list(lines(one))):
                with contextlib.suppress(Problem):
                    reading(archive.members[0])


def test_many_values_need_no_memory(tmp_path: Path) -> None:
    import tracemalloc

    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"text": "x" * 1_000, "n": n} for n in range(20_000)]))
    with opened(path) as archive:
        next(items(archive.members[0]))
        tracemalloc.start()
        assert sum(1 for _ in items(archive.members[0])) == 20_000
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most < 3_000_000


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (1_700_000_000, datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        (1_700_000_000_000, datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("1700000000000", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("2023-11-14T23:13:20+01:00", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("2023-11-14T22:13:20Z", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("2023-11-14 22:13:20", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("nonsense", None),
        ("", None),
        (None, None),
        (True, None),
        (-5, None),
        (1e300, None),
        (float("nan"), None),
        ([], None),
    ],
)
def test_moments(value: object, found: datetime | None) -> None:
    assert stamp(value) == found
