"""Scripts and styles without what only people read: comments, indentation, idle spaces.

A script is cut into tokens and put together again; nothing is moved, and names stay (lean_names.py
makes them short). What goes beside space: a semicolon before a brace, the parentheses of an arrow
function's one parameter, a declaration's word behind another of its kind. A line break stays where
JavaScript might put a semicolon for it. ECMA-262 (2025), 12: lexical grammar; 12.10: automatic
semicolons.
"""

from __future__ import annotations

import re

TOKEN = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<template>`)
    |(?P<word>[\w$\u0080-\uffff#@]+(?:\.\d+)?)
    |(?P<mark>=>|\?\.|\?\?=?|\+\+|--|\*\*|&&|\|\||\.\.\.|[^\s\w])""",
    re.DOTALL | re.VERBOSE,
)
REGEX = re.compile(r"/(?:[^/\\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/[a-z]*")


def _each(words: str) -> frozenset[str]:
    return frozenset(words.split())


# After these a slash begins a regular expression; after anything else it divides.
_OPENS = _each("( [ { } , ; : ? = => ! & | && || ?? ??= + - * / % < > ~ ^ ...")
_ASKS = _each("return typeof case in of delete void throw new yield await else do")
# A statement never ends after these, nor does one begin with those: the line break between goes.
_GOES_ON = _each("( [ { , ; : ? ?. = => & | && || ?? ??= * % < > ^ ~ ! . ...")
_CONTINUES = _each(") ] } , ; : ? ?. = => & | && || ?? ??= % > ^ .")
_DECLARES = re.compile(r"(?:export\s+)?(?:const|let)\b")
_ENDS = frozenset(("", ";", "{", "}"))
_HEADS = _each("for if while with")
HOLES = re.compile(r"\\.|\$\{|`", re.DOTALL)


def divides(last: str) -> bool:
    """Whether a slash behind this token divides; else it begins a regular expression."""
    return bool(last) and last not in _OPENS and last not in _ASKS


def script(text: str) -> str:
    """A module as a browser needs it. Raises ValueError for one that is cut off half-way."""
    made: list[str] = []
    _read(text, 0, made, "")
    return "".join(made)


def _read(text: str, at: int, made: list[str], closing: str) -> int:
    """Tokens from `at` on, up to the brace that ends a template's hole; gives where that stands."""
    last, apart, depth = "", "", 0
    begins = [""]  # with which word the statement at hand begins, in each block that is open
    heads: list[str] = []  # what stands before each open parenthesis
    empty = False  # whether a semicolon would be a statement of its own
    while at < len(text):
        found = TOKEN.match(text, at)
        if found is None:
            raise ValueError(f"no token at {at}: {text[at : at + 20]!r}")
        piece, kind = found[0], found.lastgroup
        if kind == "space":
            apart = "\n" if "\n" in piece or apart == "\n" else " "
            at = found.end()
            continue
        if piece == "/" and not divides(last):
            found = REGEX.match(text, at)
            if found is None:
                raise ValueError(f"no end of what begins at {at}: {text[at : at + 20]!r}")
            piece = found[0]
        if piece == "}" and closing and not depth:
            return at
        depth += (piece == "{") - (piece == "}")
        if piece == "{":
            begins.append("")
        elif piece == "}" and len(begins) > 1:
            begins.pop()
        elif kind == "word" and last in _ENDS:
            whole = _DECLARES.match(text, at)
            before, begins[-1] = begins[-1], " ".join(whole[0].split()) if whole else piece
            if whole and last == ";" and before == begins[-1]:
                made[-1:] = [",", ""]
                last, apart, at = ",", "", whole.end()
                continue
        if piece == "(":
            heads.append(last)
        elif piece == "}" and last == ";" and not empty:
            made.pop()
        elif piece == "=>" and last == ")" and made[-5] == "(":
            _bare(made)
        if piece != ";":
            empty = (piece == ")" and bool(heads) and heads.pop() in _HEADS) or piece == "else"
        made += [_between(last, piece, apart), piece]
        at = found.end()
        if kind == "template":
            at = _template(text, at, made)
        last, apart = piece, ""
    if closing:
        raise ValueError("a template does not end")
    return at


def _bare(made: list[str]) -> None:
    """Take the parentheses from the one parameter of an arrow function."""
    name, before = made[-3], made[-7][-1:] if len(made) > 6 else ""
    if name.isidentifier() or name.startswith("$"):
        made[-6:] = [made[-6] or " " * (bool(before) and _wordy(before)), name]


def _between(last: str, piece: str, apart: str) -> str:
    if not last or not apart:
        return ""
    if apart == "\n" and last not in _GOES_ON and piece not in _CONTINUES:
        return "\n"
    if _wordy(last[-1]) and _wordy(piece[0]):
        return " "
    return " " if last[-1] == piece[0] and piece[0] in "+-/" else ""


def _wordy(letter: str) -> bool:
    return letter.isalnum() or letter in "_$#@" or letter > "\x7f"


def _template(text: str, at: int, made: list[str]) -> int:
    """The words of a template as they are, its holes as code; gives where it ends."""
    while found := HOLES.search(text, at):
        made.append(text[at : found.end()])
        at = found.end()
        if found[0] == "`":
            return at
        if found[0] == "${":
            at = _read(text, at, made, "}") + 1
            made.append("}")
    raise ValueError("a template does not end")


_STRING = re.compile(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|/\*.*?\*/""", re.DOTALL)
_TIGHT = re.compile(r" ?([{};,>]) ?|(?<=:) ")


def style(text: str) -> str:
    """A style sheet as a browser needs it; strings stay as they are."""
    pieces = _STRING.split(_STRING.sub(lambda found: found[1] or "", text))
    for at in range(0, len(pieces), 2):  # between them stand strings
        pieces[at] = _TIGHT.sub(r"\1", re.sub(r"\s+", " ", pieces[at])).replace(";}", "}")
    return "".join(pieces).strip()
