"""Restoring: what an export of our own holds beside the ledger is put back as it was."""

from __future__ import annotations

from collections.abc import Sequence

from musespark.files import Files
from musespark.importer import Kept
from musespark.store import Store


class Restoring:
    """What is put back for one person."""

    def __init__(self, store: Store, files: Files, person: str) -> None:
        self.store, self.files, self.person = store, files, person

    async def keep(self, found: Sequence[Kept]) -> dict[str, int]:
        """Put rows back that are not there; returns how many of each kind are new."""
        return {}
