"""View a moment: what an attached sound or video shows, says and has written at a second."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta

from musespark import timeline
from musespark.message import Document, Image, Source
from musespark.problem import Problem
from musespark.sounds import clock
from musespark.tool import Outside
from musespark.turn import Turn

_AROUND = 5.0  # seconds of what is heard before and after
_TEXT = 6_000  # characters of an answer
_QUOTE = 2_000  # and of them in its source
_HEAD = ("A video: ", "A sound: ")
_TIME = r"(?:\d+:)?\d+:\d\d"
_ROW = re.compile(rf"(?m)^({_TIME})(?:–({_TIME}))? (.*)$")
_PICTURE = re.compile(rf"/({_TIME})$")


async def view_moment(
    time: Annotated[str, Meta(description='When: "0:12", "1:02:03" or seconds, such as "12"')],
    turn: Turn,
    name: Annotated[str, Meta(description="Which file, where several are attached")] = "",
) -> Outside:
    """Say what an attached video or sound shows and says at a moment.

    Use it for every question about a time in a video or a sound: the shot that is seen then, what
    is written in it, and what is heard around it.
    """
    known = _attached(turn)
    if not known:
        raise Problem(
            "no_video", "No video and no sound is attached.",
            why="They are files such as MP4, WebM, MP3 or OGG that came with a message.",
            next="Answer without this tool, or ask for the file.",
        )  # fmt: skip
    part = next((each for each in reversed(known) if name and name in each.name), known[-1])
    second = _second(time)
    rows = [(_second(row[1]), _second(row[2] or row[1]), row) for row in _ROW.finditer(part.text)]
    last = max((end for _, end, _ in rows), default=0.0)
    if second > last + 1:
        raise Problem(
            "no_moment", f"{part.name} ends before {clock(second)}.",
            why=f"It ends at {clock(last)}.", next="Ask for an earlier moment.",
        )  # fmt: skip
    found = []
    for start, end, row in rows:
        shot = row[3].startswith("shot ")
        wide = 0.0 if shot else _AROUND
        if start - wide <= second <= max(end, start) + wide:
            found.append((not shot, abs(start - second), row[0]))
    text = "\n".join(line for *_, line in sorted(found)) or "Nothing was observed there."
    text = f"{part.name} at {clock(second)}:\n{text}"[:_TEXT]
    if near := _nearest(turn, part.name, second):
        text += f"\nThe attached picture {near} shows it, as near as there is one."
    source = Source(1, part.name, text[:_QUOTE], place=clock(second), file=part.file, second=second)
    return Outside(text, source)


def fits(turn: Turn) -> bool:
    """Whether there is a video or a sound to look into."""
    return bool(_attached(turn))


def _attached(turn: Turn) -> list[Document]:
    """The timelines of a conversation, the newest last."""
    return [
        part
        for message in turn.messages
        for part in message.parts
        if type(part) is Document and part.text.startswith(_HEAD)
        and (timeline.UNHEARD in part.text or "\nIn its order:\n" in part.text)
    ]  # fmt: skip


def _second(time: str) -> float:
    """A time as a player shows it, or in seconds. Raises Problem."""
    found = timeline.seconds_in(time)
    if found:
        return found[0]
    try:
        return max(float(time.strip().replace(",", ".")), 0.0)
    except ValueError:
        raise Problem(
            "no_time", f"{time[:40]!r} is no time in a video.",
            next='Write it like "0:12", or in seconds.',
        ) from None  # fmt: skip


def _nearest(turn: Turn, name: str, second: float) -> str:
    """The name of the attached picture that is nearest, "" where there is none."""
    found: list[tuple[float, str]] = []
    for message in turn.messages:
        for part in message.parts:
            if isinstance(part, Image) and part.name.startswith(f"{name}/"):
                at = _PICTURE.search(part.name)
                if at:
                    found.append((abs(_second(at[1]) - second), part.name))
    return min(found)[1] if found else ""
