"""Reads short video: its shots, a picture of each with its text, and its sound, in one timeline."""

from __future__ import annotations

from typing import BinaryIO

from musespark import recording
from musespark.observation import Seen

takes = ("video/mp4", "video/quicktime", "video/webm", "video/matroska", "video/3gpp")
version = 1
readers = recording.readers
streams = True
seconds = 180.0
settings = ("sound_seconds", "video_seconds")


def video(
    file: BinaryIO,
    media: str,
    sound_seconds: float = recording.SOUND_SECONDS,
    video_seconds: float = recording.VIDEO_SECONDS,
) -> Seen:
    """The timeline in words, and a picture of each shot with its second, spread evenly where there
    are many; a file without moving pictures is read as sound. Raises Problem: `too_long`,
    `too_many_pixels`, `unreadable`, `no_sound`, `no_reader`."""
    return recording.read(file, media, sound_seconds, video_seconds)
