"""An archive that somebody brings: a zip, a tar, a folder or one file, read without trusting it.

Nothing is ever written under a name that stands in it; links, devices and names that lead
elsewhere are left out and told of. Sizes are counted while bytes come, never believed: a bomb stops
at a bound.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import lzma
import os
import re
import shutil
import stat
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO

from msgspec import Struct

from musespark.problem import Problem

_PIECE = 256_000
_LEAST = 64_000_000  # bytes that anything may unpack to, however small it is packed
_WORDS = (".json", ".jsonl", ".js", ".csv", ".txt", ".car")  # what a tar's members are read for
_ZIPS = 20  # archives inside an archive that are looked into
_BROKEN = (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, struct.error, EOFError,
           NotImplementedError)  # fmt: skip


class Bounds(Struct, frozen=True):
    """What an archive may be: how many `members`, how many bytes a `member` and the `whole` unpack
    to, and how many times its packed size a member may become; whether its `media` are read too."""

    members: int = 300_000
    member: int = 16_000_000_000
    whole: int = 64_000_000_000
    ratio: int = 300
    media: bool = False


class Member:
    """One file in an archive. `name` is its path with slashes, `size` what it says of itself."""

    def __init__(self, name: str, size: int, packed: int, open: Callable[[], IO[bytes]]) -> None:
        self.name, self.size, self.packed = name, size, packed
        self._open = open
        self._spent: Spent | None = None

    @property
    def short(self) -> str:
        """The last part of its name."""
        return self.name.rpartition("/")[2]

    def within(self, spent: Spent) -> Member:
        """The same, counted against what its archive may unpack to."""
        self._spent = spent
        return self

    def open(self) -> io.BufferedReader:
        """Its bytes, from the first. Raises Problem while it is read: broken, or a bomb."""
        spent = self._spent or Spent(Bounds())
        try:
            file = self._open()
        except RuntimeError as error:  # zipfile's word for a password
            if isinstance(error, NotImplementedError):
                raise damaged(self.name, str(error)) from None
            raise _locked(self.name) from None
        except (*_BROKEN, OSError, ValueError) as error:
            raise damaged(self.name, str(error)) from None
        counted = _Counted(file, self, spent)
        return io.BufferedReader(counted, _PIECE)

    def read(self, most: int = 256_000_000) -> bytes:
        """All of it. Raises Problem for more than `most` bytes."""
        with self.open() as file:
            data = file.read(most + 1)
        if len(data) > most:
            raise Problem(
                "archive_too_large", f"{self.name} is too large to be read at once.",
                why=f"It has more than {most // 1_000_000:,} MB.", status=422,
                next="Ask for the export in smaller parts, or leave this file out.",
            )  # fmt: skip
        return data

    @contextlib.contextmanager
    def seekable(self) -> Iterator[IO[bytes]]:
        """Its bytes as a file in which one can go back."""
        with tempfile.TemporaryFile() as copy, self.open() as file:
            shutil.copyfileobj(file, copy, _PIECE)
            copy.seek(0)
            yield copy


class Spent:
    """How many bytes were unpacked of an archive so far; one that is read twice counts twice only
    beyond its bound for the whole."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds, self.whole = bounds, 0


class _Counted(io.RawIOBase):
    """The bytes of a member, counted; what goes wrong in it is said as a Problem."""

    def __init__(self, file: IO[bytes], member: Member, spent: Spent) -> None:
        self._file, self._member, self._spent = file, member, spent
        bounds = spent.bounds
        self._most = min(bounds.member, max(member.packed * bounds.ratio, _LEAST))
        self._read = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer)  # type: ignore[arg-type]
        try:
            data = self._file.read(len(view))
        except (*_BROKEN, ValueError) as error:
            raise damaged(self._member.name, str(error)) from None
        except OSError as error:
            raise damaged(self._member.name, error.strerror or "it cannot be read") from None
        self._read += len(data)
        self._spent.whole += len(data)
        if self._read > self._most or self._spent.whole > self._spent.bounds.whole * 3:
            raise _bomb(self._member.name, self._read)
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()


class Archive:
    """What is in an archive. `skipped` names what was left out and why; `me` is what the person is
    called in it where they said so, `zone` their time zone; `at` is when it was made."""

    def __init__(
        self, name: str, members: Iterable[Member], skipped: list[tuple[str, str]]
    ) -> None:
        self.name = name
        self.members = sorted(members, key=lambda member: _natural(member.name))
        self.skipped = skipped
        self.me, self.zone = "", "UTC"
        self.at = datetime.now(UTC)
        self.spent = Spent(Bounds())
        self._close = contextlib.ExitStack()

    def find(self, *patterns: str) -> list[Member]:
        """The members whose last parts match one of the patterns, such as `data/like*.js`; `_2`
        stands before `_10`. How many folders are around it does not matter."""
        found = []
        for member in self.members:
            parts = member.name.lower().split("/")
            for pattern in patterns:
                count = pattern.count("/") + 1
                if len(parts) >= count and fnmatchcase("/".join(parts[-count:]), pattern):
                    found.append(member)
                    break
        return found

    @property
    def mark(self) -> str:
        """A sum over the names and sizes of everything in it: the same for the same archive."""
        sum = hashlib.sha256()
        for member in self.members:
            sum.update(f"{member.name}\0{member.size}\0".encode(errors="surrogatepass"))
        return sum.hexdigest()

    @property
    def size(self) -> int:
        return sum(member.size for member in self.members)

    def close(self) -> None:
        self._close.close()

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def opened(path: Path, name: str = "", bounds: Bounds | None = None) -> Archive:
    """The archive at a path, whatever kind it is. `name` is what it is called where it came from.
    Raises Problem for one that is missing, empty, locked, broken or past its bounds."""
    bounds, name = bounds or Bounds(), name or path.name
    if not path.exists():
        raise Problem("no_such_file", f"There is no file {str(path)!r}.", next="Check its name.")
    archive = _Opening(name, bounds).of(path)
    if not archive.members:
        archive.close()
        why = (
            f"{len(archive.skipped):,} entries were left out as unsafe." if archive.skipped else ""
        )
        raise Problem(
            "archive_empty", f"There is nothing in {name} that could be imported.", why=why,
            next="Check that the export was downloaded whole.", status=422,
        )  # fmt: skip
    return archive


class _Opening:
    """An archive while it is opened."""

    def __init__(self, name: str, bounds: Bounds) -> None:
        self.name, self.bounds, self.spent = name, bounds, Spent(bounds)
        self.members: dict[str, Member] = {}
        self.skipped: list[tuple[str, str]] = []
        self.close = contextlib.ExitStack()
        self.newest = 0.0

    def of(self, path: Path) -> Archive:
        try:
            if path.is_dir():
                self._folder(path)
            else:
                self._file(path, "")
            self._inner()
        except BaseException:
            self.close.close()
            raise
        archive = Archive(self.name, self.members.values(), self.skipped)
        archive._close, archive.spent = self.close, self.spent
        made = self.newest or path.stat().st_mtime
        archive.at = min(datetime.fromtimestamp(made, UTC), datetime.now(UTC))
        return archive

    def _add(self, member: Member) -> None:
        name = safe(member.name)
        if name is None:
            self.skipped.append(("unsafe name", repr(member.name[:200])))
            return
        if len(self.members) >= self.bounds.members:
            raise Problem(
                "archive_too_large", f"{self.name} holds too many files.", status=422,
                why=f"More than {self.bounds.members:,} are no export.",
                next="Ask for the export in smaller parts.",
            )  # fmt: skip
        member.name = name
        if name in self.members:  # the last one wins, as when it is unpacked
            self.skipped.append(("name that is there twice", name[:200]))
        self.members[name] = member.within(self.spent)

    def _folder(self, root: Path) -> None:
        for folder, folders, files in os.walk(root, followlinks=False):
            folders[:] = sorted(f for f in folders if not f.startswith("."))
            for file in sorted(files):
                path = Path(folder, file)
                about = path.lstat()
                name = path.relative_to(root).as_posix()
                if file.startswith("."):
                    continue
                if not stat.S_ISREG(about.st_mode):
                    self.skipped.append(("link or device", name[:200]))
                    continue
                self.newest = max(self.newest, about.st_mtime)
                self._add(_plain(path, name, about.st_size))

    def _file(self, path: Path, inside: str) -> None:
        with path.open("rb") as file:
            head = file.read(6)
        if not head:
            raise Problem(
                "archive_empty", f"{self.name} is empty.", status=422,
                next="Check that the export was downloaded whole.",
            )  # fmt: skip
        name = inside or self.name
        if head[:2] == b"PK":
            self._zip(path, name, f"{inside}/" if inside else "")
        elif (
            head[:2] == b"\x1f\x8b" or head[:3] == b"BZh" or head == b"\xfd7zXZ\0" or _is_tar(path)
        ):
            self._tar(path, name)
        else:
            self.newest = max(self.newest, path.stat().st_mtime)
            self._add(_plain(path, path.name if not self.name else self.name, path.stat().st_size))

    def _zip(self, path: Path, name: str, lead: str) -> None:
        try:
            found = self.close.enter_context(zipfile.ZipFile(path))
            infos = found.infolist()
        except (*_BROKEN, OSError, ValueError, UnicodeDecodeError) as error:
            raise damaged(name, str(error)) from None
        packed = path.stat().st_size
        declared = sum(info.compress_size for info in infos)
        if declared > packed:
            raise _overlapping(name)
        for info in infos:
            if info.is_dir() or _beside(info.filename):
                continue
            if info.flag_bits & 0x1:
                raise _locked(name)
            if stat.S_IFMT(info.external_attr >> 16) not in (0, stat.S_IFREG):
                self.skipped.append(("link or device", info.filename[:200]))
                continue
            with contextlib.suppress(ValueError):
                made = datetime(*info.date_time, tzinfo=UTC).timestamp()
                self.newest = max(self.newest, made if info.date_time[0] > 1980 else 0)
            self._add(Member(lead + info.filename, info.file_size, info.compress_size,
                             _of_zip(found, info)))  # fmt: skip

    def _tar(self, path: Path, name: str) -> None:
        """A tar cannot be sought in when it is packed: the members with words in them, and media if
        they are to be read, are copied to a folder that is removed with the archive, under names of
        ours and as long as the disk has room for twice as much."""
        place = Path(self.close.enter_context(tempfile.TemporaryDirectory(prefix="musespark-")))
        packed, whole = path.stat().st_size, 0
        most = max(packed * self.bounds.ratio, _LEAST)
        try:
            with tarfile.open(path, "r|*", errorlevel=0) as found:
                for number, info in enumerate(found):
                    whole += info.size
                    if whole > min(most, self.bounds.whole) or number > self.bounds.members:
                        raise _bomb(name, whole)
                    if not info.isfile():
                        if not info.isdir():
                            self.skipped.append(("link or device", info.name[:200]))
                        continue
                    if _beside(info.name):
                        continue
                    self.newest = max(self.newest, float(info.mtime))
                    copy = place / str(number)
                    room = self.bounds.media and _room(place) > 2 * info.size + _LEAST
                    if room or info.name.lower().endswith(_WORDS):
                        file = found.extractfile(info)
                        assert file is not None
                        with copy.open("wb") as target:
                            shutil.copyfileobj(file, target, _PIECE)
                        self._add(_plain(copy, info.name, copy.stat().st_size))
                    else:
                        self._add(Member(info.name, info.size, info.size, _unread(info.name)))
        except (*_BROKEN, OSError, ValueError) as error:
            raise damaged(name, str(error)) from None

    def _inner(self) -> None:
        """Archives inside take the place of themselves, once: an export in parts, or one packed
        again by whoever sent it on."""
        inner = [m for m in self.members.values() if m.name.lower().endswith((".zip", ".tar.gz"))]
        others = [m for m in self.members.values() if m.name.lower().endswith(_WORDS)]
        if not inner or others or len(inner) > _ZIPS:
            return
        place = Path(self.close.enter_context(tempfile.TemporaryDirectory(prefix="musespark-")))
        for number, member in enumerate(inner):
            del self.members[member.name]
            copy = place / str(number)
            with member.open() as file, copy.open("wb") as target:
                shutil.copyfileobj(file, target, _PIECE)
            self._file(copy, member.name)


def safe(name: str) -> str | None:
    """A member's name with slashes, or None for one that leads elsewhere or is no name."""
    name = name.replace("\\", "/")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    wrong = name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in parts or "\0" in name
    return None if wrong or not parts or len(name) > 4_000 else "/".join(parts)


def _beside(name: str) -> bool:
    """What systems put beside the files themselves."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2] in (".DS_Store", "Thumbs.db")


def _plain(path: Path, name: str, size: int) -> Member:
    def opening() -> IO[bytes]:
        return path.open("rb")

    return Member(name, size, size, opening)


def _of_zip(found: zipfile.ZipFile, info: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
    return lambda: found.open(info)


def _unread(name: str) -> Callable[[], IO[bytes]]:
    def refuse() -> IO[bytes]:
        raise Problem(
            "archive_media", f"{name} cannot be taken out of a tar archive.", status=422,
            next="Unpack it and import the folder.",
        )  # fmt: skip

    return refuse


def _room(place: Path) -> int:
    return shutil.disk_usage(place).free


def _is_tar(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(257)
        return file.read(5) == b"ustar"


def _natural(name: str) -> list[tuple[int, int, str]]:
    return [
        (0, int(part), "") if part.isdecimal() and len(part) < 20 else (1, 0, part)
        for part in re.split(r"(\d+)", name)
    ]


def stamp(value: object, *, zone: timedelta | None = None) -> datetime | None:
    """A moment as exports write it: seconds or milliseconds since 1970, or ISO 8601, as a number or
    a text. None for what is none. A time without a zone is taken as UTC."""
    found: datetime | None = None
    try:
        if isinstance(value, str):
            text = value.strip()
            if re.fullmatch(r"\d{9,19}(\.\d+)?", text):
                value = float(text)
            elif text:
                found = datetime.fromisoformat(text)
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
            seconds = value / 1_000_000 if value > 1e14 else value / 1000 if value > 1e11 else value
            found = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    if found is None:
        return None
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found
    return found.astimezone(UTC)


def damaged(name: str, why: str) -> Problem:
    """What says that a part of an archive is broken."""
    words = " ".join(why.split())[:200].rstrip(".")
    return Problem(
        "archive_damaged", f"{name[:200]} is broken or was cut off.",
        why=f"{words[:1].upper()}{words[1:]}." if words else "", status=422,
        next="Download the export again; what came before the break can be imported.",
    )  # fmt: skip


def _bomb(name: str, size: int) -> Problem:
    return Problem(
        "archive_bomb", f"{name[:200]} unpacks to far more than an export holds.",
        why=f"It was stopped after {size // 1_000_000:,} MB.", status=422,
        next="If it is a real export, unpack it and import the folder.",
    )  # fmt: skip


def _overlapping(name: str) -> Problem:
    return Problem(
        "archive_bomb", f"{name[:200]} is no honest archive.", status=422,
        why="Its files lie over each other, so that it unpacks to more than it holds.",
        next="Download the export again.",
    )  # fmt: skip


def _locked(name: str) -> Problem:
    return Problem(
        "archive_locked", f"{name[:200]} is locked with a password.", status=422,
        next="Unpack it with its password and import the folder.",
    )  # fmt: skip
