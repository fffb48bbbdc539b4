"""A listing: code with its words marked by kind, as classes, line by line.

Only lexers named here are used, and none on long lines or long texts: a lexer is regular
expressions, and the code was written by anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from pygments.lexer import ExtendedRegexLexer, RegexLexer
from pygments.lexers import get_lexer_by_name
from pygments.token import STANDARD_TYPES, Error, Whitespace, _TokenType
from pygments.util import ClassNotFound

LONGEST = 20_000  # characters of one listing that is coloured
WIDEST = 400  # characters of one line

# What people call a language in a fence, where pygments' own name is another or there are many.
# Groovy is left out: its lexer takes 11 seconds for 20,000 letters of short lines.
LANGUAGES = frozenset(
    re.findall(
        r"\S+",
        """
    awk bash bat batch c c# c++ clojure cmake cpp cs csharp css cuda dart diff docker
    dockerfile elixir elm erlang ex f# fish fortran fsharp go golang graphql
    haskell hcl hs html http ini java javascript jl js json json5 jsonc jsx julia kotlin kt latex
    less lisp lua make makefile markdown matlab md mysql nasm nginx nim nix objc objective-c ocaml
    octave pascal perl php pl plpgsql postgres postgresql powershell proto protobuf ps1 psql py
    py3 pycon python python3 r rb rs ruby rust sass scala scheme scss sh shell shell-session
    solidity sql sqlite3 svelte swift tcl terraform tex tf toml ts tsx typescript udiff vb.net
    verilog vhdl vim vue wat xml yaml yml zig zsh
        """,
    )
)
_VOID = re.compile(r"(?:[ \t]*\n){40}")  # lexers look for what comes after it, at each line again
_SAME = {
    "golang": "go",
    "jsonc": "json5",
    "kt": "kotlin",
    "shell": "bash",
    "svelte": "html",
    "vue": "html",
}
_BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c]")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\xa0": "&nbsp;"}
_ESCAPED = re.compile("[&<>\xa0]")
CLASSES = frozenset(name for name in STANDARD_TYPES.values() if name) | {"bidi"}


def escape(text: str) -> str:
    """Text as HTML, the way a browser would write it out."""
    return _ESCAPED.sub(lambda found: _ESCAPES[found[0]], text)


def named(info: str) -> str:
    """The language that a fence names, in lower case; "" for none."""
    words = info.strip().split(None, 1)
    name = words[0].strip("{}.").lower() if words else ""
    return name if re.fullmatch(r"[a-z0-9][a-z0-9#+._-]{0,23}", name) else ""


@lru_cache(maxsize=512)
def lexer(language: str) -> Any:
    """pygments' lexer for a language that is listed above, else None."""
    if language not in LANGUAGES:
        return None
    try:
        return get_lexer_by_name(_SAME.get(language, language))
    except ClassNotFound:
        return None


def listing(code: str, language: str) -> str:
    """The code as HTML, each word in a span of its kind. Every line closes its own spans."""
    found = lexer(language)
    end = _coloured(code) if found is not None else 0
    if not end:
        return plain(code)
    tokens = found.get_tokens_unprocessed(code[:end])
    return marked((kind, text) for _, kind, text in tokens) + plain(code[end:])


def _coloured(code: str, before: int = 0) -> int:
    """Up to where code is coloured: to a line that is too wide, to dozens without words, or to the
    longest there may be."""
    void = _VOID.search(code)
    if void:
        code = code[: void.start()]
    if before + len(code) <= min(WIDEST, LONGEST):
        return len(code)
    at = 0
    for line in code.splitlines(keepends=True) if len(code) > WIDEST else [code]:
        if len(line) > WIDEST or before + at + len(line) > LONGEST:
            return at
        at += len(line)
    return at


class Growing:
    """A listing while it is written. Its colours are those of the whole one, but where a word's
    kind is decided by what comes lines later."""

    def __init__(self, language: str) -> None:
        self._lexer = lexer(language)
        self._states = ["root"]
        self._size = 0

    def lines(self, code: str) -> str:
        """Further whole lines as HTML."""
        end = _coloured(code, self._size) if self._lexer is not None else 0
        self._size += len(code)
        if end < len(code):
            tail = plain(code[end:])
            head = marked(self._tokens(code[:end], self._states)) if end else ""
            self._lexer = None
            return head + tail
        return marked(self._tokens(code, self._states))

    def line(self, code: str) -> str:
        """The last line as HTML, as far as it goes."""
        if self._lexer is None or len(code) > WIDEST:
            return plain(code)
        return marked(self._tokens(code, list(self._states)))

    def _tokens(self, code: str, states: list[str]) -> Iterator[tuple[Any, str]]:
        """The words with their kinds, from where `states` says that the lexer is; it is left saying
        where it is then. This is RegexLexer's own loop, which keeps that to itself."""
        if not isinstance(self._lexer, RegexLexer) or isinstance(self._lexer, ExtendedRegexLexer):
            for _, kind, text in self._lexer.get_tokens_unprocessed(code):
                yield kind, text
            return
        rules: Any = self._lexer._tokens
        at = 0
        while at < len(code):
            for match, action, state in rules[states[-1]]:
                found = match(code, at)
                if found:
                    if type(action) is _TokenType:
                        yield action, found.group()
                    elif action is not None:
                        yield from ((kind, text) for _, kind, text in action(self._lexer, found))
                    at = found.end()
                    _enter(states, state)
                    break
            else:
                if code[at] == "\n":
                    states[:] = ["root"]
                yield (Whitespace if code[at] == "\n" else Error), code[at]
                at += 1


def _enter(states: list[str], state: Any) -> None:
    """Follow a lexer into its next state."""
    if state is None:
        return
    if isinstance(state, int):
        del states[1 if abs(state) >= len(states) else state :]
        return
    for each in state if isinstance(state, tuple) else (state,):
        if each == "#pop":
            del states[max(len(states) - 1, 1) :]
        else:
            states.append(states[-1] if each == "#push" else each)


def plain(code: str) -> str:
    """The code without colours. Signs that turn the direction of a line are shown by their number,
    so that nobody reads other code than would run."""
    return _visible(escape(code))


def _visible(text: str) -> str:
    return _BIDI.sub(lambda found: f'<span class="bidi">U+{ord(found[0]):04X}</span>', text)


def marked(tokens: Iterable[tuple[Any, str]]) -> str:
    """pygments' tokens as spans; neighbours of one kind share a span, none crosses a line."""
    pieces: list[str] = []
    last, line = "", ""

    def write() -> None:
        if line:
            pieces.append(f'<span class="{last}">{line}</span>' if last else line)

    for kind, text in tokens:
        name = _class(kind)
        for number, part in enumerate(plain(text).split("\n")):
            if number or name != last:
                write()
                last, line = name, ""
            if number:
                pieces.append("\n")
            line += part
    write()
    return "".join(pieces)


@lru_cache(maxsize=512)
def _class(kind: Any) -> str:
    while kind not in STANDARD_TYPES:
        kind = kind.parent
    name = STANDARD_TYPES[kind]
    return "" if name in ("w", "x") else name
