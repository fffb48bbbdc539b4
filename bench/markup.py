"""Markdown as HTML: how fast a whole text is read, and what each streamed token costs.

    python bench/markup.py [--rounds N] [--hostile] [--json FILE]

whole      MB of Markdown a second, at once
token      µs of one core for each token (four letters) of a stream, all updates made
worst      ms of one core for the longest single update, and the share of those over 2 ms
sent       bytes of patches as JSON over bytes of the final HTML
`--hostile` reads 100,000 letters of shapes that cost most: seconds whole, and streamed under the
limit of a fifth of the time that the pieces take to arrive (here: none, so that all is skipped that
may be).
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path

import msgspec

from musespark import patches
from musespark.markup import LONGEST, blocks
from musespark.patches import Stream

TOKEN = 4
ANSWER = """Great question! **Photosynthesis** is how plants turn light into chemical energy, in two
stages that depend on each other closely [1].

## The light reactions

In the *thylakoid membranes*, chlorophyll absorbs photons and passes electrons along a chain. This
pumps protons, which then flow back through **ATP synthase** and drive the production of `ATP`.
Water is split in the process, and oxygen is released as a by-product, which is what we breathe.

- **Photosystem II** absorbs light at 680 nm and splits water
- **Photosystem I** absorbs light at 700 nm and reduces NADP+
- The *cytochrome* complex links the two and pumps protons

The rate is about $v = \\frac{V_{max} [S]}{K_m + [S]}$, see [the notes](https://example.org/notes).

1. Carbon fixation: RuBisCO attaches CO2 to RuBP
2. Reduction: ATP and NADPH turn 3-PGA into G3P
3. Regeneration: most G3P goes back to RuBP

| stage | where | makes |
|---|---|---|
| light reactions | thylakoid | ATP, NADPH, oxygen |
| Calvin cycle | stroma | G3P |

```python
def rate(v_max: float, substrate: float, k_m: float) -> float:
    # Michaelis and Menten
    return v_max * substrate / (k_m + substrate)
```

The overall equation is simple: six molecules of carbon dioxide and six of water give one of glucose
and six of oxygen, provided that there is enough light and warmth for the enzymes to do their work.

"""
PROSE = ANSWER.partition("- **Photo")[0]
CODE = ANSWER.partition("```python\n")[2].partition("```")[0]
SHAPES = {
    "an answer": ANSWER * 10,
    "prose": PROSE * 30,
    "a list": "".join(f"- **item {n}** with a few words\n" for n in range(500)),
    "a table": "|a|b|c|\n|-|-|-|\n" + "".join(f"| {n} | two words | three |\n" for n in range(500)),
    "a listing": "```python\n" + CODE * 100 + "```\n",
    "one paragraph": "".join(f"word{n} and " for n in range(4000)),
    "one in signs": "".join(f"**word{n}** and `code`, " for n in range(1600)),
    "one in Chinese": "光合作用是植物把光能转化为化学能的过程，分为两个阶段。" * 400,
    "one of lines": "a line of words that is not very long\n" * 300,
    "a star, open": "*" + "word and " * 4000,
    "nested lists": "- a\n  - b\n    - c with words\n" * 300,
    "one item": "- " + "words of it\n  " * 400,
}
HOSTILE = [
    "[", "![", "*", "`", "$", "\\(", "<", "_a", "*a **a ", "[a](", "[1]", "$a ", "> ", "- ", "#\n",
    "|\n", "- a\n", "&", "https://", "```\n", "~~~\n", "[a]: b\n", "\\[\n", "a\\\n", "|a|\n|-|\n",
    "1. a\n", "\t", "![a](b)", "(", "{", "\n\n", "`a", "[^1]", "a\n=\n",
]  # fmt: skip


def whole(text: str) -> float:
    began = time.thread_time()
    blocks(text, (1,))
    return time.thread_time() - began


def streamed(text: str) -> tuple[list[float], int]:
    """Seconds of each update, and bytes sent."""
    stream, times, sent = Stream((1,)), [], 0
    for at in range(0, len(text), TOKEN):
        began = time.thread_time()
        found = stream.feed(text[at : at + TOKEN])
        times.append(time.thread_time() - began)
        sent += sum(len(msgspec.json.encode(patch)) for patch in found)
    began = time.thread_time()
    stream.close()
    times.append(time.thread_time() - began)
    return times, sent


def measure(rounds: int) -> dict[str, dict[str, float]]:
    patches.SHARE = 1e9  # every update is made
    table = {}
    for name, text in SHAPES.items():
        reads = statistics.median(whole(text) for _ in range(rounds))
        html = len("".join(blocks(text, (1,))).encode())
        runs = [streamed(text) for _ in range(rounds)]
        times = min((times for times, _ in runs), key=sum)
        table[name] = {
            "letters": len(text),
            "whole_mb_s": round(len(text.encode()) / 1e6 / reads, 2),
            "token_us": round(sum(times) / len(times) * 1e6, 1),
            "worst_ms": round(max(times) * 1e3, 2),
            "over_2_ms": round(sum(each > 0.002 for each in times) / len(times), 4),
            "sent": round(runs[0][1] / html, 1),
        }
    return table


def hostile() -> dict[str, dict[str, float]]:
    table = {}
    for shape in HOSTILE:
        text = shape * (LONGEST // len(shape))
        times, sent = streamed(text)
        table[repr(shape)] = {
            "whole_s": round(whole(text), 2),
            "streamed_s": round(sum(times), 2),
            "worst_ms": round(max(times) * 1e3),
            "sent_mb": round(sent / 1e6, 1),
        }
    return table


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--hostile", action="store_true")
    parser.add_argument("--json", default="")
    given = parser.parse_args()
    table = hostile() if given.hostile else measure(given.rounds)
    heads = list(next(iter(table.values())))
    print(f"{'':16}" + "".join(f"{head:>12}" for head in heads))
    for name, row in table.items():
        print(f"{name:16}" + "".join(f"{value:>12}" for value in row.values()))
    if given.json:
        Path(given.json).write_text(json.dumps(table, indent=1), "utf-8")


if __name__ == "__main__":
    main()
