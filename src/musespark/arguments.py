"""Arguments of the command line: a parser whose errors say what was meant, and kinds of numbers."""

from __future__ import annotations

import argparse
import sys
from typing import NoReturn


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
