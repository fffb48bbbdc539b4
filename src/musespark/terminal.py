"""The terminal: answers go to standard output, everything said about them to standard error.

Where no person looks on (a pipe, a file) it is plain text without control codes. It is written by
hand, not with a library: the first word should not wait for one.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TextIO

from musespark.problem import Problem

WIDEST = 100  # columns of running text; longer lines are hard to read

_STYLES = {"bold": "1", "dim": "2", "italic": "3", "under": "4"} | {
    "red": "31", "green": "32", "yellow": "33", "cyan": "36"
}  # fmt: skip
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_PLAIN_MARKS = str.maketrans(
    {"·": "|", "…": "~", "•": "*", "│": "|", "→": ">", "–": "-", "’": "'", "“": '"', "”": '"'}
)


def clean(text: str) -> str:
    """The text without control characters: a model's words, or a page's, must not be able to move
    the cursor, hide lines or answer for the person."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\t", "    "))


def cells(text: str) -> int:
    """How many columns the text takes: two for wide characters, none for combining ones."""
    if text.isascii():
        return len(text)
    return sum(_cell(character) for character in text)


def _cell(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Cf", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def clip(text: str, width: int) -> str:
    """At most `width` columns of the text's first line, with a sign where something was cut."""
    line = text.partition("\n")[0] if "\n" in text else text
    if cells(line) <= width and line == text:
        return text
    kept, used = [], 0
    for character in line:
        used += _cell(character)
        if used > max(width - 1, 0):
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…"


def fold(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """The text in lines of at most `width` columns, the first after `first`, others after `rest`;
    a longer word has a line of its own."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line, used, empty = (rest if lines else first), cells(rest if lines else first), True
        for word in paragraph.split():
            size = cells(word)
            if not empty and used + 1 + size > width:
                lines.append(line)
                line, used, empty = rest, cells(rest), True
            line += word if empty else f" {word}"
            used += size + (not empty)
            empty = False
        lines.append(line.rstrip())
    return lines


class Terminal:
    """Both streams, how wide they are, and whether they show colour and may be redrawn."""

    def __init__(self, out: TextIO | None = None, err: TextIO | None = None) -> None:
        self.out, self.err = out or sys.stdout, err or sys.stderr
        capable = os.environ.get("TERM", "") != "dumb" and _windows_ready()
        self.out_live = capable and _tty(self.out)
        self.err_live = capable and _tty(self.err)
        self.colour = "NO_COLOR" not in os.environ
        self.quiet = False
        self._drawn = 0
        self._plain = {stream: not _speaks(stream, "·…→") for stream in (self.out, self.err)}
        for stream in (self.out, self.err):
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure is not None:
                reconfigure(errors="replace")

    @property
    def width(self) -> int:
        return max(shutil.get_terminal_size((80, 24)).columns, 20)

    @property
    def height(self) -> int:
        return max(shutil.get_terminal_size((80, 24)).lines, 4)

    def style(self, text: str, *names: str, out: bool = False) -> str:
        """The text in that style, where the stream shows colour."""
        shown = self.colour and (self.out_live if out else self.err_live)
        if not names or not text or not shown:
            return text
        return f"\x1b[{';'.join(_STYLES[name] for name in names)}m{text}\x1b[0m"

    def write(self, text: str) -> None:
        """To standard output, as it is, at once."""
        self.erase()
        self.out.write(text.translate(_PLAIN_MARKS) if self._plain[self.out] else text)
        self.out.flush()

    def line(self, text: str = "") -> None:
        """A line to standard output."""
        self.write(text + "\n")

    def tell(self, text: str, *styles: str, first: str = "", rest: str | None = None) -> None:
        """Lines about the answer, to standard error; nothing when quiet."""
        if self.quiet:
            return
        self._tell(text, *styles, first=first, rest=rest)

    def _tell(self, text: str, *styles: str, first: str = "", rest: str | None = None) -> None:
        self.erase()
        rest = first if rest is None else rest
        wide = min(self.width, WIDEST) if self.err_live else 10_000
        for line in fold(clean(text), wide, first, rest):
            self._err(self.style(line, *styles) + "\n")

    def err_line(self, text: str) -> None:
        """A line to standard error that is styled already."""
        self.erase()
        self._err(text + "\n")

    def problem(self, problem: Problem) -> None:
        """What happened, why, and what to do next, each on lines of its own; never hushed."""
        self.failure([problem.what, problem.why, problem.next])

    def failure(self, sentences: Iterable[str]) -> None:
        """The same, of sentences: the first is the one to see."""
        self.erase()
        label, wide = "Error: ", min(self.width, WIDEST) if self.err_live else 10_000
        lead = " " * len(label)
        for number, sentence in enumerate(s for s in sentences if s):
            lines = fold(clean(sentence), wide, lead, lead)
            if number == 0:
                lines[0] = self.style(label, "bold", "red") + lines[0][len(label) :]
            self._err("".join(f"{line}\n" for line in lines))

    def table(self, rows: Sequence[Sequence[str]], *, cut: bool = False) -> None:
        """Rows to standard output, aligned, the first as a head; the last column gives way."""
        width = self.width - 1 if self.out_live else 10_000
        lines = columns(rows, width, cut=cut)
        for number, line in enumerate(lines):
            self.line(self.style(line, "bold", out=True) if number == 0 else line)

    # -- the lines that are drawn over ------------------------------------------------------------

    def draw(self, lines: Sequence[str]) -> None:
        """Show these lines at the end, in place of the ones drawn before. One write, no blank in
        between: it does not flicker. Nothing where the stream cannot be redrawn."""
        if not self.err_live or self.quiet:
            return
        lines = lines[: self.height - 1]
        body = "".join(f"{line}\x1b[K\n" for line in lines)
        up = f"\x1b[{self._drawn}A" if self._drawn else ""
        self._err(f"\r{up}{body}\x1b[J")
        self._drawn = len(lines)

    def erase(self) -> None:
        """Take away what was drawn."""
        if self._drawn:
            self._err(f"\r\x1b[{self._drawn}A\x1b[J")
            self._drawn = 0

    def _err(self, text: str) -> None:
        self.err.write(text.translate(_PLAIN_MARKS) if self._plain[self.err] else text)
        self.err.flush()


def columns(
    rows: Sequence[Sequence[str]], width: int, stretch: int = -1, *, cut: bool = False
) -> list[str]:
    """Rows as aligned lines of at most `width` columns; the column `stretch` gives way: it runs on
    over further lines, or is cut with a sign."""
    if not rows:
        return []
    sizes = [max(cells(row[n]) for row in rows) for n in range(len(rows[0]))]
    stretch %= len(sizes)
    others = sum(sizes) - sizes[stretch] + 2 * (len(sizes) - 1)
    sizes[stretch] = max(min(sizes[stretch], width - others), 12)
    lines = []
    for row in rows:
        flexible = row[stretch]
        part = [clip(flexible, sizes[stretch])] if cut else fold(flexible, sizes[stretch])
        for number, piece in enumerate(part):
            line = ""
            for n, cell in enumerate(row):
                shown = piece if n == stretch else cell if number == 0 else ""
                line += shown + " " * (sizes[n] - cells(shown) + 2)
            lines.append(line.rstrip())
    return lines


def count(number: float, word: str) -> str:
    """`1 token`, `2,000 tokens`."""
    return f"{number:,.0f} {word}{'' if number == 1 else 's'}"


def seconds(value: float) -> str:
    """`0.04 s`, `3.2 s`, `2 min 5 s`."""
    if value >= 90:
        return f"{int(value // 60)} min {int(value % 60)} s"
    return f"{value:.2f} s" if value < 1 else f"{value:.1f} s"


def _tty(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


def _speaks(stream: TextIO, characters: str) -> bool:
    try:
        characters.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeError, LookupError):
        return False
    return True


def _windows_ready() -> bool:
    """Older consoles of Windows need to be told to read control codes."""
    if sys.platform != "win32":
        return True
    import ctypes

    kernel = ctypes.windll.kernel32
    mode, ready = ctypes.c_ulong(), False
    for number in (-11, -12):
        handle = kernel.GetStdHandle(number)
        if kernel.GetConsoleMode(handle, ctypes.byref(mode)):
            ready = bool(kernel.SetConsoleMode(handle, mode.value | 4)) or ready
    return ready
