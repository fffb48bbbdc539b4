"""`musespark look` and `ask -a` with pictures and tables, as a person types them."""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import samples
from fake_model import Server
from musespark import attachment, chat, cli, looking, seeing
from musespark.message import Document, Image, Table, Words
from musespark.problem import Problem
from musespark.settings import Settings, read
from musespark.terminal import Terminal

Look = Callable[..., tuple[int, str, str]]


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "sales.csv").write_bytes(samples.CSV)
    (tmp_path / "prices.xlsx").write_bytes(samples.PRICES)
    (tmp_path / "field.png").write_bytes(samples.picture())
    (tmp_path / "notes.txt").write_text("Milk is in the fridge.\n")
    (tmp_path / "settings.json").write_text('{"dark": true}')
    (tmp_path / "paper.pdf").write_bytes(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n\0")
    return tmp_path


@pytest.fixture
def look(files: Path) -> Look:
    def look_(*words: str) -> tuple[int, str, str]:
        args: argparse.Namespace = cli.parser().parse_args(["look", *words])
        out, err = io.StringIO(), io.StringIO()
        settings = read({"MUSESPARK_HOME": str(files / "home")})
        code = seeing.look(args, settings, Terminal(out, err))
        return code, out.getvalue(), err.getvalue()

    return look_


def test_what_was_read_is_a_table(look: Look, files: Path) -> None:
    looking._memory.clear()
    code, out, err = look(str(files / "prices.xlsx"))
    assert (code, err) == (0, "")
    assert "prices.xlsx: application/vnd.openxml" in out
    assert "Prices C3:C4" in out
    assert "price DOUBLE: 15.5 to 120.0" in out
    assert (files / "home" / "seen").is_dir()


def test_nothing_is_kept_where_that_is_wished(look: Look, files: Path) -> None:
    assert look("--no-keep", str(files / "sales.csv"))[0] == 0
    assert not (files / "home").exists()


def test_as_json_it_is_a_line_for_each_file(look: Look, files: Path) -> None:
    names = ("sales.csv", "paper.pdf", "gone.csv", "field.png")
    code, out, err = look("--json", *(str(files / name) for name in names))
    assert (code, err) == (1, "")
    table, paper, gone, field = map(json.loads, out.splitlines())
    assert table["sense"] == "table"
    assert table["parts"][0]["type"] == "table"
    assert table["observations"][1]["cells"] == "A2:A4"
    assert paper["error"]["code"] == "unreadable"
    assert gone["error"]["code"] == "no_file"
    assert field["media"] == "image/png"
    assert [part["type"] for part in field["parts"]] == ["image", "document"]
    assert "base64" not in out


def test_one_that_cannot_be_read_does_not_hide_the_others(look: Look, files: Path) -> None:
    code, out, err = look(str(files / "paper.pdf"), str(files / "sales.csv"))
    assert code == 1
    assert "no whole PDF" in err
    assert "city VARCHAR" in out


def test_a_file_goes_along_as_what_it_is(files: Path) -> None:
    def kinds(name: str) -> list[type]:
        [found] = attachment.attach([str(files / name)], None, Settings(), Terminal())
        return [type(part) for part in found.parts]

    assert kinds("notes.txt") == [Document]
    assert kinds("settings.json") == [Document]  # JSON that is no table is a text
    assert kinds("sales.csv") == [Table]
    assert kinds("prices.xlsx") == [Table, Table]
    assert kinds("field.png") == [Image, Words]
    with pytest.raises(Problem, match=r"paper\.pdf cannot be read"):
        attachment.attach([str(files / "paper.pdf")], None, Settings(), Terminal())
    with pytest.raises(Problem, match="too large"):
        attachment.contents(str(files / "prices.xlsx"), 10)


def ask(files: Path, *words: str, **more: str) -> Any:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MUSESPARK_")}
    return subprocess.run(
        [sys.executable, "-m", "musespark", "ask", "--no-keep", *words],
        capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL,
        env=kept | {"MUSESPARK_HOME": str(files / "home"), "COLUMNS": "80", **more},
    )  # fmt: skip


def test_the_embedded_model_says_what_it_could_not_see(files: Path) -> None:
    got = ask(files, "-q", "-a", str(files / "field.png"), "How many pixels does it have?")
    assert got.returncode == 0, got.stderr
    assert "120 × 80 pixels" in got.stdout
    assert "No model that sees pictures is connected" in got.stdout
    assert "field.png" in got.stdout


def test_a_plain_question_about_a_table_needs_no_model(files: Path) -> None:
    got = ask(files, "-q", "-a", str(files / "prices.xlsx"), "What is the price of the lamp?")
    assert got.returncode == 0, got.stderr
    assert "**15.5** [1]" in got.stdout
    assert """SELECT "price" FROM "prices.xlsx/Prices" WHERE "item" = 'lamp'""" in got.stdout


def test_the_embedded_model_quotes_the_row_of_a_table(files: Path) -> None:
    got = ask(files, "-q", "-a", str(files / "prices.xlsx"), "How much would a lamp cost me?")
    assert got.returncode == 0, got.stderr
    assert "lamp,15.5" in got.stdout
    assert "prices.xlsx/Prices, B3:C4 [1]" in got.stdout, "where it stands in the file"


def test_a_vision_model_gets_the_picture_and_the_table(files: Path) -> None:
    with Server() as server:
        got = ask(
            files, "-q", "--mode", "instant", "-a", str(files / "field.png"),
            "-a", str(files / "sales.csv"), "What do you see?",
            MUSESPARK_FAST_URL=server.url, MUSESPARK_FAST_VISION="true",
        )  # fmt: skip
        sent = server.bodies[-1]
        server.shutdown()
    assert got.returncode == 0, got.stderr
    content = sent["messages"][-1]["content"]
    assert [part["type"] for part in content] == ["text", "image_url", "text"]
    assert content[1]["image_url"]["url"].startswith("data:image/png;base64,")
    assert "120 × 80 pixels" in content[2]["text"]
    assert '<document name="sales.csv">' in content[2]["text"]
    assert "query_table" in [tool["function"]["name"] for tool in sent["tools"]]


def test_standard_input_is_a_file_of_any_kind(files: Path) -> None:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MUSESPARK_")}
    for command, words in (
        (("look", "--no-keep", "-"), "stdin: image/png, read by picture"),
        (("ask", "--no-keep", "-q", "-a", "-", "How many pixels does it have?"), "120 × 80 pixels"),
    ):
        got = subprocess.run(
            [sys.executable, "-m", "musespark", *command], input=samples.picture(),
            capture_output=True, timeout=120,
            env=kept | {"MUSESPARK_HOME": str(files / "home"), "COLUMNS": "80"},
        )  # fmt: skip
        assert got.returncode == 0, got.stderr.decode()
        assert words in got.stdout.decode()


def test_private_addresses_are_not_fetched(look: Look, files: Path) -> None:
    code, out, err = look("http://127.0.0.1:9/a.png")
    assert (code, out) == (1, "")
    assert "was not opened" in err
    got = ask(files, "-a", "https://192.168.0.1/a.png", "What is it?")
    assert got.returncode == 1
    assert "private" in got.stderr


def test_a_photo_and_a_price_list_in_one_question(files: Path) -> None:
    got = ask(
        files, "-q", "-a", str(files / "field.png"), "-a", str(files / "prices.xlsx"),
        "What is the price of the lamp?",
    )  # fmt: skip
    assert got.returncode == 0, got.stderr
    assert "lamp,15.5" in got.stdout
    assert "field.png" in got.stdout, "what nobody could see is said"


def test_what_is_asked_with_is_kept_unless_nothing_is(settings: Settings, files: Path) -> None:
    def asked(*words: str) -> set[Path]:
        out = io.StringIO()
        args = cli.parser().parse_args(["ask", "-q", "-m", "instant", *words])
        assert chat.ask(args, settings, Terminal(out, io.StringIO())) == 0
        return {path for path in (settings.home / "files").rglob("*") if path.is_file()}

    (files / "odd.csv").write_text(f"city,price\nKiel,{os.getpid()}\nBremen,3\n")
    words = ("-a", str(files / "odd.csv"), "What is the price in Bremen?")
    before = asked("What is 2 + 2?")
    assert asked("--incognito", *words) == before
    assert len(asked(*words)) == len(before) + 1
    assert len(asked(*words)) == len(before) + 1, "once"


ROOT = Path(__file__).parents[1]


def test_the_example_runs(home: Path) -> None:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MUSESPARK_")}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    got = subprocess.run(
        ["sh", str(ROOT / "examples" / "look.sh")], capture_output=True, text=True, timeout=120,
        env=kept | {"MUSESPARK_HOME": str(home), "PATH": path},
    )  # fmt: skip
    assert got.returncode == 0, got.stderr
    assert "B2:B3" in got.stdout
    assert '"sense":"table"' in got.stdout
    assert "Bremen,30.0" in got.stdout


def test_the_sense_in_the_docs_works() -> None:
    page = (ROOT / "docs" / "senses.md").read_text()
    [code] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    found: dict[str, Any] = {}
    exec(code, found)
    assert found["length"](b"abc", "audio/midi").observations[0].what == "3 bytes"
    assert found["takes"] == ("audio/midi",)
    assert not found.keys() & {"version", "readers"}


def test_the_line_of_json_in_the_docs_is_the_real_one(look: Look, files: Path) -> None:
    page = (ROOT / "docs" / "senses.md").read_text()
    [line] = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    said = json.loads(line)
    real = json.loads(look("--json", str(files / "sales.csv"))[1])
    assert said.keys() == real.keys()
    assert said["parts"][0].keys() == real["parts"][0].keys()
    for observation in (said["observations"][0], real["observations"][2]):
        observation["reader"] = observation["reader"].split(" ")[0]
    assert said["observations"][0] == real["observations"][2]
