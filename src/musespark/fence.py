"""A fence around a child process that reads bytes from outside: what it may use, see and reach.

Limits on memory, processor time and files come from POSIX. Linux adds the rest as far as its kernel
has it: no new rights, no capabilities, no network (a namespace of its own), and Landlock, by which
the child reads nothing but Python, libraries and fonts, writes only in its own folder, starts no
program, connects nowhere and sends no signal to others. A part that the system lacks is left out.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import site
import struct
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

_NEWUSER, _NEWNET = 0x10000000, 0x40000000
_PDEATHSIG, _NO_NEW_PRIVS = 1, 38
_CAPABILITIES = 0x20080522  # the version of the structures that capset takes
_CREATE, _ADD, _RESTRICT = 444, 445, 446  # Landlock's calls have these numbers on every machine
_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_TRUNCATE, _ON_FILES = 1 << 14, 1 << 1 | 1 << 2 | 1 << 14
_OWN = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 13 | 1 << 14
_KNOWN = (13, 14, 15, 15, 16)  # rights over files that version 1, 2, … of Landlock knows
_SYSTEM = (  # what libraries read of the system, and nobody keeps secrets in
    "/usr/lib", "/lib", "/usr/lib64", "/lib64", "/usr/local/lib", "/etc/ld.so.cache",
    "/usr/share/fonts", "/usr/local/share/fonts", "/etc/fonts", "/usr/share/fontconfig",
    "/usr/share/zoneinfo", "/etc/localtime", "/usr/share/locale", "/usr/share/mime",
    "/dev/urandom", "/dev/random", "/dev/zero", "/proc/self", "/proc/cpuinfo", "/proc/meminfo",
    "/proc/stat", "/proc/sys/kernel", "/proc/sys/vm", "/sys/devices/system", "/sys/fs/cgroup",
)  # fmt: skip


class Bounds(Struct, frozen=True):
    """What a process may use: `memory` of addresses and `file` of one file on disk in bytes, and
    `processor` in seconds; and what it may read beside Python and the system's libraries."""

    memory: int
    processor: int
    file: int
    readable: tuple[str, ...] = ()


def enclose(folder: str, bounds: Bounds) -> None:
    """Put the fence around this process, for good. `folder` is its own, in which it may write. It
    needs to be the only thread."""
    _limit(bounds)
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        with contextlib.suppress(OSError, AttributeError):
            libc.unshare(_NEWUSER | _NEWNET)
            head, none = struct.pack("Ii", _CAPABILITIES, 0), bytes(24)
            libc.capset(head, none)
            libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)
        with contextlib.suppress(OSError, AttributeError):
            _confine(libc, folder, bounds.readable)


def end_with_parent() -> None:
    """Be killed when the thread that started this process ends, however it ends (Linux)."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def confines() -> int:
    """The version of Landlock that this system has, 0 where it has none."""
    if sys.platform != "linux":
        return 0
    try:
        return max(int(ctypes.CDLL(None).syscall(_CREATE, None, 0, 1)), 0)
    except (OSError, AttributeError):
        return 0


def _limit(bounds: Bounds) -> None:
    with contextlib.suppress(ImportError):
        import resource

        for what, most in (
            (resource.RLIMIT_AS, bounds.memory),
            (resource.RLIMIT_FSIZE, bounds.file),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_NOFILE, 256),
        ):
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(what, (most, most))
        with contextlib.suppress(ValueError, OSError):  # told at the first, killed at the second
            resource.setrlimit(resource.RLIMIT_CPU, (bounds.processor, bounds.processor + 2))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a file too large is an error, not the end


def _confine(libc: Any, folder: str, readable: Sequence[str]) -> None:
    """Landlock, as its documentation in the kernel describes it (userspace-api/landlock)."""
    version = confines()
    if not version:
        return
    handled = (1 << _KNOWN[min(version, len(_KNOWN)) - 1]) - 1
    connecting = 0b11 if version >= 4 else 0
    scoped = 0b11 if version >= 6 else 0
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = libc.syscall(_CREATE, struct.pack("QQQ", handled, connecting, scoped), size, 0)
    if rules < 0:
        return
    try:
        for path in (*readable, *_python(), *_SYSTEM):
            _allow(libc, rules, path, (_READ_FILE | _READ_DIR) & handled)
        _allow(libc, rules, "/dev/null", (_READ_FILE | _WRITE_FILE | _TRUNCATE) & handled)
        _allow(libc, rules, folder, _OWN & handled)
        libc.syscall(_RESTRICT, rules, 0)
    finally:
        os.close(rules)


def _allow(libc: Any, rules: int, path: str, rights: int) -> None:
    """Allow `rights` on a file, or on a folder and all below it; nothing where there is none."""
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not os.path.isdir(path):
            rights &= _ON_FILES
        libc.syscall(_ADD, rules, 1, struct.pack("=Qi", rights, place), 0)
    finally:
        os.close(place)


def packages() -> list[str]:
    """The folders of Python's path that hold packages. It may also hold the folder that the server
    was started in, with its settings, or one that the home lies in: no child reads these."""
    started, home = os.path.realpath(os.getcwd()), os.path.realpath(os.path.expanduser("~"))
    found = [str(Path(__file__).resolve().parent)]
    for entry in filter(None, sys.path):
        full = os.path.realpath(entry)
        if full != started and not Path(home).is_relative_to(full):
            found.append(full)
    return found


def _python() -> list[str]:
    own = [sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix]
    with contextlib.suppress(AttributeError):  # some that are built in have no such folders
        own += [*site.getsitepackages(), site.getusersitepackages()]
    return own
