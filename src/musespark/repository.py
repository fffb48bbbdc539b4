"""A repository of the AT Protocol as a CAR file: its records, each checked against its hash.

Formats: https://ipld.io/specs/transport/car/carv1/ and https://atproto.com/specs/repository. The
file is indexed by where each block lies and read a block at a time; the tree of records (a Merkle
search tree) is walked in the order of its keys.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO, Any

from msgspec import Struct

from musespark.archive import Member, damaged

_BLOCK = 4_000_000  # bytes: the protocol allows a record 1 MB
_BLOCKS = 10_000_000
_DEEP = 64  # levels of the tree
_DAG_CBOR, _SHA256, _LENGTH = 0x71, 0x12, 32
_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"


class Record(Struct, frozen=True):
    """A record: its `collection` (app.bsky.feed.post), its `key`, what it holds, and its hash."""

    collection: str
    key: str
    value: dict[str, Any]
    cid: str


class Repository:
    """A CAR file, open. `did` is whose it is. Raises Problem `archive_damaged` for one that is
    broken, cut off or does not hold what its hashes say."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        self._file, self._name = file, name
        self._places: dict[bytes, tuple[int, int]] = {}
        self.cut = False  # whether the file ends in the middle of a block
        self.missing = 0  # blocks that the tree names and the file does not hold
        roots = self._index()
        commit = self._block(roots[0])
        if not isinstance(commit, dict) or not isinstance(commit.get("data"), bytes):
            raise self._broken("it begins with no commit")
        self.did, self._tree = str(commit.get("did") or ""), commit["data"]

    def _broken(self, why: str) -> Exception:
        return damaged(self._name, why)

    def _number(self) -> int | None:
        """A number of variable length (LEB128), None at the end of the file."""
        value = shift = 0
        while True:
            byte = self._file.read(1)
            if not byte:
                if shift:
                    self.cut = True
                return None
            value |= (byte[0] & 0x7F) << shift
            shift += 7
            if not byte[0] & 0x80:
                return value
            if shift > 56:
                raise self._broken("a length in it is none")

    def _index(self) -> list[bytes]:
        """Where every block lies. Returns the roots."""
        import libipld  # compiled: not for those who import nothing

        size = self._number()
        if size is None or size > _BLOCK:
            raise self._broken("it has no head")
        try:
            head = libipld.decode_dag_cbor(self._file.read(size))
            roots = [bytes(root) for root in head["roots"]]
        except (ValueError, TypeError, LookupError, RecursionError):
            raise self._broken("its head cannot be read") from None
        if not roots or head.get("version") != 1:
            raise self._broken("it is no CAR of version 1")
        while (size := self._number()) is not None:
            if not 36 <= size <= _BLOCK or len(self._places) >= _BLOCKS:
                raise self._broken("a block in it has no possible size")
            lead = self._file.read(36)
            start = self._file.tell()
            self._file.seek(size - 36, 1)
            if len(lead) < 36:
                self.cut = True
                break
            self._places[lead] = (start, size - 36)
        return roots

    def _block(self, cid: bytes) -> Any:
        """What a block holds, None where the file lacks it. Raises Problem where it is not what its
        hash says."""
        import libipld

        place = self._places.get(cid)
        if place is None:
            return None
        self._file.seek(place[0])
        data = self._file.read(place[1])
        if len(data) < place[1]:
            self.cut = True
            return None
        right = cid[:4] == bytes((1, _DAG_CBOR, _SHA256, _LENGTH))
        if not right or hashlib.sha256(data).digest() != cid[4:]:
            raise self._broken("a block in it is not what its hash says")
        try:
            return libipld.decode_dag_cbor(data)
        except (ValueError, RecursionError):
            raise self._broken("a block in it cannot be read") from None

    def records(self) -> Iterator[Record]:
        """Every record, in the order of collections and keys."""
        import libipld

        for key, cid in self._walk(self._tree, 0, set()):
            value = self._block(cid)
            if not isinstance(value, dict):
                self.missing += 1
                continue
            collection, _, name = key.partition("/")
            yield Record(collection, name, value, libipld.encode_cid(cid))

    def _walk(self, cid: bytes, depth: int, seen: set[bytes]) -> Iterator[tuple[str, bytes]]:
        node = self._block(cid)
        if depth > _DEEP or cid in seen or not isinstance(node, dict):
            self.missing += 1
            return
        seen.add(cid)
        if isinstance(node.get("l"), bytes):
            yield from self._walk(node["l"], depth + 1, seen)
        before = b""
        for entry in node.get("e") or []:
            try:
                before = before[: int(entry["p"])] + bytes(entry["k"])
                value, right = bytes(entry["v"]), entry.get("t")
            except (LookupError, TypeError, ValueError, AttributeError):
                raise self._broken("its tree cannot be read") from None
            yield before.decode(errors="replace"), value
            if isinstance(right, bytes):
                yield from self._walk(right, depth + 1, seen)


def is_repository(member: Member) -> bool:
    """Whether a file begins as a CAR does."""
    with member.open() as file:
        head = file.read(100)
    return b"eroots" in head and b"gversion" in head


def dated(key: str) -> datetime | None:
    """When a record was made, told by its key (a TID: microseconds and a clock's number)."""
    if len(key) != 13 or any(sign not in _SORTABLE for sign in key):
        return None
    number = 0
    for sign in key:
        number = number << 5 | _SORTABLE.index(sign)
    try:
        return datetime.fromtimestamp((number >> 10 & (1 << 53) - 1) / 1_000_000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
