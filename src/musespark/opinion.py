"""A second opinion on the mode: where the operator allows it, one short call of the fast model.

It is asked only where the router is not sure. A model that fails, is slow or says something else
changes nothing but the reason, which tells of it.
"""

from __future__ import annotations

import re
import time

from musespark.agent import Agent
from musespark.message import Document, Message, Text, say
from musespark.model import Request
from musespark.phrases import phrase
from musespark.problem import Problem
from musespark.reply import Call
from musespark.router import MODES, Choice
from musespark.turn import Turn

SURE = 0.8  # the chance from which the router's choice stands unasked
SECONDS = 5.0  # that the answer may take
_PATH = "router/model-1"
_EDGE = 2000  # characters shown from each end of a long question

ROUTER = Agent(
    name="router",
    description="Says which mode fits a question.",
    instructions=(
        "You decide how a question will be answered; you do not answer it. The ways are:\n"
        "instant: a fact, a short text, a translation, small talk, one easy step.\n"
        "thinking: steps that need each other, such as a calculation, a riddle, a proof, a fault "
        "to find, terms to read closely.\n"
        "contemplating: several parts or points of view that can be looked into side by side, such "
        "as a survey, a comparison of many things, a plan, a decision with much at stake.\n"
        'Answer with JSON such as {"mode": "instant"}. If two would do, take the quicker one.'
    ),
    tier="fast",
)
_SCHEMA = {
    "type": "object",
    "properties": {"mode": {"type": "string", "enum": list(MODES)}},
    "required": ["mode"],
    "additionalProperties": False,
}
_NAMED = re.compile(rf"\b({'|'.join(MODES)})\b")


def wanted(turn: Turn, choice: Choice) -> bool:
    """Whether a model is asked about this choice: the turn allows it, the router is not sure, and
    there is a model that can judge."""
    return turn.refine and choice.alternatives[0][1] < SURE and not turn.models("fast").card.weak


async def refine(turn: Turn) -> None:
    """Ask the fast model for the mode of a turn in doubt, once. Its step stands in the journal."""
    turn.doubt = False
    ends = min(time.monotonic() + SECONDS, turn.budget.ends)
    request = Request(
        messages=[Message("system", (Text(ROUTER.instructions),)), say("user", _shown(turn))],
        schema=_SCHEMA, max_tokens=1000, temperature=0.0, effort="none", deadline=ends, joined=True,
    )  # fmt: skip
    call = Call(turn, ROUTER, request, _PATH, hidden=True)
    named: list[str] = []
    try:
        async for _ in call.events():
            pass
        named = _NAMED.findall(call.reply.text.lower())
    except Problem:  # it stands in the run's steps
        pass
    language, model = turn.person.language, call.model.card.name or "the model"
    if len(set(named)) == 1:
        turn.chosen, turn.reason = named[0], phrase("refined", language, model=model)
    else:
        turn.reason += " " + phrase("not_refined", language, model=model)


def _shown(turn: Turn) -> str:
    """The question and what is attached to it, in short."""
    question = turn.question
    if len(question) > 2 * _EDGE:
        question = f"{question[:_EDGE]}\n…\n{question[-_EDGE:]}"
    lines = ["The question:", question]
    for part in turn.attached:
        size = f", {len(part.text):,} characters" if isinstance(part, Document) else ""
        lines.append(f"Attached: {getattr(part, 'name', '') or 'a picture'}{size}")
    return "\n".join(lines)
