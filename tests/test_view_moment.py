"""A question about a second of a video is answered with the shot, words and picture of it."""

from __future__ import annotations

import pytest

from musespark import timeline
from musespark.message import Document, Image, say
from musespark.observation import Observation
from musespark.person import Person
from musespark.problem import Problem
from musespark.tool import Outside
from musespark.tools.view_moment import fits, view_moment
from musespark.turn import Turn

SEEN = [
    Observation("video", "0:20 long, 160 × 90 pixels, 10 pictures a second, h264, 2 shots"),
    Observation("sound", "0:20 long, mono, 16 kHz, aac"),
    Observation("shot", "mostly red", second=0.0, until=8.0),
    Observation("shot", "mostly blue", second=8.0, until=20.0),
    Observation("text", "SALE -20 %", second=14.0),
    Observation("said", "Welcome.", second=1.0, until=2.5),
    Observation("said", "It ends on Friday.", second=11.0, until=13.0),
]


def turn(*parts: Document | Image, question: str = "What happens at 0:12?") -> Turn:
    def none(tier: str) -> object:
        raise AssertionError

    return Turn(person=Person("p"), messages=[say("user", question, *parts)], models=none)  # type: ignore[arg-type]


PARTS = (
    Document(timeline.told(SEEN), "clip.mp4", "file_1"),
    Image("data:image/jpeg;base64,AAAA", "clip.mp4/0:04"),
    Image("data:image/jpeg;base64,AAAA", "clip.mp4/0:14"),
)


def test_it_is_offered_where_there_is_something_to_look_into() -> None:
    assert fits(turn(*PARTS))
    assert not fits(turn(Document("A video: it was nice.", "letter.txt")))
    assert not fits(turn())


@pytest.mark.parametrize("time", ["0:12", "12", "12 s", "12.0", "at 0:12"])
async def test_a_moment_is_its_shot_and_what_is_said_around(time: str) -> None:
    found = await view_moment(time, turn(*PARTS))
    assert isinstance(found, Outside)
    assert found.text.splitlines() == [
        "clip.mp4 at 0:12:",
        "0:08–0:20 shot 2: mostly blue; written in it: SALE -20 %",
        "0:11–0:13 said: It ends on Friday.",
        "The attached picture clip.mp4/0:14 shows it, as near as there is one.",
    ]
    assert found.source is not None
    assert (found.source.second, found.source.file, found.source.place) == (12.0, "file_1", "0:12")


async def test_what_is_not_there_is_said() -> None:
    for time, code in (("9:59", "no_moment"), ("soon", "no_time")):
        with pytest.raises(Problem) as caught:
            await view_moment(time, turn(*PARTS))
        assert caught.value.code == code
    with pytest.raises(Problem) as caught:
        await view_moment("0:12", turn())
    assert caught.value.code == "no_video"
