"""Looks for what is wrong in an answer before a person sees it."""

from musespark.agent import Agent

critic = Agent(
    name="critic",
    description="Checks an answer against the question and the evidence.",
    instructions=(
        "You check an answer against its question and its notes. Look for wrong facts, wrong "
        "arithmetic, missed conditions, claims without support. Report only real problems, each "
        "in one sentence; an answer without any is fine."
    ),
    tools=("calculate", "convert", "dates", "times"),
    tier="deep",
)
