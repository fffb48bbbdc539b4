"""A process to be killed: it contemplates on what it remembers, and logs what its model is shown.

python recalling.py HOME LOG RUN [take-up]
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from musespark import event as ev
from musespark.engine import Engine
from musespark.message import say
from musespark.model import Request
from musespark.scripted import Reply, ScriptedModel
from musespark.settings import read

home, log, run = sys.argv[1:4]
taking_up = len(sys.argv) > 4
QUESTION = "Which of the names of my boats fits best, and why?"
TASKS = [
    {"agent": "analyst", "objective": f"part {n}", "output": "a line", "bounds": "none"}
    for n in range(1, 4)
]


def script(request: Request) -> object:
    shown = " ".join(
        [message.text for message in request.messages]
        + [document.text for message in request.messages for document in message.documents]
    )
    names = [name for name in ("Albatross", "Bittern") if name in shown]
    with Path(log).open("a") as file:
        file.write(" ".join(["plan" if request.schema is not None else "work", *names]) + "\n")
    if request.schema is not None:
        return {"kind": "breadth", "tasks": TASKS, "fine": True, "problems": []}
    slow = not taking_up and "part 3" in shown
    return Reply(text=f"It is the {' or '.join(names) or 'boat'}. " * 4, delay=9.0 if slow else 0.0)


async def main() -> None:
    model = ScriptedModel(script, repeat=True)
    settings = read({"MUSESPARK_HOME": home})
    engine = await Engine.open(settings, models=lambda tier: model, watch=taking_up)
    if taking_up:
        events = engine.runs.follow("owner", run)
    else:
        turn = await engine.turn([say("user", QUESTION)], run=run, mode="contemplating")
        events = (await engine.start(turn)).follow()
    async for number, event in events:
        print(number, ev.encode(event).decode(), flush=True)
    await asyncio.sleep(0.2)
    await engine.close()


asyncio.run(main())
