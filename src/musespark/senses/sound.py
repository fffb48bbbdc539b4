"""Reads sound: how long, how loud, and where somebody speaks; its words where a transcriber is."""

from __future__ import annotations

from typing import BinaryIO

from musespark import recording
from musespark.observation import Seen

takes = (
    "audio/wav",
    "audio/mpeg",
    "audio/mp4",
    "audio/ogg",
    "audio/flac",
    "audio/aac",
    "audio/amr",
    "audio/x-caf",
)
version = 1
readers = recording.readers
streams = True
seconds = 180.0  # a long one is decoded to its end
settings = ("sound_seconds", "video_seconds")


def sound(
    file: BinaryIO,
    media: str,
    sound_seconds: float = recording.SOUND_SECONDS,
    video_seconds: float = recording.VIDEO_SECONDS,
) -> Seen:
    """What was heard, in words and with its seconds; a file with moving pictures is read as a
    video, whatever it begins like. Raises Problem: `too_long`, `unreadable`, `no_sound`,
    `no_reader`."""
    return recording.read(file, media, sound_seconds, video_seconds)
