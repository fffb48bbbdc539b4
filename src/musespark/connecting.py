"""Connecting models: which one is meant, its trial, and what settings.toml keeps of it.

The terminal and HTTP both connect through here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import msgspec

from musespark.problem import Problem
from musespark.settings import TierSettings

if TYPE_CHECKING:
    from musespark.trial import Trial

TIERS = ("fast", "deep")
HIDDEN = "…"
# What connecting decides; the environment may not already have said otherwise.
_DECIDED = ("url", "key", "name")


def address(url: str) -> str:
    """The address as it is kept: http where no scheme was given."""
    url = url.strip()
    return url if "://" in url else f"http://{url}"


def origin(url: str) -> str:
    """Scheme, host and port, "" for what is no address: a key is sent nowhere else."""
    import yarl

    try:
        return str(yarl.URL(address(url)).origin()) if url else ""
    except ValueError:
        return ""


def chosen(name: str | None, names: list[str], next: str = "Name one with --name.") -> str:
    """The model that is meant, of those that the server lists. Raises Problem where it is open."""
    if name:
        return name
    if len(names) == 1:
        return names[0]
    plain = ["".join(sign for sign in each if sign.isprintable())[:100] for each in names[:12]]
    shown = ", ".join(plain) + (" ..." if len(names) > 12 else "")
    raise Problem(
        "which_model",
        "The server has several models." if names else "The server does not list its models.",
        why=f"They are: {shown}." if names else "",
        next=next,
    )


def doubt(name: str, names: list[str]) -> str:
    """What is to be said of a name that the server does not list, "" for one that it does."""
    if not names or name in names:
        return ""
    near = get_close_matches(name, names, 1)
    hint = f" Did you mean {near[0]}?" if near else ""
    return f"The server does not list {name}.{hint}"


def found_out(tier: TierSettings, trial: Trial) -> TierSettings:
    """The settings of a tier with what the trial found the model unable to do."""
    return msgspec.structs.replace(
        tier,
        tools=tier.tools and trial.tools is not False,
        json_schema=tier.json_schema and trial.json_schema is not False,
    )


def kept(which: str, tier: TierSettings) -> dict[str, Any]:
    """The changes of settings.toml that connect a model: its tier's table is written anew with what
    is not the default; as "both", one table serves both."""
    plain = TierSettings()
    table: dict[str, Any] = {}
    for name in TierSettings.__struct_fields__:
        value = getattr(tier, name)
        table[name] = None if value == getattr(plain, name) else value
    table["key"] = tier.key.reveal() or None
    if which == "both":
        return {"fast": table, "deep": None}
    return {which: table}


def forgotten(which: str) -> dict[str, Any]:
    """The changes of settings.toml that disconnect a model and forget its key."""
    return dict.fromkeys(TIERS if which == "both" else (which,))


def fixed(tier: str, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """The settings of a tier that the environment fixes, with the variable that does."""
    environ = os.environ if environ is None else environ
    names = TierSettings.__struct_fields__
    variables = {name: f"MUSESPARK_{tier}_{name}".upper() for name in names}
    return {name: variable for name, variable in variables.items() if variable in environ}


def decided(tier: str) -> list[str]:
    """The variables of the environment that leave nothing to connect or disconnect in a tier."""
    return [variable for name, variable in fixed(tier).items() if name in _DECIDED]


def changeable(which: str, given: frozenset[str] = frozenset()) -> None:
    """Raise Problem 409 where the environment stands against connecting or disconnecting a tier:
    it wins over the file. `given` names further settings that are to be changed."""
    tiers = TIERS if which == "both" else (which,)
    against = [
        variable
        for tier in tiers
        for name, variable in fixed(tier).items()
        if variable in decided(tier) or name in given
    ]
    if against:
        raise fixed_problem(against)


def fixed_problem(variables: list[str]) -> Problem:
    are = "are" if len(variables) > 1 else "is"
    return Problem(
        "fixed_by_environment",
        f"{', '.join(variables)} {are} set in the environment of this server.",
        why="The environment wins over what is kept here.",
        next="Change it there and start the server again, or unset it to change it here.",
        status=409,
    )
