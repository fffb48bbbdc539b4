"""The command line, as real processes: what a person types, sees and gets back."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fake_model import Server
from musespark import cli
from musespark.glossary import meaning
from musespark.settings import names

ROOT = Path(__file__).parents[1]
MUSESPARK = [sys.executable, "-m", "musespark"]
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def model() -> Iterator[Server]:
    with Server() as server:
        yield server
        server.shutdown()


def environment(home: Path, **more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MUSESPARK_")}
    return kept | {"MUSESPARK_HOME": str(home), "COLUMNS": "80", **more}


@pytest.fixture
def run(home: Path) -> Run:
    def run_(*words: str, stdin: Any = None, **more: Any) -> subprocess.CompletedProcess[str]:
        given = {"input": stdin} if stdin is not None else {"stdin": subprocess.DEVNULL}
        return subprocess.run(
            [*MUSESPARK, *words], capture_output=True, text=True, timeout=120,
            env=environment(more.pop("home", home), **more), **given,
        )  # fmt: skip

    return run_


@contextlib.contextmanager
def started(*words: str, **environ: Any) -> Iterator[subprocess.Popen[str]]:
    """A process that goes on while the test does, and no longer."""
    home = environ.pop("home")
    with subprocess.Popen(
        [*MUSESPARK, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        stdin=subprocess.DEVNULL, env=environment(home, **environ),
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


# -- help ------------------------------------------------------------------------------------------


def commands() -> Iterator[tuple[str, Any]]:
    """Every command with its parser, those in commands too."""

    def below(name: str, parser: Any) -> Iterator[tuple[str, Any]]:
        yield name, parser
        for action in parser._actions:
            if hasattr(action, "choices") and isinstance(action.choices, dict):
                for word, one in action.choices.items():
                    yield from below(f"{name} {word}", one)

    yield from below("musespark", cli.parser())


@pytest.mark.parametrize(
    ("name", "parser"), list(commands()), ids=lambda v: v if isinstance(v, str) else ""
)
def test_help_fits_a_screen_and_is_in_the_docs(
    name: str, parser: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = parser.format_help().splitlines()
    assert len(lines) <= 48
    docs = (ROOT / "docs" / "cli.md").read_text()
    assert name in docs
    for action in parser._actions:
        for option in action.option_strings:
            assert f"`{option}" in docs or option in ("-h", "--help"), f"{name} {option}"


def test_every_setting_is_documented() -> None:
    docs = (ROOT / "docs" / "settings.md").read_text()
    for name in names():
        assert f"`{name}`" in docs
        assert meaning(name), name


def test_the_start_imports_nothing_heavy() -> None:
    code = (
        "import sys, musespark.cli as c; c.parser().format_help();"
        "print([m for m in ('rich', 'numpy', 'psycopg', 'aiohttp', 'fastapi', 'babel', 'asyncio',"
        "'msgspec') if m in sys.modules])"
    )
    got = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert got.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["aks", "x"], "Did you mean ask?"),
        (["What is 2+2?"], "musespark ask QUESTION"),
        (["ask", "--mode", "thinkin", "x"], "Did you mean thinking?"),
        (["ask", "--moed", "x"], "unknown: --moed"),
        (["ask", "--budget-seconds", "-1", "x"], "more than 0"),
        (["models", "test", "fats"], "Did you mean fast?"),
        (["ask"], "There is no question."),
    ],
)
def test_wrong_usage_says_what_is_right(run: Run, words: list[str], said: str) -> None:
    got = run(*words)
    assert got.returncode == 2
    assert said.lower() in got.stderr.lower()
    assert got.stdout == ""
    assert "Traceback" not in got.stderr


def test_version(run: Run) -> None:
    assert re.fullmatch(r"musespark \d+\.\d+\.\d+\n", run("--version").stdout)


# -- ask -------------------------------------------------------------------------------------------


def test_an_exact_answer_streams_to_stdout_and_the_rest_to_stderr(run: Run) -> None:
    got = run("ask", "What is 17% of 240?")
    assert got.returncode == 0, got.stderr
    assert "40.8" in got.stdout
    assert got.stderr.splitlines()[-1].startswith("exact · ")
    assert "calculate(" in got.stderr
    assert "\x1b" not in got.stdout + got.stderr


def test_quiet_and_without_a_database(run: Run, tmp_path: Path) -> None:
    got = run("ask", "-q", "--no-keep", "What is 17% of 240?", home=tmp_path / "new")
    assert (got.returncode, got.stderr) == (0, "")
    assert "40.8" in got.stdout
    assert not (tmp_path / "new").exists()


def test_the_question_may_come_from_a_pipe(run: Run) -> None:
    got = run("ask", "--no-keep", stdin="What is 17% of 240?\n")
    assert "40.8" in got.stdout


def test_a_pipe_beside_a_question_is_attached(run: Run, model: Server) -> None:
    got = run("ask", "--no-keep", "-q", "What is the colour of the house?",
              stdin="The house of my aunt is green. The garden is large.")  # fmt: skip
    assert got.returncode == 0, got.stderr
    assert "The house of my aunt is green." in got.stdout
    assert "stdin" in got.stdout


def test_files_in_other_encodings_are_read(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "brief.txt"
    file.write_bytes("Die Kündigungsfrist beträgt drei Monate zum Quartalsende.".encode("cp1252"))
    got = run("ask", "--no-keep", "-q", "-a", str(file), "Wie lang ist die Kündigungsfrist?")
    assert got.returncode == 0, got.stderr
    assert "Kündigungsfrist beträgt drei Monate" in got.stdout


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0", "thing cannot be read."),
        (b"MThd\0\0\0\6\0\1\0\2\1\xe0MTrk", "audio/x-midi, which nothing here reads"),
        (None, "cannot be read"),
        ("dir", "is a folder"),
    ],
)
def test_what_cannot_be_attached_is_said(
    run: Run, tmp_path: Path, data: bytes | str | None, said: str
) -> None:
    file = tmp_path / "thing"
    if isinstance(data, bytes):
        file.write_bytes(data)
    elif data:
        file.mkdir()
    got = run("ask", "--no-keep", "-a", str(file), "What is this?")
    assert got.returncode == 1
    assert said in got.stderr


def test_json_is_a_line_an_event_and_nothing_else(run: Run) -> None:
    got = run("ask", "--json", "What is 17% of 240?")
    events = [json.loads(line) for line in got.stdout.splitlines()]
    assert [events[0]["type"], events[-1]["type"]] == ["RUN_STARTED", "RUN_FINISHED"]
    assert got.stderr == ""


def test_no_model_at_the_address_is_an_error_of_three_sentences(run: Run) -> None:
    got = run("ask", "--no-keep", "Tell me a story", MUSESPARK_FAST_URL="http://127.0.0.1:9/v1")
    assert got.returncode == 1
    assert got.stdout == ""
    assert "Error: No model answers at 127.0.0.1:9." in got.stderr


def test_an_unknown_setting_is_an_error(run: Run) -> None:
    got = run("ask", "x", MUSESPARK_PROT="1")
    assert got.returncode == 1
    assert "Did you mean MUSESPARK_PORT?" in got.stderr


def test_a_conversation_goes_on(run: Run, model: Server) -> None:
    url = {"MUSESPARK_FAST_URL": model.url}
    assert run("ask", "--mode", "instant", "I like blue.", **url).returncode == 0
    got = run("ask", "--mode", "instant", "--continue", "And green?", **url)
    assert got.returncode == 0, got.stderr
    shown = json.loads(run("runs", "list", "--json", "-n", "2").stdout.splitlines()[0])
    got = run("ask", "--conversation", shown["conversation"], "What is 2 + 2?")
    assert "4" in got.stdout
    got = run("ask", "--conversation", "conv_none", "What is 2 + 2?")
    assert "There is no conversation 'conv_none'" in got.stderr


def test_incognito_keeps_nothing(run: Run) -> None:
    assert run("ask", "--incognito", "What is 31 * 31?").returncode == 0
    assert "31 * 31" not in run("runs").stdout


def test_an_unknown_tool_cannot_be_approved(run: Run) -> None:
    got = run("ask", "--no-keep", "--approve", "calculat", "What is 2 + 2?")
    assert got.returncode == 1
    assert "Did you mean 'calculate'?" in got.stderr


def test_the_budget_running_out_has_its_own_exit_code(run: Run, model: Server) -> None:
    got = run("ask", "--no-keep", "--budget-tokens", "60", "--mode", "thinking",
              "Compare three ways to moderate a forum", MUSESPARK_FAST_URL=model.url)  # fmt: skip
    assert got.returncode == 3, got.stderr
    assert "budget" in got.stderr


def test_a_reader_that_goes_away_is_no_error(home: Path, model: Server) -> None:
    line = (
        f"{sys.executable} -m musespark ask --mode instant --no-keep 'Tell me slowly' | head -n 1"
    )
    got = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {line}"], capture_output=True, text=True, timeout=60,
        env=environment(home, MUSESPARK_FAST_URL=model.url), stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert got.stdout == "## Three ways\n"
    assert got.returncode == 141
    assert "Traceback" not in got.stderr
    assert "Broken" not in got.stderr


def test_ctrl_c_hangs_up_keeps_what_there_is_and_says_the_run(
    home: Path, run: Run, model: Server
) -> None:
    words = ["ask", "--mode", "instant", "Tell me slowly"]
    with started(*words, home=home, MUSESPARK_FAST_URL=model.url) as process:
        assert process.stdout is not None
        assert process.stdout.read(8) == "## Three"
        hung_up = model.hung_up
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=10)
        assert process.returncode == 130
    assert "Cancelled." in err
    assert model.hung_up == hung_up + 1
    run_id = re.findall(r"run_\w+", err)[-1]
    shown = run("runs", "show", run_id[-8:]).stdout
    assert "cancelled" in shown
    assert "## Three" in shown


# -- on a terminal ---------------------------------------------------------------------------------


def on_terminal(
    words: list[str], home: Path, keys: Callable[[int, bytes], None] | None = None, **more: str
) -> tuple[int, str]:
    """Run on a pseudo-terminal of 80 columns; `keys(fd, output so far)` may type."""
    pty = pytest.importorskip("pty")
    process, fd = pty.fork()
    if process == 0:
        os.execvpe(MUSESPARK[0], [*MUSESPARK, *words],
                   environment(home, TERM="xterm", LINES="24", **more))  # fmt: skip
    output = b""
    while True:
        try:
            piece = os.read(fd, 65536)
        except OSError:
            break
        if not piece:
            break
        output += piece
        if keys is not None:
            keys(fd, output)
    _, status = os.waitpid(process, 0)
    os.close(fd)
    return os.waitstatus_to_exitcode(status), output.decode()


def test_agents_have_lanes_on_a_terminal(home: Path, model: Server) -> None:
    words = ["ask", "--no-keep", "--mode", "contemplating", "Compare three ways to moderate"]
    model.pause = 0.02
    try:
        code, output = on_terminal(words, home, MUSESPARK_DEEP_URL=model.url)
    finally:
        model.pause = 0.002
    assert code == 0, output
    assert "working" in output
    assert "\x1b[3A" in output  # three lanes drawn over
    assert re.search(r"done .*researcher: Rules and a team", output)
    assert "\x1b[1mThree" in output


def test_ctrl_c_on_a_terminal(home: Path, model: Server) -> None:
    typed: list[bytes] = []

    def keys(fd: int, output: bytes) -> None:
        if b"Three" in output and not typed:
            typed.append(output)
            os.write(fd, b"\x03")

    words = ["ask", "--mode", "instant", "Tell me never"]
    code, output = on_terminal(words, home, keys, MUSESPARK_FAST_URL=model.url)
    assert code == 130
    assert "Cancelled." in output


def test_a_conversation_on_a_terminal(home: Path) -> None:
    lines = [b"What is 17% of 240?\r", b"/mode thinking\r", b"/nonsense\r", b"/new\r", b"/quit\r"]

    def keys(fd: int, output: bytes) -> None:
        if lines and output.rstrip(b" ").endswith(b">"):
            os.write(fd, lines.pop(0))

    code, output = on_terminal(["ask", "--no-keep"], home, keys)
    assert code == 0, output
    assert "40.8" in output
    assert "From now on: thinking." in output
    assert "/attach FILE" in output
    assert "A new conversation." in output


# -- the other commands ----------------------------------------------------------------------------


def test_runs_are_listed_shown_followed_and_cancelled(run: Run, model: Server) -> None:
    url = {"MUSESPARK_DEEP_URL": model.url}
    asked = run("ask", "--mode", "contemplating", "Which number do the mice want?", **url)
    assert asked.returncode == 0, asked.stderr
    assert "vote: 42 leads" in asked.stderr
    run_id = re.findall(r"run_\w+", asked.stderr)[-1]
    assert run_id in run("runs").stdout
    shown = run("runs", "show", run_id).stdout
    assert "draft-01 (analyst)" in shown
    assert re.search(r"gather wave-1 .* drafts finished", shown)
    followed = run("runs", "follow", run_id[-10:])
    assert followed.returncode == 0, followed.stderr
    assert followed.stdout == asked.stdout
    first = run("runs", "follow", run_id, "--json").stdout.splitlines()
    rest = run("runs", "follow", run_id, "--json", "--after", "5").stdout.splitlines()
    assert rest == first[5:]
    assert "Nothing to cancel: the run is done already." in run("runs", "cancel", run_id).stderr
    assert run("runs", "show", "run_none").returncode == 1


def test_a_run_is_cancelled_from_another_process(home: Path, run: Run, model: Server) -> None:
    words = ["ask", "--mode", "instant", "Tell me never"]
    with started(*words, home=home, MUSESPARK_FAST_URL=model.url) as process:
        assert process.stdout is not None
        assert process.stdout.read(8) == "## Three"
        newest = json.loads(run("runs", "list", "--json", "-n", "1").stdout)
        assert newest["state"] == "running"
        assert "Cancelled run_" in run("runs", "cancel", newest["id"]).stderr
        process.communicate(timeout=30)
        assert process.returncode == 130


def test_keys_are_made_shown_once_and_revoked(run: Run, home: Path) -> None:
    made = run("keys", "create", "phone", "--person", "anna")
    key = made.stdout.strip()
    assert key.startswith("ms_")
    id = re.findall(r"key_\w+", made.stderr)[0]
    listed = run("keys", "list", "--person", "anna").stdout
    assert id in listed
    assert "phone" in listed
    assert key not in listed
    assert run("keys", "revoke", id, "--person", "anna").returncode == 0
    assert "revoked" in run("keys", "list", "--person", "anna").stdout
    assert "There is no key" in run("keys", "revoke", "key_none").stderr


def test_models_are_connected_tested_and_disconnected(
    run: Run, tmp_path: Path, model: Server
) -> None:
    home = tmp_path / "home"
    got = run("models", "connect", model.url, home=home)
    assert got.returncode == 0, got.stderr
    assert "fake-1 at 127.0.0.1" in got.stdout
    file = home / "settings.toml"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "fake-1" in run("models", home=home).stdout
    assert "first token" in run("models", "test", home=home).stdout
    assert "Three ways" in run("ask", "--no-keep", "Say something", home=home).stdout
    assert run("models", "disconnect", home=home).returncode == 0
    assert "SmolLM2" in run("models", "list", home=home).stdout


def test_connecting_asks_for_what_is_missing(run: Run, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with Server(key="hidden-key-1") as server:
        server.names = ["small", "large"]
        got = run("models", "connect", server.url, home=home)
        assert got.returncode == 1
        assert "did not accept the key" in got.stderr
        got = run("models", "connect", server.url, "--key-env", "KEY", home=home)
        assert "There is no key in KEY." in got.stderr
        got = run(
            "models", "connect", server.url, "--key-env", "KEY", home=home, KEY="hidden-key-1"
        )
        assert "They are: small, large." in got.stderr
        words = ["models", "connect", server.url, "--key-env", "KEY", "--name", "large"]
        got = run(*words, home=home, KEY="hidden-key-1")
        assert got.returncode == 0, got.stderr
        shown = run("settings", "fast", home=home)
        assert "hidden-key-1" not in shown.stdout + got.stdout + got.stderr
        assert "(set)" in shown.stdout
        server.shutdown()


def test_a_password_in_an_address_is_not_shown(run: Run) -> None:
    url = "http://ann:hidden-word-1@gpu:8000/v1"
    for words in (["settings", "fast_url"], ["models"]):
        shown = run(*words, MUSESPARK_FAST_URL=url)
        assert "gpu:8000" in shown.stdout
        assert "hidden-word-1" not in shown.stdout + shown.stderr


def test_tools_and_settings_are_listed(run: Run) -> None:
    listed = run("tools").stdout
    assert re.search(r"read_page +built in +read outside", listed)
    off = run("tools", MUSESPARK_TOOLS_OFF="calculat, times")
    assert re.search(r"times +built in +nothing \(it is off\)", off.stdout)
    assert "there is no such tool. Did you mean calculate?" in off.stderr
    assert "times" not in off.stderr
    shown = run("settings", "port", MUSESPARK_PORT="9999").stdout
    assert re.search(r"MUSESPARK_PORT +9999 +environment", shown)
    assert run("settings", "nonsense").returncode == 1


def test_an_mcp_server_that_is_gone_is_said_where_its_tools_were_wanted(
    run: Run, model: Server, tmp_path: Path
) -> None:
    own = tmp_path / "gone"
    own.mkdir()
    (own / "settings.toml").write_text('[mcp.gone]\ncommand = "/no/such/program"\n')
    exactly = run("ask", "--no-keep", "What is 17 * 3?", MUSESPARK_HOME=str(own))
    assert "51" in exactly.stdout
    assert "gone" not in exactly.stderr
    asked = run(
        "ask", "--no-keep", "--mode", "instant", "Which ways are there?",
        MUSESPARK_HOME=str(own), MUSESPARK_FAST_URL=model.url,
    )  # fmt: skip
    assert asked.returncode == 0
    assert "Note: The MCP server gone could not be reached." in asked.stderr


def test_serve_says_where_it_is_answers_and_stops(run: Run, tmp_path: Path) -> None:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = tmp_path / "own"
    with started("serve", "--port", str(port), home=own) as process:
        assert process.stderr is not None
        said = ""
        while "stop it" not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        assert said.startswith("First run: setting up the embedded PostgreSQL")
        assert f"musespark answers at http://127.0.0.1:{port}\n" in said
        assert "only this machine may ask" in said
        assert "40.8" in posted(f"http://127.0.0.1:{port}/v1/chat/completions")
        taken = run("serve", "--port", str(port), home=own)
        assert taken.returncode == 1
        assert "cannot listen" in taken.stderr
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=30)
        assert process.returncode == 0, rest
        assert "Stopped." in rest


def posted(url: str) -> str:
    """The answer of the server, once it listens."""
    asked = [{"role": "user", "content": "What is 17% of 240?"}]
    body = json.dumps({"model": "musespark-auto", "messages": asked}).encode()
    request = urllib.request.Request(url, body, {"content-type": "application/json"})
    for _ in range(50):
        try:
            with urllib.request.urlopen(request) as answer:
                return str(answer.read().decode())
        except OSError:
            time.sleep(0.1)
    pytest.fail("no answer")


def test_the_example_runs(home: Path) -> None:
    got = subprocess.run(
        ["sh", str(ROOT / "examples" / "ask.sh")], capture_output=True, text=True, timeout=120,
        env=environment(home, PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}"),
    )  # fmt: skip
    assert got.returncode == 0, got.stderr
    assert "40.8" in got.stdout


# -- consent ---------------------------------------------------------------------------------------


def test_what_is_allowed_is_listed_changed_and_logged(run: Run) -> None:
    mine = ("--person", "carol")
    got = run("consent", *mine)
    assert got.returncode == 0, got.stderr
    assert "memory" in got.stdout
    assert "allowed" not in got.stdout
    assert run("consent", "allow", "memory", "feed", *mine).returncode == 0
    got = run("consent", "withdraw", "feed", *mine)
    assert "feed: not allowed." in got.stderr
    rows = [
        json.loads(line) for line in run("consent", "list", "--json", *mine).stdout.splitlines()
    ]
    states = {row["purpose"]: row["state"] for row in rows}
    assert (states["memory"], states["feed"], states["ads"]) == ("allowed", "refused", "undecided")
    said = run("audit", *mine, MUSESPARK_LANGUAGE="en").stdout
    assert said.splitlines()[0].split() == ["WHEN", "BY", "WHAT"]
    assert said.index("Not allowed: Feed") < said.index("Allowed: Memory")
    assert run("audit", "--others", *mine).stdout == ""
    got = run("consent", "allow", "spying", *mine)
    assert got.returncode == 1
    assert "no purpose called 'spying'" in got.stderr
