"""JSON that may be huge, a value at a time: never more of it in memory than one value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

import msgspec

from musespark.archive import Member, damaged
from musespark.problem import Problem

_MOST = 128_000_000  # bytes of one value
_WHOLE = 256_000_000  # bytes of a file that is read at once
_HEAD = 65_536


def items(member: Member, key: str = "", *, script: bool = False) -> Iterator[Any]:
    """The values of a JSON array, or of the array under `key` where the file holds an object. With
    `script` what stands before the first bracket is left out: `window.YTD.x.part0 = [`.

    Raises Problem `archive_damaged` where the JSON breaks off, after all values before that."""
    import ijson  # C code: not for those who import nothing

    with member.open() as file:
        plain = _Plain(file, script)
        lead = plain.first()
        if lead == b"{" and not key:
            yield whole(member)
            return
        prefix = "item" if lead == b"[" else f"{key}.item"
        try:
            for value in ijson.items(plain, prefix, use_float=True, buf_size=_HEAD):
                plain.since = 0
                yield value
        except (ijson.JSONError, UnicodeDecodeError, ValueError) as error:
            if plain.done and script:  # a semicolon at the end
                return
            raise damaged(member.name, str(error).partition("\n")[0]) from None


def whole(member: Member) -> Any:
    """All of a JSON file. Raises Problem for one that is broken or too large."""
    data = member.read(_WHOLE).removeprefix(b"\xef\xbb\xbf")
    try:
        return msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise damaged(member.name, str(error)) from None


def lines(member: Member, most: int = _MOST) -> Iterator[bytes]:
    """The lines of a file without their ends. Raises Problem for one longer than `most` bytes."""
    with member.open() as file:
        while line := file.readline(most + 1):
            if len(line) > most:
                raise _long(member.name)
            yield line.rstrip(b"\r\n")


def top(member: Member, most: int = _HEAD) -> bytes:
    """How a file begins, for telling what it is; nothing where it cannot be read."""
    try:
        with member.open() as file:
            return file.read(most)
    except Problem:
        return b""


class _Plain:
    """A file as ijson wants it: without a mark of byte order and what a script puts around it; it
    counts what came since the last value."""

    def __init__(self, file: IO[bytes], script: bool) -> None:
        self._file, self._name = file, getattr(file, "name", "")
        self._waiting = file.read(_HEAD).removeprefix(b"\xef\xbb\xbf").lstrip()
        if script:
            cut = min((n for n in map(self._waiting.find, (b"[", b"{")) if n >= 0), default=0)
            self._waiting = self._waiting[cut:]
        self.since, self.done, self._script = 0, False, script

    def first(self) -> bytes:
        return self._waiting[:1]

    def read(self, size: int = -1) -> bytes:
        if size == 0:  # ijson asks so whether these are bytes
            return b""
        data, self._waiting = self._waiting, b""
        data = data or self._file.read(_HEAD)
        if self._script and data:
            self._waiting = self._file.read(_HEAD)
            if not self._waiting:
                data = data.rstrip().rstrip(b";")
        self.done = self.done or not data
        self.since += len(data)
        if self.since > _MOST:
            raise _long("The JSON")
        return data


def _long(name: str) -> Problem:
    return Problem(
        "archive_too_large", f"{name[:200]} holds a single value that is too large.",
        why=f"No more than {_MOST // 1_000_000} MB of one can be read.", status=422,
        next="Leave this file out of the archive.",
    )  # fmt: skip
