"""Films: a video decoded step by step: its shots, a picture of each, and the frame of a second.

It belongs into a child process (`sandbox.py`). Of each frame only a small picture is kept, and two
of a second as JPEG, out of which each shot gets the sharpest.
"""

from __future__ import annotations

import io
import itertools
from typing import Any, BinaryIO

from msgspec import Struct

from musespark import sounds
from musespark.problem import Problem

SHOWN_AT = 768  # pixels of the longer side of a picture that a model gets
MOST_PIXELS = 36_000_000  # of a frame: 8K
_MOST_FRAMES = 60_000
_EVERY = 0.5  # seconds between two pictures that are kept
_JUMP = 0.2  # a change after which one is kept as well
_CLOSEST = 1 / 65  # seconds: frames nearer than this are not looked at
_AWAY = 0.12  # seconds from the borders of a shot at which its picture is taken
_QUALITY = 85


class Shot(Struct, frozen=True):
    """From `start` to `end` in seconds, and its picture: JPEG, taken at `second`."""

    start: float
    end: float
    second: float
    picture: bytes


class Film(Struct, frozen=True):
    """A video: `seconds` is what could be read, `said` what the file says of itself; size upright
    in pixels; `frames` in all; `broken` counts the packets left out."""

    seconds: float
    said: float
    codec: str
    width: int
    height: int
    frames: int
    turned: int
    shots: tuple[Shot, ...]
    broken: int = 0


class _Painter:
    """Frames as small pictures and as JPEG, upright; its scalers are made once."""

    def __init__(self) -> None:
        from av.video.reformatter import VideoReformatter

        self._small, self._large = VideoReformatter(), VideoReformatter()

    def small(self, frame: Any) -> Any:
        from musespark.shots import HEIGHT, WIDTH

        made = self._small.reformat(
            frame, WIDTH, HEIGHT, "rgb24", interpolation="FAST_BILINEAR", threads=1
        )
        return made.to_ndarray()

    def jpeg(self, frame: Any, longest: int = SHOWN_AT) -> bytes:
        from PIL import Image as Pictures

        width, height = _square(frame)
        part = min(longest / max(width, height), 1.0)
        size = max(round(width * part) // 2 * 2, 2), max(round(height * part) // 2 * 2, 2)
        made = self._large.reformat(frame, *size, "rgb24", interpolation="AREA", threads=1)
        picture = Pictures.fromarray(made.to_ndarray())
        if turn := frame.rotation % 360:
            picture = picture.rotate(turn, expand=True)
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=_QUALITY)
        return out.getvalue()


def _square(frame: Any) -> tuple[int, int]:
    return frame.width, frame.height


def watched(file: BinaryIO, media: str, longest: float) -> Film | None:
    """The film in a file, None where it has no moving pictures that can be read. Raises Problem:
    `too_long` past `longest` seconds, `too_many_pixels`, `unreadable`, `no_reader`."""
    with sounds.opened(file, media) as container:
        stream = sounds.pictured(container)
        if stream is None:
            return None
        said = _length(container, stream)
        if said > longest * 1.02 + 1:
            raise sounds.too_long(said, longest, "video")
        _bounded(stream)
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = 2
        return _watched(container, stream, said, longest)


def _watched(container: Any, stream: Any, said: float, longest: float) -> Film | None:
    from musespark.shots import Look

    look, painter, kept = Look(), _Painter(), list[tuple[float, bytes]]()
    broken, count, end, size, turned = [0], 0, 0.0, (0, 0), 0
    first: float | None = None
    step = float(1 / stream.average_rate) if stream.average_rate else 0.04
    jumped = 0
    for frame in sounds.frames(container, stream, broken):
        if not count:
            turned = frame.rotation % 360
            size = _square(frame) if turned % 180 == 0 else _square(frame)[::-1]
        count += 1
        time = frame.time if frame.time is not None else (first or 0.0) + count * step
        first = time if first is None else first
        now = max(time - first, 0.0)
        if now > longest * 1.02 + 1:
            raise sounds.too_long(max(said, now), longest, "video")
        if count > _MOST_FRAMES:
            break
        if look.times and now < look.times[-1] + _CLOSEST:
            end = max(end, now + step)
            continue
        end = now + step
        change = look.add(now, painter.small(frame))
        jumped = 4 if change > _JUMP else max(jumped - 1, 0)
        if not kept or now - kept[-1][0] >= _EVERY or jumped == 1:
            kept.append((now, painter.jpeg(frame)))
    if not count:
        return None
    return Film(
        round(end, 3), said, stream.codec_context.name, *size, count, turned,
        tuple(_shots(look.cuts(), end, kept)), broken[0],
    )  # fmt: skip


def _shots(cuts: list[float], end: float, kept: list[tuple[float, bytes]]) -> list[Shot]:
    """The shots, each with its sharpest picture: the one that takes most bytes, for blur takes
    few. A shot without one gets the nearest."""
    borders = [0.0, *cuts, end]
    found = []
    for start, stop in itertools.pairwise(borders):
        away = min(_AWAY, (stop - start) / 4)
        own = [each for each in kept if start + away <= each[0] <= stop - away]
        own = own or [each for each in kept if start <= each[0] < stop]
        middle = (start + stop) / 2
        near = [min(kept, key=lambda each: abs(each[0] - middle))]
        second, picture = max(own or near, key=lambda each: len(each[1]))
        found.append(Shot(round(start, 3), round(stop, 3), round(second, 3), picture))
    return found


def _length(container: Any, stream: Any) -> float:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return float((container.duration or 0) / 1_000_000)


def _bounded(stream: Any) -> None:
    context = stream.codec_context
    width, height = context.width or 0, context.height or 0
    if width * height > MOST_PIXELS:
        raise Problem(
            "too_many_pixels", "{name} has too many pixels.",
            why=f"Each picture has {width:,} × {height:,}; {MOST_PIXELS // 1_000_000} million "
            "are read.",
            next="Save it smaller and attach that.", status=422,
        )  # fmt: skip


class Frame(Struct, frozen=True):
    """The picture of a second: JPEG, and the second at which it really stands."""

    second: float
    picture: bytes


def frames_at(
    file: BinaryIO, media: str, wanted: list[float], longest: int = SHOWN_AT
) -> list[Frame]:
    """The frames that are seen at these seconds: of each the last that began before it. Past the
    end it is the last of all. [] for a file without moving pictures. Raises Problem: `unreadable`,
    `too_many_pixels`, `no_reader`."""
    with sounds.opened(file, media) as container:
        stream = sounds.pictured(container)
        if stream is None:
            return []
        _bounded(stream)
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = 2
        painter = _Painter()
        first = float((stream.start_time or 0) * stream.time_base)
        found = []
        for second in wanted:
            frame = _frame(container, stream, first + max(second, 0.0))
            if frame is not None:
                at = round(max((frame.time or first) - first, 0.0), 3)
                found.append(Frame(at, painter.jpeg(frame, longest)))
        return found


def frame_at(file: BinaryIO, media: str, second: float, longest: int = SHOWN_AT) -> Frame:
    """The one frame of a second. Raises Problem: `no_picture` as well."""
    found = frames_at(file, media, [second], longest)
    if not found:
        raise Problem(
            "no_picture", "{name} has no moving pictures.", why="It is only sound.",
            next="Ask for what is said in it instead.", status=422,
        )  # fmt: skip
    return found[0]


def _frame(container: Any, stream: Any, time: float) -> Any:
    import av

    for back in (0.0, 10.0, time + 1):  # a seek may land behind, in a file with a poor index
        at = max(time - back, 0.0)
        try:
            container.seek(int(at / stream.time_base), stream=stream)
        except (av.FFmpegError, OSError):
            continue
        last = None
        for frame in sounds.frames(container, stream, [0]):
            if frame.time is not None and frame.time > time + 0.001:
                break
            last = frame
        if last is not None:
            return last
    return None
