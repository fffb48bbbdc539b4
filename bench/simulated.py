"""A simulated model with a known skill, and a clock that costs no time.

It implements the Model contract inside the process, so the modes run as they are. It sees what a
model would see, the request, and knows besides a hidden skill: for every question of
`gsm8k/test-first-300.jsonl` a chance of being right. What it assumes:

- Skill. The chance of a question is drawn from Beta(a, b) with the mean asked for and a + b =
  `spread` (1: many questions are easy or hopeless, few lie between, as pass rates of real models
  do; 2 and above: more of them lie between, which is harder for any vote).
- Wrong answers. Each question has 12 of its own (a step too few, a step's result, twice, half, a
  hundred times, one off), met in proportion to 1 / rank^s with s from .6 to 1.4; with one question
  in four a single wrong answer takes 60 % of all errors, so that voting can be wrong for good.
- Independence. Samples with different seeds are independent; the same seed gives the same sample,
  whatever wraps the question, so modes are compared on common random numbers. A call without a
  seed is independent of all others. No wording makes it better or shorter: asking for brevity
  earns nothing here, though it does with real models.
- Length. Log-normal around 200 tokens, longer for hard questions (x 1.25 at chance 0, x 0.8 at 1),
  spread .2 between questions and .3 between samples of one. A token is four characters.
- Time. .3 s to the first token, then 10 ms a token, x a log-normal of spread .15.
- Failures. 3 % fall silent (until the deadline, or `SILENCE` seconds, as the client would), 2 %
  break off. They hit anywhere in the text.
- Form. 10 % of the drafts ignore the line "Answer: …" and end in a sentence; numbers are written
  as "18", "$18", "18.00", "**18**", "18 units". 10 % of what should be JSON is broken.
- Steps. Easy questions are planned without steps, others with two or three; findings neither help
  nor harm the draft after them.
- Notes. A refinement sees the answers in its notes with their counts; with .7 it follows the most
  frequent, else it samples anew. Comparing two candidates it takes the right one, if exactly one
  is right, with .6. A critic finds a wrong answer with half the question's chance, and sees a
  mistake in one right answer of ten.

The `Meter` counts what was really written, also by calls that were hung up: every token up to that
moment, by the clock.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import re
import selectors
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from fractions import Fraction
from pathlib import Path
from typing import Any

from msgspec import Struct

from musespark.message import Usage
from musespark.model import Card, Chunk, Request
from musespark.problem import Problem
from musespark.short import INSTRUCTION, normal

SILENCE = 120.0  # seconds, as the client's default
FIRST, PACE = 0.3, 0.010  # seconds to the first token, and for each
PIECES = 6  # chunks that an answer comes in
WORDS = (
    "First take what is given and write it down, then see what has to be found and which of the "
    "amounts belong together. Work them out one after another and keep the units in mind. "
)
FILLER = WORDS * 40


# -- the questions ------------------------------------------------------------------------------


class Question(Struct):
    """A question, its gold answer in normal form, the chance of being right, what errors look
    like with their weights, and the usual length in tokens."""

    text: str
    gold: str
    chance: float
    wrong: list[str]
    weights: list[float]
    length: float
    number: int


def data_folder(given: str | None = None) -> Path:
    """The folder with the public data sets: given, MUSESPARK_BENCH_DATA, or ../shared/data."""
    own = Path(__file__).resolve().parents[2] / "shared" / "data"
    return Path(given or os.environ.get("MUSESPARK_BENCH_DATA") or own)


def questions(
    folder: Path, mean: float, seed: int, spread: float = 1.0, only: slice = slice(None)
) -> list[Question]:
    """The questions with skills and errors drawn for this mean accuracy and seed."""
    lines = (folder / "gsm8k" / "test-first-300.jsonl").read_text("utf-8").splitlines()
    found = []
    for number, line in list(enumerate(lines))[only]:
        row = json.loads(line)
        dice = _dice("question", mean, seed, number)
        gold = normal(row["answer"].rpartition("####")[2])
        chance = dice.betavariate(mean * spread, (1 - mean) * spread)
        wrong = _errors(gold, row["answer"], dice)
        skew = dice.uniform(0.6, 1.4)
        weights = [1 / rank**skew for rank in range(1, len(wrong) + 1)]
        total = sum(weights)
        weights = [w / total for w in weights]
        if dice.random() < 0.25:
            weights = [0.4 * w for w in weights]
            weights[0] += 0.6
        length = 200 * 1.25 ** (1 - 2 * chance) * dice.lognormvariate(0, 0.2)
        found.append(Question(row["question"], gold, chance, wrong, weights, length, number))
    return found


def _errors(gold: str, solution: str, dice: random.Random, count: int = 12) -> list[str]:
    """Wrong answers as people and models give them."""
    right = Fraction(gold)
    steps = [Fraction(normal(n)) for n in re.findall(r"=([\d.]+)>>", solution)]
    found = [step for step in reversed(steps) if step != right]
    found += [right * 2, right / 2, right + 1, right - 1, right * 100, right + 10, right * 10]
    found += [right + s for s in steps] + [right - s for s in steps if s != right]
    for near in range(2, 40):
        found += [right + near, right - near]
    unique = [f for f in dict.fromkeys(found) if f != right and f > 0]
    likely = unique[: count + 4]
    dice.shuffle(likely)
    return [str(f) for f in likely[:count]]


def _dice(*key: object) -> random.Random:
    digest = hashlib.blake2b(repr(key).encode(), digest_size=8).digest()
    return random.Random(int.from_bytes(digest))


# -- the model ----------------------------------------------------------------------------------


class Meter(Struct):
    """What was used: calls by how they ended, and tokens read and written."""

    calls: int = 0
    finished: int = 0
    hung_up: int = 0
    broke: int = 0
    silent: int = 0
    input: int = 0
    output: int = 0

    @property
    def total(self) -> int:
        return self.input + self.output


class Skill(Struct):
    """The hidden side of the model: its questions, how often it fails, and the seed of it all."""

    questions: dict[str, Question]
    seed: int = 0
    silent: float = 0.03
    breaks: float = 0.02
    formless: float = 0.10
    broken_json: float = 0.10


class SimulatedModel:
    """One turn's connection to the model; `meter` counts what it used."""

    def __init__(self, skill: Skill, meter: Meter | None = None, key: object = "") -> None:
        self.card = Card(name="simulated", where="this process", context=128_000)
        self.skill, self.meter, self._key = skill, meter or Meter(), key
        self._calls = 0

    async def close(self) -> None:
        """Nothing to let go."""

    async def stream(self, request: Request) -> AsyncIterator[Chunk]:
        """The answer in a few pieces, at the model's pace. Raises Problem as a client would."""
        self._calls += 1
        dice = _dice(self.skill.seed, self._key, self._calls)
        text, tokens = self._say(request, dice)
        read = sum(len(m.text) // 4 + 4 for m in request.messages)
        read += sum(len(str(tool.parameters)) // 4 for tool in request.tools)
        pace = PACE * dice.lognormvariate(0, 0.15)
        fate, at = self._fate(dice)
        meter = self.meter
        meter.calls += 1
        meter.input += read
        started, ended = time.monotonic(), False
        size = -(-len(text) // PIECES)
        try:
            await self._wait(FIRST, request)
            for place in range(PIECES):
                if fate and place == at:
                    ended = True
                    meter.output += tokens * place // PIECES
                    await self._fail(fate, request)
                await self._wait(pace * tokens / PIECES, request)
                yield Chunk(text=text[place * size : (place + 1) * size])
            ended = True
            meter.finished += 1
            meter.output += tokens
            yield Chunk(finish="stop", usage=Usage(read, tokens, calls=1))
        finally:
            if not ended:
                meter.hung_up += 1
                passed = time.monotonic() - started - FIRST
                meter.output += min(max(int(passed / pace), 0), tokens)

    def _fate(self, dice: random.Random) -> tuple[str, int]:
        chance, at = dice.random(), dice.randrange(PIECES)
        if chance < self.skill.silent:
            return "silent", at
        if chance < self.skill.silent + self.skill.breaks:
            return "breaks", at
        return "", 0

    async def _fail(self, fate: str, request: Request) -> None:
        if fate == "breaks":
            self.meter.broke += 1
            raise Problem("model_cut_off", "The simulated model broke off.", status=502)
        self.meter.silent += 1
        left = SILENCE
        if request.deadline is not None:
            left = min(left, max(request.deadline - time.monotonic(), 0))
        await asyncio.sleep(left)
        raise Problem("model_silent", "The simulated model fell silent.", status=504)

    async def _wait(self, seconds: float, request: Request) -> None:
        left = seconds
        if request.deadline is not None:
            left = min(left, max(request.deadline - time.monotonic(), 0))
        await asyncio.sleep(left)
        if left < seconds:
            raise Problem("model_silent", "The deadline has passed.", status=504)

    # -- what it says: decided by the words of the request alone --------------------------------

    def _say(self, request: Request, dice: random.Random) -> tuple[str, int]:
        asked = request.messages[-1].text
        question = self._question(request)
        if question is None:
            return FILLER[:400], 100
        if request.schema is not None:
            return self._json(request, question, asked, dice)
        if "Distil these drafts" in asked:
            return _workspace(asked)
        if "Compress these notes" in asked:
            return FILLER[:1200], 300
        if "Do only this step now:" in asked:
            length = max(int(question.length * 0.3 * dice.lognormvariate(0, 0.3)), 10)
            return FILLER[: 4 * length], length
        if "Compare the two" in asked:
            return self._compared(question, asked, dice)
        if "Notes from earlier drafts:" in asked:
            return self._refined(question, asked, dice)
        if "Answer again." in asked:
            return self._worked(question, asked, dice, dice)
        sample = dice
        if request.seed is not None:
            sample = _dice(self.skill.seed, "sample", question.number, request.seed)
        return self._worked(question, asked, sample, dice)

    def _question(self, request: Request) -> Question | None:
        """The question that the request is about: the words stand in its last message."""
        asked = request.messages[-1].text
        found = self.skill.questions.get(asked) or self.skill.questions.get(
            asked.removesuffix(INSTRUCTION).strip()
        )
        if found is not None:
            return found
        return next((q for text, q in self.skill.questions.items() if text in asked), None)

    def _sample(self, question: Question, dice: random.Random) -> str:
        if dice.random() < question.chance:
            return question.gold
        return dice.choices(question.wrong, question.weights)[0]

    def _worked(
        self, question: Question, asked: str, sample: random.Random, dice: random.Random
    ) -> tuple[str, int]:
        answer = self._sample(question, sample)
        length = max(int(question.length * sample.lognormvariate(0, 0.3)), 20)
        return self._written(answer, length, asked, dice), length

    def _written(self, answer: str, length: int, asked: str, dice: random.Random) -> str:
        """A worked answer of `length` tokens, in one of the forms that models use."""
        shown = _shown(answer, dice)
        marked = INSTRUCTION in asked and dice.random() >= self.skill.formless
        end = f"\nAnswer: {shown}" if marked else f"\nSo the answer is {shown}."
        return FILLER[: max(4 * length - len(end), 4)].rstrip() + end

    def _json(
        self, request: Request, question: Question, asked: str, dice: random.Random
    ) -> tuple[str, int]:
        fields = (request.schema or {}).get("properties", {})
        said: dict[str, Any] = {}
        if "kind" in fields:
            said = {"kind": "single", "tasks": []}
        elif "steps" in fields:
            many = 0 if question.chance > 0.7 else dice.choice((2, 2, 3))
            said = {"steps": [f"Work out part {n} of it." for n in range(1, many + 1)]}
        elif "fine" in fields:
            right = _last_number(asked.partition("Answer:")[2]) == question.gold
            alarm = 0.1 if right else question.chance / 2
            found = dice.random() < alarm
            said = {"fine": not found, "problems": ["A step is wrong."] if found else []}
        text = json.dumps(said)
        if dice.random() < self.skill.broken_json:
            text = text[: len(text) * 2 // 3]
        return text, max(len(text) // 4, 1)

    def _refined(self, question: Question, asked: str, dice: random.Random) -> tuple[str, int]:
        votes = re.findall(r"^- (\S+) in (\d+) ", asked, re.MULTILINE)
        if votes and dice.random() < 0.7:
            answer = max(votes, key=lambda vote: int(vote[1]))[0]
        else:
            answer = self._sample(question, dice)
        length = max(int(question.length * dice.lognormvariate(0, 0.3)), 20)
        return self._written(answer, length, asked, dice), length

    def _compared(self, question: Question, asked: str, dice: random.Random) -> tuple[str, int]:
        given = [_last_number(text) for text in re.split(r"Candidate \d:", asked)[1:]]
        given = [g for g in given if g] or [self._sample(question, dice)]
        right = [g for g in given if g == question.gold]
        wrong = [g for g in given if g != question.gold]
        answer = given[0]
        if right and wrong:
            answer = right[0] if dice.random() < 0.6 else wrong[0]
        return self._written(answer, 120, INSTRUCTION, dice), 120


def _shown(answer: str, dice: random.Random) -> str:
    value = Fraction(answer)
    plain = f"{value.numerator:,}" if value.denominator == 1 else f"{float(value):.10g}"
    if Fraction(plain.replace(",", "")) != value:
        return answer
    forms = (plain, plain, f"${plain}", f"**{plain}**", f"{plain} units")
    return dice.choice(forms)


def _last_number(text: str) -> str:
    found = re.findall(r"\d[\d,]*(?:\.\d+)?(?:/\d+)?", text.partition("Compare the two")[0])
    return normal(found[-1]) if found else ""


def _workspace(asked: str) -> tuple[str, int]:
    """Notes over drafts: which answer stands in how many."""
    drafts = asked.partition("\n\nDistil these drafts")[0].split("Draft:\n")[1:]
    votes = Counter(found for draft in drafts if (found := _last_number(draft)))
    lines = [f"- {answer} in {n} drafts" for answer, n in votes.most_common()]
    text = "Agreed\n" + FILLER[:300] + "\nDisputed\n" + "\n".join(lines) + "\nOpen\n- nothing"
    return text, len(text) // 4


# -- a clock that costs no time -------------------------------------------------------------------


class _Hurried(selectors.DefaultSelector):  # type: ignore[misc,valid-type]
    """Instead of waiting, moves the clock on."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0

    def select(self, timeout: float | None = None) -> Any:
        if timeout is not None and timeout > 0:
            self.now += timeout
            timeout = 0
        return super().select(timeout)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose sleeps take no time and whose clock says they did."""

    def __init__(self) -> None:
        self._hurried = _Hurried()
        super().__init__(self._hurried)

    def time(self) -> float:
        return self._hurried.now


def run_virtually(work: Coroutine[Any, Any, Any]) -> Any:
    """Run to the end on the virtual clock; `time.monotonic` tells it meanwhile."""
    real = time.monotonic
    loop = VirtualLoop()
    time.monotonic = loop.time
    try:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            return runner.run(work)
    finally:
        time.monotonic = real
