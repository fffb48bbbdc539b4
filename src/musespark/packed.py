"""Zip archives from outside, opened with bounds, and the XML in them, without entities."""

from __future__ import annotations

import importlib
import io
import posixpath
import zipfile
from typing import Any

from musespark.problem import Problem

MOST = 500_000_000  # bytes of an archive when unpacked
_ENTRY = 100_000_000  # and of one file in it
_ENTRIES = 20_000


class Archive:
    """A zip whose files are read up to a bound, whatever it says of itself."""

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise broken(str(error)) from None
        if len(self._zip.infolist()) > _ENTRIES:
            raise _too_large(f"It holds more than {_ENTRIES:,} files.")
        self.names = {info.filename: info for info in self._zip.infolist()}
        self._left = MOST

    def read(self, name: str) -> bytes | None:
        """The bytes of a file, None where there is none. Raises Problem: `unpacks_too_large`,
        `locked_document`, `unreadable`."""
        info = self.names.get(name)
        if info is None:
            return None
        if info.flag_bits & 1:
            raise locked()
        most = min(_ENTRY, self._left)
        try:
            with self._zip.open(info) as stream:
                data = stream.read(most + 1)
        except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, ValueError) as error:
            raise broken(str(error)) from None
        except Exception as error:  # zlib and its like have errors of their own
            raise broken(type(error).__name__) from None
        self._left -= len(data)
        if len(data) > most:
            raise _too_large(f"It unpacks to more than {most // 1_000_000:,} MB.")
        return data

    def tree(self, name: str) -> Any:
        """An XML file as a tree of lxml, None where there is none."""
        data = self.read(name)
        return None if data is None else tree_of(data)


def tree_of(data: bytes) -> Any:
    """XML as a tree: entities stay as they are, nothing is fetched. Raises Problem:
    `unreadable`."""
    etree: Any = importlib.import_module("lxml.etree")

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, recover=True,
        remove_comments=True, remove_pis=True, huge_tree=False,
    )  # fmt: skip
    try:
        tree = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise broken(str(error)) from None
    if tree is None:
        raise broken("its XML is empty")
    return tree


def beside(name: str, target: str) -> str:
    """Where a link in the file `name` of an archive leads, "" for out of it."""
    if ":" in target.partition("/")[0]:
        return ""
    target = target.partition("#")[0]
    whole = (
        target[1:] if target.startswith("/") else posixpath.join(posixpath.dirname(name), target)
    )
    whole = posixpath.normpath(whole)
    return "" if whole.startswith("..") else whole


def broken(why: str) -> Problem:
    why = " ".join(why.split())[:200]
    return Problem(
        "unreadable", "{name} cannot be read.", why=f"It is broken or cut off ({why}).",
        next="Save it anew in the program it comes from, and try that.", status=422,
    )  # fmt: skip


def locked() -> Problem:
    return Problem(
        "locked_document", "{name} is locked with a password.",
        why="It is encrypted, and nothing in it can be read without the password.",
        next="Open it with the password, save it without one, and attach that.", status=422,
    )  # fmt: skip


def _too_large(why: str) -> Problem:
    return Problem(
        "unpacks_too_large", "{name} is too large inside.", why=why,
        next="Attach the part that the question is about.", status=422,
    )  # fmt: skip
