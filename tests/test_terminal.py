"""What a person sees: prose, lanes, steps and errors, on a terminal and without one."""

from __future__ import annotations

import asyncio
import io
import json
import random
import re
from typing import Any

import pytest

from musespark import assistant
from musespark import event as ev
from musespark.captions import newest, opening, outline, said, told
from musespark.display import Display, called
from musespark.message import Usage, say
from musespark.model import Card, Request
from musespark.person import Person
from musespark.problem import Problem
from musespark.prose import Plain, Prose
from musespark.scripted import Reply, ScriptedModel
from musespark.terminal import Terminal, cells, clean, clip, columns, count, fold, seconds
from musespark.tool import Tool
from musespark.turn import Budget, Turn

CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Tty(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)


def screen(text: str) -> list[str]:
    """What stands on a terminal after this was written to it: lines, cursor up, erase."""
    lines, row, column = [""], 0, 0
    for piece in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|\n|\r|[^\x1b\n\r]+", text):
        if piece == "\n":
            row, column = row + 1, 0
            if row == len(lines):
                lines.append("")
        elif piece == "\r":
            column = 0
        elif piece.startswith("\x1b["):
            if piece.endswith("A"):
                row -= int(piece[2:-1])
                assert row >= 0
            elif piece.endswith("J"):
                lines[row] = lines[row][:column]
                del lines[row + 1 :]
            elif piece.endswith("K"):
                lines[row] = lines[row][:column]
        else:
            lines[row] = lines[row][:column] + piece + lines[row][column + len(piece) :]
            column += len(piece)
    return lines


# -- text ------------------------------------------------------------------------------------------


def test_widths_count_columns_not_characters() -> None:
    assert cells("abc") == 3
    assert cells("日本") == 4
    assert cells("e\u0301") == 1
    assert clip("日本語です", 5) == "日本…"
    assert clip("one\ntwo", 10) == "one…"
    assert clip("short", 10) == "short"
    assert newest("a b c d e f", 5) == "… e f"


def test_folds_between_words_and_indents_what_follows() -> None:
    assert fold("one two three four", 9, "- ", "  ") == ["- one two", "  three", "  four"]
    assert fold("a\n\nb", 9) == ["a", "", "b"]
    assert fold("unbreakably", 4) == ["unbreakably"]


def test_columns_give_way_in_one_column() -> None:
    rows = [("NAME", "WHAT"), ("x", "many words that do not fit in here at all")]
    lines = columns(rows, 30)
    assert all(len(line) <= 30 for line in lines)
    assert lines[0] == "NAME  WHAT"
    assert " ".join(" ".join(lines[1:]).split()) == "x many words that do not fit in here at all"


def test_words_from_outside_cannot_steer_the_terminal() -> None:
    assert clean("a\x1b[2Jb\x07\x9bc\u202ed\te\r\n") == "a[2Jbcd    e\n"


def test_numbers_read_well() -> None:
    assert [count(1, "token"), count(2000, "token")] == ["1 token", "2,000 tokens"]
    assert [seconds(0.041), seconds(3.21), seconds(125)] == ["0.04 s", "3.2 s", "2 min 5 s"]


# -- prose -----------------------------------------------------------------------------------------

MARKDOWN = """\
## A heading of **some** words

A paragraph with **bold words**, *slanted ones*, `code here` and 2 * 3 * 4 = 24, long enough.

- first point, which is long enough to be wrapped on a narrow screen
- second
  1. nested one
> quoted words that go on and on until they have to be wrapped somewhere

```python
def f(a,   b):
    return "**not bold**"
```

| name | value |
|---|---|
| one | **1** |
| zwei | 2 |

日本語の長い文章は空白がなくても折り返されなければなりません。そうでしょう。

***

The end."""


def styled(text: str, *names: str) -> str:
    return f"<{','.join(names)}>{text}</>" if names else text


def set_(text: str, width: int, sizes: int = 0, style: Any = lambda t, *n: t) -> str:
    written: list[str] = []
    prose = Prose(written.append, width, style)
    rng = random.Random(sizes)
    position = 0
    while position < len(text):
        size = rng.randint(1, sizes) if sizes else len(text)
        prose.feed(text[position : position + size])
        position += size
    prose.end()
    return "".join(written)


def test_prose_reads_the_same_however_it_streams() -> None:
    whole = set_(MARKDOWN, 40)
    for sizes in (1, 2, 3, 7, 20):
        assert set_(MARKDOWN, 40, sizes) == whole
    assert whole.endswith("The end.\n")


@pytest.mark.parametrize("width", [20, 40, 80])
def test_prose_keeps_to_its_width_and_loses_no_word(width: int) -> None:
    text = set_(MARKDOWN, width)
    code = '    return "**not bold**"'
    for line in text.splitlines():
        assert cells(line) <= width or code in line, line
    bare = re.sub(r"[\s*`#>|•│·-]", "", text)
    wanted = re.sub(r"[\s*`#>|•│·-]", "", MARKDOWN.replace("```python", ""))
    assert bare == wanted


def test_prose_shows_what_markdown_means() -> None:
    text = set_(MARKDOWN, 60, 3, styled)
    assert "<bold>A</> <bold>heading</>" in text
    assert "<bold>bold</> <bold>words</>," in text
    assert "<italic>slanted</> <italic>ones</>" in text
    assert "<cyan>code</> <cyan>here</>" in text
    assert "2 * 3 * 4 = 24" in " ".join(text.split())
    assert "• first point" in text
    assert re.search(r"\n  \w+.*screen\n", text)
    assert "<dim>│ </>quoted" in text
    assert '<cyan>    return "**not bold**"</>' in text
    assert "<bold>name  value</>\none   1\nzwei  2\n" in text


def test_a_line_that_only_looks_like_markdown_stays() -> None:
    assert set_("- \n#hashtag\n-5 + 3 = -2\n**", 40) == "• \n#hashtag\n-5 + 3 = -2\n**\n"
    assert set_("`", 40, 1) == "`\n"


def test_an_open_fence_is_written_out_at_the_end() -> None:
    assert set_("```\nx = 1", 40, 2) == "    x = 1\n"


def test_plain_text_is_left_alone() -> None:
    written: list[str] = []
    plain = Plain(written.append)
    plain.feed("\n**a**\x1b[31m\n")
    plain.feed("b")
    plain.end()
    assert "".join(written) == "**a**[31m\nb\n"


# -- the terminal ----------------------------------------------------------------------------------


def test_a_problem_is_three_sentences_below_each_other() -> None:
    err = Tty()
    Terminal(io.StringIO(), err).problem(Problem("x", "It broke.", why="Because.", next="Mend it."))
    assert CODES.sub("", err.getvalue()) == "Error: It broke.\n       Because.\n       Mend it.\n"
    assert "\x1b[1;31m" in err.getvalue()


def test_no_color_means_no_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    out, err = Tty(), Tty()
    terminal = Terminal(out, err)
    terminal.tell("words", "red")
    terminal.line(terminal.style("more", "bold", out=True))
    assert "\x1b" not in out.getvalue() + err.getvalue()


def test_a_stream_that_knows_only_ascii_gets_ascii() -> None:
    raw = io.BytesIO()
    narrow = io.TextIOWrapper(raw, encoding="cp1252", errors="strict")
    terminal = Terminal(narrow, io.StringIO())
    terminal.line("a · b … → 日本")
    narrow.flush()
    assert raw.getvalue().decode("cp1252").strip() == "a | b ~ > ??"


def test_drawn_lines_are_replaced_and_taken_away() -> None:
    err = Tty()
    terminal = Terminal(io.StringIO(), err)
    terminal.tell("stays")
    terminal.draw(["one", "two"])
    terminal.draw(["three"])
    assert screen(err.getvalue()) == ["stays", "three", ""]
    terminal.tell("after")
    assert screen(err.getvalue()) == ["stays", "after", ""]


def test_nothing_is_drawn_where_nothing_can_be_redrawn() -> None:
    err = io.StringIO()
    terminal = Terminal(io.StringIO(), err)
    terminal.draw(["one"])
    terminal.erase()
    assert err.getvalue() == ""


# -- whole runs ------------------------------------------------------------------------------------


def contemplated(request: Request) -> Reply:
    """A model that plans three tasks and does them; the second fails, the third is slow."""
    words = "\n".join(m.text for m in request.messages)
    if request.schema is not None:
        tasks = [
            {"agent": "researcher", "objective": f"Part {n} of it", "output": "", "bounds": ""}
            for n in (1, 2, 3)
        ]
        return Reply(text=json.dumps({"kind": "breadth", "tasks": tasks}))
    if "Part 2" in words and "Reports" not in words:
        raise Problem("model_cut_off", "The model stopped in the middle.", next="Ask again.")
    return Reply(text="A **report** with words. " * 4, usage=Usage(10, 20, 0, 0, 0.0, 1))


def turn_of(model: Any, question: str, mode: str, **fields: Any) -> Turn:
    return Turn(
        person=Person(),
        messages=[say("user", question)],
        models=lambda tier: model,
        mode=mode,
        budget=Budget(),
        **fields,
    )


async def show(turn: Turn, out: io.StringIO, err: io.StringIO, *, quiet: bool = False) -> Display:
    terminal = Terminal(out, err)
    terminal.quiet = quiet
    display = Display(terminal, "waiting")
    async for event in assistant.answer(turn):
        display.show(event)
        display.tick()
        await asyncio.sleep(0)
    display.close(turn.budget.spent)
    return display


async def test_agents_at_work_have_lanes_and_leave_a_line_each() -> None:
    model = ScriptedModel(contemplated, pause=0.01, card=Card(name="scripted", where="here"))
    out, err = Tty(), Tty()
    display = await show(turn_of(model, "Compare the ways", "contemplating"), out, err)
    assert display.state == "done"
    drawn = CODES.sub("", err.getvalue())
    assert re.search(r"working +\d\.\d+ s +~\d+ tokens  researcher: Part 1 of it", drawn)
    left = [CODES.sub("", line) for line in screen(err.getvalue())]
    assert sum("  done  " in line for line in left) == 2
    assert sum("  failed " in line for line in left) == 1
    assert not any("working" in line for line in left)
    assert all(cells(line) <= 80 for line in left)
    assert any(line.startswith("plan: Part 1 of it; Part 2 of it") for line in left)
    assert any("confidence: 2 of 3 agents finished; unfinished: task-2" in line for line in left)
    assert any(line.startswith("contemplating · scripted · ") for line in left[-4:])
    assert "A report with words." in CODES.sub("", out.getvalue())


async def test_a_line_of_work_stays_one_line_on_a_wide_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    long = "Part and " * 30

    def reply(request: Request) -> Reply:
        found = contemplated(request)
        return Reply(text=found.text.replace("Part ", long)) if request.schema else found

    model = ScriptedModel(reply, card=Card(name="scripted", where="here"))
    out, err = Tty(), Tty()
    await show(turn_of(model, "Compare the ways", "contemplating"), out, err)
    left = [CODES.sub("", line) for line in screen(err.getvalue())]
    [plan] = [line for line in left if line.startswith("plan: ")]
    assert re.search(r"… \(.* tokens?\)$", plan)


async def test_without_a_terminal_there_are_no_control_codes() -> None:
    model = ScriptedModel(contemplated, card=Card(name="scripted", where="here"))
    out, err = io.StringIO(), io.StringIO()
    await show(turn_of(model, "Compare the ways", "contemplating"), out, err)
    assert "\x1b" not in out.getvalue() + err.getvalue()
    assert out.getvalue().startswith("A **report** with words.")
    assert "done" in err.getvalue()
    assert "working" not in err.getvalue()


async def test_drafts_vote_and_the_vote_is_said() -> None:
    answers = iter([42, 42, 41, 42] + [42] * 16)

    def reply(request: Request) -> str:
        return f"It is so.\n\nAnswer: {next(answers)}"

    model = ScriptedModel(reply, card=Card(name="scripted", where="here"))
    out, err = io.StringIO(), io.StringIO()
    question = "How many legs have ten cows and one stool of two?"
    await show(turn_of(model, question, "contemplating"), out, err)
    assert "vote: 42 leads with" in err.getvalue()
    assert "others: 41 (1)" in err.getvalue()
    assert "confidence: " in err.getvalue()
    assert "Independent draft 1 → 42" in err.getvalue()


async def test_tools_steps_and_thinking_take_a_line_each() -> None:
    async def look(arguments: dict[str, Any], turn: Turn) -> str:
        return "It rains.\nAll day."

    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    tool = Tool("weather", "The weather.", schema, look)
    model = ScriptedModel(
        [
            Reply(reasoning="I should look outside.", calls=[("weather", {"city": "Köln"})]),
            "Take an umbrella.",
        ],
        card=Card(name="scripted", where="here"),
    )
    turn = turn_of(model, "What to wear today?", "instant", tools={"weather": tool})
    out, err = io.StringIO(), io.StringIO()
    await show(turn, out, err)
    assert out.getvalue() == "Take an umbrella.\n"
    assert 'weather(city="Köln") → It rains. …' in err.getvalue()
    assert re.search(
        r"thinking: I should look outside\. \(.* s, about \d+ tokens\)", err.getvalue()
    )


async def test_quiet_gives_the_answer_alone() -> None:
    out, err = io.StringIO(), io.StringIO()
    model = ScriptedModel(["Yes."], card=Card(name="scripted", where="here", notice="Weak."))
    await show(turn_of(model, "Is it?", "instant"), out, err, quiet=True)
    assert (out.getvalue(), err.getvalue()) == ("Yes.\n", "")


async def test_a_failure_keeps_what_was_written_and_is_said_below() -> None:
    out, err = io.StringIO(), io.StringIO()
    model = ScriptedModel([Reply(text="One two three four", cut=3)])
    display = await show(turn_of(model, "Count", "instant"), out, err)
    assert display.state == "failed"
    assert out.getvalue() == "One two three\n"
    assert "Error: The model scripted stopped in the middle." in err.getvalue()


async def test_what_is_drawn_never_breaks_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both streams on one screen: in the end every word of the answer stands there once."""
    monkeypatch.setattr("musespark.display._BREATH", 0.0)
    both = Tty()
    model = ScriptedModel(contemplated, pause=0.002, card=Card(name="scripted", where="here"))
    await show(turn_of(model, "Compare the ways", "contemplating"), both, both)
    lines = [CODES.sub("", line) for line in screen(both.getvalue())]
    assert " ".join(" ".join(lines).split()).count("A report with words.") == 4


def test_events_in_words() -> None:
    assert said("check", {"agreed": True, "changed": False}) == "check: passed"
    assert "two tries" in said("check", {"agreed": False, "changed": False})
    assert said("workspace", {"text": "a b c"}).endswith("3 words")
    assert said("confidence", {"drafts": 4, "refined": 2, "unfinished": []}) == (
        "confidence: from 4 drafts and 2 refinements"
    )
    used = {"tokens": [608, 200000], "seconds": [4.4, 300.0], "money": [0.0, 5.0]}
    assert said("budget", used) == "used so far: 608 of 200,000 tokens, 4.4 s of 5 min 0 s"
    paid = used | {"money": [0.25, None]}
    assert said("budget", paid).endswith(", 0.25 money")
    assert said("unheard of", {}) == ""
    assert outline('{"steps": ["a", "b"]}') == "a; b"
    assert outline('{"broken') == ""
    assert opening("one\ntwo") == "one …"
    plan = json.dumps({"kind": "x", "tasks": [{"objective": 'The "old" one', "output": "a list"}]})
    assert told(plan) == 'The "old" one; a list'
    assert told(plan[: plan.index("one")]) == 'The "old" '
    assert told(plan[:12]) == ""
    assert told("Two words, then {") == "Two words, then {"
    from musespark.display import Call

    assert called(Call("f", arguments='{"a": [1, 2]}')) == "f(a=[1, 2])"
    assert called(Call("f", arguments="{oops")) == "f({oops)"


async def test_a_run_that_is_taken_up_again_says_so() -> None:
    err = io.StringIO()
    display = Display(Terminal(io.StringIO(), err))
    display.show(ev.Custom("musespark.discarded", {"messageId": "m"}))
    display.show(ev.RunFinished("c", "r", outcome={"type": "cancelled"}))
    display.close()
    assert "written anew" in err.getvalue()
    assert "Cancelled." in err.getvalue()
