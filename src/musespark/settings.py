"""Typed settings, read once: defaults, then settings.toml in the home, then the environment.

Every setting is one environment variable: `MUSESPARK_PORT`, `MUSESPARK_DEEP_URL`. A name that does
not exist is an error with the nearest one, never silently ignored.
"""

from __future__ import annotations

import contextlib
import difflib
import ipaddress
import os
import re
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_type_hints
from zoneinfo import ZoneInfo

import msgspec
import platformdirs
from msgspec import Meta, Struct, field

from musespark.problem import Problem

FILE = "settings.toml"

Count = Annotated[int, Meta(ge=0)]
Size = Annotated[int, Meta(ge=1)]
Amount = Annotated[float, Meta(ge=0)]
Span = Annotated[float, Meta(gt=0)]


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


_LOGIN = re.compile(r"(?<=//)\S*@|[^\s:/'\"]+:[^\s/]\S*@")
_QUERY = re.compile(r"(//[^\s?]*\?)\S+")


def veiled(words: str) -> str:
    """Words as they may be seen: an address in them without its login and its query, either of
    which may prove who we are. "http://ann:secret@host/v1" becomes "http://…@host/v1"."""
    if "@" in words:
        words = _LOGIN.sub("…@", words)
    return _QUERY.sub(r"\1…", words) if "?" in words else words


class Discreet(Struct, frozen=True):
    """Settings that show their addresses without what is secret in them."""

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        fields = [(name, getattr(self, name)) for name in self.__struct_fields__]
        return [(name, veiled(v) if isinstance(v, str) else v) for name, v in fields]

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({fields})"


class TierSettings(Discreet, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """One model: where it answers and what it can do. An empty `url` means the embedded model.

    `thinking` names the control the model has for its own thinking: `reasoning_effort`,
    `chat_template_kwargs` (`enable_thinking`) or `thinking_budget` (`max_thinking_tokens`).
    `context` is in tokens, prices are for a million tokens, `timeout` in seconds of silence.
    """

    url: str = ""
    key: Secret = field(default_factory=Secret)
    name: str = ""
    context: Annotated[int, Meta(ge=256)] = 32_768
    thinking: Literal["", "reasoning_effort", "chat_template_kwargs", "thinking_budget"] = ""
    reasoning_back: bool = False
    price_input: Amount = 0.0
    price_output: Amount = 0.0
    vision: bool = False
    tools: bool = True
    json_schema: bool = True
    weak: bool = False
    timeout: Span = 120.0


class EmbeddingSettings(Discreet, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """An embedding model behind an OpenAI-compatible `/v1/embeddings`. An empty `url` means the
    embedded vectors; `timeout` is in seconds, after which they do instead."""

    url: str = ""
    key: Secret = field(default_factory=Secret)
    name: str = ""
    timeout: Span = 10.0


class TranscriberSettings(Discreet, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """A model that writes down what is said, behind an OpenAI-compatible
    `/v1/audio/transcriptions`. An empty `url` means that nobody does; `timeout` is in seconds, for
    ten minutes of sound."""

    url: str = ""
    key: Secret = field(default_factory=Secret)
    name: str = ""
    language: str = ""
    timeout: Span = 120.0


class McpServer(Discreet, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """An MCP server: a `url` (streamable HTTP) or a `command` with `args` (stdio). `trusted` says
    that its words are the operator's own and taint nothing; `allow` limits its tools by name."""

    url: str = ""
    key: Secret = field(default_factory=Secret)
    command: str = ""
    args: tuple[str, ...] = ()
    env: dict[str, Secret] = field(default_factory=dict)
    trusted: bool = False
    allow: tuple[str, ...] = ()


class OpenIdProvider(Discreet, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """A server where people may sign in (OpenID Connect): its `issuer`, what we are called there,
    and what it is called on our page. `role` is what somebody becomes who comes from there for the
    first time; empty, only those come in who connected their account before."""

    issuer: str
    client_id: str
    client_secret: Secret = field(default_factory=Secret)
    name: str = ""
    scopes: str = "openid profile"
    role: Literal["", "creator", "member", "guest"] = ""


class Settings(Discreet, kw_only=True, forbid_unknown_fields=True, frozen=True):
    """Everything an operator can set."""

    home: Path = field(default_factory=lambda: Path(platformdirs.user_data_dir("musespark")))
    database_url: Secret = field(default_factory=Secret)
    database_owner_url: Secret = field(default_factory=Secret)
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8765
    request_bytes: Size = 10_000_000
    file_bytes: Size = 200_000_000
    import_bytes: Size = 20_000_000_000
    imported_bytes: Size = 20_000_000_000
    language: str = ""
    zone: str = ""
    fast: TierSettings = field(default_factory=TierSettings)
    deep: TierSettings = field(default_factory=TierSettings)
    embedding: EmbeddingSettings = field(default_factory=EmbeddingSettings)
    transcriber: TranscriberSettings = field(default_factory=TranscriberSettings)
    sound_seconds: Span = 10_800.0
    video_seconds: Span = 300.0
    mcp: dict[str, McpServer] = field(default_factory=dict)
    openid: dict[str, OpenIdProvider] = field(default_factory=dict)
    proxies: str = ""
    tools_off: str = ""
    embedded_path: str = ""
    embedded_context: Annotated[int, Meta(ge=256)] = 2048
    embedded_threads: Count = 0
    router_model: bool = False
    memory_summaries: bool = False
    memory_idle: Span = 10.0
    budget_tokens: Size = 200_000
    budget_seconds: Span = 300.0
    budget_money: Span = 5.0
    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    otel_endpoint: str = ""

    @property
    def file(self) -> Path:
        return self.home / FILE

    @property
    def off(self) -> frozenset[str]:
        """The names of the tools that are switched off."""
        return frozenset(re.split(r"[\s,]+", self.tools_off)) - {""}


def _hook(kind: type, value: Any) -> Any:
    if kind is Secret:
        return Secret(str(value))
    if issubclass(kind, Path):
        return Path(str(value)).expanduser()
    raise NotImplementedError(kind)


# The tables of the file that hold a table for each name: [mcp.calendar].
_NAMED: dict[str, type[Discreet]] = {"mcp": McpServer, "openid": OpenIdProvider}

# The settings that are tables of their own: [deep] `url` is MUSESPARK_DEEP_URL.
TABLES: dict[str, type[Discreet]] = {
    "fast": TierSettings,
    "deep": TierSettings,
    "embedding": EmbeddingSettings,
    "transcriber": TranscriberSettings,
}


def names() -> list[str]:
    """Every environment variable that sets something."""
    found = []
    for name in Settings.__struct_fields__:
        if name in TABLES:
            inner = TABLES[name].__struct_fields__
            found += [f"MUSESPARK_{name}_{each}".upper() for each in inner]
        elif name not in _NAMED:
            found.append(f"MUSESPARK_{name}".upper())
    return found


def place(variable: str) -> tuple[str, str]:
    """Where a variable stands in settings.toml: its table, "" for none, and its key there."""
    key = variable.removeprefix("MUSESPARK_").lower()
    table, _, rest = key.partition("_")
    return (table, rest) if table in TABLES else ("", key)


# Read by the benchmarks and the tests, not by the product.
_ELSEWHERE = ("MUSESPARK_BENCH_", "MUSESPARK_TEST_")


def read(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process. Raises Problem for a wrong name or value, saying which."""
    environ = os.environ if environ is None else environ
    known = names()
    given = {k: v for k, v in environ.items() if k.startswith("MUSESPARK_")}
    home = Path(given.get("MUSESPARK_HOME") or platformdirs.user_data_dir("musespark")).expanduser()
    given.pop("MUSESPARK_HOME", None)
    file = home / FILE
    values = {"home": str(home)} | _load(file)
    for name, value in given.items():
        if name.startswith(_ELSEWHERE):
            continue
        if name not in known:
            raise Problem(
                "unknown_setting", f"There is no setting {name}.", next=_near(name, known)
            )
        table, key = place(name)
        if table:
            filed = values.get(table, {})
            values[table] = {**filed, key: value} if isinstance(filed, dict) else filed
        else:
            values[key] = value
    try:
        settings = msgspec.convert(values, Settings, strict=False, dec_hook=_hook)
        if settings.zone:
            _check_zone(settings.zone)
        _check_sign_in(settings)
    except msgspec.ValidationError as error:
        raise _bad(error, file, known) from None
    return settings


def _load(file: Path) -> dict[str, Any]:
    """What the settings file says; nothing where there is none. Raises Problem."""
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except NotADirectoryError:
        raise no_home(file.parent, "There is a file of that name") from None
    except (tomllib.TOMLDecodeError, OSError, UnicodeDecodeError) as error:
        why = "It is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
        raise Problem(
            "bad_settings",
            f"The settings file {file} could not be read.",
            why=f"{why}.",
            next="Mend that line, or move the file away to start with the defaults.",
        ) from None


def no_home(home: Path, why: str) -> Problem:
    """The Problem of a home that is none."""
    return Problem(
        "no_home",
        f"The folder {home} cannot be used.",
        why=f"{why}.",
        next="Choose another one with MUSESPARK_HOME, or mend this one.",
        status=500,
    )


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):  # a folder of the database is an OSError
        raise msgspec.ValidationError(
            f"Expected a time zone such as Europe/Berlin, got {zone[:60]!r} - at `$.zone`"
        ) from None


def _check_sign_in(settings: Settings) -> None:
    for name in settings.openid:
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,39}", name):
            raise msgspec.ValidationError(
                f"A provider's name is of small letters, digits and -, not {name[:60]!r}"
                f" - at `$.openid.{name[:60]}`"
            )
    for each in settings.proxies.split():
        try:
            ipaddress.ip_network(each, strict=False)
        except ValueError:
            raise msgspec.ValidationError(
                f"Expected addresses such as 127.0.0.1 or 10.0.0.0/8, got {each[:60]!r}"
                " - at `$.proxies`"
            ) from None


def _bad(error: msgspec.ValidationError, file: Path, known: list[str]) -> Problem:
    """Which setting has a value that cannot be used, and by which names it can be changed."""
    said = str(error)
    place = re.search(r" - at `\$\.?(.*)`$", said)
    key = place[1] if place else ""
    next = f"Change it in the environment or in {file}."
    unknown = re.search(r"unknown field `(.*?)`", said)
    if unknown:
        return _stranger(key.replace("[...]", ".NAME"), unknown[1], file, known)
    variable = f"MUSESPARK_{key}".upper().replace(".", "_")
    name = variable if variable in known else key
    why = _wish(re.sub(r" - at `.*`$", "", said), key)
    return Problem(
        "bad_settings",
        f"The setting {name} cannot be used." if name else "The settings cannot be used.",
        why=f"{why}.",
        next=next,
    )


def _stranger(table: str, name: str, file: Path, known: list[str]) -> Problem:
    """A line of the file, or a table of it, that sets nothing."""
    above = table.partition(".")[0]
    if table in TABLES or above in _NAMED:
        kind = TABLES.get(table) or _NAMED[above]
        names_, words = list(kind.__struct_fields__), f"The table [{table}] has no {name!r}."
    else:
        own = [place(variable) for variable in known]
        names_ = [key for above, key in own if not above] + [*TABLES, *_NAMED]
        words = f"There is no setting {name!r}."
    near = difflib.get_close_matches(name, names_, 1)
    hint = f"Did you mean {near[0]!r}?" if near else "See docs/settings.md for all of them."
    return Problem("unknown_setting", words, next=f"{hint} It is in {file}.")


_KINDS = {"int": "a whole number", "float": "a number", "bool": "true or false", "str": "text",
          "object": "a table", "array": "a list"}  # fmt: skip
_BOUNDS = {">": "more than {}", ">=": "{} or more", "<": "less than {}", "<=": "{} at most"}


def _wish(said: str, key: str) -> str:
    """What msgspec says of a value, in a person's words: "It wants a whole number, 0 or more"."""
    found = re.match(r"Expected `(\w+)`(?: ([<>]=?) ([\d.]+))?(?:, got .*)?$", said)
    if found and found[1] in _KINDS:
        bound = _BOUNDS[found[2]].format(f"{float(found[3]):g}") if found[2] else ""
        return f"It wants {', '.join(part for part in (_KINDS[found[1]], bound) if part)}"
    if said.startswith("Invalid enum value"):
        table, _, name = key.rpartition(".")
        kind = get_type_hints(TABLES.get(table, Settings)).get(name)
        words = [str(word) for word in get_args(kind) if word]
        return f"It is one of these: {', '.join(words)}" if words else said
    return said


def _near(name: str, known: list[str]) -> str:
    prefix = "MUSESPARK_"
    own = [each.removeprefix(prefix) for each in known]
    near = difflib.get_close_matches(name.removeprefix(prefix), own, 1)
    return f"Did you mean {prefix}{near[0]}?" if near else "See docs/settings.md for all of them."


def write(settings: Settings, changes: dict[str, Any]) -> None:
    """Merge `changes` into settings.toml, readable by its owner alone. None removes a value; a
    function is given what is there now, None for nothing. Two writers at once take turns. Raises
    Problem when the file that is there cannot be read."""
    import tomli_w

    settings.home.mkdir(parents=True, exist_ok=True)
    with _alone(settings.home):
        current = _load(settings.file)
        for key, value in changes.items():
            if callable(value):
                value = value(current.get(key))
            if value is None:
                current.pop(key, None)
            elif isinstance(value, dict):
                filed = current.get(key)
                merged = {**(filed if isinstance(filed, dict) else {}), **value}
                current[key] = {k: v for k, v in merged.items() if v is not None}
            else:
                current[key] = value
        handle, draft = tempfile.mkstemp(prefix=".settings-", dir=settings.home)  # 0600 at birth
        try:
            with open(handle, "wb") as file:
                file.write(tomli_w.dumps(current).encode())
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, settings.file)
        except BaseException:
            os.unlink(draft)
            raise


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One writer of this home at a time, where the system can lock a file."""
    try:
        import fcntl
    except ModuleNotFoundError:
        yield
        return
    with open(os.open(home / ".settings.lock", os.O_CREAT | os.O_RDWR, 0o600)) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
