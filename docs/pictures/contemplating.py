"""Draws contemplating.svg: `musespark ask` on a pseudo-terminal, its model played by a script.

    uv run python docs/pictures/contemplating.py

The picture is the screen at the moment when two of the four agents have ended.
"""

from __future__ import annotations

import json
import os
import pty
import re
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
import fake_model

COLUMNS = 100
QUESTION = "How should a forum of 50,000 members keep its talk friendly?"
TASKS = {
    "Rules and a team of moderators": "Clear, short rules that members helped to write are kept "
    "most often. Teams of about one moderator for 2,000 members keep up.",
    "Automatic filters and their limits": "Filters stop most spam within a second, but read irony "
    "and quotes as insults; people should decide what is doubtful, and soon.",
    "Reputation and reports by members": "Reports by trusted members are right far more often; "
    "weigh them by how often earlier ones held, and tell the reporter what came of it.",
    "Newcomers and how they settle in": "A welcome by name and a first task keep newcomers; most "
    "quarrels begin in a member's first week, before the habits of the place are known to them.",
}


class Player(fake_model.Handler):
    """Plans the four tasks and does each, the later ones slower."""

    def answer(self, body: dict[str, Any]) -> None:
        asked = json.dumps(body["messages"])
        number = next((n for n, task in enumerate(TASKS) if f"Task: {task}" in asked), None)
        if body.get("response_format"):
            tasks = [
                {"agent": "researcher", "objective": t, "output": "notes", "bounds": "be brief"}
                for t in TASKS
            ]
            text, pause = json.dumps({"kind": "breadth", "tasks": tasks}), 0.01
        else:
            text = list(TASKS.values())[number] if number is not None else fake_model.TEXT
            pause = 0.06 + 0.03 * (number or 0)
        for place, word in enumerate(text.split(" ")):
            time.sleep(pause)
            self.send({"content": word if not place else f" {word}"})
        self.data({"choices": [{"delta": {}, "finish_reason": "stop"}]})
        self.wfile.write(b"data: [DONE]\n\n")


def screen(output: str) -> list[str]:
    """The lines that stand on the screen, with their colours."""
    lines, row, fresh = [""], 0, True
    for piece in re.findall(r"\x1b\[\d*[AJK]|\n|\r|(?:\x1b\[[\d;]*m|[^\x1b\r\n])+", output):
        if piece == "\n":
            row, fresh = row + 1, True
            lines += [""] * (row + 1 - len(lines))
        elif piece.endswith("A") and piece.startswith("\x1b"):
            row, fresh = row - int(piece[2:-1]), True
        elif piece.endswith("J") and piece.startswith("\x1b"):
            del lines[row:]
            lines.append("")
        elif piece != "\r" and not piece.endswith("K"):
            lines[row] = piece if fresh else lines[row] + piece
            fresh = False
    return lines


def record(server: fake_model.Server) -> list[str]:
    """Run it and take the screen once two agents have ended."""
    process, terminal = pty.fork()
    if process == 0:
        more = {"MUSESPARK_DEEP_URL": server.url, "COLUMNS": str(COLUMNS), "LINES": "30"}
        command = ["-m", "musespark", "ask", "--no-keep", "--mode", "contemplating", QUESTION]
        os.execve(sys.executable, [sys.executable, *command], os.environ | more)  # noqa: S606
    output, shot = "", []
    while True:
        try:
            output += os.read(terminal, 65536).decode()
        except OSError:
            break
        lines = screen(output)
        if not shot and sum("done" in line for line in lines) == 2:
            shot = lines
    os.waitpid(process, 0)
    return shot


def main() -> None:
    fake_model.Handler = Player  # type: ignore[misc]
    with fake_model.Server() as server:
        server.names = ["scripted"]
        lines = record(server)
        server.shutdown()
    with open(os.devnull, "w") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True)
        console.print(Text.from_ansi(f'$ musespark ask --mode contemplating "{QUESTION}"'))
        for line in lines:
            console.print(Text.from_ansi(line), no_wrap=True, crop=True)
        target = Path(__file__).with_suffix(".svg")
        svg = console.export_svg(title="musespark", unique_id="musespark")
        # The picture stands alone: the fonts of the page that shows it, none from elsewhere.
        target.write_text(re.sub(r"@font-face \{.*?\}\n", "", svg, flags=re.DOTALL))


if __name__ == "__main__":
    main()
