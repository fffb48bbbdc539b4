"""A process to be killed: it contemplates with a slow scripted model and logs each model call.

python interrupted.py HOME LOG RUN [take-up]
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from musespark import event as ev
from musespark.engine import Engine
from musespark.message import say
from musespark.model import Request
from musespark.scripted import Reply, ScriptedModel, call
from musespark.settings import read

home, log, run = sys.argv[1:4]
TASKS = [
    {"agent": "analyst", "objective": f"part {n}", "output": "a line", "bounds": "none"}
    for n in range(1, 5)
]


def note(what: str) -> None:
    with Path(log).open("a") as file:
        file.write(f"{time.time():.3f} {what}\n")


def script(request: Request) -> object:
    asked = request.messages[-1].text
    question = next(m.text for m in request.messages if m.role == "user")
    if request.schema is not None:
        note("plan")
        return {"kind": "breadth", "tasks": TASKS}
    if "Write the answer" in asked:
        note("writer")
        return Reply(text="the whole answer in one long line of many words " * 4, delay=0.1)
    part = question.split("Task: ")[1].split("\n")[0]
    if request.messages[-1].role == "tool":
        note(f"second {part}")
        slow = part in ("part 3", "part 4")
        return Reply(text=f"report of {part} " * 10, delay=2.0 if slow else 0.05)
    note(f"first {part}")
    return call("calculate", {"expression": "6 * 7"}, delay=0.05)


async def main() -> None:
    model = ScriptedModel(script, pause=0.01)
    settings = read({"MUSESPARK_HOME": home})
    taking_up = len(sys.argv) > 4
    engine = await Engine.open(settings, models=lambda tier: model, watch=taking_up)
    if taking_up:
        print("open", flush=True)
        async for number, event in engine.runs.follow("owner", run):
            print(number, ev.encode(event).decode(), flush=True)
        await asyncio.sleep(0.2)
    else:
        turn = await engine.turn(
            [say("user", "Compare four things")], run=run, mode="contemplating"
        )
        live = await engine.start(turn)
        async for number, event in live.follow():
            print(number, ev.encode(event).decode(), flush=True)
    await engine.close()


asyncio.run(main())
