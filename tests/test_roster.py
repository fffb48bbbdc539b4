"""`musespark people`, `me`, `hosts` and keys with bounds, in the terminal."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from musespark import cli, postgres

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A home of its own with a database that stays between the commands."""
    with tempfile.TemporaryDirectory(prefix="musespark-") as folder:
        running, _ = postgres.start(Path(folder))
        yield Path(folder)
        postgres.leave(running)


@pytest.fixture
def run(place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("MUSESPARK_HOME", str(place))
    monkeypatch.setattr("musespark.cli.hush", lambda: None)

    def run_(*words: str) -> tuple[int, str, str]:
        code = cli.run(cli.parser().parse_args(list(words)))
        said = capsys.readouterr()
        return code, said.out, said.err

    return run_


def test_people_come_change_and_go(run: Run) -> None:
    code, _, said = run("people", "add", "anna", "--name", "Anna Berg", "--role", "creator")
    assert code == 0
    assert "musespark link --person anna" in said
    code, out, _ = run("people", "--json")
    rows = {row["person"]: row for row in map(json.loads, out.splitlines())}
    assert (rows["anna"]["role"], rows["owner"]["role"]) == ("creator", "owner")
    assert "Anna Berg" in run("people", "list", "-s", "BERG")[1]
    assert run("people", "role", "anna", "manager")[0] == 0
    assert run("people", "end", "anna")[0] == 0
    assert "ended" in run("people")[1]
    assert run("people", "back", "anna")[0] == 0
    for words, code_said in (
        (("people", "add", "anna"), "already"), (("people", "add", "a b"), "cannot be used"),
        (("people", "role", "nobody", "guest"), "no person"),
        (("people", "role", "owner", "guest"), "stays its owner"),
        (("people", "end", "owner"), "stays its owner"),
    ):  # fmt: skip
        code, _, said = run(*words)
        assert code == 1
        assert code_said in said


def test_who_you_are(run: Run) -> None:
    code, out, _ = run("me", "--name", "Olga", "--zone", "Europe/Berlin", "--language", "de")
    assert code == 0
    assert "Olga" in out
    told = json.loads(run("me", "--json")[1])
    assert (told["role"], told["zone"], told["language"]) == ("owner", "Europe/Berlin", "de")
    assert run("me", "--zone", "Mars/Base")[0] == 2
    told = json.loads(run("me", "--json", "--zone", "", "--language", "")[1])
    assert told["name"] == "Olga"


def test_keys_with_bounds(run: Run) -> None:
    code, out, _ = run("keys", "create", "widget", "--scope", "ask", "--scope", "me", "--days", "9")
    assert code == 0
    assert out.startswith("ms_")
    code, out, _ = run("keys", "list")
    assert "ask me" in out
    assert run("keys", "create", "x", "--scope", "king")[0] == 1
    code, _, said = run("keys", "create", "x", "--scope", "people", "--person", "somebody")
    assert (code, "owner or a manager" in said) == (1, True)


def test_apps(run: Run, tmp_path: Path) -> None:
    made = ed25519.Ed25519PrivateKey.generate()
    pem = tmp_path / "public.pem"
    pem.write_bytes(made.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    ))  # fmt: skip
    assert "No app vouches" in run("hosts")[2]
    words = ("hosts", "add", "shop", "--issuer", "https://shop.example", "--keys", str(pem))
    code, _, said = run(*words)
    assert code == 0
    assert "EdDSA" in said
    assert run(*words)[0] == 1
    assert "https://shop.example" in run("hosts", "list")[1]
    claims = {"iss": "https://shop.example", "aud": "musespark", "sub": "17",
              "exp": int(time.time()) + 60}  # fmt: skip
    code, out, _ = run("hosts", "test", jwt.encode(claims, made, "EdDSA"))
    assert (code, json.loads(out)["person"]) == (0, "shop:17")
    code, _, said = run("hosts", "test", jwt.encode(claims | {"aud": "x"}, made, "EdDSA"))
    assert (code, "another audience" in said) == (1, True)
    secret = tmp_path / "private.pem"
    secret.write_bytes(made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ))  # fmt: skip
    for name, code_said in (
        (str(secret), "private key"), (str(tmp_path / "none"), "cannot be read"),
        (str(Path(__file__)), "cannot be used"),
    ):  # fmt: skip
        code, _, said = run("hosts", "add", "x", "--issuer", "https://x.example", "--keys", name)
        assert code in (1, 2)
        assert code_said in said
    assert run("hosts", "end", "shop")[0] == 0
    assert json.loads(run("hosts", "--json")[1])["ended"]
    assert run("hosts", "end", "nothing")[0] == 1
