"""How long a question about a long PDF takes: from the file to the first words of the answer, the
next question, and reading the file again.

    python bench/documents.py [--pages 300] [--times 3] [--out FILE]

look      from the bytes to pages, outline, tables and places, nothing kept before
answer    from the bytes to the first words of an answer that quotes the right page
second    the next question over the same document, until a model would be asked
search    one call of search_document
again     the same file looked at again, from memory; and from disk
sense_mb  the most memory that the child took

The PDF is made here: chapters, sections, five paragraphs a page, a table on every 25th, and one
sentence with the answer. The model is scripted: what is measured is everything before it.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import random
import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from musespark import looking, plugins, searching
from musespark.event import TextDelta
from musespark.looking import look
from musespark.message import Part, say
from musespark.model import Card
from musespark.person import Person
from musespark.scripted import ScriptedModel
from musespark.turn import Turn

QUESTION = "When does the warranty of the Zephyr 40 end?"
ANSWER = "The warranty of the Zephyr 40 ends after 27 months, unless the pump was opened."
SECOND = "Which town is the northern workshop in?"
TOWN = "The northern workshop stands in Kiel, next to the old harbour."
WORDS = """
machine pump valve filter motor housing pressure water heat noise test report part tool engine
service plan cost price month year value range limit order number station cellar roof wall worker
manager visitor garden road bridge harbour ship train letter paper colour sound light
"""


def made(pages: int) -> bytes:
    """A PDF with the two answers at two thirds and at one third of it."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Table

    dice, styles, out = random.Random(1), getSampleStyleSheet(), io.BytesIO()
    known = WORDS.split()

    def words(count: int) -> str:
        return " ".join(dice.choice(known) for _ in range(count))

    def sentence() -> str:
        return f"{words(dice.randint(8, 20)).capitalize()}."

    flow: list[Any] = []
    for page in range(1, pages + 1):
        if page % 10 == 1:
            flow.append(Paragraph(f"Chapter {page // 10 + 1}: {words(3)}", styles["Heading1"]))
        flow.append(Paragraph(f"Section {page}, {words(3)}", styles["Heading2"]))
        for _ in range(5):
            text = " ".join(sentence() for _ in range(5))
            flow.append(Paragraph(text, styles["BodyText"]))
        if page in (pages * 2 // 3, pages // 3):
            flow.append(Paragraph(ANSWER if page > pages // 2 else TOWN, styles["BodyText"]))
        if page % 25 == 0:
            rows = [[dice.choice(known), str(dice.randint(1, 99))] for _ in range(6)]
            flow.append(Table([["item", "price"], *rows]))
        flow.append(PageBreak())
    SimpleDocTemplate(out, pagesize=A4, invariant=True).build(flow)
    return out.getvalue()


async def first_words(parts: tuple[Part, ...], question: str) -> tuple[float, str]:
    """Seconds until the first words of an answer, and the answer."""
    model = ScriptedModel(["It says so."], card=Card(name="small", weak=True), repeat=True)
    turn = Turn(person=Person(), messages=[say("user", question, *parts)], models=lambda _: model)
    start, first = time.perf_counter(), 0.0
    async for event in plugins.load("modes", "instant")(turn):
        if not first and isinstance(event, TextDelta):
            first = time.perf_counter() - start
    return first, turn.answer


async def once(data: bytes, pages: int) -> dict[str, float]:
    """The figures of one run with nothing kept before."""
    looking._memory.clear()
    searching._kept.clear()
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        seen = await look(data, "report.pdf", Path(folder))
        found["look_s"] = time.perf_counter() - start
        took, answer = await first_words(seen.parts, QUESTION)
        found["answer_s"] = found["look_s"] + took
        assert ANSWER in answer, answer
        assert f"page {pages * 2 // 3} " in answer, answer
        took, answer = await first_words(seen.parts, SECOND)
        found["second_s"] = took
        assert TOWN in answer, answer
        turn = Turn(person=Person(), messages=[say("user", SECOND, *seen.parts)],
                    models=lambda _: ScriptedModel([]))  # fmt: skip
        start = time.perf_counter()
        await plugins.load("tools", "search_document").call({"query": QUESTION}, turn)
        found["search_s"] = time.perf_counter() - start
        start = time.perf_counter()
        await look(data, "report.pdf", Path(folder))
        found["again_memory_s"] = time.perf_counter() - start
        looking._memory.clear()
        start = time.perf_counter()
        await look(data, "report.pdf", Path(folder))
        found["again_disk_s"] = time.perf_counter() - start
    return found


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    reader.add_argument("--pages", type=int, default=300)
    reader.add_argument("--times", type=int, default=3)
    reader.add_argument("--out", type=Path)
    args = reader.parse_args()
    data = made(args.pages)
    asyncio.run(first_words((), "Hello"))  # what is loaded once
    runs = [asyncio.run(once(data, args.pages)) for _ in range(args.times)]
    figures = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    figures["sense_mb"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    figures |= {"pages": args.pages, "pdf_mb": len(data) / 1e6}
    for name, value in figures.items():
        print(f"{name:16}{value:10.4f}")
    if args.out:
        args.out.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
