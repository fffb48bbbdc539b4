"""The command line: ask, look, serve, runs, keys, link, people, models, tools, settings."""

from __future__ import annotations

import argparse
import sys
from typing import NoReturn

MODES = ("auto", "instant", "thinking", "contemplating")
_TRANSPORT_EXIT = 141  # what a shell shows for a program whose reader went away


class Parser(argparse.ArgumentParser):
    """A parser whose errors say what was meant, and whose help keeps its line breaks."""

    def __init__(self, **given: object) -> None:
        given.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        given.setdefault("allow_abbrev", False)
        super().__init__(**given)  # type: ignore[arg-type]

    def error(self, message: str) -> NoReturn:
        from musespark.problem import Problem
        from musespark.terminal import Terminal

        what = message[:1].upper() + message[1:]
        Terminal().problem(
            Problem("usage", what.rstrip(".") + ".", next=f"`{self.prog} --help` shows how.")
        )
        sys.exit(2)

    def _check_value(self, action: argparse.Action, value: object) -> None:
        if action.choices is not None and value not in action.choices:
            from difflib import get_close_matches

            names = [str(choice) for choice in action.choices]
            near = get_close_matches(str(value), names, 1, 0.5)
            kind = "command" if action.dest in ("command", "what") else (action.dest or "value")
            hint = f"Did you mean {near[0]}? " if near else ""
            if kind == "command" and not near and self.prog == "musespark":
                hint = "To ask something, write: musespark ask QUESTION. "
            raise argparse.ArgumentError(
                None, f"there is no {kind} {value!r}. {hint}There are: {', '.join(names)}"
            )


def positive(text: str) -> float:
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError("it has to be more than 0")
    return value


def whole(text: str) -> int:
    return max(int(positive(text.replace(",", "").replace("_", ""))), 1)


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
    _keys(commands)
    _link(commands)
    _people(commands)
    _hosts(commands)
    _consent(commands)
    _memory(commands)
    _import(commands)
    _forget(commands)
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


def _keys(commands: argparse._SubParsersAction[Parser]) -> None:
    keys = commands.add_parser(
        "keys",
        help="say who may use the server from elsewhere",
        description="Keys for the HTTP server. Only a hash is kept: a key is shown once.",
        epilog="""\
examples:
  musespark keys create phone
  musespark keys create shop --person anna
  musespark keys create backend --scope ask --scope people --days 90
  musespark keys revoke key_0199...""",
    )
    what = keys.add_subparsers(dest="what", metavar="WHAT", title="what", parser_class=Parser)
    create = what.add_parser("create", help="make a key", description="Makes a key and shows it.")
    create.add_argument("name", metavar="NAME", help="what it is for")
    create.add_argument("--scope", action="append", metavar="SCOPE",
                        help="only for this: ask, activities, memory, me, people or manage; may be "
                        "given again (default: everything)")  # fmt: skip
    create.add_argument("--days", type=positive, metavar="N", help="it ends after so many days")
    listed = what.add_parser("list", help="the keys there are", description="Lists the keys.")
    revoke = what.add_parser("revoke", help="end a key", description="Ends a key, at once.")
    revoke.add_argument("id", metavar="ID", help="the key's id, as `keys list` shows it")
    for one in (create, listed, revoke):
        one.add_argument("--person", default="owner", metavar="ID",
                         help="whose it is (default: owner)")  # fmt: skip
    keys.set_defaults(func="commands:keys", person="owner")


def _link(commands: argparse._SubParsersAction[Parser]) -> None:
    link = commands.add_parser(
        "link",
        help="make a link that signs a browser in, once",
        description="Makes a one-time link: for the owner, for who lost what they sign in with, or "
        "with\n--role for somebody new.",
        epilog="""\
examples:
  musespark link
  musespark link --person anna
  musespark link --role member --name Berta --at https://spark.example""",
    )
    add = link.add_argument
    add("--person", metavar="ID", help="who it signs in (default: owner)")
    add("--role", choices=("manager", "creator", "member", "guest"), metavar="ROLE",
        help="invite somebody new: manager, creator, member or guest")  # fmt: skip
    add("--name", default="", metavar="NAME", help="what they are called")
    add("--hours", type=whole, metavar="N", help="how long it can be used (15 minutes; invitations "
        "7 days)")  # fmt: skip
    add("--at", metavar="URL", help="the server's address for others (default: this machine)")
    link.set_defaults(func="linking:link")


def _memory(commands: argparse._SubParsersAction[Parser]) -> None:
    memory = commands.add_parser(
        "memory",
        help="what is remembered of you",
        description="Word for word, with who said it and when; nothing is, until you allow it.",
        epilog="""\
examples:
  musespark memory
  musespark memory search where do I live
  musespark memory edit 12 I live in Graz
  musespark memory forget 12 15
  musespark memory forget --source whatsapp""",
    )
    what = memory.add_subparsers(dest="what", metavar="WHAT", title="what", parser_class=Parser)
    listed = what.add_parser("list", help="the newest first (also without a word)",
                             description="Lists what is remembered.")  # fmt: skip
    search = what.add_parser("search", help="what answers a question, best first",
                             description="Searches what is remembered.")  # fmt: skip
    show = what.add_parser("show", help="one of them, whole", description="Shows one memory.")
    edit = what.add_parser("edit", help="give it other words",
                           description="Gives a memory other words.")  # fmt: skip
    pin = what.add_parser("pin", help="let it come first", description="Pins memories.")
    unpin = what.add_parser("unpin", help="no longer", description="Takes memories down.")
    summarise = what.add_parser("summarise", help="have a model sum up what was said",
                                description="Has the deep model sum up your talks; each summary "
                                "names what it rests on.")  # fmt: skip
    forget = what.add_parser("forget", help="forget it, for good",
                             description="Forgets memories. This cannot be undone.")  # fmt: skip
    search.add_argument("words", nargs="+", metavar="WORD", help="the question")
    for one in (show, edit):
        one.add_argument("id", type=whole, metavar="ID", help="its number in the list")
    edit.add_argument("words", nargs="+", metavar="WORD", help="the words that it is to have")
    for one in (pin, unpin):
        one.add_argument("ids", type=whole, nargs="+", metavar="ID", help="numbers in the list")
    forget.add_argument("ids", type=whole, nargs="*", metavar="ID", help="numbers in the list")
    forget.add_argument("--yes", action="store_true", help="do not ask")
    for one in (memory, listed, search, forget):
        one.add_argument("--source", default="", metavar="NAME",
                         help="only of chat, or of an importer")  # fmt: skip
        one.add_argument("--since", default="", metavar="DAY", help="only what was said since")
        one.add_argument("--until", default="", metavar="DAY", help="only until")
    for one in (memory, listed):
        one.add_argument("--pinned", action="store_true", help="only what is pinned")
        one.add_argument("--before", type=whole, default=0, metavar="ID", help="older than this")
    for one in (memory, listed, search):
        one.add_argument("-n", "--limit", type=whole, default=50, metavar="N", help="how many (50)")
    for one in (memory, listed, search, show):
        one.add_argument("--json", action="store_true", help="as JSON, a line each")
    for one in (memory, listed, search, show, edit, pin, unpin, summarise, forget):
        one.add_argument("--person", default="owner", metavar="ID",
                         help="whose (default: owner)")  # fmt: skip
    memory.set_defaults(func="remembering:memory")


ROLES = ("owner", "manager", "creator", "member", "guest")


def _people(commands: argparse._SubParsersAction[Parser]) -> None:
    people = commands.add_parser(
        "people",
        help="who is here, and as what",
        description="Everybody who is here. Roles from most to least: owner, manager, creator, "
        "member, guest.",
        epilog="""\
examples:
  musespark people
  musespark people add anna --name "Anna Berg" --role creator
  musespark people role anna manager
  musespark people end anna""",
    )
    what = people.add_subparsers(dest="what", metavar="WHAT", title="what", parser_class=Parser)
    listed = what.add_parser("list", help="everybody (also without a word)",
                             description="Lists the people.")  # fmt: skip
    add = what.add_parser("add", help="take somebody in", description="Takes somebody in.")
    role = what.add_parser("role", help="give somebody another role",
                           description="Gives somebody another role.")  # fmt: skip
    end = what.add_parser("end", help="let somebody in no more",
                          description="Ends somebody's keys and sessions; what is theirs "
                          "stays.")  # fmt: skip
    back = what.add_parser("back", help="let them in again",
                           description="Lets somebody in again.")  # fmt: skip
    for one in (add, role, end, back):
        one.add_argument("id", metavar="ID", help="who: their id")
    role.add_argument("role", choices=ROLES, metavar="ROLE", help=", ".join(ROLES))
    add.add_argument("--name", default="", metavar="NAME", help="what they are called")
    add.add_argument("--role", choices=ROLES, default="member", metavar="ROLE",
                     help="as what (default: member)")  # fmt: skip
    me = commands.add_parser("me", help="who you are, and your language and zone",
                             description="Shows who you are here, and changes what you "
                             "say of yourself.")  # fmt: skip
    me.add_argument("--name", metavar="NAME", help="what you are called")
    me.add_argument("--language", metavar="TAG", help="such as de; '' is the server's")
    me.add_argument("--zone", metavar="ZONE", help="such as Europe/Berlin; '' is the server's")
    me.add_argument("--person", default="owner", metavar="ID", help="who (default: owner)")
    for one in (people, listed):
        one.add_argument("-s", "--search", default="", metavar="WORD",
                         help="only those with this in their name or id")  # fmt: skip
    for one in (people, listed, me):
        one.add_argument("--json", action="store_true", help="as JSON, a line each")
    people.set_defaults(func="roster:people")
    me.set_defaults(func="roster:me")


def _hosts(commands: argparse._SubParsersAction[Parser]) -> None:
    hosts = commands.add_parser(
        "hosts",
        help="apps that vouch for people of their own",
        description="An app signs a JWT for each of its people; this server knows its public keys.",
        epilog="""\
examples:
  musespark hosts add shop --issuer https://shop.example --keys public.pem
  musespark hosts add club --issuer https://club.example \\
      --jwks-url https://club.example/.well-known/jwks.json
  musespark hosts test eyJhbGciOi...""",
    )
    what = hosts.add_subparsers(dest="what", metavar="WHAT", title="what", parser_class=Parser)
    listed = what.add_parser("list", help="the apps (also without a word)",
                             description="Lists the apps.")  # fmt: skip
    add = what.add_parser("add", help="register one", description="Registers an app.")
    test = what.add_parser("test", help="try a token of one",
                           description="Says whose a token is, or why it is none.")  # fmt: skip
    end = what.add_parser("end", help="take no token of one any more",
                          description="Ends an app; its people's data stay.")  # fmt: skip
    for one in (add, end):
        one.add_argument("name", metavar="NAME", help="its people's ids begin with it")
    test.add_argument("token", metavar="TOKEN", help="the token, or - for standard input")
    option = add.add_argument
    option("--issuer", required=True, metavar="TEXT", help="`iss` of its tokens, of it alone")
    option("--audience", default="musespark", metavar="TEXT",
           help="`aud` of its tokens (default: musespark)")  # fmt: skip
    option("--keys", action="append", default=[], metavar="FILE",
           help="its public keys, PEM or JWKS, or - for standard input")  # fmt: skip
    option("--jwks-url", default="", metavar="URL", help="or where they are, by https")
    option("--role", choices=ROLES[2:], default="member", metavar="ROLE",
           help="what its people are: creator, member (default) or guest")  # fmt: skip
    for one in (hosts, listed):
        one.add_argument("--json", action="store_true", help="as JSON, a line each")
    hosts.set_defaults(func="roster:hosts")


def _consent(commands: argparse._SubParsersAction[Parser]) -> None:
    consent = commands.add_parser(
        "consent",
        help="what you allow your data to be used for",
        description="Each purpose is off until you allow it. What is needed to answer the question "
        "itself needs none.",
        epilog="""\
examples:
  musespark consent
  musespark consent allow memory
  musespark consent withdraw memory --backwards""",
    )
    what = consent.add_subparsers(dest="what", metavar="WHAT", title="what", parser_class=Parser)
    listed = what.add_parser("list", help="each purpose and what it changes (also without a word)",
                             description="Lists the purposes and what each changes.")  # fmt: skip
    allow = what.add_parser("allow", help="allow purposes", description="Allows purposes.")
    withdraw = what.add_parser("withdraw", help="allow them no longer",
                               description="Withdraws purposes, from now on.")  # fmt: skip
    for one in (allow, withdraw):
        one.add_argument("purposes", nargs="+", metavar="PURPOSE",
                         help="memory, feed, shop, ads or improve")  # fmt: skip
    withdraw.add_argument("--backwards", action="store_true",
                          help="also for what was said before")  # fmt: skip
    waiting = commands.add_parser(
        "approvals",
        help="what waits for your yes",
        description="Calls that wait, because words from outside were read before. Each is shown "
        "exactly as it\nwould happen.",
        epilog="""\
examples:
  musespark approvals
  musespark approvals approve appr_1f8a...
  musespark approvals approve appr_1f8a... --scope site_today""",
    )
    which = waiting.add_subparsers(dest="what", metavar="WHAT", title="what", parser_class=Parser)
    open_ = which.add_parser("list", help="what waits (also without a word)",
                             description="Lists what waits for your yes.")  # fmt: skip
    yes = which.add_parser("approve", help="do it", description="Makes the calls, each once.")
    denied = which.add_parser("deny", help="do not", description="Says no to the calls, for good.")
    for one in (yes, denied):
        one.add_argument("ids", nargs="+", metavar="ID", help="which; a part of the id will do")
    yes.add_argument("--scope", choices=("once", "site_today", "tool_conversation"),
                     default="once", metavar="SCOPE", help="how far the yes counts: once "
                     "(default), site_today or tool_conversation")  # fmt: skip
    waiting.set_defaults(func="consenting:approvals")
    log = commands.add_parser(
        "audit",
        help="who saw or changed what of yours",
        description="The audit log, newest first. It never holds your words.",
    )
    log.add_argument("-n", "--limit", type=whole, default=20, metavar="N", help="how many (20)")
    log.add_argument("--deed", default="", metavar="WORD", help="only these, such as memory_used")
    log.add_argument("--others", action="store_true", help="only what others did")
    for one in (consent, listed, allow, withdraw, waiting, open_, yes, denied, log):
        one.add_argument("--person", default="owner", metavar="ID",
                         help="whose (default: owner)")  # fmt: skip
    for one in (consent, listed, waiting, open_, log):
        one.add_argument("--json", action="store_true", help="as JSON, a line each")
    consent.set_defaults(func="consenting:consent")
    log.set_defaults(func="consenting:audit_log")


def _import(commands: argparse._SubParsersAction[Parser]) -> None:
    bring = commands.add_parser(
        "import",
        help="bring what another system knows of you",
        description="Reads an export of another system, a zip, a folder or a file, and keeps what "
        "is in it. Nothing comes twice, however often it is imported.",
        epilog="""\
examples:
  musespark import chatgpt-export.zip
  musespark import "WhatsApp Chat with Anna.txt" --me "Ben Example"
  musespark import instagram.zip --dry-run
  musespark import repo.car --purposes feed

It is used for what you allow at that moment: `musespark consent`. Ctrl-C stops it; what was
imported stays, and importing it again goes on.""",
    )
    add = bring.add_argument
    add("file", metavar="FILE", help="the archive, folder or file")
    add("--as", dest="format", action="append", default=[], metavar="FORMAT",
        help="which export it is, where it cannot be told: meta_ai, chatgpt, instagram, facebook, "
        "whatsapp, mastodon, bluesky, x or musespark")  # fmt: skip
    add("--purposes", metavar="NAMES", help="use it only for these of what you allow, such as "
        "memory,feed; none keeps it to look at and to export")  # fmt: skip
    add("--me", metavar="NAME", help="what you are called in it, where it does not say")
    add("--zone", metavar="ZONE", help="the time zone of dates without one (default: yours)")
    add("--dry-run", action="store_true", help="only say what would be imported")
    add("--json", action="store_true", help="print the report as JSON")
    add("--person", default="owner", metavar="ID", help="whose it is (default: owner)")
    bring.set_defaults(func="carried:bring")
    send = commands.add_parser(
        "export",
        help="everything about you in one zip",
        description="Writes everything that is kept about a person into a zip: for programs as "
        "ActivityStreams JSON, and as pages to read. Secrets are left out. It can be imported "
        "again.",
    )
    send.add_argument("--out", metavar="FILE", help="the zip to write (default: by person and day)")
    send.add_argument("--person", default="owner", metavar="ID",
                      help="whose it is (default: owner)")  # fmt: skip
    send.set_defaults(func="carried:send")


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


def _forget(commands: argparse._SubParsersAction[Parser]) -> None:
    forget = commands.add_parser(
        "forget",
        help="forget everything about a person",
        description="Forgets a person: what they said, did, allowed and sent, in every table and "
        "file; their keys and\nsessions end at once. It cannot be undone. Stop it with Ctrl-C, and "
        "run it again to finish.",
        epilog="""\
examples:
  musespark forget anna
  musespark forget anna --yes --thorough""",
    )
    forget.add_argument("person", metavar="PERSON", help="their id")
    forget.add_argument("-y", "--yes", action="store_true", help="do not ask whether it is meant")
    forget.add_argument("--thorough", action="store_true",
                        help="also write the tables anew, so that the disk keeps nothing; each "
                        "can be used by nobody meanwhile")  # fmt: skip
    forget.add_argument("--json", action="store_true", help="as JSON")
    forget.set_defaults(func="forgetting:forget")


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
