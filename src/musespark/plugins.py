"""The kinds of plugins and their contracts, on one screen.

One file adds anything: `tools/calculate.py` holds `calculate`, and people type `calculate`. Third
parties add the same by an entry point in the group `musespark.<kind>`; a built-in name wins.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import AsyncIterator, Callable
from functools import cache
from importlib.metadata import entry_points
from types import ModuleType
from typing import Any

from musespark.agent import Agent
from musespark.event import Event
from musespark.importer import Importer
from musespark.observation import Sense
from musespark.problem import Problem
from musespark.tool import Tool, from_function
from musespark.turn import Turn

# A mode: a strategy inside the one loop. It yields the events of an answer.
Mode = Callable[[Turn], AsyncIterator[Event]]

# kind -> what `load(kind, name)` gives
CONTRACTS: dict[str, object] = {
    "tools": Tool,  # async def name(...) -> object; optional: recognise, fits, outside, acts
    "modes": Mode,  # async def name(turn) -> AsyncIterator[Event]
    "agents": Agent,  # name = Agent(...)
    # def name(data: bytes, media: str) -> Seen; takes; optional: version, readers, streams,
    # seconds, settings, warm
    "senses": Sense,
    # def name(archive: Archive) -> Iterator[Activity | Skipped]; fits(archive) -> bool; label
    "importers": Importer,
    "protocols": ModuleType,  # def read(body) -> ...; how another protocol's request becomes a Turn
}


@cache
def names(kind: str) -> tuple[str, ...]:
    """All names of a kind, built-in ones first."""
    package = importlib.import_module(f"musespark.{kind}")
    built_in = sorted(found.name for found in pkgutil.iter_modules(package.__path__))
    others = {point.name for point in entry_points(group=f"musespark.{kind}")} - set(built_in)
    return (*built_in, *sorted(others))


@cache
def load(kind: str, name: str) -> Any:
    """The plugin itself. Raises Problem for an unknown name, naming the nearest one."""
    if kind not in CONTRACTS:
        raise Problem("unknown_kind", f"There is no kind of plugin called {kind!r}.")
    if name not in names(kind):
        near = difflib.get_close_matches(name, names(kind), 1)
        hint = f"Did you mean {near[0]!r}? " if near else ""
        raise Problem(
            f"unknown_{kind.removesuffix('s')}",
            f"There is no {kind.removesuffix('s')} called {name!r}.",
            next=f"{hint}There are: {', '.join(names(kind))}.",
            status=404,
        )
    module: Any
    try:
        module = importlib.import_module(f"musespark.{kind}.{name}")
        found = module if kind == "protocols" else getattr(module, name)
    except ModuleNotFoundError as error:
        if error.name != f"musespark.{kind}.{name}":
            raise
        point = next(p for p in entry_points(group=f"musespark.{kind}") if p.name == name)
        found = point.load()
        module = importlib.import_module(point.module)
    if kind == "importers" and not isinstance(found, Importer):
        about = (module.__doc__ or "").partition("\n")[0]
        return Importer(name, found, module.fits, getattr(module, "label", name), about)
    if kind == "senses" and not isinstance(found, Sense):
        about = (found.__doc__ or "").partition("\n")[0]
        function = f"{module.__name__}:{found.__name__}"
        version, readers = getattr(module, "version", 1), getattr(module, "readers", ())
        return Sense(
            name, function, tuple(module.takes), version, tuple(readers), about,
            streams=getattr(module, "streams", False), seconds=getattr(module, "seconds", 60.0),
            settings=tuple(getattr(module, "settings", ())),
        )  # fmt: skip
    if kind != "tools" or isinstance(found, Tool):
        return found
    return from_function(
        found,
        outside=getattr(module, "outside", False),
        acts=getattr(module, "acts", False),
        recognise=getattr(module, "recognise", None),
        fits=getattr(module, "fits", None),
    )
