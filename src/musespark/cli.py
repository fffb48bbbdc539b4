"""The command line: every command, its options, and how one is run."""

from __future__ import annotations

import argparse
import sys
from typing import NoReturn

from musespark import own_options
from musespark.arguments import Parser, positive, whole

MODES = ("auto", "instant", "thinking", "contemplating")
_TRANSPORT_EXIT = 141  # what a shell shows for a program whose reader went away


def parser() -> Parser:
    """Every command and option. `func` is `file:function`, imported when it is called."""
    top = Parser(
        prog="musespark",
        description="An open, self-hosted assistant: it answers, with every step open to see.",
        epilog="""\
examples:
  musespark ask "What is 17% of 240?"        ask once; the answer streams in
  musespark ask                              talk
  musespark serve                            the same over HTTP, for OpenAI clients
  musespark models connect http://gpu:8000   use a stronger model

`musespark COMMAND --help` tells more about each.""",
    )
    top.add_argument("--version", action="store_true", help="show the version and exit")
    commands = top.add_subparsers(
        dest="command", metavar="COMMAND", title="commands", parser_class=Parser
    )
    _ask(commands)
    _look(commands)
    _serve(commands)
    _runs(commands)
    own_options.keys(commands)
    own_options.link(commands)
    own_options.people(commands)
    own_options.hosts(commands)
    own_options.consent(commands)
    own_options.memory(commands)
    own_options.import_(commands)
    own_options.forget(commands)
    _models(commands)
    _tools_and_settings(commands)
    return top


def _ask(commands: argparse._SubParsersAction[Parser]) -> None:
    ask = commands.add_parser(
        "ask",
        help="ask a question, or talk",
        usage="musespark ask [options] [QUESTION ...]",
        description="Ask a question; the answer streams to standard output, what is said about it "
        "to standard error.\nWithout a question it is read from a pipe, or you talk.",
        epilog="""\
examples:
  musespark ask "How many days until 24 December?"
  musespark ask -a contract.txt "When can I cancel?"
  git diff | musespark ask "What changed?"
  musespark ask --mode contemplating "Compare three ways to moderate a forum"
  musespark ask --continue "And the cheapest of them?"

exit codes: 0 answered, 1 failed, 2 wrong usage, 3 the budget ran out (what there was is
shown), 130 cancelled with Ctrl-C (a second Ctrl-C leaves at once)""",
    )
    add = ask.add_argument
    add("question", nargs="*", metavar="QUESTION", help="what you want to know")
    add(
        "-a",
        "--attach",
        action="append",
        default=[],
        metavar="FILE",
        help="send a file along: its name, - for standard input, or its https address; as often "
        "as you like",
    )
    add("--place", action="store_true", help="also when, where and with what a picture was taken")
    add("-m", "--mode", choices=MODES, default="auto", metavar="MODE",
        help="auto (default), instant, thinking or contemplating")  # fmt: skip
    add("--insist", action="store_true", help="keep to that mode even if the model is too weak")
    add(
        "-c",
        "--continue",
        dest="last",
        action="store_true",
        help="go on with the last conversation",
    )
    add("--conversation", metavar="ID", help="go on with this conversation")
    add("--incognito", action="store_true", help="keep nothing of this")
    add("--no-memory", action="store_true", help="recall nothing for this, remember nothing of it")
    add("--no-keep", action="store_true", help="do without the database; the fastest start")
    add("--approve", action="append", default=[], metavar="TOOL",
        help="let this tool act, even after words from outside were read")  # fmt: skip
    add("--budget-seconds", type=positive, metavar="N", help="stop after so many seconds")
    add("--budget-tokens", type=whole, metavar="N", help="stop after so many tokens")
    add("--budget-money", type=positive, metavar="N", help="stop when it cost this much")
    add("--json", action="store_true", help="print each event as a line of JSON, nothing else")
    add("-q", "--quiet", action="store_true", help="print the answer only")
    ask.set_defaults(func="chat:ask")


def _look(commands: argparse._SubParsersAction[Parser]) -> None:
    look = commands.add_parser(
        "look",
        help="what is read in pictures and tables",
        description="Shows what each sense reads in a file, and where it stands: size, colours, "
        "codes and text\nof a picture, columns and rows of a table. No model is asked.",
        epilog="""\
examples:
  musespark look receipt.jpg prices.xlsx
  musespark look --json prices.csv
  curl -s https://example.org/a.png | musespark look -

exit codes: 0 all were read, 1 one could not be read (the others are shown)""",
    )
    add = look.add_argument
    add("files", nargs="+", metavar="FILE",
        help="a file, - for standard input, or an https address")  # fmt: skip
    add("--json", action="store_true", help="as JSON, a line for each file")
    add("--place", action="store_true", help="say when, where and with what it was taken")
    add("--no-keep", action="store_true", help="read it anew, and keep nothing of it")
    look.set_defaults(func="seeing:look")


def _serve(commands: argparse._SubParsersAction[Parser]) -> None:
    serve = commands.add_parser(
        "serve",
        help="answer over HTTP",
        description="Start the HTTP server: OpenAI's Chat Completions and Responses, AG-UI, and "
        "runs.\nWithout a key it answers this machine only.",
        epilog="""\
examples:
  musespark serve
  musespark keys create phone && musespark serve --host 0.0.0.0 --port 80""",
    )
    serve.add_argument("--host", metavar="ADDRESS", help="listen here (default 127.0.0.1)")
    serve.add_argument("--port", type=int, metavar="N", help="and on this port (default 8765)")
    serve.set_defaults(func="commands:serve")


def _runs(commands: argparse._SubParsersAction[Parser]) -> None:
    runs = commands.add_parser(
        "runs",
        help="look at what was asked and how it was answered",
        description="A run is one question and all the work on it.",
        epilog="""\
examples:
  musespark runs
  musespark runs show run_0199...     every step, with its tokens, cost and time
  musespark runs follow run_0199...   its events again; takes up what a killed process left

An id may be shortened to any part that only one run has, such as its end.""",
    )
    limit = ("-n", "--limit")
    runs.add_argument(*limit, type=whole, default=20, metavar="N", help="how many (default: 20)")
    runs.add_argument("--json", action="store_true", help="as JSON, a line each")
    what = runs.add_subparsers(dest="what", metavar="WHAT", title="what", parser_class=Parser)
    for name, help, description in (
        ("list", "the newest runs (also without a word)", "Lists the newest runs."),
        ("show", "one run with every step", "Shows one run with every step."),
        ("follow", "the events of a run, from the start or as they come",
         "Shows the events of a run, from the start or as they come; takes up a run that a "
         "killed process left."),
        ("cancel", "stop a run, in whichever process it is",
         "Stops a run within a second; what was written is kept."),
    ):  # fmt: skip
        one = what.add_parser(name, help=help, description=description)
        if name == "list":
            one.add_argument(*limit, type=whole, default=20, metavar="N", help="how many (20)")
        else:
            one.add_argument("id", metavar="ID", help="the run")
        if name == "follow":
            one.add_argument("--after", type=int, default=0, metavar="N",
                             help="begin after event number N")  # fmt: skip
        if name in ("list", "show", "follow"):
            one.add_argument("--json", action="store_true", help="as JSON, a line each")
    runs.set_defaults(func="commands:runs")


def _models(commands: argparse._SubParsersAction[Parser]) -> None:
    models = commands.add_parser(
        "models",
        help="list, test and connect models",
        description="The models that answer: `fast` for instant answers, `deep` for thinking and "
        "contemplating.",
        epilog="""\
examples:
  musespark models
  musespark models connect http://localhost:11434 --name qwen3:8b
  musespark models connect https://api.example.com/v1 --tier deep --key-env EXAMPLE_KEY
  musespark models pull owner/model-GGUF model-q4_k_m.gguf""",
    )
    what = models.add_subparsers(dest="what", metavar="WHAT", title="what", parser_class=Parser)
    what.add_parser("list", help="the models in use (also without a word)",
                    description="Lists the models in use and what they can do.")  # fmt: skip
    test = what.add_parser("test", help="try them: speed, tools, JSON, pictures",
                           description="Asks a model a handful of short questions.")  # fmt: skip
    test.add_argument("tier", nargs="?", choices=("fast", "deep"), metavar="TIER",
                      help="fast or deep (default: both)")  # fmt: skip
    connect = what.add_parser(
        "connect",
        help="use a server that speaks OpenAI's Chat Completions",
        description="Tests a model server (vLLM, SGLang, llama.cpp, Ollama, a hosted one) and "
        "uses it from now on.",
        epilog="The key is taken from --key-env, or asked for; it is kept in settings.toml, which "
        "only you can read.",
    )
    add = connect.add_argument
    add("url", metavar="URL", help="its address, such as http://localhost:8000/v1")
    add("--tier", choices=("fast", "deep", "both"), default="both", metavar="TIER",
        help="fast, deep or both (default)")  # fmt: skip
    add("--name", metavar="MODEL", help="which model, where the server has several")
    add("--key-env", metavar="VAR", help="take the key from this environment variable")
    add("--ask-key", action="store_true", help="ask for the key, without showing it")
    add("--thinking", choices=("reasoning_effort", "chat_template_kwargs", "thinking_budget"),
        metavar="CONTROL", help="how it is told to think: reasoning_effort, "
        "chat_template_kwargs or thinking_budget")  # fmt: skip
    add("--context", type=whole, metavar="TOKENS", help="how much it can read")
    add("--vision", action="store_true", help="it can see pictures")
    add("--price-in", type=float, metavar="N", help="price of a million tokens read")
    add("--price-out", type=float, metavar="N", help="and written")
    gone = what.add_parser("disconnect", help="go back to the embedded model",
                           description="Forgets the connected model and its key.")  # fmt: skip
    gone.add_argument("--tier", choices=("fast", "deep", "both"), default="both", metavar="TIER",
                      help="fast, deep or both (default)")  # fmt: skip
    pull = what.add_parser(
        "pull",
        help="fetch a GGUF from a hub and use it as the embedded model",
        description="Fetches a model file; goes on where it was broken off.",
    )
    pull.add_argument("repo", metavar="REPO", help="owner/name on the hub")
    pull.add_argument("file", metavar="FILE", help="the GGUF file in it")
    models.set_defaults(func="connection:models")


def _tools_and_settings(commands: argparse._SubParsersAction[Parser]) -> None:
    tools = commands.add_parser(
        "tools",
        help="what the assistant can use",
        description="Lists the tools, built in and of MCP servers, and what each may do.",
        epilog="MCP servers are named in settings.toml; docs/settings.md shows how.",
    )
    tools.set_defaults(func="commands:tools")
    settings = commands.add_parser(
        "settings",
        help="every setting, its value and where it comes from",
        description="Lists every setting. Secrets are not shown.",
        epilog="A setting is an environment variable, or a line in settings.toml in the home:\n"
        "MUSESPARK_DEEP_URL is `url` under `[deep]`, MUSESPARK_PORT is `port`.",
    )
    settings.add_argument("filter", nargs="?", default="", metavar="WORD",
                          help="only settings with this in their name")  # fmt: skip
    settings.set_defaults(func="commands:settings")


def main(given: list[str] | None = None) -> NoReturn:
    """Run a command and exit with its code."""
    top = parser()
    args, more = top.parse_known_args(given)
    if args.version:
        from musespark import __version__

        sys.stdout.write(f"musespark {__version__}\n")
        sys.exit(0)
    if args.command is None:
        top.print_help()
        sys.exit(0)
    if more and args.command == "ask" and not any(word.startswith("-") for word in more):
        args.question += more
    elif more:
        top.error(f"unknown: {' '.join(more)}")
    sys.exit(run(args))


def run(args: argparse.Namespace) -> int:
    """The command itself; a Problem is shown, and a reader that went away ends it quietly."""
    import importlib
    import os

    from musespark.problem import Problem
    from musespark.terminal import Terminal

    terminal = Terminal()
    terminal.quiet = getattr(args, "quiet", False) or getattr(args, "json", False)
    hush()
    try:
        from musespark import settings

        file, _, function = args.func.partition(":")
        command = getattr(importlib.import_module(f"musespark.{file}"), function)
        code = int(command(args, settings.read(), terminal))
        terminal.out.flush()
        return code
    except Problem as problem:
        terminal.problem(problem)
        return 2 if problem.code in ("empty_message", "usage") else 1
    except BrokenPipeError:
        # The interpreter would complain once more when it flushes at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _TRANSPORT_EXIT
    except KeyboardInterrupt:
        terminal.tell("Cancelled.", "yellow")
        return 130
    except Exception as error:  # our own mistake: say so, and where to look
        if os.environ.get("MUSESPARK_LOG_LEVEL", "").lower() == "debug":
            raise
        terminal.failure(
            [
                f"Something in musespark failed ({type(error).__name__}).",
                str(error)[:300],
                "MUSESPARK_LOG_LEVEL=debug shows where; please report it.",
            ]
        )
        return 1


def hush() -> None:
    """Libraries' warnings and logs are not for the person who asks; ours go to standard error."""
    import logging
    import warnings

    if not sys.warnoptions:
        warnings.simplefilter("ignore")
    logging.getLogger().addHandler(logging.NullHandler())
