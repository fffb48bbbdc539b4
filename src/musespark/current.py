"""What a running server works by: the settings that may change meanwhile, and its models by them.

Models and switched-off tools change while the server runs, through it or through another process
that writes settings.toml: the next turn uses what holds then, and turns under way keep what they
began with. Everything else is read once.
"""

from __future__ import annotations

import asyncio
import errno
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from musespark.models import Models
from musespark.problem import Problem
from musespark.settings import Settings, read, write

Changes = dict[str, Any]


class Current:
    """The settings of one process and its models by them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.models = Models(settings)
        self.since = dict.fromkeys(("fast", "deep"), datetime.now(UTC))
        self.problem: Problem | None = None  # why the file as it is now cannot be used
        self._seen = self._mark()
        self._changing = asyncio.Lock()
        self._retired: list[Models] = []

    async def change(self, changes: Callable[[Settings], Changes]) -> None:
        """Write the changes into settings.toml and work by them from now on. `changes` is given
        the settings as they are, and may raise. Raises Problem when the file cannot be read or
        written; nothing has changed then."""
        async with self._changing:
            now = await asyncio.to_thread(self._read)
            made = changes(now)
            try:
                await asyncio.to_thread(write, self.settings, made)
            except OSError as error:
                full = error.errno == errno.ENOSPC
                raise Problem(
                    "disk_full" if full else "settings_not_written",
                    f"The settings could not be written to {self.settings.file}.",
                    why=f"{error.strerror or type(error).__name__}.",
                    next="Nothing was changed. Free some space, or make that folder writable.",
                    status=507 if full else 500,
                ) from None
            self._adopt(await asyncio.to_thread(self._read))

    async def renew(self) -> bool:
        """Look whether the file changed, and work by it if so; False when it did not. A file that
        cannot be used changes nothing, and `problem` says why."""
        if self._mark() == self._seen:
            return False
        async with self._changing:
            try:
                self._adopt(await asyncio.to_thread(self._read))
            except Problem as problem:
                self.problem, self._seen = problem, self._mark()
                return False
        return True

    def _read(self) -> Settings:
        """The settings as they are now. Raises Problem."""
        try:
            return read({**os.environ, "MUSESPARK_HOME": str(self.settings.home)})
        except Problem as problem:
            problem.status = 500  # not the fault of whoever asks for a change
            raise

    def _adopt(self, fresh: Settings) -> None:
        before = self.models
        self._seen, self.problem = self._mark(), None
        self.settings = msgspec.structs.replace(
            self.settings, fast=fresh.fast, deep=fresh.deep, tools_off=fresh.tools_off
        )
        later = before.under(self.settings)
        for tier in ("fast", "deep"):
            if later.source(tier) != before.source(tier):
                self.since[tier] = datetime.now(UTC)
        self._retired.append(before)
        self.models = later

    async def retire(self, running: Sequence[asyncio.Task[None]]) -> None:
        """Let go of models that nobody will ask any more, once those turns have ended. They stay
        in the list: a turn that was made and not begun may still ask one."""
        mine = list(self._retired)
        if running:
            await asyncio.wait(running)
        for each in mine:
            await each.close()
        async with self._changing:  # the embedded model is some 200 MB; the next one loads it anew
            module = sys.modules.get("musespark.embedded")
            if module is not None and not self.models.embedded:
                await asyncio.to_thread(module.stop)

    def _mark(self) -> tuple[int, ...]:
        """What tells one state of the file from another."""
        try:
            found = os.stat(self.settings.file)
        except OSError:
            return ()
        return found.st_mtime_ns, found.st_size, found.st_ino

    async def close(self) -> None:
        for each in [self.models, *self._retired]:
            await each.close()
