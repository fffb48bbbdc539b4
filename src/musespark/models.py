"""The models of this server, by tier: which one answers where."""

from __future__ import annotations

from musespark.model import Model
from musespark.problem import Problem
from musespark.settings import Settings, TierSettings


class Models:
    """The models of this server by tier. One tier configured serves both; none means the embedded
    model. Nothing starts before the first question, or `start()`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._made: dict[str, Model] = {}
        self._handed: list[Model] = []  # to later ones, which close them

    def __call__(self, tier: str) -> Model:
        """The model of "fast" or "deep". Raises Problem for another tier."""
        found = self._made.get(tier)
        return self._make(tier) if found is None else found

    def _make(self, tier: str) -> Model:
        # Here and not above: a client with its sockets takes a quarter second to import, and an
        # exact answer at the terminal needs none.
        from musespark.embedded import EmbeddedModel
        from musespark.endpoint import Endpoint

        if tier not in ("fast", "deep"):
            raise Problem("unknown_tier", f"There is no model tier {tier!r}.", next="fast or deep.")
        chosen = serving(self._settings, tier)[1]
        if chosen.url:
            self._made[tier] = Endpoint(chosen, tier)
        else:
            self._made[tier] = EmbeddedModel(self._settings, tier)
        return self._made[tier]

    def under(self, settings: Settings) -> Models:
        """The models under other settings. Those that stay the same are handed on; these here still
        serve whoever has them, until they are closed."""
        later = Models(settings)
        for tier, model in self._made.items():
            if later.source(tier) == self.source(tier):
                later._made[tier] = model
                self._handed.append(model)
        return later

    def source(self, tier: str) -> tuple[object, ...]:
        """All that the model of a tier is made from."""
        name, chosen = serving(self._settings, tier)
        if name != "embedded":
            return (chosen,)
        own = self._settings
        return (own.embedded_path, own.embedded_context, own.embedded_threads, chosen.thinking,
                chosen.timeout)  # fmt: skip

    @property
    def embedded(self) -> bool:
        """Whether the embedded model answers."""
        return not (self._settings.fast.url or self._settings.deep.url)

    async def start(self) -> None:
        """Load what is embedded now rather than at the first question."""
        for tier in ("fast", "deep"):
            start = getattr(self(tier), "start", None)
            if start is not None:
                await start()

    async def close(self) -> None:
        for made in self._made.values():
            if not any(made is each for each in self._handed):
                await made.close()
        self._made.clear()


def serving(settings: Settings, tier: str) -> tuple[str, TierSettings]:
    """Which settings serve a tier: its own, the other's, or those of the embedded model."""
    own, other = settings.fast, settings.deep
    names = "fast", "deep"
    if tier == "deep":
        own, other, names = other, own, ("deep", "fast")
    if own.url or not other.url:
        return (names[0] if own.url else "embedded"), own
    return names[1], other
