"""A video becomes a timeline of its shots, with a picture of each, and its exact frames."""

from __future__ import annotations

import base64
import io
import itertools
import random
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pictures

import filmed
from musespark import films, letters, recording, timeline
from musespark.looking import look
from musespark.media import media_of
from musespark.message import Document, Image
from musespark.observation import Observation, Seen
from musespark.problem import Problem
from musespark.senses.video import video
from musespark.shots import Look


@pytest.fixture(autouse=True)
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the reader of text, which takes seconds and need not be installed."""
    monkeypatch.setattr(letters, "is_installed", lambda: False)


def read(data: bytes) -> Seen:
    return video(io.BytesIO(data), media_of(data))


def of(seen: Seen, kind: str) -> list[Observation]:
    return [one for one in seen.observations if one.kind == kind]


def opened(part: object) -> Pictures.Image:
    assert isinstance(part, Image)
    return Pictures.open(io.BytesIO(base64.b64decode(part.url.partition(",")[2])))


def like(shown: Pictures.Image, seed: int) -> float:
    """How far a picture is from a scene, 0 to 255."""
    small = np.asarray(shown.convert("RGB").resize((160, 90)), np.int16)
    return float(np.abs(small - filmed.scene(seed)).mean())


@pytest.mark.parametrize(
    ("format", "codec", "media"),
    [("mp4", "libx264", "video/mp4"), ("mov", "mpeg4", "video/quicktime"),
     ("webm", "libvpx", "video/webm"), ("matroska", "libx264", "video/matroska")],
)  # fmt: skip
def test_each_kind(format: str, codec: str, media: str) -> None:
    data = filmed.video([(1, 1.0), (2, 1.5)], format=format, codec=codec,
                        wave=filmed.voice(2.5, 16_000))  # fmt: skip
    assert media_of(data) == media
    seen = read(data)
    assert (seen.sense, seen.media.partition("/")[0]) == ("video", "video")
    assert [one.second for one in of(seen, "shot")] == [0.0, 1.0]
    assert of(seen, "shot")[1].until == pytest.approx(2.5, abs=0.2)
    assert of(seen, "video")[0].what.startswith("0:02 long, 160 × 90 pixels, 10 pictures a second")
    assert of(seen, "speech")
    words, *shown = seen.parts
    assert isinstance(words, Document)
    assert "0:00–0:01 shot 1: mostly" in words.text
    assert "somebody speaks" in words.text
    assert len(shown) == 2
    assert like(opened(shown[0]), 1) < 25 < like(opened(shown[0]), 2)
    assert like(opened(shown[1]), 2) < 25


def test_fades_and_dissolves_are_cuts_flashes_and_pans_are_none() -> None:
    one, two = filmed.scene(1), filmed.scene(2)
    wide = np.concatenate([filmed.scene(n) for n in (3, 3, 3)], axis=1)

    def mixed(part: float) -> NDArray[np.uint8]:
        return np.asarray(one * (1 - part) + two * part, np.uint8)

    still = [one] * 40
    dark = [(one * (1 - n / 10)).astype(np.uint8) for n in range(11)]
    light = [(two * (n / 10)).astype(np.uint8) for n in range(11)]
    fade = still + dark + light + [two] * 40
    dissolve = still + [mixed(n / 20) for n in range(21)] + [two] * 40
    flash = still + [np.full_like(one, 255)] * 2 + still
    pan = [wide[:, n * 3 : n * 3 + 160] for n in range(60)]
    for frames, wanted in ((fade, 51), (dissolve, 50), (flash, None), (pan, None)):
        film = films.watched(io.BytesIO(filmed.filmed(frames, rate=25)), "video/mp4", 300)
        assert film is not None
        found = [shot.start for shot in film.shots[1:]]
        if wanted is None:
            assert not found
        else:
            assert found == [pytest.approx(wanted / 25, abs=0.4)]


def test_it_is_turned_as_it_was_held() -> None:
    data = filmed.video([(1, 0.5)], turned=90)
    seen = read(data)
    assert "90 × 160 pixels" in of(seen, "video")[0].what
    assert opened(seen.parts[1]).size == (90, 160)


def test_frames_may_come_at_any_time() -> None:
    frames = [filmed.scene(1)] * 10 + [filmed.scene(2)] * 10
    times = [n * 20 for n in range(10)] + [3_000 + n * n * 20 for n in range(10)]
    data = filmed.filmed(frames, times=times, format="matroska")
    seen = read(data)
    assert [one.second for one in of(seen, "shot")] == [0.0, pytest.approx(3, abs=0.01)]


def test_without_pictures_it_is_a_sound_and_without_sound_it_says_so() -> None:
    mute = read(filmed.video([(1, 0.5)]))
    assert any(one.what == "It has no sound." for one in of(mute, "note"))
    only = filmed.sound(filmed.tone(1, 48_000), 48_000, "webm", "libopus")
    heard = read(only)
    assert (heard.sense, heard.media) == ("sound", "audio/webm")


def test_many_shots_give_few_pictures_spread_evenly() -> None:
    shots = [films.Shot(float(n), n + 1.0, n + 0.5, b"") for n in range(100)]
    found = recording.spread(shots)
    assert len(found) == recording.MOST_PICTURES
    assert (found[0], found[-1]) == (shots[0], shots[-1])
    gaps = {round(b.start - a.start) for a, b in itertools.pairwise(found)}
    assert gaps <= {6, 7}


def test_bad_ones_are_a_word() -> None:
    data = filmed.video([(1, 0.5), (2, 0.5)])
    for bad in (b"", data[:100], data[: len(data) // 2], b"\0" * 200):
        with pytest.raises(Problem) as caught:
            video(io.BytesIO(bad), "video/mp4")
        assert caught.value.next
    with pytest.raises(Problem) as caught:
        video(io.BytesIO(filmed.video([(1, 4.0)])), "video/mp4", video_seconds=1.0)
    assert caught.value.code == "too_long"
    stopped = filmed.video([(1, 2.0), (2, 2.0)], format="matroska")
    assert of(read(stopped[: len(stopped) * 2 // 3]), "shot")


def test_mutated_files_give_a_word_and_never_more() -> None:
    dice = random.Random(3)
    for format, codec in (("mp4", "libx264"), ("webm", "libvpx")):
        data = filmed.video([(1, 0.3), (2, 0.3)], format=format, codec=codec)
        media = media_of(data)
        for _ in range(40):
            bad = bytearray(data)
            for _ in range(dice.choice((1, 5, 40))):
                bad[dice.randrange(len(bad))] = dice.randrange(256)
            cut = bytes(bad[: dice.randrange(1, len(bad))] if dice.random() < 0.3 else bad)
            try:
                seen = video(io.BytesIO(cut), media)
            except Problem as problem:
                assert problem.next  # noqa: PT017
            else:
                assert seen.parts


def test_the_exact_frame_of_a_second() -> None:
    data = filmed.video([(1, 1.0), (2, 1.0), (3, 1.0)], rate=20)
    for second, seed in ((0.0, 1), (0.96, 1), (1.0, 2), (1.5, 2), (2.01, 3), (99.0, 3)):
        frame = films.frame_at(io.BytesIO(data), "video/mp4", second)
        assert like(Pictures.open(io.BytesIO(frame.picture)), seed) < 25
        assert frame.second <= second + 0.001
    only = filmed.sound(filmed.tone(1, 44_100), 44_100, "ipod", "aac")
    with pytest.raises(Problem) as caught:
        films.frame_at(io.BytesIO(only), "audio/mp4", 0.5)
    assert caught.value.code == "no_picture"


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("what happens at 0:12?", (12.0,)),
        ("Compare 1:02:03 with 59:59.", (3723.0, 3599.0)),
        ("Was sieht man in Sekunde 7,5?", (7.5,)),
        ("after 90 seconds, and 2 minutes in", (90.0, 120.0)),
        ("qu'est-ce qu'on voit à 3 s ?", (3.0,)),
        ("How many people are in the video?", ()),
        ("costs 12:30:99", ()),
    ],
)
def test_the_seconds_that_words_name(words: str, seconds: tuple[float, ...]) -> None:
    assert timeline.seconds_in(words) == seconds


async def test_a_file_on_disk_is_looked_at_with_the_frames_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "clip.mp4"
    file.write_bytes(filmed.video([(1, 2.0), (2, 2.0)], wave=filmed.tone(4, 16_000)))
    seen = await look(file, "clip.mp4", seconds=(3.2, 900.0))
    names = [part.name for part in seen.parts if isinstance(part, Image)]
    assert names[0] == "clip.mp4/0:03"
    assert len(names) == 2 or len(names) == 3
    assert like(opened(seen.parts[1]), 2) < 25


def test_a_cut_between_two_plain_colours_is_one() -> None:
    look = Look()
    for frame in range(60):
        colour = (200, 20, 20) if frame < 25 else (20, 20, 200)
        if frame == 10:
            colour = (255, 255, 255)  # a flash is none
        look.add(frame / 10, np.full((27, 48, 3), colour, np.uint8))
    assert look.cuts() == [2.5]
