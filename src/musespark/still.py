"""Still pictures: what Pillow is to open each kind as."""

from __future__ import annotations

from importlib.util import find_spec

from musespark.problem import Problem


def formats(media: str) -> tuple[str, ...]:
    """What Pillow is to open it as. Raises Problem where it needs a reader that is not there."""
    if media != "image/heic":
        return (media.removeprefix("image/").upper(),)
    if find_spec("pillow_heif") is None:
        raise Problem(
            "no_heic_reader", "{name} is a picture in HEIC, for which no reader is installed.",
            why="Its reader is free software under the GPL, so it comes only when it is asked for.",
            next="Install musespark[heic], or save the picture as JPEG.", status=415,
        )  # fmt: skip
    import pillow_heif

    pillow_heif.register_heif_opener(thumbnails=False)
    return ("HEIF",)
