"""Start an AG-UI run, hang up, and follow it again from where it was: python examples/follow.py"""

import asyncio
import json
import sys
import uuid
from collections.abc import AsyncIterator
from typing import Any

import aiohttp

URL = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8765"


async def events(reply: aiohttp.ClientResponse) -> AsyncIterator[tuple[int, dict[str, Any]]]:
    """The events of a stream with their numbers."""
    number = 0
    async for line in reply.content:
        if line.startswith(b"id: "):
            number = int(line[4:])
        elif line.startswith(b"data: "):
            yield number, json.loads(line[6:])


async def main() -> None:
    run = f"run-{uuid.uuid4().hex}"
    body = {
        "threadId": f"thread-{uuid.uuid4().hex}",
        "runId": run,
        "messages": [{"id": "1", "role": "user", "content": "Compare three harbours for a visit."}],
        "forwardedProps": {"musespark": {"mode": "contemplating", "insist": True}},
    }
    async with aiohttp.ClientSession() as session:
        seen = 0
        async with session.post(f"{URL}/agui", json=body) as reply:
            async for number, event in events(reply):
                print(number, event["type"])
                seen = number
                if number == 5:
                    break  # the client goes away; a contemplating run goes on
        headers = {"Last-Event-ID": str(seen)}
        async with session.get(f"{URL}/v1/runs/{run}/events", headers=headers) as reply:
            async for number, event in events(reply):
                words = event.get("delta", "") if "subagentRunId" not in event else ""
                print(number, event["type"], words)


asyncio.run(main())
