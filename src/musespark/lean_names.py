"""Short names in scripts: what a module calls its own things nobody else has to read.

A name gets the same short one wherever it stands in a module, whatever scope it is of; what modules
give to each other gets the same in all of them. So nothing has to be known of scopes: two things
that shared a name share the new one, two that did not, do not. Properties and what is the browser's
keep their names. What would be no safe guess (`with`, `eval`, a thing of the browser whose name is
also one of ours) our scripts do without: a test reads each of them before and after with a parser
and compares what every name means. ECMA-262 (2025), 13.2.5: object literals; 14.3: declarations.
"""

from __future__ import annotations

import itertools
import re
import string
from collections import Counter
from collections.abc import Iterable, Iterator

from msgspec import Struct

from musespark.lean import HOLES, REGEX, TOKEN, divides

_KEYWORDS = frozenset(
    re.findall(
        r"\w+",
        "arguments as async await break case catch class const constructor continue debugger"
        " default delete do else export extends false finally for from function get if import in"
        " instanceof let new null of return set static super switch this throw true try typeof"
        " undefined var void while with yield",
    )
)
_BLOCKS = frozenset((")", "=>", "", ";", "{", "}", "else", "do", "try", "finally", "catch"))
_HEADS = frozenset(("if", "for", "while", "switch"))
_BEFORE_METHODS = frozenset(("async", "get", "set", "static", "*"))
_ENDS = {"(": ")", "[": "]", "{": "}"}


class _Token(Struct):
    """A piece of a script. `role` is what a word is: a "name", one that names a property, too
    ("both"), or "" for what stays."""

    piece: str
    kind: str
    role: str = ""
    pair: int = -1  # where the bracket stands that belongs to this one


def shortened(scripts: dict[str, str]) -> dict[str, str]:
    """Lean scripts that import from each other, by their files' names. Raises ValueError for one
    that is cut off half-way."""
    read = {file: _cut(text) for file, text in scripts.items()}
    marked = {file: [each for each in all_ if each.kind != "space"] for file, all_ in read.items()}
    given, own = set[str](), dict[str, set[str]]()
    for file, tokens in marked.items():
        _pair(tokens)
        _mark(tokens)
        own[file], out = _declared(tokens)
        given |= out
    taken = {each.piece for tokens in marked.values() for each in tokens if len(each.piece) < 3}
    everything = itertools.chain(*marked.values())
    shared = _names(everything, given, _shorts(string.ascii_uppercase + "$_", taken))
    taken |= set(shared.values())
    made = {}
    for file, tokens in read.items():
        letters = _shorts(string.ascii_lowercase, taken)
        names = shared | _names(tokens, own[file] - given, letters)
        made[file] = "".join(_put(each, names) for each in tokens)
    return made


def _put(token: _Token, names: dict[str, str]) -> str:
    if not token.role or token.piece not in names:
        return token.piece
    return f"{token.piece}:" * (token.role == "both") + names[token.piece]


def _shorts(letters: str, taken: set[str]) -> Iterator[str]:
    """Names of one letter, then of two that begin with these; none that stands somewhere."""
    follow = string.ascii_letters + string.digits
    for each in itertools.chain(letters, map("".join, itertools.product(letters, follow))):
        if each not in taken and each not in _KEYWORDS:
            yield each


def _names(tokens: Iterable[_Token], wanted: set[str], shorts: Iterator[str]) -> dict[str, str]:
    """A short name for each that is worth it, the shortest where most is won."""
    counts = Counter((each.piece, each.role) for each in tokens if each.role)

    def won(name: str, length: int) -> int:
        return counts[name, "name"] * (len(name) - length) - counts[name, "both"] * (1 + length)

    made, short = dict[str, str](), next(shorts)
    for name in sorted(wanted, key=lambda name: (-won(name, 1), name)):
        if won(name, len(short)) > 0:
            made[name], short = short, next(shorts)
    return made


def _cut(text: str) -> list[_Token]:
    """A script as tokens, none left out; a template comes in pieces, with the code of its holes
    between them."""
    made: list[_Token] = []
    holes: list[int] = []  # how many braces are open in each hole that is
    at, last = 0, ""
    while at < len(text):
        found = TOKEN.match(text, at)
        if found is not None and found[0] == "/" and not divides(last):
            found = REGEX.match(text, at)
        if found is None:
            raise ValueError(f"no token at {at}: {text[at : at + 20]!r}")
        piece, kind, at = found[0], found.lastgroup or "string", found.end()
        if holes and piece in ("{", "}"):
            holes[-1] += 1 if piece == "{" else -1
        if kind == "template" or (piece == "}" and holes and holes[-1] < 0):
            if piece == "}":
                holes.pop()
            kind, begins = "template", at - 1
            while (found := HOLES.search(text, at)) and found[0] not in ("`", "${"):
                at = found.end()
            if found is None:
                raise ValueError("a template does not end")
            at = found.end()
            piece = text[begins:at]
            if found[0] == "${":
                holes.append(0)
        made.append(_Token(piece, kind))
        if kind != "space":
            last = "{" if kind == "template" and piece.endswith("${") else piece
    if holes:
        raise ValueError("a template does not end")
    return made


def _pair(tokens: list[_Token]) -> None:
    """Tell each bracket, and each edge of a template's hole, where the other one stands."""
    open_: list[int] = []
    for at, each in enumerate(tokens):
        if (each.kind == "mark" and each.piece in _ENDS.values()) or _in_template(each, "}"):
            if not open_:
                raise ValueError(f"{each.piece[0]!r} ends nothing")
            each.pair = open_.pop()
            tokens[each.pair].pair = at
        if (each.kind == "mark" and each.piece in _ENDS) or _in_template(each, "${"):
            open_.append(at)
    if open_:
        raise ValueError("a bracket does not end")


def _in_template(token: _Token, edge: str) -> bool:
    if token.kind != "template":
        return False
    return token.piece.startswith("}") if edge == "}" else token.piece.endswith("${")


def _mark(tokens: list[_Token]) -> None:
    """Give each word its role."""
    around = [""]  # the kinds of the brackets that are open
    header = False  # whether the next brace holds a class
    before = last = ""
    for at, each in enumerate(tokens):
        piece = each.piece
        if _in_template(each, "}") or (each.kind == "mark" and piece in _ENDS.values()):
            around.pop()
        if each.kind == "word":
            after = tokens[at + 1].piece if at + 1 < len(tokens) else ""
            header = header or (piece == "class" and last not in (".", "?.") and after != ":")
            each.role = _role(piece, around[-1], (before, last), after)
        elif _in_template(each, "${"):
            around.append("(")
        elif each.kind == "mark" and piece in _ENDS:
            around.append(_kind(last, header) if piece == "{" else piece)
            header = header and piece != "{"
        before, last = last, piece


def _kind(last: str, header: bool) -> str:
    if header:
        return "class"
    if last in ("import", "export"):
        return "names"
    return "block" if last in _BLOCKS else "object"


def _role(word: str, around: str, before: tuple[str, str], after: str) -> str:
    last = before[1]
    if word in _KEYWORDS or not (word[0].isalpha() or word[0] in "_$") or last in (".", "?."):
        return ""
    begins = before[0] if last in _BEFORE_METHODS else last
    if around == "object" and begins in ("{", ","):
        if after in (":", "("):
            return ""
        return "both" if after in (",", "}", "=") else "name"
    if around == "class" and begins in ("{", "}", ";", "static", "async"):
        return ""
    return "name"


def _declared(tokens: list[_Token]) -> tuple[set[str], set[str]]:
    """The names that a module declares anywhere, and those of them that it gives to others."""
    own, given = set[str](), set[str]()
    for at, each in enumerate(tokens):
        if each.piece == "=>" and each.kind == "mark":
            last = tokens[at - 1]
            own |= {last.piece} if last.role else set(_bound(tokens, last.pair, at))
        elif each.piece == "(" and each.kind == "mark" and tokens[each.pair + 1 :][:1]:
            if tokens[each.pair + 1].piece == "{" and tokens[at - 1].piece not in _HEADS:
                own |= set(_bound(tokens, at, each.pair))
        elif each.kind != "word" or tokens[at - 1].piece in (".", "?."):
            continue
        elif each.piece in ("function", "class") and tokens[at + 1].piece != ":":
            own |= {tokens[at + 1].piece} if tokens[at + 1].role else set()
            begins = at - 1 if tokens[at - 1].piece == "async" else at
            if tokens[begins - 1].piece == "export":
                given.add(tokens[at + 1].piece)
        elif each.piece in ("const", "let", "var"):
            found = set(_each_bound(tokens, at + 1))
            own |= found
            given |= found if tokens[at - 1].piece == "export" else set()
        elif each.piece == "import" and tokens[at + 1].piece == "{":
            own |= set(_bound(tokens, at + 1, tokens[at + 1].pair))
    return own, given


def _each_bound(tokens: list[_Token], at: int) -> Iterator[str]:
    """What one declaration binds: pattern, value, comma, pattern, …"""
    while True:
        first = tokens[at]
        end = first.pair if first.pair > at else at
        yield from _bound(tokens, at, end + 1)
        at = end + 1
        while at < len(tokens) and tokens[at].piece not in (",", ";", ")", "}", "of", "in"):
            at = (tokens[at].pair if tokens[at].pair > at else at) + 1
        if at >= len(tokens) or tokens[at].piece != ",":
            return
        at += 1


def _bound(tokens: list[_Token], begin: int, end: int) -> Iterator[str]:
    """The names that a pattern binds, without what stands for a value that is missing."""
    at = begin
    while at < end:
        each = tokens[at]
        if each.role:
            yield each.piece
        at += 1
        if each.piece == "=":
            while at < end and tokens[at].piece not in (",", "}", "]", ")"):
                at = (tokens[at].pair if tokens[at].pair > at else at) + 1
