"""Raw aiohttp, the limit: no more than the requests and their JSON."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

sys.path.pop(0)  # the names in this folder hide the packages that they measure
sys.path.append(str(Path(__file__).parents[1]))

import aiohttp
from loop import TASKS, Peer, main

Json = dict[str, Any]
TOOL: Json = {
    "type": "function",
    "function": {
        "name": "look_up",
        "description": "Look a word up.",
        "parameters": {
            "type": "object",
            "properties": {"word": {"type": "string"}},
            "required": ["word"],
        },
    },
}


async def look_up(word: str) -> str:
    """Look a word up."""
    return f"{word}: twice a day"


class RawAiohttp(Peer):
    """One session, unlimited connections."""

    package = "aiohttp"

    def __init__(self, url: str, model: str) -> None:
        super().__init__(url, model)
        self.address = f"{url}/v1/chat/completions"
        self.session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def call(self, messages: list[Json], **more: Any) -> Json:
        """One model call: the message it gives."""
        body = {"model": self.model, "messages": messages, **more}
        async with self.session.post(self.address, json=body) as reply:
            value = json.loads(await reply.read())
        message: Json = value["choices"][0]["message"]
        return message

    async def turn(self, question: str) -> str:
        message = await self.call([{"role": "user", "content": question}])
        return str(message["content"])

    async def stream(self, question: str) -> AsyncIterator[str]:
        messages = [{"role": "user", "content": question}]
        body = {"model": self.model, "messages": messages, "stream": True}
        rest = b""
        async with self.session.post(self.address, json=body) as reply:
            async for data in reply.content.iter_any():
                *events, rest = (rest + data).split(b"\n\n")
                for each in events:
                    if each == b"data: [DONE]":
                        return
                    delta = json.loads(each[6:])["choices"][0]["delta"]
                    if delta.get("content"):
                        yield delta["content"]

    async def agent(self, task: str) -> str:
        """An agent's own small loop: call, run the tool, call again."""
        messages: list[Json] = [{"role": "user", "content": task}]
        while True:
            message = await self.call(messages, tools=[TOOL])
            if not message.get("tool_calls"):
                return str(message["content"])
            messages.append(message)
            for call in message["tool_calls"]:
                found = await look_up(**json.loads(call["function"]["arguments"]))
                messages.append({"role": "tool", "tool_call_id": call["id"], "content": found})

    async def fanout(self, question: str) -> str:
        plan = await self.turn(question)
        notes = await asyncio.gather(*(self.agent(f"{task}: {plan}") for task in TASKS))
        return await self.turn("\n".join([question, *notes]))

    async def close(self) -> None:
        await self.session.close()


if __name__ == "__main__":
    main(RawAiohttp)
