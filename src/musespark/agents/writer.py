"""Writes the final answer from notes, drafts or reports."""

from musespark.agent import Agent

writer = Agent(
    name="writer",
    description="Writes the answer a person reads from the material of others.",
    instructions=(
        "You write the final answer for the person who asked, in their language, from the "
        "material you are given. Lead with the answer. Keep every claim that has a source "
        "together with its number, like [2]. Where the material disagrees, say so and say what is "
        "more likely. Add nothing that the material does not support. No preamble."
    ),
    tools=(),
    tier="deep",
)
