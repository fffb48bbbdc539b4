"""The networks that find and read lines of text: PP-OCR from rapidocr's wheel, in onnxruntime.

Only the models are taken from that package: its own code takes seconds to import. The steps are
those of PaddleOCR: "differentiable binarization" (arXiv 1911.08947) finds the lines, a network with
CTC at its end reads each, another one says which stand on their heads.
"""

from __future__ import annotations

import math
import time
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from msgspec import Struct

MODELS = "rapidocr", "onnxruntime"  # the packages that are needed

_LIKELY, _SURE = 0.3, 0.5  # of a pixel to be text, and of all of a line
_WIDER = 1.6  # how far a line reaches beyond what the network marks of it, by area over length
_MOST = 1_000  # lines in a picture
_TALL = 48  # pixels of a line that is read
_AT_ONCE = 8  # lines in one go
_HEAD = (192, 48)  # pixels of the beginning of a line that say whether it stands on its head
_FLIPPED = 0.9
_WIDE = {number: number - 0xFEE0 for number in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


class Line(Struct, frozen=True):
    """A line as it was read: its four corners in pixels, the first two along its top as it is
    read; `turn` is how far the picture would have to be turned for it, in degrees clockwise."""

    corners: Any
    text: str
    sure: float
    turn: int


def is_installed() -> bool:
    """Whether the models and what runs them are there."""
    return all(find_spec(each) is not None for each in MODELS)


def read(pixels: Any, side: int, until: float = math.inf) -> list[Line]:
    """The lines in `pixels` (height × width × 3, blue first, 0 to 255), in no order. They are
    searched for with the longer side at about `side` pixels, and read at full size. What is not
    read when `time.monotonic()` is `until` has no text, and is -1 sure."""
    import numpy as np

    quads = _found(pixels, side)
    cuts, turns = [], []
    for quad in quads:
        cut, turn = _cut(pixels, quad)
        cuts.append(cut)
        turns.append(turn)
    if not cuts:
        return []
    for number in _on_their_heads(cuts, turns):
        cuts[number] = np.ascontiguousarray(cuts[number][::-1, ::-1])
        turns[number] = (turns[number] + 180) % 360
    texts = [(_narrow(text), sure) for text, sure in _texts(cuts, until)]
    return [Line(quad, text, sure, turn)
            for quad, (text, sure), turn in zip(quads, texts, turns, strict=True)]  # fmt: skip


@cache
def _model(kind: str) -> Any:
    import onnxruntime

    spec = find_spec("rapidocr")
    assert spec is not None
    assert spec.submodule_search_locations
    folder = Path(spec.submodule_search_locations[0]) / "models"
    [file, *_] = sorted(folder.glob(f"*_{kind}_*.onnx"), reverse=True)  # the newest
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads, options.inter_op_num_threads = 2, 1
    options.enable_cpu_mem_arena = False
    return onnxruntime.InferenceSession(str(file), options, ["CPUExecutionProvider"])


@cache
def _letters() -> list[str]:
    kept = _model("rec").get_modelmeta().custom_metadata_map["character"]
    return ["", *kept.splitlines(), " "]


def _run(kind: str, values: Any) -> Any:
    model = _model(kind)
    return model.run(None, {model.get_inputs()[0].name: values})[0]


def _values(pixels: Any) -> Any:
    """Pixels as the networks take them: colours first, -1 to 1."""
    import numpy as np

    return np.ascontiguousarray(pixels.transpose(2, 0, 1), dtype=np.float32) / 127.5 - 1


def _found(pixels: Any, side: int) -> list[Any]:
    """The four corners of each line, from the left upper one clockwise."""
    import cv2
    import numpy as np

    height, width = pixels.shape[:2]
    scale = side / max(height, width)
    size = [max(round(each * scale / 32), 1) * 32 for each in (width, height)]
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    sized = cv2.resize(pixels, size, interpolation=how)
    map_ = _run("det", _values(sized)[None])[0, 0]
    mask = cv2.dilate((map_ > _LIKELY).astype(np.uint8), np.ones((2, 2), np.uint8))
    outlines, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found = []
    for outline in outlines[:_MOST]:
        middle, (long, short), angle = cv2.minAreaRect(outline)
        if min(long, short) < 3:
            continue
        corners = cv2.boxPoints((middle, (long, short), angle))
        if _share(map_, corners) < _SURE:
            continue
        more = 2 * _WIDER * long * short / (2 * (long + short))
        wide = cv2.boxPoints((middle, (long + more, short + more), angle))
        wide = wide * (width / size[0], height / size[1])
        found.append(_ordered(np.clip(wide, 0, (width - 1, height - 1)).astype(np.float32)))
    return found


def _share(map_: Any, corners: Any) -> float:
    """How likely the pixels within the corners are text, on average."""
    import cv2
    import numpy as np

    left, top = np.maximum(np.floor(corners.min(0)).astype(int), 0)
    right, bottom = np.ceil(corners.max(0)).astype(int) + 1
    part = np.ascontiguousarray(map_[top:bottom, left:right])
    mask = np.zeros(part.shape, np.uint8)
    cv2.fillPoly(mask, [(corners - (left, top)).astype(np.int32)], 1)
    return float(cv2.mean(part, mask)[0])


def _ordered(corners: Any) -> Any:
    """Corners as left upper, right upper, right lower, left lower one."""
    import numpy as np

    across = corners[corners[:, 0].argsort(kind="stable")]
    left = across[:2][across[:2, 1].argsort(kind="stable")]
    right = across[2:][across[2:, 1].argsort(kind="stable")]
    return np.stack((left[0], right[0], right[1], left[1]))


def _cut(pixels: Any, quad: Any) -> tuple[Any, int]:
    """A line cut out and laid level, and how far it had to be turned."""
    import cv2
    import numpy as np

    wide = max(np.linalg.norm(quad[0] - quad[1]), np.linalg.norm(quad[3] - quad[2]))
    tall = max(np.linalg.norm(quad[0] - quad[3]), np.linalg.norm(quad[1] - quad[2]))
    size = (max(int(wide), 1), max(int(tall), 1))
    level = np.array([[0, 0], [size[0], 0], size, [0, size[1]]], np.float32)
    change = cv2.getPerspectiveTransform(quad, level)
    cut = cv2.warpPerspective(
        pixels, change, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    if tall >= 1.5 * wide:
        return np.ascontiguousarray(np.rot90(cut)), 270
    return cut, 0


def _padded(cuts: list[Any], width: int, tall: int) -> Any:
    """Lines of one height, with nothing behind the shorter ones."""
    import cv2
    import numpy as np

    made = np.zeros((len(cuts), 3, tall, width), np.float32)
    for number, cut in enumerate(cuts):
        long = min(max(math.ceil(tall * cut.shape[1] / cut.shape[0]), 1), width)
        how = cv2.INTER_AREA if cut.shape[0] > tall else cv2.INTER_CUBIC
        made[number, :, :, :long] = _values(cv2.resize(cut, (long, tall), interpolation=how))
    return made


def _on_their_heads(cuts: list[Any], turns: list[int]) -> list[int]:
    """The numbers of those that stand on their heads, as most of a picture's lines that run the
    same way do, by their length: a single one is easily taken for what it is not."""
    import numpy as np

    wide, tall = _HEAD
    said = np.concatenate([
        _run("cls", _padded(cuts[first : first + _AT_ONCE], wide, tall))[:, 1] > _FLIPPED
        for first in range(0, len(cuts), _AT_ONCE)
    ])  # fmt: skip
    long = np.array([cut.shape[1] for cut in cuts])
    found: list[int] = []
    for turn in set(turns):
        these = np.array([each == turn for each in turns])
        if (long * said)[these].sum() * 2 > long[these].sum():
            found += [int(number) for number in np.flatnonzero(these)]
    return found


def _texts(cuts: list[Any], until: float) -> list[tuple[str, float]]:
    """What stands in each, and how sure that is: the mean over its letters."""
    ratios = [cut.shape[1] / cut.shape[0] for cut in cuts]
    order = sorted(range(len(cuts)), key=ratios.__getitem__)
    texts: list[tuple[str, float]] = [("", -1.0)] * len(cuts)
    for first in range(0, len(order), _AT_ONCE):
        if time.monotonic() > until:
            break
        some = order[first : first + _AT_ONCE]
        width = max(math.ceil(_TALL * max(ratios[some[-1]], 320 / 48)), 1)
        for number, said in zip(some, _run("rec", _padded([cuts[n] for n in some], width, _TALL)),
                                strict=True):  # fmt: skip
            texts[number] = _decoded(said)
    return texts


def _narrow(text: str) -> str:
    """Signs that are as wide as Chinese ones made narrow where no Chinese or Japanese stands."""
    if any("\u3040" <= sign <= "\u9fff" for sign in text):
        return text
    return text.translate(_WIDE)


def _decoded(said: Any) -> tuple[str, float]:
    """The likeliest letter at each place; the same one twice without a blank between is one."""
    import numpy as np

    best = said.argmax(1)
    new = np.flatnonzero((best != 0) & (best != np.concatenate(([0], best[:-1]))))
    if not len(new):
        return "", 0.0
    letters = _letters()
    return "".join(letters[best[at]] for at in new), float(said[new, best[new]].mean())
