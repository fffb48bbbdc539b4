"""The letters in a picture: lines of text with their boxes, in the order they are read in."""

from __future__ import annotations

import logging
from functools import cache
from importlib.util import find_spec
from typing import Any

from musespark.observation import Box, Observation

readers = ("rapidocr", "onnxruntime")  # for the senses that use it: their `readers`
MISSING = "No text reader is installed, so text in it was not read: musespark[ocr] has one."

_LONGEST = 3_000  # pixels of a side at which it reads
_LEAST_SURE = 0.6


def is_installed() -> bool:
    """Whether a text reader is there; without one `lines` gives nothing."""
    return find_spec("rapidocr") is not None and find_spec("onnxruntime") is not None


def lines(picture: Any) -> list[Observation]:
    """The lines of text in a picture of Pillow (upright), each with its box, in reading order; []
    where no reader is installed. To be called in a sandbox only: it takes seconds and memory. The
    first call loads the reader, the next ones in the same child do not."""
    if not is_installed():
        return []
    import numpy as np

    flat = picture if picture.mode == "RGB" else picture.convert("RGB")
    read: Any = _reader()(np.asarray(flat)[:, :, ::-1])
    if read.boxes is None or read.txts is None:
        return []
    found = [
        Observation("text", text, box_of(box, flat.size), sure=round(float(sure), 3),
                    reader="rapidocr")
        for box, text, sure in zip(read.boxes, read.txts, read.scores, strict=True)
        if text.strip() and sure >= _LEAST_SURE
    ]  # fmt: skip
    return sorted(found, key=lambda each: (each.box[1], each.box[0]) if each.box else (0, 0))


@cache
def _reader() -> Any:
    logging.disable(logging.CRITICAL)
    from rapidocr import RapidOCR

    given = {"Global.log_level": "critical", "Global.max_side_len": _LONGEST,
             "EngineConfig.onnxruntime.intra_op_num_threads": 2,
             "EngineConfig.onnxruntime.inter_op_num_threads": 1}  # fmt: skip
    return RapidOCR(params=given)


def box_of(points: Any, size: tuple[int, int]) -> Box:
    """The box around points in pixels, 0 to 1000 each way."""
    across = [min(max(round(1000 * float(x) / size[0]), 0), 1000) for x, _ in points]
    down = [min(max(round(1000 * float(y) / size[1]), 0), 1000) for _, y in points]
    return min(across), min(down), max(across), max(down)
