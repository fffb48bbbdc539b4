"""The loop beside its peers: one driver, one stub server, and the clock that times each of them.

    python bench/loop.py [--rounds 3] [--peers agno,musespark] [--cases single,fanout] [--out FILE]

Every peer is a program of its own, `peers/<name>.py --url URL --case CASE`, that prints one JSON
line. musespark runs with this interpreter, the others in environments of their own, made with the
newest versions under MUSESPARK_BENCH_CACHE. The stub has one core, the peers another; rounds are
interleaved (each case of each peer once a round), and the table shows medians.

single      p50 of one answer without streaming, nothing stored, the stub at 0 ms
throughput  runs a second, 64 at once, the stub at 0 ms
fanout      a planner, four agents at once that use a tool once, an aggregator: 10 model calls of
            50 ms + 20 x 5 ms, four of them on the critical path; the figure is wall / 600 ms
fanout16    16 of these at once; wall of all / 600 ms
stream      tokens a second of one streamed answer of 2,000, the stub at 0 ms
stored      single and throughput with the conversation and its steps stored (langgraph: SQLite)

langgraph alone: stored_at_end, the same written once when the run ends (durability "exit").
musespark alone: durable_fanout, durable_fanout16, cancel, ttft.

A peer's program makes a subclass of `Peer` and hands it to `main`; it checks each answer's words
and, by the stub's count, that every run made exactly the model calls it should.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib.metadata
import importlib.util
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

from stub import text

HERE = Path(__file__).parent
INSTANT, LONG, PACED = "stub-0-0-20", "stub-0-0-2000", "stub-50-5-20"
CRITICAL = 4 * (0.050 + 20 * 0.005)  # seconds: four model calls, one after the other
CALLS = 10  # model calls of a fan-out
AT_ONCE = 64
QUESTION = "How do the boats come home?"
TASKS = ("tides", "winds", "lights", "charts")
LIMIT = 300  # seconds for one case of one peer

Json = dict[str, Any]
Figures = dict[str, float]

NEEDS = {
    "raw_aiohttp": ("aiohttp",),
    "raw_openai": ("openai[aiohttp]",),
    "agno": ("agno", "openai[aiohttp]"),
    "openai_agents": ("openai-agents", "openai[aiohttp]"),
    "langgraph": (
        "langgraph",
        "langchain",
        "langchain-openai",
        "langgraph-checkpoint-sqlite",
        "openai[aiohttp]",
    ),
    "pydantic_ai": ("pydantic-ai-slim[openai]", "openai[aiohttp]"),
}
PEERS = ("raw_aiohttp", "musespark", *list(NEEDS)[1:])
LIMIT_ROW = "raw_aiohttp"

# case, name of the figure, heading, decimals
COLUMNS = (
    ("single", "p50_ms", "turn ms", 2),
    ("throughput", "runs_per_s", "runs/s", 0),
    ("fanout", "ratio", "fan-out", 3),
    ("fanout16", "ratio", "16 fan-outs", 3),
    ("stream", "tokens_per_s", "tokens/s", 0),
    ("stored", "p50_ms", "stored ms", 2),
    ("stored", "runs_per_s", "stored runs/s", 0),
    ("stored_at_end", "p50_ms", "at end ms", 2),
    ("stored_at_end", "runs_per_s", "at end runs/s", 0),
    ("durable_fanout", "ratio", "durable", 3),
    ("durable_fanout16", "ratio", "16 durable", 3),
    ("cancel", "hung_up_ms", "cancel ms", 2),
    ("ttft", "added_ms", "ttft + ms", 2),
)
CASES = tuple(dict.fromkeys(column[0] for column in COLUMNS))
ONLY = {"stored_at_end": "langgraph"} | dict.fromkeys(
    ("durable_fanout", "durable_fanout16", "cancel", "ttft"), "musespark"
)


# --- in a peer's process: what it can do, and the clock


class Unsupported(Exception):
    """The peer has no such case; the message says why."""


class Wrong(Exception):
    """A run answered something else, or made more or fewer model calls, than it should."""


class Peer:
    """What is timed. Made inside the running loop, with the stub's URL and a model's name.

    `figures` of a subclass may name further cases: each a coroutine that returns its figures.
    """

    package = ""  # whose version is shown

    def __init__(self, url: str, model: str) -> None:
        self.url, self.model = url, model
        self.streams = model == LONG  # some have one transport for streams, a faster one for turns
        self.figures: dict[str, Callable[[], Awaitable[Figures]]] = {}

    async def turn(self, question: str) -> str:
        """One answer, not streamed, nothing stored."""
        raise Unsupported("no single turn")

    def stream(self, question: str) -> AsyncIterator[str]:
        """One answer in pieces as they come."""
        raise Unsupported("no streaming")

    async def fanout(self, question: str) -> str:
        """Planner, an agent with a tool for each of TASKS at once, aggregator: its words."""
        raise Unsupported("no fan-out")

    async def stored(self, question: str, thread: str) -> str:
        """One answer in a conversation of its own that is stored, with its steps."""
        raise Unsupported("nothing is stored")

    async def stored_at_end(self, question: str, thread: str) -> str:
        """The same written once, when the run has ended."""
        raise Unsupported("nothing is stored")

    async def close(self) -> None:
        """Let go of connections and files."""


def expect(found: str, tokens: int) -> None:
    """Raise unless `found` is what the stub says in so many tokens."""
    if found.strip() != text(tokens):
        raise Wrong(f"answered {found[:80]!r}")


def opened(url: str) -> int:
    """How many model calls the stub has seen."""
    with urllib.request.urlopen(f"{url}/stats?since={10**9}") as reply:
        return int(json.load(reply)["opened"])


async def p50(run: Callable[[str], Awaitable[str]], times: int) -> float:
    """Median milliseconds of `run`, one after the other, after a warm-up."""
    for number in range(50):
        expect(await run(f"warm {number}"), 20)
    spent = []
    for number in range(times):
        start = time.perf_counter()
        found = await run(f"timed {number}")
        spent.append(time.perf_counter() - start)
        expect(found, 20)
    return statistics.median(spent) * 1000


async def rate(run: Callable[[str], Awaitable[str]], seconds: float) -> float:
    """Runs a second of `run`, AT_ONCE at once, for about `seconds`, after a warm-up."""

    async def one(worker: int, end: float) -> int:
        count = 0
        while count == 0 or time.perf_counter() < end:
            expect(await run(f"{end} {worker} {count}"), 20)
            count += 1
        return count

    async def all_until(end: float) -> int:
        return sum(await asyncio.gather(*(one(worker, end) for worker in range(AT_ONCE))))

    await all_until(time.perf_counter() + seconds / 4)
    start = time.perf_counter()
    runs = await all_until(start + seconds)
    return runs / (time.perf_counter() - start)


async def tokens_rate(peer: Peer, times: int = 7) -> float:
    """Median tokens a second of whole streamed answers, after a warm-up."""
    spent = []
    for _ in range(times + 1):
        start = time.perf_counter()
        pieces = [piece async for piece in peer.stream(QUESTION)]
        spent.append(time.perf_counter() - start)
        expect("".join(pieces), 2000)
        if len([piece for piece in pieces if piece]) != 2000:
            raise Wrong(f"2,000 tokens came in {len(pieces)} pieces")
    return 2000 / statistics.median(spent[1:])


async def stretch(run: Callable[[str], Awaitable[str]], at_once: int, times: int) -> float:
    """Median wall of `at_once` fan-outs started together over the critical path of one."""
    spent = []
    for _ in range(times + 1):
        start = time.perf_counter()
        found = await asyncio.gather(*(run(QUESTION) for _ in range(at_once)))
        spent.append(time.perf_counter() - start)
        for each in found:
            expect(each, 20)
    return statistics.median(spent[1:]) / CRITICAL


async def timed(peer: Peer, case: str, quick: bool) -> Figures:
    """The figures of one case."""
    seconds, turns = (1.0, 300) if quick else (4.0, 1000)
    threads = iter(range(10**9))

    async def turn(_: str) -> str:
        return await peer.turn(QUESTION)

    async def stored(name: str) -> str:
        keep = peer.stored if case == "stored" else peer.stored_at_end
        return await keep(QUESTION, f"{os.getpid()} {next(threads)} {name}")

    match case:
        case "single":
            return {"p50_ms": await p50(turn, turns)}
        case "throughput":
            return {"runs_per_s": await rate(turn, seconds)}
        case "stored" | "stored_at_end":
            return {"p50_ms": await p50(stored, turns), "runs_per_s": await rate(stored, seconds)}
        case "stream":
            return {"tokens_per_s": await tokens_rate(peer)}
        case "fanout":
            return {"ratio": await stretch(peer.fanout, 1, 2 if quick else 5)}
        case "fanout16":
            return {"ratio": await stretch(peer.fanout, 16, 2 if quick else 5)}
        case _:
            raise Unsupported("not a case of this peer")


async def measure(kind: type[Peer], url: str, case: str, quick: bool) -> Json:
    """Time one case of one peer, and hold its model calls against the stub's count."""
    paced = "fanout" in case or case in ("cancel", "ttft")
    model = PACED if paced else LONG if case == "stream" else INSTANT
    peer = kind(url, model)
    runs = 0

    def counted(run: Callable[..., Any]) -> Callable[..., Any]:
        def count(*given: str) -> Any:
            nonlocal runs
            runs += 1
            return run(*given)

        return count

    same = case in ("stream", "stored", "stored_at_end")
    name = case if same else "fanout" if paced else "turn"
    setattr(peer, name, counted(getattr(peer, name)))
    before = opened(url)
    try:
        own = peer.figures.get(case)
        figures = await (own() if own else timed(peer, case, quick))
    finally:
        await peer.close()
    calls = opened(url) - before
    if not own and calls != runs * (CALLS if paced else 1):
        raise Wrong(f"{runs} runs made {calls} model calls")
    return figures


def main(kind: type[Peer]) -> None:
    """Read a peer's command line, time the case and print its figures as one JSON line."""
    reader = argparse.ArgumentParser()
    reader.add_argument("--url", required=True, help="the stub's, without /v1")
    reader.add_argument("--case", required=True, choices=CASES)
    reader.add_argument("--quick", action="store_true", help="shorter, for a look")
    options = reader.parse_args()
    shown: Json = {"case": options.case}
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        shown["version"] = importlib.metadata.version(kind.package)
    try:
        shown |= asyncio.run(measure(kind, options.url, options.case, options.quick))
    except Unsupported as why:
        shown["unsupported"] = str(why)
    print(json.dumps(shown), flush=True)


# --- in the driver's process: environments, the stub, rounds, the table


def cache() -> Path:
    """The folder of the peers' environments."""
    named = os.environ.get("MUSESPARK_BENCH_CACHE")
    if named:
        return Path(named)
    above = os.environ.get("XDG_CACHE_HOME")
    return (Path(above) if above else Path.home() / ".cache") / "musespark-bench"


def uv() -> list[str]:
    """How to call uv."""
    found = shutil.which("uv")
    if found:
        return [found]
    if importlib.util.find_spec("uv"):
        return [sys.executable, "-m", "uv"]
    raise SystemExit("bench/loop.py needs uv for the peers' environments: pip install uv")


def interpreter(peer: str, offline: bool) -> str:
    """The Python that runs a peer, its environment made or brought up to date first."""
    if peer == "musespark":
        return sys.executable
    home = cache() / peer
    binary = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not binary.exists():
        subprocess.run([*uv(), "venv", "-q", "--python", sys.executable, str(home)], check=True)
    elif offline:
        return str(binary)
    install = [*uv(), "pip", "install", "-q", "--upgrade", "--python", str(binary), *NEEDS[peer]]
    subprocess.run(install, check=True)
    return str(binary)


def cores() -> tuple[int | None, int | None]:
    """The stub's core and the peers', or none where there is one only or no way to choose."""
    if not hasattr(os, "sched_getaffinity"):
        return None, None
    mine = sorted(os.sched_getaffinity(0))
    return (mine[-1], mine[0]) if len(mine) > 1 else (None, None)


@contextlib.contextmanager
def stub(core: int | None) -> Iterator[str]:
    """The stub server's URL while it runs."""
    command = [sys.executable, str(HERE / "stub.py")]
    if core is not None:
        command += ["--exact", "--core", str(core)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            url = process.stdout.readline().strip()
            if not url:
                raise SystemExit("the stub server did not start")
            yield url
        finally:
            process.terminate()


def post(url: str) -> None:
    """Send an empty POST."""
    with urllib.request.urlopen(urllib.request.Request(url, data=b"", method="POST")):
        pass


def quiet_environment() -> dict[str, str]:
    """This process's environment without keys, proxies or anybody's telemetry."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy") and not name.startswith(("OPENAI_", "LANG"))
    }
    return kept | {
        "AGNO_TELEMETRY": "false",
        "LANGSMITH_TRACING": "false",
        "LANGCHAIN_TRACING_V2": "false",
        "OPENAI_AGENTS_DISABLE_TRACING": "1",
        "OPENAI_API_KEY": "none",
        "OTEL_SDK_DISABLED": "true",
    }


def run(command: list[str], core: int | None) -> Json:
    """One case of one peer in a process of its own: its JSON line, or what went wrong."""

    def pin() -> None:
        if core is not None:
            os.sched_setaffinity(0, {core})

    try:
        ended = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            env=quiet_environment(),
            preexec_fn=pin if core is not None else None,
        )
    except subprocess.TimeoutExpired:
        return {"failed": f"not done after {LIMIT} s"}
    lines = ended.stdout.strip().splitlines()
    if ended.returncode or not lines:
        said = (ended.stderr or ended.stdout).strip().splitlines()
        return {"failed": said[-1] if said else f"exit status {ended.returncode}"}
    found: Json = json.loads(lines[-1])
    return found


def rounds(options: argparse.Namespace) -> tuple[dict[str, dict[str, Json]], dict[str, str]]:
    """All figures: peer, case, then what each round gave; and the versions measured."""
    stub_core, peer_core = cores()
    results: dict[str, dict[str, Json]] = {peer: {} for peer in options.peers}
    versions: dict[str, str] = {}
    pythons: dict[str, str] = {}
    for peer in options.peers:
        if (HERE / "peers" / f"{peer}.py").exists():
            print(f"environment of {peer}", file=sys.stderr)
            pythons[peer] = interpreter(peer, options.offline)
        else:
            print(f"{peer}: left out, there is no peers/{peer}.py", file=sys.stderr)
    with stub(stub_core) as url:
        for number in range(options.rounds):
            for case in options.cases:
                for peer, python in pythons.items():
                    entry = results[peer].setdefault(case, {"rounds": []})
                    if ONLY.get(case, peer) != peer or entry.keys() & {"unsupported", "failed"}:
                        continue
                    post(f"{url}/reset")
                    program = str(HERE / "peers" / f"{peer}.py")
                    command = [python, program, "--url", url, "--case", case]
                    found = run(command + ["--quick"] * options.quick, peer_core)
                    print(f"{number + 1}/{options.rounds} {peer} {case} {json.dumps(found)}")
                    versions[peer] = found.pop("version", versions.get(peer, ""))
                    found.pop("case", None)
                    if found.keys() & {"unsupported", "failed"}:
                        entry |= found
                    else:
                        entry["rounds"].append(found)
    for entry in (entry for cases in results.values() for entry in cases.values()):
        for name, value in (entry["rounds"] or [{}])[0].items():
            if isinstance(value, int | float):
                entry[name] = statistics.median(each[name] for each in entry["rounds"])
    return results, versions


def table(results: dict[str, dict[str, Json]], versions: dict[str, str]) -> str:
    """Peers down, figures across as Markdown; in brackets the share of the limit's figure."""
    shown = [column for column in COLUMNS if any(column[0] in each for each in results.values())]
    shown = [
        column
        for column in shown
        if any(column[1] in each.get(column[0], {}) for each in results.values())
    ]
    lines = [
        "| | " + " | ".join(column[2] for column in shown) + " |",
        "|---" * (len(shown) + 1) + "|",
    ]
    for peer, cases in results.items():
        if not cases:
            continue
        cells = [f"{peer} {versions.get(peer, '')}".strip()]
        for case, name, _, digits in shown:
            value = cases.get(case, {}).get(name)
            limit = results.get(LIMIT_ROW, {}).get(case, {}).get(name)
            if value is None:
                cells.append("failed" if "failed" in cases.get(case, {}) else "")
            else:
                share = f" (x {value / limit:.2f})" if limit and peer != LIMIT_ROW else ""
                cells.append(f"{value:,.{digits}f}{share}")
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def drive() -> None:
    """Read the driver's command line, measure, print the table and write the JSON."""
    reader = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    reader.add_argument("--rounds", type=int, default=3)
    reader.add_argument("--peers", default=",".join(PEERS), help="names with commas between")
    reader.add_argument("--cases", default=",".join(CASES), help="names with commas between")
    reader.add_argument("--out", type=Path, help="write all figures here as JSON")
    reader.add_argument("--quick", action="store_true", help="shorter, for a look")
    reader.add_argument("--offline", action="store_true", help="use the environments as they are")
    options = reader.parse_args()
    options.peers, options.cases = options.peers.split(","), options.cases.split(",")
    for word in [*(set(options.peers) - set(PEERS)), *(set(options.cases) - set(CASES))]:
        reader.error(f"unknown: {word}")
    results, versions = rounds(options)
    print()
    print(table(results, versions))
    for peer, cases in results.items():
        for case, entry in cases.items():
            for word in entry.keys() & {"failed", "unsupported"}:
                print(f"{peer} {case} {word}: {entry[word]}")
    if options.out:
        machine = {
            "python": platform.python_version(),
            "system": platform.platform(),
            "cores": os.cpu_count(),
            "rounds": options.rounds,
            "quick": options.quick,
            "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }
        value = {"machine": machine, "versions": versions, "results": results}
        options.out.write_text(json.dumps(value, indent=1) + "\n")


if __name__ == "__main__":
    drive()
