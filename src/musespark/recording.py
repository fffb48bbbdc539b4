"""A recording: what a sense makes of sound or video, observations with their seconds and parts."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Sequence
from typing import Any, BinaryIO

import msgspec

from musespark import films, letters, sounds, timeline
from musespark.message import Document, Image, Part
from musespark.observation import Observation, Seen
from musespark.problem import Problem

readers = ("av", "webrtcvad-wheels", "pillow", *letters.readers)
SOUND_SECONDS, VIDEO_SECONDS = 10_800.0, 300.0  # that are read, where no setting says otherwise
MOST_PICTURES = 16  # that a model gets; the timeline tells of all shots
_MOST_READ = 40  # pictures of which the text is read
_READING = 40.0  # seconds for that
_SHORTER = 0.05  # of its length and at least a second: so much missing is said
_TOLD = 200  # stretches of a sound
_COLOURS = {
    "black": (15, 15, 15), "white": (245, 245, 245), "grey": (128, 128, 128),
    "red": (200, 30, 30), "orange": (240, 140, 30), "yellow": (245, 220, 60),
    "green": (50, 150, 60), "blue": (40, 80, 200), "light blue": (150, 195, 240),
    "purple": (130, 60, 170), "pink": (240, 150, 180), "brown": (120, 75, 40),
}  # fmt: skip
_LAYOUTS = {1: "mono", 2: "stereo"}


def read(file: BinaryIO, media: str, sound_seconds: float, video_seconds: float) -> Seen:
    """A video as its timeline and pictures, a sound as its words. Raises Problem: `too_long`,
    `too_many_pixels`, `unreadable`, `no_sound`, `no_reader`."""
    film = films.watched(file, media, video_seconds)
    longest = max(sound_seconds, video_seconds) if film else sound_seconds
    try:
        sound = sounds.heard(file, media, longest)
        lost = ""
    except Problem as problem:
        if film is None:
            raise
        sound, lost = None, f"Its sound cannot be read: {problem.why or problem.what}"
    if film is None and (sound is None or not sound.seconds):
        raise Problem(
            "no_sound", "{name} holds nothing to see or hear.",
            why="It has no pictures and no sound that can be read; it may be cut off.",
            next="Save it anew in the program it comes from, and try that.", status=422,
        )  # fmt: skip
    seen: list[Observation] = []
    if film is not None:
        seen += _watched(film)
    if sound is not None and sound.seconds:
        seen += _heard(sound)
    if lost:
        seen.append(Observation("note", lost))
    elif film is not None and (sound is None or not sound.seconds):
        seen.append(Observation("note", "It has no sound."))
    parts: list[Part] = [Document(timeline.told(seen), "")]
    if film is not None:
        parts += [picture(shot.second, shot.picture) for shot in spread(film.shots)]
    kind, rest = ("video" if film else "audio"), media.partition("/")[2]
    rest = "mp4" if rest == "quicktime" and film is None else rest
    return Seen(f"{kind}/{rest}", "video" if film else "sound", tuple(parts), tuple(seen))


def picture(second: float, jpeg: bytes) -> Image:
    """A picture out of a video, named after its second: "0:12"."""
    data = base64.b64encode(jpeg).decode()
    return Image(f"data:image/jpeg;base64,{data}", sounds.clock(second))


def with_frames(seen: Seen, frames: Sequence[films.Frame]) -> Seen:
    """With the frames of seconds that were asked for, before the pictures of the shots."""
    first = [part for part in seen.parts if not isinstance(part, Image)]
    rest = [part for part in seen.parts if isinstance(part, Image)]
    asked: list[Part] = [picture(frame.second, frame.picture) for frame in frames]
    names = {part.name for part in asked if isinstance(part, Image)}
    rest = [part for part in rest if part.name not in names]
    return msgspec.structs.replace(seen, parts=(*first, *asked, *rest))


def spread(shots: Sequence[films.Shot], most: int = MOST_PICTURES) -> list[films.Shot]:
    """At most so many of the shots, evenly over all of them, the first and the last among them."""
    if len(shots) <= most:
        return list(shots)
    return [shots[round(n * (len(shots) - 1) / (most - 1))] for n in range(most)]


def _watched(film: films.Film) -> list[Observation]:
    import av

    reader = f"av {av.__version__}"
    rate = film.frames / film.seconds if film.seconds else 0.0
    what = (
        f"{sounds.clock(film.seconds)} long, {film.width:,} × {film.height:,} pixels, "
        f"{rate:.3g} pictures a second, {film.codec}, {_count(len(film.shots), 'shot')}"
    )
    seen = [Observation("video", what, reader=reader)]
    seen += _notes(film.said, film.seconds, film.broken, reader)
    read, until = 0, time.monotonic() + _READING
    left_out = False
    for shot in film.shots:
        opened = _opened(shot.picture)
        what = f"mostly {_colours(opened)}"
        seen.append(Observation("shot", what, second=shot.start, until=shot.end, reader=reader))
        if not letters.is_installed():
            continue
        if read >= _MOST_READ or time.monotonic() > until:
            left_out = True
            continue
        read += 1
        seen += [
            Observation("text", one.what, one.box, second=shot.second, sure=one.sure,
                        reader=one.reader)
            for one in letters.lines(opened)
        ]  # fmt: skip
    if not letters.is_installed():
        seen.append(Observation("note", letters.MISSING))
    elif left_out:
        said = (
            f"The text in {read} of {len(film.shots)} shots was read; there was no time for more."
        )
        seen.append(Observation("note", said))
    return seen


def _heard(sound: sounds.Sound) -> list[Observation]:
    import av

    reader = f"av {av.__version__}"
    channels = _LAYOUTS.get(sound.channels, f"{sound.channels} channels")
    codec = sound.codec.removesuffix("float")
    what = f"{sounds.clock(sound.seconds)} long, {channels}, {sound.rate / 1000:g} kHz, {codec}"
    seen = [Observation("sound", what, reader=reader)]
    silent = all(one.kind == "silence" for one in sound.stretches)
    loud = "silent throughout" if silent else "too short or quiet to tell"
    if sound.loudness is not None:
        loud = f"{sound.loudness:.1f} LUFS"
    seen.append(Observation("loudness", loud, reader="ebur128"))
    seen += _notes(sound.said, sound.seconds, sound.broken, reader)
    words = {"speech": "somebody speaks", "silence": "silence", "sound": "other sound"}
    seen += [
        Observation(
            one.kind,
            words[one.kind],
            second=one.start,
            until=one.end,
            sure=one.sure,
            reader="webrtcvad",
        )
        for one in sound.stretches[:_TOLD]
    ]
    if len(sound.stretches) > _TOLD:
        seen.append(Observation("note", f"Only the first {_TOLD} changes in it are listed."))
    return seen


def _notes(said: float, found: float, broken: int, reader: str) -> list[Observation]:
    """What a person should know of what could not be read."""
    notes = []
    if said - found > max(_SHORTER * said, 1.0):
        notes.append(
            f"It says that it is {sounds.clock(said)} long, but only {sounds.clock(found)} could "
            "be read."
        )
    if broken:
        notes.append("Parts of it are broken and were left out.")
    return [Observation("note", note, reader=reader) for note in notes]


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _opened(jpeg: bytes) -> Any:
    from PIL import Image as Pictures

    return Pictures.open(io.BytesIO(jpeg)).convert("RGB")


def _colours(shown: Any) -> str:
    """The two main colours."""
    shares: dict[str, int] = {}
    for count, pixel in shown.resize((32, 32)).getcolors(1024):
        name = min(_COLOURS, key=lambda each: _apart(_COLOURS[each], pixel))
        shares[name] = shares.get(name, 0) + count
    ordered = sorted(shares.items(), key=lambda each: -each[1])
    main = [name for name, count in ordered[:2] if count >= 1024 * 0.15]
    return " and ".join(main or [ordered[0][0]])


def _apart(one: tuple[int, int, int], other: tuple[int, int, int]) -> int:
    return sum(w * (a - c) ** 2 for w, a, c in zip((2, 4, 3), one, other, strict=True))
