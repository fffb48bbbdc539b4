"""A sense that somebody else brings."""

from __future__ import annotations

from musespark.observation import Observation, Seen

takes = ("audio/x-echo",)


def echo(data: bytes, media: str) -> Seen:
    """Reads echoes."""
    heard = Observation("echo", data.decode(), second=float(len(data)), reader="echo")
    return Seen(media, "echo", (), (heard,))
