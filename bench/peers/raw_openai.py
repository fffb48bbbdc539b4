"""The raw openai client: its own types, no framework above it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

sys.path.pop(0)  # the names in this folder hide the packages that they measure
sys.path.append(str(Path(__file__).parents[1]))

from loop import TASKS, Peer, main
from openai import AsyncOpenAI, DefaultAioHttpClient, DefaultAsyncHttpxClient

TOOL: Any = {
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


class RawOpenai(Peer):
    """One client, on aiohttp as its README advises for many calls at once; httpx streams faster."""

    package = "openai"

    def __init__(self, url: str, model: str) -> None:
        super().__init__(url, model)
        transport = DefaultAsyncHttpxClient() if self.streams else DefaultAioHttpClient()
        self.client = AsyncOpenAI(base_url=f"{url}/v1", api_key="none", http_client=transport)

    async def turn(self, question: str) -> str:
        found = await self.client.chat.completions.create(
            model=self.model, messages=[{"role": "user", "content": question}]
        )
        return found.choices[0].message.content or ""

    async def stream(self, question: str) -> AsyncIterator[str]:
        chunks = await self.client.chat.completions.create(
            model=self.model, messages=[{"role": "user", "content": question}], stream=True
        )
        async for chunk in chunks:
            if chunk.choices and chunk.choices[0].delta.content:
                yield chunk.choices[0].delta.content

    async def agent(self, task: str) -> str:
        """An agent's own small loop: call, run the tool, call again."""
        messages: list[Any] = [{"role": "user", "content": task}]
        while True:
            found = await self.client.chat.completions.create(
                model=self.model, messages=messages, tools=[TOOL]
            )
            message = found.choices[0].message
            if not message.tool_calls:
                return message.content or ""
            messages.append(message)
            for call in message.tool_calls:
                if call.type == "function":
                    words = await look_up(**json.loads(call.function.arguments))
                    messages.append({"role": "tool", "tool_call_id": call.id, "content": words})

    async def fanout(self, question: str) -> str:
        plan = await self.turn(question)
        notes = await asyncio.gather(*(self.agent(f"{task}: {plan}") for task in TASKS))
        return await self.turn("\n".join([question, *notes]))

    async def close(self) -> None:
        await self.client.close()


if __name__ == "__main__":
    main(RawOpenai)
