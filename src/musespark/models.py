"""The models of this server, by tier: which one answers where."""

from __future__ import annotations

from musespark.model import Model
from musespark.problem import Problem
from musespark.settings import Settings


class Models:
    """The models of this server by tier. One tier configured serves both; none means the embedded
    model. Nothing starts before the first question, or `start()`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._made: dict[str, Model] = {}

    def __call__(self, tier: str) -> Model:
        """The model of "fast" or "deep". Raises Problem for another tier."""
        found = self._made.get(tier)
        return self._make(tier) if found is None else found

    def _make(self, tier: str) -> Model:
        # Here and not above: a client with its sockets takes a quarter second to import, and an
        # exact answer at the terminal needs none.
        from musespark.embedded import EmbeddedModel
        from musespark.endpoint import Endpoint

        settings = self._settings
        if tier not in ("fast", "deep"):
            raise Problem("unknown_tier", f"There is no model tier {tier!r}.", next="fast or deep.")
        own, other = settings.fast, settings.deep
        if tier == "deep":
            own, other = other, own
        chosen = own if own.url else other
        if chosen.url:
            self._made[tier] = Endpoint(chosen, tier)
        else:
            self._made[tier] = EmbeddedModel(settings, tier)
        return self._made[tier]

    async def start(self) -> None:
        """Load what is embedded now rather than at the first question."""
        for tier in ("fast", "deep"):
            start = getattr(self(tier), "start", None)
            if start is not None:
                await start()

    async def close(self) -> None:
        for made in self._made.values():
            await made.close()
        self._made.clear()
