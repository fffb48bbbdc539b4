"""An agent is data: instructions, the names of its tools, and the tier of model it runs on."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Tier = Literal["fast", "deep"]


class Agent(Struct, frozen=True):
    """What a run of the loop is told to be. `tools` are plugin names; `("*",)` means all that the
    turn offers. `description` is for people and for the planner that hands out tasks."""

    name: str
    description: str
    instructions: str
    tools: tuple[str, ...] = ()
    tier: Tier = "deep"
