"""langgraph: a graph for a turn, `Send` and `create_agent` for the fan-out, SQLite saved."""

from __future__ import annotations

import operator
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any, TypedDict

sys.path.pop(0)  # the names in this folder hide the packages that they measure
sys.path.append(str(Path(__file__).parents[1]))

from langchain.agents import create_agent
from langchain_openai import ChatOpenAI
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import Durability, Send
from loop import TASKS, Peer, main
from openai import DefaultAioHttpClient, DefaultAsyncHttpxClient
from pydantic import SecretStr


async def look_up(word: str) -> str:
    """Look a word up."""
    return f"{word}: twice a day"


class Fan(TypedDict):
    """The state of a fan-out."""

    question: str
    plan: str
    notes: Annotated[list[str], operator.add]
    answer: str


class Task(TypedDict):
    """What one agent of it gets."""

    task: str


class Langgraph(Peer):
    """The graphs are compiled once; the one that is stored when it is first asked for."""

    package = "langgraph"

    def __init__(self, url: str, model: str) -> None:
        super().__init__(url, model)
        self.transport = DefaultAsyncHttpxClient() if self.streams else DefaultAioHttpClient()
        self.chat = ChatOpenAI(
            model=model,
            base_url=f"{url}/v1",
            api_key=SecretStr("none"),
            http_async_client=self.transport,
            stream_chunk_timeout=None,
        )
        self.graph: Any = self.one_call().compile()
        self.agent: Any = create_agent(self.chat, [look_up])
        self.fan: Any = self.fan_graph().compile()
        self.opening: Any = None
        self.saver: AsyncSqliteSaver | None = None
        self.folder = tempfile.TemporaryDirectory()

    def one_call(self) -> StateGraph[Any, Any, Any, Any]:
        """A graph of one node that calls the model."""

        async def call(state: MessagesState) -> dict[str, Any]:
            return {"messages": [await self.chat.ainvoke(state["messages"])]}

        graph = StateGraph(MessagesState)
        graph.add_node("call", call)
        graph.add_edge(START, "call")
        graph.add_edge("call", END)
        return graph

    def fan_graph(self) -> StateGraph[Any, Any, Any, Any]:
        """Its orchestrator and workers: a planner, agents sent to at once, an aggregator."""

        async def plan(state: Fan) -> dict[str, Any]:
            return {"plan": (await self.chat.ainvoke(state["question"])).text}

        def send(state: Fan) -> list[Send]:
            return [Send("agent", {"task": f"{task}: {state['plan']}"}) for task in TASKS]

        async def agent(state: Task) -> dict[str, Any]:
            asked = {"messages": [{"role": "user", "content": state["task"]}]}
            return {"notes": [(await self.agent.ainvoke(asked))["messages"][-1].text]}

        async def aggregate(state: Fan) -> dict[str, Any]:
            asked = "\n".join([state["question"], *state["notes"]])
            return {"answer": (await self.chat.ainvoke(asked)).text}

        graph = StateGraph(Fan)
        graph.add_node("plan", plan)
        graph.add_node("agent", agent, input_schema=Task)
        graph.add_node("aggregate", aggregate)
        graph.add_edge(START, "plan")
        graph.add_conditional_edges("plan", send, ["agent"])
        graph.add_edge("agent", "aggregate")
        graph.add_edge("aggregate", END)
        return graph

    async def turn(self, question: str) -> str:
        found = await self.graph.ainvoke({"messages": [{"role": "user", "content": question}]})
        return str(found["messages"][-1].text)

    async def stream(self, question: str) -> AsyncIterator[str]:
        asked = {"messages": [{"role": "user", "content": question}]}
        async for chunk, _ in self.graph.astream(asked, stream_mode="messages"):
            if chunk.text:
                yield chunk.text

    async def fanout(self, question: str) -> str:
        return str((await self.fan.ainvoke({"question": question, "notes": []}))["answer"])

    async def stored(self, question: str, thread: str, durability: Durability = "async") -> str:
        if self.saver is None:
            self.opening = AsyncSqliteSaver.from_conn_string(f"{self.folder.name}/saved.db")
            self.saver = await self.opening.__aenter__()
            self.graph = self.one_call().compile(checkpointer=self.saver)
        asked = {"messages": [{"role": "user", "content": question}]}
        config = {"configurable": {"thread_id": thread}}
        found = await self.graph.ainvoke(asked, config, durability=durability)
        return str(found["messages"][-1].text)

    async def stored_at_end(self, question: str, thread: str) -> str:
        return await self.stored(question, thread, "exit")

    async def close(self) -> None:
        if self.opening:
            await self.opening.__aexit__(None, None, None)
        self.folder.cleanup()
        await self.transport.aclose()


if __name__ == "__main__":
    main(Langgraph)
