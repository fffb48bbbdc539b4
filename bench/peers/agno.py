"""agno: its Agent, run by `arun`, telemetry off."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

sys.path.pop(0)  # the names in this folder hide the packages that they measure
sys.path.append(str(Path(__file__).parents[1]))

from agno.agent import Agent, RunContentEvent
from agno.models.openai import OpenAIChat
from loop import TASKS, Peer, main
from openai import AsyncOpenAI, DefaultAioHttpClient, DefaultAsyncHttpxClient


async def look_up(word: str) -> str:
    """Look a word up."""
    return f"{word}: twice a day"


class Agno(Peer):
    """Two agents made once, as its documents advise: one that writes, one with a tool."""

    package = "agno"

    def __init__(self, url: str, model: str) -> None:
        super().__init__(url, model)
        transport = DefaultAsyncHttpxClient() if self.streams else DefaultAioHttpClient()
        self.client = AsyncOpenAI(base_url=f"{url}/v1", api_key="none", http_client=transport)
        chat = OpenAIChat(id=model, async_client=self.client)  # it would refuse the transport
        self.writer = Agent(model=chat, telemetry=False)
        self.agent = Agent(model=chat, tools=[look_up], telemetry=False)

    async def ask(self, agent: Agent, question: str) -> str:
        """The words of one run."""
        return str((await agent.arun(question)).content)

    async def turn(self, question: str) -> str:
        return await self.ask(self.writer, question)

    async def stream(self, question: str) -> AsyncIterator[str]:
        async for event in self.writer.arun(question, stream=True):
            if isinstance(event, RunContentEvent) and event.content:
                yield event.content

    async def fanout(self, question: str) -> str:
        plan = await self.ask(self.writer, question)
        notes = await asyncio.gather(*(self.ask(self.agent, f"{task}: {plan}") for task in TASKS))
        return await self.ask(self.writer, "\n".join([question, *notes]))

    async def close(self) -> None:
        await self.client.close()


if __name__ == "__main__":
    main(Agno)
