"""Settings: read from the environment and the file, wrong ones named, secrets never shown."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tomllib
import traceback
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from musespark import settings as module
from musespark.problem import Problem
from musespark.settings import McpServer, Secret, Settings, names, read, write

HIDDEN = "sk-very-hidden-4711"


def at(home: Path, **given: str) -> Settings:
    return read({"MUSESPARK_HOME": str(home), **{f"MUSESPARK_{k}": v for k, v in given.items()}})


def wrong(home: Path, **given: str) -> str:
    with pytest.raises(Problem) as caught:
        at(home, **given)
    assert caught.value.code in ("bad_settings", "unknown_setting")
    assert HIDDEN not in caught.value.text
    return caught.value.text


def sample(kind: Any, name: str) -> tuple[str, Any]:
    """A value other than the default for a setting of this kind: as written, and as read."""
    if name == "MUSESPARK_ZONE":
        return "Europe/Berlin", "Europe/Berlin"
    if name == "MUSESPARK_PROXIES":
        return "127.0.0.1 10.0.0.0/8", "127.0.0.1 10.0.0.0/8"
    if kind is Secret:
        return HIDDEN, Secret(HIDDEN)
    if kind is Path:
        return "/a/place", Path("/a/place")
    if kind is bool:
        return "true", True
    if kind is str:
        return "words", "words"
    base, *more = get_args(kind) or (kind,)
    if base is int:
        return "1234", 1234
    if base is float:
        return "12.5", 12.5
    return str(more[-1]), more[-1]  # one of some words


@pytest.mark.parametrize("name", [n for n in names() if n != "MUSESPARK_HOME"])
@pytest.mark.parametrize("where", ["environment", "file"])
def test_every_setting_is_read_from_both(name: str, where: str, tmp_path: Path) -> None:
    table, key = module.place(name)
    fields: Any = module.TABLES[table] if table else Settings
    kind = next(f.type for f in msgspec.structs.fields(fields) if f.name == key)
    if where == "file" and kind is bool and getattr(fields(), key, False) is True:
        written, value = "false", False
    else:
        written, value = sample(kind, name)
    if where == "environment":
        found = read({"MUSESPARK_HOME": str(tmp_path), name: written})
    else:
        inner = {key: value if isinstance(value, bool) else written}
        write(Settings(home=tmp_path), {table: inner} if table else inner)
        found = at(tmp_path)
    owner = getattr(found, table) if table else found
    assert getattr(owner, key) == value


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(tmp_path: Path) -> None:
    assert at(tmp_path).port == 8765
    (tmp_path / "settings.toml").write_text(
        'port = 1000\nlanguage = "de"\n[deep]\nurl = "http://a/v1"\nname = "file"\n'
    )
    found = at(tmp_path)
    assert (found.port, found.deep.name) == (1000, "file")
    found = at(tmp_path, PORT="2000", DEEP_NAME="environment", LANGUAGE="")
    assert (found.port, found.deep.name, found.deep.url) == (2000, "environment", "http://a/v1")
    assert found.language == ""


def test_an_empty_home_is_the_default_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module.platformdirs, "user_data_dir", lambda name: str(tmp_path / name))
    assert read({"MUSESPARK_HOME": ""}).home == tmp_path / "musespark"
    assert read({}).home == tmp_path / "musespark"
    assert read({"MUSESPARK_HOME": "~/x"}).home == Path.home() / "x"


def test_mcp_servers_come_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(
        f'[mcp.web]\nurl = "http://m/mcp"\nkey = "{HIDDEN}"\nallow = ["a"]\n'
        f'[mcp.own]\ncommand = "run"\nargs = ["-x"]\ntrusted = true\n'
        f'env = {{ TOKEN = "{HIDDEN}" }}\n'
    )
    found = at(tmp_path).mcp
    assert found["web"] == McpServer(url="http://m/mcp", key=Secret(HIDDEN), allow=("a",))
    assert found["own"].env["TOKEN"].reveal() == HIDDEN
    assert HIDDEN not in repr(found)


def test_a_wrong_name_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    assert "Did you mean MUSESPARK_PORT?" in wrong(tmp_path, PROT="1")
    assert "Did you mean MUSESPARK_DEEP_TIMEOUT?" in wrong(tmp_path, DEEP_TIMEOUTS="1")
    assert "docs/settings.md" in wrong(tmp_path, XYZZY_QUUX=HIDDEN)
    (tmp_path / "settings.toml").write_text("prot = 1\n")
    text = wrong(tmp_path)
    assert "prot" in text
    assert "Did you mean 'port'?" in text
    assert str(tmp_path / "settings.toml") in text
    (tmp_path / "settings.toml").write_text("[deep]\ntimeuot = 1\n")
    assert "Did you mean 'timeout'?" in wrong(tmp_path)
    assert read({"MUSESPARK_TEST_X": "1", "MUSESPARK_BENCH_Y": "1", "OTHER": "1"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "many"),
        ("PORT", ""),
        ("PORT", "70000"),
        ("PORT", "-1"),
        ("ZONE", "Mars/Olympus"),
        ("ZONE", "../../etc/passwd"),
        ("LOG_LEVEL", "loud"),
        ("ROUTER_MODEL", "perhaps"),
        ("BUDGET_TOKENS", "0"),
        ("BUDGET_SECONDS", "-5"),
        ("BUDGET_MONEY", "free"),
        ("BUDGET_MONEY", "0"),
        ("REQUEST_BYTES", "0"),
        ("DEEP_TIMEOUT", "0"),
        ("EMBEDDING_TIMEOUT", "0"),
        ("FAST_CONTEXT", "12"),
        ("FAST_THINKING", "hard"),
        ("DEEP_PRICE_INPUT", "-1"),
        ("EMBEDDED_CONTEXT", "1"),
    ],
)
def test_a_wrong_value_says_which(name: str, value: str, tmp_path: Path) -> None:
    text = wrong(tmp_path, **{name: value})
    assert f"MUSESPARK_{name}" in text
    assert "environment" in text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"port = \n", "line 1"),
        (b"port = 1\nport = 2\n", "line 2"),
        (b"[deep\n", "line 1"),
        (b"\xff\xfe\n", "not UTF-8"),
        (b"deep = 5\n", "deep"),
        (b'deep = "x"\n', "deep"),
        (b"[mcp]\nx = 1\n", "mcp"),
        (f'[deep]\nkey = "{HIDDEN}\n'.encode(), "line 2"),
    ],
)
def test_a_broken_file_says_where(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_bytes(content)
    for given in ({}, {"DEEP_URL": "http://x"}):
        text = wrong(tmp_path, **given)
        assert said in text
        assert "settings.toml" in text
    with pytest.raises(Problem) if said != "deep" and said != "mcp" else _nothing():
        write(Settings(home=tmp_path), {"port": 5})


class _nothing:
    def __enter__(self) -> None: ...

    def __exit__(self, *given: object) -> None: ...


# -- secrets ------------------------------------------------------------------------------------


def test_a_secret_never_shows_itself(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret(HIDDEN)
    settings = at(
        tmp_path, DEEP_KEY=HIDDEN, FAST_KEY=HIDDEN, DATABASE_URL=f"postgresql://a:{HIDDEN}@b/c",
        DATABASE_OWNER_URL=f"postgresql://a:{HIDDEN}@b/c",
    )  # fmt: skip
    assert settings.deep.key.reveal() == HIDDEN
    shown = [
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret!s:>40}",
        "%s" % (secret,),  # noqa: UP031
        ascii(secret),
    ]
    shown += [repr(settings), str(settings), f"{settings.deep}", repr({"key": secret})]
    for encode in (msgspec.json.encode, msgspec.to_builtins, msgspec.msgpack.encode, json.dumps):
        for value in (secret, settings, settings.deep):
            try:
                shown.append(repr(encode(value)))  # type: ignore[operator]
            except TypeError as error:
                shown.append(str(error))
    shown.append(repr(msgspec.structs.asdict(settings.deep)))
    logging.getLogger("test").warning("with %s and %r", secret, settings)
    shown.append(caplog.text)
    try:
        raise ValueError(secret, settings)
    except ValueError as error:
        shown.append("".join(traceback.format_exception(error)))
    for text in shown:
        assert HIDDEN not in text
    assert not hasattr(secret, "__dict__")


ADDRESSES = [
    f"http://ann:{HIDDEN}@gpu:8000/v1",
    f"https://{HIDDEN}@gpu/v1",
    f"http://ann:{HIDDEN}/@:#?@gpu/v1",  # signs that should have been escaped
    f"ann:{HIDDEN}@gpu:8000/v1",
    f"https://gpu/v1?key={HIDDEN}&more={HIDDEN}",
]


@pytest.mark.parametrize("url", ADDRESSES)
def test_an_address_never_shows_its_login(
    url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from rich.pretty import pretty_repr

    (tmp_path / "settings.toml").write_text(f'[mcp.web]\nurl = "{url}"\n')
    settings = at(tmp_path, FAST_URL=url, DEEP_URL=url, OTEL_ENDPOINT=url)
    assert settings.fast.url == url
    shown = [repr(settings), str(settings.fast), f"{settings.mcp}", pretty_repr(settings)]
    shown.append(module.veiled(f"Nobody answers at {url}, it seems"))
    logging.getLogger("test").warning("with %r", settings)
    for text in (*shown, caplog.text):
        assert HIDDEN not in text
        assert "gpu" in text


def test_what_holds_no_login_is_shown_as_it_is() -> None:
    for words in ("http://gpu:8000/v1", "@cf/meta/llama", "me@there.example", "Why? Who knows", ""):
        assert module.veiled(words) == words


def test_secrets_compare_and_say_whether_they_are_set() -> None:
    assert Secret("a") == Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert hash(Secret("a")) == hash(Secret("a"))
    assert Secret("a")
    assert not Secret()
    assert repr(Secret("a")) == "Secret(set)"
    assert repr(Secret()) == "Secret(empty)"


# -- writing ------------------------------------------------------------------------------------


def test_what_is_written_is_merged_and_none_removes(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    settings = at(home)
    write(settings, {"port": 1, "deep": {"url": "http://a", "key": HIDDEN, "name": "x"}})
    write(settings, {"language": "de", "deep": {"name": "y", "key": None}})
    written = tomllib.loads(settings.file.read_text())
    assert written == {"port": 1, "language": "de", "deep": {"url": "http://a", "name": "y"}}
    write(settings, {"deep": None, "port": None, "never": None})
    assert tomllib.loads(settings.file.read_text()) == {"language": "de"}
    assert at(home).language == "de"


def test_the_file_is_its_owners_alone_at_every_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = os.umask(0)
    try:
        settings = Settings(home=tmp_path)
        settings.file.write_text("port = 1\n")
        settings.file.chmod(0o644)
        (tmp_path / "settings.new").write_text("an older draft")
        (tmp_path / "settings.new").chmod(0o666)
        modes: list[int] = []
        replace = os.replace

        def seen(draft: str, file: Path) -> None:
            assert HIDDEN in Path(draft).read_text()
            modes.append(os.stat(draft).st_mode & 0o777)
            replace(draft, file)

        monkeypatch.setattr(os, "replace", seen)
        write(settings, {"deep": {"key": HIDDEN}})
        assert modes == [0o600]
        for path in tmp_path.iterdir():
            if path.name != "settings.new":
                assert path.stat().st_mode & 0o077 == 0, path
    finally:
        os.umask(before)


def test_a_failed_write_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path)
    write(settings, {"port": 1})

    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write(settings, {"port": 2})
    assert at(tmp_path).port == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == [".settings.lock", "settings.toml"]


def test_two_writers_lose_nothing(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from musespark.settings import Settings, write\n"
        "for n in range(40): write(Settings(home=Path(sys.argv[1])),"
        " {'mcp': {f'{sys.argv[2]}{n}': {'url': 'http://x'}}})\n"
    )
    writers = [
        subprocess.Popen([sys.executable, "-W", "error", "-c", script, str(tmp_path), who])
        for who in "ab"
    ]
    assert [writer.wait() for writer in writers] == [0, 0]
    assert set(at(tmp_path).mcp) == {f"{who}{n}" for who in "ab" for n in range(40)}


@pytest.mark.parametrize(
    ("name", "value", "wish"),
    [
        ("PORT", "abc", "It wants a whole number."),
        ("PORT", "99999", "It wants a whole number, 65535 at most."),
        ("ROUTER_MODEL", "maybe", "It wants true or false."),
        ("BUDGET_SECONDS", "-1", "It wants a number, more than 0."),
        ("EMBEDDED_CONTEXT", "3", "It wants a whole number, 256 or more."),
        ("LOG_LEVEL", "loud", "It is one of these: debug, info, warning, error."),
        ("FAST_THINKING", "hard",
         "It is one of these: reasoning_effort, chat_template_kwargs, thinking_budget."),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told_what_is_wanted(
    tmp_path: Path, name: str, value: str, wish: str
) -> None:
    with pytest.raises(Problem) as caught:
        read({"MUSESPARK_HOME": str(tmp_path), f"MUSESPARK_{name}": value})
    assert caught.value.why == wish
    assert f"MUSESPARK_{name}" in caught.value.what


def test_a_home_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("not a folder")
    with pytest.raises(Problem) as caught:
        read({"MUSESPARK_HOME": str(tmp_path / "home")})
    assert caught.value.code == "no_home"
    assert "MUSESPARK_HOME" in caught.value.next
