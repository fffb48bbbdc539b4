"""A model that plays for the tests of pages: four agents, votes, steps, tables, formulas."""

from __future__ import annotations

import random
from typing import Any

import msgspec

from musespark.message import Usage
from musespark.model import Card, Request
from musespark.scripted import Reply, ScriptedModel

FRIENDLY = "How should a forum of 50,000 members keep its talk friendly?"
TASKS = {
    "Rules and a team of moderators": "Clear, short rules that members helped to write are kept "
    "most often [1]. Teams of about one moderator for 2,000 members keep up; fewer burn out.",
    "Automatic filters and their limits": "Filters stop most spam within a second, but read irony "
    "and quotes as insults. People should decide what is doubtful, and soon.",
    "Reputation and reports by members": "Reports by trusted members are right far more often. "
    "Weigh them by how often earlier ones held, and tell the reporter what came of it.",
    "Newcomers and how they settle in": "A welcome by name and a first task keep newcomers. Most "
    "quarrels begin in a member's first week, before the habits of the place are known to them.",
}
ANSWER = """Four things carry a friendly forum of that size, in this order:

1. **Short rules that members helped to write.** What people made themselves they keep.
2. **About one moderator for 2,000 members**, in teams, so that nobody decides alone.
3. **Filters for spam only.** They read irony and quotes as insults; people decide the rest.
4. **A first week that is guided.** Most quarrels begin there.

| measure | takes | shows after |
|---|---|---|
| rules written together | two weeks | a month |
| 25 moderators | a call for volunteers | at once |
| reports weighed by trust | a day of work | two weeks |

The agents disagreed on one point: whether reputation should be shown to everyone.
"""
TIDES = """The moon pulls on the near side of the Earth more than on its centre, and on the centre
more than on the far side. What is left over stretches the sea into two bulges, so most coasts see
**two high tides a day**, about 12 h 25 min apart.

The pull that does it falls with the cube of the distance:

$$a = \\frac{2 G M r}{d^3}$$

With the moon at 384,400 km that is about a ten-millionth of gravity:

```python
G, M, r, d = 6.674e-11, 7.35e22, 6.37e6, 3.844e8
print(2 * G * M * r / d**3)  # 1.1e-06 m/s²
```

The sun does the same with a little less than half the strength.
"""


async def play(request: Request) -> Reply:
    """Plans, does the four tasks, answers short questions, or explains the tides."""
    asked = "\n".join(message.text for message in request.messages)
    last = request.messages[-1].text
    used = Usage(input=len(asked) // 4, output=180, cost=0.0004)
    fields = (request.schema or {}).get("properties", {})
    if "kind" in fields:
        breadth = FRIENDLY in asked
        tasks = [
            {"agent": agent, "objective": task, "output": "notes", "bounds": "be brief"}
            for task, agent in zip(
                TASKS, ("researcher", "analyst", "critic", "writer"), strict=True
            )
        ]
        plan = {"kind": "breadth" if breadth else "single", "tasks": tasks if breadth else []}
        return Reply(text=msgspec.json.encode(plan).decode(), usage=used)
    if request.schema is not None:
        fine: dict[str, Any] = {"fine": True, "problems": []}
        fine["steps"] = ["Find what pulls", "Say why twice a day", "Put numbers to it"]
        return Reply(text=msgspec.json.encode(fine).decode(), usage=used)
    for task, words in TASKS.items():
        if f"Task: {task}" in last:
            return Reply(text=words, reasoning="What is known of it?", usage=used)
    if "Distil these drafts" in last:
        return Reply(text="## Agreed\n- Two bulges\n- Twice a day\n## Disputed\n- The sun's share\n"
                     "## Facts\n- 384,400 km\n## Open\n- Narrow bays", usage=used)  # fmt: skip
    if "bat and a ball" in asked:
        cents = 5 if random.random() < 0.7 else 10
        return Reply(text=f"The ball costs {cents} cents.\n\nAnswer: {cents}", usage=used)
    return Reply(text=ANSWER if FRIENDLY in asked else TIDES, usage=used,
                 reasoning="First the cause, then the numbers.")  # fmt: skip


def player(pause: float = 0.0) -> ScriptedModel:
    """The model, `pause` seconds between two words."""
    card = Card(name="Harbour 30B", where="this machine", tools=True, json_schema=True)
    return ScriptedModel(play, card=card, pause=pause)
