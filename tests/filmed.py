"""Short sounds and videos, made here by PyAV."""

from __future__ import annotations

import io
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

SOUNDS = {  # format and codec -> the type that is found
    ("wav", "pcm_s16le", 16_000): "audio/wav",
    ("mp3", "libmp3lame", 44_100): "audio/mpeg",
    ("mp3", "libmp3lame", 22_050): "audio/mpeg",
    ("ipod", "aac", 44_100): "audio/mp4",
    ("adts", "aac", 44_100): "audio/aac",
    ("ogg", "libopus", 48_000): "audio/ogg",
    ("flac", "flac", 44_100): "audio/flac",
    ("amr", "libopencore_amrnb", 8_000): "audio/amr",
    ("caf", "pcm_s16le", 16_000): "audio/x-caf",
    ("webm", "libopus", 48_000): "video/webm",
    ("matroska", "aac", 48_000): "video/matroska",
    ("mov", "aac", 44_100): "video/quicktime",
    ("3gp", "aac", 44_100): "video/3gpp",
}


def voice(seconds: float, rate: int) -> NDArray[np.float32]:
    """Something with syllables: three a second, of a deep tone with overtones."""
    when = np.arange(int(seconds * rate)) / rate
    tone = sum(np.sin(2 * np.pi * 140 * n * when) / n for n in range(1, 12))
    syllables = np.maximum(np.sin(2 * np.pi * 1.5 * when), 0) ** 0.5
    return np.asarray(0.15 * tone * syllables, np.float32)


def silence(seconds: float, rate: int) -> NDArray[np.float32]:
    return np.zeros(int(seconds * rate), np.float32)


def tone(seconds: float, rate: int) -> NDArray[np.float32]:
    when = np.arange(int(seconds * rate)) / rate
    return np.asarray(0.3 * np.sin(2 * np.pi * 440 * when), np.float32)


def sound(wave: NDArray[np.float32], rate: int = 16_000, format: str = "wav",
          codec: str = "pcm_s16le") -> bytes:  # fmt: skip
    """A wave as a file."""
    out = io.BytesIO()
    with av.open(out, "w", format=format) as container:
        stream: Any = container.add_stream(codec, rate=rate, layout="mono")
        _write(container, stream, wave, rate)
    return out.getvalue()


def _write(container: Any, stream: Any, wave: NDArray[np.float32], rate: int) -> None:
    context = stream.codec_context
    steady = av.AudioResampler(
        format=context.format, layout="mono", rate=rate, frame_size=context.frame_size or 1_024
    )
    frame = av.AudioFrame.from_ndarray(wave[None], format="flt", layout="mono")
    frame.sample_rate = rate
    for each in (*steady.resample(frame), *steady.resample(None)):
        container.mux(stream.encode(each))
    container.mux(stream.encode(None))


def scene(seed: int, size: tuple[int, int] = (160, 90)) -> NDArray[np.uint8]:
    """A picture of coloured blocks."""
    dice = np.random.default_rng(seed)
    blocks = dice.integers(0, 256, (size[1] // 10, size[0] // 10, 3), np.uint8)
    return np.kron(blocks, np.ones((10, 10, 1), np.uint8))


def video(shots: Sequence[tuple[int, float]], *, rate: int = 10, wave: Any = None,
          format: str = "mp4", codec: str = "libx264", size: tuple[int, int] = (160, 90),
          turned: int = 0) -> bytes:  # fmt: skip
    """A video of still scenes, each (seed, seconds), with a 16 kHz wave as its sound."""
    frames = [scene(seed, size) for seed, seconds in shots for _ in range(round(seconds * rate))]
    return filmed(frames, rate=rate, wave=wave, format=format, codec=codec, turned=turned)


def filmed(frames: Sequence[NDArray[np.uint8]], *, rate: int = 10, wave: Any = None,
           format: str = "mp4", codec: str = "libx264", times: Sequence[int] = (),
           turned: int = 0) -> bytes:  # fmt: skip
    """Frames as a video; `times` are their places in 1/1000 s where they do not follow evenly."""
    out = io.BytesIO()
    with av.open(out, "w", format=format) as container:
        stream: Any = container.add_stream(codec, rate=rate)
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        audio: Any = None
        if wave is not None:
            name = "libopus" if format == "webm" else "aac"
            hertz = 48_000 if format == "webm" else 16_000
            audio = container.add_stream(name, rate=hertz, layout="mono")
            _write(container, audio, np.repeat(wave, hertz // 16_000), hertz)
        if times:
            stream.codec_context.time_base = Fraction(1, 1_000)
        for number, pixels in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts = times[number] if times else number
            frame.time_base = Fraction(1, 1_000) if times else Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    data = out.getvalue()
    return _turned(data, turned) if turned else data


def _turned(data: bytes, degrees: int) -> bytes:
    """The same MP4 that says that it is to be turned, as telephones do: its track's matrix."""
    place = data.index(b"tkhd")
    one = (0x10000).to_bytes(4, "big")
    minus = (-0x10000).to_bytes(4, "big", signed=True)
    none = bytes(4)
    start = data.index(one + none * 3 + one, place)
    a, b, c, d = {90: (none, one, minus, none), 180: (minus, none, none, minus),
                  270: (none, minus, one, none)}[degrees]  # fmt: skip
    return data[:start] + a + b + none + c + d + none + data[start + 24 :]
