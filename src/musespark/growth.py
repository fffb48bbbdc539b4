"""A block while it grows: what of it is settled, where its mark is, and its words at the end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from markdown_it.token import Token

from musespark import markup
from musespark.listing import escape
from musespark.markup import clean, reader

_HERE = "\ue000"  # stands where the words of a block go while its frame is made
_MARK = " data-tail"
_PATIENCE = 600  # characters after a sign that may yet begin something
_MOST = 1500  # characters behind the mark
_BRACKETS = 200  # of them that are open

# Signs that are more than themselves, and those that wait for others that end what they began.
_SPECIAL = re.compile("[*_`~\\[$\\\\<&\\n\u202a-\u202e]|://")
_PLAIN = re.compile("[^*_`~\\[\\]()$\\\\<>&\\n\u202a-\u202e]*$")
_WAITING = re.compile(
    r"`|\[[^\]\[]*$|\*+(?=[^\s*])|(?<!\w)_+(?=[^\s_])|~~(?=\S)|\$(?=[^\s\d$])[^$]*$|\$\$[^$]*$"
    r"|\](?:\([^)]*)?$|<(?:[a-z/]{0,4}|su[bp]>[^<>\n]{0,60})$"
)
_OPENING = re.compile(r"<(?:p|li|h\d)(?: [^<>]*)?>$")
_LAST = re.compile(r"[ \t]+[^\s]*[ \t]*$")
_OVERRIDES = re.compile("[\u202a-\u202e]")
_SIGNS = re.compile(r"(\*{1,3}|_{1,3}|~~)(?=\S)|(?<=\S)(\*{1,3}|_{1,3}|~~)")
_HALF_TAG = re.compile(r"<[a-z/]{0,4}$")
_LINK = re.compile(r"!?\[([^\]\[]*)(?:\](?:\([^)\s]*(?:\s[^)]*)?)?)?$")


class Block:
    """What a browser has of a block: `before`, what is `kept`, the mark, the `rest`, `after`. The
    rest may be a Block with a mark of its own; a block without a mark is all `before`."""

    __slots__ = ("after", "before", "kept", "rest", "words")

    def __init__(
        self, before: str, kept: str = "", rest: str | Block = "", after: str | None = None
    ) -> None:
        self.before, self.kept, self.rest, self.after = before, kept, rest, after
        self.words: Words | None = None

    @property
    def html(self) -> str:
        """Without marks: what the block would be if it ended here."""
        rest = self.rest if isinstance(self.rest, str) else self.rest.html
        return f"{self.before}{self.kept}{rest}{self.after or ''}"

    @property
    def shell(self) -> str:
        """Without what follows the mark, which is an attribute of the element that ends there."""
        if self.after is None:
            return self.before
        return f"{self.before[:-1]}{_MARK}>{self.kept}{self.after}"

    @property
    def tail(self) -> str:
        """What follows the mark, without what follows the next one."""
        return self.rest if isinstance(self.rest, str) else self.rest.shell

    @property
    def inner(self) -> str:
        """What follows the next mark."""
        return "" if isinstance(self.rest, str) else self.rest.tail

    def since(self, old: Block) -> tuple[int, str, str, str] | None:
        """What makes this of what was shown before: at which mark, what to keep there, what follows
        it and what the mark in that. None where the block has to be sent anew."""
        if self.after is None or (self.before, self.after) != (old.before, old.after):
            return None
        if not self.kept.startswith(old.kept):
            return None
        kept = self.kept[len(old.kept) :]
        if not kept and isinstance(self.rest, Block) and isinstance(old.rest, Block):
            inner = self.rest.since(old.rest)
            if inner is not None:
                return (inner[0] + 1, *inner[1:])
        return (0, kept, self.tail, self.inner)

    def same(self, old: Block) -> bool:
        """Whether a browser that has `old` has this already."""
        return (self.shell, self.tail, self.inner) == (old.shell, old.tail, old.inner)


class Words:
    """The words at a block's end: their source up to the mark is `done`, the `rest` follows it."""

    __slots__ = ("depth", "done", "frame", "rest")

    def __init__(self, frame: Block, source: str, depth: int) -> None:
        self.frame, self.done, self.rest, self.depth = frame, "", source, depth
        frame.words = self

    def follow(self, old: Words | None) -> None:
        """Go on where the words of the same place were before."""
        if (
            old is not None
            and old.depth == self.depth
            and (old.frame.before, old.frame.after) == (self.frame.before, self.frame.after)
            and self.rest.startswith(old.done[len(self.done) :])
            and old.done.startswith(self.done)
        ):
            self.rest = self.rest[len(old.done) - len(self.done) :]
            self.done, self.frame.kept = old.done, old.frame.kept

    def grow(self, more: str, env: dict[str, Any]) -> tuple[str, str]:
        """More words; returns what is kept of them as HTML, and what follows the mark."""
        self.rest += more
        kept, at, tail = settled(self.rest, env)
        if at:
            self.done += self.rest[:at]
            self.rest = self.rest[at:]
        self.frame.kept += kept
        self.frame.rest = tail
        return kept, tail


def settled(source: str, env: dict[str, Any]) -> tuple[str, int, str]:
    """Words at the end of a block, as HTML: what of them nothing that follows can change, how many
    characters that was, and the rest."""
    first = _SPECIAL.search(source)
    if first is None:
        at = _before_last(source) or 0
        return _text(source[:at]), at, _text(source[at:].rstrip())
    if first.start() > 60:
        plain = _LAST.search(source[: first.start()])
        if plain and plain.start():
            kept, at, tail = settled(source[plain.start() :], env)
            return _text(source[: plain.start()]) + kept, plain.start() + at, tail
    if source.count("[") > _BRACKETS:  # reading them would cost the square of their number
        return _text(source), len(source), ""
    children: list[Token] = []
    reader.inline.parse(source, reader, env, children)
    if len(source) < _PATIENCE and _waits(children):
        return "", 0, inline(mended(source.rstrip()), env)
    html = _inline(children, env).rstrip()
    end = _PLAIN.search(source)
    if end and (after := _before_last(end[0])) is not None:
        at = end.start() + after
        tail = _text(source[at:].rstrip())
        if html.endswith(tail):
            return html[: len(html) - len(tail)], at, tail
    if len(source) > _MOST:
        return html, len(source), ""
    return "", 0, html


def _before_last(source: str) -> int | None:
    """Where to part plain words: before the last one, or before the end of one that is very long.
    What stays is enough for a sign that follows to see what stands before it."""
    last = _LAST.search(source)
    if last:
        return last.start()
    return len(source) - 10 if len(source) > 60 else None


def _waits(children: Sequence[Token]) -> bool:
    """Whether a sign in these words may begin something that has not ended yet."""
    said = []
    for child in children:
        if child.type == "text":
            said.append(child.content)
        else:
            said.append("\0")
            if child.type == "text_special" and child.markup in ("\\(", "\\["):
                return True
    return _WAITING.search("".join(said)) is not None


def inline(source: str, env: dict[str, Any]) -> str:
    """Words as HTML."""
    if not _SPECIAL.search(source):
        return _text(source)
    children: list[Token] = []
    reader.inline.parse(source, reader, env, children)
    return _inline(children, env)


def _inline(children: list[Token], env: dict[str, Any]) -> str:
    for child in children:
        if child.type == "text_special":
            child.type = "text"
    joined: list[Token] = []
    for child in children:
        if joined and child.type == joined[-1].type == "text":
            joined[-1].content += child.content
        else:
            joined.append(child)
    found = markup.marks(joined, env["sources"])
    return clean(markup.writer.renderInline(found, reader.options, env))


def _text(source: str) -> str:
    return escape(_OVERRIDES.sub("", source))


def mended(source: str) -> str:
    """Words with what is still open closed, so that they look as they soon will: emphasis and code
    are ended, of a link that is being written only its words are shown."""
    if source.count("`") % 2:
        head, _, code = source.rpartition("`")
        return f"{head}`{code}`" if code.strip() else head
    source = _HALF_TAG.sub("", source)
    link = _LINK.search(source)
    if link and not source.endswith("\\"):
        number = link[1][:1].isdigit() or link[1][:1] == "^"
        if not (number and "]" in link[0]):
            source = source[: link.start()] + ("" if number else link[1])
    open_: list[str] = []
    end = 0
    for sign in _SIGNS.finditer(source):
        mark = sign[1] or sign[2]
        if source[sign.start() - 1 : sign.start()] == "\\":
            continue
        if mark in open_:
            del open_[open_.index(mark) :]
        elif sign[1] and not (mark[0] == "_" and source[sign.start() - 1 : sign.start()].isalnum()):
            open_.append(mark)
            end = sign.end()
    source = source[:end] + source[end:].rstrip("*_~") if open_ else source.rstrip("*_~")
    if open_ and not source[end:].strip():
        source = source[: end - len(open_.pop())].rstrip()
    return source + "".join(reversed(open_))


# -- frames ---------------------------------------------------------------------------------------


def render(tokens: Sequence[Token], env: dict[str, Any]) -> str:
    return str(markup.writer.render(tokens, reader.options, env))


def still(tokens: Sequence[Token], env: dict[str, Any], depth: int = 0) -> Block:
    """A block, or an item of a list, of which nothing grows."""
    html = clean(render(tokens, env))
    return Block(html if depth else html.strip("\n"))


def worded(tokens: list[Token], env: dict[str, Any], more: str, depth: int = 0) -> Block:
    """A block, or an item of a list, whose words at the end grow. `more` are blanks behind them."""
    at = _words_at(tokens)
    if at is None:
        return still(tokens, env, depth)
    token = tokens[at]
    children, token.children = token.children, [Token("text", "", 0, content=_HERE)]
    before, _, after = clean(render(tokens, env)).rpartition(_HERE)
    token.children = children
    if not _OPENING.search(before):
        return still(tokens, env, depth)  # words behind something else in one element
    frame = Block(before, "", "", after if depth else after.rstrip("\n"))
    words = Words(frame, token.content + more, depth)
    task = markup.TASK.match(token.content)
    if task and children and children[0].content[:1] in "☐☑":
        frame.kept, words.done, words.rest = children[0].content[:1], task[0], words.rest[3:]
    return frame


def _words_at(tokens: list[Token]) -> int | None:
    """Where the words are that a block ends with; None when it ends with something else."""
    for at in range(len(tokens) - 1, -1, -1):
        token = tokens[at]
        if token.type == "inline":
            return at if tokens[at - 1].type in ("paragraph_open", "heading_open") else None
        if token.nesting != -1:
            return None
    return None


def listed(tokens: list[Token], env: dict[str, Any], kept: str, first: int, more: str) -> Block:
    """A list: `kept` are the items that it had before these tokens, and of theirs those before the
    item number `first` are kept with them."""
    items = items_of(tokens)
    before = clean(render(tokens[:1], env))
    tag = f"</{tokens[0].tag}>"
    begin = items[first][0]
    kept = kept or "\n"
    kept += clean(render(tokens[items[0][0] : begin], env)) if first else ""
    rest = worded(tokens[begin : items[-1][1]], env, more, 1)
    frame = Block(before.removesuffix(tag).rstrip("\n"), kept, rest, tag)
    frame.words = rest.words
    return frame


def items_of(tokens: list[Token]) -> list[tuple[int, int]]:
    """Where each item of a list begins and ends."""
    found, begin = [], 0
    for at, token in enumerate(tokens):
        if token.level == 1 and token.type == "list_item_open":
            begin = at
        elif token.level == 1 and token.type == "list_item_close":
            found.append((begin, at + 1))
    return found


def tabled(tokens: list[Token], env: dict[str, Any], kept: str, first: int) -> Block:
    """A table: `kept` are the rows that it had before, `first` is the first row that may change."""
    head = next(at for at, token in enumerate(tokens) if token.type == "thead_close") + 1
    rows = rows_of(tokens)
    row = f"<tr><td>{_HERE}</td></tr>"
    frame = clean(f"{render(tokens[:head], env)}<tbody>\n{row}</tbody>\n</table></div>")
    before, _, after = frame.partition(row)
    made = [_row(tokens[begin:end], env) for begin, end in rows]
    return Block(
        before.removesuffix("\n"),
        (kept or "\n") + "".join(made[:first]),
        "".join(made[first:]),
        after,
    )


def rows_of(tokens: list[Token]) -> list[tuple[int, int]]:
    """Where each row of a table's body begins and ends."""
    body = next((at for at, token in enumerate(tokens) if token.type == "tbody_open"), len(tokens))
    opens = [at for at, token in enumerate(tokens) if token.type == "tr_open" and at > body]
    closes = [at for at, token in enumerate(tokens) if token.type == "tr_close" and at > body]
    return [(begin, end + 1) for begin, end in zip(opens, closes, strict=True)]


def _row(tokens: list[Token], env: dict[str, Any]) -> str:
    made = clean(f"<table><tbody>{render(tokens, env)}</tbody></table>")
    return made.removeprefix("<table><tbody>").removesuffix("</tbody></table>")
