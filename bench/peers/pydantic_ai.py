"""pydantic-ai: its Agent, run by `run` and `run_stream`, no instrumentation."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

sys.path.pop(0)  # the names in this folder hide the packages that they measure
sys.path.append(str(Path(__file__).parents[1]))

from loop import TASKS, Peer, main
from openai import AsyncOpenAI, DefaultAioHttpClient, DefaultAsyncHttpxClient
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider


async def look_up(word: str) -> str:
    """Look a word up."""
    return f"{word}: twice a day"


class PydanticAi(Peer):
    """Two agents: one that writes, one with a tool."""

    package = "pydantic-ai-slim"

    def __init__(self, url: str, model: str) -> None:
        super().__init__(url, model)
        transport = DefaultAsyncHttpxClient() if self.streams else DefaultAioHttpClient()
        self.client = AsyncOpenAI(base_url=f"{url}/v1", api_key="none", http_client=transport)
        chat = OpenAIChatModel(model, provider=OpenAIProvider(openai_client=self.client))
        self.writer = Agent(chat)
        self.agent = Agent(chat, tools=[look_up])

    async def ask(self, agent: Agent, question: str) -> str:
        """The words of one run."""
        return (await agent.run(question)).output

    async def turn(self, question: str) -> str:
        return await self.ask(self.writer, question)

    async def stream(self, question: str) -> AsyncIterator[str]:
        async with self.writer.run_stream(question) as run:
            async for piece in run.stream_text(delta=True, debounce_by=None):
                yield piece

    async def fanout(self, question: str) -> str:
        plan = await self.ask(self.writer, question)
        notes = await asyncio.gather(*(self.ask(self.agent, f"{task}: {plan}") for task in TASKS))
        return await self.ask(self.writer, "\n".join([question, *notes]))

    async def close(self) -> None:
        await self.client.close()


if __name__ == "__main__":
    main(PydanticAi)
