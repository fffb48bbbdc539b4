"""The options of the commands about people and what is theirs: keys, consent, memory and so on."""

from __future__ import annotations

import argparse

from musespark.arguments import Parser, positive, whole


def keys(commands: argparse._SubParsersAction[Parser]) -> None:
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


def link(commands: argparse._SubParsersAction[Parser]) -> None:
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


def people(commands: argparse._SubParsersAction[Parser]) -> None:
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


def hosts(commands: argparse._SubParsersAction[Parser]) -> None:
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


def consent(commands: argparse._SubParsersAction[Parser]) -> None:
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


def memory(commands: argparse._SubParsersAction[Parser]) -> None:
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
    forget.add_argument("--earlier", action="store_true",
                        help="only how they were worded before they were changed")  # fmt: skip
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


def import_(commands: argparse._SubParsersAction[Parser]) -> None:
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
  musespark import facebook.zip --no-media
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
    add("--no-media", dest="media", action="store_false",
        help="leave out pictures, sound, video and documents")  # fmt: skip
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


def forget(commands: argparse._SubParsersAction[Parser]) -> None:
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
