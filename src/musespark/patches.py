"""A text's HTML while it streams, as patches: block by block, each update as small as its news.

Only the last block is read again, and of it only what follows its mark: finished items of a list,
rows of a table, lines of a listing and words of a paragraph stand before it and are not sent twice.
What a block looked like while it grew is held against what it is when it ends; where
the two differ, it is sent once more. So the end is always `markup.whole`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from typing import Any

from markdown_it.token import Token
from msgspec import Struct

from musespark import growth, listing, markup
from musespark.growth import Block, Words
from musespark.markup import LONGEST, blocks_of, reader, written

SHARE = 0.2  # of a stream's time that rendering may take
_QUICK = 0.002  # seconds: an update that takes less is never left out

# The beginning of a line after which nothing that is added to it can change what kind it is.
_SURE = re.compile(
    r"(?:[ \t>]|[-*+][ \t]|\d{1,9}[.)][ \t]|\#{1,6}[ \t])*"
    r"(?:[^\W\d_]|[\"'(<!&%@,.;?/{}]|[^\x00-\x7f]|\d+[^\d.)]|\d+[.)][^\s]|\*{1,2}[^\s*]|_{1,2}[^\s_]"
    r"|`[^`]|~~?[^~\s]|\$[^$]|\\[^\[]|=+[ \t]*[^=\s]|-[^-\s:]|\+[^+\s]|\#[^\#\s]|\[[^\]\[]*\][^:])"
)
# One that may still become anything: it is not shown before it says more.
_UNSAID = re.compile(
    r"[ \t>]*(?:\d{1,9}[.)]?)?[-*+\#=~`|:_$\\ \t]*(?:\\\[)?$|[ \t>]*(?:```|~~~)[^`]*$", re.ASCII
)
_LINE = 500  # characters of a line that are looked at for this
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*$")
_MAYBE_FENCE = re.compile(r" {0,3}(?:`+|~+)[ \t]*$")


class Patch(Struct, omit_defaults=True, frozen=True):
    """One change of a message's HTML.

    `open` is the block of that number anew. In an element with `data-tail` a mark stands at the end
    of what came in it. `keep` and `tail` replace what follows the mark, `keep` for good: the mark
    moves behind it. `inner` follows the mark of the element that came with `tail`. Of several marks
    in a block `at` says which, 0 is the outermost. `drop` takes the block and all after it away,
    `whole` replaces all. `fresh` says that the message is shown anew from its beginning; `end` is
    the last, with the number of `blocks`.
    """

    block: int | None = None
    open: str | None = None
    at: int = 0
    keep: str = ""
    tail: str = ""
    inner: str = ""
    drop: bool = False
    whole: str | None = None
    fresh: bool = False
    end: bool = False
    blocks: int | None = None


class Stream:
    """One message while it is written. `feed` and `close` give the patches."""

    def __init__(self, sources: Iterable[Any] = ()) -> None:
        self.sources = markup.numbers(sources)
        self.done: list[str] = []  # the finished blocks
        self._pieces: list[str] = []
        self._size = 0
        self._waiting = ""  # not read yet
        self._source = ""  # of the open blocks
        self._short = ""  # the same, with finished parts left out
        self._shown: list[Block] = []
        self._references: dict[str, Any] = {}
        self._parted = False  # whether there are such parts
        self._late = False  # something that came late may have changed finished blocks
        self._loose = False  # the open list has paragraphs
        self._words: Words | None = None  # that grow by what comes without a line break
        self._code: tuple[str, int, listing.Growing] | None = None  # the open listing
        self._plain: list[str] | None = None  # what is shown as it is
        self._begun = self._spent = self._last = 0.0
        self.closed = False

    @property
    def text(self) -> str:
        """All of it so far."""
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    @property
    def waits(self) -> bool:
        """Whether there are words that are not shown yet."""
        return bool(self._waiting)

    def feed(self, text: str) -> list[Patch]:
        """More of the message; "" to show what waits."""
        self._pieces.append(text)
        self._waiting += text
        now = time.perf_counter()
        self._begun = self._begun or now
        if self._last > _QUICK and self._spent > SHARE * (now - self._begun):
            return []
        found = self._read(self._taken())
        self._last = time.perf_counter() - now
        self._spent += self._last
        return found

    def close(self) -> list[Patch]:
        """The message is complete."""
        found = self._read(markup.normal(self._waiting))
        self._waiting = ""
        if self._plain is None:
            self._finish(self._source, "", found)
        elif self._plain:
            shown = self._shown.pop()
            self.done.append(f"{shown.before}{''.join(self._plain)}{shown.after}")
        self.closed = True
        if self._late:
            found += self._again()
        markup.remember(self.text, self.sources, "".join(self.done))
        return [*found, Patch(end=True, blocks=len(self.done))]

    def cite(self, sources: Iterable[Any]) -> list[Patch]:
        """The sources are known, or others than before: what a finished message shows of them."""
        given = markup.numbers(sources)
        if given == self.sources:
            return []
        self.sources = given
        if not self.closed:
            self._late = True
            return []
        return self._again() if "[" in self.text else []

    def _again(self) -> list[Patch]:
        """All blocks as the whole text has them, where they differ."""
        made = markup.blocks(self.text, self.sources)
        if len(made) != len(self.done):
            self.done = made
            return [Patch(whole="".join(made))]
        found = [
            Patch(block=number, open=html)
            for number, (html, old) in enumerate(zip(made, self.done, strict=True))
            if html != old
        ]
        self.done = made
        return found

    def _taken(self) -> str:
        """What waits, but for a line break that may be half."""
        text, self._waiting = self._waiting, ""
        if text.endswith("\r"):
            text, self._waiting = text[:-1], "\r"
        return markup.normal(text)

    # -- reading ----------------------------------------------------------------------------------

    def _read(self, text: str) -> list[Patch]:
        found: list[Patch] = []
        self._size += len(text)
        if self._plain is not None:
            self._more_plain(text, found)
        elif self._size > LONGEST:
            self._too_much(text, found)
        else:
            self._take(text, found)
        return found

    def _take(self, text: str, found: list[Patch]) -> None:
        while text:
            if self._code is not None:
                text = self._more_code(text, found)
                continue
            self._source += text
            if self._words is not None and "\n" not in text:
                self._short += text
                words = self._words
                before = words.frame.tail
                kept, tail = words.grow(text, self._env())
                if kept or tail != before:
                    block = len(self.done) + len(self._shown) - 1
                    found.append(Patch(block=block, at=words.depth, keep=kept, tail=tail))
                return
            self._short += text
            text = self._parse(found)

    def _env(self, source: str | None = None) -> dict[str, Any]:
        """What reading needs to know. `source` is what may go on at its end, as a formula does."""
        env: dict[str, Any] = {"sources": self.sources, "references": dict(self._references)}
        if source is not None:
            env["open"] = source.count("\n") + (not source.endswith("\n"))
        return env

    def _parse(self, found: list[Patch]) -> str:
        """Read the open blocks again; returns what is to be read as code."""
        self._words = None
        lines, partial = self._short.count("\n"), self._short.rpartition("\n")[2]
        sure = bool(_SURE.match(partial[:_LINE]))
        source = self._short
        if partial and not sure and len(partial) < _LINE and _UNSAID.match(partial):
            source = source[: len(source) - len(partial)]
        env = self._env(source)
        groups = blocks_of(reader.parse(source, env))
        if len(env["references"]) > len(self._references):
            self._late = True
        if not groups:
            self._hide(0, found)
            return ""
        last = groups[-1]
        begin, end = _lines(last)
        if len(groups) > 1 and begin < lines + sure and _settled(last, lines):
            cut = _above(source, begin, _lines(groups[-2])[1])
            self._learn(env, cut)
            rest = self._short.split("\n", cut)[-1]
            ready = None if self._parted else groups[:-1]
            self._finish(self._source[: len(self._source) - len(rest)], rest, found, ready)
            return self._parse(found)
        if len(groups) == 1 and begin < lines and _open_fence(last, source, lines):
            return self._open_code(last, source, found)
        more = partial[len(partial.rstrip(" \t")) :] if end > lines else ""
        for number, group in enumerate(groups):
            shown = self._look(number, group, env, lines + sure, more if group is last else "")
            self._put(number, shown, found)
        self._hide(len(groups), found)
        if sure and end > lines:
            self._words = self._shown[-1].words
        return ""

    def _learn(self, env: dict[str, Any], cut: int) -> None:
        """Keep the links that were defined in lines before `cut`."""
        for name, value in env["references"].items():
            if name not in self._references and value["map"][1] <= cut:
                self._references[name] = value

    def _finish(
        self, source: str, rest: str, found: list[Patch], groups: list[list[Token]] | None = None
    ) -> None:
        """The blocks of `source` are complete; `rest` goes on."""
        env = self._env()
        if groups is None:
            groups = blocks_of(reader.parse(source, env))
            if len(env["references"]) > len(self._references):
                self._late = True
                self._learn(env, source.count("\n") + 1)
        for number, group in enumerate(groups):
            html = written(group, env)
            if number >= len(self._shown) or self._shown[number].html != html:
                found.append(Patch(block=len(self.done), open=html))
            self.done.append(html)
        del self._shown[: len(groups)]
        if self._shown and not rest.strip():
            self._hide(0, found)
        self._source = self._short = rest
        self._loose = self._parted = False
        self._code = self._words = None

    def _put(self, number: int, shown: Block, found: list[Patch]) -> None:
        """Show the open block with that number in this way."""
        block = len(self.done) + number
        if number < len(self._shown):
            old, self._shown[number] = self._shown[number], shown
            if shown.same(old):
                return
            change = shown.since(old)
            if change is not None:
                at, kept, tail, inner = change
                found.append(Patch(block=block, at=at, keep=kept, tail=tail, inner=inner))
                return
        else:
            self._shown.append(shown)
        found.append(Patch(block=block, open=shown.shell, tail=shown.tail, inner=shown.inner))

    def _hide(self, count: int, found: list[Patch]) -> None:
        if len(self._shown) > count:
            del self._shown[count:]
            found.append(Patch(block=len(self.done) + count, drop=True))

    # -- the kinds of blocks ----------------------------------------------------------------------

    def _look(
        self, number: int, group: list[Token], env: dict[str, Any], sure: int, more: str
    ) -> Block:
        """What an open block looks like. Lines before `sure` stay what they are."""
        old = self._shown[number] if number < len(self._shown) else None
        kind = group[0].type
        if number == 0 and kind in ("bullet_list_open", "ordered_list_open"):
            shown = self._list(group, env, sure, more)
        elif number == 0 and kind == "table_open" and (self._parted or growth.rows_of(group)):
            shown = self._table(group, env, sure)
        else:
            shown = growth.worded(group, env, more)
        if shown.words is not None:
            shown.words.follow(old.words if old is not None else None)
            shown.words.grow("", env)
        return shown

    def _list(self, group: list[Token], env: dict[str, Any], sure: int, more: str) -> Block:
        """A list: items that are followed by another one are finished."""
        loose = any(t.level == 2 and t.type == "paragraph_open" and not t.hidden for t in group)
        if loose and self._parted and not self._loose:
            self._parted, self._short = False, self._source
            group = blocks_of(reader.parse(self._source, env))[0]
        self._loose = self._loose or loose
        for token in group:
            if self._loose and token.level == 2 and token.type.startswith("paragraph_"):
                token.hidden = False
        kept = self._shown[0].kept if self._parted else ""
        items = growth.items_of(group)
        first = len(items) - 1
        begin = (group[items[first][0]].map or [0])[0]
        if begin >= sure:
            first = 0
        shown = growth.listed(group, env, kept, first, more)
        if first:
            self._parted, self._short = True, self._short.split("\n", begin)[-1]
        return shown

    def _table(self, group: list[Token], env: dict[str, Any], sure: int) -> Block:
        """A table: rows that are followed by a line break are finished."""
        kept = self._shown[0].kept if self._parted else ""
        rows = [(group[begin].map or [0])[0] for begin, _ in growth.rows_of(group)]
        lines = self._short.count("\n")
        first = sum(row < lines for row in rows)
        shown = growth.tabled(group, env, kept, first)
        if first:
            begin = _lines(group)[0]
            head = self._short.split("\n")[begin : begin + 2]
            rest = self._short.split("\n", rows[first - 1] + 1)[-1]
            self._parted, self._short = True, "\n".join([*head, rest])
        return shown

    # -- listings ---------------------------------------------------------------------------------

    def _open_code(self, group: list[Token], source: str, found: list[Patch]) -> str:
        """A listing begins; returns its lines so far."""
        token = group[0]
        language = listing.named(token.info)
        before, _, after = markup.framed(language, "\n\n").partition("\n\n")
        begin = _lines(group)[0]
        head, rest = "\n".join(self._short.split("\n", begin + 1)[: begin + 1]) + "\n", ""
        rest = self._short[len(head) :]
        self._source = self._source[: len(self._source) - len(rest)]
        self._short = ""
        indent = len(head.split("\n")[begin]) - len(head.split("\n")[begin].lstrip(" "))
        self._code = (token.markup, indent, listing.Growing(language))
        self._put(0, Block(before, "", "", after), found)
        return rest

    def _more_code(self, text: str, found: list[Patch]) -> str:
        """More lines of a listing; returns what stands behind it. The line that is open waits in
        `_short`."""
        assert self._code is not None
        fence, indent, growing = self._code
        self._source += text
        text = self._short + text
        whole: list[str] = []
        at = 0
        while (end := text.find("\n", at)) >= 0:
            line, at = text[at:end], end + 1
            if _closes(line, fence):
                rest = text[at:]
                self._short = ""
                self._add_code(whole, "", found)
                source = self._source[: len(self._source) - len(rest)]
                self._finish(source, "", found)
                return rest
            whole.append(_unindent(line, indent) + "\n")
        self._short = text[at:]
        shown = "" if _closing(self._short, fence) else _unindent(self._short, indent)
        self._add_code(whole, growing.line(shown) if not whole else shown, found)
        return ""

    def _add_code(self, lines: list[str], last: str, found: list[Patch]) -> None:
        assert self._code is not None
        growing = self._code[2]
        shown = self._shown[0]
        kept = growing.lines("".join(lines)) if lines else ""
        tail = growing.line(last) if lines else last
        if kept or tail != shown.rest:
            shown.kept += kept
            shown.rest = tail
            found.append(Patch(block=len(self.done), keep=kept, tail=tail))

    # -- what is too long -------------------------------------------------------------------------

    def _too_much(self, text: str, found: list[Patch]) -> None:
        """The rest of the message is shown as it is."""
        whole = markup.normal(self.text)[: self._size]
        head, rest = markup.halves(whole)
        before = len(whole) - len(text) - len(self._source)
        self._finish(head[before:], "", found)
        self._plain = []
        self._more_plain(rest, found)

    def _more_plain(self, text: str, found: list[Patch]) -> None:
        """More of what is shown as it is. Line breaks wait for what follows them."""
        assert self._plain is not None
        text = self._short + text
        if not self._plain:
            text = text.lstrip("\n")
        self._short = text[len(text.rstrip()) :]
        text = text.rstrip()
        if not text:
            return
        shown = markup.shown(text)
        if not self._plain:
            before, _, after = markup.plain("\ue000").partition("\ue000")
            self._put(0, Block(before, shown, "", after), found)
        else:
            found.append(Patch(block=len(self.done), keep=shown))
        self._plain.append(shown)


def _lines(group: list[Token]) -> tuple[int, int]:
    """The lines of a block: the first, and the one after the last."""
    begin, end = group[0].map or (0, 0)
    return begin, end


def _settled(group: list[Token], lines: int) -> bool:
    """Whether the block before this one has ended for good: what is a table, or a formula, shows
    later than in its first line."""
    if group[0].type == "table_open":
        return _lines(group)[0] + 1 < lines
    if group[0].type == "formula_block":
        return _lines(group)[1] <= lines and not group[0].meta["open"]
    return True


def _above(source: str, begin: int, end: int) -> int:
    """The line where a block is cut off from what stands before it: definitions of links directly
    above it may go on in it."""
    above = source.split("\n", begin)[:begin]
    while begin > end and above[begin - 1].strip():
        begin -= 1
    return begin


def _open_fence(group: list[Token], source: str, lines: int) -> bool:
    """Whether a block is a listing whose end has not come."""
    token = group[0]
    if token.type != "fence":
        return False
    begin = _lines(group)[0]
    inside = source.split("\n")[begin + 1 : lines]
    return not any(_closes(line, token.markup) for line in inside)


def _closes(line: str, fence: str) -> bool:
    found = _FENCE.match(line)
    return found is not None and found[1].startswith(fence)


def _closing(line: str, fence: str) -> bool:
    """Whether a line that is not complete may be the end of a listing."""
    found = _MAYBE_FENCE.match(line)
    return found is not None and line.strip()[0] == fence[0]


def _unindent(line: str, indent: int) -> str:
    return line[min(indent, len(line) - len(line.lstrip(" "))) :]
