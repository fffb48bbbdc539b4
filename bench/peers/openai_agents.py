"""openai-agents: its Agent, run by `Runner`, tracing off."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

sys.path.pop(0)  # the names in this folder hide the packages that they measure
sys.path.append(str(Path(__file__).parents[1]))

from agents import (
    Agent,
    OpenAIChatCompletionsModel,
    Runner,
    function_tool,
    set_tracing_disabled,
)
from loop import TASKS, Peer, main
from openai import AsyncOpenAI, DefaultAioHttpClient, DefaultAsyncHttpxClient


@function_tool
async def look_up(word: str) -> str:
    """Look a word up."""
    return f"{word}: twice a day"


class OpenaiAgents(Peer):
    """Two agents: one that writes, one with a tool."""

    package = "openai-agents"

    def __init__(self, url: str, model: str) -> None:
        super().__init__(url, model)
        set_tracing_disabled(True)
        transport = DefaultAsyncHttpxClient() if self.streams else DefaultAioHttpClient()
        self.client = AsyncOpenAI(base_url=f"{url}/v1", api_key="none", http_client=transport)
        chat = OpenAIChatCompletionsModel(model, self.client)
        self.writer = Agent(name="writer", model=chat)
        self.agent = Agent(name="agent", model=chat, tools=[look_up])

    async def ask(self, agent: Agent, question: str) -> str:
        """The words of one run."""
        return str((await Runner.run(agent, question)).final_output)

    async def turn(self, question: str) -> str:
        return await self.ask(self.writer, question)

    async def stream(self, question: str) -> AsyncIterator[str]:
        async for event in Runner.run_streamed(self.writer, question).stream_events():
            raw = event.data if event.type == "raw_response_event" else None
            if raw and raw.type == "response.output_text.delta":
                yield raw.delta

    async def fanout(self, question: str) -> str:
        plan = await self.ask(self.writer, question)
        notes = await asyncio.gather(*(self.ask(self.agent, f"{task}: {plan}") for task in TASKS))
        return await self.ask(self.writer, "\n".join([question, *notes]))

    async def close(self) -> None:
        await self.client.close()


if __name__ == "__main__":
    main(OpenaiAgents)
