"""Typed settings, read once: defaults, then settings.toml in the home, then the environment.

Every setting is one environment variable: `MUSESPARK_PORT`, `MUSESPARK_DEEP_URL`. A name that does
not exist is an error with the nearest one, never silently ignored.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec
import platformdirs
from msgspec import Struct, field

from musespark.problem import Problem

FILE = "settings.toml"


class Secret:
    """A value that never shows itself: not in a log, an error or a trace."""

    __slots__ = ("_value",)

    def __init__(self, value: str = "") -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "Secret(set)" if self._value else "Secret(empty)"


class TierSettings(Struct, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """One model: where it answers and what it can do. An empty `url` means the embedded model.

    `thinking` names the control the model has for its own thinking: `reasoning_effort`,
    `chat_template_kwargs` (`enable_thinking`) or `thinking_budget` (`max_thinking_tokens`).
    `context` is in tokens, prices are for a million tokens, `timeout` in seconds of silence.
    """

    url: str = ""
    key: Secret = field(default_factory=Secret)
    name: str = ""
    context: int = 32_768
    thinking: Literal["", "reasoning_effort", "chat_template_kwargs", "thinking_budget"] = ""
    reasoning_back: bool = False
    price_input: float = 0.0
    price_output: float = 0.0
    vision: bool = False
    tools: bool = True
    json_schema: bool = True
    weak: bool = False
    timeout: float = 120.0


class McpServer(Struct, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """An MCP server: a `url` (streamable HTTP) or a `command` with `args` (stdio). `trusted` says
    that its words are the operator's own and taint nothing; `allow` limits its tools by name."""

    url: str = ""
    key: Secret = field(default_factory=Secret)
    command: str = ""
    args: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    trusted: bool = False
    allow: tuple[str, ...] = ()


class Settings(Struct, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """Everything an operator can set."""

    home: Path = field(default_factory=lambda: Path(platformdirs.user_data_dir("musespark")))
    database_url: Secret = field(default_factory=Secret)
    database_owner_url: Secret = field(default_factory=Secret)
    host: str = "127.0.0.1"
    port: int = 8765
    request_bytes: int = 10_000_000
    language: str = ""
    zone: str = ""
    fast: TierSettings = field(default_factory=TierSettings)
    deep: TierSettings = field(default_factory=TierSettings)
    mcp: dict[str, McpServer] = field(default_factory=dict)
    embedded_path: str = ""
    embedded_context: int = 2048
    embedded_threads: int = 0
    router_model: bool = False
    budget_tokens: int = 200_000
    budget_seconds: float = 300.0
    budget_money: float = 5.0
    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    otel_endpoint: str = ""

    @property
    def file(self) -> Path:
        return self.home / FILE


def _hook(kind: type, value: Any) -> Any:
    if kind is Secret:
        return Secret(str(value))
    if issubclass(kind, Path):
        return Path(str(value)).expanduser()
    raise NotImplementedError(kind)


def names() -> list[str]:
    """Every environment variable that sets something."""
    found = []
    for item in msgspec.structs.fields(Settings):
        if item.type is TierSettings:
            inner = msgspec.structs.fields(TierSettings)
            found += [f"MUSESPARK_{item.name}_{each.name}".upper() for each in inner]
        elif item.name != "mcp":
            found.append(f"MUSESPARK_{item.name}".upper())
    return found


# Read by the benchmarks and the tests, not by the product.
_ELSEWHERE = ("MUSESPARK_BENCH_", "MUSESPARK_TEST_")


def read(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process. Raises Problem for a wrong name or value, saying which."""
    environ = os.environ if environ is None else environ
    known = names()
    given = {k: v for k, v in environ.items() if k.startswith("MUSESPARK_")}
    values: dict[str, Any] = {}
    if "MUSESPARK_HOME" in given:
        values["home"] = given["MUSESPARK_HOME"]
    home = Path(values.get("home", platformdirs.user_data_dir("musespark"))).expanduser()
    file = home / FILE
    if file.exists():
        try:
            values |= tomllib.loads(file.read_text())
        except (tomllib.TOMLDecodeError, OSError, UnicodeDecodeError) as error:
            raise Problem(
                "bad_settings",
                f"The settings file {file} could not be read.",
                why=f"{error}.",
                next="Mend that line, or move the file away to start with the defaults.",
            ) from None
    for name, value in given.items():
        if name.startswith(_ELSEWHERE):
            continue
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            raise Problem(
                "unknown_setting",
                f"There is no setting {name}.",
                next=f"Did you mean {near[0]}?"
                if near
                else "See docs/settings.md for all of them.",
            )
        key = name.removeprefix("MUSESPARK_").lower()
        tier, _, rest = key.partition("_")
        if tier in ("fast", "deep"):
            values[tier] = {**values.get(tier, {}), rest: value}
        else:
            values[key] = value
    values.setdefault("home", str(home))
    try:
        return msgspec.convert(values, Settings, strict=False, dec_hook=_hook)
    except msgspec.ValidationError as error:
        raise Problem(
            "bad_settings",
            "A setting has a value that cannot be used.",
            why=f"{error}.",
            next=f"Change it in the environment or in {file}.",
        ) from None


def write(settings: Settings, changes: dict[str, Any]) -> None:
    """Merge `changes` into settings.toml, readable by its owner alone. None removes a value."""
    import tomli_w

    settings.home.mkdir(parents=True, exist_ok=True)
    current: dict[str, Any] = (
        tomllib.loads(settings.file.read_text()) if settings.file.exists() else {}
    )
    for key, value in changes.items():
        if value is None:
            current.pop(key, None)
        elif isinstance(value, dict):
            merged = {**current.get(key, {}), **value}
            current[key] = {k: v for k, v in merged.items() if v is not None}
        else:
            current[key] = value
    draft = settings.file.with_suffix(".new")
    draft.touch(mode=0o600)
    draft.write_text(tomli_w.dumps(current))
    draft.replace(settings.file)
