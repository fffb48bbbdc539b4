"""Sounds: how long, how loud, where somebody speaks, and the pieces that a transcriber gets.

All of it decodes a file step by step and belongs into a child process (`sandbox.py`). Speech is
told from other sound by WebRTC's detector, loudness is that of EBU R 128, both a frame at a time.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any, BinaryIO

from msgspec import Struct

from musespark.problem import Problem

FORMATS = {  # the one reader for each type: a file cannot ask for another one, such as a playlist
    "audio/wav": "wav", "audio/mpeg": "mp3", "audio/mp4": "mov", "audio/ogg": "ogg",
    "audio/flac": "flac", "audio/aac": "aac", "audio/amr": "amr", "audio/x-caf": "caf",
    "video/mp4": "mov", "video/quicktime": "mov", "video/3gpp": "mov", "video/webm": "matroska",
    "video/matroska": "matroska",
}  # fmt: skip
readers = ("av", "webrtcvad-wheels")

_RATE = 16_000  # of what is told apart and transcribed
_STEP = 480  # samples of it: .03 s, the longest that the detector takes
_LOUDNESS_RATE = 48_000
_LEAST = 0.3  # seconds of a stretch; a shorter one belongs to what is around it
_WORD = 0.4  # seconds: what is shorter is no speech
_SYLLABLES = 2.5  # dB by which the level of speech varies at least
_PAUSE = 0.6  # seconds of a gap in speech that is still speech
_QUIETEST, _QUIET = -60.0, -45.0  # dBFS between which silence ends
_BELOW = 35.0  # dB below the loud parts
_BROKEN = 200  # packets one after another that cannot be read
_PIECE = 600.0  # seconds; as FLAC less than the 25 MB that transcribers take, whatever is in it
_SOUGHT = 60.0  # seconds before its end in which a pause is looked for


class Stretch(Struct, frozen=True):
    """From `start` to `end`, in seconds, there is "speech", "silence" or other "sound"; of speech
    `sure` is the part of it that the detector took for speech."""

    kind: str
    start: float
    end: float
    sure: float = 1.0


class Sound(Struct, frozen=True):
    """What was heard. `seconds` is what could be read, `said` what the file says of itself; the
    `loudness` is in LUFS, None where all is silent; `broken` counts the packets left out."""

    seconds: float
    said: float
    codec: str
    channels: int
    rate: int
    loudness: float | None
    stretches: tuple[Stretch, ...]
    broken: int = 0


class Piece(Struct, frozen=True):
    """A part of a sound for a transcriber: FLAC, 16 kHz, one channel, from `start` seconds on."""

    start: float
    seconds: float
    data: bytes


def opened(file: BinaryIO, media: str) -> Any:
    """The container. Raises Problem for what cannot be opened, or where no reader is installed."""
    if find_spec("av") is None:
        raise Problem(
            "no_reader", "{name} is sound or video, which cannot be read here yet.",
            why="The packages for it are not installed.",
            next="Install musespark[media].", status=501,
        )  # fmt: skip
    import av

    av.logging.set_level(None)
    file.seek(0)
    try:
        return av.open(file, format=FORMATS[media], metadata_errors="replace")
    except (av.FFmpegError, EOFError, OSError, ValueError, UnicodeError) as error:
        said = getattr(error, "strerror", "") or type(error).__name__
        raise Problem(
            "unreadable", "{name} cannot be read.",
            why=f"Sound and video of the type {media} begin otherwise, or it is cut off ({said}).",
            next="Save it anew in the program it comes from, and try that.", status=422,
        ) from None  # fmt: skip


def pictured(container: Any) -> Any:
    """The stream of moving pictures, None where there is none: a cover is no video."""
    import av

    cover = av.stream.Disposition.attached_pic
    streams = (s for s in container.streams.video if s.codec_context is not None)
    return next((s for s in streams if not s.disposition & cover), None)


def audible(container: Any) -> Any:
    """The first stream of sound that can be decoded, None where there is none."""
    return next((s for s in container.streams.audio if s.codec_context is not None), None)


def frames(container: Any, stream: Any, broken: list[int]) -> Iterator[Any]:
    """The frames of a stream in order. What cannot be read is left out and counted in `broken`; it
    ends where too much of it follows one another."""
    import av

    row = 0
    packets = container.demux(stream)
    while row < _BROKEN:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except (av.FFmpegError, EOFError, OSError):
            broken[0] += 1
            return
        try:
            found = packet.decode()
        except (av.FFmpegError, EOFError, ValueError):
            broken[0] += 1
            row += 1
            continue
        row = 0 if found else row
        yield from found


def too_long(seconds: float, longest: float, what: str) -> Problem:
    """The Problem of what is longer than is read."""
    return Problem(
        "too_long", f"{{name}} is too long: {clock(seconds)}.",
        why=f"Up to {clock(longest)} of {what} are read.",
        next="Attach the part that the question is about.", status=413,
    )  # fmt: skip


def clock(seconds: float) -> str:
    """A second as it stands on a player: "0:12", "1:02:03"."""
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def heard(file: BinaryIO, media: str, longest: float) -> Sound | None:
    """What can be said of the sound in a file without knowing its words, None where it has none.
    Raises Problem: `too_long` past `longest` seconds, `unreadable`, `no_reader`."""
    with opened(file, media) as container:
        stream = audible(container)
        if stream is None:
            return None
        said = _length(container, stream)
        if said > longest:
            raise too_long(said, longest, "sound")
        first, broken = 0.0, [0]
        ear, meter, slow = _Ear(), _Meter(), _Steady("s16", "mono", _RATE)
        for number, frame in enumerate(frames(container, stream, broken)):
            if not number:
                first = max((frame.time or 0.0) - (container.start_time or 0) / 1_000_000, 0.0)
            meter.hear(frame)
            for each in slow.made(frame):
                ear.hear(each.to_ndarray().tobytes())
            if ear.seconds > longest:
                raise too_long(max(said, ear.seconds), longest, "sound")
        for each in slow.made(None):
            ear.hear(each.to_ndarray().tobytes())
        context = stream.codec_context
        return Sound(
            ear.seconds, said, context.name, context.channels or 1, context.sample_rate or 0,
            meter.loudness, tuple(ear.stretches(first)), broken[0],
        )  # fmt: skip


def pieces(file: BinaryIO, media: str, longest: float = 36_000.0) -> list[Piece]:
    """The sound of a file as a transcriber takes it, cut in pauses; [] where there is none."""
    with opened(file, media) as container:
        stream = audible(container)
        if stream is None:
            return []
        found: list[Piece] = []
        slow, held, start = _Steady("s16", "mono", _RATE), bytearray(), 0.0
        whole = int(_PIECE * _RATE) * 2
        for frame in (*frames(container, stream, [0]), None):
            for each in slow.made(frame):
                held += each.to_ndarray().tobytes()
            while len(held) > whole:
                cut = _pause(held[:whole])
                found.append(_piece(start, held[:cut]))
                start += found[-1].seconds
                del held[:cut]
            if start > longest:
                break
        if held:
            found.append(_piece(start, held))
        return found


def _length(container: Any, stream: Any) -> float:
    """How long it says it is, in seconds, 0 where it does not."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return float((container.duration or 0) / 1_000_000)


class _Steady:
    """Frames of one kind, whatever comes: a stream may change its rate or channels on the way."""

    def __init__(self, format: str, layout: str, rate: int) -> None:
        self.kind = (format, layout, rate)
        self.before: Any = None
        self.resampler: Any = None

    def made(self, frame: Any | None) -> list[Any]:
        """The frames that are ready; None says that no more come."""
        import av

        if frame is None:
            return self._flush()
        found: list[Any] = []
        now = (frame.format.name, frame.layout.name, frame.sample_rate)
        if now != self.before:
            found = self._flush()
            format, layout, rate = self.kind
            self.resampler = av.AudioResampler(format=format, layout=layout, rate=rate)
            self.before = now
        frame.pts = None
        try:
            return found + list(self.resampler.resample(frame))
        except (av.FFmpegError, ValueError):
            self.before = None
            return found

    def _flush(self) -> list[Any]:
        return [] if self.resampler is None else list(self.resampler.resample(None))


class _Meter:
    """Loudness after EBU R 128 (ITU-R BS.1770), by FFmpeg's filter; of two channels at most."""

    def __init__(self) -> None:
        self.graph: Any = None
        self.steady: Any = None
        self.loudness: float | None = None

    def hear(self, frame: Any) -> None:
        import av

        if self.steady is None:
            layout = "mono" if frame.layout.nb_channels == 1 else "stereo"
            self.steady = _Steady("flt", layout, _LOUDNESS_RATE)
            self.graph = av.filter.Graph()
            source = self.graph.add_abuffer(sample_rate=_LOUDNESS_RATE, format="flt", layout=layout)
            meter = self.graph.add("ebur128", "metadata=1")
            end = self.graph.add("abuffersink")
            source.link_to(meter)
            meter.link_to(end)
            self.graph.configure()
        for each in self.steady.made(frame):
            self.graph.push(each)
            self._pull()

    def _pull(self) -> None:
        import av

        while True:
            try:
                found = self.graph.pull()
            except (av.FFmpegError, EOFError):  # it wants more first
                return
            said = found.metadata.get("lavfi.r128.I")
            if said is not None:
                loudness = float(said)
                self.loudness = loudness if loudness > -69.5 else None  # its word for silence


class _Ear:
    """Where there is speech, silence and other sound: a level and a yes or no each .03 s."""

    def __init__(self) -> None:
        import webrtcvad

        self.detector = webrtcvad.Vad(2)
        self.held = b""
        self.levels: list[float] = []
        self.speech: list[bool] = []
        self.samples = 0

    @property
    def seconds(self) -> float:
        return self.samples / _RATE

    def hear(self, data: bytes) -> None:
        import numpy as np

        self.samples += len(data) // 2
        held = self.held + data
        whole = len(held) // (2 * _STEP)
        rows = np.frombuffer(held, np.int16, whole * _STEP).reshape(whole, _STEP)
        powers = np.square(rows.astype(np.float32) / 32_768).mean(axis=1)
        self.levels += (10 * np.log10(np.maximum(powers, 1e-10))).tolist()
        self.speech += [self.detector.is_speech(row.tobytes(), _RATE) for row in rows]
        self.held = held[whole * _STEP * 2 :]

    def stretches(self, first: float) -> Iterator[Stretch]:
        """What follows one another; `first` is the second at which the sound begins."""
        import numpy as np

        levels = np.array(self.levels)
        if not len(levels):
            return
        loud = float(np.percentile(levels, 95))
        quiet = levels < min(max(loud - _BELOW, _QUIETEST), _QUIET)
        heard = np.array(self.speech)
        spoken = _closed(heard & ~quiet, round(_PAUSE / 0.03))
        kinds = np.where(spoken, 2, np.where(quiet, 0, 1))
        kinds = _calm(kinds, round(_LEAST / 0.03))
        edges = [0, *(np.flatnonzero(np.diff(kinds)) + 1).tolist(), len(kinds)]
        for start, end in itertools.pairwise(edges):
            last = self.seconds if end == len(kinds) else end * 0.03
            kind = ("silence", "sound", "speech")[kinds[start]]
            # A steady tone or a click passes the detector; syllables rise and fall, for a while.
            steady = float(np.std(levels[start:end])) < _SYLLABLES
            if kind == "speech" and (steady or end - start < _WORD / 0.03):
                kind = "sound"
            sure = round(float(heard[start:end].mean()), 2) if kind == "speech" else 1.0
            yield Stretch(kind, round(first + start * 0.03, 2), round(first + last, 2), sure)


def _closed(marks: Any, most: int) -> Any:
    """The marks with the gaps of up to `most` filled that have marks on both sides."""
    import numpy as np

    at = np.flatnonzero(marks)
    out = marks.copy()
    for left, right in itertools.pairwise(at):
        if 1 < right - left <= most:
            out[left:right] = True
    return out


def _calm(kinds: Any, least: int) -> Any:
    """The kinds without runs shorter than `least`, which become what is before them."""
    import numpy as np

    out = kinds.copy()
    edges = [0, *(np.flatnonzero(np.diff(kinds)) + 1).tolist(), len(kinds)]
    for start, end in itertools.pairwise(edges):
        if end - start < least:
            if start:
                out[start:end] = out[start - 1]
            elif end < len(out):
                out[start:end] = kinds[end]
    return out


def _pause(data: bytes | bytearray) -> int:
    """How many bytes to cut off: up to the quietest .3 s near the end."""
    import numpy as np

    step = round(0.3 * _RATE)
    behind = np.frombuffer(bytes(data[-int(_SOUGHT * _RATE) * 2 :]), np.int16).astype(np.float32)
    rows = behind[: len(behind) // step * step].reshape(-1, step)
    best = int(np.square(rows).mean(axis=1).argmin())
    return len(data) - len(behind) * 2 + (best * step + step // 2) * 2


def _piece(start: float, data: bytes | bytearray) -> Piece:
    import av
    import numpy as np

    out = io.BytesIO()
    samples = np.frombuffer(bytes(data), np.int16)
    with av.open(out, "w", format="flac") as container:
        stream: Any = container.add_stream("flac", rate=_RATE, layout="mono")
        for at in range(0, len(samples), 4_096):
            part = samples[None, at : at + 4_096]
            frame = av.AudioFrame.from_ndarray(part, format="s16", layout="mono")
            frame.sample_rate, frame.pts = _RATE, at
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return Piece(start, len(samples) / _RATE, out.getvalue())
