"""An answer's Markdown set for a terminal while it streams: written once, never redrawn."""

from __future__ import annotations

import re
from collections.abc import Callable

from musespark.terminal import WIDEST, Terminal, cells, clean, fold

_FENCE = re.compile(r"\s*(```|~~~)")
_MAY_BE_FENCE = re.compile(r"\s*(?:`{1,2}|~{1,2})$|\s*(?:```|~~~)")
_MARKERS = re.compile(r"(\*\*|`|\*)")


class Plain:
    """The answer for a pipe or a file: the words as they are, ending in a line break."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write, self._last, self.wrote = write, "\n", False

    def feed(self, text: str) -> None:
        text = clean(text)
        if not self.wrote:
            text = text.lstrip("\n")
        if text:
            self._write(text)
            self._last, self.wrote = text[-1], True

    def pause(self) -> None:
        """End the line: something else is about to be written."""
        if self._last != "\n":
            self._write("\n")
            self._last = "\n"

    end = pause


class Prose:
    """The answer for a person: words wrapped at their ends; headings, lists, quotes, code, tables
    and emphasis shown as such.

    A word is written once the blank after it has come. `style(text, *names)` colours; `width` is
    in columns.
    """

    def __init__(self, write: Callable[[str], None], width: int, style: Callable[..., str]) -> None:
        self._write, self._width, self._style = write, width, style
        self._rest = ""  # of the current line, not yet written
        self._indent, self._start = "", 0  # of its further lines on the screen, and its columns
        self._column, self._gap = 0, False
        self._begun = False  # whether the current line's kind is known
        self._fence = ""
        self._table: list[list[str]] = []
        self._on: dict[str, bool] = {}
        self._styles: tuple[str, ...] = ()
        self._blank = True  # an empty line stands above, or nothing
        self.wrote = False

    def feed(self, text: str) -> None:
        """More of the answer."""
        self._rest += clean(text)
        while "\n" in self._rest:
            line, _, after = self._rest.partition("\n")
            self._rest = line
            self._finish()
            self._rest = after
        if self._fence or (not self._begun and _MAY_BE_FENCE.match(self._rest)):
            return
        if not self._begun and not self._begin(whole=False):
            return
        self._words(whole=False)

    def pause(self) -> None:
        """End the line: something else is about to be written."""
        if self._rest or self._begun:
            self._finish()
        self._flush_table()

    end = pause

    def _finish(self) -> None:
        """The current line is complete."""
        line = self._rest
        if (mark := _FENCE.match(line)) and not self._begun:
            if not self._fence:
                self._fence = mark[1]
            elif mark[1] == self._fence:
                self._fence = ""
            self._rest = ""
            return
        if self._fence:
            self._put(f"    {self._style(line, 'cyan')}\n")
        elif not self._begun and line.lstrip().startswith("|"):
            row = [cell.strip() for cell in line.strip().strip("|").split("|")]
            self._table.append(row)
        elif not line.strip() and not self._begun:
            self._flush_table()
            if not self._blank:
                self._put("\n")
                self._blank = True
        else:
            if self._begun or self._begin(whole=True):
                self._words(whole=True)
            self._put("\n")
        self._rest, self._column, self._begun = "", 0, False
        self._on, self._styles = {}, ()

    def _begin(self, *, whole: bool) -> bool:
        """Find out what kind of line this is; False while too little of it has come."""
        text = self._rest.lstrip(" ")
        if text.startswith("|") and not whole:
            return False
        first, blank, after = text.partition(" ")
        if not text or not (blank or whole):
            return False
        self._flush_table()
        lead = " " * min(len(self._rest) - len(text), 12)
        mark = indent = lead
        if re.fullmatch(r"#{1,6}", first) and blank:
            self._styles, text = ("bold",), after
        elif first in ("-", "*", "+") and blank:
            mark, text = f"{lead}• ", after
        elif re.fullmatch(r"\d{1,3}[.)]", first) and blank:
            mark, text = f"{lead}{first} ", after
        elif first.startswith(">"):
            mark = indent = self._style("│ ", "dim")
            text = text[1:].lstrip(" ")
        elif whole and re.fullmatch(r"(?:-{3,}|\*{3,}|_{3,})", text.strip()):
            mark, text = self._style("···", "dim"), ""
        quoted = mark is indent and mark != lead
        self._start = self._column = 2 if quoted else cells(mark)
        self._indent = indent if quoted else " " * self._start
        self._rest, self._begun, self._gap = text, True, False
        self._put(mark)
        return True

    def _words(self, *, whole: bool) -> None:
        """Write the words that are complete."""
        text = self._rest
        end = len(text) if whole else text.rfind(" ") + 1
        if not whole and not text.isascii():
            end = max(end, _after_wide(text))
        for piece in re.findall(r" +|[^ ]+", text[:end]):
            for part in _parts(piece):
                self._word(part)
        self._rest = text[end:]

    def _word(self, word: str) -> None:
        if word.isspace():
            self._gap = self._column > self._start
            return
        shown, runs = self._inline(word)
        size, gap = cells(shown), int(self._gap)
        if self._column + gap + size > self._width and self._column > self._start:
            self._put(f"\n{self._indent}")
            self._column, gap = self._start, 0
        text = "".join(self._style(part, *styles) for part, styles in runs)
        self._put(" " * gap + text)
        self._column += gap + size
        self._gap = False

    def _inline(self, word: str) -> tuple[str, list[tuple[str, tuple[str, ...]]]]:
        """The word without its marks, and its parts with their styles."""
        runs: list[tuple[str, tuple[str, ...]]] = []
        position = 0
        pieces = _MARKERS.split(word)
        for number, piece in enumerate(pieces):
            mark = number % 2 == 1
            before = word[position - 1] if position else " "
            position += len(piece)
            after = word[position] if position < len(word) else " "
            if mark and self._toggle(piece, before, after):
                continue
            if piece:
                runs.append((piece, self._now()))
        return "".join(text for text, _ in runs), runs

    def _toggle(self, mark: str, before: str, after: str) -> bool:
        """Whether the mark opens or closes an emphasis, as Markdown's rules roughly go."""
        on = self._on.get(mark, False)
        if self._on.get("`") and mark != "`":
            return False
        if on:
            good = mark == "`" or before != " "
        else:
            good = after != " " and (mark != "*" or not before.isalnum())
        if good:
            self._on[mark] = not on
        return good

    def _now(self) -> tuple[str, ...]:
        names = {"**": "bold", "*": "italic", "`": "cyan"}
        found = (*self._styles, *(names[mark] for mark, on in self._on.items() if on))
        return tuple(dict.fromkeys(found))

    def _flush_table(self) -> None:
        """The rows of a table, aligned; a rule below the first where Markdown has one."""
        table, self._table = self._table, []
        if not table:
            return
        most = max(map(len, table))
        table = [[_bare(cell) for cell in row] + [""] * (most - len(row)) for row in table]
        rule = len(table) > 1 and all(re.fullmatch(r":?-+:?", c) for c in table[1] if c)
        if rule:
            del table[1]
        sizes = [max(cells(row[n]) for row in table) for n in range(most)]
        wide = sum(sizes) + 2 * (most - 1) > self._width
        for number, row in enumerate(table):
            if wide:  # does not fit as a table: each row runs on below itself
                lines = fold(" | ".join(row), self._width, "", "    ")
            else:
                padded = zip(row, sizes, strict=True)
                lines = ["  ".join(c + " " * (size - cells(c)) for c, size in padded).rstrip()]
            head = number == 0 and rule
            for line in lines:
                self._put((self._style(line, "bold") if head else line) + "\n")

    def _put(self, text: str) -> None:
        self._write(text)
        self.wrote = True
        if text.strip():
            self._blank = False


def _bare(cell: str) -> str:
    return re.sub(r"\*\*|`", "", cell)


def _after_wide(text: str) -> int:
    """The place after the last wide character: scripts without blanks break anywhere."""
    for place in range(len(text), 0, -1):
        if cells(text[place - 1]) == 2:
            return place
    return 0


def _parts(piece: str) -> list[str]:
    """A word, or each wide character of it alone."""
    if piece.isascii():
        return [piece]
    parts: list[str] = []
    for character in piece:
        if parts and cells(character) != 2 and cells(parts[-1][-1]) != 2:
            parts[-1] += character
        else:
            parts.append(character)
    return parts


def writer(terminal: Terminal) -> Plain | Prose:
    """How an answer is written to standard output: set for a person, or left as it is."""
    if not terminal.out_live:
        return Plain(terminal.write)

    def style(text: str, *names: str) -> str:
        return terminal.style(text, *names, out=True)

    return Prose(terminal.write, min(terminal.width - 1, WIDEST), style)
