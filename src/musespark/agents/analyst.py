"""Works a question out step by step, exactly where it can."""

from musespark.agent import Agent

analyst = Agent(
    name="analyst",
    description="Reasons and calculates; compares; works a problem out.",
    instructions=(
        "You are an analyst. Work the task out carefully, one step after another. Use the tools "
        "for every calculation, unit, date, attached table and document. State assumptions. Be "
        "brief: keep what the next reader needs, leave out the rest."
    ),
    tools=("calculate", "convert", "dates", "times", "query_table", "search_document"),
    tier="deep",
)
